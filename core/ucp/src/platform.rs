//! Our own profile: what a platform built on this crate understands, for negotiation and for publishing.

use serde_json::{Map, Value, json};

use crate::name;
use crate::negotiate::{Requirements, Requires, Versions};
use crate::profile::{Capability, Handler, Jwk, Profile, Registry, Service, Transport};

/// UCP's capabilities that we speak: name, page of the specification, schema, what it extends.
const UCP: [(&str, &str, &str, &[&str]); 8] = [
    (name::CATALOG_SEARCH, "catalog/search", "shopping/catalog_search", &[]),
    (name::CATALOG_LOOKUP, "catalog/lookup", "shopping/catalog_lookup", &[]),
    (name::CART, "cart", "shopping/cart", &[]),
    (name::CHECKOUT, "checkout", "shopping/checkout", &[]),
    (name::FULFILLMENT, "fulfillment", "shopping/fulfillment", &[name::CHECKOUT]),
    (name::DISCOUNT, "discount", "shopping/discount", &[name::CHECKOUT, name::CART]),
    (name::BUYER_CONSENT, "buyer-consent", "shopping/buyer_consent", &[name::CHECKOUT]),
    (name::ORDER, "order", "shopping/order", &[]),
];

/// Where the contract of our own capabilities is published; its version is [`name::NIGHTMARKET_VERSION`].
const CONTRACT: &str = "https://nightmarket.app/contract/2026-11-01";

/// Which of them the older versions had.
const OLDER: [&str; 5] =
    [name::CHECKOUT, name::FULFILLMENT, name::DISCOUNT, name::BUYER_CONSENT, name::ORDER];

/// Our own capabilities: name, what it extends.
const OURS: [(&str, &[&str]); 9] = [
    (name::FEED, &[]),
    (name::LIVE, &[]),
    (name::DROPS, &[]),
    (name::FANS, &[]),
    (name::OFFERS, &[name::CHECKOUT]),
    (name::BOUND_COMPLETE, &[name::CHECKOUT]),
    (name::ORDERS, &[]),
    (name::RETURNS, &[]),
    (name::BLIND_BOXES, &[]),
];

/// Every capability that this crate and the contract can speak, at every version: the platform's side of
/// [`crate::negotiate::negotiate`].
pub fn understood() -> Registry<Capability> {
    let mut registry: Registry<Capability> = Registry::new();
    for (name, page, schema, extends) in UCP {
        let versions =
            name::SPOKEN.iter().filter(|version| **version == name::VERSION || OLDER.contains(&name));
        let entries = versions.map(|version| {
            // The older versions kept their pages without a version in the address.
            let under = if *version == name::VERSION { format!("{version}/") } else { String::new() };
            Capability {
                version: (*version).to_owned(),
                spec: Some(format!("https://ucp.dev/{under}specification/{page}")),
                schema: Some(format!("https://ucp.dev/{under}schemas/{schema}.json")),
                extends: extends.iter().map(|parent| (*parent).to_owned()).collect(),
                ..Capability::default()
            }
        });
        registry.insert(name.to_owned(), entries.collect());
    }
    let linking = Capability {
        version: name::VERSION.to_owned(),
        spec: Some(format!("https://ucp.dev/{}/specification/identity-linking", name::VERSION)),
        schema: Some(format!("https://ucp.dev/{}/schemas/common/identity_linking.json", name::VERSION)),
        ..Capability::default()
    };
    registry.insert(name::IDENTITY_LINKING.to_owned(), vec![linking]);
    for (name, extends) in OURS {
        let short = name.rsplit('.').next().unwrap_or(name);
        let entry = Capability {
            version: name::NIGHTMARKET_VERSION.to_owned(),
            spec: Some(format!("{CONTRACT}/README.md")),
            schema: Some(format!("{CONTRACT}/schemas/capability_{short}.json")),
            extends: extends.iter().map(|parent| (*parent).to_owned()).collect(),
            ..Capability::default()
        };
        registry.insert(name.to_owned(), vec![entry]);
    }
    registry
}

/// Our own extensions, whose schemas ask under `requires` for the protocol whose shapes they add to. UCP's ask for
/// nothing. A venue's `fans` extends nothing, a shop's does.
const REQUIRING: [&str; 3] = [name::FANS, name::OFFERS, name::BOUND_COMPLETE];

/// What the schemas of the extensions in [`understood`] say under `requires`.
pub fn requirements() -> Requirements {
    let requires = Requires { protocol: Some(Versions::from(name::VERSION)), ..Requires::default() };
    let version = name::NIGHTMARKET_VERSION;
    REQUIRING.iter().map(|name| (((*name).to_owned(), version.to_owned()), requires.clone())).collect()
}

/// Builds the profile that a platform publishes at the address in `UCP-Agent` (UCP overview, Platform Profile).
#[derive(Debug, Clone)]
pub struct PlatformProfile {
    profile: Profile,
}

impl Default for PlatformProfile {
    fn default() -> Self {
        let mut profile = Profile::default();
        name::VERSION.clone_into(&mut profile.ucp.version);
        profile.ucp.capabilities = understood();
        let version = name::VERSION;
        profile.ucp.services.insert(
            name::SHOPPING.to_owned(),
            vec![Service {
                version: version.to_owned(),
                spec: Some(format!("https://ucp.dev/{version}/specification/overview")),
                transport: Transport::Rest,
                schema: Some(format!("https://ucp.dev/{version}/services/shopping/rest.openapi.json")),
                endpoint: None,
                config: None,
            }],
        );
        let ours = name::NIGHTMARKET_VERSION;
        profile.ucp.services.insert(
            name::NIGHTMARKET.to_owned(),
            vec![Service {
                version: ours.to_owned(),
                spec: Some(format!("{CONTRACT}/README.md")),
                transport: Transport::Rest,
                schema: Some(format!("{CONTRACT}/openapi.yaml")),
                endpoint: None,
                config: None,
            }],
        );
        Self { profile }
    }
}

impl PlatformProfile {
    /// Everything understood, no handler, no key.
    pub fn new() -> Self {
        Self::default()
    }

    /// With a payment handler that the host app can mint credentials for. The schema asks a platform to name the
    /// handler's `spec` and `schema`.
    pub fn handler(mut self, name: &str, handler: Handler) -> Self {
        self.profile.ucp.payment_handlers.entry(name.to_owned()).or_default().push(handler);
        self
    }

    /// With a public key.
    pub fn signing_key(mut self, key: Jwk) -> Self {
        self.profile.signing_keys.push(key);
        self
    }

    /// With an address for order webhooks, of a server of the partner's (UCP order, `platform_schema`).
    pub fn order_webhook(mut self, url: &str) -> Self {
        self.configure(name::ORDER, &json!({ "webhook_url": url }));
        self
    }

    /// Declares that several packages a method can be shown (UCP fulfillment, Platform Profile).
    pub fn multi_group(mut self) -> Self {
        self.configure(name::FULFILLMENT, &json!({ "supports_multi_group": true }));
        self
    }

    /// For a business that speaks only an older version: it refuses a newer platform, and a newer entry of a capability
    /// (2026-01-11 overview, Version Negotiation), so none is left.
    pub fn at_version(mut self, version: &str) -> Self {
        let declared = &mut self.profile.ucp;
        version.clone_into(&mut declared.version);
        for entries in declared.capabilities.values_mut() {
            entries.retain(|entry| entry.version.as_str() <= version);
        }
        declared.capabilities.retain(|_, entries| !entries.is_empty());
        self
    }

    /// The profile.
    pub fn build(self) -> Profile {
        self.profile
    }

    /// The profile as the text to publish.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(&self.profile).expect("a profile's keys are all strings")
    }

    fn configure(&mut self, name: &str, settings: &Value) {
        let Some(settings) = settings.as_object() else { return };
        for entry in self.profile.ucp.capabilities.entry(name.to_owned()).or_default() {
            entry.config.get_or_insert_with(Map::new).extend(settings.clone());
        }
    }
}
