//! What the shopper decided about chats, in the outbox's database: it is nobody else's, so it must not be lost.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::blocks::Blocked;
use super::timeline::Mark;
use crate::time::Timestamp;

/// Chats whose marks are kept.
const MARKS_KEPT: i64 = 500;

pub(super) fn blocked(db: &mut Connection) -> rusqlite::Result<Vec<Blocked>> {
    db.prepare_cached("select id, name, at_ms from blocked order by at_ms desc, id")?
        .query_map([], |row| {
            let id: String = row.get(0)?;
            Ok(Blocked { id: id.into(), name: row.get(1)?, at: Timestamp(row.get(2)?) })
        })?
        .collect()
}

pub(super) fn block(tx: &Transaction<'_>, who: &Blocked) -> rusqlite::Result<()> {
    tx.execute(
        "insert or ignore into blocked (id, name, at_ms) values (?1, ?2, ?3)",
        params![who.id.as_str(), who.name, who.at.as_ms()],
    )
    .map(drop)
}

pub(super) fn unblock(tx: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    tx.execute("delete from blocked where id = ?1", [id]).map(drop)
}

pub(super) fn mark(db: &mut Connection, scope: &str) -> rusqlite::Result<Option<Mark>> {
    db.prepare_cached("select line, at_ms from read_marks where scope = ?1")?
        .query_row([scope], |row| {
            let line: String = row.get(0)?;
            Ok(Mark { line: line.into(), at: Timestamp(row.get(1)?) })
        })
        .optional()
}

pub(super) fn set_mark(tx: &Transaction<'_>, scope: &str, mark: &Mark, now_ms: i64) -> rusqlite::Result<()> {
    tx.execute(
        "insert or replace into read_marks (scope, line, at_ms, marked_ms) values (?1, ?2, ?3, ?4)",
        params![scope, mark.line.as_str(), mark.at.as_ms(), now_ms],
    )?;
    tx.execute(
        "delete from read_marks where scope not in (select scope from read_marks order by marked_ms desc limit ?1)",
        [MARKS_KEPT],
    )
    .map(drop)
}
