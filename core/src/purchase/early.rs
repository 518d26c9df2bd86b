//! Quotes prepared on the pin: a timer for each room, one session at most for each pin.
//!
//! `policy_early` says whether and when; nothing is sent for a pin that was replaced, in the background, or where one
//! tap is off. What fails is not tried again: the buy card makes a quote all the same.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use nightmarket_ucp::name;

use super::policy_early::Circumstances;
use super::service::{MAX_ARMED, Service};
use super::wire::BoundConfig;
use super::{BuyRequest, EarlyQuote, Quoted, Reason, store};
use crate::error::Result;
use crate::ids::RoomId;
use crate::live::Pin;
use crate::ports::{DbExt as _, EntropyExt as _};

/// A quote prepared early is shown as it is for so long after the shop's answer, then read again; milliseconds.
const FRESH_MS: i64 = 60_000;

/// What is on the screen of each room, and what is prepared for it.
pub(super) struct Early {
    rooms: RefCell<BTreeMap<RoomId, Pinned>>,
    foreground: Cell<bool>,
    quotes: watch::Sender<Vec<EarlyQuote>>,
}

struct Pinned {
    pin: Pin,
    viewers: u64,
    quoted: Option<Quoted>,
    /// Waits for its turn, then asks the shop.
    task: Option<JoinHandle<()>>,
}

impl Drop for Pinned {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Default for Early {
    fn default() -> Self {
        Self { rooms: RefCell::default(), foreground: Cell::new(true), quotes: watch::Sender::default() }
    }
}

impl Service {
    /// Quotes that are ready for pins on the screen, the newest list wins.
    pub(super) fn early(&self) -> watch::Receiver<Vec<EarlyQuote>> {
        self.early.quotes.subscribe()
    }

    /// What a room shows now, to so many viewers; none: nothing, or the room was left.
    pub(crate) fn pinned(self: &Rc<Self>, room: &RoomId, pin: Option<&Pin>, viewers: u64) {
        let unchanged = self.early.rooms.borrow().get(room).is_some_and(|before| {
            pin.is_some_and(|pin| pin.id == before.pin.id) && (before.viewers > 0 || viewers == 0)
        });
        if unchanged {
            return;
        }
        let before = self.early.rooms.borrow_mut().remove(room);
        if let Some(key) = before.as_ref().and_then(|before| before.quoted.as_ref()) {
            self.disarm(&key.quote.key);
        }
        drop(before);
        if let Some(pin) = pin {
            let pinned = Pinned { pin: pin.clone(), viewers, quoted: None, task: None };
            self.early.rooms.borrow_mut().insert(room.clone(), pinned);
            self.plan(room);
        }
        self.early_changed();
    }

    /// Whether the app is in front. In the background nothing is prepared; back in front, what is on the screen is.
    pub(crate) fn set_foreground(self: &Rc<Self>, foreground: bool) {
        if self.early.foreground.replace(foreground) == foreground {
            return;
        }
        let rooms: Vec<RoomId> = self.early.rooms.borrow().keys().cloned().collect();
        for room in rooms {
            if let Some(task) = self.early.rooms.borrow_mut().get_mut(&room).and_then(|it| it.task.take()) {
                task.abort();
            }
            if foreground {
                self.plan(&room);
            }
        }
    }

    /// Starts the room's timer, unless its pin's quote is ready.
    fn plan(self: &Rc<Self>, room: &RoomId) {
        let mut rooms = self.early.rooms.borrow_mut();
        let Some(pinned) = rooms.get_mut(room).filter(|pinned| pinned.quoted.is_none()) else { return };
        let task = in_turn(Rc::downgrade(self), room.clone(), pinned.pin.clone(), pinned.viewers);
        pinned.task = Some(tokio::task::spawn_local(task));
    }

    /// How long to wait for one's turn; none if this is not to be prepared.
    async fn turn(&self, pin: &Pin, viewers: u64) -> Result<Option<u64>> {
        // A million profiles read for one pin would be a flood as well.
        let Some(shop) = self.shops.at_hand(&pin.shop).await? else { return Ok(None) };
        let config: BoundConfig = shop.discovered().config(name::BOUND_COMPLETE).unwrap_or_default();
        if !shop.offers(name::BOUND_COMPLETE) || !self.is_worth(pin).await? {
            return Ok(None);
        }
        Ok(config.early.delay_ms(viewers, self.context.ports.entropy.next_u64()))
    }

    async fn is_worth(&self, pin: &Pin) -> Result<bool> {
        let now = self.now();
        let read = move |db: &mut crate::ports::Connection| Ok((store::policy(db)?, store::seen(db, &now)?));
        let (policy, seen_ms) = self.context.ports.db.ledger.call(read).await?;
        let circumstances = Circumstances {
            policy: &policy,
            seen_ms,
            foreground: self.early.foreground.get(),
            online: self.is_online(),
            has_room: self.opened() < MAX_ARMED,
        };
        Ok(circumstances.is_worth(pin.price))
    }

    /// Its turn has come: the quote is made and held ready, unless the shopper was faster.
    async fn prepare_early(self: &Rc<Self>, room: &RoomId, pin: &Pin) -> Result<()> {
        if !self.is_worth(pin).await? {
            return Ok(());
        }
        let mut request = BuyRequest::of(pin.shop.clone(), pin.item.clone(), 1);
        self.mark_boxes(&mut request).await?;
        if self.holds(&request) {
            return Ok(());
        }
        let priced = self.price(&request).await?;
        if self.opened() >= MAX_ARMED {
            return Ok(());
        }
        let quoted = self.keep(request, priced, true).await?;
        if let Some(pinned) = self.early.rooms.borrow_mut().get_mut(room).filter(|now| now.pin.id == pin.id) {
            pinned.quoted = Some(quoted);
        }
        self.early_changed();
        Ok(())
    }

    /// The quote that was prepared for exactly this wish, now opened by the shopper: as it is while it is fresh, else
    /// as the shop has it now.
    pub(super) async fn open_early(self: &Rc<Self>, request: &BuyRequest) -> Option<Quoted> {
        let key = self.early_for(request)?;
        let (quote, _) = self.current(&key).ok()?;
        let shop = self.shops.opened(&key.shop)?;
        let age = shop.now().as_ms().saturating_sub(quote.answered_at.as_ms());
        let decision = self.preview(&quote).await.ok()?;
        if !(0..=FRESH_MS).contains(&age) || decision.reasons().contains(&Reason::Stale) {
            // One that is over by now is none: the shopper gets a new quote.
            return self.refresh(&key).await.ok();
        }
        self.open_as_is(&key);
        Some(Quoted { quote, decision })
    }

    /// Tells what is ready, if that changed: sessions go when others need their place, or are bought.
    pub(super) fn early_changed(&self) {
        let rooms = self.early.rooms.borrow();
        let quotes: Vec<_> = rooms
            .iter()
            .filter_map(|(room, pinned)| {
                let quoted = pinned.quoted.clone().filter(|quoted| self.is_ready(&quoted.quote))?;
                Some(EarlyQuote { room: room.clone(), pin: pinned.pin.id.clone(), quoted })
            })
            .collect();
        self.early.quotes.send_if_modified(|known| {
            let changed = *known != quotes;
            *known = quotes;
            changed
        });
    }
}

/// A pin's wait. It keeps no closed core alive, and ends with the pin.
async fn in_turn(service: Weak<Service>, room: RoomId, pin: Pin, viewers: u64) {
    let Some(held) = service.upgrade() else { return };
    let clock = held.context.ports.clock.clone();
    let turn = held.turn(&pin, viewers).await;
    drop(held);
    let delay = match turn {
        Ok(Some(delay)) => delay,
        Ok(None) => return,
        Err(error) => return tracing::debug!(code = error.code(), "nothing is prepared for a pin"),
    };
    clock.sleep(delay).await;
    let Some(service) = service.upgrade() else { return };
    if let Err(error) = service.prepare_early(&room, &pin).await {
        tracing::debug!(code = error.code(), "nothing was prepared for a pin");
    }
}
