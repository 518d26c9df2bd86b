//! A whole venue in one process, to build and test a shopper's app against.
//!
//! The parts are sans-I/O: [`http::Request`] in, [`http::Response`] out, with the time and fresh bytes handed in by
//! [`Env`]. The simulation calls them directly; `serve` puts sockets around them. Everything here is written from
//! `core/contract/` and the UCP pages with types of its own, so that a mistake in the client is not repeated here.

pub mod books;
pub mod catalog;
pub mod control;
pub mod env;
pub mod http;
pub mod hub;
pub mod jws;
pub mod media;
pub mod script;
pub mod serve;
pub mod shop;
pub mod tokens;
pub mod venue;
pub mod world;

pub use env::{Env, Ids};
