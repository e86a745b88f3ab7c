//! The syntax tree that both spellings build. Names are words, values are as written but sorted by shape; what they mean
//! is found out by `check`. Twins build equal trees (spans do not count).

mod files;
mod heads;
mod scenario;
mod states;
mod values;

use crate::language::source::Span;

pub use files::{Library, LibraryPrompt, RouteLine, Routes, Wording};
pub use heads::{
    Allow, Condition, Declaration, Defaults, Flow, Group, Need, Policy, PolicyKind, Signal, TypeExpr, TypeKind,
};
pub use scenario::{
    Act, Alone, Answers, Caller, Expect, Expected, Failing, OtherCall, Script, ScriptedAnswer, ScriptedPhone, Step,
    call_meant,
};
pub use states::{Branch, Choice, Destination, Limit, Opt, Route, State, Target, Trigger};
pub use values::{Prompt, PromptPart, Reprompt, Retry, Value};

/// Which spelling a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spelling {
    /// `*.flow`.
    Native,
    /// `*.flow.yaml`.
    Yaml,
}

/// A span that never makes two trees differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpanOnly(pub Span);

impl PartialEq for SpanOnly {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for SpanOnly {}
