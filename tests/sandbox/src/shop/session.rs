//! A checkout session: what it holds, what it looks like, and what time does to it.

use serde_json::{Value, json};

use super::basket::Basket;
use super::delivery::Delivery;
use super::message::{Severity, envelope, error, hands_over, is_error};
use super::payment::{self, Instrument};
use super::{Agreement, Shop};
use crate::env::{Env, rfc3339};
use crate::http::Response;

/// Where a session is, beyond what its content says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Can be changed and completed.
    Open,
    /// The bank wants to see the buyer at `continue_url`.
    Escalated,
    /// Paid for, perhaps; known later.
    InProgress,
    /// An order was placed.
    Completed,
    /// Canceled or expired.
    Canceled,
}

/// A completion whose outcome is not known yet.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) instrument: Instrument,
    pub(super) key: Option<String>,
    pub(super) due_ms: i64,
}

/// A checkout session.
#[derive(Debug, Clone)]
pub(super) struct Session {
    pub(super) id: String,
    pub(super) shopper: Option<String>,
    pub(super) basket: Basket,
    pub(super) delivery: Delivery,
    pub(super) stage: Stage,
    pub(super) pending: Option<Pending>,
    pub(super) order_id: Option<String>,
    /// What the last completion had to say.
    pub(super) after: Vec<Value>,
    /// Instruments, as far as they may be shown.
    pub(super) shown: Vec<Value>,
    pub(super) agreement: Agreement,
    pub(super) expires_ms: i64,
    /// The body as it was when money came into play: immutable from then on.
    pub(super) frozen: Option<Value>,
    pub(super) attribution: Value,
}

/// A session as it is served, with its total.
pub(super) struct View {
    pub(super) body: Value,
    pub(super) total: i64,
    pub(super) ready: bool,
    /// What was paid for each line, in order.
    pub(super) paid: Vec<i64>,
}

impl Shop {
    /// The session's body without the `ucp` member.
    pub(super) fn view(&self, session: &Session, now_ms: i64) -> Result<View, Response> {
        let basket = &session.basket;
        let agreement = &session.agreement;
        let subtotal = self.value(basket, agreement, None, now_ms)?.priced.subtotal;
        let delivery = self.delivery_price(basket, &session.delivery, subtotal);
        let valued = self.value(basket, agreement, delivery, now_ms)?;
        let mut messages = valued.messages.clone();
        messages.extend(self.claim_messages(basket));
        self.delivery_messages(basket, &session.delivery, agreement, &mut messages);
        if let Some(offer) = &basket.offer {
            if self.offers.used(&offer.jti) {
                messages.push(error(
                    "offer_used",
                    Severity::Unrecoverable,
                    None,
                    "the offer was bought already",
                ));
            } else if now_ms >= offer.expires_ms {
                messages.push(error("offer_expired", Severity::Unrecoverable, None, "the offer has expired"));
            }
        }
        let ready = !messages.iter().any(is_error);
        let status = match session.stage {
            Stage::Canceled => "canceled",
            Stage::Completed => "completed",
            Stage::InProgress => "complete_in_progress",
            Stage::Escalated => "requires_escalation",
            Stage::Open if ready => "ready_for_complete",
            Stage::Open if messages.iter().any(hands_over) => "requires_escalation",
            Stage::Open => "incomplete",
        };
        messages.extend(session.after.iter().cloned());
        let title = self.delivery_title(basket, &session.delivery);
        let mut body = json!({
            "id": session.id,
            "status": status,
            "currency": self.currency(),
            "line_items": self.lines_json(basket, &valued),
            "totals": valued.priced.totals(&valued.inputs, title, basket.chinese()),
            "messages": messages,
            "links": self.links(),
            "expires_at": rfc3339(session.expires_ms),
            "payment": { "instruments": session.shown },
        });
        if session.stage != Stage::Canceled {
            body["continue_url"] = self.continue_url(&session.id).into();
        }
        for (name, value) in
            [("context", basket.context.clone()), ("buyer", self.buyer_json(basket, agreement))]
        {
            if value.is_object() {
                body[name] = value;
            }
        }
        if agreement.has("dev.ucp.shopping.fulfillment") {
            body["fulfillment"] = self.delivery_json(basket, &session.delivery, subtotal, now_ms);
        }
        if agreement.has("app.nightmarket.shopping.bound_complete")
            && let Some(min) = self.age_min(basket)
        {
            body["app.nightmarket.age"] = json!({ "min": min });
        }
        if agreement.has("dev.ucp.shopping.discount") {
            let verified = session.stage == Stage::Completed;
            body["discounts"] =
                json!({ "codes": basket.codes, "applied": valued.priced.applied_json(verified) });
        }
        let paid = valued.priced.lines.iter().map(|line| line.paid).collect();
        Ok(View { body, total: valued.priced.total, ready, paid })
    }

    /// The answer for a session.
    pub(super) fn session_answer(
        &self,
        status: u16,
        session: &Session,
        agreement: &Agreement,
        now_ms: i64,
    ) -> Result<Response, Response> {
        let mut body = match &session.frozen {
            Some(frozen) => frozen.clone(),
            None => self.view(session, now_ms)?.body,
        };
        let mut ucp = envelope(true, &agreement.relevant(super::checkout::ROOT));
        ucp["payment_handlers"] = payment::handlers(self.wallet_allowed(&session.basket));
        body["ucp"] = ucp;
        Ok(Response::json(status, &body))
    }

    /// A wallet with a sheet of its own cannot renew a subscription.
    pub(super) fn wallet_allowed(&self, basket: &Basket) -> bool {
        !basket.lines.iter().any(|line| {
            self.config.catalog.variant(&line.item).is_some_and(|(product, _)| product.subscription.is_some())
        })
    }

    pub(super) fn continue_url(&self, id: &str) -> String {
        format!("{}/continue/{id}", self.config.web_url)
    }

    /// Expires what is old and settles what is due.
    pub(super) fn tick_sessions(&mut self, env: &mut Env) {
        let now_ms = env.now_ms;
        self.carts.retain(|_, cart| now_ms < cart.expires_ms);
        for session in self.sessions.values_mut() {
            if matches!(session.stage, Stage::Open | Stage::Escalated) && now_ms >= session.expires_ms {
                session.stage = Stage::Canceled;
                session.pending = None;
            }
        }
        let due: Vec<String> = self
            .sessions
            .values()
            .filter(|session| session.stage == Stage::InProgress)
            .filter(|session| session.pending.as_ref().is_some_and(|pending| now_ms >= pending.due_ms))
            .map(|session| session.id.clone())
            .collect();
        for id in due {
            self.settle(env, &id);
        }
    }
}
