//! The ways out of states, all of them: written, by rule, by default. What every later check walks, and what is lowered.

use crate::language::check::kinds::Kind;
use crate::language::flow::label::{Label, Since};
use crate::language::source::Span;

/// A way out of a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Way {
    /// What leads there.
    pub label: Label,
    /// Where.
    pub to: End,
    /// At most so often, then elsewhere.
    pub limit: Option<Bound>,
    /// Who wrote it.
    pub origin: Origin,
    /// Where it is written; a default's place is that of its state.
    pub place: Span,
}

/// At most so often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The counter: one for each line written.
    pub counter: String,
    /// How often.
    pub times: u32,
    /// Where afterwards.
    pub otherwise: End,
}

/// Where a way leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// The flow ends.
    Return(Option<String>),
    /// A state, by its place in the flow.
    State(usize),
    /// A state that is not there, and the one that was perhaps meant.
    Unknown(Option<usize>),
}

/// Who wrote a way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The flow's `defaults`.
    Defaults,
    /// The state's group.
    Group,
    /// Nobody: the language.
    Language,
    /// The flow's `always`.
    Rule,
    /// The state itself.
    State,
}

/// One end of a way.
#[derive(Clone, Copy, Debug)]
pub struct Arrow<'a> {
    /// The way it belongs to.
    pub way: &'a Way,
    /// Where it leads.
    pub to: &'a End,
    /// Whether a counter bounds it.
    pub limited: bool,
}

impl Way {
    /// The way's ends: the main one, and the one taken when its limit is used up.
    pub fn arrows(&self) -> impl Iterator<Item = Arrow<'_>> {
        let main = Arrow { way: self, to: &self.to, limited: self.limit.is_some() };
        let otherwise = self.limit.as_ref().map(|bound| Arrow { way: self, to: &bound.otherwise, limited: false });
        std::iter::once(main).chain(otherwise)
    }
}

impl Arrow<'_> {
    /// The state it leads to.
    #[must_use]
    pub fn state(&self) -> Option<usize> {
        match self.to {
            End::State(state) => Some(*state),
            End::Return(_) | End::Unknown(_) => None,
        }
    }

    /// The state it leads to, or was perhaps meant to.
    #[must_use]
    pub fn state_or_guess(&self) -> Option<usize> {
        match self.to {
            End::State(state) => Some(*state),
            End::Unknown(guess) => *guess,
            End::Return(_) => None,
        }
    }

    /// Whether it can be taken again and again: no counter bounds it, and its event does not happen only once in a call.
    #[must_use]
    pub fn repeats(&self) -> bool {
        let once = match &self.way.label {
            Label::After { since: Since::Flow, .. } | Label::PartyLeft => true,
            Label::After { since: Since::Group | Since::State, .. }
            | Label::Branch(_)
            | Label::Choice(_)
            | Label::Else
            | Label::Named(_)
            | Label::NotEstablished
            | Label::Outcome(_)
            | Label::Signal(_) => false,
            // Staff stay in a loop as long as they like.
            Label::Key { by, .. } => by.as_deref().is_some_and(|by| by != "party"),
            // Whoever left may be brought in again, but not without an edge that is counted.
            Label::Left(_) => false,
        };
        !self.limited && !once
    }
}

/// What the later checks know of one state.
#[derive(Clone, Debug)]
pub struct Exits {
    /// Its kind; `None` when it is not known, and then nothing follows from what it does.
    pub kind: Option<Kind>,
    /// The ways out, in the order of labels as written.
    pub ways: Vec<Way>,
}

impl Exits {
    /// Every end of every way.
    pub fn arrows(&self) -> impl Iterator<Item = Arrow<'_>> {
        self.ways.iter().flat_map(Way::arrows)
    }
}
