//! The live hub: the server side of the Centrifugo client protocol in JSON, without sockets.
//!
//! Text frames and the time go in; frames, closes and RPCs come out of [`Hub::take_output`]. The same calls give the
//! same output. [`skin`] puts sockets around it. Behaviour follows `client.proto`, the engine's documentation and
//! the engine itself; what is left out: binary frames, deltas, presence lists, join and leave, publishing by clients.

mod codes;
mod config;
mod session;
pub mod skin;
mod stream;
mod token;
mod wire;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::Env;

pub use codes::{CloseCode, HubError};
pub use config::{HubConfig, Namespace};
pub use stream::{HistoryPage, Position, Publication};
pub use token::{mint_connection_token, mint_subscription_token};

use session::{Session, Stage};
use stream::Stream;
use wire::{Push, PushedPublication, Reply, ReplyResult, Unsubscribed};

/// Lines put into one frame at most, as the engine's default.
const LINES_PER_FRAME: usize = 16;

/// One connection, as the hub's owner numbers it; a number is not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// What the hub wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send a text frame.
    Frame {
        /// To whom.
        conn: ConnId,
        /// One or more lines of JSON.
        text: String,
    },
    /// Close the connection, after the frames before it. The hub has forgotten it already.
    Close {
        /// Which.
        conn: ConnId,
        /// WebSocket close code.
        code: u16,
        /// For people.
        reason: String,
    },
    /// A client called; [`Hub::answer`] it.
    Rpc {
        /// Who asks.
        conn: ConnId,
        /// The command's id, to answer with.
        id: u32,
        /// The user of the connection's token.
        user: String,
        /// As sent.
        method: String,
        /// As sent; null if nothing was.
        data: Value,
    },
}

/// How many listen to a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Audience {
    /// Connections.
    pub clients: usize,
    /// Different users among them.
    pub users: usize,
}

struct Channel {
    stream: Option<Stream>,
    subscribers: BTreeSet<ConnId>,
}

/// See the module.
pub struct Hub {
    config: HubConfig,
    sessions: BTreeMap<ConnId, Session>,
    channels: BTreeMap<String, Channel>,
    output: Vec<Output>,
}

impl Hub {
    /// An empty hub.
    pub fn new(config: HubConfig) -> Self {
        Self { config, sessions: BTreeMap::new(), channels: BTreeMap::new(), output: Vec::new() }
    }

    /// The settings it was made with.
    pub fn config(&self) -> &HubConfig {
        &self.config
    }

    /// A WebSocket was opened.
    pub fn open(&mut self, conn: ConnId, env: &Env<'_>) {
        self.sessions.insert(conn, Session::new(env.now_ms));
    }

    /// A text frame came in.
    pub fn text(&mut self, conn: ConnId, frame: &str, env: &mut Env<'_>) {
        if frame.len() > self.config.frame_max_bytes {
            return self.shut(conn, CloseCode::TOO_BIG);
        }
        for line in frame.trim_end_matches(['\n', '\r', ' ']).split('\n') {
            if !self.line(conn, line, env) {
                break;
            }
        }
    }

    /// The WebSocket is gone, or the client closed it.
    pub fn close(&mut self, conn: ConnId) {
        let Some(session) = self.sessions.remove(&conn) else { return };
        for channel in session.subscriptions.keys() {
            if let Some(channel) = self.channels.get_mut(channel) {
                channel.subscribers.remove(&conn);
            }
        }
    }

    /// Closes a connection with any code, as the hub itself does.
    pub fn shut(&mut self, conn: ConnId, code: CloseCode) {
        if self.sessions.contains_key(&conn) {
            self.close(conn);
            self.output.push(Output::Close { conn, code: code.0, reason: code.reason().to_owned() });
        }
    }

    /// Does what is due: pings, missing pongs, stale connections, expired tokens.
    pub fn advance(&mut self, env: &Env<'_>) {
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.advance_one(conn, env.now_ms);
        }
    }

    /// When [`Self::advance`] has something to do next; milliseconds since the epoch.
    pub fn next_due_ms(&self) -> Option<i64> {
        self.sessions.values().map(|session| session.next_due_ms(&self.config)).min()
    }

    /// Sends an event to everyone who listens, and keeps it where the channel has history.
    /// Returns its position; offset 0 and no epoch in channels without history.
    pub fn publish(&mut self, channel: &str, data: Value, env: &mut Env<'_>) -> Position {
        let entry = self.channel(channel, env);
        let (publication, position) = match &mut entry.stream {
            Some(stream) => (stream.push(data, env.now_ms), stream.position()),
            None => (Publication { data, offset: 0 }, Position::default()),
        };
        let pushed = PushedPublication { publication: &publication, epoch: &position.epoch };
        let line = line_of(&Reply { push: Some(push(channel, Some(pushed), None)), ..Reply::default() });
        let subscribers: Vec<ConnId> = entry.subscribers.iter().copied().collect();
        for conn in subscribers {
            self.say(conn, &line);
        }
        position
    }

    /// The owner's answer to an [`Output::Rpc`]. A connection that is gone, or an answer given twice, is ignored.
    pub fn answer(&mut self, conn: ConnId, id: u32, result: Result<Value, HubError>) {
        let waiting = self.sessions.get_mut(&conn).is_some_and(|session| session.calls.remove(&id));
        if waiting {
            match result {
                Ok(data) => self.reply(conn, id, ReplyResult::Rpc { data }),
                Err(error) => self.reply_error(conn, id, &error),
            }
        }
    }

    /// A page of a channel's history; `limit`, `since` and `reverse` as in the protocol.
    pub fn history(
        &mut self,
        channel: &str,
        limit: i32,
        since: Option<&Position>,
        reverse: bool,
        env: &mut Env<'_>,
    ) -> Result<HistoryPage, HubError> {
        let namespace = self.config.namespace(channel).ok_or_else(HubError::unknown_channel)?;
        if !namespace.recoverable {
            return Err(HubError::not_available());
        }
        let (page_max, now_ms) = (self.config.history_page_max, env.now_ms);
        let stream = self.channel(channel, env).stream.as_mut().ok_or_else(HubError::not_available)?;
        stream.history(limit, since, reverse, page_max, now_ms)
    }

    /// Who listens to a channel now.
    pub fn audience(&self, channel: &str) -> Audience {
        let Some(channel) = self.channels.get(channel) else { return Audience::default() };
        let users: BTreeSet<&str> = channel
            .subscribers
            .iter()
            .filter_map(|conn| self.sessions.get(conn))
            .map(|session| session.user.as_str())
            .collect();
        Audience { clients: channel.subscribers.len(), users: users.len() }
    }

    /// Where these channels stand, for a snapshot from which a client can subscribe with recovery.
    /// Channels without history are left out.
    pub fn positions(&mut self, channels: &[String], env: &mut Env<'_>) -> BTreeMap<String, Position> {
        let mut positions = BTreeMap::new();
        for name in channels {
            if let Some(stream) = &self.channel(name, env).stream {
                positions.insert(name.clone(), stream.position());
            }
        }
        positions
    }

    /// Connections that are open, connected or not yet.
    pub fn connections(&self) -> usize {
        self.sessions.len()
    }

    /// Closes every connection.
    pub fn disconnect_all(&mut self, code: CloseCode) {
        let conns: Vec<ConnId> = self.sessions.keys().copied().collect();
        for conn in conns {
            self.shut(conn, code);
        }
    }

    /// Closes the connections of one user, for example after the account was deleted.
    pub fn disconnect_user(&mut self, user: &str, code: CloseCode) {
        let conns: Vec<ConnId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.stage == Stage::Live && session.user == user)
            .map(|(conn, _)| *conn)
            .collect();
        for conn in conns {
            self.shut(conn, code);
        }
    }

    /// Ends one user's subscription for good, for example when a group is left.
    pub fn unsubscribe_user(&mut self, user: &str, channel: &str) {
        let conns: Vec<ConnId> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.user == user && session.subscriptions.contains_key(channel))
            .map(|(conn, _)| *conn)
            .collect();
        for conn in conns {
            self.end_subscription(conn, channel, codes::UNSUBSCRIBE_SERVER, "server unsubscribe");
        }
    }

    /// Forgets a channel's stream, so that the next position has another epoch: what a lost history looks like.
    /// Who listens is told to subscribe anew.
    pub fn forget_stream(&mut self, channel: &str) {
        let Some(entry) = self.channels.get_mut(channel) else { return };
        entry.stream = None;
        let subscribers: Vec<ConnId> = entry.subscribers.iter().copied().collect();
        for conn in subscribers {
            self.end_subscription(conn, channel, codes::UNSUBSCRIBE_INSUFFICIENT, "insufficient state");
        }
    }

    /// What is to be done since the last call, in order.
    pub fn take_output(&mut self) -> Vec<Output> {
        for session in self.sessions.values_mut() {
            session.open_frame = None;
        }
        std::mem::take(&mut self.output)
    }

    /// The channel, made if it is not there; with a stream where its namespace says so.
    fn channel(&mut self, name: &str, env: &mut Env<'_>) -> &mut Channel {
        let entry = self
            .channels
            .entry(name.to_owned())
            .or_insert_with(|| Channel { stream: None, subscribers: BTreeSet::new() });
        if entry.stream.is_none()
            && let Some(namespace) = self.config.namespace(name)
            && namespace.recoverable
        {
            let size = namespace.history_size.unwrap_or(self.config.history_size);
            let ttl_ms = namespace.history_ttl_ms.unwrap_or(self.config.history_ttl_ms);
            entry.stream = Some(Stream::new(format!("{:08x}", env.ids.next_u64() >> 32), size, ttl_ms));
        }
        entry
    }

    fn reply(&mut self, conn: ConnId, id: u32, result: ReplyResult) {
        let line = line_of(&Reply { id: Some(id), result: Some(result), ..Reply::default() });
        self.say(conn, &line);
    }

    fn reply_error(&mut self, conn: ConnId, id: u32, error: &HubError) {
        let line = line_of(&Reply { id: Some(id), error: Some(error), ..Reply::default() });
        self.say(conn, &line);
    }

    fn end_subscription(&mut self, conn: ConnId, channel: &str, code: u32, reason: &'static str) {
        self.drop_subscription(conn, channel);
        let unsubscribe = Some(Unsubscribed { code, reason });
        let line = line_of(&Reply { push: Some(push(channel, None, unsubscribe)), ..Reply::default() });
        self.say(conn, &line);
    }

    fn drop_subscription(&mut self, conn: ConnId, channel: &str) {
        if let Some(session) = self.sessions.get_mut(&conn) {
            session.subscriptions.remove(channel);
        }
        if let Some(channel) = self.channels.get_mut(channel) {
            channel.subscribers.remove(&conn);
        }
    }

    /// Adds a line to the connection's frame under way, or starts one.
    fn say(&mut self, conn: ConnId, line: &str) {
        let Some(session) = self.sessions.get_mut(&conn) else { return };
        if let Some((at, lines)) = session.open_frame
            && lines < LINES_PER_FRAME
            && let Some(Output::Frame { text, .. }) = self.output.get_mut(at)
        {
            text.push('\n');
            text.push_str(line);
            session.open_frame = Some((at, lines + 1));
        } else {
            session.open_frame = Some((self.output.len(), 1));
            self.output.push(Output::Frame { conn, text: line.to_owned() });
        }
    }
}

fn push<'a>(
    channel: &'a str,
    publication: Option<PushedPublication<'a>>,
    unsubscribe: Option<Unsubscribed>,
) -> Push<'a> {
    Push { channel, publication, unsubscribe }
}

fn line_of(reply: &Reply<'_>) -> String {
    serde_json::to_string(reply).expect("replies have string keys and no failing serializer")
}
