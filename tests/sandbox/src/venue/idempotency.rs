//! One key, one effect: the answer of a change is kept and given again.

use std::collections::BTreeMap;

use super::auth::Caller;
use super::evening::DAY_MS;
use crate::http::{Request, Response};

/// Whose key, and for what.
pub struct Entry {
    owner: (Caller, String),
    request: (String, String, Vec<u8>),
}

impl Entry {
    pub(super) fn of(caller: &Caller, key: &str, request: &Request) -> Self {
        Self {
            owner: (caller.clone(), key.to_owned()),
            request: (request.method.clone(), request.path.clone(), request.body.clone()),
        }
    }
}

/// What is known of a key.
pub enum Seen {
    /// Nothing.
    Fresh,
    /// It was used for the same request: its answer.
    Answer(Response),
    /// It was used for another request.
    Conflict,
}

struct Kept {
    request: (String, String, Vec<u8>),
    answer: Response,
    at_ms: i64,
}

/// The keys of the last 24 hours.
#[derive(Default)]
pub struct Keys {
    kept: BTreeMap<(Caller, String), Kept>,
    swept_ms: i64,
}

impl Keys {
    pub(super) fn seen(&self, entry: &Entry, now_ms: i64) -> Seen {
        match self.kept.get(&entry.owner) {
            Some(kept) if now_ms - kept.at_ms >= DAY_MS => Seen::Fresh,
            Some(kept) if kept.request == entry.request => Seen::Answer(kept.answer.clone()),
            Some(_) => Seen::Conflict,
            None => Seen::Fresh,
        }
    }

    /// Keeps an answer, unless it is one after which the same request is to be tried again.
    pub(super) fn keep(&mut self, entry: Entry, answer: &Response, now_ms: i64) {
        if !matches!(answer.status, 401 | 429) && answer.status < 500 {
            let kept = Kept { request: entry.request, answer: answer.clone(), at_ms: now_ms };
            self.kept.insert(entry.owner, kept);
        }
    }

    pub(super) fn forget_old(&mut self, now_ms: i64) {
        if now_ms - self.swept_ms >= DAY_MS / 24 {
            self.swept_ms = now_ms;
            self.kept.retain(|_, kept| now_ms - kept.at_ms < DAY_MS);
        }
    }
}
