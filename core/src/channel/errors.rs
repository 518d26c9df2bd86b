//! A call's error as the core's one [`Error`].

use super::machine_io::{CallError, NotSent};
use crate::error::Error;

/// Who refuses, in messages: the venue behind the hub.
const WHO: &str = "the live channel";
/// What a temporary refusal asks to wait where it names nothing, milliseconds.
const SOON_MS: u64 = 1_000;

impl From<CallError> for Error {
    /// The venue's codes (1400 and up) and the hub's (100 and up) by their meaning; asyncapi.yaml, "RPC errors".
    fn from(error: CallError) -> Self {
        let who = || WHO.to_owned();
        match error {
            CallError::NotSent(NotSent::TooLarge) => Self::bad_input("longer than the hub takes"),
            CallError::NotSent(_) => Self::Offline,
            CallError::Unknown => Self::ChannelUnknown,
            CallError::Refused { code: 101 | 1401, .. } => Self::SignInNeeded { who: who(), challenge: None },
            CallError::Refused { code: 103 | 1403, .. } => Self::Forbidden { who: who() },
            CallError::Refused { code: 1404, message, .. } => Self::NotFound { what: message },
            CallError::Refused { code: 104 | 108, .. } => Self::not_offered("this call of the live channel"),
            CallError::Refused { code: 111 | 113 | 1429, .. } => {
                Self::SlowDown { who: who(), retry_after_ms: SOON_MS }
            }
            CallError::Refused { temporary: true, .. } => Self::Server { who: who(), status: 500 },
            CallError::Refused { code, message, .. } => {
                Self::Refused { code: code.to_string(), content: message, continue_url: None }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_done_about_a_call_survives() {
        let refused = |code, temporary| CallError::Refused { code, message: "m".to_owned(), temporary };
        let cases = [
            (CallError::NotSent(NotSent::Offline), "offline"),
            (CallError::NotSent(NotSent::TimedOut), "offline"),
            (CallError::NotSent(NotSent::TooLarge), "bad_input"),
            (CallError::Unknown, "channel_unknown"),
            (refused(100, true), "server"),
            (refused(111, true), "slow_down"),
            (refused(1400, false), "refused"),
            (refused(1401, false), "sign_in_needed"),
            (refused(1403, false), "forbidden"),
            (refused(1404, false), "not_found"),
            (refused(1429, true), "slow_down"),
            (refused(1500, true), "server"),
        ];
        for (call, code) in cases {
            let retryable = call.is_retryable();
            let error = Error::from(call);
            assert_eq!((error.code(), error.is_retryable()), (code, retryable));
        }
    }
}
