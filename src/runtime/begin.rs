//! Creating a call: its first document, with its first step taken, as one change.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::machine::call::{Beginning, Call};
use crate::machine::event::EventKind;
use crate::runtime::doc::{Doc, InputKind, Line};
use crate::runtime::turn;
use crate::store::{Change, HistoryLine};

/// The change that creates a call, and its document.
#[must_use]
pub fn begin(program: &Program, hash: &str, beginning: Beginning, natural_key: Option<String>) -> (Change, Doc, Line) {
    let at = beginning.at;
    let id = beginning.id.clone();
    let (doc, line) = Doc::new(Call::begin(program, beginning)).apply(program, &InputKind::Event(EventKind::Begin), at);
    let change = Change {
        call: id,
        expected: 0,
        doc: doc.to_bytes(),
        program: hash.to_owned(),
        next_due: doc.next_due(),
        history: vec![HistoryLine { rev: 1, event_key: "begin".to_owned(), at, body: turn::to_json(&line) }],
        natural_key,
        ended: doc.call.is_ended().then_some(at),
    };
    (change, doc, line)
}
