//! A quote: a UCP checkout session that is priced and ready, and everything of it that a screen has to show.

use serde::{Deserialize, Serialize};

use super::consents::{self, QuoteConsent};
use super::digest;
use super::wire::{AGE, AgeWire};
use crate::boxes::AgeRule;
use crate::error::{Error, Result};
use crate::ids::{ItemId, QuoteId, ShopDomain};
use crate::money::{Currency, Money};
use crate::time::Timestamp;
use nightmarket_ucp::address::PostalAddress;
use nightmarket_ucp::checkout::{Checkout, Link, Next};
use nightmarket_ucp::consent::Consent;
use nightmarket_ucp::fulfillment::{AvailableMethod, Destination, Fulfillment, Method};
use nightmarket_ucp::message::{ContentKind, Message, MessageKind, code};
use nightmarket_ucp::total::{Total, TotalsProblem};

/// A checkout session without an expiry of its own lives this long, milliseconds (UCP checkout, `expires_at`).
const DEFAULT_LIFE_MS: i64 = 6 * 3_600_000;

/// Names a quote. Ids of sessions are each shop's own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuoteKey {
    /// The shop.
    pub shop: ShopDomain,
    /// Its checkout session.
    pub id: QuoteId,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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

/// One entry of the totals, to be shown in the shop's order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteTotal {
    /// UCP's category: "subtotal", "tax", "total", …; open.
    pub kind: String,
    /// The label to show against the amount.
    pub label: String,
    /// Minor units; subtractive ones are negative.
    pub amount: i64,
    /// What it is made of: label and minor units.
    pub parts: Vec<(String, i64)>,
}

/// A message that has to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteLink {
    /// "`privacy_policy`", "`terms_of_service`", …; open.
    pub kind: String,
    /// Where it leads.
    pub url: String,
    /// What to call it.
    pub title: Option<String>,
}

/// A way of delivery: by a carrier to an address, fetched at a location, or newer.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// An address to ship to, or a location to fetch from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Its id.
    pub id: String,
    /// Of locations: the name.
    pub name: Option<String>,
    /// The address.
    pub address: PostalAddress,
}

/// A hint that some lines could be had otherwise; the words stand alone (UCP fulfillment, Available Methods).
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// A package, and how it can come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
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

/// A checkout session, priced, as the shop last answered it. `Debug` of what is personal is redacted.
#[derive(Debug, Clone, PartialEq)]
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
    /// What it would be paid with; none if no instrument of the host app fits a handler of the shop.
    pub payment: Option<Payment>,
    /// What has to be shown.
    pub notices: Vec<Notice>,
    /// What has to be linked.
    pub links: Vec<QuoteLink>,
    /// What the shop asks consent for, none where it does not ask. Nobody has to answer to buy, and no gesture does.
    pub consents: Vec<QuoteConsent>,
    /// Where it stands.
    pub standing: Standing,
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
    /// Whom the shop sells this to, if it says (contract, "Age"); blind boxes have rules of their own.
    pub age_rule: Option<AgeRule>,
}

/// What a quote is made of beside the session.
#[expect(clippy::struct_excessive_bools, reason = "each is one fact of the wish or the shop")]
pub(crate) struct Around {
    pub(crate) shop: ShopDomain,
    pub(crate) payment: Option<Payment>,
    pub(crate) now: Timestamp,
    pub(crate) bound: bool,
    pub(crate) one_tap_max: Option<Money>,
    pub(crate) subscription: bool,
    pub(crate) blind_box: bool,
    pub(crate) variant_open: bool,
    /// The answers that a shop was told which asks for consent.
    pub(crate) told: Option<Consent>,
}

impl Quote {
    /// Reads a session.
    pub(crate) fn build(checkout: &Checkout, around: Around) -> Result<Self> {
        let currency: Currency = checkout
            .currency
            .parse()
            .map_err(|_| Error::malformed("checkout", "its currency is no ISO 4217 code"))?;
        let (handler, instrument) =
            around.payment.as_ref().map_or(("", ""), |payment| (&payment.handler, &payment.instrument));
        let digest = digest::of_quote(&around.shop, checkout, handler, instrument);
        let verified = checkout.verify_totals();
        let fulfillment = checkout.fulfillment.as_ref();
        Ok(Self {
            key: QuoteKey { shop: around.shop, id: QuoteId::new(checkout.id.as_str()) },
            lines: lines(checkout),
            currency,
            totals: checkout.totals.iter().map(total).collect(),
            total: stated_total(checkout).map(|minor| Money::new(minor, currency)),
            totals_problem: problem(verified.map(|verified| verified.total)),
            destinations: fulfillment.map(destinations).unwrap_or_default(),
            methods: fulfillment.map(methods).unwrap_or_default(),
            delivery: fulfillment.map(delivery).unwrap_or_default(),
            otherwise: fulfillment.map(otherwise).unwrap_or_default(),
            payment: around.payment,
            notices: checkout.messages.iter().map(notice).collect(),
            links: checkout.links.iter().map(link).collect(),
            consents: around.told.map(|told| consents::questions(told, checkout)).unwrap_or_default(),
            standing: standing(checkout),
            continue_url: checkout.continue_url.clone(),
            expires_at: expiry(checkout, around.now)?,
            answered_at: around.now,
            bound: around.bound && digest.bindable,
            bindable: digest.bindable || !around.bound,
            one_tap_max: around.one_tap_max,
            digest: digest.hex,
            subscription: around.subscription,
            blind_box: around.blind_box,
            variant_open: around.variant_open,
            age_rule: checkout.extra.get(AGE).and_then(AgeWire::read),
        })
    }

    /// Whether the shop says that it is only for people above an age.
    pub fn is_age_restricted(&self) -> bool {
        self.notices.iter().any(|notice| notice.code.as_deref() == Some(code::AGE_RESTRICTED))
    }

    /// Words that have to be shown, in the shop's order: warnings, and errors.
    pub fn must_show(&self) -> impl Iterator<Item = &Notice> {
        self.notices.iter().filter(|notice| notice.kind != MessageKind::Info.as_str())
    }

    /// Ids of the delivery options chosen, one for each package.
    pub(crate) fn chosen_options(&self) -> impl Iterator<Item = &str> {
        self.delivery.iter().filter_map(|group| group.selected.as_deref())
    }

    /// Ids of the delivery options chosen, joined by commas; none if nothing is delivered.
    pub(crate) fn delivery_key(&self) -> Option<String> {
        let chosen: Vec<&str> = self.chosen_options().collect();
        (!chosen.is_empty()).then(|| chosen.join(","))
    }

    /// A fingerprint of where it goes, by which "used before" is told; none if it goes nowhere.
    pub(crate) fn address_key(&self) -> Option<String> {
        if self.destinations.is_empty() {
            return None;
        }
        let all: Vec<_> = self.destinations.iter().map(digest::without_id).collect();
        Some(digest::sha256_hex(digest::canonical(&serde_json::Value::Array(all)).as_bytes()))
    }
}

/// What a screen reports to have shown of a quote. Questions for consent are not in it: one that was not shown was not
/// answered, and nothing is sent for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Labels and minor units of the totals, in the order shown.
    pub totals: Vec<(String, i64)>,
    /// The words of every message shown.
    pub notices: Vec<String>,
    /// Addresses of every link shown.
    pub links: Vec<String>,
    /// Whether the odds of the blind box were shown.
    pub odds: bool,
}

impl Rendered {
    /// The report of a screen that shows everything a quote has to show.
    pub fn all_of(quote: &Quote) -> Self {
        Self {
            totals: quote.totals.iter().map(|total| (total.label.clone(), total.amount)).collect(),
            notices: quote.must_show().map(|notice| notice.content.clone()).collect(),
            links: quote.links.iter().map(|link| link.url.clone()).collect(),
            odds: quote.blind_box,
        }
    }

    /// What of the quote was not shown, if anything.
    pub(crate) fn lacks(&self, quote: &Quote) -> Option<&'static str> {
        let totals = quote.totals.iter().map(|total| (total.label.as_str(), total.amount));
        if !totals.eq(self.totals.iter().map(|(label, amount)| (label.as_str(), *amount))) {
            Some("totals")
        } else if !quote.must_show().all(|notice| self.notices.contains(&notice.content)) {
            Some("notices")
        } else if !quote.links.iter().all(|link| self.links.contains(&link.url)) {
            Some("links")
        } else {
            None
        }
    }
}

fn lines(checkout: &Checkout) -> Vec<QuoteLine> {
    let line = |line: &nightmarket_ucp::item::LineItem| QuoteLine {
        id: line.id.clone(),
        item: ItemId::new(line.item.id.as_str()),
        title: line.item.title.clone(),
        quantity: line.quantity,
        price: line.item.price,
        image_url: line.item.image_url.clone(),
    };
    checkout.line_items.iter().map(line).collect()
}

pub(crate) fn total(total: &Total) -> QuoteTotal {
    QuoteTotal {
        kind: total.kind.as_str().to_owned(),
        label: total.label().to_owned(),
        amount: total.amount,
        parts: total.lines.iter().map(|part| (part.display_text.clone(), part.amount)).collect(),
    }
}

/// The amount of the only entry "total".
pub(crate) fn stated_total(checkout: &Checkout) -> Option<i64> {
    let mut totals =
        checkout.totals.iter().filter(|total| total.kind == nightmarket_ucp::total::TotalKind::Total);
    match (totals.next(), totals.next()) {
        (Some(total), None) => Some(total.amount),
        _ => None,
    }
}

fn problem(verified: std::result::Result<i64, TotalsProblem>) -> Option<String> {
    match verified {
        Ok(total) if total < 0 => Some("the total is below zero".to_owned()),
        Ok(_) => None,
        Err(problem) => Some(problem.to_string()),
    }
}

fn destinations(fulfillment: &Fulfillment) -> Vec<Destination> {
    let used = fulfillment.methods.iter().filter(|method| method.is_used());
    used.filter_map(|method| method.selected_destination().cloned()).collect()
}

fn methods(fulfillment: &Fulfillment) -> Vec<DeliveryMethod> {
    let place = |place: &Destination| Place {
        id: place.id.clone().unwrap_or_default(),
        name: place.name.clone(),
        address: place.location.clone().unwrap_or_else(|| place.address.clone()),
    };
    let method = |method: &Method| DeliveryMethod {
        id: method.id.clone().unwrap_or_default(),
        kind: method.kind.as_str().to_owned(),
        lines: method.line_item_ids.clone().unwrap_or_default(),
        places: method.destinations.iter().map(place).collect(),
        selected: method.selected_destination_id.clone(),
    };
    fulfillment.methods.iter().map(method).collect()
}

fn otherwise(fulfillment: &Fulfillment) -> Vec<OtherDelivery> {
    let other = |other: &AvailableMethod| OtherDelivery {
        kind: other.kind.as_str().to_owned(),
        lines: other.line_item_ids.clone(),
        fulfillable_on: other.fulfillable_on.clone(),
        description: other.description.clone(),
    };
    fulfillment.available_methods.iter().map(other).collect()
}

fn delivery(fulfillment: &Fulfillment) -> Vec<Delivery> {
    let groups =
        fulfillment.methods.iter().flat_map(|method| method.groups.iter().map(move |group| (method, group)));
    groups
        .map(|(method, group)| Delivery {
            method: method.id.clone().unwrap_or_default(),
            group: group.id.clone().unwrap_or_default(),
            lines: group.line_item_ids.clone(),
            selected: group.selected_option_id.clone(),
            options: group
                .options
                .iter()
                .map(|option| DeliveryChoice {
                    id: option.id.clone(),
                    title: option.title.clone(),
                    description: option.description.clone(),
                    price: option.price(),
                })
                .collect(),
        })
        .collect()
}

pub(crate) fn notice(message: &Message) -> Notice {
    Notice {
        kind: message.kind.as_str().to_owned(),
        code: message.code.clone(),
        content: message.content.clone(),
        markdown: message.content_type == Some(ContentKind::Markdown),
        disclosure: message.is_disclosure(),
        path: message.path.clone(),
        image_url: message.image_url.clone(),
        url: message.url.clone(),
    }
}

pub(crate) fn link(link: &Link) -> QuoteLink {
    QuoteLink { kind: link.kind.clone(), url: link.url.clone(), title: link.title.clone() }
}

fn standing(checkout: &Checkout) -> Standing {
    let said = |message: Option<&Message>| Standing::NotReady {
        code: message.and_then(|message| message.code.clone()).unwrap_or_else(|| "incomplete".to_owned()),
        content: message.map(|message| message.content.clone()).unwrap_or_default(),
    };
    match checkout.next() {
        Next::Complete => Standing::Ready,
        Next::Fix(messages) => said(messages.first().copied()),
        Next::StartAnew => said(checkout.messages.iter().find(|message| message.is_error())),
        Next::HandOffForInput | Next::HandOffForReview | Next::Unknown => Standing::Escalated,
        Next::Wait | Next::Done | Next::Canceled => Standing::Over,
    }
}

fn expiry(checkout: &Checkout, now: Timestamp) -> Result<Timestamp> {
    match &checkout.expires_at {
        None => Ok(Timestamp(now.0.saturating_add(DEFAULT_LIFE_MS))),
        Some(text) => {
            let at: jiff::Timestamp =
                text.parse().map_err(|error| Error::malformed("checkout's expiry", error))?;
            Ok(Timestamp(at.as_millisecond()))
        }
    }
}
