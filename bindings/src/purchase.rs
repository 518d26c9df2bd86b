//! Buying, for Kotlin and Swift: calls here, what they carry in `quote` and `types`, the shopper's policy in `policy`.

mod policy;
mod quote;
mod types;

use std::sync::Arc;

use nightmarket::ids::{OfferId, PurchaseId};
use nightmarket::purchase;

pub use policy::{Caps, Left, Pause, Policy, QuietHours};
pub use quote::{
    Delivery, DeliveryChoice, DeliveryMethod, Destination, EarlyQuote, EarlyQuotes, Notice, OtherDelivery,
    Payment, Place, Quote, QuoteConsent, QuoteKey, QuoteLine, QuoteLink, QuoteStanding, QuoteTotal, Quoted,
    Rendered, TotalPart,
};
pub use types::{
    AuditEntry, BuyRequest, Choice, ConsentKind, Decision, NotSent, PlacedOrder, PurchaseState, PurchaseView,
    Reason, TapResult, Wanted, Weight,
};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::host::DeclaredAge;
use crate::listeners::{Listeners, Subscription, listener};
use crate::types::{Currency, Money};

listener!(PurchaseListener, PurchaseView);
listener!(EarlyListener, EarlyQuotes);

/// Buying: quotes, one tap, outcomes, the shopper's policy.
#[derive(uniffi::Object)]
pub struct Purchases {
    pub(crate) purchases: purchase::Purchases,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Purchases {
    /// Prices what is wanted: makes a checkout session, with buyer, address and the delivery remembered (else the first
    /// offered). At most three are held ready; the oldest goes first.
    ///
    /// # Errors
    /// Those of the network, `NotOffered`, `Refused` with the shop's code (`out_of_stock`, `offer_expired`, …), `Host`.
    pub async fn quote(&self, request: BuyRequest, cancel: Option<Arc<CancelToken>>) -> Result<Quoted> {
        Ok(within(cancel, self.purchases.quote(request)).await?.into())
    }

    /// Prices the whole cart of a shop: makes a checkout of it, with exactly what the shopper put in, for one digest and one
    /// purchase. `request` says the rest, such as the instrument; its codes replace the cart's if it has any. Once it is
    /// bought, what was bought leaves the cart.
    ///
    /// # Errors
    /// As `quote`; `BadInput` if the cart is empty, or `request` has items or an offer of its own.
    pub async fn quote_cart(&self, request: BuyRequest, cancel: Option<Arc<CancelToken>>) -> Result<Quoted> {
        Ok(within(cancel, self.purchases.quote_cart(request)).await?.into())
    }

    /// Follows the quotes that are ready for what joined rooms pin now: all of them, then every newer list. Prepared where
    /// the shop lets its checkouts be made early, within its rate, and one tap could buy them; nobody has to wait for one,
    /// since `quote` makes any.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn early(&self, listener: Box<dyn EarlyListener>) -> Result<Arc<Subscription>> {
        self.listeners.value(self.purchases.early().await?, listener).await
    }

    /// Prices a host's offer, as it came on the shopper's channel and was verified.
    ///
    /// # Errors
    /// As `quote`; `NotFound`, `NotGenuine`, or `Refused` with `offer_expired`, `offer_used`, `offer_not_yours`.
    pub async fn quote_offer(&self, id: OfferId, cancel: Option<Arc<CancelToken>>) -> Result<Quoted> {
        Ok(within(cancel, self.purchases.quote_offer(id)).await?.into())
    }

    /// The same quote as the shop has it now. If anything that is rendered changed, its digest did.
    ///
    /// # Errors
    /// `NotFound` if it is not held ready any more; those of the network.
    pub async fn refresh(&self, key: QuoteKey, cancel: Option<Arc<CancelToken>>) -> Result<Quoted> {
        Ok(within(cancel, self.purchases.refresh(key)).await?.into())
    }

    /// The quote with another delivery, other codes, another instrument.
    ///
    /// # Errors
    /// As `refresh`; `BadInput` if there is no such choice.
    pub async fn choose(
        &self,
        key: QuoteKey,
        choice: Choice,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Quoted> {
        Ok(within(cancel, self.purchases.choose(key, choice)).await?.into())
    }

    /// The screen reports what it shows of the quote of this digest. From the first report on counts how long it is
    /// shown.
    ///
    /// # Errors
    /// `NotFound`; `BadInput` if the quote has changed since.
    pub async fn rendered(&self, key: QuoteKey, digest: String, rendered: Rendered) -> Result<()> {
        Ok(self.purchases.rendered(key, digest, rendered.into()).await?)
    }

    /// The button was tapped, over the quote of this digest, shown for so many milliseconds. Buys, or says why not. Takes
    /// no `CancelToken`: from here on the journal decides.
    ///
    /// # Errors
    /// `NotFound`, `Storage` (nothing was bought), `Host` if the instrument gave no credential.
    pub async fn tap(&self, key: QuoteKey, digest: String, shown_ms: u64) -> Result<TapResult> {
        Ok(self.purchases.tap(key, digest, shown_ms).await?)
    }

    /// The quote of this digest was confirmed, on a screen that reported to show all of it. Never gives `Confirm`.
    ///
    /// # Errors
    /// As `tap`.
    pub async fn confirm(&self, key: QuoteKey, digest: String) -> Result<TapResult> {
        Ok(self.purchases.confirm(key, digest).await?)
    }

    /// Follows a purchase: the value now, then every change. The newest wins.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn watch(
        &self,
        id: PurchaseId,
        listener: Box<dyn PurchaseListener>,
    ) -> Result<Arc<Subscription>> {
        self.listeners.value(self.purchases.watch(id).await?, listener).await
    }

    /// Waits until a purchase is settled, or needs the shopper in a browser.
    ///
    /// # Errors
    /// `NotFound`, `Closed`.
    pub async fn outcome(&self, id: PurchaseId, cancel: Option<Arc<CancelToken>>) -> Result<PurchaseView> {
        within(cancel, self.purchases.outcome(id)).await
    }

    /// All purchases, newest first.
    pub async fn purchases(&self) -> Result<Vec<PurchaseView>> {
        Ok(self.purchases.purchases().await?)
    }

    /// Purchases whose outcome the shopper has not acknowledged, newest first; also after a restart.
    pub async fn unacknowledged(&self) -> Result<Vec<PurchaseView>> {
        Ok(self.purchases.unacknowledged().await?)
    }

    /// The shopper has seen the outcome.
    ///
    /// # Errors
    /// `Unsettled` while there is none.
    pub async fn acknowledge(&self, id: PurchaseId) -> Result<()> {
        Ok(self.purchases.acknowledge(id).await?)
    }

    /// Takes a purchase back: not sent yet, it never is; placed, the shop is asked. Watch it for what became of that.
    ///
    /// # Errors
    /// `NotOffered` if the shop undoes no orders (open its `permalink_url`), `Unsettled` while the outcome is unknown,
    /// `BadInput` if there is nothing to undo.
    pub async fn undo(&self, id: PurchaseId) -> Result<()> {
        Ok(self.purchases.undo(id).await?)
    }

    /// The shopper came back from `continue_url`: the shop is read, and asked again if that is what it waits for.
    ///
    /// # Errors
    /// `NotFound` if there is no such purchase. One that has found out by itself in the meantime is left as it is.
    pub async fn returned(&self, id: PurchaseId) -> Result<()> {
        Ok(self.purchases.returned(id).await?)
    }

    /// Gives up a purchase that waits for the shopper at `continue_url`: the shop is asked to cancel it. Watch it for what
    /// became of that: `Abandoned`, or bought after all, if that is what the shop says.
    ///
    /// # Errors
    /// `Unsettled` if it does not wait for the shopper, `BadInput` if it is settled.
    pub async fn abandon(&self, id: PurchaseId) -> Result<()> {
        Ok(self.purchases.abandon(id).await?)
    }

    /// What the shopper allows.
    pub async fn policy(&self) -> Result<Policy> {
        Ok(self.purchases.policy().await?.into())
    }

    /// What is left of the caps.
    pub async fn left(&self) -> Result<Left> {
        Ok(self.purchases.left().await?.into())
    }

    /// One tap buys strictly under this, in its currency. Raising or enabling asks for device authentication; lowering
    /// works at once, and offline. So do the other settings: what lets more through asks.
    ///
    /// # Errors
    /// `BadInput`; `Host` if the authentication was not given.
    pub async fn set_threshold(&self, threshold: Money, cancel: Option<Arc<CancelToken>>) -> Result<Policy> {
        Ok(within(cancel, self.purchases.set_threshold(threshold)).await?.into())
    }

    /// One tap is off in a currency. Never asks.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn switch_off(&self, currency: Currency) -> Result<Policy> {
        Ok(self.purchases.switch_off(currency).await?.into())
    }

    /// Sets the caps.
    ///
    /// # Errors
    /// As `set_threshold`; `BadInput` if a currency is named twice.
    pub async fn set_caps(&self, caps: Caps, cancel: Option<Arc<CancelToken>>) -> Result<Policy> {
        let caps = caps.try_into()?;
        Ok(within(cancel, self.purchases.set_caps(caps)).await?.into())
    }

    /// Sets or ends quiet hours.
    ///
    /// # Errors
    /// As `set_threshold`.
    pub async fn set_quiet_hours(
        &self,
        quiet: Option<QuietHours>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Policy> {
        Ok(within(cancel, self.purchases.set_quiet_hours(quiet)).await?.into())
    }

    /// Begins or ends a pause.
    ///
    /// # Errors
    /// As `set_threshold`.
    pub async fn set_pause(&self, pause: Pause, cancel: Option<Arc<CancelToken>>) -> Result<Policy> {
        Ok(within(cancel, self.purchases.set_pause(pause)).await?.into())
    }

    /// From now on this quote's shop, address, delivery, instrument and this device count as used before. Asks for
    /// device authentication. Gives what would become of a tap now.
    ///
    /// # Errors
    /// `NotFound`; `Host` if the authentication was not given.
    pub async fn trust(&self, key: QuoteKey, cancel: Option<Arc<CancelToken>>) -> Result<Decision> {
        within(cancel, self.purchases.trust(key)).await
    }

    /// How old the shopper is, as far as the app knows and declares it; none: not known (any more). What is sold above an
    /// age is bought by one tap only if this says so, confirmed while it is not known, and refused under that age. Kept
    /// in memory: declare it anew after every opening, and `refresh` quotes made before.
    ///
    /// # Errors
    /// `BadInput` if nobody can be of this age.
    pub async fn declare_age(&self, age: Option<DeclaredAge>) -> Result<()> {
        Ok(self.purchases.declare_age(age).await?)
    }

    /// The app knows whether there is a network. Coming back ends all waiting.
    ///
    /// # Errors
    /// `Closed`.
    pub async fn set_online(&self, online: bool) -> Result<()> {
        Ok(self.purchases.set_online(online).await?)
    }

    /// Every decision and every change, oldest first.
    pub async fn audit(&self) -> Result<Vec<AuditEntry>> {
        Ok(self.purchases.audit().await?)
    }

    /// The audit as a JSON array, for the shopper to keep.
    pub async fn export_audit(&self) -> Result<String> {
        Ok(self.purchases.export_audit().await?)
    }
}
