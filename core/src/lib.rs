//! Nightmarket: a shopper's client core for live shopping.
//!
//! An app opens a [`Shopper`] at a venue and gets its services from it: the feed, live rooms, chat, offers, carts, purchase,
//! orders, returns, drops, boxes, fans. `ARCHITECTURE.md` beside this crate draws the rooms and the way of a tap, of a
//! chat line and of a page through them.
#![forbid(unsafe_code)]
// Tests may wait and write files; the library itself is checked when it is built without them.
#![cfg_attr(test, allow(clippy::disallowed_methods, clippy::disallowed_types))]

pub mod boxes;
pub mod cart;
pub mod channel;
pub mod chat;
#[cfg(any(test, feature = "sim"))]
pub mod decoders;
pub mod drops;
pub mod error;
pub mod fans;
pub mod feed;
pub mod host;
pub mod ids;
pub mod inspect;
pub mod links;
pub mod list;
pub mod live;
pub mod money;
pub mod offers;
pub mod orders;
pub mod origin;
pub mod ports;
pub mod purchase;
pub mod push;
pub mod returns;
pub mod shopper;
pub mod storage;
pub mod text;
pub mod time;
pub mod wire;

mod api;
mod backoff;
mod context;
mod follow;
mod inbox;
mod jws;
mod remote;
mod seal;
mod session;
mod shop;
#[cfg(test)]
mod testing;
mod venue;

pub use context::Settings;
pub use error::{Error, Remedy, Result};
pub use host::Host;
pub use list::{ListDiff, ListSubscription};
pub use money::{Currency, Money};
pub use nightmarket_ucp as ucp;
pub use session::Connection;
pub use shopper::Shopper;
pub use time::Timestamp;
pub use venue::{VenueInfo, VouchedShop};

/// The README's snippet, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;
