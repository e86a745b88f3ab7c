//! Picking up where an earlier process was stopped, many calls at the same time, beside everything that comes in meanwhile.

use crate::provider::Provider;
use crate::runtime::doc::Doc;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::recover::Recover;
use crate::store::Store;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Parts that are looked at at the same time: the store reads them side by side, and those that change share commits.
const PARTS: usize = 8;
/// Calls of one part.
const PART: usize = 64;
/// How long a store that does not answer is left alone.
const AGAIN: Duration = Duration::from_millis(500);

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Sends again what an earlier process may have left unsent or unanswered, those calls first that are due first. Other
    /// things may go on meanwhile: what an earlier process has claimed is sent by nobody before its call has been looked at. A
    /// store that cannot be used is tried until it can.
    pub async fn recover(&self) {
        let calls = loop {
            match self.0.store.due(i64::MAX, usize::MAX >> 1).await {
                Ok(calls) => break calls,
                Err(error) => tracing::warn!(%error, "it cannot be seen yet what an earlier process has left"),
            }
            tokio::time::sleep(AGAIN).await;
        };
        let now = self.0.clock.now();
        if let Ok(counts) = self.0.store.counts(now).await {
            self.0.pace.begins(counts.due, now);
        }
        let mut left: Vec<Vec<String>> = calls.chunks(PART).map(<[String]>::to_vec).collect();
        left.reverse();
        while !left.is_empty() {
            let parts = left.split_off(left.len().saturating_sub(PARTS));
            let mut again = self.recovered(parts).await;
            if !again.is_empty() {
                tokio::time::sleep(AGAIN).await;
            }
            left.append(&mut again);
        }
        lock(&self.0.dialled).all_found();
        self.0.recovered.store(true, Ordering::SeqCst);
    }

    /// A call that goes on, as an earlier process has left it.
    fn found(&self, doc: &Doc) {
        if let Some(server_call) = &doc.call.facts.server_call {
            lock(&self.0.whose).is(&doc.call.id, server_call);
        }
        lock(&self.0.dialled).found(doc);
    }

    /// Looks at these calls; those of them for which the store was of no use.
    async fn recovered(&self, parts: Vec<Vec<String>>) -> Vec<Vec<String>> {
        let mut tasks = Vec::with_capacity(parts.len());
        for part in parts.into_iter().rev() {
            let (runtime, recover) = (self.clone(), Recover::new(self.0.name.clone(), part.clone()));
            tasks.push((part, tokio::spawn(async move { runtime.run_shot(recover, "").await })));
        }
        let mut again = Vec::new();
        for (part, task) in tasks {
            match task.await {
                Ok(Ok(live)) => live.iter().for_each(|doc| self.found(doc)),
                Ok(Err(reason)) => {
                    tracing::warn!(reason, "what an earlier process has left cannot be taken up yet");
                    again.push(part);
                }
                Err(error) => {
                    tracing::error!(%error, "taking up what an earlier process has left broke off");
                    self.0.metrics.errands_broken.add([]);
                }
            }
        }
        again.reverse();
        again
    }
}
