//! What a step wants done at the platform: effects as values, in flow terms with every text and number already evaluated.

use crate::language::flow::state::{Locator, Reason};
use crate::language::flow::value::{Value, Values};
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// Names one request of one call: the operation's number and the attempt at it. On the wire it is the `operationContext`, `7.1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OpRef {
    /// The operation, counted from 1 within its call.
    pub op: u64,
    /// The attempt, counted from 1.
    pub attempt: u32,
}

impl std::fmt::Display for OpRef {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.op, self.attempt)
    }
}

impl OpRef {
    /// Reads an `operationContext` that this crate wrote; `None` for anybody else's.
    #[must_use]
    pub fn parse(context: &str) -> Option<OpRef> {
        let (op, attempt) = context.split_once('.')?;
        let plain =
            |digits: &str| !digits.is_empty() && digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit());
        if !plain(op) || !plain(attempt) {
            return None;
        }
        Some(OpRef { op: op.parse().ok()?, attempt: attempt.parse().ok()? })
    }
}

/// One piece of audio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Media {
    /// Words, spoken by `voice` (an Azure Speech voice name).
    Text {
        /// The words, as they are spoken.
        text: Hidden<String>,
        /// The voice.
        voice: String,
    },
    /// An SSML document.
    Ssml {
        /// The whole `<speak>` document.
        ssml: Hidden<String>,
    },
    /// An audio file: an absolute URL, or a path relative to the project that the service serves under its own public URL.
    File {
        /// URL or project-relative path.
        file: String,
    },
}

/// One choice of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceOffer {
    /// Its name in the flow.
    pub name: String,
    /// Its key.
    pub key: Option<Tone>,
    /// The phrases that stand for it; empty in a menu by keys alone.
    pub phrases: Vec<String>,
}

/// What a recognition listens for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Listen {
    /// Keys.
    Dtmf {
        /// Most tones collected.
        max_tones: u32,
        /// Tones that end the input; not part of it.
        stop: Vec<Tone>,
        /// Longest pause between two tones, in milliseconds.
        between_keys_ms: u64,
    },
    /// One of several choices, by phrase or key.
    Choices {
        /// The choices; every one has phrases, and either all or none have keys.
        choices: Vec<ChoiceOffer>,
        /// The language spoken, `en-US`.
        locale: String,
    },
    /// Free speech.
    Speech {
        /// Silence that ends it, in milliseconds.
        end_silence_ms: u64,
        /// The language spoken, `en-US`.
        locale: String,
    },
    /// Free speech or keys; the first that comes counts.
    SpeechOrDtmf {
        /// Most tones collected.
        max_tones: u32,
        /// Tones that end the input; not part of it.
        stop: Vec<Tone>,
        /// Longest pause between two tones, in milliseconds.
        between_keys_ms: u64,
        /// Silence that ends speech, in milliseconds.
        end_silence_ms: u64,
        /// The language spoken, `en-US`.
        locale: String,
    },
}

/// A request to the platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Answer the incoming call.
    Answer {
        /// `incomingCallContext`.
        context: Hidden<String>,
    },
    /// Place a call.
    Create {
        /// Raw ids or phone numbers to ring.
        to: Vec<Hidden<String>>,
        /// The caller id shown: a phone number of the resource. Needed when a target is a phone.
        from: Option<Hidden<String>>,
    },
    /// Send the incoming call elsewhere, unanswered.
    Redirect {
        /// `incomingCallContext`.
        context: Hidden<String>,
        /// A raw id or phone number.
        to: Hidden<String>,
    },
    /// Refuse the incoming call.
    Reject {
        /// `incomingCallContext`.
        context: Hidden<String>,
        /// Why, as the platform is told.
        reason: Reason,
    },
    /// Connect to a call that is going on.
    Connect {
        /// Its id.
        to: String,
        /// What kind of id.
        by: Locator,
    },
    /// Play.
    Play {
        /// Played one after the other.
        media: Vec<Media>,
        /// Who hears it: raw ids or phone numbers; everybody when empty.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        to: Vec<Hidden<String>>,
        /// Play until something ends it.
        looped: bool,
        /// Cut off what plays now.
        interrupt: bool,
    },
    /// Ask and listen.
    Recognize {
        /// The question.
        media: Vec<Media>,
        /// Who is listened to: a raw id or phone number.
        target: Hidden<String>,
        /// What for.
        listen: Listen,
        /// How long the first input may take after the question, in milliseconds.
        first_key_ms: u64,
        /// Whether input stops the question.
        interrupt_prompt: bool,
        /// Cut off what plays now.
        interrupt: bool,
    },
    /// Hand the call, or one participant of a group call, over.
    Transfer {
        /// A raw id or phone number.
        to: Hidden<String>,
        /// Who is handed over; the party of a one-to-one call when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        transferee: Option<Hidden<String>>,
        /// The caller id shown: a phone number of the resource.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Hidden<String>>,
        /// Sent along, by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, Hidden<String>)>,
    },
    /// Bring somebody in.
    Add {
        /// Whom: a raw id or phone number.
        who: Hidden<String>,
        /// The caller id shown: a phone number of the resource. Needed when a phone is rung.
        from: Option<Hidden<String>>,
        /// How long to ring, in milliseconds.
        ring_for_ms: u64,
        /// Sent along, by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        headers: Vec<(String, Hidden<String>)>,
    },
    /// Take an invitation back.
    CancelAdd {
        /// `invitationId`.
        invitation: String,
    },
    /// Put somebody out.
    Remove {
        /// Whom: a raw id or phone number.
        who: Hidden<String>,
        /// Their participant id, where the platform has told one: the first generations name people by it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        participant: Option<String>,
    },
    /// Fetch a participant from another call of ours into this one.
    Move {
        /// Whom: the participant's name there. The process that sends it looks up who that is.
        name: String,
        /// The other call's id.
        call: String,
        /// Who that is and on which leg; `None` until it has been looked up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        there: Option<There>,
    },
    /// Mute somebody.
    Mute {
        /// Whom: a raw id.
        who: Hidden<String>,
    },
    /// Put somebody on hold.
    Hold {
        /// Whom: a raw id or phone number.
        who: Hidden<String>,
        /// What they hear.
        music: Option<Media>,
    },
    /// Take somebody off hold.
    Unhold {
        /// Whom: a raw id or phone number.
        who: Hidden<String>,
    },
    /// Send keys to somebody.
    SendKeys {
        /// To whom: a phone number.
        who: Hidden<String>,
        /// The keys.
        keys: Hidden<Vec<Tone>>,
    },
    /// Have every key that somebody presses reported.
    StartKeys {
        /// Who: a raw id or phone number.
        who: Hidden<String>,
    },
    /// Have them reported no longer.
    StopKeys {
        /// Who: a raw id or phone number.
        who: Hidden<String>,
    },
    /// Record the call.
    StartRecording,
    /// Let a recording pause.
    PauseRecording {
        /// `recordingId`.
        recording: String,
    },
    /// Let a recording that pauses go on.
    ResumeRecording {
        /// `recordingId`.
        recording: String,
    },
    /// End a recording.
    StopRecording {
        /// `recordingId`.
        recording: String,
    },
    /// Stream the call's media.
    StartStreaming,
    /// Stream it no longer.
    StopStreaming,
    /// Transcribe what is said.
    StartTranscription {
        /// The language spoken, `en-GB`.
        locale: String,
    },
    /// Go on transcribing in another language.
    UpdateTranscription {
        /// The language spoken.
        locale: String,
    },
    /// Transcribe no longer.
    StopTranscription,
    /// Ask a service: for this service itself, not for the platform.
    Invoke {
        /// The service.
        service: String,
        /// The operation.
        operation: String,
        /// Arguments by name.
        args: Values,
        /// What makes a repetition known as one; the call and the operation's number where the flow does not say.
        once: Option<Hidden<String>>,
        /// How long it may take, in milliseconds; what the service says when missing.
        timeout_ms: Option<u64>,
        /// Whether it may be asked again when nobody knows whether it was answered.
        repeat: bool,
        /// The flow that asks, whose program says what the service is; none: the one the call began with.
        flow: Option<String>,
    },
    /// Send a signal to another call of ours: for this service itself, not for the platform.
    Signal {
        /// The other call's id.
        call: String,
        /// The signal.
        name: String,
        /// What comes along.
        data: Option<Value>,
    },
    /// Stop everything that plays or listens.
    CancelMedia,
    /// Leave the call; in a one-to-one call that ends it.
    HangUp,
    /// End the call for everyone.
    Terminate,
    /// Ask the platform how the call stands.
    GetCall,
    /// Ask the platform how somebody stands.
    GetParticipant {
        /// Who: a raw id or phone number.
        who: Hidden<String>,
    },
    /// Ask the platform who is on the call.
    ListParticipants,
}

/// Where a participant of another call is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct There {
    /// The raw id or phone number.
    pub who: Hidden<String>,
    /// The other call's leg.
    pub connection: String,
}

/// What may be done with a command whose outcome is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// The platform recognises a repeated request by its id: send the same again.
    Repeatable,
    /// A repeat restarts the media: wait for an event of the first, then at most once more, interrupting.
    Restartable,
    /// Doing it twice is doing it once: send again.
    Idempotent,
}

impl Command {
    /// The command's class.
    #[must_use]
    pub fn class(&self) -> Class {
        match self {
            Command::Invoke { repeat: true, .. } => Class::Repeatable,
            Command::Invoke { repeat: false, .. } => Class::Restartable,
            Command::Add { .. }
            | Command::Answer { .. }
            | Command::CancelAdd { .. }
            | Command::Connect { .. }
            | Command::Create { .. }
            | Command::Move { .. }
            | Command::Mute { .. }
            | Command::Redirect { .. }
            | Command::Reject { .. }
            | Command::Remove { .. }
            | Command::SendKeys { .. }
            | Command::StartRecording
            | Command::Terminate
            | Command::Transfer { .. } => Class::Repeatable,
            Command::CancelMedia
            | Command::Hold { .. }
            | Command::Play { .. }
            | Command::Recognize { .. }
            | Command::StartKeys { .. }
            | Command::StartStreaming
            | Command::StartTranscription { .. }
            | Command::StopKeys { .. }
            | Command::StopStreaming
            | Command::StopTranscription
            | Command::Unhold { .. }
            | Command::UpdateTranscription { .. } => Class::Restartable,
            Command::GetCall
            | Command::GetParticipant { .. }
            | Command::HangUp
            | Command::ListParticipants
            | Command::PauseRecording { .. }
            | Command::ResumeRecording { .. }
            | Command::Signal { .. }
            | Command::StopRecording { .. } => Class::Idempotent,
        }
    }

    /// Whether a line comes about by it.
    #[must_use]
    pub fn makes_line(&self) -> bool {
        matches!(self, Command::Answer { .. } | Command::Connect { .. } | Command::Create { .. })
    }

    /// Whether it is for this service itself to carry out, not for the platform.
    #[must_use]
    pub fn is_errand(&self) -> bool {
        matches!(self, Command::Invoke { .. } | Command::Signal { .. })
    }

    /// A short name for traces.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Command::Add { .. } => "add",
            Command::Answer { .. } => "answer",
            Command::CancelAdd { .. } => "cancel_add",
            Command::CancelMedia => "cancel_media",
            Command::Connect { .. } => "connect",
            Command::Create { .. } => "create",
            Command::GetCall => "get_call",
            Command::GetParticipant { .. } => "get_participant",
            Command::HangUp => "hang_up",
            Command::Hold { .. } => "hold",
            Command::Invoke { .. } => "invoke",
            Command::ListParticipants => "list_participants",
            Command::Move { .. } => "move",
            Command::Mute { .. } => "mute",
            Command::PauseRecording { .. } => "pause_recording",
            Command::Play { .. } => "play",
            Command::Recognize { .. } => "recognize",
            Command::Redirect { .. } => "redirect",
            Command::Reject { .. } => "reject",
            Command::Remove { .. } => "remove",
            Command::ResumeRecording { .. } => "resume_recording",
            Command::SendKeys { .. } => "send_keys",
            Command::Signal { .. } => "signal",
            Command::StartKeys { .. } => "start_keys",
            Command::StartRecording => "start_recording",
            Command::StartStreaming => "start_streaming",
            Command::StartTranscription { .. } => "start_transcription",
            Command::StopKeys { .. } => "stop_keys",
            Command::StopRecording { .. } => "stop_recording",
            Command::StopStreaming => "stop_streaming",
            Command::StopTranscription => "stop_transcription",
            Command::Terminate => "terminate",
            Command::Transfer { .. } => "transfer",
            Command::Unhold { .. } => "unhold",
            Command::UpdateTranscription { .. } => "update_transcription",
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::machine::command::OpRef;

    #[test]
    fn op_refs_read_back_and_nothing_else_does() {
        let op = OpRef { op: 7, attempt: 2 };
        assert_eq!(OpRef::parse(&op.to_string()), Some(op));
        for foreign in ["", "7", "7.", ".1", "-7.1", "7.1.1", "a.b", "99999999999999999999.1", "+7.1"] {
            assert_eq!(OpRef::parse(foreign), None, "{foreign}");
        }
    }
}
