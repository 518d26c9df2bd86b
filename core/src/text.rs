//! Texts that come in several languages.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A text by BCP 47 language.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Localized(pub BTreeMap<String, String>);

impl Localized {
    /// The text in `language`; else in a wider one ("zh-Hans" for "zh-Hans-CN"), else English, else whatever there is.
    pub fn get(&self, language: &str) -> &str {
        let mut wanted = language;
        loop {
            if let Some(text) = self.0.get(wanted) {
                return text;
            }
            match wanted.rsplit_once('-') {
                Some((wider, _)) => wanted = wider,
                None => break,
            }
        }
        self.0.get("en").or_else(|| self.0.values().next()).map_or("", String::as_str)
    }
}

/// Opens and closes an isolate: what is between reaches no letter outside.
const FSI: char = '\u{2068}';
const PDI: char = '\u{2069}';
/// Marks that may stand on one letter; more only paint over other lines.
const MAX_MARKS: usize = 4;

/// What people wrote, made safe to be shown: no letter of it changes the direction of what stands beside it, hides, paints
/// over its neighbours or breaks the line. It is plain text, never markup. Text that reads from the right is wrapped in
/// an isolate (Unicode UAX 9, FSI and PDI).
pub(crate) fn safe(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let mut out = cleaned(text);
    if out.chars().any(turns) {
        out.insert(0, FSI);
        out.push(PDI);
    }
    out
}

/// Nothing in it needs a closer look: Latin, Chinese, Japanese and Korean letters, and the usual emoji.
fn is_plain(text: &str) -> bool {
    text.chars().all(|letter| {
        matches!(
            letter,
            ' '..='~' | '\u{4e00}'..='\u{9fff}' | '\u{3001}'..='\u{30ff}' | '\u{ff01}'..='\u{ff5e}'
                | '\u{ac00}'..='\u{d7a3}' | '\u{c0}'..='\u{24f}' | '\u{1f300}'..='\u{1f3f3}'
                | '\u{1f3f5}'..='\u{1faff}'
        )
    })
}

/// A name or a label, made safe to be shown in a field of its own.
pub(crate) fn stripped(text: String) -> String {
    if is_plain(&text) { text } else { cleaned(&text) }
}

fn cleaned(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut marks, mut in_flag) = (0, false);
    for letter in text.chars() {
        // England's flag is a black flag with tag letters behind it; elsewhere these only hide words.
        let is_tag = matches!(letter, '\u{e0020}'..='\u{e007f}');
        in_flag = letter == '\u{1f3f4}' || (in_flag && is_tag);
        marks = if is_mark(letter) { marks + 1 } else { 0 };
        if is_break(letter) {
            if !out.ends_with(' ') {
                out.push(' ');
            }
        } else if marks <= MAX_MARKS && !is_hidden(letter) && (!is_tag || in_flag) {
            out.push(letter);
        }
    }
    out
}

/// Breaks a line, or looks like it.
fn is_break(letter: char) -> bool {
    matches!(letter, '\t'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Is not seen, or turns what follows around: controls, embeddings, overrides, isolates, fillers.
fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(
            letter,
            '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e001f}'
        )
}

fn is_mark(letter: char) -> bool {
    matches!(
        letter,
        '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Is written from the right, or marks a direction.
fn turns(letter: char) -> bool {
    matches!(
        letter,
        '\u{590}'..='\u{8ff}' | '\u{200e}' | '\u{200f}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}'
            | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn falls_back_from_region_to_language_to_english_to_anything() {
        let text: Localized = serde_json::from_str(r#"{"en":"pearls","zh-Hans":"珍珠"}"#).unwrap();
        for (language, expected) in
            [("zh-Hans-CN", "珍珠"), ("zh-Hans", "珍珠"), ("en-GB", "pearls"), ("fr", "pearls")]
        {
            assert_eq!(text.get(language), expected);
        }
        let only: Localized = serde_json::from_str(r#"{"ja":"真珠"}"#).unwrap();
        assert_eq!((only.get("en"), Localized::default().get("en")), ("真珠", ""));
    }

    #[test]
    fn plain_words_of_any_language_stay_as_they_are() {
        for text in ["that one, <b>the third</b> & more", "那颗，第三颗", "café ❤️", "👩‍👩‍👧", "می‌خواهم"]
        {
            let shown = safe(text);
            let inside = shown.strip_prefix(FSI).and_then(|rest| rest.strip_suffix(PDI)).unwrap_or(&shown);
            assert_eq!(inside, text);
        }
        let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}";
        assert_eq!(safe(flag), flag);
    }

    #[test]
    fn what_is_written_from_the_right_stays_in_its_place() {
        assert_eq!(safe("زد"), "\u{2068}زد\u{2069}");
        assert_eq!(safe("abc"), "abc");
        // Closing the isolate from inside does not get out.
        assert_eq!(safe("ز\u{2069}د"), "\u{2068}زد\u{2069}");
    }

    #[test]
    fn tricks_are_taken_out() {
        let cases = [
            ("pay \u{202e}05.21", "pay 05.21"),
            ("\u{2066}a\u{2069}b\u{202c}", "ab"),
            ("a\n\n\u{2028}b\tc", "a b c"),
            ("a\u{0}\u{1b}[31mb", "a[31mb"),
            ("a\u{200b}\u{feff}\u{3164}b", "ab"),
            ("hidden\u{e0041}\u{e0042}", "hidden"),
        ];
        for (text, shown) in cases {
            assert_eq!(safe(text), shown, "{text:?}");
        }
        let tower = format!("z{}", "\u{301}".repeat(60));
        assert_eq!(safe(&tower).chars().count(), 1 + MAX_MARKS);
    }

    proptest::proptest! {
        #[test]
        fn nothing_shown_turns_what_stands_beside_it(text in ".{0,60}") {
            let shown = safe(&text);
            let inside = shown.strip_prefix(FSI).and_then(|rest| rest.strip_suffix(PDI)).unwrap_or(&shown);
            proptest::prop_assert!(!inside.chars().any(|letter| is_hidden(letter) || is_break(letter)));
            proptest::prop_assert_eq!(cleaned(inside), inside);
        }

        #[test]
        fn what_is_not_looked_at_closely_needs_no_change(text in "[ -~À-ɏ一-龥、-ヿ！-～가-힣🌀-🫿]{0,40}") {
            proptest::prop_assert_eq!(safe(&text), cleaned(&text));
            proptest::prop_assert_eq!(stripped(text.clone()), cleaned(&text));
        }
    }
}
