//! One scenario, played to its end.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{End, State};
use crate::language::compile::values;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow;
use crate::language::flow::value::Values;
use crate::language::graph::CallKind;
use crate::language::syntax::ast::{Act, Answers, Script};
use crate::machine::call::Phase;
use crate::machine::trace::Trace;
use crate::rehearsal::player::{Player, Progress, finding};
use crate::rehearsal::stage::{Passed, Played, Scene, Stage, described};
use crate::rehearsal::transcript::{self, Told};
use crate::runtime::lines::{Lines, Served};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// When a rehearsal begins whose scenario does not say it: Monday, 5 January 2026, 10:00 UTC.
pub const EPOCH_MS: i64 = 1_767_607_200_000;
/// How long a call may go on after the script's last step, in milliseconds.
const LINGER_MS: u64 = 45_000;
/// How long it may take until everything is over, in milliseconds: longer than a call lives.
const LONGEST_MS: u64 = 5 * 3_600_000;
/// Most moments of a rehearsal.
const MOMENTS: u32 = 100_000;
/// The number called when neither script nor routes name one.
const ANY_NUMBER: &str = "+18005550100";
/// Who calls when the script does not say it.
const ANY_CALLER: &str = "+441632960100";

/// What a scenario came to.
#[derive(Clone, Debug)]
pub struct Rehearsed {
    /// Where the call went another way than the script.
    pub finding: Option<Box<Diagnostic>>,
    /// The calls of the service, in the order in which they began.
    pub calls: Vec<Came>,
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
    /// What was left behind at the platform.
    pub left: Vec<String>,
    /// How long it took, in virtual milliseconds.
    pub lasted_ms: u64,
}

impl Rehearsed {
    /// How it ended, for people: `result: moved`, `the line: hangup`.
    #[must_use]
    pub fn end(&self) -> String {
        let Some(came) = self.calls.first() else { return format!("the line: {}", self.line) };
        let result = came.result.as_deref().unwrap_or("none");
        format!("result: {result}; the line: {}", self.line)
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
    /// The state it ended in.
    pub state: String,
    /// What it did.
    pub passed: Vec<Passed>,
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
    staged(house, script, |playing, served| match served {
        Some(served) => (playing.plays(script, served).err(), ()),
        None => (Some(finding(script.title.span, "the script's flow is not served".to_owned(), "no such flow")), ()),
    })
    .0
}

/// A line as a scenario has it, and what `play` makes of it.
pub(crate) fn staged<T>(
    house: House<'_>,
    script: &Script,
    play: impl FnOnce(&mut Playing<'_>, Option<&Served>) -> (Option<Box<Diagnostic>>, T),
) -> (Rehearsed, T) {
    let answers: BTreeMap<String, _> =
        script.answers.iter().map(|(name, answers)| (name.value.clone(), answers.clone())).collect();
    let served = match &script.flow {
        Some(name) => house.lines.flows.get(&name.value),
        None => house.lines.flows.values().next(),
    };
    let fails = served.map(|served| fails(script, &served.program.flow)).unwrap_or_default();
    let scene = Scene {
        lines: house.lines,
        epoch_ms: script.clock.as_ref().map_or(EPOCH_MS, |clock| clock.value),
        voice: house.voice,
        sounds: house.sounds,
        answers: &answers,
        fails: &fails,
    };
    let mut playing = Playing { stage: Stage::new(scene), silence: (0, 0), quiet_since: None, moments: 0 };
    let (found, made) = play(&mut playing, served);
    (playing.came(found), made)
}

/// The requests that the platform refuses, by flow and state.
fn fails(script: &Script, flow: &str) -> BTreeMap<(String, String), Vec<Option<u32>>> {
    let mut fails: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for failing in &script.fails {
        let (flow, state) = failing.state.value.split_once('.').unwrap_or((flow, &failing.state.value));
        fails.entry((flow.to_owned(), state.to_owned())).or_default().push(failing.nth);
    }
    fails
}

/// A scenario that is being played.
pub(crate) struct Playing<'a> {
    pub(crate) stage: Stage<'a>,
    silence: (u64, u64),
    quiet_since: Option<u64>,
    moments: u32,
}

impl Playing<'_> {
    fn plays(&mut self, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>> {
        self.begins(script, served)?;
        let mut player = Player::new(script, &served.program);
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
        if self.line_is_over() || self.stage.cloud.calls.is_empty() {
            self.drain();
            return Ok(());
        }
        self.cut_off();
        let span = script.steps.last().map_or(script.title.span, |step| step.span);
        let label = "the script ends here, and the call went on until it was cut off";
        Err(finding(span, "the call does not end".to_owned(), label))
    }

    /// The call begins as the script says.
    pub(crate) fn begins(&mut self, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>> {
        let setting = |who: &str| match who.split_once('.') {
            Some(("settings", name)) => match served.settings.get(name) {
                Some(flow::value::Value::Phone(number)) => Some(number.clone()),
                _ => None,
            },
            Some(("params", name)) => {
                let given = script.params.iter().find(|(key, _)| key.value == name);
                given.and_then(|(_, value)| value.as_str()).map(str::to_owned)
            }
            _ => Some(who.to_owned()),
        };
        for phone in &script.phones {
            let Some(who) = setting(&phone.who.value) else {
                let message = format!("`{}` is nobody's number", phone.who.value);
                return Err(finding(phone.who.span, message, "nothing to call"));
            };
            let steps: Vec<String> = phone.steps.iter().filter_map(|step| spoken(&step.act)).collect();
            self.describes(&who, &described(&answering(phone.answers), &steps))
                .map_err(|reason| finding(phone.who.span, format!("`{who}` cannot be called"), &reason))?;
        }
        let first = script.steps.first().map(|step| &step.act);
        match served.program.call {
            CallKind::Inbound => self.rings(script, served, first),
            CallKind::Outbound | CallKind::Any | CallKind::Join => self.is_placed(script, served, first),
            other @ (CallKind::Live | CallKind::RecordingReady) => {
                let message = format!("nobody can call a flow that begins `{}`", other.word());
                Err(finding(script.title.span, message, "only flows that begin a call have a caller"))
            }
        }
    }

    fn describes(&mut self, who: &str, phone: &Value) -> Result<Value, String> {
        let id = who.replace('%', "%25").replace('+', "%2B").replace('/', "%2F");
        self.stage.human("PUT", &["phones", &id], phone)
    }

    fn rings(&mut self, script: &Script, served: &Served, first: Option<&Act>) -> Result<(), Box<Diagnostic>> {
        let routed = self.stage.lines().routes.example(&served.program.flow);
        let mut to = routed.unwrap_or_else(|| ANY_NUMBER.to_owned());
        let mut from = ANY_CALLER.to_owned();
        if let Some(Act::CallFrom { from: caller, to: called }) = first {
            from.clone_from(&caller.value);
            if let Some(called) = called {
                to.clone_from(&called.value);
            }
        }
        let mut body = json!({ "from": from, "to": to });
        if let Some(name) = &script.caller.name {
            body["displayName"] = json!(name.value);
        }
        if !script.caller.headers.is_empty() {
            body["headers"] =
                script.caller.headers.iter().map(|(name, value)| (name.value.clone(), json!(value.value))).collect();
        }
        let span = script.steps.first().map_or(script.title.span, |step| step.span);
        let rung = self.stage.human("POST", &["calls"], &body);
        rung.map(drop).map_err(|reason| finding(span, "nobody can call like this".to_owned(), &reason))
    }

    fn is_placed(&mut self, script: &Script, served: &Served, first: Option<&Act>) -> Result<(), Box<Diagnostic>> {
        let given: serde_json::Map<String, Value> =
            script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
        let answers = match first {
            Some(Act::AnswerAfter(ms)) => Some(Answers::After(*ms)),
            Some(Act::Busy) => Some(Answers::Busy),
            Some(Act::Decline) => Some(Answers::Decline),
            Some(Act::NoAnswer) => Some(Answers::Never),
            _ => None,
        };
        if let (Some(answers), Some(to)) = (answers, given.get("to").and_then(Value::as_str)) {
            let described = described(&answering(answers), &[]);
            self.describes(to, &described)
                .map_err(|reason| finding(script.title.span, format!("`{to}` cannot be called"), &reason))?;
        }
        let params: Values = match values::params(&served.program, &given, None, None) {
            Ok(params) => params,
            Err(wrong) => {
                let reason = wrong.first().map(ToString::to_string).unwrap_or_default();
                return Err(finding(script.title.span, "the flow does not take these parameters".to_owned(), &reason));
            }
        };
        self.stage.place(served, params);
        Ok(())
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
        let Some(line) = self.stage.cloud.calls.values().next() else { return };
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
        self.stage.cloud.calls.values().next().is_some_and(|line| line.is_over())
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
        while self.stage.calls.iter().any(|live| !live.call.is_ended()) && self.moment(LONGEST_MS) {}
        self.listens();
    }

    fn came(self, finding: Option<Box<Diagnostic>>) -> Rehearsed {
        let Playing { stage, silence, .. } = self;
        let transcript = transcript::of(&stage);
        let line = stage.cloud.calls.values().next().map_or("none", |line| match line.state {
            State::Ringing | State::Connecting | State::Connected | State::Transferring => "up",
            State::Ended(End::Failed) => "failed",
            State::Ended(End::Hangup) => "hangup",
            State::Ended(End::Missed) => "missed",
            State::Ended(End::Redirected) => "redirected",
            State::Ended(End::Rejected) => "rejected",
            State::Ended(End::Transferred) => "transferred",
        });
        let mut left = Vec::new();
        for line in stage.cloud.calls.values().filter(|line| !line.is_over()) {
            let ours = !line.live_legs().is_empty();
            let people: Vec<String> = line.people.iter().map(|person| person.id.plain()).collect();
            if ours {
                left.push(format!(
                    "a line is still up, with {}",
                    if people.is_empty() { "nobody".to_owned() } else { people.join(", ") }
                ));
            }
        }
        let calls = stage.calls.into_iter().map(|live| {
            let (ended, result, reason) = match &live.call.phase {
                Phase::Ended { result, .. } => (true, result.clone(), reason_of(&live.passed)),
                _ => (false, None, "it goes on".to_owned()),
            };
            Came { flow: live.program.flow.clone(), ended, result, reason, state: live.call.state, passed: live.passed }
        });
        Rehearsed {
            finding,
            calls: calls.collect(),
            line,
            transcript,
            played: stage.played,
            asked: stage.asked,
            silence,
            left,
            lasted_ms: stage.now,
        }
    }
}

fn reason_of(passed: &[Passed]) -> String {
    let ended = passed.iter().rev().find_map(|passed| match &passed.trace {
        Trace::Ended { reason, .. } => Some(reason.clone()),
        _ => None,
    });
    ended.unwrap_or_default()
}

/// As the emulator's human side has it.
fn answering(answers: Answers) -> String {
    match answers {
        Answers::After(ms) => format!("{ms}ms"),
        Answers::Busy => "busy".to_owned(),
        Answers::Decline => "decline".to_owned(),
        Answers::Never => "never".to_owned(),
        Answers::Unreachable => "unreachable".to_owned(),
    }
}

/// A step of somebody who acts alone, as the emulator's human side has it.
fn spoken(act: &Act) -> Option<String> {
    match act {
        Act::HangUp => Some("hang up".to_owned()),
        Act::Press(keys) => {
            let words: Vec<String> = keys.iter().map(|key| key.word()).collect();
            Some(format!("press {}", words.join(" ")))
        }
        Act::Say(words) => Some(format!("say {words}")),
        Act::Silence(Some(ms)) => Some(format!("silence {ms}ms")),
        Act::AnswerAfter(_)
        | Act::Busy
        | Act::CallFrom { .. }
        | Act::Decline
        | Act::Hear(_)
        | Act::HearStart(_)
        | Act::NoAnswer
        | Act::Silence(None) => None,
    }
}
