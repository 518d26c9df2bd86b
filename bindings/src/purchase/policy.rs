//! What the shopper allows. The core keeps amounts by currency in maps; here they are lists of money.

use std::collections::BTreeMap;

use nightmarket::purchase;
pub use nightmarket::purchase::{Pause, QuietHours};

use crate::error::{NightmarketError, Result};
use crate::types::{Currency, Money};

/// Hours of the day, by the shopper's own clock on the wall.
#[uniffi::remote(Record)]
pub struct QuietHours {
    /// Minute of the day they begin at.
    pub from: u16,
    /// Minute of the day they end before; before `from` it is the next day's, the same is all day.
    pub to: u16,
    /// Minutes that local time is ahead of UTC; the app sets it anew when the device's zone changes.
    pub utc_offset: i16,
}

/// Whether one tap is paused.
#[uniffi::remote(Enum)]
pub enum Pause {
    /// It is not.
    Off,
    /// Until this time, milliseconds.
    Until(i64),
    /// Until the shopper ends it.
    UntilResumed,
}

/// Everything the shopper has set. The default allows nothing: no threshold in any currency.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Policy {
    /// One tap buys strictly under this; a currency that is missing is off.
    pub thresholds: Vec<Money>,
    /// Bounds on what is spent in a day and a week, across all shops.
    pub caps: Caps,
    /// Hours of the day in which every purchase is confirmed.
    pub quiet: Option<QuietHours>,
    /// A pause in which every purchase is confirmed.
    pub pause: Pause,
}

/// Bounds on what is spent without a confirmation; what is missing is not bounded. Reaching a bound is allowed, passing it
/// is not.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Caps {
    /// In any 24 hours, of each currency.
    pub day: Vec<Money>,
    /// In any 7 days, of each currency.
    pub week: Vec<Money>,
    /// Purchases in any 24 hours, whatever the currency.
    pub day_count: Option<u32>,
    /// Purchases in any 7 days, whatever the currency.
    pub week_count: Option<u32>,
}

/// What is left of the caps, to be shown. A currency, or a count, without a cap is missing.
#[derive(Debug, Clone, PartialEq, Eq, uniffi::Record)]
pub struct Left {
    /// In this day.
    pub day: Vec<Money>,
    /// In this week.
    pub week: Vec<Money>,
    /// Purchases in this day.
    pub day_count: Option<u32>,
    /// Purchases in this week.
    pub week_count: Option<u32>,
}

fn list(by_currency: BTreeMap<Currency, i64>) -> Vec<Money> {
    by_currency.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect()
}

fn map(amounts: Vec<Money>) -> Result<BTreeMap<Currency, i64>> {
    let count = amounts.len();
    let map: BTreeMap<_, _> = amounts.into_iter().map(|money| (money.currency, money.minor)).collect();
    if map.len() == count {
        Ok(map)
    } else {
        Err(NightmarketError::BadInput { reason: "a currency is named twice".to_owned() })
    }
}

impl From<purchase::Policy> for Policy {
    fn from(policy: purchase::Policy) -> Self {
        Self {
            thresholds: list(policy.thresholds),
            caps: policy.caps.into(),
            quiet: policy.quiet,
            pause: policy.pause,
        }
    }
}

impl From<purchase::Caps> for Caps {
    fn from(caps: purchase::Caps) -> Self {
        let purchase::Caps { day, week, day_count, week_count } = caps;
        Self { day: list(day), week: list(week), day_count, week_count }
    }
}

impl TryFrom<Caps> for purchase::Caps {
    type Error = NightmarketError;

    fn try_from(caps: Caps) -> Result<Self> {
        let Caps { day, week, day_count, week_count } = caps;
        Ok(Self { day: map(day)?, week: map(week)?, day_count, week_count })
    }
}

impl From<purchase::Left> for Left {
    fn from(left: purchase::Left) -> Self {
        let purchase::Left { day, week, day_count, week_count } = left;
        Self { day: list(day), week: list(week), day_count, week_count }
    }
}
