//! The files beside flows: prompt libraries and routes.

use crate::language::source::{FileId, Word};
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
