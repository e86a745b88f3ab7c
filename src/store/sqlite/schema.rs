//! Brings a store's file to the newest schema. `PRAGMA user_version` says how many migrations it has had.

use crate::store::Error;
use crate::store::sqlite::failure;
use rusqlite::{Connection, TransactionBehavior};

/// Every migration, in order. One that was released is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/sqlite/0001_calls.sql"),
    include_str!("../../../migrations/sqlite/0002_keeping.sql"),
];

/// Runs the migrations the file has not had. A file from a newer release is left as it is.
pub(super) fn migrate(conn: &mut Connection) -> Result<(), Error> {
    let known = MIGRATIONS.len();
    let found = version(conn).map_err(|error| failure(&error))?;
    let done = usize::try_from(found).ok().filter(|done| *done <= known);
    let done = done.ok_or(Error::Newer { found, known: i64::try_from(known).unwrap_or(i64::MAX) })?;
    use_wal(conn)?;
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(done) {
        run(conn, migration, index + 1).map_err(|error| failure(&error))?;
    }
    Ok(())
}

fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// One migration and its mark, in one transaction.
fn run(conn: &mut Connection, migration: &str, number: usize) -> rusqlite::Result<()> {
    let transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute_batch(migration)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {number}"))?;
    transaction.commit()
}

/// Write-ahead logging, which not every file system can do.
fn use_wal(conn: &Connection) -> Result<(), Error> {
    let mode: rusqlite::Result<String> = conn.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
    match mode {
        Ok(mode) if mode == "wal" => Ok(()),
        Ok(mode) => {
            Err(Error::Unavailable(format!("this file system has no write-ahead log (journal mode stays {mode})")))
        }
        Err(error) => Err(failure(&error)),
    }
}

#[cfg(test)]
mod tests {
    use crate::store::Error;
    use crate::store::sqlite::schema::{MIGRATIONS, migrate, version};
    use rusqlite::Connection;

    #[test]
    fn migrations_run_once() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = Connection::open(dir.path().join("s.db")).unwrap();
        migrate(&mut conn).unwrap();
        migrate(&mut conn).unwrap();
        assert_eq!(version(&conn).unwrap(), MIGRATIONS.len() as i64);
    }

    /// A file as each earlier release left it comes to the newest schema with everything that is in it.
    #[test]
    fn a_file_of_an_earlier_release_keeps_what_it_has() {
        for done in 1..MIGRATIONS.len() {
            let dir = tempfile::tempdir().unwrap();
            let mut conn = Connection::open(dir.path().join("s.db")).unwrap();
            for migration in &MIGRATIONS[..done] {
                conn.execute_batch(migration).unwrap();
            }
            conn.execute_batch(&format!(
                "PRAGMA user_version = {done};
                 INSERT INTO calls VALUES ('live', 3, 'p', 7, x'01');
                 INSERT INTO ended VALUES ('over', 2, 'p', 9, x'02');
                 INSERT INTO history VALUES ('over', 1, 'begin', 8, x'03'), ('over', 2, 'end', 9, x'04');
                 INSERT INTO natural_keys VALUES ('key', 'over');
                 INSERT INTO quarantine VALUES (5, 'why', 'over', 'what');"
            ))
            .unwrap();
            migrate(&mut conn).unwrap();
            assert_eq!(version(&conn).unwrap(), MIGRATIONS.len() as i64);
            for (table, rows) in [("calls", 1), ("ended", 1), ("history", 2), ("natural_keys", 1), ("quarantine", 1)] {
                let found: i64 =
                    conn.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).unwrap();
                assert_eq!(found, rows, "{table}, from schema {done}");
            }
        }
    }

    #[test]
    fn a_newer_file_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let mut conn = Connection::open(dir.path().join("s.db")).unwrap();
        for found in [MIGRATIONS.len() as i64 + 1, -1] {
            conn.execute_batch(&format!("PRAGMA user_version = {found}")).unwrap();
            let known = MIGRATIONS.len() as i64;
            let refused = migrate(&mut conn).unwrap_err();
            assert!(matches!(refused, Error::Newer { found: f, known: k } if f == found && k == known), "{refused}");
        }
        let tables: i64 = conn.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
