//! Gives the machine a socket, a clock and tokens, and its subscriptions to the services.
//!
//! Everything lives on the core thread. A call or a wish goes into the machine at once; its effects are carried out by
//! one local task, so that what services do in one turn shares a frame. The task ends when the last [`Channel`] is
//! dropped.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_util::Stream;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::sync::{Notify, oneshot, watch};

use super::carrier::Carrier;
use super::machine::Machine;
use super::machine_io::{
    CallError, CallId, Effect, Input, Page, Reply, Settings, State, SubscribeOptions, TokenKind,
};
use super::mailbox::{ChannelEvent, Fold, Mailbox};
use super::protocol::Position;
use super::tokens::TokenSource;
use crate::error::{Error, Result};
use crate::origin;
use crate::ports::{Clock, Entropy, EntropyExt as _, Ports};

/// The live channel. Clones are the same one; it closes when the last is dropped.
#[derive(Clone)]
pub struct Channel {
    inner: Rc<Inner>,
    _alive: Rc<oneshot::Sender<()>>,
}

impl Channel {
    /// A channel at rest ([`Self::set_foreground`] starts it), driven by a task on the caller's `LocalSet`.
    ///
    /// # Errors
    /// `BadAddress` if the hub's is none.
    pub fn start(ports: &Ports, settings: Settings, tokens: Rc<dyn TokenSource>) -> Result<Self> {
        let url = origin::endpoint(&settings.url)?;
        let window_ms = settings.backoff.window_ms;
        let inner = Rc::new(Inner {
            machine: RefCell::new(Machine::new(settings)),
            clock: ports.clock.clone(),
            entropy: ports.entropy.clone(),
            work: Notify::new(),
            crowded: Cell::new(false),
            state: watch::Sender::new(State::Offline),
            window: watch::Sender::new(window_ms),
            fans: RefCell::default(),
            calls: RefCell::default(),
            last_call: Cell::new(0),
        });
        let (alive, ended) = oneshot::channel();
        let carrier = Carrier::new(inner.clone(), ports.dial.clone(), url, tokens);
        tokio::task::spawn_local(carrier.run(ended));
        Ok(Self { inner, _alive: Rc::new(alive) })
    }

    /// The connection's state; the newest is what counts.
    pub fn state(&self) -> watch::Receiver<State> {
        self.inner.state.subscribe()
    }

    /// The reconnect window last named by hub or profile, milliseconds; to be kept for the next start.
    pub fn reconnect_window(&self) -> watch::Receiver<u64> {
        self.inner.window.subscribe()
    }

    /// In the foreground the channel is connected, or trying; in the background it is not, but keeps its places. True
    /// also starts it again after [`State::Stopped`].
    pub fn set_foreground(&self, foreground: bool) {
        if foreground {
            self.inner.input(Input::Open);
            // Timers did not run while the app slept.
            self.inner.input(Input::Wake);
        } else {
            self.inner.input(Input::Close);
        }
    }

    /// Who the shopper is has changed: the channel connects anew, with tokens of theirs.
    pub fn sign_in_changed(&self) {
        self.inner.input(Input::SignInChanged);
    }

    /// The phone has another network, or one again.
    pub fn network_changed(&self) {
        self.inner.input(Input::NetworkChanged);
    }

    /// The venue's profile names another reconnect window, milliseconds.
    pub fn set_reconnect_window(&self, window_ms: u64) {
        self.inner.input(Input::Window(window_ms));
        self.inner.window.send_replace(window_ms);
    }

    /// Joins a channel and stays in it until the subscription is dropped. Several subscriptions to one channel share it;
    /// its options are those of the first.
    pub fn subscribe(&self, channel: &str, options: SubscribeOptions) -> Subscription {
        self.subscribe_with(channel, options, Mailbox::new)
    }

    /// [`Self::subscribe`] to a channel that keeps no positions and whose publications add up: those that a slow service would lose
    /// are put together instead.
    pub(crate) fn subscribe_folding(&self, channel: &str, fold: Fold) -> Subscription {
        self.subscribe_with(channel, SubscribeOptions::default(), |_| Mailbox::folding(fold))
    }

    fn subscribe_with(
        &self,
        channel: &str,
        options: SubscribeOptions,
        mailbox: impl FnOnce(bool) -> Rc<Mailbox>,
    ) -> Subscription {
        let name: Arc<str> = channel.into();
        let mailbox = mailbox(options.recoverable);
        let known =
            self.inner.fans.borrow_mut().get_mut(&name).map(|fan| fan.add(&mailbox, options.from.as_ref()));
        if known.is_none() {
            let members = vec![Member { mailbox: mailbox.clone(), wants: None }];
            let fan = Fan { joined: false, position: None, members };
            self.inner.fans.borrow_mut().insert(name.clone(), fan);
            self.inner.input(Input::Subscribe { channel: name.clone(), options });
        }
        Subscription { channel: name, mailbox, inner: self.inner.clone() }
    }

    /// Calls the venue behind the hub. Dropping the future forgets the answer; what was sent stays sent.
    pub async fn rpc(&self, method: &str, data: Box<RawValue>) -> Result<Box<RawValue>, CallError> {
        let (call, answer) = self.inner.call();
        self.inner.input(Input::Rpc { call: call.id, method: method.to_owned(), data });
        match answer.await {
            Ok(Ok(Reply::Rpc(data))) => Ok(data),
            Ok(Err(error)) => Err(error),
            Ok(Ok(Reply::History(_))) | Err(_) => Err(CallError::Unknown),
        }
    }

    /// [`Self::rpc`] with the argument and the answer as types.
    ///
    /// # Errors
    /// `Offline` (nothing was sent), `ChannelUnknown` (it may have been done), `Malformed`, and what the venue refuses
    /// with.
    pub async fn call<R: DeserializeOwned>(&self, method: &str, argument: &impl Serialize) -> Result<R> {
        let data = serde_json::value::to_raw_value(argument)
            .map_err(|error| Error::Internal { reason: error.to_string() })?;
        let answer = self.rpc(method, data).await?;
        serde_json::from_str(answer.get()).map_err(|error| Error::malformed(method, error))
    }

    /// Reads a channel's past: at most `limit` publications after (reversed: before) `since`.
    pub async fn history(
        &self,
        channel: &str,
        limit: u32,
        since: Option<Position>,
        reverse: bool,
    ) -> Result<Page, CallError> {
        let (call, answer) = self.inner.call();
        self.inner.input(Input::History { call: call.id, channel: channel.into(), limit, since, reverse });
        match answer.await {
            Ok(Ok(Reply::History(page))) => Ok(page),
            Ok(Err(error)) => Err(error),
            Ok(Ok(Reply::Rpc(_))) | Err(_) => Err(CallError::Unknown),
        }
    }
}

/// Decodes a publication of a channel (contract: `event_*.json`).
///
/// # Errors
/// `Malformed` if it is not what the type expects.
pub fn decode<T: DeserializeOwned>(what: &str, data: &RawValue) -> Result<T> {
    serde_json::from_str(data.get()).map_err(|error| Error::malformed(what, error))
}

/// Being in a channel; dropping it leaves. Ends after [`ChannelEvent::Unsubscribed`], or with the [`Channel`].
pub struct Subscription {
    channel: Arc<str>,
    mailbox: Rc<Mailbox>,
    inner: Rc<Inner>,
}

impl Subscription {
    /// The channel's name.
    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// The next event; `None` at the end. Safe to drop while waiting.
    pub async fn next(&mut self) -> Option<ChannelEvent> {
        std::future::poll_fn(|context| self.mailbox.poll_take(context)).await
    }

    /// The next event that is there already.
    pub fn try_next(&mut self) -> Option<ChannelEvent> {
        self.mailbox.try_take()
    }
}

impl Stream for Subscription {
    type Item = ChannelEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<ChannelEvent>> {
        self.mailbox.poll_take(context)
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut fans = self.inner.fans.borrow_mut();
        let Some(fan) = fans.get_mut(&self.channel) else { return };
        let before = fan.members.len();
        fan.members.retain(|member| !Rc::ptr_eq(&member.mailbox, &self.mailbox));
        // A channel that ended and was joined anew has another fan.
        if fan.members.is_empty() && before > 0 {
            fans.remove(&self.channel);
            drop(fans);
            self.inner.input(Input::Unsubscribe { channel: self.channel.clone() });
        }
    }
}

/// The subscriptions of the services to one channel.
struct Fan {
    /// It held once.
    joined: bool,
    /// Behind the last event told, where the channel keeps positions.
    position: Option<Position>,
    members: Vec<Member>,
}

struct Member {
    mailbox: Rc<Mailbox>,
    /// Not the first here: what it wants to start behind, until the channel is joined.
    wants: Option<Position>,
}

impl Fan {
    fn add(&mut self, mailbox: &Rc<Mailbox>, from: Option<&Position>) {
        let mut member = Member { mailbox: mailbox.clone(), wants: from.cloned() };
        if self.joined {
            welcome(&mut member, self.position.as_ref());
        }
        self.members.push(member);
    }

    /// True if a member should have a turn.
    fn tell(&mut self, event: ChannelEvent) -> bool {
        match &event {
            ChannelEvent::Subscribed { position, .. } | ChannelEvent::Gap { position } => {
                self.joined = true;
                self.position.clone_from(position);
            }
            ChannelEvent::Publication { offset: Some(offset), .. } => {
                if let Some(position) = &mut self.position {
                    position.offset = *offset;
                }
            }
            ChannelEvent::Publication { .. } | ChannelEvent::Unsubscribed(_) => {}
        }
        // Nearly always there is one, and nothing is copied.
        let Some((last, others)) = self.members.split_last_mut() else { return false };
        let mut crowded = false;
        for member in others {
            crowded |= put(member, event.clone());
        }
        crowded | put(last, event)
    }
}

fn put(member: &mut Member, event: ChannelEvent) -> bool {
    match event {
        ChannelEvent::Subscribed { position, .. } if member.wants.is_some() => {
            welcome(member, position.as_ref());
            false
        }
        event => member.mailbox.put(event),
    }
}

/// Tells a service that comes to a channel somebody is in already where it stands: at its snapshot's position, or
/// before it (what the snapshot holds is skipped), or behind it, which is a gap.
fn welcome(member: &mut Member, position: Option<&Position>) {
    let Some(wants) = member.wants.take() else {
        let position = position.cloned();
        member.mailbox.put(ChannelEvent::Subscribed { position, recovered: false, was_recovering: false });
        return;
    };
    let ahead =
        position.is_some_and(|position| wants.epoch == position.epoch && wants.offset >= position.offset);
    if ahead {
        member.mailbox.skip_to(wants.offset);
        let position = Some(wants);
        member.mailbox.put(ChannelEvent::Subscribed { position, recovered: true, was_recovering: true });
    } else {
        let position = position.cloned();
        let subscribed =
            ChannelEvent::Subscribed { position: position.clone(), recovered: false, was_recovering: true };
        member.mailbox.put(subscribed);
        member.mailbox.put(ChannelEvent::Gap { position });
    }
}

/// What the channel's handles and its task share.
pub(super) struct Inner {
    pub(super) machine: RefCell<Machine>,
    pub(super) clock: Rc<dyn Clock>,
    entropy: Rc<dyn Entropy>,
    /// The machine has effects.
    pub(super) work: Notify,
    /// A service has so much to read that it should have a turn before the socket.
    pub(super) crowded: Cell<bool>,
    state: watch::Sender<State>,
    window: watch::Sender<u64>,
    fans: RefCell<BTreeMap<Arc<str>, Fan>>,
    calls: RefCell<BTreeMap<CallId, oneshot::Sender<Result<Reply, CallError>>>>,
    last_call: Cell<CallId>,
}

impl Inner {
    pub(super) fn input(&self, input: Input<'_>) {
        self.machine.borrow_mut().handle(self.clock.monotonic_ms(), self.entropy.next_u64(), input);
        self.work.notify_one();
    }

    fn call(self: &Rc<Self>) -> (PendingCall, oneshot::Receiver<Result<Reply, CallError>>) {
        let id = self.last_call.get() + 1;
        self.last_call.set(id);
        let (sender, answer) = oneshot::channel();
        self.calls.borrow_mut().insert(id, sender);
        (PendingCall { id, inner: self.clone() }, answer)
    }

    /// Tells the services; what is for the outside is given back.
    pub(super) fn tell(&self, effect: Effect) -> Option<ForOutside> {
        match effect {
            Effect::Dial { socket, .. } => return Some(ForOutside::Dial(socket)),
            Effect::Send { socket, text } => return Some(ForOutside::Send(socket, text)),
            Effect::CloseSocket { socket } => return Some(ForOutside::Close(socket)),
            Effect::NeedToken { kind, fresh } => return Some(ForOutside::NeedToken(kind, fresh)),
            Effect::Publication { channel, publication } => {
                let event = ChannelEvent::Publication { data: publication.data, offset: publication.offset };
                self.tell_fan(&channel, event);
            }
            Effect::Subscribed { channel, position, recovered, was_recovering } => {
                self.tell_fan(&channel, ChannelEvent::Subscribed { position, recovered, was_recovering });
            }
            Effect::Gap { channel, position } => {
                tracing::info!(%channel, "publications are missing");
                self.tell_fan(&channel, ChannelEvent::Gap { position });
            }
            Effect::Unsubscribed { channel, why } => {
                tracing::info!(%channel, %why, "a subscription ended");
                let fan = self.fans.borrow_mut().remove(&channel);
                if let Some(mut fan) = fan {
                    fan.tell(ChannelEvent::Unsubscribed(why));
                }
            }
            Effect::Answer { call, result } => {
                if let Some(sender) = self.calls.borrow_mut().remove(&call) {
                    // Whoever called has stopped waiting.
                    let _ = sender.send(result);
                }
            }
            Effect::State(state) => {
                tracing::debug!(?state, "the live channel");
                self.state.send_replace(state);
            }
            Effect::Window(window_ms) => {
                self.window.send_replace(window_ms);
            }
            Effect::Fault(fault) => tracing::warn!(%fault, "the connection is given up"),
        }
        None
    }

    fn tell_fan(&self, channel: &Arc<str>, event: ChannelEvent) {
        if let Some(fan) = self.fans.borrow_mut().get_mut(channel) {
            self.crowded.set(self.crowded.get() | fan.tell(event));
        }
    }

    /// The channel is gone: nobody waits for ever.
    pub(super) fn end(&self) {
        for fan in self.fans.take().into_values() {
            fan.members.iter().for_each(|member| member.mailbox.end());
        }
        self.calls.take();
    }
}

/// What the task has to do with the outside.
pub(super) enum ForOutside {
    Dial(super::machine_io::SocketId),
    Send(super::machine_io::SocketId, String),
    Close(super::machine_io::SocketId),
    NeedToken(TokenKind, bool),
}

/// A call under way; dropping it forgets the call.
struct PendingCall {
    id: CallId,
    inner: Rc<Inner>,
}

impl Drop for PendingCall {
    fn drop(&mut self) {
        if self.inner.calls.borrow_mut().remove(&self.id).is_some() {
            self.inner.input(Input::Forget { call: self.id });
        }
    }
}

#[cfg(test)]
#[path = "driver_tests.rs"]
mod tests;
