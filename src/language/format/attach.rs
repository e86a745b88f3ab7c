//! Which construct each comment belongs to: the nearest one below when it has a line of its own, the one above where it stands
//! last within another, else the one whose line it ends.

use crate::language::format::anchors::Anchors;
use crate::language::source::Source;
use crate::language::syntax::ast::Spelling;
use crate::language::syntax::comments::Comments;

/// A comment with what it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Attached {
    /// What it says.
    pub(crate) text: String,
    /// Where it stood.
    pub(crate) start: usize,
    /// Where it belongs.
    pub(crate) to: Place,
    /// Whether it had a line of its own.
    pub(crate) alone: bool,
    /// Whether a blank line stood above it.
    pub(crate) blank_above: bool,
    /// Whether a blank line stood below it.
    pub(crate) blank_below: bool,
}

/// Where a comment belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Above a construct, and above so many lines between that only open something (`states:`).
    Above {
        /// The construct.
        anchor: usize,
        /// Lines between.
        over: usize,
    },
    /// Below a construct that is the last within another.
    Below(usize),
    /// At the end of a construct's first line.
    First(usize),
    /// At the end of a construct's last line.
    Last(usize),
    /// Above everything.
    Top,
    /// Below everything.
    End,
}

/// All comments of a file.
#[derive(Debug)]
pub(crate) struct Attachments {
    /// In the order written.
    pub(crate) list: Vec<Attached>,
    /// Constructs with a comment, in order, and where it stands.
    with: Vec<(usize, Side)>,
}

/// Where a comment stands by its construct.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Above,
    Behind,
    Below,
}

impl Attachments {
    /// Finds where each comment belongs.
    pub(crate) fn of(source: &Source, spelling: Spelling, anchors: &Anchors, comments: &Comments) -> Attachments {
        let text = Text::of(source, comments);
        let mut by_end: Vec<usize> = (0..anchors.list.len()).collect();
        by_end.sort_by_key(|at| (anchors.list[*at].end, std::cmp::Reverse(anchors.list[*at].start)));
        let parents = parents(anchors);
        let finder = Finder { source, spelling, anchors, text: &text, by_end, parents };
        let list: Vec<Attached> = comments
            .list
            .iter()
            .map(|comment| {
                let start = comment.span.start as usize;
                let line = source.line_of(start);
                let alone = text.alone[line];
                Attached {
                    text: comment.text.clone(),
                    start,
                    to: finder.place(start, line, alone),
                    alone,
                    blank_above: line > 0 && text.blank(line - 1),
                    blank_below: text.blank(line + 1),
                }
            })
            .collect();
        let mut with: Vec<(usize, Side)> = list
            .iter()
            .filter_map(|attached| match attached.to {
                Place::Above { anchor, .. } => Some((anchor, Side::Above)),
                Place::First(anchor) | Place::Last(anchor) => Some((anchor, Side::Behind)),
                Place::Below(anchor) => Some((anchor, Side::Below)),
                Place::Top | Place::End => None,
            })
            .collect();
        with.sort_unstable();
        Attachments { list, with }
    }

    /// Whether a comment belongs to a construct within one: after its own begin, before a byte.
    pub(crate) fn within(&self, anchors: &Anchors, anchor: usize, end: usize) -> bool {
        let from = self.with.partition_point(|(with, _)| *with <= anchor);
        self.with.get(from).is_some_and(|(with, _)| anchors.list[*with].start < end)
    }

    /// Whether comments stand between constructs of a list, so that they cannot share a line.
    pub(crate) fn between(&self, first: usize, last: usize) -> bool {
        let from = self.with.partition_point(|(with, _)| *with < first);
        let rest = self.with[from..].iter().take_while(|(with, _)| *with <= last);
        rest.into_iter().any(|(with, side)| match side {
            Side::Above => *with > first,
            Side::Behind => *with < last,
            Side::Below => true,
        })
    }
}

/// What each line of the text holds.
struct Text<'a> {
    source: &'a Source,
    /// Lines with nothing but a comment.
    alone: Vec<bool>,
    /// By line: how many lines above it hold anything else than comments.
    said: Vec<usize>,
    /// The first line that does.
    first: usize,
}

impl Text<'_> {
    fn of<'a>(source: &'a Source, comments: &Comments) -> Text<'a> {
        let lines = source.line_count();
        let mut text = Text { source, alone: vec![false; lines], said: Vec::with_capacity(lines + 1), first: lines };
        for comment in &comments.list {
            let start = comment.span.start as usize;
            let line = source.line_of(start);
            let begin = source.line_range(line).map_or(0, |range| range.start);
            let before = source.text().get(begin..start).unwrap_or("");
            text.alone[line] = before.trim_start_matches('\u{FEFF}').trim().is_empty();
        }
        let mut said = 0;
        for line in 0..lines {
            text.said.push(said);
            if !text.alone[line] && !text.blank(line) {
                said += 1;
                text.first = text.first.min(line);
            }
        }
        text
    }

    fn blank(&self, line: usize) -> bool {
        let range = self.source.line_range(line);
        range.is_some_and(|range| self.source.text()[range].trim_matches(['\u{FEFF}', ' ', '\t', '\r']).is_empty())
    }
}

/// Whether a blank line stands right above the line of a byte.
pub(crate) fn blank_above(source: &Source, at: usize) -> bool {
    let line = source.line_of(at);
    let above = line.checked_sub(1).and_then(|line| source.line_range(line));
    above.is_some_and(|range| source.text()[range].trim().is_empty())
}

/// By construct: the one it stands in.
fn parents(anchors: &Anchors) -> Vec<Option<usize>> {
    let mut open: Vec<usize> = Vec::new();
    let mut parents = Vec::with_capacity(anchors.list.len());
    for (number, anchor) in anchors.list.iter().enumerate() {
        while open.last().is_some_and(|last| anchors.list[*last].end <= anchor.start) {
            open.pop();
        }
        parents.push(open.last().copied());
        open.push(number);
    }
    parents
}

struct Finder<'a> {
    source: &'a Source,
    spelling: Spelling,
    anchors: &'a Anchors,
    text: &'a Text<'a>,
    by_end: Vec<usize>,
    parents: Vec<Option<usize>>,
}

impl Finder<'_> {
    fn place(&self, start: usize, line: usize, alone: bool) -> Place {
        if line < self.text.first {
            return Place::Top;
        }
        if alone {
            return self.above(start, line);
        }
        self.line_end(start, line).unwrap_or_else(|| self.above(start, line))
    }

    fn above(&self, start: usize, line: usize) -> Place {
        if let Some(last) = self.last_within(start) {
            return Place::Below(last);
        }
        let anchor = self.anchors.from(start);
        let Some(next) = self.anchors.list.get(anchor) else { return Place::End };
        let below = self.source.line_of(next.start);
        let upto = |line: usize| self.text.said.get(line).copied().unwrap_or(0);
        Place::Above { anchor, over: upto(below).saturating_sub(upto(line + 1)) }
    }

    /// The construct above, where nothing comes between a comment and the end of what it stands in: a bracket, or in YAML a
    /// line that stands less deep.
    fn last_within(&self, comment: usize) -> Option<usize> {
        let list = &self.anchors.list;
        let next = self.anchors.from(comment);
        let mut ended = Vec::new();
        let mut at = next.checked_sub(1);
        while let Some(one) = at.filter(|at| list[*at].end <= comment) {
            ended.push(one);
            at = self.parents[one];
        }
        let after = |around: usize| list.get(next).is_none_or(|next| next.start >= list[around].end);
        if at.is_some_and(after) {
            return ended.pop();
        }
        if self.spelling == Spelling::Native {
            return None;
        }
        let column = self.column(comment);
        let deeper = column > list.get(next).map_or(0, |next| self.column(next.start));
        ended.into_iter().rev().find(|one| deeper && self.column(list[*one].start) == column)
    }

    /// Where the line of a byte begins with words.
    fn column(&self, at: usize) -> usize {
        let line = self.source.line_range(self.source.line_of(at)).unwrap_or_default();
        let line = &self.source.text()[line];
        line.len() - line.trim_start().len()
    }

    /// The construct whose line a comment ends.
    fn line_end(&self, comment: usize, line: usize) -> Option<Place> {
        let begin = self.source.line_range(line)?.start;
        let on_line = self.anchors.from(begin)..self.anchors.from(comment);
        let ended = on_line.clone().filter(|at| self.anchors.list[*at].end <= comment);
        let outermost = |at: &usize| (self.anchors.list[*at].end, std::cmp::Reverse(*at));
        if let Some(whole) = ended.max_by_key(outermost) {
            return Some(Place::First(whole));
        }
        if let Some(begun) = on_line.last() {
            return Some(Place::First(begun));
        }
        let upto = self.by_end.partition_point(|at| self.anchors.list[*at].end <= comment);
        let last = *self.by_end[..upto].last()?;
        (self.anchors.list[last].end > begin).then_some(Place::Last(last))
    }
}
