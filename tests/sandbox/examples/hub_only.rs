//! The live hub alone on a loopback port, for programs that judge it: `hub_only [--listen ADDR]`.
//!
//! The first line printed is its address. Beside the WebSocket at `/connection/websocket` it serves what a judge needs
//! to make things happen, as POST with JSON: `/token` `{user, channel?, expires_in_ms?}`, `/publish` `{channel, data}`,
//! `/fault` `{kind, times?}`, `/close` `{code}`, `/clock` `{advance_ms}`, `/forget` `{channel}`, `/audience` `{channel}`.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use nightmarket_sandbox::Ids;
use nightmarket_sandbox::hub::skin::{Call, Fault, LiveHub, Owner};
use nightmarket_sandbox::hub::{
    CloseCode, HubConfig, HubError, Namespace, mint_connection_token, mint_subscription_token,
};
use serde_json::{Value, json};

const SECRET: &[u8] = b"a secret for loopback only";

#[derive(Default)]
struct Echo {
    moved_ms: AtomicI64,
}

impl Owner for Echo {
    fn now_ms(&self) -> i64 {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
        i64::try_from(wall).unwrap_or(i64::MAX) + self.moved_ms.load(Ordering::Relaxed)
    }

    fn rpc(&self, hub: &LiveHub, call: Call) {
        let result = match call.method.as_str() {
            "echo" => Ok(json!({ "user": call.user, "data": call.data })),
            "refuse" => Err(HubError::new(1404, "not found")),
            _ => Err(HubError::method_not_found()),
        };
        hub.answer(&call, result);
    }
}

#[derive(Clone)]
struct Judge {
    hub: LiveHub,
    echo: Arc<Echo>,
}

fn text<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

async fn token(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    let until = body["expires_in_ms"].as_i64().map(|lasts| judge.echo.now_ms() + lasts);
    let user = text(&body, "user");
    let token = match body["channel"].as_str() {
        Some(channel) => mint_subscription_token(SECRET, user, channel, until),
        None => mint_connection_token(SECRET, user, until, &[]),
    };
    Json(json!({ "token": token }))
}

async fn publish(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    let position = judge.hub.publish(text(&body, "channel"), body["data"].clone());
    Json(json!(position))
}

async fn fault(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    let times = u32::try_from(body["times"].as_u64().unwrap_or(1)).unwrap_or(1);
    match text(&body, "kind") {
        "cut" => judge.hub.fault(Fault::Cut),
        "silence" => judge.hub.fault(Fault::Silence(true)),
        "truncate" => judge.hub.fault(Fault::Truncate { times }),
        "garbage" => judge.hub.fault(Fault::Garbage { times }),
        "refuse" => judge.hub.fault(Fault::Refuse { times }),
        _ => judge.hub.clear_faults(),
    }
    Json(json!({}))
}

async fn close(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    let code = u16::try_from(body["code"].as_u64().unwrap_or(3011)).unwrap_or(3011);
    judge.hub.with(|hub, _| hub.disconnect_all(CloseCode(code)));
    Json(json!({}))
}

async fn clock(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    judge.echo.moved_ms.fetch_add(body["advance_ms"].as_i64().unwrap_or(0), Ordering::Relaxed);
    Json(json!({}))
}

async fn forget(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    judge.hub.with(|hub, _| hub.forget_stream(text(&body, "channel")));
    Json(json!({}))
}

async fn audience(State(judge): State<Judge>, Json(body): Json<Value>) -> Json<Value> {
    let audience = judge.hub.with(|hub, _| hub.audience(text(&body, "channel")));
    Json(json!({ "clients": audience.clients, "users": audience.users }))
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut args = std::env::args().skip(1);
    let listen = match (args.next().as_deref(), args.next()) {
        (Some("--listen"), Some(address)) => address,
        _ => "127.0.0.1:0".to_owned(),
    };
    let mut config = HubConfig::new(SECRET);
    config.ping_ms = 1_000;
    config.pong_ms = 500;
    config.expired_close_delay_ms = 1_000;
    config.reconnect_window_ms = 2_000;
    config.namespaces.push(Namespace::recoverable("small").with_history(3));
    let echo = Arc::new(Echo::default());
    let hub = LiveHub::new(config, Ids::random(), echo.clone());
    tokio::spawn(hub.clone().run());
    let router = Router::new()
        .route("/connection/websocket", hub.route())
        .route("/token", post(token))
        .route("/publish", post(publish))
        .route("/fault", post(fault))
        .route("/close", post(close))
        .route("/clock", post(clock))
        .route("/forget", post(forget))
        .route("/audience", post(audience))
        .with_state(Judge { hub, echo });
    let listener = tokio::net::TcpListener::bind(listen).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, router).await
}
