//! Numbered migrations on `user_version`: each runs once, in order, in its own transaction. None is ever changed after
//! it was released; a mistake gets a new one.

use rusqlite::{Connection, TransactionBehavior, ffi};

use super::Kind;

/// The statements of one step; its number is its place, from one.
type Steps = &'static [&'static str];

const LEDGER: Steps = &[
    include_str!("ledger/001_purchase.sql"),
    include_str!("ledger/002_returns.sql"),
    include_str!("ledger/003_boxes.sql"),
    include_str!("ledger/004_elsewhere.sql"),
    include_str!("ledger/005_links.sql"),
];
const OUTBOX: Steps = &[
    include_str!("outbox/001_outbox.sql"),
    include_str!("outbox/002_chat.sql"),
    include_str!("outbox/003_cart.sql"),
    include_str!("outbox/004_push.sql"),
];
const CACHE: Steps = &[
    include_str!("cache/001_documents.sql"),
    include_str!("cache/002_feed.sql"),
    include_str!("cache/003_offers.sql"),
    include_str!("cache/004_drops.sql"),
];

fn steps(kind: Kind) -> Steps {
    match kind {
        Kind::Ledger => LEDGER,
        Kind::Outbox => OUTBOX,
        Kind::Cache => CACHE,
    }
}

/// Brings a database to the newest step.
pub(super) fn migrate(kind: Kind, connection: &mut Connection) -> rusqlite::Result<()> {
    run(steps(kind), connection)
}

fn run(steps: Steps, connection: &mut Connection) -> rusqlite::Result<()> {
    let at: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let at = usize::try_from(at).unwrap_or(usize::MAX);
    if at > steps.len() {
        // A newer app wrote this: reading it with older rules could lose money.
        let words = format!("written by a newer version (step {at}, this one knows {})", steps.len());
        return Err(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_MISMATCH), Some(words)));
    }
    for (index, step) in steps.iter().enumerate().skip(at) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Exclusive)?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", i64::try_from(index + 1).unwrap_or(i64::MAX))?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_run_once_in_order_and_a_failing_one_leaves_the_last_good_state() {
        let mut connection = Connection::open_in_memory().unwrap();
        run(&["create table a (x)", "insert into a values (1)"], &mut connection).unwrap();
        run(&["create table a (x)", "insert into a values (1)"], &mut connection).unwrap();
        assert!(run(&["", "", "insert into a values (2); nonsense"], &mut connection).is_err());
        let rows: i64 = connection.query_row("select count(*) from a", [], |row| row.get(0)).unwrap();
        let at: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
        assert_eq!((rows, at), (1, 2));
    }

    #[test]
    fn a_database_of_a_newer_app_is_refused_not_rewritten() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 7).unwrap();
        let error = run(&["create table a (x)"], &mut connection).unwrap_err();
        assert!(error.to_string().contains("newer version"), "{error}");
    }
}
