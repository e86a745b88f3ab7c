//! Every option of a state with its value, and where that comes from. What is written is shown as it is written; what is not
//! is read from the compiled state, so that no default is repeated here.

use crate::cli::explain::Found;
use crate::cli::explain::state::{Where, snippet};
use crate::cli::project::Project;
use crate::language::duration;
use crate::language::flow::expr::Expr;
use crate::language::flow::state::{INPUTS, Input, Kind, LOCATORS, Locator, Question};
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::language::syntax::fields::{self, Field, Shape};
use crate::machine::preview;
use crate::platform::limits;
use crate::platform::tones::Tone;
use serde::Serialize;

/// An option and its value.
#[derive(Serialize)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) value: String,
    pub(super) from: From,
    pub(super) place: Option<Where>,
}

/// Where a value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum From {
    /// Nobody wrote it.
    BuiltIn,
    /// The flow's `defaults`.
    Defaults,
    /// The flow's head.
    Flow,
    /// The state.
    State,
}

impl From {
    pub(super) fn words(self) -> &'static str {
        match self {
            From::BuiltIn => "built in",
            From::Defaults => "defaults",
            From::Flow => "the flow",
            From::State => "the state",
        }
    }
}

/// What a state says, its options behind it.
pub(super) fn of(project: &Project, flow: &ast::Flow, written: &ast::State, found: &Found<'_>) -> Vec<Choice> {
    let state = |name: &str, value: String, span: Span| Choice {
        name: name.to_owned(),
        value,
        from: From::State,
        place: Some(Where::of(project, span)),
    };
    let mut all = Vec::new();
    if let Some(operand) = &written.operand {
        all.push(state(&written.kind.value, snippet(project, operand), operand.span()));
    }
    for (name, value) in &written.args {
        all.push(state(&name.value, snippet(project, &ast::Value::Expr(value.clone())), value.span.0));
    }
    if let Some(save) = &written.save {
        all.push(state("save", save.value.clone(), save.span));
    }
    let Some(row) = fields::kind(&written.kind.value) else { return all };
    for field in row.options {
        match written.options.iter().find(|option| option.name.value == field.name) {
            Some(option) => {
                let value = match &option.value {
                    ast::Value::Flag(_) => "yes".to_owned(),
                    value => snippet(project, value),
                };
                all.push(state(field.name, value, option.name.span));
            }
            None => all.extend(unwritten(project, flow, field, found)),
        }
    }
    all
}

fn unwritten(project: &Project, flow: &ast::Flow, field: &Field, found: &Found<'_>) -> Option<Choice> {
    let value = default(&found.state.kind, field, found.program)?;
    let outer = match field.shape {
        Shape::Retry => flow.defaults.retry.as_ref().map(|retry| (From::Defaults, retry.span())),
        Shape::Locale => flow.locale.as_ref().map(|locale| (From::Flow, locale.span())),
        _ => None,
    };
    let (from, place) = match outer {
        Some((from, span)) => (from, Some(Where::of(project, span))),
        None => (From::BuiltIn, None),
    };
    Some(Choice { name: field.name.to_owned(), value, from, place })
}

/// The value of an option that nobody wrote; `None` where it means nothing in this state.
fn default(kind: &Kind, field: &Field, program: &Program) -> Option<String> {
    let name = field.name;
    let locale = program.locale.as_ref().map_or_else(|| limits::DEFAULT_LOCALE.to_owned(), bare);
    if field.shape == Shape::Flag {
        return Some("no".to_owned());
    }
    if field.shape == Shape::Locale {
        return Some(format!("the call's, at first {locale}"));
    }
    let question = match kind {
        Kind::Collect { question, .. } | Kind::Menu { question, .. } | Kind::Recognize { question, .. } => {
            asked(kind, question, &locale, name)
        }
        _ => None,
    };
    question.or_else(|| of_kind(kind, name))
}

fn asked(kind: &Kind, question: &Question, locale: &str, name: &str) -> Option<String> {
    Some(match name {
        "hear" => "party".to_owned(),
        "retry" if question.retry_no_input == question.retry_no_match => question.retry_no_input.to_string(),
        "retry" => format!("no_input {}, no_match {}", question.retry_no_input, question.retry_no_match),
        "reprompt" => {
            let (silence, wrong) = preview::reprompts(kind, locale);
            format!("\"{silence}\" / \"{wrong}\", then the question again")
        }
        "first_key" => bare(&question.first_key),
        _ => return None,
    })
}

fn of_kind(kind: &Kind, name: &str) -> Option<String> {
    let nothing = || Some("none".to_owned());
    match (kind, name) {
        (Kind::Add { ring_for, .. } | Kind::Dial { ring_for, .. }, "ring_for") => Some(bare(ring_for)),
        (Kind::Add { .. } | Kind::Dial { .. } | Kind::Transfer { .. }, "from" | "headers" | "play") => nothing(),
        (Kind::Hangup { .. } | Kind::TakeMessage { .. }, "play") | (Kind::Invoke { .. }, "meanwhile") => nothing(),
        (Kind::Transfer { .. }, "who") => Some("the party of a one-to-one call".to_owned()),
        (Kind::Play { .. }, "hear") => Some("everybody".to_owned()),
        (Kind::SendKeys { .. }, "to") => Some("party".to_owned()),
        (Kind::Collect { input, .. }, "by") => Some(word(&INPUTS, input)),
        (Kind::Connect { by, .. }, "by") => Some(locator(*by)),
        (Kind::Collect { input, between_keys, .. } | Kind::Recognize { input, between_keys, .. }, "between_keys") => {
            (*input != Input::Speech).then(|| bare(between_keys))
        }
        (Kind::Collect { input, end_silence, .. } | Kind::Recognize { input, end_silence, .. }, "end_silence") => {
            let built_in = || duration::show(limits::DEFAULT_END_SILENCE_MS);
            (*input != Input::Dtmf).then(|| end_silence.as_ref().map_or_else(built_in, bare))
        }
        (Kind::Collect { input, stop, .. }, "end") | (Kind::Recognize { input, stop, .. }, "stop") => {
            (*input != Input::Speech).then(|| keys(stop))
        }
        (Kind::Recognize { input, max_tones, .. }, "max_tones") => {
            (*input != Input::Speech).then(|| max_tones.to_string())
        }
        (Kind::TakeMessage { max, .. }, "max") => Some(bare(max)),
        (Kind::TakeMessage { min, .. }, "min") => Some(bare(min)),
        (Kind::TakeMessage { stop, .. }, "end") => Some(keys(stop)),
        (Kind::TakeMessage { silence, .. }, "silence") => silence.as_ref().map(bare).or_else(nothing),
        (Kind::Invoke { .. }, "once") => Some("the call and the number of the operation in it".to_owned()),
        (Kind::Invoke { .. }, "timeout") => Some("what the service says".to_owned()),
        _ => None,
    }
}

/// A value as flows write it, without quotes around it.
pub(super) fn bare(expr: &Expr) -> String {
    match expr {
        Expr::Const(Value::Text(text) | Value::Phone(text)) => text.clone(),
        other => other.to_string(),
    }
}

fn keys(stop: &[Tone]) -> String {
    if stop.is_empty() {
        return "none".to_owned();
    }
    stop.iter().map(|tone| tone.word()).collect::<Vec<_>>().join(", ")
}

fn word<T: PartialEq>(words: &[(T, &str)], wanted: &T) -> String {
    words.iter().find(|(known, _)| known == wanted).map_or("", |(_, word)| word).to_owned()
}

fn locator(by: Locator) -> String {
    word(&LOCATORS, &by)
}
