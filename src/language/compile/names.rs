//! Names of a project: flows, libraries, services and calendars share one name space.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use std::collections::BTreeMap;

/// Says which names stand twice.
pub fn once(flows: &[CompiledFlow], others: &[(&'static str, String, Span)], diagnostics: &mut Vec<Diagnostic>) {
    let flows = flows.iter().filter(|flow| !flow.name.is_empty()).map(|flow| ("flow", flow.name.as_str(), flow.span));
    let others = others.iter().map(|(what, name, span)| (*what, name.as_str(), *span));
    let mut seen: BTreeMap<&str, (&str, Span)> = BTreeMap::new();
    for (what, name, span) in flows.chain(others) {
        let Some((first, first_span)) = seen.get(name) else {
            seen.insert(name, (what, span));
            continue;
        };
        let message = format!("{first} and {what} share the name `{name}`");
        diagnostics.push(
            Diagnostic::new(Code::F0605, message, span, "the name again")
                .and(*first_span, "the name first")
                .help("give one of them another name; the two spellings of one flow lie beside each other"),
        );
    }
}
