//! Values made up by their types: what an operation answers that a scenario does not list.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::decimal::{Decimal, Money};
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;

/// The number of everybody who is made up.
const NUMBER: &str = "+441632960199";
/// The user of everybody who is made up and has no number.
const USER: &str = "8:acs:11111111-2222-3333-4444-555555555555_0000000a-bbbb-cccc-dddd-eeeeeeeeeeee";

/// A value of a type, always the same. `at` is now, in milliseconds since the epoch: times are a day later.
#[must_use]
pub fn value(ty: &Type, at: i64) -> Value {
    let tomorrow = at.saturating_add(86_400_000);
    let civil = || jiff::Timestamp::from_millisecond(tomorrow).unwrap_or_default().to_zoned(jiff::tz::TimeZone::UTC);
    match ty {
        Type::AcsUser => Value::Phone(USER.to_owned()),
        Type::Bool => Value::Bool(true),
        Type::Date => Value::Date(civil().date()),
        Type::Decimal => Value::Decimal(Decimal::whole(1)),
        Type::Digits { min, max } => Value::Digits("1".repeat((*min).max(1).min(*max) as usize)),
        Type::Duration => Value::Duration(60_000),
        Type::Endpoint | Type::Phone => Value::Phone(NUMBER.to_owned()),
        Type::Enum(words) => Value::Enum(words.first().cloned().unwrap_or_default()),
        Type::Int => Value::Int(1),
        Type::List(inner) => Value::List(vec![value(inner, at)]),
        Type::LocalTime => Value::LocalTime(civil().datetime()),
        Type::Money => Money::new(Decimal::whole(10), "EUR").map_or(Value::Absent, Value::Money),
        Type::Optional(inner) | Type::Secret(inner) => value(inner, at),
        Type::Record(fields) => record(fields, at),
        Type::Recording => Value::recording("recording-1", 8, "https://recordings.example.org/recording-1"),
        Type::Text => Value::Text("text".to_owned()),
        Type::Time => Value::Time(tomorrow),
    }
}

fn record(fields: &[(String, Type)], at: i64) -> Value {
    Value::Record(fields.iter().map(|(name, ty)| (name.clone(), value(ty, at))).collect())
}

#[cfg(test)]
mod tests {
    use crate::language::flow::types::Type;
    use crate::language::flow::value::Value;
    use crate::rehearsal::made::value;

    #[test]
    fn a_recording_that_is_made_up_is_not_empty() {
        let Value::Record(fields) = value(&Type::Recording, 0) else { panic!("a recording is a record") };
        assert_eq!(fields.get("empty"), Some(&Value::Bool(false)));
        assert_ne!(fields.get("id"), Some(&Value::Text(String::new())));
    }

    #[test]
    fn what_is_made_up_is_of_its_type() {
        let all = [
            Type::AcsUser,
            Type::Bool,
            Type::Date,
            Type::Decimal,
            Type::Digits { min: 0, max: 3 },
            Type::Digits { min: 4, max: 8 },
            Type::Duration,
            Type::Endpoint,
            Type::Enum(vec!["a".to_owned(), "b".to_owned()]),
            Type::Int,
            Type::LocalTime,
            Type::Money,
            Type::Phone,
            Type::Recording,
            Type::Text,
            Type::Time,
        ];
        for ty in all {
            for ty in [
                Type::List(Box::new(ty.clone())),
                Type::Optional(Box::new(ty.clone())),
                Type::Secret(Box::new(ty.clone())),
                Type::Record(vec![("field".to_owned(), ty.clone())]),
                ty,
            ] {
                assert!(value(&ty, 1_767_225_600_000).is_of(&ty), "{ty}: {:?}", value(&ty, 0));
            }
        }
    }
}
