//! States, typed: what each kind needs to be carried out.

use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::Prompt;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// A state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Switches the call's locale on entry; the value is a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub locale: Option<Expr>,
    /// What it does.
    pub kind: Kind,
}

/// What a state does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Answers the incoming call.
    Answer,
    /// Goes where the first true branch leads.
    Decide {
        /// The conditions in order; `else` is the label [`crate::language::flow::label::Label::Else`].
        branches: Vec<Expr>,
    },
    /// Places the call.
    Dial {
        /// Whom to ring.
        to: Vec<Expr>,
        /// The caller id shown.
        from: Option<Expr>,
        /// How long to ring, in milliseconds.
        ring_for: Expr,
    },
    /// Says its words and ends the call.
    Hangup {
        /// The flow's result.
        result: Option<String>,
        /// The last words.
        play: Option<Prompt>,
        /// End the call for everyone.
        everyone: bool,
    },
    /// Asks one of several.
    Menu {
        /// The choices.
        choices: Vec<Choice>,
        /// How it asks.
        question: Question,
    },
    /// Plays.
    Play {
        /// What.
        prompt: Prompt,
        /// Again and again.
        looped: bool,
        /// Cuts off what plays.
        interrupt: bool,
    },
    /// Listens for keys; the platform's own fields.
    Recognize {
        /// How it asks; asked once, so `retry` is zero.
        question: Question,
        /// Where what was heard goes: a variable.
        save: Option<String>,
        /// Most keys.
        max_tones: u32,
        /// Keys that end the input.
        stop: Vec<Tone>,
        /// Longest pause between two keys, in milliseconds.
        between_keys: Expr,
    },
    /// Hands the call over.
    Transfer {
        /// To whom.
        to: Expr,
        /// Said before.
        play: Option<Prompt>,
    },
}

/// A choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Option<Tone>,
    /// Its phrases.
    pub phrases: Vec<String>,
}

/// How a question is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The first time.
    pub ask: Prompt,
    /// The second, third … time after silence; the last repeats. Empty: the default wording, then `ask`.
    pub after_no_input: Vec<Prompt>,
    /// The same after something that is not valid.
    pub after_no_match: Vec<Prompt>,
    /// How often it is asked again after silence.
    pub retry_no_input: u32,
    /// How often it is asked again after something that is not valid.
    pub retry_no_match: u32,
    /// How long the first input may take, in milliseconds.
    pub first_key: Expr,
    /// Input does not stop the question.
    pub must_hear: bool,
}

impl Kind {
    /// The kind as the graph shows it: menus are recognitions.
    #[must_use]
    pub fn graph_kind(&self) -> &'static str {
        match self {
            Kind::Answer => "answer",
            Kind::Decide { .. } => "decide",
            Kind::Dial { .. } => "dial",
            Kind::Hangup { .. } => "hangup",
            Kind::Menu { .. } | Kind::Recognize { .. } => "recognize",
            Kind::Play { .. } => "play",
            Kind::Transfer { .. } => "transfer",
        }
    }

    /// Which form of a recognition it is.
    #[must_use]
    pub fn form(&self) -> Option<&'static str> {
        match self {
            Kind::Menu { .. } => Some("menu"),
            Kind::Recognize { .. } => Some("raw"),
            Kind::Answer
            | Kind::Decide { .. }
            | Kind::Dial { .. }
            | Kind::Hangup { .. }
            | Kind::Play { .. }
            | Kind::Transfer { .. } => None,
        }
    }
}
