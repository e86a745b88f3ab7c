//! A published API description, as its compact form has it.

use boon::{Compiler, Draft, SchemaIndex, Schemas};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The description of one api-version.
pub(crate) struct Description {
    operations: Vec<Published>,
    definitions: BTreeSet<String>,
    /// Schemas, compiled as they are asked for.
    compiled: RefCell<Compiled>,
}

struct Compiled {
    compiler: Compiler,
    schemas: Schemas,
    index: BTreeMap<String, SchemaIndex>,
}

/// An operation.
pub(crate) struct Published {
    /// Its name, as the platform has it.
    pub(crate) name: String,
    method: String,
    path: String,
    /// Query parameters.
    pub(crate) query: BTreeSet<String>,
    /// Headers it names.
    pub(crate) headers: BTreeSet<String>,
    body: Option<String>,
    /// Schemas of its answers by status, or `default`.
    pub(crate) responses: BTreeMap<String, Option<String>>,
}

/// Address of the document within the compiler.
const HOME: &str = "https://published.example/description.json";

impl Description {
    fn file(version: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/published/{version}.json"))
    }

    /// The description of a version.
    pub(crate) fn of(version: &str) -> Description {
        let file = Description::file(version);
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let document: Value = serde_json::from_str(&text).expect("JSON");
        let operations = document["operations"].as_array().expect("a list").iter().map(published).collect();
        let definitions = document["definitions"].as_object().expect("a map").keys().cloned().collect();
        let mut compiler = Compiler::new();
        compiler.set_default_draft(Draft::V7);
        compiler.enable_format_assertions();
        compiler.add_resource(HOME, document).expect("a schema");
        Description {
            operations,
            definitions,
            compiled: RefCell::new(Compiled { compiler, schemas: Schemas::new(), index: BTreeMap::new() }),
        }
    }

    /// Whether it has a type of this name.
    pub(crate) fn has_definition(&self, name: &str) -> bool {
        self.definitions.contains(name)
    }

    /// The operation that a path, without its query, belongs to.
    pub(crate) fn operation(&self, method: &str, path: &str) -> Option<&Published> {
        self.operations.iter().find(|operation| operation.method == method && fits(&operation.path, path))
    }

    /// What is wrong with a request; nothing when all is well. The target may have a query.
    pub(crate) fn request(&self, method: &str, target: &str, body: Option<&Value>) -> Vec<String> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let Some(operation) = self.operation(method, path) else { return vec![format!("{method} {path}: unknown")] };
        let mut wrong: Vec<String> = query
            .split('&')
            .filter_map(|pair| pair.split('=').next().filter(|name| !name.is_empty()))
            .filter(|name| !operation.query.contains(*name) && *name != "api-version")
            .map(|name| format!("{}: unknown query parameter {name}", operation.name))
            .collect();
        wrong.extend(match (&operation.body, body) {
            (Some(schema), Some(body)) => self.fits(schema, body).err().map(|why| format!("{}: {why}", operation.name)),
            (Some(_), None) => Some(format!("{}: no body", operation.name)),
            (None, Some(body)) => Some(format!("{}: has no body, sent {body}", operation.name)),
            (None, None) => None,
        });
        wrong
    }

    /// What is wrong with an answer; null stands for an empty body.
    pub(crate) fn answer(&self, method: &str, target: &str, status: u16, body: &Value) -> Vec<String> {
        let path = target.split('?').next().unwrap_or(target);
        let Some(operation) = self.operation(method, path) else { return vec![format!("{method} {path}: unknown")] };
        let kind = if status >= 400 { "default".to_owned() } else { status.to_string() };
        let wrong = match operation.responses.get(&kind) {
            None => Some(format!("status {status} is not published")),
            Some(None) => Some(format!("status {status} has no body")).filter(|_| !body.is_null()),
            Some(Some(schema)) => self.fits(schema, body).err(),
        };
        wrong.map(|why| format!("{} {status}: {why}", operation.name)).into_iter().collect()
    }

    /// Whether a value is of the type of this name.
    pub(crate) fn is(&self, definition: &str, value: &Value) -> Result<(), String> {
        assert!(self.has_definition(definition), "{definition} is not published");
        self.fits(&format!("#/definitions/{definition}"), value)
    }

    fn fits(&self, schema: &str, value: &Value) -> Result<(), String> {
        let mut guard = self.compiled.borrow_mut();
        let Compiled { compiler, schemas, index } = &mut *guard;
        let place = match index.get(schema) {
            Some(place) => *place,
            None => compiler.compile(&format!("{HOME}{schema}"), schemas).expect("a schema"),
        };
        index.insert(schema.to_owned(), place);
        schemas.validate(value, place).map_err(|error| format!("{error:#}\n{value:#}"))
    }
}

fn published(operation: &Value) -> Published {
    let text = |key: &str| operation[key].as_str().expect("text").to_owned();
    let names = |key: &str| {
        operation[key]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(|name| name.as_str().map(ToOwned::to_owned))
            .collect()
    };
    let schema = |node: &Value| node["$ref"].as_str().map(ToOwned::to_owned);
    let responses = operation["responses"].as_object().expect("a map");
    Published {
        name: text("operation"),
        method: text("method"),
        path: text("path"),
        query: names("query"),
        headers: names("headers"),
        body: schema(&operation["body"]),
        responses: responses.iter().map(|(status, node)| (status.clone(), schema(node))).collect(),
    }
}

/// Whether a path is one of a pattern's: `{name}` stands for one segment, or the part of it before a colon.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<&str>, Vec<&str>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(path).all(|(wanted, given)| match wanted.split_once('}') {
            Some((_, "")) => !given.is_empty() && !given.contains(':'),
            Some((_, verb)) => given.strip_suffix(verb).is_some_and(|id| !id.is_empty() && !id.contains(':')),
            None => *wanted == given,
        })
}
