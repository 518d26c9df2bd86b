//! Orders: what was bought, across shops, and what became of it. Read from each shop by UCP; this side changes nothing
//! (undoing is the purchase's).
//!
//! The list is of orders placed here and of those that shops with `orders` list for the signed-in shopper. One order
//! is a snapshot, newest wins: read again when the venue's channel says so, else by polling while somebody watches.

pub(crate) mod policy;
pub(crate) mod store;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::watch;

use nightmarket_ucp::order::Order;
use nightmarket_ucp::{name, rest};

pub use policy::Stage;

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::follow::{Followed, Look};
use crate::ids::{OrderId, QuoteId, ShopDomain};
use crate::inbox::{Inbox, ShopperEvent};
use crate::list::{ListSubscription, LiveList};
use crate::money::Money;
use crate::ports::DbExt as _;
use crate::remote::Remote;
use crate::shop::Shops;
use crate::storage::documents;
use crate::time::Timestamp;
use crate::venue::Venue;
use store::Known;
use wire::{OrdersPage, UndoWire};

/// How an order is polled where no channel tells of it.
const PACE: Backoff = Backoff { base_ms: 10_000, cap_ms: 300_000 };
/// Orders, newest first, whose details a refresh reads.
const DETAILS: usize = 20;
/// Pages of a shop's list that a refresh reads at most.
const PAGES: usize = 10;
const CACHE_KIND: &str = "order";

/// An order in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderEntry {
    /// Who sold it.
    pub shop: ShopDomain,
    /// Its id there.
    pub id: OrderId,
    /// The checkout it came of.
    pub checkout_id: QuoteId,
    /// When, by the shop's clock.
    pub placed_at: Timestamp,
    /// What the first line is; none until the order was read.
    pub title: Option<String>,
    /// Its picture.
    pub image_url: Option<String>,
    /// What was to be paid.
    pub total: Option<Money>,
    /// Where it stands; none until the order was read.
    pub stage: Option<Stage>,
}

/// One order as last read.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderView {
    /// Who sold it.
    pub shop: ShopDomain,
    /// Its id there.
    pub id: OrderId,
    /// As the shop says it: lines with quantities, expectations, events, adjustments, permalink. None until read.
    pub order: Option<Arc<Order>>,
    /// Where it stands.
    pub stage: Option<Stage>,
    /// Why it could not be read the last time; what is shown is older then.
    pub problem: Option<Error>,
}

/// How an order can be undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Undo {
    /// Here, by the purchase's `undo`.
    Here {
        /// Until then, by the shop's clock.
        deadline: Timestamp,
        /// Milliseconds that were left when the shop answered; zero if it is over.
        left_ms: u64,
        /// Whether a cancel would be taken now.
        cancelable: bool,
    },
    /// The shop does not offer it here, but at the order's own page.
    AtShop {
        /// To be opened in a browser.
        permalink_url: String,
    },
}

/// The shopper's orders.
#[derive(Clone)]
pub struct Orders(Remote<Service>);

impl Orders {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// All orders, newest first, as known here; call [`Orders::refresh`] for what the shops know.
    pub async fn list(&self) -> Result<ListSubscription<OrderEntry>> {
        self.0.call(|orders| async move { orders.subscribe().await }).await
    }

    /// Asks the shops for the shopper's orders and reads the newest. Shops that fail are left as they were; an error
    /// only if all failed.
    pub async fn refresh(&self) -> Result<()> {
        self.0.call(|orders| async move { orders.refresh().await }).await
    }

    /// One order, read now and kept fresh while the receiver lives; starts with what the cache has.
    pub async fn watch(&self, shop: ShopDomain, order: OrderId) -> Result<watch::Receiver<OrderView>> {
        self.0.call(|orders| async move { Ok(orders.watch(shop, order).await) }).await
    }

    /// Reads one order once.
    ///
    /// # Errors
    /// `Refused` (`not_found`) if it is not the shopper's. A shop without orders over UCP, or that tells of them by webhook
    /// only, gives what the session of the purchase says: lines, totals and the permalink, and nothing of a parcel;
    /// `NotOffered` where it was not bought here.
    pub async fn read(&self, shop: ShopDomain, order: OrderId) -> Result<Arc<Order>> {
        self.0.call(|orders| async move { orders.read(&shop, &order).await }).await
    }

    /// Until when an order can be undone, and where.
    pub async fn undo_deadline(&self, shop: ShopDomain, order: OrderId) -> Result<Undo> {
        self.0.call(|orders| async move { orders.undo(&shop, &order).await }).await
    }

    /// The order's page at its shop, for whatever is not offered here.
    pub async fn permalink(&self, shop: ShopDomain, order: OrderId) -> Result<String> {
        self.0.call(|orders| async move { orders.permalink(&shop, &order).await }).await
    }
}

type Key = (ShopDomain, OrderId);

/// The orders on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    shops: Rc<Shops>,
    list: LiveList<OrderEntry>,
    followed: RefCell<BTreeMap<Key, Rc<Followed<OrderView>>>>,
    warm: Cell<bool>,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, shops: Rc<Shops>, inbox: &Inbox) -> Rc<Self> {
        let service = Rc::new(Self {
            list: LiveList::new(venue.context.ports.clock.clone()),
            venue,
            shops,
            followed: RefCell::default(),
            warm: Cell::new(false),
        });
        let listener = Rc::downgrade(&service);
        inbox.on_shopper(move |event| {
            if let Some(orders) = listener.upgrade() {
                orders.heard(event);
            }
        });
        service
    }

    /// An order was placed: it is noted and in the list at once. A purchase that wants both in one transaction calls
    /// [`store::put`] itself, and this afterwards.
    pub(crate) async fn placed(&self, known: Known) -> Result<()> {
        let noted = known.clone();
        self.venue.context.ports.db.ledger.write(move |tx| store::put(tx, &noted)).await?;
        if self.warm.get() {
            self.show(vec![known]).await;
        }
        Ok(())
    }

    /// Whether the shopper has an order at the shop.
    pub(crate) async fn bought_from(&self, shop: &ShopDomain) -> Result<bool> {
        let shop = shop.clone();
        self.venue.context.ports.db.ledger.call(move |db| store::bought_from(db, &shop)).await
    }

    async fn subscribe(&self) -> Result<ListSubscription<OrderEntry>> {
        self.warm_up().await?;
        Ok(self.list.subscribe())
    }

    async fn warm_up(&self) -> Result<()> {
        let known = self.venue.context.ports.db.ledger.call(|db| store::all(db)).await?;
        if !self.warm.replace(true) {
            self.show(known).await;
        }
        Ok(())
    }

    /// Puts orders that the list lacks where they belong: newest first.
    async fn show(&self, known: Vec<Known>) {
        for known in known {
            let order = self.cached(&known.shop, &known.id).await;
            let mut entry = OrderEntry {
                shop: known.shop,
                id: known.id,
                checkout_id: known.checkout_id,
                placed_at: known.placed_at,
                title: None,
                image_url: None,
                total: None,
                stage: None,
            };
            if let Some(order) = &order {
                describe(&mut entry, order);
            }
            let rank = |entry: &OrderEntry| {
                (std::cmp::Reverse(entry.placed_at), entry.shop.clone(), entry.id.clone())
            };
            self.list.update(|list| {
                if list.iter().any(|shown| shown.shop == entry.shop && shown.id == entry.id) {
                    return;
                }
                let at = list.iter().position(|shown| rank(shown) > rank(&entry)).unwrap_or(list.len());
                list.insert(at, Arc::new(entry));
            });
        }
    }

    pub(crate) async fn refresh(&self) -> Result<()> {
        self.warm_up().await?;
        let mut shops: BTreeSet<_> = self.venue.shops().into_iter().map(|shop| shop.domain).collect();
        shops.extend(self.list.snapshot().iter().map(|entry| entry.shop.clone()));
        let mut outcome = None;
        for shop in shops {
            match (self.refresh_shop(&shop).await, &outcome) {
                (Ok(()), _) => outcome = Some(Ok(())),
                (Err(error), None) => outcome = Some(Err(error)),
                (Err(error), Some(_)) => tracing::debug!(%shop, %error, "its orders stay as they were"),
            }
        }
        for entry in self.list.snapshot().iter().take(DETAILS) {
            if entry.stage.is_none_or(|stage| !stage.is_settled())
                && let Err(error) = self.read(&entry.shop, &entry.id).await
            {
                tracing::debug!(shop = %entry.shop, %error, "an order stays as it was");
            }
        }
        outcome.unwrap_or(Ok(()))
    }

    /// Reads the shop's list of the shopper's orders, until a page has nothing new. A shop without one, or a guest,
    /// has only what was placed here.
    async fn refresh_shop(&self, domain: &ShopDomain) -> Result<()> {
        let shop = self.shops.get(domain).await?;
        let mut path = "/orders".to_owned();
        for _ in 0..PAGES {
            let page: OrdersPage = match shop.get(name::ORDERS, &path, "orders").await {
                Err(Error::NotOffered { .. } | Error::SignInNeeded { .. }) => return Ok(()),
                other => other?,
            };
            let known: Vec<_> = page
                .orders
                .into_iter()
                .map(|listed| Known {
                    shop: domain.clone(),
                    id: listed.id,
                    checkout_id: listed.checkout_id,
                    placed_at: listed.placed_at,
                })
                .collect();
            let have: BTreeSet<_> =
                self.list.snapshot().iter().map(|entry| (entry.shop.clone(), entry.id.clone())).collect();
            let new: Vec<_> = known
                .into_iter()
                .filter(|known| !have.contains(&(known.shop.clone(), known.id.clone())))
                .collect();
            if new.is_empty() {
                return Ok(());
            }
            let noted = new.clone();
            let ledger = &self.venue.context.ports.db.ledger;
            ledger
                .write(move |tx| noted.iter().try_for_each(|known| store::put(tx, known).map(drop)))
                .await?;
            self.show(new).await;
            let Some(next) = page.next else { return Ok(()) };
            path = format!("/orders?cursor={}", rest::segment(&next));
        }
        Ok(())
    }

    pub(crate) async fn watch(self: &Rc<Self>, shop: ShopDomain, id: OrderId) -> watch::Receiver<OrderView> {
        let cached = self.cached(&shop, &id).await.map(Arc::new);
        let key = (shop.clone(), id.clone());
        let followed = self.followed.borrow().get(&key).cloned().unwrap_or_else(|| {
            let stage = cached.as_deref().map(policy::stage);
            Followed::new(OrderView {
                shop: shop.clone(),
                id: id.clone(),
                order: cached,
                stage,
                problem: None,
            })
        });
        self.followed.borrow_mut().retain(|_, followed| followed.is_watched());
        self.followed.borrow_mut().insert(key, followed.clone());
        let ports = &self.venue.context.ports;
        let orders = self.clone();
        let last = RefCell::new(None);
        followed.watch(&ports.clock, &ports.entropy, PACE, async move || {
            let read = orders.read(&shop, &id).await;
            let look = orders.look(&shop, last.borrow().as_ref(), &read);
            *last.borrow_mut() = Some(read);
            look
        })
    }

    /// When to look again: a channel tells by itself, a settled order stays.
    fn look(&self, shop: &ShopDomain, last: Option<&Result<Arc<Order>>>, read: &Result<Arc<Order>>) -> Look {
        let relayed = self.venue.discovered().offers(name::LIVE) && self.shops.is_vouched(shop);
        match read {
            Err(error) if error.is_retryable() => Look::Later,
            Err(_) => Look::WhenTold,
            Ok(_) if relayed => Look::WhenTold,
            Ok(order) if policy::stage(order).is_settled() => Look::WhenTold,
            Ok(order) => match last {
                Some(Ok(last)) if last == order => Look::Later,
                _ => Look::Soon,
            },
        }
    }

    /// Reads an order and tells whoever shows it.
    pub(crate) async fn read(&self, domain: &ShopDomain, id: &OrderId) -> Result<Arc<Order>> {
        let read = self.ask(domain, id).await.map(Arc::new);
        if let Ok(order) = &read {
            self.keep(domain, id, order).await;
        }
        let followed = self.followed.borrow().get(&(domain.clone(), id.clone())).cloned();
        if let Some(followed) = followed {
            let (shop, id) = (domain.clone(), id.clone());
            match &read {
                Ok(order) => {
                    let (order, stage) = (Some(order.clone()), Some(policy::stage(order)));
                    followed.publish(OrderView { shop, id, order, stage, problem: None });
                }
                Err(error) => followed.update(|view| view.problem = Some(error.clone())),
            }
        }
        read
    }

    /// The order from the shop; where it has none to read, as the session told of it.
    async fn ask(&self, domain: &ShopDomain, id: &OrderId) -> Result<Order> {
        let shop = self.shops.get(domain).await?;
        let missing = match shop.get_order(id).await {
            Err(error) if error.is_not_found() || matches!(error, Error::NotOffered { .. }) => error,
            read => return read,
        };
        if !shop.tells_orders_by_webhook() {
            return Err(missing);
        }
        let (wanted, named) = (domain.clone(), id.clone());
        let ledger = &self.venue.context.ports.db.ledger;
        match ledger.call(move |db| store::checkout_of(db, &wanted, &named)).await? {
            Some(checkout) => shop.order_of(id, &checkout).await,
            None => Err(Error::not_offered(name::ORDER)),
        }
    }

    async fn keep(&self, shop: &ShopDomain, id: &OrderId, order: &Order) {
        let ports = &self.venue.context.ports;
        if let Err(error) = documents::put(ports, CACHE_KIND, &cache_id(shop, id), order, None).await {
            tracing::warn!(%error, "an order is not kept for later");
        }
        if let Err(error) = self.note_cost(shop, id, order).await {
            tracing::warn!(%error, "what an order cost is not noted");
        }
        self.list.update(|list| {
            let at = list.iter().position(|entry| entry.shop == *shop && entry.id == *id);
            if let Some(at) = at {
                let mut entry = OrderEntry::clone(&list[at]);
                describe(&mut entry, order);
                if entry != *list[at] {
                    list.set(at, Arc::new(entry));
                }
            }
        });
    }

    /// What an order cost counts against the caps, also where another device placed it.
    async fn note_cost(&self, shop: &ShopDomain, id: &OrderId, order: &Order) -> Result<()> {
        let total = policy::total(order).filter(|_| policy::stage(order) != Stage::Canceled);
        let (shop, id) = (shop.clone(), id.clone());
        let ledger = &self.venue.context.ports.db.ledger;
        let (wanted, named) = (shop.clone(), id.clone());
        if ledger.call(move |db| store::costs(db, &wanted, &named, total)).await? {
            ledger.write(move |tx| store::put_cost(tx, &shop, &id, total)).await?;
        }
        Ok(())
    }

    async fn cached(&self, shop: &ShopDomain, id: &OrderId) -> Option<Order> {
        let cached =
            documents::get::<Order>(&self.venue.context.ports, CACHE_KIND, &cache_id(shop, id)).await;
        // What the cache cannot give is read again.
        cached.ok().flatten().map(|stored| stored.value)
    }

    pub(crate) async fn undo(&self, domain: &ShopDomain, id: &OrderId) -> Result<Undo> {
        let shop = self.shops.get(domain).await?;
        if !shop.offers(name::ORDERS) {
            return Ok(Undo::AtShop { permalink_url: self.permalink(domain, id).await? });
        }
        let path = format!("/orders/{}/undo", rest::segment(id.as_str()));
        let said: UndoWire = shop.get(name::ORDERS, &path, "undo").await?;
        shop.observe_now(said.now);
        let left = said.deadline.as_ms().saturating_sub(said.now.as_ms());
        Ok(Undo::Here {
            deadline: said.deadline,
            left_ms: u64::try_from(left).unwrap_or_default(),
            cancelable: said.cancelable,
        })
    }

    pub(crate) async fn permalink(&self, shop: &ShopDomain, id: &OrderId) -> Result<String> {
        match self.cached(shop, id).await {
            Some(order) => Ok(order.permalink_url),
            None => Ok(self.read(shop, id).await?.permalink_url.clone()),
        }
    }

    /// What an order cost, if the shop says so; read only if it never was.
    pub(crate) async fn paid(&self, shop: &ShopDomain, id: &OrderId) -> Option<Money> {
        match self.cached(shop, id).await {
            Some(order) => policy::total(&order),
            None => self.read(shop, id).await.ok().and_then(|order| policy::total(&order)),
        }
    }

    fn heard(self: &Rc<Self>, event: &ShopperEvent) {
        match event {
            ShopperEvent::Order { shop, order_id, .. } => self.hinted(shop, order_id),
            ShopperEvent::Missed => {
                for followed in self.followed.borrow().values() {
                    followed.hint();
                }
                if self.warm.get() {
                    self.later(async |orders| orders.refresh().await);
                }
            }
            _ => {}
        }
    }

    fn hinted(self: &Rc<Self>, shop: &ShopDomain, id: &OrderId) {
        let key = (shop.clone(), id.clone());
        let followed = self.followed.borrow().get(&key).cloned();
        if let Some(followed) = followed.filter(|followed| followed.is_watched()) {
            return followed.hint();
        }
        let listed = self.list.snapshot().iter().any(|entry| entry.shop == *shop && entry.id == *id);
        if listed {
            let (shop, id) = key;
            self.later(async move |orders| orders.read(&shop, &id).await.map(drop));
        } else if self.warm.get() && self.shops.is_vouched(shop) {
            // Placed on another device.
            let shop = shop.clone();
            self.later(async move |orders| orders.refresh_shop(&shop).await);
        }
    }

    fn later(self: &Rc<Self>, work: impl AsyncFnOnce(&Rc<Self>) -> Result<()> + 'static) {
        let orders = self.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = work(&orders).await {
                tracing::debug!(%error, "orders stay as they were");
            }
        });
    }
}

fn cache_id(shop: &ShopDomain, id: &OrderId) -> String {
    format!("{shop} {id}")
}

fn describe(entry: &mut OrderEntry, order: &Order) {
    let first = order.line_items.first();
    entry.title = first.map(|line| line.item.title.clone());
    entry.image_url = first.and_then(|line| line.item.image_url.clone());
    entry.total = policy::total(order);
    entry.stage = Some(policy::stage(order));
}

#[cfg(test)]
impl Service {
    /// The list as it is now.
    pub(crate) fn list_now(&self) -> Vec<Arc<OrderEntry>> {
        self.list.snapshot()
    }
}

#[cfg(test)]
mod tests;
