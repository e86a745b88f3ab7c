//! Scenarios made of the flows themselves: few calls that together take every edge and come to every result.
//!
//! `search` looks through the calls that a flow can have: at each place where the world has a choice (a key, a phone, an answer
//! of a service, a request that is refused, the hour) a call is played again with that one thing different. Each is played on
//! the line that scenarios are played on, written down as a scenario (`steps`), and rehearsed as one: what does not take the same
//! edges then is thrown away. [`mod@cover`] chooses the fewest of them.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod cover;
mod explore;
mod items;
mod moments;
mod otherwise;
mod partner;
mod plan;
mod pump;
mod search;
mod steps;
mod values;

#[cfg(test)]
mod brute;
#[cfg(test)]
mod tests;

use crate::language::flow::expr::Expr;
use crate::language::flow::state::{Kind, State};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Node, Program};
use crate::language::syntax::ast::{Answers, Script};
use crate::platform::limits::DEFAULT_RING_MS;
use crate::rehearsal::carried;
use crate::rehearsal::coverage::Coverage;
use crate::rehearsal::generate::cover::{Candidate, cover};
use crate::rehearsal::generate::explore::{Run, World};
use crate::rehearsal::generate::items::Items;
pub use crate::rehearsal::generate::items::What;
use crate::rehearsal::generate::partner::Partner;
use crate::rehearsal::generate::plan::Plan;
use crate::rehearsal::generate::search::Search;
use crate::rehearsal::generate::steps::STYLES;
use crate::rehearsal::generate::values::Hints;
use crate::rehearsal::rehearse::{EPOCH_MS, House, rehearse};
use crate::runtime::lines::Served;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How many calls of one flow are looked at, where nobody says it.
pub const CALLS: usize = 4_000;

/// How much longer a call is where everybody takes their time, against another that covers as much.
const SLOW_COST: usize = 20;
/// What makes a text that is given take its time.
const LONG: &str = "that has so many words that it takes its time to be read out, as some have, since nobody has said how long it may \
                    be at the most, and whoever fills in such a text fills it in as they see fit: with a name, a title, a place, a reason \
                    and all that belongs to them, one after the other, until there is nothing left to be said, and then once more from \
                    the beginning so that nobody can say they were not told of it";

/// What was generated.
#[derive(Clone, Debug, Default)]
pub struct Generated {
    /// The scenarios, by the flow they are of.
    pub scenarios: Vec<Made>,
    /// What is not covered.
    pub missing: Vec<Missing>,
    /// How many calls were looked at.
    pub calls: usize,
}

/// A scenario that was made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The flow.
    pub flow: String,
    /// The scenario.
    pub script: Script,
    /// What it covers that was not covered before, by flow.
    pub covers: BTreeSet<(String, What)>,
}

/// Something that no scenario covers.
#[derive(Clone, Debug)]
pub struct Missing {
    /// The flow.
    pub flow: String,
    /// What.
    pub what: What,
    /// Why, for people.
    pub why: String,
}

/// Makes scenarios for what `walked` has not covered. `told` hears of each flow how many calls were looked at and how much is open.
#[must_use]
pub fn generate(
    house: House<'_>,
    walked: &Coverage,
    calls: usize,
    told: &mut dyn FnMut(&str, usize, usize),
) -> Generated {
    let items = Items::of(walked);
    let mut open = items.open();
    let mut generated = Generated::default();
    let mut entered = BTreeSet::new();
    let mut complete = true;
    let can = |kind: CallKind| kind != CallKind::RecordingReady;
    let flows = house.lines.flows.values().filter(|served| can(served.program.call));
    let mut flows: Vec<(Option<Partner>, &Served)> =
        flows.map(|served| (Partner::of(&served.program, house.lines), served)).collect();
    // Flows that need another call last: what that can walk by itself is walked by then. So is what others walk that run a flow.
    flows.sort_by_key(|(partner, served)| (partner.is_some(), served.program.call == CallKind::Live));
    for (partner, served) in flows {
        let program = &served.program;
        let runs = carried::runs(program, house.lines);
        let ours = |number: &usize| {
            let (flow, _) = &items.all[*number];
            runs.contains_key(flow)
                || program.flows.contains_key(flow)
                || partner.as_ref().is_some_and(|partner| partner.flow == *flow)
                || house.lines.flows.get(flow).is_some_and(|other| other.program.call == CallKind::RecordingReady)
        };
        let wanted: BTreeSet<usize> = open.iter().copied().filter(ours).collect();
        if wanted.is_empty() {
            continue;
        }
        let mut hints = Hints::of(program, &served.settings);
        hints.meets(partner.clone(), house.lines);
        let world = World { house, served, items: &items, hints: &hints };
        let mut search = Search::new(world, &wanted);
        let mut plan = Plan {
            flow: program.flow.clone(),
            params: hints.params(program, EPOCH_MS),
            partner: hints.partner.clone(),
            ..Plan::default()
        };
        if plan.params.contains_key("to") && program.call == CallKind::Outbound {
            plan.phones.insert("params.to".to_owned(), Answers::After(1_000));
        }
        let slow = slow(program, &plan);
        search.go(plan, slow, calls, &mut |calls, open| told(&program.flow, calls, open));
        generated.calls += search.runs.len();
        complete &= search.complete;
        entered.extend(search.entered.iter().cloned());
        for (script, covers) in choose(house, &items, program, &search.runs, &wanted) {
            open = open.difference(&covers).copied().collect();
            let covers = covers.intersection(&wanted).map(|number| items.all[*number].clone()).collect();
            generated.scenarios.push(Made { flow: program.flow.clone(), script, covers });
        }
    }
    for number in open {
        let (flow, what) = items.all[number].clone();
        let why = why(house, walked, &flow, &what, &entered, complete);
        generated.missing.push(Missing { flow, what, why });
    }
    generated
}

/// The plan of a call in which everybody takes their time.
fn slow(program: &Program, plan: &Plan) -> Plan {
    let mut plan = Plan { slow: true, ..plan.clone() };
    let texts = program.params.iter().filter(|(name, param)| param.ty == Type::Text && plan.params.contains_key(*name));
    for name in texts.map(|(name, _)| name.clone()).collect::<Vec<_>>() {
        plan.params.insert(name.clone(), json!(format!("{} {LONG}", name.replace('_', " "))));
    }
    if let (Some(answers), Node::State(State { kind: Kind::Dial { ring_for, .. }, .. })) =
        (plan.phones.get_mut("params.to"), &program.graph[program.start])
    {
        let rings = if let Expr::Const(Value::Duration(ms)) = ring_for { u64::try_from(*ms).ok() } else { None };
        *answers = Answers::After(rings.unwrap_or(DEFAULT_RING_MS).saturating_sub(1_000));
    }
    plan
}

/// The fewest runs that cover what all of them do, each as a scenario that was rehearsed.
fn choose(
    house: House<'_>,
    items: &Items<'_>,
    program: &Program,
    runs: &[Run],
    wanted: &BTreeSet<usize>,
) -> Vec<(Script, BTreeSet<usize>)> {
    let mut candidates: Vec<Candidate> = runs
        .iter()
        .map(|run| {
            let dear = if run.plan.slow { SLOW_COST } else { 0 };
            let items = if run.sound { run.items.intersection(wanted).copied().collect() } else { BTreeSet::new() };
            Candidate { items, cost: 1 + run.noted.len() + 2 * run.plan.acts.len() + run.plan.answers.len() + dear }
        })
        .collect();
    let mut scripts: BTreeMap<usize, Script> = BTreeMap::new();
    loop {
        let chosen = cover(&candidates, wanted).chosen;
        let mut good = true;
        for at in &chosen {
            if scripts.contains_key(at) {
                continue;
            }
            match proved(house, items, program, &runs[*at]) {
                Some(script) => drop(scripts.insert(*at, script)),
                None => {
                    candidates[*at].items.clear();
                    good = false;
                }
            }
        }
        if good {
            let made = chosen.into_iter().filter_map(|at| Some((scripts.remove(&at)?, runs[at].items.clone())));
            return made.collect();
        }
    }
}

/// A run as a scenario that takes the same edges when it is rehearsed.
fn proved(house: House<'_>, items: &Items<'_>, program: &Program, run: &Run) -> Option<Script> {
    STYLES.iter().map(|style| steps::script(program, run, *style)).find(|script| {
        let rehearsed = rehearse(house, script);
        let came = rehearsed.own();
        rehearsed.finding.is_none()
            && came.is_some_and(|came| came.ended && came.result == run.result && came.state == run.ended)
            && items.walked(&rehearsed) == run.items
    })
}

/// Why something is not covered.
fn why(
    house: House<'_>,
    walked: &Coverage,
    flow: &str,
    what: &What,
    entered: &BTreeSet<(String, String)>,
    complete: bool,
) -> String {
    let flows = || house.lines.flows.values().map(|served| &served.program);
    let program =
        flows().find(|program| program.flow == flow).or_else(|| flows().find_map(|program| program.flows.get(flow)));
    let Some(program) = program else { return "the flow is not served".to_owned() };
    let looked = if complete { "in no call that can be had" } else { "in none of the calls that were looked at" };
    match what {
        What::Result(result) => format!("it ends with `{result}` {looked}"),
        What::Edge(written) => {
            let from = walked.flows.get(flow).and_then(|walked| walked.edges.get(written)).map(|way| way.from.clone());
            let from = from.unwrap_or_default();
            let was = |state: &&String| entered.contains(&(flow.to_owned(), (*state).clone()));
            match from.iter().find(was) {
                None if program.call == CallKind::RecordingReady => {
                    "it begins when a recording is ready, which no scenario waits for".to_owned()
                }
                None => format!("`{}` is entered {looked}", from.first().map_or("", String::as_str)),
                Some(state) => format!("`{state}` is left like this {looked}"),
            }
        }
    }
}
