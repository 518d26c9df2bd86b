//! The whole evening without a socket.

use serde_json::{Value, json};

use super::{FaultKind, SocketOut, Target, World, WorldConfig};
use crate::env::rfc3339;
use crate::http::{Request, Response};
use crate::hub::ConnId;

const START: i64 = 1_795_550_400_000;

struct Evening {
    world: World,
    now_ms: i64,
    calls: u64,
}

impl Evening {
    fn new(seed: u64, ambience: bool) -> Self {
        let world = World::new(WorldConfig { ambience, ..WorldConfig::simulated(seed, START) });
        Self { world, now_ms: START, calls: 0 }
    }

    fn send(&mut self, target: Target, who: &str, method: &str, path: &str, body: &Value) -> Response {
        self.calls += 1;
        let headers = vec![
            ("authorization".to_owned(), format!("Bearer token:{who}")),
            ("idempotency-key".to_owned(), format!("00000000-0000-4000-8000-{:012}", self.calls)),
            ("request-id".to_owned(), format!("10000000-0000-4000-8000-{:012}", self.calls)),
            ("ucp-agent".to_owned(), "profile=\"https://app.example/profile\"".to_owned()),
        ];
        let body = if body.is_null() { Vec::new() } else { body.to_string().into_bytes() };
        let request =
            Request { method: method.into(), path: path.into(), query: String::new(), headers, body };
        self.world.handle(target, self.now_ms, &request)
    }

    fn post(&mut self, target: Target, path: &str, body: &Value) -> Value {
        let answer = self.send(target, "ada", "POST", path, body);
        assert!(answer.status < 300, "{path}: {} {}", answer.status, answer.body_json());
        answer.body_json()
    }

    fn pass(&mut self, by_ms: i64) {
        self.now_ms += by_ms;
        self.world.advance(self.now_ms);
    }

    /// Lets time pass in steps, answering the hub's pings.
    fn watch(&mut self, by_ms: i64, channel: &str) -> Vec<Value> {
        let until_ms = self.now_ms + by_ms;
        let mut events = Vec::new();
        while self.now_ms < until_ms {
            self.pass(1_000.min(until_ms - self.now_ms));
            events.extend(self.events(channel));
        }
        events
    }

    /// Connects, and subscribes to what is open to everybody and to ada's own channel.
    fn connect(&mut self, channels: &[&str]) -> ConnId {
        let tokens = self.post(Target::Venue, "/nm/token", &json!({ "channels": ["shopper:me"] }));
        let conn = self.world.ws_open(self.now_ms).expect("no fault");
        let connect = json!({ "id": 1, "connect": { "token": tokens["connection"]["token"] } });
        self.world.ws_text(conn, &connect.to_string(), self.now_ms);
        let own = json!({ "id": 2, "subscribe": {
            "channel": "shopper:ada", "token": tokens["subscriptions"][0]["token"] } });
        self.world.ws_text(conn, &own.to_string(), self.now_ms);
        for (at, channel) in channels.iter().enumerate() {
            let subscribe = json!({ "id": 10 + at, "subscribe": { "channel": channel } });
            self.world.ws_text(conn, &subscribe.to_string(), self.now_ms);
        }
        self.frames();
        conn
    }

    fn rpc(&mut self, conn: ConnId, method: &str, data: &Value) -> Value {
        self.calls += 1;
        let id = 1_000 + self.calls;
        let frame = json!({ "id": id, "rpc": { "method": method, "data": data } }).to_string();
        self.world.ws_text(conn, &frame, self.now_ms);
        let lines = self.frames();
        lines.into_iter().find(|line| line["id"] == id).expect("answered")["rpc"]["data"].clone()
    }

    /// What was sent since the last call. Pings are answered.
    fn frames(&mut self) -> Vec<Value> {
        let mut lines = Vec::new();
        for out in self.world.take_output() {
            if let SocketOut::Frame { conn, text } = out {
                for line in text.lines().map(|line| serde_json::from_str::<Value>(line).expect("json")) {
                    if line == json!({}) {
                        self.world.ws_text(conn, "{}", self.now_ms);
                    } else {
                        lines.push(line);
                    }
                }
            }
        }
        lines
    }

    fn events(&mut self, channel: &str) -> Vec<Value> {
        let lines = self.frames();
        lines
            .iter()
            .filter(|line| line["push"]["channel"] == channel)
            .map(|line| line["push"]["pub"]["data"].clone())
            .collect()
    }

    /// Buys by UCP at shop 0 and gives the order's id.
    fn buy(&mut self, create: Value) -> String {
        let mut create = create;
        create["buyer"] = json!({ "email": "ada@example.com", "first_name": "A", "last_name": "D" });
        create["fulfillment"] = json!({ "methods": [{ "type": "shipping", "destinations": [{
            "street_address": "1 Lane", "address_locality": "Suzhou", "address_region": "JS", "postal_code": "215000",
            "address_country": "CN", "first_name": "A", "last_name": "D" }] }] });
        let mut session = self.post(Target::Shop(0), "/ucp/checkout-sessions", &create);
        let path = format!("/ucp/checkout-sessions/{}", session["id"].as_str().expect("id"));
        for _ in 0..4 {
            if session["status"] == "ready_for_complete" {
                break;
            }
            // Chooses the first of whatever is to be chosen.
            let mut update = session.clone();
            for method in update["fulfillment"]["methods"].as_array_mut().into_iter().flatten() {
                if method["selected_destination_id"].is_null() {
                    method["selected_destination_id"] = method["destinations"][0]["id"].clone();
                }
                for group in method["groups"].as_array_mut().into_iter().flatten() {
                    if group["selected_option_id"].is_null() {
                        group["selected_option_id"] = group["options"][0]["id"].clone();
                    }
                }
            }
            let answer = self.send(Target::Shop(0), "ada", "PUT", &path, &update);
            assert_eq!(answer.status, 200, "{}", answer.body_json());
            session = answer.body_json();
        }
        assert_eq!(session["status"], "ready_for_complete", "{session}");
        let handlers = self.send(Target::Shop(0), "ada", "GET", "/.well-known/ucp", &Value::Null).body_json();
        let handler =
            handlers["ucp"]["payment_handlers"].as_object().expect("handlers").values().next().expect("one")
                [0]["id"]
                .clone();
        let pay = json!({ "payment": { "instruments": [{ "id": "card", "handler_id": handler, "type": "card",
            "selected": true, "credential": { "type": "token", "token": "tok_success" } }] } });
        let placed = self.post(Target::Shop(0), &format!("{path}/complete"), &pay);
        placed["order"]["id"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned()
    }
}

#[test]
fn the_same_seed_gives_the_same_evening() {
    let run = |seed| {
        let mut evening = Evening::new(seed, true);
        let conn = evening.connect(&["room:pearls", "chat:pearls", "pulse:pearls", "live", "chat:ponies"]);
        let mut heard = Vec::new();
        for n in 0..60 {
            for _ in 0..5 {
                evening.pass(2_000);
                heard.extend(evening.frames());
            }
            let line = json!({ "room_id": "pearls", "client_id": format!("c{n}"), "text": "左边第三颗",
                "moment": rfc3339(evening.now_ms - 8_000) });
            evening.rpc(conn, "chat.send", &line);
            heard.extend(evening.frames());
        }
        let mut trace = json!([heard, evening.world.books()]).to_string();
        // Signatures draw their own randomness.
        while let Some(at) = trace.find("\"jws\":\"") {
            let end = trace[at + 7..].find('"').map_or(trace.len(), |end| at + 8 + end);
            trace.replace_range(at..end, "");
        }
        trace
    };
    let first = run(7);
    assert!(first.len() > 20_000 && first.contains("\"pin\"") && first.contains("\"offer\""));
    assert_eq!(first, run(7));
    assert_ne!(first, run(8));
}

#[test]
fn a_jump_of_a_week_is_quick_and_the_hours_hold() {
    let mut evening = Evening::new(1, true);
    evening.pass(7 * 24 * 3_600_000);
    let said = evening.world.books()["venue"]["rooms"]["pearls"]["chat"]["said"].as_u64().expect("a count");
    assert!(said < 200, "{said} lines");
    let mut evening = Evening::new(1, false);
    assert!(evening.world.venue().is_live("pearls") && !evening.world.venue().is_live("mugs"));
    evening.pass(8 * 60_000);
    assert!(evening.world.venue().is_live("mugs"));
    evening.pass(200 * 60_000);
    assert!(!evening.world.venue().is_live("pearls"));
}

#[test]
fn the_world_knows_when_it_has_to_be_woken() {
    let mut evening = Evening::new(1, true);
    evening.connect(&["chat:pearls"]);
    let mut wakes = 0;
    while evening.now_ms < START + 3_600_000 {
        let due = evening.world.next_due_ms();
        assert!(due > evening.now_ms, "what was due is done: {due} at {}", evening.now_ms);
        evening.pass(due - evening.now_ms);
        wakes += 1;
    }
    assert!((500..20_000).contains(&wakes), "{wakes}");
}

#[test]
fn a_pearl_is_offered_to_one_shopper_and_wall_time_would_be_another() {
    let mut evening = Evening::new(1, false);
    let conn = evening.connect(&["chat:pearls"]);
    evening.watch(60_000, "");
    let moment_ms = evening.now_ms - 8_000;
    let pearl = crate::media::tray_at(moment_ms)[2].clone();
    let send = |id: &str| {
        json!({ "room_id": "pearls", "client_id": id, "text": "that one", "moment": rfc3339(moment_ms),
            "spot": { "x": pearl.x, "y": pearl.y } })
    };
    evening.rpc(conn, "chat.send", &send("c1"));
    evening.pass(2_000);
    evening.rpc(conn, "chat.send", &send("c2"));
    evening.pass(2_000);
    let offers: Vec<Value> =
        evening.events("shopper:ada").into_iter().map(|event| event["offer"]["jws"].clone()).collect();
    let made = evening.world.books()["script"]["offers"].clone();
    assert_eq!(made.as_array().map(Vec::len), Some(1), "asked twice, offered once");
    assert_eq!(made[0]["serial"], json!(pearl.serial));
    assert_ne!(crate::media::tray_at(evening.now_ms)[2].serial, pearl.serial);
    assert!(offers.windows(2).all(|pair| pair[0] == pair[1]), "told again, the same offer");

    let jws = offers.last().expect("an offer").clone();
    let order = evening.buy(json!({ "line_items": [], "app.nightmarket.offer": jws }));
    let books = evening.world.books();
    let items = books["shops"][0]["orders"][0]["items"].clone();
    assert_eq!(items, json!([[format!("pearl_{}", pearl.serial), 1]]));
    let told = evening.events("shopper:ada");
    assert!(told.iter().any(|event| event["order"]["order_id"] == json!(order)), "{told:?}");
    // Sold is sold, also when asked for again after the offer would have run out.
    evening.watch(600_000, "");
    evening.rpc(conn, "chat.send", &send("c3"));
    evening.pass(2_000);
    assert!(evening.events("shopper:ada").iter().all(|event| event["offer"].is_null()));
}

#[test]
fn a_box_is_opened_on_air_when_an_order_for_it_exists() {
    let mut evening = Evening::new(1, false);
    evening.connect(&["room:ponies"]);
    evening.pass(5_000);
    assert!(evening.events("room:ponies").iter().all(|event| event["opening"].is_null()));
    let order = evening.buy(json!({ "line_items": [{ "item": { "id": "pony_box" }, "quantity": 1 }] }));
    let asked = evening.post(
        Target::Shop(0),
        "/nm/boxes/openings",
        &json!({ "order_id": order, "box_id": "box_pony" }),
    );
    assert_eq!(asked["position"], 1);
    let openings: Vec<Value> = evening
        .watch(30_000, "room:ponies")
        .into_iter()
        .filter(|event| event["opening"]["id"] == asked["opening_id"])
        .map(|event| event["opening"].clone())
        .collect();
    let states: Vec<&str> =
        openings.iter().map(|opening| opening["state"].as_str().expect("state")).collect();
    assert_eq!(states, ["queued", "opening", "opened"]);
    assert!(openings[2]["content"]["item"].is_string() && openings[2]["moment"].is_string());
    assert!(
        openings.iter().all(|opening| opening["order_id"].is_null()),
        "whose order it is is nobody's business"
    );
}

#[test]
fn a_fan_buys_before_the_drop_opens() {
    let mut evening = Evening::new(1, false);
    evening.post(Target::Venue, "/nm/groups/fans_crystal/join", &json!({}));
    let proof =
        evening.post(Target::Venue, "/nm/groups/fans_crystal/proof", &json!({ "shop": "127.0.0.1:4001" }));
    let bracelet = json!({ "line_items": [{ "item": { "id": "bracelet_15" }, "quantity": 1 }] });
    let refused = evening.send(Target::Shop(0), "ada", "POST", "/ucp/checkout-sessions", &bracelet);
    assert!(refused.body_json().to_string().contains("not_on_sale_yet"), "{}", refused.body_json());
    let mut fan = bracelet.clone();
    fan["context"] = json!({ "eligibility": ["app.nightmarket.fan"] });
    fan["app.nightmarket.membership"] = proof["proof"].clone();
    evening.buy(fan);
    // Moved away, it opens for the others at its new time.
    evening
        .world
        .script(&json!({ "do": "move_drop", "drop_id": "drop_crystals", "by_ms": 600_000 }))
        .expect("moved");
    evening.pass(16 * 60_000);
    let early = evening.send(Target::Shop(0), "ada", "POST", "/ucp/checkout-sessions", &bracelet);
    assert!(early.body_json().to_string().contains("not_on_sale_yet"));
    evening.pass(10 * 60_000);
    evening.buy(bracelet);
}

#[test]
fn the_courier_comes_by_script_and_the_shopper_is_told() {
    let mut evening = Evening::new(1, false);
    let order = evening.buy(json!({ "line_items": [{ "item": { "id": "tea_cup" }, "quantity": 1 }] }));
    evening.pass(61 * 60_000);
    evening.connect(&[]);
    let path = format!("/nm/orders/{order}/returnable");
    let returnable = evening.send(Target::Shop(0), "ada", "GET", &path, &Value::Null).body_json();
    let line = returnable["lines"][0]["line_id"].clone();
    let lines = json!([{ "line_id": line, "quantity": 1, "reason": "changed_mind" }]);
    let back = evening.post(Target::Shop(0), "/nm/returns", &json!({ "order_id": order, "lines": lines }));
    let id = back["id"].as_str().expect("id").to_owned();
    let slot = back["pickup"]["slots"][0]["id"].as_str().expect("a slot").to_owned();
    assert_eq!(back["pickup"]["slots"][0]["unpacked"], true);
    evening.post(Target::Shop(0), &format!("/nm/returns/{id}/slots/{slot}/hold"), &json!({}));
    let book = json!({ "slot_id": slot, "address": { "street_address": "1 Lane", "address_country": "CN" } });
    evening.post(Target::Shop(0), &format!("/nm/returns/{id}/book"), &book);
    for _ in 0..7 {
        let done = evening.world.script(&json!({ "do": "courier", "return_id": id })).expect("a step");
        assert_eq!(done["done"], true);
    }
    let told = evening.events("shopper:ada");
    let refunds: Vec<&Value> =
        told.iter().map(|event| &event["refund"]).filter(|refund| !refund.is_null()).collect();
    assert_eq!(refunds.last().expect("money comes back")["state"], "refunded", "{told:?}");
    let revisions: Vec<u64> = told.iter().filter_map(|event| event["return"]["revision"].as_u64()).collect();
    assert!(revisions.len() >= 7 && revisions.is_sorted());
}

#[test]
fn a_deal_of_the_room_is_the_shops_price_until_it_ends() {
    let mut evening = Evening::new(1, false);
    evening.connect(&["room:mukbang"]);
    let order = json!({ "do": "deal", "room": "mukbang", "item": "mochi", "price": 500, "lasts_ms": 60_000 });
    evening.world.script(&order).expect("a deal");
    let deal = evening.events("room:mukbang")[0]["deal"].clone();
    assert_eq!(deal["price"], json!({ "amount": 500, "currency": "USD" }));
    let mochi = json!({ "line_items": [{ "item": { "id": "mochi" }, "quantity": 1 }] });
    let price = |evening: &mut Evening| {
        evening.post(Target::Shop(1), "/ucp/checkout-sessions", &mochi)["line_items"][0]["item"]["price"]
            .clone()
    };
    assert_eq!(price(&mut evening), 500);
    evening.pass(60_000);
    assert_eq!(price(&mut evening), 899);
}

#[test]
fn faults_are_asked_for_and_used_up() {
    let mut evening = Evening::new(1, false);
    let order =
        json!({ "target": "shop:0", "kind": "status", "status": 503, "path_prefix": "/ucp", "times": 2 });
    evening.world.switch_fault(&order).expect("a fault");
    let hit = |evening: &mut Evening, target, path| evening.world.fault_for(target, path);
    assert_eq!(hit(&mut evening, Target::Shop(0), "/nm/orders"), None);
    assert_eq!(hit(&mut evening, Target::Shop(1), "/ucp/carts"), None);
    for _ in 0..2 {
        let status = Some(FaultKind::Status { status: 503, retry_after_ms: None });
        assert_eq!(hit(&mut evening, Target::Shop(0), "/ucp/carts"), status);
    }
    assert_eq!(hit(&mut evening, Target::Shop(0), "/ucp/carts"), None);
    for wrong in
        [json!({ "target": "moon", "kind": "delay" }), json!({ "target": "venue", "kind": "rain" }), json!(3)]
    {
        evening.world.switch_fault(&wrong).expect_err("no such fault");
    }

    let conn = evening.connect(&["room:pearls"]);
    evening.world.switch_fault(&json!({ "target": "hub", "kind": "cut" })).expect("a cut");
    assert_eq!(evening.world.take_output(), [SocketOut::Cut { conn }]);
    evening.world.switch_fault(&json!({ "target": "hub", "kind": "drop_before" })).expect("a refusal");
    assert_eq!(evening.world.ws_open(evening.now_ms), None);
    assert!(evening.world.ws_open(evening.now_ms).is_some());
}

#[test]
fn moving_the_clock_cuts_nobody() {
    let mut evening = Evening::new(1, false);
    let conn = evening.connect(&["chat:pearls"]);
    evening.world.move_clock(2 * 3_600_000);
    // What is outside goes on as before.
    evening.now_ms = START + 2 * 3_600_000 + 1_000;
    assert_eq!(evening.rpc(conn, "room.join", &json!({ "room_id": "pearls" }))["room"]["id"], "pearls");
    evening.connect(&[]);
}

#[test]
fn pages_for_people_name_what_there_is() {
    let mut evening = Evening::new(1, false);
    for page in ["/host", "/courier"] {
        let answer = evening.send(Target::Venue, "ada", "GET", page, &Value::Null);
        assert_eq!(answer.status, 200);
        assert!(String::from_utf8(answer.body).expect("text").contains("/_control/script"));
    }
    let rooms = evening.send(Target::Venue, "ada", "GET", "/_control/rooms", &Value::Null).body_json();
    assert_eq!(rooms["rooms"].as_array().map(Vec::len), Some(7));
    assert!(
        rooms["rooms"].as_array().expect("rooms").iter().all(|room| room["wares"][0]["shop_at"].is_u64())
    );
}

#[test]
fn the_script_says_what_it_does_not_know() {
    let mut evening = Evening::new(1, false);
    for wrong in [
        json!({}),
        json!({ "do": "dance" }),
        json!({ "do": "go_live", "room": "nowhere" }),
        json!({ "do": "pin", "room": "pearls", "item": "moon" }),
        json!({ "do": "offer", "room": "pearls", "shopper": "ada", "item": "moon" }),
        json!({ "do": "move_drop", "drop_id": "drop_mugs" }),
        json!({ "do": "courier", "step": "dance" }),
        json!([1]),
    ] {
        evening.world.script(&wrong).expect_err("not done");
    }
}

#[test]
fn the_bank_is_answered_where_it_asks_and_nowhere_else() {
    let mut evening = Evening::new(1, false);
    let mut answer = |continue_url: &str, answer: &str| {
        let body = json!({ "continue_url": continue_url, "answer": answer });
        evening.send(Target::Venue, "ada", "POST", "/_control/bank", &body).status
    };
    assert_eq!(answer("https://127.0.0.1:4001/continue/chk_none", "approve"), 409);
    assert_eq!(answer("https://127.0.0.1:4001/continue/chk_none", "shrug"), 400);
    assert_eq!(answer("https://elsewhere.example/continue/chk_none", "approve"), 400);
}

#[test]
fn the_tray_is_what_a_player_shows_and_costs_what_is_offered() {
    let mut evening = Evening::new(1, false);
    let conn = evening.connect(&["chat:pearls"]);
    let tray = evening.send(Target::Venue, "ada", "GET", "/_control/tray", &Value::Null).body_json();
    let clock = evening.send(Target::Venue, "ada", "GET", "/_control/clock", &Value::Null).body_json();
    assert_eq!(tray["moment_ms"], clock["moment_ms"]);
    let (moment_ms, pearl) = (tray["moment_ms"].as_i64().expect("a time"), tray["pearls"][4].clone());
    let send = json!({ "room_id": "pearls", "client_id": "c1", "text": "that one", "moment": rfc3339(moment_ms),
        "spot": { "x": pearl["x"], "y": pearl["y"] } });
    evening.rpc(conn, "chat.send", &send);
    evening.pass(2_000);
    let books = evening.world.books();
    assert_eq!(books["script"]["offers"][0]["serial"], pearl["serial"]);
    assert_eq!(books["shops"][0]["offers"][0]["price"], pearl["price"]);
    assert_eq!(books["shops"][0]["wrongs"], json!([]));
}
