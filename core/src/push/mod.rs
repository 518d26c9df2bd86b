//! Push: being reached while the app is closed.
//!
//! The host app hands over the token that its platform gave it, and what the platform brings. A registration leaves through
//! the outbox; the last one counts. A push is a hint to look: its one thing is read from whoever owns it, once, and the
//! answer says where the app should go. Nothing is believed, bought, said or shown because of a push alone.

mod policy;
mod service;
mod store;

pub(crate) use service::Service;

use crate::ids::{DropId, GroupId, OrderId, ShopDomain};
use crate::live::RoomLink;
use crate::returns::ReturnRef;

/// Longest look, milliseconds: less than what phones grant an app that a push woke.
pub const LOOK_MS: u64 = 10_000;

/// Whose push reaches this device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PushPlatform {
    /// Apple's.
    Apns,
    /// Google's (Firebase Cloud Messaging).
    Fcm,
}

impl PushPlatform {
    fn as_str(self) -> &'static str {
        match self {
            Self::Apns => "apns",
            Self::Fcm => "fcm",
        }
    }
}

/// Where a push leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushTarget {
    /// Into a room, by [`crate::live::Live::enter`].
    Room {
        /// How.
        link: RoomLink,
    },
    /// To a drop.
    Drop {
        /// Which.
        drop: DropId,
        /// The room it is shown in, if that is known.
        room: Option<RoomLink>,
    },
    /// To an order.
    Order {
        /// At which shop.
        shop: ShopDomain,
        /// Which.
        order: OrderId,
    },
    /// To a return: a courier, or money.
    Return {
        /// At which shop.
        shop: ShopDomain,
        /// Which; none if it is not known here yet.
        returned: Option<ReturnRef>,
    },
    /// Into the chat of a fan group.
    Group {
        /// Which.
        group: GroupId,
    },
}

/// Why a push leads nowhere. None of these is worth a word to the shopper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushIgnored {
    /// Longer than a hint may be.
    TooLong,
    /// No hint of the contract.
    Unreadable,
    /// For another installation, or for whoever was signed in before.
    NotYours,
    /// A kind of hint that this version does not know.
    UnknownKind {
        /// Its name, safe to be logged.
        kind: String,
    },
    /// It names a shop that the venue does not vouch for and the shopper has not bought from.
    Untrusted,
}

/// What became of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PushOutcome {
    /// It was looked at and is so.
    Go {
        /// Where to.
        to: PushTarget,
    },
    /// It was looked at and is over, or there is no such thing: nobody has to be disturbed.
    Over {
        /// Where it would have led.
        to: PushTarget,
    },
    /// It could not be looked at in [`LOOK_MS`]: no network, a silent shop, nobody signed in. Whoever goes there sees what the
    /// cache has, and it is read again.
    NotSeen {
        /// Where to.
        to: PushTarget,
        /// The code of the error.
        code: String,
    },
    /// Nothing was asked and nothing is to be shown.
    Ignored {
        /// Why.
        why: PushIgnored,
    },
}
