use super::*;
use serde_json::{Value, json};

const NOW: i64 = 1_790_000_000_000;

fn kept(lines: &[(&str, u32)]) -> Kept {
    let mut kept = Kept::at("pearls.example".into());
    for (item, quantity) in lines {
        kept.add(&ItemId::from(*item), *quantity).unwrap();
    }
    kept
}

/// A cart as a shop answers it, of these items.
fn answer(id: &str, items: &[(&str, u32)], messages: &Value) -> ShopCart {
    let line = |(at, (item, quantity)): (usize, &(&str, u32))| {
        json!({"id": format!("li_{at}"), "quantity": quantity, "item": {"id": item, "title": item, "price": 100},
            "totals": [{"type": "total", "amount": 100 * quantity}]})
    };
    let sum: u32 = items.iter().map(|(_, quantity)| 100 * quantity).sum();
    let body = json!({
        "ucp": {"version": "2026-04-08"}, "id": id, "currency": "USD", "messages": messages,
        "line_items": items.iter().enumerate().map(line).collect::<Vec<_>>(),
        "totals": [{"type": "subtotal", "amount": sum}, {"type": "tax", "amount": 7}, {"type": "total", "amount": sum + 7}],
        "expires_at": "2026-12-01T00:00:00Z",
    });
    serde_json::from_value(body).unwrap()
}

fn send(kept: &mut Kept, key: &str) -> Option<Sending> {
    kept.send(NOW, NOW, key.to_owned(), Context::default(), true)
}

fn refused(code: &str) -> Result<ShopCart> {
    Err(Error::Refused { code: code.to_owned(), content: "no".to_owned(), continue_url: None })
}

fn no_answer() -> Result<ShopCart> {
    Err(Error::NoAnswer { who: "pearls.example".to_owned(), reason: "cut".to_owned() })
}

#[test]
fn what_is_put_in_is_counted_and_bounded() {
    let mut cart = kept(&[("tin", 1), ("tin", 2), ("jar", 1)]);
    let lines: Vec<_> = cart.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect();
    assert_eq!(lines, [("tin", 3), ("jar", 1)]);
    cart.set_quantity(&"tin".into(), 0).unwrap();
    assert_eq!(cart.lines.len(), 1);
    assert!(cart.add(&"jar".into(), 0).is_err() && cart.add(&"jar".into(), u32::MAX).is_err());
    assert!(cart.set_quantity(&"jar".into(), MAX_QUANTITY + 1).is_err());
    assert_eq!(cart.lines[0].quantity, 1, "what is refused changes nothing");
    for at in 1..MAX_LINES {
        cart.add(&ItemId::from(format!("item_{at}")), 1).unwrap();
    }
    assert!(cart.add(&"one_more".into(), 1).is_err());
    assert!(cart.set_codes(vec![String::new()]).is_err());
}

#[test]
fn a_change_is_a_whole_replacement_that_keeps_the_lines_ids() {
    let mut cart = kept(&[("tin", 1)]);
    let sent = send(&mut cart, "k1").unwrap();
    assert_eq!(sent.step, Step::Create);
    cart.answered(&sent, Ok(answer("cart_1", &[("tin", 1)], &json!([])))).unwrap();
    assert_eq!((cart.next(NOW), cart.shop_id()), (None, Some("cart_1")));
    cart.add(&"jar".into(), 2).unwrap();
    assert_eq!(cart.shop_id(), None, "the shop's copy is not the newest");
    let sent = send(&mut cart, "k2").unwrap();
    assert_eq!(sent.step, Step::Replace("cart_1".to_owned()));
    let body: Value = serde_json::from_str(&sent.body).unwrap();
    assert_eq!(body["id"], "cart_1");
    assert_eq!(body["line_items"][0], json!({"id": "li_0", "item": {"id": "tin"}, "quantity": 1}));
    assert_eq!(body["line_items"][1], json!({"item": {"id": "jar"}, "quantity": 2}));
    assert_eq!(body["discounts"], json!({"codes": []}), "an empty list clears the codes of before");
}

#[test]
fn what_may_have_left_is_sent_again_byte_for_byte_before_anything_newer() {
    let mut cart = kept(&[("tin", 1)]);
    let first = send(&mut cart, "k1").unwrap();
    assert!(cart.answered(&first, no_answer()).is_err());
    cart.add(&"jar".into(), 1).unwrap();
    // A kill in between: what is on disk is all there is.
    let mut cart: Kept = serde_json::from_str(&serde_json::to_string(&cart).unwrap()).unwrap();
    assert_eq!(send(&mut cart, "k2").unwrap(), first);
    cart.answered(&first, Ok(answer("cart_1", &[("tin", 1)], &json!([])))).unwrap();
    assert_eq!(send(&mut cart, "k2").unwrap().step, Step::Replace("cart_1".to_owned()));
    let late = cart.send(NOW, NOW + KEY_LIFE_MS, "k3".to_owned(), Context::default(), true).unwrap();
    assert_eq!(late.key, "k3", "a key that the shop has forgotten is none");
}

#[test]
fn a_cart_that_is_gone_or_expired_is_made_anew_of_what_was_kept() {
    let mut cart = kept(&[("tin", 2)]);
    let sent = send(&mut cart, "k1").unwrap();
    cart.answered(&sent, Ok(answer("cart_1", &[("tin", 2)], &json!([])))).unwrap();
    let after = "2026-12-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert_eq!((cart.next(after - 1), cart.next(after)), (None, Some(Step::Create)));
    cart.looked(refused("not_found")).unwrap();
    assert_eq!(cart.next(NOW), Some(Step::Create));
    let sent = send(&mut cart, "k2").unwrap();
    cart.answered(&sent, Ok(answer("cart_2", &[("tin", 2)], &json!([])))).unwrap();
    cart.add(&"tin".into(), 1).unwrap();
    let sent = send(&mut cart, "k3").unwrap();
    cart.answered(&sent, refused("not_found")).unwrap();
    assert_eq!((cart.next(NOW), cart.lines[0].quantity), (Some(Step::Create), 3));
}

#[test]
fn what_the_shop_refuses_is_kept_and_asked_again_only_when_it_changed() {
    let mut cart = kept(&[("tin", 2)]);
    let sent = send(&mut cart, "k1").unwrap();
    cart.answered(&sent, refused("out_of_stock")).unwrap();
    assert_eq!((cart.next(NOW), cart.lines.len()), (None, 1));
    let view = cart.view(true, None);
    assert!(matches!(view.state, CartState::Refused { code, .. } if code == "out_of_stock"));
    cart.set_quantity(&"tin".into(), 1).unwrap();
    assert_eq!(cart.next(NOW), Some(Step::Create));
    let sent = send(&mut cart, "k2").unwrap();
    cart.answered(&sent, refused("out_of_stock")).unwrap();
    cart.retry();
    assert_eq!(cart.next(NOW), Some(Step::Create));
}

#[test]
fn emptied_it_is_canceled_once_and_nothing_is_left() {
    let mut cart = kept(&[("tin", 2)]);
    let sent = send(&mut cart, "k1").unwrap();
    cart.answered(&sent, Ok(answer("cart_1", &[("tin", 2)], &json!([])))).unwrap();
    cart.clear();
    let sent = send(&mut cart, "k2").unwrap();
    assert_eq!(sent.step, Step::Cancel("cart_1".to_owned()));
    cart.answered(&sent, refused("whatever")).unwrap();
    assert!(cart.is_void() && cart.next(NOW).is_none());
    assert_eq!(cart.view(true, None).state, CartState::Empty);
}

#[test]
fn what_was_bought_goes_and_what_came_since_stays() {
    let mut cart = kept(&[("tin", 2), ("jar", 1)]);
    cart.checkout = Some("chk_1".into());
    cart.add(&"tin".into(), 1).unwrap();
    let line = |item: &str, quantity| QuoteLine {
        id: item.to_owned(),
        item: item.into(),
        title: item.to_owned(),
        quantity,
        price: 1,
        image_url: None,
    };
    let bought = [line("tin", 2), line("jar", 1)];
    assert!(!cart.bought(&"chk_2".into(), &bought), "another purchase at the shop is none of the cart's");
    assert!(cart.bought(&"chk_1".into(), &bought));
    assert!(!cart.bought(&"chk_1".into(), &bought), "once");
    let left: Vec<_> = cart.lines.iter().map(|line| (line.item.as_str(), line.quantity)).collect();
    assert_eq!(left, [("tin", 1)]);
}

#[test]
fn troubles_are_told_of_the_lines_that_they_are_about() {
    let mut cart = kept(&[("gone", 1), ("few", 5), ("fine", 1)]);
    let sent = send(&mut cart, "k1").unwrap();
    let said = |code: &str, path: &str| json!({"type": "error", "code": code, "path": path, "content": code, "severity": "recoverable"});
    // The first path counts what was sent, the second what was answered: both are "[0]".
    let messages =
        json!([said("item_unavailable", "$.line_items[0]"), said("out_of_stock", "$.line_items[0]")]);
    cart.answered(&sent, Ok(answer("cart_1", &[("few", 5), ("fine", 1)], &messages))).unwrap();
    let troubles: Vec<_> = cart.view(true, None).lines.into_iter().map(|line| line.trouble).collect();
    assert!(matches!(troubles[0], Some(LineTrouble::Unavailable { .. })), "{troubles:?}");
    assert!(matches!(troubles[1], Some(LineTrouble::OutOfStock { .. })), "{troubles:?}");
    assert_eq!(troubles[2], None);
    cart.set_quantity(&"fine".into(), 9).unwrap();
    assert!(cart.view(true, None).lines.iter().all(|line| line.trouble.is_none()), "of an older content");
}

#[test]
fn an_estimate_says_what_is_in_it_and_whether_it_adds_up() {
    let good = estimate(&answer("cart_1", &[("tin", 2)], &json!([]))).unwrap();
    assert_eq!((good.total, good.basis), ("2.07USD".parse().unwrap(), Basis::Shop));
    assert!(good.includes_tax && !good.includes_delivery && good.totals_problem.is_none());
    let mut cart = answer("cart_1", &[("tin", 2)], &json!([]));
    cart.totals[1].amount = 8;
    assert!(estimate(&cart).unwrap().totals_problem.is_some());
    cart.totals.pop();
    assert_eq!(estimate(&cart), None);
}

#[test]
fn at_a_shop_without_carts_the_catalogue_is_added_up_once_all_is_known() {
    let mut cart = kept(&[("tin", 2), ("jar", 1)]);
    let usd: Currency = "USD".parse().unwrap();
    let line = |item: &str, price| QuoteLine {
        id: item.to_owned(),
        item: item.into(),
        title: "Title".to_owned(),
        quantity: 1,
        price,
        image_url: None,
    };
    cart.priced(line("tin", 150), usd);
    assert_eq!((cart.view(false, None).estimate, cart.unpriced()), (None, vec!["jar".into()]));
    cart.priced(line("jar", 50), usd);
    let view = cart.view(false, None);
    let estimate = view.estimate.unwrap();
    assert_eq!((estimate.total, estimate.basis), ("3.50USD".parse().unwrap(), Basis::Catalogue));
    assert_eq!((view.state, view.lines[0].title.as_deref()), (CartState::OnDevice, Some("Title")));
    cart.priced(line("jar", 50), "CNY".parse().unwrap());
    assert_eq!(cart.view(false, None).estimate, None, "two currencies have no sum");
}

#[test]
fn a_million_who_look_at_one_pin_ask_within_its_rate_or_not_at_all() {
    let early = EarlyTerms { allowed: true, holds_stock: false, contacts_nobody: true, per_second: 2_000 };
    let latest = |pinned| turn_ms(pinned, u64::MAX).unwrap();
    assert_eq!(turn_ms(None, 0), Some(DEBOUNCE_MS));
    assert_eq!(latest(None), DEBOUNCE_MS + SPREAD_MS);
    assert!(latest(Some((1_000_000, early))) > 500_000);
    assert_eq!(turn_ms(Some((1_000_000, EarlyTerms::default())), 0), None);
    assert_eq!(turn_ms(Some((0, early)), 0), None, "how many watch is not known");
    // A second holds at most the rate.
    let mut seconds = std::collections::BTreeMap::new();
    let mut draw = 9_u64;
    for _ in 0..200_000 {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        *seconds.entry(turn_ms(Some((200_000, early)), draw).unwrap() / 1_000).or_insert(0) += 1;
    }
    assert!(seconds.values().all(|asked| *asked <= 2_000), "{:?}", seconds.values().max());
}
