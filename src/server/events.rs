//! `POST /events/incoming`: Event Grid. Both handshakes are answered, calls are begun, what else is told is noted or passed over.
//! Refused with 429 when the store cannot be used: Event Grid tries that again while the phone still rings.

use crate::http::{Request, Response, query_value};
use crate::platform::events::Notice;
use crate::provider::Provider;
use crate::provider::acs::from_wire::grid::{self, Grid, Incoming, RecordingReady, Told};
use crate::runtime::drive::Runtime;
use crate::server::{Settings, refusal, same, signed};
use crate::store::Store;
use std::time::Duration;

/// The status of a delivery that is to come again: while the phone rings Event Grid tries only this one again.
const LATER: u16 = 429;
/// How long a delivery may take. Event Grid waits 30 s.
const PATIENCE: Duration = Duration::from_secs(10);
/// Calls of one delivery that are begun at the same time.
const TOGETHER: usize = 256;
/// The header in which a subscription's static delivery header carries the secret.
const SECRET_HEADER: &str = "x-flowc-secret";
/// Who may subscribe with cloud events: Event Grid of the public, the US government's and the Chinese cloud.
const ORIGINS: &[&str] = &["eventgrid.azure.net", "eventgrid.azure.us", "eventgrid.azure.cn"];

pub(super) async fn answer<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    settings: &Settings,
    request: &Request,
) -> Response {
    // The handshake asks before there are credentials; it lets nobody deliver anything.
    if request.method == hyper::Method::OPTIONS {
        return handshake(request);
    }
    if !settings.event_grid_secret.as_deref().is_none_or(|secret| has_secret(request, secret)) {
        return refusal(401, "wrong_secret", "the delivery does not carry the secret of this subscription");
    }
    if let Some(refused) = signed::refused(settings.event_grid.as_deref(), request, LATER).await {
        return refused;
    }
    match grid::read(&request.body) {
        Err(error) => refusal(400, "unreadable", &error.to_string()),
        Ok(Grid::Validation { code }) => Response::json(200, &serde_json::json!({ "validationResponse": code })),
        Ok(Grid::Events { incoming, told, unknown, unreadable }) => {
            let delivered = &runtime.metrics().event_grid;
            let recordings = told.iter().filter(|told| matches!(told, Told::Recording(_))).count();
            for (kind, count) in [
                ("incoming", incoming.len()),
                ("recording", recordings),
                ("told", told.len() - recordings),
                ("unknown", unknown.len()),
                ("unreadable", unreadable.len()),
            ] {
                if count > 0 {
                    delivered.add_many([kind], count as u64);
                }
            }
            if let Err(reason) = begin(runtime, incoming).await {
                return busy(&reason);
            }
            told.iter().for_each(log);
            for told in &told {
                let taken = match told {
                    Told::Recording(ready) => recorded(runtime, settings, ready).await,
                    Told::Call { what: Notice::CallEnded, call } => {
                        runtime.said_to_be_over(&call.server_call_id).await.map_err(|error| error.to_string())
                    }
                    Told::Call { .. } => Ok(()),
                };
                if let Err(reason) = taken {
                    return busy(&reason);
                }
            }
            // One note a delivery, however much of it cannot be read.
            let note = match (unreadable.first(), unknown.first()) {
                (Some(first), _) => Some((
                    first.wire_type.as_str(),
                    format!("{} of its events cannot be read; the first: {}", unreadable.len(), first.reason),
                )),
                (None, Some(first)) => {
                    Some((first.as_str(), format!("{} of its events are of types not known here", unknown.len())))
                }
                (None, None) => None,
            };
            if let Some((wire_type, reason)) = note
                && let Err(error) = runtime.set_aside("", wire_type, &reason).await
            {
                return busy(&error.to_string());
            }
            Response::empty(200)
        }
    }
}

/// A recording's files are there: they are kept where that is wanted, and the flows that wait for them are begun.
async fn recorded<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    settings: &Settings,
    ready: &RecordingReady,
) -> Result<(), String> {
    if let Some(keeper) = &settings.recordings {
        let (call, _) = runtime.recorded(ready).await.map_err(|error| error.to_string())?;
        keeper.want(&call, ready).await.map_err(|error| format!("a recording cannot be noted: {error}"))?;
    }
    runtime.recording_ready(ready).await.map_err(|error| error.to_string())
}

/// Begins all calls of a delivery, those at the same time that share a transaction. Which of them were kept does not matter when
/// one was not: delivered again, they are known.
async fn begin<S: Store, P: Provider>(runtime: &Runtime<S, P>, calls: Vec<Incoming>) -> Result<(), String> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut trouble = None;
    let mut calls = calls.into_iter().peekable();
    while calls.peek().is_some() {
        let mut begun = tokio::task::JoinSet::new();
        for call in calls.by_ref().take(TOGETHER) {
            let runtime = runtime.clone();
            begun.spawn(async move { runtime.incoming(call).await });
        }
        loop {
            match tokio::time::timeout_at(deadline, begun.join_next()).await {
                Ok(Some(Ok(Ok(())))) => {}
                Ok(Some(Ok(Err(error)))) => trouble = Some(error.to_string()),
                Ok(Some(Err(error))) => trouble = Some(error.to_string()),
                Ok(None) => break,
                // They go on: what becomes durable is carried out.
                Err(_) => {
                    begun.detach_all();
                    return Err("the store is too slow".to_owned());
                }
            }
        }
    }
    trouble.map_or(Ok(()), Err)
}

/// The handshake of the cloud events schema: whoever wants to deliver asks first.
fn handshake(request: &Request) -> Response {
    let Some(origin) = request.header("webhook-request-origin") else {
        return refusal(400, "no_origin", "a handshake names who asks in the header WebHook-Request-Origin");
    };
    let Some(origin) = ORIGINS.iter().find(|known| known.eq_ignore_ascii_case(origin)) else {
        return refusal(403, "foreign_origin", "this address takes deliveries of Event Grid only");
    };
    Response::empty(200)
        .with_header("webhook-allowed-origin", *origin)
        .with_header("webhook-allowed-rate", "*")
        .with_header("allow", "OPTIONS, POST")
}

fn has_secret(request: &Request, secret: &str) -> bool {
    let header = request.header(SECRET_HEADER).map(str::to_owned);
    let given = header.or_else(|| query_value(request.query.as_deref(), "secret"));
    given.is_some_and(|given| same(&given, secret))
}

/// Flows do not wait for what is told; the log has it. No addresses of files: they are as good as the files.
fn log(told: &Told) {
    match told {
        Told::Call { what, call } => tracing::info!(?what, server_call = call.server_call_id, "told by Event Grid"),
        Told::Recording(ready) => {
            tracing::info!(recording = ready.recording, files = ready.files.len(), "files of a recording are ready");
        }
    }
}

fn busy(reason: &str) -> Response {
    tracing::error!(reason, "what Event Grid tells cannot be taken now");
    refusal(LATER, "busy", "the event cannot be taken now; deliver it again").with_header("retry-after", "10")
}
