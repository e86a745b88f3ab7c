//! What somebody who needs to survive a crash would at least write: the call's row and one row for each webhook, synced before
//! the webhook is acknowledged; what is written at the same time shares a transaction.

use rusqlite::{Connection, params};
use std::path::Path;
use tokio::sync::{mpsc, oneshot};

/// Most writes of a transaction.
const BATCH: usize = 128;

struct Job {
    call: String,
    event: String,
    state: String,
    body: Vec<u8>,
    done: oneshot::Sender<()>,
}

/// The store.
pub(crate) struct Rows(mpsc::Sender<Job>);

impl Rows {
    /// Opens a new file.
    pub(crate) fn open(file: &Path) -> Rows {
        let conn = Connection::open(file).expect("a new file");
        conn.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = FULL;
             CREATE TABLE calls (call TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
             CREATE TABLE history (call TEXT NOT NULL, event TEXT NOT NULL, body BLOB NOT NULL,
                 PRIMARY KEY (call, event)) STRICT, WITHOUT ROWID;",
        )
        .expect("a schema");
        let (jobs, queue) = mpsc::channel(1_024);
        std::thread::spawn(move || work(&conn, queue));
        Rows(jobs)
    }

    /// Durable once this returns.
    pub(crate) async fn write(&self, call: &str, event: &str, state: String, body: Vec<u8>) {
        let (done, written) = oneshot::channel();
        let job = Job { call: call.to_owned(), event: event.to_owned(), state, body, done };
        self.0.send(job).await.unwrap_or_else(|_| panic!("the writer has stopped"));
        written.await.expect("it is written");
    }
}

fn work(conn: &Connection, mut queue: mpsc::Receiver<Job>) {
    let mut batch = Vec::with_capacity(BATCH);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        conn.execute_batch("BEGIN IMMEDIATE").expect("nobody else writes");
        for job in &batch {
            let sql = "INSERT INTO calls VALUES (?1, ?2) ON CONFLICT DO UPDATE SET state = excluded.state";
            let mut row = conn.prepare_cached(sql).expect("a statement");
            row.execute(params![job.call, job.state]).expect("a row");
            let sql = "INSERT INTO history VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            let mut line = conn.prepare_cached(sql).expect("a statement");
            line.execute(params![job.call, job.event, job.body]).expect("a row");
        }
        conn.execute_batch("COMMIT").expect("a disk");
        for job in batch.drain(..) {
            // Whoever waited may have gone away.
            let _ = job.done.send(());
        }
    }
}
