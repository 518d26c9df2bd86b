//! What the other language may do wrong at the border: listeners that fail or are gone, providers that hang, objects used
//! after the end. Nothing panics, and each is told by a typed error.

use async_trait::async_trait;
use nightmarket_ffi::cancel::CancelToken;
use nightmarket_ffi::error::{HostError, NightmarketError};
use nightmarket_ffi::feed::{PostBatch, PostDiff, PostListener};
use nightmarket_ffi::host::{Audience, HostApp, SecretStore, TokenProvider};
use nightmarket_ffi::shopper::{Connection, ConnectionListener, Settings, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Longer than anything here takes; only a failure waits for it.
const PATIENCE: Duration = Duration::from_secs(20);

struct Venue {
    sandbox: Sandbox,
    directory: tempfile::TempDir,
}

impl Venue {
    async fn start() -> Self {
        let config = SandboxConfig { ambience: false, ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.expect("the sandbox starts");
        Self { sandbox, directory: tempfile::tempdir().expect("a directory") }
    }

    fn settings(&self, directory: &Path) -> Settings {
        Settings {
            venue: self.sandbox.venue_url.clone(),
            directory: directory.to_string_lossy().into_owned(),
            platform_profile: format!("{}/platform/profile.json", self.sandbox.venue_url),
            language: "en".to_owned(),
            extra_roots_pem: None,
        }
    }

    async fn open(&self, host: Arc<HostApp>) -> Result<Arc<Shopper>, NightmarketError> {
        Shopper::open(self.settings(self.directory.path()), host, None).await
    }
}

/// What a listener of posts heard: how many there are now, or how it ended.
#[derive(Debug, PartialEq, Eq)]
enum Heard {
    Posts(usize),
    Ended(Option<String>),
}

struct Posts {
    heard: Mutex<Sender<Heard>>,
    length: Mutex<usize>,
    /// Throws at every change.
    throws: bool,
}

impl Posts {
    fn listening(throws: bool) -> (Box<dyn PostListener>, Receiver<Heard>) {
        let (heard, receiver) = channel();
        (Box::new(Self { heard: Mutex::new(heard), length: Mutex::new(0), throws }), receiver)
    }

    fn tell(&self, heard: Heard) {
        let _ = self.heard.lock().unwrap().send(heard);
    }
}

impl PostListener for Posts {
    fn changed(&self, change: PostBatch) -> Result<(), HostError> {
        if self.throws {
            return Err(HostError::Failed { reason: "the screen is broken".to_owned() });
        }
        let mut length = self.length.lock().unwrap();
        for diff in change.diffs {
            match diff {
                PostDiff::Reset { items } => *length = items.len(),
                PostDiff::Append { items } => *length += items.len(),
                PostDiff::Insert { .. } => *length += 1,
                PostDiff::Set { .. } => {}
                PostDiff::Remove { .. } => *length -= 1,
                PostDiff::Truncate { length: left } => *length = left as usize,
            }
        }
        self.tell(Heard::Posts(*length));
        Ok(())
    }

    fn ended(&self, error: Option<NightmarketError>) -> Result<(), HostError> {
        self.tell(Heard::Ended(error.map(|error| error.code())));
        Err(HostError::Failed { reason: "and at its end as well".to_owned() })
    }
}

/// The next thing that is not an empty list.
fn next(heard: &Receiver<Heard>) -> Heard {
    loop {
        match heard.recv_timeout(PATIENCE).expect("the listener hears something") {
            Heard::Posts(0) => {}
            other => return other,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_throws_ends_alone() {
    let venue = Venue::start().await;
    let shopper = venue.open(Arc::new(HostApp::new())).await.unwrap();
    let (bad, bad_heard) = Posts::listening(true);
    let (good, good_heard) = Posts::listening(false);
    let _bad = shopper.feed().posts(bad).await.unwrap();
    let _good = shopper.feed().posts(good).await.unwrap();
    assert_eq!(next(&bad_heard), Heard::Ended(Some("host".to_owned())));
    shopper.feed().refresh(None).await.unwrap();
    assert!(matches!(next(&good_heard), Heard::Posts(1..)));
    assert!(bad_heard.try_recv().is_err(), "one that failed is not called again");
    shopper.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_cancel_no_call_begins() {
    let venue = Venue::start().await;
    let shopper = venue.open(Arc::new(HostApp::new())).await.unwrap();
    let (canceled, canceled_heard) = Posts::listening(false);
    let (dropped, dropped_heard) = Posts::listening(false);
    let (other, other_heard) = Posts::listening(false);
    let subscription = shopper.feed().posts(canceled).await.unwrap();
    let handle = shopper.feed().posts(dropped).await.unwrap();
    let _other = shopper.feed().posts(other).await.unwrap();
    assert_eq!(canceled_heard.recv_timeout(PATIENCE).unwrap(), Heard::Posts(0));
    assert_eq!(dropped_heard.recv_timeout(PATIENCE).unwrap(), Heard::Posts(0));
    subscription.cancel();
    subscription.cancel();
    drop(handle);
    shopper.feed().refresh(None).await.unwrap();
    assert!(matches!(next(&other_heard), Heard::Posts(1..)));
    shopper.end().await;
    assert_eq!(next(&other_heard), Heard::Ended(None));
    assert!(canceled_heard.recv_timeout(PATIENCE).is_err(), "it hears neither the page nor the end");
    assert!(dropped_heard.recv_timeout(PATIENCE).is_err(), "nor does one whose handle is gone");
}

struct Connected(Mutex<Sender<Option<Connection>>>);

impl ConnectionListener for Connected {
    fn changed(&self, change: Connection) -> Result<(), HostError> {
        let _ = self.0.lock().unwrap().send(Some(change));
        Ok(())
    }

    fn ended(&self, _: Option<NightmarketError>) -> Result<(), HostError> {
        let _ = self.0.lock().unwrap().send(None);
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_end_everything_is_closed_and_the_directory_free() {
    let venue = Venue::start().await;
    let shopper = venue.open(Arc::new(HostApp::new())).await.unwrap();
    let (feed, orders) = (shopper.feed(), shopper.orders());
    let (told, connection) = channel();
    let _following = shopper.connection(Box::new(Connected(Mutex::new(told)))).await.unwrap();
    assert!(connection.recv_timeout(PATIENCE).unwrap().is_some(), "a value is heard as it is now");
    assert_eq!(
        venue.open(Arc::new(HostApp::new())).await.err().unwrap().code(),
        "storage",
        "one core a directory"
    );
    shopper.end().await;
    shopper.end().await;
    while connection.recv_timeout(PATIENCE).unwrap().is_some() {}
    assert_eq!(feed.refresh(None).await.unwrap_err(), NightmarketError::Closed);
    assert_eq!(orders.refresh(None).await.unwrap_err(), NightmarketError::Closed);
    assert_eq!(shopper.venue().await.unwrap_err(), NightmarketError::Closed);
    let (posts, _heard) = Posts::listening(false);
    assert_eq!(feed.posts(posts).await.err(), Some(NightmarketError::Closed));
    let again = venue.open(Arc::new(HostApp::new())).await.unwrap();
    // As a finaliser does it: on a thread of its own, everything at once, no runtime in sight.
    let objects = (again.clone(), again.feed(), again.live(), again.purchase());
    drop(again);
    std::thread::spawn(move || drop(objects)).join().unwrap();
}

struct Hangs;

#[async_trait]
impl TokenProvider for Hangs {
    async fn token(
        &self,
        _: Audience,
        _: Vec<String>,
        _: Option<String>,
    ) -> Result<Option<String>, HostError> {
        std::future::pending().await
    }
}

struct Throws;

#[async_trait]
impl TokenProvider for Throws {
    async fn token(
        &self,
        _: Audience,
        _: Vec<String>,
        _: Option<String>,
    ) -> Result<Option<String>, HostError> {
        Err(uniffi::UnexpectedUniFFICallbackError::new("NullPointerException").into())
    }
}

impl SecretStore for Throws {
    fn sealing_key(&self) -> Result<Vec<u8>, HostError> {
        Ok(vec![0; 31])
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_provider_that_throws_or_hangs_is_a_typed_error() {
    let venue = Venue::start().await;
    let host = Arc::new(HostApp::new());
    host.set_tokens(Box::new(Throws));
    host.set_secrets(Box::new(Throws));
    let shopper = venue.open(host).await.unwrap();
    let error = shopper.feed().refresh(None).await.unwrap_err();
    let reason = "NullPointerException".to_owned();
    assert_eq!(error, NightmarketError::Host { provider: "token provider".to_owned(), reason });
    shopper.end().await;

    let host = Arc::new(HostApp::new());
    host.set_tokens(Box::new(Hangs));
    let shopper = venue.open(host).await.unwrap();
    let cancel = Arc::new(CancelToken::new());
    let waiting = {
        let (feed, cancel) = (shopper.feed(), cancel.clone());
        tokio::spawn(async move { feed.refresh(Some(cancel)).await })
    };
    tokio::task::yield_now().await;
    cancel.cancel();
    let waited = tokio::time::timeout(PATIENCE, waiting).await.expect("a cancel ends the wait");
    assert_eq!(waited.unwrap().unwrap_err(), NightmarketError::Canceled);
    let late = shopper.feed().next_page(Some(cancel)).await;
    assert_eq!(
        late.unwrap_err(),
        NightmarketError::Canceled,
        "a token that was used cancels what comes later"
    );
    tokio::time::timeout(PATIENCE, shopper.end()).await.expect("what hangs does not hold up the end");
}

#[tokio::test]
async fn bad_settings_are_typed_errors_and_leave_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let settings = |venue: &str| Settings {
        venue: venue.to_owned(),
        directory: directory.path().to_string_lossy().into_owned(),
        platform_profile: "https://partner.example/profile.json".to_owned(),
        language: "en".to_owned(),
        extra_roots_pem: None,
    };
    for (venue, code) in [
        ("", "bad_address"),
        ("http://venue.example", "bad_address"),
        ("ftp://127.0.0.1", "bad_address"),
        ("http://127.0.0.1:9", "unreachable"),
    ] {
        let error = Shopper::open(settings(venue), Arc::new(HostApp::new()), None).await.err().unwrap();
        assert_eq!(error.code(), code, "{venue}");
    }
}
