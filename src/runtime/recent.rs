//! Calls as this process last knew them to be stored, so that a turn need not read again what it wrote itself. A hint: whoever
//! changed a call since then makes the next change from here lose its race, and the call is read anew.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::runtime::doc::Doc;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Most bytes of stored documents that are remembered; what is remembered takes some times that.
const MOST_BYTES: usize = 16 << 20;

/// A live call as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its revision.
    pub rev: u64,
    /// Hash of its program.
    pub program: String,
    /// Its document.
    pub doc: Arc<Doc>,
    /// How long the document's stored form is, in bytes.
    pub bytes: usize,
}

/// The calls that changed last.
#[derive(Debug, Default)]
pub struct Recent {
    calls: BTreeMap<String, Known>,
    /// In the order in which they were first remembered.
    order: VecDeque<String>,
    bytes: usize,
}

impl Recent {
    /// What is known of a call.
    #[must_use]
    pub fn of(&self, call: &str) -> Option<&Known> {
        self.calls.get(call)
    }

    /// Remembers a call, and forgets those that were first remembered longest ago where there are too many. Older than what is
    /// known, it is nothing new.
    pub fn is(&mut self, call: &str, known: Known) {
        if known.doc.call.is_ended() {
            return self.forget(call);
        }
        match self.calls.get_mut(call) {
            Some(before) if before.rev > known.rev => return,
            Some(before) => {
                self.bytes = self.bytes - before.bytes + known.bytes;
                *before = known;
            }
            None => {
                self.bytes += known.bytes;
                self.calls.insert(call.to_owned(), known);
                self.order.push_back(call.to_owned());
            }
        }
        while self.bytes > MOST_BYTES {
            let Some(oldest) = self.order.pop_front() else { return };
            self.drop_call(&oldest);
        }
        // Calls that were forgotten by name still stand in the order.
        while self.order.len() > 2 * self.calls.len() + 16 {
            let calls = &self.calls;
            let mut kept = std::collections::BTreeSet::new();
            self.order.retain(|call| calls.contains_key(call) && kept.insert(call.clone()));
        }
    }

    /// Forgets a call.
    pub fn forget(&mut self, call: &str) {
        self.drop_call(call);
    }

    fn drop_call(&mut self, call: &str) {
        if let Some(known) = self.calls.remove(call) {
            self.bytes -= known.bytes;
        }
    }
}
