//! What is served: flows by name, and which of them answers which number.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::routes::{Route, Routes};
use crate::language::flow::value::Values;
use crate::language::graph::Program;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A flow that is served.
#[derive(Clone, Debug)]
pub struct Served {
    /// The program.
    pub program: Arc<Program>,
    /// Its hash.
    pub hash: String,
    /// Values of the settings it reads.
    pub settings: Values,
    /// Source map, as it is stored beside the program.
    pub source_map: Vec<u8>,
}

/// What is served: flows by name, and which flow answers which number.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Flows by name.
    pub flows: BTreeMap<String, Served>,
    /// Which flow answers which number.
    pub routes: Routes,
    /// The flow that answers every number when there are no routes.
    pub only_inbound: Option<String>,
}

impl Lines {
    /// The flow that answers when somebody calls this number, and the route by which it does where there are routes.
    #[must_use]
    pub fn answering(&self, number: &str) -> Option<(&Served, Option<&Route>)> {
        if self.routes.is_empty() {
            return Some((self.flows.get(self.only_inbound.as_ref()?)?, None));
        }
        let (_, route) = self.routes.of(number)?;
        Some((self.flows.get(&route.flow)?, Some(route)))
    }
}
