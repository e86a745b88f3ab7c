//! Literals as written to what they say: durations, instants, quoted texts.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::source::{FileId, Span};
use crate::language::syntax::place::Place;

/// What a word that begins with a digit says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Amount {
    /// `2.50`.
    Decimal,
    /// `4m`: milliseconds, unless they are too many.
    Duration(Option<u64>),
    /// Something else.
    Neither,
    /// `3`, unless it is too large.
    Whole(Option<i64>),
}

/// Sorts a number or a duration.
pub(crate) fn amount(text: &str) -> Amount {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(text) {
        return Amount::Whole(text.parse().ok());
    }
    let number = text.trim_end_matches(|c: char| c.is_ascii_lowercase());
    if digits(number) && matches!(&text[number.len()..], "ms" | "s" | "m" | "h") {
        return Amount::Duration(duration::read(text));
    }
    match text.split_once('.') {
        Some((whole, part)) if digits(whole) && digits(part) => Amount::Decimal,
        _ => Amount::Neither,
    }
}

/// An instant, RFC 3339 with seconds optional: `2026-12-24T18:00Z`. Milliseconds since the Unix epoch.
pub(crate) fn instant_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|instant| instant.as_millisecond())
}

/// A quoted text, its escapes resolved.
#[derive(Debug)]
pub(crate) struct Unquoted {
    /// What it says.
    pub(crate) text: String,
    /// How its bytes lie in the file.
    pub(crate) place: Place,
    /// Escapes that mean nothing: where, and as written.
    pub(crate) bad_escapes: Vec<(Span, String)>,
}

/// Reads `"…"`, `'…'` or `"""…"""` as it stands in the file at `start`.
pub(crate) fn unquote(raw: &str, file: FileId, start: usize) -> Unquoted {
    let block = raw.len() >= 6 && raw.starts_with("\"\"\"");
    let quote = if block { 3 } else { 1 };
    let body = raw.get(quote..raw.len().saturating_sub(quote)).unwrap_or("");
    let at = start + quote;
    let lines = if block { dedent(body) } else { vec![(0, body)] };
    let mut out = Text { text: String::with_capacity(body.len()), steps: Vec::new(), bad: Vec::new(), file };
    for (n, (offset, line)) in lines.into_iter().enumerate() {
        if n > 0 {
            out.steps.push((out.text.len() as u32, (at + offset).saturating_sub(1) as u32));
            out.text.push('\n');
        }
        out.line(line, at + offset);
    }
    let span = Span::new(file, start, start + raw.len());
    Unquoted { text: out.text, place: Place::mapped(span, out.steps), bad_escapes: out.bad }
}

/// The lines of a block text with their offsets, without the first and last line if blank, and without the common indent.
fn dedent(body: &str) -> Vec<(usize, &str)> {
    let mut offset = 0;
    let mut lines: Vec<(usize, &str)> = Vec::new();
    for line in body.split('\n') {
        lines.push((offset, line.strip_suffix('\r').unwrap_or(line)));
        offset += line.len() + 1;
    }
    let blank = |line: &(usize, &str)| line.1.trim().is_empty();
    if lines.len() > 1 && lines.last().is_some_and(blank) {
        lines.pop();
    }
    let opens_on_own_line = lines.len() > 1 && lines.first().is_some_and(blank);
    if opens_on_own_line {
        lines.remove(0);
    }
    let indent_of = |line: &str| line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let counted = lines.iter().skip(usize::from(!opens_on_own_line));
    let common = counted.filter(|line| !blank(line)).map(|(_, line)| indent_of(line)).min().unwrap_or(0);
    let cut = |(n, (offset, line)): (usize, (usize, &'_ str))| {
        let cut = if n == 0 && !opens_on_own_line { 0 } else { common.min(indent_of(line)) };
        (offset, cut)
    };
    let cuts: Vec<(usize, usize)> = lines.iter().copied().enumerate().map(cut).collect();
    lines.into_iter().zip(cuts).map(|((_, line), (offset, cut))| (offset + cut, &line[cut..])).collect()
}

/// An escape that means nothing.
pub(crate) fn bad_escape(at: Span, written: &str) -> Diagnostic {
    let message = format!("unknown escape `{written}`");
    Diagnostic::new(Code::F0001, message, at, "stands for nothing")
        .help(r#"there are `\"` `\\` `\n` `\t` and `\u{1F4DE}`"#)
}

struct Text {
    text: String,
    steps: Vec<(u32, u32)>,
    bad: Vec<(Span, String)>,
    file: FileId,
}

impl Text {
    fn line(&mut self, line: &str, at: usize) {
        self.steps.push((self.text.len() as u32, at as u32));
        let mut rest = line;
        let mut here = at;
        while let Some(cut) = rest.find('\\') {
            self.text.push_str(&rest[..cut]);
            let (char, len) = escape(&rest[cut..]);
            let place = here + cut;
            if let Some(char) = char {
                self.steps.push((self.text.len() as u32, place as u32));
                self.text.push(char);
            } else {
                self.bad.push((Span::new(self.file, place, place + len), rest[cut..cut + len].to_owned()));
            }
            here = place + len;
            rest = &rest[cut + len..];
            self.steps.push((self.text.len() as u32, here as u32));
        }
        self.text.push_str(rest);
    }
}

/// The character an escape stands for, and the escape's length; `None` when it stands for nothing.
fn escape(text: &str) -> (Option<char>, usize) {
    let Some(letter) = text[1..].chars().next() else { return (None, 1) };
    let simple = match letter {
        '"' | '\\' | '\'' => Some(letter),
        'n' => Some('\n'),
        't' => Some('\t'),
        _ => None,
    };
    if letter != 'u' {
        return (simple, 1 + letter.len_utf8());
    }
    let hex = text.strip_prefix("\\u{").and_then(|rest| rest.split_once('}')).map(|(hex, _)| hex);
    match hex.filter(|hex| (1..=6).contains(&hex.len()) && hex.bytes().all(|b| b.is_ascii_hexdigit())) {
        Some(hex) => (u32::from_str_radix(hex, 16).ok().and_then(char::from_u32), hex.len() + 4),
        None => (None, 2),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::literal::unquote;

    #[test]
    fn escapes_are_resolved_and_mapped() {
        let text = unquote(r#""a\"b\u{1F4DE}c\n""#, FileId(0), 10);
        assert_eq!(text.text, "a\"b\u{1F4DE}c\n");
        assert!(text.bad_escapes.is_empty());
        let at = text.text.find('c').unwrap();
        assert_eq!(text.place.span(at, at + 1), Span::new(FileId(0), 24, 25));
        let bad = unquote(r#""x\q\u{zz}""#, FileId(0), 0);
        assert_eq!(bad.bad_escapes.len(), 2);
        assert_eq!(bad.bad_escapes[0], (Span::new(FileId(0), 2, 4), "\\q".to_owned()));
    }

    #[test]
    fn blocks_lose_their_common_indent() {
        let text = unquote("\"\"\"\n    one\n      two\n\n    three\n  \"\"\"", FileId(0), 0);
        assert_eq!(text.text, "one\n  two\n\nthree");
        let at = text.text.find("two").unwrap();
        assert_eq!(text.place.span(at, at + 3), Span::new(FileId(0), 18, 21));
        assert_eq!(unquote("\"\"\"flat\"\"\"", FileId(0), 0).text, "flat");
        assert_eq!(unquote("\"\"\"\"\"\"", FileId(0), 0).text, "");
    }
}
