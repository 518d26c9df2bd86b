//! Every decoder takes whatever comes: real answers cut short, with bits flipped, spliced with each other, nested
//! without end, with numbers out of range, and bytes that mean nothing. None panics, and none takes for ever.

#[path = "seeds/mod.rs"]
mod seeds;

use nightmarket::decoders::{ALL, Decoder};
use proptest::prelude::*;

/// What is put in the place of a byte, or of a number: where parsers and arithmetic give way.
const NASTY: [&[u8]; 22] = [
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"-1",
    b"0",
    b"1e999",
    b"-0.0",
    b"9223372036854775807",
    b"-9223372036854775808",
    b"18446744073709551615",
    b"9007199254740993",
    b"\xff\xfe",
    b"\\ud800",
    "\u{202e}\u{2066}\u{0}".as_bytes(),
    b"9999-12-31T23:59:59.999Z",
];

fn each(mut test: impl FnMut(&Decoder, Vec<Vec<u8>>)) {
    for decoder in &ALL {
        let examples = seeds::of(decoder.name);
        assert!(!examples.is_empty(), "{} has no examples", decoder.name);
        test(decoder, examples);
    }
}

#[test]
fn what_is_cut_short() {
    each(|decoder, examples| {
        for example in examples {
            let step = example.len() / 150 + 1;
            (0..=example.len()).step_by(step).for_each(|end| (decoder.run)(&example[..end]));
        }
    });
}

#[test]
fn what_has_something_nasty_in_it() {
    each(|decoder, examples| {
        for example in examples {
            let step = example.len() / 40 + 1;
            for at in (0..example.len()).step_by(step) {
                for nasty in NASTY {
                    (decoder.run)(&[&example[..at], nasty, &example[at + 1..]].concat());
                }
            }
        }
    });
}

/// A number as a whole, so that what comes out is still JSON of the right shape.
#[test]
fn numbers_out_of_range() {
    each(|decoder, examples| {
        for example in examples {
            for (from, to) in numbers(&example) {
                for nasty in NASTY {
                    (decoder.run)(&[&example[..from], nasty, &example[to..]].concat());
                }
            }
        }
    });
}

fn numbers(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits > 0 {
            found.push((at, at + digits));
        }
        at += digits.max(1);
    }
    found
}

#[test]
fn what_is_nested_or_repeated_without_end() {
    let deep = |open: &str, close: &str| [open.repeat(20_000), close.repeat(20_000)].concat().into_bytes();
    let long = format!(r#"{{"code":"{}","content":""}}"#, "x".repeat(1 << 20)).into_bytes();
    let many = ["{}\n".repeat(20_000), "[]".to_owned()].concat().into_bytes();
    let inputs =
        [deep("[", "]"), deep(r#"{"a":"#, "}"), deep(r#"{"push":{"pub":{"data":"#, "}}}"), long, many];
    each(|decoder, _| inputs.iter().for_each(|input| (decoder.run)(input)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn bytes_that_mean_nothing(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        for decoder in &ALL {
            (decoder.run)(&bytes);
        }
    }

    #[test]
    fn examples_with_flipped_bits_and_spliced(
        first in any::<prop::sample::Index>(), second in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(), flips in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..8), 0..6),
    ) {
        for decoder in &ALL {
            let examples = seeds::of(decoder.name);
            let (first, second) = (first.get(&examples), second.get(&examples));
            let at = cut.index(first.len().min(second.len()).max(1));
            let mut bytes = [&first[..at.min(first.len())], &second[at.min(second.len())..]].concat();
            for (place, bit) in &flips {
                if !bytes.is_empty() {
                    let place = place.index(bytes.len());
                    bytes[place] ^= 1 << bit;
                }
            }
            (decoder.run)(&bytes);
        }
    }
}
