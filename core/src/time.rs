//! Times as the contract writes them, and a server's clock as seen from here.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::cell::Cell;
use std::fmt;

use crate::ports::Clock;

/// A point in time: milliseconds since the Unix epoch, RFC 3339 on the wire. Whose clock it is by, its field says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Milliseconds since the Unix epoch.
    pub fn as_ms(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at:.3}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        let at: jiff::Timestamp = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(at.as_millisecond()))
    }
}

/// A server's clock: what it last said, carried on by our monotonic one, so that a wall clock set wrong here moves no
/// countdown.
#[derive(Default)]
pub(crate) struct ServerClock(Cell<Option<(i64, u64)>>);

impl ServerClock {
    /// The server said that it is `now`.
    pub(crate) fn observe(&self, now: Timestamp, clock: &dyn Clock) {
        self.0.set(Some((now.0, clock.monotonic_ms())));
    }

    /// Whether the server has said anything yet.
    pub(crate) fn is_known(&self) -> bool {
        self.0.get().is_some()
    }

    /// What its clock shows now, once it has said anything.
    pub(crate) fn said(&self, clock: &dyn Clock) -> Option<Timestamp> {
        let (said, at) = self.0.get()?;
        Some(Timestamp(said.saturating_add_unsigned(clock.monotonic_ms().saturating_sub(at))))
    }

    /// What its clock shows now; ours until it has said anything.
    pub(crate) fn now(&self, clock: &dyn Clock) -> Timestamp {
        self.said(clock).unwrap_or_else(|| Timestamp(clock.wall_ms()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::sim::SimClock;
    use crate::testing;

    #[test]
    fn reads_any_offset_and_writes_utc_milliseconds() {
        let at: Timestamp = serde_json::from_str("\"2026-11-24T21:15:03.25+01:00\"").unwrap();
        assert_eq!(at.to_string(), "2026-11-24T20:15:03.250Z");
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-11-24T20:15:03.250Z\"");
        for bad in ["\"\"", "\"yesterday\"", "5", "\"2026-13-01T00:00:00Z\""] {
            assert!(serde_json::from_str::<Timestamp>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_servers_clock_does_not_follow_ours_when_it_is_set() {
        testing::run(async {
            let (clock, server) = (SimClock::new(1_000), ServerClock::default());
            assert_eq!(server.now(&clock).0, 1_000);
            server.observe(Timestamp(50_000), &clock);
            tokio::time::sleep(std::time::Duration::from_millis(7)).await;
            clock.skew(-900_000);
            assert_eq!(server.now(&clock).0, 50_007);
        });
    }
}
