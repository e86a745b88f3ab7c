//! Scopes: conditions of the line that a group of states needs. They are brought about one after the other before the first
//! state of the group begins, and undone in reverse once the group is left; if one cannot be brought about, those already
//! there are undone and the state's `else` is taken.

use crate::language::flow::label::Label;
use crate::language::flow::prompt::Prompt;
use crate::language::flow::state::{Condition, State};
use crate::language::flow::value::Value;
use crate::machine::call::Line;
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, Webhook, WebhookKind};
use crate::machine::people::PARTY;
use crate::machine::say;
use crate::machine::stepper::{Stepper, Then};
use crate::machine::timer::Why;
use crate::platform::codes::refusal;
use crate::platform::hidden::Hidden;
use serde::{Deserialize, Serialize};

/// How long a condition may take to be brought about, in milliseconds.
const DEADLINE_MS: u64 = 5_000;
/// How long after the platform took a hold it may say that it failed, in milliseconds: it does not say that it went through.
const SETTLED_MS: u64 = 500;
/// Most attempts at undoing a condition.
const UNDO_ATTEMPTS: u32 = 5;
/// Pause before the second attempt at undoing, in milliseconds; before each further one as much longer.
const UNDO_PAUSE_MS: u64 = 1_000;

/// A group whose conditions hold, or are being brought about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// How many flows run the one whose group it is.
    pub depth: usize,
    /// The group.
    pub group: String,
    /// What was done for it, in this order; what held already is not among it.
    pub parts: Vec<Part>,
}

/// Something done for a scope, with what is needed to undo it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A recording was started.
    Recording,
    /// A recording that paused goes on.
    Resumed(String),
    /// A recording pauses.
    Paused(String),
    /// Somebody is on hold.
    Held {
        /// Their key among the call's people.
        key: String,
        /// The raw id or phone number.
        who: Hidden<String>,
    },
    /// The media is streamed.
    Streaming,
    /// What is said is transcribed; before, it was in this locale, or not at all.
    Transcription(Option<String>),
}

/// A scope being entered: the state that is to begin then is the call's state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// How many of the group's conditions hold.
    pub done: usize,
    /// The request for the next one; `None` before it was made.
    pub waits_for: Option<u64>,
}

/// Something that is being undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// The operation.
    pub op: u64,
    /// What undoes it.
    pub command: Command,
    /// Attempts so far.
    pub attempt: u32,
}

/// What can be said of a condition that is to be brought about.
enum Begun {
    /// It holds already.
    Holds,
    /// It was asked for.
    Asked,
    /// It cannot be.
    Cannot(&'static str),
}

impl Stepper<'_> {
    /// Between two states: leaves the scopes that do not reach to `to`, and enters its own. `None` when nothing is to be
    /// awaited and the state begins at once.
    pub(crate) fn cross(&mut self, to: &State) -> Option<Then> {
        let depth = self.depth();
        let stays =
            |scope: &Scope| scope.depth < depth || (scope.depth == depth && Some(&scope.group) == to.group.as_ref());
        while self.call.scopes.last().is_some_and(|scope| !stays(scope)) {
            self.leave_scope();
        }
        let inside = self.call.scopes.last().is_some_and(|scope| scope.depth == depth);
        let group = to.group.as_ref().filter(|name| self.conditions(name) > 0);
        match group {
            // On the way in another state was chosen: the same conditions are awaited for it.
            _ if inside && self.call.crossing.is_some() => Some(Then::Stay),
            Some(group) if !inside && self.call.line != Line::Gone => {
                self.call.scopes.push(Scope { depth, group: group.clone(), parts: Vec::new() });
                self.call.crossing = Some(Crossing { done: 0, waits_for: None });
                Some(self.bring_about())
            }
            Some(_) | None => None,
        }
    }

    fn conditions(&self, group: &str) -> usize {
        self.program.groups.get(group).map_or(0, |group| group.conditions.len())
    }

    /// Leaves the innermost scope: what was done for it is undone, the last first.
    pub(crate) fn leave_scope(&mut self) {
        let Some(scope) = self.call.scopes.pop() else { return };
        self.call.crossing = None;
        self.call.timers.retain(|timer| !matches!(timer.why, Why::Condition | Why::Settled));
        for part in scope.parts.into_iter().rev() {
            self.undo(part);
        }
    }

    /// Undoes one thing. On a line that is gone nothing is left to undo.
    fn undo(&mut self, part: Part) {
        let command = match part {
            Part::Recording => {
                self.end_recording();
                return;
            }
            Part::Resumed(recording) => {
                self.call.recording.iter_mut().for_each(|known| known.active = false);
                Command::PauseRecording { recording }
            }
            Part::Paused(recording) => {
                self.call.recording.iter_mut().for_each(|known| known.active = true);
                Command::ResumeRecording { recording }
            }
            // Who has left is not on hold any more.
            Part::Held { key, .. } if !self.call.people.get(&key).is_some_and(|person| person.joined) => return,
            Part::Held { key, who } => {
                self.call.people.get_mut(&key).into_iter().for_each(|person| person.held = false);
                Command::Unhold { who }
            }
            Part::Streaming => {
                self.call.streaming = false;
                Command::StopStreaming
            }
            Part::Transcription(before) => {
                self.call.transcription.clone_from(&before);
                before.map_or(Command::StopTranscription, |locale| Command::UpdateTranscription { locale })
            }
        };
        if self.call.line == Line::Up {
            let op = self.side_order(command.clone());
            self.call.undoing.push(Undo { op, command, attempt: 1 });
        }
    }

    /// Brings about the conditions that do not hold yet, one after the other; then the state begins.
    fn bring_about(&mut self) -> Then {
        loop {
            let state = self.program.state(&self.call.state);
            let group = state.and_then(|state| self.program.groups.get(state.group.as_ref()?));
            let done = self.call.crossing.as_ref().map_or(0, |crossing| crossing.done);
            let Some(condition) = group.and_then(|group| group.conditions.get(done)).cloned() else {
                self.call.crossing = None;
                return self.begin_here();
            };
            match self.ask_for(&condition) {
                Begun::Holds => self.call.crossing = Some(Crossing { done: done + 1, waits_for: None }),
                Begun::Asked => return Then::Stay,
                Begun::Cannot(why) => return self.not_established(why),
            }
        }
    }

    /// The state that the scope was entered for begins.
    fn begin_here(&mut self) -> Then {
        let Some(node) = self.program.node(&self.call.state) else { return Then::Stay };
        let Some(state) = self.program.state(&self.call.state) else { return Then::Stay };
        self.begin_state(node, state)
    }

    fn not_established(&mut self, why: &str) -> Then {
        self.fault(&format!("a condition of the line could not be brought about: {why}"));
        self.leave_scope();
        Then::Leave(Label::NotEstablished)
    }

    fn ask_for(&mut self, condition: &Condition) -> Begun {
        if self.call.line != Line::Up {
            return Begun::Cannot("the line is not up");
        }
        let recording = self.call.recording.as_ref().map(|recording| (recording.id.clone(), recording.active));
        match (condition, recording) {
            (Condition::RecordingActive, None) => self.request(Part::Recording, Command::StartRecording),
            (Condition::RecordingActive, Some((_, true))) | (Condition::RecordingPaused, Some((_, false))) => {
                Begun::Holds
            }
            (Condition::RecordingActive, Some((recording, false))) => {
                self.request(Part::Resumed(recording.clone()), Command::ResumeRecording { recording })
            }
            (Condition::RecordingPaused, Some((recording, true))) => {
                self.request(Part::Paused(recording.clone()), Command::PauseRecording { recording })
            }
            (Condition::RecordingPaused, None) => Begun::Cannot("no recording is known that could pause"),
            (Condition::Hold { who, music }, _) => self.ask_to_hold(who, music.as_ref()),
            (Condition::Streaming, _) if self.call.streaming => Begun::Holds,
            (Condition::Streaming, _) => self.request(Part::Streaming, Command::StartStreaming),
            (Condition::Transcription(locale), _) => match self.value(locale) {
                Some(Value::Text(locale)) => self.ask_to_transcribe(locale),
                _ => Begun::Cannot("its locale has no value"),
            },
        }
    }

    fn ask_to_hold(&mut self, name: &str, music: Option<&Prompt>) -> Begun {
        let Some(who) = self.who(name) else { return Begun::Cannot("who is to be held is not on the line") };
        let key = self.key(name);
        if name == PARTY && !self.call.people.contains_key(&key) {
            self.joined(name, who.clone());
        }
        if self.call.people.get(&key).is_some_and(|person| person.held) {
            return Begun::Holds;
        }
        let music = match music.map(|music| say::media(self, music, &[])) {
            None => None,
            Some(Some(media)) => media.into_iter().next(),
            Some(None) => return Begun::Cannot("its music could not be had"),
        };
        self.request(Part::Held { key, who: who.clone() }, Command::Hold { who, music })
    }

    fn ask_to_transcribe(&mut self, locale: String) -> Begun {
        match self.call.transcription.clone() {
            Some(now) if now == locale => Begun::Holds,
            Some(now) => self.request(Part::Transcription(Some(now)), Command::UpdateTranscription { locale }),
            None => self.request(Part::Transcription(None), Command::StartTranscription { locale }),
        }
    }

    fn request(&mut self, part: Part, command: Command) -> Begun {
        let op = self.side_order(command);
        self.call.scopes.last_mut().into_iter().for_each(|scope| scope.parts.push(part.clone()));
        self.call.crossing.iter_mut().for_each(|crossing| crossing.waits_for = Some(op));
        self.wake_after(DEADLINE_MS, Why::Condition);
        Begun::Asked
    }

    /// The part that is being awaited.
    fn awaited_part(&self) -> Option<(&Part, u64)> {
        let op = self.call.crossing.as_ref()?.waits_for?;
        Some((self.call.scopes.last()?.parts.last()?, op))
    }

    /// Whether the start of a recording is awaited for a scope.
    pub(crate) fn starts_recording(&self) -> bool {
        matches!(self.awaited_part(), Some((Part::Recording, _)))
    }

    /// The awaited condition holds: on to the next.
    pub(crate) fn established(&mut self) {
        let Some((part, _)) = self.awaited_part() else { return };
        match part.clone() {
            Part::Recording | Part::Paused(_) | Part::Resumed(_) => {}
            Part::Held { key, .. } => {
                self.call.people.get_mut(&key).into_iter().for_each(|person| person.held = true);
            }
            Part::Streaming => self.call.streaming = true,
            Part::Transcription(_) => self.call.transcription = self.wanted_locale(),
        }
        self.call.timers.retain(|timer| !matches!(timer.why, Why::Condition | Why::Settled));
        if let Some(crossing) = self.call.crossing.as_mut() {
            *crossing = Crossing { done: crossing.done + 1, waits_for: None };
        }
        let then = self.bring_about();
        self.follow(then);
    }

    /// The locale of the transcription that is being awaited.
    fn wanted_locale(&mut self) -> Option<String> {
        let group = self.program.state(&self.call.state)?.group.as_ref()?;
        let done = self.call.crossing.as_ref()?.done;
        let Condition::Transcription(locale) = self.program.groups.get(group)?.conditions.get(done)? else {
            return None;
        };
        match self.value(locale)? {
            Value::Text(locale) => Some(locale),
            _ => None,
        }
    }

    /// The awaited condition was refused: nothing of it has to be undone.
    fn refused_condition(&mut self, why: &str) {
        self.call.scopes.last_mut().and_then(|scope| scope.parts.pop());
        let then = self.not_established(why);
        self.follow(then);
    }

    /// It is overdue. It may hold after all, so it is undone with the others.
    pub(crate) fn condition_overdue(&mut self) {
        if self.awaited_part().is_some() {
            let then = self.not_established("the platform did not say in time that it holds");
            self.follow(then);
        }
    }

    /// Nothing was said against a hold that the platform took.
    pub(crate) fn hold_settled(&mut self) {
        if matches!(self.awaited_part(), Some((Part::Held { .. }, _))) {
            self.established();
        }
    }

    /// A recording records, or does not.
    pub(crate) fn recording_settled(&mut self, active: bool) {
        match self.awaited_part() {
            Some((Part::Recording | Part::Resumed(_), _)) if active => self.established(),
            Some((Part::Paused(_), _)) if !active => self.established(),
            Some(_) | None => {}
        }
    }

    /// A roster shows whether somebody is on hold.
    pub(crate) fn hold_shown(&mut self) {
        let Some((Part::Held { key, .. }, _)) = self.awaited_part() else { return };
        if self.call.people.get(key).is_some_and(|person| person.held) {
            self.established();
        }
    }

    /// An event about a condition that is being brought about; whether it was one.
    pub(crate) fn condition_event(&mut self, webhook: &Webhook) -> bool {
        let Some((part, op)) = self.awaited_part() else { return false };
        let ours = webhook.op.is_none_or(|of| of.op == op);
        match (&webhook.kind, part) {
            (WebhookKind::MediaStreamingStarted, Part::Streaming)
            | (WebhookKind::TranscriptionStarted | WebhookKind::TranscriptionUpdated, Part::Transcription(_))
                if ours =>
            {
                self.established();
                true
            }
            (WebhookKind::MediaStreamingFailed, Part::Streaming)
            | (WebhookKind::TranscriptionFailed, Part::Transcription(_))
            | (WebhookKind::HoldFailed, Part::Held { .. })
            | (WebhookKind::StartRecordingFailed, Part::Recording)
                if ours =>
            {
                let why = format!("the platform says {}/{}", webhook.code.code, webhook.code.sub);
                self.refused_condition(&why);
                true
            }
            _ => false,
        }
    }

    /// The answer to a request for a condition, or to one that undoes it; whether it was one.
    pub(crate) fn condition_answer(&mut self, op: OpRef, answer: &Answer) -> bool {
        if self.undo_answer(op, answer) {
            return true;
        }
        let Some((part, awaited)) = self.awaited_part() else { return false };
        if awaited != op.op {
            return false;
        }
        match (answer, part) {
            (Answer::Accepted(_), Part::Held { .. }) => self.wake_after(SETTLED_MS, Why::Settled),
            (Answer::Accepted(facts), Part::Recording) => {
                if let Some(id) = facts.beside().recording {
                    self.recording_started(&id);
                }
            }
            (Answer::Accepted(_) | Answer::Unknown, _) => {}
            // Asked for twice, the second time in vain: it is so.
            (Answer::Refused { code }, Part::Paused(_) | Part::Resumed(_)) if code.sub == refusal::ALREADY.sub => {
                let active = matches!(part, Part::Resumed(_));
                self.call.recording.iter_mut().for_each(|recording| recording.active = active);
                self.established();
            }
            (Answer::Refused { code }, _) => {
                self.refused_condition(&format!("the platform answers {}/{}", code.code, code.sub));
            }
        }
        true
    }

    fn undo_answer(&mut self, op: OpRef, answer: &Answer) -> bool {
        let Some(index) = self.call.undoing.iter().position(|undo| undo.op == op.op) else { return false };
        let Undo { command, attempt, .. } = self.call.undoing[index].clone();
        let settled = match answer {
            Answer::Accepted(_) => true,
            Answer::Refused { code } => code.sub == refusal::ALREADY.sub,
            Answer::Unknown => false,
        };
        let given_up = attempt >= UNDO_ATTEMPTS || self.call.line != Line::Up;
        if !settled {
            let next = if given_up { "it is given up" } else { "it is tried again" };
            self.fault(&format!("{} failed, by which a condition of the line is undone; {next}", command.name()));
        }
        if settled || given_up {
            self.call.undoing.remove(index);
        } else {
            self.wake_after(UNDO_PAUSE_MS * u64::from(attempt), Why::Undo { op: op.op });
        }
        true
    }

    /// It is time to undo a condition once more.
    pub(crate) fn undo_again(&mut self, op: u64) {
        let Some(undo) = self.call.undoing.iter_mut().find(|undo| undo.op == op) else { return };
        undo.attempt += 1;
        let (op, command) = (OpRef { op, attempt: undo.attempt }, undo.command.clone());
        self.push(op, command, None);
    }

    /// The line went while a scope was being entered: its state begins without, or hears that the party left.
    pub(crate) fn crossing_gone(&mut self) {
        self.call.crossing = None;
        self.call.scopes.iter_mut().for_each(|scope| scope.parts.clear());
        if self.program.state(&self.call.state).is_some_and(|state| state.kind.needs_line()) {
            return self.gone();
        }
        let then = self.begin_here();
        self.follow(then);
    }

    /// The flow is over: a recording is ended by us, everything else by the end of the call. Who stays behind in a group is
    /// not left on hold.
    pub(crate) fn release(&mut self) {
        let stays = self.is_group() && !self.ends_for_everyone();
        while stays && !self.call.scopes.is_empty() {
            self.leave_scope();
        }
        self.call.scopes.clear();
        self.call.crossing = None;
        self.end_recording();
    }
}
