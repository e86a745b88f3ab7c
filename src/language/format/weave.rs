//! Comments into the lines of a page, and the page into a text.

use crate::language::format::anchors::Anchors;
use crate::language::format::attach::{Attached, Attachments, Place};
use crate::language::format::page::{Blank, Line, Page};
use crate::language::syntax::ast::Spelling;
use crate::language::syntax::comments::Comment;

/// Writes the page with its comments.
pub(crate) fn text(page: &Page, anchors: &Anchors, comments: &Attachments, spelling: Spelling) -> String {
    let mut weaver = Weaver {
        page,
        comments: &comments.list,
        above: vec![Vec::new(); page.lines.len() + 1],
        below: vec![Vec::new(); page.lines.len()],
        ends: vec![None; page.lines.len()],
        sign: Comment::sign(spelling),
        out: String::new(),
        opened: true,
    };
    let starts = starts(page, anchors);
    for (number, comment) in comments.list.iter().enumerate() {
        weaver.place(number, comment, &starts);
    }
    weaver.write();
    weaver.out
}

/// By line: where the last construct that begins on it began in the text it was read from.
fn starts(page: &Page, anchors: &Anchors) -> Vec<usize> {
    let mut starts = vec![0; page.lines.len()];
    for (place, anchor) in page.places.iter().zip(&anchors.list) {
        if let Some(start) = place.and_then(|(first, _)| starts.get_mut(first)) {
            *start = anchor.start.max(*start);
        }
    }
    starts
}

struct Weaver<'a> {
    page: &'a Page,
    comments: &'a [Attached],
    /// By line: the comments above it. The last entry is the end of the page.
    above: Vec<Vec<usize>>,
    /// By line: the comments below it, each with the indent of what it stands below.
    below: Vec<Vec<(usize, usize)>>,
    /// By line: the comment at its end.
    ends: Vec<Option<usize>>,
    sign: &'static str,
    out: String,
    /// Whether nothing may be left blank: the page or a block begins.
    opened: bool,
}

impl Weaver<'_> {
    fn place(&mut self, number: usize, comment: &Attached, starts: &[usize]) {
        match comment.to {
            Place::Top => self.above[0].push(number),
            Place::End => self.at_end(number),
            Place::Above { anchor, over } => match self.found(anchor) {
                Some((first, _)) => {
                    let line = self.over_headers(first, over);
                    self.put_above(number, line);
                }
                None => self.at_end(number),
            },
            Place::Below(anchor) => match self.found(anchor) {
                Some((first, last)) => self.below[last].push((number, self.page.lines[first].indent)),
                None => self.at_end(number),
            },
            Place::First(anchor) | Place::Last(anchor) => match self.found(anchor) {
                Some((first, last)) => {
                    let line = if matches!(comment.to, Place::First(_)) { first } else { last };
                    let shown = &self.page.lines[line];
                    let in_text = shown.within_text || shown.opens_text;
                    if in_text || self.ends[line].is_some() || starts[line] > comment.start {
                        self.put_above(number, line);
                    } else {
                        self.ends[line] = Some(number);
                    }
                }
                None => self.at_end(number),
            },
        }
    }

    /// Where a construct stands; of one that does not, the next that does.
    fn found(&self, anchor: usize) -> Option<(usize, usize)> {
        let place = self.page.places.get(anchor..)?.iter().find_map(|place| *place)?;
        (place.1 < self.page.lines.len()).then_some(place)
    }

    fn over_headers(&self, first: usize, over: usize) -> usize {
        let headers = self.page.lines[..first].iter().rev().take_while(|line| line.header).count();
        first - over.min(headers)
    }

    /// Above a line; a text of several lines is not cut.
    fn put_above(&mut self, number: usize, mut line: usize) {
        while self.page.lines[line].within_text && line > 0 {
            line -= 1;
        }
        self.above[line].push(number);
    }

    fn at_end(&mut self, number: usize) {
        let last = self.above.len() - 1;
        self.above[last].push(number);
    }

    fn write(&mut self) {
        let page = self.page;
        for (number, line) in page.lines.iter().enumerate() {
            let above = std::mem::take(&mut self.above[number]);
            let blank = self.write_above(&above, line.indent, line.blank);
            if blank {
                self.leave_blank();
            }
            self.write_line(line, self.ends[number]);
            for (comment, indent) in std::mem::take(&mut self.below[number]) {
                if self.comments[comment].blank_above {
                    self.leave_blank();
                }
                self.write_comment(comment, indent);
            }
        }
        let above = self.above.pop().unwrap_or_default();
        self.opened &= page.lines.is_empty();
        self.write_above(&above, 0, Blank::Never);
    }

    /// Writes comments, and says whether a blank line comes after them.
    fn write_above(&mut self, above: &[usize], indent: usize, wanted: Blank) -> bool {
        let mut below = wanted != Blank::Never;
        for (n, number) in above.iter().enumerate() {
            let comment = &self.comments[*number];
            let blank = match (n, comment.alone) {
                (0, true) => comment.blank_above || wanted == Blank::Always,
                (0, false) => wanted != Blank::Never,
                (_, true) => comment.blank_above || below,
                (_, false) => below,
            };
            if blank {
                self.leave_blank();
            }
            self.write_comment(*number, indent);
            below = comment.alone && comment.blank_below;
        }
        below
    }

    fn write_comment(&mut self, number: usize, indent: usize) {
        self.indent(indent);
        self.out.push_str(self.sign);
        self.out.push_str(&self.comments[number].text);
        self.out.push('\n');
        self.opened = false;
    }

    fn write_line(&mut self, line: &Line, end: Option<usize>) {
        if !line.text.is_empty() {
            self.indent(line.indent);
        }
        self.out.push_str(&line.text);
        if let Some(end) = end {
            self.out.push_str("  ");
            self.out.push_str(self.sign);
            self.out.push_str(&self.comments[end].text);
        }
        self.out.push('\n');
        self.opened = !line.within_text && (line.header || line.text.ends_with('{'));
    }

    fn leave_blank(&mut self) {
        if !self.opened && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn indent(&mut self, columns: usize) {
        self.out.extend(std::iter::repeat_n(' ', columns));
    }
}
