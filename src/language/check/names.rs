//! What a flow declares, and which names are declared twice or unknown.

use crate::language::check::calendar::Calendar;
use crate::language::check::lent::Lent;
use crate::language::check::library::Library;
use crate::language::check::line::Endings;
use crate::language::check::service::Service;
use crate::language::check::trust;
use crate::language::check::types;
use crate::language::check::unread::Unread;
use crate::language::diagnostic::{Code, Diagnostic, Near, near, some_of};
use crate::language::flow::call::CallKind;
use crate::language::flow::service::Operation;
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
    /// The services it uses, by name.
    pub services: BTreeMap<&'a str, &'a Service>,
    /// Services and calendars it uses, whose types, constants and hours it may name.
    pub lenders: BTreeSet<&'a str>,
    /// Variables whose values callers choose, and why they are not trusted.
    pub untrusted: BTreeMap<&'a str, String>,
    /// Where numbers that callers chose may begin; `None` where the flow says nothing of them.
    pub dial_collected: Option<Vec<String>>,
    /// The parameters that variables are made of.
    pub given: BTreeMap<&'a str, BTreeSet<String>>,
    /// Used names that a finding has refused.
    pub refused: BTreeSet<&'a str>,
    /// Prompts may be missing because a library is: nothing is said of unknown ones.
    pub prompts_missing: bool,
    /// What may be missing because it could not be read: nothing is said of it.
    pub unread: &'a Unread,
    /// Results, in order.
    pub returns: Vec<&'a str>,
    /// The flows it uses.
    pub flows: BTreeMap<&'a str, &'a Signature>,
    /// The calendars it uses.
    pub calendars: BTreeMap<&'a str, &'a Calendar>,
    /// Participants.
    pub participants: BTreeSet<&'a str>,
    /// Signals it takes, with the type of what comes along; the inner `None` for a type in error.
    pub signals: BTreeMap<&'a str, Option<Option<Type>>>,
    /// Groups by name, as indices into the flow's groups.
    pub groups: BTreeMap<&'a str, usize>,
    /// States by name, as indices into the flow's states.
    pub states: BTreeMap<&'a str, usize>,
    /// How many more known names unknown ones are compared with. Beyond that nobody reads suggestions, and a large flow with
    /// many of both would take a time that grows with their product.
    pub comparisons: Cell<usize>,
}

/// Comparisons of unknown names with known ones in one flow.
const COMPARISONS: usize = 500_000;

impl Declared<'_> {
    /// Results of the flow that a `run` runs; none when it has none or is not known.
    #[must_use]
    pub fn results_of(&self, run: &ast::State) -> &[String] {
        self.run_by(run).map_or(&[], |signature| &signature.returns)
    }

    /// What is known of the flow that a `run` runs.
    #[must_use]
    pub fn run_by(&self, run: &ast::State) -> Option<&Signature> {
        let Some(ast::Value::Literal(word)) = &run.operand else { return None };
        self.flows.get(word.value.as_str()).copied()
    }

    /// The outcomes that the operation of an `invoke` has of its own.
    #[must_use]
    pub fn outcomes_of(&self, invoke: &ast::State) -> Vec<String> {
        let Some(ast::Value::Literal(word)) = &invoke.operand else { return Vec::new() };
        let operation = self.operation(&word.value);
        operation.into_iter().flat_map(|operation| &operation.outcomes).map(|outcome| outcome.name.clone()).collect()
    }

    /// Hours of a calendar that is used, by `calendar.hours`. The finding is missing where an earlier one says enough.
    pub fn hours(&self, word: &Word) -> Result<(String, String), Option<Diagnostic>> {
        let finding = |message: String, label: &str, help: String| {
            Diagnostic::new(Code::F0116, message, word.span, label).help(help)
        };
        let Some((calendar, name)) = word.value.split_once('.') else {
            let message = format!("`{}` does not name a calendar and its hours", word.value);
            return Err(Some(finding(message, "no dot here", "write it like `office.main`".to_owned())));
        };
        if self.refused.contains(calendar) || self.unread.may_hold(calendar) {
            return Err(None);
        }
        let Some(known) = self.calendars.get(calendar) else {
            let near = self.near(calendar, self.calendars.keys().copied());
            let message = format!("unknown calendar `{calendar}`");
            let help = format!("name it: `use {calendar}`");
            let finding = finding(message, "the flow uses no calendar of this name", help);
            return Err(Some(finding.meant_in(&word.value, 0..calendar.len(), near)));
        };
        if known.hours.contains_key(name) {
            return Ok((calendar.to_owned(), name.to_owned()));
        }
        let near = self.near(name, known.hours.keys().map(String::as_str));
        let all: Vec<&str> = known.hours.keys().map(String::as_str).collect();
        let help = format!("it has {}", all.join(", "));
        let finding = finding(format!("calendar `{calendar}` has no hours `{name}`"), "no such hours", help);
        Err(Some(finding.meant_in(&word.value, calendar.len() + 1..word.value.len(), near)))
    }

    /// An operation of a service that is used, by `service.operation`; not one in error.
    #[must_use]
    pub fn operation(&self, dotted: &str) -> Option<&Operation> {
        let (service, operation) = dotted.split_once('.')?;
        self.services.get(service)?.operations.get(operation)?.value.as_ref()
    }

    /// Whether what comes out of the state is known: the flow it runs, or the operation it invokes, was found.
    #[must_use]
    pub fn knows_what_follows(&self, state: &ast::State) -> bool {
        let Some(ast::Value::Literal(word)) = &state.operand else {
            return state.kind.value != "run" && !(state.kind.value == "invoke" && state.operand.is_none());
        };
        match state.kind.value.as_str() {
            "run" => self.flows.get(word.value.as_str()).is_some_and(|signature| !signature.partial),
            "invoke" => self.operation(&word.value).is_some(),
            _ => true,
        }
    }

    /// The nearest of some names, while comparisons are left.
    pub fn near<'n>(&self, word: &str, known: impl IntoIterator<Item = &'n str>) -> Option<Near<'n>> {
        let left = self.comparisons.get();
        let mut made = 0;
        let near = near(word, known.into_iter().take(left).inspect(|_| made += 1));
        self.comparisons.set(left - made);
        near.filter(|_| made < left)
    }

    /// The same as a word.
    pub fn nearest<'n>(&self, word: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
        self.near(word, known).map(|near| near.word)
    }
}

/// What of the project a flow can name.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Prompt libraries by name.
    pub libraries: BTreeMap<String, Library>,
    /// Flows.
    pub flows: BTreeMap<String, Signature>,
    /// Calendars by name.
    pub calendars: BTreeMap<String, Calendar>,
    /// Services by name.
    pub services: BTreeMap<String, Service>,
    /// What services and calendars lend.
    pub lent: Lent,
    /// A library, a service or a calendar could not be read, so that names may be missing.
    pub incomplete: bool,
}

/// What a flow that runs another has to know of it.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// How it begins, as far as that is known.
    pub call: Option<CallKind>,
    /// Parameters in the order declared: name, type (`None` for one in error), whether it must be given.
    pub params: Vec<(String, Option<Type>, bool)>,
    /// Results, in order.
    pub returns: Vec<String>,
    /// Whether pieces of it could not be read, so that nothing is said of what seems missing.
    pub partial: bool,
    /// How the line may be where it is over; `None` as long as its states have not been looked at.
    pub endings: Option<Endings>,
}

/// What is known of a flow from its head.
pub fn signature(flow: &ast::Flow, world: &World) -> Signature {
    // What is in error is said where the flow itself is checked.
    let (mut said, unread) = (Vec::new(), Unread::default());
    let mut declared = nothing(world, &unread);
    uses(flow, world, &mut declared, &mut said);
    params(flow, &mut declared, &mut Once::new("parameter or variable"), &mut said);
    let param = |param: &ast::Declaration| {
        let ty = declared.params.get(param.name.value.as_str()).cloned().flatten();
        let required = param.default.is_none() && !ty.as_ref().is_some_and(Type::is_optional);
        (param.name.value.clone(), ty, required)
    };
    Signature {
        call: flow.call.as_ref().and_then(|word| CallKind::from_word(&word.value)),
        params: flow.params.iter().map(param).collect(),
        returns: flow.returns.iter().map(|word| word.value.clone()).collect(),
        partial: flow.partial,
        endings: None,
    }
}

/// What variables are made of: those whose values somebody outside may choose, and the parameters that others hold.
fn origins<'a>(flow: &'a ast::Flow, declared: &mut Declared<'a>) {
    let doubted = |name: &str| declared.operation(name).is_some_and(|operation| operation.untrusted);
    let mut heard = trust::heard(flow, doubted);
    let sets = flow.states.iter().filter(|state| state.kind.value == "set").flat_map(|state| &state.args);
    let copies = trust::Copies::of(sets.map(|(name, value)| (name.value.as_str(), value)));
    copies.spread(&mut heard);
    declared.untrusted = heard;
    declared.given = copies.of_params(flow.params.iter().map(|param| param.name.value.as_str()));
}

/// The parameters with their types.
fn params<'a>(flow: &'a ast::Flow, declared: &mut Declared<'a>, data: &mut Once<'a>, findings: &mut Vec<Diagnostic>) {
    for param in &flow.params {
        data.see(&param.name, findings);
        let ty = types::resolve_in(&param.ty, Some(declared), findings);
        declared.params.entry(&param.name.value).or_insert(ty);
    }
}

/// Before anything is declared.
fn nothing<'a>(world: &'a World, unread: &'a Unread) -> Declared<'a> {
    Declared {
        world,
        params: BTreeMap::new(),
        settings: BTreeMap::new(),
        vars: BTreeMap::new(),
        libraries: Vec::new(),
        services: BTreeMap::new(),
        lenders: BTreeSet::new(),
        untrusted: BTreeMap::new(),
        dial_collected: None,
        given: BTreeMap::new(),
        refused: BTreeSet::new(),
        prompts_missing: unread.may_hold("use"),
        unread,
        returns: Vec::new(),
        flows: BTreeMap::new(),
        calendars: BTreeMap::new(),
        participants: BTreeSet::new(),
        signals: BTreeMap::new(),
        groups: BTreeMap::new(),
        states: BTreeMap::new(),
        comparisons: Cell::new(COMPARISONS),
    }
}

/// Collects what the flow declares.
pub fn collect<'a>(
    flow: &'a ast::Flow,
    world: &'a World,
    unread: &'a Unread,
    findings: &mut Vec<Diagnostic>,
) -> Declared<'a> {
    let mut declared = nothing(world, unread);
    uses(flow, world, &mut declared, findings);
    origins(flow, &mut declared);
    let mut data = Once::new("parameter or variable");
    params(flow, &mut declared, &mut data, findings);
    for var in &flow.vars {
        data.see(&var.name, findings);
        no_default(var, findings);
        let ty = types::resolve_in(&var.ty, Some(&declared), findings);
        declared.vars.entry(&var.name.value).or_insert(ty);
    }
    given_by_the_platform(flow, &mut declared);
    clashes(flow, &declared, findings);
    let mut settings = Once::new("setting");
    for setting in &flow.settings {
        settings.see(&setting.name, findings);
        no_default(setting, findings);
        let ty = types::resolve_in(&setting.ty, Some(&declared), findings);
        declared.settings.entry(&setting.name.value).or_insert(ty);
    }
    let mut returns = Once::new("result");
    for result in &flow.returns {
        returns.see(result, findings);
        declared.returns.push(&result.value);
    }
    let mut people = Once::new("participant");
    for participant in &flow.participants {
        people.see(participant, findings);
        if participant.value == "party" {
            let label = "the one this flow talks to is called so";
            findings.push(Diagnostic::new(
                Code::F0108,
                "no participant may be called `party`",
                participant.span,
                label,
            ));
        }
        declared.participants.insert(&participant.value);
    }
    let mut signals = Once::new("signal");
    for signal in &flow.signals {
        signals.see(&signal.name, findings);
        let ty = signal.ty.as_ref().map(|ty| types::resolve_in(ty, Some(&declared), findings));
        declared.signals.entry(&signal.name.value).or_insert(ty);
    }
    let mut groups = Once::new("group or state");
    for (index, group) in flow.groups.iter().enumerate() {
        groups.see(&group.name, findings);
        declared.groups.entry(&group.name.value).or_insert(index);
    }
    for (index, state) in flow.states.iter().enumerate() {
        let name = &state.name;
        let first = *declared.states.entry(&name.value).or_insert(index);
        if first != index {
            findings.push(twice("state", &name.value, name.span, flow.states[first].name.span));
        }
    }
    declared
}

/// What the platform gives a flow that begins with a recording's file.
pub const RECORDING: &str = "recording";

/// A flow that begins when a recording's file is there is told of it by a parameter that nobody declares.
fn given_by_the_platform(flow: &ast::Flow, declared: &mut Declared) {
    let call = flow.call.as_ref().and_then(|word| CallKind::from_word(&word.value));
    if call == Some(CallKind::RecordingReady) {
        let fields = ["id", "call", "flow", "url"].map(|field| (field.to_owned(), Type::Text));
        declared.params.insert(RECORDING, Some(Type::Record(fields.into())));
    }
}

/// Parameters and variables that are called like something used, of which `name.…` could be either.
fn clashes(flow: &ast::Flow, declared: &Declared, findings: &mut Vec<Diagnostic>) {
    let lent: BTreeMap<&str, Span> = flow.uses.iter().map(|word| (word.value.as_str(), word.span)).collect();
    for word in flow.params.iter().chain(&flow.vars).map(|data| &data.name) {
        let name = word.value.as_str();
        if name == RECORDING && flow.call.as_ref().is_some_and(|call| call.value == CallKind::RecordingReady.word()) {
            let message = format!("`{RECORDING}` is the name of what this flow is given");
            findings.push(
                Diagnostic::new(Code::F0103, message, word.span, "the recording whose file is there")
                    .help("give the parameter or variable another name"),
            );
        }
        if let Some(used) = lent.get(name).filter(|_| declared.lenders.contains(name)) {
            let message = format!("`{name}` is the name of something the flow uses");
            findings.push(
                Diagnostic::new(Code::F0103, message, word.span, format!("`{name}.…` could be either"))
                    .and(*used, "used here")
                    .help("give the parameter or variable another name"),
            );
        }
    }
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
        if let Some(signature) = world.flows.get(name) {
            declared.flows.insert(name, signature);
            continue;
        }
        if let Some(calendar) = world.calendars.get(name) {
            declared.calendars.insert(name, calendar);
            declared.lenders.insert(name);
            continue;
        }
        if let Some(service) = world.services.get(name) {
            declared.services.insert(name, service);
            declared.lenders.insert(name);
            continue;
        }
        if world.lent.knows(name) {
            declared.lenders.insert(name);
            continue;
        }
        declared.refused.insert(name);
        if world.incomplete {
            declared.prompts_missing = true;
            continue;
        }
        let files = || world.libraries.keys().chain(world.services.keys()).chain(world.calendars.keys());
        let near = declared.near(name, files().chain(world.flows.keys()).map(String::as_str));
        findings.push(
            Diagnostic::new(
                Code::F0109,
                format!("unknown `{name}`"),
                word.span,
                "nothing in the project has this name",
            )
            .meant(name, near),
        );
        // Go on with what was meant, so that one misspelling is one finding.
        let near = near.map(|near| near.word).unwrap_or_default();
        if let Some(library) = world.libraries.get(near) {
            declared.libraries.push(library);
        } else if let Some((name, service)) = world.services.get_key_value(near) {
            declared.services.insert(name, service);
            declared.lenders.insert(name);
        } else if let Some((name, calendar)) = world.calendars.get_key_value(near) {
            declared.calendars.insert(name, calendar);
            declared.lenders.insert(name);
        } else {
            declared.prompts_missing = true;
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
            .help(format!("the states are {}", some_of(declared.states.keys().copied())))
            .meant(&word.value, meant);
    (Some(finding), meant.and_then(|near| declared.states.get(near.word).copied()))
}

/// An unknown kind of state.
pub fn unknown_kind(word: &Word) -> Diagnostic {
    let offered = || syntax::fields::KINDS.iter().filter(|row| row.offered).map(|row| row.name);
    Diagnostic::new(Code::F0104, format!("unknown kind of state `{}`", word.value), word.span, "no kind has this name")
        .help(format!("the kinds are {}", offered().collect::<Vec<_>>().join(", ")))
        .misspelt(&word.value, syntax::fields::KINDS.iter().map(|row| row.name))
}
