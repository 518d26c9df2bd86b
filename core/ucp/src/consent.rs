//! What the buyer consents to (UCP buyer-consent extension).

use serde::{Deserialize, Serialize};

/// Consent per purpose; absent means not asked, which is not the same as refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Consent {
    /// Analytics and performance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub analytics: Option<bool>,
    /// Storing preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferences: Option<bool>,
    /// Marketing messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing: Option<bool>,
    /// Selling data to others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sale_of_data: Option<bool>,
}
