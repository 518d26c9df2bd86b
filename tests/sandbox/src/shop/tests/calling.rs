//! Requests that are no requests of the contract are refused before anything happens.

use super::*;

fn bound(stall: &mut Stall, bound: &Value) -> Response {
    let checkout = stall.checkout("mug_celadon_s", 1);
    let mut body = pay("tok_success");
    body["app.nightmarket.bound"] = bound.clone();
    stall.post(&format!("/ucp/checkout-sessions/{}/complete", text(&checkout["id"])), &body)
}

#[test]
fn a_binding_that_cannot_be_read_places_nothing() {
    let mut stall = Stall::studio().signed_in("ada");
    let total = json!({ "amount": 12_800, "currency": "CNY" });
    let digest = "0".repeat(64);
    for broken in [
        Value::Null,
        json!({}),
        json!("bound"),
        json!({ "expected_total": total }),
        json!({ "expected_total": { "amount": -1, "currency": "CNY" }, "quote_digest": digest }),
        json!({ "expected_total": { "amount": 12_800, "currency": "yuan" }, "quote_digest": digest }),
        json!({ "expected_total": total, "quote_digest": "0".repeat(63) }),
        json!({ "expected_total": total, "quote_digest": "G".repeat(64) }),
    ] {
        let answer = bound(&mut stall, &broken);
        assert_eq!((answer.status, &answer.body_json()["code"]), (400, &json!("invalid_body")), "{broken}");
    }
    let other = bound(&mut stall, &json!({ "expected_total": total, "quote_digest": digest }));
    assert_eq!((other.status, &other.body_json()["code"]), (409, &json!("quote_mismatch")));
    assert!(stall.shop.books().orders.is_empty(), "nothing was placed");
}

#[test]
fn a_body_is_an_object_and_a_key_a_uuid() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("mug_celadon_s", 1);
    let cancel = format!("/nm/orders/{order}/cancel");
    for body in [json!(1), json!("x"), json!([])] {
        assert_eq!(stall.post(&cancel, &body).body_json()["code"], "invalid_body", "{body}");
    }
    for key in [None, Some(""), Some("7"), Some("{00000000-0000-4000-8000-000000000001}")] {
        let answer = stall.send("POST", &cancel, &json!({}), key);
        assert_eq!((answer.status, &answer.body_json()["code"]), (400, &json!("key_missing")), "{key:?}");
    }
    assert_eq!(stall.post(&cancel, &json!({})).body_json()["state"], "canceled");
}

#[test]
fn a_path_says_which_methods_it_has_whoever_asks() {
    let mut stall = Stall::studio();
    for (method, path, allow) in [
        ("TRACE", "/ucp/checkout-sessions/chk_1/complete", "POST"),
        ("DELETE", "/ucp/carts/cart_1", "GET, PUT"),
        ("PUT", "/nm/draws", "GET, POST"),
    ] {
        let request = Request { method: method.to_owned(), path: path.to_owned(), ..Request::default() };
        let answer = stall.shop.handle(&mut Env { now_ms: START, ids: &mut stall.ids }, &request);
        let allowed =
            answer.headers.iter().find(|(name, _)| name == "allow").map(|(_, value)| value.as_str());
        assert_eq!((answer.status, allowed), (405, Some(allow)), "{method} {path}");
    }
}

#[test]
fn what_is_too_long_or_leads_nowhere_is_said() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("mug_celadon_s", 1);
    stall.pass(2 * HOUR);
    let ask = json!({ "order_id": order, "note": "珠".repeat(2_001),
        "lines": [{ "line_id": "li_1", "quantity": 1, "reason": "changed_mind" }] });
    assert_eq!(stall.post("/nm/returns", &ask).body_json()["code"], "invalid_body");
    assert_eq!(stall.get("/nm/orders?cursor=ord_of_nobody")["code"], "invalid_parameter");
    assert_eq!(stall.get("/nm/orders?cursor=")["code"], "invalid_parameter");
    // To JSON Schema this is an integer.
    let whole = json!({ "order_id": order, "lines": [{ "line_id": "li_1", "quantity": 1.0, "reason": "changed_mind" }] });
    assert_eq!(stall.post("/nm/returns", &whole).status, 200);
}
