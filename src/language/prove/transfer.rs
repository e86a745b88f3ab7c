//! One transfer function for each kind of state and each way out of it: what the call is like afterwards, or that this way cannot
//! be taken from there.

use crate::language::flow::call::CallKind;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Kind, Query, State};
use crate::language::prove::condition::{Condition, Line, Means, Others, OwnNumber, Person, Recording, Switch};
use crate::language::prove::endpoints::means;
use crate::language::prove::few::Few;
use crate::language::prove::scope::{PARTY, whom};
use crate::language::prove::shape::Shape;
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;

/// What a state's beginning does by itself: keys are watched where a rule ahead wants them, and not where none does.
#[must_use]
pub fn begin(shape: &Shape<'_>, node: NodeIndex, runs_within: bool, condition: &Condition) -> Condition {
    let mut now = condition.clone();
    let Some(state) = shape.state(node) else { return now };
    if now.line.is(Line::Up) && !matches!(state.kind, Kind::Hangup { .. }) {
        now.keys = match (shape.keys_ahead(node), runs_within) {
            (true, _) => Few::only(Switch::On),
            (false, false) => Few::only(Switch::Off),
            // The flows around may have rules of their own.
            (false, true) => now.keys,
        };
    }
    now
}

/// What the call is like after a way out of a state that is not `run`; `None` where that way is never taken.
#[must_use]
pub fn after(shape: &Shape<'_>, state: &State, label: &Label, before: &Condition) -> Option<Condition> {
    let mut now = before.clone();
    match label {
        Label::PartyLeft => return party_left(before),
        Label::Left(name) => {
            let person = whom(shape, &mut now, name)?;
            if !person.may_be_there() {
                return None;
            }
            *person = Person::away();
            return Some(sounding(state, now));
        }
        Label::Key { by: Some(name), .. } => {
            let person = whom(shape, &mut now, name)?;
            if !person.may_be_there() {
                return None;
            }
            *person = person.known_there();
            return Some(sounding(state, now));
        }
        Label::Key { by: None, .. } | Label::After { .. } | Label::Signal(_) => return Some(sounding(state, now)),
        // It has not begun.
        Label::NotEstablished => return Some(now),
        Label::Branch(_) | Label::Choice(_) | Label::Else | Label::Named(_) | Label::Outcome(_) => {}
    }
    let outcome = match label {
        Label::Outcome(outcome) => Some(*outcome),
        _ => None,
    };
    let failed = outcome == Some(Outcome::Failed);
    match &state.kind {
        Kind::Add { name, target, .. } => {
            if outcome == Some(Outcome::Joined) {
                joined(shape, &mut now, name, means(target, shape.program))?;
            }
        }
        Kind::Move { name, .. } => {
            if outcome == Some(Outcome::Done) {
                joined(shape, &mut now, name, Few::all())?;
            }
        }
        Kind::Remove { name } => {
            if outcome == Some(Outcome::Done) {
                *whom(shape, &mut now, name)? = Person::away();
            } else {
                perhaps_gone(shape, &mut now, Some(name));
            }
        }
        Kind::Mute { name } => {
            if outcome == Some(Outcome::Done) {
                let person = whom(shape, &mut now, name)?;
                if !person.may_be_there() {
                    return None;
                }
                *person = Person { muted: Few::only(Switch::On), ..person.known_there() };
            } else {
                perhaps_gone(shape, &mut now, Some(name));
            }
        }
        Kind::SendKeys { to, .. } => {
            if outcome == Some(Outcome::Done) {
                there(shape, &mut now, to.as_deref())?;
            } else {
                perhaps_gone(shape, &mut now, to.as_deref());
            }
        }
        Kind::Answer => return Some(if failed { before.gone() } else { up(shape, before, Few::all()) }),
        Kind::Connect { .. } => {
            let mut joined = up(shape, before, Few::all());
            joined.others = Few::any(&[Others::Nobody, Others::Strangers]);
            return Some(if failed { not_yet(before) } else { joined });
        }
        Kind::Dial { to, from, .. } => {
            if outcome != Some(Outcome::Answered) {
                return Some(not_yet(before));
            }
            let first = to.first().map_or(Few::all(), |to| means(to, shape.program));
            let mut dialled = up(shape, before, first);
            if to.len() > 1 {
                dialled.others = Few::any(&[Others::Nobody, Others::Brought]);
            }
            dialled.own = match from {
                None => Few::only(OwnNumber::Nothing),
                Some(from) => means(from, shape.program).map(own_of),
            };
            return Some(dialled);
        }
        Kind::Redirect { .. } | Kind::Reject { .. } => return Some(before.gone()),
        Kind::Transfer { who, .. } => {
            now.heard = now.heard.or(Few::only(Switch::On));
            match (outcome == Some(Outcome::Accepted), who.as_deref()) {
                (false, name) => perhaps_gone(shape, &mut now, name),
                (true, None) => return Some(before.gone()),
                (true, Some(name)) => {
                    let person = whom(shape, &mut now, name)?;
                    if !person.may_be_there() {
                        return None;
                    }
                    *person = Person::away();
                }
            }
            quiet(&mut now);
        }
        Kind::Collect { question, .. } | Kind::Menu { question, .. } | Kind::Recognize { question, .. } => {
            if failed {
                perhaps_gone(shape, &mut now, question.hear.as_deref());
            } else {
                there(shape, &mut now, question.hear.as_deref())?;
                now.heard = Few::only(Switch::On);
            }
            quiet(&mut now);
        }
        Kind::Play { hear, .. } => {
            if failed {
                perhaps_gone(shape, &mut now, hear.as_deref());
            } else {
                if hear.is_some() {
                    there(shape, &mut now, hear.as_deref())?;
                }
                now.heard = Few::only(Switch::On);
            }
            quiet(&mut now);
        }
        Kind::TakeMessage { .. } => {
            if !failed {
                // One recording at a time: where there was one, there is no message.
                now.recording = now.recording.and(Few::only(Recording::None));
                if now.recording.is_empty() {
                    return None;
                }
                now.heard = Few::only(Switch::On);
            }
            quiet(&mut now);
        }
        Kind::Query { what, .. } => match (what, outcome) {
            (Query::Participant(name), Some(Outcome::Ok)) => there(shape, &mut now, Some(name))?,
            (Query::Participant(name), _) => perhaps_gone(shape, &mut now, Some(name)),
            (Query::Call | Query::Participants, _) => {}
        },
        Kind::Invoke { meanwhile, .. } => {
            if meanwhile.is_some() {
                now.heard = now.heard.or(Few::only(Switch::On));
            }
            // Its wait is silence, or its own words.
            quiet(&mut now);
        }
        Kind::Wait { .. } => quiet(&mut now),
        Kind::Decide { .. } | Kind::Hours { .. } | Kind::Set { .. } | Kind::Signal { .. } => {}
        // The one has no ways out, of the other a summary says what comes of it.
        Kind::Hangup { .. } | Kind::Run { .. } => return None,
    }
    Some(now)
}

/// The party goes. One-to-one the line goes with them; else the others are still there, and so is whatever is up on the line.
#[must_use]
pub fn party_left(before: &Condition) -> Option<Condition> {
    if before.line.is(Line::Up) && !before.party.may_be_there() && !before.may_have_company() {
        return None;
    }
    if !before.may_have_company() {
        return Some(before.gone());
    }
    let mut now = before.clone();
    now.line = Few::any(&[Line::Up, Line::Gone]);
    now.party = Person::away();
    Some(now)
}

/// What a state that a rule leaves may let sound on.
fn sounding(state: &State, mut now: Condition) -> Condition {
    match &state.kind {
        Kind::Play { looped, .. } => {
            now.heard = Few::only(Switch::On);
            now.music = Few::only(if *looped { Switch::On } else { Switch::Off });
        }
        Kind::Collect { .. } | Kind::Menu { .. } | Kind::Recognize { .. } => {
            now.heard = Few::only(Switch::On);
            quiet(&mut now);
        }
        _ => {}
    }
    now
}

fn quiet(now: &mut Condition) {
    now.music = Few::only(Switch::Off);
}

/// Somebody comes under a name. Whoever had it stays, and nobody speaks of them any more.
fn joined(shape: &Shape<'_>, now: &mut Condition, name: &str, means: Few<Means>) -> Option<()> {
    let before = std::mem::replace(whom(shape, now, name)?, Person::here(means));
    if before.is_there() {
        now.others = Few::only(Others::Brought);
    } else if before.may_be_there() {
        now.others = now.others.or(Few::only(Others::Brought));
    }
    Some(())
}

/// Something happened that only happens where this person is; the party where nobody is named.
fn there(shape: &Shape<'_>, now: &mut Condition, name: Option<&str>) -> Option<()> {
    let person = whom(shape, now, name.unwrap_or(PARTY))?;
    if !person.may_be_there() {
        return None;
    }
    *person = person.known_there();
    Some(())
}

/// Something failed that needs a participant: they may have gone, without a rule that says so. Of the party their leaving is told.
fn perhaps_gone(shape: &Shape<'_>, now: &mut Condition, name: Option<&str>) {
    if let Some(person) = name.filter(|name| *name != PARTY).and_then(|name| whom(shape, now, name)) {
        *person = person.perhaps_gone();
    }
}

fn up(shape: &Shape<'_>, before: &Condition, party: Few<Means>) -> Condition {
    let mut now = Condition::beginning(before.people.len());
    now.line = Few::only(Line::Up);
    now.party = Person::here(party);
    now.own = match shape.program.call {
        // Who is called is a number of ours.
        CallKind::Inbound => Few::only(OwnNumber::Number),
        CallKind::Any | CallKind::Join | CallKind::Live | CallKind::Outbound | CallKind::RecordingReady => before.own,
    };
    now
}

fn not_yet(before: &Condition) -> Condition {
    Condition { own: before.own, ..Condition::beginning(before.people.len()) }
}

fn own_of(means: Means) -> OwnNumber {
    match means {
        Means::Phone => OwnNumber::Number,
        Means::User => OwnNumber::Nothing,
    }
}
