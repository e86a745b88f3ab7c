//! The blocks of a page. Each is compiled: a whole flow or file as it stands, a part within the frame that a comment before it
//! names. Two spellings beside each other must be one program.
//!
//! `<!-- frame: up -->` puts the states of the next two blocks into `tests/docs/frames/up.flow` and its twin;
//! `<!-- frame: up; from: a, b -->` says which states the frame leads to where the first is not enough, and
//! `<!-- project: flows/ivr -->` puts the next file into that project.

use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::Severity;
use flowc::language::graph::Program;
use flowc::language::source::Sources;
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::{self, FileKind, yaml_file_kind};
use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Clone, Debug)]
pub(crate) struct Block {
    /// The line of its fence.
    pub(crate) line: usize,
    /// What stands behind the fence.
    pub(crate) language: String,
    /// The comment right before it, without its marks.
    pub(crate) comment: Option<String>,
    /// The heading above it.
    pub(crate) heading: String,
    /// What stands in it.
    pub(crate) text: String,
}

/// What a block became: its place, and the program where it is a flow or a part of one.
#[derive(Debug)]
pub(crate) struct Compiled {
    /// The heading above it.
    pub(crate) heading: String,
    /// The program.
    pub(crate) program: Option<Program>,
}

/// The fenced blocks of a page.
pub(crate) fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let (mut comment, mut heading) = (None, String::new());
    for (at, line) in page.lines().enumerate() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(language), None) => {
                let (language, heading) = (language.to_owned(), heading.clone());
                open = Some(Block { line: at + 1, language, comment: comment.take(), heading, text: String::new() });
            }
            (None, Some(block)) => block.text += &format!("{line}\n"),
            (None, None) => {
                if let Some(said) = line.strip_prefix("<!-- ").and_then(|rest| rest.strip_suffix(" -->")) {
                    comment = Some(said.to_owned());
                } else if !line.is_empty() {
                    comment = None;
                }
                if line.starts_with('#') {
                    heading = line.trim_start_matches('#').trim().to_owned();
                }
            }
        }
    }
    assert!(open.is_none(), "a block is not closed");
    blocks
}

/// Compiles every `flow` and `yaml` block of a page, or says what is wrong with which.
pub(crate) fn compile_all(page: &str) -> Result<Vec<Compiled>, String> {
    let blocks: Vec<Block> =
        blocks(page).into_iter().filter(|block| ["flow", "yaml"].contains(&block.language.as_str())).collect();
    let (mut compiled, mut wrong) = (Vec::new(), Vec::new());
    let mut rest = &blocks[..];
    while let Some((first, others)) = rest.split_first() {
        let twin = others.first().filter(|second| first.language == "flow" && second.language == "yaml");
        rest = if twin.is_some() { &others[1..] } else { others };
        let program = match (first.language.as_str(), twin) {
            ("yaml", _) => alone(first).map(|()| None),
            (_, Some(twin)) => twins(first, twin).map(Some),
            (_, None) => Err(format!("line {}: the YAML spelling is not beside it", first.line)),
        };
        match program {
            Ok(program) => compiled.push(Compiled { heading: first.heading.clone(), program }),
            Err(why) => wrong.push(why),
        }
    }
    if wrong.is_empty() { Ok(compiled) } else { Err(wrong.join("\n")) }
}

/// Two spellings beside each other: one program.
fn twins(native: &Block, yaml: &Block) -> Result<Program, String> {
    if yaml.comment.is_some() {
        return Err(format!("line {}: a twin stands in the frame of the block before it", yaml.line));
    }
    let one = flow(native, native, Spelling::Native)?;
    let other = flow(native, yaml, Spelling::Yaml)?;
    if one.to_bytes() == other.to_bytes() {
        Ok(one)
    } else {
        Err(format!("line {}: the two spellings are two programs", native.line))
    }
}

/// A flow, or a part of one within its frame.
fn flow(framed: &Block, block: &Block, spelling: Spelling) -> Result<Program, String> {
    let (text, mut files) = match field(framed, "frame") {
        Some(frame) => (within(&frame, framed, block, spelling)?, folder(&frames().join("shared"))),
        None => (block.text.clone(), folder(&frames().join("shared"))),
    };
    let ending = if spelling == Spelling::Native { "flow" } else { "flow.yaml" };
    let name = format!("block.{ending}");
    files.push((name.clone(), text));
    let project = compiled(&files).map_err(|wrong| format!("line {}: {wrong}", block.line))?;
    let flow = project.flows.into_iter().find(|flow| flow.name != "hand_over");
    flow.and_then(|flow| flow.program).ok_or_else(|| format!("line {}: no program", block.line))
}

/// The frame with the block in it.
fn within(frame: &str, framed: &Block, block: &Block, spelling: Spelling) -> Result<String, String> {
    let native = spelling == Spelling::Native;
    let path = frames().join(format!("{frame}.{}", if native { "flow" } else { "flow.yaml" }));
    let frame = fs::read_to_string(&path).map_err(|_| format!("line {}: no frame {}", framed.line, path.display()))?;
    let entries = entries(framed)?;
    let mut text = String::new();
    let (groups, states) = match block.text.strip_prefix("groups:\n") {
        _ if native => (String::new(), block.text.clone()),
        Some(_) => match block.text.split_once("\nstates:\n") {
            Some((groups, states)) => (format!("{groups}\n"), states.to_owned()),
            None => (block.text.clone(), String::new()),
        },
        None => (String::new(), block.text.lines().map(|line| format!("  {line}\n")).collect()),
    };
    for line in frame.lines() {
        text += &match line.trim_start().trim_start_matches(['/', '#']) {
            " groups" => groups.clone(),
            " states" => states.clone(),
            " fork" if native => {
                let branches: String =
                    entries.iter().enumerate().map(|(n, state)| format!("  if n == {n} -> {state}\n")).collect();
                format!("fork: decide {{\n{branches}  if n < 0 -> sorry\n  else -> next\n}}\n")
            }
            " fork" => {
                let branch = |(n, state): (usize, &String)| format!("      - {{ if: n == {n}, to: {state} }}\n");
                let branches: String = entries.iter().enumerate().map(branch).collect();
                format!(
                    "  fork:\n    decide:\n{branches}      - {{ if: n < 0, to: sorry }}\n      - {{ else: next }}\n"
                )
            }
            _ => format!("{line}\n"),
        };
    }
    Ok(text)
}

/// The states that the frame leads to: those named in the comment, else the first of the native block.
fn entries(framed: &Block) -> Result<Vec<String>, String> {
    if let Some(named) = field(framed, "from") {
        return Ok(named.split(',').map(|name| name.trim().to_owned()).collect());
    }
    let first = framed.text.lines().find(|line| line.starts_with(|c: char| c.is_ascii_lowercase()));
    let name = first.and_then(|line| line.split_once(':')).map(|(name, _)| name.to_owned());
    name.map(|name| vec![name]).ok_or_else(|| format!("line {}: no state in the block", framed.line))
}

/// A file that is no flow.
pub(crate) fn alone(block: &Block) -> Result<(), String> {
    let wrong = |wrong: String| format!("line {}: {wrong}", block.line);
    let kind = yaml_file_kind(&block.text).ok_or_else(|| wrong("no file of a project".to_owned()))?;
    let project = field(block, "project");
    let mut files = match &project {
        Some(project) => folder(&root().join(project)),
        None => vec![("a.flow".to_owned(), "flowc 1\nflow a inbound\nstart b\nb: answer -> c\nc: hangup\n".to_owned())],
    };
    if kind == FileKind::Flow {
        return Err(wrong("the native spelling is not before it".to_owned()));
    }
    if kind != FileKind::Script {
        files.push(("block.yaml".to_owned(), block.text.clone()));
        return compiled(&files).map(|_| ()).map_err(wrong);
    }
    let compiled = compiled(&files).map_err(wrong)?;
    let mut sources = Sources::default();
    let file = sources.add("block.yaml", block.text.clone());
    let (script, mut found) = syntax::read_script(&sources, file);
    found.extend(script.iter().flat_map(|script| compile::scripts::check(script, &compiled)));
    match found.first() {
        None if project.is_some() => Ok(()),
        None => Err(wrong("a script needs its project".to_owned())),
        Some(finding) => Err(wrong(format!("{} {}", finding.code, finding.message))),
    }
}

/// The project without errors, or the first of them.
pub(crate) fn compiled(files: &[(String, String)]) -> Result<compile::Project, String> {
    let mut sources = Sources::default();
    let mut input = Input::default();
    for (name, text) in files {
        let file = sources.add(name.clone(), text.clone());
        match name.as_str() {
            name if name.ends_with(".flow") => input.flows.push((file, Spelling::Native)),
            name if name.ends_with(".flow.yaml") => input.flows.push((file, Spelling::Yaml)),
            _ => match yaml_file_kind(text) {
                Some(FileKind::Library) => input.libraries.push(file),
                Some(FileKind::Service) => input.services.push(file),
                Some(FileKind::Calendar) => input.calendars.push(file),
                _ => {}
            },
        }
    }
    let project = compile::project(&sources, &input);
    let error = project.diagnostics.iter().find(|finding| finding.severity == Severity::Error);
    match error {
        None => Ok(project),
        Some(error) => {
            let at = sources.position(error.primary.span);
            let source = sources.source(error.primary.span.file);
            let line = source.text().lines().nth(at.line - 1).unwrap_or("");
            Err(format!("{} {}\n  {}: {line}", error.code, error.message, source.path()))
        }
    }
}

/// The texts of a folder, by name, in order.
pub(crate) fn folder(folder: &Path) -> Vec<(String, String)> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = listing.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let text = |path: PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        (name.ends_with(".flow") || name.ends_with(".yaml")).then(|| (name, fs::read_to_string(&path).expect("a text")))
    };
    paths.into_iter().filter_map(text).collect()
}

fn field(block: &Block, name: &str) -> Option<String> {
    let fields = block.comment.as_deref()?.split(';');
    fields.filter_map(|field| field.trim().split_once(": ")).find(|(key, _)| *key == name).map(|(_, v)| v.to_owned())
}

fn frames() -> PathBuf {
    root().join("tests/docs/frames")
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// A page.
pub(crate) fn page(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
