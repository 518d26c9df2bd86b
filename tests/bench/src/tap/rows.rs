//! The rows that a purchase leaves in the journal, to be written again as another purchase's.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::fmt::Write as _;

/// The tables a tap writes to, in its order.
const TABLES: [&str; 5] = ["purchases", "purchase_items", "reservations", "attempts", "audit"];
/// Columns that are other ones for each purchase.
const IDS: [&str; 3] = ["id", "purchase_id", "checkout_id"];

/// A row to be inserted.
#[derive(Clone)]
pub struct Insert {
    sql: String,
    values: Vec<(String, Value)>,
}

impl Insert {
    /// Inserts it.
    pub fn insert(&self, db: &Connection) {
        let values = params_from_iter(self.values.iter().map(|(_, value)| value));
        db.prepare_cached(&self.sql).and_then(|mut insert| insert.execute(values)).expect("a row");
    }

    fn newest(ledger: &Connection, table: &str) -> Self {
        let mut select =
            ledger.prepare(&format!("select * from {table} order by rowid desc limit 1")).expect("a table");
        let names: Vec<String> = select.column_names().map(str::to_owned).collect();
        let row =
            select.query_row([], |row| (0..names.len()).map(|at| row.get(at)).collect::<Result<Vec<_>, _>>());
        let mut values: Vec<_> = names.into_iter().zip(row.expect("a purchase left a row")).collect();
        values.retain(|(name, _)| name != "place");
        let names: Vec<_> = values.iter().map(|(name, _)| name.as_str()).collect();
        let marks = vec!["?"; names.len()].join(", ");
        Self { sql: format!("insert into {table} ({}) values ({marks})", names.join(", ")), values }
    }
}

/// All rows of one purchase.
pub struct Rows(Vec<Insert>);

impl Rows {
    /// Those of the newest purchase.
    pub fn newest(ledger: &Connection) -> Self {
        Self(TABLES.iter().map(|table| Insert::newest(ledger, table)).collect())
    }

    /// The same under ids with this number, so many milliseconds earlier.
    pub fn copy(&self, number: usize, earlier_ms: i64) -> Vec<Insert> {
        let mut rows = self.0.clone();
        for (column, value) in rows.iter_mut().flat_map(|row| &mut row.values) {
            match value {
                Value::Text(text) if IDS.contains(&column.as_str()) => {
                    text.truncate(text.len() - 8);
                    let _ = write!(text, "{number:08}");
                }
                Value::Integer(at) if column.ends_with("_ms") => *at -= earlier_ms,
                _ => {}
            }
        }
        rows
    }
}
