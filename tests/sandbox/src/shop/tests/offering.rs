//! Offers for one shopper, and what fans may buy earlier.

use super::*;
use crate::jws::SigningKey;
use crate::shop::OfferTerms;

fn offer(stall: &mut Stall, item: &str, price: i64) -> String {
    let terms = OfferTerms {
        shopper: "ada".into(),
        room: "room_pearls".into(),
        moment: "2026-11-24T20:14:54.120Z".into(),
        item: item.into(),
        title: Some("The third from the left".into()),
        price: Some(price),
        ttl_ms: 2 * MINUTE,
        ..OfferTerms::default()
    };
    let mut env = Env { now_ms: stall.now_ms, ids: &mut stall.ids };
    stall.shop.offer(&mut env, &terms).expect("an offer")
}

fn take(stall: &mut Stall, offer: &str) -> Value {
    stall
        .post(
            "/ucp/checkout-sessions",
            &json!({ "line_items": [], "app.nightmarket.offer": offer,
                "fulfillment": { "methods": [{ "type": "shipping", "destinations": [{
                    "street_address": "1 Lane", "address_locality": "Town", "postal_code": "1",
                    "address_country": "CN" }], "groups": [{ "selected_option_id": "std" }] }] } }),
        )
        .body_json()
}

#[test]
fn an_offer_is_bought_once_by_its_shopper_at_its_price() {
    let mut stall = Stall::studio().signed_in("ada");
    let offer = offer(&mut stall, "pearl_b007", 19_000);
    let (one, two) = (take(&mut stall, &offer), take(&mut stall, &offer));
    assert_eq!((&one["line_items"][0]["item"]["price"], total(&one)), (&json!(19_000), 19_000));
    assert_eq!(one["line_items"][0]["item"]["title"], "The third from the left");
    assert_eq!(stall.complete(&one, "tok_success").body_json()["status"], "completed");
    let late = stall.complete(&two, "tok_success").body_json();
    assert!(codes(&late).contains(&"offer_used"), "{late}");
    assert_eq!(codes(&take(&mut stall, &offer)), ["offer_used"]);
    assert_eq!(stall.shop.stock("pearl_b007"), 0);
    let books = stall.shop.books();
    assert_eq!(books.offers[0].order_id.as_ref(), Some(&books.orders[0].order_id));
    stall.books_are_right();
}

#[test]
fn a_one_off_that_is_in_no_catalogue_can_be_offered() {
    let mut stall = Stall::studio().signed_in("ada");
    let offer = offer(&mut stall, "one_off_71", 4_200);
    let quote = take(&mut stall, &offer);
    assert_eq!((total(&quote), &quote["status"]), (4_200 + 800, &json!("ready_for_complete")));
    assert_eq!(stall.complete(&quote, "tok_success").body_json()["status"], "completed");
}

#[test]
fn others_late_and_forged_offers_make_no_checkout() {
    let mut stall = Stall::studio().signed_in("bo");
    let offer = offer(&mut stall, "pearl_b007", 19_000);
    assert_eq!(codes(&take(&mut stall, &offer)), ["offer_not_yours"]);
    stall.bearer = None;
    assert_eq!(codes(&take(&mut stall, &offer)), ["offer_not_yours"]);
    stall.bearer = Some("token:ada".into());
    let claims = json!({ "iss": "127.0.0.1:4001", "aud": "ada", "jti": "off_1", "exp": 9_999_999_999_i64,
        "item": "pearl_b007", "title": "x", "price": 1 });
    let forged = SigningKey::generate(stall.shop.key.kid()).sign("nm-offer+jwt", &claims);
    assert_eq!(codes(&take(&mut stall, &forged)), ["offer_invalid"]);
    let quote = take(&mut stall, &offer);
    stall.now_ms += 2 * MINUTE + 1_000;
    assert_eq!(codes(&take(&mut stall, &offer)), ["offer_expired"]);
    assert!(codes(&stall.complete(&quote, "tok_success").body_json()).contains(&"offer_expired"));
    assert!(stall.shop.books().charges.is_empty());
    assert_eq!(stall.shop.books().creates.len(), 1);
}

#[test]
fn fans_buy_before_the_drop_opens_and_nobody_else() {
    let mut stall = Stall::studio().signed_in("ada");
    let venue = SigningKey::generate("venue-1");
    stall.shop.trust_venue("127.0.0.1:4000", vec![venue.jwk()]);
    let now = START / 1_000;
    let claims = json!({ "iss": "127.0.0.1:4000", "aud": "127.0.0.1:4001", "sub": "ada", "group": "fans_crystal",
        "jti": "prf_1", "iat": now, "exp": now + 600 });
    let ask = |stall: &mut Stall, proof: Option<String>| {
        let mut body = json!({ "line_items": [{ "item": { "id": "bracelet_17" } }],
            "context": { "eligibility": ["app.nightmarket.fan"] } });
        if let Some(proof) = proof {
            body["app.nightmarket.membership"] = proof.into();
        }
        stall.post("/ucp/checkout-sessions", &body).body_json()
    };
    assert_eq!(codes(&ask(&mut stall, None)), ["not_on_sale_yet"]);
    let with = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        Some(venue.sign("nm-proof+jwt", &claims))
    };
    for (name, value) in
        [("sub", json!("bo")), ("aud", json!("other")), ("iss", json!("x")), ("exp", json!(now))]
    {
        assert_eq!(codes(&ask(&mut stall, with(name, value))), ["eligibility_invalid"], "{name}");
    }
    assert_eq!(codes(&ask(&mut stall, with("group", json!("fans_pearl")))), ["not_on_sale_yet"]);
    assert!(stall.shop.books().creates.is_empty(), "nothing was made");
    let early = ask(&mut stall, with("jti", json!("prf_2")));
    assert_eq!((early["id"].is_string(), codes(&early)[0]), (true, "eligibility_accepted"), "{early}");
    stall.now_ms += HOUR;
    let body = json!({ "line_items": [{ "item": { "id": "bracelet_17" } }] });
    assert_eq!(stall.post("/ucp/checkout-sessions", &body).status, 201, "open for everybody");
}
