//! What is said, for the transcriptions of a call.

use crate::emulator::call::Call;
use crate::emulator::streams::socket::Line;
use crate::emulator::streams::{Kind, frame};
use crate::emulator::world::{Due, World};
use crate::platform::identifier::Identifier;
use crate::platform::media_time::text_ms;

/// Something that is being said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Phrase {
    who: Identifier,
    text: String,
    began: u64,
    lasts: u64,
}

impl Phrase {
    /// The first half of its words; `None` of a single one.
    fn half(&self) -> Option<Phrase> {
        let words: Vec<&str> = self.text.split_whitespace().collect();
        let text = words[..words.len() / 2].join(" ");
        let lasts = text_ms(&text).min(self.lasts);
        (!text.is_empty()).then(|| Phrase { text, lasts, ..self.clone() })
    }
}

impl Call {
    /// Somebody begins to say something.
    pub(crate) fn phrase(&mut self, world: &mut World, who: &Identifier, text: &str, lasts: u64) {
        if !self.legs.iter().any(|leg| leg.streams.words.is_some()) {
            return;
        }
        let number = world.count();
        self.phrases.insert(number, Phrase { who: who.clone(), text: text.to_owned(), began: world.now, lasts });
        world.plan(lasts / 2, self.number, Due::Phrase(number));
        world.plan(lasts, self.number, Due::Phrase(number));
    }

    /// Half of it has been said, or all.
    pub(crate) fn phrase_due(&mut self, world: &mut World, number: u64) {
        let Some(phrase) = self.phrases.get(&number).cloned() else { return };
        if world.now >= phrase.began + phrase.lasts {
            self.phrases.remove(&number);
            return self.transcribe(world, &phrase, true);
        }
        if let Some(half) = phrase.half() {
            self.transcribe(world, &half, false);
        }
    }

    /// Somebody was cut off: they have said this much.
    pub(crate) fn phrase_cut(&mut self, world: &mut World, who: &Identifier, said: &str) {
        let Some((number, phrase)) = self.phrases.iter().find(|(_, phrase)| phrase.who == *who) else { return };
        let (number, lasts) = (*number, world.now.saturating_sub(phrase.began));
        let cut = Phrase { text: said.to_owned(), lasts, ..phrase.clone() };
        self.phrases.remove(&number);
        if !said.is_empty() {
            self.transcribe(world, &cut, true);
        }
    }

    /// Writes it to the transcriptions that run.
    fn transcribe(&self, world: &mut World, phrase: &Phrase, is_final: bool) {
        for stream in self.legs.iter().filter_map(|leg| leg.streams.words.as_ref()) {
            let (Line::On { socket, since, .. }, Kind::Words { intermediate, .. }) = (&stream.line, &stream.kind)
            else {
                continue;
            };
            if is_final || *intermediate {
                let began = phrase.began.saturating_sub(*since);
                let of = phrase.who.raw_id();
                world.send(*socket, frame::words(&phrase.text, of, began, phrase.lasts, is_final));
            }
        }
    }
}
