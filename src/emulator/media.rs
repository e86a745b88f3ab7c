//! Plays and recognitions of a call: one queue for the main leg, one place for each group of named people.

use std::collections::VecDeque;

use crate::emulator::call::{Call, result};
use crate::emulator::hear::{Heard, Hearing};
use crate::emulator::notify::Reply;
use crate::emulator::prompt::Source;
use crate::emulator::world::{Due, Ticket, World};
use crate::platform::codes::{self, Code};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::tones::Tone;
use crate::provider::acs::wire;

/// A pass of a loop takes at least this long, so that an empty file does not spin.
const SHORTEST_PASS_MS: u64 = 100;

/// Where media runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LaneKey {
    /// For everybody; queues.
    Main,
    /// For the people named, by joined raw ids; does not queue.
    Of(String),
}

/// What runs in one place, and what waits behind it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lane {
    pub(crate) running: Option<Running>,
    waiting: VecDeque<Item>,
}

/// One accepted play or recognize.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    /// Context and address of its events.
    pub(crate) reply: Reply,
    /// What is played, in order.
    pub(crate) sources: Vec<Source>,
    /// Who hears it; `None` is everybody.
    pub(crate) audience: Option<Vec<Identifier>>,
    /// Which of the two it is.
    pub(crate) task: Task,
}

/// A play or a recognize.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Plays once, or for ever.
    Play { looped: bool },
    /// Plays, then listens to one person.
    Recognize { target: Identifier, hearing: Hearing },
}

/// The item that runs now.
#[derive(Clone, Debug)]
pub(crate) struct Running {
    pub(crate) item: Item,
    number: u64,
    lengths: Vec<Option<u64>>,
    phase: Phase,
    /// The stamp of the timer that counts; older ones are stale.
    stamp: u64,
}

#[derive(Clone, Debug)]
enum Phase {
    /// Files are being fetched.
    Fetching,
    /// Listening, with the keys so far.
    Listening(Vec<Tone>),
    /// Playing a source since a time, in its n-th pass.
    Speaking { index: usize, since: u64, pass: u64 },
}

impl Running {
    /// The source that plays now.
    pub(crate) fn playing(&self) -> Option<&Source> {
        match self.phase {
            Phase::Speaking { index, .. } => self.item.sources.get(index),
            Phase::Fetching | Phase::Listening(_) => None,
        }
    }

    fn hearing(&self, who: &Identifier) -> Option<&Hearing> {
        match &self.item.task {
            Task::Recognize { target, hearing } if target == who => Some(hearing),
            Task::Play { .. } | Task::Recognize { .. } => None,
        }
    }
}

impl Item {
    /// The event that says it was cut off.
    fn cancelled(&self) -> Webhook {
        match self.task {
            Task::Play { .. } => Webhook::PlayCanceled,
            Task::Recognize { .. } => Webhook::RecognizeCanceled,
        }
    }
}

impl Call {
    /// Takes an item: runs it, queues it, or, interrupting, puts it in the place of everything there.
    pub(crate) fn enqueue(&mut self, world: &mut World, key: &LaneKey, item: Item, interrupts: bool) {
        if interrupts {
            self.cancel_lane(world, key);
        }
        self.lanes.entry(key.clone()).or_default().waiting.push_back(item);
        self.run_next(world, key);
    }

    /// Runs the next waiting item when nothing runs.
    fn run_next(&mut self, world: &mut World, key: &LaneKey) {
        let Some(lane) = self.lanes.get_mut(key).filter(|lane| lane.running.is_none()) else {
            return;
        };
        let Some(item) = lane.waiting.pop_front() else {
            self.lanes.remove(key);
            return;
        };
        let number = world.count();
        let lengths: Vec<Option<u64>> = item.sources.iter().map(Source::lasts).collect();
        for (index, source) in item.sources.iter().enumerate() {
            if let Source::File { uri } = source {
                world.measure(Ticket { call: self.number, lane: key.clone(), item: number, index }, uri);
            }
        }
        let fetched = lengths.iter().all(Option::is_some);
        lane.running = Some(Running { item, number, lengths, phase: Phase::Fetching, stamp: 0 });
        if fetched {
            self.speak(world, key, 0, 0);
        }
    }

    /// A file's length is known, or that it cannot be fetched.
    pub(crate) fn measured(&mut self, world: &mut World, ticket: &Ticket, lasts: Option<u64>) {
        let Some(running) = self.running(&ticket.lane).filter(|running| running.number == ticket.item) else {
            return;
        };
        let Some(lasts) = lasts else {
            let (webhook, code) = match running.item.task {
                Task::Play { .. } => (Webhook::PlayFailed, codes::DOWNLOAD_FAILED),
                Task::Recognize { .. } => (Webhook::RecognizeFailed, codes::PROMPT_FAILED),
            };
            let index = i64::try_from(ticket.index).ok();
            return self.finish(
                world,
                &ticket.lane,
                webhook,
                wire::EventData { failed_play_source_index: index, ..result(code) },
            );
        };
        running.lengths[ticket.index] = Some(lasts);
        if matches!(running.phase, Phase::Fetching) && running.lengths.iter().all(Option::is_some) {
            self.speak(world, &ticket.lane, 0, 0);
        }
    }

    /// Plays the source at `index`, or ends the prompt behind the last.
    fn speak(&mut self, world: &mut World, key: &LaneKey, index: usize, pass: u64) {
        let (number, stamp, now) = (self.number, world.count(), world.now);
        let Some(running) = self.running(key) else { return };
        let Some(lasts) = running.lengths.get(index).copied().flatten() else {
            return self.prompt_over(world, key, pass);
        };
        running.phase = Phase::Speaking { index, since: now, pass };
        running.stamp = stamp;
        let (looped, reply) = (matches!(running.item.task, Task::Play { looped: true }), running.item.reply.clone());
        let is_start_of_play = index == 0 && pass == 0 && matches!(running.item.task, Task::Play { .. });
        if is_start_of_play {
            self.notify(world, Webhook::PlayStarted, &reply, result(codes::OK));
        }
        let lasts = if looped { lasts.max(SHORTEST_PASS_MS) } else { lasts };
        world.plan(lasts, number, Due::Media { lane: key.clone(), stamp });
    }

    /// All sources have been played.
    fn prompt_over(&mut self, world: &mut World, key: &LaneKey, pass: u64) {
        let (number, stamp) = (self.number, world.count());
        let Some(running) = self.running(key) else { return };
        match &running.item.task {
            Task::Play { looped: true } => self.speak(world, key, 0, pass + 1),
            Task::Play { looped: false } => self.finish(world, key, Webhook::PlayCompleted, result(codes::OK)),
            Task::Recognize { target, hearing } => {
                let (target, silence) = (target.clone(), hearing.silence_ms);
                running.phase = Phase::Listening(Vec::new());
                running.stamp = stamp;
                world.plan(silence, number, Due::Media { lane: key.clone(), stamp });
                self.wake_script(world, &target);
            }
        }
    }

    /// A media timer has run out: a prompt has ended, or nothing came.
    pub(crate) fn media_due(&mut self, world: &mut World, key: &LaneKey, stamp: u64) {
        let Some(running) = self.running(key).filter(|running| running.stamp == stamp) else {
            return;
        };
        match &running.phase {
            Phase::Fetching => {}
            Phase::Speaking { index, pass, .. } => {
                let (index, pass) = (*index, *pass);
                // Later passes of a loop say nothing new, and would fill the transcript.
                if pass == 0 {
                    self.heard(world, key, None);
                }
                self.speak(world, key, index + 1, pass);
            }
            Phase::Listening(keys) => {
                let code = if keys.is_empty() { codes::SILENCE } else { codes::BETWEEN_TONES };
                self.finish(world, key, Webhook::RecognizeFailed, result(code));
            }
        }
    }

    /// Whether a recognition listens to this person now, its prompt over.
    pub(crate) fn listens_to(&self, who: &Identifier) -> bool {
        let hears = |running: &Running| {
            matches!(running.phase, Phase::Listening(_)) && running.hearing(who).is_some_and(Hearing::takes_keys)
        };
        self.lanes.values().filter_map(|lane| lane.running.as_ref()).any(hears)
    }

    /// A person presses a key. With nobody listening it is lost.
    pub(crate) fn key(&mut self, world: &mut World, who: &Identifier, tone: Tone, act: u64) {
        let Some(key) = self.lane_for_key(who) else {
            return self.transcript.pressed(self.age(world), who, tone, act);
        };
        self.cut_prompt(world, &key);
        self.transcript.pressed(self.age(world), who, tone, act);
        let (number, stamp) = (self.number, world.count());
        let Some(running) = self.running(&key) else { return };
        let Task::Recognize { hearing, .. } = &running.item.task else {
            return;
        };
        let mut keys = match &running.phase {
            Phase::Listening(keys) => keys.clone(),
            Phase::Fetching | Phase::Speaking { .. } => Vec::new(),
        };
        match hearing.key(&mut keys, tone) {
            Heard::Choice(label) => {
                let choice = wire::ChoiceResult { label, recognized_phrase: None, confidence: None };
                let data = recognized("choices", codes::CHOICE_BY_KEY);
                self.finish(
                    world,
                    &key,
                    Webhook::RecognizeCompleted,
                    wire::EventData { choice_result: Some(choice), ..data },
                );
            }
            Heard::More(wait) => {
                running.phase = Phase::Listening(keys);
                running.stamp = stamp;
                world.plan(wait, number, Due::Media { lane: key, stamp });
            }
            Heard::Tones(code) => {
                let tones = keys.iter().map(|tone| tone.wire_name().to_owned()).collect();
                let data =
                    wire::EventData { dtmf_result: Some(wire::DtmfResult { tones }), ..recognized("dtmf", code) };
                self.finish(world, &key, Webhook::RecognizeCompleted, data);
            }
            Heard::Wrong => self.finish(world, &key, Webhook::RecognizeFailed, result(codes::WRONG_KEY)),
        }
    }

    /// The place whose recognition a key of this person goes to.
    fn lane_for_key(&self, who: &Identifier) -> Option<LaneKey> {
        let takes = |running: &Running| match (&running.phase, running.hearing(who)) {
            (_, None) | (Phase::Fetching, _) => false,
            (Phase::Listening(_), Some(hearing)) => hearing.takes_keys(),
            (Phase::Speaking { .. }, Some(hearing)) => hearing.interrupts_prompt && hearing.takes_keys(),
        };
        self.lanes.iter().find(|(_, lane)| lane.running.as_ref().is_some_and(takes)).map(|(key, _)| key.clone())
    }

    /// Cancels what runs and waits in one place; each item gets its event.
    pub(crate) fn cancel_lane(&mut self, world: &mut World, key: &LaneKey) {
        self.cut_prompt(world, key);
        let Some(lane) = self.lanes.remove(key) else { return };
        for item in lane.running.map(|running| running.item).into_iter().chain(lane.waiting) {
            self.notify(world, item.cancelled(), &item.reply, result(codes::CANCELLED));
        }
    }

    /// Cancels all media.
    pub(crate) fn cancel_all_media(&mut self, world: &mut World) {
        for key in self.lanes.keys().cloned().collect::<Vec<_>>() {
            self.cancel_lane(world, &key);
        }
    }

    /// Somebody left: recognitions of them, running or waiting, are cut off.
    pub(crate) fn stop_listening_to(&mut self, world: &mut World, who: &Identifier) {
        let of = |item: &Item| matches!(&item.task, Task::Recognize { target, .. } if target == who);
        for key in self.lanes.keys().cloned().collect::<Vec<_>>() {
            let Some(lane) = self.lanes.get_mut(&key) else { continue };
            let (cut, kept) = std::mem::take(&mut lane.waiting).into_iter().partition(|item| of(item));
            lane.waiting = kept;
            let runs = lane.running.as_ref().is_some_and(|running| of(&running.item));
            if runs {
                self.cut_prompt(world, &key);
                self.finish(world, &key, Webhook::RecognizeCanceled, result(codes::CANCELLED));
            }
            let cut: VecDeque<Item> = cut;
            for item in cut {
                self.notify(world, item.cancelled(), &item.reply, result(codes::CANCELLED));
            }
        }
    }

    /// Whether media for one of these people runs apart from the main leg.
    pub(crate) fn is_busy_with(&self, people: &[Identifier]) -> bool {
        let hears = |running: &Running| running.item.audience.iter().flatten().any(|who| people.contains(who));
        self.lanes.iter().any(|(key, lane)| *key != LaneKey::Main && lane.running.as_ref().is_some_and(hears))
    }

    /// Ends the running item with its event; the next one runs.
    fn finish(&mut self, world: &mut World, key: &LaneKey, webhook: Webhook, data: wire::EventData) {
        let Some(running) = self.lanes.get_mut(key).and_then(|lane| lane.running.take()) else {
            return;
        };
        self.notify(world, webhook, &running.item.reply, data);
        self.run_next(world, key);
    }

    /// A prompt that plays stops here; those who heard it heard this much.
    fn cut_prompt(&mut self, world: &mut World, key: &LaneKey) {
        let now = world.now;
        if let Some(Phase::Speaking { since, pass: 0, .. }) = self.running(key).map(|running| &running.phase) {
            let after = now.saturating_sub(*since);
            self.heard(world, key, Some(after));
        }
    }

    /// Writes down what was heard of the source that plays: all of it, or as much as fits in a time.
    fn heard(&mut self, world: &World, key: &LaneKey, cut_after: Option<u64>) {
        let Some(running) = self.lanes.get(key).and_then(|lane| lane.running.as_ref()) else {
            return;
        };
        let Some(source) = running.playing() else { return };
        let Some(text) = cut_after.map_or_else(|| Some(source.whole()), |after| source.cut(after)) else {
            return;
        };
        let audience = running.item.audience.clone().unwrap_or_else(|| self.people.clone());
        let age = self.age(world);
        for who in audience.iter().filter(|who| self.people.contains(who)) {
            self.transcript.heard(age, who, &text);
        }
    }

    fn running(&mut self, key: &LaneKey) -> Option<&mut Running> {
        self.lanes.get_mut(key).and_then(|lane| lane.running.as_mut())
    }
}

fn recognized(kind: &str, code: Code) -> wire::EventData {
    wire::EventData { recognition_type: Some(kind.to_owned()), ..result(code) }
}
