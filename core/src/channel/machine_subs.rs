//! The machine's subscriptions: joining, holding the place in a stream, and saying so when it could not be held.
//!
//! A recoverable channel is delivered once and in order. An offset already seen is a duplicate and dropped. One that
//! skips is first repaired: we leave the channel and join it again from where we stand, and the hub sends what was
//! missed. Only if that does not help, or if the stream is another one (its epoch changed, or it went back), is a gap
//! told, and always before what comes after it.

use std::sync::Arc;

use secrecy::ExposeSecret;

use super::backoff::MAX_RETRY_AFTER_MS;
use super::machine::{MAX_SUBSCRIPTIONS, Machine};
use super::machine_calls::{Waits, published};
use super::machine_io::{Effect, Ended, SubscribeOptions, Token, TokenError, TokenKind};
use super::machine_tokens::Slot;
use super::protocol::{
    Body, Position, Publication, RefreshResult, Refusal, Request, Subscribe, SubscribeResult,
    asks_to_resubscribe, code,
};
use crate::backoff::scale;

pub(super) struct Sub {
    options: SubscribeOptions,
    token: Slot,
    phase: SubPhase,
    /// The last publication delivered, where the channel keeps positions.
    position: Option<Position>,
    /// It held once: without a position, what came since is missing.
    held: bool,
    /// A skip behind this offset was already tried to repair.
    repaired_at: Option<u64>,
    failures: u32,
    refresh_at: Option<u64>,
    refreshing: bool,
}

enum SubPhase {
    /// For the connection, a token, or this time.
    Waiting { at_ms: u64 },
    /// For the reply to this command; `recover`: from our position.
    Asked { command: u32, recover: bool },
    /// Up.
    Live,
}

/// What to do with a publication.
enum Step {
    Deliver,
    Duplicate,
    /// Publications before this one are missing.
    Skips,
    /// Another stream than ours.
    Other,
}

impl Sub {
    fn step(&self, publication: &Publication<'_>) -> Step {
        let Some(position) = &self.position else { return Step::Deliver };
        if publication.offset == 0 {
            Step::Deliver
        } else if !publication.epoch.is_empty() && publication.epoch != position.epoch {
            Step::Other
        } else if publication.offset <= position.offset {
            Step::Duplicate
        } else if publication.offset - position.offset > 1 {
            Step::Skips
        } else {
            Step::Deliver
        }
    }

    fn advance(&mut self, publication: &Publication<'_>) {
        if let Some(position) = &mut self.position
            && publication.offset > 0
        {
            position.offset = publication.offset;
            if !publication.epoch.is_empty() && publication.epoch != position.epoch {
                position.epoch = publication.epoch.clone().into_owned();
            }
            self.repaired_at = None;
        }
    }
}

impl Machine {
    // ---- the user's wishes

    pub(super) fn subscribe(&mut self, channel: Arc<str>, options: SubscribeOptions) {
        if self.subs.contains_key(&channel) {
            return;
        }
        if self.subs.len() >= MAX_SUBSCRIPTIONS {
            self.effects.push(Effect::Unsubscribed { channel, why: Ended::TooMany });
            return;
        }
        let position = options.from.clone().filter(|_| options.recoverable);
        let sub = Sub {
            options,
            token: Slot::default(),
            phase: SubPhase::Waiting { at_ms: 0 },
            position,
            held: false,
            repaired_at: None,
            failures: 0,
            refresh_at: None,
            refreshing: false,
        };
        self.subs.insert(channel, sub);
        if self.is_connected() {
            self.subscribe_ready();
        } else {
            self.ask_subscription_tokens();
        }
    }

    pub(super) fn unsubscribe(&mut self, channel: &Arc<str>) {
        if let Some(sub) = self.subs.remove(channel)
            && !matches!(sub.phase, SubPhase::Waiting { .. })
        {
            self.command(Waits::Nothing, Request::Unsubscribe { channel });
        }
    }

    /// Ends a subscription for good and says why.
    fn end(&mut self, channel: &Arc<str>, why: Ended) {
        self.unsubscribe(channel);
        self.effects.push(Effect::Unsubscribed { channel: channel.clone(), why });
    }

    // ---- joining

    /// Asks to join every channel that can be joined now; asks for tokens where they are missing. How many were asked.
    pub(super) fn subscribe_ready(&mut self) -> usize {
        let now = self.now;
        let due = |sub: &Sub| matches!(sub.phase, SubPhase::Waiting { at_ms } if at_ms <= now);
        let channels: Vec<Arc<str>> =
            self.subs.iter().filter(|(_, sub)| due(sub)).map(|(name, _)| name.clone()).collect();
        channels.iter().filter(|channel| self.join(channel)).count()
    }

    fn join(&mut self, channel: &Arc<str>) -> bool {
        let now = self.now;
        let Some(sub) = self.subs.get_mut(channel) else { return false };
        let secret = sub.token.usable(now).cloned();
        if sub.options.needs_token && secret.is_none() {
            self.ask_subscription_token(channel);
            return false;
        }
        let position = sub.position.clone().filter(|position| !position.epoch.is_empty());
        let recoverable = sub.options.recoverable;
        let request = Subscribe {
            channel,
            token: secret.as_ref().map(ExposeSecret::expose_secret),
            recover: position.is_some(),
            epoch: position.as_ref().map_or("", |position| &position.epoch),
            offset: position.as_ref().map_or(0, |position| position.offset),
            positioned: recoverable,
            recoverable,
        };
        let command = self.command(Waits::Subscribe(channel.clone()), Request::Subscribe(request));
        if let Some(sub) = self.subs.get_mut(channel) {
            sub.phase = SubPhase::Asked { command, recover: position.is_some() };
        }
        true
    }

    pub(super) fn ask_subscription_tokens(&mut self) {
        if self.is_at_rest() {
            return;
        }
        let now = self.now;
        let lacks = |sub: &Sub| sub.options.needs_token && sub.token.usable(now).is_none();
        let channels: Vec<Arc<str>> =
            self.subs.iter().filter(|(_, sub)| lacks(sub)).map(|(name, _)| name.clone()).collect();
        for channel in channels {
            self.ask_subscription_token(&channel);
        }
    }

    fn ask_subscription_token(&mut self, channel: &Arc<str>) {
        if let Some(fresh) = self.subs.get_mut(channel).and_then(|sub| sub.token.ask()) {
            self.effects.push(Effect::NeedToken { kind: TokenKind::Subscription(channel.clone()), fresh });
        }
    }

    pub(super) fn subscription_token(&mut self, channel: &Arc<str>, result: Result<Token, TokenError>) {
        let now = self.now;
        let at_rest = self.is_at_rest();
        let Some(sub) = self.subs.get_mut(channel) else { return };
        if sub.token.take_void() {
            if !at_rest {
                self.ask_subscription_token(channel);
            }
            return;
        }
        match result {
            Ok(token) => {
                sub.token.answered(now, Some(token));
                let refresh = std::mem::take(&mut sub.refreshing) && matches!(sub.phase, SubPhase::Live);
                if !self.is_connected() {
                    return;
                }
                if refresh { self.send_sub_refresh(channel) } else { _ = self.subscribe_ready() }
            }
            Err(TokenError::Unavailable { retry_after_ms }) => {
                sub.token.answered(now, None);
                self.sub_again_later(channel, retry_after_ms.unwrap_or(0).min(MAX_RETRY_AFTER_MS));
            }
            Err(TokenError::Refused) => self.end(channel, Ended::TokenRefused),
        }
    }

    /// Joins, or refreshes, again after a delay of at least this.
    fn sub_again_later(&mut self, channel: &Arc<str>, at_least_ms: u64) {
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.failures = sub.failures.saturating_add(1);
        let failures = sub.failures;
        let at = self.now.saturating_add(self.jitter(failures).max(at_least_ms));
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.refreshing = false;
        if matches!(sub.phase, SubPhase::Live) {
            sub.refresh_at = Some(at);
        } else {
            sub.phase = SubPhase::Waiting { at_ms: at };
        }
    }

    // ---- replies

    pub(super) fn subscribe_reply(&mut self, channel: &Arc<str>, id: u32, body: Result<Body<'_>, Refusal>) {
        let Some(sub) = self.subs.get(channel) else { return };
        let recover = match sub.phase {
            SubPhase::Asked { command, recover } if command == id => recover,
            // Left and joined again since.
            _ => return,
        };
        match body {
            Ok(Body::Subscribe(result)) => self.joined(channel, recover, result),
            Ok(_) => self.joined(channel, recover, SubscribeResult::default()),
            Err(refusal) => self.join_refused(channel, refusal),
        }
    }

    fn join_refused(&mut self, channel: &Arc<str>, refusal: Refusal) {
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.phase = SubPhase::Waiting { at_ms: 0 };
        let of_token = matches!(refusal.code, code::TOKEN_EXPIRED | code::PERMISSION_DENIED);
        if of_token && sub.options.needs_token {
            self.subscription_token_refused(channel);
            self.ask_subscription_token(channel);
        } else if refusal.is_temporary() {
            self.sub_again_later(channel, 0);
        } else {
            self.end(channel, Ended::Refused { code: refusal.code, message: refusal.message });
        }
    }

    pub(super) fn has_own_token(&self, channel: &Arc<str>) -> bool {
        self.subs.get(channel).is_some_and(|sub| sub.options.needs_token)
    }

    /// One more try with a fresh token, then no more.
    pub(super) fn subscription_token_refused(&mut self, channel: &Arc<str>) {
        let Some(sub) = self.subs.get_mut(channel) else { return };
        if std::mem::replace(&mut sub.token.refused, true) {
            self.end(channel, Ended::TokenRefused);
        } else {
            sub.token.spoil();
        }
    }

    fn joined(&mut self, channel: &Arc<str>, recover: bool, result: SubscribeResult<'_>) {
        let refresh_at = result.expires.then(|| self.refresh_time(result.ttl));
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.phase = SubPhase::Live;
        sub.failures = 0;
        sub.token.refused = false;
        sub.refresh_at = refresh_at;
        let held = std::mem::replace(&mut sub.held, true);

        let keeps = sub.options.recoverable && !result.epoch.is_empty();
        let theirs = keeps.then_some(Position { offset: result.offset, epoch: result.epoch });
        let ours = sub.position.take().filter(|_| recover);
        let (recovered, gap) = match (&ours, &theirs) {
            (Some(ours), Some(theirs)) => {
                let same = ours.epoch == theirs.epoch;
                // Absent stands for "the one you asked for" too; anything lower is a stream that went back.
                let forward = theirs.offset == 0 || theirs.offset >= ours.offset;
                let recovered = result.recovered && same && forward;
                (recovered, !recovered)
            }
            (Some(_), None) => (result.recovered, !result.recovered),
            // Nothing to recover from: a first join is no gap, a later one is, if it was meant to be held.
            (None, _) => (false, held && sub.options.recoverable),
        };
        let position = if recovered { ours } else { theirs.clone() };
        sub.position.clone_from(&position);
        sub.repaired_at = if recovered { sub.repaired_at } else { None };
        self.effects.push(Effect::Subscribed {
            channel: channel.clone(),
            position: position.clone(),
            recovered,
            was_recovering: recover,
        });
        if gap {
            self.effects.push(Effect::Gap { channel: channel.clone(), position });
        }
        if recovered {
            for publication in &result.publications {
                self.recovered_publication(channel, publication);
            }
            self.check_reached(channel, theirs.as_ref());
        }
    }

    /// The hub says that this is all; a hole in it cannot be repaired by asking again.
    fn recovered_publication(&mut self, channel: &Arc<str>, publication: &Publication<'_>) {
        let Some(sub) = self.subs.get(channel) else { return };
        match sub.step(publication) {
            Step::Deliver => self.deliver(channel, publication),
            Step::Duplicate => {}
            Step::Skips | Step::Other => self.deliver_behind_gap(channel, publication),
        }
    }

    /// A hub that says it stands further than what it sent has left something out.
    fn check_reached(&mut self, channel: &Arc<str>, theirs: Option<&Position>) {
        let Some(position) = self.subs.get_mut(channel).and_then(|sub| sub.position.as_mut()) else { return };
        if let Some(theirs) = theirs
            && theirs.offset > position.offset
        {
            position.offset = theirs.offset;
            let position = Some(position.clone());
            self.effects.push(Effect::Gap { channel: channel.clone(), position });
        }
    }

    // ---- publications

    pub(super) fn publication(&mut self, channel: &str, publication: &Publication<'_>) {
        let Some((name, sub)) = self.subs.get_key_value(channel) else { return };
        let name = name.clone();
        if !matches!(sub.phase, SubPhase::Live) {
            // Of the subscription before this one: a recoverable channel gets it again, by its position. Others promise
            // nothing, and a hub may send their first publication before its reply.
            if !sub.options.recoverable {
                self.deliver(&name, publication);
            }
            return;
        }
        match sub.step(publication) {
            Step::Deliver => self.deliver(&name, publication),
            Step::Duplicate => {}
            Step::Other => self.deliver_behind_gap(&name, publication),
            Step::Skips => {
                let at = sub.position.as_ref().map(|position| position.offset);
                if sub.repaired_at == at {
                    self.deliver_behind_gap(&name, publication);
                } else {
                    self.repair(&name, at);
                }
            }
        }
    }

    fn deliver(&mut self, channel: &Arc<str>, publication: &Publication<'_>) {
        if let Some(sub) = self.subs.get_mut(channel) {
            sub.advance(publication);
        }
        let publication = published(publication);
        self.effects.push(Effect::Publication { channel: channel.clone(), publication });
    }

    fn deliver_behind_gap(&mut self, channel: &Arc<str>, publication: &Publication<'_>) {
        let Some(sub) = self.subs.get_mut(channel) else { return };
        sub.advance(publication);
        let position = sub.position.as_ref().map(|position| Position {
            offset: position.offset.saturating_sub(1),
            epoch: position.epoch.clone(),
        });
        self.effects.push(Effect::Gap { channel: channel.clone(), position });
        let publication = published(publication);
        self.effects.push(Effect::Publication { channel: channel.clone(), publication });
    }

    /// Leaves the channel and joins it again from our position, in one frame.
    fn repair(&mut self, channel: &Arc<str>, at: Option<u64>) {
        self.command(Waits::Nothing, Request::Unsubscribe { channel });
        if let Some(sub) = self.subs.get_mut(channel) {
            sub.repaired_at = at;
            sub.phase = SubPhase::Waiting { at_ms: 0 };
            sub.refresh_at = None;
        }
        self.join(channel);
    }

    // ---- leaving, by the hub's will or with the connection

    pub(super) fn unsubscribed(&mut self, channel: &str, code: u32, reason: String) {
        let Some((name, sub)) = self.subs.get_key_value(channel) else { return };
        if !matches!(sub.phase, SubPhase::Live) {
            return;
        }
        let name = name.clone();
        if !asks_to_resubscribe(code) {
            self.subs.remove(&name);
            self.effects.push(Effect::Unsubscribed { channel: name, why: Ended::ByHub { code, reason } });
            return;
        }
        // Everyone in the channel may have been told: not all at once.
        let random = self.draw();
        let at_ms = self.now.saturating_add(scale(random, self.settings.backoff.base_ms));
        if let Some(sub) = self.subs.get_mut(&name) {
            sub.phase = SubPhase::Waiting { at_ms };
            sub.refresh_at = None;
            sub.refreshing = false;
            if code == code::SUBSCRIPTION_EXPIRED {
                sub.token.spoil();
            }
        }
    }

    pub(super) fn subs_detached(&mut self) {
        for sub in self.subs.values_mut() {
            sub.phase = SubPhase::Waiting { at_ms: 0 };
            sub.refresh_at = None;
            sub.refreshing = false;
        }
    }

    pub(super) fn spoil_subscription_tokens(&mut self) {
        for sub in self.subs.values_mut() {
            sub.token.spoil();
        }
    }

    pub(super) fn void_subscription_tokens(&mut self) {
        for sub in self.subs.values_mut() {
            sub.token.void();
        }
    }

    // ---- tokens of their own

    fn send_sub_refresh(&mut self, channel: &Arc<str>) {
        let now = self.now;
        let Some(secret) = self.subs.get(channel).and_then(|sub| sub.token.usable(now)).cloned() else {
            return self.sub_again_later(channel, 0);
        };
        let request = Request::SubRefresh { channel, token: secret.expose_secret() };
        self.command(Waits::SubRefresh(channel.clone()), request);
    }

    pub(super) fn sub_refresh_reply(&mut self, channel: &Arc<str>, body: Result<Body<'_>, Refusal>) {
        match body {
            Ok(Body::Refresh(RefreshResult { expires, ttl })) => {
                let refresh_at = expires.then(|| self.refresh_time(ttl));
                if let Some(sub) = self.subs.get_mut(channel) {
                    sub.refresh_at = refresh_at;
                    sub.failures = 0;
                }
            }
            Ok(_) => {}
            Err(refusal) if refusal.code == code::TOKEN_EXPIRED || refusal.is_temporary() => {
                self.sub_again_later(channel, 0);
            }
            Err(refusal) => {
                self.end(channel, Ended::Refused { code: refusal.code, message: refusal.message });
            }
        }
    }

    // ---- time

    pub(super) fn subs_wake_at(&self) -> Option<u64> {
        let times = self.subs.values().flat_map(|sub| {
            let join = match sub.phase {
                // A token is awaited: its arrival wakes us.
                SubPhase::Waiting { at_ms } if at_ms > self.now || !sub.token.is_asked() => Some(at_ms),
                _ => None,
            };
            [join, sub.refresh_at]
        });
        times.flatten().min()
    }

    pub(super) fn subs_due(&mut self) {
        self.subscribe_ready();
        let now = self.now;
        let due = |sub: &Sub| sub.refresh_at.is_some_and(|at| at <= now);
        let channels: Vec<Arc<str>> =
            self.subs.iter().filter(|(_, sub)| due(sub)).map(|(name, _)| name.clone()).collect();
        for channel in channels {
            if let Some(sub) = self.subs.get_mut(&channel) {
                sub.refresh_at = None;
                sub.refreshing = true;
            }
            self.ask_subscription_token(&channel);
        }
    }
}
