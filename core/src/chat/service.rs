//! Chat on the core thread.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use nightmarket_ucp::name;
use serde::Serialize;

use super::blocks::Blocking;
use super::line::{Line, LineState};
use super::open::Older;
use super::outgoing::{KIND, Outgoing};
use super::policy::MayWrite;
use super::posting::{BLOCK, Posting, REPORT};
use super::timeline::{Mark, Timeline};
use super::wire::{DeleteRequest, LineWire, LinesPage, ReactReply, ReactRequest, SendRequest};
use super::{MAX_MENTIONS, MAX_TEXT, OpenChat, PAGE, Pointing, Scope, Snapshot, store, timeline};
use crate::api;
use crate::channel::{Position, SubscribeOptions};
use crate::error::{Error, Result};
use crate::host;
use crate::ids::{ClientId, GroupId, LineId};
use crate::inbox::{Inbox, ShopperEvent};
use crate::ports::{DbExt as _, EntropyExt as _};
use crate::session::Session;
use crate::text;
use crate::time::Timestamp;
use crate::venue::Venue;

/// How long a group's chat is waited for, milliseconds.
const PATIENCE_MS: u64 = 10_000;
/// The same, where the cache has something, milliseconds.
const CACHE_AFTER_MS: u64 = 1_500;
/// The longest reason of a report, in code points (contract).
const MAX_REASON: usize = 1_000;
/// The longest reaction, in code points (contract).
const MAX_REACTION: usize = 16;

/// Chat on the core thread.
pub(crate) struct Service {
    pub(super) venue: Rc<Venue>,
    pub(super) session: Rc<Session>,
    pub(super) blocks: Blocking,
    pub(super) open: RefCell<BTreeMap<Scope, Rc<OpenChat>>>,
}

/// What became of a line of ours.
pub(super) enum Settled {
    Confirmed(Box<LineWire>),
    Marked(LineState),
    /// It waits for so long, milliseconds.
    Wait(u64),
}

/// What the venue is told (contract: `report.json`).
#[derive(Serialize)]
struct Report<'a> {
    id: &'a str,
    kind: &'a str,
    target: &'a str,
    reason: &'a str,
}

impl Service {
    pub(crate) async fn open(venue: Rc<Venue>, session: Rc<Session>, inbox: &Inbox) -> Result<Rc<Self>> {
        let blocks = Blocking::open(&venue).await?;
        let service = Rc::new(Self { venue, session, blocks, open: RefCell::default() });
        let outbox = &service.venue.context.outbox;
        let outgoing = Outgoing { session: service.session.clone(), chat: Rc::downgrade(&service) };
        outbox.start(KIND, Rc::new(outgoing));
        for (kind, path) in [(BLOCK, "/blocks"), (REPORT, "/reports")] {
            outbox.start(
                kind,
                Rc::new(Posting { venue: service.venue.clone(), path, chat: Rc::downgrade(&service) }),
            );
        }
        let weak = Rc::downgrade(&service);
        inbox.on_shopper(move |event| {
            if let Some(chat) = weak.upgrade() {
                chat.heard(event);
            }
        });
        Ok(service)
    }

    fn heard(&self, event: &ShopperEvent) {
        match event {
            ShopperEvent::Standing { room, group, standing, until } => {
                let scope = match (room, group) {
                    (Some(id), _) => Scope::Room(id.clone()),
                    (None, Some(id)) => Scope::Group(id.clone()),
                    (None, None) => return,
                };
                if let Some(open) = self.open.borrow().get(&scope) {
                    {
                        let mut rules = open.rules.borrow_mut();
                        rules.may_write = MayWrite::from(standing.as_str());
                        rules.until = *until;
                    }
                    open.publish();
                }
            }
            // Whether they may write may be among what was missed.
            ShopperEvent::Missed => self.open.borrow().values().for_each(|open| open.reread_soon()),
            _ => {}
        }
    }

    /// Opens a fan group's chat: its channel is joined first, then its newest page is read, so that nothing falls in
    /// between. Without a network it is what the cache has.
    pub(crate) async fn open_group(self: &Rc<Self>, group: GroupId) -> Result<Scope> {
        let scope = Scope::Group(group);
        if self.open.borrow().contains_key(&scope) {
            return Ok(scope);
        }
        let kept = self.kept(&scope).await?;
        let is_kept = kept.is_some();
        let open = self.open_with(scope.clone(), kept.unwrap_or_default()).await?;
        self.join(&open, None).await?;
        let mut first = open.first.subscribe();
        let clock = &self.venue.context.ports.clock;
        let read = tokio::select! {
            biased;
            first = first.wait_for(Option::is_some) => first.ok().and_then(|first| first.clone()),
            () = clock.sleep(if is_kept { CACHE_AFTER_MS } else { PATIENCE_MS }) => None,
        };
        match read {
            Some(Err(error)) => {
                self.close(&scope);
                Err(error)
            }
            None if !is_kept => {
                self.close(&scope);
                Err(Error::Offline)
            }
            _ => Ok(scope),
        }
    }

    /// Opens a chat with lines that were read, and the echoes behind them. [`Self::join`] follows it.
    pub(crate) async fn open_with(&self, scope: Scope, snapshot: Snapshot) -> Result<Rc<OpenChat>> {
        let context = &self.venue.context;
        let mark = self.read_mark(&scope).await?;
        let was_marked = mark.is_some();
        let blocked = self.blocks.ids.borrow().clone();
        let timeline = Timeline::new(self.venue.known_shopper(), blocked, mark);
        let open = OpenChat::new(scope.clone(), timeline, context.ports.clock.clone());
        let is_read = !snapshot.lines.is_empty() || snapshot.info.is_some();
        if is_read {
            open.reset(snapshot, Older::default(), self.venue.now());
        }
        let items = context.outbox.items(KIND, &scope.channel()).await?;
        let unconfirmed: Vec<_> = items.iter().map(|item| item.id.clone()).collect();
        open.update(|timeline, list| {
            for item in items {
                let Ok(request) = serde_json::from_str::<SendRequest>(&item.body) else { continue };
                let state = item.failure.map_or(LineState::Sending, |code| LineState::Failed { code });
                let answered =
                    list.iter().find(|line| line.id.is_some() && line.id == request.reply_to).cloned();
                let line = Line::echo(request, answered.as_deref(), Timestamp(item.created_ms), state);
                timeline.echo(list, line);
            }
        });
        self.open.borrow_mut().insert(scope.clone(), open.clone());
        // One that was delivered while this was opened told nobody: its line comes by the channel.
        let left = context.outbox.items(KIND, &scope.channel()).await?;
        for id in unconfirmed.iter().filter(|id| !left.iter().any(|item| item.id == **id)) {
            open.update(|_, list| timeline::forget(list, &ClientId::new(id.as_str())));
        }
        let mark = open.timeline.borrow().mark.clone();
        if let Some(mark) = mark.filter(|_| is_read && !was_marked) {
            self.keep_mark(&scope, mark).await?;
        }
        Ok(open)
    }

    /// Follows a chat's channel, from the position that its lines were read at, or from its newest page.
    pub(crate) async fn join(self: &Rc<Self>, open: &Rc<OpenChat>, from: Option<Position>) -> Result<()> {
        let needs_token = matches!(open.scope, Scope::Group(_));
        let options = SubscribeOptions { recoverable: true, needs_token, from };
        let events = self.session.channel().await?.subscribe(&open.scope.channel(), options);
        tokio::task::spawn_local(self.clone().follow(open.clone(), events));
        Ok(())
    }

    /// [`Self::join`] of a chat that was opened from the cache.
    pub(crate) async fn join_again(self: &Rc<Self>, scope: &Scope, from: Option<Position>) -> Result<()> {
        let open = self.open_chat(scope)?;
        self.join(&open, from).await
    }

    /// A snapshot replaces the lines of a chat that is open; echoes stay behind it.
    pub(crate) fn reset(&self, scope: &Scope, snapshot: Snapshot) {
        if let Ok(open) = self.open_chat(scope) {
            open.timeline.borrow_mut().me = self.venue.known_shopper();
            open.reset(snapshot, Older::default(), self.venue.now());
        }
    }

    pub(crate) fn close(&self, scope: &Scope) {
        if let Some(open) = self.open.borrow_mut().remove(scope) {
            open.close();
        }
    }

    pub(super) fn open_chat(&self, scope: &Scope) -> Result<Rc<OpenChat>> {
        let open = self.open.borrow().get(scope).cloned();
        open.ok_or_else(|| Error::NotFound { what: "this chat among those open".to_owned() })
    }

    pub(super) async fn send(&self, scope: &Scope, text: &str, pointing: Pointing) -> Result<ClientId> {
        let open = self.open_chat(scope)?;
        let text = fitting(text, &pointing)?;
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
            mentions: pointing.mentions,
        };
        let body = api::to_json(&request);
        context.outbox.put(KIND, client_id.as_str(), &scope.channel(), body).await?;
        open.rules.borrow_mut().written(context.ports.clock.monotonic_ms());
        let at = Timestamp(context.ports.clock.wall_ms());
        let answered = request.reply_to.as_ref().and_then(|id| open.line(id));
        let line = Line::echo(request, answered.as_deref(), at, LineState::Sending);
        open.update(|timeline, list| timeline.echo(list, line));
        Ok(client_id)
    }

    pub(super) async fn retry(&self, scope: &Scope, line: &ClientId) -> Result<()> {
        self.open_chat(scope)?.mark_echo(line, &LineState::Sending);
        self.venue.context.outbox.retry(KIND, line.as_str()).await
    }

    pub(super) async fn discard(&self, scope: &Scope, line: &ClientId) -> Result<()> {
        self.venue.context.outbox.discard(line.as_str()).await?;
        self.open_chat(scope)?.update(|_, list| timeline::forget(list, line));
        Ok(())
    }

    pub(super) async fn delete(&self, scope: &Scope, line_id: &LineId) -> Result<()> {
        let channel = self.session.channel().await?;
        channel.call::<serde_json::Value>("chat.delete", &DeleteRequest { line_id }).await?;
        // The channel says the same, now or later.
        let open = self.open_chat(scope)?;
        open.update(|timeline, list| timeline.taken_away(list, line_id));
        Ok(())
    }

    pub(super) async fn page(&self, scope: &Scope, before: Option<&str>) -> Result<LinesPage> {
        let mut path = format!("{}?limit={PAGE}", scope.path());
        if let Some(before) = before {
            path.push_str("&before=");
            path.extend(url::form_urlencoded::byte_serialize(before.as_bytes()));
        }
        self.venue.get(name::LIVE, &path, "page of lines").await
    }

    pub(super) async fn read(&self, scope: &Scope, line: &LineId) -> Result<()> {
        match self.open_chat(scope)?.read(line) {
            Some(mark) => self.keep_mark(scope, mark).await,
            None => Ok(()),
        }
    }

    async fn keep_mark(&self, scope: &Scope, mark: Mark) -> Result<()> {
        let ports = &self.venue.context.ports;
        let (channel, now) = (scope.channel(), ports.clock.wall_ms());
        ports.db.outbox.write(move |tx| store::set_mark(tx, &channel, &mark, now)).await
    }

    pub(super) async fn react(
        &self,
        scope: &Scope,
        line_id: &LineId,
        reaction: &str,
        on: bool,
    ) -> Result<()> {
        if !(1..=MAX_REACTION).contains(&reaction.chars().count()) {
            return Err(Error::bad_input("a reaction is an emoji"));
        }
        let channel = self.session.channel().await?;
        let request = ReactRequest { line_id, reaction, on };
        let reply: ReactReply = channel.call("chat.react", &request).await?;
        if let Some(reactions) = reply.reactions {
            self.open_chat(scope)?.reacted(line_id, reactions);
        }
        Ok(())
    }

    pub(super) async fn translate(&self, scope: &Scope, id: &LineId) -> Result<Option<String>> {
        let open = self.open_chat(scope)?;
        let line = open.line(id).ok_or_else(|| Error::NotFound { what: "this line".to_owned() })?;
        if line.translation.is_some() || line.text.is_empty() {
            return Ok(line.translation.clone());
        }
        let context = &self.venue.context;
        let asked = context.host.translator.translate(&line.text, &context.language);
        let words = host::in_time(&*context.ports.clock, "translator", asked).await?;
        let words = words.map(|words| text::safe(&words)).filter(|words| !words.is_empty());
        if let Some(words) = &words {
            open.update(|timeline, list| timeline.translated(list, id, words.clone()));
        }
        Ok(words)
    }

    /// Reports a line, a host or a post.
    pub(crate) async fn report(&self, kind: &str, target: &str, reason: &str) -> Result<()> {
        let reason = reason.trim();
        if !(1..=MAX_REASON).contains(&reason.chars().count()) {
            return Err(Error::bad_input("a report has a reason of 1 to 1000 code points"));
        }
        let context = &self.venue.context;
        let id = context.ports.entropy.uuid();
        let body = api::to_json(&Report { id: &id, kind, target, reason });
        context.outbox.put(REPORT, &id, "reports", body).await
    }

    /// The outbox has an answer for a line of ours.
    pub(super) fn settled(&self, channel: &str, line: &ClientId, outcome: Settled) {
        let open = self.open.borrow();
        let Some((_, open)) = open.iter().find(|(scope, _)| scope.channel() == channel) else { return };
        match outcome {
            Settled::Confirmed(line) => open.update(|timeline, list| timeline.place(list, *line, None)),
            Settled::Marked(state) => open.mark_echo(line, &state),
            Settled::Wait(ms) => {
                open.rules.borrow_mut().refused(ms, self.venue.context.ports.clock.monotonic_ms());
                open.publish();
            }
        }
    }
}

/// The text as it is sent.
fn fitting<'a>(text: &'a str, pointing: &Pointing) -> Result<&'a str> {
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
    if pointing.mentions.len() > MAX_MENTIONS {
        return Err(Error::bad_input(format!("a line speaks to {MAX_MENTIONS} people at most")));
    }
    Ok(text)
}
