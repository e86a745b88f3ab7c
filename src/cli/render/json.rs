//! A finding as one JSON object on one line. Keys are stable: programs read them.

use crate::cli::render::Findings;
use crate::language::diagnostic::{Diagnostic, Fix, Witness, WitnessStep};
use crate::language::source::{Sources, Span};
use serde::Serialize;
use std::io::{self, Write};

#[derive(Serialize)]
struct Line<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    file: &'a str,
    line: usize,
    column: usize,
    labels: Vec<Place<'a>>,
    help: Option<&'a str>,
    /// A call that comes to the finding.
    witness: Option<Shown<'a>>,
    fix: Option<Written<'a>>,
}

/// A call: the flow it begins with, each state that is left with its outcome, and where it comes to.
#[derive(Serialize)]
struct Shown<'a> {
    flow: &'a str,
    steps: Vec<Left<'a>>,
    ends_in: &'a str,
    at: &'a str,
    line: String,
}

/// A state that is left.
#[derive(Serialize)]
struct Left<'a> {
    flow: &'a str,
    state: &'a str,
    outcome: &'a str,
    /// As often as it may be taken it was; this is its `else`.
    used_up: bool,
    /// In words; empty where nobody notices.
    words: &'a str,
}

/// What to write instead.
#[derive(Serialize)]
struct Written<'a> {
    /// Whether `flowc check --fix` writes it.
    safe: bool,
    edits: Vec<Edit<'a>>,
}

/// A stretch of text, its end not included, and what to write in its place.
#[derive(Serialize)]
struct Edit<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    text: &'a str,
}

/// Writes findings, one a line. The first label is the finding's own place.
///
/// # Errors
/// When the output does.
pub fn write(findings: Findings<'_>, out: &mut impl Write) -> io::Result<()> {
    for finding in findings.all {
        serde_json::to_writer(&mut *out, &line(findings.sources, finding)).map_err(io::Error::from)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn line<'a>(sources: &'a Sources, finding: &'a Diagnostic) -> Line<'a> {
    let own = place(sources, finding.primary.span, &finding.primary.text);
    Line {
        code: finding.code.as_str(),
        severity: finding.severity.word(),
        message: &finding.message,
        file: own.file,
        line: own.line,
        column: own.column,
        labels: std::iter::once(own)
            .chain(finding.secondary.iter().map(|label| place(sources, label.span, &label.text)))
            .collect(),
        help: finding.help.as_deref(),
        witness: finding.witness.as_deref().map(shown),
        fix: finding.fix.as_ref().map(|fix| written(sources, fix)),
    }
}

fn shown(witness: &Witness) -> Shown<'_> {
    Shown {
        flow: &witness.flow,
        steps: witness.steps.iter().map(Left::of).collect(),
        ends_in: &witness.ends_in,
        at: &witness.at,
        line: witness.line(),
    }
}

impl<'a> Left<'a> {
    fn of(step: &'a WitnessStep) -> Left<'a> {
        let WitnessStep { flow, state, outcome, used_up, words } = step;
        Left { flow, state, outcome, used_up: *used_up, words }
    }
}

fn written<'a>(sources: &'a Sources, fix: &'a Fix) -> Written<'a> {
    let edit = |(span, text): &'a (Span, String)| {
        let source = sources.source(span.file);
        let (start, end) = (source.position(span.start as usize), source.position(span.end as usize));
        let (line, column, end_line, end_column) = (start.line, start.column, end.line, end.column);
        Edit { file: source.path(), line, column, end_line, end_column, text }
    };
    Written { safe: fix.safe, edits: fix.edits.iter().map(edit).collect() }
}

fn place<'a>(sources: &'a Sources, span: Span, text: &'a str) -> Place<'a> {
    let at = sources.position(span);
    Place { file: sources.source(span.file).path(), line: at.line, column: at.column, text }
}

#[cfg(test)]
mod tests {
    use crate::cli::render::{Findings, json};
    use crate::language::diagnostic::{Code, Diagnostic, Witness, WitnessStep};
    use crate::language::source::{Sources, Span};

    #[test]
    fn a_finding_is_one_line() {
        let mut sources = Sources::default();
        let file = sources.add("a/b.flow", "start hello\nstart é hi\n");
        let finding = Diagnostic::new(Code::F0103, "a name twice", Span::new(file, 18, 21), "again\nhere")
            .and(Span::new(file, 0, 5), "first here")
            .instead(Span::new(file, 18, 20), "e");
        let mut out = Vec::new();
        json::write(Findings { sources: &sources, all: &[finding] }, &mut out).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "{\"code\":\"F0103\",\"severity\":\"error\",\"message\":\"a name twice\",\"file\":\"a/b.flow\",\"line\":2,\
             \"column\":7,\"labels\":[{\"file\":\"a/b.flow\",\"line\":2,\"column\":7,\"text\":\"again\\nhere\"},\
             {\"file\":\"a/b.flow\",\"line\":1,\"column\":1,\"text\":\"first here\"}],\"help\":null,\"witness\":null,\
             \"fix\":{\"safe\":true,\"edits\":[{\"file\":\"a/b.flow\",\"line\":2,\"column\":7,\"end_line\":2,\
             \"end_column\":8,\"text\":\"e\"}]}}\n"
        );
    }

    #[test]
    fn a_call_that_shows_a_finding_is_told_state_by_state() {
        let mut sources = Sources::default();
        let file = sources.add("a.flow", "ask: menu\n");
        let step = WitnessStep {
            flow: "a".to_owned(),
            state: "pick_up".to_owned(),
            outcome: "connected".to_owned(),
            used_up: false,
            words: "the call is answered".to_owned(),
        };
        let witness =
            Witness { flow: "a".to_owned(), steps: vec![step], ends_in: "a".to_owned(), at: "ask".to_owned() };
        let finding = Diagnostic::new(Code::F1101, "nobody", Span::new(file, 0, 3), "here").shown_by(Some(witness));
        let mut out = Vec::new();
        json::write(Findings { sources: &sources, all: &[finding] }, &mut out).unwrap();
        let line = String::from_utf8(out).unwrap();
        let expected = "\"witness\":{\"flow\":\"a\",\"steps\":[{\"flow\":\"a\",\"state\":\"pick_up\",\"outcome\":\"connected\",\
                        \"used_up\":false,\"words\":\"the call is answered\"}],\"ends_in\":\"a\",\"at\":\"ask\",\
                        \"line\":\"the call is answered\"}";
        assert!(line.contains(expected), "{line}");
    }
}
