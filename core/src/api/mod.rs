//! HTTP as the venue and the shops expect it: who asks, which request it is, signed in or not, and tried again where
//! that is safe.
//!
//! A read or a call with an idempotency key may be repeated after a failure, the same bytes each time; nothing else is.
//! The purchase's `complete` does not come through here with retries: its journal decides (see `purchase`).

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use url::Url;

use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::host::{Audience, Host, in_time};
use crate::ports::{EntropyExt as _, HttpRequest, HttpResponse, Method, Ports};

/// One call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) audience: Audience,
    pub(crate) method: Method,
    pub(crate) url: Url,
    /// JSON text.
    pub(crate) body: Option<String>,
    /// Sent as `Idempotency-Key`; makes a mutation repeatable.
    pub(crate) key: Option<String>,
    /// Tries in all; one for calls whose repetition somebody else decides.
    pub(crate) tries: u32,
    pub(crate) timeout_ms: u64,
    /// OAuth scopes the token needs, if any.
    pub(crate) scopes: Vec<String>,
}

impl Call {
    /// A read: three tries.
    pub(crate) fn get(audience: Audience, url: Url) -> Self {
        Self {
            audience,
            method: Method::Get,
            url,
            body: None,
            key: None,
            tries: 3,
            timeout_ms: 10_000,
            scopes: Vec::new(),
        }
    }

    /// A mutation with its idempotency key: three tries of the same bytes.
    pub(crate) fn send(audience: Audience, method: Method, url: Url, body: String, key: String) -> Self {
        Self { method, body: Some(body), key: Some(key), ..Self::get(audience, url) }
    }

    /// The same call with one try.
    pub(crate) fn once(self) -> Self {
        Self { tries: 1, ..self }
    }
}

/// Makes calls. One per core.
pub(crate) struct Api {
    ports: Ports,
    host: Host,
    agent: String,
    language: String,
    tokens: RefCell<BTreeMap<Audience, Option<SecretString>>>,
}

impl Api {
    /// `profile_url` is the partner's platform profile (UCP overview, "Platform Advertisement on Request").
    /// Titles come in `language`, BCP 47.
    pub(crate) fn new(ports: Ports, host: Host, profile_url: &Url, language: &str) -> Rc<Self> {
        // A serialized URL is printable ASCII, so there always is one.
        let agent = nightmarket_ucp::rest::agent(profile_url.as_str()).unwrap_or_default();
        Rc::new(Self { ports, host, agent, language: language.to_owned(), tokens: RefCell::default() })
    }

    /// The value of `UCP-Agent`.
    pub(crate) fn agent(&self) -> &str {
        &self.agent
    }

    /// Forgets tokens held in memory: the shopper signed out or changed.
    pub(crate) fn forget_tokens(&self) {
        self.tokens.borrow_mut().clear();
    }

    /// Reads JSON of the contract's own endpoints.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: Call, what: &str) -> Result<T> {
        let response = self.call(call).await?;
        parse(what, &response.body)
    }

    /// Makes the call until it is answered with a success, or may not be repeated any more.
    pub(crate) async fn call(&self, call: Call) -> Result<HttpResponse> {
        let repeatable = call.method == Method::Get || call.key.is_some();
        let mut attempt = 1;
        let mut refreshed = false;
        loop {
            let response = self.once(&call).await;
            let error = match response.and_then(|response| success(&call.url, response)) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if let Error::SignInNeeded { challenge, .. } = &error
                && !refreshed
                && self.refresh(&call, challenge.as_deref()).await?
            {
                refreshed = true;
                continue;
            }
            if !error.is_retryable() || !repeatable || attempt >= call.tries {
                return Err(error);
            }
            let retry_after = match error {
                Error::SlowDown { retry_after_ms, .. } => Some(retry_after_ms),
                _ => None,
            };
            self.ports
                .clock
                .sleep(Backoff::INTERACTIVE.wait_ms(attempt, self.ports.entropy.next_u64(), retry_after))
                .await;
            attempt += 1;
        }
    }

    /// One request, one answer of any status, with this client's headers.
    pub(crate) async fn once(&self, call: &Call) -> Result<HttpResponse> {
        let mut headers = vec![
            ("ucp-agent", self.agent.clone()),
            ("request-id", self.ports.entropy.uuid()),
            ("accept", "application/json".to_owned()),
            ("accept-language", self.language.clone()),
        ];
        if call.body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        if let Some(key) = &call.key {
            headers.push(("idempotency-key", key.clone()));
        }
        if let Some(token) = self.token(call).await? {
            headers.push(("authorization", format!("Bearer {}", token.expose_secret())));
        }
        self.ports
            .http
            .send(HttpRequest {
                method: call.method,
                url: call.url.clone(),
                headers,
                body: call.body.clone().map(String::into_bytes),
                timeout_ms: call.timeout_ms,
            })
            .await
    }

    async fn token(&self, call: &Call) -> Result<Option<SecretString>> {
        if let Some(token) = self.tokens.borrow().get(&call.audience) {
            return Ok(token.clone());
        }
        let token = self.ask(call, None).await?;
        self.tokens.borrow_mut().insert(call.audience.clone(), token.clone());
        Ok(token)
    }

    async fn ask(&self, call: &Call, challenge: Option<&str>) -> Result<Option<SecretString>> {
        let answer = self.host.tokens.token(&call.audience, &call.scopes, challenge);
        in_time(&*self.ports.clock, "token provider", answer).await
    }

    /// Asks for another token after a 401; false if the provider has none or the same one.
    async fn refresh(&self, call: &Call, challenge: Option<&str>) -> Result<bool> {
        let old = self.tokens.borrow_mut().remove(&call.audience).flatten();
        let token = self.ask(call, challenge).await?;
        let fresh = match (&token, &old) {
            (Some(token), Some(old)) => token.expose_secret() != old.expose_secret(),
            (token, None) => token.is_some(),
            (None, Some(_)) => false,
        };
        self.tokens.borrow_mut().insert(call.audience.clone(), token);
        Ok(fresh)
    }
}

/// The body of an error beyond UCP, which is also that of UCP's transport errors.
#[derive(serde::Deserialize)]
struct ErrorBody {
    code: String,
    #[serde(default)]
    content: String,
    continue_url: Option<String>,
    retry_after_ms: Option<u64>,
}

/// A success as it is, any other status as the error it stands for.
pub(crate) fn success(url: &Url, response: HttpResponse) -> Result<HttpResponse> {
    if (200..300).contains(&response.status) {
        return Ok(response);
    }
    let who = url.authority().to_owned();
    let body: Option<ErrorBody> = serde_json::from_slice(&response.body).ok();
    let retry_after_ms = body.as_ref().and_then(|body| body.retry_after_ms).or_else(|| {
        let seconds: u64 = response.header("retry-after")?.trim().parse().ok()?;
        Some(seconds.saturating_mul(1_000))
    });
    Err(match (response.status, body) {
        (401, _) => {
            Error::SignInNeeded { who, challenge: response.header("www-authenticate").map(str::to_owned) }
        }
        (409, Some(body)) if body.code == "in_progress" => {
            Error::SlowDown { who, retry_after_ms: retry_after_ms.unwrap_or(1_000) }
        }
        (429, _) => Error::SlowDown { who, retry_after_ms: retry_after_ms.unwrap_or(1_000) },
        (503, _) if retry_after_ms.is_some() => {
            Error::SlowDown { who, retry_after_ms: retry_after_ms.unwrap_or_default() }
        }
        // The same request may be sent again (RFC 9110, 15.5.9; RFC 8470, 5.2), whatever the body says: no refusal.
        (408 | 425 | 500.., _) => Error::Server { who, status: response.status },
        (_, Some(body)) => {
            Error::Refused { code: body.code, content: body.content, continue_url: body.continue_url }
        }
        (403, None) => Error::Forbidden { who },
        (404, None) => Error::NotFound { what: url.path().to_owned() },
        (status, None) => Error::Server { who, status },
    })
}

/// JSON in one pass: UTF-8 is validated once for the whole body (87 µs against 114 for a page of 50 posts, measured).
pub(crate) fn parse<T: DeserializeOwned>(what: &str, body: &[u8]) -> Result<T> {
    let text = std::str::from_utf8(body).map_err(|error| Error::malformed(what, error))?;
    serde_json::from_str(text).map_err(|error| Error::malformed(what, error))
}

/// JSON text of a value of ours.
pub(crate) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("the core's own types serialize")
}

#[cfg(test)]
mod tests;
