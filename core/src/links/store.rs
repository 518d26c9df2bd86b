//! SQL of links and of sign-ins on their way.

use rusqlite::{Connection, OptionalExtension as _, Result, Transaction, params};

/// A link as it is stored.
pub(super) struct Row {
    pub(super) shop: String,
    pub(super) sealed: Vec<u8>,
    pub(super) scopes: Vec<String>,
    pub(super) linked_ms: i64,
}

/// Keeps a sign-in; an earlier one at the shop is over.
pub(super) fn begin(tx: &Transaction<'_>, shop: &str, sealed: &[u8], made_ms: i64) -> Result<()> {
    let sql = "insert or replace into link_pending (shop, sealed, made_ms) values (?1, ?2, ?3)";
    tx.execute(sql, params![shop, sealed, made_ms]).map(drop)
}

/// Every sign-in on its way: shop and sealed content.
pub(super) fn pending(db: &Connection) -> Result<Vec<(String, Vec<u8>)>> {
    let mut all = db.prepare_cached("select shop, sealed from link_pending order by shop")?;
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Uses a sign-in up; false if somebody else did.
pub(super) fn take(tx: &Transaction<'_>, shop: &str, sealed: &[u8]) -> Result<bool> {
    let sql = "delete from link_pending where shop = ?1 and sealed = ?2";
    tx.execute(sql, params![shop, sealed]).map(|taken| taken == 1)
}

/// Drops sign-ins that were begun before `before_ms`.
pub(super) fn expire(tx: &Transaction<'_>, before_ms: i64) -> Result<()> {
    tx.execute("delete from link_pending where made_ms < ?1", [before_ms]).map(drop)
}

/// Keeps a link, in place of an earlier one at the shop.
pub(super) fn put(tx: &Transaction<'_>, row: &Row) -> Result<()> {
    let scopes = crate::api::to_json(&row.scopes);
    let sql = "insert or replace into links (shop, sealed, scopes, linked_ms) values (?1, ?2, ?3, ?4)";
    tx.execute(sql, params![row.shop, row.sealed, scopes, row.linked_ms]).map(drop)
}

/// The link at a shop.
pub(super) fn get(db: &Connection, shop: &str) -> Result<Option<Row>> {
    let sql = "select shop, sealed, scopes, linked_ms from links where shop = ?1";
    db.prepare_cached(sql)?.query_row([shop], read).optional()
}

/// All links.
pub(super) fn all(db: &Connection) -> Result<Vec<Row>> {
    let sql = "select shop, sealed, scopes, linked_ms from links order by shop";
    db.prepare_cached(sql)?.query_map([], read)?.collect()
}

/// Ends a link here, and what is on its way there; the shop has yet to be told.
pub(super) fn end(tx: &Transaction<'_>, shop: &str) -> Result<()> {
    tx.execute("delete from link_pending where shop = ?1", [shop])?;
    tx.execute(
        "insert into link_ended (shop, sealed) select shop, sealed from links where shop = ?1",
        [shop],
    )?;
    tx.execute("delete from links where shop = ?1", [shop]).map(drop)
}

/// Ended links that shops have yet to be told of: place, shop and sealed content.
pub(super) fn ended(db: &Connection) -> Result<Vec<(i64, String, Vec<u8>)>> {
    let mut all = db.prepare_cached("select place, shop, sealed from link_ended order by place")?;
    all.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?.collect()
}

/// The shop was told.
pub(super) fn told(tx: &Transaction<'_>, place: i64) -> Result<()> {
    tx.execute("delete from link_ended where place = ?1", [place]).map(drop)
}

/// Forgets exactly this link: it is no good any more.
pub(super) fn remove(tx: &Transaction<'_>, shop: &str, sealed: &[u8]) -> Result<()> {
    tx.execute("delete from links where shop = ?1 and sealed = ?2", params![shop, sealed]).map(drop)
}

fn read(row: &rusqlite::Row<'_>) -> Result<Row> {
    let scopes: String = row.get(2)?;
    Ok(Row {
        shop: row.get(0)?,
        sealed: row.get(1)?,
        scopes: serde_json::from_str(&scopes).unwrap_or_default(),
        linked_ms: row.get(3)?,
    })
}
