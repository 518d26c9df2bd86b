//! What a shop says of boxes, openings and draws.

use serde::{Deserialize, Serialize};

use super::draw::{Binding, BoundPity, BoundWeight, Bytes32, sum_of_weights};
use super::types::{AgeRule, BlindBox, BoxKind, Chance, Content, OpeningState, Pity, Stock};
use crate::error::{Error, Result};
use crate::ids::{BoxId, DrawId, ItemId, OpeningId, ShopDomain};
use crate::time::Timestamp;

/// None is sold to anybody younger, in years (contract, README, "Blind boxes").
const LOWEST_AGE: u32 = 8;

/// A box (contract: `box.json`).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct BoxWire {
    pub(crate) id: BoxId,
    pub(crate) kind: BoxKind,
    pub(crate) item: ItemId,
    #[serde(flatten)]
    pub(crate) terms: Terms,
    #[serde(default)]
    pub(crate) stock: Option<Stock>,
}

/// What has to be shown before the first box is bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) odds: Vec<Chance>,
    #[serde(default)]
    pub(crate) pity: Option<Pity>,
    pub(crate) age: AgeRule,
}

impl Terms {
    pub(crate) fn of(shown: &BlindBox) -> Self {
        Self { odds: shown.odds.clone(), pity: shown.pity.clone(), age: shown.age }
    }

    /// As a draw binds them.
    pub(crate) fn bound(&self) -> (Vec<BoundWeight>, Option<BoundPity>) {
        let odds = self.odds.iter();
        let odds = odds.map(|odds| BoundWeight { content: odds.content.to_string(), weight: odds.weight });
        let pity = self.pity.as_ref();
        let pity = pity.map(|pity| BoundPity { after: pity.after, content: pity.content.to_string() });
        (odds.collect(), pity)
    }
}

impl BoxWire {
    /// The box, if its odds and its age rule are ones.
    pub(crate) fn checked(self, shop: &ShopDomain) -> Result<BlindBox> {
        let bad = |reason: &str| Error::malformed("blind box", reason);
        sum_of_weights(self.terms.odds.iter().map(|odds| odds.weight)).map_err(|error| bad(error.0))?;
        if self.terms.age.min < LOWEST_AGE {
            return Err(bad("it would be sold to children under 8"));
        }
        Ok(BlindBox {
            shop: shop.clone(),
            id: self.id,
            kind: self.kind,
            item: self.item,
            odds: self.terms.odds,
            pity: self.terms.pity,
            age: self.terms.age,
            stock: self.stock,
        })
    }
}

/// What the room's channel, `room.join` or the shop says of an opening (contract: `opening.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OpeningWire {
    pub(crate) id: OpeningId,
    pub(crate) box_id: BoxId,
    pub(crate) state: OpeningState,
    #[serde(default)]
    pub(crate) position: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) moment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<Content>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct OpeningReply {
    pub(crate) opening_id: OpeningId,
    #[serde(default)]
    pub(crate) position: u32,
}

/// A draw (contract: `draw.json`).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct DrawWire {
    pub(crate) draw_id: DrawId,
    /// "committed", "revealed", "expired", or something newer: waited out.
    pub(crate) state: String,
    pub(crate) now: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) commitment: Bytes32,
    pub(crate) binding: Binding,
    #[serde(default)]
    pub(crate) proof: Option<String>,
    #[serde(default)]
    pub(crate) client_seed: Option<Bytes32>,
    #[serde(default)]
    pub(crate) server_seed: Option<Bytes32>,
    #[serde(default)]
    pub(crate) nonce: Option<u64>,
    #[serde(default)]
    pub(crate) outcome: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DrawsReply {
    pub(crate) draws: Vec<DrawWire>,
}

/// Claims of a draw's proof.
#[derive(Debug, Deserialize)]
pub(crate) struct ProofClaims {
    pub(crate) iss: String,
    pub(crate) draw_id: DrawId,
    pub(crate) commitment: Bytes32,
}
