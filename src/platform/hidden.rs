//! Personal data: what is used, stored and sent, and never printed.

use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::fmt;
use std::ops::{Deref, DerefMut};

/// Something of a person's: a number, a key they pressed, words they said or are told, what came along with their call.
///
/// It has no `Display`, and its `Debug` is three dots, so neither a log line nor a failed assertion can tell it by accident; what
/// contains it may derive `Debug` as usual. It is read by dereferencing it, and its serialised form is that of what it holds:
/// the store, the wire and the machine see it as if it were not wrapped.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl<T> Deref for Hidden<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Hidden<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

impl<T> From<T> for Hidden<T> {
    fn from(value: T) -> Self {
        Hidden(value)
    }
}

impl From<&str> for Hidden<String> {
    fn from(text: &str) -> Self {
        Hidden(text.to_owned())
    }
}

impl From<Hidden<String>> for String {
    fn from(text: Hidden<String>) -> String {
        text.0
    }
}

impl Borrow<str> for Hidden<String> {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Hidden<String> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Hidden<String> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl PartialEq<String> for Hidden<String> {
    fn eq(&self, other: &String) -> bool {
        self.0 == *other
    }
}

#[cfg(test)]
mod tests {
    use super::Hidden;
    use crate::platform::identifier::Identifier;

    /// What holds it may derive `Debug`.
    #[derive(Debug)]
    #[allow(dead_code, reason = "read by what it prints")]
    struct Caller {
        from: Hidden<String>,
        keys: Vec<Hidden<u8>>,
    }

    #[test]
    fn it_is_never_printed() {
        let caller = Caller { from: Hidden::from("+441632960100"), keys: vec![Hidden(7)] };
        assert_eq!(format!("{caller:?}"), "Caller { from: …, keys: […] }");
        assert!(!format!("{caller:#?}").contains("441632"));
    }

    #[test]
    fn whose_an_id_is_is_not_printed() {
        for id in
            ["4:+441632960100", "8:acs:a_b", "teams:0b1ed3c6-2e7b-4a3c-9c2d-1f2e3d4c5b6a", "28:orgid:x", "somebody"]
        {
            let printed = format!("{:?}", Identifier::parse(id));
            assert!(printed.ends_with("(…)") && !printed.contains(&id[3..]), "{printed}");
        }
    }

    #[test]
    fn stored_and_sent_it_is_as_if_it_were_not_wrapped() {
        let number = Hidden::from("+441632960100");
        assert_eq!(serde_json::to_string(&number).expect("a text"), r#""+441632960100""#);
        assert_eq!(serde_json::from_str::<Hidden<String>>(r#""+441632960100""#).expect("a text"), number);
        assert!(number.starts_with('+') && number == "+441632960100");
    }
}
