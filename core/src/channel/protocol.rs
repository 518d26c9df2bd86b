//! The Centrifugo client protocol, version 2, JSON: what a frame says, and how ours are written.
//!
//! Pure. A frame holds one or more JSON objects, usually a line each; we read them as a stream of values, so that white
//! space inside a publication's data does no harm. Zero and false fields are absent on the wire, unknown fields and
//! unknown kinds of push are ignored. What a publication says stays raw JSON: each service decodes its own events.
//! Source: `definitions/client.proto` of centrifugal/protocol, and the client protocol guide.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The largest frame we read, bytes. A hub's own limit is far lower; more is an attack or a fault.
pub const MAX_FRAME: usize = 1 << 20;

/// The largest frame we send, bytes: Centrifugo refuses more than 64 KiB by default.
pub const MAX_SEND: usize = 64 * 1024;

/// The answer to a ping: an empty command.
pub const PONG: &str = "{}";

/// Why a frame could not be read. The connection is of no use after it: close and dial again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// Longer than [`MAX_FRAME`].
    #[error("the hub sent a frame of {bytes} bytes, more than {MAX_FRAME}")]
    TooLarge {
        /// Its length.
        bytes: usize,
    },
    /// Not UTF-8.
    #[error("the hub sent a frame that is not UTF-8")]
    NotUtf8,
    /// Not the protocol's JSON, or cut off. The content is not repeated: it may be personal.
    #[error("the hub sent a frame that is not the protocol's JSON, at line {line} column {column}")]
    Malformed {
        /// Line of the first error, from 1.
        line: usize,
        /// Column of the first error, from 1.
        column: usize,
    },
}

/// A place in a channel's stream. Comparable only within one epoch.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// Number of the last publication seen, from 1; 0 before the first.
    #[serde(default)]
    pub offset: u64,
    /// Names the stream's incarnation; another epoch means that its history was lost.
    #[serde(default)]
    pub epoch: String,
}

// ---- what we say

/// One command. `id` 0 is left out (a message that wants no reply).
#[derive(Serialize)]
pub struct Command<'a> {
    /// Echoed by the reply.
    #[serde(skip_serializing_if = "is_zero_u32")]
    pub id: u32,
    /// What is asked.
    #[serde(flatten)]
    pub request: Request<'a>,
}

/// What a command asks for.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Request<'a> {
    /// Opens the session; the first command on a socket.
    Connect {
        /// JWT; left out for an anonymous connection.
        #[serde(skip_serializing_if = "Option::is_none")]
        token: Option<&'a str>,
        /// Of the client, for the hub's statistics; at most 16 characters.
        name: &'a str,
        /// Of the app; at most 64 characters.
        version: &'a str,
    },
    /// Joins a channel, from a position if one is given.
    Subscribe(Subscribe<'a>),
    /// Leaves a channel.
    Unsubscribe {
        /// Its name.
        channel: &'a str,
    },
    /// Calls the venue behind the hub.
    Rpc {
        /// Such as `room.join`.
        method: &'a str,
        /// Its argument.
        data: &'a RawValue,
    },
    /// Reads a channel's past.
    History {
        /// Its name.
        channel: &'a str,
        /// At most so many publications; 0 asks for the position only.
        #[serde(skip_serializing_if = "is_zero_u32")]
        limit: u32,
        /// After (or, reversed, before) this position.
        #[serde(skip_serializing_if = "Option::is_none")]
        since: Option<&'a Position>,
        /// Newest first.
        #[serde(skip_serializing_if = "is_false")]
        reverse: bool,
    },
    /// Renews the connection's token.
    Refresh {
        /// The new JWT.
        token: &'a str,
    },
    /// Renews a subscription's token.
    SubRefresh {
        /// The channel's name.
        channel: &'a str,
        /// The new JWT.
        token: &'a str,
    },
}

/// The argument of [`Request::Subscribe`].
#[derive(Serialize, Default)]
pub struct Subscribe<'a> {
    /// The channel's name.
    pub channel: &'a str,
    /// JWT for this channel, where it needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<&'a str>,
    /// Ask for everything after `offset` of `epoch`.
    #[serde(skip_serializing_if = "is_false")]
    pub recover: bool,
    /// See `recover`.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub epoch: &'a str,
    /// See `recover`.
    #[serde(skip_serializing_if = "is_zero_u64")]
    pub offset: u64,
    /// The hub watches our position in the stream.
    #[serde(skip_serializing_if = "is_false")]
    pub positioned: bool,
    /// We mean to recover later.
    #[serde(skip_serializing_if = "is_false")]
    pub recoverable: bool,
}

// serde hands skip_serializing_if a reference.
#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_u32(value: &u32) -> bool {
    *value == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_zero_u64(value: &u64) -> bool {
    *value == 0
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn is_false(value: &bool) -> bool {
    !*value
}

/// One command as one line, without the newline.
pub fn encode(command: &Command<'_>) -> String {
    let mut line =
        serde_json::to_string(command).expect("commands hold only strings, numbers and valid raw JSON");
    // Raw data may hold line breaks between its tokens (never inside a string): they would end the line.
    if line.contains(['\n', '\r']) {
        line = line.replace(['\n', '\r'], " ");
    }
    line
}

/// Joins lines to as few frames as [`MAX_SEND`] allows, in order. A longer line stands alone.
pub fn pack(lines: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    for line in lines {
        match frames.last_mut() {
            Some(frame) if frame.len() + 1 + line.len() <= MAX_SEND => {
                frame.push('\n');
                frame.push_str(&line);
            }
            _ => frames.push(line),
        }
    }
    frames
}

// ---- what the hub says

/// One thing the hub says.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// An empty object: answer with [`PONG`] if the connect reply asked for it.
    Ping,
    /// The answer to the command of that id.
    Reply {
        /// The command's.
        id: u32,
        /// Its result, or the hub's refusal.
        body: Result<Body<'a>, Refusal>,
    },
    /// Unasked.
    Push {
        /// Empty where the push is about the connection.
        channel: Cow<'a, str>,
        /// What happened.
        push: Push<'a>,
    },
}

/// A successful reply's result.
#[derive(Debug)]
pub enum Body<'a> {
    /// To connect.
    Connect(ConnectResult<'a>),
    /// To subscribe.
    Subscribe(SubscribeResult<'a>),
    /// To rpc: its data, if it had any.
    Rpc(Option<&'a RawValue>),
    /// To history.
    History(HistoryResult<'a>),
    /// To refresh and `sub_refresh`.
    Refresh(RefreshResult),
    /// To unsubscribe, or of a kind we do not know.
    Other,
}

/// A push, by kind. What we have no use for is [`Push::Ignored`], as is a kind that we do not know.
#[derive(Debug)]
pub enum Push<'a> {
    /// A publication in a channel.
    Publication(Publication<'a>),
    /// The hub took us out of a channel.
    Unsubscribe {
        /// From 2500 on: subscribe again.
        code: u32,
        /// For people.
        reason: String,
    },
    /// The hub is about to close; as its close code.
    Disconnect {
        /// See [`close_verdict`].
        code: u32,
        /// For people.
        reason: String,
    },
    /// The connection's token has a new lifetime.
    Refresh(RefreshResult),
    /// join, leave, message, subscribe, connect (server-side subscriptions and presence are not used), or unknown.
    Ignored,
}

/// An error reply.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Refusal {
    /// Below 100 never; 100–399 the hub's own, others the venue's.
    pub code: u32,
    /// For people and logs.
    pub message: String,
    /// Worth another try; see [`Refusal::is_temporary`].
    pub temporary: bool,
}

impl Default for Refusal {
    fn default() -> Self {
        Self { code: code::INTERNAL, message: String::new(), temporary: false }
    }
}

impl Refusal {
    /// Whether the same command may succeed later.
    pub fn is_temporary(&self) -> bool {
        self.temporary
            || matches!(self.code, code::INTERNAL | code::TOO_MANY_REQUESTS | code::CONCURRENT_PAGINATION)
    }
}

/// The result of connect; durations in seconds, as on the wire.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct ConnectResult<'a> {
    /// The token ends.
    pub expires: bool,
    /// In so many seconds.
    pub ttl: u32,
    /// The hub pings every so many seconds; 0: it does not.
    pub ping: u32,
    /// It wants an answer.
    pub pong: bool,
    /// What the venue adds; ours names `reconnect_window_ms`.
    #[serde(borrow)]
    pub data: Option<&'a RawValue>,
}

impl ConnectResult<'_> {
    /// The reconnect window that the hub names, milliseconds. Data of any other shape names none.
    pub fn window_ms(&self) -> Option<u64> {
        #[derive(Deserialize)]
        struct Named {
            reconnect_window_ms: u64,
        }
        // serde takes an array for a struct, too.
        let data = self.data?.get();
        let named: Named = serde_json::from_str(data).ok().filter(|_| data.starts_with('{'))?;
        Some(named.reconnect_window_ms)
    }
}

/// The result of subscribe.
// The wire's own flags, each of its own meaning.
#[allow(clippy::struct_excessive_bools)]
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct SubscribeResult<'a> {
    /// The subscription's token ends.
    pub expires: bool,
    /// In so many seconds.
    pub ttl: u32,
    /// The channel keeps a history to recover from.
    pub recoverable: bool,
    /// The stream's incarnation.
    pub epoch: String,
    /// What was missed, oldest first.
    #[serde(borrow)]
    pub publications: Vec<Publication<'a>>,
    /// Nothing is missing.
    pub recovered: bool,
    /// The stream's position; on recovery the one asked for.
    pub offset: u64,
    /// Recovery was asked for.
    pub was_recovering: bool,
}

/// A publication in a channel.
#[derive(Debug, Deserialize)]
pub struct Publication<'a> {
    /// What was published.
    #[serde(borrow)]
    pub data: &'a RawValue,
    /// Its number in the stream; 0 where the channel keeps none.
    #[serde(default)]
    pub offset: u64,
    /// The stream's incarnation, where the hub says it.
    #[serde(default, borrow)]
    pub epoch: Cow<'a, str>,
}

/// The result of history.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct HistoryResult<'a> {
    /// In the order asked for.
    #[serde(borrow)]
    pub publications: Vec<Publication<'a>>,
    /// The stream's incarnation.
    pub epoch: String,
    /// The stream's newest offset.
    pub offset: u64,
}

/// A token's new lifetime; seconds.
#[derive(Debug, Default, Clone, Copy, Deserialize)]
#[serde(default)]
pub struct RefreshResult {
    /// It ends.
    pub expires: bool,
    /// In so many seconds.
    pub ttl: u32,
}

#[derive(Deserialize)]
struct RawReply<'a> {
    #[serde(default)]
    id: u32,
    #[serde(default)]
    error: Option<Refusal>,
    #[serde(borrow)]
    push: Option<RawPush<'a>>,
    #[serde(borrow)]
    connect: Option<ConnectResult<'a>>,
    #[serde(borrow)]
    subscribe: Option<SubscribeResult<'a>>,
    #[serde(borrow)]
    rpc: Option<RawRpc<'a>>,
    #[serde(borrow)]
    history: Option<HistoryResult<'a>>,
    refresh: Option<RefreshResult>,
    sub_refresh: Option<RefreshResult>,
}

#[derive(Deserialize)]
struct RawRpc<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct RawPush<'a> {
    #[serde(default, borrow)]
    channel: Cow<'a, str>,
    #[serde(rename = "pub", borrow)]
    publication: Option<Publication<'a>>,
    unsubscribe: Option<RawCode>,
    disconnect: Option<RawCode>,
    refresh: Option<RefreshResult>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawCode {
    code: u32,
    reason: String,
}

/// Reads a frame's bytes: the length first, then UTF-8 once.
pub fn text_of(frame: &[u8]) -> Result<&str, FrameError> {
    check_length(frame.len())?;
    std::str::from_utf8(frame).map_err(|_| FrameError::NotUtf8)
}

/// What a frame says, in order. After an error the iterator ends.
pub fn decode(text: &str) -> Result<impl Iterator<Item = Result<Incoming<'_>, FrameError>>, FrameError> {
    check_length(text.len())?;
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<RawReply<'_>>();
    let mut broken = false;
    Ok(std::iter::from_fn(move || {
        if broken {
            return None;
        }
        let value = values.next()?;
        broken = value.is_err();
        Some(
            value
                .map(Incoming::from)
                .map_err(|error| FrameError::Malformed { line: error.line(), column: error.column() }),
        )
    }))
}

fn check_length(bytes: usize) -> Result<(), FrameError> {
    if bytes > MAX_FRAME { Err(FrameError::TooLarge { bytes }) } else { Ok(()) }
}

impl<'a> From<RawReply<'a>> for Incoming<'a> {
    fn from(raw: RawReply<'a>) -> Self {
        if raw.id == 0 {
            return raw
                .push
                .map_or(Self::Ping, |push| Self::Push { channel: push.channel.clone(), push: push.into() });
        }
        let body = if let Some(refusal) = raw.error {
            Err(refusal)
        } else if let Some(rpc) = raw.rpc {
            Ok(Body::Rpc(rpc.data))
        } else if let Some(subscribe) = raw.subscribe {
            Ok(Body::Subscribe(subscribe))
        } else if let Some(connect) = raw.connect {
            Ok(Body::Connect(connect))
        } else if let Some(history) = raw.history {
            Ok(Body::History(history))
        } else if let Some(refresh) = raw.refresh.or(raw.sub_refresh) {
            Ok(Body::Refresh(refresh))
        } else {
            Ok(Body::Other)
        };
        Self::Reply { id: raw.id, body }
    }
}

impl<'a> From<RawPush<'a>> for Push<'a> {
    fn from(raw: RawPush<'a>) -> Self {
        if let Some(publication) = raw.publication {
            Self::Publication(publication)
        } else if let Some(RawCode { code, reason }) = raw.unsubscribe {
            Self::Unsubscribe { code, reason }
        } else if let Some(RawCode { code, reason }) = raw.disconnect {
            Self::Disconnect { code, reason }
        } else if let Some(refresh) = raw.refresh {
            Self::Refresh(refresh)
        } else {
            Self::Ignored
        }
    }
}

// ---- what the numbers mean

/// The hub's numbers that we react to one by one.
pub mod code {
    /// Error: the hub's own trouble.
    pub const INTERNAL: u32 = 100;
    /// Error: not for this shopper; Centrifugo says so of a subscription token it cannot verify, too.
    pub const PERMISSION_DENIED: u32 = 103;
    /// Error: the token is past its end; a new one helps.
    pub const TOKEN_EXPIRED: u32 = 109;
    /// Error: slower.
    pub const TOO_MANY_REQUESTS: u32 = 111;
    /// Error: another page of the same stream is being read.
    pub const CONCURRENT_PAGINATION: u32 = 113;
    /// Unsubscribe: the subscription's token is past its end.
    pub const SUBSCRIPTION_EXPIRED: u32 = 2501;
    /// Close: the connection's token is past its end.
    pub const CONNECTION_EXPIRED: u32 = 3005;
    /// Close: a subscription's token is past its end.
    pub const SUBSCRIPTION_EXPIRED_CLOSE: u32 = 3006;
    /// Close: tokens or cached state are void; ask for new ones.
    pub const STATE_INVALIDATED: u32 = 3014;
    /// Close: the token is no good.
    pub const INVALID_TOKEN: u32 = 3500;
    /// Close: a frame the hub could not take; also any command after a refused connect.
    pub const BAD_REQUEST: u32 = 3501;
    /// Close: no connect command came in time.
    pub const STALE: u32 = 3502;
}

/// What a close code asks of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Dial again, with backoff.
    Reconnect,
    /// It will not get better by itself.
    Stop,
}

/// What a close code asks for. Codes below 3000 are the WebSocket's own (1006: no close frame was seen).
pub fn close_verdict(code: u32) -> Verdict {
    match code {
        3500..=3999 | 4500..=4999 => Verdict::Stop,
        _ => Verdict::Reconnect,
    }
}

/// Whether an unsubscribe push asks to subscribe again.
pub fn asks_to_resubscribe(code: u32) -> bool {
    code >= 2500
}

#[cfg(test)]
#[path = "protocol_tests.rs"]
mod tests;
