//! A service file as written (`service: NAME`, YAML only): a typed contract over HTTP and JSON. What an OpenAPI document says is
//! brought into the same shapes.

pub(crate) mod read;

use crate::language::source::{FileId, Span, Spanned, Word};
use crate::language::syntax::ast::{TypeExpr, Value};

/// A service file.
#[derive(Clone, Debug)]
pub struct Service {
    /// The file.
    pub file: FileId,
    /// Its name.
    pub name: Word,
    /// Where it is: a literal, or an expression.
    pub url: Option<Value>,
    /// Headers of every request.
    pub headers: Vec<(Word, Value)>,
    /// Named types.
    pub types: Vec<(Word, TypeExpr)>,
    /// Constants.
    pub constants: Vec<(Word, Constant)>,
    /// What can be asked.
    pub operations: Vec<Operation>,
    /// The document from which more is imported.
    pub openapi: Option<Import>,
}

/// `openapi: FILE`, or `openapi: { file: FILE, operations: [find] }`.
#[derive(Clone, Debug)]
pub struct Import {
    /// The document, a path within the project.
    pub file: Word,
    /// The operations that are wanted; all where none are named.
    pub operations: Option<Vec<Word>>,
}

/// An operation. What is `None` was not written.
#[derive(Clone, Debug)]
pub struct Operation {
    /// Its name.
    pub name: Word,
    /// `method`.
    pub method: Option<Word>,
    /// `path`.
    pub path: Option<Word>,
    /// `args`.
    pub args: Option<Vec<Arg>>,
    /// `ok`.
    pub ok: Option<TypeExpr>,
    /// `outcomes`.
    pub outcomes: Option<Vec<Outcome>>,
    /// `safe_to_repeat`.
    pub safe_to_repeat: Option<Spanned<bool>>,
    /// `retry`.
    pub retry: Option<Word>,
    /// `timeout`, as written.
    pub timeout: Option<Word>,
    /// `max_bytes`, as written.
    pub max_bytes: Option<Word>,
    /// `untrusted`.
    pub untrusted: Option<Spanned<bool>>,
}

/// An argument.
#[derive(Clone, Debug)]
pub struct Arg {
    /// Its name in flows.
    pub name: Word,
    /// Its type.
    pub ty: TypeExpr,
    /// Its name in requests, where that is another.
    pub wire: Option<String>,
    /// Whether it stands behind `?` although the method has a body.
    pub in_query: bool,
}

/// An outcome, and the status that tells it where one is named.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its name.
    pub name: Word,
    /// The status, as written.
    pub status: Option<Word>,
}

/// A constant as written.
#[derive(Clone, Debug)]
pub struct Constant {
    /// What it is.
    pub kind: ConstantKind,
    /// Where it stands.
    pub span: Span,
}

/// The shapes of a constant.
#[derive(Clone, Debug)]
pub enum ConstantKind {
    /// `[a, b]`.
    List(Vec<Constant>),
    /// `{ a: b }`.
    Map(Vec<(Word, Constant)>),
    /// Text as written.
    Scalar {
        /// What it says.
        text: String,
        /// Whether it stands in no quotes, so that it may be a number or a duration.
        plain: bool,
    },
    /// `{ type: T, value: … }`.
    Typed(TypeExpr, Box<Constant>),
}

impl Operation {
    /// An operation of which nothing is known but its name.
    #[must_use]
    pub fn named(name: Word) -> Operation {
        Operation {
            name,
            method: None,
            path: None,
            args: None,
            ok: None,
            outcomes: None,
            safe_to_repeat: None,
            retry: None,
            timeout: None,
            max_bytes: None,
            untrusted: None,
        }
    }

    /// This operation, with what `other` says on top: an imported one may so be told what its document does not know.
    #[must_use]
    pub fn overlaid(self, other: Operation) -> Operation {
        Operation {
            name: other.name,
            method: other.method.or(self.method),
            path: other.path.or(self.path),
            args: other.args.or(self.args),
            ok: other.ok.or(self.ok),
            outcomes: other.outcomes.or(self.outcomes),
            safe_to_repeat: other.safe_to_repeat.or(self.safe_to_repeat),
            retry: other.retry.or(self.retry),
            timeout: other.timeout.or(self.timeout),
            max_bytes: other.max_bytes.or(self.max_bytes),
            untrusted: other.untrusted.or(self.untrusted),
        }
    }
}
