//! The channel's task: carries frames, tokens and time between the machine and the ports.

use std::rc::Rc;

use futures_util::StreamExt as _;
use futures_util::future::LocalBoxFuture;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};
use url::Url;

use super::driver::{ForOutside, Inner};
use super::machine_io::{Closed, Input, SocketId, Token, TokenError, TokenKind};
use super::tokens::TokenSource;
use crate::error::{Error, Result};
use crate::ports::{Clock, Dial, Frame, FrameReceiver, FrameSender};

/// The WebSocket's own codes: no close frame came.
const DROPPED: u16 = 1006;
/// The WebSocket's own code of a client that leaves.
const GOING_AWAY: u16 = 1001;
/// How long a goodbye may take, milliseconds.
const GOODBYE_MS: u64 = 1_000;

type Halves = (Box<dyn FrameSender>, Box<dyn FrameReceiver>);
type Tokens = Vec<(TokenKind, Result<Token, TokenError>)>;

/// The one socket, or the way to it.
enum Link {
    None,
    Dialing { socket: SocketId, dial: LocalBoxFuture<'static, Result<Halves>> },
    Open { socket: SocketId, receiver: Box<dyn FrameReceiver>, writer: Writer },
}

enum FromLink {
    Dialed(SocketId, Result<Halves>),
    Frame(SocketId, Frame),
}

impl Link {
    fn socket(&self) -> Option<SocketId> {
        match self {
            Self::None => None,
            Self::Dialing { socket, .. } | Self::Open { socket, .. } => Some(*socket),
        }
    }

    /// What comes next; never, without a socket. Safe to drop while waiting.
    async fn next(&mut self) -> FromLink {
        match self {
            Self::None => std::future::pending().await,
            Self::Dialing { socket, dial } => FromLink::Dialed(*socket, dial.await),
            Self::Open { socket, receiver, .. } => FromLink::Frame(*socket, receiver.receive().await),
        }
    }
}

pub(super) struct Carrier {
    inner: Rc<Inner>,
    dial: Rc<dyn Dial>,
    url: Url,
    source: Rc<dyn TokenSource>,
    link: Link,
    asked: FuturesUnordered<LocalBoxFuture<'static, Tokens>>,
    timer: Option<(u64, LocalBoxFuture<'static, ()>)>,
}

impl Carrier {
    pub(super) fn new(inner: Rc<Inner>, dial: Rc<dyn Dial>, url: Url, source: Rc<dyn TokenSource>) -> Self {
        Self { inner, dial, url, source, link: Link::None, asked: FuturesUnordered::new(), timer: None }
    }

    pub(super) async fn run(mut self, mut ended: oneshot::Receiver<()>) {
        let inner = self.inner.clone();
        loop {
            self.carry_out();
            self.set_timer();
            // Frames that are there already are read without ever waiting: a burst of them would fill the mailboxes.
            if inner.crowded.take() {
                tokio::task::yield_now().await;
            }
            // The socket comes last: a flood of frames starves nobody.
            tokio::select! {
                biased;
                _ = &mut ended => break,
                () = inner.work.notified() => {}
                Some(tokens) = self.asked.next() => {
                    for (kind, result) in tokens {
                        inner.input(Input::Token { kind, result });
                    }
                }
                () = wait(&mut self.timer) => {
                    self.timer = None;
                    inner.input(Input::Wake);
                }
                event = self.link.next() => self.heard(event),
            }
        }
        inner.input(Input::Close);
        self.carry_out();
        inner.end();
    }

    fn heard(&mut self, event: FromLink) {
        match event {
            FromLink::Dialed(socket, Ok((sender, receiver))) => {
                let writer = Writer::start(sender, self.inner.clock.clone());
                self.link = Link::Open { socket, receiver, writer };
                self.inner.input(Input::SocketOpened(socket));
            }
            FromLink::Dialed(socket, Err(error)) => {
                tracing::debug!(%error, "the hub was not reached");
                self.link = Link::None;
                let retry_after_ms = match error {
                    Error::SlowDown { retry_after_ms, .. } => Some(retry_after_ms),
                    _ => None,
                };
                let closed = Closed::NotOpened { retry_after_ms };
                self.inner.input(Input::SocketClosed { socket, closed });
            }
            FromLink::Frame(socket, Frame::Text(text)) => {
                self.inner.input(Input::Frame { socket, text: &text });
            }
            FromLink::Frame(socket, Frame::Closed { code, reason }) => {
                self.link = Link::None;
                let closed = match code {
                    DROPPED => Closed::Dropped,
                    code => Closed::Code { code: u32::from(code), reason },
                };
                self.inner.input(Input::SocketClosed { socket, closed });
            }
        }
    }

    fn carry_out(&mut self) {
        let effects = self.inner.machine.borrow_mut().drain();
        let (mut kinds, mut fresh) = (Vec::new(), false);
        for effect in effects {
            match self.inner.tell(effect) {
                Some(ForOutside::Dial(socket)) => {
                    let (dial, url) = (self.dial.clone(), self.url.clone());
                    let dial = Box::pin(async move { dial.dial(&url).await });
                    self.link = Link::Dialing { socket, dial };
                }
                Some(ForOutside::Send(socket, text)) => {
                    if let Link::Open { socket: open, writer, .. } = &self.link
                        && *open == socket
                    {
                        writer.send(text);
                    }
                }
                Some(ForOutside::Close(socket)) if self.link.socket() == Some(socket) => {
                    self.link = Link::None;
                }
                None | Some(ForOutside::Close(_)) => {}
                Some(ForOutside::NeedToken(kind, must_be_fresh)) => {
                    kinds.push(kind);
                    fresh |= must_be_fresh;
                }
            }
        }
        if !kinds.is_empty() {
            self.ask(kinds, fresh);
        }
    }

    /// All that is needed now in one question.
    fn ask(&mut self, kinds: Vec<TokenKind>, fresh: bool) {
        let source = self.source.clone();
        self.asked.push(Box::pin(async move {
            let mut results = source.tokens(&kinds, fresh).await.into_iter();
            let none = || Err(TokenError::Unavailable { retry_after_ms: None });
            kinds.into_iter().map(|kind| (kind, results.next().unwrap_or_else(none))).collect()
        }));
    }

    /// A timer that is due earlier than needed is kept: it costs one early look, where a new one would cost each frame.
    fn set_timer(&mut self) {
        let Some(at) = self.inner.machine.borrow().wake_at() else { return };
        if self.timer.as_ref().is_none_or(|(due, _)| *due > at) {
            let wait_ms = at.saturating_sub(self.inner.clock.monotonic_ms());
            self.timer = Some((at, self.inner.clock.sleep(wait_ms)));
        }
    }
}

async fn wait(timer: &mut Option<(u64, LocalBoxFuture<'static, ()>)>) {
    match timer {
        Some((_, sleep)) => sleep.await,
        None => std::future::pending().await,
    }
}

/// Sends frames one after the other, so that reading never waits for writing. Dropping it says goodbye.
struct Writer {
    // Unbounded, but the machine is not: it answers pings, and bounds its calls and subscriptions.
    frames: mpsc::UnboundedSender<String>,
    _open: oneshot::Sender<()>,
}

impl Writer {
    fn start(mut sender: Box<dyn FrameSender>, clock: Rc<dyn Clock>) -> Self {
        let (frames, mut queue) = mpsc::unbounded_channel::<String>();
        let (open, mut dropped) = oneshot::channel::<()>();
        tokio::task::spawn_local(async move {
            let writing = async {
                while let Some(text) = queue.recv().await {
                    if sender.send(text).await.is_err() {
                        // The receiver tells the machine.
                        return;
                    }
                }
            };
            tokio::select! {
                biased;
                _ = &mut dropped => {}
                () = writing => {}
            }
            // A peer that reads nothing does not keep us.
            tokio::select! {
                biased;
                () = sender.close(GOING_AWAY) => {}
                () = clock.sleep(GOODBYE_MS) => {}
            }
        });
        Self { frames, _open: open }
    }

    fn send(&self, text: String) {
        if self.frames.send(text).is_err() {
            tracing::debug!("the writer has ended");
        }
    }
}
