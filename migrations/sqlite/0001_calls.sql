-- One row a live call. `rev` is what compare-and-set compares; `next_due` is when somebody has to look at the call.
CREATE TABLE calls (
    call_id  TEXT    NOT NULL PRIMARY KEY,
    rev      INTEGER NOT NULL,
    program  TEXT    NOT NULL,
    next_due INTEGER,
    doc      BLOB    NOT NULL
) STRICT;

CREATE INDEX calls_due ON calls (next_due, call_id) WHERE next_due IS NOT NULL;

-- What happened to a call, one line a revision. Outlives the call.
CREATE TABLE history (
    call_id   TEXT    NOT NULL,
    rev       INTEGER NOT NULL,
    event_key TEXT    NOT NULL,
    at        INTEGER NOT NULL,
    body      BLOB    NOT NULL,
    PRIMARY KEY (call_id, rev),
    UNIQUE (call_id, event_key)
) STRICT, WITHOUT ROWID;

-- The tombstone of a finished call, with its last document.
CREATE TABLE ended (
    call_id  TEXT    NOT NULL PRIMARY KEY,
    rev      INTEGER NOT NULL,
    program  TEXT    NOT NULL,
    ended_at INTEGER NOT NULL,
    doc      BLOB    NOT NULL
) STRICT;

-- By what the world knows a call before it has an id: unique over live and finished calls alike.
CREATE TABLE natural_keys (
    natural_key TEXT NOT NULL PRIMARY KEY,
    call_id     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Programs by the hash that calls are pinned to.
CREATE TABLE programs (
    hash       TEXT NOT NULL PRIMARY KEY,
    program    BLOB NOT NULL,
    source_map BLOB NOT NULL
) STRICT;

-- Webhooks that were authentic but could not be read or belong to no call. Never a raw body.
CREATE TABLE quarantine (
    at      INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    call_id TEXT    NOT NULL,
    detail  TEXT    NOT NULL
) STRICT;

-- Keys that belong to this store.
CREATE TABLE secrets (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;
