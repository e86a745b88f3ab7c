//! Requests about the call as a whole: answered, redirected, rejected, placed, connected to, transferred.

use crate::language::flow::state::{Locator, Reason};
use crate::platform::headers::{Kind, sip_name};
use crate::platform::hidden::Hidden;
use crate::provider::Request;
use crate::provider::acs::party;
use crate::provider::acs::to_wire::streams::{streaming_options, transcription_options};
use crate::provider::acs::to_wire::{Site, Told, bare_phone, intelligence};
use crate::provider::acs::wire;
use std::collections::BTreeMap;

pub(crate) fn answer(incoming: &str, context: String, request: &Request, site: &Site) -> wire::AnswerCall {
    wire::AnswerCall {
        incoming_call_context: incoming.to_owned(),
        callback_uri: request.callback_uri.clone(),
        operation_context: Some(context),
        call_intelligence_options: intelligence(site),
        media_streaming_options: streaming_options(site),
        transcription_options: transcription_options(site),
        ..wire::AnswerCall::default()
    }
}

pub(crate) fn create(
    to: &[Hidden<String>],
    from: Option<&Hidden<String>>,
    context: String,
    request: &Request,
    site: &Site,
) -> wire::CreateCall {
    wire::CreateCall {
        targets: to.iter().map(|target| party::to_wire(target)).collect(),
        callback_uri: request.callback_uri.clone(),
        source_caller_id_number: from.map(|from| bare_phone(from)),
        operation_context: Some(context),
        call_intelligence_options: intelligence(site),
        media_streaming_options: streaming_options(site),
        transcription_options: transcription_options(site),
        ..wire::CreateCall::default()
    }
}

pub(crate) fn connect(to: &str, by: Locator, context: String, request: &Request, site: &Site) -> wire::ConnectCall {
    wire::ConnectCall {
        call_locator: locator(to, by),
        callback_uri: request.callback_uri.clone(),
        operation_context: Some(context),
        call_intelligence_options: intelligence(site),
        media_streaming_options: streaming_options(site),
        transcription_options: transcription_options(site),
    }
}

fn locator(id: &str, by: Locator) -> wire::CallLocator {
    let of_kind = |kind: &str| wire::CallLocator { kind: Some(kind.to_owned()), ..wire::CallLocator::default() };
    let id = Some(id.to_owned());
    match by {
        Locator::Group => wire::CallLocator { group_call_id: id, ..of_kind("groupCallLocator") },
        Locator::Room => wire::CallLocator { room_id: id, ..of_kind("roomCallLocator") },
        Locator::ServerCall => wire::CallLocator { server_call_id: id, ..of_kind("serverCallLocator") },
    }
}

pub(crate) fn redirect(incoming: &str, to: &str) -> wire::RedirectCall {
    wire::RedirectCall { incoming_call_context: incoming.to_owned(), target: party::to_wire(to) }
}

pub(crate) fn reject(incoming: &str, reason: Reason) -> wire::RejectCall {
    let reason = match reason {
        Reason::Busy => "busy",
        Reason::Forbidden => "forbidden",
        Reason::None => "none",
    };
    wire::RejectCall { incoming_call_context: incoming.to_owned(), call_reject_reason: Some(reason.to_owned()) }
}

pub(crate) fn transfer(
    to: &str,
    transferee: Option<&Hidden<String>>,
    from: Option<&Hidden<String>>,
    headers: &[(String, Hidden<String>)],
    told: Told,
) -> wire::Transfer {
    wire::Transfer {
        target_participant: party::to_wire(to),
        transferee: transferee.map(|who| party::to_wire(who)),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
        custom_calling_context: custom_context(to, headers),
        source_caller_id_number: from.map(|from| bare_phone(from)),
    }
}

/// Headers for a target: SIP headers for a phone, under the names that SIP wants; VoIP headers for everybody else.
pub(crate) fn custom_context(to: &str, headers: &[(String, Hidden<String>)]) -> Option<wire::CustomCallingContext> {
    if headers.is_empty() {
        return None;
    }
    let phone = Kind::of(to) == Kind::Sip;
    let name = |name: &str| if phone { sip_name(name) } else { name.to_owned() };
    let named: BTreeMap<String, String> = headers.iter().map(|(key, value)| (name(key), value.0.clone())).collect();
    let (sip_headers, voip_headers) = if phone { (Some(named), None) } else { (None, Some(named)) };
    Some(wire::CustomCallingContext { voip_headers, sip_headers, teams_phone_call_details: None })
}
