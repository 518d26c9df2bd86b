//! How long to wait before the next try: full jitter, and the server's word over ours. Pure.

/// Full jitter: anything from zero to a ceiling that doubles with every attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// Ceiling of the first wait, milliseconds.
    pub base_ms: u64,
    /// No ceiling goes beyond this, milliseconds.
    pub cap_ms: u64,
}

impl Backoff {
    /// For what a shopper waits for: a quarter second, up to half a minute.
    pub const INTERACTIVE: Self = Self { base_ms: 250, cap_ms: 30_000 };

    /// The wait after `attempts` failures (one or more), from 64 random bits. `retry_after_ms`, the server's own word,
    /// is a floor: jitter is added so that not all come back at once.
    pub fn wait_ms(self, attempts: u32, random: u64, retry_after_ms: Option<u64>) -> u64 {
        let doublings = attempts.saturating_sub(1).min(32);
        let ceiling = self.base_ms.saturating_mul(1 << doublings).min(self.cap_ms);
        let jitter = scale(random, ceiling);
        retry_after_ms.map_or(jitter, |floor| floor.saturating_add(jitter))
    }
}

/// `random` mapped evenly on to `0..=ceiling`.
pub(crate) fn scale(random: u64, ceiling: u64) -> u64 {
    let wide = u128::from(random) * (u128::from(ceiling) + 1);
    u64::try_from(wide >> 64).unwrap_or(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ceiling_doubles_to_the_cap() {
        let backoff = Backoff { base_ms: 100, cap_ms: 1_000 };
        let ceilings: Vec<_> = (1..=6).map(|attempt| backoff.wait_ms(attempt, u64::MAX, None)).collect();
        assert_eq!(ceilings, [100, 200, 400, 800, 1_000, 1_000]);
        assert_eq!(backoff.wait_ms(40, 0, None), 0);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_the_server_says(attempts: u32, random: u64, floor in 0_u64..1 << 40) {
            let wait = Backoff::INTERACTIVE.wait_ms(attempts, random, Some(floor));
            prop_assert!(wait >= floor && wait <= floor + Backoff::INTERACTIVE.cap_ms);
        }
    }
}
