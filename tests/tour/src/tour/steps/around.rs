//! Around it: fans, boxes, draws, reminders.

use nightmarket::boxes::{BoughtBox, DrawState, OpeningState};
use nightmarket::ids::{BoxId, DropId, GroupId, ItemId, OrderId, ShopDomain};
use nightmarket::purchase::BuyRequest;
use nightmarket::{Error, Shopper};

use super::buying::{buy, card, placed};
use crate::claim;
use crate::tour::stage::{Failure, Followed, Held, Stage};

const FANS: &str = "fans_crystal";
const EARLY_DROP: &str = "drop_crystals";
const LATER_DROP: &str = "drop_mugs";

pub async fn early(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let shopper = stage.shopper().await?;
    let drops = shopper.drops();
    drops.refresh().await?;
    let mut list = Followed::new(drops.drops().await?);
    let drop = list
        .until("the drop of bracelets", |drops| {
            drops.iter().find(|drop| drop.id == DropId::from(EARLY_DROP)).cloned()
        })
        .await?;
    let product =
        drop.products.first().ok_or_else(|| Failure::Claim("a drop without products".to_owned()))?;
    let item = product.item.clone();
    let purchases = shopper.purchase();
    let refused = purchases.quote(BuyRequest::of(shop.clone(), item.clone(), 1)).await;
    let Err(Error::Refused { code, .. }) = refused else {
        return Err(Failure::Claim("it was sold to everybody before it opened".to_owned()));
    };
    claim!(code == "not_on_sale_yet", "refused for another reason: {code}");
    let fans = shopper.fans();
    let group = fans.join(GroupId::from(FANS)).await?;
    let proof = fans.proof(group.id.clone(), shop.clone()).await?;
    let request = BuyRequest { membership: Some(proof.jws.clone()), ..BuyRequest::of(shop, item, 1) };
    let quoted = card(&purchases, request).await?;
    let (id, _) = buy(&purchases, &quoted).await?;
    let view = placed(&purchases, id).await?;
    Ok(format!(
        "{}: refused to others ({code}), sold to a member of “{}” for {}",
        drop.title, group.name, view.total
    ))
}

/// Buys one box after showing its odds, and says which order it came in.
async fn bought(shopper: &Shopper, shop: &ShopDomain, id: &str) -> Result<(OrderId, String), Failure> {
    let boxes = shopper.boxes();
    let blind = boxes.describe(shop.clone(), BoxId::from(id)).await?;
    let odds: Vec<_> = blind
        .odds
        .iter()
        .map(|chance| Ok(format!("{} {}", chance.title, blind.percent(chance.weight)?)))
        .collect::<Result<_, Error>>()?;
    let item: ItemId = blind.item.clone();
    boxes.odds_shown(blind).await?;
    let purchases = shopper.purchase();
    let request = BuyRequest { blind_box: true, ..BuyRequest::of(shop.clone(), item, 1) };
    let quoted = card(&purchases, request).await?;
    let (purchase, _) = buy(&purchases, &quoted).await?;
    let view = placed(&purchases, purchase).await?;
    let order = view.state.order().ok_or_else(|| Failure::Claim("no order".to_owned()))?;
    Ok((order.id.clone(), odds.join(", ")))
}

pub async fn opened(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let shopper = stage.shopper().await?;
    let (order, _) = bought(shopper, &shop, "box_pony").await?;
    let room = shopper.live().join("ponies".into()).await?;
    let boxes = shopper.boxes();
    let opening = boxes.request_opening(BoughtBox::new(shop, order, BoxId::from("box_pony"))).await?;
    let place = opening.position;
    let mut collection = Followed::new(boxes.collection().await?);
    // The host takes the next box from the queue; the venue's clock may be moved on meanwhile.
    let mut openings = Followed::new(boxes.openings().await?);
    openings
        .until("the opening on air", |openings| {
            openings.iter().any(|opening| opening.state == Some(OpeningState::Opened)).then_some(())
        })
        .await?;
    let content =
        collection.until("the content", |all| all.first().map(|one| one.content.title.clone())).await?;
    let moment = openings.items.iter().find_map(|opening| opening.moment);
    claim!(moment.is_some(), "the moment of the opening is not kept");
    room.leave().await?;
    Ok(format!("place {place} in the queue; opened on air: {content}, the moment kept with the order"))
}

pub async fn drawn(stage: &mut Stage) -> Held {
    let shop = stage.shop(0);
    let shopper = stage.shopper().await?;
    let (order, odds) = bought(shopper, &shop, "box_lucky").await?;
    let boxes = shopper.boxes();
    boxes.draw(BoughtBox::new(shop, order, BoxId::from("box_lucky"))).await?;
    let mut draws = Followed::new(boxes.draws().await?);
    let content = draws
        .until("the draw", |draws| {
            draws.iter().find_map(|draw| match &draw.state {
                DrawState::Verified { content } => Some(Ok(content.title.clone())),
                DrawState::Failed { reason } => {
                    Some(Err(Failure::Claim(format!("the draw failed: {}", reason.code()))))
                }
                _ => None,
            })
        })
        .await??;
    Ok(format!("odds shown: {odds}; drew {content}, recomputed here from both seeds"))
}

pub async fn reminded(stage: &mut Stage) -> Held {
    let drops = stage.shopper().await?.drops();
    drops.refresh().await?;
    let mut list = Followed::new(drops.drops().await?);
    let drop = list
        .until("a drop to come", |drops| {
            drops.iter().find(|drop| drop.id == DropId::from(LATER_DROP)).cloned()
        })
        .await?;
    drops.remind(drop.id.clone(), true).await?;
    let scheduled = crate::tour::stage::until("the device's own notification", || {
        stage.notifications.scheduled().into_iter().find(|(id, ..)| *id == drop.id)
    })
    .await?;
    let path = format!("/nm/reminders/{}", drop.id);
    crate::tour::stage::until("the venue's note of it", || {
        let books = stage.books()["venue"].to_string();
        books.contains(drop.id.as_str()).then_some(())
    })
    .await?;
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    stage.pass(17 * 60_000);
    let mut told = Followed::new(drops.reminded().await?);
    let reminder =
        told.until("the reminder", |told| told.iter().find(|told| told.drop == drop.id).cloned()).await?;
    drops.acknowledge((*reminder).clone()).await?;
    std::mem::drop(path);
    Ok(format!(
        "“{}”: notification set on the device, and the venue's reminder ({:?}) came over the channel",
        scheduled.2, reminder.kind
    ))
}
