//! The settings of a project: flows that read one declare it with one type.

use crate::language::compile::CompiledFlow;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::types::Type;
use crate::language::source::Span;
use std::collections::BTreeMap;

/// Says which settings are declared with another type than by an earlier flow. Of flows in error nothing is said.
pub fn agree(flows: &[CompiledFlow], diagnostics: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&str, (&Type, Span)> = BTreeMap::new();
    for flow in flows {
        let Some(program) = &flow.program else { continue };
        for (name, span) in &flow.settings {
            let Some(ty) = program.settings.get(name) else { continue };
            let (first, first_span) = *seen.entry(name).or_insert((ty, *span));
            if ty == first {
                continue;
            }
            let message = format!("the setting `{name}` is `{ty}` here and `{first}` in another flow");
            diagnostics.push(
                Diagnostic::new(Code::F0608, message, *span, format!("`{ty}` here"))
                    .and(first_span, format!("`{first}` here"))
                    .help("a project gives a setting one value: declare it with one type, or give one of them another name"),
            );
        }
    }
}
