//! The JSON of the Call Automation REST API and its webhooks, api-version 2026-03-12, as typed structs.
//!
//! Shared by the client side (`to_wire`, `from_wire`) and the emulator. Requests refuse unknown members, as the newest
//! published schema closes its objects; responses and events ignore them, as the official SDKs do. Null and absent are equal.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// `CommunicationIdentifierModel`: `kind` and `rawId` may be missing in requests, never in responses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Identifier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_user: Option<User>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_user: Option<TeamsUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_app: Option<TeamsApp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub teams_extension_user: Option<TeamsExtensionUser>,
}

/// A bare user, `{ "id": "8:acs:…" }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct User {
    pub id: String,
}

/// A bare phone number, `{ "value": "+1…" }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Phone {
    pub value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub asserted_id: Option<String>,
}

/// A Teams user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsUser {
    pub user_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_anonymous: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// A Teams application.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsApp {
    pub app_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// A Teams user reached through an ACS resource.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TeamsExtensionUser {
    pub user_id: String,
    pub tenant_id: String,
    pub resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cloud: Option<String>,
}

/// `CallIntelligenceOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CallIntelligenceOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cognitive_services_endpoint: Option<String>,
}

/// Body of create call (4.1 of the contract).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    pub media_streaming_options: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_options: Option<serde_json::Value>,
}

/// Body of answer (4.2).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    pub media_streaming_options: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transcription_options: Option<serde_json::Value>,
}

/// Body of redirect (4.3).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RedirectCall {
    pub incoming_call_context: String,
    pub target: Identifier,
}

/// Body of reject (4.4).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RejectCall {
    pub incoming_call_context: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call_reject_reason: Option<String>,
}

/// `CallConnectionProperties`: answer of create, answer and get call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
}

/// Body of transfer (4.9).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// `PlaySource`: `kind` is `file`, `text` or `ssml` and must match the one object that is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PlaySource {
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_source_cache_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<TextSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ssml: Option<SsmlSource>,
}

/// An audio file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FileSource {
    pub uri: String,
}

/// A text to speak.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct TextSource {
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_voice_endpoint_id: Option<String>,
}

/// An SSML document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SsmlSource {
    pub ssml_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_voice_endpoint_id: Option<String>,
}

/// Body of play (4.10).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Play {
    pub play_sources: Vec<PlaySource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_to: Option<Vec<Identifier>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupt_call_media_operation: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_options: Option<PlayOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// `playOptions`. `loop` is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PlayOptions {
    #[serde(rename = "loop")]
    pub looped: bool,
}

/// Body of recognize (4.11).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Recognize {
    /// `dtmf`, `speech`, `speechOrDtmf`, `choices`.
    pub recognize_input_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_prompt: Option<PlaySource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_prompts: Option<Vec<PlaySource>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupt_call_media_operation: Option<bool>,
    pub recognize_options: RecognizeOptions,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// `recognizeOptions`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RecognizeOptions {
    pub target_participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupt_prompt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initial_silence_timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_language: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_recognition_model_endpoint_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dtmf_options: Option<DtmfOptions>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choices: Option<Vec<Choice>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speech_options: Option<SpeechOptions>,
}

/// `dtmfOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct DtmfOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inter_tone_timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tones_to_collect: Option<u64>,
    /// Tone names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_tones: Option<Vec<String>>,
}

/// `speechOptions`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SpeechOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_silence_timeout_in_ms: Option<u64>,
}

/// One choice of a recognition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Choice {
    pub label: String,
    pub phrases: Vec<String>,
    /// A tone name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
}

/// Answer of the operations that give their context back.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct ContextAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
}

/// The body of every error.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorBody {
    pub error: ErrorDetail,
}

/// `error.code` is a string that holds the numeric sub-code.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct ErrorDetail {
    pub code: String,
    pub message: String,
}

/// One CloudEvents 1.0 object of a webhook's array; `D` is its data.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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

/// Data of every mid-call webhook of this slice: the common members, and those that only some types have.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
}

/// How an operation went.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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

/// An identifier in something received: unknown members are ignored, the raw id is what is read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct LooseIdentifier {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub raw_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub communication_user: Option<LooseUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<LoosePhone>,
    /// Carried as it is: the raw id says all that is read of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_user: Option<serde_json::Value>,
    /// Carried as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microsoft_teams_app: Option<serde_json::Value>,
}

/// A user in something received.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LooseUser {
    pub id: String,
}

/// A phone number in something received.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct LoosePhone {
    pub value: String,
}

/// Tones collected, under the platform's names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct DtmfResult {
    #[serde(default)]
    pub tones: Vec<String>,
}

/// The choice taken; `recognized_phrase` is null when a key was pressed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct SpeechResult {
    #[serde(default)]
    pub speech: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
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

/// Data of the handshake of Event Grid's own schema.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct SubscriptionValidation {
    pub validation_code: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_url: Option<String>,
}

#[cfg(test)]
mod tests {
    use crate::provider::acs::wire;
    use serde::Serialize;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    /// The published example of an operation.
    macro_rules! example {
        ($name:literal) => {
            serde_json::from_str::<Value>(include_str!(concat!("../../../tests/wire/", $name, ".json"))).expect("JSON")
        };
    }

    /// Reads a value as its wire type and writes it again: nothing may be lost or added.
    fn same_again<T: DeserializeOwned + Serialize>(value: &Value) -> T {
        let typed: T = serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{error}: {value}"));
        assert_eq!(serde_json::to_value(&typed).expect("plain data"), *value);
        typed
    }

    #[test]
    fn published_requests_read_back() {
        let body = |example: &Value, name: &str| example["parameters"][name].clone();
        let create: wire::CreateCall = same_again(&body(&example!("CreateCall"), "createCallRequest"));
        assert_eq!(create.targets.len(), 1);
        same_again::<wire::AnswerCall>(&body(&example!("AnswerCall"), "answerCallRequest"));
        same_again::<wire::RedirectCall>(&body(&example!("RedirectCall"), "redirectCallRequest"));
        same_again::<wire::RejectCall>(&body(&example!("RejectCall"), "rejectCallRequest"));
        same_again::<wire::Transfer>(&body(&example!("TransferToParticipant"), "transferToParticipantRequest"));
        let play: wire::Play = same_again(&body(&example!("Play"), "playRequest"));
        assert!(play.play_options.is_some_and(|options| options.looped));
        let recognize: wire::Recognize = same_again(&body(&example!("Recognize"), "recognizeRequest"));
        assert_eq!(recognize.recognize_options.dtmf_options.and_then(|keys| keys.max_tones_to_collect), Some(5));
    }

    #[test]
    fn published_responses_read_back() {
        for (example, status) in
            [(example!("CreateCall"), "201"), (example!("AnswerCall"), "200"), (example!("GetCall"), "200")]
        {
            same_again::<wire::CallConnectionProperties>(&example["responses"][status]["body"]);
        }
        same_again::<wire::ContextAnswer>(&example!("TransferToParticipant")["responses"]["202"]["body"]);
    }

    #[test]
    fn statuses_are_those_of_the_table() {
        use crate::platform::operations::Operation;
        for (example, operation) in [
            (example!("CreateCall"), Operation::CreateCall),
            (example!("AnswerCall"), Operation::AnswerCall),
            (example!("RedirectCall"), Operation::RedirectCall),
            (example!("RejectCall"), Operation::RejectCall),
            (example!("GetCall"), Operation::GetCall),
            (example!("HangupCall"), Operation::HangUp),
            (example!("TerminateCall"), Operation::Terminate),
            (example!("TransferToParticipant"), Operation::Transfer),
            (example!("Play"), Operation::Play),
            (example!("Recognize"), Operation::Recognize),
            (example!("CancelAllMediaOperations"), Operation::CancelMedia),
        ] {
            let statuses: Vec<String> =
                example["responses"].as_object().into_iter().flatten().map(|(status, _)| status.clone()).collect();
            assert_eq!(statuses, [operation.row().success.to_string()], "{operation:?}");
        }
    }

    #[test]
    fn published_incoming_calls_are_read_in_both_schemas() {
        for (example, own) in
            [(example!("incoming_call.event_grid"), true), (example!("incoming_call.cloud_events"), false)]
        {
            let event: wire::GridEvent<wire::IncomingCall> = serde_json::from_value(example.clone()).expect("an event");
            let (name, time) = if own { (event.event_type, event.event_time) } else { (event.cloud_type, event.time) };
            assert_eq!(name.as_deref(), Some(crate::platform::events::INCOMING_CALL));
            assert_eq!(time.as_deref(), Some("2023-04-04T17:18:42.5542219Z"));
            assert_eq!(event.data.incoming_call_context, "{incoming-call-contextValue}");
            assert_eq!(event.data.from.raw_id.as_deref(), Some("{caller-id}"));
            let headers = event.data.custom_context.and_then(|context| context.sip_headers).expect("headers");
            assert_eq!(headers.get("X-MS-Custom-myheader1").map(String::as_str), Some("35567842"));
        }
    }
}
