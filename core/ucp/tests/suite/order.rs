use nightmarket_ucp::adapter::read_order;
use nightmarket_ucp::cart::{Cart, CartRequest};
use nightmarket_ucp::envelope::parse;
use nightmarket_ucp::order::{AdjustmentKind, AdjustmentStatus, EventKind, LineStatus};
use nightmarket_ucp::total::verify;
use serde_json::json;

use crate::fixture;

#[test]
fn an_order_is_read() {
    let order = read_order(fixture!("order.json")).expect("it can be read").into_result().expect("an order");
    assert_eq!((order.label.as_deref(), order.currency.as_deref()), (Some("Night 12"), Some("CNY")));
    let line = &order.line_items[0];
    assert_eq!(line.status, LineStatus::Other("being_drilled".to_owned()));
    assert_eq!((line.quantity.original, line.quantity.total, line.quantity.fulfilled), (Some(1), 1, 0));
    let kinds: Vec<_> = order.fulfillment.events.iter().map(|event| event.kind.clone()).collect();
    assert_eq!(kinds, [EventKind::Processing, EventKind::Other("on_a_camel".to_owned())]);
    assert_eq!(order.fulfillment.expectations[0].fulfillable_on.as_deref(), Some("now"));
    let refund = &order.adjustments[0];
    assert_eq!((&refund.kind, &refund.status), (&AdjustmentKind::Refund, &AdjustmentStatus::Pending));
    assert_eq!((refund.totals[0].amount, refund.line_items[0].quantity), (-16800, -1));
    assert!(order.extra.get("app.nightmarket.opening").is_some());
    assert!(verify(&order.totals).is_ok());
}

#[test]
fn a_cart_is_replaced_whole() {
    let body = br#"{"ucp":{"version":"2026-04-08"},"id":"cart-3","currency":"USD","line_items":[
        {"id":"l1","item":{"id":"snack","title":"Snack","price":1250},"quantity":3,"totals":[]}],
        "totals":[{"type":"subtotal","amount":3750},{"type":"total","amount":3750}],
        "discounts":{"codes":["CRUNCH"]},"context":{"language":"zh-Hans"},"messages":null}"#;
    let cart: Cart = parse(body).expect("it can be read").into_result().expect("a cart");
    assert_eq!(
        serde_json::to_value(CartRequest::from(&cart)).expect("it is JSON"),
        json!({
            "id": "cart-3",
            "line_items": [{ "id": "l1", "item": { "id": "snack" }, "quantity": 3 }],
            "context": { "language": "zh-Hans" },
            "discounts": { "codes": ["CRUNCH"] }
        })
    );
}
