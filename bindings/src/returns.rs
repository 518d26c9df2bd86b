//! Returns, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::ids::{OrderId, ReturnId, ShopDomain, SlotId};
use nightmarket::returns;
pub use nightmarket::returns::{
    Contradiction, Courier, DigitalRule, LineKind, MoneyState, Paid, Pickup, PickupState, Receipt,
    Request as ReturnRequest, ReturnLine, ReturnRef, Returnable, ReturnableLine, Session as CourseSession,
    Slot, Taken,
};

use crate::cancel::{CancelToken, within};
use crate::error::{NightmarketError, Result};
use crate::listeners::{Listeners, Subscription, list_listener, listener};
use crate::types::{Money, PostalAddress, Timestamp};

uniffi::custom_type!(ReturnRef, String, {
    remote,
    lower: |id| id.as_str().to_owned(),
    try_lift: |id| Ok(ReturnRef::new(id)),
});

/// What of an order can go back (contract: `returnable.json`).
#[uniffi::remote(Record)]
pub struct Returnable {
    /// The shop's clock.
    pub now: Timestamp,
    /// Lines with something left to return, or that had.
    pub lines: Vec<ReturnableLine>,
}

/// A line of an order, as to returning it.
#[uniffi::remote(Record)]
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
    pub reasons: Vec<String>,
    /// For one piece.
    pub refund: Money,
    /// The refund rule of a digital line.
    pub digital: Option<DigitalRule>,
}

/// How a line goes back.
#[uniffi::remote(Enum)]
pub enum LineKind {
    /// A courier takes it.
    Goods,
    /// Access ends; nothing is picked up.
    Digital,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What a digital line is worth when it goes back.
#[uniffi::remote(Record)]
pub struct DigitalRule {
    /// The rule in words, to be shown.
    pub rule: String,
    /// Until when it can be used; shop's clock.
    pub access_until: Option<Timestamp>,
    /// Sessions of a course.
    pub sessions: Vec<CourseSession>,
}

/// A session of a course; shop's clock.
#[uniffi::remote(Record)]
pub struct CourseSession {
    /// When it starts.
    pub starts_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Whether it was used.
    pub attended: bool,
}

/// What of a line goes back, and why (contract: `return_request.json`).
#[uniffi::remote(Record)]
pub struct ReturnLine {
    /// The order's line.
    pub line_id: String,
    /// Pieces, at least one.
    pub quantity: u32,
    /// One of the line's reasons.
    pub reason: String,
}

/// Where the request for a return stands.
#[uniffi::remote(Enum)]
pub enum ReturnRequest {
    /// On its way to the shop.
    Submitting,
    /// It was sent, and no answer came: it is sent again under the same key, or looked for.
    Unknown,
    /// The shop took no request; why. Nothing is open there, and a new wish may be sent.
    NotMade {
        /// The shop's code, or `not_there`: it was looked for in vain.
        code: String,
        /// The shop's words.
        content: String,
    },
    /// Something of these lines is in a return at the shop, and only the order's page there can tell which.
    AtShop,
    /// The shop has it.
    Requested,
    /// A person looks at it.
    NeedsReview,
    /// Agreed: a slot can be chosen.
    Approved,
    /// Not taken back; why.
    Declined {
        /// The shop's words.
        reason: Option<String>,
    },
    /// Done.
    Closed,
    /// The shopper keeps it.
    Canceled,
    /// It was not handed over in time.
    Expired,
    /// A word this version does not know, to be shown.
    Other(String),
}

/// The parcel as last heard.
#[uniffi::remote(Record)]
pub struct Pickup {
    /// Where it is.
    pub state: PickupState,
    /// Slots that can be held or booked now.
    pub slots: Vec<Slot>,
    /// The slot held or booked.
    pub slot: Option<SlotId>,
    /// Until when a held slot is kept; shop's clock.
    pub held_until: Option<Timestamp>,
    /// Until when it must be handed over; shop's clock. Moved on when a courier does not come.
    pub deadline: Option<Timestamp>,
    /// Who comes.
    pub courier: Option<Courier>,
    /// For the courier at the door; hidden until they are there, and once they are gone.
    pub code: Option<String>,
    /// What the courier took.
    pub receipt: Option<Receipt>,
    /// Whether it left the shopper's hands.
    pub custody_passed: bool,
}

/// Where the parcel is.
#[uniffi::remote(Enum)]
pub enum PickupState {
    /// Choose a slot.
    SlotsOffered,
    /// A slot is kept for a while.
    SlotHeld,
    /// A courier will come.
    Booked,
    /// It is known who.
    CourierAssigned,
    /// They are on their way.
    EnRoute,
    /// They are at the door: give them the code.
    Arrived,
    /// They have it; the receipt is here.
    HandedOver,
    /// On its way to the shop.
    InTransit,
    /// The shop has it.
    Received,
    /// The shop looked at it.
    Inspected,
    /// Nobody was at home: choose again.
    CustomerNoShow,
    /// The courier did not come: choose again, at no cost, with more time.
    CourierNoShow,
    /// Turned away at the door.
    Refused,
    /// Lost after it was handed over.
    Lost,
    /// Brought to a counter instead.
    DropOff,
    /// The shop does not want it back.
    KeepItem,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// A time at which a courier can come (contract: `slot.json`); shop's clock.
#[uniffi::remote(Record)]
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
    pub fee: i64,
}

/// Who comes.
#[uniffi::remote(Record)]
pub struct Courier {
    /// What to look for.
    pub label: String,
    /// When they are expected; shop's clock.
    pub eta: Option<Timestamp>,
}

/// What the courier took; the shopper's proof.
#[uniffi::remote(Record)]
pub struct Receipt {
    /// Its number.
    pub id: String,
    /// When; shop's clock.
    pub at: Timestamp,
    /// What was taken.
    pub items: Vec<Taken>,
}

/// Pieces of a line that the courier took.
#[uniffi::remote(Record)]
pub struct Taken {
    /// The order's line.
    pub line_id: String,
    /// Pieces.
    pub quantity: u32,
}

/// The money as last heard.
#[uniffi::remote(Record)]
pub struct Paid {
    /// Where it is.
    pub state: MoneyState,
    /// What is due in the end.
    pub due: Option<Money>,
    /// What came back so far.
    pub refunded: Option<Money>,
    /// No more will come.
    pub is_final: bool,
}

/// Where the money is.
#[uniffi::remote(Enum)]
pub enum MoneyState {
    /// Nothing is due.
    None,
    /// What it will be, if all is well.
    Quoted,
    /// Promised when the courier took it; final after inspection.
    Provisional,
    /// On its way.
    Pending,
    /// Given back, some or all of it.
    Refunded,
    /// It did not go through; it is tried again.
    Failed,
    /// The shop wants some of it back, and has to ask.
    ReversalProposed,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What the shop said that cannot be; kept and shown, for the shopper to ask the shop.
#[uniffi::remote(Enum)]
pub enum Contradiction {
    /// The request was ended, and is said to be open again; or is canceled though the courier has it.
    Request,
    /// The parcel left the shopper's hands, and is said to be back there; or moved after its end.
    Parcel,
    /// A courier did not come, and the shopper shall pay for it, or has less time.
    NoShow,
    /// The money is out of bounds, in another currency, or was taken back in silence.
    Money,
    /// Other lines, or more of them, than the shopper gave.
    Lines,
}

/// A return as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct ReturnView {
    /// This device's name of it, there before the shop has given it an id.
    pub id: ReturnRef,
    /// Whose.
    pub shop: ShopDomain,
    /// Of which order.
    pub order: OrderId,
    /// The shop's id of it; none until it answered.
    pub return_id: Option<ReturnId>,
    /// When it was asked for, wall time of this device.
    pub created_at: Timestamp,
    /// Where the request stands.
    pub request: ReturnRequest,
    /// Where the parcel is; none for digital lines, and before it is approved.
    pub pickup: Option<Pickup>,
    /// Where the money is.
    pub money: Paid,
    /// What goes back.
    pub lines: Vec<ReturnLine>,
    /// Whether it can be called off.
    pub can_cancel: bool,
    /// Whether nothing more is to come.
    pub is_settled: bool,
    /// What the shop said last that cannot be; it is not believed.
    pub contradiction: Option<Contradiction>,
    /// Why the shop could not be asked the last time.
    pub problem: Option<NightmarketError>,
}

impl From<returns::ReturnView> for ReturnView {
    fn from(view: returns::ReturnView) -> Self {
        Self {
            id: view.id,
            shop: view.shop,
            order: view.order,
            return_id: view.return_id,
            created_at: view.created_at,
            request: view.request,
            pickup: view.pickup,
            money: view.money,
            lines: view.lines,
            can_cancel: view.can_cancel,
            is_settled: view.is_settled,
            contradiction: view.contradiction,
            problem: view.problem.map(Into::into),
        }
    }
}

list_listener!(ReturnView from returns::ReturnView: ReturnViewListener, ReturnViewBatch, ReturnViewDiff);
listener!(ReturnListener, ReturnView);

/// What these lines bring back by the shop's figures, before a slot's fee; none if they do not add up.
#[uniffi::export]
pub fn estimate_refund(returnable: Returnable, lines: Vec<ReturnLine>) -> Option<Money> {
    returnable.estimate(&lines)
}

/// Lines that can go back now.
#[uniffi::export]
pub fn eligible_lines(returnable: Returnable) -> Vec<ReturnableLine> {
    returnable.eligible().cloned().collect()
}

/// The shopper's returns. Every call is `NotOffered` at a shop without them: the order's page is the way then
/// (`Orders.permalink`).
#[derive(uniffi::Object)]
pub struct Returns {
    pub(crate) returns: returns::Returns,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Returns {
    /// What of an order can go back, why, until when, and what it brings.
    pub async fn eligible(
        &self,
        shop: ShopDomain,
        order: OrderId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Returnable> {
        within(cancel, self.returns.eligible(shop, order)).await
    }

    /// Asks to give lines back. Durable when this returns; the outcome is observed by `watch`.
    ///
    /// # Errors
    /// `Refused` with `not_returnable` or `too_late`, or `BadInput`, if the lines do not fit what the shop takes back:
    /// nothing is kept then.
    pub async fn start(
        &self,
        shop: ShopDomain,
        order: OrderId,
        lines: Vec<ReturnLine>,
        note: Option<String>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ReturnRef> {
        within(cancel, self.returns.start(shop, order, lines, note)).await
    }

    /// A return, now and kept fresh while the subscription lives: at the channel's hints, else by polling.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch(&self, id: ReturnRef, listener: Box<dyn ReturnListener>) -> Result<Arc<Subscription>> {
        self.listeners.value(self.returns.watch(id).await?, listener).await
    }

    /// All returns, newest first, from this device's ledger, with those of other devices that the channel told of.
    pub async fn list(&self, listener: Box<dyn ReturnViewListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.returns.list().await?, listener, ReturnViewBatch::of).await
    }

    /// Reads a return once.
    pub async fn read(&self, id: ReturnRef, cancel: Option<Arc<CancelToken>>) -> Result<ReturnView> {
        Ok(within(cancel, self.returns.read(id)).await?.into())
    }

    /// Slots that can be chosen now, by the shop's clock; none where there is nothing to pick up, or not yet.
    pub async fn slots(&self, id: ReturnRef, cancel: Option<Arc<CancelToken>>) -> Result<Vec<Slot>> {
        within(cancel, self.returns.slots(id)).await
    }

    /// Keeps a slot for a while (`held_until`); another one that was held is let go.
    ///
    /// # Errors
    /// `Refused` with `slot_taken` or `wrong_state`; `Unsettled` while the request is.
    pub async fn hold(
        &self,
        id: ReturnRef,
        slot: SlotId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ReturnView> {
        Ok(within(cancel, self.returns.hold(id, slot)).await?.into())
    }

    /// Books a slot, held or not; while one is booked, another (the courier not being there yet).
    ///
    /// # Errors
    /// As `hold`; `BadInput` for an empty address.
    pub async fn book(
        &self,
        id: ReturnRef,
        slot: SlotId,
        address: PostalAddress,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<ReturnView> {
        Ok(within(cancel, self.returns.book(id, slot, address)).await?.into())
    }

    /// Keeps it after all, until the courier has it. Canceled is said only when the shop says so.
    ///
    /// # Errors
    /// `Refused` with `too_late` or `wrong_state`; `Unsettled` while the request is.
    pub async fn cancel(&self, id: ReturnRef, cancel: Option<Arc<CancelToken>>) -> Result<ReturnView> {
        Ok(within(cancel, self.returns.cancel(id)).await?.into())
    }
}
