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
