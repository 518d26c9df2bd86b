//! A quote as a screen shows it.

use std::sync::Arc;

use nightmarket::ids::{ItemId, PinId, QuoteId, RoomId, ShopDomain};
use nightmarket::purchase;
pub use nightmarket::purchase::quote::{
    Delivery, DeliveryChoice, DeliveryMethod, Notice, OtherDelivery, Payment, Place, QuoteLine, QuoteLink,
    Standing as QuoteStanding,
};
pub use nightmarket::purchase::{QuoteConsent, QuoteKey};
use nightmarket::ucp::fulfillment;

use super::types::{ConsentKind, Decision};
use crate::types::{Currency, Money, PostalAddress, Timestamp};

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

/// A way of delivery: by a carrier to an address, fetched at a location, or newer.
#[uniffi::remote(Record)]
pub struct DeliveryMethod {
    /// Its id.
    pub id: String,
    /// "shipping", "pickup"; open.
    pub kind: String,
    /// Ids of the lines that come by it; none: it is only offered.
    pub lines: Vec<String>,
    /// Where they can go, or be fetched.
    pub places: Vec<Place>,
    /// The id of the place that is chosen.
    pub selected: Option<String>,
}

/// An address to ship to, or a location to fetch from, to choose by its id.
#[uniffi::remote(Record)]
pub struct Place {
    /// Its id.
    pub id: String,
    /// Of locations: the name.
    pub name: Option<String>,
    /// The address.
    pub address: PostalAddress,
}

/// A hint that some lines could be had otherwise; the words stand alone.
#[uniffi::remote(Record)]
pub struct OtherDelivery {
    /// "shipping", "pickup"; open.
    pub kind: String,
    /// Ids of the lines.
    pub lines: Vec<String>,
    /// "now", or an ISO 8601 date.
    pub fulfillable_on: Option<String>,
    /// To show.
    pub description: Option<String>,
}

/// One question for consent, and where it stands in a quote.
#[uniffi::remote(Record)]
pub struct QuoteConsent {
    /// What is asked.
    pub kind: ConsentKind,
    /// The shopper's answer, as the shop was told; none: not answered, and nothing was sent.
    pub answer: Option<bool>,
    /// What is in force, as the shop says it; what it was told, if it says nothing. It may differ from the answer: what
    /// a shop does unasked is its own affair, and is shown as that.
    pub in_force: Option<bool>,
}

/// A package, and how it can come.
#[uniffi::remote(Record)]
pub struct Delivery {
    /// The method that it comes by.
    pub method: String,
    /// The package's id.
    pub group: String,
    /// Ids of the lines in it.
    pub lines: Vec<String>,
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
    /// Ways of delivery, in the shop's order; which lines come by which is the shopper's choice.
    pub methods: Vec<DeliveryMethod>,
    /// Packages and their options.
    pub delivery: Vec<Delivery>,
    /// How some of it could be had otherwise.
    pub otherwise: Vec<OtherDelivery>,
    /// What it would be paid with; none if no instrument of the app fits a handler of the shop.
    pub payment: Option<Payment>,
    /// What has to be shown.
    pub notices: Vec<Notice>,
    /// What has to be linked.
    pub links: Vec<QuoteLink>,
    /// What the shop asks consent for, none where it does not ask. Nobody has to answer to buy, and no gesture does.
    pub consents: Vec<QuoteConsent>,
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

/// A quote that is ready for a pin before anybody has opened its buy card.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EarlyQuote {
    /// The room that shows the pin.
    pub room: RoomId,
    /// The pin.
    pub pin: PinId,
    /// The quote, to be shown and tapped like any other.
    pub quoted: Quoted,
}

/// All quotes that are ready for pins.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct EarlyQuotes {
    /// By room.
    pub quotes: Vec<EarlyQuote>,
}

impl From<Vec<purchase::EarlyQuote>> for EarlyQuotes {
    fn from(quotes: Vec<purchase::EarlyQuote>) -> Self {
        let quote =
            |purchase::EarlyQuote { room, pin, quoted }| EarlyQuote { room, pin, quoted: quoted.into() };
        Self { quotes: quotes.into_iter().map(quote).collect() }
    }
}

/// What a screen shows of a quote. Questions for consent are not in it: one that was not shown was not answered, and
/// nothing is sent for it.
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

fn parts(parts: Vec<(String, i64)>) -> Vec<TotalPart> {
    parts.into_iter().map(|(label, amount)| TotalPart { label, amount }).collect()
}

impl From<purchase::quote::QuoteTotal> for QuoteTotal {
    fn from(total: purchase::quote::QuoteTotal) -> Self {
        let purchase::quote::QuoteTotal { kind, label, amount, parts: made_of } = total;
        Self { kind, label, amount, parts: parts(made_of) }
    }
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
            totals: quote.totals.into_iter().map(QuoteTotal::from).collect(),
            key: quote.key,
            lines: quote.lines,
            currency: quote.currency,
            total: quote.total,
            totals_problem: quote.totals_problem,
            methods: quote.methods,
            delivery: quote.delivery,
            otherwise: quote.otherwise,
            payment: quote.payment,
            notices: quote.notices,
            links: quote.links,
            consents: quote.consents,
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
