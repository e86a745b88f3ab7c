//! Requests to the first generations, as their contract has them.

use crate::language::flow::state::Locator;
use crate::machine::command::{Command, Listen, Media, OpRef};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use crate::provider::Request;
use crate::provider::acs::to_wire::first::before;
use crate::provider::acs::to_wire::{Error, Site, to_wire};
use serde_json::{Value, json};

const ADA: &str = "4:+16045550101";

fn site(version: &str) -> Site {
    Site {
        api_version: version.to_owned(),
        ai_endpoint: None,
        streaming_url: None,
        transcription_url: None,
        public_url: "https://app.example".to_owned(),
        calling_user: Some("8:acs:app_user".to_owned()),
    }
}

fn request(command: Command) -> Request {
    Request {
        op: OpRef { op: 3, attempt: 1 },
        command,
        connection: Some("leg".to_owned()),
        server_call: Some("whole".to_owned()),
        repeat_id: uuid::Uuid::nil(),
        first_sent: 0,
        callback_uri: "https://app.example/callbacks/c".to_owned(),
    }
}

/// Method, address and body.
fn sent(command: Command, version: &str) -> Result<(String, Value), Error> {
    let wire = to_wire(&request(command), &site(version))?;
    assert!(!wire.is_repeatable(), "none of them recognises a request");
    let body = wire.body.as_deref().map_or(Value::Null, |body| serde_json::from_slice(body).expect("JSON"));
    Ok((format!("{} {}", wire.method().as_str(), wire.path_and_query), body))
}

fn create() -> Command {
    Command::Create { to: vec![ADA.to_owned().into()], from: Some("+18005550100".into()) }
}

fn play(interrupt: bool) -> Command {
    let media = vec![Media::File { file: "a.wav".to_owned() }];
    Command::Play { media, to: Vec::new(), looped: true, interrupt }
}

#[test]
fn a_call_is_placed() {
    let ada = json!({ "rawId": ADA, "phoneNumber": { "value": "+16045550101" } });
    let app = json!({ "rawId": "8:acs:app_user", "communicationUser": { "id": "8:acs:app_user" } });
    let body = |caller: &str, media: &str| {
        json!({ "targets": [ada], "source": app, caller: { "value": "+18005550100" },
            "callbackUri": "https://app.example/callbacks/c", media: ["audio"],
            "requestedCallEvents": ["participantsUpdated", "dtmfReceived"] })
    };
    for (version, address, caller, media) in [
        ("private-preview", "POST /calls", "alternateCallerId", "requestedModalities"),
        (
            "2021-04-15-preview1",
            "POST /calling/calls?api-version=2021-04-15-preview1",
            "sourceAlternateIdentity",
            "requestedModalities",
        ),
        (
            "2021-06-15-preview",
            "POST /calling/callConnections?api-version=2021-06-15-preview",
            "alternateCallerId",
            "requestedMediaTypes",
        ),
    ] {
        assert_eq!(sent(create(), version), Ok((address.to_owned(), body(caller, media))));
    }
    let nobody = Site { calling_user: None, ..site("2021-06-15-preview") };
    assert_eq!(to_wire(&request(create()), &nobody), Err(Error::NobodyCalls));
}

#[test]
fn media_and_people_are_named_by_the_leg() {
    let old = "2021-04-15-preview1";
    let new = "2021-08-30-preview";
    let file = json!({ "audioFileUri": "https://app.example/media/a.wav", "loop": true, "operationContext": "3.1" });
    let context = json!({ "operationContext": "3.1" });
    let ada = json!({ "rawId": ADA, "phoneNumber": { "value": "+16045550101" } });
    let add = || Command::Add { who: ADA.to_owned().into(), from: None, ring_for_ms: 20_000, headers: Vec::new() };
    let remove = || Command::Remove { who: ADA.to_owned().into(), participant: Some("p/1".to_owned()) };
    for (command, version, address, body) in [
        (play(false), old, "POST /calling/calls/leg/PlayAudio", file.clone()),
        (play(false), new, "POST /calling/callConnections/leg/:playAudio", file),
        (Command::CancelMedia, old, "POST /calling/calls/leg/CancelMediaProcessing", context.clone()),
        (Command::CancelMedia, new, "POST /calling/callConnections/leg/:cancelAllMediaOperations", context),
        (
            add(),
            old,
            "POST /calling/calls/leg/participants",
            json!({ "participants": [ada], "operationContext": "3.1" }),
        ),
        (
            add(),
            new,
            "POST /calling/callConnections/leg/participants",
            json!({ "participant": ada, "operationContext": "3.1" }),
        ),
        (remove(), old, "DELETE /calling/calls/leg/participants/p%2F1", Value::Null),
        (remove(), new, "DELETE /calling/callConnections/leg/participants/p%2F1", Value::Null),
        (Command::HangUp, old, "POST /calling/calls/leg/Hangup", Value::Null),
        (Command::HangUp, new, "POST /calling/callConnections/leg/:hangup", Value::Null),
        (Command::Terminate, old, "DELETE /calling/calls/leg", Value::Null),
    ] {
        assert_eq!(sent(command, version), Ok((format!("{address}?api-version={version}"), body)));
    }
    let unknown = Command::Remove { who: ADA.to_owned().into(), participant: None };
    assert_eq!(sent(unknown, new), Err(Error::NobodyThere));
}

#[test]
fn recordings_and_joins_are_named_by_the_whole_call() {
    let callback = "https://app.example/callbacks/c";
    let recording = || "rec".to_owned();
    let plain = json!({ "recordingStateCallbackUri": callback });
    let made = json!({ "recordingStateCallbackUri": callback, "recordingContentType": "audio",
        "recordingChannelType": "mixed", "recordingFormatType": "wav" });
    for (command, version, address, body) in [
        (Command::StartRecording, "2021-04-15-preview1", "POST /calling/conversations/whole/recordings", plain.clone()),
        (Command::StartRecording, "2021-06-15-preview", "POST /calling/serverCalls/whole/recordings", plain),
        (Command::StartRecording, "2021-08-30-preview", "POST /calling/serverCalls/whole/recordings", made),
        (
            Command::PauseRecording { recording: recording() },
            "2021-04-15-preview1",
            "POST /calling/conversations/whole/recordings/rec/Pause",
            Value::Null,
        ),
        (
            Command::ResumeRecording { recording: recording() },
            "2021-06-15-preview",
            "POST /calling/serverCalls/whole/recordings/rec/:resume",
            Value::Null,
        ),
        (
            Command::StopRecording { recording: recording() },
            "2021-06-15-preview",
            "DELETE /calling/serverCalls/whole/recordings/rec",
            Value::Null,
        ),
    ] {
        assert_eq!(sent(command, version), Ok((format!("{address}?api-version={version}"), body)));
    }
    let join = Command::Connect { to: "other/call".to_owned(), by: Locator::ServerCall };
    let (address, body) = sent(join, "2021-06-15-preview").expect("it joins");
    assert_eq!(address, "POST /calling/serverCalls/other%2Fcall/:join?api-version=2021-06-15-preview");
    assert_eq!(body["source"]["communicationUser"]["id"], "8:acs:app_user");
}

#[test]
fn what_they_lack_is_not_sent() {
    let text = Media::Text { text: "Hello.".into(), voice: "v".to_owned() };
    let file = Media::File { file: "a.wav".to_owned() };
    let said =
        |media: Vec<Media>, to: Vec<Hidden<String>>| Command::Play { media, to, looped: false, interrupt: false };
    for command in [
        said(vec![text], Vec::new()),
        said(vec![file.clone(), file.clone()], Vec::new()),
        said(vec![file], vec![ADA.into()]),
        Command::GetCall,
        Command::SendKeys { who: ADA.to_owned().into(), keys: vec![Tone::One].into() },
        Command::Connect { to: "g".to_owned(), by: Locator::Group },
    ] {
        let version = "2021-06-15-preview";
        assert_eq!(sent(command.clone(), version), Err(Error::NotInVersion(version)), "{command:?}");
    }
    for command in [Command::StartRecording, Command::Terminate] {
        assert_eq!(sent(command, "private-preview"), Err(Error::NotInVersion("private-preview")));
    }
    for command in [Command::StartKeys { who: ADA.to_owned().into() }, Command::StopKeys { who: ADA.to_owned().into() }]
    {
        assert_eq!(sent(command, "2021-06-15-preview"), Err(Error::HoldsAlready));
    }
}

/// A question is a play; its keys come of themselves.
#[test]
fn questions_by_keys_are_played() {
    let ask = |media: Vec<Media>, listen| Command::Recognize {
        media,
        target: ADA.to_owned().into(),
        listen,
        first_key_ms: 5_000,
        interrupt_prompt: true,
        interrupt: true,
    };
    let keys = || Listen::Dtmf { max_tones: 4, stop: vec![Tone::Pound], between_keys_ms: 2_000 };
    let file = || vec![Media::File { file: "a.wav".to_owned() }];
    let (address, body) = sent(ask(file(), keys()), "2021-06-15-preview").expect("it asks");
    assert_eq!(address, "POST /calling/callConnections/leg/:playAudio?api-version=2021-06-15-preview");
    let expected =
        json!({ "audioFileUri": "https://app.example/media/a.wav", "loop": false, "operationContext": "3.1" });
    assert_eq!(body, expected);
    assert_eq!(sent(ask(Vec::new(), keys()), "2021-06-15-preview"), Err(Error::HoldsAlready));
    let speech = Listen::Speech { end_silence_ms: 500, locale: "en-GB".to_owned() };
    assert_eq!(sent(ask(file(), speech), "2021-06-15-preview"), Err(Error::NotInVersion("2021-06-15-preview")));
    let first = before(&request(ask(file(), keys())), &site("2021-04-15-preview1")).map(|first| first.command);
    assert_eq!(first, Some(Command::CancelMedia));
}

/// A play cannot cut off another one; cancelling what plays before it can.
#[test]
fn what_plays_is_cancelled_first() {
    let of = |interrupt, version: &str| before(&request(play(interrupt)), &site(version)).map(|first| first.command);
    assert_eq!(of(true, "2021-06-15-preview"), Some(Command::CancelMedia));
    assert_eq!(of(false, "2021-06-15-preview"), None);
    assert_eq!(of(true, "2026-03-12"), None);
}
