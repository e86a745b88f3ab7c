//! What a scenario expects of the end, and which states it has fail: results, states and operations are of the flow or of one that
//! it runs.

use crate::language::compile::CompiledFlow;
use crate::language::compile::scripts::{misfits, never_asked, operation, running};
use crate::language::diagnostic::{Diagnostic, some_of};
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, State};
use crate::language::graph::Program;
use crate::language::source::Word;
use crate::language::syntax::ast::Script;

/// How a scenario writes that a flow has no result.
const NO_RESULT: &str = "none";

/// Everything that the flow cannot come to.
pub(super) fn check(script: &Script, flow: &CompiledFlow, program: &Program) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    found.extend(script.fails.iter().filter_map(|failing| refused(flow, program, &failing.state)));
    let expect = &script.expect;
    found.extend(expect.result.as_ref().and_then(|result| other_result(flow, program, result)));
    found.extend(expect.ended.as_ref().and_then(|state| find(flow, program, state).err()).map(|found| *found));
    let unasked = expect.invoked.iter().filter(|(name, _)| operation(program, &name.value).is_none());
    found.extend(unasked.map(|(name, _)| never_asked(&[program], name)));
    found
}

fn other_result(flow: &CompiledFlow, program: &Program, result: &Word) -> Option<Diagnostic> {
    let known = || program.returns.iter().map(String::as_str);
    if result.value == NO_RESULT || known().any(|known| known == result.value) {
        return None;
    }
    let message = format!("flow `{}` has no result `{}`", flow.name, result.value);
    let (label, of) = match program.returns.as_slice() {
        [] => ("this call ends without a result", "it has no `returns`".to_owned()),
        some => ("no such result", format!("it returns {}", some_of(some.iter().map(String::as_str)))),
    };
    let finding = misfits(flow, message, result.span, label, &of);
    Some(finding.help("`result: none` is no result").did_you_mean(&result.value, known().chain([NO_RESULT])))
}

/// A state of the flow or, as `FLOW.STATE`, of one that it runs.
fn find<'p>(
    flow: &CompiledFlow,
    program: &'p Program,
    name: &Word,
) -> Result<(&'p Program, &'p State), Box<Diagnostic>> {
    let of = |program: &'p Program, state: &str| program.state(state).map(|state| (program, state));
    let found = match name.value.split_once('.') {
        None => of(program, &name.value),
        Some((flow, state)) => {
            running(program).find(|program| program.flow == flow).and_then(|program| of(program, state))
        }
    };
    found.ok_or_else(|| {
        let own = program.states().map(|(_, state)| state.name.clone());
        let others = running(program).skip(1);
        let all: Vec<String> = own
            .chain(others.flat_map(|one| one.states().map(|(_, state)| format!("{}.{}", one.flow, state.name))))
            .collect();
        let message = format!("unknown state `{}`", name.value);
        let finding = misfits(flow, message, name.span, "no state of this name", "the flow");
        let ran = all.iter().find(|known| known.split_once('.').is_some_and(|(_, state)| state == name.value));
        Box::new(match ran {
            Some(ran) => finding.help(format!("a state of a flow that this one runs is written `{ran}`")),
            None => finding.did_you_mean(&name.value, all.iter().map(String::as_str)),
        })
    })
}

/// A state that is not there, or asks nothing of the platform that could be refused.
fn refused(flow: &CompiledFlow, program: &Program, name: &Word) -> Option<Diagnostic> {
    let (of, state) = match find(flow, program, name) {
        Ok(found) => found,
        Err(finding) => return Some(*finding),
    };
    let quiet = match &state.kind {
        Kind::Decide { .. } | Kind::Hours { .. } | Kind::Run { .. } | Kind::Set { .. } => true,
        Kind::Add { .. }
        | Kind::Answer
        | Kind::Collect { .. }
        | Kind::Connect { .. }
        | Kind::Dial { .. }
        | Kind::Hangup { .. }
        | Kind::Invoke { .. }
        | Kind::Menu { .. }
        | Kind::Move { .. }
        | Kind::Mute { .. }
        | Kind::Play { .. }
        | Kind::Query { .. }
        | Kind::Recognize { .. }
        | Kind::Redirect { .. }
        | Kind::Reject { .. }
        | Kind::Remove { .. }
        | Kind::SendKeys { .. }
        | Kind::Signal { .. }
        | Kind::TakeMessage { .. }
        | Kind::Transfer { .. }
        | Kind::Wait { .. } => false,
    };
    // Conditions of the line and keys outside a question are asked for on the way into any kind of state.
    let keys = of.graph.edge_weights().any(|edge| matches!(edge.label, Label::Key { .. }));
    if !quiet || keys || program.conditions().next().is_some() {
        return None;
    }
    let message = format!("`{}` asks nothing of the platform", name.value);
    let label = format!("a state of kind `{}` cannot be refused", state.kind.graph_kind());
    let finding = misfits(flow, message, name.span, label, "the flow");
    Some(
        finding
            .help("name a state that plays, listens, calls or hangs up; what a service answers is given by its name"),
    )
}
