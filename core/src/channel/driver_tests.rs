//! The channel over real sockets against the sandbox's hub, with the faults a network has.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nightmarket_sandbox::Ids;
use nightmarket_sandbox::hub::skin::{Call, Fault, LiveHub, Owner};
use nightmarket_sandbox::hub::{
    CloseCode, HubConfig, HubError, mint_connection_token, mint_subscription_token,
};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::super::{Backoff, StopReason, Token, TokenError};
use super::*;
use crate::ports::{Dial, Frame, FrameReceiver, FrameSender, SystemClock, TlsSettings, WebSocketDial, tls};
use crate::testing::{self, ScriptedHttp};

const SECRET: &[u8] = b"for loopback only";
const START_MS: i64 = 1_790_000_000_000;

/// The hub's owner: answers `echo`, refuses `refuse`, and never answers `silence`.
#[derive(Default)]
struct Echo {
    moved_ms: AtomicI64,
}

impl Owner for Echo {
    fn now_ms(&self) -> i64 {
        START_MS + self.moved_ms.load(Ordering::Relaxed)
    }

    fn rpc(&self, hub: &LiveHub, call: Call) {
        match call.method.as_str() {
            "echo" => hub.answer(&call, Ok(call.data.clone())),
            "refuse" => hub.answer(&call, Err(HubError::new(1403, "not allowed"))),
            _ => {}
        }
    }
}

/// Dials for real and keeps what is sent.
struct Recording {
    real: WebSocketDial,
    sent: Rc<RefCell<Vec<String>>>,
}

struct RecordingSender {
    real: Box<dyn FrameSender>,
    sent: Rc<RefCell<Vec<String>>>,
}

#[async_trait(?Send)]
impl Dial for Recording {
    async fn dial(&self, url: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        let (real, receiver) = self.real.dial(url).await?;
        Ok((Box::new(RecordingSender { real, sent: self.sent.clone() }), receiver))
    }
}

#[async_trait(?Send)]
impl FrameSender for RecordingSender {
    async fn send(&mut self, text: String) -> Result<()> {
        self.sent.borrow_mut().push(text.clone());
        self.real.send(text).await
    }

    async fn close(&mut self, code: u16) {
        self.real.close(code).await;
    }
}

/// Mints tokens; what is queued comes first.
#[derive(Default)]
struct Minted {
    first: RefCell<VecDeque<Result<String, TokenError>>>,
    asked: RefCell<Vec<(Vec<TokenKind>, bool)>>,
}

#[async_trait(?Send)]
impl TokenSource for Minted {
    async fn tokens(&self, kinds: &[TokenKind], fresh: bool) -> Vec<Result<Token, TokenError>> {
        self.asked.borrow_mut().push((kinds.to_vec(), fresh));
        let good = |kind: &TokenKind| match kind {
            TokenKind::Connection => mint_connection_token(SECRET, "ada", None, &[]),
            TokenKind::Subscription(channel) => mint_subscription_token(SECRET, "ada", channel, None),
        };
        let token = |secret: String| Token { secret: SecretString::from(secret), expires_in_ms: None };
        kinds
            .iter()
            .map(|kind| self.first.borrow_mut().pop_front().unwrap_or_else(|| Ok(good(kind))).map(token))
            .collect()
    }
}

struct Rig {
    hub: LiveHub,
    echo: Arc<Echo>,
    channel: Channel,
    tokens: Rc<Minted>,
    sent: Rc<RefCell<Vec<String>>>,
}

impl Rig {
    async fn start() -> Self {
        Self::with(HubConfig::new(SECRET)).await
    }

    async fn with(config: HubConfig) -> Self {
        let echo = Arc::new(Echo::default());
        let hub = LiveHub::new(config, Ids::seeded(1), echo.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = axum::Router::new().route("/connection/websocket", hub.route());
        tokio::spawn(hub.clone().run());
        tokio::spawn(async move { axum::serve(listener, router).await });

        let sent = Rc::new(RefCell::default());
        let real = WebSocketDial::new(&tls::client_config(&TlsSettings::default()).unwrap());
        let ports = Ports {
            dial: Rc::new(Recording { real, sent: Rc::clone(&sent) }),
            clock: Rc::new(SystemClock::default()),
            ..testing::ports(Rc::new(ScriptedHttp::default()))
        };
        let settings = Settings {
            url: format!("ws://{address}/connection/websocket"),
            name: "nightmarket".into(),
            version: "1".into(),
            needs_token: true,
            backoff: Backoff { base_ms: 20, cap_ms: 200, window_ms: 20 },
        };
        let tokens = Rc::new(Minted::default());
        let channel = Channel::start(&ports, settings, tokens.clone()).unwrap();
        Self { hub, echo, channel, tokens, sent }
    }

    async fn reaches(&self, wanted: State) {
        let mut state = self.channel.state();
        let reached = tokio::time::timeout(Duration::from_secs(5), state.wait_for(|state| *state == wanted));
        assert!(reached.await.is_ok(), "{wanted:?} was not reached: {:?}", self.channel.state().borrow());
    }

    /// Connected for the hub too.
    async fn online() -> Self {
        let rig = Self::start().await;
        rig.channel.set_foreground(true);
        rig.reaches(State::Connected).await;
        rig
    }

    async fn audience(&self, channel: &str, clients: usize) {
        let reached = async {
            while self.hub.with(|hub, _| hub.audience(channel).clients) != clients {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let reached = tokio::time::timeout(Duration::from_secs(5), reached).await;
        assert!(reached.is_ok(), "{channel} has not {clients} clients");
    }
}

fn recoverable() -> SubscribeOptions {
    SubscribeOptions { recoverable: true, ..SubscribeOptions::default() }
}

fn raw(value: &Value) -> Box<RawValue> {
    serde_json::value::to_raw_value(value).unwrap()
}

/// Events in short words.
async fn told(subscription: &mut Subscription) -> String {
    let event = tokio::time::timeout(Duration::from_secs(5), subscription.next()).await;
    match event.expect("an event in time") {
        None => "end".to_owned(),
        Some(ChannelEvent::Publication { data, .. }) => format!("pub {data}"),
        Some(ChannelEvent::Subscribed { recovered, was_recovering, .. }) => {
            format!("subscribed {recovered} {was_recovering}")
        }
        Some(ChannelEvent::Gap { .. }) => "gap".to_owned(),
        Some(ChannelEvent::Unsubscribed(why)) => format!("unsubscribed: {why}"),
    }
}

fn run<F: Future>(test: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, test)
}

#[test]
fn one_frame_connects_and_joins_and_events_come() {
    run(async {
        let rig = Rig::start().await;
        let mut room = rig.channel.subscribe("room:1", recoverable());
        let mut pulse = rig.channel.subscribe("pulse:1", SubscribeOptions::default());
        let options = SubscribeOptions { needs_token: true, ..recoverable() };
        let mut shopper = rig.channel.subscribe("shopper:ada", options);
        rig.channel.set_foreground(true);
        for subscription in [&mut room, &mut pulse, &mut shopper] {
            assert_eq!(told(subscription).await, "subscribed false false");
        }
        assert_eq!(rig.sent.borrow().len(), 1, "{:?}", rig.sent);
        assert_eq!(rig.tokens.asked.borrow().len(), 1, "all tokens in one question");
        rig.hub.publish("room:1", json!({"pin": null}));
        rig.hub.publish("pulse:1", json!({"hearts": {"count": 3}}));
        rig.hub.publish("shopper:ada", json!({"order": {}}));
        assert_eq!(told(&mut room).await, r#"pub {"pin":null}"#);
        assert_eq!(told(&mut pulse).await, r#"pub {"hearts":{"count":3}}"#);
        assert_eq!(told(&mut shopper).await, r#"pub {"order":{}}"#);
    });
}

#[test]
fn calls_are_answered_refused_or_unknown() {
    run(async {
        let rig = Rig::start().await;
        let offline = rig.channel.rpc("echo", raw(&json!(1))).await;
        assert_eq!(offline.unwrap_err(), CallError::NotSent(super::super::NotSent::Offline));
        rig.channel.set_foreground(true);
        // Before the connection is up: waits for it.
        let answer: Value = rig.channel.call("echo", &json!({"text": "那一颗"})).await.unwrap();
        assert_eq!(answer, json!({"text": "那一颗"}));
        let refused = rig.channel.call::<Value>("refuse", &json!({})).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden");
        let malformed = rig.channel.call::<u32>("echo", &json!("seven")).await.unwrap_err();
        assert_eq!(malformed.code(), "malformed");
        let cut = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            rig.hub.fault(Fault::Cut);
        };
        let (unknown, ()) = tokio::join!(rig.channel.rpc("silence", raw(&json!({}))), cut);
        assert_eq!(unknown.unwrap_err(), CallError::Unknown);
        // And it goes on.
        assert_eq!(rig.channel.call::<u32>("echo", &json!(7)).await.unwrap(), 7);
    });
}

#[test]
fn what_is_published_while_the_network_breaks_comes_once_and_in_order() {
    run(async {
        let rig = Rig::online().await;
        let mut chat = rig.channel.subscribe("chat:1", recoverable());
        assert_eq!(told(&mut chat).await, "subscribed false false");
        let faults = [
            Fault::Cut,
            Fault::Truncate { times: 1 },
            Fault::Garbage { times: 1 },
            Fault::Refuse { times: 2 },
        ];
        let publishing = async {
            for number in 0..400 {
                rig.hub.publish("chat:1", json!(number));
                if number % 40 == 20 {
                    rig.hub.fault(faults[number / 40 % faults.len()]);
                    rig.hub.fault(Fault::Cut);
                }
                tokio::time::sleep(Duration::from_millis(3)).await;
            }
        };
        let reading = async {
            let (mut got, mut recoveries) = (Vec::new(), 0);
            while got.len() < 400 {
                match tokio::time::timeout(Duration::from_secs(10), chat.next()).await.expect("in time") {
                    Some(ChannelEvent::Publication { data, .. }) => {
                        got.push(data.get().parse::<usize>().unwrap());
                    }
                    Some(ChannelEvent::Subscribed { recovered: true, .. }) => recoveries += 1,
                    Some(ChannelEvent::Subscribed { .. } | ChannelEvent::Gap { .. }) => panic!("a gap"),
                    Some(ChannelEvent::Unsubscribed(why)) => panic!("{why}"),
                    None => panic!("the end"),
                }
            }
            assert_eq!(got, (0..400).collect::<Vec<_>>());
            assert!(recoveries >= 3, "{recoveries} recoveries");
        };
        tokio::join!(publishing, reading);
    });
}

#[test]
fn a_stream_that_is_gone_is_a_gap_before_what_follows() {
    run(async {
        let rig = Rig::online().await;
        let mut chat = rig.channel.subscribe("chat:1", recoverable());
        assert_eq!(told(&mut chat).await, "subscribed false false");
        rig.hub.publish("chat:1", json!(1));
        assert_eq!(told(&mut chat).await, "pub 1");
        rig.hub.with(|hub, _| {
            hub.disconnect_all(CloseCode::SHUTDOWN);
            hub.forget_stream("chat:1");
        });
        assert_eq!(told(&mut chat).await, "subscribed false true");
        assert_eq!(told(&mut chat).await, "gap");
        rig.hub.publish("chat:1", json!(2));
        assert_eq!(told(&mut chat).await, "pub 2");
    });
}

#[test]
fn a_snapshots_position_and_history_agree_with_the_stream() {
    run(async {
        let rig = Rig::online().await;
        (1..=5).for_each(|number| drop(rig.hub.publish("chat:1", json!(number))));
        let chat = rig.channel.subscribe("chat:1", recoverable());
        let page = rig.channel.history("chat:1", 2, None, true).await.unwrap();
        let newest: Vec<_> = page.publications.iter().map(|one| one.data.get()).collect();
        assert_eq!((newest, page.position.offset), (vec!["5", "4"], 5));
        drop(chat);
        let from = Some(Position { offset: 3, ..page.position });
        let mut chat = rig.channel.subscribe("chat:1", SubscribeOptions { from, ..recoverable() });
        assert_eq!(told(&mut chat).await, "subscribed true true");
        assert_eq!(told(&mut chat).await, "pub 4");
        assert_eq!(told(&mut chat).await, "pub 5");
        let unknown = rig.channel.history("nowhere:1", 2, None, false).await.unwrap_err();
        assert!(matches!(unknown, CallError::Refused { code: 102, .. }), "{unknown}");
    });
}

#[test]
fn services_share_a_channel_until_the_last_leaves() {
    run(async {
        let rig = Rig::online().await;
        let mut first = rig.channel.subscribe("chat:1", recoverable());
        assert_eq!(told(&mut first).await, "subscribed false false");
        let position = rig.hub.publish("chat:1", json!(1));
        assert_eq!(told(&mut first).await, "pub 1");
        let at = |offset| Some(Position { offset, epoch: position.epoch.clone() });
        let mut second = rig.channel.subscribe("chat:1", recoverable());
        let from_here = SubscribeOptions { from: at(1), ..recoverable() };
        let mut third = rig.channel.subscribe("chat:1", from_here);
        let from_ahead = SubscribeOptions { from: at(2), ..recoverable() };
        let mut fourth = rig.channel.subscribe("chat:1", from_ahead);
        let from_behind = SubscribeOptions { from: at(0), ..recoverable() };
        let mut fifth = rig.channel.subscribe("chat:1", from_behind);
        assert_eq!(told(&mut second).await, "subscribed false false");
        assert_eq!(told(&mut third).await, "subscribed true true");
        assert_eq!(told(&mut fourth).await, "subscribed true true");
        assert_eq!(told(&mut fifth).await, "subscribed false true");
        assert_eq!(told(&mut fifth).await, "gap");
        rig.hub.publish("chat:1", json!(2));
        rig.hub.publish("chat:1", json!(3));
        for subscription in [&mut first, &mut second, &mut third, &mut fifth] {
            assert_eq!(told(subscription).await, "pub 2");
            assert_eq!(told(subscription).await, "pub 3");
        }
        assert_eq!(told(&mut fourth).await, "pub 3", "2 is in its snapshot");
        drop((first, second, fourth, fifth));
        rig.channel.call::<u32>("echo", &json!(1)).await.unwrap();
        rig.audience("chat:1", 1).await;
        drop(third);
        rig.audience("chat:1", 0).await;
    });
}

#[test]
fn the_background_leaves_and_the_foreground_catches_up() {
    run(async {
        let rig = Rig::online().await;
        let mut chat = rig.channel.subscribe("chat:1", recoverable());
        assert_eq!(told(&mut chat).await, "subscribed false false");
        rig.channel.set_foreground(false);
        rig.reaches(State::Offline).await;
        rig.audience("chat:1", 0).await;
        rig.hub.publish("chat:1", json!(1));
        rig.channel.set_foreground(true);
        assert_eq!(told(&mut chat).await, "subscribed true true");
        assert_eq!(told(&mut chat).await, "pub 1");
        rig.channel.network_changed();
        assert_eq!(told(&mut chat).await, "subscribed true true");
    });
}

#[test]
fn tokens_that_are_no_good_are_replaced_once() {
    run(async {
        let rig = Rig::start().await;
        let expired = mint_connection_token(SECRET, "ada", Some(START_MS - 60_000), &[]);
        let foreign = mint_connection_token(b"another secret", "ada", None, &[]);
        rig.tokens.first.borrow_mut().extend([Ok(expired), Ok(foreign)]);
        let mut room = rig.channel.subscribe("room:1", recoverable());
        rig.channel.set_foreground(true);
        assert_eq!(told(&mut room).await, "subscribed false false");
        let fresh: Vec<bool> = rig.tokens.asked.borrow().iter().map(|(_, fresh)| *fresh).collect();
        assert_eq!(fresh, [false, true, true]);

        let rig = Rig::start().await;
        rig.tokens.first.borrow_mut().extend([Ok("nonsense".to_owned()), Ok("nonsense".to_owned())]);
        rig.channel.set_foreground(true);
        rig.reaches(State::Stopped(StopReason::TokenRefused)).await;
        // Signed in again.
        rig.channel.set_foreground(true);
        rig.reaches(State::Connected).await;
    });
}

#[test]
fn a_venue_that_refuses_tokens_stops_the_channel_or_the_subscription() {
    run(async {
        let rig = Rig::online().await;
        rig.tokens.first.borrow_mut().push_back(Err(TokenError::Refused));
        let options = SubscribeOptions { needs_token: true, ..recoverable() };
        let mut group = rig.channel.subscribe("group:1", options);
        assert_eq!(told(&mut group).await, "unsubscribed: no token for this channel");
        assert_eq!(told(&mut group).await, "end");
        assert_eq!(*rig.channel.state().borrow(), State::Connected);

        let rig = Rig::start().await;
        rig.tokens.first.borrow_mut().push_back(Err(TokenError::Refused));
        rig.channel.set_foreground(true);
        rig.reaches(State::Stopped(StopReason::TokenRefused)).await;
    });
}

#[test]
fn the_hub_decides_what_an_end_means() {
    run(async {
        let rig = Rig::online().await;
        let mut room = rig.channel.subscribe("room:1", recoverable());
        let mut nowhere = rig.channel.subscribe("nowhere:1", recoverable());
        assert_eq!(told(&mut room).await, "subscribed false false");
        let refused = "unsubscribed: the hub refused the subscription (102): unknown channel";
        assert_eq!(told(&mut nowhere).await, refused);
        rig.hub.with(|hub, _| hub.unsubscribe_user("ada", "room:1"));
        assert!(told(&mut room).await.starts_with("unsubscribed: the hub ended the subscription (2000)"));
        assert_eq!(told(&mut room).await, "end");
        // Joined anew, it is a new subscription; the old one's end does not touch it.
        let mut again = rig.channel.subscribe("room:1", recoverable());
        assert_eq!(told(&mut again).await, "subscribed false false");
        drop(room);
        rig.channel.call::<u32>("echo", &json!(1)).await.unwrap();
        rig.audience("room:1", 1).await;
        rig.hub.with(|hub, _| hub.disconnect_all(CloseCode::FORCE_DISCONNECT));
        let mut state = rig.channel.state();
        let stopped = state.wait_for(|state| matches!(state, State::Stopped(_)));
        let stopped = tokio::time::timeout(Duration::from_secs(5), stopped).await.unwrap().unwrap().clone();
        assert!(
            matches!(stopped, State::Stopped(StopReason::Disconnected { code: 3503, .. })),
            "{stopped:?}"
        );
    });
}

#[test]
fn tokens_are_renewed_while_connected() {
    run(async {
        let rig = Rig::start().await;
        let short = mint_connection_token(SECRET, "ada", Some(START_MS + 2_000), &[]);
        rig.tokens.first.borrow_mut().push_back(Ok(short));
        rig.channel.set_foreground(true);
        rig.reaches(State::Connected).await;
        let renewed = async {
            while !rig.sent.borrow().iter().any(|text| text.contains("\"refresh\"")) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(4), renewed).await.is_ok());
        rig.channel.call::<u32>("echo", &json!(1)).await.unwrap();
        // Past the first token's end and the hub's patience, the connection is still the same.
        rig.echo.moved_ms.fetch_add(60_000, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(*rig.channel.state().borrow(), State::Connected);
        assert_eq!(rig.sent.borrow().iter().filter(|text| text.contains("\"connect\"")).count(), 1);
    });
}

#[test]
fn the_hub_names_the_reconnect_window() {
    run(async {
        let rig = Rig::with(HubConfig { reconnect_window_ms: 70, ..HubConfig::new(SECRET) }).await;
        let mut window = rig.channel.reconnect_window();
        assert_eq!(*window.borrow(), 20);
        rig.channel.set_foreground(true);
        window.wait_for(|ms| *ms == 70).await.unwrap();
    });
}

#[test]
fn dropping_the_channel_ends_everything() {
    run(async {
        let rig = Rig::online().await;
        let mut room = rig.channel.subscribe("room:1", recoverable());
        assert_eq!(told(&mut room).await, "subscribed false false");
        rig.audience("room:1", 1).await;
        let hub = rig.hub.clone();
        drop(rig);
        assert_eq!(told(&mut room).await, "end");
        let gone = async {
            while hub.with(|hub, _| hub.connections()) > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        assert!(tokio::time::timeout(Duration::from_secs(5), gone).await.is_ok());
    });
}

#[test]
fn an_answer_nobody_waits_for_is_forgotten() {
    run(async {
        let rig = Rig::online().await;
        let silent = rig.channel.rpc("silence", raw(&json!({})));
        assert!(tokio::time::timeout(Duration::from_millis(20), silent).await.is_err());
        assert!(rig.channel.inner.calls.borrow().is_empty());
        assert_eq!(rig.channel.call::<u32>("echo", &json!(7)).await.unwrap(), 7);
    });
}

#[test]
fn plain_sockets_go_to_this_machine_only() {
    run(async {
        let rig = Rig::start().await;
        let settings = Settings {
            url: "ws://hub.example/connection/websocket".into(),
            name: String::new(),
            version: String::new(),
            needs_token: true,
            backoff: Backoff::default(),
        };
        let ports = testing::ports(Rc::new(ScriptedHttp::default()));
        let refused = Channel::start(&ports, settings, rig.tokens.clone()).err().map(|error| error.code());
        assert_eq!(refused, Some("bad_address"));
    });
}

#[test]
fn many_services_in_one_turn_share_a_frame() {
    run(async {
        let rig = Rig::online().await;
        rig.sent.borrow_mut().clear();
        let calls = (0..20).map(|number| {
            let channel = rig.channel.clone();
            async move { channel.call::<u32>("echo", &json!(number)).await.unwrap() }
        });
        let answers = futures_util::future::join_all(calls).await;
        assert_eq!(answers, (0..20).collect::<Vec<u32>>());
        assert_eq!(rig.sent.borrow().len(), 1);
    });
}

/// Takes connect, answers it, and is never heard of again; frames go nowhere.
struct HalfOpen {
    dials: Rc<Cell<u32>>,
}

struct Hole;

struct OneFrame(Option<Frame>);

#[async_trait(?Send)]
impl Dial for HalfOpen {
    async fn dial(&self, _: &Url) -> Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        let dials = self.dials.get() + 1;
        self.dials.set(dials);
        // The machine numbers its commands through; here every second one is a connect, the others are calls.
        let reply = json!({"id": dials * 2 - 1, "connect": {"ping": 25, "pong": true}});
        Ok((Box::new(Hole), Box::new(OneFrame(Some(Frame::Text(reply.to_string()))))))
    }
}

#[async_trait(?Send)]
impl FrameSender for Hole {
    async fn send(&mut self, _: String) -> Result<()> {
        std::future::pending().await
    }

    async fn close(&mut self, _: u16) {
        std::future::pending::<()>().await;
    }
}

#[async_trait(?Send)]
impl FrameReceiver for OneFrame {
    async fn receive(&mut self) -> Frame {
        // A moment for connect to be sent.
        tokio::time::sleep(Duration::from_millis(5)).await;
        match self.0.take() {
            Some(frame) => frame,
            None => std::future::pending().await,
        }
    }
}

#[test]
fn a_half_open_socket_is_left_and_a_stuck_writer_keeps_nobody() {
    testing::run(async {
        let dials = Rc::new(Cell::new(0));
        let ports = Ports {
            dial: Rc::new(HalfOpen { dials: dials.clone() }),
            ..testing::ports(Rc::new(ScriptedHttp::default()))
        };
        let settings = Settings {
            url: "ws://127.0.0.1/".into(),
            name: "nightmarket".into(),
            version: "1".into(),
            needs_token: false,
            backoff: Backoff { base_ms: 500, cap_ms: 20_000, window_ms: 60_000 },
        };
        let channel = Channel::start(&ports, settings, Rc::new(Minted::default())).unwrap();
        let start = ports.clock.monotonic_ms();
        let passed = || ports.clock.monotonic_ms() - start;
        let mut state = channel.state();
        channel.set_foreground(true);
        state.wait_for(|state| *state == State::Connected).await.unwrap();
        let call = channel.rpc("echo", raw(&json!(1))).await;
        assert_eq!((call.unwrap_err(), passed() / 1_000), (CallError::Unknown, 10));
        state.wait_for(|state| *state == State::Offline).await.unwrap();
        assert!((35_000..36_000).contains(&passed()), "a ping and its grace: {}", passed());
        state.wait_for(|state| *state == State::Connected).await.unwrap();
        assert!(dials.get() == 2 && passed() <= 97_000, "{} dials in {}", dials.get(), passed());
    });
}

#[test]
fn a_hub_that_refuses_the_upgrade_names_when_to_come_back() {
    run(async {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("ws://{}/", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move {
            for (status, header) in [("503 Busy", "Retry-After: 7\r\n"), ("503 Busy", ""), ("404 Gone", "")] {
                let (mut socket, _) = listener.accept().await.unwrap();
                let mut request = [0; 1024];
                assert!(socket.read(&mut request).await.unwrap() > 0);
                let answer = format!("HTTP/1.1 {status}\r\n{header}content-length: 0\r\n\r\n");
                socket.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let dial = WebSocketDial::new(&tls::client_config(&TlsSettings::default()).unwrap());
        for wait_ms in [Some(7_000), None, None] {
            let told = match dial.dial(&url).await.err() {
                Some(Error::SlowDown { retry_after_ms, .. }) => Some(retry_after_ms),
                Some(Error::Unreachable { .. }) => None,
                other => panic!("{other:?}"),
            };
            assert_eq!(told, wait_ms);
        }
    });
}

#[test]
fn bytes_and_frames_without_end_cost_the_connection_only() {
    use futures_util::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::Message;
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen = Rc::new(Cell::new(0));
        let count = seen.clone();
        tokio::task::spawn_local(async move {
            let hostile = [
                Message::binary(vec![0xff, 0xfe, 0x00, 0x7b]),
                Message::text("x".repeat(10 << 20)),
                Message::text("\u{202e}}{ no JSON"),
                Message::text("[".repeat(100_000)),
            ];
            for message in hostile.into_iter().map(Some).chain([None]) {
                let (stream, _) = listener.accept().await.unwrap();
                let mut socket = tokio_tungstenite::accept_async(stream).await.unwrap();
                let hello = socket.next().await.unwrap().unwrap();
                let command: Value = serde_json::from_str(hello.to_text().unwrap()).unwrap();
                assert!(command["connect"].is_object(), "{command}");
                count.set(count.get() + 1);
                let welcome =
                    json!({ "id": command["id"], "connect": { "client": "c", "ping": 25, "pong": true } });
                // What follows the frame may not be wanted any more.
                let _ = socket.send(message.unwrap_or_else(|| Message::text(welcome.to_string()))).await;
                tokio::task::spawn_local(async move { while let Some(Ok(_)) = socket.next().await {} });
            }
            std::future::pending::<()>().await;
        });
        let ports = Ports {
            dial: Rc::new(WebSocketDial::new(&tls::client_config(&TlsSettings::default()).unwrap())),
            clock: Rc::new(SystemClock::default()),
            ..testing::ports(Rc::new(ScriptedHttp::default()))
        };
        let settings = Settings {
            url: format!("ws://{address}/connection/websocket"),
            name: "nightmarket".into(),
            version: "1".into(),
            needs_token: false,
            backoff: Backoff { base_ms: 20, cap_ms: 50, window_ms: 20 },
        };
        let channel = Channel::start(&ports, settings, Rc::new(Minted::default())).unwrap();
        channel.set_foreground(true);
        let mut state = channel.state();
        let connected = state.wait_for(|state| *state == State::Connected);
        tokio::time::timeout(Duration::from_secs(20), connected).await.expect("in time").unwrap();
        assert_eq!(seen.get(), 5, "four were given up, the fifth holds");
    });
}
