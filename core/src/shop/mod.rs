//! The UCP client: one [`Shop`] for each domain that products, pins, offers and orders name.

mod cart;
mod catalog;
mod checkout;
#[cfg(test)]
mod older_tests;
mod order;
pub mod profile;

use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use url::Url;

use nightmarket_ucp::adapter::Dialect;
use nightmarket_ucp::envelope::Answer;
use nightmarket_ucp::error::ErrorResponse;
use nightmarket_ucp::name;
use nightmarket_ucp::profile::Jwk;

use crate::api::{self, Call};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host::Audience;
use crate::ids::ShopDomain;
use crate::origin::{self, Origin};
use crate::ports::{EntropyExt as _, HttpResponse, Method};
use crate::time::{ServerClock, Timestamp};
use crate::venue::Venue;
use profile::Discovered;

/// The shops of one venue, each opened when it is first named.
pub(crate) struct Shops {
    venue: Rc<Venue>,
    open: RefCell<BTreeMap<ShopDomain, Rc<Shop>>>,
}

impl Shops {
    pub(crate) fn new(venue: Rc<Venue>) -> Rc<Self> {
        Rc::new(Self { venue, open: RefCell::default() })
    }

    /// The shop of a domain. Its profile is read if that has not been done yet.
    pub(crate) async fn get(&self, domain: &ShopDomain) -> Result<Rc<Shop>> {
        let open = self.open.borrow().get(domain).cloned();
        if let Some(shop) = open {
            return Ok(shop);
        }
        let context = &self.venue.context;
        let origin = Origin::of_shop(domain, &context.venue)?;
        Ok(self.add(domain, profile::discover(context, &origin).await?))
    }

    /// The shop, if its profile is at hand: nothing is sent for it.
    pub(crate) async fn at_hand(&self, domain: &ShopDomain) -> Result<Option<Rc<Shop>>> {
        if let Some(shop) = self.opened(domain) {
            return Ok(Some(shop));
        }
        let context = &self.venue.context;
        let origin = Origin::of_shop(domain, &context.venue)?;
        Ok(profile::at_hand(context, &origin).await?.map(|discovered| self.add(domain, discovered)))
    }

    fn add(&self, domain: &ShopDomain, discovered: Discovered) -> Rc<Shop> {
        // Somebody else may have been faster: one shop, one clock.
        let mut open = self.open.borrow_mut();
        let shop = open.entry(domain.clone()).or_insert_with(|| {
            Rc::new(Shop {
                context: self.venue.context.clone(),
                domain: domain.clone(),
                discovered: RefCell::new(Rc::new(discovered)),
                clock: ServerClock::default(),
            })
        });
        shop.clone()
    }

    /// The shop, if it was opened already.
    pub(crate) fn opened(&self, domain: &ShopDomain) -> Option<Rc<Shop>> {
        self.open.borrow().get(domain).cloned()
    }

    /// What the clocks of venue and shops show, of those that have said anything; milliseconds.
    pub(crate) fn server_times(&self) -> Vec<i64> {
        let clock = &*self.venue.context.ports.clock;
        let open = self.open.borrow();
        let shops = open.values().filter_map(|shop| shop.clock.said(clock));
        self.venue.said().into_iter().chain(shops).map(Timestamp::as_ms).collect()
    }

    /// Whether the venue vouches for the shop.
    pub(crate) fn is_vouched(&self, domain: &ShopDomain) -> bool {
        self.venue.vouches_for(domain)
    }
}

/// One shop: its profile as negotiated, its clock, and its operations.
pub(crate) struct Shop {
    context: Rc<Context>,
    pub(crate) domain: ShopDomain,
    discovered: RefCell<Rc<Discovered>>,
    clock: ServerClock,
}

impl Shop {
    /// The profile as negotiated.
    pub(crate) fn discovered(&self) -> Rc<Discovered> {
        self.discovered.borrow().clone()
    }

    pub(crate) fn offers(&self, capability: &str) -> bool {
        self.discovered().offers(capability)
    }

    /// The shop's clock.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now(&*self.context.ports.clock)
    }

    /// An answer of the shop said what time it is there.
    pub(crate) fn observe_now(&self, now: Timestamp) {
        self.clock.observe(now, &*self.context.ports.clock);
    }

    /// Learns what the shop's clock shows, if no answer has told it yet; whatever the answer, its `Date` counts.
    pub(crate) async fn learn_clock(&self) -> Result<()> {
        if !self.clock.is_known() {
            let url = self.discovered().origin.profile_url();
            self.call(Call::get(self.audience(), url)).await?;
        }
        Ok(())
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

    /// Reads JSON from an endpoint of ours.
    pub(crate) async fn get<T: DeserializeOwned>(
        &self,
        capability: &str,
        path: &str,
        what: &str,
    ) -> Result<T> {
        let url = self.discovered().endpoint(capability, path)?;
        let response = self.call(Call::get(self.audience(), url)).await?;
        api::parse(what, &response.body)
    }

    /// Sends JSON to an endpoint of ours under `key` and reads the answer. A key that is kept makes the call repeatable
    /// after a restart.
    pub(crate) async fn send<T: DeserializeOwned>(
        &self,
        capability: &str,
        path: &str,
        body: &impl Serialize,
        key: &str,
        what: &str,
    ) -> Result<T> {
        let url = self.discovered().endpoint(capability, path)?;
        let call = Call::send(self.audience(), Method::Post, url, api::to_json(body), key.to_owned());
        let response = self.call(call).await?;
        api::parse(what, &response.body)
    }

    fn audience(&self) -> Audience {
        Audience::Shop(self.domain.clone())
    }

    fn dialect(&self) -> Dialect {
        self.discovered().dialect
    }

    fn fresh_key(&self) -> String {
        self.context.ports.entropy.uuid()
    }

    /// The address of a UCP operation; `NotOffered` if the capability is missing.
    fn ucp(&self, capability: &str, path: &str) -> Result<Url> {
        let discovered = self.discovered();
        if !discovered.offers(capability) {
            return Err(Error::not_offered(capability));
        }
        let endpoint = discovered.profile.rest_endpoint(name::SHOPPING);
        let endpoint = endpoint.ok_or_else(|| Error::not_offered(name::SHOPPING))?;
        Ok(origin::join(&origin::endpoint(endpoint)?, path))
    }

    /// Makes a call and takes note of the shop's clock.
    async fn call(&self, mut call: Call) -> Result<HttpResponse> {
        call.older = self.dialect() == Dialect::Legacy;
        let response = self.context.api.call(call).await?;
        if let Some(date) = response.header("date").and_then(http_date) {
            self.observe_now(date);
        }
        Ok(response)
    }
}

/// The resource, or the business's own words as an error.
fn resource<T>(answer: Answer<T>) -> Result<T> {
    answer.into_result().map_err(|error| refusal(&error))
}

fn refusal(error: &ErrorResponse) -> Error {
    let first = error.messages.iter().find(|message| message.is_error()).or_else(|| error.messages.first());
    Error::Refused {
        code: first.and_then(|message| message.code.clone()).unwrap_or_else(|| "unknown".to_owned()),
        content: first.map(|message| message.content.clone()).unwrap_or_default(),
        continue_url: error.continue_url.clone(),
    }
}

/// An HTTP date (RFC 9110, 5.6.7), to the second.
pub(crate) fn http_date(text: &str) -> Option<Timestamp> {
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp(at.timestamp().as_millisecond()))
}
