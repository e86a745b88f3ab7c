//! `routes.yaml`: which flow answers which number.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::source::{FileId, Sources, Span};
use crate::language::syntax;
use crate::platform::limits;
use std::collections::BTreeMap;

/// Reads and checks the routes; without any, there may be one inbound flow only.
pub fn read(
    sources: &Sources,
    file: Option<FileId>,
    flows: &[CompiledFlow],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let Some(file) = file else {
        several_inbound(flows, diagnostics);
        return BTreeMap::new();
    };
    let (lines, found) = syntax::read_routes(sources, file);
    diagnostics.extend(found);
    let mut routes: BTreeMap<String, String> = BTreeMap::new();
    for (number, flow) in lines {
        if !limits::is_phone(&number.value) {
            let message = format!("`{}` is not a phone number", number.value);
            diagnostics.push(
                Diagnostic::new(Code::F0601, message, number.span, "nobody can call this")
                    .help("write `+`, the country code and the number in quotes, such as \"+18005550100\""),
            );
        } else if let Some(finding) = wrong_flow(&flow.value, flow.span, flows) {
            diagnostics.push(finding);
        } else {
            routes.insert(number.value, flow.value);
        }
    }
    routes
}

fn wrong_flow(name: &str, span: Span, flows: &[CompiledFlow]) -> Option<Diagnostic> {
    let known = || flows.iter().filter(|flow| !flow.name.is_empty());
    match known().find(|flow| flow.name == name) {
        None => Some(
            Diagnostic::new(Code::F0601, format!("unknown flow `{name}`"), span, "no flow has this name")
                .did_you_mean(name, known().map(|flow| flow.name.as_str())),
        ),
        Some(flow) if flow.call == Some(CallKind::Outbound) => Some(
            Diagnostic::new(Code::F0601, format!("flow `{name}` is outbound"), span, "it answers no calls")
                .and(flow.span, "the flow"),
        ),
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
