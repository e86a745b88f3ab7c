//! Media streams and transcriptions of a leg: set up with it, started, changed and stopped.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done};
use crate::emulator::call::{Call, result};
use crate::emulator::cloud::Cloud;
use crate::emulator::notify::Reply;
use crate::emulator::uri;
use crate::emulator::world::World;
use crate::platform::codes::{self, Code};
use crate::platform::events::Webhook;
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
    runs: bool,
    starts: bool,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    Audio,
    Words { locale: String, intermediate: bool },
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
    let starts = options.start_media_streaming == Some(true);
    Ok(Stream { id: String::new(), runs: false, starts, kind: Kind::Audio })
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
    let kind =
        Kind::Words { locale: options.locale.clone(), intermediate: options.enable_intermediate_results == Some(true) };
    Ok(Stream { id: String::new(), runs: false, starts: options.start_transcription == Some(true), kind })
}

fn locale(path: &str, locale: &str) -> Result<(), Refusal> {
    if is_locale(locale) { Ok(()) } else { Err(Refusal::field(path, "must be a locale such as en-US")) }
}

fn state(runs: bool) -> String {
    if runs { "active" } else { "inactive" }.to_owned()
}

impl Stream {
    /// As `mediaStreamingSubscription`.
    pub(crate) fn audio_model(&self) -> wire::MediaStreamingSubscription {
        wire::MediaStreamingSubscription {
            id: self.id.clone(),
            state: state(self.runs),
            subscribed_content_types: vec!["audio".to_owned()],
        }
    }

    /// As `transcriptionSubscription`.
    pub(crate) fn words_model(&self) -> wire::TranscriptionSubscription {
        let (locale, intermediate) = match &self.kind {
            Kind::Audio => (String::new(), false),
            Kind::Words { locale, intermediate } => (locale.clone(), *intermediate),
        };
        let types = if intermediate { vec!["final", "intermediate"] } else { vec!["final"] };
        wire::TranscriptionSubscription {
            id: self.id.clone(),
            state: state(self.runs),
            subscribed_result_types: types.into_iter().map(str::to_owned).collect(),
            locale,
        }
    }
}

/// What becomes of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Changed,
    Failed(Code),
    Started,
    Stopped,
}

fn audio_data(became: Became) -> (Webhook, wire::EventData) {
    let (webhook, status, details, code) = match became {
        Became::Started | Became::Changed => {
            (Webhook::MediaStreamingStarted, "mediaStreamingStarted", "subscriptionStarted", codes::OK)
        }
        Became::Stopped => (Webhook::MediaStreamingStopped, "mediaStreamingStopped", "subscriptionStopped", codes::OK),
        Became::Failed(code) => (Webhook::MediaStreamingFailed, "mediaStreamingFailed", "badRequest", code),
    };
    let update = wire::MediaStreamingUpdate {
        content_type: "Audio".to_owned(),
        media_streaming_status: status.to_owned(),
        media_streaming_status_details: details.to_owned(),
    };
    (webhook, wire::EventData { media_streaming_update: Some(update), ..result(code) })
}

fn words_data(became: Became) -> (Webhook, wire::EventData) {
    let (webhook, status, details, code) = match became {
        Became::Started => (Webhook::TranscriptionStarted, "transcriptionStarted", "subscriptionStarted", codes::OK),
        Became::Changed => {
            (Webhook::TranscriptionUpdated, "transcriptionUpdated", "transcriptionLocaleUpdated", codes::OK)
        }
        Became::Stopped => (Webhook::TranscriptionStopped, "transcriptionStopped", "subscriptionStopped", codes::OK),
        Became::Failed(code) => (Webhook::TranscriptionFailed, "transcriptionFailed", "badRequest", code),
    };
    let update = wire::TranscriptionUpdate {
        transcription_status: status.to_owned(),
        transcription_status_details: details.to_owned(),
    };
    (webhook, wire::EventData { transcription_update: Some(update), ..result(code) })
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
    /// Starts the media stream. Started again, it says so again.
    pub(crate) fn start_streaming(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        let stream = self.legs.get_mut(reply.leg).and_then(|leg| leg.streams.audio.as_mut());
        let stream = stream.ok_or_else(|| not_set_up("mediaStreamingOptions"))?;
        stream.runs = true;
        self.tell(world, reply, audio_data(Became::Started));
        Ok(())
    }

    /// Stops the media stream.
    pub(crate) fn stop_streaming(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        let stream = self.legs.get_mut(reply.leg).and_then(|leg| leg.streams.audio.as_mut());
        let stream = stream.ok_or_else(|| not_set_up("mediaStreamingOptions"))?;
        stream.runs = false;
        self.tell(world, reply, audio_data(Became::Stopped));
        Ok(())
    }

    /// Starts the transcription.
    pub(crate) fn start_transcription(
        &mut self,
        world: &mut World,
        asked: &wire::Transcription,
        reply: &Reply,
    ) -> Result<(), Refusal> {
        self.turn_words(asked, reply.leg, |stream| stream.runs = true)?;
        self.tell(world, reply, words_data(Became::Started));
        Ok(())
    }

    /// Stops the transcription.
    pub(crate) fn stop_transcription(&mut self, world: &mut World, reply: &Reply) -> Result<(), Refusal> {
        self.turn_words(&wire::Transcription::default(), reply.leg, |stream| stream.runs = false)?;
        self.tell(world, reply, words_data(Became::Stopped));
        Ok(())
    }

    /// Changes the transcription while it runs. What joined by connect cannot.
    pub(crate) fn update_transcription(
        &mut self,
        world: &mut World,
        asked: &wire::Transcription,
        reply: &Reply,
    ) -> Result<(), Refusal> {
        let leg = self.legs.get(reply.leg);
        let runs = leg.and_then(|leg| leg.streams.words.as_ref()).is_some_and(|stream| stream.runs);
        let became = if leg.is_some_and(|leg| leg.joined) {
            Became::Failed(NOT_CHANGED_THERE)
        } else if runs {
            Became::Changed
        } else {
            Became::Failed(DOES_NOT_RUN)
        };
        let nothing = wire::Transcription::default();
        let asked = if became == Became::Changed { asked } else { &nothing };
        self.turn_words(asked, reply.leg, |_| {})?;
        self.tell(world, reply, words_data(became));
        Ok(())
    }

    fn turn_words(
        &mut self,
        asked: &wire::Transcription,
        leg: usize,
        turn: impl Fn(&mut Stream),
    ) -> Result<(), Refusal> {
        let stream = self.legs.get_mut(leg).and_then(|leg| leg.streams.words.as_mut());
        let stream = stream.ok_or_else(|| not_set_up("transcriptionOptions"))?;
        if let (Some(asked), Kind::Words { locale: own, .. }) = (&asked.locale, &mut stream.kind) {
            locale("locale", asked)?;
            own.clone_from(asked);
        }
        turn(stream);
        Ok(())
    }

    /// A leg is up: what was to start with it starts.
    pub(crate) fn start_streams(&mut self, world: &mut World, leg: usize) {
        let reply = self.set_up(leg);
        let Some(own) = self.legs.get_mut(leg) else { return };
        let starting = |stream: &mut Option<Stream>| {
            let stream = stream.as_mut().filter(|stream| stream.starts);
            stream.map(|stream| stream.runs = true).is_some()
        };
        let (audio, words) = (starting(&mut own.streams.audio), starting(&mut own.streams.words));
        if audio {
            self.tell(world, &reply, audio_data(Became::Started));
        }
        if words {
            self.tell(world, &reply, words_data(Became::Started));
        }
    }

    /// A leg leaves: what it streams stops.
    pub(crate) fn stop_streams(&mut self, world: &mut World, leg: usize) {
        let reply = self.set_up(leg);
        let Some(own) = self.legs.get_mut(leg) else { return };
        let stopping = |stream: &mut Option<Stream>| stream.take().is_some_and(|stream| stream.runs);
        let (audio, words) = (stopping(&mut own.streams.audio), stopping(&mut own.streams.words));
        if audio {
            self.tell(world, &reply, audio_data(Became::Stopped));
        }
        if words {
            self.tell(world, &reply, words_data(Became::Stopped));
        }
    }

    fn tell(&self, world: &mut World, reply: &Reply, (webhook, data): (Webhook, wire::EventData)) {
        self.notify(world, webhook, reply, data);
    }
}

fn not_set_up(path: &str) -> Refusal {
    Refusal::new(NOT_SET_UP, format!("{path}: were not given when the call was set up"))
}
