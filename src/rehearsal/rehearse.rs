//! One scenario, played to its end.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{Call as Line, End, State};
use crate::language::diagnostic::Diagnostic;
use crate::language::syntax::ast::{Script, ScriptedAnswer};
use crate::machine::call::Phase;
use crate::machine::trace::Trace;
use crate::rehearsal::begin;
use crate::rehearsal::carried::{Carried, is_around};
use crate::rehearsal::given;
use crate::rehearsal::live::{Kept, Passed};
use crate::rehearsal::player::{Player, Progress, Situation, finding};
use crate::rehearsal::refused::Refused;
use crate::rehearsal::stage::{Played, Scene, Stage};
use crate::rehearsal::transcript::{self, Told};
use crate::runtime::lines::{Lines, Served};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// When a rehearsal begins whose scenario does not say it: Monday, 5 January 2026, 10:00 UTC.
pub const EPOCH_MS: i64 = 1_767_607_200_000;
/// How long a call may go on after the script's last step, in milliseconds.
const LINGER_MS: u64 = 45_000;
/// How long it may take until everything is over, in milliseconds: longer than a call lives.
const LONGEST_MS: u64 = 5 * 3_600_000;
/// Most moments of a rehearsal.
const MOMENTS: u32 = 100_000;

/// What a scenario came to.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// Where the call went another way than the script.
    pub finding: Option<Box<Diagnostic>>,
    /// The calls of the service: the scenario's own, the others in the order in which they began.
    pub calls: Vec<Came>,
    /// Whether the scenario's own call is among them.
    pub began: bool,
    /// How the line ended, in the emulator's word.
    pub line: &'static str,
    /// What people heard and did.
    pub transcript: Vec<Told>,
    /// What was played.
    pub played: BTreeSet<Played>,
    /// How often operations were asked.
    pub asked: BTreeMap<String, u32>,
    /// The longest that nobody on the line heard anything or was listened to, in milliseconds, and when that began.
    pub silence: (u64, u64),
    /// When the scenario's own call began, in virtual milliseconds.
    pub began_ms: u64,
    /// What was left behind at the platform.
    pub left: Vec<String>,
    /// How long it took from then on, in virtual milliseconds.
    pub lasted_ms: u64,
}

impl Rehearsed {
    /// How it ended, for people: `result: moved`, `the line: hangup`.
    #[must_use]
    pub fn end(&self) -> String {
        let Some(came) = self.own() else { return format!("the line: {}", self.line) };
        let result = came.result.as_deref().unwrap_or("none");
        format!("result: {result}; the line: {}", self.line)
    }

    /// What the scenario's own call came to, where there was one.
    #[must_use]
    pub fn own(&self) -> Option<&Came> {
        self.calls.first().filter(|_| self.began)
    }
}

/// What a call of the service came to.
#[derive(Clone, Debug)]
pub struct Came {
    /// The flow it began with.
    pub flow: String,
    /// Whether it is over.
    pub ended: bool,
    /// Its result.
    pub result: Option<String>,
    /// Why it ended, in a word.
    pub reason: String,
    /// The flow that ran when it ended: the one it began with, or one that this ran.
    pub running: String,
    /// The state it ended in.
    pub state: String,
    /// What it did.
    pub passed: Vec<Passed>,
    /// Its history, where that was asked for.
    pub history: Option<Box<Kept>>,
}

/// What scenarios of one project have in common.
#[derive(Clone, Copy, Debug)]
pub struct House<'a> {
    /// The flows, and who answers which number.
    pub lines: &'a Lines,
    /// The voice of text prompts whose library names none.
    pub voice: &'a str,
    /// How long audio files last, in milliseconds, by their path in the project.
    pub sounds: &'a BTreeMap<String, u64>,
}

/// Plays a scenario, whose flow is served.
#[must_use]
pub fn rehearse(house: House<'_>, script: &Script) -> Rehearsed {
    known(house, script, false).0
}

/// The same; the histories of its calls are kept.
#[must_use]
pub fn keeping(house: House<'_>, script: &Script) -> Rehearsed {
    known(house, script, true).0
}

/// The flow that a scenario is about, where it is served.
pub(crate) fn flow_of<'l>(lines: &'l Lines, script: &Script) -> Option<&'l Served> {
    match &script.flow {
        Some(name) => lines.flows.get(&name.value),
        None => lines.flows.values().next(),
    }
}

/// What operations answer in a scenario.
pub(crate) fn answers(script: &Script) -> BTreeMap<String, Vec<ScriptedAnswer>> {
    script.answers.iter().map(|(name, answers)| (name.value.clone(), answers.clone())).collect()
}

/// Plays a scenario, and keeps the histories of its calls if so wanted; also what its people had before them when they acted, by step.
pub(crate) fn known(house: House<'_>, script: &Script, keeps: bool) -> (Rehearsed, BTreeMap<usize, Situation>) {
    staged(house, script, |playing, served| {
        playing.stage.keeps = keeps;
        let Some(served) = served else {
            let label = "no such flow";
            let found = finding(script.title.span, "the script's flow is not served".to_owned(), label);
            return (Some(found), BTreeMap::new());
        };
        let mut player = Player::new(script, &served.program);
        (playing.plays(script, served, &mut player).err(), player.situations())
    })
}

/// A line as a scenario has it, and what `play` makes of it.
pub(crate) fn staged<T>(
    house: House<'_>,
    script: &Script,
    play: impl FnOnce(&mut Playing<'_>, Option<&Served>) -> (Option<Box<Diagnostic>>, T),
) -> (Rehearsed, T) {
    let answers = answers(script);
    let of = flow_of(house.lines, script);
    let refused = of.map(|served| Refused::of(script, &served.program)).unwrap_or_default();
    let carried = Carried::of(house.lines, script);
    let lines = carried.as_ref().map_or(house.lines, |carried| &carried.lines);
    let served = carried.as_ref().map_or(of, Carried::served);
    let scene = Scene {
        lines,
        epoch_ms: epoch_ms(script),
        voice: house.voice,
        sounds: house.sounds,
        answers: &answers,
        refused: &refused,
    };
    let mut playing = Playing { stage: Stage::new(scene), silence: (0, 0), quiet_since: None, moments: 0 };
    let (found, made) = play(&mut playing, served);
    (playing.came(found), made)
}

/// When the first call of a scenario begins, in milliseconds since the epoch: its own begins at the time that is given.
pub(crate) fn epoch_ms(script: &Script) -> i64 {
    let own = script.clock.as_ref().map_or(EPOCH_MS, |clock| clock.value);
    own.saturating_sub_unsigned(given::lead(script))
}

/// The line as a scenario's call begins.
///
/// # Errors
/// Why it cannot begin like this.
pub(crate) fn line_of<'a>(scene: Scene<'a>, script: &Script, served: &Served) -> Result<Stage<'a>, Box<Diagnostic>> {
    let mut playing = Playing { stage: Stage::new(scene), silence: (0, 0), quiet_since: None, moments: 0 };
    begin::begins(&mut playing.stage, script, served)?;
    Ok(playing.stage)
}

/// A scenario that is being played.
pub(crate) struct Playing<'a> {
    pub(crate) stage: Stage<'a>,
    silence: (u64, u64),
    quiet_since: Option<u64>,
    moments: u32,
}

impl Playing<'_> {
    fn plays(&mut self, script: &Script, served: &Served, player: &mut Player<'_>) -> Result<(), Box<Diagnostic>> {
        begin::begins(&mut self.stage, script, served)?;
        loop {
            match player.go(&mut self.stage) {
                Progress::Met => break,
                Progress::Failed(finding) => {
                    self.cut_off();
                    return Err(finding);
                }
                Progress::Waits(until) => {
                    if self.moment(until.unwrap_or(LONGEST_MS).min(LONGEST_MS)) {
                        continue;
                    }
                    let span = player.at().map_or(script.title.span, |step| step.span);
                    self.cut_off();
                    let label = "nothing more happens, and the call is not over";
                    return Err(finding(span, "this step is never met".to_owned(), label));
                }
            }
        }
        let until = self.stage.now + LINGER_MS;
        while !self.line_is_over() && self.moment(until) && self.stage.now < until {}
        if self.line_is_over() || self.stage.own_line().is_none() {
            self.drain();
            return Ok(());
        }
        self.cut_off();
        let span = script.steps.last().map_or(script.title.span, |step| step.span);
        let label = "the script ends here, and the call went on until it was cut off";
        Err(finding(span, "the call does not end".to_owned(), label))
    }

    /// Lets the next thing happen, not after `until`. Whether anything did.
    pub(crate) fn moment(&mut self, until: u64) -> bool {
        self.moments += 1;
        self.listens();
        let next = self.stage.next_due().map_or(until, |next| next.min(until));
        if self.moments > MOMENTS || next >= LONGEST_MS {
            return false;
        }
        self.stage.go_to(next);
        true
    }

    /// Notes since when nobody hears anything.
    fn listens(&mut self) {
        let Some(line) = self.stage.own_line() else { return };
        let is_up = matches!(line.state, State::Connected);
        match self.quiet_since {
            None if is_up && !line.is_lively() => self.quiet_since = Some(self.stage.now),
            Some(since) if !is_up || line.is_lively() => {
                if self.stage.now - since > self.silence.0 {
                    self.silence = (self.stage.now - since, since);
                }
                self.quiet_since = None;
            }
            None | Some(_) => {}
        }
    }

    pub(crate) fn line_is_over(&self) -> bool {
        self.stage.own_line().is_some_and(Line::is_over)
    }

    /// Everybody who is still on the line leaves, and what follows happens.
    pub(crate) fn cut_off(&mut self) {
        let names: Vec<String> =
            self.stage.cloud.calls.values().filter(|line| !line.is_over()).map(|line| line.name()).collect();
        for name in names {
            let people: BTreeSet<String> = self
                .stage
                .cloud
                .named(&name)
                .map(|(line, _)| line.people.iter().map(|person| person.id.plain()).collect())
                .unwrap_or_default();
            for who in people {
                // Somebody who left with the one before has left.
                let _ = self.stage.human("POST", &["calls", &name, "hangup"], &json!({ "as": who }));
            }
        }
        self.drain();
    }

    /// What follows when the line is over happens.
    pub(crate) fn drain(&mut self) {
        while self.stage.no_others().any(|live| !live.call.is_ended()) && self.moment(LONGEST_MS) {}
        // Other calls have been what they were there for.
        if self.stage.others_leave() {
            while self.stage.calls.iter().any(|live| !live.call.is_ended()) && self.moment(LONGEST_MS) {}
        }
        self.listens();
    }

    fn came(self, finding: Option<Box<Diagnostic>>) -> Rehearsed {
        let Playing { stage, silence, .. } = self;
        let transcript = transcript::of(&stage);
        let line = stage.own_line().map_or("none", ended);
        let mut left = Vec::new();
        for line in stage.own_lines().filter(|line| !line.is_over()) {
            let ours = !line.live_legs().is_empty();
            let people: Vec<String> = line.people.iter().map(|person| person.id.plain()).collect();
            if ours {
                left.push(format!(
                    "a line is still up, with {}",
                    if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
                ));
            }
        }
        let (own, began_ms) = (stage.own(), stage.began());
        let calls = stage.calls.into_iter().map(|live| {
            let (ended, result, reason) = match &live.call.phase {
                Phase::Ended { result, .. } => (true, result.clone(), reason_of(&live.passed)),
                _ => (false, None, "it goes on".to_owned()),
            };
            let mut flow = live.program.flow.clone();
            let mut running = live.call.running.clone().unwrap_or_else(|| flow.clone());
            let (mut state, passed) = (live.call.state, live.passed);
            // Where a `live` flow was, and not what it was run by.
            if is_around(&flow) {
                flow = flow.trim_matches(['(', ')']).to_owned();
                let last = stood(&flow, &passed);
                (running, state) = last.unwrap_or_else(|| (flow.clone(), state));
            }
            Came { flow, ended, result, reason, running, state, passed, history: live.history }
        });
        let mut calls: Vec<Came> = calls.collect();
        if let Some(own) = own {
            calls[..=own].rotate_right(1);
        }
        Rehearsed {
            finding,
            calls,
            began: own.is_some(),
            began_ms,
            line,
            transcript,
            played: stage.played,
            asked: stage.asked,
            silence,
            left,
            lasted_ms: stage.now - began_ms,
        }
    }
}

/// How a line ended, in the emulator's word.
pub(crate) fn ended(line: &Line) -> &'static str {
    match line.state {
        State::Ringing | State::Connecting | State::Connected | State::Transferring => "up",
        State::Ended(End::Failed) => "failed",
        State::Ended(End::Hangup) => "hangup",
        State::Ended(End::Missed) => "missed",
        State::Ended(End::Redirected) => "redirected",
        State::Ended(End::Rejected) => "rejected",
        State::Ended(End::Transferred) => "transferred",
    }
}

/// Flow and state in which a call stood last while a `live` flow was run, or one that it ran.
fn stood(live: &str, passed: &[Passed]) -> Option<(String, String)> {
    passed.iter().rev().find_map(|one| match &one.trace {
        Trace::Entered { state } if !is_around(&one.flow) => Some((one.flow.clone(), state.clone())),
        Trace::Returned { flow, to, .. } if flow != live => {
            let ran =
                |one: &&Passed| matches!(&one.trace, Trace::Running { flow: run, from } if run == flow && from == to);
            passed.iter().rev().find(ran).map(|one| (one.flow.clone(), to.clone()))
        }
        _ => None,
    })
}

fn reason_of(passed: &[Passed]) -> String {
    let ended = passed.iter().rev().find_map(|passed| match &passed.trace {
        Trace::Ended { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    ended.unwrap_or_default()
}
