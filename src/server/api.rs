//! `/api/…`: place calls, look at them, end them. Bad input changes nothing and is told what to send instead.

use crate::http::{Request, Response, decode_segment};
use crate::language::compile::values;
use crate::language::graph::CallKind;
use crate::machine::call::{Origin, Phase};
use crate::platform::{depth, limits};
use crate::provider::Provider;
use crate::runtime::doc::Doc;
use crate::runtime::drive::looking::Seen;
use crate::runtime::drive::{Refusal, Runtime};
use crate::server::{history, not_allowed, not_found, refusal, refusal_with, signals};
use crate::store::{Among, Store};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Calls listed at once.
const LISTED: usize = 1_000;
/// Longest idempotency key, in bytes.
const KEY_BYTES: usize = 256;

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    method: &str,
    rest: &[&str],
    request: &Request,
) -> Response {
    match (method, rest) {
        ("POST", ["calls"]) => place(runtime, request).await,
        ("GET", ["calls"]) => list(runtime, request.query.as_deref()).await,
        ("GET", ["calls", call]) => show(runtime, call).await,
        ("DELETE", ["calls", call]) => erase(runtime, call).await,
        ("GET", ["calls", call, "history"]) => history::answer(runtime, call).await,
        ("GET", ["calls", call, "record"]) => history::record(runtime, call, request.query.as_deref()).await,
        ("POST", ["calls", call, "hangup"]) => hang_up(runtime, call).await,
        ("POST", ["calls", call, "signals"]) => signals::answer(runtime, call, request).await,
        (
            _,
            ["calls"] | ["calls", _] | ["calls", _, "hangup" | "history" | "record" | "signals"] | ["openapi.json"],
        ) => not_allowed(),
        _ => not_found(),
    }
}

/// Body of `POST /api/calls`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Place {
    flow: String,
    to: Option<String>,
    from: Option<String>,
    #[serde(default)]
    params: Map<String, Value>,
    idempotency_key: Option<String>,
}

async fn place<S: Store, P: Provider>(runtime: &Runtime<S, P>, request: &Request) -> Response {
    let body: Place = match read(&request.body) {
        Ok(body) => body,
        Err(reason) => return refusal(400, "bad_request", &reason),
    };
    if body.idempotency_key.as_ref().is_some_and(|key| key.is_empty() || key.len() > KEY_BYTES) {
        return refusal(400, "bad_request", "idempotency_key: between 1 and 256 bytes");
    }
    let lines = runtime.lines();
    let Some(served) = lines.flows.get(&body.flow) else {
        let known: Vec<&String> = lines.flows.keys().collect();
        return refusal_with(
            404,
            "no_flow",
            &format!("no flow `{}` is served here", body.flow),
            json!({ "flows": known }),
        );
    };
    match served.program.call {
        CallKind::Join | CallKind::Outbound => {}
        CallKind::Any | CallKind::Inbound | CallKind::Live | CallKind::RecordingReady => {
            let message = format!("the flow `{}` begins no calls", body.flow);
            return refusal(409, "not_outbound", &message);
        }
    }
    let params = match values::params(&served.program, &body.params, body.to.as_deref(), body.from.as_deref()) {
        Ok(params) => params,
        Err(wrong) => {
            let details: Vec<Value> =
                wrong.iter().map(|wrong| json!({ "param": wrong.path, "reason": wrong.reason })).collect();
            let message = wrong.first().map(ToString::to_string).unwrap_or_default();
            return refusal_with(400, "bad_params", &message, Value::Array(details));
        }
    };
    match runtime.place(&body.flow, params, body.idempotency_key).await {
        Ok(call) => Response::json(202, &json!({ "call": call })),
        Err(error) => {
            if matches!(error, Refusal::NoLine(_)) {
                runtime.metrics().shed.add(["dial", "number"]);
            }
            refused(&error)
        }
    }
}

fn read<'b, T: Deserialize<'b>>(body: &'b [u8]) -> Result<T, String> {
    read_like(body, "{\"flow\":\"visit_reminder\",\"to\":\"+441632960100\"}")
}

/// Reads a body; a refusal shows one that would do.
pub(super) fn read_like<'b, T: Deserialize<'b>>(body: &'b [u8], example: &str) -> Result<T, String> {
    if !depth::is_within(body, limits::JSON_DEPTH) {
        return Err(format!("the body nests deeper than {} levels", limits::JSON_DEPTH));
    }
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err("the body is not a JSON object".to_owned());
    }
    serde_json::from_slice(body).map_err(|error| format!("{error}; send JSON such as {example}"))
}

/// `?live=true` lists calls that live; whether there are more than are listed is told.
async fn list<S: Store, P: Provider>(runtime: &Runtime<S, P>, query: Option<&str>) -> Response {
    let among = match query {
        None | Some("" | "live=false") => Among::All,
        Some("live=true") => Among::Live,
        Some(_) => return refusal(400, "bad_request", "the query may be live=true, and nothing else"),
    };
    match runtime.calls(among, LISTED + 1).await {
        Ok(mut rows) => {
            let more = rows.len() > LISTED;
            rows.truncate(LISTED);
            let mut calls = Vec::new();
            for row in rows {
                let flow = runtime.flow_of(&row.program).await;
                let unreadable = json!({ "call": row.call, "flow": flow, "phase": "unreadable" });
                let doc = if row.doc.is_empty() { Ok(None) } else { Doc::from_bytes(&row.doc).map(Some) };
                calls.push(doc.map_or(unreadable, |doc| {
                    view(&Seen { call: row.call, program: row.program, doc, ended: row.ended }, flow)
                }));
            }
            Response::json(200, &json!({ "calls": calls, "more": more }))
        }
        Err(error) => refused(&error),
    }
}

async fn show<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    match runtime.seen(&call).await {
        Ok(seen) => {
            let flow = runtime.flow_of(&seen.program).await;
            Response::json(200, &view(&seen, flow))
        }
        Err(error) => refused(&error),
    }
}

async fn hang_up<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    match runtime.hang_up(&call).await {
        Ok(()) => Response::json(202, &json!({ "call": call })),
        Err(error) => refused(&error),
    }
}

async fn erase<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    match runtime.erase(&call).await {
        Ok(()) => Response::empty(204),
        Err(error) => refused(&error),
    }
}

/// A call as the API shows it.
pub(super) fn view(seen: &Seen, flow: Option<String>) -> Value {
    let Some(Doc { call, .. }) = &seen.doc else {
        // Nothing else is kept of it.
        return json!({ "call": seen.call, "flow": flow, "phase": "ended", "ended": seen.ended.map(instant) });
    };
    let (phase, result, reason) = match &call.phase {
        Phase::Running => ("running", None, None),
        Phase::Leaving { result, reason } => ("leaving", result.clone(), Some(reason.clone())),
        Phase::Ended { result, reason, .. } => ("ended", result.clone(), Some(reason.clone())),
    };
    let direction = match call.origin {
        Origin::Inbound { .. } => "inbound",
        Origin::Outbound => "outbound",
    };
    json!({
        "call": call.id,
        "flow": flow,
        "direction": direction,
        "from": call.from,
        "to": call.to,
        "phase": phase,
        "state": call.state,
        "result": result,
        "reason": reason,
        "started": instant(call.started),
        "ended": seen.ended.map(instant),
        "callConnectionId": call.facts.connection,
        "serverCallId": call.facts.server_call,
    })
}

pub(super) fn instant(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map(|at| at.to_string()).unwrap_or_default()
}

pub(super) fn refused(error: &Refusal) -> Response {
    let message = error.to_string();
    match error {
        Refusal::Busy(_) => refusal(503, "busy", &message).with_header("retry-after", "1"),
        Refusal::Ended(_) => refusal(409, "ended", &message),
        Refusal::Lives(_) => refusal(409, "live", &message),
        Refusal::NoLine(_) => refusal(429, "number_busy", &message).with_header("retry-after", "10"),
        Refusal::NoCall(_) => refusal(404, "no_call", &message),
        Refusal::NoFlow(_) => refusal(404, "no_flow", &message),
    }
}
