//! The types of values.

use crate::language::diagnostic::some_of;
use serde::{Deserialize, Serialize};

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `acs_user`: a user of the platform, `8:acs:…`.
    AcsUser,
    /// `bool`.
    Bool,
    /// `date`: a day of the calendar, nowhere in particular.
    Date,
    /// `decimal`: exact.
    Decimal,
    /// `digits(n..m)`: keys, not a number.
    Digits {
        /// Fewest.
        min: u32,
        /// Most.
        max: u32,
    },
    /// `duration`.
    Duration,
    /// `endpoint`: whatever can be called, a phone among them.
    Endpoint,
    /// `enum(a, b)`.
    Enum(Vec<String>),
    /// `int`.
    Int,
    /// `list T`.
    List(Box<Type>),
    /// `local_time`: what calendar and clock show in some zone; a `time` becomes one by `in_zone`.
    LocalTime,
    /// `money`: an amount with its currency.
    Money,
    /// `T?`.
    Optional(Box<Type>),
    /// `phone`: a number to call, E.164.
    Phone,
    /// A record; fields in the order declared.
    Record(Vec<(String, Type)>),
    /// `recording`: what was recorded, perhaps nothing.
    Recording,
    /// `secret T`: never told to anybody but a service's parameter that is secret too.
    Secret(Box<Type>),
    /// `text`.
    Text,
    /// `time`: an instant.
    Time,
}

/// Days of the week, as the word `.weekday` gives.
pub const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

impl Type {
    /// The type without its `?`.
    #[must_use]
    pub fn present(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }

    /// The type without `?` and `secret`: what its values are.
    #[must_use]
    pub fn bare(&self) -> &Type {
        match self {
            Type::Optional(inner) | Type::Secret(inner) => inner.bare(),
            other => other,
        }
    }

    /// The type without an outer `secret`, its `?` kept: what expressions calculate with.
    #[must_use]
    pub fn told(&self) -> Type {
        match self {
            Type::Secret(inner) => inner.told(),
            Type::Optional(inner) => match inner.told() {
                already @ Type::Optional(_) => already,
                inner => Type::Optional(Box::new(inner)),
            },
            other => other.clone(),
        }
    }

    /// Whether a value of this type may be absent.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        match self {
            Type::Optional(_) => true,
            Type::Secret(inner) => inner.is_optional(),
            _ => false,
        }
    }

    /// Whether a value of this type is or holds a secret.
    #[must_use]
    pub fn is_secret(&self) -> bool {
        match self {
            Type::Secret(_) => true,
            Type::List(inner) | Type::Optional(inner) => inner.is_secret(),
            Type::Record(fields) => fields.iter().any(|(_, ty)| ty.is_secret()),
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
            | Type::Recording
            | Type::Text
            | Type::Time => false,
        }
    }

    /// The fields of its values; empty where there are none.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, Type)> {
        let weekday = || Type::Enum(WEEKDAYS.map(str::to_owned).to_vec());
        let named =
            |fields: &[(&str, Type)]| fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())).collect();
        match self {
            Type::Record(fields) => fields.clone(),
            Type::Recording => {
                named(&[("empty", Type::Bool), ("id", Type::Text), ("seconds", Type::Int), ("url", Type::Text)])
            }
            Type::Money => named(&[("amount", Type::Decimal), ("currency", Type::Text)]),
            Type::Date => {
                named(&[("year", Type::Int), ("month", Type::Int), ("day", Type::Int), ("weekday", weekday())])
            }
            Type::LocalTime => named(&[
                ("date", Type::Date),
                ("hour", Type::Int),
                ("minute", Type::Int),
                ("year", Type::Int),
                ("month", Type::Int),
                ("day", Type::Int),
                ("weekday", weekday()),
            ]),
            Type::AcsUser
            | Type::Bool
            | Type::Decimal
            | Type::Digits { .. }
            | Type::Duration
            | Type::Endpoint
            | Type::Enum(_)
            | Type::Int
            | Type::List(_)
            | Type::Optional(_)
            | Type::Phone
            | Type::Secret(_)
            | Type::Text
            | Type::Time => Vec::new(),
        }
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::AcsUser => f.write_str("acs_user"),
            Type::Bool => f.write_str("bool"),
            Type::Date => f.write_str("date"),
            Type::Decimal => f.write_str("decimal"),
            Type::Digits { min, max } if min == max => write!(f, "digits({min})"),
            Type::Digits { min, max } => write!(f, "digits({min}..{max})"),
            Type::Duration => f.write_str("duration"),
            Type::Endpoint => f.write_str("endpoint"),
            Type::Enum(words) => write!(f, "enum({})", some_of(words.iter().map(String::as_str))),
            Type::Int => f.write_str("int"),
            Type::List(inner) => write!(f, "list {inner}"),
            Type::LocalTime => f.write_str("local_time"),
            Type::Money => f.write_str("money"),
            Type::Optional(inner) => write!(f, "{inner}?"),
            Type::Phone => f.write_str("phone"),
            Type::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                write!(f, "{{ {} }}", some_of(fields.iter().map(String::as_str)))
            }
            Type::Recording => f.write_str("recording"),
            Type::Secret(inner) => write!(f, "secret {inner}"),
            Type::Text => f.write_str("text"),
            Type::Time => f.write_str("time"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::language::flow::types::Type;

    #[test]
    fn a_secret_within_makes_the_whole_secret() {
        let secret = Type::Secret(Box::new(Type::Text));
        assert!(secret.is_secret() && Type::List(Box::new(secret.clone())).is_secret());
        assert!(Type::Record(vec![("pin".to_owned(), secret.clone())]).is_secret());
        assert!(!Type::Text.is_secret());
        let maybe = Type::Optional(Box::new(secret));
        assert_eq!(maybe.told(), Type::Optional(Box::new(Type::Text)));
        assert_eq!((maybe.bare(), maybe.to_string().as_str()), (&Type::Text, "secret text?"));
    }
}
