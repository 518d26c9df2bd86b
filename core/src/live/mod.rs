//! Live rooms: landing in a stream, and what happens there.
//!
//! Joining takes one snapshot (`room.join`) with the positions it was taken at, and follows the room from there, so that
//! nothing is missed or doubled in between. When the hub cannot fill a gap, the snapshot is taken again. Pins, deals and
//! openings appear when the picture does.

mod hearts;
mod programme;
mod state;
pub(crate) mod wire;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::sync::{Mutex, Notify, watch};

pub use state::{Deal, RoomState, RoomStatus, ScheduledTime};
pub use wire::{OpenedContent, Opening, Pin, Stats};

use crate::backoff::Backoff;
use crate::channel::{Channel, ChannelEvent, Position, SubscribeOptions, Subscription};
use crate::chat::{self, Chat, Scope};
use crate::error::{Error, Result};
use crate::ids::RoomId;
use crate::inbox::Inbox;
use crate::ports::EntropyExt as _;
use crate::remote::Remote;
use crate::session::{Session, decode};
use crate::time::Timestamp;
use crate::venue::Venue;
use hearts::Hearts;
use programme::Programme;
use state::Shown;
use wire::{HeartsRequest, JoinRequest, Joined, RoomEvent};

/// Milliseconds between two sendings of hearts: four a second at most.
const HEARTS_EVERY_MS: u64 = 250;

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

    /// Lands in a room; joining one that is joined already gives the same room.
    ///
    /// # Errors
    /// `NotOffered`, `NotFound`, `Offline` if the hub cannot be reached in ten seconds.
    pub async fn join(&self, room: RoomId) -> Result<Room> {
        let id = room.clone();
        let state = self.remote.call(move |live| async move { live.join(room).await }).await?;
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

/// Live rooms on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    session: Rc<Session>,
    inbox: Rc<Inbox>,
    chat: Rc<chat::Service>,
    rooms: RefCell<BTreeMap<RoomId, Rc<Joining>>>,
    /// One join of a room at a time.
    joining: RefCell<BTreeMap<RoomId, Rc<Mutex<()>>>>,
}

/// One room that is joined.
struct Joining {
    id: RoomId,
    state: watch::Sender<RoomState>,
    programme: RefCell<Programme<Shown>>,
    hearts: RefCell<Hearts>,
    sending_hearts: Cell<bool>,
    /// Something changed that the room's task has to look at.
    wake: Notify,
    left: Cell<bool>,
}

impl Service {
    pub(crate) fn new(
        venue: Rc<Venue>,
        session: Rc<Session>,
        inbox: Rc<Inbox>,
        chat: Rc<chat::Service>,
    ) -> Rc<Self> {
        Rc::new(Self { venue, session, inbox, chat, rooms: RefCell::default(), joining: RefCell::default() })
    }

    async fn join(self: &Rc<Self>, id: RoomId) -> Result<watch::Receiver<RoomState>> {
        // A finger that taps twice joins once; the second waits for the first.
        let turn = self.joining.borrow_mut().entry(id.clone()).or_default().clone();
        let _mine = turn.lock().await;
        let known = self.rooms.borrow().get(&id).map(|room| room.state.subscribe());
        if let Some(state) = known {
            return Ok(state);
        }
        let channel = self.session.channel().await?;
        let joined = self.snapshot(&channel, &id).await?;
        let state = RoomState::new(&joined, &self.venue.context.language);
        let room = Rc::new(Joining {
            id: id.clone(),
            state: watch::Sender::new(state),
            programme: RefCell::default(),
            hearts: RefCell::default(),
            sending_hearts: Cell::new(false),
            wake: Notify::new(),
            left: Cell::new(false),
        });
        let receiver = room.state.subscribe();
        self.rooms.borrow_mut().insert(id.clone(), room.clone());
        self.tell_pin(&room);
        let position = |kind: &str| joined.positions.get(&format!("{kind}:{id}")).cloned();
        self.chat.open(Scope::Room(id.clone()), joined.lines, position("chat")).await?;
        let events = channel.subscribe(&format!("room:{id}"), recoverable(position("room")));
        let pulse = channel.subscribe(&format!("pulse:{id}"), SubscribeOptions::default());
        tokio::task::spawn_local(self.clone().follow(room, channel, events, pulse));
        Ok(receiver)
    }

    async fn snapshot(&self, channel: &Channel, id: &RoomId) -> Result<Joined> {
        let joined: Joined = channel.call("room.join", &JoinRequest { room_id: id }).await?;
        self.venue.observe_now(joined.now);
        for opening in &joined.openings {
            self.inbox.opening(id, &crate::api::to_json(opening));
        }
        Ok(joined)
    }

    /// The room's task: events, the pulse, and the picture reaching what waits.
    async fn follow(
        self: Rc<Self>,
        room: Rc<Joining>,
        channel: Channel,
        mut events: Subscription,
        mut pulse: Subscription,
    ) {
        while !room.left.get() {
            let wait = self.next_in_ms(&room);
            let clock = self.venue.context.ports.clock.clone();
            tokio::select! {
                biased;
                event = events.next() => match event {
                    Some(ChannelEvent::Publication { data, .. }) => self.heard(&room, &data),
                    Some(ChannelEvent::Gap { .. }) => self.rejoin(&room, &channel).await,
                    Some(ChannelEvent::Subscribed { .. }) => {}
                    Some(ChannelEvent::Unsubscribed(_)) | None => break,
                },
                Some(event) = pulse.next() => {
                    if let ChannelEvent::Publication { data, .. } = event {
                        self.heard(&room, &data);
                    }
                }
                () = room.wake.notified() => {}
                () = clock.sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
            self.release(&room);
            self.tell_pin(&room);
        }
        self.leave(&room.id);
    }

    fn heard(&self, room: &Joining, data: &serde_json::value::RawValue) {
        let Some(event) = decode::<RoomEvent>("room", data) else { return };
        let language = &self.venue.context.language;
        let mut programme = room.programme.borrow_mut();
        match event {
            RoomEvent::Status { status } => {
                room.state.send_modify(|state| state.status = status.as_str().into());
            }
            RoomEvent::Pin(pin) => {
                let moment = pin.as_ref().map(|pin| pin.moment);
                programme.push(moment, Shown::Pin(pin.map(|pin| *pin)));
            }
            RoomEvent::Deal(deal) => {
                programme.push(Some(deal.starts), Shown::Deal(Deal::new(&deal, language)));
            }
            RoomEvent::Opening(raw) => {
                self.inbox.opening(&room.id, raw.get());
                if let Some(opening) = decode::<Opening>("opening", &raw) {
                    programme.push(opening.moment, Shown::Opening(opening));
                }
            }
            RoomEvent::Stats(stats) => {
                room.state.send_modify(|state| state.stats = stats);
            }
            RoomEvent::Hearts { count } => {
                room.state.send_modify(|state| state.hearts = state.hearts.saturating_add(count));
            }
        }
    }

    /// The hub could not fill a gap: one snapshot replaces what was known, and the room goes on from there.
    async fn rejoin(&self, room: &Joining, channel: &Channel) {
        let ports = &self.venue.context.ports;
        let mut attempts = 0;
        let snapshot = loop {
            match self.snapshot(channel, &room.id).await {
                Err(error) if error.is_retryable() && !room.left.get() => {
                    attempts += 1;
                    ports
                        .clock
                        .sleep(Backoff::INTERACTIVE.wait_ms(attempts, ports.entropy.next_u64(), None))
                        .await;
                }
                other => break other,
            }
        };
        match snapshot {
            Ok(joined) => {
                room.programme.borrow_mut().clear();
                let hearts = room.state.borrow().hearts;
                let state = RoomState { hearts, ..RoomState::new(&joined, &self.venue.context.language) };
                room.state.send_replace(state);
                self.chat.reset(&Scope::Room(room.id.clone()), joined.lines);
            }
            Err(error) => tracing::warn!(%error, "a room with a gap could not be read again"),
        }
    }

    fn on_screen(&self, room: &Joining) -> Timestamp {
        let latency_ms = room.state.borrow().latency_ms;
        let now = self.venue.context.ports.clock.monotonic_ms();
        room.programme.borrow().on_screen(now, self.venue.now(), latency_ms)
    }

    fn next_in_ms(&self, room: &Joining) -> Option<u64> {
        let on_screen = self.on_screen(room);
        room.programme.borrow().next_in_ms(on_screen)
    }

    fn release(&self, room: &Joining) {
        let on_screen = self.on_screen(room);
        let due = room.programme.borrow_mut().release(on_screen);
        if due.is_empty() {
            return;
        }
        let now = self.venue.now();
        room.state.send_modify(|state| due.into_iter().for_each(|shown| state.show(shown, now)));
    }

    /// Others prepare for what is shown; while the host is off, nothing is.
    fn tell_pin(&self, room: &Joining) {
        let state = room.state.borrow();
        let pin = state.pin.as_ref().filter(|_| state.status == RoomStatus::Live);
        self.inbox.pinned(&room.id, pin, state.stats.viewers);
    }

    fn room(&self, id: &RoomId) -> Result<Rc<Joining>> {
        let room = self.rooms.borrow().get(id).cloned();
        room.ok_or_else(|| Error::NotFound { what: "this room among those joined".to_owned() })
    }

    fn shown(&self, id: &RoomId, moment: Timestamp) -> Result<()> {
        let room = self.room(id)?;
        room.programme.borrow_mut().shown(moment, self.venue.context.ports.clock.monotonic_ms());
        room.wake.notify_one();
        Ok(())
    }

    fn hearts(self: &Rc<Self>, id: &RoomId, count: u64) -> Result<()> {
        let room = self.room(id)?;
        room.hearts.borrow_mut().add(count);
        if !room.sending_hearts.replace(true) {
            tokio::task::spawn_local(self.clone().send_hearts(room));
        }
        Ok(())
    }

    async fn send_hearts(self: Rc<Self>, room: Rc<Joining>) {
        let ports = &self.venue.context.ports;
        loop {
            let next = room.hearts.borrow_mut().next(|| ports.entropy.uuid());
            let Some((id, count)) = next else { break };
            let request = HeartsRequest { room_id: &room.id, count, id: &id };
            let sent = match self.session.channel().await {
                Ok(channel) => channel.call::<serde_json::Value>("hearts.add", &request).await.map(drop),
                Err(error) => Err(error),
            };
            match sent {
                // The same hearts under the same id; those of a room that was left are not worth a retry.
                Err(error) if error.is_retryable() && !room.left.get() => {}
                Err(error) => {
                    tracing::debug!(%error, "hearts are dropped");
                    room.hearts.borrow_mut().settle(&id);
                }
                Ok(()) => room.hearts.borrow_mut().settle(&id),
            }
            ports.clock.sleep(HEARTS_EVERY_MS).await;
        }
        room.sending_hearts.set(false);
    }

    fn leave(&self, id: &RoomId) {
        let room = self.rooms.borrow_mut().remove(id);
        if let Some(room) = room {
            room.left.set(true);
            room.wake.notify_one();
            self.inbox.pinned(id, None, 0);
            self.chat.close(&Scope::Room(id.clone()));
            self.joining.borrow_mut().remove(id);
        }
    }
}

fn recoverable(from: Option<Position>) -> SubscribeOptions {
    SubscribeOptions { recoverable: true, from, needs_token: false }
}
