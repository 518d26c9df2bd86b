//! Chat: lines of a room or a fan group, and what this shopper says there.
//!
//! A line is checked, written to the outbox, shown as an echo, and only then sent. The hub's answer or the line itself,
//! whichever comes first, confirms it; after a kill the outbox shows it again and sends it on. The venue counts a client
//! id once, so a repetition is answered with the first line.

mod blocks;
mod line;
mod open;
mod outgoing;
mod policy;
mod posting;
mod service;
mod store;
mod timeline;
pub(crate) mod wire;

use tokio::sync::watch;

pub use blocks::{Blocked, Blocks};
pub use line::{Line, LineState, Quote, Reaction};
pub use open::ChatState;
pub(crate) use open::Snapshot;
pub use policy::MayWrite;
pub(crate) use service::Service;
pub use wire::{Author, Spot};

use crate::error::Result;
use crate::ids::{ClientId, GroupId, LineId, RoomId, ShopperId};
use crate::list::ListSubscription;
use crate::remote::Remote;
use crate::time::Timestamp;
use open::OpenChat;

/// The longest line, in code points (contract).
pub const MAX_TEXT: usize = 500;
/// The most people one line speaks to (contract).
pub const MAX_MENTIONS: usize = 20;
/// Lines on a page of history.
const PAGE: usize = 50;

/// Whose chat.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Of a live room.
    Room(RoomId),
    /// Of a fan group.
    Group(GroupId),
}

impl Scope {
    /// The hub's channel.
    fn channel(&self) -> String {
        match self {
            Self::Room(id) => format!("chat:{id}"),
            Self::Group(id) => format!("group:{id}"),
        }
    }

    fn path(&self) -> String {
        match self {
            Self::Room(id) => format!("/rooms/{id}/lines"),
            Self::Group(id) => format!("/groups/{id}/lines"),
        }
    }
}

/// What a line may carry beside its text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pointing {
    /// Programme time that the shopper sees.
    pub moment: Option<Timestamp>,
    /// Where on the picture.
    pub spot: Option<Spot>,
    /// The line that is answered.
    pub reply_to: Option<LineId>,
    /// Whom it speaks to: writers of other lines, or the host. At most [`MAX_MENTIONS`].
    pub mentions: Vec<ShopperId>,
}

/// The chat of a room or group.
#[derive(Clone)]
pub struct Chat {
    remote: Remote<Service>,
    scope: Scope,
}

impl Chat {
    pub(crate) fn new(remote: Remote<Service>, scope: Scope) -> Self {
        Self { remote, scope }
    }

    /// The newest lines and this shopper's echoes behind them, and every change from here on.
    pub async fn lines(&self) -> Result<ListSubscription<Line>> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { Ok(chat.open_chat(&scope)?.list.subscribe()) }).await
    }

    /// What is around the lines: whether and when the shopper may write, pinned lines, what is unread. The newest wins;
    /// closed once the chat is.
    pub async fn state(&self) -> Result<watch::Receiver<ChatState>> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { Ok(chat.open_chat(&scope)?.state.subscribe()) }).await
    }

    /// Says something. Once this returns the line survives a kill; how it stands, the list shows. Where a rule makes it
    /// wait ([`ChatState::sends_at`]) it waits, and leaves by itself.
    ///
    /// # Errors
    /// `BadInput` if it is empty, longer than [`MAX_TEXT`], or speaks to more than [`MAX_MENTIONS`]; then nothing was kept.
    pub async fn send(&self, text: &str, pointing: Pointing) -> Result<ClientId> {
        let (scope, text) = (self.scope.clone(), text.to_owned());
        self.remote.call(move |chat| async move { chat.send(&scope, &text, pointing).await }).await
    }

    /// "That one": says something about what is on the picture at `moment`, and where.
    pub async fn point_at(&self, moment: Timestamp, text: &str, spot: Option<Spot>) -> Result<ClientId> {
        self.send(text, Pointing { moment: Some(moment), spot, ..Pointing::default() }).await
    }

    /// Sends a failed line once more.
    pub async fn retry(&self, line: ClientId) -> Result<()> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.retry(&scope, &line).await }).await
    }

    /// Takes back a line that was not confirmed.
    pub async fn discard(&self, line: ClientId) -> Result<()> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.discard(&scope, &line).await }).await
    }

    /// Takes back a line of one's own that everybody sees.
    ///
    /// # Errors
    /// `Offline`, `ChannelUnknown` (try again: the same changes nothing), `Forbidden` for another's.
    pub async fn delete(&self, line: LineId) -> Result<()> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.delete(&scope, &line).await }).await
    }

    /// Reads one more page of history and puts it before the oldest line. False if there is none, or the list holds two
    /// thousand.
    pub async fn older(&self) -> Result<bool> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.open_chat(&scope)?.older(&chat).await }).await
    }

    /// The shopper has read up to this line. Kept on this device, also across restarts.
    pub async fn read(&self, line: LineId) -> Result<()> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.read(&scope, &line).await }).await
    }

    /// Reacts to a line, or takes that back. The list then shows the exact counts.
    ///
    /// # Errors
    /// `Offline`, `ChannelUnknown` (try again: the same changes nothing), `SignInNeeded`.
    pub async fn react(&self, line: LineId, reaction: String, on: bool) -> Result<()> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.react(&scope, &line, &reaction, on).await }).await
    }

    /// Translates a line into the shopper's language by the host app's [`crate::host::Translator`], and shows it in the
    /// list. None if there is nothing to translate.
    ///
    /// # Errors
    /// `NotFound` if the line is not in the list, `Host` if the translator fails or does not answer in 30 s.
    pub async fn translate(&self, line: LineId) -> Result<Option<String>> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.translate(&scope, &line).await }).await
    }

    /// Reports a line to the venue. Once this returns the report survives a kill and is sent when there is a network.
    ///
    /// # Errors
    /// `BadInput` if the reason is empty or longer than 1000 code points.
    pub async fn report(&self, line: LineId, reason: String) -> Result<()> {
        self.remote.call(move |chat| async move { chat.report("line", line.as_str(), &reason).await }).await
    }
}
