//! One plan, played: what it covers, and at which places it could have gone otherwise.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::State as LineState;
use crate::emulator::transcript::Did;
use crate::language::compile::scripts;
use crate::language::flow::calendar;
use crate::language::flow::eval;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::service::{FAILED, OK};
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Program};
use crate::language::syntax::ast::{Act, Answers, ScriptedAnswer};
use crate::machine::call::Call;
use crate::machine::trace::Trace;
use crate::platform::outcomes::Outcome;
use crate::rehearsal::generate::items::Items;
use crate::rehearsal::generate::moments::{self, Way};
use crate::rehearsal::generate::plan::{Doing, Plan, Turn, word};
use crate::rehearsal::generate::values::{Hints, told};
use crate::rehearsal::made;
use crate::rehearsal::player::PARTY;
use crate::rehearsal::rehearse::{self, EPOCH_MS, House, Playing, Rehearsed};
use crate::runtime::lines::Served;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// When somebody on the line gives up who would stay for ever, in virtual milliseconds.
const PATIENCE_MS: u64 = 3 * 3_600_000 + 3_300_000;
/// Most moments of one call at which people may do something.
const MOMENTS: usize = 60;
/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;
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
    };
    let (rehearsed, _) = rehearse::staged(world.house, &script, |playing, _| {
        let found = playing.begins(&script, world.served).err();
        if found.is_none() {
            explorer.begins(world);
            explorer.run.sound = explorer.goes(playing);
        }
        explorer.notes(playing);
        (found, ())
    });
    explorer.ends(&rehearsed)
}

struct Explorer<'w> {
    world: World<'w>,
    run: Run,
    /// How much of each call's trace was read.
    read: BTreeMap<usize, usize>,
    visits: BTreeMap<(String, String), u32>,
    asked: BTreeMap<String, usize>,
    tried: BTreeMap<(String, String), u32>,
    rang: BTreeSet<String>,
    moment: usize,
    now: u64,
    /// The moment before, as what tells it from others.
    last: String,
    /// Who still does something: entries of the transcript before, and how many keys; none are words.
    busy: Option<(String, usize, Option<usize>)>,
}

impl Explorer<'_> {
    /// What is given from the beginning could be something else.
    fn begins(&mut self, world: World<'_>) {
        let program = &world.served.program;
        let (hints, plan) = (world.hints, self.run.plan.clone());
        let at = plan.clock.unwrap_or(EPOCH_MS);
        for (name, param) in program.params.iter().filter(|(name, _)| hints.params.contains(*name)) {
            let values = hints.values(&param.ty, at).into_iter().map(|value| told(&param.ty, &value));
            let values = values.filter(|value| plan.params.get(name) != Some(value));
            let ways = values.map(|value| (Turn::Param(name.clone(), value), Vec::new())).collect();
            self.fork(&("".to_owned(), name.clone()), String::new(), ways);
        }
        if program.call != CallKind::Inbound {
            return;
        }
        for name in hints.headers.iter().filter(|name| !plan.headers.contains_key(*name)) {
            let texts = hints.texts().cloned().chain(["1".to_owned()]).take(8);
            let ways = texts.map(|text| (Turn::Header(name.clone(), text), Vec::new())).collect();
            self.fork(&("".to_owned(), name.clone()), String::new(), ways);
        }
        if hints.caller && plan.from.is_none() {
            let numbers = hints.texts().filter(|text| text.starts_with('+')).map(|text| {
                let digits = text.trim_start_matches('+');
                format!("+{digits}{}", "632960155".get(..11_usize.saturating_sub(digits.len())).unwrap_or(""))
            });
            let ways = numbers.chain(["anonymous".to_owned()]).map(|from| (Turn::From(from), Vec::new())).collect();
            self.fork(&("".to_owned(), "from".to_owned()), String::new(), ways);
        }
    }

    fn fork(&mut self, node: &(String, String), standing: String, ways: Vec<(Turn, Vec<String>)>) {
        if !ways.is_empty() {
            let visits = self.visits.get(node).copied().unwrap_or(0).min(6);
            let standing = format!("{visits} {standing}");
            self.run.forks.push(Fork {
                node: node.clone(),
                before: self.run.items.clone(),
                at_ms: self.now,
                standing,
                ways,
            });
        }
    }

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
            if playing.stage.cloud.calls.is_empty() && playing.stage.calls.iter().all(|live| live.call.is_ended()) {
                self.run.over_ms = playing.stage.now;
                return !playing.stage.calls.is_empty();
            }
            if playing.stage.now > PATIENCE_MS && self.busy.is_none() && !left {
                left = true;
                if !self.does(playing, &Doing { who: None, act: Act::HangUp }) {
                    playing.cut_off();
                    return false;
                }
                continue;
            }
            if self.is_free(playing) && self.looks(playing) {
                continue;
            }
            if !playing.moment(if left { PATIENCE_MS + BEHIND_MS } else { PATIENCE_MS + 1 }) {
                playing.cut_off();
                return false;
            }
        }
    }

    /// Whether nobody is in the middle of doing something.
    fn is_free(&mut self, playing: &Playing<'_>) -> bool {
        let Some((who, lines, keys)) = &self.busy else { return true };
        let Some(line) = playing.stage.line(1) else { return true };
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
        if key == self.last || self.moment >= MOMENTS {
            return false;
        }
        self.last = key;
        self.moment += 1;
        let moment = self.moment;
        let turns = ways.iter().map(|(doing, leads)| (Turn::Does(moment, doing.clone()), leads.clone())).collect();
        let standing = playing.stage.calls.first().map(|live| standing(&live.call)).unwrap_or_default();
        self.fork(&node, standing, turns);
        let planned = self.run.plan.acts.iter().find(|(at, _)| *at == moment).map(|(_, doing)| doing.clone());
        match planned {
            Some(doing) => self.does(playing, &doing),
            None => {
                self.waits(playing, &ways);
                false
            }
        }
    }

    /// What can be done now: what tells this moment from others, flow and state, and the ways.
    fn ways(&self, playing: &Playing<'_>) -> Option<(String, (String, String), Vec<Way>)> {
        let line = playing.stage.line(1).filter(|line| line.state == LineState::Connected)?;
        let live = playing.stage.calls.first().filter(|live| !live.call.is_ended())?;
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
        let mut rules = moments::rules(call, edges.into_iter());
        rules.dedup();
        ways.extend(rules);
        if ways.is_empty() {
            return None;
        }
        let key = format!("{} {name} {} {question:?}", call.moves, call.state);
        Some((key, (name, call.state.clone()), ways))
    }

    fn does(&mut self, playing: &mut Playing<'_>, doing: &Doing) -> bool {
        let Some(id) = id_of(playing, doing.who.as_deref().unwrap_or(PARTY)) else { return false };
        let Some(line) = playing.stage.line(1) else { return false };
        let (lines, name) = (line.transcript.entries().len(), line.name());
        let (what, body, busy) = match &doing.act {
            Act::Press(keys) => {
                let digits: String = keys.iter().map(|tone| tone.to_char()).collect();
                ("press", json!({ "digits": digits, "as": id }), Some((id.clone(), lines, Some(keys.len()))))
            }
            Act::Say(words) => ("say", json!({ "text": words, "as": id }), Some((id.clone(), lines, None))),
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
        let live = playing.stage.calls.first();
        let who = live.and_then(|live| {
            let (_, program) = running(&live.program, &live.call);
            program.state(&live.call.state).and_then(|state| moments::asked(&state.kind)).map(str::to_owned)
        });
        let (Some(who), Some(line), false) = (who, playing.stage.line(1), ways.is_empty()) else { return };
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
                    Trace::Entered { state } => {
                        *self.visits.entry(node(state)).or_default() += 1;
                        self.run.entered.insert(node(state));
                        self.enters(program, &node(state), &live.call);
                    }
                    Trace::Ordered { command, state, .. } => {
                        self.orders(program, &node(state), command, &live.call, at == 0);
                    }
                    _ => self.run.items.extend(self.world.items.covered(passed)),
                }
            }
            self.read.insert(at, live.passed.len());
        }
    }

    /// A state that reads a calendar could have been entered at another time.
    fn enters(&mut self, program: &Program, node: &(String, String), call: &Call) {
        let Some(Kind::Hours { calendar, hours }) = program.state(&node.1).map(|state| &state.kind) else { return };
        let now = self.run.plan.clock.unwrap_or(EPOCH_MS);
        let calendars = self.world.served.program.flows.values().map(|program| &**program);
        let calendars = calendars.chain([&*self.world.served.program]).flat_map(|program| &program.calendars);
        let all: Vec<(&String, &String, &calendar::Hours)> =
            calendars.flat_map(|(name, hours)| hours.iter().map(move |(key, hours)| (name, key, hours))).collect();
        let Some(own) = program.calendars.get(calendar).and_then(|named| named.get(hours)) else { return };
        let read = |hours: &calendar::Hours, at: i64| match calendar::reading(hours, at) {
            Ok(calendar::Reading::Open) => Outcome::Open,
            Ok(calendar::Reading::Holiday(_)) => Outcome::Holiday,
            Ok(calendar::Reading::Closed) | Err(_) => Outcome::Closed,
        };
        let is = read(own, now);
        let mut instants: Vec<i64> = (0..24 * 8).map(|hour| EPOCH_MS + hour * HOUR_MS).collect();
        let days = all.iter().flat_map(|(_, _, hours)| hours.dates.keys());
        instants.extend(days.flat_map(|day| {
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).map_or(0, |day| day.timestamp().as_millisecond());
            (0..8).map(move |third| midnight + third * 3 * HOUR_MS)
        }));
        let mut ways = Vec::new();
        for outcome in [Outcome::Open, Outcome::Closed, Outcome::Holiday] {
            if outcome == is {
                continue;
            }
            let fits = || instants.iter().copied().filter(|at| read(own, *at) == outcome);
            // Best one at which everything else is as it was.
            let others = |at: &i64| {
                all.iter().all(|(name, key, other)| {
                    (name.as_str(), key.as_str()) == (calendar.as_str(), hours.as_str())
                        || read(other, *at) == read(other, now)
                })
            };
            if let Some(at) = fits().find(others).or(fits().next()) {
                ways.push((Turn::Clock(at), vec![outcome.word().to_owned()]));
            }
        }
        self.fork(node, standing(call), ways);
    }

    /// What a state ordered could have gone otherwise.
    fn orders(&mut self, program: &Program, node: &(String, String), command: &str, call: &Call, is_first: bool) {
        let Some(state) = program.state(&node.1) else { return };
        match (&state.kind, command) {
            (Kind::Invoke { service, operation, .. }, "invoke") => {
                return self.invokes(program, node, &format!("{service}.{operation}"), call);
            }
            (_, "invoke" | "signal") => return,
            (Kind::Add { target, .. }, "add") => self.rings(program, node, std::slice::from_ref(target), call),
            (Kind::Transfer { to, .. }, "transfer") => self.rings(program, node, std::slice::from_ref(to), call),
            (Kind::Dial { to, .. }, "create") => self.rings(program, node, to, call),
            _ => {}
        }
        let nth = self.tried.entry(node.clone()).or_default();
        *nth += 1;
        let nth = *nth;
        let Some(index) = program.node(&node.1) else { return };
        let fails = |label: &Label| matches!(label, Label::NotEstablished | Label::Outcome(Outcome::Failed));
        let edges = program.edges_from(index).into_iter().map(|edge| &program.graph[edge]);
        if is_first && edges.into_iter().any(|edge| !edge.default && fails(&edge.label)) {
            let root = &self.world.served.program.flow;
            let name = if node.0 == *root { node.1.clone() } else { format!("{}.{}", node.0, node.1) };
            let leads = vec!["failed".to_owned(), Label::NotEstablished.to_string()];
            self.fork(node, standing(call), vec![(Turn::Refused(name, nth), leads)]);
        }
    }

    fn invokes(&mut self, program: &Program, node: &(String, String), name: &str, call: &Call) {
        let nth = self.asked.entry(name.to_owned()).or_default();
        let (at, clock) = (*nth, self.run.plan.clock.unwrap_or(EPOCH_MS));
        *nth += 1;
        let Some(operation) = scripts::operation(program, name) else { return };
        let listed = self.run.plan.answers.get(name).and_then(|list| list.get(at).or(list.last())).cloned();
        let answer = |outcome: &str, value: Option<serde_json::Value>| ScriptedAnswer {
            outcome: word(outcome),
            value,
            takes: 0,
        };
        let base = operation.ok.as_ref().map(|ty| told(ty, &made::value(ty, clock)));
        let base = answer(OK, base.filter(|value| !value.is_null()));
        let is = listed.unwrap_or_else(|| base.clone());
        self.run.made.entry(name.to_owned()).or_insert_with(|| base.clone());
        let mut ways = Vec::new();
        for outcome in operation.all_outcomes().into_iter().filter(|outcome| *outcome != OK) {
            if outcome != is.outcome.value {
                ways.push((Turn::Answers(name.to_owned(), at, answer(outcome, None)), vec![outcome.to_owned()]));
            }
        }
        let values = operation.ok.iter().flat_map(|ty| {
            let values = self.world.hints.values(ty, clock);
            values.into_iter().map(move |value| told(ty, &value)).collect::<Vec<_>>()
        });
        let oks: Vec<ScriptedAnswer> = match operation.ok {
            Some(_) => values.map(|value| answer(OK, Some(value).filter(|value| !value.is_null()))).collect(),
            None => vec![base],
        };
        for ok in oks {
            if (ok.outcome.value != is.outcome.value || ok.value != is.value)
                && scripts::answer(operation, OK, ok.value.as_ref()).is_ok()
            {
                ways.push((Turn::Answers(name.to_owned(), at, ok), vec![OK.to_owned()]));
            }
        }
        debug_assert!(operation.all_outcomes().contains(&FAILED));
        self.fork(node, standing(call), ways);
    }

    /// A phone that rings could behave otherwise.
    fn rings(&mut self, program: &Program, node: &(String, String), targets: &[Expr], call: &Call) {
        let is_root = node.0 == self.world.served.program.flow;
        for target in targets {
            let target = match target {
                Expr::Dialled(inner, _) => inner,
                other => other,
            };
            let who = match target {
                Expr::Read(Slot::Setting(name)) if self.world.served.settings.contains_key(name) => {
                    Some(format!("settings.{name}"))
                }
                Expr::Read(Slot::Param(name)) if is_root && self.run.plan.params.contains_key(name) => {
                    Some(format!("params.{name}"))
                }
                other => match eval::eval(other, &|slot: &Slot| call.read(slot)) {
                    Ok(Value::Phone(number)) => Some(number),
                    _ => None,
                },
            };
            let Some(who) = who.filter(|who| self.rang.insert(who.clone())) else { continue };
            let Some(index) = program.node(&node.1) else { continue };
            let labels: BTreeSet<String> =
                program.edges_from(index).into_iter().map(|edge| program.graph[edge].label.to_string()).collect();
            let all = [
                (Answers::Busy, "busy"),
                (Answers::Never, "no_answer"),
                (Answers::Decline, "declined"),
                (Answers::Unreachable, "unreachable"),
            ];
            let is = self.run.plan.phones.get(&who);
            let mut ways: Vec<(Turn, Vec<String>)> = all
                .into_iter()
                .filter(|(answers, label)| is != Some(answers) && labels.contains(*label))
                .map(|(answers, label)| (Turn::Phone(who.clone(), answers), vec![label.to_owned()]))
                .collect();
            if is.is_none() {
                ways.push((Turn::Phone(who.clone(), Answers::After(4_000)), Vec::new()));
            }
            self.fork(node, standing(call), ways);
        }
    }

    /// Keeps what the line noted.
    fn notes(&mut self, playing: &Playing<'_>) {
        let Some(line) = playing.stage.cloud.calls.values().next() else { return };
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
        if let Some(came) = rehearsed.calls.first() {
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
fn standing(call: &Call) -> String {
    let vars = serde_json::to_string(&call.vars).unwrap_or_default();
    let people: Vec<&String> = call.people.iter().filter(|(_, person)| person.joined).map(|(name, _)| name).collect();
    format!("{vars} {} {people:?} {:?} {:?}", call.locale, call.counters, call.asked)
}

/// Who somebody is on the line.
fn id_of(playing: &Playing<'_>, who: &str) -> Option<String> {
    let line = playing.stage.line(1)?;
    let call = &playing.stage.calls.first()?.call;
    if who != PARTY {
        return moments::identity(call, who);
    }
    match line.direction {
        crate::emulator::call::Direction::Inbound => Some(line.from.plain()),
        crate::emulator::call::Direction::Open | crate::emulator::call::Direction::Outbound => {
            let party = moments::identity(call, PARTY);
            party.or_else(|| line.people.first().map(|person| person.id.plain()))
        }
    }
}
