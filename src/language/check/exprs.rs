//! Written expressions to typed ones. Every finding points at the exact sub-expression, and nothing is converted; a text literal
//! next to an enum, digits or something to call is read as one of those, a whole number next to a decimal as a decimal.
//!
//! What may be absent is settled elsewhere: reading it plainly leaves a [`Need`], which `assign` holds against the ways that
//! lead to the state.

use crate::language::check::calls;
use crate::language::check::doubt::{Doubt, Passed};
use crate::language::check::facts::{facts, path};
use crate::language::check::literals;
use crate::language::check::names::Declared;
use crate::language::check::operators;
use crate::language::check::trust::{Mark, Place, Taint, refused};
use crate::language::check::types::fits;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::Expr;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use crate::language::syntax::expr as written;
use std::collections::{BTreeMap, BTreeSet};

/// A typed expression with its type, and with what clings to its value. The type is that of the value: an outer `secret` is
/// in the taint.
#[derive(Clone, Debug)]
pub struct Typed {
    /// The expression.
    pub expr: Expr,
    /// Its type.
    pub ty: Type,
    /// Whether it is secret, and whether it can be trusted.
    pub taint: Taint,
}

impl Typed {
    /// A value that nothing clings to.
    #[must_use]
    pub fn clean(expr: Expr, ty: Type) -> Typed {
        Typed { expr, ty, taint: Taint::NONE }
    }
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

/// The item that `exists` or one of its kin looks at.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its name.
    pub name: String,
    /// Its type; `None` when the list is in error.
    pub ty: Option<Type>,
    /// What clings to the list, and so to it.
    pub taint: Taint,
}

/// Types expressions of one place.
pub struct Exprs<'a> {
    /// The names in sight.
    pub names: Names<'a>,
    /// Items in sight, the innermost last.
    pub items: Vec<Item>,
    /// What `has()` has shown to be there.
    pub known: BTreeSet<String>,
    /// What has to be there besides.
    pub needs: Vec<Need>,
    /// Values that may be untrusted where they may not be.
    pub doubts: Vec<Doubt>,
    /// Arguments given to flows.
    pub passed: Vec<Passed>,
    /// Variables set, with what of their values somebody outside chose.
    pub copied: Vec<(String, Option<Mark>)>,
    /// Findings.
    pub findings: Vec<Diagnostic>,
}

impl<'a> Exprs<'a> {
    /// Nothing known yet.
    #[must_use]
    pub fn new(names: Names<'a>) -> Exprs<'a> {
        Exprs {
            names,
            items: Vec::new(),
            known: BTreeSet::new(),
            needs: Vec::new(),
            doubts: Vec::new(),
            passed: Vec::new(),
            copied: Vec::new(),
            findings: Vec::new(),
        }
    }

    /// The expression as one of type `want`; `None` when it is none, and a finding says so. What clings to its value is not
    /// looked at: where it goes somewhere, use [`Exprs::check_at`].
    pub fn check(&mut self, e: &written::Expr, want: &Type) -> Option<Expr> {
        self.fit(e, want, None).map(|typed| typed.expr)
    }

    /// The expression as one of type `want` that may stand in this place.
    pub fn check_at(&mut self, e: &written::Expr, want: &Type, place: Place) -> Option<Expr> {
        self.fit(e, want, Some(place)).map(|typed| typed.expr)
    }

    /// The same, with its own type, which is optional only where the value may be absent.
    pub fn check_typed_at(&mut self, e: &written::Expr, want: &Type, place: Place) -> Option<Typed> {
        self.fit(e, want, Some(place))
    }

    /// The expression as one of type `want`, with what clings to its value.
    pub fn check_typed(&mut self, e: &written::Expr, want: &Type) -> Option<Typed> {
        self.fit(e, want, None)
    }

    fn fit(&mut self, e: &written::Expr, want: &Type, place: Option<Place>) -> Option<Typed> {
        let want = &want.told();
        if let Some(value) = read_as(e, want.present()) {
            return Some(Typed::clean(Expr::Const(self.found(value)?), want.present().clone()));
        }
        match (&e.kind, want.present()) {
            (written::ExprKind::Conditional(condition, a, b), _) => {
                let condition = self.check(condition, &Type::Bool);
                let a = self.with(condition.as_ref(), true, |this| this.fit(a, want, place));
                let b = self.with(condition.as_ref(), false, |this| this.fit(b, want, place));
                let (condition, a, b) = (condition?, a?, b?);
                let taint = a.taint.and(&b.taint);
                let absent = a.ty.is_optional() || b.ty.is_optional();
                let expr = Expr::Conditional(Box::new(condition), Box::new(a.expr), Box::new(b.expr));
                Some(Typed { expr, ty: if absent { want.clone() } else { want.present().clone() }, taint })
            }
            (written::ExprKind::List(items), Type::List(inner)) => {
                let items: Vec<Option<Typed>> = items.iter().map(|item| self.fit(item, inner, place)).collect();
                let items = items.into_iter().collect::<Option<Vec<Typed>>>()?;
                let taint = items.iter().fold(Taint::NONE, |taint, item| taint.and(&item.taint));
                let expr = Expr::List(items.into_iter().map(|item| item.expr).collect());
                Some(Typed { expr, ty: want.present().clone(), taint })
            }
            _ => self.fit_inferred(e, want, place),
        }
    }

    /// What is in error needs nothing besides.
    fn fit_inferred(&mut self, e: &written::Expr, want: &Type, place: Option<Place>) -> Option<Typed> {
        let needs = self.needs.len();
        let typed = self.inferred_as(e, want, place);
        if typed.is_none() {
            self.needs.truncate(needs);
        }
        typed
    }

    fn inferred_as(&mut self, e: &written::Expr, want: &Type, place: Option<Place>) -> Option<Typed> {
        let typed = self.infer(e)?;
        let allowed = place.and_then(|place| self.dialled(&typed, place));
        match place.and_then(|place| refused(&typed, e.span.0, place)) {
            Some(finding) if allowed.is_none() => return self.refuse(finding),
            _ => {}
        }
        // What is held against the numbers allowed need not be trusted; what a parameter brings is for those who give it.
        let doubtful =
            Taint { untrusted: typed.taint.untrusted.clone().filter(|_| allowed.is_none()), ..typed.taint.clone() };
        self.doubts.extend(place.and_then(|place| Doubt::of(&doubtful, e.span.0, place)));
        let held = |typed: Typed| match allowed {
            Some(prefixes) => Typed { expr: Expr::Dialled(Box::new(typed.expr), prefixes), ..typed },
            None => typed,
        };
        let typed = if want.is_optional() { self.seen(typed) } else { typed };
        let absent = typed.ty.is_optional() && *want == Type::Bool;
        if want.is_optional() && fits(&typed.ty, want) {
            return Some(held(typed));
        }
        if !want.is_optional() && fits(typed.ty.present(), want) {
            return self.plain(typed, e.span.0).map(held);
        }
        // Making it of the right type would not make it trusted.
        if let Some(finding) = place.and_then(|place| Doubt::of(&doubtful, e.span.0, place)?.told()) {
            return self.refuse(finding);
        }
        self.refuse(
            Diagnostic::new(
                Code::F0406,
                format!("`{want}` is required here"),
                e.span.0,
                format!("this is `{}`", typed.ty),
            )
            .maybe_help(absent.then(|| "whether it is there is asked with `has(…)`".to_owned()))
            .maybe_help(literals::spelling(e, want.present()).unwrap_or_else(|| conversion(typed.ty.present(), want))),
        )
    }

    /// Where the number of somebody to call may begin, if callers chose it and the flow says that they may.
    fn dialled(&self, typed: &Typed, place: Place) -> Option<Vec<String>> {
        let Names::Flow(declared) = self.names else { return None };
        let chosen = typed.taint.untrusted.is_some() && typed.taint.secret.is_none();
        declared.dial_collected.clone().filter(|_| chosen && place == Place::Target)
    }

    /// The expression with the type it has by itself, which may be optional.
    pub fn infer(&mut self, e: &written::Expr) -> Option<Typed> {
        let span = e.span.0;
        let constant = |value, ty| Some(Typed::clean(Expr::Const(value), ty));
        match &e.kind {
            written::ExprKind::Bool(truth) => constant(Value::Bool(*truth), Type::Bool),
            written::ExprKind::Int(n) => constant(Value::Int(*n), Type::Int),
            written::ExprKind::Text(text) => constant(Value::Text(text.clone()), Type::Text),
            written::ExprKind::Duration(ms) => {
                let ms = self.found(literals::milliseconds(*ms, span))?;
                constant(Value::Duration(ms), Type::Duration)
            }
            written::ExprKind::Decimal(text) => {
                let number = self.found(literals::decimal(text, span))?;
                constant(Value::Decimal(number), Type::Decimal)
            }
            written::ExprKind::Name(name) => self.name(name, span),
            written::ExprKind::Field(record, name) => self.field(record, name, false, span),
            written::ExprKind::OptionalField(record, name) => self.field(record, name, true, span),
            written::ExprKind::Call(name, args) => calls::function(self, name, args, span),
            written::ExprKind::Method(value, name, args) => calls::method(self, value, name, args, span),
            written::ExprKind::Unary(op, inner) => operators::unary(self, *op, inner),
            written::ExprKind::Binary(op, a, b) => operators::binary(self, *op, a, b, span),
            written::ExprKind::Conditional(condition, a, b) => self.conditional(condition, a, b, span),
            written::ExprKind::List(items) => self.list(items, span),
            written::ExprKind::Broken => None,
        }
    }

    /// The value without its `?` where it is known to be there.
    fn seen(&self, typed: Typed) -> Typed {
        let known = path(&typed.expr).is_some_and(|path| self.known.contains(&path));
        if known { Typed { ty: typed.ty.present().clone(), ..typed } } else { typed }
    }

    /// The value without its `?`: known to be there, or needed to be.
    pub fn plain(&mut self, typed: Typed, span: Span) -> Option<Typed> {
        let Type::Optional(inner) = typed.ty else { return Some(typed) };
        let of_an_item = |path: &str| {
            let root = path.split('.').next().unwrap_or_default();
            self.items.iter().any(|item| item.name == root)
        };
        match path(&typed.expr) {
            Some(path) if self.known.contains(&path) => {}
            Some(path) if matches!(self.names, Names::Flow(_)) && !of_an_item(&path) => {
                self.needs.push(Need { path, span });
            }
            _ => {
                return self.refuse(
                    Diagnostic::new(Code::F0407, "a value that may be absent", span, format!("this is `{inner}?`"))
                        .help("give a value for its absence with `.orValue(…)`, or ask `has(…)` first"),
                );
            }
        }
        Some(Typed { expr: typed.expr, ty: *inner, taint: typed.taint })
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
    pub fn with<T>(&mut self, condition: Option<&Expr>, truth: bool, work: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.known.clone();
        if let Some(condition) = condition {
            self.known.extend(facts(condition, truth));
        }
        let result = work(self);
        self.known = before;
        result
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
        // A literal in one branch is read as the type of the other.
        if let Some(value) = read_as(a, second.ty.present()) {
            first = Typed::clean(Expr::Const(self.found(value)?), second.ty.present().clone());
        }
        if let Some(value) = read_as(b, first.ty.present()) {
            second = Typed::clean(Expr::Const(self.found(value)?), first.ty.present().clone());
        }
        // One branch known to be there and one that may be absent: so is the whole.
        let ty = match (fits(&first.ty, &second.ty), fits(&second.ty, &first.ty)) {
            (true, _) => second.ty.clone(),
            (false, true) => first.ty.clone(),
            (false, false) => {
                let sides = [(&first.ty, a.span.0), (&second.ty, b.span.0)];
                return self.refuse(operators::unequal("? :", sides, span));
            }
        };
        let taint = first.taint.and(&second.taint);
        let expr = Expr::Conditional(Box::new(condition?), Box::new(first.expr), Box::new(second.expr));
        Some(Typed { expr, ty, taint })
    }

    fn list(&mut self, items: &[written::Expr], span: Span) -> Option<Typed> {
        let Some((first, rest)) = items.split_first() else {
            return self
                .refuse(Diagnostic::new(Code::F0408, "an empty list has no type", span, "nothing in it").help(
                    "it stands only where a list of some type is wanted; whether one is empty is `size(…) == 0`",
                ));
        };
        let first = self.infer_plain(first)?;
        let ty = first.ty.clone();
        let mut typed = vec![Some(first)];
        typed.extend(rest.iter().map(|item| self.fit(item, &ty, None)));
        let items = typed.into_iter().collect::<Option<Vec<Typed>>>()?;
        let taint = items.iter().fold(Taint::NONE, |taint, item| taint.and(&item.taint));
        let expr = Expr::List(items.into_iter().map(|item| item.expr).collect());
        Some(Typed { expr, ty: Type::List(Box::new(ty)), taint })
    }
}

/// A literal that is read as a value of the type, though by itself it is of another; `None` for every other expression.
#[must_use]
pub fn read_as(e: &written::Expr, ty: &Type) -> Option<Result<Value, Diagnostic>> {
    let whole = |n: i64| literals::decimal(&n.to_string(), e.span.0).map(Value::Decimal);
    match (&e.kind, ty) {
        (written::ExprKind::Text(text), ty) if literals::takes_text(ty) => Some(literals::text_as(text, ty, e.span.0)),
        (written::ExprKind::Int(n), Type::Decimal) => Some(whole(*n)),
        (written::ExprKind::Unary(written::Unary::Neg, inner), Type::Decimal) => match inner.kind {
            written::ExprKind::Int(n) => Some(whole(n.checked_neg()?)),
            _ => None,
        },
        _ => None,
    }
}

/// How a value of one type is made one of another.
fn conversion(have: &Type, want: &Type) -> Option<String> {
    let by = match (have, want.present()) {
        (Type::Text | Type::Digits { .. }, Type::Int) => "toInt",
        (Type::Text | Type::Int, Type::Decimal) => "toDecimal",
        (Type::Text, Type::Date) => "toDate",
        (Type::Text, Type::Phone | Type::Endpoint) => "toPhone",
        (Type::Text, Type::Time) => "toTime",
        (Type::Time, Type::LocalTime) => return Some("say where: `.in_zone(\"Europe/London\")`".to_owned()),
        (
            Type::Date
            | Type::Decimal
            | Type::Digits { .. }
            | Type::Enum(_)
            | Type::Int
            | Type::Money
            | Type::Phone
            | Type::Time,
            Type::Text,
        ) => "toText",
        _ => return None,
    };
    Some(format!("nothing is converted by itself; write `.{by}()`"))
}
