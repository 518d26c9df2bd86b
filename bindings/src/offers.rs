//! Offers, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::ids::{ItemId, LineId, OfferId, RoomId, ShopDomain};
use nightmarket::offers;
pub use nightmarket::offers::{Offer, OfferState, OfferTerms};

use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::{Money, Timestamp};

/// An offer as a screen shows it.
#[uniffi::remote(Record)]
pub struct Offer {
    /// Its id: the shop's domain and the shop's own number of it.
    pub id: OfferId,
    /// Whether it can be bought.
    pub state: OfferState,
    /// The room it came from.
    pub room: RoomId,
    /// The line it answers.
    pub line_id: Option<LineId>,
    /// When it came, wall time of this device.
    pub received_at: Timestamp,
    /// What it says; none unless the signature holds.
    pub terms: Option<OfferTerms>,
}

/// What a shop signed.
#[uniffi::remote(Record)]
pub struct OfferTerms {
    /// Who sells.
    pub shop: ShopDomain,
    /// The one-off variant.
    pub item: ItemId,
    /// What it is.
    pub title: String,
    /// For one piece, before delivery and tax; only the quote has the total.
    pub price: Money,
    /// The very piece.
    pub photo: String,
    /// Its number, as the host reads it out.
    pub serial: Option<String>,
    /// What the host looked at, in programme time: it is shown when the picture gets there.
    pub moment: Timestamp,
    /// Not good at or after it; by the shop's clock.
    pub expires_at: Timestamp,
    /// The same by the wall clock of this device, as the difference was when this was made: to count down to.
    pub expires_here: Timestamp,
}

/// Whether an offer can be bought.
#[uniffi::remote(Enum)]
pub enum OfferState {
    /// Not verified yet: the shop's profile could not be read. It is tried again.
    Unchecked,
    /// It can be bought now.
    Valid,
    /// Its time is over, by the shop's clock.
    Expired,
    /// It was bought.
    Used,
    /// It is not what it says it is: not to be trusted, and to be reported.
    Forged {
        /// Which check failed.
        reason: String,
    },
    /// Made to another shopper.
    NotYours,
    /// Genuine, but the shop takes no offers here.
    NotSoldHere,
}

list_listener!(Offer: OfferListener, OfferBatch, OfferDiff);

/// Offers that hosts made to this shopper. `Purchases.quote_offer` buys one.
#[derive(uniffi::Object)]
pub struct Offers {
    pub(crate) offers: offers::Offers,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Offers {
    /// Every offer that came, newest first, bad ones too: they are shown as what they are.
    pub async fn list(&self, listener: Box<dyn OfferListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.offers.list().await?, listener, OfferBatch::of).await
    }

    /// One of them, as it is now.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn offer(&self, id: OfferId) -> Result<Offer> {
        Ok(Arc::unwrap_or_clone(self.offers.offer(id).await?))
    }

    /// Milliseconds until it expires, by the shop's clock; zero for one that cannot be bought.
    pub async fn left_ms(&self, id: OfferId) -> Result<u64> {
        Ok(self.offers.left_ms(id).await?)
    }
}
