//! Constants: read as the type that is given, else as one of the service's records, else as what they look like.

use crate::language::check::service::Entry;
use crate::language::check::service::named::Named;
use crate::language::check::types::fits;
use crate::language::diagnostic::{Code, Diagnostic};
use crate::language::duration;
use crate::language::flow::decimal::Decimal;
use crate::language::flow::types::Type;
use crate::language::flow::value::{Value, is_endpoint, time_ms};
use crate::language::source::{Span, Word};
use crate::language::syntax::service::{Constant, ConstantKind};
use serde_json::Value as Json;
use std::collections::BTreeMap;

/// Every constant of a service.
pub(super) fn all(
    written: &[(Word, Constant)],
    named: &mut Named,
    findings: &mut Vec<Diagnostic>,
) -> BTreeMap<String, Entry<(Type, Value)>> {
    let mut constants = BTreeMap::new();
    for (name, constant) in written {
        let value = match &constant.kind {
            ConstantKind::Typed(ty, constant) => named.resolve(ty, findings).and_then(|ty| {
                let value = read(&ty, constant).map_err(|finding| findings.push(*finding)).ok()?;
                Some((ty, value))
            }),
            _ => infer(constant, &named.records()).map_err(|finding| findings.push(*finding)).ok(),
        };
        constants.insert(name.value.clone(), Entry { span: name.span, value });
    }
    constants
}

type Read<T> = Result<T, Box<Diagnostic>>;

/// A constant as a value of a type.
fn read(ty: &Type, constant: &Constant) -> Read<Value> {
    match (ty, &constant.kind) {
        (Type::Optional(inner), _) => read(inner, constant),
        (Type::List(inner), ConstantKind::List(items)) => {
            items.iter().map(|item| read(inner, item)).collect::<Read<Vec<Value>>>().map(Value::List)
        }
        (Type::Record(fields), ConstantKind::Map(entries)) => record(fields, entries, constant.span),
        (Type::List(_) | Type::Record(_), _) => Err(not_of(ty, constant.span, "another shape is required")),
        (_, ConstantKind::Scalar { text, plain }) => scalar(ty, text, *plain, constant.span),
        (_, ConstantKind::List(_) | ConstantKind::Map(_) | ConstantKind::Typed(..)) => {
            Err(not_of(ty, constant.span, "another shape is required"))
        }
    }
}

fn record(fields: &[(String, Type)], entries: &[(Word, Constant)], span: Span) -> Read<Value> {
    let mut values = BTreeMap::new();
    for (name, constant) in entries {
        let Some((_, ty)) = fields.iter().find(|(field, _)| *field == name.value) else {
            let message = format!("unknown field `{}`", name.value);
            let finding = Diagnostic::new(Code::F0101, message, name.span, "the type has no such field");
            let known = fields.iter().map(|(field, _)| field.as_str());
            return Err(Box::new(finding.did_you_mean(&name.value, known)));
        };
        values.insert(name.value.clone(), read(ty, constant)?);
    }
    for (name, ty) in fields {
        if values.contains_key(name) {
            continue;
        }
        if !ty.is_optional() {
            let message = format!("the field `{name}` is missing");
            let label = format!("its type has `{name}: {ty}`");
            return Err(Box::new(Diagnostic::new(Code::F0110, message, span, label)));
        }
        values.insert(name.clone(), Value::Absent);
    }
    Ok(Value::Record(values))
}

/// One word: what stands in quotes is never a number or a yes or no.
fn scalar(ty: &Type, text: &str, plain: bool, span: Span) -> Read<Value> {
    let json = match (ty, text) {
        (Type::Bool, "true") if plain => Json::Bool(true),
        (Type::Bool, "false") if plain => Json::Bool(false),
        (Type::Int, _) if plain => text.parse::<i64>().map_or_else(|_| Json::from(text), Json::from),
        _ => Json::from(text),
    };
    Value::from_json(ty, &json, "").map_err(|_| not_of(ty, span, "this is something else"))
}

fn not_of(ty: &Type, span: Span, label: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::new(Code::F0401, format!("not a value of type `{ty}`"), span, label))
}

/// A constant with the type it looks like.
fn infer(constant: &Constant, records: &[&Type]) -> Read<(Type, Value)> {
    let untyped = |why: &str, help: &str| {
        let finding = Diagnostic::new(Code::F0809, "the constant has no type", constant.span, why);
        Err(Box::new(finding.help(help)))
    };
    match &constant.kind {
        ConstantKind::Scalar { text, plain } => match look(text, *plain) {
            Some(typed) => Ok(typed),
            None => {
                let why = "a number with an exponent, or with too many digits";
                untyped(
                    why,
                    "write it without an exponent, quote it for a text, or give its type: `{ type: …, value: … }`",
                )
            }
        },
        ConstantKind::Typed(..) => untyped("a type stands at the top of a constant only", "move it up"),
        ConstantKind::List(items) if items.is_empty() => {
            untyped("an empty list could be a list of anything", "give its type: `{ type: list text, value: [] }`")
        }
        ConstantKind::Map(entries) if entries.is_empty() => {
            untyped("nothing stands in it", "name a field, or leave it out")
        }
        ConstantKind::List(items) => list(items, records),
        ConstantKind::Map(entries) => {
            let mut known = records.iter().filter_map(|ty| Some(((*ty).clone(), read(ty, constant).ok()?)));
            if let (Some(only), None) = (known.next(), known.next()) {
                return Ok(only);
            }
            let mut types = Vec::new();
            let mut values = BTreeMap::new();
            for (name, constant) in entries {
                let (ty, value) = infer(constant, records)?;
                types.push((name.value.clone(), ty));
                values.insert(name.value.clone(), value);
            }
            Ok((Type::Record(types), Value::Record(values)))
        }
    }
}

fn list(items: &[Constant], records: &[&Type]) -> Read<(Type, Value)> {
    let typed = items.iter().map(|item| infer(item, records)).collect::<Read<Vec<(Type, Value)>>>()?;
    // The widest of the items' types, so that the order does not matter.
    let widest = typed.iter().map(|(ty, _)| ty).find(|wide| typed.iter().all(|(ty, _)| fits(ty, wide))).cloned();
    match widest {
        Some(ty) => Ok((Type::List(Box::new(ty)), Value::List(typed.into_iter().map(|(_, value)| value).collect()))),
        None => {
            let first = typed.first().map(|(ty, _)| ty.clone());
            let odd = typed.iter().position(|(ty, _)| Some(ty) != first.as_ref()).unwrap_or_default();
            let span = items.get(odd).map(|item| item.span).unwrap_or_default();
            let finding =
                Diagnostic::new(Code::F0809, "the constant has no type", span, "of another type than the first");
            Err(Box::new(finding.help("the items of a list have one type")))
        }
    }
}

/// What a word looks like; `None` for a number with a fraction.
fn look(text: &str, plain: bool) -> Option<(Type, Value)> {
    if is_endpoint(text) {
        return Some((Type::Phone, Value::Phone(text.to_owned())));
    }
    if let Some(ms) = time_ms(text) {
        return Some((Type::Time, Value::Time(ms)));
    }
    match text {
        "true" if plain => return Some((Type::Bool, Value::Bool(true))),
        "false" if plain => return Some((Type::Bool, Value::Bool(false))),
        _ => {}
    }
    if plain {
        if let Ok(number) = text.parse() {
            return Some((Type::Int, Value::Int(number)));
        }
        if let Some(ms) = duration::read(text) {
            return Some((Type::Duration, Value::Duration(i64::try_from(ms).ok()?)));
        }
        if let Ok(number) = text.parse::<Decimal>() {
            return Some((Type::Decimal, Value::Decimal(number)));
        }
        let has_digits = text.contains(|c: char| c.is_ascii_digit());
        if has_digits && text.parse::<f64>().is_ok() {
            return None;
        }
    }
    Some((Type::Text, Value::Text(text.to_owned())))
}
