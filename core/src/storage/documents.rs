//! Documents of the cache: what can be read again, kept so that a screen has something at once and offline.

use rusqlite::{OptionalExtension as _, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::Result;
use crate::ports::{DbExt as _, Ports};

/// A document with the wall time it was stored at, milliseconds.
pub(crate) struct Stored<T> {
    pub(crate) value: T,
    pub(crate) at_ms: i64,
    pub(crate) expires_ms: Option<i64>,
}

/// Keeps a document; `ttl_ms` is how long it counts as fresh.
pub(crate) async fn put(
    ports: &Ports,
    kind: &'static str,
    id: &str,
    value: &impl Serialize,
    ttl_ms: Option<u64>,
) -> Result<()> {
    let (id, body, now) = (id.to_owned(), crate::api::to_json(value), ports.clock.wall_ms());
    let expires = ttl_ms.map(|ttl| now.saturating_add_unsigned(ttl));
    ports
        .db
        .cache
        .write(move |tx| {
            tx.execute(
                "insert or replace into documents (kind, id, body, stored_ms, expires_ms) values (?1, ?2, ?3, ?4, ?5)",
                params![kind, id, body, now, expires],
            )
        })
        .await
        .map(drop)
}

/// Forgets all documents of a kind but the newest.
pub(crate) async fn keep_newest(ports: &Ports, kind: &'static str, count: u32) -> Result<()> {
    ports
        .db
        .cache
        .write(move |tx| {
            tx.execute(
                "delete from documents where kind = ?1 and id not in
                 (select id from documents where kind = ?1 order by stored_ms desc limit ?2)",
                params![kind, count],
            )
        })
        .await
        .map(drop)
}

/// The document, however old; none if there is none, or if it is of an older shape.
pub(crate) async fn get<T: DeserializeOwned>(
    ports: &Ports,
    kind: &'static str,
    id: &str,
) -> Result<Option<Stored<T>>> {
    let id = id.to_owned();
    let row: Option<(String, i64, Option<i64>)> = ports
        .db
        .cache
        .call(move |db| {
            db.prepare_cached(
                "select body, stored_ms, expires_ms from documents where kind = ?1 and id = ?2",
            )?
            .query_row(params![kind, id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()
        })
        .await?;
    Ok(row.and_then(|(body, at_ms, expires_ms)| {
        let value = serde_json::from_str(&body).ok()?;
        Some(Stored { value, at_ms, expires_ms })
    }))
}
