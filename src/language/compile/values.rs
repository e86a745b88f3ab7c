//! Values from outside for a program: settings of the project, parameters of a call.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic, did_you_mean};
use crate::language::flow::types::Type;
use crate::language::flow::value::{NotOfType, Value, Values};
use crate::language::graph::Program;
use serde_json::json;
use std::collections::BTreeMap;

/// The settings a program reads, from those of the project. What the project has besides is for other flows.
///
/// # Errors
/// One line for each setting that is missing or of another type, with an example for `flowc.toml`.
pub fn settings(program: &Program, given: &BTreeMap<String, serde_json::Value>) -> Result<Values, Vec<String>> {
    let mut values = Values::new();
    let mut wrong = Vec::new();
    for (name, ty) in &program.settings {
        let read = match given.get(name) {
            Some(json) => Value::from_json(ty, json, name).map_err(|error| error.to_string()),
            None if ty.is_optional() => Ok(Value::Absent),
            None => Err(format!("{name}: missing")),
        };
        match read {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(why) => wrong.push(format!("{why}; its type is {ty}: write `{name} = {}`", example(ty))),
        }
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}

/// What is to be said of a flow's settings by those of the project: a missing one is a note, since it may come from elsewhere
/// before the flow is served; one of another type is an error.
#[must_use]
pub fn unset(flow: &CompiledFlow, given: &BTreeMap<String, serde_json::Value>) -> Vec<Diagnostic> {
    let Some(program) = &flow.program else { return Vec::new() };
    let mut found = Vec::new();
    for (name, ty) in &program.settings {
        let span = flow.settings.get(name).copied().unwrap_or(flow.span);
        let help = format!("write `{name} = {}` under `[settings]` in `flowc.toml`", example(ty));
        match given.get(name) {
            None if ty.is_optional() => {}
            None => {
                let message = format!("setting `{name}` has no value");
                found.push(Diagnostic::new(Code::F0603, message, span, "declared here").help(help));
            }
            Some(json) => {
                if let Err(error) = Value::from_json(ty, json, name) {
                    let message = format!("setting {error}");
                    found.push(Diagnostic::new(Code::F0401, message, span, format!("declared as `{ty}`")).help(help));
                }
            }
        }
    }
    found
}

/// An example of a type as TOML writes it.
fn example(ty: &Type) -> String {
    match ty {
        Type::AcsUser => "\"8:acs:…\"".to_owned(),
        Type::Bool => "true".to_owned(),
        Type::Date => "\"2026-12-01\"".to_owned(),
        Type::Decimal => "\"12.50\"".to_owned(),
        Type::Digits { min, .. } => {
            format!("\"{}\"", "1234567890".repeat(100).get(..(*min).clamp(1, 1000) as usize).unwrap_or("1"))
        }
        Type::Duration => "\"4m\"".to_owned(),
        Type::Enum(words) => format!("\"{}\"", words.first().map_or("", String::as_str)),
        Type::Int => "3".to_owned(),
        Type::List(inner) => format!("[{}]", example(inner)),
        Type::LocalTime => "\"2026-12-01T09:30\"".to_owned(),
        Type::Money => "\"12.50 GBP\"".to_owned(),
        Type::Optional(inner) | Type::Secret(inner) => example(inner),
        Type::Endpoint | Type::Phone => "\"+441632960100\"".to_owned(),
        Type::Record(fields) => {
            let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name} = {}", example(ty))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        Type::Recording => "{ id = \"…\", seconds = 12, url = \"https://…\" }".to_owned(),
        Type::Text => "\"text\"".to_owned(),
        Type::Time => "\"2026-12-01T09:30Z\"".to_owned(),
    }
}

/// The parameters of one call: those given, `to` and `from` where the flow declares them, defaults for the rest.
///
/// # Errors
/// Everything that is missing, unknown, or of another type.
pub fn params(
    program: &Program,
    given: &serde_json::Map<String, serde_json::Value>,
    to: Option<&str>,
    from: Option<&str>,
) -> Result<Values, Vec<NotOfType>> {
    let mut values = Values::new();
    let mut wrong = Vec::new();
    let ends: BTreeMap<&str, serde_json::Value> =
        [("to", to), ("from", from)].into_iter().filter_map(|(name, end)| Some((name, json!(end?)))).collect();
    for (name, param) in &program.params {
        let json = given.get(name).or_else(|| ends.get(name.as_str()));
        let read = match (json, &param.default) {
            (Some(json), _) => Value::from_json(&param.ty, json, name),
            (None, Some(default)) => Ok(default.clone()),
            (None, None) if param.ty.is_optional() => Ok(Value::Absent),
            (None, None) => Err(NotOfType { path: name.clone(), reason: format!("missing; it is a {}", param.ty) }),
        };
        match read {
            Ok(value) => {
                values.insert(name.clone(), value);
            }
            Err(error) => wrong.push(error),
        }
    }
    for name in given.keys().filter(|name| !program.params.contains_key(*name)) {
        let near = did_you_mean(name, program.params.keys().map(String::as_str));
        let reason = match near {
            Some(near) => format!("the flow has no such parameter; {near}"),
            None => "the flow has no such parameter".to_owned(),
        };
        wrong.push(NotOfType { path: name.clone(), reason });
    }
    if wrong.is_empty() { Ok(values) } else { Err(wrong) }
}
