//! Profiles: who a business or a platform is, what it offers and with which keys it signs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::de;
use crate::open::open_enum;

/// Entries by reverse-domain name; several entries of a name are several versions or transports of it.
pub type Registry<T> = BTreeMap<String, Vec<T>>;

open_enum! {
    /// How a service is reached (UCP overview, Services).
    pub enum Transport {
        /// HTTP and JSON: the one this crate is about.
        Rest = "rest",
        /// Model Context Protocol.
        Mcp = "mcp",
        /// Agent to agent.
        A2a = "a2a",
        /// A frame in a host.
        Embedded = "embedded",
    }
}

/// A business's or a platform's profile (UCP overview, Profile Structure).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Protocol metadata.
    pub ucp: Declared,
    /// Public keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub signing_keys: Vec<Jwk>,
}

/// What a profile declares under `ucp`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Declared {
    /// The protocol version this profile describes, `YYYY-MM-DD`.
    pub version: String,
    /// Older versions and the addresses of their profiles.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", deserialize_with = "de::null_as_default")]
    pub supported_versions: BTreeMap<String, String>,
    /// Services.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub services: Registry<Service>,
    /// Capabilities, extensions among them.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub capabilities: Registry<Capability>,
    /// Payment handlers.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub payment_handlers: Registry<Handler>,
}

/// One transport of a service (UCP service).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Version of the service.
    pub version: String,
    /// Where it is specified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// How it is reached.
    pub transport: Transport,
    /// Its schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The base address; absent in a platform's profile.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// Its settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Map<String, Value>>,
}

/// One version of a capability (UCP capability).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Capability {
    /// Its version, `YYYY-MM-DD`.
    pub version: String,
    /// Where it is specified; its origin must be the name's authority.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// Its schema; same rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Tells instances apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it extends; empty for a root capability.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "de::one_or_many",
        serialize_with = "de::write_one_or_many"
    )]
    pub extends: Vec<String>,
    /// Its settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Map<String, Value>>,
}

/// A payment handler: a way to pay, by someone's specification (UCP `payment_handler`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Handler {
    /// What `handler_id` of an instrument refers to.
    pub id: String,
    /// Version of its specification.
    pub version: String,
    /// Where it is specified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<String>,
    /// Its schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Instrument types it takes; empty means every one.
    #[serde(default, skip_serializing_if = "Vec::is_empty", deserialize_with = "de::null_as_default")]
    pub available_instruments: Vec<AvailableInstrument>,
    /// Its settings, for whoever mints the credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Map<String, Value>>,
}

impl Handler {
    /// Whether it takes instruments of this type (UCP payment-handler-guide: none listed means all).
    pub fn takes(&self, instrument: &str) -> bool {
        self.available_instruments.is_empty()
            || self.available_instruments.iter().any(|available| available.kind == instrument)
    }
}

/// An instrument type that a handler takes (UCP `types/available_payment_instrument`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AvailableInstrument {
    /// The type, such as `card`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Limits, such as brands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraints: Option<Map<String, Value>>,
}

/// A public key (RFC 7517; UCP profile, `signing_key`). Private members are never read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key id.
    pub kid: String,
    /// Key type, such as `EC`.
    pub kty: String,
    /// Curve of an EC key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// X of an EC key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Y of an EC key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Modulus of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent of an RSA key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// `sig` or `enc`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub use_: Option<String>,
    /// Algorithm, such as `ES256`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
}

impl Profile {
    /// The base address of a service over REST, of its newest version, without a trailing slash.
    pub fn rest_endpoint(&self, service: &str) -> Option<&str> {
        let bindings = self.ucp.services.get(service)?;
        let rest = bindings.iter().filter(|binding| binding.transport == Transport::Rest);
        let newest =
            rest.filter(|binding| binding.endpoint.is_some()).max_by(|a, b| a.version.cmp(&b.version))?;
        newest.endpoint.as_deref().map(|url| url.trim_end_matches('/'))
    }

    /// The key of this id.
    pub fn signing_key(&self, kid: &str) -> Option<&Jwk> {
        self.signing_keys.iter().find(|key| key.kid == kid)
    }
}
