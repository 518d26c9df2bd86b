//! Chat, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::chat;
pub use nightmarket::chat::{Author, Line, LineState, Pointing, Spot};
use nightmarket::ids::{ClientId, LineId, ShopperId};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener};
use crate::types::Timestamp;

/// A line as a screen shows it.
#[uniffi::remote(Record)]
pub struct Line {
    /// The hub's id; none until it is confirmed.
    pub id: Option<LineId>,
    /// Its writer's id for it.
    pub client_id: ClientId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// What it says.
    pub text: String,
    /// Programme time that its writer saw.
    pub moment: Option<Timestamp>,
    /// Where on the picture its writer pointed.
    pub spot: Option<Spot>,
    /// The line it answers.
    pub reply_to: Option<LineId>,
    /// The venue's time; this device's until it is confirmed.
    pub at: Timestamp,
    /// How it stands.
    pub state: LineState,
}

/// How a line stands.
#[uniffi::remote(Enum)]
pub enum LineState {
    /// Written down here, on its way.
    Sending,
    /// Everybody sees it.
    Sent,
    /// The venue looks at it first.
    Held,
    /// Taken away by the venue.
    Deleted,
    /// The venue does not take it: retry or discard it.
    Failed {
        /// Why: `muted`, `too_long`, or the venue's newer word.
        code: String,
    },
    /// Something newer than this client.
    Other(String),
}

/// What a line may carry beside its text.
#[uniffi::remote(Record)]
pub struct Pointing {
    /// Programme time that the shopper sees.
    pub moment: Option<Timestamp>,
    /// Where on the picture.
    pub spot: Option<Spot>,
    /// The line that is answered.
    pub reply_to: Option<LineId>,
}

/// A spot on the picture, per mille of its width and height, from the top left.
#[uniffi::remote(Record)]
pub struct Spot {
    /// 0 to 1000.
    pub x: u16,
    /// 0 to 1000.
    pub y: u16,
}

/// Who wrote a line.
#[uniffi::remote(Record)]
pub struct Author {
    /// A shopper's or a host's id.
    pub id: ShopperId,
    /// What they are called.
    pub name: String,
}

list_listener!(Line: LineListener, LineBatch, LineDiff);

/// The longest line, in code points.
#[uniffi::export]
pub fn max_text() -> u32 {
    u32::try_from(chat::MAX_TEXT).unwrap_or(u32::MAX)
}

/// The chat of a room or group.
#[derive(uniffi::Object)]
pub struct Chat {
    pub(crate) chat: chat::Chat,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Chat {
    /// The newest lines and this shopper's echoes behind them, and every change from here on.
    pub async fn lines(&self, listener: Box<dyn LineListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.chat.lines().await?, listener, LineBatch::of).await
    }

    /// Says something. Once this returns the line survives a kill; how it stands, the list shows.
    ///
    /// # Errors
    /// `BadInput` if it is empty or longer than `max_text`; then nothing was kept.
    pub async fn send(&self, text: String, pointing: Pointing) -> Result<ClientId> {
        Ok(self.chat.send(&text, pointing).await?)
    }

    /// "That one": says something about what is on the picture at `moment`, and where.
    ///
    /// # Errors
    /// As `send`.
    pub async fn point_at(&self, moment: Timestamp, text: String, spot: Option<Spot>) -> Result<ClientId> {
        Ok(self.chat.point_at(moment, &text, spot).await?)
    }

    /// Sends a failed line once more.
    pub async fn retry(&self, line: ClientId) -> Result<()> {
        Ok(self.chat.retry(line).await?)
    }

    /// Takes back a line that was not confirmed.
    pub async fn discard(&self, line: ClientId) -> Result<()> {
        Ok(self.chat.discard(line).await?)
    }

    /// Reads one more page of history and puts it before the oldest line. False if there is none.
    pub async fn older(&self, cancel: Option<Arc<CancelToken>>) -> Result<bool> {
        within(cancel, self.chat.older()).await
    }

    /// Reacts to a line.
    pub async fn react(
        &self,
        line: LineId,
        reaction: String,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<()> {
        within(cancel, self.chat.react(line, reaction)).await
    }

    /// Reports a line to the venue.
    pub async fn report(&self, line: LineId, reason: String, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.chat.report(line, reason)).await
    }
}
