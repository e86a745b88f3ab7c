//! What can come out of each kind of state: its outcomes, which is the success, and whether rules are live in it.

use crate::language::check::names::Declared;
use crate::language::check::states::option;
use crate::language::flow::label::Label;
use crate::language::syntax::ast;
use crate::platform::outcomes::{NOT_REACHED, Outcome};

/// A kind of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Brings somebody in.
    Add,
    /// Answers the incoming call.
    Answer,
    /// Fills one variable.
    Collect,
    /// Connects to a call that is going on.
    Connect,
    /// Branches.
    Decide,
    /// Places the call.
    Dial,
    /// Ends the call.
    Hangup,
    /// Reads a calendar.
    Hours,
    /// Asks a service.
    Invoke,
    /// Asks one of several.
    Menu,
    /// Fetches a participant from another call.
    Move,
    /// Mutes a participant.
    Mute,
    /// Plays.
    Play,
    /// Asks the platform.
    Query,
    /// Listens.
    Recognize,
    /// Sends the incoming call elsewhere.
    Redirect,
    /// Refuses the incoming call.
    Reject,
    /// Puts somebody out.
    Remove,
    /// Runs another flow.
    Run,
    /// Sends keys.
    SendKeys,
    /// Changes variables.
    Set,
    /// Sends a signal.
    Signal,
    /// Records what the party says.
    TakeMessage,
    /// Hands the call over.
    Transfer,
    /// Waits.
    Wait,
}

/// Every kind with its word.
const WORDS: &[(Kind, &str)] = &[
    (Kind::Add, "add"),
    (Kind::Answer, "answer"),
    (Kind::Collect, "collect"),
    (Kind::Connect, "connect"),
    (Kind::Decide, "decide"),
    (Kind::Dial, "dial"),
    (Kind::Hangup, "hangup"),
    (Kind::Hours, "hours"),
    (Kind::Invoke, "invoke"),
    (Kind::Menu, "menu"),
    (Kind::Move, "move"),
    (Kind::Mute, "mute"),
    (Kind::Play, "play"),
    (Kind::Query, "query"),
    (Kind::Recognize, "recognize"),
    (Kind::Redirect, "redirect"),
    (Kind::Reject, "reject"),
    (Kind::Remove, "remove"),
    (Kind::Run, "run"),
    (Kind::SendKeys, "send_keys"),
    (Kind::Set, "set"),
    (Kind::Signal, "signal"),
    (Kind::TakeMessage, "take_message"),
    (Kind::Transfer, "transfer"),
    (Kind::Wait, "wait"),
];

impl Kind {
    /// The kind of a word, if this release offers it.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Kind> {
        let offered = crate::language::syntax::fields::kind(word).is_some_and(|row| row.offered);
        WORDS.iter().find(|(_, written)| offered && *written == word).map(|(kind, _)| *kind)
    }

    /// The word authors write.
    #[must_use]
    pub fn word(self) -> &'static str {
        WORDS[self as usize].1
    }

    /// Whether it needs the line, so that rules are live in it.
    #[must_use]
    pub fn needs_line(self) -> bool {
        match self {
            Kind::Add
            | Kind::Collect
            | Kind::Menu
            | Kind::Move
            | Kind::Mute
            | Kind::Play
            | Kind::Query
            | Kind::Recognize
            | Kind::Remove
            | Kind::SendKeys
            | Kind::TakeMessage
            | Kind::Transfer
            | Kind::Wait => true,
            Kind::Answer
            | Kind::Connect
            | Kind::Decide
            | Kind::Dial
            | Kind::Hangup
            | Kind::Hours
            | Kind::Invoke
            | Kind::Redirect
            | Kind::Reject
            | Kind::Run
            | Kind::Set
            | Kind::Signal => false,
        }
    }

    /// The outcome that `then` and `->` name.
    #[must_use]
    pub fn success(self, state: &ast::State, declared: &Declared) -> Option<Label> {
        let outcome = match self {
            Kind::Add => Outcome::Joined,
            Kind::Answer | Kind::Connect => Outcome::Connected,
            Kind::Collect => Outcome::Filled,
            Kind::Dial => Outcome::Answered,
            Kind::Invoke | Kind::Query => Outcome::Ok,
            Kind::Move
            | Kind::Mute
            | Kind::Redirect
            | Kind::Reject
            | Kind::Remove
            | Kind::SendKeys
            | Kind::Set
            | Kind::Signal
            | Kind::Wait => Outcome::Done,
            Kind::Play if option(state, "loop").is_some() => return None,
            Kind::Play => Outcome::Done,
            Kind::Recognize => Outcome::Heard,
            Kind::Run => {
                return match declared.results_of(state) {
                    [] => Some(Label::Outcome(Outcome::Done)),
                    [only] => Some(Label::Named(only.clone())),
                    _ => None,
                };
            }
            Kind::TakeMessage => Outcome::Recorded,
            Kind::Transfer => Outcome::Accepted,
            Kind::Decide | Kind::Hangup | Kind::Hours | Kind::Menu => return None,
        };
        Some(Label::Outcome(outcome))
    }

    /// Everything that can come out of a state of this kind, rules and branches excepted.
    #[must_use]
    pub fn labels(self, state: &ast::State, declared: &Declared) -> Vec<Label> {
        let mut labels: Vec<Label> = Vec::new();
        if self == Kind::Menu {
            labels.extend(state.choices.iter().map(|choice| Label::Choice(choice.name.value.clone())));
        }
        labels.extend(self.success(state, declared));
        let others: &[Outcome] = match self {
            Kind::Answer
            | Kind::Connect
            | Kind::Move
            | Kind::Mute
            | Kind::Play
            | Kind::Redirect
            | Kind::Reject
            | Kind::Remove
            | Kind::SendKeys => &[Outcome::Failed],
            Kind::Add | Kind::Dial | Kind::Transfer => {
                labels.extend(NOT_REACHED.map(Label::Outcome));
                &[Outcome::Failed]
            }
            Kind::Collect | Kind::Menu => &[Outcome::Exhausted, Outcome::Failed],
            Kind::Hours => &[Outcome::Open, Outcome::Closed, Outcome::Holiday],
            Kind::Invoke => {
                labels.extend(declared.outcomes_of(state).into_iter().map(Label::Named));
                &[Outcome::Failed]
            }
            Kind::Query => &[Outcome::Missing, Outcome::Failed],
            Kind::Recognize => &[Outcome::Partial, Outcome::NoInput, Outcome::NoMatch, Outcome::Failed],
            Kind::Run => {
                let results = declared.results_of(state);
                if results.len() > 1 {
                    labels.extend(results.iter().cloned().map(Label::Named));
                }
                &[]
            }
            Kind::Signal => &[Outcome::Missing],
            Kind::TakeMessage => &[Outcome::Empty, Outcome::Failed],
            Kind::Decide | Kind::Hangup | Kind::Set | Kind::Wait => &[],
        };
        labels.extend(others.iter().copied().map(Label::Outcome));
        // Speech alone has no pause between keys that could run out.
        if self == Kind::Recognize
            && matches!(&state.operand, Some(ast::Value::Literal(word)) if word.value == "speech")
        {
            labels.retain(|label| *label != Label::Outcome(Outcome::Partial));
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use crate::language::check::kinds::WORDS;
    use crate::language::syntax::fields::KINDS;

    #[test]
    fn the_words_are_those_of_the_syntax_in_the_order_of_the_enum() {
        assert_eq!(WORDS.len(), KINDS.len());
        for (index, (kind, word)) in WORDS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
            assert!(KINDS.iter().any(|row| row.name == *word), "{word}");
        }
    }
}
