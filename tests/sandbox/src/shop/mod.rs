//! A UCP shop, sans-I/O: the business side of UCP 2026-04-08 over REST, and what Nightmarket adds to it.
//!
//! [`Shop::handle`] answers a request, [`Shop::advance`] does what time brings (couriers, deliveries, expiries), and
//! [`Shop::take_events`] says what changed, for the venue to relay. [`Shop::books`] is what tests judge by.

mod auth;
mod basket;
mod bound;
mod boxes;
mod cart;
mod catalog_api;
mod checkout;
mod courier;
mod delivery;
mod draws;
mod eligibility;
mod idempotency;
mod message;
mod offers;
mod older;
mod order;
mod payment;
mod pricing;
mod profile;
mod returns;
mod session;
mod sign;
mod terms;
#[cfg(test)]
mod tests;
mod web;

use std::collections::BTreeMap;

use serde_json::{Value, json};

pub use auth::{OAuthClient, accept as accept_sign_in};
pub use bound::{canonical, quote_digest};
pub use courier::CourierStep;
pub use offers::OfferTerms;
pub use older::{VERSION as OLDER_VERSION, platform_profile as older_platform_profile};
pub use profile::{Fetched, NM_VERSION, ProfileResolver, everybody_supports_all, full_platform_profile};
pub use terms::Terms;

use crate::books::Books;
use crate::catalog::{Catalog, Discount};
use crate::env::{Env, Ids};
use crate::http::{Request, Response};
use crate::jws::SigningKey;
use auth::Auth;
use basket::Cart;
use boxes::Openings;
use draws::Draws;
use idempotency::{Idempotency, Known};
use offers::Offers;
use order::Order;
use profile::{Agreement, ProfileCache};
use returns::Return;
use session::Session;

/// The UCP version this shop speaks.
pub const VERSION: &str = "2026-04-08";

/// The shape of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// UCP 2026-04-08.
    #[default]
    Current,
    /// UCP 2026-01-11 and nothing else: no newer platform, no catalogue, nothing of Nightmarket's.
    Older,
}

/// Who the shop is and whom it believes.
pub struct ShopConfig {
    /// Host and port as clients write them: the `shop` of products, offers and quotes.
    pub domain: String,
    /// Origin of profile and endpoints, without a slash at the end.
    pub base_url: String,
    /// Origin of the web shop, where `continue_url` and permalinks lead; UCP wants https.
    pub web_url: String,
    /// Pictures are at `{media_url}/{handle}.png`.
    pub media_url: String,
    /// The venue's domain, issuer of proofs of membership.
    pub venue_domain: String,
    /// The venue's public keys (JWK).
    pub venue_keys: Vec<Value>,
    /// What it sells.
    pub catalog: Catalog,
    /// On what terms.
    pub terms: Terms,
    /// Which wire it speaks.
    pub dialect: Dialect,
    /// Where platform profiles come from.
    pub profiles: Box<dyn ProfileResolver>,
}

impl ShopConfig {
    /// A shop on loopback with everything else usual.
    pub fn new(domain: &str, catalog: Catalog) -> Self {
        Self {
            domain: domain.to_owned(),
            base_url: format!("http://{domain}"),
            web_url: format!("https://{domain}"),
            media_url: format!("http://{domain}/media"),
            venue_domain: String::new(),
            venue_keys: vec![],
            catalog,
            terms: Terms::default(),
            dialect: Dialect::Current,
            profiles: Box::new(everybody_supports_all),
        }
    }
}

/// What changed, for the venue to relay to the shopper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShopEvent {
    /// An order was placed, shipped, delivered, canceled or adjusted.
    OrderChanged {
        /// None for a guest, who has no channel.
        shopper: Option<String>,
        /// The order.
        order_id: String,
        /// Grows with every change.
        revision: u64,
    },
    /// A return moved on.
    ReturnChanged {
        /// None for a guest.
        shopper: Option<String>,
        /// The return.
        return_id: String,
        /// Grows with every change.
        revision: u64,
    },
    /// Money of a return moved on.
    RefundChanged {
        /// None for a guest.
        shopper: Option<String>,
        /// The return.
        return_id: String,
        /// Minor units.
        amount: i64,
        /// ISO 4217.
        currency: String,
        /// State of the money machine.
        state: String,
    },
    /// A box waits for the host, is being opened, or was opened.
    OpeningChanged {
        /// The opening as the contract writes it.
        opening: Value,
    },
}

/// A request that passed the door: who asks, through which platform, for what.
pub(crate) struct Call {
    pub(crate) method: String,
    /// Segments after the endpoint.
    pub(crate) path: Vec<String>,
    pub(crate) query: String,
    pub(crate) body: Value,
    pub(crate) agreement: Agreement,
    pub(crate) shopper: Option<String>,
    /// What the shopper's token may be used for; none: it is one of the sandbox's own, good for all.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) key: Option<String>,
    /// What `Accept-Language` asks for first; English if it asks for nothing.
    pub(crate) language: String,
}

/// A response, or one that ends the handling early.
pub(crate) type Answer = Result<Response, Response>;

/// A shop.
pub struct Shop {
    config: ShopConfig,
    key: SigningKey,
    stock: BTreeMap<String, i64>,
    /// Prices of deals: item to price and end.
    prices: BTreeMap<String, (i64, i64)>,
    profiles: ProfileCache,
    idempotency: Idempotency,
    auth: Auth,
    /// A judge's outage of the key store: requests with a key are refused.
    keys_down: bool,
    carts: BTreeMap<String, Cart>,
    sessions: BTreeMap<String, Session>,
    orders: BTreeMap<String, Order>,
    returns: BTreeMap<String, Return>,
    offers: Offers,
    openings: Openings,
    draws: Draws,
    books: Books,
    events: Vec<ShopEvent>,
}

impl Shop {
    /// A shop with full shelves.
    pub fn new(config: ShopConfig, ids: &mut Ids) -> Self {
        let stock = config
            .catalog
            .products
            .iter()
            .flat_map(|product| &product.variants)
            .map(|variant| (variant.id.clone(), variant.stock))
            .collect();
        let books = Books { shop: config.domain.clone(), ..Books::default() };
        Self {
            key: SigningKey::generate(&ids.id("key")),
            stock,
            prices: BTreeMap::new(),
            profiles: ProfileCache::default(),
            idempotency: Idempotency::default(),
            auth: Auth::default(),
            keys_down: false,
            carts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            orders: BTreeMap::new(),
            returns: BTreeMap::new(),
            offers: Offers::default(),
            openings: Openings::default(),
            draws: Draws::default(),
            books,
            events: Vec::new(),
            config,
        }
    }

    /// Its domain.
    pub fn domain(&self) -> &str {
        &self.config.domain
    }

    /// What it sells.
    pub fn catalog(&self) -> &Catalog {
        &self.config.catalog
    }

    /// The public key of its offers and draws (JWK).
    pub fn jwk(&self) -> Value {
        self.key.jwk()
    }

    /// Believes these keys of the venue from now on.
    pub fn trust_venue(&mut self, domain: &str, keys: Vec<Value>) {
        domain.clone_into(&mut self.config.venue_domain);
        self.config.venue_keys = keys;
    }

    /// Its terms, to be changed.
    pub fn terms(&mut self) -> &mut Terms {
        &mut self.config.terms
    }

    /// The books.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// What happened since the last time, in order.
    pub fn take_events(&mut self) -> Vec<ShopEvent> {
        std::mem::take(&mut self.events)
    }

    /// Does what is due by now and says what changed.
    pub fn advance(&mut self, env: &mut Env) -> Vec<ShopEvent> {
        self.tick(env);
        self.take_events()
    }

    /// Title, price and picture of an item in a language, as pins and posts show it.
    pub fn card(&self, item: &str, language: &str, now_ms: i64) -> Option<Value> {
        let (product, _) = self.config.catalog.variant(item)?;
        Some(json!({
            "shop": self.config.domain,
            "item": item,
            "title": self.title_of(item, language)?,
            "price": { "amount": self.price_of(item, now_ms)?, "currency": self.currency() },
            "image_url": self.picture(&product.handle),
        }))
    }

    /// A price for everybody until then (a deal of the room).
    pub fn set_price(&mut self, item: &str, price: i64, until_ms: i64) {
        self.prices.insert(item.to_owned(), (price, until_ms));
    }

    /// A coupon for everybody (a deal of the room).
    pub fn add_discount(&mut self, discount: Discount) {
        self.config.catalog.discounts.push(discount);
    }

    /// When an early item opens for everybody; drops move.
    pub fn set_opening(&mut self, product: &str, opens_at_ms: i64) {
        for each in self.config.catalog.products.iter_mut().filter(|each| each.id == product) {
            if let Some(early) = &mut each.early {
                early.opens_at_ms = opens_at_ms;
            }
        }
    }

    /// Units left on the shelf.
    pub fn stock(&self, item: &str) -> i64 {
        self.stock.get(item).copied().unwrap_or(0)
    }

    /// How many quotes a second may be prepared early from now on; a profile that is kept says it later.
    pub fn set_early(&mut self, per_second: u32) {
        self.config.terms.early_per_second = per_second;
    }

    /// Capabilities that it does not have from now on; a profile that is kept says it later.
    pub fn set_lacking(&mut self, capabilities: &[String]) {
        self.config.terms.lacks = capabilities.to_vec();
    }

    /// Carts that it keeps.
    pub fn cart_count(&self) -> usize {
        self.carts.len()
    }

    /// Puts so many units on the shelf.
    pub fn set_stock(&mut self, item: &str, units: i64) {
        self.stock.insert(item.to_owned(), units);
    }

    /// Makes an idempotency key older, for a judge that cannot move the clock. False if it is not known.
    pub fn age_key(&mut self, key: &str, by_ms: i64) -> bool {
        self.idempotency.age(key, by_ms)
    }

    /// An outage of the key store: changes are refused with 503.
    pub fn set_keys_down(&mut self, down: bool) {
        self.keys_down = down;
    }

    fn currency(&self) -> &'static str {
        self.config.catalog.currency
    }

    fn picture(&self, handle: &str) -> String {
        format!("{}/{handle}.png", self.config.media_url)
    }

    /// Product and variant in one, as lines are called.
    fn title_of(&self, item: &str, language: &str) -> Option<String> {
        let (product, variant) = self.config.catalog.variant(item)?;
        let (first, second) = (product.title.pick(language), variant.title.pick(language));
        Some(if first == second { first.to_owned() } else { format!("{first}, {second}") })
    }

    fn price_of(&self, item: &str, now_ms: i64) -> Option<i64> {
        let (_, variant) = self.config.catalog.variant(item)?;
        match self.prices.get(item) {
            Some(&(price, until_ms)) if now_ms < until_ms => Some(price),
            _ => Some(variant.price),
        }
    }

    /// Answers one request.
    pub fn handle(&mut self, env: &mut Env, request: &Request) -> Response {
        self.tick(env);
        let segments = request.segments();
        let older = self.config.dialect == Dialect::Older;
        let answer = match segments.as_slice() {
            [".well-known", "ucp"] => {
                let profile = if older { self.older_profile() } else { self.profile() };
                Response::json(200, &profile).with_header("cache-control", "public, max-age=300")
            }
            ["ucp", rest @ ..] if older => older::written(self.enter(env, request, rest, Self::older_ucp)),
            ["nm" | "oauth2" | ".well-known", ..] if older => {
                Response::error(404, "not_found", "there is nothing here")
            }
            ["ucp", rest @ ..] => self.enter(env, request, rest, Self::ucp),
            ["nm", rest @ ..] => self.enter(env, request, rest, Self::nightmarket),
            [".well-known", "oauth-authorization-server" | "oauth-protected-resource"] | ["oauth2", ..] => {
                self.authorize(env, request, &segments)
            }
            _ => self.web(env, request, &segments),
        };
        let answer = if self.config.terms.sign_answers { self.signed(answer, env.now_ms) } else { answer };
        let answer = answer.with_header("date", &http_date(env.now_ms));
        match request.header("request-id") {
            Some(id) => answer.with_header("request-id", id),
            None => answer,
        }
    }

    /// The door: platform, identity, body, idempotency; then `inside`.
    fn enter(
        &mut self,
        env: &mut Env,
        request: &Request,
        path: &[&str],
        inside: fn(&mut Self, &mut Env, &Call) -> Answer,
    ) -> Response {
        match self.admit(env, request, path) {
            Ok(call) => self.once(env, request, &call, inside),
            Err(refusal) => refusal,
        }
    }

    fn admit(&mut self, env: &Env, request: &Request, path: &[&str]) -> Result<Call, Response> {
        known_method(request, path)?;
        let agreement = self.negotiate(env, request)?;
        let (shopper, scopes) = match request.bearer() {
            None => (None, None),
            Some(token) => self.whose(env, token).map_err(|code| self.challenge(Some(code)))?,
        };
        if request.path.starts_with("/nm/") {
            well_called(request)?;
        }
        let body = if request.body.is_empty() { json!({}) } else { request.json()? };
        if !body.is_object() {
            return Err(Response::error(400, "invalid_body", "a body is a JSON object"));
        }
        Ok(Call {
            method: request.method.clone(),
            path: path.iter().map(|&part| part.to_owned()).collect(),
            query: request.query.clone(),
            body,
            agreement,
            shopper,
            scopes,
            key: request.header("idempotency-key").map(str::to_owned),
            language: request.header("accept-language").unwrap_or("en").to_owned(),
        })
    }

    fn once(
        &mut self,
        env: &mut Env,
        request: &Request,
        call: &Call,
        inside: fn(&mut Self, &mut Env, &Call) -> Answer,
    ) -> Response {
        let changes = call.method != "GET" && call.path.first().is_none_or(|first| first != "catalog");
        let key = call.key.as_deref().filter(|_| changes);
        let shopper = call.shopper.as_deref();
        if let Some(key) = key {
            if self.keys_down {
                return self
                    .refuse(503, "unavailable", "keys cannot be stored now; nothing was done")
                    .with_header("retry-after", "1");
            }
            match self.idempotency.look_up(env.now_ms, key, request, shopper) {
                Known::Answered(answer) => return answer,
                Known::Conflict => {
                    return self.refuse(409, "key_reused", "this key was used for another request");
                }
                Known::New => {}
            }
        }
        let answer = inside(self, env, call).unwrap_or_else(|refusal| refusal);
        if let Some(key) = key {
            self.idempotency.keep(env.now_ms, key, request, shopper, &answer);
        }
        answer
    }

    /// 401 with the challenge of RFC 6750; `reason` if a token was sent and is no good.
    fn challenge(&self, reason: Option<&str>) -> Response {
        let (code, content) = match reason {
            Some(reason) => (reason, "the access token is not valid any more; get a fresh one"),
            None => ("token_missing", "sign in at this shop first"),
        };
        let error = if reason.is_some() { ", error=\"invalid_token\"" } else { "" };
        let header = format!("Bearer {}{error}", self.protection());
        Response::json(
            401,
            &json!({ "ucp": { "version": VERSION, "status": "error" }, "code": code, "content": content, "messages": [{ "type": "error", "code": "identity_required",
                "content": content, "severity": "requires_buyer_review" }] }),
        )
        .with_header("www-authenticate", &header)
    }

    fn ucp(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.gate(call)?;
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        match (call.method.as_str(), path.as_slice()) {
            ("POST", ["catalog", "search"]) => self.search(env, call),
            ("POST", ["catalog", "lookup"]) => self.look_up(env, call),
            ("POST", ["catalog", "product"]) => self.product_detail(env, call),
            ("POST", ["carts"]) => self.create_cart(env, call),
            ("GET", ["carts", id]) => self.get_cart(env, call, id),
            ("PUT", ["carts", id]) => self.update_cart(env, call, id),
            ("POST", ["carts", id, "cancel"]) => self.cancel_cart(env, call, id),
            ("POST", ["checkout-sessions"]) => self.create_checkout(env, call),
            ("GET", ["checkout-sessions", id]) => self.get_checkout(env, call, id),
            ("PUT", ["checkout-sessions", id]) => self.update_checkout(env, call, id),
            ("POST", ["checkout-sessions", id, "complete"]) => self.complete_checkout(env, call, id),
            ("POST", ["checkout-sessions", id, "cancel"]) => self.cancel_checkout(env, call, id),
            ("GET", ["orders", id]) => self.get_order(env, call, id),
            _ => Err(Response::error(404, "not_found", "this shop has no such operation")),
        }
    }

    fn nightmarket(&mut self, env: &mut Env, call: &Call) -> Answer {
        let path: Vec<&str> = call.path.iter().map(String::as_str).collect();
        let capability = match path.first() {
            Some(&"returns") => "app.nightmarket.shopping.returns",
            Some(&"orders") if path.last() == Some(&"returnable") => "app.nightmarket.shopping.returns",
            Some(&"orders") => "app.nightmarket.shopping.orders",
            Some(&"boxes" | &"draws") => "app.nightmarket.shopping.blind_boxes",
            _ => return Err(Response::error(404, "not_found", "this shop has no such operation")),
        };
        if !call.agreement.has(capability) {
            let said = format!("{capability} is not in the platform's profile");
            return Err(Response::error(422, "capabilities_incompatible", &said));
        }
        self.gate(call)?;
        match (call.method.as_str(), path.as_slice()) {
            ("GET", ["orders"]) => self.list_orders(env, call),
            ("GET", ["orders", id, "undo"]) => self.undo_deadline(env, call, id),
            ("POST", ["orders", id, "cancel"]) => self.cancel_order(env, call, id),
            ("GET", ["orders", id, "returnable"]) => self.returnable(env, call, id),
            ("POST", ["returns"]) => self.create_return(env, call),
            ("GET", ["returns", id]) => self.get_return(env, call, id),
            ("POST", ["returns", id, "slots", slot, "hold"]) => self.hold_slot(env, call, id, slot),
            ("POST", ["returns", id, "book"]) => self.book_slot(env, call, id),
            ("POST", ["returns", id, "cancel"]) => self.cancel_return(env, call, id),
            ("POST", ["boxes", "openings"]) => self.request_opening(env, call),
            ("GET", ["boxes", "openings", id]) => self.get_opening(env, call, id),
            ("GET", ["boxes", id]) => self.get_box(call, id),
            ("POST", ["draws"]) => self.create_draw(env, call),
            ("GET", ["draws"]) => self.list_draws(env, call),
            ("GET", ["draws", id]) => self.get_draw(env, call, id),
            ("POST", ["draws", id, "client_seed"]) => self.client_seed(env, call, id),
            _ => Err(Response::error(404, "not_found", "this shop has no such operation")),
        }
    }

    /// What time brings.
    fn tick(&mut self, env: &mut Env) {
        self.tick_sessions(env);
        self.tick_orders(env);
        self.tick_returns(env);
    }
}

/// A method that the path has; whoever asks, by whatever client.
fn known_method(request: &Request, path: &[&str]) -> Result<(), Response> {
    let methods = if request.path.starts_with("/nm/") { methods_of(path) } else { ucp_methods_of(path) };
    if !methods.is_empty() && !methods.contains(&request.method.as_str()) {
        let said = "this path is called by another method";
        return Err(
            Response::error(405, "method_not_allowed", said).with_header("allow", &methods.join(", "))
        );
    }
    Ok(())
}

/// What the contract asks of every call beyond UCP: an id, a key for a change.
fn well_called(request: &Request) -> Result<(), Response> {
    let no_uuid = |id: &str| id.len() != 36 || uuid::Uuid::try_parse(id).is_err();
    if request.header("request-id").is_none_or(no_uuid) {
        return Err(Response::error(400, "invalid_parameter", "every request has a Request-Id, a UUID"));
    }
    if request.header("accept-language").is_some_and(|languages| languages.len() > 200) {
        return Err(Response::error(400, "invalid_parameter", "Accept-Language is too long"));
    }
    if request.method != "GET" && request.header("idempotency-key").is_none_or(no_uuid) {
        return Err(Response::error(400, "key_missing", "every change needs an Idempotency-Key, a UUID"));
    }
    Ok(())
}

/// The methods of a path beyond UCP; none if there is no such path.
fn methods_of(path: &[&str]) -> &'static [&'static str] {
    match path {
        ["draws"] => &["GET", "POST"],
        ["boxes", "openings"]
        | ["returns"]
        | ["draws", _, "client_seed"]
        | ["orders", _, "cancel"]
        | ["returns", _, "book" | "cancel"]
        | ["returns", _, "slots", _, "hold"] => &["POST"],
        ["orders"]
        | ["orders", _, "undo" | "returnable"]
        | ["boxes", "openings", _]
        | ["returns" | "draws" | "boxes", _] => &["GET"],
        _ => &[],
    }
}

/// The methods of a path of UCP; none if there is no such path.
fn ucp_methods_of(path: &[&str]) -> &'static [&'static str] {
    match path {
        ["catalog", "search" | "lookup" | "product"]
        | ["carts" | "checkout-sessions"]
        | ["carts" | "checkout-sessions", _, "cancel"]
        | ["checkout-sessions", _, "complete"] => &["POST"],
        ["carts" | "checkout-sessions", _] => &["GET", "PUT"],
        ["orders", _] => &["GET"],
        _ => &[],
    }
}

/// A whole number, however JSON writes it: 2.0 is the integer 2 to JSON Schema.
fn whole(number: &Value) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "no fraction, and far from the ends of 64 bits")]
    let written = |number: f64| (number.fract() == 0.0 && number.abs() < 1e15).then_some(number as i64);
    number.as_i64().or_else(|| number.as_f64().and_then(written))
}

/// RFC 9110's date, of the shop's clock and not of the server that serves it.
fn http_date(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms)
        .map_or_else(|_| String::new(), |at| at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}
