//! Returns: give it to the courier at the door, as it is. Request, parcel and money are machines of their own.
//!
//! A wish is in the ledger with its idempotency key before a byte leaves, and is sent under that key, after a restart
//! too, until the shop answers; past the key's life it is only looked for. What the shop says is the truth as far as
//! it does not contradict itself. The shopper's address goes to the shop and is not kept.

mod machine;
mod machine_money;
mod machine_pickup;
mod machine_request;
mod service;
mod store;
mod submit;
pub(crate) mod wire;

use tokio::sync::watch;

use nightmarket_ucp::address::PostalAddress;

pub use machine::Contradiction;
pub use machine_money::{MoneyState, Paid};
pub use machine_pickup::{Pickup, PickupState};
pub use machine_request::Request;
pub(crate) use service::Service;
pub use wire::{
    Courier, DigitalRule, LineKind, Receipt, ReturnLine, Returnable, ReturnableLine, Session, Slot, Taken,
};

use crate::error::{Error, Result};
use crate::ids::{OrderId, ReturnId, ShopDomain, SlotId};
use crate::list::ListSubscription;
use crate::money::Money;
use crate::remote::Remote;
use crate::time::Timestamp;
use store::Row;

/// A return, as this device names it: there before the shop has given it an id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReturnRef(String);

impl ReturnRef {
    /// One that was kept as text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A return as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnView {
    /// Ours.
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
    pub request: Request,
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
    pub problem: Option<Error>,
}

impl ReturnView {
    fn of(row: &Row) -> Self {
        let state = &row.state;
        Self {
            id: ReturnRef(row.id.clone()),
            shop: row.shop.clone(),
            order: row.order.clone(),
            return_id: row.return_id.clone(),
            created_at: Timestamp(row.created_ms),
            request: state.request.clone(),
            pickup: state.pickup.clone(),
            money: state.money.clone(),
            lines: state.lines.clone(),
            can_cancel: state.can_cancel(),
            is_settled: state.is_settled(),
            contradiction: state.contradiction,
            problem: None,
        }
    }
}

impl Returnable {
    /// What these lines bring back by the shop's figures, before a slot's fee; none if they do not add up.
    pub fn estimate(&self, lines: &[ReturnLine]) -> Option<Money> {
        machine::estimate(self, lines)
    }

    /// Lines that can go back now.
    pub fn eligible(&self) -> impl Iterator<Item = &ReturnableLine> {
        self.lines.iter().filter(|line| line.is_eligible(self.now))
    }
}

/// The shopper's returns. Every call is `NotOffered` at a shop without them: the order's page is the way then
/// (`Orders::permalink`).
#[derive(Clone)]
pub struct Returns(Remote<Service>);

impl Returns {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// What of an order can go back, why, until when, and what it brings.
    pub async fn eligible(&self, shop: ShopDomain, order: OrderId) -> Result<Returnable> {
        self.0.call(|returns| async move { returns.eligible(&shop, &order).await }).await
    }

    /// Asks to give lines back. Durable when this returns; the outcome is observed by [`Returns::watch`].
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
    ) -> Result<ReturnRef> {
        self.0.call(|returns| async move { returns.start(shop, order, lines, note).await }).await
    }

    /// A return, now and kept fresh while the receiver lives: at the channel's hints, else by polling.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch(&self, id: ReturnRef) -> Result<watch::Receiver<ReturnView>> {
        self.0.call(|returns| async move { returns.watch(&id) }).await
    }

    /// All returns, newest first, from this device's ledger, with those of other devices that the channel told of.
    pub async fn list(&self) -> Result<ListSubscription<ReturnView>> {
        self.0.call(|returns| async move { Ok(returns.subscribe()) }).await
    }

    /// Reads a return once.
    pub async fn read(&self, id: ReturnRef) -> Result<ReturnView> {
        self.0.call(|returns| async move { returns.read(&id).await }).await
    }

    /// Slots that can be chosen now, by the shop's clock; none where there is nothing to pick up, or not yet.
    pub async fn slots(&self, id: ReturnRef) -> Result<Vec<Slot>> {
        self.0.call(|returns| async move { returns.slots(&id).await }).await
    }

    /// Keeps a slot for a while (`held_until`); another one that was held is let go.
    ///
    /// # Errors
    /// `Refused` with `slot_taken` or `wrong_state`; `Unsettled` while the request is.
    pub async fn hold(&self, id: ReturnRef, slot: SlotId) -> Result<ReturnView> {
        self.0.call(|returns| async move { returns.hold(&id, &slot).await }).await
    }

    /// Books a slot, held or not; while one is booked, another (the courier not being there yet).
    ///
    /// # Errors
    /// As [`Returns::hold`]; `BadInput` for an empty address.
    pub async fn book(&self, id: ReturnRef, slot: SlotId, address: PostalAddress) -> Result<ReturnView> {
        self.0.call(|returns| async move { returns.book(&id, &slot, &address).await }).await
    }

    /// Keeps it after all, until the courier has it. Canceled is said only when the shop says so.
    ///
    /// # Errors
    /// `Refused` with `too_late` or `wrong_state`; `Unsettled` while the request is.
    pub async fn cancel(&self, id: ReturnRef) -> Result<ReturnView> {
        self.0.call(|returns| async move { returns.cancel(&id).await }).await
    }
}
