//! One turn of one call: load its row, apply inputs to its document, commit, and only then say what came of it.
//!
//! Nothing has happened before the commit that [`Verdict::Applied`] follows. What is remembered of the call takes the place of
//! the first load: if it is old, or an input has taken effect before, the commit is refused and the call is read.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::graph::Program;
use crate::planted::{Bug, planted};
use crate::runtime::bounded::{self, Applied};
use crate::runtime::doc::{Doc, Input, Line};
use crate::runtime::recent::Known;
use crate::runtime::shot::{Asked, Got, MISMATCH, Next, OneShot, Want};
use crate::store::{Change, Committed, Error, Found, HistoryLine, Row};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Most times a turn that lost the compare-and-set is tried again.
const TRIES: u32 = 16;

/// A turn being taken.
#[derive(Debug)]
pub struct Turn {
    call: String,
    by: String,
    inputs: Vec<Input>,
    tries: u32,
    /// The call as the turn is taken on it.
    before: Option<Known>,
    fresh: Vec<Input>,
    next: Option<Known>,
    lines: Vec<Line>,
}

/// What came of a turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The inputs took effect, durably.
    Applied {
        /// The call as it stands now.
        now: Known,
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
        match &self.before {
            Some(known) => {
                let hash = known.program.clone();
                self.fresh.clone_from(&self.inputs);
                Next::Want(Want::Program { hash })
            }
            None => self.load(),
        }
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
    /// A turn to take, by the process of this name, of a call of which so much is remembered. The same input twice is one.
    #[must_use]
    pub fn new(asked: Asked, by: &str, known: Option<Known>) -> Turn {
        let Asked { call, mut inputs } = asked;
        let mut keys = BTreeSet::new();
        inputs.retain(|input| keys.insert(input.key.clone()));
        let by = by.to_owned();
        Turn { call, by, inputs, tries: 0, before: known, fresh: Vec::new(), next: None, lines: Vec::new() }
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
        let doc = match Doc::from_bytes(&row.doc) {
            Ok(doc) => Arc::new(doc),
            Err(reason) => return Next::Done(Verdict::Broken(reason)),
        };
        let hash = row.program.clone();
        self.before = Some(Known { rev: row.rev, program: row.program, doc, bytes: row.doc.len() });
        Next::Want(Want::Program { hash })
    }

    fn compute(&mut self, program: Option<&Program>, now: i64) -> Next<Verdict> {
        let (Some(row), Some(program)) = (&self.before, program) else {
            return Next::Done(Verdict::Broken("the call's program is not in the store".to_owned()));
        };
        let before = (&*row.doc, row.bytes, row.rev);
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
        let next = Known {
            rev: row.rev + history.len() as u64,
            program: row.program.clone(),
            bytes: bytes.len(),
            doc: Arc::new(doc),
        };
        let doc = &next.doc;
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
        self.next = Some(next);
        Next::Want(Want::Commit(Box::new(change)))
    }

    fn committed(&mut self, result: Result<Committed, Error>) -> Next<Verdict> {
        match result {
            Ok(Committed::Applied) => match self.next.take() {
                Some(now) => Next::Done(Verdict::Applied { now, lines: std::mem::take(&mut self.lines) }),
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

#[cfg(test)]
mod tests {
    use crate::language::flow::state::{Kind, State};
    use crate::language::flow::value::Values;
    use crate::language::graph::Program;
    use crate::language::graph::program::Head;
    use crate::machine::call::{Beginning, Call, Origin};
    use crate::machine::event::{EventKind, Facts};
    use crate::runtime::doc::{Doc, Input, InputKind};
    use crate::runtime::recent::Known;
    use crate::runtime::shot::{Asked, Got, Next, OneShot, Want};
    use crate::runtime::turn::{TRIES, Turn, Verdict};
    use crate::store::{Committed, Error, Found, Row};
    use std::collections::BTreeMap;
    use std::sync::Arc;

    fn program() -> Program {
        let kind = Kind::Hangup { result: None, play: None, everyone: false };
        let bye = State { name: "bye".into(), group: None, locale: None, kind };
        Program::assemble(Head::default(), "bye", vec![bye], vec![]).expect("a program")
    }

    fn row(rev: u64) -> Row {
        let program = program();
        let beginning = Beginning {
            id: "c".into(),
            at: 1,
            origin: Origin::Outbound,
            from: String::new().into(),
            to: String::new().into(),
            params: Values::new(),
            settings: Values::new(),
            locale: None,
            voice: String::new(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        let doc = Doc::new(Call::begin(&program, beginning)).to_bytes();
        Row { call: "c".into(), rev, program: program.hash(), doc }
    }

    fn turn() -> Turn {
        let inputs = vec![Input { key: "due:1".into(), kind: InputKind::Event(EventKind::Due) }];
        Turn::new(Asked { call: "c".into(), inputs }, "p", None)
    }

    fn loaded(turn: &mut Turn, rev: u64, seen: &[&str]) -> Next<Verdict> {
        let seen = seen.iter().map(|&key| key.to_owned()).collect();
        turn.got(Got::Loaded(Ok(Found::Live { row: row(rev), seen })), 1)
    }

    /// The change that the turn wants made, of the row at this revision.
    fn computed(turn: &mut Turn, rev: u64) {
        assert!(matches!(loaded(turn, rev, &[]), Next::Want(Want::Program { .. })));
        match turn.got(Got::Program(Ok(Some(Arc::new(program())))), 1) {
            Next::Want(Want::Commit(change)) => assert_eq!((change.expected, change.rev()), (rev, rev + 1)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_commit_whose_outcome_nobody_knows_is_looked_up() {
        let unknown = || Got::Committed(Err(Error::Unknown("the connection was lost".into())));
        let mut made = turn();
        made.start(1);
        computed(&mut made, 1);
        assert!(matches!(made.got(unknown(), 1), Next::Want(Want::Load { .. })));
        let known = loaded(&mut made, 2, &["due:1"]);
        assert!(matches!(known, Next::Done(Verdict::Duplicate)), "it was made: {known:?}");
        let mut lost = turn();
        lost.start(1);
        computed(&mut lost, 1);
        lost.got(unknown(), 1);
        computed(&mut lost, 1);
        assert!(matches!(lost.got(Got::Committed(Ok(Committed::Applied)), 1), Next::Done(Verdict::Applied { .. })));
    }

    #[test]
    fn what_is_remembered_is_taken_for_what_is_stored_until_the_commit_says_otherwise() {
        let known = || {
            let row = row(4);
            let doc = Arc::new(Doc::from_bytes(&row.doc).expect("a document"));
            Some(Known { rev: row.rev, program: row.program, doc, bytes: row.doc.len() })
        };
        let asked = Asked { call: "c".into(), inputs: turn().inputs };
        for (refused, seen, rev) in [(Committed::Conflict, &[][..], 9), (Committed::Duplicate, &["due:1"][..], 4)] {
            let mut turn = Turn::new(asked.clone(), "p", known());
            assert!(matches!(turn.start(1), Next::Want(Want::Program { .. })), "nothing is read");
            let Next::Want(Want::Commit(change)) = turn.got(Got::Program(Ok(Some(Arc::new(program())))), 1) else {
                panic!("no change")
            };
            assert_eq!(change.expected, 4);
            assert!(matches!(turn.got(Got::Committed(Ok(refused)), 1), Next::Want(Want::Load { .. })));
            let next = loaded(&mut turn, rev, seen);
            if seen.is_empty() {
                assert!(matches!(next, Next::Want(Want::Program { .. })));
                let Next::Want(Want::Commit(change)) = turn.got(Got::Program(Ok(Some(Arc::new(program())))), 1) else {
                    panic!("no change")
                };
                assert_eq!(change.expected, 9);
            } else {
                assert!(matches!(next, Next::Done(Verdict::Duplicate)));
            }
        }
    }

    #[test]
    fn whoever_loses_the_race_takes_the_turn_anew() {
        let mut turn = turn();
        turn.start(1);
        for rev in 1..=u64::from(TRIES) {
            computed(&mut turn, rev);
            let again = turn.got(Got::Committed(Ok(Committed::Conflict)), 1);
            assert!(matches!(again, Next::Want(Want::Load { .. })), "{again:?}");
        }
        computed(&mut turn, 99);
        let given_up = turn.got(Got::Committed(Ok(Committed::Conflict)), 1);
        assert!(matches!(given_up, Next::Done(Verdict::Busy(_))), "{given_up:?}");
    }

    #[test]
    fn a_call_that_cannot_be_read_stands_still_and_says_why() {
        let mut without = turn();
        without.start(1);
        loaded(&mut without, 1, &[]);
        let Next::Done(Verdict::Broken(why)) = without.got(Got::Program(Ok(None)), 1) else { panic!("not broken") };
        assert!(why.contains("program"), "{why}");
        // One flipped bit of a document.
        let whole = row(1);
        for at in [0, whole.doc.len() / 2, whole.doc.len() - 1] {
            let mut flipped = whole.clone();
            flipped.doc[at] ^= 0x80;
            let mut turn = turn();
            turn.start(1);
            let end = turn.got(Got::Loaded(Ok(Found::Live { row: flipped, seen: vec![] })), 1);
            assert!(matches!(end, Next::Done(Verdict::Broken(_))), "{at}: {end:?}");
        }
    }
}
