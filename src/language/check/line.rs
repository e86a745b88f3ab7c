//! Whether the line is there: a forward pass over the ways of the flow with what the line may be like at each state.

use crate::language::check::kinds::Kind;
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
    let first = if call.is_some() { NOT_YET } else { UNSURE };
    let lines = forward(start, first, exits);
    let mut told = BTreeSet::new();
    for ((state, exit), line) in flow.states.iter().zip(exits).zip(&lines) {
        let Some(kind) = exit.kind else { continue };
        findings.extend(there(state, kind, call, *line));
        for arrow in exit.arrows() {
            let after = after(Some(kind), &arrow.way.label, *line);
            if returns_while_up(&arrow, after) && told.insert(arrow.way.place) {
                findings.push(still_up(arrow.way.place));
            }
        }
    }
}

/// What the line may be like on entry to each state; nothing at all in a state that is not reached.
fn forward(start: usize, first: Line, exits: &[Exits]) -> Vec<Line> {
    let mut lines = vec![0; exits.len()];
    lines[start] = first;
    let mut open = vec![start];
    while let Some(state) = open.pop() {
        let exit = &exits[state];
        for arrow in exit.arrows() {
            let Some(target) = arrow.state_or_guess() else { continue };
            let guessed = if matches!(arrow.to, End::Unknown(_)) { UNSURE } else { 0 };
            let line = lines[target] | guessed | after(exit.kind, &arrow.way.label, lines[state]);
            if line != lines[target] {
                lines[target] = line;
                open.push(target);
            }
        }
    }
    lines
}

/// What the line may be like after a way out of a state.
fn after(kind: Option<Kind>, label: &Label, line: Line) -> Line {
    let Some(kind) = kind else { return NOT_YET | UP | GONE | UNSURE };
    // What a state does on a line that is not there has been said; nothing follows from it.
    let up = if line & UP != 0 { line & (UP | UNSURE) } else { UNSURE };
    match (kind, label) {
        (_, Label::PartyLeft) => GONE | (line & UNSURE),
        (Kind::Answer, Label::Outcome(Outcome::Connected)) | (Kind::Dial, Label::Outcome(Outcome::Answered)) => {
            UP | (line & UNSURE)
        }
        (Kind::Answer, _) => GONE | (line & UNSURE),
        // A callee who was not reached may be dialled again.
        (Kind::Dial, _) => NOT_YET | (line & UNSURE),
        (Kind::Transfer, Label::Outcome(Outcome::Accepted)) => GONE | (line & UNSURE),
        (Kind::Menu | Kind::Play | Kind::Recognize | Kind::Transfer, Label::Outcome(Outcome::Failed))
            if line & UP != 0 =>
        {
            line
        }
        (Kind::Menu | Kind::Play | Kind::Recognize | Kind::Transfer, _) => up,
        (Kind::Decide | Kind::Hangup, _) => line,
    }
}

/// What is wrong with the state where the line is like this.
fn there(state: &ast::State, kind: Kind, call: Option<CallKind>, line: Line) -> Option<Diagnostic> {
    let span = state.kind.span;
    let wrong =
        |message: String, label: &str, help: &str| Some(Diagnostic::new(Code::F0207, message, span, label).help(help));
    match (kind, call) {
        (Kind::Answer, Some(CallKind::Outbound)) => {
            return wrong("an outbound flow answers nothing".to_owned(), "nobody calls here", "use `dial`");
        }
        (Kind::Dial, Some(CallKind::Inbound)) => {
            let help = "use `answer`; to hand the caller over, use `transfer`";
            return wrong("an inbound flow dials nobody".to_owned(), "the caller is there already", help);
        }
        _ => {}
    }
    if line == 0 || line & UNSURE != 0 {
        return None;
    }
    let name = &state.name.value;
    match kind {
        Kind::Answer if line & NOT_YET == 0 => {
            wrong(format!("`{name}` answers a call that was answered before"), "too late", "a call is answered once")
        }
        Kind::Dial if line & NOT_YET == 0 => {
            wrong(format!("`{name}` dials although the call was placed before"), "too late", "a call is placed once")
        }
        Kind::Menu | Kind::Play | Kind::Recognize | Kind::Transfer if line != UP => {
            let (label, help) = if line & GONE == 0 {
                let first = if call == Some(CallKind::Outbound) { "dial" } else { "answer" };
                ("no call is up here yet", format!("`{first}` comes first"))
            } else {
                let label = if line & UP == 0 {
                    "nobody is on the line any more"
                } else {
                    "nobody may be on the line any more"
                };
                (label, "end with `hangup`, which says nothing when nobody is there".into())
            };
            let message = if line & UP == 0 {
                format!("`{name}` needs the line, which is never up here")
            } else {
                format!("`{name}` needs the line, which is not up here on every way")
            };
            wrong(message, label, &help)
        }
        Kind::Answer
        | Kind::Decide
        | Kind::Dial
        | Kind::Hangup
        | Kind::Menu
        | Kind::Play
        | Kind::Recognize
        | Kind::Transfer => None,
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
