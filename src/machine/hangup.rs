//! `hangup`: perhaps some last words, then the end. No rule is live here.

use crate::language::flow::state::{Kind, State};
use crate::machine::call::{Line, What};
use crate::machine::play::{self, Played};
use crate::machine::say;
use crate::machine::stepper::{Signal, Stepper, Then};

pub(crate) fn enter(stepper: &mut Stepper<'_>, state: &State) -> Then {
    let Kind::Hangup { play: words, .. } = &state.kind else { return Then::Stay };
    let media = match (stepper.call.line, words) {
        (Line::Up, Some(words)) => say::media(stepper, words, &[]).unwrap_or_default(),
        (Line::Up | Line::Connecting | Line::Gone | Line::NotYet, _) => Vec::new(),
    };
    if media.is_empty() {
        return end(state);
    }
    play::start(stepper, media, Vec::new(), false, false);
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, state: &State, signal: &Signal<'_>) -> Then {
    if !stepper.awaits(What::Playing) {
        return Then::Stay;
    }
    match play::played(signal) {
        Played::NotYet => Then::Stay,
        Played::Done | Played::Failed => end(state),
    }
}

fn end(state: &State) -> Then {
    let Kind::Hangup { result, .. } = &state.kind else { return Then::Stay };
    Then::HangUp(result.clone())
}
