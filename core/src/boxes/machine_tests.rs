use super::super::draw::{BoundCount, BoundStock};
use super::*;
use crate::time::Timestamp;
use proptest::prelude::*;

/// What is changed, and the code of the failure that has to name it.
type Lie<T> = (fn(&mut T), &'static str);

const EXPIRES: i64 = 1_000_000;

fn record() -> Record {
    Record {
        bought: BoughtBox::new("cards.example".into(), "ord".into(), "box".into()),
        attempt: 0,
        key: "key".into(),
        odds: binding(0).odds,
        pity: None,
        finite: false,
        committed: None,
        seed: None,
        server_seed: None,
        ending: None,
    }
}

fn binding(nonce: u64) -> Binding {
    let odds = [("plain", 7), ("gold", 3)];
    Binding {
        v: 1,
        shop: "cards.example".into(),
        box_id: "box".into(),
        draw_id: "draw".into(),
        order_id: "ord".into(),
        series: "series".into(),
        nonce,
        odds: odds.map(|(content, weight)| BoundWeight { content: content.into(), weight }).to_vec(),
        pity: None,
        pity_counter: 0,
        stock: None,
    }
}

const SERVER: Bytes32 = Bytes32([1; 32]);
const CLIENT: Bytes32 = Bytes32([2; 32]);

fn committed(binding: Binding) -> DrawWire {
    DrawWire {
        draw_id: "draw".into(),
        state: "committed".into(),
        now: Timestamp(0),
        expires_at: Timestamp(EXPIRES),
        // A binding of no bytes has no commitment either: any will do.
        commitment: binding.commitment(&SERVER).unwrap_or(CLIENT),
        binding,
        proof: None,
        client_seed: None,
        server_seed: None,
        nonce: None,
        outcome: None,
    }
}

fn revealed(binding: Binding) -> DrawWire {
    let outcome = binding.outcome(&SERVER, &CLIENT).unwrap().to_owned();
    DrawWire {
        state: "revealed".into(),
        client_seed: Some(CLIENT),
        server_seed: Some(SERVER),
        nonce: Some(binding.nonce),
        outcome: Some(outcome),
        ..committed(binding)
    }
}

fn with_seed(left_in_time: bool) -> Record {
    Record {
        committed: Some(Committed::of(&committed(binding(0)))),
        seed: Some(Seed { bytes: CLIENT, key: "seed".into(), left_in_time }),
        ..record()
    }
}

fn content(item: &str) -> Content {
    Content { item: item.into(), title: item.to_uppercase(), image_url: None }
}

fn fault(answer: Answer) -> Option<DrawFailure> {
    match answer {
        Answer::Ended(Ending::Failed { reason }, _) => Some(reason),
        _ => None,
    }
}

fn judged(change: impl FnOnce(&mut DrawWire)) -> Answer {
    let mut draw = revealed(binding(0));
    change(&mut draw);
    answer(&with_seed(true), &draw, 0, content)
}

fn checked(change: impl FnOnce(&mut Binding), history: &History) -> Result<(), DrawFailure> {
    let mut binding = binding(0);
    change(&mut binding);
    commitment(&record(), &committed(binding), None, history)
}

#[test]
fn steps_follow_what_is_written_down() {
    let mut record = record();
    assert_eq!(next(&record, 0), Step::Commit);
    record.committed = Some(Committed::of(&committed(binding(0))));
    assert_eq!(next(&record, 0), Step::MakeSeed);
    assert_eq!(next(&record, EXPIRES), Step::Read, "too late for a seed");
    record.seed = with_seed(false).seed;
    assert_eq!(next(&record, EXPIRES - 1), Step::GiveSeed);
    assert_eq!(next(&record, EXPIRES), Step::Read);
    record.ending = Some(Ending::Expired);
    assert_eq!(next(&record, 0), Step::Done);
}

#[test]
fn what_holds_is_verified() {
    assert_eq!(checked(|_| {}, &History::new()), Ok(()));
    let expected = revealed(binding(0)).outcome.unwrap();
    let ending = Ending::Verified { content: content(&expected) };
    assert_eq!(judged(|_| {}), Answer::Ended(ending, Some(SERVER)));
}

#[test]
fn every_lie_of_a_commitment_is_named() {
    let none = History::new();
    let lies: [Lie<Binding>; 6] = [
        (|b| b.shop = "other.example".into(), "binding_differs"),
        (|b| b.box_id = "other".into(), "binding_differs"),
        (|b| b.order_id = "other".into(), "binding_differs"),
        (|b| b.draw_id = "other".into(), "binding_differs"),
        (|b| b.odds[0].weight = 97, "odds_differ"),
        (|b| b.pity = Some(BoundPity { after: 9, content: "gold".into() }), "odds_differ"),
    ];
    for (lie, code) in lies {
        assert_eq!(checked(lie, &none).unwrap_err().code(), code);
    }
    let stock = BoundStock {
        snapshot_id: "s".into(),
        remaining: vec![BoundCount { content: "gold".into(), count: 1 }],
    };
    assert_eq!(checked(|b| b.stock = Some(stock), &none).unwrap_err().code(), "binding_differs");
    assert_eq!(checked(|b| b.v = 2, &none).unwrap_err().code(), "binding_differs");
}

#[test]
fn a_proof_of_another_draw_is_none() {
    let draw = committed(binding(0));
    let claims =
        |iss: &str, id: &str, commitment| ProofClaims { iss: iss.into(), draw_id: id.into(), commitment };
    let judge = |claims| commitment(&record(), &draw, Some(&claims), &History::new()).is_ok();
    assert!(judge(claims("cards.example", "draw", draw.commitment)));
    assert!(!judge(claims("other.example", "draw", draw.commitment)));
    assert!(!judge(claims("cards.example", "other", draw.commitment)));
    assert!(!judge(claims("cards.example", "draw", CLIENT)));
}

#[test]
fn a_series_has_no_gap_and_uses_no_number_twice() {
    let known = |nonces: &[u64]| nonces.iter().map(|nonce| (*nonce, None)).collect::<History>();
    let at = |nonce: u64, history: &History| checked(|b| b.nonce = nonce, history);
    assert_eq!(at(2, &known(&[0, 1])), Ok(()));
    assert_eq!(at(2, &known(&[0])), Err(DrawFailure::NonceGap { missing: 1 }));
    assert_eq!(at(9_007_199_254_740_991, &known(&[0, 1])), Err(DrawFailure::NonceGap { missing: 2 }));
    assert_eq!(at(1, &known(&[0, 1])), Err(DrawFailure::NonceReused));
}

#[test]
fn bad_luck_is_counted_here_too() {
    let pity = BoundPity { after: 9, content: "gold".into() };
    let outcomes = [Some("plain"), Some("gold"), None, Some("plain"), Some("plain")];
    let history: History =
        outcomes.iter().zip(0..).map(|(outcome, nonce)| (nonce, outcome.map(str::to_owned))).collect();
    let judge = |counter| {
        let binding = Binding { nonce: 5, pity: Some(pity.clone()), pity_counter: counter, ..binding(0) };
        let record = Record { pity: Some(pity.clone()), ..record() };
        commitment(&record, &committed(binding), None, &history)
    };
    assert_eq!(judge(2), Ok(()));
    assert_eq!(judge(0), Err(DrawFailure::PityDiffers { expected: 2, got: 0 }));
}

#[test]
fn every_lie_of_a_reveal_is_named() {
    let lies: [Lie<DrawWire>; 6] = [
        (|d| d.commitment = CLIENT, "commitment_changed"),
        (|d| d.binding.pity_counter += 1, "commitment_changed"),
        (|d| d.server_seed = Some(CLIENT), "seed_not_committed"),
        (|d| d.client_seed = Some(SERVER), "seed_replaced"),
        (|d| d.nonce = Some(1), "nonce_differs"),
        (|d| d.outcome = Some("pearl".into()), "outcome_differs"),
    ];
    for (lie, code) in lies {
        assert_eq!(fault(judged(lie)).map(|reason| reason.code()), Some(code));
    }
    for lacks in [(|d| d.server_seed = None) as fn(&mut DrawWire), |d| d.outcome = None, |d| d.nonce = None] {
        assert_eq!(judged(lacks), Answer::Incomplete);
    }
}

#[test]
fn a_seed_that_is_never_shown_is_a_failure_after_a_day() {
    let open = committed(binding(0));
    let judge = |record: &Record, now| answer(record, &open, now, content);
    assert_eq!(judge(&with_seed(true), EXPIRES), Answer::Open);
    assert_eq!(judge(&with_seed(true), EXPIRES + REVEAL_MS - 1), Answer::Open);
    let late = judge(&with_seed(true), EXPIRES + REVEAL_MS);
    assert_eq!(fault(late), Some(DrawFailure::NeverRevealed));
    assert_eq!(with_seed(true).shown(EXPIRES).state, DrawState::Overdue);
}

#[test]
fn an_expired_draw_is_the_shops_fault_only_if_the_seed_left_in_time() {
    let expired = DrawWire { state: "expired".into(), server_seed: Some(SERVER), ..committed(binding(0)) };
    let judge = |record: &Record| answer(record, &expired, EXPIRES, content);
    assert_eq!(judge(&with_seed(false)), Answer::Ended(Ending::Expired, Some(SERVER)));
    assert_eq!(fault(judge(&with_seed(true))), Some(DrawFailure::ExpiredThoughGiven));
    let other = DrawWire { server_seed: Some(CLIENT), ..expired.clone() };
    let lied = answer(&with_seed(false), &other, EXPIRES, content);
    assert_eq!(fault(lied), Some(DrawFailure::SeedNotCommitted));
}

#[test]
fn a_state_of_a_newer_shop_is_waited_out() {
    let held = DrawWire { state: "in_review".into(), ..committed(binding(0)) };
    assert_eq!(answer(&with_seed(true), &held, 0, content), Answer::Open);
}

proptest! {
    #[test]
    fn no_server_seed_but_the_committed_one_is_ever_verified(server: [u8; 32]) {
        prop_assume!(server != SERVER.0);
        let lied = judged(|draw| draw.server_seed = Some(Bytes32(server)));
        prop_assert_eq!(fault(lied), Some(DrawFailure::SeedNotCommitted));
    }

    #[test]
    fn a_record_reads_as_it_was_written(left: bool, nonce: u64) {
        let record = Record { committed: Some(Committed::of(&committed(binding(nonce)))), ..with_seed(left) };
        let text = crate::api::to_json(&record);
        prop_assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}
