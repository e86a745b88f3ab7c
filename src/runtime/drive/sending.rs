//! Requests out: each call's outbox is worked off by one task, one request after the other.

use crate::machine::command::OpRef;
use crate::provider::Provider;
use crate::runtime::dispatch::{self, After, Next, Tried};
use crate::runtime::doc::Doc;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::turn::Verdict;
use crate::store::{Found, Store};
use std::collections::BTreeMap;
use std::time::Duration;

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

    async fn work_off(&self, call: &str) {
        loop {
            self.send_all(call).await;
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

    /// Sends what stands in the outbox, one request after the other, until it is empty.
    async fn send_all(&self, call: &str) {
        let callback_uri = format!("{}/callbacks/{call}/{}", self.0.settings.public_url, self.0.key.mac(call));
        let mut tried: BTreeMap<OpRef, Tried> = BTreeMap::new();
        loop {
            let Some(doc) = self.live(call).await else { return };
            let Some(pending) = doc.outbox.first().cloned() else { return };
            let tries = tried.entry(pending.op).or_default();
            let report = match dispatch::next(&doc, &callback_uri, self.0.clock.now()) {
                Next::Idle => return,
                Next::Report(input) => input,
                Next::Send(request) => {
                    let name = request.command.name();
                    self.hold("before-send", name).await;
                    let outcome = self.0.provider.send(*request).await;
                    self.hold("after-send", name).await;
                    match dispatch::after(&pending, outcome, tries) {
                        After::Report { input, after_ms } => {
                            tokio::time::sleep(Duration::from_millis(after_ms)).await;
                            input
                        }
                        After::Again { after_ms } => {
                            tokio::time::sleep(Duration::from_millis(after_ms)).await;
                            continue;
                        }
                    }
                }
            };
            while let Verdict::Busy(reason) = self.turn(call, vec![report.clone()]).await {
                tracing::warn!(call, reason, "an answer cannot be kept yet");
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        }
    }

    async fn live(&self, call: &str) -> Option<Doc> {
        loop {
            match self.0.store.load(call, &[]).await {
                Ok(Found::Live { row, .. }) => return Doc::from_bytes(&row.doc).ok(),
                Ok(Found::Ended(_) | Found::Unknown) => return None,
                Err(error) => {
                    tracing::warn!(call, %error, "cannot read a call");
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        }
    }
}
