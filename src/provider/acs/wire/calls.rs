//! Calls: created, answered, redirected, rejected, transferred, and what the platform says of them.

use crate::provider::acs::wire::parties::{Identifier, Phone, TeamsApp, User};
use crate::provider::acs::wire::streams::{
    MediaStreamingOptions, MediaStreamingSubscription, TranscriptionOptions, TranscriptionSubscription,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Body of create call (4.1 of the contract).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CreateCall {
    pub targets: Vec<Identifier>,
    pub callback_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_app_source: Option<TeamsApp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_options: Option<MediaStreamingOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_options: Option<TranscriptionOptions>,
}

/// Body of answer (4.2).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AnswerCall {
    pub incoming_call_context: String,
    pub callback_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_options: Option<MediaStreamingOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_options: Option<TranscriptionOptions>,
}

/// `CallIntelligenceOptions`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CallIntelligenceOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cognitive_services_endpoint: Option<String>,
}

/// Body of redirect (4.3).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RedirectCall {
    pub incoming_call_context: String,
    pub target: Identifier,
}

/// Body of reject (4.4).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RejectCall {
    pub incoming_call_context: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_reject_reason: Option<String>,
}

/// Body of connect (4.5).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct ConnectCall {
    pub call_locator: CallLocator,
    pub callback_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_intelligence_options: Option<CallIntelligenceOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_options: Option<MediaStreamingOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_options: Option<TranscriptionOptions>,
}

/// `CallLocator`: `kind` is `groupCallLocator`, `serverCallLocator` or `roomCallLocator` and matches the one id that is there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CallLocator {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub room_id: Option<String>,
}

/// Body of transfer (4.9).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Transfer {
    pub target_participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transferee: Option<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_calling_context: Option<CustomCallingContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<Phone>,
}

/// Custom headers. The official JavaScript SDK always sends both maps, empty ones included.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CustomCallingContext {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voip_headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sip_headers: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_phone_call_details: Option<serde_json::Value>,
}

/// `CallConnectionProperties`: answer of create, answer and get call.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct CallConnectionProperties {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_connection_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server_call_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<Vec<Identifier>>,
    /// `connecting`, `connected`, `transferring`, `transferAccepted`, `disconnecting`, `disconnected`, `unknown`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_connection_state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answered_for: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_streaming_subscription: Option<MediaStreamingSubscription>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_subscription: Option<TranscriptionSubscription>,
}

/// Answer of the operations that give their context back.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ContextAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
}

/// The body of every error.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

/// `error.code` is a string that holds the numeric sub-code.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorDetail {
    pub code: String,
    pub message: String,
}
