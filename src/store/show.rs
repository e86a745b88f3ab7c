//! Rows as they are printed: without the documents, which hold what callers keyed in and said.

use crate::store::{Change, Ended, HistoryLine, Listed, Row};
use std::fmt::{Debug, Formatter, Result};

impl Debug for Row {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Row")
            .field("call", &self.call)
            .field("rev", &self.rev)
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

impl Debug for Ended {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Ended").field("call", &self.call).field("at", &self.at).finish_non_exhaustive()
    }
}

impl Debug for HistoryLine {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("HistoryLine")
            .field("rev", &self.rev)
            .field("event_key", &self.event_key)
            .field("at", &self.at)
            .finish_non_exhaustive()
    }
}

impl Debug for Change {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Change")
            .field("call", &self.call)
            .field("expected", &self.expected)
            .field("next_due", &self.next_due)
            .field("history", &self.history)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Debug for Listed {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Listed").field("call", &self.call).field("ended", &self.ended).finish_non_exhaustive()
    }
}
