//! Fan groups.

use super::{Arguments, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn join(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.fans.join(given.id("group")?).await?.shown())
}

pub async fn proof(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.fans.proof(given.id("group")?, given.id("shop")?).await?.shown())
}
