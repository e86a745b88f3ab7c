//! Text to [`ast`], in both spellings: every key and scalar with its place, as many syntax findings a run as there are.
//!
//! Knows the shape of the language ([`fields`]); never what a name stands for.

pub mod ast;

mod clauses;

mod edges;

mod error;

pub mod expr;

pub mod fields;

mod grammar;

mod keys;

pub mod literal;

mod native;

mod operators;

pub mod place;

pub mod template;

mod tokens;

mod types;

mod yaml;

use crate::language::diagnostic::{self, Diagnostic};
use crate::language::source::{FileId, Sources, Span};

/// Reads a flow in its spelling. There always is a flow, perhaps a partial one; findings come in order of their places.
#[must_use]
pub fn read_flow(sources: &Sources, file: FileId, spelling: ast::Spelling) -> (ast::Flow, Vec<Diagnostic>) {
    let text = sources.source(file).text();
    if text.len() > error::MAX_BYTES {
        let flow = ast::Flow { partial: true, ..ast::Flow::empty(file, spelling) };
        return (flow, vec![error::too_large(Span::new(file, 0, 0), text.len())]);
    }
    let (flow, mut found) = match spelling {
        ast::Spelling::Native => native::read(text, file),
        ast::Spelling::Yaml => yaml::read(text, file),
    };
    diagnostic::tidy(&mut found);
    error::cap(&mut found);
    (flow, found)
}

#[cfg(test)]
mod tests;
