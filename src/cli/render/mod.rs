//! Findings for people and programs: text (the only place that knows miette), JSON lines, SARIF.
//!
//! Writes what it is given, in the order given; decides nothing about it.

pub mod json;
pub mod sarif;
pub mod text;

use crate::language::diagnostic::{Diagnostic, Severity};
use crate::language::source::Sources;

/// How findings are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
    /// One SARIF 2.1.0 document, for code hosts and editors.
    Sarif,
}

/// The findings of one project, with the texts they speak of.
#[derive(Clone, Copy, Debug)]
pub struct Findings<'a> {
    /// The texts.
    pub sources: &'a Sources,
    /// The findings, sorted by place.
    pub all: &'a [Diagnostic],
}

/// How many findings there are of each severity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Errors.
    pub errors: usize,
    /// Warnings.
    pub warnings: usize,
    /// Notes.
    pub notes: usize,
}

impl Count {
    /// Counts findings.
    #[must_use]
    pub fn of<'a>(findings: impl IntoIterator<Item = &'a Diagnostic>) -> Count {
        let mut count = Count::default();
        for finding in findings {
            match finding.severity {
                Severity::Error => count.errors += 1,
                Severity::Warning => count.warnings += 1,
                Severity::Note => count.notes += 1,
            }
        }
        count
    }

    /// Whether there is anything but notes.
    #[must_use]
    pub fn is_bad(self) -> bool {
        self.errors + self.warnings > 0
    }

    /// `2 errors, 1 note`; `no findings`.
    #[must_use]
    pub fn sentence(self) -> String {
        let parts: Vec<String> = [(self.errors, "error"), (self.warnings, "warning"), (self.notes, "note")]
            .into_iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, word)| counted(number, word))
            .collect();
        if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
    }
}

/// `1 flow`, `2 flows`.
#[must_use]
pub fn counted(number: usize, word: &str) -> String {
    if number == 1 { format!("1 {word}") } else { format!("{number} {word}s") }
}
