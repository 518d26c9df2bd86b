use super::*;
use crate::purchase::machine::{NotSent, Order};
use crate::storage::{Kind, prepare};
use proptest::prelude::*;

fn ledger() -> Connection {
    let mut db = Connection::open_in_memory().unwrap();
    prepare(Kind::Ledger, &mut db).unwrap();
    db
}

fn write<T>(
    db: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let tx = db.transaction()?;
    let result = work(&tx)?;
    tx.commit()?;
    Ok(result)
}

fn row(id: &str, checkout: &str, tapped_ms: i64) -> Row {
    Row {
        id: id.into(),
        quote: QuoteKey { shop: "pearls.example".into(), id: checkout.into() },
        digest: "d".to_owned(),
        total: Money::new(4_200, "USD".parse().unwrap()),
        lines: vec![QuoteLine {
            id: "li_1".to_owned(),
            item: "pearl_17".into(),
            title: "Pearl".to_owned(),
            quantity: 1,
            price: 4_200,
            image_url: None,
        }],
        confirmed: false,
        state: State::Tapped,
        acknowledged: false,
        tapped_ms,
        changed_ms: tapped_ms,
        undo_key: None,
    }
}

fn traits() -> Traits {
    Traits {
        address: Some("a".to_owned()),
        instrument: Some("i".to_owned()),
        delivery: Some("standard".to_owned()),
    }
}

fn attempt(id: &str) -> Attempt {
    Attempt {
        id: id.into(),
        number: 1,
        sealed: Some(vec![1, 2, 3]),
        body_digest: "b".to_owned(),
        keeps_key: true,
        first_sent_ms: None,
    }
}

fn begun(db: &mut Connection, id: &str, checkout: &str) -> rusqlite::Result<()> {
    write(db, |tx| begin(tx, &row(id, checkout, 10), &traits(), &attempt(&format!("key {id}"))))
}

fn placed() -> State {
    State::Placed(Order { id: "ord_1".into(), label: None, permalink_url: String::new(), total: None })
}

#[test]
fn a_purchase_is_read_back_as_it_was_written() {
    let mut db = ledger();
    begun(&mut db, "p1", "c1").unwrap();
    assert_eq!(purchase(&db, &"p1".into()).unwrap().unwrap(), row("p1", "c1", 10));
    assert_eq!(purchases(&db, Which::Unsettled).unwrap().len(), 1);
    assert_eq!(super::attempt(&db, &"p1".into()).unwrap().unwrap().sealed, Some(vec![1, 2, 3]));
}

#[test]
fn a_quote_is_bought_once_until_it_is_certain_that_nothing_was() {
    let mut db = ledger();
    begun(&mut db, "p1", "c1").unwrap();
    assert!(begun(&mut db, "p2", "c1").is_err());
    assert_eq!(purchases(&db, Which::All).unwrap().len(), 1);
    assert_eq!(spent(&db, 10).unwrap().len(), 1);
    write(&mut db, |tx| record(tx, &"p1".into(), &State::NotSent(NotSent::Deadline), 20)).unwrap();
    begun(&mut db, "p2", "c1").unwrap();
    // What was reserved for the first is free again, and its bytes are gone.
    assert_eq!(spent(&db, 20).unwrap().len(), 1);
    assert_eq!(super::attempt(&db, &"p1".into()).unwrap().unwrap().sealed, None);
    write(&mut db, |tx| record(tx, &"p2".into(), &placed(), 30)).unwrap();
    assert!(begun(&mut db, "p3", "c1").is_err());
    assert_eq!(spent(&db, 30).unwrap().len(), 1);
}

#[test]
fn the_time_of_sending_is_kept_and_taken_back_if_nothing_left() {
    let mut db = ledger();
    begun(&mut db, "p1", "c1").unwrap();
    let mut sent_at = |state: &State, at: i64| {
        write(&mut db, |tx| {
            record(tx, &"p1".into(), state, at)?;
            Ok(super::attempt(tx, &"p1".into())?.unwrap().first_sent_ms)
        })
        .unwrap()
    };
    assert_eq!(sent_at(&State::Sending, 11), Some(11));
    assert_eq!(sent_at(&State::Tapped, 12), None);
    assert_eq!(sent_at(&State::Sending, 13), Some(13));
    assert_eq!(sent_at(&State::Unknown, 14), Some(13));
}

#[test]
fn what_a_restart_found_in_sending_has_no_bytes_to_send_again() {
    let mut db = ledger();
    begun(&mut db, "p1", "c1").unwrap();
    let mut bytes = |state: &State| {
        write(&mut db, |tx| {
            record(tx, &"p1".into(), state, 11)?;
            Ok(super::attempt(tx, &"p1".into())?.unwrap().sealed)
        })
        .unwrap()
    };
    assert!(bytes(&State::Sending).is_some() && bytes(&State::Unknown).is_some());
    assert_eq!(bytes(&State::Withdrawing), None);
    // The shop is still at it, and then knows of no such session.
    assert_eq!((bytes(&State::Processing), bytes(&State::Reconciling)), (None, None));
}

#[test]
fn only_a_placed_order_makes_things_known() {
    let mut db = ledger();
    begun(&mut db, "p1", "c1").unwrap();
    write(&mut db, |tx| record(tx, &"p1".into(), &State::Sending, 11)).unwrap();
    assert_eq!(remembered_delivery(&db, "pearls.example").unwrap(), None);
    write(&mut db, |tx| record(tx, &"p1".into(), &placed(), 12)).unwrap();
    assert_eq!(remembered_delivery(&db, "pearls.example").unwrap().as_deref(), Some("standard"));
}

fn at(wall_ms: i64, servers_ms: &[i64]) -> Now {
    Now { wall_ms, servers_ms: servers_ms.to_vec() }
}

#[test]
fn the_highest_time_seen_never_goes_back() {
    let mut db = ledger();
    for (wall, highest) in [(100, 100), (50, 100), (101, 101)] {
        assert_eq!(write(&mut db, |tx| see(tx, &at(wall, &[]))).unwrap(), highest);
    }
    assert_eq!(seen(&db, &at(7, &[])).unwrap(), 101);
}

#[test]
fn a_clock_that_was_far_ahead_keeps_the_caps_no_longer_than_its_mistake() {
    let (today, ahead) = (2 * WEEK_MS, 2 * WEEK_MS + 3_650 * MAX_DRIFT_MS);
    let mut db = ledger();
    // Nothing contradicts it: it is believed, and what is bought counts on it.
    assert_eq!(write(&mut db, |tx| see(tx, &at(ahead, &[]))).unwrap(), ahead);
    write(&mut db, |tx| begin(tx, &row("p1", "c1", ahead), &traits(), &attempt("a1"))).unwrap();
    // Set right, but no server has said so: a clock set back resets nothing.
    assert_eq!(write(&mut db, |tx| see(tx, &at(today, &[]))).unwrap(), ahead);
    // One says so: time is as everybody shows it, and what was bought counts from now on, for a whole week.
    assert_eq!(write(&mut db, |tx| see(tx, &at(today, &[today - 1]))).unwrap(), today);
    assert_eq!(spent(&db, today).unwrap()[0].at_ms, today);
    assert_eq!(spent(&db, today + WEEK_MS - 1).unwrap().len(), 1);
    assert!(spent(&db, today + WEEK_MS).unwrap().is_empty());
    assert_eq!(audit_entries(&db).unwrap().last().unwrap().kind, "clock");
}

#[test]
fn a_clock_set_ahead_does_not_empty_the_caps_where_a_server_disagrees() {
    let mut db = ledger();
    let today = 2 * WEEK_MS;
    write(&mut db, |tx| see(tx, &at(today, &[today]))).unwrap();
    write(&mut db, |tx| begin(tx, &row("p1", "c1", today), &traits(), &attempt("a1"))).unwrap();
    let seen = write(&mut db, |tx| see(tx, &at(today + 2 * WEEK_MS, &[today + 5]))).unwrap();
    assert_eq!((seen, spent(&db, seen).unwrap().len()), (today + 5, 1));
    // One shop whose clock is wrong moves nothing while wall and venue agree.
    let seen = write(&mut db, |tx| see(tx, &at(today + 9, &[today + 9, today + 2 * WEEK_MS]))).unwrap();
    assert_eq!(seen, today + 9);
}

proptest! {
    /// Whatever the wall shows in whatever order: without a server's word the time only goes on, and with one it is
    /// never later than the latest clock by more than a day.
    #[test]
    fn whatever_the_wall_shows_time_goes_back_only_on_a_servers_word(
        walls in prop::collection::vec((0..30 * MAX_DRIFT_MS, prop::option::of(0..30 * MAX_DRIFT_MS)), 1..12),
    ) {
        let mut db = ledger();
        let mut before = 0;
        for (wall, server) in walls {
            let now = at(wall, server.as_slice());
            let seen = write(&mut db, |tx| see(tx, &now)).unwrap();
            match now.latest_ms() {
                Some(latest) => {
                    prop_assert!(seen <= latest + MAX_DRIFT_MS);
                    prop_assert!(seen >= before || before > latest + MAX_DRIFT_MS);
                }
                None => prop_assert!(seen >= before && seen >= wall),
            }
            before = seen;
        }
    }

    /// Caps know no shops: what was spent at every one of them counts.
    #[test]
    fn spending_at_every_shop_counts(bought in prop::collection::vec((0..3_u8, 0..2 * WEEK_MS), 0..12)) {
        let mut db = ledger();
        for (place, (shop, at_ms)) in bought.iter().enumerate() {
            let id = format!("p{place}");
            let mut row = row(&id, &id, *at_ms);
            row.quote.shop = format!("shop{shop}.example").as_str().into();
            write(&mut db, |tx| begin(tx, &row, &traits(), &attempt(&id))).unwrap();
        }
        let expected = bought.iter().filter(|(_, at_ms)| *at_ms > WEEK_MS).count();
        prop_assert_eq!(spent(&db, 2 * WEEK_MS).unwrap().len(), expected);
    }
}

#[test]
fn the_audit_can_be_added_to_and_nothing_else() {
    let mut db = ledger();
    write(&mut db, |tx| audit(tx, 1, "decision", None, "{}")).unwrap();
    assert!(db.execute("update audit set body = ''", []).is_err());
    assert!(db.execute("delete from audit", []).is_err());
    assert_eq!(audit_entries(&db).unwrap().len(), 1);
}

#[test]
fn a_view_says_what_is_taken_new_and_recent() {
    use crate::purchase::quote::Standing;
    let quote = Quote {
        key: row("p1", "c1", 10).quote,
        lines: row("p1", "c1", 10).lines,
        currency: "USD".parse().unwrap(),
        totals: Vec::new(),
        total: None,
        totals_problem: None,
        destinations: Vec::new(),
        methods: Vec::new(),
        delivery: Vec::new(),
        otherwise: Vec::new(),
        payment: None,
        notices: Vec::new(),
        links: Vec::new(),
        consents: Vec::new(),
        standing: Standing::Ready,
        continue_url: None,
        expires_at: crate::Timestamp(0),
        answered_at: crate::Timestamp(0),
        bound: true,
        bindable: true,
        one_tap_max: None,
        digest: String::new(),
        subscription: false,
        blind_box: false,
        variant_open: false,
        age_rule: None,
    };
    let mut db = ledger();
    let before = view(&db, &quote, 20).unwrap();
    assert!(!before.quote_taken && !before.shop_known && !before.device_known && before.spent.is_empty());
    begun(&mut db, "p1", "c1").unwrap();
    let during = view(&db, &quote, 20).unwrap();
    assert!(during.quote_taken && !during.shop_known && during.spent.len() == 1);
    assert_eq!(during.item_last_bought_ms, Some(10));
    write(&mut db, |tx| record(tx, &"p1".into(), &placed(), 12)).unwrap();
    let after = view(&db, &quote, 20).unwrap();
    assert!(after.quote_taken && after.shop_known && after.device_known);
    assert!(view(&db, &quote, 11 + WEEK_MS).unwrap().spent.is_empty());
}
