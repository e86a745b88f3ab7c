//! `recognize`: the platform's own listening, asked once.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{self, Value};
use crate::machine::call::Asked;
use crate::machine::question::{self, Free, Result};
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Recognize { input, question, max_tones, stop, between_keys, end_silence, .. } = &state.kind else {
        return Then::Stay;
    };
    stepper.call.asked = Asked::default();
    let free = Free { input: *input, max_tones: *max_tones, stop, between_keys, end_silence: end_silence.as_ref() };
    let Some(listen) = question::listen(stepper, &free) else { return leave(Outcome::Failed) };
    question::ask(stepper, question, &[], listen)
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::Recognize { save, stop, .. } = &state.kind else { return Then::Stay };
    let (heard, outcome) = match question::result(signal) {
        Result::NotYet => return Then::Stay,
        Result::Failed => return leave(Outcome::Failed),
        Result::NoInput => return leave(Outcome::NoInput),
        Result::NoMatch | Result::Choice(_) => return leave(Outcome::NoMatch),
        Result::Keys { tones, whole } => {
            (question::written(&tones, stop), if whole { Outcome::Heard } else { Outcome::Partial })
        }
        Result::Speech(words) => (words, Outcome::Heard),
    };
    if let Some(variable) = save
        && !keep(stepper, variable, heard)
    {
        return leave(Outcome::NoMatch);
    }
    leave(outcome)
}

/// Saves what was heard to a variable; false when it is not of its type.
fn keep(stepper: &mut Stepper<'_>, variable: &str, heard: String) -> bool {
    let value = match stepper.program.vars.get(variable).map(Type::present) {
        Some(Type::Digits { min, max }) if value::is_digits(&heard, *min, *max) => Value::Digits(heard),
        Some(Type::Digits { .. }) => return false,
        _ => Value::Text(heard),
    };
    stepper.call.vars.insert(variable.to_owned(), value);
    true
}
