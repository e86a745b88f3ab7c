//! Picking up where an earlier process was stopped, many calls at the same time.

use crate::provider::Provider;
use crate::runtime::drive::{Runtime, lock};
use crate::runtime::recover::Recover;
use crate::store::{Error, Store};

/// Calls looked at at the same time: the store reads them side by side, and those that change share commits.
const AT_ONCE: usize = 64;

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Sends again what an earlier process may have left unsent or unanswered. To be done before anything is let in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn recover(&self) -> Result<(), Error> {
        let calls = self.0.store.due(i64::MAX, usize::MAX >> 1).await?;
        let each = calls.len().div_ceil(AT_ONCE).max(1);
        let mut parts = Vec::with_capacity(AT_ONCE);
        for part in calls.chunks(each) {
            let (runtime, recover) = (self.clone(), Recover::of(self.0.name.clone(), part.to_vec()));
            parts.push(tokio::spawn(async move { runtime.run_shot(recover, "").await }));
        }
        for part in parts {
            let live = part.await.map_err(|error| Error::Unavailable(error.to_string()))?;
            for (call, server_call) in live.map_err(Error::Unavailable)? {
                lock(&self.0.whose).is(&call, &server_call);
            }
        }
        Ok(())
    }
}
