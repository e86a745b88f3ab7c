//! `reject` and `redirect`: the incoming call is turned away, unanswered. No event follows: the answer says that it is done.

use crate::language::flow::expr::Expr;
use crate::language::flow::state::Reason;
use crate::machine::answer::ANSWER_WITHIN_MS;
use crate::machine::call::{Line, Origin, What};
use crate::machine::command::Command;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::hidden::Hidden;
use crate::platform::outcomes::Outcome;

/// How long the platform may take to answer, in milliseconds.
const DEADLINE_MS: u64 = 40_000;

pub(crate) fn reject(stepper: &mut Stepper<'_>, reason: Reason) -> Then {
    turn_away(stepper, |context| Command::Reject { context, reason })
}

pub(crate) fn redirect(stepper: &mut Stepper<'_>, to: &Expr) -> Then {
    match stepper.endpoint(to) {
        Some(to) => turn_away(stepper, |context| Command::Redirect { context, to }),
        None => leave(Outcome::Failed),
    }
}

fn turn_away(stepper: &mut Stepper<'_>, command: impl FnOnce(Hidden<String>) -> Command) -> Then {
    let Origin::Inbound { context } = stepper.call.origin.clone() else {
        stepper.fault("there is no incoming call to turn away");
        return leave(Outcome::Failed);
    };
    let not_after = stepper.call.started + ANSWER_WITHIN_MS;
    let op = stepper.order(What::Refusing, command(context), Some(not_after));
    stepper.wake_after(DEADLINE_MS, Why::Deadline { op });
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, signal: &Signal<'_>) -> Then {
    match signal {
        Signal::Accepted => {
            stepper.call.line = Line::Gone;
            leave(Outcome::Done)
        }
        Signal::Failed => leave(Outcome::Failed),
        Signal::Gone | Signal::Webhook(_) => Then::Stay,
    }
}
