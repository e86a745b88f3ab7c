//! A typed expression and a scope to a value. Total: no panic, no unbounded work; what cannot be computed is a [`Fault`].
//! Knows nothing of calls; the scope does.

use crate::language::flow::expr::{Expr, Op, Slot};
use crate::language::flow::value::{Value, Values};

/// Longest text an expression or a prompt may build, in bytes.
pub const TEXT_BYTES: usize = 16 * 1024;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A value was needed that is not there.
    #[error("a value that is absent was needed")]
    Absent,
    /// A number divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number left its range.
    #[error("a number out of its range")]
    Overflow,
    /// A text grew too long.
    #[error("a text longer than {TEXT_BYTES} bytes")]
    TooLong,
    /// A choice without a key was to be named by its key.
    #[error("choice `{0}` has no key")]
    NoKey(String),
    /// Not what the checker let through: a program of another origin.
    #[error("a value of another type was needed")]
    Type,
}

/// Where named values come from. `None` and [`Value::Absent`] mean the same.
pub trait Scope {
    /// The value of a slot.
    fn get(&self, slot: &Slot) -> Option<Value>;
}

impl<F: Fn(&Slot) -> Option<Value>> Scope for F {
    fn get(&self, slot: &Slot) -> Option<Value> {
        self(slot)
    }
}

/// The arguments of a library prompt, as its words see them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arguments(pub Values);

impl Scope for Arguments {
    fn get(&self, slot: &Slot) -> Option<Value> {
        match slot {
            Slot::Argument(name) => self.0.get(name).cloned(),
            Slot::Call(_) | Slot::Param(_) | Slot::Setting(_) | Slot::Var(_) => None,
        }
    }
}

/// The value of an expression.
///
/// # Errors
/// When it has none.
pub fn eval(expr: &Expr, scope: &dyn Scope) -> Result<Value, Fault> {
    match expr {
        Expr::Const(value) => Ok(value.clone()),
        Expr::Read(slot) => Ok(scope.get(slot).unwrap_or(Value::Absent)),
        Expr::Field(record, name) => field(eval(record, scope)?, name),
        Expr::OptionalField(record, name) => match eval(record, scope)? {
            Value::Absent => Ok(Value::Absent),
            record => field(record, name),
        },
        Expr::Has(inner) => Ok(Value::Bool(eval(inner, scope)? != Value::Absent)),
        Expr::OrValue(first, otherwise) => match eval(first, scope)? {
            Value::Absent => eval(otherwise, scope),
            value => Ok(value),
        },
        Expr::Last(text, count) => last(eval(text, scope)?, eval(count, scope)?),
        Expr::Size(inner) => size(eval(inner, scope)?),
        Expr::Not(inner) => Ok(Value::Bool(!truth(inner, scope)?)),
        Expr::Neg(inner) => match eval(inner, scope)? {
            Value::Int(n) => n.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
            other => Err(misfit(&other)),
        },
        Expr::Binary(Op::And, a, b) => Ok(Value::Bool(truth(a, scope)? && truth(b, scope)?)),
        Expr::Binary(Op::Or, a, b) => Ok(Value::Bool(truth(a, scope)? || truth(b, scope)?)),
        Expr::Binary(op, a, b) => binary(*op, eval(a, scope)?, eval(b, scope)?),
        Expr::Conditional(condition, a, b) => eval(if truth(condition, scope)? { a } else { b }, scope),
        Expr::List(items) => items.iter().map(|item| eval(item, scope)).collect::<Result<_, _>>().map(Value::List),
    }
}

/// The truth of a condition.
///
/// # Errors
/// When it has no value.
pub fn truth(expr: &Expr, scope: &dyn Scope) -> Result<bool, Fault> {
    match eval(expr, scope)? {
        Value::Bool(truth) => Ok(truth),
        other => Err(misfit(&other)),
    }
}

fn misfit(value: &Value) -> Fault {
    if *value == Value::Absent { Fault::Absent } else { Fault::Type }
}

fn field(record: Value, name: &str) -> Result<Value, Fault> {
    match record {
        Value::Record(mut fields) => Ok(fields.remove(name).unwrap_or(Value::Absent)),
        other => Err(misfit(&other)),
    }
}

fn last(value: Value, count: Value) -> Result<Value, Fault> {
    let Value::Int(count) = count else { return Err(misfit(&count)) };
    let count = usize::try_from(count).unwrap_or(0);
    let tail = |text: &str| -> String { text.chars().skip(text.chars().count().saturating_sub(count)).collect() };
    match value {
        Value::Text(text) => Ok(Value::Text(tail(&text))),
        Value::Digits(digits) => Ok(Value::Digits(tail(&digits))),
        other => Err(misfit(&other)),
    }
}

fn size(value: Value) -> Result<Value, Fault> {
    let count = match &value {
        Value::Text(text) | Value::Digits(text) => text.chars().count(),
        Value::List(items) => items.len(),
        other => return Err(misfit(other)),
    };
    i64::try_from(count).map(Value::Int).map_err(|_| Fault::Overflow)
}

fn binary(op: Op, a: Value, b: Value) -> Result<Value, Fault> {
    if a == Value::Absent || b == Value::Absent {
        return Err(Fault::Absent);
    }
    match op {
        Op::Eq => Ok(Value::Bool(a == b)),
        Op::Ne => Ok(Value::Bool(a != b)),
        Op::In => match b {
            Value::List(items) => Ok(Value::Bool(items.contains(&a))),
            _ => Err(Fault::Type),
        },
        Op::Lt => Ok(Value::Bool(order(&a, &b)?.is_lt())),
        Op::Le => Ok(Value::Bool(order(&a, &b)?.is_le())),
        Op::Gt => Ok(Value::Bool(order(&a, &b)?.is_gt())),
        Op::Ge => Ok(Value::Bool(order(&a, &b)?.is_ge())),
        Op::Add | Op::Sub | Op::Mul | Op::Div => arithmetic(op, a, b),
        Op::And | Op::Or => Err(Fault::Type),
    }
}

fn order(a: &Value, b: &Value) -> Result<std::cmp::Ordering, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) | (Value::Time(a), Value::Time(b)) => Ok(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(b)),
        _ => Err(Fault::Type),
    }
}

fn arithmetic(op: Op, a: Value, b: Value) -> Result<Value, Fault> {
    match (op, a, b) {
        (Op::Div, Value::Int(_), Value::Int(0)) => Err(Fault::DivisionByZero),
        (op, Value::Int(a), Value::Int(b)) => match op {
            Op::Add => a.checked_add(b),
            Op::Sub => a.checked_sub(b),
            Op::Mul => a.checked_mul(b),
            _ => a.checked_div(b),
        }
        .map(Value::Int)
        .ok_or(Fault::Overflow),
        (Op::Add, Value::Duration(a), Value::Duration(b)) => {
            a.checked_add(b).map(Value::Duration).ok_or(Fault::Overflow)
        }
        (Op::Sub, Value::Duration(a), Value::Duration(b)) => {
            a.checked_sub(b).map(Value::Duration).ok_or(Fault::Overflow)
        }
        (Op::Add, Value::Text(a), Value::Text(b)) if a.len() + b.len() <= TEXT_BYTES => Ok(Value::Text(a + &b)),
        (Op::Add, Value::Text(_), Value::Text(_)) => Err(Fault::TooLong),
        _ => Err(Fault::Type),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::{Fault, TEXT_BYTES, eval};
    use crate::language::flow::expr::{Expr, Op, Slot};
    use crate::language::flow::value::Value;

    fn int(n: i64) -> Box<Expr> {
        Box::new(Expr::Const(Value::Int(n)))
    }

    fn nothing(_: &Slot) -> Option<Value> {
        None
    }

    fn of(op: Op, a: Box<Expr>, b: Box<Expr>) -> Result<Value, Fault> {
        eval(&Expr::Binary(op, a, b), &nothing)
    }

    #[test]
    fn arithmetic_never_panics() {
        assert_eq!(of(Op::Add, int(2), int(3)), Ok(Value::Int(5)));
        assert_eq!(of(Op::Add, int(i64::MAX), int(1)), Err(Fault::Overflow));
        assert_eq!(of(Op::Div, int(1), int(0)), Err(Fault::DivisionByZero));
        assert_eq!(of(Op::Div, int(i64::MIN), int(-1)), Err(Fault::Overflow));
        assert_eq!(eval(&Expr::Neg(int(i64::MIN)), &nothing), Err(Fault::Overflow));
        let minute = || Box::new(Expr::Const(Value::Duration(60_000)));
        assert_eq!(of(Op::Sub, minute(), minute()), Ok(Value::Duration(0)));
        let none = Box::new(Expr::Const(Value::Duration(0)));
        assert_eq!(of(Op::Sub, none, minute()), Err(Fault::Overflow));
    }

    #[test]
    fn texts_stay_bounded() {
        let long = || Box::new(Expr::Const(Value::Text("x".repeat(TEXT_BYTES / 2 + 1))));
        assert_eq!(of(Op::Add, long(), long()), Err(Fault::TooLong));
    }

    #[test]
    fn what_is_absent_is_asked_for_with_care() {
        let x = || Box::new(Expr::Read(Slot::Var("x".to_owned())));
        assert_eq!(eval(&Expr::Has(x()), &nothing), Ok(Value::Bool(false)));
        assert_eq!(eval(&Expr::OrValue(x(), int(4)), &nothing), Ok(Value::Int(4)));
        assert_eq!(eval(&Expr::OptionalField(x(), "at".to_owned()), &nothing), Ok(Value::Absent));
        assert_eq!(eval(&Expr::Field(x(), "at".to_owned()), &nothing), Err(Fault::Absent));
        assert_eq!(of(Op::Eq, x(), int(1)), Err(Fault::Absent));
    }

    #[test]
    fn and_looks_right_only_when_it_must() {
        let no = Box::new(Expr::Const(Value::Bool(false)));
        let broken = Box::new(Expr::Binary(Op::Eq, Box::new(Expr::Read(Slot::Var("x".to_owned()))), int(1)));
        assert_eq!(of(Op::And, no, broken), Ok(Value::Bool(false)));
    }

    #[test]
    fn last_characters() {
        let digits = Box::new(Expr::Const(Value::Digits("00123".to_owned())));
        assert_eq!(eval(&Expr::Last(digits.clone(), int(2)), &nothing), Ok(Value::Digits("23".to_owned())));
        assert_eq!(eval(&Expr::Last(digits.clone(), int(-2)), &nothing), Ok(Value::Digits(String::new())));
        assert_eq!(eval(&Expr::Size(digits), &nothing), Ok(Value::Int(5)));
    }
}
