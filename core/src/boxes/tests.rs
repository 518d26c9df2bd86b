use async_trait::async_trait;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::time::Duration;

use super::draw::{Binding, BoundWeight, Bytes32};
use super::*;
use crate::api::Api;
use crate::context::Context;
use crate::host::Host;
use crate::origin::Origin;
use crate::ports::{Http, HttpRequest, HttpResponse, Method, Ports};
use crate::storage::outbox::Outbox;
use crate::testing::{self, START_MS, ScriptedHttp, Signer};
use crate::time::Timestamp;

const SHOP: &str = "cards.example";
const LIFE_MS: i64 = 120_000;

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    None,
    /// It does not get there.
    Before,
    /// It is done, and the answer is lost.
    After,
}

struct FakeDraw {
    binding: Binding,
    server_seed: Bytes32,
    client_seed: Option<Bytes32>,
    expires_ms: i64,
}

/// A shop in memory that keeps the contract, but for what a test makes it lie about.
struct FakeShop {
    ports: RefCell<Option<Ports>>,
    signer: Signer,
    faults: RefCell<VecDeque<Fault>>,
    answers: RefCell<BTreeMap<String, (u16, Value)>>,
    draws: RefCell<Vec<FakeDraw>>,
    openings: RefCell<Vec<(String, &'static str)>>,
    silent: Cell<bool>,
    lie: Cell<fn(&mut Value)>,
    weight: Cell<u32>,
    skip_nonce: Cell<u64>,
    asked: RefCell<Vec<String>>,
}

impl FakeShop {
    fn now_ms(&self) -> i64 {
        self.ports.borrow().as_ref().map_or(START_MS, |ports| ports.clock.wall_ms())
    }

    fn json(&self, draw: &FakeDraw) -> Value {
        let now = self.now_ms();
        let revealed = draw.client_seed.filter(|_| !self.silent.get());
        let state = match revealed {
            Some(_) => "revealed",
            None if draw.client_seed.is_none() && now >= draw.expires_ms => "expired",
            None => "committed",
        };
        let commitment = draw.binding.commitment(&draw.server_seed).unwrap();
        let claims = json!({"iss": SHOP, "iat": now / 1_000, "draw_id": draw.binding.draw_id, "commitment": commitment});
        let mut out = json!({
            "draw_id": draw.binding.draw_id, "state": state, "now": Timestamp(now), "commitment": commitment,
            "expires_at": Timestamp(draw.expires_ms), "binding": draw.binding,
            "proof": self.signer.sign("nm-draw+jwt", &claims),
        });
        if state != "committed" {
            out["server_seed"] = json!(draw.server_seed);
            out["nonce"] = draw.binding.nonce.into();
        }
        if let Some(seed) = revealed {
            out["client_seed"] = json!(seed);
            out["outcome"] = draw.binding.outcome(&draw.server_seed, &seed).unwrap().into();
        }
        (self.lie.get())(&mut out);
        out
    }

    fn box_json(&self) -> Value {
        json!({"id": "box", "kind": "digital", "item": "item", "age": {"min": 8, "consent_under": 18}, "odds": [
            {"content": "plain", "title": "Plain pony", "weight": self.weight.get()},
            {"content": "gold", "title": "Gold pony", "weight": 3}]})
    }

    fn create(&self, body: &Value) -> (u16, Value) {
        let mut draws = self.draws.borrow_mut();
        let now = self.now_ms();
        if draws.iter().any(|draw| draw.client_seed.is_some() || now < draw.expires_ms) {
            return (409, json!({"code": "no_draw_left", "content": "all are drawn"}));
        }
        let odds = [("plain", 7), ("gold", 3)];
        let number = draws.len();
        draws.push(FakeDraw {
            binding: Binding {
                v: 1,
                shop: SHOP.into(),
                box_id: body["box_id"].as_str().unwrap().into(),
                draw_id: format!("draw_{number}"),
                order_id: body["order_id"].as_str().unwrap().into(),
                series: "series".into(),
                nonce: number as u64 + self.skip_nonce.get(),
                odds: odds.map(|(content, weight)| BoundWeight { content: content.into(), weight }).to_vec(),
                pity: None,
                pity_counter: 0,
                stock: None,
            },
            server_seed: Bytes32([u8::try_from(number).unwrap() + 1; 32]),
            client_seed: None,
            expires_ms: now + LIFE_MS,
        });
        (200, self.json(draws.last().unwrap()))
    }

    fn seed(&self, id: &str, body: &Value) -> (u16, Value) {
        let mut draws = self.draws.borrow_mut();
        let Some(draw) = draws.iter_mut().find(|draw| draw.binding.draw_id == id) else { return missing() };
        let seed = Bytes32::parse(body["client_seed"].as_str().unwrap()).unwrap();
        match draw.client_seed {
            Some(given) if given != seed => (409, json!({"code": "client_seed_fixed", "content": ""})),
            None if self.now_ms() >= draw.expires_ms => (409, json!({"code": "draw_expired", "content": ""})),
            _ => {
                draw.client_seed = Some(seed);
                (200, self.json(draw))
            }
        }
    }

    fn opening_json(&self, id: &str) -> (u16, Value) {
        let openings = self.openings.borrow();
        let Some((at, (_, state))) = openings.iter().enumerate().find(|(at, _)| id == format!("open_{at}"))
        else {
            return missing();
        };
        let mut out = json!({"id": id, "box_id": "air", "state": state, "position": 0});
        if *state == "queued" {
            out["position"] = (at + 1).into();
        }
        if *state == "opened" {
            out["moment"] = "2026-11-24T20:31:12.480Z".into();
            out["content"] =
                json!({"item": "gold", "title": "Gold pony", "image_url": "https://cards.example/g"});
        }
        (200, out)
    }

    fn ask_opening(&self, body: &Value) -> (u16, Value) {
        let order = body["order_id"].as_str().unwrap();
        if order == "unknown" {
            return missing();
        }
        let mut openings = self.openings.borrow_mut();
        openings.push((order.to_owned(), "queued"));
        (200, json!({"opening_id": format!("open_{}", openings.len() - 1), "position": openings.len()}))
    }

    fn route(&self, request: &HttpRequest) -> (u16, Value) {
        let path = request.url.path().trim_start_matches("/nm").to_owned();
        let parts: Vec<_> = path.trim_matches('/').split('/').collect();
        let body: Value =
            request.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).unwrap());
        match (request.method, &parts[..]) {
            (Method::Get, ["boxes", "openings", id]) => self.opening_json(id),
            (Method::Get, ["boxes", _]) => (200, self.box_json()),
            (Method::Get, ["draws"]) => {
                let draws: Vec<_> = self.draws.borrow().iter().map(|draw| self.json(draw)).collect();
                (200, json!({"draws": draws}))
            }
            (Method::Get, ["draws", id]) => {
                let draws = self.draws.borrow();
                let draw = draws.iter().find(|draw| draw.binding.draw_id == *id);
                draw.map_or_else(missing, |draw| (200, self.json(draw)))
            }
            (Method::Post, parts) => {
                let key =
                    request.headers.iter().find(|(name, _)| *name == "idempotency-key").unwrap().1.clone();
                let known = self.answers.borrow().get(&key).cloned();
                known.unwrap_or_else(|| {
                    let answer = match parts {
                        ["draws"] => self.create(&body),
                        ["draws", id, "client_seed"] => self.seed(id, &body),
                        ["boxes", "openings"] => self.ask_opening(&body),
                        _ => missing(),
                    };
                    self.answers.borrow_mut().insert(key, answer.clone());
                    answer
                })
            }
            _ => missing(),
        }
    }
}

fn missing() -> (u16, Value) {
    (404, json!({"code": "not_found", "content": "not there"}))
}

#[async_trait(?Send)]
impl Http for FakeShop {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        let reply = |status, body: String| HttpResponse {
            status,
            headers: vec![("cache-control".into(), "public, max-age=86400".into())],
            body: body.into_bytes(),
        };
        if request.url.path() == "/.well-known/ucp" {
            let profile =
                testing::profile("https://cards.example/nm", &[("blind_boxes", json!({}))], &self.signer);
            return Ok(reply(200, profile));
        }
        let path = request.url.path().to_owned();
        self.asked.borrow_mut().push(format!("{} {path}", request.method.as_str()));
        let fault = self.faults.borrow_mut().pop_front().unwrap_or(Fault::None);
        let who = SHOP.to_owned();
        if fault == Fault::Before {
            return Err(Error::Unreachable { who, reason: "cut".into() });
        }
        let (status, body) = self.route(&request);
        if fault == Fault::After {
            return Err(Error::NoAnswer { who, reason: "cut".into() });
        }
        Ok(reply(status, body.to_string()))
    }
}

struct Fixture {
    shop: Rc<FakeShop>,
    ports: Ports,
}

fn fixture() -> Fixture {
    let shop = Rc::new(FakeShop {
        ports: RefCell::default(),
        signer: Signer::new("k"),
        faults: RefCell::default(),
        answers: RefCell::default(),
        draws: RefCell::default(),
        openings: RefCell::default(),
        silent: Cell::new(false),
        lie: Cell::new(|_| {}),
        weight: Cell::new(7),
        skip_nonce: Cell::new(0),
        asked: RefCell::default(),
    });
    let mut ports = testing::ports(Rc::new(ScriptedHttp::default()));
    ports.http = shop.clone();
    *shop.ports.borrow_mut() = Some(ports.clone());
    Fixture { shop, ports }
}

impl Fixture {
    /// Another start over the same databases.
    async fn start(&self) -> Rc<Service> {
        let ports = self.ports.clone();
        let platform_profile = url::Url::parse("https://app.example/profile").unwrap();
        let context = Rc::new(Context {
            api: Api::new(ports.clone(), Host::default(), &platform_profile, "en"),
            outbox: Outbox::new(ports.clone()),
            busy: crate::context::Busy::default(),
            ports,
            host: Host::default(),
            language: "en".to_owned(),
            venue: Origin::parse("https://cards.example").unwrap(),
        });
        let venue = Venue::open(context).await.unwrap();
        Service::new(venue.clone(), Shops::new(venue))
    }

    fn faults(&self, faults: &[Fault]) {
        self.shop.faults.borrow_mut().extend(faults);
    }
}

fn bought(box_id: &str) -> BoughtBox {
    BoughtBox::new(SHOP.into(), "ord".into(), box_id.into())
}

async fn seconds(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

fn draws(service: &Service) -> Vec<DrawState> {
    service.draws.snapshot().iter().map(|draw| draw.state.clone()).collect()
}

#[test]
fn a_draw_is_verified_and_its_content_stays_in_the_collection() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        let draw = boxes.draw(bought("box")).await.unwrap();
        let DrawState::Verified { content } = &draw.state else { panic!("{draw:?}") };
        assert!(content.title.ends_with("pony"));
        let evidence = draw.evidence.as_ref().unwrap();
        assert!(evidence.proof.is_some() && evidence.server_seed.is_some());
        assert_eq!(boxes.draw(bought("box")).await.unwrap(), draw, "asked again: the same");
        drop(boxes);
        let again = fixture.start().await;
        let mut collection = again.subscribe_collection().await.unwrap();
        let batch = collection.next_batch().await.unwrap();
        let [crate::ListDiff::Reset(items)] = &batch[..] else { panic!("{batch:?}") };
        assert_eq!(items.len(), 1);
        assert_eq!(
            (&items[0].content, items[0].how.clone()),
            (content, Came::Drawn { draw: "draw_0".into() })
        );
        assert_eq!(fixture.shop.draws.borrow().len(), 1);
    });
}

#[test]
fn a_lie_of_the_shop_is_recorded_and_ends_one_tap_there() {
    type Lie = (fn(&mut Value), &'static str);
    let lies: [Lie; 4] = [
        (|draw| draw["binding"]["odds"] = json!([{"content": "plain", "weight": 10}]), "odds_differ"),
        (|draw| draw["proof"] = "a.b.c".into(), "proof_not_genuine"),
        (
            |draw| {
                if draw["state"] == "revealed" {
                    draw["outcome"] = "pearl".into();
                }
            },
            "outcome_differs",
        ),
        (
            |draw| {
                if draw["state"] == "revealed" {
                    draw["server_seed"] = "00".repeat(32).into();
                }
            },
            "seed_not_committed",
        ),
    ];
    for (lie, code) in lies {
        testing::run(async {
            let fixture = fixture();
            fixture.shop.lie.set(lie);
            let boxes = fixture.start().await;
            let draw = boxes.draw(bought("box")).await.unwrap();
            assert!(matches!(&draw.state, DrawState::Failed { reason } if reason.code() == code), "{draw:?}");
            assert!(draw.evidence.is_some());
            assert!(boxes.has_failed_draw(&SHOP.into()).await.unwrap());
            let given = fixture.shop.draws.borrow()[0].client_seed.is_some();
            assert_eq!(given, matches!(code, "outcome_differs" | "seed_not_committed"), "{code}");
            assert!(boxes.collection.snapshot().is_empty());
        });
    }
}

#[test]
fn a_gap_in_the_series_is_seen_before_a_seed_is_made() {
    testing::run(async {
        let fixture = fixture();
        fixture.shop.skip_nonce.set(1);
        let boxes = fixture.start().await;
        let draw = boxes.draw(bought("box")).await.unwrap();
        let reason = DrawFailure::NonceGap { missing: 0 };
        assert_eq!(draw.state, DrawState::Failed { reason });
        assert!(fixture.shop.draws.borrow()[0].client_seed.is_none());
    });
}

#[test]
fn a_draw_that_could_not_get_its_seed_there_in_time_expires_and_is_drawn_again() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        // The box is read and the shop commits; then there is no network until it is too late.
        fixture.faults(&[Fault::None, Fault::None]);
        fixture.faults(&[Fault::Before; 150]);
        assert!(boxes.draw(bought("box")).await.unwrap_err().is_not_sent());
        seconds(1_500).await;
        fixture.shop.faults.borrow_mut().clear();
        seconds(120).await;
        assert_eq!(draws(&boxes), [DrawState::Expired]);
        let draw = boxes.draw(bought("box")).await.unwrap();
        assert_eq!((draw.attempt, draw.nonce), (1, Some(1)));
        assert!(matches!(draw.state, DrawState::Verified { .. }));
        assert!(!boxes.has_failed_draw(&SHOP.into()).await.unwrap());
    });
}

#[test]
fn a_seed_that_is_never_shown_is_recorded_a_day_later() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        fixture.shop.silent.set(true);
        assert_eq!(boxes.draw(bought("box")).await.unwrap().state, DrawState::SeedGiven);
        seconds(300).await;
        boxes.show_draws().await.unwrap();
        assert_eq!(draws(&boxes), [DrawState::Overdue]);
        seconds(25 * 3_600).await;
        assert_eq!(draws(&boxes), [DrawState::Failed { reason: DrawFailure::NeverRevealed }]);
        assert_eq!(fixture.shop.draws.borrow().len(), 1);
    });
}

#[test]
fn refused_requests_leave_nothing_behind() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        boxes.draw(bought("box")).await.unwrap();
        let refused = boxes.draw(bought("box").number(1)).await.unwrap_err();
        assert!(matches!(refused, Error::Refused { code, .. } if code == "no_draw_left"));
        assert_eq!(draws(&boxes).len(), 1);
        let unknown = BoughtBox::new(SHOP.into(), "unknown".into(), "air".into());
        assert!(boxes.request_opening(unknown).await.is_err());
        assert!(boxes.openings.snapshot().is_empty());
    });
}

#[test]
fn odds_have_to_sum_up_and_count_as_shown_only_as_they_are() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        let (shop, item) = (ShopDomain::from(SHOP), ItemId::from("item"));
        assert!(!boxes.is_odds_shown(&shop, &item).await.unwrap());
        let shown = boxes.describe(&shop, &"box".into()).await.unwrap();
        assert!(!boxes.is_odds_shown(&shop, &item).await.unwrap());
        boxes.odds_shown(&shown).await.unwrap();
        assert!(boxes.is_odds_shown(&shop, &item).await.unwrap());
        assert!(!boxes.is_odds_shown(&shop, &"other".into()).await.unwrap());
        fixture.shop.weight.set(97);
        boxes.describe(&shop, &"box".into()).await.unwrap();
        assert!(!boxes.is_odds_shown(&shop, &item).await.unwrap(), "other odds were shown");
        fixture.shop.weight.set(8);
        assert!(matches!(boxes.describe(&shop, &"box".into()).await, Err(Error::Malformed { .. })));
    });
}

fn heard(state: &str, position: u32) -> wire::OpeningWire {
    serde_json::from_value(json!({"id": "open_0", "box_id": "air", "state": state, "position": position,
        "moment": "2026-11-24T20:31:12.480Z", "content": {"item": "lie", "title": "Not what the shop says"}}))
    .unwrap()
}

#[test]
fn a_box_is_queued_once_and_followed_until_its_content_is_in_the_collection() {
    testing::run(async {
        let fixture = fixture();
        let boxes = fixture.start().await;
        fixture.faults(&[Fault::After; 3]);
        assert!(boxes.request_opening(bought("air")).await.unwrap_err().is_retryable());
        seconds(60).await;
        let opening = boxes.request_opening(bought("air")).await.unwrap();
        assert_eq!((opening.id.clone(), opening.position), (Some("open_0".into()), 1));
        assert_eq!(fixture.shop.openings.borrow().len(), 1, "queued once");
        boxes.heard_opening(&heard("opening", 0));
        seconds(1).await;
        boxes.heard_opening(&heard("queued", 7));
        boxes.heard_opening(&wire::OpeningWire { id: "others".into(), ..heard("opened", 0) });
        seconds(1).await;
        assert_eq!(boxes.openings.snapshot()[0].state, Some(OpeningState::Opening), "never back");
        fixture.shop.openings.borrow_mut()[0].1 = "opened";
        // The room tells, the shop cannot be reached: it goes on by itself, over a restart.
        fixture.faults(&[Fault::Before; 9]);
        boxes.heard_opening(&heard("opened", 0));
        seconds(1).await;
        assert!(boxes.collection.snapshot().is_empty(), "not by the room's word");
        drop(boxes);
        let again = fixture.start().await;
        seconds(60).await;
        let collected = again.collection.snapshot();
        assert_eq!((collected.len(), collected[0].content.title.as_str()), (1, "Gold pony"));
        let Came::OnAir { moment: Some(moment), .. } = &collected[0].how else { panic!("{collected:?}") };
        assert_eq!(moment.to_string(), "2026-11-24T20:31:12.480Z");
        again.heard_opening(&heard("opened", 0));
        seconds(1).await;
        assert_eq!(again.collection.snapshot().len(), 1);
        assert!(again.openings.snapshot()[0].content.is_some());
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]
    #[test]
    fn whatever_is_cut_and_whenever_it_restarts_a_box_is_drawn_once(
        faults in prop::collection::vec(0_u8..3, 0..14),
        restarts in prop::collection::vec(0_u64..4_000, 0..4),
    ) {
        testing::run(async {
            let fixture = fixture();
            let faults = faults.iter().map(|fault| [Fault::None, Fault::Before, Fault::After][usize::from(*fault)]);
            fixture.shop.faults.borrow_mut().extend(faults);
            for after in restarts {
                let core = tokio::task::LocalSet::new();
                core.run_until(async {
                    let boxes = fixture.start().await;
                    tokio::task::spawn_local(async move { boxes.draw(bought("box")).await });
                    tokio::time::sleep(Duration::from_millis(after)).await;
                }).await;
                // A kill in the middle of whatever it did: every task of the old core is gone.
                drop(core);
            }
            let boxes = fixture.start().await;
            let mut draw = boxes.draw(bought("box")).await;
            // Asked again only where nothing was begun: the box could not even be read.
            while draw.is_err() {
                seconds(60).await;
                draw = boxes.draw(bought("box")).await;
            }
            let draw = draw.unwrap();
            prop_assert!(matches!(draw.state, DrawState::Verified { .. }), "{:?}", draw);
            prop_assert_eq!(fixture.shop.draws.borrow().len(), 1);
            boxes.warm().await.unwrap();
            prop_assert_eq!(boxes.collection.snapshot().len(), 1);
            Ok(())
        })?;
    }
}
