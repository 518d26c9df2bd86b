//! Time: wall time for what others date, monotonic time for what we measure, and waiting.

use futures_util::future::LocalBoxFuture;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Time as the core sees it.
pub trait Clock {
    /// Milliseconds since the Unix epoch. May jump: never used to measure.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since some start, going on while the device sleeps. Never goes back.
    fn monotonic_ms(&self) -> u64;

    /// Waits.
    fn sleep(&self, milliseconds: u64) -> LocalBoxFuture<'static, ()>;
}

/// The system's clocks.
#[derive(Debug, Default)]
pub struct SystemClock(());

impl Clock for SystemClock {
    fn wall_ms(&self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic_ms(&self) -> u64 {
        // CLOCK_BOOTTIME counts suspended time, CLOCK_MONOTONIC (std's Instant on Linux and Android) does not.
        boot_time_ms()
    }

    fn sleep(&self, milliseconds: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds)))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn boot_time_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000_000
}

/// On Apple systems `Instant` is `CLOCK_UPTIME_RAW`, which stops in sleep; `CLOCK_MONOTONIC` there does not.
#[cfg(target_vendor = "apple")]
fn boot_time_ms() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000 + u64::try_from(time.tv_nsec).unwrap_or_default() / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn monotonic_time_does_not_go_back() {
        let clock = SystemClock::default();
        let first = clock.monotonic_ms();
        assert!(first > 0 && clock.monotonic_ms() >= first);
        assert!(clock.wall_ms() > 1_700_000_000_000);
    }
}
