//! Quotes, taps and what becomes of them.

use nightmarket::ids::{ItemId, PurchaseId};
use nightmarket::purchase::{
    BuyRequest, Decision, PurchaseView, Purchases, Quoted, Reason, Rendered, State, TapResult,
};
use serde_json::json;

use crate::claim;
use crate::tour::stage::{Failure, Held, Stage, until};

/// The threshold of the evening.
const THRESHOLD: &str = "200.00CNY";
/// How long a screen has shown a quote when it is tapped, milliseconds.
const SHOWN_MS: u64 = 900;

/// Quotes, and reports all of it as rendered, as the buy card does.
pub async fn card(purchases: &Purchases, request: BuyRequest) -> Result<Quoted, Failure> {
    show(purchases, purchases.quote(request).await?).await
}

async fn show(purchases: &Purchases, quoted: Quoted) -> Result<Quoted, Failure> {
    let quote = &quoted.quote;
    purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(quote)).await?;
    tokio::time::sleep(std::time::Duration::from_millis(SHOWN_MS)).await;
    Ok(quoted)
}

/// Taps, and confirms if that is asked for and enough. Gives the reasons too.
pub async fn buy(purchases: &Purchases, quoted: &Quoted) -> Result<(PurchaseId, Vec<Reason>), Failure> {
    let (key, digest) = (quoted.quote.key.clone(), quoted.quote.digest.clone());
    match purchases.tap(key.clone(), digest.clone(), SHOWN_MS).await? {
        TapResult::Started(id) => Ok((id, Vec::new())),
        TapResult::Confirm(reasons) => match purchases.confirm(key, digest).await? {
            TapResult::Started(id) => Ok((id, reasons)),
            other => Err(Failure::Claim(format!("confirming was not enough: {other:?}"))),
        },
        TapResult::Refused(reasons) => Err(Failure::Claim(format!("the tap was refused: {reasons:?}"))),
    }
}

/// The outcome, if it is a placed order; acknowledged.
pub async fn placed(purchases: &Purchases, id: PurchaseId) -> Result<PurchaseView, Failure> {
    let view = purchases.outcome(id.clone()).await?;
    claim_placed(&view)?;
    purchases.acknowledge(id).await?;
    Ok(view)
}

fn claim_placed(view: &PurchaseView) -> Result<(), Failure> {
    match &view.state {
        State::Placed(_) => Ok(()),
        other => Err(Failure::Claim(format!("it was not placed: {other:?}"))),
    }
}

pub fn codes(reasons: &[Reason]) -> String {
    reasons.iter().map(Reason::code).collect::<Vec<_>>().join(", ")
}

/// A mug, to begin with: everything is new, so it has to be confirmed although it is cheap.
pub async fn first(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let purchases = stage.shopper().await?.purchase();
    purchases.set_threshold(THRESHOLD.parse()?).await?;
    let quoted = card(&purchases, BuyRequest::of(shop, ItemId::from("mug_celadon_s"), 1)).await?;
    let (id, reasons) = buy(&purchases, &quoted).await?;
    claim!(!reasons.is_empty(), "a new device, address and instrument bought by one tap");
    claim!(
        !reasons.iter().any(|reason| matches!(reason, Reason::NotUnderThreshold { .. })),
        "the mug is not cheap"
    );
    let view = placed(&purchases, id).await?;
    let charges = stage.shop_books(0).charges.len();
    claim!(charges == 1, "{charges} charges for one purchase");
    Ok(format!("a celadon mug for {}; asked because: {}", view.total, codes(&reasons)))
}

pub async fn one_tap(stage: &mut Stage) -> Held {
    let offer = stage.offer.clone().ok_or_else(|| Failure::Claim("there is no offer".to_owned()))?;
    let purchases = stage.shopper().await?.purchase();
    let quoted = show(&purchases, purchases.quote_offer(offer).await?).await?;
    claim!(quoted.decision == Decision::OneTap, "one tap would not do: {:?}", quoted.decision);
    let before = stage.shop_books(0).charges.len();
    let tapped = std::time::Instant::now();
    let (id, reasons) = buy(&purchases, &quoted).await?;
    claim!(reasons.is_empty(), "it was asked: {}", codes(&reasons));
    let view = placed(&purchases, id).await?;
    let took = tapped.elapsed().as_millis();
    let order = view.state.order().ok_or_else(|| Failure::Claim("no order".to_owned()))?;
    let books = stage.shop_books(0);
    claim!(books.charges.len() == before + 1, "{} charges for one tap", books.charges.len() - before);
    stage.order = Some(order.id.clone());
    Ok(format!("Pay {}: placed as {} {took} ms after the finger, without a question", view.total, order.id))
}

pub async fn over(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let purchases = stage.shopper().await?.purchase();
    let quoted = card(&purchases, BuyRequest::of(shop, ItemId::from("pearl_b008"), 1)).await?;
    let total = quoted.quote.total.map_or_else(String::new, |total| total.to_string());
    let before = stage.shop_books(0).attempts.len();
    let tap = purchases.tap(quoted.quote.key.clone(), quoted.quote.digest.clone(), SHOWN_MS).await?;
    let TapResult::Confirm(reasons) = tap else {
        return Err(Failure::Claim(format!("{total} was not asked about: {tap:?}")));
    };
    claim!(
        reasons.iter().any(|reason| matches!(reason, Reason::NotUnderThreshold { .. })),
        "asked, but not for the threshold: {}",
        codes(&reasons)
    );
    let brief = purchases.tap(quoted.quote.key.clone(), quoted.quote.digest.clone(), 120).await?;
    claim!(matches!(brief, TapResult::Refused(_)), "a tap on what was shown for 120 ms: {brief:?}");
    let after = stage.shop_books(0).attempts.len();
    claim!(after == before, "{} completions reached the shop", after - before);
    Ok(format!("{total} asks: {}; nothing left for the shop, and it is left at that", codes(&reasons)))
}

/// The answer is lost and the app is killed: the journal finds out, and nobody pays twice.
pub async fn killed(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let purchases = stage.shopper().await?.purchase();
    let quoted = card(&purchases, BuyRequest::of(shop, ItemId::from("pearl_b001"), 1)).await?;
    let checkout = quoted.quote.key.id.to_string();
    let path = format!("/ucp/checkout-sessions/{checkout}");
    stage.fault(&json!({"target": "shop:0", "kind": "drop_after", "path_prefix": path, "times": 3}))?;
    let (id, _) = buy(&purchases, &quoted).await?;
    until("the order at the shop", || {
        stage.shop_books(0).charges.iter().any(|charge| charge.checkout_id == checkout).then_some(())
    })
    .await?;
    stage.kill_and_reopen().await?;
    stage.heal();
    let purchases = stage.shopper().await?.purchase();
    let open = purchases.unacknowledged().await?;
    claim!(open.iter().any(|view| view.id == id), "the purchase is forgotten");
    let found = open.iter().find(|view| view.id == id).map(|view| view.state.code()).unwrap_or_default();
    let view = placed(&purchases, id).await?;
    let books = stage.shop_books(0);
    let charges = books.charges.iter().filter(|charge| charge.checkout_id == checkout).count();
    claim!(charges == 1, "charged {charges} times");
    claim!(books.wrongs().is_empty(), "the shop's books are wrong: {:?}", books.wrongs());
    Ok(format!(
        "paid {} once; the answer was lost and the app killed, the journal said “{found}” and found out",
        view.total
    ))
}
