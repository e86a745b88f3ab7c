//! Requests about what is made of a call beside it: recordings, streams, transcriptions.

use crate::platform::limits;
use crate::platform::operations::Operation;
use crate::platform::versions::{Message, Version};
use crate::provider::Request;
use crate::provider::acs::to_wire::{Error, Site, Told, connection};
use crate::provider::acs::wire;

/// One file of everybody's voices. What the platform would choose by default is not documented, so everything is said.
pub(crate) fn start_recording(request: &Request, version: Version) -> Result<wire::StartRecording, Error> {
    let connection = connection(request)?.to_owned();
    let by_connection = version.has_member(Message::Request(Operation::StartRecording), "callConnectionId");
    let locator = || {
        let id = request.server_call.clone().ok_or(Error::NoConnection)?;
        let kind = Some("serverCallLocator".to_owned());
        Ok(wire::CallLocator { kind, server_call_id: Some(id), ..wire::CallLocator::default() })
    };
    Ok(wire::StartRecording {
        call_connection_id: by_connection.then_some(connection),
        call_locator: if by_connection { None } else { Some(locator()?) },
        recording_state_callback_uri: Some(request.callback_uri.clone()),
        recording_content_type: Some("audio".to_owned()),
        recording_channel_type: Some("mixed".to_owned()),
        recording_format_type: Some("wav".to_owned()),
        pause_on_start: Some(false),
        ..wire::StartRecording::default()
    })
}

/// Of streaming, and of the end of a transcription.
pub(crate) fn streaming(told: Told) -> wire::Streaming {
    wire::Streaming { operation_context: Some(told.context), operation_callback_uri: Some(told.callback) }
}

pub(crate) fn transcription(locale: &str, told: Told) -> wire::Transcription {
    wire::Transcription {
        locale: Some(locale.to_owned()),
        operation_context: Some(told.context),
        operation_callback_uri: Some(told.callback),
        ..Default::default()
    }
}

/// Where streams of the media go, said at set-up; nothing is streamed before it is asked for.
pub(crate) fn streaming_options(site: &Site) -> Option<wire::MediaStreamingOptions> {
    let url = site.streaming_url.clone()?;
    Some(wire::MediaStreamingOptions {
        transport_type: "websocket".to_owned(),
        audio_channel_type: "mixed".to_owned(),
        transport_url: Some(url),
        content_type: Some("audio".to_owned()),
        start_media_streaming: Some(false),
        enable_bidirectional: Some(false),
        audio_format: Some("pcm16KMono".to_owned()),
        enable_dtmf_tones: Some(false),
    })
}

/// Where transcriptions go, said at set-up; nothing is transcribed before it is asked for, and then in the locale asked for.
pub(crate) fn transcription_options(site: &Site) -> Option<wire::TranscriptionOptions> {
    let url = site.transcription_url.clone()?;
    Some(wire::TranscriptionOptions {
        transport_type: "websocket".to_owned(),
        locale: limits::DEFAULT_LOCALE.to_owned(),
        transport_url: Some(url),
        start_transcription: Some(false),
        ..wire::TranscriptionOptions::default()
    })
}
