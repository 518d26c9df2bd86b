//! A million viewers and one pin: what reaches the shop, if each of them keeps to the policy by which quotes are prepared
//! early.

use nightmarket::ports::EntropyExt as _;
use nightmarket::ports::sim::SeededEntropy;
use nightmarket::purchase::policy_early::EarlyTerms;

const VIEWERS: u64 = 1_000_000;
/// A host talks about one thing for so long, milliseconds.
const PINNED_MS: u64 = 5 * 60_000;

/// When each viewer's request leaves, in order; every viewer has dice of its own.
fn requests(terms: EarlyTerms) -> Vec<u64> {
    let draw = |viewer: u64| SeededEntropy::new(viewer.wrapping_mul(0x9e37_79b9_7f4a_7c15)).next_u64();
    let mut at: Vec<u64> = (0..VIEWERS).filter_map(|viewer| terms.delay_ms(VIEWERS, draw(viewer))).collect();
    at.sort_unstable();
    at
}

/// The most in any one second, wherever it begins.
fn peak(at: &[u64]) -> usize {
    let mut first = 0;
    let within = |(last, time): (usize, &u64)| {
        while at[first] + 1_000 <= *time {
            first += 1;
        }
        last + 1 - first
    };
    at.iter().enumerate().map(within).max().unwrap_or_default()
}

fn terms(per_second: u32) -> EarlyTerms {
    EarlyTerms { allowed: true, holds_stock: false, contacts_nobody: true, per_second }
}

#[test]
fn a_million_viewers_of_one_pin_are_no_flood() {
    println!(
        "{:>12} {:>14} {:>18} {:>22}",
        "declared /s", "window s", "peak in a second", "ready within 5 min"
    );
    for per_second in [2, 20, 200, 2_000, 20_000, 200_000, 1_000_000] {
        let (terms, window) = (terms(per_second), terms(per_second).window_ms(VIEWERS));
        let at = requests(terms);
        let (peak, ready) = (peak(&at), at.partition_point(|time| *time < PINNED_MS));
        let window = window.map_or_else(|| "-".to_owned(), |window| (window / 1_000).to_string());
        println!("{per_second:>12} {window:>14} {peak:>18} {ready:>22}");
        assert!(peak <= per_second as usize, "{peak} reach a shop in a second that takes {per_second}");
        // A rate that is declared is also used, if it can be.
        let wanted = (u64::from(per_second) * PINNED_MS / 1_000).min(VIEWERS) / 5;
        assert!(per_second < 20 || ready as u64 >= wanted, "only {ready} are ready");
    }
}

/// The judge of the test above sees a policy that does not spread.
#[test]
fn without_the_jitter_it_is_a_flood() {
    let at_once = vec![0; usize::try_from(VIEWERS).unwrap()];
    assert_eq!(peak(&at_once), 1_000_000);
    // Spread, but all by the same dice.
    let together: Vec<u64> = (0..VIEWERS).filter_map(|_| terms(2_000).delay_ms(VIEWERS, 7)).collect();
    assert_eq!(peak(&together), 1_000_000);
}
