//! What the simulated shopper does all evening: looks, taps, confirms, loses patience, takes back.

use std::time::Duration;

use nightmarket::Money;
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::ports::Ports;
use nightmarket::purchase::{BuyRequest, PurchaseView, Purchases, Rendered, State, TapResult};

use crate::app;
use crate::run::Run;

/// The shops of the simulation, in the world's order.
pub const SHOPS: [&str; 2] = ["127.0.0.1:4001", "127.0.0.1:4002"];
/// Under what one tap buys.
pub const THRESHOLDS: [&str; 2] = ["200.00CNY", "60.00USD"];
/// What is bought: by shop, some under and some over the threshold.
const WARES: [(&str, &str); 6] = [
    ("127.0.0.1:4001", "mug_celadon_s"),
    ("127.0.0.1:4001", "mug_celadon_m"),
    ("127.0.0.1:4001", "pearl_b001"),
    ("127.0.0.1:4001", "pearl_b008"),
    ("127.0.0.1:4002", "tasting_tin"),
    ("127.0.0.1:4002", "no_such_item"),
];

/// Looks at something, and mostly buys it; whatever fails is left at that.
async fn shop_around(purchases: &Purchases, run: &Run, about_to_tap: &impl Fn()) {
    let Some((shop, item)) = run.dice.pick(&WARES) else { return };
    let request = BuyRequest::of(ShopDomain::new(*shop), ItemId::from(*item), 1);
    let Ok(quoted) = purchases.quote(request).await else { return };
    let (key, digest) = (quoted.quote.key.clone(), quoted.quote.digest.clone());
    if purchases.rendered(key.clone(), digest.clone(), Rendered::all_of(&quoted.quote)).await.is_err() {
        return;
    }
    tokio::time::sleep(Duration::from_millis(run.dice.between(400, 2_000))).await;
    about_to_tap();
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
        if run.dice.below(8) == 0 {
            // Regretted at once: before a byte left it is taken back, later only asked for.
            tokio::time::sleep(Duration::from_millis(run.dice.below(3_000))).await;
            let _ = purchases.undo(id.clone()).await;
        }
        // Impatient, as people are.
        let patience = Duration::from_millis(run.dice.below(40_000));
        if let Ok(Ok(view)) = tokio::time::timeout(patience, purchases.outcome(id)).await {
            go_on(purchases, run, view).await;
        }
    }
}

/// What is done about an outcome, sometimes: the bank is answered, what was placed is undone.
async fn go_on(purchases: &Purchases, run: &Run, view: PurchaseView) {
    match view.state {
        State::NeedsBuyer { continue_url: Some(url), .. } if run.dice.below(3) > 0 => {
            run.net.answer_bank(&url, run.dice.below(4) > 0);
            if run.dice.below(4) == 0 {
                // Too late, often enough.
                let _ = purchases.abandon(view.id).await;
            } else if run.dice.below(2) == 0 {
                // Else it is found out by asking, or in another life.
                let _ = purchases.returned(view.id).await;
            }
        }
        State::NeedsBuyer { .. } if run.dice.below(2) == 0 => {
            let _ = purchases.abandon(view.id).await;
        }
        // As long as the shop lets it; whether it was, the judge asks the shop.
        State::Placed(_) if run.dice.below(4) == 0 => {
            let _ = purchases.undo(view.id).await;
        }
        _ => {}
    }
}

/// Takes back something that was bought in an earlier life; perhaps too late.
async fn regret(purchases: &Purchases, run: &Run) {
    let Ok(mut bought) = purchases.purchases().await else { return };
    bought.retain(|view| matches!(view.state, State::Placed(_)));
    if let Some(view) = run.dice.pick(&bought) {
        let _ = purchases.undo(view.id.clone()).await;
    }
}

/// One life of the app: the policy, then three times looking and mostly buying. `about_to_tap` is called before each tap.
///
/// # Errors
/// What makes the app unusable.
pub async fn live(ports: Ports, run: &Run, about_to_tap: impl Fn()) -> Result<(), String> {
    let shopper = app::open(ports).await.map_err(|error| error.to_string())?;
    let purchases = shopper.purchase();
    for threshold in THRESHOLDS {
        let threshold: Money = threshold.parse().expect("money");
        while let Err(error) = purchases.set_threshold(threshold).await {
            tracing::debug!(code = error.code(), "the policy cannot be written down yet");
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
    if run.dice.below(4) == 0 {
        regret(&purchases, run).await;
    }
    for _ in 0..3 {
        shop_around(&purchases, run, &about_to_tap).await;
        tokio::time::sleep(Duration::from_millis(run.dice.below(5_000))).await;
    }
    shopper.close().await;
    Ok(())
}

/// The last life: everything has ten minutes to settle, and what was late on the way two more to arrive. Gives what the
/// ledger says then.
///
/// # Errors
/// What makes the app unusable.
pub async fn settle(ports: Ports) -> Result<Vec<PurchaseView>, String> {
    let shopper = app::open(ports).await.map_err(|error| error.to_string())?;
    let purchases = shopper.purchase();
    let known =
        |view: &PurchaseView| view.state.is_settled() || matches!(view.state, State::NeedsBuyer { .. });
    for _ in 0..10 {
        tokio::time::sleep(Duration::from_mins(1)).await;
        if purchases.purchases().await.map_err(|error| error.to_string())?.iter().all(known) {
            break;
        }
    }
    tokio::time::sleep(Duration::from_mins(2)).await;
    let views = purchases.purchases().await;
    shopper.close().await;
    views.map_err(|error| error.to_string())
}
