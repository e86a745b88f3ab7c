//! Prompt texts with placeholders: `Hello {name}, press {key confirm}`, `{at day}`, `{{` and `}}` for braces.

use crate::language::source::Word;
use crate::language::syntax::ast::SpanOnly;

/// A text split at its placeholders.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// The pieces in order; neighbouring texts are merged, no text is empty.
    pub pieces: Vec<Piece>,
    /// The whole text.
    pub span: SpanOnly,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Words as they are spoken.
    Text(String),
    /// `{name}`, `{visit.at}`, `{at day}`: a dotted name and perhaps a form.
    Value {
        /// The dotted name's parts.
        path: Vec<Word>,
        /// The form.
        form: Option<Word>,
        /// From brace to brace.
        span: SpanOnly,
    },
    /// `{key confirm}`: the key of a choice.
    Key {
        /// The choice.
        choice: Word,
        /// From brace to brace.
        span: SpanOnly,
    },
}
