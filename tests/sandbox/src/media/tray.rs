//! The pearls on the tray, as a function of programme time.
//!
//! The host draws a strip of pearls over the tray, from right to left: every two seconds one comes out from under the
//! cloth on the right and one goes under the cloth on the left. Six lie open at any moment. The clip shows six looks in
//! a circle and loops; the serials go on with programme time, so that the same picture twelve seconds later is of other
//! pearls, and "the third from the left" judged by wall time, seconds late, is the wrong one.

use super::words::{Place, place};

/// A new pearl comes out this often, milliseconds of programme time.
pub const EACH_MS: i64 = 2_000;
/// How long a pearl lies open.
const OPEN_MS: i64 = 12_000;
/// Where pearls come out and go under, per mille of the picture's width.
pub const RIGHT: i64 = 920;
/// See [`RIGHT`].
pub const LEFT: i64 = 80;
/// Different looks of pearls in the clip.
pub const LOOKS: u8 = 6;
/// How far beside a pearl's middle a spot may be, per mille.
const REACH: i64 = 75;

/// One pearl as it lies at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pearl {
    /// One pearl has one serial, for ever: `P` and a number that grows from left to right.
    pub serial: String,
    /// Its middle, per mille of the picture's width from the left.
    pub x: u16,
    /// Its middle, per mille of the picture's height from the top.
    pub y: u16,
    /// Which of the clip's [`LOOKS`] it has.
    pub look: u8,
}

/// The pearls that lie open at a moment (programme time, milliseconds since the epoch), from left to right.
pub fn tray_at(moment_ms: i64) -> Vec<Pearl> {
    let newest = moment_ms.div_euclid(EACH_MS);
    (newest - OPEN_MS / EACH_MS + 1..=newest).map(|number| pearl(number, moment_ms)).collect()
}

/// The same with the next pearl and the last one, which show half under the cloths: what the clip's frames draw.
pub fn strip_at(moment_ms: i64) -> Vec<Pearl> {
    let newest = moment_ms.div_euclid(EACH_MS);
    (newest - OPEN_MS / EACH_MS..=newest + 1).map(|number| pearl(number, moment_ms)).collect()
}

fn pearl(number: i64, moment_ms: i64) -> Pearl {
    let age = moment_ms - number * EACH_MS;
    let look = number.rem_euclid(i64::from(LOOKS));
    let x = RIGHT - age * (RIGHT - LEFT) / OPEN_MS;
    let lane = [420, 560, 480, 620, 530, 450][usize::try_from(look).unwrap_or(0)];
    // It rolls: up to 40 per mille to either side of its lane, a half wave in three seconds.
    let half = age.rem_euclid(3_000);
    let roll = 160 * half * (3_000 - half) / (3_000 * 3_000);
    let y = if age.div_euclid(3_000) % 2 == 0 { lane + roll } else { lane - roll };
    let per_mille = |value: i64| u16::try_from(value.clamp(0, 1_000)).unwrap_or(0);
    Pearl {
        serial: format!("P{number}"),
        x: per_mille(x),
        y: per_mille(y),
        look: u8::try_from(look).unwrap_or(0),
    }
}

/// The pearl a shopper means: the one under the spot (per mille of the picture), else the one the words name, in
/// English or Chinese, as it lay at that moment. `None`: ask again.
pub fn resolve(moment_ms: i64, spot: Option<(u16, u16)>, text: &str) -> Option<Pearl> {
    let mut tray = tray_at(moment_ms);
    let touched = spot.and_then(|spot| under(&tray, spot));
    let index = touched.or_else(|| match place(text)? {
        Place::FromLeft(nth) => nth.checked_sub(1),
        Place::FromRight(nth) => tray.len().checked_sub(nth),
        Place::Middle => Some((tray.len() - 1) / 2),
    })?;
    (index < tray.len()).then(|| tray.swap_remove(index))
}

fn under(tray: &[Pearl], spot: (u16, u16)) -> Option<usize> {
    // The picture is 16:9: a step down is shorter than one to the side.
    let apart = |pearl: &Pearl| {
        let across = (i64::from(pearl.x) - i64::from(spot.0)) * 16;
        let down = (i64::from(pearl.y) - i64::from(spot.1)) * 9;
        across * across + down * down
    };
    let (index, nearest) = tray.iter().enumerate().min_by_key(|(_, pearl)| apart(pearl))?;
    (apart(nearest) <= (REACH * 16) * (REACH * 16)).then_some(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENING: i64 = 1_795_550_400_000;

    #[test]
    fn six_pearls_lie_open_from_left_to_right() {
        for moment in (EVENING..EVENING + 30_000).step_by(17) {
            let tray = tray_at(moment);
            assert_eq!(tray.len(), 6);
            assert!(tray.is_sorted_by(|left, right| left.x < right.x && left.serial < right.serial));
            assert!(tray.iter().all(|pearl| (80..=920).contains(&pearl.x) && (350..=700).contains(&pearl.y)));
        }
    }

    /// No pearl jumps: in 20 ms it moves by a few per mille at most.
    #[test]
    fn pearls_drift() {
        for moment in (EVENING..EVENING + 30_000).step_by(20) {
            let next = tray_at(moment + 20);
            for pearl in tray_at(moment) {
                if let Some(then) = next.iter().find(|then| then.serial == pearl.serial) {
                    assert!((0..=2).contains(&(i32::from(pearl.x) - i32::from(then.x))));
                    assert!(pearl.y.abs_diff(then.y) <= 3, "{pearl:?} {then:?}");
                }
            }
        }
    }

    /// The clip loops, the serials do not: a loop later the same picture is of other pearls.
    #[test]
    fn the_picture_repeats_and_the_serials_do_not() {
        for moment in (EVENING..EVENING + 12_000).step_by(133) {
            let (now, later) = (tray_at(moment), tray_at(moment + crate::media::hls::LOOP_MS));
            for (one, other) in now.iter().zip(&later) {
                assert_eq!((one.x, one.y, one.look), (other.x, other.y, other.look));
                assert!(later.iter().all(|later| later.serial != one.serial));
            }
        }
    }

    /// Whoever takes wall time for the moment, two seconds or more late, picks another pearl: by words and by spot.
    #[test]
    fn wall_time_picks_the_wrong_pearl() {
        let words = ["the third from the left", "左边第三颗", "the second from the right", "右边第一颗"];
        for moment in (EVENING..EVENING + 12_000).step_by(97) {
            for late in (2_000..=20_000).step_by(250) {
                for text in words {
                    let meant = resolve(moment, None, text).expect("meant");
                    let wrong = resolve(moment + late, None, text).expect("resolved");
                    assert_ne!(meant.serial, wrong.serial, "{text} {late} ms late");
                }
                for pearl in tray_at(moment) {
                    let spot = Some((pearl.x, pearl.y));
                    assert_eq!(resolve(moment, spot, "that one"), Some(pearl.clone()));
                    let wrong = resolve(moment + late, spot, "that one");
                    assert_ne!(wrong.map(|wrong| wrong.serial), Some(pearl.serial));
                }
            }
        }
    }

    #[test]
    fn a_spot_on_the_cloth_means_nothing_and_words_help() {
        let tray = tray_at(EVENING);
        assert_eq!(resolve(EVENING, Some((500, 20)), "that one"), None);
        assert_eq!(resolve(EVENING, Some((500, 20)), "the last one on the right"), tray.last().cloned());
        assert_eq!(resolve(EVENING, Some((tray[1].x + 20, tray[1].y - 20)), ""), Some(tray[1].clone()));
        assert_eq!(resolve(EVENING, None, "the ninth from the left"), None);
        assert_eq!(resolve(EVENING, None, "从右数第二颗"), Some(tray[4].clone()));
        assert_eq!(resolve(EVENING, None, "how much?"), None);
    }
}
