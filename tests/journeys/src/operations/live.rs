//! Live rooms.

use nightmarket::Timestamp;

use super::{Arguments, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn join(app: &mut App, given: &Arguments) -> Outcome {
    let room = app.services()?.live.join(given.id("room")?).await?;
    let state = room.state().borrow().shown();
    app.joined(room);
    Ok(state)
}

pub async fn state(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("live.state");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let state = app.room(given.text("room")?)?.state();
    Ok(app.follow_state(&key, state))
}

pub async fn shown(app: &mut App, given: &Arguments) -> Outcome {
    let moment = Timestamp(given.number("moment")?);
    Ok(app.room(given.text("room")?)?.shown(moment).await?.shown())
}

pub async fn leave(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.leaving(given.text("room")?)?.leave().await?.shown())
}
