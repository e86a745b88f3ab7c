//! A scenario as the text of a file, that reads back as the same one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::duration;
use crate::language::syntax::ast::{
    Act, Alone, Answers, Expect, Expected, OtherCall, Script, ScriptedAnswer, ScriptedPhone, Step,
};
use serde_json::Value;

/// The text.
#[must_use]
pub fn text(script: &Script) -> String {
    let steps: Vec<String> = script.steps.iter().map(step).collect();
    with_steps(script, &steps)
}

/// The text, with a comment on top, a line each.
#[must_use]
pub fn commented(script: &Script, comment: &[&str]) -> String {
    let comment: String = comment.iter().map(|line| format!("# {line}\n")).collect();
    comment + &text(script)
}

/// The text, with steps that are written already in place of its own.
pub(super) fn with_steps(script: &Script, steps: &[String]) -> String {
    let mut text = format!("scenario: {}\n", scalar(&script.title.value));
    if let Some(flow) = &script.flow {
        text.push_str(&format!("flow: {}\n", flow.value));
    }
    text.push_str(&given(script));
    text.push_str(if steps.is_empty() { "script: []\n" } else { "script:\n" });
    text.extend(steps.iter().map(|step| format!("  - {step}\n")));
    let expected = expect(&script.expect);
    if !expected.is_empty() {
        text.push_str(&format!("expect: {}\n", braces(expected)));
    }
    text
}

/// `given` with its fields; nothing where nothing is given.
fn given(script: &Script) -> String {
    let mut fields: Vec<(&str, String)> = Vec::new();
    if !script.params.is_empty() {
        let params = script.params.iter().map(|(name, value)| format!("{}: {}", key(&name.value), json(value)));
        fields.push(("params", braces(params)));
    }
    let at = script.clock.as_ref().and_then(|clock| jiff::Timestamp::from_millisecond(clock.value).ok());
    fields.extend(at.map(|at| ("clock", at.to_string())));
    let name = script.caller.name.iter().map(|name| format!("name: {}", quoted(&name.value)));
    let headers = script.caller.headers.iter();
    let headers: Vec<String> =
        headers.map(|(name, value)| format!("{}: {}", key(&name.value), quoted(&value.value))).collect();
    let headers = Some(headers).filter(|headers| !headers.is_empty());
    let caller: Vec<String> = name.chain(headers.map(|headers| format!("headers: {}", braces(headers)))).collect();
    if !caller.is_empty() {
        fields.push(("caller", braces(caller)));
    }
    if !script.calls.is_empty() {
        fields.push(("calls", braces(script.calls.iter().map(other_call))));
    }
    if !script.phones.is_empty() {
        fields.push(("phones", braces(script.phones.iter().map(phone))));
    }
    let fails = script.fails.iter().map(|failing| match failing.nth {
        Some(nth) => format!("{} {nth}", failing.state.value),
        None => failing.state.value.clone(),
    });
    let fails: Vec<String> = fails.collect();
    if !fails.is_empty() {
        fields.push(("fails", format!("[{}]", fails.join(", "))));
    }
    for (name, answers) in &script.answers {
        let all: Vec<String> = answers.iter().map(answer).collect();
        let all = if let [only] = &all[..] { only.clone() } else { format!("[{}]", all.join(", ")) };
        fields.push((&name.value, all));
    }
    if fields.is_empty() {
        return String::new();
    }
    let lines = fields.iter().map(|(name, value)| format!("  {name}: {value}\n"));
    format!("given:\n{}", lines.collect::<String>())
}

fn answer(answer: &ScriptedAnswer) -> String {
    let takes = (answer.takes > 0).then(|| format!("takes: {}", duration::show(answer.takes)));
    match (&answer.value, takes) {
        (None, None) => answer.outcome.value.clone(),
        (value, takes) => {
            let value = value.as_ref().map_or_else(|| "null".to_owned(), json);
            braces([format!("{}: {value}", answer.outcome.value)].into_iter().chain(takes))
        }
    }
}

fn phone(phone: &ScriptedPhone) -> String {
    let (who, answers) = (key(&phone.who.value), answering(phone.answers));
    if phone.steps.is_empty() {
        return format!("{who}: {answers}");
    }
    format!("{who}: {{ answer: {answers}, script: {} }}", alone(&phone.steps))
}

/// Another call, by its name.
fn other_call(call: &OtherCall) -> String {
    let mut fields: Vec<String> = Vec::new();
    fields.extend(call.flow.as_ref().map(|flow| format!("flow: {}", flow.value)));
    if call.before.value != OtherCall::BEFORE_MS {
        fields.push(format!("before: {}", duration::show(call.before.value)));
    }
    fields.extend(call.from.as_ref().map(|from| format!("from: {}", quoted(&from.value))));
    fields.extend(call.to.as_ref().map(|to| format!("to: {}", quoted(&to.value))));
    if !call.params.is_empty() {
        let params = call.params.iter().map(|(name, value)| format!("{}: {}", key(&name.value), json(value)));
        fields.push(format!("params: {}", braces(params)));
    }
    if !call.steps.is_empty() {
        fields.push(format!("script: {}", alone(&call.steps)));
    }
    let fields = if fields.is_empty() { "{}".to_owned() } else { braces(fields) };
    format!("{}: {fields}", call.name.value)
}

/// What somebody does by themselves: in a list within braces a comma is YAML's.
fn alone(steps: &[Step]) -> String {
    let steps: Vec<String> =
        steps.iter().filter_map(|step| step.act.alone()).map(|act| quoted(&act.written())).collect();
    format!("[{}]", steps.join(", "))
}

/// How a phone is answered.
fn answering(answers: Answers) -> String {
    match answers {
        Answers::After(ms) => duration::show(ms),
        Answers::Busy => "busy".to_owned(),
        Answers::Decline => "decline".to_owned(),
        Answers::Never => "no answer".to_owned(),
        Answers::Unreachable => "unreachable".to_owned(),
    }
}

fn expect(expect: &Expect) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    fields.extend(expect.result.as_ref().map(|result| format!("result: {}", result.value)));
    fields.extend(expect.ended.as_ref().map(|ended| format!("ended: {}", ended.value)));
    if !expect.invoked.is_empty() {
        let all = expect.invoked.iter().map(|(name, times)| format!("{}: {}", name.value, times.value));
        fields.push(format!("invoked: {}", braces(all)));
    }
    fields.extend(expect.silence_max.as_ref().map(|most| format!("silence_max: {}", duration::show(most.value))));
    fields.extend(expect.nothing_left_behind.as_ref().map(|_| "left_behind: nothing".to_owned()));
    fields.extend(expect.transcript.as_ref().map(|_| "transcript: golden".to_owned()));
    fields
}

/// A step of a script, as a line of its own.
fn step(step: &Step) -> String {
    if let Act::Signal { name, data } = &step.act {
        return signalled(&name.value, data.as_ref());
    }
    let act = scalar(&act(&step.act));
    match &step.who {
        Some(who) => format!("{}: {act}", who.value),
        None => act,
    }
}

/// What somebody does, as a step says it.
pub(super) fn act(act: &Act) -> String {
    match act {
        Act::AnswerAfter(0) => "answer".to_owned(),
        Act::AnswerAfter(ms) => format!("answer after {}", duration::show(*ms)),
        Act::Busy => "busy".to_owned(),
        Act::CallFrom { from, to: None } => format!("call from {}", from.value),
        Act::CallFrom { from, to: Some(to) } => format!("call from {} to {}", from.value, to.value),
        Act::Decline => "decline".to_owned(),
        Act::Hear(all) => {
            let all: Vec<String> = all.iter().map(|one| expected(&one.value)).collect();
            format!("hear {}", all.join(", "))
        }
        Act::HearStart(one) => format!("hear start of {}", expected(&one.value)),
        Act::NoAnswer => "no answer".to_owned(),
        Act::Signal { name, data } => signalled(&name.value, data.as_ref()),
        Act::Silence(None) => "silence".to_owned(),
        Act::HangUp | Act::Press(_) | Act::Say(_) | Act::Silence(Some(_)) => {
            act.alone().map(Alone::written).unwrap_or_default()
        }
    }
}

/// What somebody outside tells the call, as a line of its own.
pub(super) fn signalled(name: &str, data: Option<&Value>) -> String {
    let data = data.map(|data| format!(": {}", json(data))).unwrap_or_default();
    format!("signal {name}{data}")
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Prompt(name) => name.clone(),
        Expected::Words(words) => format!("\"{words}\""),
    }
}

/// A text as a scalar of YAML that stands alone, and that no reader takes for anything else.
pub(super) fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || " ,.-_+/();\"?!'".contains(c);
    let starts = text.chars().next().is_some_and(char::is_alphabetic);
    let is_word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
    if starts && !is_word && !text.ends_with(' ') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    if text.contains(char::is_control) { quoted(text) } else { format!("'{}'", text.replace('\'', "''")) }
}

/// A text as a key, or within braces.
fn key(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    if text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(is_plain) && scalar(text) == text {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn braces(fields: impl IntoIterator<Item = String>) -> String {
    format!("{{ {} }}", fields.into_iter().collect::<Vec<_>>().join(", "))
}

/// A value in the flow style of YAML, its texts in quotes. No deeper than values of flows are.
fn json(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => braces(fields.iter().map(|(name, value)| format!("{}: {}", key(name), json(value)))),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => value.to_string(),
    }
}
