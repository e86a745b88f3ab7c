//! Typed expressions: every name resolved, every node known to fit. Built by `check`, evaluated by the machine.

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
}

/// Where a named value comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// A placeholder of a library prompt.
    Argument(String),
    /// `call.…`.
    Call(CallField),
    /// A parameter.
    Param(String),
    /// A setting.
    Setting(String),
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
    /// `call.started`.
    Started,
    /// `call.to`: the number called.
    To,
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
