//! Blind boxes: odds before money, boxes that the host opens on air, draws that the phone verifies, and what came out.
//!
//! A request is written down with its idempotency key before it leaves, and every step of a draw before the next one
//! is taken: nothing is opened or drawn twice, and what was under way goes on after a restart.

pub(crate) mod draw;
mod draws;
mod machine;
mod openings;
mod store;
mod types;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::Notify;

use nightmarket_ucp::{name, rest};

pub use types::{
    AgeRule, AgeVerdict, BlindBox, BoughtBox, BoxKind, Came, Chance, Collected, Content, Draw, DrawFailure,
    DrawState, Evidence, Opening, OpeningState, Pity, Remaining, Stock,
};

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::ids::{BoxId, ItemId, ShopDomain};
use crate::list::{ListSubscription, LiveList};
use crate::ports::{Connection, Databases, DbExt as _, EntropyExt as _};
use crate::remote::Remote;
use crate::shop::Shops;
use crate::venue::Venue;
use store::KnownBox;
use wire::{BoxWire, Terms};

/// Between tries at what is still under way.
const PACE: Backoff = Backoff { base_ms: 1_000, cap_ms: 60_000 };

/// Blind boxes of the venue's shops.
#[derive(Clone)]
pub struct Boxes(Remote<Service>);

impl Boxes {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// A box with its odds and its age rule, from its shop.
    ///
    /// # Errors
    /// `Malformed` if the odds do not sum to a power of ten or the age rule is under 8; `NotOffered`.
    pub async fn describe(&self, shop: ShopDomain, id: BoxId) -> Result<BlindBox> {
        self.0.call(|boxes| async move { boxes.describe(&shop, &id).await }).await
    }

    /// The screen showed the odds, the rule after bad luck and the age rule of this box. Kept; other odds count as not
    /// shown.
    pub async fn odds_shown(&self, shown: BlindBox) -> Result<()> {
        self.0.call(|boxes| async move { boxes.odds_shown(&shown).await }).await
    }

    /// Whether the odds of the box that this item buys were shown, as they are now.
    pub async fn is_odds_shown(&self, shop: ShopDomain, item: ItemId) -> Result<bool> {
        self.0.call(|boxes| async move { boxes.is_odds_shown(&shop, &item).await }).await
    }

    /// Whether a draw of this shop failed its verification: none is bought there by one tap.
    pub async fn has_failed_draw(&self, shop: ShopDomain) -> Result<bool> {
        self.0.call(|boxes| async move { boxes.has_failed_draw(&shop).await }).await
    }

    /// Puts a bought box into the host's queue. Each box once, however often it is asked for. An error that can be
    /// retried leaves it asked for: it goes on by itself, and [`Boxes::openings`] tells.
    pub async fn request_opening(&self, bought: BoughtBox) -> Result<Opening> {
        self.0.call(|boxes| async move { boxes.request_opening(bought).await }).await
    }

    /// Boxes asked to be opened on air, oldest first.
    pub async fn openings(&self) -> Result<ListSubscription<Opening>> {
        self.0.call(|boxes| async move { boxes.subscribe_openings().await }).await
    }

    /// Reads from the shops where every box that is not open yet stands.
    pub async fn refresh_openings(&self) -> Result<()> {
        self.0.call(|boxes| async move { boxes.refresh_openings().await }).await
    }

    /// Draws a bought digital box and verifies it; one that is under way goes on, one that has ended is given back.
    /// After [`DrawState::Expired`] it is drawn again.
    ///
    /// # Errors
    /// `Refused` if the shop has none left to draw; one that can be retried leaves it under way: it goes on by itself,
    /// and [`Boxes::draws`] tells.
    pub async fn draw(&self, bought: BoughtBox) -> Result<Draw> {
        self.0.call(|boxes| async move { boxes.draw(bought).await }).await
    }

    /// All draws, oldest first, failed and expired ones too.
    pub async fn draws(&self) -> Result<ListSubscription<Draw>> {
        self.0.call(|boxes| async move { boxes.subscribe_draws().await }).await
    }

    /// What came out of boxes, newest first.
    pub async fn collection(&self) -> Result<ListSubscription<Collected>> {
        self.0.call(|boxes| async move { boxes.subscribe_collection().await }).await
    }
}

/// Boxes on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    shops: Rc<Shops>,
    openings: LiveList<Opening>,
    draws: LiveList<Draw>,
    collection: LiveList<Collected>,
    /// One at a time for each box of an order.
    locks: RefCell<BTreeMap<BoughtBox, Rc<tokio::sync::Mutex<()>>>>,
    wake: Rc<Notify>,
    warm: Cell<bool>,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, shops: Rc<Shops>) -> Rc<Self> {
        let clock = &venue.context.ports.clock;
        let service = Rc::new(Self {
            openings: LiveList::new(clock.clone()),
            draws: LiveList::new(clock.clone()),
            collection: LiveList::new(clock.clone()),
            venue,
            shops,
            locks: RefCell::default(),
            wake: Rc::default(),
            warm: Cell::new(false),
        });
        service.clone().go_on();
        service
    }

    /// Sees what is under way to its end, from what was written down before this start on.
    fn go_on(self: Rc<Self>) {
        let (weak, wake) = (Rc::downgrade(&self), self.wake.clone());
        let (clock, entropy) =
            (self.venue.context.ports.clock.clone(), self.venue.context.ports.entropy.clone());
        drop(self);
        tokio::task::spawn_local(async move {
            let mut tries = 0_u32;
            loop {
                let Some(service) = weak.upgrade() else { return };
                let waiting = service.settle().await.unwrap_or_else(|error| {
                    tracing::error!(%error, "boxes under way cannot be read");
                    true
                });
                drop(service);
                if !waiting {
                    tries = 0;
                    wake.notified().await;
                    continue;
                }
                tries = tries.saturating_add(1);
                let wait = PACE.wait_ms(tries, entropy.next_u64(), Some(PACE.base_ms));
                tokio::select! {
                    biased;
                    () = wake.notified() => tries = 0,
                    () = clock.sleep(wait) => {}
                }
            }
        });
    }

    /// One try at everything under way. True if something should be tried again.
    async fn settle(&self) -> Result<bool> {
        let draws = self.settle_draws().await?;
        let openings = self.settle_openings().await?;
        Ok(draws || openings)
    }

    fn db(&self) -> &Databases {
        &self.venue.context.ports.db
    }

    fn lock(&self, bought: &BoughtBox) -> Rc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.borrow_mut();
        locks.retain(|_, lock| Rc::strong_count(lock) > 1);
        locks.entry(bought.clone()).or_default().clone()
    }

    async fn warm(&self) -> Result<()> {
        if !self.warm.replace(true) {
            self.show_openings().await?;
            self.show_draws().await?;
            self.show_collection().await?;
        }
        Ok(())
    }

    async fn show_collection(&self) -> Result<()> {
        let all = self.db().ledger.call(|db| store::collection(db)).await?;
        self.collection.replace(all);
        Ok(())
    }

    async fn subscribe_collection(&self) -> Result<ListSubscription<Collected>> {
        self.warm().await?;
        Ok(self.collection.subscribe())
    }

    async fn describe(&self, shop: &ShopDomain, id: &BoxId) -> Result<BlindBox> {
        let path = format!("/boxes/{}", rest::segment(id.as_str()));
        let seller = self.shops.get(shop).await?;
        let wire: BoxWire = seller.get(name::BLIND_BOXES, &path, "blind box").await?;
        if wire.id != *id {
            return Err(Error::malformed("blind box", "it is another one"));
        }
        let described = wire.clone().checked(shop)?;
        let shop = shop.to_string();
        self.db().ledger.write(move |tx| store::put_box(tx, &shop, &wire)).await?;
        Ok(described)
    }

    async fn odds_shown(&self, shown: &BlindBox) -> Result<()> {
        let (shop, id, terms) = (shown.shop.to_string(), shown.id.to_string(), Terms::of(shown));
        let updated = self.db().ledger.write(move |tx| store::put_shown(tx, &shop, &id, &terms)).await?;
        if updated == 0 {
            return Err(Error::bad_input("this box was not described by its shop"));
        }
        Ok(())
    }

    /// Whether the odds of every box that this item buys were shown, as its shop last described them. False for an item
    /// of which no box is known.
    pub(crate) async fn is_odds_shown(&self, shop: &ShopDomain, item: &ItemId) -> Result<bool> {
        let boxes = self.boxes_of_item(shop, item).await?;
        let shown = |known: &KnownBox| known.shown.as_ref() == Some(&known.wire.terms);
        Ok(!boxes.is_empty() && boxes.iter().all(shown))
    }

    /// Whether the item is known to be a blind box.
    pub(crate) async fn is_box(&self, shop: &ShopDomain, item: &ItemId) -> Result<bool> {
        Ok(!self.boxes_of_item(shop, item).await?.is_empty())
    }

    /// Whether a draw of this shop failed: purchase then confirms.
    pub(crate) async fn has_failed_draw(&self, shop: &ShopDomain) -> Result<bool> {
        let shop = shop.to_string();
        self.db().ledger.call(move |db| store::has_failed_draw(db, &shop)).await
    }

    async fn boxes_of_item(&self, shop: &ShopDomain, item: &ItemId) -> Result<Vec<KnownBox>> {
        let (shop, item) = (shop.to_string(), item.to_string());
        self.db().ledger.call(move |db| store::boxes_of_item(db, &shop, &item)).await
    }

    async fn known_box(&self, bought: &BoughtBox) -> Result<Option<KnownBox>> {
        let (shop, id) = (bought.shop.to_string(), bought.box_id.to_string());
        self.db().ledger.call(move |db| store::get_box(db, &shop, &id)).await
    }
}

/// What the ledger knows that decides about buying boxes.
pub(crate) struct Known {
    /// A draw of the shop once failed its verification.
    pub(crate) draw_failed: bool,
    /// Whom the boxes among the items may be sold to, as their shop last described them.
    pub(crate) ages: Vec<AgeRule>,
    /// The shop has described one of them with other odds than were shown, or none were.
    pub(crate) odds_changed: bool,
}

/// What is known of the boxes among these items of a shop.
pub(crate) fn known<'a>(
    ledger: &Connection,
    shop: &str,
    items: impl Iterator<Item = &'a str>,
) -> rusqlite::Result<Known> {
    let mut known =
        Known { draw_failed: store::has_failed_draw(ledger, shop)?, ages: Vec::new(), odds_changed: false };
    for item in items {
        for one in store::boxes_of_item(ledger, shop, item)? {
            known.ages.push(one.wire.terms.age);
            known.odds_changed |= one.shown.as_ref() != Some(&one.wire.terms);
        }
    }
    Ok(known)
}

/// Whether the other side definitely did nothing, and would say so again.
fn is_refusal(error: &Error) -> bool {
    matches!(
        error,
        Error::Refused { .. } | Error::NotFound { .. } | Error::Forbidden { .. } | Error::NotOffered { .. }
    )
}

#[cfg(test)]
mod tests;
