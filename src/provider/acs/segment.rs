//! Percent-encoding of one segment of a URL's path.

/// `text` as a path segment: letters, digits and `-._~` stand as they are, every other byte is encoded.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::segment::encoded;

    #[test]
    fn only_unreserved_characters_stand() {
        assert_eq!(encoded("411f0b00-d97f_~."), "411f0b00-d97f_~.");
        assert_eq!(encoded("4:+16041234567"), "4%3A%2B16041234567");
        assert_eq!(encoded("a/b?c#d e%é"), "a%2Fb%3Fc%23d%20e%25%C3%A9");
    }
}
