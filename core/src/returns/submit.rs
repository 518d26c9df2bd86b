//! The way of a wish: into the ledger, to the shop under its key, and to a known outcome.

use serde_json::value::RawValue;
use std::rc::Rc;

use nightmarket_ucp::{name, rest};

use super::ReturnRef;
use super::machine::{self, Return, Unfit};
use super::machine_request::{Effect, Input, KEY_LIFE_MS};
use super::service::{Entry, PACE, Service};
use super::store::{self, Row};
use super::wire::{ReturnLine, ReturnRequest, ReturnWire, Returnable};
use crate::api;
use crate::backoff::Backoff;
use crate::error::{Error, Result};
use crate::ids::{OrderId, ShopDomain};
use crate::ports::{DbExt as _, EntropyExt as _};

/// How a wish is sent again.
const RESEND: Backoff = Backoff { base_ms: 1_000, cap_ms: 60_000 };
/// Longest note, characters (contract: `return_request.json`).
const NOTE: usize = 2_000;

impl Service {
    pub(super) async fn start(
        self: &Rc<Self>,
        shop: ShopDomain,
        order: OrderId,
        lines: Vec<ReturnLine>,
        note: Option<String>,
    ) -> Result<ReturnRef> {
        if note.as_ref().is_some_and(|note| note.chars().count() > NOTE) {
            return Err(Error::bad_input(format!("a note has at most {NOTE} characters")));
        }
        let paid = self.orders.paid(&shop, &order).await;
        let returnable = self.eligible(&shop, &order).await?;
        machine::check(&returnable, &lines, returnable.now).map_err(|unfit| unfit_error(&unfit))?;
        let claimed = lines
            .iter()
            .filter_map(|line| returnable.lines.iter().find(|from| from.line_id == line.line_id))
            .map(|from| (from.line_id.clone(), from.returned.saturating_add(from.open)))
            .collect();
        let body = api::to_json(&ReturnRequest { order_id: &order, lines: &lines, note: note.as_deref() });
        let ports = &self.venue.context.ports;
        let row = Row {
            id: ports.entropy.uuid(),
            shop,
            order,
            body,
            claimed,
            paid,
            state: Return::wished(lines),
            return_id: None,
            created_ms: ports.clock.wall_ms(),
        };
        // In memory first: a second tap before the ledger has it finds these pieces taken.
        let id = ReturnRef(row.id.clone());
        let entry = self.admit(row.clone());
        if let Err(error) = ports.db.ledger.write(move |tx| store::put(tx, &row)).await {
            self.dismiss(&id);
            return Err(error);
        }
        self.submit_later(entry);
        Ok(id)
    }

    pub(super) fn submit_later(self: &Rc<Self>, entry: Rc<Entry>) {
        let returns = self.clone();
        tokio::task::spawn_local(async move { returns.submit(&entry).await });
    }

    /// Sends the wish, or looks for it, until it is known what became of it.
    async fn submit(&self, entry: &Rc<Entry>) {
        let ports = &self.venue.context.ports;
        let age = || ports.clock.wall_ms().saturating_sub(entry.row.borrow().created_ms);
        let mut effect = if age() < KEY_LIFE_MS { Effect::SendAgain } else { Effect::Look };
        for attempt in 1.. {
            let outcome = match effect {
                Effect::SendAgain => self.send(entry).await,
                Effect::Look => self.look_for(entry).await,
                Effect::Rest => return,
            };
            if !entry.row.borrow().state.request.is_pending() {
                return;
            }
            let (input, retry_after, problem) = match outcome {
                Ok(None) | Err(Error::Closed) => return,
                Ok(Some(input)) => (input, None, None),
                Err(error) if effect == Effect::Look => {
                    self.trouble(entry, error);
                    ports.clock.sleep(PACE.wait_ms(attempt, ports.entropy.next_u64(), None)).await;
                    continue;
                }
                Err(error) => (input_of(&error), retry_after(&error), Some(error)),
            };
            let age = age();
            effect = entry.row.borrow_mut().state.step(input, age);
            self.save(entry).await;
            if let Some(error) = problem.filter(|_| effect != Effect::Rest) {
                self.trouble(entry, error);
                ports.clock.sleep(RESEND.wait_ms(attempt, ports.entropy.next_u64(), retry_after)).await;
            }
        }
    }

    /// One sending of the bytes in the ledger under the key in the ledger. No input: the answer is absorbed.
    async fn send(&self, entry: &Rc<Entry>) -> Result<Option<Input>> {
        let (domain, body, key) = {
            let row = entry.row.borrow();
            (row.shop.clone(), row.body.clone(), row.id.clone())
        };
        let shop = self.shop(&domain).await?;
        let body = RawValue::from_string(body).map_err(|error| Error::malformed("return request", error))?;
        let said: ReturnWire = shop.send(name::RETURNS, "/returns", &body, &key, "return").await?;
        shop.observe_now(said.now);
        {
            let mut row = entry.row.borrow_mut();
            if row.return_id.as_ref().is_some_and(|id| *id != said.id) {
                // Another device's, taken for this one: the answer to our key knows better.
                row.state = Return::wished(row.state.lines.clone());
            }
            row.return_id = Some(said.id.clone());
        }
        self.absorb(entry, said).await;
        entry.followed.hint();
        Ok(None)
    }

    /// Whether more of the wish's lines is taken than before it.
    async fn look_for(&self, entry: &Rc<Entry>) -> Result<Option<Input>> {
        let (domain, order, claimed) = {
            let row = entry.row.borrow();
            (row.shop.clone(), row.order.clone(), row.claimed.clone())
        };
        let shop = self.shop(&domain).await?;
        let path = format!("/orders/{}/returnable", rest::segment(order.as_str()));
        let now: Returnable = shop.get(name::RETURNS, &path, "returnable").await?;
        let claimed_more = claimed.iter().any(|(line, before)| {
            let line = now.lines.iter().find(|from| from.line_id == *line);
            line.is_some_and(|line| line.returned.saturating_add(line.open) > *before)
        });
        Ok(Some(Input::Looked { claimed_more }))
    }
}

/// What an error says about the request: nothing done, perhaps done, or refused for good.
fn input_of(error: &Error) -> Input {
    let refused =
        |content: &str| Input::Refused { code: error.code().to_owned(), content: content.to_owned() };
    match error {
        Error::Refused { code, content, .. } => {
            Input::Refused { code: code.clone(), content: content.clone() }
        }
        Error::NotFound { .. } | Error::Forbidden { .. } | Error::NotOffered { .. } => refused(""),
        // A 401 says that nothing was done, a failing provider that nothing was sent.
        Error::SignInNeeded { .. } | Error::Host { .. } => Input::NotSent,
        error if error.is_not_sent() => Input::NotSent,
        _ => Input::NoAnswer,
    }
}

fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::SlowDown { retry_after_ms, .. } => Some(*retry_after_ms),
        _ => None,
    }
}

fn unfit_error(unfit: &Unfit) -> Error {
    let refused =
        |code: &str, content: String| Error::Refused { code: code.to_owned(), content, continue_url: None };
    match unfit {
        Unfit::Empty => Error::bad_input("nothing was chosen to go back"),
        Unfit::Twice { line_id } => Error::bad_input(format!("line {line_id} was named twice")),
        Unfit::NoSuchLine { line_id } => refused("not_returnable", format!("line {line_id} cannot go back")),
        Unfit::TooMany { line_id, left } => {
            refused("not_returnable", format!("{left} of line {line_id} can go back"))
        }
        Unfit::TooLate { line_id } => {
            refused("too_late", format!("the time to return line {line_id} is over"))
        }
        Unfit::NotForThat { line_id } => {
            refused("not_returnable", format!("line {line_id} is not taken back for this reason"))
        }
    }
}
