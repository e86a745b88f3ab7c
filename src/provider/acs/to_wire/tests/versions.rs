//! The same requests in the words of older api-versions.

use crate::language::flow::state::Locator;
use crate::machine::command::{Command, Listen, Media, OpRef, There};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use crate::platform::versions::{SPOKEN, Version};
use crate::provider::Request;
use crate::provider::acs::to_wire::{Error, Site, to_wire};
use serde_json::{Value, json};

fn site(version: &str) -> Site {
    Site {
        api_version: version.to_owned(),
        ai_endpoint: Some("https://ai.example/".to_owned()),
        streaming_url: Some("wss://s.example/".to_owned()),
        transcription_url: None,
        public_url: "https://app.example".to_owned(),
        calling_user: Some("8:acs:app_user".to_owned()),
    }
}

fn request(command: Command) -> Request {
    Request {
        op: OpRef { op: 1, attempt: 1 },
        command,
        connection: Some("c".to_owned()),
        server_call: Some("aHR0".to_owned()),
        repeat_id: uuid::Uuid::nil(),
        first_sent: 0,
        callback_uri: "https://app.example/cb".to_owned(),
    }
}

fn sent(command: Command, version: &str) -> Result<Value, Error> {
    let wire = to_wire(&request(command), &site(version))?;
    assert!(wire.path_and_query.ends_with(&format!("api-version={version}")), "{}", wire.path_and_query);
    Ok(wire.body.map_or(Value::Null, |body| serde_json::from_slice(&body).unwrap()))
}

fn lacks(version: &'static str) -> Result<Value, Error> {
    Err(Error::NotInVersion(version))
}

fn text(text: &str, voice: &str) -> Media {
    Media::Text { text: text.to_owned().into(), voice: voice.to_owned() }
}

fn file() -> Media {
    Media::File { file: "https://media.example/a.wav".to_owned() }
}

fn play(media: Vec<Media>) -> Command {
    Command::Play { media, to: Vec::new(), looped: false, interrupt: true }
}

fn ask(media: Vec<Media>, listen: Listen) -> Command {
    let target = "+441632960100".to_owned();
    Command::Recognize {
        media,
        target: target.into(),
        listen,
        first_key_ms: 5_000,
        interrupt_prompt: true,
        interrupt: false,
    }
}

fn keys() -> Listen {
    Listen::Dtmf { max_tones: 1, stop: Vec::new(), between_keys_ms: 2_000 }
}

#[test]
fn the_call_is_set_up_in_every_version() {
    let later = |name: &&&str| Version::parse(name).is_some_and(|version| version.generation().is_none());
    for version in SPOKEN.iter().filter(later) {
        let body = sent(Command::Answer { context: "eyJ".into() }, version).unwrap();
        let has = |name: &str| body.get(name).is_some();
        assert_eq!(has("callIntelligenceOptions"), *version >= "2023-10-15", "{version}");
        assert_eq!(has("cognitiveServicesEndpoint"), *version == "2023-06-15-preview", "{version}");
        let streams = ["2024-06-15-preview", "2024-11-15-preview"].contains(version) || *version >= "2025-05-15";
        assert_eq!(has("mediaStreamingOptions"), streams, "{version}");
        assert_eq!(body["incomingCallContext"], "eyJ");
        assert!(sent(Command::HangUp, version).is_ok() && sent(Command::GetCall, version).is_ok(), "{version}");
    }
}

#[test]
fn words_and_choices_came_with_the_second_version() {
    assert_eq!(sent(play(vec![text("Hi.", "v")]), "2023-03-06"), lacks("2023-03-06"));
    let played = sent(play(vec![file()]), "2023-03-06").unwrap();
    assert_eq!(played["playSources"][0]["kind"], "file");
    assert!(played.get("interruptCallMediaOperation").is_none(), "{played}");
    let choices = || Listen::Choices { choices: Vec::new(), locale: "en-US".to_owned() };
    assert_eq!(sent(ask(vec![file()], choices()), "2023-03-06"), lacks("2023-03-06"));
    assert!(sent(ask(vec![file()], choices()), "2023-10-15").is_ok());
    assert!(sent(ask(vec![file()], keys()), "2023-03-06").is_ok());
}

#[test]
fn several_sources_are_one_where_they_can_be() {
    let both = || vec![text("Hello.", "v"), text("Bye.", "v")];
    let asked = sent(ask(both(), keys()), "2024-04-15").unwrap();
    assert_eq!(asked["playPrompt"]["text"]["text"], "Hello. Bye.");
    assert!(asked.get("playPrompts").is_none(), "{asked}");
    assert_eq!(sent(play(both()), "2024-04-15").unwrap()["playSources"].as_array().unwrap().len(), 1);
    for apart in [vec![text("Hello.", "v"), text("Bye.", "w")], vec![file(), text("Bye.", "w")]] {
        assert_eq!(sent(ask(apart.clone(), keys()), "2024-04-15"), lacks("2024-04-15"));
        assert_eq!(sent(play(apart.clone()), "2024-04-15"), lacks("2024-04-15"));
        assert_eq!(sent(play(apart), "2024-09-15").unwrap()["playSources"].as_array().unwrap().len(), 2);
    }
}

#[test]
fn a_recording_names_the_call_as_the_version_does() {
    let new = sent(Command::StartRecording, "2025-06-15").unwrap();
    assert_eq!((&new["callConnectionId"], new.get("callLocator")), (&json!("c"), None));
    let old = sent(Command::StartRecording, "2023-10-15").unwrap();
    assert_eq!(old["callLocator"], json!({"kind": "serverCallLocator", "serverCallId": "aHR0"}));
    assert_eq!((old.get("callConnectionId"), old.get("pauseOnStart")), (None, None));
}

#[test]
fn a_transfer_goes_without_extras_but_not_without_whom() {
    let transfer = |transferee: Option<&str>| Command::Transfer {
        to: "+441632960111".into(),
        transferee: transferee.map(Hidden::from),
        from: Some("+441632960112".into()),
        headers: vec![("a".to_owned(), "b".into())],
    };
    let old = sent(transfer(None), "2023-03-06").unwrap();
    assert_eq!((old.get("customCallingContext"), old.get("sourceCallerIdNumber")), (None, None));
    assert_eq!(sent(transfer(Some("+441632960100")), "2023-03-06"), lacks("2023-03-06"));
    let newer = sent(transfer(Some("+441632960100")), "2023-10-15").unwrap();
    assert!(newer.get("transferee").is_some() && newer.get("sourceCallerIdNumber").is_none(), "{newer}");
}

#[test]
fn events_of_an_operation_are_told_where_to_go_by_the_versions_that_can() {
    let who = || "+441632960100".to_owned();
    let locale = || "en-US".to_owned();
    let transfer = Command::Transfer { to: who().into(), transferee: None, from: None, headers: Vec::new() };
    let add = Command::Add { who: who().into(), from: None, ring_for_ms: 9_000, headers: Vec::new() };
    let there = Some(There { who: who().into(), connection: "d".to_owned() });
    let since = [
        (play(vec![file()]), "2023-10-15"),
        (ask(vec![file()], keys()), "2023-10-15"),
        (transfer, "2023-10-15"),
        (add, "2023-10-15"),
        (Command::Remove { who: who().into(), participant: None }, "2023-10-15"),
        (Command::StartKeys { who: who().into() }, "2023-10-15"),
        (Command::StopKeys { who: who().into() }, "2023-10-15"),
        (Command::SendKeys { who: who().into(), keys: vec![Tone::One].into() }, "2023-10-15"),
        (Command::CancelAdd { invitation: "i".to_owned() }, "2023-10-15"),
        (Command::Hold { who: who().into(), music: None }, "2024-09-15"),
        (Command::Unhold { who: who().into() }, "2025-05-15"),
        (Command::StartStreaming, "2025-05-15"),
        (Command::StopStreaming, "2025-05-15"),
        (Command::StartTranscription { locale: locale() }, "2025-05-15"),
        (Command::UpdateTranscription { locale: locale() }, "2025-05-15"),
        (Command::StopTranscription, "2025-05-15"),
        (Command::Move { name: "guest".to_owned(), call: "other".to_owned(), there }, "2026-03-12"),
        // The one that cannot say it.
        (Command::Mute { who: who().into() }, "9999"),
    ];
    for (command, since) in since {
        for version in
            ["2023-03-06", "2023-10-15", "2024-04-15", "2024-09-15", "2025-05-15", "2025-06-15", "2026-03-12"]
        {
            let Ok(body) = sent(command.clone(), version) else {
                assert!(version < since, "{} in {version} is not sent", command.name());
                continue;
            };
            let told = body.get("operationCallbackUri").map(|uri| uri == "https://app.example/cb");
            let can = (version >= since).then_some(true);
            assert_eq!(told, can, "{} in {version}: {body}", command.name());
        }
    }
}

#[test]
fn operations_that_came_later_are_refused() {
    let mute = || Command::Mute { who: "+441632960100".into() };
    assert_eq!(sent(mute(), "2023-03-06"), lacks("2023-03-06"));
    assert!(sent(mute(), "2023-10-15").is_ok());
    assert_eq!(sent(Command::StartStreaming, "2024-09-15"), lacks("2024-09-15"));
    assert!(sent(Command::StartStreaming, "2025-05-15").is_ok());
    // A version that nobody knows is taken for the newest.
    assert!(sent(Command::StartStreaming, "2027-01-01").is_ok());
}

#[test]
fn a_preview_is_spoken_in_its_own_words() {
    let answer = |version| sent(Command::Answer { context: "eyJ".into() }, version).unwrap();
    assert_eq!(answer("2023-06-15-preview")["cognitiveServicesEndpoint"], "https://ai.example/");
    let options = |version| {
        let answer = answer(version);
        let options = answer["mediaStreamingOptions"].as_object().unwrap();
        ["audioFormat", "enableBidirectional", "enableDtmfTones"].map(|name| options.contains_key(name))
    };
    assert_eq!(options("2024-06-15-preview"), [false, false, false]);
    assert_eq!(options("2024-11-15-preview"), [true, true, false]);
    assert_eq!(options("2025-05-15"), [true, true, true]);
    let join = |version| sent(Command::Connect { to: "id".to_owned(), by: Locator::ServerCall }, version).unwrap();
    assert!(join("2024-06-15-preview").get("mediaStreamingOptions").is_none());
    assert!(join("2024-11-15-preview").get("mediaStreamingOptions").is_some());
    for version in ["2024-06-15-preview", "2024-11-15-preview"] {
        let update = sent(Command::UpdateTranscription { locale: "en-GB".to_owned() }, version).unwrap();
        assert_eq!(update, json!({"locale": "en-GB", "operationContext": "1.1"}));
        assert!(sent(Command::StopStreaming, version).is_ok());
    }
    let cancel = || Command::CancelAdd { invitation: "i".to_owned() };
    assert_eq!(sent(cancel(), "2023-06-15-preview"), lacks("2023-06-15-preview"));
    assert!(sent(play(vec![text("Hi.", "v")]), "2023-06-15-preview").is_ok());
}

#[test]
fn a_success_is_what_the_version_says_it_is() {
    let succeeds = |version: &str, status| {
        let request = request(Command::Mute { who: "8:acs:a".into() });
        to_wire(&request, &site(version)).unwrap().is_success(status)
    };
    assert!(succeeds("2023-06-15-preview", 202) && !succeeds("2023-06-15-preview", 200));
    assert!(succeeds("2023-10-15", 200) && !succeeds("2023-10-15", 202));
}
