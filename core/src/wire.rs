//! Nouns that several endpoints and events share, as the contract writes them. Unknown fields are ignored, unknown
//! values of an enumeration kept.

use serde::{Deserialize, Serialize};

use crate::ids::{HostId, ItemId, ShopDomain};
use crate::money::Money;

/// Who posts, and runs rooms (contract: `host.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Stable id at the venue.
    pub id: HostId,
    /// What they are called.
    pub name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

/// A product as a post, a pin or a drop shows it; what it costs in the end only its shop says (contract:
/// `product.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// Who sells it.
    pub shop: ShopDomain,
    /// The item, for a checkout's line.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// Its price before delivery and tax.
    pub price: Money,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A picture or film of a post (contract: `media.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Media {
    /// "image", "video", or something newer: shown as its picture where unknown.
    pub kind: String,
    /// Its address.
    pub url: String,
    /// Pixels.
    #[serde(default)]
    pub width: u32,
    /// Pixels.
    #[serde(default)]
    pub height: u32,
    /// For those who cannot see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
}
