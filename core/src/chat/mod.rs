//! Chat: lines of a room or a fan group, and what this shopper says there.
//!
//! A line is checked, written to the outbox, shown as an echo, and only then sent. The hub's answer or the line itself,
//! whichever comes first, confirms it; after a kill the outbox shows it again and sends it on. The venue counts a client
//! id once, so a repetition is answered with the first line.

mod outgoing;
mod timeline;
pub(crate) mod wire;

use serde::Serialize;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use nightmarket_ucp::name;

pub use timeline::{Line, LineState};
pub use wire::{Author, Spot};

use crate::api;
use crate::backoff::Backoff;
use crate::channel::{ChannelEvent, Position, SubscribeOptions, Subscription};
use crate::error::{Error, Result};
use crate::ids::{ClientId, GroupId, LineId, RoomId};
use crate::list::{ListSubscription, LiveList};
use crate::ports::{EntropyExt as _, Method};
use crate::remote::Remote;
use crate::session::{Session, decode};
use crate::time::Timestamp;
use crate::venue::Venue;
use outgoing::{KIND, Outgoing};
use timeline::{Change, MAX_LINES, place, rebuild};
use wire::{ChatEvent, LineWire, LinesPage, SendRequest};

/// The longest line, in code points (contract).
pub const MAX_TEXT: usize = 500;
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
        self.remote.call(move |chat| async move { Ok(chat.timeline(&scope)?.list.subscribe()) }).await
    }

    /// Says something. Once this returns the line survives a kill; how it stands, the list shows.
    ///
    /// # Errors
    /// `BadInput` if it is empty or longer than [`MAX_TEXT`]; then nothing was kept.
    pub async fn send(&self, text: &str, pointing: Pointing) -> Result<ClientId> {
        let (scope, text) = (self.scope.clone(), text.to_owned());
        self.remote.call(move |chat| async move { chat.send(&scope, &text, pointing).await }).await
    }

    /// "That one": says something about what is on the picture at `moment`, and where.
    pub async fn point_at(&self, moment: Timestamp, text: &str, spot: Option<Spot>) -> Result<ClientId> {
        self.send(text, Pointing { moment: Some(moment), spot, reply_to: None }).await
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

    /// Reads one more page of history and puts it before the oldest line. False if there is none.
    pub async fn older(&self) -> Result<bool> {
        let scope = self.scope.clone();
        self.remote.call(move |chat| async move { chat.older(&scope).await }).await
    }

    /// Reacts to a line.
    pub async fn react(&self, line: LineId, reaction: String) -> Result<()> {
        self.remote.call(move |chat| async move { chat.react(&line, &reaction).await }).await
    }

    /// Reports a line to the venue.
    pub async fn report(&self, line: LineId, reason: String) -> Result<()> {
        self.remote.call(move |chat| async move { chat.report(&line, &reason).await }).await
    }
}

/// Chat on the core thread.
pub(crate) struct Service {
    venue: Rc<Venue>,
    session: Rc<Session>,
    open: RefCell<BTreeMap<Scope, Rc<Timeline>>>,
}

/// One chat that is open.
pub(crate) struct Timeline {
    list: LiveList<Line>,
    before: RefCell<Older>,
    closed: Cell<bool>,
    close: tokio::sync::Notify,
}

/// Where the next older page is.
#[derive(Debug, Clone, Default)]
enum Older {
    /// Before the oldest line in the list.
    #[default]
    BeforeOldest,
    /// Where the venue said.
    Before(String),
    /// There is none.
    End,
}

impl Service {
    pub(crate) fn new(venue: Rc<Venue>, session: Rc<Session>) -> Rc<Self> {
        let service = Rc::new(Self { venue, session, open: RefCell::default() });
        let outgoing = Outgoing { session: service.session.clone(), chat: Rc::downgrade(&service) };
        service.venue.context.outbox.start(KIND, Rc::new(outgoing));
        service
    }

    /// Opens a fan group's chat: the venue's newest page, then what comes.
    pub(crate) async fn open_group(self: &Rc<Self>, group: GroupId) -> Result<Scope> {
        let scope = Scope::Group(group);
        if self.open.borrow().contains_key(&scope) {
            return Ok(scope);
        }
        let page: LinesPage = self.page(&scope, None).await?;
        self.open(scope.clone(), page.lines, None).await?;
        Ok(scope)
    }

    /// Opens a chat with the lines of a snapshot and follows it from the position the snapshot was taken at.
    pub(crate) async fn open(
        self: &Rc<Self>,
        scope: Scope,
        lines: Vec<LineWire>,
        from: Option<Position>,
    ) -> Result<()> {
        let timeline = Rc::new(Timeline {
            list: LiveList::new(self.venue.context.ports.clock.clone()),
            before: RefCell::default(),
            closed: Cell::new(false),
            close: tokio::sync::Notify::new(),
        });
        let mut all = rebuild(&[], lines);
        let echoes = self.echoes(&scope, &all).await?;
        let unconfirmed: Vec<_> = echoes.iter().map(|echo| echo.client_id.clone()).collect();
        all.extend(echoes);
        timeline.list.update(|list| list.append(all.into_iter().collect()));
        let needs_token = matches!(scope, Scope::Group(_));
        let options = SubscribeOptions { recoverable: true, needs_token, from };
        let events = self.session.channel().await?.subscribe(&scope.channel(), options);
        self.open.borrow_mut().insert(scope.clone(), timeline.clone());
        // One that was delivered while this was opened told nobody: its line comes by the channel.
        let left = self.venue.context.outbox.items(KIND, &scope.channel()).await?;
        for id in unconfirmed.iter().filter(|id| !left.iter().any(|item| item.id == id.as_str())) {
            timeline.forget(id);
        }
        tokio::task::spawn_local(self.clone().follow(scope, timeline, events));
        Ok(())
    }

    /// What the outbox holds for this chat and the snapshot does not confirm.
    async fn echoes(&self, scope: &Scope, lines: &[Arc<Line>]) -> Result<Vec<Arc<Line>>> {
        let items = self.venue.context.outbox.items(KIND, &scope.channel()).await?;
        let known = |id: &str| lines.iter().any(|line| line.client_id.as_str() == id);
        Ok(items
            .into_iter()
            .filter(|item| !known(&item.id))
            .filter_map(|item| {
                let request = serde_json::from_str(&item.body).ok()?;
                let state = item.failure.map_or(LineState::Sending, |code| LineState::Failed { code });
                Some(Arc::new(Line::echo(request, Timestamp(item.created_ms), state)))
            })
            .collect())
    }

    async fn follow(self: Rc<Self>, scope: Scope, timeline: Rc<Timeline>, mut events: Subscription) {
        while !timeline.closed.get() {
            let event = tokio::select! {
                biased;
                () = timeline.close.notified() => break,
                event = events.next() => event,
            };
            match event {
                Some(ChannelEvent::Publication { data, .. }) => {
                    if let Some(event) = decode::<ChatEvent>("chat", &data) {
                        timeline.heard(event);
                    }
                }
                // The first page is the newest: what is between it and the list is read with `older`.
                Some(ChannelEvent::Gap { .. }) => self.reread(&scope, &timeline).await,
                Some(ChannelEvent::Subscribed { .. }) => {}
                Some(ChannelEvent::Unsubscribed(_)) | None => break,
            }
        }
    }

    async fn reread(&self, scope: &Scope, timeline: &Timeline) {
        let ports = &self.venue.context.ports;
        let mut attempts = 0;
        loop {
            match self.page(scope, None).await {
                Ok(page) => return self.reset(scope, page.lines),
                Err(error) if error.is_retryable() && !timeline.closed.get() => {
                    attempts += 1;
                    ports
                        .clock
                        .sleep(Backoff::INTERACTIVE.wait_ms(attempts, ports.entropy.next_u64(), None))
                        .await;
                }
                Err(error) => return tracing::warn!(%error, "a chat with a gap could not be read again"),
            }
        }
    }

    /// A snapshot replaces the lines; echoes stay behind it.
    pub(crate) fn reset(&self, scope: &Scope, lines: Vec<LineWire>) {
        if let Ok(timeline) = self.timeline(scope) {
            *timeline.before.borrow_mut() = Older::BeforeOldest;
            let all = rebuild(&timeline.list.snapshot(), lines);
            timeline.list.update(|list| {
                list.clear();
                list.append(all.into_iter().collect());
            });
        }
    }

    pub(crate) fn close(&self, scope: &Scope) {
        if let Some(timeline) = self.open.borrow_mut().remove(scope) {
            timeline.closed.set(true);
            timeline.close.notify_one();
        }
    }

    fn timeline(&self, scope: &Scope) -> Result<Rc<Timeline>> {
        let open = self.open.borrow().get(scope).cloned();
        open.ok_or_else(|| Error::NotFound { what: "this chat among those open".to_owned() })
    }

    async fn send(&self, scope: &Scope, text: &str, pointing: Pointing) -> Result<ClientId> {
        let timeline = self.timeline(scope)?;
        let text = text.trim();
        if text.is_empty() {
            return Err(Error::bad_input("a line without words"));
        }
        let length = text.chars().count();
        if length > MAX_TEXT {
            return Err(Error::bad_input(format!("{length} code points, {MAX_TEXT} fit into a line")));
        }
        if pointing.spot.is_some_and(|spot| spot.x > 1_000 || spot.y > 1_000) {
            return Err(Error::bad_input("a spot is per mille of the picture"));
        }
        let context = &self.venue.context;
        let client_id = ClientId::new(context.ports.entropy.uuid());
        let (room_id, group_id) = match scope {
            Scope::Room(id) => (Some(id.clone()), None),
            Scope::Group(id) => (None, Some(id.clone())),
        };
        let request = SendRequest {
            room_id,
            group_id,
            client_id: client_id.clone(),
            text: text.to_owned(),
            moment: pointing.moment,
            spot: pointing.spot,
            reply_to: pointing.reply_to,
        };
        let body = api::to_json(&request);
        context.outbox.put(KIND, client_id.as_str(), &scope.channel(), body).await?;
        let at = Timestamp(context.ports.clock.wall_ms());
        timeline.echo(Line::echo(request, at, LineState::Sending));
        Ok(client_id)
    }

    async fn retry(&self, scope: &Scope, line: &ClientId) -> Result<()> {
        self.timeline(scope)?.mark(line, &LineState::Sending);
        self.venue.context.outbox.retry(KIND, line.as_str()).await
    }

    async fn discard(&self, scope: &Scope, line: &ClientId) -> Result<()> {
        self.venue.context.outbox.discard(line.as_str()).await?;
        self.timeline(scope)?.forget(line);
        Ok(())
    }

    async fn page(&self, scope: &Scope, before: Option<&str>) -> Result<LinesPage> {
        let mut path = format!("{}?limit={PAGE}", scope.path());
        if let Some(before) = before {
            path.push_str("&before=");
            path.extend(url::form_urlencoded::byte_serialize(before.as_bytes()));
        }
        self.venue.get(name::LIVE, &path, "page of lines").await
    }

    async fn older(&self, scope: &Scope) -> Result<bool> {
        let timeline = self.timeline(scope)?;
        let known = timeline.before.borrow().clone();
        let before = match known {
            Older::End => return Ok(false),
            Older::Before(before) => Some(before),
            Older::BeforeOldest => {
                timeline.list.snapshot().first().and_then(|line| line.id.as_ref().map(ToString::to_string))
            }
        };
        let page = self.page(scope, before.as_deref()).await?;
        let more = page.before.is_some();
        *timeline.before.borrow_mut() = page.before.map_or(Older::End, Older::Before);
        timeline.prepend(page.lines);
        Ok(more)
    }

    async fn react(&self, line_id: &LineId, reaction: &str) -> Result<()> {
        #[derive(Serialize)]
        struct React<'a> {
            line_id: &'a LineId,
            reaction: &'a str,
        }
        let channel = self.session.channel().await?;
        channel.call::<serde_json::Value>("chat.react", &React { line_id, reaction }).await.map(drop)
    }

    async fn report(&self, line: &LineId, reason: &str) -> Result<()> {
        #[derive(Serialize)]
        struct Report<'a> {
            id: String,
            kind: &'static str,
            target: &'a LineId,
            reason: &'a str,
        }
        let id = self.venue.context.ports.entropy.uuid();
        let report = Report { id, kind: "line", target: line, reason };
        let answer: serde_json::Value =
            self.venue.send(name::FEED, Method::Post, "/reports", &report, "report").await?;
        drop(answer);
        Ok(())
    }

    /// The outbox has an answer for a line of ours.
    fn settled(&self, channel: &str, line: &ClientId, outcome: Settled) {
        let open = self.open.borrow();
        let Some((_, timeline)) = open.iter().find(|(scope, _)| scope.channel() == channel) else { return };
        match outcome {
            Settled::Confirmed(line) => timeline.place((*line).into()),
            Settled::Marked(state) => timeline.mark(line, &state),
        }
    }
}

/// What became of a line of ours.
enum Settled {
    Confirmed(Box<LineWire>),
    Marked(LineState),
}

impl Timeline {
    fn heard(&self, event: ChatEvent) {
        match event {
            ChatEvent::Line(line) => self.place((*line).into()),
            ChatEvent::Lines(lines) => lines.into_iter().for_each(|line| self.place(line.into())),
            ChatEvent::LineChanged { id, state } => {
                let state = match state.as_str() {
                    "held" => LineState::Held,
                    "deleted" => LineState::Deleted,
                    "shown" => LineState::Sent,
                    _ => LineState::Other(state),
                };
                self.change(|line| line.id.as_ref() == Some(&id), |line| line.state = state.clone());
            }
        }
    }

    fn place(&self, line: Line) {
        let change = place(&self.list.snapshot(), &line);
        let line = Arc::new(line);
        self.list.update(|list| {
            match change {
                Change::None => {}
                Change::Insert(at) if at == list.len() => list.push_back(line),
                Change::Insert(at) => list.insert(at, line),
                Change::Set(at) => {
                    list.set(at, line);
                }
                Change::Move(from, to) => {
                    list.remove(from);
                    list.insert(to, line);
                }
            }
            while list.len() > MAX_LINES {
                list.pop_front();
            }
        });
    }

    fn echo(&self, line: Line) {
        // The answer may have been faster.
        if !self.list.snapshot().iter().any(|other| other.client_id == line.client_id) {
            self.list.update(|list| list.push_back(Arc::new(line)));
        }
    }

    /// How a line that the hub has not confirmed stands.
    fn mark(&self, client_id: &ClientId, state: &LineState) {
        self.change(
            |line| line.id.is_none() && line.client_id == *client_id,
            |line| line.state = state.clone(),
        );
    }

    fn change(&self, which: impl Fn(&Line) -> bool, change: impl Fn(&mut Line)) {
        self.list.update(|list| {
            if let Some(at) = list.iter().position(|line| which(line)) {
                let mut line = Line::clone(&list[at]);
                change(&mut line);
                list.set(at, Arc::new(line));
            }
        });
    }

    fn forget(&self, client_id: &ClientId) {
        self.list.update(|list| {
            if let Some(at) = list.iter().position(|line| line.id.is_none() && line.client_id == *client_id) {
                list.remove(at);
            }
        });
    }

    fn prepend(&self, lines: Vec<LineWire>) {
        let known = self.list.snapshot();
        let new: Vec<_> = lines
            .into_iter()
            .filter(|line| !known.iter().any(|other| other.id.as_ref() == Some(&line.id)))
            .map(|line| Arc::new(Line::from(line)))
            .collect();
        self.list.update(|list| {
            for line in new.into_iter().rev() {
                list.push_front(line);
            }
        });
    }
}
