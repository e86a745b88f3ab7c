//! Inputs applied to a call one after the other, within the bounds of a call. One that cannot be applied, by a defect of ours or
//! because the call would outgrow its bounds, becomes an event of its own, which leads the call on: its state is left as failed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::machine::call::Phase;
use crate::machine::event::EventKind;
use crate::runtime::doc::{Doc, Input, InputKind, Line};
use crate::runtime::kind;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest document of a call, in bytes.
pub const DOC_BYTES: usize = 64 << 10;
/// Longest history of a call that goes on, in lines; ending it takes some more.
pub const HISTORY_LINES: u64 = 2_000;

/// What inputs come to.
#[derive(Debug)]
pub struct Applied {
    /// The document after all of them.
    pub doc: Doc,
    /// Its stored form.
    pub bytes: Vec<u8>,
    /// A line for each input.
    pub lines: Vec<Line>,
}

/// Applies inputs to a document of revision `rev` whose stored form has so many bytes; `None` when not even a defect can be.
#[must_use]
pub fn apply(before: (&Doc, usize, u64), program: &Program, inputs: &[Input], at: i64, by: &str) -> Option<Applied> {
    let applied = fold(before, program, inputs, at, by, false)?;
    if applied.bytes.len() <= DOC_BYTES || before.1 > DOC_BYTES {
        return Some(applied);
    }
    // One of them is too much.
    fold(before, program, inputs, at, by, true)
}

fn fold(
    (doc, _, rev): (&Doc, usize, u64),
    program: &Program,
    inputs: &[Input],
    at: i64,
    by: &str,
    weighed: bool,
) -> Option<Applied> {
    let (mut after, mut lines) = (None, Vec::with_capacity(inputs.len()));
    for (input, rev) in inputs.iter().zip(rev + 1..) {
        let (next, line) = one(after.as_ref().unwrap_or(doc), program, (&input.kind, rev), at, by, weighed)?;
        after = Some(next);
        lines.push(line);
    }
    let doc = after.unwrap_or_else(|| doc.clone());
    let bytes = doc.to_bytes();
    Some(Applied { doc, bytes, lines })
}

fn one(
    doc: &Doc,
    program: &Program,
    (input, rev): (&InputKind, u64),
    at: i64,
    by: &str,
    weighed: bool,
) -> Option<(Doc, Line)> {
    // What a panic leaves behind is dropped: the document that was read is untouched.
    let tried = |input: &InputKind| catch_unwind(AssertUnwindSafe(|| doc.apply(program, input, at, by))).ok();
    let instead = |why: &str, ends| {
        let (event, why) = (kind::of_input(input), why.to_owned());
        tried(&InputKind::Event(EventKind::Defect { event, why, ends }))
    };
    if rev > HISTORY_LINES && matches!(doc.call.phase, Phase::Running) {
        return instead("the call has the longest history that a call may have", true);
    }
    match tried(input) {
        None => instead("a defect of flowc", false),
        Some((next, _)) if weighed && next.to_bytes().len() > DOC_BYTES => {
            instead("the call would remember more than a call may", false)
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::value::Values;
    use crate::machine::call::{Beginning, Call, Origin, Phase};
    use crate::machine::command::OpRef;
    use crate::machine::event::{Answer, EventKind, Facts};
    use crate::runtime::bounded::{DOC_BYTES, HISTORY_LINES, apply};
    use crate::runtime::doc::{Doc, Input, InputKind};
    use crate::simulator::stories;
    use std::collections::BTreeMap;

    /// The platform accepts the answer, and names the line so.
    fn accepted(line: &str) -> Input {
        let facts = Facts { connection: Some(line.to_owned()), ..Facts::default() };
        let op = OpRef { op: 1, attempt: 1 };
        let kind = InputKind::Event(EventKind::Response { op, answer: Answer::Accepted(facts) });
        Input { key: "a".to_owned(), kind }
    }

    #[test]
    fn a_call_outgrows_neither_its_document_nor_its_history() {
        let [lines, _] = stories::lines().expect("the stories compile");
        let program = &lines.flows["room"].program;
        let beginning = Beginning {
            id: "c".to_owned(),
            at: 0,
            origin: Origin::Inbound { context: "ctx".to_owned() },
            from: "+441632960100".to_owned(),
            to: "+18005550102".to_owned(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: "v".to_owned(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        let begin = Input { key: "b".to_owned(), kind: InputKind::Event(EventKind::Begin) };
        let begun =
            apply((&Doc::new(Call::begin(program, beginning)), 0, 0), program, &[begin], 0, "p").expect("begun");
        let before = (&begun.doc, begun.bytes.len(), 1);

        let small = apply(before, program, &[accepted("here")], 1, "p").expect("applied");
        assert!(!format!("{:?}", small.lines).contains("Defect"));
        let large =
            apply(before, program, &[accepted(&"x".repeat(DOC_BYTES)), accepted("here")], 1, "p").expect("applied");
        assert!(large.bytes.len() <= DOC_BYTES, "{}", large.bytes.len());
        assert!(format!("{:?}", large.lines).contains("would remember more"));
        assert_eq!(large.lines.len(), 2);

        let worn = (&begun.doc, begun.bytes.len(), HISTORY_LINES);
        let ended = apply(worn, program, &[accepted("here")], 1, "p").expect("applied");
        assert!(!matches!(ended.doc.call.phase, Phase::Running), "{:?}", ended.doc.call.phase);
    }
}
