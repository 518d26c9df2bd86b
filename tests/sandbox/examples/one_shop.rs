//! Serves one shop on loopback, for the programs that judge shops: `one_shop [ADDR] [studio|snacks] [CA_FOLDER]`. With a
//! folder it serves https, and its CA is written to `ca.pem` there.
//!
//! It fetches platform profiles from loopback, and knows by heart those that a judge names and nobody serves. The
//! `/testing` hooks move what only a shop can move.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::State;
use axum::serve::Listener;
use nightmarket_sandbox::catalog::{snack_shop, studio_shop};
use nightmarket_sandbox::http::{Request, Response};
use nightmarket_sandbox::serve::tls::Tls;
use nightmarket_sandbox::shop::{
    CourierStep, Fetched, Shop, ShopConfig, accept_sign_in, everybody_supports_all, full_platform_profile,
};
use nightmarket_sandbox::{Env, Ids};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Public halves of the keys in `tests/judges/ucp.json`, and one of an algorithm that shops do not take.
const JUDGE_KEYS: &str = r#"[
  {"kid": "judge-now", "kty": "EC", "crv": "P-256", "x": "t6k6I5OdIWBeF2EPTSXDMXwJRRPJ5GB5PlbwFv23yi0", "y": "Y8RqBanB_Sv6QB98Z-7w1QJr43LrjATtOIeh5-rUUT0", "use": "sig", "alg": "ES256"},
  {"kid": "judge-before", "kty": "EC", "crv": "P-256", "x": "r3zylxyxyyW23W_kHCeJSRvTf58xqvwmieobh0zHptw", "y": "A9ZLhlEwpKsjRSWsUAV2dYurl5egznP-NS7YmhMvg88", "use": "sig", "alg": "ES256"},
  {"kid": "judge-ed25519", "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
]"#;

type Shared = Arc<Mutex<(Shop, Ids)>>;

#[tokio::main]
async fn main() {
    let mut args = std::env::args().skip(1);
    let address = args.next().unwrap_or_else(|| "127.0.0.1:4001".into());
    let studio = args.next().is_some_and(|which| which == "studio");
    let tls = args.next().map(|data| Tls::make(Some(Path::new(&data))).expect("a CA can be made"));
    let listener = tokio::net::TcpListener::bind(&address).await.expect("the address is free");
    let domain = listener.local_addr().expect("a bound socket has an address").to_string();
    let catalog = if studio { studio_shop(now_ms()) } else { snack_shop() };
    let mut config = ShopConfig::new(&domain, catalog);
    // The judge's addresses have nothing but a country.
    config.terms.strict_address = false;
    config.terms.sign_answers = true;
    config.profiles = Box::new(fetch_profile);
    if tls.is_some() {
        config.base_url = format!("https://{domain}");
    }
    let origin = config.base_url.clone();
    let mut ids = Ids::random();
    let shop = Shop::new(config, &mut ids);
    println!("{origin}");
    let app = axum::Router::new().fallback(answer).with_state(Arc::new(Mutex::new((shop, ids))));
    let served = match tls {
        None => axum::serve(listener, app).await,
        Some(tls) => axum::serve(Secure { listener, acceptor: tls.acceptor() }, app).await,
    };
    served.expect("the server runs");
}

/// Takes connections in one after the other, which is enough for a judge.
struct Secure {
    listener: tokio::net::TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Secure {
    type Io = TlsStream<tokio::net::TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            // A client that offers what is too old is refused, and the next one taken.
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

fn now_ms() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
    i64::try_from(since.as_millis()).expect("before the year 292 million")
}

async fn answer(State(shared): State<Shared>, request: axum::extract::Request) -> axum::response::Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap_or_default().to_vec();
    let request = Request {
        method: head.method.as_str().to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        headers: head
            .headers
            .iter()
            .map(|(name, value)| {
                (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned())
            })
            .collect(),
        body,
    };
    // Profiles are fetched inside, from another server: not on an async worker.
    let response = tokio::task::spawn_blocking(move || {
        let mut guard = shared.lock().expect("no handler panics");
        let (shop, ids) = &mut *guard;
        let mut env = Env { now_ms: now_ms(), ids };
        testing(shop, &mut env, &request).unwrap_or_else(|| allowed(shop, &mut env, &request))
    })
    .await
    .expect("no handler panics");
    let mut out = axum::response::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        out = out.header(name, value);
    }
    out.body(Body::from(response.body)).expect("a shop's headers are valid")
}

/// A judge is no shopper who reads a page: whoever is asked to sign in does, and allows all.
fn allowed(shop: &mut Shop, env: &mut Env, request: &Request) -> Response {
    let answer = shop.handle(env, request);
    if request.method != "GET" || request.path != "/oauth2/authorize" || answer.status != 200 {
        return answer;
    }
    let form = accept_sign_in(&format!("{}?{}", request.path, request.query), "ada", &[]);
    let decided = Request {
        method: "POST".to_owned(),
        query: String::new(),
        body: form.into_bytes(),
        ..request.clone()
    };
    shop.handle(env, &decided)
}

/// Hooks of the judge: its paths are under the shopping endpoint.
fn testing(shop: &mut Shop, env: &mut Env, request: &Request) -> Option<Response> {
    let body: serde_json::Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let done = match request.segments().as_slice() {
        ["ucp", "testing", "idempotency", "age"] => {
            let hours = body["hours"].as_i64().unwrap_or(0);
            shop.age_key(body["key"].as_str().unwrap_or_default(), hours * 3_600_000)
        }
        ["ucp", "testing", "idempotency", "outage"] => {
            shop.set_keys_down(body["enabled"] == true);
            true
        }
        ["ucp", "testing", "orders", id, "adjust"] => {
            let line = body["line_item_id"].as_str().unwrap_or_default();
            shop.take_back(env, id, line, body["quantity"].as_i64().unwrap_or(0))
        }
        ["ucp", "testing", "orders", id, "deliver"] => shop.deliver_now(env, id),
        ["ucp", "testing", "returns", id, "courier"] => shop.courier(env, id, CourierStep::Next),
        _ => return None,
    };
    Some(Response::json(if done { 200 } else { 404 }, &serde_json::json!({ "done": done })))
}

fn fetch_profile(url: &str) -> Fetched {
    match url {
        "https://platform.test/unreachable" => Fetched::Unreachable,
        "https://platform.test/unresolvable" => Fetched::Unresolvable,
        "https://platform.test/malformed" => Fetched::Document(b"<html>".to_vec()),
        "https://platform.test/old" => {
            Fetched::Document(full_platform_profile().to_string().replace("\"version\":\"2026-04-08\"", "\"version\":\"2025-01-01\"").into_bytes())
        }
        "https://platform.test/incompatible" => {
            Fetched::Document(br#"{"ucp":{"version":"2026-04-08","capabilities":{"com.example.other":[{"version":"2026-04-08"}]}}}"#.to_vec())
        }
        "https://platform.test/signing" => {
            let mut profile = full_platform_profile();
            profile["signing_keys"] = serde_json::from_str(JUDGE_KEYS).expect("the keys are JSON");
            Fetched::Document(profile.to_string().into_bytes())
        }
        _ if url.starts_with("http://") => get(url).map_or(Fetched::Unreachable, Fetched::Document),
        _ => everybody_supports_all(url),
    }
}

/// One GET over plain HTTP, without redirects.
fn get(url: &str) -> Option<Vec<u8>> {
    let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
    let address: SocketAddr = host.parse().ok()?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    write!(stream, "GET /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n")?;
    answer.starts_with(b"HTTP/1").then_some(())?;
    let status = answer.get(9..12)?;
    (status == b"200").then(|| answer[end + 4..].to_vec())
}
