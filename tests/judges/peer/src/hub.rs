//! The sandbox's hub on a loopback port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use nightmarket_sandbox::Ids;
use nightmarket_sandbox::hub::skin::{Call, LiveHub, Owner};
use nightmarket_sandbox::hub::{
    HubConfig, HubError, Namespace, mint_connection_token, mint_subscription_token,
};
use serde_json::json;

const SECRET: &[u8] = b"a secret for loopback only";

struct Echo;

impl Owner for Echo {
    fn now_ms(&self) -> i64 {
        now_ms()
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

fn now_ms() -> i64 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(wall).unwrap_or(i64::MAX)
}

/// A hub that serves until the program ends. Pings come every second; `small:` channels keep three publications.
#[derive(Clone)]
pub struct Hub {
    pub live: LiveHub,
    pub address: SocketAddr,
}

impl Hub {
    pub async fn start() -> Self {
        let mut config = HubConfig::new(SECRET);
        config.ping_ms = 1_000;
        config.pong_ms = 500;
        config.expired_close_delay_ms = 1_000;
        config.reconnect_window_ms = 100;
        config.namespaces.push(Namespace::recoverable("small").with_history(3));
        let live = LiveHub::new(config, Ids::random(), Arc::new(Echo));
        tokio::spawn(live.clone().run());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port of loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let router = axum::Router::new().route("/connection/websocket", live.route());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { live, address }
    }
}

/// Where clients connect.
pub fn url(address: SocketAddr) -> String {
    format!("ws://{address}/connection/websocket")
}

/// A connection's token, good for so long (it may be over already) or for ever.
pub fn token(user: &str, lasts_ms: Option<i64>) -> String {
    mint_connection_token(SECRET, user, lasts_ms.map(|lasts| now_ms() + lasts), &[])
}

/// A token for a channel of one's own.
pub fn channel_token(user: &str, channel: &str, lasts_ms: Option<i64>) -> String {
    mint_subscription_token(SECRET, user, channel, lasts_ms.map(|lasts| now_ms() + lasts))
}
