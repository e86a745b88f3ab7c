//! What stands on an edge: an outcome, a choice, a branch, or an event that a rule reacts to.

use crate::language::duration;
use crate::platform::outcomes::Outcome;
use crate::platform::tones::Tone;
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
    /// Keys outside a question.
    Key {
        /// The keys, in order.
        keys: Vec<Tone>,
        /// Whose: a participant, or `party`; anybody's when missing.
        by: Option<String>,
    },
    /// A participant left.
    Left(String),
    /// An outcome with a name of its own: a result of the flow that is run, or an operation's outcome.
    Named(String),
    /// A condition of the line could not be brought about on the way into this state's group.
    NotEstablished,
    /// An outcome of an action.
    Outcome(Outcome),
    /// The party left.
    PartyLeft,
    /// A signal came.
    Signal(String),
}

/// What an `after` rule counts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// The flow was entered.
    Flow,
    /// The state's group was entered.
    Group,
    /// The state was entered.
    State,
}

impl Label {
    /// Whether the label belongs to a rule (an event from outside the state's own action).
    #[must_use]
    pub fn is_rule(&self) -> bool {
        match self {
            Label::After { .. } | Label::Key { .. } | Label::Left(_) | Label::PartyLeft | Label::Signal(_) => true,
            Label::Branch(_)
            | Label::Choice(_)
            | Label::Else
            | Label::Named(_)
            | Label::NotEstablished
            | Label::Outcome(_) => false,
        }
    }
}

impl Label {
    /// Whether it is shown by these words.
    #[must_use]
    pub fn is_shown_as(&self, words: &str) -> bool {
        match self {
            Label::Choice(name) | Label::Named(name) => name == words,
            Label::Outcome(outcome) => outcome.word() == words,
            Label::After { .. }
            | Label::Branch(_)
            | Label::Else
            | Label::Key { .. }
            | Label::Left(_)
            | Label::NotEstablished
            | Label::PartyLeft
            | Label::Signal(_) => self.to_string() == words,
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
            Label::Key { keys, by } => {
                f.write_str("key")?;
                keys.iter().try_for_each(|key| write!(f, " {}", key.word()))?;
                by.iter().try_for_each(|by| write!(f, " by {by}"))
            }
            Label::Left(name) => write!(f, "{name} left"),
            Label::Named(name) => f.write_str(name),
            Label::NotEstablished => f.write_str("not established"),
            Label::Outcome(outcome) => f.write_str(outcome.word()),
            Label::PartyLeft => f.write_str("party left"),
            Label::Signal(name) => write!(f, "signal {name}"),
        }
    }
}
