//! Rust text with everything blanked out that is not code of the product: comments, strings, test modules. Lines stay where
//! they are.

/// Blanks comments, string and character literals, then everything under `#[cfg(test)]`.
pub(crate) fn code_only(text: &str) -> String {
    without_tests(&without_words(text))
}

/// `mod name;` declarations under `#[cfg(test)]`: files that are tests as a whole.
pub(crate) fn test_modules(text: &str) -> Vec<String> {
    let text = without_words(text);
    text.split(MARK)
        .skip(1)
        .filter_map(|after| {
            let declaration = after_attributes(after).trim_start_matches("pub(crate) ").strip_prefix("mod ")?;
            let end = declaration.find(['{', ';'])?;
            declaration[end..].starts_with(';').then(|| declaration[..end].trim().to_owned())
        })
        .collect()
}

const MARK: &str = "#[cfg(test)]";

/// The item itself, below its further attributes.
fn after_attributes(text: &str) -> &str {
    let mut text = text.trim_start();
    while let Some((_, rest)) = text.strip_prefix("#[").and_then(|attribute| attribute.split_once("]\n")) {
        text = rest.trim_start();
    }
    text
}

fn without_words(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = word_end(bytes, at);
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(out).expect("whole comments and literals are blanked, so no character is cut")
}

/// Where the comment or literal that begins at `at` ends; `at` when none begins here.
fn word_end(bytes: &[u8], at: usize) -> usize {
    let rest = &bytes[at..];
    let starts_word = at == 0 || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest {
        [b'/', b'/', ..] => at + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len()),
        [b'/', b'*', ..] => block_end(bytes, at),
        [b'"', ..] => quoted_end(bytes, at + 1, b'"'),
        [b'b' | b'c', b'"', ..] if starts_word => quoted_end(bytes, at + 2, b'"'),
        [b'r', b'"' | b'#', ..] if starts_word => raw_end(bytes, at + 1).unwrap_or(at),
        [b'b', b'r', b'"' | b'#', ..] if starts_word => raw_end(bytes, at + 2).unwrap_or(at),
        // A character, not a lifetime: closed after one (possibly escaped) character.
        [b'\'', b'\\', ..] => quoted_end(bytes, at + 1, b'\''),
        [b'\'', first, ..] => {
            let width = match first {
                0x00..=0x7F => 1,
                0xC0..=0xDF => 2,
                0xE0..=0xEF => 3,
                _ => 4,
            };
            if rest.get(1 + width) == Some(&b'\'') { at + width + 2 } else { at }
        }
        _ => at,
    }
}

fn block_end(bytes: &[u8], at: usize) -> usize {
    let (mut depth, mut now) = (0_usize, at);
    while now < bytes.len() {
        match bytes[now..] {
            [b'/', b'*', ..] => (depth, now) = (depth + 1, now + 2),
            [b'*', b'/', ..] => (depth, now) = (depth - 1, now + 2),
            _ => now += 1,
        }
        if depth == 0 {
            return now;
        }
    }
    bytes.len()
}

fn quoted_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut now = from;
    while now < bytes.len() {
        match bytes[now] {
            b'\\' => now += 2,
            byte if byte == quote => return now + 1,
            _ => now += 1,
        }
    }
    bytes.len()
}

fn raw_end(bytes: &[u8], from: usize) -> Option<usize> {
    let hashes = bytes[from..].iter().take_while(|byte| **byte == b'#').count();
    if bytes.get(from + hashes) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let body = from + hashes + 1;
    let end = bytes[body..].windows(close.len()).position(|window| window == close.as_slice());
    Some(end.map_or(bytes.len(), |end| body + end + close.len()))
}

fn without_tests(text: &str) -> String {
    let mut out = text.to_owned();
    while let Some(start) = out.find(MARK) {
        let end = item_end(out.as_bytes(), start + MARK.len());
        let blank: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out.replace_range(start..end, &blank);
    }
    out
}

/// The end of the item after an attribute: its closing brace, or its semicolon.
fn item_end(bytes: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(from) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return at + 1,
            b'}' => depth -= 1,
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    bytes.len()
}

#[test]
fn only_code_is_left() {
    let text =
        "let a = 'x'; // std::fs\nfn f<'a>(s: &'a str) {} /* a /* b */ c */ let b = \"\\\"q\"; r#\"raw \" \"# b\"x\"\n";
    let left: Vec<String> =
        code_only(text).lines().map(|l| l.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    assert_eq!(left, ["let a = ;", "fn f<'a>(s: &'a str) {} let b = ;"]);
    let text = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() { if x {} }\n}\nfn c() {}\n#[cfg(test)]\n#[allow(a::b)]\nmod more;\nfn d() {}\n";
    assert_eq!(code_only(text).split_whitespace().collect::<Vec<_>>().join(" "), "fn a() {} fn c() {} fn d() {}");
    assert_eq!(test_modules(text), ["more"]);
}
