//! What a shopper tells the venue about people and lines, seen out by the outbox: blocks and reports.

use async_trait::async_trait;
use std::rc::{Rc, Weak};

use nightmarket_ucp::name;
use serde_json::value::RawValue;

use super::Service;
use crate::error::{Error, Result};
use crate::ports::Method;
use crate::storage::outbox::{Item, Sender, Verdict};
use crate::venue::Venue;

/// The outbox's name for blocks.
pub(super) const BLOCK: &str = "chat.block";
/// The outbox's scope of blocks: one after the other, so that the last word counts.
pub(super) const BLOCKS: &str = "blocks";
/// The outbox's name for reports.
pub(super) const REPORT: &str = "chat.report";

/// Posts items as they are, under their id as the key.
pub(super) struct Posting {
    pub(super) venue: Rc<Venue>,
    pub(super) path: &'static str,
    pub(super) chat: Weak<Service>,
}

impl Posting {
    async fn post(&self, item: &Item) -> Result<()> {
        let body: &RawValue =
            serde_json::from_str(&item.body).map_err(|error| Error::malformed("outbox item", error))?;
        let target = (Method::Post, self.path);
        self.venue
            .send_under::<serde_json::Value>(name::FEED, target, &body, &item.id, "answer")
            .await
            .map(drop)
    }
}

#[async_trait(?Send)]
impl Sender for Posting {
    async fn send(&self, item: &Item) -> Verdict {
        match self.post(item).await {
            Ok(()) => Verdict::Delivered,
            Err(Error::SlowDown { retry_after_ms, .. }) => {
                Verdict::Later { retry_after_ms: Some(retry_after_ms) }
            }
            Err(error) if error.is_retryable() => Verdict::Later { retry_after_ms: None },
            Err(error) => {
                // A guest's, or a venue's that takes none: what it does on this device, it does anyway.
                tracing::warn!(path = self.path, code = error.code(), "the venue does not take it");
                Verdict::Delivered
            }
        }
    }

    fn settled(&self, item: &Item, _: &Verdict) {
        if item.scope == BLOCKS
            && let Some(chat) = self.chat.upgrade()
        {
            // The venue leaves out on its pages whom it was told of: what it shows has changed.
            chat.open.borrow().values().for_each(|open| open.reread_soon());
        }
    }
}
