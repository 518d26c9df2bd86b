//! Carts on the core thread: written down, then sent, one task for each shop that has something to hear.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use tokio::sync::{Mutex, Notify, watch};

use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::cart::Cart as ShopCart;
use nightmarket_ucp::context::Context as UcpContext;
use nightmarket_ucp::name;

use super::looks::Looks;
use super::policy::{Kept, Sending, Step};
use super::store::{self, MAX_CARTS};
use super::{Cart, CartState};
use crate::backoff::Backoff;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host::in_time;
use crate::ids::{ItemId, QuoteId, ShopDomain};
use crate::inbox::Inbox;
use crate::money::Currency;
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::purchase::Wanted;
use crate::purchase::quote::{QuoteKey, QuoteLine};
use crate::shop::{Shop, Shops};

/// Requests in a row for one change: a copy that is gone is made anew, and what was changed meanwhile follows.
const MAX_STEPS: usize = 8;

/// Carts, on the core thread.
pub(crate) struct Service {
    pub(super) context: Rc<Context>,
    pub(super) shops: Rc<Shops>,
    held: RefCell<BTreeMap<ShopDomain, Rc<Held>>>,
    pub(super) looks: Looks,
    foreground: Cell<bool>,
}

/// One shop's cart, and what is under way for it.
struct Held {
    kept: RefCell<Kept>,
    view: watch::Sender<Cart>,
    /// Whether the shop has carts; so it counts until its profile says otherwise.
    has_carts: Cell<bool>,
    /// Why the last try failed.
    trouble: Cell<Option<&'static str>>,
    wake: Notify,
    running: Cell<bool>,
    /// Changes are written one after the other.
    writing: Mutex<()>,
    /// And so are requests.
    sending: Mutex<()>,
}

/// What a checkout is made of.
pub(crate) struct Ready {
    pub(crate) items: Vec<Wanted>,
    pub(crate) codes: Vec<String>,
    /// The cart at the shop, if it has exactly these lines.
    pub(crate) cart: Option<String>,
}

impl Held {
    fn new(kept: Kept) -> Rc<Self> {
        Rc::new(Self {
            view: watch::Sender::new(kept.view(true, None)),
            kept: RefCell::new(kept),
            has_carts: Cell::new(true),
            trouble: Cell::new(None),
            wake: Notify::new(),
            running: Cell::new(false),
            writing: Mutex::new(()),
            sending: Mutex::new(()),
        })
    }

    fn publish(&self) {
        let view = self.kept.borrow().view(self.has_carts.get(), self.trouble.get());
        self.view.send_if_modified(|shown| {
            let differs = *shown != view;
            *shown = view;
            differs
        });
    }
}

impl Service {
    /// What is kept; what the shops have not heard yet is sent.
    pub(crate) async fn open(context: Rc<Context>, shops: Rc<Shops>, inbox: &Inbox) -> Result<Rc<Self>> {
        let all = context.ports.db.outbox.call(store::all).await?;
        let held = all.into_iter().map(|kept| (kept.shop.clone(), Held::new(kept))).collect();
        let service = Rc::new(Self {
            context,
            shops,
            held: RefCell::new(held),
            looks: Looks::default(),
            foreground: Cell::new(true),
        });
        let shown = Rc::downgrade(&service);
        inbox.on_pin(move |room, pin, viewers| {
            if let Some(carts) = shown.upgrade() {
                carts.looks.pinned(room, pin, viewers);
            }
        });
        service.nudge_all();
        Ok(service)
    }

    /// Whether the app is in front: in the background nothing is asked and no retry waits.
    pub(crate) fn set_foreground(self: &Rc<Self>, foreground: bool) {
        if self.foreground.replace(foreground) != foreground && foreground {
            self.nudge_all();
        }
    }

    pub(super) fn is_in_front(&self) -> bool {
        self.foreground.get()
    }

    /// The network is back: nothing waits any longer.
    pub(crate) fn nudge_all(self: &Rc<Self>) {
        let held: Vec<_> = self.held.borrow().values().cloned().collect();
        for held in held {
            self.nudge(&held);
        }
    }

    fn nudge(self: &Rc<Self>, held: &Rc<Held>) {
        held.wake.notify_one();
        if !held.running.replace(true) {
            tokio::task::spawn_local(run(Rc::downgrade(self), held.clone()));
        }
    }

    fn held(&self, shop: &ShopDomain) -> Result<Rc<Held>> {
        let mut all = self.held.borrow_mut();
        if let Some(held) = all.get(shop) {
            return Ok(held.clone());
        }
        if all.len() >= MAX_CARTS {
            let empty = all.iter().find(|(_, held)| held.kept.borrow().is_void() && !held.running.get());
            let empty = empty.map(|(shop, _)| shop.clone());
            let empty = empty.ok_or_else(|| Error::bad_input(format!("there are {MAX_CARTS} carts")))?;
            all.remove(&empty);
        }
        let held = Held::new(Kept::at(shop.clone()));
        all.insert(shop.clone(), held.clone());
        Ok(held)
    }

    /// The shopper changes a cart: it is written down, then the shop hears of it.
    pub(super) async fn edit(
        self: &Rc<Self>,
        shop: &ShopDomain,
        change: impl FnOnce(&mut Kept) -> Result<()>,
    ) -> Result<Cart> {
        let held = self.held(shop)?;
        self.change(&held, change).await?;
        self.nudge(&held);
        Ok(held.view.borrow().clone())
    }

    pub(super) fn view(&self, shop: &ShopDomain) -> Cart {
        let held = self.held.borrow().get(shop).cloned();
        held.map_or_else(|| Kept::at(shop.clone()).view(true, None), |held| held.view.borrow().clone())
    }

    pub(super) fn watch(&self, shop: &ShopDomain) -> Result<watch::Receiver<Cart>> {
        Ok(self.held(shop)?.view.subscribe())
    }

    pub(super) fn all(&self) -> Vec<Cart> {
        let held = self.held.borrow();
        let views = held.values().map(|held| held.view.borrow().clone());
        views.filter(|cart| cart.state != CartState::Empty).collect()
    }

    pub(super) async fn refresh(self: &Rc<Self>, shop: &ShopDomain) -> Result<Cart> {
        let held = self.held(shop)?;
        let retry = |kept: &mut Kept| {
            kept.retry();
            Ok(())
        };
        self.change(&held, retry).await?;
        self.settle(&held).await?;
        let copy = held.kept.borrow().copy_id().map(str::to_owned);
        if let Some(id) = copy {
            let answer = self.shops.get(shop).await?.get_cart(&id).await;
            self.change(&held, |kept| kept.looked(answer)).await?;
            self.settle(&held).await?;
        }
        Ok(held.view.borrow().clone())
    }

    /// What a checkout is made of, once the shop has all of it.
    ///
    /// # Errors
    /// `BadInput` if nothing is in it; `Refused` as the shop did; those of the network.
    pub(crate) async fn ready(&self, shop: &ShopDomain) -> Result<Ready> {
        let held = self.held(shop)?;
        if held.kept.borrow().lines.is_empty() {
            return Err(Error::bad_input("nothing is in this cart"));
        }
        self.settle(&held).await?;
        let takes_codes = self.shops.get(shop).await?.offers(name::DISCOUNT);
        let kept = held.kept.borrow();
        if let Some(refused) = kept.refused() {
            return Err(refused);
        }
        let wanted =
            |line: &super::policy::KeptLine| Wanted { item: line.item.clone(), quantity: line.quantity };
        Ok(Ready {
            items: kept.lines.iter().map(wanted).collect(),
            codes: kept.codes.iter().filter(|_| takes_codes).cloned().collect(),
            cart: kept.shop_id().map(str::to_owned),
        })
    }

    /// A checkout was made of the cart: what is bought with it leaves the cart.
    pub(crate) async fn converted(&self, key: &QuoteKey) -> Result<()> {
        let held = self.held(&key.shop)?;
        let note = |kept: &mut Kept| {
            kept.checkout = Some(key.id.clone());
            Ok(())
        };
        self.change(&held, note).await
    }

    /// Checkouts that were made of carts and are not known to be bought.
    pub(crate) fn checkouts(&self) -> Vec<(ShopDomain, QuoteId)> {
        let held = self.held.borrow();
        let made =
            held.iter().filter_map(|(shop, held)| Some((shop.clone(), held.kept.borrow().checkout.clone()?)));
        made.collect()
    }

    /// An order was placed: if its checkout was made of a cart, what was bought leaves it.
    pub(crate) async fn bought(self: &Rc<Self>, key: &QuoteKey, lines: &[QuoteLine]) {
        let Some(held) = self.held.borrow().get(&key.shop).cloned() else { return };
        match self.change(&held, |kept| Ok(kept.bought(&key.id, lines))).await {
            Ok(true) => self.nudge(&held),
            Ok(false) => {}
            // The checkout stays noted, and the next opening looks for its order.
            Err(error) => tracing::warn!(code = error.code(), "what was bought is still in the cart"),
        }
    }

    /// Changes what is kept: on disk first, then in memory. An error changes nothing.
    async fn change<T>(&self, held: &Held, change: impl FnOnce(&mut Kept) -> Result<T>) -> Result<T> {
        let _one = held.writing.lock().await;
        let mut next = held.kept.borrow().clone();
        let given = change(&mut next)?;
        let differs = next != *held.kept.borrow();
        if differs {
            let written = next.clone();
            let write = move |tx: &rusqlite::Transaction<'_>| {
                if written.is_void() {
                    store::remove(tx, written.shop.as_str())
                } else {
                    store::put(tx, &written)
                }
            };
            self.context.ports.db.outbox.write(write).await?;
            *held.kept.borrow_mut() = next;
        }
        held.publish();
        Ok(given)
    }

    /// Sends what has to be sent, until the shop has what the shopper has.
    async fn settle(&self, held: &Held) -> Result<()> {
        let outcome = self.settle_once(held).await;
        held.trouble.set(outcome.as_ref().err().map(Error::code));
        held.publish();
        outcome
    }

    async fn settle_once(&self, held: &Held) -> Result<()> {
        let _one = held.sending.lock().await;
        let domain = held.kept.borrow().shop.clone();
        for _ in 0..MAX_STEPS {
            if held.kept.borrow().is_void() {
                return Ok(());
            }
            let shop = self.shops.get(&domain).await?;
            held.has_carts.set(shop.offers(name::CART));
            if !held.has_carts.get() {
                return self.price(held, &shop).await;
            }
            let now = shop.now().as_ms();
            if held.kept.borrow().next(now).is_none() {
                return Ok(());
            }
            let context = self.hints(&domain, true).await;
            let ports = &self.context.ports;
            let (wall, key) = (ports.clock.wall_ms(), ports.entropy.uuid());
            let discounts = shop.offers(name::DISCOUNT);
            let sending = self.change(held, |kept| Ok(kept.send(now, wall, key, context, discounts))).await?;
            let Some(sending) = sending else { return Ok(()) };
            let answer = send(&shop, &sending).await;
            self.change(held, |kept| kept.answered(&sending, answer)).await?;
        }
        Err(Error::malformed("cart", "it is over as soon as it is made"))
    }

    /// Asks the catalogue of a shop without carts what the lines are.
    async fn price(&self, held: &Held, shop: &Shop) -> Result<()> {
        let unpriced = held.kept.borrow().unpriced();
        for item in unpriced {
            match self.catalogue_line(shop, &item).await {
                Ok((line, currency)) => {
                    let note = |kept: &mut Kept| {
                        kept.priced(line, currency);
                        Ok(())
                    };
                    self.change(held, note).await?;
                }
                Err(error) if error.is_retryable() => return Err(error),
                // It stays in the cart; the checkout says what is the matter with it.
                Err(error) => tracing::debug!(code = error.code(), "an item has no price in the catalogue"),
            }
        }
        Ok(())
    }

    /// An item as the catalogue has it.
    pub(super) async fn catalogue_line(&self, shop: &Shop, item: &ItemId) -> Result<(QuoteLine, Currency)> {
        let product = shop.product(item).await?;
        let variant = product.variants.iter().find(|variant| variant.id == item.as_str());
        let variant = variant.or(product.variants.first());
        let variant = variant.ok_or_else(|| Error::NotFound { what: format!("item {item}") })?;
        let currency =
            variant.price.currency.parse().map_err(|_| Error::malformed("price", "its currency"))?;
        let picture = variant.media.first().or(product.media.first());
        let line = QuoteLine {
            id: item.to_string(),
            item: item.clone(),
            title: if product.variants.len() > 1 { variant.title.clone() } else { product.title.clone() },
            quantity: 1,
            price: variant.price.amount,
            image_url: picture.map(|media| media.url.clone()),
        };
        Ok((line, currency))
    }

    /// What a shop is told so that it can reckon delivery and tax: language, country and region, the postal code only for
    /// what the shopper put into a cart. An estimate needs no more, and goes without if the app has none.
    pub(super) async fn hints(&self, shop: &ShopDomain, closely: bool) -> UcpContext {
        let buyer = self.context.host.buyer.buyer(shop);
        let buyer = in_time(&*self.context.ports.clock, "buyer provider", buyer).await.unwrap_or_default();
        let address =
            buyer.address.and_then(|address| serde_json::from_str::<PostalAddress>(&address.json).ok());
        let address = address.unwrap_or_default();
        UcpContext {
            language: Some(self.context.language.clone()),
            address_country: address.address_country,
            address_region: address.address_region,
            postal_code: address.postal_code.filter(|_| closely),
            ..UcpContext::default()
        }
    }
}

async fn send(shop: &Shop, sending: &Sending) -> Result<ShopCart> {
    let (body, key) = (sending.body.clone(), sending.key.clone());
    match &sending.step {
        Step::Create => shop.create_cart(body, key).await,
        Step::Replace(id) => shop.replace_cart(id, body, key).await,
        Step::Cancel(id) => shop.cancel_cart(id, body, key).await,
    }
}

/// Sends for one cart until it is settled. Waiting keeps no closed core alive.
async fn run(service: Weak<Service>, held: Rc<Held>) {
    let mut failures = 0_u32;
    loop {
        let Some(strong) = service.upgrade() else { return };
        let outcome = strong.settle(&held).await;
        let retry_after = match &outcome {
            Err(Error::SlowDown { retry_after_ms, .. }) => Some(*retry_after_ms),
            Err(error) if error.is_retryable() => None,
            Err(error) => {
                tracing::debug!(code = error.code(), "a cart stays as it is");
                break;
            }
            Ok(()) => break,
        };
        if !strong.foreground.get() {
            break;
        }
        failures = failures.saturating_add(1);
        let ports = &strong.context.ports;
        let wait = Backoff::INTERACTIVE.wait_ms(failures, ports.entropy.next_u64(), retry_after);
        let clock = ports.clock.clone();
        drop(strong);
        tokio::select! {
            biased;
            () = held.wake.notified() => {}
            () = clock.sleep(wait) => {}
        }
    }
    held.running.set(false);
}
