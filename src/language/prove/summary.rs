//! Flows that run flows: one pass over each flow for each condition it is entered in, whoever runs it, and by result what the call
//! is like where it is over. All of it is one work list, so nothing recurses; whatever a flow learns later of one that it runs has it
//! passed over again from there.

use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::graph::{Edge, Node};
use crate::language::prove::condition::{Condition, Line, Others, Outside, Person, Switch};
use crate::language::prove::few::Few;
use crate::language::prove::scope;
use crate::language::prove::shape::Shape;
use crate::language::prove::transfer;
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How a flow that another runs comes to its end.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// With this result.
    Result(Option<String>),
    /// The party left, and the flow leaves it to the one that runs it.
    PartyLeft,
}

impl Exit {
    /// What leads on from the state that runs the flow.
    #[must_use]
    pub fn label(&self) -> Label {
        match self {
            Exit::Result(None) => Label::Outcome(Outcome::Done),
            Exit::Result(Some(result)) => Label::Named(result.clone()),
            Exit::PartyLeft => Label::PartyLeft,
        }
    }
}

/// A node that is passed over: a state that begins, or one whose scope could not be brought about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// The node.
    pub node: NodeIndex,
    /// Its scope could not be brought about.
    pub refused: bool,
}

impl Slot {
    /// A node that begins.
    #[must_use]
    pub fn of(node: NodeIndex) -> Slot {
        Slot { node, refused: false }
    }

    fn index(self) -> usize {
        self.node.index() * 2 + usize::from(self.refused)
    }
}

/// Where a way out of a node comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum To {
    /// A node of the same flow.
    Slot(Slot, Condition),
    /// The end of the flow.
    End(Exit, Condition),
}

/// A step out of a node.
#[derive(Clone, Debug)]
pub struct Step<'p> {
    /// The label that is taken; `None` where a state ends the flow by itself.
    pub edge: Option<&'p Edge>,
    /// What it is for people and programs.
    pub label: Label,
    /// Where it comes to.
    pub to: To,
}

/// A flow as it is entered in one condition.
#[derive(Debug)]
pub struct Instance {
    /// The flow.
    pub flow: usize,
    /// How it is entered.
    pub entry: Condition,
    /// By slot what the call may be like there; nothing where it never comes.
    slots: Vec<Option<Condition>>,
    /// How it may be over.
    pub exits: BTreeMap<Exit, Condition>,
    /// The states that run it so.
    callers: BTreeSet<(usize, NodeIndex)>,
}

impl Instance {
    /// What the call may be like at a node; `None` where it never comes.
    #[must_use]
    pub fn at(&self, slot: Slot) -> Option<&Condition> {
        self.slots.get(slot.index())?.as_ref()
    }
}

/// All passes.
pub struct Passes<'p> {
    /// The flows.
    pub shapes: &'p [Shape<'p>],
    /// Flows by name, as seen from another.
    pub runs: &'p dyn Fn(usize, &str) -> Option<usize>,
    /// The passes, in the order begun.
    pub instances: Vec<Instance>,
    known: BTreeMap<(usize, Condition), usize>,
    open: BTreeSet<(Reverse<usize>, u32, Slot)>,
}

impl<'p> Passes<'p> {
    /// No pass yet.
    #[must_use]
    pub fn new(shapes: &'p [Shape<'p>], runs: &'p dyn Fn(usize, &str) -> Option<usize>) -> Passes<'p> {
        Passes { shapes, runs, instances: Vec::new(), known: BTreeMap::new(), open: BTreeSet::new() }
    }

    /// The pass over a flow in a condition, carried to its end.
    pub fn pass(&mut self, flow: usize, entry: &Condition) -> usize {
        let instance = self.instance(flow, entry);
        self.settle();
        instance
    }

    fn instance(&mut self, flow: usize, entry: &Condition) -> usize {
        if let Some(known) = self.known.get(&(flow, entry.clone())) {
            return *known;
        }
        let number = self.instances.len();
        let count = self.shapes[flow].program.graph.node_count();
        self.instances.push(Instance {
            flow,
            entry: entry.clone(),
            slots: vec![None; count * 2],
            exits: BTreeMap::new(),
            callers: BTreeSet::new(),
        });
        self.known.insert((flow, entry.clone()), number);
        for to in self.start(flow, entry) {
            self.reach(number, to);
        }
        number
    }

    /// Where a flow begins that is entered so.
    #[must_use]
    pub fn start(&self, flow: usize, entry: &Condition) -> Vec<To> {
        self.arrive(flow, None, self.shapes[flow].program.start, entry.clone())
    }

    fn settle(&mut self) {
        while let Some((Reverse(number), _, slot)) = self.open.pop_first() {
            let Some(condition) = self.instances[number].at(slot).cloned() else { continue };
            for step in self.steps(number, slot, &condition, true) {
                self.reach(number, step.to);
            }
        }
    }

    /// Joins a condition in; where it is new, what follows is looked at again.
    fn reach(&mut self, number: usize, to: To) {
        match to {
            To::Slot(slot, condition) => {
                let flow = self.instances[number].flow;
                let known = &mut self.instances[number].slots[slot.index()];
                let grown = match known {
                    Some(known) => known.absorb(&condition),
                    None => {
                        *known = Some(condition);
                        true
                    }
                };
                if grown {
                    self.open.insert((Reverse(number), self.shapes[flow].rank(slot.node), slot));
                }
            }
            To::End(exit, condition) => {
                let exits = &mut self.instances[number].exits;
                let grown = match exits.get_mut(&exit) {
                    Some(known) => known.absorb(&condition),
                    None => {
                        exits.insert(exit, condition);
                        true
                    }
                };
                if grown {
                    for (caller, node) in self.instances[number].callers.clone() {
                        let rank = self.shapes[self.instances[caller].flow].rank(node);
                        self.open.insert((Reverse(caller), rank, Slot::of(node)));
                    }
                }
            }
        }
    }

    /// The steps out of a node in a condition. What a flow that is run comes to is what is known of it by now, and whoever asks
    /// `again` is passed over when more is.
    pub fn steps(&mut self, number: usize, slot: Slot, condition: &Condition, again: bool) -> Vec<Step<'p>> {
        let (flow, within) = (self.instances[number].flow, self.is_within(number));
        let shape = &self.shapes[flow];
        let Some(state) = shape.state(slot.node) else { return Vec::new() };
        if slot.refused {
            let ways = shape.ways(slot.node).iter().filter(|(edge, _)| edge.label == Label::NotEstablished);
            let after = |(edge, to): &(&'p Edge, NodeIndex)| {
                self.follow(flow, None, slot.node, (*edge, *to), condition.clone())
            };
            return ways.flat_map(after).collect();
        }
        let now = transfer::begin(shape, slot.node, within, condition);
        match &state.kind {
            Kind::Hangup { result, .. } => {
                let to = To::End(Exit::Result(result.clone()), now.gone());
                vec![Step { edge: None, label: Label::Outcome(Outcome::Done), to }]
            }
            Kind::Run { flow: name, .. } => self.run(number, slot.node, name, &now, again),
            _ => self.act(flow, slot.node, state, &now),
        }
    }

    /// Whether other flows run this one.
    #[must_use]
    pub fn is_within(&self, number: usize) -> bool {
        // A live flow is always within another, whether it is known which or not.
        !self.shapes[self.instances[number].flow].program.call.begins_calls()
    }

    fn act(&self, flow: usize, node: NodeIndex, state: &State, now: &Condition) -> Vec<Step<'p>> {
        let shape = &self.shapes[flow];
        let mut steps = Vec::new();
        let mut caught = false;
        for &(edge, to) in shape.ways(node) {
            caught |= edge.label == Label::PartyLeft;
            if edge.label == Label::NotEstablished {
                continue;
            }
            if let Some(after) = transfer::after(shape, state, &edge.label, now) {
                steps.extend(self.follow(flow, Some(node), node, (edge, to), after));
            }
        }
        // Where nobody catches that the party left, the flows around do.
        if !caught
            && state.kind.needs_line()
            && let Some(after) = transfer::party_left(now)
        {
            let after = scope::end(shape, Some(node), after);
            steps.push(Step { edge: None, label: Label::PartyLeft, to: To::End(Exit::PartyLeft, after) });
        }
        steps
    }

    /// Along an edge: into a state, or to the end of the flow.
    fn follow(
        &self,
        flow: usize,
        scope_of: Option<NodeIndex>,
        from: NodeIndex,
        (edge, to): (&'p Edge, NodeIndex),
        condition: Condition,
    ) -> Vec<Step<'p>> {
        let shape = &self.shapes[flow];
        let step = |to| Step { edge: Some(edge), label: edge.label.clone(), to };
        match &shape.program.graph[to] {
            Node::State(_) => self.arrive(flow, scope_of, to, condition).into_iter().map(step).collect(),
            Node::Return(result) => {
                let over = scope::end(shape, scope_of, condition);
                let hung_up = result.is_none() && shape.hangs_up(from, edge);
                let over = if hung_up { over.gone() } else { over };
                vec![step(To::End(Exit::Result(result.clone()), over))]
            }
        }
    }

    fn arrive(&self, flow: usize, from: Option<NodeIndex>, to: NodeIndex, condition: Condition) -> Vec<To> {
        let crossed = scope::cross(&self.shapes[flow], from, to, condition);
        let begins = crossed.begins.map(|condition| To::Slot(Slot::of(to), condition));
        let refused = crossed.refused.map(|condition| To::Slot(Slot { node: to, refused: true }, condition));
        begins.into_iter().chain(refused).collect()
    }

    fn run(&mut self, number: usize, node: NodeIndex, name: &str, now: &Condition, again: bool) -> Vec<Step<'p>> {
        let flow = self.instances[number].flow;
        let Some((inner, entry)) = self.entered(flow, name, now) else { return Vec::new() };
        let callee = self.instance(inner, &entry);
        if again {
            self.instances[callee].callers.insert((number, node));
        }
        let shape = &self.shapes[flow];
        let mut steps = Vec::new();
        for (exit, over) in &self.instances[callee].exits {
            let back = returned(now, over);
            let label = exit.label();
            let mut caught = false;
            for &(edge, to) in shape.ways(node).iter().filter(|(edge, _)| edge.label == label) {
                caught = true;
                steps.extend(self.follow(flow, Some(node), node, (edge, to), back.clone()));
            }
            if !caught && *exit == Exit::PartyLeft {
                let over = scope::end(shape, Some(node), back);
                steps.push(Step { edge: None, label, to: To::End(Exit::PartyLeft, over) });
            }
        }
        steps
    }

    /// The flow that a state runs, and the condition it is entered in.
    #[must_use]
    pub fn entered(&self, flow: usize, name: &str, now: &Condition) -> Option<(usize, Condition)> {
        let inner = (self.runs)(flow, name)?;
        let people = self.shapes[inner].program.participants.len();
        let mut entry = Condition {
            people: vec![Person::away(); people].into_boxed_slice(),
            outside: Outside::nothing(),
            ..now.clone()
        };
        let may = now.people.iter().any(Person::may_be_there) || now.around.may_be(Switch::On);
        let must = now.people.iter().any(Person::is_there) || now.around.is(Switch::On);
        entry.around = match (may, must) {
            (false, _) => Few::only(Switch::Off),
            (true, true) => Few::only(Switch::On),
            (true, false) => Few::all(),
        };
        Some((inner, entry))
    }
}

/// Back in the flow that runs another: its people are as they were, and who was brought in there has no name here.
fn returned(before: &Condition, over: &Condition) -> Condition {
    let mut now =
        Condition { people: before.people.clone(), around: before.around, outside: before.outside, ..over.clone() };
    if !over.line.may_be(Line::Up) {
        return now.gone();
    }
    if over.people.iter().any(Person::is_there) {
        now.others = Few::only(Others::Brought);
    } else if over.people.iter().any(Person::may_be_there) {
        now.others = now.others.or(Few::only(Others::Brought));
    }
    now
}
