//! How the call of a script begins: somebody calls, or a call is placed, and phones are as the script has them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::values;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow;
use crate::language::flow::value::Values;
use crate::language::graph::CallKind;
use crate::language::syntax::ast::{Act, Answers, Script};
use crate::rehearsal::floor::Floor;
use crate::rehearsal::player::finding;
use crate::rehearsal::stage::described;
use crate::runtime::lines::Served;
use serde_json::{Value, json};

/// The number called when neither script nor routes name one.
const ANY_NUMBER: &str = "+18005550100";
/// Who calls when the script does not say it.
const ANY_CALLER: &str = "+441632960100";

/// The call begins as the script says.
pub(crate) fn begins<F: Floor>(floor: &mut F, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>> {
    let setting = |who: &str| match who.split_once('.') {
        Some(("settings", name)) => match served.settings.get(name) {
            Some(flow::value::Value::Phone(number)) => Some(number.clone()),
            _ => None,
        },
        Some(("params", name)) => {
            let given = script.params.iter().find(|(key, _)| key.value == name);
            given.and_then(|(_, value)| value.as_str()).map(str::to_owned)
        }
        _ => Some(who.to_owned()),
    };
    for phone in &script.phones {
        let Some(who) = setting(&phone.who.value) else {
            let message = format!("`{}` is nobody's number", phone.who.value);
            return Err(finding(phone.who.span, message, "nothing to call"));
        };
        let steps: Vec<String> = phone.steps.iter().filter_map(|step| spoken(&step.act)).collect();
        describes(floor, &who, &described(&answering(phone.answers), &steps))
            .map_err(|reason| finding(phone.who.span, format!("`{who}` cannot be called"), &reason))?;
    }
    let first = script.steps.first().map(|step| &step.act);
    match served.program.call {
        CallKind::Inbound => rings(floor, script, served, first),
        CallKind::Outbound | CallKind::Any | CallKind::Join => is_placed(floor, script, served, first),
        other @ (CallKind::Live | CallKind::RecordingReady) => {
            let message = format!("nobody can call a flow that begins `{}`", other.word());
            Err(finding(script.title.span, message, "only flows that begin a call have a caller"))
        }
    }
}

fn describes<F: Floor>(floor: &mut F, who: &str, phone: &Value) -> Result<Value, String> {
    let id = who.replace('%', "%25").replace('+', "%2B").replace('/', "%2F");
    floor.human("PUT", &["phones", &id], phone)
}

fn rings<F: Floor>(floor: &mut F, script: &Script, served: &Served, first: Option<&Act>) -> Result<(), Box<Diagnostic>> {
    let routed = floor.lines().routes.example(&served.program.flow);
    let mut to = routed.unwrap_or_else(|| ANY_NUMBER.to_owned());
    let mut from = ANY_CALLER.to_owned();
    if let Some(Act::CallFrom { from: caller, to: called }) = first {
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
        body["headers"] =
            script.caller.headers.iter().map(|(name, value)| (name.value.clone(), json!(value.value))).collect();
    }
    let span = script.steps.first().map_or(script.title.span, |step| step.span);
    let rung = floor.human("POST", &["calls"], &body);
    rung.map(drop).map_err(|reason| finding(span, "nobody can call like this".to_owned(), &reason))
}

fn is_placed<F: Floor>(floor: &mut F, script: &Script, served: &Served, first: Option<&Act>) -> Result<(), Box<Diagnostic>> {
    let given: serde_json::Map<String, Value> =
        script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let answers = match first {
        Some(Act::AnswerAfter(ms)) => Some(Answers::After(*ms)),
        Some(Act::Busy) => Some(Answers::Busy),
        Some(Act::Decline) => Some(Answers::Decline),
        Some(Act::NoAnswer) => Some(Answers::Never),
        _ => None,
    };
    if let (Some(answers), Some(to)) = (answers, given.get("to").and_then(Value::as_str)) {
        let described = described(&answering(answers), &[]);
        describes(floor, to, &described)
            .map_err(|reason| finding(script.title.span, format!("`{to}` cannot be called"), &reason))?;
    }
    let params: Values = match values::params(&served.program, &given, None, None) {
        Ok(params) => params,
        Err(wrong) => {
            let reason = wrong.first().map(ToString::to_string).unwrap_or_default();
            return Err(finding(script.title.span, "the flow does not take these parameters".to_owned(), &reason));
        }
    };
    floor.place(served, params);
    Ok(())
}

/// As the emulator's human side has it.
fn answering(answers: Answers) -> String {
    match answers {
        Answers::After(ms) => format!("{ms}ms"),
        Answers::Busy => "busy".to_owned(),
        Answers::Decline => "decline".to_owned(),
        Answers::Never => "never".to_owned(),
        Answers::Unreachable => "unreachable".to_owned(),
    }
}

/// A step of somebody who acts alone, as the emulator's human side has it.
fn spoken(act: &Act) -> Option<String> {
    match act {
        Act::HangUp => Some("hang up".to_owned()),
        Act::Press(keys) => {
            let words: Vec<String> = keys.iter().map(|key| key.word()).collect();
            Some(format!("press {}", words.join(" ")))
        }
        Act::Say(words) => Some(format!("say {words}")),
        Act::Silence(Some(ms)) => Some(format!("silence {ms}ms")),
        Act::AnswerAfter(_)
        | Act::Busy
        | Act::CallFrom { .. }
        | Act::Decline
        | Act::Hear(_)
        | Act::HearStart(_)
        | Act::NoAnswer
        | Act::Silence(None) => None,
    }
}
