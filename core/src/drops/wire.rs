//! What the venue says of drops and reminders.

use serde::{Deserialize, Serialize};

use super::DropStatus;
use crate::ids::{DropId, GroupId, PostId, RoomId};
use crate::text::Localized;
use crate::time::Timestamp;
use crate::wire::{Host, Product};

/// A drop (contract: `drop.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DropWire {
    pub(crate) id: DropId,
    pub(crate) title: Localized,
    pub(crate) host: Host,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room_id: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) teaser_post_id: Option<PostId>,
    pub(crate) opens_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) early_opens_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<GroupId>,
    #[serde(default)]
    pub(crate) products: Vec<Product>,
    pub(crate) status: DropStatus,
}

#[derive(Debug, Deserialize)]
pub(crate) struct DropsReply {
    pub(crate) now: Timestamp,
    pub(crate) drops: Vec<DropWire>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct ReminderReply {
    #[serde(default)]
    pub(crate) fires_at: Option<Timestamp>,
}
