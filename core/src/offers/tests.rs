use super::*;
use crate::testing::{self, RoutedHttp, market, without};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Vectors {
    vectors: Vec<Vector>,
}

#[derive(Clone, Deserialize)]
struct Vector {
    name: String,
    typ: String,
    aud: Option<String>,
    /// Seconds.
    now: i64,
    jws: String,
    verdict: String,
}

fn vectors() -> Vec<Vector> {
    let vectors: Vectors = serde_json::from_str(include_str!("../../contract/vectors/jws.json")).unwrap();
    vectors.vectors.into_iter().filter(|vector| vector.typ == TYP).collect()
}

fn vector(name: &str) -> Vector {
    vectors().into_iter().find(|vector| vector.name == name).unwrap()
}

struct Fixture {
    http: Rc<RoutedHttp>,
    inbox: Inbox,
    offers: Rc<Service>,
}

async fn over(http: Rc<RoutedHttp>, context: Rc<crate::context::Context>) -> Fixture {
    let venue = Venue::open(context).await.unwrap();
    let (inbox, shops) = (Inbox::default(), Shops::new(venue.clone()));
    let orders = orders::Service::new(venue.clone(), shops.clone(), &inbox);
    let offers = Service::open(venue, shops, orders, &inbox).await.unwrap();
    Fixture { http, inbox, offers }
}

/// A shop whose clock shows `now`, in seconds.
async fn fixture(http: Rc<RoutedHttp>, now: i64) -> Fixture {
    let at = jiff::Timestamp::from_second(now).unwrap();
    *http.date.borrow_mut() =
        Some(jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).unwrap());
    let context = testing::context(&http, "https://venue.example");
    over(http, context).await
}

impl Fixture {
    fn hear(&self, jws: &str) {
        let event = ShopperEvent::Offer { jws: jws.to_owned(), room: "room_pearls".into(), line_id: None };
        self.inbox.shopper(&event);
    }

    async fn settle(&self, ms: u64) {
        self.offers.venue.context.ports.clock.sleep(ms).await;
    }

    fn states(&self) -> Vec<OfferState> {
        self.offers.list.snapshot().iter().map(|offer| offer.state.clone()).collect()
    }

    fn only(&self) -> Arc<Offer> {
        let list = self.offers.list.snapshot();
        assert_eq!(list.len(), 1);
        list[0].clone()
    }
}

#[test]
fn the_contracts_vectors_through_the_whole_service() {
    testing::run(async {
        for vector in vectors() {
            let fixture = fixture(market(), vector.now).await;
            assert_eq!(vector.aud.as_deref(), Some("shopper_1"));
            fixture.hear(&vector.jws);
            fixture.settle(10).await;
            let state = fixture.only().state.clone();
            let agrees = match &state {
                OfferState::Valid => vector.verdict == "valid",
                OfferState::Expired => vector.verdict == "expired",
                OfferState::NotYours => vector.verdict == "not_yours",
                OfferState::Forged { .. } => {
                    !["valid", "expired", "not_yours"].contains(&vector.verdict.as_str())
                }
                _ => false,
            };
            assert!(agrees, "{}: {state:?}, not {}", vector.name, vector.verdict);
            // Nothing of a forged one is shown as if it were true.
            assert_eq!(
                fixture.only().terms.is_some(),
                !matches!(state, OfferState::Forged { .. }) || vector.verdict == "not_yet"
            );
        }
    });
}

#[test]
fn a_valid_offer_is_shown_expires_by_the_shops_clock_and_survives_a_restart() {
    testing::run(async {
        let vector = vector("offer");
        let first = fixture(market(), vector.now).await;
        first.hear(&vector.jws);
        first.hear(&vector.jws);
        first.settle(10).await;
        let offer = first.only();
        let terms = offer.terms.clone().unwrap();
        assert_eq!((terms.price.to_string().as_str(), terms.serial.as_deref()), ("42.00 USD", Some("17")));
        assert_eq!(terms.moment.to_string(), "2026-11-24T20:14:54.120Z");
        let here = first.offers.venue.context.ports.clock.wall_ms();
        let left = first.offers.left_ms(&offer.id).unwrap();
        assert!((112_000..=113_000).contains(&left), "{left}");
        assert!((terms.expires_here.as_ms() - here).abs_diff(i64::try_from(left).unwrap()) <= 1_000);
        assert_eq!(first.offers.request(&offer.id).unwrap().jws, vector.jws);

        let second = over(first.http.clone(), first.offers.venue.context.clone()).await;
        assert_eq!(second.only().state, OfferState::Valid);
        second.hear(&vector.jws);

        first.settle(111_000).await;
        assert_eq!(first.states(), [OfferState::Valid]);
        first.settle(3_000).await;
        assert_eq!(first.states(), [OfferState::Expired]);
        assert!(!first.offers.ticking.get(), "no timer while nothing is pending");
        let error = first.offers.request(&offer.id).unwrap_err();
        assert!(matches!(error, Error::Refused { code, .. } if code == "offer_expired"));
        assert_eq!(second.offers.list.snapshot().len(), 1, "told again, the same offer");
    });
}

#[test]
fn a_shop_the_venue_does_not_vouch_for_is_believed_only_after_a_purchase() {
    testing::run(async {
        let vector = vector("offer");
        let strangers = || {
            let http = market();
            let mut profile = testing::venue_profile();
            profile["ucp"]["capabilities"]["app.nightmarket.shopping.feed"][0]["config"]["shops"] = json!([]);
            http.stand("GET venue.example/.well-known/ucp", 200, &profile);
            http
        };
        let first = fixture(strangers(), vector.now).await;
        first.hear(&vector.jws);
        first.settle(10).await;
        assert!(matches!(&first.only().state, OfferState::Forged { reason } if reason.contains("venue")));
        assert!(first.http.asked("GET pearls.example/.well-known/ucp").is_empty(), "and is not even asked");

        let second = fixture(strangers(), vector.now).await;
        let known = orders::store::Known {
            shop: "pearls.example".into(),
            id: "ord_1".into(),
            checkout_id: "chk_1".into(),
            placed_at: Timestamp(0),
        };
        second.offers.orders.placed(known).await.unwrap();
        second.hear(&vector.jws);
        second.settle(10).await;
        assert_eq!(second.states(), [OfferState::Valid]);
    });
}

#[test]
fn a_shop_without_offers_shows_them_and_sells_none() {
    testing::run(async {
        let (http, vector) = (market(), vector("offer"));
        let plain = without(testing::shop_profile(), name::OFFERS);
        http.stand("GET pearls.example/.well-known/ucp", 200, &plain);
        let fixture = fixture(http, vector.now).await;
        fixture.hear(&vector.jws);
        fixture.settle(10).await;
        let offer = fixture.only();
        assert_eq!(offer.state, OfferState::NotSoldHere);
        assert!(matches!(fixture.offers.request(&offer.id), Err(Error::NotOffered { .. })));
    });
}

#[test]
fn what_cannot_be_verified_now_is_verified_later_also_after_a_restart() {
    testing::run(async {
        let (http, vector) = (market(), vector("offer"));
        let first = fixture(http.clone(), vector.now).await;
        http.stand("GET pearls.example/.well-known/ucp", 503, &json!({}));
        first.hear(&vector.jws);
        first.settle(10).await;
        let id = first.only().id.clone();
        assert_eq!(first.states(), [OfferState::Unchecked]);
        assert!(matches!(first.offers.request(&id), Err(Error::Unsettled { .. })));
        let second = over(http.clone(), first.offers.venue.context.clone()).await;
        http.stand("GET pearls.example/.well-known/ucp", 200, &testing::shop_profile());
        first.settle(5_000).await;
        assert_eq!((first.states(), second.states()), (vec![OfferState::Valid], vec![OfferState::Valid]));
    });
}

#[test]
fn one_number_is_one_offer_and_a_used_one_is_used() {
    testing::run(async {
        let (first, other) = (vector("offer"), vector("offer_han_title_and_unknown_claim"));
        let fixture = fixture(market(), first.now).await;
        fixture.hear(&first.jws);
        fixture.settle(10).await;
        fixture.hear(&vector("offer_by_the_older_key").jws);
        fixture.settle(10).await;
        assert_eq!(
            fixture.states(),
            [OfferState::Valid],
            "the same offer, signed by another key of the shop"
        );
        fixture.hear(&other.jws);
        fixture.settle(10).await;
        let forged =
            |state: &OfferState| matches!(state, OfferState::Forged { reason } if reason.contains("number"));
        assert!(fixture.states().iter().any(forged) && fixture.states().contains(&OfferState::Valid));
        fixture.offers.refused(&first.jws, "out_of_stock").await;
        assert!(fixture.states().contains(&OfferState::Valid));
        fixture.offers.used(&first.jws).await;
        assert!(fixture.states().contains(&OfferState::Used));
        fixture.offers.refused(&first.jws, "offer_expired").await;
        assert!(fixture.states().contains(&OfferState::Expired));
    });
}
