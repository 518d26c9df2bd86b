//! The shopper's coming and going, and their device.

use serde_json::{Value, json};
use std::time::Duration;

use super::{Arguments, Fault, Outcome};
use nightmarket::push::PushPlatform;

use crate::app::{App, Opening};
use crate::shown::Shown as _;

pub async fn pause(_: &mut App, given: &Arguments) -> Outcome {
    tokio::time::sleep(Duration::from_millis(given.number("ms")?)).await;
    Ok(Value::Null)
}

pub async fn notifications(app: &mut App, _: &Arguments) -> Outcome {
    let scheduled = app.notifications.scheduled();
    let shown = |(drop, at_ms, title): &(nightmarket::ids::DropId, i64, String)| json!({ "drop": drop.as_str(), "at_ms": at_ms, "title": title });
    Ok(scheduled.iter().map(shown).collect())
}

pub async fn open(app: &mut App, given: &Arguments) -> Outcome {
    let or = |name: &str, default: &str| {
        given.find(name).map_or_else(|| Ok(default.to_owned()), |_| given.text(name).map(str::to_owned))
    };
    // Null is an answer here: a guest.
    let token = match given.all().get("token") {
        None => Some("token:shopper".to_owned()),
        Some(Value::Null) => None,
        Some(_) => Some(given.text("token")?.to_owned()),
    };
    let instruments: Option<Vec<String>> = match given.find("instruments") {
        None => Some(vec!["success".to_owned()]),
        Some(names) => serde_json::from_value(names.clone()).ok(),
    };
    let opening = Opening {
        token,
        language: or("language", "en")?,
        venue: or("venue", &app.sandbox.venue)?,
        directory: or("directory", "shopper")?,
        instruments: instruments.ok_or_else(|| Fault::broken("instruments are a list of names"))?,
        device: given.find("device").is_none() || given.flag("device")?,
    };
    app.open(opening).await?;
    Ok(Value::Null)
}

pub async fn close(app: &mut App, _: &Arguments) -> Outcome {
    app.close().await?;
    Ok(Value::Null)
}

pub async fn kill(app: &mut App, _: &Arguments) -> Outcome {
    app.kill()?;
    Ok(Value::Null)
}

pub async fn venue(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.shopper()?.venue().await?.shown())
}

pub async fn background(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.shopper()?.background().await?.shown())
}

pub async fn foreground(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.shopper()?.foreground().await?.shown())
}

pub async fn register_push(app: &mut App, given: &Arguments) -> Outcome {
    let platform = match given.text("platform")? {
        "apns" => PushPlatform::Apns,
        "fcm" => PushPlatform::Fcm,
        other => return Err(Fault::broken(format!("{other} pushes nothing"))),
    };
    Ok(app.shopper()?.register_push(given.text("token")?.to_owned().into(), platform).await?.shown())
}

pub async fn unregister_push(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.shopper()?.unregister_push().await?.shown())
}

pub async fn on_push(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.shopper()?.on_push(given.text("payload")?.to_owned()).await?.shown())
}
