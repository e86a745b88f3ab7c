//! `GET /emulator/events`: everything that happens, as it happens, to whoever watches. Server-sent events, each with its kind as
//! name and JSON as data; a watcher too slow for them is told how many it missed.

use std::sync::Arc;
use std::time::Duration;

use hyper::body::Bytes;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, mpsc};

use crate::emulator::server::Emulator;
use crate::http::{Response, Stream};

/// How many events a watcher may fall behind.
const BEHIND: usize = 1024;
/// How many wait for a watcher's socket beside them.
const WAITING: usize = 64;
/// How often a silent stream says that it is still there.
const STILL_THERE: Duration = Duration::from_secs(15);

/// Those who watch.
#[derive(Debug)]
pub(crate) struct Watchers(broadcast::Sender<Arc<str>>);

impl Watchers {
    /// Nobody yet.
    pub(crate) fn new() -> Watchers {
        Watchers(broadcast::channel(BEHIND).0)
    }

    /// Tells everybody what happened. Costs nothing while nobody watches.
    pub(crate) fn tell<T: Serialize>(&self, kind: &str, what: impl FnOnce() -> T) {
        if self.0.receiver_count() == 0 {
            return;
        }
        if let Ok(data) = serde_json::to_string(&what()) {
            let _nobody_left = self.0.send(event(kind, &data));
        }
    }
}

/// JSON is one line.
fn event(kind: &str, data: &str) -> Arc<str> {
    format!("event: {kind}\ndata: {data}\n\n").into()
}

impl Emulator {
    /// The stream for one more watcher, up to the emulator's end.
    pub(crate) fn watch(&self) -> Response {
        let (sender, pieces) = mpsc::channel(WAITING);
        let mut happening = self.inner.watchers.0.subscribe();
        let mut closing = self.inner.closing.subscribe();
        tokio::spawn(async move {
            // At once, so that the watcher knows from when on it sees everything.
            let mut piece: Arc<str> = ": watching\n\n".into();
            loop {
                tokio::select! {
                    sent = sender.send(Bytes::copy_from_slice(piece.as_bytes())) => if sent.is_err() { return },
                    _ = closing.wait_for(|closing| *closing) => return,
                }
                piece = tokio::select! {
                    () = tokio::time::sleep(STILL_THERE) => ": still there\n\n".into(),
                    () = sender.closed() => return,
                    _ = closing.wait_for(|closing| *closing) => return,
                    happened = happening.recv() => match happened {
                        Ok(happened) => happened,
                        Err(RecvError::Lagged(count)) => event("missed", &count.to_string()),
                        Err(RecvError::Closed) => return,
                    },
                };
            }
        });
        Response::empty(200)
            .with_header("content-type", "text/event-stream")
            .with_header("cache-control", "no-store")
            .with_stream(Stream::new(pieces))
    }
}
