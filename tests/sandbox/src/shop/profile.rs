//! The business profile, the platform's profile, and what both sides support (UCP overview, negotiation).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::basket::CONSENT;
use super::{Dialect, Shop, VERSION, older, payment};
use crate::env::Env;
use crate::http::{Request, Response};

/// The version of the capabilities beyond UCP.
pub const NM_VERSION: &str = "2026-11-01";
/// Floor for how long a platform profile is kept (UCP overview, fetching).
const PROFILE_TTL_MS: i64 = 300_000;
/// A failed fetch is not repeated sooner.
const FAILURE_TTL_MS: i64 = 10_000;
/// Profiles kept at once.
const CACHE_SIZE: usize = 64;

/// UCP's capabilities of a shop: name, what it extends.
const UCP_CAPABILITIES: [(&str, &[&str]); 8] = [
    ("dev.ucp.shopping.catalog.search", &[]),
    ("dev.ucp.shopping.catalog.lookup", &[]),
    ("dev.ucp.shopping.cart", &[]),
    ("dev.ucp.shopping.checkout", &[]),
    ("dev.ucp.shopping.order", &[]),
    ("dev.ucp.shopping.fulfillment", &["dev.ucp.shopping.checkout"]),
    ("dev.ucp.shopping.discount", &["dev.ucp.shopping.checkout", "dev.ucp.shopping.cart"]),
    (CONSENT, &["dev.ucp.shopping.checkout"]),
];

/// Our capabilities of a shop: name, what it extends.
const NM_CAPABILITIES: [(&str, &[&str]); 6] = [
    ("app.nightmarket.shopping.fans", &["dev.ucp.shopping.checkout", "dev.ucp.shopping.cart"]),
    ("app.nightmarket.shopping.offers", &["dev.ucp.shopping.checkout"]),
    ("app.nightmarket.shopping.bound_complete", &["dev.ucp.shopping.checkout"]),
    ("app.nightmarket.shopping.orders", &[]),
    ("app.nightmarket.shopping.returns", &[]),
    ("app.nightmarket.shopping.blind_boxes", &[]),
];

/// What became of fetching a platform's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fetched {
    /// The document.
    Document(Vec<u8>),
    /// The address leads nowhere.
    Unresolvable,
    /// The address answered badly or not at all.
    Unreachable,
    /// Still being fetched: the platform is asked to come back (503 with `Retry-After`).
    Pending,
}

/// Where platform profiles come from: a fetch in the served sandbox, a table in simulation and tests.
pub trait ProfileResolver: Send {
    /// The profile at that address, which is https or on loopback.
    fn fetch(&mut self, url: &str) -> Fetched;
}

impl<F: FnMut(&str) -> Fetched + Send> ProfileResolver for F {
    fn fetch(&mut self, url: &str) -> Fetched {
        self(url)
    }
}

/// A resolver for tests and simulation: every platform supports everything a shop has; one whose address names the older
/// version, everything of that.
pub fn everybody_supports_all(url: &str) -> Fetched {
    let profile =
        if url.contains(older::VERSION) { older::platform_profile() } else { full_platform_profile() };
    Fetched::Document(profile.to_string().into_bytes())
}

/// A platform profile with every capability of a shop.
pub fn full_platform_profile() -> Value {
    let mut capabilities = Map::new();
    for (name, _) in UCP_CAPABILITIES {
        capabilities.insert(name.to_owned(), json!([{ "version": VERSION }]));
    }
    for (name, _) in NM_CAPABILITIES {
        capabilities.insert(name.to_owned(), json!([{ "version": NM_VERSION }]));
    }
    json!({ "ucp": { "version": VERSION, "services": {}, "capabilities": capabilities, "payment_handlers": {} } })
}

/// A platform, as far as a shop cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Platform {
    pub(super) version: String,
    /// Name to versions.
    pub(super) capabilities: BTreeMap<String, Vec<String>>,
    /// Public keys (JWK) it signs requests with.
    keys: Vec<Value>,
}

/// What this request may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The platform's profile address: who it is.
    pub platform: String,
    /// Names of the capabilities both support.
    pub capabilities: BTreeSet<String>,
}

impl Agreement {
    /// Do both support it?
    pub fn has(&self, name: &str) -> bool {
        self.capabilities.contains(name)
    }

    /// `ucp.capabilities` of an answer: `root` and its extensions, as far as both support them.
    pub fn relevant(&self, root: &str) -> Map<String, Value> {
        let mut out = Map::new();
        for (names, version) in [(&UCP_CAPABILITIES[..], VERSION), (&NM_CAPABILITIES[..], NM_VERSION)] {
            for (name, extends) in names {
                if self.has(name) && (*name == root || extends.contains(&root)) {
                    let entry = if extends.is_empty() {
                        json!([{ "version": version }])
                    } else {
                        json!([{ "version": version, "extends": extends_value(extends) }])
                    };
                    out.insert((*name).to_owned(), entry);
                }
            }
        }
        out
    }
}

/// Platform profiles, kept for a while.
#[derive(Default)]
pub(super) struct ProfileCache {
    kept: BTreeMap<String, (i64, Result<Platform, Refusal>)>,
}

/// Why a platform's profile is no good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Unresolvable,
    Unreachable,
    Malformed,
}

impl Shop {
    /// `/.well-known/ucp`.
    pub(super) fn profile(&self) -> Value {
        let mut capabilities = Map::new();
        for (name, extends) in UCP_CAPABILITIES {
            let slug = name.trim_start_matches("dev.ucp.shopping.");
            let spec = slug.replace('.', "/").replace('_', "-");
            let mut entry = json!({
                "version": VERSION,
                "spec": format!("https://ucp.dev/{VERSION}/specification/{spec}"),
                "schema": format!("https://ucp.dev/{VERSION}/schemas/shopping/{}.json", slug.replace('.', "_")),
            });
            if !extends.is_empty() {
                entry["extends"] = extends_value(extends);
            }
            capabilities.insert(name.to_owned(), json!([entry]));
        }
        for (name, extends) in NM_CAPABILITIES {
            let slug = name.trim_start_matches("app.nightmarket.shopping.");
            let mut entry = json!({
                "version": NM_VERSION,
                "spec": format!("https://nightmarket.app/{NM_VERSION}/{slug}"),
                "schema": format!("https://nightmarket.app/{NM_VERSION}/schemas/{slug}.json"),
                "config": {},
            });
            if !extends.is_empty() {
                entry["extends"] = extends_value(extends);
            }
            if slug == "bound_complete" {
                entry["config"] = self.bound_config();
            }
            capabilities.insert(name.to_owned(), json!([entry]));
        }
        capabilities.insert(
            "dev.ucp.common.identity_linking".to_owned(),
            json!([{
                "version": VERSION,
                "spec": format!("https://ucp.dev/{VERSION}/specification/identity-linking"),
                "schema": format!("https://ucp.dev/{VERSION}/schemas/common/identity_linking.json"),
                "config": { "scopes": self.scopes_config() },
            }]),
        );
        capabilities.retain(|name, _| !self.config.terms.lacks.contains(name));
        json!({
            "ucp": {
                "version": VERSION,
                "services": {
                    "dev.ucp.shopping": [{
                        "version": VERSION, "transport": "rest",
                        "endpoint": format!("{}/ucp", self.config.base_url),
                        "spec": format!("https://ucp.dev/{VERSION}/specification/overview"),
                        "schema": format!("https://ucp.dev/{VERSION}/services/shopping/rest.openapi.json"),
                    }],
                    "app.nightmarket.shopping": [{
                        "version": NM_VERSION, "transport": "rest",
                        "endpoint": format!("{}/nm", self.config.base_url),
                        "spec": format!("https://nightmarket.app/{NM_VERSION}/shop"),
                        "schema": format!("https://nightmarket.app/{NM_VERSION}/openapi.yaml"),
                    }],
                },
                "capabilities": capabilities,
                "payment_handlers": payment::handlers(true),
            },
            "name": self.config.catalog.name.en,
            "signing_keys": [self.key.jwk()],
        })
    }

    fn bound_config(&self) -> Value {
        let terms = &self.config.terms;
        json!({
            "one_tap_max": { "amount": terms.one_tap_max, "currency": self.currency() },
            "early": {
                "allowed": terms.early_per_second > 0,
                "holds_stock": false,
                "contacts_nobody": true,
                "per_second": terms.early_per_second,
            },
            "sample_item": self.config.catalog.sample_item,
        })
    }

    /// Reads `UCP-Agent`, fetches the platform's profile unless kept, checks its signature if there is one, and
    /// intersects.
    pub(super) fn negotiate(&mut self, env: &Env, request: &Request) -> Result<Agreement, Response> {
        let url = request.header("ucp-agent").and_then(profile_url).filter(|url| may_fetch(url)).ok_or_else(
            || {
                self.refuse(
                    400,
                    "invalid_profile_url",
                    "UCP-Agent has to name the platform's profile: profile=\"https://…\"",
                )
            },
        )?;
        let platform = self.platform(env, url)?;
        if self.config.dialect == Dialect::Older {
            return self.older_agreement(url, &platform);
        }
        if platform.version != VERSION {
            let said = format!("version {} is not spoken here; {VERSION} is", platform.version);
            return Err(self.refuse(422, "version_unsupported", &said));
        }
        self.check_signature(request, &platform.keys)?;
        let mut capabilities = intersect(&platform.capabilities);
        capabilities.retain(|name| !self.config.terms.lacks.contains(name));
        Ok(Agreement { platform: url.to_owned(), capabilities })
    }

    fn platform(&mut self, env: &Env, url: &str) -> Result<Platform, Response> {
        let kept = self.profiles.kept.get(url).filter(|(at, read)| {
            let ttl = if read.is_ok() { PROFILE_TTL_MS } else { FAILURE_TTL_MS };
            env.now_ms - at < ttl
        });
        let read = if let Some((_, read)) = kept {
            read.clone()
        } else {
            let read = match self.config.profiles.fetch(url) {
                Fetched::Document(bytes) => read_platform(&bytes).ok_or(Refusal::Malformed),
                Fetched::Unresolvable => Err(Refusal::Unresolvable),
                Fetched::Unreachable => Err(Refusal::Unreachable),
                Fetched::Pending => {
                    return Err(self
                        .refuse(503, "unavailable", "the platform's profile is being fetched")
                        .with_header("retry-after", "1"));
                }
            };
            if self.profiles.kept.len() >= CACHE_SIZE {
                self.profiles.kept.pop_first();
            }
            self.profiles.kept.insert(url.to_owned(), (env.now_ms, read.clone()));
            read
        };
        read.map_err(|refusal| match refusal {
            Refusal::Unresolvable => {
                self.refuse(400, "invalid_profile_url", "the platform's profile address leads nowhere")
            }
            Refusal::Unreachable => {
                self.refuse(424, "profile_unreachable", "the platform's profile could not be fetched")
            }
            Refusal::Malformed => {
                self.refuse(422, "profile_malformed", "the platform's profile is no UCP profile")
            }
        })
    }

    /// A transport error with the way to the web shop.
    pub(super) fn refuse(&self, status: u16, code: &str, content: &str) -> Response {
        let mut body = json!({ "code": code, "content": content, "continue_url": self.config.web_url });
        if status == 503 {
            body["retry_after_ms"] = 1_000.into();
        }
        Response::json(status, &body)
    }
}

fn extends_value(extends: &[&str]) -> Value {
    match extends {
        [one] => json!(one),
        several => json!(several),
    }
}

/// The `profile` member of the structured `UCP-Agent` field.
fn profile_url(header: &str) -> Option<&str> {
    let start = header.find("profile=\"")? + "profile=\"".len();
    let end = header[start..].find('"')?;
    Some(&header[start..start + end])
}

fn may_fetch(url: &str) -> bool {
    if let Some(rest) = url.strip_prefix("https://") {
        return !rest.is_empty() && !rest.starts_with('/');
    }
    url.strip_prefix("http://").is_some_and(|rest| {
        let host = rest.split(['/', ':', '?']).next().unwrap_or_default();
        host == "127.0.0.1" || host == "localhost" || rest.starts_with("[::1]")
    })
}

fn read_platform(bytes: &[u8]) -> Option<Platform> {
    let document: Value = serde_json::from_slice(bytes).ok()?;
    let ucp = document.get("ucp").unwrap_or(&document);
    let version = ucp.get("version")?.as_str()?.to_owned();
    let mut capabilities = BTreeMap::new();
    match ucp.get("capabilities") {
        None => {}
        Some(Value::Object(map)) => {
            for (name, entries) in map {
                let versions = entries.as_array()?.iter().filter_map(|entry| entry["version"].as_str());
                capabilities.insert(name.clone(), versions.map(str::to_owned).collect());
            }
        }
        // The list belongs to older versions.
        Some(Value::Array(list)) if version != VERSION => capabilities = older::read_capabilities(list)?,
        Some(_) => return None,
    }
    let keys = document.get("signing_keys").or(ucp.get("signing_keys")).and_then(Value::as_array);
    Some(Platform { version, capabilities, keys: keys.cloned().unwrap_or_default() })
}

fn intersect(platform: &BTreeMap<String, Vec<String>>) -> BTreeSet<String> {
    let ours = UCP_CAPABILITIES
        .iter()
        .map(|(name, extends)| (*name, *extends, VERSION))
        .chain(NM_CAPABILITIES.iter().map(|(name, extends)| (*name, *extends, NM_VERSION)));
    let mut both: Vec<(&str, &[&str])> = ours
        .filter(|(name, _, version)| {
            platform.get(*name).is_some_and(|versions| versions.iter().any(|each| each == version))
        })
        .map(|(name, extends, _)| (name, extends))
        .collect();
    loop {
        let names: BTreeSet<&str> = both.iter().map(|(name, _)| *name).collect();
        let before = both.len();
        both.retain(|(_, extends)| extends.is_empty() || extends.iter().any(|parent| names.contains(parent)));
        if both.len() == before {
            return both.into_iter().map(|(name, _)| name.to_owned()).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_without_its_parent_falls_out() {
        let only = BTreeMap::from([("dev.ucp.shopping.discount".to_owned(), vec![VERSION.to_owned()])]);
        assert!(intersect(&only).is_empty());
        let mut with_cart = only;
        with_cart.insert("dev.ucp.shopping.cart".into(), vec![VERSION.into()]);
        assert_eq!(intersect(&with_cart).len(), 2);
        with_cart.insert("dev.ucp.shopping.checkout".into(), vec!["2020-01-01".into()]);
        assert_eq!(intersect(&with_cart).len(), 2, "no mutual version");
    }

    #[test]
    fn only_https_and_loopback_are_fetched() {
        assert_eq!(
            profile_url("profile=\"https://a.example/p\"; version=\"1\""),
            Some("https://a.example/p")
        );
        assert!(may_fetch("https://a.example/p") && may_fetch("http://127.0.0.1:9/p"));
        assert!(!may_fetch("http://a.example/p") && !may_fetch("http://127.0.0.1.evil/p") && !may_fetch("x"));
    }
}
