//! A hub outside, Centrifugo or what speaks like it: what it is to do leaves as [`HubOrder`]s, and what clients ask of
//! the venue comes in by its proxy hooks (`/hub/rpc`, `/hub/subscribe`).

use ring::digest::{SHA256, digest};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{FaultError, World};
use crate::env::Env;
use crate::http::{Request, Response};
use crate::hub::{HubError, Position};
use crate::venue::RpcError;

/// The header in which a hook names its key.
const KEY_HEADER: &str = "x-hub-key";

/// A hub that is not in this process.
#[derive(Clone)]
pub struct OutsideHub {
    /// Where clients connect.
    pub ws_url: String,
    /// The key that signs tokens (HMAC-SHA256), which the hub knows too.
    pub token_key: Vec<u8>,
    /// What the hub's calls have in `X-Hub-Key`.
    pub hook_key: String,
    /// Whether somebody stands before it who can cut its sockets.
    pub takes_faults: bool,
}

/// What the hub is to do. Orders for one channel are carried out in their order.
#[derive(Debug, Clone, PartialEq)]
pub enum HubOrder {
    /// Send an event to everyone who listens.
    Publish {
        /// Where.
        channel: String,
        /// The event.
        data: Value,
        /// The same again is the same publication.
        key: String,
    },
    /// Close the connections of a user for good.
    Disconnect {
        /// Whose.
        user: String,
    },
}

/// What the network before the hub is to do to clients' sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HubFault {
    /// Cut the open ones, and refuse those that come next; so many times in all.
    Cut {
        /// At least once.
        times: u32,
    },
    /// No faults from now on.
    Heal,
}

/// The answer to a hook.
#[derive(Debug)]
pub enum HookAnswer {
    /// All of it.
    Ready(Response),
    /// A snapshot that lacks one thing: where these channels stand once all orders given before it are carried out.
    Positions {
        /// Without `positions`.
        snapshot: Value,
        /// The channels.
        channels: Vec<String>,
    },
}

impl HookAnswer {
    /// The answer with what the hub said of each channel; channels without history are left out.
    pub fn complete(mut snapshot: Value, positions: &[(String, Option<Position>)]) -> Response {
        let known = positions.iter().filter_map(|(channel, position)| Some((channel, position.as_ref()?)));
        snapshot["positions"] = known.map(|(channel, position)| (channel.clone(), json!(position))).collect();
        result(&snapshot)
    }

    /// The hub may be asked again.
    pub fn not_now() -> Response {
        error(&HubError::internal())
    }
}

fn result(data: &Value) -> Response {
    Response::json(200, &json!({ "result": { "data": data } }))
}

fn error(error: &HubError) -> Response {
    Response::json(200, &json!({ "error": error }))
}

/// As the hub tells it to the client.
pub(super) fn hub_error(error: &RpcError) -> HubError {
    HubError { temporary: matches!(error.code, 1429 | 1500), ..HubError::new(error.code, &error.message) }
}

/// What waits to be carried out.
pub(super) struct Outside {
    config: OutsideHub,
    /// Told apart from those of an earlier sandbox by the run.
    run: String,
    published: u64,
    orders: Vec<HubOrder>,
    faults: Vec<HubFault>,
}

impl Outside {
    pub fn new(config: OutsideHub, run: String) -> Self {
        Self { config, run, published: 0, orders: Vec::new(), faults: Vec::new() }
    }

    pub fn publish(&mut self, channel: String, data: Value) {
        self.published += 1;
        let key = format!("{}-{}", self.run, self.published);
        self.orders.push(HubOrder::Publish { channel, data, key });
    }

    pub fn disconnect(&mut self, user: &str) {
        self.orders.push(HubOrder::Disconnect { user: user.to_owned() });
    }

    pub fn fault(&mut self, order: &Value) -> Result<(), FaultError> {
        if !self.config.takes_faults {
            return Err(FaultError::new("nobody stands before the hub outside who could cut its sockets"));
        }
        if order["kind"] != "cut" {
            return Err(FaultError::new("before a hub outside there is one fault: cut"));
        }
        let times = order["times"].as_u64().and_then(|times| u32::try_from(times).ok()).unwrap_or(1);
        self.faults.push(HubFault::Cut { times });
        Ok(())
    }

    pub fn heal(&mut self) {
        if self.config.takes_faults {
            self.faults.push(HubFault::Heal);
        }
    }
}

#[derive(Deserialize)]
struct RpcCall {
    #[serde(default)]
    user: String,
    method: String,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct SubscribeCall {
    #[serde(default)]
    user: String,
    channel: String,
}

impl World {
    /// Whether the hub is outside.
    pub fn has_outside_hub(&self) -> bool {
        self.outside.is_some()
    }

    /// What the hub outside is to do since the last call, in order.
    pub fn take_hub_orders(&mut self) -> Vec<HubOrder> {
        self.outside.as_mut().map(|outside| std::mem::take(&mut outside.orders)).unwrap_or_default()
    }

    /// What the network before it is to do since the last call, in order.
    pub fn take_hub_faults(&mut self) -> Vec<HubFault> {
        self.outside.as_mut().map(|outside| std::mem::take(&mut outside.faults)).unwrap_or_default()
    }

    /// A call of the hub outside, on behalf of a client. Only a hub that knows the key is answered.
    pub fn hook(&mut self, now_ms: i64, request: &Request) -> HookAnswer {
        self.advance(now_ms);
        let answer = self.hooked(request).unwrap_or_else(HookAnswer::Ready);
        self.settle();
        answer
    }

    fn hooked(&mut self, request: &Request) -> Result<HookAnswer, Response> {
        let nothing = || Response::error(404, "not_found", "there is nothing at this path");
        let outside = self.outside.as_ref().ok_or_else(nothing)?;
        let sha = |key: &str| digest(&SHA256, key.as_bytes());
        let given = request.header(KEY_HEADER).unwrap_or_default();
        if sha(given).as_ref() != sha(&outside.config.hook_key).as_ref() {
            return Err(Response::error(403, "forbidden", "this is for the hub, which knows the key"));
        }
        match (request.method.as_str(), request.segments()[..].as_ref()) {
            ("POST", ["hub", "rpc"]) => Ok(self.hook_rpc(request.json()?)),
            ("POST", ["hub", "subscribe"]) => {
                let SubscribeCall { user, channel } = request.json()?;
                Ok(HookAnswer::Ready(if self.venue.may_subscribe(&user, &channel) {
                    Response::json(200, &json!({ "result": {} }))
                } else {
                    error(&HubError::permission_denied())
                }))
            }
            _ => Err(nothing()),
        }
    }

    fn hook_rpc(&mut self, call: RpcCall) -> HookAnswer {
        let mut wanted = None;
        let mut positions = |_: &mut Env, channels: &[String]| {
            wanted = Some(channels.to_vec());
            json!({})
        };
        let Self { venue, ids, now_ms, .. } = self;
        let mut env = Env { now_ms: *now_ms, ids };
        match (venue.rpc(&mut env, &call.user, &call.method, call.data, &mut positions), wanted) {
            (Err(refusal), _) => HookAnswer::Ready(error(&hub_error(&refusal))),
            (Ok(data), None) => HookAnswer::Ready(result(&data)),
            (Ok(snapshot), Some(channels)) => HookAnswer::Positions { snapshot, channels },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Target, WorldConfig};

    const START: i64 = 1_800_000_000_000;

    fn world() -> World {
        let hub = OutsideHub {
            ws_url: "ws://127.0.0.1:8000/connection/websocket".into(),
            token_key: b"tokens".to_vec(),
            hook_key: "hooks".into(),
            takes_faults: true,
        };
        let config = WorldConfig { ambience: false, hub: Some(hub), ..WorldConfig::simulated(7, START) };
        let mut world = World::new(config);
        world.take_hub_orders();
        world
    }

    fn post(path: &str, key: &str, body: &Value) -> Request {
        Request {
            method: "POST".into(),
            path: path.into(),
            headers: vec![(KEY_HEADER.into(), key.into())],
            body: body.to_string().into_bytes(),
            ..Request::default()
        }
    }

    fn said(response: &Response) -> Value {
        serde_json::from_slice(&response.body).expect("JSON")
    }

    fn call(world: &mut World, user: &str, method: &str, data: &Value) -> HookAnswer {
        let body = json!({ "user": user, "method": method, "data": data });
        world.hook(START, &post("/hub/rpc", "hooks", &body))
    }

    fn ready(answer: HookAnswer) -> Value {
        match answer {
            HookAnswer::Ready(response) => said(&response),
            HookAnswer::Positions { .. } => panic!("positions were asked for"),
        }
    }

    fn published(world: &mut World) -> Vec<(String, Value, String)> {
        let orders = world.take_hub_orders().into_iter().filter_map(|order| match order {
            HubOrder::Publish { channel, data, key } => Some((channel, data, key)),
            HubOrder::Disconnect { .. } => None,
        });
        orders.collect()
    }

    #[test]
    fn what_is_said_leaves_in_order_each_with_a_key_of_its_own() {
        let mut world = world();
        for text in ["one", "two"] {
            world.script(&json!({ "do": "say", "room": "pearls", "text": text })).expect("said");
        }
        let orders = published(&mut world);
        let texts: Vec<_> = orders.iter().map(|(_, data, _)| data["line"]["text"].as_str()).collect();
        assert_eq!(texts, [Some("one"), Some("two")]);
        assert!(orders.iter().all(|(channel, ..)| channel == "chat:pearls"));
        assert_ne!(orders[0].2, orders[1].2);
        assert_eq!(world.ws_open(START), None, "nobody connects here");
    }

    #[test]
    fn a_hook_is_answered_for_the_key_alone() {
        let mut world = world();
        let body = json!({ "user": "ann", "method": "room.join", "data": { "room_id": "pearls" } });
        for (path, key, status) in
            [("/hub/rpc", "", 403), ("/hub/rpc", "another", 403), ("/hub/else", "hooks", 404)]
        {
            match world.hook(START, &post(path, key, &body)) {
                HookAnswer::Ready(response) => assert_eq!(response.status, status, "{path} {key}"),
                HookAnswer::Positions { .. } => panic!("{path} {key} was answered"),
            }
        }
        let mut own = World::new(WorldConfig::simulated(7, START));
        assert_eq!(
            match own.hook(START, &post("/hub/rpc", "", &body)) {
                HookAnswer::Ready(response) => response.status,
                HookAnswer::Positions { .. } => 200,
            },
            404,
            "with the hub in here there are no hooks"
        );
    }

    #[test]
    fn a_snapshot_waits_for_where_its_channels_stand() {
        let mut world = world();
        let HookAnswer::Positions { snapshot, channels } =
            call(&mut world, "ann", "room.join", &json!({ "room_id": "pearls" }))
        else {
            panic!("no positions were asked for");
        };
        assert!(channels.contains(&"room:pearls".to_owned()) && channels.contains(&"chat:pearls".to_owned()));
        let position = Position { offset: 7, epoch: "e".into() };
        let known = [("chat:pearls".to_owned(), Some(position)), ("live".to_owned(), None)];
        let answer = said(&HookAnswer::complete(snapshot, &known));
        let data = &answer["result"]["data"];
        assert_eq!(data["positions"], json!({ "chat:pearls": { "offset": 7, "epoch": "e" } }));
        assert_eq!(data["room"]["id"], "pearls");
    }

    #[test]
    fn a_line_is_taken_and_published_once() {
        let mut world = world();
        let line = json!({ "room_id": "pearls", "client_id": "2f0a7a52-0d2c-4a7b-9a51-0f7a7f7c7a11", "text": "that one" });
        let first = ready(call(&mut world, "ann", "chat.send", &line));
        assert_eq!(first["result"]["data"]["line"]["text"], "that one");
        let again = ready(call(&mut world, "ann", "chat.send", &line));
        assert_eq!(again["result"]["data"]["duplicate"], true);
        assert_eq!(published(&mut world).len(), 1);
        let refusal = ready(call(&mut world, "guest_1", "chat.send", &line));
        assert_eq!(refusal["error"]["code"], 1401);
        assert_eq!(ready(call(&mut world, "ann", "no.such", &json!({})))["error"]["code"], 104);
    }

    #[test]
    fn a_group_is_for_its_members() {
        let mut world = world();
        let hook = |user: &str, channel: &str| {
            post("/hub/subscribe", "hooks", &json!({ "user": user, "channel": channel }))
        };
        for (user, channel, wanted) in [
            ("ann", "shopper:ann", json!({ "result": {} })),
            ("bob", "shopper:ann", json!({ "error": { "code": 103, "message": "permission denied" } })),
            ("bob", "group:ponies", json!({ "error": { "code": 103, "message": "permission denied" } })),
        ] {
            assert_eq!(ready(world.hook(START, &hook(user, channel))), wanted, "{user} {channel}");
        }
    }

    #[test]
    fn faults_are_for_who_stands_before_the_hub() {
        let mut world = world();
        world.switch_fault(&json!({ "target": "hub", "kind": "cut", "times": 3 })).expect("a cut");
        world.clear_faults();
        assert_eq!(world.take_hub_faults(), [HubFault::Cut { times: 3 }, HubFault::Heal]);
        assert!(world.switch_fault(&json!({ "target": "hub", "kind": "garbage" })).is_err());
        assert!(world.script(&json!({ "do": "forget_stream", "channel": "chat:pearls" })).is_err());
        world.switch_fault(&json!({ "target": "venue", "kind": "status" })).expect("the venue's own");
        assert!(world.fault_for(Target::Venue, "/nm/feed").is_some());
    }
}
