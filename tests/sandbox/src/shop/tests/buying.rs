//! Checkout: money once, stock once, totals as shown.

use super::*;
use crate::shop::{Fetched, canonical, full_platform_profile, quote_digest};

#[test]
fn the_same_key_gives_the_same_bytes_and_one_charge() {
    let mut stall = Stall::studio();
    let checkout = stall.checkout("pearl_b003", 1);
    assert_eq!(checkout["status"], "ready_for_complete", "{checkout}");
    let first = stall.complete(&checkout, "tok_success");
    let key = stall.last_key.clone();
    let path = format!("/ucp/checkout-sessions/{}/complete", text(&checkout["id"]));
    stall.now_ms += 23 * HOUR;
    let again = stall.send("POST", &path, &pay("tok_success"), Some(&key));
    assert_eq!((first.status, &first.body), (again.status, &again.body));
    let other = stall.send("POST", &path, &pay("tok_success_2"), Some(&key));
    assert_eq!((other.status, &other.body_json()["code"]), (409, &json!("key_reused")));
    let fresh = stall.post(&path, &pay("tok_success"));
    assert_eq!((fresh.status, &fresh.body_json()["code"]), (409, &json!("wrong_state")));
    stall.now_ms += 2 * HOUR;
    let late = stall.send("POST", &path, &pay("tok_success"), Some(&key));
    assert_eq!(late.status, 409, "the key is forgotten, the session is not");
    assert_eq!(stall.shop.books().charges.len(), 1);
    assert_eq!(stall.shop.books().charges[0].amount, total(&checkout));
    stall.books_are_right();
}

#[test]
fn consent_is_kept_as_it_was_said_and_never_missed() {
    let mut stall = Stall::snacks();
    let silent = stall.checkout("mochi", 1);
    assert_eq!(silent["status"], "ready_for_complete", "nobody has to answer");
    assert_eq!((&silent["buyer"]["consent"], stall.shop.books().consents.len()), (&Value::Null, 0));
    let with = |consent: Value| {
        json!({
            "line_items": [{ "item": { "id": "mochi" } }], "buyer": { "consent": consent },
        })
    };
    let path = format!("/ucp/checkout-sessions/{}", text(&silent["id"]));
    let mut put = |consent: Value| stall.send("PUT", &path, &with(consent), None);
    let said = put(json!({ "marketing": false, "analytics": true, "telepathy": true })).body_json();
    assert_eq!(said["buyer"]["consent"], json!({ "marketing": false, "analytics": true }));
    for wrong in [json!({ "marketing": "yes" }), json!({ "marketing": null }), json!(true)] {
        let refused = put(wrong);
        assert_eq!((refused.status, &refused.body_json()["code"]), (400, &json!("invalid_consent")));
    }
    // An update replaces all of it: what is not said again is taken back.
    assert!(put(json!({})).body_json()["buyer"].get("consent").is_none());
    let told: Vec<_> = stall.shop.books().consents.iter().map(|said| said.consent.len()).collect();
    assert_eq!(told, [2, 0]);

    stall.shop.terms().presumes = vec!["marketing"];
    assert_eq!(stall.get(&path)["buyer"]["consent"], json!({ "marketing": true }));
    assert_eq!(stall.shop.books().consents.len(), 2, "what is presumed was not said");
    stall.shop.terms().lacks = vec!["dev.ucp.shopping.buyer_consent".to_owned()];
    assert!(
        stall.get("/.well-known/ucp")["ucp"]["capabilities"].get("dev.ucp.shopping.buyer_consent").is_none()
    );
    let deaf = stall.send("PUT", &path, &with(json!({ "marketing": true })), None).body_json();
    assert_eq!((&deaf["buyer"]["consent"], stall.shop.books().consents.len()), (&Value::Null, 2));
}

#[test]
fn a_key_belongs_to_its_caller() {
    let mut stall = Stall::snacks().signed_in("ada");
    let body = json!({ "line_items": [{ "item": { "id": "mochi" } }] });
    let adas = stall.send("POST", "/ucp/checkout-sessions", &body, Some("k"));
    stall.bearer = Some("token:bo".into());
    let bos = stall.send("POST", "/ucp/checkout-sessions", &body, Some("k"));
    assert_eq!(bos.status, 201);
    assert_ne!(adas.body_json()["id"], bos.body_json()["id"]);
    let id = text(&adas.body_json()["id"]);
    assert_eq!(codes(&stall.get(&format!("/ucp/checkout-sessions/{id}"))), ["not_found"]);
}

#[test]
fn the_last_pearl_is_sold_once() {
    let mut stall = Stall::studio();
    let (one, two) = (stall.checkout("pearl_b004", 1), stall.checkout("pearl_b004", 1));
    assert_eq!(stall.shop.stock("pearl_b004"), 1, "a quote holds no stock");
    assert_eq!(stall.complete(&one, "tok_success").body_json()["status"], "completed");
    let lost = stall.complete(&two, "tok_success").body_json();
    assert_eq!(lost["status"], "incomplete");
    assert!(codes(&lost).contains(&"out_of_stock"));
    assert_eq!((stall.shop.stock("pearl_b004"), stall.shop.books().charges.len()), (0, 1));
    let third = stall.checkout("pearl_b004", 1);
    assert_eq!((&third["ucp"]["status"], third.get("id")), (&json!("error"), None));
    stall.books_are_right();
}

#[test]
fn a_quote_takes_nothing_and_tells_nobody() {
    let mut stall = Stall::studio();
    let before = stall.shop.stock("mug_celadon_s");
    for _ in 0..50 {
        stall.checkout("mug_celadon_s", 2);
    }
    let books = stall.shop.books();
    assert_eq!(stall.shop.stock("mug_celadon_s"), before);
    assert_eq!(
        (books.creates.len(), books.attempts.len(), books.messages.len(), books.holds.len()),
        (50, 0, 0, 0)
    );
}

#[test]
fn a_declined_payment_places_nothing_and_another_may_follow() {
    let mut stall = Stall::snacks();
    let checkout = stall.checkout("mochi", 1);
    let declined = stall.complete(&checkout, "tok_decline").body_json();
    assert_eq!(codes(&declined), ["payment_failed"]);
    assert_eq!((stall.shop.books().charges.len(), stall.shop.stock("mochi")), (0, 70));
    let paid = stall.complete(&checkout, "tok_success").body_json();
    assert_eq!((&paid["status"], codes(&paid).len()), (&json!("completed"), 0));
    stall.books_are_right();
}

#[test]
fn the_bank_is_answered_at_continue_url() {
    let mut stall = Stall::snacks();
    let checkout = stall.checkout("mochi", 1);
    let asked = stall.complete(&checkout, "tok_3ds").body_json();
    assert_eq!(asked["status"], "requires_escalation");
    assert!(text(&asked["continue_url"]).starts_with("https://"));
    assert!(stall.shop.books().charges.is_empty());
    let id = text(&checkout["id"]);
    let page = stall.send("POST", &format!("/continue/{id}/approve"), &Value::Null, None);
    assert_eq!(page.status, 200);
    assert_eq!(stall.get(&format!("/ucp/checkout-sessions/{id}"))["status"], "completed");
    assert_eq!(stall.send("POST", &format!("/continue/{id}/approve"), &Value::Null, None).status, 409);
    assert_eq!(stall.shop.books().charges.len(), 1);
    stall.books_are_right();
}

#[test]
fn a_slow_payment_is_known_later_and_its_cancel_waits() {
    let mut stall = Stall::snacks();
    let checkout = stall.checkout("mochi", 1);
    let slow = stall.complete(&checkout, "tok_slow").body_json();
    assert_eq!((&slow["status"], slow.get("order")), (&json!("complete_in_progress"), None));
    assert_eq!((stall.shop.books().charges.len(), stall.shop.stock("mochi")), (0, 69));
    assert_eq!(stall.complete(&checkout, "tok_success").status, 409);
    stall.pass(3_000);
    let known = stall.get(&format!("/ucp/checkout-sessions/{}", text(&checkout["id"])));
    assert_eq!(known["status"], "completed");
    let cancel = format!("/nm/orders/{}/cancel", text(&known["order"]["id"]));
    assert_eq!(stall.post(&cancel, &json!({})).body_json()["state"], "pending");
    stall.pass(3_000);
    assert_eq!(stall.post(&cancel, &json!({})).body_json()["state"], "canceled");
    assert_eq!(stall.shop.stock("mochi"), 70);

    let checkout = stall.checkout("mochi", 1);
    stall.complete(&checkout, "tok_slow_decline");
    stall.pass(3_000);
    let refused = stall.get(&format!("/ucp/checkout-sessions/{}", text(&checkout["id"])));
    assert_eq!((&refused["status"], codes(&refused)), (&json!("ready_for_complete"), vec!["payment_failed"]));
    assert_eq!((stall.shop.stock("mochi"), stall.shop.books().charges.len()), (70, 1));
    stall.books_are_right();
}

#[test]
fn an_undo_until_the_deadline_is_idempotent_and_gives_everything_back() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("tea_cup", 2);
    let undo = stall.get(&format!("/nm/orders/{order}/undo"));
    assert_eq!((&undo["cancelable"], undo["deadline"].is_string()), (&json!(true), true));
    let cancel = format!("/nm/orders/{order}/cancel");
    for _ in 0..3 {
        assert_eq!(stall.post(&cancel, &json!({})).body_json()["state"], "canceled");
    }
    let books = stall.shop.books();
    assert_eq!((books.cancellations.len(), books.refunds.len()), (1, 1));
    assert_eq!(books.refunds[0].amount, books.charges[0].amount);
    assert_eq!(stall.shop.stock("tea_cup"), 40);
    assert_eq!(stall.get(&format!("/ucp/orders/{order}"))["line_items"][0]["status"], "removed");

    let order = stall.buy("tea_cup", 1);
    stall.pass(10 * MINUTE);
    let late = stall.post(&format!("/nm/orders/{order}/cancel"), &json!({}));
    assert_eq!(late.body_json()["state"], "too_late");
    let page = stall.get("/nm/orders");
    assert_eq!(page["orders"].as_array().map(Vec::len), Some(2));
    assert_eq!(page["orders"][0]["id"], order, "newest first");
    stall.bearer = Some("token:bo".into());
    assert_eq!(stall.send("GET", &format!("/nm/orders/{order}/undo"), &Value::Null, None).status, 404);
    assert_eq!(codes(&stall.get(&format!("/ucp/orders/{order}"))), ["not_found"]);
    stall.books_are_right();
}

#[test]
fn a_bound_complete_places_only_what_was_agreed() {
    let mut stall = Stall::studio();
    let checkout = stall.checkout("mug_celadon_m", 1);
    let path = format!("/ucp/checkout-sessions/{}/complete", text(&checkout["id"]));
    let digest = quote_digest("127.0.0.1:4001", &checkout, "sandbox_tokenizer", "ins_1");
    let bound = |amount: i64, digest: &str| {
        let mut body = pay("tok_success");
        body["app.nightmarket.bound"] =
            json!({ "expected_total": { "amount": amount, "currency": "CNY" }, "quote_digest": digest });
        body
    };
    let other = quote_digest("127.0.0.1:4001", &checkout, "sandbox_tokenizer", "ins_2");
    for body in [bound(total(&checkout) - 1, &digest), bound(total(&checkout), &other)] {
        let refused = stall.post(&path, &body);
        assert_eq!((refused.status, &refused.body_json()["code"]), (409, &json!("quote_mismatch")));
    }
    stall.shop.set_price("mug_celadon_m", 100, START + HOUR);
    assert_eq!(
        stall.post(&path, &bound(total(&checkout), &digest)).status,
        409,
        "cheaper is another quote too"
    );
    assert!(stall.shop.books().charges.is_empty());
    stall.now_ms += HOUR;
    let placed = stall.post(&path, &bound(total(&checkout), &digest)).body_json();
    assert_eq!(placed["status"], "completed", "{placed}");
    stall.books_are_right();
}

#[test]
fn the_digest_is_the_contracts() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../core/contract/vectors/quote_digest.json");
    let vectors: Value =
        serde_json::from_str(&std::fs::read_to_string(file).expect("the vectors")).expect("JSON");
    let vectors = vectors["vectors"].as_array().expect("a list");
    assert!(vectors.len() > 5);
    for vector in vectors {
        assert_eq!(json!(canonical(&vector["input"])), vector["canonical"], "{}", vector["name"]);
        let instrument = &vector["instrument"];
        let digest = quote_digest(
            &text(&vector["shop"]),
            &vector["checkout"],
            &text(&instrument["handler_id"]),
            &text(&instrument["id"]),
        );
        assert_eq!(json!(digest), vector["quote_digest"], "{}", vector["name"]);
    }
}

#[test]
fn an_expired_token_is_a_challenge_and_a_guest_may_buy() {
    let mut stall = Stall::snacks();
    stall.bearer = Some("expired".into());
    let refused = stall.send("GET", "/nm/orders", &Value::Null, None);
    assert_eq!((refused.status, &refused.body_json()["code"]), (401, &json!("token_expired")));
    let challenge = refused.headers.iter().find(|(name, _)| name == "www-authenticate").expect("a challenge");
    assert!(challenge.1.contains("error=\"invalid_token\""));
    stall.bearer = None;
    let order = stall.buy("haw_flakes", 1);
    assert_eq!(stall.get(&format!("/ucp/orders/{order}"))["id"], order);
    assert_eq!(stall.send("GET", "/nm/orders", &Value::Null, None).status, 401);
}

#[test]
fn an_address_is_asked_for_and_has_to_be_whole() {
    let mut stall = Stall::studio();
    let bare =
        stall.post("/ucp/checkout-sessions", &json!({ "line_items": [{ "item": { "id": "tea_cup" } }] }));
    let bare = bare.body_json();
    assert_eq!(bare["status"], "incomplete");
    assert_eq!(codes(&bare), ["destination_required", "delivery_option_required"]);
    let abroad = stall.post(
        "/ucp/checkout-sessions",
        &json!({ "line_items": [{ "item": { "id": "tea_cup" } }], "fulfillment": { "methods": [{ "type": "shipping",
            "destinations": [{ "address_country": "FR" }], "groups": [{ "selected_option_id": "std" }] }] } }),
    );
    assert_eq!(codes(&abroad.body_json()), ["address_undeliverable"]);
    let digital =
        stall.post("/ucp/checkout-sessions", &json!({ "line_items": [{ "item": { "id": "lucky_box" } }] }));
    assert_eq!(digital.body_json()["status"], "ready_for_complete");
}

#[test]
fn what_has_to_be_said_is_said_and_zh_is_spoken() {
    let mut stall = Stall::snacks();
    for (item, code, presentation, age) in [
        ("plum_wine", "age_restricted", "notice", json!({ "min": 21 })),
        ("snack_club", "subscription", "disclosure", Value::Null),
        ("giant_box_m", "allergens", "disclosure", Value::Null),
    ] {
        let checkout = stall.checkout(item, 1);
        let message = &checkout["messages"][0];
        assert_eq!((&message["code"], &message["presentation"]), (&json!(code), &json!(presentation)));
        assert_eq!(checkout["app.nightmarket.age"], age);
    }
    let found =
        stall.post("/ucp/catalog/search", &json!({ "query": "麻薯", "context": { "language": "zh-Hans" } }));
    assert_eq!(found.body_json()["products"][0]["title"], "黑芝麻麻薯");
}

#[test]
fn an_old_session_is_canceled() {
    let mut stall = Stall::snacks();
    let checkout = stall.checkout("mochi", 1);
    stall.pass(6 * HOUR);
    let old = stall.get(&format!("/ucp/checkout-sessions/{}", text(&checkout["id"])));
    assert_eq!(old["status"], "canceled");
    assert_eq!(stall.complete(&checkout, "tok_success").status, 409);
    assert!(stall.shop.books().charges.is_empty());
}

#[test]
fn a_profile_is_fetched_once_and_a_bad_one_is_refused() {
    let mut stall = Stall::snacks();
    let mut fetches = 0;
    stall.shop.config.profiles = Box::new(move |_: &str| {
        fetches += 1;
        if fetches == 1 {
            Fetched::Document(full_platform_profile().to_string().into_bytes())
        } else {
            Fetched::Unreachable
        }
    });
    assert_eq!(stall.checkout("mochi", 1)["ucp"]["status"], "success");
    stall.now_ms += 4 * MINUTE;
    assert_eq!(stall.checkout("mochi", 1)["ucp"]["status"], "success", "kept");
    stall.now_ms += 2 * MINUTE;
    let refused = stall.post("/ucp/checkout-sessions", &json!({ "line_items": [] }));
    assert_eq!((refused.status, &refused.body_json()["code"]), (424, &json!("profile_unreachable")));
    stall.now_ms += MINUTE;
    stall.shop.config.profiles = Box::new(|_: &str| Fetched::Pending);
    let later = stall.post("/ucp/checkout-sessions", &json!({ "line_items": [] }));
    assert_eq!(later.status, 503);
    assert!(later.headers.iter().any(|(name, _)| name == "retry-after"));
}
