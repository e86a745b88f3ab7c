//! Prompt texts with placeholders: `Hello {name}, press {key confirm}`, `{at day}`, `{{` and `}}` for braces.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{Spanned, Word};
use crate::language::syntax::ast::SpanOnly;
use crate::language::syntax::error;
use crate::language::syntax::fields;
use crate::language::syntax::place::Place;
use crate::platform::tones::Tone;
use std::ops::Range;

/// A text split at its placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The pieces in order; neighbouring texts are merged, no text is empty.
    pub pieces: Vec<Piece>,
    /// The whole text.
    pub span: SpanOnly,
    /// Keys that English words name without a placeholder, as in `press 1`.
    pub pressed: Vec<Word>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words as they are spoken.
    Text(String),
    /// `{name}`, `{visit.at}`, `{at day}`: a dotted name and perhaps a form.
    Value {
        /// The dotted name's parts.
        path: Vec<Word>,
        /// The form.
        form: Option<Word>,
        /// From brace to brace.
        span: SpanOnly,
    },
    /// `{key confirm}`: the key of a choice.
    Key {
        /// The choice.
        choice: Word,
        /// From brace to brace.
        span: SpanOnly,
    },
}

/// Splits a text at its placeholders. What cannot be a placeholder is left out, and a finding says why.
#[must_use]
pub fn parse(text: &str, place: &Place) -> (Template, Vec<Diagnostic>) {
    let mut reader = Reader { text, place, at: 0, words: String::new(), pieces: Vec::new(), found: Vec::new() };
    reader.run();
    (Template { pieces: reader.pieces, span: SpanOnly(place.all()), pressed: pressed(text, place) }, reader.found)
}

/// `press 1`, `press star`.
fn pressed(text: &str, place: &Place) -> Vec<Word> {
    let mut pressed = Vec::new();
    let mut rest = 0;
    while let Some(word) = next_word(text, rest) {
        rest = word.end;
        let Some(key) = next_word(text, rest).filter(|_| text[word].eq_ignore_ascii_case("press")) else { continue };
        // What a placeholder says is not known here.
        if !text[rest..key.start].contains(['{', '}'])
            && let Some(tone) = Tone::from_word(&text[key.clone()].to_lowercase())
        {
            pressed.push(Spanned::new(tone.word().to_owned(), place.span(key.start, key.end)));
        }
    }
    pressed
}

fn next_word(text: &str, from: usize) -> Option<Range<usize>> {
    let start = from + text[from..].find(char::is_alphanumeric)?;
    let len = text[start..].find(|c: char| !c.is_alphanumeric()).unwrap_or(text.len() - start);
    Some(start..start + len)
}

struct Reader<'a> {
    text: &'a str,
    place: &'a Place,
    at: usize,
    words: String,
    pieces: Vec<Piece>,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn run(&mut self) {
        while let Some(cut) = self.text[self.at..].find(['{', '}']) {
            if self.found.len() > error::MAX_FINDINGS {
                break;
            }
            self.words.push_str(&self.text[self.at..self.at + cut]);
            self.at += cut;
            let rest = &self.text[self.at..];
            if rest.starts_with("{{") || rest.starts_with("}}") {
                self.words.push_str(&rest[..1]);
                self.at += 2;
            } else if rest.starts_with('}') {
                let finding = self.finding("a `}` that closes nothing", self.at, self.at + 1, "no `{` before it");
                self.found.push(finding.help("write `}}` for a brace that is spoken"));
                self.at += 1;
            } else {
                self.placeholder();
            }
        }
        self.words.push_str(&self.text[self.at..]);
        self.flush();
    }

    fn placeholder(&mut self) {
        let open = self.at;
        let inside = &self.text[open + 1..];
        let len = inside.find(['{', '}']).unwrap_or(inside.len());
        if !inside[len..].starts_with('}') {
            let finding = self.finding("a `{` that is never closed", open, open + 1, "its `}` is missing");
            self.found.push(finding.help("write `{{` for a brace that is spoken"));
            self.at = open + 1;
            return;
        }
        let close = open + 1 + len;
        self.at = close + 1;
        match self.piece(open + 1, close) {
            Ok(piece) => {
                self.flush();
                self.pieces.push(piece);
            }
            Err(finding) => self.found.push(finding.help("write `{name}`, `{name form}` or `{key choice}`")),
        }
    }

    fn piece(&self, start: usize, end: usize) -> Result<Piece, Diagnostic> {
        let span = SpanOnly(self.place.span(start - 1, end + 1));
        let mut words = Vec::new();
        let mut at = start;
        for word in self.text[start..end].split(|c: char| c.is_whitespace()) {
            if !word.is_empty() {
                words.push((at, word));
            }
            at += word.len() + self.text[at + word.len()..].chars().next().map_or(1, char::len_utf8);
        }
        match words[..] {
            [] => Err(self.finding("an empty placeholder", start - 1, end + 1, "nothing stands between the braces")),
            [(_, "key"), (at, choice)] => Ok(Piece::Key { choice: self.name(at, choice)?, span }),
            [(at, path)] => Ok(Piece::Value { path: self.path(at, path)?, form: None, span }),
            [(at, path), (form_at, form)] => {
                Ok(Piece::Value { path: self.path(at, path)?, form: Some(self.name(form_at, form)?), span })
            }
            [_, _, (third, _), ..] => {
                Err(self.finding("a placeholder of more than two words", third, end, "one too many"))
            }
        }
    }

    fn path(&self, at: usize, dotted: &str) -> Result<Vec<Word>, Diagnostic> {
        let mut start = at;
        let mut path = Vec::new();
        for part in dotted.split('.') {
            path.push(self.name(start, part)?);
            start += part.len() + 1;
        }
        Ok(path)
    }

    fn name(&self, at: usize, word: &str) -> Result<Word, Diagnostic> {
        if fields::is_name(word) {
            return Ok(Spanned::new(word.to_owned(), self.place.span(at, at + word.len())));
        }
        let message = if word.is_empty() { "a name is missing".to_owned() } else { format!("`{word}` is not a name") };
        Err(self.finding(&message, at, at + word.len(), "a name is required here"))
    }

    fn finding(&self, message: &str, start: usize, end: usize, label: &str) -> Diagnostic {
        Diagnostic::new(Code::F0505, message, self.place.span(start, end), label)
    }

    fn flush(&mut self) {
        if !self.words.is_empty() {
            self.pieces.push(Piece::Text(std::mem::take(&mut self.words)));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Span};
    use crate::language::syntax::place::Place;
    use crate::language::syntax::template::{Piece, Template, parse};

    fn read(text: &str) -> (Template, Vec<(String, u32)>) {
        let (template, found) = parse(text, &Place::exact(FileId(0), 100, text.len()));
        (template, found.into_iter().map(|f| (f.message, f.primary.span.start - 100)).collect())
    }

    #[test]
    fn placeholders_are_read() {
        let (template, found) = read("Hi {name}, {visit.at day}{key confirm} {{x}}");
        assert!(found.is_empty());
        assert_eq!(template.pieces.len(), 6);
        let Piece::Value { path, form: Some(form), span } = &template.pieces[3] else { panic!("{template:?}") };
        assert_eq!(path.iter().map(|word| word.value.as_str()).collect::<Vec<_>>(), ["visit", "at"]);
        assert_eq!(form.value, "day");
        assert_eq!(form.span, Span::new(FileId(0), 121, 124));
        assert_eq!(span.0, Span::new(FileId(0), 111, 125));
        assert_eq!(path[1].span, Span::new(FileId(0), 118, 120));
        assert!(matches!(&template.pieces[4], Piece::Key { choice, .. } if choice.value == "confirm"));
        assert_eq!(template.pieces[5], Piece::Text(" {x}".to_owned()));
    }

    #[test]
    fn keys_in_words_have_their_places() {
        let (template, _) = read("For sales press 1; PRESS Star. Press {x} 2, press 12, press");
        let pressed: Vec<_> = template.pressed.iter().map(|key| (key.value.as_str(), key.span.start - 100)).collect();
        assert_eq!(pressed, [("1", 16), ("star", 25)]);
    }

    #[test]
    fn bad_placeholders_are_found() {
        let cases = [
            ("a {name", "a `{` that is never closed", 2),
            ("a {b {c}", "a `{` that is never closed", 2),
            ("a } b", "a `}` that closes nothing", 2),
            ("a {} b", "an empty placeholder", 2),
            ("a {Name} b", "`Name` is not a name", 3),
            ("a {b.} c", "a name is missing", 5),
            ("a {b c d} e", "a placeholder of more than two words", 7),
        ];
        for (text, message, at) in cases {
            assert_eq!(read(text).1, [(message.to_owned(), at)], "{text}");
        }
    }
}
