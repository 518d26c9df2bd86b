use super::*;
use crate::testing::{self, ScriptedHttp, Signer};
use serde_json::Value;

struct Fixture {
    http: Rc<ScriptedHttp>,
    signer: Signer,
    fans: Rc<Service>,
}

/// The venue's clock in the tests, seconds; the device's is years behind.
const NOW_S: i64 = 1_795_551_310;
const DATE: &str = "Tue, 24 Nov 2026 20:15:10 GMT";
const LONG: (&str, &str) = ("cache-control", "public, max-age=86400");

async fn fixture() -> Fixture {
    let (http, signer) = (Rc::new(ScriptedHttp::default()), Signer::new("venue-1"));
    let live = json!({"ws_url": "wss://venue.example/ws", "token_url": "https://venue.example/nm/token"});
    let capabilities = [("fans", json!({})), ("live", live)];
    http.answer(200, &[LONG], &testing::profile("https://venue.example/nm", &capabilities, &signer));
    let venue = Venue::open(testing::context(&http, "https://venue.example")).await.unwrap();
    Fixture { http, signer, fans: Service::new(venue.clone(), Shops::new(venue)) }
}

impl Fixture {
    fn answer_shop(&self, capabilities: &[(&str, Value)]) {
        let signer = Signer::new("shop-1");
        self.http.answer(200, &[LONG], &testing::profile("https://cards.example/nm", capabilities, &signer));
    }

    fn answer_proof(&self, change: impl FnOnce(&mut Value)) {
        self.answer_proof_at(DATE, change);
    }

    fn answer_proof_at(&self, date: &str, change: impl FnOnce(&mut Value)) {
        let mut claims = json!({"iss": "venue.example", "aud": "cards.example", "sub": "shopper_1", "group": "ponies",
            "jti": "p", "iat": NOW_S - 3, "exp": NOW_S + 597});
        change(&mut claims);
        let proof = self.signer.sign("nm-proof+jwt", &claims);
        self.http.answer(200, &[("date", date)], &json!({ "proof": proof }).to_string());
    }

    fn answer_tokens(&self) {
        let tokens = json!({"shopper_id": "shopper_1", "connection": {"token": "t", "expires_in_ms": 1}});
        self.http.answer(200, &[], &tokens.to_string());
    }

    async fn proof(&self) -> Result<MembershipProof> {
        self.fans.proof(&"ponies".into(), &"cards.example".into()).await
    }
}

fn group(member: bool) -> Value {
    json!({"id": "ponies", "name": {"en": "Pony people", "zh-Hans": "小马群"}, "host": {"id": "h", "name": "Pony cards"},
        "member": member, "member_count": 412, "something_new": 1})
}

#[test]
fn joining_shows_at_once_and_stays_over_a_restart() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.http.answer(200, &[], &json!({"groups": [group(false)]}).to_string());
        fixture.fans.refresh().await.unwrap();
        assert!(!fixture.fans.knows_member(&"ponies".into()));
        let changes = Rc::new(Cell::new(0));
        let counted = changes.clone();
        fixture.fans.on_change(move || counted.set(counted.get() + 1));
        fixture.http.answer(200, &[], &group(true).to_string());
        fixture.http.answer(200, &[], &json!({"groups": [group(true)]}).to_string());
        let joined = fixture.fans.join(&"ponies".into()).await.unwrap();
        assert_eq!((joined.name.as_str(), joined.member), ("Pony people", true));
        assert!(fixture.fans.knows_member(&"ponies".into()) && changes.get() > 0);

        let again = Service::new(fixture.fans.venue.clone(), fixture.fans.shops.clone());
        again.warm().await.unwrap();
        assert!(again.knows_member(&"ponies".into()));
    });
}

#[test]
fn a_proof_is_verified_by_the_venues_clock_and_used_until_shortly_before_its_end() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.answer_shop(&[("fans", json!({}))]);
        fixture.answer_proof(|_| {});
        fixture.answer_tokens();
        let proof = fixture.proof().await.unwrap();
        assert_eq!(proof.expires_at.as_ms(), (NOW_S + 597) * 1_000);
        assert!(!format!("{proof:?}").contains(&proof.jws));
        let asked = fixture.http.asked.borrow().len();
        tokio::time::sleep(std::time::Duration::from_secs(530)).await;
        assert_eq!(fixture.proof().await.unwrap(), proof);
        assert_eq!(fixture.http.asked.borrow().len(), asked, "the one at hand");
        tokio::time::sleep(std::time::Duration::from_secs(10)).await;
        fixture.answer_proof_at("Tue, 24 Nov 2026 20:24:10 GMT", |claims| {
            claims["iat"] = (NOW_S + 540).into();
            claims["exp"] = (NOW_S + 1_100).into();
        });
        assert_ne!(fixture.proof().await.unwrap().jws, proof.jws, "a new one");
    });
}

#[test]
fn a_proof_that_does_not_hold_is_never_handed_out() {
    type Lie = fn(&mut Value);
    let lies: [Lie; 6] = [
        |claims| claims["iss"] = "other.example".into(),
        |claims| claims["aud"] = "pearls.example".into(),
        |claims| claims["sub"] = "shopper_2".into(),
        |claims| claims["group"] = "pearls".into(),
        |claims| claims["exp"] = (NOW_S - 1).into(),
        |claims| claims["exp"] = (NOW_S + 6_000).into(),
    ];
    for lie in lies {
        testing::run(async {
            let fixture = fixture().await;
            fixture.answer_shop(&[("fans", json!({}))]);
            fixture.answer_proof(lie);
            fixture.answer_tokens();
            assert!(matches!(fixture.proof().await, Err(Error::NotGenuine { .. })));
            assert!(fixture.fans.proofs.borrow().is_empty());
        });
    }
    testing::run(async {
        let fixture = fixture().await;
        fixture.answer_shop(&[("fans", json!({}))]);
        let imposter = Signer::new("venue-1").sign("nm-proof+jwt", &json!({}));
        fixture.http.answer(200, &[("date", DATE)], &json!({ "proof": imposter }).to_string());
        assert!(matches!(fixture.proof().await, Err(Error::NotGenuine { .. })));
    });
}

#[test]
fn a_shop_that_takes_no_proofs_is_sent_none() {
    testing::run(async {
        let fixture = fixture().await;
        fixture.answer_shop(&[("orders", json!({}))]);
        assert!(matches!(fixture.proof().await, Err(Error::NotOffered { .. })));
        assert_eq!(fixture.http.asked.borrow().len(), 2, "two profiles, no proof");
    });
}
