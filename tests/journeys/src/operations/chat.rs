//! The chat of a room.

use nightmarket::Timestamp;
use nightmarket::chat::{Pointing, Spot};

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn lines(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("chat.lines");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let lines = app.room(given.text("room")?)?.chat().lines().await?;
    app.follow_list(&key, lines).await
}

pub async fn send(app: &mut App, given: &Arguments) -> Outcome {
    let chat = app.room(given.text("room")?)?.chat();
    Ok(chat.send(given.text("text")?, Pointing::default()).await?.shown())
}

pub async fn point_at(app: &mut App, given: &Arguments) -> Outcome {
    let chat = app.room(given.text("room")?)?.chat();
    let moment = Timestamp(given.number("moment")?);
    Ok(chat.point_at(moment, given.text("text")?, spot(given)?).await?.shown())
}

fn spot(given: &Arguments) -> Result<Option<Spot>, Fault> {
    let Some(spot) = given.find("spot") else { return Ok(None) };
    let per_mille = |name: &str| spot[name].as_u64().and_then(|value| u16::try_from(value).ok());
    let spot = per_mille("x").zip(per_mille("y")).map(|(x, y)| Spot { x, y });
    spot.map(Some).ok_or_else(|| Fault::broken("a spot is x and y, per mille"))
}

pub async fn retry(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.room(given.text("room")?)?.chat().retry(given.id("line")?).await?.shown())
}
