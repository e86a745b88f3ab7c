//! One flow prepared for passing over it: its nodes in a good order, and what is asked of them again and again.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Group, Kind, State};
use crate::language::graph::{Arrow, Edge, Node, Program};
use petgraph::graph::NodeIndex;
use petgraph::visit::{DfsPostOrder, EdgeRef, Reversed};

/// A flow prepared.
pub struct Shape<'p> {
    /// The flow.
    pub program: &'p Program,
    /// By node: its place in reverse post order. What nothing leads to comes last.
    ranks: Vec<u32>,
    /// By node: whether a rule for keys may be live there or later.
    keys_ahead: Vec<bool>,
    /// By node: the index of the scope it stands in among the flow's groups; `None` where no condition of the line holds.
    scopes: Vec<Option<u32>>,
    groups: Vec<&'p Group>,
    /// By node: its ways out, in the order written.
    ways: Vec<Vec<(&'p Edge, NodeIndex)>>,
}

impl<'p> Shape<'p> {
    /// Prepares a flow.
    #[must_use]
    pub fn of(program: &'p Program) -> Shape<'p> {
        let graph = &program.graph;
        let count = graph.node_count();
        let mut ranks = vec![u32::MAX; count];
        let mut walk = DfsPostOrder::new(graph, program.start);
        let mut rank = u32::try_from(count).unwrap_or(u32::MAX);
        while let Some(node) = walk.next(graph) {
            rank = rank.saturating_sub(1);
            ranks[node.index()] = rank;
        }
        let groups: Vec<&Group> = program.groups.values().collect();
        let scope = |node: NodeIndex| {
            let Node::State(state) = &graph[node] else { return None };
            let place = program.groups.keys().position(|name| Some(name) == state.group.as_ref())?;
            (!groups[place].conditions.is_empty()).then(|| u32::try_from(place).unwrap_or(u32::MAX))
        };
        let scopes = graph.node_indices().map(scope).collect();
        let mut ways: Vec<Vec<(&Edge, NodeIndex)>> = vec![Vec::new(); count];
        for edge in graph.edge_references() {
            ways[edge.source().index()].push((edge.weight(), edge.target()));
        }
        Shape { program, ranks, keys_ahead: keys_ahead(program), scopes, groups, ways }
    }

    /// The state of a node; `None` for an end.
    #[must_use]
    pub fn state(&self, node: NodeIndex) -> Option<&'p State> {
        match &self.program.graph[node] {
            Node::State(state) => Some(state),
            Node::Return(_) => None,
        }
    }

    /// A node's place in the order of passing.
    #[must_use]
    pub fn rank(&self, node: NodeIndex) -> u32 {
        self.ranks[node.index()]
    }

    /// Whether a key rule may be live in a node or after it.
    #[must_use]
    pub fn keys_ahead(&self, node: NodeIndex) -> bool {
        self.keys_ahead[node.index()]
    }

    /// The scope of a node.
    #[must_use]
    pub fn scope(&self, node: NodeIndex) -> Option<(u32, &'p Group)> {
        let place = self.scopes[node.index()]?;
        Some((place, self.groups[place as usize]))
    }

    /// A participant's place among the flow's.
    #[must_use]
    pub fn participant(&self, name: &str) -> Option<usize> {
        self.program.participants.iter().position(|known| known == name)
    }

    /// The ways out of a node, in the order written.
    #[must_use]
    pub fn ways(&self, node: NodeIndex) -> &[(&'p Edge, NodeIndex)] {
        &self.ways[node.index()]
    }

    /// Whether the flow may be over right after a node, without a `hangup`.
    #[must_use]
    pub fn may_end_after(&self, node: NodeIndex) -> bool {
        let ways = self.ways(node);
        let caught = ways.iter().any(|(edge, _)| edge.label == Label::PartyLeft);
        !caught || ways.iter().any(|(_, to)| self.state(*to).is_none())
    }

    /// Whether a node is a `hangup`.
    #[must_use]
    pub fn hangs_up_at(&self, node: NodeIndex) -> bool {
        self.state(node).is_some_and(|state| matches!(state.kind, Kind::Hangup { .. }))
    }

    /// Whether an edge to the end without a result hangs up in a flow that others run: nobody wrote what becomes of `failed`.
    #[must_use]
    pub fn hangs_up(&self, from: NodeIndex, edge: &Edge) -> bool {
        use crate::platform::outcomes::Outcome;
        let failed = self.program.route(from, &Label::Outcome(Outcome::Failed), Arrow::Main);
        edge.default && matches!(edge.label, Label::Outcome(_)) && failed.is_some_and(|(failed, _)| failed.default)
    }
}

/// The nodes from which a rule for keys can be reached.
fn keys_ahead(program: &Program) -> Vec<bool> {
    let graph = &program.graph;
    let mut ahead = vec![false; graph.node_count()];
    let mut open: Vec<NodeIndex> = graph
        .edge_references()
        .filter(|edge| matches!(edge.weight().label, Label::Key { .. }))
        .map(|edge| edge.source())
        .collect();
    let back = Reversed(graph);
    while let Some(node) = open.pop() {
        if !std::mem::replace(&mut ahead[node.index()], true) {
            open.extend(petgraph::visit::IntoNeighbors::neighbors(back, node));
        }
    }
    ahead
}
