//! The settings that flows and their services read, held against those that `flowc.toml` gives.

use crate::cli::project::Project;
use crate::config::{Known, STREAMING_URL, TRANSCRIPTION_URL};
use crate::language::compile;
use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::flow::routes::Pattern;
use crate::language::flow::service::Service;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use crate::language::syntax::{self, ast};
use std::collections::{BTreeMap, BTreeSet};

/// Settings without a value, which is a note since the environment may give one, and values of the wrong type. Settings are
/// those that flows declare, those that services read, and the addresses that streams of the media need.
#[must_use]
pub fn findings(project: &Project, compiled: &compile::Project) -> Vec<Diagnostic> {
    let programs = || compiled.flows.iter().filter_map(|flow| Some((flow, flow.program.as_ref()?)));
    let declared: BTreeSet<&str> =
        programs().flat_map(|(_, program)| program.settings.keys()).map(String::as_str).collect();
    let of_services: BTreeSet<&str> =
        programs().flat_map(|(_, program)| program.services.values()).flat_map(Service::settings).collect();
    let unread: Vec<&str> = project
        .file
        .settings
        .keys()
        .map(String::as_str)
        .filter(|name| !declared.contains(name) && !of_services.contains(name))
        .collect();
    let mut found: Vec<Diagnostic> = programs()
        .flat_map(|(flow, program)| program.settings.iter().map(move |(name, ty)| (flow, name, ty)))
        .filter_map(|(flow, name, ty)| finding(project, flow, name, ty, &unread))
        .collect();
    for name in of_services.iter().filter(|name| !declared.contains(*name)) {
        found.extend(of_service(project, name, &unread));
    }
    found.extend(streams(project));
    found.extend(loops(project, compiled));
    found
}

/// Settings with a number that a flow calls and answers itself.
fn loops(project: &Project, compiled: &compile::Project) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for flow in &compiled.flows {
        let Some(program) = &flow.program else { continue };
        for name in compile::routes::settings_called(program) {
            let (Some(place), Some(file)) = (project.file.places.get(name), project.file_id) else { continue };
            let number = project.file.settings.get(name).and_then(serde_json::Value::as_str);
            let route = number.and_then(|number| Some((number, compiled.routes.of(number)?)));
            if let Some((number, (pattern, route))) = route
                && route.flow == flow.name
                && *pattern != Pattern::Any
            {
                let span = Span::new(file, place.start, place.end);
                found.push(compile::routes::came_back(number, &flow.name, pattern, span));
            }
        }
    }
    found
}

/// A setting that a service reads: a text.
fn of_service(project: &Project, name: &str, unread: &[&str]) -> Option<Diagnostic> {
    let read = format!("settings.{name}");
    let services = project.services.iter().filter_map(|file| syntax::read_service(&project.sources, *file).0);
    let is_read =
        |value: &ast::Value| project.sources.snippet(value.span()).trim_start_matches(['=', ' ']).trim() == read;
    let (service, span) = services
        .flat_map(|service| {
            let values = service.url.iter().chain(service.headers.iter().map(|(_, value)| value));
            let spans: Vec<Span> = values.filter(|value| is_read(value)).map(ast::Value::span).collect();
            spans.into_iter().map(move |span| (service.name.value.clone(), span))
        })
        .next()?;
    match project.file.settings.get(name) {
        Some(serde_json::Value::String(_)) => None,
        Some(_) => {
            let place = project.file.places.get(name)?;
            let place = Span::new(project.file_id?, place.start, place.end);
            let label = format!("service `{service}` needs a text");
            Some(Diagnostic::new(Code::F0401, format!("{name}: not a text"), place, label).and(span, "read here"))
        }
        None => Some(without_value(name, span, "this service reads it", &Type::Text, unread)),
    }
}

/// Conditions of the line that need an address of their own. One finding for each address, at its first use.
fn streams(project: &Project) -> Vec<Diagnostic> {
    let mut found = BTreeMap::new();
    for (file, spelling) in &project.flows {
        let flow = syntax::read_flow(&project.sources, *file, *spelling).0;
        for condition in flow.groups.iter().flat_map(|group| &group.conditions) {
            let (known, span) = match condition {
                ast::Condition::Streaming(word) => (STREAMING_URL, word.span),
                ast::Condition::Transcription(locale) => (TRANSCRIPTION_URL, locale.span()),
                ast::Condition::Recording(_) | ast::Condition::Hold { .. } => continue,
            };
            if project.file.service(known.key).is_none() {
                found.entry(known.key).or_insert((known, span));
            }
        }
    }
    let missing = |(known, span): (Known, Span)| {
        Diagnostic::new(
            Code::F0612,
            format!("`{}` has no value", known.key),
            span,
            "the platform is told where to send it",
        )
        .help(format!("write `{} = \"{}\"` in flowc.toml, or give `{}`", known.key, known.example, known.flag))
    };
    found.into_values().map(missing).collect()
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
        None => Some(without_value(name, flow.span, "this flow reads it", ty, unread)),
    }
}

fn without_value(name: &str, span: Span, label: &str, ty: &Type, unread: &[&str]) -> Diagnostic {
    let message = format!("setting `{name}` has no value");
    let help = match did_you_mean(name, unread.iter().copied()) {
        Some(meant) => format!("flowc.toml has a setting that no flow reads: {meant}"),
        None => format!("below `[settings]` in flowc.toml write a line `{name} = …`, a value of type {ty}"),
    };
    Diagnostic::new(Code::F0603, message, span, label).help(help)
}
