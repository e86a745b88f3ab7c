//! Outbound: the application dials, phones ring, somebody answers or nobody does.

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, Connection, Direction, End, State, result};
use crate::emulator::identity;
use crate::emulator::uri;
use crate::emulator::world::{Due, World};
use crate::platform::codes::not_reached_code;
use crate::platform::events::Webhook;
use crate::platform::identifier::Identifier;
use crate::platform::outcomes::Outcome;
use crate::provider::acs::wire;

/// How long a callee rings before the platform gives up, in milliseconds.
const RING_MS: u64 = 60_000;

/// A create request, checked.
#[derive(Clone, Debug)]
pub(crate) struct Create {
    targets: Vec<Identifier>,
    source: Option<Identifier>,
    asked: wire::CreateCall,
}

impl Create {
    /// Checks a request.
    pub(crate) fn read(asked: wire::CreateCall) -> Result<Create, Refusal> {
        if asked.targets.is_empty() {
            return Err(Refusal::field("targets", "must have at least one target"));
        }
        let mut targets = Vec::new();
        for (index, model) in asked.targets.iter().enumerate() {
            let target = identity::callable(&format!("targets[{index}]"), model)?;
            if targets.contains(&target) {
                return Err(Refusal::field(&format!("targets[{index}]"), "is there twice"));
            }
            targets.push(target);
        }
        let dials_phone = targets.iter().any(|target| matches!(target, Identifier::Phone(_)));
        match &asked.source_caller_id_number {
            Some(phone) => drop(identity::number("sourceCallerIdNumber", phone)?),
            None if dials_phone => {
                return Err(Refusal::field("sourceCallerIdNumber", "is needed to call a phone number"));
            }
            None => {}
        }
        let source = asked.source.as_ref().map(|user| identity::acs_user("source.id", &user.id)).transpose()?;
        if asked.teams_app_source.is_some() {
            return Err(Refusal::field("teamsAppSource", "is not offered yet"));
        }
        set_up(&asked.callback_uri, asked.media_streaming_options.is_some(), asked.transcription_options.is_some())?;
        Ok(Create { targets, source, asked })
    }
}

/// What create and answer have in common.
pub(crate) fn set_up(callback: &str, streams: bool, transcribes: bool) -> Result<(), Refusal> {
    uri::callback("callbackUri", callback)?;
    if streams {
        return Err(Refusal::field("mediaStreamingOptions", "is not offered yet"));
    }
    if transcribes {
        return Err(Refusal::field("transcriptionOptions", "is not offered yet"));
    }
    Ok(())
}

/// Whether an AI resource was named.
pub(crate) fn names_ai(options: Option<&wire::CallIntelligenceOptions>) -> bool {
    options
        .and_then(|options| options.cognitive_services_endpoint.as_deref())
        .is_some_and(|endpoint| !endpoint.is_empty())
}

impl Call {
    /// Dials.
    pub(crate) fn dial(world: &mut World, number: u64, create: Create) -> Call {
        let Create { targets, source, asked } = create;
        let caller = asked.source_caller_id_number.as_ref().map(|phone| Identifier::Phone(phone.value.clone()));
        let mut call =
            Call::new(world, number, Direction::Outbound, Identifier::Unknown(String::new()), targets.clone());
        call.application = source.unwrap_or_else(|| call.application.clone());
        call.from = caller.unwrap_or_else(|| call.application.clone());
        call.connection = Some(Connection {
            id: world.ids.guid(),
            callback: asked.callback_uri,
            context: asked.operation_context,
            speaks: names_ai(asked.call_intelligence_options.as_ref()),
            caller_number: asked.source_caller_id_number,
            display_name: asked.source_display_name,
        });
        for who in &targets {
            let (wait, reached) = world.phone(who).reached(RING_MS);
            world.plan(wait, number, Due::Leg { who: who.clone(), reached });
        }
        call.ringing = targets;
        call
    }

    /// A ringing callee answers, or turns out not to. The first answer connects the call, later ones join it.
    pub(crate) fn leg(&mut self, world: &mut World, who: &Identifier, reached: Result<(), Outcome>) {
        if !self.ringing.contains(who) {
            return;
        }
        self.ringing.retain(|ringing| ringing != who);
        match reached {
            Ok(()) => {
                self.people.push(who.clone());
                if self.state == State::Ringing {
                    self.connecting(world);
                }
                self.roster(world);
                let script = world.phone(who).script;
                self.start_script(world, who, script);
            }
            Err(outcome) if self.ringing.is_empty() && self.people.is_empty() => self.not_reached(world, outcome),
            Err(_) => {}
        }
    }

    /// Nobody was reached.
    fn not_reached(&mut self, world: &mut World, outcome: Outcome) {
        let code = not_reached_code(outcome);
        self.notify(world, Webhook::CreateCallFailed, &self.set_up(), result(code));
        self.over(world, code, End::Failed);
    }
}
