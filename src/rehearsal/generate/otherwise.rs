//! At which places a call could have gone otherwise: what was given, the hour, what the platform refuses, what operations answer, who
//! answers a phone.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::compile::scripts;
use crate::language::flow::calendar;
use crate::language::flow::eval;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::label::Label;
use crate::language::flow::service::{FAILED, OK};
use crate::language::flow::state::Kind;
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Program};
use crate::language::syntax::ast::{Answers, ScriptedAnswer};
use crate::machine::call::Call;
use crate::platform::limits::DEFAULT_RING_MS;
use crate::platform::outcomes::Outcome;
use crate::rehearsal::generate::explore::{Explorer, Fork, World, standing};
use crate::rehearsal::generate::plan::{Turn, word};
use crate::rehearsal::generate::values::told;
use crate::rehearsal::made;
use crate::rehearsal::rehearse::EPOCH_MS;
use std::collections::BTreeSet;

/// An hour, in milliseconds.
const HOUR_MS: i64 = 3_600_000;

impl Explorer<'_> {
    /// What is given from the beginning could be something else.
    pub(super) fn begins(&mut self, world: World<'_>) {
        let program = &world.served.program;
        let (hints, plan) = (world.hints, self.run.plan.clone());
        let at = plan.clock.unwrap_or(EPOCH_MS);
        for (name, param) in program.params.iter().filter(|(name, _)| hints.params.contains(*name)) {
            let values = hints.values(&param.ty, at).into_iter().map(|value| told(&param.ty, &value));
            let values = values.filter(|value| plan.params.get(name) != Some(value));
            let ways = values.map(|value| (Turn::Param(name.clone(), value), Vec::new())).collect();
            self.fork(&("".to_owned(), name.clone()), None, ways);
        }
        if !matches!(program.call, CallKind::Inbound | CallKind::Live) {
            return;
        }
        for name in hints.headers.iter().filter(|name| !plan.headers.contains_key(*name)) {
            let texts = hints.texts().cloned().chain(["1".to_owned()]).take(8);
            let ways = texts.map(|text| (Turn::Header(name.clone(), text), Vec::new())).collect();
            self.fork(&("".to_owned(), name.clone()), None, ways);
        }
        if hints.caller && plan.from.is_none() {
            let numbers = hints.texts().filter(|text| text.starts_with('+')).map(|text| {
                let digits = text.trim_start_matches('+');
                format!("+{digits}{}", "632960155".get(..11_usize.saturating_sub(digits.len())).unwrap_or(""))
            });
            let ways = numbers.chain(["anonymous".to_owned()]).map(|from| (Turn::From(from), Vec::new())).collect();
            self.fork(&("".to_owned(), "from".to_owned()), None, ways);
        }
    }

    pub(super) fn fork(&mut self, node: &(String, String), call: Option<&Call>, ways: Vec<(Turn, Vec<String>)>) {
        if ways.is_empty() {
            return;
        }
        let visits = self.visits.get(node).copied().unwrap_or(0).min(6);
        self.run.forks.push(Fork {
            node: node.clone(),
            before: self.run.items.clone(),
            at_ms: self.now,
            standing: format!("{visits} {}", call.map(standing).unwrap_or_default()),
            counters: call.map(|call| call.counters.clone()).unwrap_or_default(),
            moment: if matches!(ways.first(), Some((Turn::Does(moment, _), _)) if *moment == self.moment) {
                self.moment
            } else {
                self.moment + 1
            },
            tried: self.tried.clone(),
            asked: self.asked.clone(),
            ways,
        });
    }

    /// A state that reads a calendar could have been entered at another time.
    pub(super) fn enters(&mut self, program: &Program, node: &(String, String), call: &Call) {
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
        self.fork(node, Some(call), ways);
    }

    /// What a state ordered could have gone otherwise.
    pub(super) fn orders(
        &mut self,
        program: &Program,
        node: &(String, String),
        command: &str,
        call: &Call,
        is_first: bool,
    ) {
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
        let root = &self.world.served.program.flow;
        let name = if node.0 == *root { node.1.clone() } else { format!("{}.{}", node.0, node.1) };
        let nth = self.tried.get(&name).copied().unwrap_or(0) + 1;
        let Some(index) = program.node(&node.1) else { return };
        // A question how things stand is refused with not finding what it asks for.
        let asks = matches!(state.kind, Kind::Query { .. });
        let refused = if asks { Outcome::Missing } else { Outcome::Failed };
        let fails = |label: &Label| *label == Label::NotEstablished || *label == Label::Outcome(refused);
        let edges = program.edges_from(index).into_iter().map(|edge| &program.graph[edge]);
        if is_first && edges.into_iter().any(|edge| !edge.default && fails(&edge.label)) {
            let leads = vec![refused.word().to_owned(), Label::NotEstablished.to_string()];
            self.fork(node, Some(call), vec![(Turn::Refused(name.clone(), nth), leads)]);
        }
        self.tried.insert(name, nth);
    }

    fn invokes(&mut self, program: &Program, node: &(String, String), name: &str, call: &Call) {
        let (at, clock) = (self.asked.get(name).copied().unwrap_or(0), self.run.plan.clock.unwrap_or(EPOCH_MS));
        let Some(operation) = scripts::operation(program, name) else { return };
        let listed = self.run.plan.answers.get(name).and_then(|list| list.get(at).or(list.last())).cloned();
        // Whoever takes their time takes nearly all there is.
        let takes = if self.run.plan.slow { operation.timeout_ms.saturating_sub(1_000) } else { 0 };
        let answer =
            |outcome: &str, value: Option<serde_json::Value>| ScriptedAnswer { outcome: word(outcome), value, takes };
        let base = operation.ok.as_ref().map(|ty| told(ty, &made::value(ty, clock)));
        let base = answer(OK, base.filter(|value| !value.is_null()));
        let is = listed.unwrap_or_else(|| ScriptedAnswer { takes: 0, ..base.clone() });
        self.run.made.entry(name.to_owned()).or_insert_with(|| ScriptedAnswer { takes: 0, ..base.clone() });
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
            if (ok.outcome.value != is.outcome.value || ok.value != is.value || ok.takes != is.takes)
                && scripts::answer(operation, OK, ok.value.as_ref()).is_ok()
            {
                ways.push((Turn::Answers(name.to_owned(), at, ok), vec![OK.to_owned()]));
            }
        }
        debug_assert!(operation.all_outcomes().contains(&FAILED));
        self.fork(node, Some(call), ways);
        self.asked.insert(name.to_owned(), at + 1);
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
                let rings = match program.state(&node.1).map(|state| &state.kind) {
                    Some(Kind::Add { ring_for, .. } | Kind::Dial { ring_for, .. }) => length(ring_for, call),
                    _ => None,
                };
                let rings = rings.unwrap_or(DEFAULT_RING_MS).min(DEFAULT_RING_MS);
                let after = if self.run.plan.slow { rings.saturating_sub(1_000) } else { 4_000 };
                ways.push((Turn::Phone(who.clone(), Answers::After(after)), Vec::new()));
            }
            self.fork(node, Some(call), ways);
            if let (true, Some(fork)) = (targets.len() > 1, self.run.forks.last_mut()) {
                // What becomes of one is only seen once it is known what becomes of the others.
                fork.standing.push_str(&format!(" {:?}", self.run.plan.phones));
            }
        }
    }
}

/// How long something lasts, in milliseconds.
pub(super) fn length(expr: &Expr, call: &Call) -> Option<u64> {
    match eval::eval(expr, &|slot: &Slot| call.read(slot)) {
        Ok(Value::Duration(ms)) => u64::try_from(ms).ok(),
        _ => None,
    }
}
