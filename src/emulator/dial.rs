//! Outbound: the application dials, phones ring, somebody answers or nobody does.

use crate::emulator::answer::Refusal;
use crate::emulator::call::{Call, Direction, End, State, result};
use crate::emulator::identity;
use crate::emulator::leg::{Leg, SetUp};
use crate::emulator::ring::{Purpose, Reached, Ring};
use crate::emulator::world::World;
use crate::platform::codes::not_reached_code;
use crate::platform::events::Webhook;
use crate::platform::hidden::Hidden;
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
    set_up: SetUp,
    asked: Hidden<wire::CreateCall>,
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
            None if dials_phone && asked.teams_app_source.is_none() => {
                return Err(Refusal::field("sourceCallerIdNumber", "is needed to call a phone number"));
            }
            None => {}
        }
        let user = asked.source.as_ref().map(|user| identity::acs_user("source.id", &user.id)).transpose()?;
        let app = asked.teams_app_source.clone();
        let app = app.map(|app| wire::Identifier { microsoft_teams_app: Some(app), ..wire::Identifier::default() });
        let app = app.map(|app| identity::read("teamsAppSource", &app)).transpose()?;
        if user.is_some() && app.is_some() {
            return Err(Refusal::field("teamsAppSource", "cannot be there together with source"));
        }
        let intelligence = asked.call_intelligence_options.as_ref();
        let (audio, words) = (asked.media_streaming_options.as_ref(), asked.transcription_options.as_ref());
        let set_up = SetUp::read(&asked.callback_uri, asked.operation_context.as_ref(), intelligence, audio, words)?;
        Ok(Create { targets, source: user.or(app), set_up, asked: Hidden(asked) })
    }
}

impl Call {
    /// Dials.
    pub(crate) fn dial(world: &mut World, number: u64, create: Create) -> Call {
        let Create { targets, source, set_up, asked: Hidden(asked) } = create;
        let caller = asked.source_caller_id_number.as_ref().map(|phone| Identifier::Phone(phone.value.clone()));
        caller.iter().for_each(|caller| world.owns(caller));
        let mut call =
            Call::new(world, number, Direction::Outbound, Identifier::Unknown(String::new()), targets.clone());
        call.application = source.unwrap_or_else(|| call.application.clone());
        call.from = caller.unwrap_or_else(|| call.application.clone());
        let leg = Leg::new(world, set_up, call.application.clone());
        let display_name = asked.source_display_name;
        call.legs.push(Leg {
            caller_number: asked.source_caller_id_number.map(Hidden),
            display_name: display_name.clone(),
            ..leg
        });
        call.ringing = targets.clone();
        for who in targets {
            let from = call.from.clone();
            let ring = Ring {
                who,
                purpose: Purpose::Target,
                most: RING_MS,
                from,
                display_name: display_name.clone(),
                headers: None,
            };
            call.ring_phone(world, ring);
        }
        call
    }

    /// A ringing callee answers, or turns out not to. The first answer connects the call, later ones join it.
    pub(crate) fn leg_answers(&mut self, world: &mut World, reached: &Reached) {
        let who = &reached.who;
        if !self.ringing.contains(who) {
            return;
        }
        self.ringing.retain(|ringing| ringing != who);
        match reached.result {
            Ok(()) => {
                self.comes(who, reached.peer);
                if self.state == State::Ringing {
                    self.connecting(world);
                }
                self.roster(world);
                let script = world.phone(who).script;
                self.start_script(world, who, script);
            }
            Err(outcome) if self.ringing.is_empty() && self.people.is_empty() && self.state == State::Ringing => {
                self.not_reached(world, outcome);
            }
            Err(_) => {}
        }
    }

    /// Nobody was reached.
    fn not_reached(&mut self, world: &mut World, outcome: Outcome) {
        let code = not_reached_code(outcome);
        self.notify(world, Webhook::CreateCallFailed, &self.set_up(0), result(code));
        self.over(world, code, End::Failed);
    }
}
