//! `GET /api/calls/{call}/history`: the story of one call, step by step. Numbers in it are masked, and nothing that was keyed in,
//! said or handed over is in it: only that something was, and how much.

use crate::http::{Response, decode_segment};
use crate::language::graph::SourceMap;
use crate::machine::event::{Answer, EventKind, Heard, Webhook, WebhookKind};
use crate::machine::trace::Trace;
use crate::platform::codes::Code;
use crate::platform::identifier::masked;
use crate::provider::Provider;
use crate::runtime::doc::{InputKind, Line};
use crate::runtime::drive::Runtime;
use crate::runtime::drive::looking::History;
use crate::runtime::kind;
use crate::server::api::{instant, refused, view};
use crate::server::{not_found, refusal};
use crate::store::Store;
use serde::Serialize;
use serde_json::json;

pub(super) async fn answer<S: Store, P: Provider>(runtime: &Runtime<S, P>, call: &str) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    let seen = match runtime.seen(&call).await {
        Ok(seen) => seen,
        Err(error) => return refused(&error),
    };
    let history = match runtime.history(&seen).await {
        Ok(history) => history,
        Err(error) => return refused(&error),
    };
    let mut whole = view(&seen, runtime.flow_of(&seen.program).await);
    for who in ["from", "to"] {
        if let Some(number) = whole[who].as_str() {
            whole[who] = json!(masked(number));
        }
    }
    whole["history"] = json!(story(&history));
    Response::json(200, &whole)
}

/// `GET /api/calls/{call}/record`: the call as something to be played again; `keep=true` leaves numbers and words as they are.
pub(super) async fn record<S: Store, P: Provider>(
    runtime: &Runtime<S, P>,
    call: &str,
    query: Option<&str>,
) -> Response {
    let Some(call) = decode_segment(call) else { return not_found() };
    let keep = match query {
        None | Some("") => false,
        Some("keep=true") => true,
        Some(_) => return refusal(400, "bad_request", "the query may be keep=true, and nothing else"),
    };
    let recorded = match runtime.seen(&call).await {
        Ok(seen) => runtime.to_replay(&seen, keep).await,
        Err(error) => Err(error),
    };
    match recorded {
        Ok(Some(recorded)) => {
            let lines = recorded.lines.iter().map(|line| json!(line));
            let lines: Vec<serde_json::Value> = std::iter::once(json!(recorded.head)).chain(lines).collect();
            Response::json(200, &json!({ "lines": lines }))
        }
        Ok(None) => refusal(409, "not_kept", "nothing is kept of what happened to it"),
        Err(error) => refused(&error),
    }
}

/// One event and what came of it.
#[derive(Debug, Default, PartialEq, Serialize)]
struct Chapter {
    rev: u64,
    at: String,
    /// Milliseconds since the call began.
    offset_ms: i64,
    event: String,
    /// The request it belongs to, `number.attempt`.
    op: Option<String>,
    /// What is told of the event; nothing of a person.
    detail: Option<String>,
    /// The state before, and after.
    from: Option<String>,
    to: Option<String>,
    steps: Vec<Step>,
}

/// One thing that the call did.
#[derive(Debug, PartialEq, Serialize)]
struct Step {
    did: &'static str,
    /// The state it is about, and the flow that has it where that is not the call's own.
    state: Option<String>,
    flow: Option<String>,
    /// The label of an edge, the name of a request, a result, or why.
    what: Option<String>,
    /// A request's number and attempt.
    op: Option<String>,
    file: Option<String>,
    line: Option<usize>,
}

fn story(history: &History) -> Vec<Chapter> {
    let places: SourceMap = serde_json::from_slice(&history.source_map).unwrap_or_default();
    let began = history.lines.first().and_then(|(_, line)| line.as_ref().ok()).map_or(0, |line| line.at);
    let mut teller = Teller { places, running: Vec::new(), state: None };
    let chapter = |(rev, line): &(u64, Result<Line, String>)| match line {
        Ok(line) => Chapter { rev: *rev, offset_ms: line.at - began, ..teller.chapter(line) },
        // Why it cannot be read may repeat what stands in it.
        Err(_) => Chapter { rev: *rev, event: "unreadable".to_owned(), ..Chapter::default() },
    };
    history.lines.iter().map(chapter).collect()
}

/// Follows a call through its states and the flows it runs.
struct Teller {
    places: SourceMap,
    running: Vec<String>,
    state: Option<String>,
}

impl Teller {
    fn chapter(&mut self, line: &Line) -> Chapter {
        let from = self.state.clone();
        let steps = line.trace.iter().map(|entry| self.step(entry)).collect();
        let (op, detail) = match &line.input {
            InputKind::Event(kind) => told(kind),
            InputKind::Recovered => (None, Some("by a new process".to_owned())),
            InputKind::Claimed { .. } => (None, Some("what is being sent takes longer".to_owned())),
        };
        Chapter {
            at: instant(line.at),
            event: kind::of_input(&line.input),
            op,
            detail,
            from,
            to: self.state.clone(),
            steps,
            ..Chapter::default()
        }
    }

    fn step(&mut self, entry: &Trace) -> Step {
        match entry {
            Trace::Entered { state } => {
                self.state = Some(state.clone());
                self.at("entered", state, None)
            }
            Trace::Took { from, label, exhausted } => {
                let limit = if *exhausted { ", its limit used up" } else { "" };
                let mut step = self.at("took", from, Some(format!("{label}{limit}")));
                let flow = self.running.last().map(String::as_str);
                if let Some(place) = self.places.of_flow(flow).and_then(|places| places.edge(from, label)) {
                    (step.file, step.line) = (Some(place.file.to_string()), Some(place.line));
                }
                step
            }
            Trace::Ordered { op, command, state } => {
                Step { op: Some(op.to_string()), ..self.at("ordered", state, Some(command.clone())) }
            }
            Trace::Running { flow, from } => {
                let step = self.at("ran", from, Some(flow.clone()));
                self.running.push(flow.clone());
                step
            }
            Trace::Returned { flow, result, to } => {
                self.running.pop();
                self.state = Some(to.clone());
                let with = result.as_ref().map(|result| format!(" with {result}")).unwrap_or_default();
                self.at("returned", to, Some(format!("{flow}{with}")))
            }
            Trace::Fault { state, what } => self.at("fault", state, Some(what.clone())),
            Trace::Ignored { why } => Step::plain("ignored", why.clone()),
            Trace::Ended { result, reason } => {
                let result = result.as_ref().map(|result| format!("{result}: ")).unwrap_or_default();
                Step::plain("ended", format!("{result}{reason}"))
            }
        }
    }

    fn at(&self, did: &'static str, state: &str, what: Option<String>) -> Step {
        let flow = self.running.last();
        let place = self.places.of_flow(flow.map(String::as_str)).and_then(|places| places.state(state));
        Step {
            did,
            state: Some(state.to_owned()),
            flow: flow.cloned(),
            what,
            op: None,
            file: place.map(|place| place.file.to_string()),
            line: place.map(|place| place.line),
        }
    }
}

impl Step {
    fn plain(did: &'static str, what: String) -> Step {
        Step { did, state: None, flow: None, what: Some(what), op: None, file: None, line: None }
    }
}

/// What may be told of an event: the request it belongs to, and what it says without saying it.
fn told(kind: &EventKind) -> (Option<String>, Option<String>) {
    match kind {
        EventKind::Defect { event, why, .. } => (None, Some(format!("{event}: {why}"))),
        EventKind::Begin | EventKind::Due | EventKind::OperatorHangUp | EventKind::SaidToBeOver => (None, None),
        EventKind::Webhook(webhook) => (webhook.op.map(|op| op.to_string()), told_by(webhook)),
        EventKind::Response { op, answer } => {
            let answer = match answer {
                Answer::Accepted(_) => "accepted".to_owned(),
                Answer::Refused { code } => format!("refused {}", shown(*code)),
                Answer::Unknown => "unknown".to_owned(),
            };
            (Some(op.to_string()), Some(answer))
        }
        EventKind::Invoked { op, outcome, reason, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            (Some(op.to_string()), Some(format!("{outcome}{reason}")))
        }
        EventKind::Signal { name, .. } => (None, Some(name.clone())),
        EventKind::Signalled { op, found } => {
            (Some(op.to_string()), Some(if *found { "stored" } else { "no such call" }.to_owned()))
        }
    }
}

fn told_by(webhook: &Webhook) -> Option<String> {
    let code = webhook.code;
    let failed = (code != Code::default() && code.code >= 300).then(|| shown(code));
    let many = |count: usize, what: &str| Some(format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    let said = match &webhook.kind {
        WebhookKind::RecognizeCompleted(Heard::Tones(tones)) => many(tones.len(), "key"),
        WebhookKind::RecognizeCompleted(Heard::Choice(choice)) => Some(format!("choice {choice}")),
        WebhookKind::RecognizeCompleted(Heard::Speech(_)) => Some("speech".to_owned()),
        WebhookKind::RecognizeCompleted(Heard::Nothing) => Some("nothing that can be read".to_owned()),
        WebhookKind::ContinuousDtmfRecognitionToneReceived { .. } => Some("a key".to_owned()),
        WebhookKind::ParticipantsUpdated { people, .. } => many(people.len(), "participant"),
        WebhookKind::RecordingStateChanged { active, .. } => {
            Some(if *active { "recording" } else { "not recording" }.to_owned())
        }
        WebhookKind::Unknown { .. } => Some("a type that this release does not know".to_owned()),
        _ => None,
    };
    said.or(failed)
}

fn shown(code: Code) -> String {
    if code.sub == 0 { code.code.to_string() } else { format!("{}/{}", code.code, code.sub) }
}
