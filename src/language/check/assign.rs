//! Definite assignment: what a state reads has been saved, or shown to be there, on every way that leads to it.
//!
//! A forward pass; the set at a state is what holds on all ways to it. Sets are bits over the names that are read or shown.

use crate::language::check::exprs::Need;
use crate::language::check::kinds::Kind;
use crate::language::check::names::Declared;
use crate::language::check::states::Parts;
use crate::language::check::ways::{End, Exits};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::Label;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// A set of names, by number.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn new(names: usize) -> Set {
        Set(vec![0; names.div_ceil(64)])
    }

    fn insert(&mut self, name: usize) {
        self.0[name / 64] |= 1 << (name % 64);
    }

    fn remove(&mut self, name: usize) {
        self.0[name / 64] &= !(1 << (name % 64));
    }

    fn contains(&self, name: usize) -> bool {
        self.0[name / 64] & (1 << (name % 64)) != 0
    }

    /// Keeps what is in both; whether that took something away.
    fn keep(&mut self, other: &Set) -> bool {
        let before = self.clone();
        self.0.iter_mut().zip(&other.0).for_each(|(a, b)| *a &= b);
        *self != before
    }
}

/// Findings about what is read before it is there.
pub fn check(
    flow: &ast::Flow,
    declared: &Declared,
    start: usize,
    exits: &[Exits],
    parts: &[Parts],
    findings: &mut Vec<Diagnostic>,
) {
    // Only what somebody needs matters.
    let needed: BTreeSet<&str> =
        parts.iter().flat_map(|parts| &parts.needs).map(|need: &Need| need.path.as_str()).collect();
    let numbers: BTreeMap<&str, usize> = needed.iter().enumerate().map(|(number, name)| (*name, number)).collect();
    let sets = forward(flow, start, exits, parts, &numbers);
    for (state, set) in parts.iter().zip(&sets) {
        let Some(set) = set else { continue };
        let mut told = BTreeSet::new();
        for need in &state.needs {
            if !set.contains(numbers[need.path.as_str()]) && told.insert(&need.path) {
                findings.push(not_there(need, declared));
            }
        }
    }
}

/// What is there on every way to each state; `None` for a state that is not reached.
fn forward(
    flow: &ast::Flow,
    start: usize,
    exits: &[Exits],
    parts: &[Parts],
    numbers: &BTreeMap<&str, usize>,
) -> Vec<Option<Set>> {
    let mut sets: Vec<Option<Set>> = vec![None; exits.len()];
    sets[start] = Some(Set::new(numbers.len()));
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let Some(before) = sets[state].clone() else { continue };
        for arrow in exits[state].arrows() {
            let Some(target) = arrow.state_or_guess() else { continue };
            let unsure = exits[state].kind.is_none() || matches!(arrow.to, End::Unknown(_));
            let mut after = before.clone();
            if unsure {
                // An earlier finding makes anything possible: nothing is said.
                (0..numbers.len()).for_each(|name| after.insert(name));
            } else {
                saved(&flow.states[state], &parts[state], &arrow.way.label, numbers, &mut after);
                shown(&exits[state], &parts[state], &arrow.way.label, numbers, &mut after);
            }
            let changed = match &mut sets[target] {
                Some(known) => known.keep(&after),
                slot @ None => {
                    *slot = Some(after);
                    true
                }
            };
            if changed {
                open.push(target);
            }
        }
    }
    sets
}

/// What a state saves on this way out; what was shown of the old value no longer counts.
fn saved(state: &ast::State, parts: &Parts, label: &Label, numbers: &BTreeMap<&str, usize>, set: &mut Set) {
    let saves = |name: &str, sure: bool, set: &mut Set| {
        let fields = format!("{name}.");
        for (field, number) in numbers.range(fields.as_str()..) {
            if !field.starts_with(&fields) {
                break;
            }
            set.remove(*number);
        }
        match numbers.get(name) {
            Some(number) if sure => set.insert(*number),
            Some(number) => set.remove(*number),
            None => {}
        }
    };
    let operand = match &state.operand {
        Some(ast::Value::Literal(word)) => word.value.as_str(),
        _ => "",
    };
    match (state.kind.value.as_str(), label) {
        ("recognize", Label::Outcome(Outcome::Heard | Outcome::Partial))
        | ("invoke" | "query", Label::Outcome(Outcome::Ok)) => {
            state.save.iter().for_each(|save| saves(&save.value, true, set));
        }
        ("collect", Label::Outcome(Outcome::Filled)) => saves(operand, true, set),
        // Whatever comes of it, there is a recording, perhaps an empty one.
        ("take_message", _) if *label != Label::NotEstablished => saves(operand, true, set),
        ("set", _) => state.args.iter().for_each(|(name, _)| saves(&name.value, parts.sure.contains(&name.value), set)),
        _ => {}
    }
}

/// A branch of a decide shows what its condition, and those before it, asked for.
fn shown(exit: &Exits, parts: &Parts, label: &Label, numbers: &BTreeMap<&str, usize>, set: &mut Set) {
    if exit.kind != Some(Kind::Decide) {
        return;
    }
    let branch = match label {
        Label::Branch(number) => *number as usize,
        // The last, when there is one at all.
        Label::Else => parts.shown.len().saturating_sub(1),
        _ => return,
    };
    for name in parts.shown.get(branch).into_iter().flatten() {
        if let Some(number) = numbers.get(name.as_str()) {
            set.insert(*number);
        }
    }
}

fn not_there(need: &Need, declared: &Declared) -> Diagnostic {
    let root = need.path.split('.').next().unwrap_or_default();
    let optional = match declared.vars.get(need.path.as_str()) {
        Some(Some(ty)) => ty.is_optional(),
        _ => true,
    };
    let message = format!("`{}` may not be there yet", need.path);
    let finding = Diagnostic::new(Code::F0407, message, need.span, "not on every way that leads here");
    let finding = finding.for_want_of("value", &need.path);
    match (declared.vars.contains_key(root), optional) {
        (true, false) => finding.help("save it on every way here, or declare it with `?` and ask `has()`"),
        _ => {
            finding.help(format!("ask `has({0})` first, or give a value for its absence: `{0}.orValue(…)`", need.path))
        }
    }
}
