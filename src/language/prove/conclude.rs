//! What can be said of a state in a condition: rows of the table, people left behind, promises that are broken.

use crate::language::check::promises::{Claims, Part, Promise, Recorded};
use crate::language::flow::state::Kind;
use crate::language::prove::condition::{Condition, Line, Presence, Recording, Switch};
use crate::language::prove::few::{Few, Member};
use crate::language::prove::judge::{self, Needs, Sure};
use crate::language::prove::legality::{Deed, Row};
use crate::language::prove::shape::Shape;
use crate::language::prove::summary::{Exit, Slot, Step, To};
use petgraph::graph::NodeIndex;

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A row of the table, of a deed, about somebody perhaps.
    Asked(Deed, &'static str, Option<String>),
    /// The call ends for us, and people stay on the line; without the party they called or were called for.
    Left {
        /// Whether the party is gone.
        without_party: bool,
    },
    /// A promise is broken: its place among the flow's.
    Broken(usize),
    /// A secret is asked for while the call is recorded, and no promise says that it is not.
    Secret,
}

impl What {
    /// Whether it is about how the call ends.
    #[must_use]
    pub fn is_about_ends(&self, claims: &Claims) -> bool {
        match self {
            What::Left { .. } => true,
            What::Broken(place) => {
                claims.promises.get(*place).is_some_and(|(promise, _)| *promise == Promise::NobodyLeftBehind)
            }
            What::Asked(_, _, _) | What::Secret => false,
        }
    }
}

/// Something that is said.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// What.
    pub what: What,
    /// The row of the table, where it is one.
    pub row: Option<&'static Row>,
    /// How sure in this condition.
    pub sure: Sure,
}

/// A flow with what it claims, as conclusions are drawn of it.
pub struct Subject<'a> {
    /// The flow.
    pub shape: &'a Shape<'a>,
    /// What it claims.
    pub claims: &'a Claims,
    /// What flows need that it runs.
    pub needs: Needs<'a>,
}

impl Subject<'_> {
    /// What can be said of a node that is come to in a condition, and left by these steps.
    #[must_use]
    pub fn of(&self, slot: Slot, now: &Condition, steps: &[Step<'_>]) -> Vec<Conclusion> {
        let verdicts = match slot.refused {
            true => judge::entering(self.shape, slot.node, now),
            false => judge::state(self.shape, slot.node, &self.needs, now),
        };
        let mut all: Vec<Conclusion> = verdicts
            .into_iter()
            .map(|verdict| Conclusion {
                what: What::Asked(verdict.row.deed, verdict.row.code.as_str(), verdict.who),
                row: Some(verdict.row),
                sure: verdict.sure,
            })
            .collect();
        if !slot.refused {
            self.secrets(slot.node, now, &mut all);
            self.menus(slot.node, &mut all);
            self.left(slot.node, now, steps, &mut all);
        }
        all
    }

    fn say(what: What, sure: Sure, all: &mut Vec<Conclusion>) {
        match all.iter_mut().find(|known| known.what == what) {
            Some(known) => known.sure = known.sure.max(sure),
            None => all.push(Conclusion { what, row: None, sure }),
        }
    }

    /// Secrets are asked for where nothing that is promised holds.
    fn secrets(&self, node: NodeIndex, now: &Condition, all: &mut Vec<Conclusion>) {
        let save = match self.shape.state(node).map(|state| &state.kind) {
            Some(Kind::Collect { save, .. } | Kind::Recognize { save: Some(save), .. }) => save,
            _ => return,
        };
        if !self.shape.program.vars.get(save).is_some_and(crate::language::flow::types::Type::is_secret) {
            return;
        }
        let mut promised = false;
        for (place, (promise, _)) in self.claims.promises.iter().enumerate() {
            let Promise::NeverWhileSecret(part) = promise else { continue };
            promised |= *part == Part::Recording(Recorded::Active);
            let sure = match part {
                Part::Recording(Recorded::Active) => may(now.recording, &[Recording::Active]),
                Part::Recording(Recorded::Paused) => may(now.recording, &[Recording::Paused]),
                Part::Streaming => may(now.streaming, &[Switch::On]),
                Part::Transcription(_) => may(now.transcription, &[Switch::On]),
                Part::Hold(None) => may(now.party.presence, &[Presence::Held]),
                Part::Hold(Some(name)) => self
                    .shape
                    .participant(name)
                    .and_then(|place| now.people.get(place))
                    .and_then(|person| may(person.presence, &[Presence::Held])),
            };
            if let Some(sure) = sure {
                Subject::say(What::Broken(place), sure, all);
            }
        }
        if let (false, Some(sure)) = (promised, may(now.recording, &[Recording::Active])) {
            Subject::say(What::Secret, sure, all);
        }
    }

    fn menus(&self, node: NodeIndex, all: &mut Vec<Conclusion>) {
        let Some(Kind::Menu { choices, .. }) = self.shape.state(node).map(|state| &state.kind) else { return };
        for (place, (promise, _)) in self.claims.promises.iter().enumerate() {
            if matches!(promise, Promise::Menus(most) if choices.len() > *most as usize) {
                Subject::say(What::Broken(place), Sure::Certain, all);
            }
        }
    }

    /// The call ends for us here: who stays.
    fn left(&self, node: NodeIndex, now: &Condition, steps: &[Step<'_>], all: &mut Vec<Conclusion>) {
        match self.shape.state(node).map(|state| &state.kind) {
            Some(Kind::Hangup { everyone: true, .. }) => return,
            Some(Kind::Hangup { .. }) => return self.stays(now, all),
            // What a flow that others run leaves on the line is theirs.
            _ if !self.shape.program.call.begins_calls() => return,
            _ => {}
        }
        for step in steps {
            if let To::End(Exit::Result(_) | Exit::PartyLeft, over) = &step.to {
                self.stays(over, all);
            }
        }
    }

    fn stays(&self, over: &Condition, all: &mut Vec<Conclusion>) {
        if !over.line.may_be(Line::Up) {
            return;
        }
        let Some(sure) = judge::left_behind(over) else { return };
        let alone = may(over.party.presence, &[Presence::Away]).map(|party| party.min(sure));
        let promised = self.claims.promises.iter().position(|(promise, _)| *promise == Promise::NobodyLeftBehind);
        match (alone, promised) {
            (Some(sure), Some(place)) => Subject::say(What::Broken(place), sure, all),
            (Some(sure), None) => Subject::say(What::Left { without_party: true }, sure, all),
            (None, _) => Subject::say(What::Left { without_party: false }, sure, all),
        }
    }
}

/// How sure it is that it is one of these.
fn may<T: Member>(now: Few<T>, these: &[T]) -> Option<Sure> {
    let these = Few::any(these);
    match (now.and(these).is_empty(), now.but(these).is_empty()) {
        (true, _) => None,
        (false, true) => Some(Sure::Certain),
        (false, false) => Some(Sure::Perhaps),
    }
}
