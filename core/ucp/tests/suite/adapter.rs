use nightmarket_ucp::adapter::{
    Dialect, WriteError, read_checkout, read_order, read_profile, write_complete, write_create,
    write_profile, write_update,
};
use nightmarket_ucp::checkout::{Checkout, CheckoutComplete, CheckoutCreate, CheckoutUpdate};
use nightmarket_ucp::context::Context;
use nightmarket_ucp::envelope::{Answer, ReadError};
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::{Dropped, negotiate};
use nightmarket_ucp::order::{AdjustmentKind, Order};
use nightmarket_ucp::payment::{Credential, Instrument, Payment};
use nightmarket_ucp::platform::{PlatformProfile, requirements, understood};
use nightmarket_ucp::profile::Handler;
use nightmarket_ucp::signals::Signals;
use nightmarket_ucp::total::{TotalsProblem, Verified};
use serde_json::{Value, json};

use crate::{fixture, with};

fn checkout(body: &[u8]) -> Checkout {
    read_checkout(body).expect("it can be read").into_result().expect("it is a checkout")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("it is JSON")
}

#[test]
fn an_older_profile_becomes_one_of_today() {
    let (profile, dialect) = read_profile(fixture!("legacy_profile.json")).expect("it can be read");
    assert_eq!(dialect, Dialect::Legacy);
    assert_eq!(profile.rest_endpoint(name::SHOPPING), Some("https://mugs.example/api"));
    assert_eq!(profile.ucp.services[name::SHOPPING].len(), 2);
    let handler = &profile.ucp.payment_handlers["example.kiln.tokens"][0];
    assert_eq!(
        (handler.id.as_str(), handler.schema.as_deref()),
        ("kiln_tokens", Some("https://kiln.example/config.json"))
    );
    assert_eq!(profile.signing_keys[0].kid, "mugs-1");
    let negotiated = negotiate(&profile.ucp, &understood(), &requirements());
    assert!(negotiated.has(name::CHECKOUT) && negotiated.extends(name::FULFILLMENT, name::CHECKOUT));
    assert_eq!(negotiated.dropped[""], Dropped::BadName);
}

#[test]
fn the_shape_counts_and_not_the_version() {
    let newer =
        with(fixture!("legacy_profile.json"), r#""version": "2026-01-11""#, r#""version": "2026-04-08""#);
    assert_eq!(read_profile(&newer).expect("it can be read").1, Dialect::Legacy);
    let older = with(fixture!("profile.json"), r#""version": "2026-04-08""#, r#""version": "2026-01-11""#);
    assert_eq!(read_profile(&older).expect("it can be read").1, Dialect::Current);
    // Each mark of the older shape tells by itself.
    for body in [
        r#"{"ucp":{"version":"2026-01-11","capabilities":[]}}"#,
        r#"{"ucp":{"version":"2026-01-11","services":{"dev.ucp.shopping":{"version":"2026-01-11"}}}}"#,
        r#"{"ucp":{"version":"2026-01-11"},"payment":{"handlers":[]}}"#,
    ] {
        assert_eq!(read_profile(body.as_bytes()).expect(body).1, Dialect::Legacy, "{body}");
    }
    assert!(matches!(read_profile(b"{\"title\":\"mugs\"}"), Err(ReadError::Shape(_))));
    assert!(matches!(read_profile(b"<html>"), Err(ReadError::NotJson(_))));
}

#[test]
fn an_older_checkout_becomes_one_of_today() {
    let checkout = checkout(fixture!("legacy_checkout.json"));
    assert!(checkout.ucp.capabilities.contains_key(name::CHECKOUT));
    assert!(checkout.ucp.handler("kiln_tokens").is_some());
    assert_eq!(checkout.verify_totals(), Ok(Verified { subtotal: 6400, total: 5850 }));
    let amounts: Vec<_> = checkout.totals.iter().map(|total| total.amount).collect();
    assert_eq!(amounts, [6400, -400, -500, 350, 5850]);
    assert_eq!(checkout.line_items[0].totals[1].amount, -400);
    let payment = checkout.payment.as_ref().expect("it has instruments");
    let selected = payment.selected().expect("one is selected");
    assert_eq!(selected.id, "card-2");
    let display = selected.display.as_ref().expect("a card is shown");
    assert_eq!((&display["brand"], &display["description"]), (&json!("jcb"), &json!("JCB 2222")));
}

#[test]
fn only_totals_that_then_add_up_are_signed() {
    let wrong = with(
        fixture!("legacy_checkout.json"),
        r#""type": "tax", "amount": 350"#,
        r#""type": "tax", "amount": 351"#,
    );
    let problem = checkout(&wrong).verify_totals();
    assert_eq!(problem, Err(TotalsProblem::Sign { index: 1, amount: 400 }));
    // The shape of 2026-01-23: maps, and discounts as positive amounts.
    let between = with(fixture!("checkout.json"), r#""amount": -1600"#, r#""amount": 1600"#);
    assert_eq!(checkout(&between), checkout(fixture!("checkout.json")));
}

#[test]
fn an_older_order_becomes_one_of_today() {
    let order: Order =
        read_order(fixture!("legacy_order.json")).expect("it can be read").into_result().expect("an order");
    assert_eq!(order.currency, None);
    let [refund, other] = order.adjustments.as_slice() else { panic!("two adjustments") };
    assert_eq!(
        (&refund.kind, refund.totals[0].amount, refund.line_items[0].quantity),
        (&AdjustmentKind::Refund, -3200, -1)
    );
    assert_eq!(other.totals[0].amount, 100);
}

#[test]
fn an_older_refusal_is_a_refusal() {
    let body = br#"{"ucp":{"version":"2026-01-11","status":"error","capabilities":[]},"messages":[{"type":"error","code":"not_found","content":"?","severity":"unrecoverable"}]}"#;
    let Ok(Answer::Error(error)) = read_order(body) else { panic!("it is a refusal") };
    assert!(error.has_code("not_found"));
}

#[test]
fn broken_older_payloads_are_typed_errors() {
    let whole = fixture!("legacy_checkout.json");
    assert_eq!(read_checkout(&whole[..whole.len() / 2]).err(), Some(ReadError::Truncated));
    let float = with(whole, "\"amount\": 5850", "\"amount\": 58.5");
    let Err(ReadError::Shape(why)) = read_checkout(&float) else { panic!("a float passed") };
    assert!(why.contains("not the fraction 58.5"), "{why}");
    for body in [
        r#"{"ucp":{"version":"1","capabilities":[1,null,"x"]}}"#,
        r#"{"ucp":{"capabilities":[]},"payment":{"handlers":[3]}}"#,
        r#"{"ucp":{"capabilities":[],"services":{"a":[{}],"b":{"rest":{}}}},"payment":7}"#,
    ] {
        assert!(read_checkout(body.as_bytes()).is_err(), "{body}");
        assert!(read_order(body.as_bytes()).is_err(), "{body}");
        assert!(read_profile(body.as_bytes()).is_err(), "{body}");
    }
}

fn card(id: &str) -> Instrument {
    Instrument {
        id: id.to_owned(),
        handler_id: "kiln_tokens".to_owned(),
        kind: "card".to_owned(),
        display: json!({ "brand": "jcb", "last_digits": "2222", "description": "JCB 2222" })
            .as_object()
            .cloned(),
        credential: Some(Credential::token("kiln_token", "tok_1")),
        ..Instrument::default()
    }
}

#[test]
fn requests_go_out_in_the_older_shape() {
    let mut create = CheckoutCreate {
        line_items: vec![LineRequest::new("celadon-mug", 2)],
        context: Some(Context { currency: Some("USD".to_owned()), ..Context::default() }),
        ..CheckoutCreate::default()
    };
    let written = write_create(Dialect::Legacy, &create).expect("it can be written");
    assert_eq!(
        json(&written),
        json!({ "line_items": [{ "item": { "id": "celadon-mug" }, "quantity": 2 }], "currency": "USD", "payment": {} })
    );
    create.context = None;
    assert_eq!(write_create(Dialect::Legacy, &create), Err(WriteError::NoCurrency));
    create.cart_id = Some("c".to_owned());
    assert_eq!(write_create(Dialect::Legacy, &create), Err(WriteError::CartUnknown));
    let current = write_create(Dialect::Current, &create).expect("it can be written");
    assert_eq!(json(&current)["cart_id"], "c");

    let update = CheckoutUpdate::from(&checkout(fixture!("legacy_checkout.json")));
    let written = json(&write_update(Dialect::Legacy, &update).expect("it can be written"));
    assert_eq!(written["id"], "mug-session-5");
    assert_eq!(written["currency"], "USD");
    assert_eq!(written["payment"]["selected_instrument_id"], "card-2");
    assert_eq!(written["payment"]["instruments"][1]["rich_text_description"], "JCB 2222");
    assert!(written["payment"]["instruments"][1].get("display").is_none());

    let complete = CheckoutComplete {
        payment: Payment::with(card("card-9")),
        signals: Some(Signals::default().with(Signals::USER_AGENT, "nightmarket")),
        ..CheckoutComplete::default()
    };
    let written = write_complete(Dialect::Legacy, &complete).expect("it can be written");
    assert_eq!(
        json(&written),
        json!({
            "payment_data": {
                "id": "card-9", "handler_id": "kiln_tokens", "type": "card",
                "brand": "jcb", "last_digits": "2222", "rich_text_description": "JCB 2222",
                "credential": { "type": "kiln_token", "token": "tok_1" }
            },
            "risk_signals": { "dev.ucp.user_agent": "nightmarket" }
        })
    );
    let undecided = CheckoutComplete {
        payment: Payment { instruments: vec![card("a"), card("b")] },
        ..CheckoutComplete::default()
    };
    assert_eq!(write_complete(Dialect::Legacy, &undecided), Err(WriteError::NoInstrument));
    assert!(write_complete(Dialect::Current, &undecided).is_ok());
}

#[test]
fn the_same_request_is_the_same_bytes() {
    let complete = CheckoutComplete { payment: Payment::with(card("a")), ..CheckoutComplete::default() };
    for dialect in [Dialect::Current, Dialect::Legacy] {
        let first = write_complete(dialect, &complete);
        assert!(first.is_ok());
        assert_eq!(first, write_complete(dialect, &complete.clone()));
    }
}

#[test]
fn an_older_platform_profile_reads_back() {
    let handler = Handler {
        id: "kiln_tokens".to_owned(),
        version: "2026-01-11".to_owned(),
        schema: Some("https://kiln.example/config.json".to_owned()),
        ..Handler::default()
    };
    let profile =
        PlatformProfile::new().at_version("2026-01-11").handler("example.kiln.tokens", handler).build();
    let written = write_profile(Dialect::Legacy, &profile).expect("it can be written");
    let (read, dialect) = read_profile(written.as_bytes()).expect("it can be read");
    assert_eq!(dialect, Dialect::Legacy);
    assert_eq!(read.ucp.version, "2026-01-11");
    assert_eq!(read.ucp.payment_handlers, profile.ucp.payment_handlers);
    assert_eq!(read.ucp.capabilities[name::CHECKOUT], profile.ucp.capabilities[name::CHECKOUT]);
    assert_eq!(read.ucp.capabilities[name::DISCOUNT][0].extends, [name::CHECKOUT]);
}

#[test]
fn an_amount_that_has_no_negative_is_left_as_it_is() {
    let mut value = json(std::str::from_utf8(fixture!("checkout.json")).expect("UTF-8"));
    value["totals"] = json!([
        { "type": "discount", "amount": 5 }, { "type": "discount", "amount": i64::MIN }, { "type": "total", "amount": 5 },
    ]);
    let amounts: Vec<i64> =
        checkout(value.to_string().as_bytes()).totals.iter().map(|total| total.amount).collect();
    assert_eq!(amounts, [5, i64::MIN, 5]);
}
