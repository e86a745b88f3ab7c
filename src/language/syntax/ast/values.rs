//! Values as written, sorted by shape: prompts, `retry` and `reprompt` among them.

use crate::language::source::{Span, Word};
use crate::language::syntax::ast::SpanOnly;
use crate::language::syntax::expr::Expr;
use crate::language::syntax::template::Template;

/// A value, sorted by its field's shape. Where one could not be read stands [`crate::language::syntax::expr::ExprKind::Broken`].
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A bare word option, or `true`.
    Flag(SpanOnly),
    /// A literal as written, quotes and escapes resolved: a number, a duration, a phone number, a key, a name. The field types it.
    Literal(Word),
    /// An expression.
    Expr(Expr),
    /// Several literals or expressions (`dial` of a list).
    List(Vec<Value>, SpanOnly),
    /// A prompt.
    Prompt(Prompt),
    /// `retry`: a count for both reasons, or one each.
    Retry(Retry),
    /// `reprompt`.
    Reprompt(Reprompt),
    /// `headers`: values by name.
    Headers(Vec<(Word, Expr)>, SpanOnly),
    /// A request written in place: `GET "https://…"`.
    Request {
        /// `GET`, `POST`, …, as written.
        method: Word,
        /// The address.
        url: Word,
    },
}

impl Value {
    /// Stands where a value could not be read.
    #[must_use]
    pub fn broken(span: Span) -> Value {
        Value::Expr(Expr::broken(span))
    }

    /// Where it stands.
    #[must_use]
    pub fn span(&self) -> Span {
        match self {
            Value::Flag(span) | Value::List(_, span) | Value::Headers(_, span) => span.0,
            Value::Request { method, url } => method.span.to(url.span),
            Value::Literal(word) => word.span,
            Value::Expr(expr) => expr.span.0,
            Value::Prompt(prompt) => prompt.span.0,
            Value::Retry(retry) => retry.span.0,
            Value::Reprompt(reprompt) => {
                let mut spans = reprompt.no_input.iter().chain(&reprompt.no_match).map(|prompt| prompt.span.0);
                let first = spans.next().unwrap_or_default();
                spans.fold(first, Span::to)
            }
        }
    }
}

/// How often a question is asked again.
#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// After silence; as written.
    pub no_input: Option<Word>,
    /// After something that is not valid; as written.
    pub no_match: Option<Word>,
    /// The whole value.
    pub span: SpanOnly,
}

/// The wording of the second, third … time. One list for both reasons fills both.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reprompt {
    /// After silence.
    pub no_input: Vec<Prompt>,
    /// After something that is not valid.
    pub no_match: Vec<Prompt>,
}

/// Something to play.
#[derive(Clone, Debug, PartialEq)]
pub struct Prompt {
    /// One after the other.
    pub parts: Vec<PromptPart>,
    /// The whole prompt.
    pub span: SpanOnly,
}

/// One part of a prompt.
#[derive(Clone, Debug, PartialEq)]
pub enum PromptPart {
    /// A prompt of a library, by name, with arguments.
    Named {
        /// Its name.
        name: Word,
        /// Arguments by placeholder.
        args: Vec<(Word, Expr)>,
    },
    /// Words written in place.
    Text(Template),
    /// A text that an expression gives.
    TextExpr(Expr),
    /// SSML written in place.
    Ssml(Template),
    /// An audio file: URL or path within the project.
    File(Word),
}
