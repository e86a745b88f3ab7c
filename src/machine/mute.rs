//! `mute`: mutes somebody. The platform has no event for it: its answer says that it is done.

use crate::machine::acting;
use crate::machine::command::Command;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, name: &str) -> Then {
    match stepper.who(name) {
        Some(who) => acting::order(stepper, Command::Mute { who }),
        None => leave(Outcome::Failed),
    }
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, name: &str, signal: &Signal<'_>) -> Then {
    match signal {
        Signal::Accepted => {
            let key = stepper.key(name);
            if let Some(person) = stepper.call.people.get_mut(&key) {
                person.muted = true;
            }
            leave(Outcome::Done)
        }
        Signal::Failed => leave(Outcome::Failed),
        Signal::Gone | Signal::Webhook(_) => Then::Stay,
    }
}
