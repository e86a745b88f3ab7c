//! Operators on values. What leaves its range is a fault; nothing wraps, and nothing but a quotient of decimals is rounded.

use crate::language::flow::decimal::{Decimal, Money};
use crate::language::flow::eval::{Fault, LIST_ITEMS, TEXT_BYTES};
use crate::language::flow::expr::Op;
use crate::language::flow::value::Value;
use std::cmp::Ordering;

/// Two values and an operator between them. `&&` and `||` are none of these: they do not always look at both.
///
/// # Errors
/// When one is absent, or the result out of range.
pub(crate) fn binary(op: Op, a: Value, b: Value) -> Result<Value, Fault> {
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
        Op::Add => add(a, b),
        Op::Sub => subtract(a, b),
        Op::Mul => multiply(a, b),
        Op::Div => divide(a, b),
        Op::And | Op::Or => Err(Fault::Type),
    }
}

/// `-a`.
///
/// # Errors
/// When the result is out of range.
pub(crate) fn negate(value: Value) -> Result<Value, Fault> {
    match value {
        Value::Int(n) => n.checked_neg().map(Value::Int).ok_or(Fault::Overflow),
        Value::Duration(ms) => ms.checked_neg().map(Value::Duration).ok_or(Fault::Overflow),
        Value::Decimal(number) => Ok(Value::Decimal(number.negated())),
        Value::Money(money) => Ok(Value::Money(Money { amount: money.amount.negated(), ..money })),
        Value::Absent => Err(Fault::Absent),
        _ => Err(Fault::Type),
    }
}

fn order(a: &Value, b: &Value) -> Result<Ordering, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b))
        | (Value::Time(a), Value::Time(b))
        | (Value::Duration(a), Value::Duration(b)) => Ok(a.cmp(b)),
        (Value::Decimal(a), Value::Decimal(b)) => Ok(a.cmp(b)),
        (Value::Date(a), Value::Date(b)) => Ok(a.cmp(b)),
        (Value::LocalTime(a), Value::LocalTime(b)) => Ok(a.cmp(b)),
        (Value::Money(a), Value::Money(b)) if a.currency == b.currency => Ok(a.amount.cmp(&b.amount)),
        (Value::Money(_), Value::Money(_)) => Err(Fault::Currencies),
        _ => Err(Fault::Type),
    }
}

fn whole(n: Option<i64>) -> Result<Value, Fault> {
    n.map(Value::Int).ok_or(Fault::Overflow)
}

fn length(ms: Option<i64>) -> Result<Value, Fault> {
    ms.map(Value::Duration).ok_or(Fault::Overflow)
}

/// An instant, if the calendar reaches it.
fn instant(ms: Option<i64>) -> Result<Value, Fault> {
    let ms = ms.filter(|ms| jiff::Timestamp::from_millisecond(*ms).is_ok());
    ms.map(Value::Time).ok_or(Fault::Overflow)
}

fn exact(number: Option<Decimal>) -> Result<Value, Fault> {
    number.map(Value::Decimal).ok_or(Fault::Overflow)
}

fn sum_of(amount: Option<Decimal>, currency: String) -> Result<Value, Fault> {
    amount.map(|amount| Value::Money(Money { amount, currency })).ok_or(Fault::Overflow)
}

fn add(a: Value, b: Value) -> Result<Value, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_add(b)),
        (Value::Decimal(a), Value::Decimal(b)) => exact(a.plus(b)),
        (Value::Money(a), Value::Money(b)) if a.currency == b.currency => sum_of(a.amount.plus(b.amount), a.currency),
        (Value::Money(_), Value::Money(_)) => Err(Fault::Currencies),
        (Value::Duration(a), Value::Duration(b)) => length(a.checked_add(b)),
        (Value::Time(a), Value::Duration(b)) | (Value::Duration(b), Value::Time(a)) => instant(a.checked_add(b)),
        (Value::Text(a), Value::Text(b)) if a.len() + b.len() <= TEXT_BYTES => Ok(Value::Text(a + &b)),
        (Value::Text(_), Value::Text(_)) => Err(Fault::TooLong),
        (Value::List(mut a), Value::List(b)) if a.len() + b.len() <= LIST_ITEMS => {
            a.extend(b);
            Ok(Value::List(a))
        }
        (Value::List(_), Value::List(_)) => Err(Fault::TooMany),
        _ => Err(Fault::Type),
    }
}

fn subtract(a: Value, b: Value) -> Result<Value, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_sub(b)),
        (Value::Decimal(a), Value::Decimal(b)) => exact(a.minus(b)),
        (Value::Money(a), Value::Money(b)) if a.currency == b.currency => sum_of(a.amount.minus(b.amount), a.currency),
        (Value::Money(_), Value::Money(_)) => Err(Fault::Currencies),
        (Value::Duration(a), Value::Duration(b)) => length(a.checked_sub(b)),
        (Value::Time(a), Value::Time(b)) => length(a.checked_sub(b)),
        (Value::Time(a), Value::Duration(b)) => instant(a.checked_sub(b)),
        _ => Err(Fault::Type),
    }
}

fn multiply(a: Value, b: Value) -> Result<Value, Fault> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => whole(a.checked_mul(b)),
        (Value::Decimal(a), Value::Decimal(b)) => exact(a.times(b)),
        (Value::Duration(a), Value::Int(b)) | (Value::Int(b), Value::Duration(a)) => length(a.checked_mul(b)),
        (Value::Money(a), Value::Int(b)) | (Value::Int(b), Value::Money(a)) => {
            sum_of(a.amount.times(Decimal::whole(b)), a.currency)
        }
        (Value::Money(a), Value::Decimal(b)) | (Value::Decimal(b), Value::Money(a)) => {
            sum_of(a.amount.times(b), a.currency)
        }
        _ => Err(Fault::Type),
    }
}

fn divide(a: Value, b: Value) -> Result<Value, Fault> {
    match (a, b) {
        (_, Value::Int(0)) => Err(Fault::DivisionByZero),
        (_, Value::Decimal(zero)) if zero.is_zero() => Err(Fault::DivisionByZero),
        (Value::Int(a), Value::Int(b)) => whole(a.checked_div(b)),
        (Value::Duration(a), Value::Int(b)) => length(a.checked_div(b)),
        (Value::Decimal(a), Value::Decimal(b)) => exact(a.over(b)),
        (Value::Money(a), Value::Int(b)) => sum_of(a.amount.over(Decimal::whole(b)), a.currency),
        (Value::Money(a), Value::Decimal(b)) => sum_of(a.amount.over(b), a.currency),
        _ => Err(Fault::Type),
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::arithmetic::{binary, negate};
    use crate::language::flow::eval::{Fault, TEXT_BYTES};
    use crate::language::flow::expr::Op;
    use crate::language::flow::value::{Value, time_ms};

    fn int(n: i64) -> Value {
        Value::Int(n)
    }

    fn decimal(text: &str) -> Value {
        Value::Decimal(text.parse().unwrap())
    }

    fn money(text: &str) -> Value {
        Value::Money(text.parse().unwrap())
    }

    #[test]
    fn arithmetic_never_panics() {
        assert_eq!(binary(Op::Add, int(2), int(3)), Ok(int(5)));
        assert_eq!(binary(Op::Add, int(i64::MAX), int(1)), Err(Fault::Overflow));
        assert_eq!(binary(Op::Div, int(1), int(0)), Err(Fault::DivisionByZero));
        assert_eq!(binary(Op::Div, decimal("1"), decimal("0")), Err(Fault::DivisionByZero));
        assert_eq!(binary(Op::Div, int(i64::MIN), int(-1)), Err(Fault::Overflow));
        assert_eq!(negate(int(i64::MIN)), Err(Fault::Overflow));
        assert_eq!(binary(Op::Mul, Value::Duration(i64::MAX), int(2)), Err(Fault::Overflow));
        assert_eq!(binary(Op::Add, Value::Time(i64::MAX - 1), Value::Duration(1)), Err(Fault::Overflow));
    }

    #[test]
    fn times_and_durations() {
        let at = |text: &str| Value::Time(time_ms(text).unwrap());
        let (nine, ten) = (at("2026-12-01T09:00Z"), at("2026-12-01T10:00Z"));
        let hour = Value::Duration(3_600_000);
        assert_eq!(binary(Op::Sub, ten.clone(), nine.clone()), Ok(hour.clone()));
        assert_eq!(binary(Op::Sub, nine.clone(), ten.clone()), Ok(Value::Duration(-3_600_000)));
        assert_eq!(binary(Op::Add, nine.clone(), hour.clone()), Ok(ten.clone()));
        assert_eq!(binary(Op::Add, hour.clone(), nine.clone()), Ok(ten.clone()));
        assert_eq!(binary(Op::Sub, ten, hour.clone()), Ok(nine));
        assert_eq!(binary(Op::Mul, hour.clone(), int(2)), Ok(Value::Duration(7_200_000)));
        assert_eq!(binary(Op::Div, hour, int(2)), Ok(Value::Duration(1_800_000)));
    }

    #[test]
    fn money_keeps_its_currency() {
        assert_eq!(binary(Op::Add, money("1.50 GBP"), money("2 GBP")), Ok(money("3.50 GBP")));
        assert_eq!(binary(Op::Add, money("1.50 GBP"), money("2 USD")), Err(Fault::Currencies));
        assert_eq!(binary(Op::Lt, money("1.50 GBP"), money("2 USD")), Err(Fault::Currencies));
        assert_eq!(binary(Op::Eq, money("2 GBP"), money("2 USD")), Ok(Value::Bool(false)));
        assert_eq!(binary(Op::Mul, decimal("0.2"), money("12.50 GBP")), Ok(money("2.50 GBP")));
        assert_eq!(binary(Op::Div, money("10 GBP"), int(4)), Ok(money("2.50 GBP")));
        assert_eq!(negate(money("1 GBP")), Ok(money("-1 GBP")));
    }

    #[test]
    fn texts_and_lists_stay_bounded() {
        let long = || Value::Text("x".repeat(TEXT_BYTES / 2 + 1));
        assert_eq!(binary(Op::Add, long(), long()), Err(Fault::TooLong));
        let many = || Value::List(vec![int(0); 6_000]);
        assert_eq!(binary(Op::Add, many(), many()), Err(Fault::TooMany));
        assert_eq!(binary(Op::In, int(0), many()), Ok(Value::Bool(true)));
    }
}
