//! Words that cross between two calls joined by a number of the application's own. Whoever is heard in one is a voice in the other: that
//! of the person who stands there for the first call. A voice is not heard by whoever it belongs to, so it never comes back; and one
//! that has crossed often goes no further, whatever way the calls were joined.

use crate::emulator::call::Call;
use crate::emulator::person::Person;
use crate::emulator::world::{Due, World};
use crate::platform::identifier::Identifier;

/// How many calls a voice may cross into.
const MOST_HOPS: u8 = 8;

/// A voice from another call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Voice {
    /// Who stands for the other call here; `None` is the caller.
    pub(crate) who: Option<Identifier>,
    /// What is said, or which file sounds.
    pub(crate) text: String,
    /// What becomes of it.
    pub(crate) act: Act,
    /// How many calls it has crossed into.
    pub(crate) hops: u8,
}

/// What becomes of a voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It begins.
    Begins {
        /// How long it would last.
        lasts: u64,
        /// Whether it says words.
        is_words: bool,
    },
    /// It has ended, with this much having been heard of it.
    Ends {
        /// Nothing is empty.
        heard: String,
    },
}

impl Call {
    /// Lets a voice be heard at the other ends of people on this call that are calls of our own.
    pub(crate) fn cross(&self, world: &mut World, hears: impl Fn(&Person) -> bool, text: &str, act: &Act, hops: u8) {
        if hops >= MOST_HOPS {
            return;
        }
        for person in self.people.iter().filter(|person| hears(person)) {
            let (call, who) = match (&self.link, person.peer) {
                (Some(link), _) if person.id == self.from => (link.call, Some(link.who.clone())),
                (_, Some(peer)) => (peer, None),
                (_, None) => continue,
            };
            let voice = Voice { who, text: text.to_owned(), act: act.clone(), hops: hops + 1 };
            world.plan(0, call, Due::Voice(Box::new(voice)));
        }
    }

    /// A voice from another call.
    pub(crate) fn voice(&mut self, world: &mut World, voice: Voice) {
        let Voice { who, text, act, hops } = voice;
        let who = who.unwrap_or_else(|| self.from.clone());
        if !self.is_here(&who) {
            return;
        }
        match act {
            Act::Begins { lasts, is_words: true } => self.spoken(world, &who, &text, lasts, hops),
            Act::Begins { lasts, is_words: false } => {
                self.transcript.said(self.age(world), &who, &text);
                self.sounds_words(world, &who, lasts);
                self.cross_from(world, &who, &text, &Act::Begins { lasts, is_words: false }, hops);
            }
            Act::Ends { heard } => {
                self.voice_ends(world, &who, &text, &heard);
                self.cross_from(world, &who, &text, &Act::Ends { heard }, hops);
            }
        }
    }

    /// Lets what somebody says be heard at the other ends of everybody else.
    pub(crate) fn cross_from(&self, world: &mut World, who: &Identifier, text: &str, act: &Act, hops: u8) {
        if self.person(who).is_some_and(|person| !person.muted && !person.held) {
            self.cross(world, |person| person.id != *who && !person.held, text, act, hops);
        }
    }

    /// A voice has ended, perhaps before all was said.
    fn voice_ends(&mut self, world: &mut World, who: &Identifier, text: &str, heard: &str) {
        if heard != text {
            self.transcript.cut_short(who, text, heard);
            let said = heard.trim_end_matches('…');
            self.silent(world, who);
            self.phrase_cut(world, who, said);
            self.cut_speech(world, who, said);
        }
        let age = self.age(world);
        let others = self.people.iter().filter(|person| person.id != *who && !person.held);
        for person in others.filter(|_| !heard.is_empty()) {
            self.transcript.heard(age, &person.id, heard);
        }
    }
}
