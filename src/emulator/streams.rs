//! Media streams and transcriptions of a leg: set up with it, started, changed and stopped.

pub(crate) mod frame;
pub(crate) mod inbound;
pub(crate) mod phrase;
pub(crate) mod socket;
pub(crate) mod sound;
pub(crate) mod told;

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done};
use crate::emulator::call::Call;
use crate::emulator::cloud::Cloud;
use crate::emulator::notify::Reply;
use crate::emulator::streams::socket::Line;
use crate::emulator::streams::told::{Became, Failure};
use crate::emulator::uri;
use crate::emulator::world::World;
use crate::platform::codes::{self, Code};
use crate::platform::limits::is_locale;
use crate::platform::operations::Operation;
use crate::provider::acs::wire;

/// Nothing was said of it when the call was set up.
const NOT_SET_UP: Code = Code::new(405, 8522);
/// A transcription of a leg that joined cannot be changed.
const NOT_CHANGED_THERE: Code = Code::new(405, 8520);
/// A transcription that does not run cannot be changed.
const DOES_NOT_RUN: Code = Code::new(400, 8578);

/// What a leg streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stream {
    /// Names the subscription.
    id: String,
    /// Where to.
    url: Option<String>,
    /// Its web socket.
    pub(crate) line: Line,
    starts: bool,
    pub(crate) kind: Kind,
}

/// One of the two that a leg may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    /// The media stream.
    Audio,
    /// The transcription.
    Words,
}

/// What is streamed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Sound, and perhaps keys.
    Audio(Format),
    /// Text.
    Words { locale: String, intermediate: bool, model: Option<String> },
}

/// How sound is streamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// Samples a second.
    pub(crate) rate: u32,
    /// Each person apart.
    pub(crate) unmixed: bool,
    /// Whether keys are told.
    pub(crate) keys: bool,
    /// Whether the application may send sound too.
    pub(crate) bidirectional: bool,
}

/// What create, answer and connect say of streams.
#[derive(Clone, Debug, Default)]
pub(crate) struct Streams {
    /// The audio.
    pub(crate) audio: Option<Stream>,
    /// The words.
    pub(crate) words: Option<Stream>,
}

impl Streams {
    /// Checks the two options of a request.
    pub(crate) fn read(
        audio: Option<&wire::MediaStreamingOptions>,
        words: Option<&wire::TranscriptionOptions>,
        speaks: bool,
    ) -> Result<Streams, Refusal> {
        let audio = audio.map(audio_of).transpose()?;
        let words = words.map(|options| words_of(options, speaks)).transpose()?;
        Ok(Streams { audio, words })
    }

    /// One of the two.
    pub(crate) fn which(&self, which: Which) -> Option<&Stream> {
        match which {
            Which::Audio => self.audio.as_ref(),
            Which::Words => self.words.as_ref(),
        }
    }

    /// One of the two, to be changed.
    pub(crate) fn which_mut(&mut self, which: Which) -> Option<&mut Stream> {
        match which {
            Which::Audio => self.audio.as_mut(),
            Which::Words => self.words.as_mut(),
        }
    }

    /// Names the subscriptions of a new leg.
    pub(crate) fn named(mut self, world: &mut World) -> Streams {
        for stream in [&mut self.audio, &mut self.words].into_iter().flatten() {
            stream.id = world.ids.guid();
        }
        self
    }
}

fn one_of(path: &str, value: &str, known: &[&str]) -> Result<(), Refusal> {
    if known.contains(&value) { Ok(()) } else { Err(Refusal::field(path, format!("must be {}", known.join(" or ")))) }
}

fn audio_of(options: &wire::MediaStreamingOptions) -> Result<Stream, Refusal> {
    let path = |field: &str| format!("mediaStreamingOptions.{field}");
    one_of(&path("transportType"), &options.transport_type, &["websocket"])?;
    one_of(&path("audioChannelType"), &options.audio_channel_type, &["mixed", "unmixed"])?;
    one_of(&path("contentType"), options.content_type.as_deref().unwrap_or("audio"), &["audio"])?;
    let format = options.audio_format.as_deref().unwrap_or("pcm16KMono");
    one_of(&path("audioFormat"), format, &["pcm16KMono", "pcm24KMono"])?;
    if let Some(url) = &options.transport_url {
        uri::socket(&path("transportUrl"), url)?;
    }
    let kind = Kind::Audio(Format {
        rate: if format == "pcm24KMono" { 24_000 } else { 16_000 },
        unmixed: options.audio_channel_type == "unmixed",
        keys: options.enable_dtmf_tones == Some(true),
        bidirectional: options.enable_bidirectional == Some(true),
    });
    Ok(Stream::new(options.transport_url.clone(), options.start_media_streaming == Some(true), kind))
}

fn words_of(options: &wire::TranscriptionOptions, speaks: bool) -> Result<Stream, Refusal> {
    let path = |field: &str| format!("transcriptionOptions.{field}");
    one_of(&path("transportType"), &options.transport_type, &["websocket"])?;
    locale(&path("locale"), &options.locale)?;
    if let Some(url) = &options.transport_url {
        uri::socket(&path("transportUrl"), url)?;
    }
    if !speaks {
        let message = "transcriptionOptions: need callIntelligenceOptions.cognitiveServicesEndpoint";
        return Err(Refusal::new(codes::refusal::COGNITIVE, message));
    }
    let kind = Kind::Words {
        locale: options.locale.clone(),
        intermediate: options.enable_intermediate_results == Some(true),
        model: options.speech_model_endpoint_id.clone(),
    };
    Ok(Stream::new(options.transport_url.clone(), options.start_transcription == Some(true), kind))
}

fn locale(path: &str, locale: &str) -> Result<(), Refusal> {
    if is_locale(locale) { Ok(()) } else { Err(Refusal::field(path, "must be a locale such as en-US")) }
}

impl Stream {
    fn new(url: Option<String>, starts: bool, kind: Kind) -> Stream {
        Stream { id: String::new(), url, line: Line::Off, starts, kind }
    }

    /// Names its subscription.
    pub(crate) fn subscription(&self) -> &str {
        &self.id
    }

    fn state(&self) -> String {
        match self.line {
            Line::On { .. } => "active",
            Line::Off | Line::Opening { .. } => "inactive",
        }
        .to_owned()
    }

    /// As `mediaStreamingSubscription`.
    pub(crate) fn audio_model(&self) -> wire::MediaStreamingSubscription {
        wire::MediaStreamingSubscription {
            id: self.id.clone(),
            state: self.state(),
            subscribed_content_types: vec!["audio".to_owned()],
        }
    }

    /// As `transcriptionSubscription`.
    pub(crate) fn words_model(&self) -> wire::TranscriptionSubscription {
        let (locale, intermediate) = match &self.kind {
            Kind::Audio(_) => (String::new(), false),
            Kind::Words { locale, intermediate, .. } => (locale.clone(), *intermediate),
        };
        let types = if intermediate { vec!["final", "intermediate"] } else { vec!["final"] };
        wire::TranscriptionSubscription {
            id: self.id.clone(),
            state: self.state(),
            subscribed_result_types: types.into_iter().map(str::to_owned).collect(),
            locale,
        }
    }
}

impl Cloud {
    /// Start media streaming.
    pub(crate) fn start_streaming(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let reply = Reply::of(&asked.body::<wire::Streaming>()?)?;
        let (call, world, leg) = self.at(Operation::StartStreaming, id)?;
        call.start_streaming(world, &reply.to(leg))?;
        Ok(done(Operation::StartStreaming))
    }

    /// Stop media streaming.
    pub(crate) fn stop_streaming(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let reply = Reply::of(&asked.body::<wire::Streaming>()?)?;
        let (call, world, leg) = self.at(Operation::StopStreaming, id)?;
        call.stop_streaming(world, &reply.to(leg))?;
        Ok(done(Operation::StopStreaming))
    }

    /// Start transcription.
    pub(crate) fn start_transcription(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Transcription = asked.body()?;
        let reply = Reply::of(&body)?;
        let (call, world, leg) = self.at(Operation::StartTranscription, id)?;
        call.start_transcription(world, &body, &reply.to(leg))?;
        Ok(done(Operation::StartTranscription))
    }

    /// Stop transcription.
    pub(crate) fn stop_transcription(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let reply = Reply::of(&asked.body::<wire::Streaming>()?)?;
        let (call, world, leg) = self.at(Operation::StopTranscription, id)?;
        call.stop_transcription(world, &reply.to(leg))?;
        Ok(done(Operation::StopTranscription))
    }

    /// Update transcription.
    pub(crate) fn update_transcription(&mut self, id: &str, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let body: wire::Transcription = asked.body()?;
        let reply = Reply::of(&body)?;
        let (call, world, leg) = self.at(Operation::UpdateTranscription, id)?;
        call.update_transcription(world, &body, &reply.to(leg))?;
        Ok(done(Operation::UpdateTranscription))
    }
}

impl Call {
    /// One of the streams of a leg.
    pub(crate) fn stream(&self, leg: usize, which: Which) -> Option<&Stream> {
        self.legs.get(leg).and_then(|leg| leg.streams.which(which))
    }

    /// The same, to be changed.
    pub(crate) fn stream_mut(&mut self, leg: usize, which: Which) -> Option<&mut Stream> {
        self.legs.get_mut(leg).and_then(|leg| leg.streams.which_mut(which))
    }

    /// Starts the media stream. Started again, it says so again.
    fn start_streaming(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        self.stream(reply.leg, Which::Audio).ok_or_else(|| not_set_up("mediaStreamingOptions"))?;
        self.start_line(world, Which::Audio, reply);
        Ok(())
    }

    /// Stops the media stream.
    fn stop_streaming(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        self.stream(reply.leg, Which::Audio).ok_or_else(|| not_set_up("mediaStreamingOptions"))?;
        self.stop_line(world, Which::Audio, reply);
        self.tell_stream(world, Which::Audio, reply, Became::Stopped);
        Ok(())
    }

    /// Starts the transcription.
    fn start_transcription(
        &mut self,
        world: &mut World,
        asked: &wire::Transcription,
        reply: &Reply,
    ) -> Result<(), Refusal> {
        self.turn_words(asked, reply.leg)?;
        self.start_line(world, Which::Words, reply);
        Ok(())
    }

    /// Stops the transcription.
    fn stop_transcription(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        self.stream(reply.leg, Which::Words).ok_or_else(|| not_set_up("transcriptionOptions"))?;
        self.stop_line(world, Which::Words, reply);
        self.tell_stream(world, Which::Words, reply, Became::Stopped);
        Ok(())
    }

    /// Changes the transcription while it runs. What joined by connect cannot.
    fn update_transcription(
        &mut self,
        world: &mut World,
        asked: &wire::Transcription,
        reply: &Reply,
    ) -> Result<(), Refusal> {
        let stream = self.stream(reply.leg, Which::Words).ok_or_else(|| not_set_up("transcriptionOptions"))?;
        let became = if self.legs.get(reply.leg).is_some_and(|leg| leg.joined) {
            Became::Failed(Failure::Refused(NOT_CHANGED_THERE))
        } else if stream.line == Line::Off {
            Became::Failed(Failure::Refused(DOES_NOT_RUN))
        } else {
            Became::Changed
        };
        if became == Became::Changed {
            self.turn_words(asked, reply.leg)?;
        }
        self.tell_stream(world, Which::Words, reply, became);
        Ok(())
    }

    fn turn_words(&mut self, asked: &wire::Transcription, leg: usize) -> Result<(), Refusal> {
        let stream = self.stream_mut(leg, Which::Words).ok_or_else(|| not_set_up("transcriptionOptions"))?;
        if let Kind::Words { locale: own, model, .. } = &mut stream.kind {
            if let Some(asked) = &asked.locale {
                locale("locale", asked)?;
                own.clone_from(asked);
            }
            if let Some(asked) = &asked.speech_model_endpoint_id {
                *model = Some(asked.clone());
            }
        }
        Ok(())
    }

    /// A leg is up: what was to start with it starts.
    pub(crate) fn start_streams(&mut self, world: &mut World, leg: usize) {
        let reply = self.set_up(leg);
        for which in [Which::Audio, Which::Words] {
            if self.stream(leg, which).is_some_and(|stream| stream.starts) {
                self.start_line(world, which, &reply);
            }
        }
    }

    /// A leg leaves: what it streams stops.
    pub(crate) fn stop_streams(&mut self, world: &mut World, leg: usize) {
        let reply = self.set_up(leg);
        for which in [Which::Audio, Which::Words] {
            if self.stop_line(world, which, &reply) {
                self.tell_stream(world, which, &reply, Became::Stopped);
            }
        }
    }
}

fn not_set_up(path: &str) -> Refusal {
    Refusal::new(NOT_SET_UP, format!("{path}: were not given when the call was set up"))
}
