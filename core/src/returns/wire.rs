//! What the shop says about returns. Unknown values are kept, unknown members ignored.

use serde::{Deserialize, Serialize};

use super::machine_money::{MoneyState, Paid};
use super::machine_pickup::PickupState;
use crate::ids::{OrderId, ReturnId, SlotId};
use crate::money::{Currency, Money};
use crate::time::Timestamp;
use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::open_enum;

open_enum! {
    /// How a line goes back.
    pub enum LineKind {
        /// A courier takes it.
        Goods = "goods",
        /// Access ends; nothing is picked up.
        Digital = "digital",
    }
}

/// What of an order can go back (contract: `returnable.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returnable {
    /// The shop's clock.
    pub now: Timestamp,
    /// Lines with something left to return, or that had.
    pub lines: Vec<ReturnableLine>,
}

/// A line of an order, as to returning it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnableLine {
    /// The order's line.
    pub line_id: String,
    /// Pieces handed to the shopper.
    pub delivered: u32,
    /// Pieces that came back.
    pub returned: u32,
    /// Pieces in returns that are not closed.
    pub open: u32,
    /// Last moment to ask; shop's clock.
    pub until: Timestamp,
    /// How it goes back.
    pub kind: LineKind,
    /// Reasons that the shop takes, in the order to show.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// For one piece.
    pub refund: Money,
    /// The refund rule of a digital line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digital: Option<DigitalRule>,
}

/// What a digital line is worth when it goes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigitalRule {
    /// The rule in words, to be shown.
    pub rule: String,
    /// Until when it can be used; shop's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_until: Option<Timestamp>,
    /// Sessions of a course.
    #[serde(default)]
    pub sessions: Vec<Session>,
}

/// A session of a course; shop's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Whether it was used.
    pub attended: bool,
}

/// What of a line goes back, and why (contract: `return_request.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnLine {
    /// The order's line.
    pub line_id: String,
    /// Pieces, at least one.
    pub quantity: u32,
    /// One of the line's reasons.
    pub reason: String,
}

/// Asks to give something back.
#[derive(Debug, Serialize)]
pub(super) struct ReturnRequest<'a> {
    pub(super) order_id: &'a OrderId,
    pub(super) lines: &'a [ReturnLine],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<&'a str>,
}

/// Fixes a slot (contract: `booking.json`).
#[derive(Serialize)]
pub(super) struct Booking<'a> {
    pub(super) slot_id: &'a SlotId,
    pub(super) address: &'a PostalAddress,
}

/// A return as the shop says it (contract: `return.json`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ReturnWire {
    pub(super) id: ReturnId,
    pub(super) order_id: OrderId,
    pub(super) revision: u64,
    pub(super) now: Timestamp,
    pub(super) request: RequestWire,
    #[serde(default)]
    pub(super) pickup: Option<PickupWire>,
    pub(crate) money: MoneyWire,
    pub(super) lines: Vec<ReturnLine>,
}

open_enum! {
    /// Where the shop has the request.
    pub enum RequestWord {
        /// It came.
        Requested = "requested",
        /// A person looks at it.
        NeedsReview = "needs_review",
        /// Agreed.
        Approved = "approved",
        /// Not taken back.
        Declined = "declined",
        /// Done.
        Closed = "closed",
        /// The shopper keeps it.
        Canceled = "canceled",
        /// Not handed over in time.
        Expired = "expired",
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct RequestWire {
    pub(super) state: RequestWord,
    #[serde(default)]
    pub(super) reason: Option<String>,
}

/// The parcel's way back (contract: `pickup.json`).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct PickupWire {
    pub(super) state: PickupState,
    #[serde(default)]
    pub(super) slots: Vec<Slot>,
    #[serde(default)]
    pub(super) slot_id: Option<SlotId>,
    #[serde(default)]
    pub(super) held_until: Option<Timestamp>,
    #[serde(default)]
    pub(super) deadline: Option<Timestamp>,
    #[serde(default)]
    pub(super) courier: Option<Courier>,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) receipt: Option<Receipt>,
}

/// A time at which a courier can come (contract: `slot.json`); shop's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Its id.
    pub id: SlotId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub to: Timestamp,
    /// Hand it over as it is: nothing to pack, nothing to print.
    pub unpacked: bool,
    /// Minor units of the order's currency that come off the refund; zero is free.
    #[serde(default)]
    pub fee: i64,
}

/// Who comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Courier {
    /// What to look for.
    pub label: String,
    /// When they are expected; shop's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eta: Option<Timestamp>,
}

/// What the courier took; the shopper's proof.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Its number.
    pub id: String,
    /// When; shop's clock.
    pub at: Timestamp,
    /// What was taken.
    pub items: Vec<Taken>,
}

/// Pieces of a line that the courier took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The order's line.
    pub line_id: String,
    /// Pieces.
    pub quantity: u32,
}

/// Where the money is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct MoneyWire {
    pub(super) state: MoneyState,
    #[serde(default)]
    pub(super) amount: Option<i64>,
    #[serde(default)]
    pub(super) currency: Option<Currency>,
    #[serde(default)]
    pub(super) refunded: Option<i64>,
    #[serde(default, rename = "final")]
    pub(super) is_final: bool,
}

impl MoneyWire {
    /// The amounts as money; those without a currency are none.
    pub(crate) fn paid_back(&self) -> Paid {
        let money = |minor: Option<i64>| Some(Money::new(minor?, self.currency?));
        Paid {
            state: self.state.clone(),
            due: money(self.amount),
            refunded: money(self.refunded),
            is_final: self.is_final,
        }
    }
}
