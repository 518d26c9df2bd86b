//! The three databases of a shopper, opened one way: prepare, check, migrate.
//!
//! A damaged cache is replaced without a word. A damaged outbox is set aside and replaced. A damaged ledger is never
//! touched: the shopper is told, and one tap stays off.
#![allow(
    clippy::disallowed_methods,
    reason = "opens the files that ports::Db works on, sets damaged ones aside"
)]

pub(crate) mod documents;
mod migrations;
pub mod outbox;

use rusqlite::{Connection, ErrorCode};
use std::path::Path;

use crate::error::{Error, Result};

/// Statements kept prepared for one connection.
const STATEMENTS: usize = 64;

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Purchases, returns, policy, audit.
    Ledger,
    /// What the shopper typed or tapped, on its way out.
    Outbox,
    /// What can be read again.
    Cache,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ledger => "ledger",
            Self::Outbox => "outbox",
            Self::Cache => "cache",
        }
    }

    pub(crate) fn file_name(self) -> String {
        format!("{}.db", self.name())
    }

    /// WAL for all. FULL for the ledger: a commit is durable when it returns. NORMAL for the others: they survive a
    /// killed app, a power cut may take the last moments.
    fn synchronous(self) -> &'static str {
        match self {
            Self::Ledger => "FULL",
            Self::Outbox | Self::Cache => "NORMAL",
        }
    }
}

/// Prepares an opened connection: pragmas, integrity, migrations.
///
/// # Errors
/// `LedgerDamaged` or `Storage`.
pub fn prepare(kind: Kind, connection: &mut Connection) -> Result<()> {
    setup(kind, connection).map_err(|error| failure(kind, &error))
}

fn failure(kind: Kind, error: &rusqlite::Error) -> Error {
    let reason = error.to_string();
    if is_damage(error) && kind == Kind::Ledger {
        Error::LedgerDamaged { reason }
    } else {
        Error::Storage { reason }
    }
}

fn setup(kind: Kind, connection: &mut Connection) -> rusqlite::Result<()> {
    // A tap alone has more statements than the 16 that are kept prepared unless told otherwise.
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", kind.synchronous())?;
    connection.pragma_update(None, "fullfsync", kind == Kind::Ledger)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict != "ok" {
        return Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
            Some(verdict),
        ));
    }
    migrations::migrate(kind, connection)?;
    logged_ahead(connection)
}

/// Whether it really writes ahead. A disk that failed while the journal was switched leaves the old one without an error,
/// and of that one a power cut can bring back what was deleted: a commit would be undone after it was told.
fn logged_ahead(connection: &Connection) -> rusqlite::Result<()> {
    // In memory there is nothing to log.
    if connection.path().is_none_or(str::is_empty) {
        return Ok(());
    }
    // The length of the log, in pages; below zero if there is none, whatever the mode is called.
    let pages: i64 = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| row.get(1))?;
    if pages >= 0 {
        return Ok(());
    }
    let failed = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR);
    Err(rusqlite::Error::SqliteFailure(failed, Some("there is no write-ahead log".to_owned())))
}

/// Where a database is: a file, or what a simulation has for one.
pub trait Place {
    /// Opens it, made if it is not there.
    ///
    /// # Errors
    /// `SQLite`'s.
    fn open(&self) -> rusqlite::Result<Connection>;

    /// Takes it out of the way, with all that belongs to it.
    ///
    /// # Errors
    /// `Storage` if it stays.
    fn set_aside(&self) -> Result<()>;
}

/// Opens and prepares a database. One that is damaged is replaced, unless it is the ledger. A cache opens whatever there
/// is: if the disk takes none, in memory.
///
/// # Errors
/// `LedgerDamaged`, or `Storage` for the ledger and the outbox.
pub fn open(kind: Kind, place: &dyn Place) -> Result<Connection> {
    let attempt = || -> rusqlite::Result<Connection> {
        let mut connection = place.open()?;
        setup(kind, &mut connection)?;
        Ok(connection)
    };
    let error = match attempt() {
        Ok(connection) => return Ok(connection),
        // What is whole but cannot be opened now (a full disk, say) holds words that the shopper typed.
        Err(error) if kind == Kind::Cache || kind == Kind::Outbox && is_damage(&error) => error,
        Err(error) => return Err(failure(kind, &error)),
    };
    tracing::warn!(database = kind.name(), %error, "replacing a damaged database");
    let replaced = place.set_aside().and_then(|()| attempt().map_err(|error| failure(kind, &error)));
    match replaced {
        Err(error) if kind == Kind::Cache => {
            tracing::warn!(%error, "the cache is in memory this time");
            let mut connection = Connection::open_in_memory().map_err(self::error)?;
            prepare(kind, &mut connection)?;
            Ok(connection)
        }
        other => other,
    }
}

/// A database in a file.
struct InFile<'a>(Kind, &'a Path);

impl Place for InFile<'_> {
    fn open(&self) -> rusqlite::Result<Connection> {
        Connection::open(self.1)
    }

    fn set_aside(&self) -> Result<()> {
        set_aside(self.0, self.1)
    }
}

/// As [`open`], of a file.
pub(crate) fn open_file(kind: Kind, path: &Path) -> Result<Connection> {
    open(kind, &InFile(kind, path))
}

/// A damaged outbox is kept beside the new one (words the shopper typed may be in it), a damaged cache is not.
fn set_aside(kind: Kind, path: &Path) -> Result<()> {
    let failed = |error: std::io::Error| Error::Storage { reason: error.to_string() };
    for suffix in ["-wal", "-shm"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(suffix);
        if let Err(error) = std::fs::remove_file(&beside)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            return Err(failed(error));
        }
    }
    if kind == Kind::Outbox {
        std::fs::rename(path, path.with_extension("db.damaged")).map_err(failed)
    } else {
        std::fs::remove_file(path).map_err(failed)
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

/// A `SQLite` error as ours.
#[expect(clippy::needless_pass_by_value, reason = "passed to map_err")]
pub(crate) fn error(error: rusqlite::Error) -> Error {
    if is_damage(&error) {
        Error::LedgerDamaged { reason: error.to_string() }
    } else {
        Error::Storage { reason: error.to_string() }
    }
}

#[cfg(test)]
mod tests;
