//! The shortest call that comes to a state in which the line is not as the state needs it.

use crate::language::check::kinds::Kind;
use crate::language::check::ways::{Arrow, Exits};
use crate::language::diagnostic::{Witness, WitnessStep};
use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What of a call is followed.
pub(super) type Line = u8;

/// A state that a call came to.
struct Place {
    state: usize,
    line: Line,
    /// The place before, and what happened there.
    from: Option<(usize, WitnessStep)>,
}

/// By state the shortest call after which the line is as asked for there. One search for all of them.
pub(super) fn shortest(
    flow: &ast::Flow,
    call: Option<CallKind>,
    exits: &[Exits],
    (start, first): (usize, Line),
    after: &dyn Fn(usize, &Label, Line) -> Line,
    asked: &BTreeMap<usize, &dyn Fn(Line) -> bool>,
) -> BTreeMap<usize, Witness> {
    let mut places = vec![Place { state: start, line: first, from: None }];
    let mut seen = BTreeSet::from([(start, first)]);
    let mut queue = VecDeque::from([0]);
    let mut found = BTreeMap::new();
    let name = || flow.name.as_ref().map(|name| name.value.clone()).unwrap_or_default();
    while let Some(at) = queue.pop_front() {
        let (state, line) = (places[at].state, places[at].line);
        if asked.get(&state).is_some_and(|is| is(line)) && !found.contains_key(&state) {
            let mut steps = Vec::new();
            let mut here = at;
            while let Some((from, step)) = &places[here].from {
                steps.push(step.clone());
                here = *from;
            }
            steps.reverse();
            let at = flow.states[state].name.value.clone();
            found.insert(state, Witness { flow: name(), steps, ends_in: name(), at });
        }
        if found.len() == asked.len() {
            break;
        }
        for arrow in exits[state].arrows() {
            let Some(target) = arrow.state() else { continue };
            let now = after(state, &arrow.way.label, line);
            if now != 0 && seen.insert((target, now)) {
                queue.push_back(places.len());
                let step = step(flow, call, exits[state].kind, state, &arrow);
                places.push(Place { state: target, line: now, from: Some((at, step)) });
            }
        }
    }
    found
}

fn step(flow: &ast::Flow, call: Option<CallKind>, kind: Option<Kind>, state: usize, arrow: &Arrow<'_>) -> WitnessStep {
    let written = &flow.states[state];
    let used_up = arrow.way.limit.is_some() && !arrow.limited;
    WitnessStep {
        flow: flow.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        state: written.name.value.clone(),
        outcome: arrow.way.label.to_string(),
        used_up,
        words: words(written, call, kind, &arrow.way.label),
    }
}

/// What happens there, in a few words; empty where nobody would notice.
fn words(state: &ast::State, call: Option<CallKind>, kind: Option<Kind>, label: &Label) -> String {
    let name = &state.name.value;
    let operand = match &state.operand {
        Some(ast::Value::Literal(word)) => word.value.as_str(),
        _ => "the target",
    };
    match label {
        Label::PartyLeft if call == Some(CallKind::Inbound) => "the caller hangs up".to_owned(),
        Label::PartyLeft => "the party hangs up".to_owned(),
        Label::Choice(choice) => {
            let key = state.choices.iter().find(|one| one.name.value == *choice).and_then(|one| one.key.as_ref());
            key.map_or_else(|| format!("choose {choice}"), |key| format!("press {} ({choice})", key.value))
        }
        Label::Named(result) if kind == Some(Kind::Run) => format!("`{operand}` comes to {result}"),
        Label::Named(result) => format!("{operand} answers {result}"),
        Label::Else | Label::Branch(_) => format!("`{name}` takes {label}"),
        Label::NotEstablished => "the conditions of the group cannot be brought about".to_owned(),
        Label::Outcome(outcome) => match outcome {
            Outcome::Failed => format!("`{name}` fails"),
            Outcome::Exhausted | Outcome::NoInput => "stay silent".to_owned(),
            Outcome::Connected => "the call is answered".to_owned(),
            Outcome::Answered => "the party answers".to_owned(),
            Outcome::Accepted => "the transfer is accepted".to_owned(),
            Outcome::Busy | Outcome::Declined | Outcome::NoAnswer | Outcome::Unreachable => {
                format!("`{name}` comes to {}", outcome.word())
            }
            Outcome::Done | Outcome::Ok => String::new(),
            Outcome::Closed
            | Outcome::Empty
            | Outcome::Filled
            | Outcome::Heard
            | Outcome::Holiday
            | Outcome::Joined
            | Outcome::Missing
            | Outcome::NoMatch
            | Outcome::Open
            | Outcome::Partial
            | Outcome::Recorded => format!("`{name}` comes to {}", outcome.word()),
        },
        Label::After { .. } | Label::Key { .. } | Label::Left(_) | Label::Signal(_) => label.to_string(),
    }
}
