//! A flow's tree and comments to text in either spelling: one way of writing for everybody.
//!
//! What is written is read again, and given out only if it builds the same tree. Knows syntax; never what a name stands for.

mod anchors;
mod attach;
mod doc;
mod expr;
mod native;
mod page;
mod same;
mod weave;
mod words;
mod yaml;

use crate::language::diagnostic::{Code, Diagnostic, Severity, did_you_mean};
use crate::language::format::anchors::Anchors;
use crate::language::format::attach::Attachments;
use crate::language::format::expr::Printer;
use crate::language::format::page::Page;
use crate::language::source::{FileId, Source, Sources, Word};
use crate::language::syntax;
use crate::language::syntax::ast::{Flow, Spelling};
use crate::language::syntax::comments::Comments;
use crate::language::syntax::fields;

/// How often a text is written again until it stays as it is: a comment that moved may let its line be joined.
const ROUNDS: usize = 4;

/// Why a flow is left as it is.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// It has faults; these are all findings of its reader.
    Faults(Vec<Diagnostic>),
    /// The spelling it shall be written in cannot say this piece of it.
    Unsayable(String),
    /// Our own defect: what was written would be another flow, beginning with this piece.
    Changed(String),
}

/// A flow, written in a spelling.
///
/// # Errors
/// When the flow has faults, or cannot be written in that spelling.
pub fn flow(sources: &Sources, file: FileId, from: Spelling, to: Spelling) -> Result<String, Refusal> {
    let (flow, comments, mut found) = syntax::read_flow_with_comments(sources, file, from);
    found.extend(flow.states.iter().filter_map(|state| unknown_kind(&state.kind)));
    if flow.partial || found.iter().any(|finding| forbids(finding, &flow)) {
        return Err(Refusal::Faults(found));
    }
    let mut text = print(sources.source(file), &flow, &comments, to);
    for _ in 0..ROUNDS {
        let again = again(&flow, &comments, &text, to).map_err(|lost| match lost {
            Lost::Twice(piece) => Refusal::Unsayable(piece),
            Lost::Other(piece) if from == to => Refusal::Changed(piece),
            Lost::Other(piece) => Refusal::Unsayable(piece),
        })?;
        if again == text {
            break;
        }
        text = again;
    }
    Ok(text)
}

/// What a state of an unknown kind says was read by a guess, or not at all.
fn unknown_kind(kind: &Word) -> Option<Diagnostic> {
    if fields::kind(&kind.value).is_some() {
        return None;
    }
    let message = format!("unknown kind of state `{}`", kind.value);
    let finding = Diagnostic::new(Code::F0104, message, kind.span, "no kind has this name");
    Some(finding.maybe_help(did_you_mean(&kind.value, fields::KINDS.iter().map(|row| row.name))))
}

/// Whether a finding means that the tree may lack something. (A kind that is not offered yet is all there.)
fn forbids(finding: &Diagnostic, flow: &Flow) -> bool {
    let not_offered = finding.code == Code::F0011;
    let of_kind = || flow.states.iter().any(|state| state.kind.span == finding.primary.span);
    finding.severity == Severity::Error && !(not_offered && of_kind())
}

/// The text of a tree that was read from `source`.
#[must_use]
pub fn print(source: &Source, flow: &Flow, comments: &Comments, spelling: Spelling) -> String {
    let anchors = Anchors::of(flow);
    let attached = Attachments::of(source, flow.spelling, &anchors, comments);
    let printer = Printer { source };
    let page = Page::new(anchors.list.len());
    let page = match spelling {
        Spelling::Native => {
            let mut writer = native::Writer { source, printer, anchors: &anchors, comments: &attached, page };
            writer.flow(flow);
            writer.page
        }
        Spelling::Yaml => {
            let mut page = page;
            let from = flow.spelling;
            yaml::Writer { source, from, printer, anchors: &anchors, comments: &attached }.flow(flow, &mut page);
            page
        }
    };
    weave::text(&page, &anchors, &attached, spelling)
}

/// What does not come back when a written text is read.
enum Lost {
    /// Two keys that were written differently and are one (`key 0` and, with two blanks, `key  0`): YAML has no place for both.
    Twice(String),
    /// Another piece.
    Other(String),
}

/// A text read and written again; or the first piece in which it is another flow.
fn again(flow: &Flow, comments: &Comments, text: &str, spelling: Spelling) -> Result<String, Lost> {
    let mut sources = Sources::default();
    let file = sources.add("", text);
    let (again, kept, found) = syntax::read_flow_with_comments(&sources, file, spelling);
    if let Some(finding) = found.iter().find(|finding| forbids(finding, &again)) {
        let message = finding.message.clone();
        return Err(if finding.code == Code::F0004 { Lost::Twice(message) } else { Lost::Other(message) });
    }
    if again.partial {
        return Err(Lost::Other("a piece that cannot be read".to_owned()));
    }
    if let Some(piece) = same::difference(flow, &again) {
        return Err(Lost::Other(piece));
    }
    let said = |comments: &Comments| {
        let mut said: Vec<String> = comments.list.iter().map(|comment| comment.text.clone()).collect();
        said.sort_unstable();
        said
    };
    if said(comments) != said(&kept) {
        return Err(Lost::Other("a comment".to_owned()));
    }
    Ok(print(sources.source(file), &again, &kept, spelling))
}

#[cfg(test)]
pub(crate) mod tests;
