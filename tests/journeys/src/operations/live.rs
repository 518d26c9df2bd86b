//! Live rooms.

use nightmarket::Timestamp;

use nightmarket::live::{Entry, RoomLink};

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn join(app: &mut App, given: &Arguments) -> Outcome {
    let room = app.services()?.live.join(given.id("room")?).await?;
    let state = room.state().borrow().shown();
    app.joined(room);
    Ok(state)
}

pub async fn enter(app: &mut App, given: &Arguments) -> Outcome {
    let link = given.value("link")?;
    let entry = match (link["entry"].as_str(), link["entry"]["reminder"].as_str()) {
        (Some("push"), _) => Some(Entry::Push),
        (Some("link"), _) => Some(Entry::Link),
        (Some("next"), _) => Some(Entry::Next),
        (_, Some(drop)) => Some(Entry::Reminder(drop.into())),
        _ => None,
    };
    let (Some(entry), Some(room)) = (entry, link["room"].as_str()) else {
        return Err(Fault::broken("link is a RoomLink"));
    };
    let moment = link["moment"].as_i64().map(Timestamp);
    let room = app.services()?.live.enter(RoomLink { room: room.into(), entry, moment }).await?;
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
