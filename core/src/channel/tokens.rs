//! Where the channel's tokens come from.

use async_trait::async_trait;
use secrecy::SecretString;

use super::machine_io::{Token, TokenError, TokenKind};
use crate::error::Error;
use crate::venue::Venue;

/// Gives tokens for the hub.
#[async_trait(?Send)]
pub trait TokenSource {
    /// One answer for each kind, in order. `fresh`: the last ones were refused or have ended, so none from a cache.
    async fn tokens(&self, kinds: &[TokenKind], fresh: bool) -> Vec<Result<Token, TokenError>>;
}

/// The venue's `token_url`; it is asked each time, so every token is fresh. How long they last, the hub says.
#[async_trait(?Send)]
impl TokenSource for Venue {
    async fn tokens(&self, kinds: &[TokenKind], _fresh: bool) -> Vec<Result<Token, TokenError>> {
        let channels: Vec<String> = kinds
            .iter()
            .filter_map(|kind| match kind {
                TokenKind::Connection => None,
                TokenKind::Subscription(channel) => Some(channel.to_string()),
            })
            .collect();
        let tokens = match self.hub_tokens(&channels).await {
            Ok(tokens) => tokens,
            Err(error) => return vec![Err(reaction(&error)); kinds.len()],
        };
        let token = |text: &str, expires_in_ms| Token { secret: SecretString::from(text), expires_in_ms };
        kinds
            .iter()
            .map(|kind| match kind {
                TokenKind::Connection => Ok(token(&tokens.connection.token, tokens.connection.expires_in_ms)),
                TokenKind::Subscription(channel) => tokens
                    .subscriptions
                    .iter()
                    .find(|subscription| subscription.channel == **channel)
                    .map(|subscription| token(&subscription.token, None))
                    .ok_or(TokenError::Refused),
            })
            .collect()
    }
}

fn reaction(error: &Error) -> TokenError {
    match error {
        Error::SignInNeeded { .. }
        | Error::Forbidden { .. }
        | Error::Refused { .. }
        | Error::NotOffered { .. }
        | Error::NotFound { .. } => TokenError::Refused,
        Error::SlowDown { retry_after_ms, .. } => {
            TokenError::Unavailable { retry_after_ms: Some(*retry_after_ms) }
        }
        _ => TokenError::Unavailable { retry_after_ms: None },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_no_stops_the_channel() {
        let who = || "venue".to_owned();
        let cases = [
            (Error::SignInNeeded { who: who(), challenge: None }, TokenError::Refused),
            (Error::Forbidden { who: who() }, TokenError::Refused),
            (
                Error::SlowDown { who: who(), retry_after_ms: 7 },
                TokenError::Unavailable { retry_after_ms: Some(7) },
            ),
            (Error::Server { who: who(), status: 500 }, TokenError::Unavailable { retry_after_ms: None }),
            (
                Error::Unreachable { who: who(), reason: String::new() },
                TokenError::Unavailable { retry_after_ms: None },
            ),
            (
                Error::Malformed { what: who(), reason: String::new() },
                TokenError::Unavailable { retry_after_ms: None },
            ),
        ];
        for (error, told) in cases {
            assert_eq!(reaction(&error), told, "{error}");
        }
    }
}
