//! The people on a call: they come, go, are muted and held.

use crate::emulator::call::Call;
use crate::emulator::identity;
use crate::emulator::world::World;
use crate::platform::codes::Code;
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;

/// One person on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Person {
    /// Who.
    pub(crate) id: Identifier,
    /// Muted by the application.
    pub(crate) muted: bool,
    /// On hold.
    pub(crate) held: bool,
    /// The incoming call of our own at their end.
    pub(crate) peer: Option<u64>,
}

impl Person {
    /// Somebody who has just come.
    pub(crate) fn new(id: Identifier, peer: Option<u64>) -> Person {
        Person { id, muted: false, held: false, peer }
    }

    /// As responses and events show them.
    pub(crate) fn model(&self) -> wire::CallParticipant {
        wire::CallParticipant { identifier: identity::loose(&self.id), is_muted: self.muted, is_on_hold: self.held }
    }
}

impl Call {
    /// Whether somebody is on the line.
    pub(crate) fn is_here(&self, who: &Identifier) -> bool {
        self.person(who).is_some()
    }

    /// Somebody on the line.
    pub(crate) fn person(&self, who: &Identifier) -> Option<&Person> {
        self.people.iter().find(|person| person.id == *who)
    }

    /// Somebody on the line, to be changed.
    pub(crate) fn person_mut(&mut self, who: &Identifier) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.id == *who)
    }

    /// Somebody comes, from a phone that may be an incoming call of our own.
    pub(crate) fn comes(&mut self, who: &Identifier, peer: Option<u64>) {
        if !self.is_here(who) {
            self.people.push(Person::new(who.clone(), peer));
        }
    }

    /// Somebody goes; what was for them alone ends. With a code of their own doing the call settles after it.
    pub(crate) fn goes(&mut self, world: &mut World, who: &Identifier, left: Option<Code>) {
        if self.people.len() == 1 {
            // What was heard until now was heard before they left.
            self.cancel_all_media(world);
        }
        if left.is_some() {
            self.transcript.left(self.age(world), who);
        }
        self.end_what_was_for(world, who);
        self.people.retain(|person| person.id != *who);
        self.scripts.retain(|script| script.who != *who);
        self.unlink_callees(world, Some(who));
        if let Some(code) = left {
            if !self.people.is_empty() {
                self.transferee_left(world, who);
            }
            self.settle(world, code);
        }
    }
}
