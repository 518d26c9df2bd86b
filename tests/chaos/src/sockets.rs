//! Sockets of the simulated network, to the sandbox's live hub.

use async_trait::async_trait;
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use nightmarket::Error;
use nightmarket::ports::{Clock as _, Dial, Frame, FrameReceiver, FrameSender};
use nightmarket_sandbox::hub::ConnId;
use nightmarket_sandbox::world::SocketOut;
use tokio::sync::Notify;
use url::Url;

use crate::net::{SimNet, Weather};

/// What came for one socket and was not read yet.
#[derive(Default)]
pub(crate) struct Inbox {
    frames: RefCell<VecDeque<Frame>>,
    wake: Notify,
}

/// [`SimNet`] as the port that opens sockets.
pub struct SimDial(pub(crate) Rc<SimNet>);

#[async_trait(?Send)]
impl Dial for SimDial {
    async fn dial(&self, url: &Url) -> nightmarket::Result<(Box<dyn FrameSender>, Box<dyn FrameReceiver>)> {
        let net = &self.0;
        net.wait(net.dice.between(1, 40)).await;
        net.catch_up();
        let refused = match net.weather.get() {
            Weather::Fair => false,
            Weather::Foul => net.dice.below(5) == 0,
            Weather::Offline => true,
        };
        let conn = if refused { None } else { net.world().ws_open(net.clock.wall_ms()) };
        net.note(&format!("dial {url} -> {conn:?}"));
        let conn = conn.ok_or_else(|| Error::Unreachable {
            who: url.authority().to_owned(),
            reason: "connection refused".to_owned(),
        })?;
        let inbox = Rc::new(Inbox::default());
        net.sockets.borrow_mut().insert(conn, inbox.clone());
        let half = Rc::new(Half { net: net.clone(), conn, inbox });
        Ok((Box::new(Sender(half.clone())), Box::new(Receiver(half))))
    }
}

/// What both ends of a socket share; the last of them to go closes it.
struct Half {
    net: Rc<SimNet>,
    conn: ConnId,
    inbox: Rc<Inbox>,
}

impl Half {
    /// In foul weather one frame in fifty breaks the connection.
    fn breaks(&self) -> bool {
        let broken = match self.net.weather.get() {
            Weather::Fair => false,
            Weather::Foul => self.net.dice.below(50) == 0,
            Weather::Offline => true,
        };
        if broken {
            self.net.note(&format!("socket {:?} breaks", self.conn));
            self.net.world().ws_close(self.conn);
            self.inbox.put(Frame::Closed { code: 1006, reason: "the connection ended".to_owned() });
        }
        broken
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        if self.net.sockets.borrow_mut().remove(&self.conn).is_some() {
            self.net.world().ws_close(self.conn);
        }
    }
}

impl Inbox {
    fn put(&self, frame: Frame) {
        self.frames.borrow_mut().push_back(frame);
        self.wake.notify_one();
    }
}

impl SimNet {
    /// Brings what the hub has sent to the sockets it is for.
    fn distribute(&self) {
        let output = self.world().take_output();
        for each in output {
            let (conn, frame) = match each {
                SocketOut::Frame { conn, text } => (conn, Frame::Text(text)),
                SocketOut::Close { conn, code, reason } => (conn, Frame::Closed { code, reason }),
                SocketOut::Cut { conn } => {
                    (conn, Frame::Closed { code: 1006, reason: "the connection ended".to_owned() })
                }
            };
            let socket = self.sockets.borrow().get(&conn).cloned();
            if let Some(socket) = socket {
                socket.put(frame);
            }
        }
    }
}

struct Sender(Rc<Half>);

#[async_trait(?Send)]
impl FrameSender for Sender {
    async fn send(&mut self, text: String) -> nightmarket::Result<()> {
        let Half { net, conn, .. } = &*self.0;
        net.catch_up();
        if self.0.breaks() {
            return Err(Error::ChannelUnknown);
        }
        net.note(&format!("frame up on {conn:?}, {} bytes", text.len()));
        let now = net.clock.wall_ms();
        net.world().ws_text(*conn, &text, now);
        net.distribute();
        Ok(())
    }

    async fn close(&mut self, _: u16) {
        self.0.net.world().ws_close(self.0.conn);
    }
}

struct Receiver(Rc<Half>);

#[async_trait(?Send)]
impl FrameReceiver for Receiver {
    async fn receive(&mut self) -> Frame {
        let Half { net, inbox, conn } = &*self.0;
        loop {
            net.catch_up();
            net.distribute();
            let frame = inbox.frames.borrow_mut().pop_front();
            if let Some(frame) = frame {
                if matches!(frame, Frame::Text(_)) && self.0.breaks() {
                    inbox.frames.borrow_mut().clear();
                    return Frame::Closed { code: 1006, reason: "the connection ended".to_owned() };
                }
                net.note(&format!("frame down on {conn:?}: {}", kind(&frame)));
                return frame;
            }
            let now = net.clock.wall_ms();
            let due = u64::try_from(net.world().next_due_ms() - now).unwrap_or(0);
            tokio::select! {
                biased;
                () = inbox.wake.notified() => {}
                () = tokio::time::sleep(Duration::from_millis(due.clamp(1, 1_000))) => {}
            }
        }
    }
}

fn kind(frame: &Frame) -> String {
    match frame {
        Frame::Text(text) => format!("{} lines", text.lines().count()),
        Frame::Closed { code, .. } => format!("closed {code}"),
    }
}
