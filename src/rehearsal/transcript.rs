//! What people on a line heard and did, and what the flow did meanwhile, for people to read: the same text each time, fit to stand
//! beside a scenario and be looked at in a review.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::Call as Line;
use crate::emulator::transcript::Did;
use crate::machine::people::Person;
use crate::rehearsal::stage::Stage;

/// A line of a transcript.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When it was over, in milliseconds since the call began.
    pub at_ms: u64,
    /// Who: a number or a raw id.
    pub id: String,
    /// Who, by the name that the flow has for them; `caller` is the party, `party` where the flow calls somebody else so.
    pub who: String,
    /// What they did.
    pub what: What,
}

/// What somebody did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// They heard this; cut off where it ends in `…`.
    Hears(String),
    /// They left.
    Leaves,
    /// They pressed these keys.
    Presses(String),
    /// They said this.
    Says(String),
}

/// The lines of the call that a scenario is about.
#[must_use]
pub fn of(stage: &Stage<'_>) -> Vec<Told> {
    let Some(line) = stage.own_line() else { return Vec::new() };
    told(line, stage.all_people())
}

/// The lines of an emulated call on which flows know these people by name.
pub(crate) fn told<'p>(line: &Line, people: impl Iterator<Item = (&'p str, &'p Person)>) -> Vec<Told> {
    // Those whose names a call has forgotten have none that a flow could have given.
    let names: Vec<(String, &str)> = people
        .map(|(key, person)| (crate::platform::identifier::Identifier::parse(&person.id).plain(), key))
        .map(|(id, key)| (id, key.rsplit_once('/').map_or(key, |(_, name)| name)))
        .filter(|(_, name)| name.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    let party = match line.direction {
        crate::emulator::call::Direction::Inbound => Some(line.from.plain()),
        _ => line.to.first().map(|to| to.plain()),
    };
    // Unless a flow calls somebody else so.
    let caller = if names.iter().any(|(_, name)| *name == "caller") { "party" } else { "caller" };
    let name = |who: &str| match names.iter().find(|(id, name)| id == who && *name != "party") {
        Some((_, name)) => (*name).to_owned(),
        None if party.as_deref() == Some(who) => caller.to_owned(),
        None => who.to_owned(),
    };
    let entries = line.transcript.entries().iter();
    entries
        .map(|entry| Told {
            at_ms: entry.at_ms,
            id: entry.who.clone(),
            who: name(&entry.who),
            what: match entry.did {
                Did::Heard => What::Hears(entry.text.clone()),
                Did::Left => What::Leaves,
                Did::Pressed => What::Presses(entry.text.clone()),
                Did::Said => What::Says(entry.text.clone()),
            },
        })
        .collect()
}

/// A transcript as it stands in a file: a title, a line for each thing, and how it ended.
#[must_use]
pub fn text(title: &str, told: &[Told], end: &str) -> String {
    let width = told.iter().map(|told| told.who.chars().count()).max().unwrap_or(0);
    let mut text = format!("{title}\n\n");
    for Told { at_ms, who, what, .. } in told {
        let (minutes, seconds, tenths) = (at_ms / 60_000, at_ms / 1_000 % 60, at_ms / 100 % 10);
        let what = match what {
            What::Hears(words) => format!("hears    {}", words.replace("https://flowc.example.org/media/", "")),
            What::Leaves => "leaves".to_owned(),
            What::Presses(keys) => format!("presses  {keys}"),
            What::Says(words) => format!("says     {words}"),
        };
        text.push_str(&format!("{minutes:>3}:{seconds:02}.{tenths}  {who:<width$}  {what}\n"));
    }
    text.push_str(&format!("\n{end}\n"));
    text
}
