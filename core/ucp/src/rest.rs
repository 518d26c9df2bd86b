//! The REST binding's paths and headers (UCP checkout-rest, cart-rest, catalog/rest, order-rest).

use std::fmt::Write;

/// Where a business publishes its profile.
pub const WELL_KNOWN: &str = "/.well-known/ucp";
/// `UCP-Agent`: on every request, with [`agent`].
pub const UCP_AGENT: &str = "UCP-Agent";
/// `Idempotency-Key`: on what changes state.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// `Request-Id`: fresh on every request.
pub const REQUEST_ID: &str = "Request-Id";

/// `POST`: create a checkout.
pub const CHECKOUTS: &str = "/checkout-sessions";
/// `POST`: create a cart.
pub const CARTS: &str = "/carts";
/// `POST`: search the catalogue.
pub const CATALOG_SEARCH: &str = "/catalog/search";
/// `POST`: look products up.
pub const CATALOG_LOOKUP: &str = "/catalog/lookup";
/// `POST`: one product in detail.
pub const CATALOG_PRODUCT: &str = "/catalog/product";

/// `GET`, `PUT`: a checkout.
pub fn checkout(id: &str) -> String {
    format!("{CHECKOUTS}/{}", segment(id))
}

/// `POST`: complete a checkout.
pub fn complete(id: &str) -> String {
    format!("{CHECKOUTS}/{}/complete", segment(id))
}

/// `POST`: cancel a checkout.
pub fn cancel(id: &str) -> String {
    format!("{CHECKOUTS}/{}/cancel", segment(id))
}

/// `GET`, `PUT`: a cart.
pub fn cart(id: &str) -> String {
    format!("{CARTS}/{}", segment(id))
}

/// `POST`: cancel a cart.
pub fn cancel_cart(id: &str) -> String {
    format!("{CARTS}/{}/cancel", segment(id))
}

/// `GET`: an order.
pub fn order(id: &str) -> String {
    format!("/orders/{}", segment(id))
}

/// An endpoint and a path (UCP overview, Endpoint Resolution: appended, never resolved).
pub fn join(endpoint: &str, path: &str) -> String {
    format!("{}{path}", endpoint.trim_end_matches('/'))
}

/// The value of `UCP-Agent`: an RFC 8941 dictionary with the address of the platform's profile. `None` if the address
/// has characters that such a string cannot hold.
pub fn agent(profile_url: &str) -> Option<String> {
    let printable = profile_url.chars().all(|c| matches!(c, ' '..='~'));
    let escaped = profile_url.replace('\\', "\\\\").replace('"', "\\\"");
    printable.then(|| format!("profile=\"{escaped}\""))
}

/// The id that a path segment names; none if it is not encoded as it should be.
pub fn from_segment(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

/// An id as one path segment: ids are opaque and may hold slashes (`gid://…`).
pub fn segment(id: &str) -> String {
    let mut encoded = String::with_capacity(id.len());
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}
