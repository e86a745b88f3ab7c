//! Prompts ready to be said: words with typed placeholders.

use crate::language::flow::expr::Expr;
pub use crate::language::flow::form::Form;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Something to play.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    /// One after the other.
    pub parts: Vec<Part>,
}

/// A part of a prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// An audio file: an absolute URL or a path within the project.
    File(String),
    /// A prompt of a library: key into the program's prompts, arguments by placeholder.
    Named {
        /// `library.prompt`.
        prompt: String,
        /// Arguments.
        args: BTreeMap<String, Expr>,
    },
    /// An SSML document; values are escaped.
    Ssml(Words),
    /// Words written in the flow.
    Text(Words),
}

/// Words with placeholders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Words {
    /// In order.
    pub pieces: Vec<Piece>,
}

/// A piece of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Piece {
    /// The key of a choice of the menu that asks.
    Key(String),
    /// Spoken as it stands.
    Text(String),
    /// A value in a form.
    Value(Expr, Form),
}

/// A prompt of a library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryPrompt {
    /// Wording by locale.
    pub wordings: BTreeMap<String, Wording>,
}

/// How a prompt sounds in one locale.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wording {
    /// What is played.
    pub sound: Sound,
    /// The library's voice for this locale; the project's default otherwise.
    pub voice: Option<String>,
}

/// What is played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sound {
    /// A recording, with the words it says.
    File {
        /// URL or path.
        file: String,
        /// Its words.
        transcript: Option<Words>,
    },
    /// SSML.
    Ssml(Words),
    /// Words.
    Text(Words),
}
