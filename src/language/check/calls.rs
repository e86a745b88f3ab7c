//! Functions and methods of expressions.

use crate::language::check::exprs::{Exprs, Typed};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::expr as written;

const FUNCTIONS: &[&str] = &["has", "size"];
const METHODS: &[&str] = &["last", "orValue", "size"];
const NOT_YET: &[&str] = &["all", "exists", "filter", "in_zone", "map", "matches", "spoken"];

/// `has(a)`, `size(a)`.
pub fn function(exprs: &mut Exprs, name: &Word, args: &[written::Expr], span: Span) -> Option<Typed> {
    match (name.value.as_str(), args) {
        ("has", [arg]) => has(exprs, arg),
        ("size", [arg]) => size(exprs, arg),
        ("has" | "size", _) => exprs.refuse(arguments(name, 1, args.len(), span)),
        (other, _) => exprs.refuse(unknown("function", other, FUNCTIONS, name.span)),
    }
}

/// `a.orValue(b)`, `a.last(4)`, `a.size()`.
pub fn method(
    exprs: &mut Exprs,
    value: &written::Expr,
    name: &Word,
    args: &[written::Expr],
    span: Span,
) -> Option<Typed> {
    match (name.value.as_str(), args) {
        ("orValue", [otherwise]) => or_value(exprs, value, otherwise, span),
        ("last", [count]) => last(exprs, value, count),
        ("size", []) => size(exprs, value),
        ("orValue" | "last", _) => exprs.refuse(arguments(name, 1, args.len(), span)),
        ("size", _) => exprs.refuse(arguments(name, 0, args.len(), span)),
        (other, _) => exprs.refuse(unknown("method", other, METHODS, name.span)),
    }
}

fn has(exprs: &mut Exprs, arg: &written::Expr) -> Option<Typed> {
    // What is asked for here need not be there, so nothing that reading it would need is needed.
    let needs = exprs.needs.len();
    let typed = exprs.infer(arg)?;
    let span = arg.span.0;
    if !typed.ty.is_optional() {
        exprs.needs.truncate(needs);
        return exprs.refuse(
            Diagnostic::new(Code::F0408, "`has()` of a value that is always there", span, format!("`{}`", typed.ty))
                .help("only a type with `?` may be absent"),
        );
    }
    Some(Typed { expr: Expr::Has(Box::new(typed.expr)), ty: Type::Bool })
}

fn size(exprs: &mut Exprs, value: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value)?;
    match typed.ty {
        Type::Text | Type::Digits { .. } | Type::List(_) => {
            Some(Typed { expr: Expr::Size(Box::new(typed.expr)), ty: Type::Int })
        }
        ref other => exprs.refuse(no_method("size", other, value.span.0)),
    }
}

fn or_value(exprs: &mut Exprs, value: &written::Expr, otherwise: &written::Expr, span: Span) -> Option<Typed> {
    let typed = exprs.infer(value)?;
    let Type::Optional(inner) = typed.ty else {
        return exprs.refuse(
            Diagnostic::new(Code::F0408, "`.orValue()` of a value that is always there", span, "never used")
                .help("only a type with `?` may be absent"),
        );
    };
    let otherwise = exprs.check(otherwise, &inner)?;
    Some(Typed { expr: Expr::OrValue(Box::new(typed.expr), Box::new(otherwise)), ty: *inner })
}

fn last(exprs: &mut Exprs, value: &written::Expr, count: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value);
    let count = exprs.check(count, &Type::Int);
    let (typed, count) = (typed?, count?);
    let ty = match (&typed.ty, &count) {
        (Type::Text, _) => Type::Text,
        (Type::Digits { min, max }, Expr::Const(Value::Int(n))) => {
            let n = u32::try_from(*n).unwrap_or(0);
            Type::Digits { min: n.min(*min), max: n.min(*max) }
        }
        (Type::Digits { max, .. }, _) => Type::Digits { min: 0, max: *max },
        (other, _) => return exprs.refuse(no_method("last", other, value.span.0)),
    };
    Some(Typed { expr: Expr::Last(Box::new(typed.expr), Box::new(count)), ty })
}

fn no_method(name: &str, ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0408, format!("`{ty}` has no `{name}`"), span, format!("this is `{ty}`"))
}

fn arguments(name: &Word, wanted: usize, got: usize, span: Span) -> Diagnostic {
    let message = format!("`{}` takes {wanted} argument{}", name.value, if wanted == 1 { "" } else { "s" });
    Diagnostic::new(Code::F0408, message, span, format!("{got} given"))
}

fn unknown(what: &str, name: &str, known: &[&'static str], span: Span) -> Diagnostic {
    if NOT_YET.contains(&name) {
        return Diagnostic::new(Code::F0011, format!("`{name}` is not offered yet"), span, "not in this release");
    }
    Diagnostic::new(Code::F0408, format!("unknown {what} `{name}`"), span, format!("no {what} has this name"))
        .help(format!("known: {}", known.join(", ")))
        .did_you_mean(name, known.iter().copied())
}
