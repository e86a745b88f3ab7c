//! A page that is being written: lines, and on which of them each construct of the tree begins and ends.

/// Lines are kept within so many columns where they can be broken.
pub(crate) const WIDTH: usize = 120;

/// A line without its indent.
#[derive(Debug, Default)]
pub(crate) struct Line {
    /// Columns before it.
    pub(crate) indent: usize,
    /// Its text.
    pub(crate) text: String,
    /// Whether it only opens what stands below (`states:`).
    pub(crate) header: bool,
    /// Whether a blank line stands before it.
    pub(crate) blank: Blank,
    /// Whether it begins within a text of several lines.
    pub(crate) within_text: bool,
    /// Whether a text of several lines opens in it.
    pub(crate) opens_text: bool,
}

/// Whether a blank line stands before a line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Blank {
    /// Always, before the comments that belong to the line.
    Always,
    /// The author left one between the line and what stands above it, comments included.
    Author,
    /// Never.
    #[default]
    Never,
}

/// Lines and places.
#[derive(Debug)]
pub(crate) struct Page {
    /// The lines so far.
    pub(crate) lines: Vec<Line>,
    /// By anchor: its first and its last line.
    pub(crate) places: Vec<Option<(usize, usize)>>,
    /// Blank lines before the next line.
    blank: Blank,
}

impl Page {
    /// A page for a tree of so many anchors.
    pub(crate) fn new(anchors: usize) -> Page {
        Page { lines: Vec::new(), places: vec![None; anchors], blank: Blank::Never }
    }

    /// Asks for a blank line before the next line.
    pub(crate) fn blank(&mut self, blank: Blank) {
        if self.blank != Blank::Always {
            self.blank = blank;
        }
    }

    /// Adds a line.
    pub(crate) fn push(&mut self, mut line: Line) {
        let asked = std::mem::take(&mut self.blank);
        if !line.within_text {
            line.blank = asked;
        }
        self.lines.push(line);
    }

    /// Adds a plain line.
    pub(crate) fn line(&mut self, indent: usize, text: impl Into<String>) {
        self.push(Line { indent, text: text.into(), ..Line::default() });
    }

    /// Adds a line that only opens what stands below.
    pub(crate) fn header(&mut self, indent: usize, text: impl Into<String>) {
        self.push(Line { indent, text: text.into(), header: true, ..Line::default() });
    }

    /// An anchor begins on the line that comes next.
    pub(crate) fn open(&mut self, anchor: usize) {
        let line = self.lines.len();
        if let Some(place) = self.places.get_mut(anchor) {
            place.get_or_insert((line, line));
        }
    }

    /// An anchor ends on the line that comes next.
    pub(crate) fn close(&mut self, anchor: usize) {
        let line = self.lines.len();
        self.ends(anchor, line);
    }

    /// An anchor ended on the line before.
    pub(crate) fn closed(&mut self, anchor: usize) {
        let line = self.lines.len().saturating_sub(1);
        self.ends(anchor, line);
    }

    fn ends(&mut self, anchor: usize, line: usize) {
        if let Some(Some((first, last))) = self.places.get_mut(anchor) {
            *last = line.max(*first);
        }
    }
}
