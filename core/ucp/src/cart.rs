//! Carts: an estimate before there is an intent to buy (UCP cart, cart-rest).

use serde::{Deserialize, Serialize};

use crate::buyer::Buyer;
use crate::checkout::Link;
use crate::context::{Attribution, Context};
use crate::de;
use crate::discount::{DiscountCodes, Discounts};
use crate::envelope::Meta;
use crate::item::{LineItem, LineRequest};
use crate::message::Message;
use crate::signals::Signals;
use crate::total::Total;

/// A cart as a business answers it. Its totals are estimates and may lack delivery and tax.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cart {
    /// Metadata.
    pub ucp: Meta,
    /// The cart's id.
    pub id: String,
    /// The lines.
    pub line_items: Vec<LineItem>,
    /// Hints, where they are echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// The buyer, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// ISO 4217.
    pub currency: String,
    /// The estimate.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub totals: Vec<Total>,
    /// What to show.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
    /// Links.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub links: Vec<Link>,
    /// The cart at the business.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_url: Option<String>,
    /// RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// Discounts, where the extension is active on carts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounts: Option<Discounts>,
}

/// `POST /carts`; with an id, `PUT /carts/{id}`, which replaces the whole cart.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CartRequest {
    /// Absent on create, required on update.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// All lines.
    pub line_items: Vec<LineRequest>,
    /// Hints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Context>,
    /// What the platform observed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signals: Option<Signals>,
    /// Referral.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribution: Option<Attribution>,
    /// The buyer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub buyer: Option<Buyer>,
    /// Codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discounts: Option<DiscountCodes>,
}

impl From<&Cart> for CartRequest {
    /// Everything of a cart that an update must send again.
    fn from(cart: &Cart) -> Self {
        Self {
            id: Some(cart.id.clone()),
            line_items: cart.line_items.iter().map(LineRequest::from).collect(),
            context: cart.context.clone(),
            signals: None,
            attribution: None,
            buyer: cart.buyer.clone(),
            discounts: cart
                .discounts
                .as_ref()
                .map(|discounts| DiscountCodes { codes: discounts.codes.clone() }),
        }
    }
}
