//! Nightmarket: a shopper's client core for live shopping.
//!
//! An app opens a [`Shopper`] at a venue and gets its services from it: the feed, live rooms, chat, offers, purchase,
//! orders, returns, drops, boxes, fans. `ARCHITECTURE.md` beside this crate draws the rooms and the way of a tap, of a
//! chat line and of a page through them.
#![forbid(unsafe_code)]

pub mod boxes;
pub mod channel;
pub mod drops;
pub mod error;
pub mod fans;
pub mod feed;
pub mod host;
pub mod ids;
pub mod inspect;
pub mod list;
pub mod money;
pub mod offers;
pub mod orders;
pub mod origin;
pub mod ports;
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
mod open;
mod remote;
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
pub use shopper::Shopper;
pub use time::Timestamp;
pub use venue::VouchedShop;
