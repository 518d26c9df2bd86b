//! After it: the order arrives, and goes back.

use nightmarket::orders::Stage as OrderStage;
use nightmarket::returns::{PickupState, ReturnLine};
use nightmarket::ucp::address::PostalAddress;

use crate::claim;
use crate::tour::stage::{Failure, Held, PATIENCE, Stage};

/// Venue and shops move on by this much while the courier is waited for, milliseconds.
const STEP_MS: i64 = 5 * 60_000;
/// Steps at most: a slot is tomorrow at the latest.
const STEPS: usize = 600;

pub async fn arrives(stage: &mut Stage) -> Held {
    let (shop, order) = (stage.shop(0), order(stage)?);
    let orders = stage.shopper().await?.orders();
    let mut view = orders.watch(shop, order.clone()).await?;
    stage.pass(61 * 60_000);
    let arrived =
        tokio::time::timeout(PATIENCE / 2, view.wait_for(|view| view.stage == Some(OrderStage::Delivered)))
            .await;
    claim!(arrived.is_ok_and(|arrived| arrived.is_ok()), "it did not arrive: {:?}", view.borrow().stage);
    let events = view.borrow().order.as_ref().map_or(0, |order| order.fulfillment.events.len());
    Ok(format!("{order} is delivered, after {events} events from the shop"))
}

fn order(stage: &Stage) -> Result<nightmarket::ids::OrderId, Failure> {
    stage.order.clone().ok_or_else(|| Failure::Claim("there is no order".to_owned()))
}

pub async fn returned(stage: &mut Stage) -> Held {
    let (shop, order) = (stage.shop(0), order(stage)?);
    let returns = stage.shopper().await?.returns();
    let returnable = returns.eligible(shop.clone(), order.clone()).await?;
    let line =
        returnable.eligible().next().ok_or_else(|| Failure::Claim("nothing can be returned".to_owned()))?;
    let reason = line.reasons.first().cloned().unwrap_or_else(|| "changed_my_mind".to_owned());
    let wish = ReturnLine { line_id: line.line_id.clone(), quantity: 1, reason };
    let id = returns.start(shop, order.clone(), vec![wish], None).await?;
    let mut watch = returns.watch(id.clone()).await?;
    let known = |view: &nightmarket::returns::ReturnView| view.return_id.is_some();
    let taken = tokio::time::timeout(PATIENCE / 3, watch.wait_for(known)).await.is_ok();
    claim!(taken, "the return was not taken: {:?}", watch.borrow().request);
    let slots = returns.slots(id.clone()).await?;
    let slot = slots
        .iter()
        .find(|slot| slot.unpacked)
        .ok_or_else(|| Failure::Claim("no slot takes it unpacked".to_owned()))?;
    returns.hold(id.clone(), slot.id.clone()).await?;
    let address = PostalAddress {
        street_address: Some("88 Harbour Road".to_owned()),
        address_locality: Some("Shanghai".to_owned()),
        address_region: Some("SH".to_owned()),
        postal_code: Some("200000".to_owned()),
        address_country: Some("CN".to_owned()),
        ..PostalAddress::default()
    };
    returns.book(id.clone(), slot.id.clone(), address).await?;
    let (mut code, mut seen) = (None, Vec::new());
    for _ in 0..STEPS {
        let view = returns.read(id.clone()).await?;
        if let Some(pickup) = view.pickup {
            if seen.last() != Some(&pickup.state) {
                seen.push(pickup.state.clone());
            }
            let arrived = seen.contains(&PickupState::Arrived);
            claim!(pickup.code.is_none() || arrived, "the code was shown before the courier was there");
            code = code.or(pickup.code);
        }
        if view.is_settled {
            break;
        }
        stage.pass(STEP_MS);
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    let view = returns.read(id).await?;
    claim!(view.is_settled, "it is not settled: {seen:?} {:?}", view.money.state);
    claim!(code.is_some(), "there was no handover code");
    let books = stage.shop_books(0);
    let refunds: Vec<_> = books.refunds.iter().filter(|refund| refund.order_id == order.as_str()).collect();
    claim!(refunds.len() == 1, "{} refunds for one return", refunds.len());
    claim!(books.pickups.iter().any(|pickup| pickup.unpacked), "it was not taken as it is");
    let refunded = view.money.refunded.map_or_else(String::new, |money| money.to_string());
    Ok(format!(
        "{} steps of the courier, handed over unpacked against a code; {refunded} came back, once",
        seen.len()
    ))
}

pub async fn books(stage: &mut Stage) -> Held {
    let mut charges = 0;
    for shop in 0..2 {
        let books = stage.shop_books(shop);
        let wrongs = books.wrongs();
        claim!(wrongs.is_empty(), "the shop's books are wrong: {wrongs:?}");
        charges += books.charges.len();
    }
    let purchases = stage.shopper().await?.purchase();
    let all = purchases.purchases().await?;
    claim!(all.iter().all(|view| view.state.is_settled()), "something is not settled");
    let bought = all.iter().filter(|view| view.state.order().is_some()).count();
    claim!(bought == charges, "{bought} purchases here, {charges} charges there");
    let audit = purchases.audit().await?.len();
    Ok(format!(
        "{bought} purchases, {charges} charges, none double; {audit} entries in the shopper's own audit"
    ))
}
