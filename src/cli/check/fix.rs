//! `flowc check --fix`: the fixes that are certain, tried on the texts in memory first. What would not leave fewer findings, and
//! none that was not there before, is not made. A file is written whole or not at all.

use crate::cli::Failure;
use crate::cli::project::Project;
use crate::language::compile;
use crate::language::diagnostic::fix::{apart, edited};
use crate::language::diagnostic::{Code, Diagnostic, Fix, Severity};
use crate::language::source::{FileId, Span};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// How often the project is compiled again in all.
const ATTEMPTS: usize = 200;

/// A project with its fixes made, and what it was.
pub(super) struct Fixed {
    /// The project as it is now.
    pub(super) project: Project,
    /// What is found in it now.
    pub(super) compiled: compile::Project,
    /// How many findings were fixed.
    pub(super) made: usize,
    before: Project,
}

impl Fixed {
    /// Makes what can be made, in memory.
    pub(super) fn of(project: Project) -> Fixed {
        let compiled = project.compile();
        let before = project.clone();
        let mut fixed = Fixed { project, compiled, made: 0, before };
        let mut attempts = ATTEMPTS;
        while fixed.round(&mut attempts) {}
        fixed
    }

    /// The files that changed: path, text before, text now.
    pub(super) fn changes(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let pairs = self.before.sources.iter().zip(self.project.sources.iter());
        let texts = pairs.map(|((_, before), (_, now))| (before.path(), before.text(), now.text()));
        texts.filter(|(_, before, now)| before != now)
    }

    /// Writes the files that changed.
    ///
    /// # Errors
    /// When a file cannot be written, or is not what was read any more.
    pub(super) fn write(&self) -> Result<(), Failure> {
        self.changes().try_for_each(|(path, before, now)| {
            replace(Path::new(path), before, now)
                .map_err(|error| Failure::World(format!("cannot fix `{path}`: {error}")))
        })
    }

    /// Makes fixes at once, or the first that can be made alone; whether any was.
    fn round(&mut self, attempts: &mut usize) -> bool {
        let unreadable: BTreeSet<FileId> = self.untouchable();
        let writable = |fix: &&Fix| fix.safe && fix.edits.iter().all(|(span, _)| !unreadable.contains(&span.file));
        let all: Vec<Fix> = self
            .compiled
            .diagnostics
            .iter()
            .filter_map(|found| found.fix.as_deref())
            .filter(writable)
            .cloned()
            .collect();
        let together = apart(&all);
        if together.is_empty() || self.attempt(&together, attempts) {
            return !together.is_empty();
        }
        together.len() > 1 && together.iter().any(|fix| self.attempt(&[fix], attempts))
    }

    /// Makes fixes if the project is better for it.
    fn attempt(&mut self, fixes: &[&Fix], attempts: &mut usize) -> bool {
        let Some(left) = attempts.checked_sub(1) else { return false };
        *attempts = left;
        let mut edits: BTreeMap<FileId, Vec<(Span, String)>> = BTreeMap::new();
        for (span, text) in fixes.iter().flat_map(|fix| &fix.edits) {
            edits.entry(span.file).or_default().push((*span, text.clone()));
        }
        let text = |(file, edits): (FileId, Vec<(Span, String)>)| {
            (file, edited(self.project.sources.source(file).text(), &edits))
        };
        let project = self.project.with_texts(&edits.into_iter().map(text).collect());
        let compiled = project.compile();
        let (before, after) = (bad(&self.project, &self.compiled), bad(&project, &compiled));
        let count = |found: &BTreeMap<_, usize>| found.values().sum::<usize>();
        let known = after.iter().all(|(what, times)| before.get(what).is_some_and(|before| before >= times));
        let better = known && count(&after) < count(&before);
        if better {
            (self.project, self.compiled) = (project, compiled);
            self.made += count(&before) - count(&after);
        }
        better
    }

    /// Files whose text is not what stands on the disk, or whose reading is not done again.
    fn untouchable(&self) -> BTreeSet<FileId> {
        let unread = |finding: &&Diagnostic| matches!(finding.code, Code::F0007 | Code::F0008);
        let files = self.project.findings.iter().filter(unread).map(|finding| finding.primary.span.file);
        files.chain(self.project.file_id).collect()
    }
}

/// Errors and warnings by file, code and words, each with how often it is there.
fn bad(project: &Project, compiled: &compile::Project) -> BTreeMap<(String, Code, String), usize> {
    let mut found = BTreeMap::new();
    for finding in compiled.diagnostics.iter().filter(|finding| finding.severity != Severity::Note) {
        let path = project.sources.source(finding.primary.span.file).path().to_owned();
        *found.entry((path, finding.code, finding.message.clone())).or_insert(0) += 1;
    }
    found
}

/// Puts a new text in a file's place in one step, if it still has the old one. Its permissions stay, and so does a link to it.
fn replace(path: &Path, before: &str, now: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    if fs::read(&path)? != before.as_bytes() {
        return Err(io::Error::other("it was changed meanwhile; run the command again"));
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let write = || -> io::Result<()> {
        let mut file = File::create_new(&beside)?;
        file.write_all(now.as_bytes())?;
        file.set_permissions(fs::metadata(&path)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    };
    let result = write();
    if result.as_ref().is_err_and(|error| error.kind() != io::ErrorKind::AlreadyExists) {
        // What is left beside the file is of no use; the file itself is as it was.
        let _ = fs::remove_file(&beside);
    }
    result
}

#[cfg(test)]
mod tests;
