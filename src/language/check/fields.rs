//! What a state must say and does not, and what it says that its kind does not have.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::language::syntax::fields::{self, Shape};
use std::collections::BTreeMap;

/// Required fields that are missing, and a variable saved to where nothing is saved.
pub fn missing(state: &ast::State, findings: &mut Vec<Diagnostic>) {
    let Some(row) = fields::kind(&state.kind.value).filter(|row| row.offered) else { return };
    let name = &state.name.value;
    if let Some(operand) = row.operand
        && operand.required
        && state.operand.is_none()
        && !matches!(operand.shape, Shape::Choices | Shape::Branches | Shape::Assignments)
    {
        let message = format!("`{name}` does not say what to {}", verb(row.name));
        findings.push(Diagnostic::new(
            Code::F0110,
            message,
            state.kind.span,
            format!("nothing follows `{}`", row.name),
        ));
    }
    for field in row.options.iter().filter(|field| field.required) {
        if !state.options.iter().any(|option| option.name.value == field.name) {
            let message = format!("`{name}` has no `{}`", field.name);
            let label = format!("a `{}` needs `{}`", row.name, field.name);
            findings.push(Diagnostic::new(Code::F0110, message, state.kind.span, label));
        }
    }
    if row.name == "set" {
        set_twice(state, findings);
    }
    if let Some(save) = &state.save
        && !row.saves
    {
        let message = format!("a `{}` saves nothing", row.name);
        let label = format!("nothing comes out of `{name}` to be saved");
        findings.push(Diagnostic::new(Code::F0101, message, save.span, label));
    }
}

/// A state sets each variable once: YAML could not even say it twice.
fn set_twice(state: &ast::State, findings: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for (name, _) in &state.args {
        if let Some(first) = seen.get(name.value.as_str()) {
            let message = format!("`{}` sets `{}` twice", state.name.value, name.value);
            findings.push(
                Diagnostic::new(Code::F0103, message, name.span, "set again here")
                    .and(*first, "first set here")
                    .help("only the last would count: take one out, or set it in two states"),
            );
        } else {
            seen.insert(&name.value, name.span);
        }
    }
}

fn verb(kind: &str) -> String {
    match kind {
        "add" | "mute" | "remove" => format!("{kind}: whom"),
        "collect" | "take_message" => "fill: which variable".to_owned(),
        "connect" => "connect to".to_owned(),
        "redirect" => "redirect to".to_owned(),
        "dial" => "dial".to_owned(),
        "transfer" => "transfer to".to_owned(),
        "recognize" => "listen for".to_owned(),
        other => other.to_owned(),
    }
}

/// A word of the language that this release does not offer.
#[must_use]
pub fn not_offered(word: &str, span: Span) -> Diagnostic {
    let message = format!("`{word}` is not offered yet");
    Diagnostic::new(Code::F0011, message, span, "a word of the language, but not of this release")
}
