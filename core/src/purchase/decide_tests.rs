use super::*;
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
        delivery: vec![Delivery {
            group: "g".to_owned(),
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
    let cases: [(&str, Edit); 27] = [
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
        ("odds_not_shown", |_, _, quote, _| quote.blind_box = true),
        ("variant_open", |_, _, quote, _| quote.variant_open = true),
        ("escalation", |_, _, quote, _| quote.standing = Standing::Escalated),
    ];
    for (code, edit) in cases {
        let (decision, codes) = after(edit);
        assert_eq!(codes, [code]);
        let needs_more = ["not_rendered", "odds_not_shown", "variant_open", "escalation", "total_missing"];
        assert!(matches!(decision, Decision::Confirm(_)), "{code}");
        assert_eq!(decision.may_be_confirmed(), !needs_more.contains(&code), "{code}");
    }
}

#[test]
fn every_reason_to_refuse_is_found() {
    type Edit = fn(&mut Policy, &mut LedgerView, &mut Quote, &mut Context);
    let cases: [(&str, Edit); 11] = [
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
