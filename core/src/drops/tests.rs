use super::*;
use crate::host;
use crate::shop::Shops;
use crate::testing::{self, START_MS, ScriptedHttp, Signer};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The venue's clock is a day ahead of the device's.
const AHEAD_MS: i64 = 86_400_000;
const HOUR_MS: i64 = 3_600_000;

#[derive(Default)]
struct Shown(Mutex<Vec<(String, Option<i64>)>>);

impl host::Notifier for Shown {
    fn schedule(&self, drop: &DropId, at_ms: i64, _: &str) {
        self.0.lock().unwrap().push((drop.to_string(), Some(at_ms)));
    }

    fn cancel(&self, drop: &DropId) {
        self.0.lock().unwrap().push((drop.to_string(), None));
    }
}

struct Fixture {
    http: Rc<ScriptedHttp>,
    shown: Arc<Shown>,
    inbox: Inbox,
    fans: Rc<fans::Service>,
    drops: Rc<Service>,
}

async fn fixture() -> Fixture {
    let (http, signer) = (Rc::new(ScriptedHttp::default()), Signer::new("venue-1"));
    let capabilities = [("drops", json!({})), ("fans", json!({}))];
    let long = ("cache-control", "public, max-age=86400");
    http.answer(200, &[long], &testing::profile("https://venue.example/nm", &capabilities, &signer));
    let shown = Arc::new(Shown::default());
    let context = testing::context(&http, "https://venue.example");
    let mut context = Rc::into_inner(context).unwrap();
    context.host.notifier = shown.clone();
    start(http, shown, Rc::new(context)).await
}

async fn start(http: Rc<ScriptedHttp>, shown: Arc<Shown>, context: Rc<crate::context::Context>) -> Fixture {
    let venue = Venue::open(context).await.unwrap();
    let inbox = Inbox::default();
    let fans = fans::Service::new(venue.clone(), Shops::new(venue.clone()));
    let drops = Service::new(venue, fans.clone(), &inbox);
    Fixture { http, shown, inbox, fans, drops }
}

/// A time so long after the start, as the venue writes it.
fn at(after_ms: i64) -> Timestamp {
    Timestamp(START_MS + AHEAD_MS + after_ms)
}

fn page(opens_ms: i64, status: &str, now_ms: i64) -> String {
    let drop = json!({"id": "ponies", "title": {"en": "Pony cards", "zh-Hans": "小马卡"}, "status": status,
        "host": {"id": "h", "name": "Pony cards"}, "room_id": "room", "teaser_post_id": "post_9",
        "opens_at": at(opens_ms), "early_opens_at": at(opens_ms - HOUR_MS / 2), "group_id": "fans", "products": []});
    json!({"now": at(now_ms), "drops": [drop]}).to_string()
}

fn group(member: bool) -> Value {
    json!({"groups": [{"id": "fans", "name": {"en": "Fans"}, "host": {"id": "h", "name": "h"}, "member": member,
        "member_count": 1}]})
}

impl Fixture {
    fn last(&self) -> Option<i64> {
        self.shown.0.lock().unwrap().last().unwrap().1
    }

    fn answer_wish(&self, fires_ms: i64) {
        let body = json!({"drop_id": "ponies", "wanted": true, "fires_at": at(fires_ms)});
        self.http.answer(200, &[], &body.to_string());
    }

    fn bodies_of(&self, method: Method) -> Vec<String> {
        let asked = self.http.asked.borrow();
        let of_method = asked.iter().filter(|request| request.method == method);
        of_method
            .map(|request| String::from_utf8(request.body.clone().unwrap_or_default()).unwrap())
            .collect()
    }

    fn hear(&self, kind: &str, opens_ms: i64) {
        let opens_at = Some(at(opens_ms));
        self.inbox.shopper(&ShopperEvent::Reminder { drop_id: "ponies".into(), kind: kind.into(), opens_at });
    }
}

async fn wait() {
    tokio::time::sleep(Duration::from_millis(100)).await;
}

const MINUTE_MS: i64 = 60_000;

#[test]
fn a_reminder_is_scheduled_on_the_wall_clock_by_the_venues_and_its_lead() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "announced", 0));
        fixture.drops.refresh().await.unwrap();
        fixture.answer_wish(HOUR_MS - 10 * MINUTE_MS);
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        let first = fixture.last().unwrap();
        assert_eq!(first, START_MS + HOUR_MS - policy::LEAD_MS, "ours until the venue has answered");
        wait().await;
        let wall = fixture.last().unwrap();
        assert!((wall - (START_MS + HOUR_MS - 10 * MINUTE_MS)).abs() <= 200, "the venue's: {wall}");
        let drop = fixture.drops.list.snapshot()[0].clone();
        assert_eq!((drop.title.as_str(), drop.teaser.clone()), ("Pony cards", Some("post_9".into())));
        let fires_at = Some(at(HOUR_MS - 10 * MINUTE_MS));
        assert_eq!(drop.reminder, Reminder::On { fires_at });
        assert_eq!(fixture.bodies_of(Method::Put), [r#"{"wanted":true}"#]);
    });
}

#[test]
fn a_drop_that_moves_is_scheduled_anew_and_the_shopper_is_told_until_they_saw_it() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "announced", 0));
        fixture.drops.refresh().await.unwrap();
        fixture.answer_wish(HOUR_MS - policy::LEAD_MS);
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        for (opens, at_wall) in
            [(3 * HOUR_MS, 3 * HOUR_MS - policy::LEAD_MS), (HOUR_MS / 2, HOUR_MS / 2 - policy::LEAD_MS)]
        {
            fixture.http.answer(200, &[], &page(opens, "moved", 1_000));
            fixture.hear("moved", opens);
            wait().await;
            let off = fixture.last().unwrap() - (START_MS + at_wall);
            assert!(off.abs() <= 2_000, "{off}");
        }
        fixture.http.answer(200, &[], &page(HOUR_MS / 2, "moved", 2_000));
        fixture.hear("moved", HOUR_MS / 2);
        wait().await;
        let told: Vec<_> = fixture.drops.told.snapshot().iter().map(|told| told.opens_at).collect();
        assert_eq!(told, [at(3 * HOUR_MS), at(HOUR_MS / 2)], "heard twice, told once");

        let context = fixture.drops.venue.context.clone();
        let again = start(fixture.http.clone(), fixture.shown.clone(), context).await;
        let mut reminded = again.drops.subscribe_reminded().await.unwrap();
        let batch = reminded.next_batch().await.unwrap();
        assert!(
            matches!(&batch[..], [crate::ListDiff::Reset(told)] if told.len() == 2 && told[0].kind == ReminderKind::Moved)
        );
        let first = again.drops.told.snapshot()[0].clone();
        again.drops.acknowledge(Reminded::clone(&first)).await.unwrap();
        assert_eq!(again.drops.told.snapshot().len(), 1);
    });
}

#[test]
fn joining_the_group_moves_the_reminder_to_the_early_opening() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "announced", 0));
        fixture.drops.refresh().await.unwrap();
        let standing = fixture.drops.standing(&"ponies".into()).await.unwrap();
        assert_eq!(standing, Standing::NotYet { opens_in_ms: HOUR_MS.unsigned_abs() });
        fixture.answer_wish(HOUR_MS - policy::LEAD_MS);
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        fixture.http.answer(200, &[], &group(true).to_string());
        fixture.fans.refresh().await.unwrap();
        wait().await;
        let off = fixture.last().unwrap() - (START_MS + HOUR_MS / 2 - policy::LEAD_MS);
        assert!(off.abs() <= 500, "{off}");
        tokio::time::sleep(Duration::from_mins(31)).await;
        assert_eq!(fixture.drops.standing(&"ponies".into()).await.unwrap(), Standing::Early);
        assert!(matches!(fixture.drops.standing(&"none".into()).await, Err(Error::NotFound { .. })));
    });
}

#[test]
fn a_wish_made_offline_survives_a_restart_and_is_sent_by_the_next_start() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        // As after a kill: nothing of the old core is left but its databases.
        let Fixture { http, shown, inbox, fans, drops } = fixture;
        let old = drops.venue.context.clone();
        let outbox = crate::storage::outbox::Outbox::new(old.ports.clone());
        let context = Rc::new(crate::context::Context {
            busy: crate::context::Busy::default(),
            ports: old.ports.clone(),
            host: old.host.clone(),
            language: old.language.clone(),
            venue: old.venue.clone(),
            api: old.api.clone(),
            outbox,
        });
        drop((inbox, fans, drops, old));
        let again = start(http, shown, context).await;
        again.http.asked.borrow_mut().clear();
        again.answer_wish(HOUR_MS - policy::LEAD_MS);
        tokio::time::sleep(Duration::from_mins(1)).await;
        assert_eq!(again.bodies_of(Method::Put), [r#"{"wanted":true}"#]);
        again.http.answer(200, &[], &page(HOUR_MS, "announced", 60_000));
        again.drops.refresh().await.unwrap();
        assert!(again.last().is_some(), "scheduled as soon as its time is known");
    });
}

#[test]
fn taking_a_wish_back_cancels_and_a_refused_one_says_why() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "announced", 0));
        fixture.drops.refresh().await.unwrap();
        fixture.answer_wish(HOUR_MS - policy::LEAD_MS);
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        fixture.http.answer(
            200,
            &[],
            &json!({"drop_id": "ponies", "wanted": false, "fires_at": null}).to_string(),
        );
        fixture.drops.remind("ponies".into(), false).await.unwrap();
        assert_eq!(fixture.last(), None);
        wait().await;
        assert_eq!(fixture.drops.list.snapshot()[0].reminder, Reminder::Off);
        fixture.http.answer(404, &[], &json!({"code": "not_found", "content": "no such drop"}).to_string());
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        assert_eq!(fixture.last(), None);
        let refused = Reminder::Refused { code: "not_found".into() };
        assert_eq!(fixture.drops.list.snapshot()[0].reminder, refused);
    });
}

#[test]
fn a_drop_that_is_gone_is_not_reminded_of_and_unknown_words_are_kept() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "raffled", 0));
        fixture.drops.refresh().await.unwrap();
        assert_eq!(fixture.drops.list.snapshot()[0].status.as_str(), "raffled");
        fixture.answer_wish(HOUR_MS - policy::LEAD_MS);
        fixture.drops.remind("ponies".into(), true).await.unwrap();
        wait().await;
        fixture.http.answer(200, &[], &json!({"now": at(0), "drops": []}).to_string());
        fixture.drops.refresh().await.unwrap();
        assert_eq!(fixture.last(), None);
        fixture.http.answer(200, &[], "{\"drops\":");
        assert!(matches!(fixture.drops.refresh().await, Err(Error::Malformed { .. })));
    });
}

#[test]
fn a_reminder_of_a_wish_that_the_cache_lost_is_taken_up_again() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &page(HOUR_MS, "moved", 0));
        fixture.hear("moved", HOUR_MS);
        wait().await;
        assert!(matches!(fixture.drops.list.snapshot()[0].reminder, Reminder::On { .. }));
        assert!(fixture.last().is_some());
    });
}
