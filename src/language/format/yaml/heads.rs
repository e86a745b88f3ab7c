//! What stands at the top of a flow in the YAML spelling, and groups.

use crate::language::format::anchors;
use crate::language::format::attach;
use crate::language::format::page::{Blank, WIDTH};
use crate::language::format::words;
use crate::language::format::yaml::Writer;
use crate::language::format::yaml::tree::{Entry, Item, Node, block, entry, list, map};
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{Condition, Declaration, Flow, Group, Spelling, State, TypeExpr, TypeKind};
use crate::language::syntax::fields::Shape;

impl Writer<'_> {
    /// Everything but the version.
    pub(super) fn top(&self, flow: &Flow) -> Vec<Entry> {
        let word = |key: &str, word: &Option<Word>| {
            word.as_ref().map(|word| self.marked(word.span, key, Node::Word(word.value.clone())))
        };
        let mut top = Vec::new();
        top.extend(word("flow", &flow.name));
        top.extend(word("call", &flow.call));
        top.extend(
            flow.locale.iter().map(|value| self.marked(value.span(), "locale", self.value(value, Shape::Locale))),
        );
        top.extend(self.needs(flow));
        top.extend(self.declarations("params", &flow.params));
        top.extend(self.declarations("settings", &flow.settings));
        for (key, names) in [("returns", &flow.returns), ("use", &flow.uses), ("participants", &flow.participants)] {
            top.extend(self.names(key, names));
        }
        top.extend(self.signals(flow));
        top.extend(self.declarations("vars", &flow.vars));
        top.extend(self.defaults(flow));
        if !flow.always.is_empty() {
            let mut always = self.routes(&flow.always);
            if let Node::Map { entries, wide } = &mut always
                && entries.len() > 1
            {
                *wide = 0;
            }
            top.push(entry("always", always));
        }
        top.extend(self.policies(flow));
        top.extend(self.allows(flow));
        top.extend(word("start", &flow.start));
        top.extend(self.groups(flow));
        let free: Vec<&State> = flow.states.iter().filter(|state| state.group.is_none()).collect();
        top.extend(self.states(&free));
        top
    }

    fn names(&self, key: &str, names: &[Word]) -> Option<Entry> {
        let item = |name: &Word| Item { value: Node::Word(name.value.clone()), anchor: self.anchors.at(name.span) };
        let wide = self.wide(names.iter().map(|name| name.span), WIDTH);
        let items: Vec<Item> = names.iter().map(item).collect();
        (!items.is_empty()).then(|| entry(key, Node::List { items, wide }))
    }

    fn needs(&self, flow: &Flow) -> Option<Entry> {
        let needs = flow
            .needs
            .iter()
            .map(|need| self.marked(need.part.span, need.part.value.clone(), Node::Word(need.value.value.clone())));
        let needs: Vec<Entry> = needs.collect();
        let wide = self.wide(flow.needs.iter().map(|need| need.part.span), WIDTH);
        (!needs.is_empty()).then(|| entry("needs", Node::Map { entries: needs, wide }))
    }

    fn declarations(&self, key: &str, declarations: &[Declaration]) -> Option<Entry> {
        let each = |one: &Declaration| {
            let ty = match &one.default {
                Some(_) => Node::Word(words::typed(&one.ty, one.default.as_ref(), self.printer)),
                None => ty(&one.ty),
            };
            self.marked(one.name.span, one.name.value.clone(), ty)
        };
        let apart = declarations.iter().any(|one| is_optional(&one.ty));
        let wide = self.wide(declarations.iter().map(|one| one.name.span), if apart { 0 } else { WIDTH });
        let entries: Vec<Entry> = declarations.iter().map(each).collect();
        (!entries.is_empty()).then(|| entry(key, Node::Map { entries, wide }))
    }

    fn signals(&self, flow: &Flow) -> Option<Entry> {
        let entries = flow.signals.iter().map(|signal| {
            let ty = signal.ty.as_ref().map_or(Node::Word("true".to_owned()), ty);
            self.marked(signal.name.span, signal.name.value.clone(), ty)
        });
        let entries: Vec<Entry> = entries.collect();
        let apart = flow.signals.iter().filter_map(|signal| signal.ty.as_ref()).any(is_optional);
        let wide = self.wide(flow.signals.iter().map(|signal| signal.name.span), if apart { 0 } else { WIDTH });
        (!entries.is_empty()).then(|| entry("signals", Node::Map { entries, wide }))
    }

    fn defaults(&self, flow: &Flow) -> Option<Entry> {
        let mut entries = Vec::new();
        let retry = flow.defaults.retry.iter();
        entries.extend(retry.map(|value| self.marked(value.span(), "retry", self.value(value, Shape::Retry))));
        if !flow.defaults.routes.is_empty() {
            entries.push(entry("on", self.routes(&flow.defaults.routes)));
        }
        let routes = flow.defaults.routes.iter().map(|route| route.span.0);
        let wide = self.wide(flow.defaults.retry.iter().map(|value| value.span()).chain(routes), WIDTH);
        (!entries.is_empty()).then(|| entry("defaults", Node::Map { entries, wide }))
    }

    fn policies(&self, flow: &Flow) -> Option<Entry> {
        let items = flow.policies.iter().map(|policy| Item {
            value: Node::Word(words::policy(&policy.kind)),
            anchor: self.anchors.at(policy.span.0),
        });
        let items: Vec<Item> = items.collect();
        (!items.is_empty()).then(|| entry("policy", Node::List { items, wide: 0 }))
    }

    fn allows(&self, flow: &Flow) -> Option<Entry> {
        let entries = flow.allows.iter().map(|allow| {
            let text = |word: &Word| Node::Text(word.value.clone());
            let code = allow.what.value.starts_with(|c: char| c.is_ascii_uppercase());
            let value = match &allow.values[..] {
                [] => Node::Word("true".to_owned()),
                [only] if code => text(only),
                several => list(several.iter().map(text)),
            };
            self.marked(allow.what.span, allow.what.value.clone(), value)
        });
        let entries: Vec<Entry> = entries.collect();
        let wide = if entries.len() > 1 { 0 } else { WIDTH };
        (!entries.is_empty()).then(|| entry("allow", Node::Map { entries, wide }))
    }

    fn groups(&self, flow: &Flow) -> Option<Entry> {
        let mut inner: std::collections::BTreeMap<&str, Vec<&State>> = std::collections::BTreeMap::new();
        for state in &flow.states {
            if let Some(group) = &state.group {
                inner.entry(&group.value).or_default().push(state);
            }
        }
        let entries = flow.groups.iter().map(|group| {
            let states = inner.remove(group.name.value.as_str()).unwrap_or_default();
            let blank = self.blank_as_before(group.whole.0);
            Entry { blank, ..self.marked(group.whole.0, group.name.value.clone(), self.group(group, &states)) }
        });
        let entries: Vec<Entry> = entries.collect();
        let first = flow.groups.first().map(|group| group.whole.0);
        (!entries.is_empty())
            .then(|| Entry { blank: self.blank_above_header(first), ..entry("groups", block(entries)) })
    }

    fn group(&self, group: &Group, states: &[&State]) -> Node {
        let mut entries = Vec::new();
        if !group.conditions.is_empty() {
            let entries_of = self.conditions(&group.conditions);
            entries.push(entry("while", entries_of));
        }
        if let Some(otherwise) = &group.otherwise {
            entries.push(self.marked(anchors::target(otherwise), "else", Self::target(otherwise)));
        }
        if !group.routes.is_empty() {
            entries.push(entry("on", self.routes(&group.routes)));
        }
        entries.push(self.states(states).unwrap_or_else(|| entry("states", map(Vec::new()))));
        block(entries)
    }

    /// `{ recording: paused, hold: agent, music: please_wait }`.
    fn conditions(&self, conditions: &[Condition]) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        let mut held: Vec<Item> = Vec::new();
        let mut at = None;
        let mut heard = None;
        let mut spans: Vec<Span> = Vec::new();
        for condition in conditions {
            let one = match condition {
                Condition::Recording(word) => (word.span, "recording", Node::Word(word.value.clone())),
                Condition::Streaming(word) => (word.span, "streaming", Node::Word(word.value.clone())),
                Condition::Transcription(value) => (value.span(), "transcription", self.value(value, Shape::Locale)),
                Condition::Hold { who, music } => {
                    at.get_or_insert(entries.len());
                    spans.push(who.span);
                    held.push(Item { value: Node::Word(who.value.clone()), anchor: self.anchors.at(who.span) });
                    heard = music.as_ref().or(heard);
                    continue;
                }
            };
            spans.push(one.0);
            entries.push(self.marked(one.0, one.1, one.2));
        }
        if let Some(at) = at {
            let hold = match &held[..] {
                [only] => entry("hold", only.value.clone()).anchored(only.anchor),
                _ => entry("hold", Node::List { items: held, wide: WIDTH }),
            };
            entries.insert(at, hold);
            if let Some(music) = heard {
                entries.insert(at + 1, entry("music", self.prompt(music)));
            }
        }
        let wide = self.wide(spans.into_iter(), WIDTH);
        Node::Map { entries, wide }
    }

    /// `states`.
    pub(super) fn states(&self, states: &[&State]) -> Option<Entry> {
        let first = states.first()?;
        let blank = self.blank_above_header(Some(first.span.0));
        let each = |state: &&State| Entry {
            blank: self.blank_as_before(state.span.0),
            ..self.marked(state.span.0, state.name.value.clone(), self.state(state))
        };
        Some(Entry { blank, ..entry("states", block(states.iter().map(each).collect())) })
    }

    /// Whether the author left a blank line above the header of a block, which stands right above its first entry.
    fn blank_above_header(&self, first: Option<Span>) -> Blank {
        let Some(first) = first.filter(|_| self.from == Spelling::Yaml) else { return Blank::Never };
        let line = self.source.line_of(first.start as usize);
        let header = (0..line).rev().find(|line| {
            let shown = self.source.line_range(*line).map_or("", |range| &self.source.text()[range]).trim();
            !shown.is_empty() && !shown.starts_with('#')
        });
        let begin = header.and_then(|line| self.source.line_range(line)).map(|range| range.start);
        if begin.is_some_and(|at| attach::blank_above(self.source, at)) { Blank::Author } else { Blank::Never }
    }
}

/// A type: a mapping for a record, else as natively.
fn ty(of: &TypeExpr) -> Node {
    let TypeKind::Record(fields) = &of.kind else { return Node::Word(words::ty(of)) };
    let entries = fields.iter().map(|(name, inner)| entry(name.value.clone(), ty(inner))).collect();
    Node::Map { entries, wide: if is_optional(of) { 0 } else { WIDTH } }
}

/// Whether a type, or a part of one that is written as a mapping, ends in `?`: some readers refuse that within `{ }`.
fn is_optional(ty: &TypeExpr) -> bool {
    match &ty.kind {
        TypeKind::Optional(_) => true,
        TypeKind::Record(fields) => fields.iter().any(|(_, inner)| is_optional(inner)),
        TypeKind::Named(_) | TypeKind::Digits { .. } | TypeKind::Enum(_) | TypeKind::List(_) | TypeKind::Secret(_) => {
            false
        }
    }
}
