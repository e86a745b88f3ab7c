//! One turn of one call: load its row, apply inputs to its document, commit, and only then say what came of it.
//!
//! A one-shot state machine: [`Turn::start`] and each [`Turn::got`] answer with the next [`Want`]; the driver does it and
//! calls `got` with the result, until [`Want::Done`]. Nothing has happened before the commit that `Done(Applied)` follows.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::runtime::doc::{Doc, Input, Line};
use crate::store::{Change, Committed, Error, Found, HistoryLine, Row};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most times a turn that lost the compare-and-set is tried again.
const TRIES: u32 = 16;

/// A turn being taken.
#[derive(Debug)]
pub struct Turn {
    call: String,
    inputs: Vec<Input>,
    tries: u32,
    row: Option<Row>,
    fresh: Vec<Input>,
    next: Option<Doc>,
    lines: Vec<Line>,
}

/// What a turn wants done.
#[derive(Debug)]
pub enum Want {
    /// Read the call, and which of these keys its history has.
    Load {
        /// The call.
        call: String,
        /// The keys.
        keys: Vec<String>,
    },
    /// Get the program with this hash.
    Program {
        /// The hash.
        hash: String,
    },
    /// Make this change durable.
    Commit(Box<Change>),
    /// Nothing more.
    Done(Verdict),
}

/// The result of a want.
#[derive(Debug)]
pub enum Got {
    /// Of [`Want::Load`].
    Loaded(Result<Found, Error>),
    /// Of [`Want::Program`]; `None` when there is no such program.
    Program(Result<Option<Arc<Program>>, Error>),
    /// Of [`Want::Commit`].
    Committed(Result<Committed, Error>),
}

/// What came of a turn.
#[derive(Clone, Debug)]
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

impl Turn {
    /// Begins a turn. The same input twice is one.
    #[must_use]
    pub fn start(call: String, mut inputs: Vec<Input>) -> (Turn, Want) {
        let mut keys = BTreeSet::new();
        inputs.retain(|input| keys.insert(input.key.clone()));
        let turn = Turn { call, inputs, tries: 0, row: None, fresh: Vec::new(), next: None, lines: Vec::new() };
        let want = turn.load();
        (turn, want)
    }

    /// Hands over the result of what was wanted last; `now` in milliseconds since the epoch.
    pub fn got(&mut self, got: Got, now: i64) -> Want {
        match got {
            Got::Loaded(Ok(Found::Live { row, seen })) => self.loaded(row, &seen),
            Got::Loaded(Ok(Found::Ended(_))) => Want::Done(Verdict::Ended),
            Got::Loaded(Ok(Found::Unknown)) => Want::Done(Verdict::Unknown),
            Got::Loaded(Err(error)) => Want::Done(Verdict::Busy(error.to_string())),
            Got::Program(Ok(program)) => self.compute(program.as_deref(), now),
            Got::Program(Err(error)) => Want::Done(Verdict::Busy(error.to_string())),
            Got::Committed(result) => self.committed(result),
        }
    }

    fn load(&self) -> Want {
        let keys = self.inputs.iter().map(|input| input.key.clone()).collect();
        Want::Load { call: self.call.clone(), keys }
    }

    fn loaded(&mut self, row: Row, seen: &[String]) -> Want {
        self.fresh = self.inputs.iter().filter(|input| !seen.contains(&input.key)).cloned().collect();
        if self.fresh.is_empty() {
            return Want::Done(Verdict::Duplicate);
        }
        let hash = row.program.clone();
        self.row = Some(row);
        Want::Program { hash }
    }

    fn compute(&mut self, program: Option<&Program>, now: i64) -> Want {
        let (Some(row), Some(program)) = (&self.row, program) else {
            return Want::Done(Verdict::Broken("the call's program is not in the store".to_owned()));
        };
        let mut doc = match Doc::from_bytes(&row.doc) {
            Ok(doc) => doc,
            Err(reason) => return Want::Done(Verdict::Broken(reason)),
        };
        let mut history = Vec::new();
        self.lines.clear();
        for (input, rev) in self.fresh.iter().zip(row.rev + 1..) {
            let (next, line) = doc.apply(program, &input.kind, now);
            doc = next;
            history.push(HistoryLine { rev, event_key: input.key.clone(), at: now, body: to_json(&line) });
            self.lines.push(line);
        }
        let change = Change {
            call: self.call.clone(),
            expected: row.rev,
            doc: doc.to_bytes(),
            program: row.program.clone(),
            next_due: doc.next_due(),
            history,
            natural_key: None,
            ended: doc.call.is_ended().then_some(now),
        };
        self.next = Some(doc);
        Want::Commit(Box::new(change))
    }

    fn committed(&mut self, result: Result<Committed, Error>) -> Want {
        match result {
            Ok(Committed::Applied) => match self.next.take() {
                Some(doc) => {
                    Want::Done(Verdict::Applied { doc: Box::new(doc), lines: std::mem::take(&mut self.lines) })
                }
                None => Want::Done(Verdict::Broken("a commit that nobody asked for".to_owned())),
            },
            // Lost the race, or cannot know whether it was won: the fresh row and its history tell.
            Ok(Committed::Conflict | Committed::Duplicate | Committed::Exists { .. }) | Err(Error::Unknown(_)) => {
                self.tries += 1;
                if self.tries > TRIES {
                    return Want::Done(Verdict::Busy("the call changes too fast".to_owned()));
                }
                self.load()
            }
            Err(error) => Want::Done(Verdict::Busy(error.to_string())),
        }
    }
}

/// A history line's body.
#[must_use]
pub fn to_json(line: &Line) -> Vec<u8> {
    serde_json::to_vec(line).unwrap_or_default()
}
