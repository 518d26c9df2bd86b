//! Live rooms, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::ids::{BoxId, DealId, DropId, ItemId, OpeningId, PinId, PostId, RoomId, ShopDomain};
use nightmarket::live;
pub use nightmarket::live::{
    Deal, Entry, OpenedContent, Opening as RoomOpening, Pin, RoomLink, RoomState, RoomStatus, ScheduledTime,
    Stats,
};

use crate::cancel::{CancelToken, within};
use crate::chat::Chat;
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, listener};
use crate::types::{Host, Money, Timestamp};

/// A room, newest wins.
#[uniffi::remote(Record)]
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
    pub openings: Vec<RoomOpening>,
    /// The room is from the cache, as it was at this time of the device's wall clock: without pin, deals and openings. None:
    /// it is followed.
    pub as_of: Option<Timestamp>,
}

/// What led into a room; the venue counts it.
#[uniffi::remote(Enum)]
pub enum Entry {
    /// A post whose author is live.
    Post(PostId),
    /// A link that somebody shared.
    Link,
    /// A reminder of a drop.
    Reminder(DropId),
    /// A push.
    Push,
    /// On from another room.
    Next,
}

/// A room to land in.
#[uniffi::remote(Record)]
pub struct RoomLink {
    /// Which.
    pub room: RoomId,
    /// What led here.
    pub entry: Entry,
    /// Programme time to begin at, where the room is seen again.
    pub moment: Option<Timestamp>,
}

/// Whether a room is on.
#[uniffi::remote(Enum)]
pub enum RoomStatus {
    /// Not yet.
    Scheduled,
    /// Now.
    Live,
    /// Over.
    Ended,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// A time at which the host is on.
#[uniffi::remote(Record)]
pub struct ScheduledTime {
    /// By the venue's clock.
    pub starts_at: Timestamp,
    /// By the venue's clock.
    pub ends_at: Timestamp,
    /// What for.
    pub title: String,
}

/// A price, coupon or flash sale for everyone in the room.
#[uniffi::remote(Record)]
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

/// The product the host is showing (contract: `pin.json`).
#[uniffi::remote(Record)]
pub struct Pin {
    /// Its id; a new pin of the same item is another.
    pub id: PinId,
    /// Who sells it.
    pub shop: ShopDomain,
    /// The item.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// Its price before delivery and tax.
    pub price: Money,
    /// A picture.
    pub image_url: Option<String>,
    /// Programme time at which it is shown.
    pub moment: Timestamp,
}

/// An opening on air (contract: `opening.json`).
#[uniffi::remote(Record)]
pub struct RoomOpening {
    /// Its id.
    pub id: OpeningId,
    /// Which box.
    pub box_id: BoxId,
    /// "queued", "opening", "opened", or something newer.
    pub state: String,
    /// One is next.
    pub position: u32,
    /// Programme time of the opening.
    pub moment: Option<Timestamp>,
    /// What was in it.
    pub content: Option<OpenedContent>,
}

/// What was in a box.
#[uniffi::remote(Record)]
pub struct OpenedContent {
    /// The item.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// A picture.
    pub image_url: Option<String>,
}

/// Who watches.
#[uniffi::remote(Record)]
pub struct Stats {
    /// Viewers now.
    pub viewers: u64,
    /// Likes since the start.
    pub likes: u64,
}

listener!(RoomListener, RoomState);

/// The live rooms of a venue.
#[derive(uniffi::Object)]
pub struct Live {
    pub(crate) live: live::Live,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Live {
    /// Lands in a room; joining one that is joined already gives the same room. A room that was joined before opens
    /// without a network as the cache has it (`RoomState.as_of`), and is followed once there is one.
    ///
    /// # Errors
    /// `NotOffered`, `NotFound`, `Offline` if the hub cannot be reached in ten seconds and the cache has nothing.
    pub async fn join(&self, room: RoomId, cancel: Option<Arc<CancelToken>>) -> Result<Arc<Room>> {
        let room = within(cancel, self.live.join(room)).await?;
        Ok(Arc::new(Room { room, listeners: self.listeners.clone() }))
    }

    /// `join`, telling the venue what led here.
    pub async fn enter(&self, link: RoomLink, cancel: Option<Arc<CancelToken>>) -> Result<Arc<Room>> {
        let room = within(cancel, self.live.enter(link)).await?;
        Ok(Arc::new(Room { room, listeners: self.listeners.clone() }))
    }

    /// Reads a shared address of a room (`Room.address`).
    ///
    /// # Errors
    /// `BadAddress` if it is of another venue, or of no room.
    pub async fn link(&self, address: String) -> Result<RoomLink> {
        Ok(self.live.link(&address).await?)
    }

    /// The room that the shopper may land in next: its stream is handed to the app's preloader, in the stead of the one
    /// before.
    pub async fn warm(&self, next: RoomId, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.live.warm(next)).await
    }
}

/// A joined room.
#[derive(uniffi::Object)]
pub struct Room {
    room: live::Room,
    listeners: Listeners,
}

#[uniffi::export]
impl Room {
    /// Its id.
    pub fn id(&self) -> RoomId {
        self.room.id().clone()
    }

    /// The room as it is now, and every newer state; the newest wins. Ends once the room is left.
    pub async fn state(&self, listener: Box<dyn RoomListener>) -> Result<Arc<Subscription>> {
        self.listeners.value(self.room.state(), listener).await
    }

    /// Its chat.
    pub fn chat(&self) -> Arc<Chat> {
        Arc::new(Chat { chat: self.room.chat().clone(), listeners: self.listeners.clone() })
    }

    /// The player shows this programme time now (milliseconds). Told a few times a second, so that pins appear with their
    /// picture.
    pub async fn shown(&self, moment: Timestamp) -> Result<()> {
        Ok(self.room.shown(moment).await?)
    }

    /// Sends hearts. They are summed and sent a few times a second, each counted once.
    pub async fn hearts(&self, count: u64) -> Result<()> {
        Ok(self.room.hearts(count).await?)
    }

    /// An address to share, for the whole room or for a moment of it.
    pub async fn address(&self, moment: Option<Timestamp>) -> Result<String> {
        Ok(self.room.address(moment).await?)
    }

    /// Reports the host to the venue. Once this returns the report survives a kill and is sent when there is a network.
    pub async fn report_host(&self, reason: String) -> Result<()> {
        Ok(self.room.report_host(reason).await?)
    }

    /// Leaves the room.
    pub async fn leave(&self) -> Result<()> {
        Ok(self.room.clone().leave().await?)
    }
}
