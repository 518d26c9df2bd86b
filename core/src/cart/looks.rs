//! What something on the screen comes to: asked once the shopper stays with it, in turn, for one thing at a time.
//!
//! A shop is asked with one cart of its own for looking, replaced at every look: it never sees more than one for each
//! shopper, and that one ends by itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::{Rc, Weak};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinHandle;

use nightmarket_ucp::cart::{Cart as ShopCart, CartRequest};
use nightmarket_ucp::item::LineRequest;
use nightmarket_ucp::name;

use super::policy::{self, MAX_QUANTITY};
use super::service::Service;
use super::{Estimate, Looked};
use crate::api;
use crate::error::{Error, Result};
use crate::ids::{ItemId, RoomId, ShopDomain};
use crate::live::Pin;
use crate::money::Money;
use crate::ports::EntropyExt as _;
use crate::purchase::quote;
use crate::purchase::wire::BoundConfig;
use crate::shop::Shop;

/// Things looked at and not answered yet.
const MAX_LOOKS: usize = 4;
/// Answers that are kept, and for how long, milliseconds.
const MAX_KNOWN: usize = 32;
const FRESH_MS: u64 = 60_000;

/// So many of an item.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Sight {
    shop: ShopDomain,
    item: ItemId,
    quantity: u32,
}

/// What is on the screen, and what was asked about it.
#[derive(Default)]
pub(super) struct Looks {
    pins: RefCell<BTreeMap<RoomId, (Pin, u64)>>,
    asking: RefCell<VecDeque<JoinHandle<()>>>,
    /// Answers with the time they came, on the monotonic clock.
    known: RefCell<BTreeMap<Sight, (Looked, u64)>>,
    /// Each shop's cart for looking; one request at a time.
    carts: RefCell<BTreeMap<ShopDomain, Rc<Mutex<Option<String>>>>>,
}

impl Looks {
    /// What a room shows now, to so many viewers.
    pub(super) fn pinned(&self, room: &RoomId, pin: Option<&Pin>, viewers: u64) {
        let mut pins = self.pins.borrow_mut();
        match pin {
            Some(pin) => drop(pins.insert(room.clone(), (pin.clone(), viewers))),
            None => drop(pins.remove(room)),
        }
    }

    /// The pin of the most watched room that shows this.
    fn pin(&self, sight: &Sight) -> Option<(Pin, u64)> {
        let pins = self.pins.borrow();
        let same = pins.values().filter(|(pin, _)| pin.shop == sight.shop && pin.item == sight.item);
        same.max_by_key(|(_, viewers)| *viewers).cloned()
    }

    fn fresh(&self, sight: &Sight, now_ms: u64) -> Option<Looked> {
        let known = self.known.borrow();
        let (looked, at) = known.get(sight)?;
        (now_ms.saturating_sub(*at) < FRESH_MS).then(|| looked.clone())
    }

    fn keep(&self, sight: Sight, looked: Looked, now_ms: u64) {
        let mut known = self.known.borrow_mut();
        if known.len() >= MAX_KNOWN && !known.contains_key(&sight) {
            let oldest = known.iter().min_by_key(|(_, (_, at))| *at).map(|(sight, _)| sight.clone());
            oldest.and_then(|oldest| known.remove(&oldest));
        }
        known.insert(sight, (looked, now_ms));
    }

    /// One more is asked about; the oldest gives way.
    fn ask(&self, task: JoinHandle<()>) {
        let mut asking = self.asking.borrow_mut();
        asking.retain(|task| !task.is_finished());
        if asking.len() >= MAX_LOOKS {
            asking.pop_front().inspect(JoinHandle::abort);
        }
        asking.push_back(task);
    }
}

impl Service {
    pub(super) fn look(
        self: &Rc<Self>,
        shop: ShopDomain,
        item: ItemId,
        quantity: u32,
    ) -> Result<watch::Receiver<Looked>> {
        if !(1..=MAX_QUANTITY).contains(&quantity) {
            return Err(Error::bad_input(format!("one to {MAX_QUANTITY} pieces")));
        }
        let sight = Sight { shop, item, quantity };
        if let Some(known) = self.looks.fresh(&sight, self.context.ports.clock.monotonic_ms()) {
            return Ok(watch::channel(known).1);
        }
        let on_pin = self.looks.pin(&sight).and_then(|(pin, _)| of_price(pin.price, quantity));
        let (sender, receiver) = watch::channel(on_pin.unwrap_or(Looked::Waiting));
        self.looks.ask(tokio::task::spawn_local(asked(Rc::downgrade(self), sight, sender)));
        Ok(receiver)
    }

    /// How long to wait before the shop is asked; none if it is not.
    async fn turn(&self, sight: &Sight) -> Result<Option<u64>> {
        let random = self.context.ports.entropy.next_u64();
        let Some((_, viewers)) = self.looks.pin(sight) else { return Ok(policy::turn_ms(None, random)) };
        // A million profiles read for one pin would be a flood as well.
        let shop = self.shops.at_hand(&sight.shop).await?;
        let Some(shop) = shop.filter(|shop| shop.offers(name::CART) && shop.offers(name::BOUND_COMPLETE))
        else {
            return Ok(None);
        };
        let config: BoundConfig = shop.discovered().config(name::BOUND_COMPLETE).unwrap_or_default();
        Ok(policy::turn_ms(Some((viewers, config.early)), random))
    }

    /// What the shop says now.
    async fn estimate(&self, sight: &Sight) -> Result<Looked> {
        let shop = self.shops.get(&sight.shop).await?;
        if !shop.offers(name::CART) {
            let (line, currency) = self.catalogue_line(&shop, &sight.item).await?;
            let looked = of_price(Money::new(line.price, currency), sight.quantity);
            return looked.ok_or_else(|| Error::malformed("price", "it is beyond what can be counted"));
        }
        let cart = self.cart_of(&shop, sight).await?;
        let estimate =
            policy::estimate(&cart).ok_or_else(|| Error::malformed("cart", "it has no single total"))?;
        Ok(Looked::Known { estimate, notices: cart.messages.iter().map(quote::notice).collect() })
    }

    /// The shop's cart for looking, with nothing but this in it.
    async fn cart_of(&self, shop: &Shop, sight: &Sight) -> Result<ShopCart> {
        let held = self.looks.carts.borrow_mut().entry(sight.shop.clone()).or_default().clone();
        let mut id = held.lock().await;
        let context = self.hints(&sight.shop, false).await;
        let request = |id: Option<String>| {
            api::to_json(&CartRequest {
                id,
                line_items: vec![LineRequest::new(sight.item.as_str(), sight.quantity)],
                context: Some(context.clone()),
                ..CartRequest::default()
            })
        };
        if let Some(known) = id.clone() {
            match shop
                .replace_cart(&known, request(Some(known.clone())), self.context.ports.entropy.uuid())
                .await
            {
                Err(error) if error.is_not_found() => *id = None,
                answer => return answer,
            }
        }
        let made = shop.create_cart(request(None), self.context.ports.entropy.uuid()).await?;
        *id = Some(made.id.clone());
        Ok(made)
    }
}

fn of_price(price: Money, quantity: u32) -> Option<Looked> {
    let minor = price.minor.checked_mul(i64::from(quantity))?;
    let estimate = Estimate::of_catalogue(Money::new(minor, price.currency));
    Some(Looked::Known { estimate, notices: Vec::new() })
}

/// Waits for its turn, as long as somebody watches, then asks once.
async fn asked(service: Weak<Service>, sight: Sight, sender: watch::Sender<Looked>) {
    let Some(held) = service.upgrade() else { return };
    let clock = held.context.ports.clock.clone();
    let turn = held.turn(&sight).await;
    drop(held);
    let Ok(Some(turn)) = turn else { return };
    tokio::select! {
        biased;
        () = sender.closed() => return,
        () = clock.sleep(turn) => {}
    }
    let Some(service) = service.upgrade().filter(|service| service.is_in_front()) else { return };
    match service.estimate(&sight).await {
        Ok(looked) => {
            service.looks.keep(sight, looked.clone(), clock.monotonic_ms());
            sender.send_replace(looked);
        }
        Err(error) => drop(sender.send_replace(Looked::Failed(error))),
    }
}
