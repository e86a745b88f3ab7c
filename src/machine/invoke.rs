//! `invoke`: asks a service. Never cut short: rules that come due meanwhile wait for a later state, and so does the end of the
//! line. Words may be said meanwhile; they are heard to their end before the state is left.

use crate::language::flow::label::Label;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::value::{Value, Values};
use crate::language::graph::{Arrow, Program};
use crate::machine::call::{Line, What};
use crate::machine::command::Command;
use crate::machine::errands::Told;
use crate::machine::play::{self, Played};
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::outcomes::Outcome;

/// How long a service may take before words are said, and between two times of saying them, in milliseconds.
const MEANWHILE_MS: u64 = 700;
/// Longest time an operation may take where the state does not say, in milliseconds: services have no longer ones.
const LONGEST_MS: u64 = 30_000;
/// How much later than its time a question is given up here, in milliseconds: whoever asks gives up first.
const MARGIN_MS: u64 = 10_000;

/// The outcome of a question that was answered as the service should.
const OK: &str = "ok";
/// The outcome of a question that was not.
pub(crate) const FAILED: &str = "failed";

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Invoke { service, operation, args, meanwhile, once, timeout, .. } = &state.kind else {
        return Then::Stay;
    };
    let mut values = Values::new();
    for (name, arg) in args {
        let Some(value) = stepper.value(arg) else { return leave(Outcome::Failed) };
        values.insert(name.clone(), value);
    }
    let once = match once.as_ref().map(|once| stepper.value(once)) {
        None => None,
        Some(Some(Value::Text(once))) => Some(once.into()),
        Some(_) => return leave(Outcome::Failed),
    };
    let timeout_ms = match timeout.as_ref().map(|timeout| stepper.duration(timeout)) {
        None => None,
        Some(Some(ms)) => Some(ms),
        Some(None) => return leave(Outcome::Failed),
    };
    stepper.silence();
    let repeat = once.is_some() || safe_to_repeat(stepper.program, service, operation);
    let command = Command::Invoke {
        service: service.clone(),
        operation: operation.clone(),
        args: values,
        once,
        timeout_ms,
        repeat,
        flow: stepper.call.running.clone(),
    };
    stepper.errand(command, timeout_ms.unwrap_or(LONGEST_MS) + MARGIN_MS);
    if meanwhile.is_some() && stepper.call.line == Line::Up {
        stepper.wake_after(MEANWHILE_MS, Why::Meanwhile);
    }
    Then::Stay
}

/// Whether a question may be asked again when nobody knows whether it was answered. Unknown services may not.
fn safe_to_repeat(program: &Program, service: &str, operation: &str) -> bool {
    let operation = program.services.get(service).and_then(|service| service.operations.get(operation));
    operation.is_some_and(|operation| operation.safe_to_repeat)
}

/// The words said meanwhile: once they are over, the state is left if the answer is there.
pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    let Kind::Invoke { meanwhile, .. } = &state.kind else { return Then::Stay };
    let played = play::played(signal);
    if !stepper.awaits(What::Playing) || played == Played::NotYet {
        return Then::Stay;
    }
    stepper.call.op = None;
    if let Some(told) = stepper.call.errand.as_ref().and_then(|errand| errand.told.clone()) {
        return answered(stepper, state, told);
    }
    // Words that could not be said once are not tried again and again.
    if played == Played::Done && meanwhile.is_some() && stepper.call.line == Line::Up {
        stepper.wake_after(MEANWHILE_MS, Why::Meanwhile);
    }
    Then::Stay
}

/// The service takes its time: words are said.
pub(crate) fn meanwhile(stepper: &mut Stepper<'_>) {
    let state = stepper.program.state(&stepper.call.state);
    let Some(Kind::Invoke { meanwhile: Some(words), .. }) = state.map(|state| &state.kind) else { return };
    let waits = stepper.call.errand.as_ref().is_some_and(|errand| errand.told.is_none());
    if waits && stepper.call.op.is_none() && stepper.call.line == Line::Up {
        say_meanwhile(stepper, words);
    }
}

fn say_meanwhile(stepper: &mut Stepper<'_>, words: &Prompt) {
    let media = say::media(stepper, words, &[]).unwrap_or_default();
    if !media.is_empty() {
        play::start(stepper, media, Vec::new(), false, false);
    }
}

/// The answer is there.
pub(crate) fn told(stepper: &mut Stepper<'_>, state: &State, told: Told) -> Then {
    if stepper.awaits(What::Playing) { Then::Stay } else { answered(stepper, state, told) }
}

fn answered(stepper: &mut Stepper<'_>, state: &State, told: Told) -> Then {
    let Kind::Invoke { save, operation, .. } = &state.kind else { return Then::Stay };
    let Told { outcome, value } = told;
    if outcome == FAILED {
        return leave(Outcome::Failed);
    }
    if outcome != OK {
        let label = Label::Named(outcome);
        let node = stepper.program.node(&state.name);
        if node.is_some_and(|node| stepper.program.route(node, &label, Arrow::Main).is_some()) {
            return Then::Leave(label);
        }
        stepper.fault(&format!("`{operation}` came to `{label}`, which the flow does not know"));
        return leave(Outcome::Failed);
    }
    if let Some(variable) = save {
        match value {
            Some(value) => stepper.call.vars.insert(variable.clone(), value),
            None => stepper.call.vars.remove(variable),
        };
    }
    leave(Outcome::Ok)
}
