//! What can come out of each kind of state: its outcomes, which is the success, and whether rules are live in it.

use crate::language::check::states::option;
use crate::language::flow::label::Label;
use crate::language::syntax::ast;
use crate::platform::outcomes::{NOT_REACHED, Outcome};

/// A kind that this release offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answers the incoming call.
    Answer,
    /// Branches.
    Decide,
    /// Places the call.
    Dial,
    /// Ends the call.
    Hangup,
    /// Asks one of several.
    Menu,
    /// Plays.
    Play,
    /// Listens for keys.
    Recognize,
    /// Hands the call over.
    Transfer,
}

impl Kind {
    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Kind> {
        match word {
            "answer" => Some(Kind::Answer),
            "decide" => Some(Kind::Decide),
            "dial" => Some(Kind::Dial),
            "hangup" => Some(Kind::Hangup),
            "menu" => Some(Kind::Menu),
            "play" => Some(Kind::Play),
            "recognize" => Some(Kind::Recognize),
            "transfer" => Some(Kind::Transfer),
            _ => None,
        }
    }

    /// Whether it needs the line, so that rules are live in it.
    #[must_use]
    pub fn needs_line(self) -> bool {
        match self {
            Kind::Menu | Kind::Play | Kind::Recognize | Kind::Transfer => true,
            Kind::Answer | Kind::Decide | Kind::Dial | Kind::Hangup => false,
        }
    }

    /// The outcome that `then` and `->` name.
    #[must_use]
    pub fn success(self, state: &ast::State) -> Option<Outcome> {
        match self {
            Kind::Answer => Some(Outcome::Connected),
            Kind::Dial => Some(Outcome::Answered),
            Kind::Play if option(state, "loop").is_some() => None,
            Kind::Play => Some(Outcome::Done),
            Kind::Recognize => Some(Outcome::Heard),
            Kind::Transfer => Some(Outcome::Accepted),
            Kind::Decide | Kind::Hangup | Kind::Menu => None,
        }
    }

    /// Everything that can come out of a state of this kind, rules and branches excepted.
    #[must_use]
    pub fn labels(self, state: &ast::State) -> Vec<Label> {
        let mut outcomes: Vec<Outcome> = self.success(state).into_iter().collect();
        match self {
            Kind::Answer | Kind::Play => outcomes.push(Outcome::Failed),
            Kind::Dial | Kind::Transfer => {
                outcomes.extend(NOT_REACHED);
                outcomes.push(Outcome::Failed);
            }
            Kind::Menu => outcomes.extend([Outcome::Exhausted, Outcome::Failed]),
            Kind::Recognize => {
                outcomes.extend([Outcome::Partial, Outcome::NoInput, Outcome::NoMatch, Outcome::Failed]);
            }
            Kind::Decide | Kind::Hangup => {}
        }
        let choices: &[ast::Choice] = if self == Kind::Menu { &state.choices } else { &[] };
        let choices = choices.iter().map(|choice| Label::Choice(choice.name.value.clone()));
        choices.chain(outcomes.into_iter().map(Label::Outcome)).collect()
    }
}
