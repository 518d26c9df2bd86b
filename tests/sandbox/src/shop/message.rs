//! UCP messages and the envelope of every answer.

use serde_json::{Map, Value, json};

use super::VERSION;

/// How a buyer or platform can resolve an error (UCP checkout, error handling).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// The platform can change its input and try again.
    Recoverable,
    /// Input is needed that the API does not take.
    BuyerInput,
    /// There is nothing to act on.
    Unrecoverable,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Recoverable => "recoverable",
            Self::BuyerInput => "requires_buyer_input",
            Self::Unrecoverable => "unrecoverable",
        }
    }
}

/// An error message.
pub fn error(code: &str, severity: Severity, path: Option<&str>, content: &str) -> Value {
    with_path(json!({ "type": "error", "code": code, "severity": severity.word(), "content": content }), path)
}

/// A warning; a disclosure has to be shown beside its path and cannot be dismissed.
pub fn warning(code: &str, disclosure: bool, path: Option<&str>, content: &str) -> Value {
    let presentation = if disclosure { "disclosure" } else { "notice" };
    with_path(
        json!({ "type": "warning", "code": code, "presentation": presentation, "content": content }),
        path,
    )
}

/// A note.
pub fn info(code: &str, path: Option<&str>, content: &str) -> Value {
    with_path(json!({ "type": "info", "code": code, "content": content }), path)
}

fn with_path(mut message: Value, path: Option<&str>) -> Value {
    if let Some(path) = path {
        message["path"] = path.into();
    }
    message
}

/// Is it an error of a severity that hands over to the buyer?
pub fn hands_over(message: &Value) -> bool {
    message["severity"].as_str().is_some_and(|severity| severity.starts_with("requires_"))
}

/// Is it an error?
pub fn is_error(message: &Value) -> bool {
    message["type"] == "error"
}

/// The `ucp` member of an answer.
pub fn envelope(ok: bool, capabilities: &Map<String, Value>) -> Value {
    let status = if ok { "success" } else { "error" };
    json!({ "version": VERSION, "status": status, "capabilities": capabilities })
}
