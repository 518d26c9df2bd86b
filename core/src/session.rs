//! The one live channel of a core: opened when something first needs it, closed in the background.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::cell::RefCell;
use std::rc::{Rc, Weak};
use tokio::sync::watch;

use crate::backoff::Backoff;
use crate::channel::backoff::Backoff as Reconnect;
use crate::channel::{self, Channel, ChannelEvent, SubscribeOptions};
use crate::error::Result;
use crate::inbox::{Inbox, LiveEvent, ShopperEvent};
use crate::ports::EntropyExt as _;
use crate::storage::documents;
use crate::venue::Venue;

/// The live channel, as a screen shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connection {
    /// Not needed yet, in the background, or between two attempts.
    Offline,
    /// An attempt is under way.
    Connecting,
    /// Up.
    Connected,
    /// The hub wants no further attempt; sign in again, or tell support.
    Stopped {
        /// The hub's or the venue's words.
        reason: String,
    },
}

impl From<&channel::State> for Connection {
    fn from(state: &channel::State) -> Self {
        match state {
            channel::State::Offline => Self::Offline,
            channel::State::Connecting => Self::Connecting,
            channel::State::Connected => Self::Connected,
            channel::State::Stopped(reason) => Self::Stopped { reason: reason.to_string() },
        }
    }
}

/// The longest that work under way keeps the channel up in the background, milliseconds: less than what phones grant.
pub(crate) const GRACE_MS: u64 = 20_000;

/// Where the cache keeps the window that the hub last named.
const WINDOW_KIND: &str = "hub_window";

/// Owns the channel and feeds the inbox from it.
pub(crate) struct Session {
    venue: Rc<Venue>,
    inbox: Rc<Inbox>,
    channel: RefCell<Option<Channel>>,
    foreground: watch::Sender<bool>,
    /// How often the shopper signed in or out.
    signed: watch::Sender<u64>,
    connection: watch::Sender<Connection>,
}

impl Session {
    pub(crate) fn new(venue: Rc<Venue>, inbox: Rc<Inbox>) -> Rc<Self> {
        Rc::new(Self {
            venue,
            inbox,
            channel: RefCell::default(),
            foreground: watch::Sender::new(true),
            signed: watch::Sender::new(0),
            connection: watch::Sender::new(Connection::Offline),
        })
    }

    /// The channel, started if it is not. `NotOffered` where the venue has no live rooms.
    pub(crate) async fn channel(self: &Rc<Self>) -> Result<Channel> {
        let open = self.channel.borrow().clone();
        if let Some(channel) = open {
            return Ok(channel);
        }
        let config = self.venue.live_config()?;
        let ports = &self.venue.context.ports;
        let id = self.venue.context.venue.to_string();
        let kept = documents::get::<u64>(ports, WINDOW_KIND, &id).await?;
        let window_ms = kept.map_or(config.reconnect_window_ms, |kept| kept.value);
        // Somebody else may have been faster while the cache was read.
        let open = self.channel.borrow().clone();
        if let Some(channel) = open {
            return Ok(channel);
        }
        let settings = channel::Settings {
            url: config.ws_url,
            name: "nightmarket".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            needs_token: true,
            backoff: Reconnect { window_ms, ..Reconnect::default() },
        };
        let channel = Channel::start(ports, settings, self.venue.clone())?;
        *self.channel.borrow_mut() = Some(channel.clone());
        channel.set_foreground(*self.foreground.borrow());
        self.follow(&channel);
        Ok(channel)
    }

    /// Opens the channel if the venue has one; events of other services depend on it.
    pub(crate) fn open(self: &Rc<Self>) {
        if self.venue.live_config().is_err() {
            return;
        }
        let session = self.clone();
        tokio::task::spawn_local(async move {
            if let Err(error) = session.channel().await {
                tracing::warn!(%error, "the live channel cannot be opened");
            }
        });
    }

    pub(crate) fn connection(&self) -> watch::Receiver<Connection> {
        self.connection.subscribe()
    }

    /// In the background there is no socket and no timer, but for [`GRACE_MS`] while a purchase is under way.
    pub(crate) fn set_foreground(self: &Rc<Self>, foreground: bool) {
        self.foreground.send_replace(foreground);
        if foreground || self.venue.context.busy.is_idle() {
            return self.connect_or_not();
        }
        let session = self.clone();
        tokio::task::spawn_local(async move {
            let context = &session.venue.context;
            tokio::select! {
                biased;
                () = session.in_front() => {}
                () = context.busy.idle() => {}
                () = context.ports.clock.sleep(GRACE_MS) => {}
            }
            session.connect_or_not();
        });
    }

    fn connect_or_not(&self) {
        let foreground = *self.foreground.borrow();
        if let Some(channel) = &*self.channel.borrow() {
            channel.set_foreground(foreground);
        }
    }

    /// The shopper signed in or out: the channel connects anew as whom they are now, and their own channel is followed.
    pub(crate) fn sign_in_changed(self: &Rc<Self>) {
        self.venue.forget_shopper();
        self.signed.send_modify(|times| *times += 1);
        let channel = self.channel.borrow().clone();
        if let Some(channel) = channel {
            channel.sign_in_changed();
            tokio::task::spawn_local(shopper_events(channel, Rc::downgrade(self), self.signed()));
        }
    }

    /// Changes whenever the shopper signs in or out.
    pub(crate) fn signed(&self) -> watch::Receiver<u64> {
        self.signed.subscribe()
    }

    /// Whether the app is in front, and every change of it.
    pub(crate) fn foreground(&self) -> watch::Receiver<bool> {
        self.foreground.subscribe()
    }

    /// Until the app is in front.
    pub(crate) async fn in_front(&self) {
        // The sender is ours, so that this cannot fail.
        let _ = self.foreground.subscribe().wait_for(|foreground| *foreground).await;
    }

    /// Waits so long before a try, but lets no timer run in the background: coming back ends the wait.
    pub(crate) async fn pause(&self, ms: u64) {
        let mut foreground = self.foreground.subscribe();
        tokio::select! {
            biased;
            _ = foreground.wait_for(|foreground| !foreground) => self.in_front().await,
            () = self.venue.context.ports.clock.sleep(ms) => {}
        }
    }

    pub(crate) fn network_changed(&self) {
        if let Some(channel) = &*self.channel.borrow() {
            channel.network_changed();
        }
    }

    /// Tasks that end with the channel: its state, its window, the inbox.
    fn follow(self: &Rc<Self>, channel: &Channel) {
        let (mut state, connection) = (channel.state(), self.connection.clone());
        tokio::task::spawn_local(async move {
            loop {
                connection.send_replace(Connection::from(&*state.borrow_and_update()));
                if state.changed().await.is_err() {
                    return;
                }
            }
        });
        let (mut window, weak) = (channel.reconnect_window(), Rc::downgrade(self));
        tokio::task::spawn_local(async move {
            while window.changed().await.is_ok() {
                let window_ms = *window.borrow_and_update();
                let Some(session) = weak.upgrade() else { return };
                let context = &session.venue.context;
                let id = context.venue.to_string();
                if let Err(error) = documents::put(&context.ports, WINDOW_KIND, &id, &window_ms, None).await {
                    tracing::warn!(%error, "the hub's window is not kept");
                }
            }
        });
        tokio::task::spawn_local(live_events(channel.clone(), self.inbox.clone()));
        tokio::task::spawn_local(shopper_events(channel.clone(), Rc::downgrade(self), self.signed()));
    }
}

async fn live_events(channel: Channel, inbox: Rc<Inbox>) {
    let mut events =
        channel.subscribe("live", SubscribeOptions { recoverable: true, ..SubscribeOptions::default() });
    drop(channel);
    while let Some(event) = events.next().await {
        match event {
            ChannelEvent::Publication { data, .. } => {
                if let Some(event) = decode::<LiveEvent>("live", &data) {
                    inbox.live(&event);
                }
            }
            ChannelEvent::Gap { .. } => inbox.live(&LiveEvent::Missed),
            ChannelEvent::Subscribed { .. } | ChannelEvent::Unsubscribed(_) => {}
        }
    }
}

/// `signed` as it was when this shopper was known to be the one.
async fn shopper_events(channel: Channel, session: Weak<Session>, mut signed: watch::Receiver<u64>) {
    let Some(session) = session.upgrade() else { return };
    let (venue, inbox) = (session.venue.clone(), session.inbox.clone());
    let mut attempts = 0;
    let id = loop {
        match venue.shopper_id().await {
            // Somebody else by now: another task follows them.
            _ if signed.has_changed().unwrap_or(true) => return,
            Ok(id) => break id,
            // Opened offline: offers and orders are heard of once there is a network.
            Err(error) if error.is_retryable() => {
                attempts += 1;
                let random = venue.context.ports.entropy.next_u64();
                session.pause(Backoff::INTERACTIVE.wait_ms(attempts, random, None)).await;
            }
            Err(error) => {
                tracing::warn!(%error, "the shopper's own channel is not followed");
                return;
            }
        }
    };
    let options = SubscribeOptions { recoverable: true, needs_token: true, from: None };
    let mut events = channel.subscribe(&format!("shopper:{id}"), options);
    drop((channel, session));
    loop {
        let event = tokio::select! {
            biased;
            _ = signed.changed() => return,
            event = events.next() => event,
        };
        let Some(event) = event else { return };
        match event {
            ChannelEvent::Publication { data, .. } => {
                if let Some(event) = decode::<ShopperEvent>("shopper", &data) {
                    inbox.shopper(&event);
                }
            }
            ChannelEvent::Gap { .. } => inbox.shopper(&ShopperEvent::Missed),
            // The first time after signing in: nobody heard what came before.
            ChannelEvent::Subscribed { recovered: false, was_recovering: false, .. }
                if *signed.borrow() > 0 =>
            {
                inbox.shopper(&ShopperEvent::Missed);
            }
            ChannelEvent::Subscribed { .. } | ChannelEvent::Unsubscribed(_) => {}
        }
    }
}

/// An event of ours; one that is unknown or malformed is passed over, and logged without its content.
pub(crate) fn decode<T: DeserializeOwned>(what: &'static str, data: &RawValue) -> Option<T> {
    serde_json::from_str(data.get())
        .inspect_err(|error| {
            tracing::debug!(what, line = error.line(), column = error.column(), "an event is passed over");
        })
        .ok()
}
