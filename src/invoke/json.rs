//! Values to JSON and bytes to JSON, with nothing left to how somebody else might read it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::invoke::Failure;
use crate::language::duration;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::platform::{depth, limits};
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};
use std::fmt;

/// A value as it stands in a request; `None` for one that is absent, which is left out.
#[must_use]
pub fn of(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Absent => return None,
        Value::Bool(truth) => Json::Bool(*truth),
        Value::Digits(text) | Value::Enum(text) | Value::Phone(text) | Value::Text(text) => Json::from(text.as_str()),
        Value::Date(_) | Value::Decimal(_) | Value::Duration(_) | Value::LocalTime(_) | Value::Money(_) => {
            Json::from(word(value)?)
        }
        Value::Int(number) => Json::from(*number),
        Value::List(items) => Json::Array(items.iter().map(|item| of(item).unwrap_or(Json::Null)).collect()),
        Value::Record(fields) => {
            let fields = fields.iter().filter_map(|(name, value)| Some((name.clone(), of(value)?)));
            Json::Object(fields.collect())
        }
        Value::Time(ms) => Json::from(time(*ms)),
    })
}

/// A value as one word of an address; `None` for what is no word.
#[must_use]
pub fn word(value: &Value) -> Option<String> {
    match value {
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Digits(text) | Value::Enum(text) | Value::Phone(text) | Value::Text(text) => Some(text.clone()),
        Value::Date(date) => Some(date.to_string()),
        Value::Decimal(number) => Some(number.to_string()),
        Value::Duration(ms) if *ms < 0 => Some(format!("-{}", duration::show(ms.unsigned_abs()))),
        Value::Duration(ms) => Some(duration::show(ms.unsigned_abs())),
        Value::Int(number) => Some(number.to_string()),
        Value::LocalTime(at) => Some(at.to_string()),
        Value::Money(money) => Some(money.to_string()),
        Value::Time(ms) => Some(time(*ms)),
        Value::Absent | Value::List(_) | Value::Record(_) => None,
    }
}

fn time(ms: i64) -> String {
    jiff::Timestamp::from_millisecond(ms).map_or_else(|_| String::new(), |at| at.to_string())
}

/// Bytes as JSON: not too deep, and no key twice, since of two values one would be believed here and the other one elsewhere.
///
/// # Errors
/// When they are not JSON, or not such JSON.
pub fn parse(bytes: &[u8]) -> Result<Json, Failure> {
    if !depth::is_within(bytes, limits::JSON_DEPTH) {
        return Err(Failure::TooDeep(limits::JSON_DEPTH));
    }
    let mut twice = false;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let json = Strict { twice: &mut twice }.deserialize(&mut reader);
    match json.and_then(|json| reader.end().map(|()| json)) {
        Ok(json) => Ok(json),
        Err(_) if twice => Err(Failure::KeyTwice),
        Err(_) => Err(Failure::Malformed),
    }
}

/// What a type knows of an answer: fields that it does not name are left out, since services grow.
#[must_use]
pub fn known(ty: &Type, json: Json) -> Json {
    match (ty, json) {
        (Type::Optional(inner), json) if !json.is_null() => known(inner, json),
        (Type::List(inner), Json::Array(items)) => {
            Json::Array(items.into_iter().map(|item| known(inner, item)).collect())
        }
        (Type::Record(fields), Json::Object(mut object)) => {
            let mut kept = Map::new();
            for (name, ty) in fields {
                if let Some(value) = object.remove(name) {
                    kept.insert(name.clone(), known(ty, value));
                }
            }
            Json::Object(kept)
        }
        (_, json) => json,
    }
}

struct Strict<'t> {
    twice: &'t mut bool,
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Json;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Json, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Json, E> {
        Ok(Json::Bool(truth))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Json, E> {
        Ok(Json::from(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Json, E> {
        Ok(Json::from(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Json, E> {
        Ok(Json::from(number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Json, E> {
        Ok(Json::from(text))
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(Strict { twice: self.twice })? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut object = Map::new();
        while let Some(name) = map.next_key::<String>()? {
            let value = map.next_value_seed(Strict { twice: self.twice })?;
            if object.insert(name, value).is_some() {
                *self.twice = true;
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Json::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use crate::invoke::Failure;
    use crate::invoke::json::{known, of, parse, word};
    use crate::language::flow::types::Type;
    use crate::language::flow::value::{Value, time_ms};
    use serde_json::json;
    use std::collections::BTreeMap;

    #[test]
    fn json_that_can_be_read_one_way() {
        assert_eq!(parse(br#"{"a": [1, -2, 2.5, null, true, "x"]}"#), Ok(json!({"a": [1, -2, 2.5, null, true, "x"]})));
        assert_eq!(parse(br#"{"a": 1, "b": {"c": 1, "c": 2}}"#), Err(Failure::KeyTwice));
        for bad in [&b""[..], b"{", b"{}{}", b"NaN", b"'a'", b"\xff", b"\"\xff\"", b"[1,]"] {
            assert_eq!(parse(bad), Err(Failure::Malformed), "{bad:?}");
        }
        let deep = "[".repeat(10_000) + &"]".repeat(10_000);
        assert_eq!(parse(deep.as_bytes()), Err(Failure::TooDeep(32)));
    }

    #[test]
    fn values_go_out_as_they_are_read() {
        let at = time_ms("2026-12-01T09:30Z").unwrap();
        let fields = [("at", Value::Time(at)), ("wait", Value::Duration(4_000)), ("note", Value::Absent)];
        let fields: BTreeMap<String, Value> = fields.map(|(name, value)| (name.to_owned(), value)).into();
        let record = Value::Record(fields);
        let json = of(&record).unwrap();
        assert_eq!(json, json!({"at": "2026-12-01T09:30:00Z", "wait": "4s"}));
        let optional = Type::Optional(Box::new(Type::Text));
        let ty = [("at", Type::Time), ("wait", Type::Duration), ("note", optional)];
        let ty = Type::Record(ty.map(|(name, ty)| (name.to_owned(), ty)).into());
        assert_eq!(Value::from_json(&ty, &json, ""), Ok(record));
        assert_eq!((word(&Value::Int(-3)), word(&Value::List(vec![]))), (Some("-3".to_owned()), None));
    }

    #[test]
    fn unknown_fields_are_left_out() {
        let inner = Type::Record(vec![("id".to_owned(), Type::Text)]);
        let ty = Type::Record(vec![("list".to_owned(), Type::List(Box::new(Type::Optional(Box::new(inner)))))]);
        let json = json!({"list": [{"id": "a", "new": 1}, null], "newer": {}});
        assert_eq!(known(&ty, json), json!({"list": [{"id": "a"}, null]}));
    }
}
