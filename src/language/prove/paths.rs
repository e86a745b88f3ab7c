//! The shortest call that comes to a finding: a search, breadth first, over states and what the call is like along one path alone.
//! Along a path hardly anything is uncertain, so what only seemed possible where paths were joined is found out here. It looks at
//! a bounded number of places; what it did not come to by then stays said, without a call to show it.

use crate::language::check::promises::Claims;
use crate::language::diagnostic::{Witness, WitnessStep};
use crate::language::flow::state::Kind;
use crate::language::graph::Arrow;
use crate::language::prove::conclude::{Subject, What};
use crate::language::prove::condition::Condition;
use crate::language::prove::judge::Sure;
use crate::language::prove::shape::Shape;
use crate::language::prove::summary::{Passes, Slot, To};
use crate::language::prove::transfer;
use crate::language::prove::words::words;
use petgraph::graph::NodeIndex;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Steps of calls that are shown in all: of very many findings the first have theirs.
const MOST_STEPS: usize = 50_000;

/// Whether this is said once for all states of a flow: a rule that ends the call in many states is one cause.
#[must_use]
pub fn is_one_cause(shape: &Shape<'_>, claims: &Claims, node: NodeIndex, what: &What) -> bool {
    what.is_about_ends(claims) && !shape.hangs_up_at(node)
}

/// What is looked for: a flow, a node of it, and what is to be said there.
pub type Sought = BTreeSet<(usize, NodeIndex, What)>;

/// What was found of one of these.
#[derive(Clone, Debug)]
pub struct Shown {
    /// How sure it is along that path.
    pub sure: Sure,
    /// The call; not where many long ones are shown already.
    pub witness: Option<Witness>,
}

/// What came of a search.
pub struct Found {
    /// By what was sought.
    pub shown: BTreeMap<(usize, NodeIndex, What), Shown>,
    /// Whether every place was looked at.
    pub whole: bool,
}

/// A place that was come to.
struct Place {
    /// The flow entered, among those.
    entered: usize,
    slot: Slot,
    condition: Condition,
    from: Option<usize>,
    step: Option<WitnessStep>,
}

/// A flow entered in a condition.
struct Entered {
    pass: usize,
    flow: usize,
    /// The place it was run from.
    from: Option<usize>,
}

/// Searches the calls that begin with a flow, entered in a condition.
pub fn search(
    passes: &mut Passes<'_>,
    subjects: &[Subject<'_>],
    (root, entry): (usize, &Condition),
    sought: &Sought,
    budget: usize,
) -> Found {
    let mut search = Search {
        places: Vec::new(),
        entered: Vec::new(),
        known: BTreeMap::new(),
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
        left: sought.clone(),
        shown: BTreeMap::new(),
        told: 0,
    };
    search.enter(passes, root, entry, None);
    let mut whole = true;
    while let Some(at) = search.queue.pop_front() {
        if search.left.is_empty() {
            break;
        }
        if search.places.len() > budget {
            whole = false;
            break;
        }
        search.visit(passes, subjects, root, at);
    }
    Found { shown: search.shown, whole }
}

struct Search {
    places: Vec<Place>,
    entered: Vec<Entered>,
    known: BTreeMap<(usize, Condition), usize>,
    seen: BTreeSet<(usize, Slot, Condition)>,
    queue: VecDeque<usize>,
    left: Sought,
    shown: BTreeMap<(usize, NodeIndex, What), Shown>,
    /// Steps of all calls that are shown.
    told: usize,
}

impl Search {
    fn enter(&mut self, passes: &mut Passes<'_>, flow: usize, entry: &Condition, from: Option<usize>) {
        if self.known.contains_key(&(flow, entry.clone())) {
            return;
        }
        let number = self.entered.len();
        self.known.insert((flow, entry.clone()), number);
        let pass = passes.pass(flow, entry);
        self.entered.push(Entered { pass, flow, from });
        for to in passes.start(flow, entry) {
            if let To::Slot(slot, condition) = to {
                self.reach(number, slot, condition, None, None);
            }
        }
    }

    fn reach(
        &mut self,
        entered: usize,
        slot: Slot,
        condition: Condition,
        from: Option<usize>,
        step: Option<WitnessStep>,
    ) {
        if self.seen.insert((entered, slot, condition.clone())) {
            self.queue.push_back(self.places.len());
            self.places.push(Place { entered, slot, condition, from, step });
        }
    }

    fn visit(&mut self, passes: &mut Passes<'_>, subjects: &[Subject<'_>], root: usize, at: usize) {
        let Place { entered, slot, condition, .. } = &self.places[at];
        let (entered, slot, condition) = (*entered, *slot, condition.clone());
        let Entered { pass, flow, .. } = self.entered[entered];
        let shape = subjects[flow].shape;
        let Some(state) = shape.state(slot.node) else { return };
        if let (false, Kind::Run { flow: name, .. }) = (slot.refused, &state.kind) {
            let now = transfer::begin(shape, slot.node, passes.is_within(pass), &condition);
            if let Some((inner, entry)) = passes.entered(flow, name, &now) {
                self.enter(passes, inner, &entry, Some(at));
            }
        }
        let steps = passes.steps(pass, slot, &condition, false);
        for conclusion in subjects[flow].of(slot, &condition, &steps) {
            let key = (flow, slot.node, conclusion.what);
            let better = self.shown.get(&key).is_none_or(|known| known.sure < conclusion.sure);
            if self.left.contains(&key) && better {
                let witness = (self.told < MOST_STEPS).then(|| self.witness(subjects, root, at));
                self.told += witness.as_ref().map_or(0, |witness| witness.steps.len());
                if conclusion.sure == Sure::Certain {
                    self.left.remove(&key);
                    let subject = &subjects[flow];
                    let same = |(of, node, what): &(usize, NodeIndex, What)| {
                        *of == flow && *what == key.2 && is_one_cause(subject.shape, subject.claims, *node, what)
                    };
                    if same(&key) {
                        self.left.retain(|other| !same(other));
                    }
                }
                self.shown.insert(key, Shown { sure: conclusion.sure, witness });
            }
        }
        for step in steps {
            let To::Slot(to, condition) = step.to else { continue };
            let told = WitnessStep {
                flow: shape.program.flow.clone(),
                state: state.name.clone(),
                outcome: step.label.to_string(),
                used_up: step.edge.is_some_and(|edge| edge.arrow == Arrow::Else),
                words: words(shape.program, state, &step.label),
            };
            self.reach(entered, to, condition, Some(at), Some(told));
        }
    }

    /// The way back to the beginning, through the flows that run each other.
    fn witness(&self, subjects: &[Subject<'_>], root: usize, at: usize) -> Witness {
        let name = |flow: usize| subjects[flow].shape.program.flow.clone();
        let place = &self.places[at];
        let flow = self.entered[place.entered].flow;
        let state = subjects[flow].shape.state(place.slot.node).map(|state| state.name.clone()).unwrap_or_default();
        let mut steps = Vec::new();
        let mut here = Some(at);
        while let Some(number) = here {
            let place = &self.places[number];
            steps.extend(place.step.clone());
            here = place.from.or(self.entered[place.entered].from);
        }
        steps.reverse();
        Witness { flow: name(root), steps, ends_in: name(flow), at: state }
    }
}
