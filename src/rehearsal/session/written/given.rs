//! What a call found, as the `given` of a scenario.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::json;
use crate::language::duration;
use crate::language::flow::service::OK;
use crate::language::syntax::ast::{Act, ScriptedPhone};
use crate::platform::tones::Tone;
use crate::rehearsal::rehearse::EPOCH_MS;
use crate::rehearsal::session::Session;
use crate::rehearsal::session::written::{answering, key};
use serde_json::Value;
use std::collections::BTreeSet;

/// `given` with its fields; nothing where nothing is given.
pub(super) fn written(session: &Session<'_>) -> String {
    let script = &session.opening.script;
    let mut fields: Vec<(String, String)> = Vec::new();
    if !script.params.is_empty() {
        let params = script.params.iter().map(|(name, value)| format!("{}: {}", key(&name.value), flow(value)));
        fields.push(("params".to_owned(), braces(params)));
    }
    let reads_time =
        !session.program.calendars.is_empty() || session.program.flows.values().any(|flow| !flow.calendars.is_empty());
    let clock = script.clock.as_ref().map(|clock| clock.value).or(reads_time.then_some(EPOCH_MS));
    if let Some(at) = clock.and_then(|clock| jiff::Timestamp::from_millisecond(clock).ok()) {
        fields.push(("clock".to_owned(), at.to_string()));
    }
    let name = script.caller.name.iter().map(|name| format!("name: {}", quoted(&name.value)));
    let headers = script.caller.headers.iter();
    let headers: Vec<String> =
        headers.map(|(name, value)| format!("{}: {}", key(&name.value), quoted(&value.value))).collect();
    let headers = Some(headers).filter(|headers| !headers.is_empty());
    let caller: Vec<String> = name.chain(headers.map(|headers| format!("headers: {}", braces(headers)))).collect();
    if !caller.is_empty() {
        fields.push(("caller".to_owned(), braces(caller)));
    }
    let said: Vec<String> =
        session.now.phones.iter().map(|(who, answers)| format!("{}: {}", key(who), answering(*answers))).collect();
    let is_said = |phone: &&ScriptedPhone| !session.now.phones.iter().any(|(who, _)| *who == phone.who.value);
    let phones: Vec<String> = script.phones.iter().filter(is_said).map(phone).chain(said).collect();
    if !phones.is_empty() {
        fields.push(("phones".to_owned(), braces(phones)));
    }
    let fails = script.fails.iter().map(|failing| match failing.nth {
        Some(nth) => format!("{} {nth}", failing.state.value),
        None => failing.state.value.clone(),
    });
    let fails: Vec<String> = fails.collect();
    if !fails.is_empty() {
        fields.push(("fails".to_owned(), format!("[{}]", fails.join(", "))));
    }
    fields.extend(answers(session));
    if fields.is_empty() {
        return String::new();
    }
    let lines = fields.iter().map(|(name, value)| format!("  {name}: {value}\n"));
    format!("given:\n{}", lines.collect::<String>())
}

/// What operations answered that somebody decided about.
fn answers(session: &Session<'_>) -> Vec<(String, String)> {
    let listed = session.opening.script.answers.iter().map(|(name, _)| name.value.as_str());
    let decided: BTreeSet<&str> = listed.chain(session.now.decided.iter().map(String::as_str)).collect();
    let answered = session.now.stage.answered.as_deref().unwrap_or_default();
    let of = |name: &str| {
        let theirs = answered.iter().filter(|answered| answered.name == name);
        let each: Vec<String> = theirs
            .map(|answered| {
                let value = answered.value.as_ref().filter(|_| answered.outcome == OK).and_then(json::of);
                let takes = (answered.takes > 0).then(|| format!("takes: {}", duration::show(answered.takes)));
                match (value, takes) {
                    (None, None) => answered.outcome.clone(),
                    (value, takes) => {
                        let value = value.map_or_else(|| "null".to_owned(), |value| flow(&value));
                        braces([format!("{}: {value}", answered.outcome)].into_iter().chain(takes))
                    }
                }
            })
            .collect();
        (!each.is_empty()).then(|| (name.to_owned(), format!("[{}]", each.join(", "))))
    };
    decided.into_iter().filter_map(of).collect()
}

/// A phone that acts by itself.
fn phone(phone: &ScriptedPhone) -> String {
    let who = key(&phone.who.value);
    if phone.steps.is_empty() {
        return format!("{who}: {}", answering(phone.answers));
    }
    let steps = phone.steps.iter().filter_map(|step| match &step.act {
        Act::HangUp => Some("hang up".to_owned()),
        Act::Press(keys) => {
            let words: Vec<String> = keys.iter().map(|key: &Tone| key.word()).collect();
            Some(format!("press {}", words.join(" ")))
        }
        Act::Say(words) => Some(quoted(&format!("say {words}"))),
        Act::Silence(Some(ms)) => Some(format!("silence {}", duration::show(*ms))),
        Act::AnswerAfter(_)
        | Act::Busy
        | Act::CallFrom { .. }
        | Act::Decline
        | Act::Hear(_)
        | Act::HearStart(_)
        | Act::NoAnswer
        | Act::Silence(None) => None,
    });
    let steps: Vec<String> = steps.collect();
    format!("{who}: {{ answer: {}, script: [{}] }}", answering(phone.answers), steps.join(", "))
}

fn braces(fields: impl IntoIterator<Item = String>) -> String {
    format!("{{ {} }}", fields.into_iter().collect::<Vec<_>>().join(", "))
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// A value in the flow style of YAML, its texts in quotes. No deeper than values of flows are.
fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => braces(fields.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value)))),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
