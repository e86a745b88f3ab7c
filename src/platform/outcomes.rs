//! The closed set of outcomes an action can have, under the dialogue field's names, and which kind of action has which.

use serde::{Deserialize, Serialize};

/// How an action can end. A menu's choices are outcomes too, under their own names; they are not in this set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A transfer went through: the party is with the target, the line is gone.
    Accepted,
    /// A dialled party answered.
    Answered,
    /// The callee is busy.
    Busy,
    /// These hours are closed.
    Closed,
    /// An answered or joined call is established.
    Connected,
    /// The callee declined.
    Declined,
    /// The action went through.
    Done,
    /// No message was left.
    Empty,
    /// A question was asked as often as it may be.
    Exhausted,
    /// The action failed: refused, timed out, or broken on the way.
    Failed,
    /// A question was answered with a valid value.
    Filled,
    /// A recognition heard something.
    Heard,
    /// It is a holiday.
    Holiday,
    /// A participant joined.
    Joined,
    /// What was asked for is not there.
    Missing,
    /// The callee did not answer in time.
    NoAnswer,
    /// Nothing was entered (silence, 8510).
    NoInput,
    /// What was entered is not valid.
    NoMatch,
    /// A service did what it was asked.
    Ok,
    /// These hours are open.
    Open,
    /// A recognition heard fewer keys than it may collect before the pause between keys ran out.
    Partial,
    /// A message was left.
    Recorded,
    /// The callee cannot be reached.
    Unreachable,
}

/// Every outcome with the word authors write.
pub const ALL: &[(Outcome, &str)] = &[
    (Outcome::Accepted, "accepted"),
    (Outcome::Answered, "answered"),
    (Outcome::Busy, "busy"),
    (Outcome::Closed, "closed"),
    (Outcome::Connected, "connected"),
    (Outcome::Declined, "declined"),
    (Outcome::Done, "done"),
    (Outcome::Empty, "empty"),
    (Outcome::Exhausted, "exhausted"),
    (Outcome::Failed, "failed"),
    (Outcome::Filled, "filled"),
    (Outcome::Heard, "heard"),
    (Outcome::Holiday, "holiday"),
    (Outcome::Joined, "joined"),
    (Outcome::Missing, "missing"),
    (Outcome::NoAnswer, "no_answer"),
    (Outcome::NoInput, "no_input"),
    (Outcome::NoMatch, "no_match"),
    (Outcome::Ok, "ok"),
    (Outcome::Open, "open"),
    (Outcome::Partial, "partial"),
    (Outcome::Recorded, "recorded"),
    (Outcome::Unreachable, "unreachable"),
];

/// The four outcomes that say a callee was not reached.
pub const NOT_REACHED: [Outcome; 4] = [Outcome::Busy, Outcome::NoAnswer, Outcome::Declined, Outcome::Unreachable];

impl Outcome {
    /// The word authors write.
    #[must_use]
    pub fn word(self) -> &'static str {
        ALL[self as usize].1
    }

    /// The outcome of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Outcome> {
        ALL.iter().find(|(_, w)| *w == word).map(|(outcome, _)| *outcome)
    }
}

#[cfg(test)]
mod tests {
    use crate::platform::outcomes::{ALL, Outcome};

    #[test]
    fn table_order_is_the_enum_order() {
        for (index, (outcome, word)) in ALL.iter().enumerate() {
            assert_eq!(*outcome as usize, index);
            assert_eq!(Outcome::from_word(word), Some(*outcome));
        }
    }
}
