//! The other call that a flow tells something, or takes somebody out of: which flow it could be of, and where its id comes from.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::state::Kind;
use crate::language::graph::{CallKind, Program};
use crate::language::syntax::ast::{Act, OtherCall, Script};
use crate::rehearsal::generate::plan::{Doing, nowhere, word};
use crate::runtime::lines::Lines;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Its name in scenarios.
const NAME: &str = "waiting";
/// The text that stands for its id.
pub(super) const ID: &str = "calls.waiting";
/// How long before the scenario's call it begins, in milliseconds: by then it is past its first words.
const BEFORE_MS: u64 = 30_000;
/// The same where it is placed: whoever is called and says nothing is not kept on the line for long.
const PLACED_BEFORE_MS: u64 = 1_000;

/// Another call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Partner {
    /// Its flow.
    pub(super) flow: String,
    /// Its parameters, of a flow that places its calls.
    pub(super) params: BTreeMap<String, Json>,
    /// Parameters of the flow that hold its id.
    pub(super) held: BTreeSet<String>,
    /// Fields that hold it.
    fields: BTreeSet<String>,
    /// A whole value is it.
    whole: bool,
    /// Whether it is placed, and not somebody's who calls.
    placed: bool,
}

impl Partner {
    /// Of a program and the flows it runs, where they need one and a flow of the project can be it.
    pub(super) fn of(program: &Program, lines: &Lines) -> Option<Partner> {
        let programs = || program.flows.values().map(Arc::as_ref).chain([program]);
        let mut partner = Partner::default();
        let (mut signals, mut needed) = (BTreeSet::new(), false);
        // Parameters of flows that are run, by flow and name.
        let mut passed: BTreeSet<(String, String)> = BTreeSet::new();
        for program in programs() {
            for (_, state) in program.states() {
                let id = match &state.kind {
                    Kind::Signal { name, to, .. } => {
                        signals.insert(name.clone());
                        to
                    }
                    Kind::Move { from, .. } => from,
                    _ => continue,
                };
                needed = true;
                partner.reads(program, id, &mut passed);
            }
        }
        while let Some((flow, param)) = passed.pop_first() {
            for outer in programs() {
                for (_, state) in outer.states() {
                    let Kind::Run { flow: run, args } = &state.kind else { continue };
                    let given = args.iter().find(|(name, _)| *run == flow && *name == param);
                    given.into_iter().for_each(|(_, given)| partner.reads(outer, given, &mut passed));
                }
            }
        }
        partner.held =
            std::mem::take(&mut partner.held).into_iter().filter(|name| program.params.contains_key(name)).collect();
        let begins = |kind| matches!(kind, CallKind::Inbound | CallKind::Join | CallKind::Outbound);
        let takes = |other: &Program| {
            let all = || other.flows.values().map(Arc::as_ref).chain([other]);
            signals.iter().all(|name| all().any(|flow| flow.signals.contains_key(name)))
        };
        let mut fit =
            lines.flows.values().map(|served| &served.program).filter(|other| begins(other.call) && takes(other));
        let mut first = fit.clone();
        let other = first.find(|other| other.call == CallKind::Inbound).or_else(|| fit.next()).filter(|_| needed)?;
        partner.flow.clone_from(&other.flow);
        partner.placed = other.call != CallKind::Inbound;
        Some(partner)
    }

    /// Where an id comes from.
    fn reads(&mut self, program: &Program, id: &Expr, passed: &mut BTreeSet<(String, String)>) {
        match id {
            Expr::Field(_, name) | Expr::OptionalField(_, name) => drop(self.fields.insert(name.clone())),
            Expr::Read(Slot::Param(name)) => {
                self.held.insert(name.clone());
                passed.insert((program.flow.clone(), name.clone()));
            }
            Expr::Read(Slot::Signal(_) | Slot::Var(_)) => self.whole = true,
            Expr::OrValue(a, b) | Expr::Conditional(_, a, b) => {
                self.reads(program, a, passed);
                self.reads(program, b, passed);
            }
            _ => {}
        }
    }

    /// Whether a field holds its id.
    pub(super) fn is_in(&self, field: &str) -> bool {
        self.fields.contains(field)
    }

    /// Whether a text by itself may be its id.
    pub(super) fn is_text(&self) -> bool {
        self.whole
    }

    /// What comes along with a signal, with its id where that may be.
    pub(super) fn told(&self, data: &Json) -> Json {
        match data {
            Json::Object(fields) => {
                let is_in = |name: &String, value: &Json| value.is_string() && self.is_in(name);
                let told = |(name, value): (&String, &Json)| {
                    (name.clone(), if is_in(name, value) { Json::from(ID) } else { value.clone() })
                };
                Json::Object(fields.iter().map(told).collect())
            }
            Json::String(_) if self.whole => Json::from(ID),
            other => other.clone(),
        }
    }

    /// The call, where a script has a text that stands for its id, or somebody says one.
    pub(super) fn given(&self, script: &mut Script, acts: &[(usize, Doing)]) {
        let params = script.params.iter().map(|(_, value)| value);
        let answers = script.answers.iter().flat_map(|(_, answers)| answers).filter_map(|answer| answer.value.as_ref());
        let data = acts.iter().filter_map(|(_, doing)| match &doing.act {
            Act::Signal { data, .. } => data.as_ref(),
            _ => None,
        });
        if params.chain(answers).chain(data).any(stands) {
            let params = self.params.iter().map(|(name, value)| (word(name), value.clone())).collect();
            let before = if self.placed { PLACED_BEFORE_MS } else { BEFORE_MS };
            let before = crate::language::source::Spanned::new(before, nowhere());
            script.calls.push(OtherCall {
                name: word(NAME),
                flow: Some(word(&self.flow)),
                before,
                from: None,
                to: None,
                params,
                stands: Vec::new(),
                steps: Vec::new(),
            });
        }
    }
}

/// Whether a value has a text that stands for the id.
fn stands(value: &Json) -> bool {
    match value {
        Json::String(text) => text == ID,
        Json::Array(items) => items.iter().any(stands),
        Json::Object(fields) => fields.values().any(stands),
        Json::Bool(_) | Json::Null | Json::Number(_) => false,
    }
}
