//! Services: written to typed, checked by themselves even where nothing uses them.

mod constants;

mod named;

mod operations;

mod places;

use crate::language::check::service::named::Named;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::service::{self as flow, MOST_OPERATIONS, Operation};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast::TypeExpr;
use crate::language::syntax::openapi::Imported;
use crate::language::syntax::service as written;
use std::collections::BTreeMap;

/// A service, checked. What is in error is `None`: a finding has said so, and what uses it stays quiet.
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its types by name.
    pub types: BTreeMap<String, Entry<Type>>,
    /// Its constants by name.
    pub constants: BTreeMap<String, Entry<(Type, Value)>>,
    /// Its operations by name.
    pub operations: BTreeMap<String, Entry<Operation>>,
    /// Where it is.
    pub url: Option<Expr>,
    /// Headers of every request.
    pub headers: Option<BTreeMap<String, Expr>>,
    /// Something it declares could not be read: names may be missing, and nothing is said of unknown ones.
    pub incomplete: bool,
}

/// Something a service declares.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// Where its name stands.
    pub span: Span,
    /// What it is; `None` when it is in error.
    pub value: Option<T>,
}

impl Service {
    /// What a program keeps of the service; `None` when the service itself is in error. Operations in error are left out: a
    /// flow that uses one has no program.
    #[must_use]
    pub fn model(&self) -> Option<flow::Service> {
        let whole = |(name, entry): (&String, &Entry<Operation>)| Some((name.clone(), entry.value.clone()?));
        Some(flow::Service {
            name: self.name.clone(),
            url: self.url.clone()?,
            headers: self.headers.clone()?,
            operations: self.operations.iter().filter_map(whole).collect(),
        })
    }
}

/// Checks a service, with what it imports. `incomplete`: something of it could not be read.
pub fn check(
    written: &written::Service,
    imported: Imported,
    incomplete: bool,
    findings: &mut Vec<Diagnostic>,
) -> Service {
    let types = all_types(&written.types, imported.types);
    let operations = all_operations(&written.operations, imported.operations, findings);
    let mut named = Named::new(&types, incomplete);
    let types = named.all(findings);
    let constants = constants::all(&written.constants, &mut named, findings);
    let operations = operations
        .iter()
        .map(|operation| {
            let value = operations::check(operation, &mut named, findings);
            (operation.name.value.clone(), Entry { span: operation.name.span, value })
        })
        .collect();
    Service {
        name: written.name.value.clone(),
        span: written.name.span,
        types,
        constants,
        operations,
        url: written.url.as_ref().and_then(|url| places::url(url, findings)),
        headers: places::headers(&written.headers, findings),
        incomplete,
    }
}

/// The file's own types, and those of the document that it does not replace.
fn all_types(own: &[(Word, TypeExpr)], imported: Vec<(Word, TypeExpr)>) -> Vec<(Word, TypeExpr)> {
    let replaced = |name: &Word| own.iter().any(|(known, _)| known.value == name.value);
    let rest = imported.into_iter().filter(|(name, _)| !replaced(name));
    own.iter().cloned().chain(rest).collect()
}

/// The document's operations with what the file says of them on top, and the file's own besides.
fn all_operations(
    own: &[written::Operation],
    imported: Vec<written::Operation>,
    findings: &mut Vec<Diagnostic>,
) -> Vec<written::Operation> {
    let mut all: Vec<written::Operation> = Vec::new();
    for operation in imported {
        match all.iter().find(|known| known.name.value == operation.name.value) {
            None => all.push(operation),
            Some(first) => findings.push(
                Diagnostic::new(
                    Code::F0103,
                    format!("operation `{}` is declared twice", operation.name.value),
                    operation.name.span,
                    "another operation of the document has this name",
                )
                .and(first.name.span, "first declared here")
                .help("give one of them another `operationId`"),
            ),
        }
    }
    for operation in own {
        match all.iter_mut().find(|known| known.name.value == operation.name.value) {
            None => all.push(operation.clone()),
            Some(known) => *known = known.clone().overlaid(operation.clone()),
        }
    }
    if let Some(first) = all.get(MOST_OPERATIONS) {
        let message = format!("more than {MOST_OPERATIONS} operations in one service");
        findings.push(
            Diagnostic::new(Code::F0007, message, first.name.span, "the rest is left unread")
                .help("name those that are wanted: `openapi: { file: …, operations: [find] }`"),
        );
        all.truncate(MOST_OPERATIONS);
    }
    all
}
