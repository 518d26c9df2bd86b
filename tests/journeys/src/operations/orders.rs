//! What was bought.

use super::{Arguments, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn list(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("orders.list");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let orders = app.services()?.orders.list().await?;
    app.follow_list(&key, orders).await
}

pub async fn watch(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("orders.watch");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let view = app.services()?.orders.watch(given.id("shop")?, given.id("order")?).await?;
    Ok(app.follow_state(&key, view))
}

pub async fn undo_deadline(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.orders.undo_deadline(given.id("shop")?, given.id("order")?).await?.shown())
}
