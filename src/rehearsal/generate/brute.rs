//! Every walk through a small flow's graph, whatever its length, and every set of them: what nothing generated may be longer than.
//!
//! Nothing here plays a call: walks are read off the graph, so that what the search overlooks, and what is chosen badly, both show.

use crate::language::flow::state::Kind;
use crate::language::graph::{Arrow, Node, Program};
use crate::rehearsal::generate::items::{Items, What};
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, BTreeSet};

/// Where a walk stands: how often limited edges were taken, and what it has covered.
type Standing = (NodeIndex, BTreeMap<String, u32>, u64);

/// What each walk from the start to an end covers, as bits; those within another left out.
pub(super) fn walks(program: &Program, items: &Items<'_>) -> Vec<u64> {
    assert!(items.all.len() < 64, "it is not a small flow");
    let mut seen: BTreeSet<Standing> = BTreeSet::new();
    let mut next: Vec<Standing> = vec![(program.start, BTreeMap::new(), 0)];
    let mut ends: BTreeSet<u64> = BTreeSet::new();
    while let Some(standing) = next.pop() {
        if !seen.insert(standing.clone()) {
            continue;
        }
        assert!(seen.len() < 500_000, "it is not a small flow");
        let (node, counters, covered) = standing;
        let state = match &program.graph[node] {
            Node::Return(result) => {
                ends.insert(covered | result.as_ref().map_or(0, |result| of_result(program, items, result)));
                continue;
            }
            Node::State(state) => state,
        };
        if let Kind::Hangup { result, .. } = &state.kind {
            ends.insert(covered | result.as_ref().map_or(0, |result| of_result(program, items, result)));
            continue;
        }
        for edge in program.edges_from(node) {
            let (weight, Some((_, to))) = (&program.graph[edge], program.graph.edge_endpoints(edge)) else { continue };
            let mut counters = counters.clone();
            let is_else = weight.arrow == Arrow::Else;
            if let Some(limit) = &weight.limit {
                let used = counters.entry(limit.counter.clone()).or_default();
                if is_else != (*used >= limit.times) {
                    continue;
                }
                *used += u32::from(!is_else);
            }
            let item = items.edge(&program.flow, &state.name, &weight.label, is_else);
            next.push((to, counters, covered | item.map_or(0, |item| 1 << item)));
        }
    }
    ends.iter().copied().filter(|one| !ends.iter().any(|other| other != one && one & !other == 0)).collect()
}

fn of_result(program: &Program, items: &Items<'_>, result: &str) -> u64 {
    let what = (program.flow.clone(), What::Result(result.to_owned()));
    items.all.iter().position(|item| *item == what).map_or(0, |item| 1 << item)
}

/// Whether some set of so many walks covers everything, each set tried.
pub(super) fn covers(walks: &[u64], many: usize, all: u64) -> bool {
    match many {
        0 => all == 0,
        1 => walks.iter().any(|walk| all & !walk == 0),
        _ => walks.iter().enumerate().any(|(at, walk)| covers(&walks[at + 1..], many - 1, all & !walk)),
    }
}
