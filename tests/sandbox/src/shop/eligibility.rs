//! Claims in `context.eligibility`: fans by the venue's signed proof, a card benefit by the instrument that pays.

use serde_json::{Value, json};

use super::basket::Basket;
use super::message::{Severity, error};
use super::payment::Instrument;
use super::{Call, Shop};
use crate::http::Response;
use crate::jws;

/// Member of a host's fan group; proven by `app.nightmarket.membership`.
pub(super) const FAN: &str = "app.nightmarket.fan";
/// Pays by card; verified by the instrument of the completion.
const CARD: &str = "app.nightmarket.card_benefit";

/// The capability that was called: both carts and checkouts are filled.
fn root_of(call: &Call) -> &'static str {
    match call.path.first().map(String::as_str) {
        Some("carts") => super::cart::ROOT,
        _ => super::checkout::ROOT,
    }
}

impl Shop {
    /// Does anything here depend on that claim?
    pub(super) fn recognizes(&self, claim: &str) -> bool {
        claim == FAN || self.config.catalog.discounts.iter().any(|each| each.claim == Some(claim))
    }

    /// Takes the venue's proof of membership, if one was sent; a bad one makes nothing.
    pub(super) fn check_membership(
        &self,
        basket: &mut Basket,
        call: &Call,
        now_ms: i64,
    ) -> Result<(), Response> {
        let Some(proof) = call.body["app.nightmarket.membership"].as_str() else { return Ok(()) };
        if !call.agreement.has("app.nightmarket.shopping.fans") {
            return Ok(());
        }
        basket.group = Some(self.proven_group(proof, call.shopper.as_deref(), now_ms).ok_or_else(|| {
            let said = "the proof of membership is not valid for this shopper at this shop now";
            self.outcome(&call.agreement, root_of(call), "eligibility_invalid", said)
        })?);
        Ok(())
    }

    fn proven_group(&self, proof: &str, shopper: Option<&str>, now_ms: i64) -> Option<String> {
        let claims = jws::verify(proof, "nm-proof+jwt", &self.config.venue_keys).ok()?;
        let now = now_ms / 1_000;
        let (issued, expires) = (claims["iat"].as_i64()?, claims["exp"].as_i64()?);
        let holds = claims["iss"] == json!(self.config.venue_domain)
            && claims["aud"] == json!(self.config.domain)
            && shopper.is_some_and(|shopper| claims["sub"] == json!(shopper))
            && issued <= now + 60
            && now < expires
            && expires - issued <= 600;
        holds.then(|| claims["group"].as_str().map(str::to_owned))?
    }

    /// What is not on sale yet is sold to proven fans only; nothing is made for others.
    pub(super) fn check_on_sale(&self, basket: &Basket, call: &Call, now_ms: i64) -> Result<(), Response> {
        for (at, line) in basket.lines.iter().enumerate() {
            let early =
                self.config.catalog.variant(&line.item).and_then(|(product, _)| product.early.as_ref());
            let Some(early) = early.filter(|early| now_ms < early.opens_at_ms) else { continue };
            let fan = basket.claims().contains(&FAN) && basket.group.as_ref() == Some(&early.group);
            if !fan {
                let path = format!("$.line_items[{at}]");
                let said = format!(
                    "on sale from {} on; fans may buy earlier",
                    crate::env::rfc3339(early.opens_at_ms)
                );
                let message = error("not_on_sale_yet", Severity::Unrecoverable, Some(&path), &said);
                return Err(self.outcome_error(&call.agreement, root_of(call), &[message]));
            }
        }
        Ok(())
    }

    /// Accepted claims that this completion does not prove.
    pub(super) fn unproven(&self, basket: &Basket, instrument: &Instrument) -> Vec<Value> {
        basket
            .claims()
            .iter()
            .enumerate()
            .filter(|(_, claim)| self.recognizes(claim))
            .filter(|(_, claim)| match **claim {
                CARD => instrument.kind != "card",
                FAN => basket.group.is_none(),
                _ => true,
            })
            .map(|(at, claim)| {
                let path = format!("$.context.eligibility[{at}]");
                let said = format!("{claim} could not be verified; take it back or prove it");
                error("eligibility_invalid", Severity::Recoverable, Some(&path), &said)
            })
            .collect()
    }
}
