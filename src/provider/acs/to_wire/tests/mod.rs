//! Bodies held against the contract, member by member.

mod first;
mod line;
mod people;
mod versions;

use crate::language::flow::state::Locator;
use crate::machine::command::{ChoiceOffer, Command, Listen, Media, OpRef};
use crate::platform::tones::Tone;
use crate::provider::Request;
use crate::provider::acs::to_wire::{Error, Site, to_wire};
use crate::provider::acs::wire;
use serde_json::{Value, json};

fn site() -> Site {
    Site {
        api_version: "2026-03-12".to_owned(),
        ai_endpoint: Some("https://ai.example/".to_owned()),
        streaming_url: None,
        transcription_url: None,
        public_url: "https://app.example/".to_owned(),
        calling_user: Some("8:acs:app_user".to_owned()),
    }
}

fn request(command: Command) -> Request {
    Request {
        op: OpRef { op: 7, attempt: 2 },
        command,
        connection: Some("411f/b0".to_owned()),
        server_call: None,
        repeat_id: uuid::Uuid::nil(),
        first_sent: 0,
        callback_uri: "https://app.example/callbacks/c1/mac".to_owned(),
    }
}

/// Sends through the mapping; the body must read back as the typed body `T`, which knows no unknown members. Whatever names its
/// operation names where its events go as well, but for what begins a call, which names that by another name, and a mute.
fn check<T: serde::de::DeserializeOwned>(command: Command, method: &str, path: &str, mut body: Value) {
    let elsewhere = body.get("callbackUri").is_some() || path.ends_with("participants:mute");
    if body.get("operationContext").is_some() && !elsewhere {
        body["operationCallbackUri"] = json!("https://app.example/callbacks/c1/mac");
    }
    let sent = to_wire(&request(command), &site()).unwrap();
    assert_eq!(sent.operation.row().method.as_str(), method);
    assert_eq!(sent.path_and_query, format!("{path}?api-version=2026-03-12"));
    let written = sent.body.unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), body);
    serde_json::from_slice::<T>(&written).unwrap();
}

fn say(text: &str) -> Media {
    Media::Text { text: text.to_owned().into(), voice: "en-US-NancyNeural".to_owned() }
}

fn asked(media: Vec<Media>, listen: Listen, first_key_ms: u64) -> Command {
    let target = "4:+16041234567".to_owned();
    Command::Recognize { media, target: target.into(), listen, first_key_ms, interrupt_prompt: true, interrupt: false }
}

#[test]
fn answer() {
    check::<wire::AnswerCall>(
        Command::Answer { context: "eyJhbGci".into() },
        "POST",
        "/calling/callConnections:answer",
        json!({"incomingCallContext": "eyJhbGci", "callbackUri": "https://app.example/callbacks/c1/mac",
            "operationContext": "7.2",
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"}}),
    );
}

#[test]
fn without_an_ai_resource_none_is_named() {
    let bare = Site { ai_endpoint: None, ..site() };
    let sent = to_wire(&request(Command::Answer { context: "c".into() }), &bare).unwrap();
    let body: Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
    assert_eq!(body.get("callIntelligenceOptions"), None);
}

#[test]
fn streams_are_prepared_at_set_up_and_not_started() {
    let url = |path: &str| Some(format!("wss://app.example/{path}"));
    let with = Site { streaming_url: url("audio"), transcription_url: url("text"), ..site() };
    let connect = Command::Connect { to: "id".to_owned(), by: Locator::Room };
    let create = Command::Create { to: vec!["8:acs:a_b".into()], from: None };
    for command in [Command::Answer { context: "c".into() }, create, connect] {
        let sent = to_wire(&request(command), &with).unwrap();
        let body: Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
        let streaming = json!({"transportType": "websocket", "audioChannelType": "mixed",
            "transportUrl": "wss://app.example/audio", "contentType": "audio", "startMediaStreaming": false,
            "enableBidirectional": false, "audioFormat": "pcm16KMono", "enableDtmfTones": false});
        assert_eq!(body["mediaStreamingOptions"], streaming);
        let transcription = json!({"transportType": "websocket", "locale": "en-US",
            "transportUrl": "wss://app.example/text", "startTranscription": false});
        assert_eq!(body["transcriptionOptions"], transcription);
    }
}

#[test]
fn create() {
    check::<wire::CreateCall>(
        Command::Create { to: vec!["+16041234567".into(), "8:acs:a_b".into()], from: Some("4:+18001112222".into()) },
        "POST",
        "/calling/callConnections",
        json!({"targets": [
            {"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567"}},
            {"kind": "communicationUser", "rawId": "8:acs:a_b", "communicationUser": {"id": "8:acs:a_b"}}],
            "sourceCallerIdNumber": {"value": "+18001112222"},
            "callbackUri": "https://app.example/callbacks/c1/mac", "operationContext": "7.2",
            "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://ai.example/"}}),
    );
}

#[test]
fn play_with_every_kind_of_media() {
    let media = vec![
        say("Hello"),
        Media::Ssml { ssml: "<speak>Hi</speak>".into() },
        Media::File { file: "prompts/so long.wav".to_owned() },
        Media::File { file: "https://media.example/a b.wav".to_owned() },
    ];
    check::<wire::Play>(
        Command::Play { media, to: Vec::new(), looped: false, interrupt: true },
        "POST",
        "/calling/callConnections/411f%2Fb0:play",
        json!({"playSources": [
            {"kind": "text", "text": {"text": "Hello", "voiceName": "en-US-NancyNeural"}},
            {"kind": "ssml", "ssml": {"ssmlText": "<speak>Hi</speak>"}},
            {"kind": "file", "file": {"uri": "https://app.example/media/prompts/so%20long.wav"}},
            {"kind": "file", "file": {"uri": "https://media.example/a b.wav"}}],
            "playTo": [], "interruptCallMediaOperation": true, "playOptions": {"loop": false},
            "operationContext": "7.2"}),
    );
}

#[test]
fn recognize_keys_with_one_prompt() {
    let listen = Listen::Dtmf { max_tones: 4, stop: vec![Tone::Pound], between_keys_ms: 2_001 };
    check::<wire::Recognize>(
        asked(vec![say("Your number?")], listen, 5_000),
        "POST",
        "/calling/callConnections/411f%2Fb0:recognize",
        json!({"recognizeInputType": "dtmf",
            "playPrompt": {"kind": "text", "text": {"text": "Your number?", "voiceName": "en-US-NancyNeural"}},
            "interruptCallMediaOperation": false,
            "recognizeOptions": {"interruptPrompt": true, "initialSilenceTimeoutInSeconds": 5,
                "targetParticipant": {"kind": "phoneNumber", "rawId": "4:+16041234567",
                    "phoneNumber": {"value": "+16041234567"}},
                "dtmfOptions": {"interToneTimeoutInSeconds": 3, "maxTonesToCollect": 4, "stopTones": ["pound"]}},
            "operationContext": "7.2"}),
    );
}

#[test]
fn recognize_choices_with_two_prompts() {
    let offer = |name: &str, phrase: &str, key| ChoiceOffer {
        name: name.to_owned(),
        key: Some(key),
        phrases: vec![name.to_owned(), phrase.to_owned()],
    };
    let choices = vec![offer("sales", "buy", Tone::One), offer("support", "help", Tone::Asterisk)];
    let text = |text: &str| json!({"kind": "text", "text": {"text": text, "voiceName": "en-US-NancyNeural"}});
    check::<wire::Recognize>(
        asked(vec![say("Hello."), say("Sales?")], Listen::Choices { choices, locale: "en-US".to_owned() }, 400_000),
        "POST",
        "/calling/callConnections/411f%2Fb0:recognize",
        json!({"recognizeInputType": "choices", "playPrompts": [text("Hello."), text("Sales?")],
            "interruptCallMediaOperation": false,
            "recognizeOptions": {"interruptPrompt": true, "initialSilenceTimeoutInSeconds": 20,
                "targetParticipant": {"kind": "phoneNumber", "rawId": "4:+16041234567",
                    "phoneNumber": {"value": "+16041234567"}},
                "speechLanguage": "en-US",
                "choices": [{"label": "sales", "phrases": ["sales", "buy"], "tone": "one"},
                    {"label": "support", "phrases": ["support", "help"], "tone": "asterisk"}]},
            "operationContext": "7.2"}),
    );
}

#[test]
fn recognize_speech_and_speech_or_keys() {
    let speech = Listen::Speech { end_silence_ms: 700, locale: "en-GB".to_owned() };
    check::<wire::Recognize>(
        asked(vec![say("Your name?")], speech, 30_000),
        "POST",
        "/calling/callConnections/411f%2Fb0:recognize",
        json!({"recognizeInputType": "speech",
            "playPrompt": {"kind": "text", "text": {"text": "Your name?", "voiceName": "en-US-NancyNeural"}},
            "interruptCallMediaOperation": false,
            "recognizeOptions": {
                "targetParticipant": {"kind": "phoneNumber", "rawId": "4:+16041234567",
                    "phoneNumber": {"value": "+16041234567"}},
                "interruptPrompt": true, "initialSilenceTimeoutInSeconds": 20, "speechLanguage": "en-GB",
                "speechOptions": {"endSilenceTimeoutInMs": 700}},
            "operationContext": "7.2"}),
    );
    let either = Listen::SpeechOrDtmf {
        max_tones: 8,
        stop: vec![Tone::Pound],
        between_keys_ms: 2_000,
        end_silence_ms: 500,
        locale: "en-GB".to_owned(),
    };
    let sent = to_wire(&request(asked(Vec::new(), either, 5_000)), &site()).unwrap();
    let body: wire::Recognize = serde_json::from_slice(&sent.body.unwrap()).unwrap();
    assert_eq!(body.recognize_input_type, "speechOrDtmf");
    let options = body.recognize_options;
    assert_eq!(options.dtmf_options.unwrap().max_tones_to_collect, Some(8));
    assert_eq!(options.speech_options.unwrap().end_silence_timeout_in_ms, Some(500));
    assert_eq!(options.initial_silence_timeout_in_seconds, Some(5));
}

#[test]
fn times_are_whole_seconds_within_the_schema() {
    for (first, between, expected) in [(0, 0, [0, 1]), (1, 1_000, [1, 1]), (301_000, 61_000, [300, 60])] {
        let listen = Listen::Dtmf { max_tones: 0, stop: Vec::new(), between_keys_ms: between };
        let sent = to_wire(&request(asked(Vec::new(), listen, first)), &site()).unwrap();
        let body: wire::Recognize = serde_json::from_slice(&sent.body.unwrap()).unwrap();
        let keys = body.recognize_options.dtmf_options.unwrap();
        let first_sent = body.recognize_options.initial_silence_timeout_in_seconds.unwrap();
        assert_eq!([first_sent, keys.inter_tone_timeout_in_seconds.unwrap()], expected);
        assert_eq!(keys.max_tones_to_collect, Some(1));
        assert!(body.play_prompt.is_none() && body.play_prompts.is_none(), "nothing is said");
    }
}

#[test]
fn requests_without_a_body() {
    let call = |verb: &str| format!("/calling/callConnections/411f%2Fb0{verb}");
    let recording = || "eyJQ=".to_owned();
    for (command, method, path) in [
        (Command::CancelMedia, "POST", call(":cancelAllMediaOperations")),
        (Command::HangUp, "DELETE", call("")),
        (Command::Terminate, "POST", call(":terminate")),
        (Command::GetCall, "GET", call("")),
        (Command::ListParticipants, "GET", call("/participants")),
        (Command::GetParticipant { who: "+16041234567".into() }, "GET", call("/participants/4%3A%2B16041234567")),
        (Command::GetParticipant { who: "8:acs:a_b".into() }, "GET", call("/participants/8%3Aacs%3Aa_b")),
        (Command::PauseRecording { recording: recording() }, "POST", "/calling/recordings/eyJQ%3D:pause".to_owned()),
        (Command::ResumeRecording { recording: recording() }, "POST", "/calling/recordings/eyJQ%3D:resume".to_owned()),
        (Command::StopRecording { recording: recording() }, "DELETE", "/calling/recordings/eyJQ%3D".to_owned()),
    ] {
        let sent = to_wire(&request(command), &site()).unwrap();
        assert_eq!((sent.operation.row().method.as_str(), sent.body), (method, None));
        assert_eq!(sent.path_and_query, format!("{path}?api-version=2026-03-12"));
    }
}

#[test]
fn requests_about_nobody_are_not_sent() {
    let moved = Command::Move { name: "agent".to_owned(), call: "c2".to_owned(), there: None };
    assert_eq!(to_wire(&request(moved), &site()), Err(Error::NobodyThere));
    let nameless = Command::StopRecording { recording: String::new() };
    assert_eq!(to_wire(&request(nameless), &site()), Err(Error::NobodyThere));
}

#[test]
fn mid_call_requests_need_a_connection() {
    for connection in [None, Some(""), Some("."), Some("..")] {
        let connection = connection.map(str::to_owned);
        let sent = to_wire(&Request { connection, ..request(Command::HangUp) }, &site());
        assert_eq!(sent, Err(Error::NoConnection));
    }
    let first = Request { connection: None, ..request(Command::Answer { context: "c".into() }) };
    assert!(to_wire(&first, &site()).is_ok());
}
