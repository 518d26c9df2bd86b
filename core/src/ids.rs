//! Identifiers as types of their own, so that a room's id is never taken for a post's.
//!
//! All are opaque strings of whoever made them; none is parsed, except [`ShopDomain`], which is an authority.

use serde::de::{Deserializer, Error, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

/// Takes an id from a string without a copy between.
struct IdVisitor<T>(PhantomData<T>);

impl<T: for<'a> From<&'a str>> Visitor<'_> for IdVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, id: &str) -> Result<T, E> {
        Ok(id.into())
    }
}

/// Longest id, code points (contract: `id.json`).
const LONGEST: usize = 128;

/// Whether a text may be an id by the contract. One that climbs out of its place in a path is none.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = !text.is_empty() && text.chars().count() <= LONGEST;
    fits && !matches!(text, "." | "..") && !text.contains(|c: char| c.is_whitespace() || "/?#".contains(c))
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the id as it is.
            pub fn new(id: impl Into<Arc<str>>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for Arc<str> {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self(id.into())
            }
        }

        impl From<String> for $name {
            fn from(id: String) -> Self {
                Self(id.into())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdVisitor(PhantomData))
            }
        }
    )*};
}

ids! {
    /// A shop: host and, where it is not the default, port. Every product, pin, offer and order names one.
    ShopDomain;
    /// The signed-in shopper (or guest), as the venue names them.
    ShopperId;
    /// A post of the feed.
    PostId;
    /// Who runs a room.
    HostId;
    /// A live stream that can be joined.
    RoomId;
    /// One chat message, as the hub names it.
    LineId;
    /// What this device calls a line, a like or a follow it sends, so that it counts once. `UUIDv4`.
    ClientId;
    /// A product or variant, as its shop names it in checkout line items.
    ItemId;
    /// The product the host is showing.
    PinId;
    /// A price, coupon or flash sale for everyone in a room.
    DealId;
    /// A host's offer to one shopper: the shop's domain and the `jti` of its signature.
    OfferId;
    /// A priced and ready UCP checkout session.
    QuoteId;
    /// One intent to buy.
    PurchaseId;
    /// One try at completing a purchase; its idempotency key.
    AttemptId;
    /// An order, as its shop names it.
    OrderId;
    /// A return.
    ReturnId;
    /// A time slot in which a courier comes.
    SlotId;
    /// Something that goes on sale at a known time.
    DropId;
    /// A host's private group.
    GroupId;
    /// A blind box.
    BoxId;
    /// The opening of a box on air.
    OpeningId;
    /// A digital draw.
    DrawId;
}
