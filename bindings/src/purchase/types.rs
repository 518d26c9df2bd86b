//! What the calls of buying carry.

use std::sync::Arc;

use nightmarket::ids::{ItemId, OrderId, PurchaseId, QuoteId, ShopDomain};
use nightmarket::purchase;
pub use nightmarket::purchase::machine::Order as PlacedOrder;
pub use nightmarket::purchase::quote::{
    Delivery, DeliveryChoice, Notice, Payment, QuoteLine, QuoteLink, Standing as QuoteStanding,
};
pub use nightmarket::purchase::{
    AuditEntry, BuyRequest, Choice, Decision, NotSent, PurchaseView, QuoteKey, Reason,
    State as PurchaseState, TapResult, Wanted, Weight,
};

use nightmarket::ucp::fulfillment;

use crate::types::{Currency, Money, PostalAddress, Timestamp};

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
    /// These codes instead of those before; none clears them.
    Discounts(Vec<String>),
    /// Pay with this instrument of the host app.
    Instrument(String),
}

/// Names a quote. Ids of sessions are each shop's own.
#[uniffi::remote(Record)]
pub struct QuoteKey {
    /// The shop.
    pub shop: ShopDomain,
    /// Its checkout session.
    pub id: QuoteId,
}

/// One line.
#[uniffi::remote(Record)]
pub struct QuoteLine {
    /// The line's id.
    pub id: String,
    /// What is bought.
    pub item: ItemId,
    /// What it is called.
    pub title: String,
    /// How many.
    pub quantity: u32,
    /// Price of one, minor units.
    pub price: i64,
    /// A picture.
    pub image_url: Option<String>,
}

/// A message that has to be shown.
#[uniffi::remote(Record)]
pub struct Notice {
    /// "error", "warning", "info"; open.
    pub kind: String,
    /// The shop's code.
    pub code: Option<String>,
    /// The words.
    pub content: String,
    /// Whether the words are Markdown, to be sanitised.
    pub markdown: bool,
    /// Shown beside what `path` names, never hidden or dismissed (UCP checkout, "Warning Presentation").
    pub disclosure: bool,
    /// `JSONPath` to what it is about.
    pub path: Option<String>,
    /// A symbol that has to be shown with it.
    pub image_url: Option<String>,
    /// Where more can be read.
    pub url: Option<String>,
}

/// A link that has to be shown.
#[uniffi::remote(Record)]
pub struct QuoteLink {
    /// "`privacy_policy`", "`terms_of_service`", …; open.
    pub kind: String,
    /// Where it leads.
    pub url: String,
    /// What to call it.
    pub title: Option<String>,
}

/// A package, and how it can come.
#[uniffi::remote(Record)]
pub struct Delivery {
    /// The package's id.
    pub group: String,
    /// The options, in the shop's order.
    pub options: Vec<DeliveryChoice>,
    /// The one that is chosen.
    pub selected: Option<String>,
}

/// One way a package can come.
#[uniffi::remote(Record)]
pub struct DeliveryChoice {
    /// Its id.
    pub id: String,
    /// Its label.
    pub title: String,
    /// More of it.
    pub description: Option<String>,
    /// Minor units, where the shop says.
    pub price: Option<i64>,
}

/// What it would be paid with.
#[uniffi::remote(Record)]
pub struct Payment {
    /// Id of the handler in the shop's answer.
    pub handler: String,
    /// The handler's reverse-domain name.
    pub handler_name: String,
    /// Id of the host app's instrument.
    pub instrument: String,
    /// What the screen shows: "Visa •• 42".
    pub label: String,
    /// Whether it pays without a sheet of its own.
    pub silent: bool,
    /// UCP instrument type.
    pub kind: String,
    /// The handler's configuration, JSON text.
    pub config: String,
}

/// Where the session stands.
#[uniffi::remote(Enum)]
pub enum QuoteStanding {
    /// It can be completed.
    Ready,
    /// Something is missing, or the shop refuses; why, if it said.
    NotReady {
        /// The shop's code.
        code: String,
        /// The shop's words.
        content: String,
    },
    /// The buyer has to go on at `continue_url`.
    Escalated,
    /// It is being completed, is completed, or is over.
    Over,
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
    /// It is for people above an age.
    AgeRestricted,
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
    /// The shop's last answer is too old: quote again.
    Stale,
    /// The shop says that something is missing, or that it will not sell.
    NotReady { reason: String, content: String },
    /// No instrument of the app fits a handler of the shop.
    NoInstrument,
    /// There is no network.
    Offline,
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
    /// Not bought: nothing was ever sent.
    NotSent(NotSent),
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
    /// What it is about: "decision", "state", "policy", "trust".
    pub kind: String,
    /// The purchase, if it is about one.
    pub purchase: Option<PurchaseId>,
    /// What happened, JSON text. No card data.
    pub body: String,
}

/// One entry of the totals, to be shown in the shop's order.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct QuoteTotal {
    /// UCP's category: "subtotal", "tax", "total", …; open.
    pub kind: String,
    /// The label to show against the amount.
    pub label: String,
    /// Minor units; subtractive ones are negative.
    pub amount: i64,
    /// What it is made of.
    pub parts: Vec<TotalPart>,
}

/// A label and its amount.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct TotalPart {
    /// To show.
    pub label: String,
    /// Minor units.
    pub amount: i64,
}

/// An address to ship to, or a location to fetch from.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Destination {
    /// Of locations: the name.
    pub name: Option<String>,
    /// The address.
    pub address: PostalAddress,
}

/// A checkout session, priced, as the shop last answered it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the quote")]
pub struct Quote {
    /// Its name.
    pub key: QuoteKey,
    /// The lines.
    pub lines: Vec<QuoteLine>,
    /// Of all amounts.
    pub currency: Currency,
    /// The price, in the shop's order.
    pub totals: Vec<QuoteTotal>,
    /// What is to be paid: the one entry "total", whatever the others add up to. None if there is not exactly one.
    pub total: Option<Money>,
    /// Why the totals cannot be relied on.
    pub totals_problem: Option<String>,
    /// Where it goes, one for each method of delivery; empty if nothing is delivered.
    pub destinations: Vec<Destination>,
    /// Packages and their options.
    pub delivery: Vec<Delivery>,
    /// What it would be paid with; none if no instrument of the app fits a handler of the shop.
    pub payment: Option<Payment>,
    /// What has to be shown.
    pub notices: Vec<Notice>,
    /// What has to be linked.
    pub links: Vec<QuoteLink>,
    /// Where it stands.
    pub standing: QuoteStanding,
    /// Where the shopper can go on by hand.
    pub continue_url: Option<String>,
    /// When it ends, by the shop's clock.
    pub expires_at: Timestamp,
    /// When the shop last answered, by its clock.
    pub answered_at: Timestamp,
    /// Whether completing is bound to `digest`, so that the shop refuses anything else.
    pub bound: bool,
    /// Whether the digest holds nothing that the shop could read otherwise; if not, it is confirmed and sent unbound.
    pub bindable: bool,
    /// The amount from which the shop wants a confirmation.
    pub one_tap_max: Option<Money>,
    /// Digest of what is rendered: a tap carries it.
    pub digest: String,
    /// Whether the request said that it is a subscription.
    pub subscription: bool,
    /// Whether it is a blind box, whose odds have to be shown.
    pub blind_box: bool,
    /// Whether a variant has yet to be chosen.
    pub variant_open: bool,
}

/// A quote, and what would become of a tap on it once a screen shows all of it.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Quoted {
    /// The quote.
    pub quote: Quote,
    /// The decision, as far as it can be foreseen.
    pub decision: Decision,
    /// Whether confirming would be enough. If not, something has to be shown, chosen or done elsewhere first.
    pub may_be_confirmed: bool,
    /// The report of a screen that shows everything the quote has to show.
    pub to_render: Rendered,
}

/// What a screen shows of a quote.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Rendered {
    /// The totals, in the order shown.
    pub totals: Vec<TotalPart>,
    /// The words of every message shown.
    pub notices: Vec<String>,
    /// Addresses of every link shown.
    pub links: Vec<String>,
    /// Whether the odds of the blind box were shown.
    pub odds: bool,
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

/// Whether a purchase can still change by itself.
#[uniffi::export]
pub fn is_settled(state: PurchaseState) -> bool {
    state.is_settled()
}

fn parts(parts: Vec<(String, i64)>) -> Vec<TotalPart> {
    parts.into_iter().map(|(label, amount)| TotalPart { label, amount }).collect()
}

impl From<purchase::Quoted> for Quoted {
    fn from(quoted: purchase::Quoted) -> Self {
        let purchase::Quoted { quote, decision } = quoted;
        Self {
            may_be_confirmed: decision.may_be_confirmed(),
            to_render: purchase::Rendered::all_of(&quote).into(),
            quote: Arc::unwrap_or_clone(quote).into(),
            decision,
        }
    }
}

impl From<purchase::Quote> for Quote {
    fn from(quote: purchase::Quote) -> Self {
        Self {
            destinations: quote.destinations.into_iter().map(Destination::from).collect(),
            totals: quote
                .totals
                .into_iter()
                .map(|total| QuoteTotal {
                    kind: total.kind,
                    label: total.label,
                    amount: total.amount,
                    parts: parts(total.parts),
                })
                .collect(),
            key: quote.key,
            lines: quote.lines,
            currency: quote.currency,
            total: quote.total,
            totals_problem: quote.totals_problem,
            delivery: quote.delivery,
            payment: quote.payment,
            notices: quote.notices,
            links: quote.links,
            standing: quote.standing,
            continue_url: quote.continue_url,
            expires_at: quote.expires_at,
            answered_at: quote.answered_at,
            bound: quote.bound,
            bindable: quote.bindable,
            one_tap_max: quote.one_tap_max,
            digest: quote.digest,
            subscription: quote.subscription,
            blind_box: quote.blind_box,
            variant_open: quote.variant_open,
        }
    }
}

impl From<fulfillment::Destination> for Destination {
    fn from(destination: fulfillment::Destination) -> Self {
        let fulfillment::Destination { name, location, address, .. } = destination;
        Self { name, address: location.unwrap_or(address) }
    }
}

impl From<purchase::Rendered> for Rendered {
    fn from(rendered: purchase::Rendered) -> Self {
        let purchase::Rendered { totals, notices, links, odds } = rendered;
        Self { totals: parts(totals), notices, links, odds }
    }
}

impl From<Rendered> for purchase::Rendered {
    fn from(rendered: Rendered) -> Self {
        let Rendered { totals, notices, links, odds } = rendered;
        let totals = totals.into_iter().map(|part| (part.label, part.amount)).collect();
        Self { totals, notices, links, odds }
    }
}
