//! Event Grid: incoming calls and the handshake, in both of its schemas.

use crate::provider::acs::wire::parties::LooseIdentifier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One event of Event Grid, in its own schema (`eventType`, `topic`, `eventTime`) or as a cloud event (`type`, `source`, `time`).
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct GridEvent<D> {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub cloud_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specversion: Option<String>,
    pub data: D,
}

/// Data of Event Grid's IncomingCall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct IncomingCall {
    pub to: LooseIdentifier,
    pub from: LooseIdentifier,
    pub incoming_call_context: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub caller_display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_context: Option<CustomContext>,
}

/// Headers that came with an incoming call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CustomContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip_headers: Option<BTreeMap<String, String>>,
}

/// Data of CallStarted, CallEnded, CallParticipantAdded and CallParticipantRemoved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct CallTelemetry {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_by: Option<TelemetryPerson>,
    pub server_call_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<CallPlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<CallPlace>,
    pub is_two_party: bool,
    pub correlation_id: String,
    pub is_rooms_call: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<TelemetryPerson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_type: Option<String>,
    /// Seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_of_call: Option<u64>,
}

/// Somebody that telemetry is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct TelemetryPerson {
    pub communication_identifier: LooseIdentifier,
    pub role: String,
}

/// The group or room of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CallPlace {
    pub id: String,
}

/// Data of RecordingFileStatusUpdated. Its enumerations are in Pascal case, unlike those of the REST API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct RecordingFile {
    pub recording_storage_info: RecordingStorage,
    pub recording_start_time: String,
    pub recording_duration_ms: u64,
    pub recording_content_type: String,
    pub recording_channel_type: String,
    pub recording_format_type: String,
    pub session_end_reason: String,
}

/// Where a recording lies.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct RecordingStorage {
    pub recording_chunks: Vec<RecordingChunk>,
}

/// One file of a recording.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct RecordingChunk {
    pub document_id: String,
    pub index: u64,
    pub end_reason: String,
    pub content_location: String,
    pub metadata_location: String,
    pub delete_location: String,
}

/// Data of the handshake of Event Grid's own schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SubscriptionValidation {
    pub validation_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_url: Option<String>,
}
