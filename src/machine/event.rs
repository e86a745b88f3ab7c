//! What can happen to a call, as the machine sees it: webhooks and answers of the platform, timers, people.

use crate::language::flow::value::Value;
use crate::machine::command::OpRef;
use crate::platform::codes::Code;
use crate::platform::hidden::Hidden;
use crate::platform::tones::Tone;
use serde::{Deserialize, Serialize};

/// Something that happened, with the time at which the service learned of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Milliseconds since the Unix epoch.
    pub at: i64,
    /// What happened.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The call begins: it was created in the store and takes its first step.
    Begin,
    /// A webhook of the platform.
    Webhook(Webhook),
    /// The platform's answer to a request of ours.
    Response {
        /// Which request.
        op: OpRef,
        /// What it said.
        answer: Answer,
    },
    /// What came of asking a service.
    Invoked {
        /// Which request.
        op: OpRef,
        /// `ok`, an outcome of the operation's own, or `failed`.
        outcome: String,
        /// What `ok` brings.
        value: Option<Value>,
        /// Why it failed; never anything of what was asked or answered.
        reason: Option<String>,
    },
    /// A signal came, with what comes along: of the type the call's program declares.
    Signal {
        /// Its name.
        name: String,
        /// What comes along.
        data: Option<Value>,
    },
    /// What came of sending a signal to another call.
    Signalled {
        /// Which request.
        op: OpRef,
        /// Whether it is stored for a call we hold.
        found: bool,
    },
    /// It is time to look at the timers.
    Due,
    /// Somebody beside says that the whole call is over: Event Grid.
    SaidToBeOver,
    /// Something that happened cannot be applied, by a defect of ours or because the call would outgrow its bounds; the call must
    /// not be lost by it.
    Defect {
        /// What happened, in a word.
        event: String,
        /// Why it is not applied.
        why: String,
        /// Whether the call ends by it; otherwise its state is left as failed.
        ends: bool,
    },
    /// An operator ends the call.
    OperatorHangUp,
}

/// The platform's answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Accepted; what the answer said of the call.
    Accepted(Facts),
    /// Refused for good: HTTP status and sub-code (0 where the body had none).
    Refused {
        /// HTTP status and `error.code`.
        code: Code,
    },
    /// No answer in time, or one that does not say whether the request was carried out; every allowed attempt is used up.
    Unknown,
}

/// What the platform tells about a call, in answers and webhooks alike. Absent where it said nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The application's leg in the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub connection: Option<String>,
    /// The whole call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_call: Option<String>,
    /// Correlation id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correlation: Option<String>,
    /// Answer of get call only: how the call stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ConnectionState>,
    /// Answers, and rosters of the first generations: what they say beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Box<Said>>,
}

/// What the answers to some requests say beside how the call stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// To add: the invitation, by which it can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitation: Option<String>,
    /// To start recording: the recording.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recording: Option<String>,
    /// To get participant and list participants: who is on the call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Present>,
    /// First generations only: people's raw ids and participant ids, in rosters; to add: the participant id under no raw id.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub participants: Vec<(Hidden<String>, String)>,
    /// First generations only, to recognize: the question is played, and its keys come one by one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_plays: bool,
}

impl Facts {
    /// What the answer says beside.
    #[must_use]
    pub fn beside(&self) -> Said {
        self.said.as_deref().cloned().unwrap_or_default()
    }
}

/// Somebody who is on the call, as the platform tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// The raw id.
    pub id: Hidden<String>,
    /// Whether the platform has muted them.
    #[serde(default)]
    pub muted: bool,
    /// Whether they are on hold.
    #[serde(default)]
    pub held: bool,
}

/// `callConnectionState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum ConnectionState {
    Unknown,
    Connecting,
    Connected,
    Transferring,
    TransferAccepted,
    Disconnecting,
    Disconnected,
}

impl ConnectionState {
    /// The platform's word.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            ConnectionState::Unknown => "unknown",
            ConnectionState::Connecting => "connecting",
            ConnectionState::Connected => "connected",
            ConnectionState::Transferring => "transferring",
            ConnectionState::TransferAccepted => "transferAccepted",
            ConnectionState::Disconnecting => "disconnecting",
            ConnectionState::Disconnected => "disconnected",
        }
    }
}

/// A mid-call webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// The operation it belongs to; `None` where the event has no context or not one of ours.
    pub op: Option<OpRef>,
    /// What it says of the call.
    pub facts: Facts,
    /// `resultInformation`; zeros where the event has none.
    pub code: Code,
    /// Which event.
    pub kind: WebhookKind,
}

/// The mid-call webhooks the machine knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum WebhookKind {
    AddParticipantFailed,
    AddParticipantSucceeded,
    AnswerFailed,
    CallConnected,
    CallDisconnected,
    CallTransferAccepted,
    CallTransferFailed,
    CancelAddParticipantFailed,
    CancelAddParticipantSucceeded,
    ConnectFailed,
    ContinuousDtmfRecognitionStopped,
    /// The watch could not be started, or a tone could not be read.
    ContinuousDtmfRecognitionToneFailed,
    /// A key was pressed by somebody who is watched for keys. Which watch is the event's operation; numbers rise within one.
    ContinuousDtmfRecognitionToneReceived {
        /// Which key; `None` where it is not known.
        tone: Hidden<Option<Tone>>,
        /// Its number.
        sequence: i64,
    },
    CreateCallFailed,
    HoldFailed,
    /// First generations only: the leg is up. Says nothing of the request that made it.
    LegConnected,
    MediaStreamingFailed,
    MediaStreamingStarted,
    MediaStreamingStopped,
    MoveParticipantFailed,
    /// With the raw id of who was moved here.
    MoveParticipantSucceeded {
        who: Option<Hidden<String>>,
    },
    /// The people on the call, with a number that rises within the call.
    ParticipantsUpdated {
        sequence: i64,
        people: Vec<Present>,
    },
    PlayCanceled,
    PlayCompleted,
    PlayFailed,
    PlayStarted,
    RecognizeCanceled,
    RecognizeCompleted(Heard),
    RecognizeFailed,
    RecordingStateChanged {
        /// The recording.
        recording: String,
        /// Whether it records now; it does not while it pauses and after its end.
        active: bool,
    },
    RemoveParticipantFailed,
    RemoveParticipantSucceeded,
    SendDtmfTonesCompleted,
    SendDtmfTonesFailed,
    StartRecordingFailed,
    TranscriptionFailed,
    TranscriptionStarted,
    TranscriptionStopped,
    TranscriptionUpdated,
    /// A type this build does not know: recorded, never acted on.
    Unknown {
        /// The type on the wire.
        name: String,
    },
}

/// What a recognition heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    /// Keys.
    Tones(Hidden<Vec<Tone>>),
    /// The choice with this label.
    Choice(String),
    /// Free speech.
    Speech(Hidden<String>),
    /// The event carried no result that can be read.
    Nothing,
}
