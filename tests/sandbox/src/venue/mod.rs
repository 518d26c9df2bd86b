//! The venue, sans-I/O: feed, rooms, chat, drops and fan groups of one evening.
//!
//! [`Venue::handle`] answers HTTP, [`Venue::rpc`] what the hub forwards, [`Venue::advance`] lets time pass. What is to
//! be said on the live channel leaves by [`Venue::take_publications`].

mod auth;
mod batches;
mod books;
mod chat;
mod drops;
pub mod evening;
mod fans;
mod feed;
mod idempotency;
mod moderation;
mod people;
mod posts;
mod profile;
mod push;
mod reactions;
mod room;
mod rooms;
#[cfg(test)]
mod tests;
pub mod words;

use std::collections::BTreeMap;

use serde_json::Value;

pub use auth::Caller;
pub use chat::{Line, RpcError, host_as_speaker};
pub use room::{Deal, Pin};

use crate::env::Env;
use crate::http::{Request, Response};
use crate::jws::SigningKey;
use words::Card;

/// How the venue is set up.
#[derive(Debug, Clone)]
pub struct VenueConfig {
    /// `http://127.0.0.1:4000`, without a slash at the end.
    pub url: String,
    /// The domain it goes by: `iss` of its proofs.
    pub domain: String,
    /// When the evening begins, milliseconds since the Unix epoch.
    pub start_ms: i64,
    /// The shops it vouches for: domain and name.
    pub shops: Vec<(String, String)>,
    /// What each host sells, by the host's key.
    pub wares: BTreeMap<String, Vec<Card>>,
    /// Milliseconds over which clients spread their return after the hub was away.
    pub reconnect_window_ms: i64,
    /// Milliseconds by which the picture lags the host.
    pub latency_ms: i64,
    /// How long a connection token is good for, milliseconds.
    pub connection_token_ms: i64,
    /// The hub's HMAC key, for tokens.
    pub hub_secret: Vec<u8>,
    /// Where clients connect to the hub.
    pub ws_url: String,
}

/// What every request has to have: a path and method there is, the client's profile, an id of its own.
fn at_the_door(request: &Request, route: &[&str]) -> Result<(), Response> {
    let allow = match route {
        ["feed" | "drops" | "groups"] | ["rooms", _] | ["rooms" | "groups", _, "lines"] => "GET",
        ["impressions" | "follows" | "likes" | "token" | "reports" | "blocks" | "push"]
        | ["groups", _, "join" | "proof"] => "POST",
        ["reminders", _] => "PUT",
        ["account"] => "DELETE",
        _ => return Err(nothing_here()),
    };
    if request.method != allow {
        let answer = Response::error(405, "method_not_allowed", "this path takes another method");
        return Err(answer.with_header("allow", allow));
    }
    let profile = request.header("ucp-agent").and_then(|agent| agent.strip_prefix("profile=\""));
    if profile.and_then(|rest| rest.split_once('"')).is_none_or(|(url, _)| !is_address(url)) {
        let content = "UCP-Agent has to name the client's profile: profile=\"https://…\"";
        return Err(Response::error(400, "invalid_profile_url", content));
    }
    if request.header("accept-language").is_some_and(|languages| languages.len() > 200) {
        return Err(Response::error(400, "invalid_parameter", "Accept-Language is too long"));
    }
    if !request.header("request-id").is_some_and(is_uuid) {
        return Err(Response::error(
            400,
            "invalid_parameter",
            "send a Request-Id, a fresh UUID, with every request",
        ));
    }
    Ok(())
}

/// An http or https address of something.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(char::is_whitespace))
}

/// With hyphens: other ways to write one are not the contract's.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn nothing_here() -> Response {
    Response::error(404, "not_found", "there is nothing at this path")
}

/// One event for one channel of the hub.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// `room:pearls`, say.
    pub channel: String,
    /// The event, externally tagged.
    pub data: Value,
}

/// The whole venue.
pub struct Venue {
    config: VenueConfig,
    key: SigningKey,
    feed: feed::Feed,
    rooms: BTreeMap<String, room::Room>,
    drops: Vec<drops::Drop>,
    groups: BTreeMap<String, fans::Group>,
    people: people::People,
    relay: push::Relay,
    keys: idempotency::Keys,
    line_seq: u64,
    out: Vec<Publication>,
    heard: Vec<Line>,
    hub_behind_ms: i64,
}

impl Venue {
    /// The venue at the beginning of the evening.
    pub fn new(config: VenueConfig, key: SigningKey) -> Self {
        let feed = feed::Feed::of_the_evening(&config);
        let rooms = room::of_the_evening(&config);
        let drops = drops::of_the_evening(&config);
        let groups = fans::of_the_evening();
        let mut venue = Self {
            config,
            key,
            feed,
            rooms,
            drops,
            groups,
            people: people::People::default(),
            relay: push::Relay::default(),
            keys: idempotency::Keys::default(),
            line_seq: 0,
            out: Vec::new(),
            heard: Vec::new(),
            hub_behind_ms: 0,
        };
        venue.seed_chatter();
        venue
    }

    /// Answers one request. Nothing a caller sends can make it panic.
    pub fn handle(&mut self, env: &mut Env, request: &Request) -> Response {
        let segments = request.segments();
        if segments == [".well-known", "ucp"] {
            return self.profile().with_header("cache-control", "public, max-age=60");
        }
        let Some(("nm", route)) = segments.split_first().map(|(first, rest)| (*first, rest)) else {
            return nothing_here();
        };
        if let Err(refusal) = at_the_door(request, route) {
            return refusal;
        }
        let caller = match self.caller(env, request) {
            Ok(caller) => caller,
            Err(refusal) => return refusal,
        };
        if !request.body.is_empty() && !request.json::<Value>().is_ok_and(|body| body.is_object()) {
            return Response::error(400, "invalid_body", "a body is a JSON object");
        }
        // A token is minted afresh each time; everything else that changes something is done once per key.
        if request.method == "GET" || route == ["token"] {
            return self.route(env, request, &caller, route);
        }
        let Some(key) = request.header("idempotency-key").filter(|key| is_uuid(key)).map(str::to_owned)
        else {
            let content = "send an Idempotency-Key, a UUID, with every change";
            return Response::error(400, "key_missing", content);
        };
        let entry = idempotency::Entry::of(&caller, &key, request);
        match self.keys.seen(&entry, env.now_ms) {
            idempotency::Seen::Answer(answer) => return answer,
            idempotency::Seen::Conflict => {
                return Response::error(409, "key_reused", "this key was used for another request");
            }
            idempotency::Seen::Fresh => {}
        }
        let answer = self.route(env, request, &caller, route);
        self.keys.keep(entry, &answer, env.now_ms);
        answer
    }

    fn route(&mut self, env: &mut Env, request: &Request, caller: &Caller, route: &[&str]) -> Response {
        let outcome = match (request.method.as_str(), route) {
            ("GET", ["feed"]) => self.feed_page(env, request, caller),
            ("POST", ["impressions"]) => self.impressions(request, caller),
            ("POST", ["follows"]) => self.follow(request, caller),
            ("POST", ["likes"]) => self.like(request, caller),
            ("POST", ["token"]) => self.tokens(env, request, caller),
            ("GET", ["rooms", id]) => self.room_page(env, id),
            ("GET", ["rooms", id, "lines"]) => self.room_lines(env, request, caller, id),
            ("GET", ["groups", id, "lines"]) => self.group_lines(env, request, caller, id),
            ("POST", ["reports"]) => self.report(env, request, caller),
            ("POST", ["blocks"]) => self.block(request, caller),
            ("GET", ["drops"]) => Ok(self.drops_page(env)),
            ("PUT", ["reminders", id]) => self.remind(env, request, caller, id),
            ("GET", ["groups"]) => Ok(self.groups_page(caller)),
            ("POST", ["groups", id, "join"]) => self.join_group(caller, id),
            ("POST", ["groups", id, "proof"]) => self.prove_membership(env, request, caller, id),
            ("DELETE", ["account"]) => self.delete_account(caller),
            ("POST", ["push"]) => self.register_push(request, caller),
            _ => Err(nothing_here()),
        };
        outcome.unwrap_or_else(|refusal| refusal)
    }

    /// Lets time pass: drops open and close, reminders fire, hearts and viewers are told.
    pub fn advance(&mut self, now_ms: i64) {
        self.advance_rooms(now_ms);
        self.advance_drops(now_ms);
        self.keys.forget_old(now_ms);
    }

    /// When [`Venue::advance`] has something to do next, if ever. Never earlier than what is already due.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.next_drop_due().into_iter().chain(self.next_room_due()).min()
    }

    /// What was said since the last call, in order.
    pub fn take_publications(&mut self) -> Vec<Publication> {
        batches::of(std::mem::take(&mut self.out))
    }

    /// Lines shoppers wrote since the last call, for the host to read.
    pub fn take_heard(&mut self) -> Vec<Line> {
        std::mem::take(&mut self.heard)
    }

    /// The shopper whose account was deleted last.
    pub fn last_gone(&self) -> Option<&str> {
        self.people.last_gone()
    }

    /// Says something on a channel.
    pub fn publish(&mut self, channel: impl Into<String>, data: Value) {
        let channel = channel.into();
        if let Some(shopper) = channel.strip_prefix("shopper:") {
            self.push_event(shopper, &data);
        }
        self.out.push(Publication { channel, data });
    }

    /// The hub's clock is so many milliseconds behind the venue's, because only the venue's was moved.
    pub fn set_hub_behind(&mut self, by_ms: i64) {
        self.hub_behind_ms = by_ms;
    }

    /// How it is set up.
    pub fn config(&self) -> &VenueConfig {
        &self.config
    }

    /// The key it signs proofs of membership with, as a JWK.
    pub fn jwk(&self) -> Value {
        self.key.jwk()
    }
}
