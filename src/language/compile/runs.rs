//! Flows that run flows: each program gets those it runs, and those that these run, so that it stands alone.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::state::Kind;
use crate::language::graph::{Program, SourceMap};
use crate::language::source::Span;
use crate::language::syntax::ast::{self, Spelling};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{Graph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet};

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
    for circle in kosaraju_scc(&graph) {
        let members: BTreeSet<NodeIndex> = circle.iter().copied().collect();
        let mut within: Vec<(Span, &str)> = graph
            .edge_indices()
            .filter_map(|edge| Some((graph.edge_endpoints(edge)?, edge)))
            .filter(|((from, to), _)| members.contains(from) && members.contains(to))
            .map(|((_, to), edge)| (graph[edge], graph[to]))
            .collect();
        within.sort_unstable();
        let Some(((place, name), rest)) = within.split_first() else { continue };
        let message = if members.len() == 1 {
            format!("flow `{name}` runs itself")
        } else {
            let mut names: Vec<String> = members.iter().map(|node| format!("`{}`", graph[*node])).collect();
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

/// The flows that a flow runs, with the places where it says so.
fn runs(flow: &ast::Flow) -> impl Iterator<Item = (&str, Span)> {
    flow.states.iter().filter(|state| state.kind.value == "run").filter_map(|state| match &state.operand {
        Some(ast::Value::Literal(word)) => Some((word.value.as_str(), word.span)),
        _ => None,
    })
}

/// Puts into each program the flows it runs. One that runs a flow of which nothing came has no program either.
pub fn embed(flows: &mut [CompiledFlow]) {
    let alone: BTreeMap<String, Program> =
        flows.iter().filter_map(|flow| Some((flow.name.clone(), flow.program.clone()?))).collect();
    let places = places(flows);
    for flow in flows {
        let Some(program) = &mut flow.program else { continue };
        let mut wanted = run_by(program);
        let mut complete = true;
        while let Some(name) = wanted.pop() {
            if program.flows.contains_key(&name) {
                continue;
            }
            let Some(other) = alone.get(&name) else {
                complete = false;
                continue;
            };
            wanted.extend(run_by(other));
            program.needs_ai |= other.needs_ai;
            for (setting, ty) in &other.settings {
                program.settings.entry(setting.clone()).or_insert_with(|| ty.clone());
            }
            if let Some(places) = places.get(&name) {
                flow.source_map.flows.insert(name.clone(), places.clone());
            }
            program.flows.insert(name, other.clone());
        }
        if !complete {
            flow.program = None;
        }
    }
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
