//! The syntax tree to typed parts, with everything that is wrong on the way. Names first, then each state for itself, then
//! the ways between states; one cause gives one finding, and what follows from it stays quiet.

mod actions;

pub mod assign;

pub mod calendar;

pub mod calls;

pub mod checked;

pub mod cycles;

pub mod doubt;

pub mod error;

pub mod exprs;

pub mod facts;

pub mod fields;

pub mod forward;

mod given;

mod headers;

mod heads;

pub mod kinds;

pub mod leaving;

pub mod lent;

pub mod library;

pub mod line;

mod listening;

pub mod literals;

pub mod lookup;

pub mod names;

pub mod operators;

pub mod outcomes;

mod path;

pub mod people;

pub mod presence;

pub mod promises;

pub mod prompts;

pub mod questions;

pub mod reach;

pub mod request;

mod rules;

pub mod service;

mod spoken;

pub mod ssml;

pub mod states;

pub mod targets;

pub mod trust;

pub mod types;

pub mod unread;

pub mod ways;

use crate::language::check::checked::Checked;
use crate::language::check::doubt::Summary;
use crate::language::check::exprs::{Exprs, Names, Need};
use crate::language::check::line::Endings;
use crate::language::check::names::{Declared, World};
use crate::language::check::prompts::Used;
use crate::language::check::states::{Parts, States};
use crate::language::check::unread::Unread;
use crate::language::check::ways::Exits;
use crate::language::diagnostic::{Code, Diagnostic, has_errors};
use crate::language::flow::calendar::Hours;
use crate::language::flow::call::{ALL, CallKind};
use crate::language::flow::expr::Expr;
use crate::language::flow::service::Service;
use crate::language::flow::state::{Group, Kind};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::platform::limits;
use std::collections::{BTreeMap, BTreeSet};

/// What came of checking a flow.
pub struct Verdict {
    /// The flow, when nothing is wrong with it.
    pub checked: Option<Checked>,
    /// How the line may be where it is over, as far as that can be told.
    pub endings: Option<Endings>,
    /// What is wrong with it.
    pub findings: Vec<Diagnostic>,
}

/// Checks a flow. Of what the reader has found, only what it may have missed is known here.
pub fn flow(written: &ast::Flow, world: &World, unread: &Unread) -> Verdict {
    let mut findings = Vec::new();
    let mut declared = names::collect(written, world, unread, &mut findings);
    head(written, &mut findings);
    let call = written.call.as_ref().and_then(|word| call_kind(word, &mut findings));
    heads::needs(written, call, &mut findings);
    heads::policies(written, &declared, &mut findings);
    let allowed = heads::allowed(written, &mut findings);
    declared.dial_collected.clone_from(&allowed.dial_collected);
    let params = defaults_of_params(written, call, &declared, &mut findings);
    let exits = outcomes::exits(written, call, &declared, &mut findings);
    let Typed { locale, groups, entering, mut parts, used } = parts(written, &declared, call, &mut findings);
    let start = written.start.as_ref().and_then(|word| start(word, &declared, &mut findings));
    let graph =
        start.map(|start| Graph { written, declared: &declared, call, start, exits: &exits, parts: &parts, entering });
    let (endings, trust) = match graph {
        Some(graph) => {
            let (endings, trust) = self::graph(&graph, &mut findings);
            (Some(endings).filter(|_| !written.partial && call.is_some()), trust)
        }
        None => (None, Summary::default()),
    };
    allowed.quieten(&mut findings);
    if has_errors(&findings) {
        return Verdict { checked: None, endings, findings };
    }
    let states = written
        .states
        .iter()
        .zip(&mut parts)
        .zip(exits)
        .map(|((written, parts), exits)| {
            let state = parts.state.take()?;
            Some(checked::State { state, place: written.name.span, ways: exits.ways })
        })
        .collect::<Option<Vec<_>>>();
    let Some(states) = states else { return Verdict { checked: None, endings, findings } };
    let types = |types: &BTreeMap<&str, Option<Type>>| {
        types.iter().map(|(name, ty)| Some(((*name).to_owned(), ty.clone()?))).collect::<Option<BTreeMap<_, _>>>()
    };
    let assemble = || {
        Some(Checked {
            name: written.name.as_ref()?.value.clone(),
            call: call?,
            locale: locale?,
            params: params?,
            settings: types(&declared.settings)?,
            vars: types(&declared.vars)?,
            returns: declared.returns.iter().map(|result| (*result).to_owned()).collect(),
            participants: written.participants.iter().map(|word| word.value.clone()).collect(),
            signals: signals(&declared)?,
            dial_collected: allowed.dial_collected.unwrap_or_default(),
            needs: heads::needed(written),
            groups: groups?,
            services: services(&declared, &states)?,
            calendars: calendars(&declared),
            prompts: used.prompts,
            speech: used.speech,
            trust,
            claims: promises::claims(written, &declared, allowed.codes),
            states,
            start: start?,
        })
    };
    Verdict { checked: assemble(), endings, findings }
}

/// What can be said of a flow without looking at the ways between its states.
struct Typed<'a> {
    /// Its locale; the outer `None` for one in error.
    locale: Option<Option<Expr>>,
    groups: Option<BTreeMap<String, Group>>,
    /// What has to be there where each group is entered.
    entering: BTreeMap<&'a str, Vec<Need>>,
    parts: Vec<Parts>,
    used: Used,
}

/// The services that states invoke, each with the operations invoked; nothing when one is in error.
fn services(declared: &Declared, states: &[checked::State]) -> Option<BTreeMap<String, Service>> {
    let mut invoked: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for state in states {
        if let Kind::Invoke { service, operation, .. } = &state.state.kind {
            invoked.entry(service).or_default().insert(operation);
        }
    }
    let model = |(name, operations): (&str, BTreeSet<&str>)| {
        let service = match request::service(name) {
            Some(in_place) => in_place,
            None => declared.services.get(name)?.model()?.only(&operations),
        };
        Some((name.to_owned(), service))
    };
    invoked.into_iter().map(model).collect()
}

/// The hours of the calendars that the flow uses.
fn calendars(declared: &Declared) -> BTreeMap<String, BTreeMap<String, Hours>> {
    let hours = |calendar: &calendar::Calendar| {
        let whole = calendar.hours.iter().filter_map(|(name, entry)| Some((name.clone(), entry.hours.clone()?)));
        whole.collect()
    };
    declared.calendars.iter().map(|(name, calendar)| ((*name).to_owned(), hours(calendar))).collect()
}

/// Signals with the types of what comes along; nothing when one is in error.
fn signals(declared: &Declared) -> Option<BTreeMap<String, Option<Type>>> {
    let typed = |(name, ty): (&&str, &Option<Option<Type>>)| match ty {
        Some(None) => None,
        Some(Some(ty)) => Some(((*name).to_owned(), Some(ty.clone()))),
        None => Some(((*name).to_owned(), None)),
    };
    declared.signals.iter().map(typed).collect()
}

/// Every state and group for itself, and the flow's locale.
fn parts<'a>(
    written: &'a ast::Flow,
    declared: &'a Declared<'a>,
    call: Option<CallKind>,
    findings: &mut Vec<Diagnostic>,
) -> Typed<'a> {
    let usual = (limits::DEFAULT_RETRY, limits::DEFAULT_RETRY);
    let retry = match &written.defaults.retry {
        Some(value) => states::retry(value, usual, findings).unwrap_or(usual),
        None => usual,
    };
    let mut states = States {
        declared,
        call,
        retry,
        locales: Vec::new(),
        any_locale: None,
        used: Used::default(),
        findings: Vec::new(),
    };
    let locale = match &written.locale {
        Some(value) => {
            let mut exprs = Exprs::new(Names::Flow(declared));
            let locale = states.locale(value, &mut exprs);
            findings.append(&mut exprs.findings);
            findings.extend(exprs.needs.iter().map(too_early));
            locale.map(Some)
        }
        None => {
            states.locales.push(limits::DEFAULT_LOCALE.to_owned());
            Some(None)
        }
    };
    let mut entering = BTreeMap::new();
    let groups = states.groups(written, &mut entering);
    let parts: Vec<Parts> = written.states.iter().map(|state| states.state(state)).collect();
    findings.append(&mut states.findings);
    prompts::locales(&states.used, &states.locales, states.any_locale, declared, findings);
    spoken::check(written, &parts, &states.used, findings);
    Typed { locale, groups, entering, parts, used: states.used }
}

/// A flow's states and the ways between them.
struct Graph<'a> {
    written: &'a ast::Flow,
    declared: &'a Declared<'a>,
    call: Option<CallKind>,
    start: usize,
    exits: &'a [Exits],
    parts: &'a [Parts],
    /// See [`Typed::entering`].
    entering: BTreeMap<&'a str, Vec<Need>>,
}

/// The ways between the states.
fn graph(graph: &Graph, findings: &mut Vec<Diagnostic>) -> (Endings, Summary) {
    let &Graph { written, declared, call, start, exits, parts, .. } = graph;
    let reached = reach::reached(start, exits);
    // A target that is not there and resembles no state may have been meant for any of them.
    let lost = exits.iter().flat_map(Exits::arrows).any(|arrow| matches!(arrow.to, ways::End::Unknown(None)));
    if !lost && !written.partial {
        reach::unreachable(written, declared, exits, &reached, findings);
    }
    cycles::unbounded(written, exits, &reached, findings);
    leaving::looped(written, declared, exits, findings);
    leaving::unnoticed(written, declared, exits, findings);
    let endings = line::check(written, declared, call, start, exits, findings);
    let entered = assign::Entered { start, needs: &graph.entering };
    assign::check(written, declared, &entered, exits, parts, findings);
    let summary = doubt::settle(written, declared, start, exits, parts, findings);
    // What must not stand there is not called one of the wrong type as well.
    let chosen = findings.iter().filter(|found| found.code == Code::F0409).map(|found| found.primary.span);
    let chosen: BTreeSet<Span> = chosen.collect();
    findings.retain(|found| found.code != Code::F0406 || !chosen.contains(&found.primary.span));
    (endings, summary)
}

/// What every flow has to say of itself. (Its name is asked for by the reader.)
fn head(written: &ast::Flow, findings: &mut Vec<Diagnostic>) {
    if written.partial {
        return;
    }
    if written.call.is_none() {
        findings.push(
            Diagnostic::new(
                Code::F0110,
                "the flow does not say how its calls begin",
                written.head,
                "no `inbound` here",
            )
            .help("say `inbound` for calls that come in, `outbound` for calls the flow places, `live` where other flows run it"),
        );
    }
    if written.start.is_none() {
        findings.push(
            Diagnostic::new(Code::F0110, "the flow does not say where it starts", written.head, "no `start` here")
                .help("name the first state with `start`"),
        );
    }
}

fn call_kind(word: &Word, findings: &mut Vec<Diagnostic>) -> Option<CallKind> {
    let kind = CallKind::from_word(&word.value);
    if kind.is_none() {
        let known = ALL.iter().map(|(_, word)| *word);
        findings.push(
            Diagnostic::new(Code::F0401, format!("no call begins `{}`", word.value), word.span, "unknown")
                .help("write `inbound`, `outbound`, `live`, `join`, `recording_ready` or `any`")
                .misspelt(&word.value, known),
        );
    }
    kind
}

fn start(word: &Word, declared: &Declared, findings: &mut Vec<Diagnostic>) -> Option<usize> {
    if let Some(state) = declared.states.get(word.value.as_str()) {
        return Some(*state);
    }
    let (finding, _) = names::unknown_state(word, declared);
    findings.extend(finding);
    None
}

/// Parameters' values when none are given: constants of the parameter's type.
fn defaults_of_params(
    written: &ast::Flow,
    call: Option<CallKind>,
    declared: &Declared,
    findings: &mut Vec<Diagnostic>,
) -> Option<BTreeMap<String, (Type, Option<Value>)>> {
    let mut params = BTreeMap::new();
    let mut whole = true;
    for param in &written.params {
        let Some(Some(ty)) = declared.params.get(param.name.value.as_str()) else {
            whole = false;
            continue;
        };
        let default = match &param.default {
            None => None,
            Some(default) => {
                let mut exprs = Exprs::new(Names::Flow(declared));
                let value = exprs.check(default, ty).map(|expr| constant(&expr));
                findings.append(&mut exprs.findings);
                if let Some(None) = value {
                    let message = format!("the default of `{}` is not a constant", param.name.value);
                    findings.push(Diagnostic::new(Code::F0406, message, default.span.0, "not known before the call"));
                }
                whole &= matches!(value, Some(Some(_)));
                value.flatten()
            }
        };
        params.insert(param.name.value.clone(), (ty.clone(), default));
    }
    if let (Some(CallKind::RecordingReady), Some(Some(ty))) = (call, declared.params.get(names::RECORDING)) {
        params.insert(names::RECORDING.to_owned(), (ty.clone(), None));
    }
    whole.then_some(params)
}

fn constant(expr: &Expr) -> Option<Value> {
    match expr {
        Expr::Const(value) => Some(value.clone()),
        Expr::List(items) => items.iter().map(constant).collect::<Option<Vec<Value>>>().map(Value::List),
        _ => None,
    }
}

fn too_early(need: &Need) -> Diagnostic {
    let message = format!("`{}` may not be there yet", need.path);
    Diagnostic::new(Code::F0407, message, need.span, "read when the call begins")
        .help(format!("give a value for its absence: `{}.orValue(…)`", need.path))
}

#[cfg(test)]
mod tests;
