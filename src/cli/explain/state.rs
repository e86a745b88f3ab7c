//! One state of a compiled flow, explained: facts for the text and for JSON alike.

use crate::cli::explain::Found;
use crate::cli::explain::options::{self, Choice};
use crate::cli::explain::wire::{self, Sent};
use crate::cli::project::Project;
use crate::config::ServiceSettings;
use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Condition, Kind, State};
use crate::language::graph::show::{self, Route};
use crate::language::graph::source_map::{By, EdgePlace, Place};
use crate::language::source::Span;
use crate::language::syntax;
use crate::language::syntax::ast;
use crate::machine::preview::{Preview, preview};
use crate::platform::outcomes::{NOT_REACHED, Outcome};
use serde::Serialize;

/// One state, explained.
#[derive(Serialize)]
pub(super) struct Explained {
    pub(super) flow: String,
    pub(super) call: &'static str,
    pub(super) state: String,
    pub(super) kind: &'static str,
    pub(super) form: Option<&'static str>,
    pub(super) place: Option<Where>,
    pub(super) group: Option<String>,
    /// What a call may be like where the state begins; nothing where none comes.
    pub(super) condition: Option<Vec<Fact>>,
    pub(super) outcomes: Vec<Caught>,
    pub(super) options: Vec<Choice>,
    pub(super) scope: Option<Scope>,
    pub(super) requests: Vec<Sent>,
    pub(super) assumed: Vec<String>,
}

/// Something known of the call: `agent`, `there or on hold`.
#[derive(Serialize)]
pub(super) struct Fact {
    pub(super) of: String,
    pub(super) may_be: String,
}

/// A place in a text.
#[derive(Clone, Serialize)]
pub(super) struct Where {
    pub(super) file: String,
    pub(super) line: usize,
}

/// An outcome, or an event that a rule reacts to, and where it leads.
#[derive(Serialize)]
pub(super) struct Caught {
    pub(super) outcome: String,
    pub(super) to: String,
    pub(super) limit: Option<u32>,
    #[serde(rename = "else")]
    pub(super) otherwise: Option<String>,
    /// `state`, `group`, `defaults`, `always` or `language`.
    pub(super) by: By,
    /// In words.
    pub(super) rule: String,
    pub(super) place: Option<Where>,
}

/// The scope a state stands in, and what is sent where calls enter and leave it.
#[derive(Serialize)]
pub(super) struct Scope {
    pub(super) name: String,
    pub(super) conditions: Vec<String>,
    pub(super) entering: Vec<Sent>,
    pub(super) leaving: Vec<Sent>,
}

impl Explained {
    pub(super) fn of(project: &Project, found: &Found<'_>, settings: &ServiceSettings) -> Explained {
        let Found { flow, program, .. } = found;
        let tree = syntax::read_flow(&project.sources, flow.file, flow.spelling).0;
        let state = found.state;
        let Preview { entering, own, leaving, assumed } =
            preview(program, &state.name, &settings.voice).unwrap_or_default();
        let sent = |commands| wire::sent(commands, program, settings);
        let group = state.group.as_ref().and_then(|name| Some((name, program.groups.get(name)?)));
        let scope = group.filter(|(_, group)| !group.conditions.is_empty()).map(|(name, group)| Scope {
            name: name.clone(),
            conditions: group.conditions.iter().map(condition).collect(),
            entering: sent(&entering),
            leaving: sent(&leaving),
        });
        let written = tree.states.iter().find(|written| written.name.value == state.name);
        Explained {
            flow: flow.name.clone(),
            call: program.call.word(),
            state: state.name.clone(),
            kind: state.kind.graph_kind(),
            form: state.kind.form(),
            place: flow.source_map.state(&state.name).map(Where::from),
            group: state.group.clone(),
            condition: holds(found),
            outcomes: outcomes(found),
            options: written.map(|written| options::of(project, &tree, written, found)).unwrap_or_default(),
            scope,
            requests: sent(&own),
            assumed,
        }
    }

    /// The word authors write for the kind.
    pub(super) fn word(&self) -> &'static str {
        match self.form {
            Some("raw") | None => self.kind,
            Some(form) => form,
        }
    }
}

impl From<&Place> for Where {
    fn from(place: &Place) -> Where {
        Where { file: place.file.to_string(), line: place.line }
    }
}

impl Where {
    pub(super) fn of(project: &Project, span: Span) -> Where {
        let file = project.sources.source(span.file).path().to_owned();
        Where { file, line: project.sources.position(span).line }
    }
}

impl std::fmt::Display for Where {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What a call may be like where the state begins.
fn holds(found: &Found<'_>) -> Option<Vec<Fact>> {
    let node = found.program.node(&found.state.name)?;
    let condition = found.flow.conditions.get(node.index())?.as_ref()?;
    let facts = condition.facts(&found.program.participants).into_iter();
    Some(facts.map(|(of, may_be)| Fact { of, may_be }).collect())
}

/// What catches what: outcomes in their order, then events.
fn outcomes(found: &Found<'_>) -> Vec<Caught> {
    let Found { flow, program, state } = found;
    let mut routes: Vec<Route> = show::routes(program).into_iter().filter(|route| route.from == state.name).collect();
    routes.sort_by_key(|route| order(&route.label, state));
    let mut caught: Vec<Caught> = routes
        .iter()
        .map(|route| {
            let edge = flow.source_map.edge_place(&state.name, &route.label);
            let by = edge.map_or(By::State, |edge| edge.by);
            Caught {
                outcome: route.outcome.clone(),
                to: route.to.to_string(),
                limit: route.limit,
                otherwise: route.otherwise.as_ref().map(ToString::to_string),
                by,
                rule: rule(by, &route.label, state),
                place: edge.filter(|edge| is_written(edge)).map(|edge| Where::from(&edge.place)),
            }
        })
        .collect();
    let left_to_others = matches!(program.call, CallKind::Live | CallKind::Any)
        && state.kind.needs_line()
        && !routes.iter().any(|route| route.label == Label::PartyLeft);
    if left_to_others {
        caught.push(Caught {
            outcome: Label::PartyLeft.to_string(),
            to: "the flow that runs this one".to_owned(),
            limit: None,
            otherwise: None,
            by: By::Language,
            rule: "built in: no rule here catches it".to_owned(),
            place: None,
        });
    }
    caught
}

/// Whether an edge stands somewhere in the text: a default does only where it goes with another one.
fn is_written(edge: &EdgePlace) -> bool {
    edge.by != By::Language || goes_with_failed(&edge.label)
}

fn goes_with_failed(label: &Label) -> bool {
    matches!(label, Label::Outcome(outcome) if NOT_REACHED.contains(outcome))
}

fn rule(by: By, label: &Label, state: &State) -> String {
    match by {
        By::Always => "always".to_owned(),
        By::Defaults => "defaults".to_owned(),
        By::Group => format!("group `{}`", state.group.as_deref().unwrap_or_default()),
        By::Language if goes_with_failed(label) => "built in: where `failed` goes".to_owned(),
        By::Language => "built in: the call ends".to_owned(),
        By::State => "the state".to_owned(),
    }
}

/// Where a label stands among those of its state.
fn order(label: &Label, state: &State) -> (u8, usize, Label) {
    let choice = |name: &str| match &state.kind {
        Kind::Menu { choices, .. } => choices.iter().position(|choice| choice.name == name).unwrap_or(choices.len()),
        _ => 0,
    };
    let (class, place) = match label {
        Label::Choice(name) => (0, choice(name)),
        Label::Branch(number) => (1, *number as usize),
        Label::Else => (2, 0),
        Label::Outcome(outcome) => (outcome_order(*outcome), 0),
        Label::Named(_) => (4, 0),
        Label::NotEstablished => (7, 0),
        Label::PartyLeft => (8, 0),
        Label::Left(_) => (9, 0),
        Label::Key { .. } => (10, 0),
        Label::Signal(_) => (11, 0),
        Label::After { .. } => (12, 0),
    };
    (class, place, label.clone())
}

/// What was wanted comes first, then what else may be, then what went wrong.
fn outcome_order(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Accepted
        | Outcome::Answered
        | Outcome::Connected
        | Outcome::Done
        | Outcome::Filled
        | Outcome::Heard
        | Outcome::Joined
        | Outcome::Ok
        | Outcome::Open
        | Outcome::Recorded => 3,
        Outcome::Closed
        | Outcome::Empty
        | Outcome::Exhausted
        | Outcome::Holiday
        | Outcome::Missing
        | Outcome::NoInput
        | Outcome::NoMatch
        | Outcome::Partial => 4,
        Outcome::Busy | Outcome::Declined | Outcome::NoAnswer | Outcome::Unreachable => 5,
        Outcome::Failed => 6,
    }
}

fn condition(condition: &Condition) -> String {
    match condition {
        Condition::Hold { who, .. } => format!("{who} on hold"),
        Condition::RecordingActive => "recording active".to_owned(),
        Condition::RecordingPaused => "recording paused".to_owned(),
        Condition::Streaming => "streaming on".to_owned(),
        Condition::Transcription(locale) => format!("transcription {}", options::bare(locale)),
    }
}

/// The words of a value as they stand in the text, on one line.
pub(super) fn snippet(project: &Project, value: &ast::Value) -> String {
    const MOST: usize = 60;
    crate::language::graph::words::shorten(project.sources.snippet(value.span()), MOST)
}
