//! The two spellings of one flow beside each other: `x.flow` and `x.flow.yaml`. They must come to the same program.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::graph::{Program, SourceMap};
use crate::language::source::{FileId, Sources, Span};
use crate::language::syntax::ast::Spelling;
use std::collections::BTreeMap;

/// Joins twins: the native one stays. What is only worth knowing is said of it alone.
pub fn join(flows: Vec<CompiledFlow>, sources: &Sources, diagnostics: &mut Vec<Diagnostic>) -> Vec<CompiledFlow> {
    let mut native: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        if flow.spelling == Spelling::Native && !flow.name.is_empty() {
            native.insert((stem(flow, sources), flow.name.clone()), index);
        }
    }
    let mut twin_of: BTreeMap<usize, usize> = BTreeMap::new();
    for (index, flow) in flows.iter().enumerate() {
        if flow.spelling == Spelling::Yaml
            && let Some(first) = native.get(&(stem(flow, sources), flow.name.clone()))
        {
            twin_of.insert(index, *first);
        }
    }
    for (yaml, native) in &twin_of {
        let (yaml, native) = (&flows[*yaml], &flows[*native]);
        let (Some(program), Some(other)) = (&native.program, &yaml.program) else { continue };
        diagnostics.retain(|found| found.primary.span.file != yaml.file || found.severity != Severity::Note);
        if program.to_bytes() != other.to_bytes() {
            diagnostics.push(differ(native, program, yaml, other, sources));
        }
    }
    let files: Vec<FileId> = flows.iter().map(|flow| flow.file).collect();
    let mut joined = Vec::new();
    for (index, mut flow) in flows.into_iter().enumerate() {
        if twin_of.contains_key(&index) {
            continue;
        }
        flow.twin = twin_of.iter().find(|(_, native)| **native == index).map(|(yaml, _)| files[*yaml]);
        joined.push(flow);
    }
    joined
}

/// The path without what tells the spelling.
fn stem(flow: &CompiledFlow, sources: &Sources) -> String {
    let path = sources.source(flow.file).path();
    let path = path.strip_suffix(".yaml").or_else(|| path.strip_suffix(".yml")).unwrap_or(path);
    path.strip_suffix(".flow").unwrap_or(path).to_owned()
}

fn differ(
    native: &CompiledFlow,
    program: &Program,
    yaml: &CompiledFlow,
    other: &Program,
    sources: &Sources,
) -> Diagnostic {
    let difference = first_difference(program, other);
    let place = |flow: &CompiledFlow| match &difference.state {
        Some(state) => at(&flow.source_map, state, flow, sources).unwrap_or(flow.span),
        None => flow.span,
    };
    let message = format!("the two spellings of `{}` differ in {}", native.name, difference.what);
    Diagnostic::new(Code::F0604, message, place(native), "here, in the native spelling")
        .and(place(yaml), "here, in YAML")
        .help("make them equal, or take one of the files away")
}

/// The span of a state's name.
fn at(map: &SourceMap, state: &str, flow: &CompiledFlow, sources: &Sources) -> Option<Span> {
    let place = map.state(state)?;
    let source = sources.source(flow.file);
    let line = source.line_range(place.line - 1)?;
    let text = &source.text()[line.clone()];
    let column: usize = text.chars().take(place.column - 1).map(char::len_utf8).sum();
    let start = line.start + column;
    Some(Span::new(flow.file, start, start + state.len()))
}

struct Difference {
    what: String,
    state: Option<String>,
}

fn first_difference(a: &Program, b: &Program) -> Difference {
    if let Some(what) = head(a, b) {
        return Difference { what: what.to_owned(), state: None };
    }
    let states: BTreeMap<&str, _> = a.states().map(|(_, state)| (state.name.as_str(), state)).collect();
    let others: BTreeMap<&str, _> = b.states().map(|(_, state)| (state.name.as_str(), state)).collect();
    let differs = |name: &&&str| states.get(**name) != others.get(**name) || edges(a, name) != edges(b, name);
    let Some(name) = states.keys().chain(others.keys()).find(|name| differs(name)) else {
        return Difference { what: "the prompts they use".to_owned(), state: None };
    };
    let what = match (states.get(*name), others.get(*name)) {
        (Some(_), None) => format!("state `{name}`, which the YAML one does not have"),
        (None, Some(_)) => format!("state `{name}`, which the native one does not have"),
        (first, second) if first == second => format!("where state `{name}` leads"),
        _ => format!("what state `{name}` does"),
    };
    Difference { what, state: Some((*name).to_owned()) }
}

/// The part of the head that differs first.
fn head(a: &Program, b: &Program) -> Option<&'static str> {
    let start = |program: &Program| match &program.graph[program.start] {
        crate::language::graph::Node::State(state) => state.name.clone(),
        crate::language::graph::Node::Return(_) => String::new(),
    };
    let parts = [
        (a.call != b.call, "how their calls begin"),
        (a.locale != b.locale, "their locale"),
        (a.params != b.params, "their parameters"),
        (a.settings != b.settings, "their settings"),
        (a.vars != b.vars, "their variables"),
        (a.returns != b.returns, "their results"),
        (start(a) != start(b), "where they start"),
    ];
    parts.into_iter().find(|(differs, _)| *differs).map(|(_, what)| what)
}

/// The edges that leave a state, in an order of their own: everything that counts of them.
fn edges(program: &Program, state: &str) -> Vec<String> {
    let Some(node) = program.node(state) else { return Vec::new() };
    let mut edges: Vec<String> = program
        .edges_from(node)
        .into_iter()
        .filter_map(|edge| {
            let (_, to) = program.graph.edge_endpoints(edge)?;
            let to = match &program.graph[to] {
                crate::language::graph::Node::State(state) => format!("state {}", state.name),
                crate::language::graph::Node::Return(result) => format!("return {result:?}"),
            };
            Some(format!("{:?} {to}", program.graph[edge]))
        })
        .collect();
    edges.sort_unstable();
    edges
}
