//! A flow without errors: typed parts and ways, ready to be lowered.

use crate::language::check::doubt::Summary;
use crate::language::check::promises::Claims;
use crate::language::check::ways::Way;
use crate::language::flow::calendar::Hours;
use crate::language::flow::call::CallKind;
use crate::language::flow::expr::Expr;
use crate::language::flow::prompt::LibraryPrompt;
use crate::language::flow::service::Service;
use crate::language::flow::state;
use crate::language::flow::types::Type;
use crate::language::flow::value::Value;
use crate::language::source::Span;
use std::collections::BTreeMap;

/// A flow without errors.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// How it begins.
    pub call: CallKind,
    /// The locale of its calls at first.
    pub locale: Option<Expr>,
    /// Parameters with their defaults.
    pub params: BTreeMap<String, (Type, Option<Value>)>,
    /// Settings.
    pub settings: BTreeMap<String, Type>,
    /// Variables.
    pub vars: BTreeMap<String, Type>,
    /// Results, in order.
    pub returns: Vec<String>,
    /// Who else may be on the line.
    pub participants: Vec<String>,
    /// Signals it takes, with the type of what comes along.
    pub signals: BTreeMap<String, Option<Type>>,
    /// Beginnings of numbers that may be called though people typed or said them.
    pub dial_collected: Vec<String>,
    /// How the line must stand where another flow runs it.
    pub needs: Vec<state::Condition>,
    /// Groups.
    pub groups: BTreeMap<String, state::Group>,
    /// The services it asks, each with the operations it invokes.
    pub services: BTreeMap<String, Service>,
    /// The calendars it uses: hours by name.
    pub calendars: BTreeMap<String, BTreeMap<String, Hours>>,
    /// The library prompts it uses, by `library.prompt`.
    pub prompts: BTreeMap<String, LibraryPrompt>,
    /// Where speech first needs an AI resource.
    pub speech: Option<Span>,
    /// What flows that run it have to know of its parameters.
    pub trust: Summary,
    /// What it says of itself that proofs hold it to.
    pub claims: Claims,
    /// States, in the order written.
    pub states: Vec<State>,
    /// The first, by its place among the states.
    pub start: usize,
}

/// A state without errors.
#[derive(Clone, Debug)]
pub struct State {
    /// The state.
    pub state: state::State,
    /// Where its name stands.
    pub place: Span,
    /// Its ways out.
    pub ways: Vec<Way>,
}
