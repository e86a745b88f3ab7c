//! What the people of a script have before them in a run with troubles, and what they leave for it to do.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::diagnostic::Diagnostic;
use crate::language::flow::value::Values;
use crate::language::syntax::ast::Script;
use crate::machine::people::Person;
use crate::rehearsal::chaos::play::Kept;
use crate::rehearsal::floor::{Floor, LINE};
use crate::rehearsal::given::Ids;
use crate::rehearsal::live::taken;
use crate::runtime::lines::{Lines, Served};
use crate::simulator::scene;
use serde_json::Value;

/// Something that is told to a call from outside.
pub(super) struct Telling {
    pub(super) name: String,
    pub(super) data: Option<Value>,
    /// By which a repetition is known.
    pub(super) key: String,
    /// When it is tried next.
    pub(super) again: u64,
}

/// What the people of the script have before them.
pub(super) struct Around<'w, 'f, 'r, 'a> {
    pub(super) floor: &'f mut scene::Floor<'r, 'a>,
    pub(super) lines: &'w Lines,
    pub(super) calls: &'w [Kept],
    pub(super) placing: &'w mut Option<(Values, u64)>,
    pub(super) telling: &'w mut Vec<Telling>,
    /// The script's flow.
    pub(super) served: &'w Served,
}

impl Floor for Around<'_, '_, '_, '_> {
    fn now(&self) -> u64 {
        self.floor.now()
    }

    fn lines(&self) -> &Lines {
        self.lines
    }

    fn line(&self) -> Option<&crate::emulator::call::Call> {
        self.floor.line(LINE)
    }

    fn people(&self) -> Vec<(&str, &Person)> {
        let people = self.calls.iter().rev().flat_map(|kept| &kept.call.people);
        people.map(|(name, person)| (name.as_str(), person)).collect()
    }

    fn human(&mut self, method: &str, segments: &[&str], body: &Value) -> Result<Value, String> {
        self.floor.human(method, segments, body)
    }

    fn begin_others(&mut self, script: &Script, _: &Served) -> Result<(), Box<Diagnostic>> {
        debug_assert!(script.calls.is_empty(), "scenarios with other calls are left out");
        Ok(())
    }

    fn ids(&self) -> Ids {
        Ids::new()
    }

    fn rings(&mut self, body: &Value) -> Result<(), String> {
        self.floor.human("POST", &["calls"], body).map(drop)
    }

    fn place(&mut self, served: &Served, params: Values) {
        debug_assert_eq!(served.hash, self.served.hash, "the script's flow is placed");
        *self.placing = Some((params, 0));
    }

    fn tell(&mut self, name: &str, data: Option<&Value>) -> Result<(), String> {
        let Some(kept) = self.calls.first() else { return Err("there is no call yet".to_owned()) };
        taken(&kept.call, &self.served.program, name, data)?;
        let key = format!("signal:scene:{}", self.floor.now());
        self.telling.push(Telling { name: name.to_owned(), data: data.cloned(), key, again: 0 });
        Ok(())
    }
}
