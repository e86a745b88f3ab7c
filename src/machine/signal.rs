//! Signals: `signal` sends one to another call of ours; one that comes here is a rule, with what comes along kept until the rule is
//! taken: what a flow reads belongs to the way that it went.

use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::value::{Value, Values};
use crate::machine::call::{PENDING, Phase};
use crate::machine::command::Command;
use crate::machine::errands::Told;
use crate::machine::rules::Rules;
use crate::machine::run::running;
use crate::machine::stepper::{Stepper, Then, leave};
use crate::platform::outcomes::Outcome;
use serde::{Deserialize, Serialize};

/// How long the other call may take to take it, in milliseconds.
const DEADLINE_MS: u64 = 30_000;

/// The signal is stored for a call we hold.
pub(crate) const DONE: &str = "done";
/// There is no such call, or none that takes it.
pub(crate) const MISSING: &str = "missing";

/// What came along with a signal that waits to be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrived {
    /// The signal.
    pub name: String,
    /// What came along.
    pub data: Value,
}

pub(crate) fn enter(stepper: &mut Stepper<'_>, name: &str, to: &Expr, args: &[(String, Expr)]) -> Then {
    let mut fields = Values::new();
    for (field, arg) in args {
        let Some(value) = stepper.value(arg) else { return leave(Outcome::Missing) };
        fields.insert(field.clone(), value);
    }
    let Some(Value::Text(call)) = stepper.value(to) else { return leave(Outcome::Missing) };
    let data = (!args.is_empty()).then_some(Value::Record(fields));
    stepper.errand(Command::Signal { call, name: name.to_owned(), data }, DEADLINE_MS);
    Then::Stay
}

/// What came of the one that was sent.
pub(crate) fn told(told: &Told) -> Then {
    leave(if told.outcome == DONE { Outcome::Done } else { Outcome::Missing })
}

impl Stepper<'_> {
    /// A signal came. It is for the running flow, or else for the innermost that runs it and knows it.
    pub(crate) fn signalled(&mut self, name: &str, data: Option<&Value>) {
        if !matches!(self.call.phase, Phase::Running) || self.rules() == Rules::Never {
            return self.ignore("the flow is on its way out");
        }
        let label = Label::Signal(name.to_owned());
        let root = self.root;
        if let Some(ty) = self.program.signals.get(name) {
            let waits = self.call.pending.len() < PENDING || self.takes(&label);
            if waits && ty.is_some() {
                self.call.arrived.push(arrived(name, data));
            }
            return self.rule_or_later(label);
        }
        let taken = |flow: Option<&String>| running(root, flow).signals.get(name);
        let frames = self.call.frames.iter_mut().rev();
        match frames.filter_map(|frame| Some((taken(frame.flow.as_ref())?, frame))).next() {
            None => self.ignore("a signal that the flow does not take"),
            Some((_, frame)) if frame.pending.len() >= PENDING => self.ignore("too many rules wait to be taken"),
            Some((ty, frame)) => {
                frame.pending.push(label);
                if ty.is_some() {
                    frame.arrived.push(arrived(name, data));
                }
            }
        }
    }

    /// A signal is taken: what came along with it can be read from now on. Of one name the first that came is taken first.
    pub(crate) fn take_along(&mut self, name: &str) {
        if let Some(index) = self.call.arrived.iter().position(|arrived| arrived.name == name) {
            let Arrived { name, data } = self.call.arrived.remove(index);
            self.call.signals.insert(name, data);
        }
    }
}

fn arrived(name: &str, data: Option<&Value>) -> Arrived {
    Arrived { name: name.to_owned(), data: data.cloned().unwrap_or(Value::Absent) }
}
