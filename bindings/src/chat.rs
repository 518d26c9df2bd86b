//! Chat, for Kotlin and Swift.

use std::sync::Arc;

use nightmarket::chat;
pub use nightmarket::chat::{
    Author, Blocked, ChatState, Line, LineState, MayWrite, Pointing, Quote as LineQuote, Reaction, Spot,
};
use nightmarket::ids::{ClientId, LineId, ShopperId};

use crate::cancel::{CancelToken, within};
use crate::error::Result;
use crate::listeners::{Listeners, Subscription, list_listener, listener};
use crate::types::Timestamp;

/// A line as a screen shows it.
#[uniffi::remote(Record)]
pub struct Line {
    /// The hub's id; none until it is confirmed.
    pub id: Option<LineId>,
    /// Its writer's id for it; the hub's where the hub told no other.
    pub client_id: ClientId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// This shopper wrote it.
    pub own: bool,
    /// What it says, as it was typed: to copy, to translate. What is shown is `display`.
    pub text: String,
    /// What it says, safe to be shown as plain text: no tricks with direction, no hidden letters, one line.
    pub display: String,
    /// The same in the shopper's language, if it was asked for.
    pub translation: Option<String>,
    /// Programme time that its writer saw.
    pub moment: Option<Timestamp>,
    /// Where on the picture its writer pointed.
    pub spot: Option<Spot>,
    /// The line it answers.
    pub reply_to: Option<LineId>,
    /// The beginning of that line; none if it was taken away, or is somebody's who is blocked.
    pub quote: Option<LineQuote>,
    /// Whom it speaks to.
    pub mentions: Vec<ShopperId>,
    /// It speaks to this shopper.
    pub mentions_me: bool,
    /// What others gave it, the first kind given first.
    pub reactions: Vec<Reaction>,
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
    /// Taken away, by the venue or its writer: its words are gone.
    Deleted,
    /// The venue does not take it: retry or discard it.
    Failed {
        /// Why: `muted`, `banned`, `too_long`, `sign_in_needed`, or the venue's newer word.
        code: String,
    },
    /// Something newer than this client.
    Other(String),
}

/// One kind of reaction to a line.
#[uniffi::remote(Record)]
pub struct Reaction {
    /// An emoji.
    pub reaction: String,
    /// How many gave it, exactly.
    pub count: u64,
    /// This shopper is one of them.
    pub own: bool,
}

/// The beginning of the line that another answers.
#[uniffi::remote(Record)]
pub struct LineQuote {
    /// That line.
    pub id: LineId,
    /// Who wrote it; none is this shopper, before the hub said who that is.
    pub from: Option<Author>,
    /// Its beginning, safe to be shown.
    pub text: String,
}

/// Whether this shopper may write in a chat.
#[uniffi::remote(Enum)]
pub enum MayWrite {
    /// Yes.
    Open,
    /// After signing in.
    SignIn,
    /// Not for a while.
    Muted,
    /// Not any more.
    Banned,
    /// After joining the group.
    MembersOnly,
    /// A value this version does not know, as it was sent.
    Other(String),
}

/// What a screen shows around the lines, newest wins.
#[uniffi::remote(Record)]
pub struct ChatState {
    /// Whether the shopper may write here.
    pub may_write: MayWrite,
    /// When a mute ends, by the venue's clock; none: when the venue says so.
    pub muted_until: Option<Timestamp>,
    /// Milliseconds between two lines of one shopper; zero: no slow mode.
    pub slow_mode_ms: u64,
    /// A line that is written now leaves at this time of the device's wall clock; none, or over: at once. Lines that wait
    /// are counted.
    pub sends_at: Option<Timestamp>,
    /// Lines that stand above the others, the newest pin first.
    pub pinned: Vec<Line>,
    /// Lines of others that came after the last one read.
    pub unread: u32,
    /// Those of them that speak to this shopper.
    pub unread_mentions: u32,
    /// There are more unread ones, before the oldest line in the list.
    pub unread_more: bool,
    /// There may be older lines: `older` reads them.
    pub has_older: bool,
    /// The lines are from the cache, as they were at this time of the device's wall clock; none: from the venue.
    pub as_of: Option<Timestamp>,
}

/// Somebody the shopper blocked.
#[uniffi::remote(Record)]
pub struct Blocked {
    /// A shopper's or a host's id.
    pub id: ShopperId,
    /// What they were called then, safe to be shown.
    pub name: String,
    /// When, by this device's clock.
    pub at: Timestamp,
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
    /// Whom it speaks to: writers of other lines, or the host. At most `max_mentions`.
    pub mentions: Vec<ShopperId>,
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
    /// What they are called, safe to be shown.
    pub name: String,
}

list_listener!(Line: LineListener, LineBatch, LineDiff);
list_listener!(Blocked: BlockedListener, BlockedBatch, BlockedDiff);
listener!(ChatStateListener, ChatState);

/// The longest line, in code points.
#[uniffi::export]
pub fn max_text() -> u32 {
    u32::try_from(chat::MAX_TEXT).unwrap_or(u32::MAX)
}

/// The most people one line speaks to.
#[uniffi::export]
pub fn max_mentions() -> u32 {
    u32::try_from(chat::MAX_MENTIONS).unwrap_or(u32::MAX)
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

    /// What is around the lines: whether and when the shopper may write, pinned lines, what is unread. The newest wins.
    pub async fn state(&self, listener: Box<dyn ChatStateListener>) -> Result<Arc<Subscription>> {
        self.listeners.value(self.chat.state().await?, listener).await
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

    /// Takes back a line of one's own that everybody sees.
    pub async fn delete(&self, line: LineId, cancel: Option<Arc<CancelToken>>) -> Result<()> {
        within(cancel, self.chat.delete(line)).await
    }

    /// The shopper has read up to this line. Kept on this device, also across restarts.
    pub async fn read(&self, line: LineId) -> Result<()> {
        Ok(self.chat.read(line).await?)
    }

    /// Translates a line into the shopper's language by the app's translator, and shows it in the list. None if there is
    /// nothing to translate.
    pub async fn translate(&self, line: LineId, cancel: Option<Arc<CancelToken>>) -> Result<Option<String>> {
        within(cancel, self.chat.translate(line)).await
    }

    /// Reads one more page of history and puts it before the oldest line. False if there is none, or the list holds two
    /// thousand.
    pub async fn older(&self, cancel: Option<Arc<CancelToken>>) -> Result<bool> {
        within(cancel, self.chat.older()).await
    }

    /// Reacts to a line, or takes that back. The list then shows the exact counts.
    pub async fn react(
        &self,
        line: LineId,
        reaction: String,
        on: bool,
        cancel: Option<Arc<CancelToken>>,
    ) -> Result<()> {
        within(cancel, self.chat.react(line, reaction, on)).await
    }

    /// Reports a line to the venue. Once this returns the report survives a kill and is sent when there is a network.
    pub async fn report(&self, line: LineId, reason: String) -> Result<()> {
        Ok(self.chat.report(line, reason).await?)
    }
}

/// Whom the shopper sees nothing of.
#[derive(uniffi::Object)]
pub struct Blocks {
    pub(crate) blocks: chat::Blocks,
    pub(crate) listeners: Listeners,
}

#[uniffi::export]
impl Blocks {
    /// Everybody who is blocked, the last first.
    pub async fn list(&self, listener: Box<dyn BlockedListener>) -> Result<Arc<Subscription>> {
        self.listeners.list(self.blocks.list().await?, listener, BlockedBatch::of).await
    }

    /// Shows nothing more of somebody (a shopper, or a host): their lines leave every chat at once.
    pub async fn block(&self, id: ShopperId, name: String) -> Result<()> {
        Ok(self.blocks.block(id, name).await?)
    }

    /// Shows them again; chats that are open are read anew.
    pub async fn unblock(&self, id: ShopperId) -> Result<()> {
        Ok(self.blocks.unblock(id).await?)
    }
}
