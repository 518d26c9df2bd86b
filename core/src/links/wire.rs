//! What a shop's authorization server says: metadata (RFC 8414), tokens (RFC 6749, 5), and UCP's config of the capability.

use secrecy::SecretString;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// Config of `dev.ucp.common.identity_linking`. What is not known of it is ignored, as UCP asks.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct LinkingConfig {
    #[serde(default)]
    pub(crate) scopes: BTreeMap<String, ScopePolicy>,
}

/// A scope's policy, as far as it is shown.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct ScopePolicy {
    #[serde(default)]
    description: Option<Description>,
}

#[derive(Debug, Deserialize)]
struct Description {
    #[serde(default)]
    plain: Option<String>,
}

impl ScopePolicy {
    pub(crate) fn plain(&self) -> Option<String> {
        self.description.as_ref().and_then(|description| description.plain.clone())
    }
}

/// Authorization server metadata.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) issuer: String,
    pub(crate) authorization_endpoint: String,
    pub(crate) token_endpoint: String,
    #[serde(default)]
    pub(crate) revocation_endpoint: Option<String>,
    #[serde(default)]
    pub(crate) scopes_supported: Vec<String>,
    #[serde(default)]
    pub(crate) code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    pub(crate) token_endpoint_auth_methods_supported: Vec<String>,
}

/// A token answer.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    #[serde(deserialize_with = "secret")]
    pub(crate) access_token: SecretString,
    pub(crate) token_type: String,
    #[serde(default)]
    pub(crate) expires_in: Option<u64>,
    #[serde(default, deserialize_with = "maybe_secret")]
    pub(crate) refresh_token: Option<SecretString>,
    #[serde(default)]
    pub(crate) scope: Option<String>,
}

fn secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SecretString, D::Error> {
    String::deserialize(deserializer).map(SecretString::from)
}

fn maybe_secret<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}

/// An error of the token endpoint.
#[derive(Deserialize)]
pub(crate) struct TokenError {
    pub(crate) error: String,
    #[serde(default)]
    pub(crate) error_description: String,
}
