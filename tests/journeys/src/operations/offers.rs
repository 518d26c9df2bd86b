//! Offers made to this shopper.

use super::{Arguments, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn list(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("offers.list");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let offers = app.services()?.offers.list().await?;
    app.follow_list(&key, offers).await
}

pub async fn offer(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.offers.offer(given.id("offer")?).await?.shown())
}
