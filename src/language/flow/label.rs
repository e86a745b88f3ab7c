//! What stands on an edge: an outcome, a choice, a branch, or an event that a rule reacts to.

use crate::language::duration;
use crate::platform::outcomes::Outcome;
use serde::{Deserialize, Serialize};

/// The label of an edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A time since the flow or the state was entered.
    After {
        /// Milliseconds.
        ms: u64,
        /// Since when.
        since: Since,
    },
    /// A branch of a decide, in the order written, counted from 0.
    Branch(u32),
    /// A choice of a menu.
    Choice(String),
    /// `else` of a decide.
    Else,
    /// An outcome of an action.
    Outcome(Outcome),
    /// The party left.
    PartyLeft,
}

/// What an `after` rule counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The flow was entered.
    Flow,
    /// The state was entered.
    State,
}

impl Label {
    /// Whether the label belongs to a rule (an event from outside the state's own action).
    #[must_use]
    pub fn is_rule(&self) -> bool {
        match self {
            Label::After { .. } | Label::PartyLeft => true,
            Label::Branch(_) | Label::Choice(_) | Label::Else | Label::Outcome(_) => false,
        }
    }
}

impl std::fmt::Display for Label {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Label::After { ms, .. } => write!(f, "after {}", duration::show(*ms)),
            Label::Branch(number) => write!(f, "branch {}", number + 1),
            Label::Choice(name) => f.write_str(name),
            Label::Else => f.write_str("else"),
            Label::Outcome(outcome) => f.write_str(outcome.word()),
            Label::PartyLeft => f.write_str("party left"),
        }
    }
}
