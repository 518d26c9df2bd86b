//! The machine's tokens: asked for in time, renewed before their end, and given up when the hub will not have them.

use secrecy::{ExposeSecret as _, SecretString};

use super::backoff::MAX_RETRY_AFTER_MS;
use super::machine::{Machine, Phase};
use super::machine_calls::Waits;
use super::machine_io::{Effect, StopReason, Token, TokenError, TokenKind};
use super::protocol::{RefreshResult, Refusal, Request, code};
use crate::backoff::scale;

/// A token that ends within this time is not used any more, milliseconds.
const TOKEN_MARGIN_MS: u64 = 5_000;

/// Whether a token is on its way.
#[derive(Default, PartialEq, Eq)]
enum Asked {
    #[default]
    No,
    Yes,
    /// One is, but somebody else asked for it.
    Void,
}

/// A token, and what is known of it.
#[derive(Default)]
pub(super) struct Slot {
    token: Option<(SecretString, Option<u64>)>,
    asked: Asked,
    fresh: bool,
    /// A token was refused, and none has been accepted since.
    pub(super) refused: bool,
}

impl Slot {
    pub(super) fn usable(&self, now_ms: u64) -> Option<&SecretString> {
        let (secret, ends_at) = self.token.as_ref()?;
        ends_at.is_none_or(|at| at > now_ms.saturating_add(TOKEN_MARGIN_MS)).then_some(secret)
    }

    /// The token is no good: the next one must not come from a cache.
    pub(super) fn spoil(&mut self) {
        self.token = None;
        self.fresh = true;
    }

    /// The shopper is another one: neither this token nor the one on its way is theirs.
    pub(super) fn void(&mut self) {
        self.spoil();
        self.refused = false;
        if self.asked == Asked::Yes {
            self.asked = Asked::Void;
        }
    }

    /// An answer came; true if it is to a question that somebody else asked, and so to be passed over.
    pub(super) fn take_void(&mut self) -> bool {
        let void = self.asked == Asked::Void;
        if void {
            self.asked = Asked::No;
        }
        void
    }

    /// Whether to ask now, and for a fresh one; `None` while an answer is awaited.
    pub(super) fn ask(&mut self) -> Option<bool> {
        let fresh = self.fresh || self.token.is_some();
        (self.asked == Asked::No).then(|| {
            self.asked = Asked::Yes;
            fresh
        })
    }

    pub(super) fn is_asked(&self) -> bool {
        self.asked != Asked::No
    }

    pub(super) fn answered(&mut self, now_ms: u64, token: Option<Token>) {
        self.asked = Asked::No;
        if let Some(token) = token {
            let ends_at = token.expires_in_ms.map(|ms| now_ms.saturating_add(ms));
            self.token = Some((token.secret, ends_at));
            self.fresh = false;
        }
    }
}

/// The connection's token.
#[derive(Default)]
pub(super) struct ConnectionToken {
    pub(super) slot: Slot,
    /// The hub called it expired, and no connection has held since.
    pub(super) expired: bool,
    pub(super) refresh_at: Option<u64>,
    refreshing: bool,
    refresh_failures: u32,
}

impl ConnectionToken {
    /// A connection holds with it.
    pub(super) fn accepted(&mut self) {
        self.slot.refused = false;
        self.expired = false;
        self.refresh_failures = 0;
    }

    /// The connection is gone, and what was under way on it.
    pub(super) fn detached(&mut self) {
        self.refresh_at = None;
        self.refreshing = false;
    }
}

impl Machine {
    pub(super) fn ask_connection_token(&mut self) {
        if let Some(fresh) = self.token.slot.ask() {
            self.effects.push(Effect::NeedToken { kind: TokenKind::Connection, fresh });
        }
    }

    /// The hub ends the connection over a token and does not say which. It takes them in order: the first that it has not
    /// answered, and with none of them the connection's own.
    pub(super) fn invalid_token(&mut self) {
        let Some(channel) = self.unanswered_token() else { return self.token_refused() };
        self.leave();
        self.subscription_token_refused(&channel);
        self.wait_a_moment();
    }

    /// One more try with a fresh token, then no more.
    pub(super) fn token_refused(&mut self) {
        self.token.slot.spoil();
        if std::mem::replace(&mut self.token.slot.refused, true) {
            self.stop(StopReason::TokenRefused);
            return;
        }
        self.leave();
        self.wait_a_moment();
    }

    /// Not spread over the window: it concerns nobody else.
    fn wait_a_moment(&mut self) {
        let random = self.draw();
        let delay = scale(random, self.settings.backoff.base_ms);
        self.phase = Phase::Waiting { at_ms: self.now.saturating_add(delay).max(self.not_before) };
    }

    pub(super) fn refreshed(&mut self, result: RefreshResult) {
        self.token.refresh_failures = 0;
        self.schedule_refresh(result);
    }

    pub(super) fn schedule_refresh(&mut self, result: RefreshResult) {
        self.token.refresh_at = result.expires.then(|| self.refresh_time(result.ttl));
    }

    /// Between 80 and 90 % of the lifetime, so that an audience that came at once does not refresh at once.
    pub(super) fn refresh_time(&mut self, ttl_seconds: u32) -> u64 {
        let ttl_ms = u64::from(ttl_seconds) * 1000;
        let random = self.draw();
        let after = (ttl_ms / 10 * 8 + scale(random, ttl_ms / 10)).max(1000);
        self.now.saturating_add(after)
    }

    pub(super) fn refresh_refused(&mut self, refusal: Refusal) {
        if refusal.code == code::TOKEN_EXPIRED || refusal.is_temporary() {
            self.refresh_again_later();
        } else {
            self.stop(StopReason::Refused { code: refusal.code, message: refusal.message });
        }
    }

    fn refresh_again_later(&mut self) {
        self.token.refresh_failures = self.token.refresh_failures.saturating_add(1);
        let delay = self.jitter(self.token.refresh_failures);
        self.token.refresh_at = Some(self.now.saturating_add(delay));
    }

    pub(super) fn connection_token(&mut self, result: Result<Token, TokenError>) {
        let connected = self.is_connected();
        if self.token.slot.take_void() {
            if connected || matches!(self.phase, Phase::Dialing { .. }) {
                self.ask_connection_token();
            }
            return;
        }
        match result {
            Ok(token) => {
                self.token.slot.answered(self.now, Some(token));
                if connected && std::mem::take(&mut self.token.refreshing) {
                    self.send_refresh();
                } else {
                    self.greet();
                }
            }
            Err(TokenError::Unavailable { retry_after_ms }) => {
                self.token.slot.answered(self.now, None);
                if connected {
                    self.token.refreshing = false;
                    self.refresh_again_later();
                    if let Some(ms) = retry_after_ms {
                        let at = self.now.saturating_add(ms.min(MAX_RETRY_AFTER_MS));
                        self.token.refresh_at = self.token.refresh_at.max(Some(at));
                    }
                } else if matches!(self.phase, Phase::Dialing { .. }) {
                    self.hold_off(retry_after_ms);
                    self.lost();
                }
            }
            Err(TokenError::Refused) => {
                self.token.slot.answered(self.now, None);
                if !self.is_at_rest() {
                    self.stop(StopReason::TokenRefused);
                }
            }
        }
    }

    fn send_refresh(&mut self) {
        let Some(secret) = self.token.slot.usable(self.now).cloned() else {
            return self.refresh_again_later();
        };
        self.command(Waits::Refresh, Request::Refresh { token: secret.expose_secret() });
    }

    pub(super) fn refresh_due(&mut self) {
        if self.token.refresh_at.is_some_and(|at| at <= self.now) {
            self.token.refresh_at = None;
            self.token.refreshing = true;
            self.ask_connection_token();
        }
    }
}
