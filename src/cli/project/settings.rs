//! The settings that flows declare held against those that `flowc.toml` gives.

use crate::cli::project::Project;
use crate::language::compile;
use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use std::collections::BTreeSet;

/// Settings without a value, which is a note since the environment may give one, and values of the wrong type.
#[must_use]
pub fn findings(project: &Project, compiled: &compile::Project) -> Vec<Diagnostic> {
    let programs = || compiled.flows.iter().filter_map(|flow| Some((flow, flow.program.as_ref()?)));
    let read: BTreeSet<&str> =
        programs().flat_map(|(_, program)| program.settings.keys()).map(String::as_str).collect();
    let unread: Vec<&str> =
        project.file.settings.keys().map(String::as_str).filter(|name| !read.contains(name)).collect();
    programs()
        .flat_map(|(flow, program)| program.settings.iter().map(move |(name, ty)| (flow, name, ty)))
        .filter_map(|(flow, name, ty)| finding(project, flow, name, ty, &unread))
        .collect()
}

fn finding(project: &Project, flow: &CompiledFlow, name: &str, ty: &Type, unread: &[&str]) -> Option<Diagnostic> {
    match project.file.settings.get(name) {
        Some(json) => {
            let reason = Value::from_json(ty, json, name).err()?.to_string();
            let place = project.file.places.get(name)?;
            let span = Span::new(project.file_id?, place.start, place.end);
            let label = format!("flow `{}` needs a value of type {ty}", flow.name);
            Some(Diagnostic::new(Code::F0401, reason, span, label))
        }
        None if ty.is_optional() => None,
        None => Some(without_value(flow, name, ty, unread)),
    }
}

fn without_value(flow: &CompiledFlow, name: &str, ty: &Type, unread: &[&str]) -> Diagnostic {
    let message = format!("setting `{name}` has no value");
    let help = match did_you_mean(name, unread.iter().copied()) {
        Some(meant) => format!("flowc.toml has a setting that no flow reads: {meant}"),
        None => format!("below `[settings]` in flowc.toml write a line `{name} = …`, a value of type {ty}"),
    };
    Diagnostic::new(Code::F0603, message, flow.span, "this flow reads it").help(help)
}
