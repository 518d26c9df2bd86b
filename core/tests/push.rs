//! Push: the venue's relay on the one hand, an app that a push woke on the other, over real sockets against the sandbox.

#![allow(clippy::disallowed_methods, reason = "an app around the core may do what the core may not")]

#[expect(dead_code, reason = "it has what the tests of chat need as well")]
mod support;

use nightmarket::host::SecretString;
use nightmarket::live::Entry;
use nightmarket::push::{PushIgnored, PushOutcome, PushPlatform, PushTarget};
use nightmarket::{Connection, Host, Shopper};
use nightmarket_sandbox::serve::Sandbox;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use support::{Person, books, sandbox, script, shopper};

/// The books, once they are as wanted.
async fn books_with<T>(sandbox: &Sandbox, wanted: impl Fn(&Value) -> Option<T>) -> T {
    let wait = async {
        loop {
            if let Some(found) = wanted(&books(sandbox)["venue"]) {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(support::SOON, wait).await.expect("it comes")
}

async fn registered(sandbox: &Sandbox, shopper: &Shopper, who: &str) -> String {
    shopper.register_push(SecretString::from("phone-1"), PushPlatform::Apns).await.unwrap();
    shopper.register_push(SecretString::from("phone-1"), PushPlatform::Apns).await.unwrap();
    books_with(sandbox, |venue| {
        let push = &venue["people"]["shoppers"][who]["push"][0];
        (push["token"] == "phone-1").then(|| push["device"].as_str().unwrap().to_owned())
    })
    .await
}

/// What the relay sent last with this in it.
async fn sent(sandbox: &Sandbox, with: &str) -> String {
    books_with(sandbox, |venue| {
        let pushes = venue["pushes"].as_array()?;
        let found = pushes.iter().rev().find(|push| push["payload"].as_str().unwrap().contains(with))?;
        assert_eq!(found["message"]["nightmarket"], found["payload"], "APNs carries it beside aps");
        found["payload"].as_str().map(str::to_owned)
    })
    .await
}

fn hint(sandbox: &Sandbox, hint: &Value) -> Value {
    script(sandbox, &json!({"do": "push", "shopper": "ada", "hint": hint}))
}

async fn is_offline(shopper: &Shopper) {
    let mut connection = shopper.connection().await.unwrap();
    let offline = connection.wait_for(|state| *state == Connection::Offline);
    tokio::time::timeout(support::SOON, offline).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_in_the_background_looks_once_without_a_socket_and_leads_into_the_room() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    script(&sandbox, &json!({"do": "go_off", "room": "ponies"}));
    let ada = shopper(&sandbox, directory.path(), "ada").await;
    registered(&sandbox, &ada, "ada").await;
    ada.feed().follow("host_ponies".into(), true).await.unwrap();
    books_with(&sandbox, |venue| {
        (venue["people"]["shoppers"]["ada"]["follows"] == json!(["host_ponies"])).then_some(())
    })
    .await;
    ada.background().await.unwrap();
    is_offline(&ada).await;

    script(&sandbox, &json!({"do": "go_live", "room": "ponies"}));
    let outcome = ada.on_push(sent(&sandbox, "ponies").await).await.unwrap();
    let PushOutcome::Go { to: PushTarget::Room { link } } = outcome else { panic!("{outcome:?}") };
    assert_eq!((link.room.as_str(), &link.entry), ("ponies", &Entry::Push));
    assert_eq!(books(&sandbox)["hub"]["connections"], 0, "no socket for a look");
    assert_eq!(*ada.connection().await.unwrap().borrow(), Connection::Offline);

    // The shopper touches the notification: the app comes to the front and joins.
    ada.foreground().await.unwrap();
    let room = ada.live().enter(link).await.unwrap();
    assert_eq!(room.id().as_str(), "ponies");
    assert_eq!(books(&sandbox)["venue"]["rooms"]["ponies"]["entries"], json!({"push": 1}));
    ada.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_kind_is_read_from_its_owner_and_what_is_not_there_is_over() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let ada = shopper(&sandbox, directory.path(), "ada").await;
    let device = registered(&sandbox, &ada, "ada").await;
    let shop = sandbox.shop_urls[0].trim_start_matches("http://").to_owned();
    let push =
        async |hint: Value| ada.on_push(json!({ "device": device, "hint": hint }).to_string()).await.unwrap();

    ada.drops().remind("drop_mugs".into(), true).await.unwrap();
    books_with(&sandbox, |venue| venue["drops"]["drop_mugs"]["reminders"]["ada"].is_object().then_some(()))
        .await;
    script(&sandbox, &json!({"do": "move_drop", "drop_id": "drop_mugs", "by_ms": 3_600_000}));
    let moved = ada.on_push(sent(&sandbox, "drop_mugs").await).await.unwrap();
    let PushOutcome::Go { to: PushTarget::Drop { drop, room } } = moved else { panic!("{moved:?}") };
    assert_eq!(room.unwrap().entry, Entry::Reminder(drop));
    let gone = push(json!({"reminder": {"drop_id": "drop_nowhere"}})).await;
    assert!(matches!(gone, PushOutcome::Over { to: PushTarget::Drop { room: None, .. } }), "{gone:?}");

    let group = push(json!({"group": {"group_id": "fans_ponies"}})).await;
    assert!(matches!(group, PushOutcome::Over { .. }), "not a member: {group:?}");
    ada.fans().join("fans_ponies".into()).await.unwrap();
    let group = push(json!({"group": {"group_id": "fans_ponies"}})).await;
    assert_eq!(group, PushOutcome::Go { to: PushTarget::Group { group: "fans_ponies".into() } });

    // Orders and returns that nobody placed, at a shop that the venue vouches for: asked, and not there.
    let order = push(json!({"order": {"shop": shop, "order_id": "ord_none"}})).await;
    assert!(matches!(order, PushOutcome::Over { to: PushTarget::Order { .. } }), "{order:?}");
    let returned = push(json!({"return": {"shop": shop, "return_id": "ret_none"}})).await;
    assert!(
        matches!(returned, PushOutcome::Over { to: PushTarget::Return { returned: None, .. } }),
        "{returned:?}"
    );
    let offer = push(json!({"offer": {"room_id": "pearls"}})).await;
    assert!(matches!(offer, PushOutcome::Go { to: PushTarget::Room { .. } }), "{offer:?}");
    let books = books(&sandbox);
    assert_eq!(books["shops"][0]["creates"], json!([]), "a push begins no purchase");
    ada.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_survives_no_network_and_a_restart_and_ends_with_signing_out() {
    let (sandbox, directory) = (sandbox().await, tempfile::tempdir().unwrap());
    let person = Person::default();
    person.set(Some("ada"));
    let host = Host { tokens: Arc::new(person.clone()), ..Host::default() };
    let first = support::open(&sandbox, directory.path(), host.clone()).await;
    sandbox
        .control(|world| {
            world.switch_fault(&json!({"target": "venue", "kind": "drop_before", "path_prefix": "/nm/push"}))
        })
        .unwrap();
    first.register_push(SecretString::from("phone-1"), PushPlatform::Fcm).await.unwrap();
    first.close().await;
    sandbox.control(nightmarket_sandbox::world::World::clear_faults);

    let second = support::open(&sandbox, directory.path(), host).await;
    let device = registered_as(&sandbox, "ada").await;
    hint(&sandbox, &json!({"live": {"room_id": "pearls"}}));
    let late = books(&sandbox)["venue"]["pushes"][0]["payload"].as_str().unwrap().to_owned();
    assert!(late.contains(&device));

    person.set(None);
    second.sign_in_changed().await.unwrap();
    books_with(&sandbox, |venue| (venue["people"]["shoppers"]["ada"]["push"] == json!([])).then_some(()))
        .await;
    assert_eq!(hint(&sandbox, &json!({"live": {"room_id": "pearls"}})), json!({"devices": 0}));
    let outcome = second.on_push(late.clone()).await.unwrap();
    assert_eq!(outcome, PushOutcome::Ignored { why: PushIgnored::NotYours });

    person.set(Some("bob"));
    second.sign_in_changed().await.unwrap();
    assert_ne!(registered_as(&sandbox, "bob").await, device);
    let outcome = second.on_push(late).await.unwrap();
    assert_eq!(outcome, PushOutcome::Ignored { why: PushIgnored::NotYours });
    second.close().await;
}

async fn registered_as(sandbox: &Sandbox, who: &str) -> String {
    books_with(sandbox, |venue| {
        venue["people"]["shoppers"][who]["push"][0]["device"].as_str().map(str::to_owned)
    })
    .await
}
