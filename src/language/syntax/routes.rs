//! `routes.yaml` to the numbers and the names of their flows, in the order written.

use crate::language::diagnostic::Diagnostic;
use crate::language::source::{FileId, Word};
use crate::language::syntax::yaml::faults;
use crate::language::syntax::yaml::shapes::Shapes;
use crate::language::syntax::yaml::tree::NodeKind;

const ROUTE: &str = "`\"+18005550100\": front_desk`";

/// Reads the routes; what cannot be read is said, and left out.
pub(crate) fn read(text: &str, file: FileId) -> (Option<Vec<(Word, Word)>>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let document = faults::read(text, file, &mut found);
    let mut shapes = Shapes { text, file, comments: document.comments, blanked: document.blanked, found };
    let mut routes = Vec::new();
    let root = document.root.filter(|root| !matches!(root.kind, NodeKind::Empty));
    let entries = root.as_ref().and_then(|root| shapes.map(root, "numbers with the flows that answer them", ROUTE));
    for entry in entries.unwrap_or_default() {
        if let Some(flow) = shapes.word(&entry.value, "the name of a flow", ROUTE) {
            routes.push((entry.key.clone(), flow));
        }
    }
    (Some(routes), shapes.found)
}
