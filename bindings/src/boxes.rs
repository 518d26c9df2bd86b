//! Blind boxes, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::boxes;
pub use nightmarket::boxes::{
    AgeRule, AgeVerdict, BlindBox, BoughtBox, BoxKind, Came, Chance, Collected, Content, Draw, DrawFailure,
    DrawState, Evidence, Opening, OpeningState, Pity, Remaining, Stock,
};
use nightmarket::ids::{BoxId, DrawId, ItemId, OpeningId, OrderId, ShopDomain};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::Timestamp;

/// A box whose content is unknown. Odds and age rule are shown before the first is bought (contract: `box.json`).
#[uniffi::remote(Record)]
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

/// How a box is opened.
#[uniffi::remote(Enum)]
pub enum BoxKind {
    /// By the host, in the room.
    OpenedOnAir,
    /// By a draw that the phone verifies.
    Digital,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// One content's chance.
#[uniffi::remote(Record)]
pub struct Chance {
    /// Content id.
    pub content: ItemId,
    /// What it is.
    pub title: String,
    /// Chance, of the sum of all weights of the box.
    pub weight: u32,
}

/// A rule after bad luck.
#[uniffi::remote(Record)]
pub struct Pity {
    /// Draws without the content after which the next one is it.
    pub after: u32,
    /// The content.
    pub content: ItemId,
}

/// Whom a box may be sold to, by age in years.
#[uniffi::remote(Record)]
pub struct AgeRule {
    /// Under this none is sold; never under 8.
    pub min: u32,
    /// Under this a guardian consents.
    pub consent_under: u32,
}

/// What an [`AgeRule`] says of one person.
#[uniffi::remote(Enum)]
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

/// What is left of a finite set.
#[uniffi::remote(Record)]
pub struct Stock {
    /// This state of the stock.
    pub snapshot_id: String,
    /// Every content, in the set's order.
    pub remaining: Vec<Remaining>,
}

/// How many pieces of one content are left.
#[uniffi::remote(Record)]
pub struct Remaining {
    /// Content id.
    pub content: ItemId,
    /// Pieces.
    pub count: u32,
}

/// One box of an order.
#[uniffi::remote(Record)]
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

/// A box on its way to be opened on air.
#[uniffi::remote(Record)]
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

/// Where the opening of a box stands.
#[uniffi::remote(Enum)]
pub enum OpeningState {
    /// In the host's queue.
    Queued,
    /// In the host's hands.
    Opening,
    /// Open.
    Opened,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What was in a box.
#[uniffi::remote(Record)]
pub struct Content {
    /// Content id, as in the odds.
    pub item: ItemId,
    /// What it is.
    pub title: String,
    /// A picture.
    pub image_url: Option<String>,
}

/// A digital draw.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Enum)]
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
#[uniffi::remote(Enum)]
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

/// What lets anybody check a draw again.
#[uniffi::remote(Record)]
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
#[uniffi::remote(Record)]
pub struct Collected {
    /// Which box.
    pub bought: BoughtBox,
    /// What it is.
    pub content: Content,
    /// How it came.
    pub how: Came,
}

/// How something came out of its box.
#[uniffi::remote(Enum)]
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

list_listener!(Opening: OpeningListener, OpeningBatch, OpeningDiff);
list_listener!(Draw: DrawListener, DrawBatch, DrawDiff);
list_listener!(Collected: CollectedListener, CollectedBatch, CollectedDiff);

/// A weight of a box as a percentage, exactly: "0.5" for 5 of 1000.
///
/// # Errors
/// `Malformed` if the weights do not sum to a power of ten.
#[uniffi::export]
pub fn percent(blind_box: BlindBox, weight: u32) -> Result<String> {
    Ok(blind_box.percent(weight)?)
}

/// What an age rule says of somebody of this age in years; none if the app does not know it.
#[uniffi::export]
pub fn judge_age(rule: AgeRule, age: Option<u32>) -> AgeVerdict {
    rule.judge(age)
}

/// Blind boxes of the venue's shops.
#[derive(uniffi::Object)]
pub struct Boxes {
    pub(crate) boxes: boxes::Boxes,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Boxes {
    /// A box with its odds and its age rule, from its shop.
    ///
    /// # Errors
    /// `Malformed` if the odds do not sum to a power of ten or the age rule is under 8; `NotOffered`.
    pub async fn describe(
        &self,
        shop: ShopDomain,
        id: BoxId,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<BlindBox> {
        within(cancel, self.boxes.describe(shop, id)).await
    }

    /// The screen showed the odds, the rule after bad luck and the age rule of this box. Kept; other odds count as not
    /// shown.
    pub async fn odds_shown(&self, shown: BlindBox) -> Result<()> {
        Ok(self.boxes.odds_shown(shown).await?)
    }

    /// Whether the odds of the box that this item buys were shown, as they are now.
    pub async fn is_odds_shown(&self, shop: ShopDomain, item: ItemId) -> Result<bool> {
        Ok(self.boxes.is_odds_shown(shop, item).await?)
    }

    /// Whether a draw of this shop failed its verification: none is bought there by one tap.
    pub async fn has_failed_draw(&self, shop: ShopDomain) -> Result<bool> {
        Ok(self.boxes.has_failed_draw(shop).await?)
    }

    /// Puts a bought box into the host's queue. Each box once, however often it is asked for. An error that can be
    /// retried leaves it asked for: it goes on by itself, and `openings` tells.
    pub async fn request_opening(
        &self,
        bought: BoughtBox,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<Opening> {
        within(cancel, self.boxes.request_opening(bought)).await
    }

    /// Boxes asked to be opened on air, oldest first.
    pub async fn openings(&self, listener: Box<dyn OpeningListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.boxes.openings().await?, listener, OpeningBatch::of).await
    }

    /// Reads from the shops where every box that is not open yet stands.
    pub async fn refresh_openings(&self, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.boxes.refresh_openings()).await
    }

    /// Draws a bought digital box and verifies it; one that is under way goes on, one that has ended is given back.
    /// After `Expired` it is drawn again.
    ///
    /// # Errors
    /// `Refused` if the shop has none left to draw; one that can be retried leaves it under way: it goes on by itself,
    /// and `draws` tells.
    pub async fn draw(&self, bought: BoughtBox, cancel: Option<Arc<CancelToken>>) -> Result<Draw> {
        within(cancel, self.boxes.draw(bought)).await
    }

    /// All draws, oldest first, failed and expired ones too.
    pub async fn draws(&self, listener: Box<dyn DrawListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.boxes.draws().await?, listener, DrawBatch::of).await
    }

    /// What came out of boxes, newest first.
    pub async fn collection(&self, listener: Box<dyn CollectedListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.boxes.collection().await?, listener, CollectedBatch::of).await
    }
}
