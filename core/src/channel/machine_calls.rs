//! The machine's calls: what is sent and not answered, what waits to be sent, and what becomes of both.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::machine::{MAX_CALLS, Machine, PATIENCE_MS};
use super::machine_io::{CallError, CallId, Effect, NotSent, Page, Published, Reply};
use super::protocol::{Body, MAX_SEND, Position, Publication, Refusal, Request};

/// Room for a command's frame around its data, bytes.
const ENVELOPE: usize = 256;

/// What a reply is for.
pub(super) enum Waits {
    Connect,
    Subscribe(Arc<str>),
    Refresh,
    SubRefresh(Arc<str>),
    Call(CallId),
    /// The reply is of no interest.
    Nothing,
}

pub(super) struct Pending {
    pub(super) by_ms: u64,
    pub(super) waits: Waits,
}

/// A call that was not sent yet.
pub(super) struct Call {
    id: CallId,
    by_ms: u64,
    what: What,
}

enum What {
    Rpc { method: String, data: Box<RawValue> },
    History { channel: Arc<str>, limit: u32, since: Option<Position>, reverse: bool },
}

impl Machine {
    pub(super) fn rpc(&mut self, call: CallId, method: String, data: Box<RawValue>) {
        if method.len() + data.get().len() + ENVELOPE > MAX_SEND {
            return self.answer(call, Err(CallError::NotSent(NotSent::TooLarge)));
        }
        self.call(call, What::Rpc { method, data });
    }

    pub(super) fn history(
        &mut self,
        call: CallId,
        channel: Arc<str>,
        limit: u32,
        since: Option<Position>,
        reverse: bool,
    ) {
        self.call(call, What::History { channel, limit, since, reverse });
    }

    fn call(&mut self, id: CallId, what: What) {
        let sent = self.pending.values().filter(|pending| matches!(pending.waits, Waits::Call(_))).count();
        if self.is_at_rest() {
            self.answer(id, Err(CallError::NotSent(NotSent::Offline)));
        } else if sent + self.waiting.len() >= MAX_CALLS {
            self.answer(id, Err(CallError::NotSent(NotSent::TooMany)));
        } else {
            self.waiting.push_back(Call { id, by_ms: self.now.saturating_add(PATIENCE_MS), what });
            if self.is_connected() {
                self.send_waiting_calls();
            }
        }
    }

    pub(super) fn send_waiting_calls(&mut self) {
        while let Some(call) = self.waiting.pop_front() {
            let request = match &call.what {
                What::Rpc { method, data } => Request::Rpc { method, data },
                What::History { channel, limit, since, reverse } => {
                    Request::History { channel, limit: *limit, since: since.as_ref(), reverse: *reverse }
                }
            };
            self.command(Waits::Call(call.id), request);
        }
    }

    pub(super) fn call_reply(&mut self, call: CallId, body: Result<Body<'_>, Refusal>) {
        let result = match body {
            Ok(Body::Rpc(data)) => Ok(Reply::Rpc(data.unwrap_or(RawValue::NULL).to_owned())),
            Ok(Body::History(page)) => Ok(Reply::History(Page {
                publications: page.publications.iter().map(published).collect(),
                position: Position { offset: page.offset, epoch: page.epoch },
            })),
            // An answer of another kind says nothing about what was done.
            Ok(_) => Err(CallError::Unknown),
            Err(refusal) => {
                let temporary = refusal.is_temporary();
                Err(CallError::Refused { code: refusal.code, message: refusal.message, temporary })
            }
        };
        self.answer(call, result);
    }

    pub(super) fn forget(&mut self, call: CallId) {
        self.waiting.retain(|waiting| waiting.id != call);
        for pending in self.pending.values_mut() {
            if matches!(pending.waits, Waits::Call(id) if id == call) {
                pending.waits = Waits::Nothing;
            }
        }
    }

    /// The channel whose own token is the first that the hub has not answered; none if that is the connection's.
    pub(super) fn unanswered_token(&self) -> Option<Arc<str>> {
        for pending in self.pending.values() {
            match &pending.waits {
                Waits::Connect | Waits::Refresh => return None,
                Waits::Subscribe(channel) | Waits::SubRefresh(channel) if self.has_own_token(channel) => {
                    return Some(channel.clone());
                }
                _ => {}
            }
        }
        None
    }

    /// The socket is gone: nobody will answer what was sent.
    pub(super) fn drop_pending(&mut self) {
        for pending in std::mem::take(&mut self.pending).into_values() {
            if let Waits::Call(call) = pending.waits {
                self.answer(call, Err(CallError::Unknown));
            }
        }
    }

    /// No attempt will be made: what waits has waited in vain.
    pub(super) fn fail_waiting_calls(&mut self) {
        while let Some(call) = self.waiting.pop_front() {
            self.answer(call.id, Err(CallError::NotSent(NotSent::Offline)));
        }
    }

    pub(super) fn calls_wake_at(&self) -> Option<u64> {
        let sent = self.pending.values().map(|pending| pending.by_ms);
        sent.chain(self.waiting.iter().map(|call| call.by_ms)).min()
    }

    /// Ends calls whose time is up. True if something the connection cannot do without was not answered.
    pub(super) fn calls_overdue(&mut self) -> bool {
        let now = self.now;
        while self.waiting.front().is_some_and(|call| call.by_ms <= now) {
            if let Some(call) = self.waiting.pop_front() {
                self.answer(call.id, Err(CallError::NotSent(NotSent::TimedOut)));
            }
        }
        let overdue: Vec<u32> =
            self.pending.iter().filter(|(_, pending)| pending.by_ms <= now).map(|(id, _)| *id).collect();
        let mut vital = false;
        for id in overdue {
            match self.pending.remove(&id).map(|pending| pending.waits) {
                Some(Waits::Call(call)) => self.answer(call, Err(CallError::Unknown)),
                Some(Waits::Nothing) | None => {}
                Some(_) => vital = true,
            }
        }
        vital
    }

    fn answer(&mut self, call: CallId, result: Result<Reply, CallError>) {
        self.effects.push(Effect::Answer { call, result });
    }
}

pub(super) fn published(publication: &Publication<'_>) -> Published {
    Published {
        data: publication.data.to_owned(),
        offset: (publication.offset > 0).then_some(publication.offset),
    }
}
