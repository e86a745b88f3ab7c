//! States that nothing leads to.

use crate::language::check::names::Declared;
use crate::language::check::ways::Exits;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::syntax::ast;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{Graph, NodeIndex};
use std::collections::BTreeMap;

/// Which states can be reached from the start.
#[must_use]
pub fn reached(start: usize, exits: &[Exits]) -> Vec<bool> {
    let mut reached = vec![false; exits.len()];
    // What a state of an unknown kind does is not known, nor how it is come by: it counts as reached.
    let unknown = exits.iter().enumerate().filter(|(_, exit)| exit.kind.is_none()).map(|(state, _)| state);
    let mut open: Vec<usize> = unknown.chain([start]).collect();
    while let Some(state) = open.pop() {
        if std::mem::replace(&mut reached[state], true) {
            continue;
        }
        open.extend(exits[state].arrows().filter_map(|arrow| arrow.state_or_guess()));
    }
    reached
}

/// One finding for each unreachable state that no other unreachable state leads to; of those that only lead to each other,
/// the first.
pub fn unreachable(
    flow: &ast::Flow,
    declared: &Declared,
    exits: &[Exits],
    reached: &[bool],
    findings: &mut Vec<Diagnostic>,
) {
    let mut graph: Graph<usize, ()> = Graph::new();
    let nodes: BTreeMap<usize, NodeIndex> =
        (0..exits.len()).filter(|state| !reached[*state]).map(|state| (state, graph.add_node(state))).collect();
    for (state, node) in &nodes {
        for target in exits[*state].arrows().filter_map(|arrow| arrow.state_or_guess()) {
            if let Some(target) = nodes.get(&target) {
                graph.add_edge(*node, *target, ());
            }
        }
    }
    let mut component_of = vec![0; graph.node_count()];
    let components = kosaraju_scc(&graph);
    for (number, component) in components.iter().enumerate() {
        for node in component {
            component_of[node.index()] = number;
        }
    }
    let mut entered = vec![false; components.len()];
    for edge in graph.raw_edges() {
        let (from, to) = (component_of[edge.source().index()], component_of[edge.target().index()]);
        entered[to] |= from != to;
    }
    for (number, component) in components.iter().enumerate() {
        let Some(first) = component.iter().map(|node| graph[*node]).min() else { continue };
        let name = &flow.states[first].name;
        // The second of two states with one name cannot be led to, which has been said.
        if !entered[number] && declared.states.get(name.value.as_str()) == Some(&first) {
            let message = format!("nothing leads to state `{}`", name.value);
            findings.push(
                Diagnostic::new(Code::F0301, message, name.span, "no call ever comes here")
                    .help("lead a way here, or take the state out"),
            );
        }
    }
}
