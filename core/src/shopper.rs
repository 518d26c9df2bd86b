//! The entry: opening a venue, the core thread, the lifecycle, and the way to every service.
//!
//! The whole core lives on one thread with a current-thread runtime. [`Shopper::open`] starts it with the real ports;
//! [`Shopper::open_here`] puts the same core on the caller's `LocalSet` with ports of the caller's, which is how the
//! simulation runs it.

use std::rc::Rc;
use tokio::sync::{oneshot, watch};

use nightmarket_ucp::catalog::{Product, SearchRequest};

use crate::api::Api;
use crate::boxes::{self, Boxes};
use crate::cart::{self, Carts};
use crate::chat::{self, Blocks, Chat};
use crate::context::{Busy, Context, Settings};
use crate::drops::{self, Drops};
use crate::error::{Error, Result};
use crate::fans::{self, Fans};
use crate::feed::{self, Feed};
use crate::host::{Host, SecretString};
use crate::ids::{GroupId, ItemId, ShopDomain};
use crate::inbox::Inbox;
use crate::links::{self, Links};
use crate::live::{self, Live};
use crate::offers::{self, Offers};
use crate::orders::{self, Orders};
use crate::origin::Origin;
use crate::ports::{Ports, db};
use crate::purchase::{self, Purchases};
use crate::push::{self, PushOutcome, PushPlatform};
use crate::remote::{self, CoreHandle, Ending, Jobs, Remote};
use crate::returns::{self, Returns};
use crate::session::{Connection, Session};
use crate::shop::Shops;
use crate::storage::outbox::Outbox;
use crate::venue::{Venue, VenueInfo};

/// Every service of one core. Lives on the core thread.
pub(crate) struct Services {
    pub(crate) context: Rc<Context>,
    pub(crate) venue: Rc<Venue>,
    pub(crate) shops: Rc<Shops>,
    pub(crate) session: Rc<Session>,
    pub(crate) chat: Rc<chat::Service>,
    pub(crate) live: Rc<live::Service>,
    pub(crate) feed: Rc<feed::Service>,
    pub(crate) orders: Rc<orders::Service>,
    pub(crate) returns: Rc<returns::Service>,
    pub(crate) offers: Rc<offers::Service>,
    pub(crate) purchase: Rc<purchase::Service>,
    pub(crate) fans: Rc<fans::Service>,
    pub(crate) drops: Rc<drops::Service>,
    pub(crate) boxes: Rc<boxes::Service>,
    pub(crate) carts: Rc<cart::Service>,
    pub(crate) links: Rc<links::Service>,
    pub(crate) push: Rc<push::Service>,
}

impl Services {
    async fn open(ports: Ports, settings: Settings, host: Host) -> Result<Rc<Self>> {
        let venue = Origin::parse(&settings.venue)?;
        let platform_profile = crate::origin::endpoint(&settings.platform_profile)?;
        host.older_profile.as_deref().map(crate::origin::endpoint).transpose()?;
        let api = Api::new(ports.clone(), host.clone(), &platform_profile, &settings.language);
        let outbox = Outbox::new(ports.clone());
        let context = Rc::new(Context {
            ports,
            host,
            language: settings.language,
            venue,
            api,
            outbox,
            busy: Busy::default(),
        });
        let venue = Venue::open(context.clone()).await?;
        let shops = Shops::new(venue.clone());
        let inbox = Rc::new(Inbox::default());
        let feed = feed::Service::new(venue.clone(), shops.clone(), &inbox);
        let session = Session::new(venue.clone(), inbox.clone());
        let chat = chat::Service::open(venue.clone(), session.clone(), &inbox).await?;
        let live = live::Service::new(venue.clone(), session.clone(), inbox.clone(), chat.clone());
        let orders = orders::Service::new(venue.clone(), shops.clone(), &inbox);
        let returns = returns::Service::open(venue.clone(), shops.clone(), orders.clone(), &inbox).await?;
        let offers = offers::Service::open(venue.clone(), shops.clone(), orders.clone(), &inbox).await?;
        let fans = fans::Service::new(venue.clone(), shops.clone());
        let drops = drops::Service::new(venue.clone(), fans.clone(), &inbox);
        let boxes = boxes::Service::new(venue.clone(), shops.clone());
        let carts = Box::pin(cart::Service::open(context.clone(), shops.clone(), &inbox)).await?;
        let purchase = purchase::Service::open(
            context.clone(),
            shops.clone(),
            orders.clone(),
            offers.clone(),
            boxes.clone(),
            carts.clone(),
        )
        .await?;
        let heard = Rc::downgrade(&boxes);
        inbox.on_opening(move |_, json| {
            if let Some(boxes) = heard.upgrade() {
                boxes.heard_on_air(json);
            }
        });
        let shown = Rc::downgrade(&purchase);
        inbox.on_pin(move |room, pin, viewers| {
            if let Some(purchase) = shown.upgrade() {
                purchase.pinned(room, pin, viewers);
            }
        });
        let links = links::Service::new(context.clone(), shops.clone());
        links.nudge();
        let push = push::Service::new(
            venue.clone(),
            live.clone(),
            drops.clone(),
            (orders.clone(), returns.clone()),
            fans.clone(),
        );
        session.open();
        Ok(Rc::new(Self {
            context,
            venue,
            shops,
            session,
            chat,
            live,
            feed,
            orders,
            returns,
            offers,
            purchase,
            fans,
            drops,
            boxes,
            carts,
            links,
            push,
        }))
    }
}

/// A shopper (signed in, or a guest) at one venue.
///
/// Dropping it ends the core thread; what was persisted goes on when it is opened again.
pub struct Shopper {
    core: CoreHandle,
    ending: Ending,
    /// True once the core thread is at its end; none where the core is on the caller's.
    ended: Option<watch::Receiver<bool>>,
}

impl Shopper {
    /// Opens a venue with the real ports, on a thread of its own.
    ///
    /// # Errors
    /// `BadAddress`, `NotUcp`, `UnsupportedVersion`, `Unreachable` (if nothing is cached), `Storage`, `LedgerDamaged`.
    #[expect(clippy::disallowed_methods, reason = "the one thread of the core")]
    pub async fn open(settings: Settings, host: Host) -> Result<Self> {
        let (core, jobs, ending) = remote::channel();
        let (opened, result) = oneshot::channel();
        let (at_end, ended) = watch::channel(false);
        std::thread::Builder::new()
            .name("nightmarket".to_owned())
            .spawn(move || {
                core_thread(jobs, settings, host, opened);
                at_end.send_replace(true);
            })
            .map_err(|error| Error::Internal { reason: error.to_string() })?;
        result.await.unwrap_or(Err(Error::Closed))?;
        Ok(Self { core, ending, ended: Some(ended) })
    }

    /// Opens a venue on the caller's `LocalSet`, with ports of the caller's.
    ///
    /// # Errors
    /// As [`Shopper::open`].
    pub async fn open_here(ports: Ports, settings: Settings, host: Host) -> Result<Self> {
        let (core, jobs, ending) = remote::channel();
        let services = Services::open(ports, settings, host).await?;
        tokio::task::spawn_local(jobs.serve(services));
        Ok(Self { core, ending, ended: None })
    }

    /// The venue: its name, the shops it vouches for, and what it offers.
    pub async fn venue(&self) -> Result<VenueInfo> {
        self.core.call(|services| async move { Ok(services.venue.info()) }).await
    }

    /// One product of a shop in detail, with its variants to choose from.
    ///
    /// # Errors
    /// `NotOffered`, `Refused` (`not_found`), and those of the network.
    pub async fn product(&self, shop: ShopDomain, item: ItemId) -> Result<Product> {
        self.core
            .call(move |services| async move { services.shops.get(&shop).await?.product(&item).await })
            .await
    }

    /// Products of a shop that match words.
    ///
    /// # Errors
    /// As [`Shopper::product`].
    pub async fn search(&self, shop: ShopDomain, words: String) -> Result<Vec<Product>> {
        let request = SearchRequest { query: Some(words), ..SearchRequest::default() };
        let found = self
            .core
            .call(move |services| async move { services.shops.get(&shop).await?.search(&request).await });
        Ok(found.await?.products)
    }

    /// The shopper signed in or out in the host app: tokens are asked for anew, and a channel that was refused is tried
    /// again. For another shopper open another directory.
    pub async fn sign_in_changed(&self) -> Result<()> {
        self.core
            .call(|services| async move {
                services.context.api.forget_tokens();
                services.session.sign_in_changed();
                services.push.sign_in_changed().await?;
                services.context.outbox.nudge().await
            })
            .await
    }

    /// Where this device is reached while the app is closed: the platform's token, told to the venue as soon as there is a
    /// network and somebody is signed in. Call it whenever the platform gives a token and at every start; the last one counts,
    /// the same one again costs nothing. It ends by itself when the shopper signs out ([`Shopper::sign_in_changed`]), and begins
    /// again when somebody signs in.
    ///
    /// # Errors
    /// `NotOffered`, `BadInput` if it can be no token, `Storage`.
    pub async fn register_push(&self, token: SecretString, platform: PushPlatform) -> Result<()> {
        self.core.call(move |services| async move { services.push.register(token, platform).await }).await
    }

    /// The shopper does not want to be reached any more. Works offline: the venue is told when there is a network, and what
    /// still comes is ignored.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn unregister_push(&self) -> Result<()> {
        self.core.call(|services| async move { services.push.unregister().await }).await
    }

    /// What the platform brought: the text that stands under `nightmarket` in an FCM message's data, or beside `aps`. It is a hint
    /// to look, not to be trusted: the one thing it names is read, in at most [`push::LOOK_MS`] and in the background as well,
    /// without a socket, and the outcome says where the app should go. Garbage and what is not for this shopper is an outcome,
    /// and harmless.
    ///
    /// # Errors
    /// `Storage`.
    pub async fn on_push(&self, payload: String) -> Result<PushOutcome> {
        self.core.call(move |services| async move { services.push.on_push(&payload).await }).await
    }

    /// What is scrolled.
    pub fn feed(&self) -> Feed {
        Feed::new(Remote::new(&self.core, |services| &services.feed))
    }

    /// Live rooms.
    pub fn live(&self) -> Live {
        let chat = Remote::new(&self.core, |services| &services.chat);
        Live::new(Remote::new(&self.core, |services| &services.live), chat)
    }

    /// The chat of a fan group that the shopper is a member of.
    pub async fn group_chat(&self, group: GroupId) -> Result<Chat> {
        let remote = Remote::new(&self.core, |services| &services.chat);
        let scope =
            remote.call(move |chat: Rc<chat::Service>| async move { chat.open_group(group).await }).await?;
        Ok(Chat::new(remote, scope))
    }

    /// Whom the shopper sees nothing of.
    pub fn blocks(&self) -> Blocks {
        Blocks::new(Remote::new(&self.core, |services| &services.chat))
    }

    /// The live channel's state, newest wins.
    pub async fn connection(&self) -> Result<watch::Receiver<Connection>> {
        self.core.call(|services| async move { Ok(services.session.connection()) }).await
    }

    /// The app is in front: the channel connects, and what waited in the outbox is tried.
    pub async fn foreground(&self) -> Result<()> {
        self.core
            .call(|services| async move {
                services.session.set_foreground(true);
                services.purchase.set_foreground(true);
                services.carts.set_foreground(true);
                services.context.outbox.nudge().await
            })
            .await
    }

    /// The app is not in front: nothing is prepared for pins, and there is no socket and no timer of the channel, except for
    /// at most 20 s while a purchase is under way.
    pub async fn background(&self) -> Result<()> {
        self.core
            .call(|services| async move {
                services.session.set_foreground(false);
                services.purchase.set_foreground(false);
                services.carts.set_foreground(false);
                Ok(())
            })
            .await
    }

    /// The device has another network, or one again.
    pub async fn network_changed(&self) -> Result<()> {
        self.core
            .call(|services| async move {
                services.session.network_changed();
                services.links.nudge();
                services.carts.nudge_all();
                services.context.outbox.nudge().await
            })
            .await
    }

    /// Offers that hosts made to this shopper.
    pub fn offers(&self) -> Offers {
        Offers::new(Remote::new(&self.core, |services| &services.offers))
    }

    /// What was bought, and what became of it.
    pub fn orders(&self) -> Orders {
        Orders::new(Remote::new(&self.core, |services| &services.orders))
    }

    /// What goes back.
    pub fn returns(&self) -> Returns {
        Returns::new(Remote::new(&self.core, |services| &services.returns))
    }

    /// Buying: quotes, one tap, outcomes, the shopper's policy.
    pub fn purchase(&self) -> Purchases {
        Purchases::new(Remote::new(&self.core, |services| &services.purchase))
    }

    /// What is collected before buying, and what that comes to.
    pub fn carts(&self) -> Carts {
        Carts::new(Remote::new(&self.core, |services| &services.carts))
    }

    /// What goes on sale when, and being told in time.
    pub fn drops(&self) -> Drops {
        Drops::new(Remote::new(&self.core, |services| &services.drops))
    }

    /// Hosts' private groups.
    pub fn fans(&self) -> Fans {
        Fans::new(Remote::new(&self.core, |services| &services.fans))
    }

    /// Accounts at shops.
    pub fn links(&self) -> Links {
        Links::new(Remote::new(&self.core, |services| &services.links))
    }

    /// Blind boxes.
    pub fn boxes(&self) -> Boxes {
        Boxes::new(Remote::new(&self.core, |services| &services.boxes))
    }

    /// Ends the core and waits until its thread has let go of everything, so that the directory may be opened again or
    /// removed. Needs no runtime. Calling it again waits as well.
    pub async fn close(&self) {
        self.ending.end();
        if let Some(ended) = &self.ended
            && ended.clone().wait_for(|ended| *ended).await.is_err()
        {
            tracing::error!("the core thread ended with a panic");
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the one runtime of the core")]
fn core_thread(jobs: Jobs, settings: Settings, host: Host, opened: oneshot::Sender<Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = opened.send(Err(Error::Internal { reason: error.to_string() }));
            return;
        }
    };
    // Held until everything below is gone: two cores on one ledger could both send what only one may.
    let _alone = match db::lock(&settings.directory) {
        Ok(alone) => alone,
        Err(error) => {
            let _ = opened.send(Err(error));
            return;
        }
    };
    // Declared before the tasks, so that those cut off at the end are dropped inside the runtime: a connection that goes
    // back to its pool spawns there, and would panic outside.
    let _inside = runtime.enter();
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let services = match Ports::real(&settings.directory, &settings.tls) {
            Ok(ports) => Services::open(ports, settings, host).await,
            Err(error) => Err(error),
        };
        match services {
            Ok(services) => {
                if opened.send(Ok(())).is_ok() {
                    jobs.serve(services).await;
                }
            }
            Err(error) => {
                // The caller left before it was told: nothing to open for.
                let _ = opened.send(Err(error));
            }
        }
    });
}
