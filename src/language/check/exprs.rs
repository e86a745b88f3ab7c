//! Written expressions to typed ones. Every finding points at the exact sub-expression, and nothing is converted; a text literal
//! next to an enum, digits or a phone number is read as one of those.
//!
//! What may be absent is settled elsewhere: reading it plainly leaves a [`Need`], which `assign` holds against the ways that
//! lead to the state.

use crate::language::check::calls;
use crate::language::check::facts::{facts, path};
use crate::language::check::literals;
use crate::language::check::names::Declared;
use crate::language::check::types::{alike, fits};
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Expr, Op};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use crate::language::syntax::expr as written;
use std::collections::{BTreeMap, BTreeSet};

/// A typed expression with its type.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub ty: Type,
}

/// A value that must be there where it is read: a variable saved, or an optional found present, on every way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// What is read, as written: `new_slot`, `visit.note`.
    pub path: String,
    /// Where.
    pub span: Span,
}

/// Which names an expression sees.
#[derive(Clone, Copy)]
pub enum Names<'a> {
    /// Those of a flow.
    Flow(&'a Declared<'a>),
    /// The placeholders of a library prompt; `None` for one whose type is in error.
    Placeholders(&'a BTreeMap<String, Option<Type>>),
}

/// Types expressions of one place.
pub struct Exprs<'a> {
    /// The names in sight.
    pub names: Names<'a>,
    /// What `has()` has shown to be there.
    pub known: BTreeSet<String>,
    /// What has to be there besides.
    pub needs: Vec<Need>,
    /// Findings.
    pub findings: Vec<Diagnostic>,
}

impl<'a> Exprs<'a> {
    /// Nothing known yet.
    #[must_use]
    pub fn new(names: Names<'a>) -> Exprs<'a> {
        Exprs { names, known: BTreeSet::new(), needs: Vec::new(), findings: Vec::new() }
    }

    /// The expression as one of type `want`; `None` when it is none, and a finding says so.
    pub fn check(&mut self, e: &written::Expr, want: &Type) -> Option<Expr> {
        match &e.kind {
            written::ExprKind::Text(text) if literals::takes_text(want.present()) => {
                let value = self.found(literals::text_as(text, want.present(), e.span.0))?;
                Some(Expr::Const(value))
            }
            written::ExprKind::Conditional(condition, a, b) => {
                let condition = self.check(condition, &Type::Bool);
                let a = self.with(condition.as_ref(), true, |this| this.check(a, want));
                let b = self.with(condition.as_ref(), false, |this| this.check(b, want));
                Some(Expr::Conditional(Box::new(condition?), Box::new(a?), Box::new(b?)))
            }
            written::ExprKind::List(items) => match want.present() {
                Type::List(inner) => {
                    let items: Vec<Option<Expr>> = items.iter().map(|item| self.check(item, inner)).collect();
                    items.into_iter().collect::<Option<Vec<Expr>>>().map(Expr::List)
                }
                _ => self.check_inferred(e, want),
            },
            _ => self.check_inferred(e, want),
        }
    }

    fn check_inferred(&mut self, e: &written::Expr, want: &Type) -> Option<Expr> {
        let typed = self.infer(e)?;
        let typed = if want.is_optional() { typed } else { self.plain(typed, e.span.0)? };
        if fits(&typed.ty, want) {
            return Some(typed.expr);
        }
        self.findings.push(Diagnostic::new(
            Code::F0406,
            format!("`{want}` is required here"),
            e.span.0,
            format!("this is `{}`", typed.ty),
        ));
        None
    }

    /// The expression with the type it has by itself, which may be optional.
    pub fn infer(&mut self, e: &written::Expr) -> Option<Typed> {
        let span = e.span.0;
        let constant = |value, ty| Some(Typed { expr: Expr::Const(value), ty });
        match &e.kind {
            written::ExprKind::Bool(truth) => constant(Value::Bool(*truth), Type::Bool),
            written::ExprKind::Int(n) => constant(Value::Int(*n), Type::Int),
            written::ExprKind::Text(text) => constant(Value::Text(text.clone()), Type::Text),
            written::ExprKind::Duration(ms) => constant(Value::Duration(*ms), Type::Duration),
            written::ExprKind::Decimal(_) => self.refuse(
                Diagnostic::new(Code::F0011, "decimals are not offered yet", span, "not in this release")
                    .help("count in whole numbers, such as pence or seconds"),
            ),
            written::ExprKind::Name(name) => self.name(name, span),
            written::ExprKind::Field(record, name) => self.field(record, name, false, span),
            written::ExprKind::OptionalField(record, name) => self.field(record, name, true, span),
            written::ExprKind::Call(name, args) => calls::function(self, name, args, span),
            written::ExprKind::Method(value, name, args) => calls::method(self, value, name, args, span),
            written::ExprKind::Unary(op, inner) => self.unary(*op, inner),
            written::ExprKind::Binary(op, a, b) => self.binary(*op, a, b, span),
            written::ExprKind::Conditional(condition, a, b) => self.conditional(condition, a, b, span),
            written::ExprKind::List(items) => self.list(items, span),
            written::ExprKind::Broken => None,
        }
    }

    /// The value without its `?`: known to be there, or needed to be.
    pub fn plain(&mut self, typed: Typed, span: Span) -> Option<Typed> {
        let Type::Optional(inner) = typed.ty else { return Some(typed) };
        match path(&typed.expr) {
            Some(path) if self.known.contains(&path) => {}
            Some(path) if matches!(self.names, Names::Flow(_)) => self.needs.push(Need { path, span }),
            _ => {
                return self.refuse(
                    Diagnostic::new(Code::F0407, "a value that may be absent", span, format!("this is `{inner}?`"))
                        .help("give a value for its absence with `.orValue(…)`, or ask `has(…)` first"),
                );
            }
        }
        Some(Typed { expr: typed.expr, ty: *inner })
    }

    /// Infers without a `?`.
    pub fn infer_plain(&mut self, e: &written::Expr) -> Option<Typed> {
        let typed = self.infer(e)?;
        self.plain(typed, e.span.0)
    }

    /// A finding, and nothing else.
    pub fn refuse<T>(&mut self, finding: Diagnostic) -> Option<T> {
        self.findings.push(finding);
        None
    }

    /// The value, or its finding noted.
    pub fn found<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|finding| self.findings.push(finding)).ok()
    }

    /// Does `work` where `condition` has come out as `truth`.
    fn with<T>(&mut self, condition: Option<&Expr>, truth: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.clone();
        if let Some(condition) = condition {
            self.known.extend(facts(condition, truth));
        }
        let result = work(self);
        self.known = before;
        result
    }

    fn unary(&mut self, op: written::Unary, inner: &written::Expr) -> Option<Typed> {
        match (op, &inner.kind) {
            (written::Unary::Neg, written::ExprKind::Int(n)) => {
                Some(Typed { expr: Expr::Const(Value::Int(n.checked_neg()?)), ty: Type::Int })
            }
            (written::Unary::Neg, _) => {
                let inner = self.check(inner, &Type::Int)?;
                Some(Typed { expr: Expr::Neg(Box::new(inner)), ty: Type::Int })
            }
            (written::Unary::Not, _) => {
                let inner = self.check(inner, &Type::Bool)?;
                Some(Typed { expr: Expr::Not(Box::new(inner)), ty: Type::Bool })
            }
        }
    }

    fn binary(&mut self, op: written::Binary, a: &written::Expr, b: &written::Expr, span: Span) -> Option<Typed> {
        let (expr, ty) = match op {
            written::Binary::And => (self.both(Op::And, a, b)?, Type::Bool),
            written::Binary::Or => (self.both(Op::Or, a, b)?, Type::Bool),
            written::Binary::Eq => (self.equal(Op::Eq, a, b, span)?, Type::Bool),
            written::Binary::Ne => (self.equal(Op::Ne, a, b, span)?, Type::Bool),
            written::Binary::In => (self.within(a, b)?, Type::Bool),
            written::Binary::Lt => (self.ordered(Op::Lt, op, a, b, span)?.0, Type::Bool),
            written::Binary::Le => (self.ordered(Op::Le, op, a, b, span)?.0, Type::Bool),
            written::Binary::Gt => (self.ordered(Op::Gt, op, a, b, span)?.0, Type::Bool),
            written::Binary::Ge => (self.ordered(Op::Ge, op, a, b, span)?.0, Type::Bool),
            written::Binary::Add => self.ordered(Op::Add, op, a, b, span)?,
            written::Binary::Sub => self.ordered(Op::Sub, op, a, b, span)?,
            written::Binary::Mul => self.ordered(Op::Mul, op, a, b, span)?,
            written::Binary::Div => self.ordered(Op::Div, op, a, b, span)?,
        };
        Some(Typed { expr, ty })
    }

    /// `&&` and `||`: what the left side shows holds on the right side.
    fn both(&mut self, op: Op, a: &written::Expr, b: &written::Expr) -> Option<Expr> {
        let a = self.check(a, &Type::Bool);
        let b = self.with(a.as_ref(), op == Op::And, |this| this.check(b, &Type::Bool));
        Some(Expr::Binary(op, Box::new(a?), Box::new(b?)))
    }

    fn equal(&mut self, op: Op, a: &written::Expr, b: &written::Expr, span: Span) -> Option<Expr> {
        let (left, right) = self.pair(a, b)?;
        if alike(&left.ty, &right.ty) {
            return Some(Expr::Binary(op, Box::new(left.expr), Box::new(right.expr)));
        }
        let symbol = if op == Op::Eq { "==" } else { "!=" };
        self.refuse(unequal(symbol, &left.ty, a.span.0, &right.ty, b.span.0, span))
    }

    /// Both operands, a text literal on one side read as the type of the other.
    fn pair(&mut self, a: &written::Expr, b: &written::Expr) -> Option<(Typed, Typed)> {
        let literal = |e: &written::Expr| matches!(e.kind, written::ExprKind::Text(_));
        if literal(a) && !literal(b) {
            let (right, left) = self.pair(b, a)?;
            return Some((left, right));
        }
        let left = self.infer_plain(a);
        let right = match (&b.kind, &left) {
            (written::ExprKind::Text(text), Some(left)) if literals::takes_text(&left.ty) => {
                let value = self.found(literals::text_as(text, &left.ty, b.span.0))?;
                Some(Typed { expr: Expr::Const(value), ty: left.ty.clone() })
            }
            (written::ExprKind::Name(word), Some(Typed { ty: Type::Enum(words), .. }))
                if words.contains(word) && !self.sees(word) =>
            {
                let message = format!("unknown name `{word}`");
                let help = format!("words of an enum stand in quotes: `\"{word}\"`");
                self.refuse(Diagnostic::new(Code::F0105, message, b.span.0, "not a name").help(help))
            }
            _ => self.infer_plain(b),
        };
        Some((left?, right?))
    }

    fn within(&mut self, a: &written::Expr, b: &written::Expr) -> Option<Expr> {
        let item = self.infer_plain(a)?;
        let list = match &b.kind {
            written::ExprKind::List(_) => self.check(b, &Type::List(Box::new(item.ty)))?,
            _ => {
                let list = self.infer_plain(b)?;
                match &list.ty {
                    Type::List(inner) if alike(inner, &item.ty) => list.expr,
                    Type::List(inner) => {
                        let label = format!("this list holds `{inner}`");
                        let message = format!("`{}` is never in this list", item.ty);
                        return self.refuse(Diagnostic::new(Code::F0406, message, b.span.0, label));
                    }
                    other => {
                        let label = format!("this is `{other}`");
                        return self.refuse(Diagnostic::new(Code::F0406, "`in` needs a list", b.span.0, label));
                    }
                }
            }
        };
        Some(Expr::Binary(Op::In, Box::new(item.expr), Box::new(list)))
    }

    /// Comparison by order and arithmetic: both operands of one type, and one that has the operator.
    fn ordered(
        &mut self,
        op: Op,
        written: written::Binary,
        a: &written::Expr,
        b: &written::Expr,
        span: Span,
    ) -> Option<(Expr, Type)> {
        let left = self.infer_plain(a);
        let right = self.infer_plain(b);
        let (left, right) = (left?, right?);
        let symbol = written.symbol();
        if !has_operator(op, &left.ty) {
            return self.refuse(no_operator(symbol, &left.ty, a.span.0));
        }
        if left.ty != right.ty {
            return self.refuse(unequal(symbol, &left.ty, a.span.0, &right.ty, b.span.0, span));
        }
        if op == Op::Div && right.expr == Expr::Const(Value::Int(0)) {
            return self.refuse(Diagnostic::new(Code::F0408, "division by zero", b.span.0, "always zero"));
        }
        Some((Expr::Binary(op, Box::new(left.expr), Box::new(right.expr)), left.ty))
    }

    fn conditional(
        &mut self,
        condition: &written::Expr,
        a: &written::Expr,
        b: &written::Expr,
        span: Span,
    ) -> Option<Typed> {
        let condition = self.check(condition, &Type::Bool);
        let first = self.with(condition.as_ref(), true, |this| this.infer(a));
        let second = self.with(condition.as_ref(), false, |this| this.infer(b));
        let (mut first, mut second) = (first?, second?);
        // A text literal in one branch is read as the type of the other.
        if let written::ExprKind::Text(text) = &a.kind
            && literals::takes_text(second.ty.present())
        {
            let value = self.found(literals::text_as(text, second.ty.present(), a.span.0))?;
            first = Typed { expr: Expr::Const(value), ty: second.ty.present().clone() };
        }
        if let written::ExprKind::Text(text) = &b.kind
            && literals::takes_text(first.ty.present())
        {
            let value = self.found(literals::text_as(text, first.ty.present(), b.span.0))?;
            second = Typed { expr: Expr::Const(value), ty: first.ty.present().clone() };
        }
        let ty = match (fits(&first.ty, &second.ty), fits(&second.ty, &first.ty)) {
            (true, _) => second.ty.clone(),
            (false, true) => first.ty.clone(),
            (false, false) => {
                return self.refuse(unequal("? :", &first.ty, a.span.0, &second.ty, b.span.0, span));
            }
        };
        // One branch known to be there and one that may be absent: so is the whole.
        Some(Typed { expr: Expr::Conditional(Box::new(condition?), Box::new(first.expr), Box::new(second.expr)), ty })
    }

    fn list(&mut self, items: &[written::Expr], span: Span) -> Option<Typed> {
        let Some((first, rest)) = items.split_first() else {
            return self.refuse(
                Diagnostic::new(Code::F0408, "an empty list has no type", span, "nothing in it")
                    .help("compare with `size(…) == 0`"),
            );
        };
        let first = self.infer_plain(first)?;
        let mut typed = vec![Some(first.expr)];
        typed.extend(rest.iter().map(|item| self.check(item, &first.ty)));
        let items = typed.into_iter().collect::<Option<Vec<Expr>>>()?;
        Some(Typed { expr: Expr::List(items), ty: Type::List(Box::new(first.ty)) })
    }
}

fn has_operator(op: Op, ty: &Type) -> bool {
    match op {
        Op::Add => matches!(ty, Type::Int | Type::Duration | Type::Text),
        Op::Sub => matches!(ty, Type::Int | Type::Duration),
        Op::Mul | Op::Div => matches!(ty, Type::Int),
        Op::Lt | Op::Le | Op::Gt | Op::Ge => matches!(ty, Type::Int | Type::Duration | Type::Time),
        Op::And | Op::Or | Op::Eq | Op::Ne | Op::In => false,
    }
}

fn no_operator(symbol: &str, ty: &Type, span: Span) -> Diagnostic {
    let finding = Diagnostic::new(Code::F0408, format!("`{ty}` has no `{symbol}`"), span, format!("this is `{ty}`"));
    match ty {
        Type::Digits { .. } => finding.help("digits are keys, not a number; compare them with `==`"),
        _ => finding,
    }
}

fn unequal(symbol: &str, a: &Type, a_span: Span, b: &Type, b_span: Span, whole: Span) -> Diagnostic {
    Diagnostic::new(Code::F0408, format!("`{symbol}` needs two values of one type"), whole, "nothing is converted")
        .and(a_span, format!("this is `{a}`"))
        .and(b_span, format!("this is `{b}`"))
}
