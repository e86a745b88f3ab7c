//! The types of values.

use crate::language::diagnostic::some_of;
use serde::{Deserialize, Serialize};

/// A type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Type {
    /// `bool`.
    Bool,
    /// `digits(n..m)`: keys, not a number.
    Digits {
        /// Fewest.
        min: u32,
        /// Most.
        max: u32,
    },
    /// `duration`.
    Duration,
    /// `enum(a, b)`.
    Enum(Vec<String>),
    /// `int`.
    Int,
    /// `list T`.
    List(Box<Type>),
    /// `T?`.
    Optional(Box<Type>),
    /// `phone`: E.164, or another endpoint's raw id.
    Phone,
    /// A record; fields in the order declared.
    Record(Vec<(String, Type)>),
    /// `text`.
    Text,
    /// `time`: an instant.
    Time,
}

impl Type {
    /// The type without its `?`.
    #[must_use]
    pub fn present(&self) -> &Type {
        match self {
            Type::Optional(inner) => inner,
            other => other,
        }
    }

    /// Whether a value of this type may be absent.
    #[must_use]
    pub fn is_optional(&self) -> bool {
        matches!(self, Type::Optional(_))
    }
}

impl std::fmt::Display for Type {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Type::Bool => f.write_str("bool"),
            Type::Digits { min, max } if min == max => write!(f, "digits({min})"),
            Type::Digits { min, max } => write!(f, "digits({min}..{max})"),
            Type::Duration => f.write_str("duration"),
            Type::Enum(words) => write!(f, "enum({})", some_of(words.iter().map(String::as_str))),
            Type::Int => f.write_str("int"),
            Type::List(inner) => write!(f, "list {inner}"),
            Type::Optional(inner) => write!(f, "{inner}?"),
            Type::Phone => f.write_str("phone"),
            Type::Record(fields) => {
                let fields: Vec<String> = fields.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
                write!(f, "{{ {} }}", some_of(fields.iter().map(String::as_str)))
            }
            Type::Text => f.write_str("text"),
            Type::Time => f.write_str("time"),
        }
    }
}
