//! A shopper in a process of its own, to be killed: `nightmarket-chaos-buyer VENUE SHOP SHOP DIRECTORY SEED`.
//!
//! With a seed it says `opened`, then buys until it is killed, one thing after the other, and says `started` when a
//! purchase is on its way and `known` when its outcome is. With `settle` instead of the seed it waits until everything
//! is settled, and prints all purchases as JSON.

use std::path::Path;
use std::time::Duration;

use nightmarket::Shopper;
use nightmarket::ids::{ItemId, ShopDomain};
use nightmarket::purchase::{BuyRequest, PurchaseView, Purchases, Rendered, State, TapResult};
use nightmarket_chaos::{Dice, app};

/// Shop and item.
const WARES: [(usize, &str); 4] =
    [(0, "mug_celadon_s"), (0, "mug_celadon_m"), (0, "pearl_b001"), (1, "tasting_tin")];
/// How long everything may take to settle.
const PATIENCE: Duration = Duration::from_mins(1);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [venue, first, second, directory, what] = arguments.as_slice() else {
        panic!("usage: nightmarket-chaos-buyer VENUE SHOP SHOP DIRECTORY SEED|settle");
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let settings = app::settings(venue, Path::new(directory));
        let shopper = Shopper::open(settings, app::host(first)).await.expect("the venue opens");
        let purchases = shopper.purchase();
        if what == "settle" {
            let views = settled(&purchases).await;
            println!("{}", serde_json::to_string(&views).expect("views are JSON"));
            shopper.close().await;
        } else {
            std::thread::spawn(end_with_the_test);
            println!("opened");
            buy(&purchases, [first, second], &Dice::new(what.parse().expect("a seed"), "buyer")).await;
        }
    });
}

/// A test that is gone kills nobody any more: its end of our input closes with it.
fn end_with_the_test() {
    // Whatever ends the reading, nobody is there.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
    std::process::exit(1);
}

async fn buy(purchases: &Purchases, shops: [&str; 2], dice: &Dice) {
    loop {
        let (shop, item) = *dice.pick(&WARES).expect("there are wares");
        let request = BuyRequest::of(ShopDomain::new(shops[shop]), ItemId::from(item), 1);
        // Sold out, or not to be had just now.
        let Ok(quoted) = purchases.quote(request).await else { continue };
        let (key, digest) = (quoted.quote.key.clone(), quoted.quote.digest.clone());
        let rendered = Rendered::all_of(&quoted.quote);
        purchases.rendered(key.clone(), digest.clone(), rendered).await.expect("it is the quote as it is");
        if let TapResult::Started(id) =
            purchases.confirm(key, digest).await.expect("the ledger can be written")
        {
            println!("started");
            // What is slow goes on beside the next.
            if let Ok(known) = tokio::time::timeout(Duration::from_millis(300), purchases.outcome(id)).await {
                println!("known {}", known.expect("it is open").state.code());
            }
        }
    }
}

async fn settled(purchases: &Purchases) -> Vec<PurchaseView> {
    let all_known = |views: &[PurchaseView]| {
        views.iter().all(|view| view.state.is_settled() || matches!(view.state, State::NeedsBuyer { .. }))
    };
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let views = purchases.purchases().await.expect("the ledger can be read");
        if all_known(&views) || tokio::time::Instant::now() > until {
            return views;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
