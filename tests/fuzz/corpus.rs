//! What rounds begin with: the flows of the house and the cases of findings, by path, with the files they are compiled with.

use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::Diagnostic;
use flowc::language::source::{FileId, Sources};
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::{self, FileKind, yaml_file_kind};
use jiff::civil::date;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// One file with its companions.
#[derive(Clone, Debug)]
pub(crate) struct Seed {
    /// `front_desk.flow`.
    pub(crate) name: String,
    /// What is in it.
    pub(crate) text: String,
    /// Name and text of what is compiled with it; a twin is not.
    pub(crate) beside: Vec<(String, String)>,
}

/// Folders whose files are compiled together, and such where each file stands alone.
const TOGETHER: &[&str] = &["flows"];
/// A project whose scenarios say all that scenarios can say.
const SCENARIOS: &str = "tests/fuzz/scenarios";
const ALONE: &[&str] = &["tests/diagnostics", "tests/diagnostics/ok", "src/language/syntax/cases"];

/// All seeds, in order of paths.
pub(crate) fn seeds() -> &'static [Seed] {
    static SEEDS: OnceLock<Vec<Seed>> = OnceLock::new();
    SEEDS.get_or_init(|| {
        let mut seeds = Vec::new();
        for folder in TOGETHER {
            entries(&root().join(folder)).iter().for_each(|folder| seeds.extend(project(folder)));
        }
        seeds.extend(project(&root().join(SCENARIOS)));
        for folder in ALONE {
            for path in entries(&root().join(folder)) {
                if path.is_dir() {
                    seeds.extend(project(&path));
                } else if is_read(&path) {
                    seeds.push(Seed { name: name(&path), text: read(&path), beside: Vec::new() });
                }
            }
        }
        assert!(seeds.len() > 300, "only {} files to begin with", seeds.len());
        seeds
    })
}

/// Those in one spelling.
pub(crate) fn flows(spelling: Spelling) -> Vec<&'static Seed> {
    seeds().iter().filter(|seed| seed.spelling() == Some(spelling)).collect()
}

/// Those that are no flows.
pub(crate) fn others() -> Vec<&'static Seed> {
    seeds().iter().filter(|seed| seed.spelling().is_none()).collect()
}

impl Seed {
    /// The spelling, of a flow.
    pub(crate) fn spelling(&self) -> Option<Spelling> {
        spelling(&self.name)
    }

    /// The project with another text in the place of this one.
    pub(crate) fn compiled(&self, text: &str) -> (Sources, FileId, compile::Project) {
        self.compiled_as(&self.name, text)
    }

    /// The same under another name, which may tell of the other spelling.
    pub(crate) fn compiled_as(&self, name: &str, text: &str) -> (Sources, FileId, compile::Project) {
        let mut sources = Sources::default();
        let mut input = Input { today: Some(date(2026, 6, 1)), ..Input::default() };
        let file = sources.add(name, text);
        add(&mut input, name, file, text);
        for (name, text) in &self.beside {
            let file = sources.add(name.as_str(), text.as_str());
            add(&mut input, name, file, text);
        }
        let project = compile::project(&sources, &input);
        (sources, file, project)
    }
}

fn add(input: &mut Input, name: &str, file: FileId, text: &str) {
    match (name, spelling(name)) {
        (_, Some(spelling)) => input.flows.push((file, spelling)),
        ("routes.yaml", None) => input.routes = Some(file),
        (_, None) => match yaml_file_kind(text) {
            Some(FileKind::Service) => input.services.push(file),
            Some(FileKind::Calendar) => input.calendars.push(file),
            Some(FileKind::OpenApi) => drop(input.documents.insert(name.to_owned(), file)),
            Some(FileKind::Script) => {}
            Some(FileKind::Flow | FileKind::Library) | None => input.libraries.push(file),
        },
    }
}

/// What the reader of a file that is no flow finds; a scenario is held against its project too.
pub(crate) fn read_alone(sources: &Sources, file: FileId, text: &str, project: &compile::Project) -> Vec<Diagnostic> {
    match yaml_file_kind(text) {
        Some(FileKind::Service) => syntax::read_service(sources, file).1,
        Some(FileKind::Calendar) => syntax::read_calendar(sources, file).1,
        Some(FileKind::OpenApi) => syntax::read_openapi(sources, file, None).1,
        Some(FileKind::Script) => {
            let (script, mut found) = syntax::read_script(sources, file);
            found.extend(script.iter().flat_map(|script| compile::scripts::check(script, project)));
            found
        }
        Some(FileKind::Flow | FileKind::Library) | None => syntax::read_library(sources, file).1,
    }
}

/// The files of a folder that is one project.
fn project(folder: &Path) -> Vec<Seed> {
    let files: Vec<(String, String)> =
        entries(folder).iter().filter(|path| is_read(path)).map(|path| (name(path), read(path))).collect();
    let seed = |(name, text): &(String, String)| {
        let wanted = spelling(name).unwrap_or(Spelling::Native);
        let beside =
            |(other, _): &&(String, String)| other != name && spelling(other).is_none_or(|other| other == wanted);
        let beside = files.iter().filter(beside).cloned().collect();
        Seed { name: name.clone(), text: text.clone(), beside }
    };
    files.iter().map(seed).collect()
}

fn spelling(name: &str) -> Option<Spelling> {
    if name.ends_with(".flow") {
        return Some(Spelling::Native);
    }
    name.ends_with(".flow.yaml").then_some(Spelling::Yaml)
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn is_read(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "flow" || ending == "yaml")
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
