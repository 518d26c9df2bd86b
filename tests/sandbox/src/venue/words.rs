//! The small values every part of the venue writes: texts in two languages, times, product cards.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::env::rfc3339;

/// A text in English and in simplified Chinese.
pub type Words = (&'static str, &'static str);

/// `{"en","zh-Hans"}`.
pub fn text((en, zh): Words) -> Value {
    json!({ "en": en, "zh-Hans": zh })
}

/// A time of the wire, or `None` if it is no RFC 3339 time.
pub fn parse_time(at: &str) -> Option<i64> {
    at.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// An id as the contract allows it: 1 to 128 characters, none of them a space, slash, question mark or hash.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Id(pub String);

impl TryFrom<String> for Id {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // White space as the schema's `\s` has it: ECMA-262's, which differs from Unicode's in two letters.
        let space = |letter: char| (letter.is_whitespace() && letter != '\u{85}') || letter == '\u{feff}';
        let fits = (1..=128).contains(&text.chars().count())
            && !text.contains(|letter: char| space(letter) || matches!(letter, '/' | '?' | '#'));
        if fits {
            Ok(Self(text))
        } else {
            Err("an id has 1 to 128 characters and no space, slash, question mark or hash")
        }
    }
}

/// Whether a text has the form the wire gives times, whatever day it names.
pub fn time_shaped(at: &str) -> bool {
    let form = b"0000-00-00T00:00:00.000Z";
    at.len() == form.len()
        && at
            .bytes()
            .zip(form)
            .all(|(is, form)| if *form == b'0' { is.is_ascii_digit() } else { is == *form })
}

/// What a post, pin or drop shows of a product. Price in minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// The selling shop's domain.
    pub shop: String,
    /// UCP variant id at that shop.
    pub item: String,
    /// As the shop calls it.
    pub title: String,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
    /// A picture, if the shop has one.
    pub image_url: Option<String>,
}

impl Card {
    /// As the contract's `ProductRef`.
    pub fn to_json(&self) -> Value {
        let mut out = json!({
            "shop": self.shop, "item": self.item, "title": self.title,
            "price": { "amount": self.amount, "currency": self.currency },
        });
        if let Some(url) = &self.image_url {
            out["image_url"] = json!(url);
        }
        out
    }
}

/// `at_ms` as the wire writes it.
pub fn time(at_ms: i64) -> Value {
    Value::String(rfc3339(at_ms))
}
