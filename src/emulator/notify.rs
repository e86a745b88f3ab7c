//! Webhooks: the envelope, the members every event has, and the roster.

use crate::emulator::answer::Refusal;
use crate::emulator::call::Call;
use crate::emulator::call::State;
use crate::emulator::call::result;
use crate::emulator::effect::Effect;
use crate::emulator::person::Person;
use crate::emulator::uri;
use crate::emulator::world::World;
use crate::platform::codes;
use crate::platform::events::Webhook;
use crate::provider::acs::wire;

/// Where the events of one request go, and what they bring back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// The leg that asked.
    pub(crate) leg: usize,
    /// `operationContext`.
    pub(crate) context: Option<String>,
    /// `operationCallbackUri`; without it the connection's callback.
    pub(crate) callback: Option<String>,
}

impl Reply {
    /// Checks the two members that many requests have.
    fn read(context: Option<&String>, callback: Option<&String>) -> Result<Reply, Refusal> {
        if let Some(callback) = callback {
            uri::callback("operationCallbackUri", callback)?;
        }
        Ok(Reply { leg: 0, context: context.cloned(), callback: callback.cloned() })
    }
}

/// A body that asks for webhooks.
pub(crate) trait Asks {
    /// `operationContext` and `operationCallbackUri`.
    fn members(&self) -> (Option<&String>, Option<&String>);
}

macro_rules! asks {
    ($($body:ident),*) => {
        $(impl Asks for wire::$body {
            fn members(&self) -> (Option<&String>, Option<&String>) {
                (self.operation_context.as_ref(), self.operation_callback_uri.as_ref())
            }
        })*
    };
}

asks!(
    AddParticipant,
    CancelAddParticipant,
    Hold,
    MoveParticipants,
    Play,
    Recognize,
    RemoveParticipant,
    SendDtmfTones,
    Streaming,
    Target,
    Transcription,
    Transfer
);

impl Reply {
    /// The members of a body, checked; the leg is told later.
    pub(crate) fn of(body: &impl Asks) -> Result<Reply, Refusal> {
        let (context, callback) = body.members();
        Reply::read(context, callback)
    }

    /// The same for the leg that asked.
    pub(crate) fn to(self, leg: usize) -> Reply {
        Reply { leg, ..self }
    }
}

impl Call {
    /// Sends a webhook. A leg that has left, and a call that is over, say nothing.
    pub(crate) fn notify(&self, world: &mut World, webhook: Webhook, reply: &Reply, data: wire::EventData) {
        let Some(connection) = self.legs.get(reply.leg).filter(|leg| !leg.gone && !self.is_over()) else {
            return;
        };
        if connection.first.is_some() {
            return self.notify_first(world, webhook, reply, &data);
        }
        let data = wire::EventData {
            call_connection_id: Some(connection.id.clone()),
            server_call_id: Some(self.server_call_id.clone()),
            correlation_id: Some(self.correlation_id.clone()),
            operation_context: reply.context.clone(),
            ..data
        };
        let source = format!("calling/callConnections/{}", connection.id);
        let event = wire::CloudEvent {
            id: world.ids.guid(),
            subject: Some(source.clone()),
            source,
            event_type: webhook.wire_type(),
            data,
            time: Some(world.time()),
            specversion: Some("1.0".to_owned()),
            datacontenttype: Some("application/json".to_owned()),
        };
        let url = reply.callback.clone().unwrap_or_else(|| connection.callback.clone());
        let body = serde_json::to_string(&[event]).unwrap_or_default();
        world.effects.push(Effect::Webhook { call: self.number, url, name: webhook.name(), body });
    }

    /// Sends the list of everybody on the call, the application included, to each of its legs that is up.
    pub(crate) fn roster(&mut self, world: &mut World) {
        if !matches!(self.state, State::Connected | State::Transferring) {
            return;
        }
        self.tell_telemetry(world);
        let applications = self.legs.iter().filter(|leg| leg.up && !leg.gone);
        let applications = applications.map(|leg| Person::new(leg.identity.clone(), None).model());
        let everybody: Vec<wire::CallParticipant> = self.people.iter().map(Person::model).chain(applications).collect();
        for leg in self.live_legs() {
            if !self.legs[leg].up {
                continue;
            }
            self.legs[leg].sequence += 1;
            let data = wire::EventData {
                sequence_number: Some(self.legs[leg].sequence),
                participants: Some(everybody.clone()),
                ..result(codes::OK)
            };
            let reply = Reply { leg, ..Reply::default() };
            self.notify(world, Webhook::ParticipantsUpdated, &reply, data);
        }
    }
}
