//! One connection's commands and deadlines.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::Env;

use super::codes::{CloseCode, HubError, UNSUBSCRIBE_EXPIRED};
use super::config::HubConfig;
use super::stream::{HistoryPage, Position};
use super::token::{TokenError, verify};
use super::wire::{
    Command, ConnectRequest, ConnectResult, HistoryRequest, Lifetime, RefreshRequest, RefreshResult,
    ReplyResult, RpcRequest, SubRefreshRequest, SubscribeRequest, SubscribeResult,
};
use super::{ConnId, Hub, Output};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Open; `connect` has to come.
    Fresh,
    /// `connect` was refused with an error; the client is to close, anything else closes it.
    Refused,
    Live,
}

pub(super) struct Session {
    pub stage: Stage,
    pub user: String,
    pub subscriptions: BTreeMap<String, Subscription>,
    /// RPCs the owner has not answered.
    pub calls: BTreeSet<u32>,
    /// Index in the output of the frame that still takes lines, and how many it has.
    pub open_frame: Option<(usize, usize)>,
    client: String,
    opened_ms: i64,
    /// Seconds, as in the token.
    exp_s: Option<i64>,
    next_ping_ms: i64,
    /// Set from a ping until its pong.
    pinged_ms: Option<i64>,
}

pub(super) struct Subscription {
    exp_s: Option<i64>,
    server_side: bool,
}

/// What a command leads to if not to a result.
enum Stop {
    Error(HubError),
    Close(CloseCode),
}

impl From<HubError> for Stop {
    fn from(error: HubError) -> Self {
        Self::Error(error)
    }
}

impl From<CloseCode> for Stop {
    fn from(code: CloseCode) -> Self {
        Self::Close(code)
    }
}

impl Session {
    pub fn new(now_ms: i64) -> Self {
        Self {
            stage: Stage::Fresh,
            user: String::new(),
            subscriptions: BTreeMap::new(),
            calls: BTreeSet::new(),
            open_frame: None,
            client: String::new(),
            opened_ms: now_ms,
            exp_s: None,
            next_ping_ms: i64::MAX,
            pinged_ms: None,
        }
    }

    pub fn next_due_ms(&self, config: &HubConfig) -> i64 {
        if self.stage != Stage::Live {
            return self.opened_ms + config.stale_ms;
        }
        let pong = self.pinged_ms.filter(|_| config.pong_ms > 0).map_or(i64::MAX, |at| at + config.pong_ms);
        let expiries = self.subscriptions.values().map(|one| one.exp_s).chain([self.exp_s]);
        let expiry = expiries.flatten().map(|exp| close_at(exp, config)).min().unwrap_or(i64::MAX);
        self.next_ping_ms.min(pong).min(expiry)
    }
}

fn close_at(exp_s: i64, config: &HubConfig) -> i64 {
    exp_s.saturating_mul(1000).saturating_add(config.expired_close_delay_ms)
}

impl Hub {
    pub(super) fn advance_one(&mut self, conn: ConnId, now_ms: i64) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        let config = &self.config;
        if session.stage != Stage::Live {
            if now_ms >= session.opened_ms + config.stale_ms {
                self.shut(conn, CloseCode::STALE);
            }
            return;
        }
        if session.exp_s.is_some_and(|exp| now_ms >= close_at(exp, config)) {
            return self.shut(conn, CloseCode::EXPIRED);
        }
        if config.pong_ms > 0 && session.pinged_ms.is_some_and(|at| now_ms >= at + config.pong_ms) {
            return self.shut(conn, CloseCode::NO_PONG);
        }
        let expired: Vec<(String, bool)> = session
            .subscriptions
            .iter()
            .filter(|(_, one)| one.exp_s.is_some_and(|exp| now_ms >= close_at(exp, config)))
            .map(|(channel, one)| (channel.clone(), one.server_side))
            .collect();
        let ping = now_ms >= session.next_ping_ms;
        if ping {
            session.next_ping_ms = now_ms + config.ping_ms;
            session.pinged_ms = Some(now_ms);
        }
        for (channel, server_side) in expired {
            if server_side {
                return self.shut(conn, CloseCode::SUBSCRIPTION_EXPIRED);
            }
            self.end_subscription(conn, &channel, UNSUBSCRIBE_EXPIRED, "subscription expired");
        }
        if ping {
            self.say(conn, "{}");
        }
    }

    /// Handles one line; false: the rest of the frame is not looked at.
    pub(super) fn line(&mut self, conn: ConnId, line: &str, env: &mut Env<'_>) -> bool {
        let Some(session) = self.sessions.get(&conn) else { return false };
        let stage = session.stage;
        let Ok(command) = serde_json::from_str::<Command>(line) else {
            self.shut(conn, CloseCode::BAD_REQUEST);
            return false;
        };
        let (id, connects) = (command.id, command.connect.is_some());
        if stage == Stage::Refused || (stage == Stage::Fresh && !connects) {
            self.shut(conn, CloseCode::BAD_REQUEST);
            return false;
        }
        match self.command(conn, command, env) {
            Ok(Some(result)) => self.reply(conn, id, result),
            Ok(None) => {}
            Err(Stop::Error(error)) => {
                self.reply_error(conn, id, &error);
                if connects {
                    self.sessions.entry(conn).and_modify(|session| session.stage = Stage::Refused);
                    return false;
                }
            }
            Err(Stop::Close(code)) => {
                self.shut(conn, code);
                return false;
            }
        }
        true
    }

    fn command(
        &mut self,
        conn: ConnId,
        command: Command,
        env: &mut Env<'_>,
    ) -> Result<Option<ReplyResult>, Stop> {
        if command.is_pong() {
            return self.pong(conn);
        }
        let id = command.id;
        if id == 0 {
            // Only `send` may go without an id, and this hub takes none.
            let code = if command.send.is_some() { CloseCode::NOT_AVAILABLE } else { CloseCode::BAD_REQUEST };
            return Err(code.into());
        }
        if let Some(request) = command.connect {
            self.connect(conn, &request, env).map(|result| Some(ReplyResult::Connect(result)))
        } else if let Some(request) = command.subscribe {
            let result = self.subscribe(conn, &request, env)?;
            Ok(Some(ReplyResult::Subscribe(result)))
        } else if let Some(request) = command.unsubscribe {
            named(&request.channel)?;
            self.drop_subscription(conn, &request.channel);
            Ok(Some(ReplyResult::Unsubscribe {}))
        } else if let Some(request) = command.publish {
            named(&request.channel)?;
            Err(HubError::permission_denied().into())
        } else if let Some(request) = command.presence.or(command.presence_stats) {
            named(&request.channel)?;
            Err(HubError::not_available().into())
        } else if let Some(request) = command.history {
            let page = self.history_for(conn, &request, env)?;
            Ok(Some(ReplyResult::History(page)))
        } else if command.ping.is_some() {
            Err(HubError::not_available().into())
        } else if let Some(request) = command.rpc {
            self.call(conn, id, request)
        } else if let Some(request) = command.refresh {
            self.refresh(conn, &request, env).map(|result| Some(ReplyResult::Refresh(result)))
        } else if let Some(request) = command.sub_refresh {
            self.sub_refresh(conn, &request, env).map(|result| Some(ReplyResult::SubRefresh(result)))
        } else if command.send.is_some() {
            Err(CloseCode::NOT_AVAILABLE.into())
        } else {
            Err(CloseCode::BAD_REQUEST.into())
        }
    }

    fn session(&mut self, conn: ConnId) -> Result<&mut Session, Stop> {
        self.sessions.get_mut(&conn).ok_or(Stop::Close(CloseCode::BAD_REQUEST))
    }

    fn pong(&mut self, conn: ConnId) -> Result<Option<ReplyResult>, Stop> {
        // A pong nobody asked for is no protocol.
        self.session(conn)?.pinged_ms.take().ok_or(CloseCode::BAD_REQUEST)?;
        Ok(None)
    }

    fn connect(
        &mut self,
        conn: ConnId,
        request: &ConnectRequest,
        env: &mut Env<'_>,
    ) -> Result<ConnectResult, Stop> {
        if self.session(conn)?.stage == Stage::Live || request.token.is_empty() {
            return Err(CloseCode::BAD_REQUEST.into());
        }
        let claims =
            verify(&self.config.secret, &request.token, env.now_ms).map_err(|error| match error {
                TokenError::Expired => Stop::Error(HubError::token_expired()),
                TokenError::Invalid => Stop::Close(CloseCode::INVALID_TOKEN),
            })?;
        if claims.channel.is_some() {
            // A subscription token lets nobody connect.
            return Err(CloseCode::INVALID_TOKEN.into());
        }
        if claims.channels.len() > self.config.channels_max {
            return Err(CloseCode::CHANNEL_LIMIT.into());
        }
        if claims.channels.iter().any(|channel| self.config.namespace(channel).is_none()) {
            return Err(HubError::unknown_channel().into());
        }
        let client = env.ids.uuid();
        let next_ping_ms = env.now_ms + self.config.ping_ms;
        let session = self.session(conn)?;
        session.stage = Stage::Live;
        session.user = claims.sub;
        session.client.clone_from(&client);
        session.exp_s = claims.exp;
        session.next_ping_ms = next_ping_ms;
        let mut subs = BTreeMap::new();
        let from_start = SubscribeRequest::default();
        for channel in &claims.channels {
            let wanted = request.subs.get(channel).unwrap_or(&from_start);
            subs.insert(channel.clone(), self.enter(conn, channel, wanted, None, true, env)?);
        }
        let config = &self.config;
        let window = config.reconnect_window_ms;
        Ok(ConnectResult {
            client,
            lifetime: Lifetime::until(claims.exp, env.now_ms),
            data: (window > 0).then(|| json!({ "reconnect_window_ms": window })),
            subs,
            ping: u64::try_from(config.ping_ms).unwrap_or(0).div_ceil(1000),
            pong: config.pong_ms > 0,
        })
    }

    fn subscribe(
        &mut self,
        conn: ConnId,
        request: &SubscribeRequest,
        env: &mut Env<'_>,
    ) -> Result<SubscribeResult, Stop> {
        let channel = named(&request.channel)?;
        let (channel_max_bytes, channels_max) = (self.config.channel_max_bytes, self.config.channels_max);
        if channel.len() > channel_max_bytes {
            return Err(HubError::bad_request().into());
        }
        let session = self.session(conn)?;
        if session.subscriptions.contains_key(channel) {
            return Err(HubError::already_subscribed().into());
        }
        if session.subscriptions.len() >= channels_max {
            return Err(HubError::limit_exceeded().into());
        }
        let user = session.user.clone();
        let namespace = self.config.namespace(channel).ok_or_else(HubError::unknown_channel)?;
        if request.kind != 0 {
            return Err(HubError::not_available().into());
        }
        let mut exp_s = None;
        if !request.token.is_empty() {
            // As Centrifugo: a token that nobody signed is a missing right, one that was made for another channel or user is an
            // attack, and ends the connection.
            let claims =
                verify(&self.config.secret, &request.token, env.now_ms).map_err(|error| match error {
                    TokenError::Expired => HubError::token_expired(),
                    TokenError::Invalid => HubError::permission_denied(),
                })?;
            if claims.sub != user || claims.channel.as_deref() != Some(channel) {
                return Err(CloseCode::INVALID_TOKEN.into());
            }
            exp_s = claims.exp;
        } else if namespace.own_token {
            return Err(HubError::permission_denied().into());
        }
        self.enter(conn, channel, request, exp_s, false, env)
    }

    /// Subscribes, with recovery if asked for; everything was checked.
    fn enter(
        &mut self,
        conn: ConnId,
        channel: &str,
        request: &SubscribeRequest,
        exp_s: Option<i64>,
        server_side: bool,
        env: &mut Env<'_>,
    ) -> Result<SubscribeResult, Stop> {
        let entry = self.channel(channel, env);
        entry.subscribers.insert(conn);
        let mut result =
            SubscribeResult { lifetime: Lifetime::until(exp_s, env.now_ms), ..SubscribeResult::default() };
        if let Some(stream) = &mut entry.stream {
            let top = stream.position();
            result.recoverable = true;
            result.positioned = true;
            result.offset = top.offset;
            result.was_recovering = request.recover;
            let since = Position { offset: request.offset, epoch: request.epoch.clone() };
            if request.recover
                && let Some(missed) = stream.recover(&since, env.now_ms)
            {
                // The offset asked for: the publications move the client on from there.
                result.offset = request.offset;
                result.recovered = true;
                result.publications = missed;
            }
            result.epoch = top.epoch;
        }
        self.session(conn)?.subscriptions.insert(channel.to_owned(), Subscription { exp_s, server_side });
        Ok(result)
    }

    fn history_for(
        &mut self,
        conn: ConnId,
        request: &HistoryRequest,
        env: &mut Env<'_>,
    ) -> Result<HistoryPage, Stop> {
        let channel = named(&request.channel)?;
        let namespace = self.config.namespace(channel).ok_or_else(HubError::unknown_channel)?;
        if !namespace.recoverable {
            return Err(HubError::not_available().into());
        }
        if !self.session(conn)?.subscriptions.contains_key(channel) {
            return Err(HubError::permission_denied().into());
        }
        Ok(self.history(channel, request.limit, request.since.as_ref(), request.reverse, env)?)
    }

    fn call(&mut self, conn: ConnId, id: u32, request: RpcRequest) -> Result<Option<ReplyResult>, Stop> {
        let session = self.session(conn)?;
        if !session.calls.insert(id) {
            return Err(CloseCode::BAD_REQUEST.into());
        }
        // What is said after the call goes into a later frame: the owner's answer comes in between.
        session.open_frame = None;
        let user = session.user.clone();
        self.output.push(Output::Rpc { conn, id, user, method: request.method, data: request.data });
        Ok(None)
    }

    fn refresh(
        &mut self,
        conn: ConnId,
        request: &RefreshRequest,
        env: &Env<'_>,
    ) -> Result<RefreshResult, Stop> {
        if request.token.is_empty() {
            return Err(CloseCode::BAD_REQUEST.into());
        }
        let claims =
            verify(&self.config.secret, &request.token, env.now_ms).map_err(|error| match error {
                TokenError::Expired => CloseCode::EXPIRED,
                TokenError::Invalid => CloseCode::INVALID_TOKEN,
            })?;
        let session = self.session(conn)?;
        if claims.sub != session.user || claims.channel.is_some() {
            return Err(CloseCode::INVALID_TOKEN.into());
        }
        session.exp_s = claims.exp;
        Ok(RefreshResult {
            client: Some(session.client.clone()),
            lifetime: Lifetime::until(claims.exp, env.now_ms),
        })
    }

    fn sub_refresh(
        &mut self,
        conn: ConnId,
        request: &SubRefreshRequest,
        env: &Env<'_>,
    ) -> Result<RefreshResult, Stop> {
        let channel = named(&request.channel)?;
        if !self.session(conn)?.subscriptions.contains_key(channel) {
            return Err(HubError::permission_denied().into());
        }
        if request.token.is_empty() {
            return Err(HubError::bad_request().into());
        }
        let claims =
            verify(&self.config.secret, &request.token, env.now_ms).map_err(|error| match error {
                TokenError::Expired => CloseCode::SUBSCRIPTION_EXPIRED,
                TokenError::Invalid => CloseCode::INVALID_TOKEN,
            })?;
        let session = self.session(conn)?;
        if claims.sub != session.user || claims.channel.as_deref() != Some(channel) {
            return Err(CloseCode::INVALID_TOKEN.into());
        }
        if let Some(subscription) = session.subscriptions.get_mut(channel) {
            subscription.exp_s = claims.exp;
        }
        Ok(RefreshResult { client: None, lifetime: Lifetime::until(claims.exp, env.now_ms) })
    }
}

/// A command about a channel has to name one.
fn named(channel: &str) -> Result<&str, Stop> {
    if channel.is_empty() { Err(CloseCode::BAD_REQUEST.into()) } else { Ok(channel) }
}
