//! From method and raw path to an operation. Colon-verbs stand inside the last segment, so paths are matched by hand.

use crate::emulator::answer::Refusal;
use crate::http::decode_segment;
use crate::platform::codes::Code;
use crate::platform::operations::{Operation, Row, TABLE};

/// An operation, and the call connection it is about where it has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    /// The operation.
    pub(crate) operation: Operation,
    /// The decoded id of the path; empty where the path has none.
    pub(crate) connection: String,
}

/// Finds the operation. Unknown paths are 404, known ones under another method 405.
pub(crate) fn route(method: &str, path: &str) -> Result<Route, Refusal> {
    let mut known = false;
    for row in TABLE {
        let Some(connection) = matches(row, path) else { continue };
        if row.method.as_str() == method {
            return Ok(Route { operation: row.operation, connection });
        }
        known = true;
    }
    if known {
        return Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered on {path}")));
    }
    Err(Refusal::new(Code::new(404, 8522), format!("there is nothing at {path}")))
}

/// The id of the path, decoded, if the row's path fits. An id never contains a colon or a slash.
fn matches(row: &Row, path: &str) -> Option<String> {
    let Some((before, after)) = row.path.split_once("{id}") else {
        return (row.path == path).then(String::new);
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    if id.is_empty() || id.contains([':', '/']) {
        return None;
    }
    decode_segment(id)
}

#[cfg(test)]
mod tests {
    use crate::emulator::route::route;
    use crate::platform::operations::{Operation, TABLE};

    #[test]
    fn every_row_is_found_under_its_own_method_only() {
        for row in TABLE {
            let path = row.path.replace("{id}", "a%2Db");
            let found = route(row.method.as_str(), &path).expect("known");
            assert_eq!(found.operation, row.operation);
            assert_eq!(found.connection, if row.path.contains("{id}") { "a-b" } else { "" });
            assert_eq!(route("PATCH", &path).expect_err("no such method").code.code, 405);
        }
    }

    #[test]
    fn colons_and_slashes_end_an_id() {
        for path in [
            "/calling/callConnections/",
            "/calling/callConnections/a/b",
            "/calling/callConnections/a:b:play",
            "/",
            "/calling",
        ] {
            assert_eq!(route("POST", path).expect_err(path).code.code, 404, "{path}");
        }
        let play = route("POST", "/calling/callConnections/a:play").expect("known");
        assert_eq!((play.operation, play.connection.as_str()), (Operation::Play, "a"));
    }
}
