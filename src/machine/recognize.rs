//! `recognize`: the platform's own listening, asked once.

use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::Value;
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
            if let Some(variable) = save {
                keep(stepper, variable, &tones);
            }
            leave(if whole { Outcome::Heard } else { Outcome::Partial })
        }
    }
}

/// Saves keys to a variable, which is a text: the checker lets nothing else be saved to.
fn keep(stepper: &mut Stepper<'_>, variable: &str, tones: &[Tone]) {
    let keys = tones.iter().map(|tone| tone.to_char()).collect();
    stepper.call.vars.insert(variable.to_owned(), Value::Text(keys));
}
