//! The feed.

use super::{Arguments, Outcome};
use crate::app::App;
use crate::shown::Shown as _;

pub async fn posts(app: &mut App, given: &Arguments) -> Outcome {
    let key = given.key("feed.posts");
    if let Some(newest) = app.newest(&key) {
        return Ok(newest);
    }
    let posts = app.services()?.feed.posts().await?;
    app.follow_list(&key, posts).await
}

pub async fn refresh(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.feed.refresh().await?.shown())
}

pub async fn next_page(app: &mut App, _: &Arguments) -> Outcome {
    Ok(app.services()?.feed.next_page().await?.shown())
}

pub async fn seen(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.feed.seen(given.id("post")?).await?.shown())
}

pub async fn like(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.feed.like(given.id("post")?, given.flag("liked")?).await?.shown())
}

pub async fn follow(app: &mut App, given: &Arguments) -> Outcome {
    Ok(app.services()?.feed.follow(given.id("host")?, given.flag("following")?).await?.shown())
}
