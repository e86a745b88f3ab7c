//! Values of each shape as schemas.

use serde_json::{Map, Value, json};

use crate::language::schema::target_text;
use crate::language::syntax::fields::Shape;
use crate::language::syntax::purpose;

/// A name.
pub(super) const NAME: &str = "^[a-z][a-z0-9_]*$";
/// A name with dots.
const DOTTED: &str = "^[a-zA-Z_][a-zA-Z0-9_]*(\\.[a-zA-Z_][a-zA-Z0-9_]*)*$";
/// `sorry`, `return moved`.
pub(super) const TARGET: &str = "^(return|(return +)?[a-z][a-z0-9_]*)$";
/// `busy | no_answer`, `party left`, `key star 7 by agent`.
const TRIGGERS: &str = "^(after +[0-9]+(ms|s|m|h)|key +[0-9a-z*# ]+|signal +[a-z][a-z0-9_]*|[a-z][a-z0-9_]*( +left)?)( *\\| *\
                        (after +[0-9]+(ms|s|m|h)|key +[0-9a-z*# ]+|signal +[a-z][a-z0-9_]*|[a-z][a-z0-9_]*( +left)?))*$";
/// `6s`, or an expression behind `=`.
const DURATION: &str = "^([0-9]+(ms|s|m|h)|=.+)$";
/// `1`, `star`, `pound`, several of them.
const KEYS: &str = "^([0-9a-d*#]|star|pound| )+$";
/// What promises begin with.
const POLICY: &str = "^(never (recording (active|paused)|streaming on|transcription (on|[A-Za-z]+(-[A-Za-z0-9]+)+)|hold [a-z][a-z0-9_]*) while collecting secret|nobody left behind\
                      |from every menu reach human within [0-9]+ press(es)? and [0-9]+(ms|s|m|h)( when [a-z0-9_.]+ is open)?\
                      |silent party ends within [0-9]+(ms|s|m|h)|every call ends within [0-9]+(ms|s|m|h)\
                      |silence at most [0-9]+(ms|s|m|h)|menus at most [0-9]+ choices?)$";

/// A schema with what it is for.
pub(super) fn described(mut schema: Value, purpose: &str) -> Value {
    schema["description"] = json!(purpose);
    schema
}

/// One of several.
pub(super) fn one_of(schemas: Vec<Value>) -> Value {
    json!({ "anyOf": schemas })
}

/// A schema defined once.
pub(super) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{name}") })
}

/// A text that looks like this.
pub(super) fn named(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// Any text.
pub(super) fn text(purpose: &str) -> Value {
    json!({ "type": "string", "description": purpose })
}

/// Values by names that look like this.
pub(super) fn map_of(names: &str, values: Value) -> Value {
    json!({ "type": "object", "propertyNames": { "pattern": names }, "additionalProperties": values })
}

/// A text that YAML may take for a number.
pub(super) fn written(pattern: &str) -> Value {
    json!({ "type": ["string", "integer"], "pattern": pattern })
}

/// A value of a shape.
pub(super) fn value(shape: Shape) -> Value {
    match shape {
        Shape::Flag => json!({ "const": true }),
        Shape::Count => written("^[0-9]+$"),
        Shape::Duration => named(DURATION),
        Shape::Endpoint => reference("endpoint"),
        Shape::Endpoints => {
            one_of(vec![reference("endpoint"), json!({ "type": "array", "items": reference("endpoint") })])
        }
        Shape::Keys => written(KEYS),
        Shape::Name => named(NAME),
        Shape::Prompt => reference("prompt"),
        Shape::Retry => reference("retry"),
        Shape::Reprompt => reference("reprompt"),
        Shape::Locale => named("^([a-z]{2,3}(-[A-Z][a-z]{3})?-([A-Z]{2}|[0-9]{3})|=.+)$"),
        Shape::Call => one_of(vec![named(DOTTED), named("^[A-Z]+ +[^ ]+$")]),
        Shape::Dotted => named(DOTTED),
        Shape::Expr => reference("argument"),
        Shape::Headers => json!({ "type": "object", "additionalProperties": reference("argument") }),
        Shape::Tones => one_of(vec![written(KEYS), named("^=.+$")]),
        Shape::Assignments => map_of(NAME, reference("argument")),
        Shape::Choices => map_of(NAME, reference("choice")),
        Shape::Branches => json!({ "type": "array", "items": reference("branch") }),
    }
}

/// A type: as text, or a mapping for a record.
pub(super) fn ty() -> Value {
    let record = json!({ "type": "object", "additionalProperties": reference("type") });
    described(one_of(vec![json!({ "type": "string" }), record]), "A type: `text`, `digits(4)?`, `{ id: text }`.")
}

/// What is referred to.
pub(super) fn definitions() -> Value {
    let argument = json!({ "type": ["string", "number", "boolean"] });
    let count = written("^[0-9]+$");
    json!({
        "allowed": one_of(vec![
            json!({ "const": true }),
            json!({ "type": "string" }),
            json!({ "type": "array", "items": { "type": "string" } }),
        ]),
        "argument": described(argument, "A literal, or an expression behind `=`."),
        "branch": branch(),
        "choice": choice(),
        "endpoint": { "type": ["string", "integer"], "description": "A number or another endpoint, or an expression behind `=`." },
        "group": group(),
        "part": part(),
        "policy": described(named(POLICY), "A promise that the checker proves."),
        "prompt": one_of(vec![reference("part"), json!({ "type": "array", "items": reference("prompt") })]),
        "reprompt": reasons(&one_of(vec![reference("prompt"), json!({ "type": "array", "items": reference("prompt") })])),
        "retry": reasons(&count),
        "routes": { "type": "object", "propertyNames": { "pattern": TRIGGERS }, "additionalProperties": reference("target") },
        "target": one_of(vec![target_text(), limited(&[], &["to", "limit", "else"])]),
        "type": ty(),
        "typed": described(
            one_of(vec![json!({ "type": "string" }), reference("type")]),
            "A type, perhaps with a value: `bool = false`.",
        ),
    })
}

/// A value for both reasons, or one each.
fn reasons(value: &Value) -> Value {
    let each = json!({
        "type": "object",
        "properties": {
            "no_input": described(value.clone(), "After silence."),
            "no_match": described(value.clone(), "After something that is not valid."),
        },
        "required": [],
        "minProperties": 1,
        "additionalProperties": false,
    });
    one_of(vec![value.clone(), each])
}

/// A mapping that may lead somewhere, perhaps only so often.
fn limited(more: &[(&str, Value)], required: &[&str]) -> Value {
    let mut fields: Map<String, Value> = more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    fields.insert("to".to_owned(), described(target_text(), "Where it leads."));
    fields.insert("limit".to_owned(), described(written("^[0-9]+$"), "At most so often."));
    fields.insert("else".to_owned(), described(target_text(), "Where it leads afterwards."));
    json!({
        "type": "object",
        "properties": fields,
        "required": required,
        "dependentRequired": { "limit": ["to", "else"], "else": ["limit"] },
        "additionalProperties": false,
    })
}

fn choice() -> Value {
    let phrase = json!({ "type": "string" });
    let phrases = one_of(vec![phrase.clone(), json!({ "type": "array", "items": phrase })]);
    limited(&[("key", described(written(KEYS), "Its key.")), ("say", described(phrases, "Its phrases."))], &[])
}

fn branch() -> Value {
    let condition = json!({ "type": ["string", "boolean"], "description": "An expression." });
    let otherwise = json!({
        "type": "object",
        "properties": { "else": described(reference("target"), "Where it leads when no condition holds.") },
        "required": ["else"],
        "additionalProperties": false,
    });
    one_of(vec![limited(&[("if", condition)], &["if", "to"]), otherwise])
}

fn group() -> Value {
    let hold = one_of(vec![named(NAME), json!({ "type": "array", "items": named(NAME) })]);
    let field = |word: &str| match word {
        "recording" => json!({ "enum": ["active", "paused"] }),
        "hold" => hold.clone(),
        "music" => reference("prompt"),
        "streaming" => json!({ "enum": ["on", true] }),
        _ => value(Shape::Locale),
    };
    let conditions: Map<String, Value> = purpose::CONDITIONS
        .iter()
        .map(|(word, purpose)| ((*word).to_owned(), described(field(word), purpose)))
        .collect();
    let field = |word: &str| match word {
        "while" => {
            json!({ "type": "object", "properties": conditions.clone(), "additionalProperties": false })
        }
        "else" => reference("target"),
        "on" => reference("routes"),
        _ => map_of(NAME, reference("state")),
    };
    let fields: Map<String, Value> =
        purpose::GROUP.iter().map(|(word, purpose)| ((*word).to_owned(), described(field(word), purpose))).collect();
    json!({ "type": "object", "properties": fields, "required": ["states"], "dependentRequired": { "while": ["else"] },
        "additionalProperties": false })
}

/// One part of a prompt.
fn part() -> Value {
    let args = map_of(NAME, reference("argument"));
    let keyed = json!({
        "type": "object",
        "properties": {
            "text": text("Words to be spoken, with placeholders in braces; or an expression behind `=`."),
            "ssml": text("SSML, with placeholders in braces."),
            "file": text("An audio file: URL, or path within the project."),
        },
        "additionalProperties": described(args, "A prompt of a library, with its arguments."),
        "minProperties": 1,
        "maxProperties": 1,
    });
    one_of(vec![described(named("^[\\w-]+$"), "A prompt of a library, by name."), keyed])
}
