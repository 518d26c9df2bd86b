//! Hints about the buyer, before anything is certain.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::de;
use crate::extra::Extra;

/// Referral parameters, as in a URL's query (UCP overview, Attribution).
pub type Attribution = BTreeMap<String, String>;

/// Provisional, non-identifying hints for relevance and localisation (UCP types/context).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Country, preferably ISO 3166-1 alpha-2.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_country: Option<String>,
    /// State or province.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// What the buyer is after, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub intent: Option<String>,
    /// BCP 47 tag; overrides `Accept-Language`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Preferred currency (ISO 4217), and the denomination of price filters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Claims of eligibility as reverse-domain names; the business verifies them (UCP checkout, Eligibility Verification).
    #[serde(skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub eligibility: Vec<String>,
    /// Fields of extensions.
    #[serde(flatten)]
    pub extra: Extra,
}
