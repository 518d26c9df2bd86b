//! The limit: a WebSocket, frames split into lines, each line decoded to its event; no list, no order, no doubles.

use futures_util::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;

use super::frames::Frames;
use super::hub::Hub;
use super::{CHANNEL, Event};

/// A thread that reads; it is told how many lines to count, and says when it has.
pub struct Bare {
    wanted: tokio::sync::mpsc::UnboundedSender<usize>,
    done: mpsc::Receiver<Instant>,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    push: Push<'a>,
}

#[derive(Deserialize)]
struct Push<'a> {
    channel: &'a str,
    r#pub: Publication,
}

#[derive(Deserialize)]
struct Publication {
    data: Event,
    offset: u64,
}

impl Bare {
    /// Connects and subscribes.
    pub fn join(hub: &Hub) -> Self {
        let (address, token) = (hub.address, hub.token());
        let (wanted, mut todo) = tokio::sync::mpsc::unbounded_channel::<usize>();
        let (finished, done) = mpsc::channel();
        std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let stream = tokio::net::TcpStream::connect(address).await.expect("the hub is there");
                stream.set_nodelay(true).expect("a socket");
                let (mut socket, _) =
                    client_async(format!("ws://{address}/"), stream).await.expect("a handshake");
                let hello = format!(
                    "{{\"id\":1,\"connect\":{{\"token\":\"{token}\"}}}}\n{{\"id\":2,\"subscribe\":{{\"channel\":\"{CHANNEL}\",\"recoverable\":true}}}}"
                );
                socket.send(Message::text(hello)).await.expect("it is sent");
                loop {
                    let message = socket.next().await.expect("an answer").expect("a frame");
                    if message.to_text().is_ok_and(|text| text.contains("\"id\":2")) {
                        break;
                    }
                }
                finished.send(Instant::now()).expect("somebody waits");
                while let Some(wanted) = todo.recv().await {
                    let mut count = 0;
                    while count < wanted {
                        let message = socket.next().await.expect("more is to come").expect("a frame");
                        let Message::Text(text) = message else { continue };
                        for line in text.split('\n') {
                            let reply: Reply<'_> = serde_json::from_str(line).expect("a push");
                            let Push { channel, r#pub: Publication { data, offset } } = reply.push;
                            count += usize::from(channel == CHANNEL && offset > 0);
                            black_box(&data);
                        }
                    }
                    finished.send(Instant::now()).expect("somebody waits");
                }
            });
        });
        done.recv().expect("it joins");
        Self { wanted, done }
    }

    /// From the first frame to the last line decoded.
    pub fn turn(&self, hub: &Hub, frames: &Frames) -> Duration {
        self.wanted.send(frames.lines).expect("it reads");
        let before = Instant::now();
        hub.send(frames.texts.clone());
        self.done.recv().expect("it counts") - before
    }
}
