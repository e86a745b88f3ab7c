//! `routes.yaml` against the flows: which flow answers which number, and in which language.

use crate::language::check::literals;
use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic, Severity};
use crate::language::flow::call::CallKind;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::prompt::LibraryPrompt;
use crate::language::flow::routes::{Pattern, Route, Routes};
use crate::language::flow::state::Kind;
use crate::language::graph::Program;
use crate::language::source::{FileId, Sources, Span, Word};
use crate::language::syntax::{self, ast};
use crate::platform::limits;
use std::collections::{BTreeMap, BTreeSet};

/// The numbers written into a flow that it calls.
pub struct Called {
    file: FileId,
    flow: String,
    numbers: Vec<Word>,
}

impl Called {
    /// Those of a flow with a name.
    #[must_use]
    pub fn by(flow: &ast::Flow) -> Option<Called> {
        let numbers = flow.states.iter().flat_map(targets).cloned().collect();
        Some(Called { file: flow.file, flow: flow.name.as_ref()?.value.clone(), numbers })
    }
}

/// Reads and checks the routes; without any, there may be one inbound flow only.
pub fn read(
    sources: &Sources,
    file: Option<FileId>,
    flows: &[CompiledFlow],
    called: &[Called],
    diagnostics: &mut Vec<Diagnostic>,
) -> Routes {
    let Some(file) = file else {
        several_inbound(flows, diagnostics);
        return Routes::default();
    };
    let (read, found) = syntax::read_routes(sources, file);
    diagnostics.extend(found);
    let mut checking = Checking { flows, routes: Routes::default(), places: BTreeMap::new(), diagnostics };
    for line in read.map(|read| read.lines).unwrap_or_default() {
        checking.line(&line);
    }
    checking.superfluous();
    let Checking { routes, places, .. } = checking;
    loops(&routes, &places, flows, called, diagnostics);
    routes
}

struct Checking<'a> {
    flows: &'a [CompiledFlow],
    routes: Routes,
    places: BTreeMap<Pattern, Span>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

impl Checking<'_> {
    fn line(&mut self, line: &ast::RouteLine) {
        let number = &line.number;
        let pattern = match Pattern::parse(&number.value) {
            Ok(pattern) => pattern,
            Err(label) => {
                let message = format!("`{}` is not a phone number", number.value);
                self.diagnostics.push(Diagnostic::new(Code::F0601, message, number.span, label).help(
                    "write `+`, the country code and the number in quotes, such as \"+18005550100\"; \"+1800*\" for all \
                     that begin so, \"*\" for the rest",
                ));
                return;
            }
        };
        if let Some(finding) = wrong_flow(&line.flow, self.flows) {
            self.diagnostics.push(finding);
            return;
        }
        let locale = line.locale.as_ref().and_then(|word| self.locale(word, &line.flow.value));
        let voice = line.voice.as_ref().and_then(|word| self.voice(word));
        self.places.insert(pattern.clone(), number.span);
        self.routes.insert(pattern, Route { flow: line.flow.value.clone(), locale, voice });
    }

    /// A locale: one that the flow lets the number choose, and that all its prompts have.
    fn locale(&mut self, word: &Word, flow: &str) -> Option<String> {
        let locale = literals::locale(word).map_err(|finding| self.diagnostics.push(finding)).ok()?;
        let flow = self.flows.iter().find(|known| known.name == flow)?;
        let Some(program) = &flow.program else { return Some(locale) };
        if program.locale.is_some() {
            let message = format!("flow `{}` has a locale of its own", flow.name);
            let finding = Diagnostic::new(Code::F0613, message, word.span, "this one is never spoken");
            let help = "leave it out here, or the flow's `locale` there";
            self.diagnostics.push(finding.and(flow.span, "the flow").help(help));
            return None;
        }
        let without = |program: &Program| -> Vec<String> {
            let lacks = |(_, prompt): &(&String, &LibraryPrompt)| !prompt.wordings.contains_key(&locale);
            program.prompts.iter().filter(lacks).map(|(name, _)| name.clone()).collect()
        };
        let names: BTreeSet<String> =
            program.flows.values().map(AsRef::as_ref).chain([program]).flat_map(without).collect();
        if let Some(first) = names.first() {
            let message = format!("prompt `{first}` has no wording in {locale}");
            let more = if names.len() > 1 { format!(", nor have {} more", names.len() - 1) } else { String::new() };
            let label = format!("flow `{}` says it{more}", flow.name);
            let finding = Diagnostic::new(Code::F0506, message, word.span, label);
            self.diagnostics.push(finding.help("add the wording, or leave the locale out"));
        }
        Some(locale)
    }

    fn voice(&mut self, word: &Word) -> Option<String> {
        if limits::is_voice(&word.value) {
            return Some(word.value.clone());
        }
        let message = format!("`{}` is not the name of a voice", word.value);
        let finding = Diagnostic::new(Code::F0010, message, word.span, "no voice is called so");
        self.diagnostics.push(finding.help(format!("write it like `{}`", limits::DEFAULT_VOICE)));
        None
    }

    /// Lines that no call reaches, and lines without which nothing would be different.
    fn superfluous(&mut self) {
        for (pattern, route) in self.routes.iter() {
            let Some(place) = self.places.get(pattern) else { continue };
            if self.routes.is_hidden(pattern) {
                let message = format!("no call reaches `{pattern}`");
                let finding = Diagnostic::new(Code::F0613, message, *place, "other lines have all its numbers");
                self.diagnostics.push(finding.help("leave it out"));
                continue;
            }
            let Some((wider, _)) = self.routes.behind(pattern).filter(|(_, behind)| *behind == route) else { continue };
            let message = format!("`{pattern}` leads where `{wider}` leads anyway");
            let mut finding = Diagnostic::new(Code::F0613, message, *place, "nothing would be different without it");
            if let Some(wider) = self.places.get(wider) {
                finding = finding.and(*wider, "its numbers are here too");
            }
            self.diagnostics.push(finding.help("leave it out"));
        }
    }
}

fn wrong_flow(word: &Word, flows: &[CompiledFlow]) -> Option<Diagnostic> {
    let name = word.value.as_str();
    let known = || flows.iter().filter(|flow| !flow.name.is_empty());
    match known().find(|flow| flow.name == name) {
        None => Some(
            Diagnostic::new(Code::F0601, format!("unknown flow `{name}`"), word.span, "no flow has this name")
                .did_you_mean(name, known().map(|flow| flow.name.as_str())),
        ),
        Some(flow) if flow.call.is_some_and(|call| call != CallKind::Inbound) => {
            let call = flow.call.map_or("", CallKind::word);
            Some(
                Diagnostic::new(Code::F0601, format!("flow `{name}` is {call}"), word.span, "it answers no calls")
                    .and(flow.span, "the flow"),
            )
        }
        Some(_) => None,
    }
}

fn several_inbound(flows: &[CompiledFlow], diagnostics: &mut Vec<Diagnostic>) {
    let mut inbound = flows.iter().filter(|flow| flow.call == Some(CallKind::Inbound) && !flow.name.is_empty());
    let (Some(first), Some(second)) = (inbound.next(), inbound.next()) else { return };
    let message = "several inbound flows, and no routes say which answers which number";
    let mut finding = Diagnostic::new(Code::F0602, message, second.span, format!("`{}` is inbound", second.name))
        .and(first.span, format!("and so is `{}`", first.name));
    for more in inbound {
        finding = finding.and(more.span, format!("and `{}`", more.name));
    }
    let help = format!("write `routes.yaml`: `\"+18005550100\": {}`", first.name);
    diagnostics.push(finding.help(help));
}

/// Numbers written into flows that lead back to the flow itself, or to one that runs it.
fn loops(
    routes: &Routes,
    places: &BTreeMap<Pattern, Span>,
    flows: &[CompiledFlow],
    called: &[Called],
    diagnostics: &mut Vec<Diagnostic>,
) {
    for flow in flows.iter().filter(|flow| routes.iter().any(|(_, route)| route.flow == flow.name)) {
        let Some(program) = &flow.program else { continue };
        for called in called.iter().filter(|one| one.file == flow.file || program.flows.contains_key(&one.flow)) {
            for word in &called.numbers {
                diagnostics.extend(back(routes, places, flow, word));
            }
        }
    }
}

/// A number that leads back to a flow. A line for all that is left says nothing of whose a number is.
fn back(routes: &Routes, places: &BTreeMap<Pattern, Span>, flow: &CompiledFlow, word: &Word) -> Option<Diagnostic> {
    let (pattern, route) = routes.of(&word.value)?;
    if route.flow != flow.name || *pattern == Pattern::Any {
        return None;
    }
    let mut finding = came_back(&word.value, &flow.name, pattern, word.span);
    if let Some(place) = places.get(pattern) {
        finding = finding.and(*place, "bound here");
    }
    Some(finding)
}

/// What is said of a number that leads back to the flow that calls it.
#[must_use]
pub fn came_back(number: &str, flow: &str, pattern: &Pattern, span: Span) -> Diagnostic {
    let message = format!("flow `{flow}` calls {number}, which it answers itself");
    let finding = Diagnostic::new(Code::F0610, message, span, "whoever gets there comes round again");
    match pattern {
        Pattern::Number(_) => finding.help("call another number, or `run` what is meant"),
        // Not everything that begins so is ours.
        Pattern::Any | Pattern::Prefix(_) => Diagnostic { severity: Severity::Note, ..finding }
            .help(format!("`{pattern}` is for it; give the number a line of its own if it is meant for another flow")),
    }
}

/// The settings that a flow, and those that it runs, call.
#[must_use]
pub fn settings_called(program: &Program) -> BTreeSet<&str> {
    let states = program.flows.values().map(AsRef::as_ref).chain([program]).flat_map(|program| program.states());
    let called = states.flat_map(|(_, state)| -> Vec<&Expr> {
        match &state.kind {
            Kind::Add { target, .. } => vec![target],
            Kind::Dial { to, .. } => to.iter().collect(),
            Kind::Redirect { to } | Kind::Transfer { to, .. } => vec![to],
            _ => Vec::new(),
        }
    });
    let settings = called.filter_map(|expr| match expr {
        Expr::Read(Slot::Setting(name)) => Some(name.as_str()),
        _ => None,
    });
    settings.collect()
}

/// The numbers a state calls, as far as they are written there.
fn targets(state: &ast::State) -> Vec<&Word> {
    let value = match state.kind.value.as_str() {
        "transfer" | "redirect" | "dial" => state.operand.as_ref(),
        "add" => state.options.iter().find(|option| option.name.value == "target").map(|option| &option.value),
        _ => None,
    };
    let values: Vec<&ast::Value> = match value {
        Some(ast::Value::List(values, _)) => values.iter().collect(),
        Some(one) => vec![one],
        None => Vec::new(),
    };
    let literals = values.into_iter().filter_map(|value| match value {
        ast::Value::Literal(word) => Some(word),
        _ => None,
    });
    literals.collect()
}
