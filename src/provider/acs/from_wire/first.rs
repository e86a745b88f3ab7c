//! Webhooks of the first generations to the machine's: other envelopes, other names, members with capitals or without. What a type
//! means stands in `platform::generations`.

use crate::machine::command::OpRef;
use crate::machine::event::{Facts, Present, Said, Webhook, WebhookKind};
use crate::platform::codes::{self, Code};
use crate::platform::events::PREFIX;
use crate::platform::generations::{FirstEvent, state_of, status, tone_of};
use crate::platform::hidden::Hidden;
use crate::provider::acs::from_wire::bounded;
use crate::provider::acs::party;
use crate::provider::acs::wire::LooseIdentifier;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

/// Data of any of the events; those that carry capitals have lost them.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    #[serde(alias = "callLegId")]
    call_connection_id: Option<String>,
    #[serde(alias = "conversationId")]
    server_call_id: Option<String>,
    #[serde(alias = "callState")]
    call_connection_state: Option<String>,
    operation_context: Option<String>,
    result_info: Option<ResultInfo>,
    status: Option<String>,
    tone_info: Option<ToneInfo>,
    participants: Option<Vec<Participant>>,
    recording_id: Option<String>,
    state: Option<String>,
}

#[derive(Deserialize)]
struct ResultInfo {
    #[serde(default)]
    code: i32,
    #[serde(default, alias = "subCode")]
    subcode: i32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToneInfo {
    #[serde(default)]
    sequence_id: i64,
    #[serde(default)]
    tone: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Participant {
    #[serde(default)]
    identifier: LooseIdentifier,
    participant_id: Option<String>,
    #[serde(default)]
    is_muted: bool,
}

/// What an event of the first generations tells; `None` when it is of a later one. Rosters have one name in all of them: in those
/// of the first ones each participant has an id of its own, and there is no number.
pub(crate) fn tells(wire_type: &str, data: &str) -> Option<FirstEvent> {
    let event = FirstEvent::of(wire_type.strip_prefix(PREFIX)?)?;
    (event != FirstEvent::People || is_first_roster(data)).then_some(event)
}

/// Data of a roster as far as it tells the generations apart.
#[derive(Deserialize)]
struct Roster {
    #[serde(rename = "sequenceNumber")]
    number: Option<IgnoredAny>,
    #[serde(default, alias = "Participants")]
    participants: Vec<Numbered>,
}

#[derive(Deserialize)]
struct Numbered {
    #[serde(rename = "participantId", alias = "ParticipantId")]
    id: Option<IgnoredAny>,
}

fn is_first_roster(data: &str) -> bool {
    let roster = serde_json::from_str::<Roster>(data);
    roster.is_ok_and(|roster| roster.number.is_none() && roster.participants.iter().any(|one| one.id.is_some()))
}

/// Reads the data of one; `time` is the event's.
///
/// # Errors
/// When it has another shape than documented.
pub(crate) fn read(
    event: FirstEvent,
    wire_type: &str,
    data: &str,
    time: Option<&str>,
) -> Result<Webhook, serde_json::Error> {
    let data: Data = serde_json::from_value(without_capitals(serde_json::from_str(data)?))?;
    let people = data.participants.as_deref().unwrap_or_default();
    let numbers: Vec<(Hidden<String>, String)> = people
        .iter()
        .filter_map(|one| Some((Hidden(party::raw_id(&one.identifier)?), one.participant_id.clone()?)))
        .collect();
    let said = (!numbers.is_empty()).then(|| Box::new(Said { participants: numbers, ..Said::default() }));
    let code = data.result_info.as_ref().map_or(Code::default(), |result| Code::new(result.code, result.subcode));
    Ok(Webhook {
        op: data.operation_context.as_deref().and_then(OpRef::parse),
        code,
        facts: Facts {
            connection: data.call_connection_id.clone().filter(|id| !id.is_empty()),
            server_call: data.server_call_id.clone().filter(|id| !id.is_empty()),
            said,
            ..Facts::default()
        },
        kind: kind(event, data, code, time).unwrap_or_else(|| WebhookKind::Unknown { name: bounded(wire_type) }),
    })
}

/// What the machine makes of it; `None` where it says nothing that counts, as that a leg is being set up.
fn kind(event: FirstEvent, data: Data, code: Code, time: Option<&str>) -> Option<WebhookKind> {
    let is = |word: &str| data.status.as_deref().is_some_and(|status| status.eq_ignore_ascii_case(word));
    match event {
        FirstEvent::State => match state_of(data.call_connection_state.as_deref().unwrap_or_default()) {
            Some("connected") => Some(WebhookKind::LegConnected),
            Some("disconnected") => Some(WebhookKind::CallDisconnected),
            _ => None,
        },
        FirstEvent::Tone => data.tone_info.map(|info| WebhookKind::ContinuousDtmfRecognitionToneReceived {
            tone: Hidden(tone_of(&info.tone)),
            sequence: info.sequence_id,
        }),
        // A play that was cut off is told as completed, with the code of what was cancelled.
        FirstEvent::Played if code.sub == codes::CANCELLED.sub => Some(WebhookKind::PlayCanceled),
        FirstEvent::Played if is(status::RUNNING) => Some(WebhookKind::PlayStarted),
        FirstEvent::Played if is(status::COMPLETED) => Some(WebhookKind::PlayCompleted),
        FirstEvent::Played if is(status::FAILED) => Some(WebhookKind::PlayFailed),
        FirstEvent::Invited if is(status::COMPLETED) => Some(WebhookKind::AddParticipantSucceeded),
        FirstEvent::Invited if is(status::FAILED) => Some(WebhookKind::AddParticipantFailed),
        FirstEvent::Played | FirstEvent::Invited => None,
        FirstEvent::People => {
            let all = data.participants.unwrap_or_default();
            let people = all.iter().filter_map(|one| {
                Some(Present { id: party::raw_id(&one.identifier)?.into(), muted: one.is_muted, held: false })
            });
            Some(WebhookKind::ParticipantsUpdated { sequence: ticks(time), people: people.collect() })
        }
        FirstEvent::Recording => {
            let active = data.state.is_some_and(|state| state.eq_ignore_ascii_case("active"));
            Some(WebhookKind::RecordingStateChanged { recording: data.recording_id.unwrap_or_default(), active })
        }
    }
}

/// Rosters have no number of their own: the time of the event, in units of 100 ns, orders them.
fn ticks(time: Option<&str>) -> i64 {
    let time = time.and_then(|time| time.parse::<jiff::Timestamp>().ok());
    time.and_then(|time| i64::try_from(time.as_nanosecond() / 100).ok()).unwrap_or(0)
}

/// `CallLegId` is `callLegId`, at any depth.
fn without_capitals(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(name, value)| (lowered(&name), without_capitals(value)));
            Value::Object(members.collect::<Map<String, Value>>())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(without_capitals).collect()),
        plain => plain,
    }
}

fn lowered(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_lowercase().to_string() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use crate::machine::command::OpRef;
    use crate::machine::event::{Present, Webhook, WebhookKind};
    use crate::platform::codes::Code;
    use crate::platform::hidden::Hidden;
    use crate::platform::tones::Tone;
    use crate::provider::acs::from_wire::webhook::{Received, read};
    use serde_json::{Value, json};

    fn one(body: &Value) -> Received {
        let mut read = read(body.to_string().as_bytes()).expect("events");
        assert_eq!(read.len(), 1);
        read.remove(0).expect("it can be read")
    }

    /// In Event Grid's schema, as the private preview was seen to send them.
    fn grid(name: &str, kind: &str, data: Value) -> Webhook {
        let event = json!([{"id": "704a", "topic": null, "subject": format!("callLeg/leg/{kind}"), "data": data,
            "eventType": format!("Microsoft.Communication.{name}"), "eventTime": "2021-05-03T10:00:00.0000001Z",
            "metadataVersion": null, "dataVersion": null}]);
        let read = one(&event);
        assert_eq!(read.key, format!("callLeg/leg/{kind} 704a"));
        read.webhook
    }

    fn cloud(name: &str, data: Value) -> Webhook {
        one(&json!([{"id": "704a", "source": "calling/callConnections/leg/x", "specversion": "1.0",
            "type": format!("Microsoft.Communication.{name}"), "data": data, "time": "2021-07-03T10:00:00.0000002+00:00"}]))
        .webhook
    }

    #[test]
    fn states_with_and_without_capitals() {
        let established = json!({"ConversationId": "whole", "CallLegId": "leg", "CallState": "Established"});
        let webhook = grid("CallLegStateChanged", "callState", established);
        assert_eq!(webhook.kind, WebhookKind::LegConnected);
        assert_eq!(
            (webhook.facts.connection.as_deref(), webhook.facts.server_call.as_deref()),
            (Some("leg"), Some("whole"))
        );
        let over = json!({"conversationId": null, "callLegId": "leg", "callState": "terminated"});
        assert_eq!(grid("CallLegStateChanged", "callState", over).kind, WebhookKind::CallDisconnected);
        let state = |word: &str| {
            let data = json!({"serverCallId": "whole", "callConnectionId": "leg", "callConnectionState": word});
            cloud("CallConnectionStateChanged", data).kind
        };
        assert_eq!(
            (state("connected"), state("Disconnected")),
            (WebhookKind::LegConnected, WebhookKind::CallDisconnected)
        );
        for word in ["connecting", "disconnecting", "incoming", "hold"] {
            assert!(matches!(state(word), WebhookKind::Unknown { .. }), "{word}");
        }
    }

    #[test]
    fn keys() {
        let pressed =
            |tone, sequence| WebhookKind::ContinuousDtmfRecognitionToneReceived { tone: Hidden(tone), sequence };
        let old = json!({"ToneInfo": {"SequenceId": 4, "Tone": "Tone1"}, "CallLegId": "leg"});
        assert_eq!(grid("DtmfReceived", "dtmf", old).kind, pressed(Some(Tone::One), 4));
        for (name, tone) in [("star", Some(Tone::Asterisk)), ("tone0", Some(Tone::Zero)), ("flash", None)] {
            let data = json!({"toneInfo": {"sequenceId": 1, "tone": name}, "callConnectionId": "leg"});
            assert_eq!(cloud("ToneReceived", data).kind, pressed(tone, 1), "{name}");
        }
    }

    #[test]
    fn plays_and_invitations() {
        let told = |name: &str, status: &str, code: i32, sub: i32| {
            cloud(
                name,
                json!({"resultInfo": {"code": code, "subcode": sub, "message": "m"},
                "operationContext": "7.2", "status": status}),
            )
        };
        let webhook = told("PlayAudioResult", "completed", 200, 0);
        assert_eq!((webhook.op, webhook.code), (Some(OpRef { op: 7, attempt: 2 }), Code::new(200, 0)));
        assert_eq!(webhook.kind, WebhookKind::PlayCompleted);
        assert_eq!(told("PlayAudioResult", "running", 200, 0).kind, WebhookKind::PlayStarted);
        assert_eq!(told("PlayAudioResult", "failed", 500, 9999).kind, WebhookKind::PlayFailed);
        assert_eq!(told("AddParticipantResult", "completed", 200, 0).kind, WebhookKind::AddParticipantSucceeded);
        assert_eq!(told("AddParticipantResult", "failed", 486, 0).kind, WebhookKind::AddParticipantFailed);
        assert!(matches!(told("AddParticipantResult", "running", 0, 0).kind, WebhookKind::Unknown { .. }));
        let cut = json!({"ResultInfo": {"Code": 400, "Subcode": 8508, "Message": "m"}, "OperationContext": "7.2",
            "Status": "Completed", "CallLegId": "leg"});
        assert_eq!(grid("PlayAudioResult", "playAudio", cut).kind, WebhookKind::PlayCanceled);
        let invited = json!({"ResultInfo": {"Code": 200}, "OperationContext": "3.1", "Status": "Completed"});
        let webhook = grid("InviteParticipantResult", "inviteParticipantResult", invited);
        assert_eq!(webhook.kind, WebhookKind::AddParticipantSucceeded);
    }

    #[test]
    fn rosters_are_ordered_by_time_and_name_participants() {
        let ada = json!({"Identifier": {"RawId": null, "PhoneNumber": {"Value": "+16045550101"}}, "ParticipantId": "p-1",
            "IsMuted": true});
        let old =
            grid("ParticipantsUpdated", "participantsUpdated", json!({"CallLegId": "leg", "Participants": [ada]}));
        let bob = json!({"identifier": {"rawId": "8:acs:bob"}, "participantId": "p-2", "isMuted": false});
        let new = cloud("ParticipantsUpdated", json!({"callConnectionId": "leg", "participants": [bob]}));
        let people = |webhook: &Webhook| match &webhook.kind {
            WebhookKind::ParticipantsUpdated { sequence, people } => (*sequence, people.clone()),
            other => panic!("{other:?}"),
        };
        let present = |id: &str, muted| Present { id: id.to_owned().into(), muted, held: false };
        assert_eq!(people(&old), (16_200_360_000_000_001, vec![present("4:+16045550101", true)]));
        assert_eq!(people(&new), (16_253_064_000_000_002, vec![present("8:acs:bob", false)]));
        let known = |webhook: &Webhook| webhook.facts.beside().participants;
        assert_eq!(known(&old), [("4:+16045550101".into(), "p-1".to_owned())]);
        assert_eq!(known(&new), [("8:acs:bob".into(), "p-2".to_owned())]);
        // A later version's is numbered.
        let later = cloud("ParticipantsUpdated", json!({"sequenceNumber": 3, "participants": []}));
        assert_eq!(people(&later), (3, Vec::new()));
        // One that lacks its number is not ordered by its time: whatever came after it would count as older.
        let carol = json!({"identifier": {"rawId": "8:acs:carol"}, "isMuted": false});
        let unnumbered = cloud("ParticipantsUpdated", json!({"participants": [carol]}));
        assert_eq!(people(&unnumbered).0, 0);
    }

    #[test]
    fn recordings() {
        for (state, active) in [("active", true), ("Inactive", false)] {
            let data = json!({"recordingId": "rec", "state": state, "startDateTime": "2021-07-03T10:00:00Z", "serverCallId": "w"});
            let expected = WebhookKind::RecordingStateChanged { recording: "rec".to_owned(), active };
            assert_eq!(cloud("CallRecordingStateChanged", data).kind, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_says_no_more_than_where() {
        let body = json!([{"id": "1", "source": "s", "type": "Microsoft.Communication.ToneReceived",
            "data": {"toneInfo": {"tone": 5, "sequenceId": "secret"}}}]);
        let bad = read(body.to_string().as_bytes()).expect("events").remove(0).expect_err("it is no tone");
        assert!(
            bad.reason.starts_with("data: a member is missing") && !bad.reason.contains("secret"),
            "{}",
            bad.reason
        );
    }
}
