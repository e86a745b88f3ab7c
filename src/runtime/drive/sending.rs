//! Requests out: each call's outbox is worked off by one task.

use crate::machine::command::OpRef;
use crate::machine::event::Answer;
use crate::platform::codes::Code;
use crate::provider::{Outcome, Provider, Request};
use crate::runtime::dialled::{self, Room};
use crate::runtime::dispatch::Dispatch;
use crate::runtime::doc::Doc;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::errand::Errand;
use crate::runtime::let_go::LetGo;
use crate::store::{Found, Store};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::Notify;

/// Something that went out, until its outcome is kept.
pub(super) struct Out<S, P>(Runtime<S, P>);

impl<S, P> Drop for Out<S, P> {
    fn drop(&mut self) {
        self.0.0.out.fetch_sub(1, Ordering::SeqCst);
    }
}

/// An outbox being worked off.
#[derive(Debug, Default)]
pub(super) struct Working {
    /// It may have grown meanwhile.
    grown: bool,
    /// Told when it has.
    wake: Arc<Notify>,
}

/// The call whose webhooks come to this address.
fn called(callback_uri: &str) -> &str {
    callback_uri.rsplit('/').nth(1).unwrap_or_default()
}

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Makes an attempt at a request, if it may leave now.
    pub(super) async fn attempt(&self, request: Box<Request>, by_then: i64) -> Outcome {
        let now = self.0.clock.now();
        if now > by_then {
            return Outcome::NotTried { after_ms: 0 };
        }
        if let Some(from) = dialled::number(&request.command) {
            match lock(&self.0.dialled).asks(called(&request.callback_uri), from, request.first_sent, now) {
                Room::Is => {}
                Room::Later(after_ms) => return Outcome::NotTried { after_ms },
                Room::Never => {
                    tracing::warn!(
                        "a dial has failed: as many calls go on from its number as may (max_calls_per_number)"
                    );
                    return Outcome::Definite(Answer::Refused { code: Code::new(429, 0) });
                }
            }
        }
        let wait = self.0.pace.ask(request.repeat_id, &request.command, now);
        if wait > 0 {
            return Outcome::NotTried { after_ms: wait };
        }
        let (name, began) = (request.command.name(), Instant::now());
        let outcome = self.0.provider.send(*request).await;
        self.hold("after-send", name).await;
        self.count_outcome(name, &outcome, began.elapsed());
        if let Outcome::Throttled { after_ms } = outcome {
            tracing::warn!(
                operation = name,
                after_ms,
                "the platform has too many requests: they go slower for a while"
            );
            self.0.pace.throttled(after_ms, self.0.clock.now());
        }
        outcome
    }

    /// Lets time pass, until the outbox of the call grows.
    pub(super) async fn pause(&self, call: &str, ms: u64) {
        let wake = lock(&self.0.working).get(call).map(|working| Arc::clone(&working.wake)).unwrap_or_default();
        let _ = tokio::time::timeout(self.0.clock.real(ms), wake.notified()).await;
    }

    /// From now on nothing more goes out; waits until the outcome of what did is kept, or that long. What is left is told
    /// unknown by the next process.
    pub async fn fall_silent(&self, within: Duration) {
        self.0.stopping.store(true, Ordering::SeqCst);
        let silent = async {
            while self.0.out.load(Ordering::SeqCst) > 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        if tokio::time::timeout(within, silent).await.is_err() {
            tracing::warn!(out = self.0.out.load(Ordering::SeqCst), "requests are still out at the deadline");
        }
    }

    /// Counts what goes out; never returns once nothing may.
    pub(super) async fn goes_out(&self) -> Out<S, P> {
        self.0.out.fetch_add(1, Ordering::SeqCst);
        let out = Out(self.clone());
        if self.0.stopping.load(Ordering::SeqCst) {
            drop(out);
            return std::future::pending().await;
        }
        out
    }

    /// Sees to it that somebody works off the call's outbox.
    pub(super) fn work(&self, call: &str) {
        let mut working = lock(&self.0.working);
        if let Some(working) = working.get_mut(call) {
            working.grown = true;
            working.wake.notify_one();
            return;
        }
        working.insert(call.to_owned(), Working::default());
        drop(working);
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            let worker = tokio::spawn({
                let (runtime, call) = (runtime.clone(), call.clone());
                async move { runtime.work_off(&call).await }
            });
            if let Err(error) = worker.await {
                // A defect of ours in one call's sending must not leave that call without anybody who sends.
                lock(&runtime.0.working).remove(&call);
                runtime.0.metrics.errands_broken.add([]);
                tracing::error!(call, %error, "sending broke off");
            }
        });
    }

    /// Sees to it that somebody runs an errand of the call.
    pub(super) fn run_errand(&self, call: &str, op: OpRef) {
        if !lock(&self.0.errands).insert((call.to_owned(), op)) {
            return;
        }
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            let runner = tokio::spawn({
                let (runtime, call) = (runtime.clone(), call.clone());
                async move {
                    let errand = Errand::new(call, op, &runtime.0.name);
                    runtime.run_shot(errand, "errand").await
                }
            });
            let ran = runner.await;
            lock(&runtime.0.errands).remove(&(call.clone(), op));
            if let Err(error) = ran {
                // The call's own deadline tells it that nothing came of it.
                runtime.0.metrics.errands_broken.add([]);
                tracing::error!(call, %error, "an errand broke off");
            }
        });
    }

    /// A call that cannot go on in this process: nobody would ever say anything to who is on its line, so that is let go of, as
    /// far as it is known. The call stays as it is, for whoever mends it.
    pub(super) fn gives_up(&self, call: &str) {
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            if let Ok(Found::Live { row, .. }) = runtime.0.store.load(&call, &[]).await
                && let Ok(doc) = Doc::from_bytes(&row.doc)
                && let Some(connection) = doc.call.facts.connection
            {
                runtime.let_go(&call, connection);
            }
        });
    }

    /// Lets go of a line that has no call here, or none that can go on.
    pub(super) fn let_go(&self, call: &str, connection: String) {
        if !lock(&self.0.letting_go).insert(connection.clone()) {
            return;
        }
        let (runtime, call) = (self.clone(), call.to_owned());
        tokio::spawn(async move {
            let hung_up = runtime.run_shot(LetGo::new(call.clone(), connection.clone()), "").await;
            lock(&runtime.0.letting_go).remove(&connection);
            if hung_up {
                tracing::warn!(call, "hung up a line that nobody would have spoken to");
            }
        });
    }

    async fn work_off(&self, call: &str) {
        let callback_uri = format!("{}/callbacks/{call}/{}", self.0.settings.public_url, self.0.key.mac(call));
        loop {
            let known = lock(&self.0.recent).of(call).map(|known| Arc::clone(&known.doc));
            let dispatch = Dispatch::new(call.to_owned(), callback_uri.clone(), &self.0.name, known);
            let errands = self.run_shot(dispatch, "answer").await;
            for op in errands {
                self.run_errand(call, op);
            }
            let mut working = lock(&self.0.working);
            match working.get_mut(call) {
                Some(working) if working.grown => working.grown = false,
                Some(_) | None => {
                    working.remove(call);
                    return;
                }
            }
        }
    }
}
