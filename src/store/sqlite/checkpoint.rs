//! The thread that copies the log back into the file, so that the writer never has to stop for it.
//!
//! Copying alone does not shorten the log while somebody keeps writing. Past a bound the writer is held for a moment
//! and the log emptied.

use crate::store::Error;
use crate::store::sqlite::spawn;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// After how long a log that was to be emptied and was not is tried again.
const SOON: Duration = Duration::from_millis(500);

/// Copies the log when it is told to.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
    /// The log is to be emptied whatever its length.
    empty: Arc<AtomicBool>,
}

impl Checkpointer {
    /// Starts the thread. The writer holds `turn` while it writes.
    pub(super) fn start(
        conn: Connection,
        log: PathBuf,
        most: u64,
        turn: Arc<Mutex<()>>,
    ) -> Result<Checkpointer, Error> {
        let (wake, woken) = sync_channel(1);
        let empty = Arc::new(AtomicBool::new(false));
        let to_empty = Arc::clone(&empty);
        let thread = spawn("checkpoint", move || serve(&conn, &woken, &log, (most, &to_empty), &turn))?;
        Ok(Checkpointer { wake: Some(wake), thread: Some(thread), empty })
    }

    /// Asks for a copy after which the log has nothing more.
    pub(super) fn empty(&self) {
        self.empty.store(true, Ordering::SeqCst);
        self.wake();
    }

    /// Asks for a copy. Asking while one is under way asks for one more after it, never for two.
    pub(super) fn wake(&self) {
        if let Some(wake) = &self.wake {
            let _ = wake.try_send(());
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        drop(self.wake.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(conn: &Connection, woken: &Receiver<()>, log: &PathBuf, (most, empty): (u64, &AtomicBool), turn: &Mutex<()>) {
    loop {
        match empty.load(Ordering::SeqCst) {
            // What could not be emptied at once is tried again soon.
            true => match woken.recv_timeout(SOON) {
                Ok(()) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            },
            false => match woken.recv() {
                Ok(()) => {}
                Err(_) => return,
            },
        }
        let all = copy(conn, "PASSIVE");
        let emptied = empty.load(Ordering::SeqCst);
        // While somebody reads what is old, nothing can be emptied: the writer is not held for it.
        if all && (emptied || std::fs::metadata(log).is_ok_and(|log| log.len() > most)) {
            let _held = turn.lock().unwrap_or_else(PoisonError::into_inner);
            if copy(conn, "TRUNCATE") && emptied {
                empty.store(false, Ordering::SeqCst);
            }
        }
    }
}

/// One copy; whether all that was in the log when it began is in the file. Failing costs room, not safety: the log keeps what the
/// file does not have yet, and the next one copies it.
fn copy(conn: &Connection, how: &str) -> bool {
    let done = conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |row| {
        let (busy, log, copied): (i64, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(busy == 0 && log == copied)
    });
    done.unwrap_or_else(|error| {
        tracing::warn!(%error, how, "the store's log was not copied");
        false
    })
}
