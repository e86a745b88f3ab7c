//! From the bytes of a body to its wire type, or to a refusal that names the field.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::emulator::answer::Refusal;
use crate::platform::codes::refusal::INVALID;
use crate::platform::depth;
use crate::platform::limits::JSON_DEPTH;

/// Reads a JSON body.
pub(crate) fn parse<T: DeserializeOwned + Serialize>(content_type: Option<&str>, bytes: &[u8]) -> Result<T, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(INVALID, "the request has no body"));
    }
    let media_type = content_type.and_then(|text| text.split(';').next()).map(str::trim);
    if !media_type.is_some_and(|text| text.eq_ignore_ascii_case("application/json")) {
        return Err(Refusal::new(INVALID, "Content-Type: must be application/json"));
    }
    if !depth::is_within(bytes, JSON_DEPTH) {
        return Err(Refusal::new(INVALID, format!("the body nests deeper than {JSON_DEPTH} levels")));
    }
    let typed: T = serde_json::from_slice(bytes).map_err(|error| unreadable(&error, bytes))?;
    let written: Value = serde_json::from_slice(bytes).map_err(|error| unreadable(&error, bytes))?;
    let read = serde_json::to_value(&typed).map_err(|error| unreadable(&error, bytes))?;
    match list_for_object(&written, &read) {
        None => Ok(typed),
        Some(path) if path.is_empty() => Err(Refusal::new(INVALID, "the body must be an object, not a list")),
        Some(path) => Err(Refusal::field(path.trim_start_matches('.'), "must be an object, not a list")),
    }
}

/// The path of a list that was read as an object, member by member: serde takes that for granted, the platform does not.
fn list_for_object(written: &Value, read: &Value) -> Option<String> {
    match (written, read) {
        (Value::Array(_), Value::Object(_)) => Some(String::new()),
        (Value::Array(written), Value::Array(read)) => {
            let mut pairs = written.iter().zip(read).enumerate();
            pairs.find_map(|(index, (written, read))| Some(format!("[{index}]{}", list_for_object(written, read)?)))
        }
        (Value::Object(written), Value::Object(read)) => {
            let mut members = written.iter().filter_map(|(key, value)| Some((key, value, read.get(key)?)));
            members.find_map(|(key, written, read)| Some(format!(".{key}{}", list_for_object(written, read)?)))
        }
        _ => None,
    }
}

/// Says where: the path of the place where the reader stopped.
fn unreadable(error: &serde_json::Error, bytes: &[u8]) -> Refusal {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    match error.classify() {
        serde_json::error::Category::Data => {
            let path = path_at(bytes, offset(bytes, error.line(), error.column()));
            if path.is_empty() { Refusal::new(INVALID, what) } else { Refusal::field(&path, what) }
        }
        serde_json::error::Category::Eof | serde_json::error::Category::Io | serde_json::error::Category::Syntax => {
            Refusal::new(INVALID, format!("the body is not JSON: {text}"))
        }
    }
}

/// Where line and column (both from 1) lie in the bytes.
fn offset(bytes: &[u8], line: usize, column: usize) -> usize {
    let start: usize = bytes.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1)).map(<[u8]>::len).sum();
    (start + column).min(bytes.len())
}

/// One open object or array, and where in it the reader is.
enum Frame {
    Element(usize),
    Member(String),
}

/// The path (`playSources[0].text`) of the value that ends at `end`.
fn path_at(bytes: &[u8], end: usize) -> String {
    let mut frames: Vec<Frame> = Vec::new();
    let mut wants_key = false;
    let mut at = 0;
    while at < end {
        match bytes[at] {
            b'{' => {
                frames.push(Frame::Member(String::new()));
                wants_key = true;
            }
            b'[' => {
                frames.push(Frame::Element(0));
                wants_key = false;
            }
            b'}' | b']' => {
                frames.pop();
            }
            b',' => match frames.last_mut() {
                Some(Frame::Element(index)) => *index += 1,
                Some(Frame::Member(_)) => wants_key = true,
                None => {}
            },
            b'"' => {
                let length = string_length(&bytes[at..]);
                if wants_key && let Some(Frame::Member(key)) = frames.last_mut() {
                    *key = serde_json::from_slice(&bytes[at..at + length]).unwrap_or_default();
                    wants_key = false;
                }
                at += length - 1;
            }
            _ => {}
        }
        at += 1;
    }
    written(&frames)
}

/// Length of the string literal at the start of the bytes, quotes included; at least 1.
fn string_length(bytes: &[u8]) -> usize {
    let mut at = 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn written(frames: &[Frame]) -> String {
    let mut path = String::new();
    for frame in frames {
        match frame {
            Frame::Element(index) => path.push_str(&format!("[{index}]")),
            Frame::Member(key) if key.is_empty() => {}
            Frame::Member(key) => {
                if !path.is_empty() {
                    path.push('.');
                }
                path.push_str(key);
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use crate::emulator::body::parse;
    use crate::provider::acs::wire;

    fn refused(body: &str) -> String {
        let refusal = parse::<wire::Play>(Some("application/json"), body.as_bytes()).err().expect(body);
        assert_eq!((refusal.code.code, refusal.code.sub), (400, 8523));
        refusal.message
    }

    #[test]
    fn the_field_is_named() {
        let cases = [
            (r#"{"playSources":[{"kind":"text","text":{}}]}"#, "playSources[0].text: missing field `text`"),
            (r#"{"playSources":[{"kind":"file"},{"kind":7}]}"#, "playSources[1].kind: invalid type: integer `7`"),
            (
                "{\"playSources\":[],\n \"playOptions\":{\"loop\":\"yes\"}}",
                "playOptions.loop: invalid type: string \"yes\"",
            ),
            (r#"{"playSources":[],"bogus":1}"#, "bogus: unknown field `bogus`"),
            (
                r#"{"playSources":[],"playTo":[{"phoneNumber":{"value":"+1","x\"y":2}}]}"#,
                "playTo[0].phoneNumber.x\"y: unknown field",
            ),
            ("{}", "missing field `playSources`"),
            ("[]", "invalid length 0"),
            ("[[],null,null,null,null,null]", "the body must be an object"),
            (
                r#"{"playSources":[{"kind":"file","file":["https://h/a.wav"]}]}"#,
                "playSources[0].file: must be an object",
            ),
            ("{", "the body is not JSON"),
            ("{\"playSources\":[", "the body is not JSON"),
            ("", "the request has no body"),
        ];
        for (body, start) in cases {
            let message = refused(body);
            assert!(message.starts_with(start), "{body} -> {message}");
        }
        assert!(refused(&format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40))).contains("32 levels"));
    }

    #[test]
    fn only_json_is_read() {
        let body = br#"{"playSources":[]}"#;
        for fine in ["application/json", "application/json; charset=utf-8", "Application/JSON"] {
            assert!(parse::<wire::Play>(Some(fine), body).is_ok(), "{fine}");
        }
        for wrong in [None, Some("text/plain"), Some("application/jsonp")] {
            assert!(
                parse::<wire::Play>(wrong, body).err().expect("wrong").message.starts_with("Content-Type"),
                "{wrong:?}"
            );
        }
    }
}
