//! Every reason to wake a call.

use serde::{Deserialize, Serialize};

/// A time at which something is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// When, in milliseconds since the epoch.
    pub at: i64,
    /// Why.
    pub why: Why,
}

/// The reason of a timer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// An `after` rule of the flow, by its milliseconds.
    AfterFlow(u64),
    /// An `after` rule of the group, by its milliseconds.
    AfterGroup(u64),
    /// An `after` rule of the state, by its milliseconds.
    AfterState(u64),
    /// The call has reached the longest age a call may have.
    Age,
    /// A condition of the line is overdue.
    Condition,
    /// An operation is overdue: ask the platform.
    Deadline {
        /// The operation.
        op: u64,
    },
    /// An errand is overdue.
    Errand {
        /// Its number.
        op: u64,
    },
    /// A result that may still be explained by a late event is taken as it is.
    Hold,
    /// No further key was pressed.
    Keys,
    /// No key of an answer came in time, where the platform does not listen itself.
    Listening,
    /// Nothing was heard of the line for long: ask the platform whether it is there.
    Look,
    /// A service takes its time: words are said.
    Meanwhile,
    /// A message is as long as it may be.
    Message,
    /// A dialled or added person has rung long enough.
    Ring {
        /// The operation.
        op: u64,
    },
    /// Nothing was said against what the platform took.
    Settled,
    /// A condition of the line is to be undone once more.
    Undo {
        /// The operation.
        op: u64,
    },
    /// A `wait` is over.
    Wait,
    /// No tone explained a menu's wrong key.
    WrongKey,
}
