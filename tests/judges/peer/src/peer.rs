//! The official client, with everything it tells written down in short words.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use centrifuge::{Client, ClientBuilder, Protocol, Subscription, SubscriptionBuilder};

/// Longest wait for anything that is to happen.
const PATIENCE: Duration = Duration::from_secs(8);

/// What was told, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn write(&self, word: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(word);
    }

    pub fn read(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The words that begin so, without that beginning.
    pub fn told(&self, kind: &str) -> Vec<String> {
        self.read()
            .iter()
            .filter_map(|word| word.strip_prefix(kind))
            .map(|rest| rest.trim().to_owned())
            .collect()
    }

    /// Waits until so many words begin so, and gives them.
    pub async fn wait(&self, kind: &str, times: usize) -> Vec<String> {
        let reached = async {
            while self.told(kind).len() < times {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let reached = tokio::time::timeout(PATIENCE, reached).await;
        assert!(reached.is_ok(), "not told {times} times: {kind}; told: {:?}", self.read());
        self.told(kind)
    }
}

/// A client that tries again quickly and notices soon that a hub is silent.
pub fn client(url: &str, token: impl Into<String>, log: &Log) -> ClientBuilder {
    let (connecting, connected, gone, error) = (log.clone(), log.clone(), log.clone(), log.clone());
    Client::builder(url)
        .protocol(Protocol::Json)
        .token(token)
        .min_reconnect_delay(Duration::from_millis(20))
        .max_reconnect_delay(Duration::from_millis(200))
        .max_server_ping_delay(Duration::from_millis(1_500))
        .on_connecting(move |_, event| connecting.write(format!("connecting {}", event.code)))
        .on_connected(move |_, event| {
            connected
                .write(format!("connected {}", String::from_utf8_lossy(&event.data.unwrap_or_default())));
        })
        .on_disconnected(move |_, event| gone.write(format!("disconnected {}", event.code)))
        .on_error(move |_, event| {
            error.write(format!("error {:?} {}", event.error.kind, event.error.message));
        })
}

/// A subscription that says: `sub OFFSET EPOCH recovered` (or `lost`, or `new`), `pub OFFSET DATA`, `unsub CODE`.
pub fn listen(client: &Client, channel: &str, log: &Log) -> SubscriptionBuilder {
    let (subscribed, publication, gone) = (log.clone(), log.clone(), log.clone());
    client
        .new_subscription(channel)
        .recoverable(true)
        .on_subscribed(move |_, event| {
            let how = match (event.was_recovering, event.recovered) {
                (false, _) => "new",
                (true, true) => "recovered",
                (true, false) => "lost",
            };
            let at =
                event.stream_position.map(|at| format!("{} {}", at.offset, at.epoch)).unwrap_or_default();
            subscribed.write(format!("sub {at} {how}"));
        })
        .on_publication(move |_, event| {
            publication.write(format!("pub {} {}", event.offset, String::from_utf8_lossy(&event.data)));
        })
        .on_unsubscribed(move |_, event| gone.write(format!("unsub {}", event.code)))
}

/// A connected client and its log.
pub async fn connected(url: &str, user: &str) -> (Client, Log) {
    let log = Log::default();
    let client = client(url, crate::hub::token(user, None), &log).build().expect("a client");
    client.connect().expect("it is not closed");
    log.wait("connected", 1).await;
    (client, log)
}

/// A subscription that holds, and its log.
pub async fn subscribed(client: &Client, channel: &str) -> (Subscription, Log) {
    let log = Log::default();
    let subscription = listen(client, channel, &log).build().expect("a subscription");
    subscription.subscribe();
    log.wait("sub ", 1).await;
    (subscription, log)
}
