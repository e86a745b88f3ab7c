//! Where states and edges stand in the text. Stored beside a program, not in it: its hash does not change with the layout.

use crate::language::check::checked::Checked;
use crate::language::check::ways::Origin;
use crate::language::flow::label::Label;
use crate::language::source::{Sources, Span};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// The file's path.
    pub file: Arc<str>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

/// An edge's place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EdgePlace {
    /// What leads along it.
    pub label: Label,
    /// Where it is written; a default's place is that of its state.
    pub place: Place,
    /// Who wrote it.
    #[serde(default)]
    pub by: By,
}

/// Who wrote an edge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The flow's rules, `always`.
    Always,
    /// The flow's `defaults`.
    Defaults,
    /// The state's group.
    Group,
    /// Nobody: the language.
    Language,
    /// The state itself.
    #[default]
    State,
}

/// Places of a program's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// By state.
    pub states: BTreeMap<String, Place>,
    /// By the state they leave.
    pub edges: BTreeMap<String, Vec<EdgePlace>>,
    /// The flows that this one runs, and those that these run, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub flows: BTreeMap<String, SourceMap>,
}

impl SourceMap {
    /// The places of a checked flow.
    #[must_use]
    pub fn of(checked: &Checked, sources: &Sources) -> SourceMap {
        let mut map = SourceMap::default();
        for state in &checked.states {
            let name = &state.state.name;
            map.states.insert(name.clone(), place(state.place, sources));
            let edges = state.ways.iter();
            let edges = edges.map(|way| EdgePlace {
                label: way.label.clone(),
                place: place(way.place, sources),
                by: By::of(way.origin),
            });
            map.edges.insert(name.clone(), edges.collect());
        }
        map
    }

    /// The places of a flow that this one runs; its own for none.
    #[must_use]
    pub fn of_flow(&self, flow: Option<&str>) -> Option<&SourceMap> {
        match flow {
            Some(flow) => self.flows.get(flow),
            None => Some(self),
        }
    }

    /// Where a state stands.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&Place> {
        self.states.get(name)
    }

    /// Where an edge stands.
    #[must_use]
    pub fn edge(&self, from: &str, label: &Label) -> Option<&Place> {
        self.edge_place(from, label).map(|edge| &edge.place)
    }

    /// Where an edge stands, and who wrote it.
    #[must_use]
    pub fn edge_place(&self, from: &str, label: &Label) -> Option<&EdgePlace> {
        self.edges.get(from)?.iter().find(|edge| edge.label == *label)
    }
}

impl By {
    fn of(origin: Origin) -> By {
        match origin {
            Origin::Defaults => By::Defaults,
            Origin::Group => By::Group,
            Origin::Language => By::Language,
            Origin::Rule => By::Always,
            Origin::State => By::State,
        }
    }
}

fn place(span: Span, sources: &Sources) -> Place {
    let position = sources.position(span);
    Place { file: sources.source(span.file).shared_path(), line: position.line, column: position.column }
}
