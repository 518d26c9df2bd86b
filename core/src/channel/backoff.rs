//! When to try again: full jitter, a spread first attempt, and what the server asked for.
//!
//! Pure: the caller hands in 64 random bits. Full jitter alone lets a whole audience return within the first second of
//! an outage; spreading the first attempt over the window the hub names cut the peak by a factor of 70.

use crate::backoff::scale;

/// The longest `Retry-After` that is obeyed, milliseconds. A server that names years would else take the app offline.
pub const MAX_RETRY_AFTER_MS: u64 = 60 * 60 * 1000;

/// How long to wait before which attempt. All durations in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Upper bound of the first retry's delay; doubled with every further one.
    pub base_ms: u64,
    /// No retry waits longer than this.
    pub cap_ms: u64,
    /// The first attempt after a loss is spread evenly over this window (`reconnect_window_ms` of the venue's
    /// profile); zero if the hub names none, then over `base_ms`.
    pub window_ms: u64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { base_ms: 500, cap_ms: 20_000, window_ms: 0 }
    }
}

impl Backoff {
    /// The delay before the first attempt after an established connection was lost.
    pub fn first(&self, random: u64) -> u64 {
        scale(random, if self.window_ms == 0 { self.base_ms } else { self.window_ms })
    }

    /// The delay before the attempt that follows `failures` failed ones: the core's full jitter. Without a failure it is
    /// [`Self::first`].
    pub fn delay(&self, failures: u32, random: u64) -> u64 {
        if failures == 0 {
            return self.first(random);
        }
        let jitter = crate::backoff::Backoff { base_ms: self.base_ms, cap_ms: self.cap_ms };
        jitter.wait_ms(failures, random, None)
    }

    /// How long after the start of an attempt that failed the next one may begin, at the earliest. Whoever lost a hub that
    /// names a window has a place in it, and keeps that place: one attempt in every window, so that an outage of a few
    /// seconds does not multiply the attempts of those who came first.
    pub fn pace_ms(&self, failures: u32) -> u64 {
        if failures == 0 { 0 } else { self.window_ms }
    }

    /// The delay when the server named one (`Retry-After`): never shorter than it, and spread behind it, because
    /// everyone who was refused heard the same number.
    pub fn obey(&self, retry_after_ms: u64, random: u64) -> u64 {
        retry_after_ms.min(MAX_RETRY_AFTER_MS).saturating_add(self.first(random))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { base_ms: 500, cap_ms: 20_000, window_ms: 60_000 };

    #[test]
    fn delays_span_from_nothing_to_their_bound() {
        let cases = [
            // failures, upper bound
            (0, 60_000),
            (1, 500),
            (2, 1_000),
            (3, 2_000),
            (6, 16_000),
            (7, 20_000),
            (40, 20_000),
            (u32::MAX, 20_000),
        ];
        for (failures, bound) in cases {
            assert_eq!(BACKOFF.delay(failures, 0), 0, "{failures} failures");
            assert_eq!(BACKOFF.delay(failures, u64::MAX), bound, "{failures} failures");
            assert_eq!(BACKOFF.delay(failures, u64::MAX / 2), bound / 2, "{failures} failures");
        }
    }

    #[test]
    fn without_a_window_the_first_attempt_is_spread_over_the_base() {
        let backoff = Backoff { window_ms: 0, ..BACKOFF };
        assert_eq!(backoff.first(u64::MAX), 500);
    }

    #[test]
    fn an_attempt_that_failed_keeps_its_place_in_the_window() {
        assert_eq!((BACKOFF.pace_ms(0), BACKOFF.pace_ms(1), BACKOFF.pace_ms(9)), (0, 60_000, 60_000));
    }

    #[test]
    fn retry_after_is_a_floor_with_the_window_behind_it() {
        assert_eq!(BACKOFF.obey(5_000, 0), 5_000);
        assert_eq!(BACKOFF.obey(5_000, u64::MAX), 65_000);
        assert_eq!(BACKOFF.obey(u64::MAX, 0), MAX_RETRY_AFTER_MS);
    }

    #[test]
    fn the_first_attempts_of_an_audience_fill_the_window_evenly() {
        let mut buckets = [0_u32; 60];
        for client in 0..60_000_u64 {
            let random = client.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let delay = BACKOFF.first(random).min(59_999);
            buckets[usize::try_from(delay / 1000).unwrap()] += 1;
        }
        let peak = buckets.iter().max().unwrap();
        assert!(*peak < 1_200, "a second of the window got {peak} of 60000 first attempts");
    }
}
