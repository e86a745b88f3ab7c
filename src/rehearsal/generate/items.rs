//! What there is to cover: the edges of flows as they are written, and their results.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::trace::Trace;
use crate::rehearsal::coverage::{Coverage, Written};
use crate::rehearsal::live::Passed;
use crate::rehearsal::rehearse::Rehearsed;
use std::collections::{BTreeMap, BTreeSet};

/// Something to cover.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// An edge.
    Edge(Written),
    /// A result.
    Result(String),
}

/// All there is to cover, numbered.
#[derive(Clone, Debug)]
pub(super) struct Items<'c> {
    coverage: &'c Coverage,
    numbers: BTreeMap<(String, What), usize>,
    /// Each: its flow, and what it is.
    pub(super) all: Vec<(String, What)>,
}

impl<'c> Items<'c> {
    /// Those of flows.
    pub(super) fn of(coverage: &'c Coverage) -> Items<'c> {
        let mut all = Vec::new();
        for (flow, walked) in &coverage.flows {
            all.extend(walked.edges.keys().map(|written| (flow.clone(), What::Edge(written.clone()))));
            let results = walked.results.keys().filter(|result| !result.is_empty());
            all.extend(results.map(|result| (flow.clone(), What::Result(result.clone()))));
        }
        let numbers = all.iter().cloned().enumerate().map(|(number, item)| (item, number)).collect();
        Items { coverage, numbers, all }
    }

    /// Those that nothing has covered yet.
    pub(super) fn open(&self) -> BTreeSet<usize> {
        let is_open = |(flow, what): &(String, What)| {
            self.coverage.flows.get(flow).is_some_and(|walked| match what {
                What::Edge(written) => walked.edges.get(written).is_some_and(|way| way.taken == 0),
                What::Result(result) => walked.results.get(result).is_none_or(|times| *times == 0),
            })
        };
        (0..self.all.len()).filter(|number| is_open(&self.all[*number])).collect()
    }

    /// The edge of a state.
    pub(super) fn edge(
        &self,
        flow: &str,
        from: &str,
        label: &crate::language::flow::label::Label,
        exhausted: bool,
    ) -> Option<usize> {
        let written = self.coverage.flows.get(flow)?.written(from, label, exhausted)?;
        self.numbers.get(&(flow.to_owned(), What::Edge(written.clone()))).copied()
    }

    /// What one entry of a trace covers.
    pub(super) fn covered(&self, passed: &Passed) -> Option<usize> {
        match &passed.trace {
            Trace::Took { from, label, exhausted } => self.edge(&passed.flow, from, label, *exhausted),
            Trace::Ended { result: Some(result), .. } | Trace::Returned { result: Some(result), .. } => {
                self.numbers.get(&(passed.flow.clone(), What::Result(result.clone()))).copied()
            }
            Trace::Ended { .. }
            | Trace::Returned { .. }
            | Trace::Entered { .. }
            | Trace::Fault { .. }
            | Trace::Ignored { .. }
            | Trace::Ordered { .. }
            | Trace::Running { .. } => None,
        }
    }

    /// What a rehearsal covered.
    pub(super) fn walked(&self, rehearsed: &Rehearsed) -> BTreeSet<usize> {
        rehearsed.calls.iter().flat_map(|came| &came.passed).filter_map(|passed| self.covered(passed)).collect()
    }
}
