//! Written targets to ends of ways: states found, results of the flow held against `returns`, limits counted.

use crate::language::check::literals;
use crate::language::check::names::{Declared, unknown_state};
use crate::language::check::ways::{Bound, End};
use crate::language::diagnostic::{Code, Diagnostic, some_of};
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::limits;

/// Where a target leads, and its bound under the name of a counter.
pub fn resolve(
    target: &ast::Target,
    counter: impl FnOnce() -> String,
    declared: &Declared,
    findings: &mut Vec<Diagnostic>,
) -> (End, Option<Bound>) {
    let to = destination(&target.to, declared, findings);
    let bound = target.limit.as_ref().map(|limit| {
        let times = literals::count(&limit.times, 1..=limits::MOST_REPEATS);
        let times = times.map_err(|finding| findings.push(finding)).unwrap_or(1);
        let otherwise = destination(&limit.otherwise, declared, findings);
        Bound { counter: counter(), times, otherwise }
    });
    (to, bound)
}

fn destination(to: &ast::Destination, declared: &Declared, findings: &mut Vec<Diagnostic>) -> End {
    match to {
        ast::Destination::State(name) => match declared.states.get(name.value.as_str()) {
            Some(state) => End::State(*state),
            None => {
                let (finding, guess) = unknown_state(name, declared);
                findings.extend(finding);
                End::Unknown(guess)
            }
        },
        ast::Destination::Return { result: word, span } => {
            findings.extend(result(word.as_ref(), span.0, declared));
            End::Return(word.as_ref().map(|word| word.value.clone()))
        }
    }
}

/// What is wrong with ending the flow with this result.
#[must_use]
pub fn result(word: Option<&Word>, place: Span, declared: &Declared) -> Option<Diagnostic> {
    match word {
        _ if declared.unread.may_hold("returns") => None,
        None if declared.returns.is_empty() => None,
        None => Some(
            Diagnostic::new(Code::F0205, "the flow ends without a result", place, "no result here")
                .help(format!("the flow returns {}", some_of(declared.returns.iter().copied()))),
        ),
        Some(word) if declared.returns.is_empty() => {
            let message = format!("the flow has no result `{}`", word.value);
            Some(
                Diagnostic::new(Code::F0205, message, word.span, "the flow returns nothing")
                    .help("declare its results with `returns`, or leave the word out"),
            )
        }
        Some(word) if declared.returns.contains(&word.value.as_str()) => None,
        Some(word) => Some(
            Diagnostic::new(Code::F0112, format!("unknown result `{}`", word.value), word.span, "not in `returns`")
                .help(format!("the flow returns {}", some_of(declared.returns.iter().copied())))
                .meant(&word.value, declared.near(&word.value, declared.returns.iter().copied())),
        ),
    }
}
