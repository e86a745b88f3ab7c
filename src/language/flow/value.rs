//! Values, and reading them from JSON by type.

use crate::language::duration;
use crate::language::flow::types::Type;
use crate::platform::identifier::Identifier;
use crate::platform::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of some type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A `T?` without a value.
    Absent,
    /// `bool`.
    Bool(bool),
    /// `digits`.
    Digits(String),
    /// `duration`, in milliseconds.
    Duration(u64),
    /// `enum`.
    Enum(String),
    /// `int`.
    Int(i64),
    /// `list T`.
    List(Vec<Value>),
    /// `phone`: E.164 or a raw id.
    Phone(String),
    /// A record.
    Record(BTreeMap<String, Value>),
    /// `text`.
    Text(String),
    /// `time`: milliseconds since the Unix epoch.
    Time(i64),
}

/// Values by name: parameters, settings, variables.
pub type Values = BTreeMap<String, Value>;

/// Why a JSON value is not of its type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct NotOfType {
    /// Where: `visit.at`.
    pub path: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Value {
    /// Whether this is a value of `ty`.
    #[must_use]
    pub fn is_of(&self, ty: &Type) -> bool {
        match (self, ty) {
            (Value::Absent, Type::Optional(_))
            | (Value::Bool(_), Type::Bool)
            | (Value::Duration(_), Type::Duration)
            | (Value::Int(_), Type::Int)
            | (Value::Phone(_), Type::Phone)
            | (Value::Text(_), Type::Text)
            | (Value::Time(_), Type::Time) => true,
            (value, Type::Optional(inner)) => value.is_of(inner),
            (Value::Digits(digits), Type::Digits { min, max }) => is_digits(digits, *min, *max),
            (Value::Enum(word), Type::Enum(words)) => words.contains(word),
            (Value::List(items), Type::List(inner)) => items.iter().all(|item| item.is_of(inner)),
            (Value::Record(record), Type::Record(fields)) => {
                record.keys().all(|key| fields.iter().any(|(name, _)| name == key))
                    && fields.iter().all(|(name, ty)| record.get(name).unwrap_or(&Value::Absent).is_of(ty))
            }
            _ => false,
        }
    }

    /// Reads a JSON value as `ty`; `path` names it in the error. A missing optional is [`Value::Absent`].
    ///
    /// # Errors
    /// When the value is not of the type; the error names the innermost place.
    pub fn from_json(ty: &Type, json: &serde_json::Value, path: &str) -> Result<Value, NotOfType> {
        let wrong = |wanted: &str| NotOfType {
            path: path.to_owned(),
            reason: format!("expected {wanted}, got {}", show(json)),
        };
        match ty {
            Type::Optional(_) if json.is_null() => Ok(Value::Absent),
            Type::Optional(inner) => Value::from_json(inner, json, path),
            Type::Bool => json.as_bool().map(Value::Bool).ok_or_else(|| wrong("true or false")),
            Type::Int => json.as_i64().map(Value::Int).ok_or_else(|| wrong("a whole number")),
            Type::Text => json.as_str().map(|s| Value::Text(s.to_owned())).ok_or_else(|| wrong("a text")),
            Type::Digits { min, max } => json
                .as_str()
                .filter(|s| is_digits(s, *min, *max))
                .map(|s| Value::Digits(s.to_owned()))
                .ok_or_else(|| wrong(&format!("{ty} in quotes"))),
            Type::Phone => json
                .as_str()
                .filter(|s| is_endpoint(s))
                .map(|s| Value::Phone(s.to_owned()))
                .ok_or_else(|| wrong("a phone number such as \"+441632960100\"")),
            Type::Enum(words) => json
                .as_str()
                .filter(|s| words.iter().any(|w| w == s))
                .map(|s| Value::Enum(s.to_owned()))
                .ok_or_else(|| wrong(&format!("one of {}", words.join(", ")))),
            Type::Duration => json
                .as_str()
                .and_then(duration::read)
                .map(Value::Duration)
                .ok_or_else(|| wrong("a duration such as \"4m\"")),
            Type::Time => json
                .as_str()
                .and_then(time_ms)
                .map(Value::Time)
                .ok_or_else(|| wrong("a time such as \"2026-12-01T09:30Z\"")),
            Type::List(inner) => json
                .as_array()
                .ok_or_else(|| wrong("a list"))?
                .iter()
                .enumerate()
                .map(|(n, item)| Value::from_json(inner, item, &format!("{path}[{n}]")))
                .collect::<Result<_, _>>()
                .map(Value::List),
            Type::Record(fields) => record_from_json(fields, json, path),
        }
    }
}

fn record_from_json(fields: &[(String, Type)], json: &serde_json::Value, path: &str) -> Result<Value, NotOfType> {
    let Some(object) = json.as_object() else {
        return Err(NotOfType { path: path.to_owned(), reason: format!("expected a record, got {}", show(json)) });
    };
    if let Some(extra) = object.keys().find(|key| !fields.iter().any(|(name, _)| name == *key)) {
        return Err(NotOfType { path: format!("{path}.{extra}"), reason: "no such field".to_owned() });
    }
    let mut record = BTreeMap::new();
    for (name, ty) in fields {
        let place = format!("{path}.{name}");
        let value = match object.get(name) {
            Some(value) => Value::from_json(ty, value, &place)?,
            None if ty.is_optional() => Value::Absent,
            None => return Err(NotOfType { path: place, reason: format!("missing; it is a {ty}") }),
        };
        record.insert(name.clone(), value);
    }
    Ok(Value::Record(record))
}

/// A JSON value for an error message, never longer than a few words.
fn show(json: &serde_json::Value) -> String {
    match json {
        serde_json::Value::Null => "nothing".to_owned(),
        serde_json::Value::Bool(b) => b.to_string(),
        serde_json::Value::Number(n) => n.to_string(),
        serde_json::Value::String(_) => "a text of another form".to_owned(),
        serde_json::Value::Array(_) => "a list".to_owned(),
        serde_json::Value::Object(_) => "a record".to_owned(),
    }
}

/// Whether `text` is between `min` and `max` decimal digits.
#[must_use]
pub fn is_digits(text: &str, min: u32, max: u32) -> bool {
    (min as usize..=max as usize).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether `text` can be called: an E.164 number, or a raw id of a kind that is known.
#[must_use]
pub fn is_endpoint(text: &str) -> bool {
    match Identifier::parse(text) {
        Identifier::Phone(number) => limits::is_phone(&number),
        Identifier::AcsUser(_) | Identifier::TeamsUser(_) | Identifier::TeamsApp(_) => true,
        Identifier::Unknown(_) => false,
    }
}

/// Reads an instant, RFC 3339 with seconds optional: `2026-12-01T09:30Z`. Milliseconds since the Unix epoch.
#[must_use]
pub fn time_ms(text: &str) -> Option<i64> {
    text.parse::<jiff::Timestamp>().ok().map(|t| t.as_millisecond())
}

#[cfg(test)]
mod tests {
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, time_ms};
    use serde_json::json;

    #[test]
    fn times() {
        assert_eq!(time_ms("2026-12-01T09:30Z"), time_ms("2026-12-01T10:30:00+01:00"));
        assert!(time_ms("2026-12-01T09:30Z").is_some());
        assert_eq!(time_ms("tomorrow"), None);
    }

    #[test]
    fn records_name_the_innermost_place() {
        let ty = Type::Record(vec![("id".into(), Type::Text), ("at".into(), Type::Time)]);
        let error = Value::from_json(&ty, &json!({"id": "v1", "at": 3}), "visit").unwrap_err();
        assert_eq!(error.path, "visit.at");
        let error = Value::from_json(&ty, &json!({"id": "v1"}), "visit").unwrap_err();
        assert_eq!(error.to_string(), "visit.at: missing; it is a time");
        let error =
            Value::from_json(&ty, &json!({"id": "v1", "at": "2026-12-01T09:30Z", "x": 1}), "visit").unwrap_err();
        assert_eq!(error.path, "visit.x");
    }
}
