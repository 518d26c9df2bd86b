//! From the feed into the stream.

use nightmarket::Timestamp;
use nightmarket::live::RoomStatus;
use serde_json::json;
use std::collections::BTreeSet;

use crate::claim;
use crate::tour::player::Player;
use crate::tour::stage::{Failure, Followed, Held, Stage, until};

/// The room where the evening happens.
pub const PEARLS: &str = "pearls";

pub async fn open(stage: &mut Stage) -> Held {
    let first_start = std::time::Instant::now();
    stage.shopper().await?;
    Ok(format!("profile read, negotiated and kept in {} ms", first_start.elapsed().as_millis()))
}

pub async fn scroll(stage: &mut Stage) -> Held {
    let feed = stage.shopper().await?.feed();
    let mut posts = Followed::new(feed.posts().await?);
    feed.refresh().await?;
    let first = posts.until("the first page", |posts| (!posts.is_empty()).then_some(posts.len())).await?;
    feed.next_page().await?;
    posts.until("the next page", |posts| (posts.len() > first).then_some(())).await?;
    let ids: BTreeSet<_> = posts.items.iter().map(|post| &post.id).collect();
    claim!(ids.len() == posts.items.len(), "a post is shown twice");
    let liked = posts.items[0].id.clone();
    feed.like(liked.clone(), true).await?;
    feed.seen(liked).await?;
    let live = posts.items.iter().filter(|post| post.live.is_some()).count();
    claim!(live > 0, "nobody is live");
    Ok(format!(
        "{} posts in {} batches of diffs, {live} of them by a host who is live",
        ids.len(),
        posts.batches
    ))
}

pub async fn land(stage: &mut Stage) -> Held {
    let shopper = stage.shopper().await?;
    let mut posts = Followed::new(shopper.feed().posts().await?);
    let room = posts
        .until("a post of the pearl host", |posts| {
            posts
                .iter()
                .filter_map(|post| post.live.as_ref())
                .map(|live| &live.room_id)
                .find(|id| id.as_str() == PEARLS)
                .cloned()
        })
        .await?;
    let room = shopper.live().join(room).await?;
    let joined = room.state().borrow().clone();
    claim!(joined.status == RoomStatus::Live, "the room is not live: {:?}", joined.status);
    let hls = joined.hls_url.ok_or_else(|| Failure::Claim("no stream".to_owned()))?;
    let player = Player::start(&stage.http, &hls).await.map_err(Failure::Claim)?;
    room.shown(Timestamp(player.moment_ms())).await?;
    let words = format!(
        "“{}”, {} watching; HLS plays from {:.1} s behind the live edge, first segment {} bytes",
        joined.title,
        joined.stats.viewers,
        seconds(player.behind_ms),
        player.first_segment_bytes
    );
    stage.player = Some(player);
    stage.room = Some(room);
    Ok(words)
}

pub async fn pin(stage: &mut Stage) -> Held {
    let mut states = stage.room()?.state();
    let before = states.borrow_and_update().pin.clone();
    let pinned = stage.script(&json!({"do": "pin", "room": PEARLS, "item": "pearl_b003"}))?;
    // The player is told a few times a second what it shows; the pin may come only when the picture does.
    let (pin, at_ms) = loop {
        let moment_ms = stage.moment_ms()?;
        stage.room()?.shown(Timestamp(moment_ms)).await?;
        let shown = until("an update", || Some(states.borrow_and_update().pin.clone())).await?;
        match shown {
            Some(pin) if before.as_ref().is_none_or(|before| before.id != pin.id) => break (pin, moment_ms),
            _ => tokio::time::sleep(std::time::Duration::from_millis(100)).await,
        }
    };
    claim!(pin.moment.as_ms() <= at_ms, "the pin came {} ms before its picture", pin.moment.as_ms() - at_ms);
    drop(pinned);
    let late = at_ms - pin.moment.as_ms();
    Ok(format!("{} at {}, {late} ms after its picture", pin.title, pin.price))
}

#[expect(clippy::cast_precision_loss, reason = "shown to a person")]
pub fn seconds(milliseconds: i64) -> f64 {
    milliseconds as f64 / 1_000.0
}
