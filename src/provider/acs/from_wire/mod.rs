//! Turns what the platform sends into what the machine and the runtime read: answers to requests, mid-call webhooks,
//! Event Grid deliveries. Bodies come in as bytes and are checked for depth before they are parsed; no error repeats
//! anything a body said, as it may hold names, numbers and digits. Knows nothing of calls, clocks and sockets.

use crate::platform::depth;
use crate::platform::limits;
use aws_lc_rs::digest;
use serde::Deserialize;
use serde_json::value::RawValue;

pub(crate) mod first;
pub mod grid;
pub mod pages;
pub mod response;
pub mod webhook;

/// Why a body as a whole cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// Nested deeper than [`limits::JSON_DEPTH`].
    #[error("the body nests deeper than {} levels", limits::JSON_DEPTH)]
    TooDeep,
    /// More elements than Event Grid puts into one delivery.
    #[error("the body has more than {MOST_EVENTS} events")]
    TooMany,
    /// No JSON, or neither an object nor an array.
    #[error("the body is neither a JSON object nor an array of them: {0}")]
    NotEvents(String),
}

/// One element of a body that cannot be read, for quarantine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its type on the wire; empty where even that cannot be read.
    pub wire_type: String,
    /// Why; says places and kinds, never values.
    pub reason: String,
}

/// Most events of one delivery (Event Grid: 5,000 a batch).
const MOST_EVENTS: usize = 5_000;
/// Longest text taken over as a name or a key as it stands; a longer one is cut or hashed.
const NAME_CHARS: usize = 200;

/// The elements of a body: those of an array, or the one object.
fn elements(body: &[u8]) -> Result<Vec<&RawValue>, BodyError> {
    if !depth::is_within(body, limits::JSON_DEPTH) {
        return Err(BodyError::TooDeep);
    }
    let whole: &RawValue = serde_json::from_slice(body).map_err(|error| BodyError::NotEvents(place(&error)))?;
    match whole.get().as_bytes().first() {
        Some(b'[') => {
            let all: Vec<&RawValue> =
                serde_json::from_str(whole.get()).map_err(|error| BodyError::NotEvents(place(&error)))?;
            if all.len() > MOST_EVENTS { Err(BodyError::TooMany) } else { Ok(all) }
        }
        Some(b'{') => Ok(vec![whole]),
        _ => Err(BodyError::NotEvents("it is a bare value".to_owned())),
    }
}

/// Reads a typed part out of raw JSON, with an error that says the part and where in it.
fn part<'a, T: Deserialize<'a>>(name: &str, raw: &'a RawValue) -> Result<T, String> {
    // A list would be taken for an object whose members stand in order.
    if !raw.get().starts_with('{') {
        return Err(format!("{name}: it is not an object"));
    }
    serde_json::from_str(raw.get()).map_err(|error| format!("{name}: {}", place(&error)))
}

/// What serde found, without the values its own message would repeat.
fn place(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Io => "it cannot be read",
        serde_json::error::Category::Syntax => "it is not JSON",
        serde_json::error::Category::Data => "a member is missing or has another type than documented",
        serde_json::error::Category::Eof => "it ends too early",
    };
    format!("{what} (line {}, column {})", error.line(), error.column())
}

/// Hex SHA-256 of several texts; which text ends where counts.
fn fingerprint(texts: &[&str]) -> String {
    let mut sum = digest::Context::new(&digest::SHA256);
    for text in texts {
        sum.update(&(text.len() as u64).to_be_bytes());
        sum.update(text.as_bytes());
    }
    hex(sum.finish().as_ref())
}

/// Hex SHA-256 of one text alone.
fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A name of the platform's, cut to a bounded length.
fn bounded(name: &str) -> String {
    name.chars().take(NAME_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::from_wire::{BodyError, elements, fingerprint, sha256};

    #[test]
    fn arrays_and_single_objects_have_elements() {
        let texts = |body: &str| {
            elements(body.as_bytes()).map(|all| all.iter().map(|raw| raw.get().to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(texts(r#" [{"a":1}, 2] "#), Ok(vec![r#"{"a":1}"#.to_owned(), "2".to_owned()]));
        assert_eq!(texts(r#" {"a":1} "#), Ok(vec![r#"{"a":1}"#.to_owned()]));
        assert_eq!(texts("[]"), Ok(Vec::new()));
        for body in ["", "[", "{", "nonsense", "1", "null", "\"text\"", "[1] x"] {
            assert!(matches!(texts(body), Err(BodyError::NotEvents(_))), "{body}");
        }
        assert_eq!(elements(&[b'['; 100_000]).map(|_| ()), Err(BodyError::TooDeep));
        assert!(matches!(elements(b"\xff\xfe"), Err(BodyError::NotEvents(_))));
    }

    #[test]
    fn fingerprints() {
        assert_eq!(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
    }
}
