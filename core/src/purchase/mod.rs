//! Buying: a quote, one tap or a confirmation, and an outcome that is known, shown and never doubled.
//!
//! `decide` says whether a tap buys. The tap is written down in one transaction before anything is sent; `machine` says
//! what follows from every answer, and from none; `executor` does it, also after a restart.

pub mod carts;
mod consents;
pub mod decide;
pub(crate) mod digest;
mod early;
mod executor;
mod gesture;
pub mod machine;
pub mod policy;
pub mod policy_early;
pub mod quote;
mod quoting;
mod service;
mod store;
pub(crate) mod wire;

use nightmarket_ucp::address::PostalAddress;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::sync::watch;

pub use consents::QuoteConsent;
pub use decide::{Decision, Reason, Weight};
pub use machine::{NotSent, Order, State};
pub use policy::{Caps, Left, Pause, Policy, QuietHours};
pub use quote::{Quote, QuoteKey, Rendered};
pub use store::AuditEntry;

pub use nightmarket_ucp::consent::ConsentKind;

pub(crate) use service::Service;

use crate::error::{Error, Result};
use crate::host::DeclaredAge;
use crate::ids::{ItemId, OfferId, PinId, PurchaseId, RoomId, ShopDomain};
use crate::money::{Currency, Money};
use crate::ports::DbExt as _;
use crate::remote::Remote;
use quote::QuoteLine;
use store::{Row, Which};

/// An item, and how many of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The variant's id.
    pub item: ItemId,
    /// How many.
    pub quantity: u32,
}

/// What the shopper wants to buy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuyRequest {
    /// At this shop.
    pub shop: ShopDomain,
    /// These; may be empty for an offer, which brings its own.
    pub items: Vec<Wanted>,
    /// The host's offer, a JWS.
    pub offer: Option<String>,
    /// Discount codes.
    pub discount_codes: Vec<String>,
    /// The venue's proof of membership, a JWS; sent only to a shop that takes it.
    pub membership: Option<String>,
    /// The currency wanted; a shop of UCP 2026-01-11 has to be told.
    pub currency: Option<Currency>,
    /// Pay with this instrument of the host app; else the first that fits.
    pub instrument: Option<String>,
    /// Pay by the handler of this id; else the first that fits.
    pub handler: Option<String>,
    /// It is a subscription.
    pub subscription: bool,
    /// It is a blind box: its odds have to be shown.
    pub blind_box: bool,
    /// A variant has yet to be chosen: it is priced, not bought.
    pub variant_open: bool,
}

impl BuyRequest {
    /// Nothing yet, at a shop.
    pub fn at(shop: ShopDomain) -> Self {
        Self {
            shop,
            items: Vec::new(),
            offer: None,
            discount_codes: Vec::new(),
            membership: None,
            currency: None,
            instrument: None,
            handler: None,
            subscription: false,
            blind_box: false,
            variant_open: false,
        }
    }

    /// One item at a shop.
    pub fn of(shop: ShopDomain, item: ItemId, quantity: u32) -> Self {
        Self { items: vec![Wanted { item, quantity }], ..Self::at(shop) }
    }

    /// What a host offered in chat: a JWS by the shop.
    pub fn of_offer(shop: ShopDomain, jws: String) -> Self {
        Self { offer: Some(jws), ..Self::at(shop) }
    }
}

/// A choice to make in a quote. It leads to a new quote, and needs a new tap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// How a package comes.
    Delivery {
        /// The package.
        group: String,
        /// The option.
        option: String,
    },
    /// Where what comes by a method goes, or is fetched: one of its places.
    Destination {
        /// The method.
        method: String,
        /// The place.
        destination: String,
    },
    /// These lines come by this method instead.
    Method {
        /// The method.
        method: String,
        /// Ids of the lines.
        lines: Vec<String>,
    },
    /// These lines are shipped to an address of their own, where the shop ships to several.
    ShipTo {
        /// Ids of the lines.
        lines: Vec<String>,
        /// The address.
        address: PostalAddress,
    },
    /// These codes instead of those before; none clears them.
    Discounts(Vec<String>),
    /// Pay with this instrument of the host app.
    Instrument(String),
    /// The shopper's own answer to a question of the shop's; kept for this shop, until it is given anew. It changes
    /// nothing about what is paid, so the digest stays.
    Consent {
        /// What was asked.
        kind: ConsentKind,
        /// Yes or no.
        granted: bool,
    },
}

/// A quote, and what would become of a tap on it once a screen shows all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Quoted {
    /// The quote.
    pub quote: Arc<Quote>,
    /// The decision, as far as it can be foreseen.
    pub decision: Decision,
}

/// A quote that is ready for a pin before anybody has opened its buy card (design, one tap, rule 7).
#[derive(Debug, Clone, PartialEq)]
pub struct EarlyQuote {
    /// The room that shows the pin.
    pub room: RoomId,
    /// The pin.
    pub pin: PinId,
    /// The quote, to be shown and tapped like any other.
    pub quoted: Quoted,
}

/// What became of a gesture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TapResult {
    /// It is written down and on its way: watch it.
    Started(PurchaseId),
    /// Nothing was bought: these have to be confirmed.
    Confirm(Vec<Reason>),
    /// Nothing was bought.
    Refused(Vec<Reason>),
}

/// A purchase, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PurchaseView {
    /// Its id.
    pub id: PurchaseId,
    /// The quote that was bought.
    pub quote: QuoteKey,
    /// What was bought.
    pub lines: Vec<QuoteLine>,
    /// What was agreed to pay.
    pub total: Money,
    /// Whether it was confirmed, rather than tapped.
    pub confirmed: bool,
    /// Where it stands.
    pub state: State,
    /// Whether the shopper has seen the outcome.
    pub acknowledged: bool,
    /// When it was tapped, milliseconds, on the highest time this device has seen.
    pub tapped_ms: i64,
    /// When its state last changed, likewise.
    pub changed_ms: i64,
}

impl From<&Row> for PurchaseView {
    fn from(row: &Row) -> Self {
        Self {
            id: row.id.clone(),
            quote: row.quote.clone(),
            lines: row.lines.clone(),
            total: row.total,
            confirmed: row.confirmed,
            state: row.state.clone(),
            acknowledged: row.acknowledged,
            tapped_ms: row.tapped_ms,
            changed_ms: row.changed_ms,
        }
    }
}

/// Buying, for the app.
#[derive(Clone)]
pub struct Purchases(Remote<Service>);

impl Purchases {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// Prices what is wanted: makes a checkout session, with buyer, address and the delivery remembered (else the first
    /// offered). At most three are held ready; the oldest goes first.
    ///
    /// # Errors
    /// Those of the network, `NotOffered`, `Refused` with the shop's code (`out_of_stock`, `offer_expired`, …), `Host`.
    pub async fn quote(&self, request: BuyRequest) -> Result<Quoted> {
        self.0.call(|service| async move { service.arm(request).await }).await
    }

    /// Prices the whole cart of a shop: makes a checkout of it (UCP cart, conversion), with exactly what the shopper put in,
    /// for one digest and one purchase. `request` says the rest, such as the instrument; its codes replace the cart's if it
    /// has any. Once it is bought, what was bought leaves the cart.
    ///
    /// # Errors
    /// As [`Purchases::quote`]; `BadInput` if the cart is empty, or `request` has items or an offer of its own.
    pub async fn quote_cart(&self, request: BuyRequest) -> Result<Quoted> {
        self.0.call(|service| async move { service.arm_cart(request).await }).await
    }

    /// Quotes that are ready for what joined rooms pin now, the newest list wins. Prepared where the shop lets its
    /// checkouts be made early, within its rate, and one tap could buy them; nobody has to wait for one, since
    /// [`Purchases::quote`] makes any. One that is tapped, given up for others, or whose pin is gone, is not in it.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn early(&self) -> Result<watch::Receiver<Vec<EarlyQuote>>> {
        self.0.call(|service| async move { Ok(service.early()) }).await
    }

    /// Prices a host's offer, as it came on the shopper's channel and was verified.
    ///
    /// # Errors
    /// As [`Purchases::quote`]; `NotFound`, `NotGenuine`, or `Refused` with `offer_expired`, `offer_used`,
    /// `offer_not_yours`.
    pub async fn quote_offer(&self, id: OfferId) -> Result<Quoted> {
        self.0
            .call(|service| async move {
                let offer = service.offers.request(&id)?;
                service.arm(BuyRequest::of_offer(offer.shop, offer.jws)).await
            })
            .await
    }

    /// The same quote as the shop has it now. If anything that is rendered changed, its digest did.
    ///
    /// # Errors
    /// `NotFound` if it is not held ready any more; those of the network.
    pub async fn refresh(&self, key: QuoteKey) -> Result<Quoted> {
        self.0.call(|service| async move { service.refresh(&key).await }).await
    }

    /// The quote with another delivery, other codes, another instrument, an answer to a question for consent. An answer
    /// is kept even if the shop cannot be told now: until it is ([`Purchases::refresh`]), quotes of the shop are
    /// [`Reason::Stale`].
    ///
    /// # Errors
    /// As [`Purchases::refresh`]; `BadInput` if there is no such choice, `NotOffered` if the shop has no such thing.
    pub async fn choose(&self, key: QuoteKey, choice: Choice) -> Result<Quoted> {
        self.0.call(|service| async move { service.choose(&key, choice).await }).await
    }

    /// The screen reports what it shows of the quote of this digest. From the first report on counts how long it is
    /// shown.
    ///
    /// # Errors
    /// `NotFound`; `BadInput` if the quote has changed since.
    pub async fn rendered(&self, key: QuoteKey, digest: String, rendered: Rendered) -> Result<()> {
        self.0.call(|service| async move { service.rendered(&key, &digest, rendered) }).await
    }

    /// The button was tapped, over the quote of this digest, shown for so long. Buys, or says why not.
    ///
    /// # Errors
    /// `NotFound`, `Storage` (nothing was bought), `Host` if the instrument gave no credential.
    pub async fn tap(&self, key: QuoteKey, digest: String, shown_ms: u64) -> Result<TapResult> {
        self.0.call(move |service| async move { service.tap(&key, digest, shown_ms).await }).await
    }

    /// The quote of this digest was confirmed, on a screen that reported to show all of it. Never gives
    /// [`TapResult::Confirm`].
    ///
    /// # Errors
    /// As [`Purchases::tap`].
    pub async fn confirm(&self, key: QuoteKey, digest: String) -> Result<TapResult> {
        self.0.call(|service| async move { service.confirm(&key, digest).await }).await
    }

    /// Follows a purchase: the value now, then every change. The newest wins.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch(&self, id: PurchaseId) -> Result<watch::Receiver<PurchaseView>> {
        self.0.call(|service| async move { service.watch(&id).await }).await
    }

    /// Waits until a purchase is settled, or needs the shopper in a browser.
    ///
    /// # Errors
    /// `NotFound`, `Closed`.
    pub async fn outcome(&self, id: PurchaseId) -> Result<PurchaseView> {
        let mut view = self.watch(id).await?;
        let known =
            |view: &PurchaseView| view.state.is_settled() || matches!(view.state, State::NeedsBuyer { .. });
        let known = view.wait_for(known).await.map_err(|_| Error::Closed)?;
        Ok(known.clone())
    }

    /// All purchases, newest first.
    pub async fn purchases(&self) -> Result<Vec<PurchaseView>> {
        self.0.call(|service| async move { service.list(Which::All).await }).await
    }

    /// Purchases whose outcome the shopper has not acknowledged, newest first; also after a restart.
    pub async fn unacknowledged(&self) -> Result<Vec<PurchaseView>> {
        self.0.call(|service| async move { service.list(Which::Unacknowledged).await }).await
    }

    /// The shopper has seen the outcome.
    ///
    /// # Errors
    /// `Unsettled` while there is none.
    pub async fn acknowledge(&self, id: PurchaseId) -> Result<()> {
        self.0.call(|service| async move { service.acknowledge(&id).await }).await
    }

    /// Takes a purchase back: not sent yet, it never is; placed, the shop is asked. Watch it for what became of that.
    ///
    /// # Errors
    /// `NotOffered` if the shop undoes no orders (open its `permalink_url`), `Unsettled` while the outcome is unknown,
    /// `BadInput` if there is nothing to undo.
    pub async fn undo(&self, id: PurchaseId) -> Result<()> {
        self.0.call(|service| async move { service.undo(&id).await }).await
    }

    /// The shopper came back from `continue_url`: the shop is read, and asked again if that is what it waits for.
    ///
    /// # Errors
    /// `NotFound` if there is no such purchase. One that has found out by itself in the meantime is left as it is.
    pub async fn returned(&self, id: PurchaseId) -> Result<()> {
        self.0.call(|service| async move { service.returned(&id).await }).await
    }

    /// Gives up a purchase that waits for the shopper at `continue_url`: the shop is asked to cancel it. Watch it for what
    /// became of that: `Abandoned`, or bought after all, if that is what the shop says.
    ///
    /// # Errors
    /// `Unsettled` if it does not wait for the shopper, `BadInput` if it is settled.
    pub async fn abandon(&self, id: PurchaseId) -> Result<()> {
        self.0.call(|service| async move { service.abandon(&id).await }).await
    }

    /// What the shopper allows.
    pub async fn policy(&self) -> Result<Policy> {
        self.0.call(|service| async move { service.policy().await }).await
    }

    /// What is left of the caps.
    pub async fn left(&self) -> Result<Left> {
        self.0.call(|service| async move { service.left().await }).await
    }

    /// Changes the policy as a whole. What lets more through asks the host app for device authentication; what lets less
    /// through works at once, and offline.
    ///
    /// # Errors
    /// `BadInput`; `Host` if the authentication was not given.
    pub async fn change_policy(&self, edit: impl Fn(&mut Policy) + Send + 'static) -> Result<Policy> {
        self.0.call(|service| async move { service.change_policy(edit).await }).await
    }

    /// One tap buys strictly under this, in its currency. As [`Purchases::change_policy`].
    ///
    /// # Errors
    /// As [`Purchases::change_policy`].
    pub async fn set_threshold(&self, threshold: Money) -> Result<Policy> {
        self.change_policy(move |policy| {
            policy.thresholds.insert(threshold.currency, threshold.minor);
        })
        .await
    }

    /// One tap is off in a currency. Never asks.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn switch_off(&self, currency: Currency) -> Result<Policy> {
        self.change_policy(move |policy| policy.thresholds.retain(|known, _| *known != currency)).await
    }

    /// Sets the caps. As [`Purchases::change_policy`].
    ///
    /// # Errors
    /// As [`Purchases::change_policy`].
    pub async fn set_caps(&self, caps: Caps) -> Result<Policy> {
        self.change_policy(move |policy| policy.caps = caps.clone()).await
    }

    /// Sets or ends quiet hours. As [`Purchases::change_policy`].
    ///
    /// # Errors
    /// As [`Purchases::change_policy`].
    pub async fn set_quiet_hours(&self, quiet: Option<QuietHours>) -> Result<Policy> {
        self.change_policy(move |policy| policy.quiet = quiet).await
    }

    /// Begins or ends a pause. As [`Purchases::change_policy`].
    ///
    /// # Errors
    /// As [`Purchases::change_policy`].
    pub async fn set_pause(&self, pause: Pause) -> Result<Policy> {
        self.change_policy(move |policy| policy.pause = pause).await
    }

    /// From now on this quote's shop, address, delivery, instrument and this device count as used before. Asks for
    /// device authentication. Gives what would become of a tap now.
    ///
    /// # Errors
    /// `NotFound`; `Host` if the authentication was not given.
    pub async fn trust(&self, key: QuoteKey) -> Result<Decision> {
        self.0.call(|service| async move { service.trust(&key).await }).await
    }

    /// How old the shopper is, as far as the app knows and declares it; none: not known (any more). What is sold above an
    /// age is bought by one tap only if this says so, confirmed while it is not known, and refused under that age. Kept
    /// in memory: the app declares it anew after every opening. Quotes made before are decided anew by
    /// [`Purchases::refresh`].
    ///
    /// # Errors
    /// `BadInput` if nobody can be of this age.
    pub async fn declare_age(&self, age: Option<DeclaredAge>) -> Result<()> {
        self.0.call(move |service| async move { service.declare_age(age) }).await
    }

    /// The app knows whether there is a network. Coming back ends all waiting.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn set_online(&self, online: bool) -> Result<()> {
        self.0
            .call(move |service| async move {
                service.set_online(online);
                Ok(())
            })
            .await
    }

    /// Every decision and every change, oldest first.
    pub async fn audit(&self) -> Result<Vec<AuditEntry>> {
        self.0.call(|service| async move { service.audit().await }).await
    }

    /// The audit as a JSON array, for the shopper to keep.
    pub async fn export_audit(&self) -> Result<String> {
        self.audit().await.map(|entries| crate::api::to_json(&entries))
    }
}

impl Service {
    async fn list(&self, which: Which) -> Result<Vec<PurchaseView>> {
        let rows = self.context.ports.db.ledger.call(move |db| store::purchases(db, which)).await?;
        Ok(rows.iter().map(PurchaseView::from).collect())
    }

    async fn acknowledge(&self, id: &PurchaseId) -> Result<()> {
        let mut row = self.row(id).await?;
        if !row.state.is_settled() {
            return Err(Error::Unsettled { what: format!("purchase {id}") });
        }
        let wanted = id.clone();
        self.context.ports.db.ledger.write(move |tx| store::acknowledge(tx, &wanted)).await?;
        row.acknowledged = true;
        self.publish(&row);
        Ok(())
    }

    async fn audit(&self) -> Result<Vec<AuditEntry>> {
        self.context.ports.db.ledger.call(|db| store::audit_entries(db)).await
    }
}

#[cfg(test)]
mod consents_tests;
#[cfg(test)]
mod early_tests;
#[cfg(test)]
mod testbed;
#[cfg(test)]
mod tests;
