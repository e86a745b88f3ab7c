//! Who may be dialled: never whom the caller names. What people press and what `call.from` says is not trusted.

use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::source::Span;
use crate::language::syntax::expr::{Expr, ExprKind};
use std::collections::BTreeSet;

/// A finding where the target of a dial or transfer is, on some way, an untrusted value. `heard` are the variables that
/// recognitions save to.
#[must_use]
pub fn target(expr: &Expr, heard: &BTreeSet<&str>) -> Option<Diagnostic> {
    let (what, span) = untrusted(expr, heard)?;
    Some(
        Diagnostic::new(
            Code::F0409,
            "an untrusted value would be dialled",
            expr.span.0,
            "whoever calls chooses this number",
        )
        .and(span, what)
        .help("take the number from a setting or a parameter"),
    )
}

fn untrusted(expr: &Expr, heard: &BTreeSet<&str>) -> Option<(String, Span)> {
    let span = expr.span.0;
    match &expr.kind {
        ExprKind::Name(name) if heard.contains(name.as_str()) => {
            Some((format!("`{name}` is what somebody pressed"), span))
        }
        ExprKind::Field(record, name) => match &record.kind {
            ExprKind::Name(root) if root == "call" && name.value == "from" => {
                Some(("`call.from` is what the caller claims".to_owned(), span))
            }
            _ => untrusted(record, heard),
        },
        ExprKind::OptionalField(value, _) => untrusted(value, heard),
        ExprKind::Method(value, _, args) => {
            untrusted(value, heard).or_else(|| args.iter().find_map(|arg| untrusted(arg, heard)))
        }
        ExprKind::Binary(_, a, b) => untrusted(a, heard).or_else(|| untrusted(b, heard)),
        // What is asked decides which of two values is taken; it is not itself dialled.
        ExprKind::Conditional(_, a, b) => untrusted(a, heard).or_else(|| untrusted(b, heard)),
        ExprKind::List(items) => items.iter().find_map(|item| untrusted(item, heard)),
        ExprKind::Bool(_)
        | ExprKind::Broken
        | ExprKind::Call(..)
        | ExprKind::Decimal(_)
        | ExprKind::Duration(_)
        | ExprKind::Int(_)
        | ExprKind::Name(_)
        | ExprKind::Text(_)
        | ExprKind::Unary(..) => None,
    }
}
