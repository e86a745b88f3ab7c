//! Pieces of a line that may be broken, laid out on a page: each group on one line if it fits, else broken where it may be.

use crate::language::format::page::{Line, Page, WIDTH};

/// A piece.
#[derive(Clone, Debug)]
pub(crate) enum Doc {
    /// Words.
    Text(String),
    /// A blank, or a line end where the group does not fit.
    Blank,
    /// A line end.
    Line,
    /// A construct begins.
    Open(usize),
    /// A construct ends.
    Close(usize),
    /// A text of several lines begins.
    TextOpens,
    /// A text of several lines ends.
    TextCloses,
    /// Broken or not as a whole.
    Group(Vec<Doc>),
    /// Deeper by so many columns.
    Indent(usize, Vec<Doc>),
}

/// Words.
pub(crate) fn text(words: impl Into<String>) -> Doc {
    Doc::Text(words.into())
}

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.chars().count() }
}

/// The columns of pieces on one line; `None` when they cannot stand on one.
pub(crate) fn width(docs: &[Doc]) -> Option<usize> {
    let mut all = 0;
    for doc in docs {
        all += match doc {
            Doc::Text(text) => columns(text),
            Doc::Blank => 1,
            Doc::Line => return None,
            Doc::Open(_) | Doc::Close(_) | Doc::TextOpens | Doc::TextCloses => 0,
            Doc::Group(inner) | Doc::Indent(_, inner) => width(inner)?,
        };
    }
    Some(all)
}

/// The pieces on one line.
pub(crate) fn flat(docs: &[Doc]) -> String {
    let mut out = String::new();
    flatten(docs, &mut out);
    out
}

fn flatten(docs: &[Doc], out: &mut String) {
    for doc in docs {
        match doc {
            Doc::Text(text) => out.push_str(text),
            Doc::Blank | Doc::Line => out.push(' '),
            Doc::Open(_) | Doc::Close(_) | Doc::TextOpens | Doc::TextCloses => {}
            Doc::Group(inner) | Doc::Indent(_, inner) => flatten(inner, out),
        }
    }
}

/// Items in brackets, one line or one item a line.
pub(crate) fn listed(open: &str, items: Vec<Vec<Doc>>, close: &str) -> Doc {
    let mut inner = Vec::new();
    for (n, item) in items.into_iter().enumerate() {
        if n > 0 {
            inner.push(text(","));
            inner.push(Doc::Blank);
        }
        inner.extend(item);
    }
    Doc::Group(vec![text(open), Doc::Indent(4, inner), text(close)])
}

/// Lays pieces out from the indent on; they end with a line end.
pub(crate) fn lay_out(docs: &[Doc], indent: usize, page: &mut Page) {
    let mut layout = Layout { page, line: Line { indent, ..Line::default() }, column: indent, texts: 0 };
    let mut stack: Vec<(usize, bool, &Doc)> = docs.iter().rev().map(|doc| (indent, false, doc)).collect();
    while let Some((indent, flat, doc)) = stack.pop() {
        match doc {
            Doc::Text(text) => layout.say(text),
            Doc::Blank if flat => layout.say(" "),
            Doc::Blank | Doc::Line => layout.end(indent),
            Doc::Open(anchor) => layout.page.open(*anchor),
            Doc::Close(anchor) => layout.page.close(*anchor),
            Doc::TextOpens => {
                layout.line.opens_text = true;
                layout.texts += 1;
            }
            Doc::TextCloses => layout.texts -= 1,
            Doc::Group(inner) => {
                let flat = flat || fits(inner, &stack, WIDTH.saturating_sub(layout.column));
                stack.extend(inner.iter().rev().map(|doc| (indent, flat, doc)));
            }
            Doc::Indent(more, inner) => stack.extend(inner.iter().rev().map(|doc| (indent + more, flat, doc))),
        }
    }
    let Layout { page, line, .. } = layout;
    page.push(line);
}

struct Layout<'a> {
    page: &'a mut Page,
    line: Line,
    column: usize,
    texts: usize,
}

impl Layout<'_> {
    fn say(&mut self, text: &str) {
        self.line.text.push_str(text);
        self.column += columns(text);
    }

    fn end(&mut self, indent: usize) {
        let next = Line { indent, within_text: self.texts > 0, ..Line::default() };
        let mut line = std::mem::replace(&mut self.line, next);
        if !line.within_text || line.text.trim().is_empty() {
            line.text.truncate(line.text.trim_end().len());
        }
        self.page.push(line);
        self.column = indent;
    }
}

/// Whether a group, and what follows it up to the next place where the line may end, fits into so many columns.
fn fits(group: &[Doc], rest: &[(usize, bool, &Doc)], columns_left: usize) -> bool {
    let mut left = columns_left;
    let mut own: Vec<&Doc> = group.iter().rev().collect();
    while let Some(doc) = own.pop() {
        let taken = match doc {
            Doc::Text(text) => columns(text),
            Doc::Blank => 1,
            Doc::Line => return false,
            Doc::Open(_) | Doc::Close(_) | Doc::TextOpens | Doc::TextCloses => 0,
            Doc::Group(inner) | Doc::Indent(_, inner) => {
                own.extend(inner.iter().rev());
                0
            }
        };
        let Some(fewer) = left.checked_sub(taken) else { return false };
        left = fewer;
    }
    let mut rest = rest.iter().rev();
    let mut inner: Vec<(bool, &Doc)> = Vec::new();
    loop {
        let Some((flat, doc)) = inner.pop().or_else(|| rest.next().map(|(_, flat, doc)| (*flat, *doc))) else {
            return true;
        };
        let taken = match doc {
            Doc::Text(text) => columns(text),
            Doc::Blank if flat => 1,
            Doc::Blank | Doc::Line => return true,
            Doc::Open(_) | Doc::Close(_) | Doc::TextOpens | Doc::TextCloses => 0,
            Doc::Group(docs) | Doc::Indent(_, docs) => {
                inner.extend(docs.iter().rev().map(|doc| (flat, doc)));
                0
            }
        };
        let Some(fewer) = left.checked_sub(taken) else { return false };
        left = fewer;
    }
}
