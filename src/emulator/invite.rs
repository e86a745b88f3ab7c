//! People added to a call: invited, taken back, or joined when they answer.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, told};
use crate::emulator::call::{Call, GIVEN_UP, result};
use crate::emulator::cloud::Cloud;
use crate::emulator::identity;
use crate::emulator::notify::Reply;
use crate::emulator::person::Person;
use crate::emulator::ring::{self, Purpose, Reached, Ring};
use crate::emulator::transfer;
use crate::emulator::world::World;
use crate::platform::codes::{self, Code, not_reached_code, refusal};
use crate::platform::events::Webhook;
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::limits::DEFAULT_RING_MS;
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// Longest time an invitation may ring, in seconds.
const LONGEST_RING_SECONDS: u64 = 180;
/// A second phone is dialled while one rings.
const SECOND_DIAL_OUT: Code = Code::new(400, 8559);

/// Somebody whose phone rings for this call.
#[derive(Clone, Debug)]
pub(crate) struct Invitation {
    /// Its number, never used twice.
    pub(crate) number: u64,
    id: String,
    who: Identifier,
    reply: Reply,
}

/// An add request, checked as far as it can be without the call.
#[derive(Clone, Debug)]
pub(crate) struct Add {
    who: Identifier,
    from: Option<Identifier>,
    reply: Reply,
    ring_ms: u64,
    asked: Hidden<wire::AddParticipant>,
}

impl Add {
    /// Checks a request.
    pub(crate) fn read(asked: wire::AddParticipant) -> Result<Add, Refusal> {
        let who = identity::callable("participantToAdd", &asked.participant_to_add)?;
        let number = asked.source_caller_id_number.as_ref();
        let from = number.map(|phone| identity::number("sourceCallerIdNumber", phone)).transpose()?;
        if from.is_none() && matches!(who, Identifier::Phone(_)) {
            return Err(Refusal::field("sourceCallerIdNumber", "is needed to add a phone number"));
        }
        let seconds = asked.invitation_timeout_in_seconds;
        if seconds.is_some_and(|seconds| seconds > LONGEST_RING_SECONDS) {
            return Err(Refusal::field("invitationTimeoutInSeconds", "must be 0 to 180"));
        }
        if let Some(context) = &asked.custom_calling_context {
            transfer::headers(context)?;
        }
        let reply = Reply::of(&asked)?;
        Ok(Add {
            who,
            from,
            reply,
            ring_ms: seconds.map_or(DEFAULT_RING_MS, |seconds| seconds * 1000),
            asked: Hidden(asked),
        })
    }
}

impl Cloud {
    /// Add participant.
    pub(crate) fn add_participant(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let add = Add::read(asked.body()?)?;
        let (call, world, leg) = self.at(Operation::AddParticipant, id)?;
        call.may_add(&add, &[])?;
        Ok(told(Operation::AddParticipant, &call.add(world, leg, add)))
    }

    /// Invites everybody, or nobody where one of them cannot be.
    pub(crate) fn add_all(&mut self, id: &str, all: Vec<Add>) -> Result<Vec<wire::AddParticipantAnswer>, Refusal> {
        let (call, world, leg) = self.at(Operation::AddParticipant, id)?;
        for (index, add) in all.iter().enumerate() {
            call.may_add(add, &all[..index])?;
        }
        Ok(all.into_iter().map(|add| call.add(world, leg, add)).collect())
    }

    /// Cancel add participant.
    pub(crate) fn cancel_add_participant(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let mut body: wire::CancelAddParticipant = asked.body()?;
        let reply = Reply::of(&body)?;
        let (call, world, leg) = self.at(Operation::CancelAddParticipant, id)?;
        call.cancel_add(world, &body, &reply.to(leg));
        body.operation_callback_uri = None;
        Ok(told(Operation::CancelAddParticipant, &body))
    }
}

impl Call {
    /// Whether somebody can be invited, with those invited just before.
    fn may_add(&self, add: &Add, before: &[Add]) -> Result<(), Refusal> {
        let who = &add.who;
        let mut invited = self.invitations.iter().map(|one| &one.who).chain(before.iter().map(|one| &one.who));
        let is_called = self.ringing.contains(who) || invited.clone().any(|other| other == who);
        if self.is_here(who) || is_called || self.legs.iter().any(|leg| leg.identity == *who) {
            return Err(Refusal::field("participantToAdd", "is on the call, or being called for it"));
        }
        let is_phone = |who: &Identifier| matches!(who, Identifier::Phone(_));
        if is_phone(who) && invited.any(is_phone) {
            return Err(Refusal::new(
                SECOND_DIAL_OUT,
                "participantToAdd: another phone is being dialled for this call",
            ));
        }
        Ok(())
    }

    /// Invites somebody who can be.
    fn add(&mut self, world: &mut World, leg: usize, add: Add) -> wire::AddParticipantAnswer {
        let Add { who, from, reply, ring_ms, asked: Hidden(asked) } = add;
        if let Some(from) = &from {
            world.owns(from);
        }
        let reply = reply.to(leg);
        let (number, id) = (world.count(), world.ids.guid());
        self.invitations.push(Invitation { number, id: id.clone(), who: who.clone(), reply });
        let ring = Ring {
            who: who.clone(),
            purpose: Purpose::Invitation(number),
            most: ring_ms,
            from: from.unwrap_or_else(|| self.legs[leg].identity.clone()),
            display_name: asked.source_display_name,
            headers: ring::headers(&who, asked.custom_calling_context.as_ref()),
        };
        self.ring_phone(world, ring);
        wire::AddParticipantAnswer {
            participant: Some(Person::new(who, None).model()),
            operation_context: asked.operation_context,
            invitation_id: Some(id),
        }
    }

    /// Whether somebody's phone rings for an invitation.
    pub(crate) fn is_invited(&self, who: &Identifier) -> bool {
        self.invitations.iter().any(|invitation| invitation.who == *who)
    }

    /// Somebody invited answered, or did not.
    pub(crate) fn invited(&mut self, world: &mut World, number: u64, reached: &Reached) {
        let Some(at) = self.invitations.iter().position(|invitation| invitation.number == number) else {
            return;
        };
        let invitation = self.invitations.remove(at);
        let code = reached.result.map_or_else(not_reached_code, |()| codes::OK);
        if reached.result.is_err() {
            return self.tell_of(world, Webhook::AddParticipantFailed, &invitation, code);
        }
        self.comes(&reached.who, reached.peer);
        self.tell_of(world, Webhook::AddParticipantSucceeded, &invitation, code);
        self.roster(world);
        let script = world.phone(&reached.who).script;
        self.start_script(world, &reached.who, script);
    }

    fn tell_of(&self, world: &mut World, webhook: Webhook, invitation: &Invitation, code: Code) {
        let participant = Some(identity::loose(&invitation.who));
        self.notify(world, webhook, &invitation.reply, wire::EventData { participant, ..result(code) });
    }

    /// Takes an invitation back, if it is not settled yet.
    pub(crate) fn cancel_add(&mut self, world: &mut World, asked: &wire::CancelAddParticipant, reply: &Reply) {
        let data = |code| wire::EventData { invitation_id: Some(asked.invitation_id.clone()), ..result(code) };
        match self.invitations.iter().position(|invitation| invitation.id == asked.invitation_id) {
            Some(at) => {
                let invitation = self.invitations.remove(at);
                self.unlink_callees(world, Some(&invitation.who));
                self.notify(world, Webhook::CancelAddParticipantSucceeded, reply, data(codes::OK));
            }
            None => self.notify(world, Webhook::CancelAddParticipantFailed, reply, data(refusal::WRONG_STATE)),
        }
    }

    /// Pending invitations fail: those of one leg, or all.
    pub(crate) fn give_up_invitations(&mut self, world: &mut World, leg: Option<usize>) {
        let of = |invitation: &Invitation| leg.is_none_or(|leg| invitation.reply.leg == leg);
        let (given_up, kept) = std::mem::take(&mut self.invitations).into_iter().partition(of);
        self.invitations = kept;
        let given_up: Vec<Invitation> = given_up;
        for invitation in given_up {
            self.unlink_callees(world, Some(&invitation.who));
            self.tell_of(world, Webhook::AddParticipantFailed, &invitation, GIVEN_UP);
        }
    }
}
