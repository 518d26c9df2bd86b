use super::*;
use crate::returns::machine_pickup::PickupState;
use proptest::prelude::*;
use serde_json::{Value, json};

fn said(revision: u64, request: &str, pickup: Option<&str>, money: &str, refunded: i64) -> Value {
    let mut said = json!({
        "id": "ret_1", "order_id": "ord_1", "revision": revision, "now": "2026-11-25T18:41:00.000Z",
        "request": {"state": request}, "lines": [{"line_id": "li_1", "quantity": 1, "reason": "changed_mind"}],
        "money": {"state": money, "amount": 4200, "currency": "USD", "refunded": refunded, "final": money == "refunded"}
    });
    if let Some(pickup) = pickup {
        said["pickup"] = json!({"state": pickup, "slots": [], "code": "4821"});
    }
    said
}

fn wire(said: Value) -> ReturnWire {
    serde_json::from_value(said).unwrap()
}

fn wished() -> Return {
    Return::wished(vec![ReturnLine { line_id: "li_1".into(), quantity: 1, reason: "changed_mind".into() }])
}

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

#[test]
fn the_whole_way_of_a_pearl_back_to_its_shop() {
    let mut back = wished();
    let way = [
        ("requested", None, "none", 0),
        ("approved", Some("slots_offered"), "quoted", 0),
        ("approved", Some("booked"), "quoted", 0),
        ("approved", Some("courier_no_show"), "quoted", 0),
        ("approved", Some("booked"), "quoted", 0),
        ("approved", Some("arrived"), "quoted", 0),
        ("approved", Some("handed_over"), "provisional", 0),
        ("approved", Some("inspected"), "pending", 0),
        ("closed", Some("inspected"), "refunded", 4_200),
    ];
    for (revision, (request, pickup, money, refunded)) in (1..).zip(way) {
        let heard = back.hear(wire(said(revision, request, pickup, money, refunded)), Some(usd(5_036)));
        assert_eq!((heard, back.contradiction), (Heard::Counted, None), "{request} {pickup:?}");
    }
    assert!(back.is_settled() && !back.can_cancel());
}

#[test]
fn a_course_goes_back_without_a_courier() {
    let mut back = wished();
    for (revision, (request, money, refunded)) in
        (1..).zip([("approved", "pending", 0), ("closed", "refunded", 4_200)])
    {
        assert!(!back.is_settled() && back.can_cancel() == (revision > 1));
        back.hear(wire(said(revision, request, None, money, refunded)), Some(usd(4_200)));
        assert_eq!((&back.pickup, back.contradiction), (&None, None));
    }
    assert!(back.is_settled() && !back.can_cancel());
}

#[test]
fn an_older_answer_is_ignored() {
    let mut back = wished();
    back.hear(wire(said(5, "approved", Some("arrived"), "quoted", 0)), None);
    let known = back.clone();
    assert_eq!(back.hear(wire(said(5, "approved", Some("booked"), "quoted", 0)), None), Heard::Stale);
    assert_eq!(back.hear(wire(said(4, "canceled", None, "none", 0)), None), Heard::Stale);
    assert_eq!(back, known);
}

#[test]
fn a_contradiction_is_kept_and_the_rest_counts() {
    let mut back = wished();
    back.hear(wire(said(1, "approved", Some("in_transit"), "provisional", 0)), Some(usd(4_200)));
    back.hear(wire(said(2, "approved", Some("booked"), "refunded", 4_200)), Some(usd(4_200)));
    assert_eq!(back.contradiction, Some(Contradiction::Parcel));
    assert_eq!(back.pickup.as_ref().map(|pickup| &pickup.state), Some(&PickupState::InTransit));
    assert_eq!(back.money.refunded, Some(usd(4_200)));
    back.hear(wire(said(3, "canceled", Some("in_transit"), "refunded", 4_200)), Some(usd(4_200)));
    assert_eq!((back.contradiction, &back.request), (Some(Contradiction::Request), &Request::Approved));
    back.hear(wire(said(4, "closed", Some("inspected"), "refunded", 4_200)), Some(usd(4_200)));
    assert_eq!(back.contradiction, None);
}

#[test]
fn the_shop_cannot_take_more_than_was_given() {
    let mut back = wished();
    let mut more = said(1, "requested", None, "none", 0);
    more["lines"][0]["quantity"] = json!(2);
    back.hear(wire(more), None);
    assert_eq!((back.contradiction, back.lines[0].quantity), (Some(Contradiction::Lines), 1));
}

fn line(delivered: u32, returned: u32, open: u32) -> ReturnableLine {
    serde_json::from_value(
        json!({"line_id": "li_1", "delivered": delivered, "returned": returned, "open": open,
        "until": "2026-12-02T09:00:00.000Z", "kind": "goods", "reasons": ["changed_mind"],
        "refund": {"amount": 4200, "currency": "USD"}}),
    )
    .unwrap()
}

fn give(quantity: u32, reason: &str) -> Vec<ReturnLine> {
    vec![ReturnLine { line_id: "li_1".into(), quantity, reason: reason.into() }]
}

#[test]
fn a_wish_has_to_fit_what_the_shop_takes_back() {
    let now = Timestamp(1_795_551_303_000);
    let of = |line: ReturnableLine| Returnable { now, lines: vec![line] };
    let fits = |returnable: &Returnable, lines: &[ReturnLine], now| check(returnable, lines, now);
    assert_eq!(fits(&of(line(3, 1, 1)), &give(1, "changed_mind"), now), Ok(()));
    let too_many = Err(Unfit::TooMany { line_id: "li_1".into(), left: 1 });
    assert_eq!(fits(&of(line(3, 1, 1)), &give(2, "changed_mind"), now), too_many);
    assert!(fits(&of(line(1, 0, 0)), &give(0, "changed_mind"), now).is_err());
    assert!(fits(&of(line(1, 0, 0)), &[], now).is_err());
    assert!(fits(&of(line(1, 0, 0)), &give(1, "because"), now).is_err());
    assert!(fits(&of(line(1, 0, 0)), &give(1, "changed_mind"), Timestamp(i64::MAX)).is_err());
    let twice = [give(1, "changed_mind"), give(1, "changed_mind")].concat();
    assert_eq!(fits(&of(line(2, 0, 0)), &twice, now), Err(Unfit::Twice { line_id: "li_1".into() }));
    assert_eq!(line(1, 2, u32::MAX).left(), 0, "figures that do not add up");
    assert_eq!(estimate(&of(line(3, 0, 0)), &give(2, "changed_mind")), Some(usd(8_400)));
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = &'static str> {
    proptest::sample::select(words)
}

const REQUESTS: &[&str] =
    &["requested", "needs_review", "approved", "declined", "closed", "canceled", "expired", "newer"];
const PICKUPS: &[&str] = &[
    "slots_offered",
    "slot_held",
    "booked",
    "courier_assigned",
    "en_route",
    "arrived",
    "handed_over",
    "in_transit",
    "received",
    "inspected",
    "customer_no_show",
    "courier_no_show",
    "refused",
    "lost",
    "drop_off",
    "keep_item",
    "newer",
];
const MONEY: &[&str] =
    &["none", "quoted", "provisional", "pending", "refunded", "failed", "reversal_proposed", "newer"];

proptest! {
    #[test]
    fn whatever_a_shop_says_in_whatever_order_the_invariants_hold(
        answers in proptest::collection::vec(
            (0_u64..40, word(REQUESTS), proptest::option::of(word(PICKUPS)), word(MONEY), -10_i64..6_000), 1..60)
    ) {
        let (mut back, cap) = (wished(), usd(5_036));
        let (mut custody, mut ended) = (false, false);
        for (revision, request, pickup, money, refunded) in answers {
            let before = back.clone();
            let heard = back.hear(wire(said(revision, request, pickup, money, refunded)), Some(cap));
            prop_assert!(back.revision >= before.revision);
            prop_assert_eq!(heard == Heard::Stale, revision <= before.revision);
            if heard == Heard::Stale {
                prop_assert_eq!(&back, &before);
            }
            let paid_back = back.money.refunded.map_or(0, |back| back.minor);
            prop_assert!((0..=cap.minor).contains(&paid_back));
            let passed = back.pickup.as_ref().is_some_and(|pickup| pickup.custody_passed);
            prop_assert!(passed || !custody, "custody went back");
            if custody {
                prop_assert!(back.request != Request::Canceled || before.request == Request::Canceled);
            }
            custody = passed;
            if let Some(pickup) = &back.pickup {
                let door = matches!(pickup.state, PickupState::Arrived | PickupState::HandedOver);
                prop_assert!(door || pickup.code.is_none(), "the code is out");
            }
            prop_assert!(!ended || back.request == Request::Closed, "closed is closed");
            ended = back.request == Request::Closed;
        }
    }

    #[test]
    fn returned_and_open_never_exceed_what_was_delivered(
        delivered in 0_u32..9, returned in 0_u32..9, open in 0_u32..9, quantity in 0_u32..9
    ) {
        let now = Timestamp(1_795_551_303_000);
        let returnable = Returnable { now, lines: vec![line(delivered, returned, open)] };
        let fits = check(&returnable, &give(quantity, "changed_mind"), now).is_ok();
        prop_assert_eq!(fits, quantity > 0 && returned + open + quantity <= delivered);
    }
}
