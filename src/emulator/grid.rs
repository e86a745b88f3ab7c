//! Event Grid in its own schema: the IncomingCall event, its retries while the call rings, and the subscription handshake.

use std::collections::BTreeMap;

use crate::emulator::call::{Call, State};
use crate::emulator::effect::Effect;
use crate::emulator::identity;
use crate::emulator::world::{Due, World};
use crate::platform::events::{INCOMING_CALL, SUBSCRIPTION_VALIDATION};
use crate::platform::identifier::Identifier;
use crate::provider::acs::wire;

/// When an undelivered event is tried again, in milliseconds after the failure.
const RETRIES_MS: [u64; 2] = [10_000, 30_000];
/// The resource events come from.
const TOPIC: &str = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/emulator/providers/Microsoft.Communication/communicationServices/emulator";

impl Call {
    /// Has the IncomingCall delivered, if somebody subscribed and it still rings.
    pub(crate) fn tell_grid(&self, world: &mut World, attempt: u32) {
        let Some(url) = world.subscriber.clone().filter(|_| self.state == State::Ringing) else {
            return;
        };
        if let Some(body) = self.grid_event.clone() {
            world.effects.push(Effect::Grid { call: self.number, attempt, url, body });
        }
    }

    /// How a delivery went; `None` is no answer at all. 400, 401 and 413 are final.
    pub(crate) fn grid_answered(&self, world: &mut World, attempt: u32, status: Option<u16>) {
        let retry = RETRIES_MS.get(usize::try_from(attempt).unwrap_or(usize::MAX));
        match (status, retry) {
            (Some(200..=204 | 400 | 401 | 413), _) | (_, None) => {}
            (_, Some(wait)) => world.plan(*wait, self.number, Due::Grid(attempt + 1)),
        }
    }
}

/// The event as delivered: an array of one.
pub(crate) fn incoming_call(
    world: &mut World,
    call: &Call,
    display_name: Option<String>,
    headers: Option<BTreeMap<String, String>>,
) -> String {
    let to = call.to.first().cloned().unwrap_or_else(|| Identifier::Unknown(String::new()));
    let data = wire::IncomingCall {
        to: identity::loose(&to),
        from: identity::loose(&call.from),
        incoming_call_context: call.incoming_context.clone().unwrap_or_default(),
        server_call_id: Some(call.server_call_id.clone()),
        caller_display_name: Some(display_name.unwrap_or_default()),
        correlation_id: Some(call.correlation_id.clone()),
        custom_context: headers.map(|headers| custom_context(&call.from, headers)),
    };
    let subject = format!("/caller/{}/recipient/{}", call.from.raw_id(), to.raw_id());
    event(world, INCOMING_CALL, &subject, "1.0", data)
}

/// The handshake event that asks for `code` back.
pub(crate) fn validation(world: &mut World, code: &str) -> String {
    let data = wire::SubscriptionValidation { validation_code: code.to_owned(), validation_url: None };
    event(world, SUBSCRIPTION_VALIDATION, "", "2", data)
}

/// Headers of a phone are SIP headers, those of anybody else VoIP headers.
fn custom_context(from: &Identifier, headers: BTreeMap<String, String>) -> wire::CustomContext {
    if !matches!(from, Identifier::Phone(_)) {
        return wire::CustomContext { sip_headers: None, voip_headers: Some(headers) };
    }
    let rename = |(key, value): (String, String)| {
        let key = if key.eq_ignore_ascii_case("User-To-User") { "userToUser".to_owned() } else { key };
        (key, value)
    };
    wire::CustomContext {
        sip_headers: Some(headers.into_iter().map(rename).collect()),
        voip_headers: Some(BTreeMap::new()),
    }
}

fn event<D: serde::Serialize>(
    world: &mut World,
    event_type: &str,
    subject: &str,
    data_version: &str,
    data: D,
) -> String {
    let event = wire::GridEvent {
        id: world.ids.guid(),
        topic: Some(TOPIC.to_owned()),
        source: None,
        subject: Some(subject.to_owned()),
        event_type: Some(event_type.to_owned()),
        cloud_type: None,
        event_time: Some(world.time()),
        time: None,
        data_version: Some(data_version.to_owned()),
        metadata_version: Some("1".to_owned()),
        specversion: None,
        data,
    };
    serde_json::to_string(&[event]).unwrap_or_default()
}
