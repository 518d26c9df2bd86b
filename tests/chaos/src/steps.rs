//! At what lives ended: which step of a purchase's journal was before, in or behind it.

use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::atomic::{AtomicU64, Ordering};

use nightmarket::ports::{Connection, HttpRequest, Method};
use serde_json::Value;

/// On which side of a step a life ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It was about to be done, and was not.
    Before,
    /// In the middle of it.
    Within,
    /// It was done, and nobody heard of it any more.
    After,
}

/// What a purchase writes into its journal, and its request: a life has to have ended on both sides of each. Missing is
/// only what the sandbox's shops never do: take another amount than was agreed (`placed_differently`).
pub const JOURNAL: [&str; 16] = [
    "tapped",
    "sending",
    "request: complete",
    "processing",
    "placed",
    "declined",
    "needs_buyer",
    "new attempt",
    "unknown",
    "reconciling",
    "not_sent",
    "superseded",
    "undo key",
    "cancel_requested",
    "canceled",
    "too_late",
];

/// How often lives ended at each step.
#[derive(Debug, Clone, Default)]
pub struct Steps(BTreeMap<String, [u64; 3]>);

impl Steps {
    /// A life ended here.
    pub fn add(&mut self, step: String, edge: Edge) {
        self.0.entry(step).or_default()[edge as usize] += 1;
    }

    /// How often lives ended there.
    pub fn at(&self, step: &str, edge: Edge) -> u64 {
        self.0.get(step).map_or(0, |counts| counts[edge as usize])
    }

    /// A line for each step.
    pub fn table(&self) -> String {
        let line = |(step, [before, within, after]): (&String, &[u64; 3])| {
            format!("  {step:<40} {before:>7} before {within:>7} within {after:>7} after")
        };
        self.0.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl AddAssign<&Self> for Steps {
    fn add_assign(&mut self, more: &Self) {
        for (step, counts) in &more.0 {
            let sum = self.0.entry(step.clone()).or_default();
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
    }
}

/// What the ledger held, to tell what is new.
pub(crate) struct Mark {
    audited: i64,
    attempts: i64,
    undo_keys: Option<String>,
    open: Option<String>,
}

impl Mark {
    /// Of a ledger that can be read.
    pub(crate) fn of(ledger: &Connection) -> rusqlite::Result<Self> {
        let sql = "select (select ifnull(max(place), 0) from audit), (select count(*) from attempts),
            (select group_concat(undo_key) from purchases),
            (select group_concat(distinct code) from purchases where settled = 0)";
        ledger.prepare_cached(sql)?.query_row([], |row| {
            Ok(Self {
                audited: row.get(0)?,
                attempts: row.get(1)?,
                undo_keys: row.get(2)?,
                open: row.get(3)?,
            })
        })
    }

    /// The states of purchases under way.
    pub(crate) fn open(&self) -> &str {
        self.open.as_deref().unwrap_or("nothing is open")
    }

    /// What was written since.
    pub(crate) fn written(&self, ledger: &Connection) -> rusqlite::Result<String> {
        let now = Self::of(ledger)?;
        let mut select =
            ledger.prepare_cached("select kind, body, purchase_id is null from audit where place > ?1")?;
        let audited = select.query_map([self.audited], |row| {
            let (kind, body, nothing): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(match kind.as_str() {
                "state" => state_code(&body),
                "decision" if !nothing => "tapped".to_owned(),
                _ => kind,
            })
        })?;
        let audited: Vec<String> = audited.collect::<rusqlite::Result<_>>()?;
        Ok(match audited.as_slice() {
            [] if now.attempts > self.attempts => "new attempt".to_owned(),
            [] if now.undo_keys != self.undo_keys => "undo key".to_owned(),
            [] => "ledger, otherwise".to_owned(),
            all => all.join(" and "),
        })
    }
}

/// A state as JSON is its code, or an object of that name.
fn state_code(body: &str) -> String {
    match serde_json::from_str(body) {
        Ok(Value::String(code)) => code,
        Ok(Value::Object(state)) => state.keys().next().cloned().unwrap_or_default(),
        _ => body.to_owned(),
    }
}

/// A second database with what this one holds.
pub(crate) fn copy(ledger: &Connection) -> rusqlite::Result<Connection> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    // SQLite's own layer for databases in memory, so that both connections see the same one.
    let name = format!("file:/copy-{}?vfs=memdb", NEXT.fetch_add(1, Ordering::Relaxed));
    let copy = Connection::open(&name)?;
    ledger.execute("vacuum into ?1", [&name])?;
    Ok(copy)
}

/// The step that a request is.
pub(crate) fn of_request(request: &HttpRequest) -> &'static str {
    let (path, post) = (request.url.path(), request.method == Method::Post);
    let session = path.contains("/checkout-sessions");
    match () {
        () if path.ends_with("/complete") => "request: complete",
        () if path.contains("/orders/") && path.ends_with("/cancel") => "request: undo",
        () if session && post && path.ends_with("/checkout-sessions") => "request: new session",
        () if session && request.method == Method::Get => "request: read session",
        () if session => "request: change session",
        () => "request: other",
    }
}
