//! What conditions show to be there: `has(x)` and what is made of it.

use crate::language::flow::expr::{Expr, Op};
use std::collections::BTreeSet;

/// What a value is called, when it is a name or a field of one.
#[must_use]
pub fn path(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Read(slot) => Some(slot.to_string()),
        Expr::Field(record, name) | Expr::OptionalField(record, name) => Some(format!("{}.{name}", path(record)?)),
        _ => None,
    }
}

/// What is known to be there once `condition` has come out as `truth`.
#[must_use]
pub fn facts(condition: &Expr, truth: bool) -> BTreeSet<String> {
    match condition {
        Expr::Has(inner) if truth => prefixes(inner),
        Expr::Not(inner) => facts(inner, !truth),
        Expr::Binary(op @ (Op::And | Op::Or), a, b) => {
            let (a, b) = (facts(a, truth), facts(b, truth));
            if (*op == Op::And) == truth { &a | &b } else { &a & &b }
        }
        _ => BTreeSet::new(),
    }
}

/// A value that is there has its record there too.
fn prefixes(expr: &Expr) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = path(expr).into_iter().collect();
    if let Expr::Field(record, _) | Expr::OptionalField(record, _) = expr {
        found.extend(prefixes(record));
    }
    found
}
