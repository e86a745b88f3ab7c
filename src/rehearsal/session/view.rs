//! How a call stands, for those who look at it.
#![deny(clippy::disallowed_methods, clippy::disallowed_types)]

use crate::emulator::call::{End, State};
use crate::language::duration;
use crate::language::flow::state::Kind;
use crate::language::graph::SourceMap;
use crate::language::graph::show;
use crate::machine::call::Phase;
use crate::machine::timer::Why;
use crate::rehearsal::session::Session;
use crate::rehearsal::transcript::{self, Told};

/// How a call stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Virtual milliseconds since the beginning.
    pub at_ms: u64,
    /// How the line stands, in a word: `rings`, `up`, `hangup`.
    pub line: &'static str,
    /// Nothing can happen any more.
    pub is_over: bool,
    /// What people heard and did.
    pub told: Vec<Told>,
    /// What whoever acts is hearing.
    pub plays: Option<Plays>,
    /// The question that whoever acts is asked.
    pub question: Option<Question>,
    /// Who is on the line.
    pub people: Vec<Someone>,
    /// What runs out, and in how many milliseconds.
    pub timers: Vec<(String, u64)>,
    /// Where the flow is.
    pub place: Option<Place>,
    /// How the flow ended: its result, or none.
    pub result: Option<Option<String>>,
}

/// What is being said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plays {
    /// The words, or the file.
    pub words: String,
    /// So much of them has been said, in milliseconds.
    pub said_ms: u64,
    /// They take so long.
    pub lasts_ms: u64,
    /// They begin again when they are over.
    pub loops: bool,
}

impl Plays {
    /// How many characters of the words have been said.
    #[must_use]
    pub fn said(&self) -> usize {
        let all = self.words.chars().count() as u64;
        usize::try_from((all * self.said_ms).checked_div(self.lasts_ms).unwrap_or(all).min(all)).unwrap_or(0)
    }
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// It has been said, and listens.
    pub listens: bool,
    /// It can be cut short.
    pub interrupts: bool,
    /// For so many milliseconds still.
    pub left_ms: Option<u64>,
    /// Keys pressed so far.
    pub keys: String,
    /// What there is to choose: key, name, phrases.
    pub choices: Vec<(Option<char>, String, Vec<String>)>,
    /// What it takes: `keys`, `words`, `keys or words`.
    pub takes: &'static str,
}

/// Somebody on the line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Someone {
    /// By the flow's name: `party`, `agent`; empty for somebody it has no name for.
    pub name: String,
    /// Their number, or raw id.
    pub id: String,
    /// On hold, muted.
    pub how: Vec<&'static str>,
    /// It is they who act now.
    pub acts: bool,
}

/// Where a flow is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The flow.
    pub flow: String,
    /// The state.
    pub state: String,
    /// What it does: `menu`, `play`.
    pub does: &'static str,
    /// Where it is written: `desk.flow:12`.
    pub written: Option<String>,
    /// Where it may go: the outcome, and the state or `return`.
    pub next: Vec<(String, String)>,
}

impl Session<'_> {
    /// How the call stands. `places` are those of the flow that the call began with.
    #[must_use]
    pub fn view(&self, places: &SourceMap) -> View {
        let stage = &self.now.stage;
        let first = stage.own_call();
        let result = first.and_then(|live| match &live.call.phase {
            Phase::Running => None,
            Phase::Leaving { result, .. } | Phase::Ended { result, .. } => Some(result.clone()),
        });
        View {
            at_ms: stage.now - stage.began(),
            line: self.line_word(),
            is_over: self.is_over(),
            told: transcript::of(stage),
            plays: self.sounding().map(|it| Plays {
                said_ms: stage.now.saturating_sub(it.since).min(it.lasts),
                words: it.words,
                lasts_ms: it.lasts,
                loops: it.loops,
            }),
            question: self.question(),
            people: self.on_the_line(),
            timers: self.timers(),
            place: self.place(places).filter(|_| first.is_some_and(|live| !live.call.is_ended())),
            result,
        }
    }

    fn line_word(&self) -> &'static str {
        let Some(line) = self.line() else { return "nobody is called yet" };
        match line.state {
            State::Ringing => "rings",
            State::Connecting => "is being set up",
            State::Connected => "up",
            State::Transferring => "is being put through",
            State::Ended(End::Failed) => "nobody was reached",
            State::Ended(End::Hangup) => "hung up",
            State::Ended(End::Missed) => "rang out",
            State::Ended(End::Redirected) => "sent elsewhere",
            State::Ended(End::Rejected) => "refused",
            State::Ended(End::Transferred) => "put through",
        }
    }

    fn question(&self) -> Option<Question> {
        let asking = self.line()?.asks(&self.now.stage.cloud.world, &self.acting()?)?;
        let choices = match self.state().map(|(_, state)| &state.kind) {
            Some(Kind::Menu { choices, .. }) => choices.as_slice(),
            _ => &[],
        };
        let takes = match (asking.takes_keys, asking.takes_speech) {
            (true, true) => "keys or words",
            (true, false) => "keys",
            (false, _) => "words",
        };
        Some(Question {
            listens: asking.listens,
            interrupts: asking.interrupts,
            left_ms: asking.until.map(|until| until.saturating_sub(self.at_ms())),
            keys: asking.keys,
            choices: choices
                .iter()
                .map(|choice| (choice.key.map(|key| key.to_char()), choice.name.clone(), choice.phrases.clone()))
                .collect(),
            takes,
        })
    }

    fn on_the_line(&self) -> Vec<Someone> {
        let Some(line) = self.line() else { return Vec::new() };
        let (named, party, acting) = (self.people(), self.party(), self.acting());
        let on = line.people.iter().map(|person| {
            let id = person.id.plain();
            let name = match named.iter().find(|(_, known)| *known == id) {
                _ if party.as_ref() == Some(&id) => "party".to_owned(),
                Some((name, _)) => name.clone(),
                None => String::new(),
            };
            let how = [(person.held, "on hold"), (person.muted, "muted")];
            let how = how.into_iter().filter(|(is, _)| *is).map(|(_, word)| word).collect();
            Someone { name, acts: acting.as_ref() == Some(&id), id, how }
        });
        on.collect()
    }

    /// The timers that authors know.
    fn timers(&self) -> Vec<(String, u64)> {
        let stage = &self.now.stage;
        let Some(live) = stage.own_call() else { return Vec::new() };
        let mut timers: Vec<(String, u64)> = live
            .call
            .timers
            .iter()
            .filter_map(|timer| {
                let left = u64::try_from(timer.at - stage.clock()).unwrap_or(0);
                let name = match &timer.why {
                    Why::AfterFlow(ms) => format!("after {} in this flow", duration::show(*ms)),
                    Why::AfterGroup(ms) => format!("after {} in this group", duration::show(*ms)),
                    Why::AfterState(ms) => format!("after {} in this state", duration::show(*ms)),
                    Why::Keys => "next key".to_owned(),
                    Why::Meanwhile => "meanwhile".to_owned(),
                    Why::Message => "message".to_owned(),
                    Why::Ring { .. } => "ringing".to_owned(),
                    Why::Wait => "wait".to_owned(),
                    Why::Age
                    | Why::Condition
                    | Why::Deadline { .. }
                    | Why::Errand { .. }
                    | Why::Hold
                    | Why::Listening
                    | Why::Look
                    | Why::Settled
                    | Why::Undo { .. }
                    | Why::WrongKey => return None,
                };
                Some((name, left))
            })
            .collect();
        timers.sort_by_key(|(_, left)| *left);
        timers
    }

    fn place(&self, places: &SourceMap) -> Option<Place> {
        let (program, state) = self.state()?;
        let places = if program.flow == self.program.flow { Some(places) } else { places.flows.get(&program.flow) };
        let written = places.and_then(|places| places.state(&state.name));
        let routes = show::routes(program).into_iter();
        let next = routes.filter(|route| route.from == state.name && !route.default);
        Some(Place {
            flow: program.flow.clone(),
            state: state.name.clone(),
            does: state.kind.form().filter(|form| *form != "raw").unwrap_or(state.kind.graph_kind()),
            written: written.map(|place| format!("{}:{}", place.file, place.line)),
            next: next.map(|route| (route.outcome, route.to.to_string())).collect(),
        })
    }
}
