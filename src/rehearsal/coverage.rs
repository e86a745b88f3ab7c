//! What rehearsals walked of the flows' graphs: states, edges as they are written, results, prompts in each locale.
//!
//! An edge counts once where it is written once: `always party left -> bye` is one edge, not one for each state in which it may be
//! taken. What nobody wrote, a default of the language, is not counted; nor is what the language has authors write though nothing the
//! platform does leads along it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::label::Label;
use crate::language::flow::prompt::Sound;
use crate::language::flow::state::{Input, Kind};
use crate::language::graph::source_map::{By, Place};
use crate::language::graph::{Arrow, Node, Program, SourceMap};
use crate::machine::trace::Trace;
use crate::platform::outcomes::Outcome;
use crate::rehearsal::hearing::sounds_like;
use crate::rehearsal::rehearse::Rehearsed;
use crate::rehearsal::stage::Played;
use std::collections::BTreeMap;

/// What was walked of flows, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Each flow.
    pub flows: BTreeMap<String, Walked>,
}

/// What was walked of one flow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// How often each state was entered.
    pub states: BTreeMap<String, u64>,
    /// The edges.
    pub edges: BTreeMap<Written, Way>,
    /// Edges that are written and can never be taken; they do not count.
    pub never: BTreeMap<Written, Way>,
    /// How often the flow ended with each result; the empty one is none.
    pub results: BTreeMap<String, u64>,
    /// How often each prompt of a library was heard or begun, by its key and locale.
    pub prompts: BTreeMap<(String, String), u64>,
    /// Where an edge that was taken is written.
    ways: BTreeMap<(String, Label, bool), Written>,
    /// How each prompt sounds.
    sounds: Vec<((String, String), Sound)>,
    /// Which prompt some words in a locale were.
    known: BTreeMap<(String, String), Option<(String, String)>>,
}

/// An edge as it is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Written {
    /// Where.
    pub place: Place,
    /// What leads along it.
    pub label: Label,
    /// Whether it is the other end, taken once a limit is used up.
    pub exhausted: bool,
}

/// How often an edge was taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// The states that it leaves.
    pub from: Vec<String>,
    /// Where it leads: a state, `return` or `return RESULT`.
    pub to: String,
    /// How often.
    pub taken: u64,
}

/// How many of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// So many.
    pub of: usize,
    /// Of them, those that were met.
    pub met: usize,
}

impl Share {
    fn of(all: impl Iterator<Item = u64>) -> Share {
        all.fold(Share::default(), |share, taken| Share { of: share.of + 1, met: share.met + usize::from(taken > 0) })
    }

    /// In percent, rounded down; all of nothing is all.
    #[must_use]
    pub fn percent(self) -> u32 {
        (self.met * 100).checked_div(self.of).map_or(100, |percent| u32::try_from(percent).unwrap_or(0))
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Share) -> Share {
        Share { of: self.of + other.of, met: self.met + other.met }
    }
}

impl Coverage {
    /// Nothing walked yet of these flows and those that they run.
    #[must_use]
    pub fn of<'p>(programs: impl IntoIterator<Item = (&'p Program, &'p SourceMap)>) -> Coverage {
        let mut coverage = Coverage::default();
        for (program, places) in programs {
            coverage.flows.entry(program.flow.clone()).or_insert_with(|| Walked::of(program, places));
            for (name, run) in &program.flows {
                if let Some(places) = places.flows.get(name) {
                    coverage.flows.entry(name.clone()).or_insert_with(|| Walked::of(run, places));
                }
            }
        }
        coverage
    }

    /// Counts what a rehearsal walked.
    pub fn walk(&mut self, rehearsed: &Rehearsed) {
        for passed in rehearsed.calls.iter().flat_map(|came| &came.passed) {
            let Some(walked) = self.flows.get_mut(&passed.flow) else { continue };
            match &passed.trace {
                Trace::Entered { state } => {
                    if let Some(times) = walked.states.get_mut(state) {
                        *times += 1;
                    }
                }
                Trace::Took { from, label, exhausted } => {
                    let key = (from.clone(), label.clone(), *exhausted);
                    if let Some(way) = walked.ways.get(&key).and_then(|written| walked.edges.get_mut(written)) {
                        way.taken += 1;
                    }
                }
                Trace::Ended { result, .. } | Trace::Returned { result, .. } => {
                    *walked.results.entry(result.clone().unwrap_or_default()).or_default() += 1;
                }
                Trace::Fault { .. } | Trace::Ignored { .. } | Trace::Ordered { .. } | Trace::Running { .. } => {}
            }
        }
        for played in &rehearsed.played {
            if let Some(walked) = self.flows.get_mut(&played.flow) {
                walked.plays(played);
            }
        }
    }

    /// Adds what others walked of the same flows.
    pub fn add(&mut self, other: &Coverage) {
        for (name, walked) in &other.flows {
            let Some(ours) = self.flows.get_mut(name) else { continue };
            let sum = |into: &mut u64, more: &u64| *into += more;
            walked.states.iter().for_each(|(key, more)| sum(ours.states.entry(key.clone()).or_default(), more));
            walked.results.iter().for_each(|(key, more)| sum(ours.results.entry(key.clone()).or_default(), more));
            walked.prompts.iter().for_each(|(key, more)| sum(ours.prompts.entry(key.clone()).or_default(), more));
            for (key, way) in &walked.edges {
                if let Some(ours) = ours.edges.get_mut(key) {
                    ours.taken += way.taken;
                }
            }
        }
    }

    /// All flows together.
    #[must_use]
    pub fn edges(&self) -> Share {
        self.flows.values().map(Walked::edge_share).fold(Share::default(), Share::and)
    }
}

/// Whether nothing that the platform does leads along an edge: keys of which any are kept as they are match, whatever they are. Only a
/// choice that is none, or words, are no match.
fn is_never(kind: &Kind, label: &Label) -> bool {
    *label == Label::Outcome(Outcome::NoMatch) && matches!(kind, Kind::Recognize { input: Input::Dtmf, .. })
}

impl Walked {
    fn of(program: &Program, places: &SourceMap) -> Walked {
        let mut walked = Walked::default();
        for (node, state) in program.states() {
            walked.states.insert(state.name.clone(), 0);
            for edge in program.edges_from(node) {
                let Some((_, target)) = program.graph.edge_endpoints(edge) else { continue };
                let edge = &program.graph[edge];
                let Some(written) = places.edge_place(&state.name, &edge.label) else { continue };
                if edge.default || written.by == By::Language {
                    continue;
                }
                let exhausted = edge.arrow == Arrow::Else;
                let key = Written { place: written.place.clone(), label: edge.label.clone(), exhausted };
                let way = if is_never(&state.kind, &edge.label) {
                    walked.never.entry(key).or_default()
                } else {
                    walked.ways.insert((state.name.clone(), edge.label.clone(), exhausted), key.clone());
                    walked.edges.entry(key).or_default()
                };
                way.from.push(state.name.clone());
                way.to = match &program.graph[target] {
                    Node::State(state) => state.name.clone(),
                    Node::Return(None) => "return".to_owned(),
                    Node::Return(Some(result)) => format!("return {result}"),
                };
            }
        }
        for (key, prompt) in &program.prompts {
            for (locale, wording) in &prompt.wordings {
                walked.prompts.insert((key.clone(), locale.clone()), 0);
                walked.sounds.push(((key.clone(), locale.clone()), wording.sound.clone()));
            }
        }
        for result in &program.returns {
            walked.results.insert(result.clone(), 0);
        }
        walked
    }

    /// Where an edge of a state is written; nothing where nobody wrote it.
    #[must_use]
    pub fn written(&self, from: &str, label: &Label, exhausted: bool) -> Option<&Written> {
        self.ways.get(&(from.to_owned(), label.clone(), exhausted))
    }

    /// Whether a label was followed from a state, or its other end where a limit is used up; `None` where nobody wrote it.
    #[must_use]
    pub fn is_taken(&self, state: &str, label: &Label, exhausted: bool) -> Option<bool> {
        Some(self.edges.get(self.written(state, label, exhausted)?)?.taken > 0)
    }

    /// Whether a state was entered.
    #[must_use]
    pub fn is_entered(&self, state: &str) -> bool {
        self.states.get(state).is_some_and(|times| *times > 0)
    }

    fn plays(&mut self, played: &Played) {
        let sounds = &self.sounds;
        let which = self.known.entry((played.locale.clone(), played.words.clone())).or_insert_with(|| {
            let mut fits = sounds.iter().filter(|(_, sound)| sounds_like(sound, &played.words)).map(|(key, _)| key);
            let first = fits.next()?;
            // Words that are the same in two locales are those of the one spoken.
            Some(
                std::iter::once(first)
                    .chain(fits)
                    .find(|(_, locale)| *locale == played.locale)
                    .unwrap_or(first)
                    .clone(),
            )
        });
        if let Some(times) = which.as_ref().and_then(|which| self.prompts.get_mut(which)) {
            *times += 1;
        }
    }

    /// States that were entered.
    #[must_use]
    pub fn state_share(&self) -> Share {
        Share::of(self.states.values().copied())
    }

    /// Edges that were taken.
    #[must_use]
    pub fn edge_share(&self) -> Share {
        Share::of(self.edges.values().map(|way| way.taken))
    }

    /// Results that came about, of those declared.
    #[must_use]
    pub fn result_share(&self) -> Share {
        Share::of(self.results.iter().filter(|(result, _)| !result.is_empty()).map(|(_, times)| *times))
    }

    /// Prompts that were heard, each in each locale.
    #[must_use]
    pub fn prompt_share(&self) -> Share {
        Share::of(self.prompts.values().copied())
    }
}
