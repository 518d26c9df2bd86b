//! What a shop signs.

use serde::{Deserialize, Serialize};

use crate::ids::{ItemId, RoomId, ShopDomain, ShopperId};
use crate::money::Currency;
use crate::time::Timestamp;

/// The claims of an offer (contract: `offer.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claims {
    pub(crate) iss: ShopDomain,
    pub(crate) aud: ShopperId,
    pub(crate) jti: String,
    /// Seconds, shop's clock.
    pub(crate) iat: u32,
    /// Seconds, shop's clock.
    pub(crate) exp: u32,
    pub(crate) item: ItemId,
    pub(crate) title: String,
    /// Minor units.
    pub(crate) price: u64,
    pub(crate) currency: Currency,
    pub(crate) room: RoomId,
    pub(crate) moment: Timestamp,
    pub(crate) photo: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) serial: Option<Serial>,
}

/// The piece's number: text or a number on the wire, text here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Serial {
    Text(String),
    Number(i64),
}

impl std::fmt::Display for Serial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => write!(f, "{number}"),
        }
    }
}
