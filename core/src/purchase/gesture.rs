//! A gesture: decided on what is known, written down in one transaction that decides again for good, then sent.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::json;

use super::TapResult;
use super::decide::{Context as Circumstances, Decision, Gesture, LedgerView, Reason, Weight, decide};
use super::machine::{DEADLINE_MS, State};
use super::policy::Policy;
use super::quote::{Quote, QuoteKey};
use super::service::{Made, Service};
use super::store::{self, Attempt, Row, Traits};
use crate::api;
use crate::boxes;
use crate::error::{Error, Result};
use crate::ids::PurchaseId;
use crate::ports::{Connection, DbExt as _, EntropyExt as _};

/// What the ledger says that a decision about a quote stands on.
pub(super) struct Grounds {
    policy: Policy,
    ledger: LedgerView,
    boxes: boxes::Known,
}

impl Grounds {
    /// As they are at a time, the highest seen.
    fn read(db: &Connection, quote: &Quote, seen_ms: i64) -> rusqlite::Result<Self> {
        let items = quote.lines.iter().map(|line| line.item.as_str());
        Ok(Self {
            policy: store::policy(db)?,
            ledger: store::view(db, quote, seen_ms)?,
            boxes: boxes::known(db, quote.key.shop.as_str(), items)?,
        })
    }

    fn decide(&self, quote: &Quote, mut circumstances: Circumstances) -> Decision {
        circumstances.draw_failed = self.boxes.draw_failed;
        circumstances.box_ages.clone_from(&self.boxes.ages);
        if let Some(rendered) = &mut circumstances.rendered {
            // What the screen showed of the odds counts only while they are the shop's.
            rendered.odds &= !self.boxes.odds_changed;
        }
        decide(&self.policy, &self.ledger, quote, &circumstances)
    }
}

impl Service {
    /// What would become of a tap on a screen that shows everything.
    pub(super) async fn preview(&self, quote: &Arc<Quote>) -> Result<Decision> {
        self.ask(quote, Gesture::Preview).await
    }

    pub(super) async fn tap(
        self: &Rc<Self>,
        key: &QuoteKey,
        digest: String,
        shown_ms: u64,
    ) -> Result<TapResult> {
        self.gesture(key, Gesture::Tap { digest, shown_ms }).await
    }

    pub(super) async fn confirm(self: &Rc<Self>, key: &QuoteKey, digest: String) -> Result<TapResult> {
        self.gesture(key, Gesture::Confirm { digest }).await
    }

    /// A gesture: decided, then written down with the decision in one transaction, then sent.
    async fn gesture(self: &Rc<Self>, key: &QuoteKey, gesture: Gesture) -> Result<TapResult> {
        let clock = &self.context.ports.clock;
        let started = clock.monotonic_ms();
        let (quote, used) = self.current(key)?;
        if used {
            return self.turned_down(&quote, &gesture, already_tapped()).await;
        }
        // Nothing is minted for a gesture that will not buy, as far as is known; the transaction decides for good.
        if !self.foreseen(&quote, &gesture).await? {
            let early = self.ask(&quote, gesture.clone()).await?;
            if !goes(&early, &gesture) {
                return self.turned_down(&quote, &gesture, early).await;
            }
        }
        let (mut row, made) = self.prepare(&quote, &gesture).await?;
        // Minting may have taken a while: what is bought is the quote as it is now.
        let (quote, used) = self.current(key)?;
        if used {
            return self.turned_down(&quote, &gesture, already_tapped()).await;
        }
        let Made { attempt, body } = made;
        let deadline = started.saturating_add(DEADLINE_MS);
        if self.is_late(deadline) {
            // Written down all the same: the shopper is told that it was not sent.
            row.state = State::Tapped;
        }
        let (decision, committed) = self.commit(&quote, &gesture, row, attempt).await?;
        let Some((row, attempt)) = committed else { return Ok(told(decision, &gesture)) };
        let purchase = row.id.clone();
        self.use_up(key);
        self.bodies.borrow_mut().insert(attempt.id.clone(), body);
        self.start(row, attempt, deadline);
        Ok(TapResult::Started(purchase))
    }

    /// The intent and its first attempt, not yet written down.
    async fn prepare(&self, quote: &Quote, gesture: &Gesture) -> Result<(Row, Made)> {
        let shop = self.shops.get(&quote.key.shop).await?;
        let (Some(payment), Some(total)) = (&quote.payment, quote.total) else {
            return Err(Error::Internal { reason: "a quote without payment was let through".to_owned() });
        };
        let made = self.make_attempt(&shop, quote, payment, total, 1).await?;
        let row = Row {
            id: PurchaseId::new(self.context.ports.entropy.uuid()),
            quote: quote.key.clone(),
            digest: quote.digest.clone(),
            total,
            lines: quote.lines.clone(),
            confirmed: matches!(gesture, Gesture::Confirm { .. }),
            state: State::Sending,
            acknowledged: false,
            tapped_ms: 0,
            changed_ms: 0,
            undo_key: None,
        };
        Ok((row, made))
    }

    /// The tap's one transaction: what the ledger knows, the decision, and if it buys the intent with its reservation,
    /// its attempt and its audit. From its end on bytes may leave.
    async fn commit(
        &self,
        quote: &Arc<Quote>,
        gesture: &Gesture,
        mut row: Row,
        mut attempt: Attempt,
    ) -> Result<(Decision, Option<(Row, Attempt)>)> {
        let now = self.now();
        let circumstances = self.circumstances(quote, gesture.clone()).await?;
        let quote = quote.clone();
        self.context
            .ports
            .db
            .ledger
            .write(move |tx| {
                let seen = store::see(tx, &now)?;
                let gesture = circumstances.gesture.clone();
                let decision = Grounds::read(tx, &quote, seen)?.decide(&quote, circumstances);
                let buys = goes(&decision, &gesture);
                let id = buys.then(|| row.id.clone());
                if buys {
                    (row.tapped_ms, row.changed_ms) = (seen, seen);
                    attempt.first_sent_ms = (row.state == State::Sending).then_some(seen);
                    store::begin(tx, &row, &Traits::of(&quote), &attempt)?;
                }
                let body = audited(&quote, &gesture, &decision);
                store::audit(tx, seen, "decision", id.as_ref(), &body)?;
                Ok((decision, buys.then_some((row, attempt))))
            })
            .await
    }

    /// A gesture that buys nothing is written down too.
    async fn turned_down(&self, quote: &Quote, gesture: &Gesture, decision: Decision) -> Result<TapResult> {
        let now = self.now();
        let body = audited(quote, gesture, &decision);
        self.context
            .ports
            .db
            .ledger
            .write(move |tx| {
                let seen = store::see(tx, &now)?;
                store::audit(tx, seen, "decision", None, &body)
            })
            .await?;
        Ok(told(decision, gesture))
    }

    /// Whether it would buy by what the ledger last said about this quote, without asking it again.
    async fn foreseen(&self, quote: &Quote, gesture: &Gesture) -> Result<bool> {
        let circumstances = self.circumstances(quote, gesture.clone()).await?;
        let decision = self.with_grounds(quote, |grounds| grounds.decide(quote, circumstances));
        Ok(decision.is_some_and(|decision| goes(&decision, gesture)))
    }

    /// The decision as things are, without writing anything.
    async fn ask(&self, quote: &Arc<Quote>, gesture: Gesture) -> Result<Decision> {
        let now = self.now();
        let circumstances = self.circumstances(quote, gesture).await?;
        let asked = quote.clone();
        let read = move |db: &mut Connection| Grounds::read(db, &asked, store::seen(db, &now)?);
        let grounds = self.context.ports.db.ledger.call(read).await?;
        let decision = grounds.decide(quote, circumstances);
        self.keep_grounds(quote, grounds);
        Ok(decision)
    }

    /// All but what the ledger knows: [`Grounds`] add that.
    async fn circumstances(&self, quote: &Quote, gesture: Gesture) -> Result<Circumstances> {
        let shop = self.shops.get(&quote.key.shop).await?;
        let now = self.context.ports.clock.monotonic_ms();
        let rendered = self.shown(quote);
        let gesture = match (gesture, &rendered) {
            // The screen cannot have shown it for longer than since it said so.
            (Gesture::Tap { digest, shown_ms }, Some((_, since))) => {
                Gesture::Tap { digest, shown_ms: shown_ms.min(now.saturating_sub(*since)) }
            }
            (gesture, _) => gesture,
        };
        Ok(Circumstances {
            shop_now_ms: shop.now().as_ms(),
            wall_ms: self.context.ports.clock.wall_ms(),
            online: self.is_online(),
            vouched: self.shops.is_vouched(&quote.key.shop),
            draw_failed: false,
            age: self.declared_age(),
            box_ages: Vec::new(),
            rendered: rendered.map(|(shown, _)| shown),
            gesture,
        })
    }
}

fn already_tapped() -> Decision {
    Decision::Refuse(vec![Reason::AlreadyTapped])
}

/// Whether a decision lets this gesture buy.
fn goes(decision: &Decision, gesture: &Gesture) -> bool {
    match gesture {
        Gesture::Preview => false,
        Gesture::Tap { .. } => *decision == Decision::OneTap,
        Gesture::Confirm { .. } => decision.may_be_confirmed(),
    }
}

fn told(decision: Decision, gesture: &Gesture) -> TapResult {
    match decision {
        // A confirmation was given: what is left is what it cannot settle.
        Decision::Confirm(mut reasons) if matches!(gesture, Gesture::Confirm { .. }) => {
            reasons.retain(|reason| reason.weight() != Weight::Confirms);
            TapResult::Refused(reasons)
        }
        Decision::Confirm(reasons) => TapResult::Confirm(reasons),
        Decision::Refuse(reasons) => TapResult::Refused(reasons),
        // Only what does not buy is told.
        Decision::OneTap => TapResult::Refused(Vec::new()),
    }
}

/// What the audit keeps of a decision: no address, no card.
fn audited(quote: &Quote, gesture: &Gesture, decision: &Decision) -> String {
    let gesture = match gesture {
        Gesture::Preview => json!("preview"),
        Gesture::Tap { digest, shown_ms } => json!({ "tap": digest, "shown_ms": shown_ms }),
        Gesture::Confirm { digest } => json!({ "confirm": digest }),
    };
    api::to_json(&json!({
        "quote": quote.key,
        "digest": quote.digest,
        "total": quote.total,
        "lines": quote.lines,
        "gesture": gesture,
        "decision": decision,
    }))
}
