//! What the venue keeps of its shoppers: follows, likes, blocks, reports; and forgetting all of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::{Value, json};

use super::push::Registration;
use super::words::{Id, time};
use super::{Caller, Venue};
use crate::env::Env;
use crate::http::{Request, Response};

/// One shopper.
#[derive(Debug, Default)]
pub struct Shopper {
    pub(super) follows: BTreeSet<String>,
    pub(super) likes: BTreeSet<String>,
    pub(super) blocked: BTreeSet<String>,
    /// Where they are reached, by device.
    pub(super) push: BTreeMap<String, Registration>,
    /// Client ids of changes already made, so that a change sent twice under two keys is made once.
    done: BTreeSet<String>,
}

/// A report of a line, host or post.
#[derive(Debug)]
pub struct Report {
    pub(super) id: String,
    pub(super) by: Option<String>,
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) reason: String,
    pub(super) at_ms: i64,
}

/// Everybody known here.
#[derive(Debug, Default)]
pub struct People {
    pub(super) shoppers: BTreeMap<String, Shopper>,
    pub(super) reports: Vec<Report>,
    gone: Vec<String>,
}

impl People {
    pub(super) fn is_gone(&self, id: &str) -> bool {
        self.gone.iter().any(|gone| gone == id)
    }

    pub(super) fn last_gone(&self) -> Option<&str> {
        self.gone.last().map(String::as_str)
    }

    fn gone(&self) -> usize {
        self.gone.len()
    }

    pub(super) fn of(&mut self, id: &str) -> &mut Shopper {
        self.shoppers.entry(id.to_owned()).or_default()
    }

    /// Whether `caller` does not want to see `other`.
    pub(super) fn hides(&self, caller: &Caller, other: &str) -> bool {
        caller
            .id()
            .and_then(|id| self.shoppers.get(id))
            .is_some_and(|shopper| shopper.blocked.contains(other))
    }
}

#[derive(Deserialize)]
struct FollowBody {
    id: Id,
    host_id: Id,
    following: bool,
}

#[derive(Deserialize)]
struct LikeBody {
    id: Id,
    post_id: Id,
    liked: bool,
}

#[derive(Deserialize)]
struct ReportBody {
    id: Id,
    kind: String,
    target: Id,
    reason: String,
}

#[derive(Deserialize)]
struct BlockBody {
    host_or_shopper: Id,
    blocked: bool,
}

pub(super) fn done() -> Response {
    Response::json(200, &json!({}))
}

fn toggle(set: &mut BTreeSet<String>, entry: String, on: bool) {
    if on {
        set.insert(entry);
    } else {
        set.remove(&entry);
    }
}

impl Venue {
    pub(super) fn follow(&mut self, request: &Request, caller: &Caller) -> Result<Response, Response> {
        let shopper = caller.signed_in()?;
        let body: FollowBody = request.json()?;
        if !super::evening::HOSTS.iter().any(|host| host.host_id == body.host_id.0) {
            return Err(Response::error(404, "not_found", "there is no such host"));
        }
        let shopper = self.people.of(shopper);
        if shopper.done.insert(body.id.0) {
            toggle(&mut shopper.follows, body.host_id.0, body.following);
        }
        Ok(done())
    }

    pub(super) fn like(&mut self, request: &Request, caller: &Caller) -> Result<Response, Response> {
        let shopper = caller.signed_in()?;
        let body: LikeBody = request.json()?;
        if !self.feed.has(&body.post_id.0) {
            return Err(Response::error(404, "not_found", "there is no such post"));
        }
        let shopper = self.people.of(shopper);
        if shopper.done.insert(body.id.0) {
            toggle(&mut shopper.likes, body.post_id.0, body.liked);
        }
        Ok(done())
    }

    pub(super) fn report(
        &mut self,
        env: &Env,
        request: &Request,
        caller: &Caller,
    ) -> Result<Response, Response> {
        let body: ReportBody = request.json()?;
        if !matches!(body.kind.as_str(), "line" | "host" | "post") {
            return Err(Response::error(400, "invalid_body", "a report is of a line, a host or a post"));
        }
        if !(1..=1_000).contains(&body.reason.chars().count()) {
            return Err(Response::error(400, "invalid_body", "a reason has 1 to 1000 characters"));
        }
        let by = caller.id().map(str::to_owned);
        if !self.people.reports.iter().any(|known| known.id == body.id.0 && known.by == by) {
            let ReportBody { id: Id(id), kind, target: Id(target), reason } = body;
            self.people.reports.push(Report { id, by, kind, target, reason, at_ms: env.now_ms });
        }
        Ok(done())
    }

    pub(super) fn block(&mut self, request: &Request, caller: &Caller) -> Result<Response, Response> {
        let shopper = caller.signed_in()?;
        let body: BlockBody = request.json()?;
        toggle(&mut self.people.of(shopper).blocked, body.host_or_shopper.0, body.blocked);
        Ok(done())
    }

    /// Forgets the shopper: what they did, their memberships and reminders; their lines are taken down.
    pub(super) fn delete_account(&mut self, caller: &Caller) -> Result<Response, Response> {
        let shopper = caller.signed_in()?.to_owned();
        self.people.shoppers.remove(&shopper);
        for report in &mut self.people.reports {
            if report.by.as_deref() == Some(&shopper) {
                report.by = None;
            }
        }
        self.forget_lines_of(&shopper);
        self.forget_memberships_of(&shopper);
        self.forget_reminders_of(&shopper);
        self.people.gone.push(shopper);
        Ok(done())
    }

    pub(super) fn people_books(&self) -> Value {
        let people = &self.people;
        let shoppers: serde_json::Map<String, Value> = people
            .shoppers
            .iter()
            .map(|(id, shopper)| {
                let entry = json!({
                    "follows": shopper.follows, "likes": shopper.likes, "blocked": shopper.blocked,
                    "push": shopper.push_books(),
                });
                (id.clone(), entry)
            })
            .collect();
        let reports: Vec<Value> = people
            .reports
            .iter()
            .map(|report| {
                json!({
                    "id": report.id, "by": report.by, "kind": report.kind, "target": report.target,
                    "reason": report.reason, "at": time(report.at_ms),
                })
            })
            .collect();
        json!({ "shoppers": shoppers, "reports": reports, "accounts_deleted": people.gone() })
    }
}
