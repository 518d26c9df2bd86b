//! Drops and reminders, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::drops;
pub use nightmarket::drops::{Drop, DropStatus, Reminded, Reminder, ReminderKind, Standing};
use nightmarket::ids::{DropId, GroupId, PostId, RoomId};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::{Host, Product, Timestamp};

/// What goes on sale when, in the shopper's language.
#[uniffi::remote(Record)]
pub struct Drop {
    /// Its id.
    pub id: DropId,
    /// What it is called.
    pub title: String,
    /// Whose it is.
    pub host: Host,
    /// Where it is shown.
    pub room_id: Option<RoomId>,
    /// The post that teases it.
    pub teaser: Option<PostId>,
    /// When everybody may buy, by the venue's clock.
    pub opens_at: Timestamp,
    /// When members of the group may.
    pub early_opens_at: Option<Timestamp>,
    /// The group with early access.
    pub group_id: Option<GroupId>,
    /// What is sold; may be empty before it opens.
    pub products: Vec<Product>,
    /// Where it stands.
    pub status: DropStatus,
    /// The shopper's wish.
    pub reminder: Reminder,
}

/// Where a drop stands, by the venue's word.
#[uniffi::remote(Enum)]
pub enum DropStatus {
    /// Its time is known.
    Announced,
    /// On sale.
    Open,
    /// Over.
    Closed,
    /// Announced, for another time than before.
    Moved,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// The shopper's wish to be reminded.
#[uniffi::remote(Enum)]
pub enum Reminder {
    /// None.
    Off,
    /// To be reminded.
    On {
        /// When, by the venue's clock; none until the drop's time is known here.
        fires_at: Option<Timestamp>,
    },
    /// The venue refused.
    Refused {
        /// Its code, or that of the error.
        code: String,
    },
}

/// Why the shopper was told.
#[uniffi::remote(Enum)]
pub enum ReminderKind {
    /// It is time.
    Due,
    /// It has another time.
    Moved,
    /// Open to members of its group.
    Early,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// Something the shopper was told about a drop; shown again until it is acknowledged.
#[uniffi::remote(Record)]
pub struct Reminded {
    /// The drop.
    pub drop: DropId,
    /// Why.
    pub kind: ReminderKind,
    /// When it opens, as it was said then; the venue's clock.
    pub opens_at: Timestamp,
}

/// Whether this shopper may buy now.
#[uniffi::remote(Enum)]
pub enum Standing {
    /// Not yet.
    NotYet {
        /// Milliseconds until this shopper may.
        opens_in_ms: u64,
    },
    /// Open to members of its group, of whom the shopper is one: a proof goes with the purchase.
    Early,
    /// Open to everybody.
    Open,
    /// Over.
    Closed,
}

list_listener!(Drop: DropListener, DropBatch, DropDiff);
list_listener!(Reminded: RemindedListener, RemindedBatch, RemindedDiff);

/// Drops of the venue.
#[derive(uniffi::Object)]
pub struct Drops {
    pub(crate) drops: drops::Drops,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Drops {
    /// The drops as they are now, and every change. The cache's come at once; `refresh` brings the network's.
    pub async fn drops(&self, listener: Box<dyn DropListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.drops.drops().await?, listener, DropBatch::of).await
    }

    /// Reads the drops; reminders are scheduled anew where a drop has moved.
    pub async fn refresh(&self, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.drops.refresh()).await
    }

    /// Wishes to be reminded of a drop, or takes the wish back. Works offline: written down, sent when there is a network.
    pub async fn remind(&self, drop: DropId, wanted: bool) -> Result<()> {
        Ok(self.drops.remind(drop, wanted).await?)
    }

    /// Whether this shopper may buy now: early access and the venue's clock taken into account.
    ///
    /// # Errors
    /// `NotFound` if the drop is not in the list.
    pub async fn standing(&self, drop: DropId) -> Result<Standing> {
        Ok(self.drops.standing(drop).await?)
    }

    /// What the shopper was told and has not acknowledged, oldest first, and what comes from here on.
    pub async fn reminded(&self, listener: Box<dyn RemindedListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.drops.reminded().await?, listener, RemindedBatch::of).await
    }

    /// The shopper saw it: it is not shown again.
    pub async fn acknowledge(&self, told: Reminded) -> Result<()> {
        Ok(self.drops.acknowledge(told).await?)
    }
}
