//! Sockets around a [`Hub`], with the faults a network has.
//!
//! One lock holds the hub; nothing is awaited under it. Frames go to a bounded queue per connection, whose task writes
//! them; a client that lets its queue fill up is closed as slow. RPCs are handed to the [`Owner`] outside the lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};

use super::{CloseCode, ConnId, Hub, HubConfig, HubError, Output, Position};
use crate::{Env, Ids};

/// Frames that may wait for one client.
const QUEUE: usize = 512;
/// How often deadlines are looked at.
const TICK: Duration = Duration::from_millis(50);

/// What the hub's owner brings: the time, and answers to RPCs.
pub trait Owner: Send + Sync + 'static {
    /// Wall time, milliseconds since the epoch; tests move it.
    fn now_ms(&self) -> i64;

    /// A client called. Answer now or later with [`LiveHub::answer`]; no lock is held.
    fn rpc(&self, hub: &LiveHub, call: Call);
}

/// An RPC on its way to the owner.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// Who asks.
    pub conn: ConnId,
    /// To answer with.
    pub id: u32,
    /// The user of the connection's token.
    pub user: String,
    /// As sent.
    pub method: String,
    /// As sent.
    pub data: Value,
}

/// What can be made to go wrong. `times` counts what is hit; 0 switches the fault off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Cut every connection now, without a closing handshake.
    Cut,
    /// Connections stay open, but nothing is read or sent until it is switched off.
    Silence(bool),
    /// The next frames sent lose their second half.
    Truncate {
        /// How many frames.
        times: u32,
    },
    /// Instead of the next frames, something that is no JSON.
    Garbage {
        /// How many frames.
        times: u32,
    },
    /// The next WebSocket upgrades get 503.
    Refuse {
        /// How many upgrades.
        times: u32,
    },
}

#[derive(Default)]
struct Faults {
    silent: bool,
    truncate: u32,
    garbage: u32,
    refuse: u32,
}

/// What a connection's task has to do.
enum Order {
    Frame(String),
    Close(u16, String),
}

struct Socket {
    orders: mpsc::Sender<Order>,
    /// Dropped or fired: the TCP connection goes at once.
    cut: Option<oneshot::Sender<()>>,
}

struct Inner {
    hub: Hub,
    ids: Ids,
    sockets: BTreeMap<ConnId, Socket>,
    last_conn: u64,
    faults: Faults,
}

/// A hub that serves. Clones are the same hub.
#[derive(Clone)]
pub struct LiveHub {
    inner: Arc<Mutex<Inner>>,
    owner: Arc<dyn Owner>,
}

impl LiveHub {
    /// A hub and who answers for it. [`Self::run`] has to run beside it.
    pub fn new(config: HubConfig, ids: Ids, owner: Arc<dyn Owner>) -> Self {
        let inner = Inner {
            hub: Hub::new(config),
            ids,
            sockets: BTreeMap::new(),
            last_conn: 0,
            faults: Faults::default(),
        };
        Self { inner: Arc::new(Mutex::new(inner)), owner }
    }

    /// The WebSocket endpoint.
    pub fn route<S: Clone + Send + Sync + 'static>(&self) -> MethodRouter<S> {
        let live = self.clone();
        get(move |upgrade: WebSocketUpgrade| async move { live.upgrade(upgrade) })
    }

    /// Keeps deadlines, for as long as it is polled.
    pub async fn run(self) {
        let mut tick = tokio::time::interval(TICK);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            self.with(|hub, env| hub.advance(env));
        }
    }

    /// Anything with the hub itself; what comes out is sent. Do not call the hub's owner from inside.
    pub fn with<R>(&self, work: impl FnOnce(&mut Hub, &mut Env<'_>) -> R) -> R {
        let now_ms = self.owner.now_ms();
        let (result, calls) = {
            let mut inner = self.lock();
            let Inner { hub, ids, .. } = &mut *inner;
            let result = work(hub, &mut Env { now_ms, ids });
            (result, inner.deliver())
        };
        for call in calls {
            self.owner.rpc(self, call);
        }
        result
    }

    /// See [`Hub::publish`].
    pub fn publish(&self, channel: &str, data: Value) -> Position {
        self.with(|hub, env| hub.publish(channel, data, env))
    }

    /// See [`Hub::answer`].
    pub fn answer(&self, call: &Call, result: Result<Value, HubError>) {
        self.with(|hub, _| hub.answer(call.conn, call.id, result));
    }

    /// Switches a fault.
    pub fn fault(&self, fault: Fault) {
        let mut inner = self.lock();
        match fault {
            Fault::Cut => inner.cut_all(),
            Fault::Silence(silent) => inner.faults.silent = silent,
            Fault::Truncate { times } => inner.faults.truncate = times,
            Fault::Garbage { times } => inner.faults.garbage = times,
            Fault::Refuse { times } => inner.faults.refuse = times,
        }
    }

    /// No faults from now on.
    pub fn clear_faults(&self) {
        self.lock().faults = Faults::default();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic in a test's closure leaves the hub usable for what the test asserts next.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn upgrade(&self, upgrade: WebSocketUpgrade) -> Response {
        let limit = {
            let mut inner = self.lock();
            if inner.faults.refuse > 0 {
                inner.faults.refuse -= 1;
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
            // Above the hub's own limit, so that the hub is the one that closes, with its code.
            inner.hub.config().frame_max_bytes * 4
        };
        let live = self.clone();
        upgrade.max_message_size(limit).on_upgrade(move |socket| async move { live.serve(socket).await })
    }

    async fn serve(self, socket: WebSocket) {
        let (orders, todo) = mpsc::channel(QUEUE);
        let (cut, was_cut) = oneshot::channel();
        let now_ms = self.owner.now_ms();
        let conn = {
            let mut inner = self.lock();
            inner.last_conn += 1;
            let conn = ConnId(inner.last_conn);
            inner.sockets.insert(conn, Socket { orders, cut: Some(cut) });
            let Inner { hub, ids, .. } = &mut *inner;
            hub.open(conn, &Env { now_ms, ids });
            conn
        };
        // Whatever the task is waiting for, a cut ends it and drops the socket.
        tokio::select! {
            biased;
            _ = was_cut => {}
            () = self.carry(conn, socket, todo) => {}
        }
        let mut inner = self.lock();
        inner.sockets.remove(&conn);
        inner.hub.close(conn);
    }

    async fn carry(&self, conn: ConnId, mut socket: WebSocket, mut todo: mpsc::Receiver<Order>) {
        loop {
            tokio::select! {
                biased;
                order = todo.recv() => match order {
                    Some(Order::Frame(text)) => {
                        if socket.send(Message::Text(text.into())).await.is_err() {
                            return;
                        }
                    }
                    Some(Order::Close(code, reason)) => {
                        let frame = CloseFrame { code, reason: reason.into() };
                        if socket.send(Message::Close(Some(frame))).await.is_ok() {
                            // The client's own close frame, so that it sees the code and no reset.
                            let rest = async { while let Some(Ok(_)) = socket.recv().await {} };
                            let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
                        }
                        return;
                    }
                    None => return,
                },
                message = socket.recv() => match message {
                    Some(Ok(Message::Text(text))) => self.heard(conn, &text),
                    Some(Ok(Message::Binary(_))) => {
                        self.with(|hub, _| hub.shut(conn, CloseCode::INAPPROPRIATE_PROTOCOL));
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                },
            }
        }
    }

    fn heard(&self, conn: ConnId, text: &str) {
        if !self.lock().faults.silent {
            self.with(|hub, env| hub.text(conn, text, env));
        }
    }
}

impl Inner {
    /// Puts the hub's output into the sockets' queues; what is for the owner is returned.
    fn deliver(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        for output in self.hub.take_output() {
            match output {
                Output::Frame { conn, text } => self.order(conn, Order::Frame(text)),
                Output::Close { conn, code, reason } => self.order(conn, Order::Close(code, reason)),
                Output::Rpc { conn, id, user, method, data } => {
                    calls.push(Call { conn, id, user, method, data });
                }
            }
        }
        calls
    }

    fn order(&mut self, conn: ConnId, order: Order) {
        if self.faults.silent {
            return;
        }
        let order = match order {
            Order::Frame(text) if self.faults.truncate > 0 => {
                self.faults.truncate -= 1;
                let half = text.char_indices().nth(text.chars().count() / 2).map_or(0, |(at, _)| at);
                Order::Frame(text[..half].to_owned())
            }
            Order::Frame(_) if self.faults.garbage > 0 => {
                self.faults.garbage -= 1;
                Order::Frame("\u{1}<garbage>".to_owned())
            }
            other => other,
        };
        let Some(socket) = self.sockets.get_mut(&conn) else { return };
        if socket.orders.try_send(order).is_err() {
            tracing::warn!(conn = conn.0, code = CloseCode::SLOW.0, "a client does not read; cut");
            socket.cut = None;
            self.hub.close(conn);
        }
    }

    fn cut_all(&mut self) {
        for (conn, socket) in &mut self.sockets {
            socket.cut = None;
            self.hub.close(*conn);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use axum::Router;
    use serde_json::json;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use super::*;
    use crate::hub::mint_connection_token;

    const KEY: &[u8] = b"key";

    struct Still(AtomicI64);

    impl Owner for Still {
        fn now_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }

        fn rpc(&self, hub: &LiveHub, call: Call) {
            hub.answer(&call, Ok(call.data.clone()));
        }
    }

    async fn serve() -> (LiveHub, std::net::SocketAddr) {
        let live = LiveHub::new(HubConfig::new(KEY), Ids::seeded(1), Arc::new(Still(AtomicI64::new(0))));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let router = Router::new().route("/ws", live.route());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (live, address)
    }

    /// A WebSocket by hand: what the client reads, and when, is the test's to say.
    async fn dial(address: std::net::SocketAddr) -> (TcpStream, String) {
        let mut tcp = TcpStream::connect(address).await.expect("connected");
        let ask = "GET /ws HTTP/1.1\r\nHost: loopback\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        tcp.write_all(ask.as_bytes()).await.expect("sent");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(tcp.read_u8().await.expect("an answer"));
        }
        (tcp, String::from_utf8(head).expect("a head"))
    }

    /// A short text frame, masked with zeros.
    async fn say(tcp: &mut TcpStream, text: &str) {
        let mut frame = vec![0x81, 0xfe, 0, 0, 0, 0, 0, 0];
        frame[2..4].copy_from_slice(&u16::try_from(text.len()).expect("short").to_be_bytes());
        frame.extend(text.as_bytes());
        tcp.write_all(&frame).await.expect("sent");
    }

    async fn listener(address: std::net::SocketAddr) -> TcpStream {
        let (mut tcp, _) = dial(address).await;
        let connect = json!({"id": 1, "connect": {"token": mint_connection_token(KEY, "ann", None, &[])}});
        say(&mut tcp, &format!("{connect}\n{}", json!({"id": 2, "subscribe": {"channel": "chat:1"}}))).await;
        tcp
    }

    async fn until(what: &str, holds: impl Fn() -> bool) {
        for _ in 0..500 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("not within 5 s: {what}");
    }

    #[tokio::test]
    async fn who_does_not_read_is_cut_and_the_others_are_not() {
        let (live, address) = serve().await;
        let mut slow = listener(address).await;
        let mut quick = listener(address).await;
        let reads = tokio::spawn(async move {
            let mut rest = vec![0; 65_536];
            while quick.read(&mut rest).await.is_ok_and(|read| read > 0) {}
        });
        until("both listen", || live.with(|hub, _| hub.audience("chat:1").clients) == 2).await;
        let event = json!("x".repeat(30_000));
        for _ in 0..2_000 {
            live.publish("chat:1", event.clone());
            if live.with(|hub, _| hub.connections()) < 2 {
                break;
            }
            tokio::task::yield_now().await;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        until("one is cut", || live.with(|hub, _| hub.connections()) == 1).await;
        assert!(!reads.is_finished(), "the one that reads stays");
        let mut rest = Vec::new();
        let ends = tokio::time::timeout(Duration::from_secs(5), slow.read_to_end(&mut rest)).await;
        assert!(ends.is_ok(), "its socket is closed");
    }

    #[tokio::test]
    async fn a_cut_has_no_farewell() {
        let (live, address) = serve().await;
        let mut tcp = listener(address).await;
        until("it listens", || live.with(|hub, _| hub.audience("chat:1").clients) == 1).await;
        live.fault(Fault::Cut);
        let mut got = Vec::new();
        // An error is a reset: a cut all the same.
        let _ = tcp.read_to_end(&mut got).await;
        assert!(!got.windows(2).any(|two| two[0] == 0x88 && two[1] < 126), "no close frame");
        assert_eq!(live.with(|hub, _| hub.connections()), 0);
    }

    #[tokio::test]
    async fn refusals_are_counted_down() {
        let (live, address) = serve().await;
        live.fault(Fault::Refuse { times: 1 });
        assert!(dial(address).await.1.starts_with("HTTP/1.1 503"));
        assert!(dial(address).await.1.starts_with("HTTP/1.1 101"));
    }

    #[tokio::test]
    async fn a_client_that_leaves_is_forgotten() {
        let (live, address) = serve().await;
        let tcp = listener(address).await;
        until("it listens", || live.with(|hub, _| hub.audience("chat:1").clients) == 1).await;
        drop(tcp);
        until("it is gone", || live.with(|hub, _| hub.connections()) == 0).await;
    }
}
