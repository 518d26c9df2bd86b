//! The entry, for Kotlin and Swift: opening a venue, the lifecycle, and the way to every service.

use std::sync::{Arc, Mutex, PoisonError};

use nightmarket::ids::{GroupId, ItemId, ShopDomain};
use nightmarket::ports::TlsSettings;
pub use nightmarket::{Connection, VenueInfo, VouchedShop};

use crate::boxes::Boxes;
use crate::cancel::{CancelToken, within};
use crate::cart::Carts;
use crate::catalog::CatalogProduct;
use crate::chat::{Blocks, Chat};
use crate::drops::Drops;
use crate::error::Result;
use crate::fans::Fans;
use crate::feed::Feed;
use crate::host::HostApp;
use crate::links::Links;
use crate::listeners::{ListenerThread, Listeners, Subscription, listener};
use crate::live::Live;
use crate::offers::Offers;
use crate::orders::Orders;
use crate::purchase::Purchases;
use crate::push::{PushOutcome, PushPlatform};
use crate::returns::Returns;

/// How a Shopper is opened.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Settings {
    /// The venue's address; a plain shop is a venue of one.
    pub venue: String,
    /// Where the three databases live: one directory per shopper, kept out of cloud backups.
    pub directory: String,
    /// The partner's platform profile, named in every request (`UCP-Agent`). https, or http on loopback.
    pub platform_profile: String,
    /// BCP 47 language of texts and screens: "en", "zh-Hans".
    pub language: String,
    /// PEM text of further roots: a test venue's own CA. None in production.
    #[uniffi(default = None)]
    pub extra_roots_pem: Option<String>,
}

/// A venue as a screen shows it.
#[uniffi::remote(Record)]
pub struct VenueInfo {
    /// Its own name; its domain if it gives none.
    pub name: String,
    /// Shops that it vouches for.
    pub shops: Vec<VouchedShop>,
    /// Names of the capabilities that work here; a screen whose capability is missing is hidden.
    pub capabilities: Vec<String>,
}

/// A shop that the venue vouches for (config of the feed capability).
#[uniffi::remote(Record)]
pub struct VouchedShop {
    /// Its domain.
    pub domain: ShopDomain,
    /// Its name, to be shown.
    pub name: String,
}

/// The live channel, as a screen shows it.
#[uniffi::remote(Enum)]
pub enum Connection {
    /// Not needed yet, in the background, or between two attempts.
    Offline,
    /// An attempt is under way.
    Connecting,
    /// Up.
    Connected,
    /// The hub wants no further attempt; sign in again, or tell support.
    Stopped {
        /// The hub's or the venue's words.
        reason: String,
    },
}

listener!(ConnectionListener, Connection);

/// A shopper (signed in, or a guest) at one venue.
///
/// Dropping it, on any thread, ends its core; what was persisted goes on when it is opened again.
#[derive(uniffi::Object)]
pub struct Shopper {
    core: nightmarket::Shopper,
    listeners: Listeners,
    thread: Mutex<Option<ListenerThread>>,
}

#[uniffi::export]
impl Shopper {
    /// Opens a venue, on a thread of its own.
    ///
    /// # Errors
    /// `BadAddress`, `NotUcp`, `UnsupportedVersion`, `Unreachable` (if nothing is cached), `Storage`, `LedgerDamaged`.
    #[uniffi::constructor]
    pub async fn open(
        settings: Settings,
        host: Arc<HostApp>,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Arc<Self>> {
        let settings = nightmarket::Settings {
            venue: settings.venue,
            directory: settings.directory.into(),
            platform_profile: settings.platform_profile,
            language: settings.language,
            tls: TlsSettings { extra_roots_pem: settings.extra_roots_pem },
        };
        let shopper = within(cancel, nightmarket::Shopper::open(settings, host.host())).await?;
        let (listeners, thread) = Listeners::start()?;
        Ok(Arc::new(Self { core: shopper, listeners, thread: Mutex::new(Some(thread)) }))
    }

    /// Ends the core and waits until it has let go of its directory, which may then be opened again or removed. Every
    /// listener hears that it has ended; every later call is `Closed`. Calling it again waits as well.
    pub async fn end(&self) {
        self.core.close().await;
        drop(self.thread.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// The venue: its name, the shops it vouches for, and what it offers.
    pub async fn venue(&self) -> Result<VenueInfo> {
        Ok(self.core.venue().await?)
    }

    /// One product of a shop in detail, with its variants to choose from.
    ///
    /// # Errors
    /// `NotOffered`, `Refused` (`not_found`), and those of the network.
    pub async fn product(
        &self,
        shop: ShopDomain,
        item: ItemId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<CatalogProduct> {
        Ok(within(cancel, self.core.product(shop, item)).await?.into())
    }

    /// Products of a shop that match words.
    ///
    /// # Errors
    /// As `product`.
    pub async fn search(
        &self,
        shop: ShopDomain,
        words: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Vec<CatalogProduct>> {
        let found = within(cancel, self.core.search(shop, words)).await?;
        Ok(found.into_iter().map(CatalogProduct::from).collect())
    }

    /// The shopper signed in or out in the app: tokens are asked for anew, and a channel that was refused is tried again.
    /// For another shopper open another directory.
    pub async fn sign_in_changed(&self) -> Result<()> {
        Ok(self.core.sign_in_changed().await?)
    }

    /// The live channel's state, newest wins.
    pub async fn connection(&self, listener: Box<dyn ConnectionListener>) -> Result<Arc<Subscription>> {
        self.listeners.value(self.core.connection().await?, listener).await
    }

    /// The app is in front: the channel connects, and what waited in the outbox is tried.
    pub async fn foreground(&self) -> Result<()> {
        Ok(self.core.foreground().await?)
    }

    /// The app is not in front: no socket and no timers of the channel, except for at most 20 s while a purchase is under
    /// way.
    pub async fn background(&self) -> Result<()> {
        Ok(self.core.background().await?)
    }

    /// The device has another network, or one again.
    pub async fn network_changed(&self) -> Result<()> {
        Ok(self.core.network_changed().await?)
    }

    /// Where this device is reached while the app is closed: the platform's token, told to the venue as soon as there is a network
    /// and somebody is signed in. Call it whenever the platform gives a token and at every start; the last one counts, the same
    /// one again costs nothing. It ends by itself when the shopper signs out (`sign_in_changed`), and begins again when somebody
    /// signs in.
    ///
    /// # Errors
    /// `NotOffered`, `BadInput` if it can be no token, `Storage`.
    pub async fn register_push(&self, token: String, platform: PushPlatform) -> Result<()> {
        Ok(self.core.register_push(token.into(), platform).await?)
    }

    /// The shopper does not want to be reached any more. Works offline: the venue is told when there is a network, and what still
    /// comes is ignored.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn unregister_push(&self) -> Result<()> {
        Ok(self.core.unregister_push().await?)
    }

    /// What the platform brought: the text that stands under `nightmarket` in an FCM message's data, or beside `aps`. It is a hint to
    /// look, not to be trusted: the one thing it names is read, in at most ten seconds and in the background as well, without a
    /// socket, and the outcome says where the app should go. Garbage and what is not for this shopper is an outcome, and harmless.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn on_push(&self, payload: String) -> Result<PushOutcome> {
        Ok(self.core.on_push(payload).await?)
    }

    /// The chat of a fan group that the shopper is a member of.
    pub async fn group_chat(&self, group: GroupId, cancel: Option<Arc<CancelToken>>) -> Result<Arc<Chat>> {
        let chat = within(cancel, self.core.group_chat(group)).await?;
        Ok(Arc::new(Chat { chat, listeners: self.listeners.clone() }))
    }

    /// Whom the shopper sees nothing of.
    pub fn blocks(&self) -> Arc<Blocks> {
        Arc::new(Blocks { blocks: self.core.blocks(), listeners: self.listeners.clone() })
    }

    /// What is scrolled.
    pub fn feed(&self) -> Arc<Feed> {
        Arc::new(Feed { feed: self.core.feed(), listeners: self.listeners.clone() })
    }

    /// Live rooms.
    pub fn live(&self) -> Arc<Live> {
        Arc::new(Live { live: self.core.live(), listeners: self.listeners.clone() })
    }

    /// Offers that hosts made to this shopper.
    pub fn offers(&self) -> Arc<Offers> {
        Arc::new(Offers { offers: self.core.offers(), listeners: self.listeners.clone() })
    }

    /// Buying: quotes, one tap, outcomes, the shopper's policy.
    pub fn purchase(&self) -> Arc<Purchases> {
        Arc::new(Purchases { purchases: self.core.purchase(), listeners: self.listeners.clone() })
    }

    /// What is collected before buying, and what that comes to.
    pub fn carts(&self) -> Arc<Carts> {
        Arc::new(Carts { carts: self.core.carts(), listeners: self.listeners.clone() })
    }

    /// What was bought, and what became of it.
    pub fn orders(&self) -> Arc<Orders> {
        Arc::new(Orders { orders: self.core.orders(), listeners: self.listeners.clone() })
    }

    /// What goes back.
    pub fn returns(&self) -> Arc<Returns> {
        Arc::new(Returns { returns: self.core.returns(), listeners: self.listeners.clone() })
    }

    /// What goes on sale when, and being told in time.
    pub fn drops(&self) -> Arc<Drops> {
        Arc::new(Drops { drops: self.core.drops(), listeners: self.listeners.clone() })
    }

    /// Hosts' private groups.
    pub fn fans(&self) -> Arc<Fans> {
        Arc::new(Fans { fans: self.core.fans(), listeners: self.listeners.clone() })
    }

    /// Accounts at shops.
    pub fn links(&self) -> Arc<Links> {
        Arc::new(Links { links: self.core.links() })
    }

    /// Blind boxes.
    pub fn boxes(&self) -> Arc<Boxes> {
        Arc::new(Boxes { boxes: self.core.boxes(), listeners: self.listeners.clone() })
    }
}
