//! What screens see of blind boxes.

use serde::{Deserialize, Serialize};

use super::draw::sum_of_weights;
use crate::error::{Error, Result};
use crate::host::DeclaredAge;
use crate::ids::{BoxId, DrawId, ItemId, OpeningId, OrderId, ShopDomain};
use crate::time::Timestamp;
use nightmarket_ucp::open_enum;

open_enum! {
    /// How a box is opened.
    pub enum BoxKind {
        /// By the host, in the room.
        OpenedOnAir = "opened_on_air",
        /// By a draw that the phone verifies.
        Digital = "digital",
    }
}

open_enum! {
    /// Where the opening of a box stands.
    pub enum OpeningState {
        /// In the host's queue.
        Queued = "queued",
        /// In the host's hands.
        Opening = "opening",
        /// Open.
        Opened = "opened",
    }
}

/// One content's chance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chance {
    /// Content id.
    pub content: ItemId,
    /// What it is.
    pub title: String,
    /// Chance, of the sum of all weights of the box.
    pub weight: u32,
}

/// A rule after bad luck.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pity {
    /// Draws without the content after which the next one is it.
    pub after: u32,
    /// The content.
    pub content: ItemId,
}

/// Whom a box may be sold to, by age in years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgeRule {
    /// Under this none is sold; of boxes never under 8.
    pub min: u32,
    /// Under this a guardian consents.
    pub consent_under: u32,
}

/// What an [`AgeRule`] says of one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AgeVerdict {
    /// May buy.
    Allowed,
    /// May buy with a guardian's consent.
    ConsentNeeded,
    /// May not buy.
    TooYoung,
    /// The app has not declared an age: confirm.
    Unknown,
}

impl AgeRule {
    /// What holds for every box, whatever its shop says or leaves out (the sector's rule in China).
    pub const FLOOR: Self = Self { min: 8, consent_under: 18 };

    /// Judges an age in years, without a guardian's consent.
    pub fn judge(self, age: Option<u32>) -> AgeVerdict {
        self.judge_declared(age.map(DeclaredAge::years))
    }

    /// Judges an age as the host app declares it. What the band leaves open is unknown.
    pub fn judge_declared(self, age: Option<DeclaredAge>) -> AgeVerdict {
        let Some(age) = age else { return AgeVerdict::Unknown };
        let is_under = |years: u32| age.under.is_some_and(|under| under <= years);
        if is_under(self.min) {
            AgeVerdict::TooYoung
        } else if age.at_least < self.min {
            AgeVerdict::Unknown
        } else if age.at_least >= self.consent_under || age.guardian_consents {
            AgeVerdict::Allowed
        } else if is_under(self.consent_under) {
            AgeVerdict::ConsentNeeded
        } else {
            AgeVerdict::Unknown
        }
    }
}

/// What is left of a finite set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stock {
    /// This state of the stock.
    pub snapshot_id: String,
    /// Every content, in the set's order.
    pub remaining: Vec<Remaining>,
}

/// How many pieces of one content are left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remaining {
    /// Content id.
    pub content: ItemId,
    /// Pieces.
    pub count: u32,
}

/// A box whose content is unknown. Odds and age rule are shown before the first is bought (contract: `box.json`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlindBox {
    /// Who sells it.
    pub shop: ShopDomain,
    /// The box.
    pub id: BoxId,
    /// How it is opened.
    pub kind: BoxKind,
    /// The item to buy one with.
    pub item: ItemId,
    /// Every content's chance, in the shop's order. Weights sum to a power of ten.
    pub odds: Vec<Chance>,
    /// The rule after bad luck, if there is one.
    pub pity: Option<Pity>,
    /// Who may buy.
    pub age: AgeRule,
    /// The finite set it is drawn from, if it is one.
    pub stock: Option<Stock>,
}

impl BlindBox {
    /// A weight as a percentage, exactly: "0.5" for 5 of 1000.
    ///
    /// # Errors
    /// `Malformed` if the weights do not sum to a power of ten; a box out of [`super::Boxes::describe`] has ones that do.
    pub fn percent(&self, weight: u32) -> Result<String> {
        let sum = sum_of_weights(self.odds.iter().map(|chance| chance.weight))
            .map_err(|bad| Error::malformed("blind box", bad.0))?;
        let digits = usize::try_from(sum.ilog10()).unwrap_or_default();
        let scaled = format!("{:0>width$}", u64::from(weight) * 100, width = digits + 1);
        let (whole, rest) = scaled.split_at(scaled.len() - digits);
        let rest = rest.trim_end_matches('0');
        Ok(if rest.is_empty() { whole.to_owned() } else { format!("{whole}.{rest}") })
    }
}

/// One box of an order.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoughtBox {
    /// Who sold it.
    pub shop: ShopDomain,
    /// The order.
    pub order: OrderId,
    /// The box.
    pub box_id: BoxId,
    /// Which of the order's boxes of this kind, from zero.
    pub number: u32,
}

impl BoughtBox {
    /// The first (or only) box of this kind in the order.
    pub fn new(shop: ShopDomain, order: OrderId, box_id: BoxId) -> Self {
        Self { shop, order, box_id, number: 0 }
    }

    /// Another one of the same order.
    pub fn number(self, number: u32) -> Self {
        Self { number, ..self }
    }
}

/// What was in a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Content id, as in the odds.
    pub item: ItemId,
    /// What it is.
    pub title: String,
    /// A picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_url: Option<String>,
}

/// A box on its way to be opened on air.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Which box.
    pub bought: BoughtBox,
    /// The opening, once the shop has answered. None: asked for, not answered yet.
    pub id: Option<OpeningId>,
    /// Where it stands, once the shop has answered.
    pub state: Option<OpeningState>,
    /// 7: "you are 7th". 0 once it is being opened.
    pub position: u32,
    /// When the picture shows the content: programme time of the stream.
    pub moment: Option<Timestamp>,
    /// What was in it, by the shop's own word.
    pub content: Option<Content>,
}

/// A digital draw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    /// Which box.
    pub bought: BoughtBox,
    /// From zero; one more each time an expired draw is drawn again.
    pub attempt: u32,
    /// The shop's id of it, once it has committed.
    pub id: Option<DrawId>,
    /// Its number in the shopper's series at this box.
    pub nonce: Option<u64>,
    /// Where it stands.
    pub state: DrawState,
    /// What it can be shown to others with.
    pub evidence: Option<Evidence>,
}

/// Where a digital draw stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DrawState {
    /// Asked for; the shop's commitment is awaited.
    Asked,
    /// The shop has committed; the phone's seed is not made yet.
    Committed,
    /// The phone's seed is made and on its way; the shop's is awaited.
    SeedGiven,
    /// As [`DrawState::SeedGiven`], and the time for it has passed: the shop has a day to show its seed.
    Overdue,
    /// Everything computed here as well, and the same.
    Verified {
        /// What came out.
        content: Content,
    },
    /// It is not genuine. Recorded for good.
    Failed {
        /// Which check failed.
        reason: DrawFailure,
    },
    /// The phone's seed did not leave in time; the box may be drawn again.
    Expired,
}

/// Which check of a draw failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DrawFailure {
    /// The commitment is to another draw, or to one that cannot be: the member is named.
    BindingDiffers {
        /// Which member of the binding.
        what: String,
    },
    /// The odds or the pity are not the ones shown.
    OddsDiffer,
    /// The shop's signature of the commitment does not hold.
    ProofNotGenuine {
        /// Which check failed.
        reason: String,
    },
    /// Draws of the series are missing: some result may have been thrown away.
    NonceGap {
        /// The first that is missing.
        missing: u64,
    },
    /// The number was used before.
    NonceReused,
    /// The rule after bad luck counts otherwise.
    PityDiffers {
        /// Counted here.
        expected: u32,
        /// Committed to.
        got: u32,
    },
    /// The commitment or its binding changed afterwards.
    CommitmentChanged,
    /// The server's seed is not the one committed to.
    SeedNotCommitted,
    /// The draw was made with another seed than the phone's.
    SeedReplaced,
    /// Another number than committed to.
    NonceDiffers,
    /// The outcome is not the one that the seeds give.
    OutcomeDiffers {
        /// What the shop says.
        claimed: String,
        /// What the seeds give.
        computed: String,
    },
    /// The phone's seed left in time, and the shop let the draw expire.
    ExpiredThoughGiven,
    /// The shop never showed its seed.
    NeverRevealed,
}

impl DrawFailure {
    /// A code that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BindingDiffers { .. } => "binding_differs",
            Self::OddsDiffer => "odds_differ",
            Self::ProofNotGenuine { .. } => "proof_not_genuine",
            Self::NonceGap { .. } => "nonce_gap",
            Self::NonceReused => "nonce_reused",
            Self::PityDiffers { .. } => "pity_differs",
            Self::CommitmentChanged => "commitment_changed",
            Self::SeedNotCommitted => "seed_not_committed",
            Self::SeedReplaced => "seed_replaced",
            Self::NonceDiffers => "nonce_differs",
            Self::OutcomeDiffers { .. } => "outcome_differs",
            Self::ExpiredThoughGiven => "expired_though_given",
            Self::NeverRevealed => "never_revealed",
        }
    }
}

/// What lets anybody check a draw again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// 64 hex digits.
    pub commitment: String,
    /// The shop's signature of it (JWS), if it gave one.
    pub proof: Option<String>,
    /// What the commitment binds, JSON of the contract's `draw_binding.json`.
    pub binding: String,
    /// The phone's seed, 64 hex digits, once made.
    pub client_seed: Option<String>,
    /// The shop's seed, 64 hex digits, once shown.
    pub server_seed: Option<String>,
}

/// Something that came out of a box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Which box.
    pub bought: BoughtBox,
    /// What it is.
    pub content: Content,
    /// How it came.
    pub how: Came,
}

/// How something came out of its box.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// Opened by the host.
    OnAir {
        /// The opening.
        opening: OpeningId,
        /// When the picture showed it: programme time of the stream.
        moment: Option<Timestamp>,
    },
    /// Drawn, and verified here.
    Drawn {
        /// The draw.
        draw: DrawId,
    },
}

#[cfg(test)]
mod tests {
    use super::AgeVerdict::{Allowed, ConsentNeeded, TooYoung, Unknown};
    use super::*;

    fn with_weights(weights: &[u32]) -> BlindBox {
        let chance = |weight: &u32| Chance { content: "c".into(), title: "c".into(), weight: *weight };
        BlindBox {
            shop: "s".into(),
            id: "b".into(),
            kind: BoxKind::Digital,
            item: "i".into(),
            odds: weights.iter().map(chance).collect(),
            pity: None,
            age: AgeRule { min: 8, consent_under: 18 },
            stock: None,
        }
    }

    #[test]
    fn chances_are_shown_exactly() {
        let thousand = with_weights(&[700, 250, 45, 5]);
        let shown: Vec<_> =
            [700, 250, 45, 5, 0, 1_000].map(|weight| thousand.percent(weight).unwrap()).into();
        assert_eq!(shown, ["70", "25", "4.5", "0.5", "0", "100"]);
        assert_eq!(with_weights(&[3, 7]).percent(3).unwrap(), "30");
        assert_eq!(with_weights(&[999_999_999, 1]).percent(1).unwrap(), "0.0000001");
        assert!(with_weights(&[3, 8]).percent(3).is_err());
    }

    #[test]
    fn the_age_rule_knows_four_answers() {
        let rule = AgeRule { min: 8, consent_under: 18 };
        let verdicts = [None, Some(7), Some(8), Some(17), Some(18)].map(|age| rule.judge(age));
        assert_eq!(verdicts, [Unknown, TooYoung, ConsentNeeded, ConsentNeeded, Allowed]);
    }
}
