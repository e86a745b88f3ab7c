//! A flow in the YAML spelling.

mod heads;
mod scalar;
mod states;
mod tree;
mod values;

use crate::language::format::anchors::Anchors;
use crate::language::format::attach::{self, Attachments};
use crate::language::format::expr::Printer;
use crate::language::format::page::{Blank, Page};
use crate::language::format::words;
use crate::language::format::yaml::tree::{Entry, Node, entry};
use crate::language::source::{Source, Span};
use crate::language::syntax::ast::{Destination, Flow, Route, Spelling, Target};

/// Writes a flow's lines.
pub(crate) struct Writer<'a> {
    /// The text the flow was read from.
    pub(crate) source: &'a Source,
    /// Its spelling.
    pub(crate) from: Spelling,
    /// Prints expressions.
    pub(crate) printer: Printer<'a>,
    /// The flow's constructs.
    pub(crate) anchors: &'a Anchors,
    /// Its comments.
    pub(crate) comments: &'a Attachments,
}

/// How many columns the inside of `on` may take on one line, and how many outcomes.
const SHORT: (usize, usize) = (3, 72);

impl Writer<'_> {
    /// Writes the flow.
    pub(crate) fn flow(&self, flow: &Flow, page: &mut Page) {
        page.header(0, "flowc: 1");
        tree::write(&self.top(flow), 0, page);
    }

    /// A construct as an entry.
    pub(super) fn marked(&self, span: Span, key: impl Into<String>, value: Node) -> Entry {
        entry(key, value).anchored(self.anchors.at(span))
    }

    /// A blank line where the author left one.
    pub(super) fn blank_as_before(&self, span: Span) -> Blank {
        if attach::blank_above(self.source, span.start as usize) { Blank::Author } else { Blank::Never }
    }

    /// The columns a list of constructs may take on one line: none where comments stand between them.
    pub(super) fn wide(&self, spans: impl Iterator<Item = Span>, columns: usize) -> usize {
        let anchors: Vec<usize> = spans.filter_map(|span| self.anchors.at(span)).collect();
        let between = anchors.iter().min().zip(anchors.iter().max());
        if between.is_some_and(|(first, last)| self.comments.between(*first, *last)) { 0 } else { columns }
    }

    /// `sorry`, `{ to: x, limit: 3, else: y }`.
    pub(super) fn target(target: &Target) -> Node {
        if target.limit.is_none() {
            return Node::Word(words::destination(&target.to));
        }
        tree::map(Self::target_fields(target))
    }

    /// `to: x, limit: 3, else: y`.
    pub(super) fn target_fields(target: &Target) -> Vec<Entry> {
        let to = |destination: &Destination| Node::Word(words::destination(destination));
        let mut fields = vec![entry("to", to(&target.to))];
        if let Some(limit) = &target.limit {
            fields.push(entry("limit", Node::Word(limit.times.value.clone())));
            fields.push(entry("else", to(&limit.otherwise)));
        }
        fields
    }

    /// `{ busy | no_answer: sorry, party left: return }`.
    pub(super) fn routes<'r>(&self, routes: impl IntoIterator<Item = &'r Route>) -> Node {
        let routes: Vec<&Route> = routes.into_iter().collect();
        let each = |route: &&Route| {
            let triggers: Vec<String> =
                route.triggers.iter().map(|trigger| words::trigger(trigger, Spelling::Yaml)).collect();
            self.marked(route.span.0, triggers.join(" | "), Self::target(&route.target))
        };
        let lone = routes.len() == 1;
        let short = lone || routes.len() <= SHORT.0 && routes.iter().all(|route| route.target.limit.is_none());
        let columns = match (short, lone) {
            (true, true) => crate::language::format::page::WIDTH,
            (true, false) => SHORT.1,
            (false, _) => 0,
        };
        let wide = self.wide(routes.iter().map(|route| route.span.0), columns);
        Node::Map { entries: routes.iter().map(each).collect(), wide }
    }
}
