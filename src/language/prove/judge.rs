//! A state in a condition against the table: what it asks for, and whether that is refused in all of the condition or in part of it.

use crate::language::check::promises::Recorded;
use crate::language::flow::label::Label;
use crate::language::flow::state::{Condition as Wanted, Kind, Query, State};
use crate::language::prove::condition::{Condition, Line, Means, Others, Person, Recording, Switch};
use crate::language::prove::endpoints::means;
use crate::language::prove::few::{Few, Member};
use crate::language::prove::legality::{Deed, Fact, Row, row};
use crate::language::prove::scope::PARTY;
use crate::language::prove::shape::Shape;
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;
use std::collections::BTreeMap;

/// How the recording must stand where flows are run, by their names.
pub type Needs<'a> = BTreeMap<&'a str, Recorded>;

/// How sure it is that something is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// In part of the condition.
    Perhaps,
    /// In all of it.
    Certain,
}

/// Something that is not simply allowed.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The row of the table.
    pub row: &'static Row,
    /// Whom it is about.
    pub who: Option<String>,
    /// How sure.
    pub sure: Sure,
}

/// What a state asks for where it begins, and is not simply allowed.
#[must_use]
pub fn state(shape: &Shape<'_>, node: NodeIndex, needs: &Needs<'_>, now: &Condition) -> Vec<Verdict> {
    let mut judged = Judged { shape, now, verdicts: Vec::new() };
    if let Some(state) = shape.state(node) {
        judged.action(state, needs);
    }
    judged.verdicts
}

/// What the scope of a state asks for where it is entered in this condition.
#[must_use]
pub fn entering(shape: &Shape<'_>, node: NodeIndex, now: &Condition) -> Vec<Verdict> {
    let mut judged = Judged { shape, now, verdicts: Vec::new() };
    for wanted in shape.scope(node).into_iter().flat_map(|(_, group)| &group.conditions) {
        match wanted {
            Wanted::Hold { who, .. } => judged.person(Deed::Hold, who),
            Wanted::RecordingActive => {
                // Where it is recorded already, nothing begins.
                if now.recording.may_be(Recording::None) {
                    judged.facts(Deed::Record, None, now.heard, Fact::Heard);
                }
            }
            Wanted::RecordingPaused => judged.facts(Deed::Pause, None, now.recording, Fact::Recording),
            Wanted::Streaming | Wanted::Transcription(_) => {}
        }
    }
    judged.verdicts
}

struct Judged<'a> {
    shape: &'a Shape<'a>,
    now: &'a Condition,
    verdicts: Vec<Verdict>,
}

impl Judged<'_> {
    fn action(&mut self, state: &State, needs: &Needs<'_>) {
        match &state.kind {
            Kind::Add { name, target, from, .. } => {
                self.person(Deed::BringIn, name);
                if from.is_none() && means(target, self.shape.program).is(Means::Phone) {
                    self.facts(Deed::RingPhone, None, self.now.own, Fact::OwnNumber);
                }
            }
            Kind::Move { name, .. } => self.person(Deed::BringIn, name),
            Kind::Collect { question, .. } | Kind::Menu { question, .. } | Kind::Recognize { question, .. } => {
                self.person(Deed::Ask, question.hear.as_deref().unwrap_or(PARTY));
            }
            Kind::Mute { name } => {
                self.person(Deed::Mute, name);
                self.means(Deed::Mute, name);
            }
            Kind::Play { hear: Some(name), .. } => self.person(Deed::PlayTo, name),
            Kind::Query { what: Query::Participant(name), .. } => self.person(Deed::LookAt, name),
            Kind::Remove { name } => self.person(Deed::Remove, name),
            Kind::Run { flow, .. } => match needs.get(flow.as_str()) {
                Some(Recorded::Active) => {
                    self.facts(Deed::RunRecorded, Some(flow), self.now.recording, Fact::Recording)
                }
                Some(Recorded::Paused) => self.facts(Deed::RunPaused, Some(flow), self.now.recording, Fact::Recording),
                None => {}
            },
            Kind::SendKeys { to: Some(name), .. } => self.person(Deed::SendKeys, name),
            Kind::TakeMessage { .. } => {
                self.facts(Deed::TakeMessage, None, self.now.recording, Fact::Recording);
            }
            Kind::Transfer { to, who, .. } => {
                let to_phone = means(to, self.shape.program).is(Means::Phone);
                match who {
                    Some(name) => {
                        self.person(Deed::TransferOne, name);
                        if to_phone {
                            self.means(Deed::TransferToPhone, name);
                        }
                    }
                    None => {
                        self.facts(Deed::TransferCall, None, company(self.now), Fact::Company);
                        if to_phone {
                            self.means(Deed::TransferToPhone, PARTY);
                        }
                    }
                }
            }
            Kind::Answer
            | Kind::Connect { .. }
            | Kind::Decide { .. }
            | Kind::Dial { .. }
            | Kind::Hangup { .. }
            | Kind::Hours { .. }
            | Kind::Invoke { .. }
            | Kind::Play { hear: None, .. }
            | Kind::Query { what: Query::Call | Query::Participants, .. }
            | Kind::Redirect { .. }
            | Kind::Reject { .. }
            | Kind::SendKeys { to: None, .. }
            | Kind::Set { .. }
            | Kind::Signal { .. }
            | Kind::Wait { .. } => {}
        }
    }

    fn whom(&self, name: &str) -> Option<&Person> {
        match name {
            PARTY => Some(&self.now.party),
            name => self.now.people.get(self.shape.participant(name)?),
        }
    }

    fn person(&mut self, deed: Deed, name: &str) {
        // Whether the party is there is the line's business, of which enough has been said.
        let away = Few::only(crate::language::prove::condition::Presence::Away);
        let known = |person: &Person| if name == PARTY { person.presence.but(away) } else { person.presence };
        if let Some(presence) = self.whom(name).map(known) {
            self.facts(deed, Some(name), presence, Fact::Presence);
        }
    }

    fn means(&mut self, deed: Deed, name: &str) {
        // Who is not there has no means.
        if let Some(means) = self.whom(name).map(|person| person.means) {
            self.facts(deed, Some(name), means, Fact::Means);
        }
    }

    fn facts<T: Member>(&mut self, deed: Deed, who: Option<&str>, may: Few<T>, fact: impl Fn(T) -> Fact) {
        if self.now.line.is(Line::Gone) {
            return;
        }
        let rows: Vec<Option<&'static Row>> = may.iter().map(|value| row(deed, fact(value))).collect();
        let certain = !rows.is_empty() && rows.iter().all(Option::is_some);
        let sure = if certain { Sure::Certain } else { Sure::Perhaps };
        let mut told: Vec<&'static Row> = Vec::new();
        for row in rows.into_iter().flatten() {
            // Facts that are as bad as each other are one verdict.
            if !told.iter().any(|known| known.code == row.code) {
                told.push(row);
                self.verdicts.push(Verdict { row, who: who.map(str::to_owned), sure });
            }
        }
    }
}

/// Whether somebody besides the party is on the line.
#[must_use]
pub fn company(now: &Condition) -> Few<Switch> {
    match (now.may_have_company(), now.has_company()) {
        (_, true) => Few::only(Switch::On),
        (true, false) => Few::all(),
        (false, false) => Few::only(Switch::Off),
    }
}

/// Whether people that this call brought in may stay on the line where it ends so without ending for everybody.
#[must_use]
pub fn left_behind(now: &Condition) -> Option<Sure> {
    let others = now.others.but(Few::only(Others::Strangers));
    let certain = now.people.iter().any(Person::is_there) || (others.is(Others::Brought) && others == now.others);
    let may = certain || now.people.iter().any(Person::may_be_there) || others.may_be(Others::Brought);
    match (may, certain) {
        (false, _) => None,
        (true, true) => Some(Sure::Certain),
        (true, false) => Some(Sure::Perhaps),
    }
}

/// Whether a way out ends the call of a flow that nobody runs, for us alone.
#[must_use]
pub fn lets_go(state: &State, label: &Label) -> bool {
    match &state.kind {
        Kind::Hangup { everyone, .. } => !everyone,
        // Who is handed over is gone with the line.
        Kind::Transfer { who: None, .. } => *label != Label::Outcome(Outcome::Accepted),
        _ => true,
    }
}
