//! Looking through the calls that a flow can have, first those that lead towards what is not covered.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::graph::{Arrow, Edge, Node, Program};
use crate::rehearsal::coverage::Written;
use crate::rehearsal::generate::explore::{Run, World, explore};
use crate::rehearsal::generate::items::What;
use crate::rehearsal::generate::plan::{Plan, Turn};
use crate::rehearsal::generate::pump::{Pumped, pumped};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// How far away what cannot be reached is.
const FAR: usize = 1_000;
/// How much nearer a limit is each time that its edge is taken.
const CLOSER: usize = 5;
/// A call that has lasted so much longer is as far away as one that wants another turn, in milliseconds.
const SLOWLY_MS: u64 = 30_000;
/// Moments that are closer stand for one another, in milliseconds.
const MOMENT_MS: u64 = 10_000;
/// How many turns away from its first plan a call may be.
const DEEPEST: usize = 40;

/// How many calls are tried to use one limit up from one place, each of them with rounds of another call.
const PUMPED: usize = 4;
/// How many calls more are looked at once everything is covered, beside as many as it took.
const AFTER: usize = 200;

/// A call that has not been looked at.
struct Next {
    /// The run it turns from, and where.
    run: usize,
    fork: usize,
    turn: Turn,
    node: (String, String),
    leads: Vec<String>,
    /// How many turns.
    deep: usize,
    /// How often edges whose limits are to be used up had been taken.
    used: u32,
    /// How much was covered before it.
    rich: usize,
    /// How long the call has lasted by then.
    late: u64,
    taken: bool,
}

/// A search through the calls of one flow.
pub(super) struct Search<'w> {
    world: World<'w>,
    program: &'w Program,
    /// What is looked for.
    pub(super) wanted: BTreeSet<usize>,
    /// What is not covered yet.
    pub(super) open: BTreeSet<usize>,
    pub(super) runs: Vec<Run>,
    next: Vec<Next>,
    near: BTreeMap<(usize, usize, usize), usize>,
    rich: BTreeMap<(usize, usize), usize>,
    late: BTreeMap<(u64, usize), usize>,
    seen: BTreeSet<String>,
    /// How often a way was gone from a state, by how much of the limits was used up.
    tries: BTreeMap<((String, String), String, u32), usize>,
    /// Limits that are to be used up: how often, by counter, of each flow.
    limits: BTreeMap<String, BTreeMap<String, u32>>,
    /// Calls that use limits up and have not been looked at, with how many turns they are away; and how many there were.
    pumps: Vec<(Pumped, usize)>,
    pumped: BTreeMap<(String, (String, String)), usize>,
    distances: BTreeMap<(String, String), usize>,
    /// States that were entered.
    pub(super) entered: BTreeSet<(String, String)>,
    /// Whether nothing is left to look at.
    pub(super) complete: bool,
}

impl<'w> Search<'w> {
    pub(super) fn new(world: World<'w>, wanted: &BTreeSet<usize>) -> Search<'w> {
        let mut search = Search {
            world,
            program: &world.served.program,
            wanted: wanted.clone(),
            open: wanted.clone(),
            runs: Vec::new(),
            next: Vec::new(),
            near: BTreeMap::new(),
            rich: BTreeMap::new(),
            late: BTreeMap::new(),
            seen: BTreeSet::new(),
            tries: BTreeMap::new(),
            limits: BTreeMap::new(),
            pumps: Vec::new(),
            pumped: BTreeMap::new(),
            distances: BTreeMap::new(),
            entered: BTreeSet::new(),
            complete: false,
        };
        search.measure();
        search
    }

    /// Looks at so many calls at most: those that turn from the first plan and, where only time is missing by then, those in which
    /// everybody takes theirs. `told` is told after each how many that were, and how much is not covered.
    pub(super) fn go(&mut self, first: Plan, slow: Plan, most: usize, told: &mut dyn FnMut(usize, usize)) {
        self.looks(&first, 0, 0);
        let (mut enough, mut slow) = (usize::MAX, Some(slow));
        while self.runs.len() < most.min(enough) {
            if self.open.is_empty() {
                // What covers more at once may still be found.
                enough = enough.min(2 * self.runs.len() + AFTER);
            }
            if self.runs.len() == most / 2 {
                self.slows(&mut slow);
            }
            if !self.one() && !self.slows(&mut slow) {
                return;
            }
            told(self.runs.len(), self.open.len());
        }
    }

    /// From now on also calls in which everybody takes their time, where a time is missing.
    fn slows(&mut self, slow: &mut Option<Plan>) -> bool {
        let Some(plan) = slow.take_if(|_| self.lacks_time()) else { return false };
        self.complete = false;
        self.looks(&plan, 0, 0);
        true
    }

    /// Whether something is open that only time leads to.
    fn lacks_time(&self) -> bool {
        self.open.iter().any(|number| {
            let (_, what) = &self.world.items.all[*number];
            matches!(what, What::Edge(Written { label: Label::After { .. }, .. }))
        })
    }

    /// Looks at the next call; whether there was one.
    fn one(&mut self) -> bool {
        if let Some((pumped, deep)) = self.pumps.pop() {
            let run = explore(self.world, &pumped.plan);
            let behind = run.forks.iter().position(|fork| fork.moment >= pumped.moment);
            let behind = behind.unwrap_or(run.forks.len());
            self.takes(run, behind, deep + 1);
            return true;
        }
        let Some(at) = self.pick() else {
            self.complete = true;
            return false;
        };
        let next = &mut self.next[at];
        next.taken = true;
        *self.tries.entry((next.node.clone(), way(&next.turn), next.used)).or_default() += 1;
        let (run, fork, deep) = (next.run, next.fork, next.deep);
        let plan = self.runs[run].plan.turned(&next.turn, &self.runs[run].made);
        self.looks(&plan, fork + 1, deep);
        true
    }

    /// The next call: mostly one towards what is open; in between one that covers much and, while something takes time, one that
    /// has lasted long.
    fn pick(&mut self) -> Option<usize> {
        let is_rich = self.open.is_empty() || self.runs.len() % 4 == 3;
        let is_late = self.runs.len() % 4 == 1 && self.lacks_time();
        loop {
            let at = if is_rich {
                self.rich.pop_first().map(|(_, at)| at)
            } else if is_late {
                self.late.pop_first().map(|(_, at)| at)
            } else {
                match self.near.pop_first() {
                    // What was tried since is further away than it was.
                    Some(((was, ..), at)) if !self.next[at].taken && self.score(at) > was => {
                        self.near.insert((self.score(at), self.next[at].deep, at), at);
                        continue;
                    }
                    found => found.map(|(_, at)| at),
                }
            };
            match at {
                Some(at) if !self.next[at].taken => return Some(at),
                Some(_) => {}
                None => return self.next.iter().position(|next| !next.taken),
            }
        }
    }

    /// Looks at a call, and at what it could have been from this place on.
    fn looks(&mut self, plan: &Plan, from: usize, deep: usize) {
        let run = explore(self.world, plan);
        for pumped in pumped(&run, &self.limits) {
            let tried = self.pumped.entry(pumped.what.clone()).or_default();
            *tried += 1;
            if *tried <= PUMPED {
                self.pumps.push((pumped, deep));
            }
        }
        self.takes(run, from, deep);
    }

    fn takes(&mut self, run: Run, from: usize, deep: usize) {
        self.entered.extend(run.entered.iter().cloned());
        let before = self.open.len();
        if run.sound {
            self.open = self.open.difference(&run.items).copied().collect();
        }
        let at = self.runs.len();
        if deep < DEEPEST {
            let plan = &run.plan;
            let given = format!("{:?}{:?}{:?}{:?}{}", plan.params, plan.headers, plan.from, plan.clock, plan.slow);
            for (place, fork) in run.forks.iter().enumerate().skip(from) {
                for (turn, leads) in &fork.ways {
                    let way = way(turn);
                    let before: Vec<&usize> = fork.before.intersection(&self.wanted).collect();
                    // Where everybody takes their time, it is that which tells calls apart.
                    let late = if plan.slow { fork.at_ms / MOMENT_MS } else { 0 };
                    let standing = format!("{:?} {before:?} {} {late} {given} {way}", fork.node, fork.standing);
                    if !self.seen.insert(standing) {
                        continue;
                    }
                    let rich = before.len();
                    let used = self.used(&fork.node.0, &fork.counters);
                    self.next.push(Next {
                        run: at,
                        fork: place,
                        turn: turn.clone(),
                        node: fork.node.clone(),
                        leads: leads.clone(),
                        deep: deep + 1,
                        used,
                        rich,
                        late: fork.at_ms,
                        taken: false,
                    });
                    self.queue(self.next.len() - 1);
                }
            }
        }
        self.runs.push(run);
        if self.open.len() < before {
            self.measure();
            let waiting: Vec<usize> = (0..self.next.len()).filter(|at| !self.next[*at].taken).collect();
            self.near.clear();
            self.rich.clear();
            self.late.clear();
            for at in waiting {
                let (run, fork) = (self.next[at].run, self.next[at].fork);
                let fork = &self.runs[run].forks[fork];
                self.next[at].used = self.used(&fork.node.0, &fork.counters);
                self.queue(at);
            }
        }
    }

    fn queue(&mut self, at: usize) {
        let (score, next) = (self.score(at), &self.next[at]);
        self.near.insert((score, next.deep, at), at);
        self.rich.insert((FAR - next.rich.min(FAR), at), at);
        self.late.insert((u64::MAX - next.late, at), at);
    }

    /// How far away something open is by a call; the lower, the sooner it is looked at.
    fn score(&self, at: usize) -> usize {
        let next = &self.next[at];
        let tries = self.tries.get(&(next.node.clone(), way(&next.turn), next.used)).copied().unwrap_or(0);
        let late = usize::try_from(next.late / SLOWLY_MS).unwrap_or(FAR);
        let closer = (CLOSER * next.used as usize).min(FAR);
        self.far(&next.node, &next.leads) + 2 * tries + late + FAR - closer
    }

    /// How often edges of a flow had been taken whose limits are to be used up.
    fn used(&self, flow: &str, counters: &BTreeMap<String, u32>) -> u32 {
        let limits = self.limits.get(flow).into_iter().flatten();
        limits.filter_map(|(counter, _)| counters.get(counter)).sum()
    }

    /// How far it is from a state, left by one of these outcomes, to something open.
    fn far(&self, node: &(String, String), leads: &[String]) -> usize {
        let (flow, state) = node;
        let program =
            if *flow == self.program.flow { Some(self.program) } else { self.program.flows.get(flow).map(Arc::as_ref) };
        let from = self.distances.get(node).copied().unwrap_or(FAR / 2);
        let Some((program, index)) = program.and_then(|program| Some((program, program.node(state)?))) else {
            return from.min(20);
        };
        let mut best = from + 2;
        for edge in program.edges_from(index) {
            let (weight, ends) = (&program.graph[edge], program.graph.edge_endpoints(edge));
            if !leads.iter().any(|word| weight.label.is_shown_as(word)) {
                continue;
            }
            if self.is_open(flow, state, weight) {
                return 0;
            }
            if let Some(Node::State(to)) = ends.map(|(_, to)| &program.graph[to]) {
                best = best.min(1 + self.distances.get(&(flow.clone(), to.name.clone())).copied().unwrap_or(FAR));
            }
        }
        best
    }

    fn is_open(&self, flow: &str, state: &str, edge: &Edge) -> bool {
        let item = self.world.items.edge(flow, state, &edge.label, edge.arrow == Arrow::Else);
        item.is_some_and(|item| self.open.contains(&item))
    }

    /// How far each state is from something open.
    fn measure(&mut self) {
        let programs: Vec<&Program> = self.program.flows.values().map(Arc::as_ref).chain([self.program]).collect();
        let mut ways: Vec<((String, String), (String, String))> = Vec::new();
        let mut found: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut limits: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        for program in &programs {
            for (index, state) in program.states() {
                let here = (program.flow.clone(), state.name.clone());
                if let Kind::Run { flow, .. } = &state.kind
                    && let Some(inner) = self.program.flows.get(flow)
                    && let Node::State(start) = &inner.graph[inner.start]
                {
                    ways.push((here.clone(), (flow.clone(), start.name.clone())));
                    // What the flow that is run returns to.
                    ways.extend(inner.states().map(|(_, state)| ((flow.clone(), state.name.clone()), here.clone())));
                }
                for edge in program.edges_from(index) {
                    if self.is_open(&program.flow, &state.name, &program.graph[edge]) {
                        found.insert(here.clone(), 0);
                        let Edge { label, arrow, .. } = &program.graph[edge];
                        let main = program.route(index, label, Arrow::Main).filter(|_| *arrow == Arrow::Else);
                        if let Some(limit) = main.and_then(|(main, _)| main.limit.as_ref()) {
                            limits.entry(program.flow.clone()).or_default().insert(limit.counter.clone(), limit.times);
                        }
                    }
                    if let Some((_, to)) = program.graph.edge_endpoints(edge)
                        && let Node::State(to) = &program.graph[to]
                    {
                        ways.push((here.clone(), (program.flow.clone(), to.name.clone())));
                    }
                }
            }
        }
        self.limits = limits;
        let mut steps = 0;
        loop {
            let closer: Vec<(String, String)> = ways
                .iter()
                .filter(|(from, to)| !found.contains_key(from) && found.get(to) == Some(&steps))
                .map(|(from, _)| from.clone())
                .collect();
            if closer.is_empty() {
                break;
            }
            steps += 1;
            found.extend(closer.into_iter().map(|from| (from, steps)));
        }
        self.distances = found;
    }
}

/// What a turn is, wherever it is taken.
fn way(turn: &Turn) -> String {
    match turn {
        Turn::Does(_, doing) => format!("{doing:?}"),
        Turn::Answers(name, nth, answer) => format!("{name} {nth} {} {:?}", answer.outcome.value, answer.value),
        Turn::Phone(..) | Turn::Refused(..) | Turn::Clock(_) | Turn::Param(..) | Turn::Header(..) | Turn::From(_) => {
            format!("{turn:?}")
        }
    }
}
