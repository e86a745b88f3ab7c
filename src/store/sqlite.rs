//! The embedded durable store: one SQLite file in WAL mode, synced at every commit.
//!
//! One thread writes, whatever has queued in one transaction; two threads read; one thread copies the log back into the
//! file. A lock file keeps a second process out, as the writer assumes that nobody else writes.

use crate::metrics::Metrics;
use crate::store::sqlite::checkpoint::Checkpointer;
use crate::store::sqlite::lock::Lock;
use crate::store::sqlite::readers::Readers;
use crate::store::sqlite::writer::{Write, Writer, Written};
use crate::store::{Change, Committed, Counts, Erased, Error, Found, HistoryLine, Listed, Prune, Quarantined, Store};
use rusqlite::{Connection, ErrorCode};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// A store in one SQLite file. Dropping it finishes what was asked for, then closes the file.
#[derive(Debug)]
pub struct Sqlite {
    // In this order they are dropped: the lock last, when nobody uses the file any more.
    writer: Writer,
    readers: Readers,
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
        Sqlite::measured(path, Arc::default())
    }

    /// The same with somebody who counts transactions.
    ///
    /// # Errors
    /// As [`Sqlite::open`].
    pub fn measured(path: impl AsRef<Path>, metrics: Arc<Metrics>) -> Result<Sqlite, Error> {
        Sqlite::open_with(path.as_ref(), LOG_BYTES, metrics)
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

    /// Opens the store with another bound on the log.
    fn open_with(path: &Path, log_bytes: u64, metrics: Arc<Metrics>) -> Result<Sqlite, Error> {
        let lock = Lock::take(path)?;
        create_private(path)?;
        let mut first = connect(path, Duration::ZERO)?;
        schema::migrate(&mut first)?;
        let turn = Arc::new(Mutex::new(()));
        let copying = connect(path, PATIENCE)?;
        let checkpointer = Arc::new(Checkpointer::start(copying, log_path(path), log_bytes, Arc::clone(&turn))?);
        let reading = (0..READERS).map(|_| connect(path, PATIENCE)).collect::<Result<Vec<_>, _>>()?;
        Ok(Sqlite {
            writer: Writer::start(first, turn, Arc::clone(&checkpointer), metrics)?,
            readers: Readers::start(reading)?,
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

fn log_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
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

    async fn next_due(&self) -> Result<Option<i64>, Error> {
        self.readers.ask(queries::next_due).await
    }

    async fn history(&self, call: &str) -> Result<Vec<HistoryLine>, Error> {
        let call = call.to_owned();
        self.readers.ask(move |conn| queries::history(conn, &call)).await
    }

    async fn list(&self, limit: usize) -> Result<Vec<Listed>, Error> {
        self.readers.ask(move |conn| queries::list(conn, limit)).await
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
mod tests {
    use crate::store::sqlite::{Sqlite, connect, schema};
    use crate::store::{Change, Committed, Erased, Error, Found, HistoryLine, Quarantined, Store};
    use rusqlite::Connection;
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    fn change(call: &str, expected: u64) -> Change {
        let line = HistoryLine { rev: expected + 1, event_key: format!("{expected}"), at: 1, body: vec![7; 500] };
        Change {
            call: call.to_owned(),
            expected,
            doc: vec![expected as u8; 2_000],
            program: "p".to_owned(),
            next_due: Some(5),
            history: vec![line],
            natural_key: (expected == 0).then(|| format!("key of {call}")),
            ended: None,
        }
    }

    async fn rev(store: &Sqlite, call: &str) -> u64 {
        match store.load(call, &[]).await.unwrap() {
            Found::Live { row, .. } => row.rev,
            Found::Ended(_) | Found::Unknown => 0,
        }
    }

    async fn fill(store: &Sqlite) {
        for expected in 0..20 {
            assert_eq!(store.commit(change("a", expected)).await.unwrap(), Committed::Applied);
        }
        let end = Change { ended: Some(9), next_due: None, ..change("b", 0) };
        assert_eq!(store.commit(end).await.unwrap(), Committed::Applied);
        store.put_program("p", b"program", b"map").await.unwrap();
        store.secret("mac", b"key".to_vec()).await.unwrap();
    }

    async fn check_filled(store: &Sqlite) {
        assert_eq!(rev(store, "a").await, 20);
        assert_eq!(store.history("a").await.unwrap().len(), 20);
        assert!(matches!(store.load("b", &[]).await.unwrap(), Found::Ended(ended) if ended.at == 9));
        assert_eq!(store.program("p").await.unwrap(), Some((b"program".to_vec(), b"map".to_vec())));
        assert_eq!(store.secret("mac", b"other".to_vec()).await.unwrap(), b"key");
        assert_eq!(store.due(5, 10).await.unwrap(), ["a"]);
        let again = Change { natural_key: Some("key of b".to_owned()), ..change("c", 0) };
        assert_eq!(store.commit(again).await.unwrap(), Committed::Exists { call: "b".to_owned() });
        assert_eq!(store.commit(change("a", 20)).await.unwrap(), Committed::Applied);
    }

    fn integrity(path: &Path) -> String {
        let conn = Connection::open(path).unwrap();
        conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap()
    }

    #[tokio::test]
    async fn a_store_that_is_closed_and_opened_again_has_everything() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        fill(&store).await;
        drop(store);
        check_filled(&Sqlite::open(&path).unwrap()).await;
        assert_eq!(integrity(&path), "ok");
    }

    #[test]
    fn every_commit_is_synced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let mut conn = connect(&path, Duration::ZERO).unwrap();
        schema::migrate(&mut conn).unwrap();
        let number = |name: &str| conn.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!([number("synchronous"), number("wal_autocheckpoint"), number("busy_timeout")], [2, 0, 0]);
        let mode: String = conn.query_row("PRAGMA journal_mode", [], |row| row.get(0)).unwrap();
        assert_eq!(mode, "wal");
    }

    /// The files as they stand while the process runs are what a killed process leaves behind.
    #[tokio::test]
    async fn a_killed_process_leaves_every_acknowledged_commit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        fill(&store).await;
        let left = dir.path().join("left.db");
        std::fs::copy(&path, &left).unwrap();
        std::fs::copy(dir.path().join("calls.db-wal"), dir.path().join("left.db-wal")).unwrap();
        assert!(std::fs::metadata(dir.path().join("left.db-wal")).unwrap().len() > 0, "nothing but the log has it");
        check_filled(&Sqlite::open(&left).unwrap()).await;
        assert_eq!(integrity(&left), "ok");
        drop(store);
    }

    #[tokio::test]
    async fn what_was_asked_for_before_the_drop_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Arc::new(Sqlite::open(&path).unwrap());
        let mut asked = tokio::task::JoinSet::new();
        for call in 0..100 {
            let store = Arc::clone(&store);
            asked.spawn(async move { store.commit(change(&format!("call {call}"), 0)).await.unwrap() });
        }
        while let Some(committed) = asked.join_next().await {
            assert_eq!(committed.unwrap(), Committed::Applied);
        }
        drop(store);
        assert_eq!(Sqlite::open(&path).unwrap().list(1_000).await.unwrap().len(), 100);
    }

    #[tokio::test]
    async fn a_second_opening_is_refused_until_the_first_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        let refused = Sqlite::open(&path).unwrap_err();
        assert!(matches!(&refused, Error::Locked { path: named } if *named == path.display().to_string()), "{refused}");
        drop(store);
        Sqlite::open(&path).unwrap();
    }

    #[tokio::test]
    async fn a_file_of_a_newer_release_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        drop(Sqlite::open(&path).unwrap());
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        let refused = Sqlite::open(&path).unwrap_err();
        assert!(matches!(refused, Error::Newer { found: 99, known: 2 }), "{refused}");
    }

    #[tokio::test]
    async fn a_damaged_page_is_found_and_a_sound_file_passes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        Sqlite::check(&path).expect("there is nothing to be damaged");
        let store = Sqlite::open(&path).unwrap();
        fill(&store).await;
        assert!(matches!(Sqlite::check(&path), Err(Error::Locked { .. })));
        drop(store);
        Sqlite::check(&path).unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        let size = usize::from(u16::from_be_bytes([bytes[16], bytes[17]]));
        // Every page but the first, whose header a store is known by.
        bytes[size..].chunks_mut(size).for_each(|page| page[..64].fill(0x5a));
        std::fs::write(&path, bytes).unwrap();
        let damage = Sqlite::check(&path).unwrap_err();
        assert!(matches!(&damage, Error::Unavailable(told) if told.contains("damaged")), "{damage}");
    }

    /// The file and its log, as somebody finds them who looks without SQLite.
    fn bytes_of(dir: &Path) -> Vec<u8> {
        ["calls.db", "calls.db-wal"].iter().flat_map(|name| std::fs::read(dir.join(name)).unwrap_or_default()).collect()
    }

    #[tokio::test]
    async fn what_is_erased_is_not_in_the_files_any_more() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        let has = |word: &[u8]| bytes_of(dir.path()).windows(word.len()).any(|window| window == word);
        let begun = Change { doc: b"said swordfish".to_vec(), ..change("a", 0) };
        let mut over = Change { doc: b"said swordfish".to_vec(), ended: Some(9), next_due: None, ..change("a", 1) };
        over.history[0].body = b"heard swordfish".to_vec();
        for change in [begun, over] {
            assert_eq!(store.commit(change).await.unwrap(), Committed::Applied);
        }
        assert!(has(b"swordfish"), "this test would see it");
        assert_eq!(store.erase("a").await.unwrap(), Erased::Done);
        for _ in 0..500 {
            if !has(b"swordfish") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(!has(b"swordfish"), "it is still there");
        assert!(matches!(store.load("a", &[]).await.unwrap(), Found::Ended(ended) if ended.doc.is_empty()));
    }

    #[tokio::test]
    async fn files_that_are_no_store_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let text = dir.path().join("notes.txt");
        std::fs::write(&text, "these are notes and not a database, whatever anybody may hope for ".repeat(20)).unwrap();
        let missing = dir.path().join("missing").join("calls.db");
        for path in [text.as_path(), missing.as_path(), dir.path()] {
            let refused = Sqlite::open(path).unwrap_err();
            assert!(matches!(refused, Error::Unavailable(_)), "{refused}");
        }
        assert!(std::fs::read_to_string(&text).unwrap().starts_with("these are notes"));
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn nobody_else_may_read_the_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        fill(&store).await;
        for name in ["calls.db", "calls.db-wal"] {
            let file = std::fs::metadata(dir.path().join(name)).unwrap();
            assert_eq!(std::os::unix::fs::PermissionsExt::mode(&file.permissions()) & 0o777, 0o600, "{name}");
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_log_is_emptied_past_its_bound_and_nothing_is_lost() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let bound = 1024 * 1024;
        let store = Arc::new(Sqlite::open_with(&path, bound, Arc::default()).unwrap());
        let log = dir.path().join("calls.db-wal");
        let mut most = 0;
        for round in 0..40 {
            let mut asked = tokio::task::JoinSet::new();
            for call in 0..64 {
                let store = Arc::clone(&store);
                asked.spawn(async move { store.commit(change(&format!("call {call:02}"), round)).await.unwrap() });
            }
            for committed in asked.join_all().await {
                assert_eq!(committed, Committed::Applied);
            }
            most = most.max(std::fs::metadata(&log).unwrap().len());
        }
        assert!(most > bound, "the log never grew to its bound: {most}");
        // Copying alone leaves the file as long as it ever was.
        let emptied = || std::fs::metadata(&log).unwrap().len() <= bound;
        for _ in 0..500 {
            if emptied() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert!(emptied(), "the log was {most} bytes long and still is");
        for call in 0..64 {
            assert_eq!(rev(&store, &format!("call {call:02}")).await, 40);
        }
    }

    #[tokio::test]
    async fn what_is_put_aside_is_in_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("calls.db");
        let store = Sqlite::open(&path).unwrap();
        let row = Quarantined {
            at: 3,
            reason: "no such call".to_owned(),
            call: "a".to_owned(),
            detail: "PlayFailed".to_owned(),
        };
        store.quarantine(row).await.unwrap();
        drop(store);
        let conn = Connection::open(&path).unwrap();
        let found: (i64, String, String, String) = conn
            .query_row("SELECT at, reason, call_id, detail FROM quarantine", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .unwrap();
        assert_eq!(found, (3, "no such call".to_owned(), "a".to_owned(), "PlayFailed".to_owned()));
    }
}
