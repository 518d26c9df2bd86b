//! Orders (UCP order, order-rest): a snapshot of the current state, whole in every answer.

use serde::{Deserialize, Serialize};

use crate::address::PostalAddress;
use crate::checkout::Checkout;
use crate::context::Attribution;
use crate::de;
use crate::envelope::Meta;
use crate::extra::Extra;
use crate::fulfillment::MethodKind;
use crate::item::{Item, LineItem};
use crate::message::Message;
use crate::open::open_enum;
use crate::total::Total;

open_enum! {
    /// Where a line stands (UCP `types/order_line_item`).
    pub enum LineStatus {
        /// Nothing fulfilled yet.
        Processing = "processing",
        /// Some of it fulfilled.
        Partial = "partial",
        /// All of it fulfilled.
        Fulfilled = "fulfilled",
        /// None of it left.
        Removed = "removed",
    }
}

open_enum! {
    /// What happened to a shipment (UCP `types/fulfillment_event`).
    pub enum EventKind {
        /// Being prepared.
        Processing = "processing",
        /// With the carrier.
        Shipped = "shipped",
        /// On its way.
        InTransit = "in_transit",
        /// With the buyer.
        Delivered = "delivered",
        /// A delivery failed.
        FailedAttempt = "failed_attempt",
        /// Called off.
        Canceled = "canceled",
        /// Cannot be delivered.
        Undeliverable = "undeliverable",
        /// Back at the business.
        ReturnedToSender = "returned_to_sender",
    }
}

open_enum! {
    /// What an adjustment is (UCP types/adjustment).
    pub enum AdjustmentKind {
        /// Money back.
        Refund = "refund",
        /// Goods back.
        Return = "return",
        /// A credit.
        Credit = "credit",
        /// Another price.
        PriceAdjustment = "price_adjustment",
        /// A dispute.
        Dispute = "dispute",
        /// Called off.
        Cancellation = "cancellation",
    }
}

open_enum! {
    /// Where an adjustment stands.
    pub enum AdjustmentStatus {
        /// Under way.
        Pending = "pending",
        /// Done.
        Completed = "completed",
        /// Did not work.
        Failed = "failed",
    }
}

/// An order (UCP order).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Metadata.
    pub ucp: Meta,
    /// The order's id.
    pub id: String,
    /// What the business calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The session it came from.
    pub checkout_id: String,
    /// The order at the business, where everything can be done that no capability offers.
    pub permalink_url: String,
    /// The lines.
    pub line_items: Vec<OrderLine>,
    /// What is expected, and what happened.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub fulfillment: OrderFulfillment,
    /// Refunds, returns, credits, and the like.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub adjustments: Vec<Adjustment>,
    /// ISO 4217. Absent in the older shape only: it is the checkout's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// The price.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// What to show; to be looked at before the rest.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
    /// The checkout's referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Fields of other extensions.
    #[serde(flatten)]
    pub extra: Extra,
}

impl Order {
    /// The order as its completed session tells of it, for a business whose orders cannot be read: before 2026-04-08 they
    /// go out by webhook only (UCP order, Events), and are made of the session's fields (checkout, Complete Checkout).
    /// Nothing in it says what became of it since. None if no order was placed.
    pub fn of_checkout(checkout: Checkout) -> Option<Self> {
        let placed = checkout.order?;
        let line = |line: LineItem| OrderLine {
            id: line.id,
            quantity: OrderQuantity { original: None, total: line.quantity, fulfilled: 0 },
            item: line.item,
            totals: line.totals,
            status: LineStatus::Processing,
            parent_id: line.parent_id,
        };
        Some(Self {
            ucp: checkout.ucp,
            id: placed.id,
            label: placed.label,
            checkout_id: checkout.id,
            permalink_url: placed.permalink_url,
            line_items: checkout.line_items.into_iter().map(line).collect(),
            fulfillment: OrderFulfillment::default(),
            adjustments: Vec::new(),
            currency: Some(checkout.currency),
            totals: checkout.totals,
            messages: Vec::new(),
            attribution: None,
            extra: Extra::default(),
        })
    }
}

/// A line of an order (UCP `types/order_line_item`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    /// The line's id.
    pub id: String,
    /// What was bought.
    pub item: Item,
    /// How many, and how many of them arrived.
    pub quantity: OrderQuantity,
    /// What the line costs.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// Where it stands.
    pub status: LineStatus,
    /// The line this one belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
}

/// Quantities of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderQuantity {
    /// As bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<u32>,
    /// As of now, after returns and cancellations.
    pub total: u32,
    /// Fulfilled so far.
    pub fulfilled: u32,
}

/// What the buyer may expect, and what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderFulfillment {
    /// Expectations; they may be split, merged or moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub expectations: Vec<Expectation>,
    /// Events; only ever added to.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub events: Vec<Event>,
}

/// A line and a quantity of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineQuantity {
    /// The line's id.
    pub id: String,
    /// How many; negative in adjustments that take away.
    pub quantity: i64,
}

/// What the buyer may expect of some lines (UCP types/expectation).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expectation {
    /// Its id.
    pub id: String,
    /// Which lines.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub line_items: Vec<LineQuantity>,
    /// How they come.
    pub method_type: MethodKind,
    /// Where to; businesses may leave parts out.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub destination: PostalAddress,
    /// A sentence to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `now`, or an ISO 8601 date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillable_on: Option<String>,
}

/// Something that happened to a shipment (UCP `types/fulfillment_event`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its id.
    pub id: String,
    /// RFC 3339.
    pub occurred_at: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// To which lines.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub line_items: Vec<LineQuantity>,
    /// The carrier's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
    /// Where to follow it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_url: Option<String>,
    /// The carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// A sentence to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// Something after the order that is no shipment (UCP types/adjustment).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adjustment {
    /// Its id.
    pub id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: AdjustmentKind,
    /// RFC 3339.
    pub occurred_at: String,
    /// Where it stands.
    pub status: AdjustmentStatus,
    /// Which lines.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub line_items: Vec<LineQuantity>,
    /// The money; negative goes to the buyer.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// A sentence to show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
