//! A plain shop that speaks UCP 2026-01-11 and nothing else, beside one of today in the same venue: bought from over real
//! sockets, and judged by the sandbox's books.

#![expect(clippy::disallowed_methods, reason = "over real sockets the test waits in real time")]

mod host_app;

use host_app::{HostApp, shown, tap_on};
use nightmarket::ids::ItemId;
use nightmarket::purchase::{BuyRequest, PurchaseView, Reason, State, TapResult};
use nightmarket::{Error, Shopper};
use nightmarket_sandbox::books::Books;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

struct Market {
    sandbox: Sandbox,
    shopper: Shopper,
    app: Arc<HostApp>,
    _directory: tempfile::TempDir,
}

impl Market {
    /// `profile` is what is named to older shops, under the venue's address.
    async fn open(profile: &str) -> Self {
        let config =
            SandboxConfig { ambience: false, seed: Some(8), older: true, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        let directory = tempfile::tempdir().unwrap();
        // A guest, whose card tells what a card of this version has to.
        let display = Some(r#"{"brand":"visa","last_digits":"4242"}"#);
        let app = Arc::new(HostApp { bearer: None, display, ..HostApp::default() });
        let older = format!("{}{profile}", sandbox.venue_url);
        let shopper = host_app::open(&sandbox.venue_url, directory.path(), &app, Some(older)).await;
        shopper.purchase().set_threshold("60USD".parse().unwrap()).await.unwrap();
        Self { sandbox, shopper, app, _directory: directory }
    }

    fn wish(&self, item: &str) -> BuyRequest {
        let shop = self.sandbox.domains().1[1].into();
        BuyRequest { currency: Some("USD".parse().unwrap()), ..BuyRequest::of(shop, ItemId::new(item), 1) }
    }

    fn books(&self) -> Books {
        self.sandbox.control(|world| world.shops()[1].books().clone())
    }

    fn fault(&self, order: &Value) {
        self.sandbox.control(|world| world.switch_fault(order)).unwrap();
    }

    async fn buy(&self, item: &str) -> PurchaseView {
        let purchases = self.shopper.purchase();
        let quote = shown(&purchases, self.wish(item)).await;
        let TapResult::Started(id) = tap_on(&purchases, &quote).await else { panic!("one tap") };
        tokio::time::timeout(SOON, purchases.outcome(id)).await.expect("an outcome").unwrap()
    }

    async fn close(self) {
        assert_eq!(self.books().wrongs(), [""; 0]);
        self.shopper.close().await;
        self.sandbox.stop().await;
    }
}

#[tokio::test]
async fn one_tap_a_confirmation_and_a_discount_are_one_charge_each() {
    let market = Market::open("/platform/2026-01-11").await;
    let placed = market.buy("tasting_tin").await;
    let State::Placed(order) = &placed.state else { panic!("{placed:?}") };
    assert_eq!(market.books().charges[0].amount, placed.total.minor);
    assert!(!order.id.as_str().is_empty() && !order.permalink_url.is_empty());

    let purchases = market.shopper.purchase();
    purchases.set_threshold("1USD".parse().unwrap()).await.unwrap();
    let codes = vec!["NIGHT10".to_owned()];
    let quote = shown(&purchases, BuyRequest { discount_codes: codes, ..market.wish("mochi") }).await;
    assert!(quote.totals.iter().any(|total| total.amount < 0), "a discount takes away: {:?}", quote.totals);
    let TapResult::Confirm(reasons) = tap_on(&purchases, &quote).await else { panic!("over the threshold") };
    assert!(reasons.iter().any(|why| matches!(why, Reason::NotUnderThreshold { .. })), "{reasons:?}");
    assert_eq!(market.books().charges.len(), 1);
    let confirmed = purchases.confirm(quote.key.clone(), quote.digest.clone()).await.unwrap();
    let TapResult::Started(id) = confirmed else { panic!("{confirmed:?}") };
    assert_eq!(purchases.outcome(id).await.unwrap().state.code(), "placed");
    let books = market.books();
    assert_eq!((books.charges.len(), books.charges[1].amount), (2, quote.total.unwrap().minor));
    market.close().await;
}

/// Orders of that version go out by webhook: what the session says of one is shown, and it is undone at the shop.
#[tokio::test]
async fn an_order_is_read_and_followed_as_far_as_the_shop_tells() {
    let market = Market::open("/platform/2026-01-11").await;
    let placed = market.buy("tasting_tin").await;
    let State::Placed(order) = &placed.state else { panic!("{placed:?}") };
    let (orders, shop) = (market.shopper.orders(), placed.quote.shop.clone());
    let read = orders.read(shop.clone(), order.id.clone()).await.unwrap();
    assert_eq!(read.permalink_url, order.permalink_url);
    assert_eq!(read.line_items[0].item.id, "tasting_tin");
    let mut followed = orders.watch(shop.clone(), order.id.clone()).await.unwrap();
    let known = followed.wait_for(|view| view.order.is_some());
    let view = tokio::time::timeout(SOON, known).await.unwrap().unwrap().clone();
    assert_eq!(view.order.unwrap().checkout_id, placed.quote.id.as_str());
    assert_eq!(orders.permalink(shop, order.id.clone()).await.unwrap(), order.permalink_url);
    market.close().await;
}

#[tokio::test]
async fn what_cannot_be_bought_is_said_and_costs_nothing() {
    let market = Market::open("/platform/2026-01-11").await;
    let purchases = market.shopper.purchase();
    let error = purchases.quote(market.wish("durian_puffs")).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code, .. } if code == "out_of_stock"), "{error:?}");
    *market.app.token.lock().unwrap() = "tok_decline";
    let declined = market.buy("mochi").await;
    let State::Declined { code, .. } = &declined.state else { panic!("{declined:?}") };
    assert_eq!((code.as_str(), market.books().charges.len()), ("payment_failed", 0));

    *market.app.token.lock().unwrap() = "tok_3ds";
    let quote = shown(&purchases, market.wish("haw_flakes")).await;
    let TapResult::Started(id) = tap_on(&purchases, &quote).await else { panic!("one tap") };
    let mut watch = purchases.watch(id.clone()).await.unwrap();
    let asked = watch.wait_for(|view| matches!(view.state, State::NeedsBuyer { .. }));
    tokio::time::timeout(SOON, asked).await.unwrap().unwrap();
    market.sandbox.control(|world| {
        let url = format!("https://{}/continue/{}", quote.key.shop, quote.key.id);
        let body = json!({"continue_url": url, "answer": "approve"}).to_string().into_bytes();
        let press = nightmarket_sandbox::http::Request {
            method: "POST".to_owned(),
            path: "/_control/bank".to_owned(),
            body,
            ..Default::default()
        };
        assert_eq!(nightmarket_sandbox::control::handle(world, &press).status, 200);
    });
    purchases.returned(id.clone()).await.unwrap();
    let settled = watch.wait_for(|view| view.state.is_settled());
    let placed = tokio::time::timeout(SOON, settled).await.unwrap().unwrap().clone();
    assert_eq!((placed.state.code(), market.books().charges.len()), ("placed", 1));
    market.close().await;
}

#[tokio::test]
async fn a_lost_answer_is_found_out_and_charged_once() {
    let market = Market::open("/platform/2026-01-11").await;
    let purchases = market.shopper.purchase();
    let quote = shown(&purchases, market.wish("tasting_tin")).await;
    market.fault(&json!({"target": "shop:1", "kind": "drop_after", "path_prefix": "/ucp", "times": 1}));
    let TapResult::Started(id) = tap_on(&purchases, &quote).await else { panic!("one tap") };
    let placed = tokio::time::timeout(SOON, purchases.outcome(id)).await.unwrap().unwrap();
    let books = market.books();
    assert_eq!((placed.state.code(), books.charges.len(), books.attempts.len()), ("placed", 1, 1));
    market.close().await;
}

/// A platform newer than the shop is refused in that version's words, and the shop of today beside it is not concerned.
#[tokio::test]
async fn a_newer_platform_is_refused() {
    let market = Market::open("/platform/profile.json").await;
    let error = market.shopper.purchase().quote(market.wish("tasting_tin")).await.unwrap_err();
    let Error::Refused { code, content, .. } = &error else { panic!("{error:?}") };
    assert_eq!(code, "version_unsupported");
    assert!(content.contains("2026-01-11"), "{content}");
    let other = market.sandbox.domains().1[0].into();
    let tea = BuyRequest::of(other, ItemId::new("tea_cup"), 1);
    assert!(market.shopper.purchase().quote(tea).await.is_ok());
    market.close().await;
}
