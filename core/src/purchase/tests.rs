use std::rc::Rc;

use super::testbed::{Bed, Fault, HANGS, show, shown, trusting, wanted};
use super::*;
use crate::ports::Clock as _;
use crate::testing;

async fn tap(purchases: &Purchases, quoted: &Quoted) -> TapResult {
    let quote = &quoted.quote;
    purchases.tap(quote.key.clone(), quote.digest.clone(), 1_000).await.unwrap()
}

async fn bought(purchases: &Purchases, quoted: &Quoted) -> PurchaseView {
    match tap(purchases, quoted).await {
        TapResult::Started(id) => purchases.outcome(id).await.unwrap(),
        other => panic!("{other:?}"),
    }
}

fn codes(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(Reason::code).collect()
}

/// A shopper with a threshold who has bought here before, and a quote on the screen.
fn ready<F: Future<Output = ()>>(test: impl FnOnce(Rc<Bed>, Purchases, Quoted) -> F) {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        let quoted = trusting(&bed, &purchases).await;
        test(bed, purchases, quoted).await;
        shopper.close().await;
    });
}

#[test]
fn the_first_purchase_is_confirmed_and_the_next_is_one_tap() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        let quoted = shown(&bed, &purchases).await;
        assert_eq!(quoted.quote.total.unwrap().to_string(), "24.58 USD");
        let TapResult::Confirm(reasons) = tap(&purchases, &quoted).await else { panic!() };
        assert_eq!(
            codes(&reasons),
            ["threshold_off", "new_device", "new_instrument", "new_address", "no_delivery_remembered"]
        );
        let confirmed =
            purchases.confirm(quoted.quote.key.clone(), quoted.quote.digest.clone()).await.unwrap();
        let TapResult::Started(id) = confirmed else { panic!("{confirmed:?}") };
        let view = purchases.outcome(id).await.unwrap();
        assert!(matches!(&view.state, State::Placed(order) if !order.id.as_str().is_empty()), "{view:?}");

        purchases.set_threshold("60USD".parse().unwrap()).await.unwrap();
        bed.clock.sleep(61_000).await;
        let quoted = shown(&bed, &purchases).await;
        assert_eq!(quoted.decision, Decision::OneTap);
        assert_eq!(bought(&purchases, &quoted).await.state.code(), "placed");
        assert_eq!(bed.charges(), 2);
        assert_eq!(purchases.unacknowledged().await.unwrap().len(), 2);
        purchases.acknowledge(view.id).await.unwrap();
        assert_eq!(purchases.unacknowledged().await.unwrap().len(), 1);
    });
}

#[test]
fn a_double_tap_buys_once() {
    ready(async |bed, purchases, quoted| {
        let (one, two) = tokio::join!(tap(&purchases, &quoted), tap(&purchases, &quoted));
        let started = [&one, &two].into_iter().filter(|result| matches!(result, TapResult::Started(_)));
        assert_eq!(started.count(), 1, "{one:?} {two:?}");
        bed.clock.sleep(5_000).await;
        assert_eq!(bed.charges(), 1);
    });
}

#[test]
fn a_silent_card_that_hangs_buys_nothing_and_can_be_tapped_again() {
    ready(async |bed, purchases, quoted| {
        *bed.card.token.lock().unwrap() = HANGS;
        let quote = &quoted.quote;
        let hung = purchases.tap(quote.key.clone(), quote.digest.clone(), 1_000).await.unwrap_err();
        assert_eq!((hung.code(), bed.charges()), ("host", 0));
        assert!(purchases.purchases().await.unwrap().is_empty(), "nothing was written down");
        *bed.card.token.lock().unwrap() = "tok_success";
        let view = bought(&purchases, &quoted).await;
        assert_eq!((view.state.code(), bed.charges()), ("placed", 1));
    });
}

#[test]
fn two_quotes_of_one_cap_cannot_both_pass() {
    ready(async |bed, purchases, quoted| {
        let caps = Caps { day_count: Some(1), ..Caps::default() };
        purchases.set_caps(caps).await.unwrap();
        let other = shown(&bed, &purchases).await;
        let (one, two) = tokio::join!(tap(&purchases, &quoted), tap(&purchases, &other));
        assert!(matches!(one, TapResult::Started(_)), "{one:?}");
        let TapResult::Confirm(reasons) = two else { panic!("{two:?}") };
        assert!(codes(&reasons).contains(&"day_count"), "{reasons:?}");
    });
}

#[test]
fn a_pin_swapped_under_the_finger_buys_nothing() {
    ready(async |bed, purchases, quoted| {
        bed.shop.borrow_mut().set_price(super::testbed::ITEM, 1_700, i64::MAX);
        let cheaper = purchases.refresh(quoted.quote.key.clone()).await.unwrap();
        assert_ne!(cheaper.quote.digest, quoted.quote.digest);
        let TapResult::Refused(reasons) = tap(&purchases, &quoted).await else { panic!() };
        assert_eq!(codes(&reasons), ["replaced"]);
        // Also the new one, until it has been on the screen long enough.
        let quote = &cheaper.quote;
        purchases.rendered(quote.key.clone(), quote.digest.clone(), Rendered::all_of(quote)).await.unwrap();
        bed.clock.sleep(50).await;
        let TapResult::Refused(reasons) = tap(&purchases, &cheaper).await else { panic!() };
        assert_eq!(reasons, [Reason::ShownTooBriefly { shown_ms: 50 }]);
        bed.clock.sleep(450).await;
        assert_eq!(bought(&purchases, &cheaper).await.state.code(), "placed");
    });
}

#[test]
fn a_price_that_changed_unseen_is_refused_by_the_shop() {
    ready(async |bed, purchases, quoted| {
        bed.shop.borrow_mut().set_price(super::testbed::ITEM, 1_900, i64::MAX);
        let view = bought(&purchases, &quoted).await;
        assert!(matches!(&view.state, State::Declined { code, .. } if code == "quote_mismatch"), "{view:?}");
        assert_eq!(bed.charges(), 0);
        // Nothing is reserved any more, and the quote can be bought as it is now.
        let again = purchases.refresh(quoted.quote.key.clone()).await.unwrap();
        show(&bed, &purchases, &again).await;
        assert_eq!(bought(&purchases, &again).await.state.code(), "placed");
    });
}

#[test]
fn a_lost_answer_is_read_and_asked_for_again_with_the_same_bytes() {
    for fault in [Fault::LostBack, Fault::LostThere, Fault::Garbage, Fault::Status(500), Fault::Status(503)] {
        ready(async |bed, purchases, quoted| {
            bed.faults.borrow_mut().push_back(("/complete", fault));
            let view = bought(&purchases, &quoted).await;
            assert_eq!((view.state.code(), bed.charges()), ("placed", 1), "{fault:?}");
            let completions = bed.completions();
            assert!(completions.iter().all(|completion| *completion == completions[0]), "{fault:?}");
        });
    }
}

#[test]
fn what_cannot_leave_within_its_deadline_is_never_sent() {
    ready(async |bed, purchases, quoted| {
        for _ in 0..1_000 {
            bed.faults.borrow_mut().push_back(("/complete", Fault::Unreachable));
        }
        let view = bought(&purchases, &quoted).await;
        assert_eq!(view.state, State::NotSent(NotSent::Deadline));
        assert!(view.changed_ms - view.tapped_ms <= 15_000, "{view:?}");
        bed.faults.borrow_mut().clear();
        bed.clock.sleep(600_000).await;
        assert!(bed.completions().is_empty());
    });
}

#[test]
fn what_has_not_left_can_be_taken_back() {
    ready(async |bed, purchases, quoted| {
        for _ in 0..1_000 {
            bed.faults.borrow_mut().push_back(("/complete", Fault::Unreachable));
        }
        let TapResult::Started(id) = tap(&purchases, &quoted).await else { panic!() };
        bed.clock.sleep(3_000).await;
        purchases.undo(id.clone()).await.unwrap();
        assert_eq!(purchases.outcome(id).await.unwrap().state, State::Superseded);
        bed.faults.borrow_mut().clear();
        bed.clock.sleep(600_000).await;
        assert!(bed.completions().is_empty());
    });
}

#[test]
fn what_cannot_be_written_down_is_not_sent() {
    ready(async |bed, purchases, quoted| {
        bed.break_ledger();
        let quote = &quoted.quote;
        let tapped = purchases.tap(quote.key.clone(), quote.digest.clone(), 1_000).await;
        assert_eq!(tapped.unwrap_err().code(), "storage");
        bed.clock.sleep(600_000).await;
        assert!(bed.completions().is_empty());
    });
}

#[test]
fn a_declined_card_a_slow_bank_and_a_browser_each_end_as_the_shop_says() {
    for (token, state, charges) in
        [("tok_decline", "declined", 0), ("tok_slow", "placed", 1), ("tok_slow_decline", "declined", 0)]
    {
        ready(async |bed, purchases, quoted| {
            *bed.card.token.lock().unwrap() = token;
            let view = bought(&purchases, &quoted).await;
            assert_eq!((view.state.code(), bed.charges()), (state, charges), "{view:?}");
        });
    }
    ready(async |bed, purchases, quoted| {
        *bed.card.token.lock().unwrap() = "tok_3ds";
        let view = bought(&purchases, &quoted).await;
        assert!(matches!(&view.state, State::NeedsBuyer { continue_url: Some(_), .. }), "{view:?}");
        assert!(bed.approve(quoted.quote.key.id.as_str()));
        purchases.returned(view.id.clone()).await.unwrap();
        let mut watch = purchases.watch(view.id).await.unwrap();
        let settled = watch.wait_for(|view| view.state.is_settled()).await.unwrap().clone();
        assert_eq!((settled.state.code(), bed.charges()), ("placed", 1));
        // The shopper comes back when it was found out already: nothing to do, and nothing wrong.
        purchases.returned(settled.id).await.unwrap();
        let nobody = purchases.returned(PurchaseId::new("nobody's")).await.unwrap_err();
        assert_eq!(nobody.code(), "not_found");
    });
}

#[test]
fn an_order_is_undone_only_when_the_shop_says_so() {
    ready(async |bed, purchases, quoted| {
        let view = bought(&purchases, &quoted).await;
        bed.faults.borrow_mut().push_back(("/cancel", Fault::LostBack));
        bed.faults.borrow_mut().push_back(("/cancel", Fault::LostThere));
        bed.faults.borrow_mut().push_back(("/cancel", Fault::Status(500)));
        purchases.undo(view.id.clone()).await.unwrap();
        let mut watch = purchases.watch(view.id.clone()).await.unwrap();
        watch.wait_for(|view| view.state.code() == "cancel_requested").await.unwrap();
        let settled = watch.wait_for(|view| view.state.is_settled()).await.unwrap().clone();
        assert_eq!(settled.state.code(), "canceled");
        let sent = bed.sent.borrow();
        let keys: Vec<_> =
            sent.iter().filter(|(path, ..)| path.ends_with("/cancel")).map(|(_, key, _)| key).collect();
        assert!(keys.len() >= 4 && keys.iter().all(|key| **key == *keys[0]), "{keys:?}");
    });
    ready(async |bed, purchases, quoted| {
        let view = bought(&purchases, &quoted).await;
        bed.clock.sleep(11 * 60_000).await;
        bed.advance();
        purchases.undo(view.id.clone()).await.unwrap();
        let mut watch = purchases.watch(view.id.clone()).await.unwrap();
        let late = watch.wait_for(|view| view.state.code() == "too_late").await.unwrap().clone();
        assert!(late.state.order().is_some());
    });
}

/// A purchase that waits for the bank's page.
async fn asked_by_the_bank(bed: &Bed, purchases: &Purchases, quoted: &Quoted) -> PurchaseView {
    *bed.card.token.lock().unwrap() = "tok_3ds";
    let view = bought(purchases, quoted).await;
    assert_eq!(view.state.code(), "needs_buyer");
    view
}

async fn settled(purchases: &Purchases, id: &PurchaseId) -> PurchaseView {
    let mut watch = purchases.watch(id.clone()).await.unwrap();
    watch.wait_for(|view| view.state.is_settled()).await.unwrap().clone()
}

#[test]
fn what_waits_in_the_browser_can_be_given_up_and_bought_anew() {
    ready(async |bed, purchases, quoted| {
        let caps = Caps { day_count: Some(1), ..Caps::default() };
        purchases.set_caps(caps).await.unwrap();
        let view = asked_by_the_bank(&bed, &purchases, &quoted).await;
        for fault in [Fault::LostBack, Fault::LostThere, Fault::Status(500), Fault::Unreachable] {
            bed.faults.borrow_mut().push_back(("/cancel", fault));
        }
        purchases.abandon(view.id.clone()).await.unwrap();
        // Asking twice is asking once.
        purchases.abandon(view.id.clone()).await.unwrap();
        assert_eq!(settled(&purchases, &view.id).await.state, State::Abandoned);
        purchases.abandon(view.id.clone()).await.unwrap();
        assert_eq!(purchases.undo(view.id).await.unwrap_err().code(), "bad_input");
        // Nothing of it counts any more, and the bank's page buys nothing.
        assert!(!bed.approve(quoted.quote.key.id.as_str()));
        assert_eq!((purchases.left().await.unwrap().day_count, bed.charges()), (Some(1), 0));
        *bed.card.token.lock().unwrap() = "tok_success";
        bed.clock.sleep(61_000).await;
        let again = shown(&bed, &purchases).await;
        assert_eq!((bought(&purchases, &again).await.state.code(), bed.charges()), ("placed", 1));
    });
}

#[test]
fn what_the_bank_let_through_meanwhile_is_bought_whatever_was_given_up() {
    ready(async |bed, purchases, quoted| {
        let view = asked_by_the_bank(&bed, &purchases, &quoted).await;
        assert!(bed.approve(quoted.quote.key.id.as_str()));
        purchases.abandon(view.id.clone()).await.unwrap();
        assert_eq!((settled(&purchases, &view.id).await.state.code(), bed.charges()), ("placed", 1));
        // And is undone like any other.
        purchases.undo(view.id.clone()).await.unwrap();
        let mut watch = purchases.watch(view.id).await.unwrap();
        watch.wait_for(|view| view.state.code() == "canceled").await.unwrap();
    });
}

#[test]
fn only_what_waits_for_the_shopper_can_be_given_up() {
    ready(async |_, purchases, quoted| {
        let view = bought(&purchases, &quoted).await;
        let placed = purchases.abandon(view.id).await.unwrap_err();
        let nobodys = purchases.abandon(PurchaseId::new("nobody's")).await.unwrap_err();
        assert_eq!((placed.code(), nobodys.code()), ("bad_input", "not_found"));
    });
}

#[test]
fn killed_at_any_step_of_giving_up_it_ends_as_the_shop_says() {
    testing::run(async {
        let mut ends = std::collections::BTreeMap::<&str, u32>::new();
        for step in 0..60 {
            let bed = Bed::new();
            bed.live(Some(step + 20), async {
                let shopper = bed.open().await;
                let quoted = trusting(&bed, &shopper.purchase()).await;
                let view = asked_by_the_bank(&bed, &shopper.purchase(), &quoted).await;
                if step % 2 == 0 {
                    bed.approve(quoted.quote.key.id.as_str());
                }
                shopper.purchase().abandon(view.id.clone()).await.unwrap();
                settled(&shopper.purchase(), &view.id).await;
            })
            .await;
            let views = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    bed.clock.sleep(600_000).await;
                    let views = shopper.purchase().purchases().await.unwrap();
                    shopper.close().await;
                    views
                })
                .await
                .unwrap();
            let state = views.first().map_or("nothing", |view| view.state.code());
            assert_eq!(usize::from(state == "placed"), bed.charges(), "step {step}: {state}");
            assert_ne!(state, "abandoning", "step {step}");
            *ends.entry(state).or_default() += 1;
        }
        let reached = ["abandoned", "needs_buyer", "placed"];
        assert!(reached.iter().all(|state| ends.contains_key(state)), "{ends:?}");
    });
}

#[test]
fn what_is_sold_above_an_age_is_one_tap_for_who_is_declared_to_be_of_it() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        trusting(&bed, &purchases).await;
        let wine = || BuyRequest::of(super::testbed::DOMAIN.into(), ItemId::new("plum_wine"), 1);
        let declared = |at_least, under| DeclaredAge { at_least, under, guardian_consents: false };
        for (age, expected) in [
            (None, Decision::Confirm(vec![Reason::AgeRestricted])),
            (Some(declared(18, None)), Decision::Confirm(vec![Reason::AgeRestricted])),
            (Some(declared(18, Some(21))), Decision::Refuse(vec![Reason::UnderAge { min: 21 }])),
            (Some(declared(21, None)), Decision::OneTap),
        ] {
            purchases.declare_age(age).await.unwrap();
            assert_eq!(purchases.quote(wine()).await.unwrap().decision, expected, "{age:?}");
        }
        let nobody = purchases.declare_age(Some(declared(18, Some(18)))).await.unwrap_err();
        assert_eq!(nobody.code(), "bad_input");
        let quoted = purchases.quote(wine()).await.unwrap();
        show(&bed, &purchases, &quoted).await;
        // Taken back under the finger: decided as it is now.
        purchases.declare_age(Some(declared(0, Some(18)))).await.unwrap();
        let TapResult::Refused(reasons) = tap(&purchases, &quoted).await else { panic!() };
        assert_eq!((codes(&reasons), bed.charges()), (vec!["under_age"], 0));
        purchases.declare_age(Some(declared(21, None))).await.unwrap();
        assert_eq!((bought(&purchases, &quoted).await.state.code(), bed.charges()), ("placed", 1));
    });
}

#[test]
fn a_quote_does_not_outlive_the_app_that_showed_it() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let quoted = trusting(&bed, &shopper.purchase()).await;
        shopper.close().await;
        let shopper = bed.open().await;
        let quote = &quoted.quote;
        let tapped = shopper.purchase().tap(quote.key.clone(), quote.digest.clone(), 1_000).await;
        assert_eq!(tapped.unwrap_err().code(), "not_found");
        bed.clock.sleep(600_000).await;
        assert!(bed.completions().is_empty() && bed.charges() == 0);
    });
}

#[test]
fn an_answer_that_wants_the_same_again_settles_nothing() {
    for status in [408, 425] {
        ready(async |bed, purchases, quoted| {
            bed.faults.borrow_mut().push_back(("/complete", Fault::Status(status)));
            let view = bought(&purchases, &quoted).await;
            assert_eq!((view.state.code(), bed.charges(), bed.completions().len()), ("placed", 1, 2));
        });
    }
}

#[test]
fn killed_at_every_step_it_is_bought_once_or_not_at_all() {
    testing::run(async {
        let (mut kills, mut placed, mut not_sent) = (0, 0, 0);
        for step in 0.. {
            let bed = Bed::new();
            let quoted = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    let quoted = trusting(&bed, &shopper.purchase()).await;
                    shopper.close().await;
                    quoted
                })
                .await
                .unwrap();
            drop(quoted);
            let finished = bed
                .live(Some(step), async {
                    let shopper = bed.open().await;
                    let quoted = shown(&bed, &shopper.purchase()).await;
                    let view = bought(&shopper.purchase(), &quoted).await;
                    assert_eq!(view.state.code(), "placed");
                    shopper.close().await;
                })
                .await
                .is_some();
            let sent_before = bed.completions().len();
            let views = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    bed.clock.sleep(600_000).await;
                    let views = shopper.purchase().purchases().await.unwrap();
                    shopper.close().await;
                    views
                })
                .await
                .unwrap();
            check(&bed, &views, sent_before, step);
            placed += usize::from(views.iter().any(|view| view.state.code() == "placed"));
            not_sent += usize::from(views.iter().any(|view| view.state.code() == "not_sent"));
            if finished {
                break;
            }
            kills += 1;
        }
        // There were kills before the tap, between tap and send, and after it.
        assert!(kills > 10 && placed > 2 && not_sent > 0, "{kills} {placed} {not_sent}");
    });
}

fn check(bed: &Bed, views: &[PurchaseView], sent_before: usize, step: u32) {
    let charges = bed.charges();
    assert!(views.len() <= 1 && charges <= 1, "step {step}: {charges} charges, {views:?}");
    let settled = views.iter().all(|view| view.state.is_settled());
    let placed = views.iter().any(|view| view.state.code() == "placed");
    assert!(settled && placed == (charges == 1), "step {step}: {charges} charges, {views:?}");
    let completions = bed.completions();
    assert!(completions.iter().all(|completion| *completion == completions[0]), "step {step}");
    if views.iter().any(|view| view.state == State::NotSent(NotSent::Restarted)) {
        assert_eq!(completions.len(), sent_before, "step {step}: sent after a restart");
    }
}

/// Seeded: faults anywhere on the way, a kill at some step, another life with faults, then ten quiet minutes.
#[test]
fn whatever_the_network_and_the_phone_do_it_is_bought_once_or_not_at_all() {
    testing::run(async {
        let mut ends = std::collections::BTreeMap::<&str, u32>::new();
        for seed in 0..200 {
            let bed = Bed::new();
            let dice = crate::ports::sim::SeededEntropy::new(seed);
            let roll = |sides: u64| crate::ports::EntropyExt::next_u64(&dice) % sides;
            let trouble = || {
                for _ in 0..roll(6) {
                    let fault = match roll(5) {
                        0 => Fault::Unreachable,
                        1 => Fault::LostThere,
                        2 => Fault::LostBack,
                        3 => Fault::Garbage,
                        _ => Fault::Status(503),
                    };
                    let path = if roll(2) == 0 { "/complete" } else { "" };
                    bed.faults.borrow_mut().push_back((path, fault));
                }
            };
            let token = ["tok_success", "tok_success", "tok_slow", "tok_decline"];
            *bed.card.token.lock().unwrap() = token[usize::try_from(roll(4)).unwrap()];
            bed.live(Some(u32::try_from(12 + roll(45)).unwrap()), async {
                let shopper = bed.open().await;
                let quoted = trusting(&bed, &shopper.purchase()).await;
                trouble();
                let quote = &quoted.quote;
                // The tap may fail, or be killed: then there is a purchase or there is none.
                let _ = shopper.purchase().tap(quote.key.clone(), quote.digest.clone(), 1_000).await;
                bed.clock.sleep(roll(20_000)).await;
            })
            .await;
            let sent_before = bed.completions().len();
            let views = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    trouble();
                    bed.clock.sleep(600_000).await;
                    let views = shopper.purchase().purchases().await.unwrap();
                    shopper.close().await;
                    views
                })
                .await
                .unwrap();
            check(&bed, &views, sent_before, u32::try_from(seed).unwrap());
            *ends.entry(views.first().map_or("nothing", |view| view.state.code())).or_default() += 1;
        }
        // All of them were reached, or the faults prove nothing.
        let expected = ["declined", "not_sent", "nothing", "placed"];
        assert!(ends.keys().eq(expected.iter()), "{ends:?}");
    });
}

#[test]
fn without_the_sealing_key_a_restart_only_reads() {
    testing::run(async {
        for fault in [Fault::LostBack, Fault::LostThere] {
            let bed = Bed::new();
            bed.key.set(false);
            bed.live(None, async {
                let shopper = bed.open().await;
                let quoted = trusting(&bed, &shopper.purchase()).await;
                bed.faults.borrow_mut().push_back(("/complete", fault));
                let TapResult::Started(_) = tap(&shopper.purchase(), &quoted).await else { panic!() };
                // The answer is lost; the app ends before it has asked again.
                tokio::task::yield_now().await;
                while bed.completions().is_empty() {
                    tokio::task::yield_now().await;
                }
            })
            .await
            .unwrap();
            let view = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    bed.clock.sleep(600_000).await;
                    shopper.purchase().purchases().await.unwrap().remove(0)
                })
                .await
                .unwrap();
            let expected = if fault == Fault::LostBack { "placed" } else { "reconciling" };
            assert_eq!((view.state.code(), bed.completions().len()), (expected, 1), "{fault:?}");
        }
    });
}

#[test]
fn past_the_keys_life_the_shop_is_only_read() {
    testing::run(async {
        for (bed, state) in [(Bed::new(), "declined"), (Bed::that_keeps_sessions(), "reconciling")] {
            bed.live(None, async {
                let shopper = bed.open().await;
                let quoted = trusting(&bed, &shopper.purchase()).await;
                bed.faults.borrow_mut().push_back(("/complete", Fault::LostThere));
                let TapResult::Started(_) = tap(&shopper.purchase(), &quoted).await else { panic!() };
                while bed.completions().is_empty() {
                    tokio::task::yield_now().await;
                }
            })
            .await
            .unwrap();
            bed.clock.skew(24 * 3_600_000);
            let view = bed
                .live(None, async {
                    let shopper = bed.open().await;
                    bed.clock.sleep(600_000).await;
                    shopper.purchase().purchases().await.unwrap().remove(0)
                })
                .await
                .unwrap();
            // Where the session has expired the shop says so, and nothing was bought; else nobody can know.
            assert_eq!((view.state.code(), bed.completions().len(), bed.charges()), (state, 1, 0));
        }
    });
}

#[test]
fn what_is_not_to_be_had_says_so() {
    ready(async |bed, purchases, _| {
        bed.shop.borrow_mut().set_stock(super::testbed::ITEM, 0);
        let error = purchases.quote(wanted()).await;
        match error {
            Err(Error::Refused { code, .. }) => assert_eq!(code, "out_of_stock"),
            Ok(quoted) => assert!(
                matches!(&quoted.decision, Decision::Refuse(reasons) if codes(reasons) == ["not_ready"]),
                "{quoted:?}"
            ),
            Err(other) => panic!("{other}"),
        }
        assert_eq!(bed.charges(), 0);
    });
}

#[test]
fn everything_is_in_the_audit_and_no_token_anywhere() {
    ready(async |_, purchases, quoted| {
        let TapResult::Refused(_) =
            purchases.tap(quoted.quote.key.clone(), "old".to_owned(), 9).await.unwrap()
        else {
            panic!()
        };
        bought(&purchases, &quoted).await;
        let kinds: Vec<_> = purchases.audit().await.unwrap().into_iter().map(|entry| entry.kind).collect();
        assert_eq!(kinds, ["policy", "trust", "decision", "decision", "state"]);
        let text = purchases.export_audit().await.unwrap();
        assert!(!text.contains("tok_success") && !text.contains("Harbour"), "{text}");
    });
}

#[test]
fn at_most_three_quotes_are_held_ready() {
    ready(async |_, purchases, first| {
        for _ in 0..3 {
            purchases.quote(wanted()).await.unwrap();
        }
        let gone = purchases.refresh(first.quote.key.clone()).await.unwrap_err();
        assert_eq!(gone.code(), "not_found");
    });
}

#[test]
fn an_order_with_another_total_is_shown_loudly_and_ends_one_tap_at_the_shop() {
    testing::run(async {
        let bed = Bed::that_ignores_the_binding();
        let shopper = bed.open().await;
        let purchases = shopper.purchase();
        let quoted = trusting(&bed, &purchases).await;
        bed.shop.borrow_mut().set_price(super::testbed::ITEM, 1_900, i64::MAX);
        let view = bought(&purchases, &quoted).await;
        assert_eq!(view.state.code(), "placed_differently");
        assert_ne!(view.state.order().unwrap().total, Some(view.total));
        bed.clock.sleep(61_000).await;
        let again = shown(&bed, &purchases).await;
        let Decision::Confirm(reasons) = &again.decision else { panic!("{again:?}") };
        assert_eq!(codes(reasons), ["placed_differently_before"]);
        assert_eq!(purchases.trust(again.quote.key.clone()).await.unwrap(), Decision::OneTap);
    });
}

#[test]
fn an_offer_becomes_a_quote_at_its_price_and_is_bought_once() {
    ready(async |bed, purchases, _| {
        let request = || BuyRequest::of_offer(super::testbed::DOMAIN.into(), bed.offer(900));
        let jws = request();
        let quoted = purchases.quote(jws.clone()).await.unwrap();
        assert_eq!((quoted.quote.lines.len(), quoted.quote.lines[0].price), (1, 900));
        show(&bed, &purchases, &quoted).await;
        assert_eq!(bought(&purchases, &quoted).await.state.code(), "placed");
        let Err(Error::Refused { code, .. }) = purchases.quote(jws).await else { panic!() };
        assert_eq!(code, "offer_used");
        assert_eq!(bed.charges(), 1);
    });
}

#[test]
fn another_delivery_or_a_discount_is_another_quote() {
    ready(async |bed, purchases, quoted| {
        let (key, group) = (quoted.quote.key.clone(), quoted.quote.delivery[0].clone());
        let other = group.options.iter().find(|option| Some(&option.id) != group.selected.as_ref()).unwrap();
        let choice = Choice::Delivery { group: group.group, option: other.id.clone() };
        let express = purchases.choose(key.clone(), choice).await.unwrap();
        assert_ne!(express.quote.digest, quoted.quote.digest);
        assert_eq!(codes(express.decision.reasons()), ["no_delivery_remembered"]);
        let cheaper = purchases.choose(key, Choice::Discounts(vec!["NIGHT10".to_owned()])).await.unwrap();
        assert!(cheaper.quote.total.unwrap().minor < express.quote.total.unwrap().minor);
        show(&bed, &purchases, &cheaper).await;
        let confirmed =
            purchases.confirm(cheaper.quote.key.clone(), cheaper.quote.digest.clone()).await.unwrap();
        let TapResult::Started(id) = confirmed else { panic!("{confirmed:?}") };
        assert_eq!(purchases.outcome(id).await.unwrap().state.code(), "placed");
        // What was confirmed is what the next quote comes with.
        bed.clock.sleep(61_000).await;
        let next = purchases.quote(wanted()).await.unwrap();
        assert_eq!(next.quote.delivery[0].selected, Some(other.id.clone()));
        assert_eq!(next.decision, Decision::OneTap);
    });
}

#[test]
fn a_placed_order_is_in_the_list_of_orders() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let quoted = trusting(&bed, &shopper.purchase()).await;
        let view = bought(&shopper.purchase(), &quoted).await;
        let mut orders = shopper.orders().list().await.unwrap();
        let crate::ListDiff::Reset(listed) = orders.next_batch().await.unwrap().remove(0) else { panic!() };
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].id, view.state.order().unwrap().id);
    });
}

#[test]
fn a_closed_core_drives_nothing() {
    testing::run(async {
        let bed = Bed::new();
        let shopper = bed.open().await;
        let quoted = trusting(&bed, &shopper.purchase()).await;
        *bed.card.token.lock().unwrap() = "tok_3ds";
        assert_eq!(bought(&shopper.purchase(), &quoted).await.state.code(), "needs_buyer");
        shopper.close().await;
        bed.clock.sleep(60_000).await;
        let before = bed.sent.borrow().len();
        bed.clock.sleep(600_000).await;
        assert_eq!(bed.sent.borrow().len(), before);
    });
}

#[test]
fn a_confirmation_does_not_stand_in_for_showing() {
    ready(async |_, purchases, _| {
        let quoted = purchases.quote(wanted()).await.unwrap();
        let quote = &quoted.quote;
        let confirmed = purchases.confirm(quote.key.clone(), quote.digest.clone()).await.unwrap();
        assert_eq!(confirmed, TapResult::Refused(vec![Reason::NotRendered { what: "totals".to_owned() }]));
    });
}
