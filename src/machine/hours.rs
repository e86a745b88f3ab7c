//! `hours`: reads a calendar at the time of the event, so that a replay reads the same.

use crate::language::flow::calendar::{self, Reading};
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::machine::stepper::{Stepper, Then, leave};
use crate::platform::outcomes::Outcome;

pub(crate) fn enter(stepper: &mut Stepper<'_>, calendar: &str, hours: &str) -> Then {
    let known = stepper.program.calendars.get(calendar).and_then(|calendar| calendar.get(hours));
    let reading = known.map(|hours| calendar::reading(hours, stepper.at));
    leave(match reading {
        Some(Ok(Reading::Open)) => Outcome::Open,
        Some(Ok(Reading::Holiday(_))) => Outcome::Holiday,
        Some(Ok(Reading::Closed)) => Outcome::Closed,
        // The program was checked with other tables of zones: nobody can say that anybody is there.
        Some(Err(unknown)) => {
            stepper.fault(&unknown.to_string());
            Outcome::Closed
        }
        None => {
            stepper.fault(&format!("the program has no hours `{calendar}.{hours}`"));
            Outcome::Closed
        }
    })
}

/// When these hours are open next; `None` when nobody can say.
pub(crate) fn next_open(program: &Program, calendar: &str, hours: &str, at: i64) -> Option<Value> {
    let hours = program.calendars.get(calendar)?.get(hours)?;
    calendar::next_open(hours, at).ok().flatten().map(Value::Time)
}
