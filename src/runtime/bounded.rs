//! Inputs applied to a call one after the other, within the bounds of a call. One that cannot be applied, by a defect of ours or
//! because the call would outgrow its bounds, becomes an event of its own, which leads the call on: its state is left as failed.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::machine::call::Phase;
use crate::machine::event::EventKind;
use crate::runtime::doc::{Doc, Input, InputKind, Line};
use crate::runtime::kind;
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Largest document of a call, in bytes.
pub const DOC_BYTES: usize = 64 << 10;
/// Longest history of a call that goes on, in lines; ending it takes some more.
pub const HISTORY_LINES: u64 = 2_000;

/// Most bytes of an event in a history. Texts of a webhook with more are cut.
pub const EVENT_BYTES: usize = 64 << 10;
/// Longest text of a webhook that is cut, in bytes.
const TEXT_BYTES: usize = 4 << 10;

/// What inputs come to.
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
    let large = |done: &(Doc, Line)| size(&done.1.input) > EVENT_BYTES;
    let done = match tried(input) {
        Some(done) if large(&done) => {
            match shorter(input).and_then(|input| tried(&input)).filter(|done| !large(done)) {
                Some(done) => Some(done),
                None => return instead("it says more than a history keeps of one event", false),
            }
        }
        done => done,
    };
    match done {
        None => instead("a defect of flowc", false),
        Some((next, _)) if weighed && next.to_bytes().len() > DOC_BYTES => {
            instead("the call would remember more than a call may", false)
        }
        done => done,
    }
}

/// How many bytes something takes in a history.
fn size(input: &InputKind) -> usize {
    serde_json::to_vec(input).map_or(usize::MAX, |bytes| bytes.len())
}

/// The same webhook with its long texts cut, and a mark where. It is cut before it is applied: the document stays the fold of
/// the history. What else happens is not cut: ids in answers, typed values.
fn shorter(input: &InputKind) -> Option<InputKind> {
    let InputKind::Event(EventKind::Webhook(_)) = input else { return None };
    let mut whole = serde_json::to_value(input).ok()?;
    let mut left = vec![&mut whole];
    while let Some(value) = left.pop() {
        match value {
            Json::String(text) if text.len() > TEXT_BYTES => {
                let length = text.len();
                text.truncate(text.floor_char_boundary(TEXT_BYTES));
                text.push_str(&format!("… (cut from {length} bytes)"));
            }
            Json::Array(values) => left.extend(values),
            Json::Object(fields) => left.extend(fields.values_mut()),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
    }
    serde_json::from_value(whole).ok()
}

#[cfg(test)]
mod tests {
    use crate::language::flow::value::Values;
    use crate::machine::call::{Beginning, Call, Origin, Phase};
    use crate::machine::command::OpRef;
    use crate::machine::event::{Answer, EventKind, Facts, Webhook, WebhookKind};
    use crate::platform::codes::Code;
    use crate::runtime::bounded::{DOC_BYTES, EVENT_BYTES, HISTORY_LINES, TEXT_BYTES, apply, size};
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
            origin: Origin::Inbound { context: "ctx".into() },
            from: "+441632960100".into(),
            to: "+18005550102".into(),
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
        assert!(format!("{:?}", large.lines).contains("more than a history keeps"));
        assert_eq!(large.lines.len(), 2);

        let much = accepted(&"x".repeat(DOC_BYTES - 500));
        assert!(size(&much.kind) < EVENT_BYTES);
        let outgrown = apply(before, program, &[much], 1, "p").expect("applied");
        assert!(outgrown.bytes.len() <= DOC_BYTES && format!("{:?}", outgrown.lines).contains("would remember more"));

        let said = |text: String| {
            let kind = WebhookKind::AnswerFailed;
            let facts = Facts { correlation: Some(text), ..Facts::default() };
            let webhook = Webhook { op: None, facts, code: Code { code: 500, sub: 0 }, kind };
            Input { key: "a".to_owned(), kind: InputKind::Event(EventKind::Webhook(webhook)) }
        };
        let long = said("é".repeat(EVENT_BYTES));
        let cut = apply(before, program, std::slice::from_ref(&long), 1, "p").expect("applied");
        let line = &cut.lines[0];
        assert!(size(&long.kind) > EVENT_BYTES && size(&line.input) < 2 * TEXT_BYTES);
        assert!(format!("{:?}", line.input).contains("… (cut from 131072 bytes)"), "the line says so");
        let again = Input { key: "a".to_owned(), kind: line.input.clone() };
        let again = apply(before, program, &[again], 1, "p").expect("applied");
        assert_eq!(again.bytes, cut.bytes, "what the line has is what was applied");
        let whole = apply(before, program, &[said("x".repeat(EVENT_BYTES / 2))], 1, "p").expect("applied");
        assert!(size(&whole.lines[0].input) > EVENT_BYTES / 2, "what there is room for is whole");

        let worn = (&begun.doc, begun.bytes.len(), HISTORY_LINES);
        let ended = apply(worn, program, &[accepted("here")], 1, "p").expect("applied");
        assert!(!matches!(ended.doc.call.phase, Phase::Running), "{:?}", ended.doc.call.phase);
    }
}
