//! `recognize`: the platform's own listening, asked once.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::{self, Value};
use crate::machine::call::Asked;
use crate::machine::command::Listen;
use crate::machine::question::{self, Result};
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Recognize { question, max_tones, stop, between_keys, .. } = &state.kind else { return Then::Stay };
    stepper.call.asked = Asked::default();
    let Some(between_keys_ms) = stepper.duration(between_keys) else { return leave(Outcome::Failed) };
    let listen = Listen::Dtmf { max_tones: *max_tones, stop: stop.clone(), between_keys_ms };
    question::ask(stepper, question, &[], listen)
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::Recognize { save, .. } = &state.kind else { return Then::Stay };
    match question::result(signal) {
        Result::NotYet => Then::Stay,
        Result::Failed => leave(Outcome::Failed),
        Result::NoInput => leave(Outcome::NoInput),
        Result::NoMatch | Result::Choice(_) => leave(Outcome::NoMatch),
        Result::Keys { tones, whole } => {
            if let Some(variable) = save
                && !keep(stepper, variable, &tones)
            {
                return leave(Outcome::NoMatch);
            }
            leave(if whole { Outcome::Heard } else { Outcome::Partial })
        }
    }
}

/// Saves keys to a variable; false when they are not of its type.
fn keep(stepper: &mut Stepper<'_>, variable: &str, tones: &[Tone]) -> bool {
    let keys: String = tones.iter().map(|tone| tone.to_char()).collect();
    let value = match stepper.program.vars.get(variable).map(Type::bare) {
        Some(Type::Digits { min, max }) if value::is_digits(&keys, *min, *max) => Value::Digits(keys),
        Some(Type::Digits { .. }) => return false,
        _ => Value::Text(keys),
    };
    stepper.call.vars.insert(variable.to_owned(), value);
    true
}
