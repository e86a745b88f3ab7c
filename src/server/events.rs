//! `POST /events/incoming`: Event Grid. The handshake is answered, calls are begun, everything else is passed over.
//! Refused with 429 when the store cannot be used: Event Grid tries that again while the phone still rings.

use crate::http::{Request, Response, query_value};
use crate::provider::Provider;
use crate::provider::acs::from_wire::grid::{self, Grid};
use crate::runtime::drive::Runtime;
use crate::server::{not_allowed, refusal, same};
use crate::store::Store;

/// The header in which a subscription's static delivery header carries the secret.
const SECRET_HEADER: &str = "x-flowc-secret";

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    secret: Option<&str>,
    request: &Request,
) -> Response {
    if let Some(secret) = secret {
        let given = request
            .header(SECRET_HEADER)
            .map(str::to_owned)
            .or_else(|| query_value(request.query.as_deref(), "secret"));
        if !given.is_some_and(|given| same(&given, secret)) {
            return refusal(401, "wrong_secret", "the delivery does not carry the secret of this subscription");
        }
    }
    if request.method == hyper::Method::OPTIONS {
        return not_allowed();
    }
    match grid::read(&request.body) {
        Err(error) => refusal(400, "unreadable", &error.to_string()),
        Ok(Grid::Validation { code }) => Response::json(200, &serde_json::json!({ "validationResponse": code })),
        Ok(Grid::Events { incoming, unreadable }) => {
            for call in incoming {
                if let Err(error) = runtime.incoming(call).await {
                    return busy(&error.to_string());
                }
            }
            if let Some(first) = unreadable.first() {
                // One note a delivery, however much of it cannot be read.
                let reason = format!("{} of its events cannot be read; the first: {}", unreadable.len(), first.reason);
                if let Err(error) = runtime.set_aside("", &first.wire_type, &reason).await {
                    return busy(&error.to_string());
                }
            }
            Response::empty(200)
        }
    }
}

fn busy(reason: &str) -> Response {
    tracing::error!(reason, "an incoming call cannot be taken now");
    refusal(429, "busy", "the call cannot be taken now; deliver it again").with_header("retry-after", "10")
}
