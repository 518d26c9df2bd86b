//! Fan groups: who is in, and the proof that a shop believes.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::chat::Chat;
use super::evening::{GROUPS, GroupPlan, host_of_room};
use super::feed::host_json;
use super::words::text;
use super::{Caller, Venue};
use crate::env::Env;
use crate::http::{Request, Response};

/// How long a proof is good for, seconds; the contract allows at most 600.
const PROOF_S: i64 = 600;

/// One fan group.
pub struct Group {
    plan: &'static GroupPlan,
    members: BTreeSet<String>,
    pub(super) chat: Chat,
}

pub(super) fn of_the_evening() -> BTreeMap<String, Group> {
    GROUPS
        .iter()
        .map(|plan| {
            let chat = Chat::new(format!("group:{}", plan.id), 0);
            (plan.id.to_owned(), Group { plan, members: BTreeSet::new(), chat })
        })
        .collect()
}

impl Group {
    pub(super) fn has(&self, shopper: &str) -> bool {
        self.members.contains(shopper)
    }
}

#[derive(Deserialize)]
struct ProofBody {
    shop: String,
}

impl Venue {
    pub(super) fn is_member(&self, shopper: &str, group: &str) -> bool {
        self.groups.get(group).is_some_and(|group| group.members.contains(shopper))
    }

    fn group_json(&self, group: &Group, caller: &Caller) -> Value {
        let host = host_of_room(group.plan.key).map(|host| host_json(&self.config, host));
        let joined = i64::try_from(group.members.len()).unwrap_or(i64::MAX);
        json!({
            "id": group.plan.id,
            "name": text(group.plan.name),
            "host": host,
            "member": caller.id().is_some_and(|id| group.members.contains(id)),
            "member_count": group.plan.members + joined,
        })
    }

    pub(super) fn groups_page(&self, caller: &Caller) -> Response {
        let groups: Vec<Value> = self.groups.values().map(|group| self.group_json(group, caller)).collect();
        Response::json(200, &json!({ "groups": groups }))
    }

    pub(super) fn join_group(&mut self, caller: &Caller, id: &str) -> Result<Response, Response> {
        let shopper = caller.signed_in()?.to_owned();
        let group = self
            .groups
            .get_mut(id)
            .ok_or_else(|| Response::error(404, "not_found", "there is no such group"))?;
        group.members.insert(shopper);
        let group = &self.groups[id];
        Ok(Response::json(200, &self.group_json(group, caller)))
    }

    pub(super) fn prove_membership(
        &mut self,
        env: &mut Env,
        request: &Request,
        caller: &Caller,
        id: &str,
    ) -> Result<Response, Response> {
        let shopper = caller.signed_in()?;
        let ProofBody { shop } = request.json()?;
        if !self.groups.contains_key(id) {
            return Err(Response::error(404, "not_found", "there is no such group"));
        }
        if !self.is_member(shopper, id) {
            return Err(Response::error(403, "members_only", "join the group first"));
        }
        if !self.config.shops.iter().any(|(domain, _)| *domain == shop) {
            return Err(Response::error(404, "not_found", "the venue does not vouch for that shop"));
        }
        let now_s = env.now_ms.div_euclid(1000);
        let claims = json!({
            "iss": self.config.domain, "aud": shop, "sub": shopper, "group": id, "jti": env.ids.id("proof"),
            "iat": now_s, "exp": now_s + PROOF_S,
        });
        Ok(Response::json(200, &json!({ "proof": self.key.sign("nm-proof+jwt", &claims) })))
    }

    pub(super) fn forget_memberships_of(&mut self, shopper: &str) {
        for group in self.groups.values_mut() {
            group.members.remove(shopper);
        }
    }

    pub(super) fn groups_books(&self) -> Value {
        let groups: serde_json::Map<String, Value> =
            self.groups.iter().map(|(id, group)| (id.clone(), json!({ "members": group.members }))).collect();
        Value::Object(groups)
    }
}
