//! What a scenario has given, as the emulator's human side and the service take it: phones, and how the call begins.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::values;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow::value::{Value, Values};
use crate::language::graph::CallKind;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{Act, Alone, Answers, OtherCall, Script, Step, call_meant};
use crate::rehearsal::player::finding;
use crate::runtime::lines::{Lines, Served};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The number called when neither script nor routes name one.
const ANY_NUMBER: &str = "+18005550100";
/// Who calls when the script does not say it.
const ANY_CALLER: &str = "+441632960100";
/// Who calls in another call when the scenario does not say it.
pub(crate) const ANOTHER_CALLER: &str = "+441632960190";

/// The ids of a scenario's other calls, by their names.
pub type Ids = BTreeMap<String, String>;

/// Another call of a scenario, as it begins.
#[derive(Clone, Debug)]
pub struct Other<'l> {
    /// Its flow.
    pub served: &'l Served,
    /// The phone of its party, where the call is placed and its party does something.
    pub phones: Vec<Phone>,
    /// How it begins.
    pub beginning: Beginning,
}

/// How somebody behaves who is called.
#[derive(Clone, Debug)]
pub struct Phone {
    /// A number or a raw id.
    pub who: String,
    /// Where the scenario says it.
    pub span: Span,
    /// The body of `PUT /emulator/phones/{who}`.
    pub described: serde_json::Value,
}

/// How a call begins.
#[derive(Clone, Debug)]
pub enum Beginning {
    /// Somebody calls: the body of `POST /emulator/calls`.
    Rings(serde_json::Value),
    /// It is placed with these parameters.
    Placed(Values),
}

/// The phones of a scenario, that of the party of an outbound call among them.
///
/// # Errors
/// When a name stands for nobody's number.
pub fn phones(script: &Script, served: &Served) -> Result<Vec<Phone>, Box<Diagnostic>> {
    let mut phones = Vec::new();
    for phone in &script.phones {
        let Some(who) = number(&phone.who.value, script, served) else {
            let message = format!("`{}` is nobody's number", phone.who.value);
            return Err(finding(phone.who.span, message, "nothing to call"));
        };
        let described = json!({ "answer": answering(phone.answers), "script": written(&phone.steps) });
        phones.push(Phone { who, span: phone.who.span, described });
    }
    let first = script.steps.first();
    let answers = match first.map(|step| &step.act) {
        Some(Act::AnswerAfter(ms)) => Some(Answers::After(*ms)),
        Some(Act::Busy) => Some(Answers::Busy),
        Some(Act::Decline) => Some(Answers::Decline),
        Some(Act::NoAnswer) => Some(Answers::Never),
        _ => None,
    };
    if served.program.call != CallKind::Inbound
        && let (Some(answers), Some(who)) = (answers, number("params.to", script, served))
    {
        let span = first.map_or(script.title.span, |step| step.span);
        phones.push(Phone { who, span, described: json!({ "answer": answering(answers), "script": [] }) });
    }
    Ok(phones)
}

/// How the call of a scenario begins.
///
/// # Errors
/// When nobody can begin such a call, or the flow does not take the parameters.
pub fn beginning(script: &Script, served: &Served, lines: &Lines, ids: &Ids) -> Result<Beginning, Box<Diagnostic>> {
    match served.program.call {
        CallKind::Inbound => Ok(Beginning::Rings(rings(script, served, lines))),
        CallKind::Outbound | CallKind::Any | CallKind::Join => params(served, &script.params, script.title.span, ids),
        other @ (CallKind::Live | CallKind::RecordingReady) => Err(uncallable(other, script.title.span)),
    }
}

fn params(
    served: &Served,
    given: &[(Word, serde_json::Value)],
    span: Span,
    ids: &Ids,
) -> Result<Beginning, Box<Diagnostic>> {
    let given = given.iter().map(|(name, value)| (name.value.clone(), meant(value, ids))).collect();
    let params = values::params(&served.program, &given, None, None).map_err(|wrong| {
        let reason = wrong.first().map(ToString::to_string).unwrap_or_default();
        finding(span, "the flow does not take these parameters".to_owned(), &reason)
    });
    Ok(Beginning::Placed(params?))
}

fn uncallable(kind: CallKind, span: Span) -> Box<Diagnostic> {
    let message = format!("nobody can call a flow that begins `{}`", kind.word());
    finding(span, message, "only flows that begin a call have a caller")
}

/// How long before its own call a scenario begins, in milliseconds.
#[must_use]
pub fn lead(script: &Script) -> u64 {
    script.calls.iter().map(|call| call.before.value).max().unwrap_or(0)
}

/// The other calls of a scenario in the order in which they begin, each with when it does, in milliseconds since the first.
#[must_use]
pub fn in_order(script: &Script) -> Vec<(u64, &OtherCall)> {
    let lead = lead(script);
    let mut calls: Vec<(u64, &OtherCall)> = script.calls.iter().map(|call| (lead - call.before.value, call)).collect();
    calls.sort_by_key(|(at, _)| *at);
    calls
}

/// How another call of a scenario begins. `own` is the scenario's flow, `ids` are those of the calls that have begun.
///
/// # Errors
/// When nobody can begin such a call, or its flow does not take the parameters.
pub fn other<'l>(call: &OtherCall, own: &'l Served, lines: &'l Lines, ids: &Ids) -> Result<Other<'l>, Box<Diagnostic>> {
    let span = call.flow.as_ref().map_or(call.name.span, |flow| flow.span);
    let served = match &call.flow {
        Some(flow) => lines.flows.get(&flow.value),
        None => Some(own),
    };
    let Some(served) = served else {
        return Err(finding(span, "the flow of another call is not served".to_owned(), "no such flow"));
    };
    let script = written(&call.steps);
    let mut phones = Vec::new();
    let beginning = match served.program.call {
        CallKind::Inbound => {
            let routed = || lines.routes.example(&served.program.flow).unwrap_or_else(|| ANY_NUMBER.to_owned());
            let from = call.from.as_ref().map_or_else(|| ANOTHER_CALLER.to_owned(), |from| from.value.clone());
            let to = call.to.as_ref().map_or_else(routed, |to| to.value.clone());
            Beginning::Rings(json!({ "from": from, "to": to, "script": script }))
        }
        CallKind::Outbound | CallKind::Any | CallKind::Join => {
            let placed = params(served, &call.params, span, ids)?;
            if let (Beginning::Placed(values), false) = (&placed, script.is_empty())
                && let Some(Value::Phone(who)) = values.get("to")
            {
                let described = json!({ "answer": answering(Answers::After(0)), "script": script });
                phones.push(Phone { who: who.clone(), span, described });
            }
            placed
        }
        other @ (CallKind::Live | CallKind::RecordingReady) => return Err(uncallable(other, span)),
    };
    Ok(Other { served, phones, beginning })
}

/// A value with the ids of calls for the texts that stand for them.
#[must_use]
pub fn meant(value: &serde_json::Value, ids: &Ids) -> serde_json::Value {
    use serde_json::Value as Json;
    match value {
        Json::String(text) => {
            let id = call_meant(text).and_then(|name| ids.get(name));
            Json::String(id.unwrap_or(text).clone())
        }
        Json::Array(items) => items.iter().map(|item| meant(item, ids)).collect(),
        Json::Object(fields) => {
            Json::Object(fields.iter().map(|(name, value)| (name.clone(), meant(value, ids))).collect())
        }
        Json::Bool(_) | Json::Null | Json::Number(_) => value.clone(),
    }
}

/// What somebody does by themselves, as the emulator reads it.
fn written(steps: &[Step]) -> Vec<String> {
    steps.iter().filter_map(|step| step.act.alone().map(Alone::written)).collect()
}

fn rings(script: &Script, served: &Served, lines: &Lines) -> serde_json::Value {
    let routed = lines.routes.example(&served.program.flow);
    let mut to = routed.unwrap_or_else(|| ANY_NUMBER.to_owned());
    let mut from = ANY_CALLER.to_owned();
    if let Some(Act::CallFrom { from: caller, to: called }) = script.steps.first().map(|step| &step.act) {
        from.clone_from(&caller.value);
        if let Some(called) = called {
            to.clone_from(&called.value);
        }
    }
    let mut body = json!({ "from": from, "to": to });
    if let Some(name) = &script.caller.name {
        body["displayName"] = json!(name.value);
    }
    if !script.caller.headers.is_empty() {
        let headers = script.caller.headers.iter();
        body["headers"] = headers.map(|(name, value)| (name.value.clone(), json!(value.value))).collect();
    }
    body
}

/// A number or raw id as part of a path.
#[must_use]
pub fn segment(who: &str) -> String {
    who.replace('%', "%25").replace('+', "%2B").replace('/', "%2F")
}

/// The number that a scenario writes as such, or as `settings.NAME` or `params.NAME`.
fn number(who: &str, script: &Script, served: &Served) -> Option<String> {
    let phone = |value: &Value| match value {
        Value::Phone(number) => Some(number.clone()),
        _ => None,
    };
    match who.split_once('.') {
        Some(("settings", name)) => served.settings.get(name).and_then(phone),
        Some(("params", name)) => {
            let given = script.params.iter().find(|(key, _)| key.value == name);
            let given = given.and_then(|(_, value)| value.as_str()).map(str::to_owned);
            let inner = served.program.flows.values().map(Arc::as_ref);
            let mut all = [&*served.program].into_iter().chain(inner);
            given.or_else(|| all.find_map(|program| program.params.get(name)?.default.as_ref().and_then(phone)))
        }
        _ => Some(who.to_owned()),
    }
}

pub(crate) fn answering(answers: Answers) -> String {
    match answers {
        Answers::After(ms) => format!("{ms}ms"),
        Answers::Busy => "busy".to_owned(),
        Answers::Decline => "decline".to_owned(),
        Answers::Never => "never".to_owned(),
        Answers::Unreachable => "unreachable".to_owned(),
    }
}
