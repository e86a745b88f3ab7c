//! Secret values among others: what stands for them where they must not stand themselves.

use crate::language::flow::decimal::Decimal;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use std::fmt;

/// What stands for a secret text.
pub const MASK: &str = "…";
/// What stands for a secret number to call.
const NUMBER: &str = "+10000000000";

impl Value {
    /// The value with everything in it that is secret by this type put out of sight: the same shape, so that it still is of the
    /// type, and nothing of what it was but how many digits there were.
    #[must_use]
    pub fn masked(&self, ty: &Type) -> Value {
        match (self, ty) {
            (value, Type::Secret(inner)) => value.hidden(inner),
            (value, Type::Optional(inner)) => value.masked(inner),
            (Value::List(items), Type::List(inner)) => {
                Value::List(items.iter().map(|item| item.masked(inner)).collect())
            }
            (Value::Record(record), Type::Record(fields)) => {
                let masked = record.iter().map(|(name, value)| {
                    let ty = fields.iter().find(|(field, _)| field == name).map(|(_, ty)| ty);
                    (name.clone(), ty.map_or(Value::Absent, |ty| value.masked(ty)))
                });
                Value::Record(masked.collect())
            }
            (value, _) => value.clone(),
        }
    }

    fn hidden(&self, ty: &Type) -> Value {
        match (self, ty.bare()) {
            (Value::Absent, _) => Value::Absent,
            (Value::Bool(_), _) => Value::Bool(false),
            (Value::Date(_), _) => Value::Date(jiff::civil::Date::ZERO),
            (Value::Decimal(_), _) => Value::Decimal(Decimal::whole(0)),
            (Value::Digits(digits), _) => Value::Digits("0".repeat(digits.len())),
            (Value::Duration(_), _) => Value::Duration(0),
            (Value::Enum(_), Type::Enum(words)) => Value::Enum(words.first().cloned().unwrap_or_default()),
            (Value::Enum(_), _) => Value::Enum(String::new()),
            (Value::Int(_), _) => Value::Int(0),
            (Value::List(_), _) => Value::List(Vec::new()),
            (Value::LocalTime(_), _) => Value::LocalTime(jiff::civil::DateTime::ZERO),
            (Value::Money(_), _) => Value::Absent,
            (Value::Phone(_), _) => Value::Phone(NUMBER.to_owned()),
            (Value::Record(record), Type::Record(fields)) => {
                let ty = |name: &str| fields.iter().find(|(field, _)| field == name).map(|(_, ty)| ty);
                let hidden = record
                    .iter()
                    .map(|(name, value)| (name.clone(), ty(name).map_or(Value::Absent, |ty| value.hidden(ty))));
                Value::Record(hidden.collect())
            }
            (Value::Record(_), _) => Value::recording("", 0, ""),
            (Value::Text(_), _) => Value::Text(MASK.to_owned()),
            (Value::Time(_), _) => Value::Time(0),
        }
    }
}

impl fmt::Debug for Value {
    /// Kinds and names only: any value may be a secret, and does not know it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Value::Absent => return f.write_str("Absent"),
            Value::List(items) => return f.debug_list().entries(items).finish(),
            Value::Record(fields) => return f.debug_map().entries(fields).finish(),
            Value::Bool(_) => "Bool",
            Value::Date(_) => "Date",
            Value::Decimal(_) => "Decimal",
            Value::Digits(_) => "Digits",
            Value::Duration(_) => "Duration",
            Value::Enum(_) => "Enum",
            Value::Int(_) => "Int",
            Value::LocalTime(_) => "LocalTime",
            Value::Money(_) => "Money",
            Value::Phone(_) => "Phone",
            Value::Text(_) => "Text",
            Value::Time(_) => "Time",
        };
        write!(f, "{kind}(…)")
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;
    use serde_json::json;

    fn secret(inner: Type) -> Type {
        Type::Secret(Box::new(inner))
    }

    #[test]
    fn only_what_is_secret_is_masked_and_the_type_stays() {
        let card = secret(Type::Optional(Box::new(Type::Digits { min: 4, max: 6 })));
        let ty = Type::Record(vec![
            ("card".to_owned(), card.clone()),
            ("cards".to_owned(), Type::List(Box::new(card))),
            ("name".to_owned(), Type::Text),
            ("word".to_owned(), secret(Type::Text)),
            ("kind".to_owned(), secret(Type::Enum(vec!["visa".to_owned(), "other".to_owned()]))),
            ("inner".to_owned(), secret(Type::Record(vec![("n".to_owned(), Type::Int)]))),
            ("line".to_owned(), secret(Type::Phone)),
        ]);
        let json = json!({
            "card": "41111", "cards": ["5555", "66666"], "name": "Ann", "word": "hush", "kind": "other", "inner": { "n": 7 },
            "line": "+441632960100",
        });
        let masked = Value::from_json(&ty, &json, "it").unwrap().masked(&ty);
        assert!(masked.is_of(&ty));
        let shown = serde_json::to_string(&masked).unwrap();
        for secret in ["41111", "5555", "66666", "hush", "other", "7", "1632"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        assert!(shown.contains("Ann") && shown.contains("00000"), "{shown}");
    }

    #[test]
    fn values_are_not_printed() {
        let ty = Type::Record(vec![("pin".to_owned(), Type::Text)]);
        let value = Value::from_json(&ty, &json!({ "pin": "hush" }), "it").unwrap();
        assert_eq!(format!("{value:?}"), "{\"pin\": Text(…)}");
    }

    #[test]
    fn a_refused_secret_is_not_repeated() {
        let ty = secret(Type::Digits { min: 4, max: 4 });
        let error = Value::from_json(&ty, &json!(98_765), "pin").unwrap_err().to_string();
        assert!(error.starts_with("pin: ") && !error.contains("98765"), "{error}");
    }
}
