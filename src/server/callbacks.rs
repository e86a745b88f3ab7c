//! `POST /callbacks/{call}/{mac}`: mid-call webhooks. The MAC first, then who signed, then the body; 2xx only once the events are
//! durable.
//!
//! While the store cannot be used an event is held for a few seconds before it is refused.

use crate::http::{Request, Response};
use crate::provider::Provider;
use crate::provider::acs::auth::discovery::Authority;
use crate::runtime::drive::Runtime;
use crate::server::gate::PATIENCE;
use crate::server::{refusal, signed};
use crate::store::Store;
use hyper::body::Bytes;
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
    if kept(runtime, call, &request.body).await {
        return Response::empty(200);
    }
    refusal(503, "busy", "the store cannot be used now; send the event again").with_header("retry-after", "1")
}

/// Keeps the events, trying again for a while: nobody says that they come once more. Each try goes on when nobody waits for it
/// any longer, since what it makes durable is to be carried out.
async fn kept<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str, body: &Bytes) -> bool {
    let deadline = Instant::now() + PATIENCE;
    let mut pause = Duration::from_millis(50);
    loop {
        let (runtime, call, body) = (runtime.clone(), call.to_owned(), body.clone());
        let trying = tokio::spawn(async move { runtime.webhooks(&call, &body).await });
        match tokio::time::timeout_at(deadline, trying).await {
            Ok(Ok(Ok(()))) => return true,
            Ok(Ok(Err(_))) if Instant::now() + pause < deadline => {}
            Ok(_) | Err(_) => return false,
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_millis(500));
    }
}
