//! Requests out: each call's outbox is worked off by one task.

use crate::machine::command::OpRef;
use crate::provider::Provider;
use crate::runtime::dispatch::Dispatch;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::errand::Errand;
use crate::store::Store;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Something that went out, until its outcome is kept.
pub(super) struct Out<S, P>(Runtime<S, P>);

impl<S, P> Drop for Out<S, P> {
    fn drop(&mut self) {
        self.0.0.out.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<S: Store, P: Provider> Runtime<S, P> {
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
        if let Some(grown) = working.get_mut(call) {
            *grown = true;
            return;
        }
        working.insert(call.to_owned(), false);
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
                Some(grown) if *grown => *grown = false,
                Some(_) | None => {
                    working.remove(call);
                    return;
                }
            }
        }
    }
}
