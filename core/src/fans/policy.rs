//! When a proof of membership is one, and for how long it is used. Pure.

use super::wire::ProofClaims;
use crate::ids::{GroupId, ShopDomain, ShopperId};

/// A proof may say it was made this far ahead of the venue's clock as seen from here, seconds.
const SKEW_S: i64 = 60;
/// A proof lives at most so long, seconds (contract, README, "Proof of membership").
const LIFE_S: i64 = 600;
/// A proof is not used in its last moments: the shop has yet to get it, milliseconds.
const MARGIN_MS: i64 = 60_000;

/// What a proof has to say.
pub(crate) struct Wanted<'a> {
    pub(crate) venue: &'a ShopDomain,
    pub(crate) shop: &'a ShopDomain,
    pub(crate) group: &'a GroupId,
    /// None where the venue names nobody: a venue without live rooms.
    pub(crate) shopper: Option<&'a ShopperId>,
    /// Milliseconds, venue's clock.
    pub(crate) now_ms: i64,
}

/// Why claims that are signed are no proof all the same.
pub(crate) fn fault(claims: &ProofClaims, wanted: &Wanted<'_>) -> Option<&'static str> {
    let now_s = wanted.now_ms.div_euclid(1_000);
    if claims.iss != wanted.venue.as_str() {
        Some("another venue issued it")
    } else if claims.aud != wanted.shop.as_str() {
        Some("it is for another shop")
    } else if claims.group != *wanted.group {
        Some("it is for another group")
    } else if wanted.shopper.is_some_and(|shopper| claims.sub != *shopper) {
        Some("it is for another shopper")
    } else if claims.exp <= now_s {
        Some("it has expired")
    } else if claims.iat > now_s.saturating_add(SKEW_S) {
        Some("it is from the future")
    } else if claims.exp.saturating_sub(claims.iat) > LIFE_S {
        Some("it lives longer than a proof may")
    } else {
        None
    }
}

/// Whether a proof that was good can still be sent.
pub(crate) fn is_usable(expires_ms: i64, now_ms: i64) -> bool {
    now_ms < expires_ms.saturating_sub(MARGIN_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> ProofClaims {
        serde_json::from_value(serde_json::json!({
            "iss": "venue.example", "aud": "cards.example", "sub": "shopper_1", "group": "ponies", "jti": "p",
            "iat": 1_000, "exp": 1_600
        }))
        .unwrap()
    }

    fn judged(change: impl FnOnce(&mut ProofClaims), now_s: i64) -> Option<&'static str> {
        let mut claims = claims();
        change(&mut claims);
        let wanted = Wanted {
            venue: &"venue.example".into(),
            shop: &"cards.example".into(),
            group: &"ponies".into(),
            shopper: Some(&"shopper_1".into()),
            now_ms: now_s * 1_000,
        };
        fault(&claims, &wanted)
    }

    #[test]
    fn every_claim_counts() {
        assert_eq!(judged(|_| {}, 1_000), None);
        assert_eq!(judged(|_| {}, 1_599), None);
        assert_eq!(judged(|_| {}, 940), None, "our view of the clock may be behind");
        assert!(judged(|claims| claims.iss = "other.example".into(), 1_000).is_some());
        assert!(judged(|claims| claims.aud = "pearls.example".into(), 1_000).is_some());
        assert!(judged(|claims| claims.sub = "shopper_2".into(), 1_000).is_some());
        assert!(judged(|claims| claims.group = "pearls".into(), 1_000).is_some());
        assert!(judged(|_| {}, 1_600).is_some(), "expired on the second");
        assert!(judged(|_| {}, 939).is_some(), "from the future");
        assert!(judged(|claims| claims.exp = 1_601, 1_000).is_some(), "too long a life");
    }

    #[test]
    fn a_proof_is_not_used_in_its_last_minute() {
        assert!(is_usable(1_600_000, 1_539_999));
        assert!(!is_usable(1_600_000, 1_540_000));
    }
}
