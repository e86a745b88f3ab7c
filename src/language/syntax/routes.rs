//! `routes.yaml` to [`Routes`]: a line a number, with the flow that answers it.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::FileId;
use crate::language::syntax::ast::{RouteLine, Routes};
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::{Entry, NodeKind};

const EXAMPLE: &str = "`\"+18005550100\": front_desk`";
const LONG: &str = "`\"+18005550100\": { flow: front_desk, locale: cy-GB }`";
const FIELDS: [&str; 3] = ["flow", "locale", "voice"];

/// Reads the routes; an empty file has none.
pub(crate) fn read(text: &str, file: FileId) -> (Option<Routes>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let mut shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let Some(root) = document.root else { return (None, shapes.found) };
    if matches!(root.kind, NodeKind::Empty) {
        return (Some(Routes { lines: Vec::new() }), shapes.found);
    }
    let lines = match shapes.map(&root, "numbers with the flows that answer them", EXAMPLE) {
        Some(entries) => entries.iter().filter_map(|entry| line(entry, &mut shapes)).collect(),
        None => Vec::new(),
    };
    (Some(Routes { lines }), shapes.found)
}

fn line(entry: &Entry, shapes: &mut Shapes<'_>) -> Option<RouteLine> {
    let number = entry.key.clone();
    let NodeKind::Map(fields) = &entry.value.kind else {
        let flow = shapes.word(&entry.value, "a flow", EXAMPLE)?;
        return Some(RouteLine { number, flow, locale: None, voice: None });
    };
    for field in fields.iter().filter(|field| !FIELDS.contains(&field.key.value.as_str())) {
        shapes.unknown(&field.key, "a route", &FIELDS);
    }
    let named = |name: &str| fields.iter().find(|field| field.key.value == name);
    let Some(flow) = named("flow") else {
        shapes.missing("flow", entry.value.span, LONG);
        return None;
    };
    let flow = shapes.word(&flow.value, "a flow", LONG);
    let mut word = |name: &str, what: &str| named(name).and_then(|field| shapes.word(&field.value, what, LONG));
    let (locale, voice) = (word("locale", "a locale"), word("voice", "a voice"));
    Some(RouteLine { number, flow: flow?, locale, voice })
}
