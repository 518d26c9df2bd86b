//! What the calls of buying carry, quotes aside.

use nightmarket::ids::{ItemId, OrderId, PurchaseId, ShopDomain};
pub use nightmarket::purchase::machine::Order as PlacedOrder;
pub use nightmarket::purchase::{
    AuditEntry, BuyRequest, Choice, ConsentKind, Decision, NotSent, PurchaseView, Reason,
    State as PurchaseState, TapResult, Wanted, Weight,
};

use super::quote::{QuoteKey, QuoteLine};
use crate::types::{Currency, Money, PostalAddress};

/// What the shopper wants to buy.
#[uniffi::remote(Record)]
pub struct BuyRequest {
    /// At this shop.
    pub shop: ShopDomain,
    /// These; may be empty for an offer, which brings its own.
    pub items: Vec<Wanted>,
    /// The host's offer, a JWS.
    pub offer: Option<String>,
    /// Discount codes.
    pub discount_codes: Vec<String>,
    /// The venue's proof of membership, a JWS; sent only to a shop that takes it.
    pub membership: Option<String>,
    /// The currency wanted; a shop of UCP 2026-01-11 has to be told.
    pub currency: Option<Currency>,
    /// Pay with this instrument of the host app; else the first that fits.
    pub instrument: Option<String>,
    /// Pay by the handler of this id; else the first that fits.
    pub handler: Option<String>,
    /// It is a subscription.
    pub subscription: bool,
    /// It is a blind box: its odds have to be shown.
    pub blind_box: bool,
    /// A variant has yet to be chosen: it is priced, not bought.
    pub variant_open: bool,
}

/// An item, and how many of it.
#[uniffi::remote(Record)]
pub struct Wanted {
    /// The variant's id.
    pub item: ItemId,
    /// How many.
    pub quantity: u32,
}

/// A choice to make in a quote. It leads to a new quote, and needs a new tap.
#[uniffi::remote(Enum)]
pub enum Choice {
    /// How a package comes.
    Delivery {
        /// The package.
        group: String,
        /// The option.
        option: String,
    },
    /// Where what comes by a method goes, or is fetched: one of its places.
    Destination {
        /// The method.
        method: String,
        /// The place.
        destination: String,
    },
    /// These lines come by this method instead.
    Method {
        /// The method.
        method: String,
        /// Ids of the lines.
        lines: Vec<String>,
    },
    /// These lines are shipped to an address of their own, where the shop ships to several.
    ShipTo {
        /// Ids of the lines.
        lines: Vec<String>,
        /// The address.
        address: PostalAddress,
    },
    /// These codes instead of those before; none clears them.
    Discounts(Vec<String>),
    /// Pay with this instrument of the host app.
    Instrument(String),
    /// The shopper's own answer to a question of the shop's; kept for this shop, until it is given anew. It changes
    /// nothing about what is paid, so the digest stays.
    Consent {
        /// What was asked.
        kind: ConsentKind,
        /// Yes or no.
        granted: bool,
    },
}

/// What a consent is about.
#[uniffi::remote(Enum)]
pub enum ConsentKind {
    /// Analytics and performance tracking.
    Analytics,
    /// Storing preferences.
    Preferences,
    /// Marketing messages.
    Marketing,
    /// Selling data to third parties (CCPA).
    SaleOfData,
}

/// What becomes of a tap.
#[uniffi::remote(Enum)]
pub enum Decision {
    /// It buys.
    OneTap,
    /// It buys after the shopper confirmed this very quote; see `Quoted.may_be_confirmed`.
    Confirm(Vec<Reason>),
    /// It buys nothing.
    Refuse(Vec<Reason>),
}

/// Why a tap alone does not buy. Codes are stable.
#[uniffi::remote(Enum)]
pub enum Reason {
    /// The shopper has set no threshold in any currency.
    ThresholdOff,
    /// The quote is in a currency that has no threshold.
    OtherCurrency { currency: Currency },
    /// The total is not strictly under the threshold.
    NotUnderThreshold { threshold: Money },
    /// The totals do not add up, or make no sense.
    TotalsWrong { problem: String },
    /// The day's spending would pass its cap.
    DayAmount { cap: Money },
    /// The week's spending would pass its cap.
    WeekAmount { cap: Money },
    /// The day's number of purchases would pass its cap.
    DayCount { cap: u32 },
    /// The week's number of purchases would pass its cap.
    WeekCount { cap: u32 },
    /// The shop wants a confirmation from this amount on.
    ShopLimit { max: Money },
    /// Nothing was sent to this address before.
    NewAddress,
    /// Nothing was paid with this instrument before.
    NewInstrument,
    /// Nothing was bought on this device before.
    NewDevice,
    /// The venue does not vouch for the shop, and the shopper has not bought there.
    UnknownShop,
    /// No delivery choice is remembered for this shop, or another one is chosen now.
    NoDeliveryRemembered,
    /// The instrument shows a sheet of its own.
    InstrumentAsks,
    /// It is a subscription.
    Subscription,
    /// It is for people above an age, and the app has not declared that the shopper is; or the shop does not say which.
    AgeRestricted,
    /// A guardian has to consent to what somebody this young buys: the app declares it, no confirmation replaces it.
    GuardianNeeded { under: u32 },
    /// The shop discloses something that has to be read.
    Disclosure { content: String },
    /// The same item was bought within the last minute.
    SameItemAgain,
    /// These are quiet hours.
    QuietHours,
    /// One tap is paused.
    Paused,
    /// An order at this shop once had another total than agreed.
    PlacedDifferentlyBefore,
    /// A draw of this shop once failed its verification.
    DrawFailedBefore,
    /// The quote holds what cannot be bound exactly; it is sent without the binding.
    NotBindable,
    /// Something of the quote was not reported as shown: "totals", "notices", "links".
    NotRendered { what: String },
    /// The odds of the blind box were not shown.
    OddsNotShown,
    /// A variant has to be chosen first.
    VariantOpen,
    /// The shopper has to go on in a browser.
    Escalation { continue_url: Option<String> },
    /// There is no single total.
    TotalMissing,
    /// It was under the finger for less than half a second.
    ShownTooBriefly { shown_ms: u64 },
    /// What was under the finger is not the quote as it is now.
    Replaced,
    /// This quote was bought already, or its outcome is not known yet.
    AlreadyTapped,
    /// The quote is over.
    Expired,
    /// The shop's last answer is too old, or the shop has not been told yet what the shopper answered it: quote again.
    Stale,
    /// The shop says that something is missing, or that it will not sell.
    NotReady { reason: String, content: String },
    /// No instrument of the app fits a handler of the shop.
    NoInstrument,
    /// There is no network.
    Offline,
    /// It is not sold to somebody this young.
    UnderAge { min: u32 },
}

/// What a reason weighs.
#[uniffi::remote(Enum)]
pub enum Weight {
    /// A confirmation settles it.
    Confirms,
    /// Something has to be shown, chosen or done first.
    NeedsMore,
    /// This gesture buys nothing.
    Refuses,
}

/// What became of a gesture.
#[uniffi::remote(Enum)]
pub enum TapResult {
    /// It is written down and on its way: watch it.
    Started(PurchaseId),
    /// Nothing was bought: these have to be confirmed.
    Confirm(Vec<Reason>),
    /// Nothing was bought.
    Refused(Vec<Reason>),
}

/// A purchase, as it stands.
#[uniffi::remote(Record)]
pub struct PurchaseView {
    /// Its id.
    pub id: PurchaseId,
    /// The quote that was bought.
    pub quote: QuoteKey,
    /// What was bought.
    pub lines: Vec<QuoteLine>,
    /// What was agreed to pay.
    pub total: Money,
    /// Whether it was confirmed, rather than tapped.
    pub confirmed: bool,
    /// Where it stands.
    pub state: PurchaseState,
    /// Whether the shopper has seen the outcome.
    pub acknowledged: bool,
    /// When it was tapped, milliseconds, on the highest time this device has seen.
    pub tapped_ms: i64,
    /// When its state last changed, likewise.
    pub changed_ms: i64,
}

/// Where a purchase stands.
#[uniffi::remote(Enum)]
pub enum PurchaseState {
    /// Durable; no byte has left.
    Tapped,
    /// Bytes may have left.
    Sending,
    /// The shop is at it.
    Processing,
    /// Bought, as agreed.
    Placed(PlacedOrder),
    /// Bought, but the total is not what was agreed: shown loudly.
    PlacedDifferently(PlacedOrder),
    /// Not bought: the shop said so.
    Declined {
        /// Its code.
        code: String,
        /// Its words.
        content: String,
    },
    /// The shopper has to go on in a browser.
    NeedsBuyer {
        /// Where.
        continue_url: Option<String>,
        /// Whether the shopper came back from there.
        returned: bool,
    },
    /// It waited for the shopper in a browser, and the shopper gave it up; the shop has not said what became of it.
    Abandoning {
        /// Where it could still be bought until then.
        continue_url: Option<String>,
    },
    /// Not bought: the shopper gave it up, and the shop said that its session is over.
    Abandoned,
    /// Not bought: nothing was ever sent.
    NotSent(NotSent),
    /// The app ended while bytes may have left: the shop is asked what became of them, and to cancel what it has not
    /// bought. Nothing is sent again.
    Withdrawing,
    /// Bytes may have left, and no answer came.
    Unknown,
    /// Finding out.
    Reconciling,
    /// Taken back before a byte left.
    Superseded,
    /// Bought; the shopper wants it undone, and the shop has not said whether it is.
    CancelRequested(PlacedOrder),
    /// Undone: the shop said so.
    Canceled(PlacedOrder),
    /// Bought; it could not be undone.
    TooLate {
        /// What was bought.
        order: PlacedOrder,
        /// The shop's code.
        code: String,
    },
}

/// What was placed.
#[uniffi::remote(Record)]
pub struct PlacedOrder {
    /// Its id at the shop.
    pub id: OrderId,
    /// What the shop calls it.
    pub label: Option<String>,
    /// The order at the shop, in a browser.
    pub permalink_url: String,
    /// What it cost, as far as the shop's answer says.
    pub total: Option<Money>,
}

/// Why nothing was sent.
#[uniffi::remote(Enum)]
pub enum NotSent {
    /// Its bytes had not left within 15 seconds.
    Deadline,
    /// The app ended before they left.
    Restarted,
    /// They could not be made: the journal could not be read.
    Unsendable,
}

/// One entry of the audit.
#[uniffi::remote(Record)]
pub struct AuditEntry {
    /// Its place.
    pub place: i64,
    /// When, milliseconds, on the highest time seen.
    pub at_ms: i64,
    /// What it is about: "decision", "state", "policy", "trust", "consent" (the shopper answered a shop that asks),
    /// "clock" (a wrong one was corrected).
    pub kind: String,
    /// The purchase, if it is about one.
    pub purchase: Option<PurchaseId>,
    /// What happened, JSON text. No card data.
    pub body: String,
}

/// What a reason weighs: whether a confirmation settles it.
#[uniffi::export]
pub fn reason_weight(reason: Reason) -> Weight {
    reason.weight()
}

/// A reason's code, which never changes.
#[uniffi::export]
pub fn reason_code(reason: Reason) -> String {
    reason.code().to_owned()
}

/// The code of a purchase's state, which never changes.
#[uniffi::export]
pub fn purchase_state_code(state: PurchaseState) -> String {
    state.code().to_owned()
}

/// Whether the outcome is known, and nothing goes on by itself.
#[uniffi::export]
pub fn is_settled(state: PurchaseState) -> bool {
    state.is_settled()
}
