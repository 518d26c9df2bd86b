//! When a reminder fires, and what counts as open for this shopper. Pure; all times are the venue's clock, milliseconds.

use super::{DropStatus, Standing};

/// How long before the opening a reminder fires until the venue has said otherwise.
pub(crate) const LEAD_MS: i64 = 5 * 60_000;
/// No venue's lead is longer.
const MAX_LEAD_MS: i64 = 24 * 3_600_000;
/// So long after the opening a missed reminder is still worth showing.
const LATE_MS: i64 = 10 * 60_000;

/// When a drop opens, as the venue last said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times<'a> {
    pub(crate) opens_ms: i64,
    /// For members of its group.
    pub(crate) early_ms: Option<i64>,
    pub(crate) status: &'a DropStatus,
}

impl Times<'_> {
    /// From when on this shopper may buy.
    pub(crate) fn base_ms(&self, member: bool) -> i64 {
        self.early_ms.filter(|_| member).map_or(self.opens_ms, |early| early.min(self.opens_ms))
    }
}

/// Whether this shopper may buy now.
pub(crate) fn standing(times: &Times<'_>, member: bool, now_ms: i64) -> Standing {
    let base = times.base_ms(member);
    match times.status {
        DropStatus::Closed => Standing::Closed,
        // The venue's word counts more than our view of its clock.
        DropStatus::Open => Standing::Open,
        _ if now_ms >= times.opens_ms => Standing::Open,
        _ if now_ms >= base => Standing::Early,
        _ => Standing::NotYet { opens_in_ms: base.abs_diff(now_ms) },
    }
}

/// What was scheduled on the device last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Scheduled {
    /// The opening it was for.
    pub(crate) base_ms: i64,
    /// When it is to show.
    pub(crate) fires_ms: i64,
}

/// What to do on the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Schedule it, replacing what was.
    Schedule(Scheduled),
    /// Take back what has not shown yet.
    Cancel,
    /// It has been shown, or there is nothing to show.
    Leave,
}

/// Decides by what the drop's times are now and what was scheduled before. A drop that moves is scheduled anew; one whose
/// moment for the reminder has passed is shown at once, once, unless it is long open or closed.
pub(crate) fn plan(
    times: &Times<'_>,
    member: bool,
    lead_ms: i64,
    now_ms: i64,
    before: Option<Scheduled>,
) -> Plan {
    let base_ms = times.base_ms(member);
    let fires_ms = base_ms.saturating_sub(lead_ms.clamp(0, MAX_LEAD_MS));
    let pending = before.is_some_and(|before| before.fires_ms > now_ms);
    let never = *times.status == DropStatus::Closed || now_ms >= base_ms.saturating_add(LATE_MS);
    if never {
        return if pending { Plan::Cancel } else { Plan::Leave };
    }
    if fires_ms > now_ms {
        return Plan::Schedule(Scheduled { base_ms, fires_ms });
    }
    match before {
        Some(before) if before.base_ms == base_ms && !pending => Plan::Leave,
        _ => Plan::Schedule(Scheduled { base_ms, fires_ms: now_ms }),
    }
}

/// The venue's lead, out of when it says it will fire; none if that tells nothing (it fires at once).
pub(crate) fn lead_ms(base_ms: i64, fires_ms: i64, now_ms: i64) -> Option<i64> {
    let lead = base_ms.saturating_sub(fires_ms);
    (fires_ms > now_ms && (0..=MAX_LEAD_MS).contains(&lead)).then_some(lead)
}

/// A time of the venue's clock on ours.
pub(crate) fn wall_ms(venue_ms: i64, venue_now_ms: i64, wall_now_ms: i64) -> i64 {
    wall_now_ms.saturating_add(venue_ms.saturating_sub(venue_now_ms))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPENS: i64 = 100_000_000;
    const EARLY: i64 = OPENS - 30 * 60_000;

    fn times(status: &DropStatus) -> Times<'_> {
        Times { opens_ms: OPENS, early_ms: Some(EARLY), status }
    }

    #[test]
    fn members_are_told_before_the_early_opening_and_others_before_the_opening() {
        let status = DropStatus::Announced;
        for (member, base) in [(true, EARLY), (false, OPENS)] {
            let scheduled = Scheduled { base_ms: base, fires_ms: base - LEAD_MS };
            assert_eq!(plan(&times(&status), member, LEAD_MS, 0, None), Plan::Schedule(scheduled));
        }
    }

    #[test]
    fn a_moved_drop_is_scheduled_anew_earlier_and_later() {
        let status = DropStatus::Moved;
        let before = Scheduled { base_ms: OPENS, fires_ms: OPENS - LEAD_MS };
        for by in [-3_600_000, 3_600_000] {
            let moved = Times { opens_ms: OPENS + by, early_ms: None, status: &status };
            let expected = Scheduled { base_ms: OPENS + by, fires_ms: OPENS + by - LEAD_MS };
            assert_eq!(plan(&moved, false, LEAD_MS, 0, Some(before)), Plan::Schedule(expected));
        }
        // Later, after the old reminder was shown: shown again for the new time.
        let moved = Times { opens_ms: OPENS + 3_600_000, early_ms: None, status: &status };
        assert!(matches!(plan(&moved, false, LEAD_MS, OPENS - 1, Some(before)), Plan::Schedule(new)
            if new.fires_ms == OPENS + 3_600_000 - LEAD_MS));
    }

    #[test]
    fn a_reminder_whose_time_has_passed_shows_at_once_and_once() {
        let status = DropStatus::Announced;
        let now = OPENS - 60_000;
        let shown = Scheduled { base_ms: OPENS, fires_ms: now };
        assert_eq!(plan(&times(&status), false, LEAD_MS, now, None), Plan::Schedule(shown));
        assert_eq!(plan(&times(&status), false, LEAD_MS, now + 1, Some(shown)), Plan::Leave);
        // Moved so much earlier that it is due now.
        let far = Scheduled { base_ms: OPENS + 7_200_000, fires_ms: OPENS + 6_900_000 };
        assert_eq!(plan(&times(&status), false, LEAD_MS, now, Some(far)), Plan::Schedule(shown));
    }

    #[test]
    fn what_is_long_open_or_closed_is_never_shown() {
        let pending = Some(Scheduled { base_ms: OPENS * 2, fires_ms: OPENS * 2 - LEAD_MS });
        for (status, now) in [(DropStatus::Closed, 0), (DropStatus::Open, OPENS + LATE_MS)] {
            assert_eq!(plan(&times(&status), false, LEAD_MS, now, None), Plan::Leave);
            assert_eq!(plan(&times(&status), false, LEAD_MS, now, pending), Plan::Cancel);
        }
    }

    #[test]
    fn early_is_for_members_and_the_venues_word_counts() {
        let status = DropStatus::Announced;
        assert_eq!(standing(&times(&status), true, EARLY), Standing::Early);
        assert_eq!(standing(&times(&status), true, EARLY - 1), Standing::NotYet { opens_in_ms: 1 });
        assert_eq!(
            standing(&times(&status), false, EARLY),
            Standing::NotYet { opens_in_ms: OPENS.abs_diff(EARLY) }
        );
        assert_eq!(standing(&times(&status), false, OPENS), Standing::Open);
        assert_eq!(standing(&times(&DropStatus::Open), false, 0), Standing::Open);
        assert_eq!(standing(&times(&DropStatus::Closed), true, OPENS), Standing::Closed);
        let new = DropStatus::from("raffled");
        assert_eq!(standing(&times(&new), false, OPENS), Standing::Open);
    }

    #[test]
    fn the_venues_lead_is_learned_unless_it_fires_at_once() {
        assert_eq!(lead_ms(OPENS, OPENS - 600_000, 0), Some(600_000));
        assert_eq!(lead_ms(OPENS, OPENS - 600_000, OPENS - 600_000), None);
        assert_eq!(lead_ms(OPENS, OPENS + 1, 0), None);
    }

    #[test]
    fn the_venues_time_is_turned_into_ours_by_the_difference_of_clocks() {
        assert_eq!(wall_ms(5_000, 1_000, 901_000), 905_000);
    }

    proptest! {
        #[test]
        fn planning_again_right_away_changes_nothing_on_screen(
            opens in -1_i64 << 40..1_i64 << 40, early in prop::option::of(-1_i64 << 40..1_i64 << 40), member: bool, now in -1_i64 << 40..1_i64 << 40
        ) {
            let status = DropStatus::Announced;
            let times = Times { opens_ms: opens, early_ms: early, status: &status };
            if let Plan::Schedule(first) = plan(&times, member, LEAD_MS, now, None) {
                prop_assert!(first.fires_ms >= now);
                match plan(&times, member, LEAD_MS, now, Some(first)) {
                    Plan::Schedule(again) => prop_assert_eq!(again, first),
                    other => prop_assert_eq!(other, Plan::Leave),
                }
            }
        }
    }
}
