//! What the shop says and is told beyond UCP: the binding, offers, membership, undoing an order.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::policy_early::EarlyTerms;
use crate::boxes::AgeRule;
use crate::money::Money;
use crate::time::Timestamp;

/// Member of complete's body: what was agreed to (contract: `bound.json`).
pub(super) const BOUND: &str = "app.nightmarket.bound";
/// Member of create's body: the host's offer.
pub(super) const OFFER: &str = "app.nightmarket.offer";
/// Member of create's body: the venue's proof of membership.
pub(super) const MEMBERSHIP: &str = "app.nightmarket.membership";
/// Claim of eligibility that goes with it.
pub(super) const FAN: &str = "app.nightmarket.fan";

/// Member of a checkout: whom the shop sells it to.
pub(super) const AGE: &str = "app.nightmarket.age";

/// See [`AGE`] (contract, "Age").
#[derive(Deserialize)]
pub(super) struct AgeWire {
    min: u32,
    #[serde(default)]
    consent_under: Option<u32>,
}

impl AgeWire {
    /// The rule, if it is one; else the shop's warning stands alone, and is confirmed.
    pub(super) fn read(value: &Value) -> Option<AgeRule> {
        let wire = Self::deserialize(value).ok()?;
        Some(AgeRule { min: wire.min, consent_under: wire.consent_under.unwrap_or(wire.min) })
    }
}

#[derive(Serialize)]
pub(super) struct Bound<'a> {
    pub(super) expected_total: Money,
    pub(super) quote_digest: &'a str,
}

/// Config of `bound_complete`, as far as it matters here.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct BoundConfig {
    pub(super) one_tap_max: Option<Money>,
    pub(crate) early: EarlyTerms,
}

/// The answer to a wish to undo (contract: `cancellation.json`).
#[derive(Deserialize)]
pub(super) struct Cancellation {
    pub(super) state: String,
    #[serde(default)]
    pub(super) now: Option<Timestamp>,
}
