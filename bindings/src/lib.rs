//! The services of `nightmarket` for Kotlin and Swift, by UniFFI: a file per service, nothing but conversion.
//!
//! Records and enumerations are the core's own types, declared a second time so that the generators see them; the compiler
//! checks that both are the same. Only what no generator can carry (maps, tuples, other crates' types) is a record of
//! its own here. `README.md` beside this crate says how a new service gets through.
#![forbid(unsafe_op_in_unsafe_fn)]
#![expect(clippy::needless_pass_by_value, reason = "what crosses the border is owned by this side")]

pub mod boxes;
pub mod cancel;
pub mod cart;
pub mod catalog;
pub mod chat;
pub mod drops;
pub mod error;
pub mod fans;
pub mod feed;
pub mod host;
pub mod links;
pub mod listeners;
pub mod live;
pub mod offers;
pub mod orders;
pub mod purchase;
pub mod push;
pub mod returns;
pub mod shopper;
pub mod types;

uniffi::setup_scaffolding!();
