//! `hours`: reads a calendar at the time of the event, so that a replay reads the same.

use crate::language::graph::Program;
use crate::machine::stepper::{Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, calendar: &str, hours: &str) -> Then {
    let outcome = reading(stepper.program, calendar, hours, stepper.at);
    leave(outcome)
}

/// Whether these hours are open. A calendar that the program does not hold is closed.
fn reading(_program: &Program, _calendar: &str, _hours: &str, _at: i64) -> Outcome {
    Outcome::Closed
}
