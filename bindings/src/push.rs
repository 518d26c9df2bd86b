//! Being reached while the app is closed, for Kotlin and Swift.

use nightmarket::ids::{DropId, GroupId, OrderId, ShopDomain};
use nightmarket::live::RoomLink;
pub use nightmarket::push::{PushIgnored, PushOutcome, PushPlatform, PushTarget};
use nightmarket::returns::ReturnRef;

/// Whose push reaches this device.
#[uniffi::remote(Enum)]
pub enum PushPlatform {
    /// Apple's.
    Apns,
    /// Google's (Firebase Cloud Messaging).
    Fcm,
}

/// Where a push leads.
#[uniffi::remote(Enum)]
pub enum PushTarget {
    /// Into a room, by `Live.enter`.
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
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Enum)]
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
    /// It could not be looked at in ten seconds: no network, a silent shop, nobody signed in. Whoever goes there sees what the
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
