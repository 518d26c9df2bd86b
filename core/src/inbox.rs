//! Channels that several services listen to: the shopper's own, and who is live.
//!
//! An event is a hint to look: the service that cares reads the truth from the venue or the shop, or verifies the
//! signature. [`ShopperEvent::Missed`] and [`LiveEvent::Missed`] say that events may have been lost: everything is
//! read again.

use serde::Deserialize;
use std::cell::RefCell;

use crate::ids::{DropId, GroupId, HostId, LineId, OrderId, ReturnId, RoomId, ShopDomain};
use crate::live::Pin;
use crate::time::Timestamp;

/// What comes on `shopper:<id>` (contract: `event_shopper.json`).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ShopperEvent {
    /// A host made an offer.
    Offer {
        jws: String,
        room: RoomId,
        #[serde(default)]
        line_id: Option<LineId>,
    },
    /// An order changed.
    Order { shop: ShopDomain, order_id: OrderId },
    /// A return changed.
    Return {
        shop: ShopDomain,
        return_id: ReturnId,
        #[serde(default)]
        revision: u64,
    },
    /// Money of a return moved.
    Refund { shop: ShopDomain, return_id: ReturnId },
    /// A drop is due, or was moved.
    Reminder {
        drop_id: DropId,
        kind: String,
        #[serde(default)]
        opens_at: Option<Timestamp>,
    },
    /// The shopper was muted, banned, or may write again, in one chat.
    Standing {
        #[serde(default)]
        room: Option<RoomId>,
        #[serde(default)]
        group: Option<GroupId>,
        standing: String,
        #[serde(default)]
        until: Option<Timestamp>,
    },
    /// Events may have been lost.
    #[serde(skip)]
    Missed,
}

/// What comes on `live` (contract: `event_live.json`).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LiveEvent {
    /// A host went live.
    On {
        host_id: HostId,
        room_id: RoomId,
        #[serde(default)]
        viewers: u64,
    },
    /// A host stopped.
    Off { host_id: HostId },
    /// Events may have been lost.
    #[serde(skip)]
    Missed,
}

type Listener<E> = Box<dyn Fn(&E)>;
/// Hears the room and the opening as it came (contract: `opening.json`).
type OpeningListener = Box<dyn Fn(&RoomId, &str)>;
/// Hears what a room shows, none if nothing or no room any more, and to how many.
type PinListener = Box<dyn Fn(&RoomId, Option<&Pin>, u64)>;

/// Hands events to whoever registered, in order, on the core thread. Listeners must not block; they spawn.
#[derive(Default)]
pub(crate) struct Inbox {
    shopper: RefCell<Vec<Listener<ShopperEvent>>>,
    live: RefCell<Vec<Listener<LiveEvent>>>,
    openings: RefCell<Vec<OpeningListener>>,
    pins: RefCell<Vec<PinListener>>,
}

impl Inbox {
    pub(crate) fn on_shopper(&self, listener: impl Fn(&ShopperEvent) + 'static) {
        self.shopper.borrow_mut().push(Box::new(listener));
    }

    pub(crate) fn on_live(&self, listener: impl Fn(&LiveEvent) + 'static) {
        self.live.borrow_mut().push(Box::new(listener));
    }

    /// Openings on air of every joined room, as JSON text.
    pub(crate) fn on_opening(&self, listener: impl Fn(&RoomId, &str) + 'static) {
        self.openings.borrow_mut().push(Box::new(listener));
    }

    pub(crate) fn opening(&self, room: &RoomId, json: &str) {
        self.openings.borrow().iter().for_each(|listener| listener(room, json));
    }

    /// What every joined room shows, as far as its picture is, told at every change and perhaps more often.
    pub(crate) fn on_pin(&self, listener: impl Fn(&RoomId, Option<&Pin>, u64) + 'static) {
        self.pins.borrow_mut().push(Box::new(listener));
    }

    pub(crate) fn pinned(&self, room: &RoomId, pin: Option<&Pin>, viewers: u64) {
        self.pins.borrow().iter().for_each(|listener| listener(room, pin, viewers));
    }

    pub(crate) fn shopper(&self, event: &ShopperEvent) {
        self.shopper.borrow().iter().for_each(|listener| listener(event));
    }

    pub(crate) fn live(&self, event: &LiveEvent) {
        self.live.borrow().iter().for_each(|listener| listener(event));
    }
}
