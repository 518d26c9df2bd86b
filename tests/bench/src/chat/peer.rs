//! The peer: the official client of the protocol, delivering the same typed events in order and once.

use centrifuge::{Client, EventDelivery, Protocol};
use std::hint::black_box;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

use super::frames::Frames;
use super::hub::Hub;
use super::{CHANNEL, Event};

/// A client in the chat's channel, which counts.
pub struct Peer {
    /// Ids of lines that end in so many zeros are told when they came.
    heard: mpsc::Receiver<(String, Instant)>,
    _client: Client,
    _runtime: Runtime,
}

impl Peer {
    /// Connects and subscribes.
    pub fn join(hub: &Hub) -> Self {
        // Its task on a thread of its own, as the core has one; handlers there, which is its faster way.
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let (tell, heard) = mpsc::channel();
        let client = Client::builder(format!("ws://{}/", hub.address))
            .runtime(runtime.handle().clone())
            .protocol(Protocol::Json)
            .event_delivery(EventDelivery::Inline)
            .token(hub.token())
            .build()
            .expect("a client");
        let subscription = client
            .new_subscription(CHANNEL)
            .positioned(true)
            .recoverable(true)
            .on_publication(move |_, publication| {
                let event: Event = publication.json().expect("a line");
                let id = event.id().as_str();
                if id.ends_with("0000") {
                    // Nobody listens at the end.
                    let _ = tell.send((id.to_owned(), Instant::now()));
                }
                black_box(&event);
            })
            .build()
            .expect("a subscription");
        subscription.subscribe();
        client.connect().expect("it may connect");
        runtime.block_on(subscription.ready(Some(Duration::from_secs(10)))).expect("it joins");
        Self { heard, _client: client, _runtime: runtime }
    }

    /// From the first frame to the last line delivered.
    pub fn turn(&self, hub: &Hub, frames: &Frames) -> Duration {
        let before = Instant::now();
        hub.send(frames.texts.clone());
        loop {
            let (id, at) = self.heard.recv_timeout(Duration::from_secs(30)).expect("lines come");
            if id == frames.last_id {
                return at - before;
            }
        }
    }
}
