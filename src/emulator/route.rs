//! From method and raw path to an operation. Colon-verbs stand inside the last segment, so paths are matched by hand.

use crate::emulator::answer::Refusal;
use crate::http::decode_segment;
use crate::platform::codes::Code;
use crate::platform::operations::{Operation, Row, TABLE};

/// An operation, and what its path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The operation.
    pub(crate) operation: Operation,
    /// The decoded id of the path, a call connection's or a recording's; empty where the path has none.
    pub(crate) id: String,
    /// The decoded raw id of a participant; empty where the path has none.
    pub(crate) who: String,
}

/// Finds the operation. Unknown paths are 404, known ones under another method 405.
pub(crate) fn route(method: &str, path: &str) -> Result<Route, Refusal> {
    let mut known = false;
    for row in TABLE {
        let Some((id, who)) = matches(row, path) else { continue };
        if row.method.as_str() == method {
            return Ok(Route { operation: row.operation, id, who });
        }
        known = true;
    }
    if known {
        return Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered on {path}")));
    }
    Err(Refusal::new(Code::new(404, 8522), format!("there is nothing at {path}")))
}

/// The two names of the path, decoded, if the row's path fits. An id never contains a colon or a slash, a raw id no slash.
fn matches(row: &Row, path: &str) -> Option<(String, String)> {
    let (mut pattern, mut rest) = (row.path, path);
    let (mut id, mut who) = (String::new(), String::new());
    while let Some((before, behind)) = pattern.split_once('{') {
        let (name, after) = behind.split_once('}')?;
        rest = rest.strip_prefix(before)?;
        let ends: &[char] = if name == "who" { &['/'] } else { &['/', ':'] };
        let length = rest.find(ends).unwrap_or(rest.len());
        let decoded = decode_segment(&rest[..length]).filter(|text| !text.is_empty())?;
        if name == "who" {
            who = decoded;
        } else {
            id = decoded;
        }
        (pattern, rest) = (after, &rest[length..]);
    }
    (pattern == rest).then_some((id, who))
}

#[cfg(test)]
mod tests {
    use crate::emulator::route::route;
    use crate::platform::operations::{Operation, TABLE};

    #[test]
    fn every_row_is_found_under_its_own_method_only() {
        for row in TABLE {
            let path = row.path.replace("{id}", "a%2Db").replace("{recording}", "a%2Db").replace("{who}", "4%3A%2B1");
            let found = route(row.method.as_str(), &path).expect("known");
            assert_eq!(found.operation, row.operation);
            assert_eq!(found.id, if path.contains("a%2Db") { "a-b" } else { "" });
            assert_eq!(found.who, if row.path.contains("{who}") { "4:+1" } else { "" });
            assert_eq!(route("PATCH", &path).expect_err("no such method").code.code, 405);
        }
    }

    #[test]
    fn colons_and_slashes_end_an_id() {
        for path in [
            "/calling/callConnections/",
            "/calling/callConnections/a/b",
            "/calling/callConnections/a:b:play",
            "/calling/callConnections/a/participants/",
            "/calling/callConnections/a/participants/b/c",
            "/calling/recordings/a:stop",
            "/",
            "/calling",
        ] {
            assert_eq!(route("POST", path).expect_err(path).code.code, 404, "{path}");
        }
        let play = route("POST", "/calling/callConnections/a:play").expect("known");
        assert_eq!((play.operation, play.id.as_str()), (Operation::Play, "a"));
    }
}
