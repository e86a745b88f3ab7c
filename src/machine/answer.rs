//! `answer`: picks up the incoming call.

use crate::machine::call::{Line, Origin, What};
use crate::machine::command::Command;
use crate::machine::dial;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::outcomes::Outcome;

/// An answer is useless this long after the call began to ring here, in milliseconds: the platform rings for 30 s.
pub(crate) const ANSWER_WITHIN_MS: i64 = 25_000;
/// How long the connection may take, in milliseconds.
const DEADLINE_MS: u64 = 40_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>) -> Then {
    let Origin::Inbound { context } = stepper.call.origin.clone() else {
        stepper.fault("there is no incoming call to answer");
        return leave(Outcome::Failed);
    };
    stepper.call.line = Line::Connecting;
    let not_after = stepper.call.started + ANSWER_WITHIN_MS;
    let op = stepper.order(What::Answering, Command::Answer { context }, Some(not_after));
    stepper.wake_after(DEADLINE_MS, Why::Deadline { op });
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, signal: &Signal<'_>) -> Then {
    if let Some(What::GivingUp(outcome)) = stepper.call.op.as_ref().map(|op| op.what) {
        return dial::given_up(stepper, signal, outcome);
    }
    match signal {
        Signal::Accepted => Then::Stay,
        // It may be up, though we heard nothing of it.
        Signal::Failed if stepper.call.facts.connection.is_some() => {
            dial::give_up(stepper, Outcome::Failed);
            Then::Stay
        }
        Signal::Failed | Signal::Gone => {
            stepper.call.line = Line::Gone;
            leave(Outcome::Failed)
        }
        // An end of the line that overtook its beginning stays its end.
        Signal::Webhook(webhook) if webhook.kind == WebhookKind::CallConnected && stepper.call.line != Line::Gone => {
            stepper.call.line = Line::Up;
            leave(Outcome::Connected)
        }
        Signal::Webhook(webhook) if webhook.kind == WebhookKind::AnswerFailed => {
            stepper.call.line = Line::Gone;
            leave(Outcome::Failed)
        }
        Signal::Webhook(_) => Then::Stay,
    }
}
