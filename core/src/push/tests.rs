use super::*;
use crate::context::Settings;
use crate::host::{Audience, Host, TokenProvider};
use crate::ports::TlsSettings;
use crate::ports::sim::in_memory;
use crate::shopper::Shopper;
use crate::testing::{self, RoutedHttp};
use serde_json::{Value, json};
use std::cell::Cell;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Who is signed in.
#[derive(Default)]
struct Person(Mutex<Option<&'static str>>);

#[async_trait]
impl TokenProvider for Person {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(self.0.lock().unwrap().map(|name| format!("token:{name}").into()))
    }
}

struct Fixture {
    http: Rc<RoutedHttp>,
    person: Arc<Person>,
    shopper: Shopper,
}

const PUSH: &str = "POST venue.example/nm/push";

async fn fixture() -> Fixture {
    let http = testing::market();
    http.stand(PUSH, 200, &json!({}));
    let person = Arc::new(Person(Mutex::new(Some("ada"))));
    let ports = crate::ports::Ports { db: in_memory().unwrap(), ..testing::ports(http.clone()) };
    let settings = Settings {
        venue: "https://venue.example".to_owned(),
        directory: "unused".into(),
        platform_profile: "https://app.example/profile".to_owned(),
        language: "en".to_owned(),
        tls: TlsSettings::default(),
    };
    let host = Host { tokens: person.clone(), ..Host::default() };
    let shopper = Shopper::open_here(ports, settings, host).await.unwrap();
    Fixture { http, person, shopper }
}

impl Fixture {
    /// What the venue was told so far, and by whom.
    async fn told(&self) -> Vec<(Value, Option<String>)> {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let asked = self.http.asked(PUSH);
        let told = asked.iter().map(|request| {
            let by = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("authorization"));
            let body = request.body.as_deref().unwrap_or_default();
            (serde_json::from_slice(body).unwrap(), by.map(|(_, value)| value.clone()))
        });
        told.collect()
    }

    async fn registered(&self) -> String {
        self.shopper.register_push("tok_1".to_owned().into(), PushPlatform::Fcm).await.unwrap();
        let told = self.told().await;
        told.last().unwrap().0["device"].as_str().unwrap().to_owned()
    }

    async fn push(&self, device: &str, hint: Value) -> PushOutcome {
        self.shopper.on_push(json!({ "device": device, "hint": hint }).to_string()).await.unwrap()
    }
}

#[test]
fn the_last_token_counts_and_the_same_one_is_told_once() {
    testing::run(async {
        let fixture = fixture().await;
        let device = fixture.registered().await;
        fixture.registered().await;
        let full = |token: &str| json!({ "device": device, "token": token, "platform": "fcm" });
        let by = Some("Bearer token:ada".to_owned());
        assert_eq!(fixture.told().await, [(full("tok_1"), by.clone())]);
        // No network: what is told in the end is the last one alone.
        fixture.http.stand(PUSH, 503, &json!({ "code": "unavailable", "content": "later" }));
        fixture.shopper.register_push("tok_2".to_owned().into(), PushPlatform::Fcm).await.unwrap();
        fixture.told().await;
        fixture.shopper.register_push("tok_3".to_owned().into(), PushPlatform::Fcm).await.unwrap();
        fixture.http.stand(PUSH, 200, &json!({}));
        fixture.http.asked.borrow_mut().clear();
        tokio::time::sleep(Duration::from_mins(5)).await;
        assert_eq!(fixture.told().await, [(full("tok_3"), by)]);
        for bad in [String::new(), "x".repeat(4_097)] {
            let refused = fixture.shopper.register_push(bad.into(), PushPlatform::Apns).await;
            assert!(matches!(refused, Err(Error::BadInput { .. })));
        }
    });
}

#[test]
fn who_signs_out_is_reached_no_more_and_who_signs_in_is() {
    testing::run(async {
        let fixture = fixture().await;
        let first = fixture.registered().await;
        *fixture.person.0.lock().unwrap() = None;
        fixture.http.once(PUSH, Ok((200, json!({}))));
        let refused = json!({ "code": "token_missing", "content": "sign in" });
        fixture.http.once(PUSH, Ok((401, refused.clone())));
        fixture.http.asked.borrow_mut().clear();
        fixture.shopper.sign_in_changed().await.unwrap();
        let told = fixture.told().await;
        assert_eq!(told[0], (json!({ "device": first }), None));
        // A push that was on its way leads nowhere.
        let late = fixture.push(&first, json!({ "live": { "room_id": "pearls" } })).await;
        assert_eq!(late, PushOutcome::Ignored { why: PushIgnored::NotYours });

        fixture.http.asked.borrow_mut().clear();
        *fixture.person.0.lock().unwrap() = Some("bob");
        fixture.shopper.sign_in_changed().await.unwrap();
        let told = fixture.told().await;
        let (registered, by) = told.iter().find(|(body, _)| body["token"] == "tok_1").unwrap();
        assert_ne!(registered["device"], first.as_str());
        assert_eq!(by.as_deref(), Some("Bearer token:bob"));

        fixture.http.asked.borrow_mut().clear();
        fixture.shopper.unregister_push().await.unwrap();
        fixture.shopper.unregister_push().await.unwrap();
        assert_eq!(fixture.told().await, [(json!({ "device": registered["device"] }), by.clone())]);
    });
}

#[test]
fn a_push_is_one_look_at_exactly_what_it_names() {
    testing::run(async {
        let fixture = fixture().await;
        let device = fixture.registered().await;
        let room = |status: &str| {
            json!({ "now": "2026-11-24T20:15:03.250Z", "room": { "id": "pearls", "title": { "en": "Pearls" },
                "host": { "id": "host_pearls", "name": "Pearls" }, "status": status, "schedule": [] } })
        };
        let route = "GET venue.example/nm/rooms/pearls";
        fixture.http.stand(route, 200, &room("live"));
        fixture.http.asked.borrow_mut().clear();
        let live = json!({ "live": { "room_id": "pearls" } });
        let link = RoomLink { room: "pearls".into(), entry: Entry::Push, moment: None };
        let to = PushTarget::Room { link };
        assert_eq!(fixture.push(&device, live.clone()).await, PushOutcome::Go { to: to.clone() });
        assert_eq!(fixture.http.asked.borrow().len(), 1);
        fixture.http.stand(route, 200, &room("ended"));
        assert_eq!(fixture.push(&device, live.clone()).await, PushOutcome::Over { to: to.clone() });
        fixture.http.stand(route, 404, &json!({ "code": "not_found", "content": "no such room" }));
        assert_eq!(fixture.push(&device, live.clone()).await, PushOutcome::Over { to: to.clone() });
        fixture.http.stand(route, 503, &json!({ "code": "unavailable", "content": "later" }));
        let unseen = fixture.push(&device, live).await;
        assert_eq!(unseen, PushOutcome::NotSeen { to, code: "server".to_owned() });
    });
}

#[test]
fn what_is_no_hint_or_of_a_shop_that_nobody_knows_asks_nobody() {
    testing::run(async {
        let fixture = fixture().await;
        let device = fixture.registered().await;
        fixture.http.asked.borrow_mut().clear();
        let ignored = |why| PushOutcome::Ignored { why };
        let order = json!({ "order": { "shop": "evil.example", "order_id": "ord_1" } });
        assert_eq!(fixture.push(&device, order).await, ignored(PushIgnored::Untrusted));
        let other = fixture.push("another", json!({ "live": { "room_id": "pearls" } })).await;
        assert_eq!(other, ignored(PushIgnored::NotYours));
        let garbage = fixture.shopper.on_push("\u{0}{".to_owned()).await.unwrap();
        assert_eq!(garbage, ignored(PushIgnored::Unreadable));
        let huge = fixture.shopper.on_push("x".repeat(1_000_000)).await.unwrap();
        assert_eq!(huge, ignored(PushIgnored::TooLong));
        let kind = fixture.push(&device, json!({ "buy": { "item": "pearl_1" } })).await;
        assert_eq!(kind, ignored(PushIgnored::UnknownKind { kind: "buy".to_owned() }));
        assert_eq!(fixture.http.asked.borrow().len(), 0);
    });
}

/// Never answers; counts who waits.
#[derive(Default)]
struct Silent {
    before: Rc<RoutedHttp>,
    mute: Cell<bool>,
    waiting: Rc<Cell<u32>>,
}

struct Waits(Rc<Cell<u32>>);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.set(self.0.get() - 1);
    }
}

#[async_trait(?Send)]
impl crate::ports::Http for Silent {
    async fn send(&self, request: crate::ports::HttpRequest) -> Result<crate::ports::HttpResponse> {
        if self.mute.get() {
            self.waiting.set(self.waiting.get() + 1);
            let _waits = Waits(self.waiting.clone());
            std::future::pending::<()>().await;
        }
        self.before.send(request).await
    }
}

#[test]
fn a_look_in_the_background_ends_in_time_and_leaves_nothing_behind() {
    testing::run(async {
        let before = testing::market();
        before.stand(PUSH, 200, &json!({}));
        let http = Rc::new(Silent { before, ..Silent::default() });
        let ports = testing::ports(http.clone());
        let clock = ports.clock.clone();
        let settings = Settings {
            venue: "https://venue.example".to_owned(),
            directory: "unused".into(),
            platform_profile: "https://app.example/profile".to_owned(),
            language: "en".to_owned(),
            tls: TlsSettings::default(),
        };
        let person = Arc::new(Person(Mutex::new(Some("ada"))));
        let host = Host { tokens: person, ..Host::default() };
        let shopper = Shopper::open_here(ports, settings, host).await.unwrap();
        shopper.register_push("tok_1".to_owned().into(), PushPlatform::Apns).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let body = http.before.asked(PUSH)[0].body.clone().unwrap();
        let told: Value = serde_json::from_slice(&body).unwrap();
        shopper.background().await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        http.mute.set(true);
        let asked_at = clock.monotonic_ms();
        let hint = json!({ "device": told["device"], "hint": { "group": { "group_id": "pearls" } } });
        let outcome = shopper.on_push(hint.to_string()).await.unwrap();
        assert!(matches!(outcome, PushOutcome::NotSeen { code, .. } if code == "no_answer"));
        assert!(clock.monotonic_ms() - asked_at <= LOOK_MS + 1);
        assert_eq!(http.waiting.get(), 0, "the request went with the look");
        // Nobody wakes up again: with no timer left, paused time has nothing to run to but this.
        http.mute.set(false);
        http.before.asked.borrow_mut().clear();
        tokio::time::sleep(Duration::from_hours(1)).await;
        assert_eq!(http.before.asked.borrow().len(), 0);
    });
}
