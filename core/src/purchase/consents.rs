//! What a shop asks the shopper's consent for, beside what is bought (UCP buyer consent). Not to be mixed up with the
//! consent to pay: that is a gesture, bound to a quote's digest.
//!
//! An answer is the shopper's own act, kept for that shop: nothing is ticked beforehand, what is not answered is not sent,
//! and a tap answers nothing. So the questions are neither part of what has to be rendered nor of the digest: a screen
//! that leaves them out sends none, and an answer changes nothing about what is paid. One thing a tap does wait for: the
//! shop has been told every answer, so that a consent taken back is never carried into an order.

use nightmarket_ucp::checkout::{Checkout, CheckoutCreate};
use nightmarket_ucp::consent::{Consent, ConsentKind};
use nightmarket_ucp::name;
use serde_json::json;

use super::quote::QuoteKey;
use super::service::Service;
use super::store;
use crate::api;
use crate::error::{Error, Result};
use crate::ids::ShopDomain;
use crate::ports::DbExt as _;
use crate::shop::Shop;

/// One question, and where it stands in a quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteConsent {
    /// What is asked.
    pub kind: ConsentKind,
    /// The shopper's answer, as the shop was told; none: not answered, and nothing was sent.
    pub answer: Option<bool>,
    /// What is in force, as the shop says it; what it was told, if it says nothing. It may differ from the answer: what
    /// a shop does unasked is its own affair, and is shown as that.
    pub in_force: Option<bool>,
}

/// The questions of a shop that asks, in the extension's order.
pub(super) fn questions(told: Consent, checkout: &Checkout) -> Vec<QuoteConsent> {
    let said = checkout.buyer.as_ref().and_then(|buyer| buyer.consent).unwrap_or_default().over(told);
    let question = |kind| QuoteConsent { kind, answer: told.get(kind), in_force: said.get(kind) };
    ConsentKind::ALL.map(question).into()
}

/// The answers that a session was told, if any.
pub(super) fn told(sent: &CheckoutCreate) -> Consent {
    sent.buyer.as_ref().and_then(|buyer| buyer.consent).unwrap_or_default()
}

/// Puts these answers into what is sent. Where there is none, there is no member for it either.
pub(super) fn tell(sent: &mut CheckoutCreate, answers: Consent) {
    if answers.is_empty() {
        if let Some(buyer) = &mut sent.buyer {
            buyer.consent = None;
        }
    } else {
        sent.buyer.get_or_insert_default().consent = Some(answers);
    }
}

impl Service {
    /// The shopper answers: kept at once, also if the shop cannot be told yet.
    pub(super) async fn answer(&self, key: &QuoteKey, kind: ConsentKind, granted: bool) -> Result<()> {
        if !asks(&*self.shops.get(&key.shop).await?) {
            return Err(Error::not_offered(name::BUYER_CONSENT));
        }
        let (shop, now) = (key.shop.to_string(), self.now());
        let body = api::to_json(&json!({ "quote": key, "consent": kind, "granted": granted }));
        self.context
            .ports
            .db
            .ledger
            .write(move |tx| {
                let seen = store::see(tx, &now)?;
                let answers = store::consents(tx, &shop)?.with(kind, granted);
                store::put_consents(tx, &shop, answers, seen)?;
                store::audit(tx, seen, "consent", None, &body)
            })
            .await
    }

    /// What a session of this shop has to be told: the answers kept for it, over those it was told before and those of
    /// the host app's own record; nothing, if it does not offer the extension.
    pub(super) async fn answers(&self, shop: &Shop, domain: &ShopDomain, before: Consent) -> Result<Consent> {
        if !asks(shop) {
            return Ok(Consent::default());
        }
        let domain = domain.to_string();
        let kept = self.context.ports.db.ledger.call(move |db| store::consents(db, &domain)).await?;
        Ok(kept.over(before))
    }
}

/// Whether a shop's checkout takes consent.
pub(super) fn asks(shop: &Shop) -> bool {
    shop.discovered().negotiated.extends(name::BUYER_CONSENT, name::CHECKOUT)
}
