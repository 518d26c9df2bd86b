//! Tap: from the finger to the completion read whole by the shop, on a warm connection; against one commit of the same
//! rows and one POST of the same bytes. Beside it `decide`, and both with ten thousand purchases in the journal.

mod bare;
mod clock;
mod ours;
mod rows;
mod shop;

use nightmarket::Money;
use nightmarket::purchase::decide::{Context, Gesture, LedgerView, decide};
use nightmarket::purchase::policy::Spent;
use nightmarket::purchase::{Decision, Policy, Quote, Rendered};
use rusqlite::Connection;
use std::hint::black_box;
use std::time::{Duration, Instant};

use self::bare::Bare;
use self::clock::Offset;
use self::ours::Ours;
use self::rows::Rows;
use crate::report::Row;
use crate::turns::medians;

const ROUNDS: usize = 200;
/// Purchases in a journal of a thousand days.
const MANY: usize = 10_000;
/// Those of the last week, which the caps look at: in the young journal there are no others.
const A_WEEK: usize = 70;
const WEEK_MS: i64 = 7 * 24 * 3_600_000;
/// A decision is too short for the clock: so many are timed together.
const DECISIONS: u32 = 1_000;

/// Measures the rows.
pub fn rows() -> Vec<Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = Offset::default();
    let (address, arrived) = shop::serve(clock.clone());
    let young = Ours::open(&folder.path().join("young"), address, &clock);
    let old = Ours::open(&folder.path().join("old"), address, &clock);
    let (_, completion) = young.tap(&arrived);
    let _ = old.tap(&arrived);
    let mut bare = Bare::open(&folder.path().join("bare.db"), &young.ledger(), &completion.request, address);
    fill(&mut young.ledger(), A_WEEK);
    fill(&mut old.ledger(), MANY);
    let [tap, aged, limit] = medians(ROUNDS, |contender, round| match contender {
        0 => young.tap(&arrived).0,
        1 => old.tap(&arrived).0,
        _ => bare.tap(round, &arrived),
    });
    let quote = young.quoted().quote;
    let views = [&young, &old].map(|ours| view(&ours.ledger(), clock.wall_ms()));
    let [decision, aged_decision] =
        medians(ROUNDS, |contender, _| decisions(&quote, &views[contender], clock.wall_ms()));
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    let microseconds = |time: Duration| time.as_secs_f64() * 1_000_000.0 / f64::from(DECISIONS);
    vec![
        Row::against_limit("tap", "ms", milliseconds(tap), milliseconds(limit), Some(1.5)),
        Row::under("decide", "µs", microseconds(decision), 20.0),
        Row::against_limit("ledger growth, tap", "ms", milliseconds(aged), milliseconds(tap), Some(1.2)),
        Row::against_limit(
            "ledger growth, decide",
            "µs",
            microseconds(aged_decision),
            microseconds(decision),
            Some(1.2),
        ),
    ]
}

/// Copies of the one purchase in a journal, ten a day, back from now.
fn fill(ledger: &mut Connection, purchases: usize) {
    let rows = Rows::newest(ledger);
    let tx = ledger.transaction().expect("a transaction");
    let between = WEEK_MS / i64::try_from(A_WEEK).expect("a small number");
    let mut earlier = 0;
    for number in 0..purchases {
        earlier += between;
        for row in rows.copy(number, earlier) {
            row.insert(&tx);
        }
    }
    tx.commit().expect("a commit");
}

/// What the ledger knows: what was spent in the last week, and that everything was used before.
fn view(ledger: &Connection, now_ms: i64) -> LedgerView {
    let mut select = ledger
        .prepare("select at_ms, amount, currency from reservations where released = 0 and at_ms > ?1")
        .expect("a table");
    let spent = select.query_map([now_ms - WEEK_MS], |row| {
        let currency: String = row.get(2)?;
        let amount = Money::new(row.get(1)?, currency.parse().expect("the core wrote it"));
        Ok(Spent { at_ms: row.get(0)?, amount })
    });
    let spent: Vec<_> = spent.and_then(Iterator::collect).expect("rows");
    assert!(spent.len() >= A_WEEK, "a week is there");
    LedgerView {
        seen_ms: now_ms,
        spent,
        shop_known: true,
        address_known: true,
        instrument_known: true,
        device_known: true,
        ..LedgerView::default()
    }
}

/// A tap on this quote decided many times over, with caps to count against.
fn decisions(quote: &Quote, view: &LedgerView, now_ms: i64) -> Duration {
    let mut policy = Policy::default();
    policy.thresholds.insert(quote.currency, 100_000);
    policy.caps.day.insert(quote.currency, 100_000_000);
    policy.caps.week.insert(quote.currency, 100_000_000);
    let mut view = view.clone();
    view.delivery = quote.delivery.first().and_then(|package| package.selected.clone());
    let context = Context {
        shop_now_ms: quote.answered_at.as_ms(),
        wall_ms: now_ms,
        online: true,
        vouched: true,
        draw_failed: false,
        age: None,
        box_ages: Vec::new(),
        rendered: Some(Rendered::all_of(quote)),
        gesture: Gesture::Tap { digest: quote.digest.clone(), shown_ms: 1_000 },
    };
    assert_eq!(decide(&policy, &view, quote, &context), Decision::OneTap);
    let before = Instant::now();
    for _ in 0..DECISIONS {
        black_box(decide(black_box(&policy), black_box(&view), black_box(quote), black_box(&context)));
    }
    before.elapsed()
}
