//! One request, one answer. No redirects, no cookies, no retries here: those are decisions, and lie above the port.

use async_trait::async_trait;
use futures_util::StreamExt as _;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

use crate::error::{Error, Result};

/// Answers beyond this are refused, in bytes.
pub const MAX_BODY: usize = 8 * 1024 * 1024;

/// An HTTP method of the protocols spoken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    /// Upper case, as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// A request.
#[derive(Clone)]
pub struct HttpRequest {
    /// Its method.
    pub method: Method,
    /// Absolute address: https, or http to loopback.
    pub url: Url,
    /// Header names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Its body; JSON wherever there is one.
    pub body: Option<Vec<u8>>,
    /// Milliseconds from the start to the whole answer.
    pub timeout_ms: u64,
}

impl HttpRequest {
    /// A request without headers or body and ten seconds to answer.
    pub fn new(method: Method, url: Url) -> Self {
        Self { method, url, headers: Vec::new(), body: None, timeout_ms: 10_000 }
    }
}

/// Headers and bodies may carry tokens and addresses: not shown.
impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method.as_str(), self.url.path())
    }
}

/// An answer.
#[derive(Clone)]
pub struct HttpResponse {
    /// Status code.
    pub status: u16,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The whole body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The first header of that lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({} bytes)", self.status, self.body.len())
    }
}

/// Sends a request.
///
/// The error says whether bytes may have left: [`Error::Unreachable`] and [`Error::Tls`] mean that none did,
/// [`Error::NoAnswer`] that they may have.
#[async_trait(?Send)]
pub trait Http {
    /// One request, one answer; any status is an answer.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse>;
}

/// The real one: reqwest over rustls.
pub struct ReqwestHttp {
    client: reqwest::Client,
}

impl ReqwestHttp {
    /// A client over the shared TLS configuration.
    ///
    /// # Errors
    /// `Internal` if reqwest cannot be set up.
    pub fn new(tls: &Arc<rustls::ClientConfig>) -> Result<Self> {
        let mut tls = rustls::ClientConfig::clone(tls);
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(5))
            .pool_idle_timeout(Duration::from_mins(1))
            .tcp_nodelay(true)
            .build()
            .map_err(|error| Error::Internal { reason: error.to_string() })?;
        Ok(Self { client })
    }
}

#[async_trait(?Send)]
impl Http for ReqwestHttp {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let who = request.url.authority().to_owned();
        let method = match request.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let mut builder =
            self.client.request(method, request.url).timeout(Duration::from_millis(request.timeout_ms));
        for (name, value) in request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = request.body {
            builder = builder.body(body);
        }
        let response = builder.send().await.map_err(|error| classify(&who, &error))?;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| classify(&who, &error))?;
            if body.len() + chunk.len() > MAX_BODY {
                return Err(Error::malformed("answer", format!("longer than {MAX_BODY} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(HttpResponse { status, headers, body })
    }
}

fn classify(who: &str, error: &reqwest::Error) -> Error {
    let who = who.to_owned();
    let reason = innermost(error);
    if error.is_builder() {
        Error::BadInput { reason }
    } else if error.is_connect() && reason.contains("certificate") {
        Error::Tls { who, reason }
    } else if error.is_connect() {
        Error::Unreachable { who, reason }
    } else {
        Error::NoAnswer { who, reason }
    }
}

/// The cause at the bottom: reqwest's own words repeat the address.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
