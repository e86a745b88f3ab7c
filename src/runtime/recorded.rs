//! A call's history as something to be played again: what it began with, what happened to it, in order and with times, and what the
//! flow made of it. Personal data is made up ([`mask`]), secrets are masked in the history already.
//!
//! What happened is folded again over the program, made-up data and all. Where the fold takes another way than the call did, because
//! the flow decided by a secret or by words that are made up now, the recording is cut off.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

pub mod mask;

use crate::language::flow::value::Values;
use crate::language::graph::Program;
use crate::machine::call::{Beginning, Call, Origin};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::Facts;
use crate::machine::trace::Trace;
use crate::platform::hidden::Hidden;
use crate::runtime::doc::{Doc, InputKind, Line};
use crate::runtime::recorded::mask::Mask;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// How often other digits are made up, where a flow decides by those that were.
const CHOICES: u32 = 64;

/// Version of the format.
pub const VERSION: u32 = 1;

/// A recorded call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What it began with.
    pub head: Head,
    /// What happened.
    pub lines: Vec<Happened>,
}

/// What a recorded call began with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Version of the format.
    pub recorded: u32,
    /// The call's id.
    pub call: String,
    /// The flow it began with.
    pub flow: String,
    /// The hash of its program.
    pub program: String,
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// Whether somebody called us.
    pub inbound: bool,
    /// Who called.
    pub from: Hidden<String>,
    /// Who was called.
    pub to: Hidden<String>,
    /// Parameters.
    pub params: Values,
    /// Settings.
    pub settings: Values,
    /// The locale of the number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    /// The voice of text prompts whose library names none.
    pub voice: String,
    /// What was known of the call at first.
    #[serde(default)]
    pub facts: Facts,
    /// Custom headers that came with it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, Hidden<String>>,
    /// The states of its flow and of those that it runs: by these a renamed state is told from another one.
    pub states: BTreeMap<String, BTreeSet<String>>,
    /// Why not all of the call is here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
    /// Whether its numbers, names and words are its own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub kept: bool,
}

/// Something that happened to a recorded call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Happened {
    /// Milliseconds since the call began.
    pub after: i64,
    /// The process that applied it.
    pub by: String,
    /// What.
    pub input: InputKind,
    /// What the flow made of it.
    pub trace: Vec<Trace>,
    /// What it asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<Asked>,
    /// When it would have looked at its timers next, in milliseconds since the call began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<i64>,
}

/// A request of a recorded call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Which.
    pub op: OpRef,
    /// What.
    pub command: Command,
}

/// A call that things happen to once more.
#[derive(Clone, Debug)]
pub struct Fold<'p> {
    program: &'p Program,
    /// How it stands.
    pub doc: Doc,
}

impl<'p> Fold<'p> {
    /// A call that has not taken its first step.
    #[must_use]
    pub fn new(program: &'p Program, beginning: Beginning) -> Fold<'p> {
        Fold { program, doc: Doc::new(Call::begin(program, beginning)) }
    }

    /// Something happens: what the flow makes of it, and what it asks for.
    pub fn apply(&mut self, input: &InputKind, at: i64, by: &str) -> (Line, Vec<Asked>) {
        let before: BTreeSet<OpRef> = self.doc.outbox.iter().map(|pending| pending.op).collect();
        let (doc, line) = self.doc.apply(self.program, input, at, by);
        self.doc = doc;
        let new = self.doc.outbox.iter().filter(|pending| !before.contains(&pending.op));
        let asked = new.map(|pending| Asked { op: pending.op, command: pending.command.clone() });
        (line, asked.collect())
    }
}

impl Head {
    /// What a call begins with that is like this one; settings that the program has not, or has of another type, are left out, those
    /// it has beside are `now`'s.
    #[must_use]
    pub fn beginning(&self, program: &Program, now: &Values) -> Beginning {
        let mut settings = now.clone();
        for (name, value) in &self.settings {
            if program.settings.get(name).is_some_and(|ty| value.is_of(ty)) {
                settings.insert(name.clone(), value.clone());
            }
        }
        Beginning {
            id: self.call.clone(),
            at: self.at,
            origin: if self.inbound { Origin::Inbound { context: "context".into() } } else { Origin::Outbound },
            from: self.from.clone(),
            to: self.to.clone(),
            params: self.params.clone(),
            settings,
            locale: self.locale.clone(),
            voice: self.voice.clone(),
            facts: self.facts.clone(),
            headers: self.headers.clone(),
        }
    }
}

impl Recorded {
    /// Records a call from its history and its document, as it stands now or ended. `keep` leaves numbers, names and words as they are.
    #[must_use]
    pub fn of(program: &Program, hash: &str, call: &Call, lines: &[Line], keep: bool) -> Recorded {
        let outermost = call.frames.first();
        let facts = Facts { connection: None, state: None, said: None, ..call.facts.clone() };
        let beginning = Beginning {
            id: call.id.clone(),
            at: call.started,
            origin: call.origin.clone(),
            from: call.from.clone(),
            to: call.to.clone(),
            params: outermost.map_or(&call.params, |frame| &frame.params).clone(),
            settings: call.settings.clone(),
            locale: program.locale.is_none().then(|| call.locale.clone()).filter(|locale| !locale.is_empty()),
            voice: call.voice.clone(),
            facts,
            headers: call.headers.clone(),
        };
        Recorded::from(program, hash, beginning, lines, keep)
    }

    /// Records a call of which it is known what it began with.
    #[must_use]
    pub fn from(program: &Program, hash: &str, beginning: Beginning, lines: &[Line], keep: bool) -> Recorded {
        let mask = Mask::of(program, &beginning.settings, keep);
        let attempt = |choice: u32| {
            let mut mask = mask.other(choice, lines);
            let recorded = Recorded::masked(program, hash, beginning.clone(), lines, &mut mask, keep);
            (recorded, mask.has_digits())
        };
        let (mut best, has_digits) = attempt(0);
        for choice in 1..CHOICES {
            if best.head.cut.is_none() || !has_digits {
                break;
            }
            let (other, _) = attempt(choice);
            if other.head.cut.is_none() || other.lines.len() > best.lines.len() {
                best = other;
            }
        }
        best
    }

    fn masked(
        program: &Program,
        hash: &str,
        beginning: Beginning,
        lines: &[Line],
        mask: &mut Mask,
        keep: bool,
    ) -> Recorded {
        let mut secrets = beginning.params;
        for (name, value) in &mut secrets {
            if let Some(param) = program.params.get(name).filter(|param| param.ty.is_secret()) {
                *value = value.masked(&param.ty);
            }
        }
        let mut settings = beginning.settings;
        for (name, value) in &mut settings {
            if let Some(ty) = program.settings.get(name).filter(|ty| ty.is_secret()) {
                *value = value.masked(ty);
            }
        }
        let states = |program: &Program| program.states().map(|(_, state)| state.name.clone()).collect();
        let mut flows: BTreeMap<String, BTreeSet<String>> =
            program.flows.iter().map(|(name, program)| (name.clone(), states(program))).collect();
        flows.insert(program.flow.clone(), states(program));
        let head = Head {
            recorded: VERSION,
            call: beginning.id,
            flow: program.flow.clone(),
            program: hash.to_owned(),
            at: beginning.at,
            inbound: matches!(beginning.origin, Origin::Inbound { .. }),
            from: mask.who(&beginning.from).into(),
            to: mask.who(&beginning.to).into(),
            params: mask.values(&secrets),
            settings: mask.values(&settings),
            locale: beginning.locale,
            voice: beginning.voice,
            facts: mask.facts(&beginning.facts),
            headers: beginning.headers.iter().map(|(name, value)| (name.clone(), mask.text(value).into())).collect(),
            states: flows,
            cut: None,
            kept: keep,
        };
        let mut recorded = Recorded { head, lines: Vec::new() };
        recorded.fold(program, lines, mask);
        recorded
    }

    fn fold(&mut self, program: &Program, lines: &[Line], mask: &mut Mask) {
        let mut fold = Fold::new(program, self.head.beginning(program, &self.head.settings));
        let mut processes: BTreeMap<&str, String> = BTreeMap::new();
        for line in lines {
            let count = processes.len() + 1;
            let by = processes.entry(&line.by).or_insert_with(|| format!("process {count}")).clone();
            let input = mask.input(&line.input, line.at);
            let (again, commands) = fold.apply(&input, line.at, &by);
            mask.asks(&commands);
            if path(&again.trace) != path(&line.trace) {
                let state = &fold.doc.call.state;
                self.head.cut = Some(format!("what decided its way in `{state}` is masked here"));
                return;
            }
            let due = fold.doc.call.next_due().filter(|_| !fold.doc.call.is_ended());
            self.lines.push(Happened {
                after: line.at - self.head.at,
                by,
                input: again.input,
                trace: again.trace,
                commands,
                due: due.map(|due| due - self.head.at),
            });
        }
    }

    /// The recording as text: a JSON object for what it began with, and one for everything that happened.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = serde_json::to_string(&self.head).unwrap_or_default();
        for line in &self.lines {
            text.push('\n');
            text.push_str(&serde_json::to_string(line).unwrap_or_default());
        }
        text.push('\n');
        text
    }

    /// Reads recordings, one after the other.
    ///
    /// # Errors
    /// The line that cannot be read, from 1, and why.
    pub fn read(text: &str) -> Result<Vec<Recorded>, (usize, String)> {
        let mut all: Vec<Recorded> = Vec::new();
        for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let wrong = |error: serde_json::Error| {
                let said = error.to_string();
                let why = said.split(" at line ").next().unwrap_or(&said);
                let column =
                    if error.column() > 0 { format!(" at character {}", error.column()) } else { String::new() };
                (at + 1, format!("this is no recording: {why}{column}"))
            };
            let json: serde_json::Value = serde_json::from_str(line).map_err(wrong)?;
            if let Some(version) = json.get("recorded") {
                if *version != VERSION {
                    return Err((at + 1, format!("a recording of version {version}; this release reads {VERSION}")));
                }
                let head: Head = serde_json::from_value(json).map_err(wrong)?;
                all.push(Recorded { head, lines: Vec::new() });
            } else {
                let Some(recorded) = all.last_mut() else {
                    return Err((
                        at + 1,
                        "this is no recording: a call has to begin with an object that has `recorded`".to_owned(),
                    ));
                };
                recorded.lines.push(serde_json::from_value(json).map_err(wrong)?);
            }
        }
        Ok(all)
    }
}

/// What of a trace is the call's way.
pub fn path(trace: &[Trace]) -> Vec<&Trace> {
    let is_way = |trace: &&Trace| match trace {
        Trace::Ended { .. }
        | Trace::Entered { .. }
        | Trace::Returned { .. }
        | Trace::Running { .. }
        | Trace::Took { .. } => true,
        Trace::Fault { .. } | Trace::Ignored { .. } | Trace::Ordered { .. } => false,
    };
    trace.iter().filter(is_way).collect()
}

#[cfg(test)]
mod tests {
    use crate::runtime::recorded::Recorded;

    #[test]
    fn what_is_no_recording_is_told_with_its_line() {
        assert_eq!(Recorded::read("\n"), Ok(Vec::new()));
        for (text, line, why) in [
            ("{}", 1, "has to begin with"),
            ("\n{\"recorded\":2}", 2, "version 2"),
            ("{\"recorded\":1}", 1, "missing field"),
            ("nothing", 1, "expected ident at character 2"),
        ] {
            let (at, reason) = Recorded::read(text).expect_err(text);
            assert!(at == line && reason.contains(why), "{text}: line {at}: {reason}");
        }
    }
}
