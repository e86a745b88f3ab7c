//! Where values that somebody outside chose may stand, but must not. A variable is untrusted in a state if on some way there it
//! was last given such a value; a parameter, if whoever runs the flow gives it one.

use crate::language::check::forward::{Set, forward};
use crate::language::check::names::Declared;
use crate::language::check::states::Parts;
use crate::language::check::trust::{Mark, Place, Taint, chosen_outside};
use crate::language::check::ways::Exits;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow::label::Label;
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A value that stands where no untrusted one may, made of variables and parameters that may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    place: Place,
    span: Span,
    by: BTreeMap<String, (String, Span)>,
    params: BTreeSet<String>,
}

impl Doubt {
    /// What there is to be settled about a value in a place; nothing where it may be anything.
    #[must_use]
    pub fn of(taint: &Taint, span: Span, place: Place) -> Option<Doubt> {
        place.obeys()?;
        let by = taint.untrusted.as_ref().map(|mark| mark.by.clone()).unwrap_or_default();
        let doubtful = !by.is_empty() || !taint.params.is_empty();
        doubtful.then(|| Doubt { place, span, by, params: taint.params.clone() })
    }

    /// The finding, if a variable holds what it may not.
    #[must_use]
    pub fn told(&self) -> Option<Diagnostic> {
        let (what, read) = self.by.values().next()?;
        chosen_outside(self.place, self.span, (what, *read))
    }
}

/// An argument that is given to a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The flow.
    pub flow: String,
    /// Its parameter.
    pub param: String,
    /// Where the value stands.
    pub span: Span,
    /// What of it somebody outside chose.
    pub untrusted: Option<Mark>,
    /// The parameters of the flow that runs it, of which the value is made.
    pub params: BTreeSet<String>,
}

/// What flows that run a flow have to know of it.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The parameters that come to stand where no untrusted value may: the place, and where that is.
    pub sinks: BTreeMap<String, (Place, Span)>,
    /// What it gives to flows that it runs. Of what is untrusted, only what is so on some way there is left.
    pub passed: Vec<Passed>,
}

/// Findings about values that are untrusted on some way to where they stand, and what is left for the flows around.
pub fn settle(
    flow: &ast::Flow,
    declared: &Declared,
    start: usize,
    exits: &[Exits],
    parts: &[Parts],
    findings: &mut Vec<Diagnostic>,
) -> Summary {
    let numbers: BTreeMap<&str, usize> =
        declared.untrusted.keys().enumerate().map(|(number, name)| (*name, number)).collect();
    let trusted = forward(start, Set::all(numbers.len()), exits, |state, arrow, set| {
        saved(&flow.states[state], &parts[state], &arrow.way.label, declared, &numbers, set);
    });
    let mut summary = Summary::default();
    for (parts, trusted) in parts.iter().zip(&trusted) {
        // What is not reached is never said.
        let Some(trusted) = trusted else { continue };
        let untrusted = |name: &str| numbers.get(name).is_some_and(|number| !trusted.contains(*number));
        for doubt in &parts.doubts {
            let first = doubt.by.iter().find(|(name, _)| untrusted(name));
            let finding = first.and_then(|(_, (what, read))| chosen_outside(doubt.place, doubt.span, (what, *read)));
            findings.extend(finding);
            for param in &doubt.params {
                summary.sinks.entry(param.clone()).or_insert((doubt.place, doubt.span));
            }
        }
        for passed in &parts.passed {
            let still = |mark: &Mark| mark.by.is_empty() || mark.by.keys().any(|name| untrusted(name));
            let left = passed.untrusted.clone().filter(still);
            summary.passed.push(Passed { untrusted: left, ..passed.clone() });
        }
    }
    summary
}

/// What a state gives to variables on this way out.
fn saved(
    state: &ast::State,
    parts: &Parts,
    label: &Label,
    declared: &Declared,
    numbers: &BTreeMap<&str, usize>,
    trusted: &mut Set,
) {
    let put = |name: &str, holds: bool, trusted: &mut Set| {
        if let Some(number) = numbers.get(name) {
            trusted.put(*number, holds);
        }
    };
    let operand = match &state.operand {
        Some(ast::Value::Literal(word)) => word.value.as_str(),
        _ => "",
    };
    let save = state.save.as_ref().map(|word| word.value.as_str());
    match (state.kind.value.as_str(), label) {
        ("recognize", Label::Outcome(Outcome::Heard | Outcome::Partial)) => {
            save.iter().for_each(|name| put(name, false, trusted));
        }
        ("query", Label::Outcome(Outcome::Ok)) => save.iter().for_each(|name| put(name, true, trusted)),
        ("invoke", Label::Outcome(Outcome::Ok)) => {
            let doubted = declared.operation(operand).is_some_and(|operation| operation.untrusted);
            save.iter().for_each(|name| put(name, !doubted, trusted));
        }
        ("collect", Label::Outcome(Outcome::Filled)) => put(operand, false, trusted),
        ("take_message", _) => put(operand, true, trusted),
        ("set", _) => {
            for (name, mark) in &parts.copied {
                let holds = match mark {
                    None => true,
                    Some(mark) if mark.by.is_empty() => false,
                    Some(mark) => {
                        mark.by.keys().all(|of| numbers.get(of.as_str()).is_none_or(|number| trusted.contains(*number)))
                    }
                };
                put(name, holds, trusted);
            }
        }
        _ => {}
    }
}
