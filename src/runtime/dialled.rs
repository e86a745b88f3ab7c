//! How many calls go on from each number of the resource that were placed from it: the platform allows so many at a time, two
//! where nobody has asked it for more, and refuses those beyond.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::call::{Line, Origin};
use crate::machine::command::Command;
use crate::platform::limits;
use crate::runtime::doc::Doc;
use std::collections::BTreeMap;

/// How long a dial waits for another call to end, in milliseconds: it is taken off its ringing.
const WAITS_MS: i64 = 5_000;
/// How long until it is looked again, in milliseconds.
const AGAIN_MS: u64 = 500;

/// The calls of a process, by the numbers they were placed from.
#[derive(Debug, Default)]
pub struct Dialled {
    /// Most from one number; no more than there are where nobody says.
    most: Option<usize>,
    from: BTreeMap<String, String>,
    counts: BTreeMap<String, usize>,
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
        let call = &doc.call;
        let goes_on = matches!(call.line, Line::Connecting | Line::Up) && !call.is_ended();
        if goes_on && call.origin == Origin::Outbound && limits::is_phone(&call.from) && limits::is_phone(&call.to) {
            self.holds(&call.id, &call.from);
        } else {
            self.gives(&call.id);
        }
    }

    fn holds(&mut self, call: &str, from: &str) {
        if self.from.get(call).is_some_and(|number| number == from) {
            return;
        }
        self.gives(call);
        self.from.insert(call.to_owned(), from.to_owned());
        *self.counts.entry(from.to_owned()).or_default() += 1;
    }

    /// The call counts no more.
    pub fn gives(&mut self, call: &str) {
        let Some(from) = self.from.remove(call) else { return };
        if let Some(count) = self.counts.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&from);
            }
        }
    }
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
    use crate::runtime::dialled::{Dialled, Room};

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
}
