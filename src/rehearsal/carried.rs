//! A flow that begins `live`, as somebody can call it: a program that answers, brings about what the flow needs of the line, runs it with
//! the parameters of a scenario, and ends with its result. It is no flow of the project: nothing of it counts as walked.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::values;
use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::routes::{Pattern, Route};
use crate::language::flow::state::{Condition, Group, Kind, State};
use crate::language::flow::value::Values;
use crate::language::graph::program::{Arrow, Edge, End, Head};
use crate::language::graph::{CallKind, Program, SourceMap};
use crate::language::syntax::ast::Script;
use crate::platform::outcomes::Outcome;
use crate::rehearsal::rehearse;
use crate::runtime::lines::{Lines, Served};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The states of the program around a flow; none of a project can be called so.
const ANSWERS: &str = "(answers)";
const RUNS: &str = "(runs)";
const OVER: &str = "(over)";
/// The number by which such a flow is called.
const NUMBER: &str = "+18005550109";

/// A scenario's `live` flow on a line.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The flows of the project, and the program around the scenario's; it answers a number of its own.
    pub lines: Lines,
    /// The name of that program among them.
    name: String,
}

impl Carried {
    /// For a scenario whose flow begins `live` and takes the parameters given; for any other there is none.
    #[must_use]
    pub fn of(lines: &Lines, script: &Script) -> Option<Carried> {
        let served = rehearse::flow_of(lines, script).filter(|served| served.program.call == CallKind::Live)?;
        let given = script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
        let params = values::params(&served.program, &given, None, None).ok()?;
        let name = around(&served.program.flow);
        let around = program(&name, served, &runs(&served.program, lines), params)?;
        let mut lines = lines.clone();
        if let (true, Some(flow)) = (lines.routes.is_empty(), lines.only_inbound.take()) {
            lines.routes.insert(Pattern::Any, Route { flow, locale: None, voice: None });
        }
        let number = Pattern::Number(NUMBER.to_owned());
        lines.routes.insert(number, Route { flow: name.clone(), locale: None, voice: None });
        lines.flows.insert(name.clone(), around);
        Some(Carried { lines, name })
    }

    /// The program around the scenario's flow.
    #[must_use]
    pub fn served(&self) -> Option<&Served> {
        self.lines.flows.get(&self.name)
    }
}

/// The name of the program around a flow.
fn around(flow: &str) -> String {
    format!("({flow})")
}

/// Whether a flow is such a program.
pub(crate) fn is_around(flow: &str) -> bool {
    flow.starts_with('(')
}

/// A flow and all that it runs, by name.
pub(crate) fn runs<'l>(program: &'l Arc<Program>, lines: &'l Lines) -> BTreeMap<String, &'l Arc<Program>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![program]);
    while let Some(program) = open.pop() {
        if found.insert(program.flow.clone(), program).is_some() {
            continue;
        }
        let run = program.states().filter_map(|(_, state)| match &state.kind {
            Kind::Run { flow, .. } => lines.flows.get(flow),
            _ => None,
        });
        open.extend(run.map(|served| &served.program));
    }
    found
}

fn program(name: &str, live: &Served, runs: &BTreeMap<String, &Arc<Program>>, params: Values) -> Option<Served> {
    let flow = &live.program;
    let conditions = match flow.needs.as_slice() {
        // What is to pause has to go on before.
        [Condition::RecordingPaused] => vec![Condition::RecordingActive, Condition::RecordingPaused],
        needs => needs.to_vec(),
    };
    let group = (!conditions.is_empty()).then(|| RUNS.to_owned());
    let args = params.into_iter().map(|(name, value)| (name, Expr::Const(value))).collect();
    let state = |name: &str, group: Option<String>, kind| State { name: name.to_owned(), group, locale: None, kind };
    let hangup = |result: Option<String>| Kind::Hangup { result, play: None, everyone: true };
    let mut states = vec![
        state(ANSWERS, None, Kind::Answer),
        state(RUNS, group.clone(), Kind::Run { flow: flow.flow.clone(), args }),
        state(OVER, None, hangup(None)),
    ];
    let to = |name: &str| End::State(name.to_owned());
    let gone = || End::Return(None);
    let mut edges = vec![
        (ANSWERS, Label::Outcome(Outcome::Connected), to(RUNS)),
        (ANSWERS, Label::Outcome(Outcome::Failed), gone()),
        (ANSWERS, Label::PartyLeft, gone()),
        (RUNS, Label::Outcome(Outcome::Done), to(OVER)),
        (RUNS, Label::Outcome(Outcome::Failed), to(OVER)),
        (RUNS, Label::NotEstablished, to(OVER)),
        (RUNS, Label::PartyLeft, gone()),
    ];
    for result in &flow.returns {
        states.push(state(result, None, hangup(Some(result.clone()))));
        edges.push((RUNS, Label::Named(result.clone()), to(result)));
    }
    let edge = |label| Edge { label, arrow: Arrow::Main, limit: None, default: true };
    let edges = edges.into_iter().map(|(from, label, to)| (from.to_owned(), to, edge(label))).collect();
    let all = || runs.values();
    let head = Head {
        flow: name.to_owned(),
        call: CallKind::Inbound,
        locale: flow.locale.clone(),
        settings: all().flat_map(|run| run.settings.clone()).collect(),
        returns: flow.returns.clone(),
        needs_ai: all().any(|run| run.needs_ai),
        groups: group.into_iter().map(|group| (group, Group { conditions: conditions.clone() })).collect(),
        flows: all().map(|run| (run.flow.clone(), Arc::clone(run))).collect(),
        ..Head::default()
    };
    let program = Program::assemble(head, ANSWERS, states, edges).ok()?;
    let places: SourceMap = serde_json::from_slice(&live.source_map).unwrap_or_default();
    let places = SourceMap { flows: [(flow.flow.clone(), places)].into(), ..SourceMap::default() };
    Some(Served {
        hash: program.hash(),
        program: Arc::new(program),
        settings: live.settings.clone(),
        source_map: serde_json::to_vec(&places).unwrap_or_default(),
    })
}
