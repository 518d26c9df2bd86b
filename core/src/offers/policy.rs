//! What an offer whose signature holds is worth: for whom, until when, and whether it was used. Pure.

use serde::{Deserialize, Serialize};

use super::wire::Claims;
use crate::ids::ShopperId;
use crate::time::Timestamp;

/// How far the shop's own clock may be behind its signature, milliseconds (contract, "Offers").
const AHEAD_MS: i64 = 60_000;

/// Whether an offer can be bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// Not verified yet: the shop's profile could not be read. It is tried again.
    Unchecked,
    /// It can be bought now.
    Valid,
    /// Its time is over, by the shop's clock.
    Expired,
    /// It was bought.
    Used,
    /// It is not what it says it is: not to be trusted, and to be reported.
    Forged {
        /// Which check failed.
        reason: String,
    },
    /// Made to another shopper.
    NotYours,
    /// Genuine, but the shop takes no offers here.
    NotSoldHere,
}

/// What the signature cannot say, in the order of the contract: for whom it is, until when, and since when.
pub(crate) fn judge(claims: &Claims, shopper: &ShopperId, sold_here: bool, now: Timestamp) -> OfferState {
    if claims.price > (1 << 53) - 1 || claims.title.is_empty() || claims.photo.is_empty() {
        return OfferState::Forged { reason: "a claim is out of bounds".to_owned() };
    }
    if claims.aud != *shopper {
        return OfferState::NotYours;
    }
    if left_ms(claims, now) == 0 {
        return OfferState::Expired;
    }
    if i64::from(claims.iat).saturating_mul(1_000) > now.as_ms().saturating_add(AHEAD_MS) {
        return OfferState::Forged { reason: "it is from the future".to_owned() };
    }
    if sold_here { OfferState::Valid } else { OfferState::NotSoldHere }
}

/// Milliseconds until it expires; zero at its last second.
pub(super) fn left_ms(claims: &Claims, now: Timestamp) -> u64 {
    let left = expires_at(claims).as_ms().saturating_sub(now.as_ms());
    u64::try_from(left).unwrap_or_default()
}

/// Not good at or after it; by the shop's clock.
pub(super) fn expires_at(claims: &Claims) -> Timestamp {
    Timestamp(i64::from(claims.exp).saturating_mul(1_000))
}

/// What the shop's refusal of a checkout says about the offer it was made of; none if it is about something else.
pub(super) fn refused(code: &str) -> Option<OfferState> {
    match code {
        "offer_expired" => Some(OfferState::Expired),
        "offer_used" => Some(OfferState::Used),
        "offer_not_yours" => Some(OfferState::NotYours),
        "offer_invalid" => Some(OfferState::Forged { reason: "the shop does not know it".to_owned() }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jws;
    use nightmarket_ucp::profile::Jwk;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Vectors {
        vectors: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        name: String,
        typ: String,
        aud: Option<ShopperId>,
        /// Seconds.
        now: i64,
        keys: Vec<Jwk>,
        jws: String,
        verdict: String,
    }

    /// In the order of the contract, with the keys the vector gives.
    fn verdict(vector: &Vector) -> OfferState {
        let forged = |error: crate::Error| OfferState::Forged { reason: error.to_string() };
        let read = || -> crate::Result<Claims> {
            let parsed = jws::parse(&vector.jws, "nm-offer+jwt", "offer")?;
            parsed.verify(vector.keys.iter().find(|key| key.kid == parsed.kid))
        };
        let shopper = vector.aud.clone().unwrap_or_else(|| "nobody".into());
        let now = Timestamp(vector.now * 1_000);
        read().map_or_else(forged, |claims| judge(&claims, &shopper, true, now))
    }

    #[test]
    fn the_contracts_vectors_get_their_verdicts() {
        let text = include_str!("../../contract/vectors/jws.json");
        let vectors: Vectors = serde_json::from_str(text).unwrap();
        let offers: Vec<_> = vectors.vectors.iter().filter(|vector| vector.typ == "nm-offer+jwt").collect();
        assert!(offers.len() >= 20);
        for vector in offers {
            let (verdict, expected) = (verdict(vector), vector.verdict.as_str());
            let agrees = match &verdict {
                OfferState::Valid => expected == "valid",
                OfferState::Expired => expected == "expired",
                OfferState::NotYours => expected == "not_yours",
                OfferState::Forged { .. } => {
                    ["unexpected", "malformed", "bad_signature", "not_yet"].contains(&expected)
                }
                _ => false,
            };
            assert!(agrees, "{}: {verdict:?}, not {expected}", vector.name);
        }
    }

    #[test]
    fn a_refusal_says_what_became_of_it() {
        assert_eq!(refused("offer_used"), Some(OfferState::Used));
        assert_eq!(refused("out_of_stock"), None);
    }
}
