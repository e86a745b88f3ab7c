//! Webhooks of a call: one event envelope, and the data of every event.

use crate::provider::acs::wire::parties::LooseIdentifier;
use serde::{Deserialize, Serialize};

/// One CloudEvents 1.0 object of a webhook's array; `D` is its data.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CloudEvent<D> {
    pub id: String,
    pub source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(rename = "type")]
    pub event_type: String,
    pub data: D,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub specversion: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub datacontenttype: Option<String>,
}

/// Data of every mid-call webhook: the common members, and those that only some types have.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct EventData {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result_information: Option<ResultInformation>,
    /// ParticipantsUpdated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<i64>,
    /// ParticipantsUpdated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participants: Option<Vec<CallParticipant>>,
    /// CallTransferAccepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer_target: Option<LooseIdentifier>,
    /// CallTransferAccepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transferee: Option<LooseIdentifier>,
    /// PlayFailed, RecognizeFailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_play_source_index: Option<i64>,
    /// RecognizeCompleted: `dtmf`, `choices`, `speech`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recognition_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtmf_result: Option<DtmfResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice_result: Option<ChoiceResult>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_result: Option<SpeechResult>,
    /// Added, removed and moved participants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<LooseIdentifier>,
    /// Cancelled invitations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_id: Option<String>,
    /// Moved participants: the call they come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_call: Option<String>,
    /// ContinuousDtmfRecognitionToneReceived.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<i64>,
    /// ContinuousDtmfRecognitionToneReceived: a tone name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
    /// ContinuousDtmfRecognitionToneReceived in 2023-06-15-preview, which has the two before in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone_info: Option<ToneInfo>,
    /// RecordingStateChanged, StartRecordingFailed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// RecordingStateChanged: `active`, `inactive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// RecordingStateChanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_date_time: Option<String>,
    /// RecordingStateChanged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_kind: Option<String>,
    /// MediaStreamingStarted and its like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_update: Option<MediaStreamingUpdate>,
    /// TranscriptionStarted and its like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_update: Option<TranscriptionUpdate>,
}

/// A key that was pressed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ToneInfo {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
}

/// What became of a media stream.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct MediaStreamingUpdate {
    pub content_type: String,
    pub media_streaming_status: String,
    pub media_streaming_status_details: String,
}

/// What became of a transcription.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct TranscriptionUpdate {
    pub transcription_status: String,
    pub transcription_status_details: String,
}

/// How an operation went.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ResultInformation {
    #[serde(default)]
    pub code: i32,
    #[serde(default)]
    pub sub_code: i32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A participant of the roster.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CallParticipant {
    #[serde(default)]
    pub identifier: LooseIdentifier,
    #[serde(default)]
    pub is_muted: bool,
    #[serde(default)]
    pub is_on_hold: bool,
}

/// Tones collected, under the platform's names.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DtmfResult {
    #[serde(default)]
    pub tones: Vec<String>,
}

/// The choice taken; `recognized_phrase` is null when a key was pressed.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ChoiceResult {
    pub label: String,
    #[serde(default)]
    pub recognized_phrase: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}

/// Free speech.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SpeechResult {
    #[serde(default)]
    pub speech: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
}
