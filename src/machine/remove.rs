//! `remove`: puts somebody out. That they leave by themselves meanwhile is the same.

use crate::machine::acting::{self, Acted};
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, name: &str) -> Then {
    match stepper.who(name) {
        Some(who) => {
            let command = stepper.put_out_by(who);
            acting::order(stepper, command)
        }
        None => leave(Outcome::Done),
    }
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, name: &str, signal: &Signal<'_>) -> Then {
    let acted = acting::acted(signal, |kind| match kind {
        WebhookKind::RemoveParticipantSucceeded => Some(Acted::Done),
        WebhookKind::RemoveParticipantFailed => Some(Acted::Failed),
        _ => None,
    });
    if acted == Acted::Done {
        stepper.put_out(name);
    }
    acted.then()
}
