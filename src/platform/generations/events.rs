//! The events of the first generations, the states they tell, and the names of tones in them.

use crate::platform::generations::{Generation, Names};
use crate::platform::tones::Tone;

/// What an event tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FirstEvent {
    /// The state of a leg changed.
    State,
    /// Somebody pressed a key.
    Tone,
    /// How a play goes.
    Played,
    /// How an invitation went.
    Invited,
    /// Who is on the call.
    People,
    /// A recording records, or does not.
    Recording,
}

/// An event's name in one generation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventName {
    /// What it tells.
    pub event: FirstEvent,
    /// Its type behind the platform's prefix.
    pub name: &'static str,
    /// The last step of its subject, or source.
    pub kind: &'static str,
}

impl FirstEvent {
    /// What a type behind the platform's prefix tells, in whichever generation. 2021-06 has been seen to say DtmfReceived too.
    #[must_use]
    pub fn of(name: &str) -> Option<FirstEvent> {
        let generations = [Generation::Private, Generation::CallLegs, Generation::CallConnections];
        let all = generations.iter().flat_map(|generation| generation.names().events);
        all.into_iter().find(|event| event.name == name).map(|event| event.event)
    }
}

/// How far an operation on media, or an invitation, is.
pub mod status {
    /// It goes on.
    pub const RUNNING: &str = "running";
    /// It is over.
    pub const COMPLETED: &str = "completed";
    /// It did not work.
    pub const FAILED: &str = "failed";
}

/// States of a leg: as later versions say it, as legs did, as connections did.
const STATES: &[(&str, &str, &str)] = &[
    ("connecting", "establishing", "connecting"),
    ("connected", "established", "connected"),
    ("disconnecting", "terminating", "disconnecting"),
    ("disconnected", "terminated", "disconnected"),
];

/// What a generation calls a state that later versions call `later`.
#[must_use]
pub fn state(names: &Names, later: &str) -> &'static str {
    let row = STATES.iter().find(|(word, ..)| *word == later).unwrap_or(&STATES[0]);
    if names.leg == "callLegId" { row.1 } else { row.2 }
}

/// What later versions call a state of any generation, letter case ignored; `None` where they have no word for it.
#[must_use]
pub fn state_of(name: &str) -> Option<&'static str> {
    let is = |word: &str| word.eq_ignore_ascii_case(name);
    STATES.iter().find(|(_, leg, connection)| is(leg) || is(connection)).map(|(later, ..)| *later)
}

/// The name of a tone.
#[must_use]
pub fn tone(tone: Tone) -> String {
    match tone {
        Tone::Asterisk => "star".to_owned(),
        Tone::Pound => "pound".to_owned(),
        Tone::A | Tone::B | Tone::C | Tone::D => tone.to_char().to_string(),
        Tone::Zero
        | Tone::One
        | Tone::Two
        | Tone::Three
        | Tone::Four
        | Tone::Five
        | Tone::Six
        | Tone::Seven
        | Tone::Eight
        | Tone::Nine => format!("tone{}", tone.to_char()),
    }
}

/// The tone of a name, letter case ignored; `None` for `flash`, which is no key.
#[must_use]
pub fn tone_of(name: &str) -> Option<Tone> {
    let name = name.to_ascii_lowercase();
    Tone::from_word(name.strip_prefix("tone").unwrap_or(&name))
}

#[cfg(test)]
mod tests {
    use crate::platform::generations::{FirstEvent, Generation, state, state_of, tone, tone_of};
    use crate::platform::tones::ALL;

    #[test]
    fn tones_go_both_ways() {
        for (one, ..) in ALL {
            assert_eq!(tone_of(&tone(*one)), Some(*one));
        }
        assert_eq!(tone_of("Tone1").map(|tone| tone.to_char()), Some('1'));
        assert_eq!((tone_of("flash"), tone_of("tone"), tone_of("tone12")), (None, None, None));
    }

    #[test]
    fn states_go_both_ways() {
        for later in ["connecting", "connected", "disconnecting", "disconnected"] {
            for generation in [Generation::CallLegs, Generation::CallConnections] {
                assert_eq!(state_of(state(generation.names(), later)), Some(later));
            }
        }
        assert_eq!((state_of("Established"), state_of("incoming")), (Some("connected"), None));
    }

    #[test]
    fn events_are_known_by_any_of_their_names() {
        for name in ["DtmfReceived", "ToneReceived"] {
            assert_eq!(FirstEvent::of(name), Some(FirstEvent::Tone));
        }
        for name in ["InviteParticipantResult", "InviteParticipantsResult", "AddParticipantResult"] {
            assert_eq!(FirstEvent::of(name), Some(FirstEvent::Invited));
        }
        assert_eq!((FirstEvent::of("PlayCompleted"), FirstEvent::of("")), (None, None));
    }
}
