//! The thread that copies the log back into the file, so that the writer never has to stop for it.
//!
//! Copying alone does not shorten the log while somebody keeps writing. Past a bound the writer is held for a moment
//! and the log emptied.

use crate::store::Error;
use crate::store::sqlite::spawn;
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

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
    while woken.recv().is_ok() {
        copy(conn, "PASSIVE");
        if empty.swap(false, Ordering::SeqCst) || std::fs::metadata(log).is_ok_and(|log| log.len() > most) {
            let _held = turn.lock().unwrap_or_else(PoisonError::into_inner);
            copy(conn, "TRUNCATE");
        }
    }
}

/// One copy. Failing costs room, not safety: the log keeps what the file does not have yet, and the next one copies it.
fn copy(conn: &Connection, how: &str) {
    let done = conn.query_row(&format!("PRAGMA wal_checkpoint({how})"), [], |_| Ok(()));
    if let Err(error) = done {
        tracing::warn!(%error, how, "the store's log was not copied");
    }
}
