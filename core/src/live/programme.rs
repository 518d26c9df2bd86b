//! What happens in a room happens when the picture does. Pure.
//!
//! Pins, deals and openings carry the programme time they belong to and wait here until the player is there. The stream
//! is seconds behind the events; shown at once, a pin would name a pearl that is not on the screen yet.

use std::collections::VecDeque;

use crate::time::Timestamp;

/// Beyond this many waiting events the oldest is released early rather than lost.
const MAX_WAITING: usize = 256;
/// A player's report counts for this long, milliseconds; after it the picture is estimated.
const REPORT_LIFE_MS: u64 = 5_000;

/// Events in the order of their moments.
#[derive(Debug)]
pub(crate) struct Programme<E> {
    waiting: VecDeque<(Timestamp, E)>,
    /// What the player last reported, and when by our monotonic clock.
    report: Option<(Timestamp, u64)>,
}

impl<E> Default for Programme<E> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), report: None }
    }
}

impl<E> Programme<E> {
    /// An event of this moment. One without a moment of its own (a pin taken away) comes after everything so far.
    pub(crate) fn push(&mut self, moment: Option<Timestamp>, event: E) {
        let moment =
            moment.unwrap_or_else(|| self.waiting.back().map_or(Timestamp(i64::MIN), |(last, _)| *last));
        let at = self.waiting.partition_point(|(other, _)| *other <= moment);
        self.waiting.insert(at, (moment, event));
    }

    /// The player shows this moment.
    pub(crate) fn shown(&mut self, moment: Timestamp, monotonic_ms: u64) {
        self.report = Some((moment, monotonic_ms));
    }

    /// The programme time on the screen: the player's word while it is fresh, carried on; else the venue's clock less
    /// the stream's latency.
    pub(crate) fn on_screen(&self, monotonic_ms: u64, venue_now: Timestamp, latency_ms: u64) -> Timestamp {
        match self.report {
            Some((moment, at)) if monotonic_ms.saturating_sub(at) <= REPORT_LIFE_MS => {
                Timestamp(moment.0.saturating_add_unsigned(monotonic_ms.saturating_sub(at)))
            }
            _ => Timestamp(venue_now.0.saturating_sub_unsigned(latency_ms)),
        }
    }

    /// What the picture has reached, in order.
    pub(crate) fn release(&mut self, on_screen: Timestamp) -> Vec<E> {
        let due = self.waiting.partition_point(|(moment, _)| *moment <= on_screen);
        let early = self.waiting.len().saturating_sub(MAX_WAITING);
        self.waiting.drain(..due.max(early)).map(|(_, event)| event).collect()
    }

    /// Milliseconds until the next event is due, none if none waits.
    pub(crate) fn next_in_ms(&self, on_screen: Timestamp) -> Option<u64> {
        let (moment, _) = self.waiting.front()?;
        Some(u64::try_from(moment.0.saturating_sub(on_screen.0)).unwrap_or_default())
    }

    /// Forgets what waits: a snapshot replaced it.
    pub(crate) fn clear(&mut self) {
        self.waiting.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp(ms)
    }

    #[test]
    fn events_wait_for_their_picture_in_the_order_of_their_moments() {
        let mut programme = Programme::default();
        programme.push(Some(at(20)), "second");
        programme.push(Some(at(10)), "first");
        programme.push(None, "after both");
        assert_eq!(programme.release(Timestamp(9)), Vec::<&str>::new());
        assert_eq!(programme.next_in_ms(Timestamp(9)), Some(1));
        assert_eq!(programme.release(Timestamp(10)), ["first"]);
        assert_eq!(programme.release(Timestamp(20)), ["second", "after both"]);
        assert_eq!(programme.next_in_ms(Timestamp(20)), None);
    }

    #[test]
    fn the_players_word_holds_while_it_is_fresh() {
        let mut programme = Programme::<()>::default();
        assert_eq!(programme.on_screen(0, Timestamp(100_000), 8_000), Timestamp(92_000));
        programme.shown(Timestamp(50_000), 1_000);
        assert_eq!(programme.on_screen(3_000, Timestamp(100_000), 8_000), Timestamp(52_000));
        assert_eq!(programme.on_screen(6_001, Timestamp(100_000), 8_000), Timestamp(92_000));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nothing_is_early_unless_too_much_waits(moments in prop::collection::vec(0_i64..1_000, 0..600)) {
            let mut programme = Programme::default();
            let mut released = Vec::new();
            for (index, moment) in moments.iter().enumerate() {
                programme.push(Some(at(*moment)), index);
                released.extend(programme.release(Timestamp(-1)));
            }
            prop_assert_eq!(released.len(), moments.len().saturating_sub(MAX_WAITING));
            released.extend(programme.release(Timestamp(1_000)));
            released.sort_unstable();
            prop_assert_eq!(released, (0..moments.len()).collect::<Vec<_>>());
        }
    }
}
