//! States: their options, choices and branches, what they react to and where that leads.

use crate::language::source::{Span, Spanned, Word};
use crate::language::syntax::ast::{SpanOnly, Value};
use crate::language::syntax::expr::Expr;

/// A state.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Its name.
    pub name: Word,
    /// Its kind as written; unknown kinds are kept so that `check` can suggest one.
    pub kind: Word,
    /// The group it stands in.
    pub group: Option<Word>,
    /// What stands right behind the kind: a prompt of `play`, a target of `transfer`, a result of `hangup`, …
    pub operand: Option<Value>,
    /// Arguments of `invoke`, `run` and `signal`; what `set` sets.
    pub args: Vec<(Word, Expr)>,
    /// The variable the state saves to.
    pub save: Option<Word>,
    /// Options by name, in the order written. Names are those of [`crate::language::syntax::fields`].
    pub options: Vec<Opt>,
    /// The choices of a menu.
    pub choices: Vec<Choice>,
    /// The branches of a decide.
    pub branches: Vec<Branch>,
    /// Where outcomes and events lead. The success (`then`, `->`) is [`Trigger::Success`].
    pub routes: Vec<Route>,
    /// Whether a piece of it could not be read (see [`crate::language::syntax::ast::Flow::partial`]). Then the kind may be an empty word too.
    pub partial: bool,
    /// The whole state.
    pub span: SpanOnly,
}

impl State {
    /// A state of which only the name and the kind have been read.
    #[must_use]
    pub fn named(name: Word, kind: Word, span: Span) -> State {
        State {
            name,
            kind,
            group: None,
            operand: None,
            args: Vec::new(),
            save: None,
            options: Vec::new(),
            choices: Vec::new(),
            branches: Vec::new(),
            routes: Vec::new(),
            partial: false,
            span: SpanOnly(span),
        }
    }
}

/// One option of a state.
#[derive(Clone, Debug, PartialEq)]
pub struct Opt {
    /// Its name.
    pub name: Word,
    /// Its value.
    pub value: Value,
}

/// A choice of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Its name, which is its outcome.
    pub name: Word,
    /// Its key as written (`1`, `star`); `*` and `#` are read as `star` and `pound`, so that twins are equal.
    pub key: Option<Word>,
    /// Its phrases.
    pub phrases: Vec<Word>,
    /// Where it leads; may also stand in the state's routes under the choice's name.
    pub target: Option<Target>,
}

/// A branch of a decide.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// When; `None` is `else`.
    pub condition: Option<Expr>,
    /// Where to.
    pub target: Target,
    /// The whole branch.
    pub span: SpanOnly,
}

/// Where one or several outcomes or events lead. Those joined on one line share one counter.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// What leads there.
    pub triggers: Vec<Trigger>,
    /// Where.
    pub target: Target,
    /// The whole route.
    pub span: SpanOnly,
}

/// What a route reacts to.
#[derive(Clone, Debug, PartialEq)]
pub enum Trigger {
    /// `then`, `->`: the kind's success.
    Success(SpanOnly),
    /// An outcome by name, a choice included.
    Outcome(Word),
    /// `party left`, `agent left`: who.
    Left(Word),
    /// `after 4m`: the duration as written.
    After(Word),
    /// `key 0`, `key star 7 by agent`.
    Key {
        /// The keys, in words where they are signs.
        keys: Word,
        /// Whose; anybody's when missing.
        by: Option<Word>,
        /// The whole trigger.
        span: SpanOnly,
    },
    /// `signal NAME`.
    Signal(Word),
}

/// Where a route leads.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// Where.
    pub to: Destination,
    /// At most so often, then elsewhere.
    pub limit: Option<Limit>,
    /// The whole target.
    pub span: SpanOnly,
}

impl Target {
    /// Stands where a target could not be read.
    #[must_use]
    pub fn broken(span: Span) -> Target {
        let to = Destination::State(Spanned::new(String::new(), span));
        Target { to, limit: None, span: SpanOnly(span) }
    }
}

/// `limit 3 else elsewhere`.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The count as written.
    pub times: Word,
    /// Where to afterwards.
    pub otherwise: Destination,
}

/// The end of an edge. A state with an empty name stands where a target could not be read; a finding has said so.
#[derive(Clone, Debug, PartialEq)]
pub enum Destination {
    /// A state.
    State(Word),
    /// `return` or `return RESULT`.
    Return {
        /// The result.
        result: Option<Word>,
        /// The whole phrase.
        span: SpanOnly,
    },
}
