//! Returns: the courier takes it as it is, and the money comes back once.

use super::*;
use crate::shop::{CourierStep, ShopEvent};

fn ask(stall: &mut Stall, order: &str, quantity: i64, reason: &str) -> Response {
    stall.post(
        "/nm/returns",
        &json!({ "order_id": order, "lines": [{ "line_id": "li_1", "quantity": quantity, "reason": reason }] }),
    )
}

fn book(stall: &mut Stall, back: &Value) -> Response {
    let slot = &back["pickup"]["slots"][0];
    assert_eq!((&slot["unpacked"], &slot["fee"]), (&json!(true), &json!(0)));
    let path = format!("/nm/returns/{}/book", text(&back["id"]));
    stall.post(&path, &json!({ "slot_id": slot["id"], "address": { "street_address": "1 Harbour Road" } }))
}

#[test]
fn a_courier_takes_it_unpacked_and_the_money_comes_back() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("mug_celadon_l", 1);
    assert_eq!(
        stall.get(&format!("/nm/orders/{order}/returnable"))["lines"],
        json!([]),
        "nothing delivered yet"
    );
    stall.pass(HOUR);
    let line = stall.get(&format!("/nm/orders/{order}/returnable"))["lines"][0].clone();
    assert_eq!((&line["delivered"], &line["refund"]["amount"]), (&json!(1), &json!(23_800)));
    let back = ask(&mut stall, &order, 1, "changed_mind").body_json();
    assert_eq!(
        (&back["pickup"]["state"], &back["money"]["state"]),
        (&json!("slots_offered"), &json!("quoted"))
    );
    let id = text(&back["id"]);
    let hold = format!("/nm/returns/{id}/slots/{}/hold", text(&back["pickup"]["slots"][1]["id"]));
    assert_eq!(stall.post(&hold, &json!({})).body_json()["pickup"]["state"], "slot_held");
    assert_eq!(book(&mut stall, &back).body_json()["pickup"]["state"], "booked");
    let path = format!("/nm/returns/{id}");
    let mut seen = vec![];
    let mut revision = 0;
    for _ in 0..900 {
        stall.pass(MINUTE);
        let now = stall.get(&path);
        let state = text(&now["pickup"]["state"]);
        let grown = now["revision"].as_i64().expect("an integer");
        assert!(grown >= revision);
        revision = grown;
        let arrived = !matches!(state.as_str(), "booked" | "courier_assigned" | "en_route");
        assert_eq!(
            now["pickup"]["code"].is_string(),
            arrived,
            "the code is hidden until the courier is there: {state}"
        );
        if seen.last() != Some(&state) {
            seen.push(state);
        }
    }
    let way = [
        "booked",
        "courier_assigned",
        "en_route",
        "arrived",
        "handed_over",
        "in_transit",
        "received",
        "inspected",
    ];
    assert!(way.iter().skip(1).eq(seen.iter().filter(|state| *state != "booked")), "{seen:?}");
    let done = stall.get(&path);
    assert_eq!((&done["money"]["state"], &done["money"]["refunded"]), (&json!("refunded"), &json!(23_800)));
    assert_eq!(done["request"]["state"], "closed");
    assert_eq!(stall.get(&format!("/ucp/orders/{order}"))["adjustments"][0]["totals"][0]["amount"], -23_800);
    assert_eq!(stall.shop.stock("mug_celadon_l"), 6, "back on the shelf");
    assert_eq!(stall.shop.books().pickups.iter().filter(|step| step.state == "handed_over").count(), 1);
    stall.books_are_right();
}

#[test]
fn a_clock_that_jumps_goes_the_whole_way_and_refunds_once() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("tea_cup", 2);
    stall.pass(HOUR);
    let back = ask(&mut stall, &order, 1, "changed_mind").body_json();
    book(&mut stall, &back);
    stall.shop.take_events();
    stall.pass(48 * HOUR);
    let done = stall.get(&format!("/nm/returns/{}", text(&back["id"])));
    assert_eq!(
        (&done["pickup"]["state"], &done["money"]["state"]),
        (&json!("inspected"), &json!("refunded"))
    );
    let money: Vec<ShopEvent> = stall
        .shop
        .take_events()
        .into_iter()
        .filter(|event| matches!(event, ShopEvent::RefundChanged { .. }))
        .collect();
    assert_eq!(money.len(), 2, "provisional, then refunded: {money:?}");
    assert_eq!(stall.shop.books().refunds.len(), 1);
    stall.books_are_right();
}

#[test]
fn no_more_goes_back_than_came() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("tea_cup", 2);
    stall.pass(HOUR);
    for bad in [0, 3, -1] {
        assert_eq!(ask(&mut stall, &order, bad, "changed_mind").status, 409);
    }
    assert_eq!(ask(&mut stall, &order, 1, "no_such_reason").status, 409);
    assert_eq!(ask(&mut stall, &order, 2, "changed_mind").status, 200);
    assert_eq!(ask(&mut stall, &order, 1, "changed_mind").status, 409);
    stall.bearer = Some("token:bo".into());
    assert_eq!(ask(&mut stall, &order, 1, "changed_mind").status, 404);
    stall.bearer = Some("token:ada".into());
    stall.pass(8 * 24 * HOUR);
    let other = stall.buy("tea_cup", 1);
    stall.pass(HOUR + 7 * 24 * HOUR + 1);
    assert_eq!(ask(&mut stall, &other, 1, "changed_mind").status, 409, "too late");
}

#[test]
fn piece_by_piece_all_of_the_money_comes_back() {
    let mut stall = Stall::snacks().signed_in("ada");
    // Three for 53.97 with tax and a discount: no piece is a third of it.
    let order = stall.buy("tasting_tin", 3);
    stall.pass(HOUR);
    let mut sum = 0;
    for _ in 0..3 {
        let back = ask(&mut stall, &order, 1, "changed_mind").body_json();
        sum += back["money"]["amount"].as_i64().expect("an amount");
        let id = text(&back["id"]);
        assert!(stall.courier(&id, CourierStep::KeepItem));
    }
    let (_, paid, refunded) = stall.shop.tallies(&order);
    let delivery = 500;
    assert_eq!((sum, refunded), (paid - delivery, paid - delivery), "all but the delivery");
    stall.books_are_right();
}

#[test]
fn the_courier_who_does_not_come_costs_the_shopper_nothing() {
    let mut stall = Stall::studio().signed_in("ada");
    let order = stall.buy("tea_cup", 1);
    stall.pass(HOUR);
    let back = ask(&mut stall, &order, 1, "changed_mind").body_json();
    let id = text(&back["id"]);
    let path = format!("/nm/returns/{id}");
    let deadline = text(&back["pickup"]["deadline"]);
    book(&mut stall, &back);
    assert!(stall.courier(&id, CourierStep::CourierNoShow));
    let waiting = stall.get(&path);
    assert_eq!(waiting["pickup"]["state"], "courier_no_show");
    assert!(text(&waiting["pickup"]["deadline"]) > deadline, "more time");
    assert_eq!(book(&mut stall, &waiting).status, 200);
    for state in ["courier_assigned", "en_route", "arrived"] {
        assert!(stall.courier(&id, CourierStep::Next));
        assert_eq!(stall.get(&path)["pickup"]["state"], state);
    }
    assert!(!stall.courier(&id, CourierStep::Lost), "nothing to lose before it is handed over");
    assert!(stall.courier(&id, CourierStep::Next));
    assert_eq!(stall.post(&format!("{path}/cancel"), &json!({})).body_json()["code"], "too_late");
    assert!(stall.courier(&id, CourierStep::Lost));
    let lost = stall.get(&path);
    assert_eq!((&lost["money"]["state"], &lost["money"]["final"]), (&json!("refunded"), &json!(true)));
    assert!(!stall.courier(&id, CourierStep::Lost), "once");
    stall.books_are_right();
}

#[test]
fn a_course_has_no_pickup() {
    let mut stall = Stall::snacks().signed_in("ada");
    let order = stall.buy("vocal_course", 1);
    let back = ask(&mut stall, &order, 1, "changed_mind").body_json();
    assert_eq!((back.get("pickup"), &back["money"]["state"]), (None, &json!("pending")));
    stall.pass(MINUTE);
    let done = stall.get(&format!("/nm/returns/{}", text(&back["id"])));
    assert_eq!((&done["money"]["refunded"], &done["request"]["state"]), (&json!(12_900), &json!("closed")));
    stall.books_are_right();
}

/// Whatever happens in whatever order: returned + open ≤ delivered, refunds ≤ paid, custody passes once.
#[test]
fn a_drunken_walk_breaks_no_rule() {
    for seed in 0..60 {
        let mut stall = Stall::studio().signed_in("ada");
        stall.ids = Ids::seeded(seed);
        let order = stall.buy("tea_cup", 3);
        let mut returns: Vec<String> = vec![];
        for _ in 0..120 {
            let roll = stall.ids.next_u64();
            let pick =
                returns.get(usize::try_from(roll >> 32).expect("64 bits") % returns.len().max(1)).cloned();
            match (roll % 11, pick) {
                (0 | 1, _) => stall.pass(7 * MINUTE),
                (2, _) => stall.pass(3 * HOUR),
                (3, _) => {
                    let reasons = ["changed_mind", "damaged"];
                    let quantity = i64::try_from(roll % 3).expect("small") + 1;
                    let made = ask(&mut stall, &order, quantity, reasons[usize::from(roll & 64 > 0)]);
                    if made.status == 200 {
                        returns.push(text(&made.body_json()["id"]));
                    }
                }
                (4, _) => {
                    stall.post(&format!("/nm/orders/{order}/cancel"), &json!({}));
                }
                (5 | 6, Some(id)) => {
                    let back = stall.get(&format!("/nm/returns/{id}"));
                    if back["pickup"]["slots"].as_array().is_some_and(|slots| !slots.is_empty()) {
                        book(&mut stall, &back);
                    }
                }
                (7, Some(id)) => {
                    stall.post(&format!("/nm/returns/{id}/cancel"), &json!({}));
                }
                (8, Some(id)) => {
                    let steps = [
                        CourierStep::CustomerNoShow,
                        CourierStep::CourierNoShow,
                        CourierStep::Refused,
                        CourierStep::Lost,
                        CourierStep::DropOff,
                        CourierStep::KeepItem,
                    ];
                    stall.courier(&id, steps[usize::try_from(roll % 6).expect("small")]);
                }
                (_, Some(id)) => {
                    stall.courier(&id, CourierStep::Next);
                }
                _ => {}
            }
            let (lines, paid, refunded) = stall.shop.tallies(&order);
            for (delivered, returned, open) in lines {
                assert!(open >= 0 && returned >= 0 && returned + open <= delivered, "seed {seed}");
            }
            assert!(refunded <= paid, "seed {seed}: {refunded} of {paid}");
            assert!(stall.shop.stock("tea_cup") <= 40, "seed {seed}: more on the shelf than there ever were");
            stall.books_are_right();
        }
        for id in returns {
            let handed = stall.shop.books().pickups.iter().filter(|step| {
                step.return_id == id && matches!(step.state.as_str(), "handed_over" | "drop_off")
            });
            assert!(handed.count() <= 1, "seed {seed}: custody passes once");
        }
    }
}
