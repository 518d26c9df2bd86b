//! The live channel as a pure machine: the life of the connection, told as inputs and effects.
//!
//! An attempt dials and asks for tokens at the same time. On the open socket, connect and every subscribe whose token is
//! there go out in one frame, which saves a round trip for each. The hub refuses whatever follows a refused connect by
//! closing with 3501, so that code gets one more attempt with connect alone before it is believed.
//!
//! A lost connection marks every call that was sent and not answered as unknown, keeps those that were not sent for the
//! time a call may wait, and leaves the subscriptions in place with their positions (see `machine_subs`).
//! The machine knows no clock: it is told the time, and says by [`Machine::wake_at`] when it wants to be woken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use secrecy::ExposeSecret;

use super::machine_calls::{Call, Pending, Waits};
use super::machine_io::{Closed, Effect, Input, Settings, SocketId, State, StopReason, TokenKind};
use super::machine_subs::Sub;
use super::machine_tokens::ConnectionToken;
use super::protocol::{
    self, Body, Command, ConnectResult, FrameError, Incoming, PONG, Push, RefreshResult, Refusal, Request,
    Verdict, close_verdict, code,
};

/// How long dialling, or the token, or an answer may take, milliseconds.
pub const PATIENCE_MS: u64 = 10_000;
/// How much later than promised a ping may come before the socket counts as half-open, milliseconds.
pub const PING_GRACE_MS: u64 = 10_000;
/// A connection that held so long counts as a success; before, its end is one more failure, milliseconds.
pub const STABLE_MS: u64 = 5_000;
/// Changes of network do not dial more often than this, milliseconds.
const MIN_REDIAL_MS: u64 = 1_000;
/// The most channels at once (a hub's usual limit).
pub const MAX_SUBSCRIPTIONS: usize = 128;
/// The most calls at once, sent or waiting.
pub const MAX_CALLS: usize = 256;

pub(super) enum Phase {
    /// Nobody wants a connection.
    Idle,
    /// For the next attempt.
    Waiting { at_ms: u64 },
    /// For the socket, or the socket is open and the token is missing.
    Dialing { by_ms: u64, opened: bool },
    /// Connect was sent, alone or with subscribes behind it.
    Hello { batched: bool },
    /// Up.
    Connected { since_ms: u64, pong: bool, silence: Option<Silence> },
    /// Until opened again.
    Stopped(StopReason),
}

pub(super) struct Silence {
    after_ms: u64,
    at_ms: u64,
}

/// The connection, its subscriptions and its calls.
pub struct Machine {
    pub(super) settings: Settings,
    pub(super) now: u64,
    random: u64,
    pub(super) phase: Phase,
    shown: State,
    socket: SocketId,
    dialed_at: Option<u64>,
    /// A server asked not to come back before.
    pub(super) not_before: u64,
    /// Attempts failed, or connections lost early, since the last one that held.
    failures: u32,
    /// Send subscribes behind connect.
    batch: bool,
    pub(super) token: ConnectionToken,
    next_command: u32,
    pub(super) pending: BTreeMap<u32, Pending>,
    pub(super) waiting: VecDeque<Call>,
    pub(super) subs: BTreeMap<Arc<str>, Sub>,
    lines: Vec<String>,
    pub(super) effects: Vec<Effect>,
}

impl Machine {
    /// At rest; [`Input::Open`] starts it.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            now: 0,
            random: 0,
            phase: Phase::Idle,
            shown: State::Offline,
            socket: 0,
            dialed_at: None,
            not_before: 0,
            failures: 0,
            batch: true,
            token: ConnectionToken::default(),
            next_command: 0,
            pending: BTreeMap::new(),
            waiting: VecDeque::new(),
            subs: BTreeMap::new(),
            lines: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Takes one input. `now_ms` is a monotonic clock that also counts sleep; `random` is fresh each time.
    /// The effects are collected by [`Self::drain`]: several inputs may go before it, and share frames.
    pub fn handle(&mut self, now_ms: u64, random: u64, input: Input<'_>) {
        self.now = self.now.max(now_ms);
        self.random = random;
        match input {
            Input::Open => self.open(),
            Input::Close => self.close(),
            Input::NetworkChanged => self.network_changed(),
            Input::SignInChanged => self.sign_in_changed(),
            Input::Window(ms) => self.settings.backoff.window_ms = ms,
            Input::SocketOpened(socket) => self.socket_opened(socket),
            Input::Frame { socket, text } => self.frame(socket, text),
            Input::SocketClosed { socket, closed } => self.socket_closed(socket, closed),
            Input::Wake => self.wake(),
            Input::Token { kind: TokenKind::Connection, result } => self.connection_token(result),
            Input::Token { kind: TokenKind::Subscription(channel), result } => {
                self.subscription_token(&channel, result);
            }
            Input::Subscribe { channel, options } => self.subscribe(channel, options),
            Input::Unsubscribe { channel } => self.unsubscribe(&channel),
            Input::Rpc { call, method, data } => self.rpc(call, method, data),
            Input::History { call, channel, limit, since, reverse } => {
                self.history(call, channel, limit, since, reverse);
            }
            Input::Forget { call } => self.forget(call),
        }
        let state = self.state();
        if state != self.shown {
            self.shown = state.clone();
            self.effects.push(Effect::State(state));
        }
    }

    /// What is to be done and told since the last call, in order; lines to send come last, in as few frames as may be.
    pub fn drain(&mut self) -> Vec<Effect> {
        let socket = self.socket;
        let frames = protocol::pack(self.lines.drain(..));
        self.effects.extend(frames.into_iter().map(|text| Effect::Send { socket, text }));
        std::mem::take(&mut self.effects)
    }

    /// When to hand in [`Input::Wake`] (by the clock of [`Self::handle`]), at the latest.
    pub fn wake_at(&self) -> Option<u64> {
        let phase = match &self.phase {
            Phase::Waiting { at_ms } => Some(*at_ms),
            Phase::Dialing { by_ms, .. } => Some(*by_ms),
            Phase::Connected { silence, .. } => silence.as_ref().map(|silence| silence.at_ms),
            Phase::Idle | Phase::Hello { .. } | Phase::Stopped(_) => None,
        };
        let times = [phase, self.token.refresh_at, self.calls_wake_at()].into_iter().flatten();
        times.chain(self.is_connected().then(|| self.subs_wake_at()).flatten()).min()
    }

    /// The connection's state as last told.
    pub fn state(&self) -> State {
        match &self.phase {
            Phase::Idle | Phase::Waiting { .. } => State::Offline,
            Phase::Dialing { .. } | Phase::Hello { .. } => State::Connecting,
            Phase::Connected { .. } => State::Connected,
            Phase::Stopped(reason) => State::Stopped(reason.clone()),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        matches!(self.phase, Phase::Connected { .. })
    }

    /// Nothing will be sent before the user of the channel acts.
    pub(super) fn is_at_rest(&self) -> bool {
        matches!(self.phase, Phase::Idle | Phase::Stopped(_))
    }

    /// A fresh draw (`SplitMix64` over the bits of this input).
    pub(super) fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A delay by full jitter before the next try of something that failed so often already.
    pub(super) fn jitter(&mut self, failures: u32) -> u64 {
        let random = self.draw();
        self.settings.backoff.delay(failures.max(1), random)
    }

    /// Writes a command and remembers what its reply is for; an answer is due within [`PATIENCE_MS`].
    pub(super) fn command(&mut self, waits: Waits, request: Request<'_>) -> u32 {
        self.next_command = self.next_command.checked_add(1).unwrap_or(1);
        let id = self.next_command;
        self.lines.push(protocol::encode(&Command { id, request }));
        if !matches!(waits, Waits::Nothing) {
            let by_ms = self.now.saturating_add(PATIENCE_MS);
            self.pending.insert(id, Pending { by_ms, waits });
        }
        id
    }

    // ---- the user's wishes

    fn open(&mut self) {
        if self.is_at_rest() {
            self.failures = 0;
            self.batch = true;
            self.token.accepted();
            self.attempt();
        }
    }

    fn close(&mut self) {
        self.leave();
        self.phase = Phase::Idle;
        self.fail_waiting_calls();
    }

    fn network_changed(&mut self) {
        if self.is_at_rest() {
            return;
        }
        self.leave();
        let earliest = self.dialed_at.map_or(0, |at| at.saturating_add(MIN_REDIAL_MS));
        if self.now < earliest {
            self.phase = Phase::Waiting { at_ms: earliest };
        } else {
            self.attempt();
        }
    }

    fn sign_in_changed(&mut self) {
        self.token.slot.void();
        self.void_subscription_tokens();
        if matches!(self.phase, Phase::Idle) {
            return;
        }
        self.leave();
        self.failures = 0;
        self.token.accepted();
        self.attempt();
    }

    // ---- attempts

    fn attempt(&mut self) {
        if self.now < self.not_before {
            self.phase = Phase::Waiting { at_ms: self.not_before };
            return;
        }
        self.socket += 1;
        self.dialed_at = Some(self.now);
        self.phase = Phase::Dialing { by_ms: self.now.saturating_add(PATIENCE_MS), opened: false };
        self.effects.push(Effect::Dial { socket: self.socket, url: self.settings.url.clone() });
        if self.settings.needs_token && self.token.slot.usable(self.now).is_none() {
            self.ask_connection_token();
        }
        self.ask_subscription_tokens();
    }

    /// Gives up the socket, if there is one, and everything that was under way on it.
    pub(super) fn leave(&mut self) {
        match &self.phase {
            Phase::Idle | Phase::Waiting { .. } | Phase::Stopped(_) => return,
            Phase::Connected { since_ms, .. } if self.now >= since_ms.saturating_add(STABLE_MS) => {
                self.failures = 0;
            }
            _ => {}
        }
        self.effects.push(Effect::CloseSocket { socket: self.socket });
        self.lines.clear();
        self.token.detached();
        self.drop_pending();
        self.subs_detached();
        // Placeholder until the caller says what comes next, so that a second call does nothing.
        self.phase = Phase::Idle;
    }

    fn retry_later(&mut self) {
        let random = self.draw();
        let backoff = self.settings.backoff;
        let jittered = self.now.saturating_add(backoff.delay(self.failures, random));
        let paced = self.dialed_at.unwrap_or(self.now).saturating_add(backoff.pace_ms(self.failures));
        self.failures = self.failures.saturating_add(1);
        self.phase = Phase::Waiting { at_ms: jittered.max(paced).max(self.not_before) };
    }

    pub(super) fn hold_off(&mut self, retry_after_ms: Option<u64>) {
        if let Some(ms) = retry_after_ms {
            let random = self.draw();
            let delay = self.settings.backoff.obey(ms, random);
            self.not_before = self.not_before.max(self.now.saturating_add(delay));
        }
    }

    pub(super) fn lost(&mut self) {
        self.leave();
        self.retry_later();
    }

    pub(super) fn stop(&mut self, reason: StopReason) {
        self.leave();
        self.phase = Phase::Stopped(reason);
        self.fail_waiting_calls();
    }

    // ---- the socket

    fn socket_opened(&mut self, socket: SocketId) {
        if socket != self.socket {
            return;
        }
        if let Phase::Dialing { opened, .. } = &mut self.phase {
            *opened = true;
            self.greet();
        }
    }

    /// Connect, and the subscribes behind it, once the socket is open and the token is there.
    pub(super) fn greet(&mut self) {
        if !matches!(self.phase, Phase::Dialing { opened: true, .. }) {
            return;
        }
        let secret = self.token.slot.usable(self.now).cloned();
        if self.settings.needs_token && secret.is_none() {
            return;
        }
        let (name, version) = (self.settings.name.clone(), self.settings.version.clone());
        let token = secret.as_ref().map(ExposeSecret::expose_secret);
        self.command(Waits::Connect, Request::Connect { token, name: &name, version: &version });
        self.phase = Phase::Hello { batched: false };
        let batched = self.batch && self.subscribe_ready() > 0;
        self.phase = Phase::Hello { batched };
    }

    fn socket_closed(&mut self, socket: SocketId, closed: Closed) {
        let in_use =
            matches!(self.phase, Phase::Dialing { .. } | Phase::Hello { .. } | Phase::Connected { .. });
        if socket != self.socket || !in_use {
            return;
        }
        match closed {
            Closed::NotOpened { retry_after_ms } => {
                self.hold_off(retry_after_ms);
                self.lost();
            }
            Closed::Dropped => self.lost(),
            Closed::Code { code, reason } => self.disconnected(code, reason),
        }
    }

    /// The hub ends the connection, by a close code or by a push that announces one.
    fn disconnected(&mut self, code: u32, reason: String) {
        let greeted = !matches!(self.phase, Phase::Dialing { .. });
        let batched = matches!(self.phase, Phase::Hello { batched: true });
        match code {
            code::INVALID_TOKEN => self.invalid_token(),
            // The hub refused what we sent behind connect: it may only have disliked the connect.
            code::BAD_REQUEST if batched => {
                self.batch = false;
                self.lost();
            }
            // Our token was slow, nothing else.
            code::STALE if !greeted => self.lost(),
            code::CONNECTION_EXPIRED => {
                self.token.slot.spoil();
                self.lost();
            }
            code::SUBSCRIPTION_EXPIRED_CLOSE => {
                self.spoil_subscription_tokens();
                self.lost();
            }
            code::STATE_INVALIDATED => {
                self.token.slot.spoil();
                self.spoil_subscription_tokens();
                self.lost();
            }
            _ => match close_verdict(code) {
                Verdict::Reconnect => self.lost(),
                Verdict::Stop => self.stop(StopReason::Disconnected { code, reason }),
            },
        }
    }

    fn frame(&mut self, socket: SocketId, text: &str) {
        if socket != self.socket || !self.heard() {
            return;
        }
        let incoming = match protocol::decode(text) {
            Ok(incoming) => incoming,
            Err(fault) => return self.broken(fault),
        };
        for one in incoming {
            match one {
                Ok(one) => self.incoming(one),
                Err(fault) => return self.broken(fault),
            }
            // What was read may have ended this connection.
            if socket != self.socket || !matches!(self.phase, Phase::Hello { .. } | Phase::Connected { .. }) {
                return;
            }
        }
    }

    /// Any frame is a sign of life. False if frames mean nothing now.
    fn heard(&mut self) -> bool {
        match &mut self.phase {
            Phase::Connected { silence, .. } => {
                if let Some(silence) = silence {
                    silence.at_ms = self.now.saturating_add(silence.after_ms);
                }
                true
            }
            Phase::Hello { .. } => true,
            _ => false,
        }
    }

    fn broken(&mut self, fault: FrameError) {
        self.effects.push(Effect::Fault(fault));
        self.lost();
    }

    fn incoming(&mut self, incoming: Incoming<'_>) {
        match incoming {
            Incoming::Ping => {
                if matches!(self.phase, Phase::Connected { pong: true, .. }) {
                    self.lines.push(PONG.to_owned());
                }
            }
            Incoming::Reply { id, body } => {
                if let Some(pending) = self.pending.remove(&id) {
                    self.reply(id, pending.waits, body);
                }
            }
            Incoming::Push { channel, push } => match push {
                Push::Publication(publication) => self.publication(&channel, &publication),
                Push::Unsubscribe { code, reason } => self.unsubscribed(&channel, code, reason),
                Push::Disconnect { code, reason } => self.disconnected(code, reason),
                Push::Refresh(result) => self.schedule_refresh(result),
                Push::Ignored => {}
            },
        }
    }

    fn reply(&mut self, id: u32, waits: Waits, body: Result<Body<'_>, Refusal>) {
        match waits {
            Waits::Connect => match body {
                Ok(Body::Connect(result)) => self.connected(&result),
                Ok(_) => self.connected(&ConnectResult::default()),
                Err(refusal) => self.connect_refused(refusal),
            },
            Waits::Subscribe(channel) => self.subscribe_reply(&channel, id, body),
            Waits::Refresh => match body {
                Ok(Body::Refresh(result)) => {
                    self.refreshed(result);
                }
                Ok(_) => {}
                Err(refusal) => self.refresh_refused(refusal),
            },
            Waits::SubRefresh(channel) => self.sub_refresh_reply(&channel, body),
            Waits::Call(call) => self.call_reply(call, body),
            Waits::Nothing => {}
        }
    }

    // ---- connected, and staying so

    fn connected(&mut self, result: &ConnectResult<'_>) {
        let silence = (result.ping > 0).then(|| {
            let after_ms = u64::from(result.ping) * 1000 + PING_GRACE_MS;
            Silence { after_ms, at_ms: self.now.saturating_add(after_ms) }
        });
        self.phase = Phase::Connected { since_ms: self.now, pong: result.pong, silence };
        if let Some(window_ms) = result.window_ms()
            && window_ms != self.settings.backoff.window_ms
        {
            self.settings.backoff.window_ms = window_ms;
            self.effects.push(Effect::Window(window_ms));
        }
        self.token.accepted();
        self.schedule_refresh(RefreshResult { expires: result.expires, ttl: result.ttl });
        self.subscribe_ready();
        self.send_waiting_calls();
    }

    fn connect_refused(&mut self, refusal: Refusal) {
        if refusal.code == code::TOKEN_EXPIRED {
            self.token.slot.spoil();
            self.leave();
            // A second time in a row it is a clock that is wrong, not a token: no hurry.
            if std::mem::replace(&mut self.token.expired, true) { self.retry_later() } else { self.attempt() }
        } else if refusal.is_temporary() {
            self.lost();
        } else {
            self.stop(StopReason::Refused { code: refusal.code, message: refusal.message });
        }
    }

    // ---- time

    fn wake(&mut self) {
        match &self.phase {
            Phase::Waiting { at_ms } if *at_ms <= self.now => self.attempt(),
            Phase::Dialing { by_ms, .. } if *by_ms <= self.now => self.lost(),
            Phase::Connected { silence: Some(silence), .. } if silence.at_ms <= self.now => self.lost(),
            _ => {}
        }
        if self.calls_overdue() {
            // The connection answers to nothing: what is behind it does not hear us.
            self.lost();
        }
        if self.is_connected() {
            self.refresh_due();
            self.subs_due();
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "machine_model_tests.rs"]
mod model_tests;
