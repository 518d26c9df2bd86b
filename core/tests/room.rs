//! Landing in a room and talking there, over real sockets against the sandbox; judged by the sandbox's own books.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

use nightmarket::chat::{Line, LineState, Pointing};
use nightmarket::host::{Audience, SecretString, TokenProvider};
use nightmarket::live::RoomStatus;
use nightmarket::ports::TlsSettings;
use nightmarket::{Error, Host, ListSubscription, Settings, Shopper};
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);

async fn sandbox() -> Sandbox {
    let config = SandboxConfig {
        ambience: false,
        seed: Some(1),
        reconnect_window_ms: 100,
        ..SandboxConfig::default()
    };
    Sandbox::start(config).await.unwrap()
}

async fn shopper(sandbox: &Sandbox, directory: &Path) -> Shopper {
    let settings = Settings {
        venue: sandbox.venue_url.clone(),
        directory: directory.to_owned(),
        platform_profile: format!("{}/platform/profile.json", sandbox.venue_url),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    Shopper::open(settings, Host { tokens: Arc::new(SignedIn), ..Host::default() }).await.unwrap()
}

struct SignedIn;

#[async_trait::async_trait]
impl TokenProvider for SignedIn {
    async fn token(
        &self,
        _: &Audience,
        _: &[String],
        _: Option<&str>,
    ) -> Result<Option<SecretString>, Error> {
        Ok(Some("token:ada".into()))
    }
}

/// Applies batches until the list satisfies `done`.
async fn until(
    lines: &mut ListSubscription<Line>,
    list: &mut Vec<Arc<Line>>,
    done: impl Fn(&[Arc<Line>]) -> bool,
) {
    let wait = async {
        while !done(list) {
            for diff in lines.next_batch().await.expect("the chat is open") {
                diff.apply(list);
            }
        }
    };
    assert!(tokio::time::timeout(SOON, wait).await.is_ok(), "it did not come: {list:#?}");
}

fn sent(list: &[Arc<Line>], text: &str) -> usize {
    list.iter().filter(|line| line.text == text && line.state == LineState::Sent).count()
}

/// How often the venue took a line of this text.
fn taken(sandbox: &Sandbox, text: &str) -> usize {
    let books = sandbox.control(|world| world.books());
    let lines =
        books["venue"]["rooms"]["ponies"]["chat"]["lines"].as_array().expect("the venue keeps lines").clone();
    lines.iter().filter(|line| line["text"] == text).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_post_leads_into_the_room_of_its_author() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path()).await;
    let mut posts = shopper.feed().posts().await.unwrap();
    shopper.feed().refresh().await.unwrap();
    let mut list = Vec::new();
    let room = loop {
        for diff in posts.next_batch().await.unwrap() {
            diff.apply(&mut list);
        }
        if let Some(live) = list.iter().find_map(|post| post.live.as_ref()) {
            break live.room_id.clone();
        }
    };
    // A finger that taps twice joins once.
    let live = shopper.live();
    let (room, again) = tokio::join!(live.join(room.clone()), live.join(room.clone()));
    let (room, again) = (room.unwrap(), again.unwrap());
    let state = room.state().borrow().clone();
    again.leave().await.unwrap();
    assert!(room.chat().lines().await.is_err(), "left is left, whoever holds it");
    let room = live.join(room.id().clone()).await.unwrap();
    room.chat().lines().await.unwrap();
    assert_eq!((state.status, state.hls_url.is_some()), (RoomStatus::Live, true));
    assert!(matches!(shopper.live().join("nowhere".into()).await, Err(Error::NotFound { .. })));
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_in_the_middle_of_chat_loses_and_doubles_nothing() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path()).await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let mut lines = room.chat().lines().await.unwrap();
    let mut list = Vec::new();
    for number in 0..9 {
        room.chat().send(&format!("card {number}"), Pointing::default()).await.unwrap();
        if number % 4 == 1 {
            sandbox
                .control(|world| world.switch_fault(&json!({"target": "hub", "kind": "cut", "times": 1})))
                .unwrap();
        }
        let others = format!("others {number}");
        sandbox
            .control(|world| world.script(&json!({"do": "say", "room": "ponies", "text": others})))
            .unwrap();
    }
    until(&mut lines, &mut list, |list| (0..9).all(|n| sent(list, &format!("card {n}")) == 1)).await;
    until(&mut lines, &mut list, |list| (0..9).all(|n| sent(list, &format!("others {n}")) == 1)).await;
    assert!((0..9).all(|number| taken(&sandbox, &format!("card {number}")) == 1));
    let own: Vec<_> =
        list.iter().filter(|line| line.text.starts_with("card")).map(|line| line.text.clone()).collect();
    assert_eq!(
        own,
        (0..9).map(|number| format!("card {number}")).collect::<Vec<_>>(),
        "in the order written"
    );
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_written_without_a_network_survives_a_kill_and_is_sent_once() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let first = shopper(&sandbox, directory.path()).await;
    let room = first.live().join("ponies".into()).await.unwrap();
    // From here on the hub takes nothing and answers nothing.
    sandbox.control(|world| world.switch_fault(&json!({"target": "hub", "kind": "drop_after"}))).unwrap();
    room.chat().send("the blue one", Pointing::default()).await.unwrap();
    drop((room, first));
    assert_eq!(taken(&sandbox, "the blue one"), 0);
    sandbox.control(nightmarket_sandbox::world::World::clear_faults);

    let second = shopper(&sandbox, directory.path()).await;
    let room = second.live().join("ponies".into()).await.unwrap();
    let mut lines = room.chat().lines().await.unwrap();
    let mut list = Vec::new();
    until(&mut lines, &mut list, |list| sent(list, "the blue one") == 1).await;
    assert_eq!(taken(&sandbox, "the blue one"), 1);
    let shown = list.iter().filter(|line| line.text == "the blue one").count();
    assert_eq!(shown, 1, "no echo is left beside it");
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn words_that_do_not_fit_are_refused_before_anything_is_kept() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path()).await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    for text in ["", "  \n ", &"珠".repeat(501)] {
        assert!(
            matches!(room.chat().send(text, Pointing::default()).await, Err(Error::BadInput { .. })),
            "{text}"
        );
    }
    room.chat().send(&"珠".repeat(500), Pointing::default()).await.unwrap();
    shopper.close().await;
}
