//! The people of a rehearsal: a script's steps, each carried out as soon as it can be, by whoever it is for.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{Call as Line, State};
use crate::emulator::transcript::{Did, Entry};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::graph::{CallKind, Program};
use crate::language::source::Span;
use crate::language::syntax::ast::{Act, Expected, Script, Step};
use crate::platform::identifier::Identifier;
use crate::platform::speech::fold;
use crate::platform::tones::Tone;
use crate::rehearsal::floor::Floor;
use crate::rehearsal::hearing::{is_aside, is_beep, is_cut, is_heard};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the person a flow talks to.
pub const PARTY: &str = "party";
/// How long somebody who is patient waits for the line to be as they know it, in milliseconds.
const PATIENCE_MS: u64 = 30_000;

/// What a script waits for.
#[derive(Clone, Debug)]
pub enum Progress {
    /// For something to happen, at the latest for this time, in virtual milliseconds.
    Waits(Option<u64>),
    /// For nothing: every step was met.
    Met,
    /// It cannot go on: the call went another way.
    Failed(Box<Diagnostic>),
}

/// What somebody has before them when they act: a fair caller acts when the line is as it was without troubles, however much later
/// that is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Situation {
    /// They are asked something.
    asked: bool,
    /// What is to be heard.
    sounds: BTreeSet<String>,
    /// How many people are on the line.
    people: usize,
}

impl Situation {
    fn of(line: &Line, who: &str) -> Situation {
        Situation {
            asked: line.question_of(who).is_some(),
            sounds: line.sounding().map(|source| source.whole()).collect(),
            people: line.people.len(),
        }
    }
}

/// What the present step has done already.
#[derive(Clone, Debug, Default)]
struct Begun {
    /// Prompts heard of those the step names.
    heard: usize,
    /// The act was done, or the waiting has begun, at this time.
    since: Option<u64>,
    /// The question that runs, or that there is none.
    question: Option<Option<u64>>,
    /// It was quiet.
    quiet: bool,
    /// Lines of the transcript when it was done.
    lines: usize,
    /// The line is as it has to be.
    ready: bool,
    /// Since when it is waited for.
    waits: Option<u64>,
}

/// The people.
#[derive(Clone, Debug)]
pub struct Player<'s> {
    script: &'s Script,
    program: &'s Program,
    step: usize,
    begun: Begun,
    /// Lines of the transcript that the script has passed, by person.
    behind: BTreeMap<String, usize>,
    /// Whoever answered an outbound call.
    met: Option<String>,
    /// What people had before them when they acted, by step.
    situations: BTreeMap<usize, Situation>,
    /// What they had before them without troubles: they wait for it, and hear twice without complaint what is said again.
    fair: Option<&'s BTreeMap<usize, Situation>>,
    /// What each person has heard, whole.
    heard: BTreeSet<(String, String)>,
    /// What the people did last, with how often they did anything: their id, and what.
    acted: (usize, Option<(String, &'s Step)>),
}

impl<'s> Player<'s> {
    /// The people of a script, for a call of this program.
    #[must_use]
    pub fn new(script: &'s Script, program: &'s Program) -> Player<'s> {
        Player {
            script,
            program,
            step: 0,
            begun: Begun::default(),
            behind: BTreeMap::new(),
            met: None,
            situations: BTreeMap::new(),
            fair: None,
            heard: BTreeSet::new(),
            acted: (0, None),
        }
    }

    /// The same people, who know how it goes without troubles.
    pub(crate) fn fair(mut self, situations: &'s BTreeMap<usize, Situation>) -> Player<'s> {
        self.fair = Some(situations);
        self
    }

    /// What people had before them when they acted, by step.
    pub(crate) fn situations(self) -> BTreeMap<usize, Situation> {
        self.situations
    }

    /// The step that is being carried out.
    #[must_use]
    pub fn at(&self) -> Option<&'s Step> {
        self.script.steps.get(self.step)
    }

    /// The number of the step that is being carried out, from 1.
    pub(crate) fn number(&self) -> usize {
        self.step + 1
    }

    /// How often the people did something, and what they did last: their id, and the step.
    #[must_use]
    pub fn acted(&self) -> (usize, Option<&(String, &'s Step)>) {
        (self.acted.0, self.acted.1.as_ref())
    }

    /// Goes on as far as it can now.
    pub(crate) fn go<F: Floor>(&mut self, stage: &mut F) -> Progress {
        loop {
            let Some(step) = self.script.steps.get(self.step) else { return Progress::Met };
            match self.try_step(stage, step) {
                Ok(None) => {
                    self.step += 1;
                    self.begun = Begun::default();
                }
                Ok(Some(wake)) => return Progress::Waits(wake),
                Err(finding) => return Progress::Failed(finding),
            }
        }
    }

    /// Carries out a step as far as it can be now: nothing when it is done, else when to look again.
    fn try_step<F: Floor>(&mut self, stage: &mut F, step: &'s Step) -> Result<Option<Option<u64>>, Box<Diagnostic>> {
        let begins =
            matches!(step.act, Act::CallFrom { .. } | Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer);
        if begins {
            return Ok(None);
        }
        let Some(line) = stage.line() else { return Ok(Some(None)) };
        let over = line.is_over();
        let who = match self.who(stage, line, step, over)? {
            Some(who) => who,
            // A signal is nobody's, nor is time that passes, nor the end of a meeting: also where nobody has joined.
            None if step.who.is_none()
                && matches!(step.act, Act::HangUp | Act::Signal { .. } | Act::Silence(Some(_))) =>
            {
                String::new()
            }
            None => return Ok(Some(None)),
        };
        if let Some(until) = self.waits(stage, line, step, &who) {
            return Ok(Some(Some(until)));
        }
        match &step.act {
            Act::CallFrom { .. } | Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer => Ok(None),
            Act::Hear(all) => {
                while let Some(expected) = all.get(self.begun.heard) {
                    let Some(line) = stage.line() else { return Ok(Some(None)) };
                    if !self.hears(line, &who, &expected.value, expected.span)? {
                        return Ok(Some(None));
                    }
                    self.begun.heard += 1;
                }
                Ok(None)
            }
            Act::HearStart(expected) => {
                let plays = |words: String| is_heard(self.program, &expected.value, &words);
                match line.sounding().map(|source| source.whole()).any(plays) {
                    true => Ok(None),
                    false if over => {
                        let message = format!("{} does not begin", show(&expected.value));
                        Err(finding(expected.span, message, "the call ended before"))
                    }
                    false => Ok(Some(None)),
                }
            }
            Act::Press(keys) => {
                let digits: String = keys.iter().map(|tone: &Tone| tone.to_char()).collect();
                let pressed = |entry: &&Entry| entry.did == Did::Pressed;
                if !self.does(stage, step, &who, "press", &json!({ "digits": digits, "as": who }))? {
                    return Ok(Some(None));
                }
                let Some(line) = stage.line() else { return Ok(Some(None)) };
                let lines = line.transcript.entries().iter().skip(self.begun.lines).filter(|entry| entry.who == who);
                let so_far: usize = lines.filter(pressed).map(|entry| entry.text.chars().count()).sum();
                Ok(self.done(line, &who, so_far >= digits.len(), Did::Pressed))
            }
            Act::Say(words) => {
                if !self.does(stage, step, &who, "say", &json!({ "text": words, "as": who }))? {
                    return Ok(Some(None));
                }
                let Some(line) = stage.line() else { return Ok(Some(None)) };
                let mut lines = line.transcript.entries().iter().skip(self.begun.lines);
                let said = lines.any(|entry| entry.did == Did::Said && entry.who == who);
                Ok(self.done(line, &who, said, Did::Said))
            }
            Act::Silence(Some(ms)) => {
                let until = *self.begun.since.get_or_insert(stage.now()) + ms;
                Ok((stage.now() < until && !over).then_some(Some(until)))
            }
            Act::Silence(None) => Ok((!self.sits_out(stage, &who) && !over).then_some(None)),
            Act::Signal { name, data } => {
                self.acted = (self.acted.0 + 1, Some((String::new(), step)));
                let told = stage.tell(&name.value, data.as_ref());
                let untold = |reason: String| finding(step.span, format!("`{}` is not taken", name.value), &reason);
                told.map(|()| None).map_err(untold)
            }
            Act::HangUp => {
                let whose = if who.is_empty() { json!({}) } else { json!({ "as": who }) };
                Ok(if self.does(stage, step, &who, "hangup", &whose)? { None } else { Some(None) })
            }
        }
    }

    /// Until when somebody waits with an act for the line to be as they know it.
    fn waits<F: Floor>(&mut self, stage: &F, line: &Line, step: &Step, who: &str) -> Option<u64> {
        let acts = matches!(step.act, Act::HangUp | Act::Press(_) | Act::Say(_) | Act::Signal { .. } | Act::Silence(_));
        let is_up = line.state == State::Connected;
        if !acts || !is_up || self.begun.ready {
            return None;
        }
        let situation = Situation::of(line, who);
        let since = *self.begun.waits.get_or_insert(stage.now());
        let known = self.fair.and_then(|fair| fair.get(&self.step));
        if known.is_some_and(|known| *known != situation) && stage.now() < since + PATIENCE_MS {
            return Some(since + PATIENCE_MS);
        }
        self.begun.ready = true;
        self.situations.insert(self.step, situation);
        None
    }

    /// Who the step is for, as the emulator shows them, once they are on the line.
    fn who<F: Floor>(
        &mut self,
        stage: &F,
        line: &Line,
        step: &Step,
        over: bool,
    ) -> Result<Option<String>, Box<Diagnostic>> {
        let Some(who) = step.who.as_ref().filter(|who| who.value != PARTY) else {
            return Ok(self.party(stage, line));
        };
        let name = who.value.as_str();
        let is_it = |key: &str| key == name || key.rsplit_once('/').is_some_and(|(_, short)| short == name);
        let found = stage.people().into_iter().find(|(key, person)| person.joined && is_it(key));
        match found {
            Some((_, person)) => Ok(Some(Identifier::parse(&person.id).plain())),
            None if over => {
                Err(finding(who.span, format!("`{name}` is not on the line"), "nobody of this name has joined"))
            }
            None => Ok(None),
        }
    }

    /// Whom the flow talks to.
    fn party<F: Floor>(&mut self, stage: &F, line: &Line) -> Option<String> {
        if self.program.call == CallKind::Inbound {
            return Some(line.from.plain());
        }
        // The one whom the flow takes for it, once it does.
        let is_party = |key: &str| key.rsplit_once('/').map_or(key, |(_, name)| name) == PARTY;
        let people = stage.people();
        if let Some((_, person)) = people.into_iter().rev().find(|(key, person)| person.joined && is_party(key)) {
            return Some(Identifier::parse(&person.id).plain());
        }
        // Of several who were called, the first to be on the line.
        if self.met.is_none() {
            self.met = line.people.first().map(|person| person.id.plain());
        }
        self.met.clone().or_else(|| line.to.first().map(Identifier::plain))
    }

    /// Whether the next thing that this person hears, whole, is what is expected; it may not have come yet.
    fn hears(&mut self, line: &Line, who: &str, expected: &Expected, span: Span) -> Result<bool, Box<Diagnostic>> {
        loop {
            let behind = self.behind.get(who).copied().unwrap_or(0);
            let Some((at, heard)) = next_heard(line, who, behind) else {
                if line.is_over() {
                    let message = format!("{} is not heard", show(expected));
                    return Err(finding(span, message, "the call ended before anything was heard"));
                }
                return Ok(false);
            };
            let (is_it, cut) = (is_heard(self.program, expected, heard), is_cut(heard));
            self.behind.insert(who.to_owned(), at + 1);
            if is_it && !cut {
                self.heard.insert((who.to_owned(), heard.to_owned()));
                return Ok(true);
            }
            // What is cut off or said again is held against the calm run when all is over.
            if self.fair.is_some() && (cut || self.heard.contains(&(who.to_owned(), heard.to_owned()))) {
                continue;
            }
            // Words that pass the time, and music, need not be mentioned.
            if is_aside(self.program, heard) {
                continue;
            }
            let message = format!("{} is not {}", show(expected), if cut { "heard whole" } else { "what is heard" });
            return Err(finding(span, message, &format!("heard: {heard}")));
        }
    }

    /// Has somebody do something, once the line is up. Whether it is done.
    fn does<F: Floor>(
        &mut self,
        stage: &mut F,
        step: &'s Step,
        who: &str,
        what: &str,
        body: &serde_json::Value,
    ) -> Result<bool, Box<Diagnostic>> {
        if self.begun.since.is_some() {
            return Ok(true);
        }
        let Some(line) = stage.line() else { return Ok(false) };
        if !line.is_over() && line.state != State::Connected {
            return Ok(false);
        }
        self.begun.lines = line.transcript.entries().len();
        let name = line.name();
        if let Err(reason) = stage.human("POST", &["calls", &name, what], body) {
            return Err(finding(step.span, format!("`{who}` cannot do this here"), &reason));
        }
        self.begun.since = Some(stage.now());
        self.acted = (self.acted.0 + 1, Some((who.to_owned(), step)));
        Ok(true)
    }

    /// What was cut off by an act, and the act itself, are behind us once it is done.
    fn done(&mut self, line: &Line, who: &str, is_done: bool, did: Did) -> Option<Option<u64>> {
        if !is_done && !line.is_over() {
            return Some(None);
        }
        let last = line.transcript.entries().iter().rposition(|entry| entry.did == did && entry.who == who);
        let behind = self.behind.entry(who.to_owned()).or_default();
        *behind = (*behind).max(last.map_or(0, |at| at + 1));
        None
    }

    /// Waits out the question that runs; where none does, until something new is said.
    fn sits_out<F: Floor>(&mut self, stage: &F, who: &str) -> bool {
        let Some(line) = stage.line() else { return false };
        let running = line.question_of(who);
        match *self.begun.question.get_or_insert(running) {
            Some(question) => running != Some(question),
            None if running.is_some() => {
                self.begun.question = Some(running);
                false
            }
            None => {
                let sounds = line.sounding().next().is_some();
                self.begun.quiet |= !sounds;
                self.begun.quiet && sounds
            }
        }
    }
}

/// The first thing heard at or after a line of the transcript; the beep before a message need not be mentioned.
fn next_heard<'l>(line: &'l Line, who: &str, from: usize) -> Option<(usize, &'l str)> {
    let mut lines = line.transcript.entries().iter().enumerate().skip(from);
    lines
        .find(|(_, entry)| entry.did == Did::Heard && entry.who == who && !is_beep(&entry.text))
        .map(|(at, entry)| (at, entry.text.as_str()))
}

pub(crate) fn finding(span: Span, message: String, label: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::F0703, message, span, label))
}

fn show(expected: &Expected) -> String {
    match expected {
        Expected::Prompt(name) => format!("prompt `{name}`"),
        Expected::Words(words) => format!("\"{}\"", fold(words)),
    }
}
