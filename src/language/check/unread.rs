//! What the reader could not read: words that may have been declared there. Nothing is said of their being missing.

use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::source::{FileId, Sources};
use std::collections::BTreeSet;

/// What could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unread {
    /// Nobody knows what: the text as a whole is in question.
    all: bool,
    /// The words on lines with a finding of the reader.
    words: BTreeSet<String>,
}

impl Unread {
    /// What the findings of the reader leave in the dark.
    #[must_use]
    pub fn of(sources: &Sources, found: &[Diagnostic]) -> Unread {
        let mut unread = Unread::default();
        let mut lines = BTreeSet::new();
        for finding in found.iter().filter(|finding| finding.severity == Severity::Error) {
            match finding.code {
                Code::F0002 | Code::F0007 => unread.all = true,
                Code::F0009 | Code::F0011 => {}
                _ => unread.lines(sources, finding, &mut lines),
            }
        }
        unread
    }

    /// Takes in the words on the lines of a finding, those of each line once.
    fn lines(&mut self, sources: &Sources, finding: &Diagnostic, taken: &mut BTreeSet<(FileId, usize)>) {
        let span = finding.primary.span;
        let source = sources.source(span.file);
        let (first, last) = (source.line_of(span.start as usize), source.line_of(span.end as usize));
        let new = (first..=last).filter(|line| taken.insert((span.file, *line)));
        for line in new.filter_map(|line| source.line_range(line)) {
            let text = source.text().get(line).unwrap_or("");
            let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            self.words.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
        }
    }

    /// Whether the word may have stood in what could not be read.
    #[must_use]
    pub fn may_hold(&self, word: &str) -> bool {
        self.all || self.words.contains(word)
    }
}
