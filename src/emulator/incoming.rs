//! Inbound: somebody dials, the call rings, the application answers, redirects or rejects it.

use std::collections::BTreeMap;

use base64::Engine as _;
use serde::Deserialize;

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, Direction, End, State};
use crate::emulator::identity;
use crate::emulator::leg::{Leg, SetUp};
use crate::emulator::person::Person;
use crate::emulator::script;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{OK, refusal};
use crate::platform::identifier::Identifier;
use crate::platform::limits::{INBOUND_RING_MS, is_phone};
use crate::platform::outcomes::Outcome;
use crate::provider::acs::wire;

/// The body of `POST /emulator/calls`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Dialled {
    from: String,
    to: String,
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    headers: Option<BTreeMap<String, String>>,
    /// What the caller does by themselves once the call is answered.
    #[serde(default)]
    script: Vec<String>,
}

/// Reads a raw id or a number, as people write them; `anonymous` where allowed.
pub(crate) fn person(path: &str, text: &str) -> Result<Identifier, Refusal> {
    let named = if text == "anonymous" { "4:anonymous" } else { text };
    match Identifier::parse(named) {
        Identifier::Phone(number) if !is_phone(&number) && number != "anonymous" => {
            Err(Refusal::field(path, "must be a phone number in E.164 form"))
        }
        Identifier::Unknown(_) => {
            Err(Refusal::field(path, "must be a phone number (+441632960100) or a raw id (8:acs:…)"))
        }
        identifier => Ok(identifier),
    }
}

impl Call {
    /// Somebody dials. The call rings until it is dealt with or 30 s are over.
    pub(crate) fn ring(world: &mut World, number: u64, dialled: &Dialled) -> Result<Call, Refusal> {
        let from = person("from", &dialled.from)?;
        let to = person("to", &dialled.to)?;
        if to == Identifier::Phone("anonymous".to_owned()) || to == from {
            return Err(Refusal::field("to", "must be somebody else who can be called"));
        }
        let lines = script::lines(&dialled.script)?;
        world.owns(&to);
        let mut call = Call::new(world, number, Direction::Inbound, from.clone(), vec![to]);
        call.people.push(Person::new(from, None));
        call.callers_lines = lines;
        ring(world, &mut call, INBOUND_RING_MS, dialled.display_name.clone(), dialled.headers.clone());
        Ok(call)
    }

    /// Nobody dealt with it in time.
    pub(crate) fn ring_over(&mut self, world: &mut World) {
        if self.state == State::Ringing {
            self.over(world, OK, End::Missed);
        }
    }

    /// Answers.
    pub(crate) fn answer(&mut self, world: &mut World, asked: &wire::AnswerCall) -> Result<(), Refusal> {
        let set_up = check_answer(asked)?;
        self.still_rings()?;
        if let Some(user) = &asked.answered_by {
            self.application = Identifier::AcsUser(user.id.clone());
        }
        self.legs.push(Leg::new(world, set_up, self.application.clone()));
        self.connecting(world);
        self.tell_caller_of_answer(world);
        let (caller, lines) = (self.from.clone(), std::mem::take(&mut self.callers_lines));
        self.start_script(world, &caller, lines);
        Ok(())
    }

    /// Sends it elsewhere.
    pub(crate) fn redirect(&mut self, world: &mut World, target: &Identifier) -> Result<(), Refusal> {
        self.still_rings()?;
        if !matches!(self.from, Identifier::Phone(_)) && matches!(target, Identifier::Phone(_)) {
            return Err(Refusal::field("target", "a VoIP caller cannot be redirected to a phone number"));
        }
        if *target == self.from {
            return Err(Refusal::field("target", "must not be the caller"));
        }
        self.pass_on(world, target);
        self.over(world, OK, End::Redirected);
        Ok(())
    }

    /// Refuses it.
    pub(crate) fn reject(&mut self, world: &mut World, asked: &wire::RejectCall) -> Result<(), Refusal> {
        let refused_as = match asked.call_reject_reason.as_deref() {
            Some("busy") => Outcome::Busy,
            None | Some("none" | "forbidden") => Outcome::Declined,
            Some(_) => return Err(Refusal::field("callRejectReason", "must be none, busy or forbidden")),
        };
        self.still_rings()?;
        self.refused_as = refused_as;
        self.over(world, OK, End::Rejected);
        Ok(())
    }

    /// A context is good once, while the call rings.
    fn still_rings(&self) -> Result<(), Refusal> {
        match self.state {
            State::Ringing => Ok(()),
            State::Ended(End::Missed) => Err(spent("has expired: the call rings no more")),
            State::Connected | State::Connecting | State::Ended(_) | State::Transferring => {
                Err(spent("has been used, or its call is over"))
            }
        }
    }
}

/// A call begins to ring at the application's.
pub(crate) fn ring(
    world: &mut World,
    call: &mut Call,
    most: u64,
    display_name: Option<String>,
    headers: Option<BTreeMap<String, String>>,
) {
    call.incoming_context = Some(incoming_context(world, call));
    world.plan(most, call.number, Due::RingOver);
    call.tell_incoming(world, display_name, headers);
}

/// Checks an answer request.
fn check_answer(asked: &wire::AnswerCall) -> Result<SetUp, Refusal> {
    if let Some(user) = &asked.answered_by {
        identity::acs_user("answeredBy.id", &user.id)?;
    }
    let (audio, words) = (asked.media_streaming_options.as_ref(), asked.transcription_options.as_ref());
    let intelligence = asked.call_intelligence_options.as_ref();
    SetUp::read(&asked.callback_uri, asked.operation_context.as_ref(), intelligence, audio, words)
}

/// The refusal of an `incomingCallContext` that is not, or no longer, good.
pub(crate) fn spent(why: &str) -> Refusal {
    Refusal::new(refusal::INVALID, format!("incomingCallContext: {why}"))
}

/// Opaque and long, as the real one.
fn incoming_context(world: &mut World, call: &Call) -> String {
    let (ticket, salt) = (world.ids.guid(), world.ids.guid());
    let claims = serde_json::json!({
        "alg": "none", "cc": call.server_call_id, "chain": call.correlation_id, "ticket": ticket, "salt": salt,
    });
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(claims.to_string())
}
