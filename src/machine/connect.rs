//! `connect`: joins a call that is going on.

use crate::language::flow::expr::Expr;
use crate::language::flow::state::Locator;
use crate::machine::add;
use crate::machine::call::{Line, What};
use crate::machine::command::Command;
use crate::machine::dial;
use crate::machine::event::WebhookKind;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::outcomes::Outcome;

/// How long the connection may take, in milliseconds.
const DEADLINE_MS: u64 = 40_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, to: &Expr, by: Locator) -> Then {
    let Some(to) = add::text(stepper, to).filter(|to| !to.is_empty()) else { return leave(Outcome::Failed) };
    stepper.new_leg();
    let op = stepper.order(What::Answering, Command::Connect { to, by }, None);
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
        Signal::Failed | Signal::Gone => failed(stepper),
        Signal::Webhook(webhook) => match webhook.kind {
            // An end of the line that overtook its beginning stays its end.
            WebhookKind::CallConnected if stepper.call.line != Line::Gone => {
                stepper.call.line = Line::Up;
                leave(Outcome::Connected)
            }
            WebhookKind::ConnectFailed => failed(stepper),
            _ => Then::Stay,
        },
    }
}

fn failed(stepper: &mut Stepper<'_>) -> Then {
    stepper.call.line = Line::Gone;
    leave(Outcome::Failed)
}
