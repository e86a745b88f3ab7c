//! Percent-encoded parts of a request target, decoded.

/// The value of the first parameter called `name`; `+` is a space there. `None` when it is missing or not UTF-8.
#[must_use]
pub fn query_value(query: Option<&str>, name: &str) -> Option<String> {
    query?
        .split('&')
        .find_map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            if decode(key, Plus::Space)? == name {
                Some(value)
            } else {
                None
            }
        })
        .and_then(|value| decode(value, Plus::Space))
}

/// One segment of a path. `None` when an escape is cut short, is not hexadecimal, or the bytes are not UTF-8.
#[must_use]
pub fn decode_segment(segment: &str) -> Option<String> {
    decode(segment, Plus::Itself)
}

/// What a `+` stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plus {
    Itself,
    Space,
}

fn decode(text: &str, plus: Plus) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => hex(bytes.next()?)? * 16 + hex(bytes.next()?)?,
            b'+' if plus == Plus::Space => b' ',
            other => other,
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use crate::http::{decode_segment, query_value};

    #[test]
    fn queries() {
        let query = Some("a=1&api-version=2026-03-12&b=x+y%26&flag&bad=%zz");
        assert_eq!(query_value(query, "api-version").as_deref(), Some("2026-03-12"));
        assert_eq!(query_value(query, "b").as_deref(), Some("x y&"));
        assert_eq!(query_value(query, "flag").as_deref(), Some(""));
        assert_eq!(query_value(query, "bad"), None);
        assert_eq!(query_value(query, "missing"), None);
        assert_eq!(query_value(None, "a"), None);
    }

    #[test]
    fn segments() {
        assert_eq!(decode_segment("4%3A%2B16041234567").as_deref(), Some("4:+16041234567"));
        assert_eq!(decode_segment("a+b").as_deref(), Some("a+b"));
        assert_eq!(decode_segment("caf%C3%A9").as_deref(), Some("café"));
        for bad in ["%", "%4", "%4g", "%ff"] {
            assert_eq!(decode_segment(bad), None, "{bad}");
        }
    }
}
