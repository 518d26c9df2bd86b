//! Postal addresses.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A postal address (UCP `types/postal_address`). `Debug` shows the country only.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PostalAddress {
    /// Apartment, c/o, or an alternative name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extended_address: Option<String>,
    /// Street and number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// City or town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_locality: Option<String>,
    /// State or province, where the country has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_region: Option<String>,
    /// ISO 3166-1 alpha-2 by recommendation; alpha-3 and full names occur.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address_country: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// First name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_name: Option<String>,
    /// Last name of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_name: Option<String>,
    /// Telephone of the contact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
}

impl PostalAddress {
    /// Whether nothing at all is filled in.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Debug for PostalAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostalAddress")
            .field("address_country", &self.address_country)
            .finish_non_exhaustive()
    }
}
