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
}
