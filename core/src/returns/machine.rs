//! A return: request, parcel and money side by side, each by its own machine. Pure.
//!
//! What is older than what is known is ignored. What contradicts is not believed, part by part: a refund that came is
//! shown though the same answer says something impossible about the parcel.

use serde::{Deserialize, Serialize};

use super::machine_money::{self, Paid};
use super::machine_pickup::{self, Pickup};
use super::machine_request::{Effect, Input, Request};
use super::wire::{ReturnLine, ReturnWire, Returnable, ReturnableLine};
use crate::money::Money;
use crate::time::Timestamp;

/// What the shop said that cannot be; kept and shown, for the shopper to ask the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contradiction {
    /// The request was ended, and is said to be open again; or is canceled though the courier has it.
    Request,
    /// The parcel left the shopper's hands, and is said to be back there; or moved after its end.
    Parcel,
    /// A courier did not come, and the shopper shall pay for it, or has less time.
    NoShow,
    /// The money is out of bounds, in another currency, or was taken back in silence.
    Money,
    /// Other lines, or more of them, than the shopper gave.
    Lines,
}

/// Everything known about one return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Return {
    pub(crate) revision: u64,
    pub(crate) request: Request,
    pub(crate) pickup: Option<Pickup>,
    pub(crate) money: Paid,
    pub(crate) lines: Vec<ReturnLine>,
    pub(crate) contradiction: Option<Contradiction>,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// It is older than what is known, or the same.
    Stale,
    /// It counts, as far as it does not contradict.
    Counted,
}

impl Return {
    /// A wish, before it is sent.
    pub(crate) fn wished(lines: Vec<ReturnLine>) -> Self {
        Self {
            revision: 0,
            request: Request::Submitting,
            pickup: None,
            money: Paid::default(),
            lines,
            contradiction: None,
        }
    }

    fn custody_passed(&self) -> bool {
        self.pickup.as_ref().is_some_and(|pickup| pickup.custody_passed)
    }

    /// An input about the request alone. `key_age_ms` as in [`Request::step`].
    pub(crate) fn step(&mut self, input: Input, key_age_ms: i64) -> Effect {
        let custody = self.custody_passed();
        if let Ok((request, effect)) = self.request.clone().step(input, key_age_ms, custody) {
            self.request = request;
            return effect;
        }
        self.contradiction = Some(Contradiction::Request);
        Effect::Rest
    }

    /// The shop's answer. `cap` is what it can give back at most, if that is known.
    pub(super) fn hear(&mut self, said: ReturnWire, cap: Option<Money>) -> Heard {
        if said.revision <= self.revision {
            return Heard::Stale;
        }
        self.revision = said.revision;
        self.contradiction = None;
        let money = said.money.paid_back();
        let word = Input::Says { word: said.request.state, reason: said.request.reason };
        self.step(word, 0);
        if let Some(pickup) = said.pickup {
            match machine_pickup::hear(self.pickup.as_ref(), pickup) {
                Ok(pickup) => self.pickup = Some(pickup),
                Err(machine_pickup::Impossible::PunishedForNoShow) => {
                    self.contradiction = Some(Contradiction::NoShow);
                }
                Err(_) => self.contradiction = Some(Contradiction::Parcel),
            }
        } else if !self.custody_passed() {
            self.pickup = None;
        }
        match machine_money::hear(&self.money, money, cap) {
            Ok(money) => self.money = money,
            Err(_) => self.contradiction = Some(Contradiction::Money),
        }
        if !self.lines.is_empty() && said.lines != self.lines {
            let ours = |line: &ReturnLine| {
                self.lines.iter().any(|own| own.line_id == line.line_id && own.quantity >= line.quantity)
            };
            if !said.lines.iter().all(ours) {
                self.contradiction = Some(Contradiction::Lines);
                return Heard::Counted;
            }
        }
        self.lines = said.lines;
        Heard::Counted
    }

    /// Whether it may be called off: until custody passes.
    pub(crate) fn can_cancel(&self) -> bool {
        matches!(self.request, Request::Requested | Request::NeedsReview | Request::Approved)
            && !self.custody_passed()
    }

    /// Whether a courier is on the way, or money is: somebody who watches wants to know soon.
    pub(crate) fn is_courier_under_way(&self) -> bool {
        self.pickup.as_ref().is_some_and(|pickup| pickup.state.is_courier_under_way())
    }

    /// Whether nothing more is to come.
    pub(crate) fn is_settled(&self) -> bool {
        use machine_money::MoneyState;
        let money = match self.money.state {
            MoneyState::None | MoneyState::Quoted => true,
            MoneyState::Refunded => self.money.is_final,
            _ => false,
        };
        self.request.is_over() && money
    }
}

/// Why lines cannot be given back like this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unfit {
    Empty,
    Twice { line_id: String },
    NoSuchLine { line_id: String },
    TooMany { line_id: String, left: u32 },
    TooLate { line_id: String },
    NotForThat { line_id: String },
}

impl ReturnableLine {
    /// Pieces that can still be asked to go back; none if the shop's figures do not add up.
    pub fn left(&self) -> u32 {
        let taken = self.returned.saturating_add(self.open);
        self.delivered.saturating_sub(taken)
    }

    /// Whether it can go back now.
    pub fn is_eligible(&self, now: Timestamp) -> bool {
        self.left() > 0 && now <= self.until && !self.reasons.is_empty()
    }
}

/// Checks a wish against what the shop takes back: returned + open never exceeds what was delivered.
pub(crate) fn check(returnable: &Returnable, lines: &[ReturnLine], now: Timestamp) -> Result<(), Unfit> {
    if lines.is_empty() {
        return Err(Unfit::Empty);
    }
    for (index, line) in lines.iter().enumerate() {
        let line_id = line.line_id.clone();
        if lines[..index].iter().any(|other| other.line_id == line.line_id) {
            return Err(Unfit::Twice { line_id });
        }
        let Some(from) = returnable.lines.iter().find(|from| from.line_id == line.line_id) else {
            return Err(Unfit::NoSuchLine { line_id });
        };
        if line.quantity == 0 || line.quantity > from.left() {
            return Err(Unfit::TooMany { line_id, left: from.left() });
        }
        if now > from.until {
            return Err(Unfit::TooLate { line_id });
        }
        if !from.reasons.contains(&line.reason) {
            return Err(Unfit::NotForThat { line_id });
        }
    }
    Ok(())
}

/// What the lines bring back by the shop's figures per piece, before a slot's fee; none if they do not add up.
pub(crate) fn estimate(returnable: &Returnable, lines: &[ReturnLine]) -> Option<Money> {
    let worth = |line: &ReturnLine| -> Option<Money> {
        let from = returnable.lines.iter().find(|from| from.line_id == line.line_id)?;
        let minor = from.refund.minor.checked_mul(i64::from(line.quantity))?;
        Some(Money::new(minor, from.refund.currency))
    };
    let mut sum: Option<Money> = None;
    for line in lines {
        let worth = worth(line)?;
        sum = Some(sum.map_or(Some(worth), |sum| sum.checked_add(worth))?);
    }
    sum
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
