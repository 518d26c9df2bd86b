//! Identity linking (UCP identity-linking; OAuth 2.0 authorization code with PKCE): what is asked for, what an answer
//! must be, and what is sent for it. Pure.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::Negotiated;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use url::Url;

use super::LinkScope;
use super::challenge::Bearer;
use super::wire::{Metadata, ScopePolicy};
use crate::error::{Error, Result};
use crate::ids::ShopDomain;
use crate::origin::{self, Origin};

/// A sign-in that a browser has not come back from within this is over, milliseconds.
pub(crate) const PENDING_MS: i64 = 30 * 60_000;
/// Random bytes of a state and of a verifier; the verifier's 43 characters are RFC 7636's shortest.
pub(crate) const SECRET_BYTES: usize = 32;

/// A sign-in on its way through a browser. It is stored sealed, and used once.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pending {
    pub(crate) shop: ShopDomain,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) token_endpoint: String,
    pub(crate) revocation_endpoint: Option<String>,
    /// What is asked for now.
    pub(crate) scopes: Vec<String>,
    /// What was granted before, and stays so.
    pub(crate) granted: Vec<String>,
    pub(crate) state: String,
    pub(crate) verifier: String,
    /// Wall time, milliseconds.
    pub(crate) made_ms: i64,
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pending({})", self.shop)
    }
}

/// Scopes of the shop's `config.scopes` that belong to a capability we have in common (UCP "Scope Derivation", 1 and 2).
pub(crate) fn derived(declared: &BTreeMap<String, ScopePolicy>, negotiated: &Negotiated) -> Vec<LinkScope> {
    let ours = declared.iter().filter(|(scope, _)| {
        scope
            .split_once(':')
            .is_some_and(|(capability, permission)| negotiated.has(capability) && is_permission(permission))
    });
    ours.map(|(scope, policy)| LinkScope { scope: scope.clone(), description: policy.plain() }).collect()
}

fn is_permission(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Which scopes to ask for: those of the challenge, else those wished for, else all that are offered; never one that
/// was granted already ("Incremental authorization").
///
/// # Errors
/// `BadInput` if the shop does not offer what is wished for.
pub(crate) fn wanted(
    offered: &[LinkScope],
    wished: &[String],
    challenge: Option<&Bearer>,
    issuer: &str,
    granted: &[String],
) -> Result<Vec<String>> {
    // A realm that is not this shop's issuer is about somebody else's server.
    let challenge = challenge.filter(|bearer| bearer.realm.as_deref().is_none_or(|realm| realm == issuer));
    let challenged = challenge.map(|bearer| bearer.scopes.as_slice()).unwrap_or_default();
    let all: Vec<String> = if !challenged.is_empty() {
        challenged.to_vec()
    } else if wished.is_empty() {
        offered.iter().map(|offer| offer.scope.clone()).collect()
    } else {
        if let Some(unknown) = wished.iter().find(|wish| offered.iter().all(|offer| offer.scope != **wish)) {
            return Err(Error::bad_input(format!("the shop does not offer the scope {unknown}")));
        }
        wished.to_vec()
    };
    Ok(all.into_iter().filter(|scope| !granted.contains(scope)).collect())
}

/// Whether this metadata is the shop's, and lets a public client in.
///
/// # Errors
/// `NotGenuine` for another issuer, `NotOffered` where a client without a secret cannot link or a scope is not served.
pub(crate) fn check_metadata(metadata: &Metadata, base: &str, scopes: &[String]) -> Result<()> {
    if metadata.issuer != base {
        return Err(not_genuine("it names another issuer than the shop it was read from"));
    }
    for endpoint in [Some(&metadata.authorization_endpoint), Some(&metadata.token_endpoint)]
        .into_iter()
        .chain([metadata.revocation_endpoint.as_ref()])
        .flatten()
    {
        origin::endpoint(endpoint)?;
    }
    let has = |all: &[String], one: &str| all.iter().any(|each| each == one);
    let public = has(&metadata.token_endpoint_auth_methods_supported, "none");
    if !has(&metadata.code_challenge_methods_supported, "S256") || !public {
        return Err(Error::not_offered(name::IDENTITY_LINKING));
    }
    match scopes.iter().find(|scope| !has(&metadata.scopes_supported, scope)) {
        Some(scope) if !metadata.scopes_supported.is_empty() => Err(Error::not_offered(scope)),
        _ => Ok(()),
    }
}

/// Where the shopper signs in (RFC 6749, 4.1.1; RFC 7636, 4.3).
pub(crate) fn authorization_url(endpoint: &str, pending: &Pending) -> Result<Url> {
    let mut url = origin::endpoint(endpoint)?;
    let mut query = url.query_pairs_mut();
    query
        .append_pair("response_type", "code")
        .append_pair("client_id", &pending.client_id)
        .append_pair("redirect_uri", &pending.redirect_uri)
        .append_pair("state", &pending.state)
        .append_pair("code_challenge", &code_challenge(&pending.verifier))
        .append_pair("code_challenge_method", "S256");
    if !pending.scopes.is_empty() {
        query.append_pair("scope", &pending.scopes.join(" "));
    }
    drop(query);
    Ok(url)
}

/// The S256 challenge of a verifier (RFC 7636, 4.2).
fn code_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

/// Random bytes as a state or a verifier.
pub(crate) fn secret(bytes: &[u8; SECRET_BYTES]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What a browser came back with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Callback {
    to: Url,
    pub(crate) state: String,
    iss: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Callback {
    /// Reads the address that the browser was led to.
    ///
    /// # Errors
    /// `BadInput` if it is none, carries no state, or carries a parameter twice (RFC 6749, 3.1).
    pub(crate) fn read(text: &str) -> Result<Self> {
        let mut to = Url::parse(text).map_err(|_| Error::bad_input("this is no address"))?;
        let mut values: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in to.query_pairs() {
            if values.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Error::bad_input("this address carries a parameter twice"));
            }
        }
        to.set_query(None);
        to.set_fragment(None);
        let state = values.remove("state").filter(|state| !state.is_empty());
        let state = state.ok_or_else(|| Error::bad_input("this address belongs to no sign-in"))?;
        Ok(Self {
            to,
            state,
            iss: values.remove("iss"),
            code: values.remove("code"),
            error: values.remove("error"),
            description: values.remove("error_description"),
        })
    }

    /// The form to redeem the code with (RFC 6749, 4.1.3), if this answers that sign-in.
    ///
    /// # Errors
    /// `NotGenuine` if it came to another address, from another issuer (RFC 9207) or too late; `Refused` if the shopper
    /// or the shop said no.
    pub(crate) fn redeem<'a>(&'a self, pending: &'a Pending, now_ms: i64) -> Result<Vec<(&'a str, &'a str)>> {
        if !self.is_to(&pending.redirect_uri) {
            return Err(not_genuine("it came to another address than it was sent for"));
        }
        // Compared byte for byte, and before anything else that the answer says is believed.
        if self.iss.as_deref() != Some(pending.issuer.as_str()) {
            return Err(not_genuine("it does not come from the server that was asked"));
        }
        if !(0..PENDING_MS).contains(&now_ms.saturating_sub(pending.made_ms)) {
            return Err(not_genuine("the sign-in was begun too long ago"));
        }
        if let Some(code) = &self.error {
            return Err(Error::Refused {
                code: code.clone(),
                content: self.description.clone().unwrap_or_default(),
                continue_url: None,
            });
        }
        let code =
            self.code.as_deref().ok_or_else(|| Error::malformed("sign-in answer", "it has no code"))?;
        Ok(vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &pending.redirect_uri),
            ("client_id", &pending.client_id),
            ("code_verifier", &pending.verifier),
        ])
    }

    /// Whether it came to this redirect address; on loopback the port is the system's to choose (RFC 8252, 7.3).
    fn is_to(&self, redirect_uri: &str) -> bool {
        let Ok(mut wanted) = Url::parse(redirect_uri) else { return false };
        wanted.set_query(None);
        let mut came = self.to.clone();
        if wanted.scheme() == "http" && matches!(wanted.host_str(), Some("127.0.0.1" | "[::1]")) {
            let none = (wanted.set_port(None), came.set_port(None));
            if none != (Ok(()), Ok(())) {
                return false;
            }
        }
        came == wanted
    }
}

/// The base that the shop's authorization server is looked for at, and must call itself.
pub(crate) fn issuer(shop: &Origin) -> String {
    shop.to_string()
}

pub(crate) fn not_genuine(reason: &str) -> Error {
    Error::NotGenuine { what: "sign-in answer".to_owned(), reason: reason.to_owned() }
}

#[cfg(test)]
#[path = "policy_tests.rs"]
mod tests;
