//! The venue's rules, without a server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::words::Card;
use super::{Publication, Venue, VenueConfig};
use crate::env::{Env, Ids};
use crate::http::{Request, Response};
use crate::jws::SigningKey;

const START: i64 = 1_795_550_400_000;

struct Stand {
    venue: Venue,
    ids: Ids,
    now_ms: i64,
    keys: u32,
}

impl Stand {
    fn new() -> Self {
        let card = Card {
            shop: "shop.example".into(),
            item: "pearl_1".into(),
            title: "A pearl".into(),
            amount: 900,
            currency: "CNY".into(),
            image_url: None,
        };
        let config = VenueConfig {
            url: "http://venue.example".into(),
            domain: "venue.example".into(),
            start_ms: START,
            shops: vec![("shop.example".into(), "Shop".into())],
            wares: BTreeMap::from([("pearls".to_owned(), vec![card])]),
            reconnect_window_ms: 0,
            latency_ms: 8_000,
            connection_token_ms: 60_000,
            hub_secret: b"secret".to_vec(),
            ws_url: "ws://venue.example/connection/websocket".into(),
        };
        let mut venue = Venue::new(config, SigningKey::generate("k"));
        for room in ["pearls", "mukbang"] {
            venue.set_live(room, true, START);
        }
        venue.take_publications();
        Self { venue, ids: Ids::seeded(1), now_ms: START, keys: 0 }
    }

    fn send(
        &mut self,
        who: Option<&str>,
        key: Option<&str>,
        method: &str,
        path: &str,
        body: &Value,
    ) -> Response {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let mut headers = vec![("ucp-agent".to_owned(), "profile=\"https://app.example/ucp\"".to_owned())];
        headers.push(("request-id".to_owned(), self.ids.uuid()));
        if let Some(who) = who {
            headers.push(("authorization".to_owned(), format!("Bearer token:{who}")));
        }
        if let Some(key) = key {
            headers.push(("idempotency-key".to_owned(), uuid_of(key)));
        }
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request =
            Request { method: method.into(), path: format!("/nm{path}"), query: query.into(), headers, body };
        self.venue.handle(&mut Env { now_ms: self.now_ms, ids: &mut self.ids }, &request)
    }

    fn get(&mut self, who: Option<&str>, path: &str) -> Value {
        self.send(who, None, "GET", path, &Value::Null).body_json()
    }

    fn post(&mut self, who: &str, path: &str, body: &Value) -> Response {
        self.keys += 1;
        let key = format!("key_{}", self.keys);
        self.send(Some(who), Some(&key), "POST", path, body)
    }

    fn rpc(&mut self, user: &str, method: &str, data: Value) -> Result<Value, u32> {
        let mut env = Env { now_ms: self.now_ms, ids: &mut self.ids };
        let mut nowhere = |_: &mut Env, _: &[String]| json!({});
        self.venue.rpc(&mut env, user, method, data, &mut nowhere).map_err(|error| error.code)
    }

    fn chat(&mut self, user: &str, client_id: &str, text: &str) -> Value {
        let data = json!({ "room_id": "pearls", "client_id": client_id, "text": text });
        self.rpc(user, "chat.send", data).expect("an answer")
    }

    fn said(&mut self, channel: &str) -> Vec<Value> {
        let all: Vec<Publication> = self.venue.take_publications();
        all.into_iter().filter(|each| each.channel == channel).map(|each| each.data).collect()
    }

    fn pass(&mut self, by_ms: i64) {
        self.now_ms += by_ms;
        self.venue.advance(self.now_ms);
    }
}

/// A UUID for a test's short name of a key.
fn uuid_of(name: &str) -> String {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().rev().zip(name.bytes().rev()) {
        *to = from;
    }
    uuid::Uuid::from_bytes(bytes).to_string()
}

#[test]
fn pages_are_whole_and_stand_still_while_posts_come_in() {
    let mut stand = Stand::new();
    let mut seen = Vec::new();
    let mut path = "/feed?limit=7".to_owned();
    loop {
        let page = stand.get(None, &path);
        for post in page["posts"].as_array().expect("posts") {
            seen.push((post["posted_at"].as_str().expect("time").to_owned(), post["id"].clone()));
        }
        stand.now_ms += 1;
        stand.venue.post("mugs", &("new".into(), "新".into()), stand.now_ms).expect("a post");
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/feed?limit=7&cursor={next}");
    }
    assert_eq!(seen.len(), 59);
    assert!(seen.is_sorted_by(|newer, older| newer.0 > older.0), "newest first, none twice");
    assert_eq!(stand.send(None, None, "GET", "/feed?cursor=x", &Value::Null).status, 400);
    assert_eq!(stand.send(None, None, "GET", "/feed?limit=0", &Value::Null).status, 400);
    assert_eq!(stand.send(None, None, "GET", "/feed?limit=101", &Value::Null).status, 400);
    assert_eq!(stand.send(None, None, "GET", "/feed?cursor=", &Value::Null).status, 400);
    assert_eq!(stand.send(None, None, "GET", "/feed?limit=5&limit=6", &Value::Null).status, 400);
}

#[test]
fn what_is_sent_twice_counts_once() {
    let mut stand = Stand::new();
    let items = json!({ "items": [
        { "id": "a", "post_id": "post_mugs_0", "at": "2026-11-24T20:00:00.000Z" },
        { "id": "b", "post_id": "gone", "at": "2026-11-24T20:00:00.000Z" },
    ] });
    for _ in 0..2 {
        assert_eq!(stand.post("ada", "/impressions", &items).body_json()["accepted"], json!(["a", "b"]));
    }
    assert_eq!(stand.venue.books()["feed"]["impressions"], 2);
    assert_eq!(stand.venue.books()["feed"]["impressions_received"], 4);

    // A change that comes late must not undo a later one.
    let like = json!({ "id": "l1", "post_id": "post_mugs_0", "liked": true });
    let unlike = json!({ "id": "l2", "post_id": "post_mugs_0", "liked": false });
    for body in [&like, &unlike, &like] {
        assert_eq!(stand.post("ada", "/likes", body).status, 200);
    }
    assert_eq!(stand.venue.books()["people"]["shoppers"]["ada"]["likes"], json!([]));
}

#[test]
fn a_key_answers_again_and_is_for_one_request_of_one_shopper() {
    let mut stand = Stand::new();
    let body = json!({ "id": "f", "host_id": "host_pearls", "following": true });
    let send =
        |stand: &mut Stand, who, key, body: &Value| stand.send(Some(who), key, "POST", "/follows", body);
    assert_eq!(send(&mut stand, "ada", None, &body).body_json()["code"], "key_missing");
    assert_eq!(send(&mut stand, "ada", Some("k"), &body).status, 200);
    assert_eq!(send(&mut stand, "ada", Some("k"), &body).status, 200);
    let other = json!({ "id": "g", "host_id": "host_mugs", "following": true });
    assert_eq!(send(&mut stand, "ada", Some("k"), &other).body_json()["code"], "key_reused");
    assert_eq!(
        send(&mut stand, "bob", Some("k"), &other).status,
        200,
        "another shopper's key is another key"
    );
    stand.pass(24 * 3_600_000);
    assert_eq!(send(&mut stand, "ada", Some("k"), &other).status, 200, "after a day a key is forgotten");
}

#[test]
fn a_line_is_taken_once_and_comes_out_once() {
    let mut stand = Stand::new();
    let first = stand.chat("ada", "c1", "hello");
    assert_eq!(first["line"]["from"]["id"], "ada");
    let again = stand.chat("ada", "c1", "hello");
    assert_eq!((&again["line"], &again["duplicate"]), (&first["line"], &json!(true)));
    assert_eq!(stand.said("chat:pearls"), [json!({ "line": first["line"] })]);
    assert_eq!(stand.venue.take_heard().len(), 1, "the host reads it once");
    assert_eq!(stand.venue.books()["rooms"]["pearls"]["chat"]["duplicates"], 1);
}

#[test]
fn chat_refuses_by_its_rules() {
    let mut stand = Stand::new();
    let refused = |answer: Value| answer["refused"]["code"].as_str().unwrap_or("taken").to_owned();
    let five_hundred = "珠".repeat(500);
    assert_eq!(refused(stand.chat("ada", "c1", &five_hundred)), "taken", "code points, not bytes");
    assert_eq!(refused(stand.chat("ada", "c2", &format!("{five_hundred}珠"))), "too_long");
    assert_eq!(refused(stand.chat("ada", "c3", "fake pearls, a SCAM")), "held");
    assert_eq!(
        refused(stand.chat("ada", "c3", "fake pearls, a SCAM")),
        "held",
        "and still is when sent again"
    );
    stand.venue.set_muted("pearls", "eve", true, None);
    assert_eq!(refused(stand.chat("eve", "c4", "hello")), "muted");
    for n in 0..10 {
        assert_eq!(refused(stand.chat("bob", &format!("b{n}"), "x")), "taken");
    }
    let rate = stand.chat("bob", "b10", "x");
    assert_eq!(rate["refused"], json!({ "code": "rate", "retry_after_ms": 2_000 }));
    stand.pass(2_000);
    assert_eq!(refused(stand.chat("bob", "b10", "x")), "taken", "a refusal is not the line's last word");
    stand.venue.set_slow_mode("pearls", 5_000);
    stand.pass(5_000);
    assert_eq!(refused(stand.chat("bob", "s1", "x")), "taken");
    stand.pass(1_000);
    assert_eq!(
        stand.chat("bob", "s2", "x")["refused"],
        json!({ "code": "slow_mode", "retry_after_ms": 4_000 })
    );

    let send = |room: &str| json!({ "room_id": room, "client_id": "z", "text": "x" });
    assert_eq!(stand.rpc("guest_1", "chat.send", send("pearls")), Err(1401));
    assert_eq!(stand.rpc("ada", "chat.send", send("nowhere")), Err(1404));
    assert_eq!(stand.rpc("ada", "chat.send", json!({ "text": "x" })), Err(1400));
    let group = json!({ "group_id": "fans_pearls", "client_id": "z", "text": "x" });
    assert_eq!(stand.rpc("ada", "chat.send", group.clone()), Err(1403));
    stand.post("ada", "/groups/fans_pearls/join", &json!({}));
    assert_eq!(stand.rpc("ada", "chat.send", group).expect("a member")["line"]["group"], "fans_pearls");
}

#[test]
fn a_held_line_is_seen_when_a_moderator_shows_it() {
    let mut stand = Stand::new();
    stand.chat("ada", "c1", "is this a scam?");
    assert!(stand.said("chat:pearls").is_empty());
    let held = stand.venue.books()["rooms"]["pearls"]["chat"]["lines"][0].clone();
    let id = held["id"].as_str().expect("id").to_owned();
    assert!(stand.venue.moderate(&id, "shown", None));
    let said = stand.said("chat:pearls");
    assert_eq!(said[0]["line"]["text"], "is this a scam?");
    assert_eq!(said[1], json!({ "line_changed": { "id": id, "client_id": "c1", "state": "shown" } }));
    assert!(stand.venue.moderate(&id, "deleted", Some("spam")));
    assert_eq!(stand.said("chat:pearls").len(), 1);
    let page = stand.get(Some("bob"), "/rooms/pearls/lines?limit=50").to_string();
    assert!(!page.contains(&id), "what was deleted is in no history");
}

#[test]
fn reactions_are_counted_once_a_shopper_and_tell_each_reader_their_own() {
    let mut stand = Stand::new();
    let line = stand.chat("ada", "c1", "hello")["line"]["id"].clone();
    stand.said("chat:pearls");
    let mut react = |who: &str, on: bool| {
        stand.rpc(who, "chat.react", json!({ "line_id": line, "reaction": "❤", "on": on }))
    };
    react("ada", true).expect("taken");
    let again = react("ada", true).expect("taken");
    assert_eq!(again["reactions"]["counts"], json!([{ "reaction": "❤", "count": 1, "own": true }]));
    react("bob", true).expect("taken");
    let back = react("ada", false).expect("taken");
    assert_eq!(
        back["reactions"],
        json!({ "revision": 3, "counts": [{ "reaction": "❤", "count": 1, "own": false }] })
    );
    assert_eq!(react("guest_1", true), Err(1401));
    let said = stand.said("chat:pearls");
    assert_eq!(said.len(), 3, "what changed nothing is not said");
    assert_eq!(said[2]["reacted"]["reactions"]["counts"], json!([{ "reaction": "❤", "count": 1 }]));
    let joined = stand.rpc("bob", "room.join", json!({ "room_id": "pearls" })).expect("a snapshot");
    let own = joined["lines"].as_array().and_then(|lines| lines.last()).expect("a line")["reactions"].clone();
    assert_eq!(own["counts"][0]["own"], true);
}

#[test]
fn a_ban_takes_the_lines_away_and_tells_the_shopper_alone() {
    let mut stand = Stand::new();
    stand.chat("eve", "c1", "spam");
    stand.chat("ada", "c2", "mine");
    stand.said("chat:pearls");
    assert!(stand.venue.set_banned("pearls", "eve", true));
    let page = stand.get(Some("bob"), "/rooms/pearls/lines?limit=50").to_string();
    assert!(!page.contains("spam") && page.contains("mine"));
    let out = stand.venue.take_publications();
    let on = |channel: &str| {
        out.iter().filter(|said| said.channel == channel).map(|said| said.data.clone()).collect::<Vec<_>>()
    };
    assert_eq!(on("chat:pearls"), [json!({ "removed": { "from": "eve" } })]);
    assert_eq!(on("shopper:eve"), [json!({ "standing": { "room": "pearls", "standing": "banned" } })]);
    assert_eq!(stand.chat("eve", "c3", "again")["refused"]["code"], "banned");
    let taken_away = stand.chat("eve", "c1", "spam");
    assert_eq!(taken_away["line"]["state"], "deleted", "a repetition does not bring it back");
    let mine = stand.venue.books()["rooms"]["pearls"]["chat"]["lines"][1]["id"].clone();
    assert_eq!(stand.rpc("bob", "chat.delete", json!({ "line_id": mine })), Err(1403));
}

#[test]
fn a_line_of_a_batch_costs_little_beside_its_text() {
    let mut stand = Stand::new();
    let said: Vec<(String, String)> = (0..20).map(|n| (format!("viewer_{n}"), "x".repeat(40))).collect();
    stand.venue.say_many("pearls", &said, START);
    let lots = stand.said("chat:pearls");
    assert_eq!(lots.len(), 1);
    let push = json!({ "push": { "channel": "chat:pearls", "pub": { "data": lots[0], "offset": 123_456 } } });
    let beside = push.to_string().len() / 20 - 40;
    assert!(beside <= 80, "{beside} bytes a line");
}

#[test]
fn history_is_paged_to_its_beginning() {
    let mut stand = Stand::new();
    let joined = stand.rpc("guest_1", "room.join", json!({ "room_id": "pearls" })).expect("guests may look");
    let mut lines: Vec<Value> = joined["lines"].as_array().expect("lines").clone();
    while let Some(before) = lines.first().and_then(|line| line["id"].as_str()).map(str::to_owned) {
        let page = stand.get(None, &format!("/rooms/pearls/lines?limit=9&before={before}"));
        let mut older: Vec<Value> = page["lines"].as_array().expect("lines").clone();
        older.extend(lines);
        lines = older;
        if page["before"].is_null() {
            break;
        }
    }
    assert_eq!(lines.len(), 80);
    assert!(lines.is_sorted_by_key(|line| line["id"].as_str().expect("id").to_owned()));
}

#[test]
fn hearts_count_once_and_come_in_one_beat() {
    let mut stand = Stand::new();
    for (id, count) in [("h1", 3), ("h2", 4), ("h1", 3)] {
        let data = json!({ "room_id": "pearls", "count": count, "id": id });
        stand.rpc("guest_1", "hearts.add", data).expect("counted");
    }
    stand.pass(500);
    assert!(stand.said("pulse:pearls").is_empty());
    stand.pass(500);
    assert_eq!(stand.said("pulse:pearls"), [json!({ "hearts": { "count": 7 } })]);
    let many = json!({ "room_id": "pearls", "count": 1_000_000, "id": "h3" });
    assert_eq!(stand.rpc("guest_1", "hearts.add", many), Err(1400));
}

#[test]
fn many_lines_go_out_in_lots_of_twenty() {
    let mut stand = Stand::new();
    let said: Vec<(String, String)> = (0..45).map(|n| ("v".to_owned(), n.to_string())).collect();
    stand.venue.say_many("pearls", &said, START);
    let lots: Vec<usize> = stand
        .said("chat:pearls")
        .iter()
        .map(|lot| lot["batch"]["lines"].as_array().expect("lines").len())
        .collect();
    assert_eq!(lots, [20, 20, 5]);
}

#[test]
fn reminders_fire_once_earlier_for_fans_and_anew_when_moved() {
    let mut stand = Stand::new();
    stand.post("ada", "/groups/fans_crystal/join", &json!({}));
    stand.venue.move_drop("drop_crystals", START + 3_600_000, START);
    for who in ["ada", "bob"] {
        let answer =
            stand.send(Some(who), Some("r"), "PUT", "/reminders/drop_crystals", &json!({ "wanted": true }));
        assert_eq!(answer.body_json()["wanted"], true);
    }
    let kinds = |stand: &mut Stand, who: &str| -> Vec<(String, i64)> {
        let now_ms = stand.now_ms;
        let said = stand.said(&format!("shopper:{who}"));
        said.iter()
            .map(|event| (event["reminder"]["kind"].as_str().expect("kind").to_owned(), now_ms - START))
            .collect()
    };
    let mut heard = Vec::new();
    for _ in 0..70 {
        stand.pass(60_000);
        heard.extend(kinds(&mut stand, "ada"));
    }
    // Early by a quarter of an hour, told five minutes before.
    let minute = 60_000;
    assert_eq!(heard, [("due".to_owned(), 40 * minute), ("early".to_owned(), 45 * minute)]);
    assert_eq!(stand.venue.books()["drops"]["drop_crystals"]["status"], "open");
    assert_eq!(stand.venue.books()["drops"]["drop_crystals"]["reminders"]["bob"]["due"], true);

    let now_ms = stand.now_ms;
    stand.venue.move_drop("drop_crystals", now_ms + 3_600_000, now_ms);
    let moved: Vec<String> = kinds(&mut stand, "bob").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(moved, ["moved"]);
    stand.pass(3_600_000);
    let due: Vec<String> = kinds(&mut stand, "bob").into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(due, ["due"], "the moved drop is reminded of anew");
}

#[test]
fn who_is_blocked_is_not_seen_and_who_leaves_is_forgotten() {
    let mut stand = Stand::new();
    stand.post("ada", "/blocks", &json!({ "host_or_shopper": "host_pearls", "blocked": true }));
    let sees =
        |stand: &mut Stand, who| stand.get(Some(who), "/feed?limit=100").to_string().contains("host_pearls");
    assert!(!sees(&mut stand, "ada"));
    assert!(sees(&mut stand, "bob"));

    let line = stand.chat("ada", "c1", "remember me")["line"]["id"].as_str().expect("id").to_owned();
    stand.post("ada", "/groups/fans_mugs/join", &json!({}));
    stand.said("");
    let gone = stand.send(Some("ada"), Some("d"), "DELETE", "/account", &Value::Null);
    assert_eq!(gone.status, 200);
    let change = json!({ "line_changed": {
        "id": line, "client_id": "c1", "state": "deleted", "reason": "account_deleted"
    } });
    assert_eq!(stand.said("chat:pearls"), [change]);
    let books = stand.venue.books();
    assert!(books["people"]["shoppers"]["ada"].is_null());
    assert_eq!(books["groups"]["fans_mugs"]["members"], json!([]));
    let later = stand.send(Some("ada"), None, "GET", "/groups", &Value::Null);
    assert_eq!((later.status, later.body_json()["code"].clone()), (401, json!("token_unknown")));
}

#[test]
fn tokens_are_for_the_callers_own_channels() {
    let mut stand = Stand::new();
    let ask = json!({ "channels": ["shopper:me", "shopper:bob", "group:fans_mugs", "nonsense"] });
    let answer = stand.post("ada", "/token", &ask).body_json();
    assert_eq!(answer["shopper_id"], "ada");
    let names = |answer: &Value| -> Vec<String> {
        let all = answer["subscriptions"].as_array().expect("subscriptions");
        all.iter().map(|each| each["channel"].as_str().expect("channel").to_owned()).collect()
    };
    assert_eq!(names(&answer), ["shopper:ada"]);
    stand.post("ada", "/groups/fans_mugs/join", &json!({}));
    assert_eq!(names(&stand.post("ada", "/token", &ask).body_json()), ["shopper:ada", "group:fans_mugs"]);
    let guest = stand.send(None, None, "POST", "/token", &json!({})).body_json();
    assert_eq!(names(&guest), [format!("shopper:{}", guest["shopper_id"].as_str().expect("a guest's id"))]);
    let other = stand.send(None, None, "POST", "/token", &json!({})).body_json();
    assert_ne!(guest["shopper_id"], other["shopper_id"]);
}

#[test]
fn who_asks_names_its_profile() {
    let mut stand = Stand::new();
    let id = Some("9d0a1c9e-6c1f-4f39-8f3b-0e1f2a3b4c5d");
    let profile = Some("profile=\"https://app.example/ucp\"");
    for (agent, id, code) in [
        (None, id, "invalid_profile_url"),
        (Some("app/1.0"), id, "invalid_profile_url"),
        (Some("profile=\"\""), id, "invalid_profile_url"),
        (profile, None, "invalid_parameter"),
        (profile, Some("7"), "invalid_parameter"),
    ] {
        let headers = [("ucp-agent", agent), ("request-id", id)];
        let headers = headers
            .iter()
            .filter_map(|(name, value)| Some(((*name).to_owned(), (*value)?.to_owned())))
            .collect();
        let request =
            Request { method: "GET".into(), path: "/nm/feed".into(), headers, ..Request::default() };
        let answer = stand.venue.handle(&mut Env { now_ms: START, ids: &mut stand.ids }, &request);
        assert_eq!((answer.status, answer.body_json()["code"].clone()), (400, json!(code)));
    }
    assert_eq!(stand.send(None, None, "TRACE", "/feed", &Value::Null).status, 405);
}

#[test]
fn ids_are_as_the_contract_says() {
    let mut stand = Stand::new();
    let like = |id: &str| json!({ "id": id, "post_id": "post_mugs_0", "liked": true });
    for bad in ["", "a b", "a/b", "a?b", "a#b", &"x".repeat(129)] {
        let answer = stand.post("ada", "/likes", &like(bad));
        assert_eq!(
            (answer.status, answer.body_json()["code"].clone()),
            (400, json!("invalid_body")),
            "{bad}"
        );
    }
    assert_eq!(stand.post("ada", "/likes", &like(&"珠".repeat(128))).status, 200);
}

#[test]
fn a_device_is_reached_by_its_last_token_and_by_nobody_elses() {
    let mut stand = Stand::new();
    let (one, two) = ("3d0f9b1e-9f5e-4f2b-8a7c-1d2e3f4a5b6c", "3d0f9b1e-9f5e-4f2b-8a7c-1d2e3f4a5b6d");
    let mut register = |who: Option<&str>, key: &str, body: Value| {
        let status = stand.send(who, Some(key), "POST", "/push", &body).status;
        let shoppers = stand.venue.books()["people"]["shoppers"].clone();
        (status, shoppers["ada"]["push"].clone(), shoppers["bob"]["push"].clone())
    };
    let full = |device: &str, token: &str| json!({ "device": device, "token": token, "platform": "fcm" });
    assert_eq!(register(None, "k1", full(one, "a")).0, 401);
    assert_eq!(register(Some("ada"), "k2", full(one, "a")).1, json!([full(one, "a")]));
    assert_eq!(register(Some("ada"), "k3", full(one, "b")).1, json!([full(one, "b")]));
    // The same token is another's now: it is reached once.
    let moved = register(Some("bob"), "k4", full(two, "b"));
    assert_eq!((moved.1, moved.2), (json!([]), json!([full(two, "b")])));
    for (at, wrong) in
        [json!({ "device": "x" }), json!({ "device": one, "token": "t" })].into_iter().enumerate()
    {
        assert_eq!(register(Some("bob"), &format!("wrong_{at}"), wrong).0, 400);
    }
    // Whoever knows the device takes it back, signed in or not.
    assert_eq!(register(None, "k6", json!({ "device": two })), (200, json!([]), json!([])));
}

#[test]
fn whatever_is_sent_is_answered() {
    let mut stand = Stand::new();
    let bodies = [json!(null), json!([]), json!({ "id": 3 }), json!({ "items": [] }), json!("x")];
    for method in ["GET", "POST", "PUT", "DELETE", "PATCH"] {
        for path in [
            "",
            "/feed",
            "/impressions",
            "/follows",
            "/likes",
            "/token",
            "/rooms/x",
            "/rooms/x/lines",
            "/groups/x/lines",
            "/reports",
            "/blocks",
            "/drops",
            "/reminders/x",
            "/groups",
            "/groups/x/join",
            "/groups/x/proof",
            "/push",
        ] {
            for body in &bodies {
                stand.keys += 1;
                let key = format!("any_{}", stand.keys);
                let answer = stand.send(Some("eve"), Some(&key), method, path, body);
                assert!((200..500).contains(&answer.status));
                let says = answer.status < 300 || answer.body_json()["code"].is_string();
                assert!(says, "{method} {path} {body}: {}", answer.body_json());
            }
        }
    }
}
