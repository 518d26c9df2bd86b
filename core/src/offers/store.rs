//! Offers in the cache: a restart keeps them.

use rusqlite::{Connection, Transaction, params};

use super::policy::OfferState;
use super::wire::Claims;
use crate::ids::{LineId, OfferId, RoomId};

/// Offers beyond these are dropped, oldest first.
const KEEP: i64 = 200;

/// An offer as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: OfferId,
    pub(super) jws: String,
    pub(super) room: RoomId,
    pub(super) line_id: Option<LineId>,
    /// Wall time, milliseconds.
    pub(super) received_ms: i64,
    pub(super) state: OfferState,
    pub(super) claims: Option<Claims>,
}

/// Keeps an offer as it is now, under its id; one that was kept under another before it was verified is replaced.
pub(super) fn put(tx: &Transaction<'_>, row: &Row) -> rusqlite::Result<()> {
    remove(tx, &row.jws)?;
    tx.execute(
        "insert or replace into offers (id, jws, room, line_id, received_ms, state, claims)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            row.id.as_str(),
            row.jws,
            row.room.as_str(),
            row.line_id.as_ref().map(LineId::as_str),
            row.received_ms,
            crate::api::to_json(&row.state),
            row.claims.as_ref().map(crate::api::to_json),
        ],
    )?;
    tx.execute(
        "delete from offers where id in (select id from offers order by received_ms desc limit -1 offset ?1)",
        [KEEP],
    )?;
    Ok(())
}

/// Drops one.
pub(super) fn remove(tx: &Transaction<'_>, jws: &str) -> rusqlite::Result<()> {
    tx.execute("delete from offers where jws = ?1", [jws]).map(drop)
}

/// All of them, newest first; one that cannot be read any more is left out.
pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<Row>> {
    let mut select = db.prepare_cached(
        "select id, jws, room, line_id, received_ms, state, claims from offers order by received_ms desc, id",
    )?;
    let rows = select.query_map([], |row| {
        let (state, claims): (String, Option<String>) = (row.get(5)?, row.get(6)?);
        let (Ok(state), Ok(claims)) =
            (serde_json::from_str(&state), claims.map(|claims| serde_json::from_str(&claims)).transpose())
        else {
            return Ok(None);
        };
        Ok(Some(Row {
            id: OfferId::new(row.get::<_, String>(0)?),
            jws: row.get(1)?,
            room: RoomId::new(row.get::<_, String>(2)?),
            line_id: row.get::<_, Option<String>>(3)?.map(LineId::new),
            received_ms: row.get(4)?,
            state,
            claims,
        }))
    })?;
    rows.filter_map(Result::transpose).collect()
}
