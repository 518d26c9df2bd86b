//! What an authorization server keeps: codes, grants, and the tokens made from them.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};

use super::pages::Asked;
use crate::env::Env;

/// A code is good so long, milliseconds.
const CODE_MS: i64 = 60_000;

/// Why a code or token is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::shop) enum Refused {
    /// Nobody has it, or not any more.
    Grant,
    /// Its time is over.
    Expired,
}

impl Refused {
    pub(in crate::shop) fn code(self) -> &'static str {
        match self {
            Self::Grant => "token_unknown",
            Self::Expired => "token_expired",
        }
    }
}

struct Code {
    client: String,
    redirect_uri: String,
    challenge: String,
    shopper: String,
    scopes: Vec<String>,
    ends_ms: i64,
    /// The grant it was redeemed for.
    used: Option<u64>,
}

struct Grant {
    client: String,
    shopper: String,
    scopes: BTreeSet<String>,
}

struct Token {
    grant: u64,
    ends_ms: Option<i64>,
    /// A refresh token that was exchanged already.
    spent: bool,
}

/// What a client gets.
pub(super) struct Issued {
    pub(super) access: String,
    pub(super) refresh: String,
    pub(super) scopes: Vec<String>,
}

/// See the module.
#[derive(Default)]
pub(in crate::shop) struct Auth {
    codes: BTreeMap<String, Code>,
    grants: BTreeMap<u64, Grant>,
    access: BTreeMap<String, Token>,
    refresh: BTreeMap<String, Token>,
    last: u64,
}

impl Auth {
    pub(super) fn code(
        &mut self,
        env: &mut Env,
        asked: &Asked,
        shopper: &str,
        scopes: Vec<String>,
    ) -> String {
        self.codes.retain(|_, code| env.now_ms < code.ends_ms);
        let code = env.ids.id("code");
        let kept = Code {
            client: asked.client.clone(),
            redirect_uri: asked.redirect_uri.clone(),
            challenge: asked.challenge.clone(),
            shopper: shopper.to_owned(),
            scopes,
            ends_ms: env.now_ms + CODE_MS,
            used: None,
        };
        self.codes.insert(code.clone(), kept);
        code
    }

    /// Redeems a code. One that is used again ends what came of it (RFC 6749, 4.1.2).
    pub(super) fn redeem(
        &mut self,
        env: &mut Env,
        fields: &BTreeMap<String, String>,
        life_ms: i64,
    ) -> Result<Issued, Refused> {
        let get = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
        let code = self.codes.get_mut(get("code")).ok_or(Refused::Grant)?;
        if let Some(grant) = code.used {
            self.end(grant);
            return Err(Refused::Grant);
        }
        let verified = URL_SAFE_NO_PAD.encode(digest(&SHA256, get("code_verifier").as_bytes()));
        let fits = code.client == get("client_id")
            && super::same_place(&code.redirect_uri, get("redirect_uri"))
            && code.challenge == verified
            && env.now_ms < code.ends_ms;
        if !fits {
            return Err(Refused::Grant);
        }
        // What was granted before stays granted (incremental authorization).
        let same = |grant: &Grant| grant.client == code.client && grant.shopper == code.shopper;
        let known = self.grants.iter().find(|(_, grant)| same(grant)).map(|(id, _)| *id);
        let id = known.unwrap_or(self.last + 1);
        self.last = self.last.max(id);
        code.used = Some(id);
        let grant = self.grants.entry(id).or_insert_with(|| Grant {
            client: code.client.clone(),
            shopper: code.shopper.clone(),
            scopes: BTreeSet::new(),
        });
        grant.scopes.extend(code.scopes.iter().cloned());
        Ok(self.issue(env, id, life_ms))
    }

    /// Exchanges a refresh token, which is good for one use; a second one ends the grant, since somebody has a copy.
    pub(super) fn refresh(
        &mut self,
        env: &mut Env,
        token: &str,
        client: &str,
        life_ms: i64,
    ) -> Result<Issued, Refused> {
        let known = self.refresh.get_mut(token).ok_or(Refused::Grant)?;
        let id = known.grant;
        if self.grants.get(&id).is_none_or(|grant| grant.client != client) {
            return Err(Refused::Grant);
        }
        if std::mem::replace(&mut known.spent, true) {
            self.end(id);
            return Err(Refused::Grant);
        }
        Ok(self.issue(env, id, life_ms))
    }

    fn issue(&mut self, env: &mut Env, grant: u64, life_ms: i64) -> Issued {
        let (access, refresh) = (env.ids.id("at"), env.ids.id("rt"));
        let ends_ms = Some(env.now_ms + life_ms);
        self.access.insert(access.clone(), Token { grant, ends_ms, spent: false });
        self.refresh.insert(refresh.clone(), Token { grant, ends_ms: None, spent: false });
        let scopes = self.grants[&grant].scopes.iter().cloned().collect();
        Issued { access, refresh, scopes }
    }

    /// Whose access token it is, and what for. None if it is none of this server's.
    pub(super) fn access(&self, token: &str, now_ms: i64) -> Option<Result<(String, Vec<String>), Refused>> {
        let token = self.access.get(token)?;
        Some(match self.grants.get(&token.grant) {
            None => Err(Refused::Grant),
            Some(_) if token.ends_ms.is_some_and(|ends| now_ms >= ends) => Err(Refused::Expired),
            Some(grant) => Ok((grant.shopper.clone(), grant.scopes.iter().cloned().collect())),
        })
    }

    /// Ends what a token came from; an access token ends alone.
    pub(super) fn revoke(&mut self, token: &str, client: &str) {
        let of_client = |grant: u64| self.grants.get(&grant).is_some_and(|grant| grant.client == client);
        if let Some(id) = self.refresh.get(token).map(|token| token.grant).filter(|id| of_client(*id)) {
            self.end(id);
        } else if self.access.get(token).is_some_and(|token| of_client(token.grant)) {
            self.access.remove(token);
        }
    }

    fn end(&mut self, grant: u64) {
        self.grants.remove(&grant);
        self.refresh.retain(|_, token| token.grant != grant);
    }

    pub(super) fn grants(&self) -> Vec<(String, String, Vec<String>)> {
        let scopes = |grant: &Grant| grant.scopes.iter().cloned().collect();
        self.grants
            .values()
            .map(|grant| (grant.shopper.clone(), grant.client.clone(), scopes(grant)))
            .collect()
    }
}
