//! One plan, played: what it covers, and at which places it could have gone otherwise.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{Direction, State as LineState};
use crate::emulator::transcript::Did;
use crate::language::flow::label::Label;
use crate::language::flow::state::Kind;
use crate::language::graph::Program;
use crate::language::syntax::ast::{Act, ScriptedAnswer};
use crate::machine::call::Call;
use crate::machine::trace::Trace;
use crate::rehearsal::begin;
use crate::rehearsal::carried::is_around;
use crate::rehearsal::generate::items::Items;
use crate::rehearsal::generate::moments::{self, Way};
use crate::rehearsal::generate::otherwise::length;
use crate::rehearsal::generate::plan::{Doing, Plan, Turn};
use crate::rehearsal::generate::values::Hints;
use crate::rehearsal::player::PARTY;
use crate::rehearsal::rehearse::{self, House, Playing, Rehearsed};
use crate::runtime::lines::Served;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// When somebody on the line gives up who would stay for ever, in virtual milliseconds.
const PATIENCE_MS: u64 = 3 * 3_600_000 + 3_300_000;
/// Most moments of one call that could go otherwise.
const MOMENTS: usize = 60;
/// Most moments of one call at which people may do something.
const MOST_MOMENTS: usize = 600;
/// Whoever takes their time acts so long before a question is over, in milliseconds.
const LAST_MS: u64 = 500;
/// How long a line may be up behind that.
const BEHIND_MS: u64 = 600_000;

/// What plans are played with.
#[derive(Clone, Copy)]
pub(super) struct World<'w> {
    pub(super) house: House<'w>,
    pub(super) served: &'w Served,
    pub(super) items: &'w Items<'w>,
    pub(super) hints: &'w Hints,
}

/// A place at which a call could have gone otherwise.
#[derive(Clone, Debug)]
pub(super) struct Fork {
    /// Flow and state.
    pub(super) node: (String, String),
    /// What had been covered by then.
    pub(super) before: BTreeSet<usize>,
    /// When, in virtual milliseconds.
    pub(super) at_ms: u64,
    /// What tells apart calls that stand at the same place.
    pub(super) standing: String,
    /// How often limited edges had been taken.
    pub(super) counters: BTreeMap<String, u32>,
    /// The next moment at which people may do something, this place among them.
    pub(super) moment: usize,
    /// How often each state's requests had been made, as scenarios name states, and each operation asked.
    pub(super) tried: BTreeMap<String, u32>,
    pub(super) asked: BTreeMap<String, usize>,
    /// What could have been, each with the outcomes it is there for.
    pub(super) ways: Vec<(Turn, Vec<String>)>,
}

/// Something that was done, or waited out.
#[derive(Clone, Debug)]
pub(super) struct Done {
    /// By whom, as flows name them.
    pub(super) who: Option<String>,
    /// By whom, as the line shows them.
    pub(super) id: String,
    /// What; nothing is silence to a question.
    pub(super) act: Option<Act>,
    /// When, in virtual milliseconds.
    pub(super) at_ms: u64,
    /// How many entries the transcript had.
    pub(super) lines: usize,
}

/// Something that somebody heard or did, as the line noted it.
#[derive(Clone, Debug)]
pub(super) struct Noted {
    pub(super) at_ms: u64,
    pub(super) who: String,
    pub(super) did: Did,
    pub(super) text: String,
}

/// What came of a plan.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) plan: Plan,
    /// What it covered.
    pub(super) items: BTreeSet<usize>,
    pub(super) forks: Vec<Fork>,
    pub(super) done: Vec<Done>,
    pub(super) noted: Vec<Noted>,
    /// What operations answered that the plan does not name.
    pub(super) made: BTreeMap<String, ScriptedAnswer>,
    /// The states that were entered.
    pub(super) entered: BTreeSet<(String, String)>,
    /// When it began.
    pub(super) began_ms: u64,
    /// When the line was over.
    pub(super) over_ms: u64,
    pub(super) result: Option<String>,
    pub(super) ended: String,
    /// Whether it came to an end like this, so that a scenario can be written of it.
    pub(super) sound: bool,
}

/// Plays a plan.
pub(super) fn explore(world: World<'_>, plan: &Plan) -> Run {
    let script = plan.given();
    let run = Run {
        plan: plan.clone(),
        items: BTreeSet::new(),
        forks: Vec::new(),
        done: Vec::new(),
        noted: Vec::new(),
        made: BTreeMap::new(),
        entered: BTreeSet::new(),
        began_ms: 0,
        over_ms: 0,
        result: None,
        ended: String::new(),
        sound: false,
    };
    let mut explorer = Explorer {
        world,
        run,
        read: BTreeMap::new(),
        visits: BTreeMap::new(),
        asked: BTreeMap::new(),
        tried: BTreeMap::new(),
        rang: BTreeSet::new(),
        moment: 0,
        now: 0,
        last: String::new(),
        busy: None,
        later: None,
    };
    let (rehearsed, _) = rehearse::staged(world.house, &script, |playing, served| {
        let found = begin::begins(&mut playing.stage, &script, served.unwrap_or(world.served)).err();
        if found.is_none() {
            explorer.begins(world);
            explorer.run.began_ms = playing.stage.began();
            explorer.run.sound = explorer.goes(playing);
        }
        explorer.notes(playing);
        (found, ())
    });
    explorer.ends(&rehearsed)
}

pub(super) struct Explorer<'w> {
    pub(super) world: World<'w>,
    pub(super) run: Run,
    /// How much of each call's trace was read.
    read: BTreeMap<usize, usize>,
    pub(super) visits: BTreeMap<(String, String), u32>,
    pub(super) asked: BTreeMap<String, usize>,
    pub(super) tried: BTreeMap<String, u32>,
    pub(super) rang: BTreeSet<String>,
    pub(super) moment: usize,
    pub(super) now: u64,
    /// The moment before, as what tells it from others.
    last: String,
    /// Who still does something: entries of the transcript before, and how many keys; none are words.
    busy: Option<(String, usize, Option<usize>)>,
    /// What somebody does who takes their time, and when.
    later: Option<(u64, Doing)>,
}

impl Explorer<'_> {
    /// Plays until the line is over; whether a scenario can be written of it.
    fn goes(&mut self, playing: &mut Playing<'_>) -> bool {
        let mut left = false;
        playing.stage.settle();
        loop {
            self.now = playing.stage.now;
            self.reads(playing);
            if playing.line_is_over() {
                self.run.over_ms = playing.stage.now;
                playing.drain();
                self.reads(playing);
                return true;
            }
            let stage = &playing.stage;
            if stage.own_line().is_none() && stage.no_others().all(|live| live.call.is_ended()) {
                self.run.over_ms = stage.now;
                return stage.own_call().is_some();
            }
            if playing.stage.now > PATIENCE_MS && self.busy.is_none() && !left {
                left = true;
                if !self.does(playing, &Doing { who: None, act: Act::HangUp, wait: 0 }) {
                    playing.cut_off();
                    return false;
                }
                continue;
            }
            if let Some((_, doing)) = self.later.take_if(|(at, _)| *at <= playing.stage.now) {
                if !self.does(playing, &doing) {
                    playing.cut_off();
                    return false;
                }
                continue;
            }
            if self.later.is_none() && self.is_free(playing) && self.looks(playing) {
                continue;
            }
            let until = if left { PATIENCE_MS + BEHIND_MS } else { PATIENCE_MS + 1 };
            if !playing.moment(self.later.as_ref().map_or(until, |(at, _)| until.min(*at))) {
                playing.cut_off();
                return false;
            }
        }
    }

    /// Whether nobody is in the middle of doing something.
    fn is_free(&mut self, playing: &Playing<'_>) -> bool {
        let Some((who, lines, keys)) = &self.busy else { return true };
        let Some(line) = playing.stage.own_line() else { return true };
        let entries = line.transcript.entries().iter().skip(*lines).filter(|entry| entry.who == *who);
        let done = match keys {
            Some(keys) => {
                let pressed = entries.filter(|entry| entry.did == Did::Pressed);
                pressed.map(|entry| entry.text.chars().count()).sum::<usize>() >= *keys
            }
            None => entries.into_iter().any(|entry| entry.did == Did::Said),
        };
        if done || line.is_over() {
            self.busy = None;
        }
        self.busy.is_none()
    }

    /// Looks whether somebody can do something now. Whether the plan has it that they do.
    fn looks(&mut self, playing: &mut Playing<'_>) -> bool {
        let Some((key, node, ways)) = self.ways(playing) else { return false };
        if key == self.last || self.moment >= MOST_MOMENTS {
            return false;
        }
        self.last = key;
        self.moment += 1;
        let moment = self.moment;
        if moment <= MOMENTS {
            let turns = ways.iter().map(|(doing, leads)| (Turn::Does(moment, doing.clone()), leads.clone())).collect();
            self.fork(&node, playing.stage.own_call().map(|live| &live.call), turns);
        }
        let planned = self.run.plan.acts.iter().find(|(at, _)| *at == moment).map(|(_, doing)| doing.clone());
        match planned {
            Some(doing) if doing.wait > 0 => {
                self.later = Some((self.now + doing.wait, doing));
                false
            }
            Some(doing) => self.does(playing, &doing),
            None => {
                self.waits(playing, &ways);
                false
            }
        }
    }

    /// What can be done now: what tells this moment from others, flow and state, and the ways.
    fn ways(&self, playing: &Playing<'_>) -> Option<(String, (String, String), Vec<Way>)> {
        let line = playing.stage.own_line().filter(|line| line.state == LineState::Connected)?;
        let live = playing.stage.own_call().filter(|live| !live.call.is_ended())?;
        let call = &live.call;
        let (name, program) = running(&live.program, call);
        let state = program.state(&call.state)?;
        let node = program.node(&call.state)?;
        let mut question = None;
        let mut ways = Vec::new();
        if let Some(who) = moments::asked(&state.kind) {
            let id = id_of(playing, who)?;
            question = Some(line.waits_for(&id)?);
            let texts: Vec<String> = self.world.hints.texts().cloned().collect();
            ways.extend(moments::answers(program, &state.kind, &texts));
            if self.run.plan.slow {
                let first_key = moments::first_key(&state.kind).and_then(|expr| length(expr, call));
                let wait = first_key.map_or(0, |ms| ms.saturating_sub(LAST_MS));
                ways.iter_mut().for_each(|(doing, _)| doing.wait = wait);
            }
        } else if let Kind::TakeMessage { .. } = &state.kind {
            // Once the words before it are over.
            if line.sounding().next().is_some() || call.recording.is_none() {
                return None;
            }
            ways.extend(moments::answers(program, &state.kind, &[]));
        }
        let edges: Vec<&Label> = program
            .edges_from(node)
            .into_iter()
            .map(|edge| &program.graph[edge])
            .filter(|edge| !edge.default)
            .map(|edge| &edge.label)
            .collect();
        let slowly = moments::waited(&state.kind).filter(|_| self.run.plan.slow).and_then(|expr| length(expr, call));
        let mut rules = moments::rules(live, playing.stage.clock(), edges.into_iter());
        rules.dedup();
        for (doing, _) in &mut rules {
            doing.wait = slowly.map_or(0, |ms| ms.saturating_sub(LAST_MS));
            if let (Act::Signal { data: Some(data), .. }, Some(partner)) = (&mut doing.act, &self.run.plan.partner) {
                *data = partner.told(data);
            }
        }
        ways.extend(rules);
        if ways.is_empty() {
            return None;
        }
        let key = format!("{} {name} {} {question:?}", call.moves, call.state);
        Some((key, (name, call.state.clone()), ways))
    }

    fn does(&mut self, playing: &mut Playing<'_>, doing: &Doing) -> bool {
        if let Act::Signal { name, data } = &doing.act {
            let (at_ms, act) = (playing.stage.now, Some(doing.act.clone()));
            let lines = playing.stage.own_line().map_or(0, |line| line.transcript.entries().len());
            self.run.done.push(Done { who: None, id: String::new(), act, at_ms, lines });
            return playing.stage.told_by_api(&name.value, data.as_ref()).is_ok();
        }
        let Some(line) = playing.stage.own_line() else { return false };
        let id = match id_of(playing, doing.who.as_deref().unwrap_or(PARTY)) {
            Some(id) => id,
            // A meeting ends.
            None if line.direction == Direction::Open && doing.act == Act::HangUp => String::new(),
            None => return false,
        };
        let (lines, name) = (line.transcript.entries().len(), line.name());
        let (what, body, busy) = match &doing.act {
            Act::Press(keys) => {
                let digits: String = keys.iter().map(|tone| tone.to_char()).collect();
                ("press", json!({ "digits": digits, "as": id }), Some((id.clone(), lines, Some(keys.len()))))
            }
            Act::Say(words) => ("say", json!({ "text": words, "as": id }), Some((id.clone(), lines, None))),
            _ if id.is_empty() => ("hangup", json!({}), None),
            _ => ("hangup", json!({ "as": id }), None),
        };
        let at_ms = playing.stage.now;
        if playing.stage.human("POST", &["calls", &name, what], &body).is_err() {
            return false;
        }
        self.busy = busy;
        self.run.done.push(Done { who: doing.who.clone(), id, act: Some(doing.act.clone()), at_ms, lines });
        playing.stage.settle();
        true
    }

    /// A question is waited out.
    fn waits(&mut self, playing: &Playing<'_>, ways: &[Way]) {
        let live = playing.stage.own_call();
        let who = live.and_then(|live| {
            let (_, program) = running(&live.program, &live.call);
            program.state(&live.call.state).and_then(|state| moments::asked(&state.kind)).map(str::to_owned)
        });
        let (Some(who), Some(line), false) = (who, playing.stage.own_line(), ways.is_empty()) else { return };
        let Some(id) = id_of(playing, &who) else { return };
        let lines = line.transcript.entries().len();
        let who = (who != PARTY).then_some(who);
        self.run.done.push(Done { who, id, act: None, at_ms: playing.stage.now, lines });
    }

    /// Reads what calls have passed since.
    fn reads(&mut self, playing: &Playing<'_>) {
        for (at, live) in playing.stage.calls.iter().enumerate() {
            let from = self.read.get(&at).copied().unwrap_or(0);
            for passed in live.passed.iter().skip(from) {
                let program = live.program.flows.get(&passed.flow).map_or(&*live.program, |program| program);
                let node = |state: &String| (passed.flow.clone(), state.clone());
                match &passed.trace {
                    _ if is_around(&passed.flow) => {}
                    Trace::Entered { state } => {
                        *self.visits.entry(node(state)).or_default() += 1;
                        self.run.entered.insert(node(state));
                        self.enters(program, &node(state), &live.call);
                    }
                    Trace::Ordered { command, state, .. } => {
                        self.orders(program, &node(state), command, &live.call, playing.stage.own() == Some(at));
                    }
                    _ => self.run.items.extend(self.world.items.covered(passed)),
                }
            }
            self.read.insert(at, live.passed.len());
        }
    }

    /// Keeps what the line noted.
    fn notes(&mut self, playing: &Playing<'_>) {
        let Some(line) = playing.stage.own_line() else { return };
        let entries = line.transcript.entries().iter();
        self.run.noted = entries
            .map(|entry| Noted {
                at_ms: line.began + entry.at_ms,
                who: entry.who.clone(),
                did: entry.did,
                text: entry.text.clone(),
            })
            .collect();
    }

    fn ends(mut self, rehearsed: &Rehearsed) -> Run {
        if let Some(came) = rehearsed.own() {
            self.run.result.clone_from(&came.result);
            self.run.ended.clone_from(&came.state);
            self.run.sound &= came.ended;
        }
        self.run.items = self.world.items.walked(rehearsed);
        self.run
    }
}

/// The flow that runs, and its name.
fn running<'p>(root: &'p Program, call: &Call) -> (String, &'p Program) {
    let inner = call.running.as_ref().and_then(|name| root.flows.get(name));
    inner.map_or((root.flow.clone(), root), |program| (program.flow.clone(), program))
}

/// What tells calls apart that stand in the same state.
pub(super) fn standing(call: &Call) -> String {
    let vars = serde_json::to_string(&call.vars).unwrap_or_default();
    let people: Vec<&String> = call.people.iter().filter(|(_, person)| person.joined).map(|(name, _)| name).collect();
    format!("{vars} {} {people:?} {:?} {:?}", call.locale, call.counters, call.asked)
}

/// Who somebody is on the line.
fn id_of(playing: &Playing<'_>, who: &str) -> Option<String> {
    let line = playing.stage.own_line()?;
    let call = &playing.stage.own_call()?.call;
    if who != PARTY {
        return moments::identity(call, who);
    }
    match line.direction {
        Direction::Inbound => Some(line.from.plain()),
        Direction::Open | Direction::Outbound => {
            let party = moments::identity(call, PARTY);
            party.or_else(|| line.people.first().map(|person| person.id.plain()))
        }
    }
}
