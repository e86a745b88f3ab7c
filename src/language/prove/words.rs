//! What happens at a step of a call, in a few words: what the caller does, what somebody else does, what a service answers.

use crate::language::duration;
use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Choice, Input, Kind, Question, State};
use crate::language::graph::Program;
use crate::language::graph::words::shorten;
use crate::language::prove::scope::PARTY;
use crate::platform::outcomes::Outcome;

/// Most characters of a condition that is told.
const MOST: usize = 40;

/// What happens where a state is left so; empty where nobody would notice.
#[must_use]
pub fn words(program: &Program, state: &State, label: &Label) -> String {
    match label {
        Label::PartyLeft => format!("{} hangs up", party(program)),
        Label::Left(name) => format!("{name} leaves"),
        Label::Key { keys, by } => {
            let keys: String = keys.iter().map(|key| key.word()).collect::<Vec<_>>().join(" ");
            doing(by.as_deref(), &format!("press {keys}"))
        }
        Label::Signal(name) => format!("signal {name} comes"),
        Label::After { ms, .. } => format!("{} pass", duration::show(*ms)),
        Label::NotEstablished => {
            format!("the conditions of `{}` cannot be brought about", state.group.as_deref().unwrap_or_default())
        }
        Label::Branch(number) => match &state.kind {
            Kind::Decide { branches } => {
                branches.get(*number as usize).map(|branch| shorten(&branch.to_string(), MOST)).unwrap_or_default()
            }
            _ => String::new(),
        },
        Label::Else => format!("`{}` takes its else", state.name),
        Label::Choice(name) => match &state.kind {
            Kind::Menu { choices, question } => chosen(choices.iter().find(|choice| choice.name == *name), question),
            _ => String::new(),
        },
        Label::Named(result) => match &state.kind {
            Kind::Invoke { service, operation, .. } => format!("{service}.{operation} answers {result}"),
            Kind::Run { flow, .. } => format!("`{flow}` comes to {result}"),
            _ => result.clone(),
        },
        Label::Outcome(outcome) => outcome_of(program, state, *outcome),
    }
}

fn party(program: &Program) -> &'static str {
    match program.call {
        CallKind::Inbound => "the caller",
        CallKind::Any | CallKind::Join | CallKind::Live | CallKind::Outbound | CallKind::RecordingReady => "the party",
    }
}

/// What somebody does: the party is told what to do, of others it is told.
fn doing(who: Option<&str>, what: &str) -> String {
    match who {
        None | Some(PARTY) => what.to_owned(),
        Some(name) => {
            let (verb, rest) = what.split_once(' ').unwrap_or((what, ""));
            let ending = if verb.ends_with(['s', 'h']) { "es" } else { "s" };
            format!("{name} {verb}{ending} {rest}").trim_end().to_owned()
        }
    }
}

fn chosen(choice: Option<&Choice>, question: &Question) -> String {
    let Some(choice) = choice else { return String::new() };
    let what = match (&choice.key, choice.phrases.first()) {
        (Some(key), _) => format!("press {} ({})", key.word(), choice.name),
        (None, Some(phrase)) => format!("say \"{phrase}\""),
        (None, None) => return String::new(),
    };
    doing(question.hear.as_deref(), &what)
}

fn outcome_of(program: &Program, state: &State, outcome: Outcome) -> String {
    let asked = match &state.kind {
        Kind::Collect { question, input, .. } | Kind::Recognize { question, input, .. } => {
            Some((question.hear.as_deref(), *input))
        }
        Kind::Menu { question, .. } => Some((question.hear.as_deref(), Input::SpeechOrDtmf)),
        _ => None,
    };
    let whom = match &state.kind {
        Kind::Add { name, .. } | Kind::Move { name, .. } | Kind::Remove { name } | Kind::Mute { name } => name.as_str(),
        Kind::Dial { .. } => "the party",
        _ => "the target",
    };
    match (&state.kind, outcome) {
        (Kind::Answer, Outcome::Connected) => "the call is answered".to_owned(),
        (Kind::Connect { .. }, Outcome::Connected) => "the call is joined".to_owned(),
        (_, Outcome::Connected) => String::new(),
        (_, Outcome::Answered) => format!("{} answers", party(program)),
        (_, Outcome::Failed) => format!("`{}` fails", state.name),
        (_, Outcome::Accepted) => "the transfer is accepted".to_owned(),
        (_, Outcome::Joined) => format!("{whom} joins"),
        (_, Outcome::Busy) => format!("{whom} is busy"),
        (_, Outcome::Declined) => format!("{whom} declines"),
        (_, Outcome::NoAnswer) => format!("{whom} does not answer"),
        (_, Outcome::Unreachable) => format!("{whom} cannot be reached"),
        (_, Outcome::Exhausted | Outcome::NoInput) => doing(asked.and_then(|(who, _)| who), "stay silent"),
        (_, Outcome::NoMatch) => doing(asked.and_then(|(who, _)| who), "answer something else"),
        (_, Outcome::Partial) => doing(asked.and_then(|(who, _)| who), "press too few keys"),
        (_, Outcome::Filled | Outcome::Heard) => {
            let verb = if asked.is_some_and(|(_, input)| input == Input::Speech) { "say" } else { "key in" };
            let what = match &state.kind {
                Kind::Collect { save, .. } => save.clone(),
                _ => "an answer".to_owned(),
            };
            doing(asked.and_then(|(who, _)| who), &format!("{verb} {what}"))
        }
        (Kind::Hours { calendar, hours }, Outcome::Open) => format!("{calendar}.{hours} is open"),
        (Kind::Hours { calendar, hours }, Outcome::Closed) => format!("{calendar}.{hours} is closed"),
        (_, Outcome::Open | Outcome::Closed) => String::new(),
        (_, Outcome::Holiday) => "it is a holiday".to_owned(),
        (Kind::Invoke { service, operation, .. }, Outcome::Ok) => format!("{service}.{operation} answers"),
        (_, Outcome::Ok) => String::new(),
        (_, Outcome::Missing) => format!("`{}` finds nobody", state.name),
        (_, Outcome::Recorded) => "leave a message".to_owned(),
        (_, Outcome::Empty) => "say nothing".to_owned(),
        (Kind::Remove { .. }, Outcome::Done) => format!("{whom} is put out"),
        (Kind::Move { .. }, Outcome::Done) => format!("{whom} comes over"),
        (Kind::Mute { .. }, Outcome::Done) => format!("{whom} is muted"),
        (Kind::Wait { .. }, Outcome::Done) => format!("the time of `{}` is over", state.name),
        (Kind::Run { flow, .. }, Outcome::Done) => format!("`{flow}` is over"),
        (_, Outcome::Done) => String::new(),
    }
}
