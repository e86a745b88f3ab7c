//! Taking away what is no longer kept: histories and documents of calls that are over, then that they were there.

use crate::store::{Erased, Prune};
use rusqlite::{Connection, OptionalExtension, params};

/// Takes away as much as one transaction may; says of how many things.
pub(super) fn prune(conn: &Connection, prune: &Prune) -> rusqlite::Result<usize> {
    let limit = i64::try_from(prune.limit).unwrap_or(i64::MAX);
    let known = calls(conn, "SELECT call_id FROM ended WHERE ended_at < ?1 LIMIT ?2", prune.calls_before, limit)?;
    for call in &known {
        for sql in [
            "DELETE FROM history WHERE call_id = ?1",
            "DELETE FROM natural_keys WHERE call_id = ?1",
            "DELETE FROM ended WHERE call_id = ?1",
        ] {
            conn.prepare_cached(sql)?.execute([call])?;
        }
    }
    let sql = "SELECT call_id FROM ended WHERE length(doc) > 0 AND ended_at < ?1 LIMIT ?2";
    let told = calls(conn, sql, prune.history_before, limit)?;
    for call in &told {
        forget(conn, call)?;
    }
    let sql = "DELETE FROM quarantine WHERE rowid IN (SELECT rowid FROM quarantine WHERE at < ?1 LIMIT ?2)";
    let notes = conn.prepare_cached(sql)?.execute(params![prune.calls_before, limit])?;
    Ok(known.len() + told.len() + notes)
}

fn calls(conn: &Connection, sql: &str, before: i64, limit: i64) -> rusqlite::Result<Vec<String>> {
    conn.prepare_cached(sql)?.query_map(params![before, limit], |row| row.get(0))?.collect()
}

/// Takes away everything but that the call was there, unless it lives.
pub(super) fn erase(conn: &Connection, call: &str) -> rusqlite::Result<Erased> {
    let mut live = conn.prepare_cached("SELECT 1 FROM calls WHERE call_id = ?1")?;
    if live.exists([call])? {
        return Ok(Erased::Lives);
    }
    let mut ended = conn.prepare_cached("SELECT 1 FROM ended WHERE call_id = ?1")?;
    if ended.query_row([call], |_| Ok(())).optional()?.is_none() {
        return Ok(Erased::Unknown);
    }
    forget(conn, call)?;
    conn.prepare_cached("DELETE FROM quarantine WHERE call_id = ?1")?.execute([call])?;
    Ok(Erased::Done)
}

fn forget(conn: &Connection, call: &str) -> rusqlite::Result<()> {
    conn.prepare_cached("DELETE FROM history WHERE call_id = ?1")?.execute([call])?;
    conn.prepare_cached("UPDATE ended SET doc = x'' WHERE call_id = ?1")?.execute([call])?;
    Ok(())
}

/// Writes something of this size over what the last probe wrote.
pub(super) fn probe(conn: &Connection, now: i64, bytes: i64) -> rusqlite::Result<()> {
    let sql = "INSERT INTO health (one, at, room) VALUES (1, ?1, zeroblob(?2))
               ON CONFLICT (one) DO UPDATE SET at = excluded.at, room = excluded.room";
    conn.prepare_cached(sql)?.execute(params![now, bytes]).map(|_| ())
}
