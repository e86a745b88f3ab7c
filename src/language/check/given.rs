//! What is given to states: words of closed lists, expressions, headers, arguments.

use crate::language::check::exprs::{Exprs, Typed};
use crate::language::check::literals;
use crate::language::check::states;
use crate::language::check::trust::Place;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::eval::eval;
use crate::language::flow::expr::{Expr, Slot};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::ast;
use crate::language::syntax::expr as written;
use std::cell::Cell;

/// An argument that is asked for.
pub(super) struct Wanted {
    /// Its name.
    pub(super) name: String,
    /// Its type; `None` for one in error.
    pub(super) ty: Option<Type>,
    /// Whether it must be given.
    pub(super) required: bool,
    /// Whether it may be a secret.
    pub(super) secret: bool,
}

/// A word of a closed list.
pub(super) fn listed<T: Copy>(word: &Word, all: &[(T, &'static str)], what: &str, exprs: &mut Exprs) -> Option<T> {
    if let Some((value, _)) = all.iter().find(|(_, written)| *written == word.value) {
        return Some(*value);
    }
    let words: Vec<&str> = all.iter().map(|(_, written)| *written).collect();
    exprs.refuse(
        Diagnostic::new(Code::F0401, format!("`{}` is not {what}", word.value), word.span, "not one of them")
            .help(format!("there are {}", words.join(", ")))
            .misspelt(&word.value, words.iter().copied()),
    )
}

/// An expression of a type that may stand in this place, where a text may also stand as a literal.
pub(super) fn expression(value: &ast::Value, ty: &Type, place: Place, exprs: &mut Exprs) -> Option<Expr> {
    match value {
        ast::Value::Expr(expr) => exprs.check_at(expr, ty, place),
        ast::Value::Literal(word) => Some(Expr::Const(Value::Text(word.value.clone()))),
        _ => None,
    }
}

/// The value of an expression that reads nothing, and so has one before any call.
pub(super) fn known(expr: &Expr) -> Option<Value> {
    let reads = Cell::new(false);
    let scope = |_: &Slot| {
        reads.set(true);
        None
    };
    let value = eval(expr, &scope).ok()?;
    (!reads.get()).then_some(value)
}

/// A locale that the platform is told.
pub(super) fn locale(value: &ast::Value, exprs: &mut Exprs) -> Option<Expr> {
    match value {
        ast::Value::Literal(word) => {
            let locale = exprs.found(literals::locale(word))?;
            Some(Expr::Const(Value::Text(locale)))
        }
        other => expression(other, &Type::Text, Place::Platform, exprs),
    }
}

pub(super) fn maybe_duration(
    value: Option<&ast::Value>,
    bounds: &literals::Bounds,
    exprs: &mut Exprs,
) -> Option<Option<Expr>> {
    match value {
        Some(value) => states::duration(Some(value), 0, bounds, exprs).map(Some),
        None => Some(None),
    }
}

/// An argument that is given.
pub(super) struct Argument {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: Typed,
    /// Where the value stands.
    pub(super) span: Span,
}

/// Arguments as a state has them.
pub(super) fn exprs(args: Vec<Argument>) -> Vec<(String, Expr)> {
    args.into_iter().map(|arg| (arg.name, arg.value.expr)).collect()
}

/// Arguments against what is asked for: each known, of its type, none missing, none twice.
pub(super) fn arguments(
    given: &[(Word, written::Expr)],
    wanted: &[Wanted],
    called: &Word,
    exprs: &mut Exprs,
) -> Option<Vec<Argument>> {
    let mut args = Vec::new();
    let mut seen: Vec<(&str, Span)> = Vec::new();
    let mut whole = true;
    for (name, value) in given {
        if let Some((_, first)) = seen.iter().find(|(seen, _)| *seen == name.value) {
            let message = format!("argument `{}` is given twice", name.value);
            exprs.findings.push(
                Diagnostic::new(Code::F0107, message, name.span, "the second time").and(*first, "the first time"),
            );
            whole = false;
            continue;
        }
        seen.push((&name.value, name.span));
        let Some(one) = wanted.iter().find(|wanted| wanted.name == name.value) else {
            let known: Vec<&str> = wanted.iter().map(|wanted| wanted.name.as_str()).collect();
            let all =
                if known.is_empty() { "it takes none".to_owned() } else { format!("it takes {}", known.join(", ")) };
            let message = format!("`{}` takes no `{}`", called.value, name.value);
            let finding = Diagnostic::new(Code::F0107, message, name.span, "no such argument");
            exprs.findings.push(finding.help(all).did_you_mean(&name.value, known.iter().copied()));
            whole = false;
            continue;
        };
        let place = Place::Argument { secret: one.secret };
        match one.ty.as_ref().and_then(|ty| exprs.check_typed_at(value, ty, place)) {
            Some(typed) => args.push(Argument { name: name.value.clone(), value: typed, span: value.span.0 }),
            None => whole = false,
        }
    }
    let missing: Vec<String> = wanted
        .iter()
        .filter(|wanted| wanted.required && !seen.iter().any(|(seen, _)| *seen == wanted.name))
        .map(|wanted| format!("`{}`", wanted.name))
        .collect();
    // A misspelt argument has been said; what it was meant for is not missing as well.
    if !missing.is_empty() && whole {
        let message = format!("`{}` is not given {}", called.value, missing.join(", "));
        let example =
            missing.iter().map(|name| format!("{}: …", name.trim_matches('`'))).collect::<Vec<_>>().join(", ");
        exprs.findings.push(
            Diagnostic::new(Code::F0107, message, called.span, "an argument is missing")
                .help(format!("write `{}({example})`, in YAML `args: {{ {example} }}`", called.value)),
        );
        whole = false;
    }
    whole.then_some(args)
}
