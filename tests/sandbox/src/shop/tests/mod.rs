//! What a shop must never do with money, stock and other people's things.

mod boxing;
mod buying;
mod calling;
mod linking;
mod offering;
mod returning;

use serde_json::{Value, json};

use super::{Shop, ShopConfig};
use crate::catalog::{Catalog, snack_shop, studio_shop};
use crate::env::{Env, Ids};
use crate::http::{Request, Response};

/// The tests' evening begins here.
const START: i64 = 1_795_550_000_000;
const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// A shop with a clock and somebody who calls it.
struct Stall {
    shop: Shop,
    ids: Ids,
    now_ms: i64,
    bearer: Option<String>,
    last_key: String,
}

impl Stall {
    fn new(catalog: Catalog) -> Self {
        let mut ids = Ids::seeded(42);
        let shop = Shop::new(ShopConfig::new("127.0.0.1:4001", catalog), &mut ids);
        Self { shop, ids, now_ms: START, bearer: None, last_key: String::new() }
    }

    fn studio() -> Self {
        Self::new(studio_shop(START + HOUR))
    }

    fn snacks() -> Self {
        Self::new(snack_shop())
    }

    fn signed_in(mut self, name: &str) -> Self {
        self.bearer = Some(format!("token:{name}"));
        self
    }

    fn send(&mut self, method: &str, path: &str, body: &Value, key: Option<&str>) -> Response {
        let mut headers = vec![
            ("ucp-agent".to_owned(), "profile=\"https://platform.example/profile\"".to_owned()),
            ("request-id".to_owned(), self.ids.uuid()),
        ];
        headers.extend(key.map(|key| ("idempotency-key".to_owned(), key.to_owned())));
        headers.extend(
            self.bearer.as_ref().map(|bearer| ("authorization".to_owned(), format!("Bearer {bearer}"))),
        );
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let request = Request {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body: if body.is_null() { vec![] } else { body.to_string().into_bytes() },
        };
        let mut env = Env { now_ms: self.now_ms, ids: &mut self.ids };
        self.shop.handle(&mut env, &request)
    }

    fn get(&mut self, path: &str) -> Value {
        self.send("GET", path, &Value::Null, None).body_json()
    }

    fn post(&mut self, path: &str, body: &Value) -> Response {
        self.last_key = self.ids.uuid();
        let key = self.last_key.clone();
        self.send("POST", path, body, Some(&key))
    }

    /// A session for so many of an item, delivered to a whole address by standard delivery.
    fn checkout(&mut self, item: &str, quantity: i64) -> Value {
        let country = self.shop.config.catalog.country;
        self.post(
            "/ucp/checkout-sessions",
            &json!({
                "line_items": [{ "item": { "id": item }, "quantity": quantity }],
                "fulfillment": { "methods": [{ "type": "shipping", "destinations": [{
                    "id": "home", "street_address": "1 Harbour Road", "address_locality": "Springfield",
                    "postal_code": "62701", "address_country": country }],
                    "selected_destination_id": "home", "groups": [{ "selected_option_id": "std" }] }] },
            }),
        )
        .body_json()
    }

    fn complete(&mut self, checkout: &Value, token: &str) -> Response {
        let path = format!("/ucp/checkout-sessions/{}/complete", text(&checkout["id"]));
        self.post(&path, &pay(token))
    }

    /// Buys and says the order's id.
    fn buy(&mut self, item: &str, quantity: i64) -> String {
        let checkout = self.checkout(item, quantity);
        let placed = self.complete(&checkout, "tok_success").body_json();
        assert_eq!(placed["status"], "completed", "{placed}");
        text(&placed["order"]["id"])
    }

    fn pass(&mut self, ms: i64) {
        self.now_ms += ms;
        let mut env = Env { now_ms: self.now_ms, ids: &mut self.ids };
        let events = self.shop.advance(&mut env);
        self.shop.events = events;
    }

    fn courier(&mut self, id: &str, step: super::CourierStep) -> bool {
        let mut env = Env { now_ms: self.now_ms, ids: &mut self.ids };
        self.shop.courier(&mut env, id, step)
    }

    #[track_caller]
    fn books_are_right(&self) {
        assert_eq!(self.shop.books().wrongs(), [""; 0]);
    }
}

fn pay(token: &str) -> Value {
    json!({ "payment": { "instruments": [{ "id": "ins_1", "handler_id": "sandbox_tokenizer", "type": "card",
        "selected": true, "credential": { "type": "token", "token": token } }] } })
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn codes(body: &Value) -> Vec<&str> {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    messages.iter().filter_map(|message| message["code"].as_str()).collect()
}

fn total(body: &Value) -> i64 {
    let totals = body["totals"].as_array().expect("totals");
    totals
        .iter()
        .find(|each| each["type"] == "total")
        .and_then(|each| each["amount"].as_i64())
        .expect("a total")
}
