//! What is made of a call beside it: recordings, streams of its media, transcriptions.

use crate::provider::acs::wire::calls::CallLocator;
use crate::provider::acs::wire::parties::Identifier;
use serde::{Deserialize, Serialize};

/// Body of start recording (4.27 of the contract). Exactly one of locator and connection id names the call.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct StartRecording {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_locator: Option<CallLocator>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_state_callback_uri: Option<String>,
    /// `audio`, `audioVideo`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_content_type: Option<String>,
    /// `mixed`, `unmixed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_channel_type: Option<String>,
    /// `wav`, `mp3`, `mp4`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_format_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_channel_participant_ordering: Option<Vec<Identifier>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_affinity: Option<Vec<ChannelAffinity>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_on_start: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_storage: Option<ExternalStorage>,
}

/// Answer of start recording and of get recording.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RecordingState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_id: Option<String>,
    /// `active`, `inactive`; a recording that pauses is inactive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_kind: Option<String>,
}

/// Body of start and stop media streaming (4.18) and of stop transcription (4.19).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Streaming {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Body of start and update transcription (4.19).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Transcription {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_model_endpoint_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// `MediaStreamingOptions`, over a web socket: said at set-up, or no stream can be started later.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MediaStreamingOptions {
    /// `websocket`.
    pub transport_type: String,
    /// `mixed`, `unmixed`.
    pub audio_channel_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport_url: Option<String>,
    /// `audio`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_media_streaming: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_bidirectional: Option<bool>,
    /// `pcm16KMono`, `pcm24KMono`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audio_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_dtmf_tones: Option<bool>,
}

/// `TranscriptionOptions`, over a web socket: said at set-up, or no transcription can be started later.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TranscriptionOptions {
    /// `websocket`.
    pub transport_type: String,
    pub locale: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transport_url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_model_endpoint_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_transcription: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_intermediate_results: Option<bool>,
}

/// The media stream of a call connection.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct MediaStreamingSubscription {
    pub id: String,
    /// `disabled`, `inactive`, `active`.
    pub state: String,
    pub subscribed_content_types: Vec<String>,
}

/// The transcription of a call connection.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct TranscriptionSubscription {
    pub id: String,
    /// `disabled`, `inactive`, `active`.
    pub state: String,
    /// `final`, `intermediate`.
    pub subscribed_result_types: Vec<String>,
    pub locale: String,
}

/// One entry of `channelAffinity`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ChannelAffinity {
    pub participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<u64>,
}

/// `externalStorage` of a recording.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ExternalStorage {
    /// `azureCommunicationServices`, `azureBlobStorage`.
    pub recording_storage_kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_destination_container_url: Option<String>,
}
