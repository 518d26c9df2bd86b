//! A small hub in the test, with lost, doubled and late pushes, cut sockets, restarts and forgotten history. Whatever
//! happens, a recoverable channel is delivered once and in order, or a gap is told before what comes after it.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::backoff::Backoff;
use super::super::machine_io::{CallError, SubscribeOptions, Token, TokenError};
use super::super::protocol::Position;
use super::*;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

/// One channel with a bounded history. Payloads are numbered across epochs.
struct Hub {
    epoch: u64,
    top: u64,
    /// (offset, payload), oldest first.
    history: VecDeque<(u64, u64)>,
    keep: usize,
    published: u64,
    /// (epoch, offset) of every payload.
    truth: Vec<(u64, u64)>,
    subscribed: bool,
    /// On their way to the client; lost with the socket.
    flight: VecDeque<String>,
}

impl Hub {
    fn new(keep: usize) -> Self {
        Self {
            epoch: 1,
            top: 0,
            history: VecDeque::new(),
            keep,
            published: 0,
            truth: Vec::new(),
            subscribed: false,
            flight: VecDeque::new(),
        }
    }

    fn publish(&mut self) -> String {
        self.top += 1;
        let payload = self.published;
        self.published += 1;
        self.truth.push((self.epoch, self.top));
        self.history.push_back((self.top, payload));
        if self.history.len() > self.keep {
            self.history.pop_front();
        }
        let publication = json!({"data": payload, "offset": self.top, "epoch": self.epoch.to_string()});
        json!({"push": {"channel": "room:1", "pub": publication}}).to_string()
    }

    fn restart(&mut self) {
        self.epoch += 1;
        self.top = 0;
        self.history.clear();
    }

    fn disconnect(&mut self) {
        self.subscribed = false;
        self.flight.clear();
    }

    fn take(&mut self, text: &str) {
        for line in text.lines() {
            let command: Value = serde_json::from_str(line).unwrap();
            let id = &command["id"];
            let reply = if command.get("connect").is_some() {
                json!({"id": id, "connect": {"client": "c", "ping": 25, "pong": true}})
            } else if let Some(subscribe) = command.get("subscribe") {
                if self.subscribed {
                    json!({"id": id, "error": {"code": 105, "message": "already subscribed"}})
                } else {
                    self.subscribed = true;
                    json!({"id": id, "subscribe": self.subscribe(subscribe)})
                }
            } else if command.get("unsubscribe").is_some() {
                self.subscribed = false;
                json!({"id": id, "unsubscribe": {}})
            } else {
                assert_eq!(command, json!({}), "only pongs are left");
                continue;
            };
            self.flight.push_back(reply.to_string());
        }
    }

    fn subscribe(&self, asked: &Value) -> Value {
        let mut result = json!({"recoverable": true, "epoch": self.epoch.to_string(), "offset": self.top});
        if asked["recover"] == json!(true) {
            let offset = asked["offset"].as_u64().unwrap_or(0);
            let oldest = self.history.front().map_or(self.top + 1, |(offset, _)| *offset);
            result["was_recovering"] = json!(true);
            if asked["epoch"] == json!(self.epoch.to_string()) && offset <= self.top && offset + 1 >= oldest {
                result["recovered"] = json!(true);
                result["offset"] = json!(offset);
                let missed = self.history.iter().filter(|(at, _)| *at > offset);
                result["publications"] =
                    missed.map(|(at, payload)| json!({"data": payload, "offset": at})).collect();
            }
        }
        result
    }
}

#[derive(Default, Debug)]
struct Seen {
    delivered: u64,
    gaps: u64,
    recoveries: u64,
    repairs: u64,
}

struct World {
    machine: Machine,
    hub: Hub,
    random: Random,
    now: u64,
    socket: Option<SocketId>,
    dialing: Option<SocketId>,
    at: Option<Position>,
    seen: Seen,
    log: Vec<String>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random(seed);
        let settings = Settings {
            url: "ws://hub".into(),
            name: "nm".into(),
            version: "1".into(),
            needs_token: false,
            backoff: Backoff { base_ms: 50, cap_ms: 500, window_ms: 200 },
        };
        let keep = 1 + usize::try_from(random.below(12)).unwrap();
        Self {
            machine: Machine::new(settings),
            hub: Hub::new(keep),
            random,
            now: 0,
            socket: None,
            dialing: None,
            at: None,
            seen: Seen::default(),
            log: Vec::new(),
        }
    }

    fn input(&mut self, input: Input<'_>) {
        let random = self.random.next();
        self.machine.handle(self.now, random, input);
        let mut effects = self.machine.drain().into_iter().peekable();
        while let Some(effect) = effects.next() {
            match effect {
                Effect::Dial { socket, .. } => self.dialing = Some(socket),
                Effect::Send { socket, text } => {
                    self.log.push(format!("> {text}"));
                    assert_eq!(Some(socket), self.socket, "sent on a socket that is not open");
                    self.seen.repairs += u64::from(text.contains("\"unsubscribe\""));
                    self.hub.take(&text);
                }
                Effect::CloseSocket { socket } => {
                    if self.socket == Some(socket) {
                        self.socket = None;
                        self.hub.disconnect();
                    }
                    if self.dialing == Some(socket) {
                        self.dialing = None;
                    }
                }
                Effect::Subscribed { position, recovered, was_recovering, .. } => {
                    self.log.push(format!("subscribed {position:?} {recovered} {was_recovering}"));
                    if recovered {
                        assert_eq!(position, self.at, "recovered from another place");
                        self.seen.recoveries += 1;
                    } else if self.at.is_some() {
                        let next = effects.peek();
                        assert!(matches!(next, Some(Effect::Gap { .. })), "a loss that is not told");
                    } else {
                        self.at = position;
                    }
                }
                Effect::Gap { position, .. } => {
                    self.log.push(format!("gap {position:?}"));
                    self.at = position;
                    self.seen.gaps += 1;
                }
                Effect::Publication { publication, .. } => {
                    self.log.push(format!("pub {publication:?}"));
                    let at = self.at.as_mut().expect("subscribed first");
                    at.offset += 1;
                    assert_eq!(publication.offset, Some(at.offset), "doubled, lost or out of order");
                    let payload: usize = serde_json::from_str(publication.data.get()).unwrap();
                    let (epoch, offset) = self.hub.truth[payload];
                    assert_eq!((epoch.to_string(), offset), (at.epoch.clone(), at.offset));
                    self.seen.delivered += 1;
                }
                Effect::Unsubscribed { why, .. } => panic!("ended: {why}"),
                Effect::State(_) | Effect::Window(_) => {}
                Effect::Fault(_) | Effect::NeedToken { .. } | Effect::Answer { .. } => {
                    panic!("not asked for")
                }
            }
        }
    }

    fn deliver(&mut self) {
        if let (Some(socket), Some(text)) = (self.socket, self.hub.flight.pop_front()) {
            self.log.push(format!("< {text}"));
            self.input(Input::Frame { socket, text: &text });
        }
    }

    fn cut(&mut self, closed: Closed) {
        self.hub.disconnect();
        if let Some(socket) = self.socket.take() {
            self.log.push(format!("cut {closed:?}"));
            self.input(Input::SocketClosed { socket, closed });
        }
    }

    fn answer_dial(&mut self, open: bool) {
        let Some(socket) = self.dialing.take() else { return };
        if open {
            self.socket = Some(socket);
            self.input(Input::SocketOpened(socket));
        } else {
            self.input(Input::SocketClosed { socket, closed: Closed::NotOpened { retry_after_ms: None } });
        }
    }

    fn pass(&mut self, ms: u64) {
        self.now += ms;
        if self.machine.wake_at().is_some_and(|at| at <= self.now) {
            self.input(Input::Wake);
        }
    }

    fn publish(&mut self, faults: bool) {
        let push = self.hub.publish();
        self.log.push(format!("published {push}"));
        if !self.hub.subscribed {
            return;
        }
        match if faults { self.random.below(10) } else { 9 } {
            0 => {}
            1 => self.hub.flight.extend([push.clone(), push]),
            2 => {
                // Overtakes what is before it. Replies keep their order: a hub sends no push of a channel before its reply.
                let last_is_push = self.hub.flight.back().is_some_and(|last| last.starts_with("{\"push\""));
                let at = self.hub.flight.len() - usize::from(last_is_push);
                self.hub.flight.insert(at, push);
            }
            _ => self.hub.flight.push_back(push),
        }
    }

    fn step(&mut self) {
        match self.random.below(100) {
            0..=29 => self.publish(true),
            30..=69 => self.deliver(),
            70..=82 => {
                let ms = self.random.below(300);
                self.pass(ms);
            }
            83..=90 => {
                let open = self.random.below(4) > 0;
                self.answer_dial(open);
            }
            91..=93 => self.cut(Closed::Dropped),
            94 => self.cut(Closed::Code { code: 3010, reason: "insufficient state".into() }),
            95 if self.hub.subscribed => {
                self.hub.subscribed = false;
                let reason = json!({"code": 2500, "reason": "insufficient state"});
                let push = json!({"push": {"channel": "room:1", "unsubscribe": reason}});
                self.hub.flight.push_back(push.to_string());
            }
            96 => {
                self.hub.restart();
                if self.random.below(2) == 0 {
                    self.cut(Closed::Code { code: 3001, reason: "shutdown".into() });
                }
            }
            97 if self.random.below(3) == 0 => self.input(Input::SignInChanged),
            97 => self.input(Input::NetworkChanged),
            98 => self.input(Input::Close),
            _ => self.input(Input::Open),
        }
    }

    /// No more faults: it must catch up.
    fn settle(&mut self) {
        self.input(Input::Open);
        for round in 0..200 {
            self.answer_dial(true);
            while !self.hub.flight.is_empty() && self.socket.is_some() {
                self.deliver();
            }
            // The last pushes show what was lost just before them.
            if round % 20 == 10 && self.hub.subscribed {
                self.publish(false);
            }
            self.pass(100);
        }
        let top = Position { offset: self.hub.top, epoch: self.hub.epoch.to_string() };
        assert_eq!(self.at.as_ref(), Some(&top), "stayed behind");
    }
}

fn run(seed: u64) -> Seen {
    let mut world = World::new(seed);
    let options = SubscribeOptions { recoverable: true, ..SubscribeOptions::default() };
    world.input(Input::Subscribe { channel: "room:1".into(), options });
    world.input(Input::Open);
    let steps = 50 + world.random.below(400);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        for _ in 0..steps {
            world.step();
        }
        world.settle();
    }));
    if let Err(panic) = outcome {
        let from = world.log.len().saturating_sub(25);
        eprintln!("seed {seed}, the last of {}:\n{}", world.log.len(), world.log[from..].join("\n"));
        std::panic::resume_unwind(panic);
    }
    world.seen
}

#[test]
fn delivered_once_in_order_or_a_gap_is_told() {
    let mut all = Seen::default();
    for seed in 0..400 {
        let seen = run(seed);
        all.delivered += seen.delivered;
        all.gaps += seen.gaps;
        all.recoveries += seen.recoveries;
        all.repairs += seen.repairs;
    }
    // The seeds have to reach what they are for.
    assert!(
        all.delivered > 5_000 && all.gaps > 300 && all.recoveries > 300 && all.repairs > 300,
        "the run was too tame: {all:?}"
    );
}

const SAYINGS: [&str; 16] = [
    "{}",
    "[]",
    "nonsense",
    r#"{"id":ID}"#,
    r#"{"id":ID,"connect":{"ping":1,"pong":true,"expires":true,"ttl":1}}"#,
    r#"{"id":ID,"connect":{}}"#,
    r#"{"id":ID,"rpc":{"data":{}}}"#,
    r#"{"id":ID,"history":{"publications":[{"data":1,"offset":ID}],"offset":ID}}"#,
    r#"{"id":ID,"subscribe":{"recoverable":true,"epoch":"e","offset":ID,"expires":true}}"#,
    r#"{"id":ID,"subscribe":{"recovered":true,"publications":[{"data":1,"offset":18446744073709551615}]}}"#,
    r#"{"id":ID,"error":{"code":109}}"#,
    r#"{"id":ID,"error":{"code":100}}"#,
    r#"{"push":{"channel":"room:1","pub":{"data":1,"offset":ID,"epoch":"e"}}}"#,
    r#"{"push":{"channel":"room:1","pub":{"data":1,"offset":18446744073709551615,"epoch":"f"}}}"#,
    r#"{"push":{"channel":"room:1","unsubscribe":{"code":2501}}}"#,
    r#"{"push":{"disconnect":{"code":3500}}}"#,
];

/// One or two lines of a hub that has lost its mind; what costs the connection is rarer.
fn saying(random: &mut Random, last_command: u32) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(2) {
        let at = usize::try_from(random.below(16)).unwrap();
        let at = if matches!(at, 1 | 2 | 10 | 15) && random.below(8) > 0 { 6 } else { at };
        let id = u64::from(last_command).saturating_sub(random.below(4));
        text += &SAYINGS[at].replace("ID", &id.to_string());
        text.push('\n');
    }
    text
}

/// A hub that says anything at any time: the machine bears it, and every call has exactly one outcome.
#[test]
fn whatever_the_hub_says_each_call_ends_once() {
    let mut kinds = [0_u32; 3];
    for seed in 0..300 {
        let mut random = Random(seed);
        let settings = Settings {
            url: String::new(),
            name: String::new(),
            version: String::new(),
            needs_token: random.below(2) == 0,
            backoff: Backoff { base_ms: 10, cap_ms: 100, window_ms: 0 },
        };
        let mut machine = Machine::new(settings);
        let (mut now, mut made, mut open) = (0, 0_u64, std::collections::BTreeSet::new());
        for step in 0..400 {
            let bits = random.next();
            let socket = machine.socket;
            let last = machine.next_command;
            let text = saying(&mut random, last);
            let kind = || match bits % 3 {
                0 => TokenKind::Subscription("room:1".into()),
                _ => TokenKind::Connection,
            };
            let data = || serde_json::value::to_raw_value(&1).unwrap();
            let input = match random.below(if step == 399 { 1 } else { 40 }) {
                0 => Input::Close,
                1 | 2 => Input::Open,
                3 | 4 => Input::SocketOpened(socket),
                5 => Input::SocketClosed { socket, closed: Closed::Dropped },
                6 => Input::Token { kind: kind(), result: Err(no_token(bits)) },
                7 | 8 => {
                    let secret = secrecy::SecretString::from("t");
                    let token = Token { secret, expires_in_ms: Some(bits % 20_000) };
                    Input::Token { kind: kind(), result: Ok(token) }
                }
                9 => {
                    let options = SubscribeOptions {
                        recoverable: true,
                        needs_token: bits.is_multiple_of(2),
                        from: None,
                    };
                    Input::Subscribe { channel: "room:1".into(), options }
                }
                10 if bits.is_multiple_of(4) => Input::Unsubscribe { channel: "room:1".into() },
                11 => {
                    made += 1;
                    open.insert(made);
                    Input::Rpc { call: made, method: "m".into(), data: data() }
                }
                12 => {
                    now += bits % 3_000;
                    Input::Wake
                }
                _ => Input::Frame { socket, text: &text },
            };
            machine.handle(now, bits, input);
            for effect in machine.drain() {
                if let Effect::Answer { call, result } = effect {
                    assert!(open.remove(&call), "seed {seed}: a second answer to {call}");
                    kinds[match result {
                        Ok(_) => 0,
                        Err(CallError::Unknown) => 1,
                        Err(_) => 2,
                    }] += 1;
                }
            }
            assert!(machine.pending.len() <= MAX_CALLS + MAX_SUBSCRIPTIONS + 2);
        }
        assert!(open.is_empty(), "seed {seed}: no outcome of {open:?}");
    }
    assert!(kinds.iter().all(|count| *count > 50), "the run was too tame: {kinds:?}");
}

fn no_token(bits: u64) -> TokenError {
    match bits % 5 {
        0 => TokenError::Refused,
        _ => TokenError::Unavailable { retry_after_ms: None },
    }
}
