//! What a scenario has the platform refuse: the requests of some states.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::language::flow::state::Kind;
use crate::language::graph::Program;
use crate::language::syntax::ast::Script;
use crate::machine::command::Command;
use crate::platform::codes::Code;
use std::collections::BTreeMap;

/// How a request is refused: not allowed.
const NOT_ALLOWED: Code = Code::new(403, 0);
/// How a question is: the platform knows of nothing like it.
const NOT_FOUND: Code = Code::new(404, 0);

/// The requests that the platform refuses, by flow and state.
#[derive(Clone, Debug, Default)]
pub struct Refused(BTreeMap<(String, String), Of>);

/// The requests of one state.
#[derive(Clone, Debug)]
struct Of {
    /// Which of them, from 1; none: each.
    which: Vec<Option<u32>>,
    /// Whether the state itself asks how things stand: such questions are also asked beside what a state is about.
    asks: bool,
}

impl Refused {
    /// What a scenario of a flow has refused.
    #[must_use]
    pub fn of(script: &Script, program: &Program) -> Refused {
        let mut refused: BTreeMap<(String, String), Of> = BTreeMap::new();
        for failing in &script.fails {
            let (flow, state) = failing.state.value.split_once('.').unwrap_or((&program.flow, &failing.state.value));
            let within = if flow == program.flow { Some(program) } else { program.flows.get(flow).map(|flow| &**flow) };
            let state_of = within.and_then(|program| program.state(state));
            let asks = state_of.is_some_and(|state| matches!(state.kind, Kind::Query { .. }));
            let of = refused.entry((flow.to_owned(), state.to_owned()));
            of.or_insert(Of { which: Vec::new(), asks }).which.push(failing.nth);
        }
        Refused(refused)
    }

    /// Whether nothing is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place of a state whose flow may not be named.
    #[must_use]
    pub fn place(&self, flow: Option<&str>, state: &str) -> Option<(String, String)> {
        let is_it = |(of, name): &&(String, String)| name == state && flow.is_none_or(|flow| flow == of);
        self.0.keys().find(is_it).cloned()
    }

    /// How a request of a state is refused, if it is. What cleans up behind a state, and what asks how things stand beside what the
    /// state is about, is not. `tried` counts the state's requests.
    pub fn refuses(
        &self,
        place: &(String, String),
        command: &Command,
        tried: &mut BTreeMap<(String, String), u32>,
    ) -> Option<Code> {
        let of = self.0.get(place)?;
        let code = match command {
            Command::CancelMedia | Command::HangUp | Command::Terminate => return None,
            Command::GetCall if !of.asks => return None,
            Command::GetCall | Command::GetParticipant { .. } | Command::ListParticipants => NOT_FOUND,
            _ => NOT_ALLOWED,
        };
        let nth = tried.entry(place.clone()).or_default();
        *nth += 1;
        of.which.iter().any(|one| one.is_none_or(|one| one == *nth)).then_some(code)
    }
}
