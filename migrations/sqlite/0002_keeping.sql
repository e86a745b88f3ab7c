-- What is over is kept for a time: found by when it ended, and by its call.
CREATE INDEX ended_by_time ON ended (ended_at);
CREATE INDEX ended_with_document ON ended (ended_at) WHERE length(doc) > 0;
CREATE INDEX natural_keys_by_call ON natural_keys (call_id);
CREATE INDEX quarantine_by_time ON quarantine (at);
CREATE INDEX quarantine_by_call ON quarantine (call_id);

-- One row, written to tell whether anything can be written.
CREATE TABLE health (
    one  INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    at   INTEGER NOT NULL,
    room BLOB    NOT NULL
) STRICT;
