//! Bearer tokens of the sandbox. They say whose they are and until when, so that the venue and both shops read them
//! alike without a shared table. Nothing here protects anybody: it is a sandbox.

use crate::env::Ids;

/// Why a bearer token is refused. Both answer 401 with `WWW-Authenticate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It was one of ours, once.
    #[error("the token has expired")]
    Expired,
    /// Nobody gave this out.
    #[error("the token is not known here")]
    Unknown,
}

impl TokenError {
    /// The stable code of the answer's body.
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "token_expired",
            Self::Unknown => "token_unknown",
        }
    }
}

/// A token for that shopper, valid until `expires_at_ms`.
pub fn mint(shopper: &str, expires_at_ms: i64, ids: &mut Ids) -> String {
    format!("tok_{expires_at_ms}_{:016x}_{shopper}", ids.next_u64())
}

/// The shopper's id that a bearer token stands for: `token:<id>` never expires, a minted one does.
pub fn shopper_of(bearer: &str, now_ms: i64) -> Result<String, TokenError> {
    if bearer == "expired" {
        return Err(TokenError::Expired);
    }
    if let Some(name) = bearer.strip_prefix("token:") {
        return well_named(name);
    }
    let rest = bearer.strip_prefix("tok_").ok_or(TokenError::Unknown)?;
    let mut parts = rest.splitn(3, '_');
    let (Some(expires), Some(_), Some(name)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(TokenError::Unknown);
    };
    let expires: i64 = expires.parse().map_err(|_| TokenError::Unknown)?;
    if now_ms >= expires {
        return Err(TokenError::Expired);
    }
    well_named(name)
}

fn well_named(name: &str) -> Result<String, TokenError> {
    let fits = (1..=64).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if fits { Ok(name.to_owned()) } else { Err(TokenError::Unknown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_shopper_until_it_expires() {
        let token = mint("ada_1", 1_000, &mut Ids::seeded(1));
        assert_eq!(shopper_of(&token, 999), Ok("ada_1".into()));
        assert_eq!(shopper_of(&token, 1_000), Err(TokenError::Expired));
        assert_eq!(shopper_of("token:ada", i64::MAX), Ok("ada".into()));
        assert_eq!(shopper_of("expired", 0), Err(TokenError::Expired));
        for bad in ["", "token:", "token:a b", "tok_", "tok_x_y_ada", "secret"] {
            assert_eq!(shopper_of(bad, 0), Err(TokenError::Unknown), "{bad}");
        }
    }
}
