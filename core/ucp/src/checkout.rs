//! Checkout sessions (UCP checkout, checkout-rest).

use serde::{Deserialize, Serialize};

use crate::buyer::Buyer;
use crate::context::{Attribution, Context};
use crate::de;
use crate::discount::{DiscountCodes, Discounts};
use crate::envelope::Meta;
use crate::extra::Extra;
use crate::fulfillment::Fulfillment;
use crate::item::{LineItem, LineRequest};
use crate::message::{Message, Severity};
use crate::name;
use crate::open::open_enum;
use crate::payment::Payment;
use crate::signals::Signals;
use crate::total::{self, Total, TotalsProblem, Verified};

open_enum! {
    /// Where a session stands (UCP checkout, Checkout Status Lifecycle).
    pub enum CheckoutStatus {
        /// Something is missing; see the messages.
        Incomplete = "incomplete",
        /// The buyer has to go on at `continue_url`.
        RequiresEscalation = "requires_escalation",
        /// Complete may be called.
        ReadyForComplete = "ready_for_complete",
        /// Complete is being processed.
        CompleteInProgress = "complete_in_progress",
        /// The order is placed.
        Completed = "completed",
        /// Invalid or expired.
        Canceled = "canceled",
    }
}

/// A link to show (UCP types/link).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// What it is: `privacy_policy`, `terms_of_service`, `refund_policy`, …; open.
    #[serde(rename = "type")]
    pub kind: String,
    /// Where it leads.
    pub url: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// The order that a completed session led to (UCP `types/order_confirmation`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderConfirmation {
    /// The order's id.
    pub id: String,
    /// What the business calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The order at the business.
    pub permalink_url: String,
}

/// A checkout session as a business answers it (UCP checkout).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checkout {
    /// Metadata, with the payment handlers for this session.
    pub ucp: Meta,
    /// The session's id.
    pub id: String,
    /// The lines.
    pub line_items: Vec<LineItem>,
    /// The buyer, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Hints, where they are echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// Signals, where they are echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral, where it is echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Where it stands.
    pub status: CheckoutStatus,
    /// ISO 4217; all amounts are in its minor units.
    pub currency: String,
    /// The price, in the order to render.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// What is missing, and what must be shown.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
    /// Links that must be shown.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub links: Vec<Link>,
    /// RFC 3339; six hours from creation where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Where the buyer can go on by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_url: Option<String>,
    /// Instruments, without credentials.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Once completed: the order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<OrderConfirmation>,
    /// Delivery, where the extension is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<Fulfillment>,
    /// Discounts, where the extension is active.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounts: Option<Discounts>,
    /// Fields of other extensions.
    #[serde(flatten)]
    pub extra: Extra,
}

/// What to do next with a session (UCP checkout, Error Processing Algorithm).
#[derive(Debug, Clone, PartialEq)]
pub enum Next<'a> {
    /// Fix these and update.
    Fix(Vec<&'a Message>),
    /// The buyer has to give something at `continue_url`.
    HandOffForInput,
    /// The buyer has to approve at `continue_url`.
    HandOffForReview,
    /// Nothing to act on: a new session, or `continue_url`.
    StartAnew,
    /// Complete may be called, as far as the session is concerned.
    Complete,
    /// Read again later.
    Wait,
    /// Placed.
    Done,
    /// Over.
    Canceled,
    /// A status this version does not know: read again, or hand off; never complete.
    Unknown,
}

impl Checkout {
    /// What the session asks for.
    ///
    /// An error without a severity, or with an unknown one, asks for the buyer: nothing is fixed by guessing.
    pub fn next(&self) -> Next<'_> {
        match self.status {
            CheckoutStatus::Completed => return Next::Done,
            CheckoutStatus::Canceled => return Next::Canceled,
            CheckoutStatus::CompleteInProgress => return Next::Wait,
            _ => {}
        }
        let errors = || self.messages.iter().filter(|message| message.is_error());
        let has = |severity: &Severity| errors().any(|error| error.severity.as_ref() == Some(severity));
        let fixable: Vec<_> =
            errors().filter(|error| error.severity == Some(Severity::Recoverable)).collect();
        let unclear = errors().any(|error| matches!(error.severity, None | Some(Severity::Other(_))));
        if has(&Severity::Unrecoverable) {
            Next::StartAnew
        } else if !fixable.is_empty() {
            Next::Fix(fixable)
        } else if has(&Severity::RequiresBuyerInput) || unclear {
            Next::HandOffForInput
        } else if has(&Severity::RequiresBuyerReview) {
            Next::HandOffForReview
        } else {
            match self.status {
                CheckoutStatus::ReadyForComplete => Next::Complete,
                CheckoutStatus::RequiresEscalation => Next::HandOffForReview,
                CheckoutStatus::Incomplete => Next::Fix(Vec::new()),
                _ => Next::Unknown,
            }
        }
    }

    /// Checks the totals; see [`total::verify`].
    pub fn verify_totals(&self) -> Result<Verified, TotalsProblem> {
        total::verify(&self.totals)
    }

    /// Warnings under the rendering contract for disclosures.
    pub fn disclosures(&self) -> impl Iterator<Item = &Message> {
        self.messages.iter().filter(|message| message.is_disclosure())
    }
}

/// `POST /checkout-sessions` (UCP checkout, Create Checkout).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckoutCreate {
    /// The lines; empty when a cart is converted.
    pub line_items: Vec<LineRequest>,
    /// A cart to convert (UCP cart, Cart-to-Checkout Conversion).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cart_id: Option<String>,
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Instruments, usually none yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Delivery, where negotiated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<Fulfillment>,
    /// Codes, where negotiated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounts: Option<DiscountCodes>,
    /// Sent in the older shape only, which wants it of the platform; ISO 4217.
    #[serde(skip)]
    pub currency: Option<String>,
    /// Fields of other extensions, such as `app.nightmarket.offer`.
    #[serde(flatten)]
    pub extra: Extra,
}

/// `PUT /checkout-sessions/{id}`: a full replacement (UCP checkout, Update Checkout).
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CheckoutUpdate {
    /// The session's id, for the path.
    #[serde(skip)]
    pub id: String,
    /// The same in the body, which only businesses before 2026-04-08 want.
    #[serde(rename = "id", skip_serializing_if = "Option::is_none")]
    pub body_id: Option<String>,
    /// All lines.
    pub line_items: Vec<LineRequest>,
    /// The buyer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Hints.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Instruments.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<Payment>,
    /// Delivery.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fulfillment: Option<Fulfillment>,
    /// Codes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discounts: Option<DiscountCodes>,
    /// Sent in the older shape only; ISO 4217.
    #[serde(skip)]
    pub currency: Option<String>,
    /// Fields of other extensions.
    #[serde(flatten)]
    pub extra: Extra,
}

impl From<&Checkout> for CheckoutUpdate {
    /// Everything of a session that the platform must send again, so that replacing it loses nothing: lines, buyer,
    /// delivery with its choices, codes, instruments (credentials never come back), what was echoed, and vendors' fields.
    /// Not the consent in it: a business may have filled that in by itself (UCP buyer-consent: a default without an
    /// answer is its own), and sent back it would be the buyer's word. [`CheckoutUpdate::keeping`] adds what was said.
    fn from(checkout: &Checkout) -> Self {
        let payment = checkout.payment.as_ref().filter(|payment| !payment.instruments.is_empty()).cloned();
        let codes =
            checkout.discounts.as_ref().map(|discounts| DiscountCodes { codes: discounts.codes.clone() });
        Self {
            id: checkout.id.clone(),
            // Versions are dates, so that text order is their order.
            body_id: (checkout.ucp.version.as_str() < name::VERSION).then(|| checkout.id.clone()),
            line_items: checkout.line_items.iter().map(LineRequest::from).collect(),
            buyer: checkout
                .buyer
                .clone()
                .map(|buyer| Buyer { consent: None, ..buyer })
                .filter(|buyer| *buyer != Buyer::default()),
            context: checkout.context.clone(),
            signals: checkout.signals.clone(),
            attribution: checkout.attribution.clone(),
            payment: payment.map(|mut payment| {
                payment.instruments.iter_mut().for_each(|instrument| instrument.credential = None);
                payment
            }),
            fulfillment: checkout.fulfillment.as_ref().map(Fulfillment::resent),
            discounts: codes,
            currency: Some(checkout.currency.clone()),
            extra: checkout.extra.vendor_fields(),
        }
    }
}

impl CheckoutUpdate {
    /// Adds what was sent on create and is write-only, so that it is not lost where the business does not echo it:
    /// context, signals, referral, codes and extension fields; and the buyer's consent, as it was sent and never as it
    /// was echoed. What is here already stays.
    pub fn keeping(mut self, sent: &CheckoutCreate) -> Self {
        self.buyer = self.buyer.or_else(|| sent.buyer.clone());
        if let Some(said) = sent.buyer.as_ref().and_then(|buyer| buyer.consent) {
            self.buyer.get_or_insert_default().consent.get_or_insert(said);
        }
        self.context = self.context.or_else(|| sent.context.clone());
        self.signals = self.signals.or_else(|| sent.signals.clone());
        self.attribution = self.attribution.or_else(|| sent.attribution.clone());
        self.discounts = self.discounts.or_else(|| sent.discounts.clone());
        for (name, value) in &sent.extra.0 {
            if !value.is_null() && self.extra.get(name).is_none() {
                self.extra.set(name, value.clone());
            }
        }
        self
    }
}

/// `POST /checkout-sessions/{id}/complete` (UCP checkout, Complete Checkout).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckoutComplete {
    /// The instrument with its credential.
    pub payment: Payment,
    /// What the platform observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// Fields of other extensions, such as `app.nightmarket.bound`.
    #[serde(flatten)]
    pub extra: Extra,
}
