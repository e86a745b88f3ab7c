//! [`Condition`]: what a call may be like where a state is entered, as a finite product of small sets. Joining two conditions is
//! the union of each part, so a pass over a flow comes to an end, and what is certain of the joined one is certain of both.

use crate::language::prove::few::{Few, Member, members};

members! {
    /// The line.
    Line {
        /// Not answered, not placed yet.
        NotYet "not up yet",
        /// Up.
        Up "up",
        /// Ended, or handed over.
        Gone "gone",
    }
}

members! {
    /// Whether somebody is on the line, as far as the flow knows: who slips away where no rule says so counts as there.
    Presence {
        /// They are not.
        Away "not there",
        /// They are, and can talk.
        Here "there",
        /// They are, and on hold.
        Held "on hold",
    }
}

members! {
    /// How somebody is reached.
    Means {
        /// By a phone.
        Phone "by phone",
        /// In an application: a user of the platform, or of Teams.
        User "in an app",
    }
}

members! {
    /// People on the line whom the running flow has no name for.
    Others {
        /// None.
        Nobody "nobody",
        /// People of the call that was joined.
        Strangers "those of the call that was joined",
        /// People that this call brought in: the further ones of a list that was dialled, or somebody of another flow.
        Brought "others of this call",
    }
}

members! {
    /// The recording of the call.
    Recording {
        /// There is none.
        None "none",
        /// It records.
        Active "active",
        /// It waits.
        Paused "paused",
    }
}

members! {
    /// Something that is on or off.
    Switch {
        /// Off.
        Off "off",
        /// On.
        On "on",
    }
}

members! {
    /// The number this call shows to people it rings, where the flow gives none.
    OwnNumber {
        /// None that is known.
        Nothing "none",
        /// A phone's.
        Number "a number",
    }
}

/// Somebody whom the flow has a name for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// Whether they are there.
    pub presence: Few<Presence>,
    /// How they are reached.
    pub means: Few<Means>,
    /// Whether the platform has muted them.
    pub muted: Few<Switch>,
}

impl Person {
    /// Nobody of this name.
    #[must_use]
    pub fn away() -> Person {
        Person { presence: Few::only(Presence::Away), means: Few::none(), muted: Few::none() }
    }

    /// Just come.
    #[must_use]
    pub fn here(means: Few<Means>) -> Person {
        Person { presence: Few::only(Presence::Here), means, muted: Few::only(Switch::Off) }
    }

    /// Whether they may be there, on hold or not.
    #[must_use]
    pub fn may_be_there(&self) -> bool {
        self.presence.may_be(Presence::Here) || self.presence.may_be(Presence::Held)
    }

    /// Whether they certainly are.
    #[must_use]
    pub fn is_there(&self) -> bool {
        !self.presence.may_be(Presence::Away)
    }

    /// They are there: what follows from something that only happens then.
    #[must_use]
    pub fn known_there(self) -> Person {
        Person { presence: self.presence.but(Few::only(Presence::Away)), ..self }
    }

    /// They may have gone: what follows from something that failed and needs them.
    #[must_use]
    pub fn perhaps_gone(self) -> Person {
        Person { presence: self.presence.or(Few::only(Presence::Away)), ..self }
    }

    fn grow(&mut self, other: Person) -> bool {
        let presence = self.presence.grow(other.presence);
        let means = self.means.grow(other.means);
        let muted = self.muted.grow(other.muted);
        presence | means | muted
    }
}

/// What leaving the scope that the call is in restores.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Outside {
    /// The recording.
    pub recording: Few<Recording>,
    /// The stream.
    pub streaming: Few<Switch>,
    /// The transcription.
    pub transcription: Few<Switch>,
    /// The party, as a flow around may hold them.
    pub party: Few<Presence>,
}

impl Outside {
    /// Outside every scope there is nothing to restore.
    #[must_use]
    pub fn nothing() -> Outside {
        Outside { recording: Few::none(), streaming: Few::none(), transcription: Few::none(), party: Few::none() }
    }
}

/// What a call may be like.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    /// The line.
    pub line: Few<Line>,
    /// The one this flow talks to.
    pub party: Person,
    /// The flow's participants, in the order declared.
    pub people: Box<[Person]>,
    /// People on the line whom no flow that runs has a name for.
    pub others: Few<Others>,
    /// Whether participants of the flows around are there.
    pub around: Few<Switch>,
    /// The recording.
    pub recording: Few<Recording>,
    /// Whether the media is streamed.
    pub streaming: Few<Switch>,
    /// Whether what is said is transcribed.
    pub transcription: Few<Switch>,
    /// Whether keys are watched outside of questions.
    pub keys: Few<Switch>,
    /// Whether a looped play goes on.
    pub music: Few<Switch>,
    /// Whether anything was said to anybody yet.
    pub heard: Few<Switch>,
    /// The number the call shows.
    pub own: Few<OwnNumber>,
    /// What leaving the scope restores.
    pub outside: Outside,
}

impl Condition {
    /// Before anything has happened, in a flow with so many participants.
    #[must_use]
    pub fn beginning(participants: usize) -> Condition {
        Condition {
            line: Few::only(Line::NotYet),
            party: Person::away(),
            people: vec![Person::away(); participants].into_boxed_slice(),
            others: Few::only(Others::Nobody),
            around: Few::only(Switch::Off),
            recording: Few::only(Recording::None),
            streaming: Few::only(Switch::Off),
            transcription: Few::only(Switch::Off),
            keys: Few::only(Switch::Off),
            music: Few::only(Switch::Off),
            heard: Few::only(Switch::Off),
            own: Few::only(OwnNumber::Nothing),
            outside: Outside::nothing(),
        }
    }

    /// On a line that nothing else is known of.
    #[must_use]
    pub fn any_line(participants: usize) -> Condition {
        Condition {
            line: Few::only(Line::Up),
            party: Person {
                presence: Few::any(&[Presence::Here, Presence::Held]),
                means: Few::all(),
                muted: Few::only(Switch::Off),
            },
            people: vec![Person::away(); participants].into_boxed_slice(),
            others: Few::all(),
            around: Few::all(),
            recording: Few::all(),
            streaming: Few::all(),
            transcription: Few::all(),
            keys: Few::all(),
            music: Few::all(),
            heard: Few::all(),
            own: Few::all(),
            outside: Outside::nothing(),
        }
    }

    /// The line is gone, and with it everything that was up on it. What was heard stays heard.
    #[must_use]
    pub fn gone(&self) -> Condition {
        Condition {
            line: Few::only(Line::Gone),
            heard: self.heard,
            own: self.own,
            ..Condition::beginning(self.people.len())
        }
    }

    /// Joins another condition in; whether anything was new.
    pub fn absorb(&mut self, other: &Condition) -> bool {
        let mut grown = self.line.grow(other.line);
        grown |= self.party.grow(other.party);
        for (own, other) in self.people.iter_mut().zip(&other.people) {
            grown |= own.grow(*other);
        }
        grown |= self.others.grow(other.others);
        grown |= self.around.grow(other.around);
        grown |= self.recording.grow(other.recording);
        grown |= self.streaming.grow(other.streaming);
        grown |= self.transcription.grow(other.transcription);
        grown |= self.keys.grow(other.keys);
        grown |= self.music.grow(other.music);
        grown |= self.heard.grow(other.heard);
        grown |= self.own.grow(other.own);
        grown |= self.outside.recording.grow(other.outside.recording);
        grown |= self.outside.streaming.grow(other.outside.streaming);
        grown |= self.outside.transcription.grow(other.outside.transcription);
        grown | self.outside.party.grow(other.outside.party)
    }

    /// Whether somebody besides the party may be on the line: people this call brought in.
    #[must_use]
    pub fn may_have_company(&self) -> bool {
        self.people.iter().any(Person::may_be_there)
            || self.others.may_be(Others::Brought)
            || self.around.may_be(Switch::On)
    }

    /// Whether somebody besides the party certainly is.
    #[must_use]
    pub fn has_company(&self) -> bool {
        self.people.iter().any(Person::is_there) || self.others.is(Others::Brought) || self.around.is(Switch::On)
    }

    /// What is known, for people: `(what, how)`, in an order that does not change. What is as it always is, is left out.
    #[must_use]
    pub fn facts(&self, participants: &[String]) -> Vec<(String, String)> {
        let mut facts = vec![("line".to_owned(), self.line.words())];
        if !self.line.may_be(Line::Up) {
            return facts;
        }
        facts.push(("party".to_owned(), person(&self.party)));
        for (name, one) in participants.iter().zip(&self.people) {
            facts.push((name.clone(), person(one)));
        }
        // On a line of which nothing is known, what may be anything is not worth saying.
        let unknown = self.others == Few::all();
        let others = self.others.or(self.around.map(|around| match around {
            Switch::Off => Others::Nobody,
            Switch::On => Others::Brought,
        }));
        if others != Few::only(Others::Nobody) && !unknown {
            facts.push(("besides".to_owned(), others.words()));
        }
        facts.push(("recording".to_owned(), self.recording.words()));
        let switches = [
            ("streaming", self.streaming),
            ("transcription", self.transcription),
            ("keys watched", self.keys),
            ("music", self.music),
        ];
        for (what, switch) in switches {
            match (switch.may_be(Switch::On), switch.is(Switch::On)) {
                (true, true) => facts.push((what.to_owned(), Switch::On.word().to_owned())),
                (true, false) if !unknown => facts.push((what.to_owned(), "perhaps on".to_owned())),
                (true, false) | (false, _) => {}
            }
        }
        facts
    }
}

impl Condition {
    /// What is not as it is in most calls, on one line: `agent there · recording paused`. Empty where everything is.
    #[must_use]
    pub fn caption(&self, participants: &[String]) -> String {
        let usual = |(what, how): &(String, String)| match what.as_str() {
            "line" => how == Line::Up.word(),
            "party" => how == Presence::Here.word(),
            "recording" => how == Recording::None.word(),
            _ => how == Presence::Away.word(),
        };
        let facts = self.facts(participants);
        let told = facts.iter().filter(|fact| !usual(fact)).map(|(what, how)| format!("{what} {how}"));
        told.collect::<Vec<_>>().join(" · ")
    }
}

/// How somebody may be there.
fn person(person: &Person) -> String {
    let mut words = person.presence.words();
    if person.may_be_there() && person.muted.may_be(Switch::On) {
        words.push_str(if person.muted.is(Switch::On) { ", muted" } else { ", perhaps muted" });
    }
    words
}

#[cfg(test)]
mod tests {
    use crate::language::prove::condition::{Condition, Means, Person, Presence, Recording};
    use crate::language::prove::few::Few;

    #[test]
    fn joining_grows_and_comes_to_rest() {
        let mut one = Condition::beginning(1);
        let mut other = Condition::beginning(1);
        other.recording = Few::only(Recording::Active);
        other.people[0] = Person::here(Few::only(Means::User));
        assert!(one.absorb(&other) && !one.absorb(&other));
        assert!(one.recording.may_be(Recording::None) && one.recording.may_be(Recording::Active));
        assert!(one.people[0].may_be_there() && !one.people[0].is_there());
        assert!(one.may_have_company() && !one.has_company() && other.has_company());
        assert_eq!(one.people[0].known_there().presence, Few::only(Presence::Here));
    }

    #[test]
    fn what_is_gone_leaves_nothing_up() {
        let mut one = Condition::any_line(2);
        one.people[1] = Person::here(Few::all());
        let gone = one.gone();
        assert!(!gone.may_have_company() && gone.recording.is(Recording::None));
        assert_eq!(gone.facts(&[]), [("line".to_owned(), "gone".to_owned())]);
    }
}
