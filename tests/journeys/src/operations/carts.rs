//! What is collected before buying.

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn add(app: &mut App, given: &Arguments) -> Outcome {
    let quantity = given.find("quantity").map_or(Ok::<u32, Fault>(1), |_| given.number("quantity"))?;
    Ok(app.services()?.carts.add(given.id("shop")?, given.id("item")?, quantity).await?.shown())
}

pub async fn set_quantity(app: &mut App, given: &Arguments) -> Outcome {
    let (shop, item) = (given.id("shop")?, given.id("item")?);
    Ok(app.services()?.carts.set_quantity(shop, item, given.number("quantity")?).await?.shown())
}

pub async fn watch(app: &mut App, given: &Arguments) -> Outcome {
    let name = given.key("carts.watch");
    if let Some(newest) = app.newest(&name) {
        return Ok(newest);
    }
    let cart = app.services()?.carts.watch(given.id("shop")?).await?;
    Ok(app.follow_state(&name, cart))
}
