//! Webhooks: the envelope, the members every event has, and the roster.

use crate::emulator::call::Call;
use crate::emulator::call::State;
use crate::emulator::call::result;
use crate::emulator::effect::Effect;
use crate::emulator::identity;
use crate::emulator::world::World;
use crate::platform::codes;
use crate::platform::events::Webhook;
use crate::provider::acs::wire;

/// Where the events of one request go, and what they bring back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// `operationContext`.
    pub(crate) context: Option<String>,
    /// `operationCallbackUri`; without it the connection's callback.
    pub(crate) callback: Option<String>,
}

impl Call {
    /// Sends a webhook. A call without a connection, or one that is over, says nothing.
    pub(crate) fn notify(&self, world: &mut World, webhook: Webhook, reply: &Reply, data: wire::EventData) {
        let Some(connection) = self.connection.as_ref().filter(|_| !self.is_over()) else {
            return;
        };
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

    /// Sends the list of everybody on the call, the application included, once it is established.
    pub(crate) fn roster(&mut self, world: &mut World) {
        if !matches!(self.state, State::Connected | State::Transferring) {
            return;
        }
        self.sequence += 1;
        let participant =
            |who| wire::CallParticipant { identifier: identity::loose(who), is_muted: false, is_on_hold: false };
        let data = wire::EventData {
            sequence_number: Some(self.sequence),
            participants: Some(self.people.iter().chain([&self.application]).map(participant).collect()),
            ..result(codes::OK)
        };
        self.notify(world, Webhook::ParticipantsUpdated, &Reply::default(), data);
    }
}
