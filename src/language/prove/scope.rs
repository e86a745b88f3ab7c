//! Scopes as resources: every edge that leads into a group with conditions brings them about, every edge that leads out undoes
//! what was brought about, and nothing else does either.

use crate::language::flow::state::{Condition as Wanted, Group};
use crate::language::prove::condition::{Condition, Line, Outside, Person, Presence, Recording, Switch};
use crate::language::prove::few::{Few, Member};
use crate::language::prove::shape::Shape;
use petgraph::graph::NodeIndex;

/// The name of the person a flow talks to.
pub const PARTY: &str = "party";

/// What comes of an edge into a state.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Crossed {
    /// The state begins so; `None` where a condition can never be brought about.
    pub begins: Option<Condition>,
    /// A condition could not be brought about, and `else` is taken; `None` where nothing is to be brought about.
    pub refused: Option<Condition>,
}

/// From a node, or from the `else` of one that was never begun, to another.
#[must_use]
pub fn cross(shape: &Shape<'_>, from: Option<NodeIndex>, to: NodeIndex, condition: Condition) -> Crossed {
    let (left, entered) = (from.and_then(|from| shape.scope(from)), shape.scope(to));
    if left.map(|(place, _)| place) == entered.map(|(place, _)| place) {
        return Crossed { begins: Some(condition), refused: None };
    }
    let condition = left.map_or(condition.clone(), |(_, group)| leave(shape, group, condition));
    let Some((_, group)) = entered else { return Crossed { begins: Some(condition), refused: None } };
    if !condition.line.may_be(Line::Up) && !condition.line.may_be(Line::NotYet) {
        // On a line that is gone nothing is brought about, and nothing is undone.
        return Crossed { begins: Some(remembered(condition)), refused: None };
    }
    Crossed { begins: enter(shape, group, condition.clone()), refused: Some(condition) }
}

/// Out of the flow.
#[must_use]
pub fn end(shape: &Shape<'_>, from: Option<NodeIndex>, condition: Condition) -> Condition {
    match from.and_then(|from| shape.scope(from)) {
        Some((_, group)) => leave(shape, group, condition),
        None => condition,
    }
}

fn remembered(condition: Condition) -> Condition {
    let outside = Outside {
        recording: condition.recording,
        streaming: condition.streaming,
        transcription: condition.transcription,
        party: condition.party.presence.but(Few::only(Presence::Away)),
    };
    Condition { outside, ..condition }
}

fn enter(shape: &Shape<'_>, group: &Group, condition: Condition) -> Option<Condition> {
    let mut inside = remembered(condition);
    for wanted in &group.conditions {
        match wanted {
            Wanted::RecordingActive => inside.recording = Few::only(Recording::Active),
            Wanted::RecordingPaused => {
                // What is not recorded cannot pause.
                inside.outside.recording = inside.outside.recording.but(Few::only(Recording::None));
                if inside.recording.is(Recording::None) {
                    return None;
                }
                inside.recording = Few::only(Recording::Paused);
            }
            Wanted::Hold { who, .. } => {
                let person = whom(shape, &mut inside, who)?;
                if !person.may_be_there() {
                    return None;
                }
                person.presence = Few::only(Presence::Held);
            }
            Wanted::Streaming => inside.streaming = Few::only(Switch::On),
            Wanted::Transcription(_) => inside.transcription = Few::only(Switch::On),
        }
    }
    Some(inside)
}

fn leave(shape: &Shape<'_>, group: &Group, condition: Condition) -> Condition {
    let outside = condition.outside;
    let mut after = Condition { outside: Outside::nothing(), ..condition };
    if !after.line.may_be(Line::Up) {
        return after;
    }
    for wanted in &group.conditions {
        match wanted {
            Wanted::RecordingActive | Wanted::RecordingPaused => {
                after.recording = or_as_is(outside.recording, after.recording)
            }
            Wanted::Hold { who, .. } if who == PARTY => {
                after.party.presence = off_hold(after.party.presence, outside.party)
            }
            Wanted::Hold { who, .. } => {
                if let Some(person) = whom(shape, &mut after, who) {
                    person.presence = off_hold(person.presence, Few::none());
                }
            }
            Wanted::Streaming => after.streaming = or_as_is(outside.streaming, after.streaming),
            Wanted::Transcription(_) => after.transcription = or_as_is(outside.transcription, after.transcription),
        }
    }
    after
}

/// What was before; where nothing is known of that, as it is.
fn or_as_is<T: Member>(before: Few<T>, now: Few<T>) -> Few<T> {
    if before.is_empty() { now } else { before }
}

/// Whoever is held is not any more, unless a flow around holds them.
fn off_hold(now: Few<Presence>, before: Few<Presence>) -> Few<Presence> {
    let before = if before.is_empty() { Few::only(Presence::Here) } else { before };
    let there = if now.may_be(Presence::Held) { before } else { Few::none() };
    now.but(Few::only(Presence::Held)).or(there)
}

/// Somebody by name.
pub fn whom<'c>(shape: &Shape<'_>, condition: &'c mut Condition, name: &str) -> Option<&'c mut Person> {
    match name {
        PARTY => Some(&mut condition.party),
        name => condition.people.get_mut(shape.participant(name)?),
    }
}
