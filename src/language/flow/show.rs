//! Typed expressions as text, in one canonical printing, for graphs and traces.

use crate::language::duration;
use crate::language::flow::expr::{CallField, Expr, Op, Slot};
use crate::language::flow::value::Value;
use std::fmt::{Display, Formatter, Result, Write};

impl Display for Slot {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Slot::Argument(name) | Slot::Param(name) | Slot::Var(name) => f.write_str(name),
            Slot::Call(field) => write!(f, "call.{}", field.word()),
            Slot::Entered => f.write_str("state.entered"),
            Slot::Header(name) => write!(f, "call.headers.get(\"{name}\")"),
            Slot::NextOpen { calendar, hours } => write!(f, "{calendar}.{hours}.next_open"),
            Slot::Setting(name) => write!(f, "settings.{name}"),
            Slot::Signal(name) => write!(f, "signals.{name}"),
        }
    }
}

impl CallField {
    /// Every field.
    pub const ALL: [CallField; 5] =
        [CallField::From, CallField::Id, CallField::Locale, CallField::Started, CallField::To];

    /// The field's name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CallField::From => "from",
            CallField::Id => "id",
            CallField::Locale => "locale",
            CallField::Started => "started",
            CallField::To => "to",
        }
    }
}

impl Op {
    /// The operator as written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Op::Add => "+",
            Op::And => "&&",
            Op::Div => "/",
            Op::Eq => "==",
            Op::Ge => ">=",
            Op::Gt => ">",
            Op::In => "in",
            Op::Le => "<=",
            Op::Lt => "<",
            Op::Mul => "*",
            Op::Ne => "!=",
            Op::Or => "||",
            Op::Sub => "-",
        }
    }

    /// How tightly it binds; more is tighter.
    fn strength(self) -> u8 {
        match self {
            Op::Or => 2,
            Op::And => 3,
            Op::Eq | Op::Ne | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::In => 4,
            Op::Add | Op::Sub => 5,
            Op::Mul | Op::Div => 6,
        }
    }
}

const CONDITIONAL: u8 = 1;
const PREFIX: u8 = 7;
const POSTFIX: u8 = 8;

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        print(self, 0, f)
    }
}

/// Prints `expr`, in brackets where it binds less tightly than its place wants.
fn print(expr: &Expr, wanted: u8, f: &mut Formatter<'_>) -> Result {
    if strength(expr) < wanted {
        f.write_char('(')?;
        print(expr, 0, f)?;
        return f.write_char(')');
    }
    match expr {
        Expr::Const(value) => constant(value, f),
        Expr::Read(slot) => slot.fmt(f),
        Expr::Item(name) => f.write_str(name),
        Expr::Field(record, name) => {
            print(record, POSTFIX, f)?;
            write!(f, ".{name}")
        }
        Expr::OptionalField(record, name) => {
            print(record, POSTFIX, f)?;
            write!(f, "?.{name}")
        }
        Expr::Has(inner) => write!(f, "has({inner})"),
        Expr::Size(inner) => write!(f, "size({inner})"),
        Expr::Spoken(inner, form) => match form.word() {
            Some(form) => write!(f, "spoken({inner}, \"{form}\")"),
            None => write!(f, "spoken({inner})"),
        },
        Expr::Matches(text, pattern) => {
            print(text, POSTFIX, f)?;
            f.write_str(".matches(")?;
            quoted(pattern.text(), f)?;
            f.write_char(')')
        }
        Expr::InZone(time, zone) => {
            print(time, POSTFIX, f)?;
            write!(f, ".in_zone(\"{zone}\")")
        }
        Expr::Call(function, of, with) => {
            print(of, POSTFIX, f)?;
            write!(f, ".{}(", function.word())?;
            if let Some(with) = with {
                print(with, 0, f)?;
            }
            f.write_char(')')
        }
        Expr::Each(each, of, item, body) => {
            print(of, POSTFIX, f)?;
            write!(f, ".{}({item}, {body})", each.word())
        }
        Expr::OrValue(value, otherwise) => {
            print(value, POSTFIX, f)?;
            write!(f, ".orValue({otherwise})")
        }
        Expr::Last(value, count) => {
            print(value, POSTFIX, f)?;
            write!(f, ".last({count})")
        }
        Expr::Not(inner) => {
            f.write_char('!')?;
            print(inner, PREFIX, f)
        }
        Expr::Neg(inner) => {
            f.write_char('-')?;
            print(inner, PREFIX, f)
        }
        Expr::Binary(op, a, b) => {
            print(a, op.strength(), f)?;
            write!(f, " {} ", op.symbol())?;
            print(b, op.strength() + 1, f)
        }
        Expr::Conditional(condition, a, b) => {
            print(condition, CONDITIONAL + 1, f)?;
            f.write_str(" ? ")?;
            print(a, CONDITIONAL, f)?;
            f.write_str(" : ")?;
            print(b, CONDITIONAL, f)
        }
        // What it may begin with stands in the head of the flow.
        Expr::Dialled(inner, _) => print(inner, wanted, f),
        Expr::List(items) => {
            f.write_char('[')?;
            list(items, f)?;
            f.write_char(']')
        }
    }
}

fn list(items: &[Expr], f: &mut Formatter<'_>) -> Result {
    for (n, item) in items.iter().enumerate() {
        if n > 0 {
            f.write_str(", ")?;
        }
        print(item, 0, f)?;
    }
    Ok(())
}

fn strength(expr: &Expr) -> u8 {
    match expr {
        Expr::Conditional(..) => CONDITIONAL,
        Expr::Binary(op, ..) => op.strength(),
        Expr::Not(_) | Expr::Neg(_) => PREFIX,
        Expr::Dialled(inner, _) => strength(inner),
        Expr::Const(Value::Int(n) | Value::Duration(n)) if *n < 0 => PREFIX,
        Expr::Const(Value::Decimal(number)) if number.to_string().starts_with('-') => PREFIX,
        Expr::Const(_)
        | Expr::Read(_)
        | Expr::Item(_)
        | Expr::Matches(..)
        | Expr::InZone(..)
        | Expr::Spoken(..)
        | Expr::Call(..)
        | Expr::Each(..)
        | Expr::Field(..)
        | Expr::OptionalField(..)
        | Expr::Has(_)
        | Expr::OrValue(..)
        | Expr::Last(..)
        | Expr::Size(_)
        | Expr::List(_) => POSTFIX,
    }
}

fn constant(value: &Value, f: &mut Formatter<'_>) -> Result {
    match value {
        Value::Absent => f.write_str("nothing"),
        Value::Bool(truth) => write!(f, "{truth}"),
        Value::Int(n) => write!(f, "{n}"),
        Value::Date(date) => write!(f, "date(\"{date}\")"),
        Value::Decimal(number) => write!(f, "{number}"),
        Value::Duration(ms) if *ms < 0 => write!(f, "-{}", duration::show(ms.unsigned_abs())),
        Value::Duration(ms) => f.write_str(&duration::show(ms.unsigned_abs())),
        Value::LocalTime(at) => write!(f, "local_time(\"{at}\")"),
        Value::Money(money) => write!(f, "money(\"{money}\")"),
        Value::Text(text) | Value::Digits(text) | Value::Enum(text) | Value::Phone(text) => quoted(text, f),
        Value::Time(ms) => match jiff::Timestamp::from_millisecond(*ms) {
            Ok(instant) => write!(f, "time(\"{instant}\")"),
            Err(_) => write!(f, "{ms}ms"),
        },
        Value::List(items) => {
            f.write_char('[')?;
            for (n, item) in items.iter().enumerate() {
                if n > 0 {
                    f.write_str(", ")?;
                }
                constant(item, f)?;
            }
            f.write_char(']')
        }
        Value::Record(fields) => {
            f.write_str("{ ")?;
            for (n, (name, value)) in fields.iter().enumerate() {
                if n > 0 {
                    f.write_str(", ")?;
                }
                write!(f, "{name}: ")?;
                constant(value, f)?;
            }
            f.write_str(" }")
        }
    }
}

fn quoted(text: &str, f: &mut Formatter<'_>) -> Result {
    f.write_char('"')?;
    for c in text.chars() {
        match c {
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\t' => f.write_str("\\t")?,
            c if c.is_control() => write!(f, "\\u{{{:x}}}", c as u32)?,
            c => f.write_char(c)?,
        }
    }
    f.write_char('"')
}

#[cfg(test)]
mod tests {
    use crate::language::flow::expr::{Expr, Op, Slot};
    use crate::language::flow::value::Value;

    fn var(name: &str) -> Box<Expr> {
        Box::new(Expr::Read(Slot::Var(name.to_owned())))
    }

    fn op(op: Op, a: Box<Expr>, b: Box<Expr>) -> Box<Expr> {
        Box::new(Expr::Binary(op, a, b))
    }

    #[test]
    fn brackets_only_where_they_count() {
        let sum = op(Op::Add, var("a"), op(Op::Mul, var("b"), var("c")));
        assert_eq!(sum.to_string(), "a + b * c");
        let product = op(Op::Mul, op(Op::Add, var("a"), var("b")), var("c"));
        assert_eq!(product.to_string(), "(a + b) * c");
        let right = op(Op::Sub, var("a"), op(Op::Sub, var("b"), var("c")));
        assert_eq!(right.to_string(), "a - (b - c)");
        let not = Expr::Not(op(Op::Or, var("a"), var("b")));
        assert_eq!(not.to_string(), "!(a || b)");
        let conditional = Expr::Conditional(Box::new(Expr::Has(var("a"))), var("b"), var("c"));
        assert_eq!(Expr::Last(Box::new(conditional), var("n")).to_string(), "(has(a) ? b : c).last(n)");
    }

    #[test]
    fn texts_are_quoted() {
        let text = Expr::Const(Value::Text("a \"b\"\n".to_owned()));
        assert_eq!(text.to_string(), "\"a \\\"b\\\"\\n\"");
    }
}
