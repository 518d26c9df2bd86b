//! Whether and when a quote is prepared on the pin, before anybody has opened the buy card. Pure.
//!
//! Every viewer of a room decides for itself, so nobody can keep count: each waits a random part of a window that is
//! long enough for all of them together to stay under the shop's rate (design, one tap, rule 7; contract,
//! `bound_complete`).

use serde::Deserialize;

use super::policy::Policy;
use crate::money::Money;

/// Under this rate chance alone would pass it: then only a room is served whose viewers may all ask in the same second.
pub const LEAST_RATE: u32 = 20;
/// How many standard deviations of the number of requests in a second are kept free below the rate. At seven, and from
/// [`LEAST_RATE`] on, a second above it comes once in more than ten million.
const MARGIN: u128 = 7;

/// What a shop lets be prepared early: config of `bound_complete`. Missing is not allowed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct EarlyTerms {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Whether an early quote takes stock from others: then none is made.
    pub holds_stock: bool,
    /// Whether it sends nobody a message: else none is made.
    pub contacts_nobody: bool,
    /// Early quotes a second that the viewers of one room together may ask for.
    pub per_second: u32,
}

impl EarlyTerms {
    /// Over how many milliseconds so many viewers have to spread. None if none of them may ask.
    pub fn window_ms(self, viewers: u64) -> Option<u64> {
        if !self.allowed || self.holds_stock || !self.contacts_nobody || viewers == 0 {
            return None;
        }
        if viewers <= u64::from(self.per_second) {
            return Some(0);
        }
        if self.per_second < LEAST_RATE {
            return None;
        }
        // The mean m with m + MARGIN·√m = rate, by its root: √m = (√(MARGIN² + 4·rate) − MARGIN) / 2, in thousandths.
        let rate = u128::from(self.per_second);
        let root = ((1_000_000 * (MARGIN * MARGIN + 4 * rate)).isqrt() - 1_000 * MARGIN) / 2;
        let window = u128::from(viewers) * 1_000_000_000 / (root * root);
        u64::try_from(window).ok()
    }

    /// How long one of so many viewers waits, milliseconds; `random` is drawn for it alone.
    pub fn delay_ms(self, viewers: u64, random: u64) -> Option<u64> {
        let window = self.window_ms(viewers)?;
        u64::try_from((u128::from(random) * u128::from(window)) >> u64::BITS).ok()
    }
}

/// What of the app and its shopper matters to a quote that nobody has asked for yet.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// What the shopper allows.
    pub policy: &'a Policy,
    /// The highest time seen, milliseconds.
    pub seen_ms: i64,
    /// Whether the app is in front.
    pub foreground: bool,
    /// Whether there is a network.
    pub online: bool,
    /// Whether one more may be held ready without giving up one that the shopper opened.
    pub has_room: bool,
}

impl Circumstances<'_> {
    /// Whether preparing something of this price could come to one tap at all: else nothing is sent for it.
    pub fn is_worth(&self, price: Money) -> bool {
        let threshold = self.policy.thresholds.get(&price.currency);
        self.foreground
            && self.online
            && self.has_room
            && threshold.is_some_and(|threshold| price.minor < *threshold)
            && !self.policy.pause.holds(self.seen_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::purchase::policy::Pause;
    use proptest::prelude::*;

    fn terms(per_second: u32) -> EarlyTerms {
        EarlyTerms { allowed: true, holds_stock: false, contacts_nobody: true, per_second }
    }

    #[test]
    fn a_shop_is_asked_early_only_as_it_says() {
        let window = |terms: EarlyTerms| terms.window_ms(5);
        assert_eq!(window(terms(5)), Some(0));
        assert_eq!(window(EarlyTerms { allowed: false, ..terms(5) }), None);
        assert_eq!(window(EarlyTerms { holds_stock: true, ..terms(5) }), None);
        assert_eq!(window(EarlyTerms { contacts_nobody: false, ..terms(5) }), None);
        assert_eq!((window(terms(0)), window(EarlyTerms::default())), (None, None));
        // How many watch is not known: they could be a million.
        assert_eq!(terms(1_000_000).window_ms(0), None);
        // A rate that chance would pass.
        assert_eq!((terms(19).window_ms(20), terms(20).window_ms(21).is_some()), (None, true));
        let read: EarlyTerms = serde_json::from_str(r#"{"allowed":true,"per_second":9}"#).unwrap();
        assert!(!read.contacts_nobody && read.window_ms(1).is_none());
    }

    #[test]
    fn nothing_is_prepared_that_could_not_be_one_tap() {
        let price: Money = "41.99USD".parse().unwrap();
        let mut policy = Policy::default();
        policy.thresholds.insert(price.currency, 4_200);
        let worth = |edit: fn(&mut Circumstances<'_>), policy: &Policy, price: Money| {
            let mut all =
                Circumstances { policy, seen_ms: 9, foreground: true, online: true, has_room: true };
            edit(&mut all);
            all.is_worth(price)
        };
        assert!(worth(|_| {}, &policy, price));
        assert!(!worth(|all| all.foreground = false, &policy, price));
        assert!(!worth(|all| all.online = false, &policy, price));
        assert!(!worth(|all| all.has_room = false, &policy, price));
        assert!(!worth(|_| {}, &policy, "42USD".parse().unwrap()));
        assert!(!worth(|_| {}, &policy, "1CNY".parse().unwrap()));
        policy.pause = Pause::Until(10);
        assert!(!worth(|_| {}, &policy, price));
    }

    proptest! {
        /// Spread evenly, with the margin on top, they stay within the rate; and the window wastes no more than that.
        #[test]
        fn the_window_is_as_long_as_the_rate_needs(per_second in LEAST_RATE..1_000_000, viewers in 1_u64..1 << 40) {
            let terms = terms(per_second);
            let window = terms.window_ms(viewers).unwrap();
            if viewers <= u64::from(per_second) {
                prop_assert_eq!(window, 0);
            } else {
                #[expect(clippy::cast_precision_loss, reason = "compared with a tolerance")]
                let (mean, rate) = (viewers as f64 * 1_000.0 / window as f64, f64::from(per_second));
                let most = mean + 7.0 * mean.sqrt();
                prop_assert!((rate * 0.98..rate * 1.02).contains(&most), "{most} of {rate}");
            }
        }

        #[test]
        fn a_delay_is_within_its_window_and_grows_with_its_draw(viewers in 1_u64..1 << 40, one: u64, other: u64) {
            let terms = terms(500);
            let window = terms.window_ms(viewers).unwrap();
            let (one, other) = (one.min(other), one.max(other));
            let (first, second) = (terms.delay_ms(viewers, one).unwrap(), terms.delay_ms(viewers, other).unwrap());
            prop_assert!(first <= second && (second < window || window == 0));
        }
    }
}
