//! Two nodes and Redis, and what happens to a room when one of them dies. Needs the built livehub and redis-server:
//! `tests/judges/run livehub`.

use futures_util::{SinkExt as _, StreamExt as _};
use nightmarket::chat::{Chat, Line, LineState, Pointing};
use nightmarket::ports::TlsSettings;
use nightmarket::{Host, ListSubscription, Settings, Shopper};
use nightmarket_livehub::{API_KEY, Hub, Process, Redis, nightmarket, venue_origin};
use nightmarket_tour::host_app::FixedToken;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const SOON: Duration = Duration::from_mins(1);
/// Who talks; enough of them that none talks faster than a room allows.
const SPEAKERS: usize = 8;
const LINES: usize = 120;
/// Lines that many say at once.
const CROWD: usize = 200;
/// The line after which something dies.
const LAST_BEFORE: usize = 40;

struct Stage {
    venue: String,
    hub: Hub,
    redis: Option<Redis>,
    _sandbox: Process,
    directory: tempfile::TempDir,
    http: reqwest::Client,
}

impl Stage {
    fn set() -> Self {
        // reqwest is built without a provider of its own. Installed already is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redis = Redis::start().unwrap();
        let venue = venue_origin().unwrap();
        let hub = Hub::start(&venue, &redis.url(), true).unwrap();
        let sandbox = Process::start(hub.sandbox(&nightmarket().unwrap(), &venue), 3).unwrap();
        let directory = tempfile::tempdir().unwrap();
        let http = reqwest::Client::new();
        Self { venue, hub, redis: Some(redis), _sandbox: sandbox, directory, http }
    }

    async fn post(&self, url: &str, headers: &[(&str, &str)], body: &Value) -> Value {
        let mut request =
            self.http.post(url).header("content-type", "application/json").body(body.to_string());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{url}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    async fn script(&self, order: &Value) {
        self.post(&format!("{}/_control/script", self.venue), &[], order).await;
    }

    /// Nobody says anything but who is told to.
    async fn quiet(&self) {
        self.script(&json!({ "do": "ambience", "on": false })).await;
    }

    async fn shopper(&self, name: &str) -> Shopper {
        let settings = Settings {
            venue: self.venue.clone(),
            directory: self.directory.path().join(name),
            platform_profile: format!("{}/platform/profile.json", self.venue),
            language: "en".to_owned(),
            tls: TlsSettings::default(),
        };
        let host = Host { tokens: Arc::new(FixedToken(Some(format!("token:{name}")))), ..Host::default() };
        Shopper::open(settings, host).await.unwrap()
    }

    async fn token(&self, name: &str) -> String {
        let headers = [
            ("authorization", &*format!("Bearer token:{name}")),
            ("request-id", &uuid::Uuid::new_v4().to_string()),
            ("ucp-agent", "profile=\"https://app.example/profile.json\""),
        ];
        let tokens =
            self.post(&format!("{}/nm/token", self.venue), &headers, &json!({ "channels": [] })).await;
        tokens["connection"]["token"].as_str().unwrap().to_owned()
    }

    /// The official client, which listens by the balancer.
    async fn official(&self) -> Official {
        let home =
            std::env::var_os("NIGHTMARKET_OFFICIAL").expect("the npm client: tests/judges/run livehub");
        let url = format!("{}/connection/websocket", self.hub.url().replacen("http", "ws", 1));
        let mut child = Command::new("node")
            .arg(std::path::Path::new(&home).join("official.mjs"))
            .args([url, self.token("listener").await])
            .stdout(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut official = Official { said, heard: Vec::new(), recovered: Vec::new(), _child: child };
        official.until(|official| !official.recovered.is_empty()).await;
        official
    }

    /// Somebody who talks through one node, without our client.
    async fn speaker(&self, node: usize, name: &str) -> Speaker {
        let token = self.token(name).await;
        let node = self.hub.nodes[node].said[0].replacen("http", "ws", 1);
        let socket = TcpStream::connect(node.trim_start_matches("ws://")).await.unwrap();
        let url = format!("{node}/connection/websocket");
        let (socket, _) = tokio_tungstenite::client_async(url, socket).await.unwrap();
        let mut speaker = Speaker { socket, last: 0 };
        let hello = speaker.ask(json!({ "connect": { "token": token } })).await;
        assert!(hello["connect"]["client"].is_string(), "{hello}");
        speaker
    }

    async fn speakers(&self, node: usize) -> Vec<Speaker> {
        let mut speakers = Vec::new();
        for n in 0..SPEAKERS {
            speakers.push(self.speaker(node, &format!("speaker_{n}")).await);
        }
        speakers
    }

    /// Connections of each node that is known to `node`, most first.
    async fn connections(&self, node: usize) -> Vec<u64> {
        let url = format!("{}/api/info", self.hub.nodes[node].said[0]);
        let info = self.post(&url, &[("x-api-key", API_KEY)], &json!({})).await;
        let nodes = info["result"]["nodes"].as_array().unwrap();
        let mut clients: Vec<u64> = nodes.iter().map(|node| node["num_clients"].as_u64().unwrap()).collect();
        clients.sort_unstable_by(|one, other| other.cmp(one));
        clients
    }

    async fn until_connections(&self, node: usize, wanted: impl Fn(&[u64]) -> bool) {
        let wait = async {
            while !wanted(&self.connections(node).await) {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(SOON, wait).await.expect("clients are where they should be");
    }

    async fn epoch(&self, node: usize) -> String {
        let url = format!("{}/api/history", self.hub.nodes[node].said[0]);
        let asked = json!({ "channel": "chat:pearls", "limit": 0 });
        let history = self.post(&url, &[("x-api-key", API_KEY)], &asked).await;
        history["result"]["epoch"].as_str().unwrap().to_owned()
    }
}

struct Speaker {
    socket: WebSocketStream<TcpStream>,
    last: u64,
}

impl Speaker {
    async fn ask(&mut self, mut command: Value) -> Value {
        self.last += 1;
        command["id"] = self.last.into();
        self.socket.send(Message::text(command.to_string())).await.unwrap();
        let answer = async {
            loop {
                let message = self.socket.next().await.expect("the node is there").unwrap();
                for line in message.to_text().unwrap().lines() {
                    if line == "{}" {
                        self.socket.send(Message::text("{}")).await.unwrap();
                    }
                    let said: Value = serde_json::from_str(line).unwrap();
                    if said["id"] == self.last {
                        return said;
                    }
                }
            }
        };
        tokio::time::timeout(SOON, answer).await.expect("an answer")
    }

    /// Says it once, however often it has to be sent.
    async fn say(&mut self, text: &str) {
        let line =
            json!({ "room_id": "pearls", "client_id": uuid::Uuid::new_v4().to_string(), "text": text });
        loop {
            let answer = self.ask(json!({ "rpc": { "method": "chat.send", "data": line } })).await;
            if answer["rpc"]["data"]["line"]["text"] == text {
                return;
            }
            assert_eq!(answer["error"]["temporary"], true, "{answer}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

struct Official {
    said: Lines<BufReader<ChildStdout>>,
    heard: Vec<String>,
    /// Of each time it subscribed, whether it recovered.
    recovered: Vec<bool>,
    _child: Child,
}

impl Official {
    async fn until(&mut self, done: impl Fn(&Self) -> bool) {
        let wait = async {
            while !done(self) {
                let line = self.said.next_line().await.unwrap().expect("it listens");
                let said: Value = serde_json::from_str(&line).unwrap();
                match said["text"].as_str() {
                    Some(text) => self.heard.push(text.to_owned()),
                    None => self.recovered.push(said["subscribed"]["recovered"] == true),
                }
            }
        };
        tokio::time::timeout(SOON, wait).await.expect("the official client hears");
    }

    fn numbers(&self, of: &str) -> Vec<usize> {
        self.heard.iter().filter_map(|text| text.strip_prefix(of)?.parse().ok()).collect()
    }
}

struct Shown {
    subscription: ListSubscription<Line>,
    lines: Vec<Arc<Line>>,
}

impl Shown {
    async fn of(chat: &Chat) -> Self {
        Self { subscription: chat.lines().await.unwrap(), lines: Vec::new() }
    }

    async fn until(&mut self, done: impl Fn(&[Arc<Line>]) -> bool) {
        let wait = async {
            while !done(&self.lines) {
                for diff in self.subscription.next_batch().await.expect("the list goes on") {
                    diff.apply(&mut self.lines);
                }
            }
        };
        let waited = tokio::time::timeout(SOON, wait).await;
        waited.unwrap_or_else(|_| panic!("it never came: {:?}", self.spoken()));
    }

    /// The numbers of the speakers' lines, as they are shown.
    fn spoken(&self) -> Vec<usize> {
        self.numbers("line ")
    }

    fn numbers(&self, of: &str) -> Vec<usize> {
        self.lines.iter().filter_map(|line| line.text.strip_prefix(of)?.parse().ok()).collect()
    }
}

fn has(lines: &[Arc<Line>], text: &str) -> bool {
    lines.iter().any(|line| line.text == text)
}

/// Lines with these numbers are spoken, by one after the other.
async fn talk(speakers: &mut [Speaker], from: usize, to: usize) {
    for n in from..to {
        speakers[n % SPEAKERS].say(&format!("line {n}")).await;
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs livehub and redis-server: tests/judges/run livehub"]
async fn a_client_of_a_node_that_dies_goes_on_at_the_other() {
    let mut stage = Stage::set();
    stage.quiet().await;
    let shopper = stage.shopper("ada").await;
    let room = shopper.live().join("pearls".into()).await.unwrap();
    let mut shown = Shown::of(room.chat()).await;
    let mut official = stage.official().await;
    let mut speakers = stage.speakers(1).await;
    stage.until_connections(1, |clients| clients == [SPEAKERS as u64, 2]).await;

    talk(&mut speakers, 0, LAST_BEFORE).await;
    stage.hub.nodes[0].kill();
    // More than a snapshot of the room has: only who recovers has all of it.
    stage.script(&json!({ "do": "burst", "room": "pearls", "text": "crowd", "count": CROWD })).await;
    let own = room.chat().send("and I?", Pointing::default()).await.unwrap();
    talk(&mut speakers, LAST_BEFORE, LINES).await;

    shown.until(|lines| has(lines, &format!("line {}", LINES - 1))).await;
    assert_eq!(shown.spoken(), (0..LINES).collect::<Vec<_>>(), "nothing lost or doubled, in order");
    shown
        .until(|lines| lines.iter().any(|line| line.client_id == own && line.state == LineState::Sent))
        .await;
    assert_eq!(shown.lines.iter().filter(|line| line.text == "and I?").count(), 1);
    stage.until_connections(1, |clients| clients[0] == SPEAKERS as u64 + 2).await;

    // The client that others wrote saw the same.
    official.until(|official| official.heard.iter().any(|text| *text == format!("line {}", LINES - 1))).await;
    assert_eq!(official.recovered, [false, true]);
    assert_eq!(official.numbers("line "), (0..LINES).collect::<Vec<_>>());
    assert_eq!(official.numbers("crowd "), (0..CROWD).collect::<Vec<_>>());
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs livehub and redis-server: tests/judges/run livehub"]
async fn a_room_is_read_anew_when_redis_forgot_all() {
    let mut stage = Stage::set();
    stage.quiet().await;
    let shopper = stage.shopper("ada").await;
    let room = shopper.live().join("pearls".into()).await.unwrap();
    let mut shown = Shown::of(room.chat()).await;
    let mut speakers = stage.speakers(1).await;

    talk(&mut speakers, 0, LAST_BEFORE).await;
    shown.until(|lines| has(lines, &format!("line {}", LAST_BEFORE - 1))).await;
    let before = stage.epoch(1).await;
    let redis = stage.redis.take().unwrap();
    let restarted = tokio::task::spawn_blocking(|| redis.restart().unwrap());
    talk(&mut speakers, LAST_BEFORE, LINES).await;
    stage.redis = Some(restarted.await.unwrap());

    shown.until(|lines| has(lines, &format!("line {}", LINES - 1))).await;
    // The room was read anew: its snapshot has the newest lines, the venue the older ones.
    while room.chat().older().await.unwrap() {}
    shown.until(|lines| has(lines, "line 0")).await;
    assert_eq!(shown.spoken(), (0..LINES).collect::<Vec<_>>(), "nothing lost or doubled, in order");
    assert_ne!(stage.epoch(1).await, before, "another epoch");
    shopper.close().await;
}
