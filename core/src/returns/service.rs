//! Returns on the core thread: what is sent, read, kept and shown.

use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;
use tokio::sync::watch;

use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::{name, rest};

use super::machine::{Heard, Return};
use super::store::{self, Row};
use super::wire::{Booking, ReturnLine, ReturnWire, Returnable, Slot};
use super::{ReturnRef, ReturnView};
use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::follow::{Followed, Look};
use crate::ids::{OrderId, ReturnId, ShopDomain, SlotId};
use crate::inbox::{Inbox, ShopperEvent};
use crate::list::{ListSubscription, LiveList};
use crate::money::Money;
use crate::orders;
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::shop::{Shop, Shops};
use crate::venue::Venue;

/// How a return is polled where no channel tells of it, and while a courier is under way.
pub(super) const PACE: Backoff = Backoff { base_ms: 10_000, cap_ms: 300_000 };

pub(super) struct Entry {
    pub(super) row: RefCell<Row>,
    pub(super) followed: Rc<Followed<ReturnView>>,
}

impl Entry {
    fn new(row: Row) -> Rc<Self> {
        let followed = Followed::new(ReturnView::of(&row));
        Rc::new(Self { row: RefCell::new(row), followed })
    }

    fn is_of(&self, shop: &ShopDomain, id: &ReturnId) -> bool {
        let row = self.row.borrow();
        row.shop == *shop && row.return_id.as_ref() == Some(id)
    }

    /// The shop and its id of the return; `Unsettled` until there is one.
    fn at_shop(&self) -> Result<(ShopDomain, ReturnId)> {
        let row = self.row.borrow();
        let unsettled = || Error::Unsettled { what: "the request for the return".to_owned() };
        Ok((row.shop.clone(), row.return_id.clone().ok_or_else(unsettled)?))
    }
}

/// The returns.
pub(crate) struct Service {
    pub(super) venue: Rc<Venue>,
    shops: Rc<Shops>,
    pub(super) orders: Rc<orders::Service>,
    entries: RefCell<BTreeMap<String, Rc<Entry>>>,
    list: LiveList<ReturnView>,
    /// Whether what went on while the app was closed was asked for.
    caught_up: Cell<bool>,
}

impl Service {
    /// What the ledger has; wishes without an answer go on.
    pub(crate) async fn open(
        venue: Rc<Venue>,
        shops: Rc<Shops>,
        orders: Rc<orders::Service>,
        inbox: &Inbox,
    ) -> Result<Rc<Self>> {
        let rows = venue.context.ports.db.ledger.call(|db| store::all(db)).await?;
        let service = Rc::new(Self {
            list: LiveList::new(venue.context.ports.clock.clone()),
            venue,
            shops,
            orders,
            entries: RefCell::default(),
            caught_up: Cell::new(false),
        });
        for row in rows {
            let entry = service.admit(row);
            if entry.row.borrow().state.request.is_pending() {
                service.submit_later(entry);
            }
        }
        let listener = Rc::downgrade(&service);
        inbox.on_shopper(move |event| {
            if let Some(returns) = listener.upgrade() {
                returns.heard(event);
            }
        });
        Ok(service)
    }

    pub(super) fn admit(&self, row: Row) -> Rc<Entry> {
        let view = Arc::new(ReturnView::of(&row));
        let entry = Entry::new(row);
        self.entries.borrow_mut().insert(view.id.0.clone(), entry.clone());
        self.list.update(|list| list.push_front(view));
        entry
    }

    fn entry(&self, id: &ReturnRef) -> Result<Rc<Entry>> {
        let entry = self.entries.borrow().get(&id.0).cloned();
        entry.ok_or_else(|| Error::NotFound { what: "this return".to_owned() })
    }

    fn all(&self) -> Vec<Rc<Entry>> {
        self.entries.borrow().values().cloned().collect()
    }

    pub(super) fn subscribe(self: &Rc<Self>) -> ListSubscription<ReturnView> {
        if !self.caught_up.replace(true) {
            self.catch_up();
        }
        self.list.subscribe()
    }

    pub(super) fn dismiss(&self, id: &ReturnRef) {
        self.entries.borrow_mut().remove(&id.0);
        self.list.update(|list| {
            if let Some(at) = list.iter().position(|view| view.id == *id) {
                list.remove(at);
            }
        });
    }

    pub(super) async fn shop(&self, domain: &ShopDomain) -> Result<Rc<Shop>> {
        let shop = self.shops.get(domain).await?;
        if shop.offers(name::RETURNS) { Ok(shop) } else { Err(Error::not_offered(name::RETURNS)) }
    }

    /// What the shop takes back, less what this device is about to send.
    pub(super) async fn eligible(&self, domain: &ShopDomain, order: &OrderId) -> Result<Returnable> {
        let shop = self.shop(domain).await?;
        let path = format!("/orders/{}/returnable", rest::segment(order.as_str()));
        let mut returnable: Returnable = shop.get(name::RETURNS, &path, "returnable").await?;
        shop.observe_now(returnable.now);
        for entry in self.all() {
            let row = entry.row.borrow();
            if row.shop != *domain || row.order != *order || !row.state.request.is_pending() {
                continue;
            }
            for wished in &row.state.lines {
                let before =
                    row.claimed.iter().find(|(line, _)| *line == wished.line_id).map_or(0, |(_, n)| *n);
                for line in returnable.lines.iter_mut().filter(|line| line.line_id == wished.line_id) {
                    // Unless the shop counts it already.
                    if line.returned.saturating_add(line.open) <= before {
                        line.open = line.open.saturating_add(wished.quantity);
                    }
                }
            }
        }
        Ok(returnable)
    }

    /// What a shop can give back for this return at most: what was paid, less what other returns brought.
    fn cap(&self, row: &Row) -> Option<Money> {
        let mut left = row.paid?;
        for other in self.all() {
            // The entry itself may be borrowed by the caller; it is not another.
            let Ok(other) = other.row.try_borrow() else { continue };
            if other.id != row.id
                && other.shop == row.shop
                && other.order == row.order
                && let Some(back) = other.state.money.refunded
            {
                left = left.checked_sub(back)?;
            }
        }
        Some(left)
    }

    pub(super) async fn absorb(&self, entry: &Rc<Entry>, said: ReturnWire) {
        let cap = self.cap(&entry.row.borrow());
        let heard = entry.row.borrow_mut().state.hear(said, cap);
        if heard == Heard::Counted {
            self.save(entry).await;
        } else {
            self.publish(entry, None);
        }
    }

    pub(super) async fn save(&self, entry: &Rc<Entry>) {
        let row = entry.row.borrow().clone();
        let saved = self.venue.context.ports.db.ledger.write(move |tx| store::put(tx, &row)).await;
        self.publish(entry, saved.err());
    }

    pub(super) fn trouble(&self, entry: &Rc<Entry>, error: Error) {
        self.publish(entry, Some(error));
    }

    fn publish(&self, entry: &Rc<Entry>, problem: Option<Error>) {
        let view = ReturnView { problem, ..ReturnView::of(&entry.row.borrow()) };
        self.list.update(|list| {
            let at = list.iter().position(|shown| shown.id == view.id);
            if let Some(at) = at.filter(|at| *list[*at] != view) {
                list.set(at, Arc::new(view.clone()));
            }
        });
        entry.followed.publish(view);
    }

    pub(super) fn watch(self: &Rc<Self>, id: &ReturnRef) -> Result<watch::Receiver<ReturnView>> {
        let entry = self.entry(id)?;
        let ports = &self.venue.context.ports;
        let (returns, followed) = (self.clone(), entry.followed.clone());
        Ok(followed.watch(&ports.clock, &ports.entropy, PACE, async move || {
            match returns.refresh(&entry).await {
                Err(error) if error.is_retryable() => Look::Later,
                Err(_) => Look::WhenTold,
                Ok(()) => returns.look(&entry.row.borrow()),
            }
        }))
    }

    /// When to look again: a channel tells by itself, but a courier who is on the way is asked after all the same.
    fn look(&self, row: &Row) -> Look {
        let relayed = self.venue.discovered().offers(name::LIVE) && self.shops.is_vouched(&row.shop);
        if row.state.is_courier_under_way() {
            if relayed { Look::Later } else { Look::Soon }
        } else if relayed || row.state.is_settled() {
            Look::WhenTold
        } else {
            Look::Later
        }
    }

    async fn refresh(&self, entry: &Rc<Entry>) -> Result<()> {
        let read = async {
            let (domain, id) = entry.at_shop()?;
            let shop = self.shop(&domain).await?;
            self.fetch(&shop, &id).await
        };
        match read.await {
            Ok(said) => {
                self.absorb(entry, said).await;
                Ok(())
            }
            Err(error) => {
                if !matches!(error, Error::Unsettled { .. }) {
                    self.trouble(entry, error.clone());
                }
                Err(error)
            }
        }
    }

    async fn fetch(&self, shop: &Shop, id: &ReturnId) -> Result<ReturnWire> {
        let path = format!("/returns/{}", rest::segment(id.as_str()));
        let said: ReturnWire = shop.get(name::RETURNS, &path, "return").await?;
        shop.observe_now(said.now);
        Ok(said)
    }

    pub(super) async fn read(&self, id: &ReturnRef) -> Result<ReturnView> {
        let entry = self.entry(id)?;
        self.refresh(&entry).await?;
        Ok(ReturnView::of(&entry.row.borrow()))
    }

    /// Reads a return that somebody was told of, known here or not.
    pub(crate) async fn look_at(&self, shop: &ShopDomain, id: &ReturnId) -> Result<()> {
        let known = self.all().into_iter().find(|entry| entry.is_of(shop, id));
        match known {
            Some(entry) => self.refresh(&entry).await,
            None => self.discover(shop, id).await,
        }
    }

    /// What a shop's return is called here, if it is known.
    pub(crate) fn known(&self, shop: &ShopDomain, id: &ReturnId) -> Option<ReturnRef> {
        let entry = self.all().into_iter().find(|entry| entry.is_of(shop, id))?;
        let row = entry.row.borrow();
        Some(ReturnRef::new(row.id.clone()))
    }

    pub(super) async fn slots(&self, id: &ReturnRef) -> Result<Vec<Slot>> {
        let entry = self.entry(id)?;
        match self.refresh(&entry).await {
            Err(Error::Unsettled { .. }) => return Ok(Vec::new()),
            other => other?,
        }
        let domain = entry.row.borrow().shop.clone();
        let now = self.shops.get(&domain).await?.now();
        let row = entry.row.borrow();
        let pickup = row.state.pickup.as_ref().filter(|pickup| pickup.state.can_choose_slot());
        Ok(pickup.map_or_else(Vec::new, |pickup| {
            pickup.slots.iter().filter(|slot| slot.to > now).cloned().collect()
        }))
    }

    pub(super) async fn hold(self: &Rc<Self>, id: &ReturnRef, slot: &SlotId) -> Result<ReturnView> {
        let path = format!("slots/{}/hold", rest::segment(slot.as_str()));
        self.change(id, &path, &serde_json::json!({})).await
    }

    pub(super) async fn book(
        self: &Rc<Self>,
        id: &ReturnRef,
        slot: &SlotId,
        address: &PostalAddress,
    ) -> Result<ReturnView> {
        if address.is_empty() {
            return Err(Error::bad_input("the courier needs an address"));
        }
        self.change(id, "book", &Booking { slot_id: slot, address }).await
    }

    pub(super) async fn cancel(self: &Rc<Self>, id: &ReturnRef) -> Result<ReturnView> {
        self.change(id, "cancel", &serde_json::json!({})).await
    }

    /// A step that the shopper takes. Whatever fails, where it stands then is read again.
    async fn change(
        self: &Rc<Self>,
        id: &ReturnRef,
        path: &str,
        body: &impl Serialize,
    ) -> Result<ReturnView> {
        let entry = self.entry(id)?;
        let (domain, return_id) = entry.at_shop()?;
        let shop = self.shop(&domain).await?;
        let path = format!("/returns/{}/{path}", rest::segment(return_id.as_str()));
        let key = self.venue.context.ports.entropy.uuid();
        match shop.send::<ReturnWire>(name::RETURNS, &path, body, &key, "return").await {
            Ok(said) => {
                shop.observe_now(said.now);
                self.absorb(&entry, said).await;
                entry.followed.hint();
                Ok(ReturnView::of(&entry.row.borrow()))
            }
            Err(error) => {
                if !error.is_not_sent() {
                    self.refresh_later(entry);
                }
                Err(error)
            }
        }
    }

    fn refresh_later(self: &Rc<Self>, entry: Rc<Entry>) {
        if entry.followed.is_watched() {
            return entry.followed.hint();
        }
        let returns = self.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = returns.refresh(&entry).await {
                tracing::debug!(%error, "a return stays as it was");
            }
        });
    }

    fn heard(self: &Rc<Self>, event: &ShopperEvent) {
        match event {
            ShopperEvent::Return { shop, return_id, revision } => {
                self.hinted(shop, return_id, Some(*revision));
            }
            ShopperEvent::Refund { shop, return_id } => self.hinted(shop, return_id, None),
            ShopperEvent::Missed => {
                for entry in self.all() {
                    let open =
                        entry.row.borrow().return_id.is_some() && !entry.row.borrow().state.is_settled();
                    if open {
                        self.refresh_later(entry);
                    }
                }
            }
            _ => {}
        }
    }

    /// Reads every return that something may still come of.
    fn catch_up(self: &Rc<Self>) {
        for entry in self.all() {
            let open = entry.row.borrow().return_id.is_some() && !entry.row.borrow().state.is_settled();
            if open {
                self.refresh_later(entry);
            }
        }
    }

    fn hinted(self: &Rc<Self>, shop: &ShopDomain, id: &ReturnId, revision: Option<u64>) {
        if let Some(entry) = self.all().into_iter().find(|entry| entry.is_of(shop, id)) {
            if revision.is_none_or(|revision| revision > entry.row.borrow().state.revision) {
                self.refresh_later(entry);
            }
            return;
        }
        // An event names any domain it likes; only shops of the venue are asked.
        if self.shops.is_vouched(shop) {
            let (returns, shop, id) = (self.clone(), shop.clone(), id.clone());
            tokio::task::spawn_local(async move {
                if let Err(error) = returns.discover(&shop, &id).await {
                    tracing::debug!(%error, "a return that was told of is not known");
                }
            });
        }
    }

    /// A return that is not known here: the answer that a wish waits for, or another device's.
    async fn discover(&self, domain: &ShopDomain, id: &ReturnId) -> Result<()> {
        let shop = self.shop(domain).await?;
        let said = self.fetch(&shop, id).await?;
        let paid = self.orders.paid(domain, &said.order_id).await;
        let all = self.all();
        let known = all.iter().find(|entry| entry.is_of(domain, id));
        let waiting = || all.iter().find(|entry| waits_for(&entry.row.borrow(), domain, &said));
        let entry = if let Some(entry) = known.or_else(waiting) {
            entry.row.borrow_mut().return_id = Some(id.clone());
            entry.clone()
        } else {
            let ports = &self.venue.context.ports;
            self.admit(Row {
                id: ports.entropy.uuid(),
                shop: domain.clone(),
                order: said.order_id.clone(),
                body: String::new(),
                claimed: Vec::new(),
                paid,
                state: Return::wished(Vec::new()),
                return_id: Some(id.clone()),
                created_ms: ports.clock.wall_ms(),
            })
        };
        self.absorb(&entry, said).await;
        Ok(())
    }
}

/// Whether the return is what this wish asked for.
fn waits_for(row: &Row, shop: &ShopDomain, said: &ReturnWire) -> bool {
    let sorted = |lines: &[ReturnLine]| {
        let mut lines = lines.to_vec();
        lines.sort_by(|a, b| a.line_id.cmp(&b.line_id));
        lines
    };
    let waits = row.state.request.is_pending() || row.state.request == super::Request::AtShop;
    waits
        && row.return_id.is_none()
        && row.shop == *shop
        && row.order == said.order_id
        && sorted(&row.state.lines) == sorted(&said.lines)
}

#[cfg(test)]
#[path = "sandbox_tests.rs"]
mod sandbox_tests;
#[cfg(test)]
#[path = "tests.rs"]
mod tests;
