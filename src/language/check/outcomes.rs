//! Every outcome handled, none twice, none that cannot occur: routes, rules and defaults to [`Way`]s.

use crate::language::check::error;
use crate::language::check::kinds::Kind;
use crate::language::check::names::{self, Declared};
use crate::language::check::rules::{self, Group};
use crate::language::check::targets;
use crate::language::check::ways::{Bound, End, Exits, Origin, Way};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::flow::label::{Label, Since};
use crate::language::source::Span;
use crate::language::syntax;
use crate::language::syntax::ast;
use crate::platform::outcomes::{NOT_REACHED, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// A route with its triggers understood: what labels lead where.
pub(super) struct Line {
    pub(super) labels: Vec<(Label, Span)>,
    pub(super) to: End,
    pub(super) bound: Option<Bound>,
    pub(super) place: Span,
}

impl Line {
    /// One of its ways.
    pub(super) fn way(&self, label: Label, origin: Origin) -> Way {
        Way { label, to: self.to.clone(), limit: self.bound.clone(), origin, place: self.place }
    }
}

/// Routes the outcomes of a flow's states.
pub struct Outcomes<'a> {
    pub(super) declared: &'a Declared<'a>,
    /// How the flow begins.
    call: Option<CallKind>,
    /// How it begins, when it never has the line: no rule is live in it.
    pub(super) without_line: Option<CallKind>,
    /// Routes of `defaults.on` by outcome.
    defaults: BTreeMap<Outcome, Way>,
    /// Rules of the flow.
    rules: Vec<Way>,
    /// What groups say, in the order of the flow's groups.
    pub(super) groups: Vec<Group>,
    /// The first state the party may leave with nobody catching it, and how many more.
    uncaught: Option<(Span, String, usize)>,
    pub(super) findings: &'a mut Vec<Diagnostic>,
}

/// The ways out of every state of the flow.
pub fn exits<'a>(
    flow: &'a ast::Flow,
    call: Option<CallKind>,
    declared: &'a Declared<'a>,
    findings: &'a mut Vec<Diagnostic>,
) -> Vec<Exits> {
    let mut outcomes = Outcomes {
        declared,
        call,
        without_line: call.filter(|call| never_has_the_line(*call, flow)),
        defaults: BTreeMap::new(),
        rules: Vec::new(),
        groups: Vec::new(),
        uncaught: None,
        findings,
    };
    outcomes.read_defaults(&flow.defaults);
    outcomes.rules = outcomes.read_rules(&flow.always);
    for group in &flow.groups {
        let group = outcomes.read_group(group);
        outcomes.groups.push(group);
    }
    let exits: Vec<Exits> = flow.states.iter().map(|state| outcomes.state(state)).collect();
    outcomes.groups_catch_something(flow);
    outcomes.party_left_is_caught(flow.head);
    rules::keys(flow, &exits, outcomes.findings);
    exits
}

/// Whether a flow never has the line; not said of one whose states need it, of which something else is wrong.
fn never_has_the_line(call: CallKind, flow: &ast::Flow) -> bool {
    let begins_without = match call {
        CallKind::Any | CallKind::RecordingReady => true,
        CallKind::Inbound | CallKind::Join | CallKind::Live | CallKind::Outbound => false,
    };
    begins_without
        && flow.states.iter().all(|state| Kind::from_word(&state.kind.value).is_some_and(|k| !k.needs_line()))
}

impl Outcomes<'_> {
    fn read_defaults(&mut self, defaults: &ast::Defaults) {
        for route in &defaults.routes {
            let mut labels = Vec::new();
            for trigger in &route.triggers {
                match trigger {
                    ast::Trigger::Outcome(word) => match Outcome::from_word(&word.value) {
                        Some(outcome) => labels.push((Label::Outcome(outcome), word.span)),
                        None => {
                            let (finding, meant) = error::no_outcome(word);
                            self.findings.push(finding);
                            labels.extend(meant.map(|outcome| (Label::Outcome(outcome), word.span)));
                        }
                    },
                    ast::Trigger::Success(span) => self.findings.push(error::not_a_default("a success", span.0)),
                    ast::Trigger::Left(word) => self.findings.push(error::not_a_default("`left`", word.span)),
                    ast::Trigger::After(word) => self.findings.push(error::not_a_default("`after`", word.span)),
                    ast::Trigger::Key { span, .. } => self.findings.push(error::not_a_default("`key`", span.0)),
                    ast::Trigger::Signal(word) => self.findings.push(error::not_a_default("`signal`", word.span)),
                }
            }
            let line = self.line(route, labels, "default");
            for (label, span) in &line.labels {
                let Label::Outcome(outcome) = label else { continue };
                if let Some(first) = self.defaults.get(outcome) {
                    self.findings.push(error::twice(label, *span, first.place));
                    continue;
                }
                self.defaults.insert(*outcome, line.way(label.clone(), Origin::Defaults));
            }
        }
    }

    /// Resolves a route's target. The counter is named by the line's first label in order, whichever was written first.
    pub(super) fn line(&mut self, route: &ast::Route, labels: Vec<(Label, Span)>, owner: &str) -> Line {
        let counter = || match labels.iter().map(|(label, _)| label).min() {
            Some(label) => format!("{owner}:{label}"),
            None => owner.to_owned(),
        };
        let (to, bound) = targets::resolve(&route.target, counter, self.declared, self.findings);
        Line { labels, to, bound, place: route.span.0 }
    }

    fn state(&mut self, state: &ast::State) -> Exits {
        let Some(kind) = Kind::from_word(&state.kind.value) else {
            return Exits { kind: None, ways: self.unknown_kind(state) };
        };
        // What has not been read whole may do anything, and so may what it runs or invokes.
        let sure = !state.partial && self.declared.knows_what_follows(state);
        let known = sure.then_some(kind);
        if kind == Kind::Decide {
            return Exits { kind: known, ways: self.decide(state) };
        }
        let possible = kind.labels(state, self.declared);
        let mut written: BTreeMap<Label, Way> = BTreeMap::new();
        // Outcomes that a misspelled word was meant to handle: one finding is enough.
        let mut meant: BTreeSet<Label> = BTreeSet::new();
        self.choices(state, &mut written);
        for route in &state.routes {
            let labels = self.triggers(route, state, kind, &possible, &mut meant);
            let line = self.line(route, labels, &state.name.value);
            for (label, span) in &line.labels {
                if let Some(first) = written.get(label) {
                    self.findings.push(error::twice(label, *span, first.place));
                    continue;
                }
                written.insert(label.clone(), line.way(label.clone(), Origin::State));
            }
        }
        if kind == Kind::Hangup && !state.partial {
            let operand = match &state.operand {
                Some(ast::Value::Literal(word)) => Some(word),
                _ => None,
            };
            self.findings.extend(targets::result(operand, state.kind.span, self.declared));
        }
        self.fill(state, &possible, &mut written, &meant, sure);
        if kind.needs_line() || kind == Kind::Run {
            self.rules_of(state, kind, &mut written);
        }
        self.not_established(state, &mut written);
        Exits { kind: known, ways: written.into_values().collect() }
    }

    /// The group a state stands in.
    fn group_of(&self, state: &ast::State) -> Option<usize> {
        self.declared.groups.get(state.group.as_ref()?.value.as_str()).copied()
    }

    /// On the way into a state of a scope, a condition may be impossible to bring about.
    fn not_established(&mut self, state: &ast::State, written: &mut BTreeMap<Label, Way>) {
        let Some(otherwise) = self.group_of(state).and_then(|group| self.groups[group].otherwise.clone()) else {
            return;
        };
        written.insert(Label::NotEstablished, otherwise);
    }

    /// The targets on the lines of a menu's choices.
    fn choices(&mut self, state: &ast::State, written: &mut BTreeMap<Label, Way>) {
        for choice in &state.choices {
            let Some(target) = &choice.target else { continue };
            let label = Label::Choice(choice.name.value.clone());
            let counter = || format!("{}:{}", state.name.value, choice.name.value);
            let (to, limit) = targets::resolve(target, counter, self.declared, self.findings);
            let way = Way { label: label.clone(), to, limit, origin: Origin::State, place: target.span.0 };
            written.entry(label).or_insert(way);
        }
    }

    fn triggers(
        &mut self,
        route: &ast::Route,
        state: &ast::State,
        kind: Kind,
        possible: &[Label],
        meant: &mut BTreeSet<Label>,
    ) -> Vec<(Label, Span)> {
        let mut labels = Vec::new();
        for trigger in &route.triggers {
            match trigger {
                ast::Trigger::Success(span) => match kind.success(state, self.declared) {
                    Some(label) => labels.push((label, span.0)),
                    None if !self.declared.knows_what_follows(state) => {}
                    None => self.findings.push(error::no_success(state, kind, span.0)),
                },
                ast::Trigger::Outcome(word) => match possible.iter().find(|label| label.is_shown_as(&word.value)) {
                    Some(label) => labels.push((label.clone(), word.span)),
                    None if !self.declared.knows_what_follows(state) => {
                        labels.push((Label::Named(word.value.clone()), word.span));
                    }
                    None => {
                        let (finding, near) = error::cannot_occur(word, state, possible);
                        self.findings.push(finding);
                        meant.extend(near);
                    }
                },
                event @ ast::Trigger::Left(word) if kind == Kind::Run && word.value == "party" => {
                    labels.extend(self.event(event, Since::State));
                }
                event if !kind.needs_line() => {
                    let message = format!("no rule is live in a `{}` state", state.kind.value);
                    let label = "this cannot happen here";
                    self.findings.push(
                        Diagnostic::new(Code::F0202, message, trigger_span(event), label)
                            .help("rules are live while the flow plays, asks, waits or transfers"),
                    );
                }
                event => labels.extend(self.event(event, Since::State)),
            }
        }
        labels
    }

    /// What the state does not route itself: `defaults`, then the language's own, else a finding.
    fn fill(
        &mut self,
        state: &ast::State,
        possible: &[Label],
        written: &mut BTreeMap<Label, Way>,
        meant: &BTreeSet<Label>,
        sure: bool,
    ) {
        let group = self.group_of(state);
        let mut missing: Vec<&Label> = Vec::new();
        let mut unrouted: Vec<Outcome> = Vec::new();
        for label in possible {
            if written.contains_key(label) || meant.contains(label) {
                continue;
            }
            if let Some(way) = group.and_then(|group| self.groups[group].catch(label)) {
                written.insert(label.clone(), way);
                continue;
            }
            let outcome = match label {
                Label::Outcome(outcome) => outcome,
                Label::Choice(_) => {
                    if !state.partial {
                        self.findings.push(error::choice_without_target(label, state));
                    }
                    continue;
                }
                _ => {
                    missing.push(label);
                    continue;
                }
            };
            if let Some(default) = self.defaults.get(outcome) {
                written.insert(label.clone(), default.clone());
            } else if NOT_REACHED.contains(outcome) {
                unrouted.push(*outcome);
            } else if *outcome == Outcome::Failed && self.declared.returns.is_empty() {
                written.insert(label.clone(), by_language(label.clone(), End::Return(None), state.name.span));
            } else {
                missing.push(label);
            }
        }
        // The route may stand in what could not be read, and so may a default of the flow.
        let unread = self.declared.unread;
        let may_stand =
            |label: &&Label| ["default", "defaults", &label.to_string()].iter().any(|word| unread.may_hold(word));
        missing.retain(|label| !may_stand(label));
        if !missing.is_empty() && sure {
            self.findings.push(error::not_handled(state, &missing));
        }
        self.not_reached(state, &unrouted, written);
    }

    /// A not-reached outcome that is not routed goes where `failed` goes, with a note where somebody wrote that.
    fn not_reached(&mut self, state: &ast::State, unrouted: &[Outcome], written: &mut BTreeMap<Label, Way>) {
        let Some(failed) = written.get(&Label::Outcome(Outcome::Failed)).cloned() else { return };
        if unrouted.is_empty() {
            return;
        }
        if failed.origin != Origin::Language {
            let words: Vec<String> = unrouted.iter().map(|outcome| format!("`{}`", outcome.word())).collect();
            let verb = if words.len() == 1 { "goes" } else { "go" };
            let message = format!("{} of `{}` {verb} where `failed` goes", words.join(", "), state.name.value);
            self.findings.push(
                Diagnostic::new(Code::F0204, message, state.name.span, "not routed")
                    .and(failed.place, "`failed` is routed here"),
            );
        }
        for outcome in unrouted {
            let label = Label::Outcome(*outcome);
            let way = Way { label: label.clone(), origin: Origin::Language, ..failed.clone() };
            written.insert(label, way);
        }
    }

    /// The rules of the group and of the flow where the state has none of its own, and what becomes of the party's leaving.
    fn rules_of(&mut self, state: &ast::State, kind: Kind, written: &mut BTreeMap<Label, Way>) {
        let group = self.group_of(state);
        let of_group = group.into_iter().flat_map(|group| &self.groups[group].rules);
        for rule in of_group.chain(&self.rules) {
            // Within what a state runs, only the party's leaving reaches it; what is typed into a question is no rule's.
            let live = match &rule.label {
                Label::PartyLeft => true,
                _ if kind == Kind::Run => false,
                Label::Key { by, .. } => rules::is_live(kind, state, by.as_deref()),
                _ => true,
            };
            // An `after` of the group and one of the flow are different rules even with the same time.
            if live {
                written.entry(rule.label.clone()).or_insert_with(|| rule.clone());
            }
        }
        // A flow that others run may leave it to them.
        if written.contains_key(&Label::PartyLeft) || matches!(self.call, Some(CallKind::Live | CallKind::Any)) {
            return;
        }
        if self.declared.returns.is_empty() {
            let way = by_language(Label::PartyLeft, End::Return(None), state.name.span);
            written.insert(Label::PartyLeft, way);
            return;
        }
        match &mut self.uncaught {
            _ if state.partial || self.declared.unread.may_hold("always") || self.declared.unread.may_hold("left") => {}
            Some((_, _, more)) => *more += 1,
            None => self.uncaught = Some((state.name.span, state.name.value.clone(), 0)),
        }
    }

    fn party_left_is_caught(&mut self, head: Span) {
        let Some((span, state, more)) = self.uncaught.take() else { return };
        let label = match more {
            0 => format!("the party may leave in `{state}`"),
            more => format!("the party may leave in `{state}`, and in {more} more"),
        };
        self.findings.push(
            Diagnostic::new(Code::F0201, "outcome `party left` is not handled", span, label)
                .and(head, "the flow returns results, so it must say which one this is")
                .help("write `always party left -> return …`"),
        );
    }

    fn decide(&mut self, state: &ast::State) -> Vec<Way> {
        for route in &state.routes {
            for trigger in &route.triggers {
                let span = trigger_span(trigger);
                let message = "a decide has no outcomes, only branches";
                let finding = Diagnostic::new(Code::F0202, message, span, "this cannot happen here");
                self.findings.push(finding.help("write `if … -> …` and `else -> …`"));
            }
        }
        let mut ways: Vec<Way> = Vec::new();
        let mut otherwise: Option<Span> = None;
        let mut number = 0;
        for branch in &state.branches {
            let label = match (&branch.condition, otherwise) {
                (None, Some(first)) => {
                    self.findings.push(error::twice(&Label::Else, branch.span.0, first));
                    continue;
                }
                (Some(_), Some(first)) => {
                    let message = "a branch after `else` is never taken";
                    let finding = Diagnostic::new(Code::F0202, message, branch.span.0, "too late");
                    self.findings.push(finding.and(first, "`else` takes everything left"));
                    continue;
                }
                (None, None) => {
                    otherwise = Some(branch.span.0);
                    Label::Else
                }
                (Some(_), None) => {
                    number += 1;
                    Label::Branch(number - 1)
                }
            };
            let counter = || format!("{}:{label}", state.name.value);
            let (to, limit) = targets::resolve(&branch.target, counter, self.declared, self.findings);
            ways.push(Way { label, to, limit, origin: Origin::State, place: branch.span.0 });
        }
        if otherwise.is_none() && !state.partial {
            let message = format!("`{}` has no `else`", state.name.value);
            self.findings.push(
                Diagnostic::new(Code::F0201, message, state.name.span, "what if no condition holds?")
                    .help("add `else -> …` as the last branch"),
            );
        }
        ways
    }

    /// A state of a kind nobody knows: its targets count as reached, and nothing else follows from it.
    fn unknown_kind(&mut self, state: &ast::State) -> Vec<Way> {
        if syntax::fields::kind(&state.kind.value).is_none() && !state.kind.value.is_empty() {
            self.findings.push(names::unknown_kind(&state.kind));
        }
        let choices = state.choices.iter().filter_map(|choice| choice.target.as_ref());
        let branches = state.branches.iter().map(|branch| &branch.target);
        let routes = state.routes.iter().map(|route| &route.target);
        let targets: Vec<&ast::Target> = choices.chain(branches).chain(routes).collect();
        let mut ways: Vec<Way> = Vec::new();
        for target in targets {
            let (to, limit) = targets::resolve(target, || state.name.value.clone(), self.declared, self.findings);
            ways.push(Way { label: Label::Else, to, limit, origin: Origin::State, place: target.span.0 });
        }
        // It may be a state in which rules are live and in which things fail.
        if let Some(group) = self.group_of(state) {
            ways.extend(self.groups[group].everything());
        }
        ways.extend(self.rules.iter().cloned());
        ways.extend(self.defaults.values().cloned());
        ways
    }
}

fn by_language(label: Label, to: End, place: Span) -> Way {
    Way { label, to, limit: None, origin: Origin::Language, place }
}

pub(super) fn trigger_span(trigger: &ast::Trigger) -> Span {
    match trigger {
        ast::Trigger::Success(span) | ast::Trigger::Key { span, .. } => span.0,
        ast::Trigger::Outcome(word)
        | ast::Trigger::Left(word)
        | ast::Trigger::After(word)
        | ast::Trigger::Signal(word) => word.span,
    }
}
