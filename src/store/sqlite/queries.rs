//! What is asked of the store, each question one snapshot.

use crate::store::{Among, Counts, Ended, Found, HistoryLine, Listed, Row};
use rusqlite::{Connection, OptionalExtension, params};

/// The call and which of `keys` its history has, from one snapshot: an event applied in between would go unseen.
pub(super) fn load(conn: &Connection, call: &str, keys: &[String]) -> rusqlite::Result<Found> {
    // One statement is a snapshot by itself.
    if keys.is_empty()
        && let Some(row) = live(conn, call)?
    {
        return Ok(Found::Live { row, seen: Vec::new() });
    }
    let snapshot = conn.unchecked_transaction()?;
    let found = match live(&snapshot, call)? {
        Some(row) => Found::Live { row, seen: seen(&snapshot, call, keys)? },
        None => ended(&snapshot, call)?.map_or(Found::Unknown, Found::Ended),
    };
    snapshot.finish()?;
    Ok(found)
}

fn live(conn: &Connection, call: &str) -> rusqlite::Result<Option<Row>> {
    let mut query = conn.prepare_cached("SELECT rev, program, doc FROM calls WHERE call_id = ?1")?;
    let row = |row: &rusqlite::Row| {
        Ok(Row { call: call.to_owned(), rev: unsigned(row.get(0)?), program: row.get(1)?, doc: row.get(2)? })
    };
    query.query_row([call], row).optional()
}

fn seen(conn: &Connection, call: &str, keys: &[String]) -> rusqlite::Result<Vec<String>> {
    let mut query = conn.prepare_cached("SELECT 1 FROM history WHERE call_id = ?1 AND event_key = ?2")?;
    let mut seen = Vec::new();
    for key in keys {
        if query.exists(params![call, key])? {
            seen.push(key.clone());
        }
    }
    Ok(seen)
}

fn ended(conn: &Connection, call: &str) -> rusqlite::Result<Option<Ended>> {
    let mut query = conn.prepare_cached("SELECT ended_at, doc, program FROM ended WHERE call_id = ?1")?;
    let row = |row: &rusqlite::Row| {
        Ok(Ended { call: call.to_owned(), at: row.get(0)?, doc: row.get(1)?, program: row.get(2)? })
    };
    query.query_row([call], row).optional()
}

/// Calls that are due, the most overdue first.
pub(super) fn due(conn: &Connection, now: i64, limit: usize) -> rusqlite::Result<Vec<String>> {
    let mut query = conn.prepare_cached(
        "SELECT call_id FROM calls WHERE next_due IS NOT NULL AND next_due <= ?1 ORDER BY next_due, call_id LIMIT ?2",
    )?;
    query.query_map(params![now, bounded(limit)], |row| row.get(0))?.collect()
}

/// How many calls live, and how many of them are due.
pub(super) fn counts(conn: &Connection, now: i64) -> rusqlite::Result<Counts> {
    let mut query = conn.prepare_cached(
        "SELECT (SELECT count(*) FROM calls), (SELECT count(*) FROM calls WHERE next_due IS NOT NULL AND next_due <= ?1)",
    )?;
    query.query_row([now], |row| Ok(Counts { live: unsigned(row.get(0)?), due: unsigned(row.get(1)?) }))
}

/// The call that was made with a natural key.
pub(super) fn named(conn: &Connection, natural_key: &str) -> rusqlite::Result<Option<String>> {
    let mut query = conn.prepare_cached("SELECT call_id FROM natural_keys WHERE natural_key = ?1")?;
    query.query_row([natural_key], |row| row.get(0)).optional()
}

/// When the next call is due.
pub(super) fn next_due(conn: &Connection) -> rusqlite::Result<Option<i64>> {
    let mut query = conn.prepare_cached("SELECT min(next_due) FROM calls WHERE next_due IS NOT NULL")?;
    query.query_row([], |row| row.get(0))
}

/// A call's history, oldest first.
pub(super) fn history(conn: &Connection, call: &str) -> rusqlite::Result<Vec<HistoryLine>> {
    let mut query =
        conn.prepare_cached("SELECT rev, event_key, at, body FROM history WHERE call_id = ?1 ORDER BY rev")?;
    let line = |row: &rusqlite::Row| {
        Ok(HistoryLine { rev: unsigned(row.get(0)?), event_key: row.get(1)?, at: row.get(2)?, body: row.get(3)? })
    };
    query.query_map([call], line)?.collect()
}

/// Calls, the newest first: their ids are ordered by time.
pub(super) fn list(conn: &Connection, among: Among, limit: usize) -> rusqlite::Result<Vec<Listed>> {
    let mut query = conn.prepare_cached(match among {
        Among::All => {
            "SELECT call_id, doc, program, NULL FROM calls UNION ALL SELECT call_id, doc, program, ended_at FROM ended
             ORDER BY call_id DESC LIMIT ?1"
        }
        Among::Live => "SELECT call_id, doc, program, NULL FROM calls ORDER BY call_id DESC LIMIT ?1",
    })?;
    let line = |row: &rusqlite::Row| {
        Ok(Listed { call: row.get(0)?, doc: row.get(1)?, program: row.get(2)?, ended: row.get(3)? })
    };
    query.query_map([bounded(limit)], line)?.collect()
}

/// A program with its source map.
pub(super) fn program(conn: &Connection, hash: &str) -> rusqlite::Result<Option<(Vec<u8>, Vec<u8>)>> {
    let mut query = conn.prepare_cached("SELECT program, source_map FROM programs WHERE hash = ?1")?;
    query.query_row([hash], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}

fn bounded(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn unsigned(rev: i64) -> u64 {
    u64::try_from(rev).unwrap_or(0)
}
