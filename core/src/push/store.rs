//! Where this installation wants to be reached, in `outbox.db`.

use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

/// A registration as it is kept, and (without `told_ms`) as the venue is told (contract: `push.json`).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Registration {
    pub(super) device: String,
    /// A secret: no `Debug` on this type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) token: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) platform: Option<String>,
    #[serde(skip)]
    pub(super) told_ms: Option<i64>,
}

pub(super) fn kept(db: &Connection) -> rusqlite::Result<Option<Registration>> {
    db.prepare_cached("select device, token, platform, told_ms from push")?
        .query_row([], |row| {
            Ok(Registration {
                device: row.get(0)?,
                token: row.get(1)?,
                platform: row.get(2)?,
                told_ms: row.get(3)?,
            })
        })
        .optional()
}

pub(super) fn keep(tx: &Transaction<'_>, registration: &Registration) -> rusqlite::Result<usize> {
    tx.execute(
        "insert or replace into push (only_one, device, token, platform, told_ms) values (1, ?1, ?2, ?3, ?4)",
        params![registration.device, registration.token, registration.platform, registration.told_ms],
    )
}

/// The venue has it; a newer one it has not.
pub(super) fn told(tx: &Transaction<'_>, sent: &Registration, at_ms: i64) -> rusqlite::Result<usize> {
    tx.execute(
        "update push set told_ms = ?3 where device = ?1 and token is ?2",
        params![sent.device, sent.token, at_ms],
    )
}
