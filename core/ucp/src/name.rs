//! Names: capabilities, services and the versions this crate speaks.

/// The UCP version these types are written for.
pub const VERSION: &str = "2026-04-08";
/// Every UCP version that can be read and written, newest first (see [`crate::adapter`]).
pub const SPOKEN: [&str; 3] = [VERSION, "2026-01-23", "2026-01-11"];
/// The version of our own capabilities.
pub const NIGHTMARKET_VERSION: &str = "2026-11-01";

/// UCP's shopping service.
pub const SHOPPING: &str = "dev.ucp.shopping";
/// Checkout sessions.
pub const CHECKOUT: &str = "dev.ucp.shopping.checkout";
/// Delivery of what is bought; extends checkout.
pub const FULFILLMENT: &str = "dev.ucp.shopping.fulfillment";
/// Discount codes; extends checkout and cart.
pub const DISCOUNT: &str = "dev.ucp.shopping.discount";
/// Consent of the buyer; extends checkout.
pub const BUYER_CONSENT: &str = "dev.ucp.shopping.buyer_consent";
/// Carts.
pub const CART: &str = "dev.ucp.shopping.cart";
/// Catalogue search.
pub const CATALOG_SEARCH: &str = "dev.ucp.shopping.catalog.search";
/// Catalogue lookup, and one product in detail.
pub const CATALOG_LOOKUP: &str = "dev.ucp.shopping.catalog.lookup";
/// Orders.
pub const ORDER: &str = "dev.ucp.shopping.order";
/// Linking the buyer's account by OAuth.
pub const IDENTITY_LINKING: &str = "dev.ucp.common.identity_linking";

/// Our own service, of a venue and of a shop.
pub const NIGHTMARKET: &str = "app.nightmarket.shopping";
/// Posts of a venue.
pub const FEED: &str = "app.nightmarket.shopping.feed";
/// Live rooms of a venue.
pub const LIVE: &str = "app.nightmarket.shopping.live";
/// Drops of a venue.
pub const DROPS: &str = "app.nightmarket.shopping.drops";
/// Fan groups of a venue.
pub const FANS: &str = "app.nightmarket.shopping.fans";
/// Signed offers of a shop; extends checkout.
pub const OFFERS: &str = "app.nightmarket.shopping.offers";
/// Completion bound to the quote that was rendered; extends checkout.
pub const BOUND_COMPLETE: &str = "app.nightmarket.shopping.bound_complete";
/// Undoing and listing orders of a shop.
pub const ORDERS: &str = "app.nightmarket.shopping.orders";
/// Returns of a shop.
pub const RETURNS: &str = "app.nightmarket.shopping.returns";
/// Blind boxes of a shop.
pub const BLIND_BOXES: &str = "app.nightmarket.shopping.blind_boxes";

/// Whether `name` is a reverse-domain name of at least two segments (UCP `types/reverse_domain_name`).
pub fn is_reverse_domain(name: &str) -> bool {
    let lower_alnum = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let starts_lower = |segment: &str| segment.starts_with(|c: char| c.is_ascii_lowercase());
    let mut segments = name.split('.');
    let first = segments.next().is_some_and(|first| starts_lower(first) && first.chars().all(lower_alnum));
    let mut rest = segments.peekable();
    first
        && rest.peek().is_some()
        && rest.all(|segment| starts_lower(segment) && segment.chars().all(|c| lower_alnum(c) || c == '_'))
}

/// Whether the origin of `url` belongs to the authority that `name` is governed by (UCP overview, Spec URL Binding).
///
/// The authority is the name's leading labels reversed: `dev.ucp.shopping.checkout` is governed by `ucp.dev`. Because a
/// domain may have more than two labels, any prefix of two or more counts that leaves a service and a capability after
/// it (a capability alone, in a name of three).
pub fn governs(name: &str, url: &str) -> bool {
    let Some(host) = https_host(url) else { return false };
    let segments: Vec<&str> = name.split('.').collect();
    let longest = segments.len().saturating_sub(2).max(2);
    segments.len() > 2
        && (2..=longest).any(|labels| {
            let domain = segments[..labels].iter().rev().copied();
            domain.eq(host.split('.'))
        })
}

/// The lower-case host of an https URL at the default port without credentials; anything else is no origin to trust.
fn https_host(url: &str) -> Option<String> {
    let rest = url.strip_prefix("https://")?;
    let authority = rest.split(['/', '?', '#', '\\']).next().unwrap_or_default();
    let host = authority.strip_suffix(":443").unwrap_or(authority);
    let plain = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '-');
    plain.then(|| host.to_ascii_lowercase())
}
