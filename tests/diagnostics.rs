//! Flows with mistakes, and what must be said of them. The expectation, code and place, stands written in each case; it was
//! worked out by hand before the compiler said anything. `tests/diagnostics/README.md` says how to read and write a case.

use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::{Code, Diagnostic, Label, Severity};
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::{FileKind, yaml_file_kind};
use flowc::platform::versions::Version;
use jiff::civil::{Date, date};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// Findings that say nothing about a mistake: a case names them if it wants them.
const BESIDE: [Code; 2] = [Code::F0508, Code::F0603];

/// Codes that the compiler of flows does not give: they are about files and scripts, and have their tests there.
const ELSEWHERE: [Code; 10] = [
    Code::F0508,
    Code::F0603,
    Code::F0606,
    Code::F0607,
    Code::F0609,
    Code::F0611,
    Code::F0612,
    Code::F0701,
    Code::F0702,
    Code::F0703,
];

/// Codes that one spelling alone can show: what YAML is, and twins, of which the native one counts.
const ONE_SPELLING: [Code; 6] = [Code::F0002, Code::F0003, Code::F0004, Code::F0005, Code::F0006, Code::F0604];

/// The day on which the cases are judged.
const TODAY: Date = date(2026, 6, 1);

/// One case: what is compiled together, and what must come of it.
struct Case {
    /// `F0102_unknown_state.flow`, `F0106_unknown_prompt/sample.flow`.
    name: String,
    /// Where its golden page lies.
    folder: PathBuf,
    /// Name and text of each file, in order of names.
    files: Vec<(String, String)>,
    /// The findings, in order of place.
    expected: Vec<Expected>,
    /// The api-version it is held against; the newest where it names none.
    version: Option<Version>,
}

/// `desk_words.yaml F0506 4:3`; without a column any column does.
#[derive(Clone, Debug, PartialEq)]
struct Expected {
    file: String,
    code: Code,
    line: usize,
    column: Option<usize>,
}

#[test]
fn every_case_says_what_is_written_in_it() {
    let mut wrong = String::new();
    for case in cases() {
        let (sources, found) = findings(&case);
        let found: Vec<Expected> = found.iter().map(|finding| place(&sources, finding)).collect();
        if !meets(&case.expected, &found) {
            let _ = writeln!(wrong, "{}\n  expected {}\n  got      {}", case.name, list(&case.expected), list(&found));
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn every_page_looks_as_before() {
    for case in cases().into_iter().filter(|case| !case.expected.is_empty()) {
        let (sources, found) = findings(&case);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case.folder);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        let name = case.name.rsplit('/').next().unwrap_or(&case.name).to_owned();
        settings.bind(|| insta::assert_snapshot!(name, page(&sources, &found)));
    }
}

#[test]
fn both_spellings_make_the_same_mistakes() {
    let all: BTreeMap<String, Case> = cases().into_iter().map(|case| (case.name.clone(), case)).collect();
    let mut pairs = 0;
    for (name, yaml) in &all {
        let Some(native) = name.strip_suffix(".yaml").and_then(|native| all.get(native)) else { continue };
        let codes = |case: &Case| {
            let mut codes: Vec<Code> = case.expected.iter().map(|expected| expected.code).collect();
            codes.sort();
            codes
        };
        assert_eq!(codes(native), codes(yaml), "{name}");
        pairs += usize::from(!native.expected.is_empty());
    }
    assert!(pairs >= 40, "{pairs} mistakes in both spellings");
    let shown = |ending: &str| -> BTreeSet<Code> {
        let rows = all.values().flat_map(|case| &case.expected);
        rows.filter(|row| row.file.ends_with(ending)).map(|row| row.code).collect()
    };
    let (native, yaml) = (shown(".flow"), shown(".flow.yaml"));
    let one: Vec<&Code> = native.symmetric_difference(&yaml).filter(|code| !ONE_SPELLING.contains(code)).collect();
    assert!(one.is_empty(), "{one:?}: shown in one spelling and not in the other");
}

#[test]
fn good_twins_are_one_program() {
    let good: Vec<Case> = cases().into_iter().filter(|case| case.expected.is_empty()).collect();
    let mut pairs = 0;
    for yaml in good.iter().filter(|case| case.name.ends_with(".yaml")) {
        let Some(native) = good.iter().find(|case| Some(case.name.as_str()) == yaml.name.strip_suffix(".yaml")) else {
            continue;
        };
        assert_eq!(program(native), program(yaml), "{}", yaml.name);
        pairs += 1;
    }
    assert!(pairs >= 5, "{pairs} good twins");
}

#[test]
fn every_code_has_a_page_and_a_case() {
    let cases = cases();
    for code in Code::ALL {
        let path = root().join(format!("docs/errors/{code}.md"));
        let page = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(page.lines().next(), Some(format!("# {code}: {}", code.title()).as_str()), "{}", path.display());
        for part in ["## Wrong", "## Right", "## Why it matters to callers"] {
            assert!(page.lines().any(|line| line == part), "{}: no `{part}`", path.display());
        }
        assert!(page.lines().count() < 40, "{}: longer than a page", path.display());
        let shown = cases.iter().any(|case| case.expected.iter().any(|expected| expected.code == *code));
        assert!(shown != ELSEWHERE.contains(code), "{code}: a case is missing, or it is listed as having none");
    }
    let pages = fs::read_dir(root().join("docs/errors")).expect("the folder of pages").count();
    assert_eq!(pages, Code::ALL.len(), "a page without a code");
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// All cases, in order of names.
fn cases() -> Vec<Case> {
    let folder = root().join("tests/diagnostics");
    let mut cases = read_folder(&folder, "");
    cases.extend(read_folder(&folder.join("ok"), "ok/"));
    assert!(cases.len() > 150, "only {} cases found", cases.len());
    cases
}

fn read_folder(folder: &Path, prefix: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for path in entries(folder) {
        let name = format!("{prefix}{}", file_name(&path));
        if path.join("expect").is_file() {
            cases.extend(project_cases(&path, &name));
        } else if is_flow(&name) {
            cases.push(file_case(folder, &path, name));
        }
    }
    cases
}

/// One file that says in its first lines what to expect.
fn file_case(folder: &Path, path: &Path, name: String) -> Case {
    let text = read(path);
    let file = file_name(path);
    let marked = text.lines().filter_map(|line| line.trim_start_matches(['/', '#', ' ']).strip_prefix("expect: "));
    let expected: Vec<Expected> = marked.map(|row| expectation(&file, row)).collect();
    assert_eq!(expected.is_empty(), name.starts_with("ok/"), "{name}: says nothing of what to expect");
    let mut named =
        text.lines().filter_map(|line| line.trim_start_matches(['/', '#', ' ']).strip_prefix("api-version: "));
    let version = named.next().map(|row| Version::parse(row.trim()).unwrap_or_else(|| panic!("{name}: `{row}`")));
    assert_eq!(named.next(), None, "{name}: held against one version");
    Case { name, folder: folder.to_path_buf(), files: vec![(file, text)], expected, version }
}

/// A folder with a file `expect`. Twins in it are compiled one at a time, unless it is about twins.
fn project_cases(folder: &Path, name: &str) -> Vec<Case> {
    let rows = read(&folder.join("expect"));
    let expected: Vec<Expected> = rows
        .lines()
        .map(|row| row.split_once(' ').map(|(file, rest)| expectation(file, rest)).expect("FILE CODE PLACE"))
        .collect();
    let files: Vec<(String, String)> = entries(folder)
        .into_iter()
        .filter(|path| file_name(path).ends_with(".flow") || file_name(path).ends_with(".yaml"))
        .map(|path| (file_name(&path), read(&path)))
        .collect();
    let twins = files.iter().any(|(file, _)| files.iter().any(|(other, _)| *other == format!("{file}.yaml")));
    let case = |suffix: &str, leave_out: &str| Case {
        name: format!("{name}/{suffix}"),
        folder: folder.to_path_buf(),
        files: files.iter().filter(|(file, _)| leave_out.is_empty() || !file.ends_with(leave_out)).cloned().collect(),
        expected: expected
            .iter()
            .filter(|row| leave_out.is_empty() || !row.file.ends_with(leave_out))
            .cloned()
            .collect(),
        version: None,
    };
    if !twins || expected.iter().any(|row| row.code == Code::F0604) {
        return vec![case("project", "")];
    }
    vec![case("project.flow", ".flow.yaml"), case("project.flow.yaml", ".flow")]
}

/// `F0102 7:14`, `F0002 7`.
fn expectation(file: &str, row: &str) -> Expected {
    let (code, at) = row.trim().split_once(' ').unwrap_or_else(|| panic!("{file}: `{row}`"));
    let (line, column) = match at.split_once(':') {
        Some((line, column)) => (line, Some(column.parse().expect("a column"))),
        None => (at, None),
    };
    let code = Code::parse(code).unwrap_or_else(|| panic!("{file}: no code `{code}`"));
    Expected { file: file.to_owned(), code, line: line.parse().expect("a line"), column }
}

/// Reads and compiles a case.
fn compiled(case: &Case) -> (Sources, compile::Project) {
    let mut sources = Sources::default();
    let mut input = Input::default();
    for (name, text) in &case.files {
        let file = sources.add(name.as_str(), text.as_str());
        match name.as_str() {
            "routes.yaml" => input.routes = Some(file),
            flow if flow.ends_with(".flow") => input.flows.push((file, Spelling::Native)),
            flow if flow.ends_with(".flow.yaml") => input.flows.push((file, Spelling::Yaml)),
            _ => match yaml_file_kind(text) {
                Some(FileKind::Service) => input.services.push(file),
                Some(FileKind::Calendar) => input.calendars.push(file),
                Some(FileKind::OpenApi) => drop(input.documents.insert(name.clone(), file)),
                _ => input.libraries.push(file),
            },
        }
    }
    input.today = Some(TODAY);
    input.api_version = case.version;
    let project = compile::project(&sources, &input);
    (sources, project)
}

fn findings(case: &Case) -> (Sources, Vec<Diagnostic>) {
    let (sources, project) = compiled(case);
    let named = |code: Code| case.expected.iter().any(|expected| expected.code == code);
    let wanted = |finding: &Diagnostic| !BESIDE.contains(&finding.code) || named(finding.code);
    (sources, project.diagnostics.into_iter().filter(wanted).collect())
}

fn place(sources: &Sources, finding: &Diagnostic) -> Expected {
    let at = sources.position(finding.primary.span);
    let file = sources.source(finding.primary.span.file).path().to_owned();
    Expected { file, code: finding.code, line: at.line, column: Some(at.column) }
}

/// Whether all of the expected was found, and nothing else.
fn meets(expected: &[Expected], found: &[Expected]) -> bool {
    let mut left = found.to_vec();
    for one in expected {
        let same = |other: &Expected| {
            (&other.file, other.code, other.line) == (&one.file, one.code, one.line)
                && (one.column.is_none() || other.column == one.column)
        };
        let Some(at) = left.iter().position(same) else { return false };
        left.remove(at);
    }
    left.is_empty()
}

fn list(findings: &[Expected]) -> String {
    let show = |one: &Expected| match one.column {
        Some(column) => format!("{} {} {}:{column}", one.file, one.code, one.line),
        None => format!("{} {} {}", one.file, one.code, one.line),
    };
    if findings.is_empty() { "nothing".to_owned() } else { findings.iter().map(show).collect::<Vec<_>>().join(", ") }
}

/// What is compared with the golden page: the texts, then each finding in full.
fn page(sources: &Sources, findings: &[Diagnostic]) -> String {
    let mut page = String::new();
    for (_, source) in sources.iter() {
        let _ = writeln!(page, "── {}", source.path());
        for (n, line) in source.text().lines().enumerate() {
            let _ = writeln!(page, "{:>3} │ {}", n + 1, shortened(line));
        }
    }
    for finding in findings {
        let severity = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let _ = writeln!(page, "\n{severity} {}: {}", finding.code, shortened(&finding.message));
        let _ = writeln!(page, "  at {}", label(sources, &finding.primary));
        for other in &finding.secondary {
            let _ = writeln!(page, "     {}", label(sources, other));
        }
        if let Some(help) = &finding.help {
            let _ = writeln!(page, "  help: {help}");
        }
        if let Some(call) = finding.witness.as_ref().map(|witness| witness.line()).filter(|call| !call.is_empty()) {
            let _ = writeln!(page, "  call: {call}");
        }
    }
    page
}

fn label(sources: &Sources, label: &Label) -> String {
    let at = sources.position(label.span);
    let path = sources.source(label.span.file).path();
    let words = sources.snippet(label.span).lines().next().unwrap_or("");
    format!("{path}:{}:{} `{}`: {}", at.line, at.column, shortened(words), label.text)
}

fn shortened(line: &str) -> String {
    if line.chars().count() <= 160 { line.to_owned() } else { line.chars().take(120).chain(" …".chars()).collect() }
}

/// The serialised program of a case's only flow.
fn program(case: &Case) -> String {
    let (_, project) = compiled(case);
    let programs: Vec<Vec<u8>> =
        project.flows.iter().filter_map(|flow| Some(flow.program.as_ref()?.to_bytes())).collect();
    assert_eq!(programs.len(), 1, "{}", case.name);
    String::from_utf8(programs.concat()).expect("JSON")
}

fn is_flow(name: &str) -> bool {
    name.ends_with(".flow") || name.ends_with(".flow.yaml")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
