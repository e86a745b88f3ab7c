//! How deep a JSON text nests, told without parsing it.

/// Whether no array or object of the text lies deeper than `max`. Looks at brackets outside strings only, so it says nothing
/// about whether the text is JSON at all.
#[must_use]
pub fn json_depth_ok(bytes: &[u8], max: usize) -> bool {
    let mut depth = 0usize;
    let mut in_string = false;
    let mut escaped = false;
    for byte in bytes {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => {
                depth += 1;
                if depth > max {
                    return false;
                }
            }
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crate::http::json_depth_ok;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(json_depth_ok(br#"{"a":["[[[[\"{{{{"]}"#, 2));
        assert!(!json_depth_ok(br#"{"a":[[1]]}"#, 2));
        assert!(json_depth_ok(br#"[[],[],[]]"#, 2));
        assert!(!json_depth_ok("[".repeat(100_000).as_bytes(), 32));
        assert!(json_depth_ok(b"]]]]", 0));
    }
}
