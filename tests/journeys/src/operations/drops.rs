//! Drops and reminders.

use nightmarket::Timestamp;
use nightmarket::drops::{Reminded, ReminderKind};

use super::{Arguments, Fault, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn drops(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("drops.drops");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let drops = app.services()?.drops.drops().await?;
    app.follow_list(&key, drops).await
}

pub async fn refresh(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.drops.refresh().await?.shown())
}

pub async fn remind(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.drops.remind(given.id("drop")?, given.flag("wanted")?).await?.shown())
}

pub async fn reminded(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("drops.reminded");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let told = app.services()?.drops.reminded().await?;
    app.follow_list(&key, told).await
}

pub async fn acknowledge(app: &mut App, given: &Arguments) -> Outcome {
    let told = given.value("told")?;
    let reminded = (|| {
        Some(Reminded {
            drop: told["drop"].as_str()?.into(),
            kind: ReminderKind::from(told["kind"].as_str()?),
            opens_at: Timestamp(told["opens_at"].as_i64()?),
        })
    })();
    let reminded = reminded.ok_or_else(|| Fault::broken("told is a Reminded"))?;
    Ok(app.services()?.drops.acknowledge(reminded).await?.shown())
}
