//! The newest requests of the REST API, as `GET /emulator/requests` shows them. Headers are never kept: they carry secrets.

use std::collections::VecDeque;

use serde::Serialize;

/// How many are remembered.
const MOST: usize = 10_000;

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Entry {
    /// When, RFC 3339.
    pub(crate) at: String,
    /// The method.
    pub(crate) method: String,
    /// Raw path and query.
    pub(crate) target: String,
    /// The status it was answered with.
    pub(crate) status: u16,
    /// The body, where it was JSON.
    pub(crate) body: Option<serde_json::Value>,
}

/// The newest requests, oldest first.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Journal {
    requests: VecDeque<Entry>,
}

impl Journal {
    /// Adds one, forgetting the oldest where there are too many.
    pub(crate) fn add(&mut self, entry: Entry) {
        if self.requests.len() == MOST {
            self.requests.pop_front();
        }
        self.requests.push_back(entry);
    }
}

#[cfg(test)]
mod tests {
    use crate::emulator::journal::{Entry, Journal, MOST};

    #[test]
    fn only_the_newest_stay() {
        let mut journal = Journal::default();
        for number in 0..MOST + 5 {
            let target = format!("/{number}");
            journal.add(Entry { at: String::new(), method: "GET".to_owned(), target, status: 200, body: None });
        }
        assert_eq!(journal.requests.len(), MOST);
        assert_eq!(journal.requests.front().map(|entry| entry.target.as_str()), Some("/5"));
    }
}
