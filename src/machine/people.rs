//! The people of a call by the names flows give them: who has joined, who is muted or on hold, who left, and invitations
//! that are still open.

use crate::language::flow::label::Label;
use crate::language::graph::Arrow;
use crate::machine::call::{Line, Origin, What};
use crate::machine::command::{Command, OpRef};
use crate::machine::event::{Answer, Present, Webhook, WebhookKind};
use crate::machine::rules::Rules;
use crate::machine::stepper::{Stepper, Then, leave};
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::outcomes::Outcome;
use petgraph::graph::NodeIndex;
use serde::{Deserialize, Serialize};

/// The name of the person a flow talks to.
pub(crate) const PARTY: &str = "party";

/// Most invitations remembered: of one that was taken back the platform may never speak again.
const MOST_INVITED: usize = 32;

/// Somebody on the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The raw id or phone number.
    pub id: Hidden<String>,
    /// Whether they are on the line.
    pub joined: bool,
    /// Whether a roster has shown them: only who was seen there can be missed there.
    pub seen: bool,
    /// Whether the platform has muted them.
    pub muted: bool,
    /// Whether they are on hold.
    pub held: bool,
}

/// An invitation that is not settled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// The operation.
    pub op: u64,
    /// Who is rung.
    pub who: Hidden<String>,
    /// `invitationId`, once the platform has said it.
    pub invitation: Option<String>,
    /// Nobody waits for them any more.
    pub given_up: bool,
}

/// Whether two ids, raw or bare numbers, are of the same person.
pub(crate) fn same(one: &str, other: &str) -> bool {
    Identifier::parse(one) == Identifier::parse(other)
}

impl Stepper<'_> {
    /// How many flows run the one that runs now: names belong to the flow that declares them.
    pub(crate) fn depth(&self) -> usize {
        self.call.frames.len()
    }

    /// The key of a participant of the running flow.
    pub(crate) fn key(&self, name: &str) -> String {
        match self.depth() {
            0 => name.to_owned(),
            _ if name == PARTY => name.to_owned(),
            depth => format!("{depth}/{name}"),
        }
    }

    /// The name within the running flow of a person's key; `None` for people of another flow.
    fn name_of<'k>(&self, key: &'k str) -> Option<&'k str> {
        match key.split_once('/') {
            None if key == PARTY || self.depth() == 0 => Some(key),
            Some((depth, name)) if depth == self.depth().to_string() => Some(name),
            None | Some(_) => None,
        }
    }

    /// Who somebody on the line is, by name; `None` when nobody of this name is there.
    pub(crate) fn who(&self, name: &str) -> Option<Hidden<String>> {
        match self.call.people.get(&self.key(name)) {
            Some(person) => person.joined.then(|| person.id.clone()),
            None if name == PARTY => Some(Hidden::from(self.call.party())),
            None => None,
        }
    }

    /// Who hears or answers where a state may name somebody: the party when it names nobody.
    pub(crate) fn hearer(&self, name: Option<&String>) -> Option<Hidden<String>> {
        name.map_or_else(|| Some(Hidden::from(self.call.party())), |name| self.who(name))
    }

    /// Whether anybody but the party is on the line as far as flows know.
    pub(crate) fn is_group(&self) -> bool {
        self.call.people.iter().any(|(key, person)| key != PARTY && person.joined)
    }

    /// The number this call shows or was called at, where it is a phone's: the caller id for people it rings.
    pub(crate) fn own_number(&self) -> Option<Hidden<String>> {
        let own = match self.call.origin {
            Origin::Inbound { .. } => &self.call.to,
            Origin::Outbound => &self.call.from,
        };
        matches!(Identifier::parse(own), Identifier::Phone(_)).then(|| own.clone())
    }

    /// Somebody is on the line under a name.
    pub(crate) fn joined(&mut self, name: &str, id: Hidden<String>) {
        let key = self.key(name);
        self.call.departed.retain(|departed| *departed != key);
        self.call.people.insert(key, Person { id, joined: true, seen: false, muted: false, held: false });
    }

    /// Somebody is not on the line any more, and their flow knows.
    pub(crate) fn put_out(&mut self, name: &str) {
        if let Some(person) = self.call.people.remove(&self.key(name)) {
            self.unwatch(&person.id);
        }
    }

    /// The request that puts somebody out.
    pub(crate) fn put_out_by(&self, who: Hidden<String>) -> Command {
        let known = self.call.participant_ids.iter().find(|(id, _)| same(id, &who));
        Command::Remove { participant: known.map(|(_, participant)| participant.clone()), who }
    }

    /// A new leg begins: nobody is on it yet, and nothing holds.
    pub(crate) fn new_leg(&mut self) {
        self.call.past_legs.extend(self.call.facts.connection.take());
        self.call.roster = -1;
        self.call.line = Line::Connecting;
        self.call.people.clear();
        self.call.invited.clear();
        self.call.departed.clear();
        self.call.recording = None;
        self.call.scopes.clear();
        self.call.crossing = None;
        self.call.undoing.clear();
        self.call.streaming = false;
        self.call.transcription = None;
        self.call.watched.clear();
        self.call.participant_ids.clear();
    }

    /// Takes a roster in: who is muted or held, and who is missing.
    pub(crate) fn roster(&mut self, people: &[Present]) {
        let find = |id: &str| people.iter().find(|present| same(&present.id, id));
        let party = Hidden(self.call.party().to_owned());
        if find(&party).is_some() && !self.call.people.contains_key(PARTY) {
            self.joined(PARTY, party);
        }
        let mut missing = Vec::new();
        let mut others = false;
        for (key, person) in self.call.people.iter_mut().filter(|(_, person)| person.joined) {
            match find(&person.id) {
                Some(present) => {
                    others |= key != PARTY;
                    (person.seen, person.muted, person.held) = (true, present.muted, present.held);
                }
                None if person.seen => missing.push(key.clone()),
                None => {}
            }
        }
        self.hold_shown();
        // When nobody else is left the line itself goes, and that is what says how the call went.
        missing.retain(|key| key != PARTY || others);
        for key in missing {
            self.departed(&key);
        }
    }

    /// Somebody left: what their flow makes of it, now or once it can.
    fn departed(&mut self, key: &str) {
        let Some(person) = self.call.people.get_mut(key) else { return };
        (person.joined, person.seen, person.held) = (false, false, false);
        let id = person.id.clone();
        self.unwatch(&id);
        let removed = |command: &Command| matches!(command, Command::Remove { who, .. } if same(who, &id));
        if self.call.op.as_ref().is_some_and(|op| op.what == What::Acting && removed(&op.command)) {
            return self.follow(leave(Outcome::Done));
        }
        if key.starts_with("*/") {
            return self.ignore("somebody left whom no flow speaks of");
        }
        let Some(name) = self.name_of(key).map(str::to_owned) else {
            return self.call.departed.push(key.to_owned());
        };
        match self.rules() {
            _ if name != PARTY => self.participant_left(&name),
            Rules::Live => self.gone(),
            Rules::Later => self.call.departed.push(key.to_owned()),
            Rules::Never => self.ignore("the flow hangs up anyway"),
        }
    }

    /// A flow is over, and its names with it: whom it brought in stays on the line, but nobody speaks of them any more.
    pub(crate) fn forget_names(&mut self, depth: usize) {
        let own = |key: &str| key.split_once('/').is_some_and(|(of, _)| of == depth.to_string());
        self.call.departed.retain(|key| !own(key));
        for (key, person) in std::mem::take(&mut self.call.people) {
            let key = if own(&key) { self.nameless(&person.id) } else { key };
            self.call.people.insert(key, person);
        }
    }

    /// The key of somebody whom nobody speaks of: the one they have, or the next that nobody has.
    fn nameless(&self, id: &str) -> String {
        let known = self.call.people.iter().find(|(key, person)| key.starts_with("*/") && person.id == id);
        let fresh = || (0..).map(|n: usize| format!("*/{n}")).find(|key| !self.call.people.contains_key(key));
        known.map(|(key, _)| key.clone()).or_else(fresh).unwrap_or_default()
    }

    /// The rule for somebody who left while no state could say what then, and that this state has.
    pub(crate) fn departed_rule(&mut self, node: NodeIndex) -> Option<Then> {
        let mut left = std::mem::take(&mut self.call.departed);
        while let Some(index) = left.iter().position(|key| self.name_of(key).is_some()) {
            let key = left.remove(index);
            let name = self.name_of(&key).unwrap_or_default().to_owned();
            let party = name == PARTY;
            let label = if party { Label::PartyLeft } else { Label::Left(name) };
            // That the party left is somebody's to handle, if not this flow's.
            if party || self.program.route(node, &label, Arrow::Main).is_some() {
                self.call.departed = left;
                return Some(Then::Leave(label));
            }
        }
        self.call.departed = left;
        None
    }

    /// An invitation was sent.
    pub(crate) fn invite(&mut self, op: u64, who: Hidden<String>) {
        if self.call.invited.len() >= MOST_INVITED {
            self.call.invited.remove(0);
        }
        self.call.invited.push(Invited { op, who, invitation: None, given_up: false });
    }

    /// An invitation is settled.
    pub(crate) fn settle(&mut self, op: u64) {
        self.call.invited.retain(|invited| invited.op != op);
    }

    /// The state that invited somebody is left and does not know how it went: the invitation is taken back.
    pub(crate) fn give_up_invitation(&mut self) {
        let op = self.call.op.as_ref().filter(|op| op.what == What::Adding).map(|op| op.n);
        let open = self.call.invited.iter_mut().find(|invited| Some(invited.op) == op);
        let Some(invited) = open else { return };
        invited.given_up = true;
        if let Some(invitation) = invited.invitation.clone() {
            self.side_order(Command::CancelAdd { invitation });
        }
    }

    /// The answer to an invitation, whether it is still wanted or not; whether that is all there is to it.
    pub(crate) fn invitation_answer(&mut self, op: OpRef, answer: &Answer) -> bool {
        let Some(invited) = self.call.invited.iter_mut().find(|invited| invited.op == op.op) else { return false };
        let given_up = invited.given_up;
        match answer {
            Answer::Accepted(facts) => {
                let said = facts.beside();
                let who = invited.who.clone();
                let invitation = said.invitation;
                invited.invitation.clone_from(&invitation);
                self.call.participant_ids.extend(said.participants.into_iter().map(|(_, id)| (who.clone(), id)));
                if let Some(invitation) = invitation.filter(|_| given_up) {
                    self.side_order(Command::CancelAdd { invitation });
                }
            }
            Answer::Refused { .. } => self.settle(op.op),
            Answer::Unknown => {}
        }
        given_up
    }

    /// How an invitation went that nobody waits for: who joined in spite of it is put out again.
    pub(crate) fn invitation_event(&mut self, webhook: &Webhook) -> bool {
        let Some(op) = webhook.op.map(|op| op.op) else { return false };
        let Some(invited) = self.call.invited.iter().find(|invited| invited.op == op && invited.given_up) else {
            return false;
        };
        let who = invited.who.clone();
        match webhook.kind {
            WebhookKind::AddParticipantSucceeded => {
                self.settle(op);
                self.side_order(self.put_out_by(who));
                true
            }
            WebhookKind::AddParticipantFailed => {
                self.settle(op);
                true
            }
            _ => false,
        }
    }
}
