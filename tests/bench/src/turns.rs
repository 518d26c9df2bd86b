//! Turn by turn, so that what else the machine does falls on all alike.

use std::time::Duration;

/// Median of each contender over so many rounds, in which all have one turn each; the first tenth is not counted.
pub fn medians<const N: usize>(
    rounds: usize,
    mut turn: impl FnMut(usize, usize) -> Duration,
) -> [Duration; N] {
    let mut taken: [Vec<Duration>; N] = std::array::from_fn(|_| Vec::with_capacity(rounds));
    let warm_up = rounds / 10;
    for round in 0..rounds + warm_up {
        for (contender, times) in taken.iter_mut().enumerate() {
            let took = turn(contender, round);
            if round >= warm_up {
                times.push(took);
            }
        }
    }
    taken.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_of_the_counted_rounds_only() {
        let [slow, fast] = medians(10, |contender, round| {
            let base = if contender == 0 { 100 } else { 10 };
            Duration::from_micros(if round == 0 { 1_000_000 } else { base })
        });
        assert_eq!((slow, fast), (Duration::from_micros(100), Duration::from_micros(10)));
    }
}
