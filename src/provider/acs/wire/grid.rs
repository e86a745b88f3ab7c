//! Event Grid: incoming calls, the handshake and what else it tells of calls, in both of its schemas.

use crate::provider::acs::wire::parties::LooseIdentifier;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One event of Event Grid, in its own schema (`eventType`, `topic`, `eventTime`) or as a cloud event (`type`, `source`, `time`).
#[derive(Clone, Default, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CustomContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip_headers: Option<BTreeMap<String, String>>,
}

/// Somebody that [`CallTold`] is about.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs)]
pub struct ToldPerson {
    pub communication_identifier: LooseIdentifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<serde_json::Value>,
}

/// The group or room of a call.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct CallPlace {
    #[serde(default)]
    pub id: String,
}

/// Data of the handshake of Event Grid's own schema.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SubscriptionValidation {
    pub validation_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_url: Option<String>,
}

/// Data of Event Grid's CallStarted and CallEnded, CallParticipantAdded and CallParticipantRemoved; each has some of the members.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CallTold {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub started_by: Option<ToldPerson>,
    pub server_call_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<CallPlace>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room: Option<CallPlace>,
    /// Who came or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<ToldPerson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_two_party: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_rooms_call: Option<bool>,
    /// Since when a call that ended had been going on, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_of_call: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint_type: Option<String>,
}

/// Data of Event Grid's RecordingFileStatusUpdated.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RecordingFileStatus {
    pub recording_storage_info: RecordingStorage,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_start_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_duration_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_content_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_channel_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recording_format_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_end_reason: Option<String>,
}

/// Where a recording's files are.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RecordingStorage {
    pub recording_chunks: Vec<RecordingChunk>,
}

/// One file of a recording; a long one has several.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct RecordingChunk {
    pub document_id: String,
    pub index: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_reason: Option<String>,
    pub content_location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_location: Option<String>,
}
