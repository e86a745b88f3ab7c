//! How a flow begins.

use serde::{Deserialize, Serialize};

/// How a flow begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Somebody calls.
    Inbound,
    /// We call.
    Outbound,
}

impl CallKind {
    /// The kind of a written word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<CallKind> {
        match word {
            "inbound" => Some(CallKind::Inbound),
            "outbound" => Some(CallKind::Outbound),
            _ => None,
        }
    }

    /// The word authors write.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            CallKind::Inbound => "inbound",
            CallKind::Outbound => "outbound",
        }
    }
}
