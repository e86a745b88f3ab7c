//! Reading on behind a place that is not YAML: the fault is put into people's words, its lines are blanked, and the text is
//! read again. Knows nothing of flows.

use std::ops::Range;

use granit_parser::{ErrorKind, ScanError};

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Source, Span};
use crate::language::syntax::ast::Spelling;
use crate::language::syntax::error;
use crate::language::syntax::fields;
use crate::language::syntax::grammar;
use crate::language::syntax::hidden;
use crate::language::syntax::yaml::tree::{self, Node};

/// How many faults are looked for in one file.
const MAX_FAULTS: usize = 20;

/// How many bytes may be read again in all; a large file with faults is not read twenty times.
const MAX_REREAD: usize = 3 * 1024 * 1024;

/// What is said of a line that is indented in no way that fits.
const MISFIT: &str = "this line does not fit the lines above it";

/// What could be read of a file.
pub(crate) struct Document {
    /// The value.
    pub(crate) root: Option<Node>,
    /// Where comments begin.
    pub(crate) comments: Vec<usize>,
    /// What was left out because it is not YAML.
    pub(crate) blanked: Vec<Range<usize>>,
}

/// Reads a text, fault by fault.
pub(crate) fn read(text: &str, file: FileId, found: &mut Vec<Diagnostic>) -> Document {
    let mut copy = hidden::blanked(text, Spelling::Yaml, file, found).into_owned();
    let mut out = Vec::new();
    let mut tabs = false;
    let mut reread = 0;
    for round in 0.. {
        let mut refused = Vec::new();
        let read = tree::read(&copy, file, &mut refused);
        let Some((fault, flows)) = read.fault else {
            found.append(&mut refused);
            out.extend(read.lost);
            return Document { root: read.root, comments: read.comments, blanked: out };
        };
        let source = Source::new("", copy.as_str());
        let (finding, lines) = Fault { source: &source, file, fault: &fault, flows: &flows }.explain();
        // A tab became one space, so lines with tabs may not fit any more: that has been said.
        if !(tabs && (finding.message == MISFIT || lines.begins_with_tab(text, &source))) {
            found.push(finding);
        }
        reread += copy.len();
        if round + 1 == MAX_FAULTS || reread > MAX_REREAD || *fault.kind() == ErrorKind::RecursionLimitExceeded {
            found.append(&mut refused);
            out.push(source.text().len()..source.text().len() + 1);
            return Document { root: read.root, comments: read.comments, blanked: out };
        }
        copy = match lines {
            Repair::Blank(lines) => {
                out.extend(lines.clone().filter_map(|line| source.line_range(line)));
                blanked(&source, lines)
            }
            Repair::Tabs => {
                tabs = true;
                untabbed(&copy)
            }
        };
    }
    Document { root: None, comments: Vec::new(), blanked: out }
}

/// What makes the rest readable.
enum Repair {
    /// Lines, counted from 0, are left out.
    Blank(Range<usize>),
    /// Tabs before the first word of a line become spaces.
    Tabs,
}

impl Repair {
    /// Whether the first line that is left out was indented with a tab.
    fn begins_with_tab(&self, text: &str, source: &Source) -> bool {
        let Repair::Blank(lines) = self else { return false };
        let line = source.line_range(lines.start).and_then(|range| text.get(range)).unwrap_or("");
        line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).any(|b| b == b'\t')
    }
}

fn blanked(source: &Source, lines: Range<usize>) -> String {
    let mut bytes = source.text().as_bytes().to_vec();
    for range in lines.filter_map(|line| source.line_range(line)) {
        bytes[range].fill(b' ');
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn untabbed(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut indent = true;
    for byte in &mut bytes {
        match *byte {
            b'\n' => indent = true,
            b'\t' if indent => *byte = b' ',
            b' ' => {}
            _ => indent = false,
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

struct Fault<'a> {
    source: &'a Source,
    file: FileId,
    fault: &'a ScanError,
    /// Where `{ }` and `[ ]` stood open.
    flows: &'a [usize],
}

impl Fault<'_> {
    fn explain(&self) -> (Diagnostic, Repair) {
        let at = self.fault.marker().byte_offset().unwrap_or(0).min(self.source.text().len());
        let kind = self.fault.kind();
        let line = self.written_line(at);
        if is_tab(kind) {
            let begin = self.source.line_range(line).map_or(at, |range| range.start);
            let tab = self.line(line).find('\t').map_or(at, |tab| begin + tab);
            let finding = Diagnostic::new(Code::F0008, "a tab cannot indent", self.span(tab, tab + 1), "this is a tab");
            return (finding.help("indent with spaces"), Repair::Tabs);
        }
        if let Some(open) = self.unclosed_quote(kind, line) {
            let opening = self.source.line_of(open);
            return (self.never_closed(open), Repair::Blank(opening..self.end_of_nested(opening)));
        }
        if let Some((first, last)) = self.unclosed_brackets(kind, line) {
            let opening = self.source.line_of(first);
            let finding = match self.comment_on(self.source.line_of(last), last) {
                Some(comment) => error::cut_by_comment(self.source.text(), comment),
                None => self.never_closed(last),
            };
            return (finding, Repair::Blank(opening..self.end_of_nested(opening)));
        }
        if let Some(above) = self.key_without_colon(kind, line) {
            let range = self.source.line_range(above).unwrap_or(at..at);
            let end = range.start + self.line(above).trim_end().len();
            let message = format!("expected `:` after `{}`", self.line(above).trim());
            let finding = Diagnostic::new(Code::F0002, message, self.span(end, end), "it is missing here");
            return (finding, Repair::Blank(above..self.end_of_nested(above)));
        }
        let end = if self.flows.is_empty() { self.end_of_nested(line) } else { line + 1 };
        (self.on_line(kind, at, line), Repair::Blank(line..end))
    }

    /// A fault that lies in the line on which it was noticed.
    fn on_line(&self, kind: &ErrorKind, at: usize, line: usize) -> Diagnostic {
        if let Some(comment) = self.key_cut_by_comment(line) {
            return error::cut_by_comment(self.source.text(), comment);
        }
        let first_colon = self.line(line).find(": ").or_else(|| self.line(line).find(':'));
        let begin = self.source.line_range(line).map_or(at, |range| range.start);
        let misfit =
            is_second_key(kind) && self.flows.is_empty() && first_colon.is_some_and(|colon| begin + colon >= at);
        let kind = if misfit { &ErrorKind::InvalidIndentation } else { kind };
        let (code, message, help) = self.words(kind, at);
        let text = self.source.line_range(line).map_or("", |range| &self.source.text()[range]);
        let first = begin + text.len() - text.trim_start().len();
        let last = begin + text.trim_end().len();
        let token = grammar::token_at(self.source.text(), at).len();
        let span = match () {
            () if self.source.line_of(at) != line || at >= last => self.span(last, last),
            () if whole_line(kind) => self.span(first, last),
            () => self.span(at, at + token.max(1)),
        };
        let finding = Diagnostic::new(code, message, span, "noticed here").maybe_help(help.map(str::to_owned));
        if self.is_star(span) { finding.instead(span, "star") } else { finding }
    }

    /// Whether a place holds the key `*` and nothing else.
    fn is_star(&self, span: Span) -> bool {
        let rest = self.source.text().get(span.start as usize..).unwrap_or("");
        let after =
            rest.strip_prefix('*').map(|rest| rest.starts_with([' ', ',', '}', ']', '\r', '\n']) || rest.is_empty());
        span.end == span.start + 1 && after == Some(true)
    }

    /// A fault in people's words, and the next move.
    fn words(&self, kind: &ErrorKind, at: usize) -> (Code, String, Option<&'static str>) {
        const QUOTE: Option<&str> = Some("put quotes round an expression or a text that contains , [ ] { } : or #");
        let said = |message: &str, help| (Code::F0002, message.to_owned(), help);
        match kind {
            ErrorKind::MissingAnchorOrAliasName => {
                let before = self.source.text().get(..=at).unwrap_or("").trim_end();
                let what = if before.ends_with('&') { "an anchor" } else { "an alias" };
                let message = format!("{what} cannot stand in a flow");
                (Code::F0003, message, Some("write `star` for the key, or quote a text that begins with `*` or `&`"))
            }
            ErrorKind::UnexpectedCharacter { character } => {
                let message = format!("`{character}` cannot begin a value");
                (Code::F0008, message, Some("quote a text that begins with it"))
            }
            ErrorKind::PlainScalarStartsWithDashFlowIndicator => said("`-` cannot stand here alone", QUOTE),
            ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => {
                said("expected `:` after the key", Some("a line is `key: value`"))
            }
            second if is_second_key(second) => {
                said("a `: ` that YAML takes for a second key", Some("quote a text that contains `: `"))
            }
            ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::FlowMappingValueAdjacentCollection => {
                said("expected `,` or `}`", QUOTE)
            }
            ErrorKind::ExpectedFlowSequenceSeparator => said("expected `,` or `]`", QUOTE),
            ErrorKind::MismatchedFlowCollectionEnd { open, close } => {
                (Code::F0002, format!("`{open}` is closed by `{close}`"), QUOTE)
            }
            ErrorKind::MisplacedFlowCollectionEnd => {
                let sign = grammar::token_at(self.source.text(), at);
                let sign = if sign.is_empty() { "}" } else { sign };
                (Code::F0002, format!("`{sign}` closes nothing"), QUOTE)
            }
            ErrorKind::InvalidTrailingSingleQuotedScalar | ErrorKind::InvalidTrailingDoubleQuotedScalar => {
                said("expected the end of the value after a text in quotes", Some("put the quotes round all of it"))
            }
            ErrorKind::UnknownQuotedScalarEscape
            | ErrorKind::InvalidQuotedScalarHexEscape
            | ErrorKind::InvalidUnicodeEscape => {
                said("an escape that stands for nothing", Some("write `\\\\` for a backslash, or use single quotes"))
            }
            ErrorKind::InvalidIndentation
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::MappingKeyNotAllowed
            | ErrorKind::BlockSequenceEntryNotAllowed => {
                said(MISFIT, Some("indent it like the lines it belongs to, and write `key: value`"))
            }
            ErrorKind::RecursionLimitExceeded => {
                let message = format!("nested deeper than {} levels", grammar::MAX_DEPTH);
                (Code::F0007, message, None)
            }
            other => (Code::F0002, format!("this cannot be read: {other}"), None),
        }
    }

    /// The line above that opens this one's block and lacks its `:`.
    fn key_without_colon(&self, kind: &ErrorKind, line: usize) -> Option<usize> {
        if !is_second_key(kind) {
            return None;
        }
        let above = (0..line).rev().find(|above| !self.line(*above).trim().is_empty())?;
        let text = self.line(above).trim();
        (self.indent(above) < self.indent(line) && fields::is_name(text)).then_some(above)
    }

    /// The line a fault belongs to: where it was noticed, or the last one above that says something.
    fn written_line(&self, at: usize) -> usize {
        let mut line = self.source.line_of(at);
        while line > 0 && self.line(line).trim().is_empty() {
            line -= 1;
        }
        line
    }

    fn line(&self, line: usize) -> &str {
        self.source.line_range(line).map_or("", |range| &self.source.text()[range])
    }

    fn indent(&self, line: usize) -> usize {
        let text = self.line(line);
        text.len() - text.trim_start().len()
    }

    /// The line after a line and all that is indented deeper below it.
    fn end_of_nested(&self, line: usize) -> usize {
        let mut end = line + 1;
        while end < self.source.line_count()
            && (self.line(end).trim().is_empty() || self.indent(end) > self.indent(line))
        {
            end += 1;
        }
        end
    }

    /// Where the outermost and the innermost bracket opened, when one is never closed.
    fn unclosed_brackets(&self, kind: &ErrorKind, line: usize) -> Option<(usize, usize)> {
        let (first, last) = (*self.flows.first()?, *self.flows.last()?);
        let opening = self.source.line_of(first);
        let at_end = matches!(
            kind,
            ErrorKind::UnclosedFlowCollection { .. }
                | ErrorKind::UnexpectedEof
                | ErrorKind::UnexpectedEofFlowMapping
                | ErrorKind::UnexpectedEofFlowSequence
                | ErrorKind::UnexpectedEofImplicitFlowMapping
        );
        let left = line > opening && self.indent(line) <= self.indent(opening);
        let cut = self.comment_on(self.source.line_of(last), last).is_some() && line > opening;
        (at_end || left || cut).then_some((first, last))
    }

    /// Where a text in quotes opened that its line does not close.
    fn unclosed_quote(&self, kind: &ErrorKind, line: usize) -> Option<usize> {
        let quoted = matches!(
            kind,
            ErrorKind::UnclosedQuotedScalar
                | ErrorKind::DocumentIndicatorInQuotedScalar
                | ErrorKind::InvalidQuotedScalarIndent
                | ErrorKind::InvalidTrailingDoubleQuotedScalar
                | ErrorKind::InvalidTrailingSingleQuotedScalar
                | ErrorKind::UnknownQuotedScalarEscape
        );
        if !quoted && !matches!(kind, ErrorKind::InvalidSimpleKey | ErrorKind::SimpleKeyExpected) {
            return None;
        }
        let first = line.saturating_sub(if quoted { 200 } else { 0 });
        (first..=line).rev().find_map(|line| {
            let open = open_quote(self.line(line))?;
            Some(self.source.line_range(line)?.start + open)
        })
    }

    fn never_closed(&self, at: usize) -> Diagnostic {
        let sign = self.source.text().get(at..at + 1).unwrap_or("{");
        let message = format!("`{sign}` is never closed");
        Diagnostic::new(Code::F0002, message, self.span(at, at + 1), "its other end is missing")
    }

    /// A comment behind `from` on a line.
    fn comment_on(&self, line: usize, from: usize) -> Option<Span> {
        let start = self.source.line_range(line)?.start;
        let at = start + comment(self.line(line))?;
        (at > from).then(|| self.span(at, at + 1))
    }

    /// A comment that cuts a key off its `:`.
    fn key_cut_by_comment(&self, line: usize) -> Option<Span> {
        let text = self.line(line);
        let at = comment(text)?;
        let cut = !text[..at].contains(':') && text[at..].contains(':') && !text[..at].trim().is_empty();
        let start = self.source.line_range(line)?.start + at;
        cut.then(|| self.span(start, start + 1))
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let text = self.source.text();
        let whole = |mut at: usize| {
            while !text.is_char_boundary(at) {
                at += 1;
            }
            at
        };
        Span::new(self.file, whole(start.min(text.len())), whole(end.min(text.len())))
    }
}

fn whole_line(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::InvalidIndentation
            | ErrorKind::ExpectedBlockMappingKey
            | ErrorKind::ExpectedBlockSequenceEntry
            | ErrorKind::SimpleKeyExpected
            | ErrorKind::InvalidSimpleKey
    )
}

fn is_second_key(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::MappingValueNotAllowed | ErrorKind::InvalidColonPlacement | ErrorKind::InvalidMappingValueWhitespace
    )
}

fn is_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabNotAllowed
            | ErrorKind::TabInBlockIndentation
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInPlainScalar
            | ErrorKind::TabAtBlockScalarStart
    )
}

/// The byte at which a comment begins: `#` behind a blank, outside quotes.
fn comment(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = b' ';
    for (at, byte) in line.bytes().enumerate() {
        match (quote, byte) {
            (None, b'#') if before == b' ' || before == b'\t' => return Some(at),
            (None, b'"' | b'\'') if opens_quote(before) => quote = Some(byte),
            (Some(open), _) if open == byte && before != b'\\' => quote = None,
            _ => {}
        }
        before = byte;
    }
    None
}

/// The byte at which a text in quotes opens that the line does not close.
fn open_quote(line: &str) -> Option<usize> {
    let mut open: Option<(usize, u8)> = None;
    let mut before = b' ';
    for (at, byte) in line.bytes().enumerate() {
        match (open, byte) {
            (None, b'#') if before == b' ' => return None,
            (None, b'"' | b'\'') if opens_quote(before) => open = Some((at, byte)),
            (Some((_, quote)), _) if quote == byte && !(quote == b'"' && before == b'\\') => open = None,
            _ => {}
        }
        before = if before == b'\\' && byte == b'\\' { b' ' } else { byte };
    }
    open.map(|(at, _)| at)
}

fn opens_quote(before: u8) -> bool {
    matches!(before, b' ' | b'\t' | b'{' | b'[' | b',' | b':' | b'(')
}
