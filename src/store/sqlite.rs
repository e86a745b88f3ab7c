//! The embedded durable store: one SQLite file in WAL mode, synced at every commit.
//!
//! One thread writes, whatever has queued in one transaction; two threads read; one thread copies the log back into the
//! file. A lock file keeps a second process out, as the writer assumes that nobody else writes.

use crate::metrics::Metrics;
use crate::store::sqlite::ballast::Ballast;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::lock::Lock;
use crate::store::sqlite::readers::Readers;
use crate::store::sqlite::writer::{Write, Writer, Written};
use crate::store::{
    Among, Change, Committed, Counts, Erased, Error, Found, HistoryLine, Listed, Prune, Quarantined, Reserve, Store,
};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

mod ballast;
mod change;
mod checkpoint;
mod keeping;
mod lock;
mod queries;
mod readers;
mod schema;
mod writer;

/// Threads that read.
const READERS: usize = 2;
/// Past this size, in bytes, the log is emptied and not merely copied: copying alone never resets it under steady writes.
const LOG_BYTES: u64 = 128 * 1024 * 1024;
/// Most damages that are told.
const MOST_TOLD: u32 = 10;
/// How much a probe writes, in bytes: room for what a few calls take.
const PROBE_BYTES: i64 = 64 * 1024;
/// How long a reader or the checkpointer waits for a lock. The writer never does.
const PATIENCE: Duration = Duration::from_secs(1);
/// How often is looked for the ballast's room when there is none.
const AGAIN: Duration = Duration::from_secs(1);
/// How long emptying the log waits for whoever reads; the writer waits meanwhile.
const COPYING: Duration = Duration::from_millis(50);

/// A store in one SQLite file. Dropping it finishes what was asked for, then closes the file.
#[derive(Debug)]
pub struct Sqlite {
    // In this order they are dropped: the lock last, when nobody uses the file any more.
    writer: Writer,
    readers: Readers,
    ballast: Arc<Option<Ballast>>,
    _checkpointer: Arc<Checkpointer>,
    _lock: Lock,
}

impl Sqlite {
    /// Opens the store in this file and brings its schema up to date; makes the file when there is none.
    ///
    /// # Errors
    /// [`Error::Locked`] when a process has it open, [`Error::Newer`] when a newer release wrote it, and whatever the disk
    /// says.
    pub fn open(path: impl AsRef<Path>) -> Result<Sqlite, Error> {
        Sqlite::measured(path, 0, Arc::default())
    }

    /// The same with so many bytes beside it that are kept for calls in progress, and somebody who counts transactions.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn measured(path: impl AsRef<Path>, ballast: u64, metrics: Arc<Metrics>) -> Result<Sqlite, Error> {
        Sqlite::open_with(path.as_ref(), LOG_BYTES, (ballast, AGAIN), metrics)
    }

    /// Reads every page of the file, and says whether all is as it was written. Takes as long as the file is large.
    ///
    /// # Errors
    /// [`Error::Unavailable`] with what is broken, and whatever opening the store may say.
    pub fn check(path: impl AsRef<Path>) -> Result<(), Error> {
        let path = path.as_ref();
        let _lock = Lock::take(path)?;
        if !path.exists() {
            return Ok(());
        }
        let conn = connect(path, Duration::ZERO)?;
        let broken = || {
            let mut query = conn.prepare(&format!("PRAGMA integrity_check({MOST_TOLD})"))?;
            query.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()
        };
        let found = broken().map_err(|error| failure(&error))?;
        if found == ["ok"] {
            return Ok(());
        }
        Err(Error::Unavailable(format!("{} is damaged: {}; restore a backup", path.display(), found.join("; "))))
    }

    /// From now on the file has no more than so many pages: a disk that is full.
    #[cfg(test)]
    pub(crate) async fn most_pages(&self, pages: i64) {
        self.write(Write::MostPages(pages)).await.expect("a pragma");
    }

    /// Opens the store with another bound on the log, and another time after which is looked for the ballast's room.
    fn open_with(
        path: &Path,
        log_bytes: u64,
        (ballast, again): (u64, Duration),
        metrics: Arc<Metrics>,
    ) -> Result<Sqlite, Error> {
        let lock = Lock::take(path)?;
        create_private(path)?;
        let mut first = connect(path, Duration::ZERO)?;
        schema::migrate(&mut first)?;
        let turn = Arc::new(Mutex::new(()));
        let copying = connect(path, COPYING)?;
        let checkpointer = Arc::new(Checkpointer::start(copying, beside(path, "-wal"), log_bytes, Arc::clone(&turn))?);
        // What a process that died had copied is forgotten with it: the log would grow from life to life.
        checkpointer.wake();
        let reading = (0..READERS).map(|_| connect(path, PATIENCE)).collect::<Result<Vec<_>, _>>()?;
        let ballast = Arc::new(Ballast::keep(beside(path, ".ballast"), ballast, again)?);
        Ok(Sqlite {
            writer: Writer::start(first, turn, Arc::clone(&checkpointer), Arc::clone(&ballast), metrics)?,
            readers: Readers::start(reading)?,
            ballast,
            _checkpointer: checkpointer,
            _lock: lock,
        })
    }

    async fn write(&self, write: Write) -> Result<Written, Error> {
        self.writer.ask(write).await
    }
}

/// A connection with the settings that every thread needs.
fn connect(path: &Path, patience: Duration) -> Result<Connection, Error> {
    let opened = || {
        let conn = Connection::open(path)?;
        conn.busy_timeout(patience)?;
        conn.set_prepared_statement_cache_capacity(32);
        conn.pragma_update(None, "trusted_schema", false)?;
        conn.pragma_update(None, "synchronous", "FULL")?;
        // What is taken away is overwritten.
        conn.pragma_update(None, "secure_delete", true)?;
        conn.pragma_update(None, "wal_autocheckpoint", 0)?;
        Ok(conn)
    };
    opened().map_err(|error| failure(&error))
}

fn other_answer<T>() -> Result<T, Error> {
    Err(Error::Unknown("the writer gave another answer".to_owned()))
}

/// Makes the file readable for its owner alone: it holds phone numbers and keys. SQLite gives its log the same rights.
fn create_private(path: &Path) -> Result<(), Error> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let opened = options.open(path);
    opened.map(|_| ()).map_err(|error| Error::Unavailable(format!("{}: {error}", path.display())))
}

/// The file whose name is this one's with an ending.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// A failure after which certainly nothing was changed.
fn failure(error: &rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::Full(error.to_string()),
        _ => Error::Unavailable(error.to_string()),
    }
}

/// Starts a named thread.
fn spawn(name: &str, body: impl FnOnce() + Send + 'static) -> Result<std::thread::JoinHandle<()>, Error> {
    let thread = std::thread::Builder::new().name(format!("store-{name}"));
    thread.spawn(body).map_err(|error| Error::Unavailable(format!("a thread cannot be started: {error}")))
}

impl Store for Sqlite {
    async fn load(&self, call: &str, keys: &[String]) -> Result<Found, Error> {
        let (call, keys) = (call.to_owned(), keys.to_vec());
        self.readers.ask(move |conn| queries::load(conn, &call, &keys)).await
    }

    async fn commit(&self, change: Change) -> Result<Committed, Error> {
        change.is_sound()?;
        match self.write(Write::Change(Box::new(change))).await? {
            Written::Change(committed) => Ok(committed),
            Written::Done | Written::Erased(_) | Written::Pruned(_) | Written::Secret(_) => other_answer(),
        }
    }

    async fn due(&self, now: i64, limit: usize) -> Result<Vec<String>, Error> {
        self.readers.ask(move |conn| queries::due(conn, now, limit)).await
    }

    async fn counts(&self, now: i64) -> Result<Counts, Error> {
        self.readers.ask(move |conn| queries::counts(conn, now)).await
    }

    async fn named(&self, natural_key: &str) -> Result<Option<String>, Error> {
        let key = natural_key.to_owned();
        self.readers.ask(move |conn| queries::named(conn, &key)).await
    }

    async fn next_due(&self) -> Result<Option<i64>, Error> {
        self.readers.ask(queries::next_due).await
    }

    async fn history(&self, call: &str) -> Result<Vec<HistoryLine>, Error> {
        let call = call.to_owned();
        self.readers.ask(move |conn| queries::history(conn, &call)).await
    }

    async fn list(&self, among: Among, limit: usize) -> Result<Vec<Listed>, Error> {
        self.readers.ask(move |conn| queries::list(conn, among, limit)).await
    }

    async fn quarantine(&self, row: Quarantined) -> Result<(), Error> {
        self.write(Write::Quarantine(row)).await.map(|_| ())
    }

    async fn prune(&self, prune: Prune) -> Result<usize, Error> {
        match self.write(Write::Prune(prune)).await? {
            Written::Pruned(count) => Ok(count),
            Written::Change(_) | Written::Done | Written::Erased(_) | Written::Secret(_) => other_answer(),
        }
    }

    async fn erase(&self, call: &str) -> Result<Erased, Error> {
        match self.write(Write::Erase { call: call.to_owned() }).await? {
            Written::Erased(erased) => Ok(erased),
            Written::Change(_) | Written::Done | Written::Pruned(_) | Written::Secret(_) => other_answer(),
        }
    }

    async fn probe(&self, now: i64) -> Result<(), Error> {
        // What is written over within one transaction may never reach the disk.
        for bytes in [PROBE_BYTES, 0] {
            self.write(Write::Probe { now, bytes }).await?;
        }
        Ok(())
    }

    fn reserve(&self) -> Reserve {
        (*self.ballast).as_ref().map_or(Reserve::None, Ballast::reserve)
    }

    async fn put_program(&self, hash: &str, program: &[u8], source_map: &[u8]) -> Result<(), Error> {
        let (hash, program, source_map) = (hash.to_owned(), program.to_owned(), source_map.to_owned());
        self.write(Write::Program { hash, program, source_map }).await.map(|_| ())
    }

    async fn program(&self, hash: &str) -> Result<Option<(Vec<u8>, Vec<u8>)>, Error> {
        let hash = hash.to_owned();
        self.readers.ask(move |conn| queries::program(conn, &hash)).await
    }

    async fn secret(&self, name: &str, fresh: Vec<u8>) -> Result<Vec<u8>, Error> {
        match self.write(Write::Secret { name: name.to_owned(), fresh }).await? {
            Written::Secret(value) => Ok(value),
            Written::Done | Written::Change(_) | Written::Erased(_) | Written::Pruned(_) => other_answer(),
        }
    }
}

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod tests;
