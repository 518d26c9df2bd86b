//! Drops: what goes on sale when, and being told in time.
//!
//! Times are the venue's clock; the device's own notification is scheduled on the wall clock by the difference of the
//! two. A wish to be reminded leaves through the outbox. A drop that moves is read again and scheduled anew.

mod policy;
mod store;
pub(crate) mod wire;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};

use nightmarket_ucp::{name, rest};

use crate::api;
use crate::error::{Error, Result};
use crate::fans;
use crate::ids::{DropId, GroupId, PostId, RoomId};
use crate::inbox::{Inbox, ShopperEvent};
use crate::list::{ListSubscription, LiveList};
use crate::ports::{DbExt as _, EntropyExt as _, Method};
use crate::remote::Remote;
use crate::storage::documents;
use crate::storage::outbox::{Item, Sender, Verdict};
use crate::time::Timestamp;
use crate::venue::Venue;
use crate::wire::{Host, Product};
use nightmarket_ucp::open_enum;
use policy::{Plan, Times};
use store::Wish;
use wire::{DropWire, DropsReply, ReminderReply};

/// Outbox kind of this service.
const REMIND: &str = "drops.remind";
const CACHE_KIND: &str = "drops";

open_enum! {
    /// Where a drop stands, by the venue's word.
    pub enum DropStatus {
        /// Its time is known.
        Announced = "announced",
        /// On sale.
        Open = "open",
        /// Over.
        Closed = "closed",
        /// Announced, for another time than before.
        Moved = "moved",
    }
}

open_enum! {
    /// Why the shopper was told.
    pub enum ReminderKind {
        /// It is time.
        Due = "due",
        /// It has another time.
        Moved = "moved",
        /// Open to members of its group.
        Early = "early",
    }
}

/// Whether this shopper may buy now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Not yet.
    NotYet {
        /// Milliseconds until this shopper may.
        opens_in_ms: u64,
    },
    /// Open to members of its group, of whom the shopper is one: a proof goes with the purchase.
    Early,
    /// Open to everybody.
    Open,
    /// Over.
    Closed,
}

/// The shopper's wish to be reminded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reminder {
    /// None.
    Off,
    /// To be reminded.
    On {
        /// When, by the venue's clock; none until the drop's time is known here.
        fires_at: Option<Timestamp>,
    },
    /// The venue refused.
    Refused {
        /// Its code, or that of the error.
        code: String,
    },
}

/// What goes on sale when, in the shopper's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drop {
    /// Its id.
    pub id: DropId,
    /// What it is called.
    pub title: String,
    /// Whose it is.
    pub host: Host,
    /// Where it is shown.
    pub room_id: Option<RoomId>,
    /// The post that teases it.
    pub teaser: Option<PostId>,
    /// When everybody may buy, by the venue's clock.
    pub opens_at: Timestamp,
    /// When members of the group may.
    pub early_opens_at: Option<Timestamp>,
    /// The group with early access.
    pub group_id: Option<GroupId>,
    /// What is sold; may be empty before it opens.
    pub products: Vec<Product>,
    /// Where it stands.
    pub status: DropStatus,
    /// The shopper's wish.
    pub reminder: Reminder,
}

/// Something the shopper was told about a drop; shown again until it is acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminded {
    /// The drop.
    pub drop: DropId,
    /// Why.
    pub kind: ReminderKind,
    /// When it opens, as it was said then; the venue's clock.
    pub opens_at: Timestamp,
}

/// Drops of the venue.
#[derive(Clone)]
pub struct Drops(Remote<Service>);

impl Drops {
    pub(crate) fn new(remote: Remote<Service>) -> Self {
        Self(remote)
    }

    /// The drops as they are now, and every change. The cache's come at once; call [`Drops::refresh`] for the network's.
    pub async fn drops(&self) -> Result<ListSubscription<Drop>> {
        self.0.call(|drops| async move { drops.subscribe().await }).await
    }

    /// Reads the drops; reminders are scheduled anew where a drop has moved.
    pub async fn refresh(&self) -> Result<()> {
        self.0.call(|drops| async move { drops.refresh().await }).await
    }

    /// Wishes to be reminded of a drop, or takes the wish back. Works offline: written down, sent when there is a
    /// network; the device's own notification is scheduled as soon as the drop's time is known.
    pub async fn remind(&self, drop: DropId, wanted: bool) -> Result<()> {
        self.0.call(move |drops| async move { drops.remind(drop, wanted).await }).await
    }

    /// Whether this shopper may buy now: early access and the venue's clock taken into account.
    ///
    /// # Errors
    /// `NotFound` if the drop is not in the list.
    pub async fn standing(&self, drop: DropId) -> Result<Standing> {
        self.0.call(|drops| async move { drops.standing(&drop).await }).await
    }

    /// What the shopper was told and has not acknowledged, oldest first, and what comes from here on.
    pub async fn reminded(&self) -> Result<ListSubscription<Reminded>> {
        self.0.call(|drops| async move { drops.subscribe_reminded().await }).await
    }

    /// The shopper saw it: it is not shown again.
    pub async fn acknowledge(&self, told: Reminded) -> Result<()> {
        self.0.call(|drops| async move { drops.acknowledge(told).await }).await
    }
}

/// Drops on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    fans: Rc<fans::Service>,
    list: LiveList<Drop>,
    told: LiveList<Reminded>,
    known: RefCell<Vec<DropWire>>,
    wishes: RefCell<BTreeMap<DropId, Wish>>,
    warm: Cell<bool>,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, fans: Rc<fans::Service>, inbox: &Inbox) -> Rc<Self> {
        let clock = venue.context.ports.clock.clone();
        let service = Rc::new(Self {
            list: LiveList::new(clock.clone()),
            told: LiveList::new(clock),
            venue,
            fans,
            known: RefCell::default(),
            wishes: RefCell::default(),
            warm: Cell::new(false),
        });
        let listener = Rc::downgrade(&service);
        inbox.on_shopper(move |event| {
            if let Some(drops) = listener.upgrade() {
                drops.heard(event);
            }
        });
        let listener = Rc::downgrade(&service);
        service.fans.on_change(move || {
            // Early access came or went: reminders move.
            spawn(&listener, |drops| async move { drops.reschedule().await });
        });
        let outgoing = Outgoing { drops: Rc::downgrade(&service) };
        service.venue.context.outbox.start(REMIND, Rc::new(outgoing));
        service
    }

    async fn warm(&self) -> Result<()> {
        if self.warm.get() {
            return Ok(());
        }
        self.fans.warm().await?;
        let ports = &self.venue.context.ports;
        let stored = documents::get::<Vec<DropWire>>(ports, CACHE_KIND, "all").await?;
        let (wishes, told) = ports.db.cache.call(|db| Ok((store::all(db)?, store::reminded(db)?))).await?;
        // Two callers may have come this far; only the first one's counts.
        if !self.warm.replace(true) {
            *self.wishes.borrow_mut() = wishes.into_iter().collect();
            *self.known.borrow_mut() = stored.map(|stored| stored.value).unwrap_or_default();
            self.told.replace(told);
            self.show();
        }
        Ok(())
    }

    async fn subscribe(&self) -> Result<ListSubscription<Drop>> {
        self.warm().await?;
        Ok(self.list.subscribe())
    }

    async fn subscribe_reminded(&self) -> Result<ListSubscription<Reminded>> {
        self.warm().await?;
        Ok(self.told.subscribe())
    }

    async fn refresh(&self) -> Result<()> {
        self.warm().await?;
        let reply: DropsReply = self.venue.get(name::DROPS, "/drops", "drops").await?;
        self.venue.observe_now(reply.now);
        documents::put(&self.venue.context.ports, CACHE_KIND, "all", &reply.drops, None).await?;
        *self.known.borrow_mut() = reply.drops;
        self.cancel_gone().await?;
        self.reschedule().await
    }

    async fn remind(&self, drop: DropId, wanted: bool) -> Result<()> {
        if !self.venue.discovered().offers(name::DROPS) {
            return Err(Error::not_offered(name::DROPS));
        }
        self.warm().await?;
        let id = self.venue.context.ports.entropy.uuid();
        let body = api::to_json(&Outgone { drop_id: drop.clone(), wanted });
        self.venue.context.outbox.put(REMIND, &id, drop.as_str(), body).await?;
        let wish = self.wish(&drop);
        self.keep(&drop, Wish { wanted, refused: None, ..wish }).await?;
        if wanted && !self.known.borrow().iter().any(|known| known.id == drop) {
            // Its time is not known here yet; offline it is scheduled at the next refresh.
            match self.refresh().await {
                Err(error) if !error.is_retryable() => return Err(error),
                _ => return Ok(()),
            }
        }
        self.reschedule().await
    }

    /// Reads the drops because of one that somebody was told of: whether it is still to come, or open.
    pub(crate) async fn look_at(&self, drop: &DropId) -> Result<bool> {
        self.refresh().await?;
        let known = self.known.borrow();
        let found = known.iter().find(|known| known.id == *drop);
        Ok(found.is_some_and(|drop| drop.status != DropStatus::Closed))
    }

    /// The room in which a drop is shown, as last heard.
    pub(crate) fn room_of(&self, drop: &DropId) -> Option<RoomId> {
        self.known.borrow().iter().find(|known| known.id == *drop)?.room_id.clone()
    }

    async fn standing(&self, drop: &DropId) -> Result<Standing> {
        self.warm().await?;
        let known = self.known.borrow();
        let drop = known
            .iter()
            .find(|known| known.id == *drop)
            .ok_or_else(|| Error::NotFound { what: format!("drop {drop}") })?;
        Ok(policy::standing(&times(drop), self.is_member(drop), self.venue.now().as_ms()))
    }

    async fn acknowledge(&self, told: Reminded) -> Result<()> {
        let cache = &self.venue.context.ports.db.cache;
        cache.write(move |tx| store::acknowledge(tx, &told)).await?;
        self.show_told().await
    }

    fn is_member(&self, drop: &DropWire) -> bool {
        drop.group_id.as_ref().is_some_and(|group| self.fans.knows_member(group))
    }

    fn wish(&self, drop: &DropId) -> Wish {
        self.wishes.borrow().get(drop).cloned().unwrap_or_default()
    }

    async fn keep(&self, drop: &DropId, wish: Wish) -> Result<()> {
        self.wishes.borrow_mut().insert(drop.clone(), wish.clone());
        let drop = drop.clone();
        self.venue.context.ports.db.cache.write(move |tx| store::put(tx, &drop, &wish)).await?;
        Ok(())
    }

    /// Brings the device's notifications in line with wishes and times, then the list.
    async fn reschedule(&self) -> Result<()> {
        self.warm().await?;
        let known = self.known.borrow().clone();
        for drop in &known {
            let wish = self.wish(&drop.id);
            let scheduled = self.schedule(drop, &wish);
            if scheduled != wish.scheduled {
                self.keep(&drop.id, Wish { scheduled, ..self.wish(&drop.id) }).await?;
            }
        }
        self.show();
        Ok(())
    }

    /// Takes back notifications of drops that the venue has no more.
    async fn cancel_gone(&self) -> Result<()> {
        let mut gone = self.wishes.borrow().clone();
        gone.retain(|_, wish| wish.scheduled.is_some());
        for drop in &*self.known.borrow() {
            gone.remove(&drop.id);
        }
        for (drop, wish) in gone {
            self.venue.context.host.notifier.cancel(&drop);
            self.keep(&drop, Wish { scheduled: None, ..wish }).await?;
        }
        Ok(())
    }

    /// What is scheduled on the device after this.
    fn schedule(&self, drop: &DropWire, wish: &Wish) -> Option<policy::Scheduled> {
        let notifier = &self.venue.context.host.notifier;
        let now = self.venue.now().as_ms();
        if !wish.wanted {
            if wish.scheduled.is_some() {
                notifier.cancel(&drop.id);
            }
            return None;
        }
        let lead = wish.lead_ms.unwrap_or(policy::LEAD_MS);
        match policy::plan(&times(drop), self.is_member(drop), lead, now, wish.scheduled) {
            Plan::Schedule(scheduled) => {
                let wall = self.venue.context.ports.clock.wall_ms();
                let at = policy::wall_ms(scheduled.fires_ms, now, wall);
                notifier.schedule(&drop.id, at, drop.title.get(&self.venue.context.language));
                Some(scheduled)
            }
            Plan::Cancel => {
                notifier.cancel(&drop.id);
                None
            }
            Plan::Leave => wish.scheduled,
        }
    }

    fn show(&self) {
        let known = self.known.borrow();
        self.list.replace(known.iter().map(|drop| self.shown(drop)).collect());
    }

    fn shown(&self, drop: &DropWire) -> Drop {
        let wish = self.wish(&drop.id);
        let fires_at = wish.scheduled.map(|scheduled| Timestamp(scheduled.fires_ms));
        Drop {
            id: drop.id.clone(),
            title: drop.title.get(&self.venue.context.language).to_owned(),
            host: drop.host.clone(),
            room_id: drop.room_id.clone(),
            teaser: drop.teaser_post_id.clone(),
            opens_at: drop.opens_at,
            early_opens_at: drop.early_opens_at,
            group_id: drop.group_id.clone(),
            products: drop.products.clone(),
            status: drop.status.clone(),
            reminder: match (wish.refused, wish.wanted) {
                (Some(code), _) => Reminder::Refused { code },
                (None, true) => Reminder::On { fires_at },
                (None, false) => Reminder::Off,
            },
        }
    }

    async fn show_told(&self) -> Result<()> {
        let told = self.venue.context.ports.db.cache.call(|db| store::reminded(db)).await?;
        self.told.replace(told);
        Ok(())
    }

    fn heard(self: &Rc<Self>, event: &ShopperEvent) {
        let weak = Rc::downgrade(self);
        match event {
            ShopperEvent::Reminder { drop_id, kind, opens_at } => {
                let kind = ReminderKind::from(kind.as_str());
                let (drop, opens_at) = (drop_id.clone(), *opens_at);
                spawn(&weak, move |drops| async move { drops.was_told(drop, kind, opens_at).await });
            }
            ShopperEvent::Missed => spawn(&weak, |drops| async move { drops.reread().await }),
            _ => {}
        }
    }

    async fn was_told(&self, drop: DropId, kind: ReminderKind, opens_at: Option<Timestamp>) -> Result<()> {
        self.warm().await?;
        let known = self.known.borrow().iter().find(|known| known.id == drop).map(|known| known.opens_at);
        let told = Reminded { drop: drop.clone(), kind, opens_at: opens_at.or(known).unwrap_or_default() };
        let at_ms = self.venue.context.ports.clock.wall_ms();
        let cache = &self.venue.context.ports.db.cache;
        cache.write(move |tx| store::heard(tx, &told, at_ms)).await?;
        self.show_told().await?;
        if !self.wishes.borrow().contains_key(&drop) {
            // The venue tells only those who wished it: the cache was lost, or another device of theirs did.
            self.keep(&drop, Wish { wanted: true, ..Wish::default() }).await?;
        }
        self.refresh().await
    }

    /// Events were lost: drops may have moved.
    async fn reread(&self) -> Result<()> {
        self.warm().await?;
        let wished = self.wishes.borrow().values().any(|wish| wish.wanted);
        if wished { self.refresh().await } else { Ok(()) }
    }

    /// The venue has the wish.
    async fn answered(&self, sent: &Outgone, fires_at: Option<Timestamp>) -> Result<()> {
        self.warm().await?;
        let known = self.known.borrow().iter().find(|known| known.id == sent.drop_id).cloned();
        let base = known.map(|drop| times(&drop).base_ms(self.is_member(&drop)));
        if let (Some(base), Some(fires_at)) = (base, fires_at)
            && let Some(lead) = policy::lead_ms(base, fires_at.as_ms(), self.venue.now().as_ms())
        {
            let wish = self.wish(&sent.drop_id);
            self.keep(&sent.drop_id, Wish { lead_ms: Some(lead), ..wish }).await?;
        }
        self.reschedule().await
    }

    /// The venue refused the wish; a newer one counts more.
    async fn refused(&self, sent: &Outgone, code: &str) -> Result<()> {
        self.warm().await?;
        let wish = self.wish(&sent.drop_id);
        if sent.wanted && wish.wanted {
            if wish.scheduled.is_some() {
                self.venue.context.host.notifier.cancel(&sent.drop_id);
            }
            let refused = Some(code.to_owned());
            self.keep(&sent.drop_id, Wish { wanted: false, refused, scheduled: None, ..wish }).await?;
        }
        self.show();
        Ok(())
    }
}

fn times(drop: &DropWire) -> Times<'_> {
    Times {
        opens_ms: drop.opens_at.as_ms(),
        early_ms: drop.early_opens_at.map(Timestamp::as_ms),
        status: &drop.status,
    }
}

/// Does something later on the core thread; what fails is read again at the next refresh.
fn spawn<F: Future<Output = Result<()>> + 'static>(
    drops: &Weak<Service>,
    work: impl FnOnce(Rc<Service>) -> F + 'static,
) {
    if let Some(drops) = drops.upgrade() {
        tokio::task::spawn_local(async move {
            if let Err(error) = work(drops).await {
                tracing::debug!(%error, "drops stay as they were");
            }
        });
    }
}

/// What leaves through the outbox.
#[derive(Debug, Serialize, Deserialize)]
struct Outgone {
    drop_id: DropId,
    wanted: bool,
}

struct Outgoing {
    drops: Weak<Service>,
}

#[async_trait(?Send)]
impl Sender for Outgoing {
    async fn send(&self, item: &Item) -> Verdict {
        let Some(drops) = self.drops.upgrade() else { return Verdict::Later { retry_after_ms: None } };
        let Ok(sent) = serde_json::from_str::<Outgone>(&item.body) else {
            return Verdict::Failed { code: "unreadable".to_owned() };
        };
        let path = format!("/reminders/{}", rest::segment(sent.drop_id.as_str()));
        let body = serde_json::json!({ "wanted": sent.wanted });
        let answer: Result<ReminderReply> =
            drops.venue.send_under(name::DROPS, (Method::Put, &path), &body, &item.id, REMIND).await;
        let (verdict, kept) = match answer {
            Ok(reply) => (Verdict::Delivered, drops.answered(&sent, reply.fires_at).await),
            Err(Error::SlowDown { retry_after_ms, .. }) => {
                (Verdict::Later { retry_after_ms: Some(retry_after_ms) }, Ok(()))
            }
            Err(error) if error.is_retryable() || matches!(error, Error::SignInNeeded { .. }) => {
                (Verdict::Later { retry_after_ms: None }, Ok(()))
            }
            Err(error) => {
                let code = match &error {
                    Error::Refused { code, .. } => code.clone(),
                    other => other.code().to_owned(),
                };
                let kept = drops.refused(&sent, &code).await;
                (Verdict::Failed { code }, kept)
            }
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "a reminder's answer could not be kept");
        }
        verdict
    }
}

#[cfg(test)]
mod tests;
