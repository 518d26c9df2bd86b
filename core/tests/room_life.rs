//! A room over its evening: who comes in how, what is shown when, and what becomes of it, over real sockets against the
//! sandbox.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

mod support;

use nightmarket::chat::{MayWrite, Pointing};
use nightmarket::host::Preloader;
use nightmarket::ids::RoomId;
use nightmarket::live::{Entry, Room, RoomLink, RoomState, RoomStatus};
use nightmarket::{Error, Host, Timestamp};
use serde_json::json;
use std::sync::{Arc, Mutex};
use support::{Person, Screen, books, chat_state, count, sandbox, say, script, shopper};

/// The room's state, once it is as wanted.
async fn room_state(room: &Room, wanted: impl Fn(&RoomState) -> bool) -> RoomState {
    let mut state = room.state();
    let found = tokio::time::timeout(support::SOON, state.wait_for(|state| wanted(state))).await;
    let found = found.map(|found| found.unwrap().clone());
    found.unwrap_or_else(|_| panic!("it did not come: {:#?}", *room.state().borrow()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshots_pin_waits_for_its_picture_like_any_other() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    script(&sandbox, &json!({"do": "pin", "room": "ponies"}));
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let joined = room.state().borrow().clone();
    assert_eq!(joined.pin, None, "the picture is seconds behind");
    // The player is far ahead of what the venue guessed.
    let ahead = sandbox.control(|world| world.now_ms());
    room.shown(Timestamp(ahead)).await.unwrap();
    let first = room_state(&room, |state| state.pin.is_some()).await.pin.unwrap();

    // A second one, and a gap that the hub cannot fill: the first stays until the picture shows the second.
    room.shown(Timestamp(ahead)).await.unwrap();
    script(&sandbox, &json!({"do": "forget_stream", "channel": "room:ponies"}));
    sandbox
        .control(|world| world.switch_fault(&json!({"target": "hub", "kind": "cut", "times": 1})))
        .unwrap();
    script(&sandbox, &json!({"do": "cohosts", "room": "ponies", "hosts": ["pearls"]}));
    let state = room_state(&room, |state| state.cohosts.len() == 1).await;
    assert_eq!(state.pin, Some(first));
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gap_that_cannot_be_filled_is_read_again_and_nothing_is_lost_or_doubled() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    say(&sandbox, "bob", "seen");
    screen.line("seen").await;
    shopper.background().await.unwrap();
    for number in 0..60 {
        say(&sandbox, "bob", &format!("missed {number}"));
    }
    for channel in ["chat:ponies", "room:ponies"] {
        script(&sandbox, &json!({"do": "forget_stream", "channel": channel}));
    }
    script(&sandbox, &json!({"do": "pin", "room": "ponies"}));
    room.chat().send("written meanwhile", Pointing::default()).await.unwrap();
    shopper.foreground().await.unwrap();
    screen.until(|lines| count(lines, "missed 59") == 1 && count(lines, "written meanwhile") == 1).await;
    say(&sandbox, "bob", "afterwards");
    screen.line("afterwards").await;
    while count(&screen.lines, "seen") == 0 {
        room.chat().older().await.unwrap();
        screen.until(|lines| lines.len() > 60).await;
    }
    let missed: Vec<_> = screen.texts().into_iter().filter(|text| text.starts_with("missed")).collect();
    assert_eq!(missed, (0..60).map(|n| format!("missed {n}")).collect::<Vec<_>>());
    let ahead = sandbox.control(|world| world.now_ms());
    room.shown(Timestamp(ahead)).await.unwrap();
    room_state(&room, |state| state.pin.is_some()).await;
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_goes_on_air_moves_and_is_seen_again() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    script(&sandbox, &json!({"do": "go_off", "room": "ponies"}));
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    assert_eq!(room.state().borrow().hls_url, None);
    script(&sandbox, &json!({"do": "go_live", "room": "ponies"}));
    let state = room_state(&room, |state| state.status == RoomStatus::Live).await;
    assert!(state.hls_url.is_some_and(|url| url.contains("/ponies/")));

    script(&sandbox, &json!({"do": "move_room", "room": "ponies", "to": "pearls"}));
    // It ends with its picture, not before.
    assert_eq!(room.state().borrow().status, RoomStatus::Live);
    room.shown(Timestamp(sandbox.control(|world| world.now_ms()))).await.unwrap();
    let state = room_state(&room, |state| state.moved_to.is_some()).await;
    assert_eq!((state.status, state.moved_to), (RoomStatus::Ended, Some("pearls".into())));
    let link = RoomLink { room: "pearls".into(), entry: Entry::Next, moment: None };
    let next = shopper.live().enter(link).await.unwrap();
    assert_eq!(next.state().borrow().status, RoomStatus::Live);
    assert_eq!(books(&sandbox)["venue"]["rooms"]["pearls"]["entries"], json!({"next": 1}));

    script(&sandbox, &json!({"do": "go_off", "room": "pearls"}));
    next.shown(Timestamp(sandbox.control(|world| world.now_ms()))).await.unwrap();
    let ended = room_state(&next, |state| state.status == RoomStatus::Ended).await;
    assert!(ended.hls_url.is_none() && ended.replay_url.is_some());

    let address = next.address(Some(Timestamp(1_790_000_000_000))).await.unwrap();
    let link = shopper.live().link(&address).await.unwrap();
    assert_eq!((link.room, link.entry), ("pearls".into(), Entry::Link));
    assert!(matches!(
        shopper.live().link("https://elsewhere.example/rooms/x").await,
        Err(Error::BadAddress { .. })
    ));
    shopper.close().await;
}

#[derive(Default)]
struct Warmed(Mutex<Vec<String>>);

impl Preloader for Warmed {
    fn warm(&self, room: &RoomId, hls_url: &str) {
        self.0.lock().unwrap().push(format!("warm {room} {}", hls_url.rsplit('.').next() == Some("m3u8")));
    }

    fn cool(&self, room: &RoomId) {
        self.0.lock().unwrap().push(format!("cool {room}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_room_at_a_time_is_warm() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    for room in ["ponies", "pearls"] {
        script(&sandbox, &json!({"do": "go_live", "room": room}));
    }
    let warmed = Arc::new(Warmed::default());
    let host = Host { preloader: warmed.clone(), ..Host::default() };
    let shopper = support::open(&sandbox, directory.path(), host).await;
    let live = shopper.live();
    for room in ["ponies", "ponies", "pearls"] {
        live.warm(room.into()).await.unwrap();
    }
    let nowhere = live.warm("nowhere".into()).await;
    assert!(matches!(nowhere, Err(Error::Refused { code, .. }) if code == "not_found"));
    live.join("pearls".into()).await.unwrap();
    live.warm("ponies".into()).await.unwrap();
    let told = warmed.0.lock().unwrap().clone();
    assert_eq!(told, ["warm ponies true", "cool ponies", "warm pearls true", "warm ponies true"]);
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_opens_without_a_network_and_is_followed_once_there_is_one() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let first = shopper(&sandbox, directory.path(), "ada").await;
    let room = first.live().join("ponies".into()).await.unwrap();
    say(&sandbox, "bob", "remember me");
    Screen::of(&room).await.line("remember me").await;
    room.leave().await.unwrap();
    first.close().await;

    // The venue answers nothing but the hub's frames are lost: the room is there as it was.
    sandbox.control(|world| world.switch_fault(&json!({"target": "hub", "kind": "drop_after"}))).unwrap();
    let second = shopper(&sandbox, directory.path(), "ada").await;
    let room = second.live().join("ponies".into()).await.unwrap();
    let state = room.state().borrow().clone();
    assert!(state.as_of.is_some() && state.pin.is_none() && state.deals.is_empty());
    let mut screen = Screen::of(&room).await;
    screen.line("remember me").await;
    assert!(room.chat().state().await.unwrap().borrow().as_of.is_some());
    room.chat().send("are you there?", Pointing::default()).await.unwrap();

    sandbox.control(nightmarket_sandbox::world::World::clear_faults);
    second.network_changed().await.unwrap();
    room_state(&room, |state| state.as_of.is_none()).await;
    screen.line("are you there?").await;
    say(&sandbox, "bob", "yes");
    screen.line("yes").await;
    chat_state(&room, |state| state.as_of.is_none()).await;
    assert!(second.live().join("never_seen".into()).await.is_err());
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_is_in_the_room_as_themselves_and_who_signs_out_is_not() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let person = Person::default();
    let host = Host { tokens: Arc::new(person.clone()), ..Host::default() };
    let shopper = support::open(&sandbox, directory.path(), host).await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    chat_state(&room, |state| state.may_write == MayWrite::SignIn).await;
    let mut screen = Screen::of(&room).await;
    let line = room.chat().send("that one", Pointing::default()).await.unwrap();
    screen
        .until(|lines| {
            lines
                .iter()
                .any(|own| own.client_id == line && own.state != nightmarket::chat::LineState::Sending)
        })
        .await;

    person.set(Some("ada"));
    shopper.sign_in_changed().await.unwrap();
    chat_state(&room, |state| state.may_write == MayWrite::Open).await;
    room.chat().retry(line).await.unwrap();
    let said = screen.line("that one").await;
    assert!(said.own && said.from.as_ref().is_some_and(|from| from.id.as_str() == "ada"));
    // What is for them alone reaches them.
    script(&sandbox, &json!({"do": "mute", "room": "ponies", "shopper": "ada"}));
    chat_state(&room, |state| state.may_write == MayWrite::Muted).await;
    script(
        &sandbox,
        &json!({"do": "offer", "room": "ponies", "shopper": "ada", "item": "one_off", "shop": 0,
        "title": "One off", "price": 4_200}),
    );
    let mut offers = shopper.offers().list().await.unwrap();
    let wait = async {
        let mut list = Vec::new();
        while list.is_empty() {
            offers.next_batch().await.unwrap().into_iter().for_each(|diff| diff.apply(&mut list));
        }
    };
    tokio::time::timeout(support::SOON, wait).await.expect("the offer comes");

    person.set(None);
    shopper.sign_in_changed().await.unwrap();
    chat_state(&room, |state| state.may_write == MayWrite::SignIn).await;
    let mine = room.chat().send("still me?", Pointing::default()).await.unwrap();
    screen
        .until(|lines| {
            lines.iter().any(|line| {
                line.client_id == mine && matches!(line.state, nightmarket::chat::LineState::Failed { .. })
            })
        })
        .await;
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_background_has_no_socket_and_coming_back_takes_the_room_up_where_it_was() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    say(&sandbox, "bob", "one");
    screen.line("one").await;
    let mut connection = shopper.connection().await.unwrap();
    shopper.background().await.unwrap();
    connection.wait_for(|is| *is == nightmarket::Connection::Offline).await.unwrap();
    room.hearts(3).await.unwrap();
    say(&sandbox, "bob", "two");
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(*connection.borrow(), nightmarket::Connection::Offline);
    let likes = |sandbox: &_| books(sandbox)["venue"]["rooms"]["ponies"]["likes"].as_u64().unwrap();
    let before = likes(&sandbox);
    shopper.foreground().await.unwrap();
    screen.line("two").await;
    tokio::time::timeout(support::SOON, async {
        while likes(&sandbox) < before + 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the hearts are sent now");
    assert_eq!(likes(&sandbox), before + 3);
    assert_eq!(count(&screen.lines, "one"), 1);
    shopper.close().await;
}
