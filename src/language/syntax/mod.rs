//! Text to [`ast`], in both spellings: every key and scalar with its place, as many syntax findings a run as there are.
//!
//! Knows the shape of the language ([`fields`]); never what a name stands for.

pub mod ast;

mod bounds;

pub mod calendar;

mod clauses;

pub mod comments;

mod edges;

mod error;

pub mod expr;

pub mod fields;

mod grammar;

pub(crate) mod hidden;

mod keys;

mod library;

pub mod literal;

mod native;

pub mod openapi;

pub(crate) mod operators;

pub mod place;

mod policy;

pub mod purpose;

mod routes;

mod script;

pub mod service;

mod steps;

pub mod template;

mod tokens;

mod types;

mod yaml;

use crate::language::diagnostic::{self, Diagnostic};
use crate::language::source::{FileId, Sources, Span, Word};

/// What a YAML file is, by its first key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// `calendar: …`.
    Calendar,
    /// `flowc: 1`, `flow: …`.
    Flow,
    /// `prompts: …`.
    Library,
    /// `openapi: …`: a document that services import.
    OpenApi,
    /// `scenario: …`.
    Script,
    /// `service: …`.
    Service,
}

/// What a YAML file is; `None` when no key at its top says. (`flow` alone does not tell: a script names its flow too.)
#[must_use]
pub fn yaml_file_kind(text: &str) -> Option<FileKind> {
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
    let keys = || text.lines().filter_map(|line| line.split_once(':')).map(|(key, _)| key.trim_end());
    let told = keys().find_map(|key| match key.trim_matches(['"', '\'']) {
        "calendar" => Some(FileKind::Calendar),
        "flowc" => Some(FileKind::Flow),
        "prompts" => Some(FileKind::Library),
        "scenario" => Some(FileKind::Script),
        "service" => Some(FileKind::Service),
        _ => None,
    });
    let told = told.or_else(|| keys().any(|key| key == "openapi").then_some(FileKind::OpenApi));
    told.or_else(|| keys().any(|key| key == "flow").then_some(FileKind::Flow))
}

/// Reads a flow in its spelling. There always is a flow, perhaps a partial one; findings come in order of their places.
#[must_use]
pub fn read_flow(sources: &Sources, file: FileId, spelling: ast::Spelling) -> (ast::Flow, Vec<Diagnostic>) {
    let (flow, _, found) = read_flow_with_comments(sources, file, spelling);
    (flow, found)
}

/// The same, with the comments, for those who write the flow again.
#[must_use]
pub fn read_flow_with_comments(
    sources: &Sources,
    file: FileId,
    spelling: ast::Spelling,
) -> (ast::Flow, comments::Comments, Vec<Diagnostic>) {
    let text = sources.source(file).text();
    if text.len() > error::MAX_BYTES {
        let flow = ast::Flow { partial: true, ..ast::Flow::empty(file, spelling) };
        let found = vec![error::too_large(Span::new(file, 0, 0), text.len())];
        return (flow, comments::Comments::default(), found);
    }
    let (mut flow, comments, mut found) = match spelling {
        ast::Spelling::Native => native::read(text, file),
        ast::Spelling::Yaml => yaml::read(text, file),
    };
    bounds::flow(&mut flow, &mut found);
    diagnostic::tidy(&mut found);
    error::cap(&mut found);
    (flow, comments, found)
}

/// Reads a prompt library (`prompts: NAME`); `None` when it is none.
#[must_use]
pub fn read_library(sources: &Sources, file: FileId) -> (Option<ast::Library>, Vec<Diagnostic>) {
    read_with(sources, file, |text, file| {
        let (mut library, mut found) = library::read(text, file);
        if let Some(library) = &mut library {
            bounds::library(library, &mut found);
        }
        (library, found)
    })
}

/// Reads a service (`service: NAME`); `None` when it is none.
#[must_use]
pub fn read_service(sources: &Sources, file: FileId) -> (Option<service::Service>, Vec<Diagnostic>) {
    read_with(sources, file, service::read::read)
}

/// Reads an OpenAPI document; `None` when it is none. `wanted` names the operations to import, all where it is `None`.
#[must_use]
pub fn read_openapi(
    sources: &Sources,
    file: FileId,
    wanted: Option<&[Word]>,
) -> (Option<openapi::Imported>, Vec<Diagnostic>) {
    read_with(sources, file, |text, file| openapi::read(text, file, wanted))
}

/// Reads a calendar (`calendar: NAME`); `None` when it is none.
#[must_use]
pub fn read_calendar(sources: &Sources, file: FileId) -> (Option<calendar::Calendar>, Vec<Diagnostic>) {
    read_with(sources, file, calendar::read)
}

/// Reads `routes.yaml`; `None` when nothing of it can be read.
#[must_use]
pub fn read_routes(sources: &Sources, file: FileId) -> (Option<ast::Routes>, Vec<Diagnostic>) {
    read_with(sources, file, routes::read)
}

/// Reads a caller's script (`scenario: …`); `None` when it is none.
#[must_use]
pub fn read_script(sources: &Sources, file: FileId) -> (Option<ast::Script>, Vec<Diagnostic>) {
    read_with(sources, file, script::read)
}

fn read_with<T>(
    sources: &Sources,
    file: FileId,
    read: impl Fn(&str, FileId) -> (Option<T>, Vec<Diagnostic>),
) -> (Option<T>, Vec<Diagnostic>) {
    let text = sources.source(file).text();
    if text.len() > error::MAX_BYTES {
        return (None, vec![error::too_large(Span::new(file, 0, 0), text.len())]);
    }
    let (tree, mut found) = read(text, file);
    diagnostic::tidy(&mut found);
    error::cap(&mut found);
    (tree, found)
}

#[cfg(test)]
mod tests;
