//! Source texts and places in them. Everything the language says about a text says it with a [`Span`].

use std::sync::Arc;

/// Which text, by its number in a [`Sources`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A stretch of one text: byte offsets, `start <= end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The text.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// Byte after the last.
    pub end: u32,
}

impl Span {
    /// A span from byte offsets.
    #[must_use]
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        let clamp = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        Span { file, start: clamp(start), end: clamp(end.max(start)) }
    }

    /// The smallest span that covers both; `self` when they lie in different texts.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file != other.file {
            return self;
        }
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The empty span at this one's start.
    #[must_use]
    pub fn at_start(self) -> Span {
        Span { end: self.start, ..self }
    }
}

/// A value with the place it was read from. Equality looks at the value alone.
#[derive(Clone, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(value: T, span: Span) -> Spanned<T> {
        Spanned { value, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Spanned<T> {}

/// A word at a place: the commonest thing an author writes.
pub type Word = Spanned<String>;

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line.
    pub line: usize,
    /// Column, in characters.
    pub column: usize,
}

/// One text with the path people know it by.
#[derive(Clone, Debug)]
pub struct Source {
    path: Arc<str>,
    text: Arc<str>,
    line_starts: Vec<u32>,
    /// Characters before every [`STRIDE`]th byte, so that a place in a long line is found without counting the whole of it.
    chars: Vec<u32>,
}

/// Bytes between two counts of characters.
const STRIDE: usize = 1024;

/// Whether a byte begins a character.
fn begins(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

impl Source {
    /// A text under a path.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Source {
        let text: Arc<str> = text.into();
        let mut line_starts = vec![0];
        line_starts.extend(text.bytes().enumerate().filter(|(_, b)| *b == b'\n').map(|(at, _)| at as u32 + 1));
        let mut chars = vec![0];
        let mut count = 0u32;
        for block in text.as_bytes().chunks(STRIDE) {
            count += block.iter().filter(|byte| begins(**byte)).count() as u32;
            chars.push(count);
        }
        Source { path: Arc::from(path.into()), text, line_starts, chars }
    }

    /// The path people know it by.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path, shared.
    #[must_use]
    pub fn shared_path(&self) -> Arc<str> {
        Arc::clone(&self.path)
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text, shared.
    #[must_use]
    pub fn shared(&self) -> Arc<str> {
        Arc::clone(&self.text)
    }

    /// Number of lines; an empty text has one.
    #[must_use]
    pub fn line_count(&self) -> usize {
        self.line_starts.len()
    }

    /// Byte range of a line counted from 0, its line end not included.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Option<std::ops::Range<usize>> {
        let start = *self.line_starts.get(line)? as usize;
        let end = self.line_starts.get(line + 1).map_or(self.text.len(), |next| *next as usize - 1);
        let end = if self.text[start..end].ends_with('\r') { end - 1 } else { end };
        Some(start..end)
    }

    /// Index of the line, counted from 0, in which a byte offset lies.
    #[must_use]
    pub fn line_of(&self, offset: usize) -> usize {
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.line_starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// Line and column of a byte offset; offsets past the end are the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_of(offset);
        let start = self.line_starts.get(line).copied().unwrap_or(0) as usize;
        let chars = match offset - start < STRIDE {
            true => self.text.as_bytes()[start..offset].iter().filter(|byte| begins(**byte)).count(),
            false => self.chars_before(offset) - self.chars_before(start),
        };
        Position { line: line + 1, column: chars + 1 }
    }

    /// Characters that begin before a byte.
    fn chars_before(&self, offset: usize) -> usize {
        let block = offset / STRIDE;
        let counted = self.chars.get(block).copied().unwrap_or(0) as usize;
        let rest = self.text.as_bytes().get(block * STRIDE..offset).unwrap_or(&[]);
        counted + rest.iter().filter(|byte| begins(**byte)).count()
    }
}

/// All texts of one run.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Takes a text in and gives it a number.
    pub fn add(&mut self, path: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.files.push(Source::new(path, text));
        FileId(u32::try_from(self.files.len() - 1).unwrap_or(u32::MAX))
    }

    /// A text by its number.
    ///
    /// # Panics
    /// When the number is from other sources: a defect of the caller.
    #[must_use]
    pub fn source(&self, file: FileId) -> &Source {
        &self.files[file.0 as usize]
    }

    /// All texts in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(n, source)| (FileId(n as u32), source))
    }

    /// The words a span covers.
    #[must_use]
    pub fn snippet(&self, span: Span) -> &str {
        self.source(span.file).text().get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// Line and column where a span begins.
    #[must_use]
    pub fn position(&self, span: Span) -> Position {
        self.source(span.file).position(span.start as usize)
    }
}

#[cfg(test)]
mod tests {
    use crate::language::source::{FileId, Position, Source, Span};

    #[test]
    fn positions_count_characters() {
        let source = Source::new("a.flow", "é = 1\r\nsecond\n");
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(source.position(2), Position { line: 1, column: 2 });
        assert_eq!(source.position(8), Position { line: 2, column: 1 });
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(source.line_range(0), Some(0..6));
        assert_eq!(source.line_range(1), Some(8..14));
        assert_eq!(source.line_count(), 3);
    }

    #[test]
    fn columns_of_long_lines_are_those_of_counting() {
        let text = format!("short\n{}\nend", "aé€😀".repeat(1_500));
        let source = Source::new("a.flow", text.as_str());
        for (at, _) in text.char_indices().step_by(97) {
            let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
            assert_eq!(source.position(at).column, text[start..at].chars().count() + 1, "at {at}");
        }
        assert_eq!(source.position(text.len()), Position { line: 3, column: 4 });
    }

    #[test]
    fn spans_join() {
        let a = Span::new(FileId(0), 3, 5);
        assert_eq!(a.to(Span::new(FileId(0), 9, 12)), Span::new(FileId(0), 3, 12));
        assert_eq!(a.to(Span::new(FileId(1), 9, 12)), a);
    }
}
