//! One caller on one version of a flow: acts at its questions, in order, with services and phones that behave as they are told; what
//! was heard after each act, and what could be done next.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{End, State};
use crate::emulator::transcript::Did;
use crate::language::flow::state::{Choice, Input, Kind};
use crate::language::flow::types::Type;
use crate::language::flow::value::Values;
use crate::language::graph::{CallKind, Program};
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast::ScriptedAnswer;
use crate::machine::call::Phase;
use crate::platform::tones::Tone;
use crate::rehearsal::refused::Refused;
use crate::rehearsal::rehearse::{EPOCH_MS, House};
use crate::rehearsal::stage::{Scene, Stage};
use crate::rehearsal::{given, made};
use crate::runtime::lines::Served;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How long a caller waits for a question before it is taken that none comes, in virtual milliseconds.
const WAITS_MS: u64 = 120_000;
/// Most moments of one walk.
const MOMENTS: u32 = 20_000;

/// Something a caller does when it is their turn.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turn {
    /// Leaves.
    HangsUp,
    /// Presses keys.
    Presses(Vec<Tone>),
    /// Says words.
    Says(String),
    /// Does nothing until they are asked again.
    SaysNothing,
}

/// What the world is like for a caller.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct World {
    /// What operations answer that do not answer `ok`.
    pub answers: BTreeMap<String, String>,
    /// Phones that are not answered: `busy`, `never`.
    pub phones: BTreeMap<String, &'static str>,
}

/// What can be done at a question.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Offer {
    /// Keys that mean something, one by one.
    pub keys: BTreeSet<Tone>,
    /// Words that mean something.
    pub phrases: BTreeSet<String>,
    /// Numbers of keys that are taken, where no single key means something.
    pub digits: Option<(u32, u32)>,
    /// Keys that end them.
    pub stop: Vec<Tone>,
    /// Whether any words are taken.
    pub speech: bool,
}

/// How a turn ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// With a question.
    Asks(Offer),
    /// With the call: its result, and what became of the line.
    Ends(String),
    /// Nothing is asked for two minutes.
    Waits,
}

/// What came of walking.
#[derive(Clone, Debug)]
pub struct Walked {
    /// What was heard since the last act.
    pub heard: Vec<String>,
    /// The longest that nothing was, since then, in milliseconds.
    pub silence: u64,
    /// How the last turn ends.
    pub then: Then,
    /// What may be asked of services that was not asked before the last act, by operation, with its outcomes.
    pub asked: BTreeMap<String, Vec<String>>,
    /// Numbers that were called since the last act.
    pub dialled: BTreeSet<String>,
    /// How the call stands: two walks that stand alike go on alike.
    pub stands: String,
}

/// Walks.
#[must_use]
pub fn walk(house: House<'_>, served: &Served, params: &Values, world: &World, turns: &[Turn]) -> Option<Walked> {
    let span = Span::new(FileId(0), 0, 0);
    let word = |text: &str| Word { value: text.to_owned(), span };
    let answer = |outcome: &String| vec![ScriptedAnswer { outcome: word(outcome), value: None, takes: 0 }];
    let answers: BTreeMap<String, Vec<ScriptedAnswer>> =
        world.answers.iter().map(|(operation, outcome)| (operation.clone(), answer(outcome))).collect();
    let refused = Refused::default();
    let scene = Scene {
        lines: house.lines,
        epoch_ms: EPOCH_MS,
        voice: house.voice,
        sounds: house.sounds,
        answers: &answers,
        refused: &refused,
    };
    let mut walk = Walk { stage: Stage::new(scene), silence: 0, quiet: None, moments: 0 };
    walk.begins(served, params, world)?;
    Some(walk.goes(turns))
}

struct Walk<'a> {
    stage: Stage<'a>,
    silence: u64,
    quiet: Option<u64>,
    moments: u32,
}

impl Walk<'_> {
    fn begins(&mut self, served: &Served, params: &Values, world: &World) -> Option<()> {
        for (who, answers) in &world.phones {
            self.stage
                .human("PUT", &["phones", &given::segment(who)], &json!({ "answer": answers, "script": [] }))
                .ok()?;
        }
        match served.program.call {
            CallKind::Inbound => {
                let routed = self.stage.lines().routes.example(&served.program.flow);
                let to = routed.unwrap_or_else(|| "+18005550100".to_owned());
                let call = json!({ "from": "+441632960100", "to": to });
                self.stage.human("POST", &["calls"], &call).ok()?;
            }
            CallKind::Any | CallKind::Join | CallKind::Outbound => drop(self.stage.place(served, params.clone())),
            CallKind::Live | CallKind::RecordingReady => return None,
        }
        Some(())
    }

    fn goes(mut self, turns: &[Turn]) -> Walked {
        let mut then = self.until_asked(None);
        let (mut heard_before, mut asked_before, mut dialled_before) = (0, BTreeSet::new(), BTreeSet::new());
        for turn in turns {
            if matches!(then, Then::Ends(_)) {
                break;
            }
            heard_before = self.entries();
            asked_before = self.stage.asked.keys().cloned().collect();
            dialled_before.clone_from(&self.stage.dialled);
            self.silence = 0;
            let question = self.question();
            self.acts(turn);
            then = self.until_asked(question);
        }
        let heard = self.heard(heard_before);
        let asked = self.stage.asked.keys().filter(|name| !asked_before.contains(*name));
        let outcomes = |name: &String| {
            let program = &self.stage.calls.first()?.program;
            let operation = crate::language::compile::scripts::operation(program, name)?;
            Some((name.clone(), operation.all_outcomes().iter().map(|one| (*one).to_owned()).collect()))
        };
        Walked {
            heard,
            silence: self.silence,
            asked: asked.filter_map(outcomes).collect(),
            dialled: self.stage.dialled.difference(&dialled_before).cloned().collect(),
            stands: self.stands(),
            then,
        }
    }

    fn acts(&mut self, turn: &Turn) {
        let Some(line) = self.stage.line(1) else { return };
        let (name, Some(who)) = (line.name(), self.party()) else { return };
        let (what, body) = match turn {
            Turn::HangsUp => ("hangup", json!({ "as": who })),
            Turn::Presses(keys) => {
                let digits: String = keys.iter().map(|key| key.to_char()).collect();
                ("press", json!({ "digits": digits, "as": who }))
            }
            Turn::Says(words) => ("say", json!({ "text": words, "as": who })),
            Turn::SaysNothing => return,
        };
        // Whoever is not on the line any more does nothing.
        let _ = self.stage.human("POST", &["calls", &name, what], &body);
    }

    /// Until another question than this one waits for its answer, or none will come.
    fn until_asked(&mut self, answered: Option<u64>) -> Then {
        let until = self.stage.now + WAITS_MS;
        loop {
            self.listens();
            match self.stage.line(1) {
                Some(line) if line.is_over() => return self.ended(),
                Some(line) => {
                    let question = self.question();
                    if question.is_some() && question != answered && line.sounding().next().is_none() {
                        return Then::Asks(self.offer());
                    }
                }
                None if self.stage.calls.iter().all(|live| live.call.is_ended()) => return self.ended(),
                None => {}
            }
            self.moments += 1;
            let Some(next) = self.stage.next_due().filter(|next| *next <= until) else { return Then::Waits };
            if self.moments > MOMENTS {
                return Then::Waits;
            }
            self.stage.go_to(next);
        }
    }

    fn ended(&mut self) -> Then {
        let until = self.stage.now + WAITS_MS;
        while self.stage.calls.iter().any(|live| !live.call.is_ended()) {
            let Some(next) = self.stage.next_due().filter(|next| *next <= until) else { break };
            self.stage.go_to(next);
        }
        let result = self.stage.calls.first().and_then(|live| match &live.call.phase {
            Phase::Ended { result, .. } => result.clone(),
            Phase::Leaving { .. } | Phase::Running => None,
        });
        let line = match self.stage.line(1).map(|line| line.state) {
            Some(State::Ended(End::Failed)) => "the call fails",
            Some(State::Ended(End::Hangup)) => "the call ends",
            Some(State::Ended(End::Missed)) => "nobody answers",
            Some(State::Ended(End::Redirected)) => "the call is sent elsewhere",
            Some(State::Ended(End::Rejected)) => "the call is refused",
            Some(State::Ended(End::Transferred)) => "the caller is put through",
            Some(State::Connected | State::Connecting | State::Ringing | State::Transferring) | None => "nothing more",
        };
        Then::Ends(match result {
            Some(result) => format!("{line}, result {result}"),
            None => line.to_owned(),
        })
    }

    /// Notes since when nobody hears anything.
    fn listens(&mut self) {
        let now = self.stage.now;
        let Some(line) = self.stage.line(1) else { return };
        let is_quiet = matches!(line.state, State::Connected) && !line.is_lively();
        match self.quiet {
            None if is_quiet => self.quiet = Some(now),
            Some(since) if !is_quiet => {
                self.silence = self.silence.max(now - since);
                self.quiet = None;
            }
            None | Some(_) => {}
        }
    }

    fn party(&self) -> Option<String> {
        let line = self.stage.line(1)?;
        match self.stage.calls.first()?.program.call {
            CallKind::Inbound => Some(line.from.plain()),
            _ => line.people.first().map(|person| person.id.plain()).or_else(|| line.to.first().map(|to| to.plain())),
        }
    }

    fn question(&self) -> Option<u64> {
        self.stage.line(1)?.question_of(&self.party()?)
    }

    fn entries(&self) -> usize {
        self.stage.line(1).map_or(0, |line| line.transcript.entries().len())
    }

    fn heard(&self, from: usize) -> Vec<String> {
        let Some(line) = self.stage.line(1) else { return Vec::new() };
        let who = match self.stage.calls.first().map(|live| live.program.call) {
            Some(CallKind::Inbound) => Some(line.from.plain()),
            _ => line.to.first().map(|to| to.plain()),
        };
        let entries = line.transcript.entries().iter().skip(from);
        let heard = entries.filter(|entry| entry.did == Did::Heard && who.as_ref().is_none_or(|who| *who == entry.who));
        heard.map(|entry| entry.text.replace("https://flowc.example.org/media/", "")).collect()
    }

    fn offer(&self) -> Offer {
        let Some(live) = self.stage.calls.first() else { return Offer::default() };
        let program: &Program = live
            .call
            .running
            .as_ref()
            .map_or(&live.program, |name| live.program.flows.get(name).unwrap_or(&live.program));
        match program.state(&live.call.state).map(|state| &state.kind) {
            Some(Kind::Menu { choices, .. }) => Offer {
                keys: choices.iter().filter_map(|choice: &Choice| choice.key).collect(),
                phrases: choices.iter().flat_map(|choice| choice.phrases.iter().cloned()).collect(),
                ..Offer::default()
            },
            Some(Kind::Collect { save, input, stop, .. }) => {
                let digits = match program.vars.get(save).map(plain) {
                    Some(Type::Digits { min, max }) => (*min, *max),
                    _ => (1, 1),
                };
                taken(*input, digits, stop)
            }
            Some(Kind::Recognize { input, max_tones, stop, .. }) => taken(*input, (1, *max_tones), stop),
            _ => Offer { keys: BTreeSet::from([Tone::One]), ..Offer::default() },
        }
    }

    fn stands(&self) -> String {
        let mut stands = String::new();
        for live in self.stage.calls.iter().filter(|live| !live.call.is_ended()) {
            let call = &live.call;
            let frames: Vec<_> = call.frames.iter().map(|frame| (&frame.flow, &frame.state, &frame.counters)).collect();
            let is = json!([
                live.program.flow,
                call.state,
                call.running,
                call.counters,
                call.asked,
                call.locale,
                json!(frames),
                call.people.keys().collect::<Vec<_>>(),
                call.vars,
            ]);
            stands.push_str(&is.to_string());
        }
        stands
    }
}

fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Optional(inner) | Type::Secret(inner) => plain(inner),
        other => other,
    }
}

fn taken(input: Input, digits: (u32, u32), stop: &[Tone]) -> Offer {
    let (keys, speech) = match input {
        Input::Dtmf => (true, false),
        Input::Speech => (false, true),
        Input::SpeechOrDtmf => (true, true),
    };
    Offer { digits: keys.then_some(digits), stop: stop.to_vec(), speech, ..Offer::default() }
}

/// Parameters for calls that we place: what is given, else made up by type.
#[must_use]
pub fn params(program: &Program, given: &Values) -> Values {
    let made = |(name, param): (&String, &crate::language::graph::program::Param)| {
        let known = given.get(name).filter(|value| value.is_of(&param.ty)).cloned();
        let value = known.or_else(|| param.default.clone()).unwrap_or_else(|| made::value(&param.ty, EPOCH_MS));
        (name.clone(), value)
    };
    program.params.iter().map(made).collect()
}
