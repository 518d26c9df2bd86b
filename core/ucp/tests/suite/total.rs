use nightmarket_ucp::total::{Total, TotalKind, TotalLine, TotalsProblem, Verified, verify};
use proptest::prelude::*;

fn entry(kind: &str, amount: i64) -> Total {
    Total { kind: TotalKind::from(kind), display_text: None, amount, lines: Vec::new() }
}

fn labelled(kind: &str, amount: i64) -> Total {
    Total { display_text: Some(kind.to_owned()), ..entry(kind, amount) }
}

fn line(amount: i64) -> TotalLine {
    TotalLine { display_text: "part".to_owned(), amount }
}

#[test]
fn every_rule_has_its_problem() {
    let sound = [entry("subtotal", 900), entry("discount", -100), entry("tax", 50), entry("total", 850)];
    assert_eq!(verify(&sound), Ok(Verified { subtotal: 900, total: 850 }));

    assert_eq!(verify(&[]), Err(TotalsProblem::Subtotals(0)));
    assert_eq!(verify(&[entry("subtotal", 1)]), Err(TotalsProblem::Totals(0)));
    let twice = [entry("subtotal", 1), entry("subtotal", 1), entry("total", 2)];
    assert_eq!(verify(&twice), Err(TotalsProblem::Subtotals(2)));
    let totals = [entry("subtotal", 2), entry("total", 2), entry("total", 2), entry("total", 2)];
    assert_eq!(verify(&totals), Err(TotalsProblem::Totals(3)));

    let off_by_one = [entry("subtotal", 900), entry("total", 901)];
    assert_eq!(verify(&off_by_one), Err(TotalsProblem::Sum { stated: 901, computed: 900 }));

    let surcharge = [entry("subtotal", 900), entry("discount", 100), entry("total", 1000)];
    assert_eq!(verify(&surcharge), Err(TotalsProblem::Sign { index: 1, amount: 100 }));
    let bounty = [entry("subtotal", 900), entry("fee", -1), entry("total", 899)];
    assert_eq!(verify(&bounty), Err(TotalsProblem::Sign { index: 1, amount: -1 }));

    let mute = [entry("subtotal", 900), entry("moon_levy", 1), entry("total", 901)];
    assert_eq!(verify(&mute), Err(TotalsProblem::NoLabel { index: 1 }));
    let spoken = [entry("subtotal", 900), labelled("moon_levy", 1), entry("total", 901)];
    assert!(verify(&spoken).is_ok());
}

#[test]
fn lines_sum_to_their_entry() {
    let mut fee = entry("fee", 300);
    fee.lines = vec![line(200), line(100)];
    assert!(verify(&[entry("subtotal", 0), fee.clone(), entry("total", 300)]).is_ok());
    fee.lines.push(line(1));
    let broken = verify(&[entry("subtotal", 0), fee, entry("total", 300)]);
    assert_eq!(broken, Err(TotalsProblem::Lines { index: 1, stated: 300, computed: 301 }));
}

#[test]
fn what_cannot_be_counted_is_no_sum() {
    let huge = [entry("subtotal", i64::MAX), entry("fee", 1), entry("total", i64::MIN)];
    assert_eq!(verify(&huge), Err(TotalsProblem::Overflow));
    let mut fee = entry("fee", 0);
    fee.lines = vec![line(i64::MAX), line(1)];
    assert_eq!(verify(&[entry("subtotal", 0), fee, entry("total", 0)]), Err(TotalsProblem::Overflow));
}

#[test]
fn an_amount_is_a_whole_number() {
    for (amount, why) in [
        ("12.5", "must be a whole number of minor units, not the fraction 12.5"),
        ("1200.0", "must be a whole number of minor units, not the fraction 1200.0"),
        ("1e3", "must be a whole number of minor units, not the fraction 1000.0"),
        ("\"1200\"", "expected an amount as a whole number of minor units"),
        ("null", "expected an amount as a whole number of minor units"),
        ("9223372036854775808", "larger than can be counted"),
    ] {
        let body = format!(r#"{{"type":"tax","amount":{amount}}}"#);
        let error = serde_json::from_str::<Total>(&body).expect_err(amount).to_string();
        assert!(error.contains(why), "{amount}: {error}");
    }
}

proptest! {
    #[test]
    fn a_list_that_adds_up_is_verified_and_one_off_is_not(
        subtotal in 0_i64..1_000_000,
        charges in proptest::collection::vec(0_i64..100_000, 0..6),
        discounts in proptest::collection::vec(-100_000_i64..0, 0..4),
        off in prop_oneof![-1000_i64..0, 1_i64..1000],
        at in 0_usize..12,
    ) {
        let sum = subtotal + charges.iter().sum::<i64>() + discounts.iter().sum::<i64>();
        let mut totals = vec![entry("subtotal", subtotal)];
        totals.extend(charges.iter().map(|amount| entry("tax", *amount)));
        totals.extend(discounts.iter().map(|amount| entry("discount", *amount)));
        totals.insert(at.min(totals.len()), entry("total", sum));
        prop_assert_eq!(verify(&totals), Ok(Verified { subtotal, total: sum }));

        let total = totals.iter_mut().find(|total| total.kind == TotalKind::Total).expect("it was inserted");
        total.amount += off;
        prop_assert_eq!(verify(&totals), Err(TotalsProblem::Sum { stated: sum + off, computed: sum }));
    }

    #[test]
    fn nothing_makes_it_panic(amounts in proptest::collection::vec((0_usize..8, any::<i64>(), any::<i64>()), 0..8)) {
        let kinds = ["subtotal", "items_discount", "discount", "fulfillment", "tax", "fee", "total", "x"];
        let totals: Vec<_> = amounts.iter().map(|(kind, amount, part)| {
            let mut total = labelled(kinds[*kind], *amount);
            total.lines = vec![line(*part), line(amount.wrapping_sub(*part))];
            total
        }).collect();
        if let Ok(verified) = verify(&totals) {
            let parts = totals.iter().filter(|total| total.kind != TotalKind::Total);
            prop_assert_eq!(parts.map(|total| i128::from(total.amount)).sum::<i128>(), i128::from(verified.total));
        }
    }

    #[test]
    fn open_enums_keep_what_they_do_not_know(text in "[a-z_]{0,12}") {
        let json = serde_json::to_string(&text).expect("a string");
        let kind: TotalKind = serde_json::from_str(&json).expect("any string is a kind");
        prop_assert_eq!(kind.as_str(), text.as_str());
        prop_assert_eq!(serde_json::to_string(&kind).expect("a string"), json);
    }
}
