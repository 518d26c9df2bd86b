//! What is said in a room, between two shoppers and a host, over real sockets against the sandbox.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

mod support;

use nightmarket::chat::{LineState, MayWrite, Pointing};
use nightmarket::host::Translator;
use nightmarket::{Error, Host};
use serde_json::json;
use std::sync::{Arc, Mutex};
use support::{Person, Screen, chat_state, count, sandbox, say, script, shopper};

#[tokio::test(flavor = "multi_thread")]
async fn two_shoppers_answer_mention_and_react_and_both_see_the_same() {
    let (sandbox, here, there) =
        (sandbox().await, tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (ada, bob) =
        (shopper(&sandbox, here.path(), "ada").await, shopper(&sandbox, there.path(), "bob").await);
    let adas = ada.live().join("ponies".into()).await.unwrap();
    let bobs = bob.live().join("ponies".into()).await.unwrap();
    let (mut ada_sees, mut bob_sees) = (Screen::of(&adas).await, Screen::of(&bobs).await);

    adas.chat().send("which one is silver?", Pointing::default()).await.unwrap();
    let asked = bob_sees.line("which one is silver?").await;
    assert!(!asked.own && !asked.mentions_me);
    let who = asked.from.clone().unwrap();
    let answer = Pointing { reply_to: asked.id.clone(), mentions: vec![who.id], ..Pointing::default() };
    bobs.chat().send("the second", answer).await.unwrap();
    let answer = ada_sees.line("the second").await;
    assert!(answer.mentions_me && !answer.own);
    let quote = answer.quote.clone().unwrap();
    assert_eq!((quote.text.as_str(), Some(&quote.id)), ("which one is silver?", asked.id.as_ref()));

    let id = answer.id.clone().unwrap();
    for _ in 0..2 {
        adas.chat().react(id.clone(), "❤".into(), true).await.unwrap();
    }
    bobs.chat().react(id.clone(), "❤".into(), true).await.unwrap();
    let hearts = |count, own| {
        move |lines: &[Arc<nightmarket::chat::Line>]| {
            lines.iter().any(|line| {
                line.text == "the second"
                    && line.reactions.iter().any(|one| one.count == count && one.own == own)
            })
        }
    };
    ada_sees.until(hearts(2, true)).await;
    bob_sees.until(hearts(2, true)).await;
    adas.chat().react(id, "❤".into(), false).await.unwrap();
    ada_sees.until(hearts(1, false)).await;
    bob_sees.until(hearts(1, true)).await;

    // Who comes later sees all of it, and what is their own.
    bobs.leave().await.unwrap();
    let again = bob.live().join("ponies".into()).await.unwrap();
    let mut bob_sees = Screen::of(&again).await;
    bob_sees.until(hearts(1, true)).await;
    assert!(bob_sees.line("the second").await.own);

    // What its writer takes back is gone for both.
    let asked = asked.id.clone().unwrap();
    assert!(again.chat().delete(asked.clone()).await.is_err(), "another's line stays");
    adas.chat().delete(asked).await.unwrap();
    bob_sees.until(|lines| lines.iter().any(|line| line.state == LineState::Deleted)).await;
    bob_sees.until(|lines| lines.iter().all(|line| line.quote.is_none())).await;
    assert_eq!(count(&bob_sees.lines, "which one is silver?"), 0);
    ada.close().await;
    bob.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rules_are_known_before_anything_is_written() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    script(&sandbox, &json!({"do": "slow_mode", "room": "ponies", "every_ms": 60_000}));
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let state = chat_state(&room, |state| state.slow_mode_ms == 60_000).await;
    assert_eq!((state.may_write, state.sends_at), (MayWrite::Open, None));
    room.chat().send("first", Pointing::default()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    screen.line("first").await;
    // Before a second one is written it is known that it has to wait, and so it is after coming back.
    assert!(chat_state(&room, |state| state.sends_at.is_some()).await.sends_at.is_some());
    room.leave().await.unwrap();
    let room = shopper.live().join("ponies".into()).await.unwrap();
    chat_state(&room, |state| state.sends_at.is_some()).await;
    script(&sandbox, &json!({"do": "slow_mode", "room": "ponies", "every_ms": 0}));
    chat_state(&room, |state| state.slow_mode_ms == 0).await;

    script(&sandbox, &json!({"do": "mute", "room": "ponies", "shopper": "ada", "lasts_ms": 600_000}));
    let muted = chat_state(&room, |state| state.may_write == MayWrite::Muted).await;
    assert!(muted.muted_until.is_some());
    script(&sandbox, &json!({"do": "mute", "room": "ponies", "shopper": "ada", "on": false}));
    chat_state(&room, |state| state.may_write == MayWrite::Open).await;

    let mut screen = Screen::of(&room).await;
    let first = screen.line("first").await.id.clone().unwrap();
    script(&sandbox, &json!({"do": "pin_line", "line_id": first.as_str()}));
    let pinned = chat_state(&room, |state| state.pinned.len() == 1).await;
    assert_eq!(pinned.pinned[0].text, "first");
    script(&sandbox, &json!({"do": "ban", "room": "ponies", "shopper": "ada"}));
    chat_state(&room, |state| state.may_write == MayWrite::Banned && state.pinned.is_empty()).await;
    screen.until(|lines| count(lines, "first") == 0).await;
    let refused = room.chat().send("let me in", Pointing::default()).await.unwrap();
    let failed = |code: &str| LineState::Failed { code: code.to_owned() };
    screen
        .until(|lines| lines.iter().any(|line| line.client_id == refused && line.state == failed("banned")))
        .await;
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_somebody_blocked_nothing_is_seen_until_it_is_undone() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let first = shopper(&sandbox, directory.path(), "ada").await;
    let room = first.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    say(&sandbox, "eve", "buy mine instead");
    screen.line("buy mine instead").await;
    first.blocks().block("eve".into(), "Eve\u{202e}".into()).await.unwrap();
    screen.until(|lines| count(lines, "buy mine instead") == 0).await;
    say(&sandbox, "eve", "cheaper");
    say(&sandbox, "bob", "hello");
    screen.line("hello").await;
    assert_eq!(count(&screen.lines, "cheaper"), 0);
    let told = || support::books(&sandbox)["venue"]["people"]["shoppers"]["ada"]["blocked"] == json!(["eve"]);
    tokio::time::timeout(support::SOON, async {
        while !told() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the venue is told");
    first.close().await;

    // It is kept, and holds for what is read from the venue too.
    let second = shopper(&sandbox, directory.path(), "ada").await;
    let room = second.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    screen.line("hello").await;
    while room.chat().older().await.unwrap() {}
    assert_eq!(count(&screen.lines, "cheaper"), 0);
    let mut blocked = second.blocks().list().await.unwrap();
    let mut list = Vec::new();
    blocked.next_batch().await.unwrap().into_iter().for_each(|diff| diff.apply(&mut list));
    assert_eq!((list.len(), list[0].name.as_str()), (1, "Eve"));
    second.blocks().unblock("eve".into()).await.unwrap();
    screen.line("cheaper").await;
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_was_read_survives_a_restart() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let first = shopper(&sandbox, directory.path(), "ada").await;
    let room = first.live().join("ponies".into()).await.unwrap();
    let one = say(&sandbox, "bob", "one");
    say(&sandbox, "bob", "two");
    assert_eq!(chat_state(&room, |state| state.unread >= 2).await.unread, 2, "all before was there already");
    Screen::of(&room).await.line("two").await;
    room.chat().read(one).await.unwrap();
    chat_state(&room, |state| state.unread == 1).await;
    first.close().await;
    say(&sandbox, "bob", "three");
    let second = shopper(&sandbox, directory.path(), "ada").await;
    let room = second.live().join("ponies".into()).await.unwrap();
    let state = chat_state(&room, |state| state.unread > 0).await;
    assert_eq!((state.unread, state.unread_more), (2, false));
    second.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_lines_at_once_come_in_few_publications_and_each_once() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let shopper = shopper(&sandbox, directory.path(), "ada").await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    script(&sandbox, &json!({"do": "burst", "room": "ponies", "text": "go", "count": 95}));
    sandbox
        .control(|world| world.switch_fault(&json!({"target": "hub", "kind": "cut", "times": 1})))
        .unwrap();
    script(&sandbox, &json!({"do": "burst", "room": "ponies", "text": "again", "count": 45}));
    screen.until(|lines| lines.iter().filter(|line| line.text.starts_with("again ")).count() == 45).await;
    for (word, number) in [("go", 95), ("again", 45)] {
        let texts: Vec<_> =
            screen.texts().into_iter().filter(|text| text.starts_with(&format!("{word} "))).collect();
        assert_eq!(texts, (0..number).map(|n| format!("{word} {n}")).collect::<Vec<_>>());
    }
    shopper.close().await;
}

/// Says each word backwards, and counts.
#[derive(Default)]
struct Backwards(Mutex<usize>);

#[async_trait::async_trait]
impl Translator for Backwards {
    async fn translate(&self, text: &str, language: &str) -> Result<Option<String>, Error> {
        *self.0.lock().unwrap() += 1;
        Ok(Some(format!("{language}: {}", text.chars().rev().collect::<String>())))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_translated_once_by_the_app() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let (person, translator) = (Person::default(), Arc::new(Backwards::default()));
    person.set(Some("ada"));
    let host = Host { tokens: Arc::new(person), translator: translator.clone(), ..Host::default() };
    let shopper = support::open(&sandbox, directory.path(), host).await;
    let room = shopper.live().join("ponies".into()).await.unwrap();
    let mut screen = Screen::of(&room).await;
    let id = say(&sandbox, "bob", "abc");
    screen.line("abc").await;
    for _ in 0..2 {
        assert_eq!(room.chat().translate(id.clone()).await.unwrap().as_deref(), Some("en: cba"));
    }
    screen.until(|lines| lines.iter().any(|line| line.translation.as_deref() == Some("en: cba"))).await;
    assert_eq!(*translator.0.lock().unwrap(), 1);
    shopper.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_groups_chat_misses_nothing_and_opens_offline() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let first = shopper(&sandbox, directory.path(), "ada").await;
    let refused = first.group_chat("fans_pearls".into()).await;
    assert!(matches!(&refused, Err(nightmarket::Error::Refused { code, .. }) if code == "members_only"));
    first.fans().join("fans_pearls".into()).await.unwrap();
    let say = |text: &str| {
        script(&sandbox, &json!({"do": "say_as", "group": "fans_pearls", "shopper": "bob", "text": text}))
    };
    say("before");
    let chat = first.group_chat("fans_pearls".into()).await.unwrap();
    let mut screen = Screen::of_list(chat.lines().await.unwrap());
    screen.line("before").await;
    say("after");
    screen.line("after").await;
    chat.send("me too", Pointing::default()).await.unwrap();
    screen.line("me too").await;
    first.background().await.unwrap();
    first.foreground().await.unwrap();
    first.close().await;
    let venue = sandbox.venue_url.clone();
    drop(sandbox);

    let second = support::open_at(&venue, directory.path(), Host::default()).await;
    let chat = second.group_chat("fans_pearls".into()).await.unwrap();
    assert!(chat.state().await.unwrap().borrow().as_of.is_some());
    let mut screen = Screen::of_list(chat.lines().await.unwrap());
    screen.until(|lines| ["before", "after", "me too"].iter().all(|text| count(lines, text) == 1)).await;
    second.close().await;
}
