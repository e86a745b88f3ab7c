//! Cycles that nothing bounds: whoever stays in one, stays for ever. A limit on any edge of a cycle bounds it, and so does the leaving
//! of somebody whom nothing in it brings in: they leave once.

use crate::language::check::kinds::Kind;
use crate::language::check::ways::Exits;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::Label;
use crate::language::source::Span;
use crate::language::syntax::ast;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{EdgeIndex, Graph, NodeIndex};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// In a large component the shortest loop is sought from this many states only.
const STARTS: usize = 32;
/// How often components are sought anew without edges that are taken once.
const ROUNDS: usize = 8;

/// One finding for each component of states that lead to each other without a bound.
pub fn unbounded(flow: &ast::Flow, exits: &[Exits], reached: &[bool], findings: &mut Vec<Diagnostic>) {
    let mut graph: Graph<usize, Span> = Graph::new();
    let mut leaving: Vec<(EdgeIndex, &str)> = Vec::new();
    let nodes: Vec<NodeIndex> = (0..exits.len()).map(|state| graph.add_node(state)).collect();
    for (state, exit) in exits.iter().enumerate().filter(|(state, _)| reached[*state]) {
        for arrow in exit.arrows().filter(|arrow| arrow.repeats()) {
            if let Some(target) = arrow.state() {
                let edge = graph.add_edge(nodes[state], nodes[target], arrow.way.place);
                if let Label::Left(who) = &arrow.way.label {
                    leaving.push((edge, who));
                }
            }
        }
    }
    let components = without_leaving(flow, exits, &mut graph, leaving);
    for component in components {
        let Some(path) = shortest_loop(&graph, &component) else { continue };
        let takes_no_time = |kind| matches!(kind, Some(Kind::Decide | Kind::Hours | Kind::Set));
        let all_decide = component.iter().all(|node| takes_no_time(exits[graph[*node]].kind));
        let unknown = component.iter().any(|node| exits[graph[*node]].kind.is_none());
        if !unknown {
            findings.push(finding(flow, &graph, &path, all_decide));
        }
    }
}

/// The components of a graph without the edges of people's leaving whom no state of the same component brings in.
fn without_leaving(
    flow: &ast::Flow,
    exits: &[Exits],
    graph: &mut Graph<usize, Span>,
    mut leaving: Vec<(EdgeIndex, &str)>,
) -> Vec<Vec<NodeIndex>> {
    for _ in 0..ROUNDS {
        let components = kosaraju_scc(&*graph);
        if leaving.is_empty() {
            return components;
        }
        let mut component_of = vec![0; exits.len()];
        let mut brought_in: BTreeSet<(usize, &str)> = BTreeSet::new();
        for (number, component) in components.iter().enumerate() {
            for state in component.iter().map(|node| graph[*node]) {
                component_of[state] = number;
                if let (Some(Kind::Add | Kind::Move), Some(ast::Value::Literal(who))) =
                    (exits[state].kind, &flow.states[state].operand)
                {
                    brought_in.insert((number, who.value.as_str()));
                }
            }
        }
        let stays = |(edge, who): &(EdgeIndex, &str)| {
            let Some((from, to)) = graph.edge_endpoints(*edge) else { return false };
            let number = component_of[graph[from]];
            number != component_of[graph[to]] || brought_in.contains(&(number, *who))
        };
        let (kept, gone): (Vec<_>, Vec<_>) = leaving.iter().copied().partition(stays);
        if gone.is_empty() {
            return components;
        }
        let gone: BTreeSet<EdgeIndex> = gone.into_iter().map(|(edge, _)| edge).collect();
        *graph = graph.filter_map(|_, state| Some(*state), |edge, place| (!gone.contains(&edge)).then_some(*place));
        leaving = kept;
        // Edges are numbered anew without those that went.
        for (edge, _) in &mut leaving {
            *edge = EdgeIndex::new(edge.index() - gone.range(..*edge).count());
        }
    }
    kosaraju_scc(&*graph)
}

/// The shortest loop within a component, as the states it passes, the earliest in the text first; none when the component
/// is a single state that does not lead to itself.
fn shortest_loop(graph: &Graph<usize, Span>, component: &[NodeIndex]) -> Option<Vec<NodeIndex>> {
    let mut members: Vec<NodeIndex> = component.to_vec();
    members.sort_by_key(|node| graph[*node]);
    if let Some(own) = members.iter().find(|node| graph.contains_edge(**node, **node)) {
        return Some(vec![*own]);
    }
    let inside: BTreeSet<NodeIndex> = members.iter().copied().collect();
    let loops = members.iter().take(STARTS).filter_map(|start| loop_through(graph, *start, &inside));
    let mut shortest = loops.min_by_key(Vec::len)?;
    let first = shortest.iter().enumerate().min_by_key(|(_, node)| graph[**node]).map_or(0, |(at, _)| at);
    shortest.rotate_left(first);
    Some(shortest)
}

/// The shortest way from a state back to itself.
fn loop_through(graph: &Graph<usize, Span>, start: NodeIndex, inside: &BTreeSet<NodeIndex>) -> Option<Vec<NodeIndex>> {
    let mut came_from: BTreeMap<NodeIndex, NodeIndex> = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(node) = open.pop_front() {
        for target in graph.neighbors(node).filter(|target| inside.contains(target)) {
            if target == start {
                let mut path = vec![node];
                while let Some(before) = path.last().and_then(|last| came_from.get(last)) {
                    path.push(*before);
                }
                path.reverse();
                return Some(path);
            }
            if let Entry::Vacant(unseen) = came_from.entry(target) {
                unseen.insert(node);
                open.push_back(target);
            }
        }
    }
    None
}

fn finding(flow: &ast::Flow, graph: &Graph<usize, Span>, path: &[NodeIndex], all_decide: bool) -> Diagnostic {
    let name = |node: &NodeIndex| flow.states[graph[*node]].name.value.as_str();
    let mut names: Vec<&str> = path.iter().map(name).collect();
    let first = names.first().copied().unwrap_or_default();
    if names.len() > 12 {
        names.splice(6..names.len() - 5, ["…"]);
    }
    names.push(first);
    let route = names.join(" -> ");
    let closing = path.last().zip(path.first()).and_then(|(last, first)| graph.edges_connecting(*last, *first).next());
    let place = closing.map_or(flow.head, |edge| *edge.weight());
    let label = format!("leads back to `{first}`");
    if all_decide {
        return Diagnostic::new(Code::F0302, format!("a cycle that neither waits nor counts: {route}"), place, label)
            .help("a decide takes no time, so the call would hang; lead one branch out, or add `limit N else …`");
    }
    Diagnostic::new(Code::F0303, format!("a cycle without a bound: {route}"), place, label)
        .help("whoever goes round, goes round for ever; add `limit N else …` to an edge of the cycle")
}
