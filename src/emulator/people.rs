//! What people do on a call when told to: press keys, speak, leave.

use serde::Deserialize;

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, Direction, End};
use crate::emulator::incoming::person;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code, refusal};
use crate::platform::identifier::Identifier;
use crate::platform::media_time::{KEY_MS, text_ms};
use crate::platform::tones::Tone;

/// How long a `,` between keys waits.
const PAUSE_MS: u64 = 500;
/// Most characters of one act.
const MOST_KEYS: usize = 200;
const MOST_WORDS: usize = 2000;

/// The body of `POST /emulator/calls/{call}/press`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pressed {
    digits: String,
    #[serde(default, rename = "as")]
    who: Option<String>,
}

/// The body of `POST /emulator/calls/{call}/say`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    text: String,
    #[serde(default, rename = "as")]
    who: Option<String>,
}

/// The body of `POST /emulator/calls/{call}/hangup`; it may be missing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HungUp {
    #[serde(default, rename = "as")]
    who: Option<String>,
}

impl Call {
    /// Presses keys, one after the other, after those this person still has under way.
    pub(crate) fn press(&mut self, world: &mut World, pressed: &Pressed) -> Result<(), Refusal> {
        let keys = keys(&pressed.digits)?;
        let who = self.who_acts(pressed.who.as_deref())?;
        let busy = self.busy.entry(who.raw_id()).or_insert(0);
        let mut at = (*busy).max(world.now);
        let act = world.count();
        for key in keys {
            let Some(tone) = key else {
                at += PAUSE_MS;
                continue;
            };
            world.plan(at - world.now, self.number, Due::Key { who: who.clone(), tone, act });
            at += KEY_MS;
        }
        *busy = at;
        Ok(())
    }

    /// Speaks, after what this person still has under way.
    pub(crate) fn say(&mut self, world: &mut World, said: &Said) -> Result<(), Refusal> {
        if said.text.trim().is_empty() || said.text.chars().count() > MOST_WORDS {
            return Err(Refusal::field("text", format!("must be 1 to {MOST_WORDS} characters")));
        }
        let who = self.who_acts(said.who.as_deref())?;
        let busy = self.busy.entry(who.raw_id()).or_insert(0);
        let at = (*busy).max(world.now);
        *busy = at + text_ms(&said.text);
        world.plan(at - world.now, self.number, Due::Speech { who, text: said.text.clone() });
        Ok(())
    }

    /// Leaves.
    pub(crate) fn human_hangs_up(&mut self, world: &mut World, hung_up: &HungUp) -> Result<(), Refusal> {
        if hung_up.who.is_none() && self.direction == Direction::Open && !self.is_over() {
            // A meeting that nobody is named of ends for all.
            self.over(world, codes::ENDED_BY_PARTICIPANT, End::Hangup);
            return Ok(());
        }
        let who = self.who_acts(hung_up.who.as_deref())?;
        self.leave(world, &who);
        Ok(())
    }

    /// Who acts: the one named, else the caller or the only callee.
    fn who_acts(&self, named: Option<&str>) -> Result<Identifier, Refusal> {
        if self.is_over() {
            return Err(conflict("the call is over"));
        }
        let who = match (named, self.direction) {
            (Some(named), _) => person("as", named)?,
            (None, Direction::Inbound) => self.from.clone(),
            (None, Direction::Outbound | Direction::Open) => match self.to.as_slice() {
                [only] => only.clone(),
                _ => return Err(Refusal::field("as", "is needed: several people were called")),
            },
        };
        if self.is_here(&who) {
            return Ok(who);
        }
        if self.ringing.contains(&who) || self.is_invited(&who) {
            return Err(conflict(&format!("{} has not answered", who.plain())));
        }
        Err(conflict(&format!("{} is not on the call", who.plain())))
    }
}

/// The keys of a text; `None` is a pause.
fn keys(digits: &str) -> Result<Vec<Option<Tone>>, Refusal> {
    let wrong = || Refusal::field("digits", format!("must be 1 to {MOST_KEYS} of 0-9, *, #, A-D and , for a pause"));
    if digits.is_empty() || digits.chars().count() > MOST_KEYS {
        return Err(wrong());
    }
    digits
        .chars()
        .map(|key| if key == ',' { Some(None) } else { Tone::from_char(key).map(Some) })
        .collect::<Option<_>>()
        .ok_or_else(wrong)
}

fn conflict(message: &str) -> Refusal {
    Refusal::new(Code { code: 409, sub: refusal::CONFLICT.sub }, message)
}
