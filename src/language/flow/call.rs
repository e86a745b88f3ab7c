//! How a flow begins.

use serde::{Deserialize, Serialize};

/// How a flow begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// It never needs a line.
    #[default]
    Any,
    /// Somebody calls.
    Inbound,
    /// It connects to a call that is going on.
    Join,
    /// A flow that has the line runs it.
    Live,
    /// We call.
    Outbound,
    /// A recording's file is there; there is no line.
    RecordingReady,
}

/// Every kind with the word authors write.
pub const ALL: [(CallKind, &str); 6] = [
    (CallKind::Any, "any"),
    (CallKind::Inbound, "inbound"),
    (CallKind::Join, "join"),
    (CallKind::Live, "live"),
    (CallKind::Outbound, "outbound"),
    (CallKind::RecordingReady, "recording_ready"),
];

impl CallKind {
    /// The kind of a written word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<CallKind> {
        ALL.iter().find(|(_, written)| *written == word).map(|(kind, _)| *kind)
    }

    /// The word authors write.
    #[must_use]
    pub fn word(self) -> &'static str {
        ALL[self as usize].1
    }

    /// Whether a call of its own can begin with it, so that it is served; `live` and `any` are run by others.
    #[must_use]
    pub fn begins_calls(self) -> bool {
        match self {
            CallKind::Inbound | CallKind::Join | CallKind::Outbound | CallKind::RecordingReady => true,
            CallKind::Any | CallKind::Live => false,
        }
    }
}
