//! The request: from the shopper's wish, which is durable before it is sent, to what the shop makes of it. Pure.

use serde::{Deserialize, Serialize};

use super::wire::RequestWord;

/// Milliseconds in which a shop answers a key again with its first answer (contract, "Idempotency").
pub(crate) const KEY_LIFE_MS: i64 = 24 * 3_600_000;

/// Where the request for a return stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// On its way to the shop.
    Submitting,
    /// It was sent, and no answer came: it is sent again under the same key, or looked for.
    Unknown,
    /// The shop took no request; why. Nothing is open there, and a new wish may be sent.
    NotMade {
        /// The shop's code, or `not_there`: it was looked for in vain.
        code: String,
        /// The shop's words.
        content: String,
    },
    /// Something of these lines is in a return at the shop, and only the order's page there can tell which.
    AtShop,
    /// The shop has it.
    Requested,
    /// A person looks at it.
    NeedsReview,
    /// Agreed: a slot can be chosen.
    Approved,
    /// Not taken back; why.
    Declined {
        /// The shop's words.
        reason: Option<String>,
    },
    /// Done.
    Closed,
    /// The shopper keeps it.
    Canceled,
    /// It was not handed over in time.
    Expired,
    /// A word this version does not know, to be shown.
    Other(String),
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Input {
    /// It certainly did not arrive.
    NotSent,
    /// It may have arrived.
    NoAnswer,
    /// The shop said no.
    Refused { code: String, content: String },
    /// The order was read: whether more of its lines is returned or in returns than before.
    Looked { claimed_more: bool },
    /// The shop says where it is.
    Says { word: RequestWord, reason: Option<String> },
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Nothing.
    Rest,
    /// Send the same bytes under the same key.
    SendAgain,
    /// Read the order: the key says nothing any more.
    Look,
}

impl Request {
    /// Whether the shop's answer is still to come.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Submitting | Self::Unknown)
    }

    /// Whether nothing more will come of it.
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::NotMade { .. }
                | Self::AtShop
                | Self::Declined { .. }
                | Self::Closed
                | Self::Canceled
                | Self::Expired
        )
    }

    fn of(word: RequestWord, reason: Option<String>) -> Self {
        match word {
            RequestWord::Requested => Self::Requested,
            RequestWord::NeedsReview => Self::NeedsReview,
            RequestWord::Approved => Self::Approved,
            RequestWord::Declined => Self::Declined { reason },
            RequestWord::Closed => Self::Closed,
            RequestWord::Canceled => Self::Canceled,
            RequestWord::Expired => Self::Expired,
            RequestWord::Other(word) => Self::Other(word),
        }
    }

    /// Whether the shop may say `next` after this. It may leave words out, and never takes back an end.
    fn allows(&self, next: &Self, custody_passed: bool) -> bool {
        let too_late = *next == Self::Canceled && custody_passed;
        let follows = match self {
            Self::Closed => false,
            Self::Canceled | Self::Expired => *next == Self::Closed,
            // Somebody may have looked again.
            Self::Declined { .. } => {
                matches!(next, Self::NeedsReview | Self::Approved | Self::Declined { .. } | Self::Closed)
            }
            Self::Approved => *next != Self::Requested,
            _ => true,
        };
        self == next || (follows && !too_late)
    }

    /// What the input makes of it; the state as it was in `Err` if the shop contradicts itself. `key_age_ms` is how
    /// long ago the key was made.
    pub(crate) fn step(
        self,
        input: Input,
        key_age_ms: i64,
        custody_passed: bool,
    ) -> Result<(Self, Effect), Self> {
        let again = if key_age_ms < KEY_LIFE_MS { Effect::SendAgain } else { Effect::Look };
        match (self, input) {
            (Self::Submitting, Input::NotSent) if again == Effect::SendAgain => {
                Ok((Self::Submitting, Effect::SendAgain))
            }
            (state, Input::NotSent | Input::NoAnswer) if state.is_pending() => Ok((Self::Unknown, again)),
            // The shop knows the key, and not these bytes: whatever it was, only reading tells.
            (state, Input::Refused { code, .. }) if state.is_pending() && code == "key_reused" => {
                Ok((Self::Unknown, Effect::Look))
            }
            (state, Input::Refused { code, content }) if state.is_pending() => {
                Ok((Self::NotMade { code, content }, Effect::Rest))
            }
            (state, Input::Looked { claimed_more }) if state.is_pending() => {
                let found = if claimed_more {
                    Self::AtShop
                } else {
                    Self::NotMade { code: "not_there".to_owned(), content: String::new() }
                };
                Ok((found, Effect::Rest))
            }
            (state, Input::Says { word, reason }) => {
                let next = Self::of(word, reason);
                // An answer after all ends every doubt.
                let doubt = state.is_pending() || matches!(state, Self::NotMade { .. } | Self::AtShop);
                if doubt || state.allows(&next, custody_passed) {
                    Ok((next, Effect::Rest))
                } else {
                    Err(state)
                }
            }
            // Too late to matter: the shop's word is known.
            (state, _) => Ok((state, Effect::Rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(word: &str) -> Input {
        Input::Says { word: word.into(), reason: None }
    }

    fn step(state: Request, input: Input) -> (Request, Effect) {
        state.step(input, 0, false).unwrap()
    }

    #[test]
    fn a_wish_is_sent_under_its_key_until_the_shop_answers() {
        let refused =
            |code: &str| Input::Refused { code: code.to_owned(), content: "the time has passed".to_owned() };
        assert_eq!(step(Request::Submitting, Input::NotSent), (Request::Submitting, Effect::SendAgain));
        assert_eq!(step(Request::Submitting, Input::NoAnswer), (Request::Unknown, Effect::SendAgain));
        assert_eq!(step(Request::Unknown, Input::NotSent), (Request::Unknown, Effect::SendAgain));
        assert_eq!(step(Request::Unknown, says("requested")), (Request::Requested, Effect::Rest));
        assert_eq!(step(Request::Submitting, refused("key_reused")), (Request::Unknown, Effect::Look));
        let (state, effect) = step(Request::Unknown, refused("too_late"));
        assert!(
            matches!(state, Request::NotMade { code, .. } if code == "too_late") && effect == Effect::Rest
        );
    }

    #[test]
    fn past_the_life_of_its_key_it_is_only_looked_for() {
        for input in [Input::NoAnswer, Input::NotSent] {
            let (state, effect) = Request::Submitting.step(input, KEY_LIFE_MS, false).unwrap();
            assert_eq!((&state, effect), (&Request::Unknown, Effect::Look));
        }
        let look = |claimed_more| step(Request::Unknown, Input::Looked { claimed_more }).0;
        assert_eq!(look(true), Request::AtShop);
        assert!(matches!(look(false), Request::NotMade { code, .. } if code == "not_there"));
        assert_eq!(step(Request::AtShop, says("approved")).0, Request::Approved);
    }

    #[test]
    fn an_end_is_not_taken_back_and_unknown_words_are_kept() {
        for (now, next, may) in [
            ("requested", "approved", true),
            ("approved", "declined", true),
            ("declined", "approved", true),
            ("approved", "requested", false),
            ("closed", "approved", false),
            ("canceled", "approved", false),
            ("canceled", "closed", true),
            ("expired", "requested", false),
            ("requested", "on the moon", true),
            ("on the moon", "closed", true),
        ] {
            let state = Request::of(now.into(), None);
            assert_eq!(state.step(says(next), 0, false).is_ok(), may, "{now} to {next}");
        }
        assert!(Request::Approved.step(says("canceled"), 0, true).is_err(), "the courier has it");
        assert!(Request::Approved.step(says("canceled"), 0, false).is_ok());
    }
}
