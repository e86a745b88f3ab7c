//! Every published example is read and written again as it stands.

use crate::provider::acs::wire;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// The published example of an operation.
macro_rules! example {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../tests/wire/", $name, ".json"))).expect("JSON")
    };
}

/// Reads a value as its wire type and writes it again: nothing may be lost or added.
fn same_again<T: DeserializeOwned + Serialize>(value: &Value) -> T {
    let typed: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
    assert_eq!(serde_json::to_value(&typed).expect("plain data"), *value);
    typed
}

#[test]
fn published_requests_read_back() {
    let body = |example: &Value, name: &str| example["parameters"][name].clone();
    let create: wire::CreateCall = same_again(&body(&example!("CreateCall"), "createCallRequest"));
    assert_eq!(create.targets.len(), 1);
    same_again::<wire::AnswerCall>(&body(&example!("AnswerCall"), "answerCallRequest"));
    same_again::<wire::RedirectCall>(&body(&example!("RedirectCall"), "redirectCallRequest"));
    same_again::<wire::RejectCall>(&body(&example!("RejectCall"), "rejectCallRequest"));
    same_again::<wire::Transfer>(&body(&example!("TransferToParticipant"), "transferToParticipantRequest"));
    let play: wire::Play = same_again(&body(&example!("Play"), "playRequest"));
    assert!(play.play_options.is_some_and(|options| options.looped));
    let recognize: wire::Recognize = same_again(&body(&example!("Recognize"), "recognizeRequest"));
    assert_eq!(recognize.recognize_options.dtmf_options.and_then(|keys| keys.max_tones_to_collect), Some(5));
}

#[test]
fn published_requests_about_people_and_recordings_read_back() {
    let body = |example: &Value, name: &str| example["parameters"][name].clone();
    same_again::<wire::ConnectCall>(&body(&example!("Connect"), "connectRequest"));
    same_again::<wire::AddParticipant>(&body(&example!("AddParticipant"), "addParticipantRequest"));
    same_again::<wire::CancelAddParticipant>(&body(&example!("CancelAddParticipant"), "cancelAddParticipantRequest"));
    same_again::<wire::RemoveParticipant>(&body(&example!("RemoveParticipant"), "removeParticipantRequest"));
    same_again::<wire::MuteParticipants>(&body(&example!("Mute"), "muteParticipantsRequest"));
    same_again::<wire::Hold>(&body(&example!("Hold"), "holdRequest"));
    same_again::<wire::Target>(&body(&example!("Unhold"), "unholdRequest"));
    same_again::<wire::SendDtmfTones>(&body(&example!("SendDtmfTones"), "sendDtmfTonesRequest"));
    for example in [example!("StartContinuousDtmfRecognition"), example!("StopContinuousDtmfRecognition")] {
        same_again::<wire::Target>(&body(&example, "continuousDtmfRecognitionRequest"));
    }
    // Null and absent are equal.
    let mut recording = body(&example!("StartRecording"), "startCallRecording");
    recording.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
    same_again::<wire::StartRecording>(&recording);
}

#[test]
fn published_answers_about_people_and_recordings_are_read() {
    let body = |example: &Value, status: &str| example["responses"][status]["body"].to_string();
    let added: wire::AddParticipantAnswer =
        serde_json::from_str(&body(&example!("AddParticipant"), "202")).expect("an answer");
    assert_eq!(added.invitation_id.as_deref(), Some("7b4244f8-d2ff-46d1-a629-4f9fb5f73d40"));
    let one: wire::CallParticipant =
        serde_json::from_str(&body(&example!("GetParticipant"), "200")).expect("a participant");
    assert!(one.identifier.communication_user.is_some() && !one.is_muted);
    let all: wire::Participants = serde_json::from_str(&body(&example!("GetParticipants"), "200")).expect("a list");
    assert!(all.value.len() == 1 && all.value[0].is_muted);
    let recording: wire::RecordingState = same_again(&example!("StartRecording")["responses"]["200"]["body"]);
    assert_eq!(recording.recording_state.as_deref(), Some("inactive"));
}

#[test]
fn published_responses_read_back() {
    for (example, status) in
        [(example!("CreateCall"), "201"), (example!("AnswerCall"), "200"), (example!("GetCall"), "200")]
    {
        same_again::<wire::CallConnectionProperties>(&example["responses"][status]["body"]);
    }
    same_again::<wire::ContextAnswer>(&example!("TransferToParticipant")["responses"]["202"]["body"]);
}

#[test]
fn statuses_are_those_of_the_table() {
    use crate::platform::operations::Operation;
    for (example, operation) in [
        (example!("CreateCall"), Operation::CreateCall),
        (example!("AnswerCall"), Operation::AnswerCall),
        (example!("RedirectCall"), Operation::RedirectCall),
        (example!("RejectCall"), Operation::RejectCall),
        (example!("GetCall"), Operation::GetCall),
        (example!("HangupCall"), Operation::HangUp),
        (example!("TerminateCall"), Operation::Terminate),
        (example!("TransferToParticipant"), Operation::Transfer),
        (example!("Play"), Operation::Play),
        (example!("Recognize"), Operation::Recognize),
        (example!("CancelAllMediaOperations"), Operation::CancelMedia),
        (example!("Connect"), Operation::Connect),
        (example!("AddParticipant"), Operation::AddParticipant),
        (example!("CancelAddParticipant"), Operation::CancelAddParticipant),
        (example!("RemoveParticipant"), Operation::RemoveParticipant),
        (example!("Mute"), Operation::MuteParticipant),
        (example!("GetParticipant"), Operation::GetParticipant),
        (example!("GetParticipants"), Operation::ListParticipants),
        (example!("Hold"), Operation::Hold),
        (example!("Unhold"), Operation::Unhold),
        (example!("SendDtmfTones"), Operation::SendKeys),
        (example!("StartContinuousDtmfRecognition"), Operation::StartKeys),
        (example!("StopContinuousDtmfRecognition"), Operation::StopKeys),
        (example!("StartRecording"), Operation::StartRecording),
        (example!("StopRecording"), Operation::StopRecording),
        (example!("PauseRecording"), Operation::PauseRecording),
        (example!("ResumeRecording"), Operation::ResumeRecording),
    ] {
        let statuses: Vec<String> =
            example["responses"].as_object().into_iter().flatten().map(|(status, _)| status.clone()).collect();
        assert_eq!(statuses, [operation.row().success.to_string()], "{operation:?}");
    }
}

#[test]
fn published_incoming_calls_are_read_in_both_schemas() {
    for (example, own) in
        [(example!("incoming_call.event_grid"), true), (example!("incoming_call.cloud_events"), false)]
    {
        let event: wire::GridEvent<wire::IncomingCall> = serde_json::from_value(example.clone()).expect("an event");
        let (name, time) = if own { (event.event_type, event.event_time) } else { (event.cloud_type, event.time) };
        assert_eq!(name.as_deref(), Some(crate::platform::events::INCOMING_CALL));
        assert_eq!(time.as_deref(), Some("2023-04-04T17:18:42.5542219Z"));
        assert_eq!(event.data.incoming_call_context, "{incoming-call-contextValue}");
        assert_eq!(event.data.from.raw_id.as_deref(), Some("{caller-id}"));
        let headers = event.data.custom_context.and_then(|context| context.sip_headers).expect("headers");
        assert_eq!(headers.get("X-MS-Custom-myheader1").map(String::as_str), Some("35567842"));
    }
}
