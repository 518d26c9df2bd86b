//! What the purchase's tests stand on: the sandbox's shop behind the Http port, on virtual time, with faults, and with
//! a kill at any step that reaches a port.

use async_trait::async_trait;
use nightmarket_sandbox::catalog::snack_shop;
use nightmarket_sandbox::env::{Env, Ids};
use nightmarket_sandbox::http::Request;
use nightmarket_sandbox::shop::{Fetched, OfferTerms, Shop, ShopConfig, Terms, full_platform_profile};
use nightmarket_ucp::name::BOUND_COMPLETE;
use secrecy::SecretString;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

use crate::error::{Error, Result};
use crate::host::{
    Address, Audience, Buyer, BuyerProvider, Credential, CredentialRequest, DeviceAuthentication, Host,
    Instrument, SecretStore, TokenProvider,
};
use crate::ids::{ItemId, ShopDomain};
use crate::ports::db::Job;
use crate::ports::sim::{SeededEntropy, SimClock, in_memory};
use crate::ports::{Clock, Databases, Db, Http, HttpRequest, HttpResponse, Ports};
use crate::purchase::{BuyRequest, Purchases, Quoted, Rendered};
use crate::testing::{self, ScriptedHttp};
use crate::{Settings, Shopper};

pub(super) const DOMAIN: &str = "127.0.0.1:4001";
pub(super) const ITEM: &str = "tasting_tin";

/// What happens to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// No connection: nothing left.
    Unreachable,
    /// It left, and was lost on the way there.
    LostThere,
    /// The shop did it, and the answer was lost.
    LostBack,
    /// The shop answers with this status and does nothing.
    Status(u16),
    /// The shop does it and answers with bytes that are no JSON.
    Garbage,
}

/// Path, key and body.
type Sent = (String, Option<String>, Vec<u8>);

/// The shop, the network to it, and a switch that kills the app.
pub(super) struct Bed {
    pub(super) shop: Rc<RefCell<Shop>>,
    ids: Rc<RefCell<Ids>>,
    pub(super) clock: Rc<SimClock>,
    databases: Databases,
    /// Path endings with what happens to the next request that has one.
    pub(super) faults: RefCell<VecDeque<(&'static str, Fault)>>,
    /// Path, key and body of every request that left.
    pub(super) sent: RefCell<Vec<Sent>>,
    steps: Cell<u32>,
    kill_at: Cell<Option<u32>>,
    killed: Notify,
    seed: Cell<u64>,
    pub(super) card: Arc<Card>,
    pub(super) key: Cell<bool>,
    /// The host app's record of the buyer, JSON text.
    pub(super) buyer: Cell<&'static str>,
}

impl Bed {
    pub(super) fn new() -> Rc<Self> {
        Self::with(ShopConfig::new(DOMAIN, snack_shop()))
    }

    /// A shop that takes no notice of what a completion is bound to.
    pub(super) fn that_ignores_the_binding() -> Rc<Self> {
        let mut profile = full_platform_profile();
        profile["ucp"]["capabilities"].as_object_mut().unwrap().remove(BOUND_COMPLETE);
        let mut config = ShopConfig::new(DOMAIN, snack_shop());
        config.profiles = Box::new(move |_: &str| Fetched::Document(profile.to_string().into_bytes()));
        Self::with(config)
    }

    /// A shop whose sessions outlive the keys it honours.
    pub(super) fn that_keeps_sessions() -> Rc<Self> {
        Self::on(|terms| terms.session_ms = 7 * 24 * 3_600_000)
    }

    /// A shop that takes so many early quotes a second.
    pub(super) fn that_takes_early(per_second: u32) -> Rc<Self> {
        Self::on(|terms| terms.early_per_second = per_second)
    }

    /// A shop on other terms.
    pub(super) fn on(terms: impl FnOnce(&mut Terms)) -> Rc<Self> {
        let mut config = ShopConfig::new(DOMAIN, snack_shop());
        terms(&mut config.terms);
        Self::with(config)
    }

    fn with(config: ShopConfig) -> Rc<Self> {
        let mut ids = Ids::seeded(1);
        let shop = Shop::new(config, &mut ids);
        let clock = Rc::new(SimClock::new(testing::START_MS));
        Self::at(Rc::new(RefCell::new(shop)), Rc::new(RefCell::new(ids)), clock, 10)
    }

    /// Another phone, at the same shop; `seed` is its entropy's.
    pub(super) fn beside(&self, seed: u64) -> Rc<Self> {
        Self::at(self.shop.clone(), self.ids.clone(), self.clock.clone(), seed)
    }

    fn at(shop: Rc<RefCell<Shop>>, ids: Rc<RefCell<Ids>>, clock: Rc<SimClock>, seed: u64) -> Rc<Self> {
        Rc::new(Self {
            shop,
            ids,
            clock,
            databases: in_memory().unwrap(),
            faults: RefCell::default(),
            sent: RefCell::default(),
            steps: Cell::new(0),
            kill_at: Cell::new(None),
            killed: Notify::new(),
            seed: Cell::new(seed),
            card: Arc::default(),
            key: Cell::new(true),
            buyer: Cell::new(r#"{"email":"a@shopper.example"}"#),
        })
    }

    fn ports(self: &Rc<Self>) -> Ports {
        self.seed.set(self.seed.get() + 1);
        let ledger = Rc::new(Killable { bed: self.clone(), inner: self.databases.ledger.clone() });
        Ports {
            http: Rc::new(Network(self.clone())),
            db: Databases { ledger, ..self.databases.clone() },
            clock: self.clock.clone(),
            entropy: Rc::new(SeededEntropy::new(self.seed.get())),
            ..testing::ports(Rc::new(ScriptedHttp::default()))
        }
    }

    pub(super) async fn open(self: &Rc<Self>) -> Shopper {
        let settings = Settings {
            venue: format!("http://{DOMAIN}"),
            directory: std::path::PathBuf::new(),
            platform_profile: "https://app.example/profile".to_owned(),
            language: "en".to_owned(),
            tls: crate::ports::TlsSettings::default(),
        };
        let me = Arc::new(Me { key: self.key.get(), buyer: self.buyer.get() });
        let host = Host {
            instruments: vec![self.card.clone()],
            tokens: me.clone(),
            buyer: me.clone(),
            device: me.clone(),
            secrets: me,
            ..Host::default()
        };
        Shopper::open_here(self.ports(), settings, host).await.unwrap()
    }

    /// Lives until the scenario ends or the app is killed at this step; true if it was killed.
    pub(super) async fn live<F: Future>(
        self: &Rc<Self>,
        kill_at: Option<u32>,
        scenario: F,
    ) -> Option<F::Output> {
        self.steps.set(0);
        self.kill_at.set(kill_at);
        let local = tokio::task::LocalSet::new();
        let output = local
            .run_until(async {
                tokio::select! {
                    biased;
                    () = self.killed.notified() => None,
                    output = scenario => Some(output),
                }
            })
            .await;
        self.kill_at.set(None);
        drop(local);
        output
    }

    /// Counts a step that reaches a port; true if the app dies there.
    fn dies(&self) -> bool {
        let step = self.steps.get();
        self.steps.set(step + 1);
        // Everything after the kill is dead as well.
        let kill_at = self.kill_at.get();
        // Told once: a second notice, of a task that tried on beside the first, would kill the next life.
        if kill_at == Some(step) {
            self.killed.notify_one();
        }
        kill_at.is_some_and(|at| step >= at)
    }

    fn env<T>(&self, act: impl FnOnce(&mut Shop, &mut Env) -> T) -> T {
        let mut ids = self.ids.borrow_mut();
        let mut env = Env { now_ms: self.clock.wall_ms(), ids: &mut ids };
        act(&mut self.shop.borrow_mut(), &mut env)
    }

    pub(super) fn advance(&self) {
        self.env(Shop::advance);
    }

    pub(super) fn approve(&self, checkout: &str) -> bool {
        self.env(|shop, env| shop.approve(env, checkout))
    }

    /// An offer to whoever the test's bearer is.
    pub(super) fn offer(&self, price: i64) -> String {
        let terms = OfferTerms {
            shopper: "ada".to_owned(),
            room: "room_1".to_owned(),
            moment: "2026-11-24T20:15:03.250Z".to_owned(),
            item: ITEM.to_owned(),
            title: None,
            price: Some(price),
            photo: None,
            serial: None,
            ttl_ms: 120_000,
        };
        self.env(|shop, env| shop.offer(env, &terms)).unwrap()
    }

    /// From now on nothing can be written to the ledger.
    pub(super) fn break_ledger(&self) {
        self.databases.ledger.run(Box::new(|db| db.pragma_update(None, "query_only", true).unwrap()));
    }

    /// When sessions were made, milliseconds.
    pub(super) fn creates(&self) -> Vec<i64> {
        self.shop.borrow().books().creates.iter().map(|create| create.at_ms).collect()
    }

    pub(super) fn charges(&self) -> usize {
        self.shop.borrow().books().charges.len()
    }

    /// Completions that left, with their keys.
    pub(super) fn completions(&self) -> Vec<(Option<String>, Vec<u8>)> {
        let sent = self.sent.borrow();
        let completions = sent.iter().filter(|(path, ..)| path.ends_with("/complete"));
        completions.map(|(_, key, body)| (key.clone(), body.clone())).collect()
    }
}

struct Network(Rc<Bed>);

#[async_trait(?Send)]
impl Http for Network {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let bed = &self.0;
        if bed.dies() {
            std::future::pending::<()>().await;
        }
        let who = request.url.authority().to_owned();
        let path = request.url.path().to_owned();
        let lost = || Err(Error::NoAnswer { who: who.clone(), reason: "cut".to_owned() });
        let fault = {
            let mut faults = bed.faults.borrow_mut();
            let at = faults.iter().position(|(ending, _)| path.ends_with(ending));
            at.and_then(|at| faults.remove(at)).map(|(_, fault)| fault)
        };
        if fault == Some(Fault::Unreachable) {
            return Err(Error::Unreachable { who, reason: "refused".to_owned() });
        }
        let key =
            request.headers.iter().find(|(name, _)| *name == "idempotency-key").map(|(_, key)| key.clone());
        bed.sent.borrow_mut().push((path.clone(), key, request.body.clone().unwrap_or_default()));
        if fault == Some(Fault::LostThere) {
            return lost();
        }
        if let Some(Fault::Status(status)) = fault {
            return Ok(HttpResponse { status, headers: Vec::new(), body: Vec::new() });
        }
        let answer = bed.env(|shop, env| {
            shop.advance(env);
            shop.handle(
                env,
                &Request {
                    method: request.method.as_str().to_owned(),
                    path,
                    query: request.url.query().unwrap_or_default().to_owned(),
                    headers: request
                        .headers
                        .iter()
                        .map(|(name, value)| ((*name).to_owned(), value.clone()))
                        .collect(),
                    body: request.body.unwrap_or_default(),
                },
            )
        });
        // The shop has done it; the app may die before it hears.
        if bed.dies() {
            std::future::pending::<()>().await;
        }
        match fault {
            Some(Fault::LostBack) => lost(),
            Some(Fault::Garbage) => {
                Ok(HttpResponse { status: 200, headers: Vec::new(), body: b"<html>".to_vec() })
            }
            _ => Ok(HttpResponse { status: answer.status, headers: answer.headers, body: answer.body }),
        }
    }
}

/// The ledger, until the app dies.
struct Killable {
    bed: Rc<Bed>,
    inner: Rc<dyn Db>,
}

impl Db for Killable {
    fn run(&self, job: Job) {
        if self.bed.dies() {
            // Never done, never answered.
            std::mem::forget(job);
        } else {
            self.inner.run(job);
        }
    }
}

/// The token of a card that gives no credential, and no error.
pub(super) const HANGS: &str = "tok_hangs";

/// A card whose token says what will happen.
pub(super) struct Card {
    pub(super) token: Mutex<&'static str>,
    pub(super) silent: Mutex<bool>,
}

impl Default for Card {
    fn default() -> Self {
        Self { token: Mutex::new("tok_success"), silent: Mutex::new(true) }
    }
}

#[async_trait]
impl Instrument for Card {
    fn id(&self) -> String {
        "card_1".to_owned()
    }

    fn handlers(&self) -> Vec<String> {
        vec!["app.nightmarket.pay.tokenizer".to_owned()]
    }

    fn kind(&self) -> String {
        "card".to_owned()
    }

    fn label(&self) -> String {
        "Card".to_owned()
    }

    fn silent(&self) -> bool {
        *self.silent.lock().unwrap()
    }

    async fn credential(&self, _: CredentialRequest) -> Result<Credential> {
        let token = *self.token.lock().unwrap();
        if token == HANGS {
            std::future::pending::<()>().await;
        }
        Ok(Credential::new(format!(r#"{{"type":"token","token":"{token}"}}"#)))
    }
}

struct Me {
    key: bool,
    buyer: &'static str,
}

#[async_trait]
impl BuyerProvider for Me {
    async fn buyer(&self, _: &ShopDomain) -> Result<Buyer> {
        let address = r#"{"street_address":"1 Harbour Road","address_locality":"Springfield","address_region":"IL","postal_code":"62701","address_country":"US"}"#;
        Ok(Buyer {
            json: Some(self.buyer.to_owned()),
            address: Some(Address { id: "home".to_owned(), json: address.to_owned() }),
        })
    }
}

#[async_trait]
impl TokenProvider for Me {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(Some(SecretString::from("token:ada")))
    }
}

#[async_trait]
impl DeviceAuthentication for Me {
    async fn authenticate(&self, _: &str) -> Result<bool> {
        Ok(true)
    }
}

impl SecretStore for Me {
    fn sealing_key(&self) -> Result<[u8; 32]> {
        if self.key {
            Ok([7; 32])
        } else {
            Err(Error::Host { provider: "secret store".to_owned(), reason: "locked".to_owned() })
        }
    }
}

pub(super) fn wanted() -> BuyRequest {
    BuyRequest::of(DOMAIN.into(), ItemId::new(ITEM), 1)
}

/// A quote on a screen that has shown all of it for a second.
pub(super) async fn shown(bed: &Bed, purchases: &Purchases) -> Quoted {
    let quoted = purchases.quote(wanted()).await.unwrap();
    show(bed, purchases, &quoted).await;
    quoted
}

pub(super) async fn show(bed: &Bed, purchases: &Purchases, quoted: &Quoted) {
    let quote = &quoted.quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(quote)).await.unwrap();
    bed.clock.sleep(1_000).await;
}

/// A threshold of 60 dollars, and everything about the tasting tin as used before.
pub(super) async fn trusting(bed: &Bed, purchases: &Purchases) -> Quoted {
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
    let quoted = shown(bed, purchases).await;
    purchases.trust(quoted.quote.key.clone()).await.unwrap();
    quoted
}
