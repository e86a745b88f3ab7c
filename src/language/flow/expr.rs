//! Typed expressions: every name resolved, every node known to fit. Built by `check`, evaluated by the machine.

use crate::language::flow::form::Form;
use crate::language::flow::pattern::Pattern;
use crate::language::flow::value::Value;
use serde::{Deserialize, Serialize};

/// A typed expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expr {
    /// A value.
    Const(Value),
    /// A named value.
    Read(Slot),
    /// The item that `exists`, `all`, `filter` or `map` looks at.
    Item(String),
    /// A field of a record.
    Field(Box<Expr>, String),
    /// A field of a record that may be absent: absent then.
    OptionalField(Box<Expr>, String),
    /// `has(a)`: whether a value is there.
    Has(Box<Expr>),
    /// `a.orValue(b)`.
    OrValue(Box<Expr>, Box<Expr>),
    /// `a.last(4)`: the last characters of a text or of digits.
    Last(Box<Expr>, Box<Expr>),
    /// `size(a)`: characters of a text, items of a list.
    Size(Box<Expr>),
    /// `a.matches("…")`: whether the pattern is found in the text.
    Matches(Box<Expr>, Pattern),
    /// `a.in_zone("Europe/London")`: what calendar and clock show there.
    InZone(Box<Expr>, String),
    /// `spoken(a, "day")`: as it is spoken in the call's locale.
    Spoken(Box<Expr>, Form),
    /// Any other function: of what it is written after, and perhaps of one value more.
    Call(Function, Box<Expr>, Option<Box<Expr>>),
    /// `list.exists(x, …)` and its kin.
    Each(Each, Box<Expr>, String, Box<Expr>),
    /// `!a`.
    Not(Box<Expr>),
    /// `-a`.
    Neg(Box<Expr>),
    /// `a op b`.
    Binary(Op, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// Whom to call, chosen by somebody outside: only a phone whose number begins with one of these.
    Dialled(Box<Expr>, Vec<String>),
}

/// Where a named value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// A placeholder of a library prompt.
    Argument(String),
    /// `call.…`.
    Call(CallField),
    /// `state.entered`: when the state that reads it was entered.
    Entered,
    /// `call.headers.get("…")`: a custom header that came with the call, by the name it is looked up under. Not trusted.
    Header(String),
    /// `office.main.next_open`: when the hours of a calendar open next.
    NextOpen {
        /// The calendar.
        calendar: String,
        /// Its hours.
        hours: String,
    },
    /// A parameter.
    Param(String),
    /// A setting.
    Setting(String),
    /// `signals.…`: what came along with the signal of this name that was taken last. Not trusted.
    Signal(String),
    /// A variable.
    Var(String),
}

/// What a flow can ask of its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallField {
    /// `call.from`: who calls; text, since it may be `anonymous` or no phone at all. Not trusted.
    From,
    /// `call.id`.
    Id,
    /// `call.locale`: the locale spoken now.
    Locale,
    /// `call.started`.
    Started,
    /// `call.to`: who was called.
    To,
}

/// Functions that need nothing but the values they are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Function {
    /// `a.contains(b)`.
    Contains,
    /// `a.days_until(b)`: days from one date to another.
    DaysUntil,
    /// `a.endsWith(b)`.
    EndsWith,
    /// `a.lowerAscii()`.
    LowerAscii,
    /// `a.plus_days(n)`.
    PlusDays,
    /// `a.startsWith(b)`.
    StartsWith,
    /// `a.toDate()`: absent when the text is none.
    ToDate,
    /// `a.toDecimal()`: of an int; of a text, absent when it is none.
    ToDecimal,
    /// `a.toInt()`: absent when the text is none.
    ToInt,
    /// `a.toPhone()`: absent when the text is none.
    ToPhone,
    /// `a.toText()`: as flows write it.
    ToText,
    /// `a.toTime()`: absent when the text is none.
    ToTime,
    /// `a.trim()`: without the blanks around it.
    Trim,
    /// `a.upperAscii()`.
    UpperAscii,
}

/// What is done with each item of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Each {
    /// Whether all are so.
    All,
    /// Whether one is so.
    Exists,
    /// Those that are so.
    Filter,
    /// What becomes of each.
    Map,
}

/// Operators with two operands. `And` and `Or` look at the right side only when they must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Op {
    Add,
    And,
    Div,
    Eq,
    Ge,
    Gt,
    In,
    Le,
    Lt,
    Mul,
    Ne,
    Or,
    Sub,
}
