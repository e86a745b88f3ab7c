//! Functions and methods of expressions.

use crate::language::check::exprs::{Exprs, Item, Typed};
use crate::language::check::given::known;
use crate::language::check::literals;
use crate::language::check::trust::Taint;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::flow::expr::{Each, Expr, Function};
use crate::language::flow::form::Form;
use crate::language::flow::functions;
use crate::language::flow::pattern::Pattern;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::{Span, Word};
use crate::language::syntax::expr as written;

const FUNCTIONS: &[&str] = &["date", "has", "local_time", "money", "size", "spoken", "time"];
/// Methods beside those of [`Function`] and [`Each`].
const METHODS: &[&str] = &["in_zone", "last", "matches", "orValue", "size", "spoken"];

/// `has(a)`, `size(a)`, `date("…")`, `spoken(a, "day")`.
pub fn function(exprs: &mut Exprs, name: &Word, args: &[written::Expr], span: Span) -> Option<Typed> {
    match (name.value.as_str(), args) {
        ("has", [arg]) => has(exprs, arg),
        ("size", [arg]) => size(exprs, arg),
        ("spoken", [arg, form @ ..]) if form.len() <= 1 => spoken(exprs, arg, form.first()),
        ("has" | "size", _) => exprs.refuse(arguments(name, "1 argument", args.len(), span)),
        ("spoken", _) => exprs.refuse(arguments(name, "a value and perhaps a form", args.len(), span)),
        (word, args) => match literals::WRITTEN.iter().find(|(known, ..)| *known == word) {
            Some((_, ty, example)) => literal(exprs, name, ty, example, args, span),
            None => exprs.refuse(unknown_function(name)),
        },
    }
}

/// `a.orValue(b)`, `a.last(4)`, `a.exists(x, …)`.
pub fn method(
    exprs: &mut Exprs,
    value: &written::Expr,
    name: &Word,
    args: &[written::Expr],
    span: Span,
) -> Option<Typed> {
    if exprs.is_headers(value) {
        return exprs.header(name, args, span);
    }
    let word = name.value.as_str();
    match (word, args) {
        ("orValue", [otherwise]) => or_value(exprs, value, otherwise, span),
        ("last", [count]) => last(exprs, value, count),
        ("matches", [pattern]) => matches(exprs, value, pattern),
        ("in_zone", [zone]) => in_zone(exprs, value, zone),
        ("size", []) => size(exprs, value),
        ("spoken", form) if form.len() <= 1 => spoken(exprs, value, form.first()),
        ("orValue" | "last" | "matches" | "in_zone", _) => {
            exprs.refuse(arguments(name, "1 argument", args.len(), span))
        }
        ("size", _) => exprs.refuse(arguments(name, "0 arguments", args.len(), span)),
        ("spoken", _) => exprs.refuse(arguments(name, "a form or nothing", args.len(), span)),
        _ => {
            if let Some(each) = Each::ALL.into_iter().find(|each| each.word() == word) {
                return self::each(exprs, each, value, name, args, span);
            }
            match Function::ALL.into_iter().find(|function| function.word() == word) {
                Some(function) => call(exprs, function, value, name, args, span),
                None => exprs.refuse(unknown_method(name)),
            }
        }
    }
}

fn has(exprs: &mut Exprs, arg: &written::Expr) -> Option<Typed> {
    // What is asked for here need not be there, so nothing that reading it would need is needed.
    let needs = exprs.needs.len();
    let typed = exprs.infer(arg)?;
    let span = arg.span.0;
    if !typed.ty.is_optional() {
        exprs.needs.truncate(needs);
        return exprs.refuse(
            Diagnostic::new(Code::F0408, "`has()` of a value that is always there", span, format!("`{}`", typed.ty))
                .help("only a type with `?` may be absent"),
        );
    }
    Some(Typed::clean(Expr::Has(Box::new(typed.expr)), Type::Bool))
}

fn size(exprs: &mut Exprs, value: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value)?;
    match typed.ty {
        Type::Text | Type::Digits { .. } | Type::List(_) => {
            Some(Typed::clean(Expr::Size(Box::new(typed.expr)), Type::Int))
        }
        ref other => exprs.refuse(no_method("size", other, value.span.0)),
    }
}

fn or_value(exprs: &mut Exprs, value: &written::Expr, otherwise: &written::Expr, span: Span) -> Option<Typed> {
    let typed = exprs.infer(value)?;
    let Type::Optional(inner) = typed.ty else {
        return exprs.refuse(
            Diagnostic::new(Code::F0408, "`.orValue()` of a value that is always there", span, "never used")
                .help("only a type with `?` may be absent"),
        );
    };
    let otherwise = exprs.check_typed(otherwise, &inner)?;
    let taint = typed.taint.and(&otherwise.taint);
    Some(Typed { expr: Expr::OrValue(Box::new(typed.expr), Box::new(otherwise.expr)), ty: *inner, taint })
}

fn last(exprs: &mut Exprs, value: &written::Expr, count: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value);
    let at = count.span.0;
    let count = exprs.check_typed(count, &Type::Int);
    let (typed, mut count) = (typed?, count?);
    match known(&count.expr) {
        Some(Value::Int(n)) if n < 0 => {
            let finding = Diagnostic::new(Code::F0404, format!("{n} is out of its range"), at, "a count of characters");
            return exprs.refuse(finding);
        }
        Some(number @ Value::Int(_)) => count.expr = Expr::Const(number),
        _ => {}
    }
    let ty = match (&typed.ty, &count.expr) {
        (Type::Text, _) => Type::Text,
        (Type::Digits { min, max }, Expr::Const(Value::Int(n))) => {
            let n = u32::try_from((*n).clamp(0, i64::from(*max))).unwrap_or(0);
            Type::Digits { min: n.min(*min), max: n.min(*max) }
        }
        (Type::Digits { max, .. }, _) => Type::Digits { min: 0, max: *max },
        (other, _) => return exprs.refuse(no_method("last", other, value.span.0)),
    };
    Some(Typed {
        expr: Expr::Last(Box::new(typed.expr), Box::new(count.expr)),
        ty,
        taint: typed.taint.and(&count.taint),
    })
}

fn matches(exprs: &mut Exprs, value: &written::Expr, pattern: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value);
    let written::ExprKind::Text(text) = &pattern.kind else {
        let finding = Diagnostic::new(
            Code::F0411,
            "the pattern is not written here",
            pattern.span.0,
            "a text in quotes is required here",
        );
        return exprs.refuse(finding.help("a pattern is known before the call, so that it can be checked"));
    };
    let pattern = Pattern::new(text).map_err(|why| {
        Diagnostic::new(Code::F0411, format!("`{text}` is not a pattern"), pattern.span.0, why)
            .help("a pattern is a regular expression such as `^[A-Z]{2}[0-9]+$`; it has no look-around and no back references")
    });
    let (pattern, typed) = (exprs.found(pattern), typed?);
    if !matches!(typed.ty, Type::Text | Type::Digits { .. }) {
        return exprs.refuse(no_method("matches", &typed.ty, value.span.0));
    }
    Some(Typed { expr: Expr::Matches(Box::new(typed.expr), pattern?), ty: Type::Bool, taint: typed.taint })
}

fn in_zone(exprs: &mut Exprs, value: &written::Expr, zone: &written::Expr) -> Option<Typed> {
    let typed = exprs.infer_plain(value);
    let name = match &zone.kind {
        written::ExprKind::Text(name) if functions::is_zone(name) => Some(name.clone()),
        written::ExprKind::Text(name) => exprs.refuse(
            Diagnostic::new(Code::F0401, format!("`{name}` is not a time zone"), zone.span.0, "no zone has this name")
                .help("write continent and city, such as `Europe/London`"),
        ),
        _ => exprs.refuse(
            Diagnostic::new(Code::F0408, "the zone is not written here", zone.span.0, "a text in quotes is required")
                .help("write continent and city, such as `\"Europe/London\"`"),
        ),
    };
    let (typed, name) = (typed?, name?);
    if typed.ty != Type::Time {
        return exprs.refuse(no_method("in_zone", &typed.ty, value.span.0));
    }
    Some(Typed { expr: Expr::InZone(Box::new(typed.expr), name), ty: Type::LocalTime, taint: typed.taint })
}

fn spoken(exprs: &mut Exprs, value: &written::Expr, form: Option<&written::Expr>) -> Option<Typed> {
    let typed = exprs.infer_plain(value)?;
    let (word, at) = match form.map(|form| (&form.kind, form.span.0)) {
        None => (None, value.span.0),
        Some((written::ExprKind::Text(word), at)) => (Some(word.as_str()), at),
        Some((_, at)) => {
            let finding =
                Diagnostic::new(Code::F0408, "the form is not written here", at, "a text in quotes is required");
            return exprs.refuse(finding.help(forms_of(&typed.ty)));
        }
    };
    let form = exprs.found(self::form(word, &typed.ty, at, value.span.0))?;
    Some(Typed { expr: Expr::Spoken(Box::new(typed.expr), form), ty: Type::Text, taint: typed.taint })
}

/// The form of a word, for a value of this type: `word` stands at `at`, the value at `value`.
pub fn form(word: Option<&str>, ty: &Type, at: Span, value: Span) -> Result<Form, Diagnostic> {
    let forms = Form::of(ty);
    if forms.is_empty() {
        let help = match ty {
            Type::Bool => "choose between two prompts, or between two texts by `? :`",
            _ => "speak a field of it, or choose between two prompts",
        };
        let message = format!("`{ty}` is not spoken");
        return Err(Diagnostic::new(Code::F0505, message, value, format!("this is `{ty}`")).help(help));
    }
    let Some(word) = word else { return Ok(Form::Plain) };
    match Form::from_word(word) {
        Some(form) if forms.contains(&form) => Ok(form),
        Some(_) => {
            let finding =
                Diagnostic::new(Code::F0505, format!("`{ty}` has no form `{word}`"), at, format!("this is `{ty}`"));
            Err(finding.help(forms_of(ty)))
        }
        None => {
            let known = forms.iter().filter_map(|form| form.word());
            let finding = Diagnostic::new(Code::F0505, format!("unknown form `{word}`"), at, "no value is spoken so");
            Err(finding.help(forms_of(ty)).misspelt(word, known))
        }
    }
}

/// The forms of a type, in words.
fn forms_of(ty: &Type) -> String {
    let words: Vec<String> = Form::of(ty).iter().filter_map(|form| form.word()).map(|w| format!("`{w}`")).collect();
    if words.is_empty() {
        return format!("`{ty}` is spoken in one way only");
    }
    let (noun, verb) = if words.len() == 1 { ("form", "is") } else { ("forms", "are") };
    format!("the {noun} of `{ty}` {verb} {}", words.join(", "))
}

/// `date("2026-12-01")` and its like.
fn literal(
    exprs: &mut Exprs,
    name: &Word,
    ty: &Type,
    example: &str,
    args: &[written::Expr],
    span: Span,
) -> Option<Typed> {
    let [arg] = args else { return exprs.refuse(arguments(name, "1 argument", args.len(), span)) };
    let written::ExprKind::Text(text) = &arg.kind else {
        let message = format!("`{}()` writes down a `{ty}`", name.value);
        let finding = Diagnostic::new(Code::F0408, message, arg.span.0, "a text in quotes is required here");
        return exprs.refuse(match ty {
            Type::Date => finding.help("a text that comes with the call is read by `.toDate()`"),
            Type::Time => finding.help("a text that comes with the call is read by `.toTime()`"),
            _ => finding.help(format!("write it as `{}(\"{example}\")`", name.value)),
        });
    };
    let value = exprs.found(literals::written(text, ty, example, arg.span.0))?;
    Some(Typed::clean(Expr::Const(value), ty.clone()))
}

/// The type of a function's result by that of what it is written after, and the type of its argument if it has one.
fn signature(function: Function, of: &Type) -> Option<(Type, Option<Type>)> {
    let maybe = |ty| Type::Optional(Box::new(ty));
    Some(match (function, of) {
        (Function::Contains | Function::EndsWith | Function::StartsWith, Type::Text) => (Type::Bool, Some(Type::Text)),
        (Function::LowerAscii | Function::Trim | Function::UpperAscii, Type::Text) => (Type::Text, None),
        (Function::DaysUntil, Type::Date) => (Type::Int, Some(Type::Date)),
        (Function::PlusDays, Type::Date) => (Type::Date, Some(Type::Int)),
        (Function::ToDate, Type::Text) => (maybe(Type::Date), None),
        (Function::ToDecimal, Type::Int) => (Type::Decimal, None),
        (Function::ToDecimal, Type::Text) => (maybe(Type::Decimal), None),
        (Function::ToInt, Type::Text | Type::Digits { .. }) => (maybe(Type::Int), None),
        (Function::ToPhone, Type::Text) => (maybe(Type::Phone), None),
        (Function::ToTime, Type::Text) => (maybe(Type::Time), None),
        (
            Function::ToText,
            Type::AcsUser
            | Type::Bool
            | Type::Date
            | Type::Decimal
            | Type::Digits { .. }
            | Type::Duration
            | Type::Endpoint
            | Type::Enum(_)
            | Type::Int
            | Type::LocalTime
            | Type::Money
            | Type::Phone
            | Type::Time,
        ) => (Type::Text, None),
        _ => return None,
    })
}

fn call(
    exprs: &mut Exprs,
    function: Function,
    value: &written::Expr,
    name: &Word,
    args: &[written::Expr],
    span: Span,
) -> Option<Typed> {
    let typed = exprs.infer_plain(value)?;
    let Some((ty, wanted)) = signature(function, &typed.ty) else {
        return exprs.refuse(no_method(function.word(), &typed.ty, value.span.0));
    };
    let (taint, with) = match (wanted, args) {
        (None, []) => (typed.taint, None),
        (Some(want), [arg]) => {
            let arg = exprs.check_typed(arg, &want)?;
            (typed.taint.and(&arg.taint), Some(Box::new(arg.expr)))
        }
        (wanted, _) => {
            let count = if wanted.is_some() { "1 argument" } else { "0 arguments" };
            return exprs.refuse(arguments(name, count, args.len(), span));
        }
    };
    Some(Typed { expr: Expr::Call(function, Box::new(typed.expr), with), ty, taint })
}

fn each(
    exprs: &mut Exprs,
    each: Each,
    value: &written::Expr,
    name: &Word,
    args: &[written::Expr],
    span: Span,
) -> Option<Typed> {
    let [item, body] = args else {
        let finding = arguments(name, "a name for the item and what is asked of it", args.len(), span);
        return exprs.refuse(finding.help(format!("write `.{}(x, …)`", each.word())));
    };
    let list = exprs.infer_plain(value);
    let item = bound_name(exprs, item, each);
    let (ty, taint) = match list.as_ref().map(|list| (&list.ty, &list.taint)) {
        Some((Type::List(inner), taint)) => (Some((**inner).clone()), taint.clone()),
        Some((other, _)) => return exprs.refuse(no_method(each.word(), other, value.span.0)),
        None => (None, Taint::NONE),
    };
    exprs.items.push(Item { name: item?, ty: ty.clone(), taint: taint.clone() });
    let known = exprs.known.clone();
    let body = match each {
        Each::Map => exprs.infer_plain(body),
        Each::All | Each::Exists | Each::Filter => exprs.check_typed(body, &Type::Bool),
    };
    exprs.known = known;
    let name = exprs.items.pop()?.name;
    let (list, body) = (list?, body?);
    // What comes of the items carries what clings to them; those kept are as they were.
    let taint = if each == Each::Filter { taint.and(&body.taint) } else { body.taint };
    let ty = match each {
        Each::All | Each::Exists => Type::Bool,
        Each::Filter => list.ty.clone(),
        Each::Map => Type::List(Box::new(body.ty)),
    };
    Some(Typed { expr: Expr::Each(each, Box::new(list.expr), name, Box::new(body.expr)), ty, taint })
}

/// The name of an item: a plain one that nothing in sight has.
fn bound_name(exprs: &mut Exprs, item: &written::Expr, each: Each) -> Option<String> {
    let span = item.span.0;
    match &item.kind {
        written::ExprKind::Name(name) if !exprs.is_taken(name) => Some(name.clone()),
        written::ExprKind::Name(name) => exprs.refuse(
            Diagnostic::new(Code::F0103, format!("`{name}` stands for something else already"), span, "taken")
                .help("give the item another name"),
        ),
        written::ExprKind::Broken => None,
        _ => exprs.refuse(
            Diagnostic::new(Code::F0408, "the item has no name", span, "a name is required here")
                .help(format!("write `.{}(x, …)`", each.word())),
        ),
    }
}

fn no_method(name: &str, ty: &Type, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0408, format!("`{ty}` has no `{name}`"), span, format!("this is `{ty}`"))
}

fn arguments(name: &Word, wanted: &str, got: usize, span: Span) -> Diagnostic {
    Diagnostic::new(Code::F0408, format!("`{}` takes {wanted}", name.value), span, format!("{got} given"))
}

fn methods() -> impl Iterator<Item = &'static str> {
    METHODS.iter().copied().chain(Function::ALL.map(Function::word)).chain(Each::ALL.map(Each::word))
}

fn unknown_function(name: &Word) -> Diagnostic {
    let word = name.value.as_str();
    let finding =
        Diagnostic::new(Code::F0408, format!("unknown function `{word}`"), name.span, "no function has this name");
    if methods().any(|known| known == word) {
        return finding.help(format!("write it behind its value: `x.{word}(…)`"));
    }
    if word == "now" {
        return finding.help("expressions have no clock, so that a call can be replayed; `call.started` is a time");
    }
    finding.help(format!("known: {}", FUNCTIONS.join(", "))).misspelt(word, FUNCTIONS.iter().copied())
}

fn unknown_method(name: &Word) -> Diagnostic {
    let word = name.value.as_str();
    let finding =
        Diagnostic::new(Code::F0408, format!("unknown method `{word}`"), name.span, "no method has this name");
    if FUNCTIONS.contains(&word) {
        return finding.help(format!("write it before its value: `{word}(x)`"));
    }
    let mut known: Vec<&str> = methods().collect();
    known.sort_unstable();
    finding.help(format!("known: {}", known.join(", "))).misspelt(word, known.iter().copied())
}
