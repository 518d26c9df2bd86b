//! What an order's lines, events and adjustments come to, in one word. Pure.

use nightmarket_ucp::order::{AdjustmentKind, AdjustmentStatus, EventKind, LineStatus, Order, OrderLine};
use nightmarket_ucp::total::TotalKind;

use crate::money::Money;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The shop has it.
    Processing,
    /// On its way.
    OnTheWay,
    /// The carrier came, and nobody took it.
    FailedAttempt,
    /// Some of it arrived.
    PartlyDelivered,
    /// All of it arrived; digital goods are there at once.
    Delivered,
    /// The carrier cannot deliver it, or it is back at the shop.
    Undeliverable,
    /// Called off; nothing of it is left.
    Canceled,
    /// All of it went back.
    Returned,
}

impl Stage {
    /// Whether it can stay like this for days: nothing is under way.
    pub(crate) fn is_settled(self) -> bool {
        matches!(self, Self::Delivered | Self::Canceled | Self::Returned)
    }
}

fn is_gone(line: &OrderLine) -> bool {
    line.status == LineStatus::Removed || line.quantity.total == 0
}

/// Where it stands, from what is left of it, what arrived, and the last thing that happened to a parcel.
pub(crate) fn stage(order: &Order) -> Stage {
    if !order.line_items.is_empty() && order.line_items.iter().all(is_gone) {
        let canceled = order.adjustments.iter().any(|adjustment| {
            adjustment.kind == AdjustmentKind::Cancellation && adjustment.status != AdjustmentStatus::Failed
        });
        return if canceled { Stage::Canceled } else { Stage::Returned };
    }
    let left = || order.line_items.iter().filter(|line| !is_gone(line));
    if !order.line_items.is_empty() && left().all(|line| line.quantity.fulfilled >= line.quantity.total) {
        return Stage::Delivered;
    }
    let last = order.fulfillment.events.iter().rev().find_map(|event| match event.kind {
        EventKind::Shipped | EventKind::InTransit => Some(Stage::OnTheWay),
        EventKind::FailedAttempt => Some(Stage::FailedAttempt),
        EventKind::Undeliverable | EventKind::ReturnedToSender => Some(Stage::Undeliverable),
        _ => None,
    });
    match last {
        Some(Stage::OnTheWay) | None if left().any(|line| line.quantity.fulfilled > 0) => {
            Stage::PartlyDelivered
        }
        Some(stage) => stage,
        None => Stage::Processing,
    }
}

/// What was to be paid; none if the order does not say in which currency, or what.
pub(crate) fn total(order: &Order) -> Option<Money> {
    let currency = order.currency.as_deref()?.parse().ok()?;
    let total = order.totals.iter().find(|total| total.kind == TotalKind::Total)?;
    Some(Money::new(total.amount, currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn order(lines: &[(u32, u32, &str)], events: &[&str], adjustments: &Value) -> Order {
        let lines: Vec<_> = lines
            .iter()
            .enumerate()
            .map(|(index, (total, fulfilled, status))| {
                json!({"id": format!("li_{index}"), "item": {"id": "i", "title": "t", "price": 5},
                    "quantity": {"original": 2, "total": total, "fulfilled": fulfilled}, "totals": [],
                    "status": status})
            })
            .collect();
        let events: Vec<_> = events
            .iter()
            .map(|kind| json!({"id": "e", "occurred_at": "2026-11-24T20:00:00Z", "type": kind, "line_items": []}))
            .collect();
        serde_json::from_value(json!({"ucp": {"version": "2026-04-08"}, "id": "o", "checkout_id": "c",
            "permalink_url": "https://shop.example/o", "line_items": lines, "fulfillment": {"events": events},
            "adjustments": adjustments, "currency": "USD", "totals": [{"type": "total", "amount": 7}]}))
        .unwrap()
    }

    #[test]
    fn one_word_for_an_order() {
        let none = json!([]);
        let called_off = |status: &str| json!([{"id": "a", "type": "cancellation", "occurred_at": "2026-11-24T20:00:00Z", "status": status}]);
        let cases = [
            (order(&[(1, 0, "processing")], &[], &none), Stage::Processing),
            (order(&[(1, 0, "processing")], &["processing", "shipped"], &none), Stage::OnTheWay),
            (order(&[(1, 0, "processing")], &["shipped", "never heard of"], &none), Stage::OnTheWay),
            (order(&[(1, 0, "processing")], &["shipped", "failed_attempt"], &none), Stage::FailedAttempt),
            (order(&[(2, 1, "partial")], &["shipped"], &none), Stage::PartlyDelivered),
            (order(&[(1, 1, "fulfilled"), (1, 0, "processing")], &[], &none), Stage::PartlyDelivered),
            (order(&[(1, 1, "fulfilled"), (0, 0, "removed")], &["delivered"], &none), Stage::Delivered),
            (order(&[(1, 0, "processing")], &["shipped", "undeliverable"], &none), Stage::Undeliverable),
            (order(&[(0, 0, "removed")], &[], &called_off("completed")), Stage::Canceled),
            (order(&[(0, 0, "removed")], &["delivered"], &called_off("failed")), Stage::Returned),
            (order(&[(1, 0, "a newer word")], &[], &none), Stage::Processing),
        ];
        for (index, (order, expected)) in cases.into_iter().enumerate() {
            assert_eq!(stage(&order), expected, "case {index}");
        }
    }

    #[test]
    fn a_total_needs_its_currency() {
        let mut order = order(&[(1, 0, "processing")], &[], &json!([]));
        assert_eq!(total(&order).map(|total| total.minor), Some(7));
        order.currency = None;
        assert_eq!(total(&order), None);
    }
}
