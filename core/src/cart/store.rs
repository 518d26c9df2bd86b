//! Carts on disk, in the outbox's database: what the shopper put in is nobody else's.

use rusqlite::{Connection, Transaction, params};

use super::policy::Kept;
use crate::api;

/// Shops whose carts are kept, the emptied ones aside.
pub(super) const MAX_CARTS: usize = 200;

/// All of them. One of an unknown shape is left alone.
pub(super) fn all(db: &mut Connection) -> rusqlite::Result<Vec<Kept>> {
    let mut select = db.prepare_cached("select body from carts order by shop")?;
    let bodies: Vec<String> = select.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

pub(super) fn put(tx: &Transaction<'_>, kept: &Kept) -> rusqlite::Result<()> {
    tx.execute(
        "insert or replace into carts (shop, body) values (?1, ?2)",
        params![kept.shop.as_str(), api::to_json(kept)],
    )
    .map(drop)
}

pub(super) fn remove(tx: &Transaction<'_>, shop: &str) -> rusqlite::Result<()> {
    tx.execute("delete from carts where shop = ?1", [shop]).map(drop)
}
