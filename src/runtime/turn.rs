//! One turn of one call: load its row, apply inputs to its document, commit, and only then say what came of it.
//!
//! Nothing has happened before the commit that [`Verdict::Applied`] follows.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::planted::{Bug, planted};
use crate::runtime::bounded::{self, Applied};
use crate::runtime::doc::{Doc, Input, Line};
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::store::{Change, Committed, Error, Found, HistoryLine, Row};
use std::collections::BTreeSet;

/// Most times a turn that lost the compare-and-set is tried again.
const TRIES: u32 = 16;

/// A turn being taken.
#[derive(Debug)]
pub struct Turn {
    call: String,
    by: String,
    inputs: Vec<Input>,
    tries: u32,
    row: Option<Row>,
    fresh: Vec<Input>,
    next: Option<Doc>,
    lines: Vec<Line>,
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The inputs took effect, durably.
    Applied {
        /// The document as it stands now.
        doc: Box<Doc>,
        /// What happened, a line an input.
        lines: Vec<Line>,
    },
    /// Every input had taken effect before.
    Duplicate,
    /// The call is over; nothing changes it.
    Ended,
    /// No such call.
    Unknown,
    /// The call's program is not in the store, or its document cannot be read.
    Broken(String),
    /// The store cannot be used now; nothing happened.
    Busy(String),
}

impl OneShot for Turn {
    type End = Verdict;

    fn start(&mut self, _now: i64) -> Next<Verdict> {
        self.load()
    }

    fn got(&mut self, got: Got, now: i64) -> Next<Verdict> {
        match got {
            Got::Loaded(Ok(Found::Live { row, seen })) => self.loaded(row, &seen),
            Got::Loaded(Ok(Found::Ended(_))) => Next::Done(Verdict::Ended),
            Got::Loaded(Ok(Found::Unknown)) => Next::Done(Verdict::Unknown),
            Got::Loaded(Err(error)) => Next::Done(Verdict::Busy(error.to_string())),
            Got::Program(Ok(program)) => self.compute(program.as_deref(), now),
            Got::Program(Err(error)) => Next::Done(Verdict::Busy(error.to_string())),
            Got::Committed(result) => self.committed(result),
            Got::SetAside(_)
            | Got::Due(_)
            | Got::NextDue(_)
            | Got::Turned(_)
            | Got::Sent(_)
            | Got::Invoked(_)
            | Got::Waited => Next::Done(Verdict::Busy(MISMATCH.to_owned())),
        }
    }
}

impl Turn {
    /// A turn to take, by the process of this name. The same input twice is one.
    #[must_use]
    pub fn new(asked: Asked, by: &str) -> Turn {
        let Asked { call, mut inputs } = asked;
        let mut keys = BTreeSet::new();
        inputs.retain(|input| keys.insert(input.key.clone()));
        Turn { call, by: by.to_owned(), inputs, tries: 0, row: None, fresh: Vec::new(), next: None, lines: Vec::new() }
    }

    fn load(&self) -> Next<Verdict> {
        let keys = self.inputs.iter().map(|input| input.key.clone()).collect();
        Next::Want(Want::Load { call: self.call.clone(), keys })
    }

    fn loaded(&mut self, row: Row, seen: &[String]) -> Next<Verdict> {
        self.fresh = self.inputs.iter().filter(|input| !seen.contains(&input.key)).cloned().collect();
        if self.fresh.is_empty() {
            return Next::Done(Verdict::Duplicate);
        }
        let hash = row.program.clone();
        self.row = Some(row);
        Next::Want(Want::Program { hash })
    }

    fn compute(&mut self, program: Option<&Program>, now: i64) -> Next<Verdict> {
        let (Some(row), Some(program)) = (&self.row, program) else {
            return Next::Done(Verdict::Broken("the call's program is not in the store".to_owned()));
        };
        let doc = match Doc::from_bytes(&row.doc) {
            Ok(doc) => doc,
            Err(reason) => return Next::Done(Verdict::Broken(reason)),
        };
        let before = (&doc, row.doc.len(), row.rev);
        let Some(Applied { doc, bytes, lines }) = bounded::apply(before, program, &self.fresh, now, &self.by) else {
            let reason = "a defect of flowc: the call's document cannot be changed";
            return Next::Done(Verdict::Broken(reason.to_owned()));
        };
        let mut history = Vec::with_capacity(lines.len());
        for ((input, line), rev) in self.fresh.iter().zip(&lines).zip(row.rev + 1..) {
            let again = if planted(Bug::AppliedAgain) { format!("#{rev}") } else { String::new() };
            let event_key = format!("{}{again}", input.key);
            history.push(HistoryLine { rev, event_key, at: now, body: to_json(line) });
        }
        self.lines = lines;
        let change = Change {
            call: self.call.clone(),
            expected: row.rev,
            doc: bytes,
            program: if planted(Bug::NewestProgram) { "newest".to_owned() } else { row.program.clone() },
            next_due: doc.next_due(),
            history,
            natural_key: None,
            ended: doc.call.is_ended().then_some(now),
        };
        self.next = Some(doc);
        Next::Want(Want::Commit(Box::new(change)))
    }

    fn committed(&mut self, result: Result<Committed, Error>) -> Next<Verdict> {
        match result {
            Ok(Committed::Applied) => match self.next.take() {
                Some(doc) => {
                    Next::Done(Verdict::Applied { doc: Box::new(doc), lines: std::mem::take(&mut self.lines) })
                }
                None => Next::Done(Verdict::Broken("a commit that nobody asked for".to_owned())),
            },
            Err(Error::Unknown(_)) if planted(Bug::UnknownIsDone) => self.committed(Ok(Committed::Applied)),
            // Lost the race, or cannot know whether it was won: the fresh row and its history tell.
            Ok(Committed::Conflict | Committed::Duplicate | Committed::Exists { .. }) | Err(Error::Unknown(_)) => {
                self.tries += 1;
                if self.tries > TRIES {
                    return Next::Done(Verdict::Busy("the call changes too fast".to_owned()));
                }
                self.load()
            }
            Err(error) => Next::Done(Verdict::Busy(error.to_string())),
        }
    }
}

/// A history line's body.
#[must_use]
pub fn to_json(line: &Line) -> Vec<u8> {
    serde_json::to_vec(line).unwrap_or_default()
}
