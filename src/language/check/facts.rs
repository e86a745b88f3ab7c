//! What conditions show to be there: `has(x)` and what is made of it.

use crate::language::flow::expr::{Expr, Op};
use crate::language::flow::value::Value;
use std::collections::BTreeSet;

/// What a value is called, when it is a name or a field of one.
#[must_use]
pub fn path(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Read(slot) => Some(slot.to_string()),
        Expr::Item(name) => Some(name.clone()),
        Expr::Field(record, name) | Expr::OptionalField(record, name) => Some(format!("{}.{name}", path(record)?)),
        _ => None,
    }
}

/// What is known to be there once `condition` has come out as `truth`.
#[must_use]
pub fn facts(condition: &Expr, truth: bool) -> BTreeSet<String> {
    let shown = Shown::by(condition);
    if truth { shown.when_true } else { shown.when_false }
}

/// What a condition shows either way; found in one pass, since each part matters both ways.
#[derive(Default)]
struct Shown {
    when_true: BTreeSet<String>,
    when_false: BTreeSet<String>,
}

impl Shown {
    fn by(condition: &Expr) -> Shown {
        match condition {
            Expr::Has(inner) => Shown { when_true: prefixes(inner), when_false: BTreeSet::new() },
            Expr::Not(inner) => {
                let Shown { when_true, when_false } = Shown::by(inner);
                Shown { when_true: when_false, when_false: when_true }
            }
            Expr::Binary(Op::And, a, b) => {
                let (a, b) = (Shown::by(a), Shown::by(b));
                Shown { when_true: &a.when_true | &b.when_true, when_false: &a.when_false & &b.when_false }
            }
            Expr::Binary(Op::Or, a, b) => {
                let (a, b) = (Shown::by(a), Shown::by(b));
                Shown { when_true: &a.when_true & &b.when_true, when_false: &a.when_false | &b.when_false }
            }
            Expr::Conditional(condition, a, b) => Shown::by_branches(&Shown::by(condition), a, b),
            _ => Shown::default(),
        }
    }

    /// What holds in both branches, or in the only one that can come out so.
    fn by_branches(condition: &Shown, a: &Expr, b: &Expr) -> Shown {
        let (first, second) = (Shown::by(a), Shown::by(b));
        let join = |truth: bool| {
            let of = |shown: &Shown| if truth { shown.when_true.clone() } else { shown.when_false.clone() };
            let never = |branch: &Expr| *branch == Expr::Const(Value::Bool(!truth));
            let in_first = &condition.when_true | &of(&first);
            let in_second = &condition.when_false | &of(&second);
            match (never(a), never(b)) {
                (false, true) => in_first,
                (true, false) => in_second,
                (false, false) | (true, true) => &in_first & &in_second,
            }
        };
        Shown { when_true: join(true), when_false: join(false) }
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
