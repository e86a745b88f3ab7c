//! The audio files that flows and prompt libraries name.

use crate::language::source::{FileId, Sources, Word};
use crate::language::syntax;
use crate::language::syntax::ast::{self, Condition, Prompt, PromptPart, Spelling, Value, Wording};
use std::collections::BTreeMap;

/// Every path within the project, with the first place where it is named.
#[must_use]
pub fn named(sources: &Sources, flows: &[(FileId, Spelling)], libraries: &[FileId]) -> BTreeMap<String, Word> {
    let mut paths: BTreeMap<String, Word> = BTreeMap::new();
    let mut name = |file: &Word| {
        let path = file.value.trim();
        if !path.contains("://") {
            paths.entry(path.to_owned()).or_insert_with(|| file.clone());
        }
    };
    for (file, spelling) in flows {
        let flow = syntax::read_flow(sources, *file, *spelling).0;
        prompts(&flow).iter().flat_map(|prompt| &prompt.parts).for_each(|part| match part {
            PromptPart::File(file) => name(file),
            PromptPart::Named { .. } | PromptPart::Text(_) | PromptPart::TextExpr(_) | PromptPart::Ssml(_) => {}
        });
    }
    for library in libraries.iter().filter_map(|file| syntax::read_library(sources, *file).0) {
        for (_, wording) in library.prompts.iter().flat_map(|prompt| &prompt.wordings) {
            match wording {
                Wording::File { file, .. } => name(file),
                Wording::Text(_) | Wording::Ssml(_) => {}
            }
        }
    }
    paths
}

/// The prompts of a flow.
fn prompts(flow: &ast::Flow) -> Vec<&Prompt> {
    let options = flow.states.iter().flat_map(|state| state.options.iter().map(|option| &option.value));
    let mut found: Vec<&Prompt> = Vec::new();
    for value in flow.states.iter().filter_map(|state| state.operand.as_ref()).chain(options) {
        match value {
            Value::Prompt(prompt) => found.push(prompt),
            Value::Reprompt(reprompt) => found.extend(reprompt.no_input.iter().chain(&reprompt.no_match)),
            Value::Expr(_)
            | Value::Flag(_)
            | Value::Headers(..)
            | Value::List(..)
            | Value::Literal(_)
            | Value::Request { .. }
            | Value::Retry(_) => {}
        }
    }
    for condition in flow.groups.iter().flat_map(|group| &group.conditions) {
        match condition {
            Condition::Hold { music, .. } => found.extend(music),
            Condition::Recording(_) | Condition::Streaming(_) | Condition::Transcription(_) => {}
        }
    }
    found
}
