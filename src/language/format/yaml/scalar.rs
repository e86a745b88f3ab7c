//! Texts as YAML scalars: without quotes where YAML and our reader allow it.

use crate::language::format::doc::columns;
use crate::language::format::page::WIDTH;
use crate::language::format::words::hidden;

/// A scalar as it stands within `{ }` or behind a key.
///
/// A *text* is quoted too where YAML would make a number, a truth or nothing of it.
pub(crate) fn scalar(text: &str, is_text: bool) -> String {
    if is_plain(text) && !(is_text && is_other(text)) { text.to_owned() } else { quoted(text) }
}

/// Whether a scalar needs no quotes anywhere.
fn is_plain(text: &str) -> bool {
    let Some(first) = text.chars().next() else { return false };
    let second = text.chars().nth(1);
    let begins = match first {
        ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => false,
        '-' | '?' | ':' => second.is_some_and(|second| !second.is_whitespace() && second != first),
        first => !first.is_whitespace(),
    };
    begins
        && !text.ends_with([' ', ':'])
        && !text.contains([',', '[', ']', '{', '}', '#'])
        && !text.contains(": ")
        && !text.contains(":\u{22}")
        && !text.contains(":'")
        && !text.starts_with("...")
        && !text.chars().any(|c| hidden(c) || (c.is_whitespace() && c != ' '))
}

/// Whether YAML makes something else than a text of it.
fn is_other(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let number = unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.')
        && (text.parse::<f64>().is_ok() || unsigned.starts_with("0x") || unsigned.starts_with("0o"));
    let lower = text.to_ascii_lowercase();
    number || matches!(lower.as_str(), "true" | "false" | "null" | "~" | ".nan" | ".inf" | "-.inf" | "+.inf")
}

/// In quotes: `"…"`, or `'…'` where that saves a backslash.
pub(crate) fn quoted(text: &str) -> String {
    let odd = text.chars().any(|c| hidden(c) || (c.is_whitespace() && c != ' '));
    if text.contains(['"', '\\']) && !text.contains('\'') && !odd {
        return format!("'{text}'");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            char if (hidden(char) || char.is_whitespace()) && char != ' ' => {
                let code = u32::from(char);
                out.push_str(&if code > 0xFFFF { format!("\\U{code:08X}") } else { format!("\\u{code:04X}") });
            }
            char => out.push(char),
        }
    }
    out.push('"');
    out
}

/// The lines of a text of several lines behind `|`; `None` when they would not be read back as they are.
pub(crate) fn literal_lines(text: &str) -> Option<Vec<&str>> {
    let lines: Vec<&str> = text.split('\n').collect();
    let first = lines.first()?;
    let kept = lines.len() > 1
        && !first.is_empty()
        && !first.starts_with(char::is_whitespace)
        && lines.last().is_some_and(|last| !last.is_empty())
        && lines.iter().all(|line| line.trim_end() == *line && !line.starts_with('\t') && !line.chars().any(hidden));
    kept.then_some(lines)
}

/// The lines of a long text behind `>`; `None` when it cannot be folded.
pub(crate) fn folded_lines(text: &str, indent: usize) -> Option<Vec<String>> {
    let whole = text.chars().all(|c| !hidden(c) && (!c.is_whitespace() || c == ' '));
    if !whole || text.trim() != text || text.contains("  ") || !text.contains(' ') {
        return None;
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if indent + columns(line) + 1 + columns(word) <= WIDTH => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use crate::language::format::yaml::scalar::scalar;

    #[test]
    fn quotes_stand_only_where_they_are_needed() {
        for plain in ["a b", "it's", "=a.b", "-x", "a:b", "x == \"y\"", "100% sure", "a?", "en-GB", "é 😀", "yes"] {
            assert_eq!(scalar(plain, true), plain);
        }
        for (text, written) in [
            ("", "\"\""),
            ("a: b", "\"a: b\""),
            ("a # b", "\"a # b\""),
            ("- a", "\"- a\""),
            (" a", "\" a\""),
            ("a, b", "\"a, b\""),
            ("*", "\"*\""),
            ("\"x\" in y", "'\"x\" in y'"),
            ("it's {x}", "\"it's {x}\""),
            ("'a' \"b\"", "\"'a' \\\"b\\\"\""),
            ("+441632960100", "\"+441632960100\""),
            ("true", "\"true\""),
            ("a\nb", "\"a\\nb\""),
            ("a\u{A0}b", "\"a\\u00A0b\""),
        ] {
            assert_eq!(scalar(text, true), written);
        }
        assert_eq!(scalar("12", false), "12");
    }
}
