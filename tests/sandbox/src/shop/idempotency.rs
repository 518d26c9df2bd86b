//! Idempotency keys: the same key and request give the same bytes for 24 hours, another request under it a 409.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};

use crate::http::{Request, Response};

/// How long an answer is kept (UCP checkout REST, idempotency).
pub const KEEP_MS: i64 = 24 * 3_600_000;

struct Kept {
    at_ms: i64,
    fingerprint: Vec<u8>,
    answer: Response,
}

/// The answers given under a key.
#[derive(Default)]
pub struct Idempotency {
    /// By caller (empty for a guest) and key: a key belongs to its caller.
    kept: BTreeMap<(String, String), Kept>,
}

/// What a key is known for.
pub enum Known {
    /// Never seen, or long ago.
    New,
    /// Seen with this very request.
    Answered(Response),
    /// Seen with another request.
    Conflict,
}

impl Idempotency {
    /// What is known of the request's key.
    pub fn look_up(&mut self, now_ms: i64, key: &str, request: &Request, shopper: Option<&str>) -> Known {
        self.kept.retain(|_, kept| now_ms - kept.at_ms < KEEP_MS);
        match self.kept.get(&owned(shopper, key)) {
            None => Known::New,
            Some(kept) if kept.fingerprint != fingerprint(request) => Known::Conflict,
            Some(kept) => Known::Answered(kept.answer.clone()),
        }
    }

    /// Keeps a definite answer; one that asks to come back is not kept.
    pub fn keep(
        &mut self,
        now_ms: i64,
        key: &str,
        request: &Request,
        shopper: Option<&str>,
        answer: &Response,
    ) {
        let code = answer.body_json()["code"].clone();
        let later = matches!(answer.status, 401 | 408 | 425 | 429 | 500..)
            || (answer.status == 409 && (code == "in_progress" || code == "draw_open"));
        if !later {
            let kept = Kept { at_ms: now_ms, fingerprint: fingerprint(request), answer: answer.clone() };
            self.kept.insert(owned(shopper, key), kept);
        }
    }

    /// Moves one key's age, for a judge that cannot move the clock. False if there is no such key.
    pub fn age(&mut self, key: &str, by_ms: i64) -> bool {
        let mut found = false;
        for (_, kept) in self.kept.iter_mut().filter(|((_, known), _)| known == key) {
            kept.at_ms -= by_ms;
            found = true;
        }
        found
    }
}

fn owned(shopper: Option<&str>, key: &str) -> (String, String) {
    (shopper.unwrap_or_default().to_owned(), key.to_owned())
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
