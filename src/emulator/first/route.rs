//! From method and path to an operation of one of the first generations. Verbs are segments of their own there.

use crate::emulator::answer::Refusal;
use crate::http::decode_segment;
use crate::platform::codes::Code;
use crate::platform::generations::{Form, Generation};

/// An operation, and what its path names, decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) form: &'static Form,
    /// The leg; empty where the path names none.
    pub(crate) id: String,
    /// The whole call; empty where the path does not name it.
    pub(crate) call: String,
    pub(crate) who: Option<String>,
    pub(crate) recording: Option<String>,
}

/// Finds the operation. Unknown paths are 404, known ones under another method 405.
pub(crate) fn route(generation: Generation, method: &str, path: &str) -> Result<Found, Refusal> {
    let mut known = false;
    for form in generation.forms() {
        let Some(found) = matches(form, path) else { continue };
        if form.method.as_str() == method {
            return Ok(found);
        }
        known = true;
    }
    if known {
        return Err(Refusal::new(Code::new(405, 8520), format!("{method} is not offered on {path}")));
    }
    Err(Refusal::new(Code::new(404, 8522), format!("there is nothing at {path}")))
}

fn matches(form: &'static Form, path: &str) -> Option<Found> {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (form.path.split('/').collect(), path.split('/').collect());
    if pattern.len() != path.len() {
        return None;
    }
    let mut found = Found { form, id: String::new(), call: String::new(), who: None, recording: None };
    for (wanted, given) in pattern.into_iter().zip(path) {
        if !wanted.starts_with('{') {
            if wanted != given {
                return None;
            }
            continue;
        }
        let id = decode_segment(given).filter(|id| !id.is_empty() && !given.starts_with(':'))?;
        match wanted {
            "{id}" => found.id = id,
            "{call}" => found.call = id,
            "{who}" => found.who = Some(id),
            "{recording}" => found.recording = Some(id),
            // The table has no other; a test holds it.
            _ => return None,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use crate::emulator::first::route::route;
    use crate::platform::generations::{GENERATIONS, Generation};

    #[test]
    fn every_form_is_found_under_its_own_method_only() {
        for generation in GENERATIONS {
            for form in generation.forms() {
                let mut path = form.path.to_owned();
                for place in ["{id}", "{call}", "{who}", "{recording}"] {
                    path = path.replace(place, "a%2Db");
                }
                let found = route(*generation, form.method.as_str(), &path).expect("known");
                assert_eq!(found.form, form, "{path}");
                assert!([found.id.as_str(), &found.call].iter().all(|id| ["", "a-b"].contains(id)));
                assert_eq!(found.who.is_some(), form.path.contains("{who}"));
                assert_eq!(route(*generation, "PATCH", &path).expect_err("no such method").code.code, 405);
            }
        }
    }

    #[test]
    fn verbs_are_segments() {
        for path in [
            "/calling/callConnections/a:hangup",
            "/calling/callConnections/:hangup",
            "/calls/a/Hangup",
            "/calling/calls",
        ] {
            let refusal = route(Generation::CallConnections, "POST", path).expect_err(path);
            assert_eq!(refusal.code.code, 404, "{path}");
        }
    }
}
