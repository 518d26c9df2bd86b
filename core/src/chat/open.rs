//! One chat that is open: its list, its state, and the task that follows its channel.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{Mutex, Notify, watch};

use super::line::{Line, LineState};
use super::policy::{MayWrite, Rules};
use super::timeline::{Lines, MAX_HISTORY, Mark, Timeline};
use super::wire::{ChatEvent, InfoWire, LineWire, LinesPage, ReactionsWire};
use super::{PAGE, Scope, Service, store, timeline};
use crate::backoff::Backoff;
use crate::channel::{ChannelEvent, Subscription};
use crate::error::{Error, Result};
use crate::ids::{ClientId, LineId, ShopperId};
use crate::list::LiveList;
use crate::ports::{Clock, DbExt as _, EntropyExt as _};
use crate::session::decode;
use crate::storage::documents;
use crate::time::Timestamp;

/// Publications taken from the channel into one change of the list.
const AT_ONCE: usize = 256;
/// The cache's name for the last lines of a chat.
const CACHE_KIND: &str = "lines";
/// Chats whose last lines are kept.
const CACHED_CHATS: u32 = 50;

/// What a screen shows around the lines, newest wins.
#[derive(Debug, Clone, PartialEq, Eq)]
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

/// Where the next older page is.
#[derive(Debug, Clone, Default)]
pub(super) enum Older {
    /// Before the oldest line in the list.
    #[default]
    BeforeOldest,
    /// Where the venue said.
    Before(String),
    /// There is none.
    End,
}

/// Lines as they were read, and what was read with them.
#[derive(Default)]
pub(crate) struct Snapshot {
    pub(crate) lines: Vec<LineWire>,
    pub(crate) info: Option<InfoWire>,
    /// The last publication that they know.
    pub(crate) upto: Option<u64>,
    /// From the cache, kept at this wall time.
    pub(crate) as_of: Option<Timestamp>,
}

/// One chat that is open.
pub(crate) struct OpenChat {
    pub(super) scope: Scope,
    pub(super) list: LiveList<Line>,
    pub(super) timeline: RefCell<Timeline>,
    pub(super) rules: RefCell<Rules>,
    pub(super) state: watch::Sender<ChatState>,
    before: RefCell<Older>,
    as_of: Cell<Option<Timestamp>>,
    /// One page at a time.
    paging: Mutex<()>,
    /// What the first reading from the venue came to.
    pub(super) first: watch::Sender<Option<Result<()>>>,
    closed: Cell<bool>,
    close: Notify,
    again: Notify,
    clock: Rc<dyn Clock>,
}

impl OpenChat {
    pub(super) fn new(scope: Scope, timeline: Timeline, clock: Rc<dyn Clock>) -> Rc<Self> {
        let state = ChatState {
            may_write: MayWrite::Open,
            muted_until: None,
            slow_mode_ms: 0,
            sends_at: None,
            pinned: Vec::new(),
            unread: 0,
            unread_mentions: 0,
            unread_more: false,
            has_older: true,
            as_of: None,
        };
        Rc::new(Self {
            scope,
            list: LiveList::new(clock.clone()),
            timeline: RefCell::new(timeline),
            rules: RefCell::default(),
            state: watch::Sender::new(state),
            before: RefCell::default(),
            as_of: Cell::new(None),
            paging: Mutex::default(),
            first: watch::Sender::new(None),
            closed: Cell::new(false),
            close: Notify::new(),
            again: Notify::new(),
            clock,
        })
    }

    /// Changes list and timeline together, and tells what follows from it.
    pub(super) fn update<R>(&self, change: impl FnOnce(&mut Timeline, &mut Lines<'_>) -> R) -> R {
        let result = self.list.update(|list| change(&mut self.timeline.borrow_mut(), list));
        self.publish();
        result
    }

    /// Takes the publications that are there in one change; gives back what else came behind them.
    fn hear(&self, first: ChannelEvent, events: &mut Subscription) -> Option<ChannelEvent> {
        if !matches!(first, ChannelEvent::Publication { .. }) {
            return Some(first);
        }
        let mut next = Some(first);
        let mut room = AT_ONCE;
        let publications = std::iter::from_fn(|| match next.take() {
            Some(ChannelEvent::Publication { data, offset }) => {
                room -= 1;
                next = if room > 0 { events.try_next() } else { None };
                Some((data, offset))
            }
            other => {
                next = other;
                None
            }
        });
        let heard =
            publications.filter_map(|(data, offset)| Some((decode::<ChatEvent>("chat", &data)?, offset)));
        let meant = self.list.update(|list| self.timeline.borrow_mut().hear(list, heard));
        if let Some(rules) = meant.rules {
            self.rules.borrow_mut().wire = rules;
        }
        if meant.reread {
            self.reread_soon();
        }
        self.publish();
        next
    }

    pub(super) fn publish(&self) {
        let wait_ms = self.rules.borrow().wait_ms(self.clock.monotonic_ms());
        let sends_at =
            (wait_ms > 0).then(|| Timestamp(self.clock.wall_ms().saturating_add_unsigned(wait_ms)));
        let complete = matches!(&*self.before.borrow(), Older::End);
        let (timeline, rules) = (self.timeline.borrow(), self.rules.borrow());
        let unread = self.list.look(|lines| timeline.unread(lines.iter(), complete));
        let state = ChatState {
            may_write: rules.may_write.clone(),
            muted_until: rules.until,
            slow_mode_ms: rules.wire.slow_mode_ms,
            sends_at,
            pinned: timeline.pinned.clone(),
            unread: unread.lines,
            unread_mentions: unread.mentions,
            unread_more: unread.more,
            has_older: !complete,
            as_of: self.as_of.get(),
        };
        self.state.send_if_modified(|shown| {
            let changed = *shown != state;
            *shown = state;
            changed
        });
    }

    /// A snapshot or the newest page replaces the lines; echoes stay behind it.
    pub(super) fn reset(&self, snapshot: Snapshot, older: Older, now: Timestamp) {
        let Snapshot { lines, info, upto, as_of } = snapshot;
        *self.before.borrow_mut() = older;
        self.as_of.set(as_of);
        if let Some(info) = &info {
            self.rules.borrow_mut().learn(info, self.clock.monotonic_ms());
        }
        self.update(|timeline, list| {
            timeline.reset(list, lines, upto);
            if let Some(info) = info {
                timeline.pin(info.pinned);
            }
            // Who opens a chat for the first time has missed nothing.
            timeline.mark.get_or_insert_with(|| {
                let newest = list.iter().rev().find_map(|line| Some((line.id.clone()?, line.at)));
                let (line, at) = newest.unwrap_or_else(|| (LineId::new(""), now));
                Mark { line, at }
            });
        });
    }

    pub(super) fn line(&self, id: &LineId) -> Option<Arc<Line>> {
        self.list.look(|lines| lines.iter().rev().find(|line| line.id.as_ref() == Some(id)).cloned())
    }

    pub(super) fn mark_echo(&self, client_id: &ClientId, state: &LineState) {
        self.update(|_, list| timeline::mark_echo(list, client_id, state));
    }

    pub(super) fn reacted(&self, id: &LineId, reactions: ReactionsWire) {
        self.update(|timeline, list| timeline.reacted(list, id, reactions));
    }

    pub(super) fn block(&self, who: &ShopperId) {
        self.update(|timeline, list| timeline.block(list, who));
    }

    /// Their lines come back with the newest page.
    pub(super) fn unblock(&self, who: &ShopperId) {
        self.timeline.borrow_mut().blocked.remove(who);
        self.again.notify_one();
    }

    /// Reads the newest page again, when there is a network.
    pub(super) fn reread_soon(&self) {
        self.again.notify_one();
    }

    pub(super) fn close(&self) {
        self.closed.set(true);
        self.close.notify_one();
    }

    /// Read up to this line; none if that is nothing new.
    pub(super) fn read(&self, id: &LineId) -> Option<Mark> {
        let line = self.line(id)?;
        let mark = Mark { line: id.clone(), at: line.at };
        let lines = self.list.snapshot();
        let place = |id: &LineId| lines.iter().position(|line| line.id.as_ref() == Some(id));
        let newer = match self.timeline.borrow().mark.as_ref() {
            Some(known) => match place(&known.line) {
                Some(at) => place(id) > Some(at),
                None => known.at <= mark.at,
            },
            None => true,
        };
        newer.then(|| {
            self.timeline.borrow_mut().mark = Some(mark.clone());
            self.publish();
            mark
        })
    }

    /// Reads a page before the oldest line. What fell out of the list meanwhile is not skipped.
    pub(super) async fn older(&self, chat: &Service) -> Result<bool> {
        let _turn = self.paging.lock().await;
        loop {
            let oldest = self.oldest();
            if self.timeline.borrow_mut().take_trimmed() {
                *self.before.borrow_mut() = Older::BeforeOldest;
            }
            let before = match &*self.before.borrow() {
                Older::End => return Ok(false),
                Older::Before(before) => Some(before.clone()),
                Older::BeforeOldest => oldest.as_ref().map(ToString::to_string),
            };
            if self.list.look(|lines| lines.len()) >= MAX_HISTORY {
                return Ok(false);
            }
            let page = chat.page(&self.scope, before.as_deref()).await?;
            if self.closed.get() {
                return Ok(false);
            }
            if self.oldest() != oldest {
                continue;
            }
            let more = page.before.is_some();
            *self.before.borrow_mut() = page.before.map_or(Older::End, Older::Before);
            self.update(|timeline, list| timeline.prepend(list, page.lines));
            return Ok(more);
        }
    }

    fn oldest(&self) -> Option<LineId> {
        self.list.look(|lines| lines.front().and_then(|line| line.id.clone()))
    }
}

impl Service {
    /// A chat's task: what comes on its channel, and reading it again when something is missing.
    pub(super) async fn follow(self: Rc<Self>, open: Rc<OpenChat>, mut events: Subscription) {
        let mut signed = self.session.signed();
        let mut foreground = self.session.foreground();
        while !open.closed.get() {
            let event = tokio::select! {
                biased;
                () = open.close.notified() => break,
                _ = signed.changed() => {
                    self.reread(&open).await;
                    continue;
                }
                () = open.again.notified() => {
                    self.reread(&open).await;
                    continue;
                }
                _ = foreground.changed() => {
                    if !*foreground.borrow_and_update() {
                        self.keep(&open).await;
                    }
                    continue;
                }
                event = events.next() => event,
            };
            let Some(event) = event else { break };
            match open.hear(event, &mut events) {
                None | Some(ChannelEvent::Publication { .. }) => {}
                Some(ChannelEvent::Gap { .. }) => self.reread(&open).await,
                // The first time, without a snapshot's position: what was said before is read behind it, so that nothing
                // falls in between.
                Some(ChannelEvent::Subscribed { recovered, was_recovering, .. }) => {
                    if !recovered && !was_recovering {
                        self.reread(&open).await;
                    }
                }
                Some(ChannelEvent::Unsubscribed(why)) => {
                    tracing::info!(%why, "a chat is not followed any more");
                    self.ended(&open).await;
                    break;
                }
            }
        }
        self.keep(&open).await;
    }

    /// The venue's newest page, until it is there. What comes on the channel waits meanwhile, so that nothing is lost.
    async fn reread(&self, open: &OpenChat) {
        let mut attempts = 0;
        while !open.closed.get() {
            match self.newest(&open.scope).await {
                Ok((snapshot, older)) => {
                    open.timeline.borrow_mut().me = self.venue.known_shopper();
                    open.reset(snapshot, older, self.venue.now());
                    open.first.send_replace(Some(Ok(())));
                    return;
                }
                Err(error) if error.is_retryable() => {
                    attempts += 1;
                    let random = self.venue.context.ports.entropy.next_u64();
                    self.session.pause(Backoff::INTERACTIVE.wait_ms(attempts, random, None)).await;
                }
                Err(error) => {
                    tracing::warn!(code = error.code(), "a chat could not be read");
                    open.first.send_if_modified(|first| {
                        first.get_or_insert(Err(error));
                        true
                    });
                    return;
                }
            }
        }
    }

    async fn newest(&self, scope: &Scope) -> Result<(Snapshot, Older)> {
        self.venue.shopper_id().await?;
        let LinesPage { lines, before, chat } = self.page(scope, None).await?;
        let older = before.map_or(Older::End, Older::Before);
        Ok((Snapshot { lines, info: chat, ..Snapshot::default() }, older))
    }

    /// The hub lets us in no more: the venue says why.
    async fn ended(&self, open: &OpenChat) {
        let error = match self.newest(&open.scope).await {
            Ok(_) => Error::Forbidden { who: self.venue.context.venue.domain().to_string() },
            Err(error) => error,
        };
        open.rules.borrow_mut().may_write = match &error {
            Error::SignInNeeded { .. } => MayWrite::SignIn,
            _ => MayWrite::MembersOnly,
        };
        open.publish();
        open.first.send_if_modified(|first| {
            first.get_or_insert(Err(error));
            true
        });
    }

    /// The last lines stay in the cache, for when there is no network.
    pub(super) async fn keep(&self, open: &OpenChat) {
        let mut lines: Vec<LineWire> =
            open.list.snapshot().iter().rev().filter_map(|line| line.to_wire()).take(PAGE).collect();
        lines.reverse();
        if lines.is_empty() || open.as_of.get().is_some() {
            return;
        }
        let ports = &self.venue.context.ports;
        let kept = documents::put(ports, CACHE_KIND, &open.scope.channel(), &lines, None).await;
        let kept = match kept {
            Ok(()) => documents::keep_newest(ports, CACHE_KIND, CACHED_CHATS).await,
            error => error,
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "the last lines of a chat are not kept");
        }
    }

    /// What [`Self::keep`] kept.
    pub(crate) async fn kept(&self, scope: &Scope) -> Result<Option<Snapshot>> {
        let ports = &self.venue.context.ports;
        let kept = documents::get::<Vec<LineWire>>(ports, CACHE_KIND, &scope.channel()).await?;
        Ok(kept.map(|kept| Snapshot {
            lines: kept.value,
            as_of: Some(Timestamp(kept.at_ms)),
            ..Snapshot::default()
        }))
    }

    pub(super) async fn read_mark(&self, scope: &Scope) -> Result<Option<Mark>> {
        let channel = scope.channel();
        self.venue.context.ports.db.outbox.call(move |db| store::mark(db, &channel)).await
    }
}
