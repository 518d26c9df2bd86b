//! What the shop says beyond UCP: its list of orders, and until when one can be undone.

use serde::Deserialize;

use crate::ids::{OrderId, QuoteId};
use crate::time::Timestamp;

/// A page of the caller's orders (contract: `orders_page.json`).
#[derive(Debug, Deserialize)]
pub(crate) struct OrdersPage {
    pub(super) orders: Vec<Listed>,
    #[serde(default)]
    pub(super) next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Listed {
    pub(super) id: OrderId,
    pub(super) checkout_id: QuoteId,
    pub(super) placed_at: Timestamp,
}

/// Until when an order can be cancelled (contract: `undo.json`).
#[derive(Debug, Deserialize)]
pub(crate) struct UndoWire {
    pub(super) deadline: Timestamp,
    pub(super) cancelable: bool,
    pub(super) now: Timestamp,
}
