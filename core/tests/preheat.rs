//! Drops, fan groups and blind boxes against the sandbox, over real sockets.
#![allow(clippy::disallowed_methods, reason = "a test waits by the real clock")]

use async_trait::async_trait;
use nightmarket::boxes::{BoughtBox, BoxKind, Came, DrawState, OpeningState};
use nightmarket::drops::{Reminder, Standing};
use nightmarket::host::{Audience, Host, Notifier, SecretString, TokenProvider};
use nightmarket::ids::{DropId, ShopDomain};
use nightmarket::ports::TlsSettings;
use nightmarket::{Error, ListSubscription, Result, Settings, Shopper};
use nightmarket_sandbox::http::Request;
use nightmarket_sandbox::serve::{Sandbox, SandboxConfig};
use nightmarket_sandbox::world::Target;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(10);

struct Signed;

#[async_trait]
impl TokenProvider for Signed {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(Some("token:ada".to_owned().into()))
    }
}

#[derive(Default)]
struct Shown(Mutex<Vec<(String, i64)>>);

impl Notifier for Shown {
    fn schedule(&self, drop: &DropId, at_ms: i64, _: &str) {
        self.0.lock().unwrap().push((drop.to_string(), at_ms));
    }

    fn cancel(&self, _: &DropId) {}
}

struct Evening {
    sandbox: Sandbox,
    directory: tempfile::TempDir,
    shown: Arc<Shown>,
}

impl Evening {
    async fn start() -> Self {
        let config = SandboxConfig { ambience: false, seed: Some(1), ..SandboxConfig::default() };
        let sandbox = Sandbox::start(config).await.unwrap();
        Self { sandbox, directory: tempfile::tempdir().unwrap(), shown: Arc::default() }
    }

    async fn open(&self) -> Shopper {
        let settings = Settings {
            venue: self.sandbox.venue_url.clone(),
            directory: self.directory.path().to_owned(),
            platform_profile: format!("{}/platform/profile.json", self.sandbox.venue_url),
            language: "zh-Hans".to_owned(),
            tls: TlsSettings::default(),
        };
        let host = Host { tokens: Arc::new(Signed), notifier: self.shown.clone(), ..Host::default() };
        Shopper::open(settings, host).await.unwrap()
    }

    fn studio(&self) -> ShopDomain {
        ShopDomain::new(self.sandbox.shop_urls[0].trim_start_matches("http://"))
    }

    fn post(&self, path: &str, body: &Value, key: u32) -> Value {
        let request = Request {
            method: "POST".to_owned(),
            path: path.to_owned(),
            query: String::new(),
            headers: vec![
                ("ucp-agent".into(), "profile=\"https://platform.example/profile\"".into()),
                ("request-id".into(), "6a3a1e3c-63a5-4b3c-9d0c-2b6f5d0e8a10".into()),
                ("idempotency-key".into(), format!("6a3a1e3c-63a5-4b3c-9d0c-{key:012}")),
                ("authorization".into(), "Bearer token:ada".into()),
            ],
            body: body.to_string().into_bytes(),
        };
        self.sandbox.control(|world| {
            let now = world.now_ms();
            world.handle(Target::Shop(0), now, &request).body_json()
        })
    }

    /// Buys so many of an item as the shopper, and says the order's id.
    fn buy(&self, item: &str, quantity: u32, key: u32) -> String {
        let session = self.post(
            "/ucp/checkout-sessions",
            &json!({"line_items": [{"item": {"id": item}, "quantity": quantity}],
                "fulfillment": {"methods": [{"type": "shipping", "destinations": [{"id": "home",
                    "street_address": "1 Harbour Road", "address_locality": "Jingdezhen", "postal_code": "333000",
                    "address_country": "CN"}], "selected_destination_id": "home",
                    "groups": [{"selected_option_id": "std"}]}]}}),
            key,
        );
        let path = format!("/ucp/checkout-sessions/{}/complete", session["id"].as_str().unwrap());
        let instrument = json!({"id": "ins_1", "handler_id": "sandbox_tokenizer", "type": "card", "selected": true,
            "credential": {"type": "token", "token": "tok_success"}});
        let placed = self.post(&path, &json!({"payment": {"instruments": [instrument]}}), key + 1);
        placed["order"]["id"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned()
    }

    fn script(&self, order: &Value) {
        self.sandbox.control(|world| world.script(order)).unwrap();
    }

    fn books(&self) -> Value {
        self.sandbox.control(|world| world.books())
    }
}

/// The list, once it is as wanted.
async fn until<T>(list: &mut ListSubscription<T>, wanted: impl Fn(&[Arc<T>]) -> bool) -> Vec<Arc<T>> {
    let mut items = Vec::new();
    let reading = async {
        while let Some(batch) = list.next_batch().await {
            for diff in batch {
                diff.apply(&mut items);
            }
            if wanted(&items) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("it comes in time");
    items
}

#[tokio::test]
async fn a_digital_draw_is_verified_and_a_box_opened_on_air_and_both_stay() {
    let evening = Evening::start().await;
    let shopper = evening.open().await;
    let (shop, boxes) = (evening.studio(), shopper.boxes());

    let lucky = boxes.describe(shop.clone(), "box_lucky".into()).await.unwrap();
    assert_eq!(
        (lucky.kind.clone(), lucky.percent(lucky.odds[3].weight).unwrap()),
        (BoxKind::Digital, "0.5".into())
    );
    assert!(!boxes.is_odds_shown(shop.clone(), "lucky_box".into()).await.unwrap());
    boxes.odds_shown(lucky).await.unwrap();
    assert!(boxes.is_odds_shown(shop.clone(), "lucky_box".into()).await.unwrap());

    let order = evening.buy("lucky_box", 2, 10);
    let first = BoughtBox::new(shop.clone(), order.as_str().into(), "box_lucky".into());
    for (number, nonce) in [(0, 0), (1, 1)] {
        let draw = boxes.draw(first.clone().number(number)).await.unwrap();
        assert!(matches!(draw.state, DrawState::Verified { .. }), "{draw:?}");
        assert_eq!(draw.nonce, Some(nonce));
        assert!(draw.evidence.unwrap().proof.is_some());
    }
    let left = boxes.draw(first.clone().number(2)).await;
    assert!(matches!(left, Err(Error::Refused { code, .. }) if code == "no_draw_left"));

    evening.script(&json!({"do": "go_live", "room": "ponies"}));
    let order = evening.buy("pony_box", 1, 20);
    let pony = BoughtBox::new(shop.clone(), order.as_str().into(), "box_pony".into());
    let opening = boxes.request_opening(pony.clone()).await.unwrap();
    assert_eq!((opening.position, opening.state), (1, Some(OpeningState::Queued)));
    assert_eq!(boxes.request_opening(pony.clone()).await.unwrap().id, opening.id);
    evening.script(&json!({"do": "open_box"}));
    evening.sandbox.control(|world| world.move_clock(60_000));
    boxes.refresh_openings().await.unwrap();
    let mut collection = boxes.collection().await.unwrap();
    let came = until(&mut collection, |came| came.len() == 3).await;
    assert!(matches!(&came[0].how, Came::OnAir { moment: Some(_), .. }), "{came:?}");
    shopper.close().await;

    let again = evening.open().await;
    let mut kept = again.boxes().collection().await.unwrap();
    assert_eq!(until(&mut kept, |came| came.len() == 3).await, came);
    let books = evening.books().to_string();
    assert_eq!(books.matches("\"draw_id\"").count(), 2, "{books}");
    again.close().await;
}

#[tokio::test]
async fn a_fan_is_reminded_of_the_early_opening_and_proves_membership() {
    let evening = Evening::start().await;
    let shopper = evening.open().await;
    let (drops, fans) = (shopper.drops(), shopper.fans());
    let crystals = || DropId::from("drop_crystals");
    drops.refresh().await.unwrap();
    assert!(matches!(drops.standing(crystals()).await.unwrap(), Standing::NotYet { .. }));
    drops.remind(crystals(), true).await.unwrap();
    let mut list = drops.drops().await.unwrap();
    let is_on = |reminder: &Reminder| matches!(reminder, Reminder::On { fires_at: Some(_) });
    let shown =
        until(&mut list, |drops| drops.iter().any(|drop| drop.id == crystals() && is_on(&drop.reminder)))
            .await;
    assert!(shown.iter().any(|drop| drop.id == crystals() && drop.title == "招福手链"));
    assert!(evening.shown.0.lock().unwrap().iter().any(|(drop, _)| drop == "drop_crystals"));

    let proof = |group: &str| fans.proof(group.into(), evening.studio());
    let stranger = proof("fans_crystal").await;
    assert!(matches!(stranger, Err(Error::Refused { code, .. }) if code == "members_only"));
    assert!(fans.join("fans_crystal".into()).await.unwrap().member);
    let held = proof("fans_crystal").await.unwrap();
    assert_eq!(proof("fans_crystal").await.unwrap(), held);
    assert_eq!(drops.standing(crystals()).await.unwrap(), Standing::Early);

    // The shop believes it: the session it refuses without, it makes with it.
    let basket = |member: Value| {
        let mut body = json!({"line_items": [{"item": {"id": "bracelet_15"}, "quantity": 1}]});
        if member.is_string() {
            body["app.nightmarket.membership"] = member;
            body["context"] = json!({"eligibility": ["app.nightmarket.fan"]});
        }
        body
    };
    let refused = evening.post("/ucp/checkout-sessions", &basket(Value::Null), 30);
    assert!(refused.to_string().contains("not_on_sale_yet"), "{refused}");
    let made = evening.post("/ucp/checkout-sessions", &basket(held.jws.clone().into()), 31);
    assert!(made["id"].is_string(), "{made}");
    let wished = || evening.books().to_string().contains("\"reminders\":{\"ada\"");
    tokio::time::timeout(PATIENCE, async {
        while !wished() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await
    .expect("the venue has the wish");
    shopper.close().await;
}
