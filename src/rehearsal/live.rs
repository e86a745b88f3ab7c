//! A call of the service in a rehearsal: its machine, the requests it has still to make, and what it did.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::cloud::Cloud;
use crate::language::compile::scripts;
use crate::language::flow::value::Value;
use crate::language::graph::Program;
use crate::machine::Ordered;
use crate::machine::beginning::Beginning;
use crate::machine::call::Call;
use crate::machine::command::Command;
use crate::machine::people::Person;
use crate::machine::trace::Trace;
use crate::platform::hidden::Hidden;
use crate::runtime::doc::Line;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// A call of the service.
#[derive(Clone, Debug)]
pub struct Live {
    /// Its id.
    pub id: String,
    /// The program it runs.
    pub program: Arc<Program>,
    /// How it stands.
    pub call: Call,
    /// What it did.
    pub passed: Vec<Passed>,
    /// The first emulated call that it placed or joined, by its number.
    pub(super) line: Option<u64>,
    /// People of flows that were run, with the names that these had for them, by their ids.
    pub(super) met: Met,
    /// Requests that are not made yet.
    pub(super) outbox: VecDeque<Ordered>,
    /// The flows that run one another, the outermost first; none: the one the call began with.
    running: Vec<String>,
    /// What it began with and what happened to it, where that is kept.
    pub(super) history: Option<Box<Kept>>,
    /// Flow and state that ordered an operation.
    pub(super) ordered_by: BTreeMap<u64, (String, String)>,
}

/// People of flows that were run, with the names that these had for them, by their ids: when such a flow is over, the call forgets its
/// names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Met(BTreeMap<Hidden<String>, (String, Person)>);

impl Met {
    /// Takes down who is there, while a flow is run.
    pub(crate) fn takes_down(&mut self, call: &Call) {
        if call.running.is_none() {
            return;
        }
        for (name, person) in call.people.iter().filter(|(_, person)| person.joined) {
            if !self.0.contains_key(&person.id) {
                self.0.insert(person.id.clone(), (name.clone(), person.clone()));
            }
        }
    }

    /// They, by name.
    pub(crate) fn people(&self) -> impl Iterator<Item = (&String, &Person)> {
        self.0.values().map(|(name, person)| (name, person))
    }
}

/// A call's history, as the service would have it.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it began with.
    pub beginning: Beginning,
    /// What happened to it.
    pub lines: Vec<Line>,
}

/// Something a call did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// When, in virtual milliseconds.
    pub at_ms: u64,
    /// The flow that ran.
    pub flow: String,
    /// What.
    pub trace: Trace,
}

impl Live {
    /// A call that has not taken its first step.
    pub(super) fn new(program: Arc<Program>, beginning: Beginning) -> Live {
        Live {
            id: beginning.id.clone(),
            call: Call::begin(&program, beginning),
            program,
            passed: Vec::new(),
            line: None,
            met: Met::default(),
            outbox: VecDeque::new(),
            running: Vec::new(),
            history: None,
            ordered_by: BTreeMap::new(),
        }
    }

    /// Notes the line that a request has brought about.
    pub(super) fn begins_line(&mut self, command: &Command, cloud: &Cloud) {
        if self.line.is_none() && matches!(command, Command::Create { .. } | Command::Connect { .. }) {
            self.line = cloud.calls.keys().next_back().copied();
        }
    }

    /// Notes something that the call did.
    pub(super) fn pass(&mut self, at_ms: u64, trace: Trace) {
        let flow = self.flow().to_owned();
        match &trace {
            Trace::Running { flow, .. } => self.running.push(flow.clone()),
            Trace::Ordered { op, state, .. } => {
                self.ordered_by.insert(op.op, (flow.clone(), state.clone()));
            }
            Trace::Returned { .. } => drop(self.running.pop()),
            Trace::Ended { .. }
            | Trace::Entered { .. }
            | Trace::Fault { .. }
            | Trace::Ignored { .. }
            | Trace::Took { .. } => {}
        }
        self.passed.push(Passed { at_ms, flow, trace });
    }

    /// The flow that runs.
    pub(super) fn flow(&self) -> &str {
        self.running.last().map_or(&self.program.flow, String::as_str)
    }
}

/// What comes along with a signal that a call takes.
///
/// # Errors
/// Why it does not take it.
pub(crate) fn taken(
    call: &Call,
    program: &Program,
    name: &str,
    data: Option<&serde_json::Value>,
) -> Result<Option<Value>, String> {
    if call.is_ended() {
        return Err("the call is over".to_owned());
    }
    match call.signals_taken(program).get(name) {
        Some(ty) => scripts::signalled(ty.as_ref(), data),
        None => Err("the flow that runs now takes no signal of this name".to_owned()),
    }
}
