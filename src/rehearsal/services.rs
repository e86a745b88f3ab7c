//! What services answer as a scenario has it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::scripts;
use crate::language::flow::service::{FAILED, OK};
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::language::syntax::ast::ScriptedAnswer;
use crate::rehearsal::made;
use std::collections::BTreeMap;

/// What an operation answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answered {
    /// Its outcome.
    pub(crate) outcome: String,
    /// What it brings.
    pub(crate) value: Option<Value>,
    /// Why it failed.
    pub(crate) reason: Option<String>,
    /// How long it takes, in milliseconds.
    pub(crate) takes: u64,
}

/// What a scenario says that the operation `name` answers when it is asked for the `nth` time, from 0: the last answer listed is given
/// over and over.
pub(crate) fn listed<'a>(
    answers: &'a BTreeMap<String, Vec<ScriptedAnswer>>,
    name: &str,
    nth: usize,
) -> Option<&'a ScriptedAnswer> {
    answers.get(name).and_then(|listed| listed.get(nth).or(listed.last()))
}

/// What the operation `name` answers; where nobody says it, `ok` with a value made up. `clock` is now, in milliseconds since the epoch.
pub(crate) fn answered(listed: Option<&ScriptedAnswer>, program: &Program, name: &str, clock: i64) -> Answered {
    let operation = scripts::operation(program, name);
    let takes = listed.map_or(0, |answer| answer.takes);
    let failed = |reason: String| Answered { outcome: FAILED.to_owned(), value: None, reason: Some(reason), takes };
    match (listed, operation) {
        (Some(answer), Some(operation)) => {
            let outcome = answer.outcome.value.clone();
            match scripts::answer(operation, &outcome, answer.value.as_ref()) {
                Ok(value) => Answered { outcome, value, reason: None, takes },
                Err(reason) => failed(reason),
            }
        }
        (Some(_), None) => failed("the scenario answers for an operation that is not there".to_owned()),
        (None, operation) => {
            let brings = operation.and_then(|operation| operation.ok.as_ref());
            Answered { outcome: OK.to_owned(), value: brings.map(|ty| made::value(ty, clock)), reason: None, takes }
        }
    }
}
