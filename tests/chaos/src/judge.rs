//! The judge of purchases: the sandbox's books against what the shopper's ledger says.

use std::collections::{BTreeMap, BTreeSet};

use nightmarket::Money;
use nightmarket::purchase::{PurchaseView, State};
use nightmarket_sandbox::books::{Attempt, Books, Charge};
use nightmarket_sandbox::world::World;

use crate::shopping::THRESHOLDS;

/// How long a shop of UCP 2026-04-08 honours a key, milliseconds (checkout-rest).
const KEY_LIFE_MS: i64 = 24 * 3_600_000;

/// Judges every shop of the world; `domains` are theirs, in its order.
///
/// # Errors
/// The first thing that must not be, as a sentence.
pub fn judge_purchases(world: &World, domains: [&str; 2], views: &[PurchaseView]) -> Result<(), String> {
    world.shops().iter().zip(domains).try_for_each(|(shop, domain)| {
        let here: Vec<_> = views.iter().filter(|view| view.quote.shop.as_str() == domain).collect();
        judge(shop.books(), &here, world.now_ms())
    })
}

/// The shop's books against the shopper's ledger.
fn judge(books: &Books, views: &[&PurchaseView], now_ms: i64) -> Result<(), String> {
    if let Some(wrong) = books.wrongs().into_iter().next() {
        return Err(wrong);
    }
    one_key_each(books, views)?;
    for charge in &books.charges {
        let known = views.iter().filter(|view| view.quote.id.as_str() == charge.checkout_id).count();
        if known != 1 {
            return Err(format!("{} was charged, and {known} purchases know of it", charge.checkout_id));
        }
        for view in views.iter().filter(|view| view.quote.id.as_str() == charge.checkout_id) {
            as_agreed(charge, view)?;
        }
    }
    for view in views {
        let (id, state) = (&view.quote.id, view.state.code());
        let charges = books.charges.iter().filter(|charge| charge.checkout_id == id.as_str()).count();
        let undone = view
            .state
            .order()
            .is_some_and(|order| books.cancellations.iter().any(|c| c.order_id == order.id.as_str()));
        let waits = match view.state {
            State::NeedsBuyer { .. } => true,
            // The shop does not honour the key any more, so nothing is left but to read.
            State::Reconciling => now_ms - view.tapped_ms > KEY_LIFE_MS,
            _ => view.state.is_settled(),
        };
        if !waits {
            return Err(format!("{id} is still {state} ten minutes after the last fault"));
        }
        if charges != usize::from(view.state.order().is_some()) {
            return Err(format!("{id} is {state} here and was charged {charges} times"));
        }
        if matches!(view.state, State::Canceled(_)) != undone {
            return Err(format!("{id} is {state} here, and undone at the shop: {undone}"));
        }
    }
    Ok(())
}

/// What was charged is what the finger agreed to; without a confirmation it is under the threshold.
fn as_agreed(charge: &Charge, view: &PurchaseView) -> Result<(), String> {
    let id = &charge.checkout_id;
    if (charge.amount, charge.currency.as_str()) != (view.total.minor, view.total.currency.as_str()) {
        return Err(format!("{id} was charged {} {} for {}", charge.amount, charge.currency, view.total));
    }
    let under = THRESHOLDS.iter().any(|threshold| {
        let threshold: Money = threshold.parse().expect("money");
        threshold.currency == view.total.currency && view.total.minor < threshold.minor
    });
    if !view.confirmed && !under {
        return Err(format!("{id} cost {} and was not confirmed", view.total));
    }
    Ok(())
}

/// A purchase has one key, and another only after the bank's question: for a session the shop saw no more than that for
/// each purchase the shopper knows. A second charge this bug need not make: the shop refuses to complete a session
/// twice, whatever the key.
fn one_key_each(books: &Books, views: &[&PurchaseView]) -> Result<(), String> {
    let mut tries: BTreeMap<&str, Vec<&Attempt>> = BTreeMap::new();
    for attempt in &books.attempts {
        tries.entry(&attempt.checkout_id).or_default().push(attempt);
    }
    for (checkout, tries) in tries {
        let mut keys = BTreeSet::new();
        let mut asked_by_the_bank = false;
        let mut unasked = 0;
        for attempt in tries {
            unasked += usize::from(keys.insert(&attempt.key) && !asked_by_the_bank);
            asked_by_the_bank = attempt.outcome == "escalated";
        }
        let bought = views.iter().filter(|view| view.quote.id.as_str() == checkout).count();
        if unasked > bought {
            return Err(format!("{checkout} was completed under {unasked} keys for {bought} purchases"));
        }
    }
    Ok(())
}
