//! The events of the first generations, made of those of the newest version: fewer of them, in their own clothes.

use crate::emulator::answer::Refusal;
use crate::emulator::call::Call;
use crate::emulator::effect::Effect;
use crate::emulator::first::body::Body;
use crate::emulator::first::participant_id;
use crate::emulator::notify::Reply;
use crate::emulator::world::World;
use crate::platform::codes;
use crate::platform::events::{PREFIX, Webhook};
use crate::platform::generations::{self, Dress, FirstEvent, Form, Generation, Means, status};
use crate::platform::tones::Tone;
use crate::provider::acs::wire;
use serde_json::{Map, Value, json};

/// What a leg asked to be told.
#[derive(Clone, Debug)]
pub(crate) struct Subscribed {
    generation: Generation,
    people: bool,
    keys: bool,
    /// The number of the newest tone.
    tones: i64,
}

impl Subscribed {
    /// Reads what create and join ask for.
    pub(crate) fn read(generation: Generation, form: &Form, body: &Body) -> Result<Subscribed, Refusal> {
        body.words(form, Means::MediaTypes, &["audio", "video"])?;
        let events = body.words(form, Means::Events, &["participantsUpdated", "dtmfReceived"])?;
        let wants = |event: &str| events.iter().any(|wanted| wanted == event);
        Ok(Subscribed { generation, people: wants("participantsUpdated"), keys: wants("dtmfReceived"), tones: 0 })
    }

    /// Whether keys are told.
    pub(crate) fn hears_keys(&self) -> bool {
        self.keys
    }

    /// The number of the next tone.
    pub(crate) fn next_tone(&mut self) -> i64 {
        self.tones += 1;
        self.tones
    }
}

impl Call {
    /// A leg is being set up. Of which call it will be is not told yet.
    pub(crate) fn leg_begins(&self, world: &mut World, leg: usize) {
        let Some((id, subscribed)) = self.subscribed(leg) else { return };
        let names = subscribed.generation.names();
        let mut data = json!({ names.leg: id, names.state: generations::state(names, "connecting") });
        if names.dress == Dress::GridCapitals {
            data[names.call] = Value::Null;
        }
        self.send_first(world, Webhook::CallConnected, &Reply { leg, ..Reply::default() }, FirstEvent::State, data, 0);
    }

    fn subscribed(&self, leg: usize) -> Option<(&str, &Subscribed)> {
        let leg = self.legs.get(leg)?;
        Some((leg.id.as_str(), leg.first.as_ref()?))
    }

    /// What a webhook of the newest version is to a leg of the first generations: nothing, an event, or two.
    pub(crate) fn notify_first(&self, world: &mut World, webhook: Webhook, reply: &Reply, data: &wire::EventData) {
        let Some((leg, subscribed)) = self.subscribed(reply.leg) else { return };
        let names = subscribed.generation.names();
        let state = |word: &str| json!({ names.call: self.server_call_id, names.leg: leg, names.state: generations::state(names, word) });
        let result = |status: &str| {
            let mut result = json!({ "resultInfo": result(data), "status": status });
            if let Some(context) = &reply.context {
                result["operationContext"] = json!(context);
            }
            result
        };
        let told = match webhook {
            Webhook::CallConnected => vec![(FirstEvent::State, state("connected"))],
            Webhook::CallDisconnected => {
                vec![(FirstEvent::State, state("disconnecting")), (FirstEvent::State, state("disconnected"))]
            }
            Webhook::ContinuousDtmfRecognitionToneReceived if subscribed.keys => {
                let tone = data.tone.as_deref().and_then(Tone::from_wire_name).map(generations::tone);
                let info = json!({ "sequenceId": data.sequence_id, "tone": tone });
                vec![(FirstEvent::Tone, json!({ "toneInfo": info, names.leg: leg }))]
            }
            Webhook::PlayStarted => vec![(FirstEvent::Played, result(status::RUNNING))],
            // One that was cut off is told as completed; the code says what happened.
            Webhook::PlayCompleted | Webhook::PlayCanceled => vec![(FirstEvent::Played, result(status::COMPLETED))],
            Webhook::PlayFailed => vec![(FirstEvent::Played, result(status::FAILED))],
            Webhook::AddParticipantSucceeded => vec![(FirstEvent::Invited, result(status::COMPLETED))],
            Webhook::AddParticipantFailed => vec![(FirstEvent::Invited, result(status::FAILED))],
            Webhook::ParticipantsUpdated if subscribed.people => {
                let people: Vec<Value> = data.participants.iter().flatten().map(participant).collect();
                vec![(FirstEvent::People, json!({ names.leg: leg, "participants": people }))]
            }
            Webhook::RecordingStateChanged => vec![(
                FirstEvent::Recording,
                json!({ "recordingId": data.recording_id, "state": data.state, "startDateTime": data.start_date_time,
                    names.call: self.server_call_id }),
            )],
            // What was not asked for, and what these generations have no event for.
            Webhook::AnswerFailed
            | Webhook::CallTransferAccepted
            | Webhook::CallTransferFailed
            | Webhook::CancelAddParticipantFailed
            | Webhook::CancelAddParticipantSucceeded
            | Webhook::ConnectFailed
            | Webhook::ContinuousDtmfRecognitionStopped
            | Webhook::ContinuousDtmfRecognitionToneFailed
            | Webhook::ContinuousDtmfRecognitionToneReceived
            | Webhook::CreateCallFailed
            | Webhook::HoldFailed
            | Webhook::MediaStreamingFailed
            | Webhook::MediaStreamingStarted
            | Webhook::MediaStreamingStopped
            | Webhook::MoveParticipantFailed
            | Webhook::MoveParticipantSucceeded
            | Webhook::ParticipantsUpdated
            | Webhook::RecognizeCanceled
            | Webhook::RecognizeCompleted
            | Webhook::RecognizeFailed
            | Webhook::RemoveParticipantFailed
            | Webhook::RemoveParticipantSucceeded
            | Webhook::SendDtmfTonesCompleted
            | Webhook::SendDtmfTonesFailed
            | Webhook::StartRecordingFailed
            | Webhook::TranscriptionFailed
            | Webhook::TranscriptionStarted
            | Webhook::TranscriptionStopped
            | Webhook::TranscriptionUpdated => Vec::new(),
        };
        for (event, data_of_it) in told {
            self.send_first(world, webhook, reply, event, data_of_it, data.sequence_number.unwrap_or(0));
        }
    }

    /// Sends one. Rosters have no number: `order`, in units of 100 ns on top of the time, keeps those of one moment apart.
    fn send_first(
        &self,
        world: &mut World,
        webhook: Webhook,
        reply: &Reply,
        event: FirstEvent,
        mut data: Value,
        order: i64,
    ) {
        let Some((leg, subscribed)) = self.subscribed(reply.leg) else { return };
        let names = subscribed.generation.names();
        let Some(name) = names.event(event) else { return };
        // The private preview says it here too; what is published since does not.
        if names.dress == Dress::GridCapitals && matches!(event, FirstEvent::Played | FirstEvent::Invited) {
            data[names.leg] = json!(leg);
        }
        let (id, time) = (world.ids.guid(), ordered(&world.time(), order));
        let place = format!("{}{leg}/{}", names.source, name.kind);
        let event_type = format!("{PREFIX}{}", name.name);
        let event = match names.dress {
            Dress::Cloud => json!({ "id": id, "source": place, "type": event_type, "data": data, "time": time,
                "specversion": "1.0", "datacontenttype": "application/json" }),
            Dress::Grid | Dress::GridCapitals => {
                let data = if names.dress == Dress::Grid { data } else { with_capitals(data) };
                json!({ "id": id, "topic": null, "subject": place, "data": data, "eventType": event_type,
                    "eventTime": time, "dataVersion": null, "metadataVersion": null })
            }
        };
        let url = reply.callback.clone().unwrap_or_else(|| self.legs[reply.leg].callback.clone());
        let body = json!([event]).to_string();
        world.effects.push(Effect::Webhook { call: self.number, url, name: webhook.name(), body });
    }
}

fn result(data: &wire::EventData) -> Value {
    let result = data.result_information.clone().unwrap_or_default();
    let (code, sub) = if result.code == 0 { (codes::OK.code, codes::OK.sub) } else { (result.code, result.sub_code) };
    json!({ "code": code, "subcode": sub, "message": result.message.unwrap_or_default() })
}

/// Somebody, as they were shown before identifiers had kinds.
fn participant(one: &wire::CallParticipant) -> Value {
    let mut identifier = serde_json::to_value(&one.identifier).unwrap_or_default();
    if let Some(members) = identifier.as_object_mut() {
        members.remove("kind");
        members.remove("microsoftTeamsApp");
    }
    let id = one.identifier.raw_id.as_deref().map(participant_id);
    json!({ "identifier": identifier, "participantId": id, "isMuted": one.is_muted })
}

/// A time with four digits of its own at the end; the cloud counts in milliseconds.
fn ordered(time: &str, order: i64) -> String {
    match time.strip_suffix("0000Z") {
        Some(whole) => format!("{whole}{:04}Z", order.rem_euclid(10_000)),
        None => time.to_owned(),
    }
}

/// `callLegId` is `CallLegId`, at any depth; so are the words of states, statuses and tones.
fn with_capitals(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let capital = |(name, value): (String, Value)| {
                let value = match value {
                    Value::String(word) if matches!(name.as_str(), "callState" | "status" | "tone") => {
                        Value::String(raised(&word))
                    }
                    other => with_capitals(other),
                };
                (raised(&name), value)
            };
            Value::Object(members.into_iter().map(capital).collect::<Map<String, Value>>())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(with_capitals).collect()),
        plain => plain,
    }
}

fn raised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}
