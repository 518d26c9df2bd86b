//! What a venue or shop offers, read once and without a shopper: for a partner's doctor and for trouble shooting.

use nightmarket_ucp::adapter::Dialect;
use nightmarket_ucp::name;
use nightmarket_ucp::profile::Profile;
use serde::Serialize;
use std::sync::Arc;

use crate::error::Result;
use crate::money::Money;
use crate::origin::Origin;
use crate::ports::{Http, ReqwestHttp, TlsSettings, tls};
use crate::shop::profile::{self, Discovered};
use crate::venue::VouchedShop;

/// A capability that the profile names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CapabilityReport {
    /// Its name.
    pub name: String,
    /// Versions that the profile gives.
    pub versions: Vec<String>,
    /// Whether it works with this client.
    pub active: bool,
    /// Why it does not.
    pub reason: Option<String>,
}

/// A payment handler that the profile names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HandlerReport {
    /// Its reverse-domain name.
    pub name: String,
    /// Its id at this shop.
    pub id: String,
    /// Instrument types it takes; empty means every one.
    pub instruments: Vec<String>,
}

/// What a profile says, negotiated with this client.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Inspection {
    /// Scheme, host and port.
    pub origin: String,
    /// Protocol version in use.
    pub version: String,
    /// Whether it speaks the older payload shapes.
    pub legacy: bool,
    /// Base of UCP's operations over REST.
    pub endpoint: Option<String>,
    /// Base of this contract's operations.
    pub nightmarket_endpoint: Option<String>,
    /// Everything the profile names.
    pub capabilities: Vec<CapabilityReport>,
    /// How it can be paid.
    pub handlers: Vec<HandlerReport>,
    /// Ids of its public keys.
    pub signing_keys: Vec<String>,
    /// Shops that it vouches for, if it is a venue.
    pub shops: Vec<VouchedShop>,
    /// The live hub's address, if it is a venue with live rooms.
    pub hub: Option<String>,
    /// The amount from which the shop wants every purchase confirmed.
    pub one_tap_max: Option<Money>,
    /// An item to try.
    pub sample_item: Option<String>,
}

impl Inspection {
    /// Whether a capability works with this client.
    pub fn offers(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|report| report.active && report.name == capability)
    }
}

/// Reads and negotiates the profile at an address.
///
/// # Errors
/// `BadAddress`, `Unreachable`, `Tls`, `NotUcp`, `UnsupportedVersion`, `Server`.
pub async fn inspect(url: &str, platform_profile: &str, settings: &TlsSettings) -> Result<Inspection> {
    let config: Arc<_> = tls::client_config(settings)?;
    let http = ReqwestHttp::new(&config)?;
    inspect_with(&http, url, platform_profile).await
}

/// As [`inspect`], over a port of the caller's.
///
/// # Errors
/// As [`inspect`].
pub async fn inspect_with(http: &dyn Http, url: &str, platform_profile: &str) -> Result<Inspection> {
    let origin = Origin::parse(url)?;
    let agent = nightmarket_ucp::rest::agent(platform_profile).unwrap_or_default();
    let (profile, dialect, _) = profile::read(http, &agent, &origin).await?;
    Ok(report(&profile::negotiated(&origin, profile, dialect == Dialect::Legacy, 0)))
}

#[derive(Default, serde::Deserialize)]
struct BoundConfig {
    one_tap_max: Option<Money>,
    sample_item: Option<String>,
}

fn report(discovered: &Discovered) -> Inspection {
    let profile = &discovered.profile;
    let bound: BoundConfig = discovered.config(name::BOUND_COMPLETE).unwrap_or_default();
    Inspection {
        origin: discovered.origin.to_string(),
        version: profile.ucp.version.clone(),
        legacy: discovered.dialect == Dialect::Legacy,
        endpoint: profile.rest_endpoint(name::SHOPPING).map(str::to_owned),
        nightmarket_endpoint: profile.rest_endpoint(name::NIGHTMARKET).map(str::to_owned),
        capabilities: capabilities(discovered),
        handlers: handlers(profile),
        signing_keys: profile.signing_keys.iter().map(|key| key.kid.clone()).collect(),
        shops: discovered.vouched_shops(),
        hub: discovered.live_config().ok().map(|config| config.ws_url),
        one_tap_max: bound.one_tap_max,
        sample_item: bound.sample_item,
    }
}

fn capabilities(discovered: &Discovered) -> Vec<CapabilityReport> {
    let named = &discovered.profile.ucp.capabilities;
    named
        .iter()
        .map(|(name, entries)| CapabilityReport {
            versions: entries.iter().map(|entry| entry.version.clone()).collect(),
            active: discovered.offers(name),
            reason: discovered.negotiated.dropped.get(name).map(ToString::to_string),
            name: name.clone(),
        })
        .collect()
}

fn handlers(profile: &Profile) -> Vec<HandlerReport> {
    let all = profile.ucp.payment_handlers.iter();
    all.flat_map(|(name, handlers)| handlers.iter().map(move |handler| (name, handler)))
        .map(|(name, handler)| HandlerReport {
            name: name.clone(),
            id: handler.id.clone(),
            instruments: handler
                .available_instruments
                .iter()
                .map(|available| available.kind.clone())
                .collect(),
        })
        .collect()
}
