//! Every outcome handled, none twice, none that cannot occur: routes, rules and defaults to [`Way`]s.

use crate::language::check::error;
use crate::language::check::fields;
use crate::language::check::kinds::Kind;
use crate::language::check::literals;
use crate::language::check::names::{self, Declared};
use crate::language::check::targets;
use crate::language::check::ways::{Bound, End, Exits, Origin, Way};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::label::{Label, Since};
use crate::language::source::Span;
use crate::language::syntax;
use crate::language::syntax::ast;
use crate::platform::outcomes::{NOT_REACHED, Outcome};
use std::collections::{BTreeMap, BTreeSet};

/// A route with its triggers understood: what labels lead where.
struct Line {
    labels: Vec<(Label, Span)>,
    to: End,
    bound: Option<Bound>,
    place: Span,
}

/// Routes the outcomes of a flow's states.
pub struct Outcomes<'a> {
    declared: &'a Declared<'a>,
    /// Routes of `defaults.on` by outcome.
    defaults: BTreeMap<Outcome, Way>,
    /// Rules of the flow.
    rules: Vec<Way>,
    /// The first state the party may leave with nobody catching it, and how many more.
    uncaught: Option<(Span, String, usize)>,
    findings: &'a mut Vec<Diagnostic>,
}

/// The ways out of every state of the flow.
pub fn exits<'a>(flow: &'a ast::Flow, declared: &'a Declared<'a>, findings: &'a mut Vec<Diagnostic>) -> Vec<Exits> {
    let mut outcomes = Outcomes { declared, defaults: BTreeMap::new(), rules: Vec::new(), uncaught: None, findings };
    outcomes.read_defaults(&flow.defaults);
    outcomes.read_rules(&flow.always);
    let exits: Vec<Exits> = flow.states.iter().map(|state| outcomes.state(state)).collect();
    outcomes.party_left_is_caught(flow.head);
    exits
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
            for (label, span) in line.labels {
                let Label::Outcome(outcome) = label else { continue };
                if let Some(first) = self.defaults.get(&outcome) {
                    self.findings.push(error::twice(&label, span, first.place));
                    continue;
                }
                let (to, limit) = (line.to.clone(), line.bound.clone());
                let way = Way { label, to, limit, origin: Origin::Defaults, place: line.place };
                self.defaults.insert(outcome, way);
            }
        }
    }

    fn read_rules(&mut self, always: &[ast::Route]) {
        for route in always {
            let mut labels = Vec::new();
            for trigger in &route.triggers {
                match trigger {
                    ast::Trigger::Outcome(word) => {
                        let message = format!("`{}` is not a rule", word.value);
                        self.findings.push(
                            Diagnostic::new(Code::F0202, message, word.span, "no event of the whole flow")
                                .help("outcomes that states do not route themselves stand in `default`"),
                        );
                    }
                    ast::Trigger::Success(span) => {
                        let message = "a success is not a rule";
                        self.findings.push(Diagnostic::new(Code::F0202, message, span.0, "no event of the whole flow"));
                    }
                    event => labels.extend(self.event(event, Since::Flow)),
                }
            }
            let line = self.line(route, labels, "always");
            for (label, span) in line.labels {
                if let Some(first) = self.rules.iter().find(|rule| rule.label == label) {
                    let finding = error::twice(&label, span, first.place);
                    self.findings.push(finding);
                    continue;
                }
                let (to, limit) = (line.to.clone(), line.bound.clone());
                self.rules.push(Way { label, to, limit, origin: Origin::Rule, place: line.place });
            }
        }
    }

    /// What an event of a rule is; nothing when a finding has said that it is none.
    fn event(&mut self, trigger: &ast::Trigger, since: Since) -> Option<(Label, Span)> {
        match trigger {
            ast::Trigger::After(word) => match literals::duration(word) {
                Ok(0) => {
                    let label = "nothing would ever be done before it";
                    self.findings.push(Diagnostic::new(Code::F0404, "`after` no time at all", word.span, label));
                    None
                }
                Ok(ms) => Some((Label::After { ms, since }, word.span)),
                Err(finding) => {
                    self.findings.push(finding);
                    None
                }
            },
            ast::Trigger::Left(word) if word.value == "party" => Some((Label::PartyLeft, word.span)),
            ast::Trigger::Left(word) => {
                let later = fields::not_offered(&format!("{} left", word.value), word.span);
                self.findings.push(later.help("only `party left` is, as yet"));
                None
            }
            ast::Trigger::Key { span, .. } => {
                self.findings.push(fields::not_offered("key", span.0));
                None
            }
            ast::Trigger::Signal(word) => {
                self.findings.push(fields::not_offered("signal", word.span));
                None
            }
            ast::Trigger::Outcome(_) | ast::Trigger::Success(_) => None,
        }
    }

    /// Resolves a route's target. The counter is named by the line's first label in order, whichever was written first.
    fn line(&mut self, route: &ast::Route, labels: Vec<(Label, Span)>, owner: &str) -> Line {
        let first = labels.iter().map(|(label, _)| label).min();
        let counter = match first {
            Some(label) => format!("{owner}:{label}"),
            None => owner.to_owned(),
        };
        let (to, bound) = targets::resolve(&route.target, &counter, self.declared, self.findings);
        Line { labels, to, bound, place: route.span.0 }
    }

    fn state(&mut self, state: &ast::State) -> Exits {
        let Some(kind) = Kind::from_word(&state.kind.value) else {
            return Exits { kind: None, ways: self.unknown_kind(state) };
        };
        // What has not been read whole may do anything.
        let known = (!state.partial).then_some(kind);
        if kind == Kind::Decide {
            return Exits { kind: known, ways: self.decide(state) };
        }
        let possible = kind.labels(state);
        let mut written: BTreeMap<Label, Way> = BTreeMap::new();
        // Outcomes that a misspelled word was meant to handle: one finding is enough.
        let mut meant: BTreeSet<Label> = BTreeSet::new();
        self.choices(state, &mut written);
        for route in &state.routes {
            let labels = self.triggers(route, state, kind, &possible, &mut meant);
            let line = self.line(route, labels, &state.name.value);
            for (label, span) in line.labels {
                if let Some(first) = written.get(&label) {
                    self.findings.push(error::twice(&label, span, first.place));
                    continue;
                }
                let (to, limit) = (line.to.clone(), line.bound.clone());
                written.insert(label.clone(), Way { label, to, limit, origin: Origin::State, place: line.place });
            }
        }
        if kind == Kind::Hangup && !state.partial {
            let operand = match &state.operand {
                Some(ast::Value::Literal(word)) => Some(word),
                _ => None,
            };
            self.findings.extend(targets::result(operand, state.kind.span, self.declared));
        }
        self.fill(state, &possible, &mut written, &meant);
        if kind.needs_line() {
            self.rules_of(state, &mut written);
        }
        Exits { kind: known, ways: written.into_values().collect() }
    }

    /// The targets on the lines of a menu's choices.
    fn choices(&mut self, state: &ast::State, written: &mut BTreeMap<Label, Way>) {
        for choice in &state.choices {
            let Some(target) = &choice.target else { continue };
            let label = Label::Choice(choice.name.value.clone());
            let counter = format!("{}:{}", state.name.value, choice.name.value);
            let (to, limit) = targets::resolve(target, &counter, self.declared, self.findings);
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
                ast::Trigger::Success(span) => match kind.success(state) {
                    Some(outcome) => labels.push((Label::Outcome(outcome), span.0)),
                    None => self.findings.push(error::no_success(state, kind, span.0)),
                },
                ast::Trigger::Outcome(word) => match possible.iter().find(|label| label.to_string() == word.value) {
                    Some(label) => labels.push((label.clone(), word.span)),
                    None => {
                        let (finding, near) = error::cannot_occur(word, state, possible);
                        self.findings.push(finding);
                        meant.extend(near);
                    }
                },
                ast::Trigger::Left(word) | ast::Trigger::After(word) if !kind.needs_line() => {
                    let message = format!("no rule is live in a `{}` state", state.kind.value);
                    let label = "this cannot happen here";
                    self.findings.push(
                        Diagnostic::new(Code::F0202, message, word.span, label)
                            .help("rules are live while the flow plays, asks or transfers"),
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
    ) {
        let mut missing: Vec<&Label> = Vec::new();
        let mut unrouted: Vec<Outcome> = Vec::new();
        for label in possible {
            let Label::Outcome(outcome) = label else {
                if !written.contains_key(label) && !meant.contains(label) && !state.partial {
                    self.findings.push(error::choice_without_target(label, state));
                }
                continue;
            };
            if written.contains_key(label) || meant.contains(label) {
                continue;
            }
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
        if !missing.is_empty() && !state.partial {
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

    /// The flow's rules where the state has none of its own, and what becomes of the party's leaving.
    fn rules_of(&mut self, state: &ast::State, written: &mut BTreeMap<Label, Way>) {
        for rule in &self.rules {
            written.entry(rule.label.clone()).or_insert_with(|| rule.clone());
        }
        if written.contains_key(&Label::PartyLeft) {
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
            let counter = format!("{}:{label}", state.name.value);
            let (to, limit) = targets::resolve(&branch.target, &counter, self.declared, self.findings);
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
            let (to, limit) = targets::resolve(target, &state.name.value, self.declared, self.findings);
            ways.push(Way { label: Label::Else, to, limit, origin: Origin::State, place: target.span.0 });
        }
        // It may be a state in which rules are live and in which things fail.
        ways.extend(self.rules.iter().cloned());
        ways.extend(self.defaults.values().cloned());
        ways
    }
}

fn by_language(label: Label, to: End, place: Span) -> Way {
    Way { label, to, limit: None, origin: Origin::Language, place }
}

fn trigger_span(trigger: &ast::Trigger) -> Span {
    match trigger {
        ast::Trigger::Success(span) | ast::Trigger::Key { span, .. } => span.0,
        ast::Trigger::Outcome(word)
        | ast::Trigger::Left(word)
        | ast::Trigger::After(word)
        | ast::Trigger::Signal(word) => word.span,
    }
}
