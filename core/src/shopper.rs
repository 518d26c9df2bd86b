//! The entry: opening a venue, the core thread, the lifecycle, and the way to every service.
//!
//! The whole core lives on one thread with a current-thread runtime. [`Shopper::open`] starts it with the real ports;
//! [`Shopper::open_here`] puts the same core on the caller's `LocalSet` with ports of the caller's, which is how the
//! simulation runs it.

use std::cell::Cell;
use std::rc::Rc;
use std::thread::JoinHandle;
use tokio::sync::oneshot;

use crate::api::Api;
use crate::boxes::{self, Boxes};
use crate::context::{Context, Settings};
use crate::drops::{self, Drops};
use crate::error::{Error, Result};
use crate::fans::{self, Fans};
use crate::feed::{self, Feed};
use crate::host::Host;
use crate::inbox::Inbox;
use crate::offers::{self, Offers};
use crate::orders::{self, Orders};
use crate::origin::Origin;
use crate::ports::Ports;
use crate::remote::{self, CoreHandle, Jobs, Remote};
use crate::returns::{self, Returns};
use crate::shop::Shops;
use crate::storage::outbox::Outbox;
use crate::venue::Venue;

/// Every service of one core. Lives on the core thread.
pub(crate) struct Services {
    closed: Cell<bool>,
    pub(crate) context: Rc<Context>,
    pub(crate) venue: Rc<Venue>,
    pub(crate) shops: Rc<Shops>,
    pub(crate) inbox: Rc<Inbox>,
    pub(crate) feed: Rc<feed::Service>,
    pub(crate) orders: Rc<orders::Service>,
    pub(crate) returns: Rc<returns::Service>,
    pub(crate) offers: Rc<offers::Service>,
    pub(crate) fans: Rc<fans::Service>,
    pub(crate) drops: Rc<drops::Service>,
    pub(crate) boxes: Rc<boxes::Service>,
}

impl Services {
    async fn open(ports: Ports, settings: Settings, host: Host) -> Result<Rc<Self>> {
        let venue = Origin::parse(&settings.venue)?;
        let platform_profile = crate::origin::endpoint(&settings.platform_profile)?;
        let api = Api::new(ports.clone(), host.clone(), &platform_profile);
        let outbox = Outbox::new(ports.clone());
        let context = Rc::new(Context {
            ports,
            host,
            language: settings.language,
            venue,
            platform_profile,
            api,
            outbox,
        });
        let venue = Venue::open(context.clone()).await?;
        let shops = Shops::new(venue.clone());
        let inbox = Rc::new(Inbox::default());
        let feed = feed::Service::new(venue.clone(), shops.clone(), &inbox);
        let orders = orders::Service::new(venue.clone(), shops.clone(), &inbox);
        let returns = returns::Service::open(venue.clone(), shops.clone(), orders.clone(), &inbox).await?;
        let offers = offers::Service::open(venue.clone(), shops.clone(), orders.clone(), &inbox).await?;
        let fans = fans::Service::new(venue.clone(), shops.clone());
        let drops = drops::Service::new(venue.clone(), fans.clone(), &inbox);
        let boxes = boxes::Service::new(venue.clone(), shops.clone());
        Ok(Rc::new(Self {
            closed: Cell::new(false),
            context,
            venue,
            shops,
            inbox,
            feed,
            orders,
            returns,
            offers,
            fans,
            drops,
            boxes,
        }))
    }

    /// Whether the core is to end.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.get()
    }
}

/// A shopper (signed in, or a guest) at one venue.
///
/// Dropping it ends the core thread; what was persisted goes on when it is opened again.
pub struct Shopper {
    core: CoreHandle,
    thread: Option<JoinHandle<()>>,
}

impl Shopper {
    /// Opens a venue with the real ports, on a thread of its own.
    ///
    /// # Errors
    /// `BadAddress`, `NotUcp`, `UnsupportedVersion`, `Unreachable` (if nothing is cached), `Storage`, `LedgerDamaged`.
    pub async fn open(settings: Settings, host: Host) -> Result<Self> {
        let (core, jobs) = remote::channel();
        let (opened, result) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("nightmarket".to_owned())
            .spawn(move || core_thread(jobs, settings, host, opened))
            .map_err(|error| Error::Internal { reason: error.to_string() })?;
        result.await.unwrap_or(Err(Error::Closed))?;
        Ok(Self { core, thread: Some(thread) })
    }

    /// Opens a venue on the caller's `LocalSet`, with ports of the caller's.
    ///
    /// # Errors
    /// As [`Shopper::open`].
    pub async fn open_here(ports: Ports, settings: Settings, host: Host) -> Result<Self> {
        let (core, jobs) = remote::channel();
        let services = Services::open(ports, settings, host).await?;
        tokio::task::spawn_local(jobs.serve(services));
        Ok(Self { core, thread: None })
    }

    /// What is scrolled.
    pub fn feed(&self) -> Feed {
        Feed::new(Remote::new(&self.core, |services| &services.feed))
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

    /// What goes on sale when, and being told in time.
    pub fn drops(&self) -> Drops {
        Drops::new(Remote::new(&self.core, |services| &services.drops))
    }

    /// Hosts' private groups.
    pub fn fans(&self) -> Fans {
        Fans::new(Remote::new(&self.core, |services| &services.fans))
    }

    /// Blind boxes.
    pub fn boxes(&self) -> Boxes {
        Boxes::new(Remote::new(&self.core, |services| &services.boxes))
    }

    /// Ends the core and waits for its thread, so that the directory may be opened again or removed.
    pub async fn close(mut self) {
        // Set before the job returns: services that the app still holds keep the queue open.
        let closing = self.core.call(|services| {
            services.closed.set(true);
            async { Ok(()) }
        });
        // Closed already is closed.
        let _ = closing.await;
        if let Some(thread) = self.thread.take() {
            drop(self.core);
            let joined = tokio::task::spawn_blocking(move || thread.join());
            if !matches!(joined.await, Ok(Ok(()))) {
                tracing::error!("the core thread ended with a panic");
            }
        }
    }
}

fn core_thread(jobs: Jobs, settings: Settings, host: Host, opened: oneshot::Sender<Result<()>>) {
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = opened.send(Err(Error::Internal { reason: error.to_string() }));
            return;
        }
    };
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let services = match Ports::real(settings.directory.clone(), &settings.tls) {
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
