//! Definite assignment: what a state reads has been saved, or shown to be there, on every way that leads to it.
//!
//! A forward pass; the set at a state is what holds on all ways to it. Sets are bits over the names that are read or shown.

use crate::language::check::exprs::Need;
use crate::language::check::kinds::Kind;
use crate::language::check::names::Declared;
use crate::language::check::presence::Presence;
use crate::language::check::states::Parts;
use crate::language::check::ways::{End, Exits};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::Label;
use crate::language::flow::types::Type;
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

/// Where states are entered from outside.
pub struct Entered<'a> {
    /// The first state.
    pub start: usize,
    /// What has to be there where a group is entered.
    pub needs: &'a BTreeMap<&'a str, Vec<Need>>,
}

impl<'a> Entered<'a> {
    /// What the conditions of a state's group need, for a state by which the group is entered.
    fn of(&self, flow: &'a ast::Flow, exits: &[Exits]) -> Vec<&'a [Need]> {
        let group = |state: usize| flow.states[state].group.as_ref().map(|group| group.value.as_str());
        let mut entered: Vec<&[Need]> = vec![&[]; flow.states.len()];
        if self.needs.values().all(Vec::is_empty) {
            return entered;
        }
        let arrows = exits.iter().enumerate().flat_map(|(from, exits)| {
            exits.arrows().filter_map(move |arrow| Some((Some(from), arrow.state_or_guess()?)))
        });
        for (from, to) in arrows.chain([(None, self.start)]) {
            let Some(name) = group(to).filter(|name| from.and_then(group) != Some(*name)) else { continue };
            entered[to] = self.needs.get(name).map_or(&[], Vec::as_slice);
        }
        entered
    }
}

/// Findings about what is read before it is there: one for each name, at the first place.
pub fn check(
    flow: &ast::Flow,
    declared: &Declared,
    entered: &Entered,
    exits: &[Exits],
    parts: &[Parts],
    findings: &mut Vec<Diagnostic>,
) {
    // Only what somebody needs or copies matters.
    let entering = entered.of(flow, exits);
    let needs = |state: usize| parts[state].needs.iter().chain(entering[state]);
    let needed = (0..parts.len()).flat_map(needs).map(|need| need.path.as_str());
    let copied = parts.iter().flat_map(|parts| parts.set.copies());
    let needed: BTreeSet<&str> = needed.chain(copied).collect();
    let numbers: BTreeMap<&str, usize> = needed.iter().enumerate().map(|(number, name)| (*name, number)).collect();
    let sets = forward(flow, declared, entered.start, exits, parts, &numbers);
    let mut missing: BTreeMap<&str, Vec<&Need>> = BTreeMap::new();
    for (state, set) in sets.iter().enumerate() {
        let Some(set) = set else { continue };
        let absent = needs(state).filter(|need| !set.contains(numbers[need.path.as_str()]));
        absent.for_each(|need| missing.entry(&need.path).or_default().push(need));
    }
    findings.extend(missing.into_values().filter_map(|mut needs| {
        needs.sort_by_key(|need| (need.span.start, need.span.end));
        needs.dedup_by_key(|need| need.span);
        not_there(&needs, declared)
    }));
}

/// What is there on every way to each state; `None` for a state that is not reached.
fn forward(
    flow: &ast::Flow,
    declared: &Declared,
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
                saved(&flow.states[state], &parts[state], &arrow.way.label, declared, numbers, &mut after);
                came_along(declared, &arrow.way.label, numbers, &mut after);
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

/// A value has a new one, surely or perhaps none; what was shown of the old one no longer counts.
fn renew(name: &str, sure: bool, numbers: &BTreeMap<&str, usize>, set: &mut Set) {
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
}

/// The way on which a signal leads has what came along with it.
fn came_along(declared: &Declared, label: &Label, numbers: &BTreeMap<&str, usize>, set: &mut Set) {
    let Label::Signal(name) = label else { return };
    // A name of the flow's own stands for itself.
    if declared.vars.contains_key("signals") || declared.params.contains_key("signals") {
        return;
    }
    if let Some(Some(Some(ty))) = declared.signals.get(name.as_str()) {
        renew(&format!("signals.{name}"), !ty.is_optional(), numbers, set);
    }
}

/// What a state saves on this way out.
fn saved(
    state: &ast::State,
    parts: &Parts,
    label: &Label,
    declared: &Declared,
    numbers: &BTreeMap<&str, usize>,
    set: &mut Set,
) {
    let saves = |name: &str, sure: bool, set: &mut Set| renew(name, sure, numbers, set);
    let operand = match &state.operand {
        Some(ast::Value::Literal(word)) => word.value.as_str(),
        _ => "",
    };
    match (state.kind.value.as_str(), label) {
        ("recognize", Label::Outcome(Outcome::Heard | Outcome::Partial)) | ("query", Label::Outcome(Outcome::Ok)) => {
            state.save.iter().for_each(|save| saves(&save.value, true, set));
        }
        ("invoke", Label::Outcome(Outcome::Ok)) => {
            // A service may answer that there is nothing.
            let absent = declared.operation(operand).and_then(|operation| operation.ok.as_ref());
            let sure = !absent.is_some_and(Type::is_optional);
            state.save.iter().for_each(|save| saves(&save.value, sure, set));
        }
        ("collect", Label::Outcome(Outcome::Filled)) => saves(operand, true, set),
        // Whatever comes of it, there is a recording, perhaps an empty one.
        ("take_message", _) if *label != Label::NotEstablished => saves(operand, true, set),
        ("set", _) => {
            let before = set.clone();
            for (name, _) in &state.args {
                let sure = match parts.set.of(&name.value) {
                    // One in error has been said where it stands.
                    Some(Presence::Sure) | None => true,
                    Some(Presence::As(path)) => {
                        numbers.get(path.as_str()).is_some_and(|number| before.contains(*number))
                    }
                    Some(Presence::Unsure) => false,
                };
                saves(&name.value, sure, set);
            }
        }
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

/// Further places shown beside the first.
const PLACES: usize = 3;

fn not_there(needs: &[&Need], declared: &Declared) -> Option<Diagnostic> {
    let (need, others) = needs.split_first()?;
    let root = need.path.split('.').next().unwrap_or_default();
    let optional = match declared.vars.get(need.path.as_str()) {
        Some(Some(ty)) => ty.is_optional(),
        _ => true,
    };
    let message = format!("`{}` may not be there yet", need.path);
    let finding = Diagnostic::new(Code::F0407, message, need.span, "not on every way that leads here");
    let finding = others.iter().take(PLACES).fold(finding, |finding, other| finding.and(other.span, "nor here"));
    Some(match (declared.vars.contains_key(root), optional) {
        (true, false) => finding.help("save it on every way here, or declare it with `?` and ask `has()`"),
        _ => {
            finding.help(format!("ask `has({0})` first, or give a value for its absence: `{0}.orValue(…)`", need.path))
        }
    })
}
