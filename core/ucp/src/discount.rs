//! Discount codes and what they did (UCP discount extension).

use serde::{Deserialize, Serialize};

use crate::de;

/// Codes to apply. An empty list is sent: it clears the codes applied before.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscountCodes {
    /// The codes, case-insensitive; they replace those of before.
    pub codes: Vec<String>,
}

/// The `discounts` of a cart or checkout. A rejected code is told by a message.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Discounts {
    /// The codes submitted.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub codes: Vec<String>,
    /// What was applied, codes or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub applied: Vec<AppliedDiscount>,
}

/// A discount that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedDiscount {
    /// The code; absent where it applied by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What to call it.
    pub title: String,
    /// Its magnitude in minor units, never negative (the totals carry the sign).
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
    /// Whether it applied by itself.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub automatic: bool,
    /// `each` or `across`, as sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Order of calculation, 1 first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<u32>,
    /// Whether it still has to be verified: the price may change at completion.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub provisional: bool,
    /// The claim of eligibility it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eligibility: Option<String>,
    /// Where the amount went.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub allocations: Vec<Allocation>,
}

/// A part of a discount on one target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// The `JSONPath` of the target.
    pub path: String,
    /// Minor units.
    #[serde(deserialize_with = "de::amount")]
    pub amount: i64,
}
