//! Media of a call: what is played, and what is listened for.

use crate::provider::acs::wire::parties::Identifier;
use serde::{Deserialize, Serialize};

/// `PlaySource`: `kind` is `file`, `text` or `ssml` and must match the one object that is there.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct FileSource {
    pub uri: String,
}

/// A text to speak.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SsmlSource {
    pub ssml_text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_voice_endpoint_id: Option<String>,
}

/// Body of play (4.10).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct PlayOptions {
    #[serde(rename = "loop")]
    pub looped: bool,
}

/// Body of recognize (4.11).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SpeechOptions {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_silence_timeout_in_ms: Option<u64>,
}

/// One choice of a recognition.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Choice {
    pub label: String,
    pub phrases: Vec<String>,
    /// A tone name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tone: Option<String>,
}
