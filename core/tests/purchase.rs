//! A purchase over real sockets and real files, at the sandbox's shop, with the core on its own thread: one tap, a lost
//! answer, and an app that ends before it could ask again.

#![expect(clippy::disallowed_methods, reason = "over real sockets the test waits in real time")]

mod host_app;

use host_app::{HostApp, shown, tap_on};
use nightmarket::Shopper;
use nightmarket::ids::{ItemId, PurchaseId};
use nightmarket::purchase::{
    BuyRequest, Caps, Choice, ConsentKind, Decision, PurchaseView, Purchases, Quote, Rendered, State,
    TapResult,
};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Lives in Springfield, and for the studio in Jingdezhen.
async fn open(sandbox: &Sandbox, directory: &Path) -> Shopper {
    let app = HostApp { abroad: Some(sandbox.domains().1[0].into()), ..HostApp::default() };
    host_app::open(&sandbox.venue_url, directory, &Arc::new(app), None).await
}

/// Shows a tasting tin for as long as it takes, and taps.
async fn tap(purchases: &Purchases, sandbox: &Sandbox, item: &str) -> PurchaseId {
    let request = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new(item), 1);
    let quote = purchases.quote(request).await.unwrap().quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(&quote)).await.unwrap();
    assert_eq!(purchases.trust(quote.key.clone()).await.unwrap(), Decision::OneTap);
    tokio::time::sleep(Duration::from_millis(510)).await;
    match purchases.tap(quote.key.clone(), quote.digest.clone(), 510).await.unwrap() {
        TapResult::Started(id) => id,
        other => panic!("{other:?}"),
    }
}

fn charges(sandbox: &Sandbox) -> usize {
    sandbox.control(|world| world.shops()[1].books().charges.len())
}

#[tokio::test]
async fn a_purchase_over_sockets_and_files_survives_the_app() {
    let directory = tempfile::tempdir().unwrap();
    let config = SandboxConfig { seed: Some(3), ambience: false, ..SandboxConfig::default() };
    let sandbox = Sandbox::start(config).await.unwrap();
    let shopper = open(&sandbox, directory.path()).await;
    let purchases = shopper.purchase();
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();

    let id = tap(&purchases, &sandbox, "tasting_tin").await;
    let placed = purchases.outcome(id).await.unwrap();
    assert_eq!((placed.state.code(), charges(&sandbox)), ("placed", 1));

    // The shop does it, the answer is lost, and nothing else gets through until the app is gone.
    let lose = |kind: &str, prefix: &str, times: u32| {
        let order = serde_json::json!({
            "target": "shop:1", "kind": kind, "path_prefix": prefix, "times": times,
        });
        sandbox.control(|world| world.switch_fault(&order)).unwrap();
    };
    let request = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new("mochi"), 1);
    let quote = purchases.quote(request).await.unwrap().quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(&quote)).await.unwrap();
    tokio::time::sleep(Duration::from_millis(510)).await;
    lose("drop_after", "/ucp", 1);
    lose("drop_before", "/ucp", 1_000);
    let tapped = purchases.tap(quote.key.clone(), quote.digest.clone(), 510).await.unwrap();
    let TapResult::Started(id) = tapped else { panic!("{tapped:?}") };
    let mut watch = purchases.watch(id.clone()).await.unwrap();
    let unknown = |view: &PurchaseView| matches!(view.state.code(), "unknown" | "reconciling");
    tokio::time::timeout(Duration::from_secs(20), watch.wait_for(unknown)).await.unwrap().unwrap();
    shopper.close().await;

    sandbox.control(|world| {
        let request = nightmarket_sandbox::http::Request {
            method: "DELETE".to_owned(),
            path: "/_control/faults".to_owned(),
            ..Default::default()
        };
        assert_eq!(nightmarket_sandbox::control::handle(world, &request).status, 200);
    });
    let shopper = open(&sandbox, directory.path()).await;
    let unseen = shopper.purchase().unacknowledged().await.unwrap();
    assert!(unseen.iter().any(|view| view.id == id));
    let mut watch = shopper.purchase().watch(id).await.unwrap();
    let settled = watch.wait_for(|view| view.state.is_settled());
    let settled = tokio::time::timeout(Duration::from_mins(1), settled).await.unwrap().unwrap().clone();
    assert_eq!((settled.state.code(), charges(&sandbox)), ("placed", 2));
    shopper.close().await;
    sandbox.stop().await;
}

async fn market(seed: u64) -> Sandbox {
    let config = SandboxConfig { seed: Some(seed), ambience: false, ..SandboxConfig::default() };
    Sandbox::start(config).await.unwrap()
}

/// Two taps race for what a cap leaves; threads, sockets and files are real.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_taps_that_one_cap_allows_exactly_one_passes() {
    let (sandbox, directory) = (market(4).await, tempfile::tempdir().unwrap());
    let shopper = open(&sandbox, directory.path()).await;
    let purchases = shopper.purchase();
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
    purchases.set_caps(Caps { day_count: Some(1), ..Caps::default() }).await.unwrap();
    let want = |item: &str| BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new(item), 1);
    let tin = shown(&purchases, want("tasting_tin")).await;
    let mochi = shown(&purchases, want("mochi")).await;
    let racing = |quote: Arc<Quote>| {
        let purchases = purchases.clone();
        tokio::spawn(async move { tap_on(&purchases, &quote).await })
    };
    let (one, two) = (racing(tin), racing(mochi));
    let results = [one.await.unwrap(), two.await.unwrap()];
    let mut started = Vec::new();
    for result in &results {
        match result {
            TapResult::Started(id) => started.push(id.clone()),
            TapResult::Confirm(reasons) => assert!(reasons.iter().any(|why| why.code() == "day_count")),
            TapResult::Refused(_) => panic!("{results:?}"),
        }
    }
    let [id] = &started[..] else { panic!("{results:?}") };
    assert_eq!(purchases.outcome(id.clone()).await.unwrap().state.code(), "placed");
    assert_eq!((charges(&sandbox), purchases.left().await.unwrap().day_count), (1, Some(0)));
    shopper.close().await;
    sandbox.stop().await;
}

/// Two devices of one shopper, each with a ledger of its own, and one offer: the shop's answer wins, and what it says of
/// orders placed elsewhere only makes the caps stricter.
#[tokio::test(flavor = "multi_thread")]
async fn two_devices_buy_one_offer_once_and_know_of_each_others_spending() {
    let sandbox = market(5).await;
    let (left, right) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let devices = [open(&sandbox, left.path()).await, open(&sandbox, right.path()).await];
    let order = serde_json::json!({
        "do": "offer", "room": "mukbang", "shop": 1, "shopper": "ada", "item": "tasting_tin", "price": 1_500,
    });
    let jws = sandbox.control(|world| world.script(&order)).unwrap()["jws"].as_str().unwrap().to_owned();
    let mut quotes = Vec::new();
    for device in &devices {
        let purchases = device.purchase();
        purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
        let usd = "USD".parse().unwrap();
        let caps = Caps { week: std::iter::once((usd, 3_000)).collect(), ..Caps::default() };
        purchases.set_caps(caps).await.unwrap();
        let offer = BuyRequest::of_offer(sandbox.domains().1[1].into(), jws.clone());
        quotes.push(shown(&purchases, offer).await);
    }
    assert_ne!(quotes[0].key, quotes[1].key, "a session for each device");
    let racing = |at: usize| {
        let (purchases, quote) = (devices[at].purchase(), quotes[at].clone());
        tokio::spawn(async move {
            match tap_on(&purchases, &quote).await {
                TapResult::Started(id) => purchases.outcome(id).await.unwrap(),
                other => panic!("{other:?}"),
            }
        })
    };
    let (one, two) = (racing(0), racing(1));
    let views = [one.await.unwrap(), two.await.unwrap()];
    let winner = usize::from(views[1].state.code() == "placed");
    assert_eq!((views[winner].state.code(), charges(&sandbox)), ("placed", 1));
    let State::Declined { code, .. } = &views[1 - winner].state else { panic!("{views:?}") };
    assert_eq!(code, "offer_used");
    // Nothing is reserved for what was declined; what the other device paid counts once its order is known.
    let loser = devices[1 - winner].purchase();
    let usd = "USD".parse().unwrap();
    assert_eq!(loser.left().await.unwrap().week[&usd], 3_000);
    devices[1 - winner].orders().refresh().await.unwrap();
    let paid = views[winner].total.minor;
    assert_eq!(loser.left().await.unwrap().week[&usd], 3_000 - paid);
    let want = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new("tasting_tin"), 1);
    let quote = shown(&loser, want).await;
    let TapResult::Confirm(reasons) = tap_on(&loser, &quote).await else { panic!("it passed the cap") };
    assert!(reasons.iter().any(|why| why.code() == "week_amount"), "{reasons:?}");
    // On the device that bought it, it counts once.
    devices[winner].orders().refresh().await.unwrap();
    assert_eq!(devices[winner].purchase().left().await.unwrap().week[&usd], 3_000 - paid);
    for device in devices {
        device.close().await;
    }
    sandbox.stop().await;
}

/// The host pins something, and its quote is ready before anybody has opened the card; the next pin replaces it.
#[tokio::test(flavor = "multi_thread")]
async fn what_a_host_pins_is_prepared_where_the_shop_lets_it_be() {
    let (sandbox, directory) = (market(6).await, tempfile::tempdir().unwrap());
    let told = |order: serde_json::Value| sandbox.control(|world| world.script(&order)).unwrap();
    told(serde_json::json!({ "do": "early", "shop": 1, "per_second": 100_000 }));
    let shopper = open(&sandbox, directory.path()).await;
    let purchases = shopper.purchase();
    purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
    let request = BuyRequest::of(sandbox.domains().1[1].into(), ItemId::new("tasting_tin"), 1);
    shown(&purchases, request).await;
    let room = shopper.live().join("mukbang".into()).await.unwrap();
    let mut early = purchases.early().await.unwrap();
    for item in ["mochi", "haw_flakes"] {
        told(serde_json::json!({ "do": "pin", "room": "mukbang", "item": item }));
        // The picture is at the pin.
        let now = sandbox.control(|world| world.now_ms());
        room.shown(nightmarket::Timestamp(now)).await.unwrap();
        let ready = early
            .wait_for(|quotes| quotes.iter().any(|early| early.quoted.quote.lines[0].item.as_str() == item));
        let ready = tokio::time::timeout(Duration::from_secs(20), ready).await.unwrap().unwrap().clone();
        assert_eq!((ready.len(), &ready[0].quoted.decision), (1, &Decision::OneTap));
    }
    let books = sandbox.control(|world| world.shops()[1].books().clone());
    assert!(books.attempts.is_empty() && books.holds.is_empty() && books.messages.is_empty());
    room.leave().await.unwrap();
    let gone = early.wait_for(Vec::is_empty);
    tokio::time::timeout(Duration::from_secs(20), gone).await.unwrap().unwrap();
    shopper.close().await;
    sandbox.stop().await;
}

/// The shop that sells in dollars asks for consent, the other does not; both are bought from.
#[tokio::test(flavor = "multi_thread")]
async fn the_shop_that_asks_is_told_what_the_shopper_said_and_the_other_nothing() {
    let (sandbox, directory) = (market(7).await, tempfile::tempdir().unwrap());
    let shopper = open(&sandbox, directory.path()).await;
    let purchases = shopper.purchase();
    for threshold in ["60USD", "600CNY"] {
        purchases.set_threshold(threshold.parse().unwrap()).await.unwrap();
    }
    let shops = sandbox.domains().1;
    let yes = |kind| Choice::Consent { kind, granted: true };
    let books = |at: usize| sandbox.control(|world| world.shops()[at].books().clone());

    let silent = shown(&purchases, BuyRequest::of(shops[0].into(), ItemId::new("pearl_b001"), 1)).await;
    assert!(silent.consents.is_empty());
    let refused = purchases.choose(silent.key.clone(), yes(ConsentKind::Marketing)).await.unwrap_err();
    assert_eq!(refused.code(), "not_offered");

    let asking = shown(&purchases, BuyRequest::of(shops[1].into(), ItemId::new("tasting_tin"), 1)).await;
    assert!(asking.consents.len() == 4 && asking.consents.iter().all(|asked| asked.answer.is_none()));
    purchases.choose(asking.key.clone(), yes(ConsentKind::Preferences)).await.unwrap();
    let no = Choice::Consent { kind: ConsentKind::SaleOfData, granted: false };
    let answered = purchases.choose(asking.key.clone(), no).await.unwrap();
    assert_eq!((answered.decision, &answered.quote.digest), (Decision::OneTap, &asking.digest));

    for quote in [&silent, &answered.quote] {
        match tap_on(&purchases, quote).await {
            TapResult::Started(id) => {
                assert_eq!(purchases.outcome(id).await.unwrap().state.code(), "placed");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!((books(0).orders.len(), books(0).consents.len()), (1, 0));
    let said = books(1).consents.pop().unwrap();
    assert_eq!(said.checkout_id, books(1).orders[0].checkout_id);
    let told = [("preferences".to_owned(), true), ("sale_of_data".to_owned(), false)];
    assert_eq!(said.consent, told.into());
    assert!(books(0).wrongs().is_empty() && books(1).wrongs().is_empty());
    shopper.close().await;
    sandbox.stop().await;
}
