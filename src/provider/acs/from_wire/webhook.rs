//! The body of a mid-call webhook, an array of CloudEvents, to the machine's webhooks.

use crate::machine::command::OpRef;
use crate::machine::event::{Facts, Heard, Webhook, WebhookKind};
use crate::platform::codes::Code;
use crate::platform::events;
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use crate::provider::acs::from_wire::{
    BodyError, NAME_CHARS, Unreadable, bounded, elements, fingerprint, first, part, place,
};
use crate::provider::acs::party;
use crate::provider::acs::wire;
use serde::Deserialize;
use serde_json::value::RawValue;

/// One webhook that could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The same at each delivery of the same event, different for every other event of the call.
    pub key: String,
    /// What it says.
    pub webhook: Webhook,
}

/// The envelope; what is not asked for may be missing.
#[derive(Deserialize)]
struct Envelope<'a> {
    id: Option<String>,
    source: Option<String>,
    #[serde(rename = "type")]
    wire_type: Option<String>,
    time: Option<String>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

/// The envelope of the oldest api-versions: Event Grid's own schema.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GridEnvelope {
    subject: Option<String>,
    event_type: Option<String>,
    event_time: Option<String>,
}

impl GridEnvelope {
    /// What it says, in the places that an envelope of later versions has for it.
    fn fill<'a>(self, envelope: Envelope<'a>) -> Envelope<'a> {
        Envelope { source: self.subject, wire_type: self.event_type, time: self.event_time, ..envelope }
    }
}

/// Reads a body, each element by itself: one that cannot be read does not spoil the others.
///
/// # Errors
/// When the body is no array or object, or nests too deep.
pub fn read(body: &[u8]) -> Result<Vec<Result<Received, Unreadable>>, BodyError> {
    Ok(elements(body)?.into_iter().map(element).collect())
}

fn element(raw: &RawValue) -> Result<Received, Unreadable> {
    let unreadable = |wire_type: &str, reason| Unreadable { wire_type: bounded(wire_type), reason };
    let mut envelope: Envelope = part("envelope", raw).map_err(|reason| unreadable("", reason))?;
    if envelope.wire_type.is_none()
        && let Ok(grid) = part::<GridEnvelope>("envelope", raw)
    {
        envelope = grid.fill(envelope);
    }
    let wire_type = envelope.wire_type.as_deref().unwrap_or_default();
    if wire_type.is_empty() {
        return Err(unreadable("", "envelope: `type` is missing".to_owned()));
    }
    if let Some((event, data)) = envelope.data.and_then(|raw| Some((first::tells(wire_type, raw.get())?, raw))) {
        let read = first::read(event, wire_type, data.get(), envelope.time.as_deref());
        let webhook = read.map_err(|error| unreadable(wire_type, format!("data: {}", place(&error))))?;
        return Ok(Received { key: key(&envelope, wire_type, &wire::EventData::default()), webhook });
    }
    let known = events::Webhook::from_wire_type(wire_type);
    let read = envelope.data.map_or(Err("data: missing".to_owned()), |raw| part::<wire::EventData>("data", raw));
    let data = match (read, known) {
        (Ok(data), _) => data,
        (Err(_), None) => wire::EventData::default(),
        (Err(reason), Some(_)) => return Err(unreadable(wire_type, reason)),
    };
    let key = key(&envelope, wire_type, &data);
    let webhook = Webhook {
        op: data.operation_context.as_deref().and_then(OpRef::parse),
        code: code(&data),
        facts: Facts {
            connection: data.call_connection_id.clone().filter(|id| !id.is_empty()),
            server_call: data.server_call_id.clone(),
            correlation: data.correlation_id.clone(),
            ..Facts::default()
        },
        kind: kind(known, wire_type, data),
    };
    Ok(Received { key, webhook })
}

/// Source and id name an event. Without an id, what it is about has to.
fn key(envelope: &Envelope, wire_type: &str, data: &wire::EventData) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let (source, id) = (text(&envelope.source), text(&envelope.id));
    if id.is_empty() {
        let about = [&text(&data.operation_context), &text(&data.call_connection_id), &text(&envelope.time)];
        return fingerprint(&[wire_type, about[0], about[1], about[2]]);
    }
    let key = format!("{source} {id}");
    if key.len() > NAME_CHARS { fingerprint(&[&source, &id]) } else { key }
}

fn code(data: &wire::EventData) -> Code {
    data.result_information.as_ref().map_or(Code::default(), |result| Code::new(result.code, result.sub_code))
}

fn kind(known: Option<events::Webhook>, wire_type: &str, data: wire::EventData) -> WebhookKind {
    let Some(known) = known else {
        return WebhookKind::Unknown { name: bounded(wire_type) };
    };
    match known {
        events::Webhook::AddParticipantFailed => WebhookKind::AddParticipantFailed,
        events::Webhook::AddParticipantSucceeded => WebhookKind::AddParticipantSucceeded,
        events::Webhook::AnswerFailed => WebhookKind::AnswerFailed,
        events::Webhook::CallConnected => WebhookKind::CallConnected,
        events::Webhook::CallDisconnected => WebhookKind::CallDisconnected,
        events::Webhook::CallTransferAccepted => WebhookKind::CallTransferAccepted,
        events::Webhook::CallTransferFailed => WebhookKind::CallTransferFailed,
        events::Webhook::CancelAddParticipantFailed => WebhookKind::CancelAddParticipantFailed,
        events::Webhook::CancelAddParticipantSucceeded => WebhookKind::CancelAddParticipantSucceeded,
        events::Webhook::ConnectFailed => WebhookKind::ConnectFailed,
        events::Webhook::ContinuousDtmfRecognitionStopped => WebhookKind::ContinuousDtmfRecognitionStopped,
        events::Webhook::ContinuousDtmfRecognitionToneFailed => WebhookKind::ContinuousDtmfRecognitionToneFailed,
        events::Webhook::ContinuousDtmfRecognitionToneReceived => pressed(data),
        events::Webhook::CreateCallFailed => WebhookKind::CreateCallFailed,
        events::Webhook::HoldFailed => WebhookKind::HoldFailed,
        events::Webhook::MediaStreamingFailed => WebhookKind::MediaStreamingFailed,
        events::Webhook::MediaStreamingStarted => WebhookKind::MediaStreamingStarted,
        events::Webhook::MediaStreamingStopped => WebhookKind::MediaStreamingStopped,
        events::Webhook::MoveParticipantFailed => WebhookKind::MoveParticipantFailed,
        events::Webhook::MoveParticipantSucceeded => {
            WebhookKind::MoveParticipantSucceeded { who: data.participant.as_ref().and_then(party::raw_id).map(Hidden) }
        }
        events::Webhook::ParticipantsUpdated => participants(data),
        events::Webhook::PlayCanceled => WebhookKind::PlayCanceled,
        events::Webhook::PlayCompleted => WebhookKind::PlayCompleted,
        events::Webhook::PlayFailed => WebhookKind::PlayFailed,
        events::Webhook::PlayStarted => WebhookKind::PlayStarted,
        events::Webhook::RecognizeCanceled => WebhookKind::RecognizeCanceled,
        events::Webhook::RecognizeCompleted => WebhookKind::RecognizeCompleted(heard(data)),
        events::Webhook::RecognizeFailed => WebhookKind::RecognizeFailed,
        events::Webhook::RecordingStateChanged => recording(data),
        events::Webhook::RemoveParticipantFailed => WebhookKind::RemoveParticipantFailed,
        events::Webhook::RemoveParticipantSucceeded => WebhookKind::RemoveParticipantSucceeded,
        events::Webhook::SendDtmfTonesCompleted => WebhookKind::SendDtmfTonesCompleted,
        events::Webhook::SendDtmfTonesFailed => WebhookKind::SendDtmfTonesFailed,
        events::Webhook::StartRecordingFailed => WebhookKind::StartRecordingFailed,
        events::Webhook::TranscriptionFailed => WebhookKind::TranscriptionFailed,
        events::Webhook::TranscriptionStarted => WebhookKind::TranscriptionStarted,
        events::Webhook::TranscriptionStopped => WebhookKind::TranscriptionStopped,
        events::Webhook::TranscriptionUpdated => WebhookKind::TranscriptionUpdated,
    }
}

fn pressed(data: wire::EventData) -> WebhookKind {
    let inner = data.tone_info.unwrap_or_default();
    let tone = data.tone.or(inner.tone);
    WebhookKind::ContinuousDtmfRecognitionToneReceived {
        tone: Hidden(tone.as_deref().and_then(Tone::from_wire_name)),
        sequence: data.sequence_id.or(inner.sequence_id).unwrap_or(0),
    }
}

fn participants(data: wire::EventData) -> WebhookKind {
    let all = data.participants.unwrap_or_default();
    let people = all.iter().filter_map(party::present).collect();
    WebhookKind::ParticipantsUpdated { sequence: data.sequence_number.unwrap_or(0), people }
}

fn recording(data: wire::EventData) -> WebhookKind {
    let active = data.state.is_some_and(|state| state.eq_ignore_ascii_case("active"));
    WebhookKind::RecordingStateChanged { recording: data.recording_id.unwrap_or_default(), active }
}

/// The result that `recognitionType` announces; whichever is there where it announces none that is known.
fn heard(data: wire::EventData) -> Heard {
    let tones = data.dtmf_result.map(|result| tones(&result.tones));
    let choice = data.choice_result.map(|result| Heard::Choice(result.label));
    let speech = data.speech_result.map(|result| Heard::Speech(result.speech.into()));
    let announced = match data.recognition_type.as_deref() {
        Some("dtmf") => tones,
        Some("choices") => choice,
        Some("speech") => speech,
        _ => choice.or(tones).or(speech),
    };
    announced.unwrap_or(Heard::Nothing)
}

/// The tones by name; nothing where one of them has a name that no key has.
fn tones(names: &[String]) -> Heard {
    let tones: Option<Vec<Tone>> = names.iter().map(|name| Tone::from_wire_name(name)).collect();
    tones.map_or(Heard::Nothing, |tones| Heard::Tones(Hidden(tones)))
}

#[cfg(test)]
mod tests {
    use crate::machine::command::OpRef;
    use crate::machine::event::{Facts, Heard, Present, WebhookKind};
    use crate::platform::codes::Code;
    use crate::platform::events::WEBHOOKS;
    use crate::platform::hidden::Hidden;
    use crate::platform::tones::Tone;
    use crate::provider::acs::from_wire::webhook::{Received, read};
    use crate::provider::acs::from_wire::{BodyError, Unreadable};
    use serde_json::{Value, json};

    fn event(name: &str, data: Value) -> Value {
        json!({"id": "704a", "source": "calling/callConnections/411f", "subject": "calling/callConnections/411f",
            "type": format!("Microsoft.Communication.{name}"), "data": data, "time": "2026-11-20T14:00:00.4300007+00:00",
            "specversion": "1.0", "datacontenttype": "application/json"})
    }

    fn all(body: &Value) -> Vec<Result<Received, Unreadable>> {
        read(body.to_string().as_bytes()).unwrap()
    }

    fn only(body: &Value) -> Received {
        let mut read = all(body);
        assert_eq!(read.len(), 1);
        read.remove(0).unwrap()
    }

    fn heard(data: Value) -> WebhookKind {
        only(&event("RecognizeCompleted", data)).webhook.kind
    }

    #[test]
    fn a_whole_webhook() {
        let data = json!({"callConnectionId": "411f", "serverCallId": "aHR0", "correlationId": "b880",
            "operationContext": "7.2", "eventSource": "ignored", "resultInformation":
            {"code": 400, "subCode": 8508, "message": "", "sipDetails": {"code": 1}}});
        let read = only(&json!([event("PlayCanceled", data)]));
        assert_eq!(read.key, "calling/callConnections/411f 704a");
        assert_eq!(read.webhook.op, Some(OpRef { op: 7, attempt: 2 }));
        assert_eq!(read.webhook.code, Code::new(400, 8508));
        assert_eq!(read.webhook.kind, WebhookKind::PlayCanceled);
        let facts = read.webhook.facts;
        assert_eq!(
            [facts.connection, facts.server_call, facts.correlation],
            ["411f", "aHR0", "b880"].map(|t| Some(t.to_owned()))
        );
    }

    #[test]
    fn every_type_of_the_catalogue_is_known_without_any_data() {
        for (webhook, name) in WEBHOOKS {
            let kind = only(&event(name, json!({"operationContext": null, "resultInformation": null}))).webhook.kind;
            assert!(!matches!(kind, WebhookKind::Unknown { .. }), "{webhook:?}");
            let written = serde_json::to_value(&kind).unwrap();
            let written = written
                .as_str()
                .map_or_else(|| written.as_object().unwrap().keys().next().unwrap().clone(), str::to_owned);
            assert_eq!(written.replace('_', ""), name.to_lowercase());
        }
    }

    #[test]
    fn contexts_of_others_are_no_operations() {
        for context in [json!("welcome"), json!(null), json!("")] {
            let read = only(&event("PlayCompleted", json!({"operationContext": context})));
            assert_eq!((read.webhook.op, read.webhook.code), (None, Code::default()));
            assert_eq!(read.webhook.facts, Facts::default());
        }
    }

    #[test]
    fn what_was_heard() {
        let tones = json!({"tones": ["one", "TWO", "pound"]});
        for (data, expected) in [
            (
                json!({"recognitionType": "dtmf", "dtmfResult": tones}),
                Heard::Tones(vec![Tone::One, Tone::Two, Tone::Pound].into()),
            ),
            (json!({"recognitionType": "dtmf", "dtmfResult": {"tones": []}}), Heard::Tones(Vec::new().into())),
            (json!({"recognitionType": "dtmf", "dtmfResult": {"tones": ["flash"]}}), Heard::Nothing),
            (
                json!({"recognitionType": "choices", "choiceResult": {"label": "sales", "recognizedPhrase": null}, "dtmfResult": tones}),
                Heard::Choice("sales".to_owned()),
            ),
            (
                json!({"recognitionType": "speech", "speechResult": {"speech": "I would", "confidence": 0.9}}),
                Heard::Speech("I would".into()),
            ),
            (json!({"choiceResult": {"label": "sales"}}), Heard::Choice("sales".to_owned())),
            (json!({"recognitionType": "choices"}), Heard::Nothing),
            (json!({}), Heard::Nothing),
        ] {
            assert_eq!(heard(data.clone()), WebhookKind::RecognizeCompleted(expected), "{data}");
        }
    }

    #[test]
    fn a_roster() {
        let data = json!({"sequenceNumber": 3, "participants": [
            {"identifier": {"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567", "isAnonymous": false}},
             "isMuted": false, "isOnHold": true, "new": 1},
            {"identifier": {"communicationUser": {"id": "8:acs:a"}}}]});
        let present = |id: &str, held| Present { id: id.to_owned().into(), muted: false, held };
        let people = vec![present("4:+16041234567", true), present("8:acs:a", false)];
        let kind = only(&event("ParticipantsUpdated", data)).webhook.kind;
        assert_eq!(kind, WebhookKind::ParticipantsUpdated { sequence: 3, people });
    }

    #[test]
    fn keys_recordings_and_people_who_moved() {
        let kind = |name: &str, data: Value| only(&event(name, data)).webhook.kind;
        let name = "ContinuousDtmfRecognitionToneReceived";
        for (key, tone) in [("asterisk", Some(Tone::Asterisk)), ("Seven", Some(Tone::Seven)), ("flash", None)] {
            let pressed = json!({"operationContext": "4.1", "sequenceId": 3, "tone": key});
            let inner = json!({"operationContext": "4.1", "toneInfo": {"sequenceId": 3, "tone": key}});
            let expected = WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(tone), sequence: 3 };
            assert_eq!(kind(name, pressed), expected);
            assert_eq!(kind(name, inner), expected);
        }
        for (state, active) in [("active", true), ("inactive", false)] {
            let data = json!({"recordingId": "eyJ", "state": state, "startDateTime": "2026-11-20T14:00:00Z",
                "recordingKind": "azureCommunicationServices"});
            let expected = WebhookKind::RecordingStateChanged { recording: "eyJ".to_owned(), active };
            assert_eq!(kind("RecordingStateChanged", data), expected);
        }
        let moved = json!({"participant": {"rawId": "8:acs:ada"}, "fromCall": "other"});
        let expected = WebhookKind::MoveParticipantSucceeded { who: Some("8:acs:ada".into()) };
        assert_eq!(kind("MoveParticipantSucceeded", moved), expected);
    }

    #[test]
    fn unknown_types_are_kept_by_name_whatever_their_data() {
        for data in [json!({"operationContext": "7.1"}), json!({"participants": 7}), json!(null)] {
            let read = only(&event("ParticipantDanced", data));
            let name = "Microsoft.Communication.ParticipantDanced".to_owned();
            assert_eq!(read.webhook.kind, WebhookKind::Unknown { name });
        }
    }

    #[test]
    fn one_bad_element_does_not_spoil_the_others() {
        let secret = "+441632960100";
        let read = all(&json!([
            event("CallConnected", json!({})),
            event("PlayFailed", json!({"callConnectionId": 7, "operationContext": secret})),
            {"id": "1", "source": "s"},
            secret,
            event("PlayCompleted", json!(null)),
            event("CallDisconnected", json!({})),
        ]));
        let kinds: Vec<_> = read.iter().map(|one| one.as_ref().map(|read| read.webhook.kind.clone())).collect();
        assert_eq!(kinds[0], Ok(WebhookKind::CallConnected));
        assert_eq!(kinds[5], Ok(WebhookKind::CallDisconnected));
        let bad: Vec<&Unreadable> = kinds[1..5].iter().map(|one| one.as_ref().unwrap_err().to_owned()).collect();
        assert_eq!(bad[0].wire_type, "Microsoft.Communication.PlayFailed");
        assert!(bad[0].reason.starts_with("data: a member is missing"), "{}", bad[0].reason);
        assert!(bad.iter().all(|one| !one.reason.contains(secret)), "{bad:?}");
    }

    #[test]
    fn keys_tell_events_apart() {
        let without_id = |time: &str, context: &str| {
            let mut event = event("PlayCompleted", json!({"operationContext": context, "callConnectionId": "411f"}));
            event["id"] = json!("");
            event["time"] = json!(time);
            only(&event).key
        };
        assert_eq!(without_id("t1", "1.1"), without_id("t1", "1.1"));
        assert_ne!(without_id("t1", "1.1"), without_id("t2", "1.1"));
        assert_ne!(without_id("t1", "1.1"), without_id("t1", "2.1"));
        let mut long = event("PlayCompleted", json!({}));
        long["source"] = json!("s".repeat(5000));
        assert_eq!(only(&long).key.len(), 64);
    }

    #[test]
    fn bodies_that_are_no_events() {
        assert_eq!(read(b"[]"), Ok(Vec::new()));
        assert!(matches!(read(b"hello"), Err(BodyError::NotEvents(_))));
        let deep = format!(r#"[{{"data":{}{}}}]"#, "[".repeat(31), "]".repeat(31));
        assert_eq!(read(deep.as_bytes()), Err(BodyError::TooDeep));
    }
}
