//! Findings as pictures for people. The only file that knows miette.
//!
//! miette asks for the text around a place again and again; a source that scans from the top each time makes long files
//! slow, so `Shown` answers from the line index. Lines of any length and spans of any extent are cut to what can be read.

use crate::cli::render::Findings;
use crate::language::diagnostic::{Diagnostic, Label, Severity};
use crate::language::source::{FileId, Source, Span};
use miette::{LabeledSpan, MietteError, MietteHandler, MietteHandlerOpts, MietteSpanContents, RgbColors};
use miette::{SourceCode, SourceSpan, SpanContents};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, IsTerminal, Write};

/// More findings than this are counted, not shown.
pub const MOST_SHOWN: usize = 200;
/// Bytes of one snippet; beyond that only the neighbourhood of the label is shown.
const WIDEST: usize = 2_000;
/// Bytes shown on either side of a label on a very long line.
const MARGIN: usize = 40;
/// A label over more lines than this is shown on its first line only.
const MOST_LINES: usize = 5;

/// Whether pictures have colours, and how wide they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Colours.
    pub colour: bool,
    /// Columns; `None` is the terminal's own width.
    pub width: Option<usize>,
}

impl Look {
    /// 80 columns without colour: for pipes, files and golden texts.
    pub const PLAIN: Look = Look { colour: false, width: Some(80) };

    /// The look that fits standard output.
    #[must_use]
    pub fn of_stdout() -> Look {
        Look::of(&io::stdout())
    }

    /// The look that fits standard error.
    #[must_use]
    pub fn of_stderr() -> Look {
        Look::of(&io::stderr())
    }

    fn of(stream: &impl IsTerminal) -> Look {
        if !stream.is_terminal() {
            return Look::PLAIN;
        }
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Look { colour: !set("NO_COLOR") && !dumb, width: None }
    }
}

/// Writes findings as text, counting those beyond [`MOST_SHOWN`].
pub struct Writer {
    handler: MietteHandler,
    shown: usize,
    left_out: usize,
}

impl Writer {
    /// A writer with a look.
    #[must_use]
    pub fn new(look: Look) -> Writer {
        let options = MietteHandlerOpts::new()
            .terminal_links(false)
            .force_graphical(true)
            .unicode(true)
            .color(look.colour)
            .rgb_colors(RgbColors::Never)
            .tab_width(4);
        let options = match look.width {
            Some(width) => options.width(width),
            None => options,
        };
        Writer { handler: options.build(), shown: 0, left_out: 0 }
    }

    /// Writes one project's findings.
    ///
    /// # Errors
    /// When the output does.
    pub fn write(&mut self, findings: Findings<'_>, out: &mut impl Write) -> io::Result<()> {
        let room = MOST_SHOWN - self.shown;
        let now = &findings.all[..findings.all.len().min(room)];
        self.shown += now.len();
        self.left_out += findings.all.len() - now.len();
        let mut texts: BTreeMap<FileId, Shown> = BTreeMap::new();
        for label in now.iter().flat_map(|finding| std::iter::once(&finding.primary).chain(&finding.secondary)) {
            let file = label.span.file;
            texts.entry(file).or_insert_with(|| Shown::new(findings.sources.source(file)));
        }
        for finding in now {
            for report in Report::all(finding, &texts) {
                write!(out, "{}", Picture { report: &report, handler: &self.handler })?;
            }
            writeln!(out)?;
        }
        Ok(())
    }

    /// Says how many findings were left out.
    ///
    /// # Errors
    /// When the output does.
    pub fn finish(self, out: &mut impl Write) -> io::Result<()> {
        match self.left_out {
            0 => Ok(()),
            more => writeln!(out, "… and {more} more"),
        }
    }
}

/// One project's findings as plain text; what golden files hold.
#[must_use]
pub fn plain(findings: Findings<'_>) -> String {
    let mut out = Vec::new();
    let mut writer = Writer::new(Look::PLAIN);
    // Writing to memory cannot fail.
    let _ = writer.write(findings, &mut out).and_then(|()| writer.finish(&mut out));
    String::from_utf8_lossy(&out).into_owned()
}

struct Picture<'a> {
    report: &'a Report<'a>,
    handler: &'a MietteHandler,
}

impl fmt::Display for Picture<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        miette::ReportHandler::debug(self.handler, self.report, f)
    }
}

/// A text that miette can ask: indexed by lines, free of characters that would move a terminal's cursor, and with a space
/// on the last line where that line is empty, so that a label can stand at the text's end.
struct Shown<'a> {
    source: &'a Source,
    text: Cow<'a, str>,
}

impl<'a> Shown<'a> {
    fn new(source: &'a Source) -> Shown<'a> {
        let mut text = harmless(source.text());
        if text.is_empty() || text.ends_with('\n') {
            text.to_mut().push(' ');
        }
        Shown { source, text }
    }

    /// A label's span as it is shown: on character boundaries, and cut where it is very long.
    fn cut(&self, span: Span) -> (usize, usize) {
        let start = self.text.floor_char_boundary(span.start as usize);
        let end = self.text.ceil_char_boundary((span.end as usize).max(start)).min(self.text.len()).max(start);
        let first = self.source.line_of(start);
        let line_end = self.source.line_range(first).map_or(end, |range| range.end.max(start));
        let end = if self.source.line_of(end) - first >= MOST_LINES { line_end } else { end };
        let end = if end - start > WIDEST / 4 { self.text.floor_char_boundary(start + WIDEST / 4) } else { end };
        (start, end - start)
    }

    fn range(&self, line: usize) -> std::ops::Range<usize> {
        let end = self.text.len();
        let range = self.source.line_range(line).unwrap_or(end..end);
        if line + 1 == self.source.line_count() { range.start..end } else { range }
    }

    /// Whether a line is the empty one after the last line end: not worth showing for its own sake.
    fn is_nothing(&self, line: usize) -> bool {
        line > 0
            && self
                .source
                .line_range(line)
                .is_some_and(|range| range.is_empty() && range.end == self.source.text().len())
    }

    /// What is shown for a place: some lines around it; on very long lines only its neighbourhood.
    fn window(&self, start: usize, end: usize, before: usize, after: usize) -> Option<std::ops::Range<usize>> {
        let first = self.source.line_of(start);
        let last = self.source.line_of(if end > start { end - 1 } else { end });
        let top = first.saturating_sub(before);
        let bottom = (last + after).min(self.source.line_count() - 1);
        let bottom = if bottom > last && self.is_nothing(bottom) { bottom - 1 } else { bottom };
        let around = self.range(top).start..self.range(bottom).end.max(end);
        if around.len() <= WIDEST {
            return Some(around);
        }
        let near = self.text.floor_char_boundary(start.saturating_sub(MARGIN)).max(self.range(first).start)
            ..self.text.ceil_char_boundary(end + MARGIN).min(self.range(last).end).max(end);
        (near.len() <= WIDEST).then_some(near)
    }
}

impl SourceCode for Shown<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let start = span.offset().min(self.text.len());
        let end = (span.offset() + span.len()).min(self.text.len());
        let window = self.window(start, end, before, after).ok_or(MietteError::OutOfBounds)?;
        // Without lines around it, the question is only where the place is.
        let (line, column) = match (before, after) {
            (0, 0) => {
                let at = self.source.position(start);
                (at.line - 1, at.column - 1)
            }
            _ => (self.source.line_of(window.start), 0),
        };
        let line_count = self.source.line_of(window.end) + 1 - self.source.line_of(window.start);
        let data = self.text.get(window.clone()).ok_or(MietteError::OutOfBounds)?.as_bytes();
        let name = harmless(self.source.path()).into_owned();
        let covered = SourceSpan::new(window.start.into(), window.len());
        Ok(Box::new(MietteSpanContents::new_named(name, data, covered, line, column, line_count)))
    }
}

/// The same text, byte for byte as long, with a space for each control character but tabs and line ends.
fn harmless(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let harms = |at: usize| match bytes[at] {
        b'\n' | b'\t' => false,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        byte => byte.is_ascii_control(),
    };
    if !(0..bytes.len()).any(harms) {
        return Cow::Borrowed(text);
    }
    let clean = (0..bytes.len()).map(|at| if harms(at) { b' ' } else { bytes[at] }).collect();
    // Only ASCII bytes were replaced, by an ASCII byte: it is still UTF-8.
    Cow::Owned(String::from_utf8(clean).unwrap_or_default())
}

/// A finding, or one of its places in another text, as miette takes it.
struct Report<'a> {
    head: Option<String>,
    severity: Severity,
    message: String,
    help: Option<String>,
    text: &'a Shown<'a>,
    labels: Vec<LabeledSpan>,
}

impl<'a> Report<'a> {
    /// The finding with its labels in its own text, then one report for each label elsewhere.
    fn all(finding: &'a Diagnostic, texts: &'a BTreeMap<FileId, Shown<'a>>) -> Vec<Report<'a>> {
        let home = finding.primary.span.file;
        let there = finding.secondary.iter().filter(|label| label.span.file != home);
        std::iter::once(Report::at_home(finding, &texts[&home]))
            .chain(there.map(|label| Report::elsewhere(label, &texts[&label.span.file])))
            .collect()
    }

    fn at_home(finding: &'a Diagnostic, text: &'a Shown<'a>) -> Report<'a> {
        let own = &finding.primary;
        let primary = LabeledSpan::new_primary_with_span(words(&own.text), text.cut(own.span));
        let here = finding.secondary.iter().filter(|label| label.span.file == own.span.file);
        Report {
            head: Some(format!("{} {}", finding.severity.word(), finding.code)),
            severity: finding.severity,
            message: harmless(&finding.message).into_owned(),
            help: help(finding).map(|help| harmless(&help).into_owned()),
            text,
            labels: std::iter::once(primary)
                .chain(here.map(|label| LabeledSpan::new_with_span(words(&label.text), text.cut(label.span))))
                .collect(),
        }
    }

    fn elsewhere(label: &Label, text: &'a Shown<'a>) -> Report<'a> {
        Report {
            head: None,
            severity: Severity::Note,
            message: harmless(&label.text).into_owned(),
            help: None,
            text,
            labels: vec![LabeledSpan::new_primary_with_span(None, text.cut(label.span))],
        }
    }
}

/// The next move, and before it the call that comes to the finding.
fn help(finding: &Diagnostic) -> Option<String> {
    let call = finding.witness.as_ref().map(|witness| witness.line()).filter(|line| !line.is_empty());
    match (call, &finding.help) {
        (Some(call), Some(help)) => Some(format!("{help}\ncall: {call}")),
        (Some(call), None) => Some(format!("call: {call}")),
        (None, help) => help.clone(),
    }
}

/// A label's words; none are none, not an empty line.
fn words(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| harmless(text).into_owned())
}

impl fmt::Debug for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Report<'_> {}

impl miette::Diagnostic for Report<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.head.as_ref().map(|head| Box::new(head) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(match self.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
            Severity::Note => miette::Severity::Advice,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.text)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use crate::cli::render::{Findings, text};
    use crate::language::diagnostic::{Code, Diagnostic};
    use crate::language::source::{FileId, Sources, Span};
    use proptest::prelude::*;
    use std::time::{Duration, Instant};

    fn sources(texts: &[&str]) -> (Sources, Vec<FileId>) {
        let mut sources = Sources::default();
        let ids = texts.iter().enumerate().map(|(n, text)| sources.add(format!("t{n}.flow"), *text)).collect();
        (sources, ids)
    }

    fn show(sources: &Sources, finding: Diagnostic) -> String {
        text::plain(Findings { sources, all: &[finding] })
    }

    fn finding(span: Span) -> Diagnostic {
        Diagnostic::new(Code::F0102, "unknown state `mneu`", span, "no state has this name")
    }

    #[test]
    fn a_finding_is_a_picture() {
        let (sources, ids) = sources(&["flow a\nstart é mneu\nmenu: hangup\n", "prompts: x\n"]);
        let picture = show(
            &sources,
            finding(Span::new(ids[0], 16, 20))
                .and(Span::new(ids[0], 21, 25), "declared here")
                .and(Span::new(ids[1], 0, 7), "another text")
                .help("did you mean `menu`?"),
        );
        insta::assert_snapshot!(picture, @r"
        error F0102

          × unknown state `mneu`
           ╭─[t0.flow:2:9]
         1 │ flow a
         2 │ start é mneu
           ·         ──┬─
           ·           ╰── no state has this name
         3 │ menu: hangup
           · ──┬─
           ·   ╰── declared here
           ╰────
          help: did you mean `menu`?
          ☞ another text
           ╭─[t1.flow:1:1]
         1 │ prompts: x
           · ───────
           ╰────
        ");
    }

    #[test]
    fn the_end_of_the_text_has_a_picture() {
        let (sources, ids) = sources(&["flow a\n", ""]);
        for (span, place) in [(Span::new(ids[0], 7, 7), "t0.flow:2:1"), (Span::new(ids[1], 0, 0), "t1.flow:1:1")] {
            let picture = show(&sources, finding(span));
            assert!(picture.contains(place) && picture.contains("╰── no state has this name"), "{picture}");
        }
    }

    #[test]
    fn a_very_long_line_is_cut() {
        let long = format!("{}here{}", "é".repeat(50_000), "x".repeat(100_000));
        let (sources, ids) = sources(&[&long]);
        let picture =
            show(&sources, finding(Span::new(ids[0], 100_000, 100_004)).and(Span::new(ids[0], 2, 4), "and there"));
        assert!(picture.len() < 4_000, "{}", picture.len());
        assert!(picture.contains("t0.flow:1:50001") && picture.contains("here"), "{picture}");
    }

    #[test]
    fn a_label_over_many_lines_is_its_first_line() {
        let (sources, ids) = sources(&[&"line\n".repeat(1_000)]);
        let picture = show(&sources, finding(Span::new(ids[0], 5, 4_000)));
        assert!(picture.lines().count() < 12, "{picture}");
    }

    #[test]
    fn only_so_many_are_shown() {
        let (sources, ids) = sources(&["a\n"]);
        let all = vec![finding(Span::new(ids[0], 0, 1)); 207];
        let picture = text::plain(Findings { sources: &sources, all: &all });
        assert!(picture.ends_with("… and 7 more\n"));
        assert_eq!(picture.matches("F0102").count(), 200);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let (sources, ids) = sources(&["a \u{1b}[31m b\r c\n"]);
        let picture = show(&sources, Diagnostic::new(Code::F0008, "\u{7}", Span::new(ids[0], 2, 3), "\u{1b}[2J"));
        assert!(!picture.contains(|c: char| c.is_control() && c != '\n'), "{picture:?}");
    }

    #[test]
    fn ten_megabytes_take_no_time() {
        let (sources, ids) = sources(&["state: hangup\n".repeat(700_000).as_str()]);
        let all: Vec<Diagnostic> =
            (0..200_usize).map(|n| finding(Span::new(ids[0], 9_000_000 + n * 14, 9_000_005 + n * 14))).collect();
        let started = Instant::now();
        let picture = text::plain(Findings { sources: &sources, all: &all });
        assert!(picture.contains("t0.flow:642858:"), "{}", &picture[..400]);
        // Rescanning from the top would take some 40 s here; generous, so that a busy machine does not fail it.
        assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    }

    proptest! {
        #[test]
        fn no_span_panics(text in "[a-z é\t\r\n\u{1F600}]{0,60}", spans in prop::collection::vec((0_usize..80, 0_usize..80), 1..4)) {
            let (sources, ids) = sources(&[&text]);
            let mut spans = spans.into_iter().map(|(a, b)| Span::new(ids[0], a, b));
            let mut one = finding(spans.next().expect("at least one"));
            for span in spans {
                one = one.and(span, "there");
            }
            prop_assert!(show(&sources, one).contains("unknown state"));
        }
    }
}
