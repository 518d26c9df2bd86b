//! Money: integer minor units of an ISO 4217 currency. No floats, no conversion, checked arithmetic.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// An ISO 4217 code: three upper-case letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

/// ISO 4217 exponents that are not two (minor units per major unit as a power of ten).
const EXPONENTS: &[(&str, usize)] = &[
    ("BHD", 3),
    ("BIF", 0),
    ("CLF", 4),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("UYW", 4),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
    ("XPF", 0),
];

impl Currency {
    /// The code, "CNY" say.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only ASCII letters are let in")
    }

    /// Digits after the decimal point, by ISO 4217.
    pub fn exponent(self) -> usize {
        EXPONENTS.iter().find(|(code, _)| *code == self.as_str()).map_or(2, |(_, digits)| *digits)
    }
}

impl FromStr for Currency {
    type Err = Error;

    fn from_str(code: &str) -> Result<Self> {
        match code.as_bytes() {
            &[a, b, c] if [a, b, c].iter().all(u8::is_ascii_uppercase) => Ok(Self([a, b, c])),
            _ => Err(Error::bad_input("a currency is three upper-case letters (ISO 4217)")),
        }
    }
}

impl TryFrom<String> for Currency {
    type Error = Error;

    fn try_from(code: String) -> Result<Self> {
        code.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount in minor units (cents, fen) of its currency. Negative amounts are subtractive, as in UCP totals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units.
    #[serde(rename = "amount")]
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

impl Money {
    /// So many minor units of a currency.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum; none on overflow or if the currencies differ.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let same = self.currency == other.currency;
        same.then(|| self.minor.checked_add(other.minor)).flatten().map(|minor| Self { minor, ..self })
    }

    /// The difference; none on overflow or if the currencies differ.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let same = self.currency == other.currency;
        same.then(|| self.minor.checked_sub(other.minor)).flatten().map(|minor| Self { minor, ..self })
    }
}

/// "12.50" with the currency's own number of decimals, then a space and the code.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.currency.exponent();
        let sign = if self.minor < 0 { "-" } else { "" };
        let all = format!("{:0>width$}", self.minor.unsigned_abs(), width = digits + 1);
        let (major, minor) = all.split_at(all.len() - digits);
        let point = if digits == 0 { "" } else { "." };
        write!(f, "{sign}{major}{point}{minor} {}", self.currency)
    }
}

/// Reads "60.00USD" or "60 USD": exactly the currency's decimals or none, nothing rounded.
impl FromStr for Money {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let bad = || Error::bad_input("money is an amount and a currency, 60.00USD say");
        let text = text.trim();
        let split = text.len().checked_sub(3).filter(|at| text.is_char_boundary(*at)).ok_or_else(bad)?;
        let (amount, code) = text.split_at(split);
        let currency: Currency = code.parse()?;
        let (major, minor) =
            amount.trim().split_once('.').map_or((amount.trim(), None), |(a, b)| (a, Some(b)));
        let digits = currency.exponent();
        let minor = match minor {
            None => "0".repeat(digits),
            Some(minor) if minor.len() == digits && digits > 0 => minor.to_owned(),
            Some(_) => return Err(Error::bad_input(format!("{currency} has {digits} decimals"))),
        };
        let all = format!("{major}{minor}");
        if major.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(bad());
        }
        all.parse().map(|minor| Self { minor, currency }).map_err(|_| bad())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_shows_each_currency_with_its_own_decimals() {
        for (text, minor, shown) in [
            ("60.00USD", 6000, "60.00 USD"),
            ("60USD", 6000, "60.00 USD"),
            ("0.05 CNY", 5, "0.05 CNY"),
            ("1200JPY", 1200, "1200 JPY"),
            ("1.250KWD", 1250, "1.250 KWD"),
        ] {
            let money: Money = text.parse().unwrap();
            assert_eq!((money.minor, money.to_string().as_str()), (minor, shown));
        }
        assert_eq!(Money::new(-1250, "USD".parse().unwrap()).to_string(), "-12.50 USD");
    }

    #[test]
    fn refuses_what_it_would_have_to_round_or_guess() {
        for text in [
            "",
            "60",
            "60.0USD",
            "60.001USD",
            "1.5JPY",
            "-1USD",
            "1e3USD",
            "usd",
            "六十CNY",
            "99999999999999999999USD",
        ] {
            assert!(text.parse::<Money>().is_err(), "{text}");
        }
    }

    #[test]
    fn adds_only_the_same_currency_and_never_wraps() {
        let usd = |minor| Money::new(minor, "USD".parse().unwrap());
        assert_eq!(usd(1).checked_add(usd(2)), Some(usd(3)));
        assert_eq!(usd(i64::MAX).checked_add(usd(1)), None);
        assert_eq!(usd(i64::MIN).checked_sub(usd(1)), None);
        assert_eq!(usd(1).checked_add(Money::new(1, "CNY".parse().unwrap())), None);
    }
}
