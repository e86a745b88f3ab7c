//! Keys and words of people, and what a recognition makes of them.

use crate::emulator::across::Act;
use crate::emulator::call::{Call, result};
use crate::emulator::hear::{Heard, Hearing};
use crate::emulator::media::{LaneKey, Phase, Running, Task};
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::media_time::text_ms;
use crate::platform::tones::Tone;
use crate::provider::acs::wire;

/// How sure the emulator is of words that were written down for it.
const CERTAIN: f64 = 1.0;

impl Call {
    /// Whether a recognition listens to this person's keys now, its prompt over.
    pub(crate) fn listens_to_keys(&self, who: &Identifier) -> bool {
        self.listens(who, Hearing::takes_keys)
    }

    /// Whether a recognition listens to this person's words now, its prompt over.
    pub(crate) fn listens_to_speech(&self, who: &Identifier) -> bool {
        self.listens(who, |hearing| hearing.takes_speech)
    }

    fn listens(&self, who: &Identifier, takes: impl Fn(&Hearing) -> bool) -> bool {
        let hears = |running: &Running| {
            matches!(running.phase, Phase::Listening(_)) && running.hearing(who).is_some_and(&takes)
        };
        self.lanes.values().filter_map(|lane| lane.running.as_ref()).any(hears)
    }

    /// A person presses a key. With nobody listening it is lost.
    pub(crate) fn key(&mut self, world: &mut World, who: &Identifier, tone: Tone, act: u64) {
        self.watched_key(world, who, tone);
        self.sounds_key(world, who, tone);
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
            Phase::Fetching | Phase::Hearing(_) | Phase::Speaking { .. } => Vec::new(),
        };
        let heard = hearing.key(&mut keys, tone);
        if let Heard::More(wait) = heard {
            running.phase = Phase::Listening(keys);
            running.stamp = stamp;
            return world.plan(wait, number, Due::Media { lane: key, stamp });
        }
        self.concluded(world, &key, heard, &keys);
    }

    /// A person speaks.
    pub(crate) fn speech(&mut self, world: &mut World, who: &Identifier, text: &str) {
        self.spoken(world, who, text, text_ms(text), 0);
    }

    /// A person speaks for so long, or another call of ours does in their voice. With nobody listening, and of somebody muted, it is
    /// lost.
    pub(crate) fn spoken(&mut self, world: &mut World, who: &Identifier, text: &str, lasts: u64, hops: u8) {
        let is_audible = self.person(who).is_some_and(|person| !person.muted);
        let key = self.lane_for_speech(who).filter(|_| is_audible);
        if let Some(key) = &key {
            self.cut_prompt(world, key);
        }
        self.transcript.said(self.age(world), who, text);
        if is_audible {
            self.sounds_words(world, who, lasts);
            self.phrase(world, who, text, lasts);
            self.cross_from(world, who, text, &Act::Begins { lasts, is_words: true }, hops);
        }
        let Some(key) = key else { return };
        let (number, stamp) = (self.number, world.count());
        let Some(running) = self.running(&key) else { return };
        let Task::Recognize { hearing, .. } = &running.item.task else {
            return;
        };
        let wait = lasts + hearing.end_silence_ms;
        running.phase = Phase::Hearing(text.to_owned());
        running.stamp = stamp;
        world.plan(wait, number, Due::Media { lane: key, stamp });
    }

    /// Somebody was cut off while they spoke: this much is all that will be understood.
    pub(crate) fn cut_speech(&mut self, world: &mut World, who: &Identifier, said: &str) {
        let (number, stamp) = (self.number, world.count());
        let hears = |running: &Running| matches!(running.phase, Phase::Hearing(_)) && running.hearing(who).is_some();
        let lanes = self.lanes.iter_mut();
        let hearing = lanes.filter_map(|(key, lane)| Some((key, lane.running.as_mut().filter(|it| hears(it))?))).next();
        let Some((key, running)) = hearing else { return };
        let Task::Recognize { hearing, .. } = &running.item.task else { return };
        let wait = hearing.end_silence_ms;
        running.phase = Phase::Hearing(said.to_owned());
        running.stamp = stamp;
        world.plan(wait, number, Due::Media { lane: key.clone(), stamp });
    }

    /// Somebody has spoken to the end.
    pub(crate) fn understood(&mut self, world: &mut World, key: &LaneKey, text: &str) {
        let Some(running) = self.running(key) else { return };
        if let Task::Recognize { hearing, .. } = &running.item.task {
            let heard = hearing.speech(text);
            self.concluded(world, key, heard, &[]);
        }
    }

    /// A recognition ends with what was heard.
    fn concluded(&mut self, world: &mut World, key: &LaneKey, heard: Heard, keys: &[Tone]) {
        let (webhook, data) = match heard {
            Heard::Choice(label) => {
                let choice = wire::ChoiceResult { label, recognized_phrase: None, confidence: None };
                (true, choice_data(codes::CHOICE_BY_KEY, choice))
            }
            Heard::Phrase { label, phrase } => {
                let choice = wire::ChoiceResult { label, recognized_phrase: Some(phrase), confidence: Some(CERTAIN) };
                (true, choice_data(codes::CHOICE_BY_PHRASE, choice))
            }
            Heard::Speech(speech) => {
                let speech = wire::SpeechResult { speech, confidence: Some(CERTAIN) };
                let data = recognized("speech", codes::SPEECH);
                (true, wire::EventData { speech_result: Some(speech), ..data })
            }
            Heard::Tones(code) => {
                let tones = keys.iter().map(|tone| tone.wire_name().to_owned()).collect();
                let data = recognized("dtmf", code);
                (true, wire::EventData { dtmf_result: Some(wire::DtmfResult { tones }), ..data })
            }
            Heard::Nothing(code) => (false, result(code)),
            // Not an end: the next key is waited for.
            Heard::More(_) => return,
        };
        let webhook = if webhook { Webhook::RecognizeCompleted } else { Webhook::RecognizeFailed };
        self.finish(world, key, webhook, data);
    }

    /// The place whose recognition speech of this person goes to. Keys that came first decide that it is none.
    fn lane_for_speech(&self, who: &Identifier) -> Option<LaneKey> {
        let takes = |running: &Running| match (&running.phase, running.hearing(who)) {
            (_, None) | (Phase::Fetching | Phase::Hearing(_), _) => false,
            (Phase::Listening(keys), Some(hearing)) => keys.is_empty() && hearing.takes_speech,
            (Phase::Speaking { .. }, Some(hearing)) => hearing.interrupts_prompt && hearing.takes_speech,
        };
        self.lanes.iter().find(|(_, lane)| lane.running.as_ref().is_some_and(takes)).map(|(key, _)| key.clone())
    }

    /// The place whose recognition a key of this person goes to.
    fn lane_for_key(&self, who: &Identifier) -> Option<LaneKey> {
        let takes = |running: &Running| match (&running.phase, running.hearing(who)) {
            (_, None) | (Phase::Fetching | Phase::Hearing(_), _) => false,
            (Phase::Listening(_), Some(hearing)) => hearing.takes_keys(),
            (Phase::Speaking { .. }, Some(hearing)) => hearing.interrupts_prompt && hearing.takes_keys(),
        };
        self.lanes.iter().find(|(_, lane)| lane.running.as_ref().is_some_and(takes)).map(|(key, _)| key.clone())
    }
}

fn choice_data(code: Code, choice: wire::ChoiceResult) -> wire::EventData {
    wire::EventData { choice_result: Some(choice), ..recognized("choices", code) }
}

fn recognized(kind: &str, code: Code) -> wire::EventData {
    wire::EventData { recognition_type: Some(kind.to_owned()), ..result(code) }
}
