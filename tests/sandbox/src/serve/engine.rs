//! A hub outside, by Centrifugo's HTTP API: the venue's orders are posted in batches, those for one channel one after
//! the other, each until it is done. A publication that is posted twice is told apart by its key.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::{Notify, oneshot, watch};

use super::StartError;
use crate::hub::Position;
use crate::world::{HubFault, HubOrder};

/// Orders in one request at most, one for each channel.
const BATCH: usize = 100;
/// Orders that may wait. Past half of it the hub's calls are put off, so that clients make no more of them.
const WAITING_MAX: usize = 10_000;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(2);
/// First and longest wait after a request that failed.
const WAITS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));
/// Largest answer taken.
const ANSWER_MAX: usize = 4 << 20;
/// The protocol's error for "try again".
const INTERNAL: u64 = 100;

/// A hub outside and what it shares with the venue.
#[derive(Clone)]
pub struct EngineConfig {
    /// Its origin, `http://127.0.0.1:8000`: clients connect there, and its HTTP API is there.
    pub url: String,
    /// The API's key.
    pub api_key: String,
    /// The key that signs tokens.
    pub token_key: String,
    /// What the hub's calls to the venue have in `X-Hub-Key`.
    pub hook_key: String,
    /// Where the network before the hub takes faults (`POST /faults`), if it does.
    pub faults_url: Option<String>,
}

impl std::fmt::Debug for EngineConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineConfig").field("url", &self.url).finish_non_exhaustive()
    }
}

impl EngineConfig {
    /// Host and port of an origin on loopback.
    fn authority(url: &str) -> Result<String, StartError> {
        let unfit = || StartError::Hub(format!("{url} is no http://HOST:PORT on loopback"));
        let authority = url.strip_prefix("http://").ok_or_else(unfit)?.trim_end_matches('/');
        let (host, port) = authority.rsplit_once(':').ok_or_else(unfit)?;
        let loopback = host == "localhost"
            || host.trim_matches(['[', ']']).parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
        if loopback && port.parse::<u16>().is_ok() { Ok(authority.to_owned()) } else { Err(unfit()) }
    }

    /// Where clients connect.
    pub(super) fn ws_url(&self) -> Result<String, StartError> {
        Ok(format!("ws://{}/connection/websocket", Self::authority(&self.url)?))
    }
}

/// Where a channel stands: none if the hub keeps no history of it.
type Standing = (String, Option<Position>);

enum Job {
    Order(HubOrder),
    Position { channel: String, answer: oneshot::Sender<Standing> },
}

impl Job {
    /// Jobs of one lane are done in order. Who is disconnected has nothing to do with any channel.
    fn lane(&self) -> String {
        match self {
            Self::Order(HubOrder::Publish { channel, .. }) | Self::Position { channel, .. } => {
                channel.clone()
            }
            Self::Order(HubOrder::Disconnect { user }) => format!("disconnect {user}"),
        }
    }

    fn command(&self) -> Value {
        match self {
            Self::Order(HubOrder::Publish { channel, data, key }) => {
                json!({ "publish": { "channel": channel, "data": data, "idempotency_key": key } })
            }
            Self::Order(HubOrder::Disconnect { user }) => json!({ "disconnect": { "user": user } }),
            Self::Position { channel, .. } => json!({ "history": { "channel": channel, "limit": 0 } }),
        }
    }

    /// Takes the hub's reply. The job again, if it has to be done once more.
    fn done(self, reply: &Value) -> Option<Self> {
        let code = reply["error"]["code"].as_u64();
        if code == Some(INTERNAL) {
            return Some(self);
        }
        match self {
            Self::Position { channel, answer } => {
                let position = serde_json::from_value(reply["history"].clone()).ok();
                // Who asked may have waited long enough.
                let _ = answer.send((channel, position.filter(|_| code.is_none())));
            }
            Self::Order(_) => {
                if let Some(code) = code {
                    tracing::error!(code, "the hub does not do what it was told");
                }
            }
        }
        None
    }
}

#[derive(Default)]
struct Waiting {
    lanes: BTreeMap<String, VecDeque<Job>>,
    count: usize,
    lost: u64,
}

impl Waiting {
    fn push(&mut self, job: Job) {
        if self.count >= WAITING_MAX {
            self.lost += 1;
            tracing::error!(lost = self.lost, "the hub has been away for too long: an order is lost");
            return;
        }
        self.count += 1;
        self.lanes.entry(job.lane()).or_default().push_back(job);
    }

    /// The first job of each lane.
    fn batch(&mut self) -> Vec<Job> {
        let jobs: Vec<Job> = self.lanes.values_mut().take(BATCH).filter_map(VecDeque::pop_front).collect();
        self.lanes.retain(|_, jobs| !jobs.is_empty());
        self.count -= jobs.len();
        jobs
    }

    fn put_back(&mut self, jobs: Vec<Job>) {
        self.count += jobs.len();
        for job in jobs {
            self.lanes.entry(job.lane()).or_default().push_front(job);
        }
    }
}

/// The hub as the venue sees it; clones are the same.
#[derive(Clone)]
pub(super) struct Engine {
    config: Arc<EngineConfig>,
    authority: String,
    faults_authority: Option<String>,
    waiting: Arc<Mutex<Waiting>>,
    wake: Arc<Notify>,
}

impl Engine {
    pub fn new(config: EngineConfig) -> Result<Self, StartError> {
        let authority = EngineConfig::authority(&config.url)?;
        if [&config.api_key, &config.token_key, &config.hook_key].iter().any(|key| key.is_empty()) {
            let why = "its API key, token key or hook key is missing, and without one anybody could be it";
            return Err(StartError::Hub(why.to_owned()));
        }
        let faults_authority = config.faults_url.as_deref().map(EngineConfig::authority).transpose()?;
        Ok(Self {
            config: Arc::new(config),
            authority,
            faults_authority,
            waiting: Arc::default(),
            wake: Arc::default(),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether so much waits that clients should come later.
    pub fn is_busy(&self) -> bool {
        self.lock().count > WAITING_MAX / 2
    }

    /// To be carried out, in this order for each channel.
    pub fn order(&self, orders: Vec<HubOrder>) {
        if orders.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        for order in orders {
            waiting.push(Job::Order(order));
        }
        self.wake.notify_one();
    }

    /// Where channels stand once what was ordered before is done.
    pub fn positions(&self, channels: Vec<String>) -> Vec<oneshot::Receiver<Standing>> {
        let mut waiting = self.lock();
        let answers = channels.into_iter().map(|channel| {
            let (answer, position) = oneshot::channel();
            waiting.push(Job::Position { channel, answer });
            position
        });
        let answers = answers.collect();
        self.wake.notify_one();
        answers
    }

    /// Posts what is ordered until the sandbox stops.
    pub async fn run(self, mut stopping: watch::Receiver<bool>) {
        let mut line = Line::default();
        let mut wait = WAITS.0;
        loop {
            let jobs = self.lock().batch();
            let turn = async {
                if jobs.is_empty() {
                    self.wake.notified().await;
                } else if self.carry_out(&mut line, jobs).await {
                    wait = WAITS.0;
                } else {
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(WAITS.1);
                }
            };
            tokio::select! {
                biased;
                _ = stopping.changed() => return,
                () = turn => {}
            }
        }
    }

    /// True if all of it is done; what is not waits again, before what came later.
    async fn carry_out(&self, line: &mut Line, jobs: Vec<Job>) -> bool {
        let commands: Vec<Value> = jobs.iter().map(Job::command).collect();
        let body = json!({ "commands": commands, "parallel": true });
        let key = ("x-api-key", self.config.api_key.as_str());
        let replies = match line.post(&self.authority, "/api/batch", Some(key), &body).await {
            Ok(answer) => answer["replies"].as_array().cloned().unwrap_or_default(),
            Err(error) => {
                tracing::warn!(%error, "the hub cannot be reached");
                Vec::new()
            }
        };
        let not_answered = json!({ "error": { "code": INTERNAL } });
        let mut replies = replies.iter();
        let again: Vec<Job> =
            jobs.into_iter().filter_map(|job| job.done(replies.next().unwrap_or(&not_answered))).collect();
        let all = again.is_empty();
        self.lock().put_back(again);
        all
    }

    /// Has the network before the hub do what a test wants, before the test goes on.
    pub async fn carry_out_faults(&self, faults: Vec<HubFault>) -> io::Result<()> {
        let Some(authority) = &self.faults_authority else { return Ok(()) };
        for fault in faults {
            let body = match fault {
                HubFault::Cut { times } => json!({ "kind": "cut", "times": times }),
                HubFault::Heal => json!({ "kind": "heal" }),
            };
            Line::default().post(authority, "/faults", None, &body).await?;
        }
        Ok(())
    }
}

/// A connection that is kept while it holds.
#[derive(Default)]
struct Line {
    sender: Option<SendRequest<Body>>,
}

impl Line {
    async fn post(
        &mut self,
        authority: &str,
        path: &str,
        header: Option<(&str, &str)>,
        body: &Value,
    ) -> io::Result<Value> {
        let mut request = hyper::Request::post(path)
            .header("host", authority)
            .header("content-type", "application/json")
            .header("accept", "application/json");
        if let Some((name, value)) = header {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.to_string())).map_err(io::Error::other)?;
        let answer = tokio::time::timeout(TIMEOUT, self.ask(authority, request)).await;
        let answer = answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if answer.is_err() {
            // What comes late on it would be taken for the answer to something else.
            self.sender = None;
        }
        let (status, text) = answer?;
        if status != 200 {
            return Err(io::Error::other(format!("status {status}")));
        }
        serde_json::from_slice(&text).map_err(io::Error::other)
    }

    async fn ask(&mut self, authority: &str, request: hyper::Request<Body>) -> io::Result<(u16, Bytes)> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(authority).await?;
            stream.set_nodelay(true)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(io::Error::other)?;
            tokio::spawn(connection);
            self.sender = Some(sender);
        }
        let sender = self.sender.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        sender.ready().await.map_err(io::Error::other)?;
        let answer = sender.send_request(request).await.map_err(io::Error::other)?;
        let status = answer.status().as_u16();
        let text = axum::body::to_bytes(Body::new(answer.into_body()), ANSWER_MAX)
            .await
            .map_err(io::Error::other)?;
        Ok((status, text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publish(channel: &str, n: u64) -> Job {
        let (channel, key) = (channel.to_owned(), n.to_string());
        Job::Order(HubOrder::Publish { channel, data: json!(n), key })
    }

    fn keys(jobs: &[Job]) -> Vec<&str> {
        let keys = jobs.iter().filter_map(|job| match job {
            Job::Order(HubOrder::Publish { key, .. }) => Some(key.as_str()),
            _ => None,
        });
        keys.collect()
    }

    #[test]
    fn a_channel_waits_for_its_own_and_no_other() {
        let mut waiting = Waiting::default();
        for (channel, n) in [("chat:a", 1), ("chat:a", 2), ("chat:b", 3)] {
            waiting.push(publish(channel, n));
        }
        let first = waiting.batch();
        assert_eq!(keys(&first), ["1", "3"]);
        let failed: Vec<Job> = first
            .into_iter()
            .filter_map(|job| {
                let code = if job.lane() == "chat:a" { 100 } else { 102 };
                job.done(&json!({ "error": { "code": code } }))
            })
            .collect();
        waiting.put_back(failed);
        assert_eq!(keys(&waiting.batch()), ["1"]);
        assert_eq!(keys(&waiting.batch()), ["2"]);
        assert_eq!((waiting.batch().len(), waiting.count), (0, 0));
    }

    #[test]
    fn what_waits_is_bounded() {
        let mut waiting = Waiting::default();
        for n in 0..=WAITING_MAX as u64 {
            waiting.push(publish("chat:a", n));
        }
        assert_eq!((waiting.count, waiting.lost), (WAITING_MAX, 1));
        assert_eq!(keys(&waiting.batch()), ["0"]);
    }

    #[test]
    fn a_position_is_what_the_history_says() {
        let ask = || {
            let (answer, position) = oneshot::channel();
            (Job::Position { channel: "chat:a".into(), answer }, position)
        };
        let (job, mut position) = ask();
        assert!(job.done(&json!({ "history": { "epoch": "e", "publications": [] } })).is_none());
        let wanted = Position { offset: 0, epoch: "e".into() };
        assert_eq!(position.try_recv(), Ok(("chat:a".into(), Some(wanted))));
        let (job, mut position) = ask();
        assert!(job.done(&json!({ "error": { "code": 108 } })).is_none());
        assert_eq!(position.try_recv(), Ok(("chat:a".into(), None)));
    }

    #[test]
    fn hubs_elsewhere_are_refused() {
        for url in ["http://192.0.2.1:8000", "https://127.0.0.1:8000", "http://127.0.0.1", "127.0.0.1:8000"] {
            assert!(EngineConfig::authority(url).is_err(), "{url}");
        }
        assert_eq!(EngineConfig::authority("http://127.0.0.1:8000/").ok().as_deref(), Some("127.0.0.1:8000"));
        assert!(EngineConfig::authority("http://[::1]:8000").is_ok());
    }
}
