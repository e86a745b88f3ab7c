//! Refuses deeply nested JSON before anything parses it. One pass over the bytes; it does not care whether they are JSON.

/// Whether `body` nests arrays and objects at most `most` deep.
#[must_use]
pub fn is_within(body: &[u8], most: usize) -> bool {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for byte in body {
        match (in_text, escaped, byte) {
            (true, true, _) => escaped = false,
            (true, false, b'\\') => escaped = true,
            (true, false, b'"') => in_text = false,
            (true, false, _) => {}
            (false, _, b'"') => in_text = true,
            (false, _, b'[' | b'{') => {
                depth += 1;
                if depth > most {
                    return false;
                }
            }
            (false, _, b']' | b'}') => depth = depth.saturating_sub(1),
            (false, _, _) => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::platform::depth::is_within;

    #[test]
    fn depth_counts_brackets_outside_of_texts() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(is_within(nested(32).as_bytes(), 32));
        assert!(!is_within(nested(33).as_bytes(), 32));
        assert!(is_within(br#"{"a":"[[[[\"[[[[\\"}"#, 1));
        assert!(!is_within(br#"{"a\\":[1]}"#, 1));
        assert!(is_within(b"[][][][]{}{}", 1));
        assert!(is_within(b"]]]]", 0));
    }
}
