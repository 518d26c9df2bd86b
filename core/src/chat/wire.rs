//! What the hub and the venue say about lines.

use serde::{Deserialize, Serialize};

use crate::ids::{ClientId, GroupId, LineId, RoomId, ShopperId};
use crate::time::Timestamp;

/// A spot on the picture, per mille of its width and height, from the top left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spot {
    /// 0 to 1000.
    pub x: u16,
    /// 0 to 1000.
    pub y: u16,
}

/// Who wrote a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    /// A shopper's or a host's id.
    pub id: ShopperId,
    /// What they are called.
    #[serde(default)]
    pub name: String,
}

/// A line (contract: `line.json`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LineWire {
    pub(crate) id: LineId,
    pub(crate) client_id: ClientId,
    pub(crate) from: Author,
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) moment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spot: Option<Spot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<LineId>,
    pub(crate) at: Timestamp,
}

/// An event of `chat:<id>` or `group:<id>` (contract: `event_chat.json`).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ChatEvent {
    Line(Box<LineWire>),
    Lines(Vec<LineWire>),
    LineChanged { id: LineId, state: String },
}

/// `chat.send`; also what the outbox keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SendRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) room_id: Option<RoomId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group_id: Option<GroupId>,
    pub(crate) client_id: ClientId,
    pub(crate) text: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) moment: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) spot: Option<Spot>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reply_to: Option<LineId>,
}

/// The answer to `chat.send`.
#[derive(Debug, Deserialize)]
pub(crate) struct SendReply {
    pub(crate) line: Option<LineWire>,
    pub(crate) refused: Option<Refused>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Refused {
    pub(crate) code: String,
    pub(crate) retry_after_ms: Option<u64>,
}

/// A page of older lines (contract: `lines_page.json`).
#[derive(Debug, Deserialize)]
pub(crate) struct LinesPage {
    pub(crate) lines: Vec<LineWire>,
    pub(crate) before: Option<String>,
}
