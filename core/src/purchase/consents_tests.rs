//! What a shop was told about consent, judged by its own books and by every byte that left.

use std::collections::BTreeMap;
use std::rc::Rc;

use proptest::prelude::*;
use serde_json::Value;

use super::testbed::{Bed, Fault, show, shown, trusting, wanted};
use super::*;
use crate::testing;
use ConsentKind::{Analytics, Marketing, Preferences, SaleOfData};

/// What a session was last told, by the shop's books.
fn told(bed: &Bed, key: &QuoteKey) -> BTreeMap<String, bool> {
    let shop = bed.shop.borrow();
    let said = shop.books().consents.iter().rev().find(|said| said.checkout_id == key.id.as_str());
    said.map(|said| said.consent.clone()).unwrap_or_default()
}

fn answers(all: &[(&str, bool)]) -> BTreeMap<String, bool> {
    all.iter().map(|(kind, granted)| ((*kind).to_owned(), *granted)).collect()
}

/// Consents in everything that left for the shop, oldest first.
fn sent(bed: &Bed) -> Vec<Value> {
    let sent = bed.sent.borrow();
    let bodies = sent.iter().filter_map(|(_, _, body)| serde_json::from_slice::<Value>(body).ok());
    bodies.filter_map(|body| body.pointer("/buyer/consent").cloned()).collect()
}

fn path(key: &QuoteKey) -> &'static str {
    format!("/checkout-sessions/{}", key.id).leak()
}

async fn answer(purchases: &Purchases, key: &QuoteKey, kind: ConsentKind, granted: bool) -> Result<Quoted> {
    purchases.choose(key.clone(), Choice::Consent { kind, granted }).await
}

async fn tap(purchases: &Purchases, quote: &Quote) -> TapResult {
    purchases.tap(quote.key.clone(), quote.digest.clone(), 1_000).await.unwrap()
}

async fn placed(purchases: &Purchases, quote: &Quote) {
    let TapResult::Started(id) = tap(purchases, quote).await else { panic!("it does not buy") };
    assert_eq!(purchases.outcome(id).await.unwrap().state.code(), "placed");
}

fn with<F: Future<Output = ()>>(bed: Rc<Bed>, test: impl FnOnce(Rc<Bed>, Purchases, Quoted) -> F) {
    testing::run(async {
        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        let quoted = trusting(&bed, &purchases).await;
        test(bed, purchases, quoted).await;
        shopper.close().await;
    });
}

fn open_questions(quote: &Quote) -> Vec<ConsentKind> {
    let open = |question: &&QuoteConsent| question.answer.is_none();
    quote.consents.iter().filter(open).map(|question| question.kind).collect()
}

#[test]
fn a_tap_answers_nothing() {
    with(Bed::new(), async |bed, purchases, quoted| {
        assert_eq!(open_questions(&quoted.quote), ConsentKind::ALL);
        assert!(quoted.quote.consents.iter().all(|question| question.in_force.is_none()));
        placed(&purchases, &quoted.quote).await;
        assert!(sent(&bed).is_empty());
        assert!(bed.shop.borrow().books().consents.is_empty());
    });
}

#[test]
fn an_answer_is_told_kept_and_not_lost_by_other_choices() {
    with(Bed::new(), async |bed, purchases, quoted| {
        let key = quoted.quote.key.clone();
        let yes = answer(&purchases, &key, Marketing, true).await.unwrap();
        assert_eq!(told(&bed, &key), answers(&[("marketing", true)]));
        // What is paid is the same, and so is what was shown of it.
        assert_eq!((&yes.quote.digest, &yes.decision), (&quoted.quote.digest, &Decision::OneTap));
        let no = answer(&purchases, &key, Analytics, false).await.unwrap();
        assert_eq!(open_questions(&no.quote), [Preferences, SaleOfData]);
        let both = answers(&[("analytics", false), ("marketing", true)]);
        assert_eq!(told(&bed, &key), both);

        let group = quoted.quote.delivery[0].clone();
        let other = group.options.iter().find(|option| Some(&option.id) != group.selected.as_ref()).unwrap();
        let delivery = Choice::Delivery { group: group.group, option: other.id.clone() };
        purchases.choose(key.clone(), delivery).await.unwrap();
        assert_eq!(told(&bed, &key), both);
        let codes = Choice::Discounts(vec!["NIGHT10".to_owned()]);
        let cheaper = purchases.choose(key.clone(), codes).await.unwrap();
        assert_eq!(told(&bed, &key), both);
        assert_eq!(cheaper.quote.consents, no.quote.consents);
        let last = answer(&purchases, &key, Marketing, false).await.unwrap();
        assert_eq!(told(&bed, &key), answers(&[("analytics", false), ("marketing", false)]));
        assert_eq!(
            last.quote.consents[2],
            QuoteConsent { kind: Marketing, answer: Some(false), in_force: Some(false) }
        );
    });
}

#[test]
fn an_answer_stands_for_the_shops_next_quote_and_after_a_restart() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let first = shown(&bed, &shopper.purchase()).await;
        answer(&shopper.purchase(), &first.quote.key, SaleOfData, false).await.unwrap();
        shopper.close().await;

        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        let next = purchases.quote(wanted()).await.unwrap();
        assert_eq!(told(&bed, &next.quote.key), answers(&[("sale_of_data", false)]));
        assert_eq!(open_questions(&next.quote), [Analytics, Preferences, Marketing]);
        let audit = purchases.audit().await.unwrap();
        let said: Vec<Value> = audit
            .iter()
            .filter(|entry| entry.kind == "consent")
            .map(|entry| serde_json::from_str(&entry.body).unwrap())
            .collect();
        assert_eq!(said.len(), 1, "what is told again is not answered again");
        assert_eq!((&said[0]["consent"], &said[0]["granted"]), (&"sale_of_data".into(), &false.into()));
        assert_eq!(said[0]["quote"]["shop"], first.quote.key.shop.as_str());
        shopper.close().await;
    });
}

#[test]
fn a_consent_taken_back_is_not_carried_into_an_order() {
    for fault in [Fault::Unreachable, Fault::LostThere, Fault::LostBack, Fault::Status(500)] {
        with(Bed::new(), async |bed, purchases, quoted| {
            let key = quoted.quote.key.clone();
            answer(&purchases, &key, Marketing, true).await.unwrap();
            let other = shown(&bed, &purchases).await;
            for _ in 0..8 {
                bed.faults.borrow_mut().push_back((path(&key), fault));
            }
            let failed = answer(&purchases, &key, Marketing, false).await;
            assert!(failed.is_err(), "{fault:?}");
            bed.faults.borrow_mut().clear();
            // Neither this session nor another of the shop is bought while the shop may believe the old answer.
            for quote in [&quoted.quote, &other.quote] {
                assert_eq!(
                    tap(&purchases, quote).await,
                    TapResult::Refused(vec![Reason::Stale]),
                    "{fault:?}"
                );
            }
            let fresh = purchases.refresh(key.clone()).await.unwrap();
            assert_eq!((&fresh.decision, &fresh.quote.digest), (&Decision::OneTap, &quoted.quote.digest));
            assert_eq!(told(&bed, &key), answers(&[("marketing", false)]));
            placed(&purchases, &fresh.quote).await;
            assert_eq!(told(&bed, &other.quote.key), answers(&[("marketing", true)]), "it was not bought");
        });
    }
}

#[test]
fn what_a_shop_presumes_is_shown_and_never_said_back() {
    with(
        Bed::on(|terms| terms.presumes = vec!["marketing", "sale_of_data"]),
        async |bed, purchases, quoted| {
            let question = |quote: &Quote, kind| *quote.consents.iter().find(|it| it.kind == kind).unwrap();
            let presumed = QuoteConsent { kind: Marketing, answer: None, in_force: Some(true) };
            assert_eq!(question(&quoted.quote, Marketing), presumed);
            let key = quoted.quote.key.clone();
            let codes = Choice::Discounts(vec!["NIGHT10".to_owned()]);
            let cheaper = purchases.choose(key.clone(), codes).await.unwrap();
            assert_eq!(question(&cheaper.quote, Marketing), presumed);
            assert!(sent(&bed).is_empty());
            let no = answer(&purchases, &key, Marketing, false).await.unwrap();
            assert_eq!(question(&no.quote, Marketing).in_force, Some(false));
            assert_eq!(told(&bed, &key), answers(&[("marketing", false)]));
        },
    );
}

#[test]
fn a_shop_that_does_not_ask_is_told_nothing() {
    let bed = Bed::on(|terms| terms.lacks.push("dev.ucp.shopping.buyer_consent".to_owned()));
    bed.buyer.set(r#"{"email":"a@shopper.example","consent":{"marketing":true}}"#);
    with(bed, async |bed, purchases, quoted| {
        assert!(quoted.quote.consents.is_empty());
        let refused = answer(&purchases, &quoted.quote.key, Marketing, true).await.unwrap_err();
        assert_eq!(refused.code(), "not_offered");
        assert!(purchases.audit().await.unwrap().iter().all(|entry| entry.kind != "consent"));
        placed(&purchases, &quoted.quote).await;
        assert!(sent(&bed).is_empty());
    });
}

#[test]
fn what_the_app_asked_itself_is_told_until_the_shopper_answers_here() {
    let bed = Bed::new();
    bed.buyer.set(r#"{"consent":{"marketing":true,"analytics":true}}"#);
    with(bed, async |bed, purchases, quoted| {
        let key = quoted.quote.key.clone();
        assert_eq!(told(&bed, &key), answers(&[("analytics", true), ("marketing", true)]));
        assert_eq!(open_questions(&quoted.quote), [Preferences, SaleOfData]);
        let here = answer(&purchases, &key, Marketing, false).await.unwrap();
        assert_eq!(here.decision, Decision::OneTap);
        let here = answers(&[("analytics", true), ("marketing", false)]);
        assert_eq!(told(&bed, &key), here);
        let next = purchases.quote(wanted()).await.unwrap();
        assert_eq!(told(&bed, &next.quote.key), here);
    });
}

#[test]
fn two_switches_at_once_both_stay() {
    with(Bed::new(), async |bed, purchases, quoted| {
        let key = &quoted.quote.key;
        let (one, two, three) = tokio::join!(
            answer(&purchases, key, Marketing, true),
            answer(&purchases, key, Analytics, true),
            answer(&purchases, key, Marketing, false),
        );
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
        assert_eq!(told(&bed, key), answers(&[("analytics", true), ("marketing", false)]));
        placed(&purchases, &quoted.quote).await;
    });
}

/// One thing that happens in an evening.
#[derive(Debug, Clone, Copy)]
enum Act {
    Quote,
    Answer(ConsentKind, bool),
    Codes(bool),
    Refresh,
    Tap,
    Fault(Fault),
    Restart,
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let kind = proptest::sample::select(ConsentKind::ALL.to_vec());
    let fault = prop_oneof![Just(Fault::Unreachable), Just(Fault::LostThere), Just(Fault::LostBack)];
    let act = prop_oneof![
        2 => Just(Act::Quote),
        4 => (kind, any::<bool>()).prop_map(|(kind, granted)| Act::Answer(kind, granted)),
        2 => any::<bool>().prop_map(Act::Codes),
        1 => Just(Act::Refresh),
        2 => Just(Act::Tap),
        2 => fault.prop_map(Act::Fault),
        1 => Just(Act::Restart),
    ];
    proptest::collection::vec(act, 1..16)
}

/// Whatever happens, what leaves says of each purpose what the shopper last said of it, and nothing the shopper did not
/// say; and what is bought was bought over exactly that.
async fn an_evening(bed: Rc<Bed>, acts: Vec<Act>) {
    let mut shopper = bed.open().await;
    let mut purchases = shopper.purchase();
    let mut quoted = trusting(&bed, &purchases).await;
    let mut said = BTreeMap::new();
    let mut looked = 0;
    for act in acts {
        let key = quoted.quote.key.clone();
        match act {
            Act::Quote => {
                if let Ok(next) = purchases.quote(wanted()).await {
                    quoted = next;
                }
            }
            Act::Answer(kind, granted) => {
                // Said once the screen reports it, whatever becomes of the network.
                said.insert(kind.as_str().to_owned(), granted);
                let _ = answer(&purchases, &key, kind, granted).await;
            }
            Act::Codes(some) => {
                let codes = if some { vec!["NIGHT10".to_owned()] } else { Vec::new() };
                let _ = purchases.choose(key, Choice::Discounts(codes)).await;
            }
            Act::Refresh => {
                if let Ok(fresh) = purchases.refresh(key).await {
                    quoted = fresh;
                }
            }
            Act::Tap => {
                let charges = bed.charges();
                if let Ok(fresh) = purchases.refresh(key.clone()).await {
                    show(&bed, &purchases, &fresh).await;
                    let digest = fresh.quote.digest.clone();
                    if let Ok(TapResult::Started(id)) = purchases.confirm(key.clone(), digest).await {
                        let _ = purchases.outcome(id).await;
                    }
                }
                if bed.charges() > charges {
                    assert_eq!(told(&bed, &key), said, "bought over other words than the shopper's");
                }
            }
            Act::Fault(fault) => bed.faults.borrow_mut().push_back((path(&key), fault)),
            Act::Restart => {
                shopper.close().await;
                bed.faults.borrow_mut().clear();
                shopper = bed.open().await;
                purchases = shopper.purchase();
                quoted = purchases.quote(wanted()).await.unwrap();
            }
        }
        let all = sent(&bed);
        for consent in &all[looked..] {
            for (kind, granted) in consent.as_object().unwrap() {
                assert_eq!(granted.as_bool(), said.get(kind).copied(), "{kind} after {act:?}");
            }
        }
        looked = all.len();
    }
    shopper.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn nothing_goes_out_that_the_shopper_did_not_say(
        acts in acts(),
        presumes in proptest::sample::subsequence(vec!["analytics", "preferences", "marketing"], 0..=3),
    ) {
        let bed = Bed::on(|terms| terms.presumes = presumes);
        testing::run(an_evening(bed, acts));
    }
}
