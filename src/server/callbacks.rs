//! `POST /callbacks/{call}/{mac}`: mid-call webhooks. The MAC first, then the body; 2xx only once the events are durable.

use crate::http::{Request, Response};
use crate::provider::Provider;
use crate::provider::acs::from_wire::webhook;
use crate::runtime::drive::{Refusal, Runtime};
use crate::server::refusal;
use crate::store::Store;

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    call: &str,
    mac: &str,
    request: &Request,
) -> Response {
    if !runtime.callback_key().is_mac(call, mac) {
        return refusal(401, "wrong_mac", "this is not a callback address of this service");
    }
    match take(runtime, call, request).await {
        Ok(()) => Response::empty(200),
        Err(_) => {
            refusal(503, "busy", "the store cannot be used now; send the event again").with_header("retry-after", "1")
        }
    }
}

async fn take<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str, request: &Request) -> Result<(), Refusal> {
    let elements = match webhook::read(&request.body) {
        Ok(elements) => elements,
        Err(error) => return runtime.set_aside(call, "webhook", &error.to_string()).await,
    };
    let (mut received, mut unreadable) = (Vec::new(), Vec::new());
    for element in elements {
        match element {
            Ok(one) => received.push(one),
            Err(bad) => unreadable.push(bad),
        }
    }
    if let Some(first) = unreadable.first() {
        // One note a delivery, however much of it cannot be read.
        let reason = format!("{} of its events cannot be read; the first: {}", unreadable.len(), first.reason);
        runtime.set_aside(call, &first.wire_type, &reason).await?;
    }
    if received.is_empty() { Ok(()) } else { runtime.webhooks(call, received).await }
}
