//! A flow in the native spelling.

mod heads;
mod states;
mod values;

use crate::language::format::anchors::Anchors;
use crate::language::format::attach::{self, Attachments};
use crate::language::format::doc::{self, Doc, text};
use crate::language::format::expr::Printer;
use crate::language::format::page::{Blank, Page};
use crate::language::format::words;
use crate::language::source::{Source, Span};
use crate::language::syntax::ast::{Flow, Group, Route, Spelling, State};

/// Writes a flow's lines.
pub(crate) struct Writer<'a> {
    /// The text the flow was read from.
    pub(crate) source: &'a Source,
    /// Prints expressions.
    pub(crate) printer: Printer<'a>,
    /// The flow's constructs.
    pub(crate) anchors: &'a Anchors,
    /// Its comments.
    pub(crate) comments: &'a Attachments,
    /// What is written.
    pub(crate) page: Page,
}

/// What stands among states.
enum Item<'a> {
    Group(&'a Group),
    State(&'a State),
}

impl Writer<'_> {
    /// Writes the flow.
    pub(crate) fn flow(&mut self, flow: &Flow) {
        self.head(flow);
        let mut items: Vec<(u32, Item<'_>)> = Vec::new();
        items.extend(flow.groups.iter().map(|group| (group.whole.0.start, Item::Group(group))));
        let free = flow.states.iter().filter(|state| state.group.is_none());
        items.extend(free.map(|state| (state.span.0.start, Item::State(state))));
        items.sort_by_key(|(start, _)| *start);
        let mut inner: std::collections::BTreeMap<&str, Vec<&State>> = std::collections::BTreeMap::new();
        for state in &flow.states {
            if let Some(group) = &state.group {
                inner.entry(&group.value).or_default().push(state);
            }
        }
        self.page.blank(Blank::Always);
        for (_, item) in &items {
            match item {
                Item::Group(group) => {
                    self.page.blank(Blank::Always);
                    let states = inner.remove(group.name.value.as_str()).unwrap_or_default();
                    self.group(group, &states);
                    self.page.blank(Blank::Always);
                }
                Item::State(state) => {
                    self.blank_as_before(state.span.0);
                    self.state(state, 0);
                }
            }
        }
    }

    /// A blank line where the author left one.
    pub(super) fn blank_as_before(&mut self, span: Span) {
        if attach::blank_above(self.source, span.start as usize) {
            self.page.blank(Blank::Author);
        }
    }

    /// Marks where a construct begins.
    pub(super) fn opens(&self, span: Span) -> Vec<Doc> {
        self.anchors.at(span).map(Doc::Open).into_iter().collect()
    }

    /// Marks where a construct ends.
    pub(super) fn closes(&self, span: Span) -> Vec<Doc> {
        self.anchors.at(span).map(Doc::Close).into_iter().collect()
    }

    /// A construct with its marks.
    pub(super) fn marked(&self, span: Span, docs: Vec<Doc>) -> Vec<Doc> {
        [self.opens(span), docs, self.closes(span)].concat()
    }

    pub(super) fn lay_out(&mut self, docs: &[Doc], indent: usize) {
        doc::lay_out(docs, indent, &mut self.page);
    }

    /// `busy | no_answer -> sorry`.
    pub(super) fn route(&self, route: &Route) -> Vec<Doc> {
        let mut triggers = Vec::new();
        for (n, trigger) in route.triggers.iter().enumerate() {
            if n > 0 {
                triggers.extend([text(" |"), Doc::Blank]);
            }
            triggers.push(text(words::trigger(trigger, Spelling::Native)));
        }
        let docs =
            vec![Doc::Group(vec![Doc::Indent(4, triggers), text(format!(" -> {}", words::target(&route.target)))])];
        self.marked(route.span.0, docs)
    }
}
