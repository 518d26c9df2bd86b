//! The types against payloads of our own making, in both shapes.

mod adapter;
mod catalog;
mod checkout;
mod envelope;
mod fulfillment;
mod negotiate;
mod order;
mod platform;
mod rest;
mod total;

/// A fixture as bytes.
macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("fixtures/", $name)).as_slice()
    };
}
pub(crate) use fixture;

/// The fixture with one text replaced, which must be there.
pub(crate) fn with(body: &[u8], from: &str, to: &str) -> Vec<u8> {
    let text = std::str::from_utf8(body).expect("fixtures are UTF-8");
    assert!(text.contains(from), "the fixture has no {from}");
    text.replacen(from, to, 1).into_bytes()
}
