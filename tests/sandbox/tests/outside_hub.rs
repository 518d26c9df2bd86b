//! The sandbox with a hub outside: what a hub that fails is sent, and what its hooks are answered. A real one, two nodes
//! of it, is in `tests/livehub`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::{Json, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use nightmarket_sandbox::serve::{EngineConfig, Sandbox, SandboxConfig, StartError};
use serde_json::{Value, json};

const SOON: Duration = Duration::from_secs(20);

/// A hub that is away for the first request with something said in it, and whose store is away for the second.
#[derive(Default)]
struct Hub {
    requests: u32,
    tries: Vec<(String, String)>,
    streams: BTreeMap<String, Vec<String>>,
}

type Shared = Arc<Mutex<Hub>>;

async fn batch(
    State(hub): State<Shared>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Json<Value>, StatusCode> {
    assert_eq!(headers["x-api-key"], "api");
    let mut hub = hub.lock().unwrap();
    let commands = body["commands"].as_array().unwrap();
    let talks = commands.iter().any(|command| command["publish"]["channel"] == "chat:pearls");
    hub.requests += u32::from(talks);
    let fails = talks && hub.requests <= 2;
    let replies: Vec<Value> = commands.iter().map(|command| hub.reply(command, fails)).collect();
    if talks && hub.requests == 1 {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    } else {
        Ok(Json(json!({ "replies": replies })))
    }
}

impl Hub {
    fn reply(&mut self, command: &Value, fails: bool) -> Value {
        if let Some(asked) = command["history"]["channel"].as_str() {
            assert_eq!(command["history"]["limit"], 0);
            if asked == "live" {
                return json!({ "error": { "code": 108, "message": "not available" } });
            }
            let offset = self.streams.get(asked).map_or(0, Vec::len);
            return json!({ "history": { "publications": [], "epoch": "e", "offset": offset } });
        }
        let publish = &command["publish"];
        let (channel, key) =
            (publish["channel"].as_str().unwrap(), publish["idempotency_key"].as_str().unwrap());
        self.tries.push((channel.to_owned(), key.to_owned()));
        if fails {
            return json!({ "error": { "code": 100, "message": "internal server error" } });
        }
        let stream = self.streams.entry(channel.to_owned()).or_default();
        stream.push(publish["data"]["line"]["text"].as_str().unwrap_or_default().to_owned());
        json!({ "publish": { "offset": stream.len(), "epoch": "e" } })
    }
}

async fn hub() -> (Shared, String) {
    let hub = Shared::default();
    let router = axum::Router::new().route("/api/batch", post(batch)).with_state(hub.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    (hub, url)
}

fn config(url: &str) -> SandboxConfig {
    let hub = EngineConfig {
        url: url.to_owned(),
        api_key: "api".into(),
        token_key: "tokens".into(),
        hook_key: "hooks".into(),
        faults_url: None,
    };
    SandboxConfig { ambience: false, seed: Some(1), hub: Some(hub), ..SandboxConfig::default() }
}

#[tokio::test]
async fn what_is_said_arrives_in_order_whatever_the_hub_does() {
    let (hub, url) = hub().await;
    let sandbox = Sandbox::start(config(&url)).await.unwrap();
    for text in ["one", "two", "three"] {
        let order = json!({ "do": "say", "room": "pearls", "text": text });
        sandbox.control(|world| world.script(&order)).unwrap();
    }
    // Positions are those after what was said before, however long that takes.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let call = json!({ "user": "ann", "method": "room.join", "data": { "room_id": "pearls" } });
    let answer = reqwest::Client::new()
        .post(format!("{}/hub/rpc", sandbox.venue_url))
        .header("x-hub-key", "hooks")
        .body(call.to_string());
    let answer = tokio::time::timeout(SOON, answer.send()).await.unwrap().unwrap();
    let answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let positions = &answer["result"]["data"]["positions"];
    assert_eq!(positions["chat:pearls"], json!({ "offset": 3, "epoch": "e" }), "{answer}");
    assert_eq!(positions["live"], Value::Null);
    let texts: Vec<&str> = {
        let lines = answer["result"]["data"]["lines"].as_array().unwrap();
        lines.iter().rev().take(3).filter_map(|line| line["text"].as_str()).collect()
    };
    assert_eq!(texts, ["three", "two", "one"], "the snapshot has what the positions have");
    {
        let hub = hub.lock().unwrap();
        assert_eq!(hub.streams["chat:pearls"], ["one", "two", "three"]);
        let tries: Vec<&str> = hub
            .tries
            .iter()
            .filter(|(channel, _)| channel == "chat:pearls")
            .map(|(_, key)| key.as_str())
            .collect();
        assert_eq!(tries.len(), 5, "the first three times");
        assert!(
            tries[0] == tries[1] && tries[1] == tries[2] && tries[2] != tries[3],
            "by the same key: {tries:?}"
        );
    }
    sandbox.stop().await;
}

#[tokio::test]
async fn the_profile_names_the_hub_outside() {
    let (_, url) = hub().await;
    let sandbox = Sandbox::start(config(&url)).await.unwrap();
    let _ = rustls::crypto::ring::default_provider().install_default();
    let profile = reqwest::get(format!("{}/.well-known/ucp", sandbox.venue_url)).await.unwrap();
    let profile: Value = serde_json::from_str(&profile.text().await.unwrap()).unwrap();
    let live = &profile["ucp"]["capabilities"]["app.nightmarket.shopping.live"][0]["config"];
    assert_eq!(live["ws_url"], format!("{}/connection/websocket", url.replacen("http", "ws", 1)));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_hub_without_keys_or_elsewhere_is_refused() {
    let mut without = config("http://127.0.0.1:8000");
    if let Some(hub) = &mut without.hub {
        hub.hook_key.clear();
    }
    for config in [without, config("http://192.0.2.1:8000")] {
        assert!(matches!(Sandbox::start(config).await, Err(StartError::Hub(_))));
    }
}
