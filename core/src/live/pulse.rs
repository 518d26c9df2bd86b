//! Who watches and how many hearts: shown a few times a second, however often it is told. Pure.
//!
//! The first news after a pause is shown at once; what comes soon after is gathered: hearts add up, of other figures the
//! newest counts.

use serde_json::value::RawValue;

use super::wire::{RoomEvent, Stats};

/// Milliseconds between two showings: four a second at most.
const EVERY_MS: u64 = 250;

/// What was told and is not shown yet.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    hearts: u64,
    stats: Option<Stats>,
    shown_ms: Option<u64>,
}

/// What is to be shown.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct News {
    /// To be added.
    pub(super) hearts: u64,
    /// The newest, if there are newer ones.
    pub(super) stats: Option<Stats>,
}

impl Pulse {
    /// More hearts.
    pub(super) fn hearts(&mut self, count: u64) {
        self.hearts = self.hearts.saturating_add(count);
    }

    /// Newer figures.
    pub(super) fn stats(&mut self, stats: Stats) {
        self.stats = Some(stats);
    }

    /// A snapshot has newer figures than those that wait. It counts no hearts.
    pub(super) fn forget_stats(&mut self) {
        self.stats = None;
    }

    /// What is to be shown now, if there is something and it is time. `now_ms` is monotonic.
    pub(super) fn take(&mut self, now_ms: u64) -> Option<News> {
        if self.next_in_ms(now_ms)? > 0 {
            return None;
        }
        self.shown_ms = Some(now_ms);
        self.take_all()
    }

    /// Everything that waits, whatever the time.
    pub(super) fn take_all(&mut self) -> Option<News> {
        let news = News { hearts: std::mem::take(&mut self.hearts), stats: self.stats.take() };
        (news.hearts > 0 || news.stats.is_some()).then_some(news)
    }

    /// Milliseconds until [`Self::take`] gives something; none if nothing waits.
    pub(super) fn next_in_ms(&self, now_ms: u64) -> Option<u64> {
        if self.hearts == 0 && self.stats.is_none() {
            return None;
        }
        // The clock's milliseconds are whole ones: one more, so that it is never less than asked for.
        let due = self.shown_ms.map_or(0, |shown| shown.saturating_add(EVERY_MS + 1));
        Some(due.saturating_sub(now_ms))
    }
}

/// What many events of the pulse say together: the sum of their hearts, and the newest figures.
pub(super) fn together(told: &[Box<RawValue>]) -> Vec<Box<RawValue>> {
    let (mut sum, mut newest) = (0_u64, None);
    for event in told {
        match serde_json::from_str(event.get()) {
            Ok(RoomEvent::Hearts { count }) => sum = sum.saturating_add(count),
            Ok(RoomEvent::Stats(_)) => newest = Some(event.clone()),
            // Nothing else is shown of it, and what cannot be read never was.
            Ok(_) | Err(_) => {}
        }
    }
    let hearts = RawValue::from_string(format!("{{\"hearts\":{{\"count\":{sum}}}}}"));
    newest.into_iter().chain(hearts.ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_first_is_shown_at_once_and_the_next_ones_together() {
        let mut pulse = Pulse::default();
        assert_eq!((pulse.take(5), pulse.next_in_ms(5)), (None, None));
        pulse.hearts(3);
        assert_eq!(pulse.take(5), Some(News { hearts: 3, stats: None }));
        pulse.hearts(4);
        pulse.stats(Stats { viewers: 1, likes: 0 });
        pulse.stats(Stats { viewers: 2, likes: 0 });
        assert_eq!((pulse.take(6), pulse.next_in_ms(6)), (None, Some(250)));
        let news = News { hearts: 4, stats: Some(Stats { viewers: 2, likes: 0 }) };
        assert_eq!(pulse.take(256), Some(news));
        assert_eq!((pulse.take(9_999), pulse.next_in_ms(9_999)), (None, None));
    }

    #[test]
    fn figures_older_than_a_snapshot_are_not_shown_and_hearts_are_kept() {
        let mut pulse = Pulse::default();
        pulse.stats(Stats { viewers: 1, likes: 0 });
        pulse.hearts(2);
        pulse.forget_stats();
        assert_eq!(pulse.take_all(), Some(News { hearts: 2, stats: None }));
        assert_eq!(pulse.take_all(), None);
    }

    #[test]
    fn a_flood_put_together_says_the_same() {
        let raw = |text: String| RawValue::from_string(text).unwrap();
        let told: Vec<Box<RawValue>> = (1..=5_000)
            .flat_map(|n| {
                let stats = format!("{{\"stats\":{{\"viewers\":{n}}}}}");
                [
                    format!("{{\"hearts\":{{\"count\":{n}}}}}"),
                    stats,
                    "{\"newer\":1}".to_owned(),
                    "7".to_owned(),
                ]
            })
            .map(raw)
            .collect();
        let folded = together(&told);
        let again: Vec<_> = together(&folded).iter().map(|event| event.get().to_owned()).collect();
        assert_eq!(again, [r#"{"stats":{"viewers":5000}}"#, r#"{"hearts":{"count":12502500}}"#]);
    }

    proptest! {
        #[test]
        fn never_more_often_than_promised_and_no_heart_is_lost(
            told in prop::collection::vec((0_u64..400, 0_u64..1_000), 0..200),
        ) {
            let mut pulse = Pulse::default();
            let (mut now, mut sent, mut shown, mut last) = (0, 0, 0, None);
            for (later, count) in told {
                // Between two tellings somebody looks whenever it was asked to.
                let until = now + later;
                while let Some(wait) = pulse.next_in_ms(now).filter(|wait| now + wait <= until) {
                    now += wait;
                    let news = pulse.take(now).expect("it said so");
                    shown += news.hearts;
                    prop_assert!(last.is_none_or(|last| now - last > EVERY_MS));
                    last = Some(now);
                }
                now = until;
                pulse.hearts(count);
                sent += count;
            }
            shown += pulse.take_all().map_or(0, |news| news.hearts);
            prop_assert_eq!(shown, sent);
        }
    }
}
