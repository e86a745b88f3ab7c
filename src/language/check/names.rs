//! What a flow declares, and which names are declared twice or unknown.

use crate::language::check::calendar::Calendar;
use crate::language::check::fields;
use crate::language::check::library::Library;
use crate::language::check::types;
use crate::language::check::unread::Unread;
use crate::language::diagnostic::{Code, Diagnostic, Near, near, nearest};
use crate::language::flow::types::Type;
use crate::language::source::{Span, Word};
use crate::language::syntax;
use crate::language::syntax::ast;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

/// What a flow declares. A type in error is `None`: what reads it stays quiet.
pub struct Declared<'a> {
    /// The project around the flow.
    pub world: &'a World,
    /// Parameters.
    pub params: BTreeMap<&'a str, Option<Type>>,
    /// Settings.
    pub settings: BTreeMap<&'a str, Option<Type>>,
    /// Variables.
    pub vars: BTreeMap<&'a str, Option<Type>>,
    /// The libraries it uses.
    pub libraries: Vec<&'a Library>,
    /// The calendars it uses.
    pub calendars: BTreeMap<&'a str, &'a Calendar>,
    /// Used names that a finding has refused.
    pub refused: BTreeSet<&'a str>,
    /// Prompts may be missing because a library is: nothing is said of unknown ones.
    pub prompts_missing: bool,
    /// What may be missing because it could not be read: nothing is said of it.
    pub unread: &'a Unread,
    /// Results, in order.
    pub returns: Vec<&'a str>,
    /// States by name, as indices into the flow's states.
    pub states: BTreeMap<&'a str, usize>,
    /// How many more unknown names are compared with every known one. Beyond that nobody reads suggestions, and a large flow
    /// with many of them would take a time that grows with their product.
    pub suggestions: Cell<u32>,
}

/// Unknown names of a flow for which the nearest known one is looked for.
const SUGGESTIONS: u32 = 100;

impl Declared<'_> {
    /// The nearest of some names, while suggestions are left.
    pub fn near<'n>(&self, word: &str, known: impl IntoIterator<Item = &'n str>) -> Option<Near<'n>> {
        let left = self.suggestions.get().checked_sub(1)?;
        self.suggestions.set(left);
        near(word, known)
    }
}

/// What of the project a flow can name.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Prompt libraries by name.
    pub libraries: BTreeMap<String, Library>,
    /// Flows.
    pub flows: BTreeSet<String>,
    /// Calendars by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// Services, which this release does not offer yet.
    pub later: BTreeSet<String>,
    /// A library or calendar could not be read, so that names may be missing.
    pub incomplete: bool,
}

/// Collects what the flow declares.
pub fn collect<'a>(
    flow: &'a ast::Flow,
    world: &'a World,
    unread: &'a Unread,
    findings: &mut Vec<Diagnostic>,
) -> Declared<'a> {
    let mut declared = Declared {
        world,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        vars: BTreeMap::new(),
        libraries: Vec::new(),
        calendars: BTreeMap::new(),
        refused: BTreeSet::new(),
        prompts_missing: unread.may_hold("use"),
        unread,
        returns: Vec::new(),
        states: BTreeMap::new(),
        suggestions: Cell::new(SUGGESTIONS),
    };
    let mut data = Once::new("parameter or variable");
    for param in &flow.params {
        data.see(&param.name, findings);
        let ty = types::resolve(&param.ty, findings);
        declared.params.entry(&param.name.value).or_insert(ty);
    }
    for var in &flow.vars {
        data.see(&var.name, findings);
        no_default(var, findings);
        let ty = types::resolve(&var.ty, findings);
        declared.vars.entry(&var.name.value).or_insert(ty);
    }
    let mut settings = Once::new("setting");
    for setting in &flow.settings {
        settings.see(&setting.name, findings);
        no_default(setting, findings);
        let ty = types::resolve(&setting.ty, findings);
        declared.settings.entry(&setting.name.value).or_insert(ty);
    }
    let mut returns = Once::new("result");
    for result in &flow.returns {
        returns.see(result, findings);
        declared.returns.push(&result.value);
    }
    let mut states = Once::new("state");
    for (index, state) in flow.states.iter().enumerate() {
        states.see(&state.name, findings);
        declared.states.entry(&state.name.value).or_insert(index);
    }
    uses(flow, world, &mut declared, findings);
    declared
}

fn uses<'a>(flow: &'a ast::Flow, world: &'a World, declared: &mut Declared<'a>, findings: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
    for word in &flow.uses {
        let name = word.value.as_str();
        if let Some(first) = seen.insert(name, word.span) {
            findings.push(twice("used name", name, word.span, first));
            continue;
        }
        if let Some(library) = world.libraries.get(name) {
            declared.libraries.push(library);
            continue;
        }
        if let Some(calendar) = world.calendars.get(name) {
            declared.calendars.insert(name, calendar);
            continue;
        }
        if world.flows.contains(name) {
            continue;
        }
        declared.refused.insert(name);
        if world.later.contains(name) {
            findings.push(fields::not_offered(name, word.span).help("services come later"));
            continue;
        }
        if world.incomplete {
            declared.prompts_missing = true;
            continue;
        }
        let known = || {
            let files = world.libraries.keys().chain(world.calendars.keys());
            files.chain(&world.flows).chain(&world.later).map(String::as_str)
        };
        findings.push(
            Diagnostic::new(
                Code::F0109,
                format!("unknown `{name}`"),
                word.span,
                "nothing in the project has this name",
            )
            .did_you_mean(name, known()),
        );
        // Go on with what was meant, so that one misspelling is one finding.
        match nearest(name, known()).and_then(|near| world.libraries.get(near)) {
            Some(library) => declared.libraries.push(library),
            None => declared.prompts_missing = true,
        }
    }
}

/// Names of one kind, each once. (Whether each is a name at all is the reader's to say.)
pub struct Once<'a> {
    what: &'static str,
    seen: BTreeMap<&'a str, Span>,
}

impl<'a> Once<'a> {
    /// Nothing seen yet.
    #[must_use]
    pub fn new(what: &'static str) -> Once<'a> {
        Once { what, seen: BTreeMap::new() }
    }

    /// Takes in one more name.
    pub fn see(&mut self, word: &'a Word, findings: &mut Vec<Diagnostic>) {
        match self.seen.get(word.value.as_str()) {
            Some(first) => findings.push(twice(self.what, &word.value, word.span, *first)),
            None => {
                self.seen.insert(&word.value, word.span);
            }
        }
    }
}

fn twice(what: &str, name: &str, here: Span, first: Span) -> Diagnostic {
    Diagnostic::new(Code::F0103, format!("{what} `{name}` is declared twice"), here, "declared again here")
        .and(first, "first declared here")
}

/// Only parameters have values of their own: a setting's stands in the project, a variable is saved to.
fn no_default(declared: &ast::Declaration, findings: &mut Vec<Diagnostic>) {
    if declared.default.is_some() {
        let message = format!("`{}` cannot have a default", declared.name.value);
        findings.push(
            Diagnostic::new(Code::F0010, message, declared.name.span, "only parameters have one")
                .help("a setting takes its value from flowc.toml; a variable is saved to by a state"),
        );
    }
}

/// The finding for a state that is not there, and the one that was perhaps meant. No finding where the word itself could not
/// be read, or where the state may be among what could not.
pub fn unknown_state(word: &Word, declared: &Declared) -> (Option<Diagnostic>, Option<usize>) {
    let meant = declared.near(&word.value, declared.states.keys().copied());
    if word.value.is_empty() || declared.unread.may_hold(&word.value) {
        return (None, None);
    }
    let finding =
        Diagnostic::new(Code::F0102, format!("unknown state `{}`", word.value), word.span, "no state has this name")
            .meant(&word.value, meant);
    (Some(finding), meant.and_then(|near| declared.states.get(near.word).copied()))
}

/// An unknown kind of state.
pub fn unknown_kind(word: &Word) -> Diagnostic {
    let offered = || syntax::fields::KINDS.iter().filter(|row| row.offered).map(|row| row.name);
    Diagnostic::new(Code::F0104, format!("unknown kind of state `{}`", word.value), word.span, "no kind has this name")
        .help(format!("the kinds are {}", offered().collect::<Vec<_>>().join(", ")))
        .did_you_mean(&word.value, syntax::fields::KINDS.iter().map(|row| row.name))
}
