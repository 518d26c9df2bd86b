//! Orders, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::ids::{ItemId, OrderId, QuoteId, ShopDomain};
use nightmarket::orders;
pub use nightmarket::orders::{OrderEntry, Stage, Undo};
use nightmarket::ucp::order as ucp;
pub use nightmarket::ucp::order::{AdjustmentKind, AdjustmentStatus, EventKind, LineStatus};

use crate::cancel::{CancelToken, within};
use crate::error::{NightmarketError, Result};
use crate::listeners::{Listeners, Subscription, list_listener, listener};
use crate::purchase::TotalPart;
use crate::types::{Money, Timestamp};

/// An order in the list.
#[uniffi::remote(Record)]
pub struct OrderEntry {
    /// Who sold it.
    pub shop: ShopDomain,
    /// Its id there.
    pub id: OrderId,
    /// The checkout it came of.
    pub checkout_id: QuoteId,
    /// When, by the shop's clock.
    pub placed_at: Timestamp,
    /// What the first line is; none until the order was read.
    pub title: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// What was to be paid.
    pub total: Option<Money>,
    /// Where it stands; none until the order was read.
    pub stage: Option<Stage>,
}

/// Where an order stands.
#[uniffi::remote(Enum)]
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

/// How an order can be undone.
#[uniffi::remote(Enum)]
pub enum Undo {
    /// Here, by the purchase's `undo`.
    Here {
        /// Until then, by the shop's clock.
        deadline: Timestamp,
        /// Milliseconds that were left when the shop answered; zero if it is over.
        left_ms: u64,
        /// Whether a cancel would be taken now.
        cancelable: bool,
    },
    /// The shop does not offer it here, but at the order's own page.
    AtShop {
        /// To be opened in a browser.
        permalink_url: String,
    },
}

/// Where a line stands (UCP `types/order_line_item`).
#[uniffi::remote(Enum)]
pub enum LineStatus {
    /// Nothing fulfilled yet.
    Processing,
    /// Some of it fulfilled.
    Partial,
    /// All of it fulfilled.
    Fulfilled,
    /// None of it left.
    Removed,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What happened to a shipment (UCP `types/fulfillment_event`).
#[uniffi::remote(Enum)]
pub enum EventKind {
    /// Being prepared.
    Processing,
    /// With the carrier.
    Shipped,
    /// On its way.
    InTransit,
    /// With the buyer.
    Delivered,
    /// A delivery failed.
    FailedAttempt,
    /// Called off.
    Canceled,
    /// Cannot be delivered.
    Undeliverable,
    /// Back at the business.
    ReturnedToSender,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What an adjustment is (UCP types/adjustment).
#[uniffi::remote(Enum)]
pub enum AdjustmentKind {
    /// Money back.
    Refund,
    /// Goods back.
    Return,
    /// A credit.
    Credit,
    /// Another price.
    PriceAdjustment,
    /// A dispute.
    Dispute,
    /// Called off.
    Cancellation,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// Where an adjustment stands.
#[uniffi::remote(Enum)]
pub enum AdjustmentStatus {
    /// Under way.
    Pending,
    /// Done.
    Completed,
    /// Did not work.
    Failed,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// One order as last read.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrderView {
    /// Who sold it.
    pub shop: ShopDomain,
    /// Its id there.
    pub id: OrderId,
    /// As the shop says it; none until read.
    pub order: Option<Order>,
    /// Where it stands.
    pub stage: Option<Stage>,
    /// Why it could not be read the last time; what is shown is older then.
    pub problem: Option<NightmarketError>,
}

/// An order as its shop says it (UCP order), as far as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Order {
    /// The order's id.
    pub id: OrderId,
    /// What the shop calls it.
    pub label: Option<String>,
    /// The order at the shop, where everything can be done that is not offered here.
    pub permalink_url: String,
    /// The lines.
    pub lines: Vec<OrderLine>,
    /// ISO 4217; none where the shop does not say.
    pub currency: Option<String>,
    /// The price, in the shop's order; minor units.
    pub totals: Vec<TotalPart>,
    /// What may be expected, in the shop's words.
    pub expectations: Vec<String>,
    /// What happened to parcels, oldest first.
    pub events: Vec<OrderEvent>,
    /// Refunds, returns, credits, and the like.
    pub adjustments: Vec<Adjustment>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrderLine {
    /// The line's id: a return names it.
    pub id: String,
    /// What was bought.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// A picture.
    pub image_url: Option<String>,
    /// Price of one, minor units.
    pub price: i64,
    /// How many there are now, after returns and cancellations.
    pub quantity: u32,
    /// How many of them arrived.
    pub fulfilled: u32,
    /// Where it stands.
    pub status: LineStatus,
}

/// Something that happened to a parcel.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct OrderEvent {
    /// What happened.
    pub kind: EventKind,
    /// RFC 3339, by the shop.
    pub occurred_at: String,
    /// A sentence to show.
    pub description: Option<String>,
    /// The carrier.
    pub carrier: Option<String>,
    /// The carrier's number.
    pub tracking_number: Option<String>,
    /// Where to follow it.
    pub tracking_url: Option<String>,
}

/// Something after the order that is no parcel.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Adjustment {
    /// What it is.
    pub kind: AdjustmentKind,
    /// Where it stands.
    pub status: AdjustmentStatus,
    /// RFC 3339, by the shop.
    pub occurred_at: String,
    /// A sentence to show.
    pub description: Option<String>,
    /// The money, minor units; negative goes to the shopper.
    pub totals: Vec<TotalPart>,
}

impl From<orders::OrderView> for OrderView {
    fn from(view: orders::OrderView) -> Self {
        Self {
            shop: view.shop,
            id: view.id,
            order: view.order.as_deref().map(Order::from),
            stage: view.stage,
            problem: view.problem.map(Into::into),
        }
    }
}

impl From<&ucp::Order> for Order {
    fn from(order: &ucp::Order) -> Self {
        Self {
            id: order.id.as_str().into(),
            label: order.label.clone(),
            permalink_url: order.permalink_url.clone(),
            lines: order.line_items.iter().map(OrderLine::from).collect(),
            currency: order.currency.clone(),
            totals: totals(&order.totals),
            expectations: order
                .fulfillment
                .expectations
                .iter()
                .filter_map(|expectation| expectation.description.clone())
                .collect(),
            events: order.fulfillment.events.iter().map(OrderEvent::from).collect(),
            adjustments: order.adjustments.iter().map(Adjustment::from).collect(),
        }
    }
}

impl From<&ucp::OrderLine> for OrderLine {
    fn from(line: &ucp::OrderLine) -> Self {
        Self {
            id: line.id.clone(),
            item: line.item.id.as_str().into(),
            title: line.item.title.clone(),
            image_url: line.item.image_url.clone(),
            price: line.item.price,
            quantity: line.quantity.total,
            fulfilled: line.quantity.fulfilled,
            status: line.status.clone(),
        }
    }
}

impl From<&ucp::Event> for OrderEvent {
    fn from(event: &ucp::Event) -> Self {
        Self {
            kind: event.kind.clone(),
            occurred_at: event.occurred_at.clone(),
            description: event.description.clone(),
            carrier: event.carrier.clone(),
            tracking_number: event.tracking_number.clone(),
            tracking_url: event.tracking_url.clone(),
        }
    }
}

impl From<&ucp::Adjustment> for Adjustment {
    fn from(adjustment: &ucp::Adjustment) -> Self {
        Self {
            kind: adjustment.kind.clone(),
            status: adjustment.status.clone(),
            occurred_at: adjustment.occurred_at.clone(),
            description: adjustment.description.clone(),
            totals: totals(&adjustment.totals),
        }
    }
}

fn totals(totals: &[nightmarket::ucp::total::Total]) -> Vec<TotalPart> {
    totals.iter().map(|total| TotalPart { label: total.label().to_owned(), amount: total.amount }).collect()
}

list_listener!(OrderEntry: OrderEntryListener, OrderEntryBatch, OrderEntryDiff);
listener!(OrderListener, OrderView);

/// The shopper's orders.
#[derive(uniffi::Object)]
pub struct Orders {
    pub(crate) orders: orders::Orders,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Orders {
    /// All orders, newest first, as known here; `refresh` brings what the shops know.
    pub async fn list(&self, listener: Box<dyn OrderEntryListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.orders.list().await?, listener, OrderEntryBatch::of).await
    }

    /// Asks the shops for the shopper's orders and reads the newest. Shops that fail are left as they were; an error
    /// only if all failed.
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.orders.refresh()).await
    }

    /// One order, read now and kept fresh while the subscription lives; starts with what the cache has.
    pub async fn watch(
        &self,
        shop: ShopDomain,
        order: OrderId,
        listener: Box<dyn OrderListener>,
    ) -> Result<Arc<Subscription>> {
        self.listeners.value(self.orders.watch(shop, order).await?, listener).await
    }

    /// Reads one order once.
    ///
    /// # Errors
    /// `NotOffered` where the shop has no orders over UCP, `Refused` (`not_found`) if it is not the shopper's.
    pub async fn read(
        &self,
        shop: ShopDomain,
        order: OrderId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Order> {
        Ok(Order::from(&*within(cancel, self.orders.read(shop, order)).await?))
    }

    /// Until when an order can be undone, and where.
    pub async fn undo_deadline(
        &self,
        shop: ShopDomain,
        order: OrderId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Undo> {
        within(cancel, self.orders.undo_deadline(shop, order)).await
    }

    /// The order's page at its shop, for whatever is not offered here.
    pub async fn permalink(
        &self,
        shop: ShopDomain,
        order: OrderId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<String> {
        within(cancel, self.orders.permalink(shop, order)).await
    }
}
