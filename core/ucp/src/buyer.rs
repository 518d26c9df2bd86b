//! Who buys.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::consent::Consent;
use crate::extra::Extra;

/// The buyer (UCP types/buyer, with the buyer-consent extension). `Debug` shows no personal data.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Buyer {
    /// First name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Mail address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone in E.164.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    /// Consent, where the extension is negotiated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    /// Fields of other extensions.
    #[serde(flatten)]
    pub extra: Extra,
}

impl fmt::Debug for Buyer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buyer").field("consent", &self.consent).finish_non_exhaustive()
    }
}
