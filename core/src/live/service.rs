//! Live rooms on the core thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use nightmarket_ucp::{name, rest};
use serde_json::value::RawValue;
use tokio::sync::{Mutex, Notify, watch};

use super::entry::{Entry, RoomLink};
use super::hearts::Hearts;
use super::programme::Programme;
use super::pulse::{self, Pulse};
use super::state::{Deal, RoomState, RoomStatus, Shown};
use super::wire::{HeartsRequest, JoinRequest, Joined, Opening, RoomEvent, RoomReply, StatusWire};
use crate::backoff::Backoff;
use crate::channel::{Channel, ChannelEvent, Position, SubscribeOptions, Subscription};
use crate::chat::{self, Scope, Snapshot};
use crate::error::{Error, Result};
use crate::ids::RoomId;
use crate::inbox::Inbox;
use crate::ports::EntropyExt as _;
use crate::session::{Session, decode};
use crate::storage::documents;
use crate::time::Timestamp;
use crate::venue::Venue;

/// Milliseconds between two sendings of hearts: four a second at most.
const HEARTS_EVERY_MS: u64 = 250;
/// A room that the cache has is shown from there if the hub has not answered by then, milliseconds.
const CACHE_AFTER_MS: u64 = 1_500;
/// The cache's name for rooms.
const CACHE_KIND: &str = "room";
/// Rooms that are kept.
const CACHED_ROOMS: u32 = 50;

/// Live rooms on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    session: Rc<Session>,
    inbox: Rc<Inbox>,
    chat: Rc<chat::Service>,
    rooms: RefCell<BTreeMap<RoomId, Rc<Joining>>>,
    /// One join of a room at a time.
    joining: RefCell<BTreeMap<RoomId, Rc<Mutex<()>>>>,
    /// The room whose stream is warm.
    warm: RefCell<Option<RoomId>>,
}

/// One room that is joined.
struct Joining {
    id: RoomId,
    state: watch::Sender<RoomState>,
    programme: RefCell<Programme<Shown>>,
    pulse: RefCell<Pulse>,
    hearts: RefCell<Hearts>,
    sending_hearts: Cell<bool>,
    /// Something changed that the room's task has to look at.
    wake: Notify,
    left: Cell<bool>,
}

/// What a room's task listens to.
struct Following {
    events: Subscription,
    pulse: Subscription,
}

impl Service {
    pub(crate) fn new(
        venue: Rc<Venue>,
        session: Rc<Session>,
        inbox: Rc<Inbox>,
        chat: Rc<chat::Service>,
    ) -> Rc<Self> {
        Rc::new(Self {
            venue,
            session,
            inbox,
            chat,
            rooms: RefCell::default(),
            joining: RefCell::default(),
            warm: RefCell::default(),
        })
    }

    pub(super) async fn join(
        self: &Rc<Self>,
        id: RoomId,
        entry: Option<Entry>,
    ) -> Result<watch::Receiver<RoomState>> {
        // A finger that taps twice joins once; the second waits for the first.
        let turn = self.joining.borrow_mut().entry(id.clone()).or_default().clone();
        let _mine = turn.lock().await;
        let known = self.rooms.borrow().get(&id).map(|room| room.state.subscribe());
        if let Some(state) = known {
            return Ok(state);
        }
        let kept = documents::get::<Joined>(&self.venue.context.ports, CACHE_KIND, id.as_str()).await?;
        let clock = &self.venue.context.ports.clock;
        let landed = tokio::select! {
            biased;
            landed = self.snapshot(&id, entry.as_ref()) => landed,
            () = clock.sleep(CACHE_AFTER_MS), if kept.is_some() => Err(Error::Offline),
        };
        // The stream of a room that is entered is the player's now.
        self.warm.borrow_mut().take_if(|warm| *warm == id);
        let room = match (landed, kept) {
            (Ok((channel, joined)), _) => self.enter(&id, channel, joined).await?,
            (Err(error), Some(kept)) if error.is_retryable() => {
                self.enter_kept(&id, kept.value, Timestamp(kept.at_ms)).await?
            }
            (Err(error), _) => return Err(error),
        };
        Ok(room.state.subscribe())
    }

    /// Into a room that was just read.
    async fn enter(self: &Rc<Self>, id: &RoomId, channel: Channel, joined: Joined) -> Result<Rc<Joining>> {
        let (state, ahead) = self.state_of(&joined, None, None);
        let room = Joining::new(id, state);
        room.wait_for_picture(ahead);
        let (snapshot, position) = snapshot_of(&joined, id);
        let open = self.chat.open_with(Scope::Room(id.clone()), snapshot).await?;
        self.chat.join(&open, position).await?;
        self.rooms.borrow_mut().insert(id.clone(), room.clone());
        let following = follow(&channel, &joined, id);
        tokio::task::spawn_local(self.clone().run(room.clone(), Some(following)));
        Ok(room)
    }

    /// Into a room as the cache has it; its task lands in it as soon as there is a network.
    async fn enter_kept(self: &Rc<Self>, id: &RoomId, joined: Joined, at: Timestamp) -> Result<Rc<Joining>> {
        let room = Joining::new(id, RoomState::kept(&joined, &self.venue.context.language, at));
        let scope = Scope::Room(id.clone());
        let lines = self.chat.kept(&scope).await?;
        let (snapshot, _) = snapshot_of(&joined, id);
        let snapshot = lines.unwrap_or(Snapshot { as_of: Some(at), info: None, upto: None, ..snapshot });
        self.chat.open_with(scope, snapshot).await?;
        self.rooms.borrow_mut().insert(id.clone(), room.clone());
        tokio::task::spawn_local(self.clone().run(room.clone(), None));
        Ok(room)
    }

    /// Everything about a room in one answer.
    async fn snapshot(&self, id: &RoomId, entry: Option<&Entry>) -> Result<(Channel, Joined)> {
        let channel = self.session.channel().await?;
        let request = JoinRequest { room_id: id, entry: entry.map(Entry::wire) };
        let answer: Box<RawValue> = channel.call("room.join", &request).await?;
        let joined: Joined =
            serde_json::from_str(answer.get()).map_err(|error| Error::malformed("room.join", error))?;
        self.venue.observe_now(joined.now);
        for opening in &joined.openings {
            self.inbox.opening(id, &crate::api::to_json(opening));
        }
        self.keep(id, answer);
        Ok((channel, joined))
    }

    /// Nobody waits for the disk.
    fn keep(&self, id: &RoomId, answer: Box<RawValue>) {
        let (ports, id) = (self.venue.context.ports.clone(), id.clone());
        tokio::task::spawn_local(async move {
            let kept = documents::put(&ports, CACHE_KIND, id.as_str(), &answer, None).await;
            let kept = match kept {
                Ok(()) => documents::keep_newest(&ports, CACHE_KIND, CACHED_ROOMS).await,
                error => error,
            };
            if let Err(error) = kept {
                tracing::warn!(%error, "a room is not kept for later");
            }
        });
    }

    /// A room as it is now, and what of it the picture has not reached.
    fn state_of(
        &self,
        joined: &Joined,
        room: Option<&Joining>,
        before: Option<&RoomState>,
    ) -> (RoomState, Vec<(Timestamp, Shown)>) {
        let language = &self.venue.context.language;
        let mut state = RoomState::new(joined, language);
        let now = self.venue.context.ports.clock.monotonic_ms();
        let on_screen = match room {
            Some(room) => room.programme.borrow().on_screen(now, self.venue.now(), state.latency_ms),
            None => Programme::<Shown>::default().on_screen(now, self.venue.now(), state.latency_ms),
        };
        let ahead = state.take_ahead(joined, language, on_screen, before);
        (state, ahead)
    }

    /// The room's task: events, the pulse, and the picture reaching what waits.
    async fn run(self: Rc<Self>, room: Rc<Joining>, following: Option<Following>) {
        let following = if following.is_some() { following } else { self.land(&room).await };
        if let Some(following) = following {
            self.follow(&room, following).await;
        }
        // Somebody may have left and come again: that is another room.
        if !room.left.get() {
            self.leave(&room.id);
        }
    }

    async fn follow(&self, room: &Joining, following: Following) {
        let Following { mut events, mut pulse } = following;
        self.tell_pin(room);
        let mut foreground = self.session.foreground();
        while !room.left.get() {
            // Nobody looks at a picture in the background.
            let wait = if *foreground.borrow_and_update() { self.next_in_ms(room) } else { None };
            let clock = self.venue.context.ports.clock.clone();
            let mut stale = false;
            tokio::select! {
                biased;
                event = events.next() => match event {
                    Some(ChannelEvent::Publication { data, .. }) => stale = self.heard(room, &data),
                    Some(ChannelEvent::Gap { .. }) => stale = true,
                    Some(ChannelEvent::Subscribed { .. }) => {}
                    Some(ChannelEvent::Unsubscribed(_)) | None => break,
                },
                Some(event) = pulse.next() => {
                    if let ChannelEvent::Publication { data, .. } = event {
                        self.heard(room, &data);
                    }
                }
                () = room.wake.notified() => {}
                _ = foreground.changed() => {}
                () = clock.sleep(wait.unwrap_or_default()), if wait.is_some() => {}
            }
            if stale {
                self.rejoin(room).await;
            }
            self.release(room);
            self.tell_pin(room);
        }
        let rest = room.pulse.borrow_mut().take_all();
        room.state.send_if_modified(|state| {
            let changed = rest.is_some();
            state.beat(rest.as_ref());
            changed
        });
    }

    /// True if only a snapshot says what is to be shown now.
    fn heard(&self, room: &Joining, data: &RawValue) -> bool {
        let Some(event) = decode::<RoomEvent>("room", data) else { return false };
        let language = &self.venue.context.language;
        let mut programme = room.programme.borrow_mut();
        match event {
            RoomEvent::Status(status) => {
                drop(programme);
                return Self::heard_status(room, *status);
            }
            RoomEvent::Cohosts { hosts } => room.state.send_modify(|state| state.cohosts = hosts),
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
            RoomEvent::Stats(stats) => room.pulse.borrow_mut().stats(stats),
            RoomEvent::Hearts { count } => room.pulse.borrow_mut().hearts(count),
        }
        false
    }

    /// A room goes on air at once, its address with it; it ends when the picture does, so that nobody misses the last words.
    fn heard_status(room: &Joining, status: StatusWire) -> bool {
        let is_live = RoomStatus::from(status.status.as_str()) == RoomStatus::Live;
        if is_live {
            let lacks_address = status.hls_url.is_none();
            room.state.send_modify(|state| state.set_status(status));
            return lacks_address;
        }
        room.programme.borrow_mut().push(status.at, Shown::Status(status));
        false
    }

    /// Lands in a room that is open from the cache, as soon as that can be.
    async fn land(&self, room: &Joining) -> Option<Following> {
        let (channel, joined) = self.read_again(room).await?;
        self.show(room, &joined);
        let scope = Scope::Room(room.id.clone());
        let (snapshot, position) = snapshot_of(&joined, &room.id);
        self.chat.reset(&scope, snapshot);
        if let Err(error) = self.chat.join_again(&scope, position).await {
            tracing::warn!(%error, "a room's chat is not followed");
        }
        Some(follow(&channel, &joined, &room.id))
    }

    /// The hub could not fill a gap: one snapshot replaces what was known, and the room goes on from there.
    async fn rejoin(&self, room: &Joining) {
        if let Some((_, joined)) = self.read_again(room).await {
            self.show(room, &joined);
            let (snapshot, _) = snapshot_of(&joined, &room.id);
            self.chat.reset(&Scope::Room(room.id.clone()), snapshot);
        }
    }

    /// A snapshot, when there is one; none if the room was left or is no more.
    async fn read_again(&self, room: &Joining) -> Option<(Channel, Joined)> {
        let mut attempts = 0;
        loop {
            self.session.in_front().await;
            if room.left.get() {
                return None;
            }
            match self.snapshot(&room.id, None).await {
                Ok(read) => return (!room.left.get()).then_some(read),
                Err(error) if error.is_retryable() => {
                    attempts += 1;
                    let random = self.venue.context.ports.entropy.next_u64();
                    self.session.pause(Backoff::INTERACTIVE.wait_ms(attempts, random, None)).await;
                }
                Err(error) => {
                    tracing::warn!(code = error.code(), "a room could not be read again");
                    return None;
                }
            }
        }
    }

    /// A fresh snapshot of a room that is shown already.
    fn show(&self, room: &Joining, joined: &Joined) {
        room.pulse.borrow_mut().forget_stats();
        let before = room.state.borrow().clone();
        let (state, ahead) = self.state_of(joined, Some(room), Some(&before));
        room.programme.borrow_mut().clear();
        room.wait_for_picture(ahead);
        room.state.send_replace(RoomState { hearts: before.hearts, ..state });
    }

    fn on_screen(&self, room: &Joining) -> Timestamp {
        let latency_ms = room.state.borrow().latency_ms;
        let now = self.venue.context.ports.clock.monotonic_ms();
        room.programme.borrow().on_screen(now, self.venue.now(), latency_ms)
    }

    fn next_in_ms(&self, room: &Joining) -> Option<u64> {
        let picture = room.programme.borrow().next_in_ms(self.on_screen(room));
        let deal = room.state.borrow().deal_ends_in_ms(self.venue.now());
        let pulse = room.pulse.borrow().next_in_ms(self.venue.context.ports.clock.monotonic_ms());
        picture.into_iter().chain(deal).chain(pulse).min()
    }

    fn release(&self, room: &Joining) {
        let on_screen = self.on_screen(room);
        let due = room.programme.borrow_mut().release(on_screen);
        let now = self.venue.now();
        let news = room.pulse.borrow_mut().take(self.venue.context.ports.clock.monotonic_ms());
        room.state.send_if_modified(|state| {
            let changed = !due.is_empty() || news.is_some();
            for shown in due {
                state.show(shown, now);
            }
            state.beat(news.as_ref());
            state.drop_ended_deals(now) || changed
        });
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

    pub(super) fn shown(&self, id: &RoomId, moment: Timestamp) -> Result<()> {
        let room = self.room(id)?;
        room.programme.borrow_mut().shown(moment, self.venue.context.ports.clock.monotonic_ms());
        room.wake.notify_one();
        Ok(())
    }

    pub(super) fn hearts(self: &Rc<Self>, id: &RoomId, count: u64) -> Result<()> {
        let room = self.room(id)?;
        room.hearts.borrow_mut().add(count);
        if !room.sending_hearts.replace(true) {
            tokio::task::spawn_local(self.clone().send_hearts(room));
        }
        Ok(())
    }

    async fn send_hearts(self: Rc<Self>, room: Rc<Joining>) {
        let ports = &self.venue.context.ports;
        let mut failures = 0;
        loop {
            self.session.in_front().await;
            let next = room.hearts.borrow_mut().next(|| ports.entropy.uuid());
            let Some((id, count)) = next else { break };
            let request = HeartsRequest { room_id: &room.id, count, id: &id };
            let sent = match self.session.channel().await {
                Ok(channel) => channel.call::<serde_json::Value>("hearts.add", &request).await.map(drop),
                Err(error) => Err(error),
            };
            match sent {
                // The same hearts under the same id; those of a room that was left are not worth a retry.
                Err(error) if error.is_retryable() && !room.left.get() => {
                    failures += 1;
                    let wait = Backoff::INTERACTIVE.wait_ms(failures, ports.entropy.next_u64(), None);
                    self.session.pause(wait).await;
                }
                Err(error) => {
                    tracing::debug!(%error, "hearts are dropped");
                    room.hearts.borrow_mut().settle(&id);
                }
                Ok(()) => {
                    failures = 0;
                    room.hearts.borrow_mut().settle(&id);
                }
            }
            self.session.pause(HEARTS_EVERY_MS).await;
        }
        room.sending_hearts.set(false);
    }

    pub(super) fn leave(&self, id: &RoomId) {
        let room = self.rooms.borrow_mut().remove(id);
        if let Some(room) = room {
            room.left.set(true);
            room.wake.notify_one();
            self.inbox.pinned(id, None, 0);
            self.chat.close(&Scope::Room(id.clone()));
            self.joining.borrow_mut().remove(id);
        }
    }

    /// Hands the stream of the room that may come next to the host app, and lets go of the one before.
    pub(super) async fn warm(&self, next: RoomId) -> Result<()> {
        if self.warm.borrow().as_ref() == Some(&next) || self.rooms.borrow().contains_key(&next) {
            return Ok(());
        }
        let RoomReply { room, .. } = self.page(&next).await?;
        let preloader = &self.venue.context.host.preloader;
        if let Some(last) = self.warm.borrow_mut().take() {
            preloader.cool(&last);
        }
        if let Some(url) = room.hls_url {
            preloader.warm(&next, &url);
            *self.warm.borrow_mut() = Some(next);
        }
        Ok(())
    }

    /// Whether a room is on air, by the venue's word of now; for who was only told so.
    pub(crate) async fn is_live(&self, room: &RoomId) -> Result<bool> {
        let page = self.page(room).await?;
        self.venue.observe_now(page.now);
        Ok(RoomStatus::from(page.room.status.as_str()) == RoomStatus::Live)
    }

    async fn page(&self, room: &RoomId) -> Result<RoomReply> {
        let path = format!("/rooms/{}", rest::segment(room.as_str()));
        self.venue.get(name::LIVE, &path, "room").await
    }

    pub(super) fn link(&self, address: &str) -> Result<RoomLink> {
        RoomLink::parse(address, &self.venue.context.venue)
    }

    pub(super) fn address(&self, room: &RoomId, moment: Option<Timestamp>) -> String {
        RoomLink::address(room, moment, &self.venue.context.venue)
    }

    pub(super) async fn report_host(&self, id: &RoomId, reason: &str) -> Result<()> {
        let host = self.room(id)?.state.borrow().host.id.clone();
        self.chat.report("host", host.as_str(), reason).await
    }
}

impl Joining {
    fn new(id: &RoomId, state: RoomState) -> Rc<Self> {
        Rc::new(Self {
            id: id.clone(),
            state: watch::Sender::new(state),
            programme: RefCell::default(),
            pulse: RefCell::default(),
            hearts: RefCell::default(),
            sending_hearts: Cell::new(false),
            wake: Notify::new(),
            left: Cell::new(false),
        })
    }

    fn wait_for_picture(&self, ahead: Vec<(Timestamp, Shown)>) {
        let mut programme = self.programme.borrow_mut();
        for (moment, shown) in ahead {
            programme.push(Some(moment), shown);
        }
    }
}

/// The chat's part of a snapshot, and where its channel stood.
fn snapshot_of(joined: &Joined, id: &RoomId) -> (Snapshot, Option<Position>) {
    let position = joined.positions.get(&format!("chat:{id}")).cloned();
    let snapshot = Snapshot {
        lines: joined.lines.clone(),
        info: joined.chat.clone(),
        upto: position.as_ref().map(|position| position.offset),
        as_of: None,
    };
    (snapshot, position)
}

/// Follows a room from where its snapshot was taken.
fn follow(channel: &Channel, joined: &Joined, id: &RoomId) -> Following {
    let from = joined.positions.get(&format!("room:{id}")).cloned();
    let options = SubscribeOptions { recoverable: true, from, needs_token: false };
    Following {
        events: channel.subscribe(&format!("room:{id}"), options),
        pulse: channel.subscribe_folding(&format!("pulse:{id}"), pulse::together),
    }
}
