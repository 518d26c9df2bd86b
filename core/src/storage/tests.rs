use super::*;
use tempfile::tempdir;

fn spoil(path: &Path) {
    std::fs::write(path, b"this is no database, but it is longer than a header of one hundred bytes would be, so it is read as one").unwrap();
}

#[test]
fn every_database_opens_with_its_own_durability() {
    let directory = tempdir().unwrap();
    for (kind, synchronous) in [(Kind::Ledger, 2), (Kind::Outbox, 1), (Kind::Cache, 1)] {
        let connection = open_file(kind, &directory.path().join(kind.file_name())).unwrap();
        let level: i64 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).unwrap();
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
        assert_eq!((level, mode.as_str()), (synchronous, "wal"), "{kind:?}");
    }
}

#[test]
fn a_damaged_cache_is_replaced_and_a_damaged_outbox_kept_beside() {
    let directory = tempdir().unwrap();
    for kind in [Kind::Cache, Kind::Outbox] {
        let path = directory.path().join(kind.file_name());
        spoil(&path);
        open_file(kind, &path).unwrap();
        assert_eq!(path.with_extension("db.damaged").exists(), kind == Kind::Outbox);
    }
}

#[test]
fn a_damaged_ledger_is_told_and_left_alone() {
    let directory = tempdir().unwrap();
    let path = directory.path().join(Kind::Ledger.file_name());
    spoil(&path);
    let before = std::fs::read(&path).unwrap();
    assert!(matches!(open_file(Kind::Ledger, &path), Err(Error::LedgerDamaged { .. })));
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn an_outbox_that_cannot_be_opened_just_now_is_left_alone() {
    let directory = tempdir().unwrap();
    let path = directory.path().join(Kind::Outbox.file_name());
    let words =
        "insert into outbox (id, kind, scope, body, created_ms) values ('1', 'chat.line', 'a', '{}', 0)";
    open_file(Kind::Outbox, &path).unwrap().execute(words, []).unwrap();
    // A newer app's: whole, and not for this one to read.
    let newer = Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1_000).unwrap();
    assert!(matches!(open_file(Kind::Outbox, &path), Err(Error::Storage { .. })));
    let kept: i64 = newer.query_row("select count(*) from outbox", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[test]
fn a_cache_opens_even_where_no_file_can_be_made() {
    let directory = tempdir().unwrap();
    // A folder is in its place.
    let path = directory.path().join(Kind::Cache.file_name());
    std::fs::create_dir(&path).unwrap();
    let cache = open_file(Kind::Cache, &path).unwrap();
    cache.query_row("select count(*) from sqlite_schema", [], |row| row.get::<_, i64>(0)).unwrap();
}

#[test]
fn a_file_without_a_write_ahead_log_is_refused() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    // A file layer without shared memory keeps the old journal, and says so only when asked.
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE | rusqlite::OpenFlags::SQLITE_OPEN_CREATE;
    let mut connection = Connection::open_with_flags_and_vfs(&path, flags, "unix-dotfile").unwrap();
    let error = prepare(Kind::Ledger, &mut connection).unwrap_err();
    assert!(matches!(&error, Error::Storage { reason } if reason.contains("write-ahead")), "{error}");
}
