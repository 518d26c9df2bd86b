use secrecy::SecretString;
use serde_json::value::RawValue;

use super::super::backoff::Backoff;
use super::super::machine_io::{CallError, NotSent, Reply, SubscribeOptions, Token, TokenError};
use super::super::protocol::Position;
use super::*;

const WINDOW_MS: u64 = 30_000;

/// A machine, a clock, and effects as short words.
struct Rig {
    machine: Machine,
    now: u64,
    random: u64,
}

impl Rig {
    fn new(needs_token: bool) -> Self {
        let settings = Settings {
            url: "ws://hub".into(),
            name: "nm".into(),
            version: "1".into(),
            needs_token,
            backoff: Backoff { base_ms: 500, cap_ms: 20_000, window_ms: WINDOW_MS },
        };
        Self { machine: Machine::new(settings), now: 1_000, random: 7 }
    }

    /// Connected without a token; the hub pings every 25 s.
    fn connected() -> Self {
        let mut rig = Self::new(false);
        rig.input(Input::Open);
        rig.input(Input::SocketOpened(1));
        rig.frame(r#"{"id":1,"connect":{"client":"c","ping":25,"pong":true}}"#);
        assert_eq!(rig.machine.state(), State::Connected);
        rig
    }

    /// Connected and in the recoverable `room:1` at 2 of epoch e.
    fn in_room() -> Self {
        let mut rig = Self::connected();
        rig.subscribe("room:1", RECOVERABLE);
        rig.frame(r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2}}"#);
        rig
    }

    fn input(&mut self, input: Input<'_>) -> Vec<String> {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.machine.handle(self.now, self.random, input);
        self.machine.drain().iter().map(told).collect()
    }

    fn frame(&mut self, text: &str) -> Vec<String> {
        let socket = self.machine.socket;
        self.input(Input::Frame { socket, text })
    }

    fn closed(&mut self, code: u32) -> Vec<String> {
        let socket = self.machine.socket;
        let closed = Closed::Code { code, reason: "why".into() };
        self.input(Input::SocketClosed { socket, closed })
    }

    fn dropped(&mut self) -> Vec<String> {
        let socket = self.machine.socket;
        self.input(Input::SocketClosed { socket, closed: Closed::Dropped })
    }

    fn opened(&mut self) -> Vec<String> {
        let socket = self.machine.socket;
        self.input(Input::SocketOpened(socket))
    }

    fn subscribe(&mut self, channel: &str, options: SubscribeOptions) -> Vec<String> {
        self.input(Input::Subscribe { channel: channel.into(), options })
    }

    fn rpc(&mut self, call: u64) -> Vec<String> {
        let data = RawValue::from_string("{}".into()).unwrap();
        self.input(Input::Rpc { call, method: "m".into(), data })
    }

    fn token(&mut self, kind: TokenKind, token: &str, expires_in_ms: Option<u64>) -> Vec<String> {
        let token = Token { secret: SecretString::from(token), expires_in_ms };
        self.input(Input::Token { kind, result: Ok(token) })
    }

    /// Lets time pass to the machine's next wish, and grants it.
    fn wake(&mut self) -> (u64, Vec<String>) {
        let at = self.machine.wake_at().expect("the machine wants to be woken");
        let slept = at.saturating_sub(self.now);
        self.now = self.now.max(at);
        (slept, self.input(Input::Wake))
    }
}

const RECOVERABLE: SubscribeOptions = SubscribeOptions { recoverable: true, needs_token: false, from: None };
const OWN_TOKEN: SubscribeOptions = SubscribeOptions { recoverable: true, needs_token: true, from: None };
const PLAIN: SubscribeOptions = SubscribeOptions { recoverable: false, needs_token: false, from: None };

fn told(effect: &Effect) -> String {
    let at = |position: &Option<Position>| {
        position.as_ref().map_or("-".to_owned(), |position| format!("{}@{}", position.offset, position.epoch))
    };
    match effect {
        Effect::Dial { socket, .. } => format!("dial {socket}"),
        Effect::Send { text, .. } => format!("send {text}"),
        Effect::CloseSocket { socket } => format!("close {socket}"),
        Effect::NeedToken { kind: TokenKind::Connection, fresh } => format!("token, fresh {fresh}"),
        Effect::NeedToken { kind: TokenKind::Subscription(channel), fresh } => {
            format!("token {channel}, fresh {fresh}")
        }
        Effect::Publication { channel, publication } => {
            let offset = publication.offset.map_or("-".to_owned(), |offset| offset.to_string());
            format!("pub {channel} {offset} {}", publication.data)
        }
        Effect::Subscribed { channel, position, recovered, was_recovering } => {
            format!("subscribed {channel} {} {recovered} {was_recovering}", at(position))
        }
        Effect::Gap { channel, position } => format!("gap {channel} {}", at(position)),
        Effect::Unsubscribed { channel, why } => format!("ended {channel}: {why}"),
        Effect::Answer { call, result: Ok(Reply::Rpc(data)) } => format!("answer {call} {data}"),
        Effect::Answer { call, result: Ok(Reply::History(page)) } => {
            format!("answer {call} {:?} {}", page.publications, at(&Some(page.position.clone())))
        }
        Effect::Answer { call, result: Err(error) } => format!("answer {call} {}", error.code()),
        Effect::State(state) => format!("state {state:?}"),
        Effect::Window(ms) => format!("window {ms}"),
        Effect::Fault(fault) => format!("fault {fault}"),
    }
}

#[test]
fn connect_and_subscribes_leave_in_one_frame() {
    let mut rig = Rig::new(true);
    assert!(rig.subscribe("chat:1", RECOVERABLE).is_empty());
    assert!(rig.subscribe("pulse:1", PLAIN).is_empty());
    assert!(rig.subscribe("shopper:1", OWN_TOKEN).is_empty());
    assert_eq!(
        rig.input(Input::Open),
        ["dial 1", "token, fresh false", "token shopper:1, fresh false", "state Connecting"]
    );
    assert!(rig.opened().is_empty(), "waits for the token");
    assert!(rig.token(TokenKind::Subscription("shopper:1".into()), "s", None).is_empty());
    assert_eq!(
        rig.token(TokenKind::Connection, "c", None),
        [concat!(
            r#"send {"id":1,"connect":{"token":"c","name":"nm","version":"1"}}"#,
            "\n",
            r#"{"id":2,"subscribe":{"channel":"chat:1","positioned":true,"recoverable":true}}"#,
            "\n",
            r#"{"id":3,"subscribe":{"channel":"pulse:1"}}"#,
            "\n",
            r#"{"id":4,"subscribe":{"channel":"shopper:1","token":"s","positioned":true,"recoverable":true}}"#,
        )]
    );
    // Replies out of order, all in one frame.
    assert_eq!(
        rig.frame(concat!(
            r#"{"id":3,"subscribe":{}}"#,
            "\n",
            r#"{"id":1,"connect":{"client":"c"}}"#,
            "\n",
            r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":9}}"#
        )),
        ["subscribed pulse:1 - false false", "subscribed chat:1 9@e false false", "state Connected"]
    );
}

#[test]
fn a_token_that_comes_late_joins_its_channel_later() {
    let mut rig = Rig::new(false);
    rig.subscribe("shopper:1", OWN_TOKEN);
    assert_eq!(rig.input(Input::Open), ["dial 1", "token shopper:1, fresh false", "state Connecting"]);
    assert_eq!(rig.opened(), [r#"send {"id":1,"connect":{"name":"nm","version":"1"}}"#]);
    assert_eq!(rig.frame(r#"{"id":1,"connect":{}}"#), ["state Connected"]);
    assert_eq!(rig.machine.wake_at(), None, "nothing but the token is awaited");
    assert_eq!(
        rig.token(TokenKind::Subscription("shopper:1".into()), "s", None),
        [
            r#"send {"id":2,"subscribe":{"channel":"shopper:1","token":"s","positioned":true,"recoverable":true}}"#
        ]
    );
}

#[test]
fn several_inputs_share_a_frame() {
    let mut rig = Rig::connected();
    for channel in ["room:1", "chat:1"] {
        let input = Input::Subscribe { channel: channel.into(), options: PLAIN };
        rig.machine.handle(rig.now, 1, input);
    }
    assert_eq!(
        rig.rpc(1),
        [concat!(
            r#"send {"id":2,"subscribe":{"channel":"room:1"}}"#,
            "\n",
            r#"{"id":3,"subscribe":{"channel":"chat:1"}}"#,
            "\n",
            r#"{"id":4,"rpc":{"method":"m","data":{}}}"#
        )]
    );
}

#[test]
fn a_lost_connection_recovers_from_where_it_stood() {
    let mut rig = Rig::in_room();
    let push =
        |offset| format!(r#"{{"push":{{"channel":"room:1","pub":{{"data":{offset},"offset":{offset}}}}}}}"#);
    assert_eq!(rig.frame(&push(3)), ["pub room:1 3 3"]);
    assert!(rig.frame(&push(3)).is_empty(), "a duplicate");
    assert!(rig.frame(&push(1)).is_empty(), "an old one");
    assert_eq!(rig.dropped(), ["close 1", "state Offline"]);
    let (slept, effects) = rig.wake();
    assert!(slept <= WINDOW_MS);
    assert_eq!(effects, ["dial 2", "state Connecting"]);
    assert_eq!(
        rig.opened(),
        [concat!(
            r#"send {"id":3,"connect":{"name":"nm","version":"1"}}"#,
            "\n",
            r#"{"id":4,"subscribe":{"channel":"room:1","recover":true,"epoch":"e","offset":3,"positioned":true,"recoverable":true}}"#
        )]
    );
    rig.frame(r#"{"id":3,"connect":{}}"#);
    assert_eq!(
        rig.frame(
            r#"{"id":4,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":4,"offset":4},{"data":5,"offset":5}],"recovered":true,"offset":3,"was_recovering":true}}"#
        ),
        ["subscribed room:1 3@e true true", "pub room:1 4 4", "pub room:1 5 5"]
    );
    assert_eq!(rig.frame(&push(6)), ["pub room:1 6 6"], "the publications moved the position");
}

#[test]
fn what_cannot_be_recovered_is_a_gap() {
    let cases = [
        // the reply to recovery from 2@e, what is told, the next live offset that follows without a gap
        (r#"{"recoverable":true,"epoch":"e","offset":20,"was_recovering":true}"#, "20@e", 21),
        (r#"{"recoverable":true,"epoch":"f","offset":1,"was_recovering":true}"#, "1@f", 2),
        // A hub that claims success in another epoch, or further back than we were.
        (r#"{"recoverable":true,"epoch":"f","offset":2,"recovered":true,"was_recovering":true}"#, "2@f", 3),
        (r#"{"recoverable":true,"epoch":"e","offset":1,"recovered":true,"was_recovering":true}"#, "1@e", 2),
    ];
    for (reply, position, next) in cases {
        let mut rig = Rig::in_room();
        rig.dropped();
        rig.wake();
        rig.opened();
        rig.frame(r#"{"id":3,"connect":{}}"#);
        assert_eq!(
            rig.frame(&format!(r#"{{"id":4,"subscribe":{reply}}}"#)),
            [format!("subscribed room:1 {position} false true"), format!("gap room:1 {position}")],
            "{reply}"
        );
        let push = format!(r#"{{"push":{{"channel":"room:1","pub":{{"data":0,"offset":{next}}}}}}}"#);
        assert_eq!(rig.frame(&push), [format!("pub room:1 {next} 0")], "{reply}");
    }
}

#[test]
fn a_recovery_with_a_hole_says_so_where_it_is() {
    let mut rig = Rig::in_room();
    rig.dropped();
    rig.wake();
    rig.opened();
    rig.frame(r#"{"id":3,"connect":{}}"#);
    assert_eq!(
        rig.frame(
            r#"{"id":4,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":3,"offset":3},{"data":5,"offset":5}],"recovered":true,"offset":6,"was_recovering":true}}"#
        ),
        ["subscribed room:1 2@e true true", "pub room:1 3 3", "gap room:1 4@e", "pub room:1 5 5", "gap room:1 6@e"]
    );
}

#[test]
fn a_skipped_offset_is_repaired_and_only_then_a_gap() {
    let mut rig = Rig::in_room();
    let push =
        |offset| format!(r#"{{"push":{{"channel":"room:1","pub":{{"data":{offset},"offset":{offset}}}}}}}"#);
    let again = |id: u32, offset: u32| {
        format!(
            concat!(
                r#"send {{"id":{},"unsubscribe":{{"channel":"room:1"}}}}"#,
                "\n",
                r#"{{"id":{},"subscribe":{{"channel":"room:1","recover":true,"epoch":"e","offset":{},"positioned":true,"recoverable":true}}}}"#
            ),
            id,
            id + 1,
            offset
        )
    };
    assert_eq!(rig.frame(&push(5)), [again(3, 2)]);
    assert!(rig.frame(&push(6)).is_empty(), "of the old subscription");
    assert_eq!(
        rig.frame(
            r#"{"id":4,"subscribe":{"recoverable":true,"epoch":"e","publications":[{"data":3,"offset":3},{"data":4,"offset":4},{"data":5,"offset":5},{"data":6,"offset":6}],"recovered":true,"offset":2,"was_recovering":true}}"#
        ),
        ["subscribed room:1 2@e true true", "pub room:1 3 3", "pub room:1 4 4", "pub room:1 5 5", "pub room:1 6 6"]
    );
    // Now the hub knows of nothing between 6 and 8.
    assert_eq!(rig.frame(&push(8)), [again(5, 6)]);
    assert_eq!(
        rig.frame(r#"{"id":6,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"offset":6,"was_recovering":true}}"#),
        ["subscribed room:1 6@e true true"]
    );
    assert_eq!(rig.frame(&push(8)), ["gap room:1 7@e", "pub room:1 8 8"]);
    assert_eq!(rig.frame(&push(9)), ["pub room:1 9 9"]);
    // Another epoch in a live push.
    assert_eq!(
        rig.frame(r#"{"push":{"channel":"room:1","pub":{"data":1,"offset":1,"epoch":"f"}}}"#),
        ["gap room:1 0@f", "pub room:1 1 1"]
    );
}

#[test]
fn a_snapshots_position_is_where_a_subscription_starts() {
    let mut rig = Rig::connected();
    let from = Some(Position { offset: 7, epoch: "e".into() });
    assert_eq!(
        rig.subscribe("room:1", SubscribeOptions { from, ..RECOVERABLE }),
        [
            r#"send {"id":2,"subscribe":{"channel":"room:1","recover":true,"epoch":"e","offset":7,"positioned":true,"recoverable":true}}"#
        ]
    );
    assert_eq!(
        rig.frame(r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","recovered":true,"offset":7,"was_recovering":true}}"#),
        ["subscribed room:1 7@e true true"]
    );
}

#[test]
fn a_channel_meant_to_be_held_that_keeps_no_history_has_a_gap_after_each_loss() {
    let mut rig = Rig::connected();
    rig.subscribe("room:1", RECOVERABLE);
    rig.subscribe("pulse:1", PLAIN);
    assert_eq!(
        rig.frame("{\"id\":2,\"subscribe\":{}}\n{\"id\":3,\"subscribe\":{}}"),
        ["subscribed room:1 - false false", "subscribed pulse:1 - false false"]
    );
    rig.dropped();
    rig.wake();
    rig.opened();
    rig.frame(r#"{"id":4,"connect":{}}"#);
    assert_eq!(
        rig.frame("{\"id\":6,\"subscribe\":{}}\n{\"id\":5,\"subscribe\":{}}"),
        ["subscribed room:1 - false false", "gap room:1 -", "subscribed pulse:1 - false false"]
    );
}

#[test]
fn each_close_code_has_its_reaction() {
    let cases = [
        // code, state after, whether a fresh token is asked for at the next attempt
        (1006, "Offline", false),
        (3000, "Offline", false),
        (3001, "Offline", false),
        (3004, "Offline", false),
        (3005, "Offline", true),
        (3008, "Offline", false),
        (3010, "Offline", false),
        (3012, "Offline", false),
        (3013, "Offline", false),
        (3014, "Offline", true),
        (3500, "Offline", true),
        (3501, "Stopped", false),
        (3502, "Stopped", false),
        (3503, "Stopped", false),
        (3507, "Stopped", false),
        (4200, "Offline", false),
        (4500, "Stopped", false),
        (5000, "Offline", false),
    ];
    for push in [false, true] {
        for (code, state, fresh) in cases {
            let mut rig = Rig::new(true);
            rig.input(Input::Open);
            rig.token(TokenKind::Connection, "c", None);
            rig.opened();
            rig.frame(r#"{"id":1,"connect":{}}"#);
            let effects = if push {
                rig.frame(&format!(r#"{{"push":{{"disconnect":{{"code":{code},"reason":"why"}}}}}}"#))
            } else {
                rig.closed(code)
            };
            assert_eq!(effects[0], "close 1");
            assert!(effects[1].starts_with(&format!("state {state}")), "{code}: {effects:?}");
            if state == "Stopped" {
                assert_eq!(rig.machine.wake_at(), None, "{code}");
                let reason = StopReason::Disconnected { code, reason: "why".into() };
                assert_eq!(rig.machine.state(), State::Stopped(reason));
                continue;
            }
            let (_, effects) = rig.wake();
            let asked = effects.contains(&"token, fresh true".to_owned());
            assert_eq!((effects[0].as_str(), asked), ("dial 2", fresh), "{code}: {effects:?}");
        }
    }
}

#[test]
fn a_bad_token_gets_one_fresh_try() {
    let mut rig = Rig::new(true);
    assert_eq!(rig.input(Input::Open), ["dial 1", "token, fresh false", "state Connecting"]);
    rig.token(TokenKind::Connection, "bad", None);
    rig.opened();
    assert_eq!(rig.closed(3500), ["close 1", "state Offline"]);
    let (slept, effects) = rig.wake();
    assert!(slept <= 500, "not spread over the window: it concerns nobody else");
    assert_eq!(effects, ["dial 2", "token, fresh true", "state Connecting"]);
    rig.token(TokenKind::Connection, "worse", None);
    rig.opened();
    assert_eq!(rig.closed(3500), ["close 2", "state Stopped(TokenRefused)"]);
    assert_eq!(rig.machine.wake_at(), None);
    // Signed in again.
    assert_eq!(rig.input(Input::Open), ["dial 3", "token, fresh true", "state Connecting"]);
}

#[test]
fn a_channels_bad_token_gets_one_fresh_try_and_then_costs_only_the_channel() {
    let mut rig = Rig::new(true);
    let kind = || TokenKind::Subscription("shopper:1".into());
    rig.subscribe("room:1", RECOVERABLE);
    rig.subscribe("shopper:1", OWN_TOKEN);
    rig.input(Input::Open);
    rig.token(TokenKind::Connection, "good", None);
    rig.token(kind(), "of another", None);
    rig.opened();
    let hello = [
        r#"{"id":1,"connect":{"client":"c","ping":25,"pong":true}}"#,
        r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2}}"#,
    ]
    .join("\n");
    rig.frame(&hello);
    assert_eq!(rig.closed(3500), ["close 1", "state Offline"]);
    // The connection's token was good, and is kept; the channel's is asked for anew.
    assert_eq!(rig.wake().1, ["dial 2", "token shopper:1, fresh true", "state Connecting"]);
    rig.token(kind(), "of another still", None);
    rig.opened();
    rig.frame(r#"{"id":4,"connect":{"client":"c","ping":25,"pong":true}}"#);
    rig.frame(r#"{"id":5,"subscribe":{"recoverable":true,"epoch":"e","recovered":true}}"#);
    let ended = rig.closed(3500);
    assert_eq!(ended, ["close 2", "ended shopper:1: no token for this channel", "state Offline"]);
    assert_eq!(rig.wake().1, ["dial 3", "state Connecting"]);
    assert_eq!(rig.machine.subs.len(), 1);
}

#[test]
fn an_expired_token_is_replaced_at_once_and_then_without_hurry() {
    let mut rig = Rig::new(true);
    rig.subscribe("room:1", RECOVERABLE);
    rig.input(Input::Open);
    rig.token(TokenKind::Connection, "old", None);
    rig.opened();
    let expired = |id| format!(r#"{{"id":{id},"error":{{"code":109,"message":"token expired"}}}}"#);
    // The hub closes after the subscribe that came behind the refused connect: that socket is no longer ours.
    assert_eq!(rig.frame(&expired(1)), ["close 1", "dial 2", "token, fresh true"]);
    let closed = Closed::Code { code: 3501, reason: "bad request".into() };
    assert!(rig.input(Input::SocketClosed { socket: 1, closed }).is_empty());
    rig.token(TokenKind::Connection, "also old", None);
    rig.opened();
    assert_eq!(rig.frame(&expired(3)), ["close 2", "state Offline"]);
    assert_eq!(rig.wake().1, ["dial 3", "token, fresh true", "state Connecting"]);
}

#[test]
fn a_hub_that_dislikes_the_batch_gets_connect_alone() {
    let mut rig = Rig::new(false);
    rig.subscribe("room:1", PLAIN);
    rig.input(Input::Open);
    assert_eq!(rig.opened()[0].lines().count(), 2);
    assert_eq!(rig.closed(3501), ["close 1", "state Offline"]);
    rig.wake();
    assert_eq!(rig.opened(), [r#"send {"id":3,"connect":{"name":"nm","version":"1"}}"#]);
    assert_eq!(
        rig.frame(r#"{"id":3,"connect":{}}"#),
        ["state Connected", r#"send {"id":4,"subscribe":{"channel":"room:1"}}"#]
    );
    assert!(rig.closed(3501)[1].starts_with("state Stopped"));
}

#[test]
fn connect_errors_are_retried_or_stop() {
    for (code, temporary, state) in [
        (100, false, State::Offline),
        (111, false, State::Offline),
        (1500, true, State::Offline),
        (101, false, State::Stopped(StopReason::Refused { code: 101, message: "m".into() })),
        (1500, false, State::Stopped(StopReason::Refused { code: 1500, message: "m".into() })),
    ] {
        let mut rig = Rig::new(false);
        rig.input(Input::Open);
        rig.opened();
        rig.frame(&format!(r#"{{"id":1,"error":{{"code":{code},"message":"m","temporary":{temporary}}}}}"#));
        assert_eq!(rig.machine.state(), state, "{code}");
    }
}

#[test]
fn a_slow_token_is_not_the_hubs_verdict() {
    let mut rig = Rig::new(true);
    rig.input(Input::Open);
    rig.opened();
    assert_eq!(rig.closed(3502), ["close 1", "state Offline"]);
    // The token comes between the attempts and is used by the next.
    assert!(rig.token(TokenKind::Connection, "c", None).is_empty());
    assert_eq!(rig.wake().1, ["dial 2", "state Connecting"]);
    assert_eq!(rig.opened().len(), 1);
}

#[test]
fn a_venue_without_tokens_is_asked_later_and_a_refusal_stops() {
    let mut rig = Rig::new(true);
    rig.input(Input::Open);
    let unavailable = Err(TokenError::Unavailable { retry_after_ms: Some(60_000) });
    let effects = rig.input(Input::Token { kind: TokenKind::Connection, result: unavailable });
    assert_eq!(effects, ["close 1", "state Offline"]);
    // Neither a change of network nor a new opening comes before what the venue named.
    rig.input(Input::NetworkChanged);
    rig.input(Input::Close);
    rig.input(Input::Open);
    let (slept, effects) = rig.wake();
    assert!((60_000..=60_000 + WINDOW_MS).contains(&slept), "{slept}");
    assert_eq!(effects, ["dial 2", "token, fresh false", "state Connecting"]);
    let refused = Err(TokenError::Refused);
    let effects = rig.input(Input::Token { kind: TokenKind::Connection, result: refused });
    assert_eq!(effects, ["close 2", "state Stopped(TokenRefused)"]);
}

#[test]
fn retry_after_of_a_refused_dial_is_obeyed() {
    let mut rig = Rig::new(false);
    rig.input(Input::Open);
    let closed = Closed::NotOpened { retry_after_ms: Some(90_000) };
    rig.input(Input::SocketClosed { socket: 1, closed });
    assert!(rig.wake().0 >= 90_000);
}

#[test]
fn without_a_window_failures_back_off() {
    let mut rig = Rig::new(false);
    rig.input(Input::Window(0));
    rig.input(Input::Open);
    for failures in 0..12_u32 {
        let socket = rig.machine.socket;
        rig.input(Input::SocketClosed { socket, closed: Closed::NotOpened { retry_after_ms: None } });
        let (slept, _) = rig.wake();
        assert!(slept <= (500_u64 << failures.saturating_sub(1)).min(20_000), "{failures}: {slept}");
    }
}

#[test]
fn failures_keep_the_place_in_the_window_and_a_connection_that_held_forgets_them() {
    let mut rig = Rig::new(false);
    rig.input(Input::Open);
    for failures in 0..12_u32 {
        let socket = rig.machine.socket;
        let closed = Closed::NotOpened { retry_after_ms: None };
        rig.input(Input::SocketClosed { socket, closed });
        // Its place in the window first, and from then on one attempt a window.
        let (slept, effects) = rig.wake();
        assert!(if failures == 0 { slept <= WINDOW_MS } else { slept == WINDOW_MS }, "{failures}: {slept}");
        assert_eq!(effects[0], format!("dial {}", socket + 1));
    }
    // It connects but is lost at once: one more failure. Held for a while: the first one again.
    for (held_ms, failures) in [(100, 13), (STABLE_MS, 1)] {
        rig.opened();
        let id = rig.machine.next_command;
        rig.frame(&format!(r#"{{"id":{id},"connect":{{}}}}"#));
        rig.now += held_ms;
        rig.dropped();
        assert_eq!(rig.machine.failures, failures);
        rig.wake();
    }
}

#[test]
fn pings_are_answered_and_silence_is_noticed() {
    let mut rig = Rig::connected();
    rig.now += 25_000;
    assert_eq!(rig.frame("{}"), ["send {}"]);
    assert_eq!(rig.machine.wake_at(), Some(rig.now + 35_000), "25 s and the grace");
    rig.now += 20_000;
    rig.frame(r#"{"push":{"channel":"unknown:1","pub":{"data":1}}}"#);
    assert_eq!(rig.machine.wake_at(), Some(rig.now + 35_000), "any frame is a sign of life");
    assert_eq!(rig.wake().1, ["close 1", "state Offline"]);

    let mut quiet = Rig::new(false);
    quiet.input(Input::Open);
    quiet.opened();
    quiet.frame(r#"{"id":1,"connect":{"ping":25}}"#);
    assert!(quiet.frame("{}").is_empty(), "an unasked pong would close the connection");
}

#[test]
fn dialling_and_answers_have_their_time() {
    let mut rig = Rig::new(false);
    rig.input(Input::Open);
    assert_eq!(rig.wake(), (PATIENCE_MS, vec!["close 1".to_owned(), "state Offline".to_owned()]));
    rig.wake();
    rig.opened();
    assert_eq!(rig.wake(), (PATIENCE_MS, vec!["close 2".to_owned(), "state Offline".to_owned()]));
    let mut rig = Rig::connected();
    rig.subscribe("room:1", PLAIN);
    assert_eq!(rig.wake(), (PATIENCE_MS, vec!["close 1".to_owned(), "state Offline".to_owned()]));
}

#[test]
fn the_connections_token_is_renewed_before_its_end() {
    let mut rig = Rig::new(true);
    rig.input(Input::Open);
    rig.token(TokenKind::Connection, "c", Some(3_600_000));
    rig.opened();
    rig.frame(r#"{"id":1,"connect":{"expires":true,"ttl":3600}}"#);
    let (slept, effects) = rig.wake();
    assert!((2_880_000..=3_240_000).contains(&slept), "{slept}");
    assert_eq!(effects, ["token, fresh true"]);
    assert_eq!(rig.token(TokenKind::Connection, "d", None), [r#"send {"id":2,"refresh":{"token":"d"}}"#]);
    assert!(rig.frame(r#"{"id":2,"refresh":{"expires":true,"ttl":60}}"#).is_empty());
    // This time the venue is busy, then the hub is, then the token is too old.
    assert_eq!(rig.wake().1, ["token, fresh true"]);
    let busy = Err(TokenError::Unavailable { retry_after_ms: Some(2_000) });
    assert!(rig.input(Input::Token { kind: TokenKind::Connection, result: busy }).is_empty());
    assert!(rig.machine.wake_at() >= Some(rig.now + 2_000));
    for (id, error) in [(3, 100), (4, 109)] {
        assert_eq!(rig.wake().1, ["token, fresh true"]);
        rig.token(TokenKind::Connection, "e", None);
        rig.frame(&format!(r#"{{"id":{id},"error":{{"code":{error}}}}}"#));
        assert_eq!(rig.machine.state(), State::Connected);
    }
    assert_eq!(rig.wake().1, ["token, fresh true"]);
    let refused = Err(TokenError::Refused);
    let effects = rig.input(Input::Token { kind: TokenKind::Connection, result: refused });
    assert_eq!(effects, ["close 1", "state Stopped(TokenRefused)"]);
}

#[test]
fn a_token_near_its_end_is_not_used_for_an_attempt() {
    let mut rig = Rig::new(true);
    rig.input(Input::Open);
    rig.token(TokenKind::Connection, "c", Some(60_000));
    rig.opened();
    rig.frame(r#"{"id":1,"connect":{}}"#);
    rig.input(Input::Close);
    assert_eq!(rig.input(Input::Open), ["dial 2", "state Connecting"]);
    rig.input(Input::Close);
    rig.now += 55_000;
    assert_eq!(rig.input(Input::Open), ["dial 3", "token, fresh true", "state Connecting"]);
}

#[test]
fn a_subscriptions_token_is_renewed_and_replaced() {
    let kind = || TokenKind::Subscription("shopper:1".into());
    let mut rig = Rig::connected();
    assert_eq!(rig.subscribe("shopper:1", OWN_TOKEN), ["token shopper:1, fresh false"]);
    rig.token(kind(), "a", None);
    // Too old for the hub: a fresh one at once.
    assert_eq!(rig.frame(r#"{"id":2,"error":{"code":109}}"#), ["token shopper:1, fresh true"]);
    assert_eq!(rig.token(kind(), "b", None).len(), 1);
    rig.frame(r#"{"id":3,"subscribe":{"recoverable":true,"epoch":"e","expires":true,"ttl":10}}"#);
    let (slept, effects) = rig.wake();
    assert!((8_000..=9_000).contains(&slept));
    assert_eq!(effects, ["token shopper:1, fresh true"]);
    assert_eq!(
        rig.token(kind(), "c", None),
        [r#"send {"id":4,"sub_refresh":{"channel":"shopper:1","token":"c"}}"#]
    );
    assert!(rig.frame(r#"{"id":4,"sub_refresh":{"expires":true,"ttl":10}}"#).is_empty());
    // The hub says it is over: again, with a fresh token.
    rig.frame(
        r#"{"push":{"channel":"shopper:1","unsubscribe":{"code":2501,"reason":"subscription expired"}}}"#,
    );
    assert_eq!(rig.wake().1, ["token shopper:1, fresh true"]);
    rig.token(kind(), "d", None);
    // Refused twice in a row: no more.
    assert_eq!(rig.frame(r#"{"id":5,"error":{"code":103}}"#), ["token shopper:1, fresh true"]);
    rig.token(kind(), "e", None);
    assert_eq!(rig.frame(r#"{"id":6,"error":{"code":109}}"#), ["ended shopper:1: no token for this channel"]);
    assert!(rig.machine.subs.is_empty());
}

#[test]
fn subscribe_errors_are_retried_or_end_it() {
    for (error, ended) in [
        (r#"{"code":100}"#, None),
        (r#"{"code":111}"#, None),
        (r#"{"code":1000,"temporary":true}"#, None),
        (r#"{"code":102,"message":"unknown channel"}"#, Some("(102): unknown channel")),
        (r#"{"code":103,"message":"permission denied"}"#, Some("(103): permission denied")),
        (r#"{"code":109,"message":"token expired"}"#, Some("(109): token expired")),
    ] {
        let mut rig = Rig::connected();
        rig.subscribe("room:1", PLAIN);
        let effects = rig.frame(&format!(r#"{{"id":2,"error":{error}}}"#));
        if let Some(ended) = ended {
            assert_eq!(effects, [format!("ended room:1: the hub refused the subscription {ended}")]);
        } else {
            assert!(effects.is_empty());
            let (slept, effects) = rig.wake();
            assert!(slept <= 500);
            assert_eq!(effects, [r#"send {"id":3,"subscribe":{"channel":"room:1"}}"#]);
        }
    }
}

#[test]
fn an_unsubscribe_push_is_final_below_2500() {
    let mut rig = Rig::in_room();
    assert_eq!(
        rig.frame(
            r#"{"push":{"channel":"room:1","unsubscribe":{"code":2000,"reason":"server unsubscribe"}}}"#
        ),
        ["ended room:1: the hub ended the subscription (2000): server unsubscribe"]
    );
    let mut rig = Rig::in_room();
    assert!(
        rig.frame(
            r#"{"push":{"channel":"room:1","unsubscribe":{"code":2500,"reason":"insufficient state"}}}"#
        )
        .is_empty()
    );
    let (slept, effects) = rig.wake();
    assert!(slept <= 500);
    assert_eq!(
        effects,
        [
            r#"send {"id":3,"subscribe":{"channel":"room:1","recover":true,"epoch":"e","offset":2,"positioned":true,"recoverable":true}}"#
        ]
    );
}

#[test]
fn leaving_and_joining_again_is_not_confused_by_the_first_reply() {
    let mut rig = Rig::connected();
    rig.subscribe("room:1", RECOVERABLE);
    assert_eq!(
        rig.input(Input::Unsubscribe { channel: "room:1".into() }),
        [r#"send {"id":3,"unsubscribe":{"channel":"room:1"}}"#]
    );
    rig.subscribe("room:1", RECOVERABLE);
    assert!(rig.frame(r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":1}}"#).is_empty());
    assert!(rig.frame(r#"{"id":3,"unsubscribe":{}}"#).is_empty());
    assert_eq!(
        rig.frame(r#"{"id":4,"subscribe":{"recoverable":true,"epoch":"e","offset":1}}"#),
        ["subscribed room:1 1@e false false"]
    );
}

#[test]
fn calls_are_answered_or_say_what_is_known_of_them() {
    let mut rig = Rig::new(false);
    assert_eq!(rig.rpc(1), ["answer 1 channel_offline"]);
    rig.input(Input::Open);
    assert!(rig.rpc(2).is_empty(), "waits for the connection");
    rig.opened();
    assert_eq!(
        rig.frame(r#"{"id":1,"connect":{}}"#),
        ["state Connected", r#"send {"id":2,"rpc":{"method":"m","data":{}}}"#]
    );
    assert_eq!(rig.frame(r#"{"id":2,"rpc":{"data":{"ok":true}}}"#), [r#"answer 2 {"ok":true}"#]);
    assert!(rig.frame(r#"{"id":2,"rpc":{"data":1}}"#).is_empty(), "answered once");
    rig.rpc(3);
    assert_eq!(rig.frame(r#"{"id":3,"rpc":{}}"#), ["answer 3 null"]);
    rig.rpc(4);
    assert_eq!(rig.frame(r#"{"id":4,"error":{"code":1409,"message":"m"}}"#), ["answer 4 channel_refused"]);
    rig.rpc(5);
    rig.rpc(6);
    assert_eq!(
        rig.dropped(),
        ["close 1", "answer 5 channel_outcome_unknown", "answer 6 channel_outcome_unknown", "state Offline"]
    );
    assert!(rig.rpc(7).is_empty());
    assert_eq!(rig.input(Input::Close), ["answer 7 channel_offline"]);
}

#[test]
fn calls_have_their_time_sent_or_not() {
    let mut rig = Rig::connected();
    rig.rpc(1);
    assert_eq!(rig.wake(), (PATIENCE_MS, vec!["answer 1 channel_outcome_unknown".to_owned()]));
    assert_eq!(rig.machine.state(), State::Connected, "one slow call is no reason to leave");
    rig.input(Input::Close);
    rig.input(Input::Open);
    rig.now += 5;
    rig.rpc(2);
    rig.wake();
    rig.now += PATIENCE_MS;
    assert!(rig.input(Input::Wake).contains(&"answer 2 channel_not_connected_in_time".to_owned()));
}

#[test]
fn calls_are_bounded_in_number_and_length() {
    let mut rig = Rig::connected();
    for call in 0..MAX_CALLS as u64 {
        assert!(rig.rpc(call)[0].starts_with("send"));
    }
    assert_eq!(rig.rpc(999), ["answer 999 channel_busy"]);
    let data = RawValue::from_string(format!("\"{}\"", "x".repeat(70_000))).unwrap();
    let effects = rig.input(Input::Rpc { call: 1000, method: "m".into(), data });
    assert_eq!(effects, ["answer 1000 channel_too_large"]);
    assert!(!CallError::NotSent(NotSent::TooLarge).is_retryable());
}

#[test]
fn a_call_nobody_waits_for_is_not_sent_and_not_answered() {
    let mut rig = Rig::new(false);
    rig.input(Input::Open);
    rig.rpc(1);
    rig.input(Input::Forget { call: 1 });
    rig.opened();
    assert_eq!(rig.frame(r#"{"id":1,"connect":{}}"#), ["state Connected"]);
    rig.rpc(2);
    rig.input(Input::Forget { call: 2 });
    assert!(rig.frame(r#"{"id":2,"rpc":{"data":1}}"#).is_empty());
    rig.rpc(3);
    rig.input(Input::Forget { call: 3 });
    assert_eq!(rig.dropped(), ["close 1", "state Offline"]);
}

#[test]
fn history_is_a_call() {
    let mut rig = Rig::connected();
    let since = Some(Position { offset: 1, epoch: "e".into() });
    let history = Input::History { call: 1, channel: "room:1".into(), limit: 5, since, reverse: false };
    assert_eq!(
        rig.input(history),
        [r#"send {"id":2,"history":{"channel":"room:1","limit":5,"since":{"offset":1,"epoch":"e"}}}"#]
    );
    assert_eq!(
        rig.frame(r#"{"id":2,"history":{"publications":[{"data":{},"offset":2}],"epoch":"e","offset":2}}"#),
        ["answer 1 [Published { bytes: 2, offset: Some(2) }] 2@e"]
    );
}

#[test]
fn the_background_keeps_places_and_the_foreground_takes_them_again() {
    let mut rig = Rig::in_room();
    assert_eq!(rig.input(Input::Close), ["close 1", "state Offline"]);
    assert_eq!(rig.machine.wake_at(), None);
    assert!(rig.input(Input::NetworkChanged).is_empty());
    assert_eq!(rig.input(Input::Open), ["dial 2", "state Connecting"], "at once: nobody else came back now");
    assert!(rig.opened()[0].contains(r#""recover":true,"epoch":"e","offset":2"#));
}

#[test]
fn who_signs_in_connects_anew_with_tokens_of_their_own() {
    let mut rig = Rig::new(true);
    rig.subscribe("room:1", RECOVERABLE);
    rig.subscribe("shopper:1", OWN_TOKEN);
    rig.input(Input::Open);
    rig.opened();
    rig.token(TokenKind::Subscription("shopper:1".into()), "guests", None);
    rig.token(TokenKind::Connection, "guest", None);
    rig.frame(concat!(
        r#"{"id":1,"connect":{}}"#,
        "\n",
        r#"{"id":2,"subscribe":{"recoverable":true,"epoch":"e","offset":2}}"#
    ));
    assert_eq!(
        rig.input(Input::SignInChanged),
        ["close 1", "dial 2", "token, fresh true", "token shopper:1, fresh true", "state Connecting"]
    );
    // Somebody signs out again while the answers are on their way: they are nobody's now.
    assert_eq!(rig.input(Input::SignInChanged), ["close 2", "dial 3"]);
    rig.opened();
    assert_eq!(rig.token(TokenKind::Connection, "stale", None), ["token, fresh true"]);
    assert_eq!(
        rig.token(TokenKind::Subscription("shopper:1".into()), "stale", None),
        ["token shopper:1, fresh true"]
    );
    rig.token(TokenKind::Subscription("shopper:1".into()), "own", None);
    let sent = rig.token(TokenKind::Connection, "theirs", None).concat();
    assert!(sent.contains(r#""token":"theirs""#) && sent.contains(r#""token":"own""#), "{sent}");
    assert!(!sent.contains("stale") && !sent.contains("guest"), "{sent}");
    assert!(
        sent.contains(r#""recover":true,"epoch":"e","offset":2"#),
        "places in public channels are kept: {sent}"
    );
}

#[test]
fn signing_in_in_the_background_opens_no_socket_and_leaves_a_stop() {
    let mut rig = Rig::connected();
    rig.input(Input::Close);
    assert!(rig.input(Input::SignInChanged).is_empty());
    let mut rig = Rig::connected();
    rig.closed(3_503);
    assert_eq!(rig.input(Input::SignInChanged), ["dial 2", "state Connecting"]);
}

#[test]
fn a_change_of_network_dials_at_once_but_not_in_a_flurry() {
    let mut rig = Rig::connected();
    rig.now += 10_000;
    assert_eq!(rig.input(Input::NetworkChanged), ["close 1", "dial 2", "state Connecting"]);
    rig.now += 10;
    assert_eq!(rig.input(Input::NetworkChanged), ["close 2", "state Offline"]);
    assert_eq!(rig.wake(), (990, vec!["dial 3".to_owned(), "state Connecting".to_owned()]));
    // While waiting after a loss it shortens the wait.
    rig.dropped();
    rig.now += 1_000;
    assert_eq!(rig.input(Input::NetworkChanged), ["dial 4", "state Connecting"]);
}

#[test]
fn broken_frames_cost_the_connection_but_not_what_came_before() {
    for broken in ["nonsense", "{\"push\":{\"channel\":\"room:1\",\"pub\":{\"da", "{\"id\":[]}"] {
        let mut rig = Rig::in_room();
        let text =
            format!("{{\"push\":{{\"channel\":\"room:1\",\"pub\":{{\"data\":3,\"offset\":3}}}}}}\n{broken}");
        let effects = rig.frame(&text);
        assert_eq!(effects[0], "pub room:1 3 3");
        assert!(effects[1].starts_with("fault"), "{effects:?}");
        assert_eq!(effects[2..], ["close 1", "state Offline"]);
    }
    let mut rig = Rig::connected();
    let effects = rig.frame(&" ".repeat(protocol::MAX_FRAME + 1));
    assert!(effects[0].starts_with("fault"));
}

#[test]
fn the_past_of_other_sockets_means_nothing() {
    let mut rig = Rig::connected();
    for socket in [0, 2, 99] {
        assert!(rig.input(Input::SocketOpened(socket)).is_empty());
        assert!(rig.input(Input::Frame { socket, text: "nonsense" }).is_empty());
        assert!(rig.input(Input::SocketClosed { socket, closed: Closed::Dropped }).is_empty());
    }
    assert_eq!(rig.machine.state(), State::Connected);
}

#[test]
fn subscriptions_are_bounded() {
    let mut rig = Rig::connected();
    for number in 0..MAX_SUBSCRIPTIONS {
        rig.subscribe(&format!("room:{number}"), PLAIN);
    }
    assert_eq!(rig.subscribe("room:x", PLAIN), ["ended room:x: too many subscriptions at once"]);
}

#[test]
fn the_reconnect_window_can_be_renamed() {
    let mut rig = Rig::connected();
    rig.input(Input::Window(10));
    rig.dropped();
    assert!(rig.wake().0 <= 10);
    rig.opened();
    let named = r#"{"id":2,"connect":{"data":{"reconnect_window_ms":3}}}"#;
    assert_eq!(rig.frame(named), ["window 3", "state Connected"]);
    rig.now += STABLE_MS;
    rig.dropped();
    assert!(rig.wake().0 <= 3);
    rig.opened();
    assert_eq!(rig.frame(r#"{"id":3,"connect":{"data":[1]}}"#), ["state Connected"], "data of another shape");
}

#[test]
fn secrets_and_words_stay_out_of_debug_output() {
    let token = Token { secret: SecretString::from("hunter2"), expires_in_ms: None };
    assert!(!format!("{token:?}").contains("hunter2"));
}

#[path = "machine_hostile_tests.rs"]
mod hostile;
