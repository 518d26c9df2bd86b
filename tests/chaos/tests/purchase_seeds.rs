//! Purchases while answers are lost, doubled, late and spoiled, and the app is killed at any step: nobody pays twice, and
//! everything ends in a state that says what happened.

mod app;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use nightmarket::Money;
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::ports::{Http, Ports};
use nightmarket::purchase::{BuyRequest, PurchaseView, Purchases, Rendered, State, TapResult};
use nightmarket_chaos::{LostMeansUnsent, NewIdentityOnRetry, Phone, Run, Weather, check, first_caught};
use nightmarket_sandbox::books::Books;

const LIVES: u64 = 4;
/// What is bought: by shop, some under and some over the threshold.
const WARES: [(&str, &str); 5] = [
    ("127.0.0.1:4001", "mug_celadon_s"),
    ("127.0.0.1:4001", "pearl_b001"),
    ("127.0.0.1:4001", "pearl_b008"),
    ("127.0.0.1:4002", "tasting_tin"),
    ("127.0.0.1:4002", "no_such_item"),
];

/// Looks at something, and mostly buys it; whatever fails is left at that.
async fn shop_around(purchases: &Purchases, run: &Run) {
    let Some((shop, item)) = run.dice.pick(&WARES) else { return };
    let request = BuyRequest::of(ShopDomain::new(*shop), ItemId::from(*item), 1);
    let Ok(quoted) = purchases.quote(request).await else { return };
    let (key, digest) = (quoted.quote.key.clone(), quoted.quote.digest.clone());
    if purchases.rendered(key.clone(), digest.clone(), Rendered::all_of(&quoted.quote)).await.is_err() {
        return;
    }
    tokio::time::sleep(Duration::from_millis(run.dice.between(400, 2_000))).await;
    let tap = purchases.tap(key.clone(), digest.clone(), 900).await;
    let started = match tap {
        Ok(TapResult::Started(id)) => Some(id),
        Ok(TapResult::Confirm(_)) if run.dice.below(4) > 0 => match purchases.confirm(key, digest).await {
            Ok(TapResult::Started(id)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    if let Some(id) = started {
        // Impatient, as people are.
        let patience = Duration::from_millis(run.dice.below(40_000));
        if let Ok(Ok(view)) = tokio::time::timeout(patience, purchases.outcome(id.clone())).await
            && matches!(view.state, State::Placed(_))
            && run.dice.below(4) == 0
        {
            // Undone, as long as the shop lets it; whether it was, the judge asks the shop.
            let _ = purchases.undo(id).await;
        }
    }
}

async fn live(ports: Ports, run: &Run) {
    let shopper = app::open(ports).await;
    let purchases = shopper.purchase();
    for threshold in ["200.00CNY", "60.00USD"] {
        let threshold: Money = threshold.parse().expect("money");
        purchases.set_threshold(threshold).await.expect("the policy is written down");
    }
    for _ in 0..3 {
        shop_around(&purchases, run).await;
        tokio::time::sleep(Duration::from_millis(run.dice.below(5_000))).await;
    }
    shopper.close().await;
}

async fn evening(run: Run, wrap: fn(Rc<dyn Http>) -> Rc<dyn Http>) -> Result<(), String> {
    let phone = Phone::new(&run.net, run.seed, wrap);
    run.net.set_weather(Weather::Foul);
    for life in 0..LIVES {
        let kill_at = (life + 1 < LIVES).then(|| run.dice.between(1, 220));
        phone.live(kill_at, async |ports| live(ports, &run).await).await;
    }
    run.net.set_weather(Weather::Fair);
    let settled = phone.live(None, async |ports| {
        let shopper = app::open(ports).await;
        tokio::time::sleep(Duration::from_mins(10)).await;
        let views = shopper.purchase().purchases().await;
        shopper.close().await;
        views
    });
    let views = settled.await.expect("this life is not killed").map_err(|error| error.to_string())?;
    let world = run.net.world();
    world.shops().iter().zip(["127.0.0.1:4001", "127.0.0.1:4002"]).try_for_each(|(shop, domain)| {
        let here: Vec<_> = views.iter().filter(|view| view.quote.shop.as_str() == domain).collect();
        judge(shop.books(), &here)
    })
}

/// The shop's books against the shopper's ledger.
fn judge(books: &Books, views: &[&PurchaseView]) -> Result<(), String> {
    if let Some(wrong) = books.wrongs().into_iter().next() {
        return Err(wrong);
    }
    one_key_each(books, views)?;
    for charge in &books.charges {
        let known = views.iter().filter(|view| view.quote.id.as_str() == charge.checkout_id).count();
        if known != 1 {
            return Err(format!("{} was charged, and {known} purchases know of it", charge.checkout_id));
        }
    }
    for view in views {
        let (id, state) = (&view.quote.id, view.state.code());
        let charges = books.charges.iter().filter(|charge| charge.checkout_id == id.as_str()).count();
        let undone = view
            .state
            .order()
            .is_some_and(|order| books.cancellations.iter().any(|c| c.order_id == order.id.as_str()));
        if !view.state.is_settled() && !matches!(view.state, State::NeedsBuyer { .. }) {
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

/// A purchase is one attempt under one key: the shop saw no more keys for a session than the shopper knows purchases.
/// A second charge this bug need not make: the shop refuses to complete a session twice, whatever the key.
fn one_key_each(books: &Books, views: &[&PurchaseView]) -> Result<(), String> {
    let mut keys: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for attempt in &books.attempts {
        keys.entry(&attempt.checkout_id).or_default().extend(attempt.key.as_deref());
    }
    for (checkout, keys) in keys {
        let bought = views.iter().filter(|view| view.quote.id.as_str() == checkout).count();
        if keys.len() > bought {
            return Err(format!("{checkout} was completed under {} keys for {bought} purchases", keys.len()));
        }
    }
    Ok(())
}

#[test]
fn a_new_key_on_a_retry_is_caught() {
    let caught = first_caught(100, async |run| evening(run, NewIdentityOnRetry::over).await);
    let (seed, why) = caught.expect("the planted bug passes 100 seeds: the judge sees nothing");
    println!("planted bug caught at seed {seed}: {why}");
}

#[test]
fn nobody_pays_twice_over_all_seeds() {
    check("purchases", async |run| evening(run, |http| http).await);
}

#[test]
fn a_lost_answer_taken_for_unsent_is_caught() {
    let caught = first_caught(100, async |run| evening(run, LostMeansUnsent::over).await);
    let (seed, why) = caught.expect("the planted bug passes 100 seeds: the judge sees nothing");
    println!("planted bug caught at seed {seed}: {why}");
}
