//! Whether the line is there: a forward pass over the ways of the flow with what the line may be like at each state.

use crate::language::check::kinds::Kind;
use crate::language::check::states::option;
use crate::language::check::ways::{Arrow, End, Exits, Origin, Way};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::source::Span;
use crate::language::syntax::ast;
use crate::platform::outcomes::Outcome;
use std::collections::BTreeSet;

/// What the line may be like: a set of these.
type Line = u8;
/// Not answered, not dialled yet.
const NOT_YET: Line = 1;
/// Up.
const UP: Line = 2;
/// Ended, or handed over.
const GONE: Line = 4;
/// An earlier finding makes anything possible: nothing is said.
const UNSURE: Line = 8;

/// Findings about the line.
pub fn check(flow: &ast::Flow, call: Option<CallKind>, start: usize, exits: &[Exits], findings: &mut Vec<Diagnostic>) {
    // How the call begins is not known: then nothing is said of the line.
    let first = match call {
        Some(CallKind::Live) => UP,
        Some(CallKind::Any | CallKind::Inbound | CallKind::Join | CallKind::Outbound | CallKind::RecordingReady) => {
            NOT_YET
        }
        None => UNSURE,
    };
    let lines = forward(flow, start, first, exits);
    let mut told = BTreeSet::new();
    let run_by_nobody = !matches!(call, Some(CallKind::Live | CallKind::Any));
    for ((state, exit), line) in flow.states.iter().zip(exits).zip(&lines) {
        let Some(kind) = exit.kind else { continue };
        findings.extend(there(state, kind, call, *line));
        for arrow in exit.arrows() {
            let after = after(state, Some(kind), &arrow.way.label, *line);
            if run_by_nobody && returns_while_up(&arrow, after) && told.insert(arrow.way.place) {
                findings.push(still_up(arrow.way.place));
            }
        }
    }
}

/// What the line may be like on entry to each state; nothing at all in a state that is not reached.
fn forward(flow: &ast::Flow, start: usize, first: Line, exits: &[Exits]) -> Vec<Line> {
    let mut lines = vec![0; exits.len()];
    lines[start] = first;
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let exit = &exits[state];
        for arrow in exit.arrows() {
            let Some(target) = arrow.state_or_guess() else { continue };
            let guessed = if matches!(arrow.to, End::Unknown(_)) { UNSURE } else { 0 };
            let line = lines[target] | guessed | after(&flow.states[state], exit.kind, &arrow.way.label, lines[state]);
            if line != lines[target] {
                lines[target] = line;
                open.push(target);
            }
        }
    }
    lines
}

/// What the line may be like after a way out of a state.
fn after(state: &ast::State, kind: Option<Kind>, label: &Label, line: Line) -> Line {
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
        // What the other flow leaves behind is not looked into.
        (Kind::Run, _) => line | UNSURE,
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

/// What is wrong with the state where the line is like this.
fn there(state: &ast::State, kind: Kind, call: Option<CallKind>, line: Line) -> Option<Diagnostic> {
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
    if !kind.needs_line() || line == UP {
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
