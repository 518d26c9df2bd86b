//! Blind boxes.

use nightmarket::boxes::BoughtBox;

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn describe(app: &mut App, given: &Arguments) -> Outcome {
    let described = app.services()?.boxes.describe(given.id("shop")?, given.id("box")?).await?;
    let shown = described.shown();
    app.described.insert(name(given)?, described);
    Ok(shown)
}

pub async fn odds_shown(app: &mut App, given: &Arguments) -> Outcome {
    let described = app.described.get(&name(given)?).cloned();
    let described = described.ok_or_else(|| Fault::broken("this box was not described"))?;
    Ok(app.services()?.boxes.odds_shown(described).await?.shown())
}

fn name(given: &Arguments) -> Result<(String, String), Fault> {
    Ok((given.text("shop")?.to_owned(), given.text("box")?.to_owned()))
}

fn bought(given: &Arguments) -> Result<BoughtBox, Fault> {
    Ok(BoughtBox::new(given.id("shop")?, given.id("order")?, given.id("box")?))
}

pub async fn request_opening(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.boxes.request_opening(bought(given)?).await?.shown())
}

pub async fn openings(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("boxes.openings");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let openings = app.services()?.boxes.openings().await?;
    app.follow_list(&key, openings).await
}

pub async fn draw(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.boxes.draw(bought(given)?).await?.shown())
}

pub async fn draws(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("boxes.draws");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let draws = app.services()?.boxes.draws().await?;
    app.follow_list(&key, draws).await
}

pub async fn collection(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("boxes.collection");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let collection = app.services()?.boxes.collection().await?;
    app.follow_list(&key, collection).await
}
