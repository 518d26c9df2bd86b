//! What unit tests of the core share: ports in memory, with a network that answers from a script.

use async_trait::async_trait;
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use url::Url;

use crate::api::Api;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host::Host;
use crate::origin::Origin;
use crate::ports::sim::{SeededEntropy, SimClock, in_memory};
use crate::ports::{Dial, FrameReceiver, FrameSender, Http, HttpRequest, HttpResponse, Ports};
use crate::storage::outbox::Outbox;

/// Wall time at which tests start, milliseconds.
pub(crate) const START_MS: i64 = 1_790_000_000_000;

/// Answers in order; keeps what was asked.
#[derive(Default)]
pub(crate) struct ScriptedHttp {
    pub(crate) answers: RefCell<VecDeque<Result<HttpResponse>>>,
    pub(crate) asked: RefCell<Vec<HttpRequest>>,
}

impl ScriptedHttp {
    pub(crate) fn answer(&self, status: u16, headers: &[(&str, &str)], body: &str) {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        self.answers.borrow_mut().push_back(Ok(HttpResponse {
            status,
            headers,
            body: body.as_bytes().to_vec(),
        }));
    }

    pub(crate) fn fail(&self, error: Error) {
        self.answers.borrow_mut().push_back(Err(error));
    }
}

#[async_trait(?Send)]
impl Http for ScriptedHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let who = request.url.authority().to_owned();
        self.asked.borrow_mut().push(request);
        let answer = self.answers.borrow_mut().pop_front();
        answer.unwrap_or_else(|| Err(Error::Unreachable { who, reason: "the script is over".to_owned() }))
    }
}

/// Answers by method, authority and path, "GET shop.example/nm/orders?cursor=x": what is to be said once first, then
/// what stands. Keeps what was asked.
#[derive(Default)]
pub(crate) struct RoutedHttp {
    standing: RefCell<BTreeMap<String, HttpResponse>>,
    once: RefCell<BTreeMap<String, VecDeque<Result<HttpResponse>>>>,
    pub(crate) asked: RefCell<Vec<HttpRequest>>,
    /// `Date` of every answer, if any.
    pub(crate) date: RefCell<Option<String>>,
}

impl RoutedHttp {
    /// From now on.
    pub(crate) fn stand(&self, route: &str, status: u16, body: &serde_json::Value) {
        self.standing.borrow_mut().insert(route.to_owned(), response(status, body));
    }

    /// The next time.
    pub(crate) fn once(&self, route: &str, answer: Result<(u16, serde_json::Value)>) {
        let answer = answer.map(|(status, body)| response(status, &body));
        self.once.borrow_mut().entry(route.to_owned()).or_default().push_back(answer);
    }

    /// Requests of this route so far.
    pub(crate) fn asked(&self, wanted: &str) -> Vec<HttpRequest> {
        self.asked.borrow().iter().filter(|request| route(request) == wanted).cloned().collect()
    }
}

fn response(status: u16, body: &serde_json::Value) -> HttpResponse {
    HttpResponse { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn route(request: &HttpRequest) -> String {
    let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let method = format!("{:?}", request.method).to_uppercase();
    format!("{method} {}{}{query}", request.url.authority(), request.url.path())
}

#[async_trait(?Send)]
impl Http for RoutedHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let route = route(&request);
        self.asked.borrow_mut().push(request);
        let once = self.once.borrow_mut().get_mut(&route).and_then(VecDeque::pop_front);
        let mut answer = match once {
            Some(answer) => answer?,
            None => self.standing.borrow().get(&route).cloned().unwrap_or_else(|| {
                response(404, &serde_json::json!({"code": "not_found", "content": route}))
            }),
        };
        answer.headers.extend(self.date.borrow().clone().map(|date| ("date".to_owned(), date)));
        Ok(answer)
    }
}

/// A venue (venue.example) that vouches for a shop (pearls.example); profiles are the contract's examples. The shopper
/// is `shopper_1`.
pub(crate) fn market() -> Rc<RoutedHttp> {
    let http = Rc::new(RoutedHttp::default());
    http.stand("GET venue.example/.well-known/ucp", 200, &venue_profile());
    http.stand("GET pearls.example/.well-known/ucp", 200, &shop_profile());
    let token = serde_json::json!({"shopper_id": "shopper_1", "connection": {"token": "t", "expires_in_ms": 3_600_000}});
    http.stand("POST venue.example/nm/token", 200, &token);
    http
}

pub(crate) fn venue_profile() -> serde_json::Value {
    let text = include_str!("../contract/examples/venue_profile.json");
    serde_json::from_str(text).expect("the contract's example")
}

pub(crate) fn shop_profile() -> serde_json::Value {
    let text =
        include_str!("../contract/examples/shop_profile.json").replace("cards.example", "pearls.example");
    serde_json::from_str(&text).expect("the contract's example")
}

/// A profile without one of its capabilities.
pub(crate) fn without(mut profile: serde_json::Value, capability: &str) -> serde_json::Value {
    if let Some(all) = profile["ucp"]["capabilities"].as_object_mut() {
        all.remove(capability);
    }
    profile
}

struct NoDial;

#[async_trait(?Send)]
impl Dial for NoDial {
    async fn dial(&self, url: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        Err(Error::Unreachable {
            who: url.authority().to_owned(),
            reason: "no sockets in this test".to_owned(),
        })
    }
}

/// Ports in memory over a scripted network.
pub(crate) fn ports(http: Rc<impl Http + 'static>) -> Ports {
    Ports {
        http,
        dial: Rc::new(NoDial),
        db: in_memory().expect("databases open in memory"),
        clock: Rc::new(SimClock::new(START_MS)),
        entropy: Rc::new(SeededEntropy::new(1)),
    }
}

/// A context over a scripted network, for a guest without instruments.
pub(crate) fn context(http: &Rc<impl Http + 'static>, venue: &str) -> Rc<Context> {
    context_of(ports(http.clone()), Host::default(), venue)
}

/// A context of this host app over these ports.
pub(crate) fn context_of(ports: Ports, host: Host, venue: &str) -> Rc<Context> {
    let platform_profile = Url::parse("https://app.example/profile").expect("an address");
    Rc::new(Context {
        api: Api::new(ports.clone(), host.clone(), &platform_profile, "en"),
        outbox: Outbox::new(ports.clone()),
        ports,
        host,
        busy: crate::context::Busy::default(),
        language: "en".to_owned(),
        venue: Origin::parse(venue).expect("an address"),
    })
}

/// Runs a test on a core-like thread: one `LocalSet`, paused time.
pub(crate) fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime for a test");
    tokio::task::LocalSet::new().block_on(&runtime, test)
}

/// A key of a shop or venue, to sign with in tests.
pub(crate) struct Signer {
    pair: ring::signature::EcdsaKeyPair,
    kid: &'static str,
}

impl Signer {
    pub(crate) fn new(kid: &'static str) -> Self {
        use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
        let random = ring::rand::SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random);
        Self { pair: pair.expect("a key"), kid }
    }

    pub(crate) fn jwk(&self) -> serde_json::Value {
        use ring::signature::KeyPair as _;
        let point = self.pair.public_key().as_ref();
        serde_json::json!({"kid": self.kid, "kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig",
            "x": base64(&point[1..33]), "y": base64(&point[33..])})
    }

    pub(crate) fn sign(&self, typ: &str, claims: &serde_json::Value) -> String {
        let header = serde_json::json!({"alg": "ES256", "kid": self.kid, "typ": typ});
        let signed = format!("{}.{}", base64(header.to_string()), base64(claims.to_string()));
        let random = ring::rand::SystemRandom::new();
        let signature = self.pair.sign(&random, signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", base64(signature))
    }
}

fn base64(bytes: impl AsRef<[u8]>) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A profile at an endpoint with these of our capabilities, and this key.
pub(crate) fn profile(endpoint: &str, capabilities: &[(&str, serde_json::Value)], signer: &Signer) -> String {
    let entry = |name: &str, config: &serde_json::Value| {
        serde_json::json!([{"version": "2026-11-01", "spec": format!("https://nightmarket.app/{name}"),
            "schema": format!("https://nightmarket.app/{name}.json"), "config": config}])
    };
    let capabilities: serde_json::Map<_, _> = capabilities
        .iter()
        .map(|(name, config)| (format!("app.nightmarket.shopping.{name}"), entry(name, config)))
        .collect();
    serde_json::json!({
        "ucp": {"version": "2026-04-08", "capabilities": capabilities, "payment_handlers": {},
            "services": {"app.nightmarket.shopping":
                [{"version": "2026-11-01", "transport": "rest", "endpoint": endpoint}]}},
        "signing_keys": [signer.jwk()]
    })
    .to_string()
}
