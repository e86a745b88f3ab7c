//! Flows that run flows: each program gets those it runs, and those that these run, so that it stands alone.

use crate::language::check::trust::{Place, chosen_outside};
use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::state::Kind;
use crate::language::graph::{Program, SourceMap};
use crate::language::source::Span;
use crate::language::syntax::ast::{self, Spelling};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{Graph, NodeIndex};
use petgraph::visit::EdgeRef;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The places of the flows, those that others run before those that run them.
#[must_use]
pub fn inner_first(flows: &[ast::Flow]) -> Vec<usize> {
    let mut graph: Graph<usize, ()> = Graph::new();
    let nodes: Vec<NodeIndex> = (0..flows.len()).map(|at| graph.add_node(at)).collect();
    let mut called: BTreeMap<&str, Vec<NodeIndex>> = BTreeMap::new();
    for (flow, node) in flows.iter().zip(&nodes) {
        let name = flow.name.as_ref().map(|name| name.value.as_str());
        called.entry(name.unwrap_or_default()).or_default().push(*node);
    }
    for (flow, from) in flows.iter().zip(&nodes) {
        let names: BTreeSet<&str> = runs(flow).map(|(name, _)| name).collect();
        for to in names.into_iter().filter_map(|name| called.get(name)).flatten() {
            graph.update_edge(*from, *to, ());
        }
    }
    // The components come in an order in which none leads to a later one.
    kosaraju_scc(&graph).into_iter().flatten().map(|node| graph[node]).collect()
}

/// Flows that run each other in a circle: whoever calls one would never come to an end of it.
pub fn circles(flows: &[ast::Flow], diagnostics: &mut Vec<Diagnostic>) {
    let mut graph: Graph<&str, Span> = Graph::new();
    let mut nodes: BTreeMap<&str, NodeIndex> = BTreeMap::new();
    for name in flows.iter().filter_map(|flow| flow.name.as_ref()) {
        nodes.entry(&name.value).or_insert_with(|| graph.add_node(&name.value));
    }
    // A flow in two spellings is one flow.
    let mut seen = BTreeSet::new();
    for flow in flows.iter().filter(|flow| seen.insert(flow.name.as_ref().map(|name| &name.value))) {
        let Some(from) = flow.name.as_ref().and_then(|name| nodes.get(name.value.as_str())) else { continue };
        for (name, span) in runs(flow) {
            if let Some(to) = nodes.get(name) {
                graph.add_edge(*from, *to, span);
            }
        }
    }
    let circles = kosaraju_scc(&graph);
    let within = within(&graph, &circles);
    for (circle, mut within) in circles.iter().zip(within) {
        within.sort_unstable();
        let Some(((place, name), rest)) = within.split_first() else { continue };
        let message = if circle.len() == 1 {
            format!("flow `{name}` runs itself")
        } else {
            let mut names: Vec<String> = circle.iter().map(|node| format!("`{}`", graph[*node])).collect();
            names.sort_unstable();
            format!("flows {} run each other", names.join(", "))
        };
        let mut finding = Diagnostic::new(Code::F0304, message, *place, "round and round");
        for (place, _) in rest.iter().take(4) {
            finding = finding.and(*place, "and here");
        }
        diagnostics.push(finding.help("put what they share into a flow that runs neither"));
    }
}

/// Of each circle the runs within it: where they stand, and which flow they run.
fn within<'f>(graph: &Graph<&'f str, Span>, circles: &[Vec<NodeIndex>]) -> Vec<Vec<(Span, &'f str)>> {
    let numbered = circles.iter().enumerate();
    let circle_of: BTreeMap<NodeIndex, usize> =
        numbered.flat_map(|(number, circle)| circle.iter().map(move |node| (*node, number))).collect();
    let mut within = vec![Vec::new(); circles.len()];
    for edge in graph.edge_references() {
        if let (Some(from), Some(to)) = (circle_of.get(&edge.source()), circle_of.get(&edge.target()))
            && from == to
        {
            within[*from].push((*edge.weight(), graph[edge.target()]));
        }
    }
    within
}

/// The flows that a flow runs, with the places where it says so.
fn runs(flow: &ast::Flow) -> impl Iterator<Item = (&str, Span)> {
    flow.states.iter().filter(|state| state.kind.value == "run").filter_map(|state| match &state.operand {
        Some(ast::Value::Literal(word)) => Some((word.value.as_str(), word.span)),
        _ => None,
    })
}

/// Values that somebody outside chose and that a flow gives to one it runs, where they come to be dialled or the like: by way of
/// further flows too.
pub fn trust(flows: &[CompiledFlow], diagnostics: &mut Vec<Diagnostic>) {
    // By flow and parameter: what would become of it, and where. A flow in two spellings is one flow.
    let mut sinks: BTreeMap<(&str, &str), (Place, Span)> = BTreeMap::new();
    let mut given_on: BTreeMap<(&str, &str), Vec<(&str, &str)>> = BTreeMap::new();
    for flow in flows {
        for (param, sink) in &flow.trust.sinks {
            sinks.entry((&flow.name, param)).or_insert(*sink);
        }
        for passed in &flow.trust.passed {
            let from = passed.params.iter().map(|param| (flow.name.as_str(), param.as_str()));
            given_on.entry((&passed.flow, &passed.param)).or_default().extend(from);
        }
    }
    let mut open: Vec<(&str, &str)> = sinks.keys().copied().collect();
    while let Some(at) = open.pop() {
        for from in given_on.get(&at).into_iter().flatten() {
            if !sinks.contains_key(from) {
                sinks.insert(*from, sinks[&at]);
                open.push(*from);
            }
        }
    }
    for passed in flows.iter().flat_map(|flow| &flow.trust.passed) {
        let (Some(mark), Some((place, sink))) = (&passed.untrusted, sinks.get(&(&passed.flow, &passed.param))) else {
            continue;
        };
        let finding = chosen_outside(*place, passed.span, (&mark.what, mark.span));
        let message = format!("`{}` takes it there", passed.flow);
        let help = format!("only a flow that hears a number itself may call it; give `{}` another one", passed.flow);
        let finding = finding.map(|finding| finding.and(*sink, message));
        diagnostics.extend(finding.map(|found| if *place == Place::Target { found.help(help) } else { found }));
    }
}

/// Puts into each program that begins calls the flows it runs; what others run is never carried along alone. One that runs a
/// flow of which nothing came has no program either.
pub fn embed(flows: &mut [CompiledFlow]) {
    let run: BTreeSet<String> = flows.iter().filter_map(|flow| flow.program.as_ref()).flat_map(run_by).collect();
    let alone: BTreeMap<String, Arc<Program>> = flows
        .iter()
        .filter(|flow| run.contains(&flow.name))
        .filter_map(|flow| Some((flow.name.clone(), Arc::new(flow.program.clone()?))))
        .collect();
    let torn = torn(&alone);
    let places = places(flows);
    for flow in flows {
        let Some(program) = &mut flow.program else { continue };
        let mut wanted = run_by(program);
        if wanted.iter().any(|name| !alone.contains_key(name) || torn.contains(name)) {
            flow.program = None;
            continue;
        }
        while let Some(name) = wanted.pop().filter(|_| program.call.begins_calls()) {
            let Some(other) = alone.get(&name).filter(|_| !program.flows.contains_key(&name)) else { continue };
            wanted.extend(run_by(other));
            program.needs_ai |= other.needs_ai;
            for (setting, ty) in &other.settings {
                program.settings.entry(setting.clone()).or_insert_with(|| ty.clone());
            }
            if let Some(places) = places.get(&name) {
                flow.source_map.flows.insert(name.clone(), places.clone());
            }
            program.flows.insert(name, Arc::clone(other));
        }
    }
}

/// The flows from which one is reached of which nothing came.
fn torn(alone: &BTreeMap<String, Arc<Program>>) -> BTreeSet<String> {
    let mut callers: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (name, program) in alone {
        for run in run_by(program) {
            callers.entry(run).or_default().push(name);
        }
    }
    let mut torn = BTreeSet::new();
    let mut next: Vec<&str> = callers.keys().filter(|name| !alone.contains_key(*name)).map(String::as_str).collect();
    while let Some(name) = next.pop() {
        let fresh = callers.get(name).into_iter().flatten().filter(|caller| torn.insert((**caller).to_owned()));
        next.extend(fresh);
    }
    torn
}

/// Where the parts of each flow stand; of a flow in two spellings in the native one.
fn places(flows: &[CompiledFlow]) -> BTreeMap<String, SourceMap> {
    let mut places: BTreeMap<String, SourceMap> = BTreeMap::new();
    for flow in flows.iter().filter(|flow| flow.program.is_some()) {
        if flow.spelling == Spelling::Native || !places.contains_key(&flow.name) {
            places.insert(flow.name.clone(), flow.source_map.clone());
        }
    }
    places
}

fn run_by(program: &Program) -> Vec<String> {
    let run = program.states().filter_map(|(_, state)| match &state.kind {
        Kind::Run { flow, .. } => Some(flow.clone()),
        _ => None,
    });
    run.collect()
}
