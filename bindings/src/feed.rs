//! The feed, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::feed;
pub use nightmarket::feed::{LiveBadge, Post};
use nightmarket::ids::{DropId, HostId, PostId, RoomId};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::{Host, Media, Product, Timestamp};

/// A post as a screen shows it, in the shopper's language.
#[uniffi::remote(Record)]
pub struct Post {
    /// Its id.
    pub id: PostId,
    /// Its author.
    pub host: Host,
    /// What it says.
    pub text: String,
    /// Pictures and films, in order.
    pub media: Vec<Media>,
    /// What it is about.
    pub products: Vec<Product>,
    /// The drop it teases.
    pub teaser: Option<DropId>,
    /// Where its author is live now.
    pub live: Option<LiveBadge>,
    /// When it was posted, by the venue's clock.
    pub posted_at: Timestamp,
}

/// Where the author of a post is live now.
#[uniffi::remote(Record)]
pub struct LiveBadge {
    /// The room to land in.
    pub room_id: RoomId,
    /// Who watched when it was last heard.
    pub viewers: u64,
}

list_listener!(Post: PostListener, PostBatch, PostDiff);

/// The feed of a venue.
#[derive(uniffi::Object)]
pub struct Feed {
    pub(crate) feed: feed::Feed,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Feed {
    /// The posts as they are now, and every change from here on. The cache's posts come at once; `refresh` brings the
    /// network's.
    pub async fn posts(&self, listener: Box<dyn PostListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.feed.posts().await?, listener, PostBatch::of).await
    }

    /// Reads the newest page. Posts on screen stay where they are if the page reaches them.
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.feed.refresh()).await
    }

    /// Adds the next page at the end. False if there is none. Offline, the cache's next page.
    pub async fn next_page(&self, cancel: Option<Arc<CancelToken>>) -> Result<bool> {
        within(cancel, self.feed.next_page()).await
    }

    /// A post was on screen. Counted once, sent when there is a network.
    pub async fn seen(&self, post: PostId) -> Result<()> {
        Ok(self.feed.seen(post).await?)
    }

    /// Likes a post, or takes it back. Written down at once, sent when there is a network.
    pub async fn like(&self, post: PostId, liked: bool) -> Result<()> {
        Ok(self.feed.like(post, liked).await?)
    }

    /// Follows a host, or stops. Written down at once, sent when there is a network.
    pub async fn follow(&self, host: HostId, following: bool) -> Result<()> {
        Ok(self.feed.follow(host, following).await?)
    }
}
