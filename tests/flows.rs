//! The example projects: each compiles without errors and warnings, its twins are one program, and its graph is whole.

use flowc::language::compile::{self, Input};
use flowc::language::diagnostic::Severity;
use flowc::language::flow::state::Kind;
use flowc::language::format;
use flowc::language::graph::{Arrow, Node, Program};
use flowc::language::source::{FileId, Sources};
use flowc::language::syntax::ast::Spelling;
use flowc::language::syntax::{self, FileKind};
use petgraph::visit::{Bfs, EdgeRef};
use std::fs;
use std::path::{Path, PathBuf};

/// The texts of one project.
struct Example {
    name: String,
    sources: Sources,
    flows: Vec<(FileId, Spelling)>,
    libraries: Vec<FileId>,
    services: Vec<FileId>,
    calendars: Vec<FileId>,
    scripts: Vec<FileId>,
    routes: Option<FileId>,
}

#[test]
fn examples_have_no_findings() {
    for example in examples() {
        let project = compile::project(&example.sources, &example.input(example.flows.clone()));
        let told: Vec<String> = project
            .diagnostics
            .iter()
            .filter(|finding| finding.severity != Severity::Note)
            .map(|finding| {
                let at = example.sources.position(finding.primary.span);
                let path = example.sources.source(finding.primary.span.file).path();
                format!("{path}:{}:{} {} {}", at.line, at.column, finding.code, finding.message)
            })
            .collect();
        assert!(told.is_empty(), "{}:\n{}", example.name, told.join("\n"));
    }
}

#[test]
fn twins_are_one_program() {
    for example in examples() {
        let native = example.programs(Spelling::Native);
        let yaml = example.programs(Spelling::Yaml);
        assert_eq!(native.len(), yaml.len(), "{}", example.name);
        for (native, yaml) in native.iter().zip(&yaml) {
            assert_eq!(
                String::from_utf8_lossy(&native.to_bytes()),
                String::from_utf8_lossy(&yaml.to_bytes()),
                "{}",
                example.name
            );
            assert_eq!(native.hash(), yaml.hash());
        }
    }
}

#[test]
fn converted_there_and_back_they_are_the_same_with_their_comments() {
    let mut converted = 0;
    for example in examples() {
        for (file, spelling) in &example.flows {
            let other = if *spelling == Spelling::Native { Spelling::Yaml } else { Spelling::Native };
            let source = example.sources.source(*file);
            let (path, text) = (source.path().to_owned(), source.text().to_owned());
            let there = convert(&path, &text, *spelling, other);
            let back = convert(&path, &there, other, *spelling);
            assert_eq!(comments(&text, *spelling), comments(&there, other), "{path}");
            assert_eq!(comments(&text, *spelling), comments(&back, *spelling), "{path}");
            assert_eq!(example.with(*file, &there, other), example.with(*file, &text, *spelling), "{path}");
            assert_eq!(example.with(*file, &back, *spelling), example.with(*file, &text, *spelling), "{path}");
            converted += 1;
        }
    }
    assert!(converted >= 2 * folders().len(), "{converted}");
}

fn convert(path: &str, text: &str, from: Spelling, to: Spelling) -> String {
    let mut sources = Sources::default();
    let file = sources.add(path, text);
    format::flow(&sources, file, from, to).unwrap_or_else(|refusal| panic!("{path}: {refusal:?}"))
}

/// The comments of a flow in order of their words: where they stand may differ a little.
fn comments(text: &str, spelling: Spelling) -> Vec<String> {
    let mut sources = Sources::default();
    let file = sources.add("a", text);
    let (_, comments, _) = syntax::read_flow_with_comments(&sources, file, spelling);
    let mut texts: Vec<String> = comments
        .list
        .into_iter()
        .map(|comment| comment.text.trim_start_matches(['/', '#']).trim().to_owned())
        .collect();
    texts.sort();
    texts
}

#[test]
fn graphs_are_whole() {
    for program in examples().iter().flat_map(|example| example.programs(Spelling::Native)) {
        let flow = &program.flow;
        let mut reached = std::collections::BTreeSet::new();
        let mut walk = Bfs::new(&program.graph, program.start);
        while let Some(node) = walk.next(&program.graph) {
            reached.insert(node);
        }
        for node in program.graph.node_indices() {
            assert!(reached.contains(&node), "{flow}: nothing leads to {:?}", program.graph[node]);
        }
        for (node, state) in program.states() {
            let ends = matches!(state.kind, Kind::Hangup { .. });
            let edges = program.edges_from(node);
            assert_eq!(ends, edges.is_empty(), "{flow}: `{}` is a dead end, or goes on after the end", state.name);
        }
        for edge in program.graph.edge_references() {
            let weight = edge.weight();
            assert!(matches!(program.graph[edge.source()], Node::State(_)), "{flow}: an edge leaves an end");
            let otherwise = program.route(edge.source(), &weight.label, Arrow::Else);
            if weight.arrow == Arrow::Main {
                assert_eq!(weight.limit.is_some(), otherwise.is_some(), "{flow}: a limit without its `else`");
            }
        }
    }
}

#[test]
fn serialised_programs_read_back() {
    for program in examples().iter().flat_map(|example| example.programs(Spelling::Native)) {
        let back = Program::from_bytes(&program.to_bytes()).expect("what was written can be read");
        assert_eq!(back.to_bytes(), program.to_bytes(), "{}", program.flow);
        assert_eq!(back.hash(), program.hash());
    }
}

#[test]
fn scripts_can_be_read() {
    for example in examples() {
        let flows: Vec<String> = example.programs(Spelling::Native).into_iter().map(|program| program.flow).collect();
        // Without its service nobody can play a caller; such projects are called in tests of their own.
        assert!(!example.scripts.is_empty() || !example.services.is_empty(), "{}", example.name);
        for file in &example.scripts {
            let path = example.sources.source(*file).path();
            let (script, findings) = syntax::read_script(&example.sources, *file);
            assert!(findings.is_empty(), "{path}: {findings:?}");
            let script = script.expect("a script without findings is whole");
            let flow = script.flow.expect("a script says which flow it is for");
            assert!(flows.contains(&flow.value), "{path}: no flow `{}`", flow.value);
            assert!(!script.steps.is_empty(), "{path}: no steps");
        }
    }
}

#[test]
fn every_project_is_complete() {
    for folder in folders() {
        for file in ["README.md", "flowc.toml"] {
            assert!(folder.join(file).is_file(), "{}: no {file}", folder.display());
        }
        let names: Vec<String> = entries(&folder).iter().map(|path| file_name(path)).collect();
        for native in names.iter().filter(|name| name.ends_with(".flow")) {
            assert!(names.contains(&format!("{native}.yaml")), "{}: {native} has no twin", folder.display());
        }
        let readme = fs::read_to_string(folder.join("README.md")).expect("a README");
        for name in names.iter().filter(|name| *name != "README.md") {
            assert!(readme.contains(name.as_str()), "{}: the README does not name {name}", folder.display());
        }
    }
}

impl Example {
    fn input(&self, flows: Vec<(FileId, Spelling)>) -> Input {
        Input {
            flows,
            libraries: self.libraries.clone(),
            services: self.services.clone(),
            calendars: self.calendars.clone(),
            routes: self.routes,
            ..Input::default()
        }
    }

    /// The program of a flow of this example, as it is with this text in its place.
    fn with(&self, file: FileId, text: &str, spelling: Spelling) -> String {
        let mut sources = self.sources.clone();
        let path = sources.source(file).path().to_owned();
        let instead = sources.add(format!("instead of {path}"), text);
        let of = self.flows.iter().find(|(other, _)| *other == file).map(|(_, spelling)| *spelling);
        let mut flows: Vec<(FileId, Spelling)> =
            self.flows.iter().copied().filter(|(other, own)| *other != file && Some(*own) == of).collect();
        flows.push((instead, spelling));
        let project = compile::project(&sources, &self.input(flows));
        let flow = project.flows.into_iter().find(|flow| flow.file == instead).and_then(|flow| flow.program);
        String::from_utf8_lossy(&flow.unwrap_or_else(|| panic!("{path}: no program")).to_bytes()).into_owned()
    }

    /// The programs of one spelling alone.
    fn programs(&self, spelling: Spelling) -> Vec<Program> {
        let flows = self.flows.iter().copied().filter(|(_, other)| *other == spelling).collect();
        let project = compile::project(&self.sources, &self.input(flows));
        let programs: Vec<Program> = project.flows.into_iter().filter_map(|flow| flow.program).collect();
        assert!(!programs.is_empty(), "{}: no program in {spelling:?}", self.name);
        programs
    }
}

fn examples() -> Vec<Example> {
    folders().iter().map(|folder| example(folder)).collect()
}

fn example(folder: &Path) -> Example {
    let mut example = Example {
        name: file_name(folder),
        sources: Sources::default(),
        flows: Vec::new(),
        libraries: Vec::new(),
        services: Vec::new(),
        calendars: Vec::new(),
        scripts: Vec::new(),
        routes: None,
    };
    for path in entries(folder) {
        let name = file_name(&path);
        if !name.ends_with(".flow") && !name.ends_with(".yaml") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a text");
        let kind = syntax::yaml_file_kind(&text);
        let file = example.sources.add(format!("flows/{}/{name}", example.name), text);
        match name.as_str() {
            flow if flow.ends_with(".flow") => example.flows.push((file, Spelling::Native)),
            flow if flow.ends_with(".flow.yaml") => example.flows.push((file, Spelling::Yaml)),
            "routes.yaml" => example.routes = Some(file),
            _ => match kind {
                Some(FileKind::Library) => example.libraries.push(file),
                Some(FileKind::Service) => example.services.push(file),
                Some(FileKind::Calendar) => example.calendars.push(file),
                _ => example.scripts.push(file),
            },
        }
    }
    example
}

fn folders() -> Vec<PathBuf> {
    let flows = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("flows");
    let folders: Vec<PathBuf> = entries(&flows).into_iter().filter(|path| path.is_dir()).collect();
    assert!(folders.len() >= 4, "only {} projects", folders.len());
    folders
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
