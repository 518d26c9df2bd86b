//! "The third from the left", in English and Chinese.

/// A place in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// 1 is the leftmost.
    FromLeft(usize),
    /// 1 is the rightmost.
    FromRight(usize),
    Middle,
}

const ORDINALS: [(&str, usize); 9] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
];
const NUMERALS: [(char, usize); 9] =
    [('一', 1), ('二', 2), ('三', 3), ('四', 4), ('五', 5), ('六', 6), ('七', 7), ('八', 8), ('九', 9)];

/// What place the words name. Without a side it is counted from the left, as one reads.
pub(super) fn place(text: &str) -> Option<Place> {
    let text = text.to_lowercase();
    let right = text.contains("right") || text.contains('右');
    let left = text.contains("left") || text.contains('左');
    let edge = ["leftmost", "rightmost", "last", "end"].iter().any(|word| has_word(&text, word))
        || text.contains('最')
        || text.contains("倒数第一");
    let from = |nth| if right { Place::FromRight(nth) } else { Place::FromLeft(nth) };
    // "Left" may be a verb, and both sides name no place.
    if left && right {
        return None;
    }
    if let Some(nth) = ordinal(&text) {
        return Some(from(nth));
    }
    if edge && (left || right) {
        return Some(from(1));
    }
    (has_word(&text, "middle") || text.contains("中间")).then_some(Place::Middle)
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty())
}

fn has_word(text: &str, wanted: &str) -> bool {
    words(text).any(|word| word == wanted)
}

fn ordinal(text: &str) -> Option<usize> {
    if let Some((_, after)) = text.split_once('第') {
        return numeral(after.trim_start());
    }
    words(text).find_map(|word| {
        let suffixed = || {
            let digits = ["st", "nd", "rd", "th"].iter().find_map(|suffix| word.strip_suffix(suffix))?;
            digits.parse().ok()
        };
        ORDINALS.iter().find(|(name, _)| *name == word).map(|(_, nth)| *nth).or_else(suffixed)
    })
}

/// `3`, `３` or `三` at the start.
fn numeral(text: &str) -> Option<usize> {
    let first = text.chars().next()?;
    if let Some((_, nth)) = NUMERALS.iter().find(|(letter, _)| *letter == first) {
        return Some(*nth);
    }
    let digits: String = text
        .chars()
        .map_while(|letter| match letter {
            '0'..='9' => Some(letter),
            '０'..='９' => char::from_digit(u32::from(letter) - u32::from('０'), 10),
            _ => None,
        })
        .collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_understood() {
        for (text, want) in [
            ("that one, the third pearl from the left", Some(Place::FromLeft(3))),
            ("The 3rd from left please", Some(Place::FromLeft(3))),
            ("second one from the RIGHT", Some(Place::FromRight(2))),
            ("12th from the left", Some(Place::FromLeft(12))),
            ("the leftmost one", Some(Place::FromLeft(1))),
            ("last on the right!", Some(Place::FromRight(1))),
            ("the fourth", Some(Place::FromLeft(4))),
            ("the one in the middle", Some(Place::Middle)),
            ("左边第三颗", Some(Place::FromLeft(3))),
            ("就要从左数第3个", Some(Place::FromLeft(3))),
            ("左起第３颗", Some(Place::FromLeft(3))),
            ("右边第二颗那个", Some(Place::FromRight(2))),
            ("最右边那颗", Some(Place::FromRight(1))),
            ("最左边的", Some(Place::FromLeft(1))),
            ("中间那颗", Some(Place::Middle)),
            ("第五颗", Some(Place::FromLeft(5))),
            ("that one", None),
            ("那个", None),
            ("how many are left?", None),
            ("left or right, the third", None),
            ("第", None),
            ("", None),
        ] {
            assert_eq!(place(text), want, "{text}");
        }
    }
}
