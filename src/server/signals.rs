//! `POST /api/calls/{call}/signals`: a signal from outside to a flow that takes it.

use crate::http::{Request, Response, decode_segment};
use crate::provider::Provider;
use crate::runtime::drive::Runtime;
use crate::runtime::signal::Delivered;
use crate::server::api::read_like;
use crate::server::{not_found, refusal, refusal_with};
use crate::store::Store;
use serde::Deserialize;
use serde_json::{Value, json};

/// The body.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signal {
    name: String,
    data: Option<Value>,
}

pub(super) async fn answer<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str, request: &Request) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    let body: Signal = match read_like(&request.body, "{\"name\":\"ready\"}") {
        Ok(body) => body,
        Err(reason) => return refusal(400, "bad_request", &reason),
    };
    let name = &body.name;
    match runtime.signal(&call, name, body.data).await {
        Delivered::Stored => Response::json(202, &json!({ "call": call })),
        Delivered::NoCall => refusal(404, "no_call", &format!("no call `{call}`")),
        Delivered::Ended => refusal(409, "ended", &format!("the call `{call}` has ended")),
        Delivered::NotTaken(taken) => {
            let message = format!("the call's flow takes no signal `{name}` now");
            refusal_with(400, "no_signal", &message, json!({ "signals": taken }))
        }
        Delivered::Wrong(wrong) => {
            let details = json!({ "field": wrong.path, "reason": wrong.reason });
            refusal_with(400, "bad_data", &wrong.to_string(), details)
        }
        Delivered::Busy(reason) => refusal(503, "busy", &reason).with_header("retry-after", "1"),
    }
}
