//! The other calls of a scenario: each of a flow that can be called so, with who and what fits it, and the texts that stand for
//! their ids are those of calls that there are.

use crate::language::compile::scripts::phones::{gone, no_number};
use crate::language::compile::scripts::{Asked, happening, misfits};
use crate::language::compile::{CompiledFlow, Project, values};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::value::Value;
use crate::language::graph::{CallKind, Program};
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::{OtherCall, Script};

/// How long before the scenario's call another begins at the most, in milliseconds.
const EARLIEST_MS: u64 = 3_600_000;

/// The programs of the scenario's flow, of those of its other calls, and of those that begin once a recording is ready, as far as
/// they have one.
pub(super) fn programs<'p>(script: &Script, project: &'p Project, program: &'p Program) -> Asked<'p> {
    let others = script.calls.iter().filter_map(|call| project.flow(&call.flow.as_ref()?.value)?.program.as_ref());
    let programs = project.flows.iter().filter_map(|flow| flow.program.as_ref());
    let behind = programs.filter(|program| program.call == CallKind::RecordingReady);
    Asked([program].into_iter().chain(others).chain(behind).collect())
}

/// Everything wrong with the other calls.
pub(super) fn check(script: &Script, project: &Project, own: &CompiledFlow) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for call in &script.calls {
        match flow(call, project, own) {
            Ok(flow) => found.extend(flow.program.iter().flat_map(|program| begins(call, project, flow, program))),
            Err(finding) => found.push(*finding),
        }
        if call.before.value > EARLIEST_MS {
            let message = "another call begins an hour before the scenario's at the most";
            let finding = Diagnostic::new(Code::F0702, message, call.before.span, "too long before");
            found.push(finding.help("write a shorter time, such as `before: 10m`"));
        }
        found.extend(gone(&call.steps));
        let earlier = |other: &&OtherCall| {
            let behind = (other.before.value, other.name.span.start, call.before.value, call.name.span.start);
            behind.0 > behind.2 || behind.0 == behind.2 && behind.1 < behind.3
        };
        for name in &call.stands {
            if script.calls.iter().filter(earlier).all(|other| other.name.value != name.value) {
                found.push(unknown(name, script, "no call of this name has begun by then"));
            }
        }
    }
    if own.call == Some(CallKind::Live) {
        let held = |name: &Word| {
            let here = |(param, value): &&(Word, serde_json::Value)| {
                param.span.end <= name.span.start && value.to_string().contains(&format!("\"calls.{}\"", name.value))
            };
            script.params.iter().any(|param| here(&param))
        };
        found.extend(script.stands.iter().filter(|name| held(name)).map(|name| {
            let message = format!("`calls.{}` cannot be in the parameters of a flow that others run", name.value);
            let finding =
                Diagnostic::new(Code::F0702, message, name.span, "its parameters are given before the calls begin");
            finding.help("have an operation of a service answer it")
        }));
    }
    let known = |name: &Word| script.calls.iter().any(|call| call.name.value == name.value);
    let unknown = |name| unknown(name, script, "no call of this name is given");
    found.extend(script.stands.iter().filter(|name| !known(name)).map(unknown));
    found
}

fn unknown(name: &Word, script: &Script, label: &str) -> Diagnostic {
    let message = format!("unknown call `calls.{}`", name.value);
    let finding = Diagnostic::new(Code::F0702, message, name.span, label);
    let names = script.calls.iter().map(|call| format!("calls.{}", call.name.value));
    let names: Vec<String> = names.collect();
    if names.is_empty() {
        return finding.help("give one, such as `calls: { waiting: { flow: waiting_room } }` under `given`");
    }
    finding.did_you_mean(&format!("calls.{}", name.value), names.iter().map(String::as_str))
}

fn flow<'p>(
    call: &OtherCall,
    project: &'p Project,
    own: &'p CompiledFlow,
) -> Result<&'p CompiledFlow, Box<Diagnostic>> {
    let Some(name) = &call.flow else { return Ok(own) };
    project.flow(&name.value).ok_or_else(|| {
        let label = "no flow of this project has this name";
        let finding = Diagnostic::new(Code::F0702, format!("unknown flow `{}`", name.value), name.span, label);
        Box::new(finding.did_you_mean(&name.value, project.flows.iter().map(|flow| flow.name.as_str())))
    })
}

/// What does not fit how a call of this flow begins.
fn begins(call: &OtherCall, project: &Project, flow: &CompiledFlow, program: &Program) -> Vec<Diagnostic> {
    let span = call.flow.as_ref().map_or(call.name.span, |name| name.span);
    match program.call {
        CallKind::Inbound => {
            let mut found: Vec<Diagnostic> = Vec::new();
            found.extend(call.from.as_ref().and_then(|from| no_number(from, true)));
            let wrong = call.to.as_ref().and_then(|to| no_number(to, false));
            let elsewhere = call.to.as_ref().filter(|_| wrong.is_none());
            found.extend(elsewhere.and_then(|to| happening::elsewhere(project, flow, to)));
            found.extend(wrong);
            found.extend(call.params.first().map(|(name, _)| {
                let message = "a call that comes in has no parameters".to_owned();
                misfits(flow, message, name.span, "nobody gives them", "the flow is called")
            }));
            found
        }
        CallKind::Any | CallKind::Join | CallKind::Outbound => placed(call, flow, program, span),
        CallKind::Live | CallKind::RecordingReady => {
            let message = format!("nobody can call a flow that begins `{}`", program.call.word());
            vec![misfits(flow, message, span, "only flows that begin a call have a caller", "the flow")]
        }
    }
}

fn placed(call: &OtherCall, flow: &CompiledFlow, program: &Program, span: Span) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(number) = call.from.as_ref().or(call.to.as_ref()) {
        let message = "nobody calls a flow that places its calls".to_owned();
        let finding = misfits(flow, message, number.span, "the flow dials", "the flow");
        found.push(finding.help("leave it out; whom the flow calls is among its `params`"));
    }
    let given = call.params.iter().map(|(name, value)| (name.value.clone(), value.clone())).collect();
    match values::params(program, &given, None, None) {
        Ok(params) => {
            let has_phone = matches!(params.get("to"), Some(Value::Phone(_)));
            found.extend(call.steps.first().filter(|_| !has_phone).map(|step| {
                let message = "nobody carries out this script".to_owned();
                let label = "whom the flow calls is not said by a parameter `to`";
                misfits(flow, message, step.span, label, "the flow").help("describe their phone under `phones`")
            }));
        }
        Err(wrong) => found.extend(wrong.iter().map(|wrong| {
            let first = wrong.path.split(['.', '[']).next().unwrap_or(&wrong.path);
            let written = call.params.iter().find(|(name, _)| name.value == first);
            let span = written.map_or(span, |(name, _)| name.span);
            let message = format!("parameter `{}` does not fit the flow", wrong.path);
            Diagnostic::new(Code::F0702, message, span, wrong.reason.clone())
        })),
    }
    found
}
