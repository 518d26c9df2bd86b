//! The protocol's numbers: errors in replies, and the codes a connection is closed with.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An error reply. Codes under 400 are the protocol's; an owner's own errors are 400–1999.
#[derive(Debug, Clone, PartialEq, Eq, Error, Serialize, Deserialize)]
#[error("{code}: {message}")]
pub struct HubError {
    /// The number clients act on.
    pub code: u32,
    /// For people.
    pub message: String,
    /// Whether the same command may succeed later.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub temporary: bool,
}

impl HubError {
    /// An error of the owner's, for example 1409.
    pub fn new(code: u32, message: &str) -> Self {
        Self { code, message: message.to_owned(), temporary: false }
    }

    /// 100, may be tried again.
    pub fn internal() -> Self {
        Self { temporary: true, ..Self::new(100, "internal server error") }
    }

    /// 101.
    pub fn unauthorized() -> Self {
        Self::new(101, "unauthorized")
    }

    /// 102: no namespace of that name.
    pub fn unknown_channel() -> Self {
        Self::new(102, "unknown channel")
    }

    /// 103.
    pub fn permission_denied() -> Self {
        Self::new(103, "permission denied")
    }

    /// 104: the owner answers an RPC it does not know with this.
    pub fn method_not_found() -> Self {
        Self::new(104, "method not found")
    }

    /// 105.
    pub fn already_subscribed() -> Self {
        Self::new(105, "already subscribed")
    }

    /// 106: too many channels on one connection.
    pub fn limit_exceeded() -> Self {
        Self::new(106, "limit exceeded")
    }

    /// 107.
    pub fn bad_request() -> Self {
        Self::new(107, "bad request")
    }

    /// 108: the channel does not have that feature.
    pub fn not_available() -> Self {
        Self::new(108, "not available")
    }

    /// 109: the client should get a new token.
    pub fn token_expired() -> Self {
        Self::new(109, "token expired")
    }

    /// 111, may be tried again.
    pub fn too_many_requests() -> Self {
        Self { temporary: true, ..Self::new(111, "too many requests") }
    }

    /// 112: the history does not reach the position asked for.
    pub fn unrecoverable_position() -> Self {
        Self::new(112, "unrecoverable position")
    }
}

/// Why the hub closes a connection. 3000–3499 and 4000–4499 mean "come back", 3500–3999 and 4500–4999 "do not".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloseCode(pub u16);

impl CloseCode {
    /// The WebSocket's own code for a message over the size limit.
    pub const TOO_BIG: Self = Self(1009);
    /// The hub is going down.
    pub const SHUTDOWN: Self = Self(3001);
    /// The connection's token ran out and was not refreshed.
    pub const EXPIRED: Self = Self(3005);
    /// A subscription's token ran out.
    pub const SUBSCRIPTION_EXPIRED: Self = Self(3006);
    /// The client does not read fast enough.
    pub const SLOW: Self = Self(3008);
    /// The hub wants the client to connect anew.
    pub const FORCE_RECONNECT: Self = Self(3011);
    /// No answer to a ping.
    pub const NO_PONG: Self = Self(3012);
    /// Not a token of ours, or of another user.
    pub const INVALID_TOKEN: Self = Self(3500);
    /// Not the protocol.
    pub const BAD_REQUEST: Self = Self(3501);
    /// Opened, and never connected.
    pub const STALE: Self = Self(3502);
    /// The hub wants the client to stay away.
    pub const FORCE_DISCONNECT: Self = Self(3503);
    /// More server-side channels in the token than a connection may have.
    pub const CHANNEL_LIMIT: Self = Self(3505);
    /// Binary data on a JSON connection.
    pub const INAPPROPRIATE_PROTOCOL: Self = Self(3506);
    /// Asynchronous messages are not taken.
    pub const NOT_AVAILABLE: Self = Self(3508);

    /// The reason sent with the code.
    pub fn reason(self) -> &'static str {
        match self.0 {
            1009 => "message size limit",
            3001 => "shutdown",
            3004 => "internal server error",
            3005 => "connection expired",
            3006 => "subscription expired",
            3008 => "slow",
            3009 => "write error",
            3010 => "insufficient state",
            3011 => "force reconnect",
            3012 => "no pong",
            3013 => "too many requests",
            3500 => "invalid token",
            3501 => "bad request",
            3502 => "stale",
            3503 => "force disconnect",
            3504 => "connection limit",
            3505 => "channel limit",
            3506 => "inappropriate protocol",
            3507 => "permission denied",
            3508 => "not available",
            _ => "connection closed",
        }
    }
}

/// Tells a client its subscription is over and may be taken up again with a new token.
pub(super) const UNSUBSCRIBE_EXPIRED: u32 = 2501;
/// Tells a client the server ended its subscription for good.
pub(super) const UNSUBSCRIBE_SERVER: u32 = 2000;
/// Tells a client its place in the stream is lost; it should subscribe anew.
pub(super) const UNSUBSCRIBE_INSUFFICIENT: u32 = 2500;
