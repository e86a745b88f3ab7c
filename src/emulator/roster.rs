//! Operations on the people of a call: listed, removed, muted, held and moved.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done, told};
use crate::emulator::call::{Call, result};
use crate::emulator::cloud::Cloud;
use crate::emulator::identity;
use crate::emulator::keys::target;
use crate::emulator::media::{Item, LaneKey, Task};
use crate::emulator::notify::Reply;
use crate::emulator::person::Person;
use crate::emulator::prompt::Source;
use crate::emulator::route::Route;
use crate::emulator::world::World;
use crate::http::query_value;
use crate::platform::codes::{self, Code, refusal};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// How many participants one page of the list has.
const PAGE: usize = 10;
/// Only one participant was left.
const LEFT_ALONE: Code = Code::new(200, 5010);

impl Call {
    /// One page of the people, and where the next begins.
    pub(crate) fn page(&self, skip: usize) -> (Vec<wire::CallParticipant>, Option<usize>) {
        let page = self.people.iter().skip(skip).take(PAGE).map(Person::model).collect();
        let next = skip.saturating_add(PAGE);
        (page, (next < self.people.len()).then_some(next))
    }

    /// One of the people, by raw id or number.
    pub(crate) fn participant(&self, raw_id: &str) -> Result<wire::CallParticipant, Refusal> {
        let found = self.person(&Identifier::parse(raw_id)).map(Person::model);
        found.ok_or_else(|| Refusal::new(refusal::NOT_FOUND, "there is no such participant on the call"))
    }

    /// Takes somebody off the line.
    pub(crate) fn remove(&mut self, world: &mut World, who: &Identifier, reply: &Reply) -> Result<(), Refusal> {
        if self.legs.iter().any(|leg| leg.identity == *who) {
            return Err(Refusal::field("participantToRemove", "must not be the application itself: hang up instead"));
        }
        let is_here = self.is_here(who);
        if is_here {
            self.goes(world, who, None);
        }
        let (webhook, code) = if is_here {
            (Webhook::RemoveParticipantSucceeded, codes::OK)
        } else {
            (Webhook::RemoveParticipantFailed, refusal::NOT_IN_CALL)
        };
        self.notify(world, webhook, reply, about(who, code));
        if is_here {
            self.settle(world, LEFT_ALONE);
        }
        Ok(())
    }

    /// Mutes users.
    pub(crate) fn mute(&mut self, world: &mut World, users: &[Identifier]) -> Result<(), Refusal> {
        for (index, who) in users.iter().enumerate() {
            self.on_the_call(&format!("targetParticipants[{index}]"), who)?;
        }
        for person in self.people.iter_mut().filter(|person| users.contains(&person.id)) {
            person.muted = true;
        }
        self.roster(world);
        Ok(())
    }

    /// Puts somebody on hold, perhaps with music.
    pub(crate) fn hold(
        &mut self,
        world: &mut World,
        who: &Identifier,
        music: Option<Source>,
        reply: Reply,
    ) -> Result<(), Refusal> {
        self.can_speak(reply.leg, "playSourceInfo", music.as_slice())?;
        self.on_the_call("targetParticipant", who)?;
        if let Some(person) = self.person_mut(who) {
            person.held = true;
        }
        self.roster(world);
        let key = LaneKey::Hold(who.raw_id());
        self.cancel_lane(world, &key);
        if let Some(source) = music {
            let item = Item { reply, sources: vec![source], audience: Some(vec![who.clone()]), task: Task::Music };
            self.enqueue(world, &key, item);
        }
        Ok(())
    }

    /// Takes somebody off hold.
    pub(crate) fn unhold(&mut self, world: &mut World, who: &Identifier) -> Result<(), Refusal> {
        self.on_the_call("targetParticipant", who)?;
        self.released(world, who);
        Ok(())
    }

    /// Somebody is on hold no more.
    pub(crate) fn released(&mut self, world: &mut World, who: &Identifier) {
        self.cancel_lane(world, &LaneKey::Hold(who.raw_id()));
        if let Some(person) = self.person_mut(who).filter(|person| person.held) {
            person.held = false;
            self.roster(world);
        }
    }

    /// Somebody who was on another call.
    fn arrives(&mut self, world: &mut World, person: Option<Person>, who: &Identifier, from: &str, reply: &Reply) {
        let code = if person.is_some() { codes::OK } else { refusal::NOT_IN_CALL };
        let webhook = if person.is_some() { Webhook::MoveParticipantSucceeded } else { Webhook::MoveParticipantFailed };
        let came = person.filter(|person| !self.is_here(&person.id));
        let is_new = came.is_some();
        self.people.extend(came.map(|person| Person::new(person.id, person.peer)));
        let data = wire::EventData { from_call: Some(from.to_owned()), ..about(who, code) };
        self.notify(world, webhook, reply, data);
        if is_new {
            self.roster(world);
        }
    }
}

impl Cloud {
    /// List participants.
    pub(crate) fn list_participants(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let skip = query_value(asked.query, "skip").unwrap_or_else(|| "0".to_owned());
        let skip = skip.parse().map_err(|_| Refusal::field("skip", "must be a number"))?;
        let (call, _, _) = self.at(Operation::ListParticipants, id)?;
        let (value, next) = call.page(skip);
        let next_link =
            next.map(|next| format!("{}{}?api-version={}&skip={next}", asked.base(), asked.path, self.api_version));
        Ok(told(Operation::ListParticipants, &wire::Participants { value, next_link }))
    }

    /// Get participant.
    pub(crate) fn get_participant(&mut self, route: &Route) -> Result<Answer, Refusal> {
        let (call, _, _) = self.at(Operation::GetParticipant, &route.id)?;
        Ok(told(Operation::GetParticipant, &call.participant(&route.who)?))
    }

    /// Remove participant.
    pub(crate) fn remove_participant(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::RemoveParticipant = asked.body()?;
        let who = identity::read("participantToRemove", &body.participant_to_remove)?;
        let reply = Reply::of(&body)?;
        let (call, world, leg) = self.at(Operation::RemoveParticipant, id)?;
        call.remove(world, &who, &reply.to(leg))?;
        Ok(told(Operation::RemoveParticipant, &wire::ContextAnswer { operation_context: body.operation_context }))
    }

    /// Mute participants.
    pub(crate) fn mute_participants(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::MuteParticipants = asked.body()?;
        let users = users("targetParticipants", &body.target_participants)?;
        let (call, world, _) = self.at(Operation::MuteParticipant, id)?;
        call.mute(world, &users)?;
        Ok(told(Operation::MuteParticipant, &wire::ContextAnswer { operation_context: body.operation_context }))
    }

    /// Hold.
    pub(crate) fn hold(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Hold = asked.body()?;
        let who = identity::read("targetParticipant", &body.target_participant)?;
        let music = body.play_source_info.as_ref().map(|music| Source::read("playSourceInfo", music)).transpose()?;
        let reply = Reply::of(&body)?;
        let (call, world, leg) = self.at(Operation::Hold, id)?;
        call.hold(world, &who, music, reply.to(leg))?;
        Ok(done(Operation::Hold))
    }

    /// Unhold.
    pub(crate) fn unhold(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let (who, _) = target(asked)?;
        let (call, world, _) = self.at(Operation::Unhold, id)?;
        call.unhold(world, &who)?;
        Ok(done(Operation::Unhold))
    }

    /// Move participants here: people of another call of the application.
    pub(crate) fn move_participants(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::MoveParticipants = asked.body()?;
        let people = several("targetParticipants", &body.target_participants)?;
        let reply = Reply::of(&body)?;
        let (here, _, leg) = self.at(Operation::MoveParticipants, id)?;
        let (here, reply) = (here.number, reply.to(leg));
        let not_there = || Refusal::field("fromCall", "must be another call that is connected");
        let (there, _, _) = self.at(Operation::MoveParticipants, &body.from_call).map_err(|_| not_there())?;
        let there = there.number;
        if there == here {
            return Err(not_there());
        }
        for who in &people {
            self.moves(there, here, who, &body.from_call, &reply);
        }
        if let Some(there) = self.calls.get_mut(&there).filter(|there| !there.is_over()) {
            there.settle(&mut self.world, LEFT_ALONE);
        }
        let participants = people.into_iter().map(|who| Person::new(who, None).model()).collect();
        let (operation_context, from_call) = (body.operation_context, body.from_call);
        Ok(told(Operation::MoveParticipants, &wire::MovedAnswer { participants, operation_context, from_call }))
    }

    fn moves(&mut self, there: u64, here: u64, who: &Identifier, from_call: &str, reply: &Reply) {
        let left = self.calls.get_mut(&there);
        let script = left.and_then(|call| call.scripts.iter().find(|script| script.who == *who).cloned());
        let person = self.calls.get_mut(&there).and_then(|call| call.moves_away(&mut self.world, who));
        let script = script.filter(|_| person.is_some());
        let link = person.as_ref().and_then(|person| self.calls.get_mut(&person.peer?)?.link.as_mut());
        link.into_iter().for_each(|link| link.call = here);
        if let Some(call) = self.calls.get_mut(&here) {
            call.arrives(&mut self.world, person, who, from_call, reply);
            script.into_iter().for_each(|script| call.goes_on(&mut self.world, script));
        }
    }
}

impl Call {
    /// Somebody goes to another call, with what is at their end.
    fn moves_away(&mut self, world: &mut World, who: &Identifier) -> Option<Person> {
        let person = self.person(who)?.clone();
        if let Some(person) = self.person_mut(who) {
            person.peer = None;
        }
        self.goes(world, who, None);
        Some(person)
    }
}

/// The data of an event about somebody.
fn about(who: &Identifier, code: Code) -> wire::EventData {
    wire::EventData { participant: Some(identity::loose(who)), ..result(code) }
}

/// The people that a list names: at least one.
fn several(path: &str, models: &[wire::Identifier]) -> Result<Vec<Identifier>, Refusal> {
    if models.is_empty() {
        return Err(Refusal::field(path, "must name at least one participant"));
    }
    let read = |(index, model)| identity::read(&format!("{path}[{index}]"), model);
    models.iter().enumerate().map(read).collect()
}

/// The same for communication users only.
fn users(path: &str, models: &[wire::Identifier]) -> Result<Vec<Identifier>, Refusal> {
    let people = several(path, models)?;
    match people.iter().position(|who| !matches!(who, Identifier::AcsUser(_))) {
        Some(index) => Err(Refusal::field(&format!("{path}[{index}]"), "must be a communication user")),
        None => Ok(people),
    }
}
