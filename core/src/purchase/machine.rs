//! One purchase from the tap to a known outcome. Pure: state and input in, state and effect out.
//!
//! The rules are those of the design's "one tap", 8 to 10: what has not left within its deadline is never sent; once
//! bytes may have left, the outcome is unknown until the shop says it; the shop is read first, then asked again with
//! the same bytes and the same key, for as long as it honours the key; "not found" is no answer. What waits in a browser
//! can be given up: the shop is asked to cancel the session, and only its word ends the purchase, either way.

use serde::{Deserialize, Serialize};

use crate::ids::OrderId;
use crate::money::Money;

/// An intent whose bytes have not left after this long is never sent, milliseconds.
pub const DEADLINE_MS: u64 = 15_000;
/// How long a shop of UCP 2026-04-08 honours an idempotency key, milliseconds (checkout-rest).
pub const KEY_LIFE_MS: i64 = 24 * 3_600_000;
/// Kept back from a key's life, so that nothing is sent when it just ended, milliseconds.
pub const KEY_MARGIN_MS: i64 = 60_000;

/// What was placed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Its id at the shop.
    pub id: OrderId,
    /// What the shop calls it.
    pub label: Option<String>,
    /// The order at the shop, in a browser.
    pub permalink_url: String,
    /// What it cost, as far as the shop's answer says.
    pub total: Option<Money>,
}

/// Why nothing was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotSent {
    /// Its bytes had not left within 15 seconds.
    Deadline,
    /// The app ended before they left, or as they did, and the shop then let go of the session.
    Restarted,
    /// They could not be made: the journal could not be read.
    Unsendable,
}

/// Where a purchase stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Durable; no byte has left.
    Tapped,
    /// Bytes may have left.
    Sending,
    /// The shop is at it.
    Processing,
    /// Bought, as agreed.
    Placed(Order),
    /// Bought, but the total is not what was agreed: shown loudly.
    PlacedDifferently(Order),
    /// Not bought: the shop said so.
    Declined {
        /// Its code.
        code: String,
        /// Its words.
        content: String,
    },
    /// The shopper has to go on in a browser.
    NeedsBuyer {
        /// Where.
        continue_url: Option<String>,
        /// Whether the shopper came back from there.
        returned: bool,
    },
    /// It waited for the shopper in a browser, and the shopper gave it up; the shop has not said what became of it.
    Abandoning {
        /// Where it could still be bought until then.
        continue_url: Option<String>,
    },
    /// Not bought: the shopper gave it up, and the shop said that its session is over.
    Abandoned,
    /// Not bought: nothing was ever sent.
    NotSent(NotSent),
    /// The app ended while bytes may have left: the shop is asked what became of them, and to cancel what it has not
    /// bought. Nothing is sent again.
    Withdrawing,
    /// Bytes may have left, and no answer came.
    Unknown,
    /// Finding out.
    Reconciling,
    /// Taken back before a byte left.
    Superseded,
    /// Bought; the shopper wants it undone, and the shop has not said whether it is.
    CancelRequested(Order),
    /// Undone: the shop said so.
    Canceled(Order),
    /// Bought; it could not be undone.
    TooLate {
        /// What was bought.
        order: Order,
        /// The shop's code.
        code: String,
    },
}

impl State {
    /// A code that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Tapped => "tapped",
            Self::Sending => "sending",
            Self::Processing => "processing",
            Self::Placed(_) => "placed",
            Self::PlacedDifferently(_) => "placed_differently",
            Self::Declined { .. } => "declined",
            Self::NeedsBuyer { .. } => "needs_buyer",
            Self::Abandoning { .. } => "abandoning",
            Self::Abandoned => "abandoned",
            Self::NotSent(_) => "not_sent",
            Self::Withdrawing => "withdrawing",
            Self::Unknown => "unknown",
            Self::Reconciling => "reconciling",
            Self::Superseded => "superseded",
            Self::CancelRequested(_) => "cancel_requested",
            Self::Canceled(_) => "canceled",
            Self::TooLate { .. } => "too_late",
        }
    }

    /// Whether the outcome is known, and nothing goes on by itself.
    pub fn is_settled(&self) -> bool {
        matches!(
            self,
            Self::Placed(_)
                | Self::PlacedDifferently(_)
                | Self::Declined { .. }
                | Self::Abandoned
                | Self::NotSent(_)
                | Self::Superseded
                | Self::Canceled(_)
                | Self::TooLate { .. }
        )
    }

    /// Whether nothing was or will be bought: what was reserved is free again, and the quote may be bought anew.
    pub fn is_void(&self) -> bool {
        matches!(
            self,
            Self::Declined { .. } | Self::Abandoned | Self::NotSent(_) | Self::Superseded | Self::Canceled(_)
        )
    }

    /// The order, if one was placed.
    pub fn order(&self) -> Option<&Order> {
        match self {
            Self::Placed(order)
            | Self::PlacedDifferently(order)
            | Self::CancelRequested(order)
            | Self::Canceled(order)
            | Self::TooLate { order, .. } => Some(order),
            _ => None,
        }
    }
}

/// What the session said, in answer to a completion or to reading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Session {
    /// An order was placed.
    Completed(Order),
    /// The shop is at it.
    InProgress,
    /// The buyer has to go on there.
    Escalated {
        /// Where.
        continue_url: Option<String>,
    },
    /// It can be, or could be made to be, completed; what it complains about, if anything.
    Open {
        /// Code and words of its first error.
        complaint: Option<(String, String)>,
    },
    /// It is over, without an order.
    Canceled,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A wait is over, or the tap is durable: go on.
    Due,
    /// The app was opened again.
    Restarted,
    /// The shopper takes it back.
    Undo,
    /// The shopper came back from the browser.
    Returned,
    /// The shopper gives up what waits in the browser.
    Abandon,
    /// The session's own word.
    Session {
        /// What it is.
        session: Session,
        /// Whether it is the answer to a call that changes the session, rather than to reading.
        completing: bool,
    },
    /// The shop refused the call, with a code and words.
    Refused {
        /// Its code.
        code: String,
        /// Its words.
        content: String,
        /// Whether the call was to change the session, rather than to read it.
        completing: bool,
    },
    /// It is certain that no byte of the call left.
    NotLeft,
    /// No answer, or none that can be read: it may or may not have been done.
    Lost {
        /// The shop's own delay, if it named one, milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// There are no bytes to send.
    Unsendable,
    /// A new attempt is durable.
    AttemptReady,
    /// A new attempt cannot be made.
    AttemptFailed {
        /// Why.
        code: String,
    },
    /// The shop undid the order.
    OrderCanceled,
    /// The shop will not undo the order.
    OrderKept {
        /// Its code.
        code: String,
    },
}

/// What to do next. A changed state is durable before anything of it is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the attempt's bytes under its key, for the first time.
    Send,
    /// Send exactly the same bytes under the same key.
    Resend,
    /// Read the session.
    Read,
    /// Make a new attempt with a key of its own.
    NewAttempt,
    /// Ask the shop to undo the order.
    CancelOrder,
    /// Ask the shop to cancel the session (UCP checkout, "Cancel Checkout").
    CancelSession,
    /// Wait, by the backoff, and at least this long; then [`Input::Due`].
    Wait {
        /// Milliseconds.
        at_least_ms: Option<u64>,
    },
    /// Nothing: it is settled.
    Settle,
}

/// What a step leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The next state.
    pub state: State,
    /// What to do once it is durable.
    pub effect: Effect,
}

/// What the machine may know beside its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The total that was agreed.
    pub agreed: Money,
    /// Whether the intent's 15 seconds are over.
    pub late: bool,
    /// Whether the same bytes may be sent again: they are at hand, and the shop still honours their key.
    pub may_resend: bool,
}

/// Whether a key is still honoured.
pub fn key_holds(first_sent_ms: i64, seen_ms: i64) -> bool {
    let age = seen_ms.saturating_sub(first_sent_ms);
    (0..KEY_LIFE_MS - KEY_MARGIN_MS).contains(&age)
}

/// One step.
pub fn step(state: State, input: Input, facts: Facts) -> Step {
    match state {
        State::Tapped => tapped(&input, facts),
        State::Sending => sending(input, facts),
        State::Withdrawing => withdrawing(input, facts),
        State::Unknown | State::Reconciling => reconciling(state, input, facts),
        State::Processing => processing(input, facts),
        State::NeedsBuyer { continue_url, returned } => {
            needs_buyer(continue_url.as_ref(), returned, input, facts)
        }
        State::Placed(order) => placed(order, &input, State::Placed),
        State::PlacedDifferently(order) => placed(order, &input, State::PlacedDifferently),
        State::CancelRequested(order) => canceling(order, input),
        State::Abandoning { continue_url } => abandoning(continue_url, input, facts),
        State::Declined { .. }
        | State::Abandoned
        | State::NotSent(_)
        | State::Superseded
        | State::Canceled(_)
        | State::TooLate { .. } => Step { state, effect: Effect::Settle },
    }
}

fn to(state: State, effect: Effect) -> Step {
    Step { state, effect }
}

fn settle(state: State) -> Step {
    Step { state, effect: Effect::Settle }
}

fn wait(state: State) -> Step {
    Step { state, effect: Effect::Wait { at_least_ms: None } }
}

fn declined(code: impl Into<String>, content: impl Into<String>) -> Step {
    settle(State::Declined { code: code.into(), content: content.into() })
}

/// An order is there: is it the one that was agreed to?
fn bought(order: Order, facts: Facts) -> Step {
    let differs = order.total.is_some_and(|total| total != facts.agreed);
    settle(if differs { State::PlacedDifferently(order) } else { State::Placed(order) })
}

fn escalated(continue_url: Option<String>) -> Step {
    wait(State::NeedsBuyer { continue_url, returned: false })
}

fn tapped(input: &Input, facts: Facts) -> Step {
    match input {
        Input::Due if facts.late => settle(State::NotSent(NotSent::Deadline)),
        Input::Due => to(State::Sending, Effect::Send),
        Input::Restarted => settle(State::NotSent(NotSent::Restarted)),
        Input::Undo => settle(State::Superseded),
        Input::Unsendable => settle(State::NotSent(NotSent::Unsendable)),
        _ => wait(State::Tapped),
    }
}

fn sending(input: Input, facts: Facts) -> Step {
    match input {
        Input::NotLeft if facts.late => settle(State::NotSent(NotSent::Deadline)),
        Input::NotLeft => wait(State::Tapped),
        Input::Unsendable => settle(State::NotSent(NotSent::Unsendable)),
        Input::Restarted => to(State::Withdrawing, Effect::Read),
        Input::Session { session, completing: true } => answered(session, facts),
        Input::Refused { code, content, completing: true } => refused(code, content, true),
        Input::Lost { retry_after_ms } => to(State::Unknown, Effect::Wait { at_least_ms: retry_after_ms }),
        _ => wait(State::Unknown),
    }
}

/// Whether its bytes left before the app ended nobody knows, and only a new gesture sends (rule 8). So an order stays
/// one, and a session that is still open is canceled.
fn withdrawing(input: Input, facts: Facts) -> Step {
    match input {
        Input::Due | Input::Restarted => to(State::Withdrawing, Effect::Read),
        Input::Session { session: Session::Open { .. }, completing: false } => {
            to(State::Withdrawing, Effect::CancelSession)
        }
        Input::Session { session, .. } => match session {
            Session::Completed(order) => bought(order, facts),
            Session::InProgress => wait(State::Processing),
            Session::Escalated { continue_url } => escalated(continue_url),
            Session::Canceled => settle(State::NotSent(NotSent::Restarted)),
            Session::Open { .. } => wait(State::Withdrawing),
        },
        Input::Lost { retry_after_ms } => {
            to(State::Withdrawing, Effect::Wait { at_least_ms: retry_after_ms })
        }
        _ => wait(State::Withdrawing),
    }
}

/// The session as the answer to a completion: definite in every case.
fn answered(session: Session, facts: Facts) -> Step {
    match session {
        Session::Completed(order) => bought(order, facts),
        Session::InProgress => wait(State::Processing),
        Session::Escalated { continue_url } => escalated(continue_url),
        Session::Canceled => declined("session_canceled", ""),
        Session::Open { complaint } => {
            let (code, content) = complaint.unwrap_or_else(|| ("not_completed".to_owned(), String::new()));
            declined(code, content)
        }
    }
}

/// A refusal of a completion. `first`: no earlier try of these bytes may have been done.
fn refused(code: String, content: String, first: bool) -> Step {
    match code.as_str() {
        // Says nothing about what was done: the session tells.
        "wrong_state" | "key_reused" | "not_found" | "conflict" => to(State::Reconciling, Effect::Read),
        // The same request is running.
        "in_progress" => wait(State::Processing),
        // Who may ask has changed since, not what was done.
        "sign_in_needed" | "forbidden" if !first => wait(State::Reconciling),
        _ => declined(code, content),
    }
}

fn reconciling(state: State, input: Input, facts: Facts) -> Step {
    match input {
        Input::Due | Input::Restarted => to(State::Reconciling, Effect::Read),
        Input::Session { session, completing: true } => answered(session, facts),
        Input::Session { session: Session::Open { .. }, .. } if facts.may_resend => {
            to(State::Reconciling, Effect::Resend)
        }
        Input::Session { session, completing: false } => match session {
            Session::Completed(order) => bought(order, facts),
            Session::InProgress => wait(State::Processing),
            Session::Escalated { continue_url } => escalated(continue_url),
            Session::Canceled => declined("session_canceled", ""),
            Session::Open { .. } => wait(State::Reconciling),
        },
        Input::Refused { code, completing: false, .. } if code == "not_found" && facts.may_resend => {
            to(State::Reconciling, Effect::Resend)
        }
        Input::Refused { code, content, completing: true } => match refused(code, content, false) {
            // The session was just read.
            Step { effect: Effect::Read, .. } => wait(State::Reconciling),
            other => other,
        },
        Input::Lost { retry_after_ms } => {
            to(State::Reconciling, Effect::Wait { at_least_ms: retry_after_ms })
        }
        _ => wait(state),
    }
}

fn processing(input: Input, facts: Facts) -> Step {
    match input {
        Input::Due | Input::Restarted => to(State::Processing, Effect::Read),
        // The shop had taken it: an open session now is its answer.
        Input::Session { session, .. } => answered(session, facts),
        Input::Refused { code, .. } if code == "not_found" => wait(State::Reconciling),
        Input::Lost { retry_after_ms } => to(State::Processing, Effect::Wait { at_least_ms: retry_after_ms }),
        _ => wait(State::Processing),
    }
}

fn needs_buyer(continue_url: Option<&String>, returned: bool, input: Input, facts: Facts) -> Step {
    let stay = |returned| State::NeedsBuyer { continue_url: continue_url.cloned(), returned };
    match input {
        Input::Due | Input::Restarted => to(stay(returned), Effect::Read),
        Input::Returned => to(stay(true), Effect::Read),
        Input::Abandon => {
            to(State::Abandoning { continue_url: continue_url.cloned() }, Effect::CancelSession)
        }
        Input::Session { session, .. } => match session {
            Session::Completed(order) => bought(order, facts),
            Session::InProgress => wait(State::Processing),
            Session::Canceled => declined("session_canceled", ""),
            Session::Open { .. } if returned => to(stay(false), Effect::NewAttempt),
            Session::Open { .. } => wait(stay(returned)),
            Session::Escalated { continue_url: Some(url) } => {
                wait(State::NeedsBuyer { continue_url: Some(url), returned: false })
            }
            Session::Escalated { continue_url: None } => wait(stay(false)),
        },
        Input::AttemptReady => to(State::Sending, Effect::Send),
        Input::AttemptFailed { code } => declined(code, ""),
        Input::Lost { retry_after_ms } => to(stay(returned), Effect::Wait { at_least_ms: retry_after_ms }),
        _ => wait(stay(returned)),
    }
}

/// Only the shop ends it: an order that it placed after all stays one, whatever the shopper wished.
fn abandoning(continue_url: Option<String>, input: Input, facts: Facts) -> Step {
    let stay = State::Abandoning { continue_url };
    match input {
        Input::Due | Input::Restarted => to(stay, Effect::CancelSession),
        Input::Session { session: Session::Completed(order), .. } => bought(order, facts),
        Input::Session { session: Session::Canceled, .. } => settle(State::Abandoned),
        // It would not: what the session says now decides.
        Input::Refused { completing: true, .. } | Input::Returned => to(stay, Effect::Read),
        Input::Lost { retry_after_ms } => to(stay, Effect::Wait { at_least_ms: retry_after_ms }),
        _ => wait(stay),
    }
}

fn placed(order: Order, input: &Input, stay: fn(Order) -> State) -> Step {
    match input {
        Input::Undo => to(State::CancelRequested(order), Effect::CancelOrder),
        _ => settle(stay(order)),
    }
}

fn canceling(order: Order, input: Input) -> Step {
    match input {
        Input::Due | Input::Restarted => to(State::CancelRequested(order), Effect::CancelOrder),
        Input::OrderCanceled => settle(State::Canceled(order)),
        Input::OrderKept { code } => settle(State::TooLate { order, code }),
        Input::Lost { retry_after_ms } => {
            to(State::CancelRequested(order), Effect::Wait { at_least_ms: retry_after_ms })
        }
        _ => wait(State::CancelRequested(order)),
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
