//! The venue: what the app opened. Its profile, its clock, and who the shopper is there.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use url::Url;

use crate::api::{self, Call};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host::Audience;
use crate::ids::{ShopDomain, ShopperId};
use crate::origin;
use crate::ports::{EntropyExt as _, Method};
use crate::shop::http_date;
use crate::shop::profile::{self, Discovered};
use crate::time::{ServerClock, Timestamp};
use nightmarket_ucp::name;
use nightmarket_ucp::profile::Jwk;

/// A `Date` this close to what the venue's clock is thought to show says nothing new, milliseconds.
const DATE_SLACK_MS: u64 = 2_000;

/// A shop that the venue vouches for (config of the feed capability).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VouchedShop {
    /// Its domain.
    pub domain: ShopDomain,
    /// Its name, to be shown.
    #[serde(default)]
    pub name: String,
}

/// A venue as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VenueInfo {
    /// Its own name; its domain if it gives none.
    pub name: String,
    /// Shops that it vouches for.
    pub shops: Vec<VouchedShop>,
    /// Names of the capabilities that work here; a screen whose capability is missing is hidden.
    pub capabilities: Vec<String>,
}

#[derive(Default, Deserialize)]
struct FeedConfig {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    shops: Vec<VouchedShop>,
}

/// Config of the live capability.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LiveConfig {
    pub(crate) ws_url: String,
    pub(crate) token_url: String,
    /// Milliseconds over which first reconnects are spread.
    #[serde(default)]
    pub(crate) reconnect_window_ms: u64,
}

/// Tokens for the live hub, and who they are for.
#[derive(Clone, Deserialize)]
pub(crate) struct HubTokens {
    pub(crate) shopper_id: ShopperId,
    pub(crate) connection: ConnectionToken,
    #[serde(default)]
    pub(crate) subscriptions: Vec<SubscriptionToken>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct ConnectionToken {
    pub(crate) token: String,
    /// Milliseconds from the answer.
    #[serde(default)]
    pub(crate) expires_in_ms: Option<u64>,
}

#[derive(Clone, Deserialize)]
pub(crate) struct SubscriptionToken {
    pub(crate) channel: String,
    pub(crate) token: String,
}

#[derive(Serialize)]
struct TokenRequest<'a> {
    channels: &'a [String],
}

/// One venue, on the core thread.
pub(crate) struct Venue {
    pub(crate) context: Rc<Context>,
    discovered: RefCell<Rc<Discovered>>,
    clock: ServerClock,
    shopper: RefCell<Option<ShopperId>>,
    /// How often the shopper signed in or out.
    signed: Cell<u64>,
}

impl Venue {
    /// Reads the venue's profile; the cached one if the venue cannot be reached.
    pub(crate) async fn open(context: Rc<Context>) -> Result<Rc<Self>> {
        let discovered = profile::discover(&context, &context.venue).await?;
        Ok(Rc::new(Self {
            context,
            discovered: RefCell::new(Rc::new(discovered)),
            clock: ServerClock::default(),
            shopper: RefCell::default(),
            signed: Cell::new(0),
        }))
    }

    /// The profile as negotiated.
    pub(crate) fn discovered(&self) -> Rc<Discovered> {
        self.discovered.borrow().clone()
    }

    /// What a screen shows of the venue.
    pub(crate) fn info(&self) -> VenueInfo {
        let discovered = self.discovered();
        VenueInfo {
            name: discovered.feed_config().name.unwrap_or_else(|| discovered.origin.domain().to_string()),
            shops: discovered.vouched_shops(),
            capabilities: discovered.negotiated.active.keys().cloned().collect(),
        }
    }

    /// Shops that the venue vouches for. A plain shop vouches for itself.
    pub(crate) fn shops(&self) -> Vec<VouchedShop> {
        self.discovered().vouched_shops()
    }

    pub(crate) fn vouches_for(&self, shop: &ShopDomain) -> bool {
        self.shops().iter().any(|vouched| vouched.domain == *shop)
    }

    /// How the live hub is reached.
    pub(crate) fn live_config(&self) -> Result<LiveConfig> {
        self.discovered().live_config()
    }

    /// The venue's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now(&*self.context.ports.clock)
    }

    /// What the venue's clock shows, once it has said anything.
    pub(crate) fn said(&self) -> Option<Timestamp> {
        self.clock.said(&*self.context.ports.clock)
    }

    /// An answer of the venue said what time it is there.
    pub(crate) fn observe_now(&self, now: Timestamp) {
        self.clock.observe(now, &*self.context.ports.clock);
    }

    /// The key of this id. One that is not known makes the profile be read again, at most once a minute (UCP overview,
    /// "Fetching", 6).
    pub(crate) async fn signing_key(&self, kid: &str) -> Result<Option<Jwk>> {
        let discovered = self.discovered();
        let known = discovered.profile.signing_key(kid).cloned();
        let age = self.context.ports.clock.wall_ms().saturating_sub(discovered.read_ms);
        if known.is_some() || age < i64::try_from(profile::MIN_TTL_MS).unwrap_or(i64::MAX) {
            return Ok(known);
        }
        let fresh = profile::refresh(&self.context, &discovered.origin).await?;
        let key = fresh.profile.signing_key(kid).cloned();
        *self.discovered.borrow_mut() = Rc::new(fresh);
        Ok(key)
    }

    /// Sends JSON under a key of the caller's, which makes the call repeatable after a restart. Takes note of the venue's
    /// clock where the answer's `Date`, in whole seconds, shows that it is off.
    pub(crate) async fn send_under<T: DeserializeOwned>(
        &self,
        capability: &str,
        (method, path): (Method, &str),
        body: &impl Serialize,
        key: &str,
        what: &str,
    ) -> Result<T> {
        let url = self.endpoint(capability, path)?;
        let call = Call::send(Audience::Venue, method, url, api::to_json(body), key.to_owned());
        let response = self.context.api.call(call).await?;
        if let Some(date) = response.header("date").and_then(http_date)
            && self.now().0.abs_diff(date.0) > DATE_SLACK_MS
        {
            self.observe_now(date);
        }
        api::parse(what, &response.body)
    }

    /// The address of a path of a capability of ours; `NotOffered` if the venue lacks it.
    pub(crate) fn endpoint(&self, capability: &str, path: &str) -> Result<Url> {
        self.discovered().endpoint(capability, path)
    }

    /// Reads JSON from the venue.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        capability: &str,
        path: &str,
        what: &str,
    ) -> Result<T> {
        let url = self.endpoint(capability, path)?;
        self.context.api.read(Call::get(Audience::Venue, url), what).await
    }

    /// Sends JSON to the venue under an idempotency key of its own and reads the answer.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        capability: &str,
        method: Method,
        path: &str,
        body: &impl Serialize,
        what: &str,
    ) -> Result<T> {
        let url = self.endpoint(capability, path)?;
        let key = self.context.ports.entropy.uuid();
        self.context.api.read(Call::send(Audience::Venue, method, url, api::to_json(body), key), what).await
    }

    /// Fresh tokens for the hub's connection and these channels.
    pub(crate) async fn hub_tokens(&self, channels: &[String]) -> Result<HubTokens> {
        let url = origin::endpoint(&self.live_config()?.token_url)?;
        let key = self.context.ports.entropy.uuid();
        let body = api::to_json(&TokenRequest { channels });
        let call = Call::send(Audience::Venue, Method::Post, url, body, key);
        let signed = self.signed.get();
        let tokens: HubTokens = self.context.api.read(call, "hub tokens").await?;
        // Somebody may have signed in or out meanwhile: then this says who they were.
        if signed == self.signed.get() {
            *self.shopper.borrow_mut() = Some(tokens.shopper_id.clone());
        }
        Ok(tokens)
    }

    /// Who the shopper is, if that is known already.
    pub(crate) fn known_shopper(&self) -> Option<ShopperId> {
        self.shopper.borrow().clone()
    }

    /// The shopper signed in or out: who they are is asked anew.
    pub(crate) fn forget_shopper(&self) {
        self.signed.set(self.signed.get() + 1);
        self.shopper.borrow_mut().take();
    }

    /// Who the shopper is at this venue; asked once.
    pub(crate) async fn shopper_id(&self) -> Result<ShopperId> {
        let known = self.shopper.borrow().clone();
        match known {
            Some(id) => Ok(id),
            None => Ok(self.hub_tokens(&[]).await?.shopper_id),
        }
    }
}

impl Discovered {
    fn feed_config(&self) -> FeedConfig {
        self.config(name::FEED).unwrap_or_default()
    }

    /// Shops that this venue vouches for; a plain shop vouches for itself.
    pub(crate) fn vouched_shops(&self) -> Vec<VouchedShop> {
        let mut shops = self.feed_config().shops;
        let own = self.origin.domain();
        if self.offers(name::CHECKOUT) && !shops.iter().any(|shop| shop.domain == own) {
            shops.push(VouchedShop { name: own.to_string(), domain: own });
        }
        shops
    }

    /// How the live hub is reached.
    pub(crate) fn live_config(&self) -> Result<LiveConfig> {
        self.config(name::LIVE)
    }

    /// A capability's config as ours; `NotOffered` if the capability is missing, `Malformed` if the config is not.
    pub(crate) fn config<T: DeserializeOwned>(&self, capability: &str) -> Result<T> {
        let entry = self.capability(capability).ok_or_else(|| Error::not_offered(capability))?;
        let config = serde_json::Value::Object(entry.config.clone().unwrap_or_default());
        serde_json::from_value(config).map_err(|error| Error::malformed(capability, error))
    }

    /// The address of a path of the service that a capability of ours belongs to.
    pub(crate) fn endpoint(&self, capability: &str, path: &str) -> Result<Url> {
        if !self.offers(capability) {
            return Err(Error::not_offered(capability));
        }
        let base = self
            .profile
            .rest_endpoint(name::NIGHTMARKET)
            .ok_or_else(|| Error::not_offered(name::NIGHTMARKET))?;
        Ok(origin::join(&origin::endpoint(base)?, path))
    }
}
