//! The files beside flows: prompt libraries, routes and scripts of callers.

use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::TypeExpr;
use crate::language::syntax::template::Template;

/// A prompt library file (`prompts: NAME`), YAML only.
#[derive(Clone, Debug)]
pub struct Library {
    /// The file.
    pub file: FileId,
    /// Its name.
    pub name: Word,
    /// Voice by locale.
    pub voices: Vec<(Word, Word)>,
    /// The prompts.
    pub prompts: Vec<LibraryPrompt>,
}

/// A prompt of a library.
#[derive(Clone, Debug)]
pub struct LibraryPrompt {
    /// Its name.
    pub name: Word,
    /// Its placeholders with their types.
    pub takes: Vec<(Word, TypeExpr)>,
    /// Wording by locale.
    pub wordings: Vec<(Word, Wording)>,
    /// Something of it could not be read.
    pub partial: bool,
}

/// How a prompt sounds in one locale.
#[derive(Clone, Debug)]
pub enum Wording {
    /// Words.
    Text(Template),
    /// SSML.
    Ssml(Template),
    /// A recording, with the words it says.
    File {
        /// URL or path within the project.
        file: Word,
        /// Its words.
        transcript: Option<Template>,
    },
}

/// `routes.yaml`: which flow answers which number.
#[derive(Clone, Debug)]
pub struct Routes {
    /// Its lines, in the order written.
    pub lines: Vec<RouteLine>,
}

/// A line of `routes.yaml`.
#[derive(Clone, Debug)]
pub struct RouteLine {
    /// The number, or the pattern of several.
    pub number: Word,
    /// The flow that answers.
    pub flow: Word,
    /// The locale of the calls.
    pub locale: Option<Word>,
    /// The voice of text prompts.
    pub voice: Option<Word>,
}

/// A caller's script (`scenario: …`), the core that `flowc dev --call` plays. YAML only.
#[derive(Clone, Debug)]
pub struct Script {
    /// The file.
    pub file: FileId,
    /// Its title.
    pub title: Word,
    /// The flow it is for.
    pub flow: Option<Word>,
    /// `given.params`: JSON-like values as written, by parameter.
    pub params: Vec<(Word, serde_json::Value)>,
    /// `given.SERVICE.OPERATION`: what that operation answers, in this order.
    pub answers: Vec<(Word, Vec<ScriptedAnswer>)>,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What an operation of a service answers once: `missing`, `{ ok: { id: c1 }, takes: 2s }`.
#[derive(Clone, Debug, PartialEq)]
pub struct ScriptedAnswer {
    /// Its outcome.
    pub outcome: Word,
    /// What it brings, as written.
    pub value: Option<serde_json::Value>,
    /// How long it takes, in milliseconds.
    pub takes: u64,
}

/// A step of a script, with the participant it is for (`None`: the party).
#[derive(Clone, Debug)]
pub struct Step {
    /// `NAME:` before the step.
    pub who: Option<Word>,
    /// What happens.
    pub act: Act,
    /// The whole step.
    pub span: Span,
}

/// What a step does or expects.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// `call from NUMBER [to NUMBER]`.
    CallFrom {
        /// The caller.
        from: Word,
        /// The number called; any when missing.
        to: Option<Word>,
    },
    /// `answer after T`, `answer`: milliseconds.
    AnswerAfter(u64),
    /// `busy`.
    Busy,
    /// `decline`.
    Decline,
    /// `no answer`.
    NoAnswer,
    /// `hear a, b` and `hear "words"`.
    Hear(Vec<Spanned<Expected>>),
    /// `hear start of X`.
    HearStart(Spanned<Expected>),
    /// `press 1 2 pound`.
    Press(Vec<crate::platform::tones::Tone>),
    /// `say words`.
    Say(String),
    /// `silence` (waits out the running question) and `silence 6s`: milliseconds.
    Silence(Option<u64>),
    /// `hang up`.
    HangUp,
}

/// What is to be heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// A prompt of a library, in any locale.
    Prompt(String),
    /// A text that contains these words; letter case, punctuation and runs of space ignored.
    Words(String),
}
