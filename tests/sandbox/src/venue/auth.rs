//! Who is calling, and the tokens of the hub.

use serde::Deserialize;
use serde_json::json;

use super::Venue;
use crate::env::Env;
use crate::http::{Request, Response};
use crate::hub::{mint_connection_token, mint_subscription_token};
use crate::tokens;

/// Who sent a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Caller {
    /// Without a bearer token: may look.
    Guest,
    /// Signed in, by shopper id.
    Shopper(String),
}

impl Caller {
    /// The shopper's id, or the 401 that asks to sign in.
    pub fn signed_in(&self) -> Result<&str, Response> {
        match self {
            Self::Shopper(id) => Ok(id),
            Self::Guest => Err(unauthorized("token_missing", "sign in to do this")),
        }
    }

    /// The shopper's id, if signed in.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Shopper(id) => Some(id),
            Self::Guest => None,
        }
    }
}

fn unauthorized(code: &str, content: &str) -> Response {
    let challenge = match code {
        "token_missing" => r#"Bearer realm="venue""#.to_owned(),
        _ => format!(r#"Bearer realm="venue", error="invalid_token", error_description="{content}""#),
    };
    Response::error(401, code, content).with_header("www-authenticate", &challenge)
}

#[derive(Deserialize)]
struct TokenRequest {
    #[serde(default = "own_channel")]
    channels: Vec<String>,
}

fn own_channel() -> Vec<String> {
    vec!["shopper:me".to_owned()]
}

impl Venue {
    pub(super) fn caller(&self, env: &Env, request: &Request) -> Result<Caller, Response> {
        if request.header("authorization").is_none() {
            return Ok(Caller::Guest);
        }
        let bearer = request.bearer().ok_or_else(|| unauthorized("token_unknown", "send a bearer token"))?;
        let shopper = tokens::shopper_of(bearer, env.now_ms)
            .map_err(|error| unauthorized(error.code(), &error.to_string()))?;
        if self.people.is_gone(&shopper) {
            return Err(unauthorized("token_unknown", "this account was deleted"));
        }
        Ok(Caller::Shopper(shopper))
    }

    /// Tokens for the hub: one for the connection, one for each private channel the caller may have.
    pub(super) fn tokens(
        &mut self,
        env: &mut Env,
        request: &Request,
        caller: &Caller,
    ) -> Result<Response, Response> {
        let asked: TokenRequest = request.json()?;
        if asked.channels.len() > 100
            || asked.channels.iter().any(|name| !(1..=200).contains(&name.chars().count()))
        {
            return Err(Response::error(
                400,
                "invalid_body",
                "at most 100 channels with names of 1 to 200 characters",
            ));
        }
        let user = match caller {
            Caller::Shopper(id) => id.clone(),
            Caller::Guest => env.ids.id("guest"),
        };
        let lifetime = self.config.connection_token_ms;
        let expires = Some(env.now_ms - self.hub_behind_ms + lifetime);
        let mut subscriptions = Vec::new();
        for channel in asked.channels {
            let channel = if channel == "shopper:me" { format!("shopper:{user}") } else { channel };
            if self.may_subscribe(&user, &channel) {
                let token = mint_subscription_token(&self.config.hub_secret, &user, &channel, expires);
                subscriptions.push(json!({ "channel": channel, "token": token }));
            }
        }
        Ok(Response::json(
            200,
            &json!({
                "shopper_id": user,
                "connection": {
                    "token": mint_connection_token(&self.config.hub_secret, &user, expires, &[]),
                    "expires_in_ms": lifetime,
                },
                "subscriptions": subscriptions,
            }),
        ))
    }

    /// Whether that user may have that private channel.
    pub fn may_subscribe(&self, user: &str, channel: &str) -> bool {
        match channel.split_once(':') {
            Some(("shopper", id)) => id == user,
            Some(("group", id)) => self.is_member(user, id),
            _ => false,
        }
    }
}
