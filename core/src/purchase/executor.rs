//! Drives purchases over the shop: one task for each that is not settled, on the core thread.
//!
//! The machine decides; here its effects are carried out, and a changed state is durable before anything of it is done.

use std::rc::{Rc, Weak};
use tokio::sync::{mpsc, watch};

use nightmarket_ucp::checkout::{Checkout, Next};
use nightmarket_ucp::{name, rest};
use serde_json::json;

use super::PurchaseView;
use super::digest::sha256_hex;
use super::machine::{self, DEADLINE_MS, Effect, Facts, Input, Order, Session, State, key_holds};
use super::quote::{Around, Quote, stated_total};
use super::service::Service;
use super::store::{self, Attempt, Row, Which};
use super::wire::Cancellation;
use crate::backoff::Backoff;
use crate::context::Working;
use crate::error::{Error, Result};
use crate::ids::{OrderId, PurchaseId};
use crate::money::Money;
use crate::orders::{self, store::Known};
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::shop::Shop;
use crate::time::Timestamp;

/// Nothing is started this close to the deadline: connecting may take as long. Milliseconds.
const CONNECT_MS: u64 = 5_000;

/// The way to a purchase's task.
pub(super) struct Driving(mpsc::UnboundedSender<Input>);

/// What a step came to.
enum Turn {
    /// Something happened.
    Next(Input),
    /// Nothing will for so long, milliseconds.
    Wait(u64),
    /// Nothing will.
    Settled,
}

/// What a purchase's task begins with.
enum First {
    /// Something happened.
    Do(Input),
    /// It is written down that bytes may leave: they do.
    Send(Attempt),
}

/// One purchase on its way.
struct Drive {
    row: Row,
    /// When its bytes must have left, on the monotonic clock; none after a restart.
    deadline: Option<u64>,
    inbox: mpsc::UnboundedReceiver<Input>,
    /// Waits since the state last changed.
    waits: u32,
    /// Keeps the live channel up for a moment in the background.
    _working: Working,
}

impl Service {
    /// Goes on with everything that was not settled when the core ended.
    pub(super) async fn resume(self: &Rc<Self>) -> Result<()> {
        let rows = self.context.ports.db.ledger.call(|db| store::purchases(db, Which::Unsettled)).await?;
        for row in rows.into_iter().rev() {
            self.spawn(row, None, Input::Restarted);
        }
        Ok(())
    }

    /// Starts a purchase that was just written down with its first attempt; its bytes must have left by `deadline`, on
    /// the monotonic clock.
    pub(super) fn start(self: &Rc<Self>, row: Row, attempt: Attempt, deadline: u64) {
        let first = if row.state == State::Sending { First::Send(attempt) } else { First::Do(Input::Due) };
        self.drive(row, Some(deadline), first);
    }

    fn spawn(self: &Rc<Self>, row: Row, deadline: Option<u64>, first: Input) {
        self.drive(row, deadline, First::Do(first));
    }

    fn drive(self: &Rc<Self>, row: Row, deadline: Option<u64>, first: First) {
        let (sender, inbox) = mpsc::unbounded_channel();
        self.publish(&row);
        self.driving.borrow_mut().insert(row.id.clone(), Driving(sender));
        let working = self.context.busy.begin();
        let drive = Drive { row, deadline, inbox, waits: 0, _working: working };
        tokio::task::spawn_local(drive.run(Rc::downgrade(self), first));
    }

    /// Whether it is too late to begin sending what must have left by then, on the monotonic clock.
    pub(super) fn is_late(&self, deadline: u64) -> bool {
        self.context.ports.clock.monotonic_ms().saturating_add(CONNECT_MS) >= deadline
    }

    /// The network is back: nobody waits any longer.
    pub(super) fn nudge(&self) {
        for driving in self.driving.borrow().values() {
            // A task that has just ended needs no nudge.
            let _ = driving.0.send(Input::Due);
        }
    }

    /// The shopper came back from the browser.
    pub(super) async fn returned(&self, id: &PurchaseId) -> Result<()> {
        // One that is just ending has found out by itself, as has one that is not driven any more.
        let driven = self.driving.borrow().get(id).is_some_and(|it| it.0.send(Input::Returned).is_ok());
        if driven { Ok(()) } else { self.row(id).await.map(drop) }
    }

    /// Gives up what waits for the shopper in a browser: the shop is asked to cancel the session, and says what became
    /// of it.
    pub(super) async fn abandon(&self, id: &PurchaseId) -> Result<()> {
        let row = self.row(id).await?;
        match &row.state {
            State::NeedsBuyer { .. } => {
                if let Some(driving) = self.driving.borrow().get(id) {
                    // One that is just moving on finds out by itself, and the view says what.
                    let _ = driving.0.send(Input::Abandon);
                }
                Ok(())
            }
            State::Abandoning { .. } | State::Abandoned => Ok(()),
            state if state.is_settled() => Err(Error::bad_input("there is nothing to give up")),
            _ => Err(Error::Unsettled { what: "the purchase".to_owned() }),
        }
    }

    /// Takes a purchase back: before a byte left by not sending it, after it was placed by asking the shop.
    pub(super) async fn undo(self: &Rc<Self>, id: &PurchaseId) -> Result<()> {
        let row = self.row(id).await?;
        match &row.state {
            State::Tapped => {
                if let Some(driving) = self.driving.borrow().get(id) {
                    // If it has just been sent, the task ignores this, and the view says so.
                    let _ = driving.0.send(Input::Undo);
                }
                Ok(())
            }
            State::Placed(_) | State::PlacedDifferently(_) => {
                let shop = self.shops.get(&row.quote.shop).await?;
                if !shop.offers(name::ORDERS) {
                    return Err(Error::not_offered(name::ORDERS));
                }
                let (key, purchase) = (self.context.ports.entropy.uuid(), id.clone());
                self.context.ports.db.ledger.write(move |tx| store::undo_key(tx, &purchase, &key)).await?;
                let row = self.row(id).await?;
                if !self.driving.borrow().contains_key(id) {
                    self.spawn(row, None, Input::Undo);
                }
                Ok(())
            }
            State::CancelRequested(_) | State::Canceled(_) | State::Superseded => Ok(()),
            State::Declined { .. } | State::Abandoned | State::NotSent(_) | State::TooLate { .. } => {
                Err(Error::bad_input("there is nothing to undo"))
            }
            _ => Err(Error::Unsettled { what: "the purchase".to_owned() }),
        }
    }

    pub(super) async fn row(&self, id: &PurchaseId) -> Result<Row> {
        let wanted = id.clone();
        let row = self.context.ports.db.ledger.call(move |db| store::purchase(db, &wanted)).await?;
        row.ok_or_else(|| no_purchase(id))
    }

    /// Follows one purchase from here on.
    pub(super) async fn watch(&self, id: &PurchaseId) -> Result<watch::Receiver<PurchaseView>> {
        if let Some(view) = self.views.borrow().get(id) {
            return Ok(view.subscribe());
        }
        let row = self.row(id).await?;
        let mut views = self.views.borrow_mut();
        let view = views.entry(id.clone()).or_insert_with(|| watch::Sender::new(PurchaseView::from(&row)));
        Ok(view.subscribe())
    }

    pub(super) fn publish(&self, row: &Row) {
        let mut views = self.views.borrow_mut();
        let view = PurchaseView::from(row);
        match views.get(&row.id) {
            Some(known) => drop(known.send_replace(view)),
            None => drop(views.insert(row.id.clone(), watch::Sender::new(view))),
        }
    }

    /// Writes a state down, and with it the order, if it was just placed. Gives the time.
    async fn record(&self, row: &Row, state: &State) -> Result<i64> {
        let placed = self.placed(row, state).await;
        let known = placed.clone();
        let at = self.write_down(row.id.clone(), state.clone(), known).await?;
        if let Some(known) = placed
            && let Err(error) = self.orders.placed(known).await
        {
            // It is noted; the list is read anew when it is opened.
            tracing::warn!(code = error.code(), "a placed order is not in the list yet");
        }
        self.tell_offers(row, state).await;
        if matches!(state, State::Placed(_) | State::PlacedDifferently(_)) {
            self.carts.bought(&row.quote, &row.lines).await;
        }
        Ok(at)
    }

    /// What became of the offer that was bought, if it was one. After a restart the shop's next refusal says it.
    async fn tell_offers(&self, row: &Row, state: &State) {
        let Some(jws) = self.offer_of(&row.quote) else { return };
        match state {
            State::Placed(_) | State::PlacedDifferently(_) => self.offers.used(&jws).await,
            State::Declined { code, .. } => self.offers.refused(&jws, code).await,
            _ => {}
        }
    }

    /// The order that a state brings, by the shop's clock.
    async fn placed(&self, row: &Row, state: &State) -> Option<Known> {
        let (State::Placed(order) | State::PlacedDifferently(order)) = state else { return None };
        let now = self.shops.get(&row.quote.shop).await.map(|shop| shop.now()).ok();
        Some(Known {
            shop: row.quote.shop.clone(),
            id: order.id.clone(),
            checkout_id: row.quote.id.clone(),
            placed_at: now.unwrap_or(Timestamp(self.context.ports.clock.wall_ms())),
        })
    }

    async fn write_down(&self, id: PurchaseId, state: State, placed: Option<Known>) -> Result<i64> {
        let now = self.now();
        self.context
            .ports
            .db
            .ledger
            .write(move |tx| {
                let seen = store::see(tx, &now)?;
                store::record(tx, &id, &state, seen)?;
                if let Some(known) = &placed {
                    orders::store::put(tx, known)?;
                }
                Ok(seen)
            })
            .await
    }

    async fn attempt(&self, id: &PurchaseId) -> Result<Attempt> {
        let wanted = id.clone();
        let attempt = self.context.ports.db.ledger.call(move |db| store::attempt(db, &wanted)).await?;
        attempt.ok_or_else(|| no_purchase(id))
    }

    /// The attempt's bytes, from memory or unsealed; exactly those that were written down.
    fn body(&self, attempt: &Attempt) -> Option<Rc<str>> {
        if let Some(body) = self.bodies.borrow().get(&attempt.id) {
            return Some(body.clone());
        }
        let plain = self.sealing_key()?.open(attempt.id.as_str(), attempt.sealed.as_deref()?)?;
        let body: Rc<str> = String::from_utf8(plain).ok()?.into();
        (sha256_hex(body.as_bytes()) == attempt.body_digest).then_some(body)
    }
}

impl Drive {
    async fn run(mut self, service: Weak<Service>, first: First) {
        let mut input = match first {
            First::Do(input) => input,
            First::Send(attempt) => {
                let Some(service) = service.upgrade() else { return };
                self.send(&service, &attempt, true).await
            }
        };
        loop {
            let Some(service) = service.upgrade() else { return };
            let clock = service.context.ports.clock.clone();
            let turned = self.turn(&service, &input).await;
            let wait = match turned {
                Ok(Turn::Next(next)) => {
                    input = next;
                    continue;
                }
                Ok(Turn::Settled) => {
                    service.driving.borrow_mut().remove(&self.row.id);
                    return;
                }
                Ok(Turn::Wait(wait)) => {
                    input = Input::Due;
                    wait
                }
                Err(error) => {
                    // Nothing was done of the new state: the same input again, when the disk lets us.
                    tracing::error!(code = error.code(), "a purchase cannot be written down");
                    self.wait_ms(&service, None)
                }
            };
            // Waiting keeps no closed core alive.
            drop(service);
            tokio::select! {
                biased;
                said = self.inbox.recv() => input = said.unwrap_or(input),
                () = clock.sleep(wait) => {}
            }
        }
    }

    /// One step: decide, write down, do. Gives what happened, or none once it is settled.
    async fn turn(&mut self, service: &Rc<Service>, input: &Input) -> Result<Turn> {
        let id = self.row.id.clone();
        if self.row.state == State::Tapped && *input == Input::Due {
            // What may take long is done before the deadline is looked at.
            if let Err(error) = service.shops.get(&self.row.quote.shop).await {
                tracing::debug!(code = error.code(), "the shop cannot be opened");
                return self.before_deadline(service).await;
            }
        }
        let attempt = service.attempt(&id).await?;
        let facts = self.facts(service, &attempt).await?;
        let step = machine::step(self.row.state.clone(), input.clone(), facts);
        if step.state != self.row.state {
            self.row.changed_ms = service.record(&self.row, &step.state).await?;
            if step.state.code() != self.row.state.code() {
                self.waits = 0;
            }
            self.row.acknowledged &= !step.state.is_settled();
            self.row.state = step.state;
            self.changed(service, &attempt);
        }
        Ok(match step.effect {
            Effect::Settle => Turn::Settled,
            Effect::Send => Turn::Next(self.send(service, &attempt, true).await),
            Effect::Resend => Turn::Next(self.send(service, &attempt, false).await),
            Effect::Read => Turn::Next(self.read(service).await),
            Effect::NewAttempt => Turn::Next(self.new_attempt(service, &attempt).await),
            Effect::CancelOrder => Turn::Next(self.cancel_order(service).await),
            Effect::CancelSession => Turn::Next(self.cancel_session(service).await),
            Effect::Wait { at_least_ms } => Turn::Wait(self.wait_ms(service, at_least_ms)),
        })
    }

    fn changed(&self, service: &Service, attempt: &Attempt) {
        service.publish(&self.row);
        if self.row.state.is_settled() {
            service.bodies.borrow_mut().remove(&attempt.id);
        }
    }

    /// The shop cannot be opened: once more, until the deadline.
    async fn before_deadline(&mut self, service: &Rc<Service>) -> Result<Turn> {
        if self.is_late(service) {
            let state = State::NotSent(machine::NotSent::Deadline);
            let attempt = service.attempt(&self.row.id).await?;
            self.row.changed_ms = service.record(&self.row, &state).await?;
            self.row.state = state;
            self.changed(service, &attempt);
            return Ok(Turn::Settled);
        }
        Ok(Turn::Wait(self.wait_ms(service, None)))
    }

    fn is_late(&self, service: &Service) -> bool {
        self.deadline.is_none_or(|deadline| service.is_late(deadline))
    }

    async fn facts(&self, service: &Service, attempt: &Attempt) -> Result<Facts> {
        let honoured = match attempt.first_sent_ms {
            Some(sent) if attempt.keeps_key => {
                let now = service.now();
                let servers = now.servers_ms.iter().copied().max().unwrap_or(i64::MIN);
                let seen = service.context.ports.db.ledger.call(move |db| store::seen(db, &now)).await?;
                // The key is the shop's to honour: a wall clock set back does not lengthen its life.
                key_holds(sent, seen.max(servers))
            }
            _ => false,
        };
        Ok(Facts {
            agreed: self.row.total,
            late: self.is_late(service),
            may_resend: honoured && service.body(attempt).is_some(),
        })
    }

    /// Sends the attempt's bytes. `first`: none of them may have left before.
    async fn send(&self, service: &Service, attempt: &Attempt, first: bool) -> Input {
        let Some(body) = service.body(attempt) else {
            return if first { Input::Unsendable } else { Input::Lost { retry_after_ms: None } };
        };
        let Ok(shop) = service.shops.get(&self.row.quote.shop).await else { return Input::NotLeft };
        let leave_by = self.deadline.filter(|_| first).map(|deadline| deadline.saturating_sub(CONNECT_MS));
        match shop.complete_checkout(&self.row.quote.id, &body, &attempt.id, leave_by).await {
            Ok(checkout) => Input::Session { session: session(&checkout), completing: true },
            Err(error) => completion_failed(error),
        }
    }

    async fn read(&self, service: &Service) -> Input {
        let read = async {
            let shop = service.shops.get(&self.row.quote.shop).await?;
            shop.get_checkout(&self.row.quote.id).await
        };
        match read.await {
            Ok(checkout) => Input::Session { session: session(&checkout), completing: false },
            Err(error) => reading_failed(error),
        }
    }

    /// Asks the shop to cancel the session. Its key is fresh each time: canceling twice does no harm, and what the
    /// session says afterwards decides.
    async fn cancel_session(&self, service: &Service) -> Input {
        let canceled = async {
            let shop = service.shops.get(&self.row.quote.shop).await?;
            shop.cancel_checkout(&self.row.quote.id).await
        };
        match canceled.await {
            Ok(checkout) => Input::Session { session: session(&checkout), completing: true },
            Err(
                error @ (Error::NotOffered { .. } | Error::Forbidden { .. } | Error::SignInNeeded { .. }),
            ) => refused(error.code()),
            Err(error) => completion_failed(error),
        }
    }

    /// After the shopper came back from the browser to an open session: a new attempt, if it is still the very quote.
    async fn new_attempt(&mut self, service: &Service, last: &Attempt) -> Input {
        let made = async {
            let shop = service.shops.get(&self.row.quote.shop).await?;
            let checkout = shop.get_checkout(&self.row.quote.id).await?;
            let quote = self.same_quote(service, &shop, &checkout)?;
            let (Some(quote), number) = (quote, last.number.saturating_add(1)) else { return Ok(false) };
            let Some(payment) = quote.payment.clone() else { return Ok(false) };
            let made = service.make_attempt(&shop, &quote, &payment, self.row.total, number).await?;
            let (id, attempt) = (self.row.id.clone(), made.attempt);
            service.bodies.borrow_mut().insert(attempt.id.clone(), made.body);
            service.context.ports.db.ledger.write(move |tx| store::put_attempt(tx, &id, &attempt)).await?;
            Ok(true)
        };
        let made: Result<bool> = made.await;
        match made {
            Ok(true) => {
                let now = service.context.ports.clock.monotonic_ms();
                self.deadline = Some(now.saturating_add(DEADLINE_MS));
                Input::AttemptReady
            }
            Ok(false) => Input::AttemptFailed { code: "quote_changed".to_owned() },
            Err(error) if error.is_retryable() => Input::Lost { retry_after_ms: None },
            Err(error) => Input::AttemptFailed { code: error.code().to_owned() },
        }
    }

    /// The session as a quote again, if it still has the digest that was consented to.
    fn same_quote(&self, service: &Service, shop: &Shop, checkout: &Checkout) -> Result<Option<Quote>> {
        for instrument in &service.context.host.instruments {
            for (handler_name, handler) in checkout.ucp.handlers() {
                let payment = super::quote::Payment {
                    handler: handler.id.clone(),
                    handler_name: handler_name.to_owned(),
                    instrument: instrument.id(),
                    label: instrument.label(),
                    silent: instrument.silent(),
                    kind: instrument.kind(),
                    config: crate::api::to_json(&handler.config.clone().unwrap_or_default()),
                };
                let around = Around {
                    shop: self.row.quote.shop.clone(),
                    payment: Some(payment),
                    now: shop.now(),
                    bound: shop.offers(name::BOUND_COMPLETE),
                    one_tap_max: None,
                    subscription: false,
                    blind_box: false,
                    variant_open: false,
                    told: None,
                };
                let quote = Quote::build(checkout, around)?;
                if quote.digest == self.row.digest {
                    return Ok(Some(quote));
                }
            }
        }
        Ok(None)
    }

    async fn cancel_order(&self, service: &Service) -> Input {
        let asked = async {
            let row = service.row(&self.row.id).await?;
            let (Some(order), Some(key)) = (self.row.state.order(), row.undo_key) else {
                return Err(Error::Internal { reason: "an undo without order or key".to_owned() });
            };
            let shop = service.shops.get(&self.row.quote.shop).await?;
            let path = format!("{}/cancel", rest::order(order.id.as_str()));
            let answer: Cancellation =
                shop.send(name::ORDERS, &path, &json!({}), &key, "cancellation").await?;
            if let Some(now) = answer.now {
                shop.observe_now(now);
            }
            if !matches!(answer.state.as_str(), "canceled" | "too_late") {
                // Pending: the same key would bring the same answer for a day.
                let (id, fresh) = (self.row.id.clone(), service.context.ports.entropy.uuid());
                let ledger = &service.context.ports.db.ledger;
                ledger.write(move |tx| store::next_undo_key(tx, &id, &fresh)).await?;
            }
            Ok(answer.state)
        };
        match asked.await {
            Ok(state) if state == "canceled" => Input::OrderCanceled,
            Ok(state) if state == "too_late" => Input::OrderKept { code: state },
            Ok(_) => Input::Lost { retry_after_ms: None },
            Err(Error::Refused { code, .. }) if code != "in_progress" => Input::OrderKept { code },
            Err(error @ (Error::NotFound { .. } | Error::NotOffered { .. })) => {
                Input::OrderKept { code: error.code().to_owned() }
            }
            Err(error) => lost(&error),
        }
    }

    /// How long to wait now, milliseconds.
    fn wait_ms(&mut self, service: &Service, at_least_ms: Option<u64>) -> u64 {
        self.waits = self.waits.saturating_add(1);
        let random = service.context.ports.entropy.next_u64();
        let wait = Backoff::INTERACTIVE.wait_ms(self.waits, random, at_least_ms);
        if self.row.state != State::Tapped {
            return wait;
        }
        // That it was not sent is told when that is certain, not a backoff later.
        let last = self.deadline.unwrap_or_default().saturating_sub(CONNECT_MS);
        wait.min(last.saturating_sub(service.context.ports.clock.monotonic_ms()))
    }
}

/// What a session says.
fn session(checkout: &Checkout) -> Session {
    match checkout.next() {
        Next::Done => Session::Completed(order(checkout)),
        Next::Canceled => Session::Canceled,
        // A status from a later version is read again, never guessed.
        Next::Wait | Next::Unknown => Session::InProgress,
        Next::HandOffForInput | Next::HandOffForReview => {
            Session::Escalated { continue_url: checkout.continue_url.clone() }
        }
        Next::Fix(_) | Next::StartAnew | Next::Complete => {
            let error = checkout.messages.iter().find(|message| message.is_error());
            let complaint = error.map(|message| {
                let code = message.code.clone().unwrap_or_else(|| "refused".to_owned());
                (code, message.content.clone())
            });
            Session::Open { complaint }
        }
    }
}

fn order(checkout: &Checkout) -> Order {
    let total = checkout
        .currency
        .parse()
        .ok()
        .and_then(|currency| stated_total(checkout).map(|minor| Money::new(minor, currency)));
    // A shop that names no order has placed it all the same.
    let confirmation = checkout.order.as_ref();
    Order {
        id: OrderId::new(confirmation.map(|order| order.id.as_str()).unwrap_or_default()),
        label: confirmation.and_then(|order| order.label.clone()),
        permalink_url: confirmation.map(|order| order.permalink_url.clone()).unwrap_or_default(),
        total,
    }
}

fn lost(error: &Error) -> Input {
    match error {
        Error::SlowDown { retry_after_ms, .. } => Input::Lost { retry_after_ms: Some(*retry_after_ms) },
        _ => Input::Lost { retry_after_ms: None },
    }
}

/// What a completion that gave no session says about it.
fn completion_failed(error: Error) -> Input {
    match error {
        Error::Refused { code, content, .. } => Input::Refused { code, content, completing: true },
        Error::NotFound { .. } => refused("not_found"),
        Error::SignInNeeded { .. } => refused("sign_in_needed"),
        Error::Forbidden { .. } => refused("forbidden"),
        // The host's token provider failed before anything was sent, or after a 401 said that nothing was done.
        Error::Host { .. } | Error::NotOffered { .. } => Input::NotLeft,
        error if error.is_not_sent() => Input::NotLeft,
        error => lost(&error),
    }
}

fn refused(code: &str) -> Input {
    Input::Refused { code: code.to_owned(), content: String::new(), completing: true }
}

fn reading_failed(error: Error) -> Input {
    match error {
        Error::Refused { code, content, .. } => Input::Refused { code, content, completing: false },
        Error::NotFound { .. } => {
            Input::Refused { code: "not_found".to_owned(), content: String::new(), completing: false }
        }
        error => lost(&error),
    }
}

fn no_purchase(id: &PurchaseId) -> Error {
    Error::NotFound { what: format!("purchase {id}") }
}
