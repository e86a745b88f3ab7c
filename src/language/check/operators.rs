//! Operators of expressions: which types go together, and what comes of them. One table, [`result`]; everything else asks it.

use crate::language::check::exprs::{Exprs, Typed, read_as};
use crate::language::check::literals;
use crate::language::check::types::{alike, fits};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Expr, Op};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use crate::language::syntax::expr as written;

/// What comes of arithmetic or a comparison by order; `None` where the types do not go together.
#[must_use]
pub fn result(op: Op, a: &Type, b: &Type) -> Option<Type> {
    match (op, a, b) {
        (Op::Lt | Op::Le | Op::Gt | Op::Ge, a, b) => (a == b && has_order(a)).then_some(Type::Bool),
        (Op::Add | Op::Sub, Type::Decimal, Type::Decimal)
        | (Op::Add | Op::Sub, Type::Duration, Type::Duration)
        | (Op::Add | Op::Sub, Type::Int, Type::Int)
        | (Op::Add | Op::Sub, Type::Money, Type::Money)
        | (Op::Add | Op::Sub, Type::Time, Type::Duration)
        | (Op::Add, Type::Text, Type::Text)
        | (Op::Mul | Op::Div, Type::Decimal, Type::Decimal)
        | (Op::Mul | Op::Div, Type::Duration, Type::Int)
        | (Op::Mul | Op::Div, Type::Int, Type::Int)
        | (Op::Mul | Op::Div, Type::Money, Type::Decimal | Type::Int) => Some(a.clone()),
        (Op::Add, Type::Duration, Type::Time)
        | (Op::Mul, Type::Int, Type::Duration | Type::Money)
        | (Op::Mul, Type::Decimal, Type::Money) => Some(b.clone()),
        (Op::Sub, Type::Time, Type::Time) => Some(Type::Duration),
        (Op::Add, Type::List(_), Type::List(_)) if fits(a, b) => Some(b.clone()),
        (Op::Add, Type::List(_), Type::List(_)) if fits(b, a) => Some(a.clone()),
        _ => None,
    }
}

fn has_order(ty: &Type) -> bool {
    matches!(ty, Type::Date | Type::Decimal | Type::Duration | Type::Int | Type::LocalTime | Type::Money | Type::Time)
}

/// The types that go with one on the left of an operator.
fn partners(op: Op, left: &Type) -> Vec<Type> {
    let known =
        [Type::Date, Type::Decimal, Type::Duration, Type::Int, Type::LocalTime, Type::Money, Type::Text, Type::Time];
    known.into_iter().chain([left.clone()]).filter(|right| result(op, left, right).is_some()).collect()
}

/// `!a`, `-a`.
pub fn unary(exprs: &mut Exprs, op: written::Unary, inner: &written::Expr) -> Option<Typed> {
    match (op, &inner.kind) {
        (written::Unary::Neg, written::ExprKind::Int(n)) => {
            Some(Typed::clean(Expr::Const(Value::Int(n.checked_neg()?)), Type::Int))
        }
        (written::Unary::Neg, _) => {
            let typed = exprs.infer_plain(inner)?;
            if !matches!(typed.ty, Type::Decimal | Type::Duration | Type::Int | Type::Money) {
                return exprs.refuse(no_operator("-", &typed.ty, inner.span.0));
            }
            Some(Typed { expr: Expr::Neg(Box::new(typed.expr)), ..typed })
        }
        (written::Unary::Not, _) => {
            let typed = exprs.check_typed(inner, &Type::Bool)?;
            Some(Typed { expr: Expr::Not(Box::new(typed.expr)), ..typed })
        }
    }
}

/// `a op b`.
pub fn binary(
    exprs: &mut Exprs,
    op: written::Binary,
    a: &written::Expr,
    b: &written::Expr,
    span: Span,
) -> Option<Typed> {
    match op {
        written::Binary::And => both(exprs, Op::And, a, b),
        written::Binary::Or => both(exprs, Op::Or, a, b),
        written::Binary::Eq => equal(exprs, Op::Eq, a, b, span),
        written::Binary::Ne => equal(exprs, Op::Ne, a, b, span),
        written::Binary::In => within(exprs, a, b),
        written::Binary::Lt => reckon(exprs, Op::Lt, a, b, span),
        written::Binary::Le => reckon(exprs, Op::Le, a, b, span),
        written::Binary::Gt => reckon(exprs, Op::Gt, a, b, span),
        written::Binary::Ge => reckon(exprs, Op::Ge, a, b, span),
        written::Binary::Add => reckon(exprs, Op::Add, a, b, span),
        written::Binary::Sub => reckon(exprs, Op::Sub, a, b, span),
        written::Binary::Mul => reckon(exprs, Op::Mul, a, b, span),
        written::Binary::Div => reckon(exprs, Op::Div, a, b, span),
    }
}

fn made(op: Op, left: Typed, right: Typed, ty: Type) -> Typed {
    let taint = left.taint.and(&right.taint);
    Typed { expr: Expr::Binary(op, Box::new(left.expr), Box::new(right.expr)), ty, taint }
}

/// `&&` and `||`: what the left side shows holds on the right side.
fn both(exprs: &mut Exprs, op: Op, a: &written::Expr, b: &written::Expr) -> Option<Typed> {
    let left = exprs.check_typed(a, &Type::Bool);
    let shown = left.as_ref().map(|left| &left.expr);
    let right = exprs.with(shown, op == Op::And, |exprs| exprs.check_typed(b, &Type::Bool));
    Some(made(op, left?, right?, Type::Bool))
}

fn equal(exprs: &mut Exprs, op: Op, a: &written::Expr, b: &written::Expr, span: Span) -> Option<Typed> {
    let (left, right) = pair(exprs, a, b)?;
    if alike(&left.ty, &right.ty) {
        return Some(made(op, left, right, Type::Bool));
    }
    exprs.refuse(unequal(op.symbol(), [(&left.ty, a.span.0), (&right.ty, b.span.0)], span))
}

/// Both operands, a literal on one side read as the type of the other.
fn pair(exprs: &mut Exprs, a: &written::Expr, b: &written::Expr) -> Option<(Typed, Typed)> {
    let leans = |e: &written::Expr| literals::is_literal(e) || matches!(e.kind, written::ExprKind::List(_));
    if leans(a) && !leans(b) {
        let (right, left) = pair(exprs, b, a)?;
        return Some((left, right));
    }
    let left = exprs.infer_plain(a);
    let right = match (&b.kind, &left) {
        (_, Some(left)) if read_as(b, &left.ty).is_some() || is_list_of(b, &left.ty) => exprs.check_typed(b, &left.ty),
        (written::ExprKind::Name(word), Some(Typed { ty: Type::Enum(words), .. }))
            if words.contains(word) && !exprs.sees(word) =>
        {
            let message = format!("unknown name `{word}`");
            let help = format!("words of an enum stand in quotes: `\"{word}\"`");
            exprs.refuse(Diagnostic::new(Code::F0105, message, b.span.0, "not a name").help(help))
        }
        _ => exprs.infer_plain(b),
    };
    Some((left?, right?))
}

/// A written list, whose items are read as those of the other side.
fn is_list_of(e: &written::Expr, ty: &Type) -> bool {
    matches!((&e.kind, ty), (written::ExprKind::List(_), Type::List(_)))
}

fn within(exprs: &mut Exprs, a: &written::Expr, b: &written::Expr) -> Option<Typed> {
    if literals::is_literal(a) && !literals::is_literal(b) && !matches!(b.kind, written::ExprKind::List(_)) {
        let list = exprs.infer_plain(b)?;
        let Type::List(inner) = &list.ty else { return exprs.refuse(no_list(&list.ty, b.span.0)) };
        let item = exprs.check_typed(a, &inner.clone())?;
        return Some(made(Op::In, item, list, Type::Bool));
    }
    let item = exprs.infer_plain(a)?;
    let list = match &b.kind {
        written::ExprKind::List(_) => exprs.check_typed(b, &Type::List(Box::new(item.ty.clone())))?,
        _ => {
            let list = exprs.infer_plain(b)?;
            match &list.ty {
                Type::List(inner) if alike(inner, &item.ty) => list,
                Type::List(inner) => {
                    let label = format!("this list holds `{inner}`");
                    let message = format!("`{}` is never in this list", item.ty);
                    return exprs.refuse(Diagnostic::new(Code::F0406, message, b.span.0, label));
                }
                other => return exprs.refuse(no_list(other, b.span.0)),
            }
        }
    };
    Some(made(Op::In, item, list, Type::Bool))
}

fn no_list(ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0406, "`in` needs a list", span, format!("this is `{ty}`"))
}

/// Comparison by order and arithmetic.
fn reckon(exprs: &mut Exprs, op: Op, a: &written::Expr, b: &written::Expr, span: Span) -> Option<Typed> {
    let (left, right) = (exprs.infer_plain(a), exprs.infer_plain(b));
    let (mut left, mut right) = (left?, right?);
    // Whole numbers next to decimals are decimals. Texts stay texts: nothing that is read of one has an order.
    if let (Type::Decimal, Some(Ok(number))) = (&right.ty, read_as(a, &Type::Decimal)) {
        left = Typed::clean(Expr::Const(number), Type::Decimal);
    }
    if let (Type::Decimal, Some(Ok(number))) = (&left.ty, read_as(b, &Type::Decimal)) {
        right = Typed::clean(Expr::Const(number), Type::Decimal);
    }
    let symbol = op.symbol();
    if partners(op, &left.ty).is_empty() {
        return exprs.refuse(no_operator(symbol, &left.ty, a.span.0));
    }
    let Some(ty) = result(op, &left.ty, &right.ty) else {
        return exprs.refuse(unfit(op, [(&left.ty, a.span.0), (&right.ty, b.span.0)], span));
    };
    if op == Op::Div && is_zero(&right.expr) {
        return exprs.refuse(Diagnostic::new(Code::F0408, "division by zero", b.span.0, "always zero"));
    }
    Some(made(op, left, right, ty))
}

fn is_zero(expr: &Expr) -> bool {
    match expr {
        Expr::Const(Value::Int(n)) => *n == 0,
        Expr::Const(Value::Decimal(number)) => number.is_zero(),
        _ => false,
    }
}

fn no_operator(symbol: &str, ty: &Type, span: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::F0408, format!("`{ty}` has no `{symbol}`"), span, format!("this is `{ty}`"));
    match ty {
        Type::Digits { .. } => finding.help("digits are keys, not a number; compare them with `==`"),
        Type::Date => finding.help("days are counted by `a.days_until(b)` and `a.plus_days(n)`"),
        Type::Text | Type::Enum(_) => finding.help("ask `contains`, `startsWith`, `matches`, or compare with `==`"),
        _ => finding,
    }
}

/// Two types that an operator does not take together.
fn unfit(op: Op, sides: [(&Type, Span); 2], whole: Span) -> Diagnostic {
    let left = sides[0].0;
    let partners = partners(op, left);
    let finding = unequal(op.symbol(), sides, whole);
    if partners.iter().all(|partner| partner == left) {
        return finding;
    }
    let names: Vec<String> = partners.iter().map(|partner| format!("`{partner}`")).collect();
    let message = format!("`{}` does not take `{left}` and `{}`", op.symbol(), sides[1].0);
    Diagnostic { message, ..finding }.help(format!("`{left} {}` goes with {}", op.symbol(), names.join(", ")))
}

/// Two types where one is wanted.
#[must_use]
pub fn unequal(symbol: &str, sides: [(&Type, Span); 2], whole: Span) -> Diagnostic {
    let message = format!("`{symbol}` needs two values of one type");
    sides
        .into_iter()
        .fold(Diagnostic::new(Code::F0408, message, whole, "nothing is converted"), |finding, (ty, span)| {
            finding.and(span, format!("this is `{ty}`"))
        })
}

#[cfg(test)]
mod tests {
    use crate::language::check::operators::result;
    use crate::language::flow::arithmetic;
    use crate::language::flow::eval::Fault;
    use crate::language::flow::expr::Op;
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, date, local_time};

    fn samples() -> Vec<(Type, Value)> {
        vec![
            (Type::Bool, Value::Bool(true)),
            (Type::Date, Value::Date(date("2026-12-01").unwrap())),
            (Type::Decimal, Value::Decimal("2.5".parse().unwrap())),
            (Type::Digits { min: 1, max: 4 }, Value::Digits("12".to_owned())),
            (Type::Duration, Value::Duration(1_000)),
            (Type::Enum(vec!["a".to_owned()]), Value::Enum("a".to_owned())),
            (Type::Int, Value::Int(3)),
            (Type::List(Box::new(Type::Int)), Value::List(vec![Value::Int(1)])),
            (Type::LocalTime, Value::LocalTime(local_time("2026-12-01T09:30").unwrap())),
            (Type::Money, Value::Money("1.00 GBP".parse().unwrap())),
            (Type::Phone, Value::Phone("+441632960100".to_owned())),
            (Type::Recording, Value::empty_recording()),
            (Type::Text, Value::Text("x".to_owned())),
            (Type::Time, Value::Time(0)),
        ]
    }

    fn is_of(value: &Value, ty: &Type) -> bool {
        samples()
            .iter()
            .any(|(known, sample)| known == ty && std::mem::discriminant(sample) == std::mem::discriminant(value))
    }

    #[test]
    fn what_is_let_through_has_a_value_of_the_type_that_was_said() {
        let mut let_through = 0;
        for op in [Op::Add, Op::Sub, Op::Mul, Op::Div, Op::Lt, Op::Le, Op::Gt, Op::Ge] {
            for (a, left) in samples() {
                for (b, right) in samples() {
                    let value = arithmetic::binary(op, left.clone(), right.clone());
                    match result(op, &a, &b) {
                        Some(ty) => {
                            let_through += 1;
                            assert!(is_of(&value.clone().unwrap(), &ty), "{a} {op:?} {b}: {ty} and {value:?}");
                        }
                        None => assert_eq!(value, Err(Fault::Type), "{a} {op:?} {b}"),
                    }
                }
            }
        }
        assert_eq!(let_through, 7 * 4 + 8 + 6 + 8 + 5);
    }
}
