//! What is over is kept for a time, and taken away when it is; sooner when somebody asks for it.

use crate::provider::Provider;
use crate::runtime::drive::{Refusal, Runtime};
use crate::store::{Erased, Error, Prune, Reserve, Store};
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// How often is looked for what need not be kept any longer.
const EVERY: Duration = Duration::from_secs(60);
/// Calls of one transaction: it holds up those that ring.
const AT_ONCE: usize = 200;

/// How long things are kept after the end of a call, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Keep {
    /// History and document.
    pub history_ms: i64,
    /// That the call was there.
    pub calls_ms: i64,
}

impl<S: Store, P: Provider> Runtime<S, P> {
    /// Takes away what is no longer kept, until told to stop.
    pub async fn keep(&self, keep: Keep, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.prune(keep).await {
                tracing::warn!(%error, "what is no longer kept cannot be taken away now");
            }
            tokio::select! {
                () = tokio::time::sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }

    async fn prune(&self, keep: Keep) -> Result<(), Error> {
        let now = self.0.clock.now();
        let (history_before, calls_before) = (now - keep.history_ms, now - keep.calls_ms);
        let prune = Prune { history_before, calls_before, limit: AT_ONCE };
        while self.0.store.prune(prune).await? >= AT_ONCE {}
        Ok(())
    }

    /// Takes away everything of a call that is over but that it was there.
    ///
    /// # Errors
    /// When there is no such call, it is not over, or the store cannot be used now.
    pub async fn erase(&self, call: &str) -> Result<(), Refusal> {
        match self.0.store.erase(call).await {
            Ok(Erased::Done) => Ok(()),
            Ok(Erased::Lives) => Err(Refusal::Lives(call.to_owned())),
            Ok(Erased::Unknown) => Err(Refusal::NoCall(call.to_owned())),
            Err(error) => Err(Refusal::Busy(error.to_string())),
        }
    }

    /// Why no call can be taken now, if none can. After a write that failed another one tells.
    pub async fn trouble(&self) -> Option<&'static str> {
        if self.0.store.next_due().await.is_err() {
            return Some("the store does not answer");
        }
        match self.0.store.reserve() {
            Reserve::Given => {
                return Some("the disk under the store is full: what is left is kept for calls in progress");
            }
            Reserve::None | Reserve::Held(_) => {}
        }
        if !self.0.unwritten.load(Ordering::Relaxed) {
            return None;
        }
        match self.0.store.probe(self.0.clock.now()).await {
            Ok(()) => {
                self.0.unwritten.store(false, Ordering::Relaxed);
                None
            }
            Err(Error::Full(_)) => Some("the disk under the store is full"),
            Err(Error::Unavailable(_) | Error::Locked { .. } | Error::Unknown(_) | Error::Newer { .. }) => {
                Some("the store cannot be written")
            }
        }
    }

    /// Whether calls can be taken.
    pub async fn is_ready(&self) -> bool {
        self.trouble().await.is_none()
    }
}
