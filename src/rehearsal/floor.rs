//! What the people of a script have before them, whichever way the service behind the line is run.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::Call as Line;
use crate::language::diagnostic::Diagnostic;
use crate::language::flow::value::Values;
use crate::language::syntax::ast::Script;
use crate::machine::people::Person;
use crate::rehearsal::given::Ids;
use crate::rehearsal::stage::Stage;
use crate::runtime::lines::{Lines, Served};
use serde_json::Value;

/// The emulated call that a script without other calls is about: the first.
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

    /// The other calls of a script begin, each in its time, and it is the time of the script's own.
    ///
    /// # Errors
    /// When one cannot begin like this.
    fn begin_others(&mut self, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>>;

    /// The ids of the other calls, by name.
    fn ids(&self) -> Ids;

    /// Somebody calls the script's flow.
    ///
    /// # Errors
    /// Why nobody can.
    fn rings(&mut self, body: &Value) -> Result<(), String>;

    /// The script's call is placed.
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
        self.own_line()
    }

    fn people(&self) -> Vec<(&str, &Person)> {
        self.people_newest_first()
    }

    fn human(&mut self, method: &str, segments: &[&str], body: &Value) -> Result<Value, String> {
        Stage::human(self, method, segments, body)
    }

    fn begin_others(&mut self, script: &Script, served: &Served) -> Result<(), Box<Diagnostic>> {
        Stage::begin_others(self, script, served)
    }

    fn ids(&self) -> Ids {
        self.whose.ids.clone()
    }

    fn rings(&mut self, body: &Value) -> Result<(), String> {
        self.ring_own(body)
    }

    fn place(&mut self, served: &Served, params: Values) {
        self.place_own(served, params);
    }

    fn tell(&mut self, name: &str, data: Option<&Value>) -> Result<(), String> {
        self.told_by_api(name, data)
    }
}
