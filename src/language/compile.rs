//! Texts of one project to programs: read, check, lower, compare twins, bind numbers. The one place where the phases meet.

pub mod names;

pub mod routes;

pub mod runs;

pub mod scripts;

pub mod services;

pub mod settings;

pub mod sounds;

pub mod twins;

pub mod values;

mod versions;

use crate::language::check;
use crate::language::check::calendar::Calendar;
use crate::language::check::checked::Checked;
use crate::language::check::doubt::Summary;
use crate::language::check::library::Library;
use crate::language::check::names::World;
use crate::language::check::promises::Claims;
use crate::language::check::unread::Unread;
use crate::language::diagnostic::{Code, Diagnostic, has_errors, tidy};
use crate::language::flow::call::CallKind;
use crate::language::flow::routes::Routes;
use crate::language::graph::lower;
use crate::language::graph::{Program, SourceMap};
use crate::language::prove;
use crate::language::prove::condition::Condition;
use crate::language::source::{FileId, Sources, Span};
use crate::language::syntax;
use crate::language::syntax::ast::{self, Spelling};
use crate::platform::versions::Version;
use std::collections::BTreeMap;

/// The files of one project.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Flow files.
    pub flows: Vec<(FileId, Spelling)>,
    /// Prompt libraries.
    pub libraries: Vec<FileId>,
    /// Calendars.
    pub calendars: Vec<FileId>,
    /// The day it is; without one nothing is said of the coming year.
    pub today: Option<jiff::civil::Date>,
    /// `routes.yaml`.
    pub routes: Option<FileId>,
    /// Settings of the project, as `flowc.toml` has them; `None` when there is no such file to hold flows against.
    pub settings: Option<BTreeMap<String, serde_json::Value>>,
    /// Services.
    pub services: Vec<FileId>,
    /// The api-version that flows are held against; the newest when missing.
    pub api_version: Option<Version>,
    /// Documents that services may import, by their path within the project.
    pub documents: BTreeMap<String, FileId>,
}

/// One flow file, compiled.
#[derive(Clone, Debug)]
pub struct CompiledFlow {
    /// Its name; empty when the file forgot it.
    pub name: String,
    /// The file.
    pub file: FileId,
    /// Its spelling.
    pub spelling: Spelling,
    /// How its calls begin, as far as that is known.
    pub call: Option<CallKind>,
    /// The program, when nothing is wrong with the flow.
    pub program: Option<Program>,
    /// Where the program's parts stand.
    pub source_map: SourceMap,
    /// Where the flow's name stands.
    pub span: Span,
    /// Where its settings are declared.
    pub settings: BTreeMap<String, Span>,
    /// What flows that run it have to know of its parameters, and what it gives to those it runs.
    pub trust: Summary,
    /// What it says of itself that proofs hold it to.
    pub claims: Claims,
    /// Where its states stand.
    pub places: Vec<Span>,
    /// By node of its program what a call may be like there; `None` where no call comes.
    pub conditions: Vec<Option<Condition>>,
    /// The flow in its other spelling beside it, of which this is the one that counts.
    pub twin: Option<FileId>,
}

/// One project, compiled.
#[derive(Clone, Debug, Default)]
pub struct Project {
    /// The flows that count: of twins the native one.
    pub flows: Vec<CompiledFlow>,
    /// Which flow answers which number.
    pub routes: Routes,
    /// Everything found, by place.
    pub diagnostics: Vec<Diagnostic>,
}

impl Project {
    /// A flow by name.
    #[must_use]
    pub fn flow(&self, name: &str) -> Option<&CompiledFlow> {
        self.flows.iter().find(|flow| flow.name == name)
    }

    /// The flow that answers a number: the one routed, else the only inbound one where nothing is routed.
    #[must_use]
    pub fn answering(&self, number: &str) -> Option<&CompiledFlow> {
        if let Some((_, route)) = self.routes.of(number) {
            return self.flow(&route.flow);
        }
        let mut inbound = self.flows.iter().filter(|flow| flow.call == Some(CallKind::Inbound));
        match (inbound.next(), inbound.next()) {
            (Some(only), None) if self.routes.is_empty() => Some(only),
            _ => None,
        }
    }
}

/// Compiles a project.
#[must_use]
pub fn project(sources: &Sources, input: &Input) -> Project {
    let mut diagnostics = Vec::new();
    let read: Vec<(ast::Flow, Unread)> = input
        .flows
        .iter()
        .map(|(file, spelling)| {
            let (flow, found) = syntax::read_flow(sources, *file, *spelling);
            let unread = Unread::of(sources, &found);
            diagnostics.extend(found);
            (flow, unread)
        })
        .collect();
    let (libraries, mut incomplete) = libraries(sources, &input.libraries, &mut diagnostics);
    let calendars = calendars(sources, input, &mut incomplete, &mut diagnostics);
    let (services, lost) = services::read(sources, input, &mut diagnostics);
    incomplete |= lost;
    let broken: Vec<FileId> = diagnostics
        .iter()
        .filter(|found| has_errors(std::slice::from_ref(found)))
        .map(|f| f.primary.span.file)
        .collect();
    let shared: Vec<(&'static str, String, Span)> = libraries
        .iter()
        .map(|library| ("library", library.name.clone(), library.span))
        .chain(calendars.iter().map(|calendar| ("calendar", calendar.name.clone(), calendar.span)))
        .chain(services.iter().map(|service| ("service", service.name.clone(), service.span)))
        .collect();
    let libraries = libraries.into_iter().map(|library| (library.name.clone(), library)).collect();
    let calendars = calendars.into_iter().map(|calendar| (calendar.name.clone(), calendar)).collect();
    let services = services.into_iter().map(|service| (service.name.clone(), service)).collect();
    let lent = services::lent(&services, &calendars);
    let mut world = World { libraries, services, calendars, lent, incomplete, ..World::default() };
    let signature = |flow: &ast::Flow| Some((flow.name.as_ref()?.value.clone(), check::names::signature(flow, &world)));
    world.flows = read.iter().filter_map(|(flow, _)| signature(flow)).collect();
    let (mut trees, unread): (Vec<ast::Flow>, Vec<Unread>) = read.into_iter().unzip();
    let called: Vec<routes::Called> = trees.iter().filter_map(routes::Called::by).collect();
    let mut circles = Vec::new();
    runs::circles(&trees, &mut circles);
    let mut flows: BTreeMap<usize, CompiledFlow> = BTreeMap::new();
    for at in runs::inner_first(&trees) {
        let flow = &trees[at];
        let check::Verdict { checked, endings, findings } = check::flow(flow, &world, &unread[at]);
        if let (Some(version), Some(checked)) = (input.api_version, &checked) {
            diagnostics.extend(versions::lacking(checked, version));
        }
        if let Some(known) = flow.name.as_ref().and_then(|name| world.flows.get_mut(&name.value)) {
            known.endings = endings;
        }
        let (compiled, found) = compile(flow, (checked, findings), sources, broken.contains(&flow.file));
        diagnostics.extend(found);
        if compiled.program.is_none() && !has_errors(&diagnostics) {
            diagnostics.push(defect(flow.head, "nothing is wrong, and nothing came of it"));
        }
        flows.insert(at, compiled);
        // Nobody looks at them again, and the next flow's parts may lie where they lay.
        trees[at].states = Vec::new();
    }
    let mut flows: Vec<CompiledFlow> = flows.into_values().collect();
    diagnostics.append(&mut circles);
    runs::trust(&flows, &mut diagnostics);
    runs::embed(&mut flows);
    let conditions = prove(&flows, input.api_version, &mut diagnostics);
    for (flow, conditions) in flows.iter_mut().zip(conditions) {
        flow.conditions = conditions;
    }
    let flows = twins::join(flows, sources, &mut diagnostics);
    if let Some(given) = &input.settings {
        diagnostics.extend(flows.iter().flat_map(|flow| values::unset(flow, given)));
    }
    settings::agree(&flows, &mut diagnostics);
    names::once(&flows, &shared, &mut diagnostics);
    let routes = routes::read(sources, input.routes, &flows, &called, &mut diagnostics);
    drop_consequences(&mut diagnostics);
    tidy(&mut diagnostics);
    Project { flows, routes, diagnostics }
}

/// Holds the flows that have a program against what the platform allows; by flow and node what a call may be like there.
fn prove(
    flows: &[CompiledFlow],
    version: Option<Version>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Vec<Option<Condition>>> {
    let proved: Vec<(usize, prove::Flow<'_>)> = flows
        .iter()
        .enumerate()
        .filter_map(|(at, flow)| {
            let kin = u8::from(flow.spelling == Spelling::Yaml);
            let program = flow.program.as_ref()?;
            Some((at, prove::Flow { program, claims: &flow.claims, places: &flow.places, kin }))
        })
        .collect();
    let (numbers, proved): (Vec<usize>, Vec<prove::Flow<'_>>) = proved.into_iter().unzip();
    let prove::Proofs { findings, conditions } = prove::prove(&proved, version);
    diagnostics.extend(findings);
    let mut all = vec![Vec::new(); flows.len()];
    for (at, conditions) in numbers.into_iter().zip(conditions) {
        all[at] = conditions;
    }
    all
}

/// Libraries read and checked; and whether one could not be read at all.
fn libraries(sources: &Sources, files: &[FileId], diagnostics: &mut Vec<Diagnostic>) -> (Vec<Library>, bool) {
    let mut libraries = Vec::new();
    let mut incomplete = false;
    for file in files {
        let (library, found) = syntax::read_library(sources, *file);
        incomplete |= has_errors(&found);
        diagnostics.extend(found);
        match library {
            Some(library) => libraries.push(check::library::check(&library, diagnostics)),
            None => incomplete = true,
        }
    }
    (libraries, incomplete)
}

/// Calendars read and checked.
fn calendars(
    sources: &Sources,
    input: &Input,
    incomplete: &mut bool,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<Calendar> {
    let mut calendars = Vec::new();
    for file in &input.calendars {
        let (calendar, found) = syntax::read_calendar(sources, *file);
        diagnostics.extend(found);
        match calendar {
            Some(calendar) => calendars.push(check::calendar::check(&calendar, input.today, diagnostics)),
            None => *incomplete = true,
        }
    }
    calendars
}

/// Lowers a checked flow; one that could not be read whole is not lowered.
fn compile(
    flow: &ast::Flow,
    (checked, mut found): (Option<Checked>, Vec<Diagnostic>),
    sources: &Sources,
    broken: bool,
) -> (CompiledFlow, Vec<Diagnostic>) {
    let mut program = None;
    let mut source_map = SourceMap::default();
    let mut trust = Summary::default();
    let mut claims = Claims::default();
    let mut places = Vec::new();
    if let Some(mut checked) = checked.filter(|_| !broken) {
        source_map = SourceMap::of(&checked, sources);
        trust = std::mem::take(&mut checked.trust);
        claims = std::mem::take(&mut checked.claims);
        places = checked.states.iter().map(|state| state.place).collect();
        if let Some(span) = checked.speech {
            let message = format!("flow `{}` needs an AI resource", checked.name);
            let label = "the platform speaks and hears words through one";
            found.push(Diagnostic::new(Code::F0508, message, span, label).help("name it with `--ai-endpoint`"));
        }
        match lower::lower(checked) {
            Ok(lowered) => program = Some(lowered),
            Err(reason) => found.push(defect(flow.head, &reason)),
        }
    }
    let compiled = CompiledFlow {
        name: flow.name.as_ref().map(|name| name.value.clone()).unwrap_or_default(),
        file: flow.file,
        spelling: flow.spelling,
        call: flow.call.as_ref().and_then(|word| CallKind::from_word(&word.value)),
        program,
        source_map,
        span: flow.name.as_ref().map_or(flow.head, |name| name.span),
        settings: flow.settings.iter().map(|one| (one.name.value.clone(), one.name.span)).collect(),
        trust,
        claims,
        places,
        conditions: Vec::new(),
        twin: None,
    };
    (compiled, found)
}

/// A text of which nothing is left once its broken placeholders are out is not called empty as well.
fn drop_consequences(diagnostics: &mut Vec<Diagnostic>) {
    let broken: Vec<Span> =
        diagnostics.iter().filter(|found| found.code == Code::F0505).map(|found| found.primary.span).collect();
    diagnostics.retain(|found| {
        let whole = found.primary.span;
        let holds = |part: &Span| part.file == whole.file && whole.start <= part.start && part.end <= whole.end;
        found.code != Code::F0507 || !broken.iter().any(holds)
    });
}

/// The checker let something through that cannot be lowered: our own fault, said rather than hidden.
fn defect(span: Span, reason: &str) -> Diagnostic {
    Diagnostic::new(Code::F0010, format!("a defect of flowc: {reason}"), span, "this flow cannot be compiled")
        .help("please report it with this file")
}

#[cfg(test)]
mod tests;
