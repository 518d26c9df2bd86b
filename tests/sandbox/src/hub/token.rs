//! The hub's JWTs (HS256): one kind lets a user connect, the other subscribe to one channel.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use serde::{Deserialize, Serialize};

/// What a token says. Which claims must be there depends on its kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Claims {
    #[serde(default)]
    pub sub: String,
    /// Seconds since the epoch; absent: for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exp: Option<i64>,
    /// Connection tokens: channels the server subscribes the client to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub channels: Vec<String>,
    /// Subscription tokens: the one channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<String>,
}

/// Why a token is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenError {
    Invalid,
    Expired,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
}

/// A token with which `user` may connect until `expires_at_ms` (milliseconds since the epoch, rounded down to the
/// second), or for ever.
pub fn mint_connection_token(
    secret: &[u8],
    user: &str,
    expires_at_ms: Option<i64>,
    channels: &[String],
) -> String {
    mint(
        secret,
        &Claims {
            sub: user.to_owned(),
            exp: seconds(expires_at_ms),
            channels: channels.to_vec(),
            channel: None,
        },
    )
}

/// A token with which `user` may subscribe to `channel` until `expires_at_ms`, or for ever.
pub fn mint_subscription_token(
    secret: &[u8],
    user: &str,
    channel: &str,
    expires_at_ms: Option<i64>,
) -> String {
    mint(
        secret,
        &Claims {
            sub: user.to_owned(),
            exp: seconds(expires_at_ms),
            channels: Vec::new(),
            channel: Some(channel.to_owned()),
        },
    )
}

fn seconds(at_ms: Option<i64>) -> Option<i64> {
    at_ms.map(|at| at.div_euclid(1000))
}

fn mint(secret: &[u8], claims: &Claims) -> String {
    let payload = serde_json::to_vec(claims).expect("claims are strings and integers");
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(payload)
    );
    let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mark))
}

/// Checks algorithm, signature (in constant time) and expiry.
pub(super) fn verify(secret: &[u8], token: &str, now_ms: i64) -> Result<Claims, TokenError> {
    let (signed, mark) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
    let (header, payload) = signed.split_once('.').ok_or(TokenError::Invalid)?;
    let header: Header = decode(header)?;
    if header.alg != "HS256" {
        return Err(TokenError::Invalid);
    }
    let mark = URL_SAFE_NO_PAD.decode(mark).map_err(|_| TokenError::Invalid)?;
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes(), &mark)
        .map_err(|_| TokenError::Invalid)?;
    let claims: Claims = decode(payload)?;
    match claims.exp {
        Some(exp) if exp <= now_ms.div_euclid(1000) => Err(TokenError::Expired),
        _ => Ok(claims),
    }
}

fn decode<T: serde::de::DeserializeOwned>(part: &str) -> Result<T, TokenError> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Invalid)?;
    serde_json::from_slice(&bytes).map_err(|_| TokenError::Invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_what_it_was_minted_with() {
        let token = mint_connection_token(b"key", "ann", Some(5_999), &["live".into()]);
        let claims = verify(b"key", &token, 4_999).expect("valid");
        assert_eq!((claims.sub.as_str(), claims.exp), ("ann", Some(5)));
        assert_eq!(claims.channels, ["live"]);
        let token = mint_subscription_token(b"key", "ann", "shopper:ann", None);
        assert_eq!(verify(b"key", &token, 0).expect("valid").channel.as_deref(), Some("shopper:ann"));
    }

    /// Token made by another implementation (Python's `hmac`): the same key, header and claims.
    #[test]
    fn a_token_of_another_implementation_is_read() {
        let token = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhbm4iLCJleHAiOjV9.Q7DPh7WmqUXGrL94bpIJiTBXUiGBdJ_4OEv8X0mnoa4";
        assert_eq!(verify(b"key", token, 0).map(|claims| claims.sub), Ok("ann".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_apart() {
        let token = mint_connection_token(b"key", "ann", Some(5_000), &[]);
        assert_eq!(verify(b"key", &token, 5_000), Err(TokenError::Expired));
        assert_eq!(verify(b"other", &token, 0), Err(TokenError::Invalid));
        assert_eq!(verify(b"key", "a.b", 0), Err(TokenError::Invalid));
        assert_eq!(verify(b"key", "", 0), Err(TokenError::Invalid));
        let none = format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"ann"}"#)
        );
        assert_eq!(verify(b"key", &none, 0), Err(TokenError::Invalid));
        // Signed with our key, but saying something else about how.
        let signed = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"HS512"}"#),
            URL_SAFE_NO_PAD.encode(r#"{"sub":"ann"}"#)
        );
        let mark = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, b"key"), signed.as_bytes());
        let other = format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mark));
        assert_eq!(verify(b"key", &other, 0), Err(TokenError::Invalid));
        let (rest, mark) = token.rsplit_once('.').expect("three parts");
        let (head, _) = rest.split_once('.').expect("three parts");
        let forged = format!("{head}.{}.{mark}", URL_SAFE_NO_PAD.encode(r#"{"sub":"eve"}"#));
        assert_eq!(verify(b"key", &forged, 0), Err(TokenError::Invalid));
    }
}
