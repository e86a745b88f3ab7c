//! What the people of a script have before them, whichever way the service behind the line is run.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::Call as Line;
use crate::language::flow::value::Values;
use crate::machine::people::Person;
use crate::rehearsal::stage::Stage;
use crate::runtime::lines::{Lines, Served};
use serde_json::Value;

/// The emulated call that a script is about: the first.
pub(crate) const LINE: u64 = 1;

/// The line that a script is about, and what people can do.
pub(crate) trait Floor {
    /// Virtual milliseconds since the beginning.
    fn now(&self) -> u64;

    /// The flows, and who answers which number.
    fn lines(&self) -> &Lines;

    /// The emulated call that a script is about.
    fn line(&self) -> Option<&Line>;

    /// The people that flows know by name, those of the call that began last first.
    fn people(&self) -> Vec<(&str, &Person)>;

    /// Somebody does something, over the emulator's human side.
    ///
    /// # Errors
    /// Why it cannot be done.
    fn human(&mut self, method: &str, segments: &[&str], body: &Value) -> Result<Value, String>;

    /// A call is placed.
    fn place(&mut self, served: &Served, params: Values);

    /// Somebody outside tells the script's call something, as over the API of the service.
    ///
    /// # Errors
    /// Why the call does not take it.
    fn tell(&mut self, name: &str, data: Option<&Value>) -> Result<(), String>;
}

impl Floor for Stage<'_> {
    fn now(&self) -> u64 {
        self.now
    }

    fn lines(&self) -> &Lines {
        Stage::lines(self)
    }

    fn line(&self) -> Option<&Line> {
        Stage::line(self, LINE)
    }

    fn people(&self) -> Vec<(&str, &Person)> {
        let people = self.calls.iter().rev().flat_map(|live| &live.call.people);
        people.map(|(name, person)| (name.as_str(), person)).collect()
    }

    fn human(&mut self, method: &str, segments: &[&str], body: &Value) -> Result<Value, String> {
        Stage::human(self, method, segments, body)
    }

    fn place(&mut self, served: &Served, params: Values) {
        Stage::place(self, served, params);
    }

    fn tell(&mut self, name: &str, data: Option<&Value>) -> Result<(), String> {
        self.told_by_api(0, name, data)
    }
}
