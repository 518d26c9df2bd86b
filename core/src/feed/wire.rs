//! What the venue says: pages of posts.

use serde::{Deserialize, Serialize};

use crate::ids::{DropId, PostId, RoomId};
use crate::text::Localized;
use crate::time::Timestamp;
use crate::wire::{Host, Media, Product};

/// A post (contract: `post.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PostWire {
    pub(crate) id: PostId,
    pub(crate) host: Host,
    #[serde(default)]
    pub(crate) text: Localized,
    #[serde(default)]
    pub(crate) media: Vec<Media>,
    #[serde(default)]
    pub(crate) products: Vec<Product>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) teaser: Option<TeaserWire>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) live: Option<LiveBadge>,
    pub(crate) posted_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TeaserWire {
    pub(crate) drop_id: DropId,
}

/// Where the author of a post is live now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveBadge {
    /// The room to land in.
    pub room_id: RoomId,
    /// Who watched when it was last heard.
    #[serde(default)]
    pub viewers: u64,
}

/// A page (contract: `feed_page.json`).
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct FeedPage {
    pub(crate) now: Timestamp,
    pub(crate) posts: Vec<PostWire>,
    pub(crate) next: Option<String>,
}
