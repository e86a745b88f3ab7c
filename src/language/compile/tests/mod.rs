//! Projects as people lay them out, compiled.

mod between_files;
mod faulty;
mod given;
mod large;
mod libraries;
mod scenarios;
mod shown;
mod twins;
mod versions;

use crate::language::compile::{Input, Project, project};
use crate::language::diagnostic::has_errors;
use crate::language::graph::Program;
use crate::language::source::Sources;
use crate::language::syntax::ast::Spelling;

const HELLO: &str = include_str!("../../syntax/cases/hello.flow");
const HELLO_YAML: &str = include_str!("../../syntax/cases/hello.flow.yaml");
const IVR: &str = include_str!("../../syntax/cases/ivr.flow");
const IVR_YAML: &str = include_str!("../../syntax/cases/ivr.flow.yaml");

const ODD: &str = "flowc 1\nflow odd inbound\nreturns good | bad\nparam tier: enum(gold, standard)\ndefault failed -> end\n\
    always party left -> return bad\nalways after 4m -> end\nstart a\na: answer -> d\n\
    d: decide { if tier == \"gold\" -> m; else -> end }\n\
    m: menu ask \"a|b\", retry 1 { x = 1 -> m limit 3 else end; y = 2 -> end; exhausted -> end }\nend: hangup bad, play \"bye\"\n";

/// Compiles files by path: `*.flow`, `*.flow.yaml`, `routes.yaml`, other `*.yaml` as libraries.
fn compile(files: &[(&str, &str)]) -> (Project, Sources) {
    let mut sources = Sources::default();
    let mut input = Input::default();
    for (path, text) in files {
        let file = sources.add(*path, *text);
        if path.ends_with(".flow") {
            input.flows.push((file, Spelling::Native));
        } else if path.ends_with(".flow.yaml") {
            input.flows.push((file, Spelling::Yaml));
        } else if text.starts_with("service") {
            input.services.push(file);
        } else if text.starts_with("calendar") {
            input.calendars.push(file);
        } else if *path == "routes.yaml" {
            input.routes = Some(file);
        } else {
            input.libraries.push(file);
        }
    }
    let project = project(&sources, &input);
    (project, sources)
}

fn found(files: &[(&str, &str)]) -> Vec<String> {
    let (project, sources) = compile(files);
    let show = |f: &crate::language::diagnostic::Diagnostic| format!("{} {}", f.code, sources.snippet(f.primary.span));
    project.diagnostics.iter().map(show).collect()
}

fn program(text: &str) -> Program {
    let (mut project, _) = compile(&[("t.flow", text)]);
    assert!(!has_errors(&project.diagnostics), "{:?}", project.diagnostics);
    project.flows.remove(0).program.unwrap()
}
