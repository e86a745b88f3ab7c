//! People of a call: added, removed, muted, moved here, put on hold, sent keys, and asked after.

use crate::provider::acs::wire::calls::CustomCallingContext;
use crate::provider::acs::wire::media::PlaySource;
use crate::provider::acs::wire::parties::{Identifier, Phone};
use crate::provider::acs::wire::webhooks::CallParticipant;
use serde::{Deserialize, Serialize};

/// Body of add participant (4.22 of the contract).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct AddParticipant {
    pub participant_to_add: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_caller_id_number: Option<Phone>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_display_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_timeout_in_seconds: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_calling_context: Option<CustomCallingContext>,
}

/// Answer of add participant.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct AddParticipantAnswer {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant: Option<CallParticipant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invitation_id: Option<String>,
}

/// Body of cancel add participant (4.25), and, with another callback, its answer.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct CancelAddParticipant {
    pub invitation_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Body of remove participant (4.23).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct RemoveParticipant {
    pub participant_to_remove: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Body of mute participant (4.24): the one operation on people without a callback of its own.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MuteParticipants {
    pub target_participants: Vec<Identifier>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
}

/// Body of move participants here (4.26), a request to the call they come to.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct MoveParticipants {
    pub target_participants: Vec<Identifier>,
    /// The other call's `callConnectionId`.
    pub from_call: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Answer of move participants here.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct MovedAnswer {
    pub participants: Vec<CallParticipant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    pub from_call: String,
}

/// Body of start and stop continuous DTMF (4.13, 4.14) and of unhold (4.17): who, and nothing else.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Target {
    pub target_participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Body of hold (4.16). Its music is one source, under a name of its own.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Hold {
    pub target_participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub play_source_info: Option<PlaySource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Body of send DTMF tones (4.15).
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[allow(missing_docs)]
pub struct SendDtmfTones {
    /// Tone names.
    pub tones: Vec<String>,
    pub target_participant: Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_callback_uri: Option<String>,
}

/// Answer of list participants (4.20).
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs)]
pub struct Participants {
    pub value: Vec<CallParticipant>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_link: Option<String>,
}
