//! Every rule of the checker, by flows as people write them. An expectation is a list of findings, each as its code and the
//! words it points at.

mod calendars;
mod exprs;
mod flows;
mod functions;
mod graphs;
mod lent;
mod libraries;
mod names;
mod outcomes;
mod prompts;
mod secrets;
mod services;

use crate::language::check;
use crate::language::check::checked::Checked;
use crate::language::check::names::World;
use crate::language::check::unread::Unread;
use crate::language::diagnostic::{Diagnostic, tidy};
use crate::language::source::Sources;
use crate::language::syntax;
use crate::language::syntax::ast::Spelling;

/// Reads and checks a native flow, the first line left out.
pub(crate) fn check(text: &str, world: &World) -> (Option<Checked>, Vec<Diagnostic>, Sources) {
    let mut sources = Sources::default();
    let file = sources.add("t.flow", format!("flowc 1\n{text}"));
    let (flow, mut found) = syntax::read_flow(&sources, file, Spelling::Native);
    let unread = Unread::of(&sources, &found);
    let verdict = check::flow(&flow, world, &unread);
    found.extend(verdict.findings);
    tidy(&mut found);
    (verdict.checked, found, sources)
}

/// What is found in a flow: `F0102 mneu`.
pub(crate) fn found(text: &str) -> Vec<String> {
    found_in(text, &World::default())
}

/// The same with libraries.
pub(crate) fn found_in(text: &str, world: &World) -> Vec<String> {
    let (_, found, sources) = check(text, world);
    found.iter().map(|finding| format!("{} {}", finding.code, sources.snippet(finding.primary.span).trim())).collect()
}

/// What the findings advise.
pub(crate) fn help(text: &str) -> Vec<String> {
    let (_, found, _) = check(text, &World::default());
    found.into_iter().filter_map(|finding| finding.help).collect()
}

/// An inbound flow that answers and says good-bye, with `lines` between, starting at `s`.
pub(crate) fn inbound(lines: &str) -> String {
    format!("flow t inbound\nstart a\na: answer -> s\n{lines}\nbye: hangup\n")
}
