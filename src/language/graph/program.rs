//! [`Program`]: one flow, ready to run. A petgraph graph of states and ends, and everything its states read.
//!
//! Its serialised form is versioned and holds no graph indices; its hash is over that form. A program stands alone: nothing
//! outside it is needed to carry a call to its end, so a call pinned to a hash never changes.

use crate::language::flow::calendar::Hours;
pub use crate::language::flow::call::CallKind;
use crate::language::flow::expr::Expr;
use crate::language::flow::label::Label;
use crate::language::flow::prompt::LibraryPrompt;
use crate::language::flow::service::Service;
use crate::language::flow::state::{Condition, Group, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use petgraph::graph::{EdgeIndex, Graph, NodeIndex};
use petgraph::visit::EdgeRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Version of the serialised form.
pub const FORM: u32 = 2;

/// A node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "nearly every node is a state, so a box would only cost")]
pub enum Node {
    /// The flow ends with this result; a line that is up is hung up first.
    Return(Option<String>),
    /// A state.
    State(State),
}

/// Which of a route's two ends an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Arrow {
    /// Taken; while the limit is not used up, where there is one.
    Main,
    /// Taken instead once the limit is used up.
    Else,
}

/// An edge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// What leads here.
    pub label: Label,
    /// Which end of the route this is.
    pub arrow: Arrow,
    /// How often the main end may be taken in one run of the flow, with the counter it uses. Outcomes joined on one line share
    /// a counter; a rule of the flow has one counter for all its states.
    pub limit: Option<Limit>,
    /// Written by nobody: a default of the language.
    pub default: bool,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// The counter: a name unique within the program.
    pub counter: String,
    /// How often.
    pub times: u32,
}

/// A parameter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Param {
    /// Its type.
    pub ty: Type,
    /// Its value when none is given.
    pub default: Option<Value>,
}

/// One flow, ready to run.
#[derive(Clone, Debug)]
pub struct Program {
    /// The flow's name.
    pub flow: String,
    /// How it begins.
    pub call: CallKind,
    /// The locale of its calls at first: a text.
    pub locale: Option<Expr>,
    /// Parameters.
    pub params: BTreeMap<String, Param>,
    /// Settings it reads.
    pub settings: BTreeMap<String, Type>,
    /// Variables.
    pub vars: BTreeMap<String, Type>,
    /// Declared results, in order.
    pub returns: Vec<String>,
    /// The prompts of libraries that it uses, by `library.prompt`.
    pub prompts: BTreeMap<String, LibraryPrompt>,
    /// Whether it says text or listens to speech, for which the platform needs an AI resource.
    pub needs_ai: bool,
    /// Who else may be on the line, by name.
    pub participants: Vec<String>,
    /// Signals it takes, with the type of what comes along.
    pub signals: BTreeMap<String, Option<Type>>,
    /// Beginnings of numbers that may be called though people typed or said them; everything trusted may be called anyway.
    pub dial_collected: Vec<String>,
    /// How the line must stand where another flow runs it.
    pub needs: Vec<Condition>,
    /// Groups by name.
    pub groups: BTreeMap<String, Group>,
    /// The services it asks, each with the operations it invokes.
    pub services: BTreeMap<String, Service>,
    /// The calendars it uses: hours by name.
    pub calendars: BTreeMap<String, BTreeMap<String, Hours>>,
    /// The flows it runs, and those that these run, by name. Theirs are here too, so this is empty in each of them, and in a
    /// flow that begins no calls.
    pub flows: BTreeMap<String, Arc<Program>>,
    /// States, ends and the edges between them.
    pub graph: Graph<Node, Edge>,
    /// Where it starts.
    pub start: NodeIndex,
    /// States by name.
    by_name: BTreeMap<String, NodeIndex>,
}

/// The serialised form: names instead of indices, everything in an order that does not depend on how it was built.
#[derive(Serialize, Deserialize)]
struct Form {
    form: u32,
    flow: String,
    call: CallKind,
    locale: Option<Expr>,
    params: BTreeMap<String, Param>,
    settings: BTreeMap<String, Type>,
    vars: BTreeMap<String, Type>,
    returns: Vec<String>,
    prompts: BTreeMap<String, LibraryPrompt>,
    needs_ai: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    participants: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    signals: BTreeMap<String, Option<Type>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dial_collected: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    needs: Vec<Condition>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    groups: BTreeMap<String, Group>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    services: BTreeMap<String, Service>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    calendars: BTreeMap<String, BTreeMap<String, Hours>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    flows: BTreeMap<String, Form>,
    start: String,
    states: Vec<State>,
    edges: Vec<FormEdge>,
}

#[derive(Serialize, Deserialize)]
struct FormEdge {
    from: String,
    to: FormEnd,
    edge: Edge,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormEnd {
    Return(Option<String>),
    State(String),
}

/// Why a serialised program cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Written by a release with another form.
    #[error("the program has form {found}; this release reads form {FORM}")]
    OtherForm {
        /// Its form.
        found: u32,
    },
    /// Not a program.
    #[error("the program cannot be read: {0}")]
    Broken(String),
}

/// What [`Program::assemble`] needs besides states and edges.
#[derive(Clone, Debug, Default)]
pub struct Head {
    /// See [`Program::flow`].
    pub flow: String,
    /// See [`Program::call`].
    pub call: CallKind,
    /// See [`Program::locale`].
    pub locale: Option<Expr>,
    /// See [`Program::params`].
    pub params: BTreeMap<String, Param>,
    /// See [`Program::settings`].
    pub settings: BTreeMap<String, Type>,
    /// See [`Program::vars`].
    pub vars: BTreeMap<String, Type>,
    /// See [`Program::returns`].
    pub returns: Vec<String>,
    /// See [`Program::prompts`].
    pub prompts: BTreeMap<String, LibraryPrompt>,
    /// See [`Program::needs_ai`].
    pub needs_ai: bool,
    /// See [`Program::participants`].
    pub participants: Vec<String>,
    /// See [`Program::signals`].
    pub signals: BTreeMap<String, Option<Type>>,
    /// See [`Program::dial_collected`].
    pub dial_collected: Vec<String>,
    /// See [`Program::needs`].
    pub needs: Vec<Condition>,
    /// See [`Program::groups`].
    pub groups: BTreeMap<String, Group>,
    /// See [`Program::services`].
    pub services: BTreeMap<String, Service>,
    /// See [`Program::calendars`].
    pub calendars: BTreeMap<String, BTreeMap<String, Hours>>,
    /// See [`Program::flows`].
    pub flows: BTreeMap<String, Arc<Program>>,
}

/// Where an edge leads, by name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum End {
    /// The flow ends.
    Return(Option<String>),
    /// A state.
    State(String),
}

/// Where an edge leads, by the state's place among the states.
#[derive(Clone, Debug)]
pub(crate) enum Place {
    /// The flow ends.
    Return(Option<String>),
    /// A state.
    State(usize),
}

impl Program {
    /// Puts a program together. Edges to or from states that are not there are refused.
    ///
    /// # Errors
    /// When the start or an edge names a state that is not there; the text names it.
    pub fn assemble(
        head: Head,
        start: &str,
        states: Vec<State>,
        edges: Vec<(String, End, Edge)>,
    ) -> Result<Program, String> {
        let places: BTreeMap<&str, usize> =
            states.iter().enumerate().map(|(place, state)| (state.name.as_str(), place)).collect();
        let find = |name: &str| places.get(name).copied().ok_or_else(|| format!("no state `{name}`"));
        let placed = |(from, to, edge): (String, End, Edge)| {
            let to = match to {
                End::State(name) => Place::State(find(&name)?),
                End::Return(result) => Place::Return(result),
            };
            Ok((find(&from)?, to, edge))
        };
        let start = find(start)?;
        let edges = edges.into_iter().map(placed).collect::<Result<Vec<_>, String>>()?;
        Program::of_places(head, start, states, edges)
    }

    /// The same, with states named by their places among them.
    pub(crate) fn of_places(
        head: Head,
        start: usize,
        states: Vec<State>,
        edges: Vec<(usize, Place, Edge)>,
    ) -> Result<Program, String> {
        let count = states.len();
        let mut graph = Graph::with_capacity(count + 1, edges.len());
        let names: Vec<(String, NodeIndex)> =
            states.into_iter().map(|state| (state.name.clone(), graph.add_node(Node::State(state)))).collect();
        let nodes: Vec<NodeIndex> = names.iter().map(|(_, node)| *node).collect();
        let by_name: BTreeMap<String, NodeIndex> = names.into_iter().collect();
        if by_name.len() < count {
            let twice = nodes.iter().find_map(|node| match &graph[*node] {
                Node::State(state) => (by_name.get(&state.name) != Some(node)).then(|| state.name.clone()),
                Node::Return(_) => None,
            });
            return Err(format!("state `{}` stands twice", twice.unwrap_or_default()));
        }
        let find = |place: usize| nodes.get(place).copied().ok_or_else(|| format!("no state {place}"));
        let mut returns = BTreeMap::new();
        for (from, to, edge) in edges {
            let to = match to {
                Place::State(place) => find(place)?,
                Place::Return(result) => {
                    *returns.entry(result.clone()).or_insert_with(|| graph.add_node(Node::Return(result)))
                }
            };
            graph.add_edge(find(from)?, to, edge);
        }
        let start = find(start)?;
        let Head { flow, call, locale, params, settings, vars, returns, prompts, needs_ai, .. } = head;
        let Head { participants, signals, dial_collected, needs, groups, services, calendars, flows, .. } = head;
        Ok(Program {
            flow,
            call,
            locale,
            params,
            settings,
            vars,
            returns,
            prompts,
            needs_ai,
            participants,
            signals,
            dial_collected,
            needs,
            groups,
            services,
            calendars,
            flows,
            graph,
            start,
            by_name,
        })
    }

    /// The node of a state.
    #[must_use]
    pub fn node(&self, state: &str) -> Option<NodeIndex> {
        self.by_name.get(state).copied()
    }

    /// A state by name.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&State> {
        match self.graph.node_weight(self.node(name)?)? {
            Node::State(state) => Some(state),
            Node::Return(_) => None,
        }
    }

    /// States in the order of the flow text.
    pub fn states(&self) -> impl Iterator<Item = (NodeIndex, &State)> {
        self.graph.node_indices().filter_map(|index| match &self.graph[index] {
            Node::State(state) => Some((index, state)),
            Node::Return(_) => None,
        })
    }

    /// The conditions of the line in its groups and in those of the flows it runs.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        let groups = self.flows.values().flat_map(|flow| flow.groups.values()).chain(self.groups.values());
        groups.flat_map(|group| &group.conditions)
    }

    /// The edges that leave a node, in the order they were added.
    #[must_use]
    pub fn edges_from(&self, node: NodeIndex) -> Vec<EdgeIndex> {
        let mut edges: Vec<EdgeIndex> = self.graph.edges(node).map(|edge| edge.id()).collect();
        edges.sort_unstable();
        edges
    }

    /// One end of the route that `label` takes from a node.
    #[must_use]
    pub fn route(&self, node: NodeIndex, label: &Label, arrow: Arrow) -> Option<(&Edge, NodeIndex)> {
        self.graph
            .edges(node)
            .find(|edge| edge.weight().arrow == arrow && edge.weight().label == *label)
            .map(|edge| (edge.weight(), edge.target()))
    }

    /// The serialised form.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(&self.form()).unwrap_or_default()
    }

    /// Reads the serialised form.
    ///
    /// # Errors
    /// When it is of another form or broken.
    pub fn from_bytes(bytes: &[u8]) -> Result<Program, Unreadable> {
        #[derive(Deserialize)]
        struct Version {
            form: u32,
        }
        let broken = |e: serde_json::Error| Unreadable::Broken(e.to_string());
        let version: Version = serde_json::from_slice(bytes).map_err(broken)?;
        if version.form != FORM {
            return Err(Unreadable::OtherForm { found: version.form });
        }
        let form: Form = serde_json::from_slice(bytes).map_err(broken)?;
        Program::from_form(form)
    }

    fn from_form(form: Form) -> Result<Program, Unreadable> {
        let flows: Result<BTreeMap<String, Arc<Program>>, Unreadable> =
            form.flows.into_iter().map(|(name, form)| Ok((name, Arc::new(Program::from_form(form)?)))).collect();
        let edges = form
            .edges
            .into_iter()
            .map(|e| {
                let to = match e.to {
                    FormEnd::Return(result) => End::Return(result),
                    FormEnd::State(name) => End::State(name),
                };
                (e.from, to, e.edge)
            })
            .collect();
        let head = Head {
            flow: form.flow,
            call: form.call,
            locale: form.locale,
            params: form.params,
            settings: form.settings,
            vars: form.vars,
            returns: form.returns,
            prompts: form.prompts,
            needs_ai: form.needs_ai,
            participants: form.participants,
            signals: form.signals,
            dial_collected: form.dial_collected,
            needs: form.needs,
            groups: form.groups,
            services: form.services,
            calendars: form.calendars,
            flows: flows?,
        };
        Program::assemble(head, &form.start, form.states, edges).map_err(Unreadable::Broken)
    }

    /// Hash of the serialised form: SHA-256, in hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.to_bytes());
        digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn name_of(&self, node: NodeIndex) -> FormEnd {
        match &self.graph[node] {
            Node::Return(result) => FormEnd::Return(result.clone()),
            Node::State(state) => FormEnd::State(state.name.clone()),
        }
    }

    fn form(&self) -> Form {
        let mut states: Vec<State> = self.states().map(|(_, state)| state.clone()).collect();
        states.sort_by(|a, b| a.name.cmp(&b.name));
        let mut edges: Vec<FormEdge> = self
            .graph
            .edge_references()
            .filter_map(|edge| match self.name_of(edge.source()) {
                FormEnd::State(from) => {
                    Some(FormEdge { from, to: self.name_of(edge.target()), edge: edge.weight().clone() })
                }
                FormEnd::Return(_) => None,
            })
            .collect();
        edges.sort_by(|a, b| {
            (&a.from, &a.edge.label, a.edge.arrow, &a.to).cmp(&(&b.from, &b.edge.label, b.edge.arrow, &b.to))
        });
        let start = match self.name_of(self.start) {
            FormEnd::State(name) => name,
            FormEnd::Return(_) => String::new(),
        };
        Form {
            form: FORM,
            flow: self.flow.clone(),
            call: self.call,
            locale: self.locale.clone(),
            params: self.params.clone(),
            settings: self.settings.clone(),
            vars: self.vars.clone(),
            returns: self.returns.clone(),
            prompts: self.prompts.clone(),
            needs_ai: self.needs_ai,
            participants: self.participants.clone(),
            signals: self.signals.clone(),
            dial_collected: self.dial_collected.clone(),
            needs: self.needs.clone(),
            groups: self.groups.clone(),
            services: self.services.clone(),
            calendars: self.calendars.clone(),
            flows: self.flows.iter().map(|(name, program)| (name.clone(), program.form())).collect(),
            start,
            states,
            edges,
        }
    }
}
