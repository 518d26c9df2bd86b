//! A small client of the sandbox's own tests: HTTP by reqwest, the hub's protocol by hand.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(10);

/// A sandbox whose hosts only act when spoken to.
pub async fn quiet() -> Sandbox {
    let config = SandboxConfig { ambience: false, seed: Some(1), ..SandboxConfig::default() };
    Sandbox::start(config).await.expect("the sandbox starts")
}

/// A client that trusts that CA, or nobody.
pub fn client_with_ca(pem: Option<&[u8]>) -> reqwest::Client {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = pem {
        use rustls::pki_types::pem::PemObject as _;
        let certificate = rustls::pki_types::CertificateDer::from_pem_slice(pem).expect("a certificate");
        roots.add(certificate).expect("a root");
    }
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    reqwest::Client::builder().tls_backend_preconfigured(config).timeout(PATIENCE).build().expect("a client")
}

/// An answer read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: reqwest::header::HeaderMap,
    body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub fn text(&self) -> String {
        self.body.clone()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// One shopper's app, or a guest's.
pub struct Client {
    http: reqwest::Client,
    bearer: Option<String>,
    profile: String,
}

impl Client {
    pub fn guest(sandbox: &Sandbox) -> Self {
        let profile = format!("{}/platform/profile.json", sandbox.venue_url);
        Self { http: client_with_ca(None), bearer: None, profile }
    }

    pub fn shopper(sandbox: &Sandbox, name: &str) -> Self {
        Self { bearer: Some(format!("token:{name}")), ..Self::guest(sandbox) }
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer, reqwest::Error> {
        let mut request = request
            .header("ucp-agent", format!("profile=\"{}\"", self.profile))
            .header("request-id", nightmarket_sandbox::Ids::random().uuid());
        if let Some(bearer) = &self.bearer {
            request = request.bearer_auth(bearer);
        }
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = String::from_utf8_lossy(&response.bytes().await?).into_owned();
        Ok(Answer { status, headers, body })
    }

    pub async fn try_get(&self, base: &str, path: &str) -> Result<Answer, reqwest::Error> {
        self.send(self.http.get(format!("{base}{path}"))).await
    }

    pub async fn get(&self, base: &str, path: &str) -> Answer {
        self.try_get(base, path).await.expect("an answer")
    }

    fn body(request: reqwest::RequestBuilder, key: &str, body: &Value) -> reqwest::RequestBuilder {
        request
            .header("idempotency-key", key)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub async fn try_post(
        &self,
        base: &str,
        path: &str,
        key: &str,
        body: &Value,
    ) -> Result<Answer, reqwest::Error> {
        self.send(Self::body(self.http.post(format!("{base}{path}")), key, body)).await
    }

    pub async fn post(&self, base: &str, path: &str, body: &Value) -> Answer {
        let key = nightmarket_sandbox::Ids::random().uuid();
        self.try_post(base, path, &key, body).await.expect("an answer")
    }

    pub async fn put(&self, base: &str, path: &str, body: &Value) -> Answer {
        let key = nightmarket_sandbox::Ids::random().uuid();
        self.send(Self::body(self.http.put(format!("{base}{path}")), &key, body)).await.expect("an answer")
    }
}

/// A connection to the hub.
pub struct Hub {
    socket: WebSocketStream<TcpStream>,
    tokens: Value,
    last_id: u64,
    pushes: VecDeque<(String, Value)>,
}

impl Hub {
    pub async fn try_connect(client: &Client, sandbox: &Sandbox) -> Option<Self> {
        let body = json!({ "channels": ["shopper:me"] });
        let tokens = client.post(&sandbox.venue_url, "/nm/token", &body).await.json();
        let domain = sandbox.domains().0.to_owned();
        let stream = TcpStream::connect(&domain).await.ok()?;
        let url = format!("ws://{domain}/connection/websocket");
        let (socket, _) = tokio_tungstenite::client_async(url, stream).await.ok()?;
        let mut hub = Self { socket, tokens, last_id: 0, pushes: VecDeque::new() };
        let token = hub.tokens["connection"]["token"].clone();
        let reply = hub.command("connect", json!({ "token": token })).await;
        assert!(reply["connect"]["client"].is_string(), "{reply}");
        Some(hub)
    }

    pub async fn connect(client: &Client, sandbox: &Sandbox) -> Self {
        Self::try_connect(client, sandbox).await.expect("connected")
    }

    async fn command(&mut self, name: &str, params: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let frame = json!({ "id": id, name: params }).to_string();
        self.socket.send(Message::Text(frame.into())).await.expect("sent");
        loop {
            for line in self.lines().await.expect("the hub is there") {
                if line["id"] == id {
                    return line;
                }
                self.keep(&line);
            }
        }
    }

    fn keep(&mut self, line: &Value) {
        let channel = line["push"]["channel"].as_str().unwrap_or_default();
        self.pushes.push_back((channel.to_owned(), line["push"]["pub"]["data"].clone()));
    }

    /// The next frame's lines; none when the connection is over.
    async fn lines(&mut self) -> Option<Vec<Value>> {
        loop {
            let message =
                tokio::time::timeout(PATIENCE, self.socket.next()).await.expect("the hub says something")?;
            match message {
                Ok(Message::Text(text)) if text.trim() == "{}" => {
                    self.socket.send(Message::Text("{}".into())).await.ok()?;
                }
                Ok(Message::Text(text)) => {
                    return Some(
                        text.lines().map(|line| serde_json::from_str(line).expect("json")).collect(),
                    );
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Subscribes, from a position if one is given.
    pub async fn subscribe(&mut self, channel: &str, position: Option<&Value>) -> Value {
        let mut params = json!({ "channel": channel, "recoverable": true, "positioned": true });
        if let Some(position) = position {
            params["recover"] = json!(true);
            params["offset"] = position["offset"].clone();
            params["epoch"] = position["epoch"].clone();
        }
        let reply = self.command("subscribe", params).await;
        assert!(reply["error"].is_null(), "{reply}");
        reply["subscribe"].clone()
    }

    pub async fn subscribe_own(&mut self, channel: &str) -> Value {
        let tokens = self.tokens["subscriptions"].as_array().expect("subscriptions");
        let token = tokens.iter().find(|each| each["channel"] == channel).expect("a token")["token"].clone();
        let reply = self
            .command("subscribe", json!({ "channel": channel, "token": token, "recoverable": true }))
            .await;
        assert!(reply["error"].is_null(), "{reply}");
        reply["subscribe"].clone()
    }

    pub async fn rpc(&mut self, method: &str, data: &Value) -> Value {
        let reply = self.command("rpc", json!({ "method": method, "data": data })).await;
        assert!(reply["error"].is_null(), "{reply}");
        reply["rpc"]["data"].clone()
    }

    /// The first event, kept or to come, that fits.
    pub async fn wait(&mut self, fits: impl Fn(&str, &Value) -> Option<Value>) -> Value {
        loop {
            while let Some((channel, event)) = self.pushes.pop_front() {
                if let Some(found) = fits(&channel, &event).filter(|found| !found.is_null()) {
                    return found;
                }
            }
            for line in self.lines().await.expect("the hub is there") {
                self.keep(&line);
            }
        }
    }

    /// Until the connection is over.
    pub async fn wait_end(&mut self) {
        while self.lines().await.is_some() {}
    }
}
