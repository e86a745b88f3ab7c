//! Turns a request in flow terms into method, path and JSON of the REST API, api-version 2026-03-12.
//! Every choice the platform leaves open is written out: SDKs and documentation disagree about the defaults.
//! Knows nothing of HTTP clients, clocks and keys.

use crate::machine::command::{ChoiceOffer, Command, Listen, Media};
use crate::platform::identifier::Identifier;
use crate::platform::limits;
use crate::platform::operations::Operation;
use crate::platform::tones::Tone;
use crate::provider::Request;
use crate::provider::acs::party;
use crate::provider::acs::segment;
use crate::provider::acs::wire;

/// What every request says of this service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The api-version spoken.
    pub api_version: String,
    /// The AI resource that speaks and understands; needed at set-up for any text or speech.
    pub ai_endpoint: Option<String>,
    /// Where the platform reaches this service; project media is under its `/media/`.
    pub public_url: String,
}

/// A request as it goes over the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireRequest {
    /// Which operation: its method, its success status, whether it is repeatable.
    pub operation: Operation,
    /// Path and query, percent-encoded, as on the request line.
    pub path_and_query: String,
    /// The JSON body; `None` where the operation has none.
    pub body: Option<Vec<u8>>,
}

/// Why a request cannot be put on the wire. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A mid-call request for a call whose connection id the platform has not given yet.
    #[error("the call has no connection id yet")]
    NoConnection,
    /// A request that is not for the platform.
    #[error("`{0}` is not for the platform")]
    NotForThePlatform(&'static str),
    /// A body that cannot be written as JSON.
    #[error("the body cannot be written: {0}")]
    Body(String),
}

/// Turns a request into what is sent.
///
/// # Errors
/// When a mid-call request has no connection id that can stand in a path.
pub fn to_wire(request: &Request, site: &Site) -> Result<WireRequest, Error> {
    let context = request.op.to_string();
    let (operation, body) = match &request.command {
        Command::Answer { context: incoming } => {
            (Operation::AnswerCall, Some(json(&answer(incoming, context, request, site))?))
        }
        Command::Create { to, from } => {
            (Operation::CreateCall, Some(json(&create(to, from.as_deref(), context, request, site))?))
        }
        Command::Play { media, looped, interrupt } => {
            (Operation::Play, Some(json(&play(media, *looped, *interrupt, context, site))?))
        }
        Command::Recognize { media, target, listen, first_key_ms, interrupt_prompt, interrupt } => {
            let recognize_options = wire::RecognizeOptions {
                target_participant: party::to_wire(target),
                interrupt_prompt: Some(*interrupt_prompt),
                ..listen_options(listen, *first_key_ms)
            };
            let prompts = sources(media, site);
            let body = wire::Recognize { recognize_options, ..recognize(listen, prompts, *interrupt, context) };
            (Operation::Recognize, Some(json(&body)?))
        }
        Command::Transfer { to } => (Operation::Transfer, Some(json(&transfer(to, context))?)),
        Command::CancelMedia => (Operation::CancelMedia, None),
        Command::HangUp => (Operation::HangUp, None),
        Command::Terminate => (Operation::Terminate, None),
        Command::GetCall => (Operation::GetCall, None),
        Command::Invoke { .. } | Command::Signal { .. } => {
            return Err(Error::NotForThePlatform(request.command.name()));
        }
    };
    let path = path(operation.row().path, request.connection.as_deref())?;
    Ok(WireRequest { operation, path_and_query: format!("{path}?api-version={}", site.api_version), body })
}

/// The path with the connection id in its place. An id that a URL would read as a step up is no id.
fn path(pattern: &str, connection: Option<&str>) -> Result<String, Error> {
    if !pattern.contains("{id}") {
        return Ok(pattern.to_owned());
    }
    let id = connection.filter(|id| !["", ".", ".."].contains(id)).ok_or(Error::NoConnection)?;
    Ok(pattern.replace("{id}", &segment::encoded(id)))
}

fn json<T: serde::Serialize>(body: &T) -> Result<Vec<u8>, Error> {
    serde_json::to_vec(body).map_err(|error| Error::Body(error.to_string()))
}

fn answer(incoming: &str, context: String, request: &Request, site: &Site) -> wire::AnswerCall {
    wire::AnswerCall {
        incoming_call_context: incoming.to_owned(),
        callback_uri: request.callback_uri.clone(),
        operation_context: Some(context),
        call_intelligence_options: intelligence(site),
        ..wire::AnswerCall::default()
    }
}

fn create(to: &[String], from: Option<&str>, context: String, request: &Request, site: &Site) -> wire::CreateCall {
    wire::CreateCall {
        targets: to.iter().map(|target| party::to_wire(target)).collect(),
        callback_uri: request.callback_uri.clone(),
        source_caller_id_number: from.map(bare_phone),
        operation_context: Some(context),
        call_intelligence_options: intelligence(site),
        ..wire::CreateCall::default()
    }
}

fn play(media: &[Media], looped: bool, interrupt: bool, context: String, site: &Site) -> wire::Play {
    wire::Play {
        play_sources: sources(media, site),
        play_to: Some(Vec::new()),
        interrupt_call_media_operation: Some(interrupt),
        play_options: Some(wire::PlayOptions { looped }),
        operation_context: Some(context),
        operation_callback_uri: None,
    }
}

/// The body of a recognition, but for its options.
fn recognize(listen: &Listen, mut prompts: Vec<wire::PlaySource>, interrupt: bool, context: String) -> wire::Recognize {
    let single = if prompts.len() == 1 { prompts.pop() } else { None };
    wire::Recognize {
        recognize_input_type: input_type(listen).to_owned(),
        play_prompt: single,
        play_prompts: (!prompts.is_empty()).then_some(prompts),
        interrupt_call_media_operation: Some(interrupt),
        operation_context: Some(context),
        ..wire::Recognize::default()
    }
}

fn input_type(listen: &Listen) -> &'static str {
    match listen {
        Listen::Dtmf { .. } => "dtmf",
        Listen::Choices { .. } => "choices",
        Listen::Speech { .. } => "speech",
        Listen::SpeechOrDtmf { .. } => "speechOrDtmf",
    }
}

/// The options that depend on what is listened for.
fn listen_options(listen: &Listen, first_key_ms: u64) -> wire::RecognizeOptions {
    let (least, most) = limits::FIRST_KEY_SECONDS.into_inner();
    match listen {
        Listen::Dtmf { max_tones, stop, between_keys_ms } => wire::RecognizeOptions {
            initial_silence_timeout_in_seconds: Some(seconds(first_key_ms, least, most)),
            dtmf_options: Some(dtmf_options(*max_tones, stop, *between_keys_ms)),
            ..wire::RecognizeOptions::default()
        },
        Listen::Choices { choices, locale } => wire::RecognizeOptions {
            initial_silence_timeout_in_seconds: Some(seconds(first_key_ms, least, limits::FIRST_KEY_SPEECH_SECONDS)),
            speech_language: Some(locale.clone()),
            choices: Some(choices.iter().map(choice).collect()),
            ..wire::RecognizeOptions::default()
        },
        Listen::Speech { end_silence_ms, locale } => wire::RecognizeOptions {
            initial_silence_timeout_in_seconds: Some(seconds(first_key_ms, least, limits::FIRST_KEY_SPEECH_SECONDS)),
            speech_language: Some(locale.clone()),
            speech_options: Some(speech_options(*end_silence_ms)),
            ..wire::RecognizeOptions::default()
        },
        Listen::SpeechOrDtmf { max_tones, stop, between_keys_ms, end_silence_ms, locale } => wire::RecognizeOptions {
            initial_silence_timeout_in_seconds: Some(seconds(first_key_ms, least, limits::FIRST_KEY_SPEECH_SECONDS)),
            speech_language: Some(locale.clone()),
            speech_options: Some(speech_options(*end_silence_ms)),
            dtmf_options: Some(dtmf_options(*max_tones, stop, *between_keys_ms)),
            ..wire::RecognizeOptions::default()
        },
    }
}

fn dtmf_options(max_tones: u32, stop: &[Tone], between_keys_ms: u64) -> wire::DtmfOptions {
    let (least, most) = limits::BETWEEN_KEYS_SECONDS.into_inner();
    wire::DtmfOptions {
        inter_tone_timeout_in_seconds: Some(seconds(between_keys_ms, least, most)),
        max_tones_to_collect: Some(u64::from(max_tones.max(1))),
        stop_tones: Some(stop.iter().map(|tone| tone.wire_name().to_owned()).collect()),
    }
}

fn speech_options(end_silence_ms: u64) -> wire::SpeechOptions {
    wire::SpeechOptions { end_silence_timeout_in_ms: Some(end_silence_ms) }
}

fn choice(offer: &ChoiceOffer) -> wire::Choice {
    let tone = offer.key.map(|tone| tone.wire_name().to_owned());
    wire::Choice { label: offer.name.clone(), phrases: offer.phrases.clone(), tone }
}

fn transfer(to: &str, context: String) -> wire::Transfer {
    let target_participant = party::to_wire(to);
    wire::Transfer { target_participant, operation_context: Some(context), ..wire::Transfer::default() }
}

/// Milliseconds as whole seconds, rounded up, within the schema's bounds.
fn seconds(ms: u64, least: u64, most: u64) -> u64 {
    ms.div_ceil(1000).clamp(least, most)
}

fn intelligence(site: &Site) -> Option<wire::CallIntelligenceOptions> {
    let endpoint = site.ai_endpoint.clone()?;
    Some(wire::CallIntelligenceOptions { cognitive_services_endpoint: Some(endpoint) })
}

fn bare_phone(number: &str) -> wire::Phone {
    wire::Phone { value: Identifier::parse(number).plain(), ..wire::Phone::default() }
}

fn sources(media: &[Media], site: &Site) -> Vec<wire::PlaySource> {
    media.iter().map(|one| source(one, site)).collect()
}

fn source(media: &Media, site: &Site) -> wire::PlaySource {
    let of_kind = |kind: &str| wire::PlaySource { kind: kind.to_owned(), ..wire::PlaySource::default() };
    match media {
        Media::Text { text, voice } => {
            let text = wire::TextSource { text: text.clone(), voice_name: Some(voice.clone()), ..Default::default() };
            wire::PlaySource { text: Some(text), ..of_kind("text") }
        }
        Media::Ssml { ssml } => {
            let ssml = wire::SsmlSource { ssml_text: ssml.clone(), ..Default::default() };
            wire::PlaySource { ssml: Some(ssml), ..of_kind("ssml") }
        }
        Media::File { file } => wire::PlaySource {
            file: Some(wire::FileSource { uri: media_url(file, &site.public_url) }),
            ..of_kind("file")
        },
    }
}

/// Where the platform fetches an audio file: a URL as it is, a project path under this service's `/media/`.
fn media_url(file: &str, public_url: &str) -> String {
    if file.contains("://") {
        return file.to_owned();
    }
    let path: Vec<String> = file.split('/').map(segment::encoded).collect();
    format!("{}/media/{}", public_url.trim_end_matches('/'), path.join("/"))
}

#[cfg(test)]
mod tests {
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
            public_url: "https://app.example/".to_owned(),
        }
    }

    fn request(command: Command) -> Request {
        Request {
            op: OpRef { op: 7, attempt: 2 },
            command,
            connection: Some("411f/b0".to_owned()),
            repeat_id: uuid::Uuid::nil(),
            first_sent: 0,
            callback_uri: "https://app.example/callbacks/c1/mac".to_owned(),
        }
    }

    /// Sends through the mapping; the body must read back as the typed body `T`, which knows no unknown members.
    fn check<T: serde::de::DeserializeOwned>(command: Command, method: &str, path: &str, body: Value) {
        let sent = to_wire(&request(command), &site()).unwrap();
        assert_eq!(sent.operation.row().method.as_str(), method);
        assert_eq!(sent.path_and_query, format!("{path}?api-version=2026-03-12"));
        let written = sent.body.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), body);
        serde_json::from_slice::<T>(&written).unwrap();
    }

    fn say(text: &str) -> Media {
        Media::Text { text: text.to_owned(), voice: "en-US-NancyNeural".to_owned() }
    }

    fn asked(media: Vec<Media>, listen: Listen, first_key_ms: u64) -> Command {
        let target = "4:+16041234567".to_owned();
        Command::Recognize { media, target, listen, first_key_ms, interrupt_prompt: true, interrupt: false }
    }

    #[test]
    fn answer() {
        check::<wire::AnswerCall>(
            Command::Answer { context: "eyJhbGci".to_owned() },
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
        let sent = to_wire(&request(Command::Answer { context: "c".to_owned() }), &bare).unwrap();
        let body: Value = serde_json::from_slice(&sent.body.unwrap()).unwrap();
        assert_eq!(body.get("callIntelligenceOptions"), None);
    }

    #[test]
    fn create() {
        check::<wire::CreateCall>(
            Command::Create {
                to: vec!["+16041234567".to_owned(), "8:acs:a_b".to_owned()],
                from: Some("4:+18001112222".to_owned()),
            },
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
            Media::Ssml { ssml: "<speak>Hi</speak>".to_owned() },
            Media::File { file: "prompts/so long.wav".to_owned() },
            Media::File { file: "https://media.example/a b.wav".to_owned() },
        ];
        check::<wire::Play>(
            Command::Play { media, looped: false, interrupt: true },
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
                    "targetParticipant": {"kind": "phoneNumber", "rawId": "4:+16041234567", "phoneNumber": {"value": "+16041234567"}},
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
            assert_eq!((keys.max_tones_to_collect, body.play_prompt, body.play_prompts), (Some(1), None, None));
        }
    }

    #[test]
    fn transfer() {
        check::<wire::Transfer>(
            Command::Transfer { to: "+441632960100".to_owned() },
            "POST",
            "/calling/callConnections/411f%2Fb0:transferToParticipant",
            json!({"targetParticipant": {"kind": "phoneNumber", "rawId": "4:+441632960100",
                "phoneNumber": {"value": "+441632960100"}}, "operationContext": "7.2"}),
        );
    }

    #[test]
    fn requests_without_a_body() {
        let base = "/calling/callConnections/411f%2Fb0";
        for (command, method, verb) in [
            (Command::CancelMedia, "POST", ":cancelAllMediaOperations"),
            (Command::HangUp, "DELETE", ""),
            (Command::Terminate, "POST", ":terminate"),
            (Command::GetCall, "GET", ""),
        ] {
            let sent = to_wire(&request(command), &site()).unwrap();
            assert_eq!((sent.operation.row().method.as_str(), sent.body), (method, None));
            assert_eq!(sent.path_and_query, format!("{base}{verb}?api-version=2026-03-12"));
        }
    }

    #[test]
    fn mid_call_requests_need_a_connection() {
        for connection in [None, Some(""), Some("."), Some("..")] {
            let connection = connection.map(str::to_owned);
            let sent = to_wire(&Request { connection, ..request(Command::HangUp) }, &site());
            assert_eq!(sent, Err(Error::NoConnection));
        }
        let first = Request { connection: None, ..request(Command::Answer { context: "c".to_owned() }) };
        assert!(to_wire(&first, &site()).is_ok());
    }
}
