//! Lists that come in pages: where the next one lies, and pages joined. Pure.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::machine::event::{Answer, Facts};
use crate::platform::depth;
use crate::platform::limits;
use crate::platform::operations::Operation;
use crate::provider::Outcome;
use crate::provider::acs::wire;

/// Most pages of one list (own bound; a call has far fewer people than these hold).
pub const MOST_PAGES: usize = 20;

/// What follows a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing: it was the last.
    Nothing,
    /// Another one, at this path and query.
    Page(String),
    /// Another one that lies with somebody else, or nowhere: it is not asked for.
    Astray,
}

/// What follows a page of the list that `origin` gave. The platform names the next page by its address or its path.
#[must_use]
pub fn next(operation: Operation, body: &[u8], origin: &str) -> Next {
    if operation != Operation::ListParticipants || !depth::is_within(body, limits::JSON_DEPTH) {
        return Next::Nothing;
    }
    let page: wire::Participants = serde_json::from_slice(body).unwrap_or_default();
    let Some(link) = page.next_link.filter(|link| !link.is_empty()) else { return Next::Nothing };
    let home = link.get(..origin.len()).is_some_and(|head| head.eq_ignore_ascii_case(origin));
    let path = if home { &link[origin.len()..] } else { &link };
    let plain = |b: u8| (b'!'..=b'~').contains(&b) && !matches!(b, b'#' | b'\\');
    if path.starts_with('/') && !path.starts_with("//") && path.bytes().all(plain) {
        return Next::Page(path.to_owned());
    }
    Next::Astray
}

/// A page with those before it. One that did not come leaves nothing but what became of it: part of a list is no answer.
#[must_use]
pub fn joined(before: Option<Facts>, page: Outcome) -> Outcome {
    let Some(mut whole) = before else { return page };
    match page {
        Outcome::Definite(Answer::Accepted(facts)) => {
            if let Some(said) = facts.said {
                whole.said.get_or_insert_default().people.extend(said.people);
            }
            Outcome::Definite(Answer::Accepted(whole))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::operations::Operation;
    use crate::provider::acs::from_wire::pages::{Next, next};

    const HERE: &str = "https://a.example:8443";

    fn of(link: &str) -> Next {
        let body = format!(r#"{{"value":[],"nextLink":{link}}}"#);
        next(Operation::ListParticipants, body.as_bytes(), HERE)
    }

    #[test]
    fn pages_are_followed_at_home() {
        let page = |path: &str| Next::Page(path.to_owned());
        assert_eq!(of(r#""https://a.example:8443/x/y?api-version=1&skip=%2B2""#), page("/x/y?api-version=1&skip=%2B2"));
        assert_eq!(of(r#""/x/y""#), page("/x/y"));
        for elsewhere in [
            "https://b.example/x",
            "http://a.example:8443/x",
            "//b.example/x",
            "https://u:p@a.example:8443/x",
            "https://a.example:8443@b.example/x",
            "https://a.example:84430/x",
            "x",
            "/x y",
            "/x#y",
        ] {
            assert_eq!(of(&format!("\"{elsewhere}\"")), Next::Astray, "{elsewhere}");
        }
        for none in ["null", "\"\""] {
            assert_eq!(of(none), Next::Nothing);
        }
        assert_eq!(next(Operation::ListParticipants, br#"{"value":[]}"#, HERE), Next::Nothing);
        assert_eq!(next(Operation::GetCall, br#"{"value":[],"nextLink":"/x"}"#, HERE), Next::Nothing);
    }
}
