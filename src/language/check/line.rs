//! Whether the line is there: a forward pass over the ways of the flow with what the line may be like at each state.

use crate::language::check::kinds::Kind;
use crate::language::check::names::{Declared, Signature};
use crate::language::check::path::{self, Line};
use crate::language::check::states::option;
use crate::language::check::ways::{Arrow, End, Exits, Origin, Way};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::{BTreeMap, BTreeSet};

/// Not answered, not dialled yet.
const NOT_YET: Line = 1;
/// Up.
const UP: Line = 2;
/// Ended, or handed over.
const GONE: Line = 4;
/// An earlier finding makes anything possible: nothing is said.
const UNSURE: Line = 8;

/// How the line may be where a flow is over, by its result: what a flow that runs it has to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endings(BTreeMap<Option<String>, Line>);

impl Endings {
    fn add(&mut self, result: Option<String>, line: Line) {
        *self.0.entry(result).or_default() |= line;
    }
}

/// Findings about the line, and how it may be where the flow is over.
pub fn check(
    flow: &ast::Flow,
    declared: &Declared,
    call: Option<CallKind>,
    start: usize,
    exits: &[Exits],
    findings: &mut Vec<Diagnostic>,
) -> Endings {
    // How the call begins is not known: then nothing is said of the line.
    let first = match call {
        Some(CallKind::Live) => UP,
        Some(CallKind::Any | CallKind::Inbound | CallKind::Join | CallKind::Outbound | CallKind::RecordingReady) => {
            NOT_YET
        }
        None => UNSURE,
    };
    let lines = forward(flow, declared, start, first, exits);
    let lost = lost_in_runs(flow, declared, exits, &lines);
    let mut told = BTreeSet::new();
    let mut endings = Endings::default();
    let run_by_nobody = !matches!(call, Some(CallKind::Live | CallKind::Any));
    let from = findings.len();
    let mut by_state: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, ((state, exit), line)) in flow.states.iter().zip(exits).zip(&lines).enumerate() {
        let Some(kind) = exit.kind else { continue };
        if kind == Kind::Hangup && *line != 0 {
            endings.add(operand(state), GONE | (line & UNSURE));
        }
        let finding = there(state, kind, declared, call, *line);
        if finding.is_some() {
            by_state.insert(at, findings.len());
        }
        findings.extend(finding.map(|finding| match lost.get(&at) {
            Some((place, why)) if line & GONE != 0 => finding.and(*place, why),
            _ => finding,
        }));
        for arrow in exit.arrows() {
            let after = after(state, Some(kind), declared, &arrow.way.label, *line);
            if run_by_nobody && returns_while_up(&arrow, after) && told.insert(arrow.way.place) {
                findings.push(still_up(arrow.way.place));
            }
            if let End::Return(result) = arrow.to {
                // What fails without a way of its own is hung up.
                let hung_up = arrow.way.origin == Origin::Language && fails_by_default(exit) && after & UP != 0;
                endings.add(result.clone(), if hung_up { GONE | (after & UNSURE) } else { after });
            }
        }
    }
    // Only along ways that lead somewhere: the others have been told of.
    if findings.len() > from {
        let bad = |line: Line| line & (NOT_YET | GONE) != 0 && line & UNSURE == 0;
        let again = |line: Line| line & (NOT_YET | UNSURE) == 0;
        let asked = by_state.keys().map(|at| {
            let begins = exits[*at].kind.is_some_and(begins_a_call);
            (*at, if begins { &again as &dyn Fn(Line) -> bool } else { &bad })
        });
        let next =
            |at: usize, label: &Label, line: Line| after(&flow.states[at], exits[at].kind, declared, label, line);
        let asked: BTreeMap<usize, &dyn Fn(Line) -> bool> = asked.collect();
        for (at, witness) in path::shortest(flow, call, exits, (start, first), &next, &asked) {
            if let Some(finding) = by_state.get(&at).and_then(|place| findings.get_mut(*place)) {
                finding.witness = Some(Box::new(witness));
            }
        }
    }
    endings
}

fn begins_a_call(kind: Kind) -> bool {
    matches!(kind, Kind::Answer | Kind::Connect | Kind::Dial | Kind::Redirect | Kind::Reject)
}

/// Whether nobody says what becomes of `failed`: whoever was not reached goes the same way then.
fn fails_by_default(exit: &Exits) -> bool {
    let failed = Label::Outcome(Outcome::Failed);
    exit.ways.iter().any(|way| way.label == failed && way.origin == Origin::Language)
}

/// The states that a flow run before leads to with the line gone, by what result of it.
fn lost_in_runs(
    flow: &ast::Flow,
    declared: &Declared,
    exits: &[Exits],
    lines: &[Line],
) -> BTreeMap<usize, (Span, String)> {
    let mut lost = BTreeMap::new();
    let runs = flow.states.iter().zip(exits).zip(lines).filter(|((_, exit), _)| exit.kind == Some(Kind::Run));
    for ((state, exit), line) in runs.filter(|(_, line)| **line & GONE == 0) {
        for arrow in exit.arrows().filter(|arrow| arrow.way.label != Label::PartyLeft) {
            let gone = after(state, exit.kind, declared, &arrow.way.label, *line) & GONE != 0;
            if let (true, Some(target), Some(name)) = (gone, arrow.state(), operand(state)) {
                let why = format!("`{name}` comes to `{}` without the line too", arrow.way.label);
                lost.entry(target).or_insert((arrow.way.place, why));
            }
        }
    }
    lost
}

/// The word behind a state's kind.
fn operand(state: &ast::State) -> Option<String> {
    match &state.operand {
        Some(ast::Value::Literal(word)) => Some(word.value.clone()),
        _ => None,
    }
}

/// What the line may be like on entry to each state; nothing at all in a state that is not reached.
fn forward(flow: &ast::Flow, declared: &Declared, start: usize, first: Line, exits: &[Exits]) -> Vec<Line> {
    let mut lines = vec![0; exits.len()];
    lines[start] = first;
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let exit = &exits[state];
        for arrow in exit.arrows() {
            let Some(target) = arrow.state_or_guess() else { continue };
            let guessed = if matches!(arrow.to, End::Unknown(_)) { UNSURE } else { 0 };
            let after = after(&flow.states[state], exit.kind, declared, &arrow.way.label, lines[state]);
            let line = lines[target] | guessed | after;
            if line != lines[target] {
                lines[target] = line;
                open.push(target);
            }
        }
    }
    lines
}

/// What the line may be like after a way out of a state.
fn after(state: &ast::State, kind: Option<Kind>, declared: &Declared, label: &Label, line: Line) -> Line {
    let Some(kind) = kind else { return NOT_YET | UP | GONE | UNSURE };
    // What a state does on a line that is not there has been said; nothing follows from it.
    let up = if line & UP != 0 { line & (UP | UNSURE) } else { UNSURE };
    let gone = GONE | (line & UNSURE);
    match (kind, label) {
        (_, Label::PartyLeft) => gone,
        // It was never entered.
        (_, Label::NotEstablished) => line,
        (Kind::Answer | Kind::Connect, Label::Outcome(Outcome::Connected))
        | (Kind::Dial, Label::Outcome(Outcome::Answered)) => UP | (line & UNSURE),
        (Kind::Answer | Kind::Redirect | Kind::Reject, _) => gone,
        // Who was not reached may be dialled again.
        (Kind::Connect | Kind::Dial, _) => NOT_YET | (line & UNSURE),
        // Others stay on the line when a participant is handed over.
        (Kind::Transfer, Label::Outcome(Outcome::Accepted)) if option(state, "who").is_none() => gone,
        (Kind::Run, _) => after_run(declared.run_by(state), label, line),
        // What happens while a service works is told at the next state that needs the line.
        (Kind::Decide | Kind::Hangup | Kind::Hours | Kind::Invoke | Kind::Set | Kind::Signal, _) => line,
        (_, Label::Outcome(Outcome::Failed)) if line & UP != 0 => line,
        (
            Kind::Add
            | Kind::Collect
            | Kind::Menu
            | Kind::Move
            | Kind::Mute
            | Kind::Play
            | Kind::Query
            | Kind::Recognize
            | Kind::Remove
            | Kind::SendKeys
            | Kind::TakeMessage
            | Kind::Transfer
            | Kind::Wait,
            _,
        ) => up,
    }
}

/// What the line may be like after the flow that was run came to a result.
fn after_run(run: Option<&Signature>, label: &Label, line: Line) -> Line {
    let result = match label {
        Label::Named(result) => Some(result.clone()),
        _ => None,
    };
    match run.map(|run| (run.call, &run.endings)) {
        // It never touches the line.
        Some((Some(CallKind::Any), _)) => line,
        Some((Some(CallKind::Live), Some(endings))) if line & UP != 0 => {
            endings.0.get(&result).copied().unwrap_or_default() | (line & UNSURE)
        }
        _ => line | UNSURE,
    }
}

/// What is wrong with the state where the line is like this.
fn there(
    state: &ast::State,
    kind: Kind,
    declared: &Declared,
    call: Option<CallKind>,
    line: Line,
) -> Option<Diagnostic> {
    let span = state.kind.span;
    let wrong =
        |message: String, label: &str, help: &str| Some(Diagnostic::new(Code::F0207, message, span, label).help(help));
    if let Some(call) = call
        && let Some((message, label, help)) = never_here(kind, call)
    {
        return wrong(message, label, help);
    }
    if line == 0 || line & UNSURE != 0 {
        return None;
    }
    let name = &state.name.value;
    let once = match kind {
        Kind::Answer => Some(("answers a call that was answered before", "a call is answered once")),
        Kind::Reject => Some(("rejects a call that was answered before", "end an answered call with `hangup`")),
        Kind::Redirect => {
            Some(("redirects a call that was answered before", "hand an answered call over with `transfer`"))
        }
        Kind::Dial => Some(("dials although the call was placed before", "a call is placed once")),
        Kind::Connect => Some(("connects although the call is up already", "a call is connected once")),
        _ => None,
    };
    if let Some((what, help)) = once {
        return if line & NOT_YET == 0 { wrong(format!("`{name}` {what}"), "too late", help) } else { None };
    }
    // A flow that begins on a line needs one where it is run.
    let runs_live = kind == Kind::Run && declared.run_by(state).is_some_and(|run| run.call == Some(CallKind::Live));
    if !(kind.needs_line() || runs_live) || line == UP {
        return None;
    }
    let (label, help) = if line & GONE == 0 {
        let help = match call {
            Some(CallKind::Outbound) => "`dial` comes first",
            Some(CallKind::Join) => "`connect` comes first",
            Some(CallKind::Any | CallKind::RecordingReady) => {
                "a flow that begins so never has a line; one that others run while they have it begins `live`"
            }
            Some(CallKind::Inbound | CallKind::Live) | None => "`answer` comes first",
        };
        ("no call is up here yet", help)
    } else {
        let label =
            if line & UP == 0 { "nobody is on the line any more" } else { "nobody may be on the line any more" };
        (label, "end with `hangup`, which says nothing when nobody is there")
    };
    let message = if line & UP == 0 {
        format!("`{name}` needs the line, which is never up here")
    } else {
        format!("`{name}` needs the line, which is not up here on every way")
    };
    wrong(message, label, help)
}

/// A kind that a flow that begins so never has.
fn never_here(kind: Kind, call: CallKind) -> Option<(String, &'static str, &'static str)> {
    let word = call.word();
    let an = if word.starts_with(['a', 'i', 'o']) { "an" } else { "a" };
    match (kind, call) {
        (Kind::Answer | Kind::Redirect | Kind::Reject, CallKind::Inbound)
        | (Kind::Dial, CallKind::Outbound)
        | (Kind::Connect, CallKind::Join) => None,
        (Kind::Answer, CallKind::Outbound) => {
            Some(("an outbound flow answers nothing".to_owned(), "nobody calls here", "use `dial`"))
        }
        (Kind::Dial, CallKind::Inbound) => {
            let help = "use `answer`; to hand the caller over, use `transfer`";
            Some(("an inbound flow dials nobody".to_owned(), "the caller is there already", help))
        }
        (Kind::Answer | Kind::Redirect | Kind::Reject, _) => Some((
            format!("{an} {word} flow has no call that rings"),
            "nobody calls here",
            "only a flow that begins `inbound` answers, redirects or rejects",
        )),
        (Kind::Dial, _) => Some((
            format!("{an} {word} flow dials nobody"),
            "not the beginning of a call",
            "a flow that dials begins `outbound`; to bring somebody in, use `add`",
        )),
        (Kind::Connect, _) => Some((
            format!("{an} {word} flow connects to nothing"),
            "not the beginning of a call",
            "a flow that connects to a call that is going on begins `join`",
        )),
        _ => None,
    }
}

fn returns_while_up(arrow: &Arrow, line: Line) -> bool {
    let written = |way: &Way| way.origin != Origin::Language;
    matches!(arrow.to, End::Return(_)) && line & UP != 0 && line & UNSURE == 0 && written(arrow.way)
}

fn still_up(place: Span) -> Diagnostic {
    Diagnostic::new(Code::F0206, "the flow returns while the line is up", place, "somebody may still be on the line")
        .help("lead to a `hangup` state, which ends the call with the flow's result")
}
