//! `routes.yaml`: which flow answers which number.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::call::CallKind;
use crate::language::source::{FileId, Sources, Span};
use crate::platform::limits;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
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
    let text = sources.source(file).text();
    let lines = match serde_yaml::from_str::<Option<Lines>>(text) {
        Ok(lines) => lines.map(|lines| lines.0).unwrap_or_default(),
        Err(error) => {
            diagnostics.push(unreadable(&error, file, sources));
            return BTreeMap::new();
        }
    };
    let mut routes: BTreeMap<String, String> = BTreeMap::new();
    let mut places: BTreeMap<String, Span> = BTreeMap::new();
    for (number, flow) in lines {
        let number_at = span(file, &number.referenced, &number.value, text);
        let flow_at = span(file, &flow.referenced, &flow.value, text);
        if !limits::is_phone(&number.value) {
            let message = format!("`{}` is not a phone number", number.value);
            diagnostics.push(
                Diagnostic::new(Code::F0601, message, number_at, "nobody can call this")
                    .help("write `+`, the country code and the number in quotes, such as \"+18005550100\""),
            );
        } else if let Some(first) = places.get(&number.value) {
            let message = format!("{} is routed twice", number.value);
            diagnostics.push(Diagnostic::new(Code::F0601, message, number_at, "again here").and(*first, "first here"));
        } else if let Some(finding) = wrong_flow(&flow.value, flow_at, flows) {
            diagnostics.push(finding);
        } else {
            places.insert(number.value.clone(), number_at);
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

fn unreadable(error: &serde_yaml::Error, file: FileId, sources: &Sources) -> Diagnostic {
    let source = sources.source(file);
    let line = error.location().map_or(0, |at| usize::try_from(at.line()).unwrap_or(1).saturating_sub(1));
    let range = source.line_range(line).unwrap_or(0..0);
    let reason = error.to_string();
    let reason = reason.lines().next().unwrap_or_default().to_owned();
    Diagnostic::new(Code::F0606, "the routes cannot be read", Span::new(file, range.start, range.end), reason)
        .help("each line binds a number to a flow: `\"+18005550100\": front_desk`")
}

/// Where a scalar stands: its text, or the line when the reader cannot say.
fn span(file: FileId, at: &serde_yaml::Location, value: &str, text: &str) -> Span {
    let offset = at.span().byte_offset().and_then(|at| usize::try_from(at).ok()).unwrap_or(0).min(text.len());
    let length = at.span().byte_len().and_then(|len| usize::try_from(len).ok()).unwrap_or(value.len());
    Span::new(file, offset, (offset + length).min(text.len()))
}

/// A mapping of scalars in the order written, repeated keys included.
struct Lines(Vec<(serde_yaml::Spanned<String>, serde_yaml::Spanned<String>)>);

impl<'de> Deserialize<'de> for Lines {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Lines, D::Error> {
        struct Mapping;
        impl<'de> Visitor<'de> for Mapping {
            type Value = Lines;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("numbers with the flows that answer them")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Lines, A::Error> {
                let mut lines = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    lines.push(entry);
                }
                Ok(Lines(lines))
            }
        }
        deserializer.deserialize_map(Mapping)
    }
}
