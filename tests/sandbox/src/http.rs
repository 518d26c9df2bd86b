//! One HTTP request and its answer as plain values, so that handlers need no server.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A request as a handler sees it.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// Upper-case method.
    pub method: String,
    /// Path without query, percent-encoding as sent.
    pub path: String,
    /// Query without the question mark; empty if none.
    pub query: String,
    /// Header names in lower case, in the order sent.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Request {
    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The bearer token, if one was sent.
    pub fn bearer(&self) -> Option<&str> {
        self.header("authorization")?.strip_prefix("Bearer ")
    }

    /// The first query parameter of that name, as sent (ids and cursors need no decoding here).
    pub fn query_value(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }

    /// The path's segments, without empty ones.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|part| !part.is_empty()).collect()
    }

    /// The body as JSON; a 400 in the contract's shape if it is none.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Response> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Response::error(400, "invalid_body", &format!("the body is not what this call takes: {error}"))
        })
    }
}

/// The answer to a [`Request`].
#[derive(Debug, Clone)]
pub struct Response {
    /// HTTP status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

impl Response {
    /// A JSON answer.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self {
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: serde_json::to_vec(body).expect("the sandbox's own values serialize"),
        }
    }

    /// An error in the shape the contract shares with UCP's transport errors.
    pub fn error(status: u16, code: &str, content: &str) -> Self {
        Self::json(status, &serde_json::json!({ "code": code, "content": content }))
    }

    /// Bytes of another type.
    pub fn bytes(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        Self { status, headers: vec![("content-type".into(), content_type.into())], body }
    }

    /// The same answer with one more header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body as JSON, for tests and books; null if it is none.
    pub fn body_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// The query parameter of that name, as sent; a 400 if it comes several times, because nobody knows then which is meant.
pub fn query_once<'a>(query: &'a str, name: &str) -> Result<Option<&'a str>, Response> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    match (values.next(), values.next()) {
        (_, Some(_)) => {
            Err(Response::error(400, "invalid_parameter", &format!("{name} comes more than once")))
        }
        (value, None) => Ok(value),
    }
}

/// Where a page begins, as the query says it under that name: 1 to 512 characters (the contract's `Cursor` and `Before`).
pub fn page_mark<'a>(query: &'a str, name: &str) -> Result<Option<&'a str>, Response> {
    match query_once(query, name)? {
        Some(mark) if !(1..=512).contains(&characters(mark)) => {
            Err(Response::error(400, "invalid_parameter", &format!("{name} has 1 to 512 characters")))
        }
        mark => Ok(mark),
    }
}

/// The refusal of a cursor that no page gave, or none that is still there.
pub fn no_such_page() -> Response {
    let content = "there is no such page any more: start again without a cursor";
    Response::error(400, "invalid_parameter", content)
}

/// Characters of a percent-encoded query value: every byte but those that continue a UTF-8 sequence.
fn characters(encoded: &str) -> usize {
    let mut parts = encoded.split('%');
    let plain = parts.next().map_or(0, |first| first.chars().count());
    let starts = |byte: Option<&str>| {
        !matches!(byte.and_then(|hex| hex.bytes().next()), Some(b'8' | b'9' | b'a' | b'b' | b'A' | b'B'))
    };
    parts.fold(plain, |sum, part| {
        sum + usize::from(starts(part.get(..2))) + part.chars().count().saturating_sub(2)
    })
}
