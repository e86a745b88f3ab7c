//! The constructs of a tree that may stand on lines of their own, by where they begin in the text they were read from.
//! Comments hang on them.

use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{
    Condition, Declaration, Destination, Flow, Group, Route, State, Target, Trigger, Value,
};

/// A construct.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Anchor {
    /// First byte.
    pub(crate) start: usize,
    /// Byte after the last.
    pub(crate) end: usize,
}

/// The constructs of a tree in order of their places; no two begin at the same byte.
#[derive(Debug)]
pub(crate) struct Anchors {
    /// Each of them.
    pub(crate) list: Vec<Anchor>,
}

impl Anchors {
    /// The constructs of a flow.
    pub(crate) fn of(flow: &Flow) -> Anchors {
        let mut found = Found { list: Vec::new() };
        found.flow(flow);
        let mut list = found.list;
        list.sort_by_key(|anchor| (anchor.start, std::cmp::Reverse(anchor.end)));
        list.dedup_by_key(|anchor| anchor.start);
        Anchors { list }
    }

    /// The construct that begins where a span does.
    pub(crate) fn at(&self, span: Span) -> Option<usize> {
        self.list.binary_search_by_key(&(span.start as usize), |anchor| anchor.start).ok()
    }

    /// The first construct that begins at a byte or later.
    pub(crate) fn from(&self, byte: usize) -> usize {
        self.list.partition_point(|anchor| anchor.start < byte)
    }
}

/// Where a value stands, with its name.
pub(crate) fn named(name: &Word, value: Span) -> Span {
    name.span.to(value)
}

/// Where the kind of a state and its operand stand.
pub(crate) fn kind(state: &State) -> Span {
    let operand = state.operand.as_ref().map(Value::span);
    operand.map_or(state.kind.span, |operand| state.kind.span.to(operand))
}

/// Where a target ends.
pub(crate) fn target(target: &Target) -> Span {
    let end = |to: &Destination| match to {
        Destination::State(name) => name.span,
        Destination::Return { span, .. } => span.0,
    };
    let all = target.span.0.to(end(&target.to));
    target.limit.as_ref().map_or(all, |limit| all.to(end(&limit.otherwise)))
}

struct Found {
    list: Vec<Anchor>,
}

impl Found {
    fn add(&mut self, span: Span) {
        self.list.push(Anchor { start: span.start as usize, end: span.end as usize });
    }

    fn flow(&mut self, flow: &Flow) {
        let words = [&flow.name, &flow.call, &flow.start].into_iter().flatten();
        let lists = flow.returns.iter().chain(&flow.uses).chain(&flow.participants);
        words.chain(lists).for_each(|word| self.add(word.span));
        flow.locale.iter().chain(&flow.defaults.retry).for_each(|value| self.add(value.span()));
        flow.needs.iter().for_each(|need| self.add(need.part.span.to(need.value.span)));
        flow.params.iter().chain(&flow.settings).chain(&flow.vars).for_each(|one| self.declaration(one));
        for signal in &flow.signals {
            let ty = signal.ty.as_ref().map_or(signal.name.span, |ty| ty.span.0);
            self.add(named(&signal.name, ty));
        }
        self.routes(flow.defaults.routes.iter().chain(&flow.always));
        flow.policies.iter().for_each(|policy| self.add(policy.span.0));
        for allow in &flow.allows {
            self.add(allow.values.iter().fold(allow.what.span, |all, value| all.to(value.span)));
        }
        flow.groups.iter().for_each(|group| self.group(group));
        flow.states.iter().for_each(|state| self.state(state));
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let ty = named(&declaration.name, declaration.ty.span.0);
        self.add(declaration.default.as_ref().map_or(ty, |default| ty.to(default.span.0)));
    }

    fn routes<'f>(&mut self, routes: impl IntoIterator<Item = &'f Route>) {
        for route in routes {
            let whole = route.span.0.to(target(&route.target));
            self.add(whole);
        }
    }

    fn group(&mut self, group: &Group) {
        self.add(group.whole.0);
        for condition in &group.conditions {
            match condition {
                Condition::Recording(word) | Condition::Streaming(word) => self.add(word.span),
                Condition::Hold { who, .. } => self.add(who.span),
                Condition::Transcription(value) => self.add(value.span()),
            }
        }
        group.otherwise.iter().for_each(|otherwise| self.add(target(otherwise)));
        self.routes(&group.routes);
    }

    fn state(&mut self, state: &State) {
        self.add(state.span.0);
        if state.kind.span.start != state.span.0.start {
            self.add(kind(state));
        }
        state.save.iter().for_each(|save| self.add(save.span));
        state.args.iter().for_each(|(name, value)| self.add(named(name, value.span.0)));
        state.options.iter().for_each(|option| self.add(named(&option.name, option.value.span())));
        for choice in &state.choices {
            let said = choice.key.iter().chain(&choice.phrases).fold(choice.name.span, |all, word| all.to(word.span));
            self.add(choice.target.as_ref().map_or(said, |to| said.to(target(to))));
        }
        for branch in &state.branches {
            self.add(branch.span.0.to(target(&branch.target)));
        }
        self.routes(&state.routes);
    }
}

/// Whether a route is the success of a state.
pub(crate) fn is_success(route: &Route) -> bool {
    matches!(route.triggers[..], [Trigger::Success(_)])
}
