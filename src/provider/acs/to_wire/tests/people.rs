//! People added, removed, muted, moved, held, sent keys; recordings, streams and transcriptions.

use crate::machine::command::{Command, Media, There};
use crate::platform::tones::Tone;
use crate::provider::acs::to_wire::tests::{check, say};
use crate::provider::acs::wire;
use serde_json::{Value, json};

const CALL: &str = "/calling/callConnections/411f%2Fb0";

fn ada() -> String {
    "8:acs:a_b".to_owned()
}

fn ada_on_the_wire() -> Value {
    json!({"kind": "communicationUser", "rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}})
}

fn phone_on_the_wire() -> Value {
    json!({"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567"}})
}

#[test]
fn add_a_phone() {
    check::<wire::AddParticipant>(
        Command::Add {
            who: "+16041234567".into(),
            from: Some("+18001112222".into()),
            ring_for_ms: 20_000,
            headers: vec![("case".to_owned(), "7".into())],
        },
        "POST",
        &format!("{CALL}/participants:add"),
        json!({"participantToAdd": phone_on_the_wire(), "sourceCallerIdNumber": {"value": "+18001112222"},
            "invitationTimeoutInSeconds": 20, "operationContext": "7.2",
            "customCallingContext": {"sipHeaders": {"X-MS-Custom-case": "7"}}}),
    );
}

#[test]
fn add_a_user() {
    for (ring_for_ms, seconds) in [(1, 1), (400_000, 180)] {
        check::<wire::AddParticipant>(
            Command::Add { who: ada().into(), from: None, ring_for_ms, headers: vec![("case".to_owned(), "7".into())] },
            "POST",
            &format!("{CALL}/participants:add"),
            json!({"participantToAdd": ada_on_the_wire(), "invitationTimeoutInSeconds": seconds,
                "operationContext": "7.2", "customCallingContext": {"voipHeaders": {"case": "7"}}}),
        );
    }
}

#[test]
fn people_who_are_there() {
    let target = || json!({"targetParticipant": ada_on_the_wire(), "operationContext": "7.2"});
    check::<wire::CancelAddParticipant>(
        Command::CancelAdd { invitation: "7b42".to_owned() },
        "POST",
        &format!("{CALL}/participants:cancelAddParticipant"),
        json!({"invitationId": "7b42", "operationContext": "7.2"}),
    );
    check::<wire::RemoveParticipant>(
        Command::Remove { who: ada().into(), participant: None },
        "POST",
        &format!("{CALL}/participants:remove"),
        json!({"participantToRemove": ada_on_the_wire(), "operationContext": "7.2"}),
    );
    check::<wire::MuteParticipants>(
        Command::Mute { who: ada().into() },
        "POST",
        &format!("{CALL}/participants:mute"),
        json!({"targetParticipants": [ada_on_the_wire()], "operationContext": "7.2"}),
    );
    let there = There { who: ada().into(), connection: "other".to_owned() };
    check::<wire::MoveParticipants>(
        Command::Move { name: "agent".to_owned(), call: "c2".to_owned(), there: Some(there) },
        "POST",
        &format!("{CALL}/participants:moveHere"),
        json!({"targetParticipants": [ada_on_the_wire()], "fromCall": "other", "operationContext": "7.2"}),
    );
    for (command, verb) in [
        (Command::StartKeys { who: ada().into() }, ":startContinuousDtmfRecognition"),
        (Command::StopKeys { who: ada().into() }, ":stopContinuousDtmfRecognition"),
        (Command::Unhold { who: ada().into() }, ":unhold"),
    ] {
        check::<wire::Target>(command, "POST", &format!("{CALL}{verb}"), target());
    }
    check::<wire::Hold>(Command::Hold { who: ada().into(), music: None }, "POST", &format!("{CALL}:hold"), target());
    check::<wire::Hold>(
        Command::Hold { who: ada().into(), music: Some(Media::File { file: "music.wav".to_owned() }) },
        "POST",
        &format!("{CALL}:hold"),
        json!({"targetParticipant": ada_on_the_wire(), "operationContext": "7.2",
            "playSourceInfo": {"kind": "file", "file": {"uri": "https://app.example/media/music.wav"}}}),
    );
    check::<wire::SendDtmfTones>(
        Command::SendKeys { who: "+16041234567".into(), keys: vec![Tone::One, Tone::Asterisk, Tone::Pound].into() },
        "POST",
        &format!("{CALL}:sendDtmfTones"),
        json!({"tones": ["one", "asterisk", "pound"], "targetParticipant": phone_on_the_wire(),
            "operationContext": "7.2"}),
    );
}

#[test]
fn play_to_one() {
    check::<wire::Play>(
        Command::Play { media: vec![say("Hello")], to: vec![ada().into()], looped: false, interrupt: false },
        "POST",
        &format!("{CALL}:play"),
        json!({"playSources": [{"kind": "text", "text": {"text": "Hello", "voiceName": "en-US-NancyNeural"}}],
            "playTo": [ada_on_the_wire()], "interruptCallMediaOperation": false, "playOptions": {"loop": false},
            "operationContext": "7.2"}),
    );
}

#[test]
fn recordings_streams_and_transcriptions() {
    check::<wire::StartRecording>(
        Command::StartRecording,
        "POST",
        "/calling/recordings",
        json!({"callConnectionId": "411f/b0", "recordingStateCallbackUri": "https://app.example/callbacks/c1/mac",
            "recordingContentType": "audio", "recordingChannelType": "mixed", "recordingFormatType": "wav",
            "pauseOnStart": false}),
    );
    for (command, verb) in [
        (Command::StartStreaming, "startMediaStreaming"),
        (Command::StopStreaming, "stopMediaStreaming"),
        (Command::StopTranscription, "stopTranscription"),
    ] {
        check::<wire::Streaming>(command, "POST", &format!("{CALL}:{verb}"), json!({"operationContext": "7.2"}));
    }
    let locale = || "en-GB".to_owned();
    for (command, verb) in [
        (Command::StartTranscription { locale: locale() }, "startTranscription"),
        (Command::UpdateTranscription { locale: locale() }, "updateTranscription"),
    ] {
        let body = json!({"locale": "en-GB", "operationContext": "7.2"});
        check::<wire::Transcription>(command, "POST", &format!("{CALL}:{verb}"), body);
    }
}
