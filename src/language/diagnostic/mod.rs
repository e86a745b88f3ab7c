//! Findings as plain data. This kit knows no phase: each phase builds its own findings with small constructors, and only
//! the command line's renderer knows how they look.

pub mod code;
pub mod fix;
pub mod witness;

use crate::language::source::{FileId, Span};
use std::collections::BTreeMap;

pub use code::Code;
pub use fix::{Fix, Near, near};
pub use witness::{Witness, WitnessStep};

/// How bad a finding is. Errors stop serving; errors and warnings make `flowc check` exit with 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The flow cannot be served.
    Error,
    /// Likely a mistake.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    /// The word for people and programs.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        }
    }
}

/// A place and what is to be said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is wrong right here, or what the other place is.
    pub text: String,
}

/// A finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code.
    pub code: Code,
    /// How bad.
    pub severity: Severity,
    /// The fact: lower case, no full stop.
    pub message: String,
    /// Where, and what is wrong right there.
    pub primary: Label,
    /// The other places involved.
    pub secondary: Vec<Label>,
    /// The next move.
    pub help: Option<String>,
    /// What to write instead, where that can be told.
    pub fix: Option<Box<Fix>>,
    /// The one thing that is missing, where it may be missed in many places of a file: these are one finding.
    pub missing: Option<Box<str>>,
    /// A call that comes to it.
    pub witness: Option<Box<Witness>>,
}

impl Diagnostic {
    /// A finding with the code's own severity.
    pub fn new(code: Code, message: impl Into<String>, span: Span, label: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            severity: code.severity(),
            message: message.into(),
            primary: Label { span, text: label.into() },
            secondary: Vec::new(),
            help: None,
            fix: None,
            missing: None,
            witness: None,
        }
    }

    /// Adds another place.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.secondary.push(Label { span, text: text.into() });
        self
    }

    /// Says what is missing. Whatever else of the file misses the same is told along with the first place.
    #[must_use]
    pub fn for_want_of(mut self, what: &str, name: &str) -> Diagnostic {
        self.missing = Some(format!("{what} {name}").into_boxed_str());
        self
    }

    /// Shows a call that comes to it.
    #[must_use]
    pub fn shown_by(mut self, witness: Option<Witness>) -> Diagnostic {
        self.witness = witness.map(Box::new);
        self
    }

    /// Says the next move.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Says the next move where there is one.
    #[must_use]
    pub fn maybe_help(mut self, text: Option<String>) -> Diagnostic {
        self.help = text.or(self.help);
        self
    }
}

/// The candidate nearest to `word`, when it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    near(word, candidates).map(|near| near.word)
}

/// ``did you mean `x`?`` for the nearest candidate.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Words for a message: the first few, and how many more there are.
#[must_use]
pub fn some_of<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> String {
    const MOST: usize = 20;
    const BYTES: usize = 400;
    let all = words.len();
    let mut shown = String::new();
    for (number, word) in words.enumerate() {
        if number == MOST || (number > 0 && shown.len() + word.len() > BYTES) {
            return format!("{shown} and {} more", all - number);
        }
        shown.push_str(if number == 0 { "" } else { ", " });
        shown.push_str(word);
    }
    shown
}

/// Sorts findings by place, drops repeats of the same code at the same place, and makes one of those for want of one thing.
pub fn tidy(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| {
        (a.primary.span, a.severity, a.code, &a.message).cmp(&(b.primary.span, b.severity, b.code, &b.message))
    });
    diagnostics.dedup_by(|a, b| a.code == b.code && a.primary.span == b.primary.span && a.message == b.message);
    gather(diagnostics);
}

/// Of findings for want of the same thing the first stays, with the next few places as labels.
fn gather(diagnostics: &mut Vec<Diagnostic>) {
    const PLACES: usize = 4;
    let mut first: BTreeMap<(FileId, Box<str>), usize> = BTreeMap::new();
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    for finding in diagnostics.drain(..) {
        let Some(missing) = &finding.missing else {
            kept.push(finding);
            continue;
        };
        let place = *first.entry((finding.primary.span.file, missing.clone())).or_insert(kept.len());
        match kept.get_mut(place) {
            Some(first) if first.secondary.len() < PLACES && first.primary.span != finding.primary.span => {
                first.secondary.push(Label { span: finding.primary.span, text: "and here".to_owned() });
            }
            Some(_) => {}
            None => kept.push(finding),
        }
    }
    *diagnostics = kept;
}

/// Whether any finding is an error.
#[must_use]
pub fn has_errors(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().any(|d| d.severity == Severity::Error)
}

#[cfg(test)]
mod tests {
    use crate::language::diagnostic::{Code, Diagnostic, nearest, some_of, tidy};
    use crate::language::source::{FileId, Span};

    #[test]
    fn nearest_is_near() {
        assert_eq!(nearest("mneu", ["menu", "many", "play"]), Some("menu"));
        assert_eq!(nearest("recognise", ["recognize", "transfer"]), Some("recognize"));
        assert_eq!(nearest("xyz", ["menu", "play"]), None);
        assert_eq!(nearest("a", ["a"]), None);
        assert_eq!(nearest("grüßen", ["grüssen", "g"]), Some("grüssen"));
    }

    #[test]
    fn what_is_missing_is_said_once() {
        let at = |file, start| Span::new(FileId(file), start, start + 1);
        let finding = |file, start| Diagnostic::new(Code::F0105, "unknown name `n`", at(file, start), "unknown");
        let mut found = vec![
            finding(0, 5).for_want_of("value", "n"),
            finding(0, 1).for_want_of("value", "n"),
            finding(1, 1).for_want_of("value", "n"),
            finding(0, 3).for_want_of("value", "m"),
            finding(0, 7),
        ];
        tidy(&mut found);
        let places = |finding: &Diagnostic| (finding.primary.span, finding.secondary.iter().map(|l| l.span).collect());
        let expected = [(at(0, 1), vec![at(0, 5)]), (at(0, 3), vec![]), (at(0, 7), vec![]), (at(1, 1), vec![])];
        assert_eq!(found.iter().map(places).collect::<Vec<_>>(), expected);
        let before = found.clone();
        tidy(&mut found);
        assert_eq!(found, before, "once more is the same");
    }

    #[test]
    fn long_lists_are_cut() {
        let words: Vec<String> = (0..30).map(|n| format!("w{n}")).collect();
        let shown = |count: usize| some_of(words[..count].iter().map(String::as_str));
        assert_eq!((shown(0).as_str(), shown(1).as_str(), shown(3).as_str()), ("", "w0", "w0, w1, w2"));
        assert!(shown(20).ends_with(", w19") && shown(30).ends_with(", w19 and 10 more"));
        let long = "x".repeat(1_000);
        assert_eq!(some_of([long.as_str(), "y"].into_iter()), format!("{long} and 1 more"));
    }
}
