//! `dial`: rings the party.

use crate::language::flow::expr::Expr;
use crate::machine::call::{Line, What};
use crate::machine::command::Command;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::codes;
use crate::platform::hidden::Hidden;
use crate::platform::limits;
use crate::platform::outcomes::Outcome;

/// How much longer than the ringing the platform may take to say how it went, in milliseconds.
const GRACE_MS: u64 = 30_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, to: &[Expr], from: Option<&Expr>, ring_for: &Expr) -> Then {
    let targets: Vec<Hidden<String>> = to.iter().filter_map(|target| stepper.endpoint(target)).collect();
    let from = from.and_then(|from| stepper.endpoint(from));
    let longest = limits::RING_FOR_SECONDS.end() * 1000;
    let ring_for = stepper.duration(ring_for).unwrap_or(limits::DEFAULT_RING_MS).min(longest);
    let Some(party) = targets.first().cloned().filter(|_| targets.len() == to.len()) else {
        return leave(Outcome::Failed);
    };
    stepper.call.to = party;
    if let Some(from) = &from {
        stepper.call.from.clone_from(from);
    }
    // Dialled before: a new leg begins, and nothing that is said of the old one counts any more.
    stepper.new_leg();
    let op = stepper.order(What::Dialling, Command::Create { to: targets, from }, None);
    stepper.wake_after(ring_for, Why::Ring { op });
    stepper.wake_after(ring_for + GRACE_MS, Why::Deadline { op });
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, signal: &Signal<'_>) -> Then {
    if let Some(What::GivingUp(outcome)) = stepper.call.op.as_ref().map(|op| op.what) {
        return given_up(stepper, signal, outcome);
    }
    match signal {
        Signal::Accepted => Then::Stay,
        // It may ring, or be answered, though we heard nothing of it.
        Signal::Failed if stepper.call.facts.connection.is_some() => {
            give_up(stepper, Outcome::Failed);
            Then::Stay
        }
        Signal::Failed | Signal::Gone => {
            stepper.call.line = Line::Gone;
            leave(Outcome::Failed)
        }
        Signal::Webhook(webhook) => match webhook.kind {
            // An end of the line that overtook its beginning stays its end.
            WebhookKind::CallConnected if stepper.call.line != Line::Gone => {
                stepper.call.line = Line::Up;
                leave(Outcome::Answered)
            }
            WebhookKind::CreateCallFailed => {
                stepper.call.line = Line::Gone;
                leave(codes::not_reached(webhook.code))
            }
            _ => Then::Stay,
        },
    }
}

/// The leg that was given up is being hung up: the state is left once the platform has taken that, or the leg is gone.
pub(crate) fn given_up(stepper: &mut Stepper<'_>, signal: &Signal<'_>, outcome: Outcome) -> Then {
    match signal {
        Signal::Accepted | Signal::Failed | Signal::Gone => {
            stepper.call.line = Line::Gone;
            leave(outcome)
        }
        Signal::Webhook(_) => Then::Stay,
    }
}

/// Hangs up a leg of which nobody knows whether it is up.
pub(crate) fn give_up(stepper: &mut Stepper<'_>, outcome: Outcome) {
    let op = stepper.order(What::GivingUp(outcome), Command::HangUp, None);
    stepper.wake_after(GRACE_MS, Why::Deadline { op });
}

/// The party has been rung as long as the flow allows: we give up.
pub(crate) fn rang_out(stepper: &mut Stepper<'_>) {
    if stepper.call.facts.connection.is_some() {
        give_up(stepper, Outcome::NoAnswer);
    } else if let Some(op) = stepper.call.op.as_ref().map(|op| op.n) {
        // The platform has not even answered the request: what is not there cannot be hung up. Look again shortly.
        stepper.wake_after(1_000, Why::Ring { op });
    }
}
