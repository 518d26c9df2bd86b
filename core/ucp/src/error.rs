//! Errors that a business reports: in place of a resource, or of the transport.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::de;
use crate::envelope::{self, Meta, Shape};
use crate::message::Message;

/// In place of a resource: HTTP 200 with `ucp.status: "error"` (UCP `types/error_response`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ErrorResponse {
    /// Metadata.
    pub ucp: Meta,
    /// Why.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub messages: Vec<Message>,
    /// Where the buyer can go on by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_url: Option<String>,
}

impl ErrorResponse {
    /// The first error that has a code.
    pub fn code(&self) -> Option<&str> {
        self.messages.iter().filter(|message| message.is_error()).find_map(|message| message.code.as_deref())
    }

    /// Whether any message has this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.messages.iter().any(|message| message.has_code(code))
    }
}

impl fmt::Display for ErrorResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the business refused: {}", self.code().unwrap_or("no code given"))
    }
}

impl std::error::Error for ErrorResponse {}

/// The body of an HTTP error (UCP overview, Error Handling, Transport Bindings). Bodies are optional.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransportError {
    /// A code, such as `profile_unreachable`.
    pub code: String,
    /// What happened, in words.
    #[serde(default, deserialize_with = "de::null_as_default")]
    pub content: String,
    /// Where the buyer can go on by hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_url: Option<String>,
    /// Beyond UCP (our own endpoints): when to try again, in milliseconds. `Retry-After` is the header's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the request was refused: {}", self.code)
    }
}

impl std::error::Error for TransportError {}

/// What the body of a non-2xx answer says.
#[derive(Debug, Clone, PartialEq)]
pub enum Failure {
    /// A transport error in UCP's shape.
    Transport(TransportError),
    /// An error response in spite of the status; of the older shape as [`older_refusal`] reads it.
    Refused(ErrorResponse),
    /// Nothing that UCP describes: go by the HTTP status alone.
    Unreadable,
}

impl Failure {
    /// The most telling code.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Transport(error) => Some(&error.code),
            Self::Refused(error) => error.code(),
            Self::Unreadable => None,
        }
    }

    /// Where the buyer can go on by hand.
    pub fn continue_url(&self) -> Option<&str> {
        match self {
            Self::Transport(error) => error.continue_url.as_deref(),
            Self::Refused(error) => error.continue_url.as_deref(),
            Self::Unreadable => None,
        }
    }
}

/// Messages of the older shape, without an envelope or a resource (2026-01-11 checkout-rest, Error Responses). Its
/// overview writes `message` where the schema has `content`.
pub(crate) fn older_refusal(text: &str) -> Option<ErrorResponse> {
    #[derive(Deserialize)]
    struct Bare {
        messages: Vec<Value>,
        #[serde(default)]
        continue_url: Option<String>,
    }
    let bare: Bare = serde_json::from_str(text).ok()?;
    let read = |mut message: Value| {
        let fields = message.as_object_mut()?;
        if let Some(said) = fields.remove("message") {
            fields.entry("content").or_insert(said);
        }
        serde_json::from_value(message).ok()
    };
    let messages: Option<Vec<Message>> = bare.messages.into_iter().map(read).collect();
    Some(ErrorResponse { ucp: Meta::default(), messages: messages?, continue_url: bare.continue_url })
}

/// Reads the body of a non-2xx answer. Never fails: the HTTP status stands whatever the body says.
pub fn read_failure(body: &[u8]) -> Failure {
    let Ok(text) = envelope::text(body) else { return Failure::Unreadable };
    let is_error = Shape::of(text).is_ok_and(|shape| shape.is_error());
    if is_error && let Ok(refused) = serde_json::from_str(text) {
        return Failure::Refused(refused);
    }
    if let Ok(transport) = serde_json::from_str(text) {
        return Failure::Transport(transport);
    }
    older_refusal(text).map_or(Failure::Unreadable, Failure::Refused)
}
