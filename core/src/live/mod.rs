//! Live rooms: landing in a stream, and what happens there.
//!
//! Joining takes one snapshot (`room.join`) with the positions it was taken at, and follows the room from there, so that
//! nothing is missed or doubled in between. When the hub cannot fill a gap, the snapshot is taken again. Pins, deals and
//! openings appear when the picture does.

mod entry;
mod hearts;
mod programme;
mod service;
mod state;
pub(crate) mod wire;

use tokio::sync::watch;

pub use entry::{Entry, RoomLink};
pub(crate) use service::Service;
pub use state::{Deal, RoomState, RoomStatus, ScheduledTime};
pub use wire::{OpenedContent, Opening, Pin, Stats};

use crate::chat::{self, Chat, Scope};
use crate::error::Result;
use crate::ids::RoomId;
use crate::remote::Remote;
use crate::time::Timestamp;

/// The live rooms of a venue.
#[derive(Clone)]
pub struct Live {
    remote: Remote<Service>,
    chat: Remote<chat::Service>,
}

impl Live {
    pub(crate) fn new(remote: Remote<Service>, chat: Remote<chat::Service>) -> Self {
        Self { remote, chat }
    }

    /// Lands in a room; joining one that is joined already gives the same room. A room that was joined before opens
    /// without a network as the cache has it ([`RoomState::as_of`]), and is followed once there is one.
    ///
    /// # Errors
    /// `NotOffered`, `NotFound`, `Offline` if the hub cannot be reached in ten seconds and the cache has nothing.
    pub async fn join(&self, room: RoomId) -> Result<Room> {
        self.land(room, None).await
    }

    /// [`Self::join`], telling the venue what led here.
    ///
    /// # Errors
    /// As [`Self::join`].
    pub async fn enter(&self, link: RoomLink) -> Result<Room> {
        self.land(link.room, Some(link.entry)).await
    }

    /// Reads a shared address of a room ([`Room::address`]).
    ///
    /// # Errors
    /// `BadAddress` if it is of another venue, or of no room.
    pub async fn link(&self, address: &str) -> Result<RoomLink> {
        let address = address.to_owned();
        self.remote.call(|live| async move { live.link(&address) }).await
    }

    /// The room that the shopper may land in next: its stream is handed to the host app's
    /// [`crate::host::Preloader`], in the stead of the one before.
    ///
    /// # Errors
    /// `NotOffered`, `Refused` (`not_found`), and those of the network: then nothing is warmed.
    pub async fn warm(&self, next: RoomId) -> Result<()> {
        self.remote.call(|live| async move { live.warm(next).await }).await
    }

    async fn land(&self, room: RoomId, entry: Option<Entry>) -> Result<Room> {
        let id = room.clone();
        let state = self.remote.call(move |live| async move { live.join(room, entry).await }).await?;
        let chat = Chat::new(self.chat.clone(), Scope::Room(id.clone()));
        Ok(Room { id, remote: self.remote.clone(), state, chat })
    }
}

/// A joined room.
#[derive(Clone)]
pub struct Room {
    id: RoomId,
    remote: Remote<Service>,
    state: watch::Receiver<RoomState>,
    chat: Chat,
}

impl Room {
    /// Its id.
    pub fn id(&self) -> &RoomId {
        &self.id
    }

    /// The room as it is now, and every newer state; the newest wins. Closed once the room is left.
    pub fn state(&self) -> watch::Receiver<RoomState> {
        self.state.clone()
    }

    /// Its chat.
    pub fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The player shows this programme time now. Told a few times a second, so that pins appear with their picture.
    pub async fn shown(&self, moment: Timestamp) -> Result<()> {
        let id = self.id.clone();
        self.remote.call(move |live| async move { live.shown(&id, moment) }).await
    }

    /// Sends hearts. They are summed here and sent a few times a second, each counted once.
    pub async fn hearts(&self, count: u64) -> Result<()> {
        let id = self.id.clone();
        self.remote.call(move |live| async move { live.hearts(&id, count) }).await
    }

    /// An address to share, for the whole room or for a moment of it.
    pub async fn address(&self, moment: Option<Timestamp>) -> Result<String> {
        let id = self.id.clone();
        self.remote.call(move |live| async move { Ok(live.address(&id, moment)) }).await
    }

    /// Reports the host to the venue. Once this returns the report survives a kill and is sent when there is a network.
    ///
    /// # Errors
    /// `BadInput` if the reason is empty or longer than 1000 code points.
    pub async fn report_host(&self, reason: String) -> Result<()> {
        let id = self.id.clone();
        self.remote.call(move |live| async move { live.report_host(&id, &reason).await }).await
    }

    /// Leaves the room.
    pub async fn leave(self) -> Result<()> {
        let id = self.id.clone();
        self.remote
            .call(move |live| async move {
                live.leave(&id);
                Ok(())
            })
            .await
    }
}
