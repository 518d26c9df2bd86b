//! One error for every call: what went wrong, a code that never changes, and what a person can do about it.
//!
//! Outcomes of a purchase or a return are states, not errors; an [`Error`] says that a call could not do its work.
//! Messages are lower-case and carry neither personal data nor tokens.

use std::fmt;

use nightmarket_ucp::message::code::NOT_FOUND;

/// What every fallible call returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call could not do its work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The address is not one that can be opened: bad syntax, or plain http to another machine.
    #[error("this address cannot be opened: {reason}")]
    BadAddress {
        /// What is wrong with it.
        reason: String,
    },
    /// An argument of the call is not usable.
    #[error("bad input: {reason}")]
    BadInput {
        /// What is wrong with it.
        reason: String,
    },
    /// No connection could be made; nothing was sent.
    #[error("cannot reach {who}: {reason}")]
    Unreachable {
        /// Authority of the server (host and port).
        who: String,
        /// The transport's own words.
        reason: String,
    },
    /// The request may have been sent, the answer did not come (whole).
    #[error("no whole answer from {who}: {reason}")]
    NoAnswer {
        /// Authority of the server.
        who: String,
        /// The transport's own words.
        reason: String,
    },
    /// The server's TLS certificate does not hold.
    #[error("the secure connection to {who} does not hold: {reason}")]
    Tls {
        /// Authority of the server.
        who: String,
        /// The verifier's own words.
        reason: String,
    },
    /// What answered is no UCP profile.
    #[error("{who} does not speak UCP: {reason}")]
    NotUcp {
        /// Authority of the server.
        who: String,
        /// What is missing or malformed.
        reason: String,
    },
    /// No protocol version in common.
    #[error("{who} speaks UCP {offered}, this client {spoken}")]
    UnsupportedVersion {
        /// Authority of the server.
        who: String,
        /// Versions that it offers.
        offered: String,
        /// Versions that this client speaks.
        spoken: String,
    },
    /// The venue or shop does not offer this capability; its screen is hidden.
    #[error("{capability} is not offered here")]
    NotOffered {
        /// Full capability name.
        capability: String,
    },
    /// The shopper has to sign in (again).
    #[error("signing in is needed at {who}")]
    SignInNeeded {
        /// Authority of the server.
        who: String,
        /// The `WWW-Authenticate` challenge, if one came.
        challenge: Option<String>,
    },
    /// Signed in, but not allowed.
    #[error("{who} does not allow this")]
    Forbidden {
        /// Authority of the server.
        who: String,
    },
    /// What was asked for does not exist (any more).
    #[error("{what} is not there")]
    NotFound {
        /// The kind of thing, and its id.
        what: String,
    },
    /// The other side said no, for a reason of its own.
    #[error("refused: {code}: {content}")]
    Refused {
        /// Its code; open, from the other side.
        code: String,
        /// Its words, to be shown.
        content: String,
        /// Where the shopper can go on in a browser, if it said so.
        continue_url: Option<String>,
    },
    /// Too many requests; `Retry-After` is obeyed.
    #[error("{who} asks to wait")]
    SlowDown {
        /// Authority of the server.
        who: String,
        /// Milliseconds until a retry may be sent.
        retry_after_ms: u64,
    },
    /// The server failed, or asks for the same request again (408, 425).
    #[error("{who} failed with status {status}")]
    Server {
        /// Authority of the server.
        who: String,
        /// HTTP status.
        status: u16,
    },
    /// An answer is not what the contract says.
    #[error("malformed {what}: {reason}")]
    Malformed {
        /// What was being read.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A signature does not hold: an offer, a proof, a draw.
    #[error("{what} is not genuine: {reason}")]
    NotGenuine {
        /// What was verified.
        what: String,
        /// Which check failed.
        reason: String,
    },
    /// The live channel is not connected; nothing was sent.
    #[error("the live channel is not connected")]
    Offline,
    /// The live channel broke after sending: it may or may not have been done.
    #[error("the live channel broke before the answer came")]
    ChannelUnknown,
    /// The live channel stopped for good.
    #[error("the live channel was stopped by the hub: {reason} ({code})")]
    ChannelStopped {
        /// Close code.
        code: u16,
        /// The hub's words.
        reason: String,
    },
    /// The host app's provider failed: token, instrument, address, device authentication, secrets.
    #[error("the app's {provider} failed: {reason}")]
    Host {
        /// Which provider.
        provider: String,
        /// Its own words.
        reason: String,
    },
    /// The ledger is damaged: one tap is off, and the shopper is told.
    #[error("the ledger is damaged: {reason}")]
    LedgerDamaged {
        /// `SQLite`'s words.
        reason: String,
    },
    /// The device's storage failed (full, read-only, damaged).
    #[error("storage failed: {reason}")]
    Storage {
        /// `SQLite`'s words.
        reason: String,
    },
    /// Something is still unsettled, so this cannot be done yet.
    #[error("not while something is unsettled: {what}")]
    Unsettled {
        /// What is unsettled.
        what: String,
    },
    /// The Shopper was closed.
    #[error("this shopper is closed")]
    Closed,
    /// The caller canceled.
    #[error("canceled")]
    Canceled,
    /// A bug of ours; nothing was lost.
    #[error("internal error: {reason}")]
    Internal {
        /// Where.
        reason: String,
    },
}

/// What a person, or the app for them, can do about an [`Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Try again; the library also does so by itself where that is safe.
    Retry,
    /// Wait, then try again.
    Wait,
    /// Check the network.
    CheckNetwork,
    /// Sign in again.
    SignIn,
    /// Update the app.
    UpdateApp,
    /// Correct the input.
    CorrectInput,
    /// Go on at the address that came with it, in a browser.
    OpenContinueUrl,
    /// Do not trust this; report it.
    Distrust,
    /// Free space on the device, or reinstall.
    FreeStorage,
    /// Nothing to do here; the feature is not available.
    HideFeature,
    /// Tell the makers of the app.
    ContactSupport,
}

impl Error {
    /// A code that never changes, for logs and tables.
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadAddress { .. } => "bad_address",
            Self::BadInput { .. } => "bad_input",
            Self::Unreachable { .. } => "unreachable",
            Self::NoAnswer { .. } => "no_answer",
            Self::Tls { .. } => "tls",
            Self::NotUcp { .. } => "not_ucp",
            Self::UnsupportedVersion { .. } => "unsupported_version",
            Self::NotOffered { .. } => "not_offered",
            Self::SignInNeeded { .. } => "sign_in_needed",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound { .. } => "not_found",
            Self::Refused { .. } => "refused",
            Self::SlowDown { .. } => "slow_down",
            Self::Server { .. } => "server",
            Self::Malformed { .. } => "malformed",
            Self::NotGenuine { .. } => "not_genuine",
            Self::Offline => "offline",
            Self::ChannelUnknown => "channel_unknown",
            Self::ChannelStopped { .. } => "channel_stopped",
            Self::Host { .. } => "host",
            Self::LedgerDamaged { .. } => "ledger_damaged",
            Self::Storage { .. } => "storage",
            Self::Unsettled { .. } => "unsettled",
            Self::Closed => "closed",
            Self::Canceled => "canceled",
            Self::Internal { .. } => "internal",
        }
    }

    /// Whether the other side says that there is no such thing (any more), by its status or by its message.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
            || matches!(self, Self::Refused { code, .. } if code == NOT_FOUND)
    }

    /// Whether the same call may succeed later without anything being changed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::NoAnswer { .. }
                | Self::SlowDown { .. }
                | Self::Server { .. }
                | Self::Offline
                | Self::ChannelUnknown
        )
    }

    /// Whether it is certain that the other side saw nothing of the request.
    pub fn is_not_sent(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::Offline
                | Self::BadAddress { .. }
                | Self::BadInput { .. }
                | Self::Tls { .. }
        )
    }

    /// What can be done about it.
    pub fn remedy(&self) -> Remedy {
        match self {
            Self::Refused { continue_url: Some(_), .. } => Remedy::OpenContinueUrl,
            Self::BadAddress { .. } | Self::BadInput { .. } | Self::Refused { .. } => Remedy::CorrectInput,
            Self::Unreachable { .. } | Self::Offline => Remedy::CheckNetwork,
            Self::NoAnswer { .. }
            | Self::ChannelUnknown
            | Self::Server { .. }
            | Self::Canceled
            | Self::Closed => Remedy::Retry,
            Self::SlowDown { .. } | Self::Unsettled { .. } => Remedy::Wait,
            Self::SignInNeeded { .. } | Self::Forbidden { .. } => Remedy::SignIn,
            Self::UnsupportedVersion { .. } => Remedy::UpdateApp,
            Self::NotOffered { .. } | Self::NotUcp { .. } | Self::NotFound { .. } => Remedy::HideFeature,
            Self::Tls { .. } | Self::NotGenuine { .. } => Remedy::Distrust,
            Self::LedgerDamaged { .. } | Self::Storage { .. } => Remedy::FreeStorage,
            Self::Malformed { .. }
            | Self::ChannelStopped { .. }
            | Self::Host { .. }
            | Self::Internal { .. } => Remedy::ContactSupport,
        }
    }

    pub(crate) fn malformed(what: &str, reason: impl fmt::Display) -> Self {
        Self::Malformed { what: what.to_owned(), reason: reason.to_string() }
    }

    pub(crate) fn bad_input(reason: impl Into<String>) -> Self {
        Self::BadInput { reason: reason.into() }
    }

    pub(crate) fn not_offered(capability: &str) -> Self {
        Self::NotOffered { capability: capability.to_owned() }
    }
}
