//! Plays and recognitions of a call: one queue for the main leg, one place for each group of named people.

mod cancel;
mod listen;
mod now;

pub(crate) use now::Sounding;

use std::collections::VecDeque;

use crate::emulator::across::Act;
use crate::emulator::call::{Call, result};
use crate::emulator::hear::Hearing;
use crate::emulator::notify::Reply;
use crate::emulator::person::Person;
use crate::emulator::prompt::Source;
use crate::emulator::world::{Due, Ticket, World};
use crate::platform::codes;
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::legality::Media;
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
    /// The music of somebody on hold, by raw id.
    Hold(String),
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

/// A play or a recognize, or the music of somebody on hold.
#[derive(Clone, Debug)]
pub(crate) enum Task {
    /// Plays for ever, and says nothing about it.
    Music,
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
    /// Somebody speaks: what they will have said.
    Hearing(String),
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
            Phase::Fetching | Phase::Hearing(_) | Phase::Listening(_) => None,
        }
    }

    /// Whether somebody hears it.
    fn is_heard_by(&self, person: &Person) -> bool {
        let is_music = matches!(self.item.task, Task::Music);
        let audience = self.item.audience.as_ref();
        person.held == is_music && audience.is_none_or(|audience| audience.contains(&person.id))
    }

    fn hearing(&self, who: &Identifier) -> Option<&Hearing> {
        match &self.item.task {
            Task::Recognize { target, hearing } if target == who => Some(hearing),
            Task::Music | Task::Play { .. } | Task::Recognize { .. } => None,
        }
    }
}

impl Item {
    /// The event that says it was cut off.
    fn cancelled(&self) -> Option<Webhook> {
        match self.task {
            Task::Music => None,
            Task::Play { .. } => Some(Webhook::PlayCanceled),
            Task::Recognize { .. } => Some(Webhook::RecognizeCanceled),
        }
    }

    /// What it is beside other media for the same people, if it is for some people only.
    fn kind(&self) -> Option<Media> {
        match self.task {
            Task::Music => None,
            Task::Play { .. } => Some(Media::PlayToNamed),
            Task::Recognize { .. } => Some(Media::RecognizeInGroup),
        }
    }
}

impl Call {
    /// What sounds now.
    pub(crate) fn sounding(&self) -> impl Iterator<Item = &Source> {
        self.lanes.values().filter_map(|lane| lane.running.as_ref()?.playing())
    }

    /// Names the question that somebody is asked now: they, as people see them.
    pub(crate) fn question_of(&self, who: &str) -> Option<u64> {
        let asks = |running: &&Running| match &running.item.task {
            Task::Recognize { target, .. } => target.plain() == who,
            Task::Music | Task::Play { .. } => false,
        };
        self.lanes.values().filter_map(|lane| lane.running.as_ref()).find(asks).map(|running| running.number)
    }

    /// Names the question whose words are over and that waits for somebody now: they, as people see them.
    pub(crate) fn waits_for(&self, who: &str) -> Option<u64> {
        let running = self.lanes.values().filter_map(|lane| lane.running.as_ref());
        let mut listening = running.filter(|running| matches!(running.phase, Phase::Listening(_)));
        let asks = |running: &&Running| match &running.item.task {
            Task::Recognize { target, .. } => target.plain() == who,
            Task::Music | Task::Play { .. } => false,
        };
        listening.find(asks).map(|running| running.number)
    }

    /// Takes an item: runs it, or queues it.
    pub(crate) fn enqueue(&mut self, world: &mut World, key: &LaneKey, item: Item) {
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
                Task::Music => (Webhook::HoldFailed, codes::DOWNLOAD_FAILED),
                Task::Play { .. } => (Webhook::PlayFailed, codes::DOWNLOAD_FAILED),
                Task::Recognize { .. } => (Webhook::RecognizeFailed, codes::PROMPT_FAILED),
            };
            let held = match (&running.item.task, &running.item.audience) {
                (Task::Music, Some(held)) => held.clone(),
                _ => Vec::new(),
            };
            let index = if held.is_empty() { i64::try_from(ticket.index).ok() } else { None };
            self.finish(
                world,
                &ticket.lane,
                webhook,
                wire::EventData { failed_play_source_index: index, ..result(code) },
            );
            return held.iter().for_each(|who| self.released(world, who));
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
        let looped = matches!(running.item.task, Task::Music | Task::Play { looped: true });
        let reply = running.item.reply.clone();
        let is_start_of_play = index == 0 && pass == 0 && matches!(running.item.task, Task::Play { .. });
        if is_start_of_play {
            self.notify(world, Webhook::PlayStarted, &reply, result(codes::OK));
        }
        let lasts = if looped { lasts.max(SHORTEST_PASS_MS) } else { lasts };
        world.plan(lasts, number, Due::Media { lane: key.clone(), stamp });
        if pass == 0 {
            self.source_begins(world, key, lasts);
        }
    }

    /// A source begins: it is heard at other ends too.
    fn source_begins(&mut self, world: &mut World, key: &LaneKey, lasts: u64) {
        let Some(running) = self.lanes.get(key).and_then(|lane| lane.running.as_ref()) else { return };
        let Some(source) = running.playing() else { return };
        let act = Act::Begins { lasts, is_words: source.is_spoken() };
        self.cross(world, |person| running.is_heard_by(person), &source.whole(), &act, 0);
    }

    /// All sources have been played.
    fn prompt_over(&mut self, world: &mut World, key: &LaneKey, pass: u64) {
        let (number, stamp) = (self.number, world.count());
        let Some(running) = self.running(key) else { return };
        match &running.item.task {
            Task::Music | Task::Play { looped: true } => self.speak(world, key, 0, pass + 1),
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
            Phase::Hearing(text) => {
                let text = text.clone();
                self.understood(world, key, &text);
            }
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
    fn heard(&mut self, world: &mut World, key: &LaneKey, cut_after: Option<u64>) {
        let Some(running) = self.lanes.get(key).and_then(|lane| lane.running.as_ref()) else {
            return;
        };
        let Some(source) = running.playing() else { return };
        let text = cut_after.map_or_else(|| Some(source.whole()), |after| source.cut(after));
        let act = Act::Ends { heard: text.clone().unwrap_or_default() };
        self.cross(world, |person| running.is_heard_by(person), &source.whole(), &act, 0);
        let Some(text) = text else { return };
        let age = self.age(world);
        for person in self.people.iter().filter(|person| running.is_heard_by(person)) {
            self.transcript.heard(age, &person.id, &text);
        }
    }

    fn running(&mut self, key: &LaneKey) -> Option<&mut Running> {
        self.lanes.get_mut(key).and_then(|lane| lane.running.as_mut())
    }
}
