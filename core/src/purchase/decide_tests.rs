//! Every rule of the decision, each for whatever numbers come (design, one tap).
//!
//! | rule | tests |
//! | --- | --- |
//! | 1 off by default, per currency | `just_under…`, `another_currency…` |
//! | 2 strictly under, exact total | `just_under…`, `under_the_threshold_is_strict…`, `totals_that_do_not_add_up…`, `nothing_overflows…` |
//! | 3 caps over all shops, shop's limit, clock set back | `caps_hold…`, `the_shops_own_limit…`, `a_clock_set_back…`; `store_tests`: `spending_at_every_shop…`, `whatever_the_wall…` |
//! | 4 consent binds to the digest; a lower price is another quote | `only_what_was_under_the_finger…`; `tests`: `a_price_that_changed_unseen…` |
//! | 4 unbound: 60 s | `an_unbound_quote…` |
//! | 5 what is new, and whose shop | `each_thing_that_is_new…` |
//! | 5 what it is: subscription, instrument, variant, binding, escalation, disclosure | `every_reason_to_confirm…`, `every_disclosure…` |
//! | 5 age | `ages_are_judged_year_by_year`, `under_age_is_refused…`, `an_age_that_is_not_told…` |
//! | 5 rendered, odds | `what_the_shop_wants_shown…`, `anything_left_out…` |
//! | 5 again within a minute, quiet hours, a pause, what went wrong before | `the_spending_guard…`, `quiet_hours_are…` |
//! | 6 half a second; swapped under the finger | `half_a_second…`, `only_what_was_under_the_finger…`; `tests`: `a_pin_swapped…` |
//! | 6 used once | `a_taken_quote…`; `tests`: `a_double_tap…`, `a_quote_does_not_outlive…` |
//! | consent that the shop was not told | `what_the_shop_was_not_told…`; `consents_tests` |
//! | 8 offline, expired, not ready | `every_reason_to_refuse…`, `an_unbound_quote…` |
//! | all | `a_tap_buys_only_within_every_bound`, `stricter_is_never_laxer`, `a_refusal_comes_alone` |

use super::*;
use crate::purchase::ConsentKind;
use crate::purchase::policy::{Caps, Pause, QuietHours};
use crate::purchase::quote::{
    Delivery, DeliveryChoice, Notice, Payment, QuoteKey, QuoteLine, QuoteLink, QuoteTotal,
};
use crate::time::Timestamp;
use nightmarket_ucp::fulfillment::Destination;
use proptest::prelude::*;

const NOW: i64 = 1_790_000_000_000;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn total(kind: &str, amount: i64) -> QuoteTotal {
    QuoteTotal { kind: kind.to_owned(), label: kind.to_owned(), amount, parts: Vec::new() }
}

fn quote(minor: i64) -> Quote {
    Quote {
        key: QuoteKey { shop: "pearls.example".into(), id: "chk_1".into() },
        lines: vec![QuoteLine {
            id: "li_1".to_owned(),
            item: "pearl_17".into(),
            title: "Pearl".to_owned(),
            quantity: 1,
            price: minor,
            image_url: None,
        }],
        currency: usd(0).currency,
        totals: vec![total("subtotal", minor), total("total", minor)],
        total: Some(usd(minor)),
        totals_problem: None,
        destinations: vec![Destination { id: Some("d".to_owned()), ..Destination::default() }],
        methods: Vec::new(),
        otherwise: Vec::new(),
        delivery: vec![Delivery {
            method: "m".to_owned(),
            group: "g".to_owned(),
            lines: Vec::new(),
            options: vec![DeliveryChoice {
                id: "standard".to_owned(),
                title: "Standard".to_owned(),
                description: None,
                price: Some(0),
            }],
            selected: Some("standard".to_owned()),
        }],
        payment: Some(Payment {
            handler: "h".to_owned(),
            handler_name: "app.example.pay".to_owned(),
            instrument: "card".to_owned(),
            label: "Card".to_owned(),
            silent: true,
            kind: "card".to_owned(),
            config: "{}".to_owned(),
        }),
        notices: Vec::new(),
        links: vec![QuoteLink {
            kind: "terms_of_service".to_owned(),
            url: "https://t".to_owned(),
            title: None,
        }],
        consents: Vec::new(),
        standing: Standing::Ready,
        continue_url: None,
        expires_at: Timestamp(NOW + 3_600_000),
        answered_at: Timestamp(NOW),
        bound: true,
        bindable: true,
        one_tap_max: None,
        digest: "digest".to_owned(),
        subscription: false,
        blind_box: false,
        variant_open: false,
        age_rule: None,
    }
}

fn policy(threshold: i64) -> Policy {
    let mut policy = Policy::default();
    policy.thresholds.insert(usd(0).currency, threshold);
    policy
}

fn ledger() -> LedgerView {
    LedgerView {
        seen_ms: NOW,
        shop_known: true,
        address_known: true,
        instrument_known: true,
        device_known: true,
        delivery: Some("standard".to_owned()),
        ..LedgerView::default()
    }
}

fn tapped(quote: &Quote) -> Context {
    Context {
        shop_now_ms: NOW + 1_000,
        wall_ms: NOW,
        online: true,
        vouched: true,
        draw_failed: false,
        age: None,
        box_ages: Vec::new(),
        rendered: Some(Rendered::all_of(quote)),
        gesture: Gesture::Tap { digest: quote.digest.clone(), shown_ms: 1_000 },
    }
}

fn notice(kind: &str, code: &str, disclosure: bool) -> Notice {
    Notice {
        kind: kind.to_owned(),
        code: Some(code.to_owned()),
        content: format!("words about {code}"),
        markdown: false,
        disclosure,
        path: None,
        image_url: None,
        url: None,
    }
}

/// The codes after everything that lets a tap of 41.99 under 42.00 buy was changed by one edit.
fn after(
    edit: impl FnOnce(&mut Policy, &mut LedgerView, &mut Quote, &mut Context),
) -> (Decision, Vec<&'static str>) {
    let (mut policy, mut ledger, mut quote) = (policy(4_200), ledger(), quote(4_199));
    let mut context = tapped(&quote);
    edit(&mut policy, &mut ledger, &mut quote, &mut context);
    let decision = decide(&policy, &ledger, &quote, &context);
    let codes = decision.reasons().iter().map(Reason::code).collect();
    (decision, codes)
}

#[test]
fn just_under_the_threshold_buys_and_the_threshold_itself_does_not() {
    assert_eq!(after(|_, _, _, _| {}).0, Decision::OneTap);
    for (threshold, code) in [(4_199, "not_under_threshold"), (0, "not_under_threshold")] {
        let (_, codes) = after(|policy, _, _, _| policy.thresholds.extend([(usd(0).currency, threshold)]));
        assert_eq!(codes, [code]);
    }
    assert_eq!(after(|policy, _, _, _| policy.thresholds.clear()).1, ["threshold_off"]);
    let other = after(|policy, _, _, _| {
        policy.thresholds = std::iter::once(("CNY".parse().unwrap(), i64::MAX)).collect();
    });
    assert_eq!(other.1, ["other_currency"]);
}

#[test]
fn every_reason_to_confirm_is_found() {
    type Edit = fn(&mut Policy, &mut LedgerView, &mut Quote, &mut Context);
    let cases: [(&str, Edit); 29] = [
        ("totals_wrong", |_, _, quote, _| quote.totals_problem = Some("sum".to_owned())),
        ("total_missing", |_, _, quote, _| quote.total = None),
        ("shop_limit", |_, _, quote, _| quote.one_tap_max = Some(usd(4_199))),
        ("shop_limit", |_, _, quote, _| {
            quote.one_tap_max = Some(Money::new(9_999_999, "CNY".parse().unwrap()));
        }),
        ("day_amount", |policy, ledger, _, _| {
            policy.caps.day.insert(usd(0).currency, 4_198 + 100);
            ledger.spent.push(Spent { at_ms: NOW - DAY_MS + 1, amount: usd(100) });
        }),
        ("week_amount", |policy, ledger, _, _| {
            policy.caps.week.insert(usd(0).currency, 4_198 + 100);
            ledger.spent.push(Spent { at_ms: NOW - WEEK_MS + 1, amount: usd(100) });
        }),
        ("day_amount", |policy, ledger, _, _| {
            policy.caps.day.insert(usd(0).currency, i64::MAX);
            ledger.spent.push(Spent { at_ms: NOW, amount: usd(i64::MAX) });
        }),
        ("day_count", |policy, ledger, _, _| {
            policy.caps.day_count = Some(1);
            ledger.spent.push(Spent { at_ms: NOW, amount: Money::new(1, "CNY".parse().unwrap()) });
        }),
        ("week_count", |policy, _, _, _| policy.caps.week_count = Some(0)),
        ("new_address", |_, ledger, _, _| ledger.address_known = false),
        ("new_instrument", |_, ledger, _, _| ledger.instrument_known = false),
        ("new_device", |_, ledger, _, _| ledger.device_known = false),
        ("unknown_shop", |_, ledger, _, context| {
            ledger.shop_known = false;
            context.vouched = false;
        }),
        ("no_delivery_remembered", |_, ledger, _, _| ledger.delivery = None),
        ("no_delivery_remembered", |_, ledger, _, _| ledger.delivery = Some("express".to_owned())),
        ("instrument_asks", |_, _, quote, _| quote.payment.as_mut().unwrap().silent = false),
        ("subscription", |_, _, quote, _| quote.subscription = true),
        ("same_item_again", |_, ledger, _, _| ledger.item_last_bought_ms = Some(NOW - 59_999)),
        ("quiet_hours", |policy, _, _, _| {
            policy.quiet = Some(QuietHours { from: 0, to: 1_440, utc_offset: 0 });
        }),
        ("paused", |policy, _, _, _| policy.pause = Pause::UntilResumed),
        ("draw_failed_before", |_, _, _, context| context.draw_failed = true),
        ("placed_differently_before", |_, ledger, _, _| ledger.placed_differently = true),
        ("not_bindable", |_, _, quote, _| quote.bindable = false),
        ("not_rendered", |_, _, _, context| context.rendered = None),
        ("odds_not_shown", |_, _, quote, context| {
            quote.blind_box = true;
            context.age = Some(DeclaredAge::years(18));
        }),
        ("guardian_needed", |_, _, quote, context| {
            quote.age_rule = Some(AgeRule { min: 8, consent_under: 18 });
            context.age = Some(DeclaredAge::years(17));
        }),
        ("age_restricted", |_, _, quote, _| quote.age_rule = Some(AgeRule { min: 18, consent_under: 18 })),
        ("variant_open", |_, _, quote, _| quote.variant_open = true),
        ("escalation", |_, _, quote, _| quote.standing = Standing::Escalated),
    ];
    for (code, edit) in cases {
        let (decision, codes) = after(edit);
        assert_eq!(codes, [code]);
        let needs_more = [
            "not_rendered",
            "odds_not_shown",
            "variant_open",
            "escalation",
            "total_missing",
            "guardian_needed",
        ];
        assert!(matches!(decision, Decision::Confirm(_)), "{code}");
        assert_eq!(decision.may_be_confirmed(), !needs_more.contains(&code), "{code}");
    }
}

#[test]
fn every_reason_to_refuse_is_found() {
    type Edit = fn(&mut Policy, &mut LedgerView, &mut Quote, &mut Context);
    let cases: [(&str, Edit); 12] = [
        ("shown_too_briefly", |_, _, quote, context| {
            context.gesture = Gesture::Tap { digest: quote.digest.clone(), shown_ms: 499 };
        }),
        // A pin that changed under the finger; a lower price is another quote too.
        ("replaced", |_, _, quote, _| quote.digest = "cheaper".to_owned()),
        ("replaced", |_, _, _, context| context.gesture = Gesture::Confirm { digest: "old".to_owned() }),
        ("already_tapped", |_, ledger, _, _| ledger.quote_taken = true),
        ("already_tapped", |_, _, quote, _| quote.standing = Standing::Over),
        ("expired", |_, _, quote, context| context.shop_now_ms = quote.expires_at.as_ms()),
        ("stale", |_, _, quote, context| {
            quote.bound = false;
            context.shop_now_ms = NOW + UNBOUND_LIFE_MS + 1;
        }),
        ("not_ready", |_, _, quote, _| {
            quote.standing = Standing::NotReady { code: "out_of_stock".to_owned(), content: String::new() };
        }),
        ("no_instrument", |_, _, quote, _| quote.payment = None),
        ("offline", |_, _, _, context| context.online = false),
        ("under_age", |_, _, quote, context| {
            quote.age_rule = Some(AgeRule { min: 18, consent_under: 18 });
            context.age = Some(DeclaredAge::years(17));
        }),
        ("already_tapped", |policy, ledger, _, _| {
            // A refusal comes alone.
            policy.thresholds.clear();
            ledger.quote_taken = true;
        }),
    ];
    for (code, edit) in cases {
        let (decision, codes) = after(edit);
        assert_eq!(codes, [code]);
        assert!(matches!(decision, Decision::Refuse(_)) && !decision.may_be_confirmed(), "{code}");
    }
}

#[test]
fn what_the_shop_wants_shown_has_to_be_shown() {
    for (edit, code) in [
        (notice("warning", "allergens", false), "not_rendered"),
        (notice("warning", "allergens", true), "disclosure"),
        (notice("warning", "age_restricted", false), "age_restricted"),
    ] {
        let shown = code != "not_rendered";
        let (decision, codes) = after(|_, _, quote, context| {
            quote.notices.push(edit);
            if shown {
                context.rendered = Some(Rendered::all_of(quote));
            }
        });
        assert_eq!(codes, [code]);
        assert_eq!(decision.may_be_confirmed(), shown);
    }
    let swapped = after(|_, _, _, context| context.rendered.as_mut().unwrap().totals.swap(0, 1));
    let unlinked = after(|_, _, _, context| context.rendered.as_mut().unwrap().links.clear());
    assert_eq!((swapped.1, unlinked.1), (vec!["not_rendered"], vec!["not_rendered"]));
}

#[test]
fn several_packages_are_remembered_way_by_way() {
    let packages = |ways: &'static [&'static str], kept: &'static str| {
        after(move |_, ledger, quote, _| {
            let one = quote.delivery[0].clone();
            let package = |way: &&str| Delivery { selected: Some((*way).to_owned()), ..one.clone() };
            quote.delivery = ways.iter().map(package).collect();
            ledger.delivery = Some(kept.to_owned());
        })
        .1
    };
    assert!(packages(&["standard", "express"], "standard,express").is_empty());
    assert!(packages(&["standard", "standard"], "standard").is_empty(), "one more package, no new way");
    assert_eq!(packages(&["standard", "collect"], "standard,express"), ["no_delivery_remembered"]);
}

#[test]
fn a_clock_set_back_resets_nothing() {
    let spent = Spent { at_ms: NOW, amount: usd(1) };
    // The ledger's time stays the highest it has seen, whatever the wall shows.
    let (_, codes) = after(|policy, ledger, _, context| {
        policy.caps.day_count = Some(1);
        ledger.spent.push(spent);
        context.wall_ms = NOW - 30 * DAY_MS;
    });
    assert_eq!(codes, ["day_count"]);
}

/// Amounts where rules break: small ones, and the ends.
fn amounts() -> impl Strategy<Value = i64> {
    prop_oneof![4 => 0_i64..10_000, 1 => i64::MAX - 3..=i64::MAX]
}

fn cny(minor: i64) -> Money {
    Money::new(minor, "CNY".parse().unwrap())
}

/// Ages in years, and what is said of somebody of that very age.
fn verdict_of_years(rule: AgeRule, age: u32, consents: bool) -> AgeVerdict {
    match age {
        age if age < rule.min => AgeVerdict::TooYoung,
        age if age < rule.consent_under && !consents => AgeVerdict::ConsentNeeded,
        _ => AgeVerdict::Allowed,
    }
}

proptest! {
    #[test]
    fn under_the_threshold_is_strict(total in amounts(), threshold in amounts(), near in -1_i64..=1) {
        for threshold in [threshold, total.saturating_add(near)] {
            let (decision, codes) = after(|policy, _, quote, _| {
                quote.total = Some(usd(total));
                policy.thresholds.insert(usd(0).currency, threshold);
            });
            let under = i128::from(total) < i128::from(threshold);
            prop_assert_eq!(decision == Decision::OneTap, under);
            prop_assert_eq!(codes, if under { vec![] } else { vec!["not_under_threshold"] });
        }
    }

    #[test]
    fn another_currency_is_never_compared(minor in amounts(), threshold in amounts()) {
        let (_, codes) = after(|policy, _, quote, _| {
            (quote.currency, quote.total) = (cny(0).currency, Some(cny(minor)));
            policy.thresholds = std::iter::once((usd(0).currency, threshold)).collect();
        });
        prop_assert_eq!(codes, ["other_currency"]);
    }

    #[test]
    fn totals_that_do_not_add_up_are_confirmed_whatever_they_say(total in 0_i64..4_200, problem in ".*") {
        let (decision, codes) = after(|_, _, quote, _| {
            (quote.total, quote.totals_problem) = (Some(usd(total)), Some(problem));
        });
        prop_assert_eq!((codes, decision.may_be_confirmed()), (vec!["totals_wrong"], true));
    }

    /// Two windows, two currencies, entries on their very edges; counted independently in wider numbers.
    #[test]
    fn caps_hold_to_the_minor_unit_and_the_millisecond(
        total in 0_i64..10_000,
        spent in prop::collection::vec((0..3_usize, -2_i64..=2, amounts(), any::<bool>()), 0..8),
        caps in prop::array::uniform2(prop::option::of((amounts(), prop::option::of(-1_i64..=1)))),
        counts in prop::array::uniform2(prop::option::of(0_u32..6)),
    ) {
        let edges = [NOW, NOW - DAY_MS, NOW - WEEK_MS];
        let spent: Vec<_> = spent
            .into_iter()
            .map(|(edge, by, minor, dollars)| Spent {
                at_ms: (edges[edge] + by).min(NOW),
                amount: if dollars { usd(minor) } else { cny(minor) },
            })
            .collect();
        let sum = |window: i64| {
            let dollars = spent.iter().filter(|entry| entry.amount.currency == usd(0).currency);
            let within = dollars.filter(|entry| NOW - entry.at_ms < window);
            within.map(|entry| i128::from(entry.amount.minor)).sum::<i128>() + i128::from(total)
        };
        // Any cap, or one just about reached.
        let cap = |at: usize, window: i64| {
            let (any, near) = caps[at]?;
            let about = near.and_then(|near| i64::try_from(sum(window) + i128::from(near)).ok());
            Some(about.unwrap_or(any))
        };
        let caps = [cap(0, DAY_MS), cap(1, WEEK_MS)];
        let (_, codes) = after(|policy, ledger, quote, _| {
            quote.total = Some(usd(total));
            policy.thresholds.insert(usd(0).currency, i64::MAX);
            let map = |cap: Option<i64>| cap.map(|cap| (usd(0).currency, cap)).into_iter().collect();
            policy.caps = Caps { day: map(caps[0]), week: map(caps[1]), day_count: counts[0], week_count: counts[1] };
            ledger.spent.clone_from(&spent);
        });
        let mut expected = Vec::new();
        for (code, cap, window) in [("day_amount", caps[0], DAY_MS), ("week_amount", caps[1], WEEK_MS)] {
            expected.extend(cap.filter(|cap| sum(window) > i128::from(*cap)).map(|_| code));
        }
        for (code, cap, window) in [("day_count", counts[0], DAY_MS), ("week_count", counts[1], WEEK_MS)] {
            let count = spent.iter().filter(|entry| NOW - entry.at_ms < window).count();
            expected.extend(cap.filter(|cap| count + 1 > *cap as usize).map(|_| code));
        }
        prop_assert_eq!(codes, expected);
    }

    #[test]
    fn the_shops_own_limit_begins_at_its_amount(total in amounts(), max in amounts(), same in any::<bool>()) {
        let (_, codes) = after(|policy, _, quote, _| {
            quote.total = Some(usd(total));
            policy.thresholds.insert(usd(0).currency, i64::MAX);
            quote.one_tap_max = Some(if same { usd(max) } else { cny(max) });
        });
        let limited = !same || total >= max;
        prop_assert_eq!(codes.contains(&"shop_limit"), limited);
    }

    #[test]
    fn nothing_overflows_into_a_purchase(total in amounts(), spent in amounts(), cap in amounts(), now: i64) {
        let (decision, _) = after(|policy, ledger, quote, context| {
            quote.total = Some(usd(total));
            policy.thresholds.insert(usd(0).currency, i64::MAX);
            policy.caps.week.insert(usd(0).currency, cap);
            ledger.seen_ms = now;
            ledger.spent.push(Spent { at_ms: now, amount: usd(spent) });
            (context.shop_now_ms, quote.answered_at, quote.bound) = (now, Timestamp(i64::MIN), false);
        });
        let fits = i128::from(total) + i128::from(spent) <= i128::from(cap);
        prop_assert!(fits || decision != Decision::OneTap);
    }

    #[test]
    fn a_clock_set_back_resets_neither_caps_nor_pause(by in -60 * DAY_MS..=60 * DAY_MS, end in 1_i64..DAY_MS) {
        let (_, codes) = after(|policy, ledger, _, context| {
            policy.caps.week_count = Some(1);
            policy.pause = Pause::Until(NOW + end);
            ledger.spent.push(Spent { at_ms: NOW, amount: usd(1) });
            context.wall_ms = NOW + by;
        });
        prop_assert_eq!(codes, ["week_count", "paused"]);
    }

    #[test]
    fn only_what_was_under_the_finger_is_bought(now in "[a-c]{1,2}", tapped in "[a-c]{1,2}", price in 1_i64..4_199, confirmed: bool) {
        let (decision, codes) = after(|_, _, quote, context| {
            (quote.total, quote.digest) = (Some(usd(price)), now.clone());
            context.gesture = if confirmed {
                Gesture::Confirm { digest: tapped.clone() }
            } else {
                Gesture::Tap { digest: tapped.clone(), shown_ms: u64::MAX }
            };
        });
        prop_assert_eq!(&codes, if now == tapped { &[][..] } else { &["replaced"][..] });
        prop_assert_eq!(matches!(decision, Decision::Refuse(_)), now != tapped);
    }

    #[test]
    fn half_a_second_is_long_enough_and_less_is_not(shown_ms in prop_oneof![0_u64..1_000, Just(499), Just(500)]) {
        let (_, codes) = after(|_, _, quote, context| {
            context.gesture = Gesture::Tap { digest: quote.digest.clone(), shown_ms };
        });
        prop_assert_eq!(codes.is_empty(), shown_ms >= 500);
        prop_assert!(codes.iter().all(|code| *code == "shown_too_briefly"));
    }

    #[test]
    fn a_taken_quote_is_not_bought_again_however_it_is_asked_for(confirmed: bool, over: bool, threshold in amounts()) {
        let (decision, codes) = after(|policy, ledger, quote, context| {
            policy.thresholds.insert(usd(0).currency, threshold);
            ledger.quote_taken = !over;
            if over {
                quote.standing = Standing::Over;
            }
            if confirmed {
                context.gesture = Gesture::Confirm { digest: quote.digest.clone() };
            }
        });
        prop_assert_eq!(codes, ["already_tapped"]);
        prop_assert!(matches!(decision, Decision::Refuse(_)));
    }

    #[test]
    fn an_unbound_quote_is_good_for_a_minute_and_any_until_it_expires(
        age in 0_i64..120_000, left in -2_i64..120_000, bound: bool, edge in prop::option::of(0_usize..2),
    ) {
        let age = edge.map_or(age, |edge| [60_000, 60_001][edge]);
        let (_, codes) = after(|_, _, quote, context| {
            quote.bound = bound;
            quote.answered_at = Timestamp(NOW - age);
            quote.expires_at = Timestamp(NOW + left);
            context.shop_now_ms = NOW;
        });
        let mut expected = Vec::new();
        expected.extend((left <= 0).then_some("expired"));
        expected.extend((!bound && age > 60_000).then_some("stale"));
        prop_assert_eq!(codes, expected);
    }

    #[test]
    fn each_thing_that_is_new_is_said_and_nothing_else(
        known in any::<[bool; 4]>(), vouched: bool, delivered: bool, chosen in 0..3_usize, kept in 0..3_usize,
    ) {
        let options = [None, Some("standard".to_owned()), Some("express".to_owned())];
        let (_, codes) = after(|_, ledger, quote, context| {
            [ledger.shop_known, ledger.device_known, ledger.instrument_known, ledger.address_known] = known;
            context.vouched = vouched;
            if !delivered {
                quote.destinations.clear();
            }
            quote.delivery[0].selected.clone_from(&options[chosen]);
            ledger.delivery.clone_from(&options[kept]);
        });
        let mut expected = Vec::new();
        expected.extend((!known[0] && !vouched).then_some("unknown_shop"));
        expected.extend((!known[1]).then_some("new_device"));
        expected.extend((!known[2]).then_some("new_instrument"));
        expected.extend((!known[3] && delivered).then_some("new_address"));
        expected.extend((chosen != 0 && chosen != kept).then_some("no_delivery_remembered"));
        prop_assert_eq!(codes, expected);
    }

    #[test]
    fn every_disclosure_is_a_reason_and_has_to_be_shown(
        kinds in prop::collection::vec((any::<bool>(), any::<bool>()), 1..6), left_out in any::<prop::sample::Index>(),
    ) {
        let add = |quote: &mut Quote| {
            for (at, (disclosure, warning)) in kinds.iter().enumerate() {
                let kind = if *warning || *disclosure { "warning" } else { "info" };
                quote.notices.push(notice(kind, &format!("n{at}"), *disclosure));
            }
        };
        let (_, codes) = after(|_, _, quote, context| {
            add(quote);
            context.rendered = Some(Rendered::all_of(quote));
        });
        let disclosures = kinds.iter().filter(|(disclosure, _)| *disclosure).count();
        prop_assert_eq!(codes, vec!["disclosure"; disclosures]);
        let (decision, codes) = after(|_, _, quote, context| {
            add(quote);
            let mut rendered = Rendered::all_of(quote);
            if !rendered.notices.is_empty() {
                rendered.notices.remove(left_out.index(rendered.notices.len()));
            }
            context.rendered = Some(rendered);
        });
        let has_words = kinds.iter().any(|(disclosure, warning)| *disclosure || *warning);
        prop_assert_eq!(codes.contains(&"not_rendered"), has_words);
        prop_assert_eq!(decision.may_be_confirmed(), !has_words);
    }

    #[test]
    fn anything_left_out_or_changed_was_not_rendered(
        amounts in prop::collection::vec(-5_000_i64..5_000, 1..5), at in any::<prop::sample::Index>(), how in 0..5,
    ) {
        let (decision, codes) = after(|_, _, quote, context| {
            quote.totals = amounts.iter().map(|amount| total("line", *amount)).collect();
            let mut rendered = Rendered::all_of(quote);
            let at = at.index(rendered.totals.len());
            match how {
                0 => drop(rendered.totals.remove(at)),
                1 => rendered.totals[at].1 += 1,
                2 => rendered.totals[at].0.push('!'),
                3 => rendered.totals.push(("more".to_owned(), 0)),
                _ => rendered.links.clear(),
            }
            context.rendered = Some(rendered);
        });
        let what = if how == 4 { "links" } else { "totals" };
        prop_assert_eq!(codes, ["not_rendered"]);
        prop_assert_eq!(decision, Decision::Confirm(vec![Reason::NotRendered { what: what.to_owned() }]));
    }

    /// Against a walk around the clock, minute by minute.
    #[test]
    fn quiet_hours_are_quiet_from_their_first_minute_to_their_last(
        from in 0_u16..1_440, to in 0_u16..1_440, utc_offset in -840_i16..=840, wall_ms in NOW - WEEK_MS..NOW,
    ) {
        let (_, codes) = after(|policy, _, _, context| {
            policy.quiet = Some(QuietHours { from, to, utc_offset });
            context.wall_ms = wall_ms;
        });
        let local = (wall_ms / 60_000 + i64::from(utc_offset)) % 1_440;
        let mut minute = i64::from(from);
        let mut quiet = false;
        for _ in 0..1_440 {
            quiet |= minute == local;
            minute = (minute + 1) % 1_440;
            if minute == i64::from(to) {
                break;
            }
        }
        prop_assert_eq!(codes.contains(&"quiet_hours"), quiet);
    }

    #[test]
    fn the_spending_guard_holds_to_the_millisecond(
        since in prop_oneof![0_i64..120_000, Just(59_999), Just(60_000)], left in -2_i64..=2, again: bool, differed: bool, drawn: bool,
    ) {
        let (_, codes) = after(|policy, ledger, _, context| {
            ledger.item_last_bought_ms = again.then_some(NOW - since);
            policy.pause = Pause::Until(NOW + left);
            ledger.placed_differently = differed;
            context.draw_failed = drawn;
        });
        let mut expected = Vec::new();
        expected.extend((left > 0).then_some("paused"));
        expected.extend(differed.then_some("placed_differently_before"));
        expected.extend(drawn.then_some("draw_failed_before"));
        expected.extend((again && since < 60_000).then_some("same_item_again"));
        prop_assert_eq!(codes, expected);
    }

    /// A band says of a rule what every single year in it says; where they disagree, it is not known.
    #[test]
    fn ages_are_judged_year_by_year(
        min in 0_u32..25, more in 0_u32..15, at_least in 0_u32..40, width in prop::option::of(1_u32..30), guardian_consents: bool,
    ) {
        let rule = AgeRule { min, consent_under: min + more };
        let under = width.map(|width| at_least + width);
        let age = DeclaredAge { at_least, under, guardian_consents };
        let years = at_least..under.unwrap_or(130);
        let mut verdicts: Vec<_> =
            years.map(|age| verdict_of_years(rule, age, guardian_consents)).collect();
        verdicts.dedup();
        let expected = if let [only] = verdicts[..] { only } else { AgeVerdict::Unknown };
        prop_assert_eq!(rule.judge_declared(Some(age)), expected);
        let (decision, codes) = after(|_, _, quote, context| {
            (quote.age_rule, context.age) = (Some(rule), Some(age));
        });
        prop_assert_eq!(decision == Decision::OneTap, expected == AgeVerdict::Allowed);
        prop_assert_eq!(codes, match expected {
            AgeVerdict::Allowed => vec![],
            AgeVerdict::Unknown => vec!["age_restricted"],
            AgeVerdict::ConsentNeeded => vec!["guardian_needed"],
            AgeVerdict::TooYoung => vec!["under_age"],
        });
    }

    #[test]
    fn under_age_is_refused_by_the_strictest_rule_whoever_confirms(
        boxes in prop::collection::vec(8_u32..25, 0..4), own in prop::option::of(1_u32..25), years in 0_u32..25, confirmed: bool,
    ) {
        let (decision, codes) = after(|_, _, quote, context| {
            context.box_ages = boxes.iter().map(|min| AgeRule { min: *min, consent_under: *min }).collect();
            quote.age_rule = own.map(|min| AgeRule { min, consent_under: min });
            context.age = Some(DeclaredAge::years(years));
            if confirmed {
                context.gesture = Gesture::Confirm { digest: quote.digest.clone() };
            }
        });
        let strictest = boxes.iter().copied().chain(own).filter(|min| years < *min).max();
        prop_assert_eq!(codes.is_empty(), strictest.is_none());
        if let Some(min) = strictest {
            prop_assert_eq!(decision, Decision::Refuse(vec![Reason::UnderAge { min }]));
        }
    }

    #[test]
    fn a_refusal_comes_alone(offline: bool, expired: bool, replaced: bool, young: bool, no_card: bool) {
        let (decision, _) = after(|policy, ledger, quote, context| {
            *policy = Policy::default();
            *ledger = LedgerView { seen_ms: NOW, ..LedgerView::default() };
            context.online = !offline;
            if expired {
                quote.expires_at = Timestamp(0);
            }
            if replaced {
                quote.digest.push('!');
            }
            if young {
                (quote.age_rule, context.age) = (Some(AgeRule::FLOOR), Some(DeclaredAge::years(7)));
            }
            if no_card {
                quote.payment = None;
            }
        });
        let refused = offline || expired || replaced || young || no_card;
        prop_assert_eq!(matches!(decision, Decision::Refuse(_)), refused);
        let weights = decision.reasons().iter().map(Reason::weight);
        prop_assert!(weights.into_iter().all(|weight| (weight == Weight::Refuses) == refused));
    }
}

#[test]
fn an_age_that_is_not_told_or_not_declared_is_confirmed() {
    let restricted = |quote: &mut Quote, context: &mut Context| {
        quote.notices.push(notice("warning", "age_restricted", false));
        context.rendered = Some(Rendered::all_of(quote));
    };
    // The shop's warning names no age: none that is declared satisfies it.
    let untold = after(|_, _, quote, context| {
        restricted(quote, context);
        context.age = Some(DeclaredAge::years(99));
    });
    assert_eq!((untold.1, untold.0.may_be_confirmed()), (vec!["age_restricted"], true));
    let told = after(|_, _, quote, context| {
        restricted(quote, context);
        quote.age_rule = Some(AgeRule { min: 21, consent_under: 21 });
        context.age = Some(DeclaredAge { at_least: 21, under: None, guardian_consents: false });
    });
    assert_eq!(told.0, Decision::OneTap);
    // A box that its shop has not described keeps to the lowest rule there is.
    for (age, code) in [(None, "age_restricted"), (Some(17), "guardian_needed"), (Some(7), "under_age")] {
        let (_, codes) = after(|_, _, quote, context| {
            quote.blind_box = true;
            context.age = age.map(DeclaredAge::years);
            context.rendered = Some(Rendered::all_of(quote));
        });
        assert_eq!(codes, [code]);
    }
}

fn any_quote() -> impl Strategy<Value = (Quote, LedgerView, Policy, u64)> {
    let amounts = prop_oneof![0_i64..10_000, Just(i64::MAX), Just(i64::MAX - 1)];
    let spent = prop::collection::vec((NOW - 2 * WEEK_MS..=NOW, amounts.clone()), 0..6);
    let caps =
        (prop::option::of(amounts.clone()), prop::option::of(amounts.clone()), prop::option::of(0_u32..5));
    (amounts.clone(), amounts, spent, caps, any::<[bool; 6]>(), 0_u64..2_000).prop_map(
        |(minor, threshold, spent, (day, week, count), flags, shown)| {
            let mut quote = quote(minor);
            quote.bound = flags[0];
            quote.totals_problem = flags[1].then(|| "sum".to_owned());
            let mut ledger = ledger();
            ledger.spent =
                spent.into_iter().map(|(at_ms, minor)| Spent { at_ms, amount: usd(minor) }).collect();
            ledger.address_known = flags[2];
            ledger.quote_taken = flags[3];
            let mut policy = policy(threshold);
            let map = |cap: Option<i64>| cap.map(|cap| (usd(0).currency, cap)).into_iter().collect();
            policy.caps = Caps { day: map(day), week: map(week), day_count: count, week_count: None };
            policy.pause = if flags[4] { Pause::UntilResumed } else { Pause::Off };
            (quote, ledger, policy, shown)
        },
    )
}

proptest! {
    /// Whatever comes together, a tap buys only if every rule lets it.
    #[test]
    fn a_tap_buys_only_within_every_bound((quote, ledger, policy, shown_ms) in any_quote()) {
        let context = Context {
            gesture: Gesture::Tap { digest: quote.digest.clone(), shown_ms },
            ..tapped(&quote)
        };
        let decision = decide(&policy, &ledger, &quote, &context);
        let total = quote.total.unwrap().minor;
        let sum = |window: i64| {
            let recent = ledger.spent.iter().filter(|spent| spent.at_ms > NOW - window);
            recent.map(|spent| i128::from(spent.amount.minor)).sum::<i128>() + i128::from(total)
        };
        let within = |cap: Option<&i64>, window: i64| cap.is_none_or(|cap| sum(window) <= i128::from(*cap));
        let today = ledger.spent.iter().filter(|spent| spent.at_ms > NOW - DAY_MS).count();
        let allowed = total < policy.thresholds[&quote.currency]
            && within(policy.caps.day.get(&quote.currency), DAY_MS)
            && within(policy.caps.week.get(&quote.currency), WEEK_MS)
            && policy.caps.day_count.is_none_or(|cap| today < cap as usize)
            && quote.totals_problem.is_none() && ledger.address_known && !ledger.quote_taken
            && policy.pause == Pause::Off && shown_ms >= MIN_SHOWN_MS;
        prop_assert_eq!(decision == Decision::OneTap, allowed, "{:?}", decision);
    }

    /// Spending more, or a lower threshold, never turns a refusal or a confirmation into a purchase.
    #[test]
    fn stricter_is_never_laxer((quote, ledger, policy, shown_ms) in any_quote(), more in 0_i64..1_000) {
        let context = Context {
            gesture: Gesture::Tap { digest: quote.digest.clone(), shown_ms },
            ..tapped(&quote)
        };
        let before = decide(&policy, &ledger, &quote, &context);
        let (mut spent, mut lower) = (ledger.clone(), policy.clone());
        spent.spent.push(Spent { at_ms: NOW, amount: usd(more) });
        lower.thresholds.values_mut().for_each(|threshold| *threshold = threshold.saturating_sub(more));
        if before != Decision::OneTap {
            prop_assert_ne!(decide(&policy, &spent, &quote, &context), Decision::OneTap);
            prop_assert_ne!(decide(&lower, &ledger, &quote, &context), Decision::OneTap);
        }
    }
}

#[test]
fn what_the_shop_was_not_told_is_not_bought_over() {
    use ConsentKind::{Analytics, Marketing};
    let asks = |answer| Quote {
        consents: [(Marketing, answer), (Analytics, None)]
            .map(|(kind, answer)| QuoteConsent { kind, answer, in_force: answer })
            .into(),
        ..quote(100)
    };
    let kept = |answer: Option<bool>| LedgerView {
        consents: answer.map(|it| Consent::default().with(Marketing, it)).unwrap_or_default(),
        ..ledger()
    };
    for (told, answered, buys) in [
        (None, None, true),
        (Some(true), Some(true), true),
        (Some(false), Some(false), true),
        // What the host app's record says is told, and asks for nothing here.
        (Some(true), None, true),
        (Some(true), Some(false), false),
        (None, Some(true), false),
        (None, Some(false), false),
    ] {
        let decision = decide(&policy(200), &kept(answered), &asks(told), &tapped(&asks(told)));
        let expected = if buys { Decision::OneTap } else { Decision::Refuse(vec![Reason::Stale]) };
        assert_eq!(decision, expected, "told {told:?}, answered {answered:?}");
    }
    // A shop that does not ask any more is not waited for.
    let silent = quote(100);
    assert_eq!(decide(&policy(200), &kept(Some(false)), &silent, &tapped(&silent)), Decision::OneTap);
}
