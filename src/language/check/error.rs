//! What there is to say of outcomes: routed twice, not at all, or where they cannot occur.

use crate::language::check::kinds::Kind;
use crate::language::diagnostic::{Code, Diagnostic, Near, near, some_of};
use crate::language::flow::label::Label;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::outcomes::{self, Outcome};

/// An outcome that has its route already.
#[must_use]
pub fn twice(label: &Label, here: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::F0203, format!("outcome `{label}` is routed twice"), here, "routed again here")
        .and(first, "first routed here")
}

/// What stands in `defaults` and has none.
#[must_use]
pub fn not_a_default(what: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0202, format!("{what} has no default"), span, "only outcomes have defaults")
        .help("events that hold everywhere stand in `always`")
}

/// An outcome that no kind of state has, and the one that was perhaps meant.
#[must_use]
pub fn no_outcome(word: &Word) -> (Diagnostic, Option<Outcome>) {
    let near = near(&word.value, outcomes::ALL.iter().map(|(_, word)| *word));
    let message = format!("no state has an outcome `{}`", word.value);
    let finding = Diagnostic::new(Code::F0202, message, word.span, "cannot occur").misspelt_for(&word.value, near);
    (finding, near.and_then(|near| Outcome::from_word(near.word)))
}

/// A `then` where nothing single succeeds.
#[must_use]
pub fn no_success(state: &ast::State, kind: Kind, span: Span) -> Diagnostic {
    let (message, help) = match kind {
        Kind::Hangup => ("nothing follows a hangup".to_owned(), "the call and the flow end here"),
        Kind::Menu => (
            format!("menu `{}` has no single success", state.name.value),
            "each choice has its own target: `confirm = 1 -> …`",
        ),
        Kind::Play => (
            format!("`{}` plays again and again and is never done", state.name.value),
            "leave it by a rule, such as `after 5m -> …`, or drop `loop`",
        ),
        Kind::Hours => ("`hours` has no single success".to_owned(), "name its outcomes: `open`, `closed`, `holiday`"),
        Kind::Run => (
            format!("the flow that `{}` runs has several results", state.name.value),
            "give each its own target: `done -> …`",
        ),
        _ => (format!("`{}` has no single success", kind.word()), "name the outcome"),
    };
    Diagnostic::new(Code::F0202, message, span, "this cannot occur").help(help)
}

/// An outcome that the state does not have, and the one that was perhaps meant.
#[must_use]
pub fn cannot_occur(word: &Word, state: &ast::State, possible: &[Label]) -> (Diagnostic, Option<Label>) {
    let name = word.value.as_str();
    let words: Vec<String> = possible.iter().map(Label::to_string).collect();
    let near = near(name, words.iter().map(String::as_str));
    let silence = if name == "no_input" { " (silence, 8510)" } else { "" };
    let asked_again = state.kind.value == "menu" && matches!(name, "no_input" | "no_match");
    let help = match near {
        _ if asked_again => "a menu asks again by itself; once that is used up, the outcome is `exhausted`".to_owned(),
        _ if words.is_empty() => "a hangup ends the call and the flow".to_owned(),
        _ => format!("its outcomes are {}", some_of(words.iter().map(String::as_str))),
    };
    let message = format!("`{}` has no outcome `{name}`{silence}", state.name.value);
    let label = format!("a `{}` never comes to this", state.kind.value);
    let near = near.filter(|_| !asked_again);
    let finding = Diagnostic::new(Code::F0202, message, word.span, label).help(help);
    let meant = near.and_then(|near| possible.iter().find(|label| label.to_string() == near.word)).cloned();
    (outcome_meant(finding, name, near), meant)
}

/// The outcome that was perhaps meant. Certain is only a slip in a word of the language: choices and results are the author's,
/// and what is an outcome elsewhere is a word by itself.
#[must_use]
pub fn outcome_meant(finding: Diagnostic, name: &str, near: Option<Near<'_>>) -> Diagnostic {
    let is_word = |name: &str| Outcome::from_word(name).is_some();
    match near {
        Some(meant) if is_word(meant.word) && !is_word(name) => finding.misspelt_for(name, near),
        _ => finding.meant(name, near),
    }
}

/// A choice with no target anywhere.
#[must_use]
pub fn choice_without_target(label: &Label, state: &ast::State) -> Diagnostic {
    let span = state
        .choices
        .iter()
        .find(|choice| *label == Label::Choice(choice.name.value.clone()))
        .map_or(state.name.span, |choice| choice.name.span);
    Diagnostic::new(Code::F0201, format!("choice `{label}` leads nowhere"), span, "no target")
        .help("write where it leads: `-> state`, in YAML `to: state`")
}

/// Outcomes that nothing routes.
#[must_use]
pub fn not_handled(state: &ast::State, missing: &[&Label]) -> Diagnostic {
    let words: Vec<String> = missing
        .iter()
        .map(|label| match label {
            Label::Outcome(Outcome::NoInput) => "`no_input` (silence, 8510)".to_owned(),
            label => format!("`{label}`"),
        })
        .collect();
    let (noun, verb) = if words.len() == 1 { ("outcome", "is") } else { ("outcomes", "are") };
    let message = format!("{noun} {} of `{}` {verb} not handled", words.join(", "), state.name.value);
    let finding = Diagnostic::new(Code::F0201, message, state.name.span, "where does the call go then?");
    match missing {
        [Label::Outcome(Outcome::Failed)] => {
            finding.help("route `failed` here, or for all states with `default failed -> …`")
        }
        [Label::Outcome(Outcome::Exhausted)] => {
            finding.help("route `exhausted` here, or for all menus with `default exhausted -> …`")
        }
        [
            Label::Outcome(Outcome::Accepted | Outcome::Answered | Outcome::Connected | Outcome::Done | Outcome::Heard),
        ] => finding.help("write the success as `-> state`, in YAML `then: state`"),
        [first, ..] => {
            finding.help(format!("write where it leads: `{{ {first} -> state }}`, in YAML `on: {{ {first}: state }}`"))
        }
        [] => finding,
    }
}
