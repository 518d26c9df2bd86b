//! Types of the Universal Commerce Protocol, version 2026-04-08, REST binding, as a platform (a client) needs them.
//! No I/O, no clock, no async: text in, values out, and back.
//!
//! The way of a purchase through the crate:
//! 1. **Profile.** Fetch [`rest::WELL_KNOWN`]; [`adapter::read_profile`] gives a [`profile::Profile`] and the
//!    [`adapter::Dialect`] that its shape shows. [`negotiate::choose_version`] says whether to use it, to fetch another
//!    or to give up. [`negotiate::negotiate`] with [`platform::understood`] and [`platform::requirements`] says which
//!    capabilities are active, and of each of the others why it is not. [`profile::Profile::rest_endpoint`] is the base of all paths in [`rest`].
//! 2. **Catalogue.** Requests and answers in [`catalog`]; an answer is read by [`envelope::parse`].
//! 3. **Cart**, an estimate: [`cart`].
//! 4. **Checkout.** [`checkout::CheckoutCreate`] is written by [`adapter::write_create`], whose text is the body to
//!    send, and to send again. The answer is read by [`adapter::read_checkout`] into [`checkout::Checkout`];
//!    [`checkout::Checkout::next`] says what it asks for, [`total::verify`] whether its price adds up. An update is a
//!    full replacement: start from [`checkout::CheckoutUpdate`]`::from(&checkout)`, add what was write-only with
//!    [`checkout::CheckoutUpdate::keeping`], change it, [`adapter::write_update`].
//! 5. **Complete.** [`checkout::CheckoutComplete`] with a [`payment::Instrument`], [`adapter::write_complete`].
//! 6. **Order.** [`adapter::read_order`] gives [`order::Order`].
//!
//! An answer with HTTP 2xx is an [`envelope::Answer`]: the resource, or an [`error::ErrorResponse`] in its place. The
//! body of any other status goes to [`error::read_failure`], which never fails. A body that cannot be read is an
//! [`envelope::ReadError`]: not UTF-8, truncated, not JSON, or of another shape.
//!
//! What holds everywhere:
//! - Amounts are `i64` in minor units; a fraction is refused with words that say so.
//! - Enums are open: an unknown value is `Other(String)` and is written back as it came.
//! - Unknown fields are ignored, except where an [`extra::Extra`] keeps them: on checkouts, on orders and on their
//!   requests, so that extensions such as `app.nightmarket.offer` pass.
//! - A request never holds a `null`; `null` in an answer reads as absent.
//! - Timestamps and addresses of the web stay text: the caller has the clock and the URL parser.
//! - `Debug` shows no credential, no address, no buyer, and of extensions only the names.
//!
//! Types are compiled in, not composed from the schemas of a profile at run time as UCP's resolution flow has it: what
//! is not compiled in is not negotiated, and what an extension adds passes through [`extra::Extra`] unchecked.

#![forbid(unsafe_code)]

pub mod adapter;
pub mod address;
pub mod buyer;
pub mod cart;
pub mod catalog;
pub mod checkout;
pub mod consent;
pub mod context;
#[doc(hidden)]
pub mod de;
pub mod discount;
pub mod envelope;
pub mod error;
pub mod extra;
pub mod fulfillment;
pub mod item;
pub mod message;
pub mod name;
pub mod negotiate;
mod open;
pub mod order;
pub mod payment;
pub mod platform;
pub mod profile;
pub mod rest;
pub mod signals;
pub mod total;
