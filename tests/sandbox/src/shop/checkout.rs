//! Checkout over REST: create, get, update, complete, cancel.

use serde_json::{Value, json};

use super::basket::Basket;
use super::bound::quote_digest;
use super::delivery::Delivery;
use super::message::{Severity, error};
use super::payment::{self, Instrument, NoInstrument, Verdict};
use super::session::{Pending, Session, Stage, View};
use super::{Answer, Call, Shop, whole};
use crate::env::Env;
use crate::http::Response;

/// UCP's name of the capability.
pub(super) const ROOT: &str = "dev.ucp.shopping.checkout";

impl Shop {
    pub(super) fn create_checkout(&mut self, env: &mut Env, call: &Call) -> Answer {
        self.need(&call.agreement, ROOT)?;
        let mut basket = Basket::default();
        let cart_id = call.body["cart_id"].as_str().filter(|_| call.agreement.has(super::cart::ROOT));
        if let Some(cart_id) = cart_id {
            let cart = self.own_cart(call, cart_id)?;
            let open = cart.checkout.as_ref().and_then(|id| self.sessions.get(id));
            if let Some(session) = open.filter(|session| session.stage == Stage::Open) {
                return self.session_answer(200, session, &call.agreement, env.now_ms);
            }
            basket = cart.basket;
        } else {
            basket.offer = self.read_offer(call, env.now_ms)?;
            self.fill(&mut basket, call, env.now_ms)?;
        }
        if basket.is_empty() {
            return Err(self.nothing_to_sell(&basket, &call.agreement, ROOT));
        }
        let mut session = Session {
            id: env.ids.id("chk"),
            shopper: call.shopper.clone(),
            basket,
            delivery: Delivery::default(),
            stage: Stage::Open,
            pending: None,
            order_id: None,
            after: vec![],
            shown: vec![],
            agreement: call.agreement.clone(),
            expires_ms: env.now_ms + self.config.terms.session_ms,
            frozen: None,
            attribution: call.body["attribution"].clone(),
        };
        if call.agreement.has("dev.ucp.shopping.fulfillment") {
            session.delivery.read(&call.body);
        }
        let answer = self.session_answer(201, &session, &call.agreement, env.now_ms)?;
        let items: Vec<&str> = session.basket.lines.iter().map(|line| line.item.as_str()).collect();
        self.books.create(env.now_ms, &session.id, session.shopper.as_deref(), &items);
        self.note_consent(&session, env.now_ms);
        if let Some(cart) = cart_id.and_then(|id| self.carts.get_mut(id)) {
            cart.checkout = Some(session.id.clone());
        }
        self.sessions.insert(session.id.clone(), session);
        Ok(answer)
    }

    pub(super) fn get_checkout(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let session = self.own_session(call, id)?;
        self.session_answer(200, &session, &call.agreement, env.now_ms)
    }

    pub(super) fn update_checkout(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let mut session = self.own_session(call, id)?;
        self.still_open(&session)?;
        session.agreement = call.agreement.clone();
        self.fill(&mut session.basket, call, env.now_ms)?;
        if session.basket.is_empty() {
            return Err(self.nothing_to_sell(&session.basket, &call.agreement, ROOT));
        }
        if call.agreement.has("dev.ucp.shopping.fulfillment") {
            session.delivery.read(&call.body);
        }
        if session.shopper.is_none() {
            session.shopper.clone_from(&call.shopper);
        }
        session.stage = Stage::Open;
        session.pending = None;
        session.after.clear();
        session.expires_ms = env.now_ms + self.config.terms.session_ms;
        let answer = self.session_answer(200, &session, &call.agreement, env.now_ms)?;
        self.note_consent(&session, env.now_ms);
        self.sessions.insert(session.id.clone(), session);
        Ok(answer)
    }

    fn note_consent(&mut self, session: &Session, now_ms: i64) {
        let (shopper, said) = (session.shopper.as_deref(), &session.basket.consent);
        self.books.consent(now_ms, &session.id, shopper, said);
    }

    pub(super) fn cancel_checkout(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let mut session = self.own_session(call, id)?;
        self.still_open(&session)?;
        session.stage = Stage::Canceled;
        session.pending = None;
        let answer = self.session_answer(200, &session, &call.agreement, env.now_ms)?;
        self.sessions.insert(session.id.clone(), session);
        Ok(answer)
    }

    pub(super) fn complete_checkout(&mut self, env: &mut Env, call: &Call, id: &str) -> Answer {
        let session = self.own_session(call, id)?;
        well_bound(call)?;
        let outcome = self.try_complete(env, call, session);
        let (word, answer) = match outcome {
            Ok((word, session)) => {
                let answer = self.session_answer(200, &session, &call.agreement, env.now_ms);
                self.sessions.insert(session.id.clone(), session);
                (word, answer)
            }
            Err(refusal) => (if refusal.status == 409 { "conflict" } else { "refused" }, Err(refusal)),
        };
        self.books.attempt(env.now_ms, id, call.key.as_deref(), word);
        answer
    }

    /// One completion: what it came to, and the session after it.
    fn try_complete(
        &mut self,
        env: &mut Env,
        call: &Call,
        mut session: Session,
    ) -> Result<(&'static str, Session), Response> {
        self.still_open(&session)?;
        session.stage = Stage::Open;
        session.pending = None;
        session.after.clear();
        session.agreement = call.agreement.clone();
        if session.shopper.is_none() {
            session.shopper.clone_from(&call.shopper);
        }
        let say = |mut session: Session, word: &'static str, messages: Vec<Value>| {
            session.after = messages;
            Ok((word, session))
        };
        let instrument = match payment::choose(&call.body, self.wallet_allowed(&session.basket)) {
            Ok(instrument) => instrument,
            Err(problem) => {
                let (code, said) = match problem {
                    NoInstrument::Missing => {
                        ("payment_required", "an instrument with a credential is needed")
                    }
                    NoInstrument::UnknownHandler => {
                        ("handler_not_offered", "its handler was not offered for this basket")
                    }
                };
                let message = error(code, Severity::Recoverable, Some("$.payment.instruments[0]"), said);
                return say(session, "no_instrument", vec![message]);
            }
        };
        let view = self.view(&session, env.now_ms)?;
        self.check_bound(call, &view, &instrument)?;
        if !view.ready {
            return Ok(("not_ready", session));
        }
        let unproven = self.unproven(&session.basket, &instrument);
        if !unproven.is_empty() {
            return say(session, "eligibility_invalid", unproven);
        }
        session.shown = vec![instrument.shown.clone()];
        match instrument.verdict {
            Verdict::Declined => {
                let path = Some("$.payment.instruments[0]");
                let message =
                    error("payment_failed", Severity::Recoverable, path, "the payment was declined");
                say(session, "declined", vec![message])
            }
            Verdict::Challenge => {
                session.stage = Stage::Escalated;
                session.pending = Some(Pending { instrument, key: call.key.clone(), due_ms: i64::MAX });
                let said = "your bank wants you to confirm this payment";
                say(
                    session,
                    "escalated",
                    vec![error("authentication_required", Severity::BuyerInput, None, said)],
                )
            }
            Verdict::Slow { .. } => {
                self.take_stock(&session.basket);
                if let Some(offer) = &session.basket.offer {
                    self.offers.use_up(&offer.jti, "pending");
                }
                session.stage = Stage::InProgress;
                let due_ms = env.now_ms + self.config.terms.slow_ms;
                session.pending = Some(Pending { instrument, key: call.key.clone(), due_ms });
                self.books.hold(env.now_ms, &session.id, view.total);
                let mut body = view.body;
                body["status"] = "complete_in_progress".into();
                body["payment"]["instruments"] = json!(session.shown);
                session.frozen = Some(body);
                Ok(("in_progress", session))
            }
            Verdict::Paid => {
                self.take_stock(&session.basket);
                let session = self.place(env, session, &view, &instrument, call.key.as_deref());
                Ok(("placed", session))
            }
        }
    }

    fn check_bound(&self, call: &Call, view: &View, instrument: &Instrument) -> Result<(), Response> {
        let Some(bound) = bound_of(call) else { return Ok(()) };
        let digest = quote_digest(&self.config.domain, &view.body, &instrument.handler, &instrument.id);
        let expected = &bound["expected_total"];
        let same = whole(&expected["amount"]) == Some(view.total)
            && expected["currency"] == self.currency()
            && bound["quote_digest"] == json!(digest);
        if same {
            return Ok(());
        }
        Err(Response::error(
            409,
            "quote_mismatch",
            "this is not the quote that was agreed to; nothing was placed",
        ))
    }

    /// Settles a completion that was in progress.
    pub(super) fn settle(&mut self, env: &mut Env, id: &str) {
        let Some(mut session) = self.sessions.get(id).cloned() else { return };
        let Some(pending) = session.pending.take() else { return };
        session.frozen = None;
        session.stage = Stage::Open;
        let pays = pending.instrument.verdict != Verdict::Slow { pays: false };
        self.books.release_hold(id);
        // The shelf already misses these units and the offer is marked: give both back for the view.
        self.give_stock_back(&session.basket);
        if let Some(offer) = &session.basket.offer {
            self.offers.release(&offer.jti);
        }
        let view = self.view(&session, env.now_ms);
        match view {
            Ok(view) if pays => {
                self.take_stock(&session.basket);
                let placed = self.place(env, session, &view, &pending.instrument, pending.key.as_deref());
                self.books.attempt(env.now_ms, id, pending.key.as_deref(), "placed");
                self.sessions.insert(id.to_owned(), placed);
            }
            _ => {
                let message =
                    error("payment_failed", Severity::Recoverable, None, "the payment was declined");
                session.after = vec![message];
                self.books.attempt(env.now_ms, id, pending.key.as_deref(), "declined");
                self.sessions.insert(id.to_owned(), session);
            }
        }
    }

    /// The buyer confirmed at `continue_url`. False if nothing waits for that.
    pub fn approve(&mut self, env: &mut Env, checkout: &str) -> bool {
        let Some(mut session) = self.sessions.get(checkout).cloned() else { return false };
        if session.stage != Stage::Escalated {
            return false;
        }
        let Some(pending) = session.pending.take() else { return false };
        session.stage = Stage::Open;
        session.after.clear();
        let word = match self.view(&session, env.now_ms) {
            Ok(view) if view.ready => {
                self.take_stock(&session.basket);
                session = self.place(env, session, &view, &pending.instrument, pending.key.as_deref());
                "placed"
            }
            _ => "not_ready",
        };
        self.books.attempt(env.now_ms, checkout, pending.key.as_deref(), word);
        self.sessions.insert(checkout.to_owned(), session);
        word == "placed"
    }

    /// The session, if it is the caller's: a guest's is anybody's who knows its id.
    fn own_session(&self, call: &Call, id: &str) -> Result<Session, Response> {
        self.need(&call.agreement, ROOT)?;
        let own = |session: &&Session| session.shopper.is_none() || session.shopper == call.shopper;
        self.sessions
            .get(id)
            .filter(own)
            .cloned()
            .ok_or_else(|| self.outcome(&call.agreement, ROOT, "not_found", "there is no such checkout"))
    }

    fn still_open(&self, session: &Session) -> Result<(), Response> {
        let said = match session.stage {
            Stage::Open | Stage::Escalated => return Ok(()),
            Stage::InProgress => "this checkout is being completed",
            Stage::Completed => "this checkout is completed",
            Stage::Canceled => "this checkout is canceled or expired; start a new one",
        };
        Err(self.refuse(409, "wrong_state", said))
    }

    pub(super) fn take_stock(&mut self, basket: &Basket) {
        for line in &basket.lines {
            if let Some(left) = self.stock.get_mut(&line.item) {
                *left -= line.quantity;
            }
        }
    }

    pub(super) fn give_stock_back(&mut self, basket: &Basket) {
        for line in &basket.lines {
            if let Some(left) = self.stock.get_mut(&line.item) {
                *left += line.quantity;
            }
        }
    }
}

/// What the completion is bound to, where that was negotiated.
fn bound_of(call: &Call) -> Option<&Value> {
    let agreed = call.agreement.has("app.nightmarket.shopping.bound_complete");
    call.body.get("app.nightmarket.bound").filter(|_| agreed)
}

/// A binding that cannot be read is no completion without one.
fn well_bound(call: &Call) -> Result<(), Response> {
    let Some(bound) = bound_of(call) else { return Ok(()) };
    let total = &bound["expected_total"];
    let currency = total["currency"]
        .as_str()
        .is_some_and(|code| code.len() == 3 && code.bytes().all(|letter| letter.is_ascii_uppercase()));
    let digest = bound["quote_digest"].as_str().is_some_and(|digest| {
        digest.len() == 64 && digest.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
    });
    if currency && digest && whole(&total["amount"]).is_some_and(|amount| amount >= 0) {
        return Ok(());
    }
    Err(Response::error(400, "invalid_body", "app.nightmarket.bound has expected_total and quote_digest"))
}
