//! What somebody on a call hears and is asked at this moment, for people who look on.

use crate::emulator::call::Call;
use crate::emulator::media::{LaneKey, Phase, Running, Task};
use crate::emulator::world::World;
use crate::platform::identifier::Identifier;

/// What sounds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sounding {
    /// The request that has it played, by a number of its own.
    pub(crate) number: u64,
    /// The words, or the file.
    pub(crate) words: String,
    /// Since when, in virtual milliseconds.
    pub(crate) since: u64,
    /// How long it lasts.
    pub(crate) lasts: u64,
    /// It begins again when it is over.
    pub(crate) loops: bool,
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asking {
    /// Its prompt is over: it listens.
    pub(crate) listens: bool,
    /// When it will have waited long enough, in virtual milliseconds, once it listens.
    pub(crate) until: Option<u64>,
    /// Keys pressed so far.
    pub(crate) keys: String,
    /// Keys mean something to it.
    pub(crate) takes_keys: bool,
    /// Words mean something to it.
    pub(crate) takes_speech: bool,
    /// Keys and words stop its prompt.
    pub(crate) interrupts: bool,
}

impl Call {
    /// What somebody hears, by the id people see.
    pub(crate) fn sounds_for(&self, who: &str) -> Option<Sounding> {
        let person = self.person(&Identifier::parse(who))?;
        let lanes = self.lanes.values().filter_map(|lane| lane.running.as_ref());
        let running = lanes.into_iter().find(|running| running.playing().is_some() && running.is_heard_by(person))?;
        let (Phase::Speaking { index, since, .. }, source) = (&running.phase, running.playing()?) else { return None };
        Some(Sounding {
            number: running.number,
            words: source.whole(),
            since: *since,
            lasts: running.lengths.get(*index).copied().flatten().unwrap_or(0),
            loops: matches!(running.item.task, Task::Music | Task::Play { looped: true }),
        })
    }

    /// What somebody is asked, by the id people see.
    pub(crate) fn asks(&self, world: &World, who: &str) -> Option<Asking> {
        let who = Identifier::parse(who);
        let lanes = self.lanes.iter().filter_map(|(key, lane)| Some((key, lane.running.as_ref()?)));
        let mut asked = lanes.filter_map(|(key, running)| self.asking(world, key, running, &who));
        asked.next()
    }

    fn asking(&self, world: &World, key: &LaneKey, running: &Running, who: &Identifier) -> Option<Asking> {
        let hearing = running.hearing(who)?;
        let keys = match &running.phase {
            Phase::Listening(keys) => Some(keys.iter().map(|tone| tone.to_char()).collect()),
            Phase::Fetching | Phase::Hearing(_) | Phase::Speaking { .. } => None,
        };
        Some(Asking {
            listens: keys.is_some(),
            until: keys.as_ref().and_then(|_| world.media_due(self.number, key, running.stamp)),
            keys: keys.unwrap_or_default(),
            takes_keys: hearing.takes_keys(),
            takes_speech: hearing.takes_speech,
            interrupts: hearing.interrupts_prompt,
        })
    }
}
