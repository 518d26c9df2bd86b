//! `/.well-known/ucp` of the venue.

use serde_json::{Value, json};

use super::Venue;
use crate::http::Response;

/// The version of UCP spoken.
pub const UCP_VERSION: &str = "2026-04-08";
/// The version of our own service and capabilities.
pub const OURS_VERSION: &str = "2026-11-01";
const ORIGIN: &str = "https://nightmarket.app/contract/2026-11-01";

fn capability(name: &str, config: &Value) -> Value {
    json!([{
        "version": OURS_VERSION,
        "spec": format!("{ORIGIN}/README.md"),
        "schema": format!("{ORIGIN}/schemas/capability_{name}.json"),
        "config": config,
    }])
}

impl Venue {
    pub(super) fn profile(&self) -> Response {
        let config = &self.config;
        let shops: Vec<Value> =
            config.shops.iter().map(|(domain, name)| json!({ "domain": domain, "name": name })).collect();
        let feed = json!({ "name": "Night market", "shops": shops });
        let live = json!({
            "ws_url": config.ws_url,
            "token_url": format!("{}/nm/token", config.url),
            "reconnect_window_ms": config.reconnect_window_ms,
        });
        Response::json(
            200,
            &json!({
                "ucp": {
                    "version": UCP_VERSION,
                    "services": { "app.nightmarket.shopping": [{
                        "version": OURS_VERSION,
                        "transport": "rest",
                        "endpoint": format!("{}/nm", config.url),
                        "spec": format!("{ORIGIN}/README.md"),
                        "schema": format!("{ORIGIN}/openapi.yaml"),
                    }] },
                    "capabilities": {
                        "app.nightmarket.shopping.feed": capability("feed", &feed),
                        "app.nightmarket.shopping.live": capability("live", &live),
                        "app.nightmarket.shopping.drops": capability("drops", &json!({})),
                        "app.nightmarket.shopping.fans": capability("fans", &json!({})),
                    },
                    "payment_handlers": {},
                },
                "signing_keys": [self.key.jwk()],
            }),
        )
    }
}
