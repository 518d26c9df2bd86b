//! Whether the next line may be sent, and when: known before it is written. Pure.
//!
//! The venue's word counts; this keeps count of what was sent since, by our monotonic clock. Lines that wait in the
//! outbox are counted for the time at which they may leave.

use std::collections::VecDeque;

use nightmarket_ucp::open_enum;

use super::wire::{InfoWire, RulesWire};
use crate::time::Timestamp;

/// Sendings remembered; no venue counts further.
const REMEMBERED: usize = 100;

open_enum! {
    /// Whether this shopper may write in a chat.
    pub enum MayWrite {
        /// Yes.
        Open = "open",
        /// After signing in.
        SignIn = "sign_in",
        /// Not for a while.
        Muted = "muted",
        /// Not any more.
        Banned = "banned",
        /// After joining the group.
        MembersOnly = "members_only",
    }
}

/// The rules of one chat, and what was sent.
#[derive(Debug)]
pub(super) struct Rules {
    pub(super) wire: RulesWire,
    pub(super) may_write: MayWrite,
    pub(super) until: Option<Timestamp>,
    /// The venue takes nothing before, monotonic milliseconds.
    not_before: u64,
    /// When lines left, or will, monotonic milliseconds, oldest first.
    sent: VecDeque<u64>,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            wire: RulesWire::default(),
            may_write: MayWrite::Open,
            until: None,
            not_before: 0,
            sent: VecDeque::new(),
        }
    }
}

impl Rules {
    /// What a snapshot or a page says.
    pub(super) fn learn(&mut self, info: &InfoWire, now_ms: u64) {
        self.wire = info.rules;
        self.may_write = info.standing.as_deref().map_or(MayWrite::Open, MayWrite::from);
        self.until = info.until;
        self.not_before = now_ms.saturating_add(info.wait_ms);
    }

    /// The venue asked to wait so long.
    pub(super) fn refused(&mut self, wait_ms: u64, now_ms: u64) {
        self.not_before = self.not_before.max(now_ms.saturating_add(wait_ms));
    }

    /// A line was written: it leaves when it may.
    pub(super) fn written(&mut self, now_ms: u64) {
        let at = now_ms.saturating_add(self.wait_ms(now_ms));
        self.sent.push_back(at);
        if self.sent.len() > REMEMBERED {
            self.sent.pop_front();
        }
    }

    /// Milliseconds until a line that is written now may leave.
    pub(super) fn wait_ms(&self, now_ms: u64) -> u64 {
        let RulesWire { slow_mode_ms, rate_lines, rate_ms } = self.wire;
        let slow = match self.sent.back() {
            Some(last) if slow_mode_ms > 0 => last.saturating_add(slow_mode_ms),
            _ => 0,
        };
        let lines = usize::try_from(rate_lines).unwrap_or(usize::MAX);
        let full = (lines > 0).then(|| self.sent.len().checked_sub(lines)).flatten();
        let rate = full.map_or(0, |first| self.sent[first].saturating_add(rate_ms));
        self.not_before.max(slow).max(rate).saturating_sub(now_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(slow_mode_ms: u64, rate_lines: u32, rate_ms: u64) -> Rules {
        Rules { wire: RulesWire { slow_mode_ms, rate_lines, rate_ms }, ..Rules::default() }
    }

    #[test]
    fn slow_mode_lets_one_line_pass_in_its_time_and_waiting_lines_count() {
        let mut rules = rules(5_000, 10, 2_000);
        assert_eq!(rules.wait_ms(1_000), 0);
        rules.written(1_000);
        assert_eq!(rules.wait_ms(2_000), 4_000);
        rules.written(2_000);
        assert_eq!(rules.wait_ms(2_000), 9_000, "behind the one that waits");
        assert_eq!(rules.wait_ms(11_000), 0);
    }

    #[test]
    fn a_rate_lets_so_many_pass_within_its_time() {
        let mut rules = rules(0, 3, 2_000);
        for at in [100, 200, 300] {
            assert_eq!(rules.wait_ms(at), 0);
            rules.written(at);
        }
        assert_eq!(rules.wait_ms(300), 1_800);
        rules.written(300);
        assert_eq!(rules.wait_ms(2_100), 100, "the second of the first three leaves the window");
    }

    #[test]
    fn the_venues_word_counts() {
        let mut rules = Rules::default();
        let info = InfoWire { wait_ms: 700, standing: Some("muted".into()), ..InfoWire::default() };
        rules.learn(&info, 1_000);
        assert_eq!((rules.wait_ms(1_200), &rules.may_write), (500, &MayWrite::Muted));
        rules.refused(3_000, 1_200);
        assert_eq!(rules.wait_ms(1_200), 3_000);
        rules.learn(&InfoWire::default(), 1_300);
        assert_eq!((rules.wait_ms(1_300), &rules.may_write), (0, &MayWrite::Open));
        rules.learn(&InfoWire { standing: Some("shadow".into()), ..InfoWire::default() }, 0);
        assert_eq!(rules.may_write, MayWrite::Other("shadow".into()), "a newer word is kept");
    }
}
