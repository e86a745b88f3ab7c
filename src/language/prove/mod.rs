//! What can be proved of calls before there is one: a pass over every flow with what the call may be like in each state, held
//! against a table of what the platform allows. Works on programs: a flow with an error has none, so one cause stays one finding.

pub mod condition;

pub mod endpoints;

pub mod few;

pub mod scope;

pub mod shape;

pub mod summary;

pub mod transfer;

pub mod conclude;

pub mod judge;

pub mod legality;

pub mod paths;

pub mod report;

pub mod words;

use crate::language::check::promises::{Claims, Recorded};
use crate::language::diagnostic::{Diagnostic, Severity};
use crate::language::flow::state::Condition as Wanted;
use crate::language::graph::Program;
use crate::language::prove::conclude::{Subject, What};
use crate::language::prove::condition::{Condition, Recording, Switch};
use crate::language::prove::few::Few;
use crate::language::prove::judge::{Needs, Sure};
use crate::language::prove::legality::Row;
use crate::language::prove::paths::{Shown, Sought};
use crate::language::prove::report::{Often, Told};
use crate::language::prove::shape::Shape;
use crate::language::prove::summary::{Passes, Slot};
use crate::language::source::Span;
use crate::platform::versions::Version;
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, BTreeSet};

/// Places that a search for calls looks at, for each state of the project, and besides.
const BUDGET: (usize, usize) = (8, 20_000);

/// A flow that is to be proved.
#[derive(Clone, Copy, Debug)]
pub struct Flow<'a> {
    /// The flow.
    pub program: &'a Program,
    /// What it says of itself.
    pub claims: &'a Claims,
    /// Where the names of its states stand, by node.
    pub places: &'a [Span],
    /// Which other flows are its own: a flow runs those of its group where it can. (Twins are two flows of one name.)
    pub kin: u8,
}

/// What came of proving a project.
pub struct Proofs {
    /// What is to be said.
    pub findings: Vec<Diagnostic>,
    /// By flow and node what a call may be like there, whoever runs the flow.
    pub conditions: Vec<Vec<Option<Condition>>>,
}

/// A flow, a node of it, and what is to be said there.
type Key = (usize, NodeIndex, What);

/// Something that may have to be said.
struct Candidate {
    row: Option<&'static Row>,
    /// How sure it is with all ways joined, in every pass.
    sure: Sure,
}

/// Proves the flows of a project.
#[must_use]
pub fn prove(flows: &[Flow<'_>], version: Option<Version>) -> Proofs {
    let shapes: Vec<Shape<'_>> = flows.iter().map(|flow| Shape::of(flow.program)).collect();
    let mut named: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, flow) in flows.iter().enumerate() {
        named.entry(&flow.program.flow).or_default().push(number);
    }
    let runs = |from: usize, name: &str| -> Option<usize> {
        let all = named.get(name)?;
        all.iter().find(|flow| flows[**flow].kin == flows[from].kin).or(all.first()).copied()
    };
    let wanting: BTreeSet<&str> =
        flows.iter().filter(|flow| needed(flow.program).is_some()).map(|flow| flow.program.flow.as_str()).collect();
    let needs = |from: usize| -> Needs<'_> {
        wanting.iter().filter_map(|name| Some((*name, needed(flows[runs(from, name)?].program)?))).collect()
    };
    let subjects: Vec<Subject<'_>> = shapes
        .iter()
        .zip(flows)
        .enumerate()
        .map(|(from, (shape, flow))| Subject { shape, claims: flow.claims, needs: needs(from) })
        .collect();
    let mut proving = Proving {
        flows,
        shapes: &shapes,
        subjects: &subjects,
        passes: Passes::new(&shapes, &runs),
        version,
        conditions: shapes.iter().map(|shape| vec![None; shape.program.graph.node_count()]).collect(),
        told: BTreeMap::new(),
    };
    let begins = |flow: &usize| flows[*flow].program.call.begins_calls();
    for root in (0..flows.len()).filter(begins) {
        let entry = Condition::beginning(flows[root].program.participants.len());
        proving.root(root, &entry);
    }
    // Nobody runs these yet: what is so on every line there may be is said of them.
    for root in (0..flows.len()).filter(|flow| !begins(flow)) {
        if proving.conditions[root].iter().all(Option::is_none) {
            proving.root(root, &on_some_line(&flows[root]));
        }
    }
    let conditions = std::mem::take(&mut proving.conditions);
    Proofs { findings: proving.findings(), conditions }
}

/// How the recording must stand where a flow is run.
fn needed(program: &Program) -> Option<Recorded> {
    program.needs.iter().find_map(|need| match need {
        Wanted::RecordingActive => Some(Recorded::Active),
        Wanted::RecordingPaused => Some(Recorded::Paused),
        Wanted::Hold { .. } | Wanted::Streaming | Wanted::Transcription(_) => None,
    })
}

/// The line that a flow is run on, when nobody says which.
fn on_some_line(flow: &Flow<'_>) -> Condition {
    let count = flow.program.participants.len();
    if flow.program.call == crate::language::graph::CallKind::Any {
        return Condition::beginning(count);
    }
    let mut entry = Condition::any_line(count);
    entry.keys = Few::only(Switch::Off);
    entry.music = Few::only(Switch::Off);
    match needed(flow.program) {
        Some(Recorded::Active) => entry.recording = Few::only(Recording::Active),
        Some(Recorded::Paused) => entry.recording = Few::only(Recording::Paused),
        None => {}
    }
    entry
}

struct Proving<'a> {
    flows: &'a [Flow<'a>],
    shapes: &'a [Shape<'a>],
    subjects: &'a [Subject<'a>],
    passes: Passes<'a>,
    version: Option<Version>,
    conditions: Vec<Vec<Option<Condition>>>,
    told: BTreeMap<Key, Diagnostic>,
}

impl Proving<'_> {
    /// Calls that begin with this flow.
    fn root(&mut self, root: usize, entry: &Condition) {
        let first = self.passes.pass(root, entry);
        let known = self.flows[root].program.call.begins_calls();
        let mut candidates: BTreeMap<Key, Candidate> = BTreeMap::new();
        let mut reached = BTreeSet::from([first]);
        let mut open = vec![first];
        while let Some(pass) = open.pop() {
            for inner in self.draw(pass, &mut candidates) {
                if reached.insert(inner) {
                    open.push(inner);
                }
            }
        }
        candidates.retain(|_, candidate| self.counts(candidate, known));
        if candidates.is_empty() {
            return;
        }
        let sought: Sought = candidates.keys().cloned().collect();
        let states: usize =
            reached.iter().map(|pass| self.shapes[self.passes.instances[*pass].flow].program.graph.node_count()).sum();
        let budget = states * BUDGET.0 + BUDGET.1;
        let mut found = paths::search(&mut self.passes, self.subjects, (root, entry), &sought, budget);
        for (key, candidate) in candidates {
            let shown = found.shown.remove(&key);
            // Every call that there may be was looked at, and none comes to it.
            if shown.is_some() || !found.whole {
                self.tell(key, &candidate, shown);
            }
        }
    }

    /// Whether anything would be said of it however it turned out.
    fn counts(&self, candidate: &Candidate, known: bool) -> bool {
        let has = |row: &Row| row.since.is_none_or(|feature| self.version.is_none_or(|version| feature.is_in(version)));
        let said = |row: &Row| has(row) && (candidate.sure == Sure::Certain || row.on_a_way.is_some());
        candidate.row.is_none_or(said) && (known || candidate.sure == Sure::Certain)
    }

    /// Draws conclusions of one pass, and gives back those of the flows it runs.
    fn draw(&mut self, pass: usize, candidates: &mut BTreeMap<Key, Candidate>) -> Vec<usize> {
        let flow = self.passes.instances[pass].flow;
        let mut inner = Vec::new();
        for node in self.shapes[flow].program.graph.node_indices() {
            for slot in [Slot { node, refused: true }, Slot::of(node)] {
                let Some(condition) = self.passes.instances[pass].at(slot).cloned() else { continue };
                if !slot.refused {
                    inner.extend(self.run_by(pass, node, &condition));
                    self.note(flow, node, &condition);
                }
                let ends = !slot.refused && self.shapes[flow].may_end_after(node);
                let steps = if ends { self.passes.steps(pass, slot, &condition, false) } else { Vec::new() };
                for conclusion in self.subjects[flow].of(slot, &condition, &steps) {
                    let key = (flow, node, conclusion.what);
                    let row = conclusion.row;
                    let candidate = candidates.entry(key).or_insert(Candidate { row, sure: conclusion.sure });
                    if conclusion.sure < candidate.sure {
                        *candidate = Candidate { row, sure: conclusion.sure };
                    }
                }
            }
        }
        inner
    }

    fn run_by(&mut self, pass: usize, node: NodeIndex, condition: &Condition) -> Option<usize> {
        use crate::language::flow::state::Kind;
        let flow = self.passes.instances[pass].flow;
        let shape = &self.shapes[flow];
        let Kind::Run { flow: name, .. } = &shape.state(node)?.kind else { return None };
        let now = transfer::begin(shape, node, self.passes.is_within(pass), condition);
        let (inner, entry) = self.passes.entered(flow, name, &now)?;
        Some(self.passes.pass(inner, &entry))
    }

    fn note(&mut self, flow: usize, node: NodeIndex, condition: &Condition) {
        let now = transfer::begin(&self.shapes[flow], node, false, condition);
        match &mut self.conditions[flow][node.index()] {
            Some(known) => {
                known.absorb(&now);
            }
            none => *none = Some(now),
        }
    }

    fn tell(&mut self, key: Key, candidate: &Candidate, shown: Option<Shown>) {
        let (flow, node, what) = &key;
        let (shape, of) = (&self.shapes[*flow], &self.flows[*flow]);
        let (Some(state), Some(place)) = (shape.state(*node), of.places.get(node.index())) else { return };
        let often = Often::of(candidate.sure, shown.as_ref().map_or(Sure::Perhaps, |shown| shown.sure));
        let has_failed = shape.ways(*node).iter().any(|(edge, _)| report::is_failure(&edge.label));
        let told = Told { program: of.program, claims: of.claims, state, place: *place, has_failed };
        let Some(finding) = told.finding(what, candidate.row, often) else { return };
        let finding = finding.shown_by(shown.and_then(|shown| shown.witness));
        // Of what is so in several passes the worst is said.
        if self.told.get(&key).is_none_or(|known| finding.severity < known.severity) {
            self.told.insert(key, finding);
        }
    }

    /// What is said in the end.
    fn findings(self) -> Vec<Diagnostic> {
        let mut ends: BTreeMap<(usize, What), Vec<Diagnostic>> = BTreeMap::new();
        let mut findings = Vec::new();
        for ((flow, node, what), finding) in self.told {
            let claims = self.flows[flow].claims;
            if finding.severity == Severity::Warning && claims.allowed.contains(&finding.code) {
                continue;
            }
            // A rule that ends the call in many states is one cause.
            if paths::is_one_cause(&self.shapes[flow], claims, node, &what) {
                ends.entry((flow, what)).or_default().push(finding);
            } else {
                findings.push(finding);
            }
        }
        for mut same in ends.into_values() {
            same.sort_by_key(|finding| (finding.severity, finding.primary.span));
            let Some(first) = same.into_iter().next() else { continue };
            findings.push(first);
        }
        findings
    }
}
