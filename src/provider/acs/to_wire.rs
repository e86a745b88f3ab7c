//! Turns a request in flow terms into method, path and JSON of the REST API, in the api-version spoken.
//! Every choice the platform leaves open is written out: SDKs and documentation disagree about the defaults.
//! Knows nothing of HTTP clients, clocks and keys.

use crate::machine::command::{ChoiceOffer, Command, Listen, Media};
use crate::machine::event::{Answer, Facts};
use crate::platform::codes::refusal;
use crate::platform::generations::Form;
use crate::platform::hidden::Hidden;
use crate::platform::identifier::Identifier;
use crate::platform::limits;
use crate::platform::operations::{Method, Operation};
use crate::platform::tones::Tone;
use crate::platform::versions::Version;
use crate::provider::acs::party;
use crate::provider::acs::segment;
use crate::provider::acs::wire;
use crate::provider::{Outcome, Request};

pub(crate) mod first;
mod line;
mod people;
mod streams;
#[cfg(test)]
mod tests;
mod version;

/// What every request says of this service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The api-version spoken.
    pub api_version: String,
    /// The AI resource that speaks and understands; needed at set-up for any text or speech.
    pub ai_endpoint: Option<String>,
    /// Where streams of a call's media go: `wss://…`. Needed at set-up for any stream.
    pub streaming_url: Option<String>,
    /// Where transcriptions go: `wss://…`. Needed at set-up for any transcription.
    pub transcription_url: Option<String>,
    /// Where the platform reaches this service; project media is under its `/media/`.
    pub public_url: String,
    /// The communication user that places calls, in the api-versions that ask for one.
    pub calling_user: Option<String>,
}

/// A request as it goes over the wire.
#[derive(Clone, PartialEq, Eq)]
pub struct WireRequest {
    /// Which operation: its method, its success status, whether it is repeatable.
    pub operation: Operation,
    /// The version it is said in.
    pub version: Version,
    /// The form it has in one of the first generations, where one is spoken.
    pub form: Option<&'static Form>,
    /// Path and query, percent-encoded, as on the request line.
    pub path_and_query: String,
    /// The JSON body; `None` where the operation has none.
    pub body: Option<Vec<u8>>,
}

impl std::fmt::Debug for WireRequest {
    /// Nothing of what is personal.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WireRequest")
            .field("operation", &self.operation)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl WireRequest {
    /// Its method.
    #[must_use]
    pub fn method(&self) -> Method {
        self.form.map_or(self.operation.row().method, |form| form.method)
    }

    /// Whether a status says that it was carried out.
    #[must_use]
    pub fn is_success(&self, status: u16) -> bool {
        self.form.map_or_else(|| self.version.is_success(self.operation, status), |form| form.success == status)
    }

    /// Whether it carries the two repeatability headers.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.form.is_none() && self.operation.row().repeatable
    }
}

/// What a request wants of its events.
struct Told {
    /// What they say again.
    context: String,
    /// Where they go: where this service is now, though the call may have begun when it was elsewhere.
    callback: String,
}

impl Told {
    fn of(request: &Request) -> Told {
        Told { context: request.op.to_string(), callback: request.callback_uri.clone() }
    }
}

/// Why a request cannot be put on the wire. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// A mid-call request for a call whose connection id the platform has not given yet.
    #[error("the call has no connection id yet")]
    NoConnection,
    /// It is about somebody, or a recording, that nobody has found.
    #[error("nobody knows whom or what it is about")]
    NobodyThere,
    /// A request that is not for the platform.
    #[error("`{0}` is not for the platform")]
    NotForThePlatform(&'static str),
    /// The api-version spoken cannot say it.
    #[error("api-version {0} does not have what it asks for")]
    NotInVersion(&'static str),
    /// It is so from the beginning of the call: nothing has to be asked for.
    #[error("it is so from the beginning of the call")]
    HoldsAlready,
    /// The api-version spoken wants to know who calls.
    #[error("no user is set as whom calls are placed")]
    NobodyCalls,
    /// A body that cannot be written as JSON.
    #[error("the body cannot be written: {0}")]
    Body(String),
}

impl Error {
    /// What comes of a request that cannot be put on the wire: what the platform itself would say of it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        Outcome::Definite(match self {
            Error::HoldsAlready => Answer::Accepted(Facts::default()),
            Error::NoConnection => Answer::Refused { code: refusal::NOT_ESTABLISHED },
            Error::NobodyThere => Answer::Refused { code: refusal::NOT_IN_CALL },
            Error::Body(_) | Error::NobodyCalls | Error::NotForThePlatform(_) | Error::NotInVersion(_) => {
                Answer::Refused { code: refusal::INVALID }
            }
        })
    }
}

/// Turns a request into what is sent.
///
/// # Errors
/// When a mid-call request has no connection id that can stand in a path, or the api-version does not have what it asks for.
pub fn to_wire(request: &Request, site: &Site) -> Result<WireRequest, Error> {
    let version = Version::parse(&site.api_version).unwrap_or(Version::NEWEST);
    if let Some(generation) = version.generation() {
        return first::to_wire(request, site, version, generation);
    }
    version::understands(&request.command, version)?;
    let context = request.op.to_string();
    let told = || Told::of(request);
    let (operation, body) = match &request.command {
        Command::Add { who, from, ring_for_ms, headers } => {
            (Operation::AddParticipant, json(&people::add(who, from.as_ref(), *ring_for_ms, headers, told()))?)
        }
        Command::Answer { context: incoming } => {
            (Operation::AnswerCall, json(&line::answer(incoming, context, request, site))?)
        }
        Command::CancelAdd { invitation } => {
            (Operation::CancelAddParticipant, json(&people::cancel_add(invitation, told()))?)
        }
        Command::CancelMedia => (Operation::CancelMedia, None),
        Command::Connect { to, by } => (Operation::Connect, json(&line::connect(to, *by, context, request, site))?),
        Command::Create { to, from } => {
            (Operation::CreateCall, json(&line::create(to, from.as_ref(), context, request, site))?)
        }
        Command::GetCall => (Operation::GetCall, None),
        Command::GetParticipant { .. } => (Operation::GetParticipant, None),
        Command::HangUp => (Operation::HangUp, None),
        Command::Hold { who, music } => {
            (Operation::Hold, json(&people::hold(who, music.as_ref().map(|music| source(music, site)), told()))?)
        }
        Command::Invoke { .. } | Command::Signal { .. } => {
            return Err(Error::NotForThePlatform(request.command.name()));
        }
        Command::ListParticipants => (Operation::ListParticipants, None),
        Command::Move { there, .. } => {
            let there = there.as_ref().ok_or(Error::NobodyThere)?;
            (Operation::MoveParticipants, json(&people::move_here(there, told()))?)
        }
        Command::Mute { who } => (Operation::MuteParticipant, json(&people::mute(who, context))?),
        Command::PauseRecording { .. } => (Operation::PauseRecording, None),
        Command::Play { media, to, looped, interrupt } => {
            (Operation::Play, json(&play(&version::sources(media, version)?, to, *looped, *interrupt, told(), site))?)
        }
        Command::Recognize { media, target, listen, first_key_ms, interrupt_prompt, interrupt } => {
            let recognize_options = wire::RecognizeOptions {
                target_participant: party::to_wire(target),
                interrupt_prompt: Some(*interrupt_prompt),
                ..listen_options(listen, *first_key_ms)
            };
            let prompts = sources(&version::sources(media, version)?, site);
            let body = wire::Recognize { recognize_options, ..recognize(listen, prompts, *interrupt, told()) };
            (Operation::Recognize, json(&body)?)
        }
        Command::Redirect { context: incoming, to } => (Operation::RedirectCall, json(&line::redirect(incoming, to))?),
        Command::Reject { context: incoming, reason } => {
            (Operation::RejectCall, json(&line::reject(incoming, *reason))?)
        }
        Command::Remove { who, .. } => (Operation::RemoveParticipant, json(&people::remove(who, told()))?),
        Command::ResumeRecording { .. } => (Operation::ResumeRecording, None),
        Command::SendKeys { who, keys } => (Operation::SendKeys, json(&people::send_keys(who, keys, told()))?),
        Command::StartKeys { who } => (Operation::StartKeys, json(&people::target(who, told()))?),
        Command::StartRecording => (Operation::StartRecording, json(&streams::start_recording(request, version)?)?),
        Command::StartStreaming => (Operation::StartStreaming, json(&streams::streaming(told()))?),
        Command::StartTranscription { locale } => {
            (Operation::StartTranscription, json(&streams::transcription(locale, told()))?)
        }
        Command::StopKeys { who } => (Operation::StopKeys, json(&people::target(who, told()))?),
        Command::StopRecording { .. } => (Operation::StopRecording, None),
        Command::StopStreaming => (Operation::StopStreaming, json(&streams::streaming(told()))?),
        Command::StopTranscription => (Operation::StopTranscription, json(&streams::streaming(told()))?),
        Command::Terminate => (Operation::Terminate, None),
        Command::Transfer { to, transferee, from, headers } => {
            (Operation::Transfer, json(&line::transfer(to, transferee.as_ref(), from.as_ref(), headers, told()))?)
        }
        Command::Unhold { who } => (Operation::Unhold, json(&people::target(who, told()))?),
        Command::UpdateTranscription { locale } => {
            (Operation::UpdateTranscription, json(&streams::transcription(locale, told()))?)
        }
    };
    version::has(operation, version)?;
    let body = body.map(|body| version::body(operation, body, version)).transpose()?;
    let path = path(operation.row().path, request)?;
    let path_and_query = format!("{path}?api-version={}", site.api_version);
    Ok(WireRequest { operation, version, form: None, path_and_query, body })
}

/// The path with its ids in their places. An id that a URL would read as a step up is no id.
fn path(pattern: &str, request: &Request) -> Result<String, Error> {
    let mut path = pattern.to_owned();
    if pattern.contains("{id}") {
        path = path.replace("{id}", &segment::encoded(connection(request)?));
    }
    let (place, id) = match &request.command {
        Command::GetParticipant { who } => ("{who}", Identifier::parse(who).raw_id()),
        Command::PauseRecording { recording }
        | Command::ResumeRecording { recording }
        | Command::StopRecording { recording } => ("{recording}", recording.clone()),
        _ => return Ok(path),
    };
    if ["", ".", ".."].contains(&id.as_str()) {
        return Err(Error::NobodyThere);
    }
    Ok(path.replace(place, &segment::encoded(&id)))
}

fn connection(request: &Request) -> Result<&str, Error> {
    request.connection.as_deref().filter(|id| !["", ".", ".."].contains(id)).ok_or(Error::NoConnection)
}

fn json<T: serde::Serialize>(body: &T) -> Result<Option<Vec<u8>>, Error> {
    serde_json::to_vec(body).map(Some).map_err(|error| Error::Body(error.to_string()))
}

fn play(media: &[Media], to: &[Hidden<String>], looped: bool, interrupt: bool, told: Told, site: &Site) -> wire::Play {
    wire::Play {
        play_sources: sources(media, site),
        play_to: Some(to.iter().map(|who| party::to_wire(who)).collect()),
        interrupt_call_media_operation: Some(interrupt),
        play_options: Some(wire::PlayOptions { looped }),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

/// The body of a recognition, but for its options.
fn recognize(listen: &Listen, mut prompts: Vec<wire::PlaySource>, interrupt: bool, told: Told) -> wire::Recognize {
    let single = if prompts.len() == 1 { prompts.pop() } else { None };
    wire::Recognize {
        recognize_input_type: input_type(listen).to_owned(),
        play_prompt: single,
        play_prompts: (!prompts.is_empty()).then_some(prompts),
        interrupt_call_media_operation: Some(interrupt),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
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
            let text = wire::TextSource { text: text.0.clone(), voice_name: Some(voice.clone()), ..Default::default() };
            wire::PlaySource { text: Some(text), ..of_kind("text") }
        }
        Media::Ssml { ssml } => {
            let ssml = wire::SsmlSource { ssml_text: ssml.0.clone(), ..Default::default() };
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
