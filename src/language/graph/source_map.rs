//! Where states and edges stand in the text. Stored beside a program, not in it: its hash does not change with the layout.

use crate::language::check::checked::Checked;
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
}

/// Places of a program's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceMap {
    /// By state.
    pub states: BTreeMap<String, Place>,
    /// By the state they leave.
    pub edges: BTreeMap<String, Vec<EdgePlace>>,
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
            let edges = edges.map(|way| EdgePlace { label: way.label.clone(), place: place(way.place, sources) });
            map.edges.insert(name.clone(), edges.collect());
        }
        map
    }

    /// Where a state stands.
    #[must_use]
    pub fn state(&self, name: &str) -> Option<&Place> {
        self.states.get(name)
    }

    /// Where an edge stands.
    #[must_use]
    pub fn edge(&self, from: &str, label: &Label) -> Option<&Place> {
        self.edges.get(from)?.iter().find(|edge| edge.label == *label).map(|edge| &edge.place)
    }
}

fn place(span: Span, sources: &Sources) -> Place {
    let position = sources.position(span);
    Place { file: sources.source(span.file).shared_path(), line: position.line, column: position.column }
}
