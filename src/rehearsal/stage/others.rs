//! Which of the calls on the line is the scenario's own, and the others that go on meanwhile.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::Call as Line;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow::value::Values;
use crate::language::syntax::ast::{Script, ScriptedAnswer};
use crate::machine::people::Person;
use crate::rehearsal::given::{self, Beginning, Ids};
use crate::rehearsal::live::Live;
use crate::rehearsal::player::finding;
use crate::rehearsal::stage::Stage;
use crate::runtime::lines::Served;
use serde_json::{Value, json};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// Most moments before a scenario's own call begins.
const MOMENTS: u32 = 100_000;

/// Whose the calls are.
#[derive(Clone, Debug, Default)]
pub(crate) struct Whose {
    /// The scenario's own, among [`Stage::calls`].
    own: Option<usize>,
    /// The emulated call by which somebody called the scenario's flow.
    rang: Option<u64>,
    /// When it began, in virtual milliseconds.
    began: u64,
    /// The ids of the others, by name.
    pub(crate) ids: Ids,
    /// The others, among [`Stage::calls`].
    others: BTreeSet<usize>,
    /// Their emulated calls, where somebody called.
    others_rang: BTreeSet<u64>,
    /// How often the others asked operations.
    asked: BTreeMap<String, u32>,
}

impl Whose {
    /// Whether a call is another one than the scenario's.
    pub(crate) fn is_other(&self, at: usize) -> bool {
        self.others.contains(&at)
    }

    /// An answer with the ids of calls for the texts that stand for them.
    pub(crate) fn meant<'s>(&self, answer: &'s ScriptedAnswer) -> Cow<'s, ScriptedAnswer> {
        match &answer.value {
            Some(value) if !self.ids.is_empty() => {
                Cow::Owned(ScriptedAnswer { value: Some(given::meant(value, &self.ids)), ..answer.clone() })
            }
            _ => Cow::Borrowed(answer),
        }
    }
}

impl Stage<'_> {
    /// An emulated call, by its number; the first is 1.
    pub(crate) fn line(&self, number: u64) -> Option<&Line> {
        self.cloud.calls.get(&number)
    }

    /// The scenario's own call.
    pub(crate) fn own_call(&self) -> Option<&Live> {
        self.calls.get(self.whose.own?)
    }

    /// Its place among the calls, once there is one.
    pub(crate) fn own(&self) -> Option<usize> {
        self.whose.own
    }

    /// The emulated call that the scenario is about.
    pub(crate) fn own_line(&self) -> Option<&Line> {
        self.line(self.whose.rang.or_else(|| self.own_call()?.line)?)
    }

    /// When the scenario's own call began, in virtual milliseconds.
    pub(crate) fn began(&self) -> u64 {
        self.whose.began
    }

    /// The calls that are no others.
    pub(crate) fn no_others(&self) -> impl DoubleEndedIterator<Item = &Live> {
        self.calls.iter().enumerate().filter(|(at, _)| !self.whose.is_other(*at)).map(|(_, live)| live)
    }

    /// People of calls that are no others, by the names that flows have for them.
    /// Those who were of flows that have returned are among them.
    pub(crate) fn all_people(&self) -> impl Iterator<Item = (&str, &Person)> {
        let all = self.no_others().flat_map(|live| live.call.people.iter().chain(live.met.people()));
        all.map(|(name, person)| (name.as_str(), person))
    }

    /// The same, without these.
    pub(crate) fn own_people(&self) -> impl Iterator<Item = (&str, &Person)> {
        self.no_others().flat_map(|live| live.call.people.iter().map(|(name, person)| (name.as_str(), person)))
    }

    /// The same, those of the call that began last first.
    pub(crate) fn people_newest_first(&self) -> Vec<(&str, &Person)> {
        let newest = self.no_others().rev();
        newest.flat_map(|live| live.call.people.iter().map(|(name, person)| (name.as_str(), person))).collect()
    }

    /// Emulated calls that no other call is on.
    pub(crate) fn own_lines(&self) -> impl Iterator<Item = &Line> {
        let others = self.whose.others.iter().filter_map(|at| self.calls.get(*at)?.line);
        let others: BTreeSet<u64> = others.chain(self.whose.others_rang.iter().copied()).collect();
        self.cloud.calls.iter().filter(move |(number, _)| !others.contains(number)).map(|(_, line)| line)
    }

    /// How often an operation was asked before; this time counts as asked by a call.
    pub(super) fn nth(&mut self, at: usize, name: &str) -> usize {
        let of_others = self.whose.asked.get(name).copied().unwrap_or(0);
        let before = self.asked.get(name).copied().unwrap_or(0) + of_others;
        let is_other = self.whose.is_other(at);
        let asked = if is_other { &mut self.whose.asked } else { &mut self.asked };
        *asked.entry(name.to_owned()).or_default() += 1;
        before as usize
    }

    /// Somebody calls the scenario's flow.
    ///
    /// # Errors
    /// Why nobody can.
    pub(crate) fn ring_own(&mut self, body: &Value) -> Result<(), String> {
        self.whose.began = self.now;
        let (rang, at) = self.ring(body)?;
        (self.whose.rang, self.whose.own) = (Some(rang), at);
        Ok(())
    }

    /// The scenario's call is placed.
    pub(crate) fn place_own(&mut self, served: &Served, params: Values) {
        self.whose.began = self.now;
        self.whose.own = Some(self.place(served, params));
    }

    /// Somebody calls: the emulated call, and the call of the service where a flow answers the number.
    fn ring(&mut self, body: &Value) -> Result<(u64, Option<usize>), String> {
        let before = self.calls.len();
        let said = self.human("POST", &["calls"], body)?;
        let number = said["call"].as_str().and_then(|name| name.strip_prefix("call-")?.parse().ok());
        let line = number.and_then(|number| self.line(number)).ok_or("nobody rings")?;
        let is_theirs = |live: &Live| live.call.facts.server_call.as_ref() == Some(&line.server_call_id);
        let at = self.calls.iter().skip(before).position(is_theirs).map(|at| before + at);
        Ok((line.number, at))
    }

    /// The other calls of a scenario begin, each in its time; it is the time of its own call when they have.
    ///
    /// # Errors
    /// When one of them cannot begin like this.
    pub(crate) fn begin_others(&mut self, script: &Script, own: &Served) -> Result<(), Box<Diagnostic>> {
        if script.calls.is_empty() {
            return Ok(());
        }
        for (at_ms, call) in given::in_order(script) {
            self.pass_to(at_ms);
            let other = given::other(call, own, self.scene.lines, &self.whose.ids)?;
            for phone in &other.phones {
                let described = self.human("PUT", &["phones", &given::segment(&phone.who)], &phone.described);
                described.map_err(|why| finding(phone.span, format!("`{}` cannot be called", phone.who), &why))?;
            }
            let at = match other.beginning {
                Beginning::Placed(params) => self.place(other.served, params),
                Beginning::Rings(body) => {
                    let message = || format!("call `{}` cannot begin", call.name.value);
                    let wrong = |why: &str| finding(call.name.span, message(), why);
                    let (rang, at) = self.ring(&body).map_err(|why| wrong(&why))?;
                    self.whose.others_rang.insert(rang);
                    let answers = at.filter(|at| self.calls[*at].program.flow == other.served.program.flow);
                    answers.ok_or_else(|| wrong("its flow does not answer the number that is called"))?
                }
            };
            self.whose.others.insert(at);
            self.whose.ids.insert(call.name.value.clone(), self.calls[at].id.clone());
        }
        self.pass_to(given::lead(script));
        Ok(())
    }

    /// Lets the time be this, and everything happen on the way as it comes.
    fn pass_to(&mut self, until: u64) {
        for _ in 0..MOMENTS {
            match self.next_due().filter(|due| *due < until) {
                Some(due) => self.go_to(due),
                None => break,
            }
        }
        self.go_to(until);
    }

    /// Whoever is on other calls leaves. Whether there was somebody.
    pub(crate) fn others_leave(&mut self) -> bool {
        let own: BTreeSet<u64> = self.own_lines().map(|line| line.number).collect();
        let lines = self.cloud.calls.values().filter(|line| !own.contains(&line.number) && !line.is_over());
        let who: Vec<(String, String)> =
            lines.flat_map(|line| line.people.iter().map(|person| (line.name(), person.id.plain()))).collect();
        for (line, who) in &who {
            // Somebody who left with the one before has left.
            let _ = self.human("POST", &["calls", line, "hangup"], &json!({ "as": who }));
        }
        !who.is_empty()
    }
}
