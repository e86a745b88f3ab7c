//! The one thread that writes: takes whatever has queued, makes it durable in one transaction, then answers.

use crate::metrics::Metrics;
use crate::store::sqlite::ballast::Ballast;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::{change, failure, keeping, spawn};
use crate::store::{Change, Committed, Erased, Error, Prune, Quarantined};
use rusqlite::{Connection, ErrorCode, params};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::{mpsc, oneshot};

/// Most writes of one transaction.
const BATCH: usize = 128;
/// Writes that may wait; one more waits outside.
const QUEUE: usize = 1024;
/// Writes after which the log is copied back into the file.
const COPY_AFTER: usize = 256;

/// Something to be written.
#[derive(Debug)]
pub(super) enum Write {
    Change(Box<Change>),
    Program {
        hash: String,
        program: Vec<u8>,
        source_map: Vec<u8>,
    },
    Erase {
        call: String,
    },
    #[cfg(test)]
    MostPages(i64),
    Probe {
        now: i64,
        bytes: i64,
    },
    Prune(Prune),
    Quarantine(Quarantined),
    Secret {
        name: String,
        fresh: Vec<u8>,
    },
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Written {
    Change(Committed),
    Done,
    Erased(Erased),
    Pruned(usize),
    Secret(Vec<u8>),
}

#[derive(Debug)]
struct Job {
    write: Write,
    reply: oneshot::Sender<Result<Written, Error>>,
}

/// The writer of a store.
#[derive(Debug)]
pub(super) struct Writer {
    jobs: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. It holds `turn` while it writes.
    pub(super) fn start(
        conn: Connection,
        turn: Arc<Mutex<()>>,
        copier: Arc<Checkpointer>,
        ballast: Arc<Option<Ballast>>,
        metrics: Arc<Metrics>,
    ) -> Result<Writer, Error> {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let thread = spawn("write", move || serve(&conn, queue, &turn, &copier, (*ballast).as_ref(), &metrics))?;
        Ok(Writer { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Writes, and returns once it is on disk.
    pub(super) async fn ask(&self, write: Write) -> Result<Written, Error> {
        let (reply, answer) = oneshot::channel();
        let stopped = || Error::Unavailable("the writer has stopped".to_owned());
        let queue = self.jobs.as_ref().ok_or_else(stopped)?;
        queue.send(Job { write, reply }).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| Error::Unknown("the writer stopped on the way".to_owned()))?
    }
}

impl Drop for Writer {
    /// Whatever was asked for is still written.
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(
    conn: &Connection,
    mut queue: mpsc::Receiver<Job>,
    turn: &Mutex<()>,
    copier: &Checkpointer,
    ballast: Option<&Ballast>,
    metrics: &Metrics,
) {
    let (mut batch, mut since_copy) = (Vec::with_capacity(BATCH), 0);
    while queue.blocking_recv_many(&mut batch, BATCH) > 0 {
        let (writes, replies, outcome) = loop {
            if ballast.is_some_and(Ballast::is_short) {
                batch = batch.into_iter().filter_map(|job| refused(conn, job)).collect();
            }
            let (writes, replies): (Vec<Write>, Vec<_>) = batch.drain(..).map(|job| (job.write, job.reply)).unzip();
            let began = Instant::now();
            let outcome = {
                let _held = turn.lock().unwrap_or_else(PoisonError::into_inner);
                transact(conn, &writes)
            };
            metrics.commit_seconds.observe([], began.elapsed().as_secs_f64());
            metrics.commit_batch.observe([], writes.len() as f64);
            if let Err(error) = &outcome {
                metrics.store_errors.add([error.kind()]);
            }
            if !(matches!(outcome, Err(Error::Full(_))) && ballast.is_some_and(Ballast::give)) {
                break (writes, replies, outcome);
            }
            batch.extend(writes.into_iter().zip(replies).map(|(write, reply)| Job { write, reply }));
        };
        since_copy += writes.len();
        // A copied log is written from its start again: on a full disk that is room.
        let full = matches!(outcome, Err(Error::Full(_))) || ballast.is_some_and(Ballast::is_short);
        if writes.iter().any(|write| matches!(write, Write::Erase { .. })) {
            // The log still has what was erased.
            copier.empty();
        }
        answer(replies, outcome);
        if full || since_copy >= COPY_AFTER {
            since_copy = 0;
            copier.wake();
        }
    }
}

/// While only calls in progress have room: answers whoever asks for something new, and hands back what goes on.
fn refused(conn: &Connection, job: Job) -> Option<Job> {
    let full = || Error::Full("what is left is kept for calls in progress".to_owned());
    let answer = match &job.write {
        Write::Change(change) if change.expected == 0 => match change::exists(conn, change) {
            Ok(Some(call)) => Ok(Written::Change(Committed::Exists { call })),
            Ok(None) => Err(full()),
            Err(error) => Err(failure(&error)),
        },
        Write::Probe { .. } | Write::Quarantine(_) => Err(full()),
        Write::Change(_) | Write::Program { .. } | Write::Erase { .. } | Write::Prune(_) | Write::Secret { .. } => {
            return Some(job);
        }
        #[cfg(test)]
        Write::MostPages(_) => return Some(job),
    };
    // Whoever asked may have gone away.
    let _ = job.reply.send(answer);
    None
}

/// What came of each write of a transaction that stands.
type Each = Vec<Result<Written, Error>>;

/// To each its own answer, or to all the same failure. Whoever asked may have gone away.
fn answer(replies: Vec<oneshot::Sender<Result<Written, Error>>>, outcome: Result<Each, Error>) {
    match outcome {
        Ok(all) => replies.into_iter().zip(all).for_each(|(reply, written)| drop(reply.send(written))),
        Err(error) => replies.into_iter().for_each(|reply| drop(reply.send(Err(error.clone())))),
    }
}

/// What became of the writes of a transaction that is still open.
enum Tried {
    /// What was written is to stand.
    Keep(Each),
    /// One write alone, of which nothing may stand.
    TakeBack(Each),
    /// One of several has to be taken back, and the others not.
    Apart,
}

/// All writes in one transaction. A write that cannot be made spoils none of the others; a disk that fails spoils all.
///
/// Nearly all writes stand, so they are tried without a savepoint each; only when one has to be taken back everything is
/// done again with them.
pub(super) fn transact(conn: &Connection, writes: &[Write]) -> Result<Each, Error> {
    match transaction(conn, || together(conn, writes))? {
        Tried::Keep(written) | Tried::TakeBack(written) => Ok(written),
        Tried::Apart => match transaction(conn, || apart(conn, writes).map(Tried::Keep))? {
            Tried::Keep(written) | Tried::TakeBack(written) => Ok(written),
            Tried::Apart => Err(Error::Unavailable("writes were taken apart twice".to_owned())),
        },
    }
}

/// One transaction around what `tried` does. It stands only when that is to be kept.
fn transaction(conn: &Connection, tried: impl FnOnce() -> rusqlite::Result<Tried>) -> Result<Tried, Error> {
    run(conn, "BEGIN IMMEDIATE").map_err(|error| failure(&error))?;
    match tried() {
        Ok(kept @ Tried::Keep(_)) => commit(conn).map(|()| kept),
        Ok(other) if rolled_back(conn) => Ok(other),
        Ok(_) => Err(Error::Unavailable("a transaction cannot be taken back".to_owned())),
        Err(error) => {
            rolled_back(conn);
            Err(failure(&error))
        }
    }
}

/// One write after the other, up to the first that leaves something it must not.
fn together(conn: &Connection, writes: &[Write]) -> rusqlite::Result<Tried> {
    let mut each = Vec::with_capacity(writes.len());
    for write in writes {
        let written = tried(conn, write)?;
        if leaves_a_part(&written) {
            return Ok(if writes.len() == 1 { Tried::TakeBack(vec![written]) } else { Tried::Apart });
        }
        each.push(written);
    }
    Ok(Tried::Keep(each))
}

/// Every write under a savepoint of its own.
fn apart(conn: &Connection, writes: &[Write]) -> rusqlite::Result<Each> {
    let one = |write| {
        run(conn, "SAVEPOINT one_write")?;
        let written = tried(conn, write)?;
        if leaves_a_part(&written) {
            run(conn, "ROLLBACK TO one_write")?;
        }
        run(conn, "RELEASE one_write")?;
        Ok(written)
    };
    writes.iter().map(one).collect()
}

/// One write. An error of its own is its answer; any other is the whole transaction's.
fn tried(conn: &Connection, write: &Write) -> rusqlite::Result<Result<Written, Error>> {
    match attempt(conn, write) {
        Ok(written) => Ok(Ok(written)),
        Err(error) if is_its_own_fault(&error) => Ok(Err(failure(&error))),
        Err(error) => Err(error),
    }
}

/// Whether a part of the write may be there that must not stand. [`change::apply`] writes nothing before it knows that the
/// call is at the right revision.
fn leaves_a_part(written: &Result<Written, Error>) -> bool {
    match written {
        Ok(Written::Change(Committed::Duplicate)) | Err(_) => true,
        Ok(Written::Change(Committed::Applied | Committed::Conflict | Committed::Exists { .. })) => false,
        Ok(Written::Done | Written::Erased(_) | Written::Pruned(_) | Written::Secret(_)) => false,
    }
}

/// Commits. After a failure nobody knows what a restart will find, save after a full disk: then the log's last frame,
/// which makes the transaction count, was not written whole.
fn commit(conn: &Connection) -> Result<(), Error> {
    let Err(error) = run(conn, "COMMIT") else { return Ok(()) };
    let undone = rolled_back(conn);
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) if undone => Err(failure(&error)),
        _ => Err(Error::Unknown(error.to_string())),
    }
}

/// Takes the open transaction back; SQLite may have done so by itself. Says whether the transaction is gone.
fn rolled_back(conn: &Connection) -> bool {
    conn.is_autocommit() || conn.execute_batch("ROLLBACK").is_ok()
}

/// What this write holds is wrong; the next one may be right.
fn is_its_own_fault(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch)
    )
}

fn run(conn: &Connection, sql: &str) -> rusqlite::Result<()> {
    conn.prepare_cached(sql)?.execute([]).map(|_| ())
}

fn attempt(conn: &Connection, write: &Write) -> rusqlite::Result<Written> {
    match write {
        Write::Change(change) => change::apply(conn, change).map(Written::Change),
        Write::Program { hash, program, source_map } => {
            let sql = "INSERT INTO programs (hash, program, source_map) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            conn.prepare_cached(sql)?.execute(params![hash, program, source_map])?;
            Ok(Written::Done)
        }
        Write::Erase { call } => keeping::erase(conn, call).map(Written::Erased),
        #[cfg(test)]
        Write::MostPages(pages) => {
            conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).map(|()| Written::Done)
        }
        Write::Probe { now, bytes } => keeping::probe(conn, *now, *bytes).map(|()| Written::Done),
        Write::Prune(prune) => keeping::prune(conn, prune).map(Written::Pruned),
        Write::Quarantine(row) => {
            let sql = "INSERT INTO quarantine (at, reason, call_id, detail) VALUES (?1, ?2, ?3, ?4)";
            conn.prepare_cached(sql)?.execute(params![row.at, row.reason, row.call, row.detail])?;
            Ok(Written::Done)
        }
        Write::Secret { name, fresh } => {
            let sql = "INSERT INTO secrets (name, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
            conn.prepare_cached(sql)?.execute(params![name, fresh])?;
            let mut query = conn.prepare_cached("SELECT value FROM secrets WHERE name = ?1")?;
            query.query_row([name], |row| row.get(0)).map(Written::Secret)
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::store::sqlite::writer::{Write, Written, transact};
    use crate::store::sqlite::{connect, queries, schema};
    use crate::store::{Change, Committed, Error, Found, HistoryLine};
    use rusqlite::Connection;
    use std::time::Duration;

    fn conn(dir: &tempfile::TempDir) -> Connection {
        let mut conn = connect(&dir.path().join("s.db"), Duration::ZERO).unwrap();
        schema::migrate(&mut conn).unwrap();
        conn
    }

    fn change(call: &str, expected: u64, key: &str, doc: Vec<u8>) -> Write {
        let line = HistoryLine { rev: expected + 1, event_key: key.to_owned(), at: 0, body: Vec::new() };
        Write::Change(Box::new(Change {
            call: call.to_owned(),
            expected,
            doc,
            program: "p".to_owned(),
            next_due: Some(1),
            history: vec![line],
            natural_key: None,
            ended: None,
        }))
    }

    fn written(conn: &Connection, writes: &[Write]) -> Vec<Written> {
        transact(conn, writes).unwrap().into_iter().map(Result::unwrap).collect()
    }

    #[test]
    fn changes_of_one_transaction_stand_and_fall_alone() {
        let dir = tempfile::tempdir().unwrap();
        let conn = conn(&dir);
        let writes = [
            change("a", 0, "1", b"a1".to_vec()),
            change("a", 7, "2", b"lost".to_vec()),
            change("a", 1, "1", b"repeated".to_vec()),
            change("b", 0, "1", b"b1".to_vec()),
            change("a", 1, "2", b"a2".to_vec()),
        ];
        let expected =
            [Committed::Applied, Committed::Conflict, Committed::Duplicate, Committed::Applied, Committed::Applied];
        assert_eq!(written(&conn, &writes), expected.map(Written::Change));
        let Found::Live { row, .. } = queries::load(&conn, "a", &[]).unwrap() else { panic!("a lives") };
        assert_eq!((row.rev, row.doc), (2, b"a2".to_vec()));
        assert_eq!(queries::history(&conn, "a").unwrap().len(), 2);
        assert!(conn.is_autocommit());
    }

    #[test]
    fn a_change_that_is_alone_and_must_not_stand_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let conn = conn(&dir);
        let refused = |write: Write, expected: Committed| {
            assert_eq!(written(&conn, &[write]), [Written::Change(expected)]);
            let Found::Live { row, .. } = queries::load(&conn, "a", &[]).unwrap() else { panic!("a lives") };
            assert_eq!((row.rev, row.doc), (1, b"a1".to_vec()));
            assert!(conn.is_autocommit());
        };
        refused(change("a", 0, "1", b"a1".to_vec()), Committed::Applied);
        refused(change("a", 1, "1", b"repeated".to_vec()), Committed::Duplicate);
        refused(change("a", 7, "2", b"lost".to_vec()), Committed::Conflict);
        refused(change("a", 0, "2", b"made twice".to_vec()), Committed::Conflict);
        conn.execute_batch("CREATE TRIGGER picky AFTER INSERT ON history BEGIN SELECT raise(ABORT, 'no'); END")
            .unwrap();
        let told = transact(&conn, &[change("a", 1, "2", b"picky".to_vec())]).unwrap();
        assert!(matches!(told.as_slice(), [Err(Error::Unavailable(_))]), "{told:?}");
        conn.execute_batch("DROP TRIGGER picky").unwrap();
        assert_eq!(written(&conn, &[change("a", 1, "2", b"a2".to_vec())]), [Written::Change(Committed::Applied)]);
    }

    #[test]
    fn a_full_disk_refuses_the_whole_transaction_and_heals() {
        let dir = tempfile::tempdir().unwrap();
        let conn = conn(&dir);
        assert_eq!(written(&conn, &[change("a", 0, "1", vec![1])]), [Written::Change(Committed::Applied)]);
        let pages: i64 = conn.query_row("PRAGMA page_count", [], |row| row.get(0)).unwrap();
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(())).unwrap();
        let both = [change("a", 1, "2", vec![2]), change("b", 0, "1", vec![0; 1_000_000])];
        let refused = transact(&conn, &both).unwrap_err();
        assert!(matches!(refused, Error::Full(_)), "{refused}");
        assert!(conn.is_autocommit());
        assert_eq!(queries::history(&conn, "a").unwrap().len(), 1);
        conn.query_row("PRAGMA max_page_count = 1000000", [], |_| Ok(())).unwrap();
        assert_eq!(written(&conn, &both), [Written::Change(Committed::Applied), Written::Change(Committed::Applied)]);
    }

    #[test]
    fn a_writer_never_waits_for_a_stranger() {
        let dir = tempfile::tempdir().unwrap();
        let (ours, theirs) = (conn(&dir), conn(&dir));
        theirs.execute_batch("BEGIN IMMEDIATE").unwrap();
        let refused = transact(&ours, &[change("a", 0, "1", vec![1])]).unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
        theirs.execute_batch("ROLLBACK").unwrap();
        assert_eq!(written(&ours, &[change("a", 0, "1", vec![1])]), [Written::Change(Committed::Applied)]);
    }

    #[test]
    fn a_failing_commit_is_unknown_to_all() {
        let dir = tempfile::tempdir().unwrap();
        let conn = conn(&dir);
        conn.execute_batch(
            "PRAGMA foreign_keys = ON;
             CREATE TABLE parent (id INTEGER PRIMARY KEY) STRICT;
             CREATE TABLE child (id INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT;
             CREATE TRIGGER broken AFTER INSERT ON calls BEGIN INSERT INTO child VALUES (1); END;",
        )
        .unwrap();
        let refused = transact(&conn, &[change("a", 0, "1", vec![1])]).unwrap_err();
        assert!(matches!(refused, Error::Unknown(_)), "{refused}");
        assert!(conn.is_autocommit());
        assert_eq!(queries::load(&conn, "a", &[]).unwrap(), Found::Unknown);
    }
}
