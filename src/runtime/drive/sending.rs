//! Requests out: each call's outbox is worked off by one task.

use crate::machine::command::OpRef;
use crate::provider::Provider;
use crate::runtime::dispatch::Dispatch;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::errand::Errand;
use crate::store::Store;

impl<S: Store, P: Provider> Runtime<S, P> {
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
                tracing::error!(call, %error, "sending broke off");
                lock(&runtime.0.working).remove(&call);
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
            if let Err(error) = runner.await {
                // The call's own deadline tells it that nothing came of it.
                tracing::error!(call, %error, "an errand broke off");
            }
            lock(&runtime.0.errands).remove(&(call, op));
        });
    }

    async fn work_off(&self, call: &str) {
        let callback_uri = format!("{}/callbacks/{call}/{}", self.0.settings.public_url, self.0.key.mac(call));
        loop {
            let dispatch = Dispatch::new(call.to_owned(), callback_uri.clone(), &self.0.name);
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
