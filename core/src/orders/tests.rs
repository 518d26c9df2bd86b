use super::*;
use crate::testing::{self, RoutedHttp, market, without};
use serde_json::{Value, json};

const LIVE: &str = "app.nightmarket.shopping.live";

struct Fixture {
    http: Rc<RoutedHttp>,
    inbox: Inbox,
    orders: Rc<Service>,
}

async fn fixture(http: Rc<RoutedHttp>) -> Fixture {
    let context = testing::context(&http, "https://venue.example");
    let venue = Venue::open(context).await.unwrap();
    let inbox = Inbox::default();
    let orders = Service::new(venue.clone(), Shops::new(venue), &inbox);
    Fixture { http, inbox, orders }
}

/// The same databases and network, started again.
async fn again(first: &Fixture) -> Fixture {
    let venue = Venue::open(first.orders.venue.context.clone()).await.unwrap();
    let inbox = Inbox::default();
    let orders = Service::new(venue.clone(), Shops::new(venue), &inbox);
    Fixture { http: first.http.clone(), inbox, orders }
}

fn order(id: &str, fulfilled: u32, events: &[&str]) -> Value {
    let events: Vec<_> = events
        .iter()
        .map(|kind| json!({"id": "e", "occurred_at": "2026-11-24T20:00:00Z", "type": kind, "line_items": []}))
        .collect();
    json!({"ucp": {"version": "2026-04-08", "status": "success"}, "id": id, "checkout_id": "chk_1",
        "permalink_url": format!("https://pearls.example/orders/{id}"), "currency": "USD",
        "line_items": [{"id": "li_1", "item": {"id": "pearl_17", "title": "Baroque pearl No. 17", "price": 4200},
            "quantity": {"original": 1, "total": 1, "fulfilled": fulfilled}, "totals": [], "status": "processing"}],
        "fulfillment": {"expectations": [], "events": events}, "adjustments": [],
        "totals": [{"type": "subtotal", "amount": 4200}, {"type": "total", "amount": 5036}]})
}

fn stand(http: &RoutedHttp, id: &str, fulfilled: u32, events: &[&str]) {
    http.stand(&format!("GET pearls.example/ucp/orders/{id}"), 200, &order(id, fulfilled, events));
}

fn listed(id: &str, at: &str) -> Value {
    json!({"id": id, "checkout_id": "chk_1", "placed_at": format!("2026-11-24T{at}:00.000Z")})
}

fn known(id: &str) -> Known {
    Known {
        shop: "pearls.example".into(),
        id: id.into(),
        checkout_id: "chk_1".into(),
        placed_at: serde_json::from_str("\"2026-11-24T20:00:00.000Z\"").unwrap(),
    }
}

fn shown(fixture: &Fixture) -> Vec<(String, Option<Stage>)> {
    fixture.orders.list.snapshot().iter().map(|entry| (entry.id.to_string(), entry.stage)).collect()
}

#[test]
fn what_was_placed_here_and_what_shops_list_is_one_list_newest_first() {
    testing::run(async {
        let first = fixture(market()).await;
        first.orders.placed(known("ord_2")).await.unwrap();
        let page = json!({"orders": [listed("ord_3", "21:00"), listed("ord_2", "20:00")], "next": "a/b"});
        first.http.stand("GET pearls.example/nm/orders", 200, &page);
        let rest = json!({"orders": [listed("ord_1", "19:00")]});
        first.http.stand("GET pearls.example/nm/orders?cursor=a%2Fb", 200, &rest);
        stand(&first.http, "ord_2", 0, &["shipped"]);
        first.orders.refresh().await.unwrap();
        let expected =
            [("ord_3".into(), None), ("ord_2".into(), Some(Stage::OnTheWay)), ("ord_1".into(), None)];
        assert_eq!(shown(&first), expected);

        // Started again, with nobody to ask.
        let second = again(&first).await;
        let mut list = second.orders.subscribe().await.unwrap();
        list.next_batch().await.unwrap();
        assert_eq!(shown(&second), expected);
        let entry = second.orders.list.snapshot()[1].clone();
        assert_eq!(entry.title.as_deref(), Some("Baroque pearl No. 17"));
        assert_eq!(entry.total.map(|total| total.to_string()).as_deref(), Some("50.36 USD"));
    });
}

#[test]
fn the_shopper_bought_from_where_an_order_is() {
    testing::run(async {
        let fixture = fixture(market()).await;
        assert!(!fixture.orders.bought_from(&"pearls.example".into()).await.unwrap());
        fixture.orders.placed(known("ord_1")).await.unwrap();
        fixture.orders.placed(known("ord_1")).await.unwrap();
        assert!(fixture.orders.bought_from(&"pearls.example".into()).await.unwrap());
        assert!(!fixture.orders.bought_from(&"pearl.example".into()).await.unwrap());
    });
}

#[test]
fn one_order_is_read_when_watched_and_when_the_channel_says_so() {
    testing::run(async {
        let fixture = fixture(market()).await;
        stand(&fixture.http, "ord_1", 0, &[]);
        let mut watching = fixture.orders.watch("pearls.example".into(), "ord_1".into()).await;
        watching.wait_for(|view| view.stage == Some(Stage::Processing)).await.unwrap();
        let clock = fixture.orders.venue.context.ports.clock.clone();
        clock.sleep(3_600_000).await;
        let reads = || fixture.http.asked("GET pearls.example/ucp/orders/ord_1").len();
        assert_eq!(reads(), 1, "the venue's channel tells of changes");

        stand(&fixture.http, "ord_1", 1, &["shipped", "delivered"]);
        let event = ShopperEvent::Order { shop: "pearls.example".into(), order_id: "ord_1".into() };
        fixture.inbox.shopper(&event);
        watching.wait_for(|view| view.stage == Some(Stage::Delivered)).await.unwrap();
        drop(watching);
        clock.sleep(1).await;
        fixture.inbox.shopper(&ShopperEvent::Missed);
        clock.sleep(1_000).await;
        assert_eq!(reads(), 2, "nobody watches");
    });
}

#[test]
fn without_a_channel_an_order_under_way_is_polled_and_a_delivered_one_is_not() {
    testing::run(async {
        let http = market();
        http.stand("GET venue.example/.well-known/ucp", 200, &without(testing::venue_profile(), LIVE));
        let fixture = fixture(http).await;
        stand(&fixture.http, "ord_1", 0, &["shipped"]);
        let mut watching = fixture.orders.watch("pearls.example".into(), "ord_1".into()).await;
        let clock = fixture.orders.venue.context.ports.clock.clone();
        clock.sleep(1_800_000).await;
        let reads = || fixture.http.asked("GET pearls.example/ucp/orders/ord_1").len();
        assert!((6..100).contains(&reads()), "{}", reads());
        stand(&fixture.http, "ord_1", 1, &["shipped", "delivered"]);
        watching.wait_for(|view| view.stage == Some(Stage::Delivered)).await.unwrap();
        let polled = reads();
        clock.sleep(3_600_000).await;
        assert_eq!(reads(), polled);
    });
}

#[test]
fn an_order_that_cannot_be_read_shows_what_was_known_and_why() {
    testing::run(async {
        let fixture = fixture(market()).await;
        stand(&fixture.http, "ord_1", 0, &[]);
        fixture.orders.read(&"pearls.example".into(), &"ord_1".into()).await.unwrap();
        let route = "GET pearls.example/ucp/orders/ord_1";
        fixture.http.stand(route, 404, &json!({"code": "not_found", "content": "no such order"}));
        let mut watching = fixture.orders.watch("pearls.example".into(), "ord_1".into()).await;
        let view = watching.wait_for(|view| view.problem.is_some()).await.unwrap();
        assert!(view.order.is_some() && matches!(view.problem, Some(Error::Refused { .. })));
    });
}

#[test]
fn undo_is_here_until_its_deadline_or_at_the_shop() {
    testing::run(async {
        let first = fixture(market()).await;
        let said = json!({"order_id": "ord_1", "deadline": "2026-11-24T20:45:00.000Z", "cancelable": true,
            "now": "2026-11-24T20:16:00.000Z"});
        first.http.stand("GET pearls.example/nm/orders/ord_1/undo", 200, &said);
        let undo = first.orders.undo(&"pearls.example".into(), &"ord_1".into()).await.unwrap();
        assert!(matches!(undo, Undo::Here { left_ms: 1_740_000, cancelable: true, .. }), "{undo:?}");

        let http = market();
        let plain = without(testing::shop_profile(), "app.nightmarket.shopping.orders");
        http.stand("GET pearls.example/.well-known/ucp", 200, &plain);
        stand(&http, "ord_1", 0, &[]);
        let second = fixture(http).await;
        let undo = second.orders.undo(&"pearls.example".into(), &"ord_1".into()).await.unwrap();
        assert_eq!(undo, Undo::AtShop { permalink_url: "https://pearls.example/orders/ord_1".into() });
    });
}
