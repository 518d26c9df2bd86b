use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::buyer::Buyer;
use nightmarket_ucp::checkout::{
    Checkout, CheckoutComplete, CheckoutCreate, CheckoutStatus, CheckoutUpdate, Next,
};
use nightmarket_ucp::consent::{Consent, ConsentKind};
use nightmarket_ucp::context::{Attribution, Context};
use nightmarket_ucp::discount::DiscountCodes;
use nightmarket_ucp::envelope::{Answer, parse};
use nightmarket_ucp::extra::Extra;
use nightmarket_ucp::fulfillment::{DeliveryOption, Fulfillment, Method, MethodKind};
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::message::{Message, MessageKind, Severity};
use nightmarket_ucp::payment::{Credential, Instrument, Payment};
use nightmarket_ucp::signals::Signals;
use nightmarket_ucp::total::Verified;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::fixture;

fn checkout() -> Checkout {
    match parse(fixture!("checkout.json")) {
        Ok(Answer::Success(checkout)) => checkout,
        other => panic!("the fixture is a checkout: {other:?}"),
    }
}

fn offer() -> Extra {
    let mut extra = Extra::default();
    extra.set("app.nightmarket.offer", json!("eyJ.offer.sig"));
    extra
}

fn instrument() -> Instrument {
    Instrument {
        id: "ins-1".to_owned(),
        handler_id: "lantern".to_owned(),
        kind: "wallet".to_owned(),
        credential: Some(Credential::token("lantern_token", "tok_secret_moon")),
        ..Instrument::default()
    }
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(all) => all.iter().any(has_null),
        Value::Object(all) => all.values().any(has_null),
        _ => false,
    }
}

#[test]
fn a_checkout_is_read_whole() {
    let checkout = checkout();
    assert_eq!(checkout.status, CheckoutStatus::ReadyForComplete);
    assert_eq!(checkout.next(), Next::Complete);
    assert_eq!(checkout.verify_totals(), Ok(Verified { subtotal: 18600, total: 18000 }));
    let labels: Vec<_> = checkout.totals.iter().map(|total| (total.label(), total.amount)).collect();
    let rendered = [
        ("Goods", 18600),
        ("Opening night", -1600),
        ("Shipping", 1200),
        ("Fees", 300),
        ("Lantern Festival gift", -500),
        ("To pay", 18000),
    ];
    assert_eq!(labels, rendered);
    let disclosed: Vec<_> = checkout.disclosures().filter_map(|message| message.code.as_deref()).collect();
    assert_eq!(disclosed, ["small_parts"]);
    assert_eq!(checkout.ucp.handler("lantern").map(|(name, _)| name), Some("example.lanternpay.wallet"));
    assert_eq!(checkout.extra.get("app.nightmarket.offer"), Some(&json!("eyJ.offer.sig")));
    let delivery = checkout.fulfillment.as_ref().expect("it ships");
    assert!(delivery.is_chosen());
    let chosen = delivery.methods[0].groups[0].selected_option().expect("an option is chosen");
    assert_eq!((chosen.title.as_str(), chosen.price()), ("Slow boat", Some(1200)));
    assert_eq!(delivery.available_methods[0].kind, MethodKind::Other("drone".to_owned()));
    let home = delivery.methods[0].selected_destination().expect("a destination is chosen");
    assert_eq!(home.address.address_locality.as_deref(), Some("Jingdezhen"));
    assert_eq!(home.extra.get("example.pearls.gate"), Some(&json!("B")));
    assert!(delivery.methods[1].destinations[0].is_location());
    let read_again: Checkout = serde_json::from_value(serde_json::to_value(&checkout).expect("it is JSON"))
        .expect("what is written can be read");
    assert_eq!(read_again.totals, checkout.totals);
    assert_eq!(read_again.fulfillment, checkout.fulfillment);
}

#[test]
fn an_update_sends_again_all_that_a_replacement_would_lose() {
    let update = CheckoutUpdate::from(&checkout());
    let body = serde_json::to_value(&update).expect("it is JSON");
    assert!(!has_null(&body), "{body}");
    insta::assert_snapshot!(serde_json::to_string_pretty(&body).expect("it is JSON"));
    let mut older = checkout();
    older.ucp.version = "2026-01-23".to_owned();
    assert_eq!(CheckoutUpdate::from(&older).body_id, Some(older.id));
}

#[test]
fn what_is_write_only_is_kept_from_the_create() {
    let mut answer = checkout();
    answer.extra = Extra::default();
    answer.discounts = None;
    let sent = CheckoutCreate {
        context: Some(Context { eligibility: vec!["example.pearls.fan".to_owned()], ..Context::default() }),
        signals: Some(Signals::default().with(Signals::USER_AGENT, "nightmarket")),
        attribution: Some(Attribution::from([("campaign".to_owned(), "teaser".to_owned())])),
        discounts: Some(DiscountCodes { codes: vec!["OPENING".to_owned()] }),
        buyer: Some(Buyer { first_name: Some("old".to_owned()), ..Buyer::default() }),
        extra: offer(),
        ..CheckoutCreate::default()
    };
    let update = CheckoutUpdate::from(&answer).keeping(&sent);
    assert_eq!(update.context, sent.context);
    assert_eq!(update.signals, sent.signals);
    assert_eq!(update.attribution, sent.attribution);
    assert_eq!(update.discounts, sent.discounts);
    assert_eq!(update.extra, sent.extra);
    // What the business answered is newer; what is consented to is the buyer's to say.
    let answered = answer.buyer.expect("the fixture has a buyer");
    assert_eq!(update.buyer, Some(Buyer { consent: None, ..answered }));
}

#[test]
fn requests_say_only_what_is_there() {
    let bare =
        CheckoutCreate { line_items: vec![LineRequest::new("silk-cord", 2)], ..CheckoutCreate::default() };
    assert_eq!(
        serde_json::to_value(&bare).expect("it is JSON"),
        json!({ "line_items": [{ "item": { "id": "silk-cord" }, "quantity": 2 }] })
    );
    let mut extra = offer();
    extra.0.insert("example.null".to_owned(), Value::Null);
    let full = CheckoutCreate {
        line_items: vec![LineRequest::new("pearl", 1)],
        fulfillment: Some(Fulfillment {
            methods: vec![Method::ship_to(PostalAddress {
                street_address: Some("8 Kiln Lane".to_owned()),
                address_country: Some("CN".to_owned()),
                ..PostalAddress::default()
            })],
            ..Fulfillment::default()
        }),
        discounts: Some(DiscountCodes::default()),
        currency: Some("CNY".to_owned()),
        extra,
        ..CheckoutCreate::default()
    };
    assert_eq!(
        serde_json::to_value(&full).expect("it is JSON"),
        json!({
            "line_items": [{ "item": { "id": "pearl" }, "quantity": 1 }],
            "fulfillment": { "methods": [{
                "type": "shipping",
                "destinations": [{ "street_address": "8 Kiln Lane", "address_country": "CN" }]
            }] },
            "discounts": { "codes": [] },
            "app.nightmarket.offer": "eyJ.offer.sig"
        })
    );
    let complete = CheckoutComplete { payment: Payment::with(instrument()), ..CheckoutComplete::default() };
    assert_eq!(
        serde_json::to_value(&complete).expect("it is JSON"),
        json!({ "payment": { "instruments": [{
            "id": "ins-1", "handler_id": "lantern", "type": "wallet", "selected": true,
            "credential": { "type": "lantern_token", "token": "tok_secret_moon" }
        }] } })
    );
}

#[test]
fn debug_output_holds_no_secret_and_no_person() {
    let complete = CheckoutComplete {
        payment: Payment::with(instrument()),
        signals: Some(Signals::default().with(Signals::BUYER_IP, "203.0.113.9")),
        extra: offer(),
        ..CheckoutComplete::default()
    };
    let shown = format!("{complete:?} {:?} {:?}", instrument().credential, checkout());
    for secret in [
        "tok_secret_moon",
        "203.0.113.9",
        "eyJ.offer.sig",
        "night@shopper.example",
        "Kiln Lane",
        "+86555",
        "333000",
        "Lantern ••",
        "m-7",
    ] {
        assert!(!shown.contains(secret), "{secret} is shown");
    }
    assert!(shown.contains("lantern_token") && shown.contains("app.nightmarket.offer"));
}

#[test]
fn a_credential_has_one_type() {
    let fields = json!({ "type": "other", "token": "t" }).as_object().cloned().expect("an object");
    let text = serde_json::to_string(&Credential::with_fields("mine", fields)).expect("it is JSON");
    assert_eq!(text.matches("\"type\"").count(), 1);
    assert!(text.contains("\"mine\""));
}

#[test]
fn the_selected_instrument_is_never_guessed() {
    let marked = |id: &str, selected| Instrument { id: id.to_owned(), selected, ..instrument() };
    let selected = |instruments: Vec<Instrument>| {
        Payment { instruments }.selected().map(|instrument| instrument.id.clone())
    };
    assert_eq!(selected(vec![marked("a", None), marked("b", Some(true))]).as_deref(), Some("b"));
    assert_eq!(selected(vec![marked("a", None)]).as_deref(), Some("a"));
    assert_eq!(selected(vec![marked("a", Some(false))]), None);
    assert_eq!(selected(vec![marked("a", None), marked("b", None)]), None);
}

#[test]
fn messages_decide_what_comes_next() {
    let error = |severity: Option<&str>| Message {
        kind: MessageKind::Error,
        code: Some("x".to_owned()),
        path: None,
        content_type: None,
        content: String::new(),
        severity: severity.map(Severity::from),
        presentation: None,
        image_url: None,
        url: None,
    };
    let next = |status: &str, severities: &[Option<&str>]| {
        let mut checkout = checkout();
        checkout.status = CheckoutStatus::from(status);
        checkout.messages.extend(severities.iter().map(|severity| error(*severity)));
        match checkout.next() {
            Next::Fix(errors) => format!("fix {}", errors.len()),
            other => format!("{other:?}"),
        }
    };
    let all = [Some("recoverable"), Some("requires_buyer_input"), Some("requires_buyer_review")];
    assert_eq!(next("requires_escalation", &all), "fix 1");
    assert_eq!(next("requires_escalation", &all[1..]), "HandOffForInput");
    assert_eq!(next("requires_escalation", &all[2..]), "HandOffForReview");
    assert_eq!(next("requires_escalation", &[]), "HandOffForReview");
    assert_eq!(next("incomplete", &[Some("recoverable"), Some("unrecoverable")]), "StartAnew");
    assert_eq!(next("incomplete", &[]), "fix 0");
    // A session that says ready while an error stands is not ready.
    assert_eq!(next("ready_for_complete", &[Some("recoverable")]), "fix 1");
    assert_eq!(next("ready_for_complete", &[None]), "HandOffForInput");
    assert_eq!(next("ready_for_complete", &[Some("requires_moonlight")]), "HandOffForInput");
    assert_eq!(next("awaiting_the_moon", &[]), "Unknown");
    assert_eq!(next("completed", &all), "Done");
    assert_eq!(next("canceled", &[]), "Canceled");
    assert_eq!(next("complete_in_progress", &[]), "Wait");
}

#[test]
fn an_unknown_presentation_is_no_mere_notice() {
    let message = |presentation: &str| -> Message {
        serde_json::from_value(json!({ "type": "warning", "content": "!", "presentation": presentation }))
            .expect("a warning")
    };
    assert!(message("disclosure").is_disclosure());
    assert!(message("engraved_in_stone").is_disclosure());
    assert!(!message("notice").is_disclosure());
}

#[test]
fn choosing_is_by_id() {
    let mut delivery = checkout().fulfillment.expect("it ships");
    assert!(delivery.select_option("box-1", "fast") && delivery.select_destination("fetch", "stall"));
    assert_eq!(delivery.methods[0].groups[0].selected_option().and_then(DeliveryOption::price), Some(3000));
    assert!(!delivery.select_option("box-9", "fast") && !delivery.select_destination("x", "home"));
    delivery.select_option("box-1", "teleport");
    assert!(!delivery.is_chosen());
}

fn consents() -> impl Strategy<Value = Consent> {
    let answer = || proptest::option::of(any::<bool>());
    proptest::array::uniform4(answer()).prop_map(|[analytics, preferences, marketing, sale_of_data]| {
        Consent { analytics, preferences, marketing, sale_of_data }
    })
}

fn buyer(consent: Option<Consent>) -> Buyer {
    Buyer { email: Some("night@shopper.example".to_owned()), consent, ..Buyer::default() }
}

proptest! {
    /// A business may echo what it likes: an update says what the buyer said, all of it and nothing else.
    #[test]
    fn consent_goes_out_as_it_was_said_and_not_as_it_was_echoed(
        echoed in proptest::option::of(proptest::option::of(consents())),
        said in proptest::option::of(proptest::option::of(consents())),
    ) {
        let answer = Checkout { buyer: echoed.map(buyer), ..checkout() };
        let sent = CheckoutCreate { buyer: said.map(buyer), ..CheckoutCreate::default() };
        let body = serde_json::to_value(CheckoutUpdate::from(&answer).keeping(&sent)).expect("it is JSON");
        let out: Option<Consent> = body
            .pointer("/buyer/consent")
            .map(|consent| serde_json::from_value(consent.clone()).expect("it is a consent"));
        prop_assert_eq!(out, said.flatten());
        let known = echoed.is_some() || said.is_some();
        prop_assert_eq!(body.pointer("/buyer/email").is_some(), known, "the rest of the buyer stays");
    }
}

#[test]
fn an_answer_stands_until_it_is_given_anew() {
    let first = Consent::default().with(ConsentKind::Marketing, true).with(ConsentKind::Analytics, false);
    let then = Consent::default().with(ConsentKind::Marketing, false).over(first);
    let answers = ConsentKind::ALL.map(|kind| (kind.as_str(), then.get(kind)));
    let told = [
        ("analytics", Some(false)),
        ("preferences", None),
        ("marketing", Some(false)),
        ("sale_of_data", None),
    ];
    assert_eq!(answers, told);
    assert!(Consent::default().is_empty() && !then.is_empty());
    for kind in ConsentKind::ALL {
        let body = serde_json::to_value(Consent::default().with(kind, true)).expect("it is JSON");
        assert_eq!(body, json!({ kind.as_str(): true }), "the name is the field's");
        assert_eq!(serde_json::to_value(kind).expect("it is JSON"), json!(kind.as_str()));
    }
}
