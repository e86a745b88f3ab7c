//! `POST /callbacks/{call}/{mac}`: mid-call webhooks. The MAC first, then who signed, then the body; 2xx only once the events are
//! durable.
//!
//! While the store cannot be used an event is held for a few seconds before it is refused.

use crate::http::{Pass, Request, Response};
use crate::provider::Provider;
use crate::provider::acs::auth::discovery::Authority;
use crate::runtime::drive::{Refusal, Runtime};
use crate::server::gate::PATIENCE;
use crate::server::{refusal, signed};
use crate::store::Store;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    authority: Option<&Authority>,
    (call, mac): (&str, &str),
    request: &Request,
) -> Response {
    if !runtime.callback_key().is_mac(call, mac) {
        return refusal(401, "wrong_mac", "this is not a callback address of this service");
    }
    if let Some(refused) = signed::refused(authority, request, 503).await {
        return refused;
    }
    let keep = || {
        let (runtime, call, body) = (runtime.clone(), call.to_owned(), request.body.clone());
        async move { runtime.webhooks(&call, &body).await }
    };
    if kept(&request.pass, PATIENCE, keep).await {
        return Response::empty(200);
    }
    refusal(503, "busy", "the store cannot be used now; send the event again").with_header("retry-after", "1")
}

/// Keeps the events, trying again for a while: nobody says that they come once more. Each try goes on when nobody waits for it
/// any longer, since what it makes durable is to be carried out; it counts as let in for as long.
async fn kept<F>(pass: &Arc<Pass>, patience: Duration, keep: impl Fn() -> F) -> bool
where
    F: Future<Output = Result<(), Refusal>> + Send + 'static,
{
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_millis(50);
    loop {
        let (keeping, pass) = (keep(), Arc::clone(pass));
        let trying = tokio::spawn(async move {
            let kept = keeping.await;
            drop(pass);
            kept
        });
        match tokio::time::timeout_at(deadline, trying).await {
            Ok(Ok(Ok(()))) => return true,
            Ok(Ok(Err(_))) if Instant::now() + pause < deadline => {}
            Ok(_) | Err(_) => return false,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}

#[cfg(test)]
mod tests {
    use crate::http::Pass;
    use crate::runtime::drive::Refusal;
    use crate::server::callbacks::kept;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use tokio::sync::Semaphore;

    #[tokio::test]
    async fn what_is_refused_for_its_slowness_counts_until_it_is_done() {
        let (pass, opens) = (Arc::new(Pass::free()), Arc::new(Semaphore::new(0)));
        let keep = || {
            let opens = Arc::clone(&opens);
            async move { opens.acquire().await.map(|_| ()).map_err(|error| Refusal::Busy(error.to_string())) }
        };
        assert!(!kept(&pass, Duration::from_millis(50), keep).await, "the store is too slow");
        assert_eq!(Arc::strong_count(&pass), 2, "and still at it");
        opens.add_permits(1);
        for _ in 0..500 {
            if Arc::strong_count(&pass) == 1 {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the pass is never given back");
    }

    #[tokio::test]
    async fn a_store_that_fails_is_tried_again_for_a_while() {
        let (pass, tries) = (Arc::new(Pass::free()), AtomicUsize::new(0));
        let works_at = |at: usize| {
            let tries = tries.fetch_add(1, Ordering::SeqCst);
            async move { if tries < at { Err(Refusal::Busy("not now".to_owned())) } else { Ok(()) } }
        };
        assert!(kept(&pass, Duration::from_secs(60), || works_at(3)).await);
        assert!(!kept(&pass, Duration::from_millis(500), || works_at(usize::MAX)).await);
        assert!(tries.load(Ordering::SeqCst) > 5, "{tries:?}");
        assert_eq!(Arc::strong_count(&pass), 1);
    }
}
