//! What the venue and the hub say about a room.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

use super::entry::EntryWire;
use crate::channel::Position;
use crate::chat::wire::{InfoWire, LineWire};
use crate::ids::{BoxId, DealId, ItemId, OpeningId, PinId, RoomId, ShopDomain};
use crate::money::Money;
use crate::text::Localized;
use crate::time::Timestamp;
use crate::wire::Host;

/// A room (contract: `room.json`).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RoomWire {
    pub(crate) id: RoomId,
    #[serde(default)]
    pub(crate) title: Localized,
    pub(crate) host: Host,
    pub(crate) status: String,
    pub(crate) hls_url: Option<String>,
    pub(crate) latency_ms: Option<u64>,
    #[serde(default)]
    pub(crate) schedule: Vec<SlotWire>,
    #[serde(default)]
    pub(crate) cohosts: Vec<Host>,
    pub(crate) replay_url: Option<String>,
    pub(crate) moved_to: Option<RoomId>,
}

/// A room's page (contract: `room_reply.json`).
#[derive(Deserialize)]
pub(crate) struct RoomReply {
    pub(crate) now: Timestamp,
    pub(crate) room: RoomWire,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SlotWire {
    pub(crate) starts_at: Timestamp,
    pub(crate) ends_at: Timestamp,
    #[serde(default)]
    pub(crate) title: Localized,
}

/// The product the host is showing (contract: `pin.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(default)]
    pub image_url: Option<String>,
    /// Programme time at which it is shown.
    pub moment: Timestamp,
}

/// A deal as the hub says it (contract: `deal.json`).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DealWire {
    pub(crate) id: DealId,
    pub(crate) shop: ShopDomain,
    pub(crate) item: Option<ItemId>,
    pub(crate) kind: String,
    pub(crate) price: Option<Money>,
    pub(crate) code: Option<String>,
    pub(crate) starts: Timestamp,
    pub(crate) ends_at: Timestamp,
    #[serde(default)]
    pub(crate) title: Localized,
}

/// An opening on air (contract: `opening.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Its id.
    pub id: OpeningId,
    /// Which box.
    pub box_id: BoxId,
    /// "queued", "opening", "opened", or something newer.
    pub state: String,
    /// One is next.
    #[serde(default)]
    pub position: u32,
    /// Programme time of the opening.
    #[serde(default)]
    pub moment: Option<Timestamp>,
    /// What was in it.
    #[serde(default)]
    pub content: Option<OpenedContent>,
}

/// What was in a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedContent {
    /// The item.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// A picture.
    #[serde(default)]
    pub image_url: Option<String>,
}

/// Who watches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Viewers now.
    #[serde(default)]
    pub viewers: u64,
    /// Likes since the start.
    #[serde(default)]
    pub likes: u64,
}

/// The answer to `room.join`: everything in one snapshot, with the positions it was taken at.
#[derive(Deserialize)]
pub(crate) struct Joined {
    pub(crate) now: Timestamp,
    pub(crate) room: RoomWire,
    pub(crate) pin: Option<Pin>,
    #[serde(default)]
    pub(crate) deals: Vec<DealWire>,
    #[serde(default)]
    pub(crate) stats: Stats,
    #[serde(default)]
    pub(crate) lines: Vec<LineWire>,
    pub(crate) chat: Option<InfoWire>,
    #[serde(default)]
    pub(crate) openings: Vec<Opening>,
    #[serde(default)]
    pub(crate) positions: BTreeMap<String, Position>,
}

/// An event of `room:<id>` or `pulse:<id>`; `pin: null` takes the pin away.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RoomEvent {
    Status(Box<StatusWire>),
    Cohosts {
        hosts: Vec<Host>,
    },
    Pin(Option<Box<Pin>>),
    Deal(Box<DealWire>),
    /// Kept as it came: boxes read it too.
    Opening(Box<RawValue>),
    Stats(Stats),
    Hearts {
        count: u64,
    },
}

/// The room went on air, off, or elsewhere.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct StatusWire {
    pub(crate) status: String,
    pub(crate) at: Option<Timestamp>,
    pub(crate) hls_url: Option<String>,
    pub(crate) latency_ms: Option<u64>,
    pub(crate) replay_url: Option<String>,
    pub(crate) moved_to: Option<RoomId>,
}

#[derive(Serialize)]
pub(crate) struct JoinRequest<'a> {
    pub(crate) room_id: &'a RoomId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) entry: Option<EntryWire<'a>>,
}

#[derive(Serialize)]
pub(crate) struct HeartsRequest<'a> {
    pub(crate) room_id: &'a RoomId,
    pub(crate) count: u64,
    pub(crate) id: &'a str,
}
