//! One change of one call, inside a transaction that others share.

use crate::store::sqlite::queries;
use crate::store::{Change, Committed};
use rusqlite::{Connection, ffi, params};

/// Makes the change: natural key, then compare-and-set, then history, the order in which refusals win.
///
/// Conflicts and calls that exist are told before anything is written. After [`Committed::Duplicate`], and after an error, the
/// caller has to take back what was.
pub(super) fn apply(conn: &Connection, change: &Change) -> rusqlite::Result<Committed> {
    let creation = change.expected == 0;
    if let Some(call) = exists(conn, change)? {
        return Ok(Committed::Exists { call });
    }
    let stands = if creation { create(conn, change)? } else { replace(conn, change)? };
    if !stands {
        return Ok(Committed::Conflict);
    }
    if let Some(at) = change.ended {
        let mut insert = conn
            .prepare_cached("INSERT INTO ended (call_id, rev, program, ended_at, doc) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        insert.execute(params![change.call, signed(change.rev()), change.program, at, change.doc])?;
    }
    if let Some(key) = natural_key(change) {
        let mut insert = conn.prepare_cached("INSERT INTO natural_keys (natural_key, call_id) VALUES (?1, ?2)")?;
        insert.execute(params![key, change.call])?;
    }
    append_history(conn, change)
}

fn natural_key(change: &Change) -> Option<&str> {
    change.natural_key.as_deref().filter(|_| change.expected == 0)
}

/// The call that the change would make, if it has been made.
pub(super) fn exists(conn: &Connection, change: &Change) -> rusqlite::Result<Option<String>> {
    let Some(key) = natural_key(change) else { return Ok(None) };
    queries::named(conn, key)
}

/// Makes the row, unless the id is in use or was.
fn create(conn: &Connection, change: &Change) -> rusqlite::Result<bool> {
    let mut used = conn.prepare_cached(
        "SELECT EXISTS (SELECT 1 FROM calls WHERE call_id = ?1) OR EXISTS (SELECT 1 FROM ended WHERE call_id = ?1)",
    )?;
    if used.query_row([&change.call], |row| row.get::<_, bool>(0))? {
        return Ok(false);
    }
    if change.ended.is_none() {
        let mut insert = conn
            .prepare_cached("INSERT INTO calls (call_id, rev, program, next_due, doc) VALUES (?1, ?2, ?3, ?4, ?5)")?;
        insert.execute(params![change.call, signed(change.rev()), change.program, change.next_due, change.doc])?;
    }
    Ok(true)
}

/// Changes the row, or takes it away when the call ends; only at the expected revision.
fn replace(conn: &Connection, change: &Change) -> rusqlite::Result<bool> {
    let expected = signed(change.expected);
    let rows = if change.ended.is_some() {
        let mut delete = conn.prepare_cached("DELETE FROM calls WHERE call_id = ?1 AND rev = ?2")?;
        delete.execute(params![change.call, expected])?
    } else {
        let mut update = conn.prepare_cached(
            "UPDATE calls SET rev = ?3, program = ?4, next_due = ?5, doc = ?6 WHERE call_id = ?1 AND rev = ?2",
        )?;
        let rev = signed(change.rev());
        update.execute(params![change.call, expected, rev, change.program, change.next_due, change.doc])?
    };
    Ok(rows == 1)
}

/// Strictly inserts the lines: an event key that is there already takes the whole change back.
fn append_history(conn: &Connection, change: &Change) -> rusqlite::Result<Committed> {
    let mut insert =
        conn.prepare_cached("INSERT INTO history (call_id, rev, event_key, at, body) VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for line in &change.history {
        let inserted = insert.execute(params![change.call, signed(line.rev), line.event_key, line.at, line.body]);
        match inserted {
            Ok(_) => {}
            Err(error) if is_repeated(&error) => return Ok(Committed::Duplicate),
            Err(error) => return Err(error),
        }
    }
    Ok(Committed::Applied)
}

/// The event key is there already. The revision cannot be: it was compared before.
fn is_repeated(error: &rusqlite::Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == ffi::SQLITE_CONSTRAINT_UNIQUE)
}

/// A revision as SQLite stores it.
fn signed(rev: u64) -> i64 {
    i64::try_from(rev).unwrap_or(i64::MAX)
}
