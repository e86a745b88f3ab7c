//! Recordings: started, paused, resumed, stopped and asked after; their file comes a moment after the end.

use crate::emulator::answer::{Answer, Refusal};
use crate::emulator::api::{Asked, done, told};
use crate::emulator::call::{Call, gone, result, why};
use crate::emulator::cloud::Cloud;
use crate::emulator::connect::{Place, place};
use crate::emulator::files::File;
use crate::emulator::identity;
use crate::emulator::notify::Reply;
use crate::emulator::uri;
use crate::emulator::world::{Due, World};
use crate::platform::codes::{self, Code, refusal};
use crate::platform::events::Webhook;
use crate::platform::legality::{Deed, Tape, of_recording};
use crate::platform::operations::Operation;
use crate::provider::acs::wire;
use base64::Engine as _;

/// A recording runs for this call already.
const RUNS_ALREADY: Code = Code::new(400, 8559);
/// The storage named cannot be reached.
const NO_STORAGE: Code = Code::new(500, 9999);
/// How long after the end the file is there, in milliseconds.
const FILE_MS: u64 = 1_000;
/// How long it takes to notice that a storage cannot be reached, in milliseconds.
const STORAGE_MS: u64 = 500;
/// Most channels of an unmixed recording.
const MOST_CHANNELS: u64 = 5;

/// What is in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    /// Video and sound: mixed, mp4.
    AudioVideo,
    /// Everybody on one track, as wav.
    MixedWav,
    /// Everybody on one track, as mp3.
    MixedMp3,
    /// A track for each person, as wav.
    UnmixedWav,
}

/// One recording of a call.
#[derive(Clone, Debug)]
pub(crate) struct Recording {
    /// Its id.
    pub(crate) id: String,
    pub(crate) content: Content,
    /// When it was started, as the wire writes it.
    pub(crate) started: String,
    /// Where files are reached.
    pub(crate) base: String,
    tape: Tape,
    reply: Reply,
    /// Since when it runs, while it does.
    since: u64,
    /// How much was recorded before that.
    kept_ms: u64,
}

/// A start request, checked as far as it can be without the call.
struct Start {
    place: Result<Place, String>,
    content: Content,
    tape: Tape,
    callback: Option<String>,
    storage_fails: bool,
}

impl Start {
    fn read(asked: &wire::StartRecording) -> Result<Start, Refusal> {
        let place = match (&asked.call_locator, &asked.call_connection_id) {
            (Some(locator), None) if locator.room_id.is_some() => {
                return Err(Refusal::field("callLocator.roomId", "a room cannot be recorded by its id"));
            }
            (Some(locator), None) => Ok(place("callLocator", locator)?),
            (None, Some(id)) => Err(id.clone()),
            _ => return Err(Refusal::field("callLocator", "either this or callConnectionId must be there")),
        };
        if let Some(callback) = &asked.recording_state_callback_uri {
            uri::callback("recordingStateCallbackUri", callback)?;
        }
        let content = content(asked)?;
        channels(asked, content)?;
        let tape = if asked.pause_on_start == Some(true) { Tape::Paused } else { Tape::Active };
        let callback = asked.recording_state_callback_uri.clone();
        Ok(Start { place, content, tape, callback, storage_fails: storage(asked)? })
    }
}

/// The documented combinations; what is not said follows from what is.
fn content(asked: &wire::StartRecording) -> Result<Content, Refusal> {
    let unmixed = asked.recording_channel_type.as_deref() == Some("unmixed");
    let format = asked.recording_format_type.as_deref();
    let is_audio = unmixed || matches!(format, Some("wav" | "mp3"));
    let content = asked.recording_content_type.as_deref().unwrap_or(if is_audio { "audio" } else { "audioVideo" });
    let channels = asked.recording_channel_type.as_deref().unwrap_or("mixed");
    let format = format.unwrap_or(if content == "audio" { "wav" } else { "mp4" });
    for (path, value, known) in [
        ("recordingContentType", content, &["audio", "audioVideo"][..]),
        ("recordingChannelType", channels, &["mixed", "unmixed"]),
        ("recordingFormatType", format, &["wav", "mp3", "mp4"]),
    ] {
        if !known.contains(&value) {
            return Err(Refusal::field(path, format!("must be one of {}", known.join(", "))));
        }
    }
    match (content, channels, format) {
        ("audioVideo", "mixed", "mp4") => Ok(Content::AudioVideo),
        ("audio", "mixed", "wav") => Ok(Content::MixedWav),
        ("audio", "mixed", "mp3") => Ok(Content::MixedMp3),
        ("audio", "unmixed", "wav") => Ok(Content::UnmixedWav),
        _ => {
            Err(Refusal::field("recordingFormatType", format!("{content}, {channels} and {format} do not go together")))
        }
    }
}

/// Orders of channels go with unmixed sound only.
fn channels(asked: &wire::StartRecording, content: Content) -> Result<(), Refusal> {
    let affinity = asked.channel_affinity.as_deref().unwrap_or_default();
    let ordering = asked.audio_channel_participant_ordering.as_deref().unwrap_or_default();
    for (path, given) in
        [("channelAffinity", !affinity.is_empty()), ("audioChannelParticipantOrdering", !ordering.is_empty())]
    {
        if given && content != Content::UnmixedWav {
            return Err(Refusal::field(path, "goes with unmixed sound only"));
        }
    }
    for (index, one) in affinity.iter().enumerate() {
        identity::read(&format!("channelAffinity[{index}].participant"), &one.participant)?;
        let is_taken = affinity[..index].iter().any(|other| other.channel == one.channel && one.channel.is_some());
        if is_taken || one.channel.is_some_and(|channel| channel >= MOST_CHANNELS) {
            return Err(Refusal::field(&format!("channelAffinity[{index}].channel"), "must be 0 to 4, each once"));
        }
    }
    for (index, one) in ordering.iter().enumerate() {
        identity::read(&format!("audioChannelParticipantOrdering[{index}]"), one)?;
    }
    Ok(())
}

/// Whether the storage named cannot be reached: a host below `.invalid` never can.
fn storage(asked: &wire::StartRecording) -> Result<bool, Refusal> {
    let Some(storage) = &asked.external_storage else { return Ok(false) };
    let url = storage.recording_destination_container_url.as_deref();
    match (storage.recording_storage_kind.to_ascii_lowercase().as_str(), url) {
        ("azurecommunicationservices", _) => Ok(false),
        ("azureblobstorage", Some(url)) => {
            let path = "externalStorage.recordingDestinationContainerUrl";
            uri::file(path, url)?;
            Ok(uri::host(url).is_some_and(|host| host.ends_with(".invalid")))
        }
        ("azureblobstorage", None) => {
            Err(Refusal::field("externalStorage.recordingDestinationContainerUrl", "is needed for a blob container"))
        }
        _ => Err(Refusal::field(
            "externalStorage.recordingStorageKind",
            "must be azureCommunicationServices or azureBlobStorage",
        )),
    }
}

impl Recording {
    fn state(&self) -> wire::RecordingState {
        wire::RecordingState {
            recording_id: Some(self.id.clone()),
            recording_state: Some(self.state_name().to_owned()),
            recording_kind: Some("azureCommunicationServices".to_owned()),
        }
    }

    fn state_name(&self) -> &'static str {
        match self.tape {
            Tape::Active => "active",
            Tape::Paused | Tape::Stopped => "inactive",
        }
    }

    /// Runs, or stops running; what ran until now is kept.
    fn turn(&mut self, now: u64, tape: Tape) {
        if self.tape == Tape::Active {
            self.kept_ms += now.saturating_sub(self.since);
        }
        self.since = now;
        self.tape = tape;
    }
}

impl Call {
    fn tell_of_recording(&self, world: &mut World, webhook: Webhook, code: Code) {
        let Some(recording) = &self.recording else { return };
        let changed = webhook == Webhook::RecordingStateChanged;
        let data = wire::EventData {
            recording_id: Some(recording.id.clone()),
            state: changed.then(|| recording.state_name().to_owned()),
            start_date_time: changed.then(|| recording.started.clone()),
            recording_kind: changed.then(|| "azureCommunicationServices".to_owned()),
            ..result(code)
        };
        self.notify(world, webhook, &recording.reply, data);
    }

    fn turn_recording(&mut self, world: &mut World, tape: Tape) {
        if let Some(recording) = &mut self.recording {
            recording.turn(world.now, tape);
        }
        self.tell_of_recording(world, Webhook::RecordingStateChanged, codes::OK);
    }

    /// The recording stops, and its file is made.
    pub(crate) fn stop_recording(&mut self, world: &mut World, end_reason: &'static str) {
        let Some(recording) = &mut self.recording else { return };
        recording.turn(world.now, Tape::Stopped);
        self.tell_of_recording(world, Webhook::RecordingStateChanged, codes::OK);
        let Some(recording) = self.recording.take() else { return };
        // What never ran has no file.
        if recording.kept_ms > 0 {
            let file = File::new(world, self, &recording, recording.kept_ms, end_reason);
            world.plan(FILE_MS, 0, Due::File(Box::new(file)));
        }
    }

    /// The storage of a recording cannot be reached.
    pub(crate) fn recording_fails(&mut self, world: &mut World, id: &str) {
        if self.recording.as_ref().is_some_and(|recording| recording.id == id) {
            self.tell_of_recording(world, Webhook::StartRecordingFailed, NO_STORAGE);
            self.recording = None;
        }
    }
}

impl Cloud {
    /// Starts a recording.
    pub(crate) fn start_recording(&mut self, asked: &Asked<'_>) -> Result<Answer, Refusal> {
        let start = Start::read(&asked.body()?)?;
        let number = match &start.place {
            Ok(place @ Place::Server(_)) => self.placed(place)?,
            Ok(Place::Open(name)) => {
                self.named(name).filter(|(call, _)| !call.is_over()).map(|(call, _)| call.number).ok_or_else(gone)?
            }
            Err(id) => self.at(Operation::StartRecording, id)?.0.number,
        };
        let call = self.calls.get_mut(&number).ok_or_else(gone)?;
        let leg = match &start.place {
            Err(id) => call.leg_of(id),
            Ok(_) => call.live_legs().first().copied(),
        };
        let leg = leg.unwrap_or_default();
        call.may(Operation::StartRecording, leg)?;
        if call.recording.is_some() {
            return Err(Refusal::new(RUNS_ALREADY, "a recording of this call runs already"));
        }
        let world = &mut self.world;
        let id = recording_id(world);
        let reply = Reply { leg, context: None, callback: start.callback };
        let (tape, content) = (start.tape, start.content);
        let base = asked.base();
        let (started, since) = (world.time(), world.now);
        let recording = Recording { id: id.clone(), content, started, base, tape, reply, since, kept_ms: 0 };
        let state = recording.state();
        call.recording = Some(recording);
        self.names.insert(id.clone(), number);
        let success = Operation::StartRecording.row().success;
        if start.storage_fails {
            world.plan(STORAGE_MS, number, Due::RecordingFails(id));
            return Ok(Answer::json(202, &state));
        }
        call.tell_of_recording(world, Webhook::RecordingStateChanged, codes::OK);
        Ok(Answer::json(success, &state))
    }

    /// Get recording properties.
    pub(crate) fn get_recording(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (_, _, state) = self.tape(Deed::Look, id)?;
        Ok(told(Operation::GetRecording, &state))
    }

    /// Pause recording.
    pub(crate) fn pause_recording(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, _) = self.tape(Deed::Pause, id)?;
        call.turn_recording(world, Tape::Paused);
        Ok(done(Operation::PauseRecording))
    }

    /// Resume recording.
    pub(crate) fn resume_recording(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, _) = self.tape(Deed::Resume, id)?;
        call.turn_recording(world, Tape::Active);
        Ok(done(Operation::ResumeRecording))
    }

    /// Stop recording.
    pub(crate) fn stop_recording(&mut self, id: &str) -> Result<Answer, Refusal> {
        let (call, world, _) = self.tape(Deed::Stop, id)?;
        call.stop_recording(world, "SessionEnded");
        Ok(done(Operation::StopRecording))
    }

    /// The call of a recording that something may be done to now.
    fn tape(&mut self, deed: Deed, id: &str) -> Result<(&mut Call, &mut World, wire::RecordingState), Refusal> {
        let found = self.named(id).and_then(|(call, world)| {
            let recording = call.recording.as_ref().filter(|recording| recording.id == id)?;
            let (tape, state) = (recording.tape, recording.state());
            Some((call, world, tape, state))
        });
        let tape = found.as_ref().map_or(Tape::Stopped, |(_, _, tape, _)| *tape);
        match (of_recording(deed, tape).verdict.refusal(), found) {
            (None, Some((call, world, _, state))) => Ok((call, world, state)),
            (Some(code), Some(_)) => Err(Refusal::new(code, why(code))),
            (_, None) => Err(Refusal::new(refusal::NOT_FOUND, "there is no such recording, or it has been stopped")),
        }
    }
}

/// Base64 of the object the real service hides in it.
fn recording_id(world: &mut World) -> String {
    let id = format!(r#"{{"PlatformEndpointId":"{}","ResourceSpecificId":"{}"}}"#, world.ids.guid(), world.ids.guid());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(id)
}
