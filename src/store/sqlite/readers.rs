//! The threads that read, each with its own connection, and the queue before them.

use crate::store::Error;
use crate::store::sqlite::{failure, spawn};
use rusqlite::Connection;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use tokio::sync::{mpsc, oneshot};

/// Questions that may wait; one more waits outside.
const QUEUE: usize = 256;

type Question = Box<dyn FnOnce(&Connection) + Send>;

/// The readers of a store.
#[derive(Debug)]
pub(super) struct Readers {
    questions: Option<mpsc::Sender<Question>>,
    threads: Vec<JoinHandle<()>>,
}

impl Readers {
    /// One thread for each connection.
    pub(super) fn start(connections: Vec<Connection>) -> Result<Readers, Error> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut readers = Readers { questions: Some(sender), threads: Vec::new() };
        let queue = Arc::new(Mutex::new(receiver));
        for conn in connections {
            conn.pragma_update(None, "query_only", true).map_err(|error| failure(&error))?;
            let queue = Arc::clone(&queue);
            readers.threads.push(spawn("read", move || serve(&conn, &queue))?);
        }
        Ok(readers)
    }

    /// Asks the next reader that is free.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        let asked: Question = Box::new(move |conn| {
            // Whoever asked may have gone away.
            let _ = reply.send(question(conn));
        });
        let stopped = || Error::Unavailable("the readers have stopped".to_owned());
        let queue = self.questions.as_ref().ok_or_else(stopped)?;
        queue.send(asked).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?.map_err(|error| failure(&error))
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        drop(self.questions.take());
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Answers until nobody can ask any more. Waiting, it holds the queue; answering, it does not.
fn serve(conn: &Connection, queue: &Mutex<mpsc::Receiver<Question>>) {
    loop {
        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(question) = next else { return };
        question(conn);
    }
}
