//! Posts in the cache.

use rusqlite::{Connection, Transaction, params};

use super::wire::PostWire;

/// Posts beyond these are dropped, oldest first.
const KEEP: i64 = 2_000;

/// Keeps a page's posts.
pub(super) fn put(tx: &Transaction<'_>, posts: &[(String, i64, String)]) -> rusqlite::Result<()> {
    let mut insert =
        tx.prepare_cached("insert or replace into posts (id, posted_ms, body) values (?1, ?2, ?3)")?;
    for (id, posted_ms, body) in posts {
        insert.execute(params![id, posted_ms, body])?;
    }
    Ok(())
}

/// Drops what is beyond [`KEEP`].
pub(super) fn trim(tx: &Transaction<'_>) -> rusqlite::Result<usize> {
    tx.execute(
        "delete from posts where id in (select id from posts order by posted_ms desc, id desc limit -1 offset ?1)",
        [KEEP],
    )
}

/// The newest posts older than `before` (posted, id); one that cannot be read any more is left out.
pub(super) fn page(
    db: &Connection,
    before: Option<&(i64, String)>,
    limit: usize,
) -> rusqlite::Result<Vec<PostWire>> {
    let (at, id) = before.cloned().unwrap_or((i64::MAX, String::new()));
    let mut select = db.prepare_cached(
        "select body from posts where (posted_ms, id) < (?1, ?2) order by posted_ms desc, id desc limit ?3",
    )?;
    let rows = select.query_map(params![at, id, i64::try_from(limit).unwrap_or(i64::MAX)], |row| {
        row.get::<_, String>(0)
    })?;
    let mut posts = Vec::with_capacity(limit);
    for body in rows {
        posts.extend(serde_json::from_str(&body?).ok());
    }
    Ok(posts)
}
