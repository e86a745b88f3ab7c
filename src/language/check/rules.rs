//! Rules: events that states, groups and the flow react to, and what a group routes for its states.

use crate::language::check::error;
use crate::language::check::kinds::Kind;
use crate::language::check::literals;
use crate::language::check::outcomes::{self, Outcomes};
use crate::language::check::people;
use crate::language::check::states::option;
use crate::language::check::targets;
use crate::language::check::ways::{Exits, Origin, Way};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::flow::label::{Label, Since};
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::tones::Tone;
use std::collections::{BTreeMap, BTreeSet};

/// What a group says.
pub(super) struct Group {
    /// Events.
    pub(super) rules: Vec<Way>,
    /// Where to when its conditions cannot be brought about.
    pub(super) otherwise: Option<Way>,
    /// Outcomes, by word: routed where a state does not do so itself.
    caught: Vec<Caught>,
}

struct Caught {
    word: Word,
    way: Way,
    used: bool,
}

impl Group {
    /// What the group routes a label to.
    pub(super) fn catch(&mut self, label: &Label) -> Option<Way> {
        let name = label.to_string();
        let caught = self.caught.iter_mut().find(|caught| caught.word.value == name)?;
        caught.used = true;
        Some(Way { label: label.clone(), ..caught.way.clone() })
    }

    /// All its ways, for a state that may do anything.
    pub(super) fn everything(&mut self) -> Vec<Way> {
        self.caught.iter_mut().for_each(|caught| caught.used = true);
        let caught = self.caught.iter().map(|caught| caught.way.clone());
        caught.chain(self.rules.iter().cloned()).chain(self.otherwise.clone()).collect()
    }
}

impl Outcomes<'_> {
    /// Rules of the flow.
    pub(super) fn read_rules(&mut self, always: &[ast::Route]) -> Vec<Way> {
        let mut rules: Vec<Way> = Vec::new();
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
            for (label, span) in &line.labels {
                match rules.iter().find(|rule| rule.label == *label) {
                    Some(first) => self.findings.push(error::twice(label, *span, first.place)),
                    None => rules.push(line.way(label.clone(), Origin::Rule)),
                }
            }
        }
        rules
    }

    /// What a group routes for its states.
    pub(super) fn read_group(&mut self, written: &ast::Group) -> Group {
        let name = &written.name.value;
        let mut group = Group { rules: Vec::new(), otherwise: None, caught: Vec::new() };
        for route in &written.routes {
            let (mut labels, mut words) = (Vec::new(), Vec::new());
            for trigger in &route.triggers {
                match trigger {
                    ast::Trigger::Outcome(word) => words.push(word.clone()),
                    ast::Trigger::Success(span) => {
                        let message = "a group has no success of its own";
                        let label = "each state says where its own leads";
                        self.findings.push(Diagnostic::new(Code::F0202, message, span.0, label));
                    }
                    event => labels.extend(self.event(event, Since::Group)),
                }
            }
            // The counter's name says which line it is: its outcomes and events share it.
            let counter = || {
                let first =
                    words.iter().map(|word| word.value.clone()).chain(labels.iter().map(|(l, _)| l.to_string())).min();
                format!("{name}:{}", first.unwrap_or_default())
            };
            let (to, limit) = targets::resolve(&route.target, counter, self.declared, self.findings);
            let way =
                |label| Way { label, to: to.clone(), limit: limit.clone(), origin: Origin::Group, place: route.span.0 };
            for word in words {
                match group.caught.iter().find(|caught| caught.word.value == word.value) {
                    Some(first) => {
                        let label = Label::Named(word.value.clone());
                        self.findings.push(error::twice(&label, word.span, first.way.place));
                    }
                    None => {
                        let label = Label::Named(word.value.clone());
                        group.caught.push(Caught { word, way: way(label), used: false });
                    }
                }
            }
            for (label, span) in labels {
                match group.rules.iter().find(|rule| rule.label == label) {
                    Some(first) => self.findings.push(error::twice(&label, span, first.place)),
                    None => group.rules.push(way(label)),
                }
            }
        }
        group.otherwise = self.otherwise(written);
        group
    }

    fn otherwise(&mut self, written: &ast::Group) -> Option<Way> {
        let name = &written.name.value;
        let Some(target) = &written.otherwise else {
            if !written.conditions.is_empty() && !written.partial {
                let message = format!("group `{name}` does not say where to when the line cannot be so");
                self.findings.push(
                    Diagnostic::new(Code::F0110, message, written.name.span, "no `else` here")
                        .help("write `while …, else sorry`, in YAML `else: sorry`"),
                );
            }
            return None;
        };
        if written.conditions.is_empty() && !written.partial {
            let message = format!("group `{name}` has `else` and no condition");
            let label = "nothing here can fail to be brought about";
            let finding = Diagnostic::new(Code::F0010, message, target.span.0, label);
            self.findings.push(finding.help("leave `else` out, or say what holds with `while`"));
            return None;
        }
        let (to, limit) = targets::resolve(target, || format!("{name}:else"), self.declared, self.findings);
        let place = target.span.0;
        Some(Way { label: Label::NotEstablished, to, limit, origin: Origin::Group, place })
    }

    /// An outcome that a group routes and that none of its states leaves to it.
    pub(super) fn groups_catch_something(&mut self, flow: &ast::Flow) {
        let mut members_of: BTreeMap<&str, Vec<&ast::State>> = BTreeMap::new();
        for state in &flow.states {
            if let Some(group) = &state.group {
                members_of.entry(&group.value).or_default().push(state);
            }
        }
        for (written, group) in flow.groups.iter().zip(&self.groups) {
            if written.partial || flow.partial || group.caught.iter().all(|caught| caught.used) {
                continue;
            }
            let members = members_of.get(written.name.value.as_str()).into_iter().flatten();
            let possible: BTreeSet<String> = members
                .filter_map(|state| Some(Kind::from_word(&state.kind.value)?.labels(state, self.declared)))
                .flatten()
                .map(|label| label.to_string())
                .collect();
            let caught: BTreeSet<&str> = group.caught.iter().map(|caught| caught.word.value.as_str()).collect();
            let left = || possible.iter().map(String::as_str).filter(|label| !caught.contains(label));
            for caught in group.caught.iter().filter(|caught| !caught.used) {
                let word = &caught.word;
                let message = format!("group `{}` catches `{}` nowhere", written.name.value, word.value);
                let (label, near) = if possible.contains(&word.value) {
                    ("every state of the group routes it itself", None)
                } else {
                    ("no state of the group comes to this", self.declared.near(&word.value, left()))
                };
                let finding = Diagnostic::new(Code::F0208, message, word.span, label).help("take it out");
                self.findings.push(error::outcome_meant(finding, &word.value, near));
            }
        }
    }

    /// What an event of a rule is; nothing when a finding has said that it is none.
    pub(super) fn event(&mut self, trigger: &ast::Trigger, since: Since) -> Option<(Label, Span)> {
        if let Some(call) = self.without_line {
            self.findings.push(never_live(trigger, call));
            return None;
        }
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
                let known = self.participant(word)?;
                Some((Label::Left(known), word.span))
            }
            ast::Trigger::Key { keys, by, span } => {
                let tones = literals::keys(keys).map_err(|finding| self.findings.push(finding)).ok()?;
                let by = match by {
                    Some(word) if word.value == "party" => Some("party".to_owned()),
                    Some(word) => Some(self.participant(word)?),
                    None => None,
                };
                Some((Label::Key { keys: tones, by }, span.0))
            }
            ast::Trigger::Signal(word) => {
                if self.declared.signals.contains_key(word.value.as_str()) {
                    return Some((Label::Signal(word.value.clone()), word.span));
                }
                if !self.declared.unread.may_hold(&word.value) && !self.declared.unread.may_hold("signals") {
                    let known = self.declared.signals.keys().copied();
                    let near = self.declared.near(&word.value, known);
                    let message = format!("unknown signal `{}`", word.value);
                    self.findings.push(
                        Diagnostic::new(Code::F0116, message, word.span, "the flow takes no such signal")
                            .help(format!("declare it: `signal {}`", word.value))
                            .meant(&word.value, near)
                            .for_want_of("signal", &word.value),
                    );
                }
                None
            }
            ast::Trigger::Outcome(_) | ast::Trigger::Success(_) => None,
        }
    }

    fn participant(&mut self, word: &Word) -> Option<String> {
        match people::known(word, self.declared) {
            Ok(name) => Some(name),
            Err(finding) => {
                self.findings.extend(finding);
                None
            }
        }
    }
}

/// Whether a key rule is live in a state: what somebody types into a question is the question's.
pub(super) fn is_live(kind: Kind, state: &ast::State, by: Option<&str>) -> bool {
    if !matches!(kind, Kind::Collect | Kind::Recognize | Kind::TakeMessage) {
        return true;
    }
    by.is_some_and(|by| by != asked(state))
}

/// Who is asked.
pub(super) fn asked(state: &ast::State) -> &str {
    match option(state, "hear") {
        Some(ast::Value::Literal(word)) => &word.value,
        _ => "party",
    }
}

/// Whom a transfer hands over, where it is somebody of several.
pub(super) fn whom(state: &ast::State) -> Option<&str> {
    match option(state, "who") {
        Some(ast::Value::Literal(word)) => Some(&word.value),
        _ => None,
    }
}

/// A rule of a flow that never has the line.
fn never_live(trigger: &ast::Trigger, call: CallKind) -> Diagnostic {
    let message = format!("no rule is live in a flow that begins `{}`", call.word());
    Diagnostic::new(Code::F0202, message, outcomes::trigger_span(trigger), "this flow never has the line")
        .help("take the rule out; a flow that others run while they have the line begins `live`")
}

/// Keys that mean two things in one place: a rule and a choice, or two rules of which one begins like the other.
pub(super) fn keys(flow: &ast::Flow, exits: &[Exits], findings: &mut Vec<Diagnostic>) {
    let mut told: BTreeSet<(Span, Span)> = BTreeSet::new();
    for (state, exit) in flow.states.iter().zip(exits) {
        let rules: Vec<(&Way, &[Tone], Option<&str>)> = exit
            .ways
            .iter()
            .filter_map(|way| match &way.label {
                Label::Key { keys, by } => Some((way, keys.as_slice(), by.as_deref())),
                _ => None,
            })
            .collect();
        for choice in &state.choices {
            let Some(Ok(key)) = choice.key.as_ref().map(literals::key) else { continue };
            let clash =
                rules.iter().find(|(_, keys, by)| keys.first() == Some(&key) && by.is_none_or(|by| by == asked(state)));
            let span = choice.key.as_ref().map_or(choice.name.span, |word| word.span);
            if let Some((way, _, _)) = clash
                && told.insert((span, way.place))
            {
                let message = format!("key {} is a choice and a rule", key.word());
                findings.push(
                    Diagnostic::new(Code::F0509, message, span, format!("here it chooses `{}`", choice.name.value))
                        .and(way.place, "here it is a rule that is live in this menu too")
                        .help("give one of them another key"),
                );
            }
        }
        for (at, (way, keys, by)) in rules.iter().enumerate() {
            for (other, longer, by_other) in &rules[at + 1..] {
                let same_person = by.is_none() || by_other.is_none() || by == by_other;
                let clash = same_person && (longer.starts_with(keys) || keys.starts_with(longer));
                if clash && told.insert((way.place, other.place)) {
                    let message = format!("`{}` and `{}` begin alike", way.label, other.label);
                    findings.push(
                        Diagnostic::new(Code::F0510, message, other.place, "whoever presses one begins the other")
                            .and(way.place, "both are live in one place")
                            .help("choose keys of which neither begins like the other"),
                    );
                }
            }
        }
    }
}
