//! Ports for simulation and tests: a run with one seed replays.
//!
//! Network ports are the simulation's own business; time, databases and entropy are the same for all of it.

use futures_util::future::LocalBoxFuture;
use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;
use tokio::time::Instant;

use super::db::Job;
use super::{Clock, Connection, Databases, Db, Entropy};
use crate::error::Result;
use crate::storage::{self, Kind};

/// Wall time is a base plus tokio's elapsed time plus a skew that a test may change at will.
pub struct SimClock {
    start: Instant,
    base_wall_ms: i64,
    skew_ms: Cell<i64>,
}

impl SimClock {
    /// A clock that shows `base_wall_ms` now. Needs a tokio runtime, with paused time if it is to replay.
    pub fn new(base_wall_ms: i64) -> Self {
        Self { start: Instant::now(), base_wall_ms, skew_ms: Cell::new(0) }
    }

    /// Moves the wall clock, as a person or the network might; monotonic time goes on.
    pub fn skew(&self, by_ms: i64) {
        self.skew_ms.set(self.skew_ms.get() + by_ms);
    }
}

impl Clock for SimClock {
    fn wall_ms(&self) -> i64 {
        self.base_wall_ms.saturating_add_unsigned(self.monotonic_ms()).saturating_add(self.skew_ms.get())
    }

    fn monotonic_ms(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn sleep(&self, milliseconds: u64) -> LocalBoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(milliseconds)))
    }
}

/// Bytes from a seed (`SplitMix64`).
pub struct SeededEntropy(Cell<u64>);

impl SeededEntropy {
    /// The same seed gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self(Cell::new(seed))
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let state = self.0.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
            self.0.set(state);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            chunk.copy_from_slice(&(mixed ^ (mixed >> 31)).to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A database whose work runs at once, on the caller's thread.
pub struct InlineDb(RefCell<Connection>);

impl InlineDb {
    /// Prepares a connection of the caller's: in memory, a file, or one with a file layer of the test's own.
    ///
    /// # Errors
    /// As [`storage::prepare`].
    pub fn new(kind: Kind, mut connection: Connection) -> Result<Self> {
        storage::prepare(kind, &mut connection)?;
        Ok(Self::prepared(connection))
    }

    /// Over one that is prepared already.
    pub fn prepared(connection: Connection) -> Self {
        Self(RefCell::new(connection))
    }
}

impl Db for InlineDb {
    fn run(&self, job: Job) {
        job(&mut self.0.borrow_mut());
    }
}

/// The three databases in memory.
///
/// # Errors
/// As [`storage::prepare`].
pub fn in_memory() -> Result<Databases> {
    let open = |kind| -> Result<Rc<dyn Db>> {
        let connection = Connection::open_in_memory().map_err(storage::error)?;
        Ok(Rc::new(InlineDb::new(kind, connection)?))
    };
    Ok(Databases { ledger: open(Kind::Ledger)?, outbox: open(Kind::Outbox)?, cache: open(Kind::Cache)? })
}
