//! Whole files through both readers.

mod any;
mod large;
mod native;
mod twins;
mod yaml;

use crate::language::diagnostic::Diagnostic;
use crate::language::source::Sources;
use crate::language::syntax::ast::{Flow, Spelling};
use crate::language::syntax::read_flow;

/// A text read as a flow, with its findings as `CODE line:column message`.
fn read(text: &str, spelling: Spelling) -> (Flow, Vec<String>) {
    let mut sources = Sources::default();
    let file = sources.add("case", text);
    let (flow, found) = read_flow(&sources, file, spelling);
    (flow, found.iter().map(|finding| line(&sources, finding)).collect())
}

fn line(sources: &Sources, finding: &Diagnostic) -> String {
    let at = sources.position(finding.primary.span);
    format!("{} {}:{} {}", finding.code, at.line, at.column, finding.message)
}
