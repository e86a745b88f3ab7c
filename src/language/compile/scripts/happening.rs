//! Scenarios that cannot happen, whatever the flow does: somebody who is not on the line is to do or hear something, or the call
//! reaches another flow. Only what is certain is said: where the flow may call somebody else afterwards, nothing is.

use crate::language::compile::scripts::{PARTY, begins, misfits, running};
use crate::language::compile::{CompiledFlow, Project};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::flow::expr::Expr;
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Program};
use crate::language::source::Word;
use crate::language::syntax::ast::{Act, Script, Step};
use petgraph::graph::NodeIndex;
use std::collections::BTreeSet;

/// What cannot happen.
pub(super) fn check(script: &Script, project: &Project, flow: &CompiledFlow, program: &Program) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(script.steps.first().and_then(|step| match &step.act {
        Act::CallFrom { to: Some(to), .. } => elsewhere(project, flow, to),
        _ => None,
    }));
    let line = Line::of(program);
    let (first, rest) = match script.steps.split_first() {
        Some((first, rest)) if begins(&first.act) => (Some(first), rest),
        _ => (None, &script.steps[..]),
    };
    let impossible = match line {
        Line::Never => never(flow, rest),
        Line::Once { ring_for } => {
            first.and_then(|first| unanswered(first, rest, ring_for)).or_else(|| after_leaving(&script.steps))
        }
        Line::Perhaps => None,
    };
    found.extend(impossible);
    found
}

/// How often a flow has the party on the line.
enum Line {
    /// It never answers.
    Never,
    /// At most once.
    Once {
        /// How long it rings, in milliseconds, where it dials and that is written.
        ring_for: Option<u64>,
    },
    /// Who knows.
    Perhaps,
}

impl Line {
    fn of(program: &Program) -> Line {
        let kinds = || running(program).flat_map(Program::states).map(|(_, state)| &state.kind);
        let dials: Vec<NodeIndex> = program
            .states()
            .filter(|(_, state)| matches!(state.kind, Kind::Dial { .. }))
            .map(|(node, _)| node)
            .collect();
        let all_dials = kinds().filter(|kind| matches!(kind, Kind::Dial { .. })).count();
        match program.call {
            CallKind::Inbound if all_dials > 0 => Line::Perhaps,
            CallKind::Inbound if !kinds().any(|kind| matches!(kind, Kind::Answer | Kind::Connect { .. })) => {
                Line::Never
            }
            CallKind::Inbound => Line::Once { ring_for: None },
            CallKind::Outbound => match dials.as_slice() {
                [only] if all_dials == 1 && !leads_back(program, *only) => rung(program, *only),
                _ => Line::Perhaps,
            },
            CallKind::Any | CallKind::Join | CallKind::Live | CallKind::RecordingReady => Line::Perhaps,
        }
    }
}

/// Whether a state can be entered again.
fn leads_back(program: &Program, from: NodeIndex) -> bool {
    let mut seen = BTreeSet::new();
    let mut open: Vec<NodeIndex> = program.graph.neighbors(from).collect();
    while let Some(next) = open.pop() {
        if next == from {
            return true;
        }
        if seen.insert(next) {
            open.extend(program.graph.neighbors(next));
        }
    }
    false
}

/// What a `dial` says of the party: of several who are rung nothing is certain.
fn rung(program: &Program, dial: NodeIndex) -> Line {
    let state = program.states().find(|(node, _)| *node == dial).map(|(_, state)| &state.kind);
    let Some(Kind::Dial { to, ring_for, .. }) = state else { return Line::Perhaps };
    if to.len() > 1 {
        return Line::Perhaps;
    }
    match ring_for {
        Expr::Const(Value::Duration(ms)) => Line::Once { ring_for: u64::try_from(*ms).ok() },
        _ => Line::Once { ring_for: None },
    }
}

/// A number that leads to another flow, or to none.
pub(super) fn elsewhere(project: &Project, flow: &CompiledFlow, to: &Word) -> Option<Diagnostic> {
    if project.routes.is_empty() {
        return None;
    }
    let message = format!("a call to `{}` does not reach flow `{}`", to.value, flow.name);
    match project.answering(&to.value) {
        Some(other) if other.name == flow.name => None,
        Some(other) => {
            let finding = Diagnostic::new(Code::F0702, message, to.span, "the routes lead elsewhere");
            Some(
                finding
                    .and(other.span, "this flow answers it")
                    .help("`routes.yaml` says which flow answers which number"),
            )
        }
        None => {
            let finding = misfits(flow, message, to.span, "no flow answers this number", "the flow");
            Some(finding.help("bind the number in `routes.yaml`, or leave `to` out"))
        }
    }
}

/// Something that is done or heard in a call that is never answered. One can hang up all the same.
fn never(flow: &CompiledFlow, steps: &[Step]) -> Option<Diagnostic> {
    let on_the_line = |step: &&Step| matches!(step.act, Act::Hear(_) | Act::HearStart(_) | Act::Press(_) | Act::Say(_));
    let step = steps.iter().find(on_the_line)?;
    let message = "the call is never answered".to_owned();
    Some(misfits(flow, message, step.span, "nobody is on the line", "no state of the flow answers"))
}

/// A step in a call that was not answered, and is not placed again.
fn unanswered(first: &Step, rest: &[Step], ring_for: Option<u64>) -> Option<Diagnostic> {
    let label = match (&first.act, ring_for) {
        (Act::Busy, _) => "the phone is engaged".to_owned(),
        (Act::Decline, _) => "the call is declined".to_owned(),
        (Act::NoAnswer, _) => "nobody answers".to_owned(),
        (Act::AnswerAfter(ms), Some(most)) if *ms >= most => {
            format!("too late: the flow lets it ring for {}", duration::show(most))
        }
        _ => return None,
    };
    let step = rest.first()?;
    let message = "nobody is on the line";
    let finding = Diagnostic::new(Code::F0702, message, step.span, "this cannot happen").and(first.span, label);
    Some(finding.help("leave it out: the flow calls once"))
}

/// A step of the party after they have left.
fn after_leaving(steps: &[Step]) -> Option<Diagnostic> {
    let of_party = |step: &&Step| step.who.as_ref().is_none_or(|who| who.value == PARTY);
    let mut own = steps.iter().filter(of_party);
    let left = own.find(|step| step.act == Act::HangUp)?;
    let next = own.next()?;
    let finding = Diagnostic::new(Code::F0702, "the party has left", next.span, "this cannot happen");
    Some(finding.and(left.span, "they hang up here").help("`hang up` is the party's last step"))
}
