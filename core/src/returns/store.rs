//! Returns in the ledger: the wish and its key before it is sent, then what the shop made of it.

use rusqlite::{Connection, Transaction, params};

use super::machine::Return;
use crate::ids::{OrderId, ReturnId, ShopDomain};
use crate::money::Money;

/// A return as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// Ours, and the idempotency key of the request.
    pub(super) id: String,
    pub(super) shop: ShopDomain,
    pub(super) order: OrderId,
    /// What is sent, the same at every try; empty if another device sent it.
    pub(super) body: String,
    /// Per line of the wish: pieces that were returned or in returns before.
    pub(super) claimed: Vec<(String, u32)>,
    /// What the order cost, if that was known.
    pub(super) paid: Option<Money>,
    pub(super) state: Return,
    /// The shop's id of it.
    pub(super) return_id: Option<ReturnId>,
    /// Wall time, milliseconds.
    pub(super) created_ms: i64,
}

/// Keeps a return as it is now.
pub(super) fn put(tx: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    tx.prepare_cached(
        "insert into returns (id, shop, order_id, body, claimed, paid, machine, return_id, created_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         on conflict (id) do update set machine = excluded.machine, return_id = excluded.return_id",
    )?
    .execute(params![
        row.id,
        row.shop.as_str(),
        row.order.as_str(),
        row.body,
        crate::api::to_json(&row.claimed),
        row.paid.as_ref().map(crate::api::to_json),
        crate::api::to_json(&row.state),
        row.return_id.as_ref().map(ReturnId::as_str),
        row.created_ms,
    ])
    .map(drop)
}

/// All of them, oldest first. One that cannot be read is an error: this is no cache.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut select = db.prepare_cached(
        "select id, shop, order_id, body, claimed, paid, machine, return_id, created_ms from returns
         order by created_ms, id",
    )?;
    let rows = select.query_map([], |row| {
        Ok(Row {
            id: row.get(0)?,
            shop: ShopDomain::new(row.get::<_, String>(1)?),
            order: OrderId::new(row.get::<_, String>(2)?),
            body: row.get(3)?,
            claimed: json(4, &row.get::<_, String>(4)?)?,
            paid: row.get::<_, Option<String>>(5)?.map(|paid| json(5, &paid)).transpose()?,
            state: json(6, &row.get::<_, String>(6)?)?,
            return_id: row.get::<_, Option<String>>(7)?.map(ReturnId::new),
            created_ms: row.get(8)?,
        })
    })?;
    rows.collect()
}

fn json<T: serde::de::DeserializeOwned>(column: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(error))
    })
}
