//! Files as the rules see them: their names, lengths, headings, and what is missing beside them.

use crate::architecture::{root, rust_text, show};
use flowc::language::diagnostic::Code;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Lines of a source file without its tests.
pub(crate) const BUDGET: usize = 500;

/// Words that say nothing about what is inside.
const NAMELESS: &[&str] = &["util", "utils", "common", "helpers", "core", "misc", "manager"];

/// Codes whose cases stand in one spelling only: what they speak of does not exist in the other.
const ONE_SPELLING: &[(&str, &str, &str)] = &[
    ("F0002", "yaml", "about YAML"),
    ("F0003", "yaml", "about YAML"),
    ("F0004", "yaml", "about YAML mappings"),
    ("F0005", "yaml", "about YAML comments"),
    ("F0006", "yaml", "about YAML's null"),
    ("F0008", "native", "YAML's own scanner refuses such characters as F0002"),
    ("F0010", "yaml", "the native grammar has no other shapes"),
];

/// Codes without a case among flows: what they speak of stands in other files, whose readers have their own tests.
const NOT_IN_FLOWS: &[(&str, &str)] = &[
    ("F0508", "a note on nearly every flow: cases that are about something else leave it out"),
    ("F0603", "about `flowc.toml`"),
    ("F0606", "about `flowc.toml`"),
    ("F0612", "about `flowc.toml`"),
    ("F0607", "about files that are no part of a project"),
    ("F0703", "found when a scenario is played, not when a flow is checked"),
    ("F0609", "about links between folders"),
    ("F0611", "about files on the disk"),
    ("F0701", "about scripts"),
    ("F0702", "about scripts"),
];

/// A source file, its tests cut out.
pub(crate) struct SourceFile {
    /// From the package's folder: `src/machine/play.rs`.
    pub(crate) path: String,
    /// `machine::play`.
    pub(crate) module: String,
    /// Its code without comments, literals and tests, line by line where it was.
    pub(crate) code: String,
    text: String,
}

impl SourceFile {
    /// All Rust files below a folder, but for those that are tests as a whole.
    pub(crate) fn all(folder: &Path) -> Vec<SourceFile> {
        let rust = |path: &PathBuf| path.extension().is_some_and(|ending| ending == "rs");
        let paths: Vec<PathBuf> = everything(folder).into_iter().filter(rust).collect();
        let read = |path: &Path| fs::read_to_string(path).expect("sources can be read");
        let tests: Vec<PathBuf> = paths
            .iter()
            .flat_map(|path| {
                rust_text::test_modules(&read(path)).into_iter().map(|name| module_folder(path).join(name))
            })
            .collect();
        paths
            .iter()
            .filter(|path| !tests.iter().any(|test| **path == test.with_extension("rs") || path.starts_with(test)))
            .map(|path| SourceFile::made_up(&show(path)["src/".len()..], &read(path)))
            .collect()
    }

    /// A file that need not exist; its path is given from `src`.
    pub(crate) fn made_up(path: &str, text: &str) -> SourceFile {
        let module = path.trim_end_matches(".rs").trim_end_matches("/mod").replace('/', "::");
        SourceFile { path: format!("src/{path}"), module, code: rust_text::code_only(text), text: text.to_owned() }
    }

    /// A complaint when the file does not begin with `//!`.
    pub(crate) fn without_heading(&self) -> Option<String> {
        (!self.text.starts_with("//! ")).then(|| format!("{}:1: say what it is and what it must not know", self.path))
    }

    /// A complaint when the file is over the budget.
    pub(crate) fn too_long(&self) -> Option<String> {
        let lines = self.text.lines().take_while(|line| *line != "#[cfg(test)]").count();
        (lines > BUDGET).then(|| format!("{}: {lines} lines, the budget is {BUDGET}", self.path))
    }
}

/// All files below a folder, in order.
pub(crate) fn everything(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("folders can be read").path()).collect();
    paths.sort();
    paths.into_iter().flat_map(|path| if path.is_dir() { everything(&path) } else { vec![path] }).collect()
}

/// The names of what lies directly in a folder.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    entries.map(|entry| entry.expect("folders can be read").file_name().to_string_lossy().into_owned()).collect()
}

/// Files and folders whose names say nothing.
pub(crate) fn nameless(paths: &[PathBuf]) -> Vec<String> {
    let says_nothing = |path: &&PathBuf| {
        let inside = path.strip_prefix(root()).unwrap_or(path).with_extension("");
        inside.components().any(|part| NAMELESS.contains(&part.as_os_str().to_string_lossy().as_ref()))
    };
    paths.iter().filter(says_nothing).map(|path| format!("{}: name what is inside", show(path))).collect()
}

/// What the codes lack: a page, cases in both spellings. And pages of codes that are not there.
pub(crate) fn codes(pages: &[String], cases: &[String]) -> Vec<String> {
    let mut missing = Vec::new();
    for code in Code::ALL {
        if !pages.contains(&format!("{code}.md")) {
            missing.push(format!("{code}: no page docs/errors/{code}.md"));
        }
        if NOT_IN_FLOWS.iter().any(|(one, _)| *one == code.as_str()) {
            continue;
        }
        let of_code: Vec<&String> = cases.iter().filter(|case| case.starts_with(code.as_str())).collect();
        let only = ONE_SPELLING.iter().find(|(one, ..)| *one == code.as_str()).map(|(_, spelling, _)| *spelling);
        // A folder is a project, and holds both spellings where both matter.
        let has = |ending: &str| of_code.iter().any(|case| case.ends_with(ending) || !case.contains('.'));
        if only != Some("yaml") && !has(".flow") {
            missing.push(format!("{code}: no case in the native spelling in tests/diagnostics"));
        }
        if only != Some("native") && !has(".yaml") {
            missing.push(format!("{code}: no case in YAML in tests/diagnostics"));
        }
    }
    for page in pages {
        let name = page.trim_end_matches(".md");
        if name != "README" && Code::parse(name).is_none() {
            missing.push(format!("{name}: a page of a code that is not there"));
        }
    }
    missing
}

/// The files that are compiled when `main` is: itself and every module it names, and so on.
pub(crate) fn reached(main: &Path) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut next = vec![main.to_path_buf()];
    while let Some(path) = next.pop() {
        let Ok(text) = fs::read_to_string(&path) else { continue };
        // The first file of a crate has its modules beside itself.
        let folder = if path == main { path.with_file_name("") } else { module_folder(&path) };
        for line in rust_text::code_only(&text).lines() {
            let line = line.trim().trim_start_matches("pub(crate) ").trim_start_matches("pub ");
            if let Some(name) = line.strip_prefix("mod ").and_then(|rest| rest.strip_suffix(';')) {
                next.push(folder.join(format!("{name}.rs")));
                next.push(folder.join(name).join("mod.rs"));
            }
        }
        reached.insert(path);
    }
    reached
}

/// The folder in which the modules that a file names lie.
fn module_folder(path: &Path) -> PathBuf {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let folder = path.parent().expect("a file lies in a folder");
    if matches!(stem, "mod" | "lib" | "main") { folder.to_path_buf() } else { folder.join(stem) }
}
