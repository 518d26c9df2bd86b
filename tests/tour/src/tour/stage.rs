//! What the evening needs: the sandbox, a shopper with a host app, and the player in front of them.

use nightmarket::ids::{OfferId, OrderId, ShopDomain};
use nightmarket::live::Room;
use nightmarket::ports::TlsSettings;
use nightmarket::{Host, ListSubscription, Settings, Shopper};
use nightmarket_sandbox::books::Books;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::player::Player;
use crate::host_app::{FixedBuyer, FixedToken, KeyFile, Notifications, Present, TokenInstrument};

/// A step that takes longer does not hold.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How often something that has to come is looked for.
const LOOK: Duration = Duration::from_millis(20);

/// Why a step does not hold.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A call failed.
    #[error("{0} ({code})", code = .0.code())]
    Call(#[from] nightmarket::Error),
    /// What it says is not so.
    #[error("{0}")]
    Claim(String),
}

/// What a step says, if it holds.
pub type Held = Result<String, Failure>;

/// Fails the step unless the claim holds.
#[macro_export]
macro_rules! claim {
    ($holds:expr, $($words:tt)+) => {
        if !$holds {
            return Err($crate::tour::stage::Failure::Claim(format!($($words)+)));
        }
    };
}

/// Who the tour is.
pub const SHOPPER: &str = "tour";

pub struct Stage {
    sandbox: Sandbox,
    directory: PathBuf,
    /// Removed at the end, unless the databases are to be kept.
    _temporary: Option<tempfile::TempDir>,
    shopper: Option<Shopper>,
    pub notifications: Notifications,
    pub http: reqwest::Client,
    pub player: Option<Player>,
    pub room: Option<Room>,
    pub offer: Option<OfferId>,
    /// The pearl's order, once it is placed.
    pub order: Option<OrderId>,
}

impl Stage {
    /// Starts the sandbox and opens a shopper there.
    pub async fn set(data: Option<PathBuf>) -> Result<Self, String> {
        // The player's client; the core brings its own. Installed already is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let config = SandboxConfig { ambience: false, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.map_err(|error| error.to_string())?;
        let temporary =
            if data.is_none() { Some(tempfile::tempdir().map_err(|error| error.to_string())?) } else { None };
        let directory =
            data.or_else(|| temporary.as_ref().map(|kept| kept.path().to_owned())).unwrap_or_default();
        Ok(Self {
            sandbox,
            directory,
            _temporary: temporary,
            shopper: None,
            notifications: Notifications::default(),
            http: reqwest::Client::new(),
            player: None,
            room: None,
            offer: None,
            order: None,
        })
    }

    pub fn venue_url(&self) -> &str {
        &self.sandbox.venue_url
    }

    /// Domain of the shop that sells in CNY (0) or in USD (1).
    pub fn shop(&self, index: usize) -> ShopDomain {
        let url = &self.sandbox.shop_urls[index];
        ShopDomain::new(url.split("://").nth(1).unwrap_or(url))
    }

    /// The shopper, opened if they are not.
    pub async fn shopper(&mut self) -> Result<&Shopper, Failure> {
        if self.shopper.is_none() {
            let opened = Shopper::open(self.settings(), self.host()).await?;
            self.shopper = Some(opened);
        }
        self.shopper.as_ref().ok_or_else(|| Failure::Claim("the shopper is not open".to_owned()))
    }

    /// The room that was joined.
    pub fn room(&self) -> Result<&Room, Failure> {
        self.room.as_ref().ok_or_else(|| Failure::Claim("no room is joined".to_owned()))
    }

    /// Programme time on the screen, milliseconds.
    pub fn moment_ms(&self) -> Result<i64, Failure> {
        let player = self.player.as_ref().ok_or_else(|| Failure::Claim("nothing plays".to_owned()))?;
        Ok(player.moment_ms())
    }

    /// Drops the Shopper in the middle of whatever it does, as a killed app would, and opens it over the same databases.
    pub async fn kill_and_reopen(&mut self) -> Result<(), Failure> {
        self.room = None;
        drop(self.shopper.take());
        self.shopper().await.map(drop)
    }

    fn settings(&self) -> Settings {
        Settings {
            venue: self.sandbox.venue_url.clone(),
            directory: self.directory.join("shopper"),
            platform_profile: format!("{}/platform/profile.json", self.sandbox.venue_url),
            language: "en".to_owned(),
            tls: TlsSettings::default(),
        }
    }

    fn host(&self) -> Host {
        let address = json!({
            "street_address": "88 Harbour Road", "address_locality": "Shanghai", "address_region": "SH",
            "postal_code": "200000", "address_country": "CN"
        });
        Host {
            tokens: Arc::new(FixedToken(Some(format!("token:{SHOPPER}")))),
            instruments: vec![Arc::new(TokenInstrument {
                id: "card".to_owned(),
                kind: "card".to_owned(),
                token: "tok_success".to_owned(),
                display: None,
                silent: true,
            })],
            buyer: Arc::new(FixedBuyer {
                buyer: json!({"email": "shopper@example.com", "first_name": "Night", "last_name": "Shopper"}),
                address: Some(address),
            }),
            device: Arc::new(Present),
            secrets: Arc::new(KeyFile(key_file(&self.directory))),
            notifier: Arc::new(self.notifications.clone()),
            ..Host::default()
        }
    }

    /// The sandbox's own books: what tests judge by.
    pub fn books(&self) -> Value {
        self.sandbox.control(|world| world.books())
    }

    /// One shop's own books.
    pub fn shop_books(&self, index: usize) -> Books {
        self.sandbox.control(|world| world.shops()[index].books().clone())
    }

    /// Ends every fault.
    pub fn heal(&self) {
        self.sandbox.control(nightmarket_sandbox::world::World::clear_faults);
    }

    /// Makes a host or courier act.
    pub fn script(&self, order: &Value) -> Result<Value, Failure> {
        self.sandbox.control(|world| world.script(order)).map_err(|error| Failure::Claim(error.to_string()))
    }

    /// Switches a fault on.
    pub fn fault(&self, order: &Value) -> Result<(), Failure> {
        self.sandbox
            .control(|world| world.switch_fault(order))
            .map_err(|error| Failure::Claim(error.to_string()))
    }

    /// Moves the venue's and the shops' clocks.
    pub fn pass(&self, milliseconds: i64) {
        self.sandbox.control(|world| world.move_clock(milliseconds));
    }

    /// Takes everything down.
    pub async fn strike(mut self) {
        if let Some(shopper) = self.shopper.take() {
            shopper.close().await;
        }
        self.sandbox.stop().await;
    }
}

/// Where the sealing key is kept, beside the databases.
pub fn key_file(directory: &Path) -> PathBuf {
    directory.join("sealing.key")
}

/// A list as a screen has it.
pub struct Followed<T> {
    subscription: ListSubscription<T>,
    pub items: Vec<Arc<T>>,
    /// Batches applied so far.
    pub batches: usize,
}

impl<T> Followed<T> {
    pub fn new(subscription: ListSubscription<T>) -> Self {
        Self { subscription, items: Vec::new(), batches: 0 }
    }

    /// Applies batches until `find` finds something.
    pub async fn until<R>(
        &mut self,
        what: &str,
        mut find: impl FnMut(&[Arc<T>]) -> Option<R>,
    ) -> Result<R, Failure> {
        let finding = async {
            loop {
                if let Some(found) = find(&self.items) {
                    return Some(found);
                }
                for diff in self.subscription.next_batch().await? {
                    diff.apply(&mut self.items);
                }
                self.batches += 1;
            }
        };
        match tokio::time::timeout(PATIENCE / 2, finding).await {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Failure::Claim(format!("the list ended before {what}"))),
            Err(_) => Err(Failure::Claim(format!("{what} did not come within {} s", PATIENCE.as_secs() / 2))),
        }
    }
}

/// Waits until `look` finds something.
pub async fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> Result<T, Failure> {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return Ok(found);
        }
        if started.elapsed() > PATIENCE / 2 {
            return Err(Failure::Claim(format!("{what} did not come within {} s", PATIENCE.as_secs() / 2)));
        }
        tokio::time::sleep(LOOK).await;
    }
}
