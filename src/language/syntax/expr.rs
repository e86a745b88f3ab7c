//! Expressions as written: untyped, each node with its place. Parsed by one grammar for both spellings.

use crate::language::source::{Span, Word};
use crate::language::syntax::ast::SpanOnly;
pub use crate::language::syntax::operators::parse;
pub use crate::language::syntax::place::Place;

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: SpanOnly,
}

impl Expr {
    /// Stands where something could not be read; a finding has said so.
    #[must_use]
    pub fn broken(span: Span) -> Expr {
        Expr { kind: ExprKind::Broken, span: SpanOnly(span) }
    }
}

/// The shapes of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `true`, `false`.
    Bool(bool),
    /// `3`.
    Int(i64),
    /// `2.50`, as written.
    Decimal(String),
    /// `"text"`.
    Text(String),
    /// `4m`: milliseconds.
    Duration(u64),
    /// A name: a parameter, a variable, `settings`, `call`.
    Name(String),
    /// `a.b`.
    Field(Box<Expr>, Word),
    /// `a?.b`.
    OptionalField(Box<Expr>, Word),
    /// `has(a)`, `spoken(a)`.
    Call(Word, Vec<Expr>),
    /// `a.orValue(b)`, `a.last(4)`.
    Method(Box<Expr>, Word, Vec<Expr>),
    /// `!a`, `-a`.
    Unary(Unary, Box<Expr>),
    /// `a + b`.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// `a ? b : c`.
    Conditional(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// Stands where something could not be read; a finding has said so, and nothing more is said of it.
    Broken,
}

/// Operators with one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Unary {
    Neg,
    Not,
}

/// Operators with two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Binary {
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

impl Binary {
    /// The operator as written.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::And => "&&",
            Binary::Div => "/",
            Binary::Eq => "==",
            Binary::Ge => ">=",
            Binary::Gt => ">",
            Binary::In => "in",
            Binary::Le => "<=",
            Binary::Lt => "<",
            Binary::Mul => "*",
            Binary::Ne => "!=",
            Binary::Or => "||",
            Binary::Sub => "-",
        }
    }
}
