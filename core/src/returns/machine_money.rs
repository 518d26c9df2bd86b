//! The money of a return: never more than was paid, and not taken back in silence. Pure.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use nightmarket_ucp::open_enum;

open_enum! {
    /// Where the money is.
    pub enum MoneyState {
        /// Nothing is due.
        None = "none",
        /// What it will be, if all is well.
        Quoted = "quoted",
        /// Promised when the courier took it; final after inspection.
        Provisional = "provisional",
        /// On its way.
        Pending = "pending",
        /// Given back, some or all of it.
        Refunded = "refunded",
        /// It did not go through; it is tried again.
        Failed = "failed",
        /// The shop wants some of it back, and has to ask.
        ReversalProposed = "reversal_proposed",
    }
}

/// The money as last heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paid {
    /// Where it is.
    pub state: MoneyState,
    /// What is due in the end.
    pub due: Option<Money>,
    /// What came back so far.
    pub refunded: Option<Money>,
    /// No more will come.
    pub is_final: bool,
}

impl Paid {
    /// Whether some came back, and not all that is due.
    pub fn is_partial(&self) -> bool {
        let back = self.refunded.map_or(0, |back| back.minor);
        back > 0 && self.due.is_some_and(|due| back < due.minor)
    }
}

impl Default for Paid {
    fn default() -> Self {
        Self { state: MoneyState::None, due: None, refunded: None, is_final: false }
    }
}

/// What money cannot do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Impossible {
    /// More than was paid, or less than nothing.
    OutOfBounds,
    /// In another currency than before, or than was paid.
    AnotherCurrency,
    /// It came back, and is said not to have, without a failure or a proposal.
    TakenBack,
    /// It was final, and moves again without a proposal.
    MovedAfterTheEnd,
}

/// The money as the shop says it, after what was known. `cap` is what was paid, if it is known.
pub(crate) fn hear(known: &Paid, said: Paid, cap: Option<Money>) -> Result<Paid, Impossible> {
    for amount in [said.due, said.refunded].into_iter().flatten() {
        let reference = cap.or(known.refunded).or(known.due);
        if reference.is_some_and(|reference| reference.currency != amount.currency) {
            return Err(Impossible::AnotherCurrency);
        }
        if amount.minor < 0 || cap.is_some_and(|cap| amount.minor > cap.minor) {
            return Err(Impossible::OutOfBounds);
        }
    }
    if matches!(said.state, MoneyState::Other(_)) {
        return Ok(said);
    }
    let proposed = [&known.state, &said.state].contains(&&MoneyState::ReversalProposed);
    let back = |paid: &Paid| paid.refunded.map_or(0, |back| back.minor);
    let failed = said.state == MoneyState::Failed || known.state == MoneyState::Failed;
    if back(&said) < back(known) && !failed && !proposed {
        return Err(Impossible::TakenBack);
    }
    let ended = known.state == MoneyState::Refunded && known.is_final;
    if ended && !proposed && (said.state != known.state || back(&said) != back(known)) {
        return Err(Impossible::MovedAfterTheEnd);
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(state: &str, refunded: i64, is_final: bool) -> Paid {
        let usd = "USD".parse().unwrap();
        Paid {
            state: state.into(),
            due: Some(Money::new(4_200, usd)),
            refunded: Some(Money::new(refunded, usd)),
            is_final,
        }
    }

    fn cap() -> Money {
        Money::new(5_036, "USD".parse().unwrap())
    }

    #[test]
    fn never_more_than_was_paid_and_never_another_currency() {
        let none = Paid::default();
        assert!(hear(&none, paid("refunded", 5_036, true), Some(cap())).is_ok());
        assert_eq!(hear(&none, paid("refunded", 5_037, true), Some(cap())), Err(Impossible::OutOfBounds));
        assert_eq!(hear(&none, paid("refunded", -1, true), None), Err(Impossible::OutOfBounds));
        let mut yuan = paid("refunded", 1, false);
        yuan.refunded = Some(Money::new(1, "CNY".parse().unwrap()));
        assert_eq!(hear(&none, yuan.clone(), Some(cap())), Err(Impossible::AnotherCurrency));
        assert_eq!(hear(&paid("quoted", 0, false), yuan, None), Err(Impossible::AnotherCurrency));
    }

    #[test]
    fn what_came_back_stays_unless_it_failed_or_is_asked_for() {
        for (was, is, expected) in [
            (paid("quoted", 0, false), paid("provisional", 0, false), Ok(())),
            (paid("pending", 0, false), paid("failed", 0, false), Ok(())),
            (paid("failed", 0, false), paid("pending", 0, false), Ok(())),
            (paid("refunded", 1_000, false), paid("refunded", 4_200, true), Ok(())),
            (paid("refunded", 4_200, false), paid("failed", 0, false), Ok(())),
            (paid("refunded", 4_200, false), paid("refunded", 1_000, false), Err(Impossible::TakenBack)),
            (paid("refunded", 4_200, true), paid("none", 4_200, true), Err(Impossible::MovedAfterTheEnd)),
            (paid("refunded", 4_200, true), paid("refunded", 4_300, true), Err(Impossible::MovedAfterTheEnd)),
            (paid("refunded", 4_200, true), paid("reversal_proposed", 4_200, false), Ok(())),
            (paid("reversal_proposed", 4_200, false), paid("refunded", 3_000, true), Ok(())),
            (paid("quoted", 0, false), paid("on the moon", 0, false), Ok(())),
        ] {
            assert_eq!(hear(&was, is.clone(), Some(cap())).map(drop), expected, "{was:?} to {is:?}");
        }
    }

    #[test]
    fn partial_is_some_and_not_all() {
        assert!(paid("refunded", 1, false).is_partial());
        assert!(!paid("refunded", 0, false).is_partial() && !paid("refunded", 4_200, true).is_partial());
    }
}
