//! Blind transfer: somebody on the call is sent to somebody else, whose phone rings meanwhile.

use std::collections::BTreeMap;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{self, told};
use crate::emulator::call::{Call, End, GIVEN_UP, State, result};
use crate::emulator::cloud::Cloud;
use crate::emulator::identity;
use crate::emulator::notify::Reply;
use crate::emulator::ring::{self, Purpose, Ring};
use crate::emulator::world::World;
use crate::platform::codes::{self, Code, not_reached_code};
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::limits::DEFAULT_RING_MS;
use crate::platform::operations::Operation;
use crate::platform::outcomes::Outcome;
use crate::provider::acs::wire;

/// A transfer under way.
#[derive(Clone, Debug)]
pub(crate) struct Transfer {
    /// Its number, never used twice.
    pub(crate) number: u64,
    target: Identifier,
    transferee: Identifier,
    reply: Reply,
}

/// A transfer request, checked as far as it can be without the call.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    target: Identifier,
    transferee: Option<Identifier>,
    headers: Option<BTreeMap<String, String>>,
    reply: Reply,
}

impl Asked {
    /// Checks a request.
    pub(crate) fn read(asked: &wire::Transfer) -> Result<Asked, Refusal> {
        let target = identity::callable("targetParticipant", &asked.target_participant)?;
        let transferee = asked.transferee.as_ref().map(|model| identity::read("transferee", model)).transpose()?;
        if transferee.as_ref() == Some(&target) {
            return Err(Refusal::field("transferee", "must not be the target"));
        }
        if let Some(phone) = &asked.source_caller_id_number {
            identity::number("sourceCallerIdNumber", phone)?;
        }
        if let Some(context) = &asked.custom_calling_context {
            headers(context)?;
        }
        let reply = Reply::of(asked)?;
        let headers = ring::headers(&target, asked.custom_calling_context.as_ref());
        Ok(Asked { target, transferee, headers, reply })
    }
}

impl Cloud {
    /// Transfer to participant.
    pub(crate) fn transfer(&mut self, id: &str, asked: &api::Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Transfer = asked.body()?;
        let transfer = Asked::read(&body)?;
        let (call, world, leg) = self.at(Operation::Transfer, id)?;
        call.transfer(world, leg, transfer)?;
        Ok(told(Operation::Transfer, &wire::ContextAnswer { operation_context: body.operation_context }))
    }
}

impl Call {
    /// Starts a transfer.
    pub(crate) fn transfer(&mut self, world: &mut World, leg: usize, asked: Asked) -> Result<(), Refusal> {
        let transferee = self.transferee(asked.transferee)?;
        if asked.target == transferee || self.legs.iter().any(|leg| leg.identity == asked.target) {
            return Err(Refusal::field(
                "targetParticipant",
                "must be somebody else than the transferee and the application",
            ));
        }
        if !matches!(transferee, Identifier::Phone(_)) && matches!(asked.target, Identifier::Phone(_)) {
            return Err(Refusal::field(
                "targetParticipant",
                "a VoIP participant cannot be transferred to a phone number",
            ));
        }
        self.cancel_media_of(world, leg);
        let number = world.count();
        let ring = Ring {
            who: asked.target.clone(),
            purpose: Purpose::Transfer(number),
            most: DEFAULT_RING_MS,
            from: transferee.clone(),
            display_name: None,
            headers: asked.headers,
        };
        let reply = asked.reply.to(leg);
        self.transfer = Some(Transfer { number, target: asked.target, transferee, reply });
        self.state = State::Transferring;
        self.ring_phone(world, ring);
        Ok(())
    }

    fn transferee(&self, named: Option<Identifier>) -> Result<Identifier, Refusal> {
        match (named, self.people.as_slice()) {
            (Some(named), _) if self.is_here(&named) => Ok(named),
            (Some(_), _) => {
                Err(Refusal::field("transferee", "is not a participant of the call who can be transferred"))
            }
            (None, [only]) => Ok(only.id.clone()),
            (None, _) => Err(Refusal::field("transferee", "is needed in a group call")),
        }
    }

    /// The target answered, or did not.
    pub(crate) fn transferred(&mut self, world: &mut World, number: u64, reached: Result<(), Outcome>) {
        let Some(transfer) = self.transfer.take_if(|transfer| transfer.number == number) else {
            return;
        };
        self.state = State::Connected;
        if let Err(outcome) = reached {
            return self.notify(world, Webhook::CallTransferFailed, &transfer.reply, result(not_reached_code(outcome)));
        }
        let data = wire::EventData {
            transfer_target: Some(identity::loose(&transfer.target)),
            transferee: Some(identity::loose(&transfer.transferee)),
            ..result(codes::OK)
        };
        self.notify(world, Webhook::CallTransferAccepted, &transfer.reply, data);
        if self.people.len() == 1 {
            return self.over(world, codes::ENDED_BY_TRANSFER, End::Transferred);
        }
        self.goes(world, &transfer.transferee, None);
        self.settle(world, codes::ENDED_BY_TRANSFER);
    }

    /// The one being transferred has left.
    pub(crate) fn transferee_left(&mut self, world: &mut World, who: &Identifier) {
        if self.transfer.as_ref().is_some_and(|transfer| transfer.transferee == *who) {
            self.give_up_transfer(world, GIVEN_UP);
        }
    }

    /// Whether the pending transfer is one leg's.
    pub(crate) fn transfer_is_of(&self, leg: usize) -> bool {
        self.transfer.as_ref().is_some_and(|transfer| transfer.reply.leg == leg)
    }

    /// A pending transfer fails.
    pub(crate) fn give_up_transfer(&mut self, world: &mut World, code: Code) {
        if let Some(transfer) = self.transfer.take() {
            self.state = State::Connected;
            self.unlink_callees(world, Some(&transfer.target));
            self.notify(world, Webhook::CallTransferFailed, &transfer.reply, result(code));
        }
    }
}

/// The documented rules of custom headers.
pub(crate) fn headers(context: &wire::CustomCallingContext) -> Result<(), Refusal> {
    let path = "customCallingContext";
    let legal = |text: &str, extra: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || ".!%*_+~-".contains(c) || extra.contains(c))
    };
    let sip = context.sip_headers.iter().flatten();
    let mut custom = 0;
    for (key, value) in sip {
        let at = format!("{path}.sipHeaders.{key}");
        custom += usize::from(key.starts_with("X-MS-Custom-"));
        if !key.starts_with("X-MS-Custom-") && key != "User-To-User" {
            return Err(Refusal::field(&at, "must be called X-MS-Custom-<name> or User-To-User"));
        }
        if key.len() > 64 || !legal(key, "") || value.len() > 256 || !legal(value, "=;") {
            return Err(Refusal::field(&at, "is too long or has a character that SIP headers cannot carry"));
        }
    }
    if custom > 5 {
        return Err(Refusal::field(&format!("{path}.sipHeaders"), "must be at most five custom headers"));
    }
    let voip = context.voip_headers.iter().flatten();
    if voip.clone().count() > 1000 || voip.clone().any(|(key, value)| key.len() > 64 || value.len() > 1024) {
        return Err(Refusal::field(
            &format!("{path}.voipHeaders"),
            "must be at most 1000, keys of 64 and values of 1024 characters",
        ));
    }
    Ok(())
}
