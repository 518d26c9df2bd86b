//! Discovery: reading a business's profile and working out what it and we have in common.
//!
//! UCP overview, "Profile Requirements" and "Negotiation Protocol": no redirects, bounded in time and size, kept for as
//! long as the server says and at least a minute. A profile that is too old to be fresh still opens an app offline.

use std::rc::Rc;

use nightmarket_ucp::adapter::{self, Dialect};
use nightmarket_ucp::name;
use nightmarket_ucp::negotiate::{Negotiated, VersionChoice, choose_version, negotiate};
use nightmarket_ucp::platform;
use nightmarket_ucp::profile::{Capability, Profile};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::context::Context;
use crate::error::{Error, Result};
use crate::origin::{self, Origin};
use crate::ports::{Http, HttpRequest, HttpResponse, Method};
use crate::storage::documents::{self, Stored};

/// A profile beyond this is refused, in bytes.
const MAX_PROFILE: usize = 256 * 1024;
/// Milliseconds a profile may take.
const TIMEOUT_MS: u64 = 5_000;
/// A profile is kept at least this long, milliseconds (UCP overview, "Fetching").
pub(crate) const MIN_TTL_MS: u64 = 60_000;
const MAX_TTL_MS: u64 = 24 * 3_600_000;
const CACHE_KIND: &str = "profile";

/// A business's profile as negotiated with ours.
pub(crate) struct Discovered {
    pub(crate) origin: Origin,
    pub(crate) profile: Profile,
    pub(crate) dialect: Dialect,
    pub(crate) negotiated: Negotiated,
    /// Wall time it was read at, milliseconds.
    pub(crate) read_ms: i64,
}

impl Discovered {
    pub(crate) fn offers(&self, capability: &str) -> bool {
        self.negotiated.has(capability)
    }

    pub(crate) fn capability(&self, capability: &str) -> Option<&Capability> {
        self.negotiated.get(capability)
    }
}

/// What the cache keeps of a profile.
#[derive(Serialize, Deserialize)]
struct Kept {
    profile: Profile,
    legacy: bool,
}

/// Reads the profile at an origin: a fresh one from the cache, else from the network, else a stale one.
pub(crate) async fn discover(context: &Rc<Context>, origin: &Origin) -> Result<Discovered> {
    let kept = kept(context, origin).await?;
    let now = context.ports.clock.wall_ms();
    if let Some(kept) = &kept
        && is_fresh(kept, now)
    {
        return Ok(negotiated(origin, kept.value.profile.clone(), kept.value.legacy, kept.at_ms));
    }
    match refresh(context, origin).await {
        Err(error) if error.is_retryable() => match kept {
            Some(kept) => Ok(negotiated(origin, kept.value.profile, kept.value.legacy, kept.at_ms)),
            None => Err(error),
        },
        other => other,
    }
}

/// The profile, if the cache has a fresh one: nothing is sent for it.
pub(crate) async fn at_hand(context: &Rc<Context>, origin: &Origin) -> Result<Option<Discovered>> {
    let kept = kept(context, origin).await?.filter(|kept| is_fresh(kept, context.ports.clock.wall_ms()));
    Ok(kept.map(|kept| negotiated(origin, kept.value.profile, kept.value.legacy, kept.at_ms)))
}

async fn kept(context: &Rc<Context>, origin: &Origin) -> Result<Option<Stored<Kept>>> {
    documents::get::<Kept>(&context.ports, CACHE_KIND, &origin.to_string()).await
}

fn is_fresh(kept: &Stored<Kept>, now: i64) -> bool {
    kept.expires_ms.is_some_and(|expires| expires > now) && kept.at_ms <= now
}

/// Reads the profile from the network, whatever the cache holds, and keeps it.
pub(crate) async fn refresh(context: &Rc<Context>, origin: &Origin) -> Result<Discovered> {
    let (profile, dialect, ttl) = read(&*context.ports.http, context.api.agent(), origin).await?;
    let kept = Kept { profile, legacy: dialect == Dialect::Legacy };
    documents::put(&context.ports, CACHE_KIND, &origin.to_string(), &kept, Some(ttl)).await?;
    Ok(negotiated(origin, kept.profile, kept.legacy, context.ports.clock.wall_ms()))
}

/// Reads the profile that describes a version we speak, and how long it may be kept, in milliseconds.
pub(crate) async fn read(http: &dyn Http, agent: &str, origin: &Origin) -> Result<(Profile, Dialect, u64)> {
    let who = origin.domain().to_string();
    let newest = fetch(http, agent, &who, origin.profile_url()).await?;
    match choose_version(&newest.0, &name::SPOKEN) {
        VersionChoice::Use(_) => Ok(newest),
        VersionChoice::Fetch { url, .. } => fetch(http, agent, &who, origin::endpoint(&url)?).await,
        VersionChoice::Unsupported { offered } => Err(Error::UnsupportedVersion {
            who,
            offered: offered.join(", "),
            spoken: name::SPOKEN.join(", "),
        }),
    }
}

pub(crate) fn negotiated(origin: &Origin, profile: Profile, legacy: bool, read_ms: i64) -> Discovered {
    let negotiated = negotiate(&profile.ucp, &platform::understood(), &platform::requirements());
    let dialect = if legacy { Dialect::Legacy } else { Dialect::Current };
    Discovered { origin: origin.clone(), profile, dialect, negotiated, read_ms }
}

async fn fetch(http: &dyn Http, agent: &str, who: &str, url: Url) -> Result<(Profile, Dialect, u64)> {
    let not_ucp = |reason: String| Error::NotUcp { who: who.to_owned(), reason };
    let mut request = HttpRequest::new(Method::Get, url);
    request.timeout_ms = TIMEOUT_MS;
    request.headers = vec![("accept", "application/json".to_owned()), ("ucp-agent", agent.to_owned())];
    let response = http.send(request).await?;
    match response.status {
        200 => {}
        300..400 => return Err(not_ucp("its profile redirects, which UCP forbids".to_owned())),
        500.. => return Err(Error::Server { who: who.to_owned(), status: response.status }),
        status => return Err(not_ucp(format!("its profile answers with status {status}"))),
    }
    if response.body.len() > MAX_PROFILE {
        return Err(not_ucp(format!("its profile is longer than {MAX_PROFILE} bytes")));
    }
    let (profile, dialect) =
        adapter::read_profile(&response.body).map_err(|error| not_ucp(error.to_string()))?;
    Ok((profile, dialect, ttl_ms(&response)))
}

/// `max-age` of `Cache-Control`, within our bounds.
fn ttl_ms(response: &HttpResponse) -> u64 {
    let directives = response.header("cache-control").unwrap_or_default().split(',');
    let max_age = directives.map(str::trim).find_map(|directive| directive.strip_prefix("max-age="));
    let seconds: u64 = max_age.and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    seconds.saturating_mul(1_000).clamp(MIN_TTL_MS, MAX_TTL_MS)
}

#[cfg(test)]
#[path = "profile_tests.rs"]
mod tests;
