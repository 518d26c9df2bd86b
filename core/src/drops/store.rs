//! Reminders and what the shopper was told, in the cache. The venue has the wishes too: a lost cache loses no wish.

use rusqlite::{Connection, Transaction, params};

use super::policy::Scheduled;
use super::{Reminded, ReminderKind};
use crate::ids::DropId;
use crate::time::Timestamp;

/// A wish and what was done about it on the device.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Wish {
    pub(super) wanted: bool,
    /// The venue's lead, milliseconds, once it has answered.
    pub(super) lead_ms: Option<i64>,
    /// The venue's code, if it refused.
    pub(super) refused: Option<String>,
    pub(super) scheduled: Option<Scheduled>,
}

pub(super) fn put(tx: &Transaction<'_>, drop: &DropId, wish: &Wish) -> rusqlite::Result<usize> {
    tx.execute(
        "insert or replace into reminders (drop_id, wanted, lead_ms, refused, base_ms, fires_ms)
         values (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            drop.as_str(),
            wish.wanted,
            wish.lead_ms,
            wish.refused,
            wish.scheduled.map(|scheduled| scheduled.base_ms),
            wish.scheduled.map(|scheduled| scheduled.fires_ms)
        ],
    )
}

pub(super) fn all(db: &Connection) -> rusqlite::Result<Vec<(DropId, Wish)>> {
    db.prepare_cached("select drop_id, wanted, lead_ms, refused, base_ms, fires_ms from reminders")?
        .query_map([], |row| {
            let scheduled = row.get::<_, Option<i64>>(4)?.zip(row.get::<_, Option<i64>>(5)?);
            let wish = Wish {
                wanted: row.get(1)?,
                lead_ms: row.get(2)?,
                refused: row.get(3)?,
                scheduled: scheduled.map(|(base_ms, fires_ms)| Scheduled { base_ms, fires_ms }),
            };
            Ok((DropId::new(row.get::<_, String>(0)?), wish))
        })?
        .collect()
}

/// Keeps what was heard; the same again is the same row.
pub(super) fn heard(tx: &Transaction<'_>, told: &Reminded, at_ms: i64) -> rusqlite::Result<usize> {
    tx.execute(
        "insert into reminded (drop_id, kind, opens_ms, heard_ms) values (?1, ?2, ?3, ?4)
         on conflict (drop_id, kind, opens_ms) do nothing",
        params![told.drop.as_str(), told.kind.as_str(), told.opens_at.as_ms(), at_ms],
    )
}

pub(super) fn acknowledge(tx: &Transaction<'_>, told: &Reminded) -> rusqlite::Result<usize> {
    tx.execute(
        "update reminded set acknowledged = 1 where drop_id = ?1 and kind = ?2 and opens_ms = ?3",
        params![told.drop.as_str(), told.kind.as_str(), told.opens_at.as_ms()],
    )
}

/// What is not acknowledged, oldest first.
pub(super) fn reminded(db: &Connection) -> rusqlite::Result<Vec<Reminded>> {
    db.prepare_cached(
        "select drop_id, kind, opens_ms from reminded where acknowledged = 0 order by heard_ms, drop_id, kind",
    )?
    .query_map([], |row| {
        Ok(Reminded {
            drop: DropId::new(row.get::<_, String>(0)?),
            kind: ReminderKind::from(row.get::<_, String>(1)?.as_str()),
            opens_at: Timestamp(row.get(2)?),
        })
    })?
    .collect()
}
