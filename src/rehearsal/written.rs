//! A scenario as the text of a file, that reads back as the same one.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::duration;
use crate::language::syntax::ast::{Act, Answers, Expected, Script, ScriptedAnswer, Step};
use serde_json::Value;
use std::fmt::Write as _;

/// The text. `comment` stands on top, a line each.
#[must_use]
pub fn text(script: &Script, comment: &[&str]) -> String {
    let mut text = String::new();
    for line in comment {
        let _ = writeln!(text, "# {line}");
    }
    let _ = writeln!(text, "scenario: {}", scalar(&script.title.value));
    if let Some(flow) = &script.flow {
        let _ = writeln!(text, "flow: {}", flow.value);
    }
    let given = given(script);
    if !given.is_empty() {
        let _ = write!(text, "given:\n{given}");
    }
    if script.steps.is_empty() {
        text.push_str("script: []\n");
    } else {
        text.push_str("script:\n");
        for step in &script.steps {
            let _ = writeln!(text, "  - {}", told(step));
        }
    }
    let expect = expect(script);
    if !expect.is_empty() {
        let _ = write!(text, "expect:\n{expect}");
    }
    text
}

fn given(script: &Script) -> String {
    let mut text = String::new();
    if !script.params.is_empty() {
        let params: Vec<String> =
            script.params.iter().map(|(name, value)| format!("{}: {}", name.value, json(value))).collect();
        let _ = writeln!(text, "  params: {{ {} }}", params.join(", "));
    }
    if let Some(clock) = &script.clock {
        let at = jiff::Timestamp::from_millisecond(clock.value).unwrap_or_default();
        let _ = writeln!(text, "  clock: {at}");
    }
    let name = script.caller.name.iter().map(|name| format!("name: {}", scalar(&name.value)));
    let headers: Vec<String> = script
        .caller
        .headers
        .iter()
        .map(|(name, value)| format!("{}: {}", scalar(&name.value), quoted(&value.value)))
        .collect();
    let headers = (!headers.is_empty()).then(|| format!("headers: {{ {} }}", headers.join(", ")));
    let caller: Vec<String> = name.chain(headers).collect();
    if !caller.is_empty() {
        let _ = writeln!(text, "  caller: {{ {} }}", caller.join(", "));
    }
    if !script.phones.is_empty() {
        text.push_str("  phones:\n");
    }
    for phone in &script.phones {
        let answers = match phone.answers {
            Answers::After(ms) => duration::show(ms),
            Answers::Busy => "busy".to_owned(),
            Answers::Decline => "decline".to_owned(),
            Answers::Never => "no answer".to_owned(),
            Answers::Unreachable => "unreachable".to_owned(),
        };
        let steps: Vec<String> = phone.steps.iter().map(|step| told(step)).collect();
        let answers =
            if steps.is_empty() { answers } else { format!("{{ answer: {answers}, script: [{}] }}", steps.join(", ")) };
        let _ = writeln!(text, "    {}: {answers}", scalar(&phone.who.value));
    }
    let fails: Vec<String> = script
        .fails
        .iter()
        .map(|one| one.nth.map_or(one.state.value.clone(), |nth| format!("{} {nth}", one.state.value)))
        .collect();
    match fails.as_slice() {
        [] => {}
        [only] => text.push_str(&format!("  fails: {only}\n")),
        all => text.push_str(&format!("  fails: [{}]\n", all.join(", "))),
    }
    for (name, answers) in &script.answers {
        match answers.as_slice() {
            [only] => text.push_str(&format!("  {}: {}\n", name.value, answer(only))),
            all => {
                let all: Vec<String> = all.iter().map(answer).collect();
                let _ = writeln!(text, "  {}: [{}]", name.value, all.join(", "));
            }
        }
    }
    text
}

fn answer(answer: &ScriptedAnswer) -> String {
    let takes = (answer.takes > 0).then(|| format!(", takes: {}", duration::show(answer.takes)));
    match (&answer.value, takes) {
        (None, None) => answer.outcome.value.clone(),
        (value, takes) => {
            let value = value.as_ref().map_or("null".to_owned(), json);
            format!("{{ {}: {value}{} }}", answer.outcome.value, takes.unwrap_or_default())
        }
    }
}

fn expect(script: &Script) -> String {
    let (expect, mut text) = (&script.expect, String::new());
    let mut line = |name: &str, value: String| text.push_str(&format!("  {name}: {value}\n"));
    if let Some(result) = &expect.result {
        line("result", result.value.clone());
    }
    if let Some(ended) = &expect.ended {
        line("ended", ended.value.clone());
    }
    if !expect.invoked.is_empty() {
        let all: Vec<String> =
            expect.invoked.iter().map(|(name, times)| format!("{}: {}", name.value, times.value)).collect();
        line("invoked", format!("{{ {} }}", all.join(", ")));
    }
    if let Some(most) = &expect.silence_max {
        line("silence_max", duration::show(most.value));
    }
    if expect.nothing_left_behind.is_some() {
        line("left_behind", "nothing".to_owned());
    }
    if expect.transcript.is_some() {
        line("transcript", "golden".to_owned());
    }
    text
}

fn told(step: &Step) -> String {
    let act = match &step.act {
        Act::CallFrom { from, to } => {
            let to = to.as_ref().map(|to| format!(" to {}", to.value));
            format!("call from {}{}", from.value, to.unwrap_or_default())
        }
        Act::AnswerAfter(0) => "answer".to_owned(),
        Act::AnswerAfter(ms) => format!("answer after {}", duration::show(*ms)),
        Act::Busy => "busy".to_owned(),
        Act::Decline => "decline".to_owned(),
        Act::NoAnswer => "no answer".to_owned(),
        Act::Hear(all) => {
            let all: Vec<String> = all.iter().map(|one| expected(&one.value)).collect();
            format!("hear {}", all.join(", "))
        }
        Act::HearStart(one) => format!("hear start of {}", expected(&one.value)),
        Act::Press(keys) => {
            let keys: Vec<String> = keys.iter().map(|key| key.word()).collect();
            format!("press {}", keys.join(" "))
        }
        Act::Say(words) => format!("say {words}"),
        Act::Silence(None) => "silence".to_owned(),
        Act::Silence(Some(ms)) => format!("silence {}", duration::show(*ms)),
        Act::HangUp => "hang up".to_owned(),
    };
    // Two of these marks would be YAML's, and not the step's.
    let act = if act.contains(": ") || act.contains(" #") { format!("'{}'", act.replace('\'', "''")) } else { act };
    match &step.who {
        Some(who) => format!("{}: {act}", who.value),
        None => act,
    }
}

fn expected(expected: &Expected) -> String {
    match expected {
        Expected::Prompt(name) => name.clone(),
        Expected::Words(words) => format!("\"{words}\""),
    }
}

/// A text where YAML expects a word.
fn scalar(text: &str) -> String {
    let begins = text.starts_with(|c: char| c.is_alphabetic());
    let plain = text.chars().all(|c| c.is_alphanumeric() || " .,;_-+()'".contains(c));
    let is_word = matches!(text, "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "~");
    if begins && plain && !is_word && !text.ends_with(' ') { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

/// A value in one line.
fn json(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {}", json(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Value::String(text) => {
            let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
                && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ' || c == '_');
            let is_word = matches!(text.as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n");
            if plain && !is_word && !text.ends_with(' ') { text.clone() } else { quoted(text) }
        }
        Value::Bool(_) | Value::Null | Value::Number(_) => value.to_string(),
    }
}
