//! The hub frame by frame, on a clock and ids of the test's own.

use serde_json::{Value, json};

use super::*;
use crate::Ids;

const KEY: &[u8] = b"key";
const ANN: ConnId = ConnId(1);

struct Bench {
    hub: Hub,
    ids: Ids,
    now_ms: i64,
}

impl Bench {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(change: impl FnOnce(&mut HubConfig)) -> Self {
        let mut config = HubConfig::new(KEY);
        change(&mut config);
        Self { hub: Hub::new(config), ids: Ids::seeded(7), now_ms: 1_000_000 }
    }

    fn run<R>(&mut self, work: impl FnOnce(&mut Hub, &mut Env<'_>) -> R) -> R {
        work(&mut self.hub, &mut Env { now_ms: self.now_ms, ids: &mut self.ids })
    }

    fn connected(&mut self, conn: ConnId, user: &str) {
        let token = mint_connection_token(KEY, user, None, &[]);
        self.open(conn);
        let said = self.say(conn, &json!({"id": 1, "connect": {"token": token}}));
        assert_eq!(said[0]["id"], 1, "{said:?}");
        assert!(said[0]["connect"]["client"].is_string(), "{said:?}");
    }

    fn open(&mut self, conn: ConnId) {
        self.run(|hub, env| hub.open(conn, env));
    }

    /// The lines sent back to that connection.
    fn say(&mut self, conn: ConnId, command: &Value) -> Vec<Value> {
        self.text(conn, &command.to_string());
        self.lines(conn)
    }

    fn text(&mut self, conn: ConnId, frame: &str) {
        self.run(|hub, env| hub.text(conn, frame, env));
    }

    fn publish(&mut self, channel: &str, data: Value) -> Position {
        self.run(|hub, env| hub.publish(channel, data, env))
    }

    fn later(&mut self, ms: i64) {
        self.now_ms += ms;
        self.run(|hub, env| hub.advance(env));
    }

    fn lines(&mut self, conn: ConnId) -> Vec<Value> {
        let mut lines = Vec::new();
        for output in self.hub.take_output() {
            match output {
                Output::Frame { conn: to, text } if to == conn => {
                    lines.extend(text.split('\n').map(|line| serde_json::from_str(line).expect("JSON")));
                }
                Output::Close { conn: to, code, .. } if to == conn => lines.push(json!({ "closed": code })),
                _ => {}
            }
        }
        lines
    }
}

fn subscribe(id: u32, channel: &str) -> Value {
    json!({"id": id, "subscribe": {"channel": channel}})
}

fn error(id: u32, code: u32) -> Value {
    json!([{"id": id, "error": {"code": code}}])
}

/// Replies without the errors' words, which are for people.
fn bare(lines: Vec<Value>) -> Value {
    let mut lines = Value::from(lines);
    for line in lines.as_array_mut().expect("an array") {
        if let Some(error) = line.get_mut("error").and_then(Value::as_object_mut) {
            error.remove("message");
        }
    }
    lines
}

#[test]
fn the_frames_are_the_engines() {
    let mut bench = Bench::new();
    bench.open(ANN);
    let token = mint_connection_token(KEY, "ann", Some(bench.now_ms + 3_600_000), &[]);
    let said = bench.say(ANN, &json!({"id": 1, "connect": {"token": token, "name": "n", "version": "1"}}));
    let client = said[0]["connect"]["client"].clone();
    assert_eq!(
        said,
        [json!({"id":1,"connect":{"client":client,"expires":true,"ttl":3600,"ping":25,"pong":true}})]
    );
    let said = bench.say(ANN, &subscribe(2, "room:1"));
    let epoch = said[0]["subscribe"]["epoch"].clone();
    assert_eq!(said, [json!({"id":2,"subscribe":{"recoverable":true,"epoch":epoch,"positioned":true}})]);
    let position = bench.publish("room:1", json!({"pin": null}));
    assert_eq!(json!(position), json!({"offset": 1, "epoch": epoch}));
    let pushed = json!({"push":{"channel":"room:1","pub":{"data":{"pin":null},"offset":1,"epoch":epoch}}});
    assert_eq!(bench.lines(ANN), [pushed]);
    assert_eq!(bench.say(ANN, &subscribe(3, "pulse:1")), [json!({"id":3,"subscribe":{}})]);
    assert_eq!(bench.publish("pulse:1", json!(1)), Position::default());
    assert_eq!(bench.lines(ANN), [json!({"push":{"channel":"pulse:1","pub":{"data":1}}})]);
    let unsubscribe = json!({"id": 4, "unsubscribe": {"channel": "room:1"}});
    assert_eq!(bench.say(ANN, &unsubscribe), [json!({"id":4,"unsubscribe":{}})]);
    bench.publish("room:1", json!(2));
    assert_eq!(bench.lines(ANN), [] as [Value; 0]);
}

#[test]
fn recovery_is_as_on_the_engines_wire() {
    let mut bench = Bench::with(|config| config.history_size = 5);
    bench.connected(ANN, "ann");
    let epoch = bench.publish("room:1", json!(1)).epoch;
    for number in 2..=4 {
        bench.publish("room:1", json!(number));
    }
    let recover = |id: u32, offset: u64, epoch: &str| json!({"id":id,"subscribe":{"channel":"room:1","recover":true,"offset":offset,"epoch":epoch}});
    let said = bench.say(ANN, &recover(2, 2, &epoch));
    let held = json!({"id":2,"subscribe":{
        "recoverable":true,"positioned":true,"epoch":epoch,"recovered":true,"was_recovering":true,
        "offset":2,"publications":[{"data":3,"offset":3},{"data":4,"offset":4}]}});
    assert_eq!(said, [held]);
    bench.say(ANN, &json!({"id": 3, "unsubscribe": {"channel": "room:1"}}));
    for number in 5..=8 {
        bench.publish("room:1", json!(number));
    }
    let said = bench.say(ANN, &recover(4, 2, &epoch));
    let lost = json!({"id":4,"subscribe":{
        "recoverable":true,"positioned":true,"epoch":epoch,"was_recovering":true,"offset":8}});
    assert_eq!(said, [lost]);
    bench.say(ANN, &json!({"id": 5, "unsubscribe": {"channel": "room:1"}}));
    assert_eq!(bench.say(ANN, &recover(6, 8, "other"))[0]["subscribe"].get("recovered"), None);
}

/// Whoever loses the connection at any point and recovers has seen each publication once, in order.
#[test]
fn nothing_is_lost_or_doubled_over_any_cuts() {
    for seed in 0..200 {
        let mut bench = Bench::new();
        let mut dice = Ids::seeded(seed);
        let (mut conn, mut offset, mut epoch, mut seen) = (0, 0, String::new(), Vec::new());
        let mut published = 0;
        for step in 0..40 {
            if step == 39 || dice.next_u64().is_multiple_of(3) {
                bench.hub.close(ConnId(conn));
                conn += 1;
                bench.connected(ConnId(conn), "ann");
                let from = json!({"channel":"chat:1","recover":offset > 0,"offset":offset,"epoch":epoch});
                let said = bench.say(ConnId(conn), &json!({"id": 2, "subscribe": from}));
                let result = &said[0]["subscribe"];
                result["epoch"].as_str().expect("an epoch").clone_into(&mut epoch);
                for one in result["publications"].as_array().into_iter().flatten() {
                    seen.push(one["data"].as_u64().expect("a number"));
                    offset = one["offset"].as_u64().expect("a number");
                }
                if offset == 0 {
                    // A first subscription starts where the stream is.
                    offset = result["offset"].as_u64().unwrap_or(0);
                    seen = (1..=offset).collect();
                }
            } else {
                published += 1;
                bench.publish("chat:1", json!(published));
                for line in bench.lines(ConnId(conn)) {
                    seen.push(line["push"]["pub"]["data"].as_u64().expect("a number"));
                    offset = line["push"]["pub"]["offset"].as_u64().expect("a number");
                }
            }
        }
        assert_eq!(offset, published, "seed {seed}: the last reconnect catches up");
        assert_eq!(seen, (1..=offset).collect::<Vec<_>>(), "seed {seed}");
    }
}

#[test]
fn tokens_are_asked_for_and_told_apart() {
    let mut bench = Bench::new();
    let connect = |token: &str| json!({"id": 1, "connect": {"token": token}});
    let expired = mint_connection_token(KEY, "ann", Some(bench.now_ms), &[]);
    bench.open(ANN);
    assert_eq!(bare(bench.say(ANN, &connect(&expired))), error(1, 109));
    assert_eq!(bench.hub.connections(), 1, "the socket stays open");
    assert_eq!(bench.say(ANN, &connect(&expired)), [json!({"closed": 3501})]);
    for (conn, token, code) in [
        (2, "nonsense".to_owned(), 3500),
        (3, mint_connection_token(b"other", "ann", None, &[]), 3500),
        (4, mint_subscription_token(KEY, "ann", "shopper:ann", None), 3500),
        (5, String::new(), 3501),
    ] {
        bench.open(ConnId(conn));
        assert_eq!(bench.say(ConnId(conn), &connect(&token)), [json!({ "closed": code })], "{token}");
    }
}

#[test]
fn an_own_channel_needs_its_own_token() {
    let mut bench = Bench::new();
    bench.connected(ANN, "ann");
    let with = |id: u32, token: &str| json!({"id":id,"subscribe":{"channel":"shopper:ann","token":token}});
    let minted = |user: &str, channel: &str, until| mint_subscription_token(KEY, user, channel, until);
    assert_eq!(bare(bench.say(ANN, &subscribe(2, "shopper:ann"))), error(2, 103));
    for (id, token, code) in [
        (3, "nonsense".to_owned(), 103),
        (4, mint_subscription_token(b"other", "ann", "shopper:ann", None), 103),
        (7, minted("ann", "shopper:ann", Some(bench.now_ms - 1_000)), 109),
    ] {
        assert_eq!(bare(bench.say(ANN, &with(id, &token))), error(id, code), "{token}");
    }
    let good = minted("ann", "shopper:ann", Some(bench.now_ms + 60_000));
    let said = bench.say(ANN, &with(8, &good));
    assert_eq!((&said[0]["subscribe"]["expires"], &said[0]["subscribe"]["ttl"]), (&json!(true), &json!(60)));
    for (conn, token) in [
        (2, minted("bob", "shopper:ann", None)),
        (3, minted("ann", "shopper:bob", None)),
        (4, mint_connection_token(KEY, "ann", None, &[])),
    ] {
        bench.connected(ConnId(conn), "ann");
        assert_eq!(bench.say(ConnId(conn), &with(2, &token)), [json!({"closed": 3500})], "{token}");
    }
}

#[test]
fn what_runs_out_is_closed_unless_refreshed() {
    let mut bench = Bench::with(|config| config.pong_ms = 0);
    let until = bench.now_ms + 10_000;
    bench.open(ANN);
    let token = mint_connection_token(KEY, "ann", Some(until), &[]);
    bench.say(ANN, &json!({"id": 1, "connect": {"token": token}}));
    let token = mint_subscription_token(KEY, "ann", "group:1", Some(until));
    bench.say(ANN, &json!({"id": 2, "subscribe": {"channel": "group:1", "token": token}}));
    assert_eq!(bench.hub.next_due_ms(), Some(bench.now_ms + 25_000));
    let refresh = |token: &str| json!({"id": 3, "refresh": {"token": token}});
    let longer = mint_connection_token(KEY, "ann", Some(until + 20_000), &[]);
    let said = bench.say(ANN, &refresh(&longer));
    assert_eq!((&said[0]["refresh"]["expires"], &said[0]["refresh"]["ttl"]), (&json!(true), &json!(30)));
    bench.later(34_999);
    assert_eq!(bench.lines(ANN), [json!({})], "only a ping");
    bench.later(1);
    let ended =
        json!({"push":{"channel":"group:1","unsubscribe":{"code":2501,"reason":"subscription expired"}}});
    assert_eq!(bench.lines(ANN), [ended]);
    bench.later(20_000);
    assert_eq!(bench.lines(ANN), [json!({"closed": 3005})]);
    bench.connected(ConnId(2), "ann");
    let other = mint_connection_token(KEY, "bob", None, &[]);
    assert_eq!(bench.say(ConnId(2), &refresh(&other)), [json!({"closed": 3500})]);
    bench.connected(ConnId(3), "ann");
    assert_eq!(bench.say(ConnId(3), &refresh(&token)), [json!({"closed": 3005})]);
}

#[test]
fn a_subscription_is_refreshed_with_a_token_of_its_own() {
    let mut bench = Bench::new();
    bench.connected(ANN, "ann");
    let minted = |user: &str, until| mint_subscription_token(KEY, user, "group:1", Some(until));
    let soon = minted("ann", bench.now_ms + 10_000);
    let refresh =
        |id: u32, token: &str| json!({"id": id, "sub_refresh": {"channel": "group:1", "token": token}});
    assert_eq!(bare(bench.say(ANN, &refresh(2, &soon))), error(2, 103), "not subscribed");
    bench.say(ANN, &json!({"id": 3, "subscribe": {"channel": "group:1", "token": soon}}));
    assert_eq!(bare(bench.say(ANN, &refresh(4, ""))), error(4, 107));
    let later = minted("ann", bench.now_ms + 90_000);
    let said = bench.say(ANN, &refresh(5, &later));
    assert_eq!(said, [json!({"id":5,"sub_refresh":{"expires":true,"ttl":90}})]);
    let other = minted("bob", bench.now_ms + 90_000);
    assert_eq!(bench.say(ANN, &refresh(6, &other)), [json!({"closed": 3500})]);
}

#[test]
fn pings_are_answered_or_the_connection_goes() {
    let mut bench = Bench::new();
    bench.connected(ANN, "ann");
    assert_eq!(bench.hub.next_due_ms(), Some(bench.now_ms + 25_000));
    for _ in 0..3 {
        bench.later(25_000);
        assert_eq!(bench.lines(ANN), [json!({})]);
        bench.text(ANN, "{}");
    }
    bench.later(25_000);
    assert_eq!(bench.hub.next_due_ms(), Some(bench.now_ms + 8_000));
    bench.later(7_999);
    assert_eq!(bench.lines(ANN), [json!({})]);
    bench.later(1);
    assert_eq!(bench.lines(ANN), [json!({"closed": 3012})]);
    bench.open(ConnId(2));
    bench.later(15_000);
    assert_eq!(bench.lines(ConnId(2)), [json!({"closed": 3502})], "it never connected");
}

#[test]
fn what_is_no_protocol_is_closed() {
    let connect =
        json!({"id": 1, "connect": {"token": mint_connection_token(KEY, "ann", None, &[])}}).to_string();
    for (frames, code) in [
        (vec!["nonsense"], 3501),
        (vec![""], 3501),
        (vec!["{}"], 3501),
        (vec!["[]"], 3501),
        (vec![r#"{"id":1,"rpc":{"method":"x"}}"#], 3501),
        (vec![r#"{"id":-1,"connect":{}}"#], 3501),
        (vec![&connect, "{}"], 3501),
        (vec![&connect, &connect], 3501),
        (vec![&connect, r#"{"id":2}"#], 3501),
        (vec![&connect, r#"{"id":2,"dance":{}}"#], 3501),
        (vec![&connect, r#"{"rpc":{"method":"x"}}"#], 3501),
        (vec![&connect, r#"{"id":2,"subscribe":{}}"#], 3501),
        (vec![&connect, r#"{"id":2,"subscribe":{"channel":7}}"#], 3501),
        (vec![&connect, r#"{"id":2,"refresh":{}}"#], 3501),
        (vec![&connect, r#"{"send":{"data":1}}"#], 3508),
    ] {
        let mut bench = Bench::new();
        bench.open(ANN);
        for frame in &frames {
            bench.text(ANN, frame);
        }
        assert_eq!(bench.lines(ANN).last(), Some(&json!({ "closed": code })), "{frames:?}");
        assert_eq!(bench.hub.connections(), 0);
    }
    let mut bench = Bench::with(|config| config.frame_max_bytes = 10);
    bench.open(ANN);
    bench.text(ANN, "0123456789a");
    assert_eq!(bench.lines(ANN), [json!({"closed": 1009})]);
}

#[test]
fn what_may_not_be_is_refused() {
    let mut bench = Bench::with(|config| config.channels_max = 2);
    bench.connected(ANN, "ann");
    let about = |id: u32, method: &str, channel: &str| json!({"id": id, method: {"channel": channel}});
    let long = format!("chat:{}", "x".repeat(300));
    for (id, command, code) in [
        (2, about(2, "subscribe", "nonsense:1"), 102),
        (3, about(3, "subscribe", "chat:"), 102),
        (4, about(4, "subscribe", &long), 107),
        (5, about(5, "publish", "chat:1"), 103),
        (6, about(6, "presence", "chat:1"), 108),
        (7, about(7, "presence_stats", "chat:1"), 108),
        (8, about(8, "history", "chat:1"), 103),
        (9, about(9, "history", "pulse:1"), 108),
        (10, about(10, "history", "nonsense:1"), 102),
        (11, json!({"id": 11, "ping": {}}), 108),
    ] {
        assert_eq!(bare(bench.say(ANN, &command)), error(id, code), "{command}");
    }
    bench.say(ANN, &subscribe(12, "chat:1"));
    assert_eq!(bare(bench.say(ANN, &subscribe(13, "chat:1"))), error(13, 105));
    bench.say(ANN, &subscribe(14, "live"));
    assert_eq!(bare(bench.say(ANN, &subscribe(15, "chat:2"))), error(15, 106));
}

#[test]
fn commands_of_one_frame_are_answered_in_one() {
    let mut bench = Bench::new();
    bench.open(ANN);
    let connect = json!({"id": 1, "connect": {"token": mint_connection_token(KEY, "ann", None, &[])}});
    let commands =
        [connect, subscribe(2, "live"), subscribe(3, "live"), json!({"id":4,"rpc":{"method":"room.join"}})];
    bench.text(ANN, &(commands.map(|one| one.to_string()).join("\n") + "\n"));
    let output = bench.hub.take_output();
    assert_eq!(output.len(), 2, "{output:?}");
    assert!(matches!(&output[0], Output::Frame { text, .. } if text.lines().count() == 3));
    let call =
        Output::Rpc { conn: ANN, id: 4, user: "ann".into(), method: "room.join".into(), data: Value::Null };
    assert_eq!(output[1], call);
}

/// Lines are put together per connection, and never into another's frame.
#[test]
fn frames_are_kept_apart() {
    let mut bench = Bench::new();
    for conn in [1, 2] {
        bench.connected(ConnId(conn), "ann");
    }
    for (channel, listeners) in [("chat:1", [1, 2]), ("chat:2", [2, 1])] {
        for conn in listeners {
            bench.say(ConnId(conn), &subscribe(2, channel));
        }
    }
    bench.publish("chat:1", json!(1));
    bench.hub.take_output();
    // The second answers first now, where the first's frame was before.
    bench.text(ConnId(2), &json!({"id": 9, "ping": {}}).to_string());
    bench.publish("chat:1", json!(2));
    bench.publish("chat:2", json!(3));
    let output = bench.hub.take_output();
    let lines: Vec<(u64, usize)> = output
        .iter()
        .filter_map(|one| match one {
            Output::Frame { conn, text } => Some((conn.0, text.lines().count())),
            _ => None,
        })
        .collect();
    assert_eq!(lines, [(2, 3), (1, 2)]);
}

#[test]
fn calls_are_answered_once() {
    let mut bench = Bench::new();
    bench.connected(ANN, "ann");
    for id in [2, 3] {
        bench.say(ANN, &json!({"id": id, "rpc": {"method": "chat.send", "data": {"text": "a"}}}));
    }
    bench.hub.answer(ANN, 3, Err(HubError::new(1409, "already exists")));
    bench.hub.answer(ANN, 2, Ok(json!({"line": {}})));
    bench.hub.answer(ANN, 2, Ok(json!({"line": {}})));
    bench.hub.answer(ConnId(9), 2, Ok(json!({})));
    let answers = [
        json!({"id":3,"error":{"code":1409,"message":"already exists"}}),
        json!({"id":2,"rpc":{"data":{"line":{}}}}),
    ];
    assert_eq!(bench.lines(ANN), answers);
}

#[test]
fn server_side_subscriptions_come_with_the_token() {
    let mut bench = Bench::new();
    let epoch = bench.publish("chat:1", json!(1)).epoch;
    bench.open(ANN);
    let token = mint_connection_token(KEY, "ann", None, &["chat:1".into(), "live".into()]);
    let subs = json!({"chat:1": {"recover": true, "offset": 0, "epoch": epoch}});
    let said = bench.say(ANN, &json!({"id": 1, "connect": {"token": token, "subs": subs}}));
    assert_eq!(said[0]["connect"]["subs"]["chat:1"]["publications"], json!([{"data":1,"offset":1}]));
    assert_eq!(said[0]["connect"]["subs"]["live"], json!({}));
    bench.publish("live", json!({"on": {}}));
    assert_eq!(bench.lines(ANN).len(), 1);
}

#[test]
fn audience_positions_and_disconnects() {
    let mut bench = Bench::new();
    for (conn, user) in [(1, "ann"), (2, "bob"), (3, "bob")] {
        bench.connected(ConnId(conn), user);
        bench.say(ConnId(conn), &subscribe(2, "chat:1"));
    }
    assert_eq!(bench.hub.audience("chat:1"), Audience { clients: 3, users: 2 });
    bench.publish("chat:1", json!(1));
    let channels = ["chat:1".to_owned(), "room:1".to_owned(), "pulse:1".to_owned()];
    let positions = bench.run(|hub, env| hub.positions(&channels, env));
    assert_eq!(positions.keys().collect::<Vec<_>>(), ["chat:1", "room:1"]);
    assert_eq!((positions["chat:1"].offset, positions["room:1"].offset), (1, 0));
    bench.hub.take_output();
    bench.hub.unsubscribe_user("ann", "chat:1");
    assert_eq!(bench.lines(ANN)[0]["push"]["unsubscribe"]["code"], 2000);
    bench.hub.disconnect_user("bob", CloseCode::FORCE_DISCONNECT);
    let closes = bench.hub.take_output();
    assert!(matches!(&closes[..], [Output::Close { code: 3503, .. }, Output::Close { .. }]), "{closes:?}");
    assert_eq!(bench.hub.audience("chat:1"), Audience::default());
    bench.hub.disconnect_all(CloseCode::SHUTDOWN);
    assert_eq!(bench.lines(ANN), [json!({"closed": 3001})]);
    assert_eq!(bench.hub.next_due_ms(), None);
}

#[test]
fn the_same_calls_give_the_same_output() {
    let play = || {
        let mut bench = Bench::new();
        for conn in 1..5 {
            bench.open(ConnId(conn));
            let token = mint_connection_token(KEY, "ann", None, &[]);
            bench.text(ConnId(conn), &json!({"id": 1, "connect": {"token": token}}).to_string());
            bench.text(ConnId(conn), &subscribe(2, "chat:1").to_string());
            bench.publish("chat:1", json!(conn));
        }
        bench.hub.take_output()
    };
    assert_eq!(play(), play());
}

/// Any text at all closes or is answered; nothing panics, and a closed connection is forgotten.
#[test]
fn any_text_is_survived() {
    let seeds = [
        r#"{"id":2,"subscribe":{"channel":"room:1","recover":true,"offset":1,"epoch":"a"}}"#,
        r#"{"id":3,"history":{"channel":"room:1","limit":-5,"since":{"offset":9},"reverse":true}}"#,
        "{}\n{}",
    ];
    let mut dice = Ids::seeded(3);
    let mut roll = |below: usize| usize::from(dice.bytes::<8>()[0]) % below;
    for _ in 0..3_000 {
        let mut bench = Bench::new();
        bench.connected(ANN, "ann");
        bench.say(ANN, &subscribe(9, "room:1"));
        let mut bytes = seeds[roll(seeds.len())].as_bytes().to_vec();
        for _ in 0..=roll(3) {
            let at = roll(bytes.len());
            bytes[at] = b" {}[]\":,\n0a-\xff"[roll(13)];
        }
        bench.text(ANN, &String::from_utf8_lossy(&bytes));
        let lines = bench.lines(ANN);
        let closed = lines.iter().filter(|line| line.get("closed").is_some()).count();
        assert_eq!(closed, usize::from(bench.hub.connections() == 0), "{lines:?}");
    }
}
