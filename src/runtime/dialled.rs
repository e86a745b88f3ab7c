//! How many calls go on from each number of the resource that were placed from it: the platform allows so many at a time, two
//! where nobody has asked it for more, and refuses those beyond.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::call::{Call, Line, Origin};
use crate::machine::command::Command;
use crate::platform::hidden::Hidden;
use crate::platform::limits;
use crate::runtime::doc::Doc;
use std::collections::{BTreeMap, BTreeSet};

/// How long a dial waits for another call to end, in milliseconds: it is taken off its ringing.
const WAITS_MS: i64 = 5_000;
/// How long until it is looked again, in milliseconds.
const AGAIN_MS: u64 = 500;

/// The calls of a process, by the numbers they were placed from.
#[derive(Debug)]
pub struct Dialled {
    /// Most from one number; no more than there are where nobody says.
    most: Option<usize>,
    from: BTreeMap<String, Hidden<String>>,
    counts: BTreeMap<Hidden<String>, usize>,
    /// Calls that count no more since this process began, until all are found that were there before; what is read of them
    /// meanwhile may be older.
    over: Option<BTreeSet<String>>,
}

impl Default for Dialled {
    fn default() -> Dialled {
        Dialled { most: None, from: BTreeMap::new(), counts: BTreeMap::new(), over: Some(BTreeSet::new()) }
    }
}

/// What becomes of a dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// It may go.
    Is,
    /// None yet: to be asked again in so many milliseconds.
    Later(u64),
    /// None, for as long as may be waited.
    Never,
}

impl Dialled {
    /// Where no earlier process has left any calls.
    #[must_use]
    pub fn alone() -> Dialled {
        Dialled { over: None, ..Dialled::default() }
    }

    /// From now on no more calls than this are placed from one number.
    pub fn bound(&mut self, most: usize) {
        self.most = Some(most);
    }

    /// Most from one number.
    #[must_use]
    pub fn most(&self) -> usize {
        self.most.unwrap_or(usize::MAX)
    }

    /// Counts a call from this number, if there is room for it; once, however often it is said.
    pub fn takes(&mut self, call: &str, from: &str) -> bool {
        let held = self.from.get(call).is_some_and(|number| number == from);
        let count = self.counts.get(from).copied().unwrap_or(0);
        if !held && self.most.is_some_and(|most| count >= most) {
            return false;
        }
        self.holds(call, from);
        true
    }

    /// The same for a dial that was ordered then.
    pub fn asks(&mut self, call: &str, from: &str, ordered: i64, now: i64) -> Room {
        match (self.takes(call, from), now.saturating_sub(ordered) < WAITS_MS) {
            (true, _) => Room::Is,
            (false, true) => Room::Later(AGAIN_MS),
            (false, false) => Room::Never,
        }
    }

    /// How a call stands by now: whether it is one that was placed, and goes on.
    pub fn stands(&mut self, doc: &Doc) {
        if doc.outbox.iter().any(|pending| number(&pending.command).is_some()) {
            // It counts once it may go.
            return;
        }
        if goes_on(&doc.call) {
            self.holds(&doc.call.id, &doc.call.from);
        } else {
            self.gives(&doc.call.id);
        }
    }

    /// A call that an earlier process has left, as it was read a while ago.
    pub fn found(&mut self, doc: &Doc) {
        let is_over = self.over.as_ref().is_none_or(|over| over.contains(&doc.call.id));
        if !is_over && !self.from.contains_key(&doc.call.id) {
            self.stands(doc);
        }
    }

    /// All calls are found that earlier processes have left.
    pub fn all_found(&mut self) {
        self.over = None;
    }

    fn holds(&mut self, call: &str, from: &str) {
        if self.from.get(call).is_some_and(|number| number == from) {
            return;
        }
        self.gives(call);
        if let Some(over) = &mut self.over {
            over.remove(call);
        }
        self.from.insert(call.to_owned(), from.into());
        *self.counts.entry(from.into()).or_default() += 1;
    }

    /// The call counts no more.
    pub fn gives(&mut self, call: &str) {
        if let Some(over) = &mut self.over {
            over.insert(call.to_owned());
        }
        let Some(from) = self.from.remove(call) else { return };
        if let Some(count) = self.counts.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&from);
            }
        }
    }
}

/// Whether a call is one that was placed from a number to a number, and goes on.
fn goes_on(call: &Call) -> bool {
    let up = matches!(call.line, Line::Connecting | Line::Up) && !call.is_ended();
    up && call.origin == Origin::Outbound && limits::is_phone(&call.from) && limits::is_phone(&call.to)
}

/// The number that a request places a call from to another number.
#[must_use]
pub fn number(command: &Command) -> Option<&str> {
    match command {
        Command::Create { to, from: Some(from) } if to.iter().any(|to| limits::is_phone(to)) => Some(from),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::expr::Expr;
    use crate::language::flow::state::{Kind, State};
    use crate::language::flow::value::Value;
    use crate::language::graph::Program;
    use crate::language::graph::program::Head;
    use crate::machine::call::{Beginning, Call, Line, Origin};
    use crate::machine::event::Facts;
    use crate::runtime::dialled::{Dialled, Room};
    use crate::runtime::doc::Doc;
    use std::collections::BTreeMap;

    const SALES: &str = "+18005550100";
    const CARE: &str = "+18005550101";

    #[test]
    fn each_number_has_its_own_calls_and_no_more_than_may_be() {
        let mut dialled = Dialled::default();
        for call in ["a", "b", "c", "d"] {
            assert!(dialled.takes(call, SALES), "nobody has said how many");
        }
        dialled.bound(2);
        assert!(dialled.takes("d", SALES), "what goes on goes on");
        for call in ["a", "b", "b"] {
            dialled.gives(call);
        }
        assert!(!dialled.takes("e", SALES));
        assert!(dialled.takes("e", CARE) && dialled.takes("e", CARE), "one call");
        assert!(dialled.takes("f", CARE));
        dialled.gives("c");
        assert!(dialled.takes("e", SALES), "dialled anew, from another number");
        assert!(dialled.takes("g", CARE), "which makes room on the first");
        assert!(!dialled.takes("h", CARE) && !dialled.takes("h", SALES));
    }

    #[test]
    fn a_dial_waits_a_little_for_room() {
        let mut dialled = Dialled::default();
        dialled.bound(1);
        assert_eq!(dialled.asks("a", SALES, 1_000, 1_000), Room::Is);
        assert_eq!(dialled.asks("b", SALES, 1_000, 5_999), Room::Later(500));
        assert_eq!(dialled.asks("b", SALES, 1_000, 6_000), Room::Never);
        dialled.gives("a");
        assert_eq!(dialled.asks("b", SALES, 1_000, 6_000), Room::Is);
    }
    /// A call that was placed from this number, and goes on.
    fn up(id: &str, from: &str) -> Doc {
        let beginning = Beginning {
            id: id.to_owned(),
            at: 0,
            origin: Origin::Outbound,
            from: from.to_owned().into(),
            to: "+441632960100".into(),
            params: BTreeMap::new(),
            settings: BTreeMap::new(),
            locale: None,
            voice: "v".to_owned(),
            facts: Facts::default(),
            headers: BTreeMap::new(),
        };
        let program = Program::assemble(Head::default(), "rest", vec![rest()], Vec::new()).expect("a program");
        let mut call = Call::begin(&program, beginning);
        call.line = Line::Up;
        Doc::new(call)
    }

    fn rest() -> State {
        let kind = Kind::Wait { time: Expr::Const(Value::Duration(1)) };
        State { name: "rest".to_owned(), group: None, locale: None, kind }
    }

    #[test]
    fn what_an_earlier_process_has_left_counts_unless_it_is_over_by_now() {
        let mut dialled = Dialled::default();
        dialled.bound(2);
        let (early, late) = (up("early", SALES), up("late", SALES));
        // Its end came while the others were being read, and what was read of it is older.
        dialled.stands(&early);
        dialled.gives("early");
        dialled.found(&early);
        dialled.found(&late);
        assert!(dialled.takes("a", SALES));
        assert!(!dialled.takes("b", SALES));
        dialled.all_found();
        dialled.gives("late");
        dialled.found(&late);
        assert!(dialled.takes("b", SALES), "nothing is found any more");
    }
}
