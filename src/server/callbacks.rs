//! `POST /callbacks/{call}/{mac}`: mid-call webhooks. The MAC first, then who signed, then the body; 2xx only once the events are
//! durable.

use crate::http::{Request, Response};
use crate::provider::Provider;
use crate::provider::acs::auth::discovery::Authority;
use crate::runtime::drive::Runtime;
use crate::server::{refusal, signed};
use crate::store::Store;

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    authority: Option<&Authority>,
    (call, mac): (&str, &str),
    request: &Request,
) -> Response {
    if !runtime.callback_key().is_mac(call, mac) {
        return refusal(401, "wrong_mac", "this is not a callback address of this service");
    }
    if let Some(refused) = signed::refused(authority, request).await {
        return refused;
    }
    match runtime.webhooks(call, &request.body).await {
        Ok(()) => Response::empty(200),
        Err(_) => {
            refusal(503, "busy", "the store cannot be used now; send the event again").with_header("retry-after", "1")
        }
    }
}
