//! What the shopper allows: thresholds, caps, quiet hours, a pause. Pure.
//!
//! All times are milliseconds since the Unix epoch. Spending is counted on the highest time this ledger has seen, so
//! that a clock set back resets nothing (design, one tap, rule 3). A clock set far ahead is not believed where servers
//! disagree with it: it neither empties the caps nor keeps them for ever.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use crate::money::{Currency, Money};

/// The shorter of the two windows in which spending is counted, milliseconds.
pub const DAY_MS: i64 = 24 * 3_600_000;
/// The longer one, milliseconds.
pub const WEEK_MS: i64 = 7 * DAY_MS;
const DAY_MINUTES: i64 = 24 * 60;

/// Everything the shopper has set. The default allows nothing: no threshold in any currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// One tap buys strictly under this, minor units of each currency; a currency that is missing is off.
    pub thresholds: BTreeMap<Currency, i64>,
    /// Bounds on what is spent in a day and a week, across all shops.
    pub caps: Caps,
    /// Hours of the day in which every purchase is confirmed.
    pub quiet: Option<QuietHours>,
    /// A pause in which every purchase is confirmed.
    pub pause: Pause,
}

/// Bounds on what is spent without a confirmation; what is missing is not bounded. Reaching a bound is allowed,
/// passing it is not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Caps {
    /// Minor units in any 24 hours.
    pub day: BTreeMap<Currency, i64>,
    /// Minor units in any 7 days.
    pub week: BTreeMap<Currency, i64>,
    /// Purchases in any 24 hours, whatever the currency.
    pub day_count: Option<u32>,
    /// Purchases in any 7 days, whatever the currency.
    pub week_count: Option<u32>,
}

/// Hours of the day, by the shopper's own clock on the wall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Minute of the day they begin at.
    pub from: u16,
    /// Minute of the day they end before; before `from` it is the next day's, the same is all day.
    pub to: u16,
    /// Minutes that local time is ahead of UTC; the app sets it anew when the device's zone changes.
    pub utc_offset: i16,
}

impl QuietHours {
    /// Whether a wall time is in them.
    pub fn contain(self, wall_ms: i64) -> bool {
        let minute = wall_ms.div_euclid(60_000).saturating_add(i64::from(self.utc_offset));
        let minute = minute.rem_euclid(DAY_MINUTES);
        let (from, to) = (i64::from(self.from), i64::from(self.to));
        if from < to { (from..to).contains(&minute) } else { minute >= from || minute < to }
    }
}

/// Between the clock on the wall and what others say it may be so far before it is not believed, milliseconds. A day:
/// less than any window in which spending is counted, and more than an answer out of a cache can be old.
pub const MAX_DRIFT_MS: i64 = DAY_MS;

/// What time it is, by the clock on the wall and by the servers that said so since the app was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Now {
    /// The clock on the wall, milliseconds.
    pub wall_ms: i64,
    /// Venue and shops, each carried on from its last answer, milliseconds.
    pub servers_ms: Vec<i64>,
}

impl Now {
    /// The time to count on: the wall's, unless it is far from what the middle one of all clocks shows; of two that
    /// disagree, the earlier, on which less of what was spent is forgotten.
    pub fn credible_ms(&self) -> i64 {
        let mut all = self.servers_ms.clone();
        all.push(self.wall_ms);
        all.sort_unstable();
        let middle = all[(all.len() - 1) / 2];
        if self.wall_ms.abs_diff(middle) <= MAX_DRIFT_MS.unsigned_abs() { self.wall_ms } else { middle }
    }

    /// The latest that any clock shows, once a server has said anything. What was seen far beyond it was a wrong clock's.
    pub fn latest_ms(&self) -> Option<i64> {
        self.servers_ms.iter().copied().max().map(|server| server.max(self.wall_ms))
    }
}

/// Whether one tap is paused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// It is not.
    #[default]
    Off,
    /// Until this time, milliseconds.
    Until(i64),
    /// Until the shopper ends it.
    UntilResumed,
}

impl Pause {
    /// Whether it holds at a time.
    pub fn holds(self, now_ms: i64) -> bool {
        match self {
            Self::Off => false,
            Self::Until(end) => now_ms < end,
            Self::UntilResumed => true,
        }
    }
}

/// Money that was spent, or is reserved while an outcome is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spent {
    /// When, on the highest time seen.
    pub at_ms: i64,
    /// How much.
    pub amount: Money,
}

/// What a window adds up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    /// Purchases of any currency.
    pub count: u32,
    /// Minor units of the one currency asked for; none if they cannot be counted.
    pub amount: Option<i64>,
}

/// Adds up what was spent after `since_ms`, exclusive.
pub fn tally(spent: &[Spent], since_ms: i64, currency: Currency) -> Tally {
    let recent = spent.iter().filter(|entry| entry.at_ms > since_ms);
    recent.fold(Tally { count: 0, amount: Some(0) }, |sum, entry| {
        let amount = if entry.amount.currency == currency {
            sum.amount.and_then(|minor| minor.checked_add(entry.amount.minor))
        } else {
            sum.amount
        };
        Tally { count: sum.count.saturating_add(1), amount }
    })
}

/// What is left of the caps, to be shown. None where there is no cap.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// Minor units in this day, by currency.
    pub day: BTreeMap<Currency, i64>,
    /// Minor units in this week, by currency.
    pub week: BTreeMap<Currency, i64>,
    /// Purchases in this day.
    pub day_count: Option<u32>,
    /// Purchases in this week.
    pub week_count: Option<u32>,
}

impl Policy {
    /// What is left of the caps at a time.
    pub fn left(&self, spent: &[Spent], now_ms: i64) -> Left {
        let amounts = |caps: &BTreeMap<Currency, i64>, window: i64| {
            let left = |(currency, cap): (&Currency, &i64)| {
                let used = tally(spent, now_ms.saturating_sub(window), *currency).amount;
                (*currency, used.map_or(0, |used| cap.saturating_sub(used).max(0)))
            };
            caps.iter().map(left).collect()
        };
        let count = |cap: Option<u32>, window: i64| {
            let used = spent.iter().filter(|entry| entry.at_ms > now_ms.saturating_sub(window)).count();
            cap.map(|cap| cap.saturating_sub(u32::try_from(used).unwrap_or(u32::MAX)))
        };
        Left {
            day: amounts(&self.caps.day, DAY_MS),
            week: amounts(&self.caps.week, WEEK_MS),
            day_count: count(self.caps.day_count, DAY_MS),
            week_count: count(self.caps.week_count, WEEK_MS),
        }
    }

    /// Whether `next` lets anything through that this does not: then the device's owner is asked for (rule 1).
    pub fn is_loosened_by(&self, next: &Self, now_ms: i64) -> bool {
        let threshold = next
            .thresholds
            .iter()
            .any(|(currency, minor)| self.thresholds.get(currency).is_none_or(|before| minor > before));
        let caps = loosened(&self.caps.day, &next.caps.day)
            || loosened(&self.caps.week, &next.caps.week)
            || raised(self.caps.day_count, next.caps.day_count)
            || raised(self.caps.week_count, next.caps.week_count);
        let quiet = self.quiet.is_some() && self.quiet != next.quiet;
        let pause = self.pause.holds(now_ms)
            && match (self.pause, next.pause) {
                (_, Pause::UntilResumed) => false,
                (Pause::Until(before), Pause::Until(end)) => end < before,
                _ => true,
            };
        threshold || caps || quiet || pause
    }

    /// Whether it makes sense.
    ///
    /// # Errors
    /// What does not.
    pub fn check(&self) -> Result<(), &'static str> {
        let amounts = self.thresholds.values().chain(self.caps.day.values()).chain(self.caps.week.values());
        if amounts.into_iter().any(|minor| *minor < 0) {
            return Err("an amount is below zero");
        }
        if self.quiet.is_some_and(|quiet| i64::from(quiet.from.max(quiet.to)) > DAY_MINUTES) {
            return Err("a day has 1440 minutes");
        }
        Ok(())
    }
}

fn loosened(before: &BTreeMap<Currency, i64>, after: &BTreeMap<Currency, i64>) -> bool {
    before.iter().any(|(currency, cap)| after.get(currency).is_none_or(|next| next > cap))
}

fn raised(before: Option<u32>, after: Option<u32>) -> bool {
    before.is_some_and(|before| after.is_none_or(|after| after > before))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn usd(minor: i64) -> Money {
        Money::new(minor, "USD".parse().unwrap())
    }

    #[test]
    fn quiet_hours_go_over_midnight_and_follow_the_zone() {
        let night = QuietHours { from: 22 * 60, to: 7 * 60, utc_offset: 8 * 60 };
        let at = |hour: i64, minute: i64| (hour * 60 + minute) * 60_000 + 20_000 * DAY_MS;
        for (utc, quiet) in [((13, 59), false), ((14, 0), true), ((22, 59), true), ((23, 0), false)] {
            assert_eq!(night.contain(at(utc.0, utc.1)), quiet, "{utc:?}");
        }
        assert!(QuietHours { from: 0, to: 0, utc_offset: 0 }.contain(at(12, 0)));
        assert!(!QuietHours { from: 60, to: 120, utc_offset: 0 }.contain(at(2, 0)));
    }

    #[test]
    fn windows_are_rolling_and_what_cannot_be_counted_is_none() {
        let spent = [
            Spent { at_ms: 0, amount: usd(5) },
            Spent { at_ms: DAY_MS, amount: usd(7) },
            Spent { at_ms: DAY_MS + 1, amount: Money::new(9, "CNY".parse().unwrap()) },
        ];
        let now = DAY_MS + 1;
        assert_eq!(tally(&spent, now - DAY_MS, usd(0).currency), Tally { count: 2, amount: Some(7) });
        assert_eq!(tally(&spent, now - WEEK_MS, usd(0).currency), Tally { count: 3, amount: Some(12) });
        let much = [Spent { at_ms: 1, amount: usd(i64::MAX) }, Spent { at_ms: 1, amount: usd(1) }];
        assert_eq!(tally(&much, 0, usd(0).currency).amount, None);
    }

    #[test]
    fn what_is_left_is_never_below_zero() {
        let mut policy = Policy::default();
        policy.caps.day.insert(usd(0).currency, 100);
        policy.caps.week_count = Some(1);
        let spent = [Spent { at_ms: 5, amount: usd(160) }, Spent { at_ms: 6, amount: usd(1) }];
        let left = policy.left(&spent, 10);
        assert_eq!((left.day[&usd(0).currency], left.week_count, left.day_count), (0, Some(0), None));
    }

    #[test]
    fn tightening_asks_nobody_and_loosening_does() {
        let mut base = Policy::default();
        base.thresholds.insert(usd(0).currency, 1_000);
        base.caps.day.insert(usd(0).currency, 5_000);
        base.caps.week_count = Some(9);
        base.pause = Pause::Until(100);
        let change = |edit: fn(&mut Policy)| {
            let mut next = base.clone();
            edit(&mut next);
            base.is_loosened_by(&next, 50)
        };
        assert!(!change(|_| {}));
        assert!(!change(|policy| policy.thresholds.clear()));
        assert!(!change(|policy| policy.caps.day_count = Some(1)));
        assert!(!change(|policy| policy.pause = Pause::UntilResumed));
        assert!(!change(|policy| policy.quiet = Some(QuietHours { from: 0, to: 1, utc_offset: 0 })));
        assert!(change(|policy| *policy.thresholds.values_mut().next().unwrap() += 1));
        assert!(change(|policy| policy.thresholds.extend([("CNY".parse().unwrap(), 1)])));
        assert!(change(|policy| policy.caps.day.clear()));
        assert!(change(|policy| policy.caps.week_count = Some(10)));
        assert!(change(|policy| policy.pause = Pause::Off));
        assert!(change(|policy| policy.pause = Pause::Until(99)));
    }

    proptest! {
        #[test]
        fn a_tally_never_panics_and_only_grows_with_the_window(
            entries in prop::collection::vec((0_i64..1_000, 0_i64..=i64::MAX), 0..20), since in 0_i64..1_000,
        ) {
            let spent: Vec<_> = entries.iter().map(|&(at_ms, minor)| Spent { at_ms, amount: usd(minor) }).collect();
            let (short, long) =
                (tally(&spent, since, usd(0).currency), tally(&spent, since - 1_000, usd(0).currency));
            prop_assert!(short.count <= long.count);
            if let (Some(short), Some(long)) = (short.amount, long.amount) {
                prop_assert!(short <= long);
            }
        }
    }
}
