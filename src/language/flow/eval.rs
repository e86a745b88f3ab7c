//! A typed expression and a scope to a value. Knows nothing of calls; the scope does.
//!
//! Total and bounded. Nothing panics; what cannot be computed is a [`Fault`]. An evaluation has [`FUEL`] units: a node costs
//! one, and so does each part of a value, and each sixteen bytes of text, that is read or made. No text grows past
//! [`TEXT_BYTES`], no list past [`LIST_ITEMS`]. The depth is that of the text, which the reader bounds.
//!
//! As in CEL, `&&` and `||` do not care for a fault on one side where the other side alone decides; `all` and `exists` are
//! chains of these.

use crate::language::flow::arithmetic;
use crate::language::flow::expr::{CallField, Each, Expr, Op, Slot};
use crate::language::flow::form;
use crate::language::flow::functions;
use crate::language::flow::value::{Value, Values};
use crate::platform::identifier::Identifier;

/// Longest text an expression or a prompt may build, in bytes.
pub const TEXT_BYTES: usize = 64 * 1024;
/// Longest list an expression may build or go through.
pub const LIST_ITEMS: usize = 10_000;
/// What one evaluation may cost.
pub const FUEL: usize = 500_000;

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A value was needed that is not there.
    #[error("a value that is absent was needed")]
    Absent,
    /// Sums or comparisons of different currencies.
    #[error("two currencies in one sum or comparison")]
    Currencies,
    /// A number divided by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A number left its range.
    #[error("a number out of its range")]
    Overflow,
    /// A text grew too long.
    #[error("a text longer than {TEXT_BYTES} bytes")]
    TooLong,
    /// A list grew too long.
    #[error("a list of more than {LIST_ITEMS} items")]
    TooMany,
    /// An evaluation that costs too much.
    #[error("an expression that takes more than {FUEL} steps")]
    TooMuch,
    /// A choice without a key was to be named by its key.
    #[error("choice `{0}` has no key")]
    NoKey(String),
    /// Somebody outside chose whom to call, and the flow does not allow that number.
    #[error("a number that callers chose begins with none of {0}")]
    NotAllowed(String),
    /// Not what the checker let through: a program of another origin.
    #[error("a value of another type was needed")]
    Type,
    /// A zone that the program's zones have not.
    #[error("an unknown time zone")]
    Zone,
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
            Slot::Call(_)
            | Slot::Entered
            | Slot::Header(_)
            | Slot::NextOpen { .. }
            | Slot::Param(_)
            | Slot::Setting(_)
            | Slot::Signal(_)
            | Slot::Var(_) => None,
        }
    }
}

/// The value of an expression.
///
/// # Errors
/// When it has none.
pub fn eval(expr: &Expr, scope: &dyn Scope) -> Result<Value, Fault> {
    Evaluation { scope, fuel: FUEL, items: Vec::new() }.value(expr)
}

/// The truth of a condition.
///
/// # Errors
/// When it has no value.
pub fn truth(expr: &Expr, scope: &dyn Scope) -> Result<bool, Fault> {
    Evaluation { scope, fuel: FUEL, items: Vec::new() }.truth(expr)
}

/// One evaluation under way.
struct Evaluation<'a> {
    scope: &'a dyn Scope,
    /// What is left of it.
    fuel: usize,
    /// The items that `exists` and its kin look at, the innermost last.
    items: Vec<(&'a str, Value)>,
}

impl<'a> Evaluation<'a> {
    fn value(&mut self, expr: &'a Expr) -> Result<Value, Fault> {
        self.burn(1)?;
        match expr {
            Expr::Const(value) => self.copy(value),
            Expr::Read(slot) => {
                let value = self.scope.get(slot).unwrap_or(Value::Absent);
                self.burn(value.weight())?;
                Ok(value)
            }
            Expr::Item(_) => self.at_hand(expr).cloned().map_or(Err(Fault::Type), |value| self.made(value)),
            Expr::Field(record, name) => self.field(expr, record, name),
            Expr::OptionalField(record, name) => match self.value(record)? {
                Value::Absent => Ok(Value::Absent),
                record => functions::field(record, name),
            },
            Expr::Has(inner) => Ok(Value::Bool(self.value(inner)? != Value::Absent)),
            Expr::OrValue(first, otherwise) => match self.value(first)? {
                Value::Absent => self.value(otherwise),
                value => Ok(value),
            },
            Expr::Last(text, count) => functions::last(self.value(text)?, self.value(count)?),
            Expr::Size(inner) => match self.at_hand(inner) {
                Some(value) => functions::size(value),
                None => functions::size(&self.value(inner)?),
            },
            Expr::Matches(text, pattern) => match self.value(text)? {
                Value::Text(text) | Value::Digits(text) => {
                    self.burn(text.len())?;
                    Ok(Value::Bool(pattern.is_in(&text)))
                }
                other => Err(misfit(&other)),
            },
            Expr::InZone(time, zone) => functions::in_zone(&self.value(time)?, zone),
            Expr::Spoken(inner, form) => {
                let value = self.value(inner)?;
                let locale = match self.scope.get(&Slot::Call(CallField::Locale)) {
                    Some(Value::Text(locale)) => locale,
                    _ => return Err(Fault::Absent),
                };
                self.made(Value::Text(form::say(&value, *form, &locale)?))
            }
            Expr::Call(function, of, with) => {
                let of = self.value(of)?;
                let with = with.as_ref().map(|with| self.value(with)).transpose()?;
                let value = functions::call(*function, of, with)?;
                self.made(value)
            }
            Expr::Each(each, list, name, body) => self.each(*each, list, name, body),
            Expr::Not(inner) => Ok(Value::Bool(!self.truth(inner)?)),
            Expr::Neg(inner) => arithmetic::negate(self.value(inner)?),
            Expr::Binary(Op::And, a, b) => self.decide(false, a, b),
            Expr::Binary(Op::Or, a, b) => self.decide(true, a, b),
            Expr::Binary(op, a, b) => {
                let value = arithmetic::binary(*op, self.value(a)?, self.value(b)?)?;
                self.made(value)
            }
            Expr::Conditional(condition, a, b) => {
                let branch = if self.truth(condition)? { a } else { b };
                self.value(branch)
            }
            Expr::Dialled(inner, prefixes) => dialled(self.value(inner)?, prefixes),
            Expr::List(items) if items.len() > LIST_ITEMS => Err(Fault::TooMany),
            Expr::List(items) => items.iter().map(|item| self.value(item)).collect::<Result<_, _>>().map(Value::List),
        }
    }

    fn truth(&mut self, expr: &'a Expr) -> Result<bool, Fault> {
        match self.value(expr)? {
            Value::Bool(truth) => Ok(truth),
            other => Err(misfit(&other)),
        }
    }

    fn burn(&mut self, cost: usize) -> Result<(), Fault> {
        match self.fuel.checked_sub(cost) {
            Some(rest) => {
                self.fuel = rest;
                Ok(())
            }
            None => {
                self.fuel = 0;
                Err(Fault::TooMuch)
            }
        }
    }

    /// A value made or copied, its size paid for.
    fn made(&mut self, value: Value) -> Result<Value, Fault> {
        match &value {
            Value::Text(text) if text.len() > TEXT_BYTES => return Err(Fault::TooLong),
            _ => self.burn(value.weight())?,
        }
        Ok(value)
    }

    fn copy(&mut self, value: &Value) -> Result<Value, Fault> {
        self.burn(value.weight())?;
        Ok(value.clone())
    }

    /// A value that lies there already and need not be made: an item, a constant, a field of these.
    fn at_hand<'v>(&'v self, expr: &'v Expr) -> Option<&'v Value> {
        match expr {
            Expr::Const(value) => Some(value),
            Expr::Item(name) => self.items.iter().rev().find(|(item, _)| item == name).map(|(_, value)| value),
            Expr::Field(record, name) => match self.at_hand(record)? {
                Value::Record(fields) => fields.get(name),
                _ => None,
            },
            _ => None,
        }
    }

    fn field(&mut self, expr: &'a Expr, record: &'a Expr, name: &str) -> Result<Value, Fault> {
        match self.at_hand(expr).cloned() {
            Some(value) => self.made(value),
            None => functions::field(self.value(record)?, name),
        }
    }

    /// `&&` and `||`: one side that is `decisive` decides, whatever becomes of the other.
    fn decide(&mut self, decisive: bool, a: &'a Expr, b: &'a Expr) -> Result<Value, Fault> {
        let truth = match self.truth(a) {
            Ok(truth) if truth == decisive => decisive,
            Ok(_) => self.truth(b)?,
            Err(fault) => match self.truth(b) {
                Ok(truth) if truth == decisive => decisive,
                Ok(_) | Err(_) => return Err(fault),
            },
        };
        Ok(Value::Bool(truth))
    }

    fn each(&mut self, each: Each, list: &'a Expr, name: &'a str, body: &'a Expr) -> Result<Value, Fault> {
        let items = match self.value(list)? {
            Value::List(items) if items.len() > LIST_ITEMS => return Err(Fault::TooMany),
            Value::List(items) => items,
            other => return Err(misfit(&other)),
        };
        match each {
            Each::All => self.decided(false, items, name, body),
            Each::Exists => self.decided(true, items, name, body),
            Each::Filter => {
                let mut kept = Vec::new();
                for item in items {
                    let (result, item) = self.of_item(name, item, |this| this.truth(body));
                    if result? {
                        kept.push(item);
                    }
                }
                Ok(Value::List(kept))
            }
            Each::Map => {
                let mut made = Vec::with_capacity(items.len());
                for item in items {
                    made.push(self.of_item(name, item, |this| this.value(body)).0?);
                }
                Ok(Value::List(made))
            }
        }
    }

    /// `exists` and `all`: one item that is `decisive` decides, whatever becomes of the others.
    fn decided(&mut self, decisive: bool, items: Vec<Value>, name: &'a str, body: &'a Expr) -> Result<Value, Fault> {
        let mut fault = None;
        for item in items {
            match self.of_item(name, item, |this| this.truth(body)).0 {
                Ok(truth) if truth == decisive => return Ok(Value::Bool(decisive)),
                Ok(_) => {}
                Err(Fault::TooMuch) => return Err(Fault::TooMuch),
                Err(first) => drop(fault.get_or_insert(first)),
            }
        }
        fault.map_or(Ok(Value::Bool(!decisive)), Err)
    }

    /// Does `work` with the item in sight, and gives the item back.
    fn of_item<T>(&mut self, name: &'a str, item: Value, work: impl FnOnce(&mut Self) -> T) -> (T, Value) {
        self.items.push((name, item));
        let result = work(self);
        let item = self.items.pop().map_or(Value::Absent, |(_, item)| item);
        (result, item)
    }
}

/// The value, if it is a phone whose number begins with one of these.
fn dialled(value: Value, prefixes: &[String]) -> Result<Value, Fault> {
    let begins = |number: &str| prefixes.iter().any(|prefix| number.starts_with(prefix.as_str()));
    match &value {
        Value::Phone(id) => match Identifier::parse(id) {
            Identifier::Phone(number) if begins(&number) => Ok(value),
            _ => Err(Fault::NotAllowed(prefixes.join(", "))),
        },
        other => Err(misfit(other)),
    }
}

fn misfit(value: &Value) -> Fault {
    if *value == Value::Absent { Fault::Absent } else { Fault::Type }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::eval::{Fault, LIST_ITEMS, eval};
    use crate::language::flow::expr::{CallField, Each, Expr, Op, Slot};
    use crate::language::flow::form::Form;
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

    fn truth(truth: bool) -> Box<Expr> {
        Box::new(Expr::Const(Value::Bool(truth)))
    }

    /// 1 / 0 == 1.
    fn fault() -> Box<Expr> {
        let quotient = Box::new(Expr::Binary(Op::Div, int(1), int(0)));
        Box::new(Expr::Binary(Op::Eq, quotient, int(1)))
    }

    fn ints(numbers: std::ops::Range<i64>) -> Box<Expr> {
        Box::new(Expr::Const(Value::List(numbers.map(Value::Int).collect())))
    }

    fn item() -> Box<Expr> {
        Box::new(Expr::Item("x".to_owned()))
    }

    fn each(each: Each, list: Box<Expr>, body: Box<Expr>) -> Result<Value, Fault> {
        eval(&Expr::Each(each, list, "x".to_owned(), body), &nothing)
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
    fn one_side_may_decide_alone() {
        assert_eq!(of(Op::And, truth(false), fault()), Ok(Value::Bool(false)));
        assert_eq!(of(Op::And, fault(), truth(false)), Ok(Value::Bool(false)));
        assert_eq!(of(Op::Or, fault(), truth(true)), Ok(Value::Bool(true)));
        assert_eq!(of(Op::And, fault(), truth(true)), Err(Fault::DivisionByZero));
        assert_eq!(of(Op::Or, truth(false), fault()), Err(Fault::DivisionByZero));
    }

    #[test]
    fn of_numbers_that_callers_chose_the_allowed_are_dialled() {
        let dial = |id: &str| {
            let value = Box::new(Expr::Const(Value::Phone(id.to_owned())));
            eval(&Expr::Dialled(value, vec!["+44".to_owned(), "+1604".to_owned()]), &nothing)
        };
        for allowed in ["+441632960100", "4:+441632960100", "+16041234567"] {
            assert_eq!(dial(allowed), Ok(Value::Phone(allowed.to_owned())));
        }
        for other in ["+16051234567", "+4", "+33144", "8:acs:+44", "+1900441"] {
            assert_eq!(dial(other), Err(Fault::NotAllowed("+44, +1604".to_owned())), "{other}");
        }
        let absent = Box::new(Expr::Read(Slot::Var("x".to_owned())));
        assert_eq!(eval(&Expr::Dialled(absent, vec!["+44".to_owned()]), &nothing), Err(Fault::Absent));
    }

    #[test]
    fn lists_are_gone_through() {
        let above = |n| Box::new(Expr::Binary(Op::Gt, item(), int(n)));
        assert_eq!(each(Each::Exists, ints(0..3), above(1)), Ok(Value::Bool(true)));
        assert_eq!(each(Each::All, ints(0..3), above(1)), Ok(Value::Bool(false)));
        assert_eq!(each(Each::All, ints(0..0), above(1)), Ok(Value::Bool(true)));
        assert_eq!(each(Each::Filter, ints(0..4), above(1)), Ok(Value::List(vec![Value::Int(2), Value::Int(3)])));
        let twice = Box::new(Expr::Binary(Op::Mul, item(), int(2)));
        assert_eq!(each(Each::Map, ints(1..3), twice), Ok(Value::List(vec![Value::Int(2), Value::Int(4)])));
        // 10 / x > 4: a fault for 0, true for 1.
        let ten = Box::new(Expr::Binary(Op::Div, int(10), item()));
        let big = Box::new(Expr::Binary(Op::Gt, ten, int(4)));
        assert_eq!(each(Each::Exists, ints(0..3), big.clone()), Ok(Value::Bool(true)));
        assert_eq!(each(Each::Exists, ints(0..1), big), Err(Fault::DivisionByZero));
    }

    #[test]
    fn items_of_one_name_do_not_meet() {
        let inner = Box::new(Expr::Each(Each::Exists, ints(5..6), "y".to_owned(), truth(true)));
        let both = Box::new(Expr::Binary(Op::And, inner, Box::new(Expr::Binary(Op::Eq, item(), int(2)))));
        assert_eq!(each(Each::Filter, ints(0..4), both), Ok(Value::List(vec![Value::Int(2)])));
        assert_eq!(eval(&item(), &nothing), Err(Fault::Type));
    }

    #[test]
    fn evaluations_end() {
        let many = || ints(0..i64::try_from(LIST_ITEMS).unwrap());
        let all = |list, body| Box::new(Expr::Each(Each::All, list, "y".to_owned(), body));
        // Ten thousand times ten thousand.
        assert_eq!(each(Each::All, many(), all(many(), truth(true))), Err(Fault::TooMuch));
        assert_eq!(each(Each::All, ints(0..i64::try_from(LIST_ITEMS).unwrap() + 1), truth(true)), Err(Fault::TooMany));
        let long = Box::new(Expr::Const(Value::Text("x".repeat(60_000))));
        let doubled = Box::new(Expr::Binary(Op::Add, long.clone(), long.clone()));
        assert_eq!(each(Each::Map, ints(0..3), doubled), Err(Fault::TooLong));
        assert_eq!(each(Each::Map, many(), long), Err(Fault::TooMuch));
    }

    #[test]
    fn spoken_needs_the_locale_of_the_call() {
        let three = Expr::Spoken(int(3), Form::Ordinal);
        let english = |slot: &Slot| (*slot == Slot::Call(CallField::Locale)).then(|| Value::Text("en-GB".to_owned()));
        assert_eq!(eval(&three, &english), Ok(Value::Text("3rd".to_owned())));
        assert_eq!(eval(&three, &nothing), Err(Fault::Absent));
    }
}
