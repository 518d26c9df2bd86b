//! A room as a screen shows it, and how events change it. Pure.

use nightmarket_ucp::open_enum;

use super::pulse::News;
use super::wire::{DealWire, Joined, Opening, Pin, RoomWire, Stats, StatusWire};
use crate::ids::{DealId, ItemId, OpeningId, RoomId, ShopDomain};
use crate::money::Money;
use crate::time::Timestamp;
use crate::wire::Host;

/// Openings that are over are kept to this number.
const OPENED_KEPT: usize = 20;

open_enum! {
    /// Whether a room is on.
    pub enum RoomStatus {
        /// Not yet.
        Scheduled = "scheduled",
        /// Now.
        Live = "live",
        /// Over.
        Ended = "ended",
    }
}

/// A time at which the host is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledTime {
    /// By the venue's clock.
    pub starts_at: Timestamp,
    /// By the venue's clock.
    pub ends_at: Timestamp,
    /// What for.
    pub title: String,
}

/// A price, coupon or flash sale for everyone in the room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deal {
    /// Its id.
    pub id: DealId,
    /// Who sells.
    pub shop: ShopDomain,
    /// What for; none is the whole room.
    pub item: Option<ItemId>,
    /// "price", "coupon", "flash", or something newer.
    pub kind: String,
    /// The price, if it is one.
    pub price: Option<Money>,
    /// The coupon's code, for checkout.
    pub code: Option<String>,
    /// By the venue's clock.
    pub ends_at: Timestamp,
    /// What it is called.
    pub title: String,
}

/// A room, newest wins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomState {
    /// Its id.
    pub id: RoomId,
    /// What it is about.
    pub title: String,
    /// Who runs it.
    pub host: Host,
    /// Whether it is on.
    pub status: RoomStatus,
    /// Who is on the picture beside the host.
    pub cohosts: Vec<Host>,
    /// The address for the native player; it may change while the room is on.
    pub hls_url: Option<String>,
    /// Where the stream can be seen again, once it has ended.
    pub replay_url: Option<String>,
    /// The room in which the stream goes on.
    pub moved_to: Option<RoomId>,
    /// How far the picture usually is behind the events, milliseconds.
    pub latency_ms: u64,
    /// When the host is on.
    pub schedule: Vec<ScheduledTime>,
    /// Who watches.
    pub stats: Stats,
    /// Hearts of everybody since joining.
    pub hearts: u64,
    /// What the host shows, as far as the picture is.
    pub pin: Option<Pin>,
    /// Deals that run.
    pub deals: Vec<Deal>,
    /// The queue of openings, and the latest that are over.
    pub openings: Vec<Opening>,
    /// The room is from the cache, as it was at this time of the device's wall clock: without pin, deals and openings. None:
    /// it is followed.
    pub as_of: Option<Timestamp>,
}

/// Something that belongs to a moment of the picture.
#[derive(Debug, Clone)]
pub(super) enum Shown {
    Pin(Option<Pin>),
    Deal(Deal),
    Opening(Opening),
    Status(StatusWire),
}

impl RoomState {
    /// What the cache has: nothing of it can be bought.
    pub(super) fn kept(joined: &Joined, language: &str, at: Timestamp) -> Self {
        Self {
            hls_url: None,
            pin: None,
            deals: Vec::new(),
            openings: Vec::new(),
            as_of: Some(at),
            ..Self::new(joined, language)
        }
    }

    /// Takes out of a fresh snapshot what the picture has not reached, for later, each with its moment; what was shown
    /// until now stays instead.
    pub(super) fn take_ahead(
        &mut self,
        joined: &Joined,
        language: &str,
        on_screen: Timestamp,
        before: Option<&Self>,
    ) -> Vec<(Timestamp, Shown)> {
        let mut ahead = Vec::new();
        if let Some(pin) = self.pin.take_if(|pin| pin.moment > on_screen) {
            self.pin = before.and_then(|before| before.pin.clone());
            ahead.push((pin.moment, Shown::Pin(Some(pin))));
        }
        for deal in joined.deals.iter().filter(|deal| deal.starts > on_screen) {
            self.deals.retain(|other| other.id != deal.id);
            ahead.push((deal.starts, Shown::Deal(Deal::new(deal, language))));
        }
        for opening in &joined.openings {
            let Some(moment) = opening.moment.filter(|moment| *moment > on_screen) else { continue };
            let known = before.and_then(|before| before.openings.iter().find(|other| other.id == opening.id));
            self.openings.retain(|other| other.id != opening.id);
            self.openings.extend(known.cloned());
            ahead.push((moment, Shown::Opening(opening.clone())));
        }
        ahead
    }

    pub(super) fn new(joined: &Joined, language: &str) -> Self {
        let room: &RoomWire = &joined.room;
        Self {
            id: room.id.clone(),
            title: room.title.get(language).to_owned(),
            host: room.host.clone(),
            status: room.status.as_str().into(),
            cohosts: room.cohosts.clone(),
            hls_url: room.hls_url.clone(),
            replay_url: room.replay_url.clone(),
            moved_to: room.moved_to.clone(),
            latency_ms: room.latency_ms.unwrap_or_default(),
            schedule: room
                .schedule
                .iter()
                .map(|slot| ScheduledTime {
                    starts_at: slot.starts_at,
                    ends_at: slot.ends_at,
                    title: slot.title.get(language).to_owned(),
                })
                .collect(),
            stats: joined.stats,
            hearts: 0,
            pin: joined.pin.clone(),
            deals: joined.deals.iter().map(|deal| Deal::new(deal, language)).collect(),
            openings: joined.openings.clone(),
            as_of: None,
        }
    }

    /// The picture has reached it.
    pub(super) fn show(&mut self, shown: Shown, venue_now: Timestamp) {
        match shown {
            Shown::Pin(pin) => self.pin = pin,
            Shown::Deal(deal) => {
                self.deals.retain(|other| other.id != deal.id && other.ends_at > venue_now);
                self.deals.push(deal);
            }
            Shown::Opening(opening) => self.show_opening(opening),
            Shown::Status(status) => self.set_status(status),
        }
    }

    /// Newer figures, if any.
    pub(super) fn beat(&mut self, news: Option<&News>) {
        if let Some(News { hearts, stats }) = news {
            self.hearts = self.hearts.saturating_add(*hearts);
            self.stats = stats.unwrap_or(self.stats);
        }
    }

    /// The room went on air, off or elsewhere, or its stream has another address.
    pub(super) fn set_status(&mut self, status: StatusWire) {
        self.status = status.status.as_str().into();
        self.hls_url = status.hls_url;
        self.latency_ms = status.latency_ms.unwrap_or(self.latency_ms);
        self.replay_url = status.replay_url;
        self.moved_to = status.moved_to;
    }

    /// Deals that are over go. True if one did.
    pub(super) fn drop_ended_deals(&mut self, venue_now: Timestamp) -> bool {
        let before = self.deals.len();
        self.deals.retain(|deal| deal.ends_at > venue_now);
        self.deals.len() < before
    }

    /// Milliseconds until the next deal ends.
    pub(super) fn deal_ends_in_ms(&self, venue_now: Timestamp) -> Option<u64> {
        let next = self.deals.iter().map(|deal| deal.ends_at).min()?;
        Some(u64::try_from(next.0.saturating_sub(venue_now.0)).unwrap_or_default())
    }

    fn show_opening(&mut self, opening: Opening) {
        match self.openings.iter_mut().find(|other| other.id == opening.id) {
            Some(known) => *known = opening,
            None => self.openings.push(opening),
        }
        let over = self.openings.iter().filter(|opening| opening.state == "opened").count();
        let mut excess = over.saturating_sub(OPENED_KEPT);
        self.openings.retain(|opening| {
            let drop = excess > 0 && opening.state == "opened";
            excess -= usize::from(drop);
            !drop
        });
    }

    /// One's place in the queue of openings; one is next.
    pub fn place_of(&self, opening: &OpeningId) -> Option<u32> {
        self.openings
            .iter()
            .find(|other| other.id == *opening && other.state == "queued")
            .map(|other| other.position)
    }
}

impl Deal {
    pub(super) fn new(deal: &DealWire, language: &str) -> Self {
        Self {
            id: deal.id.clone(),
            shop: deal.shop.clone(),
            item: deal.item.clone(),
            kind: deal.kind.clone(),
            price: deal.price,
            code: deal.code.clone(),
            ends_at: deal.ends_at,
            title: deal.title.get(language).to_owned(),
        }
    }
}
