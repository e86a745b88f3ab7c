//! Requests about the people of a call.

use crate::machine::command::There;
use crate::platform::hidden::Hidden;
use crate::platform::limits;
use crate::platform::tones::Tone;
use crate::provider::acs::party;
use crate::provider::acs::to_wire::line::custom_context;
use crate::provider::acs::to_wire::{Told, bare_phone, seconds};
use crate::provider::acs::wire;

pub(crate) fn add(
    who: &str,
    from: Option<&Hidden<String>>,
    ring_for_ms: u64,
    headers: &[(String, Hidden<String>)],
    told: Told,
) -> wire::AddParticipant {
    let (least, most) = limits::RING_FOR_SECONDS.into_inner();
    wire::AddParticipant {
        participant_to_add: party::to_wire(who),
        source_caller_id_number: from.map(|from| bare_phone(from)),
        source_display_name: None,
        invitation_timeout_in_seconds: Some(seconds(ring_for_ms, least, most)),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
        custom_calling_context: custom_context(who, headers),
    }
}

pub(crate) fn cancel_add(invitation: &str, told: Told) -> wire::CancelAddParticipant {
    wire::CancelAddParticipant {
        invitation_id: invitation.to_owned(),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

pub(crate) fn remove(who: &str, told: Told) -> wire::RemoveParticipant {
    wire::RemoveParticipant {
        participant_to_remove: party::to_wire(who),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

pub(crate) fn mute(who: &str, context: String) -> wire::MuteParticipants {
    wire::MuteParticipants { target_participants: vec![party::to_wire(who)], operation_context: Some(context) }
}

pub(crate) fn move_here(there: &There, told: Told) -> wire::MoveParticipants {
    wire::MoveParticipants {
        target_participants: vec![party::to_wire(&there.who)],
        from_call: there.connection.clone(),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

pub(crate) fn hold(who: &str, music: Option<wire::PlaySource>, told: Told) -> wire::Hold {
    wire::Hold {
        target_participant: party::to_wire(who),
        play_source_info: music,
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

/// Of continuous DTMF and of unhold.
pub(crate) fn target(who: &str, told: Told) -> wire::Target {
    wire::Target {
        target_participant: party::to_wire(who),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}

pub(crate) fn send_keys(who: &str, keys: &[Tone], told: Told) -> wire::SendDtmfTones {
    wire::SendDtmfTones {
        tones: keys.iter().map(|tone| tone.wire_name().to_owned()).collect(),
        target_participant: party::to_wire(who),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
    }
}
