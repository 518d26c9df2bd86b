use super::*;
use crate::returns::machine_request::KEY_LIFE_MS;
use crate::returns::{Contradiction, MoneyState, PickupState, Request};
use crate::testing::{self, RoutedHttp, market, without};
use serde_json::{Value, json};

const SHOP: &str = "pearls.example";
const POST: &str = "POST pearls.example/nm/returns";
const GET: &str = "GET pearls.example/nm/returns/ret_1";

struct Fixture {
    http: Rc<RoutedHttp>,
    inbox: Inbox,
    returns: Rc<Service>,
}

async fn over(http: &Rc<RoutedHttp>, context: Rc<crate::context::Context>) -> Fixture {
    let venue = Venue::open(context).await.unwrap();
    let (inbox, shops) = (Inbox::default(), Shops::new(venue.clone()));
    let orders = orders::Service::new(venue.clone(), shops.clone(), &inbox);
    let returns = Service::open(venue, shops, orders, &inbox).await.unwrap();
    Fixture { http: http.clone(), inbox, returns }
}

async fn fixture(http: Rc<RoutedHttp>) -> Fixture {
    returnable(&http, 0);
    let context = testing::context(&http, "https://venue.example");
    over(&http, context).await
}

fn returnable(http: &RoutedHttp, open: u32) {
    let lines = json!([
        {"line_id": "li_1", "delivered": 1, "returned": 0, "open": open, "until": "2026-12-02T09:00:00.000Z",
         "kind": "goods", "reasons": ["changed_mind", "damaged"], "refund": {"amount": 4200, "currency": "USD"}},
        {"line_id": "li_2", "delivered": 1, "returned": 0, "open": 0, "until": "2026-12-02T09:00:00.000Z",
         "kind": "digital", "reasons": ["changed_mind"], "refund": {"amount": 900, "currency": "USD"},
         "digital": {"rule": "all of it before the second session", "access_until": "2026-12-31T00:00:00.000Z",
            "sessions": [{"starts_at": "2026-11-30T09:00:00.000Z", "ends_at": "2026-11-30T10:00:00.000Z",
                "attended": false}]}},
    ]);
    let said = json!({"now": "2026-11-25T09:00:00.000Z", "lines": lines});
    http.stand("GET pearls.example/nm/orders/ord_1/returnable", 200, &said);
}

fn said(revision: u64, request: &str, pickup: Option<&str>) -> Value {
    let mut said = json!({"id": "ret_1", "order_id": "ord_1", "revision": revision, "now": "2026-11-25T18:41:00.000Z",
        "request": {"state": request}, "money": {"state": "quoted", "amount": 4200, "currency": "USD"},
        "lines": [{"line_id": "li_1", "quantity": 1, "reason": "changed_mind"}]});
    if let Some(pickup) = pickup {
        said["pickup"] = json!({"state": pickup, "code": "4821", "slots": [
            {"id": "slot_0", "from": "2026-11-25T10:00:00.000Z", "to": "2026-11-25T12:00:00.000Z", "unpacked": true,
             "fee": 0},
            {"id": "slot_2", "from": "2026-11-25T19:00:00.000Z", "to": "2026-11-25T21:00:00.000Z", "unpacked": true,
             "fee": 0}]});
    }
    said
}

fn pearl() -> Vec<ReturnLine> {
    vec![ReturnLine { line_id: "li_1".into(), quantity: 1, reason: "changed_mind".into() }]
}

impl Fixture {
    async fn start(&self) -> ReturnRef {
        self.returns.start(SHOP.into(), "ord_1".into(), pearl(), Some("not my colour".into())).await.unwrap()
    }

    /// A return that the shop has approved.
    async fn approved(&self) -> ReturnRef {
        self.http.stand(POST, 200, &said(1, "approved", Some("slots_offered")));
        let id = self.start().await;
        self.settle(10).await;
        id
    }

    async fn settle(&self, ms: u64) {
        self.returns.venue.context.ports.clock.sleep(ms).await;
    }

    fn view(&self, id: &ReturnRef) -> ReturnView {
        ReturnView::of(&self.returns.entry(id).unwrap().row.borrow())
    }

    /// Key and body of every request for a return.
    fn sent(&self) -> Vec<(String, Vec<u8>)> {
        let key = |request: &crate::ports::HttpRequest| {
            let found = request.headers.iter().find(|(name, _)| *name == "idempotency-key");
            found.unwrap().1.clone()
        };
        self.http.asked(POST).iter().map(|request| (key(request), request.body.clone().unwrap())).collect()
    }
}

fn unreachable() -> Error {
    Error::Unreachable { who: SHOP.into(), reason: "no network".into() }
}

fn no_answer() -> Error {
    Error::NoAnswer { who: SHOP.into(), reason: "reset".into() }
}

#[test]
fn a_wish_is_durable_before_it_is_sent_and_goes_on_after_a_restart_under_its_key() {
    testing::run(async {
        let first = fixture(market()).await;
        for _ in 0..200 {
            first.http.once(POST, Err(no_answer()));
        }
        let id = first.start().await;
        let kept = first.returns.venue.context.ports.db.ledger.call(|db| store::all(db)).await.unwrap();
        assert_eq!((kept.len(), kept[0].id.as_str()), (1, id.as_str()));
        first.settle(5_000).await;
        assert_eq!(first.view(&id).request, Request::Unknown);

        // Started again; the first goes on too, as two processes never would: the shop sees one key all the same.
        let second = over(&first.http, first.returns.venue.context.clone()).await;
        assert_eq!(second.view(&id).request, Request::Unknown);
        second.http.stand(POST, 200, &said(1, "requested", None));
        second.settle(3_600_000).await;
        let view = second.view(&id);
        assert_eq!((view.request, view.return_id), (Request::Requested, Some("ret_1".into())));
        let sent = second.sent();
        assert!(sent.len() > 3 && sent.iter().all(|one| *one == sent[0]), "identical tries");
        assert_eq!(sent[0].0, id.as_str());
        let body: Value = serde_json::from_slice(&sent[0].1).unwrap();
        let lines = json!([{"line_id": "li_1", "quantity": 1, "reason": "changed_mind"}]);
        assert_eq!(body, json!({"order_id": "ord_1", "lines": lines, "note": "not my colour"}));
    });
}

#[test]
fn what_the_ledger_does_not_take_is_not_sent() {
    testing::run(async {
        let fixture = fixture(market()).await;
        let ledger = &fixture.returns.venue.context.ports.db.ledger;
        ledger.call(|db| db.execute_batch("drop table returns")).await.unwrap();
        let started = fixture.returns.start(SHOP.into(), "ord_1".into(), pearl(), None).await;
        assert!(matches!(started, Err(Error::Storage { .. })), "{started:?}");
        fixture.settle(60_000).await;
        assert!(fixture.sent().is_empty() && fixture.returns.list.snapshot().is_empty());
    });
}

#[test]
fn past_the_life_of_its_key_a_wish_is_looked_for_and_not_sent() {
    testing::run(async {
        for (open, expected) in [(1, "at_shop"), (0, "not_there")] {
            let first = fixture(market()).await;
            for _ in 0..3 {
                first.http.once(POST, Err(no_answer()));
            }
            let id = first.start().await;
            first.settle(400).await;
            let row = first.returns.entry(&id).unwrap().row.borrow().clone();
            // The app was away for two days.
            let row = Row { created_ms: row.created_ms - 2 * KEY_LIFE_MS, ..row };
            let ledger = &first.returns.venue.context.ports.db.ledger;
            ledger
                .write(move |tx| tx.execute("update returns set created_ms = ?1", [row.created_ms]))
                .await
                .unwrap();
            returnable(&first.http, open);
            let before = first.sent().len();
            let second = over(&first.http, first.returns.venue.context.clone()).await;
            second.settle(50).await;
            let view = second.view(&id);
            let found = match &view.request {
                Request::AtShop => "at_shop".to_owned(),
                Request::NotMade { code, .. } => code.clone(),
                other => panic!("{other:?}"),
            };
            assert_eq!(found, expected);
            assert!(second.sent().len() <= before + 1);
        }
    });
}

#[test]
fn an_answer_that_got_lost_is_found_by_the_channel() {
    testing::run(async {
        let fixture = fixture(market()).await;
        for _ in 0..3 {
            fixture.http.once(POST, Err(no_answer()));
        }
        fixture.http.stand(POST, 503, &json!({}));
        let id = fixture.start().await;
        fixture.settle(1_000).await;
        fixture.http.stand(GET, 200, &said(2, "approved", Some("slots_offered")));
        let event = ShopperEvent::Return { shop: SHOP.into(), return_id: "ret_1".into(), revision: 2 };
        fixture.inbox.shopper(&event);
        fixture.settle(10).await;
        assert_eq!(fixture.view(&id).request, Request::Approved);
        let sent = fixture.sent().len();
        fixture.settle(3_600_000).await;
        assert!(fixture.sent().len() <= sent + 3, "and is not asked for any more");
        assert_eq!(fixture.returns.list.snapshot().len(), 1);
    });
}

#[test]
fn a_refusal_is_final_and_frees_the_pieces() {
    testing::run(async {
        let fixture = fixture(market()).await;
        fixture.http.once(POST, Ok((409, json!({"code": "too_late", "content": "the time has passed"}))));
        let id = fixture.start().await;
        fixture.settle(10).await;
        let view = fixture.view(&id);
        assert!(matches!(view.request, Request::NotMade { code, .. } if code == "too_late"));
        assert!(view.is_settled && !view.can_cancel);
        fixture.http.stand(POST, 200, &said(1, "requested", None));
        fixture.start().await;
    });
}

#[test]
fn pieces_on_their_way_to_the_shop_are_not_given_back_twice() {
    testing::run(async {
        let fixture = fixture(market()).await;
        fixture.http.once(POST, Err(unreachable()));
        fixture.http.stand(POST, 503, &json!({}));
        fixture.start().await;
        let again = fixture.returns.start(SHOP.into(), "ord_1".into(), pearl(), None).await;
        assert!(matches!(again, Err(Error::Refused { code, .. }) if code == "not_returnable"));
        let many = vec![ReturnLine { quantity: 2, line_id: "li_2".into(), ..pearl()[0].clone() }];
        let many = fixture.returns.start(SHOP.into(), "ord_1".into(), many, None).await;
        assert!(matches!(many, Err(Error::Refused { code, .. }) if code == "not_returnable"));
        let unsettled = fixture.returns.cancel(&fixture.returns.list.snapshot()[0].id).await;
        assert!(matches!(unsettled, Err(Error::Unsettled { .. })));
    });
}

#[test]
fn what_can_go_back_says_how_and_a_shop_without_returns_is_not_asked() {
    testing::run(async {
        let first = fixture(market()).await;
        let what = first.returns.eligible(&SHOP.into(), &"ord_1".into()).await.unwrap();
        assert_eq!(what.eligible().count(), 2);
        let digital = what.lines[1].digital.as_ref().unwrap();
        assert!(digital.rule.contains("second session") && !digital.sessions[0].attended);
        assert_eq!(what.estimate(&pearl()).map(|money| money.minor), Some(4_200));

        let http = market();
        let plain = without(testing::shop_profile(), name::RETURNS);
        http.stand("GET pearls.example/.well-known/ucp", 200, &plain);
        let second = fixture(http).await;
        let what = second.returns.eligible(&SHOP.into(), &"ord_1".into()).await;
        assert!(matches!(what, Err(Error::NotOffered { .. })));
        assert!(second.http.asked("GET pearls.example/nm/orders/ord_1/returnable").is_empty());
    });
}

#[test]
fn a_slot_is_held_booked_and_the_address_is_not_kept() {
    testing::run(async {
        let fixture = fixture(market()).await;
        let id = fixture.approved().await;
        fixture.http.stand(GET, 200, &said(2, "approved", Some("slots_offered")));
        let slots = fixture.returns.slots(&id).await.unwrap();
        let ids: Vec<_> = slots.iter().map(|slot| (slot.id.as_str(), slot.unpacked)).collect();
        assert_eq!(ids, [("slot_2", true)], "a slot that is over is none");
        fixture.http.stand(
            "POST pearls.example/nm/returns/ret_1/slots/slot_2/hold",
            200,
            &said(3, "approved", Some("slot_held")),
        );
        fixture.returns.hold(&id, &"slot_2".into()).await.unwrap();
        let book = "POST pearls.example/nm/returns/ret_1/book";
        fixture.http.stand(book, 200, &said(4, "approved", Some("booked")));
        let address =
            PostalAddress { street_address: Some("1 Harbour Road".into()), ..PostalAddress::default() };
        let nowhere = fixture.returns.book(&id, &"slot_2".into(), &PostalAddress::default()).await;
        assert!(matches!(nowhere, Err(Error::BadInput { .. })));
        let view = fixture.returns.book(&id, &"slot_2".into(), &address).await.unwrap();
        assert_eq!(view.pickup.map(|pickup| pickup.state), Some(PickupState::Booked));
        let sent: Value = serde_json::from_slice(fixture.http.asked(book)[0].body.as_ref().unwrap()).unwrap();
        assert_eq!(sent, json!({"slot_id": "slot_2", "address": {"street_address": "1 Harbour Road"}}));
        let ledger = &fixture.returns.venue.context.ports.db.ledger;
        let kept: i64 = ledger
            .call(|db| {
                db.query_row(
                    "select count(*) from returns where machine || body like '%Harbour%'",
                    [],
                    |row| row.get(0),
                )
            })
            .await
            .unwrap();
        assert_eq!(kept, 0);
    });
}

#[test]
fn a_step_that_comes_too_late_reads_where_it_stands() {
    testing::run(async {
        let fixture = fixture(market()).await;
        let id = fixture.approved().await;
        let cancel = "POST pearls.example/nm/returns/ret_1/cancel";
        fixture.http.stand(cancel, 409, &json!({"code": "too_late", "content": "the courier has it"}));
        fixture.http.stand(GET, 200, &said(7, "approved", Some("handed_over")));
        let canceled = fixture.returns.cancel(&id).await;
        assert!(matches!(canceled, Err(Error::Refused { code, .. }) if code == "too_late"));
        fixture.settle(10).await;
        let view = fixture.view(&id);
        assert!(!view.can_cancel && view.pickup.unwrap().custody_passed);
        fixture.http.stand(cancel, 200, &said(8, "canceled", None));
        let view = fixture.returns.cancel(&id).await.unwrap();
        assert_eq!((view.request, view.contradiction), (Request::Approved, Some(Contradiction::Request)));
    });
}

#[test]
fn the_channel_tells_and_what_is_older_is_not_asked_for() {
    testing::run(async {
        let fixture = fixture(market()).await;
        let id = fixture.approved().await;
        let mut watching = fixture.returns.watch(&id).unwrap();
        fixture.http.stand(GET, 200, &said(5, "approved", Some("arrived")));
        let told = |revision| ShopperEvent::Return { shop: SHOP.into(), return_id: "ret_1".into(), revision };
        fixture.inbox.shopper(&told(5));
        let code = |view: &ReturnView| view.pickup.as_ref().and_then(|pickup| pickup.code.clone());
        let view = watching.wait_for(|view| code(view).is_some()).await.unwrap().clone();
        assert_eq!(code(&view).as_deref(), Some("4821"));
        drop(watching);
        fixture.settle(10).await;
        let reads = fixture.http.asked(GET).len();
        fixture.inbox.shopper(&told(5));
        fixture.inbox.shopper(&told(3));
        fixture.settle(10).await;
        assert_eq!(fixture.http.asked(GET).len(), reads);
        let mut refunded = said(9, "closed", Some("inspected"));
        refunded["money"] =
            json!({"state": "refunded", "amount": 4200, "currency": "USD", "refunded": 4200, "final": true});
        fixture.http.stand(GET, 200, &refunded);
        fixture.inbox.shopper(&ShopperEvent::Refund { shop: SHOP.into(), return_id: "ret_1".into() });
        fixture.settle(10).await;
        assert!(fixture.view(&id).is_settled);
        assert_eq!(fixture.view(&id).money.state, MoneyState::Refunded);
    });
}

#[test]
fn a_return_of_another_device_joins_the_list_but_not_a_strangers() {
    testing::run(async {
        let fixture = fixture(market()).await;
        fixture.http.stand(GET, 200, &said(2, "approved", Some("booked")));
        let told =
            |shop: &str| ShopperEvent::Return { shop: shop.into(), return_id: "ret_1".into(), revision: 2 };
        fixture.inbox.shopper(&told(SHOP));
        fixture.inbox.shopper(&told(SHOP));
        fixture.inbox.shopper(&told("elsewhere.example"));
        fixture.settle(10).await;
        let list = fixture.returns.list.snapshot();
        assert_eq!((list.len(), list[0].lines.len()), (1, 1));
        assert!(
            fixture.http.asked.borrow().iter().all(|request| request.url.authority() != "elsewhere.example")
        );
        let again = over(&fixture.http, fixture.returns.venue.context.clone()).await;
        assert_eq!(again.returns.list.snapshot().len(), 1);
    });
}

#[test]
fn a_courier_under_way_is_asked_after_where_no_channel_tells() {
    testing::run(async {
        let http = market();
        http.stand("GET venue.example/.well-known/ucp", 200, &without(testing::venue_profile(), name::LIVE));
        let fixture = fixture(http).await;
        let id = fixture.approved().await;
        fixture.http.stand(GET, 200, &said(5, "approved", Some("en_route")));
        let watching = fixture.returns.watch(&id).unwrap();
        fixture.settle(600_000).await;
        let polled = fixture.http.asked(GET).len();
        assert!((25..=62).contains(&polled), "{polled}");
        drop(watching);
        fixture.settle(1_000).await;
        fixture.settle(600_000).await;
        assert!(fixture.http.asked(GET).len() <= polled + 1);
    });
}
