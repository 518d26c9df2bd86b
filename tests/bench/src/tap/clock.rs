//! The system's clocks, put forward between the rounds: a quote has to have been shown for a while, and the same item
//! within a minute is asked about. Nothing is slept for.

use futures_util::future::LocalBoxFuture;
use nightmarket::ports::{Clock, SystemClock};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How far ahead the clocks are, milliseconds; shared.
#[derive(Clone, Default)]
pub struct Offset(Arc<AtomicU64>);

impl Offset {
    /// Puts all clocks forward.
    pub fn forward(&self, milliseconds: u64) {
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }

    /// The time on the wall.
    pub fn wall_ms(&self) -> i64 {
        SystemClock::default().wall_ms() + i64::try_from(self.0.load(Ordering::SeqCst)).expect("a few days")
    }
}

/// The core's clock.
pub struct Ahead(pub Offset);

impl Clock for Ahead {
    fn wall_ms(&self) -> i64 {
        self.0.wall_ms()
    }

    fn monotonic_ms(&self) -> u64 {
        SystemClock::default().monotonic_ms() + self.0.0.load(Ordering::SeqCst)
    }

    fn sleep(&self, milliseconds: u64) -> LocalBoxFuture<'static, ()> {
        SystemClock::default().sleep(milliseconds)
    }
}
