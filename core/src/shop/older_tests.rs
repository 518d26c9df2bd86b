//! A shop that speaks only UCP 2026-01-11, through the whole client: told by its shape, written to in its own.

use super::*;
use crate::host::Host;
use crate::testing::{self, RoutedHttp};
use nightmarket_ucp::checkout::{CheckoutComplete, CheckoutCreate, CheckoutUpdate};
use nightmarket_ucp::context::Context as UcpContext;
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::payment::{Instrument, Payment};
use serde_json::{Value, json};

const DOMAIN: &str = "mugs.example";
const OLDER: &str = "https://app.example/profile-2026-01-11";
const SESSIONS: &str = "POST mugs.example/api/checkout-sessions";
const SESSION: &str = "mugs.example/api/checkout-sessions/mug-session-5";

fn market(error: bool) -> Rc<RoutedHttp> {
    let http = testing::market();
    let profile = include_str!("../../ucp/tests/suite/fixtures/legacy_profile.json");
    let checkout = include_str!("../../ucp/tests/suite/fixtures/legacy_checkout.json");
    let mut checkout: Value = serde_json::from_str(checkout).unwrap();
    http.stand("GET mugs.example/.well-known/ucp", 200, &serde_json::from_str(profile).unwrap());
    http.stand(&format!("PUT {SESSION}"), 200, &checkout);
    http.stand(&format!("GET {SESSION}"), 200, &checkout);
    if error {
        let refused = json!({"type": "error", "code": "payment_declined", "severity": "requires_buyer_input",
            "content": "Your bank wants to see you"});
        checkout["status"] = "requires_escalation".into();
        checkout["messages"] = json!([refused]);
        checkout["continue_url"] = "https://mugs.example/continue/5".into();
    }
    http.stand(SESSIONS, 201, &checkout);
    if !error {
        checkout["status"] = "completed".into();
        checkout["order"] = json!({"id": "o-1", "permalink_url": "https://mugs.example/orders/o-1"});
    }
    http.stand(&format!("POST {SESSION}/complete"), 200, &checkout);
    http
}

async fn shop(http: &Rc<RoutedHttp>, older: Option<&str>) -> Rc<Shop> {
    let ports = testing::ports(http.clone());
    let host = Host { older_profile: older.map(str::to_owned), ..Host::default() };
    let context = testing::context_of(ports, host, "https://venue.example");
    Shops::new(Venue::open(context).await.unwrap()).get(&DOMAIN.into()).await.unwrap()
}

fn wish() -> CheckoutCreate {
    CheckoutCreate {
        line_items: vec![LineRequest::new("celadon-mug", 2)],
        context: Some(UcpContext { language: Some("en".to_owned()), ..UcpContext::default() }),
        currency: Some("USD".to_owned()),
        ..CheckoutCreate::default()
    }
}

fn sent(http: &RoutedHttp, route: &str) -> (Value, String) {
    let asked = http.asked(route);
    let last = asked.last().unwrap();
    let agent = last.headers.iter().find(|(name, _)| *name == "ucp-agent").unwrap().1.clone();
    (serde_json::from_slice(last.body.as_deref().unwrap_or(b"null")).unwrap(), agent)
}

#[test]
fn it_is_bought_from_in_its_own_shape_and_told_of_an_older_platform() {
    testing::run(async {
        let http = market(false);
        let shop = shop(&http, Some(OLDER)).await;
        assert!(shop.offers(name::CHECKOUT) && shop.offers(name::FULFILLMENT) && !shop.offers(name::CART));
        let checkout = shop.create_checkout(&wish()).await.unwrap();
        let (body, agent) = sent(&http, SESSIONS);
        assert_eq!((&body["currency"], &body["payment"]), (&json!("USD"), &json!({})));
        assert!(body.get("context").is_none());
        assert_eq!(agent, format!("profile=\"{OLDER}\""));
        let amounts: Vec<i64> = checkout.totals.iter().map(|total| total.amount).collect();
        assert_eq!(amounts, [6_400, -400, -500, 350, 5_850]);
        assert_eq!(checkout.verify_totals().unwrap().total, 5_850);

        let update = CheckoutUpdate::from(&checkout).keeping(&wish());
        shop.update_checkout(&update).await.unwrap();
        assert_eq!(sent(&http, &format!("PUT {SESSION}")).0["currency"], "USD");
        shop.get_checkout(&"mug-session-5".into()).await.unwrap();
        assert_eq!(sent(&http, &format!("GET {SESSION}")).1, format!("profile=\"{OLDER}\""));

        let instrument = Instrument {
            id: "card_1".to_owned(),
            handler_id: "kiln_tokens".to_owned(),
            kind: "card".to_owned(),
            ..Instrument::default()
        };
        let complete = CheckoutComplete { payment: Payment::with(instrument), ..CheckoutComplete::default() };
        let body = shop.complete_body(&complete).unwrap();
        let placed =
            shop.complete_checkout(&"mug-session-5".into(), &body, &"a1".into(), None).await.unwrap();
        let (body, agent) = sent(&http, &format!("POST {SESSION}/complete"));
        assert_eq!((&body["payment_data"]["id"], body.get("payment")), (&json!("card_1"), None));
        assert_eq!((agent, placed.order.unwrap().id), (format!("profile=\"{OLDER}\""), "o-1".to_owned()));
    });
}

#[test]
fn without_an_older_profile_the_one_there_is_is_named() {
    testing::run(async {
        let http = market(true);
        let shop = shop(&http, None).await;
        let checkout = shop.create_checkout(&wish()).await.unwrap();
        assert_eq!(sent(&http, SESSIONS).1, "profile=\"https://app.example/profile\"");
        assert_eq!(checkout.continue_url.as_deref(), Some("https://mugs.example/continue/5"));
        assert_eq!(checkout.next(), nightmarket_ucp::checkout::Next::HandOffForInput);
        // It refuses a platform that is newer than itself.
        let refusal =
            json!({"code": "version_unsupported", "content": "Version 2026-04-08 is not supported."});
        http.once(SESSIONS, Ok((422, refusal)));
        let error = shop.create_checkout(&wish()).await.unwrap_err();
        assert!(matches!(error, Error::Refused { code, .. } if code == "version_unsupported"));
    });
}
