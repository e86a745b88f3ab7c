//! The YAML files of a project as JSON Schemas (2020-12), from the tables by which they are read. For editors: a schema
//! knows shapes and words, never what a name stands for.

mod scenario;
mod values;

pub use scenario::scenario;

use serde_json::{Map, Value, json};

use crate::language::schema::values::{NAME, TARGET, described, map_of, named, one_of, reference, text};
use crate::language::syntax::fields::{KINDS, KindRow, Shape};
use crate::language::syntax::purpose;

/// The dialect that the schemas are in.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Of a flow (`*.flow.yaml`).
#[must_use]
pub fn flow() -> Value {
    let top: Map<String, Value> =
        purpose::TOP.iter().map(|(word, purpose)| ((*word).to_owned(), described(top(word), purpose))).collect();
    let mut schema = json!({
        "$schema": DIALECT,
        "title": "A flow of flowc in the YAML spelling",
        "type": "object",
        "properties": top,
        "required": ["flowc", "flow", "start", "states"],
        "additionalProperties": false,
        "$defs": values::definitions(),
    });
    let kinds: Vec<Value> = KINDS.iter().map(|row| reference(&format!("state_{}", row.name))).collect();
    let bare: Vec<&str> =
        KINDS.iter().filter(|row| row.operand.is_none_or(|o| !o.required)).map(|row| row.name).collect();
    schema["$defs"]["state"] = one_of([kinds, vec![json!({ "enum": bare })]].concat());
    for row in KINDS {
        schema["$defs"][format!("state_{}", row.name)] = state(row);
    }
    schema
}

fn top(field: &str) -> Value {
    match field {
        "flowc" => json!({ "enum": [1, "1"] }),
        "flow" | "start" => named(NAME),
        "call" => json!({ "enum": ["inbound", "outbound", "join", "live", "recording_ready", "any"] }),
        "locale" => values::value(Shape::Locale),
        "returns" | "use" | "participants" => json!({ "type": "array", "items": named(NAME) }),
        "settings" | "params" | "vars" => map_of(NAME, reference("typed")),
        "signals" => map_of(NAME, one_of(vec![json!({ "const": true }), reference("type")])),
        "needs" => json!({ "type": "object", "properties": { "recording": { "enum": ["active", "paused"] } },
            "additionalProperties": false }),
        "policy" => json!({ "type": "array", "items": reference("policy") }),
        "always" => reference("routes"),
        "allow" => json!({ "type": "object", "additionalProperties": reference("allowed") }),
        "defaults" => json!({
            "type": "object",
            "properties": { "retry": reference("retry"), "on": reference("routes") },
            "additionalProperties": false,
        }),
        "groups" => map_of(NAME, reference("group")),
        _ => map_of(NAME, reference("state")),
    }
}

/// A state of one kind.
fn state(row: &KindRow) -> Value {
    let mut properties = Map::new();
    let mut required = vec![row.name];
    let mut operand = match row.operand {
        None => json!({ "const": true }),
        Some(operand) if operand.required => values::value(operand.shape),
        Some(operand) => one_of(vec![json!({ "const": true }), values::value(operand.shape)]),
    };
    if row.operand.is_some_and(|operand| operand.shape == Shape::Assignments) {
        operand["minProperties"] = json!(1);
    }
    let purpose_of = |table, word| purpose::of(table, word).unwrap_or_default();
    properties.insert(row.name.to_owned(), described(operand, purpose_of(purpose::KINDS, row.name)));
    for option in row.options {
        let purpose = purpose_of(purpose::OPTIONS, option.name);
        properties.insert(option.name.to_owned(), described(values::value(option.shape), purpose));
        required.extend(option.required.then_some(option.name));
    }
    let called = row.operand.is_some_and(|operand| operand.shape == Shape::Call);
    for (word, purpose) in purpose::COMMON {
        let value = match *word {
            "then" => reference("target"),
            "on" => reference("routes"),
            "save" if row.saves => named(NAME),
            "args" if called => values::value(Shape::Assignments),
            _ => continue,
        };
        properties.insert((*word).to_owned(), described(value, purpose));
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Of a prompt library (`prompts: NAME`).
#[must_use]
pub fn prompts() -> Value {
    let words = text("Words, with placeholders in braces: `{name}`, `{at day}`, `{key choice}`.");
    let wording = one_of(vec![
        words.clone(),
        keyed(&[("file", text("URL, or path within the project.")), ("transcript", words.clone())], &["file"]),
        keyed(&[("ssml", text("SSML, with placeholders in braces."))], &["ssml"]),
        keyed(&[("text", words)], &["text"]),
    ]);
    let takes = described(map_of(NAME, reference("type")), "The prompt's placeholders with their types.");
    json!({
        "$schema": DIALECT,
        "title": "A prompt library of flowc",
        "type": "object",
        "properties": {
            "prompts": described(named(NAME), "The library's name."),
            "voices": {
                "description": "The voice of each locale.",
                "type": "object",
                "additionalProperties": { "type": "string" },
            },
        },
        "required": ["prompts"],
        "propertyNames": { "pattern": NAME, "not": { "enum": ["text", "ssml", "file"] } },
        "additionalProperties": {
            "type": "object",
            "properties": { "takes": takes },
            "additionalProperties": wording,
        },
        "$defs": { "type": values::ty() },
    })
}

fn keyed(fields: &[(&str, Value)], required: &[&str]) -> Value {
    let properties: Map<String, Value> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Where a target is written as a text.
fn target_text() -> Value {
    json!({ "type": "string", "pattern": TARGET })
}

#[cfg(test)]
mod tests {
    use crate::language::schema;
    use crate::language::syntax::fields::KINDS;
    use serde_json::Value;

    /// Every `$ref` of a schema.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.extend(fields.get("$ref").and_then(Value::as_str).map(str::to_owned));
                fields.values().for_each(|field| references(field, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn what_is_referred_to_is_there() {
        for schema in [schema::flow(), schema::prompts(), schema::scenario()] {
            let mut found = Vec::new();
            references(&schema, &mut found);
            for reference in found {
                let place = reference.trim_start_matches('#');
                assert!(schema.pointer(place).is_some(), "{reference}");
            }
        }
    }

    #[test]
    fn every_option_stands_in_its_kind_with_its_purpose() {
        let schema = schema::flow();
        for row in KINDS {
            let fields = &schema["$defs"][format!("state_{}", row.name)]["properties"];
            for name in row.options.iter().map(|option| option.name).chain([row.name]) {
                assert!(
                    fields[name]["description"].as_str().is_some_and(|text| !text.is_empty()),
                    "{} {name}",
                    row.name
                );
            }
            assert_eq!(fields["save"].is_object(), row.saves, "{}", row.name);
        }
    }
}
