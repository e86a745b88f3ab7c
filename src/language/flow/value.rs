//! Values, and reading them from JSON by type.

use crate::language::duration;
use crate::language::flow::decimal::{Decimal, Money};
use crate::language::flow::types::Type;
use crate::platform::identifier::Identifier;
use crate::platform::limits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A value of some type. It cannot be printed, see [`crate::language::flow::secret`].
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A `T?` without a value.
    Absent,
    /// `bool`.
    Bool(bool),
    /// `date`.
    Date(jiff::civil::Date),
    /// `decimal`.
    Decimal(Decimal),
    /// `digits`.
    Digits(String),
    /// `duration`, in milliseconds; of what lies before, negative.
    Duration(i64),
    /// `enum`.
    Enum(String),
    /// `int`.
    Int(i64),
    /// `list T`.
    List(Vec<Value>),
    /// `local_time`.
    LocalTime(jiff::civil::DateTime),
    /// `money`.
    Money(Money),
    /// `phone`, `acs_user`, `endpoint`: E.164 or a raw id.
    Phone(String),
    /// A record, a recording among them.
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

impl NotOfType {
    /// The same, without a word of what was given.
    fn discreet(self, ty: &Type) -> NotOfType {
        NotOfType { reason: format!("expected {}; what was given is secret and not repeated", wanted(ty)), ..self }
    }
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
            | (Value::Date(_), Type::Date)
            | (Value::Decimal(_), Type::Decimal)
            | (Value::LocalTime(_), Type::LocalTime)
            | (Value::Money(_), Type::Money)
            | (Value::Text(_), Type::Text)
            | (Value::Time(_), Type::Time) => true,
            (Value::Phone(id), Type::AcsUser | Type::Endpoint | Type::Phone) => is_callable(id, ty),
            (Value::Record(_), Type::Recording) => self.is_of(&Type::Record(Type::Recording.fields())),
            (value, Type::Optional(inner) | Type::Secret(inner)) => value.is_of(inner),
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
        let text = || json.as_str();
        let read = match ty {
            Type::Optional(_) if json.is_null() => return Ok(Value::Absent),
            Type::Optional(inner) => return Value::from_json(inner, json, path),
            Type::Secret(inner) => return Value::from_json(inner, json, path).map_err(|error| error.discreet(inner)),
            Type::List(inner) => return list_from_json(inner, json, path),
            Type::Record(fields) => return record_from_json(fields, json, path),
            Type::Recording => return recording_from_json(json, path),
            Type::Money => return money_from_json(json, path),
            Type::Bool => json.as_bool().map(Value::Bool),
            Type::Int => json.as_i64().map(Value::Int),
            // Through the shortest writing of the number, which is what people wrote unless it is long.
            Type::Decimal => match json {
                serde_json::Value::Number(number) => number.to_string().parse().ok().map(Value::Decimal),
                _ => text().and_then(|text| text.parse().ok()).map(Value::Decimal),
            },
            Type::Text => text().map(|text| Value::Text(text.to_owned())),
            Type::Digits { min, max } => {
                text().filter(|text| is_digits(text, *min, *max)).map(|text| Value::Digits(text.to_owned()))
            }
            Type::Phone | Type::AcsUser | Type::Endpoint => {
                text().filter(|text| is_callable(text, ty)).map(|text| Value::Phone(callable(text)))
            }
            Type::Enum(words) => {
                text().filter(|text| words.iter().any(|word| word == text)).map(|text| Value::Enum(text.to_owned()))
            }
            Type::Duration => {
                text().and_then(duration::read).and_then(|ms| i64::try_from(ms).ok()).map(Value::Duration)
            }
            Type::Time => text().and_then(time_ms).map(Value::Time),
            Type::Date => text().and_then(date).map(Value::Date),
            Type::LocalTime => text().and_then(local_time).map(Value::LocalTime),
        };
        read.ok_or_else(|| NotOfType {
            path: path.to_owned(),
            reason: format!("expected {}, got {}", wanted(ty), show(json)),
        })
    }

    /// What was recorded.
    #[must_use]
    pub fn recording(id: &str, seconds: i64, url: &str) -> Value {
        let fields = [
            ("empty", Value::Bool(id.is_empty())),
            ("id", Value::Text(id.to_owned())),
            ("seconds", Value::Int(seconds)),
            ("url", Value::Text(url.to_owned())),
        ];
        Value::Record(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    /// The recording in which nothing was recorded.
    #[must_use]
    pub fn empty_recording() -> Value {
        Value::recording("", 0, "")
    }

    /// How large it is: its parts, and a part more for every sixteen bytes of text.
    #[must_use]
    pub fn weight(&self) -> usize {
        let text = |text: &str| 1 + text.len() / 16;
        match self {
            Value::Absent
            | Value::Bool(_)
            | Value::Date(_)
            | Value::Decimal(_)
            | Value::Duration(_)
            | Value::Int(_)
            | Value::LocalTime(_)
            | Value::Money(_)
            | Value::Time(_) => 1,
            Value::Digits(t) | Value::Enum(t) | Value::Phone(t) | Value::Text(t) => text(t),
            Value::List(items) => 1 + items.iter().map(Value::weight).sum::<usize>(),
            Value::Record(fields) => 1 + fields.values().map(Value::weight).sum::<usize>(),
        }
    }
}

/// What a value of a type looks like from outside.
fn wanted(ty: &Type) -> String {
    match ty {
        Type::AcsUser => "a user such as \"8:acs:…\"".to_owned(),
        Type::Bool => "true or false".to_owned(),
        Type::Date => "a date such as \"2026-12-01\"".to_owned(),
        Type::Decimal => "a number such as \"12.50\"".to_owned(),
        Type::Digits { .. } => format!("{ty} in quotes"),
        Type::Duration => "a duration such as \"4m\"".to_owned(),
        Type::Endpoint => "a number or id to call, such as \"+441632960100\"".to_owned(),
        Type::Enum(words) => format!("one of {}", words.join(", ")),
        Type::Int => "a whole number".to_owned(),
        Type::List(_) => "a list".to_owned(),
        Type::LocalTime => "a local time such as \"2026-12-01T09:30\"".to_owned(),
        Type::Money => "money such as \"12.50 GBP\"".to_owned(),
        Type::Optional(inner) | Type::Secret(inner) => wanted(inner),
        Type::Phone => "a phone number such as \"+441632960100\"".to_owned(),
        Type::Record(_) => "a record".to_owned(),
        Type::Recording => "a recording".to_owned(),
        Type::Text => "a text".to_owned(),
        Type::Time => "a time such as \"2026-12-01T09:30Z\"".to_owned(),
    }
}

fn list_from_json(inner: &Type, json: &serde_json::Value, path: &str) -> Result<Value, NotOfType> {
    let wrong = || NotOfType { path: path.to_owned(), reason: format!("expected a list, got {}", show(json)) };
    let items = json.as_array().ok_or_else(wrong)?;
    let read = items.iter().enumerate().map(|(n, item)| Value::from_json(inner, item, &format!("{path}[{n}]")));
    read.collect::<Result<_, _>>().map(Value::List)
}

/// `"12.50 GBP"`, or `{ "amount": "12.50", "currency": "GBP" }`.
fn money_from_json(json: &serde_json::Value, path: &str) -> Result<Value, NotOfType> {
    let wrong = || NotOfType {
        path: path.to_owned(),
        reason: format!("expected {}, got {}", wanted(&Type::Money), show(json)),
    };
    if !json.is_object() {
        return json.as_str().and_then(|text| text.parse().ok()).map(Value::Money).ok_or_else(wrong);
    }
    let Value::Record(fields) = record_from_json(&Type::Money.fields(), json, path)? else { return Err(wrong()) };
    match (fields.get("amount"), fields.get("currency")) {
        (Some(Value::Decimal(amount)), Some(Value::Text(currency))) => {
            Money::new(*amount, currency).map(Value::Money).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

/// `{ "id": …, "seconds": …, "url": … }`; nothing is the empty one, and so is one without an id.
fn recording_from_json(json: &serde_json::Value, path: &str) -> Result<Value, NotOfType> {
    if json.is_null() {
        return Ok(Value::empty_recording());
    }
    let told: Vec<(String, Type)> = Type::Recording.fields().into_iter().filter(|(name, _)| name != "empty").collect();
    let mut value = record_from_json(&told, json, path)?;
    if let Value::Record(fields) = &mut value {
        let empty = fields.get("id") == Some(&Value::Text(String::new()));
        fields.insert("empty".to_owned(), Value::Bool(empty));
    }
    Ok(value)
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

/// What can be called, as a call keeps it: a Teams user, which flows write `teams:…`, by the platform's own id.
#[must_use]
pub fn callable(text: &str) -> String {
    match Identifier::parse(text) {
        Identifier::TeamsUser(id) => id,
        Identifier::AcsUser(_) | Identifier::Phone(_) | Identifier::TeamsApp(_) | Identifier::Unknown(_) => {
            text.to_owned()
        }
    }
}

/// Whether `text` is a `phone`, an `acs_user` or an `endpoint`.
#[must_use]
pub fn is_callable(text: &str, ty: &Type) -> bool {
    match (ty, Identifier::parse(text)) {
        (Type::AcsUser, Identifier::AcsUser(_)) => true,
        (Type::Phone, Identifier::Phone(number)) => limits::is_phone(&number),
        (Type::Endpoint, _) => is_endpoint(text),
        _ => false,
    }
}

/// Reads a day: `2026-12-01`.
#[must_use]
pub fn date(text: &str) -> Option<jiff::civil::Date> {
    (text.len() == 10).then(|| text.parse().ok())?
}

/// Reads what calendar and clock show, without a zone: `2026-12-01T09:30`.
#[must_use]
pub fn local_time(text: &str) -> Option<jiff::civil::DateTime> {
    let plain = text.len() >= 16 && text.bytes().all(|b| b.is_ascii_digit() || b"-T:".contains(&b));
    plain.then(|| text.parse().ok())?
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
    fn every_type_is_read() {
        let read = |ty: &Type, json| Value::from_json(ty, &json, "x").map_err(|error| error.to_string());
        let money = read(&Type::Money, json!("12.50 GBP")).unwrap();
        assert_eq!(read(&Type::Money, json!({"amount": "12.5", "currency": "GBP"})), Ok(money.clone()));
        assert_eq!(read(&Type::Money, json!({"amount": 12.5, "currency": "GBP"})), Ok(money));
        assert!(read(&Type::Money, json!(12.5)).unwrap_err().starts_with("x: expected money such as"));
        assert!(read(&Type::Money, json!({"amount": "1"})).unwrap_err().starts_with("x.currency: missing"));
        assert!(read(&Type::Money, json!({"amount": "1", "currency": "pound"})).is_err());
        assert_eq!(read(&Type::Decimal, json!(0.1)), Ok(Value::Decimal("0.1".parse().unwrap())));
        assert!(read(&Type::Decimal, json!("1e3")).is_err());
        assert!(read(&Type::Date, json!("2026-12-01")).is_ok() && read(&Type::Date, json!("2026-02-30")).is_err());
        assert!(read(&Type::Date, json!("2026-12-01T09:30Z")).is_err());
        assert!(read(&Type::LocalTime, json!("2026-12-01T09:30")).is_ok());
        assert!(read(&Type::LocalTime, json!("2026-12-01T09:30Z")).is_err());
        assert_eq!(read(&Type::Recording, json!(null)), Ok(Value::empty_recording()));
        let note = json!({"id": "r1", "seconds": 12, "url": "https://x"});
        assert_eq!(read(&Type::Recording, note), Ok(Value::recording("r1", 12, "https://x")));
        assert!(read(&Type::Recording, json!({"id": "r1"})).is_err());
        let user = "8:acs:00000000-0000-0000-0000-000000000000_1";
        assert!(read(&Type::AcsUser, json!(user)).is_ok() && read(&Type::AcsUser, json!("+441632960100")).is_err());
        assert!(read(&Type::Endpoint, json!(user)).is_ok() && read(&Type::Endpoint, json!("+441632960100")).is_ok());
        assert!(read(&Type::Phone, json!(user)).is_err());
        let secret = Type::Secret(Box::new(Type::Digits { min: 3, max: 4 }));
        assert_eq!(read(&secret, json!("123")), Ok(Value::Digits("123".into())));
        assert!(!read(&secret, json!("12345")).unwrap_err().contains("12345"));
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
