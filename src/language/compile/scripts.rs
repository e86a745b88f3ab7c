//! Whether a scenario fits its flow: the flow is there, the steps are ones its calls can take, the parameters are of their
//! types, what is to be heard is something the flow can say, and what is given and expected is of this flow.

mod ending;

mod happening;

mod others;

mod phones;

use crate::language::compile::{CompiledFlow, Project, values};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::service::{OK, Operation};
use crate::language::flow::state::Kind;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Program};
use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{Act, Expected, Script, ScriptedAnswer, Step};
use std::sync::Arc;

/// The name of the person a flow talks to.
const PARTY: &str = "party";

/// The flow a script is for.
///
/// # Errors
/// When it names none of the project's, or names none and there are several.
pub fn flow<'p>(script: &Script, project: &'p Project) -> Result<&'p CompiledFlow, Box<Diagnostic>> {
    let names = || project.flows.iter().map(|flow| flow.name.as_str());
    match &script.flow {
        Some(name) => project.flow(&name.value).ok_or_else(|| {
            let label = "no flow of this project has this name";
            Box::new(
                Diagnostic::new(Code::F0702, format!("unknown flow `{}`", name.value), name.span, label)
                    .did_you_mean(&name.value, names()),
            )
        }),
        None => match project.flows.as_slice() {
            [only] => Ok(only),
            _ => Err(Box::new(
                Diagnostic::new(
                    Code::F0702,
                    "the script does not say which flow it is for",
                    script.title.span,
                    "this project has not just one flow",
                )
                .help("add a line such as `flow: front_desk`"),
            )),
        },
    }
}

/// Everything in a script that its flow cannot do. A flow with errors says nothing: the script may be right.
#[must_use]
pub fn check(script: &Script, project: &Project) -> Vec<Diagnostic> {
    let flow = match flow(script, project) {
        Ok(flow) => flow,
        Err(finding) => return vec![*finding],
    };
    let Some(program) = &flow.program else { return Vec::new() };
    let with_runs = (program.call == CallKind::Live).then(|| with_runs(program, project));
    let program = with_runs.as_ref().unwrap_or(program);
    let mut findings = params(script, program);
    let asked = others::programs(script, project, program);
    findings.extend(script.answers.iter().flat_map(|(operation, answers)| answering(&asked, operation, answers)));
    findings.extend(others::check(script, project, flow));
    findings.extend(phones::check(script, flow, program));
    for (at, step) in script.steps.iter().enumerate() {
        findings.extend(misfit(program, at, step));
    }
    if findings.is_empty() {
        findings.extend(happening::check(script, project, flow, program));
    }
    findings.extend(ending::check(script, flow, program));
    findings
}

/// A flow that others run, with the flows that it runs itself: these are with the flows that begin calls.
fn with_runs(program: &Program, project: &Project) -> Program {
    let (mut whole, mut open) = (program.clone(), vec![program]);
    while let Some(program) = open.pop() {
        for (_, state) in program.states() {
            if let Kind::Run { flow, .. } = &state.kind
                && *flow != whole.flow
                && !whole.flows.contains_key(flow)
                && let Some(run) = project.flow(flow).and_then(|flow| flow.program.as_ref())
            {
                whole.flows.insert(flow.clone(), Arc::new(run.clone()));
                open.push(run);
            }
        }
    }
    whole
}

/// The flow, and those that it runs.
fn running(program: &Program) -> impl Iterator<Item = &Program> {
    [program].into_iter().chain(program.flows.values().map(Arc::as_ref))
}

/// Something of a scenario that does not fit its flow, and where the flow stands.
fn misfits(flow: &CompiledFlow, message: String, span: Span, label: impl Into<String>, of: &str) -> Diagnostic {
    Diagnostic::new(Code::F0702, message, span, label).and(flow.span, of)
}

fn params(script: &Script, program: &Program) -> Vec<Diagnostic> {
    let given = script.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    let Err(wrong) = values::params(program, &given, None, None) else { return Vec::new() };
    let place = |path: &str| {
        let first = path.split(['.', '[']).next().unwrap_or(path);
        let written = script.params.iter().find(|(name, _)| name.value == first);
        written.map_or(script.title.span, |(name, _)| name.span)
    };
    wrong
        .iter()
        .map(|wrong| {
            let message = format!("parameter `{}` does not fit the flow", wrong.path);
            Diagnostic::new(Code::F0702, message, place(&wrong.path), wrong.reason.clone())
        })
        .collect()
}

/// The programs of all the calls of a scenario, which ask operations.
struct Asked<'p>(Vec<&'p Program>);

impl Asked<'_> {
    /// The operation of a name, where one of them asks it.
    fn operation(&self, name: &str) -> Option<&Operation> {
        self.0.iter().find_map(|program| operation(program, name))
    }
}

/// What is wrong with the answers of one operation.
fn answering(asked: &Asked<'_>, name: &Word, answers: &[ScriptedAnswer]) -> Vec<Diagnostic> {
    let Some(operation) = asked.operation(&name.value) else { return vec![never_asked(&asked.0, name)] };
    let mut found = Vec::new();
    for ScriptedAnswer { outcome, value, .. } in answers {
        let wrong = |message: String, label: String| Diagnostic::new(Code::F0702, message, outcome.span, label);
        if !operation.all_outcomes().contains(&outcome.value.as_str()) {
            let message = format!("`{}` has no outcome `{}`", name.value, outcome.value);
            let label = format!("it has {}", operation.all_outcomes().join(", "));
            found.push(wrong(message, label).did_you_mean(&outcome.value, operation.all_outcomes()));
        } else if let Err(why) = answer(operation, &outcome.value, value.as_ref()) {
            found.push(wrong(format!("the answer of `{}` does not fit", name.value), why));
        }
    }
    found
}

/// An operation that neither these flows nor those that they run ask.
fn never_asked(programs: &[&Program], name: &Word) -> Diagnostic {
    let message = format!("`{}` is not asked", name.value);
    let finding = Diagnostic::new(Code::F0702, message, name.span, "the flow asks no operation of this name");
    let known: Vec<String> = programs.iter().flat_map(|program| operations(program)).collect();
    finding.did_you_mean(&name.value, known.iter().map(String::as_str))
}

/// The operation that a script calls `crm.find`, where the flow or one that it runs asks it.
#[must_use]
pub fn operation<'p>(program: &'p Program, name: &str) -> Option<&'p Operation> {
    let (service, operation) = name.split_once('.')?;
    running(program).find_map(|program| program.services.get(service)?.operations.get(operation))
}

fn operations(program: &Program) -> Vec<String> {
    let services = running(program).flat_map(|program| &program.services);
    services.flat_map(|(name, service)| service.operations.keys().map(move |key| format!("{name}.{key}"))).collect()
}

/// What an answer of a script brings.
///
/// # Errors
/// When it brings something else than the operation does.
pub fn answer(
    operation: &Operation,
    outcome: &str,
    value: Option<&serde_json::Value>,
) -> Result<Option<Value>, String> {
    match (operation.ok.as_ref().filter(|_| outcome == OK), value) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err(format!("`{outcome}` brings nothing")),
        (Some(ty), None) if ty.is_optional() => Ok(Some(Value::Absent)),
        (Some(ty), None) => Err(format!("`ok` brings a value: `{ty}`")),
        (Some(ty), Some(json)) => Value::from_json(ty, json, OK).map(Some).map_err(|error| error.to_string()),
    }
}

/// Whether a step says how the call begins.
fn begins(act: &Act) -> bool {
    matches!(act, Act::CallFrom { .. } | Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer)
}

/// What is wrong with one step.
fn misfit(program: &Program, at: usize, step: &Step) -> Option<Diagnostic> {
    let wrong = |message: &str, label: &str| Some(Diagnostic::new(Code::F0702, message, step.span, label));
    let inbound = matches!(program.call, CallKind::Inbound | CallKind::Live);
    if let Some(finding) = step.who.as_ref().and_then(|who| stranger(program, who)) {
        return Some(finding);
    }
    if begins(&step.act) && step.who.as_ref().is_some_and(|who| who.value != PARTY) {
        return wrong("the call begins with the party", "somebody else answers as their phone does");
    }
    match &step.act {
        Act::CallFrom { .. } if !inbound => {
            wrong("nobody calls an outbound flow", "the flow dials; begin with `answer after 2s`")
        }
        Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer if inbound => {
            wrong("the party of an inbound flow does not pick up", "the party calls: `call from +441632960100`")
        }
        Act::CallFrom { .. } | Act::AnswerAfter(_) | Act::Busy | Act::Decline | Act::NoAnswer if at > 0 => {
            wrong("the call has begun already", "this can only be the first step")
        }
        Act::Hear(all) => all.iter().find_map(|expected| unheard(program, expected)),
        Act::HearStart(expected) => unheard(program, expected),
        Act::Signal { name, data } => untaken(program, name, data.as_ref()),
        Act::CallFrom { .. }
        | Act::AnswerAfter(_)
        | Act::Busy
        | Act::Decline
        | Act::HangUp
        | Act::NoAnswer
        | Act::Press(_)
        | Act::Say(_)
        | Act::Silence(_) => None,
    }
}

/// A signal that neither the flow nor one that it runs takes, or not with this.
fn untaken(program: &Program, name: &Word, data: Option<&serde_json::Value>) -> Option<Diagnostic> {
    let declared: Vec<&Option<Type>> = running(program).filter_map(|flow| flow.signals.get(&name.value)).collect();
    if declared.is_empty() {
        let names = || running(program).flat_map(|flow| flow.signals.keys().map(String::as_str));
        let label = "the flow declares no signal of this name";
        let finding = Diagnostic::new(Code::F0702, format!("unknown signal `{}`", name.value), name.span, label);
        return Some(finding.did_you_mean(&name.value, names()));
    }
    let why = declared.iter().map(|ty| signalled(ty.as_ref(), data)).collect::<Result<Vec<_>, _>>().err()?;
    let message = format!("what comes along with `{}` does not fit", name.value);
    Some(Diagnostic::new(Code::F0702, message, name.span, why))
}

/// What comes along with a signal of this type.
///
/// # Errors
/// When it is something else.
pub fn signalled(ty: Option<&Type>, data: Option<&serde_json::Value>) -> Result<Option<Value>, String> {
    match (ty, data) {
        (None, None) => Ok(None),
        (None, Some(_)) => Err("nothing comes along with it".to_owned()),
        (Some(ty), None) if ty.is_optional() => Ok(Some(Value::Absent)),
        (Some(ty), None) => Err(format!("a value comes along: `{ty}`")),
        (Some(ty), Some(json)) => Value::from_json(ty, json, "data").map(Some).map_err(|error| error.to_string()),
    }
}

/// Somebody whom neither the flow nor one that it runs knows.
fn stranger(program: &Program, who: &Spanned<String>) -> Option<Diagnostic> {
    let names = || running(program).flat_map(|flow| flow.participants.iter().map(String::as_str)).chain([PARTY]);
    if names().any(|name| name == who.value) {
        return None;
    }
    let label = "the flow has no participant of this name";
    let finding = Diagnostic::new(Code::F0702, format!("unknown participant `{}`", who.value), who.span, label);
    Some(finding.did_you_mean(&who.value, names()))
}

/// A prompt that the flow never says.
fn unheard(program: &Program, expected: &Spanned<Expected>) -> Option<Diagnostic> {
    let Expected::Prompt(name) = &expected.value else { return None };
    // Those of the flows it runs are heard too.
    let keys = || program.prompts.keys().chain(program.flows.values().flat_map(|flow| flow.prompts.keys()));
    let names = || keys().map(|key| key.rsplit_once('.').map_or(key.as_str(), |(_, name)| name));
    if names().any(|known| known == name) || keys().any(|key| key == name) {
        return None;
    }
    Some(
        Diagnostic::new(
            Code::F0106,
            format!("unknown prompt `{name}`"),
            expected.span,
            "the flow has no prompt of this name",
        )
        .help("words are written in quotes: `hear \"Welcome\"`")
        .did_you_mean(name, names()),
    )
}
