//! The host app of a journey: a sandbox, a shopper there, and what is being followed.

use async_trait::async_trait;
use nightmarket::boxes::{BlindBox, Boxes};
use nightmarket::cart::Carts;
use nightmarket::drops::Drops;
use nightmarket::fans::Fans;
use nightmarket::feed::Feed;
use nightmarket::host::{DeviceAuthentication, Instrument};
use nightmarket::live::{Live, Room};
use nightmarket::offers::Offers;
use nightmarket::orders::Orders;
use nightmarket::ports::TlsSettings;
use nightmarket::purchase::Purchases;
use nightmarket::returns::Returns;
use nightmarket::{Host, ListSubscription, Result, Settings, Shopper};
use nightmarket_tour::host_app::{FixedBuyer, FixedToken, KeyFile, Notifications, TokenInstrument};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::watch;

use crate::operations::Fault;
use crate::sandbox::Sandbox;
use crate::shown::Shown;
use crate::value::{Variables, at};

/// What is newest of a list or state.
type Newest = Box<dyn FnMut() -> Value>;

/// The services of a shopper; after it was closed they say so.
pub struct Services {
    /// What is scrolled.
    pub feed: Feed,
    /// Rooms.
    pub live: Live,
    /// Offers made to them.
    pub offers: Offers,
    /// Buying.
    pub purchase: Purchases,
    /// What is collected before buying.
    pub carts: Carts,
    /// What was bought.
    pub orders: Orders,
    /// What goes back.
    pub returns: Returns,
    /// What goes on sale when.
    pub drops: Drops,
    /// Fan groups.
    pub fans: Fans,
    /// Blind boxes.
    pub boxes: Boxes,
}

/// What `shopper.open` is told.
pub struct Opening {
    /// The bearer token; none for a guest.
    pub token: Option<String>,
    /// BCP 47.
    pub language: String,
    /// Its address.
    pub venue: String,
    /// Name of the directory with the databases.
    pub directory: String,
    /// Names of the test instruments.
    pub instruments: Vec<String>,
    /// Whether the device knows its owner.
    pub device: bool,
}

/// The app.
pub struct App {
    /// Venue and shops.
    pub sandbox: Sandbox,
    /// The device's notifications.
    pub notifications: Notifications,
    /// Boxes as they were last described, by shop and id.
    pub described: BTreeMap<(String, String), BlindBox>,
    shopper: Option<Shopper>,
    services: Option<Services>,
    rooms: BTreeMap<String, Room>,
    followed: BTreeMap<String, Newest>,
    directory: tempfile::TempDir,
}

impl App {
    /// With a sandbox, and nobody there yet.
    ///
    /// # Errors
    /// Why not.
    pub async fn launch() -> Result<Self, String> {
        Ok(Self {
            sandbox: Sandbox::start().await?,
            notifications: Notifications::default(),
            described: BTreeMap::new(),
            shopper: None,
            services: None,
            rooms: BTreeMap::new(),
            followed: BTreeMap::new(),
            directory: tempfile::tempdir().map_err(|error| error.to_string())?,
        })
    }

    /// What a journey knows from the start.
    pub fn variables(&self) -> Variables {
        let [first, second] = &self.sandbox.shops;
        let named = [
            ("venue", self.sandbox.venue.as_str()),
            ("shop_0", self.sandbox.domain(0)),
            ("shop_1", self.sandbox.domain(1)),
            ("shop_0_url", first),
            ("shop_1_url", second),
        ];
        named.map(|(name, value)| (name.to_owned(), value.into())).into()
    }

    /// Sentences about what must never be in the shops' books.
    ///
    /// # Errors
    /// If they cannot be read.
    pub async fn wrongs(&self) -> Result<Vec<Value>, String> {
        let books = self.sandbox.control("books", &Map::new()).await?;
        let wrongs = |shop| at(&books, &format!("shops.{shop}.wrongs"));
        let lists: Option<Vec<_>> = (0..2).map(|shop| wrongs(shop).as_array().cloned()).collect();
        Ok(lists.ok_or("the books say nothing of wrongs")?.concat())
    }

    /// Opens a shopper.
    ///
    /// # Errors
    /// Those of the core.
    pub async fn open(&mut self, opening: Opening) -> Result<(), Fault> {
        if self.shopper.is_some() {
            return Err(Fault::broken("a shopper is open already"));
        }
        let settings = Settings {
            venue: opening.venue.clone(),
            directory: self.directory.path().join(&opening.directory),
            platform_profile: format!("{}/platform/profile.json", self.sandbox.venue),
            language: opening.language.clone(),
            tls: TlsSettings::default(),
        };
        let shopper = Shopper::open(settings, self.host(opening)).await?;
        self.services = Some(Services {
            feed: shopper.feed(),
            live: shopper.live(),
            offers: shopper.offers(),
            purchase: shopper.purchase(),
            carts: shopper.carts(),
            orders: shopper.orders(),
            returns: shopper.returns(),
            drops: shopper.drops(),
            fans: shopper.fans(),
            boxes: shopper.boxes(),
        });
        self.shopper = Some(shopper);
        Ok(())
    }

    fn host(&self, opening: Opening) -> Host {
        let instrument = |name: &String| -> Arc<dyn Instrument> {
            Arc::new(TokenInstrument {
                id: format!("card_{name}"),
                kind: "card".to_owned(),
                token: format!("tok_{name}"),
                display: None,
                silent: true,
            })
        };
        Host {
            tokens: Arc::new(FixedToken(opening.token)),
            instruments: opening.instruments.iter().map(instrument).collect(),
            buyer: Arc::new(FixedBuyer {
                buyer: json!({
                    "email": "shopper@example.com", "first_name": "Night", "last_name": "Shopper"
                }),
                address: Some(address()),
            }),
            device: Arc::new(Device(opening.device)),
            secrets: Arc::new(KeyFile(self.directory.path().join("sealing.key"))),
            notifier: Arc::new(self.notifications.clone()),
            ..Host::default()
        }
    }

    /// Closes the shopper; its services stay, and say so.
    ///
    /// # Errors
    /// If there is none.
    pub async fn close(&mut self) -> Result<(), Fault> {
        let shopper = self.shopper.take().ok_or_else(nobody)?;
        self.followed.clear();
        self.rooms.clear();
        shopper.close().await;
        Ok(())
    }

    /// Lets go of everything, in the middle of whatever it does.
    ///
    /// # Errors
    /// If there is nobody.
    pub fn kill(&mut self) -> Result<(), Fault> {
        self.followed.clear();
        self.rooms.clear();
        self.services = None;
        self.shopper.take().map(drop).ok_or_else(nobody)
    }

    /// The end of the journey.
    pub async fn end(mut self) {
        if let Some(shopper) = self.shopper.take() {
            shopper.close().await;
        }
    }

    /// The open shopper.
    ///
    /// # Errors
    /// If there is none.
    pub fn shopper(&self) -> Result<&Shopper, Fault> {
        self.shopper.as_ref().ok_or_else(nobody)
    }

    /// The services of the shopper who is or was open.
    ///
    /// # Errors
    /// If there was none.
    pub fn services(&self) -> Result<&Services, Fault> {
        self.services.as_ref().ok_or_else(nobody)
    }

    /// A room that was joined.
    ///
    /// # Errors
    /// If it was not.
    pub fn room(&self, id: &str) -> Result<&Room, Fault> {
        self.rooms.get(id).ok_or_else(|| Fault::broken(format!("room {id} is not joined")))
    }

    /// Keeps a room that was joined.
    pub fn joined(&mut self, room: Room) {
        self.rooms.insert(room.id().to_string(), room);
    }

    /// Takes a room to leave it.
    ///
    /// # Errors
    /// If it is not joined.
    pub fn leaving(&mut self, id: &str) -> Result<Room, Fault> {
        self.rooms.remove(id).ok_or_else(|| Fault::broken(format!("room {id} is not joined")))
    }

    /// What is newest of `name`, if it is followed already.
    pub fn newest(&mut self, name: &str) -> Option<Value> {
        self.followed.get_mut(name).map(|newest| newest())
    }

    /// Follows a list from here on, and gives it as it is now.
    ///
    /// # Errors
    /// If it ends before it began.
    pub async fn follow_list<T: Shown + 'static>(
        &mut self,
        name: &str,
        mut subscription: ListSubscription<T>,
    ) -> Result<Value, Fault> {
        let mut items = Vec::new();
        let first = subscription.next_batch().await;
        for diff in first.ok_or_else(|| Fault::broken("the list ended before its first batch"))? {
            diff.apply(&mut items);
        }
        let mut newest = move || {
            subscription.try_batch().into_iter().for_each(|diff| diff.apply(&mut items));
            items.shown()
        };
        let now = newest();
        self.followed.insert(name.to_owned(), Box::new(newest));
        Ok(now)
    }

    /// Follows a state from here on, and gives it as it is now.
    pub fn follow_state<T: Shown + 'static>(&mut self, name: &str, state: watch::Receiver<T>) -> Value {
        let newest = move || state.borrow().shown();
        let now = newest();
        self.followed.insert(name.to_owned(), Box::new(newest));
        now
    }
}

fn nobody() -> Fault {
    Fault::broken("no shopper is open")
}

/// Where everything goes, and is fetched from.
pub fn address() -> Value {
    json!({
        "street_address": "88 Harbour Road", "address_locality": "Shanghai", "address_region": "SH",
        "postal_code": "200000", "address_country": "CN"
    })
}

/// Whoever holds the phone: its owner, or not.
struct Device(bool);

#[async_trait]
impl DeviceAuthentication for Device {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(self.0)
    }
}
