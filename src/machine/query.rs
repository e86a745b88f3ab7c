//! `query`: asks the platform how the call, one participant or everybody stands, and keeps the answer.

use crate::language::flow::state::Query;
use crate::language::flow::value::Value;
use crate::machine::call::What;
use crate::machine::command::Command;
use crate::machine::event::Present;
use crate::machine::stepper::{Signal, Stepper, Then, leave};
use crate::machine::timer::Why;
use crate::platform::identifier::Identifier;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeMap;

/// How long the platform may take to answer, in milliseconds.
const DEADLINE_MS: u64 = 30_000;

pub(crate) fn enter(stepper: &mut Stepper<'_>, what: &Query) -> Then {
    let command = match what {
        Query::Call => Command::GetCall,
        Query::Participant(name) => match stepper.who(name) {
            Some(who) => Command::GetParticipant { who },
            None => return leave(Outcome::Missing),
        },
        Query::Participants => Command::ListParticipants,
    };
    let op = stepper.order(What::Querying, command, None);
    stepper.wake_after(DEADLINE_MS, Why::Deadline { op });
    Then::Stay
}

pub(crate) fn hear(stepper: &mut Stepper<'_>, what: &Query, save: Option<&String>, signal: &Signal<'_>) -> Then {
    match signal {
        Signal::Accepted => {
            let Some(value) = answered(what, stepper) else { return leave(Outcome::Failed) };
            if let Some(variable) = save {
                stepper.call.vars.insert(variable.clone(), value);
            }
            leave(Outcome::Ok)
        }
        Signal::Failed => leave(Outcome::Failed),
        Signal::Gone | Signal::Webhook(_) => Then::Stay,
    }
}

/// The answer as a value; `None` when it does not say what was asked.
fn answered(what: &Query, stepper: &Stepper<'_>) -> Option<Value> {
    let said = stepper.said.beside();
    match what {
        Query::Call => stepper.said.state.map(|state| Value::Text(state.word().to_owned())),
        Query::Participant(_) => said.people.first().map(how_they_stand),
        Query::Participants => {
            let phone = |present: &Present| Value::Phone(Identifier::parse(&present.id).plain());
            Some(Value::List(said.people.iter().map(phone).collect()))
        }
    }
}

fn how_they_stand(present: &Present) -> Value {
    Value::Record(BTreeMap::from([
        ("held".to_owned(), Value::Bool(present.held)),
        ("muted".to_owned(), Value::Bool(present.muted)),
    ]))
}
