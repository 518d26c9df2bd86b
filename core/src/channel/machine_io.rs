//! What goes into the channel's machine and what comes out of it.

use std::fmt;
use std::sync::Arc;

use secrecy::SecretString;
use serde_json::value::RawValue;

use super::backoff::Backoff;
use super::protocol::{FrameError, Position};

/// What a connection is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The hub's address (`ws_url` of the venue's `live` capability).
    pub url: String,
    /// Tells the hub who connects, at most 16 characters.
    pub name: String,
    /// The app's version, at most 64 characters.
    pub version: String,
    /// Whether connecting needs a token; false only for hubs that take anybody.
    pub needs_token: bool,
    /// When to try again.
    pub backoff: Backoff,
}

/// Names one dial and the socket it may open; never used twice.
pub type SocketId = u64;

/// Names one call (rpc or history); the caller's choice, unique among those unanswered.
pub type CallId = u64;

/// What a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// The connection.
    Connection,
    /// A subscription to this channel.
    Subscription(Arc<str>),
}

/// A token (JWT) and how long it lasts.
#[derive(Debug, Clone)]
pub struct Token {
    /// Never logged, never stored.
    pub secret: SecretString,
    /// Milliseconds from now; `None` if the venue did not say.
    pub expires_in_ms: Option<u64>,
}

/// Why there is no token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The venue could not be asked, or was busy. Tried again with backoff.
    #[error("the venue gave no token; it will be asked again")]
    Unavailable {
        /// What it named, milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// The venue says no: the shopper has to sign in again, or may not read this channel.
    #[error("the venue refuses a token")]
    Refused,
}

/// How a subscription is made.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubscribeOptions {
    /// Ask the hub to keep our place: missed publications come after a reconnect, or a [`Effect::Gap`] says that
    /// they cannot.
    pub recoverable: bool,
    /// The channel has a token of its own (`shopper:<id>`).
    pub needs_token: bool,
    /// Start behind this position (from a snapshot) rather than at the newest.
    pub from: Option<Position>,
}

/// How a socket ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// It never opened.
    NotOpened {
        /// What an HTTP 429 or 503 named, milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// No close frame: the network, or the other end died.
    Dropped,
    /// A close frame.
    Code {
        /// See [`super::protocol::close_verdict`].
        code: u32,
        /// For people.
        reason: String,
    },
}

/// Something that happened, or that the user of the channel wants.
pub enum Input<'a> {
    /// Be connected (opened, or back in the foreground). Also leaves [`State::Stopped`].
    Open,
    /// Be disconnected but keep subscriptions and their positions (background).
    Close,
    /// The phone has another network, or one again: what is open is likely dead.
    NetworkChanged,
    /// Who the shopper is has changed: every token in hand, or on its way, is another's. Connects anew unless it is to
    /// be disconnected; also leaves [`State::Stopped`].
    SignInChanged,
    /// The venue's profile names another reconnect window, milliseconds.
    Window(u64),
    /// The dialled socket is open.
    SocketOpened(SocketId),
    /// A text frame came.
    Frame {
        /// From this socket.
        socket: SocketId,
        /// Its text.
        text: &'a str,
    },
    /// The socket is gone.
    SocketClosed {
        /// Which.
        socket: SocketId,
        /// How.
        closed: Closed,
    },
    /// The time [`super::machine::Machine::wake_at`] named has come.
    Wake,
    /// The answer to [`Effect::NeedToken`].
    Token {
        /// As asked.
        kind: TokenKind,
        /// A token, or why not.
        result: Result<Token, TokenError>,
    },
    /// Join a channel and stay in it across reconnects.
    Subscribe {
        /// Its name.
        channel: Arc<str>,
        /// How.
        options: SubscribeOptions,
    },
    /// Leave a channel.
    Unsubscribe {
        /// Its name.
        channel: Arc<str>,
    },
    /// Call the venue behind the hub.
    Rpc {
        /// For [`Effect::Answer`].
        call: CallId,
        /// Such as `chat.send`.
        method: String,
        /// Its argument.
        data: Box<RawValue>,
    },
    /// Read a channel's past.
    History {
        /// For [`Effect::Answer`].
        call: CallId,
        /// Its name.
        channel: Arc<str>,
        /// At most so many publications.
        limit: u32,
        /// After (reversed: before) this position.
        since: Option<Position>,
        /// Newest first.
        reverse: bool,
    },
    /// Nobody waits for this call any more. If it was not sent it will not be.
    Forget {
        /// The call.
        call: CallId,
    },
}

/// What the driver has to do, or to tell.
pub enum Effect {
    /// Open a socket. Earlier ones are of no interest any more.
    Dial {
        /// To report it by.
        socket: SocketId,
        /// Where.
        url: String,
    },
    /// Send a text frame. It holds tokens: not to be logged.
    Send {
        /// On this socket.
        socket: SocketId,
        /// One or more lines.
        text: String,
    },
    /// Close the socket or give up dialling; no report is wanted.
    CloseSocket {
        /// Which.
        socket: SocketId,
    },
    /// Get a token and report it by [`Input::Token`].
    NeedToken {
        /// What for.
        kind: TokenKind,
        /// The last one was refused or is past its end: one from a cache will not do.
        fresh: bool,
    },
    /// A publication, in order and once.
    Publication {
        /// Where.
        channel: Arc<str>,
        /// What.
        publication: Published,
    },
    /// A subscription holds (again).
    Subscribed {
        /// Where.
        channel: Arc<str>,
        /// Publications that follow come after this position; `None` where the channel keeps none.
        position: Option<Position>,
        /// All that was missed follows.
        recovered: bool,
        /// It was tried to recover; if then not `recovered`, a [`Effect::Gap`] follows at once.
        was_recovering: bool,
    },
    /// Publications are missing: read the truth again (a snapshot), then apply what follows this.
    Gap {
        /// Where.
        channel: Arc<str>,
        /// The stream's position behind the gap.
        position: Option<Position>,
    },
    /// The subscription has ended for good.
    Unsubscribed {
        /// Where.
        channel: Arc<str>,
        /// Why.
        why: Ended,
    },
    /// A call's outcome, exactly one for each.
    Answer {
        /// The call.
        call: CallId,
        /// Its outcome.
        result: Result<Reply, CallError>,
    },
    /// The connection's state changed.
    State(State),
    /// The hub named this reconnect window, milliseconds; in use already, worth keeping for the next start.
    Window(u64),
    /// The hub broke the protocol; for the log, the machine has dealt with it.
    Fault(FrameError),
}

/// A publication as the hub delivered it.
#[derive(Clone)]
pub struct Published {
    /// Raw JSON: each service decodes its own events.
    pub data: Box<RawValue>,
    /// Its number in the stream; `None` where the channel keeps none.
    pub offset: Option<u64>,
}

impl fmt::Debug for Published {
    // What people write stays out of logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.data.get().len();
        f.debug_struct("Published").field("bytes", &bytes).field("offset", &self.offset).finish()
    }
}

/// A successful call's answer.
#[derive(Debug)]
pub enum Reply {
    /// To rpc.
    Rpc(Box<RawValue>),
    /// To history.
    History(Page),
}

/// A page of a channel's past.
#[derive(Debug)]
pub struct Page {
    /// In the order asked for.
    pub publications: Vec<Published>,
    /// The stream's newest position.
    pub position: Position,
}

/// The connection, as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// In the background, or waiting for the next attempt.
    Offline,
    /// An attempt is under way.
    Connecting,
    /// Up.
    Connected,
    /// No further attempt before the channel is opened again.
    Stopped(StopReason),
}

/// Why no further attempt is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopReason {
    /// The venue gives no token, or the hub refused a fresh one too: sign in again.
    #[error("the live channel refuses this sign-in")]
    TokenRefused,
    /// The hub refused to connect.
    #[error("the hub refused the connection ({code}): {message}")]
    Refused {
        /// The hub's error code.
        code: u32,
        /// Its words.
        message: String,
    },
    /// The hub closed the connection and asked not to come back.
    #[error("the hub ended the connection ({code}): {reason}")]
    Disconnected {
        /// The close code.
        code: u32,
        /// Its words.
        reason: String,
    },
}

/// Why a subscription has ended for good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Ended {
    /// The hub took us out (an unsubscribe push below 2500).
    #[error("the hub ended the subscription ({code}): {reason}")]
    ByHub {
        /// The hub's code.
        code: u32,
        /// Its words.
        reason: String,
    },
    /// The hub refused to subscribe (unknown channel, permission denied, …).
    #[error("the hub refused the subscription ({code}): {message}")]
    Refused {
        /// The hub's error code.
        code: u32,
        /// Its words.
        message: String,
    },
    /// The venue gives no token for this channel, or the hub refused a fresh one too.
    #[error("no token for this channel")]
    TokenRefused,
    /// More than [`super::machine::MAX_SUBSCRIPTIONS`] channels at once.
    #[error("too many subscriptions at once")]
    TooMany,
}

/// Why a call has no answer, and so what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// Certainly not executed; may be made again.
    #[error("not sent: {0}")]
    NotSent(NotSent),
    /// Sent, and no answer came: it may have been executed. Repeat only what is idempotent (by its client id).
    #[error("sent, but no answer came")]
    Unknown,
    /// The hub or the venue refused.
    #[error("refused ({code}): {message}")]
    Refused {
        /// The hub's (100–399) or the venue's code.
        code: u32,
        /// Its words.
        message: String,
        /// Worth another try.
        temporary: bool,
    },
}

impl CallError {
    /// Whether the same call may succeed later. For [`Self::Unknown`] only if it is idempotent.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::NotSent(NotSent::TooLarge) => false,
            Self::NotSent(_) | Self::Unknown => true,
            Self::Refused { temporary, .. } => *temporary,
        }
    }

    /// Stable, for reports and other languages.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSent(NotSent::Offline) => "channel_offline",
            Self::NotSent(NotSent::TimedOut) => "channel_not_connected_in_time",
            Self::NotSent(NotSent::TooMany) => "channel_busy",
            Self::NotSent(NotSent::TooLarge) => "channel_too_large",
            Self::Unknown => "channel_outcome_unknown",
            Self::Refused { .. } => "channel_refused",
        }
    }
}

/// Why a call was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSent {
    /// In the background, or stopped.
    #[error("the channel is offline")]
    Offline,
    /// No connection within the time a call waits for one.
    #[error("no connection in time")]
    TimedOut,
    /// More than [`super::machine::MAX_CALLS`] calls at once.
    #[error("too many calls at once")]
    TooMany,
    /// Longer than a hub takes in one frame.
    #[error("longer than the hub takes")]
    TooLarge,
}
