//! Payment instruments and their credentials.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::address::PostalAddress;
use crate::de;
use crate::extra::Extra;

/// The `payment` object (UCP payment).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Payment {
    /// Instruments; one of them is selected.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub instruments: Vec<Instrument>,
}

impl Payment {
    /// With this one instrument, selected.
    pub fn with(mut instrument: Instrument) -> Self {
        instrument.selected = Some(true);
        Self { instruments: vec![instrument] }
    }

    /// The selected instrument: the one marked so, or the only one that is not marked otherwise.
    pub fn selected(&self) -> Option<&Instrument> {
        let marked = self.instruments.iter().find(|instrument| instrument.selected == Some(true));
        marked.or(match self.instruments.as_slice() {
            [only] if only.selected.is_none() => Some(only),
            _ => None,
        })
    }
}

/// A payment instrument (UCP `types/payment_instrument`). `Debug` hides the credential and what it displays.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Instrument {
    /// Assigned by the platform.
    pub id: String,
    /// The handler it is for: `id` of a [`crate::profile::Handler`].
    pub handler_id: String,
    /// The category, such as `card`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Billing address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub billing_address: Option<PostalAddress>,
    /// The credential; goes to the business only, and is never echoed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// What may be shown, such as brand and last digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<Map<String, Value>>,
    /// Whether it is the one to pay with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected: Option<bool>,
    /// Fields that its handler adds.
    #[serde(flatten)]
    pub extra: Extra,
}

impl fmt::Debug for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrument")
            .field("id", &self.id)
            .field("handler_id", &self.handler_id)
            .field("kind", &self.kind)
            .field("selected", &self.selected)
            .finish_non_exhaustive()
    }
}

/// An opaque credential (UCP `types/payment_credential`, `token_credential`). `Debug` shows the type only.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Credential {
    /// What it is, by its handler's specification.
    #[serde(rename = "type")]
    pub kind: String,
    /// The rest, as the handler wants it.
    #[serde(flatten)]
    fields: Map<String, Value>,
}

impl Credential {
    /// A credential that is one token.
    pub fn token(kind: impl Into<String>, token: impl Into<String>) -> Self {
        Self::with_fields(kind, Map::from_iter([("token".to_owned(), Value::String(token.into()))]))
    }

    /// A credential with the fields that its handler describes; a `type` among them is dropped.
    pub fn with_fields(kind: impl Into<String>, mut fields: Map<String, Value>) -> Self {
        fields.remove("type");
        Self { kind: kind.into(), fields }
    }

    /// The secret fields. Named so that a reviewer sees where they are read.
    pub fn expose(&self) -> &Map<String, Value> {
        &self.fields
    }
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential").field("kind", &self.kind).finish_non_exhaustive()
    }
}
