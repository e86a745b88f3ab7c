//! Which live calls the platform means by a server call id. Several may be part of one whole call; whose id changes is known by
//! the newest.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use std::collections::{BTreeMap, BTreeSet};

/// What is known of live calls.
#[derive(Debug, Default)]
pub struct Whose {
    /// Pairs of server call id and call.
    pairs: BTreeSet<(String, String)>,
    /// The server call id of each call.
    of_call: BTreeMap<String, String>,
}

impl Whose {
    /// The call goes by this server call id from now on.
    pub fn is(&mut self, call: &str, server_call: &str) {
        if self.of_call.get(call).is_none_or(|known| known != server_call) {
            self.is_over(call);
            self.pairs.insert((server_call.to_owned(), call.to_owned()));
            self.of_call.insert(call.to_owned(), server_call.to_owned());
        }
    }

    /// The call lives no more.
    pub fn is_over(&mut self, call: &str) {
        if let Some(server_call) = self.of_call.remove(call) {
            self.pairs.remove(&(server_call, call.to_owned()));
        }
    }

    /// The calls that go by this server call id.
    #[must_use]
    pub fn of(&self, server_call: &str) -> Vec<String> {
        let from = (server_call.to_owned(), String::new());
        let of_it = self.pairs.range(from..).take_while(|(of, _)| of == server_call);
        of_it.map(|(_, call)| call.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::runtime::whose::Whose;

    #[test]
    fn calls_are_found_by_their_newest_server_call_while_they_live() {
        let mut whose = Whose::default();
        assert!(whose.of("s").is_empty());
        for call in ["b", "a", "a"] {
            whose.is(call, "s");
        }
        whose.is("c", "sx");
        assert_eq!(whose.of("s"), ["a", "b"]);
        whose.is("a", "t");
        assert_eq!((whose.of("s"), whose.of("t")), (vec!["b".to_owned()], vec!["a".to_owned()]));
        whose.is_over("b");
        whose.is_over("b");
        assert!(whose.of("s").is_empty());
        assert_eq!(whose.of("sx"), ["c"]);
    }
}
