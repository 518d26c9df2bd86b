//! Offered, bought, followed and given back, against the sandbox's shop, whose clock is not ours.

use super::*;
use crate::context::Context;
use crate::host::{Audience, Host, TokenProvider};
use crate::ids::OfferId;
use crate::offers::{self, OfferState};
use crate::orders::{Stage, Undo};
use crate::origin::Origin;
use crate::ports::{Clock, Http, HttpRequest, HttpResponse};
use crate::returns::{MoneyState, Request};
use crate::storage::outbox::Outbox;
use crate::testing::{self, RoutedHttp, market};
use async_trait::async_trait;
use nightmarket_sandbox::catalog::studio_shop;
use nightmarket_sandbox::http as sandbox;
use nightmarket_sandbox::shop::{OfferTerms, Shop as SandboxShop, ShopConfig, ShopEvent};
use nightmarket_sandbox::{Env, Ids};
use secrecy::SecretString;
use serde_json::{Value, json};
use std::cell::OnceCell;

const SHOP: &str = "127.0.0.1:4001";
/// The shop's clock is so far ahead of ours, milliseconds.
const AHEAD_MS: i64 = 7 * 60_000;
const MINUTE_MS: u64 = 60_000;

struct SignedIn;

#[async_trait]
impl TokenProvider for SignedIn {
    async fn token(&self, _: &Audience, _: &[String], _: Option<&str>) -> Result<Option<SecretString>> {
        Ok(Some("token:shopper_1".to_owned().into()))
    }
}

/// A scripted venue and the sandbox's shop on one network.
struct Street {
    venue: Rc<RoutedHttp>,
    shop: RefCell<(SandboxShop, Ids)>,
    events: RefCell<Vec<ShopEvent>>,
    clock: OnceCell<Rc<dyn Clock>>,
    /// Answers of requests for a return that get lost on their way back.
    lost: Cell<u32>,
}

impl Street {
    fn new() -> Rc<Self> {
        let venue = market();
        let mut profile = testing::venue_profile();
        let config = &mut profile["ucp"]["capabilities"]["app.nightmarket.shopping.feed"][0]["config"];
        config["shops"] = json!([{"domain": SHOP, "name": "Studio"}]);
        venue.stand("GET venue.example/.well-known/ucp", 200, &profile);
        let mut ids = Ids::seeded(7);
        let shop = SandboxShop::new(ShopConfig::new(SHOP, studio_shop(testing::START_MS)), &mut ids);
        Rc::new(Self {
            venue,
            shop: RefCell::new((shop, ids)),
            events: RefCell::default(),
            clock: OnceCell::new(),
            lost: Cell::new(0),
        })
    }

    /// Does something at the shop, after what time has brought there.
    fn at_shop<T>(&self, work: impl FnOnce(&mut SandboxShop, &mut Env<'_>) -> T) -> T {
        let now_ms = self.clock.get().map_or(testing::START_MS, |clock| clock.wall_ms()) + AHEAD_MS;
        let (shop, ids) = &mut *self.shop.borrow_mut();
        let mut env = Env { now_ms, ids };
        let mut events = shop.advance(&mut env);
        let result = work(shop, &mut env);
        events.extend(shop.take_events());
        self.events.borrow_mut().extend(events);
        result
    }

    fn ask(&self, request: &HttpRequest) -> HttpResponse {
        let headers = request.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        let request = sandbox::Request {
            method: format!("{:?}", request.method).to_uppercase(),
            path: request.url.path().to_owned(),
            query: request.url.query().unwrap_or_default().to_owned(),
            headers: headers.collect(),
            body: request.body.clone().unwrap_or_default(),
        };
        let answer = self.at_shop(|shop, env| shop.handle(env, &request));
        HttpResponse { status: answer.status, headers: answer.headers, body: answer.body }
    }

    /// What the venue relays over the shopper's channel.
    fn relay(&self, inbox: &Inbox) {
        self.at_shop(|_, _| ());
        for event in self.events.take() {
            let shop = ShopDomain::new(SHOP);
            inbox.shopper(&match event {
                ShopEvent::OrderChanged { order_id, .. } => {
                    ShopperEvent::Order { shop, order_id: order_id.into() }
                }
                ShopEvent::ReturnChanged { return_id, revision, .. } => {
                    ShopperEvent::Return { shop, return_id: return_id.into(), revision }
                }
                ShopEvent::RefundChanged { return_id, .. } => {
                    ShopperEvent::Refund { shop, return_id: return_id.into() }
                }
                ShopEvent::OpeningChanged { .. } => continue,
            });
        }
    }
}

#[async_trait(?Send)]
impl Http for Street {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse> {
        if request.url.authority() != SHOP {
            return self.venue.send(request).await;
        }
        let answer = self.ask(&request);
        if request.url.path().ends_with("/nm/returns") && self.lost.get() > 0 {
            self.lost.set(self.lost.get() - 1);
            return Err(Error::NoAnswer { who: SHOP.to_owned(), reason: "reset".to_owned() });
        }
        Ok(answer)
    }
}

struct Evening {
    street: Rc<Street>,
    context: Rc<Context>,
    inbox: Inbox,
    orders: Rc<orders::Service>,
    offers: Rc<offers::Service>,
    returns: Rc<Service>,
}

impl Evening {
    async fn begin() -> Self {
        let street = Street::new();
        let ports = testing::ports(street.clone());
        assert!(street.clock.set(ports.clock.clone()).is_ok());
        let platform_profile = "https://app.example/profile".parse().unwrap();
        let host = Host { tokens: Arc::new(SignedIn), ..Host::default() };
        let context = Rc::new(Context {
            api: crate::api::Api::new(ports.clone(), host.clone(), &platform_profile, "en"),
            outbox: Outbox::new(ports.clone()),
            busy: crate::context::Busy::default(),
            ports,
            host,
            language: "en".to_owned(),
            venue: Origin::parse("https://venue.example").unwrap(),
        });
        Self::open(street, context).await
    }

    async fn open(street: Rc<Street>, context: Rc<Context>) -> Self {
        let venue = Venue::open(context.clone()).await.unwrap();
        let (inbox, shops) = (Inbox::default(), Shops::new(venue.clone()));
        let orders = orders::Service::new(venue.clone(), shops.clone(), &inbox);
        let offers =
            offers::Service::open(venue.clone(), shops.clone(), orders.clone(), &inbox).await.unwrap();
        let returns = Service::open(venue, shops, orders.clone(), &inbox).await.unwrap();
        Self { street, context, inbox, orders, offers, returns }
    }

    async fn pass(&self, ms: u64) {
        self.context.ports.clock.sleep(ms).await;
        self.street.relay(&self.inbox);
        // What was relayed is read.
        self.context.ports.clock.sleep(1).await;
    }

    /// A host's offer of a mug for `ttl_ms`, as it comes over the channel.
    async fn offered(&self, ttl_ms: i64) -> OfferId {
        let terms = OfferTerms {
            shopper: "shopper_1".into(),
            room: "room_mugs".into(),
            moment: "2026-11-24T20:14:54.120Z".into(),
            item: "mug_celadon_l".into(),
            ttl_ms,
            ..OfferTerms::default()
        };
        let jws = self.street.at_shop(|shop, env| shop.offer(env, &terms)).unwrap();
        self.inbox.shopper(&ShopperEvent::Offer { jws, room: "room_mugs".into(), line_id: None });
        self.context.ports.clock.sleep(1).await;
        let list = self.offers.list_now();
        list[0].id.clone()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let mut request =
            HttpRequest::new(crate::ports::Method::Post, format!("http://{SHOP}{path}").parse().unwrap());
        request.headers = vec![
            ("ucp-agent", self.context.api.agent().to_owned()),
            ("idempotency-key", self.context.ports.entropy.uuid()),
            ("authorization", "Bearer token:shopper_1".to_owned()),
        ];
        request.body = Some(body.to_string().into_bytes());
        serde_json::from_slice(&self.street.ask(&request).body).unwrap()
    }

    /// Asks for a checkout of an offer.
    fn checkout(&self, jws: &str) -> Value {
        let home = json!({"id": "home", "street_address": "1 Harbour Road", "address_locality": "Springfield",
            "postal_code": "62701", "address_country": "CN"});
        self.post(
            "/ucp/checkout-sessions",
            &json!({"line_items": [], "app.nightmarket.offer": jws,
            "fulfillment": {"methods": [{"type": "shipping", "destinations": [home],
                "selected_destination_id": "home", "groups": [{"selected_option_id": "std"}]}]}}),
        )
    }

    /// Buys it, as the purchase does, and says the order's id.
    fn buy(&self, jws: &str) -> String {
        let checkout = self.checkout(jws);
        let path = format!("/ucp/checkout-sessions/{}/complete", checkout["id"].as_str().unwrap());
        let card = json!({"id": "ins_1", "handler_id": "sandbox_tokenizer", "type": "card", "selected": true,
            "credential": {"type": "token", "token": "tok_success"}});
        let placed = self.post(&path, &json!({"payment": {"instruments": [card]}}));
        placed["order"]["id"].as_str().unwrap_or_else(|| panic!("{placed}")).to_owned()
    }

    fn returned(&self) -> usize {
        self.street.shop.borrow().0.books().returns.len()
    }
}

#[test]
fn an_offer_is_bought_once_and_ends_by_the_shops_clock() {
    testing::run(async {
        let evening = Evening::begin().await;
        let id = evening.offered(120_000).await;
        let offer = evening.offers.list_now()[0].clone();
        assert_eq!(offer.state, OfferState::Valid, "{offer:?}");
        let terms = offer.terms.clone().unwrap();
        let here = evening.context.ports.clock.wall_ms();
        let left = terms.expires_here.as_ms() - here;
        assert!((117_000..=121_000).contains(&left), "seven minutes apart, and yet {left}");
        let jws = evening.offers.request(&id).unwrap().jws;
        evening.buy(&jws);
        let again = evening.checkout(&jws);
        let code = again["messages"][0]["code"].as_str().unwrap_or_default();
        assert_eq!(code, "offer_used", "{again}");
        evening.offers.refused(&jws, code).await;
        assert_eq!(evening.offers.list_now()[0].state, OfferState::Used);

        evening.offered(60_000).await;
        assert_eq!(evening.offers.list_now()[0].state, OfferState::Valid);
        evening.pass(61_000).await;
        assert_eq!(evening.offers.list_now()[0].state, OfferState::Expired);
    });
}

#[test]
fn an_order_is_listed_and_followed_to_the_door() {
    testing::run(async {
        let evening = Evening::begin().await;
        let id = evening.offered(120_000).await;
        let order = evening.buy(&evening.offers.request(&id).unwrap().jws);
        evening.orders.refresh().await.unwrap();
        let list = evening.orders.list_now();
        assert_eq!((list.len(), list[0].id.as_str()), (1, order.as_str()));
        assert_eq!(list[0].stage, Some(Stage::Processing));
        let undo = evening.orders.undo(&SHOP.into(), &order.as_str().into()).await.unwrap();
        assert!(matches!(undo, Undo::Here { cancelable: true, left_ms: 590_000..=600_000, .. }), "{undo:?}");
        let watching = evening.orders.watch(SHOP.into(), order.as_str().into()).await;
        let mut way = Vec::new();
        for _ in 0..70 {
            evening.pass(MINUTE_MS).await;
            let stage = watching.borrow().stage;
            if way.last() != Some(&stage) {
                way.push(stage);
            }
        }
        assert_eq!(way, [Some(Stage::Processing), Some(Stage::OnTheWay), Some(Stage::Delivered)]);
        assert_eq!(evening.orders.list_now()[0].stage, Some(Stage::Delivered));
    });
}

#[test]
fn the_courier_takes_it_as_it_is_and_the_money_comes_back_once() {
    testing::run(async {
        let evening = Evening::begin().await;
        let offer = evening.offered(120_000).await;
        let order = evening.buy(&evening.offers.request(&offer).unwrap().jws);
        evening.pass(70 * MINUTE_MS).await;
        let (shop, order): (ShopDomain, OrderId) = (SHOP.into(), order.into());
        let what = evening.returns.eligible(&shop, &order).await.unwrap();
        let line = what.eligible().next().unwrap();
        let lines =
            vec![ReturnLine { line_id: line.line_id.clone(), quantity: 1, reason: "changed_mind".into() }];
        let worth = what.estimate(&lines).unwrap();

        // The first answers get lost: the shop has it, we do not know.
        evening.street.lost.set(3);
        let id = evening.returns.start(shop, order.clone(), lines, None).await.unwrap();
        evening.context.ports.clock.sleep(600).await;
        evening.pass(2 * MINUTE_MS).await;
        let view = evening.returns.read(&id).await.unwrap();
        assert_eq!((view.request, evening.returned()), (Request::Approved, 1));

        let slots = evening.returns.slots(&id).await.unwrap();
        assert!(slots[0].unpacked && slots[0].fee == 0);
        evening.returns.hold(&id, &slots[1].id).await.unwrap();
        let home =
            PostalAddress { street_address: Some("1 Harbour Road".into()), ..PostalAddress::default() };
        evening.returns.book(&id, &slots[0].id, &home).await.unwrap();

        // The app is closed and opened again while the courier is on the way.
        let evening = Evening::open(evening.street.clone(), evening.context.clone()).await;
        let watching = evening.returns.watch(&id).unwrap();
        let mut way = Vec::new();
        for _ in 0..600 {
            evening.pass(MINUTE_MS).await;
            let view = watching.borrow().clone();
            assert_eq!((view.contradiction, view.problem), (None, None));
            let pickup = view.pickup.unwrap();
            let door = ["arrived", "handed_over"].contains(&pickup.state.as_str());
            assert_eq!(pickup.code.is_some(), door, "{:?}", pickup.state);
            if way.last() != Some(&pickup.state) {
                way.push(pickup.state);
            }
        }
        let way: Vec<_> = way.iter().map(super::super::PickupState::as_str).collect();
        let expected = [
            "booked",
            "courier_assigned",
            "en_route",
            "arrived",
            "handed_over",
            "in_transit",
            "received",
            "inspected",
        ];
        assert_eq!(way, expected);
        let view = watching.borrow().clone();
        assert!(view.is_settled && view.pickup.unwrap().receipt.is_some());
        assert_eq!((view.request, view.money.state), (Request::Closed, MoneyState::Refunded));
        assert_eq!(view.money.refunded, Some(worth));
        let read = evening.orders.read(&SHOP.into(), &order).await.unwrap();
        assert_eq!(read.adjustments.len(), 1);
        assert_eq!(evening.street.shop.borrow().0.books().wrongs(), [""; 0]);
    });
}
