//! An OpenAPI 3 document, JSON or YAML, to the operations and types of a service. What has no type of ours is refused, with its
//! place in the document as a path, so that nothing is guessed at while somebody is on the line.

mod document;

mod operation;

mod schema;

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::{FileId, Span, Word};
use crate::language::syntax::ast::TypeExpr;
use crate::language::syntax::openapi::document::{At, Document};
use crate::language::syntax::openapi::schema::Schemas;
use crate::language::syntax::service::Operation;
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::tree::Node;

/// What a document gives to a service.
#[derive(Clone, Debug, Default)]
pub struct Imported {
    /// The types that its operations use.
    pub types: Vec<(Word, TypeExpr)>,
    /// The operations.
    pub operations: Vec<Operation>,
}

/// Reads a document; `None` when it is not OpenAPI 3. `wanted` names the operations to import, all where it is `None`.
pub(crate) fn read(text: &str, file: FileId, wanted: Option<&[Word]>) -> (Option<Imported>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let yaml = document::as_yaml(text);
    let read = faults::read(&yaml, file, &mut found);
    // Findings about what is no YAML are about the document too: without them put right, nothing of it can be relied on.
    let Some(root) = read.root.filter(|_| found.is_empty()) else {
        if found.is_empty() {
            found.push(not_openapi(Span::new(file, 0, 0)));
        }
        return (None, found);
    };
    let document = Document { root: &root, text, file };
    let imported = import(&document, wanted, &mut found);
    (imported, found)
}

fn not_openapi(at: Span) -> Diagnostic {
    Diagnostic::new(Code::F0810, "the document is not OpenAPI 3", at, "no `openapi: 3…` here")
        .help("convert the document, or write the operations into the service file")
}

fn import(document: &Document, wanted: Option<&[Word]>, found: &mut Vec<Diagnostic>) -> Option<Imported> {
    let top = At { node: document.root, path: "#".to_owned() };
    let version = top.text("openapi").unwrap_or_default();
    if !version.starts_with("3.") {
        found.push(not_openapi(document.line(top.node)));
        return None;
    }
    let mut schemas = Schemas::new(document);
    let mut imported = Imported::default();
    let mut names = Vec::new();
    for (path, item) in top.get("paths").map(|paths| paths.entries()).unwrap_or_default() {
        for (method, at) in operation::methods(document, &item, &mut schemas.found) {
            let name = operation::name(&at, method, &path.value);
            if at.flag("x-flowc-skip") {
                continue;
            }
            names.push(name.clone());
            if wanted.is_some_and(|wanted| !wanted.iter().any(|one| one.value == name)) {
                continue;
            }
            imported.operations.extend(operation::read(&mut schemas, &path, &item, method, &at, name));
        }
    }
    for word in wanted.unwrap_or_default().iter().filter(|word| !names.contains(&word.value)) {
        let message = format!("the document has no operation `{}`", word.value);
        let finding = Diagnostic::new(Code::F0810, message, word.span, "nothing is imported");
        found.push(finding.did_you_mean(&word.value, names.iter().map(String::as_str)));
    }
    imported.types = schemas.finish();
    found.append(&mut schemas.found);
    Some(imported)
}

/// Something that cannot be brought into a type or an operation of ours.
fn refused(document: &Document, node: &Node, path: &str, why: &str, help: &str) -> Diagnostic {
    let message = format!("`{path}` cannot be imported");
    Diagnostic::new(Code::F0811, message, document.line(node), why).help(help)
}
