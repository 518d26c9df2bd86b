//! A digital draw, step by step, and every check of it. Pure: what is written down and what the shop answered go in,
//! what to do next and what to write down come out.
//!
//! Asked → committed → seed made → seed sent → verified, failed or expired. Each state is durable before the next step
//! is taken, so a draw goes on where it was after a restart, and no second one is begun.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

use super::draw::{Binding, BoundPity, BoundWeight, Bytes32};
use super::types::{BoughtBox, Content, Draw, DrawFailure, DrawState, Evidence};
use super::wire::{DrawWire, ProofClaims};
use crate::ids::DrawId;

/// Milliseconds after its expiry in which a shop may still show its seed (contract, README, "Ends").
pub(crate) const REVEAL_MS: i64 = 24 * 3_600_000;

/// What is written down of one draw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) bought: BoughtBox,
    pub(crate) attempt: u32,
    /// Idempotency key of the request for the commitment.
    pub(crate) key: String,
    /// The odds as they were shown, which the commitment has to bind.
    pub(crate) odds: Vec<BoundWeight>,
    pub(crate) pity: Option<BoundPity>,
    pub(crate) finite: bool,
    pub(crate) committed: Option<Committed>,
    pub(crate) seed: Option<Seed>,
    pub(crate) server_seed: Option<Bytes32>,
    pub(crate) ending: Option<Ending>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Committed {
    pub(crate) draw_id: DrawId,
    pub(crate) commitment: Bytes32,
    pub(crate) binding: Binding,
    pub(crate) proof: Option<String>,
    /// By the shop's clock.
    pub(crate) expires_ms: i64,
}

/// The phone's seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Seed {
    pub(crate) bytes: Bytes32,
    /// Idempotency key of the request that gives it.
    pub(crate) key: String,
    /// Whether it may have left before the draw expired.
    pub(crate) left_in_time: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    Verified { content: Content },
    Failed { reason: DrawFailure },
    Expired,
}

impl Committed {
    pub(crate) fn of(draw: &DrawWire) -> Self {
        Self {
            draw_id: draw.draw_id.clone(),
            commitment: draw.commitment,
            binding: draw.binding.clone(),
            proof: draw.proof.clone(),
            expires_ms: draw.expires_at.as_ms(),
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// Ask for the commitment.
    Commit,
    /// Make the seed and write it down.
    MakeSeed,
    /// Send the seed that is written down.
    GiveSeed,
    /// Look at what the shop says of it.
    Read,
    /// Nothing: it has ended.
    Done,
}

/// The next step at this time of the shop's clock.
pub(crate) fn next(record: &Record, now_ms: i64) -> Step {
    match (&record.ending, &record.committed, &record.seed) {
        (Some(_), _, _) => Step::Done,
        (None, None, _) => Step::Commit,
        (None, Some(committed), _) if now_ms >= committed.expires_ms => Step::Read,
        (None, Some(_), None) => Step::MakeSeed,
        (None, Some(_), Some(_)) => Step::GiveSeed,
    }
}

/// Draws of a series that are known: outcomes by nonce, none where nothing came out (yet).
pub(crate) type History = BTreeMap<u64, Option<String>>;

/// Whether every draw before this one is known.
pub(crate) fn covers(history: &History, nonce: u64) -> bool {
    first_missing(history, nonce).is_none()
}

fn first_missing(history: &History, nonce: u64) -> Option<u64> {
    // Counted along what is known, so that a huge nonce costs nothing.
    let contiguous = history.keys().zip(0_u64..).take_while(|(known, at)| **known == *at).count();
    let contiguous = u64::try_from(contiguous).unwrap_or(u64::MAX);
    (contiguous < nonce).then_some(contiguous)
}

/// Checks a commitment before any seed is made.
pub(crate) fn commitment(
    record: &Record,
    draw: &DrawWire,
    proof: Option<&ProofClaims>,
    history: &History,
) -> Result<(), DrawFailure> {
    let binding = &draw.binding;
    let differs = |what: &str| DrawFailure::BindingDiffers { what: what.to_owned() };
    let bought = &record.bought;
    let members = [
        ("shop", binding.shop == bought.shop.as_str()),
        ("box_id", binding.box_id == bought.box_id.as_str()),
        ("order_id", binding.order_id == bought.order.as_str()),
        ("draw_id", binding.draw_id == draw.draw_id.as_str()),
        ("stock", binding.stock.is_some() == record.finite),
    ];
    if let Some((what, _)) = members.iter().find(|(_, same)| !same) {
        return Err(differs(what));
    }
    if binding.odds != record.odds || binding.pity != record.pity {
        return Err(DrawFailure::OddsDiffer);
    }
    // Whether it has bytes and an outcome at all is seen with any seeds.
    let any = Bytes32([0; 32]);
    binding.commitment(&any).and(binding.outcome(&any, &any)).map_err(|bad| differs(bad.0))?;
    if let Some(claims) = proof
        && (claims.iss != bought.shop.as_str()
            || claims.draw_id != draw.draw_id
            || claims.commitment != draw.commitment)
    {
        return Err(DrawFailure::ProofNotGenuine { reason: "it is of another draw".to_owned() });
    }
    series(binding, history)
}

/// The draw's place among its shopper's others.
fn series(binding: &Binding, history: &History) -> Result<(), DrawFailure> {
    if let Some(missing) = first_missing(history, binding.nonce) {
        return Err(DrawFailure::NonceGap { missing });
    }
    if history.contains_key(&binding.nonce) {
        return Err(DrawFailure::NonceReused);
    }
    let Some(pity) = &binding.pity else { return Ok(()) };
    let revealed = history.range(..binding.nonce).filter_map(|(_, outcome)| outcome.as_deref());
    let expected = revealed
        .fold(0_u32, |count, content| if content == pity.content { 0 } else { count.saturating_add(1) });
    if expected == binding.pity_counter {
        Ok(())
    } else {
        Err(DrawFailure::PityDiffers { expected, got: binding.pity_counter })
    }
}

/// What an answer about a committed draw means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It ended. With the server's seed, if it was shown.
    Ended(Ending, Option<Bytes32>),
    /// It goes on.
    Open,
    /// It says revealed, and lacks what that takes: as good as no answer.
    Incomplete,
}

/// Judges an answer at this time of the shop's clock. `title` names a content.
pub(crate) fn answer(
    record: &Record,
    draw: &DrawWire,
    now_ms: i64,
    title: impl Fn(&str) -> Content,
) -> Answer {
    let Some(committed) = &record.committed else { return Answer::Incomplete };
    let failed = |reason| Answer::Ended(Ending::Failed { reason }, draw.server_seed);
    if draw.draw_id != committed.draw_id
        || draw.commitment != committed.commitment
        || draw.binding != committed.binding
    {
        return failed(DrawFailure::CommitmentChanged);
    }
    if let Some(shown) = &draw.server_seed
        && committed.binding.commitment(shown) != Ok(committed.commitment)
    {
        return failed(DrawFailure::SeedNotCommitted);
    }
    match draw.state.as_str() {
        "revealed" => match revealed(record, committed, draw) {
            None => Answer::Incomplete,
            Some(Ok(content)) => {
                Answer::Ended(Ending::Verified { content: title(&content) }, draw.server_seed)
            }
            Some(Err(reason)) => failed(reason),
        },
        "expired" if record.seed.as_ref().is_some_and(|seed| seed.left_in_time) => {
            failed(DrawFailure::ExpiredThoughGiven)
        }
        "expired" => Answer::Ended(Ending::Expired, draw.server_seed),
        _ if now_ms >= committed.expires_ms.saturating_add(REVEAL_MS) => match &record.seed {
            Some(_) => failed(DrawFailure::NeverRevealed),
            None => Answer::Ended(Ending::Expired, draw.server_seed),
        },
        _ => Answer::Open,
    }
}

/// The content, if the seeds give it; none if the answer lacks a part.
fn revealed(record: &Record, committed: &Committed, draw: &DrawWire) -> Option<Result<String, DrawFailure>> {
    let (server, client) = (draw.server_seed.as_ref()?, draw.client_seed.as_ref()?);
    let (nonce, claimed) = (draw.nonce?, draw.outcome.as_ref()?);
    if record.seed.as_ref().map(|seed| &seed.bytes) != Some(client) {
        return Some(Err(DrawFailure::SeedReplaced));
    }
    if nonce != committed.binding.nonce {
        return Some(Err(DrawFailure::NonceDiffers));
    }
    let computed = committed.binding.outcome(server, client).unwrap_or_default();
    if computed == claimed {
        Some(Ok(computed.to_owned()))
    } else {
        let (claimed, computed) = (claimed.clone(), computed.to_owned());
        Some(Err(DrawFailure::OutcomeDiffers { claimed, computed }))
    }
}

impl Record {
    /// As a screen shows it at this time of the shop's clock.
    pub(crate) fn shown(&self, now_ms: i64) -> Draw {
        let state = match (&self.ending, &self.committed, &self.seed) {
            (Some(Ending::Verified { content }), _, _) => DrawState::Verified { content: content.clone() },
            (Some(Ending::Failed { reason }), _, _) => DrawState::Failed { reason: reason.clone() },
            (Some(Ending::Expired), _, _) => DrawState::Expired,
            (None, None, _) => DrawState::Asked,
            (None, Some(_), None) => DrawState::Committed,
            (None, Some(committed), Some(_)) if now_ms >= committed.expires_ms => DrawState::Overdue,
            (None, Some(_), Some(_)) => DrawState::SeedGiven,
        };
        Draw {
            bought: self.bought.clone(),
            attempt: self.attempt,
            id: self.committed.as_ref().map(|committed| committed.draw_id.clone()),
            nonce: self.committed.as_ref().map(|committed| committed.binding.nonce),
            state,
            evidence: self.committed.as_ref().map(|committed| self.evidence(committed)),
        }
    }

    fn evidence(&self, committed: &Committed) -> Evidence {
        Evidence {
            commitment: committed.commitment.to_string(),
            proof: committed.proof.clone(),
            binding: crate::api::to_json(&committed.binding),
            client_seed: self.seed.as_ref().map(|seed| seed.bytes.to_string()),
            server_seed: self.server_seed.map(|seed| seed.to_string()),
        }
    }
}

#[cfg(test)]
#[path = "machine_tests.rs"]
mod tests;
